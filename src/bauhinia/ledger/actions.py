"""Corporate actions: what falls due on a bond, who is entitled to it, what each was paid, and what could not be."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from bauhinia.ledger.days import WorkKind
from bauhinia.words.ids import (
    NO_ASSET,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    Column,
    Micros,
    PartyNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason


class ActionKind(IntEnum):
    """Corporate action event types (ISO 20022 `CAEV`)."""

    INTEREST = 1  # INTR
    REDEMPTION = 2  # REDM, with the last interest
    REPAYMENT = 3  # PRED: interest and a part of principal; nominal stays, the pool factor falls
    REDUCTION = 4  # PCAL: a part of nominal is repaid and extinguished, pro rata
    DRAWING = 5  # DRAW: a part of nominal is repaid and extinguished, drawn by lot
    PUT = 6  # BPUT: what its holders have put is repaid and extinguished


class ActionStatus(IntEnum):
    ANNOUNCED = 1  # the pre-advice is out (seev.031)
    RECORDED = 2  # the record date has closed and the register is sealed
    DUE = 3  # the payment date has come; not all are paid
    PAID = 4  # every holder of record is paid, or its money lies in suspense for it
    LATE = 5  # due, unfunded, within grace
    DEFAULTED = 6  # unpaid past grace: a potential event of default
    PLANNED = 7  # it follows from the terms
    CANCELLED = 8  # principal was accelerated before its record date


DRAWS = (ActionKind.REDUCTION, ActionKind.DRAWING)  # what they extinguish of whom is drawn once the record is closed
IN_PART = (*DRAWS, ActionKind.PUT)  # these extinguish a part of what is outstanding
OWED = (ActionStatus.DUE, ActionStatus.LATE, ActionStatus.DEFAULTED)
AHEAD = (ActionStatus.PLANNED, ActionStatus.ANNOUNCED)


class PayState(IntEnum):
    """How far a holder of record has come, in the column `states` of a record."""

    UNPAID = 0
    PAID = 1
    SUSPENSE = 2  # it could not be paid: its money lies in suspense for it
    CONFIRMING = 3  # a payment in an RTGS is ordered and not yet confirmed
    HELD = 4  # passed over: its units are under way, or its keeper could not pay it; tried again


@dataclass(slots=True)
class Record:
    """A book as it stood at the record date, in columns.

    `amounts` is what each is entitled to, `paid` what has been paid of it so far (suspense included), `moneys` in what
    it is paid; all in the smallest units of the bond's currency. `redeemed` is how many of its units are extinguished.
    `drawn` is how many are drawn or put, of a payment `IN_PART`; `aside` how many are earmarked for it: before the
    drawing all that may be drawn, after it what is drawn and not yet extinguished.
    `keeper` is the omnibus account whose clients' book this is, zero for the official one. `cursor` is the next row to
    be paid while a keeper pays down its book.
    """

    asset: AssetNumber
    keeper: AccountNumber
    root: bytes = b""
    cursor: int = 0
    accounts: Column = field(default_factory=lambda: array("q"))
    units: Column = field(default_factory=lambda: array("q"))
    amounts: Column = field(default_factory=lambda: array("q"))
    paid: Column = field(default_factory=lambda: array("q"))
    moneys: Column = field(default_factory=lambda: array("q"))
    states: Column = field(default_factory=lambda: array("q"))
    redeemed: Column = field(default_factory=lambda: array("q"))
    drawn: Column = field(default_factory=lambda: array("q"))
    aside: Column = field(default_factory=lambda: array("q"))

    def row(self, account: AccountNumber) -> int | None:
        """Where an account stands in the record."""
        try:
            return self.accounts.index(account)
        except ValueError:
            return None


@dataclass(slots=True)
class Early:
    """A call or a put: for which day (unadjusted), at which price (a part of what is outstanding), and whether interest
    accrued to it is paid. The price of a make-whole is zero, and follows from its benchmark on the day `determined`."""

    day: date
    price: Fraction
    accrues: bool
    determined: date | None = None


@dataclass(slots=True)
class Action:
    """One payment of a bond.

    `interest` and `principal` are per calculation amount, rounded half up once; zero and not `fixed` while they hang on
    a value that is not known, and then nothing is paid. `record_due` and `due` are the moments at which the record
    closes and the payment falls due; zero while a date is provisional. From `sharing` on a shortfall is shared out
    where the conditions say pro rata; zero where nothing is. While a round of payment is under way, `cursor` is its
    next row, and each holder gets `given` of every `owed`; -1 while none is. `short` is what was last told to be
    lacking, by money. `paid` is all that has left the paying accounts.
    """

    number: ActionNumber
    asset: AssetNumber
    kind: ActionKind
    period: int  # of the schedule, from 1; zero where principal was accelerated, called or put
    record_date: date
    payment_date: date
    provisional: bool
    interest: Units
    principal: Units
    fixed: bool
    status: ActionStatus = ActionStatus.PLANNED
    record_due: Micros = 0
    due: Micros = 0
    sharing: Micros = 0
    cursor: int = -1
    confirming: int = 0  # payments in an RTGS that are ordered and not yet confirmed
    given: Units = 0
    owed: Units = 0
    paid: Units = 0
    short: dict[AssetNumber, Units] = field(default_factory=dict)
    records: dict[AssetNumber, Record] = field(default_factory=dict)
    early: Early | None = None  # of a call or a put
    draws: Units = 0  # nominal that a part call is to draw; once drawn, what was
    drawn: bool = False

    @property
    def awaits(self) -> bool:
        """Whether it is still to be drawn what this extinguishes; until then nothing of it is paid."""
        return self.kind in DRAWS and not self.drawn

    def bearing(self, units: Units, drawn: Units) -> Units:
        """On how much of a holding interest is paid: on all of it, but of a part call and a put on what is repaid."""
        return drawn if self.kind in IN_PART and self.early else units

    def repaying(self, units: Units, drawn: Units) -> Units:
        """On how much of a holding principal is paid."""
        return drawn if self.kind in IN_PART else units

    def amount(self, units: Units, calculation_amount: Units, drawn: Units = 0) -> Units:
        """What a holding is entitled to, of which `drawn` is drawn or put; exact for a whole number of calculation
        amounts, floored otherwise."""
        interest = self.bearing(units, drawn) * self.interest
        return (interest + self.repaying(units, drawn) * self.principal) // calculation_amount


@dataclass(slots=True)
class PayingAccount:
    """An agent's account out of which one bond is paid in one money, and the one that keeps what cannot be paid. For
    an RTGS both are zero, and `held` is what the issuer has paid the agent there and the agent has not yet spent."""

    money: AssetNumber
    account: AccountNumber
    suspense: AccountNumber
    held: Units = 0


@dataclass(slots=True)
class Suspense:
    """Money of an action that lies with the agent for a holder who could not be paid. `book` is the asset that the
    holder's `account` held; `row` its row of that record. Principal and interest are prescribed apart. `tax` was
    withheld beside the amount, and has gone to the withholding agent."""

    number: int
    action: ActionNumber
    book: AssetNumber
    row: int
    account: AccountNumber
    money: AssetNumber
    amount: Units
    principal: bool
    held_in: AccountNumber
    why: Reason
    prescribes: Micros
    tax: Units = 0


@dataclass(slots=True)
class Payout:
    """A payment in an RTGS to one holder of record, ordered and not yet confirmed."""

    action: ActionNumber
    book: AssetNumber
    row: int
    amount: Units
    redeemed: Units  # what of the holding is extinguished by it


@dataclass(slots=True)
class Claim:
    """A market claim: the seller of a trade that was caught across a record date owes the buyer the income on it.

    `seller` and `buyer` are their accounts. Due once the trade has `settled` and the action is paid; `transaction` is
    then the claim's own."""

    number: int
    action: ActionNumber
    trade: TransactionNumber
    seller: AccountNumber
    buyer: AccountNumber
    quantity: Units
    amount: Units
    settled: bool = False
    transaction: TransactionNumber = TransactionNumber(0)


