"""Who asks: signatures, sessions, and everything that is wrong with one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from nacl.signing import SigningKey

from bauhinia.node.keys import play_key
from bauhinia.wire.asking import COOKIE, Claim, open_signed, read_header, read_signed
from bauhinia.wire.client import Client
from bauhinia.words.dates import MINUTE
from bauhinia.words.ids import PartyNumber
from tests.edge.http.stage import Stage, keys_of

TARGET = "/v1/accounts"


def claim(stage: Stage, who: str = "A", target: str = TARGET, method: str = "GET", later: int = 0) -> Claim:
    key, party, time = keys_of(who)[0], stage.parties[who], stage.clock() + later
    signed = read_signed(stage.market.ledger, party, time, method, target)
    return Claim(party, key.verify_key.encode(), time, key.sign(signed).signature)


def asked(http: httpx.Client, claimed: Claim | str, target: str = TARGET) -> httpx.Response:
    header = claimed if isinstance(claimed, str) else claimed.header()
    return http.get(target, headers={"Authorization": header})


def test_a_signature_shows_who_asks_and_a_stranger_needs_none(stage: Stage, http: httpx.Client) -> None:
    found = asked(http, claim(stage, target="/v1/asker"), "/v1/asker").json()
    assert (found["party"], found["name"], found["roles"]) == (stage.parties["A"], "A", ["INVESTOR"])
    stranger = http.get("/v1/asker").json()
    assert (stranger["party"], stranger["name"], stranger["nonce"]) == (0, "", 0)
    assert http.get(TARGET).json() == []
    assert [each["number"] for each in asked(http, claim(stage)).json()] == [stage.at["A"]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good, stage: replace(good, party=stage.parties["B"]),
        lambda good, stage: replace(good, party=PartyNumber(999)),
        lambda good, stage: replace(good, key=keys_of("B")[0].verify_key.encode()),
        lambda good, stage: replace(good, time=good.time + 1),
        lambda good, stage: replace(good, signature=bytes(64)),
        lambda good, stage: claim(stage, target="/v1/accounts?x=1"),
        lambda good, stage: claim(stage, target="/v1/positions"),
        lambda good, stage: claim(stage, method="POST"),
        lambda good, stage: claim(stage, later=MINUTE + 1_000_000),
        lambda good, stage: claim(stage, later=-MINUTE - 1_000_000),
        lambda good, stage: "Bauhinia party=1",
        lambda good, stage: "Basic YTpi",
        lambda good, stage: "Bearer " + "0" * 64,
        lambda good, stage: f"Bearer {good.signature.hex()}",
    ],
)
def test_a_claim_that_is_not_so_is_refused(stage: Stage, http: httpx.Client, spoil: Any) -> None:
    response = asked(http, spoil(claim(stage), stage))
    assert (response.status_code, response.json()["reason"]) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bauhinia, Bearer"
    assert asked(http, claim(stage)).status_code == 200


def test_a_signature_for_another_ledger_is_none_here(stage: Stage, http: httpx.Client) -> None:
    key, party, time = keys_of("A")[0], stage.parties["A"], stage.clock()
    signature = key.sign(read_signed(bytes(16), party, time, "GET", TARGET)).signature
    assert asked(http, Claim(party, key.verify_key.encode(), time, signature)).status_code == 401


def test_the_query_is_signed_as_it_is_sent(stage: Stage, http: httpx.Client) -> None:
    target = "/v1/events?limit=2&after="
    assert asked(http, claim(stage, target=target), target).status_code == 200
    assert asked(http, claim(stage, target=target), "/v1/events?limit=3&after=").status_code == 401


def opened_session(stage: Stage, http: httpx.Client, who: str = "A") -> httpx.Response:
    challenge = http.post("/v1/challenges").json()["challenge"]
    return answered(stage, http, challenge, stage.parties[who], keys_of(who)[0])


def answered(stage: Stage, http: httpx.Client, challenge: str, party: int, key: SigningKey) -> httpx.Response:
    signature = key.sign(open_signed(stage.market.ledger, party, challenge)).signature
    answer = {
        "party": party,
        "key": key.verify_key.encode().hex(),
        "challenge": challenge,
        "signature": signature.hex(),
    }
    return http.post("/v1/sessions", json=answer)


def test_a_session_stands_for_its_party_until_it_ends(stage: Stage, url: str) -> None:
    with httpx.Client(base_url=url) as http:
        opened = opened_session(stage, http)
        assert opened.status_code == 201
        assert "HttpOnly" in opened.headers["set-cookie"]
        assert "SameSite=strict" in opened.headers["set-cookie"]
        token = opened.json()["token"]
        assert http.cookies[COOKIE] == token
        assert [each["number"] for each in http.get(TARGET).json()] == [stage.at["A"]], "by its cookie"
        http.cookies.clear()
        bearer = {"Authorization": f"Bearer {token}"}
        assert [each["number"] for each in http.get(TARGET, headers=bearer).json()] == [stage.at["A"]]
        assert http.delete("/v1/sessions", headers=bearer).status_code == 204
        assert http.get(TARGET, headers=bearer).status_code == 401


def test_a_session_ends_with_its_time(stage: Stage, url: str) -> None:
    with httpx.Client(base_url=url) as http:
        token = opened_session(stage, http).json()["token"]
        stage.clock.moved += 16 * MINUTE
        try:
            assert http.get(TARGET).json() == [], "a cookie that has ended is a stranger's"
            assert http.get(TARGET, headers={"Authorization": f"Bearer {token}"}).status_code == 401
        finally:
            stage.clock.moved = 0


def test_a_challenge_is_answered_once_in_time_and_by_a_key_of_the_party(stage: Stage, url: str) -> None:
    with httpx.Client(base_url=url) as http:
        party, key = stage.parties["A"], keys_of("A")[0]
        challenge = http.post("/v1/challenges").json()["challenge"]
        assert answered(stage, http, challenge, stage.parties["B"], key).status_code == 401
        assert answered(stage, http, challenge, party, key).status_code == 401, "used up by the wrong answer"
        assert answered(stage, http, "0" * 64, party, key).status_code == 401
        late = http.post("/v1/challenges").json()["challenge"]
        stage.clock.moved += 2 * MINUTE
        try:
            assert answered(stage, http, late, party, key).status_code == 401
        finally:
            stage.clock.moved = 0
        assert http.post("/v1/sessions", json={"party": 1}).json()["field"] == "key"


def test_a_key_that_the_party_has_changed_opens_nothing_any_more(stage: Stage, url: str) -> None:
    from bauhinia.rules.onboarding import RotateKeys

    with httpx.Client(base_url=url) as http:
        opened_session(stage, http, "Trustee")
        assert http.get("/v1/asker").json()["party"] == stage.parties["Trustee"]
        fresh = tuple(play_key("Trustee, again", person).public for person in ("maker", "checker"))
        stage.desk("Trustee").do(RotateKeys(fresh, 1))
        assert http.get("/v1/asker").json()["party"] == 0
        with Client(url, stage.signer("Trustee")) as client, pytest.raises(Exception, match="UNAUTHENTICATED"):
            client.asker()


def test_headers_are_read_as_they_are_written() -> None:
    told = Claim(PartyNumber(7), bytes(range(32)), 5, bytes(range(64)))
    assert read_header(told.header()) == told
    assert read_header(told.header().replace(",", ", ")) == told
    for wrong in ("", "Bauhinia", told.header() + "0", told.header().replace("party=7", "party=-7")):
        assert read_header(wrong) is None
