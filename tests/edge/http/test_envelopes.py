"""How envelopes come in, what is answered, and what is refused at the door."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bauhinia.ledger.instructions import Side
from bauhinia.node.keys import Signer
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction
from bauhinia.wire.client import Client
from bauhinia.wire.envelopes import digest_of
from bauhinia.wire.forms import command_form
from bauhinia.wire.receipts import read_receipt
from bauhinia.words.dates import DAY
from bauhinia.words.ids import InstructionNumber, PartyNumber
from bauhinia.words.reasons import Reason
from tests.edge.http.stage import Stage, keys_of, sale

BYTES = {"Content-Type": "application/octet-stream"}
NOTHING = CancelInstruction(InstructionNumber(999_999))


def nonce_of(stage: Stage, who: str) -> int:
    return stage.live.top(who) + 1


def envelope(stage: Stage, who: str, *commands: Any, **changes: Any) -> bytes:
    given = {
        "ledger": stage.market.ledger,
        "nonce": nonce_of(stage, who),
        "good_until": stage.market.status().time + DAY,
        **changes,
    }
    signer: Signer = given.pop("signer", None) or Signer(stage.parties[who], keys_of(who))
    return signer.sign(given["ledger"], given["nonce"], given["good_until"], commands)


def sent(http: httpx.Client, raw: bytes) -> httpx.Response:
    return http.post("/v1/envelopes", content=raw, headers=BYTES)


def test_each_command_of_an_envelope_has_its_outcome(stage: Stage, http: httpx.Client) -> None:
    raw = envelope(stage, "A", sale(stage, "A", Side.DELIVER, "B", reference="each"), NOTHING)
    answer = sent(http, raw)
    assert answer.status_code == 200
    receipt = read_receipt(answer.json())
    assert receipt.digest == digest_of(raw)
    assert receipt.height == stage.market.status().height
    assert [each.reason for each in receipt.outcomes] == ["", "UNKNOWN_INSTRUCTION"]
    assert [type(event).__name__ for event in receipt.events] == ["Instructed"]
    assert not receipt.accepted
    refusal = receipt.refusal()
    assert refusal is not None
    assert refusal.reason is Reason.UNKNOWN_INSTRUCTION
    number = receipt.events[0].instruction
    assert stage.views.height >= receipt.height, "who reads next sees what it did"
    with Client(str(http.base_url), stage.signer("A")) as client:
        assert client.instruction(number).reference == "each"


STRANGE = Signer(PartyNumber(999), keys_of("nobody"))


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"ledger": bytes(16)}, 422, "WRONG_LEDGER"),
        ({"good_until": 1}, 409, "STALE"),
        ({"good_until": 1 << 61}, 422, "TOO_FAR_AHEAD"),
        ({"nonce": 1 << 40}, 422, "TOO_FAR_AHEAD"),
        ({"nonce": 1}, 409, "REPLAYED"),
        ({"signer": STRANGE}, 401, "UNKNOWN_SIGNER"),
        ({"signer": Signer(PartyNumber(1), keys_of("nobody"))}, 401, "UNKNOWN_SIGNER"),
    ],
)
def test_an_envelope_that_is_turned_away_whole_is_a_problem(
    stage: Stage, http: httpx.Client, changes: dict[str, Any], status: int, reason: str
) -> None:
    answer = sent(http, envelope(stage, "A", NOTHING, **changes))
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"


def test_bytes_that_are_no_envelope_never_reach_the_market(stage: Stage, http: httpx.Client) -> None:
    raw, height = envelope(stage, "A", NOTHING), stage.market.status().height
    for spoiled, reason in (
        (b"", "MALFORMED"),
        (raw[:-1], "MALFORMED"),
        (raw + b"\0", "MALFORMED"),
        (b"BAU2" + raw[4:], "MALFORMED"),
        (raw[:-1] + bytes([raw[-1] ^ 1]), "BAD_SIGNATURE"),
    ):
        answer = sent(http, spoiled)
        assert (answer.json()["reason"], answer.status_code) == (reason, 401 if reason == "BAD_SIGNATURE" else 400)
    assert stage.market.status().height == height


def test_what_became_of_an_envelope_is_told_to_its_sender_alone(stage: Stage, url: str, http: httpx.Client) -> None:
    raw = envelope(stage, "A", sale(stage, "A", Side.DELIVER, "B", reference="found"))
    receipt = read_receipt(sent(http, raw).json())
    assert sent(http, raw).json()["reason"] == "REPLAYED"
    for who in ("A", "operator"):
        with Client(url, stage.signer(who)) as client:
            assert client.find(receipt.digest) == receipt
            assert client.find("0" * 64) is None
    for other in ("B", None):
        with Client(url, stage.signer(other)) as client:
            assert client.find(receipt.digest) is None


def test_what_became_of_an_envelope_is_found_in_the_journal_too(stage: Stage) -> None:
    """As after a restart, when nothing is remembered; the same bytes stand there twice, and the first counts."""
    from bauhinia.wire.envelopes import Envelopes

    raw = envelope(stage, "A", sale(stage, "A", Side.DELIVER, "B", reference="searched"))
    first = stage.market.submit(raw).result(30)
    stage.market.submit(raw).result(30)
    stage.desk("B").send(NOTHING)
    place = Envelopes(stage.market).find(digest_of(raw))
    assert place is not None
    assert (place.height, place.index, place.party) == (first.height, first.index, stage.parties["A"])
    assert Envelopes(stage.market).find(digest_of(raw), after=first.height) is None
    assert Envelopes(stage.market).find(digest_of(b"never sent")) is None


def test_commands_are_signed_elsewhere(stage: Stage, url: str, http: httpx.Client) -> None:
    """Someone with no code of ours: JSON to bytes, an Ed25519 signature over them, and the parts sent back as JSON."""
    order = command_form(sale(stage, "A", Side.DELIVER, "B", reference="elsewhere"))
    asked = {
        "commands": [order],
        "party": stage.parties["A"],
        "nonce": nonce_of(stage, "A"),
        "good_until": stage.market.status().time + DAY,
    }
    to_sign = http.post("/v1/commands/bytes", json=asked).json()
    key = keys_of("A")[0]
    signature = key.sign(bytes.fromhex(to_sign["signed"])).signature.hex()
    parts = {name: to_sign[name] for name in ("party", "nonce", "good_until", "body")}
    parts["signatures"] = [{"key": key.verify_key.encode().hex(), "signature": signature}]
    receipt = read_receipt(http.post("/v1/envelopes", json=parts).json())
    assert receipt.accepted
    assert receipt.events[0].order.reference == "elsewhere"
    parts["signatures"][0]["signature"] = "00" * 64
    assert http.post("/v1/envelopes", json=parts).json()["reason"] == "BAD_SIGNATURE"


def test_the_next_nonce_is_told_to_the_party_alone(stage: Stage, url: str, http: httpx.Client) -> None:
    asked = {"commands": command_form(NOTHING), "party": stage.parties["A"]}
    assert http.post("/v1/commands/bytes", json=asked).json()["field"] == "nonce"
    with Client(url, stage.signer("A")) as client:
        assert client.asker().nonce == nonce_of(stage, "A") - 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"commands": []}, "commands"),
        ({"commands": [{"do": "nothing"}], "party": 1, "nonce": 1}, "commands[0].do"),
        ({"commands": [{"do": "hold_instruction"}], "party": 1, "nonce": 1}, "commands[0].instruction"),
        (
            {"commands": [{"do": "hold_instruction", "instruction": 1.5}], "party": 1, "nonce": 1},
            "commands[0].instruction",
        ),
        ({"commands": [command_form(HoldInstruction(InstructionNumber(1)))], "nonce": 1}, "party"),
        ({"commands": [command_form(NOTHING)], "party": -1, "nonce": 1}, "party"),
        ({"commands": [command_form(NOTHING)], "party": 1, "nonce": 1, "x": 1}, "x"),
        ([], "commands"),
    ],
)
def test_a_wrong_form_is_refused_by_its_path(http: httpx.Client, body: Any, field: str) -> None:
    answer = http.post("/v1/commands/bytes", json=body)
    assert (answer.status_code, answer.json()["reason"], answer.json()["field"]) == (400, "MALFORMED", field)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"signatures": []}, "signatures"),
        ({"signatures": [{"key": "00", "signature": "00"}]}, "signatures[0]"),
        ({"party": 1 << 40}, "party"),
        ({"nonce": -1}, "nonce"),
        ({"body": "xyz"}, "body"),
    ],
)
def test_so_are_wrong_parts_of_an_envelope(http: httpx.Client, parts: dict[str, Any], field: str) -> None:
    whole = {
        "party": 1,
        "nonce": 1,
        "good_until": 1,
        "body": "",
        "signatures": [{"key": "00" * 32, "signature": "00" * 64}],
    }
    assert http.post("/v1/envelopes", json={**whole, **parts}).json()["field"] == field


def test_a_body_is_said_to_be_what_it_is_and_no_larger_than_an_envelope(http: httpx.Client) -> None:
    answer = http.post("/v1/envelopes", content=b"x", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["reason"]) == (415, "CONTENT")
    assert http.post("/v1/envelopes", content=b"x").status_code == 415
    huge = http.post("/v1/envelopes", content=bytes(3 << 20), headers=BYTES)
    assert (huge.status_code, huge.json()["reason"]) == (413, "TOO_LARGE")
    chunked = http.post("/v1/envelopes", content=(bytes(1 << 20) for _ in range(3)), headers=BYTES)
    assert chunked.status_code == 413
    assert http.request("GET", "/v1/market", content=b"x").status_code == 413
