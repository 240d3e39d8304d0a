"""Treasury inflation-protected securities: 31 CFR part 356, appendix B, sections I.B, III and V.

Real price and yield are those of a note (section II); the index ratio turns them into money. A reference CPI and an
index ratio are each truncated to six places and then rounded to five.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.coupons.indexed import between, cut
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.markets.us_treasury import US_TREASURY, accrued_per_1000
from bauhinia.bond.price import Price
from bauhinia.bond.rounding import to_places
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms

TRUNCATED, PLACES = 6, 5  # of a reference CPI and an index ratio


class AdjustedPrice(NamedTuple):
    """Per 100 of original principal: the real price, and what is paid for it and for the interest accrued on it."""

    real: Price
    price: Fraction
    accrued: Fraction

    @property
    def settlement_amount(self) -> Fraction:
        return self.price + self.accrued


def reference_cpi(day: date, month_start: Fraction, next_month_start: Fraction) -> Fraction:
    """The reference CPI of a day, between those of the first days of its month and of the next (section I.B.3(iii)).

    The reference CPI of a month's first day is the index published for the third month before.
    """
    return cut(between(day, month_start, next_month_start), TRUNCATED, PLACES)


def index_ratio(reference: Fraction, reference_at_issue: Fraction) -> Fraction:
    """How much principal has grown: the reference CPI over that of the issue or dated date (section I.B.3(iv))."""
    if reference_at_issue <= 0:
        raise Impossible("reference_at_issue", f"{reference_at_issue} is no index value")
    return cut(reference / reference_at_issue, TRUNCATED, PLACES)


def adjusted_principal(par: Fraction, ratio: Fraction) -> Fraction:
    """Inflation-adjusted principal, to the cent (section I.B.5)."""
    return to_places(par * ratio, 2)


def interest_payment(par: Fraction, rate: Fraction, ratio: Fraction) -> Fraction:
    """A semi-annual interest payment on the adjusted principal, to the cent (section I.B.5)."""
    return to_places(par * ratio * rate / 2, 2)


def stripped_adjusted_value(par: Fraction, rate: Fraction, reference_at_issue: Fraction) -> Fraction:
    """The adjusted value of a stripped interest component: the payment scaled back by the reference CPI at issue, in
    hundreds, to the cent (section V).
    """
    return to_places(par * rate / 2 * 100 / reference_at_issue, 2)


def stripped_payment(adjusted_value: Fraction, reference: Fraction) -> Fraction:
    """What a stripped interest component pays at a reference CPI, to the cent (section V)."""
    return to_places(adjusted_value * reference / 100, 2)


def auction_price(
    terms: Terms, periods: Sequence[Period], settlement_date: date, real_yield: Fraction, ratio: Fraction
) -> AdjustedPrice:
    """The price at a real yield, in real terms and in money: the six-place real price times the five-place ratio, to
    six places, and accrued interest alike (section III).
    """
    real = US_TREASURY.quoted_price(terms, periods, settlement_date, real_yield)
    return AdjustedPrice(real, to_places(real.clean * ratio, 6), to_places(real.accrued * ratio, 6))


def adjusted_accrued_per_1000(
    terms: Terms, periods: Sequence[Period], settlement_date: date, ratio: Fraction
) -> Fraction:
    """Accrued interest on 1,000 of original principal in money: the five-place real accrual times the ratio, to five
    places.
    """
    return to_places(accrued_per_1000(terms, periods, settlement_date) * ratio, 5)
