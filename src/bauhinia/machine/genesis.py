"""How a ledger begins: its identity, its operator, its first time."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from bauhinia.ledger.parties import Key, Role
from bauhinia.ledger.state import Settings, State
from bauhinia.machine.steps import evolve
from bauhinia.rules.market import TimeSet
from bauhinia.rules.onboarding import PartyRegistered
from bauhinia.words.codec import encode
from bauhinia.words.ids import Micros, PartyNumber


@dataclass(frozen=True, slots=True)
class Genesis:
    """What a ledger is made of. `secret` (32 bytes) salts what is proved; only operators hold it. `told` starts a
    market whose time is told by `SetTime`, as stories and rehearsals do."""

    name: str
    operator: str
    keys: tuple[Key, ...]
    threshold: int
    secret: bytes
    time: Micros
    told: bool
    seal_every: int

    @property
    def ledger(self) -> bytes:
        """The ledger's identity: the first 16 bytes of the hash of all this."""
        return sha256(b"bauhinia/genesis/1" + encode(self)).digest()[:16]


def begin(genesis: Genesis) -> State:
    """The state before the first block: the operator is party 1."""
    state = State(Settings(genesis.ledger, genesis.secret, seal_every=genesis.seal_every), time=genesis.time)
    roles = (Role.OPERATOR,)
    evolve(
        state,
        PartyRegistered(PartyNumber(1), genesis.operator, "", "HK", roles, genesis.keys, genesis.threshold, b""),
    )
    if genesis.told:
        evolve(state, TimeSet(genesis.time))
    return state
