"""Inflation: payments that grow with a price index.

31 CFR 356 appendix B, section I.B (US TIPS: index and ratio truncated to six places, rounded to five); UK DMO, Formulae
for Calculating Gilt Prices from Yields, annexes A and B (index-linked gilts: eight months back and a month's own value,
unrounded; or three months back and interpolated, the ratio rounded to five places).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bauhinia.bond.fields import Kinds, exact, too_fine, unnamed, whole_number, wrong_kinds
from bauhinia.bond.impossible import Problem
from bauhinia.bond.known import Known, Need, value_of
from bauhinia.bond.roll import add_months, days_in_month
from bauhinia.bond.rounding import Rounding, to_places

MOST_MONTHS = 24
MOST_PLACES = 12


@dataclass(frozen=True, slots=True)
class Indexed:
    """Interest and redemption are multiplied by the index ratio of their day.

    The index is published a value a month, noted at the month's first day. The reference index of a day is that of
    `lag_months` months before; `interpolated` between the month's first day and the next month's by days, else the
    month's alone. The ratio is the reference index over `base`. Both are truncated to `truncated` places (zero: not at
    all), then rounded half up to `places` (zero: not at all). With `deflation_floor` no less than par is redeemed;
    interest has no floor.
    """

    index: str
    base: Fraction
    lag_months: int = 3
    interpolated: bool = True
    truncated: int = 6
    places: int = 5
    deflation_floor: bool = False


def needs(indexed: Indexed, day: date) -> tuple[Need, ...]:
    """The months' values that the reference index of a day hangs on."""
    month = add_months(day.replace(day=1), -indexed.lag_months)
    here = Need(indexed.index, month)
    if not indexed.interpolated or day.day == 1:
        return (here,)
    return here, Need(indexed.index, add_months(month, 1))


def reference_index(indexed: Indexed, day: date, known: Known) -> Fraction:
    """The index that a day is given. NotKnown where a month's value is missing."""
    values = [value_of(known, *need) for need in needs(indexed, day)]
    return cut(between(day, values[0], values[-1]), indexed.truncated, indexed.places)


def index_ratio(indexed: Indexed, day: date, known: Known) -> Fraction:
    """What a payment of that day is multiplied by."""
    return cut(reference_index(indexed, day, known) / indexed.base, indexed.truncated, indexed.places)


def redemption_ratio(indexed: Indexed, day: date, known: Known) -> Fraction:
    """What nominal repaid on that day is multiplied by: never below one where there is a deflation floor."""
    ratio = index_ratio(indexed, day, known)
    return max(ratio, Fraction(1)) if indexed.deflation_floor else ratio


def between(day: date, month_start: Fraction, next_month_start: Fraction) -> Fraction:
    """The index of a day, by the days gone from its month's first to the next month's. Not rounded."""
    gone = Fraction(day.day - 1, days_in_month(day.year, day.month))
    return month_start + gone * (next_month_start - month_start)


def cut(value: Fraction, truncated: int, places: int) -> Fraction:
    """Truncated, then rounded half up, each to so many places; zero: not at all."""
    if truncated:
        value = to_places(value, truncated, Rounding.DOWN)
    return to_places(value, places) if places else value


_KINDS: Kinds = (
    ("index", (str,), "a name"),
    ("base", *exact),
    ("lag_months", *whole_number),
    ("interpolated", (bool,), "true or false"),
    ("truncated", *whole_number),
    ("places", *whole_number),
    ("deflation_floor", (bool,), "true or false"),
)


def check(indexed: Indexed) -> Iterator[Problem]:
    """What makes an indexation impossible, by field."""
    wrong = list(wrong_kinds(indexed, _KINDS))
    if wrong:
        yield from wrong
        return
    yield from unnamed("index", indexed.index)
    yield from too_fine(indexed, ("base",))
    if not 0 < indexed.base <= 10**6:
        yield Problem("base", f"{indexed.base} is not above 0 and up to a million")
    if not 0 <= indexed.lag_months <= MOST_MONTHS:
        yield Problem("lag_months", f"{indexed.lag_months} months are not 0 to {MOST_MONTHS}")
    for field in ("truncated", "places"):
        if not 0 <= getattr(indexed, field) <= MOST_PLACES:
            yield Problem(field, f"{getattr(indexed, field)} decimal places are not 0 to {MOST_PLACES}")
