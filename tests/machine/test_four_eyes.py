"""Four eyes: one person proposes, another approves; nobody does both."""

from __future__ import annotations

from datetime import timedelta

from bauhinia.ledger.parties import Purpose, Role
from bauhinia.rules.four_eyes import Approve, Approved, ProposalDropped, Proposed, Withdraw
from bauhinia.rules.onboarding import AccountOpened, OpenAccount, RegisterParty
from bauhinia.words.ids import AccountNumber, PartyNumber
from bauhinia.words.reasons import Reason
from tests.support import START, keys_of, market, replay

MAKER, CHECKER = ("maker",), ("checker",)


def test_what_one_proposes_another_approves() -> None:
    told = market()
    told.party("A", Role.DEALER)
    command = OpenAccount(told.parties["A"], Purpose.OWN, "own", AccountNumber(0), AccountNumber(0))
    (outcome,) = told.send("operator", command, persons=MAKER)
    (proposed,) = outcome.events
    assert isinstance(proposed, Proposed)
    assert not told.state.accounts
    assert told.refused("operator", Approve(proposed.proposal), MAKER)[0] is Reason.FOUR_EYES
    assert told.refused("A", Approve(proposed.proposal))[0] is Reason.UNKNOWN_PROPOSAL
    (outcome,) = told.send("operator", Approve(proposed.proposal), persons=CHECKER)
    assert [type(event) for event in outcome.events] == [AccountOpened, Approved]
    assert told.refused("operator", Approve(proposed.proposal), CHECKER)[0] is Reason.UNKNOWN_PROPOSAL
    replay(told)


def test_a_proposal_is_withdrawn_or_expires() -> None:
    told = market()
    command = RegisterParty("B", "", "HK", (Role.DEALER,), keys_of("B"), 1, b"")
    for _ in range(2):
        told.send("operator", command, persons=MAKER)
    told.does("operator", Withdraw(1, "a mistake"))
    assert told.refused("operator", Approve(1))[0] is Reason.UNKNOWN_PROPOSAL
    events = told.until(START + timedelta(days=8))
    assert ProposalDropped(2, told.parties["operator"], "expired") in events
    assert told.refused("operator", Approve(2))[0] is Reason.UNKNOWN_PROPOSAL


def test_an_approved_command_is_refused_as_its_rule_would() -> None:
    told = market()
    command = OpenAccount(PartyNumber(9), Purpose.OWN, "own", AccountNumber(0), AccountNumber(0))
    told.send("operator", command, persons=MAKER)
    assert told.refused("operator", Approve(1), CHECKER)[0] is Reason.UNKNOWN_PARTY
