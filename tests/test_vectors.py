"""How vectors are judged: every wrong row is told, what is not there is skipped, and the page of what is left out is
true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bond import test_actus, test_daycount_vectors, test_schedule_vectors
from tests.bond.markets import test_us_auctions
from tests.vectors import LeftOut, Row, digest, row_of, rows_of, tally
from tests.vectors_page import PAGE, count_line, left_out_lines, tallies
from tests.wire import test_calendars

SKIPPED, FAILED = pytest.skip.Exception, pytest.fail.Exception


def judge(row: Row) -> None:
    if row["ours"] is None:
        raise LeftOut("has no counterpart")
    assert row["ours"] == row["theirs"]


ROWS: list[tuple[str, Row]] = [
    ("a", {"ours": 1, "theirs": 1}),
    ("b", {"ours": 1, "theirs": 2}),
    ("c", {"ours": None}),
    ("d", {"ours": 2}),
    ("e", {"ours": 3, "theirs": 3}),
]


def test_a_wrong_row_hides_no_other() -> None:
    found = tally("x.json", ROWS, judge)
    assert (found.ran, found.left_out, list(found.wrong)) == (2, {"c": "has no counterpart"}, ["b", "d"])
    with pytest.raises(FAILED, match=r"x\.json: 2 of 4 rows are wrong\nb: AssertionError.*\nd: KeyError: 'theirs'"):
        found.settle()


def test_what_cannot_be_run_is_skipped_with_the_reason() -> None:
    with pytest.raises(SKIPPED, match=r"x\.json: no row to run \(has no counterpart\)"):
        tally("x.json", ROWS[2:3], judge).settle()
    with pytest.raises(SKIPPED, match="it is empty"):
        tally("x.json", [], judge).settle()


def test_a_folder_that_lacks_a_file_or_a_row_skips_what_needs_it(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"rows": [{"id": "one"}, {"cusip": "9128283W8"}, {}]}')
    assert [label for label, _ in rows_of(tmp_path, "x.json")] == ["one", "row 2 (9128283W8)", "row 3"]
    with pytest.raises(SKIPPED, match=r"no row two in .*x\.json"):
        row_of(tmp_path, "x.json", "two")
    for missing in (
        lambda: rows_of(tmp_path, "y.json"),
        lambda: test_actus.contracts(tmp_path, "pam"),
        lambda: test_us_auctions.bills(tmp_path),
        lambda: test_schedule_vectors.rolls(tmp_path),
        lambda: test_calendars.holidays(tmp_path, "HK"),
        lambda: test_daycount_vectors.test_every_published_case(tmp_path),
    ):
        with pytest.raises(SKIPPED, match=f"in {tmp_path}"):
            missing()
    assert tallies(tmp_path) == []


def test_other_rows_run_as_they_are(tmp_path: Path) -> None:
    """A folder of other rows: a good one, one with a wrong number, one of a convention that nobody knows."""
    case = {"convention": "Act/360", "start": "2031-01-01", "end": "2031-03-02", "quantity": "days", "expected": 60}
    rows = [case, {**case, "expected": 61}, {**case, "convention": "Act/367"}]
    (tmp_path / "daycount").mkdir()
    (tmp_path / "daycount" / "more.json").write_text(json.dumps({"rows": rows}))
    (found,) = test_daycount_vectors.day_counts(tmp_path)
    assert (found.name, found.ran, list(found.wrong)) == (
        "daycount/more.json",
        1,
        ["row 2 (Act/360)", "row 3 (Act/367)"],
    )
    assert "Act/367" in found.wrong["row 3 (Act/367)"]


def test_the_page_tells_what_runs_and_what_is_left_out(vectors: Path) -> None:
    """Of every file of which the folder has the version that the page is about."""
    page = PAGE.read_text("utf-8").splitlines()
    same = [each for each in tallies(vectors) if any(f"`{digest(vectors / each.name)}`" in line for line in page)]
    if not same:
        pytest.skip(f"the page is about other files than those in {vectors}")
    for each in same:
        assert count_line(vectors, each) in page
        told = [line for line in page if line.startswith(f"| `{each.name}` |") and "SHA" not in line]
        assert told[1:] == left_out_lines(each)
