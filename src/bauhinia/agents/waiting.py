"""What waits to settle, as a solver sees it: transactions with legs, what each position has, and what a proposal is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from bauhinia.words.ids import LIMIT, AccountNumber, AssetNumber, Micros, TransactionNumber, Units
from bauhinia.words.reasons import Reason, require

Position = tuple[AccountNumber, AssetNumber]
Flow = tuple[int, Units]  # a position by its number in a problem, and what it gains (or loses, below zero)

LOWEST_PRIORITY = 4


class By(Enum):
    """What makes one proposal better than another. The other of the two decides between equals."""

    VALUE = "value"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Leg:
    """`amount` units of `asset` go from `giver` to `taker`."""

    asset: AssetNumber
    giver: AccountNumber
    taker: AccountNumber
    amount: Units


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transaction that waits: its legs settle at one instant or not at all.

    `priority` is from 1, the highest, to 4 (ISO 20022 PriorityNumeric4Code). `value` is what settling it is
    worth, in whole units of one numeraire for the whole queue; zero is a worth. `since` is when it began to wait.
    """

    number: TransactionNumber
    legs: tuple[Leg, ...]
    value: Units
    priority: int = 4
    since: Micros = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """Transactions that wait, and the units that each position can give now.

    A position that is not named has nothing. An issuer's own account has what it may still issue. Refused: EMPTY for
    a transaction without legs, AMOUNT for an amount, a value or a priority that cannot be, DUPLICATE for a number that
    is there twice.
    """

    waiting: tuple[Waiting, ...]
    available: Mapping[Position, Units] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: set[TransactionNumber] = set()
        for each in self.waiting:
            require(each.number not in seen, Reason.DUPLICATE, "transaction", each.number)
            seen.add(each.number)
            require(each.legs, Reason.EMPTY, "transaction", each.number, "has no legs")
            require(0 <= each.value < LIMIT, Reason.AMOUNT, "transaction", each.number, "has the value", each.value)
            require(
                1 <= each.priority <= LOWEST_PRIORITY,
                Reason.AMOUNT,
                "transaction",
                each.number,
                "has the priority",
                each.priority,
            )
            for leg in each.legs:
                require(0 < leg.amount < LIMIT, Reason.AMOUNT, "transaction", each.number, "has a leg of", leg.amount)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Transactions to settle together, in the order in which they have waited.

    `value` and `count` are what they come to. `proved` says that no other set does better; `how` says in words who
    found this one.
    """

    numbers: tuple[TransactionNumber, ...]
    value: Units
    count: int
    proved: bool
    how: str


@dataclass(frozen=True, slots=True)
class Offence:
    """Why a set cannot settle together: what is wrong with a transaction, and with which position by how much.

    `reason` is UNKNOWN_TRANSACTION, DUPLICATE, or SHORTFALL, where `number` is the last of the set that draws on the
    position, which would end `lacking` units below zero.
    """

    reason: Reason
    number: TransactionNumber
    position: Position | None = None
    lacking: Units = 0


def check(queue: Queue, chosen: Iterable[TransactionNumber]) -> list[Offence]:
    """What keeps a set from settling at one instant, the first offender first; nothing where it can.

    Only the end counts: what comes in by one transaction pays for what goes out by another. One pass over the legs.
    By number first, in the order given; where all numbers are good, by position, in the order of the legs.
    """
    known = {each.number: each for each in queue.waiting}
    offences: list[Offence] = []
    taken: dict[TransactionNumber, Waiting] = {}
    for number in chosen:
        if number not in known:
            offences.append(Offence(Reason.UNKNOWN_TRANSACTION, number))
        elif number in taken:
            offences.append(Offence(Reason.DUPLICATE, number))
        else:
            taken[number] = known[number]
    if offences:
        return offences
    moved: dict[Position, Units] = {}
    drawn: dict[Position, TransactionNumber] = {}
    for number, each in taken.items():
        for position, amount in net_of(each.legs).items():
            moved[position] = moved.get(position, 0) + amount
            if amount < 0:
                drawn[position] = number
    for position, amount in moved.items():
        lacking = -(max(queue.available.get(position, 0), 0) + amount)
        if lacking > 0:
            offences.append(Offence(Reason.SHORTFALL, drawn[position], position, lacking))
    return offences


def net_of(legs: Sequence[Leg]) -> dict[Position, Units]:
    """What legs that settle together move in each position, in the order of the legs."""
    moved: dict[Position, Units] = {}
    for leg in legs:
        giver, taker = (leg.giver, leg.asset), (leg.taker, leg.asset)
        moved[giver] = moved.get(giver, 0) - leg.amount
        moved[taker] = moved.get(taker, 0) + leg.amount
    return moved


@dataclass(frozen=True, slots=True)
class Problem:
    """A queue as columns: transactions by class and age, positions by number, both from zero.

    `flows` are what a transaction moves, `givers` and `takers` the transactions that draw on a position and that bring
    to it, `room` what it has. `first` and `second` are what a transaction adds to the aim and to what decides between
    equals. A better set has more of the first in the highest class, then of the second there, and so on down: `worth`
    is that order as one whole number for each transaction.
    """

    waiting: tuple[Waiting, ...]
    flows: tuple[tuple[Flow, ...], ...]
    givers: tuple[tuple[int, ...], ...]
    takers: tuple[tuple[int, ...], ...]
    room: tuple[Units, ...]
    classes: tuple[tuple[int, ...], ...]
    first: tuple[int, ...]
    second: tuple[int, ...]
    worth: tuple[int, ...]

    def proposal(self, chosen: Sequence[int], *, proved: bool, how: str) -> Proposal:
        """These transactions as a proposal. Of transactions that are alike in all but age, the oldest are taken."""
        alike: dict[object, list[int]] = {}
        for index, each in enumerate(self.waiting):
            alike.setdefault((each.priority, each.value, self.flows[index]), []).append(index)
        kinds = {index: indexes for indexes in alike.values() for index in indexes}
        quota: dict[int, int] = {}
        for index in chosen:
            quota[kinds[index][0]] = quota.get(kinds[index][0], 0) + 1
        oldest = [each for head, count in quota.items() for each in kinds[head][:count]]
        taken = sorted((self.waiting[index] for index in oldest), key=lambda each: (each.since, each.number))
        value = sum(each.value for each in taken)
        return Proposal(tuple(each.number for each in taken), value, len(taken), proved, how)


def problem_of(queue: Queue, by: By) -> Problem:
    """The queue as columns, without what cannot settle even if all that could come in did."""
    ordered = sorted(queue.waiting, key=lambda each: (each.priority, each.since, each.number))
    places: dict[Position, int] = {}
    flows = [
        tuple((places.setdefault(at, len(places)), amount) for at, amount in net_of(each.legs).items() if amount)
        for each in ordered
    ]
    room = [max(queue.available.get(position, 0), 0) for position in places]
    kept = _possible(flows, room)
    waiting, flows = tuple(ordered[index] for index in kept), [flows[index] for index in kept]
    givers: list[list[int]] = [[] for _ in room]
    takers: list[list[int]] = [[] for _ in room]
    for index, flow in enumerate(flows):
        for position, amount in flow:
            (givers if amount < 0 else takers)[position].append(index)
    values, ones = tuple(each.value for each in waiting), (1,) * len(waiting)
    first, second = (values, ones) if by is By.VALUE else (ones, values)
    classes = tuple(_classes(waiting))
    return Problem(
        waiting,
        tuple(flows),
        tuple(map(tuple, givers)),
        tuple(map(tuple, takers)),
        tuple(room),
        classes,
        first,
        second,
        tuple(_worths(classes, first, second)),
    )


def _possible(flows: Sequence[tuple[Flow, ...]], room: Sequence[Units]) -> list[int]:
    """The transactions that could settle if all those that could too did, and none of them drew on anything."""
    most = list(room)
    givers: dict[int, list[int]] = {}
    for index, flow in enumerate(flows):
        for position, amount in flow:
            if amount > 0:
                most[position] += amount
            else:
                givers.setdefault(position, []).append(index)
    for position, indexes in givers.items():  # the largest last, where they are taken from as the most falls
        indexes.sort(key=lambda index: -dict(flows[index])[position])
    out = bytearray(len(flows))
    asked = list(givers)
    while asked:
        position = asked.pop()
        indexes = givers[position]
        while indexes and -dict(flows[indexes[-1]])[position] > most[position]:
            index = indexes.pop()
            if out[index]:
                continue
            out[index] = 1
            for other, amount in flows[index]:
                if amount > 0:
                    most[other] -= amount
                    if other in givers:
                        asked.append(other)
    return [index for index in range(len(flows)) if not out[index]]


def _classes(waiting: Sequence[Waiting]) -> Iterator[tuple[int, ...]]:
    """The transactions of each priority, the highest first; they come sorted by it."""
    start = 0
    for index in range(1, len(waiting) + 1):
        if index == len(waiting) or waiting[index].priority != waiting[start].priority:
            yield tuple(range(start, index))
            start = index


def _worths(classes: Sequence[Sequence[int]], first: Sequence[int], second: Sequence[int]) -> list[int]:
    """One whole number for each transaction, so that sums of them compare as the classes do, one after the other."""
    worth = [0] * len(first)
    unit = 1
    for members in reversed(classes):
        step = unit * (sum(second[index] for index in members) + 1)
        for index in members:
            worth[index] = first[index] * step + second[index] * unit
        unit = step * (sum(first[index] for index in members) + 1)
    return worth
