"""How fast a queue is: an arrival frees some of those that wait, however many there are; and a set settles at once.

python -m bauhinia.sim.queue_load
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.posting import Leg
from bauhinia.machine.steps import Run, evolve
from bauhinia.rules.settlement import order, settle_now
from bauhinia.rules.step import Step
from bauhinia.rules.together import SettleTogether, settle_together
from bauhinia.sim.town import FIRST, UNIT, Town, found_town
from bauhinia.words.ids import AccountNumber, PartyNumber, TransactionNumber
from bauhinia.words.reasons import must

ACCOUNTS = 60
FREED = 10  # by one arrival
PAID = 1_000  # by each payment that waits
OPERATOR = PartyNumber(1)
ISSUES_MONEY = AccountNumber(1)


@dataclass(slots=True)
class Bench:
    """A town in which things are ordered without being signed: signatures are not what is measured."""

    town: Town

    def step(self) -> Step:
        return Step(self.town.state, self.town.state.time, evolve, OPERATOR)

    def drain(self) -> None:
        Run(self.town.state, watched=False).drain(self.town.state.time)

    def pay(self, giver: AccountNumber, taker: AccountNumber, amount: int) -> None:
        """A payment that waits unless the giver has it."""
        order(self.step(), TransactionKind.MONEY, [Leg(self.town.money, giver, taker, amount)], FIRST)

    def arrive(self, taker: AccountNumber, amount: int) -> float:
        """Seconds from an amount's coming in until all that it frees has settled."""
        begun = time.perf_counter()
        leg = Leg(self.town.money, ISSUES_MONEY, taker, amount)
        settle_now(self.step(), TransactionKind.MONEY, [leg], FIRST)
        self.drain()
        return time.perf_counter() - begun


def arrivals(waiting: int, lines: int, rounds: int = 15) -> float:
    """Seconds that an arrival takes which frees `FREED` of so many payments, waiting for so many positions."""
    bench = Bench(found_town(10, ACCOUNTS))
    *givers, taker = bench.town.accounts
    for number in range(waiting):
        bench.pay(givers[number % lines], taker, PAID)
    bench.drain()
    live = bench.town.state.settlement.live
    must(len(live) == waiting, "a payment does not wait:", waiting, len(live))
    times = []
    for number in range(rounds):
        before = len(live)
        times.append(bench.arrive(givers[number % lines], FREED * PAID))
        must(before - len(live) == FREED, "an arrival freed another number:", before - len(live))
    return statistics.median(times)


def sets(legs: int, rounds: int = 7) -> list[float]:
    """Seconds in which a set of so many legs, trades against payment in rings, is verified and posted."""
    times = []
    for number in range(rounds):
        bench = Bench(found_town(10, ACCOUNTS, nominal=UNIT))
        town, state = bench.town, bench.town.state
        accounts, count = town.accounts, legs // 2
        last = state.settlement.last_transaction
        for each in range(count):
            giver, taker = accounts[each % ACCOUNTS], accounts[(each + 1) % ACCOUNTS]
            if each == count - 1:
                giver, taker = accounts[each % ACCOUNTS], accounts[0]
            trade = [Leg(town.bond, giver, taker, 2 * UNIT), Leg(town.money, taker, giver, 2 * UNIT)]
            order(bench.step(), TransactionKind.TRADE, trade, FIRST)
        bench.drain()
        numbers = tuple(TransactionNumber(last + each) for each in range(1, count + 1))
        must(all(each in state.settlement.live for each in numbers), "a trade does not wait, in round", number)
        begun = time.perf_counter()
        step = bench.step()
        settle_together(step, SettleTogether(numbers, "a bench"))
        times.append(time.perf_counter() - begun)
        must(len(step.events) == 2, "the set has not settled")
    return times


def figures() -> Iterator[str]:
    """Each figure in a line."""
    for lines, said in ((1, "all for one position"), (ACCOUNTS - 1, f"for {ACCOUNTS - 1} positions")):
        for waiting in (1_000, 10_000, 100_000):
            spent = arrivals(waiting, lines) * 1e3
            yield f"{waiting:>7,} wait {said}: an arrival that frees {FREED} takes {spent:.2f} ms"
    for legs in (500, 5_000, 20_000):
        times = [each * 1e3 for each in sets(legs)]
        spread = f"{min(times):.1f} to {max(times):.1f}"
        yield f"a set of {legs:,} legs, verified and posted: {statistics.median(times):.1f} ms ({spread})"


def main() -> None:
    for line in figures():
        print(line, flush=True)


if __name__ == "__main__":
    main()
