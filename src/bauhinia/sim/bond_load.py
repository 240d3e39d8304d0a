"""The arithmetic of bonds at scale: schedules, accrued interest and yields of many random bonds, on one core."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from bauhinia.bond import (
    BusinessDayConvention,
    Calendar,
    DayCount,
    Period,
    Terms,
    accrued_fraction,
    add_months,
    check,
    schedule,
    yield_from_price,
)
from bauhinia.wire.calendars import load_calendars
from bauhinia.words.reasons import must

CENTRES = (("HK",), ("HK", "US"), ("EU_TARGET",), ("GB",), ("CN", "HK"), ("JP",), ("HK", "US", "EU_TARGET"))
FREQUENCIES = (2, 2, 2, 2, 2, 2, 1, 4)  # semi-annual mostly
DAY_COUNTS = (DayCount.ACT_ACT_ICMA, DayCount.ACT_365_FIXED, DayCount.THIRTY_360, DayCount.ACT_360)
CONVENTIONS = (BusinessDayConvention.MODIFIED_FOLLOWING, BusinessDayConvention.FOLLOWING)


def schedules(count: int, seed: int = 1) -> float:
    """Seconds that the schedules of so many random bonds take: 2 to 30 years, some with a first stub, joint calendars.

    No two bonds need be alike, and each schedule is made anew; the calendars are few, as they are in a market.
    """
    bonds = _bonds(count, seed)
    start = time.perf_counter()
    periods = sum(len(schedule(terms, calendars)) for terms, calendars in bonds)
    took = time.perf_counter() - start
    must(periods > 2 * count, "bonds of two years and more have more periods:", periods)
    return took


def accruals(count: int, seed: int = 2) -> float:
    """Seconds that exact accrued interest takes, so many times, each of a random bond on a random day; the periods of
    the bonds are known."""
    random = Random(seed)
    bonds = [(terms, schedule(terms, calendars)) for terms, calendars in _bonds(min(count, 1_000), seed)]
    asked = [(terms, periods, _day(random, periods)) for terms, periods in (random.choice(bonds) for _ in range(count))]
    start = time.perf_counter()
    total = sum(1 for terms, periods, day in asked if accrued_fraction(terms, periods, day) >= 0)
    took = time.perf_counter() - start
    must(total == count, "interest accrued is negative:", count - total)
    return took


def yields(count: int, seed: int = 3) -> float:
    """Seconds that so many yields take, each of a random bond of ten years at a random price, of a random day; its
    periods are known."""
    random = Random(seed)
    bonds = [(terms, schedule(terms, calendars)) for terms, calendars in _bonds(min(count, 1_000), seed, years=10)]
    asked = []
    for _ in range(count):
        terms, periods = random.choice(bonds)
        asked.append((terms, periods, _day(random, periods[:4]), Fraction(random.randrange(9_000, 11_000), 100)))
    start = time.perf_counter()
    found = [yield_from_price(*each) for each in asked]
    took = time.perf_counter() - start
    must(len(found) == count, "a yield is missing")
    return took


def _day(random: Random, periods: tuple[Period, ...]) -> date:
    first, last = periods[0].accrual_start, periods[-1].accrual_end
    return first + timedelta(random.randrange((last - first).days))


def _bonds(count: int, seed: int, years: int = 0) -> list[tuple[Terms, list[Calendar]]]:
    random = Random(seed)
    known = load_calendars(dict.fromkeys(centre for centres in CENTRES for centre in centres))
    made: list[tuple[Terms, list[Calendar]]] = []
    for _ in range(count):
        terms = _terms(random, years or random.randint(2, 30))
        made.append((terms, [known[centre] for centre in terms.calendars]))
    must(not check(made[0][0]), "a bond of the load cannot be:", check(made[0][0]))
    return made


def _terms(random: Random, years: int) -> Terms:
    frequency = random.choice(FREQUENCIES)
    months = 12 // frequency
    maturity = date(2024, 1, 1) + timedelta(random.randrange(30 * 365))
    periods = years * frequency
    terms = Terms(
        issue_date=add_months(maturity, -months * periods),
        maturity=maturity,
        rate=Fraction(random.randint(1, 900), 10_000),
        frequency=frequency,
        day_count=random.choice(DAY_COUNTS),
        business_day=random.choice(CONVENTIONS),
        adjusted=random.random() < 0.5,
        calendars=random.choice(CENTRES),
        calculation_amount=10_000,
        minimum_denomination=10_000,
        denomination_multiple=10_000,
    )
    if random.random() < 0.25:
        first = add_months(maturity, -months * (periods - 1))
        return replace(terms, issue_date=first - timedelta(random.randint(20, 80)), first_coupon=first)
    return terms
