"""Actual/364: FIX CouponDayCount (1950) 17; ISO 20022 interest computation method A017."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def year_fraction(start: date, end: date) -> Fraction:
    """The actual days over 364: 52 whole weeks."""
    return Fraction((end - start).days, 364)
