"""Stories of market claims: a trade caught across a record date, and who owes whom the income."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bauhinia.ledger.instructions import CumEx, Partial, Side
from bauhinia.rules.claims import ClaimCancelled, ClaimPaid, ClaimRaised, DetectionEnded
from bauhinia.rules.funding import Fund
from bauhinia.rules.instructing import CancelInstruction, ReleaseInstruction
from bauhinia.rules.money import RedeemMoney
from bauhinia.rules.onboarding import Elect
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.settlement import Waits
from bauhinia.words.ids import NO_ACCOUNT, AssetNumber, InstructionNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import Deal
from tests.rules.served import COUPON, FIRST, LOT, cash, coupon, funds, rtgs, served
from tests.support import seen, trade

CLOSED = 19 * 60
DAY = timedelta(days=1)
RECORD = date(2026, 7, 31)  # a Friday
PRICE = 2 * LOT


def sell(made: Deal, asset: AssetNumber, day: date, seller: str = "A", buyer: str = "B", **more: Any) -> list[Any]:
    """Two lots against tokens that the buyer does not have yet."""
    told, number = made.told, made.told.parties
    fields = {"money": made.token, "amount": PRICE, "reference": f"{seller}{day}", **more}
    giver, taker = made.at[seller], made.at[buyer]
    told.does(seller, trade(Side.DELIVER, asset, 2 * LOT, giver, number[buyer], day, cash=giver, **fields))
    return told.does(buyer, trade(Side.RECEIVE, asset, 2 * LOT, taker, number[seller], day, cash=taker, **fields))


def raised(events: list[Any]) -> list[tuple[int, int, int]]:
    return [(event.seller, event.buyer, event.amount) for event in events if isinstance(event, ClaimRaised)]


def test_the_seller_of_a_trade_that_fails_across_the_record_date_owes_its_coupon() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(RECORD)
    sell(made, asset, RECORD)
    assert raised(told.until(RECORD, CLOSED)) == [(made.at["A"], made.at["B"], 2 * COUPON)]
    funds(made, coupon(made, asset), 3 * COUPON)
    told.until(FIRST)
    assert cash(made, "A", "B") == (3 * COUPON, 0)
    made.fund("B", PRICE)
    assert made.held("B", asset) == 2 * LOT
    assert cash(made, "A", "B") == (PRICE + COUPON, 2 * COUPON)
    assert told.state.servicing.claims == {}
    claims = [type(event) for event in seen(told, "B") if isinstance(event, ClaimRaised | ClaimPaid)]
    assert claims == [ClaimRaised, ClaimPaid]
    assert ClaimRaised not in {type(event) for event in seen(told, "Agent")}
    made.check()


def test_of_a_trade_that_has_settled_in_part_only_the_rest_is_claimed() -> None:
    made, asset = served(("A", 1), ("Client", 2))
    told = made.told
    told.until(RECORD)
    made.fund("B", PRICE)
    sell(made, asset, RECORD, partial=Partial.PART)
    events = told.until(RECORD, CLOSED)
    assert made.held("B", asset) == LOT
    assert raised(events) == [(made.at["A"], made.at["B"], COUPON)]
    funds(made, coupon(made, asset), 3 * COUPON)
    told.until(FIRST)
    made.check()


def test_a_trade_that_settles_before_the_payment_waits_for_the_income() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(RECORD)
    sell(made, asset, RECORD)
    told.until(FIRST)
    made.fund("B", PRICE)
    assert (made.held("B", asset), cash(made, "A", "B")) == (2 * LOT, (PRICE, 0))
    funds(made, coupon(made, asset), 3 * COUPON)
    assert cash(made, "A", "B") == (PRICE + COUPON, 2 * COUPON)
    made.check()


def test_a_seller_without_securities_or_money_owes_all_the_same() -> None:
    made, asset = served(("B", 2))
    told = made.told
    told.until(RECORD)
    made.fund("B", PRICE)
    sell(made, asset, RECORD)  # A has none to deliver
    told.until(FIRST)
    funds(made, coupon(made, asset), 2 * COUPON)
    number = told.parties
    told.does("B", trade(Side.DELIVER, asset, 2 * LOT, made.at["B"], number["A"], FIRST, reference="back"))
    told.does("A", trade(Side.RECEIVE, asset, 2 * LOT, made.at["A"], number["B"], FIRST, reference="back"))
    assert cash(made, "A", "B") == (PRICE - 2 * COUPON, 4 * COUPON)  # its own coupon, and the one it was owed
    made.check()


def test_a_claim_between_clients_is_paid_in_the_money_of_the_keepers_above() -> None:
    made, asset = served(("Client", 3))
    told, number = made.told, made.told.parties
    told.does("Custodian", Elect(made.at["omnibus"], "HKD", made.rtgs))
    rtgs(made, asset)
    told.until(RECORD)
    sell(made, asset, RECORD, "Client", "B")
    told.until(FIRST)
    told.does("Government", Fund(coupon(made, asset).number, made.rtgs, NO_ACCOUNT, 3 * COUPON))
    for each in (1, 2, 3):
        told.does("HKMA", ConfirmPayment(each, f"CHATS-{each}"))
    made.fund("B", PRICE)
    payment = told.state.settlement.payments[4]
    assert (payment.payer, payment.payee, payment.amount) == (number["Client"], number["B"], 2 * COUPON)
    told.does("HKMA", ConfirmPayment(4, "CHATS-4"))
    assert told.state.servicing.claims == {}
    made.check()


@pytest.mark.parametrize(
    ("said", "day", "claims"),
    [
        (CumEx.UNSAID, RECORD, 1),
        (CumEx.EX, RECORD, 0),
        (CumEx.CUM, RECORD, 1),
        (CumEx.UNSAID, FIRST, 0),
        (CumEx.CUM, FIRST, 1),
    ],
)
def test_what_the_sides_said_goes_before_the_dates(said: CumEx, day: date, claims: int) -> None:
    made, asset = served(("A", 3))
    made.told.until(RECORD)
    sell(made, asset, day, cum_ex=said)
    assert len(raised(made.told.until(RECORD, CLOSED))) == claims
    made.check()


@pytest.mark.parametrize(
    ("intended", "said", "claims"),
    [
        (RECORD - 3 * DAY, CumEx.UNSAID, 1),
        (RECORD, CumEx.UNSAID, 1),
        (FIRST, CumEx.UNSAID, 0),  # intended after the record date: its seller was to keep the coupon
        (RECORD, CumEx.EX, 0),
        (FIRST, CumEx.CUM, 1),
    ],
)
def test_a_trade_matched_after_the_record_date_is_caught_by_when_it_should_have_settled(
    intended: date, said: CumEx, claims: int
) -> None:
    made, asset = served(("A", 3))
    told = made.told
    funds(made, coupon(made, asset), 3 * COUPON)
    told.until(FIRST)
    made.fund("B", PRICE)
    traded = RECORD - 4 * DAY
    events = sell(made, asset, intended, trade_date=traded, cum_ex=said)
    assert len(raised(events)) == claims
    assert cash(made, "A", "B") == (PRICE + (3 - 2 * claims) * COUPON, 2 * claims * COUPON)
    made.check()


def test_a_claim_goes_with_its_trade() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(RECORD)
    sell(made, asset, RECORD)
    told.until(FIRST)
    told.does("A", CancelInstruction(InstructionNumber(1)))
    events = told.does("B", CancelInstruction(InstructionNumber(2)))
    assert [event.why for event in events if isinstance(event, ClaimCancelled)] == ["the trade is cancelled"]
    assert told.state.servicing.claims == {}
    made.check()


def test_twenty_business_days_after_the_record_date_claims_end() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(RECORD)
    sell(made, asset, RECORD)
    last = RECORD + 28 * DAY
    assert DetectionEnded not in {type(event) for event in told.until(last)}
    events = told.until(last, CLOSED)
    assert {ClaimCancelled, DetectionEnded} <= {type(event) for event in events}
    told.until(last + 3 * DAY)
    made.fund("B", PRICE)
    funds(made, coupon(made, asset), 3 * COUPON)
    assert cash(made, "A", "B") == (PRICE + 3 * COUPON, 0)
    assert raised(sell(made, asset, last + 3 * DAY, trade_date=RECORD - DAY, reference="late")) == []
    late = trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties["B"], RECORD, reference="too late")
    assert told.refused("A", late)[0] is Reason.DATE
    made.check()


def test_a_claim_waits_for_a_seller_that_has_spent_the_income() -> None:
    made, asset = served(("A", 3))
    told, number = made.told, made.told.parties
    told.until(RECORD)
    told.does("A", trade(Side.DELIVER, asset, 2 * LOT, made.at["A"], number["B"], RECORD, hold=True))
    told.does("B", trade(Side.RECEIVE, asset, 2 * LOT, made.at["B"], number["A"], RECORD))
    told.until(FIRST)
    funds(made, coupon(made, asset), 3 * COUPON)
    told.does("A", RedeemMoney(made.token, made.at["A"], 3 * COUPON, "home"))
    events = told.does("A", ReleaseInstruction(InstructionNumber(1)))
    assert [event.reason for event in events if isinstance(event, Waits)] == [Reason.MONY]
    made.fund("A", 2 * COUPON)
    assert cash(made, "A", "B") == (0, 2 * COUPON)
    made.check()
