"""Floating rates against published figures, and what holds for any fixings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauhinia.bond import (
    Averaging,
    BusinessDayConvention,
    Calendar,
    DayCount,
    FixedFrom,
    Floating,
    Implausible,
    Impossible,
    Need,
    NotKnown,
    RecordDate,
    RecordRule,
    Terms,
    accrued_of,
    cash_flows,
    check,
    interest_of,
    needs_of,
    observations_of,
    rate_of,
    schedule,
    to_places,
)
from bauhinia.wire.calendars import load_calendars
from tests.bond.samples import BOND_I, WEEKDAYS

CALENDARS = list(load_calendars(["US", "GB", "HK"]).values())
COMPOUNDED, AVERAGED = Averaging.COMPOUNDED, Averaging.AVERAGED


def note(floating: Floating, start: date, end: date, day_count: DayCount = DayCount.ACT_360, **terms: object) -> Terms:
    """A note of one period, or of several where a frequency is given."""
    found = replace(
        BOND_I,
        issue_date=start,
        maturity=end,
        rate=Fraction(0),
        day_count=day_count,
        calendars=floating.centres or ("US",),
        floating=floating,
        **{"frequency": 0, **terms},  # type: ignore[arg-type]
    )
    assert check(found) == []
    return found


def rate(terms: Terms, values: Mapping[date, Fraction], number: int = 1) -> Fraction:
    assert terms.floating is not None
    return rate_of(terms, schedule(terms, CALENDARS)[number - 1], {terms.floating.index: values})


def basis_points(month: int, text: str) -> dict[date, Fraction]:
    """Fixings of 2019 as "24 239, 25 241": the day, and the rate in hundredths of a percent."""
    pairs = (item.split() for item in text.split(","))
    return {date(2019, month, int(day)): Fraction(int(points), 10_000) for day, points in pairs}


# SOFR as the Federal Reserve Bank of New York published it
SOFR_2019 = basis_points(6, "21 237, 24 239, 25 241, 26 243, 27 242, 28 250") | basis_points(
    7,
    "1 242, 2 251, 3 256, 5 259, 8 248, 9 245, 10 246, 11 241, 12 236, 15 246, 16 247, 17 247, 18 246, 19 241, 22 240,"
    "23 240, 24 241, 25 242, 26 241, 29 240, 30 239, 31 255",
)


@pytest.mark.parametrize(
    ("end", "shift", "lockout", "expected"),
    [
        (date(2019, 7, 15), False, 0, "0.024781644454"),
        (date(2019, 7, 31), True, 0, "0.024603611707"),
        (date(2019, 7, 31), True, 3, "0.024693783702"),
    ],
)
def test_sofr_in_arrears(end: date, shift: bool, lockout: int, expected: str) -> None:
    """Alternative Reference Rates Committee, worked examples of lookback options of five business days (2020)."""
    floating = Floating(
        "SOFR", averaging=COMPOUNDED, days_back=5, observation_shift=shift, lockout=lockout, centres=("US",), places=12
    )
    assert rate(note(floating, date(2019, 7, 1), end), SOFR_2019) == Fraction(expected)


def test_a_lockout_repeats_the_fixing_before_it() -> None:
    floating = Floating("SOFR", averaging=COMPOUNDED, days_back=0, lockout=3, centres=("US",))
    terms = note(floating, date(2019, 7, 1), date(2019, 7, 31))
    last = observations_of(terms, schedule(terms, CALENDARS)[0])[-4:]
    assert last == tuple((date(2019, 7, 25), weight) for weight in (1, 3, 1, 1))  # for Thursday 25, then 26, 29 and 30


def test_sonia_by_its_published_index() -> None:
    """Bank of England, SONIA Compounded Index of 30 April and 28 May 2021: its growth over 28 days of 365."""
    index = {date(2021, 4, 30): Fraction("101.33874824"), date(2021, 5, 28): Fraction("101.34260667")}
    floating = Floating("SONIA INDEX", averaging=Averaging.INDEX, days_back=0, centres=("GB",), index_days=365)
    terms = note(floating, date(2021, 4, 30), date(2021, 5, 28), DayCount.ACT_365_FIXED)
    assert rate(terms, index) == Fraction("0.0004963")
    assert rate(replace(terms, floating=replace(floating, margin=Fraction("0.005"))), index) == Fraction("0.0054963")


def test_the_index_is_looked_at_before_both_ends() -> None:
    floating = Floating("SONIA INDEX", averaging=Averaging.INDEX, days_back=5, centres=("GB",), index_days=365)
    terms = note(floating, date(2021, 5, 4), date(2021, 6, 4), DayCount.ACT_365_FIXED)
    period = schedule(terms, CALENDARS)[0]
    days = date(2021, 4, 26), date(2021, 5, 27)  # two bank holidays between
    assert needs_of(terms, period) == tuple(Need("SONIA INDEX", day) for day in days)
    grown = {days[0]: Fraction(100), days[1]: Fraction("100.01")}
    assert rate(terms, grown) == to_places(Fraction(365, 31 * 10_000), 7)


IBOND = Terms(
    issue_date=date(2021, 6, 24),
    maturity=date(2024, 6, 24),
    rate=Fraction(0),
    frequency=2,
    day_count=DayCount.ACT_365_FIXED,
    business_day=BusinessDayConvention.FOLLOWING,
    adjusted=True,
    calendars=("HK",),
    calculation_amount=10_000_00,
    minimum_denomination=10_000_00,
    denomination_multiple=10_000_00,
    floating=Floating(
        "HK CCPI year on year, mean of six months",
        fixed_from=FixedFrom.END,
        days_back=11,
        centres=("HK",),
        floor=Fraction("0.02"),
        places=4,
    ),
)


def test_hong_kong_retail_inflation_linked_bond() -> None:
    """The iBond of 2021: the mean of six months' year-on-year inflation, to two decimals of a percent, no less than 2
    percent, on Act/365. For 24 June 2022 it was 1.67 percent, so that 2 percent were paid (HKMA, 9 June 2022).
    """
    assert check(IBOND) == []
    periods = schedule(IBOND, CALENDARS)
    second = periods[1]
    assert (second.accrual_start, second.accrual_end) == (date(2021, 12, 24), date(2022, 6, 24))
    assert IBOND.floating is not None
    (need,) = needs_of(IBOND, second)
    assert need == Need(IBOND.floating.index, date(2022, 6, 9))  # the day it was announced
    with pytest.raises(NotKnown) as awaited:
        rate_of(IBOND, second)
    assert (awaited.value.field, awaited.value.day) == (need.series, need.day)

    for mean, paid, amount in (("0.0167", "0.02", 99_73), ("0.031349", "0.0313", 156_07)):
        known = {need.series: {need.day: Fraction(mean)}}
        assert rate_of(IBOND, second, known) == Fraction(paid)
        assert interest_of(IBOND, second, known) == Fraction(paid) * Fraction(182, 365)
        every = {each.day: Fraction(mean) for period in periods for each in needs_of(IBOND, period)}
        assert cash_flows(IBOND, periods, 10_000_00, {need.series: every})[1].amount == amount


# notes of the US Treasury: the index is that of the last auction of 13-week bills, noted at the first day it holds
TREASURY = replace(
    note(
        Floating(
            "US 13-week bill", Fraction("0.0012"), averaging=AVERAGED, days_back=0, lockout=2, centres=("US",),
            floor=Fraction(0), places=0, holds=14,
        ),
        date(2012, 7, 31),
        date(2014, 7, 31),
        frequency=4,
        end_of_month=True,
    ),
    record_date=RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 1),
    business_day=BusinessDayConvention.UNADJUSTED,
)  # fmt: skip


def test_treasury_floating_rate_note() -> None:
    """31 CFR 356 appendix B, IV.D: interest of 92 and of 89 days per 100, where daily interest is kept to nine places.

    The index is 0.095022819 percent throughout, at a spread of 0.12 percent.
    """
    held = {date(2012, 7, 31) + timedelta(7 * week): Fraction("0.00095022819") for week in range(106)}
    for number, days, published in ((1, 92, "0.054950312"), (3, 89, "0.053158454")):
        found = rate(TREASURY, held, number)
        assert found == Fraction("0.00215022819")
        assert to_places(100 * found / 360, 9) * days == Fraction(published)


def test_treasury_index_holds_and_locks_out() -> None:
    """A period from Tuesday 31 July to Wednesday 31 October 2012. Monday's auctions hold from Tuesday on; that of
    Monday 29 October falls within the two business days before payment and is left out (31 CFR 356.2, "lock-out")."""
    points = {date(2012, 7, 31): 10, date(2012, 8, 7): 11} | {
        date(2012, 8, 14) + timedelta(7 * week): 12 for week in range(11)
    }
    points[date(2012, 10, 30)] = 99
    values = {day: Fraction(bps, 10_000) for day, bps in points.items()}
    mean = Fraction(7 * 10 + 7 * 11 + 78 * 12, 92 * 10_000)
    assert rate(TREASURY, values) == mean + Fraction("0.0012")
    assert TREASURY.floating is not None
    unlocked = replace(TREASURY, floating=replace(TREASURY.floating, lockout=0))
    assert rate(unlocked, values) == mean + Fraction(99 - 12, 92 * 10_000) + Fraction("0.0012")
    del values[date(2012, 8, 14)], values[date(2012, 8, 21)]
    with pytest.raises(NotKnown, match="2012-08-22"):  # the value of 7 August is too old by then
        rate(TREASURY, values)


def test_a_term_rate_is_fixed_before_either_end() -> None:
    """HIBOR-like: two Hong Kong business days before the start, or before the end."""
    start, end = date(2024, 2, 14), date(2024, 5, 14)  # after Lunar New Year
    advance = Floating("HIBOR 3M", Fraction("0.01"), centres=("HK",), index_days=365)
    for fixed, day in ((FixedFrom.START, date(2024, 2, 8)), (FixedFrom.END, date(2024, 5, 10))):
        terms = note(replace(advance, fixed_from=fixed), start, end, DayCount.ACT_365_FIXED)
        assert needs_of(terms, schedule(terms, CALENDARS)[0]) == (Need("HIBOR 3M", day),)
        assert rate(terms, {day: Fraction("0.0456789123")}) == Fraction("0.0556789")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "0.0313"),
        ({"margin": Fraction("-0.0013")}, "0.03"),
        ({"multiplier": Fraction(2)}, "0.0626"),
        ({"multiplier": Fraction(1, 2), "margin": Fraction("0.00005")}, "0.0157"),  # half of 3.13, rounded after margin
        ({"floor": Fraction("0.04")}, "0.04"),
        ({"cap": Fraction("0.03")}, "0.03"),
        ({"floor": Fraction("0.03125"), "cap": Fraction("0.03125")}, "0.03125"),  # not rounded
        ({"index_floor": Fraction("0.035"), "margin": Fraction("-0.01")}, "0.025"),
        ({"places": 0, "margin": Fraction("0.00001")}, "0.03131"),
    ],
)
def test_margin_multiplier_floor_and_cap(changes: dict[str, object], expected: str) -> None:
    floating = replace(Floating("RATE", centres=("US",), places=4), **changes)  # type: ignore[arg-type]
    terms = note(floating, date(2024, 3, 6), date(2024, 6, 6))
    assert rate(terms, {date(2024, 3, 4): Fraction("0.0313")}) == Fraction(expected)


def test_the_daily_floor_is_not_the_floor_of_the_period() -> None:
    """One day at 5 percent and one at minus 5: a floor a day leaves the mean at 2.5, a floor of the period at nil."""
    values = {date(2024, 3, 6): Fraction("0.05"), date(2024, 3, 7): Fraction("-0.05")}
    floating = Floating("RATE", averaging=AVERAGED, days_back=0, centres=("US",))
    start, end = date(2024, 3, 6), date(2024, 3, 8)
    daily = note(replace(floating, index_floor=Fraction(0)), start, end)
    whole = note(replace(floating, floor=Fraction(0)), start, end)
    assert (rate(daily, values), rate(whole, values)) == (Fraction("0.025"), Fraction(0))


def test_what_is_missing_is_named() -> None:
    floating = Floating("SOFR", averaging=COMPOUNDED, days_back=0, centres=("US",))
    terms = note(floating, date(2019, 7, 1), date(2019, 7, 31))
    period = schedule(terms, CALENDARS)[0]
    assert [need.day for need in needs_of(terms, period)] == [
        day for day in SOFR_2019 if period.start <= day < period.end
    ]
    values = {day: value for day, value in SOFR_2019.items() if day != date(2019, 7, 9)}
    with pytest.raises(NotKnown, match="SOFR: its value of 2019-07-09"):
        rate(terms, values)
    assert accrued_of(terms, period, date(2019, 7, 9), {"SOFR": values}) > 0  # what came before is known
    other = replace(terms, calendars=("GB",))
    with pytest.raises(Impossible, match="no calendar of US"):
        rate_of(other, schedule(other, CALENDARS)[0], {"SOFR": values})
    assert rate_of(other, schedule(other, CALENDARS)[0], {"SOFR": SOFR_2019}, CALENDARS) > 0


START, END = date(2023, 1, 3), date(2023, 4, 3)
FIXINGS = st.lists(st.integers(0, 2_000), min_size=75, max_size=75).map(
    lambda points: {START - timedelta(5) + timedelta(n): Fraction(each, 100_000) for n, each in enumerate(points)}
)
DAILY = st.builds(
    Floating,
    st.just("RATE"),
    averaging=st.sampled_from([COMPOUNDED, AVERAGED]),
    days_back=st.integers(0, 3),
    lockout=st.integers(0, 4),
    places=st.just(0),
)
ANY_DAY = replace(WEEKDAYS, centre="ANY", weekend=())


@settings(max_examples=60)
@given(DAILY, FIXINGS, st.integers(1, 59))
def test_accrual_adds_up_over_any_split(floating: Floating, values: dict[date, Fraction], split: int) -> None:
    """The interest of two halves is that of the whole: added where rates are averaged, compounded where they are."""
    floating = replace(floating, centres=("ANY",))
    middle, end = START + timedelta(split), START + timedelta(60)
    terms = note(floating, START, end)
    (period,) = schedule(terms, [ANY_DAY])
    known = {"RATE": values}
    first, whole = accrued_of(terms, period, middle, known), interest_of(terms, period, known)
    assert accrued_of(terms, period, end, known) == whole
    if split < 60 - floating.lockout:  # the second half locks the same days out
        later = note(floating, middle, end)
        second = interest_of(later, schedule(later, [ANY_DAY])[0], known)
        together = first + second if floating.averaging is AVERAGED else (1 + first) * (1 + second) - 1
        assert together == whole


@settings(max_examples=40)
@given(DAILY, st.integers(-300, 300), st.booleans())
def test_an_index_of_nil_leaves_the_margin(floating: Floating, points: int, shift: bool) -> None:
    margin = Fraction(points, 10_000)
    shift = shift and floating.days_back > 0
    floating = replace(floating, margin=margin, observation_shift=shift, centres=("US",))
    terms = note(floating, START, date(2023, 4, 3))
    period = schedule(terms, CALENDARS)[0]
    known = {"RATE": {need.day: Fraction(0) for need in needs_of(terms, period)}}
    paid = max(margin, Fraction(0))
    assert rate_of(terms, period, known) == paid
    assert interest_of(terms, period, known) == paid * 90 / 360


@settings(max_examples=40)
@given(DAILY, st.integers(0, 12), st.integers(1, 90), st.booleans())
def test_each_day_counts_once(floating: Floating, ahead: int, length: int, shift: bool) -> None:
    """Wherever a period starts and ends, the weights are its days; without a shift and with one, in date order."""
    shift = shift and floating.days_back > 0
    floating = replace(floating, observation_shift=shift, centres=("US",))
    start = START + timedelta(ahead)
    terms = note(floating, start, start + timedelta(length))
    found = observations_of(terms, schedule(terms, CALENDARS)[0])
    assert list(found) == sorted(found, key=lambda each: each.day)
    if not shift:
        assert sum(each.weight for each in found) == length
        assert all(each.weight > 0 for each in found)
    us: Calendar = next(each for each in CALENDARS if each.centre == "US")
    assert not any(each.day in us.holidays or each.day.weekday() > 4 for each in found)


def test_a_fixing_above_one_is_no_rate() -> None:
    """2.131 for 2.131 percent would pay more than twice the nominal: nothing is made of it until it is corrected."""
    start, end = date(2026, 2, 16), date(2026, 8, 17)
    terms = note(Floating("EURIBOR 6M", centres=("US",)), start, end)
    (period,) = schedule(terms, CALENDARS)
    day = needs_of(terms, period)[0].day
    for value, said in ((Fraction("2.131"), "above one"), (Fraction("-2.131"), "below minus one")):
        told = f"{'-' if value < 0 else ''}2.131"
        with pytest.raises(Implausible) as wrong:
            cash_flows(terms, [period], 100_000, {"EURIBOR 6M": {day: value}})
        assert str(wrong.value) == f"EURIBOR 6M: {told} of {day} is {said}; is {told}% meant?"
        assert (wrong.value.field, wrong.value.day) == ("EURIBOR 6M", day)
    assert rate(terms, {day: Fraction(1)}) == 1


@pytest.mark.parametrize("averaging", [COMPOUNDED, AVERAGED])
def test_one_absurd_day_is_found_among_many(averaging: Averaging) -> None:
    terms = note(Floating("RATE", averaging=averaging, days_back=0, centres=("US",), cap=Fraction(1, 20)), START, END)
    (period,) = schedule(terms, CALENDARS)
    values = dict.fromkeys([need.day for need in needs_of(terms, period)], Fraction(4, 100))
    wrong = sorted(values)[17]
    with pytest.raises(Implausible, match=f"4.31 of {wrong} is above one; is 4.31% meant"):
        rate(terms, {**values, wrong: Fraction("4.31")})


def test_a_compounded_index_may_be_above_one_and_its_rate_may_not() -> None:
    floating = Floating("RATE", averaging=Averaging.INDEX, days_back=0, centres=("US",))
    terms = note(floating, START, END)
    first, last = (need.day for need in needs_of(terms, schedule(terms, CALENDARS)[0]))
    assert rate(terms, {first: Fraction(110), last: Fraction(111)}) < Fraction(4, 100)
    with pytest.raises(Implausible, match=f"RATE: its values up to {last} make a rate of .*% a year"):
        rate(terms, {first: Fraction("1.1"), last: Fraction(111)})
    with pytest.raises(Implausible, match=r"0 of .* is no value of a compounded index"):
        rate(terms, {first: Fraction(0), last: Fraction(111)})


def test_a_holder_never_pays() -> None:
    """A rate below zero is zero, even where the terms set a lower floor; and nothing accrues that a buyer would get."""
    for floor in (None, Fraction(-1, 100)):
        terms = note(Floating("RATE", margin=Fraction(-1, 100), days_back=0, centres=("US",), floor=floor), START, END)
        (period,) = schedule(terms, CALENDARS)
        known = {"RATE": {START: Fraction(-5, 1000)}}
        assert rate_of(terms, period, known) == interest_of(terms, period, known) == 0
        assert accrued_of(terms, period, START + timedelta(30), known) == 0
