"""Bytes to entries: frames taken apart, signatures verified once, on all cores, ahead of the block.

Small chunks are verified where they are; big ones in worker processes, started when first needed. Verdicts are kept by
digest, up to a bound: an engine shows each envelope several times.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import BinaryIO, cast

from bauhinia.machine.block import Entry
from bauhinia.node.worker import verdict, write_chunk
from bauhinia.words.codec import Malformed
from bauhinia.words.frame import unseal
from bauhinia.words.reasons import Reason

SMALL = 64  # fewer are verified faster here than they are sent
PORTION = 256  # what a process is given at a time
KEPT = 65_536

Portion = tuple[Sequence[bytes], "Future[bytes]"]


def entry(raw: bytes, found: int) -> Entry:
    """The entry of an envelope whose verdict is known."""
    if found == Reason.MALFORMED:
        return Entry(raw, None, Reason.MALFORMED)
    try:
        return Entry(raw, unseal(raw), Reason(found) if found else None)
    except Malformed:
        return Entry(raw, None, Reason.MALFORMED)


def verify(raws: Sequence[bytes]) -> list[Entry]:
    """The entries of envelopes, verified one by one in this process."""
    return [entry(raw, verdict(raw)) for raw in raws]


@dataclass(slots=True)
class Verification:
    """Envelopes on their way: what is asked of it waits for their verdicts."""

    raws: Sequence[bytes]
    parts: list[bytes | Future[bytes]]

    def verdicts(self) -> bytes:
        return b"".join(part if isinstance(part, bytes) else part.result() for part in self.parts)

    def entries(self) -> list[Entry]:
        return [entry(raw, found) for raw, found in zip(self.raws, self.verdicts(), strict=True)]


class Verifier:
    """Verifies chunks, in `processes` worker processes where they are big (0: always here)."""

    def __init__(self, processes: int | None = None, kept: int = KEPT) -> None:
        self._processes = len(os.sched_getaffinity(0)) if processes is None else processes
        self._kept, self._most = dict[bytes, int](), kept
        self._queue: SimpleQueue[Portion | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._starting = Lock()
        self._closed = False

    def verify(self, raws: Sequence[bytes]) -> list[Entry]:
        """The entries of envelopes; a verdict that is kept is not worked out again."""
        digests = [sha256(raw).digest() for raw in raws]
        found = {digest: self._kept[digest] for digest in digests if digest in self._kept}
        unknown = {digest: raw for digest, raw in zip(digests, raws, strict=True) if digest not in found}
        for digest, one in zip(unknown, self.start(list(unknown.values())).verdicts(), strict=True):
            found[digest] = one
            self._keep(digest, one)
        return [entry(raw, found[digest]) for raw, digest in zip(raws, digests, strict=True)]

    def start(self, raws: Sequence[bytes]) -> Verification:
        """Begin to verify; nothing is looked up or kept, since what comes in is seen once."""
        if len(raws) < SMALL or not self._processes or self._closed:
            return Verification(raws, [bytes(map(verdict, raws))])
        self._start_workers()
        parts: list[bytes | Future[bytes]] = []
        for at in range(0, len(raws), PORTION):
            promised: Future[bytes] = Future()
            self._queue.put((raws[at : at + PORTION], promised))
            parts.append(promised)
        return Verification(raws, parts)

    def close(self) -> None:
        """End the worker processes once they have answered."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _keep(self, digest: bytes, found: int) -> None:
        if len(self._kept) >= self._most:
            self._kept.pop(next(iter(self._kept)))  # the oldest
        self._kept[digest] = found

    def _start_workers(self) -> None:
        with self._starting:
            while len(self._threads) < self._processes:
                thread = Thread(target=_feed, args=(self._queue,), name="bauhinia-verify", daemon=True)
                thread.start()
                self._threads.append(thread)


def _feed(queue: SimpleQueue[Portion | None]) -> None:
    """Keep one worker process busy. Should it die, its portion is verified here and another takes its place."""
    process: subprocess.Popen[bytes] | None = None
    while (portion := queue.get()) is not None:
        raws, promised = portion
        try:
            process = process or _launch()
            promised.set_result(_ask(process, raws))
        except (OSError, EOFError):
            if process is not None:
                process.kill()
                process.wait()
                process = None
            promised.set_result(bytes(map(verdict, raws)))
    if process is not None:
        cast(BinaryIO, process.stdin).close()
        process.wait()


def environment() -> dict[str, str]:
    """In which a process of this node finds the same code as the node."""
    source = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH", ""))))}


def _launch() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bauhinia.node.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,  # an interrupt is for the node, which then ends its workers
    )


def _ask(process: subprocess.Popen[bytes], raws: Sequence[bytes]) -> bytes:
    write_chunk(raws, cast(BinaryIO, process.stdin))
    answer = cast(BinaryIO, process.stdout).read(len(raws))
    if len(answer) < len(raws):
        raise EOFError("a worker process ended")
    return answer
