"""What the door answers beside the views' answers and receipts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bauhinia.ledger.state import State
from bauhinia.machine.block import Header
from bauhinia.node.market import Market
from bauhinia.views import queries
from bauhinia.views.model import EventLine, Viewer
from bauhinia.views.store import Views
from bauhinia.words.ids import Micros, PartyNumber


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events that the viewer may know of, oldest first; `after` is the cursor from which to ask for what follows."""

    events: tuple[EventLine, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Who the door takes the asker for: party 0 is a stranger. `nonce` is the highest that the party has used up: the
    next envelope takes one above. `ledger` is hexadecimal; `time` is the ledger's, told where `told`."""

    party: int
    name: str
    roles: tuple[str, ...]
    nonce: int
    ledger: str
    time: Micros
    told: bool
    protocol: int


@dataclass(frozen=True, slots=True)
class ToSign:
    """Commands as canonical bytes, hexadecimal. Each signer signs `signed` with Ed25519. Sent back with its signatures
    as an `Unsealed`, or put into a frame, it is an envelope."""

    ledger: str
    party: int
    nonce: int
    good_until: Micros
    body: bytes
    signed: bytes


@dataclass(frozen=True, slots=True)
class Commanded:
    """Commands that are to be signed elsewhere. Zero for `nonce` or `good_until` lets the door propose one."""

    commands: tuple[Any, ...]
    party: int
    nonce: int = 0
    good_until: Micros = 0


@dataclass(frozen=True, slots=True)
class Signature:
    """A public key and its signature, hexadecimal."""

    key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Unsealed:
    """An envelope in parts, for those who sign elsewhere: the door puts it into its frame."""

    party: int
    nonce: int
    good_until: Micros
    body: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """A block's header: `hash` is of `header`, its canonical bytes; `signature` the node's key and its signature. All
    hexadecimal."""

    height: int
    time: Micros
    protocol: int
    ledger: str
    previous: str
    body: str
    outcomes: str
    touched: str
    header: str
    hash: str
    signature: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the node takes envelopes in, and whether the views follow; `problem` says what is wrong, if anything."""

    healthy: bool
    writable: bool
    following: bool
    problem: str


def event_page(views: Views, viewer: Viewer, after: str, limit: int) -> EventPage:
    """The events after a cursor of the viewer's, and the cursor to go on from."""
    found = queries.events(views, viewer, after, limit)
    return EventPage(found, found[-1].cursor if found else after)


def asked_of(market: Market, views: Views, viewer: Viewer) -> Asked:
    """Who a viewer is to the market."""
    nonce, time, told, protocol = market.read(
        lambda state: (
            top_nonce(state, viewer.party),
            state.time,
            state.settings.told_time,
            state.settings.protocol,
        )
    )
    page = queries.party(views, viewer, viewer.party) if viewer.party else None
    roles = tuple(role.name for role in viewer.roles)
    name = page.party.name if page else ""
    return Asked(viewer.party, name, roles, nonce, market.ledger.hex(), time, told, protocol)


def top_nonce(state: State, party: int) -> int:
    """The highest nonce that a party has used up; zero before the first."""
    nonces = state.nonces.get(PartyNumber(party))
    return nonces.top if nonces else 0


def block_header(header: Header, signature: bytes) -> BlockHeader:
    """A header as it is shown."""
    return BlockHeader(
        header.height,
        header.time,
        header.protocol,
        header.ledger.hex(),
        header.previous.hex(),
        header.body.hex(),
        header.outcomes.hex(),
        header.touched.hex(),
        header.to_bytes().hex(),
        header.hash.hex(),
        signature.hex(),
    )
