"""Interest that has accrued at a settlement date, which the buyer pays to the seller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.interest import accrued_of, index_ratio_of, interest_of
from bauhinia.bond.known import NOTHING, Known
from bauhinia.bond.principal import factor_of
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms, require_exact

SETTLEMENT = "settlement_date"


def accrued_fraction(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> Fraction:
    """Accrued interest as an exact part of original nominal, from the start of the current period up to the settlement
    date: on what is outstanding, times the index ratio of that date.

    ICMA Rule 251: the day the period starts counts, the settlement date does not, so nothing has accrued on a coupon
    date. Where the bond trades ex dividend and the record date is past, the seller keeps the coming interest and the
    buyer is owed its rest: what has accrued less the interest of the period, below zero (UK DMO, Formulae for
    Calculating Gilt Prices from Yields, section three).

    Impossible before the issue date and from the end of the last period on; NotKnown, by series and day, where it hangs
    on a value that is not known.
    """
    require_exact(terms)
    period = period_at(periods, settlement_date, SETTLEMENT)
    part = accrued_of(terms, period, settlement_date, known, calendars)
    if terms.ex_dividend and settlement_date > period.record_date:
        part -= interest_of(terms, period, known, calendars)
    if part and terms.repayment is not None:
        part *= factor_of(terms, periods, period.number, known, calendars)
    return part * index_ratio_of(terms, settlement_date, known) if part and terms.indexed else part


def accrued_interest(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    nominal: int,
    rounding: Rounding = Rounding.HALF_UP,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> int:
    """Accrued interest on a traded nominal amount, in smallest units: rounded once, on the whole of it."""
    return whole(nominal * accrued_fraction(terms, periods, settlement_date, known, calendars), rounding)
