"""What a bond promises: terms, day counts, calendars, schedules, cash flows, price.

Usable alone: `from bauhinia import bond`. Everything is exact: dates are dates, rates are fractions, amounts are whole
smallest units, and each rounding has a name.
"""

from __future__ import annotations

from bauhinia.bond.accrued import accrued_fraction, accrued_interest
from bauhinia.bond.calendar import (
    AdjustedDate,
    BusinessDayConvention,
    Calendar,
    LateClosure,
    add_business_days,
    adjust,
    after_closures,
    check_calendar,
    check_closure,
    chosen,
    is_business_day,
    is_confirmed,
    is_open,
)
from bauhinia.bond.cashflow import (
    CashFlow,
    Payment,
    calculation_amounts,
    cash_flows,
    interest,
    interest_fraction,
    interest_per_calculation_amount,
    redemption,
    redemption_per_calculation_amount,
)
from bauhinia.bond.daycount import DayCount, year_fraction
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible, Problem
from bauhinia.bond.price import Price, price_from_yield, proceeds, settlement_amount
from bauhinia.bond.roll import add_months, notional_dates
from bauhinia.bond.rounding import Rounding, to_places, whole
from bauhinia.bond.schedule import Period, period_at, record_date, schedule, unadjusted_dates
from bauhinia.bond.terms import RecordDate, RecordRule, Terms, check
from bauhinia.bond.yields import yield_from_price

__all__ = [
    "AdjustedDate", "BusinessDayConvention", "Calendar", "LateClosure", "add_business_days", "adjust", "after_closures",
    "check_calendar", "check_closure", "chosen", "is_business_day", "is_confirmed", "is_open",
    "RecordDate", "RecordRule", "Terms", "check", "Impossible", "Problem",
    "DayCount", "Reference", "year_fraction", "add_months", "notional_dates",
    "Period", "period_at", "record_date", "schedule", "unadjusted_dates",
    "CashFlow", "Payment", "calculation_amounts", "cash_flows", "interest", "interest_fraction",
    "interest_per_calculation_amount", "redemption", "redemption_per_calculation_amount",
    "accrued_fraction", "accrued_interest",
    "Price", "price_from_yield", "proceeds", "settlement_amount", "yield_from_price",
    "Rounding", "to_places", "whole",
]  # fmt: skip
