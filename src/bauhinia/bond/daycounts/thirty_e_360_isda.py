"""30E/360 (ISDA): 2006 ISDA Definitions, section 4.16(h); ISO 20022 interest computation method A007."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.daycounts.thirty import ends_february, span


def days(start: date, end: date, reference: Reference) -> int:
    """Days between the dates in months of 30: the 31st and the last of February count as the 30th at either end, but
    not an end on the last of February that is the termination date. A perpetual bond has none.
    """
    first = 30 if start.day == 31 or ends_february(start) else start.day
    last = 30 if end.day == 31 or (ends_february(end) and end != reference.termination) else end.day
    return span(start, end, first, last)


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """Those days over 360."""
    return Fraction(days(start, end, reference), 360)
