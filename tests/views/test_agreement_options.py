"""Bonds that are called, put and drawn, projected as they go: the views say what the state says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from bauhinia.bond.repayments.exercise import Exercise
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind
from bauhinia.rules.funding import Fund
from bauhinia.rules.observing import DefineSeries, Observe
from bauhinia.rules.onboarding import Elect
from bauhinia.rules.options import CallBond, PutBond, WithdrawPut
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.views import queries
from bauhinia.words.ids import NO_ACCOUNT
from tests.rules.served import FIRST, LOT, LOTS, actions, funds, rtgs, served
from tests.views.test_agreement import projected, viewer

DAY = timedelta(days=1)
MIDDLE = date(2026, 9, 15)
PLAN = Repayment(RepaymentKind.SCHEDULE, Reduction.LOT, parts=(Part(FIRST, Fraction(2, 5)),))
WINDOW = Exercise(MIDDLE, MIDDLE, least_notice=5, most_notice=60, partial=True)
TERMS = replace(LOTS, repayment=PLAN, calls=(WINDOW,), puts=(replace(WINDOW, partial=False),))


def test_a_drawing_by_lot_and_then_puts_and_a_part_call(tmp_path: Path) -> None:
    made, asset = served(("A", 3), ("Client", 5), ("B", 2), terms=TERMS)
    told = made.told
    rtgs(made, asset)
    told.does("B", Elect(made.at["B"], "HKD", made.rtgs))
    name = f"draw:{made.bond(asset).isin}"
    told.does("CMU", DefineSeries(name, (told.parties["Lead"],), 1, 9))
    told.until(FIRST)
    projected(told, tmp_path)
    first = actions(made, asset)[0]
    told.does("Lead", Observe(name, first.record_date + DAY, Fraction(3, 7)))
    funds(made, first, 30 * LOT)
    told.does("Government", Fund(first.number, made.rtgs, NO_ACCOUNT, 3 * LOT))
    told.does("HKMA", ConfirmPayment(1, "IN"))
    projected(told, tmp_path)
    told.does("HKMA", ConfirmPayment(2, "OUT"))
    told.until(FIRST + DAY)
    views = projected(told, tmp_path)
    flows = queries.cash_flows(views, viewer(made, views, "operator"), asset)
    assert sum(each.amount.units for each in flows if each.account in (made.at["A"], made.at["omnibus"])) > 0

    told.until(date(2026, 8, 20))
    told.does("Custodian", PutBond(asset, made.at["Client"], LOT, MIDDLE))
    projected(told, tmp_path)
    told.does("Custodian", WithdrawPut(asset, made.at["Client"], LOT, MIDDLE))
    told.does("Government", WithdrawPut(asset, made.at["Client"], LOT, MIDDLE))
    told.does("Custodian", PutBond(asset, made.at["Client"], LOT, MIDDLE))
    projected(told, tmp_path)
    told.does("Government", CallBond(asset, MIDDLE, LOT))
    told.until(MIDDLE)
    call = actions(made, asset)[-1]
    told.does("Lead", Observe(name, call.record_date + DAY, Fraction(1, 3)))
    views = projected(told, tmp_path)
    kinds = [each.kind for each in queries.bond(views, viewer(made, views, "A"), asset).actions]  # type: ignore[union-attr]
    assert kinds == ["DRAWING", "REDEMPTION", "PUT", "DRAWING"]


def test_a_whole_call_that_takes_the_place_of_a_put(tmp_path: Path) -> None:
    call = replace(WINDOW, first=MIDDLE - DAY, last=MIDDLE - DAY)
    made, asset = served(("A", 3), ("Client", 2), terms=replace(TERMS, repayment=None, calls=(call,)))
    told = made.told
    funds(made, actions(made, asset)[0], 5 * LOT)
    told.until(date(2026, 8, 20))
    told.does("A", PutBond(asset, made.at["A"], LOT, MIDDLE))
    projected(told, tmp_path)
    told.does("Government", CallBond(asset, call.first, 0))
    funds(made, actions(made, asset)[-1], 6 * LOT)
    views = projected(told, tmp_path)
    page = queries.bond(views, viewer(made, views, "A"), asset)
    assert page is not None
    assert [each.status for each in page.actions] == ["PAID", "CANCELLED", "CANCELLED", "ANNOUNCED"]
    told.until(MIDDLE)
    views = projected(told, tmp_path)
    page = queries.bond(views, viewer(made, views, "A"), asset)
    assert page is not None
    assert page.status == "REDEEMED"
