"""30E2/360, Eurobond basis model 2: ISO 20022 interest computation method A012."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.daycounts.thirty import ends_february, span


def days(start: date, end: date, reference: Reference) -> int:
    """Days between the dates in months of 30: the 31st counts as the 30th at either end. In a regular period, an end on
    the last of February counts as the day on which the period starts, and a start on the last of February that begins
    the period as the day on which the period ends, where those are later, up to the 30th.
    """
    opening, closing = reference.interest_period
    first, last = min(start.day, 30), min(end.day, 30)
    if reference.dates == (opening, closing):
        if start == opening and ends_february(start):
            first = min(max(first, closing.day), 30)
        if ends_february(end):
            last = min(max(last, opening.day), 30)
    return span(start, end, first, last)


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end, reference), 360)
