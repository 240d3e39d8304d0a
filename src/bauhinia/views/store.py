"""The views: projections of the event stream in an SQLite file of their own, so that no query waits for settlement.

Blocks are applied in order, each in one transaction, by one writer; readers on other threads see whole blocks. The
file can be thrown away at any time: the journal makes it anew.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bauhinia.ledger.parties import Role
from bauhinia.machine.block import Header
from bauhinia.machine.events import event_bytes
from bauhinia.machine.genesis import Genesis
from bauhinia.machine.steps import Outcome, StepKind
from bauhinia.rules.market import TimeSet
from bauhinia.rules.onboarding import PartyRegistered
from bauhinia.rules.step import Audience
from bauhinia.views import tables
from bauhinia.views.cover import PROJECTIONS, bond_of
from bauhinia.views.projection import Projection
from bauhinia.views.tables import PART, plain_part
from bauhinia.words.ids import EVERYONE, NO_PARTY, PartyNumber
from bauhinia.words.reasons import must


class Committed(Protocol):
    """A block that is in the journal, and what came of it."""

    @property
    def height(self) -> int: ...
    @property
    def header(self) -> Header: ...
    @property
    def outcomes(self) -> Sequence[Outcome]: ...
    @property
    def rows(self) -> Iterable[tuple[int, int, int, int]]: ...


@dataclass(slots=True)
class Reader:
    """A thread's connection; `busy` while it answers a question."""

    db: sqlite3.Connection
    busy: threading.Lock = field(default_factory=threading.Lock)


