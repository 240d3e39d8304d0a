"""Bills: paper that pays once. Discount, money-market and bond-equivalent yields, a price from each and back.

Discount rates and yields are parts of one a year, prices per 100 of nominal, unrounded unless said otherwise. What each
market quotes is in `BILL_MARKETS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.power import power
from bauhinia.bond.risk import BASIS_POINT, Sensitivities
from bauhinia.bond.rounding import Rounding, to_places

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class BillConvention:
    """How a market quotes bills: `discount` on the nominal or else a yield on the price; days over `year`; the places
    of a price and of the rate; the source of it.
    """

    name: str
    discount: bool
    year: int
    price_places: int | None
    rate_places: int
    source: str

    def price(self, rate: Fraction, days: int) -> Fraction:
        """The price at the quoted rate, rounded as the market does (not at all where it rounds the amount alone)."""
        exact = (price_from_discount if self.discount else price_from_money_market)(rate, days, self.year)
        return exact if self.price_places is None else to_places(exact, self.price_places)

    def rate(self, price: Fraction, days: int) -> Fraction:
        """The quoted rate at a price."""
        exact = (discount_from_price if self.discount else money_market_from_price)(price, days, self.year)
        return to_places(exact, self.rate_places, Rounding.HALF_UP)

    def sensitivities(self, rate: Fraction, days: int) -> Sensitivities:
        """How the unrounded price answers to the quoted rate; the duration is the time to the payment, in the market's
        years. A price from a discount is a straight line.
        """
        time = _time(days, self.year)
        if self.discount:
            price = price_from_discount(rate, days, self.year)
            return Sensitivities(time, 100 * time / price, Fraction(0), 100 * time * BASIS_POINT)
        price = price_from_money_market(rate, days, self.year)
        modified = time * price / 100
        return Sensitivities(time, modified, 2 * modified**2, modified * price * BASIS_POINT)


def price_from_discount(discount_rate: Fraction, days: int, year: int) -> Fraction:
    """100 less the discount, which is on the nominal. Impossible where it eats the nominal up."""
    price = 100 * (1 - discount_rate * _time(days, year))
    if price <= 0:
        raise Impossible("discount_rate", f"{discount_rate} for {days} days leaves no price")
    return price


def discount_from_price(price: Fraction, days: int, year: int) -> Fraction:
    return (100 - _paid(price)) / 100 / _time(days, year)


def price_from_money_market(annual_yield: Fraction, days: int, year: int) -> Fraction:
    """100 discounted with simple interest on the price. Impossible at a yield that loses everything."""
    growth = 1 + annual_yield * _time(days, year)
    if growth <= 0:
        raise Impossible("annual_yield", f"{annual_yield} for {days} days loses everything")
    return 100 / growth


def money_market_from_price(price: Fraction, days: int, year: int) -> Fraction:
    """The simple yield on what is paid: that of a certificate of deposit where the year has 360 days."""
    return (100 / _paid(price) - 1) / _time(days, year)


def money_market_from_discount(discount_rate: Fraction, days: int, discount_year: int, year: int) -> Fraction:
    """A discount rate as a simple yield on the price, over a year of its own."""
    return money_market_from_price(price_from_discount(discount_rate, days, discount_year), days, year)


def bond_equivalent_from_price(price: Fraction, days: int, year: int) -> Fraction:
    """The yield of a semi-annual bond of the same term: simple up to half a year, beyond it with one compounding (the
    root of a quadratic: 31 CFR part 356, appendix B, section VI.D). Fifty digits.
    """
    time = _time(days, year)
    short = 100 / _paid(price) - 1
    if 2 * time <= 1:
        return short / time
    a, b = time / 2 - HALF / 2, time
    squared = b * b + 4 * a * short
    if squared < 0:
        raise Impossible("price", f"{price} has no bond-equivalent yield")
    root = power(squared, HALF) if squared else Fraction(0)
    return (root - b) / (2 * a)


def price_from_bond_equivalent(annual_yield: Fraction, days: int, year: int) -> Fraction:
    """The price at a bond-equivalent yield, exactly."""
    time = _time(days, year)
    if 2 * time <= 1:
        return price_from_money_market(annual_yield, days, year)
    first, rest = 1 + annual_yield / 2, 1 + annual_yield * (time - HALF)
    if first <= 0 or rest <= 0:
        raise Impossible("annual_yield", f"{annual_yield} for {days} days loses everything")
    return 100 / (first * rest)


def _time(days: int, year: int) -> Fraction:
    if days < 1:
        raise Impossible("days", f"{days} days to maturity are none")
    return Fraction(days, year)


def _paid(price: Fraction) -> Fraction:
    if price <= 0:
        raise Impossible("price", f"{price} is not above zero")
    return price


BILL_MARKETS = (
    BillConvention("US", True, 360, 6, 5, "31 CFR part 356, appendix B, section VI.A and VI.C"),
    BillConvention("UK", False, 365, 6, 6, "UK DMO, UK Treasury Bills: Information Memorandum"),
    BillConvention("HK", False, 365, 3, 4, "HKMA, Exchange Fund Bills, tendered by yield; 365 days and places assumed"),
    BillConvention("JP", False, 365, 3, 6, "Ministry of Finance Japan, Treasury Discount Bills: simple yield"),
    BillConvention("AU", False, 365, None, 5, "AOFM, Treasury Notes: 100 / (1 + (f / 365) i)"),
    BillConvention("CA", False, 365, 5, 5, "IIAC, Canadian Conventions in Fixed Income Markets, Treasury bills"),
    BillConvention("FR", False, 360, 5, 5, "Agence France Tresor, BTF: money-market yield, Act/360; places assumed"),
    BillConvention("DE", False, 360, 5, 5, "Finanzagentur, Bubills: simple yield, Act/360; places assumed"),
    BillConvention("KR", False, 365, None, 5, "KOFIA, business regulation, annex 14: discount paper; simple yield"),
)  # fmt: skip
