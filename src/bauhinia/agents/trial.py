"""A set of items while it is looked for, and prices of positions by which items are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from bauhinia.agents.waiting import Flow, Problem

RECENT = 0.1  # what a step counts in the mean
PATIENCE = 30_000  # items looked at with care in mending a set, at most
WHOLE = 0.02  # a share this near to none or all is none or all


@dataclass(slots=True)
class Trial:
    """A set of transactions and what it leaves in each position, below zero where it is short."""

    problem: Problem
    chosen: bytearray
    left: list[int]
    log: list[int] = field(default_factory=list)  # what was put in or out since the log was emptied

    def turn(self, index: int) -> None:
        """Put a transaction in, or out where it is in."""
        into = not self.chosen[index]
        self.chosen[index] = into
        left = self.left
        for position, amount in self.problem.flows[index]:
            left[position] += amount if into else -amount
        self.log.append(index)

    def lacks(self, index: int) -> Flow | None:
        """The first position that has not what the item draws on it, and how much that is; None where it fits."""
        left = self.left
        for position, amount in self.problem.flows[index]:
            if amount < 0 and left[position] + amount < 0:
                return position, -amount
        return None

    def fill(self, order: Iterable[int]) -> None:
        """Add what fits, each time the first of the order that does. What lacks a position is looked at again when that
        has risen to what it needs there.
        """
        outside = [index for index in order if not self.chosen[index]]
        ranks = list(range(len(outside)))  # sorted, so a heap
        filed: dict[int, list[tuple[int, int]]] = {}
        while ranks:
            rank = heappop(ranks)
            index = outside[rank]
            lacking = self.lacks(index)
            if lacking is not None:
                heappush(filed.setdefault(lacking[0], []), (lacking[1], rank))
                continue
            self.turn(index)
            for position, amount in self.problem.flows[index]:
                if amount > 0 and (needs := filed.get(position)):
                    while needs and needs[0][0] <= self.left[position]:
                        heappush(ranks, heappop(needs)[1])

    def peel(self, orders: Sequence[Sequence[int]]) -> None:
        """Take transactions out until no position is short: of those that draw on one, in the order given for it.

        Ends: each step takes one out, and a position that is short has one in that draws on it.
        """
        left, at = self.left, [0] * len(self.left)
        short = [position for position, units in enumerate(left) if units < 0]
        while short:
            position = short.pop()
            order = orders[position]
            while left[position] < 0:
                index = order[at[position]]
                at[position] += 1
                if self.chosen[index]:
                    self.turn(index)
                    short += [other for other, _ in self.problem.flows[index] if left[other] < 0]

    def mend(self, prices: Prices, forced: int = -1, patience: int = PATIENCE) -> bool:
        """The same with more care and more work, and not only by taking out: each time whichever costs least for what
        it gives back, in weight and in what it makes short elsewhere. So a ring closes that one forced transaction has
        opened. None is turned twice. False, and not mended, where that takes too long or leads nowhere.
        """
        left, chosen, problem = self.left, self.chosen, self.problem
        where = range(len(left)) if forced < 0 else [position for position, _ in problem.flows[forced]]
        short = [position for position in where if left[position] < 0]
        turned = {forced}
        looked = 0
        while short:
            position = short.pop()
            while left[position] < 0:
                can = [index for index in problem.givers[position] if chosen[index] and index not in turned]
                can += [index for index in problem.takers[position] if not chosen[index] and index not in turned]
                looked += len(can)
                if not can or looked > patience:
                    return False
                index = min(can, key=lambda each: prices.cost(each, position, self))
                turned.add(index)
                self.turn(index)
                short += [other for other, _ in problem.flows[index] if left[other] < 0]
        return True

    def worth(self) -> int:
        """What the set comes to, as one number that compares."""
        return sum(worth for worth, chosen in zip(self.problem.worth, self.chosen, strict=True) if chosen)

    def gained(self) -> int:
        """What the log has changed the worth by."""
        odd: dict[int, bool] = {}
        for index in self.log:
            odd[index] = not odd.get(index, False)
        worth = self.problem.worth
        return sum(worth[index] if self.chosen[index] else -worth[index] for index, turned in odd.items() if turned)

    def undo(self) -> None:
        """Back to where the log was emptied."""
        for index in reversed(self.log[:]):
            self.turn(index)
        self.log.clear()

    def members(self) -> list[int]:
        return [index for index, chosen in enumerate(self.chosen) if chosen]


def trial_of(problem: Problem, chosen: Iterable[int]) -> Trial:
    """A set as a trial, short where it is short."""
    trial = Trial(problem, bytearray(len(problem.flows)), list(problem.room))
    for index in chosen:
        trial.turn(index)
    trial.log.clear()
    return trial


@dataclass(slots=True)
class Prices:
    """A price for each position, moved by subgradient steps towards the least upper bound (Held and Karp 1971), and the
    mean of what is in at them.

    Floats: they only order transactions. Units of each position count as shares of all that would be drawn on it, so
    that bonds and moneys of any size compare.
    """

    problem: Problem
    weight: list[float]
    scale: list[int]
    flows: list[tuple[tuple[int, float], ...]]
    room: list[float]
    largest: list[float]
    price: list[float]
    shares: list[float]

    @classmethod
    def begin(cls, problem: Problem) -> Prices:
        drawn = [0] * len(problem.room)
        for flow in problem.flows:
            for position, amount in flow:
                drawn[position] -= min(amount, 0)
        scale = [max(units, 1) for units in drawn]
        flows = [tuple((position, amount / scale[position]) for position, amount in flow) for flow in problem.flows]
        room = [units / scale[position] for position, units in enumerate(problem.room)]
        largest = [max((abs(share) for _, share in flow), default=0.0) for flow in flows]
        return cls(problem, list(problem.weight), scale, flows, room, largest, [0.0] * len(room), [1.0] * len(flows))

    def gains(self) -> list[float]:
        """What each transaction is worth after what it draws is paid for and what it brings is paid to it."""
        price = self.price
        return [
            weight + sum([price[position] * share for position, share in flow])
            for weight, flow in zip(self.weight, self.flows, strict=True)
        ]

    def step(self, reached: float, pace: float) -> float:
        """The upper bound at these prices; then one step of Polyak's length, with `reached` as what a set is known to
        come to. The mean takes in who gains.
        """
        price, shares = self.price, self.shares
        left = list(self.room)
        bound = sum(price[position] * units for position, units in enumerate(left))
        for index, gain in enumerate(self.gains()):
            shares[index] -= RECENT * shares[index]
            if gain > 0:
                shares[index] += RECENT
                bound += gain
                for position, share in self.flows[index]:
                    left[position] += share
        steepness = sum(units * units for position, units in enumerate(left) if units < 0 or price[position] > 0)
        if steepness > 0 and bound > reached:
            length = pace * (bound - reached) / steepness
            self.price = [max(each - length * units, 0.0) for each, units in zip(price, left, strict=True)]
        return bound

    def whole(self) -> list[int]:
        """The shares made whole, the largest flows first: each in or out, whichever leaves the positions nearer to what
        the shares would leave.
        """
        order = sorted(range(len(self.flows)), key=lambda index: (-self.largest[index], index))
        off = [0.0] * len(self.room)
        taken = []
        for index in order:
            share, flow = self.shares[index], self.flows[index]
            into = share > 1 - WHOLE
            if WHOLE <= share <= 1 - WHOLE:
                # |off + (1 - share) flow| < |off - share flow|, squared and shortened
                into = sum(amount * (2 * off[position] + (1 - 2 * share) * amount) for position, amount in flow) < 0
            if into:
                taken.append(index)
            moved = into - share
            for position, amount in flow:
                off[position] += moved * amount
        return taken

    def reached(self, trial: Trial) -> float:
        """What a set comes to, in the weights of the prices."""
        return sum(weight for weight, chosen in zip(self.weight, trial.chosen, strict=True) if chosen)

    def cost(self, index: int, position: int, trial: Trial) -> float:
        """What it costs to turn a transaction for a position that is short, by unit that this gives back there."""
        into = not trial.chosen[index]
        cost, back = -self.weight[index] if into else self.weight[index], 1
        for other, amount in self.problem.flows[index]:
            gain = amount if into else -amount
            left = trial.left[other]
            if other == position:
                back = min(gain, -left)
            elif gain < 0:
                cost += max(-gain - max(left, 0), 0) / self.scale[other]
            elif left < 0:
                cost -= min(gain, -left) / self.scale[other]
        return cost / back

    def orders(self) -> list[list[int]]:
        """For each position, who draws on it: the lowest class first, then who gains least for what it draws."""
        gains, rank = self.gains(), self.problem.rank
        made = []
        for position, givers in enumerate(self.problem.givers):
            keyed = []
            for index in givers:
                drawn = next(-share for at, share in self.flows[index] if at == position)
                keyed.append((-rank[index], gains[index] / drawn, -index))
            keyed.sort()
            made.append([-key[2] for key in keyed])
        return made
