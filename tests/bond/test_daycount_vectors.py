"""Day counts against every published case of the vectors: `daycount/*.json` of the folder that --vectors names.

A convention that is not known here fails by its name. A case that has a number of another rule than ours is asserted
to have exactly that number, by that rule: which rules differ, and why ours is ours, is told in
docs/decisions/0011-day-counts-on-which-sources-differ.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import ulp
from pathlib import Path
from typing import Any

import pytest

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.daycount import CONVENTIONS, DayCount, year_fraction
from bauhinia.bond.daycounts import (
    business_252,
    nl_365,
    thirty_360,
    thirty_360_italian,
    thirty_360_nasd,
    thirty_360_psa,
    thirty_e2_360,
    thirty_e3_360,
    thirty_e_360,
    thirty_e_360_isda,
    thirty_e_plus_360,
    thirty_u_360,
    thirty_u_360_eom,
    twenty_eight_e_336,
)
from bauhinia.bond.daycounts.leap_days import leap_days
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.roll import add_months, is_leap
from tests.vectors import Tally, rows_of, tally

DAY = timedelta(days=1)

# the rules of others
BACKWARDS = "dates that run backwards are signed; ours are refused"
CHAINED = "notional dates are rolled each from the one before; ours from the anchor"
MONTH_END = "a year back from 28 February is 29 February where there is one; ours is 28 February"

# names of the vectors that carry a remark
REMARKED = {
    "30/360 ISDA (Bond Basis, 30A/360)": DayCount.THIRTY_360,
    "30U/360 (US, SIA: February end-of-month rule)": DayCount.THIRTY_U_360_EOM,
    "Bus/252 Brazil (settlement calendar)": DayCount.BUSINESS_252,
    "Simple (whole months exact, otherwise 30/360)": DayCount.SIMPLE,
}

# how days are counted where it is not the actual days: by the dates, or in a reference
COUNTED: dict[DayCount, Callable[[date, date], int]] = {
    DayCount.ONE_ONE: lambda start, end: int(start < end),
    DayCount.NL_365: nl_365.days,
    DayCount.NL_360: nl_365.days,
    DayCount.THIRTY_360: thirty_360.days,
    DayCount.THIRTY_E_360: thirty_e_360.days,
    DayCount.THIRTY_U_360_EOM: thirty_u_360_eom.days,
    DayCount.THIRTY_360_PSA: thirty_360_psa.days,
    DayCount.THIRTY_360_NASD: thirty_360_nasd.days,
    DayCount.THIRTY_360_ITALIAN: thirty_360_italian.days,
    DayCount.THIRTY_E_PLUS_360: thirty_e_plus_360.days,
    DayCount.THIRTY_E3_360: thirty_e3_360.days,
    DayCount.THIRTY_365: thirty_e_360.days,
    DayCount.THIRTY_E_365: thirty_e3_360.days,
    DayCount.THIRTY_ACTUAL: thirty_e_360.days,
    DayCount.TWENTY_EIGHT_E_336: twenty_eight_e_336.days,
    DayCount.SIMPLE: thirty_360.days,
}
COUNTED_IN: dict[DayCount, Callable[..., int]] = {
    DayCount.BUSINESS_252: business_252.days,
    DayCount.THIRTY_E_360_ISDA: thirty_e_360_isda.days,
    DayCount.THIRTY_U_360: thirty_u_360.days,
    DayCount.THIRTY_E2_360: thirty_e2_360.days,
}


def easter(year: int) -> date:
    """Easter Sunday, by the rule of Meeus, Jones and Butcher."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    month, day = divmod(moon + week - 7 * ((year % 19 + 11 * moon + 22 * week) // 451) + 114, 31)
    return date(year, month, day + 1)


def brazil() -> Calendar:
    """Brazil's national holidays, Carnival and Corpus Christi (Resolution 2,516 of the Conselho Monetário Nacional)."""
    fixed = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25))
    days = [date(year, month, day) for year in range(1990, 2100) for month, day in fixed]
    days += [date(year, 11, 20) for year in range(2024, 2100)]
    days += [easter(year) + timedelta(by) for year in range(1990, 2100) for by in (-48, -47, -2, 60)]
    holidays = tuple(sorted(day for day in days if day.weekday() < 5))
    return Calendar("BR", 1, date(1990, 1, 1), date(2099, 12, 31), holidays)


BRAZIL = brazil()


