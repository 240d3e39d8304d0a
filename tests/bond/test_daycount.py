"""Day counts against two published sets of cases, and what must hold of any."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import DayCount, Impossible, Reference, add_months, notional_dates, year_fraction
from bauhinia.bond.daycounts import thirty_360, thirty_e_360

CONVENTIONS = {
    "Act/365F": DayCount.ACT_365_FIXED,
    "Act/360": DayCount.ACT_360,
    "30/360 ISDA": DayCount.THIRTY_360,
    "30/360 ISDA (Bond Basis, 30A/360)": DayCount.THIRTY_360,
    "30E/360": DayCount.THIRTY_E_360,
    "Act/Act ISDA": DayCount.ACT_ACT_ISDA,
    "Act/Act ICMA": DayCount.ACT_ACT_ICMA,
}


def actual(start: date, end: date) -> int:
    return (end - start).days


DAYS = {DayCount.THIRTY_360: thirty_360.days, DayCount.THIRTY_E_360: thirty_e_360.days}


def left_out(row: dict[str, Any]) -> str | None:
    """Why a published case is not done here."""
    return None if row["convention"] in CONVENTIONS else f"no bond of this market has asked for {row['convention']} yet"


def roll(row: dict[str, Any]) -> tuple[date, int, bool]:
    """Where the regular periods of a case are rolled from, how many make a year, and whether at the month's end."""
    if "ref_period_end" in row:
        anchor = date.fromisoformat(row["ref_period_end"])
        return anchor, round(365 / (anchor - date.fromisoformat(row["ref_period_start"])).days), False
    frequency = 12 // int(row["frequency"][1:-1])
    if "schedule" in row:
        facts = row["schedule"]
        return date.fromisoformat(facts.get("penultimate_coupon") or facts["maturity"]), frequency, facts["eom"]
    anchor = date.fromisoformat(row["period_end"] if row["start"] == row["schedule_start"] else row["start"])
    return anchor, frequency, row["eom_schedule_flag"]


def rolled_on(anchor: date, months: int, start: date, end: date) -> tuple[date, ...]:
    """Regular dates rolled each from the one before, as some do: after 29 February come other 29ths."""
    dates = [anchor]
    while dates[0] > start:
        dates.insert(0, add_months(dates[0], -months))
    while dates[-1] < end:
        dates.append(add_months(dates[-1], months))
    return tuple(dates)


