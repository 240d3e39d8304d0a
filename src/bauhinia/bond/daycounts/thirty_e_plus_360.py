"""30E+/360: ISO 20022 interest computation method A016; FIX CouponDayCount 13."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.thirty import span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: a start on the 31st counts as the 30th, an end on the 31st as the first
    of the next month, which in months of 30 is a 31st.
    """
    return span(start, end, min(start.day, 30), end.day)


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
