"""The bonds that a curve is built from, with their prices: TOML with term sheets or bonds written out, or CSV.

    settlement_date = 2026-05-20
    currency = "USD"

    [[bill]]
    maturity = 2026-11-16
    price = "98.1"

    [[note]]
    maturity = 2028-05-15
    rate = "3.75%"
    frequency = "semi-annual"
    day_count = "Act/Act ICMA"
    yield = "3.8%"

    [[bond]]
    sheet = "ktb.toml"
    price = "101.25"
    market = "Korea Treasury Bond"

A note or a bill takes every key of a term sheet. What is left out: the issue date is the coupon date before the
settlement, days are not moved for want of a calendar, and interest is not adjusted.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from io import StringIO
from typing import Any

from bauhinia.bond import add_months
from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source, named, nearest
from bauhinia.wire.sheets import FREQUENCIES, Sheet, read_terms
from bauhinia.wire.toml import NoToml, Problem, read_toml
from bauhinia.wire.written import day, number, rate, table, text
from bauhinia.words.identifiers import MINOR_UNITS

KINDS = ("bill", "note", "bond")
TOP = ("settlement_date", "currency", *KINDS)
AROUND = ("name", "price", "yield", "market")  # of what is quoted, beside its terms
COLUMNS = ("name", "maturity", "rate", "frequency", "day_count", "price", "yield", "market")

Find = Callable[[str, str], Sheet]  # a term sheet by its file, and by its name where the file has several


@dataclass(frozen=True, slots=True)
class Quote:
    """A bond and what it is quoted at: a yield, or a clean price per 100. `market` names the convention of the yield,
    empty for compound interest as often as the bond pays."""

    name: str
    sheet: Sheet
    value: Fraction
    is_yield: bool
    market: str
    place: Place


@dataclass(frozen=True, slots=True)
class Quotes:
    settlement_date: date
    quotes: tuple[Quote, ...]


def read_quotes(written: str, file: str, find: Find, settled: date | None = None) -> Quotes:
    """The quotes of a text. `settled` is the settlement date where the file says none, and goes before what it says.
    Mistake, by line, with all that is wrong."""
    given, place = (_csv if file.endswith(".csv") else _toml)(written, file)
    for key in given:
        if key not in TOP:
            raise place.at(key).mistake(f'a curve is built from no "{key}"{nearest(key, TOP)}')
    if settled is None:
        if "settlement_date" not in given:
            raise place.mistake('quotes need "settlement_date" (or --settle DATE)')
        settled = day(given["settlement_date"], place.at("settlement_date"))
    currency = text(given.get("currency", "USD"), place.at("currency"))
    if currency not in MINOR_UNITS:
        raise place.at("currency").mistake(f"currency: {named(currency)} is not a currency of ISO 4217")
    found: list[Quote] = []
    problems: list[Problem] = []
    for kind, item, inside in _items(given, place):
        try:
            found.append(_quote(kind, table(item, inside), inside, settled, currency, find))
        except Mistake as mistake:
            problems += mistake.problems
    if problems:
        raise Mistake(*problems)
    return Quotes(settled, tuple(found))


def _items(given: dict[str, Any], place: Place) -> Iterator[tuple[str, Any, Place]]:
    for kind in KINDS:
        listed = given.get(kind, [])
        for at, item in enumerate(listed if isinstance(listed, list) else [listed]):
            yield kind, item, place.at(kind, at) if isinstance(listed, list) else place.at(kind)


def _quote(kind: str, given: dict[str, Any], place: Place, settled: date, currency: str, find: Find) -> Quote:
    if ("price" in given) == ("yield" in given):
        raise place.mistake(f"a {kind} is quoted at a price or at a yield: say one of the two")
    is_yield = "yield" in given
    value = rate(given["yield"], place.at("yield")) if is_yield else number(given["price"], place.at("price"))
    market, name = (text(given.get(key, ""), place.at(key)) for key in ("market", "name"))
    if kind == "bond":
        for key in given:
            if key not in (*AROUND, "sheet", "bond"):
                raise place.at(key).mistake(f'a bond of a curve has no "{key}"{nearest(key, (*AROUND, "sheet"))}')
        if "sheet" not in given:
            raise place.mistake('a bond of a curve needs "sheet", the file of its terms')
        which = text(given.get("bond", ""), place.at("bond"))
        sheet = find(text(given["sheet"], place.at("sheet")), which)
        return Quote(name or sheet.name or sheet.isin, sheet, value, is_yield, market, place)
    terms = {key: item for key, item in given.items() if key not in AROUND}
    usual: dict[str, Any] = {"denomination": "100", "adjusted": False}
    if "calendars" not in terms:
        usual |= {"calendars": [], "business_day": "unadjusted", "record_date": "1 day before"}
    if kind == "bill":
        usual |= {"rate": 0, "frequency": 0}
    usual.update(_issue(terms, settled))
    read = read_terms({**usual, **terms}, place, currency)
    called = name or f"{kind} of {read.maturity}"
    return Quote(called, Sheet(called, "", currency, read), value, is_yield, market, place)


def _issue(terms: dict[str, Any], settled: date) -> dict[str, Any]:
    """The issue date of what does not say it: the coupon date on or before the settlement, or that itself for what pays
    once; nothing where the terms are wrong, which is then told of them."""
    maturity, often = terms.get("maturity"), terms.get("frequency", 0)
    if "tenor" in terms or type(maturity) is not date or maturity <= settled:
        return {}
    frequency = FREQUENCIES.get(often, 0) if isinstance(often, str) else often
    if type(frequency) is not int or frequency not in FREQUENCIES.values():
        return {}
    if not frequency:
        return {"issue_date": settled}
    apart = 0
    while add_months(maturity, -apart) > settled:
        apart += 12 // frequency
    return {"issue_date": add_months(maturity, -apart)}


def _toml(written: str, file: str) -> tuple[dict[str, Any], Place]:
    try:
        return read_toml(written), Place(Source(file, Lines(written)))
    except NoToml as wrong:
        raise Mistake(Problem(file, wrong.line, f"is no TOML: {wrong.what}")) from None


class _Rows(Lines):
    """Where a row of CSV stands: it is the note of its number."""

    def __init__(self, lines: list[int]) -> None:
        super().__init__("")
        self._rows = lines

    def of(self, path: tuple[str | int, ...]) -> int:
        return self._rows[int(path[1])] if len(path) > 1 else 1


def _csv(written: str, file: str) -> tuple[dict[str, Any], Place]:
    """A row for each note; without a rate and a frequency it is a bill."""
    reader = csv.reader(StringIO(written))
    notes, lines = list[dict[str, Any]](), list[int]()
    for at, row in enumerate(reader):
        if at == 0:
            wrong = [each for each in row if each not in COLUMNS]
            if wrong or "maturity" not in row:
                raise Mistake(Problem(file, 1, f"expected columns among {', '.join(COLUMNS)}, not {', '.join(row)}"))
            head = row
        elif row:
            lines.append(reader.line_num)
            notes.append(_note({key: item for key, item in zip(head, row, strict=False) if item}))
    return {"note": notes}, Place(Source(file, _Rows(lines)))


def _note(row: dict[str, Any]) -> dict[str, Any]:
    with suppress(ValueError):  # told when it is read
        row["maturity"] = date.fromisoformat(row.get("maturity", ""))
    if str(row.get("frequency", "")).isdigit():
        row["frequency"] = int(row["frequency"])
    return {"rate": 0, "frequency": 0, **row}
