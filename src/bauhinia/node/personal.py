"""Personal data beside the ledger, which holds only salted commitments to them; so they can be erased.

A file of its own, never copied by a backup of the ledger. Data count once the ledger is bound to them: those put in
before it is wait beside those that it binds, and what it binds no more is overwritten. What is erased is overwritten
too: a commitment whose salt is gone can no longer be matched with a guess.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from threading import RLock
from typing import Any

from bauhinia.node.publishing import Committed
from bauhinia.rules.registers import HolderDataRecorded, PersonalDataErased
from bauhinia.words.ids import PartyNumber

SALT_BYTES = 32
SELDOM = 1_000  # blocks without an erasure after which it is noted how far was listened
SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    number INTEGER PRIMARY KEY, party INTEGER NOT NULL, commitment BLOB NOT NULL, salt BLOB NOT NULL,
    data BLOB NOT NULL, UNIQUE (party, commitment)
);
CREATE TABLE IF NOT EXISTS seen (height INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Personal:
    """What is known of a party's person: name, address, whatever a register must show; with what binds it."""

    data: dict[str, Any]
    salt: bytes
    commitment: bytes


def canonical(data: Mapping[str, Any]) -> bytes:
    """The bytes that are committed to: JSON with sorted keys, no spaces, UTF-8. ValueError where it has none."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def commitment(salt: bytes, data: Mapping[str, Any]) -> bytes:
    """SHA-256 of the salt and the canonical data: what the ledger holds."""
    return sha256(salt + canonical(data)).digest()


class PersonalData:
    """The side store. Subscribe `listen` to the market, after `since`, and it erases what the ledger says is to go."""

    def __init__(self, path: Path | None) -> None:
        """`path` is the file, made where it is not there; None keeps it in memory."""
        if path is not None and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        self._lock = RLock()
        self._database = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        self._database.execute("PRAGMA secure_delete = ON")
        self._database.execute("PRAGMA journal_mode = DELETE")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(SCHEMA)

    @property
    def seen(self) -> int:
        """The height of a block up to which all was listened to."""
        with self._lock:
            return int(self._database.execute("SELECT coalesce(max(height), 0) FROM seen").fetchone()[0])

    def since(self, height: int) -> int:
        """The block after which to listen: where it was left, or `height` where the store is new."""
        with self._lock:
            if self._database.execute("SELECT count(*) FROM seen").fetchone()[0] == 0:
                self._note(height)
            return self.seen

    def put(
        self, party: PartyNumber, data: Mapping[str, Any], *, salt: bytes = b"", bound: bytes = b""
    ) -> tuple[bytes, bytes]:
        """Keep a party's data; their salt, and the commitment for the ledger. `bound` is the ledger's present one: what
        else was put in before goes. A salt of our own is made where none is given."""
        salt, written = salt or token_bytes(SALT_BYTES), canonical(data)
        binding = sha256(salt + written).digest()
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(
                "DELETE FROM kept WHERE party = ? AND commitment NOT IN (?, ?)", (party, bound, binding)
            )
            self._database.execute(
                "INSERT OR REPLACE INTO kept VALUES (NULL, ?, ?, ?, ?)", (party, binding, salt, written)
            )
            self._database.execute("COMMIT")
        return salt, binding

    def get(self, party: PartyNumber, bound: bytes | None = None) -> Personal | None:
        """A party's data that a commitment binds, the latest where none is given; None where there are none, or none
        any more."""
        with self._lock:
            row = self._database.execute(
                "SELECT data, salt, commitment FROM kept WHERE party = ?1 AND (?2 IS NULL OR commitment = ?2)"
                " ORDER BY number DESC LIMIT 1",
                (party, bound),
            ).fetchone()
        return None if row is None else Personal(json.loads(row[0]), row[1], row[2])

    def erase(self, party: PartyNumber) -> bool:
        """Overwrite a party's data, and give the room back. Whether there were any."""
        with self._lock:
            found = self._database.execute("DELETE FROM kept WHERE party = ?", (party,)).rowcount
            if found:
                self._database.execute("VACUUM")
        return bool(found)

    def listen(self, block: Committed) -> None:
        """Erase what a block of the ledger says is to go, or binds no more. To be told twice does no harm."""
        erased = False
        for outcome in block.outcomes:
            for event in outcome.events:
                if isinstance(event, PersonalDataErased):
                    erased |= self.erase(event.party)
                elif isinstance(event, HolderDataRecorded):
                    self._replace(event.party, event.commitment)
        if erased or block.height - self.seen >= SELDOM:
            with self._lock:
                self._note(block.height)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _replace(self, party: PartyNumber, bound: bytes) -> None:
        """What stood before the data that the ledger is bound to now is overwritten."""
        found = "SELECT number FROM kept WHERE party = ?1 AND commitment = ?2"
        with self._lock:
            self._database.execute(f"DELETE FROM kept WHERE party = ?1 AND number < ({found})", (party, bound))

    def _note(self, height: int) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("DELETE FROM seen")
        self._database.execute("INSERT INTO seen VALUES (?)", (height,))
        self._database.execute("COMMIT")
