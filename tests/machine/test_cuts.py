"""The same envelopes cut into blocks in other ways: the same balances, and the same business events in the same order.

A block's commands run before what is paid in pages, so a block always ends with a command that leaves such; where it
ends otherwise is a matter of how busy the sequencer is, and must not matter to anyone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import repeat
from random import Random
from typing import Any

import pytest

from bauhinia.ledger.invariants import broken
from bauhinia.machine.events import read_events
from bauhinia.machine.snapshot import write_snapshot
from bauhinia.sim.founding import ISSUED, TABLE, Life, found
from bauhinia.sim.life import DOINGS, HOURS
from bauhinia.sim.stage import Stage, re_cut


@cache
def lived() -> Life:
    """The first weeks of a busy life, with its first coupons; sealed never, since seals stand at heights."""
    life = found(11, seal_every=0)
    while life.today <= ISSUED.replace(month=3, day=9):
        today = life.today
        for minute in HOURS:
            life.stage.until(today, minute)
            for percent, doing in DOINGS:
                if life.likely(percent // 2):
                    doing(life)
        life.stage.until(today, TABLE.end_of_day + 1)
    return life


def business(stage: Stage) -> list[Any]:
    return [event for data in stage.events for event in read_events(data)]


def some(seed: int) -> Iterator[int]:
    chance = Random(seed)
    while True:
        yield chance.choice((1, 2, 3, 5, 8, 40))


@pytest.mark.parametrize("lengths", [repeat(1), repeat(2), repeat(1_000), some(1), some(2)])
def test_however_blocks_are_cut_the_same_comes_of_it(lengths: Iterator[int]) -> None:
    first = lived().stage
    other = re_cut(first, lengths)
    assert business(other) == business(first)
    assert other.state.positions.columns == first.state.positions.columns
    assert other.state.time == first.state.time
    for state in (other.state, first.state):
        assert broken(state) == []
    first_height, other.state.height, other.state.previous = first.state.height, 0, bytes(32)
    kept = first.state.previous
    first.state.height, first.state.previous = 0, bytes(32)
    try:
        assert write_snapshot(other.state) == write_snapshot(first.state)
    finally:
        first.state.height, first.state.previous = first_height, kept


def test_the_cuts_differ() -> None:
    """Blocks of one envelope, and blocks as long as may be."""
    first = lived().stage
    one, many = re_cut(first, repeat(1)), re_cut(first, repeat(1_000))
    assert len(one.blocks) > 2 * len(many.blocks)
    assert {"PagePaid", "ActionPaid", "Settled", "Waits", "BookOpened"} <= {
        type(event).__name__ for event in business(first)
    }
