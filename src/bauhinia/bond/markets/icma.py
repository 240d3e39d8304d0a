"""The international market: ICMA Rules and Recommendations, section 800 (yield) and Rule 251 (accrued interest).

Compound interest over whole and broken periods; the yield that ICMA quotes compounds once a year.
"""

from __future__ import annotations

from bauhinia.bond.markets.convention import Convention, Quotation, annual, by_discounting

_PRICE, _YIELD = by_discounting(annual, 1)

ICMA = Convention(
    name="ICMA",
    settlement_days=2,
    compounding=1,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=Quotation(3),
    accrued=Quotation(6),
)
