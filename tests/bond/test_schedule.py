"""Schedules: the Hong Kong issue whose maturity is a Saturday, rolls, perpetual bonds, and what always holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bauhinia.bond import (
    BusinessDayConvention,
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
    unadjusted_dates,
)
from bauhinia.bond.periodic import Stub, dates
from bauhinia.bond.roll import Roll, Step, is_month_end
from bauhinia.bond.terms import months_between
from bauhinia.wire.calendars import load_calendar, load_calendars
from tests.bond.samples import BOND_I, CNY, EUR, HKD, USD

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


@pytest.mark.parametrize(
    ("roll", "roll_day", "maturity", "expected"),
    [
        (Roll.IMM, 0, "2026-03-18", ["2025-06-18", "2025-09-17", "2025-12-17", "2026-03-18"]),
        (Roll.IMMAUD, 0, "2026-03-12", ["2025-06-12", "2025-09-11", "2025-12-11", "2026-03-12"]),
        (Roll.IMMNZD, 0, "2026-03-11", ["2025-06-11", "2025-09-10", "2025-12-10", "2026-03-11"]),
        (Roll.IMMCAD, 0, "2026-03-16", ["2025-06-16", "2025-09-15", "2025-12-15", "2026-03-16"]),
        (Roll.SFE, 0, "2026-03-13", ["2025-06-13", "2025-09-12", "2025-12-12", "2026-03-13"]),
        (Roll.TBILL, 0, "2026-03-16", ["2025-06-16", "2025-09-22", "2025-12-22", "2026-03-16"]),
        (Roll.FRIDAY, 0, "2026-03-13", ["2025-06-13", "2025-09-19", "2025-12-19", "2026-03-13"]),
        (Roll.END_OF_MONTH, 0, "2026-02-28", ["2025-05-31", "2025-08-31", "2025-11-30", "2026-02-28"]),
        # the maturity is the 28th because February has no 30th; coupons are on the 30th
        (Roll.ANCHOR, 30, "2026-02-28", ["2025-05-30", "2025-08-30", "2025-11-30", "2026-02-28"]),
        (Roll.ANCHOR, 0, "2026-02-28", ["2025-05-28", "2025-08-28", "2025-11-28", "2026-02-28"]),
        (Roll.ANCHOR, 31, "2026-02-28", ["2025-05-31", "2025-08-31", "2025-11-30", "2026-02-28"]),
    ],
)
def test_rolls(roll: Roll, roll_day: int, maturity: str, expected: list[str]) -> None:
    issue_date = date(2025, 4, 1)
    terms = replace(
        BOND_I,
        issue_date=issue_date,
        maturity=date.fromisoformat(maturity),
        frequency=4,
        roll=roll,
        roll_day=roll_day,
        first_coupon=date.fromisoformat(expected[0]),
    )
    assert [day.isoformat() for day in unadjusted_dates(terms)] == ["2025-04-01", *expected]
    first, *rest = schedule(terms, JOINT)
    assert not first.regular
    assert all(period.regular for period in rest)
    assert rest[0].reference.dates == (rest[0].start, rest[0].end)
    assert first.reference.dates[-1] == first.end
    assert first.reference.dates[0] <= issue_date < first.reference.dates[1]


def test_a_maturity_off_its_roll_is_refused() -> None:
    off = replace(BOND_I, frequency=4, roll=Roll.IMM, maturity=date(2026, 3, 17))
    with pytest.raises(Impossible, match="roll: 2026-03-17, from which coupons roll, is not on the roll"):
        schedule(off, JOINT)
    with pytest.raises(Impossible, match="roll: 'eom' is none of anchor, imm, end of month"):
        Roll.labelled("eom")
    assert [Roll.labelled(roll.label) for roll in Roll] == list(Roll)


def test_a_perpetual_bond_goes_on() -> None:
    """Its maturity is a coupon date like another: the schedule starts at the issue and ends where it is asked to."""
    consol = replace(BOND_I, issue_date=date(2020, 1, 15), maturity=date(2022, 7, 15), frequency=2, perpetual=True)
    for until, ends in (
        ("2020-01-16", "2020-07-15"),
        ("2020-07-15", "2020-07-15"),
        ("2020-07-16", "2021-01-15"),
        ("2022-07-15", "2022-07-15"),
        ("2022-07-16", "2023-01-15"),
        ("2035-03-01", "2035-07-15"),
    ):
        periods = schedule(consol, JOINT, date.fromisoformat(until))
        assert periods[-1].end.isoformat() == ends, until
        assert all(period.regular for period in periods)
        assert all(period.reference.termination is None for period in periods)
        assert unadjusted_dates(consol, date.fromisoformat(until))[-1].isoformat() == ends
    ten, thirty = (schedule(consol, JOINT, date(year, 1, 1)) for year in (2030, 2050))
    assert thirty[: len(ten)] == ten
    with pytest.raises(Impossible, match="until: the schedule of a perpetual bond does not end"):
        schedule(consol, JOINT)


def test_numbers_of_rolls_are_written_down() -> None:
    """They enter canonical bytes: a number once given stays."""
    assert {roll.name: roll.value for roll in Roll} == {
        "ANCHOR": 1,
        "IMM": 2,
        "END_OF_MONTH": 3,
        "IMMCAD": 4,
        "IMMAUD": 5,
        "IMMNZD": 6,
        "SFE": 7,
        "TBILL": 8,
        "MONDAY": 9,
        "TUESDAY": 10,
        "WEDNESDAY": 11,
        "THURSDAY": 12,
        "FRIDAY": 13,
        "SATURDAY": 14,
        "SUNDAY": 15,
    }


@given(term_sheets())
def test_the_general_engine_has_the_same_dates(terms: Terms) -> None:
    """Forwards or backwards, a term sheet's schedule is that of its regular part and the stub before it."""
    found = unadjusted_dates(terms)
    step = Step(months_between(terms)) if terms.frequency else None
    ends, day = terms.end_of_month, terms.maturity.day
    if terms.first_coupon is None:
        assert dates(terms.issue_date, terms.maturity, step, Stub.SHORT_INITIAL, end_of_month=ends) == found
    elif terms.first_coupon < terms.maturity:
        rule = (Roll.END_OF_MONTH, 0) if ends else (Roll.ANCHOR, day)
        assert dates(terms.issue_date, terms.maturity, step, Stub.LONG_INITIAL, *rule, terms.first_coupon) == found
    # rolled again from any of its own coupon dates it is the same schedule
    for number, coupon in enumerate(found[1:-1], start=1):
        if coupon.day == day:
            assert unadjusted_dates(replace(terms, maturity=coupon, first_coupon=found[1])) == found[: number + 1]
