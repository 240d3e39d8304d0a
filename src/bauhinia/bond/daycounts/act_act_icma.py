"""Actual/Actual (ICMA): ICMA Primary Market Handbook and Rule 251; 2006 ISDA Definitions, section 4.16(c)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """In each regular or notional period: the days that accrue over the days of the period and the periods of a year.

    A whole regular period is exactly one over the frequency; a stub is split at the notional dates inside it.
    """
    dates, frequency = reference.dates, reference.frequency
    if start == dates[0] and end == dates[-1]:
        return Fraction(len(dates) - 1, frequency)
    if start < dates[0] or end > dates[-1]:
        raise Impossible("reference", f"{start} to {end} is not inside the regular periods {dates[0]} to {dates[-1]}")
    total = Fraction(0)
    for opening, closing in pairwise(dates):
        days = (min(end, closing) - max(start, opening)).days
        if days > 0:
            total += Fraction(days, (closing - opening).days * frequency)
    return total
