"""Canada: Investment Industry Association of Canada, Canadian Conventions in Fixed Income Markets (release 1.3).

The yield compounds half-yearly, whole and broken periods by actual days over those of the period. Accrued interest
counts days over 365 instead: c t / 365 up to half a year of 182.5 days, and beyond it what remains of the coupon, half
of c less c over 365 for each day still to run. In the last period interest is simple, days over 365. Treasury bills are
in `bills`. The places of a price are *assumed*.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bauhinia.bond.accrued import SETTLEMENT
from bauhinia.bond.daycount import DayCount, year_fraction
from bauhinia.bond.interest import rate_of
from bauhinia.bond.known import NOTHING, Known
from bauhinia.bond.markets.convention import Convention, Quotation, Valuation, by_discounting, compound, simple
from bauhinia.bond.price import Stream, is_ex_dividend
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms

YEAR = 365


def accrued(terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING) -> Fraction:
    """Accrued interest per 100 of what is outstanding, by days over 365 from the nearer end of the period."""
    period = period_at(periods, settlement_date, SETTLEMENT)
    years = year_fraction(DayCount.ACT_365_CANADIAN, period.accrual_start, settlement_date, period.reference)
    if is_ex_dividend(terms, period, settlement_date):
        years -= year_fraction(DayCount.ACT_365_CANADIAN, period.accrual_start, period.accrual_end, period.reference)
    return 100 * rate_of(terms, period, known) * years


def _rule(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    last = periods[-1]
    if settlement_date < last.start:
        return compound(terms, periods, settlement_date, stream)
    return simple(terms, stream, Fraction(max((last.end - settlement_date).days, 0), YEAR))


_PRICE, _YIELD = by_discounting(_rule, 2, accrued)

CANADA = Convention(
    name="Canada",
    settlement_days=2,
    compounding=2,
    price_of=_PRICE,
    yield_of=_YIELD,
    yields=Quotation(5),
    clean=Quotation(3),
    accrued=Quotation(6),
)
