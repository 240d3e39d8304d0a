"""How a block stands in the journal: the bytes of its envelopes, its outcomes and the rows it changed, and back.

Beside the bytes that are hashed, an outcome is kept with who asked, who may see each event, and the parts of a
refusal's sentence, so that views are rebuilt without executing anything again.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from bauhinia.ledger.positions import WORDS
from bauhinia.machine.block import HEADER, HEADER_TAG, Applied, Block, Entry, Header, outcome_context
from bauhinia.machine.events import read_events
from bauhinia.machine.steps import OUTCOME, Outcome, StepKind
from bauhinia.node.verify import entry
from bauhinia.words.codec import Malformed
from bauhinia.words.ids import Micros, PartyNumber
from bauhinia.words.tree import leaf_hash, root, sealed_root

COUNT = struct.Struct("<I")
ENVELOPE = struct.Struct("<BI")  # verdict, length
TOLD = struct.Struct("<IIqHH")  # length of what is hashed, of what goes with it, who asked, events, parts
SIZES = struct.Struct("<II")  # the first two of TOLD
HASH_BYTES = 32


class Damaged(Exception):
    """A journal that was altered, or written by half. `height` is the block at fault; zero where it is no block."""

    def __init__(self, height: int, what: str) -> None:
        self.height, self.what = height, what

    def __str__(self) -> str:
        return f"block {self.height}: {self.what}" if self.height else self.what


@dataclass(slots=True)
class Stored:
    """A row of the journal. `time` is what the block was given; its header's time is the ledger's. `told` is the
    checksum of `outcomes`, of which the header binds only what is hashed. `signature` is the node's key and its
    signature of the header's hash."""

    height: int
    time: Micros
    header: bytes
    hash: bytes
    signature: bytes
    told: bytes
    body: bytes
    outcomes: bytes
    rows: bytes


@dataclass(slots=True)
class Told:
    """An outcome as kept: the bytes that are hashed, and what goes with them."""

    data: bytes
    party: PartyNumber
    audiences: list[tuple[PartyNumber, ...]]
    parts: tuple[str, ...]

    def outcome(self) -> Outcome:
        """The outcome; the parts of its sentence are texts now."""
        kind, first, second, time, code = OUTCOME.unpack_from(self.data)
        events = read_events(self.data[OUTCOME.size :])
        return Outcome(StepKind(kind), first, second, time, code, events, self.parts, self.audiences, self.party)


def pack_entries(entries: Sequence[Entry]) -> bytes:
    """The envelopes of a block with their verdicts, so that a restart need not verify again."""
    parts = [COUNT.pack(len(entries))]
    for each in entries:
        parts.append(ENVELOPE.pack(each.verdict or 0, len(each.raw)))
        parts.append(each.raw)
    return b"".join(parts)


def unpack_raws(body: bytes) -> list[tuple[int, bytes]]:
    """The verdict and the bytes of each envelope; Malformed where the body is not one."""
    try:
        (count,), at, found = COUNT.unpack_from(body), COUNT.size, list[tuple[int, bytes]]()
        for _ in range(count):
            verdict, length = ENVELOPE.unpack_from(body, at)
            at += ENVELOPE.size
            found.append((verdict, body[at : at + length]))
            at += length
    except struct.error as wrong:
        raise Malformed(f"the envelopes of a block: {wrong}") from None
    if at != len(body):
        raise Malformed("the envelopes of a block are cut off, or more than announced")
    return found


def unpack_entries(body: bytes) -> list[Entry]:
    """The entries of a block as they were judged."""
    return [entry(raw, verdict) for verdict, raw in unpack_raws(body)]


def pack_outcomes(outcomes: Sequence[Outcome]) -> bytes:
    parts = [COUNT.pack(len(outcomes))]
    for each in outcomes:
        data, beside = each.to_bytes(), bytearray()
        for audience in each.audiences:
            beside += struct.pack(f"<H{len(audience)}q", len(audience), *audience)
        for part in each.parts:
            text = str(part).encode()
            beside += COUNT.pack(len(text)) + text
        head = TOLD.pack(len(data), len(beside), each.party, len(each.audiences), len(each.parts))
        parts += [head, data, bytes(beside)]
    return b"".join(parts)


def same_outcomes(data: bytes, outcomes: Sequence[Outcome]) -> bool:
    """Whether the outcomes of a block, as kept, are these in all that is hashed."""
    try:
        (count,), at = COUNT.unpack_from(data), COUNT.size
        if count != len(outcomes):
            return False
        for outcome in outcomes:
            length, beside = SIZES.unpack_from(data, at)
            at += TOLD.size
            if data[at : at + length] != outcome.to_bytes():
                return False
            at += length + beside
    except struct.error:
        return False
    return at == len(data)


