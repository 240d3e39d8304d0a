"""What a bond promises, as its terms say it: dates unadjusted, rates exact, and which of it is only assumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import IntEnum
from fractions import Fraction
from itertools import pairwise

from bauhinia.bond.calendar import BusinessDayConvention
from bauhinia.bond.coupons import floating, indexed, steps, sustainability
from bauhinia.bond.coupons.floating import Floating
from bauhinia.bond.coupons.indexed import Indexed
from bauhinia.bond.coupons.steps import RateStep
from bauhinia.bond.coupons.sustainability import SustainabilityStep
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.fields import FINEST as FINEST  # where callers of the terms look for it
from bauhinia.bond.fields import Kinds, exactly, too_fine, under, wrong_centres, wrong_kinds
from bauhinia.bond.impossible import Problem
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.problems import exercise_problems, make_whole_problems, repayment_problems
from bauhinia.bond.repayments.repayment import Repayment, RepaymentKind
from bauhinia.bond.roll import Roll, falls_on, is_month_end, rolled

FREQUENCIES = (0, 1, 2, 3, 4, 6, 12)  # payments a year that fall on whole months; 0 is one payment, at maturity
EARLIEST, LATEST = date(1800, 1, 1), date(2999, 12, 31)  # the dates a bond may have
LARGEST = 1 << 62  # no amount reaches it


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
    """The terms of a bond. What a plain fixed-rate bond does not have is absent: steps, a floating rate, an index,
    repayment before maturity, calls and puts.

    Interest runs from and including `issue_date`. Coupon dates roll back from `maturity`, or from `penultimate_coupon`
    where the last period is a stub; a first period that is not a regular one is named by `first_coupon`. Dates are
    unadjusted. Amounts are the currency's smallest units; `rate` is per year (19/500 is 3.8 percent) and
    `redemption_price` a part of nominal (1 is par). With `adjusted`, interest accrues to the adjusted dates; without,
    only the day of payment moves.

    `roll` and `roll_day` say on which day of the month coupons fall (zero: on that of the date they roll from). A
    `perpetual` bond repays nothing; its `maturity` is a date on which a coupon falls. With `ex_dividend`, a trade that
    settles after the record date is made without the coming interest, and its accrued interest is negative. `rate` is
    the first rate of a bond with `steps`, and zero where it is `floating`.
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
    roll: Roll = Roll.ANCHOR
    roll_day: int = 0
    perpetual: bool = False
    ex_dividend: bool = False
    steps: tuple[RateStep, ...] = ()
    floating: Floating | None = None
    sustainability: tuple[SustainabilityStep, ...] = ()
    indexed: Indexed | None = None
    repayment: Repayment | None = None
    calls: tuple[Exercise, ...] = ()
    puts: tuple[Exercise, ...] = ()
    make_whole: MakeWhole | None = None
    assumed: tuple[str, ...] = ()  # the fields above that were not published


FIELDS = tuple(field.name for field in fields(Terms))

# what each field is made of, exactly: a float is no Fraction, True is no number, a datetime is no date
_KINDS: Kinds = (
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
    ("roll", (Roll,), "a roll"),
    ("roll_day", (int,), "a day of the month"),
    ("perpetual", (bool,), "true or false"),
    ("ex_dividend", (bool,), "true or false"),
    ("floating", (Floating, type(None)), "a floating rate or none"),
    ("indexed", (Indexed, type(None)), "an indexation or none"),
    ("repayment", (Repayment, type(None)), "a repayment or none"),
    ("make_whole", (MakeWhole, type(None)), "a make-whole call or none"),
    ("assumed", (tuple,), "a tuple of field names"),
)


def check(terms: Terms) -> list[Problem]:
    """What makes the terms impossible, by field; nothing if a bond can have them. Every other function of this layer
    takes terms that pass.
    """
    wrong = list(_wrong_kinds(terms))
    if wrong:
        return wrong
    dates = list(_date_problems(terms)) or list(_schedule_problems(terms))
    principal = [] if dates else _principal_problems(terms)
    coupons = [] if dates else _coupon_problems(terms)
    return [*dates, *coupons, *principal, *_amount_problems(terms), *_rule_problems(terms)]


