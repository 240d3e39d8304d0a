"""TOML, and on which line what is none goes wrong."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

MARK = "\ufeff"  # of the byte order, as some editors begin a text with it


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file, as `stories/x.toml:12: what was expected`."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class NoToml(ValueError):
    """A text that is no TOML: the line at fault, from 1, and what is wrong there."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(line, what)
        self.line, self.what = line, what


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text, which may begin with a byte order mark; NoToml where it is none."""
    try:
        return tomllib.loads(text.removeprefix(MARK))
    except tomllib.TOMLDecodeError as wrong:
        what, found, where = str(wrong).partition(" (at ")
        line = text.count("\n") + 1  # at the end of the document
        if found and where.startswith("line "):
            line = int(where.removeprefix("line ").split(",")[0])
        raise NoToml(line, what) from None
