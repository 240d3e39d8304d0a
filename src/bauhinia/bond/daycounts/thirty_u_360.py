"""30U/360, 30/360 US: SIA, Standard Securities Calculation Methods; the end-of-month rule if the bond has it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts import thirty_360, thirty_u_360_eom
from bauhinia.bond.daycounts.reference import Reference


def days(start: date, end: date, reference: Reference) -> int:
    """Days between the dates in months of 30: as 30U/360 EOM where coupons fall on the last day of the month, else as
    30/360.
    """
    return thirty_u_360_eom.days(start, end) if reference.end_of_month else thirty_360.days(start, end)


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end, reference), 360)
