"""QuantLib as an oracle on 2,400 random bonds: the cash flows of each, accrued interest, and clean prices.

Fixed, stepped, repaid in parts, and floating on a flat index; with and without a first stub. Each cash flow is compared
as it is before rounding. What differs, one by one, and how it is compared then:

- *Act/365F, Act/360 and 30E/360 discount otherwise.* QuantLib counts the time to a payment by the bond's day count;
  the market counts coupon periods, whatever accrues inside them (ICMA, section 800). Cash flows and accrued interest of
  such bonds are compared, prices only of those by Act/Act ICMA and of regular ones by 30/360, where both are the same.
- *Days after the 28th by 30/360.* QuantLib's time between two month ends is no whole half-year (29 February to 31
  August is 182 days of 360), while the market counts one period: bonds of 30/360 that pay after the 28th have no price
  here.
- *A single coupon by Act/Act ICMA.* Its schedule has two dates and no tenor, so that QuantLib takes the whole as one
  regular period. The terms here say the frequency. Cash flows of such bonds are compared, accrued interest is not.
- *Stubs by 30/360 and by days* accrue alike, but a stub is no whole part of a period in QuantLib's discounting: bonds
  with stubs are priced by Act/Act ICMA alone, which both count by notional periods.
- *Accrued interest of a bond repaid in parts* is of 100 of what is left in QuantLib, as its price is in both; our
  `accrued_fraction` is of original nominal, and divided by the factor.
- *Adjusted and moved dates.* QuantLib discounts to adjusted days of payment: bonds here are unadjusted, and
  `test_quantlib` compares the adjusted ones.
- *Floaters* are priced by a margin over an index that QuantLib takes from a curve: their cash flows and accrued
  interest are compared here, and their margins by the published results of auctions.
- *Rates below zero*, which QuantLib's floater pays to the issuer and ours not at all, are not drawn.
- *Rounding.* Ours are exact; QuantLib's are doubles. 1e-9 of 100 for flows and accrued interest, 1e-7 for prices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
import QuantLib as ql

from bauhinia.bond import (
    BusinessDayConvention,
    DayCount,
    Period,
    RateStep,
    Terms,
    accrued_fraction,
    add_months,
    check,
    price_from_yield,
    schedule,
)
from bauhinia.bond.coupons.floating import Floating
from bauhinia.bond.interest import interest_of
from bauhinia.bond.known import NOTHING, Known
from bauhinia.bond.principal import factors, repaid
from bauhinia.bond.repayments.repayment import Part, Repayment, RepaymentKind
from tests.bond.samples import BOND_I, WEEKDAYS

EACH = 600  # bonds of each kind
COUNTERS: dict[DayCount, Any] = {
    DayCount.ACT_365_FIXED: ql.Actual365Fixed(),
    DayCount.ACT_360: ql.Actual360(),
    DayCount.THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    DayCount.THIRTY_E_360: ql.Thirty360(ql.Thirty360.EurobondBasis),
    DayCount.ACT_ACT_ISDA: ql.ActualActual(ql.ActualActual.ISDA),
}
COMPOUNDED = {1: ql.Annual, 2: ql.Semiannual, 4: ql.Quarterly, 12: ql.Monthly}
AFTER_ALL = ql.Date(31, 12, 2039)  # all fixings of floaters are past ones


@pytest.fixture(autouse=True)
def their_today() -> Iterator[None]:
    """QuantLib reads fixings of days before its own, which the process shares."""
    before = ql.Settings.instance().evaluationDate
    ql.Settings.instance().evaluationDate = AFTER_ALL
    yield
    ql.Settings.instance().evaluationDate = before


def theirs(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def draw(random: Random) -> Terms:
    """A bond of up to eight years, one in three with a short or long first period."""
    frequency = random.choice([1, 2, 2, 4, 12])
    months, maturity = 12 // frequency, date(2022, 1, 1) + timedelta(random.randrange(2500))
    count = random.randint(1, min(8 * frequency, 24))
    issue, first = add_months(maturity, -months * count), None
    if count > 2 and random.random() < 0.33:
        issue += timedelta(random.randint(1, 27))
        first = add_months(maturity, -months * (count - random.choice([1, 2])))
    return replace(
        BOND_I,
        issue_date=issue,
        maturity=maturity,
        rate=Fraction(random.randint(1, 9000), 100_000),
        frequency=frequency,
        day_count=random.choice([*COUNTERS, DayCount.ACT_ACT_ICMA, DayCount.ACT_ACT_ICMA]),
        business_day=BusinessDayConvention.UNADJUSTED,
        calendars=(WEEKDAYS.centre,),
        first_coupon=first,
        calculation_amount=10**12,
        minimum_denomination=10**12,
        denomination_multiple=10**12,
    )


def fixed(random: Random) -> Terms:
    return draw(random)


def stepped(random: Random) -> Terms:
    """One rate to four, each from a coupon date on."""
    terms = draw(random)
    starts = [period.start for period in schedule(terms, [WEEKDAYS])][1:]
    days = sorted(random.sample(starts, min(len(starts), random.randint(1, 4))))
    return replace(terms, steps=tuple(RateStep(day, Fraction(random.randint(1, 900), 10_000)) for day in days))


def amortising(random: Random) -> Terms:
    """Parts of nominal on up to five coupon dates, the rest at maturity."""
    terms = draw(random)
    ends = [period.end for period in schedule(terms, [WEEKDAYS])][:-1]
    days = sorted(random.sample(ends, min(len(ends), random.randint(1, 5))))
    if not days:
        return terms
    parts = tuple(Part(day, Fraction(random.randint(1, 19), 100)) for day in days)
    return replace(terms, repayment=Repayment(RepaymentKind.SCHEDULE, parts=parts))


def floating(random: Random) -> Terms:
    """An index that stands at the bond's own rate, set on the first day of each period, and a margin."""
    terms = draw(random)
    if terms.day_count is DayCount.ACT_ACT_ICMA:
        terms = replace(terms, day_count=DayCount.ACT_360)
    index = Floating("INDEX", Fraction(random.randint(0, 300), 10_000), days_back=0, places=0)
    return replace(terms, rate=Fraction(0), floating=index)


