"""Trades when, as and if issued: a bond that is lodged is dealt in before there is any of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bauhinia.ledger.bonds import BondStatus
from bauhinia.ledger.instructions import Matching, Side, Status
from bauhinia.rules.buyback import CancelBought, ConfirmCancellation
from bauhinia.rules.closing import AbandonClosing
from bauhinia.rules.instructing import Instruct, InstructionCancelled, Matched
from bauhinia.rules.settlement import Settled, TransactionCancelled, Waits
from bauhinia.rules.tap import LodgeTap
from bauhinia.words.ids import AssetNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, TERMS, Deal, deal, document
from tests.support import START, trade

ISSUE = NEXT
LATER = NEXT + timedelta(days=1)


def side_of(made: Deal, asset: AssetNumber, side: Side, **more: Any) -> Instruct:
    """A sells 4,000 of what it hopes to be allotted to B, for 3,990."""
    who, other = ("A", "B") if side is Side.DELIVER else ("B", "A")
    fields = {"day": ISSUE, "reference": f"WI-{who}", "trade_date": START, **more}
    return trade(
        side, asset, 4_000, made.at[who], made.told.parties[other],
        money=made.token, amount=3_990, cash=made.at[who], **fields,
    )  # fmt: skip


def dealt(made: Deal, asset: AssetNumber, **more: Any) -> list[Any]:
    made.told.does("A", side_of(made, asset, Side.DELIVER, **more))
    return made.told.does("B", side_of(made, asset, Side.RECEIVE, **more))


def status(made: Deal, number: int) -> Status:
    return made.told.state.settlement.transactions[TransactionNumber(number)].status


def reasons(events: list[Any]) -> list[Reason]:
    return [event.reason for event in events if isinstance(event, Waits)]


def test_a_trade_on_the_announcement_settles_on_the_day_of_issue() -> None:
    """Matched while nothing is signed; nobody needs to instruct anew, whatever happens until the issue."""
    made = deal()
    told = made.told
    asset = made.lodge()
    events = dealt(made, asset)
    assert [type(event) for event in events if isinstance(event, Matched | Waits)] == [Matched, Waits]
    assert reasons(events) == [Reason.FUTU]
    made.fund("B", 3_990)
    made.issue(asset, 10_000, ("A", 6_000), ("Lead", 4_000))
    assert (made.bond(asset).status, made.held("B", asset)) == (BondStatus.CLOSING, 0)
    told.until(ISSUE)
    assert (made.held("A", asset), made.held("B", asset)) == (2_000, 4_000)
    assert made.held("A", made.token) == 3_990
    made.check()


def test_a_closing_that_is_late_is_waited_for() -> None:
    """On its day the seller lacks what was not yet issued; the release brings it, and the trade settles at once."""
    made = deal()
    told = made.told
    asset = made.lodge()
    dealt(made, asset)
    made.fund("B", 3_990)
    assert Reason.LACK in reasons(told.until(ISSUE))
    told.until(LATER)
    assert status(made, 1) is Status.FAILING
    made.issue(asset, 10_000, ("A", 6_000), ("Lead", 4_000))
    assert (made.held("A", asset), made.held("B", asset)) == (2_000, 4_000)
    made.check()


def test_a_seller_that_is_not_allotted_enough_fails_alone() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    dealt(made, asset)
    made.fund("B", 3_990)
    made.issue(asset, 10_000, ("A", 3_000), ("Lead", 7_000))
    assert Reason.LACK in reasons(told.until(ISSUE))
    told.does("Lead", trade(Side.DELIVER, asset, 1_000, made.at["Lead"], told.parties["A"], ISSUE, reference="L"))
    told.does("A", trade(Side.RECEIVE, asset, 1_000, made.at["A"], told.parties["Lead"], ISSUE, reference="L"))
    assert (made.held("A", asset), made.held("B", asset)) == (0, 4_000)
    made.check()


def test_an_abandoned_issue_takes_its_trades_with_it() -> None:
    """Matched or not, on every day for which they were; the trade of another bond stays."""
    made = deal()
    told = made.told
    asset = made.lodge()
    other = made.lodge(isin="HK0000000023")
    dealt(made, asset)
    dealt(made, other, reference="other")
    told.does("A", side_of(made, asset, Side.DELIVER, day=LATER, reference="unmatched"))
    made.sign(asset, 10_000)
    events = told.does("Government", AbandonClosing(asset))
    assert made.bond(asset).status is BondStatus.CANCELLED
    assert [(event.transaction, event.reason) for event in events if isinstance(event, TransactionCancelled)] == [
        (1, "the issue is abandoned: the trade was when, as and if issued")
    ]
    assert [event.instruction for event in events if isinstance(event, InstructionCancelled)] == [5]
    assert (status(made, 1), status(made, 2)) == (Status.CANCELLED, Status.PENDING)
    matching = told.state.settlement.instructions
    assert [each.cancelled for each in matching.values()] == [True, True, False, False, True]
    assert [each.matching for each in matching.values()][-1] is Matching.UNMATCHED
    late = side_of(made, asset, Side.DELIVER, reference="too late")
    assert told.refused("A", late)[0] is Reason.STATE
    events = told.until(LATER)
    assert not [event for event in events if isinstance(event, Settled) and TransactionNumber(1) in event.transactions]
    made.check()


def test_an_abandoned_tap_leaves_the_trades_in_its_bond() -> None:
    """Something of the bond is there: what was dealt is dealt in that."""
    made = deal()
    told = made.told
    asset = made.lodge()
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(ISSUE)
    told.does("Lead", LodgeTap(asset, LATER, ISSUE, "", "", (document("tap"),)))
    matched = [each for each in dealt(made, asset, day=LATER) if isinstance(each, Matched)]
    told.does("Government", AbandonClosing(asset))
    assert made.bond(asset).status is BondStatus.ISSUED
    assert status(made, matched[0].transaction) is Status.PENDING
    made.fund("B", 3_990)
    told.until(LATER)
    assert (made.held("A", asset), made.held("B", asset)) == (6_000, 4_000)
    made.check()


def test_a_bond_bought_back_whole_ends_its_trades() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(ISSUE)
    dealt(made, asset, day=LATER)
    told.does(
        "A", trade(Side.DELIVER, asset, 10_000, made.at["A"], told.parties["Government"], ISSUE, reference="back")
    )
    told.does(
        "Government",
        trade(Side.RECEIVE, asset, 10_000, made.at["Government"], told.parties["A"], ISSUE, reference="back"),
    )
    told.does("Government", CancelBought(asset, made.at["Government"], 10_000))
    events = told.does("CMU", ConfirmCancellation(asset, made.at["Government"], 10_000))
    assert made.bond(asset).status is BondStatus.CANCELLED
    assert [event.reason for event in events if isinstance(event, TransactionCancelled)] == ["the bond is cancelled"]
    made.check()


@pytest.mark.parametrize("closing", [ISSUE, LATER])
def test_no_trade_settles_before_the_issue(closing: Any) -> None:
    """Not before the closing, where that is later than the day from which interest runs."""
    made = deal()
    asset = made.lodge(terms=replace(TERMS, issue_date=ISSUE), closing_date=None if closing == ISSUE else closing)
    before = side_of(made, asset, Side.DELIVER, day=closing - timedelta(days=1))
    reason, parts = made.told.refused("A", before)
    assert (reason, parts[0]) == (Reason.DATE, "settlement_date")
    made.told.does("A", side_of(made, asset, Side.DELIVER, day=closing))
