"""The folder in which a market lives, and the lock that keeps a second process out of it."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path

from nacl.signing import SigningKey

from bauhinia.node import keys
from bauhinia.node.journal import FILE, MEMORY, Journal

LOCK, NODE_KEY, PERSONAL, VIEWS = "lock", "node.key", "personal.sqlite", "views.sqlite"


class InUse(Exception):
    """Another process has the folder open."""

    def __init__(self, folder: Path, holder: str) -> None:
        self.folder, self.holder = folder, holder

    def __str__(self) -> str:
        return f"{self.folder} is in use" + (f" by process {self.holder}" if self.holder else "")


@dataclass(slots=True)
class Home:
    """Where a market's files are: `folder` is None for one in memory. It holds the journal with the ledger's secret,
    and the node's own key, so it is its owner's alone."""

    folder: Path | None
    _lock: int = field(default=-1, repr=False)

    @classmethod
    def at(cls, path: str | Path) -> Home:
        """The folder of this path, or ":memory:"."""
        return cls(None if str(path) == MEMORY else Path(path))

    @property
    def journal(self) -> Path | None:
        """The journal's file."""
        return None if self.folder is None else self.folder / FILE

    @property
    def personal(self) -> Path | None:
        """The file of personal data."""
        return None if self.folder is None else self.folder / PERSONAL

    @property
    def begun(self) -> bool:
        """Whether a ledger has begun here."""
        return self.journal is not None and self.journal.exists()

    def lock(self) -> None:
        """Take the folder, making it where it is not there. InUse where another process has it."""
        if self.folder is None:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            raise InUse(self.folder, holder) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._lock = descriptor

    def unlock(self) -> None:
        """Let the folder go."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def node_key(self) -> SigningKey:
        """The key with which this node signs headers, made when first asked for."""
        if self.folder is None:
            return SigningKey.generate()
        path = self.folder / NODE_KEY
        if not path.exists():
            keys.save(keys.generate("node"), path)
        return keys.load(path).key

    def open_journal(self) -> Journal:
        return Journal(self.journal)
