"""30/360, 360/360, Bond Basis: 2006 ISDA Definitions, section 4.16(f)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: the 31st counts as the 30th at the start, and at the end if the start is
    the 30th or 31st.
    """
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def year_fraction(start: date, end: date) -> Fraction:
    return Fraction(days(start, end), 360)
