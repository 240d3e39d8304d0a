"""1/1: 2006 ISDA Definitions, section 4.16(a); ISO 20022 interest computation method A020."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def year_fraction(start: date, end: date) -> Fraction:
    """One, however long the period; nothing where it is empty."""
    return Fraction(1 if start < end else 0)
