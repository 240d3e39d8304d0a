"""What a bond costs at a yield: ICMA's formula, clean and dirty, exact but for one broken power."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import floor
from typing import NamedTuple

from bauhinia.bond.accrued import accrued_fraction, accrued_interest
from bauhinia.bond.cashflow import interest_fraction
from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.daycounts import act_act_icma
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.power import power
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms


class Price(NamedTuple):
    """A price per 100 of nominal: dirty is clean and accrued together. Unrounded."""

    clean: Fraction
    accrued: Fraction
    dirty: Fraction


class Flow(NamedTuple):
    """A payment per 100 of nominal, and how many coupon periods after settlement it is discounted for."""

    periods: Fraction
    amount: Fraction


def price_from_yield(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    annual_yield: Fraction,
    compounding: int | None = None,
) -> Price:
    """The price at a yield, by the compound formula of ICMA (Rules and Recommendations, section 800).

    `annual_yield` is 0.02251 for 2.251 percent, compounded `compounding` times a year: as often as the bond pays unless
    another is given (1 is the yield ICMA itself quotes). Payments are discounted from their unadjusted dates, the
    broken period by the days of it that remain. Whole periods are exact; a broken one has 50 digits (see `power`).
    """
    often = compounding_of(terms, compounding)
    flows = remaining_flows(terms, periods, settlement_date)
    dirty = present_value(flows, annual_yield, often, terms.frequency or 1)
    accrued = 100 * accrued_fraction(terms, periods, settlement_date)
    return Price(dirty - accrued, accrued, dirty)


def compounding_of(terms: Terms, compounding: int | None) -> int:
    """How often a year the yield compounds. Impossible below once."""
    often = (terms.frequency or 1) if compounding is None else compounding
    if often < 1:
        raise Impossible("compounding", f"{often} times a year is below once")
    return often


def remaining_flows(terms: Terms, periods: Sequence[Period], settlement_date: date) -> list[Flow]:
    """What is still paid per 100 of nominal to who buys for that settlement date, the coming coupon included.

    The broken period is what remains of it by the bond's day count, times its length in regular periods, so 12 days of
    181 are 12/181 of a period and a long stub counts for more than one.
    """
    current = period_at(periods, settlement_date)
    length = _length(current)
    settled = min(max(settlement_date, current.start), current.end)
    left = year_fraction(terms.day_count, settled, current.end, current.nominal_reference)
    full = year_fraction(terms.day_count, current.start, current.end, current.nominal_reference)
    elapsed = length * left / full if full else length  # 30/360 counts no day from the 30th to the 31st
    flows = []
    for period in periods[current.number - 1 :]:
        if period is not current:
            elapsed += _length(period)
        flows.append(Flow(elapsed, 100 * interest_fraction(terms, period)))
    flows.append(Flow(elapsed, 100 * terms.redemption_price))
    return [flow for flow in flows if flow.amount]


def present_value(flows: Sequence[Flow], annual_yield: Fraction, compounding: int, frequency: int) -> Fraction:
    """What the flows are worth, each discounted over its periods of a year's `frequency`. Impossible at a yield that
    loses all in one compounding period.
    """
    growth = 1 + annual_yield / compounding
    if growth <= 0:
        raise Impossible("annual_yield", f"{annual_yield} loses everything within a period")
    broken_sums: dict[Fraction, Fraction] = {}
    for flow in flows:
        exponent = flow.periods * compounding / frequency
        periods = floor(exponent)
        broken = exponent - periods
        broken_sums[broken] = broken_sums.get(broken, Fraction(0)) + flow.amount / growth**periods
    return sum((amount / power(growth, broken) for broken, amount in broken_sums.items()), Fraction(0))


def proceeds(nominal: int, price: Fraction, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What a nominal amount costs at a price per 100, in smallest units, rounded once."""
    return whole(nominal * price / 100, rounding)


def settlement_amount(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    nominal: int,
    clean_price: Fraction,
    rounding: Rounding = Rounding.HALF_UP,
) -> int:
    """What a trade at a clean price settles for, in smallest units: proceeds and accrued interest, each rounded."""
    accrued = accrued_interest(terms, periods, settlement_date, nominal, rounding)
    return proceeds(nominal, clean_price, rounding) + accrued


def _length(period: Period) -> Fraction:
    """How many regular periods a period is: 1 for a coupon period, less or more for a stub."""
    reference = period.nominal_reference
    return reference.frequency * act_act_icma.year_fraction(period.start, period.end, reference)
