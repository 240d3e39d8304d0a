"""What is wrong with a file that a person writes: the file, the line, and what was expected there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from bauhinia.wire.lines import Lines, Path
from bauhinia.wire.toml import Problem


class Mistake(Exception):
    """A file that cannot be read, or a story that did not come out as it says. `problems` are in the file's order."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True, slots=True)
class Source:
    """A file: what it is called in messages, and where its lines are."""

    file: str
    lines: Lines

    def problem(self, path: Path, what: str) -> Problem:
        return Problem(self.file, self.lines.of(path), what)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in a file."""

    source: Source
    path: Path = ()

    def at(self, *keys: str | int) -> Place:
        """A key or an item inside this."""
        return Place(self.source, (*self.path, *keys))

    def has(self, *keys: str | int) -> bool:
        """Whether a key or an item inside this is written in the file."""
        return (*self.path, *keys) in self.source.lines

    @property
    def key(self) -> str:
        """The name of the nearest key."""
        return next((key for key in reversed(self.path) if isinstance(key, str)), "story")

    @property
    def line(self) -> int:
        return self.source.lines.of(self.path)

    def mistake(self, what: str) -> Mistake:
        """The mistake of something here; what was expected, in words."""
        return Mistake(self.source.problem(self.path, what))


def named(value: Any) -> str:
    """A value of TOML as a message quotes it, with its type where that is what is wrong."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case dict():
            return "a table"
        case list():
            return "a list"
        case float():
            return f"the number {value} with a point"
        case _:
            return str(value)


def one_of(names: Iterable[str]) -> str:
    """A choice of names: a, b or c."""
    listed = list(names)
    return f"{', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else "".join(listed)


def nearest(name: str, known: Sequence[str]) -> str:
    """What was probably meant: the closest of the known names, or all of them where they are few."""
    close = closest(name, known)
    if close:
        return f'; did you mean "{close}"?'
    return f"; there are {', '.join(known)}" if 0 < len(known) <= 20 else ""


def closest(name: str, known: Sequence[str]) -> str:
    """The known name that a misspelt one is nearest to; an empty text where none is near."""
    by_lower = {each.lower(): each for each in reversed(known)}
    close = get_close_matches(name.lower(), list(by_lower), 1, 0.6)
    return by_lower[close[0]] if close else ""
