"""A search for a good set among transactions that wait: quick, the same for the same queue, and never infeasible.

Each position has a price, as in a Lagrangian relaxation: one that is short gets dearer from step to step, one with
units to spare cheaper. At given prices each transaction is in or out by itself; the mean of that over the steps comes
near to the best shares of transactions (Barahona and Anbil 2000, the volume algorithm). From time to time these are
made whole in two ways: each share in or out, so that what this changes in the positions cancels; or all in, and out
again whoever gains least for what it draws where units are short. What is still short is mended, what still fits is
added. The best set of all is then improved by forcing single transactions into it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from math import inf

from bauhinia.agents.rings import rings_of, segments_of
from bauhinia.agents.trial import Prices, Trial, trial_of
from bauhinia.agents.waiting import Problem, joined

STEPS = 150  # of the prices
ROUND = 15  # steps between two sets
STALE = 8  # steps without a lower bound after which they get shorter
SHORTER = 0.6
FRUITLESS = 3  # rounds in a row without a better set that end them
TRIES = 5_000  # items forced into a set, at most
CROWD = 50  # items for a position; with fewer, prices take long to find, and forcing does more than rounds
CARE = 60  # times that an item may be looked at in mending a first set, on average
MOST = 500_000  # the same in all
FORCED = 3_000  # items looked at in mending what one forced item breaks


def search(problem: Problem, until: float) -> Trial:
    """A good set, by rounds; the same for the same problem unless the clock passes `until` (`time.perf_counter`)."""
    heaviest = problem.heaviest()
    best = begin(problem, until)
    if not crowded(problem):
        improve(best, TRIES, until)
    if all(best.chosen) or time.perf_counter() > until:
        return best
    best_worth, fruitless = best.worth(), 0
    prices = Prices.begin(problem)
    reached, pace, stale, lowest = prices.reached(best), 1.0, 0, inf
    for step in range(1, STEPS + 1):
        if time.perf_counter() > until:
            return best
        bound = prices.step(reached, pace)
        stale = 0 if bound < lowest else stale + 1
        lowest = min(bound, lowest)
        if stale == STALE:
            pace, stale = pace * SHORTER, 0
        if step % ROUND == 0:
            fruitless += 1
            for trial in _rounded(prices, heaviest):
                worth = trial.worth()
                if worth > best_worth:
                    best, best_worth, reached, fruitless = trial, worth, prices.reached(trial), 0
            if fruitless == FRUITLESS:
                break
    improve(best, TRIES, until)
    return best


def begin(problem: Problem, until: float) -> Trial:
    """The best of first sets: first in, first out; all but what cannot be; rings; segments."""
    best = trial_of(problem, ())
    best.fill(range(len(problem.flows)))
    every = range(len(problem.flows))
    if not all(best.chosen) and not crowded(problem):
        for groups_of in (rings_of, segments_of):
            if time.perf_counter() < until and (groups := groups_of(problem)):
                whole = settled(joined(problem, groups), range(len(groups)))
                best = max(best, spread(problem, whole, groups), key=Trial.worth)
    if not all(best.chosen) and time.perf_counter() < until:
        best = max(best, settled(problem, every), key=Trial.worth)
    return best


def settled(problem: Problem, chosen: Iterable[int]) -> Trial:
    """A set near to this one that can settle: what is short is mended, what still fits added, the heaviest first."""
    trial, prices = trial_of(problem, chosen), Prices.begin(problem)
    if not trial.mend(prices, patience=min(CARE * len(problem.flows), MOST)):
        trial.peel(prices.orders())
    trial.fill(problem.heaviest())
    return trial


def spread(problem: Problem, whole: Trial, groups: Sequence[Sequence[int]]) -> Trial:
    """A set of groups as a set of their items, and what fits beside them."""
    trial = trial_of(problem, [index for group in whole.members() for index in groups[group]])
    trial.fill(problem.heaviest())
    return trial


def crowded(problem: Problem) -> bool:
    """Whether many transactions share few positions, as payments among some banks do."""
    return len(problem.flows) >= CROWD * len(problem.room)


def _rounded(prices: Prices, heaviest: Sequence[int]) -> Iterator[Trial]:
    """Two sets from the shares and the prices of now."""
    careful = trial_of(prices.problem, prices.whole())
    if not careful.mend(prices):
        careful.peel(prices.orders())
    careful.fill(heaviest)
    yield careful
    plain = trial_of(prices.problem, range(len(prices.flows)))
    plain.peel(prices.orders())
    plain.fill(heaviest)
    yield plain


def improve(best: Trial, tries: int, until: float) -> None:
    """Force transactions in, one at a time, the heaviest first: keep what comes of it where that is better."""
    if all(best.chosen) or time.perf_counter() > until:
        return
    problem, prices = best.problem, Prices.begin(best.problem)
    heaviest = problem.heaviest()
    better = True
    while better:
        better = False
        for index in heaviest:
            if best.chosen[index]:
                continue
            if tries == 0 or time.perf_counter() > until:
                return
            tries -= 1
            best.log.clear()
            best.turn(index)
            mended = best.mend(prices, index, FORCED)
            if mended:
                out = {each for each in best.log if not best.chosen[each]}
                best.fill(sorted(out, key=lambda each: (-problem.worth[each], each)))
            if mended and best.gained() > 0:
                better = True
            else:
                best.undo()
