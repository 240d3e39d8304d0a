"""Schedules: the Hong Kong issue whose maturity is a Saturday, two published sets of cases, and what always holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bauhinia.bond import (
    BusinessDayConvention,
    Calendar,
    DayCount,
    Impossible,
    RecordDate,
    RecordRule,
    Terms,
    add_months,
    check,
    is_business_day,
    period_at,
    schedule,
)
from bauhinia.bond.roll import is_month_end
from bauhinia.wire.calendars import load_calendar, load_calendars
from tests.bond.samples import BOND_I, CNY, EUR, HKD, USD, WEEKDAYS

CALENDARS = load_calendars(["HK", "CN", "US", "EU_TARGET", "AU"])
JOINT = list(CALENDARS.values())


@pytest.mark.parametrize(
    ("terms", "accrual_end", "payment_date", "record_date"),
    [
        # Saturday 7 February 2026: all pay on Monday 9; interest runs to it where it is adjusted
        (HKD, "2026-02-09", "2026-02-09", "2026-02-06"),
        (CNY, "2026-02-09", "2026-02-09", "2026-02-06"),
        (USD, "2026-02-07", "2026-02-09", "2026-02-06"),
        (EUR, "2026-02-07", "2026-02-09", "2026-02-06"),
    ],
)
def test_a_maturity_on_a_saturday(terms: Terms, accrual_end: str, payment_date: str, record_date: str) -> None:
    last = schedule(terms, JOINT)[-1]
    assert (last.end, last.provisional, last.regular) == (date(2026, 2, 7), False, True)
    assert last.accrual_end.isoformat() == accrual_end
    assert last.payment_date.isoformat() == payment_date
    assert last.record_date.isoformat() == record_date


def test_record_dates() -> None:
    """The business day before, on the calendars of payment; or the 15th day before, whatever day that is."""
    assert [period.record_date.isoformat() for period in schedule(HKD, JOINT)] == [
        "2024-08-06",
        "2025-02-06",
        "2025-08-06",
        "2026-02-06",
    ]
    register = replace(HKD, record_date=RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 15))
    assert schedule(register, JOINT)[-1].record_date == date(2026, 1, 25)  # a Sunday
    same_day = replace(HKD, record_date=RecordDate(days=0))
    assert schedule(same_day, JOINT)[-1].record_date == date(2026, 2, 9)


def test_past_the_calendar_dates_are_provisional() -> None:
    """Five years from November 2025: Hong Kong's calendar is known through 2026."""
    five = replace(CNY, issue_date=date(2025, 11, 12), maturity=date(2030, 11, 12))
    flags = [period.provisional for period in schedule(five, JOINT)]
    assert flags == [False, False] + [True] * 8


def test_a_calendar_that_is_missing_is_named() -> None:
    with pytest.raises(Impossible, match="no calendar of CN"):
        schedule(CNY, [CALENDARS["HK"]])


def test_only_the_calendars_of_the_terms_count() -> None:
    """Thursday 4 July 2024 is closed in New York and no concern of a bond paid in Hong Kong alone."""
    terms = replace(HKD, issue_date=date(2024, 1, 4), maturity=date(2024, 7, 4))
    assert schedule(terms, JOINT)[0].payment_date == date(2024, 7, 4)
    assert schedule(replace(terms, calendars=("HK", "US")), JOINT)[0].payment_date == date(2024, 7, 5)


def test_stubs_at_both_ends() -> None:
    terms = replace(
        BOND_I, issue_date=date(2018, 6, 1), first_coupon=date(2019, 2, 28), penultimate_coupon=date(2020, 2, 28)
    )
    first, second, third, last = schedule(terms, JOINT)
    assert (first.start, first.end, first.regular) == (date(2018, 6, 1), date(2019, 2, 28), False)
    assert first.reference.dates == (date(2018, 2, 28), date(2018, 8, 28), date(2019, 2, 28))
    assert (second.regular, third.regular) == (True, True)
    assert (last.start, last.end, last.regular) == (date(2020, 2, 28), date(2020, 8, 28), True)
    short = replace(terms, maturity=date(2020, 6, 30))
    assert check(short) == []
    assert schedule(short, JOINT)[-1].reference.dates == (date(2020, 2, 28), date(2020, 8, 28))


