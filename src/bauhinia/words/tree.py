"""Merkle trees (RFC 6962 section 2.1), and sealed trees whose proofs tell nothing about their neighbours.

A tree is a column of 32-byte leaf hashes. Levels are kept as joined bytes, so that a pair of children is one slice.

A sealed tree is made of rows (a register's holders, a block's outcomes). Each row gets a salt that only who holds the
epoch's secret can make, the leaves are filled up with leaves of nothing to a power of two, and ordered by hash. So a
proof shows neither how many rows there are, but for the power of two, nor where among them a row stands, nor anything
a neighbour's content could be guessed against. `context` says what is sealed, and must differ at every seal: equal
salts would show who did not trade.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256, shake_256
from typing import assert_never

from bauhinia.words.reasons import must

HASH_BYTES = 32
SALTS_A_RUN = 64
LEAF, NODE = b"\x00", b"\x01"  # domain separation: no node can pass for a leaf (RFC 6962 section 2.1)
EMPTY_ROOT = sha256(b"").digest()  # the root of no leaves (RFC 6962 section 2.1)

_PAIR = 2 * HASH_BYTES
_SPONGE = 136  # the rate of SHAKE-256 in bytes (FIPS 202)


@dataclass(frozen=True, slots=True)
class Salted:
    """The first step of a sealed row's proof: the row's leaf is the hash of the salt and the row."""

    salt: bytes


@dataclass(frozen=True, slots=True)
class OnLeft:
    """A step up: the sibling stands to the left of what is proved so far."""

    sibling: bytes


@dataclass(frozen=True, slots=True)
class OnRight:
    """A step up: the sibling stands to the right of what is proved so far."""

    sibling: bytes


Sibling = OnLeft | OnRight
Step = Salted | OnLeft | OnRight


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf's data."""
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node over its two children."""
    return sha256(NODE + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The Merkle tree hash over leaf hashes, in the order given; of none, EMPTY_ROOT."""
    level = _joined(leaf_hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > HASH_BYTES:
        level = _parents(level)
    return level


def inclusion_proof(leaf_hashes: Iterable[bytes], index: int) -> tuple[Sibling, ...]:
    """The siblings from leaf `index` (from 0) up to the root (RFC 6962 section 2.1.1, with their sides)."""
    level = _joined(leaf_hashes)
    must(0 <= index < len(level) // HASH_BYTES, "no such leaf", index)
    return _climb(_levels(level), index)


def check_inclusion(leaf: bytes, proof: Sequence[Step], expected_root: bytes) -> bool:
    """Whether the siblings lead from a leaf hash to the root."""
    found = leaf
    if len(leaf) != HASH_BYTES:
        return False
    for step in proof:
        if isinstance(step, Salted) or len(step.sibling) != HASH_BYTES:
            return False
        found = step_up(found, step)
    return found == expected_root


def step_up(found: bytes, step: Step) -> bytes:
    """What one step of a proof makes of what is proved so far: of a row its leaf, of a hash its parent's."""
    match step:
        case Salted(salt):
            return leaf_hash(salt + found)
        case OnLeft(sibling):
            return node_hash(sibling, found)
        case OnRight(sibling):
            return node_hash(found, sibling)
        case _:
            assert_never(step)


@dataclass(frozen=True, slots=True)
class SealedTree:
    """A sealed column of rows: its root is public, and proves any row to whom the row is shown with its proof."""

    root: bytes
    rows: int
    levels: tuple[bytes, ...] = field(repr=False)  # joined hashes, leaves first, the root last
    positions: array[int] = field(repr=False)  # where among the leaves each row stands
    secret: bytes = field(repr=False)
    context: bytes

    def prove(self, row_index: int) -> tuple[Step, ...]:
        """The proof of the row that was given at `row_index` (from 0): its salt, then the siblings upwards."""
        must(0 <= row_index < self.rows, "no such row", row_index)
        salt = salts(self.secret, self.context, row_index, row_index + 1)[0]
        return (Salted(salt), *_climb(self.levels, self.positions[row_index]))


def seal(rows: Sequence[bytes], secret: bytes, context: bytes) -> SealedTree:
    """Seal rows, none of them empty, under an epoch secret of 32 bytes or more; one pass, about 3 µs a row.

    Equal rows, secret and context give an equal root, on every machine.
    """
    leaves, count = _sealed_leaves(rows, secret, context), len(rows)
    order = sorted(range(len(leaves)), key=leaves.__getitem__)
    levels = _levels(b"".join([leaves[index] for index in order]))
    positions = array("I", bytes(4 * len(order)))
    for position, index in enumerate(order):
        positions[index] = position
    return SealedTree(levels[-1], count, levels, positions[:count], secret, context)


def sealed_root(rows: Sequence[bytes], secret: bytes, context: bytes) -> bytes:
    """The root that `seal` gives, where no proof is asked for."""
    return root(sorted(_sealed_leaves(rows, secret, context)))


def check_proof(row: bytes, proof: Sequence[Step], expected_root: bytes) -> bool:
    """Whether the proof leads from a row to the root of a sealed tree. Never true of an empty row: those fill up."""
    if not row or not proof:
        return False
    first, *siblings = proof
    if not isinstance(first, Salted) or len(first.salt) != HASH_BYTES:
        return False
    return check_inclusion(step_up(row, first), siblings, expected_root)


def salts(secret: bytes, context: bytes, first: int, after: int) -> list[bytes]:
    """Salts number `first` up to, without, `after`, 32 bytes each.

    Run number n of 64 salts is SHAKE-256 over the secret's length (2 bytes) and the secret, filled up with zeros to
    whole blocks of the sponge as KMAC fills its key (NIST SP 800-185 section 4), then the context and n (8 bytes, big
    end first). A run costs little more than one HMAC.
    """
    key = len(secret).to_bytes(2, "big") + secret
    keyed = shake_256(key + bytes(-len(key) % _SPONGE) + context)
    runs = []
    for run in range(first // SALTS_A_RUN, (after + SALTS_A_RUN - 1) // SALTS_A_RUN):
        sponge = keyed.copy()
        sponge.update(run.to_bytes(8, "big"))
        runs.append(sponge.digest(SALTS_A_RUN * HASH_BYTES))
    made, start = b"".join(runs), first % SALTS_A_RUN
    return [made[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(start, start + after - first)]


def _sealed_leaves(rows: Sequence[bytes], secret: bytes, context: bytes) -> list[bytes]:
    """Salted leaf hashes of the rows in their order, then those that fill up to a power of two."""
    must(len(secret) >= HASH_BYTES, "sealed under a secret that is too short")
    must(all(rows), "sealed an empty row")
    size = 1 << max(len(rows) - 1, 0).bit_length()
    salt_of = salts(secret, context, 0, size)
    leaves = [sha256(LEAF + salt + row).digest() for salt, row in zip(salt_of, rows, strict=False)]
    leaves += [sha256(LEAF + salt).digest() for salt in salt_of[len(rows) :]]
    return leaves


def _joined(leaf_hashes: Iterable[bytes]) -> bytes:
    hashes = list(leaf_hashes)
    must(all(len(leaf) == HASH_BYTES for leaf in hashes), "a leaf hash is not 32 bytes")
    return b"".join(hashes)


def _parents(level: bytes) -> bytes:
    """The level above. A last node without a sibling rises as it is: the same tree as RFC 6962's split."""
    paired = len(level) // _PAIR * _PAIR
    parents = [sha256(NODE + level[at : at + _PAIR]).digest() for at in range(0, paired, _PAIR)]
    return b"".join(parents) + level[paired:]


def _levels(leaves: bytes) -> tuple[bytes, ...]:
    levels = [leaves]
    while len(levels[-1]) > HASH_BYTES:
        levels.append(_parents(levels[-1]))
    return tuple(levels)


def _climb(levels: Sequence[bytes], index: int) -> tuple[Sibling, ...]:
    steps: list[Sibling] = []
    for level in levels[:-1]:
        at = (index ^ 1) * HASH_BYTES
        sibling = level[at : at + HASH_BYTES]
        if sibling:
            steps.append(OnLeft(sibling) if index & 1 else OnRight(sibling))
        index >>= 1
    return tuple(steps)
