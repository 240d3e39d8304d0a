"""The same question as a 0/1 program for HiGHS: exact where it ends in time, class by class.

A column for each item, a row for each position that could fall short. Each class has its turn, the highest first: its
aim is maximised, then what decides between equals, and what was reached stays as a row for those after it. HiGHS counts
in floats. So what it finds is counted again in whole numbers before anyone believes it, and its proof is taken only
where every sum stays far below what a float holds exactly.
"""

from __future__ import annotations

import time
from math import gcd

from bauhinia.agents.highs import HALF, Model, Rows, scale_of
from bauhinia.agents.searching import settled
from bauhinia.agents.trial import Trial, trial_of
from bauhinia.agents.waiting import Aim, Problem

EXACT = 1 << 50  # sums of whole numbers below it are exact in floats, with some bits to spare
SHARE = 0.5  # of the time that is left, for each aim but the last
LEAST = 0.1  # seconds that are worth beginning an aim with


def prove(problem: Problem, best: Trial, until: float) -> tuple[Trial, bool]:
    """A set at least as good as the one given, and whether it is proved that none is better; by `time.perf_counter`
    it ends a little after `until` at the latest.
    """
    program = Program(problem)
    proved = program.exact
    for turn, aim in enumerate(problem.aims):
        if aim.reached(best.chosen) < sum(aim.gains):
            left = until - time.perf_counter()
            if left < LEAST:
                return best, False
            last = turn == len(problem.aims) - 1
            found, ended = program.maximise(aim, best, until if last else until - left * (1 - SHARE))
            if found is not None and found.worth() > best.worth():
                best = found
            proved = proved and ended
        program.keep(aim, best)
    return best, proved and program.exact


class Program:
    """One model in HiGHS, whose aim changes and whose rows grow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model = Model(len(problem.flows))
        self.exact = True
        moved: list[list[tuple[int, int]]] = [[] for _ in problem.room]
        for index, flow in enumerate(problem.flows):
            for position, amount in flow:
                moved[position].append((index, -amount))
        rows = Rows()
        for room, row in zip(problem.room, moved, strict=True):
            if sum(max(amount, 0) for _, amount in row) > room:
                rows.add(room, [index for index, _ in row], [amount for _, amount in row])
        self._add(rows)

    def _add(self, rows: Rows) -> None:
        self.model.add(rows)
        self.exact = self.exact and rows.largest < EXACT

    def keep(self, aim: Aim, best: Trial) -> None:
        """From now on, no less of this aim than the set comes to."""
        if reached := aim.reached(best.chosen):
            counted = [(index, -gain) for index, gain in zip(aim.members, aim.gains, strict=True) if gain]
            rows = Rows()
            rows.add(-reached, [index for index, _ in counted], [gain for _, gain in counted])
            self._add(rows)

    def relaxed(self, until: float) -> tuple[float, list[float]] | None:
        """What no set can exceed in the first aim of the first class, the optimum where items could be split, and the
        shares of that; None where the time is too short.
        """
        self.model.aim(self._costs(self.problem.aims[0], 1))
        shares = self.model.shares(until)
        return None if shares is None else (self.model.value(), shares)

    def maximise(self, aim: Aim, best: Trial, until: float) -> tuple[Trial | None, bool]:
        """The best set for this aim, and whether HiGHS ended with a proof of that."""
        unit = max(gcd(*aim.gains), 1)
        scale = scale_of([gain // unit for gain in aim.gains])
        self.model.aim(self._costs(aim, unit * scale))
        self.model.begin(best.chosen)
        values, ended = self.model.best(until, absolute=HALF / scale)
        if values is None:
            return None, False
        found = trial_of(self.problem, [index for index, chosen in enumerate(values) if chosen])
        short = any(units < 0 for units in found.left)
        found = settled(self.problem, found.members())
        return found, ended and sum(aim.gains) // unit < EXACT and not short

    def _costs(self, aim: Aim, unit: int) -> list[float]:
        costs = [0.0] * self.model.columns
        for index, gain in zip(aim.members, aim.gains, strict=True):
            costs[index] = gain / unit
        return costs
