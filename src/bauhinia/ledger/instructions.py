"""Settlement instructions of each side, and the transactions that they and the ledger's own duties become."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(slots=True)
class Order:
    """What one side orders: to deliver or receive. Amounts in smallest units.

    Free of payment has no money, amount or cash account (zero); a payment by RTGS no cash account.
    `settlement_date` is the intended one. `priority` runs from 1 to 4, the lowest. `least_quantity` and `least_amount`
    bound the parts of PARQ and of PARC, zero else.
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


@dataclass(slots=True)
class Instruction:
    """An order as entered by a party. `key` holds the fields on which the other side must agree. `hold` keeps it from
    settling until its owner releases it; `alleged`: its counterparty was told of it."""

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
    FEE = 16  # a bill of fees is paid, or paid back


@dataclass(slots=True)
class Transaction:
    """Legs that settle at one instant, or not at all. `payment` is an outside payment that must be confirmed first;
    `waits` is the key of the one position whose rise would wake it. `cause` is the corporate action, if any. Of a trade
    `parted` is the quantity and `paid` the money that have settled in parts; its legs are what is left."""

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
