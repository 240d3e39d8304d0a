"""30E/360, Eurobond Basis: 2006 ISDA Definitions, section 4.16(g); ISO 20022 A011, 30/360 (ICMA)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.thirty import span


def days(start: date, end: date) -> int:
    """Days between the dates in months of 30: the 31st counts as the 30th at either end."""
    return span(start, end, min(start.day, 30), min(end.day, 30))


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end), 360)
