"""A 30-year monthly amortiser: what its cash flows cost, with level instalments and with equal parts."""

from __future__ import annotations

import time
from datetime import date
from fractions import Fraction

from bauhinia.bond.calendar import BusinessDayConvention, Calendar
from bauhinia.bond.cashflow import Payment, cash_flows
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.repayments.repayment import Repayment, RepaymentKind
from bauhinia.bond.schedule import schedule
from bauhinia.bond.terms import RecordDate, Terms
from bauhinia.words.reasons import must

YEARS = 30
CALENDAR = Calendar("XX", 1, date(2000, 1, 1), date(2099, 12, 31), ())
KINDS = (RepaymentKind.ANNUITY, RepaymentKind.LINEAR)
DAY_COUNTS = (DayCount.ACT_365_FIXED, DayCount.THIRTY_360)


def amortiser(kind: RepaymentKind = RepaymentKind.ANNUITY, day_count: DayCount = DayCount.ACT_365_FIXED) -> float:
    """Seconds for the cash flows of one calculation amount, from terms to the last of them; they repay it all."""
    terms = amortiser_terms(kind, day_count)
    start = time.perf_counter()
    flows = cash_flows(terms, schedule(terms, [CALENDAR]), terms.calculation_amount)
    took = time.perf_counter() - start
    must(len(flows) == 2 * 12 * YEARS, "an amortiser has another number of cash flows:", len(flows))
    repaid = sum(flow.amount for flow in flows if flow.kind is not Payment.INTEREST)
    must(repaid == terms.calculation_amount, "an amortiser did not repay everything:", repaid)
    return took


def amortiser_terms(kind: RepaymentKind, day_count: DayCount = DayCount.ACT_365_FIXED) -> Terms:
    return Terms(
        issue_date=date(2025, 1, 15),
        maturity=date(2025 + YEARS, 1, 15),
        rate=Fraction("0.04125"),
        frequency=12,
        day_count=day_count,
        business_day=BusinessDayConvention.MODIFIED_FOLLOWING,
        adjusted=True,
        calendars=("XX",),
        calculation_amount=100_000_000,
        minimum_denomination=100_000_000,
        denomination_multiple=100_000_000,
        record_date=RecordDate(),
        repayment=Repayment(kind),
    )
