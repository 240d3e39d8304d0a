"""What is public in a story: the play keys of everyone in it, and the ledger's secret.

A play key guards nothing: whoever reads a story can sign for everyone in it. That is what a story is for.
"""

from __future__ import annotations

from hashlib import sha256

from bauhinia.ledger.parties import Key
from bauhinia.node.keys import play_key


def public_keys(party: str, persons: tuple[str, ...]) -> tuple[Key, ...]:
    """The public play keys of a party's persons."""
    return tuple(play_key(party, person).public for person in persons)


def play_secret(title: str) -> bytes:
    """The 32 bytes that salt what is proved on a story's ledger; as public as the keys."""
    return sha256(b"bauhinia/play-secret/1\0" + title.encode()).digest()


def play_salt(name: str) -> bytes:
    """The salt of the particulars of a natural person in a story."""
    return sha256(b"bauhinia/play-salt/1\0" + name.encode()).digest()
