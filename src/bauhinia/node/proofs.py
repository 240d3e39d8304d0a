"""Proof files: from an outcome, or a row of a sealed register, to a header that a node has signed.

A proof is a list of steps, checked offline and by bytes alone. Each step turns what is proved so far into the next
thing: a row into its salted leaf, a leaf into its parent, a register's root into the outcome whose event carries it, an
outcomes' root into the header that holds it, a header into the one that follows it. The last step is a signature.

A proof tells nothing about the rows beside it (`words.tree`). Its file is canonical: of a good proof no byte can be
changed and leave a good proof.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bauhinia.ledger.registers import Row, seal_context
from bauhinia.machine import events
from bauhinia.machine.block import Header, outcome_context
from bauhinia.machine.events import read_events
from bauhinia.machine.genesis import Genesis
from bauhinia.machine.steps import OUTCOME, evolve
from bauhinia.node.journal import Journal
from bauhinia.node.recovery import recover
from bauhinia.node.sealing import KEY_BYTES, header_signed
from bauhinia.node.stored import Stored, check_stored, read_header, unpack_outcomes
from bauhinia.rules import registers
from bauhinia.rules.registers import RegisterSealed
from bauhinia.words.codec import Malformed, decode
from bauhinia.words.ids import AccountNumber, AssetNumber
from bauhinia.words.reasons import must
from bauhinia.words.tree import OnLeft, OnRight, Salted, SealedTree, Step, seal, step_up

FORMAT = "bauhinia/proof/1"
MOST_BYTES = 64 << 20


class Unproved(Exception):
    """A proof file that proves nothing; the sentence says at which step it fails."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof shows: that `row` stood in block `height` (or in a register sealed there by the event `kind`), of
    the ledger, at the block's time; and that `signer` signed a header that binds it, of block `signed_height`.
    `events` are those of the outcome, `sealed` the one among them that carries the register's root.

    `good` is False where it shows nothing, and `why` says why. Whether `signer` is a node of the ledger the reader
    must know from elsewhere.
    """

    good: bool
    why: str
    row: bytes = b""
    kind: str = ""
    ledger: bytes = b""
    height: int = 0
    time: int = 0
    signed_height: int = 0
    header: bytes = b""
    signer: bytes = b""
    events: tuple[Any, ...] = field(default=())
    sealed: Any = None


def make_outcome_proof(journal: Journal, height: int, index: int, until: int | None = None) -> bytes:
    """The proof that outcome `index` (from 0) stands in block `height`, up to the header of block `until` (the same
    where none is given). LookupError where there is no such outcome; Damaged where the journal was altered."""
    genesis = journal.genesis()
    rows, tree = _outcomes(journal, height, genesis)
    if not 0 <= index < len(rows):
        raise LookupError(f"block {height} has {len(rows)} outcomes, counted from 0")
    return _finish(journal, genesis, rows[index], _tree_steps(tree, index), height, until)


def make_row_proof(
    journal: Journal, register: SealedTree, row: bytes, row_index: int, height: int, until: int | None = None
) -> bytes:
    """The proof that a row stands in a register whose root an event of block `height` carries. `register` is the
    sealed tree of the register's rows. LookupError where no event of the block carries its root."""
    genesis = journal.genesis()
    rows, tree = _outcomes(journal, height, genesis)
    for index, data in enumerate(rows):
        for event in read_events(data[OUTCOME.size :]):
            name = _root_field(event, register.root)
            if name:
                sealed = {"sealed": {"event": type(event).__name__, "field": name, "outcome": data.hex()}}
                steps = [*_tree_steps(register, row_index), sealed, *_tree_steps(tree, index)]
                return _finish(journal, genesis, row, steps, height, until)
    raise LookupError(f"no event of block {height} carries the root of this register")


def make_register_proof(
    journal: Journal, asset: AssetNumber, account: AccountNumber, height: int, until: int | None = None
) -> bytes:
    """The proof of an account's row in the register of a bond as it was sealed in block `height`. LookupError where
    no register of the bond was sealed there, or the account stood in none."""
    stored = _block(journal, height)
    state = recover(journal, height - 1)
    if not state.settings.told_time:
        state.time = max(state.time, stored.time)
    for told in unpack_outcomes(stored.outcomes):
        for event in read_events(told.data[OUTCOME.size :]):
            if isinstance(event, RegisterSealed) and event.asset == asset:
                context = seal_context(asset, event.number)
                rows = registers.rows(state, asset)
                register = seal(rows, state.settings.secret, context)
                must(register.root == event.root, "a register is not what was sealed", asset, event.number)
                for index, row in enumerate(rows):
                    if decode(Row, row).account == account:
                        return make_row_proof(journal, register, row, index, height, until)
                raise LookupError(f"account {account} does not stand in the register of asset {asset}")
            evolve(state, event)
    raise LookupError(f"no register of asset {asset} was sealed in block {height}")


