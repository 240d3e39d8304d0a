"""Who gets in: every way in which an envelope can be wrong, and what each way uses up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.ledger.parties import Role
from bauhinia.machine.block import Entry, use_nonce
from bauhinia.machine.steps import StepKind
from bauhinia.rules.instructing import CancelInstruction
from bauhinia.rules.onboarding import RotateKeys
from bauhinia.words.codec import encode
from bauhinia.words.dates import DAY
from bauhinia.words.frame import Envelope, pack_body
from bauhinia.words.ids import InstructionNumber, PartyNumber
from bauhinia.words.reasons import Reason, Refused
from tests.support import PERSONS, Told, keys_of, market

ROTATE = 21


def told_with_dealer() -> Told:
    told = market()
    told.party("A", Role.DEALER)
    return told


def changed(entry: Entry, **fields: object) -> Entry:
    assert entry.envelope is not None
    return Entry(entry.raw, replace(entry.envelope, **fields))  # type: ignore[arg-type]


def reason_of(told: Told, entry: Entry) -> Reason:
    (outcome,) = told.block(entry)
    assert outcome.kind is StepKind.COMMAND
    return Reason(outcome.code)


def rotate(told: Told) -> Entry:
    return told.entry("A", RotateKeys(keys_of("A"), 1))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"ledger": bytes(16)}, Reason.WRONG_LEDGER),
        ({"party": PartyNumber(99)}, Reason.UNKNOWN_SIGNER),
        ({"party": PartyNumber(1)}, Reason.UNKNOWN_SIGNER),  # another party's keys
        ({"signatures": [(bytes(32), bytes(64))]}, Reason.UNKNOWN_SIGNER),
        ({"nonce": 1 << 40}, Reason.TOO_FAR_AHEAD),
    ],
)
def test_an_envelope_that_does_not_get_in_uses_nothing_up(fields: dict[str, object], reason: Reason) -> None:
    told = told_with_dealer()
    entry = rotate(told)
    assert reason_of(told, changed(entry, **fields)) is reason
    assert told.block(entry)[0].code == 0


@pytest.mark.parametrize("verdict", [Reason.MALFORMED, Reason.BAD_SIGNATURE])
def test_a_verdict_on_the_bytes_is_the_outcome_and_uses_nothing_up(verdict: Reason) -> None:
    told = told_with_dealer()
    entry = rotate(told)
    assert reason_of(told, Entry(entry.raw, None, verdict)) is verdict
    assert reason_of(told, Entry(entry.raw, entry.envelope, verdict)) is verdict
    assert told.block(entry)[0].code == 0


def test_an_envelope_is_good_until_its_time_and_for_a_day_at_most() -> None:
    told = told_with_dealer()
    now = told.state.time
    assert reason_of(told, changed(rotate(told), good_until=now - 1)) is Reason.STALE
    assert reason_of(told, changed(rotate(told), good_until=now + DAY + 1)) is Reason.TOO_FAR_AHEAD
    assert told.block(changed(rotate(told), good_until=now))[0].code == 0


def test_nothing_replays_whether_it_was_refused_or_not() -> None:
    told = told_with_dealer()
    accepted, refused = rotate(told), told.entry("A", RotateKeys((), 1))
    assert told.block(accepted)[0].code == 0
    assert reason_of(told, refused) is Reason.KEY
    assert reason_of(told, accepted) is Reason.REPLAYED
    assert reason_of(told, refused) is Reason.REPLAYED


def test_commands_of_an_envelope_stand_alone() -> None:
    told = told_with_dealer()
    entry = told.entry("A", RotateKeys((), 1), RotateKeys(keys_of("A"), 1))
    assert [outcome.code for outcome in told.block(entry)] == [Reason.KEY, 0]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.MALFORMED),
        (b"\x15", Reason.MALFORMED),
        (pack_body([(65_000, b"")]), Reason.UNKNOWN_COMMAND),
        (pack_body([(ROTATE, b"")]), Reason.MALFORMED),
        (pack_body([(ROTATE, encode(RotateKeys((), 1)) + b"\0")]), Reason.MALFORMED),
    ],
)
def test_a_body_that_is_wrong_is_refused_and_uses_its_nonce_up(body: bytes, reason: Reason) -> None:
    told = told_with_dealer()
    entry = rotate(told)
    assert reason_of(told, changed(entry, body=body)) is reason
    assert reason_of(told, entry) is Reason.REPLAYED


def test_old_keys_are_void_once_they_are_rotated() -> None:
    told = told_with_dealer()
    told.does("A", RotateKeys(keys_of("new"), 1))
    assert reason_of(told, rotate(told)) is Reason.UNKNOWN_SIGNER


def test_m_of_n_counts_persons_not_keys() -> None:
    told = told_with_dealer()
    told.does("A", RotateKeys(keys_of("A"), 2))
    entry = told.entry("A", CancelInstruction(InstructionNumber(1)), persons=PERSONS[:1])
    assert reason_of(told, entry) is Reason.NOT_ENOUGH_SIGNATURES
    both = told.entry("A", CancelInstruction(InstructionNumber(1)))
    twice = changed(both, signatures=[(keys_of("A")[0].public, bytes(64))] * 2)
    assert reason_of(told, twice) is Reason.NOT_ENOUGH_SIGNATURES


def window(told: Told, nonce: int) -> Reason | None:
    try:
        use_nonce(told.state, Envelope(b"", PartyNumber(1), nonce, 0, [], b"", b""))
    except Refused as refused:
        return refused.reason
    return None


@given(st.lists(st.integers(0, 3_000), max_size=60))
def test_a_nonce_is_taken_once_within_a_window_of_1024(nonces: list[int]) -> None:
    told = TOLD
    told.state.nonces.clear()
    taken: set[int] = set()
    for nonce in nonces:
        answer = window(told, nonce)
        if nonce <= max(taken, default=0) - 1_024:
            assert answer is Reason.STALE
        elif nonce in taken:
            assert answer is Reason.REPLAYED
        else:
            assert answer is None
            taken.add(nonce)


TOLD = told_with_dealer()
