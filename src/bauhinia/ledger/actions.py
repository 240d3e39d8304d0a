"""Corporate actions: what falls due on a bond, who is entitled to it, and what each was paid."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from bauhinia.words.ids import ActionNumber, AssetNumber, Column, Micros, Units


class ActionKind(IntEnum):
    """Corporate action event types (ISO 20022 `CAEV`)."""

    INTEREST = 1  # INTR
    REDEMPTION = 2  # REDM, with the last interest where the terms pay both together


class ActionStatus(IntEnum):
    ANNOUNCED = 1
    RECORDED = 2  # the record date has closed and the register is sealed
    DUE = 3  # the payment date has come; not all are paid
    PAID = 4
    LATE = 5  # due, unfunded, within grace
    DEFAULTED = 6  # unpaid past grace: a potential event of default


@dataclass(slots=True)
class Record:
    """A book as it stood at the record date, in columns; `amounts` and `states` are filled as each is worked out."""

    asset: AssetNumber
    accounts: Column = field(default_factory=lambda: array("q"))
    units: Column = field(default_factory=lambda: array("q"))
    amounts: Column = field(default_factory=lambda: array("q"))
    states: Column = field(default_factory=lambda: array("q"))
    root: bytes = b""


@dataclass(slots=True)
class Action:
    """One payment of a bond. `rate` is the amount per calculation amount in smallest units, rounded once."""

    number: ActionNumber
    asset: AssetNumber
    kind: ActionKind
    period: int
    record_date: date
    payment_date: date
    provisional: bool
    interest: Units
    principal: Fraction
    status: ActionStatus = ActionStatus.ANNOUNCED
    due: Micros = 0
    paid: Units = 0
    records: dict[AssetNumber, Record] = field(default_factory=dict)


@dataclass(slots=True)
class Servicing:
    """All corporate actions."""

    actions: dict[ActionNumber, Action] = field(default_factory=dict)
