"""The tables of fees, and of how trades fail; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bauhinia.ledger.fees import Adjustment, BillLine, BillStatus, FeeItem, Tariff
from bauhinia.views.rows import Table
from bauhinia.words.reasons import Reason


@dataclass(slots=True)
class FeeScheduleRow:
    """A schedule with all its versions."""

    number: int
    system: int
    currency: str
    collector: int
    due_days: int
    versions: tuple[Tariff, ...]


@dataclass(slots=True)
class FeeAccountRow:
    """From where a party lets the bills of a schedule be collected."""

    party: int
    schedule: int
    money: int
    account: int


@dataclass(slots=True)
class UsageRow:
    """How often a party has used an item, as counted at the end of a day; of CUSTODY the nominal it holds from then
    on."""

    schedule: int
    party: int
    day: date
    item: FeeItem
    count: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction of a bill, and why."""

    adjustments: tuple[Adjustment, ...]
    why: str


@dataclass(slots=True)
class BillRow:
    """A bill, and how far it has come; `why` it was disputed last."""

    number: int
    schedule: int
    party: int
    month: date
    lines: tuple[BillLine, ...]
    total: int
    due: date
    rendered: int
    status: BillStatus
    paid: int
    why: str
    corrections: tuple[Correction, ...]


@dataclass(slots=True)
class FailRow:
    """That a trade failed on a day, for what reason as its guilty side was told it, and which side that was."""

    transaction: int
    day: date
    reason: Reason
    lacking: int


FEE_SCHEDULES = Table("fee_schedules", FeeScheduleRow)
FEE_ACCOUNTS = Table("fee_accounts", FeeAccountRow, 2)
USAGE = Table("usage", UsageRow, 4, ("(party, day)",))
BILLS = Table("bills", BillRow, 1, ("(party)", "(schedule)"))
FAILS = Table("fails", FailRow, 2, ("(day)",))

FEE_TABLES: tuple[Table[Any], ...] = (FEE_SCHEDULES, FEE_ACCOUNTS, USAGE, BILLS, FAILS)
