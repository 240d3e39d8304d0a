"""`bauhinia observe` and `bauhinia series`: values that bonds hang on, told by their sources, and shown."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from fractions import Fraction

from bauhinia.bond.coupons.floating import HIGHEST
from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.asking import received
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.desks import desk
from bauhinia.edge.cli.printing import answer, note, say, table
from bauhinia.rules.observing import Observe
from bauhinia.views import model
from bauhinia.wire.desk import Desk
from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source
from bauhinia.wire.observations import observed_value
from bauhinia.words.dates import parse_date


def observe(asked: argparse.Namespace) -> int:
    """Tell the value of a series on a day, as one of its sources."""
    value, day = _value(asked.value), parse_date(asked.day)
    with desk(asked, signing=True) as at:
        receipt = at.do(Observe(asked.series, day, value))
        if abs(value) > HIGHEST and (bonds := _floating(at, asked.series)):
            note(f"{asked.value} is more than 100% a year, and {', '.join(bonds)} pays by it: is {asked.value}% meant?")
    return received(receipt, json=asked.json)


def _floating(at: Desk, series: str) -> list[str]:
    """The codes of the bonds of which the series is the floating rate: a compounded index may be above one."""
    numbers = [number for each in at.series() if each.name == series for number in each.bonds]
    found = []
    for page in map(at.bond, numbers):
        said = next((term.value for term in page.terms if term.name == "floating"), "")
        if f"{said}, ".startswith(f"index {series}, ") and "averaging index" not in said:
            found.append(page.bond.code)
    return found


def _value(text: str) -> Fraction:
    try:
        return observed_value(text, Place(Source("", Lines("")), ("value",)))
    except Mistake as mistake:
        raise Usage(mistake.problems[0].what) from None


def series(asked: argparse.Namespace) -> int:
    """Every series, or one with its values."""
    with desk(asked) as at:
        if asked.name:
            page = at.one_series(asked.name)
        else:
            lines = at.series()
            names = {bond.asset: bond.code for bond in at.bonds()}
            if asked.json:
                answer(lines)
            else:
                _print(lines, names)
            return DONE
    if asked.json:
        answer(page)
    else:
        _print_one(page)
    return DONE


def _print(lines: Sequence[model.SeriesLine], bonds: dict[int, str]) -> None:
    rows = [
        (
            each.name,
            *((str(each.latest.day), each.latest.text) if each.latest else ("", "none yet")),
            _sources(each),
            ", ".join(bonds.get(number, str(number)) for number in each.bonds),
        )
        for each in lines
    ]
    table(("series", "latest", "value", "told by", "bonds"), rows, right=(2,), whole=(1,))
    if not rows:
        say("no series is defined")


def _sources(line: model.SeriesLine) -> str:
    names = ", ".join(name or f"party {number}" for number, name in line.sources)
    return names if len(line.sources) == 1 else f"{line.needed} of {names}"


def _print_one(page: model.SeriesPage) -> None:
    line = page.series
    rows = [(str(each.day), each.text, "corrected" if each.corrected else "") for each in page.values]
    table(("day", "value", ""), rows, right=(1,), whole=(0,), title=line.name)
    if not rows:
        say(f"{line.name} has no value yet")
    told = [(str(each.day), each.text, each.source_name) for each in page.told]
    table(("day", "told, not agreed", "by"), told, right=(1,), whole=(0,))
    days = "day" if line.days_open == 1 else "days"
    say(f"told by {_sources(line)}, up to {line.days_open} {days} after the day of the value")
