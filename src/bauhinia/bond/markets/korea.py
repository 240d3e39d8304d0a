"""Korea Treasury Bonds: Korea Financial Investment Association, regulation on the business and affairs of financial
investment companies, annex 14 (unit prices of bonds).

Whole periods compound as often as the bond pays, the broken one bears simple interest: value at the next coupon date
over 1 + (y / f) (d / t). The price of 10,000 won of nominal, accrued interest included, is cut below one won: two
places per 100. There is no clean price in trading; accrued interest is given by the bond's day count.
"""

from __future__ import annotations

from bauhinia.bond.markets.convention import Convention, Quotation, by_discounting, simple_broken
from bauhinia.bond.rounding import Rounding

_PRICE, _YIELD = by_discounting(simple_broken, 2)

KOREA = Convention(
    name="Korea Treasury Bond",
    settlement_days=1,
    compounding=2,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=Quotation(2, Rounding.DOWN),
    accrued=Quotation(2, Rounding.DOWN),
    dirty=Quotation(2, Rounding.DOWN),
)
