"""Sets that settle at one instant: what the verifier takes and refuses, and trades that find each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import OPEN, Side
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Block, Role
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import Provision
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.money import MintMoney
from bauhinia.rules.powers import PauseAsset, SetBlock
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.rules.together import AppointOffsetAgent, OffsetAgentAppointed, OffsetTaken, SettleTogether
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import NO_ASSET, AccountNumber, AssetNumber, InstructionNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.support import START, Seed, Told, issued, market, seen, trade

DEALERS = ("A", "B", "C", "D")


@dataclass
class Desk:
    """Four dealers with a bond and a token, of which they hold what a test gives them."""

    told: Told
    bond: AssetNumber
    hkd: AssetNumber
    at: dict[str, AccountNumber]
    references: int = 0

    def sells(self, seller: str, buyer: str, lots: int, amount: int = 0, **more: Any) -> TransactionNumber:
        """Both sides instruct; free of payment without an amount. The number of what they became."""
        self.references += 1
        for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
            money, cash = (self.hkd, self.at[own]) if amount else (0, 0)
            self.told.does(
                own,
                trade(
                    side, self.bond, lots * 100, self.at[own], self.told.parties[other], START, money, amount, cash,
                    f"R{self.references}", **more,
                ),
            )  # fmt: skip
        return self.told.state.settlement.last_transaction

    def mints(self, name: str, amount: int) -> list[Any]:
        return self.told.does("HKMA", MintMoney(self.hkd, self.at[name], amount, "reserve"))

    def status(self, *numbers: int) -> list[str]:
        return [self.told.state.settlement.transactions[TransactionNumber(each)].status.name for each in numbers]

    def holdings(self) -> list[tuple[int, int]]:
        return [(self.told.balance(at, self.bond), self.told.balance(at, self.hkd)) for at in self.at.values()]


def together(*numbers: int, why: str = "a test") -> SettleTogether:
    return SettleTogether(tuple(map(TransactionNumber, numbers)), why)


@cache
def _opened() -> tuple[bytes, Desk]:
    told = market()
    told.party("HKMA", Role.CENTRAL_BANK)
    told.party("Government", Role.ISSUER)
    at = dict[str, AccountNumber]()
    for name in DEALERS:
        told.party(name, Role.DEALER)
        at[name] = told.account(name)
    told.party("Solver", Role.DEALER)
    told.does(
        "operator",
        PublishRulebook("house", 1, START, "House rules", (), (Provision("power.block", "OPERATOR", "house rule"),)),
    )
    hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    bond = issued(told, "Government", (at["D"], 10_000), rulebook="house")
    return write_snapshot(told.state), Desk(told, bond, hkd, at)


def dealers() -> Desk:
    """The same market each time, on a state of its own."""
    snapshot, first = _opened()
    told = Told(
        read_snapshot(snapshot), first.told.genesis, parties=dict(first.told.parties), nonces=dict(first.told.nonces)
    )
    return Desk(told, first.bond, first.hkd, dict(first.at))


def ring(desk: Desk, amount: int = 0) -> tuple[TransactionNumber, ...]:
    """A to B to C to A: each is to deliver what it would first have of the one before."""
    return tuple(desk.sells(own, other, 5, amount) for own, other in (("A", "B"), ("B", "C"), ("C", "A")))


def test_a_ring_that_nothing_frees_one_by_one_settles_at_one_instant() -> None:
    desk = dealers()
    seed, numbers = Seed(desk.told), ring(desk)
    assert desk.status(*numbers) == ["PENDING"] * 3
    events = desk.told.does("operator", together(*numbers, why="a ring of three"))
    assert events[0] == OffsetTaken(1, desk.told.parties["operator"], numbers, "a ring of three", desk.told.state.time)
    assert events[1] == Settled(numbers, desk.told.state.time)
    assert desk.status(*numbers) == ["SETTLED"] * 3
    assert broken(desk.told.state) == []
    assert not desk.told.state.settlement.waiting
    seed.replay()


def test_what_waits_for_what_a_set_brings_is_woken() -> None:
    desk = dealers()
    desk.sells("D", "A", 2)
    first = desk.sells("A", "B", 5)
    second = desk.sells("B", "A", 3)  # with the first it would leave A with nothing, so they settle at once
    assert desk.status(first, second) == ["SETTLED"] * 2
    third = desk.sells("C", "D", 2)
    fourth, fifth = desk.sells("B", "A", 9), desk.sells("A", "C", 9)
    sixth = desk.sells("C", "B", 7)
    desk.told.does("operator", together(fourth, fifth, sixth))
    assert desk.status(third, fourth, fifth, sixth) == ["SETTLED"] * 4, "C has two left, for which another waited"


def test_a_proposal_that_leaves_someone_short_names_the_last_that_draws_on_it_and_moves_nothing() -> None:
    desk = dealers()
    numbers = ring(desk)
    more = desk.sells("A", "B", 1)
    reason, parts = desk.told.refused("operator", together(*numbers, more))
    assert (reason, parts) == (
        Reason.LACK, ("transaction", more, "account", desk.at["A"], "asset", desk.bond, "lacks", 100),
    )  # fmt: skip
    assert desk.told.refused("operator", together(*numbers[:2]))[0] is Reason.LACK
    unpaid = desk.sells("D", "A", 1, 700)
    reason, parts = desk.told.refused("operator", together(unpaid))
    assert (reason, parts[1], parts[-1]) == (Reason.MONY, unpaid, 700)


def test_what_others_cannot_help_is_refused_by_name() -> None:
    desk = dealers()
    desk = dealers()
    told, numbers = desk.told, ring(desk)
    settled = desk.sells("D", "A", 1)
    held = desk.sells("A", "C", 1, hold=True)
    gone = desk.sells("B", "D", 1)
    last = InstructionNumber(told.state.settlement.last_instruction)
    told.does("B", CancelInstruction(InstructionNumber(last - 1)))
    told.does("D", CancelInstruction(last))
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    for side, own, other in ((Side.DELIVER, "A", "B"), (Side.RECEIVE, "B", "A")):
        order = trade(side, desk.bond, 200, desk.at[own], told.parties[other], START, rtgs, 480, 0, "by RTGS")
        told.does(own, order)
    outside = told.state.settlement.last_transaction
    for wrong, reason, parts in (
        (together(*numbers, 99), Reason.UNKNOWN_TRANSACTION, (99,)),
        (together(*numbers, numbers[0]), Reason.DUPLICATE, ("transaction", numbers[0])),
        (together(*numbers, settled), Reason.ALREADY_DONE, ("transaction", settled, "SETTLED")),
        (together(*numbers, gone), Reason.ALREADY_DONE, ("transaction", gone, "CANCELLED")),
        (together(*numbers, held), Reason.BOTH, ("transaction", held)),
        (together(*numbers, outside), Reason.STATE, ("transaction", outside, "is paid outside the ledger")),
        (together(), Reason.EMPTY, ("transactions",)),
        (together(*numbers, why=""), Reason.TEXT, ("why",)),
    ):
        assert told.refused("operator", wrong) == (reason, parts)
    assert desk.status(*numbers) == ["PENDING"] * 3


def test_a_day_a_cut_off_a_block_and_a_pause_stand_in_the_way() -> None:
    desk = dealers()
    told, numbers = desk.told, ring(desk)
    told.does("A", HoldInstruction(InstructionNumber(1)))
    assert told.refused("operator", together(*numbers)) == (Reason.PREA, ("transaction", numbers[0]))
    assert told.refused("A", together(numbers[0])) == (Reason.PREA, ("transaction", numbers[0]))
    assert told.refused("B", together(numbers[0])) == (Reason.PRCY, ("transaction", numbers[0]))
    desk = dealers()
    told, numbers = desk.told, ring(desk)
    told.does("operator", SetBlock(desk.at["C"], NO_ASSET, int(Block.CREDIT), Cause.SANCTIONS, b"", 0))
    assert told.refused("operator", together(*numbers)) == (Reason.FROZ, ("transaction", numbers[1]))
    assert told.refused("B", together(numbers[1])) == (Reason.NOT_WAITING, ("transaction", numbers[1]))
    desk = dealers()
    told, numbers = desk.told, ring(desk)
    told.does("operator", PauseAsset(desk.bond, Cause.OPERATIONS, b""))
    assert told.refused("operator", together(*numbers))[0] is Reason.PAUSED
    desk = dealers()
    told, numbers = desk.told, ring(desk, 100)
    told.until(START, 16 * 60 + 1)
    assert told.refused("operator", together(*numbers)) == (Reason.CYCL, ("transaction", numbers[0]))


def test_who_may_propose_what() -> None:
    desk = dealers()
    told, numbers = desk.told, ring(desk)
    both = desk.sells("A", "B", 2), desk.sells("A", "B", 3)
    unknown = Reason.UNKNOWN_TRANSACTION
    assert told.refused("Solver", together(*numbers)) == (unknown, (numbers[0],))
    assert told.refused("A", together(*numbers)) == (unknown, (numbers[1],)), "its own queue is what it is party to"
    assert told.refused("A", together(*both)) == (
        Reason.LACK, ("transaction", both[1], "account", desk.at["A"], "asset", desk.bond, "lacks", 500),
    )  # fmt: skip
    assert told.refused("B", together(*both)) == (Reason.CLAC, ("transaction", both[1])), "and not how much it lacks"
    until = told.state.time + 60 * MINUTE
    assert told.refused("A", AppointOffsetAgent(told.parties["A"], until))[0] is Reason.NOT_AUTHORISED
    solver = told.parties["Solver"]
    assert told.refused("operator", AppointOffsetAgent(solver, told.state.time))[0] is Reason.EXPIRED
    assert told.refused("operator", AppointOffsetAgent(solver, 0))[0] is Reason.STATE
    assert told.does("operator", AppointOffsetAgent(solver, until)) == [OffsetAgentAppointed(solver, until)]
    assert told.refused("Solver", together(*both))[1][-1] == 500, "an agent is told what lacks"
    told.does("Solver", together(*numbers))
    told.until(START, 11 * 60 + 1)
    assert told.refused("Solver", together(*both)) == (unknown, (both[0],)), "its appointment has ended"
    told.does("operator", AppointOffsetAgent(solver, told.state.time + DAY))
    told.does("operator", AppointOffsetAgent(solver, 0))
    assert told.refused("Solver", together(*both)) == (unknown, (both[0],))


def test_who_is_told_of_a_set() -> None:
    desk = dealers()
    told = desk.told
    told.does("operator", AppointOffsetAgent(told.parties["Solver"], told.state.time + 60 * MINUTE))
    told.does("Solver", together(*ring(desk)))
    for name, kinds in (("Solver", [OffsetAgentAppointed, OffsetTaken]), ("A", [Settled]), ("D", [])):
        found = [type(each) for each in seen(told, name)]
        assert [each for each in found if each in (OffsetAgentAppointed, OffsetTaken, Settled)] == kinds


def test_a_participant_may_free_itself_with_its_counterparty() -> None:
    """A pair that did not settle on arrival, since money lacked, and money has come that neither waits for."""
    desk = dealers()
    numbers = desk.sells("A", "B", 5, 400), desk.sells("B", "A", 5, 401)
    assert desk.status(*numbers) == ["PENDING"] * 2
    desk.mints("A", 1)
    assert desk.status(*numbers) == ["PENDING"] * 2
    desk.told.does("B", together(*numbers))
    assert desk.status(*numbers) == ["SETTLED"] * 2
    assert desk.holdings()[:2] == [(0, 0), (0, 1)]


# ---- two-way offset on arrival ----


@pytest.mark.parametrize("first", [0, 1])
def test_two_trades_between_two_parties_settle_when_the_second_arrives(first: int) -> None:
    desk = dealers()
    seed = Seed(desk.told)
    sides = [("A", "B"), ("B", "A")]
    one = desk.sells(*sides[first], 5, 400)
    two = desk.sells(*sides[1 - first], 5, 400)
    assert desk.status(one, two) == ["SETTLED"] * 2
    settled = [each for each in seen(desk.told, "A") if isinstance(each, Settled)]
    assert settled == [Settled((one, two), desk.told.state.time)], "one event, at one instant"
    waits = [each.transaction for each in seen(desk.told, "A") if isinstance(each, Waits)]
    assert waits == [one], "the second never waited"
    seed.replay()


def test_a_trade_back_pays_for_a_trade_in_another_amount_as_far_as_there_is_money() -> None:
    desk = dealers()
    desk.mints("A", 30)
    one, two = desk.sells("A", "B", 5, 400), desk.sells("B", "A", 5, 431)
    assert desk.status(one, two) == ["PENDING"] * 2
    three = desk.sells("B", "A", 5, 430)
    assert desk.status(one, two, three) == ["SETTLED", "PENDING", "SETTLED"]


def test_no_pair_is_made_of_what_is_held_or_between_others() -> None:
    desk = dealers()
    one = desk.sells("A", "B", 5, 400, hold=True)
    assert desk.status(one, desk.sells("B", "A", 5, 400)) == ["PENDING"] * 2
    desk = dealers()
    assert desk.status(desk.sells("A", "B", 5), desk.sells("B", "C", 5)) == ["PENDING"] * 2


def test_of_several_that_fit_the_first_that_was_filed_settles() -> None:
    desk = dealers()
    waiting = [desk.sells("A", "B", lots) for lots in (7, 5, 5)]
    arrives = desk.sells("B", "A", 5)
    assert desk.status(*waiting, arrives) == ["PENDING", "SETTLED", "PENDING", "SETTLED"]


# ---- random queues ----

TAKEN: list[bool] = []  # whether each set that was tried was right

rings = st.lists(
    st.tuples(st.permutations(DEALERS), st.integers(2, 4), st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=4
)
alone = st.lists(st.tuples(st.permutations(DEALERS), st.integers(1, 4), st.integers(0, 4)), max_size=3)


def brute(desk: Desk, numbers: list[TransactionNumber]) -> bool:
    """Whether a set leaves every position at zero or above, counted out."""
    left: dict[tuple[int, int], int] = {}
    for number in numbers:
        for leg in desk.told.state.settlement.transactions[number].legs:
            for account, change in ((leg.giver, -leg.amount), (leg.taker, leg.amount)):
                held = left.setdefault((account, leg.asset), desk.told.balance(account, leg.asset))
                left[account, leg.asset] = held + change
    return all(units >= 0 for units in left.values())


@settings(max_examples=40, deadline=None)
@given(rings, alone, st.lists(st.integers(0, 3), min_size=4, max_size=4), st.randoms(use_true_random=False))
def test_the_verifier_takes_what_brute_force_takes_in_any_order(
    rings: list[tuple[list[str], int, int, int]],
    alone: list[tuple[list[str], int, int]],
    money: list[int],
    chance: Random,
) -> None:
    desk = dealers()
    for name, amount in zip(DEALERS, money, strict=True):
        if amount:
            desk.mints(name, amount * 100)
    parts: list[list[TransactionNumber]] = []
    for names, length, lots, amount in rings:
        round_ = names[:length]
        pairs = zip(round_, (*round_[1:], round_[0]), strict=True)
        parts.append([desk.sells(seller, buyer, lots * 20, amount * 100) for seller, buyer in pairs])
    for names, lots, amount in alone:
        parts.append([desk.sells(names[0], names[1], lots * 20, amount * 100)])
    assert broken(desk.told.state) == []
    transactions = desk.told.state.settlement.transactions
    waiting = [[each for each in part if transactions[each].status in OPEN] for part in parts]
    for number in (each for part in waiting for each in part):
        assert not brute(desk, [number]), "it waits although it could settle"
    snapshot = write_snapshot(desk.told.state)
    for _ in range(4):
        chosen = [each for part in waiting if chance.random() < 0.6 for each in part if chance.random() < 0.9]
        if chosen:
            tried_in_two_orders(desk, snapshot, chosen, chance)


def tried_in_two_orders(desk: Desk, snapshot: bytes, chosen: list[TransactionNumber], chance: Random) -> None:
    results = []
    for _ in range(2):
        desk.told.state = read_snapshot(snapshot)
        before, nonces = desk.holdings(), dict(desk.told.nonces)
        chance.shuffle(chosen)
        right = brute(desk, chosen)
        TAKEN.append(right)
        outcome = desk.told.send("operator", together(*chosen))[0]
        desk.told.nonces = nonces
        assert (outcome.code == 0) is right
        assert right or (outcome.code in (Reason.LACK, Reason.MONY) and desk.holdings() == before)
        assert min(min(each) for each in desk.holdings()) >= 0
        assert broken(desk.told.state) == []
        results.append((outcome.code == 0, desk.holdings()))
    assert results[0] == results[1], "the order in which a set is named matters"


def test_there_were_sets_of_both_kinds() -> None:
    if TAKEN:  # the test above has run
        assert min(TAKEN.count(True), TAKEN.count(False)) >= 10
