"""How the events are projected by which banks of a network settle with each other."""

from __future__ import annotations

from bauhinia.rules import bank_failure, clearing, netting
from bauhinia.views.network_tables import LineRow, NetRow, OwedRow
from bauhinia.views.project import Project
from bauhinia.views.projection import Projection


def debit_cap_set(to: Projection, event: clearing.DebitCapSet) -> None:
    row = to.members.change(to.db, event.network, event.bank)
    row.cap, row.ordered = event.cap, event.ordered


def position_bounded(to: Projection, event: clearing.PositionBounded) -> None:
    row = to.members.change(to.db, event.network, event.bank)
    row.least, row.most = event.least, event.most


def line_granted(to: Projection, event: clearing.LineGranted) -> None:
    to.credit_lines.put(LineRow(event.network, event.bank, event.to, event.granted, event.offered))


def net_settled(to: Projection, event: netting.NetSettled) -> None:
    to.nets.put(NetRow(event.network, event.cycle, event.bank, event.net, event.own, event.collateral, to.time))


def loss_shared(to: Projection, event: netting.LossShared) -> None:
    _owes(to, event.network, event.defaulter, event.bank, event.amount)


def loss_repaid(to: Projection, event: clearing.LossRepaid) -> None:
    _owes(to, event.network, event.defaulter, event.bank, -event.amount)


def _owes(to: Projection, network: int, defaulter: int, bank: int, amount: int) -> None:
    row = to.owed.find(to.db, network, defaulter, bank)
    to.owed.put(OwedRow(network, defaulter, bank, amount + (row.amount if row else 0)))


def bank_blocked(to: Projection, event: bank_failure.BankBlocked) -> None:
    row = to.members.change(to.db, event.network, event.bank)
    token = to.assets.change(to.db, row.token)
    if event.blocked:
        row.failed, row.paused, token.paused = event.time, token.paused, True
    else:
        row.failed, token.paused = 0, row.paused


PROJECT: dict[type, Project] = {
    clearing.DebitCapSet: debit_cap_set,
    clearing.LineGranted: line_granted,
    clearing.PositionBounded: position_bounded,
    clearing.LossRepaid: loss_repaid,
    netting.NetSettled: net_settled,
    netting.LossShared: loss_shared,
    bank_failure.BankBlocked: bank_blocked,
}

NOT_PROJECTED: dict[type, str] = {
    netting.CycleSettled: "what a cycle or a close moves, its banks' nets tell",
    netting.FundsCalled: "a bank is told what it lacks; what came of it, its net tells",
}
