"""Fixings, index values, reports and pool factors: told by the signature of m of n sources, or not known.

A series is defined by an office of the market: its sources, how many must agree, and for how many days after its own
day a value is taken. A source tells one value of one day; once enough tell the same, it stands. A source that has erred
tells another: once enough agree on that, it stands in the place of the first, and what is not yet paid follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bauhinia.bond.terms import FINEST
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.observations import Series
from bauhinia.ledger.state import State, latest_date
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import EVERYONE, PartyNumber
from bauhinia.words.reasons import Reason, known, require

MOST_SOURCES = 32
LONGEST_OPEN = 400  # days
LARGEST_VALUE = 10**9
DRAWINGS = "draw:"  # then an ISIN: the series that seeds the drawings of a bond


@dataclass(slots=True)
class DefineSeries:
    """A command of four eyes by an office of the market: values of `name` are told by `sources`, of whom `needed` must
    agree, at most `days_open` days after the day that a value is of. A series defined again changes for what comes."""

    name: str
    sources: tuple[PartyNumber, ...]
    needed: int
    days_open: int


@dataclass(slots=True)
class Observe:
    """A command by a source: the value of a series on a day."""

    series: str
    day: date
    value: Fraction


@dataclass(slots=True)
class SeriesDefined:
    number: int
    name: str
    sources: tuple[PartyNumber, ...]
    needed: int
    days_open: int


@dataclass(slots=True)
class ValueTold:
    """One source has told a value."""

    series: int
    day: date
    value: Fraction
    source: PartyNumber


@dataclass(slots=True)
class Observed:
    """Enough sources agree: the value stands, in the place of another where it `corrects` one."""

    series: int
    name: str
    day: date
    value: Fraction
    corrects: bool


def define_series(step: Step, command: DefineSeries) -> None:
    """Checked in order: the name; its sources, each a party and once; how many must agree; the days open."""
    require_text(command.name, "name", 64)
    require(1 <= len(command.sources) <= MOST_SOURCES, Reason.EMPTY, "sources", len(command.sources))
    for source in command.sources:
        require(source in step.state.parties, Reason.UNKNOWN_PARTY, "sources", source)
    require(len(set(command.sources)) == len(command.sources), Reason.DUPLICATE, "sources")
    require(1 <= command.needed <= len(command.sources), Reason.THRESHOLD, "needed", command.needed)
    require(0 <= command.days_open <= LONGEST_OPEN, Reason.DATE, "days_open", command.days_open)
    numbers = step.state.observations.numbers
    number = numbers.get(command.name, len(numbers) + 1)
    step.emit(SeriesDefined(number, command.name, command.sources, command.needed, command.days_open))


def observe(step: Step, command: Observe) -> None:
    """Checked in order: the series; that the asker is one of its sources; the day, neither to come nor longer past than
    the series is open; the value; that the source has not told it already."""
    state, observations = step.state, step.state.observations
    number = known(observations.numbers.get(command.series), Reason.UNKNOWN_SERIES, "series", command.series)
    series = observations.series[number]
    require(step.asker in series.sources, Reason.NOT_AUTHORISED, "series", command.series)
    today = latest_date(state)
    require(command.day <= today, Reason.DATE, "day", command.day, "is to come")
    late = (today - command.day).days > series.days_open
    require(not late, Reason.DATE, "day", command.day, "is past for more than", series.days_open, "days")
    sound = abs(command.value) <= LARGEST_VALUE and command.value.denominator <= FINEST
    require(sound, Reason.AMOUNT, "value", command.value)
    told = series.told.get(command.day, {})
    require(told.get(step.asker) != command.value, Reason.ALREADY_DONE, "value", command.day)

    step.emit(ValueTold(number, command.day, command.value, step.asker))
    stands = observations.values.get(command.series, {}).get(command.day)
    agree = sum(1 for source in series.sources if series.told[command.day].get(source) == command.value)
    if agree >= series.needed and stands != command.value:
        step.emit(Observed(number, command.series, command.day, command.value, stands is not None))


def on_series_defined(state: State, event: SeriesDefined) -> None:
    observations = state.observations
    series = observations.series.get(event.number)
    if series is None:
        observations.numbers[event.name] = event.number
        observations.series[event.number] = Series(event.name, event.sources, event.needed, event.days_open)
        return
    series.sources, series.needed, series.days_open = event.sources, event.needed, event.days_open


def on_value_told(state: State, event: ValueTold) -> None:
    state.observations.series[event.series].told.setdefault(event.day, {})[event.source] = event.value


def on_observed(state: State, event: Observed) -> None:
    observations = state.observations
    observations.values.setdefault(event.name, {})[event.day] = event.value
    if event.name in observations.used:
        state.follow(WorkKind.FIX, event.series)
    _draw(state, event.name)


def _draw(state: State, name: str) -> None:
    """A value of a series that is for the drawings of one bond: those which wait for it are drawn."""
    base = state.codes.get(name.removeprefix(DRAWINGS)) if name.startswith(DRAWINGS) else None
    for number in state.servicing.of.get(base, ()) if base else ():
        if state.servicing.actions[number].awaits:
            state.follow(WorkKind.DRAW, number)


def sees_series(state: State, event: SeriesDefined | Observed) -> Audience:
    """Public, as what hangs on it is."""
    return (EVERYONE,)


def sees_told(state: State, event: ValueTold) -> Audience:
    """The sources of the series, until enough of them agree."""
    return state.observations.series[event.series].sources
