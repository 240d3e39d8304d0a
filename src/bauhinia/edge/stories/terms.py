"""A bond's terms as a story writes them: a term sheet, or the name of a bond of the story whose terms they are."""

from __future__ import annotations

from typing import Any

from bauhinia.bond import Calendar, Impossible, Period, Terms, schedule
from bauhinia.edge.stories.values import SPECIAL as VALUES
from bauhinia.edge.stories.values import Scope
from bauhinia.wire import sheets
from bauhinia.wire.mistakes import Place, named


def read_terms(value: Any, place: Place, scope: Scope) -> Terms:
    """Terms from a table of them, or those of a bond of the story by its name."""
    if isinstance(value, str):
        return scope.names.terms(value, place)[1]
    if not isinstance(value, dict):
        raise place.mistake(f"{place.key}: expected a table of terms, or the name of a bond, not {named(value)}")
    return sheets.read_terms(value, place, scope.currency)


def periods_of(terms: Terms, calendars: tuple[Calendar, ...], place: Place) -> tuple[Period, ...]:
    """The interest periods on the market's calendars, or the mistake that one of them is not there."""
    try:
        return schedule(terms, calendars)
    except Impossible as impossible:
        raise place.mistake(f"{place.key}: {impossible}") from None


VALUES[Terms] = read_terms
