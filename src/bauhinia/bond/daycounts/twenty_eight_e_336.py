"""28E/336: ACTUS data dictionary, day count convention 28E336."""

from __future__ import annotations

from datetime import date
from fractions import Fraction


def days(start: date, end: date) -> int:
    """Days between the dates in months of 28: the 29th, 30th and 31st count as the 28th at either end."""
    months = 12 * (end.year - start.year) + end.month - start.month
    return 28 * months + min(end.day, 28) - min(start.day, 28)


def year_fraction(start: date, end: date) -> Fraction:
    """Those days over 336."""
    return Fraction(days(start, end), 336)
