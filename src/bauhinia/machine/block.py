"""Blocks: what came in, in order, applied to the state; and the header that binds what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import Struct

from bauhinia.ledger.parties import Party, Standing
from bauhinia.ledger.state import State
from bauhinia.machine import commands
from bauhinia.machine.snapshot import state_root
from bauhinia.machine.steps import Outcome, Run, StepKind, evolve
from bauhinia.rules import four_eyes, market
from bauhinia.rules.sealing import StateSealed
from bauhinia.rules.step import Step
from bauhinia.words.codec import Malformed
from bauhinia.words.dates import DAY
from bauhinia.words.frame import Envelope, unpack_body
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Reason, Refused, known, must, require
from bauhinia.words.tree import leaf_hash, root, sealed_root

HEADER = Struct("<24sI16sQq32s32s32s32s")
HEADER_TAG = b"bauhinia/header/1"
LEGS_A_BLOCK = 20_000
NONCE_WINDOW = 1_024
NONCE_SLIDE = 1 << 20
NONCES = (1 << NONCE_WINDOW) - 1  # the mask of the window


@dataclass(slots=True)
class Entry:
    """Bytes that someone sent, with what is known of them without the state: a verdict where they are malformed or a
    signature is wrong, the frame taken apart otherwise."""

    raw: bytes
    envelope: Envelope | None
    verdict: Reason | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What binds a block to its past and to what came of it. The four roots are 32 bytes each."""

    protocol: int
    ledger: bytes
    height: int
    time: Micros
    previous: bytes
    body: bytes
    outcomes: bytes
    touched: bytes

    def to_bytes(self) -> bytes:
        return HEADER.pack(
            HEADER_TAG,
            self.protocol,
            self.ledger,
            self.height,
            self.time,
            self.previous,
            self.body,
            self.outcomes,
            self.touched,
        )

    @property
    def hash(self) -> bytes:
        return sha256(self.to_bytes()).digest()


@dataclass(slots=True)
class Block:
    """A block as ordered: its height, the time it was given, and its entries."""

    height: int
    time: Micros
    entries: Sequence[Entry]


@dataclass(slots=True)
class Applied:
    """What came of a block. `rows` are the positions it changed, as (key, balance, earmarked, flags), by row."""

    header: Header
    outcomes: list[Outcome]
    rows: list[tuple[int, int, int, int]]


def apply_block(state: State, block: Block, *, watched: bool = True, legs: int = LEGS_A_BLOCK) -> Applied:
    """Apply a block: its due duties, its envelopes in order, then its pages.

    `watched` also works out who may see each event, which no hash depends on.
    """
    must(block.height == state.height + 1, "block out of order:", block.height, "after", state.height)
    state.positions.touched.clear()
    run = Run(state, watched)
    if state.settings.seal_every and state.height and state.height % state.settings.seal_every == 0:
        sealed = StateSealed(state.height, state_root(state))
        run.take(StepKind.DUTY, 0, 0, Step(state, state.time, evolve), lambda step: step.emit(sealed))
    if not state.settings.told_time:
        state.time = max(state.time, block.time)
    run.duties()
    for index, entry in enumerate(block.entries):
        _envelope(run, index, entry)
    run.pages(legs)
    state.height = block.height
    header = header_of(state, block, run.outcomes)
    state.previous = header.hash
    return Applied(header, run.outcomes, state.positions.changed())


def header_of(state: State, block: Block, outcomes: list[Outcome]) -> Header:
    """The header of a block whose outcomes are these, the state being as they left it."""
    settings, positions = state.settings, state.positions
    touched = sha256()
    for row in sorted(positions.touched):
        touched.update(positions.row_bytes(row))
    rows = [outcome.to_bytes() for outcome in outcomes]
    context = outcome_context(block.height)
    return Header(
        settings.protocol,
        settings.ledger,
        block.height,
        state.time,
        state.previous,
        root([leaf_hash(entry.raw) for entry in block.entries]),
        sealed_root(rows, settings.secret, context),
        touched.digest(),
    )


def outcome_context(height: int) -> bytes:
    """What the salts of a block's outcomes are made for."""
    return b"outcomes" + height.to_bytes(8, "big")


