"""A market that runs: envelopes come in from any thread, one thread makes blocks of them.

What came of an envelope is told to who sent it, and to the subscribers, once its block is durable and not before.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Lock, Thread, current_thread
from types import TracebackType
from typing import TypeVar, cast

from nacl.signing import SigningKey

from bauhinia.ledger.state import State
from bauhinia.machine.block import Applied, Block, Entry, apply_block
from bauhinia.machine.genesis import Genesis
from bauhinia.machine.snapshot import chunks, write_snapshot
from bauhinia.machine.steps import Outcome, StepKind
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal, NoRoom, back_up
from bauhinia.node.personal import PersonalData
from bauhinia.node.publishing import Committed, Publisher, Subscription, history
from bauhinia.node.recovery import Progress, recover
from bauhinia.node.sealing import sign_header, sign_snapshot
from bauhinia.node.stored import Damaged, store
from bauhinia.node.turns import Turns
from bauhinia.node.verify import SMALL, Verification, Verifier
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Reason
from bauhinia.words.tree import leaf_hash, root

T = TypeVar("T")
log = logging.getLogger("bauhinia.node")


def wall_clock() -> Micros:
    """Microseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1_000


class Halted(Exception):
    """The market takes nothing in, but may be read; `why` says what must be mended. `lasting` where only a new start
    helps; otherwise it tries again by itself when something is sent."""

    def __init__(self, why: str, *, lasting: bool = False) -> None:
        self.why, self.lasting = why, lasting

    def __str__(self) -> str:
        return self.why


class Busy(Exception):
    """More is waiting than the market holds: send it again later. Nothing was taken in."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a market runs. None of it changes what an envelope comes to.

    `block_size` envelopes a block at most; `waiting` envelopes may wait; `processes` verify signatures (None: one a
    core); a snapshot after so many blocks or envelopes, and on close. The last `snapshots_kept` are kept, and at most
    `snapshots_older` of those before, spread over the journal: from these it is verified in pieces. `retry` seconds
    between attempts at what is due while the disk takes nothing.
    """

    block_size: int = 1_000
    waiting: int = 100_000
    processes: int | None = None
    ahead: int = 2
    snapshot_blocks: int = 10_000
    snapshot_envelopes: int = 250_000
    snapshots_kept: int = 2
    snapshots_older: int = 8
    snapshot_on_close: bool = True
    retry: int = 5
    clock: Callable[[], Micros] = wall_clock


@dataclass(slots=True)
class Receipt:
    """What came of an envelope: an outcome for each of its commands (or one for all, if it was refused whole), and
    what these `caused` in the same block, which the sender may not be allowed to see all of. `header` is the hash of
    the block's header.

    At height 0 it was turned away at the door, malformed or signed wrongly: it stands in no block.
    """

    height: int
    index: int
    outcomes: list[Outcome]
    caused: list[Outcome]
    header: bytes


@dataclass(frozen=True, slots=True)
class Status:
    """How a market stands. `halted` says why it takes nothing in, or is empty."""

    height: int
    time: Micros
    waiting: int
    halted: str
    lasting: bool


Ticket = tuple[bytes, "Future[Receipt]"]


@dataclass(slots=True)
class Batch:
    """Envelopes taken for one block, their signatures being verified."""

    tickets: list[Ticket]
    verification: Verification


@dataclass(slots=True)
class Since:
    """What has come since the last snapshot."""

    blocks: int = 0
    envelopes: int = 0


def open_home(home: Home, genesis: Genesis | None) -> Journal:
    """The journal of a locked home, begun with `genesis` where there is none. FileNotFoundError where there is
    neither; Damaged where the journal is that of another ledger."""
    if not home.begun:
        if genesis is None:
            raise FileNotFoundError(f"no ledger has begun at {home.folder or 'memory'}, and no genesis was given")
        return Journal.create(home.journal, genesis)
    journal = home.open_journal()
    try:
        if genesis is not None and journal.genesis() != genesis:
            raise Damaged(0, f"the journal at {home.folder} is that of another ledger")
    except Damaged:
        journal.close()
        raise
    return journal


@dataclass(slots=True)
class _Inside:
    """What only the sequencer thread touches."""

    batches: deque[Batch] = field(default_factory=deque)
    since: Since = field(default_factory=Since)
    tried: float = 0.0  # when writing was last tried while halted; monotonic seconds


