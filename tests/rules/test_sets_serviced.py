"""What becomes of sets of legs whose bonds pay, are redeemed, or merge."""

from __future__ import annotations

from datetime import date, timedelta

from bauhinia.ledger.posting import Leg
from bauhinia.rules.claims import ClaimPaid, ClaimRaised
from bauhinia.rules.sets import AgreeSet, ProposeSet, SetEnded
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_PARTY, AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import Deal, deal
from tests.rules.served import COUPON, FIRST, LAST, LOT, cash, coupon, funds, served
from tests.rules.test_tap import CLOSED, tapped
from tests.support import seen

RECORD = date(2026, 7, 31)
LONG = 400 * DAY


def leg(made: Deal, asset: AssetNumber, giver: str, taker: str, amount: int) -> Leg:
    return Leg(asset, made.at[giver], made.at[taker], amount)


def proposed(made: Deal, day: date, *legs: Leg, reference: str = "S1") -> int:
    made.told.does("A", ProposeSet(legs, day, made.told.state.time + LONG, reference))
    return made.told.state.settlement.agreed.last


def test_each_delivery_of_a_set_that_fails_across_a_record_date_is_claimed() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(RECORD)
    legs = leg(made, asset, "A", "B", 2 * LOT), leg(made, asset, "B", "Lead", LOT), leg(made, made.token, "B", "A", 700)
    number = proposed(made, RECORD, *legs)
    told.does("B", AgreeSet(number))
    told.does("Lead", AgreeSet(number))
    events = told.until(RECORD, CLOSED)
    raised = [(each.seller, each.buyer, each.amount) for each in events if isinstance(each, ClaimRaised)]
    at = made.at
    assert raised == [(at["A"], at["B"], 2 * COUPON), (at["B"], at["Lead"], COUPON)]
    funds(made, coupon(made, asset), 3 * COUPON)
    told.until(FIRST)
    made.fund("B", 700)
    assert (made.held("A", asset), made.held("B", asset), made.held("Lead", asset)) == (LOT, LOT, LOT)
    assert cash(made, "A", "B", "Lead") == (COUPON + 700, COUPON, COUPON)
    assert told.state.servicing.claims == {}
    assert [type(event) for event in seen(told, "Lead") if isinstance(event, ClaimPaid)] == [ClaimPaid]
    made.check()


def test_a_set_that_all_agree_to_after_the_record_date_is_claimed_then() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(RECORD)
    number = proposed(made, RECORD, leg(made, asset, "A", "B", 2 * LOT), leg(made, made.token, "B", "A", 700))
    told.until(RECORD, CLOSED)
    assert not told.state.servicing.claims
    events = told.does("B", AgreeSet(number))
    assert [event.amount for event in events if isinstance(event, ClaimRaised)] == [2 * COUPON]
    made.check()


def test_when_a_bond_is_redeemed_what_was_agreed_on_it_is_gone() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(FIRST)
    day = told.state.days.systems[told.state.assets[asset].system].date
    bound = proposed(made, day, leg(made, asset, "A", "B", LOT), leg(made, made.token, "B", "A", 700))
    told.does("B", AgreeSet(bound))
    number = told.state.settlement.last_transaction
    still = proposed(made, day, leg(made, asset, "B", "A", LOT), reference="S2")
    other = proposed(made, day, leg(made, made.token, "B", "A", 5), reference="S3")
    events = told.until(LAST - timedelta(days=1), CLOSED)
    cancelled = [event.transaction for event in events if isinstance(event, TransactionCancelled)]
    assert cancelled == [number]
    ended = [event for event in events if isinstance(event, SetEnded)]
    assert ended == [SetEnded(still, NO_PARTY, "the register is closed: the bond is redeemed")]
    assert other in told.state.settlement.agreed.sets
    refused = told.refused("A", ProposeSet((leg(made, asset, "A", "B", LOT),), LAST, told.state.time + DAY, "S4"))
    assert refused[0] is Reason.RECORD_CLOSED
    made.check()


def test_when_a_tap_merges_what_was_agreed_on_it_is_gone() -> None:
    made = deal()
    told = made.told
    _, further = tapped(made)
    told.until(date(2026, 4, 30))
    later = date(2026, 5, 5)
    bound = proposed(made, later, leg(made, further, "B", "A", 1_000))
    told.does("B", AgreeSet(bound))
    number = told.state.settlement.last_transaction
    still = proposed(made, later, leg(made, further, "A", "B", 1_000), reference="S2")
    events = told.until(date(2026, 5, 4), CLOSED)
    assert [event.transaction for event in events if isinstance(event, TransactionCancelled)] == [number]
    assert [event.set for event in events if isinstance(event, SetEnded)] == [still]
