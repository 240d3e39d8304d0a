"""Actual/Actual (ICMA): ICMA Primary Market Handbook and Rule 251; 2006 ISDA Definitions, section 4.16(c)."""

from __future__ import annotations

from collections.abc import Iterator
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
    if len(dates) == 2 and dates[0] <= start and end <= dates[1]:
        return Fraction((end - start).days, (dates[1] - dates[0]).days * frequency)
    total = Fraction(0)
    for days, length in parts(start, end, reference):
        total += Fraction(days, length * frequency)
    return total


def parts(start: date, end: date, reference: Reference) -> Iterator[tuple[int, int]]:
    """The days that accrue in each regular or notional period, and the days that the period has.

    Impossible where the dates are not inside these periods.
    """
    within(start, end, reference)
    for opening, closing in pairwise(reference.dates):
        days = (min(end, closing) - max(start, opening)).days
        if days > 0:
            yield days, (closing - opening).days


def within(start: date, end: date, reference: Reference) -> None:
    """Impossible where the dates are not inside the regular periods of the reference."""
    first, last = reference.dates[0], reference.dates[-1]
    if start < first or end > last:
        raise Impossible("reference", f"{start} to {end} is not inside the regular periods {first} to {last}")
