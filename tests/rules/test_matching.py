"""What becomes of an instruction that is alone: told to its counterparty, matched within a tolerance, or lapsed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bauhinia.ledger.instructions import CumEx, Side
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.rulebooks import Provision
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.instructing import CancelInstruction, InstructionCancelled, Matched
from bauhinia.rules.lapsing import LAPSE_DAYS, Alleged, Lapsed
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.matching import TOLERANCE, Tolerance, tolerances
from bauhinia.rules.settlement import Settled
from bauhinia.words.ids import InstructionNumber, SystemNumber
from tests.rules.test_settlement import instruct_both, two_dealers
from tests.support import START, Told, seen, trade

NOON = 12 * 60
QUARTER = 10 * 60 + 15


def provided(told: Told, **said: str) -> None:
    """The market's rulebook says these, of matching."""
    provisions = tuple(Provision(f"matching.{name}", value, "a test") for name, value in said.items())
    told.does("operator", PublishRulebook("market", 1, START, "Rules", (), provisions))


# --- allegements ------------------------------------------------------------------------------------------------------


def test_who_has_not_answered_is_told_once_of_what_is_wanted_and_not_from_where() -> None:
    told, asset, hkd, a, b = two_dealers()
    told.does("A", trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, hkd, 480, a, "mine", hold=True))
    assert not [event for event in told.until(START, QUARTER - 1) if isinstance(event, Alleged)]
    (alleged,) = [event for event in told.until(START, NOON) if isinstance(event, Alleged)]
    assert alleged == Alleged(
        InstructionNumber(1), told.parties["A"], Side.DELIVER, alleged.payment, asset, 500, START, START, hkd, 480, "",
        CumEx.UNSAID, 1,
    )  # fmt: skip
    assert [type(event) for event in seen(told, "B") if isinstance(event, Alleged)] == [Alleged]
    assert not [event for event in seen(told, "A") if isinstance(event, Alleged)]
    assert not [event for event in told.until(START + timedelta(days=2)) if isinstance(event, Alleged)]
    told.does("B", trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, hkd, 480, b, "yours"))
    assert [type(event) for event in seen(told, "B") if isinstance(event, Matched)] == [Matched]


def test_two_sides_that_instruct_soon_after_each_other_hear_nothing() -> None:
    told, asset, hkd, a, b = two_dealers()
    instruct_both(told, asset, hkd, a, b, START)
    assert not [event for event in told.until(START, NOON) if isinstance(event, Alleged)]
    assert not told.state.settlement.fresh


def test_what_comes_after_allegements_were_told_is_told_with_the_next() -> None:
    told, asset, _, a, _ = two_dealers()
    for number in range(3):
        told.until(START, 11 * 60 + 10 * number)
        told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], START, reference=f"{number}"))
    moments = [
        (outcome.time, len(outcome.events))
        for applied in told.applied
        for outcome in applied.outcomes
        if any(isinstance(event, Alleged) for event in outcome.events)
    ]
    told.until(START, NOON)
    assert [count for _, count in moments] == [2]
    assert not told.state.settlement.fresh


def test_a_counterparty_learns_that_what_was_alleged_is_gone_and_of_nothing_else() -> None:
    told, asset, _, a, _ = two_dealers()
    told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], START, reference="told"))
    told.until(START, NOON)
    told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], START, reference="not told"))
    for number in (1, 2):
        told.does("A", CancelInstruction(InstructionNumber(number)))
    gone = [event.instruction for event in seen(told, "B") if isinstance(event, InstructionCancelled)]
    assert gone == [1]


# --- lapse ------------------------------------------------------------------------------------------------------------


def lapsed(events: list[object]) -> list[int]:
    return [event.instruction for event in events if isinstance(event, Lapsed)]


@pytest.mark.parametrize(("days", "last"), [("", date(2026, 3, 2)), ("2", date(2026, 2, 4)), ("x", date(2026, 3, 2))])
def test_what_is_alone_lapses_after_its_days(days: str, last: date) -> None:
    """START is Monday 2 February 2026: 20 business days later is Monday 2 March, in a calendar without holidays."""
    told, asset, _, a, b = two_dealers()
    if days:
        provided(told, lapse_days=days)
    told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], START, reference="alone"))
    assert told.state.days.systems[SystemNumber(1)].date == START == date(2026, 2, 2)
    assert lapsed(told.until(last, 18 * 60 - 1)) == []
    events = told.until(last + timedelta(days=1))
    assert lapsed(events) == [1]
    assert lapsed(seen(told, "A")) == lapsed(seen(told, "B")) == [1]
    assert not told.state.settlement.instructions
    assert not told.state.settlement.references
    told.does("B", trade(Side.RECEIVE, asset, 100, b, told.parties["A"], START + timedelta(days=16), reference="late"))
    assert told.balance(b, asset) == 0


