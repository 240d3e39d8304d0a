"""The same question as a 0/1 program for HiGHS: exact where it ends in time, class by class.

A column for each transaction, a row for each position that could fall short. Each class has its turn, the highest
first: its aim is maximised, then what decides between equals, and what was reached stays as a row for those after it.
HiGHS counts in floats. So what it finds is counted again in whole numbers before anyone believes it, and its proof is
taken only where every sum stays far below what a float holds exactly.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import gcd

from bauhinia.agents.trial import Prices, Trial, trial_of
from bauhinia.agents.waiting import Aim, Problem
from bauhinia.words.reasons import must

try:
    import numpy
    from highspy import _core as highspy  # its class Highs over this one prints a banner and adds nothing used here
except ImportError:  # the extra `offset` is not installed
    INSTALLED = False
else:
    INSTALLED = True

EXACT = 1 << 50  # sums of whole numbers below it are exact in floats, with some bits to spare
LARGEST = 1 << 20  # what the largest number of a row is brought below, by a power of two
SHARE = 0.5  # of the time that is left, for each aim but the last
LEAST = 0.1  # seconds that are worth beginning an aim with
HALF = 0.5  # of a whole unit: a row that is wider by it has no other whole solutions


def prove(problem: Problem, best: Trial, until: float) -> tuple[Trial, bool]:
    """A set at least as good as the one given, and whether it is proved that none is better; by `time.perf_counter`
    it ends a little after `until` at the latest.
    """
    must(INSTALLED, "HiGHS is asked and not installed")
    program = Program(problem)
    proved = program.exact
    aims = problem.aims
    for turn, aim in enumerate(aims):
        if aim.reached(best.chosen) < sum(aim.gains):
            left = until - time.perf_counter()
            if left < LEAST:
                return best, False
            last = turn == len(aims) - 1
            found, ended = program.maximise(aim, best, left if last else left * SHARE)
            if found is not None and found.worth() > best.worth():
                best = found
            proved = proved and ended
        program.keep(aim, best)
    return best, proved


class Program:
    """One model in HiGHS, whose aim changes and whose rows grow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.columns = len(problem.flows)
        self.exact = True
        self.highs = highspy._Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("mip_rel_gap", 0.0)):
            self.highs.setOptionValue(option, value)
        free = numpy.zeros(self.columns)
        self.highs.addVars(self.columns, free, free + 1)
        self.every = numpy.arange(self.columns, dtype=numpy.int32)
        self.highs.changeColsIntegrality(
            self.columns, self.every, numpy.full(self.columns, highspy.HighsVarType.kInteger.value, dtype=numpy.uint8)
        )
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        moved: list[list[tuple[int, int]]] = [[] for _ in problem.room]
        for index, flow in enumerate(problem.flows):
            for position, amount in flow:
                moved[position].append((index, -amount))
        for room, row in zip(problem.room, moved, strict=True):
            if sum(max(amount, 0) for _, amount in row) > room:
                self._row(room, [index for index, _ in row], [amount for _, amount in row])

    def _row(self, most: int, columns: Sequence[int], amounts: Sequence[int]) -> None:
        """At most so much of these: in units that all amounts are multiples of, and half a unit wider than need be."""
        unit = gcd(*amounts)
        amounts, most = [amount // unit for amount in amounts], most // unit
        scale = _scale_of(amounts)
        self.exact = self.exact and sum(map(abs, amounts)) + abs(most) < EXACT
        self.highs.addRow(
            -highspy.kHighsInf,
            (most + HALF) / scale,
            len(columns),
            numpy.array(columns, dtype=numpy.int32),
            numpy.array([amount / scale for amount in amounts]),
        )

    def keep(self, aim: Aim, best: Trial) -> None:
        """From now on, no less of this aim than the set comes to."""
        if reached := aim.reached(best.chosen):
            counted = [(index, -gain) for index, gain in zip(aim.members, aim.gains, strict=True) if gain]
            self._row(-reached, [index for index, _ in counted], [gain for _, gain in counted])

    def relaxed(self) -> float:
        """What no set can exceed in the first aim of the first class: the optimum where transactions could be split."""
        aim = self.problem.aims[0]
        costs = numpy.zeros(self.columns)
        costs[numpy.array(aim.members, dtype=numpy.int32)] = aim.gains
        self.highs.changeColsCost(self.columns, self.every, costs)
        self.highs.setOptionValue("solve_relaxation", True)
        self.highs.run()
        self.highs.setOptionValue("solve_relaxation", False)
        return float(self.highs.getInfo().objective_function_value)

    def maximise(self, aim: Aim, best: Trial, seconds: float) -> tuple[Trial | None, bool]:
        """The best set for this aim, and whether HiGHS ended with a proof of that."""
        unit = max(gcd(*aim.gains), 1)
        gains = [gain // unit for gain in aim.gains]
        scale = _scale_of(gains)
        costs = numpy.zeros(self.columns)
        costs[numpy.array(aim.members, dtype=numpy.int32)] = [gain / scale for gain in gains]
        highs = self.highs
        highs.changeColsCost(self.columns, self.every, costs)
        highs.setOptionValue("mip_abs_gap", HALF / scale)
        highs.setOptionValue("time_limit", highs.getRunTime() + seconds)
        highs.setSolution(self.columns, self.every, numpy.array(best.chosen, dtype=float))
        highs.run()
        if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None, False
        values = highs.getSolution().col_value
        found = trial_of(self.problem, [index for index, value in enumerate(values) if value > HALF])
        short = any(units < 0 for units in found.left)
        prices = Prices.begin(self.problem)
        if short and not found.mend(prices):
            found.peel(prices.orders())
        found.fill(self.problem.heaviest())
        ended = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal and sum(gains) < EXACT
        return found, ended and not short


def _scale_of(amounts: Sequence[int]) -> int:
    """A power of two that brings these below `LARGEST`: dividing by it loses nothing in a float."""
    return 1 << max(max(map(abs, amounts), default=0).bit_length() - LARGEST.bit_length() + 1, 0)
