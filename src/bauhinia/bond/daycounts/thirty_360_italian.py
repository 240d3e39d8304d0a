"""30/360 Italian: as in QuantLib; no rulebook defines it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.thirty import span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: the 31st, and the 28th and 29th of February, count as the 30th."""
    return span(start, end, _day(start), _day(end))


def _day(day: date) -> int:
    return 30 if day.day > 30 or (day.month == 2 and day.day > 27) else day.day


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
