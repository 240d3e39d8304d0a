"""What the beginning and the end of a day do to what waits, and to what is done."""

from __future__ import annotations

from bauhinia.ledger.days import System
from bauhinia.ledger.instructions import PaymentStatus, Status, Transaction
from bauhinia.ledger.state import State
from bauhinia.rules.settlement import Failed, Retried
from bauhinia.rules.step import Step
from bauhinia.words.ids import SystemNumber


def retry_system(step: Step, subject: int) -> None:
    """A follow-up: what waits for a day, a phase, a release or an unblocking is tried again."""
    servicing = step.state.servicing
    overdue = any(each.prescribes <= step.time for each in servicing.suspense.values())
    if step.state.settlement.dated or servicing.owed or overdue:
        step.emit(Retried(tuple(step.state.settlement.dated)))


def fail_day(step: Step, subject: int) -> None:
    """A follow-up at a system's end of day: what was due and did not settle is failing, and is recycled."""
    state = step.state
    system = state.days.systems[SystemNumber(subject)]
    late = tuple(
        number for number in state.settlement.live if _fails(state, state.settlement.transactions[number], system)
    )
    if late:
        step.emit(Failed(late, system.date))


def _fails(state: State, transaction: Transaction, system: System) -> bool:
    if transaction.status is not Status.PENDING or transaction.settlement_date > system.date:
        return False
    return bool(transaction.legs) and state.assets[transaction.legs[0].asset].system == system.number


def forget_done(state: State) -> None:
    """What is settled or cancelled leaves the state when its day has ended: the journal keeps it. An outside payment
    that was confirmed stays until the RTGS has stated its day. For `evolve` only."""
    settlement = state.settlement
    gone = list(settlement.withdrawn)
    for number in settlement.done:
        transaction = settlement.transactions.pop(number)
        gone += [each for each in (transaction.deliver, transaction.receive) if each]
        settlement.agreed.forget(number)
        state.penalties.forget(number)
    over = [
        each
        for each, payment in settlement.payments.items()
        if payment.transaction not in settlement.live and payment.status is not PaymentStatus.CONFIRMED
    ]
    for payment_number in over:
        del settlement.payments[payment_number]
    for each in gone:
        instruction = settlement.instructions.pop(each)
        del settlement.references[instruction.party, instruction.order.reference]
    settlement.agreed.forget_ended()
    settlement.done.clear()
    settlement.withdrawn.clear()
