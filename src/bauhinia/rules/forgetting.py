"""What leaves the state when its day has ended: the journal keeps it."""

from __future__ import annotations

from bauhinia.ledger.instructions import PaymentStatus
from bauhinia.ledger.state import State


def forget_done(state: State) -> None:
    """What is settled or cancelled leaves the state when its day has ended: the journal keeps it. An outside payment
    that was confirmed stays until the RTGS has stated its day. For `evolve` only."""
    settlement = state.settlement
    gone = list(settlement.withdrawn)
    for number in settlement.done:
        transaction = settlement.transactions.pop(number)
        gone += [each for each in (transaction.deliver, transaction.receive) if each]
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
    settlement.done.clear()
    settlement.withdrawn.clear()
