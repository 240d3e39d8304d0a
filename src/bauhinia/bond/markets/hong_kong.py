"""Hong Kong: Exchange Fund Notes and institutional Government Bonds, tendered by price; their annualised yield.

The notes pay half-yearly by actual days over 365 (Hong Kong Monetary Authority, Exchange Fund Notes: Information for
Investors), and tender results state an annualised yield beside each price. The formula is not published with them.
*Assumed*, because it meets the published results best: half-yearly periods, the broken one measured by its days over
365, compounded once a year. Of nine yields in the results of 10GB2706 (11 July 2018) and 15GB3403 (19 July 2023) and in
indicative pricings it gives seven to the last digit, and the two others to 0.0007 percent; with the broken period
measured by its own days it gives four. Bills are in `bills`: they are tendered by simple yield.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import floor

from bauhinia.bond.accrued import SETTLEMENT
from bauhinia.bond.markets.convention import Convention, Quotation, Valuation, by_discounting, frequency_of
from bauhinia.bond.price import Discounting, Flow, Stream, periods_left
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms

YEAR = 365


def _rule(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    current = period_at(periods, settlement_date, SETTLEMENT)
    often = frequency_of(terms)
    settled = min(settlement_date, current.end)  # where it is paid later than on its maturity, nothing is left of it
    broken = often * Fraction((current.end - settled).days, YEAR)
    # the flows count from the coming payment, which a long stub puts further off than the next regular date
    ahead = floor(periods_left(terms, current, settlement_date))
    flows = tuple(Flow(flow.periods - ahead, flow.amount) for flow in stream.flows)
    return stream._replace(broken=broken, flows=flows), Discounting(1, often)


_PRICE, _YIELD = by_discounting(_rule, 1)

HONG_KONG = Convention(
    name="Hong Kong",
    settlement_days=1,
    compounding=1,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=Quotation(2),
    accrued=Quotation(5),
)
