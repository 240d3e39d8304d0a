"""How the events of deposit networks are projected."""

from __future__ import annotations

from bauhinia.ledger.instructions import TransactionKind
from bauhinia.rules import bridges, deposits, holding, networks, requests, screening
from bauhinia.views.network_tables import (
    BridgeDrawRow,
    BridgeRow,
    CustomerRow,
    DepositRow,
    HeldRow,
    ListedRow,
    MemberRow,
    NetworkRow,
    RecallRow,
    RequestRow,
    ScreenerRow,
)
from bauhinia.views.project import Project, open_transaction
from bauhinia.views.projection import Projection


def network_created(to: Projection, event: networks.NetworkCreated) -> None:
    to.networks.put(
        NetworkRow(
            event.network, event.name, event.currency, event.operator, event.system, event.rulebook, event.settlement,
            event.rtgs, event.par, event.credit,
        )
    )  # fmt: skip


def membership_asked(to: Projection, event: networks.MembershipAsked) -> None:
    to.members.put(MemberRow(event.network, event.bank, event.token, event.account, 0, 0, 0, 0))


def member_admitted(to: Projection, event: networks.MemberAdmitted) -> None:
    to.members.put(
        MemberRow(
            event.network, event.bank, event.token, event.own, event.position, event.transit, event.collateral,
            event.lines,
        )
    )  # fmt: skip


def customer_admitted(to: Projection, event: networks.CustomerAdmitted) -> None:
    to.customers.put(CustomerRow(event.network, event.account, event.bank))


def deposit_sent(to: Projection, event: deposits.DepositSent) -> None:
    sent = event.transfer
    network = to.networks.find(to.db, sent.network)
    money = network.rtgs if network and event.pays_outside else 0
    outside = (money, sent.payer_bank, sent.payee_bank, sent.amount) if money else None
    day = to.business_date(event.legs[0].asset)
    parties = (to.holder_of(sent.payer), to.holder_of(sent.payee))
    open_transaction(to, sent.number, TransactionKind.DEPOSIT, event.legs, day, outside, parties)
    to.deposits.put(
        DepositRow(
            sent.number, sent.network, sent.mode, sent.payer, sent.payee, sent.payer_bank, sent.payee_bank,
            sent.amount, sent.reference, sent.sent, 0 if sent.aside else sent.sent, 0, event.priority,
        )
    )  # fmt: skip


def deposit_arrived(to: Projection, event: deposits.DepositArrived) -> None:
    to.deposits.change(to.db, event.transaction).arrived = event.time


def deposit_returned(to: Projection, event: deposits.DepositReturned) -> None:
    to.deposits.change(to.db, event.transaction).returned = to.time


def deposit_held(to: Projection, event: holding.DepositHeld) -> None:
    sent, condition = event.transfer, event.condition
    to.held.put(
        HeldRow(
            event.held, sent.network, sent.payer, sent.payee, sent.payer_bank, sent.payee_bank, sent.amount,
            sent.reference, condition.kind, condition.until, condition.party, event.screens,
            event.screens, False, 0, False, to.time,
        )
    )  # fmt: skip


def condition_met(to: Projection, event: holding.ConditionMet) -> None:
    to.held.change(to.db, event.held).met = True


def screening_passed(to: Projection, event: holding.ScreeningPassed) -> None:
    held = to.held.change(to.db, event.held)
    held.screens = tuple(each for each in held.screens if each != event.bank)


def held_done(to: Projection, event: holding.HeldDone) -> None:
    held = to.held.change(to.db, event.held)
    held.done, held.sent = to.time, event.sent


def payment_requested(to: Projection, event: requests.PaymentRequested) -> None:
    to.requests.put(
        RequestRow(
            event.request, event.network, event.payee, event.payer, event.amount, event.reference, event.until, 0, False
        )
    )


def request_answered(to: Projection, event: requests.RequestAnswered) -> None:
    request = to.requests.change(to.db, event.request)
    request.answered, request.paid = to.time, event.paid


def deposit_recalled(to: Projection, event: requests.DepositRecalled) -> None:
    to.recalls.put(RecallRow(event.recall, event.transaction, event.by, event.why, 0, False, ""))


def recall_answered(to: Projection, event: requests.RecallAnswered) -> None:
    recall = to.recalls.change(to.db, event.recall)
    recall.answered, recall.agreed, recall.answer = to.time, event.agrees, event.why


def screening_set(to: Projection, event: screening.ScreeningSet) -> None:
    to.screeners.put(ScreenerRow(event.network, event.bank, event.screener, event.above))


def account_listed(to: Projection, event: screening.AccountListed) -> None:
    if event.listed:
        to.listed.put(ListedRow(event.network, event.bank, event.account, event.why))
    else:
        to.listed.drop(event.network, event.bank, event.account)


def bridge_offered(to: Projection, event: bridges.BridgeOffered) -> None:
    found = to.bridges.find(to.db, event.network, event.lender, event.borrower)
    drawn, due, overdue = (found.drawn, found.due, found.overdue) if found else (0, 0, False)
    to.bridges.put(
        BridgeRow(
            event.network, event.lender, event.borrower, event.limit, event.until, event.automatic, drawn, due, overdue
        )
    )


def bridge_drawn(to: Projection, event: bridges.BridgeDrawn) -> None:
    bridge = to.bridges.change(to.db, event.network, event.lender, event.borrower)
    bridge.drawn, bridge.due = bridge.drawn + event.amount, event.due
    _draws(to, bridge)


def bridge_repaid(to: Projection, event: bridges.BridgeRepaid) -> None:
    bridge = to.bridges.change(to.db, event.network, event.lender, event.borrower)
    bridge.drawn -= event.amount
    if not bridge.drawn:
        bridge.due, bridge.overdue = 0, False
    _draws(to, bridge)


def bridge_overdue(to: Projection, event: bridges.BridgeOverdue) -> None:
    to.bridges.change(to.db, event.network, event.lender, event.borrower).overdue = True


def _draws(to: Projection, bridge: BridgeRow) -> None:
    to.bridge_draws.flush(to.db)
    where = "SELECT count(*) FROM bridge_draws WHERE network = ? AND lender = ? AND borrower = ?"
    (number,) = to.db.execute(where, (bridge.network, bridge.lender, bridge.borrower)).fetchone()
    to.bridge_draws.put(
        BridgeDrawRow(bridge.network, bridge.lender, bridge.borrower, int(number) + 1, to.time, bridge.drawn)
    )


PROJECT: dict[type, Project] = {
    networks.NetworkCreated: network_created,
    networks.MembershipAsked: membership_asked,
    networks.MemberAdmitted: member_admitted,
    networks.CustomerAdmitted: customer_admitted,
    deposits.DepositSent: deposit_sent,
    deposits.DepositArrived: deposit_arrived,
    deposits.DepositReturned: deposit_returned,
    holding.DepositHeld: deposit_held,
    holding.ConditionMet: condition_met,
    holding.ScreeningPassed: screening_passed,
    holding.HeldDone: held_done,
    requests.PaymentRequested: payment_requested,
    requests.RequestAnswered: request_answered,
    requests.DepositRecalled: deposit_recalled,
    requests.RecallAnswered: recall_answered,
    screening.ScreeningSet: screening_set,
    screening.AccountListed: account_listed,
    bridges.BridgeOffered: bridge_offered,
    bridges.BridgeDrawn: bridge_drawn,
    bridges.BridgeRepaid: bridge_repaid,
    bridges.BridgeOverdue: bridge_overdue,
}
