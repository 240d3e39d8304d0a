"""How the events of deposit networks are projected."""

from __future__ import annotations

from bauhinia.ledger.instructions import TransactionKind
from bauhinia.rules import deposits, networks
from bauhinia.views.network_tables import CustomerRow, DepositRow, MemberRow, NetworkRow
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
            sent.amount, sent.reference, sent.sent, 0 if sent.aside else sent.sent, 0,
        )
    )  # fmt: skip


def deposit_arrived(to: Projection, event: deposits.DepositArrived) -> None:
    to.deposits.change(to.db, event.transaction).arrived = event.time


def deposit_returned(to: Projection, event: deposits.DepositReturned) -> None:
    to.deposits.change(to.db, event.transaction).returned = to.time


PROJECT: dict[type, Project] = {
    networks.NetworkCreated: network_created,
    networks.MembershipAsked: membership_asked,
    networks.MemberAdmitted: member_admitted,
    networks.CustomerAdmitted: customer_admitted,
    deposits.DepositSent: deposit_sent,
    deposits.DepositArrived: deposit_arrived,
    deposits.DepositReturned: deposit_returned,
}
