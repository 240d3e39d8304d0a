"""30E/360, Eurobond Basis: 2006 ISDA Definitions, section 4.16(g)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: the 31st counts as the 30th at either end."""
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + min(end.day, 30) - min(start.day, 30)


def year_fraction(start: date, end: date) -> Fraction:
    return Fraction(days(start, end), 360)
