"""Payments outside the ledger: earmark here, pay there, confirm here.

When a transaction with an outside payment can settle, its legs are earmarked and the payment is asked for. The RTGS's
settlement institution answers: confirmed, and the legs move; rejected, by its signature, and they are free again.
Silence is neither: past the deadline the payment is in doubt and the earmark stays, until a signed rejection or a
reconciled statement of the day says that no payment was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.days import Phase, WorkKind
from bauhinia.ledger.instructions import OutsidePayment, PaymentStatus, Status, TransactionKind
from bauhinia.ledger.posting import release
from bauhinia.ledger.state import State
from bauhinia.rules.finality import insolvent_sides
from bauhinia.rules.settlement import Settled, open_status, parties_to, wake
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.dates import day_of
from bauhinia.words.ids import AssetNumber
from bauhinia.words.reasons import Reason, known, require

UNANSWERED = (PaymentStatus.REQUESTED, PaymentStatus.IN_DOUBT)


@dataclass(slots=True)
class ConfirmPayment:
    """A command by the settlement institution: the payment was made, under its reference."""

    payment: int
    reference: str


@dataclass(slots=True)
class RejectPayment:
    """A command by the settlement institution: the payment was not made and will not be."""

    payment: int
    why: str


@dataclass(slots=True)
class StatePayments:
    """A command by the settlement institution: its statement of a business day. Every payment asked for up to that day
    and not yet answered is made if it is listed (with its reference); otherwise it was not made, once that day is over:
    past the last cut-off of its system."""

    money: AssetNumber
    day: date
    paid: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class PaymentsStated:
    """An RTGS's statement of a day has been held against the ledger, and agrees."""

    money: AssetNumber
    day: date


@dataclass(slots=True)
class PaymentConfirmed:
    payment: int
    reference: str


@dataclass(slots=True)
class PaymentRejected:
    payment: int
    why: str


@dataclass(slots=True)
class PaymentInDoubt:
    """Nobody has answered in time: the earmark stays."""

    payment: int


def confirm_payment(step: Step, command: ConfirmPayment) -> None:
    """The payment is made: what was earmarked for it moves, and the transaction is final."""
    payment = _answerable(step, command.payment)
    require_text(command.reference, "reference", 35)
    _confirm(step, payment, command.reference)


def reject_payment(step: Step, command: RejectPayment) -> None:
    """The payment is not made: what was earmarked is free, and the transaction waits for its payer."""
    payment = _answerable(step, command.payment)
    require_text(command.why, "why")
    step.emit(PaymentRejected(payment.number, command.why))


def state_payments(step: Step, command: StatePayments) -> None:
    """The day's reconciliation with an RTGS.

    Checked in order: the money is an RTGS's and the asker keeps it; the day is not in the future; each payment listed
    is known, of this money, once, and was asked for by that day. One already confirmed may be listed; one already
    rejected is a break, and is refused; so is a statement that lacks a payment asked for and confirmed on its day.
    """
    state = step.state
    money = state.asset(command.money)
    require(money.money is MoneyKind.RTGS and money.issuer == step.asker, Reason.UNKNOWN_ASSET, command.money)
    system = state.days.systems[money.system]
    require(command.day <= day_of(step.time, system.timetable.offset), Reason.DATE, "day", command.day)
    offset, listed = system.timetable.offset, dict(command.paid)
    over = command.day < system.date or system.phase > Phase.DVP_CUT_OFF
    require(len(listed) == len(command.paid), Reason.DUPLICATE, "paid")
    for number, reference in command.paid:
        payment = known(state.settlement.payments.get(number), Reason.UNKNOWN_TRANSACTION, number)
        require(payment.money == command.money, Reason.UNKNOWN_TRANSACTION, number)
        answered = payment.status in (*UNANSWERED, PaymentStatus.CONFIRMED)
        require(answered, Reason.STATE, "payment", number, payment.status.name)
        asked_on = day_of(payment.requested, offset)
        require(asked_on <= command.day, Reason.DATE, "day", number, "was asked for on", asked_on)
        require_text(reference, "reference", 35)
    for payment in state.settlement.payments.values():
        if payment.money == command.money and payment.status is PaymentStatus.CONFIRMED:
            of_that_day = command.day == day_of(payment.requested, offset) == day_of(payment.settled, offset)
            listed_too = not of_that_day or payment.number in listed
            require(listed_too, Reason.STATE, "payment", payment.number, "is confirmed, not listed")
    for payment in list(state.settlement.payments.values()):
        asked = payment.money == command.money and payment.status in UNANSWERED
        if not asked or day_of(payment.requested, offset) > command.day:
            continue
        if payment.number in listed:
            _confirm(step, payment, listed[payment.number])
        elif over:
            step.emit(PaymentRejected(payment.number, f"not in the statement of {command.day}"))
    if over:
        step.emit(PaymentsStated(command.money, command.day))


