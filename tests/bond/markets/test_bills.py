"""Bills: what the markets publish, and each yield there and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import Impossible, to_places
from bauhinia.bond.markets import us_bills
from bauhinia.bond.markets.bills import (
    BILL_MARKETS,
    BillConvention,
    bond_equivalent_from_price,
    discount_from_price,
    money_market_from_discount,
    money_market_from_price,
    price_from_bond_equivalent,
    price_from_discount,
    price_from_money_market,
)

MARKETS = {market.name: market for market in BILL_MARKETS}
DAYS, YEARS, RATES = st.integers(1, 400), st.sampled_from([360, 365, 366]), st.integers(-500, 2000)


@pytest.mark.parametrize(
    ("settled", "maturity", "annual_yield", "price", "amount"),
    [
        (date(2017, 10, 27), date(2018, 2, 23), "0.0170", "99.44880839", "99448808.39"),
        (date(2014, 8, 22), date(2015, 1, 23), "0.0248", "98.964479073", "98964479.07"),
        (date(2010, 5, 7), date(2010, 11, 26), "0.0473", "97.4367722107122", "97436772.21"),
        (date(2003, 10, 2), date(2003, 11, 6), "0.0476", "99.5456355375192", "99545635.54"),
    ],
)
def test_australian_treasury_notes(settled: date, maturity: date, annual_yield: str, price: str, amount: str) -> None:
    """The AOFM's worked examples, through the years; 100 million of face value to the cent."""
    found = MARKETS["AU"].price(Fraction(annual_yield), (maturity - settled).days)
    assert to_places(found, len(price.partition(".")[2])) == Fraction(price)
    assert to_places(found * 1_000_000, 2) == Fraction(amount)
    assert MARKETS["AU"].rate(found, (maturity - settled).days) == Fraction(annual_yield)


def test_the_markets_are_named_once_with_a_source() -> None:
    assert len(MARKETS) == len(BILL_MARKETS)
    assert all(market.source for market in BILL_MARKETS)


@pytest.mark.parametrize("market", BILL_MARKETS, ids=lambda market: market.name)
@pytest.mark.parametrize("days", [28, 91, 182, 364])
def test_price_and_rate_of_each_market(market: BillConvention, days: int) -> None:
    """A rate comes back from the price it gives, as near as the places of the price let it."""
    for hundredths in (-25, 0, 117, 525):
        rate = Fraction(hundredths, 10_000)
        price = market.price(rate, days)
        coarse = (
            0 if market.price_places is None else Fraction(10 * market.year, days * 10 ** (market.price_places + 2))
        )
        assert abs(market.rate(price, days) - rate) <= coarse + Fraction(1, 10**market.rate_places)


@given(DAYS, YEARS, RATES)
def test_each_yield_and_its_price(days: int, year: int, hundredths: int) -> None:
    rate = Fraction(hundredths, 10_000)
    assert discount_from_price(price_from_discount(rate, days, year), days, year) == rate
    assert money_market_from_price(price_from_money_market(rate, days, year), days, year) == rate
    exact = price_from_bond_equivalent(rate, days, year)
    assert abs(bond_equivalent_from_price(exact, days, year) - rate) < Fraction(1, 10**40)


def test_three_yields_of_one_bill() -> None:
    """Half a year at a discount of 8 percent: 96, so 8.33 percent money market, and that over 365 days of a bond."""
    price = price_from_discount(Fraction("0.08"), 180, 360)
    assert price == 96
    assert money_market_from_price(price, 180, 360) == Fraction(1, 12)
    assert money_market_from_discount(Fraction("0.08"), 180, 360, 360) == Fraction(1, 12)
    assert bond_equivalent_from_price(price, 180, 365) == Fraction(1, 24) * Fraction(365, 180)


@given(st.dates(date(1979, 1, 1), date(2060, 1, 1)), st.integers(1, 366), st.integers(1, 1500))
def test_an_investment_rate_comes_back(issue: date, days: int, hundredths: int) -> None:
    maturity = date.fromordinal(issue.toordinal() + days)
    rate = Fraction(hundredths, 10_000)
    assert us_bills.investment_rate(us_bills.price_from_investment_rate(rate, issue, maturity), issue, maturity) == rate


def test_what_has_no_price_or_no_rate() -> None:
    for price_of in (price_from_discount, price_from_money_market, price_from_bond_equivalent):
        with pytest.raises(Impossible, match="days"):
            price_of(Fraction(1, 20), 0, 360)
    for rate_of in (discount_from_price, money_market_from_price, bond_equivalent_from_price):
        with pytest.raises(Impossible, match="price"):
            rate_of(Fraction(0), 91, 360)
    with pytest.raises(Impossible, match="discount_rate"):
        price_from_discount(Fraction(4), 91, 360)
    for days in (91, 364):
        with pytest.raises(Impossible, match="annual_yield"):
            price_from_bond_equivalent(Fraction(-5), days, 360)
    with pytest.raises(Impossible, match="annual_yield"):
        price_from_money_market(Fraction(-5), 91, 360)


@pytest.mark.parametrize("market", BILL_MARKETS, ids=lambda market: market.name)
def test_a_bill_answers_to_its_rate_as_its_price_does(market: BillConvention) -> None:
    """By differences of the unrounded price."""
    exact = replace(market, price_places=None)
    rate, step = Fraction("0.0375"), Fraction(1, 10**9)
    low, at, high = (exact.price(rate + each * step, 182) for each in (-1, 0, 1))
    found = market.sensitivities(rate, 182)
    assert found.macaulay == Fraction(182, market.year)
    assert abs((low - high) / (2 * step) / at - found.modified) < Fraction(1, 10**15)
    assert abs((low + high - 2 * at) / step**2 / at - found.convexity) < Fraction(1, 10**8)
    assert found.basis_point == found.modified * at / 10_000
