"""A story that has been read and checked: what is done, in order, and what must then hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bauhinia.edge.stories.checks import Check
from bauhinia.edge.stories.figures import Figure
from bauhinia.edge.stories.names import Names
from bauhinia.edge.stories.values import Scope
from bauhinia.wire.mistakes import Place
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Reason


@dataclass(frozen=True, slots=True)
class Act:
    """One command of a party, and the persons who sign it. `place` is the table that its fields come from, where that
    is not the step."""

    by: str
    command: Any
    persons: tuple[str, ...]
    place: Place | None = None


Prepare = Callable[[Scope], list[Act]]


@dataclass(slots=True)
class Step:
    """One step of a story.

    The time is told to `time` first, every duty on the way at its own moment. `prepare` makes the commands, with the
    numbers that names have by then. `refused` holds the reasons for one of which the first that is refused must be;
    nothing is refused where it is empty.
    """

    place: Place
    what: str
    time: Micros
    prepare: Prepare
    by: str = ""
    label: str = ""
    note: str = ""
    refused: tuple[Reason, ...] = ()
    checks: list[Check] = field(default_factory=list)
    declares: str = ""  # a party whose name is kept off the ledger


@dataclass(slots=True)
class Plan:
    """A whole story. `setup` are the declarations, as the steps that they are; `checks` hold at the end."""

    place: Place
    title: str
    about: str
    operator: str
    operator_persons: tuple[str, ...]
    starts: Micros
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]
    names: Names
    setup: list[Step] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
