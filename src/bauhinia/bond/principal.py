"""What is repaid when: the outstanding part of nominal, and each period's instalment in smallest units.

The factors of a bond that repays stated parts (LINEAR, SCHEDULE, POOL) are exactly those parts. Level instalments, and
interest that is added to nominal, are amounts of money: they are worked out in whole units on one calculation amount,
and the factor is what is then owed over the calculation amount. So a factor never says another thing than was paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, assert_never

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.daycount import CONVENTIONS, year_fraction
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.interest import interest_of, rate_of
from bauhinia.bond.known import NOTHING, Implausible, Known, value_of
from bauhinia.bond.repayments.annuity import level
from bauhinia.bond.repayments.repayment import Repayment, RepaymentKind
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms

Owed = int | Fraction  # smallest units


class Instalment(NamedTuple):
    """What one calculation amount is paid at the end of a period, in smallest units; before an index is applied.

    `capitalised` is interest that is not paid but added to what is owed: interest accrued is `interest` and
    `capitalised` together.
    """

    interest: int
    principal: int
    capitalised: int = 0


def factors(
    terms: Terms, periods: Sequence[Period], known: Known = NOTHING, calendars: Sequence[Calendar] = ()
) -> tuple[Fraction, ...]:
    """The part of original nominal outstanding at the start of each period.

    `calendars` are those of a floating rate's index. NotKnown where it hangs on a pool factor or a rate not yet known.
    """
    return tuple(Fraction(owed, terms.calculation_amount) for owed in _owed(terms, periods, known, calendars))


def factor_of(
    terms: Terms,
    periods: Sequence[Period],
    number: int,
    known: Known = NOTHING,
    calendars: Sequence[Calendar] = (),
) -> Fraction:
    """The part of original nominal outstanding in the period of that number; what is known later is not asked for."""
    if terms.repayment is None:
        return Fraction(1)
    for at, owed in enumerate(_owed(terms, periods, known, calendars), start=1):
        if at == number:
            return Fraction(owed, terms.calculation_amount)
    raise Impossible("number", f"there is no period {number}")


def repaid(
    terms: Terms, periods: Sequence[Period], known: Known = NOTHING, calendars: Sequence[Calendar] = ()
) -> tuple[Fraction, ...]:
    """The part of original nominal repaid at the end of each period, all that is left at maturity included; before
    redemption price and index. Below zero where interest is added to nominal. The parts add up to one, or to nothing
    where the bond is perpetual.
    """
    outstanding = [*factors(terms, periods, known, calendars), Fraction(terms.perpetual)]
    return tuple(before - after for before, after in pairwise(outstanding))


def instalments(
    terms: Terms, periods: Sequence[Period], known: Known = NOTHING, calendars: Sequence[Calendar] = ()
) -> tuple[Instalment, ...]:
    """What one calculation amount is paid at the end of each period.

    Interest is that on the outstanding part, rounded half up to the smallest unit. Principal is the fall of what is
    outstanding, itself rounded half up at the redemption price: roundings never add up, the last instalment takes what
    is left, and together they are what the whole calculation amount is redeemed for.
    """
    parts = _Interest(terms, periods, known, calendars)
    amount, price = terms.calculation_amount, terms.redemption_price
    owed = [*_owed(terms, periods, known, calendars, parts), amount if terms.perpetual else 0]
    due = [_units(each) for each in owed] if price == 1 else [_units(each * price) for each in owed]
    found = []
    for at in range(len(periods)):
        fall, accrued = due[at] - due[at + 1], _interest(owed[at], parts.of(at))
        added = -fall if fall < 0 else 0
        found.append(Instalment(accrued - added, fall + added, added))
    return tuple(found)


class _Interest:
    """Interest of each period as a part of what is owed in it, looked up once and only when asked for."""

    def __init__(self, terms: Terms, periods: Sequence[Period], known: Known, calendars: Sequence[Calendar]) -> None:
        self.terms, self.periods, self.known, self.calendars = terms, periods, known, calendars
        self.changes = bool(terms.floating or terms.steps or terms.sustainability)
        self.found: dict[int, Fraction] = {}

    def of(self, at: int) -> Fraction:
        part = self.found.get(at)
        if part is None:
            if not self.changes:
                self.found = dict(enumerate(_times(self.terms, self.periods, self.terms.rate)))
                return self.found[at]
            part = self.found[at] = interest_of(self.terms, self.periods[at], self.known, self.calendars)
        return part

    def expected(self, at: int) -> list[Fraction]:
        """From that period to the last; a rate that may change is taken to stay what it is."""
        if not self.changes:
            self.of(at)  # which finds them all
            return [self.found[each] for each in range(at, len(self.periods))]
        rate = rate_of(self.terms, self.periods[at], self.known, self.calendars)
        return _times(self.terms, self.periods[at:], rate)


def _times(terms: Terms, periods: Sequence[Period], rate: Fraction) -> list[Fraction]:
    """One rate times each period's part of a year. Few of these differ, and each product is made once."""
    made: dict[tuple[int, int], Fraction] = {}
    found, needs = [], CONVENTIONS[terms.day_count].needs
    for period in periods:
        reference = period.reference if needs else None
        years = year_fraction(terms.day_count, period.accrual_start, period.accrual_end, reference)
        ratio = years.numerator, years.denominator
        part = made.get(ratio)
        if part is None:
            part = made[ratio] = rate * years
        found.append(part)
    return found


