"""Floating rates: a term rate fixed for a period, or a daily rate compounded or averaged in arrears.

2021 ISDA Interest Rate Derivatives Definitions, section 7; ICMA and the working groups of the currencies for the
bonds' conventions (HONIA, SOFR, ESTR, TONA, SORA, SONIA); 31 CFR 356.2 and appendix B for the notes of the US Treasury.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from fractions import Fraction
from math import lcm
from typing import NamedTuple, assert_never

from bauhinia.bond.calendar import BusinessDayConvention, Calendar, add_business_days, adjust, is_business_day
from bauhinia.bond.fields import Kinds, exact, optional, too_fine, unnamed, whole_number, wrong_centres, wrong_kinds
from bauhinia.bond.impossible import Problem
from bauhinia.bond.known import Implausible, Known, Need, no_rate, value_of
from bauhinia.bond.rounding import to_places
from bauhinia.words.money import format_rate

DAY = timedelta(days=1)
MOST_DAYS = 60  # a lookback, a lockout or a holding time that is longer is a mistake
MOST_PLACES = 12
BASES = (360, 365)
HIGHEST = 1  # of a rate, above zero and below: 100 percent a year


class Averaging(IntEnum):
    """How a period's rate is made of the index. The numbers are written down: they enter canonical bytes."""

    SIMPLE = 1  # one fixing a period
    COMPOUNDED = 2  # daily, in arrears
    AVERAGED = 3  # daily, in arrears, the arithmetic mean by days
    INDEX = 4  # the ratio of a published compounded index at the two ends


class FixedFrom(IntEnum):
    """From which end of the period a SIMPLE fixing's day is counted back."""

    START = 1  # in advance
    END = 2  # in arrears


@dataclass(frozen=True, slots=True)
class Floating:
    """A floating rate: `multiplier` times the index, plus `margin`, held between `floor` and `cap`.

    `centres` are those whose business days the index has; where none is named every day is one. `days_back` counts in
    them: before the start or the end for SIMPLE, before both for INDEX, the lookback in arrears. With
    `observation_shift` the days are shifted with their weights (observation period shift), without it the weights stay
    those of the interest period. The last `lockout` business days of the period repeat the fixing before them.
    `index_floor` bounds each fixing. `places` rounds the period's rate with its margin, half up, as a fraction of one
    (7 is a hundred-thousandth of a percent), before floor and cap; zero rounds nothing. `index_days` is the day base of
    the daily rate: 360 or 365.

    With `holds`, a value holds until the next is published, so many days at most (the 13-week bill auctions of US
    floating rate notes). Each value is then noted at the first day on which it holds, and each calendar day is
    observed; one that begins after the first of the `lockout` business days is left out.
    """

    index: str
    margin: Fraction = Fraction(0)
    multiplier: Fraction = Fraction(1)
    averaging: Averaging = Averaging.SIMPLE
    fixed_from: FixedFrom = FixedFrom.START
    days_back: int = 2
    observation_shift: bool = False
    lockout: int = 0
    centres: tuple[str, ...] = ()
    index_days: int = 360
    floor: Fraction | None = None
    cap: Fraction | None = None
    index_floor: Fraction | None = None
    places: int = 7
    holds: int = 0


class Observation(NamedTuple):
    """A fixing that is looked at: its day, and for how many days of the period it counts."""

    day: date
    weight: int


def observations(
    floating: Floating, start: date, end: date, calendars: Sequence[Calendar], until: date | None = None
) -> tuple[Observation, ...]:
    """The fixings of an interest period from `start` to before `end`, in order; `calendars` are those of its centres.

    With `until`, those for the interest accrued up to that day: the rest is cut off, what is observed stays as it is
    for the whole period. SIMPLE has one, INDEX two: at the start, weighing nothing, and at the end.
    """
    stop = end if until is None else until
    match floating.averaging:
        case Averaging.SIMPLE:
            base = start if floating.fixed_from is FixedFrom.START else end
            day = add_business_days(base, -floating.days_back, calendars).day
            return (Observation(day, (stop - start).days),)
        case Averaging.INDEX:
            first, last = _shifted(start, floating, calendars), _shifted(stop, floating, calendars)
            return Observation(first, 0), Observation(last, (last - first).days)
        case Averaging.COMPOUNDED | Averaging.AVERAGED:
            if floating.holds:
                return tuple(_held(floating, start, end, calendars, stop))
            if floating.observation_shift:
                start, end, stop = (_shifted(day, floating, calendars) for day in (start, end, stop))
            return tuple(_daily(floating, start, end, calendars, stop))
        case _:
            assert_never(floating.averaging)


