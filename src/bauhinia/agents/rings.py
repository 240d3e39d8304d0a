"""Rings: items that pass one amount on from position to position until it is back where it began.

Dealers pass bonds on in the size in which they got them. Where nobody holds the bond, such a chain settles as a whole,
and only where it closes: then nobody's bonds change, and what is left to balance is money. So a ring taken as one item
turns a queue that seems to allow nothing into one that allows nearly all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bauhinia.agents.waiting import Problem
from bauhinia.words.ids import Units

Arcs = dict[tuple[int, Units], list[tuple[int, int]]]  # by position and amount: the items that take it, and where to


def rings_of(problem: Problem) -> list[list[int]]:
    """Rings that share no item, as many as one walk finds; every item is looked at twice at most."""
    arcs = _arcs(problem)
    return [ring for position, amount in list(arcs) for ring in _walk(arcs, position, amount)]


def chains_of(problem: Problem, rings: list[list[int]]) -> list[list[int]]:
    """What the rings leave, as chains that pass one amount on as far as it goes; an item that passes nothing on, or
    what nobody passes on to it, is a chain by itself.
    """
    ringed = {index for ring in rings for index in ring}
    arcs = {at: left for at, found in _arcs(problem).items() if (left := [each for each in found if each[0] not in ringed])}
    coming = Counter((taker, amount) for (_, amount), found in arcs.items() for _, taker in found)
    chains = []
    for at in sorted(arcs, key=lambda each: coming[each] - len(arcs[each])):
        while arcs[at]:
            chain, place = [], at
            while onward := arcs.get(place):
                index, taker = onward.pop()
                chain.append(index)
                place = taker, at[1]
            chains.append(chain)
    taken = ringed.union(*chains)
    return chains + [[index] for index in range(len(problem.flows)) if index not in taken]


def _arcs(problem: Problem) -> Arcs:
    """From where to where each item takes the same amount: of several such pairs, between the positions that fewest
    share.
    """
    sharing = [len(givers) + len(takers) for givers, takers in zip(problem.givers, problem.takers, strict=True)]
    arcs: Arcs = {}
    for index, flow in enumerate(problem.flows):
        pairs = [
            (sharing[giver] + sharing[taker], giver, taker, amount)
            for taker, amount in flow
            if amount > 0
            for giver, drawn in flow
            if drawn == -amount
        ]
        if pairs:
            _, giver, taker, amount = min(pairs)
            arcs.setdefault((giver, amount), []).append((index, taker))
    return arcs


def _walk(arcs: Arcs, start: int, amount: Units) -> Iterator[list[int]]:
    """Follow arcs of one amount until there are none from the start: whenever a position comes again, a ring is cut
    off; from a dead end one step back, and its arc is given up.
    """
    path: list[tuple[int, int]] = []  # an item, and where it takes from
    met = {start: 0}
    position = start
    while True:
        if onward := arcs.get((position, amount)):
            index, taker = onward.pop()
            path.append((index, position))
            if taker in met:
                yield [each for each, _ in path[met[taker] :]]
                for _, passed in path[met[taker] + 1 :]:
                    del met[passed]
                del path[met[taker] :]
            else:
                met[taker] = len(path)
            position = taker
        elif path:
            del met[position]
            _, position = path.pop()
        else:
            return
