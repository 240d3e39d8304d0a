"""Actual/365 Actual (Act/365A): as in Strata; ISO 20022 has no code for it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.leap_days import leap_days


def year_fraction(start: date, end: date) -> Fraction:
    """The actual days over 366 where a 29 February falls after the start, up to and including the end; else 365."""
    return Fraction((end - start).days, 366 if leap_days(start, end) else 365)
