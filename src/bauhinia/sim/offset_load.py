"""Queues for the offset solver, published and made, and what it reaches on them in which time.

Run as ``python -m bauhinia.sim.offset_load [--vectors DIR] [--seconds S]``. Beside each value stands its share of an
upper bound, the optimum where transactions could be split (by HiGHS, without a limit of time); classes of priority are
left out of that figure, as the bound knows none.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from pathlib import Path
from random import Random
from typing import Any

from bauhinia.agents import highs, program
from bauhinia.agents.offset import LOWEST_PRIORITY, By, Leg, Position, Queue, Waiting, propose
from bauhinia.agents.waiting import problem_of
from bauhinia.words.ids import AccountNumber, AssetNumber, TransactionNumber, Units

MONEY = AssetNumber(1)
LONG = 600.0  # seconds for a bound
PRIORITIES = {"HIGH": 2, "NORMAL": 3, "LOW": LOWEST_PRIORITY}


@dataclass(frozen=True, slots=True)
class Workload:
    """A queue with the names it came with."""

    name: str
    queue: Queue
    accounts: dict[str, AccountNumber]
    payments: dict[str, TransactionNumber]
    told: dict[str, Any]  # what its source says of it


def scenarios(folder: Path) -> Iterator[Workload]:
    """The scenarios of `ubin_scenarios.json`, each with its published and computed outcomes."""
    for told in json.loads((folder / "ubin_scenarios.json").read_text("utf-8"))["scenarios"]:
        rows = [(row["id"], row["sender"], row["receiver"], row["amount"], row["priority"]) for row in told["queue"]]
        yield _workload(told["id"], told["balances"], rows, told)


def workloads(folder: Path) -> Iterator[Workload]:
    """Every `NAME_payments.csv` with its `NAME_balances.csv`, by name."""
    for path in sorted(folder.glob("*_payments.csv")):
        name = path.stem.removesuffix("_payments")
        with (folder / f"{name}_balances.csv").open(encoding="utf-8", newline="") as file:
            balances = {row[0]: int(row[1]) for row in list(csv.reader(file))[1:]}
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                (
                    row["payment_id"],
                    row["sender"],
                    row["receiver"],
                    int(row.get("amount") or row["amount_minor_units"]),
                    row.get("priority", "NORMAL"),
                )
                for row in csv.DictReader(file)
            ]
        yield _workload(name, balances, rows, {})


def _workload(
    name: str, balances: dict[str, Units], rows: list[tuple[str, str, str, Units, str]], told: dict[str, Any]
) -> Workload:
    accounts = {bank: AccountNumber(number) for number, bank in enumerate(balances, 1)}
    waiting = tuple(
        Waiting(
            TransactionNumber(number),
            (Leg(MONEY, accounts[sender], accounts[receiver], amount),),
            amount,
            PRIORITIES[priority],
            number,
        )
        for number, (_, sender, receiver, amount, priority) in enumerate(rows, 1)
    )
    available: dict[Position, Units] = {(accounts[bank], MONEY): units for bank, units in balances.items()}
    payments = {row[0]: TransactionNumber(number) for number, row in enumerate(rows, 1)}
    return Workload(name, Queue(waiting, available), accounts, payments, told)


def of_one_class(queue: Queue) -> Queue:
    """The same queue, no transaction before another."""
    return Queue(tuple(replace(each, priority=LOWEST_PRIORITY) for each in queue.waiting), queue.available)


def trading(count: int, *, stocked: float = 0.7, dealers: int = 20, bonds: int = 30, seed: int = 1) -> Queue:
    """So many trades of bonds against one money, passed on in chains most of which end where they began. Dealers hold
    little money, and of so great a share of the bonds something; with nothing in stock, next to nothing can go first.
    """
    random = Random(seed)
    accounts = [AccountNumber(number) for number in range(1, dealers + 1)]
    waiting: list[Waiting] = []
    while len(waiting) < count:
        bond = AssetNumber(1 + random.randint(1, bonds))
        nominal = 1_000_000 * random.randint(1, 50)
        chain = random.sample(accounts, random.randint(2, 5))
        if random.random() < 0.9:
            chain.append(chain[0])
        for seller, buyer in pairwise(chain):
            number = len(waiting) + 1
            money = nominal * random.randint(970, 1_030) // 1_000
            legs = (Leg(bond, seller, buyer, nominal), Leg(MONEY, buyer, seller, money))
            waiting.append(Waiting(TransactionNumber(number), legs, money, random.choice((2, 3, 3, 3, 4)), number))
    random.shuffle(waiting)
    waiting = [replace(each, since=at) for at, each in enumerate(waiting[:count])]
    available: dict[Position, Units] = {(account, MONEY): random.randint(0, 20_000_000) for account in accounts}
    for account in accounts:
        for each in range(bonds):
            if random.random() < stocked:
                available[account, AssetNumber(2 + each)] = 1_000_000 * random.randint(0, 60)
    return Queue(tuple(waiting), available)


def upper_bound(queue: Queue, by: By) -> float:
    """What no set can exceed in value (or count): the optimum where transactions could be split, classes left out."""
    one = problem_of(of_one_class(queue), by)
    relaxed = program.Program(one).relaxed(time.perf_counter() + LONG) if one.flows else (0.0, [])
    return inf if relaxed is None else relaxed[0]


def main(arguments: list[str] | None = None) -> None:
    """Print what the solver reaches on every workload, by value and by count, and the seconds it takes."""
    parser = argparse.ArgumentParser(prog="python -m bauhinia.sim.offset_load", description=__doc__)
    parser.add_argument("--vectors", type=Path, help="folder of vectors: its netting/ has the published workloads")
    parser.add_argument("--seconds", type=float, default=2.0)
    asked = parser.parse_args(arguments)
    queues: list[tuple[str, Queue]] = []
    if asked.vectors is not None:
        queues += [(each.name, of_one_class(each.queue)) for each in workloads(asked.vectors / "netting")]
        queues += [(f"{each.name}, by class", each.queue) for each in workloads(asked.vectors / "netting")]
    queues += [(f"trades_{count}", of_one_class(trading(count))) for count in (1_000, 5_000, 20_000)]
    queues.append(("trades_1000_nothing_in_stock", of_one_class(trading(1_000, stocked=0))))
    print(f"{'queue':<32} {'by':<6} {'value':>20} {'count':>7} {'of bound':>9} {'seconds':>8}  how")
    for name, queue in queues:
        for by in By:
            begun = time.perf_counter()
            found = propose(queue, by=by, seconds=asked.seconds)
            took = time.perf_counter() - begun
            reached = found.value if by is By.VALUE else found.count
            share = f"{reached / upper_bound(queue, by):.4%}" if highs.INSTALLED else ""
            print(f"{name:<32} {by.value:<6} {found.value:>20,} {found.count:>7,} {share:>9} {took:>8.2f}  {found.how}")


if __name__ == "__main__":
    main()
