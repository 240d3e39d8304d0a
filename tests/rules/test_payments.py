"""Payments alone: ordered by one, made at once or when they can be, offset, taken back, or expired."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bauhinia.agents.offset import By, Leg, Queue, Waiting, propose
from bauhinia.ledger.instructions import Matching
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Block, Purpose, Right, Standing
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.onboarding import GrantRight, SetStanding
from bauhinia.rules.payments import PaymentOrdered
from bauhinia.rules.powers import PauseAsset, SetBlock
from bauhinia.rules.settlement import Settled, TransactionCancelled, Waits
from bauhinia.rules.together import SettleTogether
from bauhinia.sim.offset_load import Workload, scenarios
from bauhinia.words.dates import DAY
from bauhinia.words.ids import AccountNumber, AssetNumber, InstructionNumber
from bauhinia.words.reasons import Reason
from tests.rules.moneys import NEXT, Moneys, moneys
from tests.support import START, Seed, seen


def last(at: Moneys) -> InstructionNumber:
    return at.told.state.settlement.last_instruction


def test_a_payment_is_made_at_once_by_its_payers_word_alone() -> None:
    at = moneys()
    seed = Seed(at.told)
    at.gives("A", hkd=100)
    number = at.pays("A", "B", 70, "rent")
    assert (at.status(number), at.holds("A")[1], at.holds("B")[1]) == (["SETTLED"], 30, 70)
    instruction = at.told.state.settlement.instructions[last(at)]
    assert (instruction.matching, instruction.transaction, instruction.order.counterparty) == (
        Matching.MATCHED, number, at.told.parties["B"],
    )  # fmt: skip
    assert broken(at.told.state) == []
    seed.replay()


def test_one_that_lacks_money_waits_and_is_made_when_it_comes_by_priority_and_age() -> None:
    at = moneys()
    seed = Seed(at.told)
    low, first, high, second = (
        at.pays("A", "B", 50, "low"), at.pays("A", "B", 30, "first", priority=3),
        at.pays("A", "C", 40, "high", priority=2), at.pays("A", "D", 30, "second", priority=3),
    )  # fmt: skip
    assert at.status(low, first, high, second) == ["PENDING"] * 4
    at.gives("A", hkd=70)
    assert at.status(low, first, high, second) == ["PENDING", "SETTLED", "SETTLED", "PENDING"]
    at.told.does("A", ModifyInstruction(InstructionNumber(last(at) - 3), 1))
    at.gives("A", hkd=60)
    assert at.status(low, second) == ["SETTLED", "PENDING"]
    seed.replay()


def test_two_that_go_opposite_ways_offset_on_arrival() -> None:
    at = moneys()
    at.gives("A", hkd=10)
    first = at.pays("A", "B", 500, "one")
    assert at.status(first) == ["PENDING"]
    second = at.pays("B", "A", 495, "two")
    assert at.status(first, second) == ["SETTLED"] * 2
    assert (at.holds("A")[1], at.holds("B")[1]) == (5, 5)


def test_a_ring_settles_together() -> None:
    at = moneys()
    numbers = [at.pays(own, other, 100, own) for own, other in (("A", "B"), ("B", "C"), ("C", "A"))]
    assert at.status(*numbers) == ["PENDING"] * 3
    refused = at.told.refused("A", SettleTogether(tuple(numbers), "mine are two of three"))
    assert refused[0] is Reason.UNKNOWN_TRANSACTION
    at.told.does("operator", SettleTogether(tuple(numbers), "a ring"))
    assert at.status(*numbers) == ["SETTLED"] * 3


def test_a_payer_may_propose_its_own_payments_and_a_payee_too() -> None:
    at = moneys()
    one, two, three = at.pays("A", "B", 100, "1"), at.pays("B", "A", 60, "2"), at.pays("B", "A", 60, "3")
    at.gives("B", hkd=20)
    assert at.status(one, two, three) == ["PENDING"] * 3, "each two of them leave someone short"
    at.told.does("B", SettleTogether((one, two, three), "all of ours"))
    assert at.status(one, two, three) == ["SETTLED"] * 3


def test_its_payer_holds_it_releases_it_and_takes_it_back() -> None:
    at = moneys()
    at.gives("A", hkd=100)
    number = at.pays("A", "B", 70, "rent", hold=True)
    assert (at.status(number), at.reason(number)) == (["PENDING"], "PREA")
    assert at.told.refused("B", ReleaseInstruction(last(at)))[0] is Reason.UNKNOWN_INSTRUCTION
    at.told.does("A", ReleaseInstruction(last(at)))
    assert at.status(number) == ["SETTLED"]
    assert at.told.refused("A", CancelInstruction(last(at)))[0] is Reason.STATE
    number = at.pays("A", "B", 70, "more")
    at.told.does("A", HoldInstruction(last(at)))
    assert at.reason(number) == "PREA"
    assert at.told.refused("B", CancelInstruction(last(at)))[0] is Reason.UNKNOWN_INSTRUCTION
    events = at.told.does("A", CancelInstruction(last(at)))
    assert events == [TransactionCancelled(number, "its payer took it back")]
    assert at.status(number) == ["CANCELLED"]


def test_one_for_a_later_day_waits_for_it() -> None:
    at = moneys()
    at.gives("A", hkd=100)
    number = at.pays("A", "B", 70, "rent", settlement_date=NEXT)
    assert at.reason(number) == "FUTU"
    at.told.until(NEXT)
    assert at.status(number) == ["SETTLED"]


def test_a_block_and_a_pause_hold_it_up() -> None:
    at = moneys()
    at.gives("A", hkd=100)
    at.told.does("operator", SetBlock(at.at["A"], AssetNumber(0), int(Block.DEBIT), Cause.OPERATIONS, bytes(32), 0))
    number = at.pays("A", "B", 70, "rent")
    assert (at.status(number), at.reason(number)) == (["PENDING"], "FROZ")
    assert at.told.refused("operator", SettleTogether((number,), "now"))[0] is Reason.FROZ


def day_ends(at: Moneys) -> list[Any]:
    return at.told.until(NEXT)


def test_at_the_end_of_its_day_it_expires() -> None:
    at = moneys()
    due, later = at.pays("A", "B", 70, "due"), at.pays("A", "B", 70, "later", settlement_date=NEXT)
    held = at.pays("A", "B", 1, "held", hold=True)
    ended = [event.transaction for event in day_ends(at) if isinstance(event, TransactionCancelled)]
    assert ended == [due, held]
    assert at.status(later) == ["PENDING"]
    assert due not in at.told.state.settlement.transactions, "it is forgotten with its day"
    at.pays("A", "B", 5, "due", settlement_date=NEXT)  # and its reference is free


def test_where_the_rulebook_recycles_it_fails_and_is_tried_again() -> None:
    at = moneys()
    recycled = (Provision("payment.recycling", "yes", "house rule"),)
    at.told.does("operator", PublishRulebook("market", 1, START, "Rules", (), recycled))
    number = at.pays("A", "B", 70, "rent")
    day_ends(at)
    assert at.status(number) == ["FAILING"]
    at.gives("A", hkd=70)
    assert at.status(number) == ["SETTLED"]


def test_one_in_another_system_expires_with_that_systems_day() -> None:
    at = moneys()
    number = at.pays("A", "B", 70, "rent", money=at.cny)
    system = at.told.state.days.systems[at.told.state.assets[at.cny].system]
    assert system.number == 2
    day_ends(at)
    assert number not in at.told.state.settlement.transactions


def test_who_may_instruct_the_account_pays_for_it() -> None:
    at = moneys()
    at.gives("A", hkd=100)
    told, until = at.told, at.told.state.time + DAY
    payment = at.payment("A", "B", 10, "by C")
    assert told.refused("C", payment)[0] is Reason.UNKNOWN_ACCOUNT
    told.does("A", GrantRight(at.at["A"], told.parties["C"], Right.RECEIVE, at.hkd, until))
    assert told.refused("C", payment)[0] is Reason.UNKNOWN_ACCOUNT, "to receive is not to pay"
    told.does("A", GrantRight(at.at["A"], told.parties["C"], Right.INSTRUCT, at.hkd, until))
    told.does("C", payment)
    assert at.holds("B")[1] == 10


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": ""}, Reason.TEXT),
        ({"priority": 0}, Reason.AMOUNT),
        ({"money": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ({"amount": 0}, Reason.AMOUNT),
        ({"amount": 1 << 62}, Reason.AMOUNT),
        ({"account": AccountNumber(99)}, Reason.UNKNOWN_ACCOUNT),
        ({"to": AccountNumber(99)}, Reason.UNKNOWN_ACCOUNT),
        ({"settlement_date": START.replace(day=1)}, Reason.DATE),
        ({"settlement_date": START.replace(day=7)}, Reason.DATE),
    ],
)
def test_what_is_wrong_with_a_payment(changes: dict[str, Any], reason: Reason) -> None:
    at = moneys()
    payment = replace(at.payment("A", "B", 5, "wrong"), **changes)
    assert at.told.refused("A", payment)[0] is reason


def test_further_things_that_are_wrong() -> None:
    at = moneys()
    told = at.told
    assert told.refused("A", at.payment("A", "A", 5, "self"))[0] is Reason.SAME_ACCOUNT
    assert told.refused("A", at.payment("A", "B", 5, "rtgs", money=at.chats))[0] is Reason.UNKNOWN_ASSET
    assert told.refused("A", at.payment("A", "B", 5, "bond", money=at.bond))[0] is Reason.UNKNOWN_ASSET
    suspense = told.account("B", Purpose.SUSPENSE)
    assert told.refused("A", at.payment("A", "B", 5, "suspense", to=suspense))[0] is Reason.UNKNOWN_ACCOUNT
    at.pays("A", "B", 5, "once")
    assert told.refused("A", at.payment("A", "B", 5, "once"))[0] is Reason.DUPLICATE


def test_a_paused_money_waits() -> None:
    at = moneys()
    at.gives("A", hkd=100)
    power = (Provision("power.pause", "OPERATOR", "house rule"),)
    at.told.does("operator", PublishRulebook("market", 1, START, "Rules", (), power))
    at.told.does("operator", PauseAsset(at.hkd, Cause.OPERATIONS, b""))
    assert at.reason(at.pays("A", "B", 5, "paused")) == "PAUSED"


def test_with_an_insolvency_what_its_payer_could_still_take_back_is_gone() -> None:
    for moment, status in (("SF1", "PENDING"), ("SF2", "CANCELLED"), ("SF3", "CANCELLED")):
        at = moneys()
        rule = (Provision("finality.moment", moment, "house rule"),)
        at.told.does("operator", PublishRulebook("market", 1, START, "Rules", (), rule))
        own, other = at.pays("A", "B", 70, "own"), at.pays("B", "A", 70, "other", hold=True)
        at.told.does("operator", SetStanding(at.told.parties["A"], Standing.INSOLVENT, "a court"))
        assert at.status(own, other) == [status, "PENDING"], moment


def test_payer_and_payee_see_it_and_nobody_else() -> None:
    at = moneys()
    at.pays("A", "B", 70, "rent")
    for name, sees in (("A", True), ("B", True), ("C", False)):
        events = seen(at.told, name)
        assert any(isinstance(event, PaymentOrdered) for event in events) is sees
        assert any(isinstance(event, Waits) for event in events) is sees


def paid(case: Workload) -> tuple[int, int, dict[str, int]]:
    """What a queue comes to whose payments are ordered one after the other: those that can go at once, or offset
    another, do; then proposals of the solver are settled until it finds none. How many settle, their value, and what
    each bank has in the end."""
    at = moneys()
    told, names = at.told, {number: name for name, number in case.accounts.items()}
    for name, number in case.accounts.items():
        at.at[name] = told.account("A")
        balance = case.queue.available.get((number, AssetNumber(1)), 0)
        if balance:
            told.mint("HKMA", at.hkd, at.at[name], balance)
    for each in case.queue.waiting:
        (leg,) = each.legs
        payment = at.payment(names[leg.giver], names[leg.taker], leg.amount, str(each.number), priority=each.priority)
        told.does("A", payment)
    settlement, positions = told.state.settlement, told.state.positions
    while settlement.live:
        live = [settlement.transactions[number] for number in settlement.live]
        queue = [
            Waiting(
                each.number,
                tuple(Leg(leg.asset, leg.giver, leg.taker, leg.amount) for leg in each.legs),
                each.legs[0].amount,
                each.priority,
            )
            for each in live
        ]
        available = {(number, at.hkd): positions.available(number, at.hkd) for number in at.at.values()}
        found = propose(Queue(tuple(queue), available), by=By.VALUE, seconds=60, exact=False)
        if not found.numbers:
            break
        told.does("operator", SettleTogether(found.numbers, "found"))
    assert broken(told.state) == []
    left = [settlement.transactions[number].legs[0].amount for number in settlement.live]
    count, value = len(case.queue.waiting) - len(left), sum(each.value for each in case.queue.waiting) - sum(left)
    return count, value, {name: told.balance(at.at[name], at.hkd) for name in case.accounts}


def test_every_published_gridlock_of_payments_comes_out_on_the_ledger_as_published(vectors: Path) -> None:
    """The best by value, and, where a prototype printed what settles and that is as much, its end balances."""
    folder = vectors / "netting"
    if not folder.is_dir():
        pytest.skip(f"no vectors: {folder} is not a folder")
    cases = list(scenarios(folder))
    assert len(cases) >= 12
    for case in cases:
        count, value, ends = paid(case)
        best = case.told["expected"]["computed_optimum"]["by_value"]
        assert (count, value) == (best["settled_count"], best["settled_value"]), case.name
        for prototype in case.told["expected"]["published"].values():
            if len(prototype.get("settled_ids", ())) == count:
                assert ends == prototype["end_balances"], case.name


def test_payments_at_random_come_out_the_same_again() -> None:
    """Whatever is ordered, held, released, taken back and paid in, in whatever order: all holds, and replays."""
    for chance in map(Random, range(6)):
        at = moneys()
        seed = Seed(at.told)
        for turn in range(120):
            payer, payee = chance.sample(("A", "B", "C", "D"), 2)
            match chance.randrange(8):
                case 0:
                    at.gives(payer, hkd=chance.randrange(1, 60))
                case 1 | 2:
                    kind = chance.choice((HoldInstruction, ReleaseInstruction, CancelInstruction))
                    number = chance.randrange(1, last(at) + 2)
                    at.told.send(payer, kind(InstructionNumber(number)))
                case _:
                    day, hold = chance.choice((START, START, NEXT)), chance.random() < 0.1
                    at.told.send(
                        payer,
                        at.payment(
                            payer, payee, chance.randrange(1, 200), f"R{turn}", settlement_date=day, hold=hold,
                            priority=chance.randrange(1, 5),
                        ),
                    )  # fmt: skip
            assert broken(at.told.state) == []
        kinds = [type(event) for applied in at.told.applied for each in applied.outcomes for event in each.events]
        assert kinds.count(Settled) > 20
        day_ends(at)
        assert broken(at.told.state) == []
        assert all(
            at.told.state.settlement.transactions[number].settlement_date > START
            for number in at.told.state.settlement.live
        )
        seed.replay()
