"""Term sheets of government bonds, as the tests of the markets make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from bauhinia.bond import BusinessDayConvention, DayCount, RecordDate, RecordRule, Terms, add_months, check
from bauhinia.bond.roll import is_month_end
from tests.bond.samples import BOND_I, WEEKDAYS

__all__ = ["WEEKDAYS", "exactly", "note", "random_bond"]


def exactly(value: float | int | str) -> Fraction:
    """The decimal that a vector writes, not the float it is read as."""
    return Fraction(str(value))


def note(
    issue: date,
    maturity: date,
    rate: Fraction,
    first_coupon: date | None = None,
    frequency: int = 2,
    day_count: DayCount = DayCount.ACT_ACT_ICMA,
    penultimate_coupon: date | None = None,
) -> Terms:
    """A bond whose coupons roll from its maturity, at month ends where that ends a month; paid on any weekday."""
    terms = replace(
        BOND_I,
        issue_date=issue,
        maturity=maturity,
        rate=rate,
        frequency=frequency,
        day_count=day_count,
        business_day=BusinessDayConvention.UNADJUSTED,
        calendars=("WEEKDAYS",),
        first_coupon=first_coupon,
        penultimate_coupon=penultimate_coupon,
        end_of_month=frequency > 0 and is_month_end(penultimate_coupon or maturity),
    )
    assert check(terms) == [], terms
    return terms


def random_bond(random: Random, frequency: int = 2, years: int = 12, stubs: bool = False, **fields: Any) -> Terms:
    """A bond of up to so many years from 2015 on, some of them with a short or long first period."""
    months = 12 // frequency
    maturity = date(2018, 1, 1).replace(month=random.randint(1, 12), day=random.randint(1, 27))
    maturity = add_months(maturity, 12 * random.randrange(years))
    count = random.randint(1, years * frequency)
    issue, first = add_months(maturity, -months * count), None
    if stubs and count > 2 and random.random() < 0.5:
        issue += timedelta(random.randint(1, 25))  # so that the first period is short, or long
        first = add_months(maturity, -months * (count - random.choice([1, 2])))
    rate = Fraction(random.randint(0, 9000), 100_000)
    return replace(note(issue, maturity, rate, first, frequency), end_of_month=False, **fields)


EX_DIVIDEND_GILT: dict[str, Any] = {"ex_dividend": True, "record_date": RecordDate(RecordRule.BUSINESS_DAYS_BEFORE, 7)}
EX_INTEREST_AUSTRALIA: dict[str, Any] = {
    "ex_dividend": True,
    "record_date": RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 8),
}
