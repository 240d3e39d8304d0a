"""X cannot see Y, over HTTP: for each role, what it may not know is as unknown as what is not there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bauhinia.ledger.instructions import Side
from bauhinia.wire.client import Client
from bauhinia.wire.problems import Door, DoorRefused
from tests.edge.http.stage import ISIN, Stage, sale

OUTSIDERS = (None, "B", "Client", "Lead", "Trustee", "Watch")


@pytest.fixture(scope="module")
def instruction(stage: Stage) -> int:
    """A's instruction, unmatched: its own business."""
    receipt = stage.desk("A").do(sale(stage, "A", Side.DELIVER, "B", reference="secret"))
    return int(receipt.events[0].instruction)


def unknown(ask: Any) -> bool:
    with pytest.raises(DoorRefused) as refused:
        ask()
    return refused.value.door is Door.NOT_FOUND


@pytest.mark.parametrize("who", OUTSIDERS)
def test_an_account_and_all_of_it_is_unknown_to_others(
    stage: Stage, url: str, instruction: int, who: str | None
) -> None:
    account = stage.at["A"]
    with Client(url, stage.signer(who)) as client:
        assert account not in {each.number for each in client.accounts()}
        assert account not in {each.account for each in client.positions()}
        assert unknown(lambda: client.account(account))
        assert unknown(lambda: client.account(999_999))
        assert unknown(lambda: client.instruction(instruction))
        assert instruction not in {each.number for each in client.instructions()}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_unknown_and_not_yours_are_one_answer_to_the_byte(
    stage: Stage, url: str, instruction: int, who: str | None
) -> None:
    private = stage.desk("A").do(sale(stage, "A", Side.DELIVER, "B", reference=f"unseen by {who}"))
    with Client(url, stage.signer(who)) as client:
        for mine, nobodys in (
            (f"/v1/accounts/{stage.at['A']}", "/v1/accounts/999999"),
            (f"/v1/accounts/{stage.at['A']}/entries", "/v1/accounts/999999/entries"),
            (
                f"/v1/accounts/{stage.at['A']}/statement?first=2026-02-02&last=2026-02-03",
                "/v1/accounts/999999/statement?first=2026-02-02&last=2026-02-03",
            ),
            (f"/v1/accounts/{stage.at['A']}/holdings?day=2026-02-03", "/v1/accounts/999999/holdings?day=2026-02-03"),
            (f"/v1/instructions/{instruction}", "/v1/instructions/999999"),
            (f"/v1/proofs/{private.height}/{private.index}", "/v1/proofs/999999/0"),
            ("/v1/parties/999999", "/v1/parties/xyz"),
        ):
            answers = [client._http.get(path, headers=client._headers("GET", path)) for path in (mine, nobodys)]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].content == answers[1].content


def test_the_holder_and_operators_see_it(stage: Stage, url: str, instruction: int) -> None:
    for who in ("A", "operator"):
        with Client(url, stage.signer(who)) as client:
            assert client.account(stage.at["A"]).account.holder == stage.parties["A"]
            assert client.instruction(instruction).reference == "secret"


@pytest.mark.parametrize("who", [None, "B", "Client", "Trustee"])
def test_what_happens_to_one_is_not_in_the_events_of_another(
    stage: Stage, url: str, instruction: int, who: str | None
) -> None:
    with Client(url, stage.signer("A")) as client:
        assert "secret" in str(client.events(limit=1_000))
    with Client(url, stage.signer(who)) as client:
        assert "secret" not in str(client.events(limit=1_000))
        assert "secret" not in str(client.market(200))


def test_a_receipt_tells_its_sender_only_its_own_side_of_a_match(stage: Stage, url: str) -> None:
    """B's instruction matches A's: B is told so, and of the legs only where it holds an account."""
    with Client(url, stage.signer("A")) as client:
        client.do(sale(stage, "A", Side.DELIVER, "B", reference="A-2"))
    with Client(url, stage.signer("B")) as client:
        receipt = client.do(sale(stage, "B", Side.RECEIVE, "A", reference="B-2"))
    told = str(receipt)
    assert "Matched" in told
    assert "A-2" not in told, "the other side's reference is its own"
    legs = next(event for event in receipt.events if type(event).__name__ == "Matched").legs
    assert {leg.giver for leg in legs} | {leg.taker for leg in legs} <= {0, stage.at["B"]}


def test_keys_and_standing_of_a_party_are_its_own(stage: Stage, url: str) -> None:
    for who, count in (("A", 2), ("operator", 2), ("B", 0), (None, 0)):
        with Client(url, stage.signer(who)) as client:
            path = f"/v1/parties/{stage.parties['A']}"
            page = client._http.get(path, headers=client._headers("GET", path)).json()
            assert len(page["keys"]) == count


@pytest.mark.parametrize("path", ["/metrics"])
def test_what_tells_the_markets_volume_is_for_operators_and_this_machine(
    stage: Stage, url: str, http: httpx.Client, path: str
) -> None:
    assert http.get(path).status_code == 200
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    assert http.get(path, headers=forwarded).status_code == 404
    with Client(url, stage.signer("operator")) as client:
        assert client._http.get(path, headers={**client._headers("GET", path), **forwarded}).status_code == 200


def test_a_proof_is_for_who_may_know_the_whole_outcome(stage: Stage, url: str) -> None:
    from bauhinia.node.proofs import check_proof

    receipt = stage.desk("A").do(sale(stage, "A", Side.DELIVER, "B", reference="proved"))
    outcomes = next(stage.market.history(receipt.height, receipt.height)).outcomes
    index = next(number for number, each in enumerate(outcomes) if each.party == stage.parties["A"])
    path = f"/v1/proofs/{receipt.height}/{index}"
    for who, status in (("A", 200), ("operator", 200), ("B", 404), (None, 404)):
        with Client(url, stage.signer(who)) as client:
            answer = client._http.get(path, headers=client._headers("GET", path))
            assert answer.status_code == status
            if status == 200:
                assert check_proof(answer.content, [stage.market.node_key]).good


def test_a_bond_is_public_and_its_holders_are_not(stage: Stage, url: str) -> None:
    with Client(url) as stranger:
        page = stranger.bond(ISIN)
        assert page.bond.isin == ISIN
        assert (page.holders, page.holders_seen) == ((), "NONE")
        assert page == stranger.bond(stage.bond)
        assert unknown(lambda: stranger.register(ISIN))
        assert unknown(lambda: stranger.bond("XS0000000000"))
    with Client(url, stage.signer("A")) as client:
        assert {each.holder for each in client.bond(ISIN).holders} == {stage.parties["A"]}
    with Client(url, stage.signer("CMU")) as registrar:
        assert {each.name for each in registrar.register(ISIN).rows} >= {"A", "B"}
