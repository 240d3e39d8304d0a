"""30/360, 360/360, Bond Basis, 30A/360: 2006 ISDA Definitions, section 4.16(f)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.thirty import span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: the 31st counts as the 30th at the start, and at the end if the start is
    the 30th or 31st.
    """
    first = min(start.day, 30)
    return span(start, end, first, min(end.day, 30) if first == 30 else end.day)


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
