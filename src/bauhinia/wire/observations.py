"""What the world has told about bonds, from a file: fixings, index values, reports, pool factors.

TOML has a table for each series, of values by date; CSV has the columns series, date and value. A rate stands in per
cent ("3.10%"), an index as published ("310.326"), a report on a target as true where it was met and false where it was
missed.
"""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from io import StringIO
from typing import Any

from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source, named
from bauhinia.wire.toml import NoToml, Problem, read_toml
from bauhinia.wire.written import day, decimal, table

COLUMNS = ("series", "date", "value")
TRUTH = {"true": Fraction(1), "false": Fraction(0)}

Observed = dict[str, dict[date, Fraction]]


def read_observations(written: str, file: str) -> Observed:
    """Values by series and day. Mistake, by line, where one cannot be read or is told twice."""
    return _csv(written, file) if file.endswith(".csv") else _toml(written, file)


def _toml(written: str, file: str) -> Observed:
    try:
        given = read_toml(written)
    except NoToml as wrong:
        raise Mistake(Problem(file, wrong.line, f"is no TOML: {wrong.what}")) from None
    place = Place(Source(file, Lines(written)))
    return {
        series: {
            day(when, place.at(series, when)): observed_value(value, place.at(series, when))
            for when, value in table(values, place.at(series)).items()
        }
        for series, values in given.items()
    }


def _csv(written: str, file: str) -> Observed:
    rows = csv.reader(StringIO(written))
    source = Source(file, Lines(""))
    found: Observed = {}
    for at, row in enumerate(rows):
        if at == 0 and tuple(row) != COLUMNS:
            raise Mistake(Problem(file, 1, f"expected the columns {', '.join(COLUMNS)}, not {', '.join(row)}"))
        if at == 0 or not row:
            continue
        try:
            if len(row) != len(COLUMNS):
                raise Place(source).mistake(f"expected {', '.join(COLUMNS)}, not {len(row)} fields")
            when, value = day(row[1], Place(source, ("date",))), observed_value(row[2], Place(source, ("value",)))
            if when in found.get(row[0], {}):
                raise Place(source).mistake(f"{row[0]} of {when} is told twice")
        except Mistake as mistake:
            raise Mistake(*(Problem(file, rows.line_num, each.what) for each in mistake.problems)) from None
        found.setdefault(row[0], {})[when] = value
    return found


def line_of(written: str, file: str, series: str, when: date) -> int | None:
    """The line on which a file that can be read tells the value of a series on a day; None where it does not."""
    if file.endswith(".csv"):
        rows = csv.reader(StringIO(written))
        return next((rows.line_num for row in rows if row[:2] == [series, when.isoformat()]), None)
    place = Place(Source(file, Lines(written)))
    return place.at(series, when.isoformat()).line if place.has(series, when.isoformat()) else None


def observed_value(value: Any, place: Place) -> Fraction:
    """The value of a series as files and stories write it. Mistake where it cannot be read."""
    if type(value) is bool:
        return Fraction(int(value))
    if type(value) is int:
        return Fraction(value)
    if not isinstance(value, str):
        raise place.mistake(f'{place.key}: expected a value as text, such as "3.10%" or "310.326", not {named(value)}')
    if value in TRUTH:
        return TRUTH[value]
    found = decimal(value.removesuffix("%"), place)
    return found / 100 if value.endswith("%") else found
