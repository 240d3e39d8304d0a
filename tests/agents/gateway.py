"""The gateway in a process of its own, as the command line runs it, to be killed: at once where it is said to be.

python -m tests.agents.gateway "" gateway usd-chats.toml --rtgs …
python -m tests.agents.gateway after:pay gateway usd-chats.toml --rtgs …
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from bauhinia.agents.rtgs import Gateway
from bauhinia.agents.rtgs_line import RtgsLine
from bauhinia.edge.cli import main
from bauhinia.wire.client import Client

PLACES: dict[str, tuple[type, str]] = {
    "pay": (RtgsLine, "pay"),
    "ask": (RtgsLine, "ask"),
    "confirm": (Client, "submit"),
    "state": (Gateway, "_state"),
}


def arm(moment: str, place: str) -> None:
    """Die before or after the first such call."""
    kind, name = PLACES[place]
    call: Callable[..., Any] = getattr(kind, name)

    def last(*given: Any, **named: Any) -> Any:
        if moment == "after":
            call(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(kind, name, last)


if __name__ == "__main__":
    if sys.argv[1]:
        arm(*sys.argv[1].split(":"))
    sys.exit(main(sys.argv[2:]))
