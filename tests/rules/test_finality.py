"""What of an insolvent party's still settles, by the moment that the rulebook names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bauhinia.ledger.instructions import Side, Status
from bauhinia.ledger.parties import Right, Role, Standing
from bauhinia.ledger.rulebooks import ClassDefinition, Provision
from bauhinia.rules.finality import UNPOSTED, Finality, finality
from bauhinia.rules.instructing import InstructionCancelled
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.onboarding import Attest, GrantRight, SetStanding
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ACCOUNT, AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, Deal, deal
from tests.rules.served import LOT, served
from tests.support import START, seen, trade

LATER = NEXT + timedelta(days=1)
WHEN = ("unmatched", "matched", "settled")
STANDS = {  # what stands of a transfer that had come so far when one of its sides became insolvent
    "": (False, True, True),
    "SF1": (True, True, True),
    "SF2": (False, True, True),
    "SF3": (False, False, True),
    "SF4": (False, True, True),
}


def publish(made: Deal, name: str, *provisions: Provision, classes: tuple[ClassDefinition, ...] = ()) -> None:
    versions = made.told.state.rulebooks.get(name, ())
    effective = START + timedelta(days=len(versions) - 30)
    made.told.does("operator", PublishRulebook(name, len(versions) + 1, effective, "-", classes, provisions))


def held(moment: str, name: str = "contractual") -> tuple[Deal, AssetNumber]:
    """A and B hold two lots each, under a rulebook that says from when a transfer is final, or none."""
    made, asset = served(("A", 2), ("B", 2))
    if moment:
        publish(made, name, Provision("finality.moment", moment, "-"))
    return made, asset


def sides(made: Deal, asset: AssetNumber, reference: str, seller: str = "A", **more: Any) -> tuple[object, object]:
    """What A and B instruct: a lot from one to the other, on LATER unless it settles today."""
    day = NEXT if reference == "settled" else LATER
    buyer = "B" if seller == "A" else "A"
    number = made.told.parties
    deliver = trade(Side.DELIVER, asset, LOT, made.at[seller], number[buyer], day, reference=reference, **more)
    receive = trade(Side.RECEIVE, asset, LOT, made.at[buyer], number[seller], day, reference=reference, **more)
    return (deliver, receive) if seller == "A" else (receive, deliver)


def fails(made: Deal, who: str = "A") -> list[object]:
    return made.told.does("operator", SetStanding(made.told.parties[who], Standing.INSOLVENT, "winding-up order"))


@pytest.mark.parametrize("seller", ["A", "B"])
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("moment", STANDS)
def test_what_stands_against_an_insolvency(moment: str, when: str, seller: str) -> None:
    made, asset = held(moment)
    told, stands = made.told, STANDS[moment][WHEN.index(when)]
    of_a, of_b = sides(made, asset, when, seller)
    told.does("A", of_a)
    if when != "unmatched":
        told.does("B", of_b)
    events = fails(made)
    if when == "unmatched":
        told.does("B", of_b)
    told.until(LATER)
    moved = {"A": 1, "B": 3} if seller == "A" else {"A": 3, "B": 1}
    for who in ("A", "B"):
        assert made.held(who, asset) == (moved[who] if stands else 2) * LOT
    cancelled = [type(event) for event in events if isinstance(event, InstructionCancelled | TransactionCancelled)]
    kind = {"unmatched": InstructionCancelled, "matched": TransactionCancelled}
    assert cancelled == ([] if stands else [kind[when]])
    made.check()


def test_the_other_side_is_told_that_the_trade_is_gone_and_not_who_is_insolvent() -> None:
    made, asset = held("SF3")
    for who, command in zip("AB", sides(made, asset, "matched"), strict=True):
        made.told.does(who, command)
    fails(made)
    (told,) = [event for event in seen(made.told, "B") if isinstance(event, TransactionCancelled)]
    assert told.reason == UNPOSTED


def test_the_profile_goes_before_the_rulebook_of_the_bond_and_that_before_the_market_s() -> None:
    made, asset = held("")
    assert finality(made.told.state, asset) is Finality.SF2
    publish(made, "market", Provision("finality.moment", "SF1", "-"))
    assert finality(made.told.state, asset) is Finality.SF1
    publish(made, "contractual", Provision("finality.moment", "SF3", "-"))
    assert finality(made.told.state, asset) is Finality.SF3


def test_each_bond_follows_its_own_rulebook() -> None:
    made, asset = held("SF3")
    told = made.told
    other = made.lodge(isin="HK0000000023", profile="company")
    publish(made, "company", Provision("finality.moment", "SF2", "-"))
    assert [finality(told.state, each) for each in (asset, other)] == [Finality.SF3, Finality.SF2]


@pytest.mark.parametrize(("moment", "left"), [("SF1", 3), ("SF2", 2), ("SF3", 0)])
def test_an_insolvent_holder_s_custodian_had_instructed_for_it(moment: str, left: int) -> None:
    """It is the holder's insolvency, whoever gave the order."""
    made, asset = held(moment)
    told, number = made.told, made.told.parties
    told.does("A", GrantRight(made.at["A"], number["Custodian"], Right.INSTRUCT, asset, told.state.time + 9 * DAY))
    for reference in ("matched", "alone"):
        order = trade(Side.DELIVER, asset, LOT, made.at["A"], number["B"], LATER, reference=reference)
        told.does("Custodian", order)
    receive = trade(Side.RECEIVE, asset, LOT, made.at["B"], number["Custodian"], LATER, reference="matched")
    told.does("B", receive)
    fails(made)
    assert sum(1 for each in told.state.settlement.instructions.values() if not each.cancelled) == left
    new = trade(Side.DELIVER, asset, LOT, made.at["A"], number["B"], LATER, reference="new")
    assert told.refused("Custodian", new)[0] is Reason.SUSPENDED
    made.check()


