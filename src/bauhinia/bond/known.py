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
from bauhinia.words.money import format_rate

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


class Implausible(NotKnown):
    """An amount hangs on a value that cannot be: as good as not known until it is corrected. `field` is the series,
    `day` the day of the value.
    """

    def __init__(self, series: str, day: date, problem: str) -> None:
        Impossible.__init__(self, series, problem)
        self.day = day


def no_rate(series: str, day: date, value: Fraction) -> Implausible:
    """That a value is no rate, being more than 100 percent a year, above zero or below: told without its percent."""
    beyond = "above one" if value > 0 else "below minus one"
    told = format_rate(value / 100)  # its digits, in per cent
    return Implausible(series, day, f"{told.removesuffix('%')} of {day} is {beyond}; is {told} meant?")


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
