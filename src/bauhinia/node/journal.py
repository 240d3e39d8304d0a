"""The journal: every block, its signed bytes and what came of them, durable before anyone is told.

One SQLite file in WAL mode with full sync; one transaction for a block, or for several. Beside the blocks stand the
genesis and the last snapshots. Writes go through one connection, reads through another, so a reader sees only what is
committed and never waits for the disk.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from bauhinia.machine.genesis import Genesis
from bauhinia.node.stored import Damaged, Stored
from bauhinia.words.codec import Malformed, decode, encode

FORMAT = b"bauhinia/journal/2"
MEMORY = ":memory:"
FILE = "journal.sqlite"
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (
    height INTEGER PRIMARY KEY, time INTEGER NOT NULL, header BLOB NOT NULL, hash BLOB NOT NULL,
    signature BLOB NOT NULL, told BLOB NOT NULL, body BLOB NOT NULL, outcomes BLOB NOT NULL, rows BLOB NOT NULL
);
CREATE TABLE snapshots (height INTEGER PRIMARY KEY, root BLOB NOT NULL, signature BLOB NOT NULL);
CREATE TABLE chunks (
    height INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (height, number)
) WITHOUT ROWID;
"""
COLUMNS = "height, time, header, hash, signature, told, body, outcomes, rows"
INSERT = f"INSERT INTO blocks ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
PAGE = 64  # blocks read at a time
PROBE_BYTES = 1 << 16
CHECKPOINT_PAGES = 4_000  # of 4 KiB: how long the WAL grows before it is folded in


class NoRoom(Exception):
    """The disk does not take it, and nothing of it was written: full, over a quota, or failing."""


