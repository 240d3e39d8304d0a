"""Italy: buoni del Tesoro poliennali (Ministry of Economy and Finance; MTS).

Half-yearly interest, Act/Act ICMA, and yet a yield that compounds yearly. The places quoted are *assumed*.
"""

from __future__ import annotations

from bauhinia.bond.markets.convention import Convention, Quotation, annual, by_discounting

_PRICE, _YIELD = by_discounting(annual, 1)

ITALY = Convention(
    name="Italy",
    settlement_days=2,
    compounding=1,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=Quotation(3),
    accrued=Quotation(5),
)