def test_the_period_of_a_day() -> None:
    periods = schedule(HKD, JOINT)
    assert period_at(periods, date(2024, 2, 7)).number == 1
    assert period_at(periods, date(2024, 8, 6)).number == 1
    assert period_at(periods, date(2024, 8, 7)).number == 2
    assert period_at(periods, date(2026, 2, 8)).number == 4  # adjusted: interest runs over the weekend
    for outside in (date(2024, 2, 6), date(2026, 2, 9)):
        with pytest.raises(Impossible, match="interest accrues from 2024-02-07 to before 2026-02-09"):
            period_at(periods, outside)


CONVENTIONS = {
    "Unadjusted": BusinessDayConvention.UNADJUSTED,
    "Following": BusinessDayConvention.FOLLOWING,
    "ModifiedFollowing": BusinessDayConvention.MODIFIED_FOLLOWING,
    "ModifiedPreceding": BusinessDayConvention.MODIFIED_PRECEDING,
}
FREQUENCIES = {"P1M": 12, "P2M": 6, "P3M": 4, "P6M": 2, "P12M": 1, "P1Y": 1, "TERM": 0}
STUBS = {"first_coupon", "penultimate_coupon", "frequency"}


def left_out(row: dict[str, Any], terms: Terms) -> str | None:
    """Why a published case has no term sheet here: what it says, or what is wrong with the stub it would have."""
    if "expected_error" in row:
        return "a roll day of its own, apart from the dates"
    if row.get("roll") == "IMM" or "rule" in row:
        return "dates of a rule: IMM, credit default swaps"
    if (
        row.get("termination_convention", row.get("convention")) != row.get("convention")
        or "end_date_business_day" in row
    ):
        return "the maturity has a business day convention of its own"
    dates = row["expected_unadjusted"] if "expected_unadjusted" in row else row["expected_dates"]
    if dates[0] != row["start"]:
        return "the start is itself adjusted; here it is a date that happened"
    if row.get("roll") == "EOM" and row["stub"] == "NONE" and not is_month_end(terms.maturity):
        return "month ends, but for the maturity"
    problems = [problem for problem in check(terms) if problem.field in STUBS]
    return problems[0].problem if problems else None


def rolled(anchor: date, months: int, until: date, end_of_month: bool) -> date:
    """The last regular date from `anchor` before `until`, or if the months go back the first one after it."""
    found, day, step = anchor, anchor, 0
    while (day < until) if months > 0 else (day > until):
        found, step = day, step + 1
        day = add_months(anchor, step * months, end_of_month)
    return found


def quantlib_sheet(row: dict[str, Any]) -> tuple[Terms, Calendar]:
    """The term sheet of a case: the last coupon before the end where it rolls forwards, the first where backwards."""
    start, end, end_of_month = date.fromisoformat(row["start"]), date.fromisoformat(row["end"]), row["end_of_month"]
    frequency = FREQUENCIES[row["frequency"]]
    months = 12 // frequency
    first, penultimate = (
        date.fromisoformat(row[key]) if row.get(key) else None for key in ("first_date", "next_to_last_date")
    )
    if row["direction"] == "forward" and first != end:
        penultimate = rolled(first or start, months, end, end_of_month)
    anchor = penultimate or end
    # the US and Japanese cases meet weekends only
    centre = load_calendar("EU_TARGET") if row["calendar"] == "TARGET" else WEEKDAYS
    terms = replace(
        BOND_I,
        issue_date=start,
        maturity=end,
        frequency=frequency,
        business_day=CONVENTIONS[row["convention"]],
        calendars=(centre.centre,),
        first_coupon=first or rolled(anchor, -months, start, end_of_month),
        penultimate_coupon=None if penultimate == start else penultimate,
        end_of_month=end_of_month,
    )
    return terms, centre


def test_quantlib_schedules(vectors: Path) -> None:
    rows = json.loads((vectors / "schedules" / "quantlib_schedule.json").read_text())["rows"]
    done = 0
    for row in rows:
        if row["frequency"] not in FREQUENCIES or row["convention"] not in CONVENTIONS:
            continue  # days and weeks
        terms, centre = quantlib_sheet(row)
        if left_out(row, terms):
            continue
        assert check(terms) == [], row
        ours = [terms.issue_date, *(period.payment_date for period in schedule(terms, [centre]))]
        assert [day.isoformat() for day in ours] == row["expected_dates"], row
        done += 1
    assert done >= len(rows) / 3


