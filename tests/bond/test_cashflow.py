"""What bonds pay, to the cent: the Hong Kong issues worked by hand, published figures, and accrued interest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import (
    BusinessDayConvention,
    DayCount,
    Impossible,
    Payment,
    Rounding,
    Terms,
    accrued_fraction,
    accrued_interest,
    cash_flows,
    interest,
    interest_per_calculation_amount,
    period_at,
    redemption,
    schedule,
    to_places,
    whole,
)
from bauhinia.wire.calendars import load_calendars
from tests.bond.samples import BOND_I, CNY, EUR, HKD, USD

JOINT = list(load_calendars(["HK", "CN", "US", "EU_TARGET", "AU"]).values())


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        # a calculation amount of 10,000; days 182, 184, 181 and, over the weekend to Monday 9 February 2026, 186
        (HKD, [189_48, 191_56, 188_44, 193_64]),  # 10,000 x 3.8% x days / 365
        (CNY, [144_60, 146_19, 143_81, 147_78]),  # 10,000 x 2.9% x days / 365
        (USD, [237_45, 237_45, 237_45, 237_45]),  # 10,000 x 4.749% x 180 / 360, no day for the weekend
        (EUR, [364_70, 364_70]),  # 10,000 x 3.647%, no day for the weekend
    ],
)
def test_hong_kong_2024(terms: Terms, expected: list[int]) -> None:
    periods = schedule(terms, JOINT)
    assert [interest_per_calculation_amount(terms, period) for period in periods] == expected
    held = 250 * terms.calculation_amount
    assert [interest(terms, period, held) for period in periods] == [250 * amount for amount in expected]
    flows = cash_flows(terms, periods, held)
    assert [flow.amount for flow in flows] == [250 * amount for amount in expected] + [held]
    assert [flow.kind for flow in flows] == [Payment.INTEREST] * len(expected) + [Payment.REDEMPTION]
    assert {flow.payment_date for flow in flows[-2:]} == {date(2026, 2, 9)}
    assert not any(flow.provisional for flow in flows)


def single(row: dict[str, Any], day_count: DayCount) -> Terms:
    """A bond that pays once, on the whole nominal amount at once."""
    nominal = 100 * row["nominal"]["value"]
    return replace(
        EUR,
        issue_date=date.fromisoformat(row["issue_date"]["value"]),
        maturity=date.fromisoformat(row["maturity"]["value"]),
        rate=Fraction(str(row["coupon_percent"]["value"])) / 100,
        frequency=0,
        day_count=day_count,
        business_day=BusinessDayConvention.UNADJUSTED,
        calculation_amount=nominal,
        minimum_denomination=nominal,
        denomination_multiple=nominal,
    )


def coupon(frequency: int) -> Callable[[dict[str, Any]], Terms]:
    return lambda row: replace(single(row, DayCount.ACT_ACT_ICMA), frequency=frequency)


@pytest.mark.parametrize(
    ("bond", "figure", "terms_of"),
    [
        ("HK-TGB-2023-HKD", "interest_at_maturity", lambda row: single(row, DayCount.ACT_365_FIXED)),
        ("WB-BONDI-2018", "coupon_per_period", coupon(2)),
        ("EIB-VENUS-2022-EUR", "annual_coupon", coupon(1)),
        ("SLOVENIA-2024-EUR", "interest_act360", lambda row: single(row, DayCount.ACT_360)),
        ("SLOVENIA-2024-EUR", "interest_act365f", lambda row: single(row, DayCount.ACT_365_FIXED)),
        ("KFW-2024-EUR", "interest_act360", lambda row: single(row, DayCount.ACT_360)),
    ],
)
def test_figures_of_issued_bonds(
    vectors: Path, bond: str, figure: str, terms_of: Callable[[dict[str, Any]], Terms]
) -> None:
    rows = {row["id"]: row for row in json.loads((vectors / "hk_bonds.json").read_text())["rows"]}
    terms = terms_of(rows[bond])
    periods = schedule(terms, JOINT)
    expected = round(100 * Fraction(str(rows[bond]["derived_examples"][figure]["value"])))
    assert {interest(terms, period, terms.calculation_amount) for period in periods} == {expected}


def test_a_zero_coupon_pays_its_redemption_alone() -> None:
    zero = replace(EUR, rate=Fraction(0), frequency=0, redemption_price=Fraction("1.005"))
    flows = cash_flows(zero, schedule(zero, JOINT), 3_000_000)
    assert [(flow.kind, flow.amount) for flow in flows] == [(Payment.REDEMPTION, 3_015_000)]
    assert redemption(EUR, 3_000_000) == 3_000_000


def test_interest_is_rounded_once_a_calculation_amount() -> None:
    """Half a cent on 100.00 rounds up, for every 100.00: rounding on the whole would pay less."""
    terms = replace(EUR, rate=Fraction("0.00005"), calculation_amount=10_000, denomination_multiple=10_000)
    period = schedule(terms, JOINT)[0]
    assert interest_per_calculation_amount(terms, period) == 1
    assert interest(terms, period, 1_000_000) == 100


@pytest.mark.parametrize("nominal", [1, 999_999, 1_500_000, -1_000_000])
def test_a_part_of_a_calculation_amount_has_no_interest(nominal: int) -> None:
    with pytest.raises(Impossible, match="nominal"):
        interest(HKD, schedule(HKD, JOINT)[0], nominal)


def test_accrued_interest() -> None:
    """World Bank bond-i at its tap: 169 of 181 days of 1.1 percent; then the days on either side of a coupon."""
    periods = schedule(BOND_I, JOINT)
    assert accrued_fraction(BOND_I, periods, date(2019, 8, 16)) == Fraction("0.011") * Fraction(169, 181)
    assert accrued_fraction(BOND_I, periods, date(2019, 8, 28)) == 0
    assert accrued_fraction(BOND_I, periods, date(2019, 8, 27)) == Fraction("0.011") * Fraction(180, 181)
    assert accrued_interest(BOND_I, periods, date(2019, 8, 16), 50_000_000_00) == 513_535_91
    assert accrued_interest(BOND_I, periods, date(2019, 8, 16), 50_000_000_00, Rounding.UP) == 513_535_92
    for outside in (date(2018, 8, 27), date(2020, 8, 28)):
        with pytest.raises(Impossible):
            accrued_fraction(BOND_I, periods, outside)


ADDITIVE = [HKD, CNY, EUR, BOND_I]


@given(st.sampled_from(ADDITIVE), st.integers(0, 900))
def test_accrued_grows_by_the_day_to_the_interest_of_the_period(terms: Terms, days: int) -> None:
    """What has accrued and what is yet to accrue are the interest of the period."""
    periods = schedule(terms, JOINT)
    day = min(terms.issue_date + timedelta(days), periods[-1].accrual_end - timedelta(1))
    period = period_at(periods, day)
    whole_period = terms.rate * Fraction((period.accrual_end - period.accrual_start).days, 365)
    if terms.day_count is DayCount.ACT_ACT_ICMA:
        whole_period = terms.rate / terms.frequency
    elapsed = Fraction((day - period.accrual_start).days, (period.accrual_end - period.accrual_start).days)
    assert accrued_fraction(terms, periods, day) == whole_period * elapsed


@pytest.mark.parametrize(
    ("value", "up", "even", "low", "high"),
    [
        ("0.5", 1, 0, 0, 1),
        ("1.5", 2, 2, 1, 2),
        ("-0.5", 0, 0, -1, 0),
        ("2.4999", 2, 2, 2, 3),
        ("-1.51", -2, -2, -2, -1),
    ],
)
def test_roundings(value: str, up: int, even: int, low: int, high: int) -> None:
    got = [whole(Fraction(value), rounding) for rounding in Rounding]
    assert got == [up, even, low, high]
    assert to_places(Fraction(value) / 1000, 3) == Fraction(up, 1000)