def convention_of(name: str) -> DayCount:
    """The convention of a case; Impossible with its name where there is none."""
    return REMARKED.get(name) or DayCount.labelled(name)


def months_of(frequency: str) -> int:
    """P3M is 3, P1Y is 12."""
    return int(frequency[1:-1]) * {"M": 1, "Y": 12}[frequency[-1]]


def regular_dates(anchor: date, months: int, start: date, end: date, end_of_month: bool) -> tuple[date, ...]:
    """The dates every so many months from an anchor that just cover `start` to `end`."""
    before = after = 0
    while add_months(anchor, -months * before, end_of_month) > start:
        before += 1
    while add_months(anchor, months * after, end_of_month) < end:
        after += 1
    return tuple(add_months(anchor, months * at, end_of_month) for at in range(-before, after + 1))


def roll_of(row: dict[str, Any]) -> tuple[date, int, bool]:
    """Where the regular periods of a case are rolled from, every how many months, and whether at the month's end."""
    if "ref_period_end" in row:
        opening, closing = date.fromisoformat(row["ref_period_start"]), date.fromisoformat(row["ref_period_end"])
        return closing, round(12 * (closing - opening).days / 365), False
    months = months_of(row["frequency"])
    if "schedule" in row:
        facts = row["schedule"]
        return date.fromisoformat(facts.get("penultimate_coupon") or facts["maturity"]), months, facts["eom"]
    anchor = date.fromisoformat(row["period_end"] if row["start"] == row["schedule_start"] else row["start"])
    return anchor, months, row["eom_schedule_flag"]


