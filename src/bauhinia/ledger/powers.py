"""Named powers: what those in charge may do to others' holdings, and the trace that every use of one leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, AssetNumber, Micros, PartyNumber, Units


class Power(IntEnum):
    """What was done. A rulebook grants the five powers `block`, `force_transfer`, `pause`, `recover_keys` and
    `port_clients`; who may do a thing may also undo it."""

    BLOCK = 1
    LIFT_BLOCK = 2
    FORCE_TRANSFER = 3
    PAUSE = 4
    RESUME = 5
    RECOVER_KEYS = 6
    PORT_CLIENTS = 7


class Cause(IntEnum):
    """Why a power is used."""

    COURT_ORDER = 1
    SANCTIONS = 2
    REGULATORY_ORDER = 3
    SUSPECTED_CRIME = 4
    ERROR_CORRECTION = 5
    INSOLVENCY = 6
    DEATH = 7
    LOST_KEYS = 8
    STOLEN_KEYS = 9
    HOLDER_REQUEST = 10
    OPERATIONS = 11  # an incident of the market's own


@dataclass(slots=True)
class Use:
    """One use of a power.

    `by` is the party, `persons` its maker and checker. `holder` is whom it strikes: nobody where an asset was paused.
    `bits` are those of `parties.Block`; `document` the SHA-256 of the order it rests on, empty where none. `notice` is
    when the holder is to be told, `notified` when it was, zero until then.
    """

    number: int
    power: Power
    cause: Cause
    by: PartyNumber
    persons: tuple[str, ...]
    holder: PartyNumber
    document: bytes
    time: Micros
    notice: Micros
    account: AccountNumber = NO_ACCOUNT
    asset: AssetNumber = NO_ASSET
    bits: int = 0
    amount: Units = 0
    taker: AccountNumber = NO_ACCOUNT
    notified: Micros = 0


@dataclass(slots=True)
class Powers:
    """What powers have been used for, in order; and who has said that it takes over a client account of another, by
    account and party: its own cash account for that, zero for the account itself."""

    uses: dict[int, Use] = field(default_factory=dict)
    acceptances: dict[tuple[AccountNumber, PartyNumber], AccountNumber] = field(default_factory=dict)
