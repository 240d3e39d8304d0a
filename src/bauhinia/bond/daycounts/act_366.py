"""Actual/366: as in QuantLib; no rulebook defines it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def year_fraction(start: date, end: date) -> Fraction:
    """The actual days over 366, in other years too."""
    return Fraction((end - start).days, 366)