def _owed(
    terms: Terms,
    periods: Sequence[Period],
    known: Known,
    calendars: Sequence[Calendar],
    parts: _Interest | None = None,
) -> Iterator[Owed]:
    """What is owed of one calculation amount at the start of each period, in units; exact where parts are stated."""
    plan, owed = terms.repayment, terms.calculation_amount
    if plan is None:
        for _ in periods:
            yield owed
        return
    parts = parts or _Interest(terms, periods, known, calendars)
    begun = 0
    if plan.capitalised is not None:
        while begun < len(periods) and periods[begun].end <= plan.capitalised:
            yield owed
            owed += _interest(owed, parts.of(begun))
            begun += 1
    while plan.first is not None and begun < len(periods) and periods[begun].end < plan.first:
        yield owed
        begun += 1
    match plan.kind:
        case RepaymentKind.LINEAR:
            yield from _linear(terms, plan, owed, len(periods) - begun)
        case RepaymentKind.SCHEDULE:
            yield from _scheduled(terms, plan, owed, periods[begun:])
        case RepaymentKind.POOL:
            yield from _pooled(terms, plan, periods[begun:], known)
        case RepaymentKind.ANNUITY | RepaymentKind.NEGATIVE:
            yield from _level(terms, plan, owed, range(begun, len(periods)), parts)
        case _:
            assert_never(plan.kind)


def _linear(terms: Terms, plan: Repayment, owed: int, count: int) -> Iterator[Owed]:
    share = plan.amount * terms.calculation_amount or Fraction(owed, max(count, 1))
    left, step, below = owed * share.denominator, share.numerator, share.denominator
    for _ in range(count):
        yield Fraction(left, below)
        left = left - step if left > step else 0


def _scheduled(terms: Terms, plan: Repayment, owed: int, periods: Sequence[Period]) -> Iterator[Owed]:
    listed = {part.day: part.part for part in plan.parts}
    left = Fraction(owed)
    for period in periods:
        yield left
        if period.end in listed:
            left = max(left - terms.calculation_amount * listed[period.end], Fraction(0))


def _pooled(terms: Terms, plan: Repayment, periods: Sequence[Period], known: Known) -> Iterator[Owed]:
    """The factor of a coupon date holds from it on. Implausible where one is above that before it, or below zero."""
    factor = Fraction(1)
    for at, period in enumerate(periods):
        if at:
            told = value_of(known, plan.series, period.start)
            if not 0 <= told <= factor:
                problem = f"{told} of {period.start} is not from zero to the factor before it"
                raise Implausible(plan.series, period.start, problem)
            factor = told
        yield factor * terms.calculation_amount


def _level(terms: Terms, plan: Repayment, owed: int, rest: range, parts: _Interest) -> Iterator[Owed]:
    """Instalments of whole units. One that repays all by maturity is worked out anew where the rate changes, as if the
    new rate would stay.
    """
    stated = _units(plan.amount * terms.calculation_amount)
    instalment, coming, since = stated, list[Fraction](), 0
    for at in rest:
        yield owed
        part = parts.of(at)
        if not stated and (not coming or (parts.changes and part != coming[at - since])):
            coming, since = parts.expected(at), at
            instalment = _units(owed * level(coming))
        fall = instalment - _interest(owed, part)
        if fall < 0 and plan.kind is RepaymentKind.ANNUITY:
            fall = 0  # the interest is paid in full and nothing repaid
        owed = owed - fall if fall < owed else 0


def _units(value: Owed) -> int:
    """Rounded half up to a whole unit."""
    return value if isinstance(value, int) else whole(value, Rounding.HALF_UP)


def _interest(owed: Owed, part: Fraction) -> int:
    """`part` of what is owed, rounded half up to a whole unit; as `whole` does it, without reducing the fraction."""
    above, below = owed.numerator * part.numerator, owed.denominator * part.denominator
    return (2 * above + below) // (2 * below)
