"""The state is sealed at a fixed distance of blocks, so that whoever is given a snapshot can check it."""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.state import State


@dataclass(slots=True)
class StateSealed:
    """The Merkle root (RFC 6962) over the chunks of the canonical snapshot of the state after block `height`."""

    height: int
    root: bytes


def on_state_sealed(state: State, event: StateSealed) -> None:
    """A seal changes nothing: it tells what the state was."""
