"""Sensitivities against the price itself, spreads that come back, carry by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest

from bauhinia.bond import Impossible, accrued_fraction, interest_fraction, price_from_yield, schedule
from bauhinia.bond.markets.convention import Valuation, annual, compound, simple_at_last, simple_broken
from bauhinia.bond.power import power
from bauhinia.bond.price import stream_of, worth
from bauhinia.bond.risk import (
    BASIS_POINT,
    CurvePoint,
    DatedFlow,
    FloatingFlow,
    carry,
    discount_factor_at,
    discount_margin,
    margin_price,
    sensitivities,
    spread_price,
    z_spread,
)
from tests.bond.markets.sheets import WEEKDAYS, note, random_bond

TERMS = note(date(2020, 5, 15), date(2030, 5, 15), Fraction("0.03"))
PERIODS = schedule(TERMS, [WEEKDAYS])
SETTLED = date(2023, 8, 1)
STEP = Fraction(1, 10**12)


def test_sensitivities_are_the_slope_and_bend_of_the_price() -> None:
    """By differences of the exact price, under each way of discounting."""
    random = Random(5)
    for number in range(40):
        terms = random_bond(random, frequency=random.choice([1, 2, 4]), years=6, stubs=True)
        periods = schedule(terms, [WEEKDAYS])
        settled = terms.issue_date + timedelta(random.randrange((terms.maturity - terms.issue_date).days))
        rule = (compound, annual, simple_broken, simple_at_last)[number % 4]
        valuation: Valuation = rule(terms, periods, settled, stream_of(terms, periods, settled))
        annual_yield = Fraction(random.randint(1, 900), 10_000)
        low, at, high = (worth(*valuation, annual_yield + each * STEP) for each in (-1, 0, 1))
        found = sensitivities(*valuation, annual_yield)
        assert abs((low - high) / (2 * STEP) / at - found.modified) < Fraction(1, 10**15)
        assert abs((low + high - 2 * at) / STEP**2 / at - found.convexity) < Fraction(1, 10**9)
        assert found.basis_point == found.modified * at * BASIS_POINT
        if rule in (compound, annual):
            often = valuation[1].compounding
            assert abs(found.macaulay - found.modified * (1 + annual_yield / often)) < Fraction(1, 10**40)


def test_a_perpetuity_has_the_slope_and_bend_of_its_price() -> None:
    """By differences; and by hand on a coupon date: a perpetuity's modified duration is one over its yield."""
    terms = replace(note(date(2020, 5, 15), date(2030, 5, 15), Fraction("0.03")), perpetual=True)
    periods = schedule(terms, [WEEKDAYS], date(2031, 5, 15))
    for settled in (date(2025, 5, 15), date(2025, 8, 1)):
        for rule in (compound, annual, simple_broken):
            valuation = rule(terms, periods, settled, stream_of(terms, periods, settled))
            low, at, high = (worth(*valuation, Fraction("0.04") + each * STEP) for each in (-1, 0, 1))
            found = sensitivities(*valuation, Fraction("0.04"))
            assert abs((low - high) / (2 * STEP) / at - found.modified) < Fraction(1, 10**15)
            assert abs((low + high - 2 * at) / STEP**2 / at - found.convexity) < Fraction(1, 10**9)
            if rule is not simple_broken:
                often = valuation[1].compounding
                assert abs(found.macaulay - found.modified * (1 + Fraction("0.04") / often)) < Fraction(1, 10**40)
    valuation = compound(terms, periods, date(2025, 5, 15), stream_of(terms, periods, date(2025, 5, 15)))
    assert sensitivities(*valuation, Fraction("0.04")).modified == 25
    assert sensitivities(*valuation, Fraction("0.04")).convexity == 2 * 25**2


def test_a_single_payment_lasts_until_it_is_paid() -> None:
    terms = note(date(2020, 5, 15), date(2030, 5, 15), Fraction(0))
    periods = schedule(terms, [WEEKDAYS])
    valuation = compound(terms, periods, date(2025, 5, 15), stream_of(terms, periods, date(2025, 5, 15)))
    found = sensitivities(*valuation, Fraction("0.04"))
    assert found.macaulay == 5
    assert found.modified == 5 / Fraction("1.02")
    with pytest.raises(Impossible, match="annual_yield"):
        sensitivities(*valuation, Fraction(-2))


CURVE = [
    CurvePoint(date(2024, 2, 1), Fraction("0.981")),
    CurvePoint(date(2026, 8, 1), Fraction("0.9")),
    CurvePoint(date(2031, 1, 1), Fraction("0.75")),
]
FLOWS = [DatedFlow(each.payment_date, 100 * interest_fraction(TERMS, each)) for each in PERIODS if each.end > SETTLED]
FLOWS.append(DatedFlow(date(2030, 5, 15), Fraction(100)))


