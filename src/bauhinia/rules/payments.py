"""Payments alone: money from one account to another, ordered by the payer and agreed to by nobody else.

A payment is an instruction of one side. It is made at once, or waits: for its day, for the payer's money, for a release
or an unblocking; in the same queue as everything else, by priority and age, where two payments between the same parties
may offset each other and any set may be settled together. Until it is made its payer may hold it, change its priority,
or take it back, by the commands for instructions. One that could not be made by the end of its day expires, unless the
rulebook recycles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.assets import Asset
from bauhinia.ledger.instructions import OPEN, CumEx, Instruction, Matching, Order, Payment, Side, TransactionKind
from bauhinia.ledger.parties import Right
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.instructing import INSTRUCTED, LOWEST_PRIORITY, require_account, require_dates
from bauhinia.rules.registers import provision
from bauhinia.rules.settlement import TransactionCancelled, open_transaction
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import (
    LIMIT,
    NO_ACCOUNT,
    NO_ASSET,
    AccountNumber,
    AssetNumber,
    InstructionNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require

RECYCLING = "payment.recycling"  # of a money's rulebook, or the market's: yes, where a payment waits on past its day


@dataclass(slots=True)
class Pay:
    """A command by whoever may instruct the account: `amount` smallest units of a money go to another account on a day.
    `reference` is the payer's own, and is told to the payee."""

    money: AssetNumber
    account: AccountNumber
    to: AccountNumber
    amount: Units
    settlement_date: date
    reference: str
    priority: int = LOWEST_PRIORITY
    hold: bool = False


@dataclass(slots=True)
class PaymentOrdered:
    """A payment alone is in the queue, as an instruction of its payer; `to` is the payee's account."""

    instruction: InstructionNumber
    transaction: TransactionNumber
    party: PartyNumber
    order: Order
    to: AccountNumber
    time: Micros


def pay(step: Step, command: Pay) -> None:
    """Take a payment in; it is tried at once, or on its day.

    Checked in order: reference and priority; the money, which moves on the ledger, and its amount; the account and the
    right to instruct it; the payee's account; the day, which is not past. Whether it can be made is asked on that day.
    """
    state = step.state
    require_text(command.reference, "reference", 35)
    require((step.asker, command.reference) not in state.settlement.references, Reason.DUPLICATE, command.reference)
    require(1 <= command.priority <= LOWEST_PRIORITY, Reason.AMOUNT, "priority", command.priority)
    money = state.asset(command.money)
    require(money.circulates, Reason.UNKNOWN_ASSET, command.money)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    require_account(step, command.account, command.money, (Right.INSTRUCT,), "account")
    require(command.to != command.account, Reason.SAME_ACCOUNT, "to", command.to)
    payee = known(state.accounts.get(command.to), Reason.UNKNOWN_ACCOUNT, "to", command.to)
    payable = payee.purpose in INSTRUCTED and not payee.closed
    require(payable, Reason.UNKNOWN_ACCOUNT, "to", command.to)
    require_day(state, command.settlement_date, money)
    order = Order(
        command.reference, Side.DELIVER, Payment.FREE, command.money, command.amount, command.account, payee.holder,
        command.settlement_date, command.settlement_date, NO_ASSET, 0, NO_ACCOUNT, "", CumEx.UNSAID, command.hold,
        command.priority,
    )  # fmt: skip
    instruction = InstructionNumber(state.settlement.last_instruction + 1)
    transaction = TransactionNumber(state.settlement.last_transaction + 1)
    step.emit(PaymentOrdered(instruction, transaction, step.asker, order, command.to, step.time))


def require_day(state: State, settlement_date: date, asset: Asset) -> None:
    """Refuse a day that is past in an asset's system, or no business day of it."""
    system = state.days.systems[asset.system]
    require(settlement_date >= system.date, Reason.DATE, "settlement_date", settlement_date, "is past")
    require_dates(state, settlement_date, settlement_date, asset)


def expire_payments(step: Step, subject: int) -> None:
    """A follow-up at a system's end of day: payments alone that were due and could not be made are cancelled; those
    whose rulebook recycles them fail as trades do, and are tried again each day."""
    state = step.state
    system = state.days.systems[SystemNumber(subject)]
    for number in list(state.settlement.live):
        transaction = state.settlement.transactions[number]
        if transaction.kind is not TransactionKind.PAYMENT or transaction.status not in OPEN:
            continue
        money = state.assets[transaction.legs[0].asset]
        due = money.system == system.number and transaction.settlement_date <= system.date
        if due and not recycles(state, money):
            step.emit(TransactionCancelled(number, "its day has ended"))


def recycles(state: State, money: Asset) -> bool:
    """Whether a payment in a money that could not be made on its day waits on."""
    return provision(state, money, RECYCLING, "no") == "yes"


def on_payment_ordered(state: State, event: PaymentOrdered) -> None:
    settlement, order = state.settlement, event.order
    settlement.last_instruction = event.instruction
    settlement.instructions[event.instruction] = Instruction(
        event.instruction, event.party, order, (), event.time, order.hold, Matching.MATCHED, event.transaction
    )
    settlement.references[event.party, order.reference] = event.instruction
    legs = (Leg(order.asset, order.account, event.to, order.quantity),)
    transaction = open_transaction(state, event.transaction, TransactionKind.PAYMENT, legs, order.settlement_date)
    transaction.deliver, transaction.priority = event.instruction, order.priority


def sees_payment_ordered(state: State, event: PaymentOrdered) -> Audience:
    """Who ordered it, holder and keeper of the account that pays; and the payee, who is not told which account that
    is."""
    account = state.accounts[event.order.account]
    return (event.party, account.holder, account.keeper, event.order.counterparty)
