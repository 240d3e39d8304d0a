"""The 29ths of February between two dates."""

from __future__ import annotations

from datetime import date

from bauhinia.bond.roll import is_leap


def leap_days(after: date, through: date) -> int:
    """How many there are after the one date, up to and including the other."""
    return _until(through) - _until(after)


def _until(day: date) -> int:
    """How many there are from the year 1 through `day`."""
    years = day.year - 1
    past = years // 4 - years // 100 + years // 400
    return past + (is_leap(day.year) and (day.month, day.day) >= (2, 29))
