"""Large queues by parts: HiGHS decides some hundred items anew, all others stay as they are.

On thousands of trades HiGHS as a whole often ends with nothing. So it gets small programs, of two kinds. First the
relaxation, where items could be split: most of its shares are none or all, and those that are clearest stay so; what is
split, and what is nearly so by its price, is decided in whole (relaxation enforced neighbourhood search, Berthold
2014).
This is done with segments for items (see `rings`), so that rings open and close in one step. Then, from the best set,
the neighbourhood of one item after another that is not in it (large neighbourhood search, Shaw 1998), with segments for
items first and then with the items themselves. Each step ends with a set that can settle and is better, or changes
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from random import Random

from bauhinia.agents.highs import Model, Rows
from bauhinia.agents.program import Program
from bauhinia.agents.rings import rings_of, segments_of
from bauhinia.agents.searching import settled, spread
from bauhinia.agents.trial import Trial, trial_of
from bauhinia.agents.waiting import Problem, joined

RELAXED = 0.25  # of the time that is left, for the relaxation
WHOLE = 0.6  # of the time that is left then, for what is found from it with rings and with segments, each
GROUPED = 0.4  # of what is left then, for the neighbourhoods of segments
OPEN = 300  # items beside the split ones that are decided anew, at first
WIDER = 3  # times as many, where nothing can settle so
NEAR = 1e-6  # a share this near to none or all is none or all
CLOSE = 1e-3  # how near to the best a part may end
SIZE, LEAST, MOST = 150, 40, 600  # items of a neighbourhood
GROWS, SHRINKS = 1.1, 0.9
LAPS = 2  # times that all items are tried without a better set
STEP = 0.15  # seconds for a neighbourhood, at most
BIAS = 100.0  # how much more a class weighs than the next


def better(problem: Problem, best: Trial, until: float) -> Trial:
    """A set at least as good as this one, by parts; the same for the same problem on a machine that is as fast."""
    begun = time.perf_counter()
    relaxed = Program(problem).relaxed(begun + (until - begun) * RELAXED)
    if relaxed is not None:
        whole = [index for index, share in enumerate(relaxed[1]) if 2 * share > 1]
        best = max(best, settled(problem, whole), key=Trial.worth)
    for groups in (rings_of(problem), segments_of(problem)):
        if len(groups) > 1:
            now = time.perf_counter()
            best = max(best, _grouped(problem, groups, now + (until - now) * WHOLE / 2), key=Trial.worth)
    Neighbourhoods(problem, best).search(until)
    return best


def _grouped(problem: Problem, groups: Sequence[Sequence[int]], until: float) -> Trial:
    """The best set found with these groups for items."""
    whole = joined(problem, groups)
    now = time.perf_counter()
    best = settled(whole, range(len(groups)))
    if (found := _rounded(whole, now + (until - now) * (1 - GROUPED))) is not None:
        best = max(best, found, key=Trial.worth)
    Neighbourhoods(whole, best).search(until)
    return spread(problem, best, groups)


def _rounded(problem: Problem, until: float) -> Trial | None:
    """The relaxation made whole: the clear shares stay, the others are decided; None where the time is too short."""
    program = Program(problem)
    costs = costs_of(problem)
    program.model.aim(costs)
    shares = program.model.shares(until)
    if shares is None:
        return None
    near = [abs(price) / max(cost, NEAR) for price, cost in zip(program.model.prices(), costs, strict=True)]
    split = [index for index, share in enumerate(shares) if NEAR < share < 1 - NEAR]
    clear = sorted(set(range(len(shares))).difference(split), key=lambda index: (near[index], index))
    base = trial_of(problem, [index for index, share in enumerate(shares) if 2 * share > 1])
    best = settled(problem, base.members())
    beside = OPEN
    while time.perf_counter() < until:
        turned, _ = decide(base, split + clear[:beside], costs, until, warm=False)
        if turned is not None:
            trial = trial_of(problem, base.members())
            for index in turned:
                trial.turn(index)
            return max(best, settled(problem, trial.members()), key=Trial.worth)
        if beside >= len(clear):
            break
        beside *= WIDER
    return best


class Neighbourhoods:
    """The search from one set, which is changed in place."""

    def __init__(self, problem: Problem, trial: Trial) -> None:
        self.problem, self.trial = problem, trial
        self.costs = costs_of(problem)
        self.random = Random(1)
        both = zip(problem.givers, problem.takers, strict=True)
        self.sharing = [len(givers) + len(takers) for givers, takers in both]
        self.tried = [0] * len(problem.flows)

    def search(self, until: float) -> None:
        """Decide one neighbourhood after another until then; larger ones while HiGHS ends in time."""
        trial, worth = self.trial, self.problem.worth
        size, rounds = float(SIZE), 0
        while (now := time.perf_counter()) < until and (seed := self._seed()) is not None:
            if self.tried[seed] > rounds + LAPS:
                return
            near = self._near(seed, int(size))
            for index in near:
                self.tried[index] += not trial.chosen[index]
            turned, ended = decide(trial, near, self.costs, min(now + STEP, until), warm=True)
            size = min(size * GROWS, MOST) if ended else max(size * SHRINKS, LEAST)
            gain = sum(-worth[index] if trial.chosen[index] else worth[index] for index in turned or ())
            if turned is None or gain <= 0:
                continue
            rounds = self.tried[seed]
            for index in turned:
                trial.turn(index)
            if any(units < 0 for units in trial.left):  # floats have erred
                for index in turned:
                    trial.turn(index)

    def _seed(self) -> int | None:
        """Of the items outside, those tried least; of these, the one worth most."""
        outside = [index for index, chosen in enumerate(self.trial.chosen) if not chosen]
        worth, tried = self.problem.worth, self.tried
        return min(outside, key=lambda index: (tried[index], -worth[index], index), default=None)

    def _near(self, seed: int, size: int) -> list[int]:
        """So many items around one: those outside first, by positions that few share before those that many do."""
        problem, chosen = self.problem, self.trial.chosen
        near, met = [seed], {seed}
        waiting = [position for position, _ in problem.flows[seed]]
        seen = set(waiting)
        while waiting and len(near) < size:
            waiting.sort(key=lambda position: -self.sharing[position])
            position = waiting.pop()
            items = [index for index in problem.givers[position] + problem.takers[position] if index not in met]
            self.random.shuffle(items)
            items.sort(key=lambda index: chosen[index])
            for index in items[: min(max(size // 3, 20), size - len(near))]:
                near.append(index)
                met.add(index)
                for other, _ in problem.flows[index]:
                    if other not in seen:
                        seen.add(other)
                        waiting.append(other)
        return near


def decide(
    trial: Trial, free: Sequence[int], costs: Sequence[float], until: float, *, warm: bool
) -> tuple[list[int] | None, bool]:
    """Which of these items to turn, all others staying as they are, so that the costs come to most; `warm` begins with
    the set as it is, which must settle. None where nothing is found that settles; and whether HiGHS ended in time.
    """
    chosen, left = trial.chosen, trial.left
    moved: dict[int, list[tuple[int, int]]] = {}
    free_of: dict[int, int] = {}
    for column, index in enumerate(free):
        for position, amount in trial.problem.flows[index]:
            moved.setdefault(position, []).append((column, -amount))
            if chosen[index]:
                free_of[position] = free_of.get(position, 0) - amount
    rows = Rows()
    for position, row in moved.items():
        most = left[position] + free_of.get(position, 0)
        if sum(max(amount, 0) for _, amount in row) > most:
            rows.add(most, [column for column, _ in row], [amount for _, amount in row])
    if any(units < 0 and position not in moved for position, units in enumerate(left)):
        return None, True
    model = Model(len(free))
    model.add(rows)
    model.aim([costs[index] for index in free])
    if warm:
        model.begin([chosen[index] for index in free])
    values, ended = model.best(until, relative=CLOSE)
    if values is None:
        return None, ended
    return [index for index, value in zip(free, values, strict=True) if value != bool(chosen[index])], ended


def costs_of(problem: Problem) -> list[float]:
    """What each item counts in the first aim of its class, one on average, the classes one above the other."""
    costs = [0.0] * len(problem.flows)
    for above, aim in enumerate(reversed(problem.aims[::2])):
        mean = max(sum(aim.gains), 1) / len(aim.gains)
        for index, gain in zip(aim.members, aim.gains, strict=True):
            costs[index] += BIAS**above * gain / mean
    return costs
