"""Calls, puts and make-whole: when they are open, the notice they need, and what they pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from bauhinia.bond import Impossible, check, price_from_yield, schedule
from bauhinia.bond.known import NotKnown
from bauhinia.bond.options import (
    Exercised,
    exercise_amount,
    make_whole_price,
    may_make_whole,
    notice_problem,
    open_calls,
    open_puts,
)
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.repayment import Repayment, RepaymentKind
from tests.bond.samples import WEEKDAYS
from tests.bond.test_principal import DAYS, PLAIN

CALL = Exercise(DAYS[1], DAYS[2], price=Fraction(102, 100), on_coupon_dates=True)
LATE = Exercise(date(2025, 9, 1), DAYS[3], least_notice=0, most_notice=30)
BOND = replace(
    PLAIN,
    calls=(CALL, LATE),
    puts=(Exercise(DAYS[2], DAYS[2]),),
    make_whole=MakeWhole(DAYS[2], "GOVERNMENT 2Y", Fraction(25, 10_000)),
)
PERIODS = schedule(BOND, [WEEKDAYS])
NOTED = date(2024, 12, 30)


def test_what_is_open() -> None:
    assert check(BOND) == []
    assert open_calls(BOND, date(2025, 1, 14), PERIODS) == ()
    assert open_calls(BOND, DAYS[1], PERIODS) == (CALL,)
    assert open_calls(BOND, date(2025, 1, 16), PERIODS) == ()  # no coupon date
    assert open_calls(BOND, date(2025, 10, 2), PERIODS) == (LATE,)
    assert open_puts(BOND, DAYS[2], PERIODS) == BOND.puts
    assert open_puts(BOND, DAYS[1], PERIODS) == ()
    assert may_make_whole(BOND, date(2025, 7, 14))
    assert not may_make_whole(BOND, DAYS[2])
    assert not may_make_whole(PLAIN, DAYS[0])


@pytest.mark.parametrize(
    ("notice", "in_time"),
    [("2024-11-15", False), ("2024-11-16", True), ("2024-12-31", True), ("2025-01-01", False), ("2025-02-01", False)],
)
def test_notice(notice: str, in_time: bool) -> None:
    """15 to 60 days before 15 January 2025."""
    problem = notice_problem(CALL, date.fromisoformat(notice), DAYS[1])
    assert (problem is None) is in_time
    assert problem is None or problem.field == "notice_date"


def test_what_an_exercise_pays() -> None:
    assert exercise_amount(BOND, PERIODS, DAYS[1], CALL.price) == Exercised(102_000, 0)
    assert exercise_amount(BOND, PERIODS, date(2025, 10, 15), Fraction(1)) == Exercised(100_000, 1_500)
    linear = replace(BOND, repayment=Repayment(RepaymentKind.LINEAR))
    assert exercise_amount(linear, PERIODS, DAYS[1], CALL.price) == Exercised(51_000, 0)
    assert exercise_amount(linear, PERIODS, date(2025, 4, 15), Fraction(1)) == Exercised(50_000, 750)
    for outside in (BOND.issue_date, BOND.maturity):
        with pytest.raises(Impossible, match="is not after 2024-01-15 and before 2026-01-15"):
            exercise_amount(BOND, PERIODS, outside, Fraction(1))


def test_make_whole_pays_no_less_than_par_and_what_the_yield_says() -> None:
    cheap = {"GOVERNMENT 2Y": {NOTED: Fraction(3, 100)}}
    # two coupons of 3 and par at 3.25 percent, twice a year
    half = 1 + Fraction(325, 20_000)
    worth = Fraction(3, 100) / half + Fraction(103, 100) / half**2
    assert make_whole_price(BOND, PERIODS, DAYS[1], NOTED, cheap) == worth
    broken = make_whole_price(BOND, PERIODS, date(2025, 3, 3), NOTED, cheap)
    assert 100 * broken == price_from_yield(PLAIN, PERIODS, date(2025, 3, 3), Fraction(325, 10_000)).clean
    dear = {"GOVERNMENT 2Y": {NOTED: Fraction(9, 100)}}
    assert make_whole_price(BOND, PERIODS, DAYS[1], NOTED, dear) == 1
    linear = replace(BOND, repayment=Repayment(RepaymentKind.LINEAR))
    owed = Fraction(1, 2)
    parts = (owed * Fraction(3, 100) + Fraction(1, 4)) / half + (Fraction(1, 4) * Fraction(103, 100)) / half**2
    assert make_whole_price(linear, PERIODS, DAYS[1], NOTED, cheap) == parts / owed


def test_make_whole_that_cannot_be() -> None:
    with pytest.raises(NotKnown, match="GOVERNMENT 2Y"):
        make_whole_price(BOND, PERIODS, DAYS[1], NOTED)
    with pytest.raises(Impossible, match="no make-whole call for 2025-07-15"):
        make_whole_price(BOND, PERIODS, DAYS[2], NOTED)
