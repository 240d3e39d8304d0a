"""The envelope in which a party sends commands: a fixed frame, read without decoding what is in it.

``"BAU1" | ledger id 16 | party u32 | nonce u64 | good-until i64 | n u8 | n x (public key 32, signature 64) |
length u32 | body``, all numbers little-endian. Each of the n keys signs `DOMAIN` and then the frame without its
keys and signatures, so signing is a question of bytes alone and any core may answer it ahead of time. The body is
one command or more, each ``tag u16 | length u32 | canonical bytes``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from bauhinia.words.codec import Malformed
from bauhinia.words.ids import Micros, PartyNumber

MAGIC = b"BAU1"
DOMAIN = b"bauhinia/envelope/1\0"
HEAD = struct.Struct("<4s16sIQqB")
SLOT = 96  # a public key and a signature
LENGTH = struct.Struct("<I")
ITEM = struct.Struct("<HI")
LARGEST_BODY = 1 << 20
MOST_SIGNATURES = 16
MOST_COMMANDS = 1_024


@dataclass(slots=True)
class Envelope:
    """A frame taken apart, and the bytes that it was."""

    ledger: bytes
    party: PartyNumber
    nonce: int
    good_until: Micros
    signatures: list[tuple[bytes, bytes]]
    body: bytes
    raw: bytes

    @property
    def signed(self) -> bytes:
        """What each signature signs, the domain tag included; asked for once, where the signatures are verified."""
        start = HEAD.size + SLOT * len(self.signatures)
        return b"".join((DOMAIN, self.raw[: HEAD.size - 1], self.raw[start:]))


def signed_part(ledger: bytes, party: int, nonce: int, good_until: Micros, body: bytes) -> bytes:
    """The bytes that a signer signs."""
    head = HEAD.pack(MAGIC, ledger, party, nonce, good_until, 0)
    return b"".join((DOMAIN, head[:-1], LENGTH.pack(len(body)), body))


def seal(
    ledger: bytes, party: int, nonce: int, good_until: Micros, body: bytes, signatures: list[tuple[bytes, bytes]]
) -> bytes:
    """The frame with its signatures in place."""
    head = HEAD.pack(MAGIC, ledger, party, nonce, good_until, len(signatures))
    slots = b"".join(key + signature for key, signature in signatures)
    return b"".join((head, slots, LENGTH.pack(len(body)), body))


def unseal(data: bytes) -> Envelope:
    """A frame taken apart, or Malformed. Nothing is verified here."""
    if not HEAD.size + LENGTH.size <= len(data) <= HEAD.size + MOST_SIGNATURES * SLOT + LENGTH.size + LARGEST_BODY:
        raise Malformed(f"an envelope of {len(data)} bytes")
    magic, ledger, party, nonce, good_until, count = HEAD.unpack_from(data)
    if magic != MAGIC:
        raise Malformed("not an envelope")
    if not 1 <= count <= MOST_SIGNATURES:
        raise Malformed(f"{count} signatures")
    start = HEAD.size + count * SLOT
    if len(data) < start + LENGTH.size:
        raise Malformed("cut off among its signatures")
    (length,) = LENGTH.unpack_from(data, start)
    body = data[start + LENGTH.size :]
    if length != len(body):
        raise Malformed(f"a body of {length} bytes announced, {len(body)} there")
    slots = [data[at : at + SLOT] for at in range(HEAD.size, start, SLOT)]
    signatures = [(slot[:32], slot[32:]) for slot in slots]
    return Envelope(ledger, PartyNumber(party), nonce, good_until, signatures, body, data)


def pack_body(commands: Iterable[tuple[int, bytes]]) -> bytes:
    """The body that holds these commands, each a tag and its canonical bytes."""
    return b"".join(ITEM.pack(tag, len(data)) + data for tag, data in commands)


def unpack_body(body: bytes) -> list[tuple[int, bytes]]:
    """The commands of a body, or Malformed: at least one, nothing left over."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(body):
        if at + ITEM.size > len(body):
            raise Malformed("cut off between commands")
        tag, length = ITEM.unpack_from(body, at)
        at += ITEM.size
        if at + length > len(body):
            raise Malformed(f"command {len(found)} is cut off")
        found.append((tag, body[at : at + length]))
        at += length
    if not 1 <= len(found) <= MOST_COMMANDS:
        raise Malformed(f"{len(found)} commands in one envelope")
    return found
