"""NL/360: ISO 20022 interest computation method A019, Actual/360NL; FIX CouponDayCount (1950) 16."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts import nl_365


def year_fraction(start: date, end: date) -> Fraction:
    """Days without leap days, counted as NL/365 does, over 360."""
    return Fraction(nl_365.days(start, end), 360)
