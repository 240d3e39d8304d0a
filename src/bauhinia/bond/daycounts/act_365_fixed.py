"""Actual/365 (Fixed): 2006 ISDA Definitions, section 4.16(d)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def year_fraction(start: date, end: date) -> Fraction:
    """The actual days over 365, in leap years too."""
    return Fraction((end - start).days, 365)
