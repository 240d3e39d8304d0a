"""Events of payments alone, of sets and of mandates, made into rows."""

from __future__ import annotations

from datetime import date

from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.posting import Leg
from bauhinia.rules import mandates, payments, sets
from bauhinia.views.contract_tables import MandatedRow, MandateRow, SetRow, SignatoryRow
from bauhinia.views.project import Project, open_status, stakes, transaction_row
from bauhinia.views.projection import Projection
from bauhinia.views.tables import InstructionRow


def payment_ordered(to: Projection, event: payments.PaymentOrdered) -> None:
    """An instruction of the payer alone, and the transaction that it is."""
    order = event.order
    to.instructions.put(
        InstructionRow(
            event.instruction, event.party, order.account, order.asset, order, event.time, order.hold,
            event.transaction, False, False, True, False, False, 0, order.reference, False,
        )
    )  # fmt: skip
    legs = (Leg(order.asset, order.account, event.to, order.quantity),)
    row = transaction_row(to, event.transaction, TransactionKind.PAYMENT, legs, order.settlement_date)
    row.deliver = event.instruction
    to.transactions.put(row)
    stakes(to, row, {event.party: None})


def set_proposed(to: Projection, event: sets.SetProposed) -> None:
    to.sets.put(
        SetRow(
            event.set, event.proposer, event.legs, event.settlement_date, event.until, event.reference, event.priority,
            "OPEN", "", 0, event.time,
        )
    )  # fmt: skip
    holders = (to.holder_of(account) for leg in event.legs for account in (leg.giver, leg.taker))
    for party in dict.fromkeys((event.proposer, *holders)):
        to.signatories.put(SignatoryRow(event.set, party, party == event.proposer, False))


def set_agreed(to: Projection, event: sets.SetAgreed) -> None:
    to.signatories.change(to.db, event.set, event.party).agreed = True


def set_bound(to: Projection, event: sets.SetBound) -> None:
    agreed = to.sets.change(to.db, event.set)
    agreed.status, agreed.transaction = "AGREED", event.transaction
    row = transaction_row(to, event.transaction, TransactionKind.SET, event.legs, agreed.settlement_date)
    row.status = open_status(to, row)
    to.transactions.put(row)
    stakes(to, row, {})


def set_cancel_asked(to: Projection, event: sets.SetCancelAsked) -> None:
    to.signatories.change(to.db, event.set, event.party).asked = True


def set_ended(to: Projection, event: sets.SetEnded) -> None:
    row = to.sets.change(to.db, event.set)
    row.status, row.why = "ENDED", event.why


def mandate_given(to: Projection, event: mandates.MandateGiven) -> None:
    mandate = event.mandate
    to.mandates.put(MandateRow(mandate.number, mandate.holder, mandate.agent, mandate, date.min, 0, ""))


def mandate_used(to: Projection, event: mandates.MandateUsed) -> None:
    row = to.mandates.change(to.db, event.mandate)
    row.used = (row.used if row.day == event.day else 0) + event.amount
    row.day = event.day
    to.mandated.put(MandatedRow(event.instruction, event.mandate, event.agent))


def mandate_ended(to: Projection, event: mandates.MandateEnded) -> None:
    to.mandates.change(to.db, event.mandate).ended = event.why


PROJECT: dict[type, Project] = {
    payments.PaymentOrdered: payment_ordered,
    sets.SetProposed: set_proposed,
    sets.SetAgreed: set_agreed,
    sets.SetBound: set_bound,
    sets.SetCancelAsked: set_cancel_asked,
    sets.SetEnded: set_ended,
    mandates.MandateGiven: mandate_given,
    mandates.MandateUsed: mandate_used,
    mandates.MandateEnded: mandate_ended,
}
