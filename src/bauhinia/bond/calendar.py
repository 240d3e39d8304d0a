"""When a centre does business, and where a date goes that falls on a day it does not.

A calendar is known through a day. What lies beyond (or before it begins) is not known, so a date found there is
provisional: it may move when a later version of the calendar is published.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple, assert_never

from bauhinia.bond.impossible import Impossible, Problem

DAY = timedelta(days=1)
LONGEST_CLOSURE = 60  # days: longer than any centre has closed; a walk that goes on has a broken calendar
SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Calendar:
    """One version of the business days of one centre, such as HK or EU_TARGET.

    `holidays` are the weekdays on which it is closed, `worked` the days of a weekend on which it is open (China), both
    rising. `weekend` numbers weekdays from Monday, 0. What is outside `known_from` to `known_through` is unconfirmed.
    """

    centre: str
    version: int
    known_from: date
    known_through: date
    holidays: tuple[date, ...]
    weekend: tuple[int, ...] = (SATURDAY, SUNDAY)
    worked: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class LateClosure:
    """A centre that closes on a day, declared when it is too late to plan: on the day before, or on the day.

    A typhoon, for one. Whether the conditions count it is for the terms to say; a closure declared earlier is a new
    version of the calendar instead.
    """

    centre: str
    day: date
    declared: date


class BusinessDayConvention(IntEnum):
    """Where a date goes that is not a business day: 2006 ISDA Definitions, section 4.12.

    The numbers are written down, appended and never reused: they enter canonical bytes.
    """

    UNADJUSTED = 1  # it stays
    FOLLOWING = 2  # 4.12(a)(i)
    MODIFIED_FOLLOWING = 3  # 4.12(a)(ii): following, unless that is in the next month
    PRECEDING = 4  # 4.12(a)(iv)
    MODIFIED_PRECEDING = 5  # preceding, unless that is in the month before
    NEAREST = 6  # 4.12(a)(iii): a Sunday or Monday goes forward, any other day back

    @property
    def label(self) -> str:
        """The name term sheets give it."""
        return self.name.replace("_", " ").lower()

    @classmethod
    def labelled(cls, label: str) -> BusinessDayConvention:
        """The convention of that name. Impossible where there is none."""
        for member in cls:
            if member.label == label:
                return member
        raise Impossible("business_day", f"{label!r} is none of {', '.join(member.label for member in cls)}")


class AdjustedDate(NamedTuple):
    """A date, and whether finding it looked at a day that a calendar does not confirm."""

    day: date
    provisional: bool


def check_calendar(calendar: Calendar) -> list[Problem]:
    """What is wrong with a calendar, by field; nothing if it can be used."""
    problems = []
    if not calendar.centre:
        problems.append(Problem("centre", "has no name"))
    if calendar.version < 1:
        problems.append(Problem("version", f"{calendar.version} is below 1"))
    if calendar.known_through < calendar.known_from:
        problems.append(Problem("known_through", f"{calendar.known_through} is before {calendar.known_from}"))
    if any(not 0 <= day <= 6 for day in calendar.weekend) or list(calendar.weekend) != sorted(set(calendar.weekend)):
        problems.append(Problem("weekend", "is not a rising list of weekdays, 0 (Monday) to 6"))
    elif len(calendar.weekend) == 7:
        problems.append(Problem("weekend", "leaves no day of business"))
    for field, days in (("holidays", calendar.holidays), ("worked", calendar.worked)):
        if not _rises(days):
            problems.append(Problem(field, "are not in rising order, each once"))
        if days and days[0] < calendar.known_from:
            problems.append(Problem(field, f"{days[0]} is before {calendar.known_from}"))
    for day in calendar.worked:
        if day.weekday() not in calendar.weekend:
            problems.append(Problem("worked", f"{day} is not at a weekend"))
    return problems


def check_closure(closure: LateClosure) -> list[Problem]:
    """What is wrong with a late closure, by field."""
    problems = []
    if not closure.centre:
        problems.append(Problem("centre", "has no name"))
    if closure.declared < closure.day - DAY:
        problems.append(
            Problem(
                "declared", f"{closure.declared} is before the day before {closure.day}: a new version is due instead"
            )
        )
    return problems


def chosen(centres: Iterable[str], calendars: Mapping[str, Calendar]) -> tuple[Calendar, ...]:
    """The calendars of these centres, in their order. Impossible where one is not known."""
    found = []
    for centre in centres:
        calendar = calendars.get(centre)
        if calendar is None:
            raise Impossible("calendars", f"no calendar of {centre}")
        found.append(calendar)
    return tuple(found)


def is_open(day: date, calendar: Calendar) -> bool:
    """Whether the centre does business on that day, as far as its calendar knows."""
    if day.weekday() in calendar.weekend:
        return _holds(calendar.worked, day)
    return not _holds(calendar.holidays, day)


def is_business_day(day: date, calendars: Sequence[Calendar]) -> bool:
    """Whether every centre does business on that day: calendars are joint."""
    return all(is_open(day, calendar) for calendar in calendars)


def is_confirmed(day: date, calendars: Sequence[Calendar]) -> bool:
    """Whether every calendar knows that day."""
    return all(calendar.known_from <= day <= calendar.known_through for calendar in calendars)


def adjust(day: date, convention: BusinessDayConvention, calendars: Sequence[Calendar]) -> AdjustedDate:
    """The business day that the convention moves `day` to; `day` itself if it is one.

    Provisional if any day looked at on the way is outside what a calendar knows. An unadjusted date is never
    provisional: no calendar is asked.
    """
    match convention:
        case BusinessDayConvention.UNADJUSTED:
            return AdjustedDate(day, False)
        case BusinessDayConvention.FOLLOWING:
            return _walk(day, DAY, calendars)
        case BusinessDayConvention.MODIFIED_FOLLOWING:
            return _within_month(day, DAY, calendars)
        case BusinessDayConvention.PRECEDING:
            return _walk(day, -DAY, calendars)
        case BusinessDayConvention.MODIFIED_PRECEDING:
            return _within_month(day, -DAY, calendars)
        case BusinessDayConvention.NEAREST:
            return _walk(day, DAY if day.weekday() in (SUNDAY, 0) else -DAY, calendars)
        case _:
            assert_never(convention)


def add_business_days(day: date, count: int, calendars: Sequence[Calendar]) -> AdjustedDate:
    """The business day `count` after `day`, or before it if negative; with none it is `day` itself, open or not."""
    step = DAY if count > 0 else -DAY
    provisional = not is_confirmed(day, calendars)
    for _ in range(abs(count)):
        day, unsure = _walk(day + step, step, calendars)
        provisional = provisional or unsure
    return AdjustedDate(day, provisional)


def after_closures(payment_date: date, calendars: Sequence[Calendar], closures: Iterable[LateClosure]) -> AdjustedDate:
    """When a payment is made that late closures catch: the next business day that none of them closes.

    Forward whatever the convention of the bond, into the next month too. Interest, accrual dates and the record date
    stay as they were: only the day of payment moves.
    """
    centres = tuple(calendar.centre for calendar in calendars)
    closed = sorted(closure.day for closure in closures if closure.centre in centres)
    if not _holds(closed, payment_date):
        return AdjustedDate(payment_date, not is_confirmed(payment_date, calendars))
    day, provisional = payment_date, False
    while _holds(closed, day):
        day, unsure = _walk(day + DAY, DAY, calendars)
        provisional = provisional or unsure
    return AdjustedDate(day, provisional)


def _walk(day: date, step: timedelta, calendars: Sequence[Calendar]) -> AdjustedDate:
    """The first business day from `day` on, in steps of one day."""
    provisional = not is_confirmed(day, calendars)
    for _ in range(LONGEST_CLOSURE):
        if is_business_day(day, calendars):
            return AdjustedDate(day, provisional)
        day += step
        provisional = provisional or not is_confirmed(day, calendars)
    raise Impossible("calendars", f"no business day within {LONGEST_CLOSURE} days of {day}")


def _within_month(day: date, step: timedelta, calendars: Sequence[Calendar]) -> AdjustedDate:
    """As `_walk`, but the other way where that would leave the month."""
    there = _walk(day, step, calendars)
    if there.day.month == day.month:
        return there
    back = _walk(day, -step, calendars)
    return AdjustedDate(back.day, back.provisional or there.provisional)


def _holds(days: Sequence[date], day: date) -> bool:
    at = bisect_left(days, day)
    return at < len(days) and days[at] == day


def _rises(days: Sequence[date]) -> bool:
    return list(days) == sorted(set(days))
