"""What a payment of a bond comes to on one calculation amount, by the calendars and by what is known today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.accrued import accrued_fraction
from bauhinia.bond.calendar import Calendar
from bauhinia.bond.cashflow import (
    interest_fraction,
    interest_per_calculation_amount,
    principal_per_calculation_amount,
    redemption_per_calculation_amount,
)
from bauhinia.bond.coupons.sustainability import lapsed
from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.interest import index_ratio_of, rate_of, redemption_ratio_of
from bauhinia.bond.known import Known, NotKnown
from bauhinia.bond.options import exercise_amount, make_whole_price
from bauhinia.bond.principal import factor_of
from bauhinia.bond.repayments.repayment import Reduction
from bauhinia.bond.rounding import whole
from bauhinia.bond.schedule import Period, period_at, schedule
from bauhinia.bond.terms import Terms
from bauhinia.ledger.actions import DRAWS, ActionKind, Early
from bauhinia.ledger.bonds import Bond
from bauhinia.ledger.state import State
from bauhinia.words.ids import LIMIT, Units
from bauhinia.words.reasons import Reason, Refused

HORIZON = timedelta(days=800)  # how far ahead the payments of a perpetual bond are planned


@dataclass(frozen=True, slots=True)
class Amounts:
    """Of one payment, per calculation amount. Not `fixed`: an amount hangs on a value not yet known, and is zero."""

    interest: Units
    principal: Units
    fixed: bool


UNKNOWN = Amounts(0, 0, False)


def today_of(state: State, bond: Bond) -> date:
    """The business date of the bond's system."""
    return state.days.systems[state.assets[bond.asset].system].date


def known_of(state: State, bond: Bond) -> Known:
    """What is known for a bond: what was observed; and of targets whose report did not come by its last day, that they
    were missed."""
    values = state.observations.values
    return lapsed(bond.terms.sustainability, values, today_of(state, bond)) if bond.terms.sustainability else values


def periods_of_bond(state: State, bond: Bond) -> tuple[Period, ...]:
    """The periods of a bond, of a perpetual one up to the horizon; none where its calendars leave no business day,
    which lodging the terms had refused."""
    until = today_of(state, bond) + HORIZON if bond.terms.perpetual else None
    try:
        return schedule(bond.terms, state.days.of(bond.terms.calendars), until)
    except Impossible:
        return ()


def index_calendars(state: State, terms: Terms) -> tuple[Calendar, ...]:
    """The calendars of a floating rate's index."""
    return state.days.of(terms.floating.centres) if terms.floating else ()


def kind_of(state: State, bond: Bond, period: Period, periods: Sequence[Period]) -> ActionKind:
    """What the payment at a period's end is: the redemption at maturity, interest with a part of principal, or interest
    alone."""
    terms, plan = bond.terms, bond.terms.repayment
    if period is periods[-1] and not terms.perpetual:
        return ActionKind.REDEMPTION
    if plan is None:
        return ActionKind.INTEREST
    if plan.reduction is Reduction.FACTOR:
        return ActionKind.REPAYMENT
    if left_after(state, bond, period, periods) == 1:
        return ActionKind.INTEREST
    return ActionKind.DRAWING if plan.reduction is Reduction.LOT else ActionKind.REDUCTION


def left_after(state: State, bond: Bond, period: Period, periods: Sequence[Period]) -> Fraction:
    """What part of what is outstanding in a period stays after its end, of a bond that is repaid in stated parts. From
    where nothing is to be left on, all goes."""
    seen, calendars = known_of(state, bond), index_calendars(state, bond.terms)
    before = factor_of(bond.terms, periods, period.number, seen, calendars)
    return factor_of(bond.terms, periods, period.number + 1, seen, calendars) / before if before else Fraction(0)


def of_a_unit(terms: Terms) -> Terms:
    """The terms as they are of a unit that is still there: where nominal is repaid by extinguishing units, what is left
    of each is all of it."""
    if terms.repayment is None or terms.repayment.reduction is Reduction.FACTOR:
        return terms
    return replace(terms, repayment=None)


def amounts_of(state: State, bond: Bond, period: Period, periods: Sequence[Period]) -> Amounts:
    """What the payment at a period's end comes to. Not fixed while it hangs on a value that is not told, or on one that
    is none: a rate of more than 100 percent a year, a pool factor that rises."""
    terms, seen = of_a_unit(bond.terms), known_of(state, bond)
    try:
        calendars = index_calendars(state, terms)
        interest = _interest(terms, period, periods, seen, calendars)
        if kind_of(state, bond, period, periods) in DRAWS:
            ratio = redemption_ratio_of(terms, period.accrual_end, seen)
            return Amounts(interest, whole(terms.calculation_amount * terms.redemption_price * ratio), True)
        return Amounts(interest, principal_per_calculation_amount(terms, period, periods, seen, calendars), True)
    except NotKnown:
        return UNKNOWN