@dataclass(slots=True)
class Servicing:
    """All corporate actions.

    `of` lists a bond's actions, `owed` those due and unpaid, oldest first. `paying` lists a bond's paying accounts,
    the first one's money being the default; `served` names the bond of a paying account. `watched` says which
    follow-up is to run when a transaction settles or is cancelled. `closed` names the redemption for which a bond's
    register is closed, `claiming` the actions for which trades in a bond raise market claims. `requests` is the nominal
    for which each holder has asked for acceleration, `withdrawals` that of a put account which its holder wants to
    take back; `returns` the issuer's account from which a bond was last funded
    in a money.
    """

    actions: dict[ActionNumber, Action] = field(default_factory=dict)
    of: dict[AssetNumber, list[ActionNumber]] = field(default_factory=dict)
    owed: dict[AssetNumber, list[ActionNumber]] = field(default_factory=dict)
    paying: dict[AssetNumber, list[PayingAccount]] = field(default_factory=dict)
    served: dict[AccountNumber, AssetNumber] = field(default_factory=dict)
    returns: dict[tuple[AssetNumber, AssetNumber], AccountNumber] = field(default_factory=dict)
    watched: dict[TransactionNumber, WorkKind] = field(default_factory=dict)
    funding: dict[TransactionNumber, tuple[AssetNumber, AssetNumber, Units]] = field(default_factory=dict)
    payouts: dict[TransactionNumber, Payout] = field(default_factory=dict)
    closed: dict[AssetNumber, ActionNumber] = field(default_factory=dict)
    suspense: dict[int, Suspense] = field(default_factory=dict)
    last_suspense: int = 0
    claiming: dict[AssetNumber, list[ActionNumber]] = field(default_factory=dict)
    claims: dict[int, Claim] = field(default_factory=dict)
    last_claim: int = 0
    requests: dict[AssetNumber, dict[PartyNumber, Units]] = field(default_factory=dict)
    withdrawals: dict[tuple[ActionNumber, AccountNumber], Units] = field(default_factory=dict)

    def paying_in(self, base: AssetNumber, money: AssetNumber) -> PayingAccount | None:
        """The paying account of a bond for a money."""
        return next((each for each in self.paying.get(base, ()) if each.money == money), None)

    def default_money(self, base: AssetNumber) -> AssetNumber:
        """The money in which a bond is paid to whom elects none; zero while no paying account is appointed."""
        appointed = self.paying.get(base)
        return appointed[0].money if appointed else NO_ASSET


def tier_subject(action: ActionNumber, omnibus: AccountNumber) -> int:
    """An action and an omnibus account as one number, the subject of a follow-up."""
    return action << 32 | omnibus


def tier_of(subject: int) -> tuple[ActionNumber, AccountNumber]:
    """Back from `tier_subject`."""
    return ActionNumber(subject >> 32), AccountNumber(subject & 0xFFFFFFFF)
