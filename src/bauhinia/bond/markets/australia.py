"""Australia: Australian Office of Financial Management, pricing formulae for Treasury Bonds and Treasury Indexed Bonds;
Reserve Bank of Australia, Pricing Formulae for Commonwealth Government Securities.

P = v^(f/d) (g (1 + a_n) + 100 v^n) with half-yearly v; ex interest, from seven calendar days before a coupon on, the 1
falls away, and the coming coupon with it. Between the record dates of the last two coupons (3) P = (100 + g) / (1 + (f
/ 365) i), after the last one (4) P = 100 / (1 + (f / 365) i). The price with accrued interest is rounded to three
places, accrued interest to three as well; in the final ex-interest period the formula price stands unrounded. Days to a
maturity on a holiday run to the day of payment in (3) and (4).

A Treasury Indexed Bond pays quarterly: the same formulae in quarters, times Kt (1 + p / 100)^(-f/d) / 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.markets.convention import Convention, Quotation, Valuation, by_discounting, compound, simple
from bauhinia.bond.power import power
from bauhinia.bond.price import Discounting, Stream, stream_of, worth
from bauhinia.bond.rounding import to_places
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms

YEAR = 365
EX_INTEREST_DAYS = 7  # before the payment; the record date, still cum, is a day earlier


def _rule(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    """Simple interest once one payment date is left to who buys, which it is when the second last coupon goes ex; of
    what bears no coupons, within its last half-year.
    """
    first, last = stream.flows[0].periods, stream.flows[-1].periods
    if first < last or (last and not terms.rate):
        return compound(terms, periods, settlement_date, stream)
    return simple(terms, stream, Fraction((periods[-1].payment_date - settlement_date).days, YEAR))


_PRICE, _YIELD = by_discounting(_rule, 2)
THREE = Quotation(3)

AUSTRALIA = Convention(
    name="Australia",
    settlement_days=2,
    compounding=2,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=THREE,
    accrued=THREE,
    dirty=THREE,
)


def indexed_factor(capital_value: Fraction, half_change: Fraction, broken: Fraction) -> Fraction:
    """What turns a Treasury Indexed Bond's real price into money: Kt (1 + p / 100)^(-f/d) / 100.

    `capital_value` is Kt, at the next coupon; `half_change` p, in percent: half the change of the consumer price index
    over two quarters; `broken` f/d, the part of the quarter left.
    """
    if half_change <= -100:
        raise Impossible("half_change", f"{half_change} percent leaves no price level")
    return capital_value / 100 * power(1 + half_change / 100, -broken)


def indexed_price(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    real_yield: Fraction,
    capital_value: Fraction,
    half_change: Fraction,
) -> Fraction:
    """The price of a Treasury Indexed Bond with accrued interest, per 100 of face value, to three places.

    Unlike a Treasury Bond's it compounds to the end; in the final ex-interest period it is not rounded.
    """
    stream = stream_of(terms, periods, settlement_date)
    real = worth(stream, Discounting(4, 4), real_yield)
    price = real * indexed_factor(capital_value, half_change, stream.broken)
    final = len(stream.flows) == 1 and settlement_date >= periods[-1].start
    return price if final else to_places(price, 3)
