"""What the day counts of equal months share."""

from __future__ import annotations

from datetime import date

from bauhinia.bond.roll import is_leap


def span(start: date, end: date, first: int, last: int) -> int:
    """Days from day `first` of the month of `start` to day `last` of the month of `end`, each month having 30."""
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def ends_february(day: date) -> bool:
    """Whether it is the last day of a February."""
    return day.month == 2 and day.day == (29 if is_leap(day.year) else 28)
