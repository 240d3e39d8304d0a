"""What a view answers about series of values; part of `model`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ValueLine:
    """The value of a series that stands for a day: exact, as "31/1000", and as people read it; since when, and whether
    another stood before."""

    day: date
    value: str
    text: str
    time: int
    corrected: bool


@dataclass(frozen=True, slots=True)
class ToldLine:
    """What a source told of a day, where enough of them do not agree on it."""

    day: date
    source: int
    source_name: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A series of values: fixings, an index, reports, pool factors. `sources` are the parties that may tell one, by
    number and name, `needed` how many of them must agree, `days_open` for how many days after its own day a value is
    taken; `bonds` those that hang on it."""

    number: int
    name: str
    sources: tuple[tuple[int, str], ...]
    needed: int
    days_open: int
    latest: ValueLine | None
    bonds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """A series with its values, the newest first. `told` is what does not stand, for its sources and operators."""

    series: SeriesLine
    values: tuple[ValueLine, ...]
    told: tuple[ToldLine, ...]


@dataclass(frozen=True, slots=True)
class BondSeries:
    """A series that a bond hangs on, with its latest values, the newest first; number 0 where nobody defined it yet."""

    number: int
    name: str
    values: tuple[ValueLine, ...]