def strata_sheet(row: dict[str, Any]) -> Terms:
    """The term sheet of a case; as a term sheet does, it names the coupon dates where the stubs end and begin."""
    dates = [date.fromisoformat(day) for day in row.get("expected_unadjusted") or (row["start"], row["end"])]
    last_stub = row.get("last_regular_end") not in (None, row["start"]) or (
        row["stub"] in ("SHORT_FINAL", "LONG_FINAL", "SMART_FINAL") and len(dates) > 2
    )
    frequency = FREQUENCIES[row["frequency"]]
    anchor = dates[-2] if last_stub else dates[-1]
    return replace(
        BOND_I,
        issue_date=date.fromisoformat(row["start"]),
        maturity=date.fromisoformat(row["end"]),
        frequency=frequency,
        business_day=CONVENTIONS[row["business_day"]["convention"]],
        calendars=(WEEKDAYS.centre,),
        first_coupon=dates[1] if frequency else None,
        penultimate_coupon=anchor if last_stub else None,
        end_of_month="EOM" in (row.get("roll"), row.get("expected_roll")) and is_month_end(anchor),
    )


def test_strata_schedules(vectors: Path) -> None:
    rows = json.loads((vectors / "schedules" / "strata_periodic_schedule.json").read_text())["rows"]
    done = 0
    for row in rows:
        known = row["business_day"]["convention"] in CONVENTIONS and row["business_day"]["calendar"] == "Sat/Sun"
        if row["frequency"] not in FREQUENCIES or not known:
            continue  # a period that is no part of a year; a calendar that is not here
        terms = strata_sheet(row)
        if left_out(row, terms):
            continue
        assert check(terms) == [], row
        periods = schedule(terms, [WEEKDAYS])
        ours = [terms.issue_date, *(period.end for period in periods)]
        assert [day.isoformat() for day in ours] == row["expected_unadjusted"], row
        assert [period.payment_date.isoformat() for period in periods] == row["expected_adjusted"][1:], row
        done += 1
    assert done >= len(rows) / 2


@st.composite
def term_sheets(draw: st.DrawFn) -> Terms:
    """A regular bond of any convention, with or without a first stub."""
    frequency = draw(st.sampled_from([0, 1, 2, 3, 4, 6, 12]))
    maturity = draw(st.dates(date(2019, 1, 1), date(2030, 12, 31)))
    months = 12 // (frequency or 1)
    end_of_month = frequency > 0 and is_month_end(maturity) and draw(st.booleans())
    count = draw(st.integers(1, 12))
    regular = add_months(maturity, -months * count, end_of_month)
    late = draw(st.integers(0, 45))
    issue_date = regular + timedelta(late)
    assume(issue_date < maturity)
    first = None
    if late and frequency:
        first = add_months(maturity, -months * max(count - 1 - draw(st.integers(0, 1)), 0), end_of_month)
        assume(first > issue_date)
    convention = draw(st.sampled_from(BusinessDayConvention))
    terms = Terms(
        issue_date=issue_date,
        maturity=maturity,
        rate=Fraction(draw(st.integers(0, 10_000)), 100_000),
        frequency=frequency,
        day_count=draw(st.sampled_from(DayCount)),
        business_day=convention,
        adjusted=convention is not BusinessDayConvention.UNADJUSTED and draw(st.booleans()),
        calendars=("HK", "US"),
        calculation_amount=10_000,
        minimum_denomination=10_000,
        denomination_multiple=10_000,
        first_coupon=first,
        end_of_month=end_of_month,
    )
    assume(not check(terms))
    return terms


@given(term_sheets())
def test_periods_cover_the_term_without_gap(terms: Terms) -> None:
    periods = schedule(terms, JOINT)
    assert (periods[0].start, periods[-1].end) == (terms.issue_date, terms.maturity)
    assert periods[0].accrual_start == terms.issue_date
    for number, (period, following) in enumerate(zip(periods, [*periods[1:], None], strict=True), start=1):
        assert period.number == number
        assert period.start < period.end
        assert period.accrual_start <= period.accrual_end
        if following:
            assert following.start == period.end
            assert following.accrual_start == period.accrual_end
            assert number == 1 or period.regular
        if terms.business_day is not BusinessDayConvention.UNADJUSTED:
            assert is_business_day(period.payment_date, [CALENDARS["HK"], CALENDARS["US"]])
        assert period.record_date < period.payment_date
        assert period.reference.dates[0] <= period.accrual_start
        assert period.reference.dates[-1] >= period.accrual_end
        assert period.provisional or period.payment_date <= load_calendar("HK").known_through
