"""Queues made to be hard for an offset solver: trades of bonds against money that cannot settle one by one.

Each shape is hard in its own way: nobody can begin, or money is short, or bonds are, or all pass through few accounts,
or no two trades have the same size, or few share a position. A queue is made from a shape, a count and a seed alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from random import Random

from bauhinia.agents.offset import Leg, Position, Queue, Waiting
from bauhinia.words.ids import AccountNumber, AssetNumber, TransactionNumber, Units

PART = 1_000_000  # smallest units of a money or a bond in one lot
RATES = (100, 780, 108, 715)  # what a unit of each money is worth, in hundredths of the first


@dataclass(frozen=True, slots=True)
class Shape:
    """What a queue is made of. Shares are between 0 and 1; depths in average trades."""

    name: str
    accounts: int = 20
    bonds: int = 30
    moneys: int = 1
    closed: float = 0.9  # of the chains, those that end where they began
    longest: int = 5  # accounts of a chain
    stocked: float = 0.7  # of the positions in bonds, those that hold any
    stock: float = 2.0  # what they hold, at most
    money: float = 0.8  # what an account holds of each money, at most
    paid: float = 0.0  # of the chains, those of payments in money alone
    crossed: float = 0.0  # of the chains, those that exchange one money for another
    hot: float = 0.0  # how uneven accounts and bonds are: the n-th weighs 1 / n to this power
    odd: bool = False  # sizes without a common unit, few large and many small


SHAPES = (
    Shape("chains"),
    Shape("no stock", stocked=0.0),
    Shape("rings", stocked=0.0, closed=1.0, money=0.05),
    Shape("scarce money", closed=0.2, stocked=1.0, stock=20.0, money=0.3),
    Shape("scarce bonds", closed=0.2, stocked=0.3, stock=0.5, money=50.0),
    Shape("both scarce", closed=0.5, stocked=0.2, stock=1.0, money=0.1),
    Shape("hot accounts", accounts=200, bonds=100, hot=1.1),
    Shape("four moneys", moneys=4, crossed=0.3, paid=0.1, money=0.5),
    Shape("odd sizes", odd=True, stocked=0.4, stock=0.5, money=0.2),
    Shape("odd, no stock", odd=True, stocked=0.0, money=0.2, closed=1.0),
    Shape("wide", accounts=300, bonds=400, closed=0.95, longest=8, stocked=0.1),
    Shape("long rings", accounts=60, bonds=60, closed=1.0, longest=25, stocked=0.0, money=0.05),
)


def queue_of(shape: Shape, count: int, seed: int = 1) -> Queue:
    """So many transactions of this shape in random order, all of the lowest priority, valued in the first money."""
    random = Random(f"{shape.name} {count} {seed}")
    accounts = [AccountNumber(number) for number in range(1, shape.accounts + 1)]
    moneys = [AssetNumber(number) for number in range(1, shape.moneys + 1)]
    bonds = [AssetNumber(number) for number in range(101, shape.bonds + 101)]
    busy, traded = _weights(len(accounts), shape.hot), _weights(len(bonds), shape.hot)
    waiting: list[Waiting] = []
    while len(waiting) < count:
        size = _size(random, shape.odd)
        chain = _chain(random, accounts, busy, random.randint(2, shape.longest))
        if random.random() < shape.closed:
            chain.append(chain[0])
        kind, money = random.random(), random.randrange(shape.moneys)
        given = moneys[money]
        if kind >= shape.paid + shape.crossed:
            given = random.choices(bonds, cum_weights=traded)[0]
        elif kind >= shape.paid and shape.moneys > 1:
            money = (money + random.randrange(1, shape.moneys)) % shape.moneys
        worth = RATES[0] if given in bonds else RATES[given - 1]
        for giver, taker in pairwise(chain):
            legs = [Leg(given, giver, taker, size)]
            value = size * worth // RATES[0]
            if given != moneys[money]:
                price = random.randint(970, 1_030)
                value = value * price // 1_000
                legs.append(Leg(moneys[money], taker, giver, max(value * RATES[0] // RATES[money], 1)))
            waiting.append(Waiting(TransactionNumber(len(waiting) + 1), tuple(legs), value))
    random.shuffle(waiting)
    waiting = [replace(each, since=at) for at, each in enumerate(waiting[:count])]
    return Queue(tuple(waiting), _available(random, shape, accounts, moneys, bonds))


def _available(
    random: Random,
    shape: Shape,
    accounts: list[AccountNumber],
    moneys: list[AssetNumber],
    bonds: list[AssetNumber],
) -> dict[Position, Units]:
    average = 25 * PART
    available: dict[Position, Units] = {}
    for account in accounts:
        for money, rate in zip(moneys, RATES, strict=False):
            available[account, money] = random.randint(0, int(shape.money * average * RATES[0] / rate))
        for bond in bonds:
            if random.random() < shape.stocked:
                available[account, bond] = random.randint(0, int(shape.stock * 25)) * PART
    return available


def _size(random: Random, odd: bool) -> Units:
    """Round lots of up to fifty; or odd ones, of which one in five hundred is a hundred times the usual."""
    return int(PART * min(random.paretovariate(0.9), 2_000.0)) if odd else PART * random.randint(1, 50)


def _weights(count: int, hot: float) -> list[float]:
    return list(accumulate(1 / rank**hot for rank in range(1, count + 1)))


def _chain(random: Random, accounts: list[AccountNumber], weights: list[float], length: int) -> list[AccountNumber]:
    """So many accounts, each once, those that weigh more more often."""
    chain: list[AccountNumber] = []
    while len(chain) < min(length, len(accounts)):
        account = random.choices(accounts, cum_weights=weights)[0]
        if account not in chain:
            chain.append(account)
    return chain