@pytest.mark.parametrize("moment", ["SF1", "SF2", "SF3"])
@pytest.mark.parametrize("answer", ["confirmed", "rejected"])
def test_what_is_earmarked_for_a_payment_waits_for_its_answer(moment: str, answer: str) -> None:
    made, asset = held(moment)
    told = made.told
    more: dict[str, Any] = {"money": made.rtgs, "amount": 700, "cash": NO_ACCOUNT}
    for who, command in zip("AB", sides(made, asset, "settled", **more), strict=True):
        told.does(who, command)
    (number,) = told.state.settlement.live
    transaction = told.state.settlement.transactions[number]
    assert transaction.status is Status.CONFIRMING
    assert not [event for event in fails(made, "B") if isinstance(event, TransactionCancelled)]
    (payment,) = told.state.settlement.payments
    if answer == "confirmed":
        told.does("HKMA", ConfirmPayment(payment, "CHATS-1"))
        assert (made.held("A", asset), made.held("B", asset)) == (LOT, 3 * LOT)
    else:
        told.does("HKMA", RejectPayment(payment, "no funds"))
        assert (number in told.state.settlement.live) is (moment != "SF3")
        assert made.held("A", asset) == 2 * LOT
    made.check()


def test_a_purchase_that_is_final_reaches_an_insolvent_buyer_of_a_bond_that_asks_for_a_class() -> None:
    made = deal()
    told = made.told
    told.party("Attester", Role.ATTESTER)
    publish(made, "contractual", classes=(ClassDefinition(3, "professional", "investor", "professional"),))
    for who in ("A", "B"):
        told.does("Attester", Attest(told.parties[who], "investor", "professional", told.state.time + 99 * DAY))
    asset = made.lodge(needs=1 << 3)
    made.issue(asset, 4 * LOT, ("A", 2 * LOT), ("B", 2 * LOT))
    told.until(NEXT)
    for who, command in zip("AB", sides(made, asset, "matched"), strict=True):
        told.does(who, command)
    fails(made, "B")
    told.until(LATER)
    assert (made.held("A", asset), made.held("B", asset)) == (LOT, 3 * LOT)
    made.check()


def test_nothing_final_comes_back_and_nothing_cancelled_either_when_the_order_is_set_aside() -> None:
    made, asset = held("SF3")
    told = made.told
    for reference in ("settled", "matched"):
        for who, command in zip("AB", sides(made, asset, reference), strict=True):
            told.does(who, command)
    fails(made)
    told.does("operator", SetStanding(told.parties["A"], Standing.ACTIVE, "order set aside"))
    told.until(LATER)
    assert (made.held("A", asset), made.held("B", asset)) == (LOT, 3 * LOT)
    told.does("A", sides(made, asset, "matched")[0])  # its reference is free again, and A may instruct
    made.check()