def index_rate(floating: Floating, observed: Sequence[Observation], known: Known) -> Fraction:
    """The annual rate that the observations make, before multiplier and margin. NotKnown where one is missing;
    Implausible, by series and day, where one is no rate: a value told without its percent sign.
    """
    values = [value_of(known, floating.index, each.day, floating.holds) for each in observed]
    if floating.averaging is not Averaging.INDEX:
        for value, each in zip(values, observed, strict=True):
            if not -HIGHEST <= value <= HIGHEST:
                raise no_rate(floating.index, each.day, value)
    if floating.index_floor is not None:
        values = [max(value, floating.index_floor) for value in values]
    days = sum(each.weight for each in observed)
    match floating.averaging:
        case Averaging.SIMPLE:
            return values[0]
        case Averaging.INDEX:
            return _grown(floating, values, observed, days)
        case Averaging.COMPOUNDED:
            return _compounded(values, observed, floating.index_days) / days if days else Fraction(0)
        case Averaging.AVERAGED:
            return _weighted(values, observed) / days if days else Fraction(0)
        case _:
            assert_never(floating.averaging)


def rate(floating: Floating, observed: Sequence[Observation], known: Known, added: Fraction = Fraction(0)) -> Fraction:
    """The annual rate that is paid: `added` to the margin (the steps of a sustainability-linked bond), rounded, then
    held between floor and cap. A rate below zero is zero, whatever the floor: a holder never pays.

    Implausible above 100 percent a year, by series and the last day observed.
    """
    found = floating.multiplier * index_rate(floating, observed, known) + floating.margin + added
    if floating.places:
        found = to_places(found, floating.places)
    if floating.floor is not None:
        found = max(found, floating.floor)
    if floating.cap is not None:
        found = min(found, floating.cap)
    if found > HIGHEST:
        day = observed[-1].day
        raise Implausible(floating.index, day, f"its values up to {day} make a rate of {format_rate(found)} a year")
    return max(found, Fraction(0))


def needs(floating: Floating, observed: Sequence[Observation]) -> tuple[Need, ...]:
    """What must be known of the index, each day once, in order."""
    days = dict.fromkeys(each.day for each in observed)
    return tuple(Need(floating.index, day, floating.holds) for day in days)


def _grown(floating: Floating, values: Sequence[Fraction], observed: Sequence[Observation], days: int) -> Fraction:
    """The annual rate at which a compounded index has grown from one value to the other."""
    for value, each in zip(values, observed, strict=True):
        if value <= 0:
            raise Implausible(floating.index, each.day, f"{value} of {each.day} is no value of a compounded index")
    return (values[1] / values[0] - 1) * floating.index_days / days if days else Fraction(0)


def _compounded(values: Sequence[Fraction], observed: Sequence[Observation], base: int) -> Fraction:
    """The product of the daily growths less one, times the day base; whole numbers throughout, reduced once."""
    grown, still = 1, 1
    for value, each in zip(values, observed, strict=True):
        flat = base * value.denominator
        grown *= flat + value.numerator * each.weight
        still *= flat
    return Fraction(base * (grown - still), still)


