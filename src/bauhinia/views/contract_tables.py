"""The tables of what parties have agreed on beside trades: sets, who is asked to agree to them, and mandates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bauhinia.ledger.mandates import Mandate
from bauhinia.ledger.posting import Leg
from bauhinia.views.rows import Table


@dataclass(slots=True)
class SetRow:
    """A set as it was proposed. `status` is OPEN, AGREED or ENDED, and then `why`; `transaction` what it became."""

    number: int
    proposer: int
    legs: tuple[Leg, ...]
    settlement_date: date
    until: int
    reference: str
    priority: int
    status: str
    why: str
    transaction: int
    proposed: int


@dataclass(slots=True)
class SignatoryRow:
    """A party to a set: whether it has agreed to it, and whether it has asked that it be cancelled."""

    number: int
    party: int
    agreed: bool
    asked: bool


@dataclass(slots=True)
class MandateRow:
    """A mandate, and what of its daily limit is used on a day; `ended` says why it is no longer in force."""

    number: int
    holder: int
    agent: int
    mandate: Mandate
    day: date
    used: int
    ended: str


@dataclass(slots=True)
class MandatedRow:
    """An instruction that an agent gave under a mandate."""

    instruction: int
    mandate: int
    agent: int


SETS = Table("sets", SetRow, 1, ('("transaction") WHERE "transaction" != 0',))
SIGNATORIES = Table("signatories", SignatoryRow, 2, ("(party)",))
MANDATES = Table("mandates", MandateRow, 1, ("(holder)", "(agent)"))
MANDATED = Table("mandated", MandatedRow, 1, ("(agent)",))

CONTRACT_TABLES: tuple[Table[Any], ...] = (SETS, SIGNATORIES, MANDATES, MANDATED)
