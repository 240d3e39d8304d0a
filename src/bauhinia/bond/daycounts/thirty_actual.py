"""30/Actual: ISO 20022 interest computation method A003."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

from bauhinia.bond.daycounts import thirty_e_360
from bauhinia.bond.daycounts.act_act_icma import within
from bauhinia.bond.daycounts.reference import Reference


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """Days in months of 30, as 30E/360 counts them, over the actual days of the period and the periods of a year; a
    stub is split at the notional dates inside it.
    """
    within(start, end, reference)
    total = Fraction(0)
    for opening, closing in pairwise(reference.dates):
        first, last = max(start, opening), min(end, closing)
        if first < last:
            total += Fraction(thirty_e_360.days(first, last), (closing - opening).days * reference.frequency)
    return total
