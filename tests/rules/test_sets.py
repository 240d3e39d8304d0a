"""Sets of legs: who must agree, that all or nothing settles, and how a set ends."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bauhinia.ledger.instructions import Side
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Purpose, Right, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.books import BookOpened
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.onboarding import CloseAccount, GrantRight, RevokeRight, SetStanding
from bauhinia.rules.sets import (
    AgreeSet,
    CancelSet,
    SetAgreed,
    SetBound,
    SetCancelAsked,
    SetEnded,
    SetProposed,
    WithdrawSet,
)
from bauhinia.rules.settlement import Settled, TransactionCancelled, Waits
from bauhinia.rules.together import SettleTogether
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import NO_PARTY, AccountNumber, AssetNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.moneys import NEXT, Moneys, moneys
from tests.support import START, Seed, seen, trade


def switch(at: Moneys) -> tuple[Leg, ...]:
    """A gives B a bond for money in two currencies, of which B passes some on to C."""
    return (
        at.leg(at.bond, "A", "B", 3 * at.lot),
        at.leg(at.hkd, "B", "A", 200),
        at.leg(at.cny, "B", "A", 90),
        at.leg(at.cny, "A", "C", 40),
    )


def test_it_settles_whole_once_all_have_agreed_and_the_last_piece_is_there() -> None:
    at = moneys()
    seed = Seed(at.told)
    at.gives("B", hkd=200)
    number = at.agrees("A", "BC", *switch(at))
    assert (at.status(number), at.reason(number)) == (["PENDING"], "MONY")
    assert [at.holds(name) for name in "ABC"] == [(1_000, 0, 0), (0, 200, 0), (0, 0, 0)]
    at.gives("B", cny=90)
    assert at.status(number) == ["SETTLED"]
    assert [at.holds(name) for name in "ABC"] == [(700, 200, 50), (300, 0, 0), (0, 0, 40)]
    assert broken(at.told.state) == []
    seed.replay()


def test_what_comes_in_by_one_leg_pays_for_what_goes_out_by_another() -> None:
    at = moneys()
    ring = [at.leg(at.hkd, giver, taker, 500) for giver, taker in ("AB", "BC", "CA")]
    assert at.status(at.agrees("A", "BC", *ring)) == ["SETTLED"]


def test_nobody_is_bound_until_all_have_agreed() -> None:
    at = moneys()
    at.gives("B", hkd=200, cny=90)
    at.told.does("A", at.proposal(*switch(at)))
    assert at.told.does("B", AgreeSet(1)) == [SetAgreed(1, at.told.parties["B"])]
    assert not at.told.state.settlement.live
    bound = at.told.does("C", AgreeSet(1))
    assert [type(event) for event in bound] == [SetAgreed, SetBound, Settled]
    assert at.told.refused("C", AgreeSet(1))[0] is Reason.ALREADY_DONE


def test_who_is_no_party_to_it_finds_no_set() -> None:
    at = moneys()
    at.told.does("A", at.proposal(*switch(at)))
    for command in (AgreeSet(1), WithdrawSet(1), CancelSet(1)):
        there, absent = at.told.refused("D", command), at.told.refused("D", replace(command, set=2))
        assert (there[0], absent[0]) == (Reason.UNKNOWN_SET, Reason.UNKNOWN_SET)
        assert (there[1], absent[1]) == ((1,), (2,))


def test_all_its_parties_see_all_of_it_and_nobody_else_anything() -> None:
    at = moneys()
    at.gives("B", hkd=200, cny=90)
    at.agrees("A", "BC", *switch(at))
    kinds = (SetProposed, SetAgreed, SetBound)
    for name in "ABC":
        told = [event for event in seen(at.told, name) if isinstance(event, kinds)]
        assert [type(event) for event in told] == [SetProposed, SetAgreed, SetAgreed, SetBound]
        assert [event.legs for event in told if isinstance(event, SetProposed)] == [switch(at)]
    assert not [event for event in seen(at.told, "D") if isinstance(event, (*kinds, Settled, Waits))]


def test_an_account_that_may_not_be_used_looks_like_one_that_is_not_there() -> None:
    at = moneys()
    told = at.told
    suspense, gone = told.account("B", Purpose.SUSPENSE), told.account("B")
    told.does("B", CloseAccount(gone))
    for number in (suspense, gone, AccountNumber(999)):
        legs = (at.leg(at.hkd, "A", "B", 5), Leg(at.hkd, at.at["A"], number, 5))
        assert told.refused("A", at.proposal(*legs)) == (Reason.UNKNOWN_ACCOUNT, ("leg", 2, "taker", number))
    own = told.account("A", Purpose.SUSPENSE)
    assert told.refused("A", at.proposal(Leg(at.hkd, own, at.at["B"], 5)))[0] is Reason.PURPOSE


def test_who_may_bind_no_account_of_it_does_not_propose_it() -> None:
    at = moneys()
    told, legs = at.told, switch(at)
    assert told.refused("D", at.proposal(*legs))[0] is Reason.UNKNOWN_ACCOUNT
    told.does("C", GrantRight(at.at["C"], told.parties["D"], Right.VIEW, at.cny, told.state.time + DAY))
    assert told.refused("D", at.proposal(*legs))[0] is Reason.UNKNOWN_ACCOUNT
    told.does("C", GrantRight(at.at["C"], told.parties["D"], Right.RECEIVE, at.cny, told.state.time + DAY))
    told.does("D", at.proposal(*legs))  # it may receive for C


def test_who_has_let_the_proposer_need_not_agree_itself() -> None:
    at = moneys()
    told, until = at.told, at.told.state.time + DAY
    at.gives("A", hkd=100)
    told.does("B", GrantRight(at.at["B"], told.parties["A"], Right.RECEIVE, at.hkd, until))
    events = told.does("A", at.proposal(at.leg(at.hkd, "A", "B", 60)))
    assert [type(event) for event in events] == [SetProposed, SetBound, Settled]
    told.does("A", at.proposal(at.leg(at.hkd, "B", "A", 60), reference="S2"))
    assert told.state.settlement.agreed.sets[2].transaction == 0, "to receive is not to give"
    told.does("B", GrantRight(at.at["B"], told.parties["A"], Right.INSTRUCT, AssetNumber(0), until))
    told.does("A", at.proposal(at.leg(at.hkd, "B", "A", 60), reference="S3"))
    assert at.status(told.state.settlement.agreed.sets[3].transaction) == ["SETTLED"]


def test_a_right_that_was_taken_back_meanwhile_counts_for_nothing() -> None:
    at = moneys()
    told = at.told
    at.gives("A", hkd=100)
    told.does("B", GrantRight(at.at["B"], told.parties["A"], Right.RECEIVE, at.hkd, told.state.time + DAY))
    told.does("A", at.proposal(at.leg(at.hkd, "A", "B", 60), at.leg(at.hkd, "A", "C", 40)))
    told.does("B", RevokeRight(at.at["B"], told.parties["A"], Right.RECEIVE))
    told.does("C", AgreeSet(1))
    assert not told.state.settlement.live
    told.does("B", AgreeSet(1))
    assert at.status(told.state.settlement.last_transaction) == ["SETTLED"]


def test_its_proposer_withdraws_it_and_who_has_not_agreed_declines() -> None:
    at = moneys()
    told = at.told
    told.does("A", at.proposal(*switch(at)))
    told.does("B", AgreeSet(1))
    assert told.refused("B", WithdrawSet(1))[0] is Reason.ALREADY_DONE
    assert told.does("C", WithdrawSet(1)) == [SetEnded(1, told.parties["C"], "declined")]
    for command in (AgreeSet(1), WithdrawSet(1)):
        assert told.refused("C", command)[0] is Reason.ALREADY_DONE
    assert any(isinstance(event, SetEnded) for event in seen(told, "B"))
    told.does("A", at.proposal(*switch(at), reference="S2"))
    assert told.does("A", WithdrawSet(2)) == [SetEnded(2, told.parties["A"], "withdrawn by its proposer")]
    told.until(NEXT)
    assert told.state.settlement.agreed.sets == {}, "what has ended is forgotten with its day"
    assert told.refused("A", AgreeSet(1))[0] is Reason.UNKNOWN_SET


def test_it_is_open_until_its_moment_and_no_longer() -> None:
    at = moneys()
    told = at.told
    told.does("A", at.proposal(*switch(at), until=told.state.time + 10 * MINUTE))
    told.does("B", AgreeSet(1))
    events = told.until(START, 11 * 60 + 30)
    assert [event for event in events if isinstance(event, SetEnded)] == [
        SetEnded(1, NO_PARTY, "not all agreed in time")
    ]
    assert told.refused("C", AgreeSet(1))[0] is Reason.ALREADY_DONE


def test_only_all_who_agreed_cancel_it() -> None:
    at = moneys()
    told = at.told
    assert told.does("A", at.proposal(*switch(at)))
    assert told.refused("A", CancelSet(1))[0] is Reason.STATE
    told.does("B", AgreeSet(1))
    told.does("C", AgreeSet(1))
    number = told.state.settlement.last_transaction
    assert told.does("A", CancelSet(1)) == [SetCancelAsked(1, told.parties["A"])]
    assert told.refused("A", CancelSet(1))[0] is Reason.ALREADY_DONE
    told.does("B", CancelSet(1))
    assert at.status(number) == ["PENDING"]
    events = told.does("C", CancelSet(1))
    assert events[1:] == [TransactionCancelled(number, "all its parties asked")]
    assert told.refused("C", CancelSet(1))[0] is Reason.STATE


def test_it_waits_for_its_day_by_priority_and_fails_like_a_trade() -> None:
    at = moneys()
    at.gives("A", hkd=100)
    later = at.agrees("A", "B", at.leg(at.hkd, "A", "B", 60), day=NEXT)
    first = at.agrees("A", "C", at.leg(at.hkd, "A", "C", 500), reference="S2")
    assert (at.reason(later), at.reason(first)) == ("FUTU", "MONY")
    at.told.until(NEXT)
    assert at.status(later, first) == ["SETTLED", "FAILING"]
    assert first in at.told.state.settlement.agreed.of
    urgent = at.agrees("A", "D", at.leg(at.hkd, "A", "D", 500), day=NEXT, reference="S3", priority=2)
    at.gives("A", hkd=460)
    assert at.status(urgent, first) == ["SETTLED", "FAILING"]


def test_it_may_be_settled_together_with_what_else_waits() -> None:
    at = moneys()
    one = at.agrees("A", "BC", at.leg(at.hkd, "A", "B", 500), at.leg(at.hkd, "A", "C", 100))
    back = at.pays("B", "A", 600, "back")
    at.gives("B", hkd=100)
    assert at.status(one, back) == ["PENDING"] * 2
    at.told.does("operator", SettleTogether((one, back), "both"))
    assert at.status(one, back) == ["SETTLED"] * 2


def test_bonds_go_through_all_the_books_on_the_way() -> None:
    at = moneys()
    at.gives("Client", hkd=90)
    legs = (at.leg(at.bond, "A", "Client", 200), at.leg(at.hkd, "Client", "A", 90))
    seed = Seed(at.told)
    at.told.does("A", at.proposal(*legs))
    events = at.told.does("Client", AgreeSet(1))
    assert [type(event) for event in events] == [SetAgreed, BookOpened, SetBound, Settled]
    entitlement = at.told.state.entitlements[at.bond][0]
    assert at.told.balance(at.at["Client"], entitlement) == 200
    assert at.told.balance(at.at["omnibus"], at.bond) == 200
    assert any(isinstance(event, SetBound) for event in seen(at.told, "Keeper"))
    assert not any(isinstance(event, SetProposed) for event in seen(at.told, "Keeper"))
    seed.replay()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": ""}, Reason.TEXT),
        ({"priority": 5}, Reason.AMOUNT),
        ({"until": 0}, Reason.EXPIRED),
        ({"legs": ()}, Reason.EMPTY),
        ({"settlement_date": START.replace(day=1)}, Reason.DATE),
        ({"settlement_date": START.replace(day=7)}, Reason.DATE),
    ],
)
def test_what_is_wrong_with_a_set(changes: dict[str, Any], reason: Reason) -> None:
    at = moneys()
    assert at.told.refused("A", replace(at.proposal(*switch(at)), **changes))[0] is reason


def test_what_is_wrong_with_a_leg() -> None:
    at = moneys()
    wrong: tuple[tuple[Leg, Reason], ...] = (
        (at.leg(at.bond, "A", "B", 150), Reason.MULTIPLE),
        (at.leg(at.bond, "A", "B", 0), Reason.AMOUNT),
        (at.leg(at.hkd, "A", "B", 1 << 62), Reason.AMOUNT),
        (at.leg(at.chats, "A", "B", 5), Reason.UNKNOWN_ASSET),
        (at.leg(99, "A", "B", 5), Reason.UNKNOWN_ASSET),
        (at.leg(at.hkd, "A", "A", 5), Reason.SAME_ACCOUNT),
        (Leg(at.hkd, at.at["omnibus"], at.at["A"], 5), Reason.UNKNOWN_ACCOUNT),
    )
    for leg, reason in wrong:
        assert at.told.refused("A", at.proposal(*switch(at), leg))[0] is reason, leg
    at.told.does("A", at.proposal(*switch(at)))
    assert at.told.refused("A", at.proposal(*switch(at)))[0] is Reason.DUPLICATE


def test_it_has_a_thousand_legs_at_most() -> None:
    at = moneys()
    at.gives("A", hkd=1_000)
    legs = [at.leg(at.hkd, "A", "B", 1)] * 1_000
    assert at.told.refused("A", at.proposal(*legs, legs[0]))[0] is Reason.AMOUNT
    assert at.status(at.agrees("A", "B", *legs)) == ["SETTLED"]
    assert at.holds("B")[1] == 1_000


def test_with_an_insolvency_what_not_all_agreed_to_is_gone_and_the_rest_goes_on() -> None:
    for moment, status in (("SF1", "PENDING"), ("SF2", "PENDING"), ("SF3", "CANCELLED")):
        at = moneys()
        rule = (Provision("finality.moment", moment, "house rule"),)
        at.told.does("operator", PublishRulebook("market", 1, START, "Rules", (), rule))
        bound = at.agrees("A", "BC", *switch(at))
        at.told.does("A", at.proposal(*switch(at), reference="S2"))
        at.told.does("A", at.proposal(at.leg(at.hkd, "A", "D", 5), reference="S3"))
        at.told.does("operator", SetStanding(at.told.parties["B"], Standing.INSOLVENT, "a court"))
        ended = [each.ended for each in at.told.state.settlement.agreed.sets.values()]
        assert (at.status(bound), ended) == ([status], [False, True, False]), moment
        if status == "PENDING":
            at.gives("B", hkd=200, cny=90)
            assert at.status(bound) == ["SETTLED"]


def test_who_is_suspended_keeps_it_open_until_one_agrees_once_more() -> None:
    at = moneys()
    told = at.told
    at.gives("B", hkd=200, cny=90)
    told.does("A", at.proposal(*switch(at)))
    told.does("B", AgreeSet(1))
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "asked to"))
    told.does("C", AgreeSet(1))
    assert not told.state.settlement.live
    assert told.refused("C", AgreeSet(1))[0] is Reason.ALREADY_DONE
    told.does("operator", SetStanding(told.parties["B"], Standing.ACTIVE, "all well"))
    told.does("C", AgreeSet(1))
    assert at.status(told.state.settlement.last_transaction) == ["SETTLED"]


def test_an_account_that_was_closed_meanwhile_binds_nobody() -> None:
    at = moneys()
    told = at.told
    spare = told.account("B")
    told.does("A", at.proposal(Leg(at.hkd, at.at["A"], spare, 5), at.leg(at.hkd, "A", "C", 5)))
    told.does("B", AgreeSet(1))
    told.does("B", CloseAccount(spare))
    told.does("C", AgreeSet(1))
    assert not told.state.settlement.live


def test_an_account_is_not_closed_under_a_set_that_waits() -> None:
    at = moneys()
    at.agrees("C", "B", at.leg(at.hkd, "B", "C", 5))
    assert at.told.refused("C", CloseAccount(at.at["C"]))[0] is Reason.STATE


def test_sets_at_random_settle_whole_or_not_at_all() -> None:
    """Whatever is proposed, agreed, withdrawn, cancelled and paid in, beside trades and payments: of each set either
    all legs have moved or none, nothing is made or lost, and all of it replays."""
    bound_in_all = settled_in_all = 0
    for chance in map(Random, range(10)):
        at = moneys()
        seed, told = Seed(at.told), at.told
        names = ("A", "B", "C", "D", "Client")
        for turn in range(100):
            agreed = told.state.settlement.agreed
            match chance.randrange(9):
                case 0 | 1:
                    at.gives(chance.choice(names), hkd=chance.randrange(1, 90), cny=chance.randrange(0, 90))
                case 2 | 3:
                    legs = []
                    for _ in range(chance.randrange(1, 6)):
                        giver, taker = chance.sample(names, 2)
                        asset = chance.choice((at.bond, at.hkd, at.hkd, at.cny))
                        amount = 100 * chance.randrange(1, 4) if asset == at.bond else chance.randrange(1, 80)
                        legs.append(at.leg(asset, giver, taker, amount))
                    who, day = chance.choice(names), chance.choice((START, START, NEXT))
                    told.send(who, at.proposal(*legs, day=day, reference=f"S{turn}", priority=chance.randrange(1, 5)))
                case 4:
                    payer, payee = chance.sample(names, 2)
                    told.send(payer, at.payment(payer, payee, chance.randrange(1, 60), f"P{turn}"))
                case 5:
                    seller, buyer = chance.sample(names, 2)
                    for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
                        party = told.parties[other]
                        told.send(
                            own, trade(side, at.bond, 100, at.at[own], party, START, at.hkd, 30, at.at[own], f"T{turn}")
                        )
                case _:
                    for number in list(agreed.sets):
                        kind = chance.choice((AgreeSet, AgreeSet, AgreeSet, WithdrawSet, CancelSet))
                        told.send(chance.choice(names), kind(number))
            assert broken(told.state) == []
            whole(at)
        agreed = told.state.settlement.agreed
        bound_in_all += len(agreed.of)
        settled_in_all += sum(at.status(number) == ["SETTLED"] for number in agreed.of)
        told.until(NEXT)
        assert broken(told.state) == []
        seed.replay()
    assert bound_in_all > 20
    assert settled_in_all > 5


def whole(at: Moneys) -> None:
    """Of every account and asset the balance is what settled transactions have moved, each with all its legs."""
    state, moved = at.told.state, dict[tuple[int, int], int]()
    for transaction in state.settlement.transactions.values():
        if transaction.status.name == "SETTLED":
            for leg in transaction.legs:
                for account, change in ((leg.giver, -leg.amount), (leg.taker, leg.amount)):
                    moved[account, leg.asset] = moved.get((account, leg.asset), 0) + change
    for (holder, asset), change in moved.items():
        assert at.told.balance(holder, asset) == change
    for agreed in state.settlement.agreed.sets.values():
        if agreed.transaction:
            legs = state.settlement.transactions[TransactionNumber(agreed.transaction)].legs
            base = sorted((each.asset, each.amount) for each in agreed.legs)
            assert [leg for leg in base if leg[0] != at.bond] == sorted(
                (each.asset, each.amount) for each in legs if each.asset in (at.hkd, at.cny)
            )
