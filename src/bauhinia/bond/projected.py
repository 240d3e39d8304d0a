"""What is still to be paid, by the day of payment and per 100 of what is outstanding: for spreads over a curve, for
carry, and for floaters, whose coming rates are projected.

A projection is what somebody assumes: nothing here is known, and no part of what the ledger computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.accrued import SETTLEMENT, accrued_fraction
from bauhinia.bond.calendar import Calendar
from bauhinia.bond.coupons.floating import Averaging, Floating, Observation
from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.interest import interest_of, observations_of
from bauhinia.bond.known import NOTHING, Known, Need, is_told
from bauhinia.bond.price import is_ex_dividend
from bauhinia.bond.principal import factor_of, factors, repaid
from bauhinia.bond.risk import DatedFlow, FloatingFlow
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms

# the index's annual rate of a period that begins on the one day and ends on the other, so many years later
Forward = Callable[[date, date, Fraction], Fraction]


class Outlook(NamedTuple):
    """What interest is worked out from, seen from a settlement date: what is known, the calendars of an index's
    centres, and a forward rate for what is not known of a floating rate."""

    settlement_date: date
    known: Known = NOTHING
    calendars: tuple[Calendar, ...] = ()
    forward: Forward | None = None

    def of(self, terms: Terms, period: Period) -> tuple[Terms, Known]:
        """The terms and the values by which a period's interest is projected.

        A period of which no fixing is known has the forward rate of its rest as its index rate, whatever makes the
        index rate otherwise. Where some of its daily fixings are known, the others are the forward rate.
        """
        floating = terms.floating
        if floating is None or self.forward is None:
            return terms, self.known
        observed = observations_of(terms, period, self.calendars)
        lacking = [each.day for each in observed if not self._knows(floating, each)]
        if not lacking:
            return terms, self.known
        rate = self.rate(terms, period)
        if len(lacking) < len(observed) and floating.averaging is not Averaging.INDEX:
            told = {**self.known.get(floating.index, {}), **dict.fromkeys(lacking, rate)}
            return terms, {**self.known, floating.index: told}
        plain = Floating(
            floating.index,
            floating.margin,
            floating.multiplier,
            days_back=0,
            floor=floating.floor,
            cap=floating.cap,
            index_floor=floating.index_floor,
            places=floating.places,
        )
        return replace(terms, floating=plain), {**self.known, floating.index: {period.accrual_start: rate}}

    def _knows(self, floating: Floating, observed: Observation) -> bool:
        return is_told(self.known, Need(floating.index, observed.day, floating.holds))

    def rate(self, terms: Terms, period: Period) -> Fraction:
        """The forward rate of a period, of the current one that of what is left of it. Impossible without one."""
        if self.forward is None:
            raise Impossible("forward", "a floating rate is projected, and nothing projects it")
        start = max(period.accrual_start, self.settlement_date)
        years = year_fraction(terms.day_count, start, period.accrual_end, period.reference)
        return self.forward(start, period.accrual_end, years) if years else Fraction(0)


def dated_flows(
    terms: Terms,
    periods: Sequence[Period],
    outlook: Outlook,
) -> list[DatedFlow]:
    """What is paid after the settlement to who buys for it, by the days of payment; of an indexed bond in real terms.

    Impossible for a perpetual bond, whose payments do not end; NotKnown where one hangs on a value that is not known.
    """
    if terms.perpetual:
        raise Impossible("perpetual", "its payments do not end, as a curve does")
    found = []
    for period, interest, principal in _paid(terms, periods, outlook):
        amount = interest + principal
        if amount and period.payment_date > outlook.settlement_date:
            found.append(DatedFlow(period.payment_date, amount))
    return found


def floating_flows(terms: Terms, periods: Sequence[Period], outlook: Outlook) -> list[FloatingFlow]:
    """What a floater pays after the settlement, as `risk.discount_margin` reads it: by the forward rates, but for what
    is fixed already. The part of the current period that is left is discounted by its own forward rate.

    Impossible for a bond without a floating rate, and for one that is indexed or perpetual too.
    """
    if terms.floating is None:
        raise Impossible("floating", "a discount margin is over a floating rate, and this one is fixed")
    if terms.indexed is not None or terms.perpetual:
        raise Impossible("indexed" if terms.indexed else "perpetual", "such a floater has no discount margin")
    found = []
    for period, interest, principal in _paid(terms, periods, outlook):
        start = max(period.accrual_start, outlook.settlement_date)
        years = year_fraction(terms.day_count, start, period.accrual_end, period.reference)
        if years:
            found.append(FloatingFlow(years, outlook.rate(terms, period), interest + principal))
    return found


def income_between(terms: Terms, periods: Sequence[Period], last: date, outlook: Outlook) -> list[DatedFlow]:
    """The interest that who buys for the settlement and sells for `last` keeps, by the days of payment; what is paid
    after `last` counts as paid then. Of an indexed bond in real terms.

    Impossible where principal is repaid in between.
    """
    found = []
    for period, interest, principal in _paid(terms, periods, outlook, last):
        if period.end > last and not is_ex_dividend(terms, period, last):
            break
        if principal and period.end <= last:
            raise Impossible("repayment", f"principal is repaid on {period.payment_date}, before {last}")
        if interest:
            found.append(DatedFlow(min(period.payment_date, last), interest))
    return found


def accrued_at(terms: Terms, periods: Sequence[Period], day: date, outlook: Outlook) -> Fraction:
    """Accrued interest at a settlement on a day, per 100 of what is outstanding when the outlook is from; that of an
    indexed bond in real terms, as its price is."""
    seen, known = outlook.of(_real(terms), period_at(periods, day))
    accrued = 100 * accrued_fraction(seen, periods, day, known, outlook.calendars)
    return accrued / _left(terms, periods, outlook) if accrued and terms.repayment else accrued


def _paid(
    terms: Terms, periods: Sequence[Period], outlook: Outlook, until: date | None = None
) -> Iterator[tuple[Period, Fraction, Fraction]]:
    """Interest and principal of each period from the current one on, to who buys 100 of what is outstanding at the
    settlement; of those that begin up to a day."""
    left = _left(terms, periods, outlook)
    real, plan, calendars = _real(terms), terms.repayment, outlook.calendars
    current = period_at(periods, outlook.settlement_date, SETTLEMENT)
    outstanding = () if plan is None else factors(real, periods, outlook.known, calendars)
    falls = () if plan is None else repaid(real, periods, outlook.known, calendars)
    for period in periods[current.number - 1 :]:
        if until is not None and period.start > until:
            return
        seen, known = outlook.of(real, period)
        interest = 100 * interest_of(seen, period, known, calendars)
        ended = period is periods[-1] and not terms.perpetual
        principal = 100 * terms.redemption_price * (falls[period.number - 1] if falls else Fraction(ended))
        if outstanding:
            interest *= outstanding[period.number - 1]
        if period is current and is_ex_dividend(terms, period, outlook.settlement_date):
            interest = Fraction(0)
        yield (period, interest, principal) if plan is None else (period, interest / left, principal / left)


def _left(terms: Terms, periods: Sequence[Period], outlook: Outlook) -> Fraction:
    """The part of nominal that is outstanding at the settlement. Impossible where none is."""
    number = period_at(periods, outlook.settlement_date, SETTLEMENT).number
    left = factor_of(_real(terms), periods, number, outlook.known, outlook.calendars)
    if not left:
        raise Impossible(SETTLEMENT, f"on {outlook.settlement_date} nothing is outstanding any more")
    return left


def _real(terms: Terms) -> Terms:
    return terms if terms.indexed is None else replace(terms, indexed=None)
