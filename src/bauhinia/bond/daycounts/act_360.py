"""Actual/360: 2006 ISDA Definitions, section 4.16(e)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def year_fraction(start: date, end: date) -> Fraction:
    """The actual days over 360."""
    return Fraction((end - start).days, 360)
