"""What cannot be in a repayment, a call, a put or a make-whole: by field, given what they need to know of the bond."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise

from bauhinia.bond.fields import Kinds, a_day, exact, optional, too_fine, under, unnamed, whole_number, wrong_kinds
from bauhinia.bond.impossible import Problem
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind

LONGEST_NOTICE = 366  # days
HIGHEST_PRICE = 10  # times nominal

_PLAN: Kinds = (
    ("first", *optional(a_day)),
    ("amount", *exact),
    ("series", (str,), "the name of a series"),
    ("capitalised", *optional(a_day)),
)
_PART: Kinds = (("day", *a_day), ("part", *exact))
_NOTICE: Kinds = (("least_notice", *whole_number), ("most_notice", *whole_number))
_EXERCISE: Kinds = (
    ("first", *a_day),
    ("last", *a_day),
    ("price", *exact),
    ("on_coupon_dates", (bool,), "true or false"),
    ("partial", (bool,), "true or false"),
    *_NOTICE,
)
_MAKE_WHOLE: Kinds = (("until", *a_day), ("benchmark", (str,), "the name of a series"), ("spread", *exact), *_NOTICE)

# the fields of a repayment that each kind has, beside those that all have
_OF_KIND = {
    RepaymentKind.LINEAR: ("first", "amount"),
    RepaymentKind.ANNUITY: ("first", "amount"),
    RepaymentKind.SCHEDULE: ("parts",),
    RepaymentKind.POOL: ("first", "series"),
    RepaymentKind.NEGATIVE: ("first", "amount"),
}


def repayment_problems(
    repayment: Repayment, maturity: date, is_coupon_date: Callable[[date], bool]
) -> Iterator[Problem]:
    """`is_coupon_date` says whether a coupon falls on a day, unadjusted."""
    yield from under("repayment", _repayment_problems(repayment, maturity, is_coupon_date))


def exercise_problems(field: str, exercises: object, issue_date: date, maturity: date | None) -> Iterator[Problem]:
    """Calls and puts: `field` is one of these. A perpetual bond has no maturity."""
    if type(exercises) is not tuple or not all(type(each) is Exercise for each in exercises):
        yield Problem(field, f"{exercises!r} is not a tuple of exercises")
        return
    for at, each in enumerate(exercises):
        yield from under(f"{field}[{at}]", _exercise_problems(each, issue_date, maturity))
    if field == "puts":
        for at, each in enumerate(exercises):
            if each.partial is True:
                yield Problem(f"puts[{at}].partial", "a holder puts what it holds: only calls are partial")
    for at, (one, other) in enumerate(pairwise(exercises), start=1):
        if type(other.first) is date and type(one.last) is date and other.first <= one.last:
            yield Problem(f"{field}[{at}].first", f"{other.first} is not after {one.last}, the last day before it")


def make_whole_problems(make_whole: MakeWhole, issue_date: date, maturity: date | None) -> Iterator[Problem]:
    yield from under("make_whole", _make_whole_problems(make_whole, issue_date, maturity))


def _repayment_problems(plan: Repayment, maturity: date, is_coupon_date: Callable[[date], bool]) -> Iterator[Problem]:
    if type(plan.kind) is not RepaymentKind:
        yield Problem("kind", f"{plan.kind!r} is not a kind of repayment")
        return
    if type(plan.reduction) is not Reduction:
        yield Problem("reduction", f"{plan.reduction!r} is not a reduction")
    elif plan.kind is RepaymentKind.POOL and plan.reduction is not Reduction.FACTOR:
        yield Problem("reduction", "a pool's factor falls; no nominal is reduced or drawn")
    elif plan.kind in (RepaymentKind.ANNUITY, RepaymentKind.NEGATIVE) and plan.reduction is not Reduction.FACTOR:
        yield Problem("reduction", "level instalments are the same for each holder: they reduce the factor")
    elif plan.capitalised is not None and plan.reduction is not Reduction.FACTOR:
        yield Problem("reduction", "interest added to nominal raises the factor, the same for each holder")
    wrong = list(_wrong_kinds(plan))
    yield from wrong
    if wrong:
        return
    for field, absent in (("first", None), ("amount", 0), ("parts", ()), ("series", "")):
        if field not in _OF_KIND[plan.kind] and getattr(plan, field) != absent:
            yield Problem(field, f"is not for a {plan.kind.name} repayment")
    for field in ("first", "capitalised"):
        day = getattr(plan, field)
        if day is not None and not is_coupon_date(day):
            yield Problem(field, f"{day} is not a coupon date")
        elif day is not None and field == "capitalised" and day >= maturity:
            yield Problem(field, f"{day} is the maturity: interest on it is paid")
    if plan.first is not None and plan.capitalised is not None and plan.first <= plan.capitalised:
        yield Problem(
            "first", f"{plan.first} is not after {plan.capitalised}, up to which interest is added to nominal"
        )
    yield from _kind_problems(plan, maturity, is_coupon_date)


def _wrong_kinds(plan: Repayment) -> Iterator[Problem]:
    yield from wrong_kinds(plan, _PLAN)
    parts: object = plan.parts
    if type(parts) is not tuple or not all(type(part) is Part for part in parts):
        yield Problem("parts", f"{parts!r} is not a tuple of parts")
        return
    for at, part in enumerate(parts):
        yield from under(f"parts[{at}]", wrong_kinds(part, _PART))


def _kind_problems(plan: Repayment, maturity: date, is_coupon_date: Callable[[date], bool]) -> Iterator[Problem]:
    if not 0 <= plan.amount <= 1:
        yield Problem("amount", f"{plan.amount} is not a part of nominal, 0 to 1")
    yield from too_fine(plan, ("amount",))
    if plan.kind is RepaymentKind.NEGATIVE and plan.amount == 0:
        yield Problem("amount", "is not given: what is paid each time")
    if plan.kind is RepaymentKind.POOL:
        yield from unnamed("series", plan.series)
    if plan.kind is RepaymentKind.POOL and plan.capitalised is not None:
        yield Problem("capitalised", "a pool's factor says what is owed; no interest is added to it")
    if plan.kind is RepaymentKind.SCHEDULE:
        yield from _part_problems(plan, maturity, is_coupon_date)


def _part_problems(plan: Repayment, maturity: date, is_coupon_date: Callable[[date], bool]) -> Iterator[Problem]:
    if not plan.parts and plan.capitalised is None:
        yield Problem("parts", "are not given: what is repaid when?")
    for at, part in enumerate(plan.parts):
        if not is_coupon_date(part.day):
            yield Problem(f"parts[{at}].day", f"{part.day} is not a coupon date")
        elif part.day >= maturity:
            yield Problem(f"parts[{at}].day", f"{part.day} is the maturity, when all that is left is repaid")
        elif plan.capitalised is not None and part.day <= plan.capitalised:
            yield Problem(f"parts[{at}].day", f"on {part.day} interest is still added to nominal")
        if not 0 < part.part <= 1:
            yield Problem(f"parts[{at}].part", f"{part.part} is not a part of nominal, above 0 and up to 1")
        yield from under(f"parts[{at}]", too_fine(part, ("part",)))
    for at, (one, other) in enumerate(pairwise(plan.parts), start=1):
        if other.day <= one.day:
            yield Problem(f"parts[{at}].day", f"{other.day} is not after {one.day}, the day before it")
    total = sum((part.part for part in plan.parts), Fraction(0))
    if total > 1:
        yield Problem("parts", f"together they are {total}, more than one")


def _exercise_problems(each: Exercise, issue_date: date, maturity: date | None) -> Iterator[Problem]:
    wrong = list(wrong_kinds(each, _EXERCISE))
    yield from wrong
    if wrong:
        return
    yield from _notice_problems(each)
    if each.first <= issue_date:
        yield Problem("first", f"{each.first} is not after the issue date, {issue_date}")
    if each.last < each.first:
        yield Problem("last", f"{each.last} is before {each.first}")
    if maturity is not None and each.last > maturity:
        yield Problem("last", f"{each.last} is after the maturity, {maturity}")
    if not 0 < each.price <= HIGHEST_PRICE:
        yield Problem("price", f"{each.price} is not above 0 and up to {HIGHEST_PRICE} times nominal")
    yield from too_fine(each, ("price",))


def _make_whole_problems(each: MakeWhole, issue_date: date, maturity: date | None) -> Iterator[Problem]:
    wrong = list(wrong_kinds(each, _MAKE_WHOLE))
    yield from wrong
    if wrong:
        return
    yield from _notice_problems(each)
    if each.until <= issue_date:
        yield Problem("until", f"{each.until} is not after the issue date, {issue_date}")
    if maturity is None:
        yield Problem("until", "a perpetual bond has no last payment: what remains of it has no end")
    elif each.until > maturity:
        yield Problem("until", f"{each.until} is after the maturity, {maturity}")
    yield from unnamed("benchmark", each.benchmark)
    if not 0 <= each.spread < 1:
        yield Problem("spread", f"{each.spread} is not from 0 to below 1, which is 100 percent a year")
    yield from too_fine(each, ("spread",))


def _notice_problems(each: Exercise | MakeWhole) -> Iterator[Problem]:
    for field, days in (("least_notice", each.least_notice), ("most_notice", each.most_notice)):
        if not 0 <= days <= LONGEST_NOTICE:
            yield Problem(field, f"{days} days are not 0 to {LONGEST_NOTICE}")
    if each.least_notice > each.most_notice:
        yield Problem("least_notice", f"{each.least_notice} days are more than the most notice, {each.most_notice}")
