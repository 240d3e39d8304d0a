"""One money against another: both move or neither does; and what goes with trades of bonds alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bauhinia.ledger.instructions import Partial, Side
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.market import DeclareClosure, PublishRulebook
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.words.ids import InstructionNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.moneys import NEXT, Moneys, moneys
from tests.support import START, Seed, seen, trade


def exchanges(
    at: Moneys, first: str, second: str, given: int, against: int, money: int | None = None, reference: str = "X1",
    **more: Any,
) -> TransactionNumber:  # fmt: skip
    """The first gives Hong Kong dollars to the second, against renminbi; both instruct."""
    paid = at.cny if money is None else money
    day = more.pop("day", START)
    for side, own, other in ((Side.DELIVER, first, second), (Side.RECEIVE, second, first)):
        cash = at.at[own] if paid == at.cny else 0
        at.told.does(
            own,
            trade(
                side, at.hkd, given, at.at[own], at.told.parties[other], day, paid, against if paid else 0, cash,
                reference, **more,
            ),
        )  # fmt: skip
    return at.told.state.settlement.last_transaction


def test_both_moneys_move_at_one_instant_or_neither_does() -> None:
    at = moneys()
    seed = Seed(at.told)
    at.gives("A", hkd=500)
    number = exchanges(at, "A", "B", 500, 450)
    assert (at.status(number), at.reason(number)) == (["PENDING"], "MONY")
    assert (at.holds("A"), at.holds("B")) == ((1_000, 500, 0), (0, 0, 0))
    at.gives("B", cny=450)
    assert at.status(number) == ["SETTLED"]
    assert (at.holds("A"), at.holds("B")) == ((1_000, 0, 450), (0, 500, 0))
    assert broken(at.told.state) == []
    seed.replay()


def test_the_side_that_lacks_its_money_is_told_so_and_the_other_that_it_does() -> None:
    at = moneys()
    at.gives("B", cny=450)
    number = exchanges(at, "A", "B", 500, 450)
    transaction = at.told.state.settlement.transactions[number]
    assert (transaction.reason, transaction.lacking_party) == (Reason.MONY, at.told.parties["A"])
    at.gives("A", hkd=500)
    assert at.status(number) == ["SETTLED"]


def test_a_token_is_paid_in_an_rtgs_and_earmarked_until_that_answers() -> None:
    at = moneys()
    at.gives("A", hkd=500)
    number = exchanges(at, "A", "B", 500, 450, at.chats)
    assert at.status(number) == ["CONFIRMING"]
    assert at.told.state.positions.available(at.at["A"], at.hkd) == 0
    payment = at.told.state.settlement.transactions[number].payment
    at.told.does("PBC", RejectPayment(payment, "no funds"))
    assert (at.status(number), at.holds("A")[1]) == (["PENDING"], 500)
    at.told.until(START + timedelta(days=1), 11 * 60)  # tried again the next day
    payment = at.told.state.settlement.transactions[number].payment
    at.told.does("PBC", ConfirmPayment(payment, "CHATS 1"))
    assert (at.status(number), at.holds("A")[1], at.holds("B")[1]) == (["SETTLED"], 0, 500)


def test_money_given_for_nothing_needs_both_sides() -> None:
    at = moneys()
    at.gives("A", hkd=500)
    number = exchanges(at, "A", "B", 200, 0, 0)
    assert (at.status(number), at.holds("B")[1]) == (["SETTLED"], 200)


@pytest.mark.parametrize(
    ("asset", "money", "reason"),
    [
        ("hkd", "hkd", Reason.UNKNOWN_ASSET),
        ("chats", "hkd", Reason.UNKNOWN_ASSET),
        ("hkd", "bond", Reason.UNKNOWN_ASSET),
    ],
)
def test_what_cannot_be_exchanged(asset: str, money: str, reason: Reason) -> None:
    at = moneys()
    given, against = getattr(at, asset), getattr(at, money)
    order = trade(Side.DELIVER, given, 5, at.at["A"], at.told.parties["B"], START, against, 5, at.at["A"])
    assert at.told.refused("A", order)[0] is reason


def test_a_money_is_counted_in_its_smallest_units_and_delivered_whole() -> None:
    at = moneys()
    at.gives("A", hkd=3)
    order = trade(Side.DELIVER, at.hkd, 7, at.at["A"], at.told.parties["B"], START, at.cny, 1, at.at["A"])
    for partial in (Partial.PART, Partial.PARQ, Partial.PARC):
        wrong = trade(
            Side.DELIVER, at.hkd, 7, at.at["A"], at.told.parties["B"], START, at.cny, 1, at.at["A"], partial=partial,
            least_quantity=1 if partial is Partial.PARQ else 0, least_amount=1 if partial is Partial.PARC else 0,
        )  # fmt: skip
        assert at.told.refused("A", wrong)[0] is Reason.STATE
    at.told.does("A", order)
    number = at.told.state.settlement.last_instruction
    assert at.told.refused("A", ModifyInstruction(number, 2, Partial.PART))[0] is Reason.STATE
    at.told.does("A", ModifyInstruction(number, 2))


def test_both_amounts_are_the_bargain_so_nothing_is_tolerated() -> None:
    at = moneys()
    tolerated = (Provision("matching.tolerance", "CNY 2 100000 25; HKD 2 100000 25", "house rule"),)
    at.told.does("operator", PublishRulebook("market", 1, START, "Rules", (), tolerated))
    at.gives("A", hkd=500)
    for side, own, other, amount in ((Side.DELIVER, "A", "B", 450), (Side.RECEIVE, "B", "A", 451)):
        party = at.told.parties[other]
        at.told.does(own, trade(side, at.hkd, 500, at.at[own], party, START, at.cny, amount, at.at[own]))
    assert len(at.told.state.settlement.unmatched) == 2


def test_the_day_is_a_business_day_of_both_moneys() -> None:
    at = moneys()
    at.told.does("operator", DeclareClosure("HK", NEXT))
    order = trade(
        Side.DELIVER, at.hkd, 5, at.at["A"], at.told.parties["B"], NEXT, at.cny, 5, at.at["A"], trade_date=START
    )
    assert at.told.refused("A", order)[0] is Reason.DATE


def test_an_exchange_waits_for_the_system_that_opens_last_and_for_a_release() -> None:
    at = moneys()
    at.gives("A", hkd=500)
    at.gives("B", cny=450)
    number = exchanges(at, "A", "B", 500, 450, hold=True, day=NEXT, trade_date=START)
    at.told.until(NEXT, 9 * 60 + 30)
    for name, back in (("A", 1), ("B", 0)):
        instruction = InstructionNumber(at.told.state.settlement.last_instruction - back)
        at.told.does(name, ReleaseInstruction(instruction))
    assert (at.status(number), at.reason(number)) == (["PENDING"], "CYCL")
    at.told.until(NEXT, 11 * 60)
    assert at.status(number) == ["SETTLED"]


def test_it_takes_both_to_cancel() -> None:
    at = moneys()
    number = exchanges(at, "A", "B", 500, 450)
    last = at.told.state.settlement.last_instruction
    at.told.does("A", HoldInstruction(InstructionNumber(last - 1)), CancelInstruction(InstructionNumber(last - 1)))
    assert at.status(number) == ["PENDING"]
    at.told.does("B", CancelInstruction(last))
    assert at.status(number) == ["CANCELLED"]


def test_exchanges_the_other_way_round_offset_each_other() -> None:
    at = moneys()
    at.gives("A", hkd=60)
    at.gives("B", cny=50)
    first = exchanges(at, "A", "B", 500, 450, reference="X1")
    second = exchanges(at, "B", "A", 480, 420, reference="X2")
    assert at.status(first, second) == ["SETTLED"] * 2
    assert (at.holds("A"), at.holds("B")) == ((1_000, 40, 30), (0, 20, 20))


def test_a_client_holds_money_itself_whatever_book_it_stands_in() -> None:
    at = moneys()
    assert at.told.state.accounts[at.at["Client"]].tier
    at.gives("Client", hkd=500)
    before = dict(at.told.state.assets)
    exchanges(at, "Client", "A", 500, 0, 0)
    assert (at.holds("Client")[1], at.holds("A")[1]) == (0, 500)
    assert at.told.state.assets == before, "no book is opened for a money"


def test_an_exchange_is_the_two_sides_business_alone() -> None:
    at = moneys()
    at.gives("A", hkd=500)
    exchanges(at, "A", "B", 500, 450)
    told = {type(event).__name__ for event in seen(at.told, "C")}
    assert not told & {"Instructed", "Matched", "Waits"}
