"""The tables of the queue: who may propose from all of it; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bauhinia.views.rows import Table


@dataclass(slots=True)
class OffsetAgentRow:
    """A party that an operator has appointed to propose from the whole queue, until a moment (exclusive)."""

    party: int
    until: int


OFFSET_AGENTS = Table("offset_agents", OffsetAgentRow)

QUEUE_TABLES: tuple[Table[Any], ...] = (OFFSET_AGENTS,)
