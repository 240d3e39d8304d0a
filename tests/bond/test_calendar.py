"""Where dates go that are not business days, and what is known of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import (
    BusinessDayConvention,
    Calendar,
    Impossible,
    LateClosure,
    add_business_days,
    adjust,
    after_closures,
    check_calendar,
    check_closure,
    chosen,
    is_business_day,
    is_confirmed,
)
from bauhinia.bond.calendar import joint
from bauhinia.wire.calendars import load_calendar

HK, CN, US = load_calendar("HK"), load_calendar("CN"), load_calendar("US")
TOY = Calendar("TOY", 1, date(2024, 1, 1), date(2024, 12, 31), (date(2024, 1, 1), date(2024, 5, 1), date(2024, 5, 31)))


@pytest.mark.parametrize(
    ("day", "convention", "expected"),
    [
        # 2006 ISDA Definitions 4.12(a); a Wednesday holiday, and a weekend that ends the month
        ("2024-05-01", "unadjusted", "2024-05-01"),
        ("2024-05-01", "following", "2024-05-02"),
        ("2024-05-01", "modified following", "2024-05-02"),
        ("2024-05-01", "preceding", "2024-04-30"),
        ("2024-05-01", "modified preceding", "2024-05-02"),
        ("2024-05-01", "nearest", "2024-04-30"),
        ("2024-08-31", "following", "2024-09-02"),
        ("2024-08-31", "modified following", "2024-08-30"),
        ("2024-08-31", "nearest", "2024-08-30"),
        ("2024-09-01", "preceding", "2024-08-30"),
        ("2024-09-01", "modified preceding", "2024-09-02"),
        ("2024-09-01", "nearest", "2024-09-02"),
        ("2024-05-31", "modified following", "2024-05-30"),
        ("2024-08-30", "following", "2024-08-30"),
        # a Saturday 15th does not pay in the second half of its month; a Sunday 16th is there already
        ("2024-06-15", "modified following bi monthly", "2024-06-14"),
        ("2024-06-15", "modified following", "2024-06-17"),
        ("2024-06-16", "modified following bi monthly", "2024-06-17"),
        ("2024-05-01", "modified following bi monthly", "2024-05-02"),
        ("2024-08-31", "modified following bi monthly", "2024-08-30"),
    ],
)
def test_conventions(day: str, convention: str, expected: str) -> None:
    found = adjust(date.fromisoformat(day), BusinessDayConvention.labelled(convention), [TOY])
    assert found == (date.fromisoformat(expected), False)


def test_calendars_are_joint() -> None:
    """Monday 3 July 2023: Hong Kong opens; Tuesday 4 July: New York does not, and neither pays."""
    assert is_business_day(date(2023, 7, 4), [HK])
    assert not is_business_day(date(2023, 7, 4), [HK, US])
    assert adjust(date(2023, 7, 1), BusinessDayConvention.FOLLOWING, [HK, US]).day == date(2023, 7, 3)
    assert adjust(date(2023, 7, 4), BusinessDayConvention.FOLLOWING, [US, HK]).day == date(2023, 7, 5)


def test_china_works_some_weekends() -> None:
    """The Spring Festival of 2024 was worked off on Sunday 4 and Sunday 18 February."""
    assert is_business_day(date(2024, 2, 4), [CN])
    assert not is_business_day(date(2024, 2, 4), [CN, HK])
    assert not is_business_day(date(2024, 2, 12), [CN])


def test_past_what_is_known_a_date_is_provisional() -> None:
    following = BusinessDayConvention.FOLLOWING
    assert adjust(date(2024, 12, 31), following, [TOY]) == (date(2024, 12, 31), False)
    assert adjust(date(2025, 1, 2), following, [TOY]) == (date(2025, 1, 2), True)
    assert adjust(date(2023, 12, 29), following, [TOY]) == (date(2023, 12, 29), True)
    short = replace(TOY, known_through=date(2024, 8, 31))
    assert adjust(date(2024, 8, 31), following, [short]) == (date(2024, 9, 2), True)
    # modified following ends inside what is known, but looked past it: if 2 September were in August it would differ
    assert adjust(date(2024, 8, 31), BusinessDayConvention.MODIFIED_FOLLOWING, [short]) == (date(2024, 8, 30), True)
    assert adjust(date(2031, 1, 4), BusinessDayConvention.UNADJUSTED, [TOY]) == (date(2031, 1, 4), False)
    assert is_confirmed(date(2024, 12, 31), [TOY, HK])
    assert not is_confirmed(date(2025, 1, 1), [TOY, HK])


def test_business_days_are_counted_either_way() -> None:
    friday = date(2024, 5, 3)
    assert add_business_days(friday, 1, [TOY]) == (date(2024, 5, 6), False)
    assert add_business_days(friday, -2, [TOY]) == (date(2024, 4, 30), False)  # over the holiday
    assert add_business_days(date(2024, 5, 4), 1, [TOY]) == (date(2024, 5, 6), False)  # from a Saturday
    assert add_business_days(date(2024, 5, 4), 0, [TOY]) == (date(2024, 5, 4), False)
    assert add_business_days(date(2024, 12, 31), 1, [TOY]) == (date(2025, 1, 1), True)


def test_a_typhoon_always_moves_forward() -> None:
    """Friday 31 May 2024 is the last business day of its month and pays modified following; the centre closes on it."""
    open_may = replace(TOY, holidays=())
    friday = date(2024, 5, 31)
    typhoon = LateClosure("TOY", friday, friday - timedelta(1))
    assert adjust(friday, BusinessDayConvention.MODIFIED_FOLLOWING, [open_may]).day == friday
    assert after_closures(friday, [open_may], [typhoon]) == (date(2024, 6, 3), False)
    monday = LateClosure("TOY", date(2024, 6, 3), date(2024, 6, 3))
    assert after_closures(friday, [open_may], [monday, typhoon]) == (date(2024, 6, 4), False)
    elsewhere = replace(typhoon, centre="HK")
    assert after_closures(friday, [open_may], [elsewhere]) == (friday, False)
    assert after_closures(friday, [open_may, HK], [elsewhere]) == (date(2024, 6, 3), False)
    assert after_closures(date(2024, 5, 30), [open_may], [typhoon]) == (date(2024, 5, 30), False)


@pytest.mark.parametrize(
    ("closure", "field"),
    [
        (LateClosure("HK", date(2024, 9, 6), date(2024, 9, 4)), "declared"),
        (LateClosure("", date(2024, 9, 6), date(2024, 9, 5)), "centre"),
    ],
)
def test_what_is_no_late_closure(closure: LateClosure, field: str) -> None:
    assert [problem.field for problem in check_closure(closure)] == [field]
    assert check_closure(LateClosure("HK", date(2024, 9, 6), date(2024, 9, 5))) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"centre": ""}, "centre"),
        ({"version": 0}, "version"),
        ({"known_through": date(2023, 12, 31)}, "known_through"),
        ({"weekend": (6, 5)}, "weekend"),
        ({"weekend": (7,)}, "weekend"),
        ({"weekend": (0, 1, 2, 3, 4, 5, 6)}, "weekend"),
        ({"holidays": (date(2024, 5, 1), date(2024, 1, 1))}, "holidays"),
        ({"holidays": (date(2024, 5, 1), date(2024, 5, 1))}, "holidays"),
        ({"holidays": (date(2023, 5, 1),)}, "holidays"),
        ({"worked": (date(2024, 5, 2),)}, "worked"),
    ],
)
def test_calendars_that_cannot_be(change: dict[str, object], field: str) -> None:
    assert check_calendar(TOY) == []
    assert [problem.field for problem in check_calendar(replace(TOY, **change))] == [field]  # type: ignore[arg-type]


def test_a_centre_nobody_knows_is_named() -> None:
    assert chosen(["US", "HK"], {"HK": HK, "US": US}) == (US, HK)
    with pytest.raises(Impossible, match="no calendar of MO"):
        chosen(["HK", "MO"], {"HK": HK})
    with pytest.raises(Impossible, match="business_day"):
        BusinessDayConvention.labelled("later")


def test_a_calendar_that_never_opens_does_not_hang() -> None:
    closed = replace(TOY, holidays=tuple(date(2024, 1, 1) + timedelta(n) for n in range(200)))
    with pytest.raises(Impossible, match="no business day"):
        adjust(date(2024, 1, 1), BusinessDayConvention.FOLLOWING, [closed])


@given(st.dates(date(2018, 1, 1), date(2030, 12, 31)), st.sampled_from(BusinessDayConvention))
def test_an_adjusted_date_is_a_business_day_close_by(day: date, convention: BusinessDayConvention) -> None:
    found, provisional = adjust(day, convention, [HK, CN])
    if convention is BusinessDayConvention.UNADJUSTED or is_business_day(day, [HK, CN]):
        assert found == day
        return
    assert is_business_day(found, [HK, CN])
    assert abs((found - day).days) <= 14
    assert not provisional or max(found, day) > date(2026, 12, 1)
    assert adjust(found, convention, [HK, CN]).day == found
    match convention:
        case BusinessDayConvention.FOLLOWING:
            assert found > day
        case BusinessDayConvention.PRECEDING:
            assert found < day
        case BusinessDayConvention.MODIFIED_FOLLOWING | BusinessDayConvention.MODIFIED_PRECEDING:
            assert found.month == day.month


@given(
    st.dates(date(2017, 6, 1), date(2031, 6, 30)),
    st.sampled_from(BusinessDayConvention),
    st.integers(-20, 20),
    st.sampled_from([(HK,), (CN,), (HK, CN, US)]),
)
def test_calendars_that_remember_answer_alike(
    day: date, convention: BusinessDayConvention, count: int, calendars: tuple[Calendar, ...]
) -> None:
    """Asked for the first time or again, whatever was asked before: the same as calendars that remember nothing."""
    together = joint(calendars)
    assert joint(list(calendars)) is together
    for _ in range(2):
        assert together.adjusted(convention)[day] == adjust(day, convention, calendars)
        assert together.counted(count)[day] == add_business_days(day, count, calendars)


def test_calendars_that_remember_do_not_hang_either() -> None:
    closed = joint([replace(TOY, holidays=tuple(date(2024, 1, 1) + timedelta(n) for n in range(200)))])
    with pytest.raises(Impossible, match="no business day"):
        closed.counted(1)[date(2024, 1, 1)]
    with pytest.raises(Impossible, match="no business day"):
        closed.adjusted(BusinessDayConvention.FOLLOWING)[date(2024, 1, 1)]
