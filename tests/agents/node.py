"""A market behind its door in a process of its own, to be killed: at once where it is said to be.

    python -m tests.agents.node FOLDER PORT [MOMENT:EVENT]

Moments: `before` a block with such an event is durable, `after` it is and nobody knows, `told` when the views have it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import uvicorn

from bauhinia.edge.cli.serving import listener
from bauhinia.edge.http.app import make_app
from bauhinia.node.journal import Journal
from bauhinia.node.market import Options
from bauhinia.node.publishing import committed
from bauhinia.node.stored import Stored
from bauhinia.wire.floor import Floor


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def holds(stored: Stored, event: str) -> bool:
    """Whether such an event is in a block."""
    return any(type(each).__name__ == event for outcome in committed(stored).outcomes for each in outcome.events)


def arm(floor: Floor, moment: str, event: str) -> None:
    """Die at that moment of the first block that holds such an event."""
    write, commit, journal = Journal.write, Journal.commit, floor.market.journal
    armed = [False]

    def written(self: Journal, stored: Stored) -> None:
        write(self, stored)
        armed[0] = armed[0] or holds(stored, event)

    def made_durable(self: Journal) -> None:
        if armed[0] and moment == "before":
            die()
        commit(self)
        if armed[0] and moment == "after":
            die()

    if moment == "told":
        floor.following.listen(lambda height: die() if holds(found(journal, height), event) else None)
        return
    Journal.write, Journal.commit = written, made_durable  # type: ignore[method-assign]


def found(journal: Journal, height: int) -> Stored:
    stored = journal.block(height)
    if stored is None:
        raise LookupError(height)
    return stored


def main(folder: Path, port: int, when: str = "") -> None:
    with listener("127.0.0.1", port) as door, Floor.open(folder, options=Options(processes=0, block_size=100)) as floor:
        if when:
            arm(floor, *when.split(":"))
        floor.reach()
        config = uvicorn.Config(make_app(floor.following), log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[door])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
