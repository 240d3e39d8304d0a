"""Treasury bills: 31 CFR part 356, appendix B, section VI."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from bauhinia.bond.markets.bills import (
    bond_equivalent_from_price,
    discount_from_price,
    price_from_bond_equivalent,
    price_from_discount,
)
from bauhinia.bond.roll import add_months, is_leap
from bauhinia.bond.rounding import to_places

YEAR = 360


def price(discount_rate: Fraction, days: int) -> Fraction:
    """The price at a bank discount rate, to six places (VI.A)."""
    return to_places(price_from_discount(discount_rate, days, YEAR), 6)


def purchase_price(par: Fraction, price_per_100: Fraction) -> Fraction:
    """What a bill of that par amount costs, to the cent (VI.B)."""
    return to_places(par * price_per_100 / 100, 2)


def discount_rate(price_per_100: Fraction, days: int) -> Fraction:
    """The bank discount rate at a price, to a thousandth of a percent (VI.C)."""
    return to_places(discount_from_price(price_per_100, days, YEAR), 5)


def year_basis(issue_date: date) -> int:
    """y: 366 where the year that follows the issue date holds a 29 February, else 365 (VI.D)."""
    end = add_months(issue_date, 12)
    leap_days = (date(year, 2, 29) for year in (issue_date.year, end.year) if is_leap(year))
    return 366 if any(issue_date < day <= end for day in leap_days) else 365


def investment_rate(price_per_100: Fraction, issue_date: date, maturity: date) -> Fraction:
    """The coupon-equivalent yield, to a thousandth of a percent: simple up to half a year, else the root of the
    quadratic (VI.D.1 and VI.D.2).
    """
    days = (maturity - issue_date).days
    return to_places(bond_equivalent_from_price(price_per_100, days, year_basis(issue_date)), 5)


def price_from_investment_rate(rate: Fraction, issue_date: date, maturity: date) -> Fraction:
    """The price at a coupon-equivalent yield, unrounded: the formulae of VI.D the other way round."""
    return price_from_bond_equivalent(rate, (maturity - issue_date).days, year_basis(issue_date))
