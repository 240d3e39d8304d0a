"""From a journal to a state: the last snapshot, and the blocks after it executed again."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from bauhinia.ledger.state import State
from bauhinia.machine.block import Block, apply_block
from bauhinia.machine.genesis import begin
from bauhinia.machine.snapshot import read_snapshot
from bauhinia.node.journal import Journal
from bauhinia.node.sealing import header_signed, snapshot_signed
from bauhinia.node.stored import HASH_BYTES, Damaged, Stored, check_stored, unpack_entries
from bauhinia.words.codec import Malformed
from bauhinia.words.reasons import Fault
from bauhinia.words.tree import leaf_hash, root

Progress = Callable[[int, int], None]  # blocks done, blocks in all


def recover(journal: Journal, last: int | None = None, progress: Progress | None = None) -> State:
    """The state after block `last` (the newest where none is given). Damaged names a snapshot or a block that was
    altered, or does not come out as it is written. Signatures of envelopes are not verified again."""
    last = journal.height() if last is None else last
    genesis = journal.genesis()
    state = from_snapshot(journal, last) or begin(genesis)
    if state.settings.ledger != genesis.ledger:
        raise Damaged(0, "the genesis was altered: its snapshots are of another ledger")
    first = state.height + 1
    for stored in journal.blocks(first, last):
        redo(state, stored)
        if progress:
            progress(stored.height - first + 1, last - first + 1)
    tip = journal.block(last)
    if tip is not None and not header_signed(tip.signature, tip.hash):
        raise Damaged(last, "the node's signature of its header is wrong")
    return state


def redo(state: State, stored: Stored) -> None:
    """Execute a stored block, judged as it was; its header must come out the same, which holds its envelopes, its
    outcomes and its positions. Damaged names what does not fit."""
    previous = state.previous
    try:
        if sha256(stored.outcomes).digest() != stored.told:
            raise Malformed("its outcomes were altered")
        block = Block(stored.height, stored.time, unpack_entries(stored.body))
        applied = apply_block(state, block, watched=False)
    except (Fault, Malformed) as wrong:
        check_stored(stored, previous, state.settings.secret)
        raise Damaged(stored.height, f"it cannot be executed: {wrong}") from wrong
    header = applied.header.to_bytes()
    if header != stored.header or state.previous != stored.hash or sha256(stored.rows).digest() != header[-HASH_BYTES:]:
        check_stored(stored, previous, state.settings.secret)
        raise Damaged(stored.height, "executed again, it comes to another header")


def from_snapshot(journal: Journal, last: int) -> State | None:
    """The state of the last snapshot up to `last`, held against its signature and its block; None where there is
    none."""
    found = journal.snapshot(last)
    if found is None:
        return None
    height, snapshot_root, signature, chunks = found
    what = f"the snapshot after block {height}"
    if root([leaf_hash(chunk) for chunk in chunks]) != snapshot_root:
        raise Damaged(0, f"{what} was altered")
    if not snapshot_signed(signature, height, snapshot_root):
        raise Damaged(0, f"{what} is not signed by a node")
    try:
        state = read_snapshot(b"".join(chunks))
    except Malformed as malformed:
        raise Damaged(0, f"{what} cannot be read: {malformed}") from None
    block = journal.block(height)
    if block is None or state.height != height or state.previous != block.hash:
        raise Damaged(0, f"{what} is not of this journal")
    return state
