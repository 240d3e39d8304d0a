"""Registers of holders: what they keep beyond the positions themselves.

A register is the book of one bond, or of one keeper's clients. Which columns it shows, who may look into it and how
long it is kept are provisions of the rulebook that the bond names as its profile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bauhinia.words.ids import NO_PARTY, AccountNumber, AssetNumber, Micros, PartyNumber, Units


@dataclass(slots=True)
class Spell:
    """From when to when an account stood in a register; `holder` is whose it was, where it has changed hands since."""

    entered: Micros
    ceased: Micros
    holder: PartyNumber = NO_PARTY


@dataclass(slots=True)
class Seal:
    """The register as sealed at an end of day: `number` counts the seals of this register, from 1; `root` is that of
    the sealed tree over its rows; `holders` says how many they were."""

    number: int
    day: date
    root: bytes
    holders: int


@dataclass(slots=True)
class Register:
    """The register of one asset.

    `dated` says whether dates of entry are kept: by account `entered` holds the running spell's, `left` the spells
    that have ended (the last one alone unless `history`). `changed` says whether anything has moved since the seal.
    """

    dated: bool = False
    history: bool = False
    changed: bool = False
    entered: dict[AccountNumber, Micros] = field(default_factory=dict)
    left: dict[AccountNumber, list[Spell]] = field(default_factory=dict)
    seal: Seal | None = None


@dataclass(slots=True)
class Registers:
    """All registers, by asset; and the parties whose data are to be looked at for erasure, by a duty each."""

    books: dict[AssetNumber, Register] = field(default_factory=dict)
    retention: dict[PartyNumber, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Row:
    """One holder of a sealed register: the canonical bytes of this are a leaf of its tree. `entered` is zero where
    the register keeps no dates."""

    account: AccountNumber
    holder: PartyNumber
    balance: Units
    entered: Micros


@dataclass(slots=True)
class Line:
    """One line of a copy of a register: a holder (`ceased` zero), or a former one (`amount` zero)."""

    account: AccountNumber
    holder: PartyNumber
    amount: Units
    entered: Micros
    ceased: Micros


def seal_context(asset: AssetNumber, number: int) -> bytes:
    """What the salts of a register's rows are made for: never the same at two seals."""
    return b"register" + asset.to_bytes(8, "big") + number.to_bytes(8, "big")
