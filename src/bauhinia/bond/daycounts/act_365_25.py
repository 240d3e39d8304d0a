"""Actual/365.25: the Julian year, as in QuantLib and Strata; no rulebook defines it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def year_fraction(start: date, end: date) -> Fraction:
    """The actual days over 365 and a quarter."""
    return Fraction(4 * (end - start).days, 1461)
