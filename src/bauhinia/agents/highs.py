"""HiGHS, as it is used here: one thread, no words, and an end in time. It is there with the extra `offset`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd
from typing import Any

try:
    import numpy
    from highspy import _core as highspy  # its class Highs over this one prints a banner and adds nothing used here
except ImportError:  # the extra `offset` is not installed
    INSTALLED = False
else:
    INSTALLED = True

LARGEST = 1 << 20  # what the largest number of a row is brought below, by a power of two
SLACK = 0.01  # of a whole unit: a row that is wider by it has no other whole solutions
HALF = 0.5
LEAST = 0.01  # seconds that are worth beginning anything with


@dataclass(slots=True)
class Rows:
    """Rows of a model, each at most so much of some columns: in units that all its amounts are multiples of."""

    most: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)
    largest: int = 0  # what any sum of a row can come to, at most

    def add(self, most: int, columns: Sequence[int], amounts: Sequence[int]) -> None:
        """One more, a little wider than need be, as HiGHS counts in floats."""
        unit = gcd(*amounts)
        amounts, most = [amount // unit for amount in amounts], most // unit
        scale = scale_of(amounts)
        self.largest = max(self.largest, sum(map(abs, amounts)) + abs(most))
        self.most.append((most + SLACK) / scale)
        self.starts.append(len(self.columns))
        self.columns += columns
        self.amounts += [amount / scale for amount in amounts]


class Model:
    """A model of 0/1 columns of which the most is wanted. It ends when it is told to: HiGHS looks at its clock between
    some of its steps only, so it is asked to stop between the others as well.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.until = 0.0
        self.highs = highspy._Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
            self.highs.setOptionValue(option, value)
        free = numpy.zeros(columns)
        self.highs.addVars(columns, free, free + 1)
        self.every = numpy.arange(columns, dtype=numpy.int32)
        whole = numpy.full(columns, highspy.HighsVarType.kInteger.value, dtype=numpy.uint8)
        self.highs.changeColsIntegrality(columns, self.every, whole)
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        self.highs.setCallback(self._asked, None)
        kinds = highspy.cb.HighsCallbackType
        for kind in (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
            self.highs.startCallback(kind)

    def _asked(self, kind: Any, message: str, told: Any, answer: Any, user: Any) -> None:
        answer.user_interrupt = time.perf_counter() > self.until

    def add(self, rows: Rows) -> None:
        """These rows as well."""
        if rows.most:
            self.highs.addRows(
                len(rows.most),
                numpy.full(len(rows.most), -highspy.kHighsInf),
                numpy.array(rows.most),
                len(rows.columns),
                numpy.array(rows.starts, dtype=numpy.int32),
                numpy.array(rows.columns, dtype=numpy.int32),
                numpy.array(rows.amounts),
            )

    def aim(self, costs: Sequence[float]) -> None:
        """Maximise the sum of these."""
        self.highs.changeColsCost(self.columns, self.every, numpy.array(costs, dtype=float))

    def begin(self, chosen: Sequence[int]) -> None:
        """Begin with this set, which can settle."""
        self.highs.setSolution(self.columns, self.every, numpy.array(list(chosen), dtype=float))

    def shares(self, until: float) -> list[float] | None:
        """What share of each column is best where columns could be split; None where the time is too short."""
        self.highs.setOptionValue("solve_relaxation", True)
        ended = self._run(until)
        self.highs.setOptionValue("solve_relaxation", False)
        return list(self.highs.getSolution().col_value) if ended else None

    def prices(self) -> list[float]:
        """After `shares`: what a unit more of each column would add."""
        return list(self.highs.getSolution().col_dual)

    def value(self) -> float:
        """What was reached last."""
        return float(self.highs.getInfo().objective_function_value)

    def best(self, until: float, *, relative: float = 0.0, absolute: float = 0.0) -> tuple[list[bool] | None, bool]:
        """The best set found until then, to within so much, and whether HiGHS ended by itself."""
        self.highs.setOptionValue("mip_rel_gap", relative)
        self.highs.setOptionValue("mip_abs_gap", absolute)
        ended = self._run(until)
        if self.highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None, ended
        return [value > HALF for value in self.highs.getSolution().col_value], ended

    def _run(self, until: float) -> bool:
        left = until - time.perf_counter()
        if left < LEAST:
            return False
        self.until = until
        self.highs.setOptionValue("time_limit", self.highs.getRunTime() + left)
        self.highs.run()
        status, ends = self.highs.getModelStatus(), highspy.HighsModelStatus
        return status in (ends.kOptimal, ends.kInfeasible)


def scale_of(amounts: Sequence[int]) -> int:
    """A power of two that brings these below `LARGEST`: dividing by it loses nothing in a float."""
    return 1 << max(max(map(abs, amounts), default=0).bit_length() - LARGEST.bit_length() + 1, 0)
