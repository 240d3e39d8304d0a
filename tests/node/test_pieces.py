"""A long journal is checked in pieces, and what is wrong with it is named as by one who reads it from the beginning."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import pytest

from bauhinia.node import pieces
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal
from bauhinia.node.pieces import Piece, pieces_of, verify
from tests.node.retell import tell
from tests.node.test_checking import change, copy, flip

__all__ = ["copy"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market with two snapshots on the way. Not to be changed."""
    folder = tmp_path_factory.mktemp("told") / "data"
    tell(folder)
    change(folder, "DELETE FROM snapshots WHERE height NOT IN (9, 18)")
    return folder


@pytest.fixture(autouse=True)
def worth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "WORTH", 1)


def cut(folder: Path) -> list[Piece]:
    journal = Journal(Home.at(folder).journal, writable=False)
    try:
        return pieces_of(journal)
    finally:
        journal.close()


def test_the_pieces_follow_one_another_from_genesis_to_tip(told: Path) -> None:
    found = cut(told)
    assert len(found) == 3
    assert [each.begins for each in found] == [0, *(each.ends for each in found[:-1])]
    assert found[-1].ends == verify(told, cores=1).height


@pytest.mark.parametrize("signatures", [True, False])
def test_in_pieces_it_comes_to_the_same_report(told: Path, signatures: bool) -> None:
    steps: list[int] = []
    report = verify(told, lambda done, _: steps.append(done), signatures=signatures, cores=2)
    assert report.good
    assert report == verify(told, signatures=signatures, cores=1)
    assert steps[-1] == report.height


@pytest.mark.parametrize("column", ["body", "outcomes", "rows", "header", "signature"])
def test_the_first_bad_block_is_named_whatever_piece_it_is_in(copy: Path, column: str) -> None:
    flip(copy, column, 14)
    flip(copy, "body", 20)
    report = verify(copy, cores=2)
    assert (report.bad, report.height) == (14, 13)
    assert report == verify(copy, cores=1)


def test_a_snapshot_on_the_way_that_was_altered_is_named(copy: Path) -> None:
    height = cut(copy)[1].begins
    change(copy, "UPDATE chunks SET data = zeroblob(100) WHERE height = ?", height)
    report = verify(copy, cores=2)
    assert not report.good
    assert f"the snapshot after block {height} was altered" in report.why


def test_a_snapshot_of_another_moment_does_not_pass_for_this_one(copy: Path) -> None:
    """Rightly signed and whole, but not what the blocks before it come to."""
    first, second = (each.ends for each in cut(copy)[:2])
    change(copy, "DELETE FROM snapshots WHERE height = ?", second)
    change(copy, "DELETE FROM chunks WHERE height = ?", second)
    change(copy, "UPDATE snapshots SET height = ? WHERE height = ?", second, first)
    change(copy, "UPDATE chunks SET height = ? WHERE height = ?", second, first)
    report = verify(copy, cores=2)
    assert not report.good
    assert f"after block {second}" in report.why


def test_signatures_that_are_not_asked_for_are_taken_as_noted(copy: Path) -> None:
    """A verdict noted wrongly changes what comes of the envelope, and so is found all the same."""
    flip(copy, "body", 14, 4)
    report = verify(copy, signatures=False, cores=1)
    assert report.bad == 14


def test_older_snapshots_are_thinned_and_stay_spread(tmp_path: Path) -> None:
    from bauhinia.sim.town import found_town

    journal = Journal.create(tmp_path / "journal.sqlite", found_town(1, 1).genesis)
    for height in range(10, 1_010, 10):
        journal.put_snapshot(height, b"r" * 32, b"s", [b"chunk"], 2, 8)
        heights = journal.snapshot_heights()
        assert heights[-2:] == ([height - 10, height] if height > 10 else [10])
        assert len(heights) <= 10
    kept = journal.snapshot_heights()
    gaps = [after - before for before, after in pairwise([0, *kept])]
    assert max(gaps) <= 300
    assert journal.snapshot(kept[0]) == (kept[0], b"r" * 32, b"s", [b"chunk"])
    journal.close()


def test_a_process_that_dies_is_no_proof(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    report = verify(told, cores=2)
    assert not report.good
    assert "ended" in report.why


def test_a_journal_that_cannot_be_read_has_no_pieces(copy: Path) -> None:
    change(copy, "DROP TABLE blocks")
    assert cut(copy) == []
    assert "cannot be read" in verify(copy, cores=2).why
