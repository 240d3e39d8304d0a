"""Terms that can be, and terms that cannot, field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from bauhinia.bond import (
    Averaging,
    BusinessDayConvention,
    DayCount,
    FixedFrom,
    Floating,
    Indexed,
    RateStep,
    RecordDate,
    RecordRule,
    SustainabilityStep,
    Terms,
    check,
)
from bauhinia.bond.roll import Roll
from bauhinia.words.codec import decode, encode
from tests.bond.samples import BOND_I, CNY, EUR, HKD, USD

SINGLE = replace(HKD, frequency=0, maturity=date(2025, 2, 7))
STUBS = replace(
    BOND_I, issue_date=date(2018, 6, 1), first_coupon=date(2019, 2, 28), penultimate_coupon=date(2020, 2, 28)
)

IN_ARREARS = Floating("HONIA", averaging=Averaging.COMPOUNDED, days_back=5, centres=("HK",), index_days=365)
FLOATER = replace(HKD, rate=Fraction(0), floating=IN_ARREARS)
STEPPED = replace(HKD, steps=(RateStep(date(2024, 8, 7), Fraction("0.04")), RateStep(date(2025, 8, 1), Fraction(0))))
TARGET = SustainabilityStep(
    "grid emissions", date(2024, 12, 31), date(2025, 1, 31), date(2025, 2, 7), Fraction("-0.0025")
)
LINKED = replace(HKD, sustainability=(TARGET, replace(TARGET, target="water", margin=Fraction("0.001"))))
INDEXED = replace(HKD, indexed=Indexed("HK CCPI", Fraction("101.3"), deflation_floor=True))


@pytest.mark.parametrize("terms", [HKD, CNY, USD, EUR, BOND_I, SINGLE, STUBS, FLOATER, STEPPED, LINKED, INDEXED])
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
        ({"first_coupon": date(2026, 8, 7)}, "first_coupon"),
        ({"penultimate_coupon": date(2026, 2, 7)}, "penultimate_coupon"),
        ({"penultimate_coupon": date(2024, 2, 1)}, "penultimate_coupon"),
        ({"penultimate_coupon": date(2025, 8, 7), "first_coupon": date(2025, 8, 8)}, "first_coupon"),
        ({"end_of_month": True}, "end_of_month"),
        ({"roll": Roll.IMM}, "roll"),  # 7 February 2026 is no third Wednesday
        ({"roll_day": 8}, "roll_day"),
        ({"roll_day": 32}, "roll_day"),
        ({"roll_day": -1}, "roll_day"),
        ({"roll": Roll.END_OF_MONTH, "roll_day": 7}, "roll_day"),
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


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"index": ""}, "index"),
        ({"index": None}, "index"),
        ({"margin": 0.01}, "margin"),
        ({"margin": Fraction("1.5")}, "margin"),  # a percentage
        ({"margin": Fraction(1, 10**12 + 1)}, "margin"),
        ({"multiplier": Fraction(0)}, "multiplier"),
        ({"multiplier": 1}, "multiplier"),
        ({"averaging": 2}, "averaging"),
        ({"fixed_from": FixedFrom.END}, "fixed_from"),  # of a daily rate
        ({"fixed_from": 1}, "fixed_from"),
        ({"days_back": -1}, "days_back"),
        ({"days_back": 61}, "days_back"),
        ({"days_back": True}, "days_back"),
        ({"observation_shift": 1}, "observation_shift"),
        ({"observation_shift": True, "days_back": 0}, "observation_shift"),
        ({"observation_shift": True, "averaging": Averaging.SIMPLE}, "observation_shift"),
        ({"lockout": -1}, "lockout"),
        ({"lockout": 1.0}, "lockout"),
        ({"lockout": 2, "averaging": Averaging.SIMPLE}, "lockout"),
        ({"centres": "HK"}, "centres"),
        ({"centres": ("HK", "HK")}, "centres"),
        ({"centres": ("",)}, "centres"),
        ({"index_days": 364}, "index_days"),
        ({"floor": 0.02}, "floor"),
        ({"floor": Fraction(2)}, "floor"),
        ({"cap": 1}, "cap"),
        ({"floor": Fraction("0.03"), "cap": Fraction("0.02")}, "cap"),
        ({"index_floor": 0}, "index_floor"),
        ({"index_floor": Fraction(0), "averaging": Averaging.INDEX}, "index_floor"),
        ({"places": -1}, "places"),
        ({"places": 13}, "places"),
        ({"holds": -1}, "holds"),
        ({"holds": 7}, "holds"),  # of a compounded rate
    ],
)
def test_floating_rates_that_cannot_be(change: dict[str, object], field: str) -> None:
    floating = replace(IN_ARREARS, **change)  # type: ignore[arg-type]
    problems = check(replace(FLOATER, floating=floating))
    assert [problem.field for problem in problems] == [f"floating.{field}"]
    assert problems[0].problem


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        (replace(FLOATER, floating=replace(IN_ARREARS, margin=0.01, lockout=None)), ["margin", "lockout"]),  # type: ignore[arg-type]
        (replace(FLOATER, frequency=12, floating=replace(IN_ARREARS, lockout=20)), ["lockout"]),  # a whole month
        (replace(FLOATER, frequency=4, floating=replace(IN_ARREARS, lockout=20)), []),
    ],
)
def test_floating_rates_by_their_periods(terms: Terms, fields: list[str]) -> None:
    assert [problem.field for problem in check(terms)] == [f"floating.{field}" for field in fields]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        # what a floating rate has not
        ({"floating": IN_ARREARS}, "rate"),
        ({"rate": Fraction(0), "floating": "HONIA"}, "floating"),
        ({"rate": Fraction(0), "floating": IN_ARREARS, "steps": STEPPED.steps}, "steps"),
        # steps
        ({"steps": [RateStep(date(2024, 8, 7), Fraction(0))]}, "steps"),
        ({"steps": (Fraction(0),)}, "steps"),
        ({"steps": (RateStep(date(2024, 8, 7), 0.04),)}, "steps[0].rate"),  # type: ignore[arg-type]
        ({"steps": (RateStep(date(2024, 8, 7), Fraction(4)),)}, "steps[0].rate"),
        ({"steps": (RateStep(date(2024, 8, 7), Fraction(-1, 100)),)}, "steps[0].rate"),
        ({"steps": (RateStep("2024-08-07", Fraction(0)),)}, "steps[0].first"),  # type: ignore[arg-type]
        ({"steps": (RateStep(date(2024, 2, 7), Fraction(0)),)}, "steps[0].first"),
        ({"steps": (RateStep(date(2026, 2, 7), Fraction(0)),)}, "steps[0].first"),
        ({"steps": STEPPED.steps[::-1]}, "steps[1].first"),
        ({"frequency": 0, "steps": STEPPED.steps[:1]}, "steps[0].first"),
        # sustainability
        ({"sustainability": (None,)}, "sustainability"),
        ({"sustainability": (replace(TARGET, target=" "),)}, "sustainability[0].target"),
        ({"sustainability": (replace(TARGET, observed=date(2025, 2, 8)),)}, "sustainability[0].observed"),
        ({"sustainability": (replace(TARGET, observed=datetime(2024, 12, 31)),)}, "sustainability[0].observed"),
        ({"sustainability": (replace(TARGET, until=date(2025, 2, 8)),)}, "sustainability[0].until"),
        ({"sustainability": (replace(TARGET, until=date(2024, 12, 30)),)}, "sustainability[0].until"),
        ({"sustainability": (TARGET, replace(TARGET, first=date(2026, 2, 7)))}, "sustainability[1].first"),
        ({"sustainability": (replace(TARGET, margin=-0.0025),)}, "sustainability[0].margin"),  # type: ignore[arg-type]
        ({"sustainability": (replace(TARGET, margin=Fraction(0)),)}, "sustainability[0].margin"),
        ({"sustainability": (TARGET, TARGET)}, "sustainability[1]"),
        ({"sustainability": (replace(TARGET, margin=Fraction("-0.039")),)}, "sustainability"),
        # indexation
        ({"indexed": "HK CCPI"}, "indexed"),
        ({"indexed": Indexed("", Fraction(100))}, "indexed.index"),
        ({"indexed": Indexed("HK CCPI", 101.3)}, "indexed.base"),  # type: ignore[arg-type]
        ({"indexed": Indexed("HK CCPI", Fraction(0))}, "indexed.base"),
        ({"indexed": Indexed("HK CCPI", Fraction(100), lag_months=-1)}, "indexed.lag_months"),
        ({"indexed": Indexed("HK CCPI", Fraction(100), lag_months=25)}, "indexed.lag_months"),
        ({"indexed": Indexed("HK CCPI", Fraction(100), interpolated=1)}, "indexed.interpolated"),  # type: ignore[arg-type]
        ({"indexed": Indexed("HK CCPI", Fraction(100), truncated=-1)}, "indexed.truncated"),
        ({"indexed": Indexed("HK CCPI", Fraction(100), places=13)}, "indexed.places"),
        ({"indexed": Indexed("HK CCPI", Fraction(100), deflation_floor=None)}, "indexed.deflation_floor"),  # type: ignore[arg-type]
        ({"ex_dividend": 1}, "ex_dividend"),
    ],
)
def test_coupons_that_cannot_be(change: dict[str, object], field: str) -> None:
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
        "modified following bi monthly": 7,
    }
    assert [int(member) for member in RecordRule] == [1, 2]
    assert DayCount(1) is DayCount.ACT_365_FIXED
    assert [int(member) for member in Averaging] == [1, 2, 3, 4]
    assert [int(member) for member in FixedFrom] == [1, 2]
