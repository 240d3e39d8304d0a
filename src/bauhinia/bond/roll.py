"""Months and rolls: on which day coupons fall, and how a date rolls from one coupon to another.

A date is always rolled from its anchor and never from the date rolled last, so that 31 August, 28 February and
31 August again are one series. Rolling from a clamped date instead (29 February to 29 May) gives other series; where
the anchor itself is such a date and the terms do not roll at the end of the month, its day is the day that counts,
unless the terms name another day of the month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple, assert_never

from bauhinia.bond.calendar import BusinessDayConvention, Calendar, add_business_days, adjust
from bauhinia.bond.impossible import Impossible

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WEDNESDAY, FRIDAY = 2, 4


class Roll(IntEnum):
    """On which day coupons fall, by the names of FpML's rollConventionEnum.

    The numbers are written down, appended and never reused: they enter canonical bytes.
    """

    ANCHOR = 1  # the day of the month of the date they roll from, or a day of the month that is named
    IMM = 2  # the third Wednesday of the month
    END_OF_MONTH = 3  # FpML EOM: the last day of the month, whatever day they roll from
    IMMCAD = 4  # the second business day of London, Toronto and Montreal before the third Wednesday
    IMMAUD = 5  # the business day of Sydney before the second Friday
    IMMNZD = 6  # the first Wednesday on or after the 9th
    SFE = 7  # the second Friday
    TBILL = 8  # the next Monday, the auction day of US bills; where that is closed the business day after it
    MONDAY = 9  # the next Monday, counting the day itself; so for each weekday
    TUESDAY = 10
    WEDNESDAY = 11
    THURSDAY = 12
    FRIDAY = 13
    SATURDAY = 14
    SUNDAY = 15

    @property
    def label(self) -> str:
        """The name term sheets give it."""
        return self.name.replace("_", " ").lower()

    @classmethod
    def labelled(cls, label: str) -> Roll:
        """The roll of that name. Impossible where there is none."""
        for member in cls:
            if member.label == label:
                return member
        raise Impossible("roll", f"{label!r} is none of {', '.join(member.label for member in cls)}")


class Step(NamedTuple):
    """How far apart regular dates are: months, or days (weeks are seven of them); one of the two is zero."""

    months: int
    days: int = 0


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


def on_roll(day: date, roll: Roll, roll_day: int = 0, calendars: Sequence[Calendar] = ()) -> date:
    """The day that the roll picks in the month of `day`; for a weekday and `TBILL` the first on or after `day`.

    `roll_day` (1 to 31, or the last the month has) is for `ANCHOR`; without it `day` stays. The rolls that step off a
    closed day (`IMMCAD`, `IMMAUD`, `TBILL`) look at `calendars`, and without any take every day as open.
    """
    match roll:
        case Roll.ANCHOR:
            if roll_day == 0:
                return day
            return day.replace(day=min(roll_day, days_in_month(day.year, day.month)))
        case Roll.END_OF_MONTH:
            return day.replace(day=days_in_month(day.year, day.month))
        case Roll.IMM:
            return _weekday_from(day.replace(day=15), WEDNESDAY)
        case Roll.IMMCAD:
            return add_business_days(_weekday_from(day.replace(day=15), WEDNESDAY), -2, calendars).day
        case Roll.IMMAUD:
            return add_business_days(_weekday_from(day.replace(day=8), FRIDAY), -1, calendars).day
        case Roll.IMMNZD:
            return _weekday_from(day.replace(day=9), WEDNESDAY)
        case Roll.SFE:
            return _weekday_from(day.replace(day=8), FRIDAY)
        case Roll.TBILL:
            return adjust(_weekday_from(day, 0), BusinessDayConvention.FOLLOWING, calendars).day
        case Roll.MONDAY | Roll.TUESDAY | Roll.WEDNESDAY | Roll.THURSDAY | Roll.FRIDAY | Roll.SATURDAY | Roll.SUNDAY:
            return _weekday_from(day, roll - Roll.MONDAY)
        case _:
            assert_never(roll)


def falls_on(day: date, roll: Roll, roll_day: int = 0, calendars: Sequence[Calendar] = ()) -> bool:
    """Whether `day` is one that the roll picks."""
    return on_roll(day, roll, roll_day, calendars) == day


def rolled(anchor: date, months: int, roll: Roll = Roll.ANCHOR, roll_day: int = 0, end_of_month: bool = False) -> date:
    """The regular date so many months from `anchor`; negative is before. `end_of_month` is as in `add_months`."""
    day = add_months(anchor, months, end_of_month)
    return day if roll is Roll.ANCHOR and not roll_day else on_roll(day, roll, roll_day)


def next_roll(day: date, step: Step, roll: Roll, roll_day: int = 0, calendars: Sequence[Calendar] = ()) -> date:
    """The first regular date after `day`, one step on; where that rolls back to `day` or before, the next month's."""
    found = on_roll(_plus(day, step, 1), roll, roll_day, calendars)
    return found if found > day else on_roll(add_months(day, 1), roll, roll_day, calendars)


