"""30U/360, 30/360 US with the end-of-month rule: SIA, Standard Securities Calculation Methods; FIX CouponDayCount 2."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts import thirty_360
from bauhinia.bond.daycounts.thirty import ends_february, span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30, as 30/360 counts them, but a start on the last of February counts as the
    30th, and then so does an end on the last of February.
    """
    if not ends_february(start):
        return thirty_360.days(start, end)
    return span(start, end, 30, 30 if end.day == 31 or ends_february(end) else end.day)


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
