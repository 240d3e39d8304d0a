"""Names and addresses stand beside the ledger: who puts them in, who sees them, and what binds them."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bauhinia.node.personal import commitment
from bauhinia.rules.registers import RecordHolderData
from bauhinia.wire.forms import BadForm
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.reasons import Reason, Refused
from tests.edge.http.stage import Stage, opened

DATA = {"name": "Ah Kwan", "address": "1 Harbour Road"}


def kept_by(stage: Stage, who: str, address: str = DATA["address"]) -> bytes:
    """Put in what is known of A, and bind the ledger to it; the salt."""
    number = stage.parties["A"]
    desk = stage.desk(who)
    bound = desk.put_particulars(number, {**DATA, "address": address})
    assert not bound.bound
    desk.do(RecordHolderData(number, bound.commitment))
    return bound.salt


def test_a_registrar_puts_them_in_and_the_ledger_is_bound_to_them(stage: Stage, url: str) -> None:
    number = stage.parties["A"]
    with stage.client(url, "CMU") as registrar:
        waits = registrar.put_particulars(number, DATA)
        assert commitment(waits.salt, DATA) == waits.commitment
        assert not registrar.particulars(number).bound
        registrar.do(RecordHolderData(number, waits.commitment))
        found = registrar.particulars(number)
    assert (found.data, found.salt, found.bound) == (DATA, waits.salt, True)
    assert stage.live.state.parties[number].commitment == found.commitment


def test_a_party_sees_its_own_and_puts_nothing_in(stage: Stage, url: str) -> None:
    kept_by(stage, "operator")
    number = stage.parties["A"]
    with stage.client(url, "A") as own:
        assert own.particulars(number).data == DATA
        with pytest.raises(DoorRefused) as refused:
            own.put_particulars(number, {"name": "someone else"})
    assert refused.value.door is Door.NOT_FOUND
    assert stage.desk("A").particulars(number).data == DATA


@pytest.mark.parametrize("who", [None, "B", "Trustee", "Watch", "Government", "Custodian"])
def test_nobody_else_sees_or_changes_them(stage: Stage, url: str, who: str | None) -> None:
    kept_by(stage, "CMU", f"Street of {who}")
    number = stage.parties["A"]
    with stage.client(url, who) as other:
        for ask in (other.particulars, lambda party: other.put_particulars(party, DATA)):
            with pytest.raises(DoorRefused) as refused:
                ask(number)
            assert refused.value.door is Door.NOT_FOUND
    assert stage.desk("CMU").particulars(number).data["address"] == f"Street of {who}"


def test_a_custodian_keeps_those_of_its_clients(stage: Stage) -> None:
    custodian, client = stage.desk("Custodian"), stage.parties["Client"]
    bound = custodian.put_particulars(client, {"name": "Client"})
    custodian.do(RecordHolderData(client, bound.commitment))
    assert custodian.particulars(client).bound


def test_what_is_bound_already_is_put_in_under_its_salt(stage: Stage) -> None:
    number, registrar = stage.parties["B"], stage.desk("CMU")
    salt, data = bytes(range(32)), {"name": "Bo"}
    registrar.do(RecordHolderData(number, commitment(salt, data)))
    assert registrar.put_particulars(number, data, salt).bound


@pytest.mark.parametrize(
    ("data", "salt", "field"),
    [
        ({}, b"", "data"),
        ({"name": ""}, b"", "data.name"),
        ({"name": "x" * 501}, b"", "data.name"),
        ({"name": "a\nb"}, b"", "data.name"),
        ({str(number): "x" for number in range(33)}, b"", "data"),
        (DATA, b"short", "salt"),
    ],
)
def test_what_cannot_be_kept_is_told_by_field(
    stage: Stage, url: str, data: dict[str, str], salt: bytes, field: str
) -> None:
    with stage.client(url, "CMU") as registrar, pytest.raises(BadForm) as refused:
        registrar.put_particulars(stage.parties["A"], data, salt)
    assert refused.value.field == field


def test_a_signed_body_cannot_be_changed_on_its_way(stage: Stage, url: str, http: httpx.Client) -> None:
    kept_by(stage, "CMU")
    target = f"/v1/parties/{stage.parties['A']}/particulars"
    with stage.client(url, "CMU") as registrar:
        body = b'{"data": {"name": "Ah Kwan"}}'
        headers = {**registrar._headers("PUT", target, body), "Content-Type": "application/json"}
    changed = http.put(target, content=body.replace(b"Ah", b"Oh"), headers=headers)
    assert (changed.status_code, changed.json()["reason"]) == (401, "UNAUTHENTICATED")
    assert http.put(target, content=body, headers=headers).status_code == 200


def test_the_ledger_asks_who_may_bind_it(stage: Stage) -> None:
    with pytest.raises(Refused) as refused:
        stage.desk("B").do(RecordHolderData(stage.parties["A"], bytes(32)))
    assert refused.value.reason in (Reason.NOT_AUTHORISED, Reason.UNKNOWN_PARTY)


def test_a_restart_keeps_what_is_bound_and_what_waits(tmp_path: Path) -> None:
    stage = opened(tmp_path)
    try:
        number = stage.parties["A"]
        kept_by(stage, "CMU")
        stage.desk("CMU").put_particulars(number, {"name": "Ah Kwan", "address": "2 New Road"})
        stage.restart()
        assert stage.desk("CMU").particulars(number).data == DATA, "what the ledger binds comes first"
        assert len(list(tmp_path.glob("personal.sqlite"))) == 1
    finally:
        stage.close()
