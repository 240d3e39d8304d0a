"""Simple: as in QuantLib; no rulebook defines it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts import thirty_360
from bauhinia.bond.roll import is_month_end


def year_fraction(start: date, end: date) -> Fraction:
    """The months over 12 where they are whole: both dates on the same day of the month, or one of them at the end of a
    month that lacks the other's day. Else as 30/360.
    """
    whole = start.day == end.day
    whole = whole or (start.day > end.day and is_month_end(end)) or (start.day < end.day and is_month_end(start))
    if whole:
        return Fraction(12 * (end.year - start.year) + end.month - start.month, 12)
    return thirty_360.year_fraction(start, end)
