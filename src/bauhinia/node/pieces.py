"""A long journal checked on all cores: in pieces, each from one snapshot to the next.

A piece begins with the state of a snapshot, and must come to the bytes of the next. The first begins with the genesis.
So if every piece holds, the whole does: what one took for granted, the one before has proved. Each runs in a process of
its own, started by name as the verifier's are, and answers in lines of text: ``done N`` for so many blocks more, then
``good ENVELOPES OUTCOMES`` or ``bad SENTENCE``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from threading import Lock

from bauhinia.ledger.state import State
from bauhinia.machine.genesis import begin
from bauhinia.machine.snapshot import state_root
from bauhinia.node.checking import Check, Report, ahead, verify_journal
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal
from bauhinia.node.memory import settle_down
from bauhinia.node.recovery import Progress, from_snapshot
from bauhinia.node.stored import Damaged
from bauhinia.node.verify import Verifier, environment

WORTH = 8 << 20  # bytes of envelopes below which one process is as good
STEP = 16  # blocks between two words of progress


@dataclass(frozen=True, slots=True)
class Piece:
    """The blocks after `begins`, up to and with `ends`: heights of snapshots, but for genesis and tip."""

    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a piece came to; `why` is empty where it holds."""

    envelopes: int
    outcomes: int
    why: str = ""


def verify(
    path: str | Path,
    progress: Progress | None = None,
    *,
    events: bool = False,
    signatures: bool = True,
    cores: int | None = None,
) -> Report:
    """Check the journal in a folder; a running market may have it open. `progress` is told blocks done and in all.

    A long one is checked in pieces on so many `cores` (all there are); where a piece does not hold, it is read again
    from the beginning, to name the first block at fault. Without `signatures` the verdicts noted on its envelopes are
    taken as they stand. With `events` only the events are applied, on one core.
    """
    file = Home.at(path).journal
    if file is None:
        raise FileNotFoundError("a market in memory is checked by its journal: verify_journal")
    cores = len(os.sched_getaffinity(0)) if cores is None else cores
    try:
        journal = Journal(file, writable=False)
    except Damaged as damaged:
        return Report(0, 0, 0, b"", damaged.height, str(damaged))
    try:
        wrong, cut = "", [] if events or cores == 1 else pieces_of(journal)
        if len(cut) > 1:
            found = _checked(file, cut, cores, progress, signatures=signatures)
            wrong = next((each.why for each in found if each.why), "")
            if not wrong:
                return _report(journal, cut[-1].ends, found)
        report = verify_journal(journal, progress, events=events, signatures=signatures)
        return replace(report, why=wrong) if report.good else report
    finally:
        journal.close()


def _report(journal: Journal, last: int, found: Sequence[Found]) -> Report:
    tip = journal.block(last)
    envelopes, outcomes = sum(each.envelopes for each in found), sum(each.outcomes for each in found)
    return Report(last, envelopes, outcomes, tip.hash if tip else bytes(32))


def pieces_of(journal: Journal) -> list[Piece]:
    """The journal cut at its snapshots; none where it is not worth it, or cannot be read."""
    try:
        last = journal.height()
        if journal.envelope_bytes() < WORTH:
            return []
        heights = [0, *(height for height in journal.snapshot_heights() if height < last), last]
    except Damaged:
        return []
    return [Piece(begins, ends) for begins, ends in pairwise(heights)]


def _checked(
    path: Path, pieces: Sequence[Piece], cores: int, progress: Progress | None, *, signatures: bool
) -> list[Found]:
    """What each piece of the journal at `path` comes to, so many checked at a time."""
    told, whole, done = Lock(), pieces[-1].ends, 0

    def tell(blocks: int) -> None:
        nonlocal done
        with told:
            done += blocks
            if progress:
                progress(done, whole)

    with ThreadPoolExecutor(cores, thread_name_prefix="bauhinia-piece") as pool:
        waiting = [pool.submit(_ask, path, piece, signatures, tell) for piece in pieces]
        return [each.result() for each in waiting]


def _ask(path: Path, piece: Piece, signatures: bool, tell: Callable[[int], None]) -> Found:
    """Have a process check a piece."""
    command = [sys.executable, "-m", "bauhinia.node.pieces", str(path), str(piece.begins), str(piece.ends)]
    with subprocess.Popen(
        [*command, "signed" if signatures else "noted"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        for line in process.stdout or ():
            word, _, rest = line.strip().partition(" ")
            if word == "done":
                tell(int(rest))
            elif word == "good":
                envelopes, outcomes = map(int, rest.split())
                return Found(envelopes, outcomes)
            else:
                return Found(0, 0, rest or line)
    return Found(0, 0, "a process that checked a piece ended")


def check_piece(journal: Journal, piece: Piece, verifier: Verifier | None, tell: Callable[[int], None]) -> Found:
    """Execute a piece, and hold its end against the snapshot there, where there is one."""
    check = Check(_begin(journal, piece.begins))
    since = 0
    for stored, verification in ahead(journal, piece.begins + 1, piece.ends, verifier):
        check.block(stored, verification, events=False, last=stored.height == piece.ends)
        since += 1
        if since == STEP:
            tell(since)
            since = 0
    tell(since)
    snapshot_root = journal.snapshot_root(piece.ends)
    if check.state and snapshot_root is not None:
        if state_root(check.state) != snapshot_root:
            raise Damaged(0, f"the snapshot after block {piece.ends} is not what its blocks come to")
        if piece.ends == journal.height():  # that of another is read where the next piece begins
            from_snapshot(journal, piece.ends)
    return Found(check.envelopes, check.outcomes)


def _begin(journal: Journal, height: int) -> State:
    genesis = journal.genesis()
    state = from_snapshot(journal, height) if height else None
    if state is not None and state.settings.ledger != genesis.ledger:
        raise Damaged(0, f"the snapshot after block {height} is of another ledger")
    return state or begin(genesis)


def main() -> None:
    """Check one piece, as a process: the journal's file, where the piece begins and ends, signed or noted."""
    path, begins, ends, how = sys.argv[1:]

    def tell(blocks: int) -> None:
        print("done", blocks, flush=True)

    settle_down()
    verifier = Verifier(0) if how == "signed" else None
    try:
        journal = Journal(Path(path), writable=False)
        found = check_piece(journal, Piece(int(begins), int(ends)), verifier, tell)
    except Damaged as damaged:
        print("bad", damaged, flush=True)
        return
    print("good", found.envelopes, found.outcomes, flush=True)


if __name__ == "__main__":
    main()
