"""Published schedules and rolls, every row: the general engine, and the terms of a bond where a bond can have them.

An unknown name of a convention, a stub, a roll or a calendar fails by that name. Left out is only what LEFT_OUT lists.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import pytest
import QuantLib as ql

from bauhinia.bond import BusinessDayConvention, Calendar, Impossible, Terms, adjust, check, schedule
from bauhinia.bond.periodic import Stub, dates
from bauhinia.bond.roll import Roll, Step, falls_on, next_roll, on_roll, previous_roll, unrolled
from tests.bond.samples import BOND_I, WEEKDAYS

T = TypeVar("T")
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
    days = [start + timedelta(number) for number in range((end - start).days)]
    closed = [day for day in days if other.isHoliday(ql.Date(day.day, day.month, day.year))]
    weekend = () if name == "none" else (5, 6)
    return Calendar(name, 1, start, end, tuple(day for day in closed if day.weekday() not in weekend), weekend)


def rows_of(vectors: Path, name: str) -> list[dict[str, Any]]:
    file = vectors / "schedules" / name
    if not file.is_file():
        pytest.skip(f"no vectors: {file} is not there")
    rows: list[dict[str, Any]] = json.loads(file.read_text())["rows"]
    return rows


def test_strata_rolls(vectors: Path) -> None:
    days = [date(year, month, day) for year in (2014, 2018) for month, day in ((1, 1), (7, 4), (9, 3))]
    new_york = Calendar("USNY", 1, date(2014, 1, 1), date(2018, 12, 31), tuple(days))
    for row in rows_of(vectors, "strata_roll_conventions.json"):
        day, (roll, roll_day) = date.fromisoformat(row["date"]), known(ROLLS, row["roll"], "roll")
        calendars = [new_york] if roll is Roll.TBILL else []
        found: date | bool
        match row["op"]:
            case "adjust":
                found = on_roll(day, roll, roll_day, calendars)
            case "matches":
                found = falls_on(day, roll, roll_day, calendars)
            case "next" | "previous" as op:
                step = step_of(row["frequency"])
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


def test_strata_schedules(vectors: Path) -> None:
    for row in rows_of(vectors, "strata_periodic_schedule.json"):
        if "expected_error" in row:
            with pytest.raises(Impossible):
                strata_dates(row)
            continue
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
    rows = [row for row in rows_of(vectors, "strata_periodic_schedule.json") if "expected_error" not in row]
    done = 0
    for row in rows:
        found = [date.fromisoformat(day) for day in row["expected_unadjusted"]]
        terms = as_terms(found, row)
        if terms:
            periods = schedule(terms, [WEEKDAYS])
            assert [found[0], *(period.end for period in periods)] == found, row
            done += 1
    assert done >= len(rows) * 2 / 3


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


def test_quantlib_schedules(vectors: Path) -> None:
    done = 0
    rows = rows_of(vectors, "quantlib_schedule.json")
    for row in rows:
        rule = row.get("rule")
        if rule in LEFT_OUT:
            continue
        stub = known(DIRECTIONS, row.get("direction", "backward"), "direction")
        roll = known({None: Roll.ANCHOR, "ThirdWednesday": Roll.IMM}, rule, "rule")
        found = quantlib_dates(row, stub, roll)
        assert [day.isoformat() for day in found] == row["expected_dates"], row
        done += 1
    assert done, "every row is left out"
