"""Actual/Actual (ISDA): 2006 ISDA Definitions, section 4.16(b)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.roll import is_leap


def year_fraction(start: date, end: date) -> Fraction:
    """The days in leap years over 366, plus the days in other years over 365."""
    if start.year == end.year:
        return Fraction((end - start).days, _length(start.year))
    first = Fraction((date(start.year + 1, 1, 1) - start).days, _length(start.year))
    last = Fraction((end - date(end.year, 1, 1)).days, _length(end.year))
    return first + (end.year - start.year - 1) + last


def _length(year: int) -> int:
    return 366 if is_leap(year) else 365
