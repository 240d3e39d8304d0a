"""What the events of moneys do to the views: tiers and wallets, covers, redemptions, and who fell back on what."""

from __future__ import annotations

from bauhinia.rules import electing, reserves, wallets
from bauhinia.views.money_tables import CoverRow, RedemptionRow, TiersRow, WalletRow
from bauhinia.views.project import Project
from bauhinia.views.projection import Projection


def wallet_tiers_defined(to: Projection, event: wallets.WalletTiersDefined) -> None:
    to.of["wallet_tiers"].put(TiersRow(event.money, event.version, event.tiers, event.intermediaries))


def wallet_assigned(to: Projection, event: wallets.WalletAssigned) -> None:
    if event.tier:
        to.of["wallets"].put(WalletRow(event.account, event.money, event.tier, event.by))
    else:
        to.of["wallets"].drop(event.account, event.money)


def reserves_named(to: Projection, event: reserves.ReservesNamed) -> None:
    to.of["covers"].put(CoverRow(event.money, event.reserves, event.keeper, event.paid_in, 0))


def reserve_short(to: Projection, event: reserves.ReserveShort) -> None:
    to.of["covers"].change(to.db, event.money).short = event.outstanding - event.reserve


def reserve_met(to: Projection, event: reserves.ReserveMet) -> None:
    to.of["covers"].change(to.db, event.money).short = 0


def redemption_asked(to: Projection, event: reserves.RedemptionAsked) -> None:
    to.of["redemptions"].put(
        RedemptionRow(event.transaction, event.money, event.account, event.amount, event.due, "ASKED")
    )


def redemption_paid(to: Projection, event: reserves.RedemptionPaid) -> None:
    to.of["redemptions"].change(to.db, event.transaction).status = "PAID"


def redemption_late(to: Projection, event: reserves.RedemptionLate) -> None:
    to.of["redemptions"].change(to.db, event.transaction).status = "LATE"


def fell_back(to: Projection, event: electing.FellBack) -> None:
    to.records.change(to.db, event.action, event.book, event.row).money = event.money


PROJECT: dict[type, Project] = {
    wallets.WalletTiersDefined: wallet_tiers_defined,
    wallets.WalletAssigned: wallet_assigned,
    reserves.ReservesNamed: reserves_named,
    reserves.ReserveShort: reserve_short,
    reserves.ReserveMet: reserve_met,
    reserves.RedemptionAsked: redemption_asked,
    reserves.RedemptionPaid: redemption_paid,
    reserves.RedemptionLate: redemption_late,
    electing.FellBack: fell_back,
}