def _weighted(values: Sequence[Fraction], observed: Sequence[Observation]) -> Fraction:
    """The sum of the values by their weights, over one denominator."""
    base = lcm(*(value.denominator for value in values))
    pairs = zip(values, observed, strict=True)
    return Fraction(sum(value.numerator * (base // value.denominator) * each.weight for value, each in pairs), base)


def _shifted(day: date, floating: Floating, calendars: Sequence[Calendar]) -> date:
    """The business day that falls so many before; with none to count, the day itself or the last one before it."""
    opened = day if floating.days_back else adjust(day, BusinessDayConvention.PRECEDING, calendars).day
    return add_business_days(opened, -floating.days_back, calendars).day


def _daily(
    floating: Floating, start: date, end: date, calendars: Sequence[Calendar], stop: date
) -> Iterator[Observation]:
    """Each business day with the days up to the next. Days before the first, where a period starts on a day that is
    none, have the rate of the business day before them; so has a period that shifting leaves without a day.
    """
    lookback = 0 if floating.observation_shift else floating.days_back
    opened = adjust(start, BusinessDayConvention.PRECEDING, calendars).day
    if start == end:
        yield Observation(opened, 1)
        return
    day = add_business_days(opened, -lookback, calendars).day
    business_days = []
    while day < end:
        if is_business_day(day, calendars):
            business_days.append(day)
        day += DAY
    first = business_days.index(opened)
    count = len(business_days) - first
    latest = max(count - floating.lockout - 1, 0)  # the last whose own fixing counts
    for at in range(count):
        begun = max(business_days[first + at], start)
        over = business_days[first + at + 1] if at + 1 < count else end
        if begun >= stop:
            return
        fixing = business_days[first - lookback + min(at, latest)]
        yield Observation(fixing, (min(over, stop) - begun).days)


def _held(
    floating: Floating, start: date, end: date, calendars: Sequence[Calendar], stop: date
) -> Iterator[Observation]:
    """Each calendar day, weighing one."""
    latest = add_business_days(end, -floating.lockout, calendars).day if floating.lockout else end
    for number in range((stop - start).days):
        day = min(start + number * DAY, max(latest, start))
        yield Observation(add_business_days(day, -floating.days_back, calendars).day, 1)


_KINDS: Kinds = (
    ("index", (str,), "a name"),
    ("margin", *exact),
    ("multiplier", *exact),
    ("averaging", (Averaging,), "an averaging"),
    ("fixed_from", (FixedFrom,), "an end of the period"),
    ("days_back", *whole_number),
    ("observation_shift", (bool,), "true or false"),
    ("lockout", *whole_number),
    ("centres", (tuple,), "a tuple of centres"),
    ("index_days", *whole_number),
    ("floor", *optional(exact)),
    ("cap", *optional(exact)),
    ("index_floor", *optional(exact)),
    ("places", *whole_number),
    ("holds", *whole_number),
)


def check(floating: Floating, months: int) -> Iterator[Problem]:
    """What makes a floating rate impossible, by field; `months` are those of a regular period."""
    wrong = list(wrong_kinds(floating, _KINDS))
    if wrong:
        yield from wrong
        return
    yield from unnamed("index", floating.index)
    yield from wrong_centres("centres", floating.centres)
    yield from too_fine(floating, ("margin", "multiplier", "floor", "cap", "index_floor"))
    for field in ("margin", "floor", "cap", "index_floor"):
        value = getattr(floating, field)
        if value is not None and abs(value) > 1:
            yield Problem(field, f"{value} is beyond 1, which is 100 percent a year")
    if not 0 < floating.multiplier <= 100:
        yield Problem("multiplier", f"{floating.multiplier} is not above 0 and up to 100")
    if floating.floor is not None and floating.cap is not None and floating.cap < floating.floor:
        yield Problem("cap", f"{floating.cap} is below the floor, {floating.floor}")
    for field in ("days_back", "lockout", "holds"):
        if not 0 <= getattr(floating, field) <= MOST_DAYS:
            yield Problem(field, f"{getattr(floating, field)} days are not 0 to {MOST_DAYS}")
    if not 0 <= floating.places <= MOST_PLACES:
        yield Problem("places", f"{floating.places} decimal places are not 0 to {MOST_PLACES}")
    if floating.index_days not in BASES:
        yield Problem("index_days", f"{floating.index_days} is neither 360 nor 365")
    yield from _wrong_for_averaging(floating, months)


def _wrong_for_averaging(floating: Floating, months: int) -> Iterator[Problem]:
    """What one way of averaging does not have."""
    daily = floating.averaging in (Averaging.COMPOUNDED, Averaging.AVERAGED)
    if floating.lockout and not daily:
        yield Problem("lockout", "only a daily rate in arrears has one")
    elif floating.lockout >= 20 * months:  # business days: no regular period has fewer
        yield Problem("lockout", f"{floating.lockout} business days are a whole period of {months} months")
    if floating.observation_shift and not daily:
        yield Problem("observation_shift", "only a daily rate in arrears has one")
    elif floating.observation_shift and not floating.days_back:
        yield Problem("observation_shift", "shifts by no day: days_back is zero")
    if floating.fixed_from is FixedFrom.END and floating.averaging is not Averaging.SIMPLE:
        yield Problem("fixed_from", "only a rate that is fixed once a period has one")
    if floating.index_floor is not None and floating.averaging is Averaging.INDEX:
        yield Problem("index_floor", "a compounded index has no fixings of its own")
    if floating.holds > 0 and (
        floating.averaging not in (Averaging.SIMPLE, Averaging.AVERAGED) or floating.observation_shift
    ):
        yield Problem("holds", "a value that holds is taken as it is or averaged, without shift")
