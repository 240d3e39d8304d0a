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
CLASS_BIAS = 16.0  # how much more a class weighs than the next, for weights alone: sets are compared exactly


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

    A position that is not named has nothing. An issuer's own account has what it may still issue. `together` are groups
    of which all settle or none; each counts in the class of each of its own. Refused: EMPTY for a transaction without
    legs, AMOUNT for an amount, a value or a priority that cannot be, DUPLICATE for a number that is there twice or in
    two groups, UNKNOWN_TRANSACTION for a group with one that does not wait.
    """

    waiting: tuple[Waiting, ...]
    available: Mapping[Position, Units] = field(default_factory=dict)
    together: tuple[tuple[TransactionNumber, ...], ...] = ()

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
        grouped: set[TransactionNumber] = set()
        for group in self.together:
            for number in group:
                require(number in seen, Reason.UNKNOWN_TRANSACTION, "transaction", number, "of a group waits not")
                require(number not in grouped, Reason.DUPLICATE, "transaction", number, "is in two groups")
                grouped.add(number)


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

    `reason` is UNKNOWN_TRANSACTION, DUPLICATE, LINK for one of a group whose others are not all there, or SHORTFALL,
    where `number` is the last of the set that draws on the position, which would end `lacking` units below zero.
    """

    reason: Reason
    number: TransactionNumber
    position: Position | None = None
    lacking: Units = 0


