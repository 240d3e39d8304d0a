"""When a centre does business, and where a date goes that falls on a day it does not.

A calendar is known through a day. What lies beyond (or before it begins) is not known, so a date found there is
provisional: it may move when a later version of the calendar is published.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple, assert_never

from bauhinia.bond.impossible import Impossible, Problem

DAY = timedelta(days=1)
LONGEST_CLOSURE = 60  # days: longer than any centre has closed; a walk that goes on has a broken calendar
SATURDAY, SUNDAY = 5, 6
HALF_MONTH = 15  # its last day
REMEMBERED = 1 << 16  # answers kept of one set of calendars; then they are forgotten and found again
JOINTS = 64  # sets of calendars kept


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
    """Where a date goes that is not a business day: 2006 ISDA Definitions, section 4.12, and the two that markets add.

    The numbers are written down, appended and never reused: they enter canonical bytes.
    """

    UNADJUSTED = 1  # it stays
    FOLLOWING = 2  # 4.12(a)(i)
    MODIFIED_FOLLOWING = 3  # 4.12(a)(ii): following, unless that is in the next month
    PRECEDING = 4  # 4.12(a)(iv)
    MODIFIED_PRECEDING = 5  # preceding, unless that is in the month before
    NEAREST = 6  # 4.12(a)(iii): a Sunday or Monday goes forward, any other day back
    MODIFIED_FOLLOWING_BI_MONTHLY = 7  # following, unless that is in the next month or crosses the 15th

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
    for name, days in (("holidays", calendar.holidays), ("worked", calendar.worked)):
        if not _rises(days):
            problems.append(Problem(name, "are not in rising order, each once"))
        if days and days[0] < calendar.known_from:
            problems.append(Problem(name, f"{days[0]} is before {calendar.known_from}"))
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


class Answers(dict[date, AdjustedDate]):
    """What one question to some calendars answers for each day, remembered: a day that is missing is asked."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[date], AdjustedDate]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, day: date) -> AdjustedDate:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[day] = self._ask(day)
        return found


class Joint:
    """Some calendars as one, with what has been asked of them before.

    What it answers follows from the calendars alone, so that who asks cannot tell whether it was asked already. A
    thousand bonds that are paid in the same centres fall due on the same few days.
    """

    __slots__ = ("_counted", "_exceptions", "_known_from", "_known_through", "_moved", "_weekdays", "calendars")

    def __init__(self, calendars: tuple[Calendar, ...]) -> None:
        self.calendars = calendars
        self._known_from = max((each.known_from for each in calendars), default=date.min)
        self._known_through = min((each.known_through for each in calendars), default=date.max)
        self._weekdays = tuple(all(weekday not in each.weekend for each in calendars) for weekday in range(7))
        special = [day for each in calendars for day in (*each.holidays, *each.worked)]
        self._exceptions = {day: is_business_day(day, calendars) for day in special}
        self._moved: dict[BusinessDayConvention, Answers] = {}
        self._counted: dict[int, Answers] = {}

    def adjusted(self, convention: BusinessDayConvention) -> Answers:
        """Each day as the function `adjust` moves it."""
        found = self._moved.get(convention)
        if found is None:
            found = self._moved[convention] = Answers(lambda day: self._adjust(day, convention))
        return found

    def counted(self, count: int) -> Answers:
        """For each day the one that the function `add_business_days` finds."""
        found = self._counted.get(count)
        if found is None:
            found = self._counted[count] = Answers(lambda day: self._count(day, count))
        return found

    def _opens(self, day: date) -> bool:
        return self._exceptions.get(day, self._weekdays[day.weekday()])

    def _adjust(self, day: date, convention: BusinessDayConvention) -> AdjustedDate:
        if convention is not BusinessDayConvention.UNADJUSTED and self._opens(day):
            return AdjustedDate(day, not self._known_from <= day <= self._known_through)
        return adjust(day, convention, self.calendars)

    def _count(self, day: date, count: int) -> AdjustedDate:
        step, at = DAY if count > 0 else -DAY, day
        for _ in range(abs(count)):
            at += step
            closed = 0
            while not self._opens(at):
                at += step
                closed += 1
                if closed == LONGEST_CLOSURE:
                    return add_business_days(day, count, self.calendars)  # which says what is wrong
        first, last = (day, at) if day <= at else (at, day)
        return AdjustedDate(at, not (self._known_from <= first and last <= self._known_through))


_JOINTS: dict[tuple[int, ...], Joint] = {}


def joint(calendars: Sequence[Calendar]) -> Joint:
    """The calendars as one: the same `Joint` for the same calendars, so that it remembers."""
    key = tuple(map(id, calendars))  # too many days to compare; a Joint keeps its calendars, so their ids stay theirs
    found = _JOINTS.get(key)
    if found is None:
        found = Joint(tuple(calendars))
        if len(_JOINTS) >= JOINTS:
            _JOINTS.clear()
        _JOINTS[key] = found
    return found


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
        case BusinessDayConvention.MODIFIED_FOLLOWING_BI_MONTHLY:
            return _within_month(day, DAY, calendars, HALF_MONTH)
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


def _within_month(day: date, step: timedelta, calendars: Sequence[Calendar], half: int = 0) -> AdjustedDate:
    """As `_walk`, but the other way where that would leave the month, or go past its `half` from before."""
    there = _walk(day, step, calendars)
    if there.day.month == day.month and not day.day <= half < there.day.day:
        return there
    back = _walk(day, -step, calendars)
    return AdjustedDate(back.day, back.provisional or there.provisional)


def _holds(days: Sequence[date], day: date) -> bool:
    at = bisect_left(days, day)
    return at < len(days) and days[at] == day


def _rises(days: Sequence[date]) -> bool:
    return list(days) == sorted(set(days))
