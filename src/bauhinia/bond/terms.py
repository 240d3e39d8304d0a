"""What a bond promises, as its terms say it: dates unadjusted, rates exact, and which of it is only assumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import IntEnum
from fractions import Fraction

from bauhinia.bond.calendar import BusinessDayConvention
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.impossible import Problem
from bauhinia.bond.roll import add_months, is_month_end

FREQUENCIES = (0, 1, 2, 3, 4, 6, 12)  # payments a year that fall on whole months; 0 is one payment, at maturity
EARLIEST, LATEST = date(1800, 1, 1), date(2999, 12, 31)  # the dates a bond may have
LARGEST = 1 << 62  # no amount reaches it
FINEST = 10**12  # the largest denominator of a rate or price


class RecordRule(IntEnum):
    """How the record date is found from the payment date. The numbers are written down: they enter canonical bytes."""

    BUSINESS_DAYS_BEFORE = 1  # of the payment calendars: global and CSD forms
    CALENDAR_DAYS_BEFORE = 2  # definitive registers: the 15th day before


@dataclass(frozen=True, slots=True)
class RecordDate:
    """Who is paid: the holders at the close of the day so many days before the payment."""

    rule: RecordRule = RecordRule.BUSINESS_DAYS_BEFORE
    days: int = 1


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a fixed-rate bond, or of one that pays once at maturity.

    Interest runs from and including `issue_date`. Coupon dates roll back from `maturity`, or from `penultimate_coupon`
    where the last period is a stub; a first period that is not a regular one is named by `first_coupon`. Dates are
    unadjusted. Amounts are the currency's smallest units; `rate` is per year (19/500 is 3.8 percent) and
    `redemption_price` a part of nominal (1 is par). With `adjusted`, interest accrues to the adjusted dates; without,
    only the day of payment moves.
    """

    issue_date: date
    maturity: date
    rate: Fraction
    frequency: int  # payments a year; 0 is one payment, at maturity
    day_count: DayCount
    business_day: BusinessDayConvention
    adjusted: bool
    calendars: tuple[str, ...]  # the centres whose business days are payment days, jointly
    calculation_amount: int
    minimum_denomination: int
    denomination_multiple: int
    record_date: RecordDate = RecordDate()
    first_coupon: date | None = None
    penultimate_coupon: date | None = None
    end_of_month: bool = False
    redemption_price: Fraction = Fraction(1)
    assumed: tuple[str, ...] = ()  # the fields above that were not published


FIELDS = tuple(field.name for field in fields(Terms))

# what each field is made of, exactly: a float is no Fraction, True is no number, a datetime is no date
_KINDS: tuple[tuple[str, tuple[type, ...], str], ...] = (
    ("issue_date", (date,), "a date"),
    ("maturity", (date,), "a date"),
    ("rate", (Fraction,), "an exact fraction"),
    ("frequency", (int,), "a whole number"),
    ("day_count", (DayCount,), "a day count"),
    ("business_day", (BusinessDayConvention,), "a business day convention"),
    ("adjusted", (bool,), "true or false"),
    ("calendars", (tuple,), "a tuple of centres"),
    ("calculation_amount", (int,), "a whole number of smallest units"),
    ("minimum_denomination", (int,), "a whole number of smallest units"),
    ("denomination_multiple", (int,), "a whole number of smallest units"),
    ("record_date", (RecordDate,), "a record date rule"),
    ("first_coupon", (date, type(None)), "a date or none"),
    ("penultimate_coupon", (date, type(None)), "a date or none"),
    ("end_of_month", (bool,), "true or false"),
    ("redemption_price", (Fraction,), "an exact fraction"),
    ("assumed", (tuple,), "a tuple of field names"),
)


def check(terms: Terms) -> list[Problem]:
    """What makes the terms impossible, by field; nothing if a bond can have them. Every other function of this layer
    takes terms that pass.
    """
    wrong = list(_wrong_kinds(terms))
    if wrong:
        return wrong
    dates = list(_date_problems(terms))
    return [*dates, *([] if dates else _schedule_problems(terms)), *_amount_problems(terms), *_rule_problems(terms)]


def months_between(terms: Terms) -> int:
    """The months of a regular period; twelve, the notional year, for a single payment."""
    return 12 // (terms.frequency or 1)


def _wrong_kinds(terms: Terms) -> Iterator[Problem]:
    for field, kinds, what in _KINDS:
        value = getattr(terms, field)
        if type(value) not in kinds or (kinds == (tuple,) and not all(type(item) is str for item in value)):
            yield Problem(field, f"{value!r} is not {what}")
    record = terms.record_date
    if type(record) is RecordDate and (type(record.rule), type(record.days)) != (RecordRule, int):
        yield Problem("record_date", f"{record!r} is not a rule and a whole number of days")