def sealed_in(journal: Journal, asset: AssetNumber, until: int | None = None) -> int:
    """The block in which the register of a bond was sealed last, up to block `until` (the last where none is given).
    LookupError where it was not."""
    height = journal.height() if until is None else min(until, journal.height())
    tag = events.BY_KIND[RegisterSealed].tag.to_bytes(2, "little")
    while height > 0:
        for told in unpack_outcomes(_block(journal, height).outcomes):
            if tag in told.data and any(
                isinstance(event, RegisterSealed) and event.asset == asset
                for event in read_events(told.data[OUTCOME.size :])
            ):
                return height
        height -= 1
    raise LookupError(f"no register of asset {asset} was sealed up to then")


def _outcomes(journal: Journal, height: int, genesis: Genesis) -> tuple[list[bytes], SealedTree]:
    stored = _block(journal, height)
    previous = bytes(32) if height == 1 else _block(journal, height - 1).hash
    check_stored(stored, previous, genesis.secret)
    rows = [told.data for told in unpack_outcomes(stored.outcomes)]
    return rows, seal(rows, genesis.secret, outcome_context(height))


def _block(journal: Journal, height: int) -> Stored:
    stored = journal.block(height)
    if stored is None:
        raise LookupError(f"there is no block {height}")
    return stored


def _root_field(event: Any, root: bytes) -> str:
    """The field of an event that holds these 32 bytes, or nothing."""
    return next((name for name in type(event).__slots__ if getattr(event, name) == root), "")


def _tree_steps(tree: SealedTree, index: int) -> list[dict[str, Any]]:
    return [_tree_step(step) for step in tree.prove(index)]


def _tree_step(step: Step) -> dict[str, Any]:
    match step:
        case Salted(salt):
            return {"salt": salt.hex()}
        case OnLeft(sibling):
            return {"left": sibling.hex()}
        case OnRight(sibling):
            return {"right": sibling.hex()}


def _finish(
    journal: Journal, genesis: Genesis, row: bytes, steps: list[dict[str, Any]], height: int, until: int | None
) -> bytes:
    until = height if until is None else until
    headers = journal.headers(height, until)
    if until < height or len(headers) != until - height + 1:
        raise LookupError(f"there are no headers from block {height} to {until}")
    last = _block(journal, until)
    steps.append({"header": headers[0].hex()})
    steps += [{"next": header.hex()} for header in headers[1:]]
    steps.append({"signature": last.signature.hex()})
    data = _canonical({"format": FORMAT, "ledger": genesis.ledger.hex(), "row": row.hex(), "steps": steps})
    must(check_proof(data).good, "made a proof that proves nothing", height)
    return data


def _canonical(proof: dict[str, Any]) -> bytes:
    return json.dumps(proof, indent=1, sort_keys=True).encode() + b"\n"


@dataclass(slots=True)
class _Walk:
    """A proof under way: `found` is what is proved so far."""

    found: bytes
    header: Header | None = None
    first: Header | None = None
    kind: str = ""
    sealed: Any = None
    outcome: bytes = b""
    salted: bool = False


def check_proof(data: bytes, nodes: Sequence[bytes] | None = None) -> Proved:
    """Check a proof file offline. `nodes` are the public keys of the ledger's nodes, where the reader knows them."""
    try:
        return _check(data, nodes)
    except Unproved as unproved:
        return Proved(False, str(unproved))


