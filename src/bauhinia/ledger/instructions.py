"""Settlement instructions of each side, and the transactions that they and the ledger's own duties become."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from bauhinia.ledger.posting import Leg
from bauhinia.words.ids import (
    AccountNumber,
    ActionNumber,
    AssetNumber,
    InstructionNumber,
    Micros,
    PartyNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason


class Side(IntEnum):
    """Securities movement type (ISO 20022 `ReceiveDelivery1Code`)."""

    DELIVER = 1  # DELI
    RECEIVE = 2  # RECE


class Payment(IntEnum):
    """ISO 20022 `DeliveryReceiptType2Code`."""

    AGAINST = 1  # APMT
    FREE = 2  # FREE


class CumEx(IntEnum):
    """Whether a trade was made with the next payment or without it; `UNSAID` follows from the dates."""

    UNSAID = 0
    CUM = 1
    EX = 2


class Partial(IntEnum):
    """Whether a side lets its trade settle in parts (ISO 20022 `SettlementTransactionCondition` codes)."""

    NPAR = 0  # whole or not at all
    PART = 1
    PARC = 2  # in parts of at least so much money
    PARQ = 3  # in parts of at least such a quantity


class ProcessingPosition(IntEnum):
    """How an instruction stands to another that it is linked with (ISO 20022 `ProcessingPosition3Code`)."""

    WITH = 1  # both settle at one instant, or neither
    BEFO = 2  # the linked one does not settle before this
    AFTE = 3  # this does not settle before the linked one


@dataclass(frozen=True, slots=True)
class Link:
    """What an instruction says of another of the same party, which it names by its reference."""

    position: ProcessingPosition
    reference: str


class Matching(IntEnum):
    UNMATCHED = 1
    MATCHED = 2


class Status(IntEnum):
    """Settlement status. CONFIRMING and IN_DOUBT wait for a payment outside the ledger, their legs earmarked."""

    PENDING = 1
    FAILING = 2
    CONFIRMING = 3
    IN_DOUBT = 4
    SETTLED = 5
    CANCELLED = 6


OPEN = (Status.PENDING, Status.FAILING)


MODELS = GROSS, MONEY_NET, NET = 1, 2, 3  # of delivery versus payment


@dataclass(slots=True)
class Order:
    """What one side orders: to deliver or receive. Amounts in smallest units.

    Free of payment has no money, amount or cash account (zero); a payment by RTGS no cash account.
    `settlement_date` is the intended one. `priority` runs from 1 to 4, the lowest. `least_quantity` and `least_amount`
    bound the parts of PARQ and of PARC, zero else. `links` are to other instructions of the party. `model` is one of
    the three models of delivery versus payment (BIS, 1992): 1, gross, one trade at a time; 2, securities gross and
    money net, and 3, both net, at the cycles of the system.
    """

    reference: str
    side: Side
    payment: Payment
    asset: AssetNumber
    quantity: Units
    account: AccountNumber
    counterparty: PartyNumber
    trade_date: date
    settlement_date: date
    money: AssetNumber
    amount: Units
    cash_account: AccountNumber
    common_reference: str
    cum_ex: CumEx
    hold: bool
    priority: int
    partial: Partial = Partial.NPAR
    least_quantity: Units = 0
    least_amount: Units = 0
    links: tuple[Link, ...] = ()
    model: int = GROSS


@dataclass(slots=True)
class Instruction:
    """An order as entered by a party. `key` holds the fields on which the other side must agree. `hold` keeps it from
    settling until its owner releases it; `alleged`: its counterparty was told of it. `links` are those of the order's
    that still hold something back, by the reference that they name. `agent` gave it under a mandate of the party's,
    which may hold it where it is `holdable`."""

    number: InstructionNumber
    party: PartyNumber
    order: Order
    key: tuple[int, ...]
    entered: Micros
    hold: bool
    matching: Matching = Matching.UNMATCHED
    transaction: TransactionNumber = TransactionNumber(0)
    cancelled: bool = False
    cancel_asked: bool = False
    alleged: bool = False
    links: dict[str, ProcessingPosition] = field(default_factory=dict)
    agent: PartyNumber = PartyNumber(0)
    holdable: bool = True


class TransactionKind(IntEnum):
    """Why legs settle together."""

    TRADE = 1
    ISSUE = 2
    INCOME = 3
    REDEMPTION = 4
    CLAIM = 5
    TIER = 6  # a custodian pays down its own book
    POWER = 7
    MONEY = 8
    FUNDING = 9  # the issuer puts its paying agent in funds
    MERGER = 10  # a tap's holdings become holdings of its bond
    CANCELLATION = 11  # what the issuer has bought back is extinguished
    TAX = 12  # withheld tax is remitted, or paid back
    DEPOSIT = 17  # a deposit goes to another account, at the same bank or at another
    LIQUIDITY = 18  # what banks of a network fund, settle or lend each other
    PAYMENT = 13  # a payment alone, as its payer ordered it
    SET = 14  # legs to which all their parties have agreed
    PENALTY = 15  # what a fail costs: the penalties of a month, what a buy-in cost more
    FEE = 16  # a bill of fees is paid, or paid back


@dataclass(slots=True)
class Transaction:
    """Legs that settle at one instant, or not at all. `payment` is an outside payment that must be confirmed first;
    `waits` is the key of the one position whose rise would wake it. `cause` is the corporate action, if any. Of a trade
    `parted` is the quantity and `paid` the money that have settled in parts; its legs are what is left. `model` is that
    of its order: 2 and 3 settle in cycles alone. A payment alone has one instruction, its payer's, which stands in
    `deliver`."""

    number: TransactionNumber
    kind: TransactionKind
    legs: tuple[Leg, ...]
    settlement_date: date
    deliver: InstructionNumber = InstructionNumber(0)
    receive: InstructionNumber = InstructionNumber(0)
    priority: int = 3
    status: Status = Status.PENDING
    reason: Reason = Reason.NMAT  # until anything has been told
    lacking_party: PartyNumber = PartyNumber(0)
    waits: int = 0
    cause: ActionNumber = ActionNumber(0)
    payment: int = 0
    settled: Micros = 0
    parted: Units = 0
    paid: Units = 0
    model: int = GROSS


class PaymentStatus(IntEnum):
    """Of a payment outside the ledger. Silence is IN_DOUBT, never REJECTED."""

    WAITING = 1  # not asked for yet
    REQUESTED = 2
    IN_DOUBT = 3
    CONFIRMED = 4
    REJECTED = 5


@dataclass(slots=True)
class OutsidePayment:
    """A payment that a settlement institution makes in its RTGS for a transaction."""

    number: int
    transaction: TransactionNumber
    money: AssetNumber
    payer: PartyNumber
    payee: PartyNumber
    amount: Units
    status: PaymentStatus = PaymentStatus.WAITING
    requested: Micros = 0
    deadline: Micros = 0
    reference: str = ""
    settled: Micros = 0  # when its transaction settled; a confirmed one is kept until its day has been stated
