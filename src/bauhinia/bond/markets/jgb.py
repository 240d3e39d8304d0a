"""Japanese government bonds: Japan Securities Dealers Association and Ministry of Finance practice.

The market quotes a simple yield: y = (c + (100 - P) / T) / P per 100, with T the days to maturity over 365. No 29
February counts among the days where a year or more is left (a settlement on one does not leave it out, a maturity on
one does); below a year each day counts. Accrued interest counts each day over 365, cut at seven places, and never
exceeds the coupon (183 or 184 days). Prices and yields are cut downwards at three places, not rounded. The compound
yield is half-yearly over coupon periods, the broken one by its days (*assumed*: no published formula was found; it
meets the published yield of the 20-year bond no. 101).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bauhinia.bond.accrued import SETTLEMENT
from bauhinia.bond.daycount import DayCount, year_fraction
from bauhinia.bond.fields import exactly
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.known import NOTHING, Known
from bauhinia.bond.markets.convention import Convention, Quotation, by_discounting, compound
from bauhinia.bond.price import Price, is_ex_dividend
from bauhinia.bond.roll import add_months
from bauhinia.bond.rounding import Rounding, to_places
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms

YEAR = 365
CUT = Rounding.DOWN


def accrued(terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING) -> Fraction:
    """Accrued interest per 100: actual days over 365, the period's interest at most."""
    period = period_at(periods, settlement_date, SETTLEMENT)
    coupon = 100 * terms.rate / (terms.frequency or 1)
    days = (settlement_date - period.accrual_start).days
    gone = min(100 * terms.rate * Fraction(days, YEAR), coupon)
    return gone - coupon if is_ex_dividend(terms, period, settlement_date) else gone


def years_left(settlement_date: date, maturity: date) -> Fraction:
    """T: the days to maturity over 365. Impossible on or after the maturity."""
    if settlement_date >= maturity:
        raise Impossible("settlement_date", f"{settlement_date} is not before the maturity, {maturity}")
    long = add_months(settlement_date, 12) <= maturity
    return year_fraction(DayCount.NL_365 if long else DayCount.ACT_365_FIXED, settlement_date, maturity)


def _years_left(terms: Terms, periods: Sequence[Period], settlement_date: date) -> Fraction:
    if terms.perpetual:
        raise Impossible("perpetual", "a simple yield counts to a maturity")
    return years_left(settlement_date, periods[-1].end)


def simple_price(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    annual_yield: Fraction,
    known: Known = NOTHING,
) -> Price:
    """The price at a simple yield. Impossible at one that loses everything by maturity."""
    exactly("annual_yield", annual_yield)
    years = _years_left(terms, periods, settlement_date)
    growth = 1 + annual_yield * years
    if growth <= 0:
        raise Impossible("annual_yield", f"{annual_yield} loses everything by maturity")
    clean = 100 * (terms.redemption_price + terms.rate * years) / growth
    interest = accrued(terms, periods, settlement_date)
    return Price(clean, interest, clean + interest)


def simple_yield(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    clean_price: Fraction,
    places: int = 5,
    rounding: Rounding = CUT,
    known: Known = NOTHING,
) -> Fraction:
    """The simple yield at a clean price, cut at so many places. Impossible at no price."""
    exactly("clean_price", clean_price)
    if clean_price <= 0:
        raise Impossible("clean_price", f"{clean_price} is not above zero")
    years = _years_left(terms, periods, settlement_date)
    gain = (100 * terms.redemption_price - clean_price) / years
    return to_places((100 * terms.rate + gain) / clean_price, places, rounding)


_PRICE, _YIELD = by_discounting(compound, 2, accrued)

JGB_SIMPLE = Convention(
    name="JGB simple",
    settlement_days=1,
    compounding=0,
    price_of=simple_price,
    yield_of=simple_yield,
    yields=Quotation(5, CUT),
    clean=Quotation(3, CUT),
    accrued=Quotation(7, CUT),
)
JGB_COMPOUND = Convention(
    name="JGB compound",
    settlement_days=1,
    compounding=2,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5, CUT),
    clean=Quotation(3, CUT),
    accrued=Quotation(7, CUT),
)
