"""Business/252: Banco Central do Brasil and ANBIMA; ISO 20022 interest computation method A018."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from fractions import Fraction

from bauhinia.bond.calendar import is_business_day
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible


def days(start: date, end: date, reference: Reference) -> int:
    """The business days from and including the start to but excluding the end, as far as the calendars know: the result
    is provisional where the adjusted dates of the period are. Impossible where the reference names no calendar.
    """
    calendars = reference.calendars
    if not calendars:
        raise Impossible("reference", "Bus/252 needs a calendar, and none is given")
    weekend = [day for day in range(7) if any(day in calendar.weekend for calendar in calendars)]
    weeks, rest = divmod((end - start).days, 7)
    first = start.weekday()
    open_days = weeks * (7 - len(weekend)) + sum((first + day) % 7 not in weekend for day in range(rest))
    closed = dict.fromkeys(day for calendar in calendars for day in _between(calendar.holidays, start, end))
    worked = dict.fromkeys(day for calendar in calendars for day in _between(calendar.worked, start, end))
    open_days -= sum(day.weekday() not in weekend for day in closed)
    return open_days + sum(day.weekday() in weekend and is_business_day(day, calendars) for day in worked)


def year_fraction(start: date, end: date, reference: Reference) -> Fraction:
    """Those days over 252."""
    return Fraction(days(start, end, reference), 252)


def _between(dates: tuple[date, ...], start: date, end: date) -> tuple[date, ...]:
    """Those of the rising dates from and including the start to but excluding the end."""
    return dates[bisect_left(dates, start) : bisect_left(dates, end)]
