"""From terms to periods: what accrues from when to when, who is paid, and on which day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple, assert_never

from bauhinia.bond.calendar import AdjustedDate, Answers, Calendar, Joint, add_business_days, joint
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.roll import notional_dates, regular_dates
from bauhinia.bond.terms import RecordRule, Terms, months_between, require_exact


class Period(NamedTuple):
    """One interest period, numbered from 1, and its payment.

    `start` and `end` are unadjusted. Interest accrues from and including `accrual_start` to but excluding
    `accrual_end`: the adjusted dates where the terms say so, else the same as `start` and `end`. `provisional`: a
    calendar does not confirm one of the adjusted dates. `terms` and `calendars` are those it comes from; of the
    calendars only those of the terms.
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
    terms: Terms
    calendars: tuple[Calendar, ...]

    @property
    def nominal_reference(self) -> Reference:
        """The regular periods around `start` and `end`, rolled from where the coupon dates roll (so a last stub looks
        forward, a first one back)."""
        terms = self.terms
        nominal = (self.start, self.end) if self.regular else _notional(terms, self.start, self.end)
        return self._reference(nominal, (self.start, self.end))

    @property
    def reference(self) -> Reference:
        """The same, with the dates that accrual moved."""
        if not self.terms.adjusted:
            return self.nominal_reference
        accrual = (self.accrual_start, self.accrual_end)
        if self.regular:
            return self._reference(accrual, accrual)
        moved = {self.start: self.accrual_start, self.end: self.accrual_end}
        nominal = _notional(self.terms, self.start, self.end)
        return self._reference(tuple(moved.get(day, day) for day in nominal), accrual)

    def _reference(self, dates: tuple[date, ...], period: tuple[date, date]) -> Reference:
        terms = self.terms
        termination = None if terms.perpetual else terms.maturity
        return Reference(dates, terms.frequency or 1, period, termination, terms.end_of_month, self.calendars)


def unadjusted_dates(terms: Terms, until: date | None = None) -> list[date]:
    """The issue date, each coupon date, the maturity: rolled backwards from the maturity or the penultimate coupon.

    A remainder at the beginning is a short first period, unless `first_coupon` makes it a long one. A perpetual bond
    has no maturity: its coupon dates go on to the first on or after `until`. Impossible where that is not given.
    """
    return list(_dates(terms, until))


def schedule(terms: Terms, calendars: Sequence[Calendar], until: date | None = None) -> tuple[Period, ...]:
    """The interest periods, without gap from issue date to maturity; of a perpetual bond to the first coupon date on or
    after `until`, Impossible where that is not given.

    `calendars` holds those that the terms name, in any order. Impossible where one is missing, and for terms that
    are not exact.
    """
    require_exact(terms)
    given = [calendar.centre for calendar in calendars]
    for centre in terms.calendars:
        if centre not in given:
            raise Impossible("calendars", f"no calendar of {centre}")
    centres = joint([calendar for calendar in calendars if calendar.centre in terms.calendars])
    dates = _dates(terms, until)
    moved, recorded = centres.adjusted(terms.business_day), _recorded(terms, centres)
    first, last = _stubs(terms, dates)
    found: list[Period] = []
    start, opening, opening_unsure = terms.issue_date, terms.issue_date, False
    final = len(dates) - 1
    for number, end in enumerate(dates[1:], start=1):
        payment_date, unsure = moved[end]
        record, record_unsure = recorded[payment_date]
        closing = payment_date if terms.adjusted else end
        provisional = opening_unsure or unsure or record_unsure
        regular = not (first and number == 1) and not (last and number == final)
        found.append(
            Period(
                number, start, end, opening, closing, payment_date, record, provisional, regular, terms,
                centres.calendars,
            )
        )  # fmt: skip
        start, opening, opening_unsure = end, closing, unsure
    return tuple(found)


def period_at(periods: Sequence[Period], day: date, field: str = "day") -> Period:
    """The period in which interest accrues on `day`. Impossible before the first and from the end of the last on;
    `field` is what the day is to who asks.
    """
    at = bisect_right(periods, day, key=_accrual_start) - 1
    if at < 0 or day >= periods[at].accrual_end:
        last = periods[-1].accrual_end
        raise Impossible(field, f"interest accrues from {periods[0].accrual_start} to before {last}, not on {day}")
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


def _dates(terms: Terms, until: date | None) -> list[date]:
    if terms.frequency == 0:
        return [terms.issue_date, terms.maturity]
    anchor, months = _anchor(terms), months_between(terms)
    earliest = terms.first_coupon or terms.issue_date + timedelta(days=1)
    found = []
    for day in _series(terms, anchor, -months):
        if day < earliest:
            break
        found.append(day)
    if not found or found[0] != anchor:
        raise Impossible("roll", f"{anchor}, from which coupons roll, is not on the roll")
    found.append(terms.issue_date)
    found.reverse()
    if terms.perpetual:
        return _through(found, _series(terms, anchor, months), until)
    if terms.penultimate_coupon is not None:
        found.append(terms.maturity)
    return found


def _through(found: list[date], later: Iterator[date], until: date | None) -> list[date]:
    """The dates of a perpetual bond, those after its anchor included, to the first on or after `until`."""
    if until is None:
        raise Impossible("until", "the schedule of a perpetual bond does not end: say to which day it is wanted")
    next(later)  # the anchor itself
    while found[-1] < until:
        found.append(next(later))
    while len(found) > 2 and found[-2] >= until:
        found.pop()
    return found


def _series(terms: Terms, anchor: date, months: int) -> Iterator[date]:
    return regular_dates(anchor, months, terms.roll, terms.roll_day, terms.end_of_month)


def _anchor(terms: Terms) -> date:
    """The date from which coupons roll."""
    return terms.maturity if terms.perpetual else terms.penultimate_coupon or terms.maturity


def _notional(terms: Terms, start: date, end: date) -> tuple[date, ...]:
    return notional_dates(
        _anchor(terms), months_between(terms), start, end, terms.end_of_month, terms.roll, terms.roll_day
    )


def _stubs(terms: Terms, dates: list[date]) -> tuple[bool, bool]:
    """Whether the first period is a stub, and the last: any between roll from one regular date to another."""
    if terms.frequency == 0:
        return True, True
    first = _notional(terms, dates[0], dates[1]) != (dates[0], dates[1])
    last = terms.penultimate_coupon is not None and not terms.perpetual
    return first, last and _notional(terms, dates[-2], dates[-1]) != (dates[-2], dates[-1])


def _recorded(terms: Terms, centres: Joint) -> Answers:
    """The record date of each payment date, as `record_date` finds it."""
    if terms.record_date.rule is RecordRule.BUSINESS_DAYS_BEFORE:
        return centres.counted(-terms.record_date.days)
    return Answers(lambda payment_date: record_date(terms, payment_date, centres.calendars))


def _accrual_start(period: Period) -> date:
    return period.accrual_start
