"""Whoever reads a register through the door has left a trace on the ledger, or keeps the register."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.registers import InspectRegister, RegisterInspected
from bauhinia.words.reasons import Reason, Refused
from tests.edge.http.stage import ISIN, Stage
from tests.rules.deal import NEXT
from tests.support import START

REGISTER = f"/v1/bonds/{ISIN}/register"
OPEN = tuple(Provision(f"register.{name}", "holders", "conditions") for name in ("inspection", "copies"))


@pytest.fixture(scope="module")
def stage(stage: Stage) -> Stage:
    """The profile of the bond lets its holders look."""
    stage.live.does("operator", PublishRulebook("contractual", 1, START, "Conditions", (), OPEN))
    assert stage.following.reach(stage.market.journal.height())
    return stage


def traces(stage: Stage) -> list[RegisterInspected]:
    found = []
    for block in stage.market.history(1, stage.market.journal.height()):
        found += [event for outcome in block.outcomes for event in outcome.events]
    return [event for event in found if isinstance(event, RegisterInspected)]


@pytest.mark.parametrize("who", ["CMU", "Government", "Agent", "Trustee", "operator"])
def test_who_keeps_a_register_or_acts_on_it_reads_it_daily(stage: Stage, url: str, who: str) -> None:
    before = traces(stage)
    with stage.client(url, who) as client:
        assert len(client.register(ISIN).rows) >= 2
        assert client.bond(ISIN).holders_seen == "REGISTER"
    assert traces(stage) == before


@pytest.mark.parametrize("form", ["json", "csv", "pdf"])
def test_a_holder_is_told_which_command_to_sign_first(stage: Stage, url: str, form: str) -> None:
    target = f"{REGISTER}?format={form}"
    with stage.client(url, "B") as client:
        answer = client._http.get(target, headers=client._headers("GET", target))
        assert client.bond(ISIN).holders_seen == "ASK"
        assert {each.holder for each in client.bond(ISIN).holders} == {stage.parties["B"]}
    problem = answer.json()
    assert (answer.status_code, problem["reason"], problem["parts"]) == (403, "NOT_SIGNED_FOR", ["request_copy", ISIN])


def test_a_copy_and_a_look_leave_who_what_when_and_why(stage: Stage, url: str) -> None:
    with stage.client(url, "A") as client:
        client.do(InspectRegister(stage.bond, "to see who else is there"))
        assert len(client.bond(ISIN).holders) >= 2
        with pytest.raises(Refused, match=Reason.NOT_SIGNED_FOR.name):
            client.register(ISIN)  # a look is no copy
        assert len(client.register(ISIN, "to write to the others").rows) >= 2
        assert len(client.register(ISIN).rows) >= 2  # it is signed for, today
        time = client.market().time
    told = [(each.asset, each.party, each.copied, each.why) for each in traces(stage)]
    assert told == [
        (stage.bond, stage.parties["A"], False, "to see who else is there"),
        (stage.bond, stage.parties["A"], True, "to write to the others"),
    ]
    assert [each.time for each in traces(stage)] == [time, time]
    stage.live.until(NEXT + timedelta(days=1))
    assert stage.following.reach(stage.market.journal.height())
    with stage.client(url, "A") as client:
        assert client.bond(ISIN).holders_seen == "ASK"
        with pytest.raises(Refused, match=Reason.NOT_SIGNED_FOR.name):
            client.register(ISIN)


@pytest.mark.parametrize("who", ["HKMA", "Client", None])
def test_who_may_not_gets_the_answer_of_what_is_unknown(stage: Stage, url: str, who: str | None) -> None:
    answers = []
    with stage.client(url, who) as client:
        for target in (REGISTER, REGISTER.replace(ISIN, "HK0000999999")):
            answers.append(client._http.get(target, headers=client._headers("GET", target)))
        if who:
            with pytest.raises(Refused, match=Reason.NOT_DISCLOSED.name):
                client.register(ISIN, "out of curiosity")
    assert answers[0].status_code == answers[1].status_code == 404
    assert answers[0].content == answers[1].content
