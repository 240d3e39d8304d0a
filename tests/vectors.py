"""The vectors of a folder, judged row by row: what is there is run, what is not is skipped with the reason.

A row that is wrong is told with the others, never instead of them; a row that has no counterpart here is left out by
`LeftOut`, with its reason, and counted.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]
NAMING = ("cusip", "type", "issue", "convention", "roll", "op", "value")  # what tells rows without an id apart
SHOWN = 40  # wrong rows that are told whole
SAID = 400  # characters of what is wrong with one


class LeftOut(Exception):
    """A row that has no counterpart here; its text is the reason."""


@dataclass
class Tally:
    """How the rows of one file went."""

    name: str
    ran: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def settle(self) -> None:
        """Fail with every wrong row; skip where no row could be run."""
        if self.wrong:
            told = [f"{label}: {what}" for label, what in self.wrong.items()]
            more = f"\n… and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
            count = self.ran + len(self.wrong)
            pytest.fail(f"{self.name}: {len(told)} of {count} rows are wrong\n" + "\n".join(told[:SHOWN]) + more)
        if not self.ran:
            reasons = Counter(self.left_out.values())
            pytest.skip(f"{self.name}: no row to run ({', '.join(map(str, reasons)) or 'it is empty'})")


def tally(name: str, rows: Iterable[tuple[str, Row]], check: Callable[[Row], object]) -> Tally:
    """Every row by its check. Whatever a check raises makes its row wrong, a key that the row lacks too."""
    found = Tally(name)
    for label, row in rows:
        try:
            check(row)
        except LeftOut as left:
            found.left_out[label] = str(left)
        except (Exception, pytest.fail.Exception) as wrong:
            lines = str(wrong).strip().splitlines() or [""]
            found.wrong[label] = f"{type(wrong).__name__}: {' '.join(each.strip() for each in lines)[:SAID]}"
        else:
            found.ran += 1
    return found


def file_of(vectors: Path, name: str) -> Path:
    """A file of the vectors; the test that needs it is skipped where the folder has none of that name."""
    path = vectors / name
    if not path.is_file():
        pytest.skip(f"no {name} in {vectors}")
    return path


def rows_of(vectors: Path, name: str, parse_float: Callable[[str], Any] = float) -> list[tuple[str, Row]]:
    """The rows of a JSON or CSV file, each with a label by which it can be found there."""
    path = file_of(vectors, name)
    text = path.read_text("utf-8")
    rows = (
        list(csv.DictReader(text.splitlines()))
        if path.suffix == ".csv"
        else json.loads(text, parse_float=parse_float)["rows"]
    )
    return [(label_of(row, number), row) for number, row in enumerate(rows, 1)]


def label_of(row: Row, number: int) -> str:
    if "id" in row:
        return str(row["id"])
    named = [str(row[each]) for each in NAMING if row.get(each)]
    return f"row {number} ({', '.join(named)})" if named else f"row {number}"


def row_of(vectors: Path, name: str, label: str, parse_float: Callable[[str], Any] = float) -> Row:
    """One row by its id; the test that needs it is skipped where the file has none of that id."""
    for each, row in rows_of(vectors, name, parse_float):
        if each == label:
            return row
    pytest.skip(f"no row {label} in {vectors / name}")


def digest(path: Path) -> str:
    """Of which version a file is."""
    return sha256(path.read_bytes()).hexdigest()[:16]
