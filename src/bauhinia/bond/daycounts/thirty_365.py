"""30/365: ISO 20022 interest computation method A002; ICMA Bond Data Taxonomy.

Sources do not agree on what is counted: docs/decisions/0011-day-counts-on-which-sources-differ.md.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.daycounts import thirty_e_360


def year_fraction(start: date, end: date) -> Fraction:
    """Days in months of 30, as 30E/360 counts them, over 365."""
    return Fraction(thirty_e_360.days(start, end), 365)
