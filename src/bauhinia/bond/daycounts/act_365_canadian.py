"""Actual/365 (Canadian bond): Investment Industry Association of Canada, Canadian Conventions in Fixed Income Markets,
release 1.3.

Sources do not agree on the 182nd day: docs/decisions/0011-day-counts-on-which-sources-differ.md.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.act_act_icma import parts
from bauhinia.bond.daycounts.reference import Reference


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """Within each regular or notional period: the days over 365 up to half a period's share of a year of 365; past
    that, the period's share less the days that are still to come over 365.

    A whole regular period is exactly one over the frequency.
    """
    return sum((_within(*part, reference.frequency) for part in parts(start, end, reference)), Fraction(0))


def _within(days: int, length: int, frequency: int) -> Fraction:
    """The part of a year that `days` of a period of `length` days are."""
    if days == length:
        return Fraction(1, frequency)
    if days * frequency < 365:
        return Fraction(days, 365)
    return Fraction(1, frequency) - Fraction(length - days, 365)
