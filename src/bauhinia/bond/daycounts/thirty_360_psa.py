"""30/360 PSA, 30/360M: Public Securities Association, mortgage-backed securities; FIX CouponDayCount 3."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.thirty import ends_february, span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: a start on the 31st or the last of February counts as the 30th; an end on
    the 31st does if the start is, or counts as, the 30th.
    """
    first = 30 if start.day == 31 or ends_february(start) else start.day
    return span(start, end, first, min(end.day, 30) if first == 30 else end.day)


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
