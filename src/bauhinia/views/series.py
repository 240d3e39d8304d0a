"""Series of values that bonds hang on: who may tell one, what stands, what each source told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from bauhinia.bond.terms import Terms
from bauhinia.ledger.assets import AssetKind
from bauhinia.views import model, series_tables, tables
from bauhinia.views.asking import Asking
from bauhinia.views.series_tables import SeriesRow
from bauhinia.words.money import format_rate

MOST_VALUES = 1_000  # on a page, the latest
LATEST = 3  # on a bond's page


def names_of(terms: Terms) -> tuple[str, ...]:
    """The series that a bond hangs on, each once."""
    named = [terms.floating.index] if terms.floating else []
    named += [terms.indexed.index] if terms.indexed else []
    named += [terms.repayment.series] if terms.repayment and terms.repayment.series else []
    named += [step.target for step in terms.sustainability]
    named += [terms.make_whole.benchmark] if terms.make_whole else []
    return tuple(dict.fromkeys(named))


def known_of(ask: Asking, names: Iterable[str]) -> dict[str, dict[date, Fraction]]:
    """The values that stand, by series and day."""
    found: dict[str, dict[date, Fraction]] = {}
    for name in names:
        row = find(ask, name)
        if row is not None:
            values = series_tables.VALUES.rows(ask.db, "WHERE series = ? ORDER BY day", row.number)
            found[name] = {each.day: each.value for each in values}
    return found


def find(ask: Asking, name: str) -> SeriesRow | None:
    return next(series_tables.SERIES.rows(ask.db, "WHERE name = ?", name), None)


def find_named(ask: Asking, which: str) -> SeriesRow | None:
    """A series by its name; by its number where none has that name (a name may have signs that no address takes)."""
    found = find(ask, which)
    if found is None and which.isascii() and which.isdigit() and len(which) < 12:
        found = series_tables.SERIES.find(ask.db, int(which))
    return found


def value_text(value: Fraction) -> str:
    """A value as people read it: below one in per cent, as rates and factors are; else as a number, as an index is. One
    without finite decimals stays a fraction."""
    text = format_rate(value)
    if abs(value) < 1 or not text.endswith("%"):
        return text
    text = format_rate(value / 100)
    return text[:-1] if text.endswith("%") else str(value)


def series_lines(ask: Asking) -> tuple[model.SeriesLine, ...]:
    """Every series, by number."""
    using = _using(ask)
    return tuple(series_line(ask, row, using) for row in list(series_tables.SERIES.rows(ask.db, "ORDER BY number")))


def series_line(ask: Asking, row: SeriesRow, using: dict[str, tuple[int, ...]]) -> model.SeriesLine:
    latest = next(series_tables.VALUES.rows(ask.db, "WHERE series = ? ORDER BY day DESC LIMIT 1", row.number), None)
    return model.SeriesLine(
        row.number,
        row.name,
        tuple((each, ask.party_name(each)) for each in row.sources),
        row.needed,
        row.days_open,
        _value_line(latest) if latest else None,
        using.get(row.name, ()),
    )


def _using(ask: Asking) -> dict[str, tuple[int, ...]]:
    """The bonds that hang on each series."""
    found: dict[str, tuple[int, ...]] = {}
    for row in tables.ASSETS.rows(ask.db, "WHERE kind = ? ORDER BY number", AssetKind.BOND.name):
        bond = tables.BONDS.find(ask.db, row.number)
        for name in names_of(bond.sheet.terms) if bond else ():
            found[name] = (*found.get(name, ()), row.number)
    return found


def series_page(ask: Asking, name: str) -> model.SeriesPage | None:
    """A series with its latest values, the newest first; to its sources and the operators also what each source told
    of the days on which enough of them do not agree yet."""
    row = find_named(ask, name)
    if row is None:
        return None
    values = series_tables.VALUES.rows(ask.db, "WHERE series = ? ORDER BY day DESC LIMIT ?", row.number, MOST_VALUES)
    sees = ask.viewer.operator or ask.viewer.party in row.sources
    return model.SeriesPage(
        series_line(ask, row, _using(ask)), tuple(map(_value_line, values)), _told(ask, row) if sees else ()
    )


def _told(ask: Asking, row: SeriesRow) -> tuple[model.ToldLine, ...]:
    where = (
        "WHERE series = ?1 AND NOT EXISTS (SELECT 1 FROM series_values v WHERE v.series = ?1 AND v.day = told.day"
        " AND v.value = told.value) ORDER BY day DESC, source"
    )
    return tuple(
        model.ToldLine(each.day, each.source, ask.party_name(each.source), str(each.value), value_text(each.value))
        for each in series_tables.TOLD.rows(ask.db, where, row.number)
    )


def bond_series(ask: Asking, terms: Terms) -> tuple[model.BondSeries, ...]:
    """The series that a bond hangs on, with their latest values, the newest first; one that no office has defined yet
    has the number 0."""
    found = []
    for name in names_of(terms):
        row = find(ask, name)
        number = row.number if row else 0
        values = series_tables.VALUES.rows(ask.db, "WHERE series = ? ORDER BY day DESC LIMIT ?", number, LATEST)
        found.append(model.BondSeries(number, name, tuple(map(_value_line, values))))
    return tuple(found)


def _value_line(row: series_tables.ValueRow) -> model.ValueLine:
    return model.ValueLine(row.day, str(row.value), value_text(row.value), row.time, row.corrected)
