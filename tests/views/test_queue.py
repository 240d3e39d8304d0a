"""Who sees what of the queue, and a set that settles at one instant as the views have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bauhinia.agents import proposer
from bauhinia.ledger.instructions import Link, ProcessingPosition
from bauhinia.ledger.parties import Block
from bauhinia.ledger.powers import Cause
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.powers import SetBlock
from bauhinia.rules.settlement import Settled
from bauhinia.rules.together import AppointOffsetAgent, SettleTogether
from bauhinia.views import queries
from bauhinia.views.queue import QueuePage
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import TransactionNumber
from bauhinia.words.reasons import Reason
from tests.support import START
from tests.views.agreement import agree
from tests.views.stage import UNIT, Stage, dealers_and_custodians, feed

WITH = ProcessingPosition.WITH
RING = ("A", "B", "client")  # the last one in the book of C1


def ring(stage: Stage) -> tuple[TransactionNumber, ...]:
    """Three that are each to deliver a hundred times what is there, and pay for it, to the next."""
    numbers = []
    for seller, buyer in zip(RING, (*RING[1:], RING[0]), strict=True):
        stage.trade(seller, buyer, 10_000 * UNIT, 9_999, reference=f"ring of {seller}")
        numbers.append(stage.told.state.settlement.last_transaction)
    stage.project()
    return tuple(numbers)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return dealers_and_custodians(tmp_path)


def shown(stage: Stage, who: str) -> QueuePage:
    return queries.queue(stage.views, stage.viewer(who))


def numbers_of(page: QueuePage) -> list[int]:
    return [each.transaction for each in page.waiting]


def test_each_sees_its_own_queue_and_operator_and_agents_all_of_it(stage: Stage) -> None:
    numbers = ring(stage)
    everything = shown(stage, "operator")
    assert everything.whole
    assert set(numbers) < set(numbers_of(everything)), "beside them waits what the market began with"
    for who, own in (
        ("A", {0, 2}),
        ("B", {0, 1}),
        ("client", {1, 2}),
        ("C1", {1, 2}),
        ("C2", set()),
        ("issuer", set()),
        ("stranger", set()),
    ):
        page = shown(stage, who)
        assert not page.whole
        assert set(numbers_of(page)) & set(numbers) == {numbers[each] for each in own}
    told = stage.told
    told.does("operator", AppointOffsetAgent(told.parties["agent"], told.state.time + 60 * MINUTE))
    stage.project()
    assert shown(stage, "agent") == everything
    told.until(START, 11 * 60 + 30)
    stage.project()
    assert numbers_of(shown(stage, "agent")) == [], "its appointment has ended"
    told.does("operator", AppointOffsetAgent(told.parties["agent"], told.state.time + DAY))
    told.does("operator", AppointOffsetAgent(told.parties["agent"], 0))
    stage.project()
    assert numbers_of(shown(stage, "agent")) == []


def test_a_line_names_only_what_its_viewer_may_know(stage: Stage) -> None:
    first, second, third = ring(stage)
    lines = {who: {each.transaction: each for each in shown(stage, who).waiting} for who in ("operator", "A", "B")}
    whole, mine, theirs = (lines[who][first] for who in ("operator", "A", "B"))
    a, b = stage.accounts["A"], stage.accounts["B"]
    assert [(leg.giver, leg.taker) for leg in whole.legs] == [(a, b), (b, a)]
    assert [(leg.giver, leg.taker) for leg in mine.legs] == [(a, 0), (0, a)]
    assert [(leg.giver, leg.taker) for leg in theirs.legs] == [(0, b), (b, 0)]
    assert [(each.reason, each.account) for each in (whole, mine, theirs)] == [("LACK", a), ("LACK", a), ("CLAC", 0)]
    assert (whole.priority, whole.outside, whole.kind, whole.status) == (4, False, "TRADE", "PENDING")
    assert whole.entered == stage.told.state.time
    held = {(each.account, each.asset): each.available for each in shown(stage, "operator").positions}
    assert held[a, stage.bond] == stage.told.balance(a, stage.bond)
    assert {each.account for each in shown(stage, "A").positions} == {a}, "what others have is not its business"
    assert (second, third) == tuple(each for each in lines["operator"] if each > first)


def test_a_block_is_told_to_nobody_by_the_queue_but_the_operator_and_its_holder(stage: Stage) -> None:
    told = stage.told
    told.does("operator", AppointOffsetAgent(told.parties["agent"], told.state.time + DAY))
    told.does("registrar", SetBlock(stage.accounts["A"], stage.bond, int(Block.DEBIT), Cause.SANCTIONS, b"", 0))
    stage.trade("A", "B", UNIT, 90, reference="blocked")
    number = told.state.settlement.last_transaction
    stage.project()
    for who, reason in (("operator", "FROZ"), ("A", "FROZ"), ("B", "CLAC"), ("agent", "NOT_WAITING")):
        (line,) = [each for each in shown(stage, who).waiting if each.transaction == number]
        assert (who, line.reason) == (who, reason)
        assert (line.account != 0) is (reason == "FROZ")
    assert told.refused("agent", SettleTogether((number,), "blocked"))[0] is Reason.NOT_WAITING


def test_pages_follow_each_other(stage: Stage) -> None:
    ring(stage)
    whole, viewer = numbers_of(shown(stage, "operator")), stage.viewer("operator")
    found, after = list[int](), 0
    while page := queries.queue(stage.views, viewer, after=after, limit=2).waiting:
        found += [each.transaction for each in page]
        after = found[-1]
    assert found == whole


def test_a_set_is_entered_without_a_balance_that_there_never_was(stage: Stage) -> None:
    numbers, told = ring(stage), stage.told
    before = {who: told.balance(stage.accounts[who], stage.hkd) for who in RING}
    told.does("operator", SettleTogether(numbers, "a ring"))
    stage.project()
    agree(stage.views, told.state)
    for who in RING:
        account, viewer = stage.accounts[who], stage.viewer("operator")
        made = [each for each in queries.entries(stage.views, viewer, account) if each.transaction in numbers]
        assert len(made) == 4
        assert min(each.balance.units for each in made) >= 0
        assert told.balance(account, stage.hkd) == before[who]
    for who, own in (("A", {0, 2}), ("C1", {1, 2}), ("operator", {0, 1, 2}), ("other", set())):
        lines = feed(stage.views, stage.viewer(who))
        settled = [number for each in lines if each.kind == Settled.__name__ for number in each.fields["transactions"]]
        assert [each for each in settled if each in numbers] == [numbers[each] for each in sorted(own)]


# ---- what is linked ----


def linked(stage: Stage) -> tuple[TransactionNumber, ...]:
    """A buys of B what it sells to the client; B, who has neither, links its own sale with a third."""
    numbers = list[TransactionNumber]()
    for seller, buyer, lots, names in (
        ("B", "A", 10_000, ()),
        ("A", "client", 10_000, ("linked 0",)),
        ("B", "A", 1, ("linked 0", "never")),
    ):
        links = tuple(Link(WITH, name) for name in names)
        stage.trade(seller, buyer, lots * UNIT, 9, reference=f"linked {len(numbers)}", seller_links=links)
        numbers.append(stage.told.state.settlement.last_transaction)
    stage.project()
    return tuple(numbers)


def sets_of(stage: Stage, who: str) -> dict[int, tuple[int, ...]]:
    return {each.transaction: each.together for each in shown(stage, who).waiting if each.together}


def test_the_queue_shows_what_settles_together_as_far_as_its_viewer_knows(stage: Stage) -> None:
    first, second, third = linked(stage)
    whole, of_a = tuple(sorted((first, second, third))), (first, second)
    assert sets_of(stage, "operator") == dict.fromkeys(whole, whole)
    assert sets_of(stage, "A") == dict.fromkeys(of_a, of_a), "what its counterparties link is not its business"
    assert sets_of(stage, "B") == dict.fromkeys((first, third), (first, third))
    assert sets_of(stage, "client") == {}
    assert {each.reason for each in shown(stage, "A").waiting if each.transaction in whole} == {"LINK"}
    told = stage.told
    number = told.state.settlement.references[told.parties["B"], "linked 2"]
    told.does("B", ModifyInstruction(number))
    stage.project()
    assert sets_of(stage, "operator") == dict.fromkeys(of_a, of_a)
    agree(stage.views, told.state)


def test_an_agent_takes_what_is_linked_as_one(stage: Stage) -> None:
    first, second, third = linked(stage)
    told = stage.told
    queue = proposer.queue_of(shown(stage, "operator"))
    assert not {first, second, third} & {each.number for each in queue.waiting}, "one of the set is not there"
    number = told.state.settlement.references[told.parties["B"], "linked 2"]
    told.does("B", ModifyInstruction(number))
    stage.project()
    (found,) = [each for each in proposer.queue_of(shown(stage, "operator")).waiting if each.number == first]
    assert len(found.legs) == 5, "the client is behind a custodian"
    sets = proposer.sets_of(shown(stage, "operator"))
    assert [first, second] in [[line.transaction for line in lines] for lines in sets]
