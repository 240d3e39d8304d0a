"""How the events of fails are projected."""

from __future__ import annotations

from bauhinia.rules import buyin, penalties, penalty_months, penalty_rates
from bauhinia.views.penalty_tables import (
    PENALTIES,
    BuyInRow,
    ExemptionRow,
    NetRow,
    PenaltyClassRow,
    PenaltyRatesRow,
    PenaltyRow,
)
from bauhinia.views.project import Project
from bauhinia.views.projection import Projection
from bauhinia.views.rows import Rows

OPEN = "status IN ('OPEN', 'APPEALED', 'KEPT')"


def rates_published(to: Projection, event: penalty_rates.PenaltyRatesPublished) -> None:
    rows: Rows[PenaltyRatesRow] = to.of["penalty_rates"]
    rows.put(PenaltyRatesRow(event.rates.version, event.rates))


def bond_classified(to: Projection, event: penalty_rates.BondClassified) -> None:
    rows: Rows[PenaltyClassRow] = to.of["penalty_classes"]
    rows.put(PenaltyClassRow(event.asset, event.security, event.series))


def exempted(to: Projection, event: penalty_rates.PenaltiesExempted) -> None:
    """What had been computed for those days, and not been netted, is removed."""
    rows: Rows[ExemptionRow] = to.of["exemptions"]
    number = to.next_number("exemptions")
    rows.put(ExemptionRow(number, event.system, event.asset, event.first, event.last, event.why))
    found = _penalties(to)
    found.flush(to.db)
    where = f"WHERE net = 0 AND {OPEN} AND system = ? AND ? IN (0, asset) AND day BETWEEN ? AND ?"
    days = (event.first.isoformat(), event.last.isoformat())
    for row in list(PENALTIES.rows(to.db, where, event.system, event.asset, *days)):
        gone = found.change(to.db, row.number)
        gone.status, gone.why = "REMOVED", event.why


def _penalties(to: Projection) -> Rows[PenaltyRow]:
    return to.of["penalties"]


def penalty_computed(to: Projection, event: penalties.PenaltyComputed) -> None:
    _penalties(to).put(
        PenaltyRow(
            event.penalty, event.kind, event.transaction, event.asset, event.system, event.day, event.computed,
            event.payer, event.payee, event.payer_account, event.payee_account, event.reason, event.quantity,
            event.price, event.basis_points, event.currency, event.amount, "OPEN", 0, "",
        )
    )  # fmt: skip


def penalty_appealed(to: Projection, event: penalties.PenaltyAppealed) -> None:
    row = _penalties(to).change(to.db, event.penalty)
    row.status, row.why = "APPEALED", event.why


def appeal_decided(to: Projection, event: penalties.AppealDecided) -> None:
    row = _penalties(to).change(to.db, event.penalty)
    row.status, row.why = "REMOVED" if event.removed else "KEPT", event.why


def penalties_netted(to: Projection, event: penalty_months.PenaltiesNetted) -> None:
    nets: Rows[NetRow] = to.of["penalty_nets"]
    nets.put(
        NetRow(
            event.net, event.month, event.currency, event.payer, event.payee, event.payer_account, event.payee_account,
            event.amount, 0,
        )
    )  # fmt: skip
    for number in event.penalties:
        row = _penalties(to).change(to.db, number)
        row.status, row.net = "NETTED", event.net


def penalties_due(to: Projection, event: penalty_months.PenaltiesDue) -> None:
    nets: Rows[NetRow] = to.of["penalty_nets"]
    nets.change(to.db, event.net).transaction = event.transaction


def buy_in_started(to: Projection, event: buyin.BuyInStarted) -> None:
    rows: Rows[BuyInRow] = to.of["buy_ins"]
    trade = to.transactions.change(to.db, event.transaction)
    order = to.instructions.change(to.db, trade.deliver).order
    rows.put(
        BuyInRow(
            event.transaction, event.receiver, event.agent, event.limit_price, order.asset, order.money, "STARTED",
            0, 0, 0, 0, 0,
        )
    )  # fmt: skip


def bought_in(to: Projection, event: buyin.BoughtIn) -> None:
    """Where something is left of the trade, its legs and both its sides are less by what was bought."""
    rows: Rows[BuyInRow] = to.of["buy_ins"]
    row = rows.change(to.db, event.transaction)
    row.status = "BOUGHT" if event.quantity else "FOUND_NOTHING"
    row.quantity, row.cost, row.owed = event.quantity, event.cost, event.owed
    row.difference, row.payment = event.difference, event.payment
    if event.rest:
        trade = to.transactions.change(to.db, event.transaction)
        trade.legs = event.rest
        for each in (trade.deliver, trade.receive):
            to.instructions.change(to.db, each).parted += event.quantity


PROJECT: dict[type, Project] = {
    penalty_rates.PenaltyRatesPublished: rates_published,
    penalty_rates.BondClassified: bond_classified,
    penalty_rates.PenaltiesExempted: exempted,
    penalties.PenaltyComputed: penalty_computed,
    penalties.PenaltyAppealed: penalty_appealed,
    penalties.AppealDecided: appeal_decided,
    penalty_months.PenaltiesNetted: penalties_netted,
    penalty_months.PenaltiesDue: penalties_due,
    buyin.BuyInStarted: buy_in_started,
    buyin.BoughtIn: bought_in,
}
