"""A period's rate and interest, and what they hang on: the kinds of coupon put together.

Interest is on the part of nominal that is outstanding in the period, before an index: `cashflow` multiplies by both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.coupons import floating, indexed, sustainability
from bauhinia.bond.coupons.steps import rate_at
from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.known import NOTHING, Known, Need
from bauhinia.bond.repayments.repayment import RepaymentKind
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms


def rate_of(terms: Terms, period: Period, known: Known = NOTHING, calendars: Sequence[Calendar] = ()) -> Fraction:
    """The annual rate of a period: fixed or stepped, or floating; with what sustainability targets add.

    `calendars` hold those of a floating rate's centres that are not centres of payment, in any order. NotKnown where a
    fixing or a report is missing, by series and day; Impossible where a calendar is.
    """
    return _rate(terms, period, known, calendars, None)


def interest_of(terms: Terms, period: Period, known: Known = NOTHING, calendars: Sequence[Calendar] = ()) -> Fraction:
    """Interest of a period as an exact part of what is outstanding in it: the rate times the day count's part of a
    year. A regular Act/Act ICMA period gives exactly the rate over the frequency.
    """
    years = year_fraction(terms.day_count, period.accrual_start, period.accrual_end, period.reference)
    return _rate(terms, period, known, calendars, None) * years


def accrued_of(
    terms: Terms, period: Period, day: date, known: Known = NOTHING, calendars: Sequence[Calendar] = ()
) -> Fraction:
    """Interest of a period from its start to before `day`, as an exact part of what is outstanding.

    A daily rate in arrears is that of the days so far, so that accrued interest never jumps but by its rounding.
    """
    years = year_fraction(terms.day_count, period.accrual_start, day, period.reference)
    return _rate(terms, period, known, calendars, day) * years if years else Fraction(0)


def index_ratio_of(terms: Terms, day: date, known: Known = NOTHING) -> Fraction:
    """What interest of that day is multiplied by: one for a bond that is not indexed."""
    return Fraction(1) if terms.indexed is None else indexed.index_ratio(terms.indexed, day, known)


def redemption_ratio_of(terms: Terms, day: date, known: Known = NOTHING) -> Fraction:
    """What nominal repaid on that day is multiplied by, the deflation floor kept."""
    return Fraction(1) if terms.indexed is None else indexed.redemption_ratio(terms.indexed, day, known)


def observations_of(
    terms: Terms, period: Period, calendars: Sequence[Calendar] = (), until: date | None = None
) -> tuple[floating.Observation, ...]:
    """The fixings of a period's floating rate with their weights; none for any other bond.

    Impossible where a calendar of the index's centres is missing.
    """
    if terms.floating is None:
        return ()
    centres = {calendar.centre: calendar for calendar in (*period.calendars, *calendars)}
    for centre in terms.floating.centres:
        if centre not in centres:
            raise Impossible("calendars", f"no calendar of {centre}")
    joint = [centres[centre] for centre in terms.floating.centres]
    return floating.observations(terms.floating, period.accrual_start, period.accrual_end, joint, until)


def needs_of(terms: Terms, period: Period, calendars: Sequence[Calendar] = ()) -> tuple[Need, ...]:
    """What must be known before the period's interest is: series and day, in that order, each once.

    Of this period: where interest is on a part that earlier rates decide, those are the needs of the earlier periods.
    """
    found = list[Need]()
    if terms.floating is not None:
        found += floating.needs(terms.floating, observations_of(terms, period, calendars))
    found += sustainability.needs(terms.sustainability, period.start)
    found += _index_needs(terms, period)
    plan = terms.repayment
    if plan is not None and plan.kind is RepaymentKind.POOL and period.number > 1:
        found.append(Need(plan.series, period.start))
    return tuple(dict.fromkeys(found))


def needs_of_principal(
    terms: Terms, period: Period, last: bool, calendars: Sequence[Calendar] = ()
) -> tuple[Need, ...]:
    """What must be known before that which is repaid at the period's end is; `last`: the bond ends with it."""
    plan = terms.repayment
    if plan is None and not last:
        return ()
    found = list(_index_needs(terms, period))
    if plan is not None and plan.kind is RepaymentKind.POOL:
        found += [Need(plan.series, period.start)] if period.number > 1 else []
        found += [] if last else [Need(plan.series, period.end)]
    elif plan is not None and plan.kind in (RepaymentKind.ANNUITY, RepaymentKind.NEGATIVE) and not last:
        found += needs_of(terms, period, calendars)
    return tuple(dict.fromkeys(found))


def _index_needs(terms: Terms, period: Period) -> tuple[Need, ...]:
    return () if terms.indexed is None else indexed.needs(terms.indexed, period.accrual_end)


def _rate(terms: Terms, period: Period, known: Known, calendars: Sequence[Calendar], until: date | None) -> Fraction:
    added = sustainability.margin_at(terms.sustainability, period.start, known) if terms.sustainability else Fraction(0)
    if terms.floating is None:
        return rate_at(terms.rate, terms.steps, period.start) + added
    return floating.rate(terms.floating, observations_of(terms, period, calendars, until), known, added)
