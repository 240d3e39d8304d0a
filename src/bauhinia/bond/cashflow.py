"""What a bond pays: interest and redemption, in smallest units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms


class Payment(IntEnum):
    """What a cash flow is. The numbers are written down: they enter canonical bytes."""

    INTEREST = 1
    REDEMPTION = 2


class CashFlow(NamedTuple):
    """An amount the bond pays on a nominal amount, in smallest units; provisional as its date is."""

    kind: Payment
    payment_date: date
    record_date: date
    amount: int
    provisional: bool


def interest_fraction(terms: Terms, period: Period) -> Fraction:
    """Interest of a period as an exact part of nominal: the rate times the day count's part of a year.

    A regular Act/Act ICMA period gives exactly the rate over the frequency.
    """
    years = year_fraction(terms.day_count, period.accrual_start, period.accrual_end, period.reference)
    return terms.rate * years


def interest_per_calculation_amount(terms: Terms, period: Period) -> int:
    """Interest of a period on one calculation amount, rounded half up to the smallest unit (rounding A)."""
    return whole(terms.calculation_amount * interest_fraction(terms, period), Rounding.HALF_UP)


def redemption_per_calculation_amount(terms: Terms) -> int:
    """What is repaid of one calculation amount at maturity, rounded half up to the smallest unit."""
    return whole(terms.calculation_amount * terms.redemption_price, Rounding.HALF_UP)


def calculation_amounts(terms: Terms, nominal: int) -> int:
    """How many calculation amounts a nominal amount is. Impossible where it is not a whole number of them."""
    count, rest = divmod(nominal, terms.calculation_amount)
    if rest or nominal < 0:
        raise Impossible(
            "nominal", f"{nominal} is not a multiple of the calculation amount, {terms.calculation_amount}"
        )
    return count


def interest(terms: Terms, period: Period, nominal: int) -> int:
    """Interest of a period on a nominal amount: that on one calculation amount, times how many are held."""
    return interest_per_calculation_amount(terms, period) * calculation_amounts(terms, nominal)


def redemption(terms: Terms, nominal: int) -> int:
    """What is repaid of a nominal amount at maturity."""
    return redemption_per_calculation_amount(terms) * calculation_amounts(terms, nominal)


def cash_flows(terms: Terms, periods: Sequence[Period], nominal: int) -> list[CashFlow]:
    """All that is paid on a nominal amount, in the order of payment; what comes to nothing is left out."""
    flows = [
        CashFlow(
            Payment.INTEREST, each.payment_date, each.record_date, interest(terms, each, nominal), each.provisional
        )
        for each in periods
    ]
    last = periods[-1]
    repaid = redemption(terms, nominal)
    flows.append(CashFlow(Payment.REDEMPTION, last.payment_date, last.record_date, repaid, last.provisional))
    return [flow for flow in flows if flow.amount]
