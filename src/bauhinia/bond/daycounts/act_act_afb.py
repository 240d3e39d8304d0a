"""Actual/Actual (AFB): Association française des banques, master agreement for forward transactions (1994), base
exact/exact; later that of the Fédération bancaire française.

Sources do not agree on where a whole year starts that ends on 28 February:
docs/decisions/0011-day-counts-on-which-sources-differ.md.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from bauhinia.bond.daycounts.leap_days import leap_days
from bauhinia.bond.roll import add_months

DAY = timedelta(days=1)


def year_fraction(start: date, end: date) -> Fraction:
    """Whole years counted back from the end, and the days that are left over 365; over 366 where a 29 February is among
    those days, from and including the start.

    A year back from 29 February is 28 February, unless that year has a 29th; a year back from 28 February is 28
    February.
    """
    years = end.year - start.year
    rest = add_months(end, -12 * years)
    if rest < start:
        years -= 1
        rest = add_months(end, -12 * years)
    leap = leap_days(start - DAY, rest - DAY) if start < rest else 0
    return years + Fraction((rest - start).days, 366 if leap else 365)
