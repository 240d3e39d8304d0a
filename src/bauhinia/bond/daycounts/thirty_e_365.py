"""30E/365: as in Strata; no rulebook defines it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts import thirty_e3_360


def year_fraction(start: date, end: date) -> Fraction:
    """Days in months of 30, where the 31st and the last of February count as the 30th, over 365."""
    return Fraction(thirty_e3_360.days(start, end), 365)
