"""30/360 NASD: National Association of Securities Dealers, Uniform Practice Code; as in QuantLib."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.thirty import span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: a start on the 31st counts as the 30th; an end on the 31st counts as the
    30th if the start does or is, else as the first of the next month.
    """
    first = min(start.day, 30)
    if end.day == 31:
        return span(start, end, first, 30 if first == 30 else 31)  # the first of the next month is a 31st of this one
    return span(start, end, first, end.day)


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