def require_exact(terms: Terms) -> None:
    """Impossible for terms with a float or a Decimal where a fraction belongs: what is worked out from them would not
    be exact. Quick, as it is asked each time; `check` finds whatever else is wrong.
    """
    if type(terms.rate) is not Fraction:
        exactly("rate", terms.rate)
    if type(terms.redemption_price) is not Fraction:
        exactly("redemption_price", terms.redemption_price)
    for step in terms.steps:
        exactly("steps", step.rate)
    for target in terms.sustainability:
        exactly("sustainability", target.margin)
    if terms.floating is not None:
        rate = terms.floating
        for value in (rate.margin, rate.multiplier, rate.floor or 0, rate.cap or 0, rate.index_floor or 0):
            exactly("floating", value)
    if terms.indexed is not None:
        exactly("indexed", terms.indexed.base)
    if terms.repayment is not None:
        exactly("repayment", terms.repayment.amount)
        for part in terms.repayment.parts:
            exactly("repayment", part.part)


def is_coupon_date(terms: Terms, day: date) -> bool:
    """Whether interest is paid for a period that ends on that day, unadjusted."""
    if day == terms.maturity:
        return True
    anchor = terms.penultimate_coupon or terms.maturity
    if terms.frequency == 0 or not terms.issue_date < day <= anchor or day < (terms.first_coupon or day):
        return False
    apart = (anchor.year - day.year) * 12 + anchor.month - day.month
    at = rolled(anchor, -apart, terms.roll, terms.roll_day, terms.end_of_month)
    return apart % months_between(terms) == 0 and at == day


def months_between(terms: Terms) -> int:
    """The months of a regular period; twelve, the notional year, for a single payment."""
    return 12 // (terms.frequency or 1)


def _wrong_kinds(terms: Terms) -> Iterator[Problem]:
    yield from wrong_kinds(terms, _KINDS)
    for field, part, what in (("steps", RateStep, "rate"), ("sustainability", SustainabilityStep, "sustainability")):
        value = getattr(terms, field)
        if type(value) is not tuple or not all(type(each) is part for each in value):
            yield Problem(field, f"{value!r} is not a tuple of {what} steps")
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
    if not 0 <= terms.roll_day <= 31:
        yield Problem("roll_day", f"{terms.roll_day} is no day of a month")
    elif terms.roll_day and (terms.roll is not Roll.ANCHOR or terms.end_of_month):
        yield Problem("roll_day", "the roll says already on which day coupons fall")
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
    if not falls_on(anchor, terms.roll, terms.roll_day):
        field = "roll_day" if terms.roll_day else "roll"
        yield Problem(field, f"coupons do not fall on {anchor}, from which they roll")
        return
    if not _rolls_to(terms, anchor, earliest, months):
        if first is None:
            yield Problem(
                "frequency", f"{terms.frequency} a year does not divide {earliest} to {anchor}: name the first coupon"
            )
        else:
            yield Problem(
                "first_coupon", f"{first} is not a whole number of periods of {months} months before {anchor}"
            )


def _rolls_to(terms: Terms, anchor: date, earlier: date, months: int) -> bool:
    apart = (anchor.year - earlier.year) * 12 + anchor.month - earlier.month
    return apart % months == 0 and rolled(anchor, -apart, terms.roll, terms.roll_day, terms.end_of_month) == earlier


def _coupon_problems(terms: Terms) -> Iterator[Problem]:
    """Floating rates, steps and indexation, and what of them one bond cannot have together; the dates are in order."""
    parts = list(_part_problems(terms))
    if parts:
        yield from parts
        return
    if terms.floating is not None and terms.rate:
        yield Problem("rate", "a floating rate has its margin instead")
    if terms.floating is not None and terms.steps:
        yield Problem("steps", "a floating rate has none")
    days = [(f"steps[{at}]", step.first) for at, step in enumerate(terms.steps)]
    days += [(f"sustainability[{at}]", step.first) for at, step in enumerate(terms.sustainability)]
    for path, day in days:
        lives = terms.issue_date < day and (terms.perpetual or day < terms.maturity)
        if not lives or terms.frequency == 0:
            yield Problem(f"{path}.first", f"no later interest period starts on or after {day}")
    for at, (one, other) in enumerate(pairwise(terms.steps), start=1):
        if other.first <= one.first:
            yield Problem(f"steps[{at}].first", f"{other.first} is not after {one.first}")
    for at, target in enumerate(terms.sustainability):
        if target in terms.sustainability[:at]:
            yield Problem(f"sustainability[{at}]", "is listed twice")
    lowest = min([terms.rate, *(step.rate for step in terms.steps)])
    taken = sum(min(target.margin, Fraction(0)) for target in terms.sustainability)
    if terms.floating is None and terms.rate >= 0 and lowest + taken < 0:
        yield Problem("sustainability", f"takes {-taken} from a rate of {lowest}")


