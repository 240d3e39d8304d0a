"""The canonical snapshot of a state: the same bytes on every machine, and back.

Positions come first, as their columns, in the order in which rows were opened; then everything else through the codec,
whatever is kept in an order in that order. A snapshot is cut into chunks, whose root `StateSealed` carries.
"""

from __future__ import annotations

from array import array
from dataclasses import fields
from struct import Struct
from typing import Any, get_type_hints

from bauhinia.ledger.positions import Positions
from bauhinia.ledger.state import State
from bauhinia.words.codec import Malformed, decode_as, encode_as
from bauhinia.words.tree import leaf_hash, root

MAGIC = b"BAUS\x01\0\0\0"
COUNT = Struct("<Q")
CHUNK = 8 << 20
APART = ("positions", "book")  # kept as columns; made from the others


def _rest() -> list[tuple[str, Any]]:
    hints = get_type_hints(State)
    return [(field.name, hints[field.name]) for field in fields(State) if field.name not in APART]


def write_snapshot(state: State) -> bytes:
    """The canonical bytes of a state."""
    columns = state.positions.columns
    parts = [MAGIC, COUNT.pack(len(columns)), columns.tobytes()]
    parts += [encode_as(kind, getattr(state, name)) for name, kind in _rest()]
    return b"".join(parts)


def read_snapshot(data: bytes) -> State:
    """The state of a snapshot; Malformed where the bytes are not one."""
    if data[: len(MAGIC)] != MAGIC:
        raise Malformed("not a snapshot")
    (count,) = COUNT.unpack_from(data, len(MAGIC))
    at = len(MAGIC) + COUNT.size
    end = at + 8 * count
    if end > len(data):
        raise Malformed("a snapshot that is cut off")
    positions = Positions(array("q", data[at:end]))
    found: dict[str, Any] = {}
    at = end
    for name, kind in _rest():
        found[name], at = decode_as(kind, data, at)
    if at != len(data):
        raise Malformed(f"{len(data) - at} bytes after a snapshot")
    return State(positions=positions, **found)


def chunks(data: bytes) -> list[bytes]:
    """A snapshot in the chunks in which it is handed out."""
    return [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]


def state_root(state: State) -> bytes:
    """The Merkle root over the chunks of the state's snapshot."""
    return root([leaf_hash(chunk) for chunk in chunks(write_snapshot(state))])
