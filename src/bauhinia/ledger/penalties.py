"""What failing costs: the rates as published, penalties not paid yet, what they net to, and buy-ins under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from bauhinia.ledger.instructions import Transaction
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber, SystemNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason


class Security(IntEnum):
    """What rate a bond has that is not delivered (Delegated Regulation (EU) 2017/389, annex, points 4 to 7)."""

    SOVEREIGN = 1  # point 4: of or guaranteed by a state, local authority, central bank, development bank
    DEBT = 2  # point 5: other debt; what nobody has classified
    GROWTH = 3  # point 6: debt traded on SME growth markets
    OTHER = 4  # point 7


@dataclass(frozen=True, slots=True)
class SecuritiesRate:
    """Basis points a business day of what is not delivered; of every currency where it is empty."""

    security: Security
    currency: str
    basis_points: Fraction


@dataclass(frozen=True, slots=True)
class CashRate:
    """The yearly rate of the central bank for overnight credit: as a series tells, `rate` where it has told nothing or
    none is named. A day of it is a `year`th."""

    currency: str
    series: str
    rate: Fraction
    year: int


@dataclass(slots=True)
class Rates:
    """A version of the rates, in force from a date until the next one's. `moneys` says in what penalties of a currency
    are paid; there are none in a currency that it does not name. `source` cites where they come from."""

    version: int
    effective: date
    source: str
    securities: tuple[SecuritiesRate, ...]
    cash: tuple[CashRate, ...]
    moneys: tuple[tuple[str, AssetNumber], ...]

    def of_security(self, security: Security, currency: str) -> Fraction:
        """Basis points a day: of the currency, else of all; nothing where no row is about it."""
        rows = [each for each in self.securities if each.security is security and each.currency in ("", currency)]
        return max(rows, key=lambda each: each.currency).basis_points if rows else Fraction(0)

    def of_cash(self, currency: str) -> CashRate | None:
        return next((each for each in self.cash if each.currency == currency), None)

    def money(self, currency: str) -> AssetNumber | None:
        return next((money for each, money in self.moneys if each == currency), None)


@dataclass(frozen=True, slots=True)
class Classified:
    """What rate a bond has, and the series of its reference price, per 100 of nominal; at nominal where empty."""

    security: Security
    series: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """No penalties on days of a system, both ends included: in one bond, in all where `asset` is zero."""

    system: SystemNumber
    asset: AssetNumber
    first: date
    last: date
    why: str

    def covers(self, system: SystemNumber, asset: AssetNumber, day: date) -> bool:
        return self.system == system and self.asset in (0, asset) and self.first <= day <= self.last


class PenaltyKind(IntEnum):
    SEFP = 1  # settlement fail: matched, and not settled on its day or after
    LMFP = 2  # late matching fail: matched after its day


class Appeal(IntEnum):
    """Of a penalty: what a side has asked of it."""

    NONE = 0
    ASKED = 1
    KEPT = 2  # asked, and it stands


@dataclass(slots=True)
class Penalty:
    """One day of one trade that fails, as one side owes it to the other. `day` is the day failed, `computed` the one
    whose month it falls in; `amount` is in the bond's currency."""

    number: int
    kind: PenaltyKind
    transaction: TransactionNumber
    asset: AssetNumber
    system: SystemNumber
    day: date
    computed: date
    payer: PartyNumber
    payee: PartyNumber
    payer_account: AccountNumber
    payee_account: AccountNumber
    currency: str
    amount: Units
    appeal: Appeal = Appeal.NONE


@dataclass(slots=True)
class Net:
    """What the penalties of a month come to between two parties in one currency, not ordered yet."""

    number: int
    system: SystemNumber
    month: date
    currency: str
    payer_account: AccountNumber
    payee_account: AccountNumber
    amount: Units


@dataclass(frozen=True, slots=True)
class BuyIn:
    """The receiver of a failing trade has an agent buy, for no more than `limit_price` per 100 of nominal, all in."""

    agent: PartyNumber
    limit_price: Fraction


@dataclass(frozen=True, slots=True)
class Cut:
    """What a trade waited for when a cut-off passed it by, and whose that was."""

    reason: Reason
    party: PartyNumber
    day: date


@dataclass(slots=True)
class Penalties:
    """All of it. `open` holds penalties that are not netted yet, `cut` trades that a cut-off has passed by."""

    rates: list[Rates] = field(default_factory=list)
    classes: dict[AssetNumber, Classified] = field(default_factory=dict)
    exemptions: list[Exemption] = field(default_factory=list)
    open: dict[int, Penalty] = field(default_factory=dict)
    last: int = 0
    nets: dict[int, Net] = field(default_factory=dict)
    last_net: int = 0
    cut: dict[TransactionNumber, Cut] = field(default_factory=dict)
    buy_ins: dict[TransactionNumber, BuyIn] = field(default_factory=dict)

    def rates_on(self, day: date) -> Rates | None:
        """The version in force on a day."""
        return next((each for each in reversed(self.rates) if each.effective <= day), None)

    def note(self, transaction: Transaction, reason: Reason, day: date) -> None:
        """A trade is about to wait for something: what a cut-off found it waiting for is kept for the day's penalties;
        for `evolve` only."""
        if reason is not Reason.CYCL:
            self.cut.pop(transaction.number, None)
        elif transaction.reason is not Reason.CYCL:
            self.cut[transaction.number] = Cut(transaction.reason, transaction.lacking_party, day)

    def forget(self, number: TransactionNumber) -> None:
        """A transaction has left the state; for `evolve` only."""
        self.cut.pop(number, None)
        self.buy_ins.pop(number, None)
