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

from bauhinia.machine.events import read_events
from bauhinia.machine.snapshot import write_snapshot
from bauhinia.sim.founding import ISSUED, TABLE, found
from bauhinia.sim.life import DOINGS, HOURS
from bauhinia.sim.stage import Stage, re_cut


@cache
def one_by_one() -> Stage:
    """The first weeks of a busy life, with its first coupons, in blocks of one envelope; never sealed, since seals
    stand at heights."""
    life = found(11, seal_every=0)
    while life.today <= ISSUED.replace(month=3, day=27):
        today = life.today
        for minute in HOURS:
            life.stage.until(today, minute)
            for percent, doing in DOINGS:
                if life.likely(percent):
                    doing(life)
        life.stage.until(today, TABLE.end_of_day + 1)
    return re_cut(life.stage, repeat(1))


def business(stage: Stage) -> list[Any]:
    return [event for data in stage.events for event in read_events(data)]


def snapshot(stage: Stage) -> bytes:
    """The whole state, but for where its chain of blocks stands."""
    state = stage.state
    kept = state.height, state.previous
    state.height, state.previous = 0, bytes(32)
    try:
        return write_snapshot(state)
    finally:
        state.height, state.previous = kept


def some(seed: int) -> Iterator[int]:
    chance = Random(seed)
    while True:
        yield chance.choice((1, 2, 3, 5, 8, 40))


@pytest.mark.parametrize("lengths", [repeat(2), repeat(3), repeat(1_000), some(1), some(2)])
def test_however_blocks_are_cut_the_same_comes_of_it(lengths: Iterator[int]) -> None:
    first = one_by_one()
    other = re_cut(first, lengths)
    assert len(other.blocks) < len(first.blocks)
    assert business(other) == business(first)
    assert other.state.positions.columns == first.state.positions.columns
    assert snapshot(other) == snapshot(first)


def test_the_weeks_hold_what_could_depend_on_the_cuts() -> None:
    first, long = one_by_one(), re_cut(one_by_one(), repeat(1_000))
    assert len(first.blocks) > 4 * len(long.blocks)
    kinds = {type(event).__name__ for event in business(first)}
    assert {"PagePaid", "ActionPaid", "TierPaid", "Settled", "Waits", "Failed", "BookOpened", "PaymentAsked"} <= kinds
