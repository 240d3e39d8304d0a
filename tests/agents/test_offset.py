"""The offset solver: published gridlocks, rings of trades, and the best of all sets where all can be tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.agents import highs
from bauhinia.agents.offset import By, Leg, Offence, Position, Proposal, Queue, Waiting, check, propose
from bauhinia.sim.offset_load import Workload, of_one_class, scenarios, trading, upper_bound, workloads
from bauhinia.words.ids import AccountNumber, AssetNumber, TransactionNumber
from bauhinia.words.reasons import Reason, Refused

MONEY, BOND, OTHER = AssetNumber(1), AssetNumber(2), AssetNumber(3)
A, B, C, D = (AccountNumber(number) for number in (1, 2, 3, 4))
ENOUGH = 60.0  # seconds that no test here takes, so that no clock cuts a search short

with_highs = pytest.mark.skipif(not highs.INSTALLED, reason="no highspy: the extra `offset` is not installed")


def pay(number: int, giver: AccountNumber, taker: AccountNumber, amount: int, priority: int = 4) -> Waiting:
    return Waiting(TransactionNumber(number), (Leg(MONEY, giver, taker, amount),), amount, priority, number)


def sell(number: int, seller: AccountNumber, buyer: AccountNumber, bonds: int, money: int) -> Waiting:
    legs = (Leg(BOND, seller, buyer, bonds), Leg(MONEY, buyer, seller, money))
    return Waiting(TransactionNumber(number), legs, money, since=number)


def numbers(*given: int) -> tuple[TransactionNumber, ...]:
    return tuple(map(TransactionNumber, given))


def aims(queue: Queue, chosen: tuple[TransactionNumber, ...], by: By) -> tuple[int, ...]:
    """What a set comes to, class by class, as the solver orders sets."""
    taken = [each for each in queue.waiting if each.number in chosen]
    told: list[int] = []
    for priority in (1, 2, 3, 4):
        values = [each.value for each in taken if each.priority == priority]
        told += [sum(values), len(values)] if by is By.VALUE else [len(values), sum(values)]
    return tuple(told)


def all_sets(queue: Queue) -> Iterator[tuple[TransactionNumber, ...]]:
    every = [each.number for each in queue.waiting]
    for size in range(len(every) + 1):
        yield from combinations(every, size)


def settles(queue: Queue, chosen: tuple[TransactionNumber, ...]) -> bool:
    """The rule, written once more: no position that the set draws on ends below zero."""
    ends = dict(queue.available)
    for each in queue.waiting:
        if each.number in chosen:
            for leg in each.legs:
                ends[leg.giver, leg.asset] = ends.get((leg.giver, leg.asset), 0) - leg.amount
                ends[leg.taker, leg.asset] = ends.get((leg.taker, leg.asset), 0) + leg.amount
    return all(units >= 0 for units in ends.values())


def first_in_first_out(queue: Queue) -> tuple[TransactionNumber, ...]:
    """What settles gross, one by one: each time the first that can."""
    settled: tuple[TransactionNumber, ...] = ()
    waiting = [each.number for each in queue.waiting]
    while (first := next((each for each in waiting if settles(queue, (*settled, each))), None)) is not None:
        settled = (*settled, first)
        waiting.remove(first)
    return settled


@pytest.fixture
def netting(vectors: Path) -> Path:
    """The folder of published gridlocks and workloads."""
    folder = vectors / "netting"
    if not folder.is_dir():
        pytest.skip(f"no vectors: {folder} is not a folder")
    return folder


def ends_of(case: Workload, found: Proposal) -> dict[str, int]:
    ends = {bank: case.queue.available[account, MONEY] for bank, account in case.accounts.items()}
    names = {account: bank for bank, account in case.accounts.items()}
    for each in case.queue.waiting:
        if each.number in found.numbers:
            (leg,) = each.legs
            ends[names[leg.giver]] -= leg.amount
            ends[names[leg.taker]] += leg.amount
    return ends


@pytest.mark.parametrize("exact", [pytest.param(True, marks=with_highs), False])
def test_every_published_gridlock_is_freed_as_far_as_it_can_be(netting: Path, exact: bool) -> None:
    """The computed optimum by count and by value, and no less than any prototype printed; where one printed which
    payments settle and all that comes to is ours too, so are its end balances."""
    cases = list(scenarios(netting))
    assert len(cases) >= 12
    for case in cases:
        expected: dict[str, Any] = case.told["expected"]
        for by in By:
            found = propose(case.queue, by=by, seconds=ENOUGH, exact=exact)
            best = expected["computed_optimum"][f"by_{by.value}"]
            assert (found.count, found.value) == (best["settled_count"], best["settled_value"]), case.name
            assert found.proved or not exact
            assert check(case.queue, found.numbers) == []
            for prototype in expected["published"].values():
                if "settled_ids" in prototype:
                    settled = numbers(*(case.payments[name] for name in prototype["settled_ids"]))
                    assert aims(case.queue, found.numbers, by) >= aims(case.queue, settled, by), case.name
                    if set(settled) != set(found.numbers):
                        assert len(settled) < found.count, f"{case.name}: another set than {prototype}"
                        continue
                assert ends_of(case, found) == prototype["end_balances"], case.name


@with_highs
@pytest.mark.parametrize("by", By)
def test_workloads_of_thousands_come_within_a_hundredth_of_the_best(netting: Path, by: By) -> None:
    """The search alone, against what no set can exceed: the optimum where payments could be split, or, where that is
    too far above, what HiGHS proves to be best."""
    cases = list(workloads(netting))
    assert len(cases) >= 2
    for case in cases:
        queue = of_one_class(case.queue)
        found = propose(queue, by=by, seconds=ENOUGH, exact=False)
        reached, most = (found.value if by is By.VALUE else found.count), upper_bound(queue, by)
        if reached < 0.99 * most:
            best = propose(queue, by=by, seconds=ENOUGH)
            assert best.proved, case.name
            most = best.value if by is By.VALUE else best.count
        assert 0.99 * most <= reached <= most, case.name


def test_urgent_payments_of_a_workload_all_go_if_they_can_go_together(netting: Path) -> None:
    for case in workloads(netting):
        urgent = min(each.priority for each in case.queue.waiting)
        class_one = tuple(each.number for each in case.queue.waiting if each.priority == urgent)
        if check(case.queue, class_one):
            continue  # they cannot: then nothing is promised here
        found = propose(case.queue, seconds=ENOUGH, exact=False)
        assert set(class_one) <= set(found.numbers), case.name


def test_a_ring_of_trades_that_nobody_can_start_settles_whole() -> None:
    """Each bank sells to the next bonds that it has yet to buy, for money that it has yet to be paid."""
    queue = Queue((sell(1, A, B, 100, 90), sell(2, B, C, 100, 91), sell(3, C, A, 100, 92)), {(A, MONEY): 2})
    assert first_in_first_out(queue) == ()
    for exact in (True, False):
        found = propose(queue, exact=exact)
        assert (found.numbers, found.value, found.count) == (numbers(1, 2, 3), 273, 3)


def test_a_morning_without_stock_is_freed_by_one_proposal() -> None:
    """A ring of two trades and one of three, held together by payments; a trade that nobody can ever deliver stays."""
    rings = (
        sell(1, A, B, 100, 90),
        sell(2, B, A, 100, 95),
        Waiting(TransactionNumber(3), (Leg(OTHER, C, D, 7), Leg(MONEY, D, C, 60)), 60, since=3),
        Waiting(TransactionNumber(4), (Leg(OTHER, D, A, 7), Leg(MONEY, A, D, 58)), 58, since=4),
        Waiting(TransactionNumber(5), (Leg(OTHER, A, C, 7), Leg(MONEY, C, A, 58)), 58, since=5),
        pay(6, C, D, 2),
        pay(7, B, A, 15),
        pay(8, A, B, 10),
    )
    undeliverable = Waiting(TransactionNumber(9), (Leg(BOND, D, C, 1), Leg(MONEY, C, D, 1)), 1, 1)
    queue = Queue((*rings, undeliverable), {})
    assert first_in_first_out(queue) == ()
    for exact in (True, False):
        assert propose(queue, exact=exact).numbers == numbers(1, 2, 3, 4, 5, 6, 7, 8)


def test_an_urgent_payment_is_not_given_up_for_any_amount() -> None:
    queue = Queue((pay(1, A, B, 1_000_000), pay(2, A, C, 10, priority=2)), {(A, MONEY): 1_000_000})
    for by in By:
        for exact in (True, False):
            assert propose(queue, by=by, exact=exact).numbers == numbers(2)


def test_a_lower_class_pays_for_a_higher_one() -> None:
    """The urgent payment needs what comes in by the one that can wait."""
    queue = Queue((pay(1, A, B, 50, priority=1), pay(2, B, A, 50, priority=4)), {})
    assert propose(queue).numbers == numbers(1, 2)


def test_value_and_count_choose_differently() -> None:
    queue = Queue((pay(1, A, B, 10), pay(2, A, C, 6), pay(3, A, D, 3)), {(A, MONEY): 10})
    for exact in (True, False):
        assert propose(queue, by=By.VALUE, exact=exact).numbers == numbers(1)
        assert propose(queue, by=By.COUNT, exact=exact).numbers == numbers(2, 3)


def test_of_payments_that_are_alike_the_oldest_settle() -> None:
    older = [Waiting(TransactionNumber(n), (Leg(MONEY, A, B, 5),), 5, since=100 - n) for n in (1, 2, 3)]
    assert propose(Queue(tuple(older), {(A, MONEY): 10})).numbers == numbers(3, 2)


def test_what_a_proposal_says_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = Queue((pay(1, A, B, 10), pay(2, A, C, 6)), {(A, MONEY): 10})
    assert propose(Queue((pay(1, A, B, 5),), {(A, MONEY): 5})).how == "all that can ever settle"
    assert propose(Queue(()), seconds=0).numbers == ()
    if highs.INSTALLED:
        assert (propose(choice).proved, propose(choice).how) == (True, "proved best by HiGHS")
    monkeypatch.setattr(highs, "INSTALLED", False)
    alone = propose(choice)
    assert (alone.numbers, alone.proved) == (numbers(1), False)
    assert "HiGHS is not installed" in alone.how


def test_amounts_beyond_what_a_float_holds_are_never_called_proved() -> None:
    """2**61 + 1 and 2**61 are one number to a float: what is proposed settles all the same."""
    odd = (1 << 61) + 1
    queue = Queue((pay(1, A, B, odd), pay(2, A, C, 1), pay(3, A, C, 1 << 60)), {(A, MONEY): odd - 1})
    found = propose(queue)
    assert check(queue, found.numbers) == []
    assert found.numbers == numbers(2, 3)
    assert propose(Queue(queue.waiting[:1], queue.available)).numbers == ()
    pair = Queue((pay(1, A, B, odd), pay(2, A, B, odd - 1)), {(A, MONEY): odd})
    assert (propose(pair).numbers, propose(pair).proved) == (numbers(1), False)


@pytest.mark.parametrize(
    ("chosen", "offences"),
    [
        ((), []),
        ((1, 2), []),
        ((1,), [Offence(Reason.SHORTFALL, TransactionNumber(1), (A, MONEY), 10)]),
        ((2, 3), [Offence(Reason.SHORTFALL, TransactionNumber(3), (C, BOND), 4)]),
        (
            (3, 1),
            [
                Offence(Reason.SHORTFALL, TransactionNumber(3), (C, BOND), 4),
                Offence(Reason.SHORTFALL, TransactionNumber(1), (A, MONEY), 17),
            ],
        ),
        (
            (2, 9, 2),
            [
                Offence(Reason.UNKNOWN_TRANSACTION, TransactionNumber(9)),
                Offence(Reason.DUPLICATE, TransactionNumber(2)),
            ],
        ),
    ],
)
def test_a_set_that_cannot_settle_is_told_why(chosen: tuple[int, ...], offences: list[Offence]) -> None:
    queue = Queue(
        (pay(1, A, B, 20), pay(2, B, A, 20), sell(3, C, A, 5, 7)), {(A, MONEY): 10, (B, MONEY): 20, (C, BOND): 1}
    )
    assert check(queue, numbers(*chosen)) == offences


@pytest.mark.parametrize(
    ("waiting", "reason"),
    [
        ((pay(1, A, B, 5), pay(1, B, A, 5)), Reason.DUPLICATE),
        ((Waiting(TransactionNumber(1), (), 5),), Reason.EMPTY),
        ((Waiting(TransactionNumber(1), (Leg(MONEY, A, B, 5),), -1),), Reason.AMOUNT),
        ((pay(1, A, B, 0),), Reason.AMOUNT),
        ((pay(1, A, B, 1 << 62),), Reason.AMOUNT),
        ((pay(1, A, B, 5, priority=0),), Reason.AMOUNT),
        ((pay(1, A, B, 5, priority=5),), Reason.AMOUNT),
    ],
)
def test_a_queue_that_cannot_be_is_refused(waiting: tuple[Waiting, ...], reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        Queue(waiting)
    assert refused.value.reason is reason


accounts, amounts = st.sampled_from([A, B, C]), st.integers(1, 30)
payment = st.tuples(st.just(MONEY), accounts, accounts, amounts).map(lambda leg: (Leg(*leg),))
trade = st.tuples(st.sampled_from([BOND, OTHER]), accounts, accounts, amounts, amounts).map(
    lambda told: (Leg(told[0], told[1], told[2], told[3]), Leg(MONEY, told[2], told[1], told[4]))
)
anything = st.lists(st.tuples(st.sampled_from([MONEY, BOND]), accounts, accounts, amounts), min_size=1, max_size=4).map(
    lambda legs: tuple(Leg(*leg) for leg in legs)
)


@st.composite
def queues(draw: st.DrawFn, most: int) -> Queue:
    legs = draw(st.lists(st.one_of(payment, trade, trade, anything), max_size=most))
    waiting = tuple(
        Waiting(TransactionNumber(number), each, draw(st.integers(0, 40)), draw(st.sampled_from([1, 3, 4, 4])), number)
        for number, each in enumerate(legs, 1)
    )
    positions: list[Position] = [(account, asset) for account in (A, B, C) for asset in (MONEY, BOND, OTHER)]
    return Queue(waiting, {position: draw(st.sampled_from([0, 0, 5, 20, 60])) for position in positions})


@with_highs
@given(queues(9), st.sampled_from(By))
def test_no_set_is_better_than_one_that_is_proved(queue: Queue, by: By) -> None:
    found = propose(queue, by=by, seconds=ENOUGH)
    best = max(aims(queue, chosen, by) for chosen in all_sets(queue) if settles(queue, chosen))
    assert found.proved
    assert aims(queue, found.numbers, by) == best


@given(queues(12), st.sampled_from(By))
def test_the_search_is_feasible_steady_and_no_worse_than_first_in_first_out(queue: Queue, by: By) -> None:
    """Beyond that it promises nothing; by class it may settle less of a lower one than first in, first out."""
    found = propose(queue, by=by, seconds=ENOUGH, exact=False)
    assert settles(queue, found.numbers)
    assert (found.count, found.value) == (
        len(found.numbers),
        sum(each.value for each in queue.waiting if each.number in found.numbers),
    )
    assert found == propose(Queue(queue.waiting[::-1], queue.available), by=by, seconds=ENOUGH, exact=False)
    in_order = sorted(queue.waiting, key=lambda each: (each.priority, each.number))
    gross = first_in_first_out(Queue(tuple(in_order), queue.available))
    assert aims(queue, found.numbers, by) >= aims(queue, gross, by)


@given(queues(12), st.data())
def test_check_agrees_with_the_rule(queue: Queue, data: st.DataObject) -> None:
    chosen = tuple(each.number for each in queue.waiting if data.draw(st.booleans()))
    offences = check(queue, chosen)
    assert (offences == []) == settles(queue, chosen)
    assert all(each.reason is Reason.SHORTFALL and each.lacking > 0 and each.number in chosen for each in offences)


def test_a_queue_of_hundreds_of_trades_is_searched_alike_twice() -> None:
    queue = trading(300)
    first, second = (propose(queue, seconds=ENOUGH, exact=False) for _ in range(2))
    assert first == second
    assert check(queue, first.numbers) == []
    assert first.count > len(first_in_first_out(queue))


def test_time_that_runs_out_leaves_a_set_that_settles() -> None:
    queue = trading(300)
    for seconds in (0.0, 0.05):
        assert settles(queue, propose(queue, seconds=seconds).numbers)


def test_a_long_chain_falls_with_its_first_link() -> None:
    """Nobody ever has the bond: each buyer wants to pass on what it would get, and none of it can be."""
    chain = [AccountNumber(number) for number in range(1, 400)]
    waiting = tuple(sell(n, seller, buyer, 1, 1) for n, (seller, buyer) in enumerate(pairwise(chain), 1))
    queue = Queue(waiting, {(account, MONEY): 1 for account in chain})
    found = propose(queue)
    assert (found.numbers, found.proved) == ((), True)
