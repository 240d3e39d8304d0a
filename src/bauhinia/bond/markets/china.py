"""China's interbank market: People's Bank of China, notice on the calculation of yields to maturity in the interbank
bond market (Yinfa 2007 no. 200), as China Central Depository & Clearing applies it.

Before the last coupon period: compound, as often as the bond pays, the broken period by its actual days (29 February
counts) over those of the coupon period. In it, simple: y = (FV - PV) / PV over D / TY, with D the days to the payment
and TY those of the coupon year it lies in. Paper of one year or less that pays once bears simple interest as well;
beyond a year it compounds yearly over coupon years. Yields are quoted to four places of a percent, clean prices to four
and accrued interest to five (the places are *assumed*).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bauhinia.bond.markets.convention import Convention, Quotation, Valuation, by_discounting, compound, simple
from bauhinia.bond.price import Stream
from bauhinia.bond.roll import add_months
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms


def _rule(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    last = periods[-1]
    if settlement_date < last.start:
        return compound(terms, periods, settlement_date, stream)
    days, coupon_year = max((last.end - settlement_date).days, 0), (last.end - add_months(last.end, -12)).days
    return simple(terms, stream, Fraction(days, coupon_year))


_PRICE, _YIELD = by_discounting(_rule, 1)

CHINA = Convention(
    name="China interbank",
    settlement_days=1,
    compounding=1,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(6),
    clean=Quotation(4),
    accrued=Quotation(5),
)
