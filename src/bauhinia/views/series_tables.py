"""The tables of series of values; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.views.rows import Table
from bauhinia.words.ids import PartyNumber


@dataclass(slots=True)
class SeriesRow:
    """A series of values, as it was defined last."""

    number: int
    name: str
    sources: tuple[PartyNumber, ...]
    needed: int
    days_open: int


@dataclass(slots=True)
class ValueRow:
    """The value of a series that stands for a day, since when; `corrected` where another stood before."""

    series: int
    day: date
    value: Fraction
    time: int
    corrected: bool


@dataclass(slots=True)
class ToldRow:
    """What a source told last of a day."""

    series: int
    day: date
    source: int
    value: Fraction


SERIES = Table("series", SeriesRow, 1, ("(name)",))
VALUES = Table("series_values", ValueRow, 2)
TOLD = Table("told", ToldRow, 3)

SERIES_TABLES: tuple[Table[Any], ...] = (SERIES, VALUES, TOLD)