def _date_problems(terms: Terms) -> Iterator[Problem]:
    for field in ("issue_date", "maturity"):
        day = getattr(terms, field)
        if not EARLIEST <= day <= LATEST:
            yield Problem(field, f"{day} is not between {EARLIEST} and {LATEST}")
    if terms.maturity <= terms.issue_date:
        yield Problem("maturity", f"{terms.maturity} is not after the issue date, {terms.issue_date}")
    if terms.frequency not in FREQUENCIES:
        yield Problem("frequency", f"{terms.frequency} is none of {', '.join(map(str, FREQUENCIES))} payments a year")
    first, penultimate = terms.first_coupon, terms.penultimate_coupon
    for field, day in (("first_coupon", first), ("penultimate_coupon", penultimate)):
        if day is not None and terms.frequency == 0:
            yield Problem(field, "a bond that pays once, at maturity, has none")
        elif day is not None and not terms.issue_date < day <= terms.maturity:
            yield Problem(field, f"{day} is not after {terms.issue_date} and up to {terms.maturity}")
    if penultimate is not None and penultimate == terms.maturity:
        yield Problem("penultimate_coupon", "is the maturity")
    if first is not None and penultimate is not None and first > penultimate:
        yield Problem("first_coupon", f"{first} is after the penultimate coupon, {penultimate}")


def _schedule_problems(terms: Terms) -> Iterator[Problem]:
    """Stubs that cannot be, and a frequency that does not divide the term; the dates are in order here."""
    if terms.frequency == 0:
        if terms.end_of_month:
            yield Problem("end_of_month", "a bond that pays once, at maturity, does not roll")
        return
    months, first = months_between(terms), terms.first_coupon
    anchor = terms.penultimate_coupon or terms.maturity
    if terms.end_of_month and not is_month_end(anchor):
        yield Problem("end_of_month", f"coupons roll from {anchor}, which does not end its month")
    earliest = first or terms.issue_date
    if not _rolls_to(anchor, earliest, months, terms.end_of_month):
        if first is None:
            yield Problem(
                "frequency", f"{terms.frequency} a year does not divide {earliest} to {anchor}: name the first coupon"
            )
        else:
            yield Problem(
                "first_coupon", f"{first} is not a whole number of periods of {months} months before {anchor}"
            )
    if first is not None and add_months(first, -2 * months, terms.end_of_month) >= terms.issue_date:
        yield Problem("first_coupon", f"{first} is two regular periods or more after the issue date")
    if terms.penultimate_coupon is not None and add_months(anchor, 2 * months, terms.end_of_month) <= terms.maturity:
        yield Problem("penultimate_coupon", f"{anchor} is two regular periods or more before the maturity")


def _rolls_to(anchor: date, earlier: date, months: int, end_of_month: bool) -> bool:
    apart = (anchor.year - earlier.year) * 12 + anchor.month - earlier.month
    return apart % months == 0 and add_months(anchor, -apart, end_of_month) == earlier


def _amount_problems(terms: Terms) -> Iterator[Problem]:
    for field, amount in (("rate", terms.rate), ("redemption_price", terms.redemption_price)):
        if amount.denominator > FINEST:
            yield Problem(field, f"{amount} is finer than one part in {FINEST}")
    if terms.rate < 0:
        yield Problem("rate", f"{terms.rate} is negative")
    if terms.rate > 1:
        yield Problem("rate", f"{terms.rate} is above 1, which is 100 percent a year")
    if not 0 < terms.redemption_price <= 10:
        yield Problem("redemption_price", f"{terms.redemption_price} is not above 0 and up to 10 times nominal")
    if not 0 < terms.calculation_amount < LARGEST:
        yield Problem("calculation_amount", f"{terms.calculation_amount} is not above zero and below 2**62")
        return
    for field in ("minimum_denomination", "denomination_multiple"):
        amount_held = getattr(terms, field)
        if not 0 < amount_held < LARGEST:
            yield Problem(field, f"{amount_held} is not above zero and below 2**62")
        elif amount_held % terms.calculation_amount:
            yield Problem(
                field, f"{amount_held} is not a multiple of the calculation amount, {terms.calculation_amount}"
            )


def _rule_problems(terms: Terms) -> Iterator[Problem]:
    by_business_days = terms.record_date.rule is RecordRule.BUSINESS_DAYS_BEFORE
    if not 0 <= terms.record_date.days <= 60:
        yield Problem("record_date", f"{terms.record_date.days} days are not 0 to 60")
    if not terms.calendars and (by_business_days or terms.business_day is not BusinessDayConvention.UNADJUSTED):
        yield Problem("calendars", "no centre is named, and business days are asked for")
    if any(not centre for centre in terms.calendars) or len(set(terms.calendars)) != len(terms.calendars):
        yield Problem("calendars", f"{', '.join(map(repr, terms.calendars))}: a centre is empty or named twice")
    if terms.adjusted and terms.business_day is BusinessDayConvention.UNADJUSTED:
        yield Problem("adjusted", "interest cannot accrue to adjusted dates where no date is adjusted")
    for field in terms.assumed:
        if field not in FIELDS or field == "assumed":
            yield Problem("assumed", f"{field!r} is not a field of the terms")
