"""Personal data beside the ledger, which holds only salted commitments to them; so they can be erased.

A file of its own, never copied by a backup of the ledger. What is erased is overwritten: a commitment whose salt is
gone can no longer be matched with a guess.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from secrets import token_bytes
from threading import RLock
from typing import Any

from bauhinia.node.publishing import Committed
from bauhinia.words.ids import PartyNumber

FILE = "personal.sqlite"
SALT_BYTES = 32
ERASED = "PersonalDataErased"  # the event that says a party's data are to go
SCHEMA = """
CREATE TABLE IF NOT EXISTS persons (
    party INTEGER PRIMARY KEY, salt BLOB NOT NULL, data BLOB NOT NULL, commitment BLOB NOT NULL
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
    """The side store. Subscribe `listen` to the market, after `seen`, and it erases what the ledger says is to go."""

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
        """The height of the last block that was listened to."""
        with self._lock:
            return int(self._database.execute("SELECT coalesce(max(height), 0) FROM seen").fetchone()[0])

    def put(self, party: PartyNumber, data: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """Keep a party's data in place of what was there; their salt, and the commitment for the ledger."""
        salt, written = token_bytes(SALT_BYTES), canonical(data)
        bound = sha256(salt + written).digest()
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO persons VALUES (?, ?, ?, ?)", (party, salt, written, bound))
        return salt, bound

    def get(self, party: PartyNumber) -> Personal | None:
        """A party's data; None where there are none, or none any more."""
        with self._lock:
            row = self._database.execute(
                "SELECT data, salt, commitment FROM persons WHERE party = ?", (party,)
            ).fetchone()
        return None if row is None else Personal(json.loads(row[0]), row[1], row[2])

    def matches(self, party: PartyNumber, bound: bytes) -> bool:
        """Whether what is kept of a party is what the ledger is bound to."""
        found = self.get(party)
        return found is not None and compare_digest(commitment(found.salt, found.data), bound)

    def erase(self, party: PartyNumber) -> bool:
        """Overwrite a party's data, and give the room back. Whether there were any."""
        with self._lock:
            found = self._database.execute("DELETE FROM persons WHERE party = ?", (party,)).rowcount
            if found:
                self._database.execute("VACUUM")
        return bool(found)

    def listen(self, block: Committed) -> None:
        """Erase what a block of the ledger says is to go. To be told twice does no harm."""
        erased = False
        for outcome in block.outcomes:
            for event in outcome.events:
                if type(event).__name__ == ERASED:
                    erased |= self.erase(event.party)
        if erased or block.height - self.seen >= SELDOM:
            with self._lock:
                self._database.execute("DELETE FROM seen")
                self._database.execute("INSERT INTO seen VALUES (?)", (block.height,))

    def close(self) -> None:
        with self._lock:
            self._database.close()


SELDOM = 1_000  # blocks without an erasure after which it is noted how far was listened
