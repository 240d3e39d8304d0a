"""Months: how a date rolls from one coupon to another.

A date is always rolled from its anchor and never from the date rolled last, so that 31 August, 28 February and
31 August again are one series. Rolling from a clamped date instead (29 February to 29 May) gives other series; where
the anchor itself is such a date and the terms do not roll at the end of the month, its day is the day that counts.
"""

from __future__ import annotations

from datetime import date

from bauhinia.bond.impossible import Impossible

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else DAYS[month - 1]


def is_month_end(day: date) -> bool:
    return day.day == days_in_month(day.year, day.month)


def add_months(day: date, months: int, end_of_month: bool = False) -> date:
    """`day` so many months later (earlier if negative), on the same day or the last the month has.

    With `end_of_month`, the last day of a month goes to the last day of a month.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise Impossible("months", f"{months} months from {day} is outside the calendar")
    last = days_in_month(year, month + 1)
    return date(year, month + 1, last if end_of_month and is_month_end(day) else min(day.day, last))


def notional_dates(anchor: date, months: int, start: date, end: date, end_of_month: bool = False) -> tuple[date, ...]:
    """The regular dates, every `months` from `anchor`, that just cover `start` to `end`.

    The first is on or before `start`, the last on or after `end`, and no shorter run of the series does that.
    """
    if not (months > 0 and start <= end):
        raise Impossible("dates", f"no regular dates every {months} months from {start} to {end}")
    step = ((start.year - anchor.year) * 12 + start.month - anchor.month) // months + 1
    while add_months(anchor, step * months, end_of_month) > start:
        step -= 1
    dates = [add_months(anchor, step * months, end_of_month)]
    while dates[-1] < end or len(dates) == 1:
        step += 1
        dates.append(add_months(anchor, step * months, end_of_month))
    return tuple(dates)
