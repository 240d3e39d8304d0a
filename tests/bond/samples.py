"""Terms that several tests share: the Hong Kong issues of 2024 and the World Bank's bond-i."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond import BusinessDayConvention, Calendar, DayCount, RecordDate, Terms

# open on every weekday, and known for as long as any bond runs
WEEKDAYS = Calendar("WEEKDAYS", 1, date(1900, 1, 1), date(2999, 12, 31), ())

BOND_I = Terms(
    issue_date=date(2018, 8, 28),
    maturity=date(2020, 8, 28),
    rate=Fraction("0.022"),
    frequency=2,
    day_count=DayCount.ACT_ACT_ICMA,
    business_day=BusinessDayConvention.FOLLOWING,
    adjusted=False,
    calendars=("AU",),
    calculation_amount=100_000,
    minimum_denomination=100_000,
    denomination_multiple=100_000,
)


def hong_kong_2024(
    rate: str, frequency: int, day_count: DayCount, business_day: BusinessDayConvention, adjusted: bool, *centres: str
) -> Terms:
    """Two years from 7 February 2024; the maturity is a Saturday. 10,000 of the currency is the calculation amount."""
    return Terms(
        issue_date=date(2024, 2, 7),
        maturity=date(2026, 2, 7),
        rate=Fraction(rate),
        frequency=frequency,
        day_count=day_count,
        business_day=business_day,
        adjusted=adjusted,
        calendars=("HK", *centres),
        calculation_amount=1_000_000,
        minimum_denomination=1_000_000,
        denomination_multiple=1_000_000,
        record_date=RecordDate(),
        assumed=("frequency", "day_count", "business_day", "adjusted", "calendars", "calculation_amount"),
    )


MODIFIED, FOLLOWING = BusinessDayConvention.MODIFIED_FOLLOWING, BusinessDayConvention.FOLLOWING
HKD = hong_kong_2024("0.038", 2, DayCount.ACT_365_FIXED, MODIFIED, True)
CNY = hong_kong_2024("0.029", 2, DayCount.ACT_365_FIXED, MODIFIED, True, "CN")
USD = hong_kong_2024("0.04749", 2, DayCount.THIRTY_360, FOLLOWING, False, "US")
EUR = hong_kong_2024("0.03647", 1, DayCount.ACT_ACT_ICMA, FOLLOWING, False, "EU_TARGET")
