"""Which bytes are a right signature, wherever it is asked."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.node import worker
from bauhinia.node.keys import Signer, play_key
from bauhinia.node.verify import SMALL, Verifier, verify
from bauhinia.rules.market import SetTime
from bauhinia.words.frame import HEAD, SLOT, seal, signed_part, unseal
from bauhinia.words.ids import PartyNumber
from bauhinia.words.reasons import Reason

# The order of Ed25519's group (RFC 8032 section 5.1).
L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
KEY = play_key("A", "maker").key
GOOD = Signer(PartyNumber(2), [KEY]).sign(bytes(16), 1, 2, [SetTime(3)])
BODY = unseal(GOOD).body

# The encodings of the eight points whose order divides 8, canonical or not: a signature under one of them can be made
# to fit any message (RFC 8032 section 5.1.7 leaves them to the verifier; libsodium refuses them).
SMALL_ORDER = [
    (0).to_bytes(32, "little"),
    (1).to_bytes(32, "little"),
    (P - 1).to_bytes(32, "little"),
    (P).to_bytes(32, "little"),
    (P + 1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    (1 | 1 << 255).to_bytes(32, "little"),
    (1 << 255).to_bytes(32, "little"),
]


def with_slot(public: bytes, signature: bytes) -> bytes:
    return seal(bytes(16), 2, 1, 2, BODY, [(public, signature)])


def verdict_of(raw: bytes) -> Reason | None:
    (found,) = verify([raw])
    return found.verdict


def parts() -> tuple[bytes, bytes]:
    slot = GOOD[HEAD.size : HEAD.size + SLOT]
    return slot[:32], slot[32:]


def test_a_right_signature_is_right() -> None:
    assert verdict_of(GOOD) is None
    assert with_slot(*parts()) == GOOD


def test_a_signature_with_s_beyond_the_order_is_refused() -> None:
    """S + L satisfies the same equation; RFC 8032 section 5.1.7 demands S < L, or each signature has a twin."""
    public, signature = parts()
    twin = int.from_bytes(signature[32:], "little") + L
    assert verdict_of(with_slot(public, signature[:32] + twin.to_bytes(32, "little"))) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("public", SMALL_ORDER, ids=range(len(SMALL_ORDER)))
@pytest.mark.parametrize("r", SMALL_ORDER[:5], ids=range(5))
def test_a_key_of_small_order_signs_nothing(public: bytes, r: bytes) -> None:
    """With A of small order, R = -hA and S = 0 fit the equation: for the neutral element, whatever the message."""
    assert verdict_of(with_slot(public, r + bytes(32))) is Reason.BAD_SIGNATURE


def test_a_key_that_is_no_point_is_refused() -> None:
    _, signature = parts()
    assert verdict_of(with_slot((2).to_bytes(32, "little"), signature)) is Reason.BAD_SIGNATURE


def test_a_signature_without_the_domain_is_refused() -> None:
    public, _ = parts()
    bare = signed_part(bytes(16), 2, 1, 2, BODY).removeprefix(b"bauhinia/envelope/1\0")
    assert verdict_of(with_slot(public, KEY.sign(bare).signature)) is Reason.BAD_SIGNATURE


def test_one_wrong_signature_among_several_spoils_them() -> None:
    checker = play_key("A", "checker").key
    raw = Signer(PartyNumber(2), [KEY, checker]).sign(bytes(16), 1, 2, [SetTime(3)])
    assert verdict_of(raw) is None
    at = HEAD.size + SLOT + 40
    assert verdict_of(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]) is Reason.BAD_SIGNATURE


@given(st.integers(0, len(GOOD) * 8 - 1))
def test_any_bit_that_is_flipped_is_noticed(bit: int) -> None:
    changed = bytearray(GOOD)
    changed[bit // 8] ^= 1 << bit % 8
    assert verdict_of(bytes(changed)) in (Reason.BAD_SIGNATURE, Reason.MALFORMED)


@given(st.integers(0, len(GOOD) - 1))
def test_what_is_cut_off_is_malformed(length: int) -> None:
    assert verdict_of(GOOD[:length]) is Reason.MALFORMED
    assert verdict_of(GOOD + GOOD[:1]) is Reason.MALFORMED


def mixed(count: int) -> list[bytes]:
    """Right, wrong and malformed ones, no two alike."""
    signer = Signer(PartyNumber(2), [KEY])
    found = []
    for number in range(count):
        raw = signer.sign(bytes(16), number + 1, 2, [SetTime(3)])
        match number % 3:
            case 1:
                raw = raw[:-1] + bytes([raw[-1] ^ 1])
            case 2:
                raw = raw[: 40 + number % 100]
        found.append(raw)
    return found


def test_worker_processes_say_what_is_said_here() -> None:
    raws = mixed(2 * SMALL)
    verifier = Verifier(processes=2)
    try:
        here, there = verify(raws), verifier.start(raws).entries()
    finally:
        verifier.close()
    assert here == there
    assert [each.verdict for each in there[:3]] == [None, Reason.BAD_SIGNATURE, Reason.MALFORMED]


def test_a_worker_that_dies_is_replaced_and_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    raws = mixed(2 * SMALL)
    verifier = Verifier(processes=1)
    monkeypatch.setattr("bauhinia.node.verify.sys.executable", "/bin/true")  # a worker that ends at once
    try:
        assert verifier.start(raws).entries() == verify(raws)
        monkeypatch.undo()
        assert verifier.start(raws).entries() == verify(raws)
    finally:
        verifier.close()


def test_verdicts_are_kept_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def counted(raw: bytes) -> int:
        asked.append(raw)
        return worker.verdict(raw)

    monkeypatch.setattr("bauhinia.node.verify.verdict", counted)
    raws = mixed(6)
    verifier = Verifier(processes=0, kept=4)
    assert verifier.verify([*raws[:3], raws[0]]) == verify([*raws[:3], raws[0]])
    asked.clear()
    verifier.verify(raws[:3])
    assert asked == []
    verifier.verify(raws[3:])
    asked.clear()
    assert [each.verdict for each in verifier.verify(raws[:1])] == [None]
    assert asked == raws[:1]


def test_the_worker_reads_and_answers_frames_until_its_input_ends() -> None:
    source, answers = BytesIO(), BytesIO()
    for chunk in (mixed(5), [], mixed(2)):
        worker.write_chunk(chunk, source)
    source.write(b"\x02\x00")
    source.seek(0)
    worker.serve(source, answers)
    assert answers.getvalue() == bytes([0, 3, 1, 0, 3]) + bytes([0, 3])
