"""Rings and chains: items that pass one amount on from position to position, each taken as one item.

Dealers pass bonds on in the size in which they got them. Where nobody holds the bond, such a chain settles as a whole,
and only where it closes: then nobody's bonds change, and what is left to balance is money. So a ring taken as one item
turns a queue that seems to allow nothing into one that allows nearly all. Where somebody on the way holds enough to
deliver, the chain may begin there as well: it is cut there, and its segments are items by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from bauhinia.agents.waiting import Problem
from bauhinia.words.ids import Units

Arcs = dict[tuple[int, Units], list[tuple[int, int]]]  # by position and amount: the items that take it, and where to


def rings_of(problem: Problem) -> list[list[int]]:
    """Rings that share no item, as many as one walk finds; every item is looked at twice at most."""
    return _rings(_arcs(problem))


def segments_of(problem: Problem) -> list[list[int]]:
    """All items, each in one segment: rings and what else passes one amount on, cut wherever a position has enough to
    deliver that by itself. What passes nothing on is a segment by itself.
    """
    arcs = _arcs(problem)
    source = {index: at for at, found in arcs.items() for index, _ in found}
    rings = _rings({at: list(found) for at, found in arcs.items()})
    ringed = {index for ring in rings for index in ring}
    chains = _chains({at: [each for each in found if each[0] not in ringed] for at, found in arcs.items()})

    def begins(index: int) -> bool:
        position, amount = source[index]
        return problem.room[position] >= amount

    segments = [[index] for index in range(len(problem.flows)) if index not in source]
    for ring in rings:
        start = next((place for place, index in enumerate(ring) if begins(index)), 0)
        chains.append(ring[start:] + ring[:start])
    for chain in chains:
        cuts = [0, *(place for place, index in enumerate(chain) if place and begins(index)), len(chain)]
        segments += [chain[one:other] for one, other in pairwise(cuts)]
    return segments


def _rings(arcs: Arcs) -> list[list[int]]:
    return [ring for position, amount in list(arcs) for ring in _walk(arcs, position, amount)]


def _chains(arcs: Arcs) -> list[list[int]]:
    """What no ring holds, followed as far as it goes, first from where less comes than goes."""
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
    return chains


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
