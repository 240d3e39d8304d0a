"""NL/365, No Leap: ISO 20022 interest computation method A014, Actual/365NL; FIX CouponDayCount (1950) 15."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.leap_days import leap_days


def days(start: date, end: date) -> int:
    """The actual days, without each 29 February after the start, up to and including the end."""
    return (end - start).days - leap_days(start, end)


def year_fraction(start: date, end: date) -> Fraction:
    """Days without leap days, over 365."""
    return Fraction(days(start, end), 365)
