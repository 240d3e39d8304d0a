"""Is a journal what it says? Every block held against its header, its signature, and what it comes to.

Two ways, which find different faults. Executing everything again from the genesis finds an altered journal, and a rule
that no longer does what it did. Applying the events alone (`events=True`) needs no rules, and finds a rule that
changes positions without telling an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bauhinia.ledger.invariants import broken
from bauhinia.ledger.state import State
from bauhinia.machine.block import Block, Header, apply_block
from bauhinia.machine.events import read_events
from bauhinia.machine.genesis import begin
from bauhinia.machine.steps import OUTCOME, Outcome, evolve
from bauhinia.node.journal import Journal
from bauhinia.node.recovery import Progress, from_snapshot
from bauhinia.node.sealing import header_signed
from bauhinia.node.stored import Damaged, Stored, check_stored, pack_rows, same_outcomes, unpack_outcomes, unpack_raws
from bauhinia.node.verify import Verification, Verifier
from bauhinia.words.codec import Malformed
from bauhinia.words.reasons import Fault

AHEAD = 4  # blocks whose signatures are verified while one is executed
SMALL_LEDGER = 1_000  # positions and instructions up to which the invariants are looked at after every block
SELDOM = 250  # else after so many blocks


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `height` is the last good block; `bad` the first block that is not, or zero where `why` is not
    about a block; `why` is empty where all is well."""

    height: int
    envelopes: int
    outcomes: int
    header: bytes
    bad: int = 0
    why: str = ""

    @property
    def good(self) -> bool:
        return not self.why


def verify_journal(
    journal: Journal, progress: Progress | None = None, *, events: bool = False, signatures: bool = True
) -> Report:
    """Check an open journal, up to the block that is its last now. Without `signatures` the verdicts noted on its
    envelopes are taken as they stand."""
    check = Check()
    try:
        journal.check_file()
        check.state = begin(journal.genesis())
        last = journal.height()
        check.header = bytes(32)
        verifier = Verifier() if signatures else None
        try:
            for stored, verification in ahead(journal, 1, last, verifier):
                check.block(stored, verification, events=events, last=stored.height == last)
                if progress:
                    progress(stored.height, last)
        finally:
            if verifier:
                verifier.close()
        from_snapshot(journal, last)
    except Damaged as damaged:
        return check.report(damaged.height, str(damaged))
    return check.report()


def ahead(journal: Journal, first: int, last: int, verifier: Verifier | None) -> Iterator[tuple[Stored, Verification]]:
    """Blocks with the verification of their signatures, some of them under way ahead of the one that is wanted; with
    what is noted of them where no `verifier` is given."""
    waiting: list[tuple[Stored, Verification]] = []
    missing: Damaged | None = None
    blocks = journal.blocks(first, last)
    while True:
        try:
            stored = next(blocks, None)
        except Damaged as damaged:
            stored, missing = None, damaged  # told when its turn comes: a block before it may be bad
        if stored is None:
            break
        try:
            judged = unpack_raws(stored.body)
        except Malformed:
            judged = []  # `check_stored` says so when its turn comes
        raws = [raw for _, raw in judged]
        if verifier:
            waiting.append((stored, verifier.start(raws)))
        else:
            waiting.append((stored, Verification(raws, [bytes(verdict for verdict, _ in judged)])))
        if len(waiting) > AHEAD:
            yield waiting.pop(0)
    yield from waiting
    if missing is not None:
        raise missing