def _interest(
    terms: Terms, period: Period, periods: Sequence[Period], seen: Known, calendars: Sequence[Calendar]
) -> Units:
    """Interest of a period per calculation amount. Where a later calendar has moved its dates out of what the day count
    knows (Act/Act ICMA past its regular periods, or an end before its start), as far as it does know."""
    try:
        return interest_per_calculation_amount(terms, period, seen, calendars, periods)
    except NotKnown:
        raise
    except Impossible:
        dates = period.reference.dates
        start = min(max(period.accrual_start, dates[0]), dates[-1])
        end = max(start, min(period.accrual_end, dates[-1]))
        years = year_fraction(terms.day_count, start, end, period.reference)
        return whole(terms.calculation_amount * rate_of(terms, period, seen, calendars) * years)


def longer(state: State, bond: Bond, period: Period, periods: Sequence[Period], by: timedelta) -> Units | None:
    """Interest of a period that accrues so many days more, per calculation amount, half up; None where it is not known,
    or the day count knows no more days (Act/Act ICMA past its regular period)."""
    terms, seen = of_a_unit(bond.terms), known_of(state, bond)
    calendars = index_calendars(state, terms)
    try:
        until = year_fraction(terms.day_count, period.accrual_start, period.accrual_end + by, period.reference)
        years = year_fraction(terms.day_count, period.accrual_start, period.accrual_end, period.reference)
        added = rate_of(terms, period, seen, calendars) * (until - years)
        if terms.repayment:
            added *= factor_of(terms, periods, period.number, seen, calendars)
        return whole(terms.calculation_amount * (interest_fraction(terms, period, seen, calendars, periods) + added))
    except Impossible:
        return None


def due_early(state: State, bond: Bond, day: date, price: Fraction, *, accrues: bool = True) -> Amounts:
    """What one calculation amount is repaid with before maturity: what is left of principal at `price`, and the
    interest accrued to the day; none where it does not accrue, being owed already to the holders of a closed record."""
    terms, seen, periods = of_a_unit(bond.terms), known_of(state, bond), periods_of_bond(state, bond)
    calendars = index_calendars(state, terms)
    try:
        period = period_at(periods, day)
        left = factor_of(terms, periods, period.number, seen, calendars)
        ratio = redemption_ratio_of(terms, day, seen)
        principal = whole(terms.calculation_amount * left * price * ratio)
        interest = accrued_fraction(terms, periods, day, seen, calendars) if accrues else Fraction(0)
        return Amounts(whole(terms.calculation_amount * max(interest, Fraction(0))), principal, True)
    except NotKnown:
        return UNKNOWN
    except Impossible:
        return Amounts(0, redemption_per_calculation_amount(terms), True)  # matured: no interest accrues any more


def exercised(state: State, bond: Bond, early: Early) -> Amounts:
    """What one calculation amount is paid that is called or put. Not fixed while the price of a make-whole, or what
    accrues, hangs on a value that is not observed, or on one that no price follows from."""
    terms, seen, periods = of_a_unit(bond.terms), known_of(state, bond), periods_of_bond(state, bond)
    try:
        calendars = index_calendars(state, terms)
        price = early.price
        if early.determined:
            price = make_whole_price(bond.terms, periods, early.day, early.determined, seen, calendars)
        found = exercise_amount(terms, periods, early.day, price, seen, calendars)
    except Impossible:
        return UNKNOWN
    return Amounts(max(found.accrued, 0) if early.accrues else 0, found.principal, True)


class Worth(NamedTuple):
    """Of one unit of nominal on a day: what of it is outstanding, as indexed, which prices are of; and the interest
    accrued on it."""

    principal: Fraction
    accrued: Fraction


def worth_of(state: State, bond: Bond, day: date) -> Worth:
    """What a price of a bond is multiplied by on a settlement date, and what accrued interest is added; Refused TERMS
    where the day is in no period, or where it hangs on a value not observed."""
    terms, seen, periods = of_a_unit(bond.terms), known_of(state, bond), periods_of_bond(state, bond)
    try:
        calendars = index_calendars(state, terms)
        number = period_at(periods, day).number
        principal = factor_of(terms, periods, number, seen, calendars) * index_ratio_of(terms, day, seen)
        return Worth(principal, accrued_fraction(terms, periods, day, seen, calendars))
    except Impossible as impossible:
        raise Refused(Reason.TERMS, impossible.field, impossible.problem) from None


def payable(bond: Bond, amounts: Amounts) -> bool:
    """Whether so much can be paid on what is issued within the range of amounts: a value observed may be absurd."""
    count = bond.issued // bond.terms.calculation_amount + 1
    return (amounts.interest + amounts.principal) * count < LIMIT and amounts.interest >= 0