def _part_problems(terms: Terms) -> Iterator[Problem]:
    """What is wrong with a part by itself."""
    if terms.floating is not None:
        yield from under("floating", floating.check(terms.floating, months_between(terms)))
    for at, step in enumerate(terms.steps):
        yield from under(f"steps[{at}]", steps.check(step))
    for at, target in enumerate(terms.sustainability):
        yield from under(f"sustainability[{at}]", sustainability.check(target))
    if terms.indexed is not None:
        yield from under("indexed", indexed.check(terms.indexed))


def _principal_problems(terms: Terms) -> Iterator[Problem]:
    """Repayment, calls and puts; the schedule is one that can be here."""
    plan, last = terms.repayment, None if terms.perpetual else terms.maturity
    if terms.perpetual and (plan is not None or terms.frequency == 0 or terms.penultimate_coupon is not None):
        yield Problem("perpetual", "a bond without end has coupons, and neither a repayment nor a penultimate one")
    if plan is not None:
        yield from repayment_problems(plan, terms.maturity, lambda day: is_coupon_date(terms, day))
        yield from _instalment_problems(terms, plan)
        by_interest = plan.kind in (RepaymentKind.ANNUITY, RepaymentKind.NEGATIVE) or plan.capitalised is not None
        if by_interest and terms.redemption_price != 1:
            yield Problem("redemption_price", "instalments that hang on interest repay at par")
    yield from exercise_problems("calls", terms.calls, terms.issue_date, last)
    yield from exercise_problems("puts", terms.puts, terms.issue_date, last)
    if terms.make_whole is not None:
        yield from make_whole_problems(terms.make_whole, terms.issue_date, last)


def _instalment_problems(terms: Terms, plan: Repayment) -> Iterator[Problem]:
    """A level instalment that the interest of its first regular period eats up: nothing would ever be repaid."""
    given = type(plan.amount) is Fraction and type(plan.kind) is RepaymentKind and plan.kind is RepaymentKind.ANNUITY
    if not given or not plan.amount or terms.floating is not None or plan.capitalised is not None:
        return
    interest = steps.rate_at(terms.rate, terms.steps, terms.issue_date) / (terms.frequency or 1)
    if plan.amount <= interest:
        problem = f"{plan.amount} is not above the interest of a period, {interest}: it repays nothing"
        yield Problem("repayment.amount", problem)


def _amount_problems(terms: Terms) -> Iterator[Problem]:
    yield from too_fine(terms, ("rate", "redemption_price"))
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
        elif amount_held % terms.calculation_amount and terms.calculation_amount % amount_held:
            other = terms.calculation_amount
            yield Problem(field, f"{amount_held} is no multiple of the calculation amount, {other}, nor a part of it")


def _rule_problems(terms: Terms) -> Iterator[Problem]:
    by_business_days = terms.record_date.rule is RecordRule.BUSINESS_DAYS_BEFORE
    if not 0 <= terms.record_date.days <= 60:
        yield Problem("record_date", f"{terms.record_date.days} days are not 0 to 60")
    if not terms.calendars and (by_business_days or terms.business_day is not BusinessDayConvention.UNADJUSTED):
        yield Problem("calendars", "no centre is named, and business days are asked for")
    yield from wrong_centres("calendars", terms.calendars)
    if terms.adjusted and terms.business_day is BusinessDayConvention.UNADJUSTED:
        yield Problem("adjusted", "interest cannot accrue to adjusted dates where no date is adjusted")
    for field in terms.assumed:
        if field not in FIELDS or field == "assumed":
            yield Problem("assumed", f"{field!r} is not a field of the terms")
