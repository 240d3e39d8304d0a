"""What the world has told about a bond: fixings, index values, reports, pool factors; by series and day.

A series is named as the terms name it ("HONIA", "US CPI-U NSA"). Values are exact: a rate of 3.1 percent is 31/1000, an
index stands as published. A report on a target is one where it is met, zero where it is missed. What is not yet known
is a `NotKnown`, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.impossible import Impossible

Known = Mapping[str, Mapping[date, Fraction]]

NOTHING: Known = {}
_NO_VALUES: Mapping[date, Fraction] = {}


class Need(NamedTuple):
    """A value that an amount hangs on: that of a series on a day.

    With `holds`, that which was noted last, up to so many days before: a value that holds until the next is published.
    """

    series: str
    day: date
    holds: int = 0


class NotKnown(Impossible):
    """An amount hangs on a value that nobody has told yet. `field` is the series, `day` the day of the value."""

    def __init__(self, series: str, day: date) -> None:
        super().__init__(series, f"its value of {day} is not known")
        self.day = day


def value_of(known: Known, series: str, day: date, holds: int = 0) -> Fraction:
    """The value of a series on a day, or the last of the `holds` days before it; else NotKnown."""
    values = known.get(series, _NO_VALUES)
    value = values.get(day)
    back = 0
    while value is None and back < holds:
        back += 1
        value = values.get(day - timedelta(days=back))
    if value is None:
        raise NotKnown(series, day)
    return value


def is_told(known: Known, need: Need) -> bool:
    """Whether what is needed is known."""
    try:
        value_of(known, *need)
    except NotKnown:
        return False
    return True
