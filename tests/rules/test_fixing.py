"""Stories of what is observed: a floater fixed, a fixing that is late or wrong, an index, a target missed, a pool."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.bond.coupons.floating import FixedFrom, Floating
from bauhinia.bond.coupons.indexed import Indexed
from bauhinia.bond.coupons.sustainability import SustainabilityStep
from bauhinia.bond.repayments.repayment import Repayment, RepaymentKind
from bauhinia.ledger.actions import ActionKind, ActionStatus
from bauhinia.rules.observing import DefineSeries, Observe, Observed, ValueTold
from bauhinia.rules.paying import ActionPaid
from bauhinia.rules.servicing import ActionsPlanned, Fixed
from bauhinia.words.ids import AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import Deal
from tests.rules.served import COUPON, FIRST, LAST, LOT, LOTS, actions, cash, coupon, funds, redemption, served, status
from tests.support import seen

PERCENT = Fraction(1, 100)
FLOATER = replace(
    LOTS,
    rate=Fraction(0),
    floating=Floating(
        "HIBOR 6M", margin=PERCENT, fixed_from=FixedFrom.START, days_back=0, centres=("HK",), index_days=365
    ),
)
FOUR = 3 * PERCENT  # with the margin of one: what LOTS pay


def sources(made: Deal, series: str, *who: str, needed: int = 1, days_open: int = 5) -> None:
    made.told.does("operator", DefineSeries(series, tuple(made.told.parties[each] for each in who), needed, days_open))


def floater(needed: int = 1) -> tuple[Deal, AssetNumber]:
    made, asset = served(("A", 3), ("B", 2), terms=FLOATER)
    sources(made, "HIBOR 6M", "Agent", "Trustee", "CMU", needed=needed)
    return made, asset


def of(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_a_coupon_is_planned_without_its_amount_and_fixed_by_a_value() -> None:
    made, asset = floater()
    first, last = coupon(made, asset), redemption(made, asset)
    assert (first.fixed, first.interest, last.fixed, last.principal) == (False, 0, False, 0)
    start = FLOATER.issue_date
    (told, observed, fixed) = made.told.does("Agent", Observe("HIBOR 6M", start, FOUR))
    assert (told, observed) == (
        ValueTold(1, start, FOUR, made.told.parties["Agent"]),
        Observed(1, "HIBOR 6M", start, FOUR, False),
    )
    assert (fixed.action, fixed.amounts.interest, fixed.amounts.fixed, fixed.needs) == (first.number, COUPON, True, ())
    assert not redemption(made, asset).fixed
    funds(made, first, 5 * COUPON)
    made.told.until(FIRST, 9 * 60)
    assert status(first) is ActionStatus.PAID
    assert cash(made, "A", "B") == (3 * COUPON, 2 * COUPON)
    made.check()


def test_what_is_due_and_not_fixed_is_not_paid_and_not_late_until_it_is_fixed() -> None:
    made, asset = floater()
    told, action = made.told, coupon(made, asset)
    sources(made, "HIBOR 6M", "Agent", days_open=400)
    funds(made, action, 5 * COUPON)
    told.until(FIRST + timedelta(days=2))
    assert status(action) is ActionStatus.DUE
    assert cash(made, "A", "B") == (0, 0)
    events = told.does("Agent", Observe("HIBOR 6M", FLOATER.issue_date, FOUR))
    (fixed,) = of(events, Fixed)
    assert fixed.needs == ((made.token, 5 * COUPON),)
    told.block()
    assert status(action) is ActionStatus.PAID
    assert cash(made, "A", "B") == (3 * COUPON, 2 * COUPON)
    made.check()


def test_a_fixing_that_comes_late_makes_the_issuer_late_only_after() -> None:
    made, asset = floater()
    told, action = made.told, coupon(made, asset)
    sources(made, "HIBOR 6M", "Agent", days_open=400)
    told.until(FIRST + timedelta(days=2))
    told.does("Agent", Observe("HIBOR 6M", FLOATER.issue_date, FOUR))
    assert status(action) is ActionStatus.DUE
    told.until(FIRST + timedelta(days=3))
    assert status(action) is ActionStatus.LATE
    made.check()


def test_two_of_three_must_agree_and_others_do_not_see_what_one_has_told() -> None:
    made, asset = floater(needed=2)
    told, start = made.told, FLOATER.issue_date
    assert of(told.does("Agent", Observe("HIBOR 6M", start, FOUR)), Observed) == []
    assert of(told.does("Trustee", Observe("HIBOR 6M", start, FOUR + PERCENT)), Observed) == []
    assert not coupon(made, asset).fixed
    assert of(seen(told, "A"), ValueTold) == []
    (observed,) = of(told.does("CMU", Observe("HIBOR 6M", start, FOUR)), Observed)
    assert observed.value == FOUR
    assert coupon(made, asset).interest == COUPON
    assert of(seen(told, "A"), Observed) == [observed]
    made.check()


def test_a_value_corrected_before_payment_changes_it_and_after_payment_does_not() -> None:
    made, asset = floater()
    told, start, action = made.told, FLOATER.issue_date, coupon(made, asset)
    sources(made, "HIBOR 6M", "Agent", days_open=400)
    told.does("Agent", Observe("HIBOR 6M", start, 2 * PERCENT))
    wrong = action.interest
    told.until(FIRST - timedelta(days=1))
    events = told.does("Agent", Observe("HIBOR 6M", start, FOUR))
    assert [event.corrects for event in of(events, Observed)] == [True]
    assert (wrong, action.interest) == (14_877, COUPON)  # 3% for 181 of 365 days: 148.767...
    funds(made, action, 5 * COUPON)
    told.until(FIRST)
    assert cash(made, "A") == (3 * COUPON,)
    assert of(told.does("Agent", Observe("HIBOR 6M", start, 2 * PERCENT)), Fixed) == []
    made.check()


@pytest.mark.parametrize(
    ("who", "day", "value", "reason"),
    [
        ("A", 0, FOUR, Reason.NOT_AUTHORISED),
        ("Agent", 1, FOUR, Reason.DATE),
        ("Agent", -6, FOUR, Reason.DATE),
        ("Agent", 0, Fraction(10**10), Reason.AMOUNT),
        ("Agent", 0, Fraction(1, 10**13), Reason.AMOUNT),
    ],
)
def test_a_stranger_a_day_out_of_reach_and_an_absurd_value_are_refused(
    who: str, day: int, value: Fraction, reason: Reason
) -> None:
    made, _ = floater()
    asked = Observe("HIBOR 6M", FLOATER.issue_date + timedelta(days=day), value)
    assert made.told.refused(who, asked)[0] is reason
    assert made.told.refused("Agent", replace(asked, series="HIBOR 3M"))[0] is Reason.UNKNOWN_SERIES


def test_a_value_told_twice_is_refused() -> None:
    made, _ = floater()
    asked = Observe("HIBOR 6M", FLOATER.issue_date, FOUR)
    made.told.does("Agent", asked)
    assert made.told.refused("Agent", asked)[0] is Reason.ALREADY_DONE


def test_what_cannot_be_paid_for_an_absurd_value_waits_for_its_correction() -> None:
    made, asset = floater()
    told, start = made.told, FLOATER.issue_date
    told.does("Agent", Observe("HIBOR 6M", start, Fraction(10**9)))
    assert not coupon(made, asset).fixed or coupon(made, asset).interest < 1 << 62
    told.does("Agent", Observe("HIBOR 6M", start, FOUR))
    assert coupon(made, asset).interest == COUPON
    made.check()


def test_a_fixing_above_one_is_not_paid_until_it_is_corrected() -> None:
    made, asset = floater()
    told, start, action = made.told, FLOATER.issue_date, coupon(made, asset)
    told.does("Agent", Observe("HIBOR 6M", start, 100 * FOUR))
    assert (action.fixed, action.interest) == (False, 0)
    funds(made, action, 5 * COUPON)
    told.until(FIRST, 9 * 60)
    assert status(action) is ActionStatus.DUE
    assert cash(made, "A", "B") == (0, 0)
    sources(made, "HIBOR 6M", "Agent", days_open=400)
    told.does("Agent", Observe("HIBOR 6M", start, FOUR))
    told.block()
    assert status(action) is ActionStatus.PAID
    assert cash(made, "A", "B") == (3 * COUPON, 2 * COUPON)
    made.check()


def test_an_index_far_below_zero_pays_nothing() -> None:
    made, asset = floater()
    made.told.does("Agent", Observe("HIBOR 6M", FLOATER.issue_date, -10 * PERCENT))
    assert (coupon(made, asset).fixed, coupon(made, asset).interest) == (True, 0)
    made.check()


def test_a_pool_factor_that_rises_is_not_paid_until_it_is_corrected() -> None:
    plan = Repayment(RepaymentKind.POOL, series="POOL 7")
    made, asset = served(("A", 3), ("B", 2), terms=replace(LOTS, repayment=plan))
    sources(made, "POOL 7", "Agent", days_open=400)
    first, _ = actions(made, asset)
    made.told.until(FIRST)
    made.told.does("Agent", Observe("POOL 7", FIRST, Fraction(3, 2)))
    assert not first.fixed
    made.told.does("Agent", Observe("POOL 7", FIRST, Fraction(1, 2)))
    assert (first.fixed, first.principal) == (True, LOT // 2)
    made.check()


def test_an_indexed_bond_pays_and_redeems_by_its_ratio() -> None:
    terms = replace(LOTS, indexed=Indexed("CPI", Fraction(100), 3, False, 0, 0, True))

    def at_par(made: Deal) -> None:
        sources(made, "CPI", "Agent", days_open=400)
        made.told.does("Agent", Observe("CPI", date(2025, 11, 1), Fraction(100)))

    made, asset = served(("A", 3), terms=terms, before=at_par)
    told, first, last = made.told, coupon(made, asset), redemption(made, asset)
    told.until(date(2026, 6, 1))
    told.does("Agent", Observe("CPI", date(2026, 5, 1), Fraction(110)))
    assert first.interest == 21_819  # 198.356... x 1.1 = 218.191...
    told.until(date(2026, 12, 1))
    told.does("Agent", Observe("CPI", date(2026, 11, 1), Fraction(95)))
    assert (last.interest, last.principal) == (19_156, LOT)  # 201.643... x 0.95; no less than par is redeemed
    made.check()


def test_a_target_of_which_no_report_came_is_missed() -> None:
    step = SustainabilityStep("emissions", date(2026, 6, 30), date(2026, 7, 31), FIRST, PERCENT)
    made, asset = served(("A", 3), terms=replace(LOTS, sustainability=(step,)))
    sources(made, "emissions", "Agent", days_open=60)
    last = redemption(made, asset)
    assert (coupon(made, asset).fixed, last.fixed) == (True, False)
    made.told.until(date(2026, 7, 31), 23 * 60)
    assert not last.fixed
    made.told.until(date(2026, 8, 1), 60)
    assert (last.fixed, last.interest) == (True, 25_205)  # 5% for 184 of 365 days: 252.054...
    made.check()


def test_a_linear_bond_pays_down_its_factor_and_extinguishes_its_units_at_the_end() -> None:
    terms = replace(LOTS, repayment=Repayment(RepaymentKind.LINEAR))
    made, asset = served(("A", 3), ("Client", 2), terms=terms)
    told, (first, last) = made.told, actions(made, asset)
    assert (first.kind, last.kind) == (ActionKind.REPAYMENT, ActionKind.REDEMPTION)
    half = LOT // 2
    assert (first.interest, first.principal) == (COUPON, half)
    assert (last.interest, last.principal) == (10_082, half)  # 4% on one half for 184 of 365 days: 100.821...
    funds(made, first, 5 * (COUPON + half))
    told.until(FIRST)
    assert cash(made, "A", "Client") == (3 * (COUPON + half), 2 * (COUPON + half))
    assert made.held("A", asset) == 3 * LOT  # nominal stays
    funds(made, last, 5 * (10_082 + half))
    told.until(LAST)
    assert status(last) is ActionStatus.PAID
    assert cash(made, "A") == (3 * (COUPON + LOT + 10_082),)
    assert made.held("A", asset) == 0
    made.check()


def test_a_perpetual_bond_is_planned_ahead_and_never_redeemed() -> None:
    made, asset = served(("A", 3), terms=replace(LOTS, perpetual=True))
    told = made.told
    before = len(actions(made, asset))
    assert {each.kind for each in actions(made, asset)} == {ActionKind.INTEREST}
    funds(made, coupon(made, asset), 3 * COUPON)
    events = told.until(FIRST)
    assert of(events, ActionPaid)
    assert len(of(events, ActionsPlanned)) == 1
    assert len(actions(made, asset)) == before + 1
    assert [each.period for each in actions(made, asset)] == list(range(1, before + 2))
    made.check()
