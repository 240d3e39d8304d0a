"""Regular dates between two others, and the stubs that are left over: for schedules of any kind, without a bond.

The rules are those that swaps and bonds share, by the names of Strata and FpML: a schedule is rolled forwards from
where its regular part starts or backwards from where that ends, and what does not fit is a stub at the other end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from itertools import pairwise

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.roll import (
    Roll,
    Step,
    falls_on,
    is_month_end,
    next_roll,
    previous_roll,
)

LONGEST = 100_000  # dates; a schedule that has more is a mistake
SMART = 7  # days: a smart stub that is shorter joins the period beside it


class Stub(IntEnum):
    """Where the days go that make no regular period."""

    GIVEN = 1  # where the dates and the roll say: before and after the regular dates, or at the end off the roll
    NONE = 2  # there are none, and no date may be given that would make one
    SHORT_INITIAL = 3
    LONG_INITIAL = 4  # with the first regular period
    SMART_INITIAL = 5  # short, unless it is shorter than a week
    SHORT_FINAL = 6
    LONG_FINAL = 7
    SMART_FINAL = 8
    BOTH = 9  # one at either end, by the dates given

    @property
    def label(self) -> str:
        """The name of it in words."""
        return self.name.replace("_", " ").lower()


INITIAL = (Stub.SHORT_INITIAL, Stub.LONG_INITIAL, Stub.SMART_INITIAL)
FINAL = (Stub.SHORT_FINAL, Stub.LONG_FINAL, Stub.SMART_FINAL)


def dates(
    start: date,
    end: date,
    step: Step | None,
    stub: Stub = Stub.GIVEN,
    roll: Roll = Roll.ANCHOR,
    roll_day: int = 0,
    first: date | None = None,
    last: date | None = None,
    end_of_month: bool = False,
    calendars: Sequence[Calendar] = (),
) -> list[date]:
    """The dates of a schedule from `start` to `end`, unadjusted, both included.

    `step` is the length of a regular period; none is one period in all. `first` is where the first regular period
    starts and `last` where the last one ends, if a stub is before or after it. With `end_of_month`, a schedule that
    rolls from the last day of a month goes on at the last days of months; `Roll.END_OF_MONTH` asks for that whatever it
    rolls from, and fails where that is another day. `calendars` are those that the roll looks at.
    """
    regular_start, regular_end = first or start, last or end
    if not start <= regular_start <= regular_end <= end or start == end:
        raise Impossible("dates", f"{start}, {regular_start}, {regular_end}, {end} are not in order")
    before, after = regular_start != start, regular_end != end
    if step is None:
        if before or after:
            raise Impossible("stub", "a schedule of one period has no stub")
        return [start, end]
    if first == end or last == start:
        return [start, end]  # all of it is a stub
    if regular_start == regular_end:
        return [start, regular_start, end]  # two stubs and nothing between them
    if step.months < 0 or step.days < 0 or (step.months == 0) == (step.days == 0):
        raise Impossible("step", f"{step.months} months and {step.days} days are no length of a period")
    inner = _inner(stub, before, after)
    if stub is Stub.GIVEN and not (before or after) and (roll is not Roll.ANCHOR or roll_day):
        inner = _off_end(start, end, roll, roll_day, calendars)
    backwards = inner in INITIAL
    anchor, other = (regular_end, regular_start) if backwards else (regular_start, regular_end)
    rule = _implied(anchor, other, inner, step, roll, roll_day, end_of_month)
    make = _backwards if backwards else _forwards
    found = make(regular_start, regular_end, step, inner, *rule, calendars)
    whole = [*([start] if before else []), *found, *([end] if after else [])]
    for one, following in pairwise(whole):
        if one >= following:
            raise Impossible("dates", f"{following} follows {one}")
    return whole


def _inner(stub: Stub, before: bool, after: bool) -> Stub:
    """The stub that the regular part may still have, once the dates have said where one is.

    A smart stub may have a stub by date at the other end; the others may not.
    """
    if before and stub in (Stub.NONE, Stub.SHORT_FINAL, Stub.LONG_FINAL):
        raise Impossible("stub", f"{stub.label}, and a first regular date is given")
    if after and stub in (Stub.NONE, Stub.SHORT_INITIAL, Stub.LONG_INITIAL):
        raise Impossible("stub", f"{stub.label}, and a last regular date is given")
    if stub is Stub.BOTH and not (before and after):
        raise Impossible("stub", "both, and not both dates are given")
    given = (before and stub in INITIAL) or (after and stub in FINAL)
    return Stub.NONE if given or stub in (Stub.GIVEN, Stub.BOTH) else stub


def _off_end(start: date, end: date, roll: Roll, roll_day: int, calendars: Sequence[Calendar]) -> Stub:
    """A roll that one end is on, and no more said: what does not fit is a stub at the other end."""
    if falls_on(end, roll, roll_day, calendars):
        return Stub.SMART_INITIAL
    return Stub.SMART_FINAL if falls_on(start, roll, roll_day, calendars) else Stub.NONE


def _implied(
    anchor: date, other: date, stub: Stub, step: Step, roll: Roll, roll_day: int, end_of_month: bool
) -> tuple[Roll, int]:
    """The roll, where the schedule does not name it: the day of the month it rolls from.

    Where no stub is allowed and one of the two ends is the last day of its month, it is the later of their days: from
    28 February to 31 August coupons fall on the 31st.
    """
    if roll is not Roll.ANCHOR or roll_day or not step.months:
        return roll, roll_day
    apart = (anchor.year, anchor.month) != (other.year, other.month) and anchor.day != other.day
    if stub is Stub.NONE and apart and (is_month_end(anchor) or is_month_end(other)):
        return (Roll.END_OF_MONTH, 0) if end_of_month else (Roll.ANCHOR, max(anchor.day, other.day))
    if end_of_month and is_month_end(anchor):
        return Roll.END_OF_MONTH, 0
    return Roll.ANCHOR, anchor.day


def _forwards(
    start: date, end: date, step: Step, stub: Stub, roll: Roll, roll_day: int, calendars: Sequence[Calendar]
) -> list[date]:
    if not falls_on(start, roll, roll_day, calendars):
        raise _off_roll(start, roll, roll_day)
    found, day = [start], next_roll(start, step, roll, roll_day, calendars)
    while day < end:
        _short_enough(found)
        found.append(day)
        day = next_roll(day, step, roll, roll_day, calendars)
    if day != end and len(found) > 1:
        # month ends that would stop on the 30th end there if they began on a 30th
        ends = roll is Roll.END_OF_MONTH and step.months and start.day == end.day
        if stub is Stub.NONE and not ends:
            raise Impossible("stub", f"{end} is no regular date of a schedule from {start}, and no stub is allowed")
        if _is_long(Stub.SMART_FINAL if stub is Stub.NONE else stub, found[-1], end):
            found.pop()
    return [*found, end]


def _backwards(
    start: date, end: date, step: Step, stub: Stub, roll: Roll, roll_day: int, calendars: Sequence[Calendar]
) -> list[date]:
    if not falls_on(end, roll, roll_day, calendars):
        raise _off_roll(end, roll, roll_day)
    found, day = [end], previous_roll(end, step, roll, roll_day, calendars)
    while day > start:
        _short_enough(found)
        found.append(day)
        day = previous_roll(day, step, roll, roll_day, calendars)
    if day != start and len(found) > 1 and _is_long(stub, start, found[-1]):
        found.pop()
    return [start, *reversed(found)]


def _is_long(stub: Stub, opening: date, closing: date) -> bool:
    """Whether the stub from one to the other joins its neighbour."""
    if stub in (Stub.SMART_INITIAL, Stub.SMART_FINAL):
        return (closing - opening).days < SMART
    return stub in (Stub.LONG_INITIAL, Stub.LONG_FINAL)


def _short_enough(found: list[date]) -> None:
    if len(found) >= LONGEST:
        raise Impossible("step", f"gives more than {LONGEST} dates")


def _off_roll(day: date, roll: Roll, roll_day: int) -> Impossible:
    name = f"day {roll_day}" if roll is Roll.ANCHOR and roll_day else roll.label
    return Impossible("roll", f"{day}, from which the schedule rolls, is not on its roll, {name}")