def reference_of(row: dict[str, Any], convention: DayCount, start: date, end: date) -> Reference | None:
    """What the convention needs beside the dates, as far as the case tells it."""
    match convention:
        case DayCount.ACT_ACT_ICMA | DayCount.ACT_365_CANADIAN | DayCount.THIRTY_ACTUAL:
            anchor, months, end_of_month = roll_of(row)
            return Reference(regular_dates(anchor, months, start, end, end_of_month), 12 // months)
        case DayCount.ACT_365_LEAP:
            return Reference((start, date.fromisoformat(row["period_end"])), 12 // months_of(row["frequency"]))
        case DayCount.THIRTY_E_360_ISDA:
            given = row["termination_date"]  # none where the end is not it
            return Reference((start, end), 1, termination=date.fromisoformat(given) if given else None)
        case DayCount.THIRTY_U_360:
            return Reference((start, end), 1, end_of_month=row["eom_schedule_flag"])
        case DayCount.BUSINESS_252:
            return Reference((start, end), 1, calendars=(BRAZIL,))
        case _:
            assert not CONVENTIONS[convention].needs, f"the cases do not tell what {convention.label} needs"
            return None


def by_another_rule(row: dict[str, Any], convention: DayCount, start: date, end: date) -> tuple[str, Fraction] | None:
    """What the case is by the rule that another source has, and that rule's name; None where there is no other."""
    if convention is DayCount.ACT_ACT_AFB:
        return MONTH_END, afb_by_month_end(start, end)
    if convention is DayCount.ACT_ACT_ICMA:
        anchor, months, end_of_month = roll_of(row)
        if not end_of_month:
            dates = chained_dates(anchor, months, start, end)
            found = year_fraction(convention, start, end, Reference(dates, 12 // months))
            return CHAINED, found
    return None


def chained_dates(anchor: date, months: int, start: date, end: date) -> tuple[date, ...]:
    """Regular dates rolled each from the one before: after 29 February come other 29ths."""
    dates = [anchor]
    while dates[0] > start:
        dates.insert(0, add_months(dates[0], -months))
    while dates[-1] < end:
        dates.append(add_months(dates[-1], months))
    return tuple(dates)


def afb_by_month_end(start: date, end: date) -> Fraction:
    """Act/Act AFB where a year back from the last of February is the last of February."""
    rest, years = end, 0
    while True:
        back = add_months(rest, -12)
        if (back.month, back.day) == (2, 28) and is_leap(back.year):
            back += DAY
        if back < start:
            break
        rest, years = back, years + 1
    leap = start < rest and leap_days(start - DAY, rest - DAY) > 0
    return years + Fraction((rest - start).days, 366 if leap else 365)


def days(convention: DayCount, start: date, end: date, reference: Reference | None) -> int:
    """The days that the convention counts."""
    if convention in COUNTED_IN:
        return COUNTED_IN[convention](start, end, reference)
    return COUNTED[convention](start, end) if convention in COUNTED else (end - start).days


def precision(row: dict[str, Any]) -> Fraction:
    """How far a case is from its exact value: as it says, or as far as a double of its size is."""
    return Fraction(row["tolerance"]) if row.get("tolerance") else 2 * Fraction(ulp(row["expected"]))


def check(row: dict[str, Any]) -> str:
    """Assert that a case has our number; returns the rule's name where it has another rule's."""
    convention = convention_of(row["convention"])
    start, end = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
    if end < start:
        with pytest.raises(Impossible, match="end: "):
            year_fraction(convention, start, end)
        return BACKWARDS
    reference = reference_of(row, convention, start, end)
    found = year_fraction(convention, start, end, reference)
    if row["quantity"] == "days":
        assert days(convention, start, end, reference) == row["expected"], row
        if "expected_year_fraction" in row:
            assert abs(found - Fraction(row["expected_year_fraction"])) <= Fraction(1, 10**12), row
        return ""
    assert row["quantity"] == "year_fraction", row
    if abs(found - Fraction(row["expected"])) <= precision(row):
        return ""
    other = by_another_rule(row, convention, start, end)
    assert other is not None, (row, found)
    assert abs(other[1] - Fraction(row["expected"])) <= precision(row), (row, found)
    return other[0]


# The cases that have another number than ours, and by which rule. The quarterly stub of 1999-11-30 to 2000-04-30 has
# 61/90 of a quarter in its second notional period there, ours 61/91; what runs backwards is signed there.
OTHERWISE = {
    ("Act/Act ICMA", "1999-11-30", "2000-04-30", 0.41944444444444445): CHAINED,
    ("Act/366", "2006-05-15", "2006-03-17", -0.16120218579235): BACKWARDS,
    ("Act/365.25", "2006-05-15", "2006-03-17", -0.161533196440794): BACKWARDS,
    ("Bus/252 Brazil (settlement calendar)", "2006-05-15", "2006-03-17", -0.1507936507937): BACKWARDS,
}


@cache
def day_counts(vectors: Path) -> tuple[Tally, ...]:
    """Of each file of the folder."""
    names = sorted(f"daycount/{file.name}" for file in (vectors / "daycount").glob("*.json"))
    return tuple(tally(name, rows_of(vectors, name), decided) for name in names)


def test_every_published_case(vectors: Path) -> None:
    found = day_counts(vectors)
    if not found:
        pytest.skip(f"no daycount/*.json in {vectors}")
    for each in found:
        each.settle()


def decided(row: dict[str, Any]) -> None:
    """A case by our rule; or by the other rule that was decided for it, and by no other."""
    rule = check(row)
    case = row["convention"], row["start"], row["end"], row["expected"]
    assert rule == OTHERWISE.get(case, rule), (row, rule)


def test_a_case_of_a_convention_that_is_not_known_fails_by_its_name() -> None:
    row = {"convention": "Act/367", "start": "2024-01-01", "end": "2024-02-01", "quantity": "days", "expected": 31}
    with pytest.raises(Impossible, match="Act/367"):
        check(row)


@pytest.mark.parametrize(("expected", "quantity"), [(0.17, "year_fraction"), (61, "days")])
def test_a_case_with_a_wrong_number_fails(expected: float, quantity: str) -> None:
    row = {"convention": "Act/360", "start": "2024-01-01", "end": "2024-03-01", "quantity": quantity}
    with pytest.raises(AssertionError):
        check({**row, "expected": expected})


@pytest.mark.parametrize(
    ("folder", "pattern", "name"),
    [
        ("actus", "*.json", r'"dayCountConvention"\s*:\s*"([^"]+)"'),
        ("cdm", "*/*.xml", r"<dayCountFraction[^>]*>([^<]+)<"),
        (".", "bdt_fields.csv", r"DayCountFraction,DayCountFraction,\d,\d,([^\n\r]+)"),
    ],
)
def test_every_name_that_contracts_and_messages_use_is_known(
    vectors: Path, folder: str, pattern: str, name: str
) -> None:
    files = sorted((vectors / folder).glob(pattern))
    if not files:
        pytest.skip(f"no {pattern} in {vectors / folder}")
    names = {part for file in files for found in re.findall(name, file.read_text("utf-8")) for part in found.split()}
    assert names
    assert {each: DayCount.labelled(each) for each in names}
