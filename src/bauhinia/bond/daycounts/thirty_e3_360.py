"""30E3/360, Eurobond basis model 3: ISO 20022 interest computation method A013."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.thirty import ends_february, span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: the 31st and the last of February count as the 30th at either end."""
    return span(start, end, _day(start), _day(end))


def _day(day: date) -> int:
    return 30 if day.day == 31 or ends_february(day) else day.day


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
