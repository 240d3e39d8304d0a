"""What a depository charges its participants: schedules of fees, what is used of its services, and the bills for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from bauhinia.words.ids import (
    NO_ACCOUNT,
    NO_ASSET,
    AccountNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)


class FeeItem(IntEnum):
    """What is charged for. Numbers are append-only: they stand in schedules and bills."""

    DVP = 1  # each side of a delivery against payment, or of a part of one, that has settled
    FOP = 2  # each side of a delivery free of payment that has settled
    PAYMENT = 3  # whoever pays or is paid, where money alone moves
    MATCHED = 4  # each side
    CANCELLED = 5  # each instruction that its owner took back, alone or with the other side, or that lapsed
    HELD = 6  # each time an instruction is put on hold
    MODIFIED = 7  # each change of an instruction
    FAILING = 8  # the side that is in the way, for each trade of its that fails at the end of a business day
    CUSTODY = 9  # a rate a year of the nominal held at each day's end, by days of 365
    ACCOUNT = 10  # each account in the official book, a month
    INCOME = 11  # each payment of a bond to a holder in the official book


@dataclass(frozen=True, slots=True)
class Fee:
    """What one item costs: `amount` each, in smallest units of the schedule's currency; of CUSTODY a `rate` a year."""

    item: FeeItem
    amount: Units = 0
    rate: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A version of a schedule, in force from a date until the next one's."""

    version: int
    effective: date
    fees: tuple[Fee, ...]

    def fee(self, item: FeeItem) -> Fee:
        """What an item costs; nothing where it is not listed."""
        return next((fee for fee in self.fees if fee.item is item), Fee(item))


@dataclass(slots=True)
class Schedule:
    """The fees of one system for what moves in one currency, and what of a month has been used so far.

    `collector` is who publishes it and is paid, in one of the moneys of `proceeds` on the account beside it, on the
    `due_days`th business day after the bill. `counts` of the `month` under way (its first day) are by party, item and
    version. `holdings` are what each party held at the end of the last business day counted; they stand for each day
    from `since` on until the next is, and `nominal_days` are their sums over the days before, by party and version.
    """

    number: int
    system: SystemNumber
    currency: str
    collector: PartyNumber
    proceeds: dict[AssetNumber, AccountNumber]
    due_days: int
    versions: list[Tariff]
    month: date
    since: date
    counts: dict[tuple[int, int, int], int] = field(default_factory=dict)
    holdings: dict[PartyNumber, Units] = field(default_factory=dict)
    nominal_days: dict[tuple[int, int], int] = field(default_factory=dict)

    def tariff(self, day: date) -> Tariff | None:
        """The version in force on a day; None before the first."""
        return next((each for each in reversed(self.versions) if each.effective <= day), None)


@dataclass(frozen=True, slots=True)
class BillLine:
    """What was used of one item at one price. `count` is how often; of CUSTODY it is the nominal in smallest units,
    summed over the days, and `amount` is rate × nominal-days / 365, rounded half up once a line."""

    item: FeeItem
    version: int
    count: int
    price: Units
    rate: Fraction
    amount: Units


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a correction adds to a bill on an item, and takes off it."""

    item: FeeItem
    added: Units = 0
    taken: Units = 0

    @property
    def change(self) -> Units:
        return self.added - self.taken


class BillStatus(IntEnum):
    OPEN = 1
    DISPUTED = 2  # by its party: not collected until the collector has answered
    COLLECTING = 3  # a payment is ordered, and waits for its day or for money
    PAID = 4


@dataclass(slots=True)
class Bill:
    """A month's bill of one party. `total` is what the lines and the corrections come to, `paid` what has been paid of
    it; the difference is owed, or below zero to be paid back. `account` is where the last payment came from."""

    number: int
    schedule: int
    party: PartyNumber
    month: date
    lines: tuple[BillLine, ...]
    total: Units
    due: date
    rendered: Micros
    status: BillStatus = BillStatus.OPEN
    paid: Units = 0
    money: AssetNumber = NO_ASSET
    account: AccountNumber = NO_ACCOUNT
    transaction: TransactionNumber = TransactionNumber(0)
    adjustments: list[Adjustment] = field(default_factory=list)


@dataclass(slots=True)
class Fees:
    """All fees. Nothing is counted before a schedule is published.

    `accounts` are those out of which parties let a schedule's bills be collected, by party and schedule: the money and
    the account. `today` counts what leaves no trace of its own, by schedule, party and item, until that is counted;
    `matched` is the last transaction whose matching has been. `paying` says for which bill a transaction pays.
    """

    schedules: list[Schedule] = field(default_factory=list)
    accounts: dict[tuple[int, int], tuple[AssetNumber, AccountNumber]] = field(default_factory=dict)
    today: dict[tuple[int, int, int], int] = field(default_factory=dict)
    matched: TransactionNumber = TransactionNumber(0)
    bills: dict[int, Bill] = field(default_factory=dict)
    paying: dict[TransactionNumber, int] = field(default_factory=dict)
    last_bill: int = 0

    def of(self, system: SystemNumber, currency: str) -> Schedule | None:
        """The schedule of what moves in a system in a currency, if there is one."""
        return next((each for each in self.schedules if (each.system, each.currency) == (system, currency)), None)