def _check(data: bytes, nodes: Sequence[bytes] | None) -> Proved:
    if len(data) > MOST_BYTES:
        raise Unproved(f"a proof of {len(data)} bytes")
    try:
        proof = json.loads(data)
        row, ledger = _hex(proof["row"]), _hex(proof["ledger"])
        steps = [next(iter(step.items())) for step in proof["steps"]]
        regular = _canonical(proof) == data and proof["format"] == FORMAT and proof.keys() <= KEYS
        regular = regular and all(len(step) == 1 for step in proof["steps"])
    except (Unproved, ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError) as wrong:
        raise Unproved(f"not a proof file: {wrong}") from None
    if not regular or not row or not steps:
        raise Unproved("not a proof file as we write it")
    walk = _Walk(row)
    signature = b""
    for number, (name, value) in enumerate(steps):
        try:
            if signature:
                raise Unproved("something follows the signature")
            if name == "signature":
                signature = _hex(value)
            elif name in STEPS:
                STEPS[name](walk, value)
            else:
                raise Unproved(f"a step of an unknown kind: {name}")
        except (Unproved, ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise Unproved(f"step {number}: {wrong}") from None
    return _signed(walk, row, ledger, signature, nodes)


KEYS = {"format", "ledger", "row", "steps"}


def _signed(walk: _Walk, row: bytes, ledger: bytes, signature: bytes, nodes: Sequence[bytes] | None) -> Proved:
    header, first = walk.header, walk.first
    if header is None or first is None:
        raise Unproved("it does not reach a header")
    if header.ledger != ledger or first.ledger != ledger:
        raise Unproved("its header is of another ledger")
    if not header_signed(signature, header.hash):
        raise Unproved("the signature of its last header is wrong")
    signer = signature[:KEY_BYTES]
    if nodes is not None and signer not in nodes:
        raise Unproved("its last header is signed by a key that is not a node's")
    outcome = walk.outcome or row
    try:
        events = tuple(read_events(outcome[OUTCOME.size :]))
    except (Malformed, LookupError, ValueError) as wrong:
        raise Unproved(f"its events cannot be read: {wrong}") from None
    return Proved(
        True, "", row, walk.kind, ledger, first.height, first.time, header.height, header.hash, signer, events,
        walk.sealed,
    )  # fmt: skip


def _hex(value: Any) -> bytes:
    if not isinstance(value, str):
        raise Unproved("not bytes in hexadecimal")
    found = bytes.fromhex(value)
    if found.hex() != value:  # capitals and spaces would be another writing of the same proof
        raise Unproved("not bytes in hexadecimal as we write it")
    return found


def _salt(walk: _Walk, value: Any) -> None:
    _tree(walk, Salted(_hash(value)))
    walk.salted = True


def _left(walk: _Walk, value: Any) -> None:
    _sibling(walk, OnLeft(_hash(value)))


def _right(walk: _Walk, value: Any) -> None:
    _sibling(walk, OnRight(_hash(value)))


def _hash(value: Any) -> bytes:
    found = _hex(value)
    if len(found) != 32:
        raise Unproved("not a hash of 32 bytes")
    return found


def _sibling(walk: _Walk, step: Step) -> None:
    if not walk.salted:
        raise Unproved("a row is salted before it is a leaf")
    _tree(walk, step)


def _tree(walk: _Walk, step: Step) -> None:
    if walk.header is not None or (walk.salted and isinstance(step, Salted)):
        raise Unproved("out of order")
    walk.found = step_up(walk.found, step)


def _sealed(walk: _Walk, value: Any) -> None:
    """The root of a register stands in an event; what is proved from here on is that event's outcome."""
    if walk.header is not None or walk.kind or not walk.salted or value.keys() != {"event", "field", "outcome"}:
        raise Unproved("out of order")
    outcome = _hex(value["outcome"])
    try:
        events = read_events(outcome[OUTCOME.size :])
    except (Malformed, LookupError, ValueError) as wrong:
        raise Unproved(f"its events cannot be read: {wrong}") from None
    named = (event for event in events if type(event).__name__ == value["event"])
    walk.sealed = next((event for event in named if _root_field(event, walk.found) == value["field"]), None)
    if walk.sealed is None:
        raise Unproved("no event carries the root of the register")
    walk.kind, walk.outcome, walk.found, walk.salted = value["event"], outcome, outcome, False


def _header(walk: _Walk, value: Any) -> None:
    """The header holds the root of its block's outcomes."""
    header = _read(value)
    if walk.header is not None or not walk.salted or header.outcomes != walk.found:
        raise Unproved("the header does not hold what is proved so far")
    walk.header = walk.first = header


def _next(walk: _Walk, value: Any) -> None:
    """The header follows the one before."""
    header = _read(value)
    if walk.header is None or header.previous != walk.header.hash or header.height != walk.header.height + 1:
        raise Unproved("the header does not follow the one before")
    walk.header = header


def _read(value: Any) -> Header:
    try:
        return read_header(_hex(value))
    except Malformed as malformed:
        raise Unproved(str(malformed)) from None


STEPS: dict[str, Callable[[_Walk, Any], None]] = {
    "salt": _salt,
    "left": _left,
    "right": _right,
    "sealed": _sealed,
    "header": _header,
    "next": _next,
}
