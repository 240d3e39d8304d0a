"""Rates that step by the calendar, and margins that hang on a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from bauhinia.bond import (
    Floating,
    Need,
    NotKnown,
    OpenFlow,
    RateStep,
    SustainabilityStep,
    cash_flows,
    cash_flows_so_far,
    check,
    lapsed,
    needs_of,
    rate_of,
    schedule,
)
from tests.bond.samples import BOND_I, WEEKDAYS

CALENDARS = [replace(WEEKDAYS, centre="AU")]
PERIODS = ("2018-08-28", "2019-02-28", "2019-08-28", "2020-02-28")  # when the four periods of BOND_I start

STEP_UP = replace(
    BOND_I, steps=(RateStep(date(2019, 2, 28), Fraction("0.03")), RateStep(date(2020, 1, 1), Fraction("0.015")))
)
GREEN, SOCIAL = "renewables of 40 percent", "injuries halved"
LINKED = replace(
    BOND_I,
    sustainability=(
        SustainabilityStep(GREEN, date(2018, 12, 31), date(2019, 2, 15), date(2019, 2, 28), Fraction("0.0025")),
        SustainabilityStep(SOCIAL, date(2019, 6, 30), date(2019, 8, 1), date(2019, 8, 15), Fraction("-0.001")),
    ),
)


def rates(terms: object, known: dict[str, dict[date, Fraction]]) -> list[str]:
    assert check(terms) == []  # type: ignore[arg-type]
    periods = schedule(terms, CALENDARS)  # type: ignore[arg-type]
    return [str(float(rate_of(terms, period, known))) for period in periods]  # type: ignore[arg-type]


def test_a_step_holds_from_the_period_that_starts_on_it_or_after() -> None:
    assert rates(STEP_UP, {}) == ["0.022", "0.03", "0.03", "0.015"]
    amounts = [flow.amount for flow in cash_flows(STEP_UP, schedule(STEP_UP, CALENDARS), 10_000_00)]
    assert amounts == [110_00, 150_00, 150_00, 75_00, 10_000_00]


def report(green: int, social: int) -> dict[str, dict[date, Fraction]]:
    return {GREEN: {date(2018, 12, 31): Fraction(green)}, SOCIAL: {date(2019, 6, 30): Fraction(social)}}


@pytest.mark.parametrize(
    ("green", "social", "expected"),
    [
        (1, 1, ["0.022", "0.022", "0.022", "0.022"]),
        (0, 1, ["0.022", "0.0245", "0.0245", "0.0245"]),
        (1, 0, ["0.022", "0.022", "0.021", "0.021"]),
        (0, 0, ["0.022", "0.0245", "0.0235", "0.0235"]),
    ],
)
def test_a_margin_is_paid_unless_its_target_was_met(green: int, social: int, expected: list[str]) -> None:
    assert rates(LINKED, report(green, social)) == expected


def test_a_report_is_awaited_until_its_last_day_and_then_the_target_is_missed() -> None:
    """ICMA Sustainability-Linked Bond Principles, component 4."""
    periods = schedule(LINKED, CALENDARS)
    assert rate_of(LINKED, periods[0]) == Fraction("0.022")
    with pytest.raises(NotKnown) as awaited:
        rate_of(LINKED, periods[1])
    assert (awaited.value.field, awaited.value.day) == (GREEN, date(2018, 12, 31))
    assert [needs_of(LINKED, period) for period in periods[:3]] == [
        (),
        (Need(GREEN, date(2018, 12, 31)),),
        (Need(GREEN, date(2018, 12, 31)), Need(SOCIAL, date(2019, 6, 30))),
    ]
    flows = cash_flows_so_far(LINKED, periods, 10_000_00)
    assert [isinstance(flow, OpenFlow) for flow in flows] == [False, True, True, True, False]

    assert lapsed(LINKED.sustainability, {}, date(2019, 2, 15)) == {}  # the last day
    known = lapsed(LINKED.sustainability, {}, date(2019, 2, 16))
    assert known == {GREEN: {date(2018, 12, 31): 0}}
    assert rate_of(LINKED, periods[1], known) == Fraction("0.0245")
    late = lapsed(LINKED.sustainability, report(1, 1), date(2020, 1, 1))
    assert late == report(1, 1)  # reports that came are kept


def test_a_margin_of_a_floating_rate_grows_within_its_cap() -> None:
    floating = replace(
        LINKED,
        rate=Fraction(0),
        floating=Floating("BBSW 6M", Fraction("0.01"), days_back=0, centres=("AU",), cap=Fraction("0.032")),
    )
    known = report(0, 1) | {"BBSW 6M": {date.fromisoformat(day): Fraction("0.02") for day in PERIODS}}
    assert rates(floating, known) == ["0.03", "0.032", "0.032", "0.032"]