def unpack_outcomes(data: bytes) -> list[Told]:
    """The outcomes of a block; Malformed where the bytes are not theirs."""
    found: list[Told] = []
    try:
        (count,), at = COUNT.unpack_from(data), COUNT.size
        for _ in range(count):
            told, at = _told(data, at)
            found.append(told)
    except (struct.error, UnicodeError, ValueError) as wrong:
        raise Malformed(f"the outcomes of a block: {wrong}") from None
    if at != len(data):
        raise Malformed("the outcomes of a block are cut off, or more than announced")
    return found


def _told(data: bytes, at: int) -> tuple[Told, int]:
    length, beside, party, events, sentence = TOLD.unpack_from(data, at)
    at += TOLD.size
    hashed = data[at : at + length]
    at += length
    ends = at + beside
    audiences, parts = list[tuple[PartyNumber, ...]](), list[str]()
    for _ in range(events):
        (seen_by,) = struct.unpack_from("<H", data, at)
        audiences.append(struct.unpack_from(f"<{seen_by}q", data, at + 2))
        at += 2 + 8 * seen_by
    for _ in range(sentence):
        (size,) = COUNT.unpack_from(data, at)
        at += COUNT.size
        parts.append(data[at : at + size].decode())
        at += size
    if at != ends:
        raise Malformed("an outcome is not as long as announced")
    return Told(hashed, PartyNumber(party), audiences, tuple(parts)), at


def pack_rows(rows: Sequence[tuple[int, int, int, int]]) -> bytes:
    """The rows that a block changed, as they are hashed into its header."""
    return struct.pack(f"<{WORDS * len(rows)}q", *(word for row in rows for word in row))


def unpack_rows(data: bytes) -> list[tuple[int, int, int, int]]:
    row = struct.Struct(f"<{WORDS}q")
    if len(data) % row.size:
        raise Malformed("the changed rows of a block are cut off")
    return [(key, balance, earmarked, flags) for key, balance, earmarked, flags in row.iter_unpack(data)]


def read_header(data: bytes) -> Header:
    """The header of its bytes; Malformed where they are not one."""
    if len(data) != HEADER.size:
        raise Malformed(f"a header of {len(data)} bytes")
    tag, *fields = HEADER.unpack(data)
    header = Header(*fields)
    if tag.rstrip(b"\0") != HEADER_TAG or header.to_bytes() != data:
        raise Malformed("not a header")
    return header


def store(block: Block, applied: Applied, signature: bytes) -> Stored:
    """What the journal keeps of a block."""
    header = applied.header.to_bytes()
    outcomes = pack_outcomes(applied.outcomes)
    return Stored(
        block.height,
        block.time,
        header,
        sha256(header).digest(),
        signature,
        sha256(outcomes).digest(),
        pack_entries(block.entries),
        outcomes,
        pack_rows(applied.rows),
    )


def check_stored(stored: Stored, previous: bytes, secret: bytes) -> Header:
    """Hold a stored block against its own header, and that against the block before; Damaged names what differs.

    Nothing is executed: that the outcomes are what the envelopes come to is for `checking` to ask.
    """
    height = stored.height
    try:
        header = read_header(stored.header)
        raws = unpack_raws(stored.body)
        told = unpack_outcomes(stored.outcomes)
    except Malformed as malformed:
        raise Damaged(height, str(malformed)) from None
    touched, outcomes = sha256(stored.rows).digest(), [each.data for each in told]
    if not all(outcomes):
        raise Damaged(height, "an outcome is empty")
    for right, what in (
        (sha256(stored.header).digest() == stored.hash, "its header was altered: it does not have the hash noted"),
        (header.height == height, f"its header is that of block {header.height}"),
        (header.previous == previous, "its header does not follow the block before"),
        (root([leaf_hash(raw) for _, raw in raws]) == header.body, "its envelopes were altered: header differs"),
        (
            sealed_root(outcomes, secret, outcome_context(height)) == header.outcomes,
            "its outcomes were altered: header differs",
        ),
        (touched == header.touched, "its changed positions were altered: header differs"),
        (sha256(stored.outcomes).digest() == stored.told, "who may see its outcomes, or why, was altered"),
    ):
        if not right:
            raise Damaged(height, what)
    return header
