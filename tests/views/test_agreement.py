"""Stories in which payments go wrong, projected block by block: the views say what the state says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from bauhinia.ledger.bonds import Conditions
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Block
from bauhinia.ledger.powers import Cause
from bauhinia.rules.default import RequestAcceleration
from bauhinia.rules.funding import Fund
from bauhinia.rules.onboarding import Elect
from bauhinia.rules.powers import LiftBlock, SetBlock
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.rules.unclaimed import ReleaseSuspense
from bauhinia.views import queries
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views, rebuild
from bauhinia.words.ids import NO_ACCOUNT, AssetNumber
from tests.rules.deal import Deal
from tests.rules.served import COUPON, FIRST, LOT, coupon, funds, rtgs, served
from tests.support import START, Told, trade
from tests.views.agreement import agree
from tests.views.stage import committed, feed

DAY = timedelta(days=1)
CLOSED = 19 * 60


def projected(told: Told, folder: Path) -> Views:
    """The views of a market so far; they agree with it."""
    views = Views(folder / "views.sqlite", told.genesis)
    rebuild(views, committed(told, views.height))
    agree(views, told.state)
    return views


def viewer(made: Deal, views: Views, who: str) -> Viewer:
    return queries.viewer(views, made.told.parties[who])


def test_a_shortfall_that_is_shared_out(tmp_path: Path) -> None:
    made, asset = served(("A", 3), ("Client", 5), ("B", 2), conditions=Conditions(pro_rata=True))
    funds(made, coupon(made, asset), 7 * COUPON)
    made.told.until(FIRST, CLOSED)
    views = projected(made.told, tmp_path)
    flows = queries.cash_flows(views, viewer(made, views, "operator"), asset)
    assert {each.status for each in flows} == {"UNPAID"}
    assert all(each.paid for each in flows)
    funds(made, coupon(made, asset), 3 * COUPON)
    made.told.until(FIRST + DAY)
    flows = queries.cash_flows(projected(made.told, tmp_path), viewer(made, views, "operator"), asset)
    assert {each.status for each in flows} == {"PAID"}


def test_an_unpaid_coupon_becomes_a_default_and_principal_is_accelerated(tmp_path: Path) -> None:
    made, asset = served(("A", 6), ("B", 4), conditions=Conditions(acceleration=Fraction(1, 2)))
    made.told.until(FIRST + 8 * DAY)
    views = projected(made.told, tmp_path)
    line = next(each for each in queries.bonds(views, viewer(made, views, "A")) if each.asset == asset)
    assert line.status == "POTENTIAL_DEFAULT"
    made.told.does("A", RequestAcceleration(asset, 6 * LOT))
    views = projected(made.told, tmp_path)
    page = queries.bond(views, viewer(made, views, "A"), asset)
    assert page is not None
    assert page.status == "ACCELERATED"
    assert [each.status for each in page.actions][-1] == "DUE"


def test_a_blocked_holders_money_lies_in_suspense_until_it_is_released(tmp_path: Path) -> None:
    """The agent sees it; the holder not before it is told of the block."""
    made, asset = served(("A", 3), ("B", 2))
    told, account = made.told, made.at["A"]
    told.until(date(2026, 7, 1))
    notice = told.state.time + 170 * DAY // timedelta(microseconds=1)
    told.does("operator", SetBlock(account, AssetNumber(0), Block.DEBIT, Cause.COURT_ORDER, bytes(range(32)), notice))
    funds(made, coupon(made, asset), 5 * COUPON)
    told.until(FIRST)
    views = projected(told, tmp_path)
    for who, lines, status in (("Agent", 1, "SUSPENSE"), ("A", 0, "UNPAID")):
        found = queries.suspense(views, viewer(made, views, who))
        flows = [each for each in queries.cash_flows(views, viewer(made, views, who), asset) if each.account == account]
        assert (len(found), flows[0].status, bool(flows[0].paid)) == (lines, status, who == "Agent")
    told.does("operator", LiftBlock(account, AssetNumber(0), Block.DEBIT, Cause.COURT_ORDER, bytes(range(32)), 0))
    told.does("Agent", ReleaseSuspense(1, made.at["A"]))
    views = projected(told, tmp_path)
    (line,) = queries.suspense(views, viewer(made, views, "Agent"))
    assert (line.status, line.amount.units, line.what) == ("RELEASED", 3 * COUPON, "INTEREST")


def test_a_holder_that_is_paid_in_an_rtgs(tmp_path: Path) -> None:
    made, asset = served(("A", 3), ("B", 2))
    rtgs(made, asset)
    told, action = made.told, coupon(made, asset)
    told.does("A", Elect(made.at["A"], "HKD", made.rtgs))
    told.until(date(2026, 7, 31), CLOSED)
    views = projected(told, tmp_path)
    told.until(FIRST, 10 * 60)
    funds(made, action, 2 * COUPON)
    told.does("Government", Fund(action.number, made.rtgs, NO_ACCOUNT, 3 * COUPON))
    bank = viewer(made, views, "HKMA")
    for status in ("CONFIRMING", "PAID"):
        views = projected(told, tmp_path)
        (payment,) = queries.payments(views, bank, unanswered=True)
        told.does("HKMA", ConfirmPayment(payment.number, f"CHATS-{payment.number}"))
        views = projected(told, tmp_path)
        flows = queries.cash_flows(views, viewer(made, views, "A"), asset)
        assert [(each.status, each.money_code, bool(each.paid)) for each in flows] == [
            (status, told.state.assets[made.rtgs].code, status == "PAID")
        ]
    assert queries.payments(views, bank, unanswered=True) == ()
    assert queries.payments(views, viewer(made, views, "B")) == ()


def test_a_trade_caught_across_a_record_date_raises_a_claim(tmp_path: Path) -> None:
    made, asset = served(("A", 3), ("B", 2))
    told, record = made.told, coupon(made, asset).record_date
    told.until(record)
    for side, who, other in ((Side.DELIVER, "A", "B"), (Side.RECEIVE, "B", "A")):
        told.does(
            who, trade(side, asset, LOT, made.at[who], told.parties[other], record, made.token, LOT, made.at[who])
        )
    told.until(record, CLOSED)
    views = projected(told, tmp_path)
    (seen,) = queries.claims(views, viewer(made, views, "B"))
    assert (seen.status, seen.amount.units, seen.seller_account, seen.buyer_account) == (
        "RAISED", COUPON, 0, made.at["B"],
    )  # fmt: skip
    assert queries.claims(views, viewer(made, views, "Agent")) == ()
    funds(made, coupon(made, asset), 5 * COUPON)
    made.fund("B", LOT)
    told.until(FIRST)
    views = projected(told, tmp_path)
    assert [each.status for each in queries.claims(views, viewer(made, views, "A"))] == ["PAID"]
    told_of = [each for each in feed(views, viewer(made, views, "A")) if "Claim" in each.kind]
    assert {each.fields["buyer"] for each in told_of} == {0}
    assert replace(seen, status="PAID") == queries.claims(views, viewer(made, views, "B"))[0]
    assert record > START


def test_a_trade_instructed_late_and_one_rejected_late_are_failing_in_the_views_too(tmp_path: Path) -> None:
    made, asset = served(("A", 2), ("B", 1))
    told, late = made.told, START + DAY
    told.until(START + 3 * DAY)
    for side, who, other in ((Side.DELIVER, "A", "B"), (Side.RECEIVE, "B", "A")):
        told.does(who, trade(side, asset, LOT, made.at[who], told.parties[other], late, made.rtgs, 500))
    projected(told, tmp_path)
    told.does("HKMA", RejectPayment(max(told.state.settlement.payments), "no funds"))
    views = projected(told, tmp_path)
    assert {each.settlement for each in queries.instructions(views, viewer(made, views, "A"))} == {"FAILING"}
