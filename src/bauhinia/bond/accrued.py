"""Interest that has accrued at a settlement date, which the buyer pays to the seller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms


def accrued_fraction(terms: Terms, periods: Sequence[Period], settlement_date: date) -> Fraction:
    """Accrued interest as an exact part of nominal, from the start of the current period up to the settlement date.

    ICMA Rule 251: the day the period starts counts, the settlement date does not, so nothing has accrued on a coupon
    date. Impossible before the issue date and from the end of the last period on.
    """
    period = period_at(periods, settlement_date)
    years = year_fraction(terms.day_count, period.accrual_start, settlement_date, period.reference)
    return terms.rate * years


def accrued_interest(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    nominal: int,
    rounding: Rounding = Rounding.HALF_UP,
) -> int:
    """Accrued interest on a traded nominal amount, in smallest units: rounded once, on the whole of it."""
    return whole(nominal * accrued_fraction(terms, periods, settlement_date), rounding)
