"""A curve of discount factors as a file: TOML or CSV, exact texts by date.

    settlement_date = 2026-05-20

    [discount_factors]
    2026-11-16 = "0.989"

CSV has the columns date and discount_factor first (more may follow); its first row is the settlement date, at one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from io import StringIO

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.power import power
from bauhinia.bond.risk import YEAR, CurvePoint, discount_factor_at
from bauhinia.bond.rounding import to_places
from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source, nearest
from bauhinia.wire.toml import NoToml, Problem, read_toml
from bauhinia.wire.written import day, number, table
from bauhinia.words.money import format_units

KEYS = ("settlement_date", "discount_factors")
COLUMNS = ("date", "discount_factor", "zero_rate")
PLACES = 15  # of a discount factor, as it is written
ZERO_PLACES = 8


@dataclass(frozen=True, slots=True)
class Curve:
    """What one unit is worth on the settlement date, by the day on which it is paid; the days rise from there."""

    settlement_date: date
    points: tuple[CurvePoint, ...]

    def at(self, day: date) -> Fraction:
        """The discount factor of a day. Impossible before the settlement date and after the last point."""
        if day == self.settlement_date:
            return Fraction(1)
        if day < self.settlement_date:
            raise Impossible("curve", f"it begins on {self.settlement_date}, after {day}")
        return discount_factor_at(self.points, self.settlement_date, day)

    def seen_from(self, day: date) -> Curve:
        """The same curve with a later settlement date. Impossible before its own."""
        base = self.at(day)
        later = tuple(CurvePoint(each.day, each.discount_factor / base) for each in self.points if each.day > day)
        return Curve(day, later)

    def forward(self, start: date, end: date, years: Fraction) -> Fraction:
        """The simple annual rate from one day to another, so many years apart."""
        return (self.at(start) / self.at(end) - 1) / years

    def zero_rate(self, day: date) -> Fraction:
        """The yearly compounded rate from the settlement date, in years of 365 days, half up to ZERO_PLACES."""
        years = Fraction((day - self.settlement_date).days, YEAR)
        return to_places(power(self.at(day), -1 / years) - 1, ZERO_PLACES)


def read_curve(written: str, file: str) -> Curve:
    """The curve of a text. Mistake, by line, where it is none."""
    rows, place = (_csv if file.endswith(".csv") else _toml)(written, file)
    points = list[CurvePoint]()
    settlement_date = rows[0][0]
    for when, factor, at in rows[1:]:
        if when <= (points[-1].day if points else settlement_date):
            raise at.mistake(f"{when} is not after {points[-1].day if points else settlement_date}")
        if factor <= 0:
            raise at.mistake(f"the discount factor of {when} is not above zero")
        points.append(CurvePoint(when, factor))
    if not points:
        raise place.mistake("a curve needs a discount factor at least")
    return Curve(settlement_date, tuple(points))


Rows = list[tuple[date, Fraction, Place]]


def _toml(written: str, file: str) -> tuple[Rows, Place]:
    try:
        given = read_toml(written)
    except NoToml as wrong:
        raise Mistake(Problem(file, wrong.line, f"is no TOML: {wrong.what}")) from None
    top = Place(Source(file, Lines(written)))
    for key in given:
        if key not in KEYS:
            raise top.at(key).mistake(f'a curve has no "{key}"{nearest(key, KEYS)}')
    for key in KEYS:
        if key not in given:
            raise top.mistake(f'a curve needs "{key}"')
    inside = top.at("discount_factors")
    rows: Rows = [(day(given["settlement_date"], top.at("settlement_date")), Fraction(1), top)]
    for when, factor in table(given["discount_factors"], inside).items():
        at = inside.at(when)
        rows.append((day(when, at), number(factor, at), at))
    return rows, inside


def _csv(written: str, file: str) -> tuple[Rows, Place]:
    top = Place(Source(file, Lines("")))
    rows: Rows = []
    reader = csv.reader(StringIO(written))
    for at, row in enumerate(reader):
        if at == 0:
            if tuple(row[:2]) != COLUMNS[:2]:
                raise Mistake(Problem(file, 1, f"expected the columns {', '.join(COLUMNS[:2])}, not {', '.join(row)}"))
        elif row:
            try:
                inside = Place(top.source, ("discount_factor",))
                rows.append((day(row[0], Place(top.source, ("date",))), number("".join(row[1:2]), inside), inside))
                if len(rows) == 1 and rows[0][1] != 1:
                    raise inside.mistake("the first row is the settlement date, at one")
            except Mistake as mistake:
                raise Mistake(*(Problem(file, reader.line_num, each.what) for each in mistake.problems)) from None
    if not rows:
        raise top.mistake("a curve begins with its settlement date")
    return rows, top


def write_curve(curve: Curve, about: Sequence[str] = ()) -> str:
    """The curve as TOML, with remarks above it."""
    lines = [*(f"# {each}" for each in about), f"settlement_date = {curve.settlement_date}", "", "[discount_factors]"]
    return "\n".join([*lines, *(f'{when} = "{factor}"' for when, factor, _ in curve_rows(curve)[1:])]) + "\n"


def curve_rows(curve: Curve) -> list[tuple[str, str, Fraction | None]]:
    """Day, discount factor as it is written, and zero rate; the settlement date first, which has none."""
    return [(str(curve.settlement_date), "1", None), *_rows(curve)]


def _rows(curve: Curve) -> Iterator[tuple[str, str, Fraction]]:
    for point in curve.points:
        factor = to_places(point.discount_factor, PLACES) * 10**PLACES
        yield str(point.day), format_units(int(factor), PLACES), curve.zero_rate(point.day)
