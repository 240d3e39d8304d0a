"""Rulebooks as files: one TOML text a version, read into the command that publishes it.

Every mistake in a file is told at once, each with its line and what was expected there. Which provisions there are, and
what each may say, is the table below; docs/reference/rulebooks.md explains them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from bauhinia.ledger.parties import Role
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import ClassDefinition, Provision
from bauhinia.rules.lapsing import MOST_DAYS
from bauhinia.rules.market import CLASS_BITS, PublishRulebook
from bauhinia.rules.matching import tolerances
from bauhinia.rules.penalties import LAST_DAY
from bauhinia.rules.registers import LONGEST_RETENTION
from bauhinia.rules.reserves import MOST_DAYS as MOST_PROMISED
from bauhinia.wire.toml import NoToml, Problem, read_toml

FIELDS: dict[str, type] = {"name": str, "version": int, "effective": date, "title": str}
CLASS_FIELDS: dict[str, type] = {"bit": int, "name": str, "attribute": str, "value": str}
PROVISION_FIELDS: dict[str, type] = {"name": str, "value": str, "citation": str}
WORDS = {str: "a text", int: "a whole number", date: "a date such as 2026-01-31"}
LONGEST_NAME, LONGEST_TEXT = 64, 140
LONGEST_DEFERRAL = 3650  # days


class NoRulebook(ValueError):
    """A text that is no rulebook; `problems` in the order of the file."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True, slots=True)
class Says:
    """What a provision may say: a sentence for people, and whether a text is such."""

    expected: str
    fits: Callable[[str], bool]


def _one_of(*values: str) -> Says:
    return Says(" or ".join(values), lambda text: text in values)


def _some_of(*values: str, none: str = "") -> Says:
    expected = f"one or more of {', '.join(values)}" + (f", or {none}" if none else "")

    def fits(text: str) -> bool:
        parts = [part.strip() for part in text.split(",")]
        return (bool(none) and text == none) or (
            all(part in values for part in parts) and len(set(parts)) == len(parts)
        )

    return Says(expected, fits)


def _number(least: int, most: int) -> Says:
    def fits(text: str) -> bool:
        return text.isascii() and text.isdecimal() and str(int(text)) == text and least <= int(text) <= most

    return Says(f"a whole number from {least} to {most}", fits)


def _tolerances(text: str) -> bool:
    """Whether every part of a text can be read, each of a currency of its own."""
    return len(tolerances(text)) == text.count(";") + 1 and all(len(part.split()) == 4 for part in text.split(";"))


_TOLERANCE = Says("a currency and three amounts, parts separated by semicolons: EUR 2 100000 25", _tolerances)
_ROLES = _some_of(*Role.__members__, none="nobody")
_LICENCE = Says("an attribute and its value: stablecoin_licence granted", lambda text: len(text.split()) == 2)
PROVISIONS: dict[str, Says] = {
    "register.columns": _some_of("name", "address", "amount", "entered", "ceased"),
    "register.inspection": _one_of("nobody", "holders", "anyone"),
    "register.copies": _one_of("nobody", "holders", "anyone"),
    "register.retention_years": _number(1, LONGEST_RETENTION),
    "disclosure.regulator": _one_of("yes", "no"),
    "finality.moment": _one_of("SF1", "SF2", "SF3"),
    "default.clients": _one_of("CARRY", "CANCEL"),
    "matching.lapse_days": _number(1, MOST_DAYS),
    "matching.tolerance": _TOLERANCE,
    "money.licence": _LICENCE,
    "money.redemption_days": _number(0, MOST_PROMISED),
    "money.statement_days": _number(0, MOST_PROMISED),
    "penalty.appeal_day": _number(1, LAST_DAY),
    "penalty.report_day": _number(1, LAST_DAY),
    "penalty.payment_day": _number(1, LAST_DAY),
    "settlement.buy_in_days": _number(1, 999),
    "settlement.buy_in_symmetric": _one_of("yes", "no"),
    "power.block": _ROLES,
    "power.force_transfer": _ROLES,
    "power.pause": _ROLES,
    "power.port_clients": _ROLES,
    "power.recover_keys": _ROLES,
    "power.defer_causes": _some_of(*Cause.__members__, none="none"),
    "power.defer_days": _number(1, LONGEST_DEFERRAL),
}


def folder() -> Path:
    """Where the rulebooks are that come with Bauhinia: in the package, or at the root of a repository."""
    packaged = Path(str(files("bauhinia"))) / "_rulebooks"
    return packaged if packaged.is_dir() else Path(str(files("bauhinia"))).parents[1] / "rulebooks"


def published() -> list[PublishRulebook]:
    """The rulebooks that come with Bauhinia, by name and rising version."""
    found = [load_rulebook(path) for path in folder().glob("*.toml")]
    return sorted(found, key=lambda command: (command.name, command.version))