def agrees(row: dict[str, Any], convention: DayCount, start: date, end: date) -> bool:
    """Whether the case has our part of a year, or that of the other rule where two are in use (see `bond.roll`)."""
    expected, tolerance = Fraction(row["expected"]), Fraction(row.get("tolerance") or 1e-12)
    if convention is not DayCount.ACT_ACT_ICMA:
        return abs(year_fraction(convention, start, end) - expected) <= tolerance
    anchor, frequency, end_of_month = roll(row)
    ours = Reference(notional_dates(anchor, 12 // frequency, start, end, end_of_month), frequency)
    if abs(year_fraction(convention, start, end, ours) - expected) <= tolerance:
        return True
    other = Reference(rolled_on(anchor, 12 // frequency, start, end), frequency)
    return not end_of_month and abs(year_fraction(convention, start, end, other) - expected) <= tolerance


@pytest.mark.parametrize("name", ["quantlib_daycount", "strata_daycount"])
def test_published_cases(vectors: Path, name: str) -> None:
    done = 0
    for row in json.loads((vectors / "daycount" / f"{name}.json").read_text())["rows"]:
        if left_out(row):
            continue
        convention = CONVENTIONS[row["convention"]]
        start, end = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
        if row["quantity"] == "days":
            assert DAYS.get(convention, actual)(start, end) == row["expected"], row
        else:
            assert agrees(row, convention, start, end), row
        done += 1
    assert done > 20


def test_where_two_rules_are_in_use_ours_rolls_from_the_anchor() -> None:
    """A last stub of 30 November to 30 April, quarterly: its second period ends on 30 May, not on 29 May."""
    anchor, end = date(1999, 11, 30), date(2000, 4, 30)
    dates = notional_dates(anchor, 3, anchor, end)
    assert dates == (anchor, date(2000, 2, 29), date(2000, 5, 30))
    assert rolled_on(anchor, 3, anchor, end)[-1] == date(2000, 5, 29)
    found = year_fraction(DayCount.ACT_ACT_ICMA, anchor, end, Reference(dates, 4))
    assert found == Fraction(1, 4) + Fraction(61, 91 * 4)


@pytest.mark.parametrize(
    ("convention", "start", "end", "expected"),
    [
        # 2006 ISDA Definitions: the clauses worked by hand
        ("Act/365F", "2024-02-07", "2024-08-07", Fraction(182, 365)),
        ("Act/360", "2024-08-28", "2024-11-28", Fraction(92, 360)),
        ("30/360", "2024-01-31", "2024-03-31", Fraction(60, 360)),
        ("30/360", "2024-01-29", "2024-03-31", Fraction(62, 360)),
        ("30E/360", "2024-01-29", "2024-03-31", Fraction(61, 360)),
        ("30/360", "2024-02-29", "2024-08-31", Fraction(182, 360)),
        # EMU and Market Conventions: Recent Developments (ISDA, 1998 and 1999), the ordinary period
        ("Act/Act ISDA", "2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366)),
    ],
)
def test_clauses(convention: str, start: str, end: str, expected: Fraction) -> None:
    found = DayCount.labelled(convention)
    assert year_fraction(found, date.fromisoformat(start), date.fromisoformat(end)) == expected


def test_a_regular_icma_period_is_one_over_the_frequency_and_a_long_stub_is_split() -> None:
    """ICMA Rule 251; the long first coupon of the ISDA memorandum: 15 August 2002 to 15 July 2003, semi-annual."""
    dates = notional_dates(date(2003, 7, 15), 6, date(2002, 8, 15), date(2003, 7, 15))
    assert dates == (date(2002, 7, 15), date(2003, 1, 15), date(2003, 7, 15))
    stub = year_fraction(DayCount.ACT_ACT_ICMA, date(2002, 8, 15), date(2003, 7, 15), Reference(dates, 2))
    assert stub == Fraction(153, 184 * 2) + Fraction(1, 2)
    regular = Reference((date(2003, 1, 15), date(2003, 7, 15)), 2)
    assert year_fraction(DayCount.ACT_ACT_ICMA, date(2003, 1, 15), date(2003, 7, 15), regular) == Fraction(1, 2)


def test_what_cannot_be_counted_is_named() -> None:
    day = date(2024, 2, 7)
    with pytest.raises(Impossible, match="end: 2024-02-07 is before 2024-02-08"):
        year_fraction(DayCount.ACT_360, day + timedelta(1), day)
    with pytest.raises(Impossible, match="reference"):
        year_fraction(DayCount.ACT_ACT_ICMA, day, day + timedelta(9))
    with pytest.raises(Impossible, match="reference"):
        year_fraction(DayCount.ACT_ACT_ICMA, day, day + timedelta(9), Reference((day, day + timedelta(8)), 2))
    with pytest.raises(Impossible, match="day_count"):
        DayCount.labelled("30/360 something")


def test_numbers_are_written_down() -> None:
    """They enter canonical bytes: a convention may be added, never renumbered."""
    assert {member.label: int(member) for member in DayCount} == {
        "Act/365F": 1,
        "Act/360": 2,
        "30/360": 3,
        "30E/360": 4,
        "Act/Act ISDA": 5,
        "Act/Act ICMA": 6,
    }
    assert DayCount(6) is DayCount.ACT_ACT_ICMA
    assert all(member.clause for member in DayCount)


days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
ADDITIVE = [DayCount.ACT_365_FIXED, DayCount.ACT_360, DayCount.ACT_ACT_ISDA, DayCount.ACT_ACT_ICMA]


@given(st.lists(days, min_size=3, max_size=5), st.sampled_from(ADDITIVE), st.sampled_from([1, 2, 4, 12]), days)
def test_accrual_adds_up_over_any_split(split: list[date], convention: DayCount, frequency: int, anchor: date) -> None:
    split.sort()
    around = Reference(notional_dates(anchor, 12 // frequency, split[0], split[-1]), frequency)
    parts = [year_fraction(convention, a, b, around) for a, b in pairwise(split)]
    assert sum(parts) == year_fraction(convention, split[0], split[-1], around)


@given(days, st.integers(0, 2000), st.sampled_from([1, 2, 3, 4, 6, 12]), days, st.booleans())
def test_notional_dates_just_cover(start: date, length: int, months: int, anchor: date, end_of_month: bool) -> None:
    end = start + timedelta(length)
    dates = notional_dates(anchor, months, start, end, end_of_month)
    assert dates[0] <= start < dates[1]
    assert dates[-1] >= end
    assert len(dates) == 2 or dates[-2] < end
    assert list(dates) == sorted(set(dates))
