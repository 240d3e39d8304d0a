"""Germany: Federal bonds and notes (Bundesanleihen, Bundesobligationen, Bundesschatzanweisungen).

Yearly, Act/Act ICMA, compound interest by ICMA's formula; in the last coupon period simple interest over the days left
(the convention for German bonds in OpenGamma, Bond Pricing, quantitative research no. 5; the Bundesbank's own daily
yields stay compound). Bubills are in `bills`. The places quoted are *assumed*.
"""

from __future__ import annotations

from bauhinia.bond.markets.convention import Convention, Quotation, by_discounting, simple_at_last

_PRICE, _YIELD = by_discounting(simple_at_last, 1)

GERMANY = Convention(
    name="Germany",
    settlement_days=2,
    compounding=1,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=Quotation(3),
    accrued=Quotation(6),
)
