"""A market under load in a process of its own, to be killed.

Prints a line for each receipt it has: height, index, header hash, SHA-256 of the envelope.
"""

from __future__ import annotations

import sys
from collections import deque
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path

from bauhinia.node.market import Receipt
from tests.node.desk import Desk, registration

BEHIND = 48


def acknowledge(raw: bytes, receipt: Receipt) -> None:
    """One write a line: a line is there wholly, or not at all."""
    line = f"{receipt.height} {receipt.index} {receipt.header.hex()} {sha256(raw).hexdigest()}\n"
    sys.stdout.buffer.write(line.encode())
    sys.stdout.buffer.flush()


def main(folder: Path, most: int) -> None:
    desk = Desk.at(folder, told=False, block_size=16, snapshot_blocks=7)
    waiting: deque[tuple[bytes, Future[Receipt]]] = deque()
    for number in range(most):
        raw = desk.envelope("operator", registration(f"P{number}"))
        waiting.append((raw, desk.market.submit(raw)))
        while len(waiting) > BEHIND or (waiting and waiting[0][1].done()):
            raw, future = waiting.popleft()
            acknowledge(raw, future.result(60))
    for raw, future in waiting:
        acknowledge(raw, future.result(60))
    desk.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1 << 40)
