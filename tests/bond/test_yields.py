"""Yields in floats against the bisection in Decimals, on random bonds: the same to the last place."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from random import Random

import pytest

from bauhinia.bond import DayCount, Impossible, Rounding, schedule, to_places, yield_from_price
from bauhinia.bond.markets.convention import annual, compound, simple_at_last, simple_broken
from bauhinia.bond.power import decimal_of
from bauhinia.bond.price import Discounting, stream_of, worth
from bauhinia.bond.yields import Seeker, rounded_root, yields_from_prices
from tests.bond.markets.sheets import WEEKDAYS, random_bond

DAY_COUNTS = [DayCount.ACT_ACT_ICMA, DayCount.ACT_365_FIXED, DayCount.THIRTY_360]
RULES = (compound, annual, simple_broken, simple_at_last)


def seekers(random: Random, count: int) -> list[Seeker]:
    """Streams of random bonds on random days, under each way of discounting."""
    found = []
    for number in range(count):
        terms = random_bond(
            random,
            frequency=random.choice([1, 2, 4, 12]),
            years=random.choice([2, 12, 30]),
            stubs=True,
            day_count=DAY_COUNTS[number % 3],
        )
        periods = schedule(terms, [WEEKDAYS])
        settled = terms.issue_date + timedelta(random.randrange((terms.maturity - terms.issue_date).days))
        found.append(Seeker(*RULES[number % 4](terms, periods, settled, stream_of(terms, periods, settled))))
    return found


def some_price(random: Random, seeker: Seeker) -> Fraction:
    """A price to four places that some yield from -5 to 40 percent gives."""
    annual_yield = Fraction(random.randint(-5_000, 40_000), 100_000)
    return to_places(worth(seeker.stream, seeker.discounting, annual_yield), 4)


def test_thousands_of_yields_are_those_of_the_exact_formula() -> None:
    """The price lies between those at half a place either side, in 65 digits: what bisection looks for."""
    random = Random(11)
    for seeker in seekers(random, 400):
        for _ in range(5):
            price = some_price(random, seeker)
            places = random.choice([3, 6, 8, 10, 12])
            found = seeker.yield_at(price, places)
            scale = 10**places
            nearest = (found * scale).numerator
            low, high = max(2 * nearest - 1, seeker.lowest(scale)), 2 * nearest + 1
            assert seeker.worth(low, scale) >= decimal_of(price) > seeker.worth(high, scale), (seeker.stream, price)


def test_yields_are_those_of_the_bisection() -> None:
    random = Random(12)
    for seeker in seekers(random, 80):
        price = some_price(random, seeker)
        for rounding in (Rounding.HALF_UP, Rounding.DOWN):
            half_steps = seeker.bisect(price, 10**8)
            whole = (half_steps + 1) // 2 if rounding is Rounding.HALF_UP else half_steps // 2
            assert seeker.yield_at(price, 8, rounding) == Fraction(whole, 10**8)


def test_at_a_boundary_the_exact_formula_decides() -> None:
    """The price at half a place rounds up, a hair below it up, a hair above it down; no float sees the hair."""
    random = Random(13)
    for seeker in seekers(random, 40):
        half = Fraction(2 * random.randint(100, 50_000) + 1, 2 * 10**6)
        price = worth(seeker.stream, seeker.discounting, half)
        hair = price / 10**30
        up, down = half + Fraction(1, 2 * 10**6), half - Fraction(1, 2 * 10**6)
        assert [seeker.yield_at(each, 6) for each in (price, price - hair, price + hair)] == [up, up, down]


def test_one_by_one_or_together() -> None:
    terms = random_bond(Random(14))
    periods = schedule(terms, [WEEKDAYS])
    prices = [Fraction(number) for number in range(60, 140, 7)]
    one_by_one = [yield_from_price(terms, periods, terms.issue_date, price, 1, 7) for price in prices]
    assert yields_from_prices(terms, periods, terms.issue_date, prices, 1, 7) == one_by_one


def test_prices_far_out() -> None:
    """A price of next to nothing and one of a million: the extremes of the yields there are, and beyond them none."""
    terms = random_bond(Random(15), years=3)
    periods = schedule(terms, [WEEKDAYS])
    seeker = Seeker(stream_of(terms, periods, terms.issue_date), Discounting(2, 2))
    for price in (Fraction(1, 10), Fraction(10**6)):
        found = seeker.yield_at(price, 6)
        low, high = (2 * (found * 10**6).numerator + each for each in (-1, 1))
        assert seeker.worth(low, 10**6) >= decimal_of(price) > seeker.worth(high, 10**6)
    for price in (Fraction(0), Fraction(-1), Fraction(1, 10**400), Fraction(10**400)):
        with pytest.raises(Impossible, match="clean_price"):
            seeker.yield_at(price)
    with pytest.raises(Impossible, match="rounding"):
        seeker.yield_at(Fraction(100), rounding=Rounding.UP)


def test_roots_of_any_falling_function() -> None:
    assert rounded_root(lambda at: 2 - at * at, Fraction(0), 0, 2, 6, "at") == Fraction("1.414214")
    assert rounded_root(lambda at: -at, Fraction("0.0005"), -1, 1, 3, "at") == 0  # a half goes upwards
    with pytest.raises(Impossible, match="at"):
        rounded_root(lambda at: -at, Fraction(2), -1, 1, 3, "at")