def test_days_count_from_the_intended_date_or_the_entry_whichever_is_later() -> None:
    told, asset, _, a, _ = two_dealers()
    provided(told, lapse_days="2")
    ahead, friday = START + timedelta(days=3), START + timedelta(days=4)
    told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], ahead, reference="ahead", trade_date=START))
    told.until(ahead)
    told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], START, reference="late"))
    assert lapsed(told.until(friday)) == []
    assert lapsed(told.until(START + timedelta(days=8))) == [1, 2]


def test_a_matched_trade_does_not_lapse() -> None:
    told, asset, hkd, a, b = two_dealers()
    provided(told, lapse_days="1")
    instruct_both(told, asset, hkd, a, b, START)
    assert lapsed(told.until(START + timedelta(days=10))) == []
    told.mint("HKMA", hkd, b, 480)
    assert told.balance(b, asset) == 500


# --- tolerance --------------------------------------------------------------------------------------------------------


def tolerant(said: str = "HKD 0.02 10 0.25") -> tuple[Told, int, int, int, int]:
    told, asset, hkd, a, b = two_dealers()
    if said:
        provided(told, tolerance=said)
    told.mint("HKMA", hkd, b, 10_000)
    return told, asset, hkd, a, b


@pytest.mark.parametrize(
    ("said", "delivered", "received", "matches"),
    [
        ("HKD 0.02 10 0.25", 480, 482, True),
        ("HKD 0.02 10 0.25", 482, 480, True),
        ("HKD 0.02 10 0.25", 480, 483, False),
        ("HKD 0.02 10 0.25", 1_000, 1_002, True),  # no more than 10.00 is paid
        ("HKD 0.02 10 0.25", 1_000, 1_003, False),
        ("HKD 0.02 10 0.25", 1_001, 1_026, True),
        ("HKD 0.02 10 0.25", 1_001, 1_027, False),
        ("EUR 0.02 10 0.25", 480, 481, False),  # of another currency
        ("HKD much", 480, 481, False),
        ("", 480, 481, False),
    ],
)
@pytest.mark.parametrize("first", ["A", "B"])
def test_amounts_within_the_tolerance_match_and_the_deliverers_is_paid(
    said: str, delivered: int, received: int, matches: bool, first: str
) -> None:
    told, asset, hkd, a, b = tolerant(said)
    orders = {
        "A": trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, hkd, delivered, a, "A1"),
        "B": trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, hkd, received, b, "B1"),
    }
    for who in (first, "B" if first == "A" else "A"):
        told.does(who, orders[who])
    assert told.balance(a, hkd) == (delivered if matches else 0)
    assert bool(told.state.settlement.unmatched) is bool(told.state.settlement.amounts) is not matches


def test_the_same_amount_goes_before_one_that_is_near_then_the_nearest_then_the_oldest() -> None:
    told, asset, hkd, a, b = tolerant()
    for reference, amount in (("low", 481), ("high", 483), ("far", 480), ("same", 482), ("low too", 481)):
        told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], START, hkd, amount, a, reference))
    order = []
    for number in range(5):
        receive = trade(Side.RECEIVE, asset, 100, b, told.parties["A"], START, hkd, 482, b, f"B{number}")
        for event in told.does("B", receive):
            if isinstance(event, Matched):
                order.append(told.state.settlement.instructions[event.deliver].order.reference)
    assert order == ["same", "low", "high", "low too", "far"]
    assert not told.state.settlement.amounts


def test_a_near_amount_is_no_match_where_anything_else_differs() -> None:
    told, asset, hkd, a, b = tolerant()
    told.does("A", trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, hkd, 480, a, "A1"))
    receive = trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, hkd, 481, b, "B1")
    earlier = replace(receive, trade_date=START - timedelta(days=1))
    for number, wrong in enumerate((replace(receive, quantity=400, reference="B2"), replace(earlier, reference="B3"))):
        events = told.does("B", wrong)
        assert not [event for event in events if isinstance(event, Matched | Settled)], number
    told.does("A", CancelInstruction(InstructionNumber(1)))
    assert not [event for event in told.does("B", receive) if isinstance(event, Matched)]


def test_tolerances_are_read_by_currency() -> None:
    assert tolerances("EUR 2 100000 25; JPY 300 1 4000") == {
        "EUR": Tolerance(200, 10_000_000, 2_500),
        "JPY": Tolerance(300, 1, 4_000),
    }
    assert tolerances("EUR 2; XXX 1 2 3; HKD 1 2 3 4; ; HKD -1 2 3") == {}
    assert (TOLERANCE, LAPSE_DAYS) == ("matching.tolerance", "matching.lapse_days")


def test_a_state_with_instructions_that_are_alone_survives_its_snapshot() -> None:
    told, asset, hkd, a, b = tolerant()
    told.party("C", Role.CUSTODIAN)
    told.account("C", Purpose.OMNIBUS)
    told.does("A", trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, hkd, 480, a, "A1"))
    data = write_snapshot(told.state)
    told.state = read_snapshot(data)
    assert write_snapshot(told.state) == data
    told.does("B", trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, hkd, 481, b, "B1"))
    assert told.balance(a, hkd) == 480
