"""Breaks: where two books that must agree do not, who owns the difference, and the statements that show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from bauhinia.words.ids import AccountNumber, AssetNumber, Micros, PartyNumber, Units


class BreakKind(IntEnum):
    """Which two figures differ: ours, as the official book has it, and theirs."""

    HOLDINGS = 1  # outstanding; the sum of holdings
    ISSUED = 2  # outstanding; issued less redeemed and cancelled
    BACKING = 3  # outstanding; the position that backs it
    AUTHORISED = 4  # outstanding; the most that is authorised
    CUSTODY = 5  # a position, or all that is outstanding; what a custodian or depository states
    REGISTER = 6  # outstanding; what the issuer or the registrar states
    RESERVES = 7  # outstanding; the reserve that the settlement institution states


STATED = (BreakKind.CUSTODY, BreakKind.REGISTER, BreakKind.RESERVES)

Key = tuple[int, int, int, int]  # kind, asset, account, party; account and party zero where the ledger itself compares


@dataclass(slots=True)
class Statement:
    """What a party states its own book says of an asset at the end of a business day."""

    kind: BreakKind
    asset: AssetNumber
    account: AccountNumber
    party: PartyNumber
    day: date
    amount: Units
    time: Micros

    @property
    def key(self) -> Key:
        return self.kind, self.asset, self.account, self.party


@dataclass(slots=True)
class Break:
    """A difference, and the party that has to explain it. `party` is who stated the other figure, nobody where the
    ledger compared its own books. The asset stays halted until the break is resolved."""

    number: int
    kind: BreakKind
    asset: AssetNumber
    account: AccountNumber
    party: PartyNumber
    owner: PartyNumber
    ours: Units
    theirs: Units
    day: date
    time: Micros
    explanation: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.asset, self.account, self.party


@dataclass(slots=True)
class Breaks:
    """Breaks not yet resolved, by number; the last statement of each kind, asset, account and party."""

    open: dict[int, Break] = field(default_factory=dict)
    last: int = 0
    statements: dict[Key, Statement] = field(default_factory=dict)
