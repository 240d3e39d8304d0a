"""A story file, read and checked without a market: its declarations, its steps, and what it expects.

Every name, amount, date, command and field is looked at here, so that a mistake is found before anything is played;
all mistakes that can be found are told at once, each with its line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

from bauhinia.edge.stories.checks import Check, read_checks
from bauhinia.edge.stories.declarations import DECLARATIONS, KEYS_OF, declared_by
from bauhinia.edge.stories.figures import read_figure
from bauhinia.edge.stories.names import PERSONS, Names, PartyName
from bauhinia.edge.stories.plan import Act, Plan, Step
from bauhinia.edge.stories.values import Scope, minute_of_day, moment
from bauhinia.edge.stories.verbs import Asked, Verb, verb, verb_names
from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source, closest, named, nearest, one_of
from bauhinia.wire.toml import NoToml, Problem, read_toml
from bauhinia.wire.written import text
from bauhinia.words.dates import day_of, format_instant
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Reason

TABLES = ("story", *DECLARATIONS, "step", "expect", "figure")
STORY = ("title", "about", "starts", "operator", "operator_persons", "sources", "assumptions", "hour")
STEP = ("at", "by", "do", "as", "persons", "refused", "note", "expect", "with")
TEN = 10 * 60  # a date without a time means ten in the morning


def read_file(path: FilePath) -> Plan:
    """The plan of a story file. Mistake where it is no story; OSError where it cannot be read."""
    try:
        written = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise Mistake(Problem(str(path), 1, f"is not UTF-8: {wrong.reason} at byte {wrong.start}")) from None
    return read_story(written, str(path))


def read_story(written: str, file: str) -> Plan:
    """The plan of a story's text; `file` is what messages call it. Mistake with everything that is wrong."""
    try:
        given = read_toml(written)
    except NoToml as wrong:
        raise Mistake(Problem(file, wrong.line, f"is no TOML: {wrong.what}")) from None
    return _Reader(given, Place(Source(file, Lines(written)))).plan()