def _envelope(run: Run, index: int, entry: Entry) -> None:
    """Take an envelope: who sent it, whether it is fresh, then its commands, each on its own."""
    state, envelope = run.state, entry.envelope
    try:
        if envelope is None or entry.verdict is not None:
            raise Refused(entry.verdict or Reason.MALFORMED)
        party, persons = admit(state, envelope)
        items = unpack_body(envelope.body)
    except Refused as refused:
        run.outcomes.append(_refused(state, index, refused.reason, refused.parts))
        return
    except Malformed as malformed:
        run.outcomes.append(_refused(state, index, Reason.MALFORMED, (str(malformed),)))
        return
    for number, (tag, data) in enumerate(items):
        step = Step(state, state.time, evolve, party.number, persons)
        run.take(StepKind.COMMAND, index, number, step, command, party, tag, data)
        if tag == SET_TIME and step.events:
            run.duties()


SET_TIME = commands.BY_KIND[market.SetTime].tag


def _refused(state: State, index: int, reason: Reason, parts: tuple[object, ...]) -> Outcome:
    return Outcome(StepKind.COMMAND, index, 0, state.time, reason, [], parts)


def admit(state: State, envelope: Envelope) -> tuple[Party, tuple[str, ...]]:
    """The party and persons behind an envelope whose signatures are right; its nonce is used up from here on.

    Asked in order: the ledger; the party and that every key is one of its own; freshness; the nonce.
    """
    if envelope.ledger != state.settings.ledger:
        raise Refused(Reason.WRONG_LEDGER)
    party = known(state.parties.get(envelope.party), Reason.UNKNOWN_SIGNER, envelope.party)
    persons: list[str] = []
    for public, _ in envelope.signatures:
        for key in party.keys:
            if key.public == public:
                break
        else:
            raise Refused(Reason.UNKNOWN_SIGNER, envelope.party)
        if key.person not in persons:
            persons.append(key.person)
    if not state.time <= envelope.good_until <= state.time + DAY:
        reason = Reason.STALE if envelope.good_until < state.time else Reason.TOO_FAR_AHEAD
        raise Refused(reason, "good until", envelope.good_until)
    use_nonce(state, envelope)
    return party, tuple(persons)


def use_nonce(state: State, envelope: Envelope) -> None:
    """Use up a nonce, or refuse one that is used, too old for the window, or too far ahead (RFC 4303 section 3.4.3)."""
    nonces, nonce = state.nonces_of(envelope.party), envelope.nonce
    ahead = nonce - nonces.top
    if ahead > NONCE_SLIDE:
        raise Refused(Reason.TOO_FAR_AHEAD, "nonce", nonce)
    if ahead > 0:
        nonces.mask = (nonces.mask << ahead | 1) & NONCES if ahead < NONCE_WINDOW else 1
        nonces.top = nonce
        return
    require(-ahead < NONCE_WINDOW, Reason.STALE, "nonce", nonce)
    require(not nonces.mask >> -ahead & 1, Reason.REPLAYED, "nonce", nonce)
    nonces.mask |= 1 << -ahead


OF_PROPOSALS = (four_eyes.Approve, four_eyes.Withdraw)


def command(step: Step, party: Party, tag: int, data: bytes) -> None:
    """Run one command: read it, ask who may, and how many persons it needs, then its rule."""
    require(tag in commands.BY_TAG, Reason.UNKNOWN_COMMAND, tag)
    try:
        entry, value = commands.read_command(tag, data)
    except Malformed as malformed:
        raise Refused(Reason.MALFORMED, malformed) from None
    require(party.standing is Standing.ACTIVE, Reason.SUSPENDED, party.standing.name)
    allowed = not entry.who or any(role in entry.who for role in party.roles)
    require(allowed, Reason.NOT_AUTHORISED, entry.kind.__name__)
    if entry.four_eyes and len(step.persons) < four_eyes.needed(step, own=entry.own):
        four_eyes.propose(step, tag, data)
        return
    if entry.kind not in OF_PROPOSALS:
        require(len(step.persons) >= party.threshold, Reason.NOT_ENOUGH_SIGNATURES, len(step.persons), party.threshold)
    entry.rule(step, value)
