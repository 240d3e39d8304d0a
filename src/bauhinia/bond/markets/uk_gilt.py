"""United Kingdom gilts: UK Debt Management Office, Formulae for Calculating Gilt Prices from Yields (3rd edition, 16
March 2005), section one.

A conventional gilt compounds on quasi-coupon dates, the broken period and the last one included:
P = v^(r/s) (d1 + d2 v + c v^2 (1 - v^(n-1)) / (f (1 - v)) + 100 v^n). The stream of payments is that sum, whatever its
first period, and its coming dividend is nil where the gilt settles ex dividend: after the record date, seven business
days before the dividend date, from which accrued interest is negative (section three). Prices and accrued interest to
six places are as the DMO publishes them (*assumed* for trades).

Index-linked gilts with a three-month lag have a real price at a real yield by the same formula on real cash flows; its
index ratio, rounded half up to five places, makes money of it (annex B). Those with an eight-month lag trade at a
nominal price: P = (d1 + d2 (uw) + a c w^2 (1 - w^(n-1)) / (2 (1 - w))) (uw)^(r/s) + 100 a u^(r/s) w^(r/s + n), with
u = (1 + inflation)^(-1/2) and a = (RPIL / RPIB) u^(2k/12).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.coupons.indexed import between
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.markets.convention import Convention, Quotation, by_discounting, compound
from bauhinia.bond.power import power
from bauhinia.bond.price import Price
from bauhinia.bond.rounding import to_places
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms
from bauhinia.bond.yields import rounded_root

_PRICE, _YIELD = by_discounting(compound, 2)
RECORD_BUSINESS_DAYS = 7  # between the record date and the dividend date

UK_GILT = Convention(
    name="UK gilt",
    settlement_days=1,
    compounding=2,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(8),
    clean=Quotation(6),
    accrued=Quotation(6),
)


class IndexLinkedPrice(NamedTuple):
    """Per 100 of nominal: the price in real terms, and in money."""

    real: Price
    nominal: Price


def reference_rpi(day: date, month_start: Fraction, next_month_start: Fraction) -> Fraction:
    """The reference RPI of a day, between those of the first days of its month and of the next: the RPI published for
    three and two months before. Five places, half up (annex B).
    """
    return to_places(between(day, month_start, next_month_start), 5)


def index_ratio(reference: Fraction, reference_at_issue: Fraction) -> Fraction:
    """The reference RPI over that of the first issue, to five places (annex B)."""
    if reference_at_issue <= 0:
        raise Impossible("reference_at_issue", f"{reference_at_issue} is no index value")
    return to_places(reference / reference_at_issue, 5)


def index_linked_price(
    terms: Terms, periods: Sequence[Period], settlement_date: date, real_yield: Fraction, ratio: Fraction
) -> IndexLinkedPrice:
    """The price of a three-month-lag gilt at a real yield; `ratio` is that of the settlement date. Unrounded."""
    real = UK_GILT.price(terms, periods, settlement_date, real_yield)
    return IndexLinkedPrice(real, Price(real.clean * ratio, real.accrued * ratio, real.dirty * ratio))


def real_yield(
    terms: Terms, periods: Sequence[Period], settlement_date: date, real_clean_price: Fraction, places: int = 8
) -> Fraction:
    """The real yield of a three-month-lag gilt at its real clean price, which is how it is quoted."""
    return UK_GILT.yield_from_price(terms, periods, settlement_date, real_clean_price, places)


class EightMonthLag(NamedTuple):
    """An index-linked gilt with an eight-month lag, as its formula sees it.

    `coupon` is a year's real interest per 100; `next_dividend` and `following_dividend` are in money, known or as
    projected, and nil where not due to the buyer; `broken` is r/s; `periods` is n, the whole quasi-coupon periods from
    the next date to redemption. `latest_index` is the latest RPI, `base_index` that of the first issue,
    `months_ahead` k: from the month of the RPI that sets the next dividend to that of the latest. `inflation` is a
    year's.
    """

    coupon: Fraction
    next_dividend: Fraction
    following_dividend: Fraction
    broken: Fraction
    periods: int
    latest_index: Fraction
    base_index: Fraction
    months_ahead: int
    inflation: Fraction = Fraction(3, 100)


def eight_month_lag_price(gilt: EightMonthLag, annual_real_yield: Fraction) -> Fraction:
    """The dirty price in money per 100 at a real yield, compounded half-yearly. Impossible at a yield that loses all
    in a half-year.
    """
    if annual_real_yield <= -2 or gilt.inflation <= -1:
        raise Impossible("annual_real_yield", f"{annual_real_yield} loses everything within a period")
    real = 1 / (1 + annual_real_yield / 2)
    inflated = power(1 + gilt.inflation, Fraction(-1, 2))
    # u to the 2k/12: k/12 of a year's inflation, which the latest index holds already
    scale = gilt.latest_index / gilt.base_index * power(1 + gilt.inflation, Fraction(-gilt.months_ahead, 12))
    dividends = gilt.next_dividend
    if gilt.periods >= 1:
        dividends += gilt.following_dividend * inflated * real
    dividends += sum((scale * gilt.coupon / 2 * real**each for each in range(2, gilt.periods + 1)), Fraction(0))
    broken = power(inflated * real, gilt.broken)
    return broken * (dividends + 100 * scale * real**gilt.periods)


def eight_month_lag_yield(gilt: EightMonthLag, dirty_price: Fraction, places: int = 6) -> Fraction:
    """The real yield at a dirty price in money, half up to so many places."""
    return rounded_root(lambda rate: eight_month_lag_price(gilt, rate), dirty_price, -2, 10, places, "dirty_price")