def check(queue: Queue, chosen: Iterable[TransactionNumber]) -> list[Offence]:
    """What keeps a set from settling at one instant, the first offender first; nothing where it can.

    Only the end counts: what comes in by one transaction pays for what goes out by another. One pass over the legs.
    By number first, in the order given; where all numbers are good, by group; where all groups are whole, by position,
    in the order of the legs.
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
    for group in () if offences else queue.together:
        if not all(number in taken for number in group):
            offences += [Offence(Reason.LINK, number) for number in group if number in taken][:1]
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
class Aim:
    """What is maximised in its turn: who counts for it, with how much each."""

    members: tuple[int, ...]
    gains: tuple[int, ...]

    def reached(self, chosen: Sequence[int]) -> int:
        """What a set comes to."""
        return sum(gain for index, gain in zip(self.members, self.gains, strict=True) if chosen[index])


@dataclass(frozen=True, slots=True)
class Problem:
    """A queue as columns: items by class and age, positions by number, both from zero.

    An item is a transaction, or several that settle together, with what they move in sum. `flows` are what an item
    moves, `givers` and `takers` the items that draw on a position and that bring to it, `room` what it has. `aims` are
    two for each class of priority, the highest first: what is wanted, and what decides between equals. `worth` is that
    order as one whole number for each item; `weight` is much the same in floats, for what merely orders items. `rank`
    is an item's class, zero the highest; of a group, that of its highest.
    """

    by: By
    items: tuple[tuple[Waiting, ...], ...]
    flows: tuple[tuple[Flow, ...], ...]
    givers: tuple[tuple[int, ...], ...]
    takers: tuple[tuple[int, ...], ...]
    room: tuple[Units, ...]
    aims: tuple[Aim, ...]
    worth: tuple[int, ...]
    weight: tuple[float, ...]
    rank: tuple[int, ...]

    def proposal(self, chosen: Sequence[int], *, proved: bool, how: str) -> Proposal:
        """These items as a proposal. Of items that are alike in all but age, the oldest are taken."""
        alike: dict[object, list[int]] = {}
        for index, item in enumerate(self.items):
            told = tuple((each.priority, each.value) for each in item)
            alike.setdefault((told, self.flows[index]), []).append(index)
        kinds = {index: indexes for indexes in alike.values() for index in indexes}
        quota: dict[int, int] = {}
        for index in chosen:
            quota[kinds[index][0]] = quota.get(kinds[index][0], 0) + 1
        oldest = [each for head, count in quota.items() for each in kinds[head][:count]]
        taken = [each for index in oldest for each in self.items[index]]
        taken.sort(key=lambda each: (each.since, each.number))
        value = sum(each.value for each in taken)
        return Proposal(tuple(each.number for each in taken), value, len(taken), proved, how)

    def heaviest(self) -> list[int]:
        """All items, those worth most first."""
        return sorted(range(len(self.flows)), key=lambda index: (-self.worth[index], index))


def problem_of(queue: Queue, by: By) -> Problem:
    """The queue as columns, without what cannot settle even if all that could come in did."""
    heads = {number: group[0] for group in queue.together for number in group}
    groups: dict[TransactionNumber, list[Waiting]] = {}
    for each in sorted(queue.waiting, key=lambda each: (each.priority, each.since, each.number)):
        groups.setdefault(heads.get(each.number, each.number), []).append(each)
    items = list(groups.values())
    places: dict[Position, int] = {}
    flows = [
        tuple(
            (places.setdefault(at, len(places)), amount)
            for at, amount in net_of([leg for each in item for leg in each.legs]).items()
            if amount
        )
        for item in items
    ]
    room = [max(queue.available.get(position, 0), 0) for position in places]
    kept = _possible(flows, room)
    return _problem(by, [tuple(items[index]) for index in kept], [flows[index] for index in kept], room)


def joined(problem: Problem, groups: Sequence[Sequence[int]]) -> Problem:
    """The same with each of these groups as one item, in the order of the groups. What is in no group is left out."""
    flows = []
    for group in groups:
        moved: dict[int, Units] = {}
        for index in group:
            for position, amount in problem.flows[index]:
                moved[position] = moved.get(position, 0) + amount
        flows.append(tuple((position, amount) for position, amount in moved.items() if amount))
    items = [tuple(each for index in group for each in problem.items[index]) for group in groups]
    return _problem(problem.by, items, flows, problem.room)


def _problem(
    by: By, items: Sequence[tuple[Waiting, ...]], flows: Sequence[tuple[Flow, ...]], room: Sequence[Units]
) -> Problem:
    givers: list[list[int]] = [[] for _ in room]
    takers: list[list[int]] = [[] for _ in room]
    for index, flow in enumerate(flows):
        for position, amount in flow:
            (givers if amount < 0 else takers)[position].append(index)
    aims = tuple(_aims(items, by))
    rank = [0] * len(items)
    for turn in reversed(range(0, len(aims), 2)):
        for index in aims[turn].members:
            rank[index] = turn // 2
    return Problem(
        by,
        tuple(items),
        tuple(flows),
        tuple(map(tuple, givers)),
        tuple(map(tuple, takers)),
        tuple(room),
        aims,
        tuple(_worths(aims, len(items))),
        tuple(_weights(aims, len(items))),
        tuple(rank),
    )


def _aims(items: Sequence[tuple[Waiting, ...]], by: By) -> Iterator[Aim]:
    """For each priority, the highest first, what each item adds in value and in count, or the other way round."""
    values: dict[int, dict[int, Units]] = {}
    counts: dict[int, dict[int, int]] = {}
    for index, item in enumerate(items):
        for each in item:
            value, count = values.setdefault(each.priority, {}), counts.setdefault(each.priority, {})
            value[index] = value.get(index, 0) + each.value
            count[index] = count.get(index, 0) + 1
    for priority in sorted(values):
        for told in (values, counts) if by is By.VALUE else (counts, values):
            yield Aim(tuple(told[priority]), tuple(told[priority].values()))


def _worths(aims: Sequence[Aim], items: int) -> list[int]:
    """One whole number for each item, so that sums of them compare as the aims do, one after the other."""
    worth = [0] * items
    unit = 1
    for aim in reversed(aims):
        for index, gain in zip(aim.members, aim.gains, strict=True):
            worth[index] += gain * unit
        unit *= sum(aim.gains) + 1
    return worth


def _weights(aims: Sequence[Aim], items: int) -> list[float]:
    """What each item adds to the first aim of its class, as a share of all of that in all classes; biased by class."""
    firsts = aims[::2]
    total = max(sum(sum(aim.gains) for aim in firsts), 1)
    weight = [0.0] * items
    for above, aim in enumerate(reversed(firsts)):
        for index, gain in zip(aim.members, aim.gains, strict=True):
            weight[index] += CLASS_BIAS**above * gain / total
    return weight


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
