"""From terms to periods: what accrues from when to when, who is paid, and on which day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from bauhinia.bond.calendar import AdjustedDate, Calendar, add_business_days, adjust
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.roll import add_months, notional_dates
from bauhinia.bond.terms import RecordRule, Terms, months_between


@dataclass(frozen=True, slots=True)
class Period:
    """One interest period, numbered from 1, and its payment.

    `start` and `end` are unadjusted. Interest accrues from and including `accrual_start` to but excluding
    `accrual_end`: the adjusted dates where the terms say so, else the same as `start` and `end`. `nominal_reference`
    holds the regular periods around `start` and `end`, rolled from where the coupon dates roll (so a last stub looks
    forward, a first one back); `reference` is the same with the dates that accrual moved. `provisional`: a calendar
    does not confirm one of the adjusted dates.
    """

    number: int
    start: date
    end: date
    accrual_start: date
    accrual_end: date
    payment_date: date
    record_date: date
    provisional: bool
    regular: bool
    reference: Reference
    nominal_reference: Reference


def unadjusted_dates(terms: Terms) -> list[date]:
    """The issue date, each coupon date, the maturity: rolled backwards from the maturity or the penultimate coupon.

    A remainder at the beginning is a short first period, unless `first_coupon` makes it a long one.
    """
    if terms.frequency == 0:
        return [terms.issue_date, terms.maturity]
    months = months_between(terms)
    anchor = terms.penultimate_coupon or terms.maturity
    earliest = terms.first_coupon or terms.issue_date + timedelta(days=1)
    rolled, day = [], anchor
    while day >= earliest:
        rolled.append(day)
        day = add_months(anchor, -months * len(rolled), terms.end_of_month)
    last = [] if terms.penultimate_coupon is None else [terms.maturity]
    return [terms.issue_date, *reversed(rolled), *last]


def schedule(terms: Terms, calendars: Sequence[Calendar]) -> tuple[Period, ...]:
    """The interest periods, without gap from issue date to maturity.

    `calendars` holds those that the terms name, in any order. Impossible where one is missing.
    """
    given = [calendar.centre for calendar in calendars]
    for centre in terms.calendars:
        if centre not in given:
            raise Impossible("calendars", f"no calendar of {centre}")
    joint = [calendar for calendar in calendars if calendar.centre in terms.calendars]
    dates = unadjusted_dates(terms)
    adjusted = [AdjustedDate(terms.issue_date, False), *(adjust(day, terms.business_day, joint) for day in dates[1:])]
    return tuple(_period(terms, joint, dates, adjusted, number) for number in range(1, len(dates)))


def period_at(periods: Sequence[Period], day: date) -> Period:
    """The period in which interest accrues on `day`. Impossible before the first and from the end of the last on."""
    at = bisect_right(periods, day, key=lambda period: period.accrual_start) - 1
    if at < 0 or day >= periods[at].accrual_end:
        last = periods[-1].accrual_end
        raise Impossible("day", f"interest accrues from {periods[0].accrual_start} to before {last}, not on {day}")
    return periods[at]


def record_date(terms: Terms, payment_date: date, calendars: Sequence[Calendar]) -> AdjustedDate:
    """The day at whose close the holders who will be paid are read."""
    rule = terms.record_date.rule
    match rule:
        case RecordRule.BUSINESS_DAYS_BEFORE:
            return add_business_days(payment_date, -terms.record_date.days, calendars)
        case RecordRule.CALENDAR_DAYS_BEFORE:
            return AdjustedDate(payment_date - timedelta(days=terms.record_date.days), False)
        case _:
            assert_never(rule)


def _period(
    terms: Terms, calendars: Sequence[Calendar], dates: list[date], adjusted: list[AdjustedDate], number: int
) -> Period:
    start, end = dates[number - 1], dates[number]
    opening, closing = adjusted[number - 1], adjusted[number]
    record = record_date(terms, closing.day, calendars)
    anchor = terms.penultimate_coupon or terms.maturity
    nominal = notional_dates(anchor, months_between(terms), start, end, terms.end_of_month)
    reference = accrual = Reference(nominal, terms.frequency or 1)
    if terms.adjusted:
        moved = {start: opening.day, end: closing.day}
        accrual = Reference(tuple(moved.get(day, day) for day in nominal), reference.frequency)
    return Period(
        number=number,
        start=start,
        end=end,
        accrual_start=opening.day if terms.adjusted else start,
        accrual_end=closing.day if terms.adjusted else end,
        payment_date=closing.day,
        record_date=record.day,
        provisional=opening.provisional or closing.provisional or record.provisional,
        regular=nominal == (start, end) and terms.frequency > 0,
        reference=accrual,
        nominal_reference=reference,
    )