def test_a_curve_is_straight_in_the_logarithm_between_its_points() -> None:
    assert discount_factor_at(CURVE, SETTLED, date(2024, 2, 1)) == Fraction("0.981")
    half = discount_factor_at(CURVE, SETTLED, date(2023, 11, 1))
    assert half == power(Fraction("0.981"), Fraction(92, 184))
    with pytest.raises(Impossible, match="curve"):
        discount_factor_at(CURVE, SETTLED, date(2031, 1, 2))
    with pytest.raises(Impossible, match="curve"):
        discount_factor_at([CurvePoint(date(2025, 1, 1), Fraction(0))], SETTLED, date(2025, 1, 1))


@pytest.mark.parametrize("compounding", [1, 2, 12])
def test_a_z_spread_comes_back(compounding: int) -> None:
    for spread in (Fraction("-0.0123"), Fraction(0), Fraction("0.00875")):
        price = spread_price(FLOWS, CURVE, SETTLED, spread, compounding)
        assert z_spread(FLOWS, CURVE, SETTLED, price, compounding, places=5) == spread


def test_a_spread_over_a_flat_curve_is_the_difference_of_yields() -> None:
    """On a zero coupon: a curve at 3 percent and a bond at 4, compounded half-yearly over days of 365."""
    day = date(2028, 7, 30)
    years = Fraction((day - SETTLED).days, 365)
    curve = [CurvePoint(day, 1 / power(Fraction("1.015"), 2 * years))]
    price = 100 / power(Fraction("1.02"), 2 * years)
    growth = 1 + z_spread([DatedFlow(day, Fraction(100))], curve, SETTLED, price, places=12) / 2
    assert abs(growth * Fraction("1.015") - Fraction("1.02")) < Fraction(1, 10**11)


def test_spreads_that_are_not_there() -> None:
    with pytest.raises(Impossible, match="dirty_price"):
        z_spread(FLOWS, CURVE, SETTLED, Fraction(0))
    with pytest.raises(Impossible, match="compounding"):
        z_spread(FLOWS, CURVE, SETTLED, Fraction(100), compounding=0)
    with pytest.raises(Impossible, match="flows"):
        z_spread([DatedFlow(SETTLED, Fraction(1))], CURVE, SETTLED, Fraction(1))
    with pytest.raises(Impossible, match="spread"):
        spread_price(FLOWS, CURVE, SETTLED, Fraction(-2))


def floater(spread: Fraction) -> list[FloatingFlow]:
    """Two years of quarters at a projected index rate that rises, 100 at the end."""
    years = [Fraction(days, 360) for days in (92, 92, 90, 91, 92, 92, 90, 91)]
    index = [Fraction(300 + 5 * number, 10_000) for number in range(8)]
    coupons = [100 * (rate + spread) * part for rate, part in zip(index, years, strict=True)]
    coupons[-1] += 100
    return [FloatingFlow(*each) for each in zip(years, index, coupons, strict=True)]


def test_a_floater_that_pays_its_margin_costs_par() -> None:
    flows = floater(Fraction("0.0045"))
    assert margin_price(flows, Fraction("0.0045")) == 100
    assert discount_margin(flows, Fraction(100)) == Fraction("0.0045")


def test_a_discount_margin_comes_back() -> None:
    flows = floater(Fraction("0.002"))
    for margin in (Fraction("-0.0011"), Fraction(0), Fraction("0.0325")):
        assert discount_margin(flows, margin_price(flows, margin)) == margin
    with pytest.raises(Impossible, match="dirty_price"):
        discount_margin(flows, Fraction(0))
    with pytest.raises(Impossible, match="discount_margin"):
        margin_price(flows, Fraction(-5))
    with pytest.raises(Impossible, match="flows"):
        discount_margin([], Fraction(100))


def test_carry_over_a_coupon_by_hand() -> None:
    """A month and a half financed at 4 percent over 360 days, the coupon of 1.5 received after 14 days of 45."""
    start, end = date(2023, 11, 1), date(2023, 12, 16)
    price = price_from_yield(TERMS, PERIODS, start, Fraction("0.035"))
    accrued = 100 * accrued_fraction(TERMS, PERIODS, end)
    found = carry(
        price.dirty,
        price.accrued,
        accrued,
        [DatedFlow(date(2023, 11, 15), Fraction("1.5"))],
        start,
        end,
        Fraction("0.04"),
    )
    financed = price.dirty * Fraction("0.04") * Fraction(45, 360) - Fraction("1.5") * Fraction("0.04") * Fraction(
        31, 360
    )
    assert found.financed == financed
    assert found.earned == Fraction("1.5") + accrued - price.accrued
    assert found.forward_clean == price.clean - found.carry
    assert found.forward_dirty == price.dirty + financed - Fraction("1.5")


def test_carry_of_what_cannot_be() -> None:
    with pytest.raises(Impossible, match="forward_date"):
        carry(Fraction(100), Fraction(0), Fraction(0), [], SETTLED, SETTLED, Fraction("0.04"))
    late = [DatedFlow(date(2024, 1, 1), Fraction(1))]
    with pytest.raises(Impossible, match="coupons"):
        carry(Fraction(100), Fraction(0), Fraction(0), late, SETTLED, date(2023, 12, 1), Fraction("0.04"))
