"""What a bond pays: interest and principal, in smallest units.

Interest of a period is on the part of nominal that is outstanding in it, and both are multiplied by the index ratio of
the period's end. All is worked out and rounded on one calculation amount; a holder is paid that as many times as it
holds calculation amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from enum import IntEnum
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.interest import index_ratio_of, interest_of, redemption_ratio_of
from bauhinia.bond.known import NOTHING, Implausible, Known, NotKnown
from bauhinia.bond.principal import factor_of, factors, instalments
from bauhinia.bond.repayments.repayment import RepaymentKind
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms, require_exact


class Payment(IntEnum):
    """What a cash flow is. The numbers are written down: they enter canonical bytes."""

    INTEREST = 1
    REDEMPTION = 2  # at maturity
    REPAYMENT = 3  # of a part of nominal, before maturity


class CashFlow(NamedTuple):
    """An amount the bond pays on a nominal amount, in smallest units; provisional as its date is."""

    kind: Payment
    payment_date: date
    record_date: date
    amount: int
    provisional: bool


class OpenFlow(NamedTuple):
    """A payment whose amount nobody knows yet: it waits for the value of `series` on `day`, and perhaps for more."""

    kind: Payment
    payment_date: date
    record_date: date
    series: str
    day: date
    provisional: bool


def interest_fraction(
    terms: Terms,
    period: Period,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
    periods: Sequence[Period] = (),
) -> Fraction:
    """Interest of a period as an exact part of original nominal: what is outstanding, times the rate, times the day
    count's part of a year, times the index ratio.

    A regular Act/Act ICMA period gives exactly the rate over the frequency. `periods` are those of the bond, for one
    that is repaid in parts. NotKnown, by series and day, where it hangs on a value that is not known.
    """
    return _interest_fraction(terms, period, known, calendars, _Outstanding(terms, periods, known, calendars))


def interest_per_calculation_amount(
    terms: Terms,
    period: Period,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
    periods: Sequence[Period] = (),
) -> int:
    """Interest paid for a period on one calculation amount, rounded half up to the smallest unit (rounding A), less
    what is added to nominal instead. Arguments and errors as for `interest_fraction`.
    """
    return _interest(terms, period, known, calendars, _Outstanding(terms, periods, known, calendars))


def principal_per_calculation_amount(
    terms: Terms,
    period: Period,
    periods: Sequence[Period],
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> int:
    """What is repaid of one calculation amount at the end of a period, rounded half up to the smallest unit: at
    maturity all that is left, before it what the terms repay, of a perpetual bond nothing.

    What is owed before and after is rounded, not what is repaid: roundings never add up. NotKnown, by series and day,
    where it hangs on a value that is not known.
    """
    return _principal(terms, period, known, _Outstanding(terms, periods, known, calendars))


def redemption_per_calculation_amount(terms: Terms) -> int:
    """What a whole calculation amount is redeemed for at maturity, before any index, rounded half up to the unit."""
    return _units(terms.calculation_amount * terms.redemption_price)


def on_nominal(terms: Terms, nominal: int, per: int) -> int:
    """What `per` of a calculation amount comes to on a nominal amount.

    Exact for whole calculation amounts. Where holdings may be less (interest is reckoned on a larger amount, to more
    digits than a unit has), rounded down on each holding: no cent is paid that is not there. Impossible where the
    nominal is neither so many calculation amounts nor so many denominations.
    """
    unit = min(terms.calculation_amount, terms.denomination_multiple)
    if nominal < 0 or nominal % unit:
        raise Impossible("nominal", f"{nominal} is not a multiple of {unit}")
    return nominal * per // terms.calculation_amount


def interest(
    terms: Terms,
    period: Period,
    nominal: int,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
    periods: Sequence[Period] = (),
) -> int:
    """Interest of a period on a nominal amount: that on one calculation amount, times how many are held."""
    return on_nominal(terms, nominal, interest_per_calculation_amount(terms, period, known, calendars, periods))


def redemption(terms: Terms, nominal: int) -> int:
    """What is repaid of a nominal amount at maturity, before any index, where nothing was repaid before."""
    return on_nominal(terms, nominal, redemption_per_calculation_amount(terms))


def cash_flows(
    terms: Terms,
    periods: Sequence[Period],
    nominal: int,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> list[CashFlow]:
    """All that is paid on a nominal amount, in the order of payment; what comes to nothing is left out.

    NotKnown, by series and day, where an amount is not known yet; `cash_flows_so_far` lists such a bond.
    """
    found = list[CashFlow]()
    for flow in cash_flows_so_far(terms, periods, nominal, known, calendars):
        if isinstance(flow, OpenFlow):
            raise NotKnown(flow.series, flow.day)
        found.append(flow)
    return found


def cash_flows_so_far(
    terms: Terms,
    periods: Sequence[Period],
    nominal: int,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> list[CashFlow | OpenFlow]:
    """All that is paid on a nominal amount, in the order of payment, whether its amount is known yet or not.

    Implausible, by series and day, where an amount hangs on a value that cannot be.
    """
    require_exact(terms)
    on_nominal(terms, nominal, 0)  # that there is such a nominal: then each amount is reckoned as it does
    per = terms.calculation_amount
    found = list[CashFlow | OpenFlow]()
    for period, *amounts in _payments(terms, periods, known, calendars):
        payment_date, record, provisional = period.payment_date, period.record_date, period.provisional
        kind = Payment.INTEREST
        for amount in amounts:
            if isinstance(amount, NotKnown):
                found.append(OpenFlow(kind, payment_date, record, amount.field, amount.day, provisional))
            elif units := nominal * amount // per:
                found.append(CashFlow(kind, payment_date, record, units, provisional))
            kind = Payment.REDEMPTION if period.number == len(periods) else Payment.REPAYMENT
    return found


def _payments(
    terms: Terms, periods: Sequence[Period], known: Known, calendars: Sequence[Calendar]
) -> Iterator[tuple[Period, int | NotKnown, int | NotKnown]]:
    """Interest and principal of each period on one calculation amount, or what is lacking to know them."""
    outstanding = _Outstanding(terms, periods, known, calendars)
    if terms.repayment is not None:
        try:
            if terms.indexed is None:  # all at once, which is how they are worked out
                for period, paid in zip(periods, instalments(terms, periods, known, calendars), strict=True):
                    yield period, paid.interest, paid.principal
                return
            outstanding.found = factors(terms, periods, known, calendars)
        except Implausible:
            raise
        except NotKnown:
            pass  # not all is: then one by one
    for period in periods:
        interest_paid = _or_lacking(partial(_interest, terms, period, known, calendars, outstanding))
        yield period, interest_paid, _or_lacking(partial(_principal, terms, period, known, outstanding))


def _or_lacking(amount: Callable[[], int]) -> int | NotKnown:
    try:
        return amount()
    except Implausible:
        raise
    except NotKnown as lacking:
        return lacking


class _Outstanding:
    """The part of original nominal that is outstanding at the start of each period, found when it is asked for."""

    def __init__(self, terms: Terms, periods: Sequence[Period], known: Known, calendars: Sequence[Calendar]) -> None:
        self.terms, self.periods, self.known, self.calendars = terms, periods, known, calendars
        self.found: Sequence[Fraction] = ()  # all of them, where they were looked up at once

    def at(self, number: int) -> Fraction:
        """In the period of that number; after the last, nothing unless the bond is perpetual. NotKnown where it hangs
        on a value that is not known."""
        if self.found and number <= len(self.found):
            return self.found[number - 1]
        if self.terms.repayment is None and number <= len(self.periods):
            return Fraction(1)
        if not self.periods:
            raise Impossible("periods", "a bond that is repaid in parts is reckoned from its first period on")
        if number > len(self.periods):
            return Fraction(self.terms.perpetual)
        return factor_of(self.terms, self.periods, number, self.known, self.calendars)


def _interest_fraction(
    terms: Terms, period: Period, known: Known, calendars: Sequence[Calendar], outstanding: _Outstanding
) -> Fraction:
    part = interest_of(terms, period, known, calendars)
    if terms.repayment is not None:
        part *= outstanding.at(period.number)
    return part if terms.indexed is None else part * index_ratio_of(terms, period.accrual_end, known)


def _interest(
    terms: Terms, period: Period, known: Known, calendars: Sequence[Calendar], outstanding: _Outstanding
) -> int:
    accrued = _units(terms.calculation_amount * _interest_fraction(terms, period, known, calendars, outstanding))
    plan = terms.repayment
    if plan is None or (plan.kind is not RepaymentKind.NEGATIVE and plan.capitalised is None):
        return accrued
    return accrued + min(_fall(terms, period, known, outstanding), 0)


def _principal(terms: Terms, period: Period, known: Known, outstanding: _Outstanding) -> int:
    if terms.repayment is None and (terms.perpetual or period.number < len(outstanding.periods)):
        return 0
    return max(_fall(terms, period, known, outstanding), 0)


def _fall(terms: Terms, period: Period, known: Known, outstanding: _Outstanding) -> int:
    """By how much what is owed falls at a period's end, in units; below zero where interest is added to it."""
    whole_amount = terms.calculation_amount * terms.redemption_price
    if terms.indexed is not None:
        whole_amount *= redemption_ratio_of(terms, period.accrual_end, known)
    before, after = outstanding.at(period.number), outstanding.at(period.number + 1)
    return _units(whole_amount * before) - _units(whole_amount * after)


def _units(value: Fraction) -> int:
    return whole(value, Rounding.HALF_UP)
