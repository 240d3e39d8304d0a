"""Standing mandates: an agent instructs for two members, within limits that are never exceeded."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bauhinia.ledger.instructions import Matching
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Purpose, Standing
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, Instructed, Matched
from bauhinia.rules.mandates import GiveMandate, MandateEnded, MandateGiven, MandateUsed, RevokeMandate
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.onboarding import CloseAccount, SetStanding
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.dates import MINUTE
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, AssetNumber, InstructionNumber
from bauhinia.words.reasons import Reason
from tests.rules.moneys import NEXT, Moneys, moneys
from tests.support import START, Seed, seen


def venue(**more: Any) -> Moneys:
    """A market in which A and B have each given the venue a mandate."""
    at = moneys()
    for name in ("A", "B"):
        at.told.does(name, at.mandate(name, "Venue", **more))
    return at


def last(at: Moneys, back: int = 0) -> InstructionNumber:
    return InstructionNumber(at.told.state.settlement.last_instruction - back)


def test_a_trade_is_matched_at_once_as_though_both_had_instructed() -> None:
    at = venue()
    seed = Seed(at.told)
    at.gives("B", hkd=90)
    events = at.told.does("Venue", at.trade("A", "B", 90, "T1"))
    kinds = [type(event) for event in events]
    assert kinds == [Instructed, Instructed, MandateUsed, MandateUsed, Matched, Settled]
    settlement = at.told.state.settlement
    for name, number in (("A", last(at, 1)), ("B", last(at))):
        instruction = settlement.instructions[number]
        assert (instruction.party, instruction.matching) == (at.told.parties[name], Matching.MATCHED)
        assert (instruction.order.account, instruction.order.reference) == (at.at[name], "T1")
    assert (at.holds("A"), at.holds("B")) == ((900, 90, 0), (100, 0, 0))
    assert broken(at.told.state) == []
    assert not settlement.unmatched
    seed.replay()


def test_both_members_and_the_agent_see_it_and_nobody_else() -> None:
    at = venue()
    at.told.does("Venue", at.trade("A", "B", 90, "T1"))
    for name, instructed, used in (("A", 1, 1), ("B", 1, 1), ("Venue", 2, 2), ("C", 0, 0)):
        events = seen(at.told, name)
        assert sum(isinstance(event, Instructed) for event in events) == instructed, name
        assert sum(isinstance(event, MandateUsed) for event in events) == used, name
        assert any(isinstance(event, Matched) for event in events) is bool(instructed), name
        assert any(isinstance(event, Waits) for event in events) is bool(instructed), name


def test_it_waits_like_a_trade_and_members_cancel_it_together() -> None:
    at = venue()
    at.told.does("Venue", at.trade("A", "B", 90, "T1"))
    number = at.told.state.settlement.last_transaction
    assert (at.status(number), at.reason(number)) == (["PENDING"], "MONY")
    assert at.told.refused("Venue", CancelInstruction(last(at)))[0] is Reason.UNKNOWN_INSTRUCTION
    at.told.does("A", ModifyInstruction(last(at, 1), 2), CancelInstruction(last(at, 1)))
    assert at.status(number) == ["PENDING"]
    at.told.does("B", CancelInstruction(last(at)))
    assert at.status(number) == ["CANCELLED"]


def test_a_member_holds_it_only_where_its_mandate_says_so() -> None:
    at = moneys()
    at.told.does("A", at.mandate("A", "Venue"))
    at.told.does("B", at.mandate("B", "Venue", may_hold=True))
    at.told.does("Venue", at.trade("A", "B", 90, "T1"))
    assert at.told.refused("A", HoldInstruction(last(at, 1)))[0] is Reason.NO_MANDATE
    at.told.does("B", HoldInstruction(last(at)))
    assert at.reason(at.told.state.settlement.last_transaction) == "PREA"


def test_no_trade_comes_to_more_than_its_limit() -> None:
    at = venue(per_trade=1_000, per_day=5_000)
    refused = at.told.refused("Venue", at.trade("A", "B", 1_001, "T1"))
    assert refused == (Reason.OVER_LIMIT, ("mandate", 1, "per_trade", 1_000))
    at.told.does("Venue", at.trade("A", "B", 1_000, "T1"))


def test_what_is_bought_and_sold_in_a_day_counts_alike_and_the_next_day_counts_anew() -> None:
    at = moneys()
    at.told.does("A", at.mandate("A", "Venue", 1_000, 5_000))
    at.told.does("B", at.mandate("B", "Venue", 1_000, 1_500))
    at.told.does("Venue", at.trade("A", "B", 1_000, "T1"))
    assert at.told.refused("Venue", at.trade("B", "A", 501, "T2")) == (
        Reason.OVER_LIMIT, ("mandate", 2, "per_day", 500),
    )  # fmt: skip
    at.told.does("Venue", at.trade("B", "A", 500, "T2"))
    assert at.told.refused("Venue", at.trade("A", "B", 1, "T3"))[0] is Reason.OVER_LIMIT
    at.told.until(NEXT)
    at.told.does("Venue", at.trade("A", "B", 1_000, "T3", trade_date=NEXT, settlement_date=NEXT))


def test_what_is_cancelled_is_used_all_the_same() -> None:
    at = venue(per_trade=1_000, per_day=1_000)
    at.told.does("Venue", at.trade("A", "B", 1_000, "T1"))
    at.told.does("A", CancelInstruction(last(at, 1)))
    at.told.does("B", CancelInstruction(last(at)))
    assert at.told.refused("Venue", at.trade("A", "B", 1, "T2"))[0] is Reason.OVER_LIMIT


def test_an_agent_is_a_side_itself_by_its_own_account() -> None:
    at = venue()
    at.gives("Venue", hkd=90)
    events = at.told.does("Venue", at.trade("A", "Venue", 90, "T1"))
    assert [type(event) for event in events].count(MandateUsed) == 1
    assert (at.holds("A")[:2], at.holds("Venue")[:2]) == ((900, 90), (100, 0))
    assert at.told.state.settlement.instructions[last(at)].agent == 0


@pytest.mark.parametrize("missing", ["account", "agent", "money", "asset"])
def test_without_a_mandate_that_covers_it_nothing_is_instructed(missing: str) -> None:
    at = moneys()
    at.told.does("A", at.mandate("A", "Venue", assets=(at.cny,) if missing == "asset" else (at.bond,)))
    at.told.does("B", at.mandate("B", "Venue"))
    spare = at.told.account("A")
    trade = at.trade("A", "B", 90, "T1")
    if missing == "account":
        trade = replace(trade, delivers=spare)
        unknown = at.told.refused("Venue", replace(trade, delivers=AccountNumber(999)))
        assert unknown == (Reason.NO_MANDATE, ("delivers", 999)), "looks like an account that is not there"
    if missing == "money":
        trade = replace(trade, money=at.cny)
    who = "C" if missing == "agent" else "Venue"
    assert at.told.refused(who, trade) == (Reason.NO_MANDATE, ("delivers", trade.delivers))


def test_it_ends_by_its_date() -> None:
    at = venue(until=moneys().told.state.time + 30 * MINUTE)
    assert at.told.state.settlement.mandates.in_force
    events = at.told.until(START, 12 * 60)
    ended = [event for event in events if isinstance(event, MandateEnded)]
    assert [(event.mandate, event.why) for event in ended] == [(1, "its time is over"), (2, "its time is over")]
    assert at.told.refused("Venue", at.trade("A", "B", 90, "T1"))[0] is Reason.NO_MANDATE
    assert broken(at.told.state) == []


def test_holder_and_agent_end_it_and_what_was_instructed_stands() -> None:
    at = venue()
    at.told.does("Venue", at.trade("A", "B", 90, "T1"))
    assert at.told.refused("C", RevokeMandate(1))[0] is Reason.NO_MANDATE
    at.told.does("A", RevokeMandate(1))
    at.told.does("Venue", RevokeMandate(2))
    assert at.told.refused("A", RevokeMandate(1))[0] is Reason.NO_MANDATE
    assert at.told.refused("Venue", at.trade("A", "B", 90, "T2"))[0] is Reason.NO_MANDATE
    at.gives("B", hkd=90)
    assert at.status(at.told.state.settlement.last_transaction) == ["SETTLED"]
    at.told.does("A", at.mandate("A", "Venue"))


@pytest.mark.parametrize("who", ["A", "Venue"])
@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.INSOLVENT])
def test_it_ends_with_the_standing_of_either(who: str, standing: Standing) -> None:
    at = venue()
    events = at.told.does("operator", SetStanding(at.told.parties[who], standing, "asked to"))
    ended = [event.mandate for event in events if isinstance(event, MandateEnded)]
    assert ended == ([1, 2] if who == "Venue" else [1])
    at.told.does("operator", SetStanding(at.told.parties[who], Standing.ACTIVE, "all well"))
    assert at.told.refused("Venue", at.trade("A", "B", 90, "T1"))[0] is Reason.NO_MANDATE, "it does not come back"


def test_a_trade_by_rtgs_is_paid_there() -> None:
    at = moneys()
    for name in ("A", "B"):
        at.told.does(name, at.mandate(name, "Venue", money=at.chats, cash_account=NO_ACCOUNT))
    at.told.does("Venue", at.trade("A", "B", 90, "T1", money=at.chats))
    number = at.told.state.settlement.last_transaction
    assert at.status(number) == ["CONFIRMING"]
    payment = at.told.state.settlement.payments[at.told.state.settlement.transactions[number].payment]
    assert (payment.payer, payment.payee) == (at.told.parties["B"], at.told.parties["A"])
    at.told.does("PBC", ConfirmPayment(payment.number, "CHATS 1"))
    assert at.status(number) == ["SETTLED"]


def test_a_venue_of_currencies_instructs_both_moneys() -> None:
    at = moneys()
    for name in ("A", "B"):
        at.told.does(name, at.mandate(name, "Venue", money=at.cny))
    at.gives("A", hkd=100)
    at.gives("B", cny=90)
    at.told.does("Venue", at.trade("A", "B", 90, "FX", asset=at.hkd, quantity=100, money=at.cny))
    assert (at.holds("A"), at.holds("B")) == ((1_000, 0, 90), (0, 100, 0))


def test_bonds_go_through_the_books_of_a_members_keeper() -> None:
    at = venue()
    at.told.does("Client", at.mandate("Client", "Venue"))
    at.gives("Client", hkd=90)
    at.told.does("Venue", at.trade("A", "Client", 90, "T1"))
    assert at.told.balance(at.at["omnibus"], at.bond) == 100


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": ""}, Reason.TEXT),
        ({"priority": 0}, Reason.AMOUNT),
        ({"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ({"quantity": 50}, Reason.AMOUNT),
        ({"quantity": 150}, Reason.MULTIPLE),
        ({"money": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ({"amount": 0}, Reason.AMOUNT),
        ({"trade_date": NEXT}, Reason.DATE),
        ({"settlement_date": START.replace(day=7)}, Reason.DATE),
    ],
)
def test_what_is_wrong_with_a_trade(changes: dict[str, Any], reason: Reason) -> None:
    at = venue()
    assert at.told.refused("Venue", replace(at.trade("A", "B", 90, "T1"), **changes))[0] is reason


def test_two_sides_are_two_parties_and_a_reference_is_new_to_both() -> None:
    at = venue()
    spare = at.told.account("A")
    at.told.does("A", at.mandate("A", "Venue", account=spare, cash_account=spare))
    assert at.told.refused("Venue", at.trade("A", "B", 90, "T1", receives=spare))[0] is Reason.SAME_ACCOUNT
    at.pays("B", "A", 5, "T1")
    assert at.told.refused("Venue", at.trade("A", "B", 90, "T1"))[0] is Reason.DUPLICATE
    at.told.does("Venue", at.trade("A", "B", 90, "T2"))
    assert at.told.refused("Venue", at.trade("A", "B", 90, "T2"))[0] is Reason.DUPLICATE


def test_an_account_that_was_closed_is_traded_no_more() -> None:
    at = venue()
    spare = at.told.account("A")
    at.told.does("A", at.mandate("A", "Venue", account=spare, cash_account=spare))
    at.told.does("A", CloseAccount(spare))
    assert at.told.refused("Venue", at.trade("A", "B", 90, "T1", delivers=spare))[0] is Reason.CLOSED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"agent": 99}, Reason.UNKNOWN_PARTY),
        ({"account": AccountNumber(999)}, Reason.UNKNOWN_ACCOUNT),
        ({"cash_account": NO_ACCOUNT}, Reason.UNKNOWN_ACCOUNT),
        ({"money": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ({"assets": (AssetNumber(99),)}, Reason.UNKNOWN_ASSET),
        ({"assets": (AssetNumber(1), AssetNumber(1))}, Reason.DUPLICATE),
        ({"per_trade": 0}, Reason.AMOUNT),
        ({"per_day": 999}, Reason.AMOUNT),
        ({"until": 0}, Reason.EXPIRED),
    ],
)
def test_what_is_wrong_with_a_mandate(changes: dict[str, Any], reason: Reason) -> None:
    at = moneys()
    assert at.told.refused("A", replace(at.mandate("A", "Venue"), **changes))[0] is reason


def test_further_things_that_are_wrong_with_a_mandate() -> None:
    at = moneys()
    told, mandate = at.told, at.mandate("A", "Venue")
    assert told.refused("A", replace(mandate, agent=told.parties["A"]))[0] is Reason.UNKNOWN_PARTY
    assert told.refused("A", replace(mandate, account=at.at["B"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("A", replace(mandate, cash_account=at.at["B"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("A", replace(mandate, money=at.chats))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("A", replace(mandate, money=at.bond))[0] is Reason.UNKNOWN_ASSET
    suspense = told.account("A", Purpose.SUSPENSE)
    assert told.refused("A", replace(mandate, account=suspense))[0] is Reason.PURPOSE
    assert told.does("A", mandate) == [MandateGiven(told.state.settlement.mandates.in_force[1].mandate)]
    assert told.refused("A", mandate) == (Reason.DUPLICATE, ("mandate", 1))


def test_limits_are_never_exceeded_whatever_is_instructed_in_whatever_order() -> None:
    """Random mandates, trades, revocations, standings and days: what was instructed under each mandate on each day is
    within its limits at every instant, and what the ledger counts as used is the sum of it."""
    instructed = over = 0
    for chance in map(Random, range(8)):
        at = moneys()
        seed, told = Seed(at.told), at.told
        members, day = ("A", "B", "C", "D", "Client"), START
        used: dict[tuple[int, Any], int] = {}
        limits: dict[int, GiveMandate] = {}
        for turn in range(150):
            mandates = told.state.settlement.mandates
            match chance.randrange(10):
                case 0 | 1:
                    each, trade = chance.randrange(1, 80), chance.choice(members)
                    given = at.mandate(trade, "Venue", each, each * chance.randrange(1, 4))
                    for outcome in told.send(trade, given):
                        if outcome.code == 0:
                            limits[mandates.last] = given
                case 2:
                    told.send(chance.choice((*members, "Venue")), RevokeMandate(chance.randrange(1, mandates.last + 2)))
                case 3:
                    at.gives(chance.choice(members), hkd=chance.randrange(1, 200))
                case 4 if turn % 7 == 0:
                    told.until(NEXT)
                    day = told.state.days.systems[told.state.assets[at.hkd].system].date
                case _:
                    seller, buyer = chance.sample(members, 2)
                    row = at.trade(
                        seller, buyer, chance.randrange(1, 90), f"T{turn}", trade_date=day, settlement_date=day
                    )
                    (outcome,) = told.send("Venue", row)[:1]
                    instructed += outcome.code == 0
                    over += outcome.code == Reason.OVER_LIMIT
                    for event in outcome.events:
                        if isinstance(event, MandateUsed):
                            key = event.mandate, event.day
                            used[key] = used.get(key, 0) + event.amount
                            assert event.amount <= limits[event.mandate].per_trade
                            assert used[key] <= limits[event.mandate].per_day
            for number, found in mandates.in_force.items():
                assert found.used_on(day) == used.get((number, day), 0)
            assert broken(told.state) == []
        seed.replay()
    assert instructed > 40
    assert over > 40
