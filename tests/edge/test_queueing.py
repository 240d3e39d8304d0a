"""The queue at the doors, and the agent that searches it: the gridlocked morning, stopped before it is freed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bauhinia.agents import proposer
from bauhinia.agents.offset import By
from bauhinia.edge.cli import DONE, REFUSED, main
from bauhinia.edge.stories.played import play
from bauhinia.node.keys import play_keys
from bauhinia.node.market import Options
from bauhinia.wire.floor import Floor
from bauhinia.words.reasons import Reason, Refused

STORY = Path(__file__).resolve().parents[2] / "stories" / "gridlock.toml"
PERSONS = ("maker", "checker")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The market in a folder that no node serves: the agent is appointed, and nothing has settled yet."""
    return played(tmp_path)


def played(tmp_path: Path, more: str = "") -> Path:
    """The same, with more steps."""
    told, _, _ = STORY.read_text(encoding="utf-8").partition("# What may not be proposed")
    story, folder = tmp_path / "gridlock.toml", tmp_path / "market"
    story.write_text(told + more, encoding="utf-8")
    play(story, folder).close()
    return folder


def said(capsys: Capture, kept: Path, who: str, *arguments: str, code: int = DONE) -> Any:
    """The JSON that a command answers with."""
    capsys.readouterr()
    assert main([*arguments, "--data", str(kept), "--as", who, "--play", "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_agent_sees_searches_and_frees_the_queue(kept: Path, capsys: Capture) -> None:
    page = said(capsys, kept, "Offset agent", "queue")
    assert [each["reason"] for each in page["waiting"]] == ["LACK", "LACK", "LACK", "MONY", "BOTH"]
    ring = [each["transaction"] for each in page["waiting"][:3]]
    assert said(capsys, kept, "Fund", "queue")["whole"] is False
    found = said(capsys, kept, "Offset agent", "offset", "--quick", "--seconds", "1")
    assert found["transactions"] == ring
    assert [each["transaction"] for each in said(capsys, kept, "Offset agent", "queue")["waiting"]] == [
        each["transaction"] for each in page["waiting"][3:]
    ]
    again = said(capsys, kept, "Offset agent", "offset", "--quick", "--seconds", "1")
    assert (again["transactions"], again["receipt"]) == ([], None)


def test_a_set_is_proposed_by_hand_and_refused_by_name(kept: Path, capsys: Capture) -> None:
    ring = [str(each["transaction"]) for each in said(capsys, kept, "Offset agent", "queue")["waiting"]]
    proposing = ("settle-together", "--why", "by hand")
    problem = said(capsys, kept, "Offset agent", *proposing, *ring[:4], code=REFUSED)["problem"]
    assert (problem["reason"], problem["detail"].endswith("lacks HKD 5,000,000.00")) == ("MONY", True)
    problem = said(capsys, kept, "Fund", *proposing, *ring[:3], code=REFUSED)["problem"]
    assert (problem["reason"], problem["parts"]) == ("UNKNOWN_TRANSACTION", [ring[0]])
    receipt = said(capsys, kept, "Offset agent", *proposing, *ring[:3])
    (taken,) = receipt["outcomes"][0]["events"]  # that these are settled is told to the parties to them
    assert (taken["event"], list(map(str, taken["transactions"]))) == ("offset_taken", ring[:3])


def test_what_was_found_in_an_old_queue_is_refused_and_moves_nothing(kept: Path) -> None:
    with Floor.open(kept, options=Options(processes=0), keys=lambda name, _: play_keys(name, PERSONS)) as floor:
        agent, operator = floor.desk("Offset agent"), floor.desk("operator")
        page = agent.whole_queue()
        assert page == operator.whole_queue()
        queue = proposer.queue_of(page)
        assert [each.number for each in queue.waiting] == [each.transaction for each in page.waiting[:4]]
        assert [each.value for each in queue.waiting] == [each * 10**8 for each in (30, 40, 30, 5)]
        done = proposer.attempt(operator, by=By.COUNT, seconds=0.5, exact=False)
        assert done.receipt is not None
        with pytest.raises(Refused) as refused:
            agent.settle_together(done.proposal.numbers, "too late")
        assert refused.value.reason is Reason.ALREADY_DONE


def test_a_participant_searches_its_own_queue_by_what_it_may_know(kept: Path) -> None:
    with Floor.open(kept, options=Options(processes=0), keys=lambda name, _: play_keys(name, PERSONS)) as floor:
        page = floor.desk("Dealer").whole_queue()
        queue = proposer.queue_of(page)
        assert not page.whole
        assert [each.reason for each in page.waiting] == ["CLAC", "LACK", "CMON"]
        hidden = [units for (account, _), units in queue.available.items() if account == 0]
        assert set(hidden) == {proposer.UNKNOWN}
        found = proposer.attempt(floor.desk("Dealer"), seconds=0.5, exact=False)
        assert found.refusal is not None, "what the others lack it cannot know"
        assert found.refusal.reason in (Reason.CLAC, Reason.CMON)


LINKED = """
[[step]]
by = "Bank"
do = "modify_instruction"
instruction = "ONE"
priority = 4
links = [{ position = "with", reference = "%s" }]
"""


@pytest.mark.parametrize(("other", "frees"), [("THREE", True), ("FIVE", False)])
def test_the_agent_proposes_what_is_linked_whole_or_not_at_all(
    tmp_path: Path, capsys: Capture, other: str, frees: bool
) -> None:
    """With the last of the ring the first settles, with one that is held it does not."""
    folder = played(tmp_path, LINKED % other)
    page = said(capsys, folder, "Offset agent", "queue")
    ring = [each["transaction"] for each in page["waiting"][:3]]
    assert [each["reason"] for each in page["waiting"][:3]] == ["LINK", "LACK", "LACK"]
    found = said(capsys, folder, "Offset agent", "offset", "--quick", "--seconds", "1")
    assert sorted(found["transactions"]) == (ring if frees else [])
    assert (found["receipt"] is not None) is frees


def test_an_instruction_is_linked_and_given_a_model_on_the_command_line(kept: Path, capsys: Capture) -> None:
    page = said(capsys, kept, "Dealer", "queue")
    account = next(str(leg["taker"]) for line in page["waiting"] for leg in line["legs"] if leg["taker"])
    given = ("deliver", "10,000.00", "HKPLAYGRIDL3", "--account", account, "--counterparty", "Fund")
    paid = ("--money", "e-HKD", "--amount", "10,000.00", "--cash-account", account)
    links = ("--with", "ONE", "--after", "TWO", "--before", "LATER")
    said(capsys, kept, "Dealer", "instruct", *given, *paid, "--reference", "LINKED", *links)
    with Floor.open(kept, options=Options(processes=0), keys=lambda name, _: play_keys(name, PERSONS)) as floor:
        (told,) = [each for each in floor.desk("Dealer").instructions() if each.reference == "LINKED"]
    links_told = [(each.position, each.reference) for each in told.links]
    assert links_told == [("WITH", "ONE"), ("BEFO", "LATER"), ("AFTE", "TWO")]
    assert told.model == 1
    problem = said(
        capsys, kept, "Dealer", "instruct", *given, *paid, "--reference", "NET", "--model", "3", code=REFUSED
    )["problem"]
    assert (problem["reason"], problem["parts"][:2]) == ("MODEL", ["model", "3"])
