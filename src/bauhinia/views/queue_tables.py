"""The tables of the queue: who may propose from all of it, how what waits is found, and what fails in it costs; part of
`tables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bauhinia.views.contract_tables import CONTRACT_TABLES
from bauhinia.views.penalty_tables import PENALTY_TABLES
from bauhinia.views.rows import Table


@dataclass(slots=True)
class OffsetAgentRow:
    """A party that an operator has appointed to propose from the whole queue, until a moment (exclusive)."""

    party: int
    until: int


@dataclass(slots=True)
class StakeRow:
    """A party to a transaction."""

    transaction: int
    party: int


OFFSET_AGENTS = Table("offset_agents", OffsetAgentRow)
STAKES = Table("stakes", StakeRow, 2, ("(party)",))

# by what instructions and transactions are found
ALONE = '(asset, party) WHERE open = 1 AND "transaction" = 0'
NAMED, LINKED = "(party, reference) WHERE open = 1", "(number) WHERE open = 1 AND linked = 1"
OF_INSTRUCTIONS = ("(party, number)", "(account, number)", NAMED, ALONE, LINKED)
WAITING = "(number) WHERE status IN ('PENDING', 'FAILING')"
OF_TRANSACTIONS = ("(settlement_date)", "(cause) WHERE cause != 0", WAITING)

QUEUE_TABLES: tuple[Table[Any], ...] = (OFFSET_AGENTS, STAKES, *CONTRACT_TABLES, *PENALTY_TABLES)