def previous_roll(day: date, step: Step, roll: Roll, roll_day: int = 0, calendars: Sequence[Calendar] = ()) -> date:
    """The last regular date before `day`, one step back; where that rolls to `day` or after, the month's before it.

    A weekday is looked for backwards here, so that `next_roll` and this do not meet on the way.
    """
    back = _plus(day, step, -1)
    if roll >= Roll.MONDAY:
        return back - timedelta((back.weekday() - (roll - Roll.MONDAY)) % 7)
    found = on_roll(back, roll, roll_day, calendars)
    return found if found < day else on_roll(add_months(day, -1), roll, roll_day, calendars)


def unrolled(
    day: date,
    convention: BusinessDayConvention,
    calendars: Sequence[Calendar],
    roll: Roll,
    roll_day: int = 0,
) -> date:
    """The roll date that the convention moves to `day`, where there is one near; else `day` itself.

    For term sheets that give a date as it was paid: Monday 18 August for bonds that roll on Sunday the 17th.
    """
    if falls_on(day, roll, roll_day, calendars):
        return day
    for months in (0, -1, 1):
        candidate = on_roll(add_months(day, months), roll, roll_day, calendars)
        if adjust(candidate, convention, calendars).day == day:
            return candidate
    return day


def regular_dates(
    anchor: date, months: int, roll: Roll = Roll.ANCHOR, roll_day: int = 0, end_of_month: bool = False
) -> Iterator[date]:
    """The anchor's own regular date, and those every `months` after it (before it, if negative), without end but that
    of the calendar: Impossible beyond it."""
    plain = roll is Roll.ANCHOR or roll is Roll.END_OF_MONTH
    if not plain:
        count = 0
        while True:
            yield rolled(anchor, months * count, roll, roll_day, end_of_month)
            count += 1
    month_end = roll is Roll.END_OF_MONTH or (end_of_month and not roll_day and is_month_end(anchor))
    wanted = 31 if month_end else roll_day or anchor.day
    month = anchor.year * 12 + anchor.month - 1
    while 12 <= month < 120_000:
        year, of_year = divmod(month, 12)
        last = DAYS[of_year] if wanted > 28 else 28
        if wanted > 28 and of_year == 1 and is_leap(year):
            last = 29
        yield date(year, of_year + 1, wanted if wanted <= last else last)
        month += months
    raise Impossible("months", f"the year {month // 12} is outside the calendar")


def notional_dates(
    anchor: date,
    months: int,
    start: date,
    end: date,
    end_of_month: bool = False,
    roll: Roll = Roll.ANCHOR,
    roll_day: int = 0,
) -> tuple[date, ...]:
    """The regular dates, every `months` from `anchor`, that just cover `start` to `end`.

    The first is on or before `start`, the last on or after `end`, and no shorter run of the series does that.
    """
    if not (months > 0 and start <= end):
        raise Impossible("dates", f"no regular dates every {months} months from {start} to {end}")
    step = ((start.year - anchor.year) * 12 + start.month - anchor.month) // months + 1
    while rolled(anchor, step * months, roll, roll_day, end_of_month) > start:
        step -= 1
    dates = [rolled(anchor, step * months, roll, roll_day, end_of_month)]
    while dates[-1] < end or len(dates) == 1:
        step += 1
        dates.append(rolled(anchor, step * months, roll, roll_day, end_of_month))
    return tuple(dates)


def _plus(day: date, step: Step, times: int) -> date:
    return add_months(day, times * step.months) + timedelta(times * step.days)


def _weekday_from(day: date, weekday: int) -> date:
    """The first such weekday on or after `day`; Monday is 0."""
    return day + timedelta((weekday - day.weekday()) % 7)
