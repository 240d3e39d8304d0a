"""Whole random lives of a market, a few of them; `script/soak-life` lives as many as there is time for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from bauhinia.machine.events import EVENTS
from bauhinia.sim.founding import ISSUED, found
from bauhinia.sim.life import RARE, ends_well, live, unseen
from bauhinia.sim.stage import Stage, Unsound, evolves, replays, unsound

SEEDS = (1, 2, 3, 6)  # every third is a long one
SEEN: dict[int, Counter[str]] = {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_life(seed: int) -> None:
    """Nothing breaks in it, all is paid at its end, it replays whole and in pieces, its events alone give the same."""
    lived = live(seed, long=seed % 3 == 0)
    SEEN[seed] = lived.told
    assert lived.told["Settled"] > 50
    assert lived.refused.total() > 20


def test_the_lives_see_nearly_every_event() -> None:
    """A life in which little happens proves little."""
    told = sum((SEEN.get(seed) or live(seed, long=seed % 3 == 0).told for seed in SEEDS), Counter[str]())
    assert set(RARE) <= {each.kind.__name__ for each in EVENTS}
    assert len(unseen(told)) <= 4, unseen(told)


def first_days() -> Stage:
    life = found(1)
    life.stage.until(ISSUED, 10 * 60)
    return life.stage


def test_a_replay_that_differs_is_found() -> None:
    stage = first_days()
    replays(stage)
    last = stage.headers[-1]
    stage.headers[-1] = replace(last, body=bytes(32))
    with pytest.raises(Unsound, match="comes out differently"):
        replays(stage)
    stage.headers[-1] = last
    stage.state.assets[next(iter(stage.state.assets))].name = "another"
    with pytest.raises(Unsound, match="another state"):
        replays(stage)


def test_events_that_leave_something_out_are_found() -> None:
    stage = first_days()
    evolves(stage)
    stage.state.positions.columns[1] += 1
    with pytest.raises(Unsound, match="other positions"):
        evolves(stage)


def test_what_does_not_hold_is_found() -> None:
    stage = first_days()
    assert list(unsound(stage.state)) == []
    bond = next(iter(stage.state.issues.bonds.values()))
    bond.issued += 1
    assert len(list(unsound(stage.state))) == 1
    with pytest.raises(Unsound, match="accounted for"):
        stage.flush()
    bond.issued -= 1
    account = next(each for each in stage.state.accounts.values() if each.number == stage.at["Issuer"])
    account.closed = stage.state.time
    assert ["is closed" in what for what in unsound(stage.state)] == [True]


def test_a_life_that_ends_in_debt_is_found() -> None:
    life = found(2)
    life.stage.until(date(2026, 3, 5), 10 * 60)
    with pytest.raises(Unsound, match="is left, ISSUED"):
        ends_well(life)