class Views:
    """The projections of one ledger. `height` is the last block they hold; 0 before the first.

    Views whose file was made by another version of the tables are emptied when opened, and wait for `rebuild`.
    """

    def __init__(self, path: str | Path, genesis: Genesis) -> None:
        self.path = str(path)
        self._mine = threading.local()
        self._readers: list[Reader] = []
        self._closed = False
        self._lock = threading.Lock()  # of the writer
        self._door = threading.Lock()  # of who comes to read for the first time
        self._writer = self._connect()
        self._projection = Projection(self._writer)
        self._cursors: dict[int, int] = {}
        self._event = 0
        self._genesis = genesis
        if self._stored("ledger") != genesis.ledger.hex() or self._version() != tables.version():
            self._clear()
        self.height = int(self._stored("height"))
        self._event = self._writer.execute("SELECT ifnull(max(number), 0) FROM events").fetchone()[0]

    def apply(self, committed: Committed) -> bool:
        """Project a block; False where it was projected before. Fault where one before it is missing.

        One transaction: on an exception nothing of the block is kept.
        """
        with self._lock:
            if committed.height <= self.height:
                return False
            must(committed.height == self.height + 1, "projected out of order:", committed.height, "after", self.height)
            header = committed.header
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                self._projection.open_positions(committed.rows)
                self._project(committed.height, committed.outcomes)
                self._projection.positions(committed.rows)
                self._note(committed.height, header.time, header.hash.hex(), header.protocol)
                self._projection.flush()
                self._writer.execute("COMMIT")
            except BaseException:
                self._undo()
                raise
            self.height = committed.height
            return True

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the views, whatever is written meanwhile. One a thread."""
        reader: Reader | None = getattr(self._mine, "reader", None)
        if reader is None:
            reader = self._mine.reader = self._reader()
        if reader.db.in_transaction:  # a query asked within another sees the same moment
            yield reader.db
            return
        with reader.busy:
            reader.db.execute("BEGIN")
            try:
                yield reader.db
            finally:
                reader.db.execute("COMMIT")

    def _reader(self) -> Reader:
        """The connection of a thread that has not asked before."""
        with self._door:
            must(not self._closed, "the views are closed")
            db = self._connect()
            db.execute("PRAGMA query_only = ON")
            self._readers.append(Reader(db))
            return self._readers[-1]

    def close(self) -> None:
        """Close every connection, each once its question is answered; who asks after that is failed."""
        with self._door:
            self._closed = True
            for reader in self._readers:
                with reader.busy:
                    reader.db.close()
            self._readers.clear()
        with self._lock:
            self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=512)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # what a crash takes from the end is projected again
        db.execute("PRAGMA busy_timeout = 10000")
        return db

    def _stored(self, name: str) -> str:
        try:
            found = tables.META.find(self._writer, name)
        except sqlite3.OperationalError:  # no tables yet
            return ""
        return found.value if found else ""

    def _version(self) -> int:
        return int(self._writer.execute("PRAGMA user_version").fetchone()[0])

    def _clear(self) -> None:
        """Make the tables anew, with what a ledger holds before its first block."""
        db, genesis = self._writer, self._genesis
        db.execute("BEGIN IMMEDIATE")
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            db.execute(f'DROP TABLE "{name}"')
        for statement in tables.schema():
            db.execute(statement)
        self._projection.say("ledger", genesis.ledger.hex())
        self._projection.say("name", genesis.name)
        self._projection.say("told", 0)
        self._note(0, genesis.time, "", 1)
        operator = PartyRegistered(
            PartyNumber(1), genesis.operator, "", "HK", (Role.OPERATOR,), genesis.keys, genesis.threshold, b""
        )
        first = [operator, *([TimeSet(genesis.time)] if genesis.told else [])]
        public: list[Audience] = [(EVERYONE,)] * len(first)
        self._project(0, [Outcome(StepKind.DUTY, 0, 0, genesis.time, 0, first, audiences=public)])
        self._projection.flush()
        db.execute(f"PRAGMA user_version = {tables.version()}")
        db.execute("COMMIT")

    def _note(self, height: int, time: int, head: str, protocol: int) -> None:
        for name, value in (("height", height), ("time", time), ("head", head), ("protocol", protocol)):
            self._projection.say(name, value)

    def _undo(self) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")
        self._projection.forget()
        self._cursors.clear()
        self._event = self._writer.execute("SELECT ifnull(max(number), 0) FROM events").fetchone()[0]

    def _project(self, height: int, outcomes: Iterable[Outcome]) -> None:
        """The events of a block: what each changes, and who may see it; and what was refused."""
        to, position = self._projection, 0
        to.height = height
        events: list[tuple[int, ...] | tuple[object, ...]] = []
        audience: list[tuple[int, int, int, int]] = []
        refused: list[tuple[object, ...]] = []
        for outcome in outcomes:
            to.time = outcome.time
            if outcome.code and outcome.kind is StepKind.COMMAND:
                text = PART.join(map(plain_part, outcome.parts))
                where = outcome.first, outcome.second
                refused.append((height, len(refused), outcome.party, outcome.time, *where, outcome.code, text))
            seen = outcome.audiences or [()] * len(outcome.events)
            for event, viewers in zip(outcome.events, seen, strict=True):
                project = PROJECTIONS.get(type(event))
                if project is not None:
                    project(to, event)
                self._event += 1
                asset = bond_of(to, event)
                events.append((self._event, height, position, outcome.time, asset, event_bytes([event])))
                audience += self._cursors_of(viewers, asset)
                position += 1
        self._writer.executemany(tables.EVENTS.insert, events)
        self._writer.executemany(tables.AUDIENCE.insert, audience)
        self._writer.executemany(tables.REFUSALS.insert, refused)

    def _cursors_of(self, viewers: Audience, asset: int) -> list[tuple[int, int, int, int]]:
        """A row for each viewer of the event under way: all together where anyone may see it."""
        found: list[tuple[int, int, int, int]] = []
        for viewer in (EVERYONE,) if EVERYONE in viewers else dict.fromkeys(viewers):
            if viewer == NO_PARTY:
                continue
            if viewer not in self._cursors:
                last = self._writer.execute("SELECT max(cursor) FROM audience WHERE viewer = ?", (viewer,)).fetchone()
                self._cursors[viewer] = last[0] or 0
            self._cursors[viewer] += 1
            found.append((viewer, self._cursors[viewer], self._event, asset))
        return found


def rebuild(views: Views, journal: Iterable[Committed]) -> int:
    """Project what the views have not seen of a journal, read from any height up to the next one on; how many blocks
    that were."""
    return sum(views.apply(committed) for committed in journal)
