"""QuantLib as an oracle for day counts, on random dates that are most often ends of months and of February.

Two differ, by rules told in docs/decisions/0011-day-counts-on-which-sources-differ.md: Act/Act AFB that ends on 28
February, and Act/365 Canadian from the 182nd day, or the like for other frequencies, and of whole periods.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
import QuantLib as ql

from bauhinia.bond.daycount import DayCount, year_fraction
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.roll import add_months
from tests.bond.test_daycount_vectors import BRAZIL

OTHERS = {
    DayCount.ACT_365_FIXED: ql.Actual365Fixed(),
    DayCount.ACT_360: ql.Actual360(),
    DayCount.ACT_364: ql.Actual364(),
    DayCount.ACT_366: ql.Actual366(),
    DayCount.ACT_365_25: ql.Actual36525(),
    DayCount.NL_365: ql.Actual365Fixed(ql.Actual365Fixed.NoLeap),
    DayCount.ACT_ACT_ISDA: ql.ActualActual(ql.ActualActual.ISDA),
    DayCount.THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    DayCount.THIRTY_E_360: ql.Thirty360(ql.Thirty360.EurobondBasis),
    DayCount.THIRTY_U_360_EOM: ql.Thirty360(ql.Thirty360.USA),
    DayCount.THIRTY_360_NASD: ql.Thirty360(ql.Thirty360.NASD),
    DayCount.THIRTY_360_ITALIAN: ql.Thirty360(ql.Thirty360.Italian),
    DayCount.THIRTY_365: ql.Thirty365(),
    DayCount.SIMPLE: ql.SimpleDayCounter(),
    DayCount.ONE_ONE: ql.OneDayCounter(),
    DayCount.BUSINESS_252: ql.Business252(ql.Brazil(ql.Brazil.Settlement)),
}


def theirs(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def some_day(random: Random) -> date:
    first = date(random.randint(2000, 2029), random.choice([1, 3, 3, 6, 8, 11]), 1)
    return first + timedelta(random.choice([-3, -2, -1, 0, random.randrange(365)]))


def pairs(random: Random, count: int) -> list[tuple[date, date]]:
    drawn = (sorted((some_day(random), some_day(random))) for _ in range(count))
    return [(start, end) for start, end in drawn if start < end]


@pytest.mark.parametrize("convention", OTHERS, ids=lambda convention: convention.name)
def test_day_counts(convention: DayCount) -> None:
    for start, end in pairs(Random(int(convention)), 300):
        found = year_fraction(convention, start, end, Reference((start, end), 1, calendars=(BRAZIL,)))
        expected = OTHERS[convention].yearFraction(theirs(start), theirs(end))
        assert abs(float(found) - expected) < 1e-12, (start, end)


def test_30e_360_isda() -> None:
    random = Random(8)
    for start, end in pairs(random, 300):
        termination = random.choice([end, end + timedelta(366)])
        found = year_fraction(DayCount.THIRTY_E_360_ISDA, start, end, Reference((start, end), 1, None, termination))
        other = ql.Thirty360(ql.Thirty360.ISDA, theirs(termination))
        assert abs(float(found) - other.yearFraction(theirs(start), theirs(end))) < 1e-12, (start, end, termination)


def test_act_act_afb() -> None:
    other, differ = ql.ActualActual(ql.ActualActual.AFB), 0
    for start, end in pairs(Random(10), 2000):
        found = year_fraction(DayCount.ACT_ACT_AFB, start, end)
        if abs(float(found) - other.yearFraction(theirs(start), theirs(end))) > 1e-12:
            differ += 1
            assert (end.month, end.day) == (2, 28), (start, end)
    assert differ


def test_act_365_canadian() -> None:
    other, random, differ = ql.Actual365Fixed(ql.Actual365Fixed.Canadian), Random(13), 0
    for _ in range(1000):
        frequency, start = random.choice([1, 2, 4]), some_day(random)
        closing = add_months(start, 12 // frequency)
        end = start + timedelta(random.randint(1, (closing - start).days))
        found = year_fraction(DayCount.ACT_365_CANADIAN, start, end, Reference((start, closing), frequency))
        expected = other.yearFraction(theirs(start), theirs(end), theirs(start), theirs(closing))
        if abs(float(found) - expected) > 1e-12:
            differ += 1
            days = (end - start).days
            assert end == closing or days == 365 // frequency, (start, end)
            assert found == (Fraction(1, frequency) if end == closing else Fraction(days, 365))
    assert differ
