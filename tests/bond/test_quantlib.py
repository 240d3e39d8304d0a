"""QuantLib as an oracle, on random term sheets: schedules, day counts, accrued interest, prices.

What is left out, and why: month ends under Following, which QuantLib moves into the next month; prices of bonds by
Act/365F and Act/360, which QuantLib discounts by days over the year and the market by coupon periods; prices of
adjusted bonds, which it discounts to adjusted dates.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import QuantLib as ql

from bauhinia.bond import (
    BusinessDayConvention,
    DayCount,
    Period,
    Terms,
    accrued_fraction,
    add_months,
    check,
    price_from_yield,
    schedule,
    year_fraction,
)
from bauhinia.wire.calendars import load_calendars
from tests.bond.samples import BOND_I

CENTRES = load_calendars(["US", "EU_TARGET", "GB"])
OTHER_CENTRES = {
    "US": ql.UnitedStates(ql.UnitedStates.FederalReserve),
    "EU_TARGET": ql.TARGET(),
    "GB": ql.UnitedKingdom(ql.UnitedKingdom.Settlement),
}
OTHER_CONVENTIONS = {
    BusinessDayConvention.UNADJUSTED: ql.Unadjusted,
    BusinessDayConvention.FOLLOWING: ql.Following,
    BusinessDayConvention.MODIFIED_FOLLOWING: ql.ModifiedFollowing,
    BusinessDayConvention.PRECEDING: ql.Preceding,
    BusinessDayConvention.MODIFIED_PRECEDING: ql.ModifiedPreceding,
}
OTHER_DAY_COUNTS = {
    DayCount.ACT_365_FIXED: ql.Actual365Fixed(),
    DayCount.ACT_360: ql.Actual360(),
    DayCount.THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    DayCount.THIRTY_E_360: ql.Thirty360(ql.Thirty360.EurobondBasis),
    DayCount.ACT_ACT_ISDA: ql.ActualActual(ql.ActualActual.ISDA),
}


def theirs(day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def term_sheet(random: Random) -> Terms:
    """A fixed-rate bond of 1 to 8 years, regular or with a short or long first period."""
    frequency = random.choice([1, 2, 4, 12])
    months = 12 // frequency
    maturity = date(2022, 1, 1) + timedelta(random.randrange(2100))
    count = random.randint(1, min(frequency * 4, 30))
    issue_date, first = add_months(maturity, -months * count), None
    if random.random() < 0.5:
        issue_date += timedelta(random.randint(1, 25))
        first = add_months(maturity, -months * max(count - random.choice([1, 2]), 0))
    convention = random.choice(list(OTHER_CONVENTIONS))
    terms = replace(
        BOND_I,
        issue_date=issue_date,
        maturity=maturity,
        rate=Fraction(random.randint(1, 9000), 100_000),
        frequency=frequency,
        day_count=random.choice([*OTHER_DAY_COUNTS, DayCount.ACT_ACT_ICMA]),
        business_day=convention,
        adjusted=convention is not BusinessDayConvention.UNADJUSTED and random.random() < 0.5,
        calendars=tuple(random.sample(sorted(CENTRES), random.randint(1, 3))),
        first_coupon=first,
    )
    assert check(terms) == []
    return terms


def their_calendar(terms: Terms) -> Any:
    centres = [OTHER_CENTRES[centre] for centre in terms.calendars]
    return ql.JointCalendar(*centres) if len(centres) > 1 else centres[0]


def their_schedule(terms: Terms, convention: Any) -> Any:
    calendar = their_calendar(terms)
    first = theirs(terms.first_coupon) if terms.first_coupon not in (None, terms.maturity) else ql.Date()
    if terms.first_coupon == terms.maturity:
        return ql.Schedule([theirs(terms.issue_date), theirs(terms.maturity)], calendar, convention)
    tenor = ql.Period(12 // terms.frequency, ql.Months)
    backward = ql.DateGeneration.Backward
    return ql.Schedule(
        theirs(terms.issue_date),
        theirs(terms.maturity),
        tenor,
        calendar,
        convention,
        convention,
        backward,
        False,
        first,
    )


def settlement_dates(random: Random, terms: Terms, periods: tuple[Period, ...]) -> list[date]:
    length = (periods[-1].end - terms.issue_date).days
    return [terms.issue_date + timedelta(random.randrange(length)) for _ in range(3)]


def test_payment_dates() -> None:
    random = Random(1)
    for _ in range(150):
        terms = term_sheet(random)
        periods = schedule(terms, [CENTRES[centre] for centre in terms.calendars])
        found = list(their_schedule(terms, ql.Unadjusted))
        assert [theirs(terms.issue_date), *(theirs(period.end) for period in periods)] == found, terms
        calendar = their_calendar(terms)
        for period in periods:
            moved = calendar.adjust(theirs(period.end), OTHER_CONVENTIONS[terms.business_day])
            assert theirs(period.payment_date) == moved, (terms, period)


def test_day_counts() -> None:
    random = Random(2)
    for _ in range(600):
        start = date(1995, 1, 1) + timedelta(random.randrange(12_000))
        end = start + timedelta(random.randrange(1500))
        for ours, other in OTHER_DAY_COUNTS.items():
            expected = other.yearFraction(theirs(start), theirs(end))
            assert abs(float(year_fraction(ours, start, end)) - expected) < 1e-12, (ours, start, end)


def test_prices_and_accrued() -> None:
    """Unadjusted bonds, whose two pricings agree; Act/Act ICMA with stubs, 30/360 without."""
    random = Random(3)
    done = 0
    while done < 120:
        terms = term_sheet(random)
        day_count = random.choice([DayCount.ACT_ACT_ICMA, DayCount.THIRTY_360])
        terms = replace(terms, day_count=day_count, adjusted=False, business_day=BusinessDayConvention.UNADJUSTED)
        if terms.first_coupon == terms.maturity or (day_count is DayCount.THIRTY_360 and terms.maturity.day > 28):
            continue  # QuantLib cannot tell the notional periods of one coupon; 30/360 of month ends is not regular
        if day_count is DayCount.THIRTY_360 and terms.first_coupon:
            continue
        periods = schedule(terms, [CENTRES[centre] for centre in terms.calendars])
        other = their_schedule(terms, ql.Unadjusted)
        if day_count is DayCount.ACT_ACT_ICMA:
            counter = ql.ActualActual(ql.ActualActual.ISMA, other)
        else:
            counter = OTHER_DAY_COUNTS[day_count]
        bond = ql.FixedRateBond(0, 100.0, other, [float(terms.rate)], counter, ql.Unadjusted)
        for day in settlement_dates(random, terms, periods):
            rate = Fraction(random.randint(-100, 900), 10_000)
            ours = price_from_yield(terms, periods, day, rate)
            assert abs(float(ours.accrued) - bond.accruedAmount(theirs(day))) < 1e-9, (terms, day)
            compounding = (
                ql.Compounded,
                {1: ql.Annual, 2: ql.Semiannual, 4: ql.Quarterly, 12: ql.Monthly}[terms.frequency],
            )
            clean = ql.BondFunctions.cleanPrice(bond, float(rate), counter, *compounding, theirs(day))
            assert abs(float(ours.clean) - clean) < 1e-7, (terms, day, rate)
        done += 1


def test_accrued_on_adjusted_dates() -> None:
    random = Random(4)
    done = 0
    while done < 100:
        terms = term_sheet(random)
        if terms.day_count is DayCount.ACT_ACT_ICMA or not terms.adjusted:
            continue
        periods = schedule(terms, [CENTRES[centre] for centre in terms.calendars])
        dates = [theirs(terms.issue_date), *(theirs(period.accrual_end) for period in periods)]
        counter = OTHER_DAY_COUNTS[terms.day_count]
        bond = ql.FixedRateBond(0, 100.0, ql.Schedule(dates), [float(terms.rate)], counter, ql.Unadjusted)
        for day in settlement_dates(random, terms, periods):
            if day < periods[-1].accrual_end:
                ours = 100 * accrued_fraction(terms, periods, day)
                assert abs(float(ours) - bond.accruedAmount(theirs(day))) < 1e-9, (terms, day)
        done += 1
