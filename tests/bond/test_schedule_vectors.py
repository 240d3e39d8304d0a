"""Published schedules and rolls, every row: the general engine, and the terms of a bond where a bond can have them.

An unknown name of a convention, a stub, a roll or a calendar fails its row by that name. Left out is only what LEFT_OUT
lists.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import pytest
import QuantLib as ql

from bauhinia.bond import BusinessDayConvention, Calendar, Impossible, Terms, adjust, check, schedule
from bauhinia.bond.periodic import Stub, dates
from bauhinia.bond.roll import Roll, Step, falls_on, next_roll, on_roll, previous_roll, unrolled
from tests.bond.samples import BOND_I, WEEKDAYS
from tests.vectors import LeftOut, Row, Tally, rows_of, tally

T = TypeVar("T")
ROLLED = "schedules/strata_roll_conventions.json"
STRATA, QUANTLIB = "schedules/strata_periodic_schedule.json", "schedules/quantlib_schedule.json"
UNADJUSTED = BusinessDayConvention.UNADJUSTED
CONVENTIONS = {
    "Unadjusted": UNADJUSTED,
    "NoAdjust": UNADJUSTED,
    "Following": BusinessDayConvention.FOLLOWING,
    "ModifiedFollowing": BusinessDayConvention.MODIFIED_FOLLOWING,
    "ModifiedFollowingBiMonthly": BusinessDayConvention.MODIFIED_FOLLOWING_BI_MONTHLY,
    "HalfMonthModifiedFollowing": BusinessDayConvention.MODIFIED_FOLLOWING_BI_MONTHLY,
    "Preceding": BusinessDayConvention.PRECEDING,
    "ModifiedPreceding": BusinessDayConvention.MODIFIED_PRECEDING,
    "Nearest": BusinessDayConvention.NEAREST,
}
ROLLS = {
    "None": (Roll.ANCHOR, 0),
    "EOM": (Roll.END_OF_MONTH, 0),
    **{name: (Roll[name], 0) for name in ("IMM", "IMMCAD", "IMMAUD", "IMMNZD", "SFE", "TBILL")},
    **{f"Day{number}": (Roll.ANCHOR, number) for number in range(1, 32)},
    **{f"Day{weekday.name.title()[:3]}": (weekday, 0) for weekday in Roll if weekday >= Roll.MONDAY},
}
STUBS: dict[str | None, Stub] = {None: Stub.GIVEN, **{stub.name: stub for stub in Stub if stub is not Stub.GIVEN}}
CENTRES = {
    "none": ql.NullCalendar(),
    "Sat/Sun": ql.WeekendsOnly(),
    "TARGET": ql.TARGET(),
    "EUTA": ql.TARGET(),
    "Japan": ql.Japan(),
    "JPTO": ql.Japan(),
    "UK": ql.UnitedKingdom(),
    "GBLO": ql.UnitedKingdom(),
    "US government bond": ql.UnitedStates(ql.UnitedStates.GovernmentBond),
    "USGS": ql.UnitedStates(ql.UnitedStates.GovernmentBond),
    "USNY": ql.UnitedStates(ql.UnitedStates.Settlement),
}
DIRECTIONS = {"backward": Stub.SHORT_INITIAL, "forward": Stub.SHORT_FINAL}
# by which calendars a roll steps off closed days
CENTRES_OF_ROLLS = {
    Roll.TBILL: (ql.UnitedStates(ql.UnitedStates.Settlement),),
    Roll.IMMCAD: (ql.UnitedKingdom(), ql.Canada()),
    Roll.IMMAUD: (ql.Australia(),),
}
LEFT_OUT = ("Twentieth", "TwentiethIMM", "OldCDS", "CDS", "CDS2015")  # credit default swaps: no bond pays on such days


def known(names: dict[Any, T], name: Any, what: str) -> T:
    if name not in names:
        pytest.fail(f"{what} {name!r} is none of {', '.join(map(str, names))}")
    return names[name]


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def step_of(frequency: str) -> Step | None:
    if frequency in ("TERM", "P0D"):
        return None
    count, unit = frequency[1:-1], frequency[-1]
    units = {"D": Step(0, 1), "W": Step(0, 7), "M": Step(1), "Y": Step(12)}
    if frequency[:1] != "P" or not count.isdigit() or unit not in units:
        pytest.fail(f"frequency {frequency!r} is no period of days, weeks, months or years")
    return Step(int(count) * units[unit].months, int(count) * units[unit].days)


def centre(name: str, row: dict[str, Any]) -> Calendar:
    """The calendar of that name around the years of a case, which may be older than the calendars published here."""
    other = known(CENTRES, name if name in CENTRES else name.split(" ")[0], "calendar")
    start, end = date.fromisoformat(row["start"]) - timedelta(40), date.fromisoformat(row["end"]) + timedelta(40)
    return closed_days(name, other, start, end)


def closed_days(name: str, other: Any, start: date, end: date) -> Calendar:
    """QuantLib's calendar between two days."""
    days = [start + timedelta(number) for number in range((end - start).days)]
    closed = [day for day in days if other.isHoliday(ql.Date(day.day, day.month, day.year))]
    weekend = () if name == "none" else (5, 6)
    return Calendar(name, 1, start, end, tuple(day for day in closed if day.weekday() not in weekend), weekend)


