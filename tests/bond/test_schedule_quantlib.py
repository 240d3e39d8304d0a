"""QuantLib as an oracle of the general engine, on thousands of random schedules.

Where the two differ, and why: QuantLib takes the last business day of a month for its end, where the engine takes the
last day (such a date that a schedule rolls from is not drawn); it drops a date that moves onto its neighbour, where the
engine works with unadjusted dates (done here afterwards); `Nearest` is the nearest by days there, by weekday here
(2006 ISDA Definitions 4.12(a)(iii)), and is not drawn.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from random import Random
from typing import Any

import pytest
import QuantLib as ql

from bauhinia.bond import BusinessDayConvention, adjust
from bauhinia.bond.periodic import Stub, dates
from bauhinia.bond.roll import Roll, Step, is_month_end
from bauhinia.wire.calendars import load_calendar

CONVENTIONS = {
    BusinessDayConvention.UNADJUSTED: ql.Unadjusted,
    BusinessDayConvention.FOLLOWING: ql.Following,
    BusinessDayConvention.MODIFIED_FOLLOWING: ql.ModifiedFollowing,
    BusinessDayConvention.MODIFIED_FOLLOWING_BI_MONTHLY: ql.HalfMonthModifiedFollowing,
    BusinessDayConvention.PRECEDING: ql.Preceding,
    BusinessDayConvention.MODIFIED_PRECEDING: ql.ModifiedPreceding,
}
STEPS = (Step(1), Step(2), Step(3), Step(6), Step(12), Step(0, 7), Step(0, 14), Step(0, 28))
RULES = {Stub.SHORT_INITIAL: ql.DateGeneration.Backward, Stub.SHORT_FINAL: ql.DateGeneration.Forward}
HALF_WAY = 2_000  # schedules of each direction
TARGET = load_calendar("EU_TARGET")


def theirs(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def ours(day: Any) -> date:
    return date(day.year(), day.month(), day.dayOfMonth())


def some_day(random: Random) -> date:
    """A day of 2019 to 2025, a month end one time in four."""
    day = date(2019, 1, 1) + timedelta(random.randrange(2_500))
    return day.replace(day=1) - timedelta(1) if random.random() < 0.25 else day


@pytest.mark.parametrize("stub", RULES)
def test_random_schedules(stub: Stub) -> None:
    random = Random(stub)
    for _ in range(HALF_WAY):
        start = some_day(random)
        end = start + timedelta(random.randint(40, 1_800))
        end = end if random.random() < 0.5 else end.replace(day=min(start.day, 28))
        step, convention = random.choice(STEPS), random.choice(list(CONVENTIONS))
        seed = end if stub is Stub.SHORT_INITIAL else start
        ends = is_month_end(seed) and random.random() < 0.7 and step.months > 0
        tenor = ql.Period(step.months, ql.Months) if step.months else ql.Period(step.days, ql.Days)
        used = CONVENTIONS[convention]
        found = ql.Schedule(theirs(start), theirs(end), tenor, ql.TARGET(), used, used, RULES[stub], ends)
        rolled = dates(start, end, step, stub, end_of_month=ends)
        moved = [adjust(day, convention, [TARGET]).day for day in rolled]
        case = (start, end, step, stub, convention, ends)
        assert [day for day, _ in groupby(moved)] == [ours(day) for day in found], case


def test_random_third_wednesdays() -> None:
    """QuantLib moves every date between the ends to the third Wednesday of its month."""
    random = Random(3)
    for _ in range(500):
        start = dates_on_imm(random)
        end = dates(start, start + timedelta(random.randint(100, 2_000)), Step(3), Stub.SHORT_FINAL, Roll.IMM)[-2]
        if end <= start:
            continue
        found = ql.Schedule(
            theirs(start), theirs(end), ql.Period(3, ql.Months), ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
            ql.DateGeneration.ThirdWednesday, False,
        )  # fmt: skip
        assert dates(start, end, Step(3), Stub.NONE, Roll.IMM) == [ours(day) for day in found], (start, end)


def dates_on_imm(random: Random) -> date:
    """The third Wednesday of March, June, September or December of a year."""
    return ours(ql.IMM.nextDate(theirs(date(2019, 1, 1) + timedelta(random.randrange(2_500)))))
