"""United States Treasury notes and bonds: 31 CFR part 356, appendix B, section II, and the street's convention.

The Treasury prices its auctions with compound interest over whole half-years and simple interest over the broken one:
1 + (r/s)(i/2). One rule holds all seven formulae of the section, since the stream of payments knows a short or long
first period, a reopening in it, and where the regular half-years lie. The price and accrued interest are rounded to six
places each, and the clean price is their difference; accrued interest per 1,000 has five places (section I.D).

The street compounds over the broken half-year as well, but for the last one, which bears simple interest (SIFMA,
Standard Securities Calculation Methods, formulae 7 and 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.markets.convention import (
    Convention,
    Quotation,
    by_discounting,
    simple_at_last,
    simple_broken,
)
from bauhinia.bond.price import Price, accrued_per_100
from bauhinia.bond.rounding import to_places
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms

_PRICE, _YIELD = by_discounting(simple_broken, 2)
_STREET_PRICE, _STREET_YIELD = by_discounting(simple_at_last, 2)
SIX = Quotation(6)
DECIMAL_PLACES = 9  # of a daily interest decimal

US_TREASURY = Convention(
    name="US Treasury",
    settlement_days=1,
    compounding=2,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=SIX,
    accrued=SIX,
    dirty=SIX,
)
US_STREET = Convention(
    name="US street",
    settlement_days=1,
    compounding=2,
    price_of=_STREET_PRICE,
    yield_of=_STREET_YIELD,
    yields=Quotation(5),
    clean=SIX,
    accrued=SIX,
)


class DailyInterest(NamedTuple):
    """Interest of so many days of a half-year, at the daily interest decimal per 1,000."""

    days: int
    decimal: Fraction


def auction_price(terms: Terms, periods: Sequence[Period], settlement_date: date, annual_yield: Fraction) -> Price:
    """The price awarded at an auction's yield: price and accrued interest rounded to six places each (section II)."""
    return US_TREASURY.quoted_price(terms, periods, settlement_date, annual_yield)


def accrued_per_1000(terms: Terms, periods: Sequence[Period], settlement_date: date) -> Fraction:
    """Accrued interest on 1,000, to five places (section I.D)."""
    return to_places(10 * accrued_per_100(terms, periods, settlement_date), 5)


def daily_interest(rate: Fraction, reference: Reference, start: date, end: date) -> list[DailyInterest]:
    """The daily interest decimals of an accrual, per 1,000 and to nine places: one a half-year (section I.A.2).

    Impossible where `start` to `end` is not within the half-years of the reference.
    """
    dates = reference.dates
    if not dates[0] <= start <= end <= dates[-1]:
        raise Impossible("reference", f"{start} to {end} is not inside the half-years {dates[0]} to {dates[-1]}")
    found = []
    for opening, closing in pairwise(dates):
        days = (min(end, closing) - max(start, opening)).days
        if days > 0:
            decimal = to_places(1000 * rate / (reference.frequency * (closing - opening).days), DECIMAL_PLACES)
            found.append(DailyInterest(days, decimal))
    return found


def interest_payment(rate: Fraction, reference: Reference, start: date, end: date) -> Fraction:
    """Interest of a period per 1,000: half the yearly rate for a whole half-year, the daily interest decimal for each
    day of a part of one (sections I.A.1 to I.A.4).
    """
    dates, half = reference.dates, 1000 * rate / reference.frequency
    total = Fraction(0)
    for opening, closing in pairwise(dates):
        if start <= opening and closing <= end:
            total += half
        elif max(start, opening) < min(end, closing):
            part = Reference((opening, closing), reference.frequency)
            (each,) = daily_interest(rate, part, max(start, opening), min(end, closing))
            total += each.days * each.decimal
    return total
