"""What is acknowledged stays: through restarts, kills, full disks; and the same journal is the same market anywhere."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bauhinia.ledger.state import State
from bauhinia.machine.block import Block, apply_block
from bauhinia.machine.genesis import begin
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.node import pieces
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal
from bauhinia.node.market import Halted, Market, Options
from bauhinia.node.publishing import Committed
from bauhinia.node.recovery import recover
from bauhinia.node.stored import unpack_entries
from bauhinia.rules.market import SetTime
from bauhinia.rules.onboarding import RegisterParty
from bauhinia.words.dates import micros_at
from tests.node.desk import START, Desk, registration
from tests.node.killing import ROOT, kill_often
from tests.support import HKT

NEXT = START + timedelta(days=1)


def filled(folder: Path, blocks: int = 12, **options: Any) -> Desk:
    """A market with a system, a day gone by, and parties, one a block."""
    desk = Desk.at(folder, **options)
    desk.opens()
    for number in range(blocks):
        desk.does("operator", registration(f"P{number}"))
    while (due := desk.market.read(lambda state: state.days.agenda[0][0])) < micros_at(NEXT, 9 * 60, HKT):
        desk.does("operator", SetTime(due))
    return desk


@pytest.mark.parametrize("every", [3, 1_000])
def test_a_market_opens_as_it_was_left(tmp_path: Path, every: int) -> None:
    desk = filled(tmp_path, snapshot_blocks=every, snapshot_on_close=False)
    left = desk.market.read(write_snapshot)
    desk.close()
    assert (journal_of(tmp_path).snapshot_height() > 0) is (every == 3)
    again = Desk.at(tmp_path)
    assert again.market.read(write_snapshot) == left
    again.does("operator", registration("one more"))
    again.close()
    assert pieces.verify(tmp_path).good


def journal_of(folder: Path) -> Journal:
    return Journal(Home.at(folder).journal, writable=False)


def test_snapshots_are_made_on_the_way_and_on_close_and_the_last_two_are_kept(tmp_path: Path) -> None:
    desk = filled(tmp_path, snapshot_blocks=4, snapshots_older=0)
    height = desk.market.status().height
    desk.close()
    journal = journal_of(tmp_path)
    assert journal.snapshot_height() == height
    found = journal.snapshot(height - 1)
    assert found is not None
    assert found[0] == (height - 1) // 4 * 4
    assert journal.snapshot(found[0] - 1) is None
    journal.close()


def test_any_height_can_be_looked_back_at(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path, snapshot_blocks=4)
    then = {}
    for number in range(10):
        desk.does("operator", registration(f"P{number}"))
        then[number + 1] = desk.market.read(write_snapshot)
    for height, snapshot in then.items():
        assert write_snapshot(recover(desk.market.journal, height)) == snapshot
    desk.close()


def test_replayed_in_pieces_a_journal_comes_to_the_same(tmp_path: Path) -> None:
    """A state that goes through its snapshot after every block is the state that never did."""
    desk = filled(tmp_path)
    journal = desk.market.journal
    state = begin(journal.genesis())
    for stored in journal.blocks():
        state = read_snapshot(write_snapshot(state))
        applied = apply_block(state, Block(stored.height, stored.time, unpack_entries(stored.body)), watched=False)
        assert applied.header.to_bytes() == stored.header
    assert write_snapshot(state) == desk.market.read(write_snapshot)
    desk.close()


def test_what_is_published_live_is_what_the_journal_gives_later(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    live: list[Committed] = []
    desk.market.subscribe(live.append)
    desk.opens()
    desk.does("operator", SetTime(desk.market.read(lambda state: state.days.agenda[0][0])))
    desk.sends("operator", registration(""))
    desk.market.quiet(30)
    for told, kept in zip(live, desk.market.history(), strict=True):
        assert (told.header, told.rows) == (kept.header, kept.rows)
        for one, other in zip(told.outcomes, kept.outcomes, strict=True):
            assert one.to_bytes() == other.to_bytes()
            assert (one.party, one.audiences) == (other.party, [tuple(each) for each in other.audiences])
            assert tuple(map(str, one.parts)) == other.parts
    desk.close()


def test_the_same_journal_has_the_same_hashes_whatever_the_hash_seed(tmp_path: Path) -> None:
    told = []
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "tests.node.retell", str(tmp_path / seed)]
        told.append(subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout)
    assert told[0] == told[1] == told[2]
    assert len(told[0].splitlines()) > 10


def test_killed_at_random_instants_a_market_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    told = kill_often(tmp_path, 6, random.Random(7), 0.25)
    report = pieces.verify(tmp_path)
    assert (report.why, report.good) == ("", True)
    assert report.envelopes >= len(told) > 0
    with Market.open(tmp_path, options=Options(processes=0)) as market:
        assert market.status().height == report.height


@contextmanager
def full_by_pages(desk: Desk) -> Iterator[None]:
    """SQLite may not take another page: what it says is what a full disk says."""
    connection = desk.market.journal._write
    connection.execute("PRAGMA max_page_count = 1")  # at least what there is
    yield
    connection.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def full_by_size(desk: Desk) -> Iterator[None]:
    """No file of this process may grow past what the journal's has."""
    path = desk.market.journal.path
    if path is None:
        raise RuntimeError("a journal in memory fills no disk")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name(path.name + "-wal").stat().st_size, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("full", [full_by_pages, full_by_size])
def test_a_full_disk_stops_writes_and_nothing_else(
    tmp_path: Path, full: Callable[[Desk], AbstractContextManager[None]]
) -> None:
    desk = Desk.at(tmp_path, retry=0)
    for number in range(5):
        desk.does("operator", registration(f"P{number}"))
    assert desk.market.quiet(30)
    states = [desk.market.read(write_snapshot)]
    names = [registration(f"{'long name ' * 6}{number}") for number in range(400)]
    with full(desk):
        with pytest.raises(Halted, match="cannot be written") as halted:
            until_full(desk, names, states)
        before = states[-1]
        assert not halted.value.lasting
        status = desk.market.status()
        assert "cannot be written" in status.halted
        assert desk.market.read(write_snapshot) == before
        with pytest.raises(Halted):
            desk.sends("operator", *names)
        assert desk.market.read(write_snapshot) == before
    height = desk.market.status().height
    receipt = desk.does("operator", registration("at last"))
    assert receipt.height == height + 1
    assert desk.market.status().halted == ""
    desk.market.recover()
    desk.close()
    assert pieces.verify(tmp_path).good
    again = Desk.at(tmp_path)
    assert again.market.read(newest) == "at last"
    again.close()


def until_full(desk: Desk, names: list[RegisterParty], states: list[bytes]) -> None:
    """Register parties until the disk is full, and keep the state after each block."""
    for _ in range(50):
        desk.sends("operator", *names)
        states.append(desk.market.read(write_snapshot))


def newest(state: State) -> str:
    return state.parties[max(state.parties)].name