def _answerable(step: Step, number: int) -> OutsidePayment:
    """A payment that the asker keeps the RTGS of, asked for and not yet answered."""
    payment = known(step.state.settlement.payments.get(number), Reason.UNKNOWN_TRANSACTION, "payment", number)
    require(step.state.assets[payment.money].issuer == step.asker, Reason.UNKNOWN_TRANSACTION, "payment", number)
    require(payment.status in UNANSWERED, Reason.STATE, "payment", number, payment.status.name)
    return payment


def _confirm(step: Step, payment: OutsidePayment, reference: str) -> None:
    step.emit(PaymentConfirmed(payment.number, reference))
    step.emit(Settled((payment.transaction,), step.time))


def deadline_due(step: Step, subject: int) -> None:
    """A duty: an outside payment should have been answered by now."""
    payment = step.state.settlement.payments.get(subject)
    if payment is not None and payment.status is PaymentStatus.REQUESTED:
        step.emit(PaymentInDoubt(subject))


def on_payments_stated(state: State, event: PaymentsStated) -> None:
    """What was confirmed up to the day that is stated need be kept no longer."""
    settlement, offset = state.settlement, state.days.systems[state.assets[event.money].system].timetable.offset
    stated = [
        payment.number
        for payment in settlement.payments.values()
        if payment.money == event.money
        and payment.status is PaymentStatus.CONFIRMED
        and payment.transaction not in settlement.transactions
        and day_of(payment.settled, offset) <= event.day
    ]
    for number in stated:
        del settlement.payments[number]


def on_payment_confirmed(state: State, event: PaymentConfirmed) -> None:
    payment = state.settlement.payments[event.payment]
    payment.status, payment.reference = PaymentStatus.CONFIRMED, event.reference


def on_payment_rejected(state: State, event: PaymentRejected) -> None:
    """The legs are free; the transaction waits for its next try, with a payment of its own."""
    settlement = state.settlement
    payment = settlement.payments[event.payment]
    transaction = settlement.transactions[payment.transaction]
    payment.status = PaymentStatus.REJECTED
    release(state.book, transaction.legs)
    transaction.status, transaction.reason = open_status(state, transaction), Reason.MONY
    transaction.lacking_party, transaction.waits = payment.payer, 0
    settlement.dated[transaction.number] = True
    settlement.last_payment += 1
    transaction.payment = settlement.last_payment
    settlement.payments[transaction.payment] = OutsidePayment(
        transaction.payment, transaction.number, payment.money, payment.payer, payment.payee, payment.amount
    )
    sides = [settlement.instructions[each] for each in (transaction.deliver, transaction.receive) if each]
    for party in insolvent_sides(state, *sides):
        state.follow(WorkKind.INSOLVENCY, party)
    for party in (payment.payer, payment.payee) if transaction.kind is TransactionKind.DEPOSIT else ():
        state.follow(WorkKind.BANK, party)
    for leg in transaction.legs:
        wake(state, leg.giver, leg.asset)


def on_payment_in_doubt(state: State, event: PaymentInDoubt) -> None:
    payment = state.settlement.payments[event.payment]
    payment.status = PaymentStatus.IN_DOUBT
    state.settlement.transactions[payment.transaction].status = Status.IN_DOUBT


def sees_payment(state: State, event: PaymentConfirmed | PaymentRejected | PaymentInDoubt) -> Audience:
    payment = state.settlement.payments[event.payment]
    keeper = state.assets[payment.money].issuer
    return (*parties_to(state, payment.transaction), payment.payer, payment.payee, keeper)


def sees_statement(state: State, event: PaymentsStated) -> Audience:
    """The settlement institution that stated it."""
    return (state.assets[event.money].issuer,)