@dataclass(slots=True)
class Check:
    """A check under way."""

    state: State | None = None
    height: int = 0
    envelopes: int = 0
    outcomes: int = 0
    header: bytes = b""

    def report(self, bad: int = 0, why: str = "") -> Report:
        return Report(self.height, self.envelopes, self.outcomes, self.header, bad, why)

    def block(self, stored: Stored, verification: Verification, *, events: bool, last: bool) -> None:
        """One block more; Damaged says what is wrong with it."""
        state = self.state
        if state is None:
            raise Damaged(0, "there is no genesis")
        if events:
            evolve_only(state, stored, check_stored(stored, state.previous, state.settings.secret))
        else:
            _execute(state, stored, verification)
        if not header_signed(stored.signature, stored.hash):
            raise Damaged(stored.height, "the node's signature of its header is wrong")
        small = len(state.positions) + len(state.settlement.instructions) <= SMALL_LEDGER
        if not events and (last or small or not stored.height % SELDOM):
            for sentence in broken(state):
                raise Damaged(stored.height, f"after it {sentence}")
        self.height, self.header = stored.height, stored.hash
        self.envelopes += len(verification.raws)
        self.outcomes += int.from_bytes(stored.outcomes[:4], "little")


def _execute(state: State, stored: Stored, verification: Verification) -> None:
    """Execute a block from its bytes alone, its signatures verified anew, and hold what it comes to against all that
    is stored. Where that differs, `check_stored` says whether what is stored was altered."""
    previous = state.previous
    try:
        _compare(state, stored, verification)
    except Damaged:
        check_stored(stored, previous, state.settings.secret)
        raise


def _compare(state: State, stored: Stored, verification: Verification) -> None:
    try:
        entries, raws = verification.entries(), unpack_raws(stored.body)
        for index, (each, (noted, _)) in enumerate(zip(entries, raws, strict=True)):
            if (each.verdict or 0) != noted:
                raise Damaged(stored.height, f"the verdict noted on envelope {index} is not what its signatures are")
        applied = apply_block(state, Block(stored.height, stored.time, entries), watched=False)
    except (Fault, Malformed) as wrong:
        raise Damaged(stored.height, f"it cannot be executed: {wrong}") from None
    if not same_outcomes(stored.outcomes, applied.outcomes):
        _name_outcome(stored, applied.outcomes)
    header = applied.header
    if header.to_bytes() != stored.header or header.hash != stored.hash:
        raise Damaged(stored.height, "executed again, it comes to another header")
    if sha256(stored.rows).digest() != header.touched or sha256(stored.outcomes).digest() != stored.told:
        raise Damaged(stored.height, "what is stored beside its header was altered")


def _name_outcome(stored: Stored, outcomes: Sequence[Outcome]) -> None:
    """Say which outcome of a block is another than that noted."""
    try:
        told = [each.data for each in unpack_outcomes(stored.outcomes)]
    except Malformed as wrong:
        raise Damaged(stored.height, str(wrong)) from None
    for index, outcome in enumerate(outcomes):
        if index >= len(told) or outcome.to_bytes() != told[index]:
            raise Damaged(stored.height, f"executed again, outcome {index} is another")
    raise Damaged(stored.height, f"executed again, it has {len(outcomes)} outcomes, not {len(told)}")


def evolve_only(state: State, stored: Stored, header: Header) -> None:
    """Apply the events of a block, without any rule, and hold the positions they change against the header.

    Nonces, the agenda and the queues are not told by events; what stands in them is dropped.
    """
    if header.ledger != state.settings.ledger:
        raise Damaged(stored.height, "it is of another ledger")
    state.positions.touched.clear()
    if not state.settings.told_time:
        state.time = max(state.time, stored.time)
    for number, told in enumerate(unpack_outcomes(stored.outcomes)):
        try:
            for event in read_events(told.data[OUTCOME.size :]):
                evolve(state, event)
        except (Fault, Malformed, LookupError, ValueError) as wrong:
            raise Damaged(stored.height, f"the events of outcome {number} cannot be applied: {wrong}") from None
        days = state.days
        for queue in (days.agenda, days.work, days.stages, days.paged, days.queued):
            queue.clear()
    touched = sha256(pack_rows(state.positions.changed())).digest()
    if touched != header.touched:
        raise Damaged(stored.height, "its events alone come to other positions: a rule changed one without an event")
    state.height, state.previous = stored.height, stored.hash
