"""What the command line prints: with colour and progress where a person looks, plainly where a programme reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from bauhinia.edge.aligned import aligned


class Told(Protocol):
    """Told how far something has come: done, of how many in all, and a remark."""

    def __call__(self, done: int, total: int, remark: str = "") -> None: ...


def person() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def say(*lines: str) -> None:
    """Lines for a person; on standard output."""
    for line in lines:
        print(line, flush=True)


def note(line: str) -> None:
    """A remark beside the answer; on standard error."""
    print(line, file=sys.stderr, flush=True)


def heading(title: str, about: str) -> None:
    """A title and a paragraph, for a person."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console()
    console.print()
    console.print(Text(title, style="bold magenta"))
    if about:
        console.print(Padding(Text(about, style="dim"), (0, 0, 1, 0)), width=min(console.width, 100))


def answer(value: Any) -> None:
    """One JSON document on standard output."""
    from bauhinia.wire.forms import to_plain

    print(json.dumps(to_plain(value), ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case Fraction():
            return str(value)
        case bytes():
            return value.hex()
        case _:
            return str(value)


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    whole: Sequence[int] = (),
    title: str = "",
) -> None:
    """A table; `right` are the columns set to the right, which are never broken, nor are those in `whole`. Nothing
    where there are no rows."""
    if not rows:
        return
    if person():
        _drawn(head, rows, right, whole, title)
        return
    if title:
        print(f"{title}\n")
    print("\n".join(aligned(head, rows, right, rule="-")))
    print(flush=True)


def _drawn(
    head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int], whole: Sequence[int], title: str
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold", pad_edge=False)
    for at, name in enumerate(head):
        drawn.add_column(name, justify="right" if at in right else "left", no_wrap=at in right or at in whole)
    for row in rows:
        drawn.add_row(*(Text(text) for text in row))
    Console().print(drawn)


@contextmanager
def progress(what: str, *, quiet: bool = False) -> Iterator[Told]:
    """A bar on standard error while something goes on, with a remark; nothing where nobody looks, or `quiet`."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total, remark="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    description, remarks = TextColumn("{task.description}"), TextColumn("{task.fields[remark]}", style="dim")
    columns = (description, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), remarks)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, remark="")
        yield lambda done, total, remark="": bar.update(task, completed=done, total=total, remark=remark)
