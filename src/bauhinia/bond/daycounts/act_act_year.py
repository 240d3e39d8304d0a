"""Actual/Actual Year: as in Strata; no rulebook defines it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.roll import add_months


def year_fraction(start: date, end: date) -> Fraction:
    """Whole years counted from the start, and the days that are left over those of the year that they begin."""
    years = end.year - start.year
    if add_months(start, 12 * years) >= end and years > 0:
        years -= 1
    reached = add_months(start, 12 * years)
    return years + Fraction((end - reached).days, (add_months(start, 12 * years + 12) - reached).days)
