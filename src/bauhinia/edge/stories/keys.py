"""Play keys: the key of each person of each party of a story follows from the two names, so that everyone has it.

A play key guards nothing: whoever reads a story can sign for everyone in it. That is what a story is for, and why the
keys of a real market never come from here.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from nacl.signing import SigningKey

from bauhinia.ledger.parties import Key

PLAY = b"bauhinia/play-key/1\0"


@cache
def play_key(party: str, person: str) -> SigningKey:
    """The Ed25519 key whose seed is SHA-256 of `bauhinia/play-key/1`, a zero byte, the party's name, a zero byte and
    the person's name, in UTF-8."""
    return SigningKey(sha256(PLAY + party.encode() + b"\0" + person.encode()).digest())


def public_keys(party: str, persons: tuple[str, ...]) -> tuple[Key, ...]:
    """The public play keys of a party's persons."""
    return tuple(Key(bytes(play_key(party, person).verify_key), person) for person in persons)


def play_secret(title: str) -> bytes:
    """The 32 bytes that salt what is proved on a story's ledger; as public as the keys."""
    return sha256(b"bauhinia/play-secret/1\0" + title.encode()).digest()
