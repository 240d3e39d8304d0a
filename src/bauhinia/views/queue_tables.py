"""The tables of the queue: who may propose from all of it, how what waits is found, and what fails in it costs; part of
`tables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bauhinia.views.penalty_tables import PENALTY_TABLES
from bauhinia.views.rows import Table


@dataclass(slots=True)
class OffsetAgentRow:
    """A party that an operator has appointed to propose from the whole queue, until a moment (exclusive)."""

    party: int
    until: int


OFFSET_AGENTS = Table("offset_agents", OffsetAgentRow)

# by what instructions and transactions are found
ALONE = '(asset, party) WHERE open = 1 AND "transaction" = 0'
OF_INSTRUCTIONS = ("(party, number)", "(account, number)", "(party) WHERE open = 1", ALONE)
WAITING = "(number) WHERE status IN ('PENDING', 'FAILING')"
OF_TRANSACTIONS = ("(settlement_date)", "(cause) WHERE cause != 0", WAITING)

QUEUE_TABLES: tuple[Table[Any], ...] = (OFFSET_AGENTS, *PENALTY_TABLES)
