"""Calls, puts and make-whole: what may be exercised on a day, with how much notice, and what is then paid.

Days are unadjusted, as the terms give them: what is exercised for a coupon date is paid with that coupon, on the day to
which the bond's convention moves it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.daycounts import act_act_icma
from bauhinia.bond.impossible import Impossible, Problem
from bauhinia.bond.interest import accrued_of, index_ratio_of, interest_of, redemption_ratio_of
from bauhinia.bond.known import NOTHING, Known, value_of
from bauhinia.bond.price import Flow, present_value
from bauhinia.bond.principal import factor_of, factors, repaid
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms


class Exercised(NamedTuple):
    """What one calculation amount is paid when it is repaid early, in smallest units. On a coupon date nothing has
    accrued: the coupon itself, and what else is due on it, is paid beside this.
    """

    principal: int
    accrued: int


def open_calls(terms: Terms, day: date, periods: Sequence[Period]) -> tuple[Exercise, ...]:
    """The calls that may be exercised for that day: at most one, as calls do not overlap."""
    return tuple(each for each in terms.calls if _is_open(each, day, periods))


def open_puts(terms: Terms, day: date, periods: Sequence[Period]) -> tuple[Exercise, ...]:
    """The puts that may be exercised for that day: at most one."""
    return tuple(each for each in terms.puts if _is_open(each, day, periods))


def may_make_whole(terms: Terms, day: date) -> bool:
    """Whether the make-whole call may be exercised for that day."""
    return terms.make_whole is not None and terms.issue_date < day < terms.make_whole.until


def notice_problem(exercise: Exercise | MakeWhole, notice_date: date, exercise_date: date) -> Problem | None:
    """What is wrong with a notice given on one day for another; none if it is in time. Calendar days are counted, the
    day of the notice and not that of the exercise.
    """
    days, least, most = (exercise_date - notice_date).days, exercise.least_notice, exercise.most_notice
    if least <= days <= most:
        return None
    return Problem("notice_date", f"{notice_date} is {days} days before {exercise_date}, not {least} to {most}")


def exercise_amount(
    terms: Terms,
    periods: Sequence[Period],
    day: date,
    price: Fraction,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> Exercised:
    """What one calculation amount is paid when all of it is repaid on `day` at `price`: that part of what is
    outstanding, and accrued interest; each rounded half up. Index ratios are applied. Impossible on the issue date or
    before, and from the maturity on.
    """
    current = _current(periods, day)
    outstanding = terms.calculation_amount * factor_of(terms, periods, current.number, known, calendars)
    principal = outstanding * price * redemption_ratio_of(terms, day, known)
    accrued = outstanding * _accrued(terms, current, day, known, calendars) * index_ratio_of(terms, day, known)
    return Exercised(whole(principal, Rounding.HALF_UP), whole(accrued, Rounding.HALF_UP))


def make_whole_price(
    terms: Terms,
    periods: Sequence[Period],
    day: date,
    determined: date,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> Fraction:
    """The price of a make-whole call for `day`, as a part of what is outstanding, accrued interest apart: par, or if it
    is more the present value of what remains to the maturity, without what has accrued.

    Payments are discounted from their unadjusted dates at the yield of the benchmark, as noted for `determined`, plus
    the spread, compounded as often as the bond pays (the Make-Whole Amount of US indentures, and ICMA's make-whole
    call). Exact but for one broken power of 50 digits. Impossible where the terms have no make-whole call for that day;
    NotKnown without the yield.
    """
    call = terms.make_whole
    if call is None or not may_make_whole(terms, day):
        raise Impossible("day", f"the bond has no make-whole call for {day}")
    annual_yield = value_of(known, call.benchmark, determined) + call.spread
    current, often = _current(periods, day), terms.frequency or 1
    outstanding = factors(terms, periods, known, calendars)
    returned = repaid(terms, periods, known, calendars)
    left = year_fraction(terms.day_count, day, current.end, current.nominal_reference)
    full = year_fraction(terms.day_count, current.start, current.end, current.nominal_reference)
    elapsed = _length(current) * left / full if full else _length(current)
    flows = []
    for at in range(current.number - 1, len(periods)):
        if periods[at] is not current:
            elapsed += _length(periods[at])
        interest = outstanding[at] * interest_of(terms, periods[at], known, calendars)
        flows.append(Flow(elapsed, interest + returned[at] * terms.redemption_price))
    worth = present_value(flows, annual_yield, often, often) / outstanding[current.number - 1]
    return max(Fraction(1), worth - _accrued(terms, current, day, known, calendars))


def _is_open(exercise: Exercise, day: date, periods: Sequence[Period]) -> bool:
    if not exercise.first <= day <= exercise.last:
        return False
    return not exercise.on_coupon_dates or any(period.end == day for period in periods)


def _current(periods: Sequence[Period], day: date) -> Period:
    """The period that a day is in, by unadjusted dates: a coupon date is in the one that starts on it."""
    if not periods[0].start < day < periods[-1].end:
        raise Impossible("day", f"{day} is not after {periods[0].start} and before {periods[-1].end}")
    return periods[bisect_right(periods, day, key=_start) - 1]


def _accrued(terms: Terms, current: Period, day: date, known: Known, calendars: Sequence[Calendar]) -> Fraction:
    """Accrued interest as a part of what is outstanding; none before an adjusted start."""
    if day <= current.accrual_start:
        return Fraction(0)
    return accrued_of(terms, current, day, known, calendars)


def _length(period: Period) -> Fraction:
    """How many regular periods a period is."""
    reference = period.nominal_reference
    return reference.frequency * act_act_icma.year_fraction(period.start, period.end, reference)


def _start(period: Period) -> date:
    return period.start
