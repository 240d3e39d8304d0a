"""Actual/365L: 2006 ISDA Definitions, section 4.16(i); ICMA Rule 251.1(i), part 2 (sterling floating rate notes)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.leap_days import leap_days
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.roll import is_leap


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """The actual days over 366 or 365, whichever the interest period that they are in calls for.

    Paid once a year: over 366 where a 29 February falls after the period's start, up to and including its end. Paid
    more often: over 366 where the period ends in a leap year.
    """
    opening, closing = reference.interest_period
    leap = leap_days(opening, closing) > 0 if reference.frequency == 1 else is_leap(closing.year)
    return Fraction((end - start).days, 366 if leap else 365)
