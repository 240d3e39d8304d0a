"""What a bond promises: terms, day counts, calendars, schedules, cash flows, price.

Usable alone: `from bauhinia import bond`; prices by named market convention are in `bond.markets`, durations and
spreads in `bond.risk`. Everything is exact: dates are dates, rates are fractions, amounts are whole smallest units, and
each rounding has a name.
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
    OpenFlow,
    Payment,
    cash_flows,
    cash_flows_so_far,
    interest,
    interest_fraction,
    interest_per_calculation_amount,
    on_nominal,
    principal_per_calculation_amount,
    redemption,
    redemption_per_calculation_amount,
)
from bauhinia.bond.coupons.floating import Averaging, FixedFrom, Floating, Observation
from bauhinia.bond.coupons.indexed import Indexed, index_ratio, reference_index
from bauhinia.bond.coupons.steps import RateStep
from bauhinia.bond.coupons.sustainability import SustainabilityStep, lapsed
from bauhinia.bond.daycount import DayCount, year_fraction
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible, Problem
from bauhinia.bond.interest import (
    accrued_of,
    index_ratio_of,
    interest_of,
    needs_of,
    needs_of_principal,
    observations_of,
    rate_of,
    redemption_ratio_of,
)
from bauhinia.bond.known import NOTHING, Implausible, Known, Need, NotKnown, is_told, value_of
from bauhinia.bond.options import exercise_amount, make_whole_price, notice_problem, open_calls, open_puts
from bauhinia.bond.periodic import Stub, dates
from bauhinia.bond.price import Price, price_from_yield, proceeds, settlement_amount
from bauhinia.bond.principal import Instalment, factor_of, factors, instalments, repaid
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.lot import draw
from bauhinia.bond.repayments.pro_rata import pro_rata
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind
from bauhinia.bond.roll import Roll, add_months, notional_dates
from bauhinia.bond.rounding import Rounding, to_places, whole
from bauhinia.bond.schedule import Period, period_at, record_date, schedule, unadjusted_dates
from bauhinia.bond.terms import RecordDate, RecordRule, Terms, check
from bauhinia.bond.yields import yield_from_price, yields_from_prices

__all__ = [
    "AdjustedDate", "BusinessDayConvention", "Calendar", "LateClosure", "add_business_days", "adjust", "after_closures",
    "check_calendar", "check_closure", "chosen", "is_business_day", "is_confirmed", "is_open",
    "RecordDate", "RecordRule", "Terms", "check", "Impossible", "Problem",
    "DayCount", "Reference", "year_fraction", "Roll", "Stub", "add_months", "dates", "notional_dates",
    "Period", "period_at", "record_date", "schedule", "unadjusted_dates",
    "Averaging", "FixedFrom", "Floating", "Observation", "Indexed", "index_ratio", "reference_index",
    "RateStep", "SustainabilityStep", "lapsed",
    "NOTHING", "Implausible", "Known", "Need", "NotKnown", "is_told", "value_of",
    "rate_of", "interest_of", "accrued_of", "observations_of", "needs_of", "needs_of_principal", "index_ratio_of",
    "redemption_ratio_of",
    "CashFlow", "OpenFlow", "Payment", "on_nominal", "cash_flows", "cash_flows_so_far", "interest",
    "interest_fraction", "interest_per_calculation_amount", "principal_per_calculation_amount", "redemption",
    "redemption_per_calculation_amount",
    "accrued_fraction", "accrued_interest",
    "Instalment", "Part", "Reduction", "Repayment", "RepaymentKind", "factor_of", "factors", "instalments", "repaid",
    "Exercise", "MakeWhole", "draw", "exercise_amount", "make_whole_price", "notice_problem", "open_calls", "open_puts",
    "pro_rata",
    "Price", "price_from_yield", "proceeds", "settlement_amount", "yield_from_price", "yields_from_prices",
    "Rounding", "to_places", "whole",
]  # fmt: skip
