"""QuantLib as an oracle for the markets whose formula it has, on random bonds.

What differs, and why it is left out: stubs under simple interest, which QuantLib counts in its own years; formulae that
it has not, which are the Treasury's and Korea's simple broken period before the last, China's coupon year, Hong Kong's
days over 365. Its ex-coupon period is in business days of a calendar, as the record date is counted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import QuantLib as ql

from bauhinia.bond import Period, Terms, schedule
from bauhinia.bond.markets import Market, convention_of
from bauhinia.bond.markets.convention import compound
from bauhinia.bond.price import stream_of
from bauhinia.bond.risk import sensitivities
from tests.bond.markets.sheets import EX_DIVIDEND_GILT, WEEKDAYS, random_bond

FREQUENCIES = {1: ql.Annual, 2: ql.Semiannual, 4: ql.Quarterly}
CALENDAR = ql.WeekendsOnly()


def theirs(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def bonds(seed: int, count: int, **fields: Any) -> Iterator[tuple[Terms, tuple[Period, ...], date, Any, Any]]:
    """Terms, periods, a settlement date, QuantLib's bond and its day count."""
    random = Random(seed)
    for _ in range(count):
        terms = random_bond(random, frequency=random.choice([1, 2, 4]), **fields)
        periods = schedule(terms, [WEEKDAYS])
        settled = terms.issue_date + timedelta(random.randrange((terms.maturity - terms.issue_date).days))
        dates = ql.Schedule(
            theirs(terms.issue_date),
            theirs(terms.maturity),
            ql.Period(12 // terms.frequency, ql.Months),
            ql.NullCalendar(),
            ql.Unadjusted,
            ql.Unadjusted,
            ql.DateGeneration.Backward,
            False,
        )
        counter = ql.ActualActual(ql.ActualActual.ISMA, dates)
        ex = ql.Period(7, ql.Days) if terms.ex_dividend else ql.Period()
        bond = ql.FixedRateBond(
            0,
            100.0,
            dates,
            [float(terms.rate)],
            counter,
            ql.Unadjusted,
            100.0,
            theirs(terms.issue_date),
            ql.NullCalendar(),
            ex,
            CALENDAR,
            ql.Unadjusted,
            False,
        )
        yield terms, periods, settled, bond, counter


def test_compound_markets() -> None:
    """Gilts by half-years, ICMA, OAT and BTP by years, wherever they are in their life."""
    often = {Market.UK_GILT: None, Market.ICMA: 1, Market.FRANCE: 1, Market.ITALY: 1}
    for terms, periods, settled, bond, counter in bonds(21, 60):
        for market, compounding in often.items():
            times = FREQUENCIES[compounding or terms.frequency]
            ours = convention_of(market).price(terms, periods, settled, Fraction("0.0375"))
            clean = ql.BondFunctions.cleanPrice(bond, 0.0375, counter, ql.Compounded, times, theirs(settled))
            assert abs(float(ours.clean) - clean) < 1e-9, (market, terms, settled)
            found = convention_of(market).yield_from_price(terms, periods, settled, Fraction(98), 9)
            price = ql.BondPrice(98.0, ql.BondPrice.Clean)
            other = ql.BondFunctions.bondYield(
                bond, price, counter, ql.Compounded, times, theirs(settled), 1e-12, 1000, 0.04
            )
            assert abs(float(found) - other) < 1e-8, (market, terms, settled)


def test_gilts_ex_dividend() -> None:
    """QuantLib trades ex from the ex-coupon date on, the DMO after it: seven business days before is still cum."""
    for terms, periods, settled, bond, counter in bonds(22, 60, **EX_DIVIDEND_GILT):
        current = next(period for period in periods if period.start <= settled < period.end)
        if settled == current.record_date:
            continue  # the day on which the two differ by definition
        ours = convention_of(Market.UK_GILT).price(terms, periods, settled, Fraction("0.0425"))
        assert abs(float(ours.accrued) - bond.accruedAmount(theirs(settled))) < 1e-9, (terms, settled)
        times = FREQUENCIES[terms.frequency]
        clean = ql.BondFunctions.cleanPrice(bond, 0.0425, counter, ql.Compounded, times, theirs(settled))
        assert abs(float(ours.clean) - clean) < 1e-9, (terms, settled)


def test_simple_interest_in_the_last_period() -> None:
    """The street's and Germany's last period, and the Treasury's; before it the street compounds."""
    markets = (Market.US_STREET, Market.GERMANY)
    for terms, periods, settled, bond, counter in bonds(23, 80, years=2):
        within = settled >= periods[-1].start
        how = ql.Simple if within else ql.Compounded
        for market in (*markets, *([Market.US_TREASURY, Market.KOREA] if within else [])):
            ours = convention_of(market).price(terms, periods, settled, Fraction("0.0375"))
            clean = ql.BondFunctions.cleanPrice(
                bond, 0.0375, counter, how, FREQUENCIES[terms.frequency], theirs(settled)
            )
            assert abs(float(ours.clean) - clean) < 1e-9, (market, terms, settled)


def test_sensitivities() -> None:
    rate = ql.Duration
    for terms, periods, settled, bond, counter in bonds(24, 40):
        times = FREQUENCIES[terms.frequency]
        ours = sensitivities(*compound(terms, periods, settled, stream_of(terms, periods, settled)), Fraction("0.0375"))
        given = (0.0375, counter, ql.Compounded, times)
        macaulay = ql.BondFunctions.duration(bond, *given, rate.Macaulay, theirs(settled))
        modified = ql.BondFunctions.duration(bond, *given, rate.Modified, theirs(settled))
        convexity = ql.BondFunctions.convexity(bond, *given, theirs(settled))
        assert abs(float(ours.macaulay) - macaulay) < 1e-9, (terms, settled)
        assert abs(float(ours.modified) - modified) < 1e-9, (terms, settled)
        assert abs(float(ours.convexity) - convexity) < 1e-8, (terms, settled)


def test_canadian_accrued_interest() -> None:
    counter = ql.Actual365Fixed(ql.Actual365Fixed.Canadian)
    for terms, periods, settled, _, _ in bonds(25, 60):
        current = next(period for period in periods if period.start <= settled < period.end)
        start, end = theirs(current.start), theirs(current.end)
        accrued = 100 * float(terms.rate) * counter.yearFraction(start, theirs(settled), start, end)
        ours = convention_of(Market.CANADA).price(terms, periods, settled, Fraction("0.03")).accrued
        assert abs(float(ours) - accrued) < 1e-9, (terms, settled)