def load_rulebook(path: Path) -> PublishRulebook:
    """The command that publishes a file's rulebook. NoRulebook where it is none; OSError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise NoRulebook(Problem(str(path), 1, f"expected UTF-8: {wrong.reason} at byte {wrong.start}")) from None
    return parse_rulebook(text, str(path))


def parse_rulebook(text: str, file: str) -> PublishRulebook:
    """The command that publishes the rulebook of a TOML text; `file` is what messages call it. NoRulebook otherwise."""
    try:
        given: dict[str, Any] = read_toml(text)
    except NoToml as wrong:
        raise NoRulebook(Problem(file, wrong.line, f"expected TOML: {wrong.what}")) from None
    lines = _Lines(text)
    problems = [Problem(file, lines.of(*where), what) for where, what in _problems(given)]
    if problems:
        raise NoRulebook(*sorted(problems, key=lambda problem: problem.line))
    return PublishRulebook(
        given["name"],
        given["version"],
        given["effective"],
        given["title"],
        tuple(ClassDefinition(**each) for each in given.get("class", ())),
        tuple(Provision(**each) for each in given.get("provision", ())),
    )


Where = tuple[str, int, str]  # table ("" at the top), its number from 0, key ("" for the table itself)


def _problems(given: dict[str, Any]) -> Iterator[tuple[Where, str]]:
    top = {key: value for key, value in given.items() if key not in ("class", "provision")}
    yield from _wrong_fields(top, FIELDS, ("", 0, ""))
    if isinstance(given.get("version"), int) and given["version"] < 1:
        yield ("", 0, "version"), "expected a version from 1"
    for table, fields in (("class", CLASS_FIELDS), ("provision", PROVISION_FIELDS)):
        listed = given.get(table, [])
        if not isinstance(listed, list) or any(not isinstance(each, dict) for each in listed):
            yield ("", 0, table), f"expected tables, each under [[{table}]]"
            continue
        for number, each in enumerate(listed):
            yield from _wrong_fields(each, fields, (table, number, ""))
            names = [other.get("name") for other in listed[:number]]
            if each.get("name") in names:
                yield (table, number, "name"), f"expected a name that stands once; {each['name']!r} stands twice"
            if table == "class" and type(each.get("bit")) is int and not 0 <= each["bit"] < CLASS_BITS - 1:
                yield (table, number, "bit"), f"expected a bit from 0 to {CLASS_BITS - 2}"
            if table == "provision":
                yield from _wrong_provision(each, number)


def _wrong_fields(given: dict[str, Any], fields: dict[str, type], where: Where) -> Iterator[tuple[Where, str]]:
    """Fields that are missing, unknown, of the wrong type, or of no fit length."""
    table, number, _ = where
    for key in given:
        if key not in fields:
            yield (table, number, key), f"expected one of {', '.join(fields)}; there is no {key!r}"
    for key, kind in fields.items():
        value = given.get(key)
        if key not in given:
            yield where, f"expected {key}, {WORDS[kind]}"
        elif type(value) is not kind:
            yield (table, number, key), f"expected {WORDS[kind]}"
        elif isinstance(value, str):
            most = LONGEST_NAME if key == "name" else LONGEST_TEXT
            if not value or len(value) > most or not value.isprintable():
                yield (table, number, key), f"expected 1 to {most} characters that can be printed"


def _wrong_provision(given: dict[str, Any], number: int) -> Iterator[tuple[Where, str]]:
    name, value = given.get("name"), given.get("value")
    if not isinstance(name, str) or not isinstance(value, str):
        return
    says = PROVISIONS.get(name)
    if says is None:
        yield ("provision", number, "name"), f"expected one of {', '.join(PROVISIONS)}; there is no {name!r}"
    elif not says.fits(value):
        yield ("provision", number, "value"), f"expected {says.expected}; not {value!r}"


class _Lines:
    """On which line each table and key of a rulebook stands; these files have one key a line."""

    def __init__(self, text: str) -> None:
        self.found: dict[Where, int] = {("", 0, ""): 1}
        counts: dict[str, int] = {}
        table, number = "", 0
        for line, written in enumerate(text.splitlines(), 1):
            bare = written.strip()
            if bare.startswith("["):
                table = bare.strip("[] ").split("]")[0].strip()
                self.found.setdefault(("", 0, table), line)
                number = counts[table] = counts.get(table, -1) + 1
                self.found[table, number, ""] = line
            elif "=" in bare and not bare.startswith("#"):
                self.found.setdefault((table, number, bare.split("=")[0].strip().strip("\"'")), line)

    def of(self, table: str, number: int, key: str) -> int:
        """The line of a key; where it has none, that of its table."""
        return self.found.get((table, number, key)) or self.found.get((table, number, "")) or 1