def their_schedule(terms: Terms) -> Any:
    first = theirs(terms.first_coupon) if terms.first_coupon else ql.Date()
    return ql.Schedule(
        theirs(terms.issue_date), theirs(terms.maturity), ql.Period(12 // terms.frequency, ql.Months),
        ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted, ql.DateGeneration.Backward, False, first,
    )  # fmt: skip


def counter_of(terms: Terms, dates: Any) -> Any:
    if terms.day_count is DayCount.ACT_ACT_ICMA:
        return ql.ActualActual(ql.ActualActual.ISMA, dates)
    return COUNTERS[terms.day_count]


def rates_of(terms: Terms, periods: tuple[Period, ...]) -> list[float]:
    """The rate of each period: QuantLib has a list of them."""
    found = []
    for period in periods:
        at = [step.rate for step in terms.steps if step.first <= period.start]
        found.append(float(at[-1] if at else terms.rate))
    return found


def their_bond(terms: Terms, periods: tuple[Period, ...], known: Known) -> tuple[Any, Any]:
    """QuantLib's bond of the terms on a nominal of 100, and its day count."""
    dates = their_schedule(terms)
    counter = counter_of(terms, dates)
    if terms.floating is not None:
        curve = ql.RelinkableYieldTermStructureHandle()
        index = ql.IborIndex(
            "INDEX",
            ql.Period(6, ql.Months),
            0,
            ql.USDCurrency(),
            ql.NullCalendar(),
            ql.Unadjusted,
            False,
            counter,
            curve,
        )
        index.clearFixings()
        for period in periods:
            index.addFixing(theirs(period.start), float(known["INDEX"][period.start]))
        spreads, one = [float(terms.floating.margin)], [1.0]
        return ql.FloatingRateBond(0, 100.0, dates, index, counter, ql.Unadjusted, 0, one, spreads), counter
    rates = rates_of(terms, periods)
    if terms.repayment is not None:
        owed = [100 * float(each) for each in factors(terms, periods)]
        return ql.AmortizingFixedRateBond(0, owed, dates, rates, counter, ql.Unadjusted), counter
    return ql.FixedRateBond(0, 100.0, dates, rates, counter, ql.Unadjusted), counter


def is_priced(terms: Terms, periods: tuple[Period, ...]) -> bool:
    """Whether both discount alike: see above."""
    if terms.floating is not None:
        return False
    if terms.day_count is DayCount.ACT_ACT_ICMA:
        return len(periods) > 1
    return terms.day_count is DayCount.THIRTY_360 and terms.first_coupon is None and terms.maturity.day <= 28


def compare_flows(terms: Terms, periods: tuple[Period, ...], known: Known, bond: Any) -> None:
    """Interest and principal of each day, of 100 of nominal, before rounding."""
    expected: dict[Any, float] = {}
    for flow in bond.cashflows():
        expected[flow.date()] = expected.get(flow.date(), 0.0) + flow.amount()
    owed, returned = factors(terms, periods, known), repaid(terms, periods, known)
    for period, left, principal in zip(periods, owed, returned, strict=True):
        ours = 100 * (left * interest_of(terms, period, known) + principal)
        assert abs(float(ours) - expected.pop(theirs(period.end))) < 1e-9, (terms, period)
    assert not expected, terms


def compare_prices(random: Random, terms: Terms, periods: tuple[Period, ...], known: Known, bond: Any) -> int:
    """Accrued interest on a random day, and the clean price at a random yield where both discount alike."""
    dates = their_schedule(terms)
    settled = terms.issue_date + timedelta(random.randrange((terms.maturity - terms.issue_date).days))
    if terms.day_count is DayCount.ACT_ACT_ICMA and len(periods) == 1:
        return 0
    current = max(at for at, period in enumerate(periods) if period.start <= settled)
    factor = factors(terms, periods, known)[current]
    accrued = 100 * accrued_fraction(terms, periods, settled, known) / factor
    assert abs(float(accrued) - bond.accruedAmount(theirs(settled))) < 1e-9, (terms, settled)
    if not is_priced(terms, periods):
        return 0
    rate = Fraction(random.randint(-50, 1200), 10_000)
    ours = price_from_yield(terms, periods, settled, rate)
    clean = ql.BondFunctions.cleanPrice(
        bond, float(rate), counter_of(terms, dates), ql.Compounded, COMPOUNDED[terms.frequency], theirs(settled)
    )
    assert abs(float(ours.clean) - clean) < 1e-7, (terms, settled, rate, float(ours.clean), clean)
    return 1


@pytest.mark.parametrize("kind", [fixed, stepped, amortising, floating])
def test_bonds(kind: Callable[[Random], Terms]) -> None:
    random, priced = Random(f"bonds/{kind.__name__}"), 0
    for _ in range(EACH):
        terms = kind(random)
        assert check(terms) == [], terms
        periods = schedule(terms, [WEEKDAYS])
        level = Fraction(random.randint(0, 500), 10_000)
        known = {"INDEX": {period.start: level for period in periods}} if terms.floating else NOTHING
        bond, _ = their_bond(terms, periods, known)
        compare_flows(terms, periods, known, bond)
        priced += compare_prices(random, terms, periods, known, bond)
    assert priced > EACH / 4 or kind is floating