class _Reader:
    """One reading. `problems` collects what is wrong; a table that has a mistake is left out of what follows."""

    def __init__(self, given: dict[str, Any], place: Place) -> None:
        self.given, self.place = given, place
        self.problems: list[Problem] = []

    def plan(self) -> Plan:
        for key in self.given:
            if key not in TABLES:
                self._wrong(self.place.at(key), f'a story has no "{key}"{nearest(key, TABLES)}')
        read: Plan | None = self._attempt(self._story)
        if read is None:
            raise Mistake(*self.problems)
        plan = self.story = read
        self.time: Micros = plan.starts
        self.minute: int = self._hour()
        for kind, declare in DECLARATIONS.items():
            for given, place in self._tables(kind):
                self._attempt(lambda d=declare, g=given, p=place, k=kind: self._declare(d, g, p, k))  # type: ignore[misc]
        if self.problems:  # a name that could not be declared would be missed in every step that uses it
            raise Mistake(*self._in_order())
        for given, place in self._tables("step"):
            step = self._attempt(lambda g=given, p=place: self._step(g, p))  # type: ignore[misc]
            if step is not None:
                plan.steps.append(step)
        self._profiles()
        for given, place in self._tables("expect"):
            plan.checks += self._attempt(lambda g=given, p=place: read_checks(g, p, self._scope())) or []  # type: ignore[misc]
        for given, place in self._tables("figure"):
            figure = self._attempt(lambda g=given, p=place: read_figure(g, p, self._scope()))  # type: ignore[misc]
            if figure is not None:
                plan.figures.append(figure)
        if self.problems:
            raise Mistake(*self._in_order())
        return plan

    def _profiles(self) -> None:
        """A profile may be published later, or never: its bond's rulebook speaks then. One that is nearly called as a
        rulebook of the story is misspelt."""
        names = self.story.names
        for asset in names.assets.values():
            profile = asset.sheet.get("profile")
            if asset.place is None or not isinstance(profile, str) or profile in names.rulebooks:
                continue
            if meant := closest(profile, names.rulebooks):
                said = f"profile: no rulebook of the story is {named(profile)}; did you mean {named(meant)}?"
                self._wrong(asset.place.at("profile"), said)

    def _in_order(self) -> list[Problem]:
        return sorted(self.problems, key=lambda problem: problem.line)

    def _attempt(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Mistake as mistake:
            self.problems += mistake.problems
            return None

    def _wrong(self, place: Place, what: str) -> None:
        self.problems.append(place.source.problem(place.path, what))

    def _tables(self, kind: str) -> list[tuple[dict[str, Any], Place]]:
        """The tables of a kind, each with its place; one that is not a list of tables is a mistake."""
        given = self.given.get(kind, [])
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self._wrong(self.place.at(kind), f"{kind}: expected tables headed [[{kind}]]")
            return []
        return [(each, self.place.at(kind, number)) for number, each in enumerate(given)]

    def _scope(self, by: str = "") -> Scope:
        return Scope(self.story.names, by or self.story.operator, self.time)

    def _story(self) -> Plan:
        """The [story] table, which everything else leans on."""
        given, place = self.given.get("story"), self.place.at("story")
        if not isinstance(given, dict):
            raise self.place.mistake("a story begins with a table [story]: its title, and when it starts")
        for key in given:
            if key not in STORY:
                raise place.at(key).mistake(f'[story] has no "{key}"{nearest(key, STORY)}')
        for key in ("title", "starts"):
            if key not in given:
                raise place.mistake(f'[story] needs "{key}"')
        starts = given["starts"]
        if not isinstance(starts, datetime) or starts.tzinfo is None:
            raise place.at("starts").mistake(
                f"starts: expected a date, a time and an offset such as 2023-02-13T08:00:00+08:00, not {named(starts)}"
            )
        offset = starts.utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset is not None else 0
        operator = text(given.get("operator", "operator"), place.at("operator"))
        persons = _texts(given.get("operator_persons", list(PERSONS)), place.at("operator_persons"))
        names = Names(minutes, {operator: PartyName(operator, persons)})
        return Plan(
            self.place,
            text(given["title"], place.at("title")),
            text(given.get("about", ""), place.at("about")),
            operator,
            persons,
            moment(starts, place.at("starts"), minutes),
            _texts(given.get("sources", []), place.at("sources")),
            _texts(given.get("assumptions", []), place.at("assumptions")),
            names,
        )

    def _hour(self) -> int:
        given = self.given["story"].get("hour")
        return (
            TEN if given is None else self._attempt(lambda: minute_of_day(given, self.place.at("story", "hour"))) or TEN
        )

    def _declare(self, declare: Any, given: dict[str, Any], place: Place, kind: str) -> None:
        for key in given:
            if key not in KEYS_OF[kind]:
                raise place.at(key).mistake(f'[[{kind}]] has no "{key}"{nearest(key, KEYS_OF[kind])}')
        for step in declare(given, place, self._scope()):
            step.prepare(self._scope(step.by))
            self.story.setup.append(step)

    def _step(self, given: dict[str, Any], place: Place) -> Step:
        """One [[step]]: when, who, what, with which fields; whether it is refused, and what must hold after it."""
        names = self.story.names
        self.time = self._at(given, place)
        by = self.story.operator
        if "by" in given:
            by = names.party_name(given["by"], place.at("by")).name
        what = text(given.get("do", "wait"), place.at("do"))
        found = verb(what)
        if found is None:
            raise place.at("do").mistake(f'do: there is no "{what}"{nearest(what, verb_names())}')
        persons = _texts(given["persons"], place.at("persons")) if "persons" in given else ()
        for person in persons:
            if person not in names.persons_of(by):
                raise place.at("persons").mistake(
                    f'persons: "{person}" does not sign for "{by}"; {one_of(names.persons_of(by))} does'
                )
        said = by if "by" in given else ""
        prepare = _prepare(found, _fields(given, place), place, persons, said)
        note = text(given.get("note", ""), place.at("note"))
        label = text(given.get("as", ""), place.at("as"))
        step = Step(place, what, self.time, prepare, by, label, note, _refused(given, place), [])
        prepare(self._scope(by))
        declared_by(what, _fields(given, place), place, self._scope(by))
        if label:
            names.labels[label] = {}
        step.checks = self._checks(given, place, by)
        return step

    def _checks(self, given: dict[str, Any], place: Place, by: str) -> list[Check]:
        expected = given.get("expect", {})
        scope = self._scope(by)
        if isinstance(expected, list):
            return [c for at, each in enumerate(expected) for c in read_checks(each, place.at("expect", at), scope)]
        return read_checks(expected, place.at("expect"), scope)

    def _at(self, given: dict[str, Any], place: Place) -> Micros:
        """The moment of a step: its own, or that of the step before."""
        if "at" not in given:
            return self.time
        offset = self.story.names.offset
        time = moment(given["at"], place.at("at"), offset, day_of(self.time, offset), self.minute)
        if time < self.time:
            raise place.at("at").mistake(
                f"at: {given['at']} is before {format_instant(self.time, offset)}: time only goes on"
            )
        return time


def _fields(given: dict[str, Any], place: Place) -> dict[str, Any]:
    """The fields of a step's command: what is not the step's own, and what stands in `with`."""
    inside = given.get("with", {})
    if not isinstance(inside, dict):
        raise place.at("with").mistake(f"with: expected a table of fields, not {named(inside)}")
    return {**{key: value for key, value in given.items() if key not in STEP}, **inside}


def _prepare(
    found: Verb, fields: dict[str, Any], place: Place, persons: tuple[str, ...], by: str
) -> Callable[[Scope], list[Act]]:
    return lambda scope: found(Asked(fields, place, scope, persons, by))


def _refused(given: dict[str, Any], place: Place) -> tuple[Reason, ...]:
    """The reasons for which a step must be refused."""
    if "refused" not in given:
        return ()
    listed = given["refused"] if isinstance(given["refused"], list) else [given["refused"]]
    known, found = list(Reason.__members__), []
    for each in listed:
        if not isinstance(each, str) or each not in known:
            raise place.at("refused").mistake(
                f"refused: expected a reason such as LACK, not {named(each)}{nearest(str(each), known)}"
            )
        found.append(Reason[each])
    if not found:
        raise place.at("refused").mistake("refused: expected a reason such as LACK, not an empty list")
    return tuple(found)


def _texts(value: Any, place: Place) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise place.mistake(f"{place.key}: expected a list of texts, not {named(value)}")
    return tuple(value)
