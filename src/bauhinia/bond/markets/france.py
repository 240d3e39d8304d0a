"""France: obligations assimilables du Trésor (Agence France Trésor; Comité de Normalisation Obligataire).

Yearly interest, Act/Act ICMA, an actuarial yield that compounds yearly to the end. BTF are in `bills`: money-market
yield, Act/360. The places quoted are *assumed*.
"""

from __future__ import annotations

from bauhinia.bond.markets.convention import Convention, Quotation, annual, by_discounting

_PRICE, _YIELD = by_discounting(annual, 1)

FRANCE = Convention(
    name="France",
    settlement_days=2,
    compounding=1,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=Quotation(3),
    accrued=Quotation(7),
)
