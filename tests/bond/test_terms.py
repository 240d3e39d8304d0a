"""Terms that can be, and terms that cannot, field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from bauhinia.bond import BusinessDayConvention, DayCount, RecordDate, RecordRule, Terms, check
from bauhinia.words.codec import decode, encode
from tests.bond.samples import BOND_I, CNY, EUR, HKD, USD

SINGLE = replace(HKD, frequency=0, maturity=date(2025, 2, 7))
STUBS = replace(
    BOND_I, issue_date=date(2018, 6, 1), first_coupon=date(2019, 2, 28), penultimate_coupon=date(2020, 2, 28)
)


@pytest.mark.parametrize("terms", [HKD, CNY, USD, EUR, BOND_I, SINGLE, STUBS])
def test_good_terms_have_no_problem_and_one_encoding(terms: Terms) -> None:
    assert check(terms) == []
    assert decode(Terms, encode(terms)) == terms


@pytest.mark.parametrize(
    ("change", "field"),
    [
        # dates
        ({"maturity": date(2024, 2, 7)}, "maturity"),
        ({"maturity": date(2023, 2, 7)}, "maturity"),
        ({"issue_date": date(1, 1, 1)}, "issue_date"),
        ({"maturity": date(9999, 12, 31)}, "maturity"),
        ({"maturity": datetime(2026, 2, 7)}, "maturity"),
        ({"maturity": "2026-02-07"}, "maturity"),
        # a frequency that does not divide the term, and stubs that cannot be
        ({"maturity": date(2026, 3, 7)}, "frequency"),
        ({"maturity": date(2026, 2, 8)}, "frequency"),
        ({"frequency": 5}, "frequency"),
        ({"frequency": -2}, "frequency"),
        ({"frequency": True}, "frequency"),
        ({"first_coupon": date(2024, 9, 7)}, "first_coupon"),
        ({"first_coupon": date(2024, 2, 7)}, "first_coupon"),
        ({"first_coupon": date(2025, 2, 7)}, "first_coupon"),  # leaves out the coupon before it
        ({"first_coupon": date(2026, 8, 7)}, "first_coupon"),
        ({"penultimate_coupon": date(2026, 2, 7)}, "penultimate_coupon"),
        ({"penultimate_coupon": date(2025, 2, 7)}, "penultimate_coupon"),
        ({"penultimate_coupon": date(2024, 2, 1)}, "penultimate_coupon"),
        ({"penultimate_coupon": date(2025, 8, 7), "first_coupon": date(2025, 8, 8)}, "first_coupon"),
        ({"end_of_month": True}, "end_of_month"),
        ({"frequency": 0, "first_coupon": date(2025, 2, 7)}, "first_coupon"),
        ({"frequency": 0, "end_of_month": True}, "end_of_month"),
        # rates and amounts
        ({"rate": 0.038}, "rate"),
        ({"rate": 1}, "rate"),
        ({"rate": Fraction(-1, 1000)}, "rate"),
        ({"rate": Fraction("3.8")}, "rate"),  # a percentage
        ({"rate": Fraction(1, 10**12 + 1)}, "rate"),
        ({"redemption_price": Fraction(0)}, "redemption_price"),
        ({"redemption_price": Fraction(100)}, "redemption_price"),
        ({"redemption_price": 1.0}, "redemption_price"),
        ({"calculation_amount": 0}, "calculation_amount"),
        ({"calculation_amount": 1 << 62}, "calculation_amount"),
        ({"calculation_amount": 1e6}, "calculation_amount"),
        ({"minimum_denomination": 1_500_000}, "minimum_denomination"),
        ({"minimum_denomination": -1_000_000}, "minimum_denomination"),
        ({"denomination_multiple": 0}, "denomination_multiple"),
        # rules
        ({"day_count": 1}, "day_count"),
        ({"business_day": 3}, "business_day"),
        ({"adjusted": 1}, "adjusted"),
        ({"calendars": ()}, "calendars"),
        ({"calendars": ("HK", "HK")}, "calendars"),
        ({"calendars": ("",)}, "calendars"),
        ({"calendars": "HK"}, "calendars"),
        ({"calendars": (1,)}, "calendars"),
        ({"business_day": BusinessDayConvention.UNADJUSTED}, "adjusted"),
        ({"record_date": RecordDate(days=-1)}, "record_date"),
        ({"record_date": RecordDate(days=61)}, "record_date"),
        ({"record_date": RecordDate(days=1.0)}, "record_date"),  # type: ignore[arg-type]
        ({"record_date": RecordDate(rule=1)}, "record_date"),  # type: ignore[arg-type]
        ({"assumed": ("issuer",)}, "assumed"),
        ({"assumed": ("assumed",)}, "assumed"),
        ({"assumed": ["rate"]}, "assumed"),
    ],
)
def test_terms_that_cannot_be(change: dict[str, object], field: str) -> None:
    problems = check(replace(HKD, **change))  # type: ignore[arg-type]
    assert [problem.field for problem in problems] == [field]
    assert problems[0].problem


def test_every_problem_is_told_at_once() -> None:
    wrong = replace(HKD, maturity=date(2020, 1, 1), rate=Fraction(-1), calculation_amount=0, assumed=("issuer",))
    assert [problem.field for problem in check(wrong)] == ["maturity", "rate", "calculation_amount", "assumed"]


def test_no_calendar_is_needed_where_no_business_day_is_asked_for() -> None:
    plain = replace(
        BOND_I,
        calendars=(),
        business_day=BusinessDayConvention.UNADJUSTED,
        record_date=RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 15),
    )
    assert check(plain) == []
    assert [problem.field for problem in check(replace(plain, record_date=RecordDate()))] == ["calendars"]


def test_numbers_are_written_down() -> None:
    """They enter canonical bytes: a member may be added, never renumbered."""
    assert {member.label: int(member) for member in BusinessDayConvention} == {
        "unadjusted": 1,
        "following": 2,
        "modified following": 3,
        "preceding": 4,
        "modified preceding": 5,
        "nearest": 6,
    }
    assert [int(member) for member in RecordRule] == [1, 2]
    assert DayCount(1) is DayCount.ACT_365_FIXED