class Journal:
    """An open journal. What is written is durable, and seen by readers, from `commit` on."""

    def __init__(self, path: Path | None, *, writable: bool = True) -> None:
        """`path` is the file; None a journal in memory. Damaged where the file is no journal."""
        self.path = path
        self._write = _connect(path, writable=writable)
        if path is not None and path.stat().st_size % self._write.execute("PRAGMA page_size").fetchone()[0]:
            self._write.close()
            raise Damaged(0, "the journal's file is broken: it is cut off within a page")
        self._read = self._write if path is None else _connect(path, writable=False)
        self._writing, self._reading = RLock(), RLock()
        if path is None:
            self._reading = self._writing
        self._under_way = False

    @classmethod
    def create(cls, path: Path | None, genesis: Genesis) -> Journal:
        """A new journal, wholly there or not at all; FileExistsError where there is one."""
        rows = [("format", FORMAT), ("genesis", encode(genesis))]
        if path is None:
            journal = cls(None)
            _begin_tables(journal._write, rows)
            return journal
        if path.exists():
            raise FileExistsError(f"there is a journal at {path}")
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(part)) as connection:
            _begin_tables(connection, rows)
        sync(part)
        part.rename(path)
        sync(path.parent)
        return cls(path)

    def genesis(self) -> Genesis:
        """What the ledger is made of. Damaged where it is not there."""
        try:
            found = dict(self._all("SELECT name, value FROM meta"))
            if found.get("format") != FORMAT:
                raise Damaged(0, "not a journal of this version")
            return decode(Genesis, found["genesis"])
        except (KeyError, Malformed) as wrong:
            raise Damaged(0, f"the genesis was altered: {wrong}") from None

    def height(self) -> int:
        """Of the last block; zero before the first."""
        return int(self._all("SELECT coalesce(max(height), 0) FROM blocks")[0][0])

    def block(self, height: int) -> Stored | None:
        rows = self._all(f"SELECT {COLUMNS} FROM blocks WHERE height = ?", height)
        return Stored(*rows[0]) if rows else None

    def blocks(self, first: int = 1, last: int | None = None) -> Iterator[Stored]:
        """Blocks from `first` up to and with `last`, in order. Damaged where one is missing in between."""
        query = f"SELECT {COLUMNS} FROM blocks WHERE height >= ? AND height <= ? ORDER BY height LIMIT ?"
        last = self.height() if last is None else last
        while first <= last:
            rows = self._all(query, first, last, PAGE)
            if not rows:
                raise Damaged(first, "it is missing")
            for row in rows:
                if row[0] != first:
                    raise Damaged(first, "it is missing")
                yield Stored(*row)
                first += 1

    def headers(self, first: int, last: int) -> list[bytes]:
        """The bytes of the headers from `first` up to and with `last`."""
        query = "SELECT header FROM blocks WHERE height BETWEEN ? AND ? ORDER BY height"
        return [header for (header,) in self._all(query, first, last)]

    def write(self, stored: Stored) -> None:
        """Write a block into the transaction under way, or begin one. NoRoom where the disk does not take it."""
        row = (
            stored.height,
            stored.time,
            stored.header,
            stored.hash,
            stored.signature,
            stored.told,
            stored.body,
            stored.outcomes,
            stored.rows,
        )
        with self._or_nothing():
            self._begin()
            self._write.execute(INSERT, row)

    def commit(self) -> None:
        """Make durable what was written. NoRoom where it cannot be: none of it then stands."""
        with self._or_nothing():
            if self._under_way:
                self._write.execute("COMMIT")
                self._end()

    def rollback(self) -> None:
        """Forget what was written and not committed."""
        if self._under_way:
            try:
                if self._write.in_transaction:
                    self._write.execute("ROLLBACK")
            finally:
                self._end()

    def probe(self) -> None:
        """Write something that is then taken away again. NoRoom where the disk does not take it."""
        with self._or_nothing():
            self._begin()
            self._write.execute("INSERT OR REPLACE INTO meta VALUES ('probe', randomblob(?))", (PROBE_BYTES,))
            self._write.execute("COMMIT")
            self._write.execute("DELETE FROM meta WHERE name = 'probe'")
            self._end()

    def put_snapshot(
        self, height: int, root: bytes, signature: bytes, chunks: Sequence[bytes], keep: int, older: int = 0
    ) -> None:
        """Write a snapshot. Kept are the last `keep`, and of those before at most `older`, spread over the whole
        journal. NoRoom where the disk does not take it."""
        with self._or_nothing():
            self._begin()
            self._write.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", (height, root, signature))
            rows = [(height, number, chunk) for number, chunk in enumerate(chunks)]
            self._write.executemany("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)", rows)
            heights = [each for (each,) in self._write.execute("SELECT height FROM snapshots ORDER BY height")]
            for gone in _spread(heights[:-keep], older):
                self._write.execute("DELETE FROM chunks WHERE height = ?", (gone,))
                self._write.execute("DELETE FROM snapshots WHERE height = ?", (gone,))
            self._write.execute("COMMIT")
            self._end()

    def snapshot_height(self) -> int:
        """Of the last snapshot; zero where there is none."""
        return int(self._all("SELECT coalesce(max(height), 0) FROM snapshots")[0][0])

    def snapshot_heights(self) -> list[int]:
        """After which blocks there are snapshots."""
        return [height for (height,) in self._all("SELECT height FROM snapshots ORDER BY height")]

    def snapshot_root(self, height: int) -> bytes | None:
        """The root of the snapshot after a block, as noted; None where there is none."""
        found = self._all("SELECT root FROM snapshots WHERE height = ?", height)
        return bytes(found[0][0]) if found else None

    def envelope_bytes(self) -> int:
        """How many bytes of envelopes there are."""
        return int(self._all("SELECT coalesce(sum(length(body)), 0) FROM blocks")[0][0])

    def snapshot(self, at_most: int | None = None) -> tuple[int, bytes, bytes, list[bytes]] | None:
        """The last snapshot, of a height of `at_most` if given: its height, root, signature and chunks."""
        most = (1 << 62) if at_most is None else at_most
        query = "SELECT height, root, signature FROM snapshots WHERE height <= ? ORDER BY height DESC LIMIT 1"
        found = self._all(query, most)
        if not found:
            return None
        height, root, signature = found[0]
        chunks = self._all("SELECT data FROM chunks WHERE height = ? ORDER BY number", height)
        return height, root, signature, [chunk for (chunk,) in chunks]

    def backup(self, into: Path) -> None:
        """Copy the journal as it is now committed into a new file, while blocks go on being written."""
        os.close(os.open(into, os.O_CREAT | os.O_EXCL, 0o600))
        source = self._write if self.path is None else _connect(self.path, writable=False)
        try:
            with closing(sqlite3.connect(into)) as target, self._writing if self.path is None else _nothing():
                source.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
        finally:
            if source is not self._write:
                source.close()
        sync(into)
        sync(into.parent)

    def check_file(self) -> None:
        """Damaged where SQLite finds its own structures broken."""
        found = [text for (text,) in self._all("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise Damaged(0, "the journal's file is broken: " + "; ".join(found))

    def close(self) -> None:
        with self._writing:
            self.rollback()
            if self._read is not self._write:
                self._read.close()
            self._write.close()

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._reading:
            try:
                return self._read.execute(query, values).fetchall()
            except sqlite3.OperationalError as wrong:
                raise Damaged(0, f"the journal cannot be read: {wrong}") from None
            except sqlite3.DatabaseError as wrong:
                raise Damaged(0, f"the journal's file is broken: {wrong}") from None

    def _begin(self) -> None:
        if not self._under_way:
            self._writing.acquire()
            self._under_way = True
            self._write.execute("BEGIN IMMEDIATE")

    def _end(self) -> None:
        self._under_way = False
        self._writing.release()

    @contextmanager
    def _or_nothing(self) -> Iterator[None]:
        """All of it, or none and NoRoom."""
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as wrong:
            with suppress(sqlite3.DatabaseError):  # what SQLite cannot roll back now, it does when next opened
                self.rollback()
            raise NoRoom(f"the journal cannot be written: {wrong}") from None


def back_up(journal: Journal, into: Path) -> int:
    """Copy a journal into a new folder while blocks go on being written; its height. Damaged where the copy is not
    what it was made of."""
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    journal.backup(into / FILE)
    with closing(Journal(into / FILE, writable=False)) as copy:
        copy.check_file()
        height = copy.height()
        if copy.block(height) != journal.block(height) or copy.genesis() != journal.genesis():
            raise Damaged(height, "the copy differs from the journal")
        return height


def _begin_tables(connection: sqlite3.Connection, meta: list[tuple[str, bytes]]) -> None:
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta)
    connection.commit()


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _connect(path: Path | None, *, writable: bool) -> sqlite3.Connection:
    """A connection; Damaged where the file is no database."""
    if path is not None and not path.is_file():
        raise Damaged(0, f"there is no journal at {path}")
    try:
        if path is None:
            return sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False)
        mode = "rw" if writable else "ro"
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True, isolation_level=None, check_same_thread=False, timeout=30,
        )  # fmt: skip
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection
    except sqlite3.DatabaseError as wrong:
        raise Damaged(0, f"the journal's file cannot be opened, or is broken: {wrong}") from None


def _spread(heights: list[int], most: int) -> list[int]:
    """Those to forget so that no more than `most` are kept: each time the one that leaves the smallest gap."""
    kept, gone = [0, *heights], list[int]()
    while len(kept) - 1 > most:
        if len(kept) == 2:
            gone.append(kept.pop())
            continue
        at = min(range(1, len(kept) - 1), key=lambda each: kept[each + 1] - kept[each - 1])
        gone.append(kept.pop(at))
    return gone
