"""Bauhinia: tokenised-bond market infrastructure, one deterministic ledger from term sheet to redemption."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bauhinia.edge.stories.played import play
    from bauhinia.machine.genesis import Genesis
    from bauhinia.node.keys import Signer
    from bauhinia.node.market import Market
    from bauhinia.wire.client import Client
    from bauhinia.wire.desk import Desk
    from bauhinia.wire.floor import Floor, open_market
    from bauhinia.wire.local import LocalDesk
    from bauhinia.words.reasons import Reason, Refused

__all__ = [
    "Client", "Desk", "Floor", "Genesis", "LocalDesk", "Market", "Reason", "Refused", "Signer", "open_market", "play",
    "__version__",
]  # fmt: skip

__version__ = "0.1.0"

_AT = {
    "Client": "bauhinia.wire.client",
    "Desk": "bauhinia.wire.desk",
    "Floor": "bauhinia.wire.floor",
    "Genesis": "bauhinia.machine.genesis",
    "LocalDesk": "bauhinia.wire.local",
    "Market": "bauhinia.node.market",
    "Reason": "bauhinia.words.reasons",
    "Refused": "bauhinia.words.reasons",
    "Signer": "bauhinia.node.keys",
    "open_market": "bauhinia.wire.floor",
    "play": "bauhinia.edge.stories.played",
}


def __getattr__(name: str) -> Any:
    """What stands at the top is loaded when it is first asked for, so that `import bauhinia` costs nothing."""
    if name not in _AT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_AT[name]), name)
