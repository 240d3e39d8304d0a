"""How an asker shows who it is: what it signs to ask, and what to open a session.

A request is signed in its header, for one party, one address and one moment:

    Authorization: Bauhinia party=7,key=<64 digits>,time=<microseconds>,sig=<128 digits>

The signature (Ed25519) is over `READS`, the ledger's 16 bytes, the party (u32) and the time (i64, little-endian), then
the method, a space and the path with its query as they are sent; then, where the request has a body, a zero byte and
the body's SHA-256 (32 bytes). It is good for a minute to either side of its time. It never changes the market: what
does is an envelope, with signatures of its own.

A session spares the signing: the asker signs a challenge that the door gave it, and gets a token for a short while.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from bauhinia.words.dates import MINUTE
from bauhinia.words.ids import Micros, PartyNumber

SCHEME = "Bauhinia"
READS = b"bauhinia/reads/1\0"
OPENS = b"bauhinia/opens/1\0"
GOOD_FOR: Micros = MINUTE
COOKIE = "bauhinia"
_HEAD = Struct("<16sIq")
_HEADER = re.compile(
    rf"{SCHEME} +party=([0-9]{{1,9}}), *key=([0-9a-f]{{64}}), *time=([0-9]{{1,18}}), *sig=([0-9a-f]{{128}})"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed request's header says; nothing is verified yet."""

    party: PartyNumber
    key: bytes
    time: Micros
    signature: bytes

    def header(self) -> str:
        """The header's value."""
        return f"{SCHEME} party={self.party},key={self.key.hex()},time={self.time},sig={self.signature.hex()}"


@dataclass(slots=True)
class Challenge:
    """What the door asks to have signed, hexadecimal, and until when."""

    challenge: str
    until: Micros


@dataclass(slots=True)
class Answer:
    """A challenge, signed: `key` and `signature` as bytes."""

    party: PartyNumber
    key: bytes
    challenge: str
    signature: bytes


@dataclass(slots=True)
class Session:
    """A token that stands for a party, for reading, until a moment."""

    token: str
    party: PartyNumber
    until: Micros


def read_header(text: str) -> Claim | None:
    """The claim of a header, None where it is not written as one."""
    found = _HEADER.fullmatch(text.strip())
    if found is None:
        return None
    return Claim(PartyNumber(int(found[1])), bytes.fromhex(found[2]), int(found[3]), bytes.fromhex(found[4]))


def read_signed(ledger: bytes, party: int, time: Micros, method: str, target: str, body: bytes = b"") -> bytes:
    """What is signed to ask: `target` is the path with its query, `body` what is sent with it."""
    asked = READS + _HEAD.pack(ledger, party, time) + f"{method.upper()} {target}".encode()
    return asked + b"\0" + sha256(body).digest() if body else asked


def open_signed(ledger: bytes, party: int, challenge: str) -> bytes:
    """What is signed to open a session."""
    return OPENS + _HEAD.pack(ledger, party, 0) + challenge.encode()
