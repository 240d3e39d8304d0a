"""The projection: rebuilt or grown it is the same, it adds up, and it covers every event."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bauhinia.ledger.instructions import Side
from bauhinia.machine.events import EVENTS
from bauhinia.views import cover, queries, tables
from bauhinia.views.store import Views, rebuild
from bauhinia.words.reasons import Fault
from tests.support import START
from tests.views.stage import NEXT, UNIT, committed, dealers_and_custodians


def dump(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    try:
        return [
            f"{table.name} {row}"
            for table in tables.TABLES
            for row in db.execute(f"SELECT * FROM {table.name} ORDER BY 1, 2").fetchall()
        ]
    finally:
        db.close()


def test_every_event_is_projected_or_deliberately_not() -> None:
    kinds = [each.kind for each in EVENTS]
    assert [kind.__name__ for kind in kinds if (kind in cover.PROJECTIONS) is (kind in cover.NOT_PROJECTED)] == []
    assert [kind.__name__ for kind in (*cover.PROJECTIONS, *cover.NOT_PROJECTED) if kind not in kinds] == []


def test_rebuilt_is_the_same_as_grown(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    stage.told.until(NEXT, 12 * 60)
    stage.project()
    again = Views(tmp_path / "again.sqlite", stage.told.genesis)
    assert rebuild(again, committed(stage.told)) == len(stage.told.applied)
    assert rebuild(again, committed(stage.told)) == 0
    again.close()
    stage.views.close()
    assert dump(tmp_path / "views.sqlite") == dump(tmp_path / "again.sqlite")


def test_views_that_are_closed_go_on_where_they_were(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    height = stage.views.height
    stage.views.close()
    stage.views = Views(tmp_path / "views.sqlite", stage.told.genesis)
    assert stage.views.height == height
    stage.trade("A", "B", UNIT)
    stage.project()
    whole = Views(tmp_path / "whole.sqlite", stage.told.genesis)
    rebuild(whole, committed(stage.told))
    whole.close()
    stage.views.close()
    assert dump(tmp_path / "views.sqlite") == dump(tmp_path / "whole.sqlite")


def test_views_of_other_tables_or_another_ledger_are_made_anew(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    stage.views.close()
    db = sqlite3.connect(tmp_path / "views.sqlite")
    db.execute("PRAGMA user_version = 1")
    db.close()
    assert Views(tmp_path / "views.sqlite", stage.told.genesis).height == 0
    rebuild(views := Views(tmp_path / "views.sqlite", stage.told.genesis), committed(stage.told))
    assert views.height == stage.told.state.height
    views.close()
    other = replace(stage.told.genesis, name="another")
    assert Views(tmp_path / "views.sqlite", other).height == 0


def test_a_block_is_projected_once_and_in_order(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    blocks = list(committed(stage.told))
    assert not stage.views.apply(blocks[-1])
    fresh = Views(tmp_path / "fresh.sqlite", stage.told.genesis)
    with pytest.raises(Fault, match="out of order"):
        fresh.apply(blocks[1])


def test_a_block_that_does_not_add_up_leaves_the_views_as_they_were(tmp_path: Path) -> None:
    """A posting that no entry tells of stops the projection; the block is taken again once it is right."""
    stage = dealers_and_custodians(tmp_path)
    stage.trade("A", "B", UNIT)
    *before, block = committed(stage.told, stage.views.height)
    for each in before:
        stage.views.apply(each)
    wrong = replace(block, rows=[(key, balance + 1, earmarked, flags) for key, balance, earmarked, flags in block.rows])
    viewer = stage.viewer("operator")
    seen = queries.market(stage.views, viewer)
    with pytest.raises(Fault, match="add up"):
        stage.views.apply(wrong)
    assert queries.market(stage.views, viewer) == seen
    assert stage.views.apply(block)
    fresh = Views(tmp_path / "fresh.sqlite", stage.told.genesis)
    rebuild(fresh, committed(stage.told))
    fresh.close()
    stage.views.close()
    assert dump(tmp_path / "views.sqlite") == dump(tmp_path / "fresh.sqlite")


def test_entries_add_up_to_positions_and_positions_are_the_ledgers(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    viewer, positions = stage.viewer("operator"), stage.told.state.positions
    for account in stage.told.state.accounts:
        sums: dict[int, int] = {}
        last: dict[int, int] = {}
        for entry in reversed(queries.entries(stage.views, viewer, account, limit=1_000)):
            sums[entry.asset] = sums.get(entry.asset, 0) + entry.change.units
            last[entry.asset] = entry.balance.units
            assert sums[entry.asset] == entry.balance.units
        held = {each.asset: each.balance.units for each in queries.positions(stage.views, viewer, account)}
        assert held == {asset: units for asset, units in last.items() if units}
        assert all(positions.balance(account, asset) == units for asset, units in held.items())  # type: ignore[arg-type]
    assert sum(1 for _ in stage.told.state.accounts) > 8


def test_readers_see_whole_blocks_and_never_wait(tmp_path: Path) -> None:
    """A reader in the middle of its questions sees one moment, while blocks are projected on another thread."""
    stage = dealers_and_custodians(tmp_path)
    viewer = stage.viewer("operator")
    stage.trade("A", "B", UNIT)
    with stage.views.reading():
        before = queries.market(stage.views, viewer)
        writer = threading.Thread(target=stage.project)
        writer.start()
        writer.join()
        assert queries.market(stage.views, viewer) == before
    assert queries.market(stage.views, viewer).height == stage.told.state.height > before.height


def test_instructions_carry_three_statuses(tmp_path: Path) -> None:
    stage = dealers_and_custodians(tmp_path)
    stage.trade("A", "B", UNIT, day=NEXT, reference="later")
    stage.project()
    viewer = stage.viewer("A")
    by_reference = {each.reference: each for each in queries.instructions(stage.views, viewer)}
    later, short = by_reference["later"], by_reference["short"]
    assert (later.matching, later.settlement, later.reason) == ("MATCHED", "PENDING", "FUTU")
    assert (short.side, short.settlement, short.reason) == (Side.DELIVER.name, "PENDING", "CMON")
    (alone,) = [each for each in queries.instructions(stage.views, stage.viewer("B")) if each.reference == "alone"]
    assert (alone.processing, alone.matching, alone.reason) == ("ACKNOWLEDGED", "UNMATCHED", "NMAT")
    pending = queries.instructions(stage.views, viewer, pending=True)
    assert {each.reference for each in pending} == {"later", "short"}
    stage.told.until(START, 19 * 60)
    stage.told.mint("HKMA", stage.hkd, stage.accounts["B"], 100 * UNIT)
    stage.told.until(NEXT)
    stage.project()
    by_reference = {each.reference: each for each in queries.instructions(stage.views, viewer)}
    assert {by_reference[each].settlement for each in ("later", "short")} == {"SETTLED"}
    lines = {each.date: each for each in queries.efficiency(stage.views, viewer)}
    assert (lines[START].due, lines[START].on_time, lines[START].late, lines[START].open) == (4, 3, 1, 0)
    assert (lines[START].efficiency, lines[NEXT].efficiency) == ("75.00", "100.00")