@cache
def rolls(vectors: Path) -> Tally:
    return tally(ROLLED, rows_of(vectors, ROLLED), strata_roll)


@cache
def strata(vectors: Path) -> Tally:
    return tally(STRATA, rows_of(vectors, STRATA), strata_schedule)


@cache
def quantlib(vectors: Path) -> Tally:
    return tally(QUANTLIB, rows_of(vectors, QUANTLIB), quantlib_schedule)


def test_strata_rolls(vectors: Path) -> None:
    rolls(vectors).settle()


def test_strata_schedules(vectors: Path) -> None:
    strata(vectors).settle()


def test_quantlib_schedules(vectors: Path) -> None:
    quantlib(vectors).settle()


def strata_roll(row: Row) -> None:
    day, (roll, roll_day) = date.fromisoformat(row["date"]), known(ROLLS, row["roll"], "roll")
    step = step_of(row["frequency"]) if row.get("frequency") else None
    around = timedelta(60 + 31 * step.months + step.days if step else 60)
    others = CENTRES_OF_ROLLS.get(roll, ())
    calendars = [closed_days(roll.name, other, day - around, day + around) for other in others]
    found: date | bool
    match row["op"]:
        case "adjust":
            found = on_roll(day, roll, roll_day, calendars)
        case "matches":
            found = falls_on(day, roll, roll_day, calendars)
        case "next" | "previous" as op:
            assert step is not None, row
            find = next_roll if op == "next" else previous_roll
            found = find(day, step, roll, roll_day, calendars)
        case op:
            pytest.fail(f"op {op!r} is none of adjust, matches, next, previous")
    assert (found if isinstance(found, bool) else found.isoformat()) == row["expected"], row


def own_convention(row: dict[str, Any], key: str, fallback: BusinessDayConvention) -> BusinessDayConvention:
    given = row.get(key)
    return known(CONVENTIONS, given["convention"], "convention") if given else fallback


def strata_dates(row: dict[str, Any]) -> tuple[list[date], list[date]]:
    """The dates of a case, unadjusted and adjusted; those given as they were paid are first found on the roll."""
    convention = known(CONVENTIONS, row["business_day"]["convention"], "convention")
    calendars = [centre(row["business_day"]["calendar"], row)]
    opening = own_convention(row, "start_date_business_day", convention)
    closing = own_convention(row, "end_date_business_day", convention)
    stub, (roll, roll_day) = known(STUBS, row["stub"], "stub"), known(ROLLS, row["roll"] or "None", "roll")
    start, end = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
    first, last = day_of(row.get("first_regular_start")), day_of(row.get("last_regular_end"))
    paid = start
    if row["roll"] not in (None, "None"):
        own = opening is UNADJUSTED or roll is Roll.END_OF_MONTH
        start = unrolled(start, convention, calendars, roll, roll_day) if own else start
        end = unrolled(end, closing, calendars, roll, roll_day)
        first = first and unrolled(first, convention, calendars, roll, roll_day)
        last = last and unrolled(last, convention, calendars, roll, roll_day)
    advised = roll is Roll.END_OF_MONTH  # month ends, where it rolls from one
    roll = Roll.ANCHOR if advised else roll
    found = dates(start, end, step_of(row["frequency"]), stub, roll, roll_day, first, last, advised, calendars)
    moved = [adjust(day, convention, calendars).day for day in found]
    moved[0] = paid if opening is UNADJUSTED else adjust(found[0], opening, calendars).day
    moved[-1] = adjust(found[-1], closing, calendars).day
    return found, moved


