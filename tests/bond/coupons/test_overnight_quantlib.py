"""QuantLib as an oracle on random fixings: daily rates compounded and averaged, with lookback, shift and lockout.

Kept apart, and why. QuantLib shifts a start that is no business day from the business day before it but an end from
itself, so that two such periods observe some days twice; here either is shifted by counting back from itself. It
refuses a lockout as long as the period, where here the first fixing holds throughout, and averages without lookback and
lockout only.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
import QuantLib as ql

from bauhinia.bond import (
    Averaging,
    BusinessDayConvention,
    DayCount,
    Floating,
    Terms,
    accrued_of,
    adjust,
    check,
    interest_of,
    rate_of,
    schedule,
)
from bauhinia.wire.calendars import load_calendars
from tests.bond.samples import BOND_I

CENTRES = load_calendars(["US", "EU_TARGET", "GB"])
OTHER_CENTRES = {
    "US": ql.UnitedStates(ql.UnitedStates.FederalReserve),
    "EU_TARGET": ql.TARGET(),
    "GB": ql.UnitedKingdom(ql.UnitedKingdom.Settlement),
}
BASES = {360: (ql.Actual360(), DayCount.ACT_360), 365: (ql.Actual365Fixed(), DayCount.ACT_365_FIXED)}
FIRST, DAYS = date(2019, 1, 1), 1600


def theirs(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def fixings(random: Random) -> dict[date, Fraction]:
    """A rate for every day, as overnight rates are published, below zero too. Ours are zero where a period's is: no
    holder pays."""
    return {FIRST + timedelta(n): Fraction(random.randint(-80, 650), 10_000) for n in range(DAYS)}


def note(random: Random) -> Terms:
    """A floating rate note of one period, which may start and end on days that are no business days."""
    centre = random.choice(sorted(CENTRES))
    start = FIRST + timedelta(60 + random.randrange(1100))
    end = start + timedelta(random.randint(20, 190))
    base = random.choice(sorted(BASES))
    averaging = random.choice([Averaging.COMPOUNDED, Averaging.COMPOUNDED, Averaging.AVERAGED])
    plain = averaging is Averaging.AVERAGED
    days_back = 0 if plain else random.randint(0, 7)
    shift = days_back > 0 and random.random() < 0.5
    if shift:
        start = adjust(start, BusinessDayConvention.PRECEDING, [CENTRES[centre]]).day
    floating = Floating(
        "RATE",
        margin=Fraction(random.randint(-100, 300), 10_000),
        multiplier=Fraction(random.choice([1, 1, 2]), random.choice([1, 1, 2])),
        averaging=averaging,
        days_back=days_back,
        observation_shift=shift,
        lockout=0 if plain else random.choice([0, 0, 1, 3, 5]),
        centres=(centre,),
        index_days=base,
        places=0,
    )
    terms = replace(
        BOND_I,
        issue_date=start,
        maturity=end,
        frequency=0,
        rate=Fraction(0),
        day_count=BASES[base][1],
        calendars=(centre,),
        floating=floating,
    )
    assert check(terms) == []
    return terms


def their_coupon(terms: Terms, known: dict[date, Fraction]) -> Any:
    floating = terms.floating
    assert floating is not None
    calendar, counter = OTHER_CENTRES[floating.centres[0]], BASES[floating.index_days][0]
    index = ql.OvernightIndex("RATE", 0, ql.USDCurrency(), calendar, counter)
    open_days = [day for day in known if calendar.isBusinessDay(theirs(day))]
    index.addFixings([theirs(day) for day in open_days], [float(known[day]) for day in open_days], True)
    compounds = floating.averaging is Averaging.COMPOUNDED
    coupon = ql.OvernightIndexedCoupon(
        theirs(terms.maturity),
        100.0,
        theirs(terms.issue_date),
        theirs(terms.maturity),
        index,
        float(floating.multiplier),
        float(floating.margin),
        ql.Date(),
        ql.Date(),
        counter,
        False,
        ql.RateAveraging.Compound if compounds else ql.RateAveraging.Simple,
        floating.days_back,
        floating.lockout,
        floating.observation_shift,
    )
    pricer = (
        ql.CompoundingOvernightIndexedCouponPricer if compounds else ql.ArithmeticAveragedOvernightIndexedCouponPricer
    )
    coupon.setPricer(pricer())
    return coupon


@pytest.mark.parametrize("seed", range(4))
def test_rates_and_accrued(seed: int) -> None:
    random = Random(seed)
    values = fixings(random)
    known = {"RATE": values}
    ql.Settings.instance().evaluationDate = theirs(FIRST + timedelta(DAYS))
    for _ in range(60):
        terms = note(random)
        period = schedule(terms, list(CENTRES.values()))[0]
        other = their_coupon(terms, values)
        assert abs(float(rate_of(terms, period, known)) - max(other.rate(), 0)) < 1e-12, terms
        assert abs(100 * float(interest_of(terms, period, known)) - max(other.amount(), 0)) < 1e-10, terms
        day = terms.issue_date + timedelta(random.randrange(1, (terms.maturity - terms.issue_date).days))
        ours = 100 * float(accrued_of(terms, period, day, known))
        assert abs(ours - max(other.accruedAmount(theirs(day)), 0)) < 1e-10, (terms, day)