class Market:
    """A running market. `submit` and `read` are for any thread; blocks are made by one of its own."""

    def __init__(self, home: Home, journal: Journal, state: State, key: SigningKey, options: Options) -> None:
        """Use `create` or `open`."""
        self.options = options
        self._home, self._journal, self._state, self._key = home, journal, state, key
        self._turns = Turns()
        self._change = Condition()
        self._waiting: deque[Ticket] = deque()
        self._idle = self._closing = False
        self._halted: Halted | None = None
        self._unreadable: Halted | None = None
        self._inside = _Inside(since=Since(state.height - journal.snapshot_height()))
        self._verifier = Verifier(options.processes)
        self._publisher = Publisher(journal)
        self._beside, self._personal = Lock(), cast("PersonalData | None", None)
        if home.personal is not None and home.personal.exists():
            self._open_personal()
        self._thread = Thread(target=self._sequence, name="bauhinia-sequencer", daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, path: str | Path, genesis: Genesis, options: Options | None = None) -> Market:
        """Begin a ledger in a folder, or ":memory:". FileExistsError where one has begun; InUse."""
        if Home.at(path).begun:
            raise FileExistsError(f"a ledger has begun at {path}")
        return cls.open(path, genesis, options)

    @classmethod
    def open(
        cls,
        path: str | Path,
        genesis: Genesis | None = None,
        options: Options | None = None,
        progress: Progress | None = None,
    ) -> Market:
        """Open the ledger in a folder, begun with `genesis` where there is none: the last snapshot, then the blocks
        after it executed again. Damaged names what is wrong with its journal; InUse; FileNotFoundError."""
        home = Home.at(path)
        home.lock()
        try:
            journal = open_home(home, genesis)
            try:
                state = recover(journal, progress=progress)
                return cls(home, journal, state, home.node_key(), options or Options())
            except BaseException:
                journal.close()
                raise
        except BaseException:
            home.unlock()
            raise

    @property
    def genesis(self) -> Genesis:
        return self._journal.genesis()

    @property
    def ledger(self) -> bytes:
        """The ledger's identity, 16 bytes."""
        return self._state.settings.ledger

    @property
    def node_key(self) -> bytes:
        """The public key with which this node signs headers."""
        return self._key.verify_key.encode()

    @property
    def journal(self) -> Journal:
        """For reading: blocks, headers, proofs."""
        return self._journal

    @property
    def personal(self) -> PersonalData:
        """The personal data beside the ledger, erased as it says. Their file is made when they are first asked for."""
        with self._beside:
            return self._personal or self._open_personal()

    def submit(self, raw: bytes) -> Future[Receipt]:
        """Send one envelope. The receipt comes when its block is durable; Halted or Busy where it was not taken."""
        return self.submit_many((raw,))[0]

    def submit_many(self, raws: Iterable[bytes]) -> list[Future[Receipt]]:
        """Send envelopes in this order, each with a receipt of its own."""
        tickets: list[Ticket] = [(bytes(raw), Future()) for raw in raws]
        with self._change:
            refusal = self._refusal(len(tickets))
            if refusal is None:
                self._waiting.extend(tickets)
                self._idle = False
                self._change.notify_all()
        if refusal is not None:
            for _, future in tickets:
                future.set_exception(refusal)
        return [future for _, future in tickets]

    def read(self, ask: Callable[[State], T]) -> T:
        """What `ask` finds in the state, between two blocks. It must change nothing, and keep nothing mutable."""
        with self._turns:
            if self._unreadable is not None:
                raise self._unreadable
            return ask(self._state)

    def subscribe(self, tell: Callable[[Committed], None], after: int | None = None) -> Subscription:
        """Have `tell` called with every block after height `after` (None: from now on), each once and in order, by
        a thread of the market. It must not wait for receipts."""
        return self._publisher.subscribe(tell, self._journal.height() if after is None else after)

    def unsubscribe(self, subscription: Subscription) -> None:
        self._publisher.unsubscribe(subscription)

    def history(self, first: int = 1, last: int | None = None) -> Iterator[Committed]:
        """Committed blocks from `first` on, out of the journal."""
        return history(self._journal, first, last)

    def status(self) -> Status:
        height, now = self.read(lambda state: (state.height, state.time))
        halted = self._halted
        return Status(height, now, len(self._waiting), halted.why if halted else "", bool(halted and halted.lasting))

    def quiet(self, timeout: float | None = None) -> bool:
        """Wait until nothing is waiting, due or untold. False where that took longer than `timeout` seconds."""
        with self._change:
            quiet = self._change.wait_for(lambda: self._idle, timeout)
        if quiet:
            self._publisher.flush()
        return quiet

    def recover(self) -> None:
        """Try to write again after a halt. Raises what still stands in the way."""
        if self._halted is not None and not self._halted.lasting:
            self._journal.probe()
            self._halted = None
            with self._change:
                self._change.notify_all()
        if self._halted is not None:
            raise self._halted

    def backup(self, into: str | Path) -> int:
        """Copy the journal into a new folder while blocks go on being made; its height. The copy is checked.

        The node's key is left out: a market opened from the copy signs with one of its own. So are personal data,
        which could not be erased there.
        """
        return back_up(self._journal, Path(into))

    def close(self) -> None:
        """Finish what is waiting, write a snapshot, and let the folder go."""
        with self._change:
            if self._closing:
                return
            self._closing = True
            self._change.notify_all()
        if current_thread() is not self._thread:
            self._thread.join()
        if self.options.snapshot_on_close and self._halted is None and self._inside.since.blocks:
            self._snapshot()
        self._publisher.close()
        if self._personal is not None:
            self._personal.close()
        self._verifier.close()
        self._journal.close()
        self._home.unlock()

    def __enter__(self) -> Market:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_personal(self) -> PersonalData:
        personal = self._personal = PersonalData(self._home.personal)
        self.subscribe(personal.listen, after=personal.since(self._journal.height()))
        return personal

    def _refusal(self, more: int) -> Exception | None:
        """Why nothing is taken in now. A halt that may pass is tried anew by the sequencer."""
        if self._closing:
            return Halted("the market is closed", lasting=True)
        if self._halted is not None and self._halted.lasting:
            return self._halted
        if len(self._waiting) + more > self.options.waiting and self._waiting:
            return Busy(f"{len(self._waiting)} envelopes are waiting")
        return None

    # What follows runs in the sequencer thread.

    def _sequence(self) -> None:
        batches = self._inside.batches
        while True:
            if self._state.settings.told_time and self._due() == 0 and self._halted is None:
                self._make_block([], [])  # in told time a block's pages come before whatever is sent next
                continue
            while len(batches) <= self.options.ahead and (batch := self._take(wait=not batches)):
                batches.append(batch)
            if batches:
                self._admit(batches.popleft())
            elif self._due() == 0:
                self._make_block([], [])
            elif self._closing:
                break
        with self._change:
            self._idle = True
            self._change.notify_all()

    def _take(self, *, wait: bool) -> Batch | None:
        """Envelopes for a block. None where there are none and something is due; or, not waiting, few."""
        with self._change:
            while not self._waiting and wait:
                delay = self._due()
                if delay == 0 or self._closing:
                    return None
                self._idle = True
                self._change.notify_all()
                self._change.wait(delay)
            self._idle = False
            if len(self._waiting) < (1 if wait else SMALL):
                return None
            count = min(len(self._waiting), self.options.block_size)
            tickets = [self._waiting.popleft() for _ in range(count)]
        tickets = [ticket for ticket in tickets if ticket[1].set_running_or_notify_cancel()]
        return Batch(tickets, self._verifier.start([raw for raw, _ in tickets]))

    def _due(self) -> float | None:
        """Seconds until a block must be made though nothing is sent; zero for now, None for never."""
        if self._halted is not None and self._halted.lasting:
            return None
        days, now = self._state.days, self.options.clock()
        at: float | None = None
        if days.paged:
            at = 0.0
        elif days.agenda:
            due = days.agenda[0][0]
            if self._state.settings.told_time:
                at = 0.0 if due <= self._state.time else None
            else:
                at = max(due - now, 0) / 1_000_000
        if at is not None and self._halted is not None:
            at = max(at, self._inside.tried + self.options.retry - time.monotonic(), 0.0)
        return at

    def _admit(self, batch: Batch) -> None:
        """Turn away what is malformed or signed wrongly: strangers leave no trace. Make a block of the others."""
        entries: list[Entry] = []
        futures: list[Future[Receipt]] = []
        for entry, (_, future) in zip(batch.verification.entries(), batch.tickets, strict=True):
            if entry.verdict is None:
                entries.append(entry)
                futures.append(future)
            else:
                future.set_result(turned_away(entry.verdict, self._state.time))
        if entries:
            self._make_block(entries, futures)

    def _make_block(self, entries: list[Entry], futures: list[Future[Receipt]]) -> None:
        """Apply, write, commit; then tell. Where that fails nobody is told anything but that it failed."""
        try:
            self._retry()
            with self._turns:
                applied = self._apply(entries)
        except Halted as halted:
            for future in futures:
                future.set_exception(halted)
            return
        header_hash = self._state.previous
        for receipt, future in zip(receipts(applied, header_hash, len(entries)), futures, strict=True):
            future.set_result(receipt)
        self._publisher.publish(Committed(applied.header.height, applied.header, applied.outcomes, applied.rows))
        since = self._inside.since
        since.blocks += 1
        since.envelopes += len(entries)
        if since.blocks >= self.options.snapshot_blocks or since.envelopes >= self.options.snapshot_envelopes:
            self._snapshot()

    def _apply(self, entries: list[Entry]) -> Applied:
        """A block, applied and durable; Halted where it is not, the state then being what the journal says."""
        state = self._state
        block = Block(state.height + 1, self.options.clock(), entries)
        try:
            applied = apply_block(state, block)
            self._journal.write(store(block, applied, sign_header(self._key, state.previous)))
            self._journal.commit()
        except NoRoom as wrong:
            raise self._halt(Halted(str(wrong))) from wrong
        except Exception as fault:
            self._journal.rollback()
            log.exception("block %d failed and was not written: the market stops", block.height)
            raise self._halt(Halted(f"block {block.height} failed: {fault!r}", lasting=True)) from fault
        return applied

    def _halt(self, halted: Halted) -> Halted:
        """Throw the state away, which is ahead of the journal, and take the journal's."""
        self._halted = halted
        self._inside.tried = time.monotonic()
        try:
            self._state = recover(self._journal)
        except Exception as wrong:
            log.exception("the journal cannot be read: the market stops")
            self._halted = self._unreadable = Halted(f"{halted}; then its journal: {wrong}", lasting=True)
        return self._halted

    def _retry(self) -> None:
        """Where writing failed before, find out whether it works again. Halted where it does not."""
        if self._halted is None:
            return
        if self._halted.lasting:
            raise self._halted
        try:
            self._journal.probe()
        except NoRoom as wrong:
            self._inside.tried = time.monotonic()
            self._halted = Halted(str(wrong))
            raise self._halted from wrong
        self._halted = None

    def _snapshot(self) -> None:
        """Write the state down. A disk that does not take it is told by the next block."""
        state, parts = self._state, chunks(write_snapshot(self._state))
        snapshot_root = root([leaf_hash(part) for part in parts])
        signature = sign_snapshot(self._key, state.height, snapshot_root)
        self._inside.since = Since()
        try:
            kept, older = self.options.snapshots_kept, self.options.snapshots_older
            self._journal.put_snapshot(state.height, snapshot_root, signature, parts, kept, older)
        except NoRoom as wrong:
            log.warning("no snapshot after block %d: %s", state.height, wrong)


def turned_away(reason: Reason, now: Micros) -> Receipt:
    """The receipt of an envelope that came into no block."""
    return Receipt(0, 0, [Outcome(StepKind.COMMAND, 0, 0, now, reason, [])], [], b"")


def receipts(applied: Applied, header_hash: bytes, count: int) -> list[Receipt]:
    """The receipts of a block's envelopes, in their order."""
    height = applied.header.height
    found = [Receipt(height, index, [], [], header_hash) for index in range(count)]
    current: Receipt | None = None
    for outcome in applied.outcomes:
        if outcome.kind is StepKind.COMMAND:
            current = found[outcome.first]
            current.outcomes.append(outcome)
        elif current is not None:
            current.caused.append(outcome)
    return found