def strata_schedule(row: Row) -> None:
    if "expected_error" in row:
        with pytest.raises(Impossible):
            strata_dates(row)
        return
    found, moved = strata_dates(row)
    assert [day.isoformat() for day in found] == row["expected_unadjusted"], row
    assert [day.isoformat() for day in moved] == row["expected_adjusted"], row


def as_terms(found: list[date], row: dict[str, Any]) -> Terms | None:
    """The term sheet that gives these dates: it names the coupon dates where stubs end and begin. None where a bond has
    none: its periods are days or no part of a year, or it rolls on days of the week."""
    step = step_of(row["frequency"])
    if step is not None and (step.days or 12 % step.months):
        return None
    roll, roll_day = ROLLS[row.get("roll") or "None"]
    final = row.get("last_regular_end") or row.get("stub") in ("SHORT_FINAL", "LONG_FINAL", "SMART_FINAL")
    penultimate = found[-2] if final and len(found) > 2 else None
    anchor = penultimate or found[-1]
    ends = roll is Roll.END_OF_MONTH
    if ends or (not roll_day and row.get("expected_roll", "").startswith("Day")):
        roll_day = int(row["expected_roll"][3:]) if row.get("expected_roll", "").startswith("Day") else 0
        roll = Roll.ANCHOR
    terms = replace(
        BOND_I,
        issue_date=found[0],
        maturity=found[-1],
        frequency=0 if step is None else 12 // step.months,
        business_day=known(CONVENTIONS, row["business_day"]["convention"], "convention"),
        calendars=(WEEKDAYS.centre,),
        first_coupon=found[1] if step else None,
        penultimate_coupon=penultimate if step else None,
        end_of_month=bool(step) and "EOM" in (row.get("roll"), row.get("expected_roll")) and not roll_day,
        roll=roll if step else Roll.ANCHOR,
        roll_day=roll_day if step and falls_on(anchor, roll, roll_day) and anchor.day != roll_day else 0,
    )
    return None if check(terms) else terms


def test_strata_schedules_as_term_sheets(vectors: Path) -> None:
    tally(f"{STRATA} as term sheets", rows_of(vectors, STRATA), as_a_term_sheet).settle()


def as_a_term_sheet(row: Row) -> None:
    if "expected_error" in row:
        raise LeftOut("no schedule")
    found = [date.fromisoformat(day) for day in row["expected_unadjusted"]]
    terms = as_terms(found, row)
    if terms is None:
        raise LeftOut("no bond rolls so")
    assert [found[0], *(period.end for period in schedule(terms, [WEEKDAYS]))] == found, row


def quantlib_dates(row: dict[str, Any], stub: Stub, roll: Roll) -> list[date]:
    """Rolled between the dates that are given inside, whether they are on the roll or not; what then falls together is
    one date."""
    start, end = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
    first, last = day_of(row.get("first_date")) or start, day_of(row.get("next_to_last_date")) or end
    inner = [first]
    if first != last:
        inner = dates(first, last, step_of(row["frequency"]), stub, roll, end_of_month=row["end_of_month"])
    whole = [start, *(day for day in inner if start < day < end), end]
    calendars = [centre(row["calendar"], row)]
    usual = known(CONVENTIONS, row["convention"], "convention")
    final = known(CONVENTIONS, row["termination_convention"], "convention")
    moved = [*(adjust(day, usual, calendars).day for day in whole[:-1]), adjust(end, final, calendars).day]
    return [day for day, _ in groupby(moved)]


def quantlib_schedule(row: Row) -> None:
    rule = row.get("rule")
    if rule in LEFT_OUT:
        raise LeftOut(f"rule {rule}: dates of credit default swaps, on which no bond pays")
    stub = known(DIRECTIONS, row.get("direction", "backward"), "direction")
    roll = known({None: Roll.ANCHOR, "ThirdWednesday": Roll.IMM}, rule, "rule")
    found = quantlib_dates(row, stub, roll)
    assert [day.isoformat() for day in found] == row["expected_dates"], row
