"""An altered journal is found, and what was altered is named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bauhinia.ledger.state import State
from bauhinia.machine.events import EVOLVE
from bauhinia.machine.steps import Outcome
from bauhinia.node import checking
from bauhinia.node.home import Home
from bauhinia.node.journal import FILE, Journal
from bauhinia.node.keys import generate
from bauhinia.node.market import Market, Options
from bauhinia.node.pieces import verify
from bauhinia.node.sealing import sign_header
from bauhinia.node.stored import Damaged, read_header
from bauhinia.rules import settlement
from bauhinia.rules.market import SetTime
from bauhinia.sim.town import FIRST, found_town
from bauhinia.words.ids import AccountNumber, AssetNumber, SystemNumber
from tests.node.desk import Desk, registration
from tests.node.retell import tell

REDEEMED = 14  # the block in which the second holder gives money back


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market with money, trades of a day, seals of the state and snapshots. Not to be changed."""
    folder = tmp_path_factory.mktemp("told") / "data"
    tell(folder)
    return folder


@pytest.fixture
def copy(told: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(told, tmp_path / "copy"))


def change(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / FILE)) as database:
        database.execute(statement, values)
        database.commit()


def flip(folder: Path, column: str, height: int, at: int = -1) -> None:
    """Change one byte of a block; by default the last."""
    with closing(sqlite3.connect(folder / FILE)) as database:
        ((data,),) = database.execute(f"SELECT {column} FROM blocks WHERE height = ?", (height,))
        at %= len(data)
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        database.execute(f"UPDATE blocks SET {column} = ? WHERE height = ?", (changed, height))
        database.commit()


@pytest.mark.parametrize("events", [False, True])
def test_a_good_journal_is_good(told: Path, events: bool) -> None:
    steps: list[tuple[int, int]] = []
    report = verify(told, lambda done, total: steps.append((done, total)), events=events)
    assert (report.good, report.why, report.bad) == (True, "", 0)
    assert report.height > 25
    assert report.envelopes > 20
    assert report.outcomes > report.envelopes
    assert steps == [(height, report.height) for height in range(1, report.height + 1)]


@pytest.mark.parametrize("events", [False, True])
@pytest.mark.parametrize(
    ("column", "at", "said"),
    [
        ("header", 20, "not a header"),
        ("header", 60, "does not have the hash noted"),
        ("hash", 0, "does not have the hash noted"),
        ("signature", 0, "signature of its header is wrong"),
        ("signature", -1, "signature of its header is wrong"),
        ("body", 4, "verdict"),
        ("body", -1, "envelopes were altered"),
        ("outcomes", 0, "outcomes of a block"),
        ("outcomes", 4 + 22, "outcomes were altered"),
        ("outcomes", -1, "who may see its outcomes"),
        ("told", 5, "who may see its outcomes"),
        ("rows", 9, "changed positions were altered"),
    ],
)
def test_a_changed_byte_is_named(copy: Path, column: str, at: int, said: str, events: bool) -> None:
    height = REDEEMED
    flip(copy, column, height, at)
    report = verify(copy, events=events)
    if column == "body" and at == 4 and events:
        assert report.good  # how a signature was judged is no event
        return
    assert (report.bad, report.height) == (height, height - 1)
    assert said in report.why
    assert report.why.startswith(f"block {height}: ")


def test_every_byte_of_a_block_counts(copy: Path) -> None:
    """Each byte of the columns that hold what happened; one in 29, to be quick."""
    with closing(sqlite3.connect(copy / FILE)) as database:
        ((header, body, outcomes, rows),) = database.execute(
            "SELECT header, body, outcomes, rows FROM blocks WHERE height = 14"
        )
    for column, data in (("header", header), ("body", body), ("outcomes", outcomes), ("rows", rows)):
        for at in range(0, len(data), 29):
            flip(copy, column, REDEEMED, at)
            assert verify(copy).bad == REDEEMED, (column, at)
            flip(copy, column, REDEEMED, at)
    assert verify(copy).good


def test_a_block_that_is_missing_or_moved_is_named(copy: Path) -> None:
    change(copy, "UPDATE blocks SET height = 99 WHERE height = 12")
    assert str(verify(copy).why) == "block 12: it is missing"
    change(copy, "UPDATE blocks SET height = 12 WHERE height = 13")
    assert "block 12: its header is that of block 13" in verify(copy).why


def test_a_time_that_was_not_given_is_found_by_executing() -> None:
    """In told time the moment a block was given has no effect; on the wall clock it has."""
    desk = Desk.at(":memory:", told=False)
    desk.does("operator", registration("A"))
    desk.does("operator", registration("B"))
    assert checking.verify_journal(desk.market.journal).good
    desk.market.journal._write.execute("UPDATE blocks SET time = time + 1 WHERE height = 2")
    report = checking.verify_journal(desk.market.journal)
    assert report.bad == 2
    assert "outcome 0 is another" in report.why
    desk.close()


def test_history_that_is_written_anew_is_found_by_what_it_comes_to(copy: Path) -> None:
    """Someone with the node's key changes an envelope and makes header, hash and signature fit."""
    key = Home.at(copy).node_key()
    with closing(sqlite3.connect(copy / FILE)) as database:
        ((data,),) = database.execute("SELECT header FROM blocks WHERE height = 12")
        forged = replace(read_header(data), touched=bytes(32))
        new = (forged.to_bytes(), forged.hash, sign_header(key, forged.hash))
        database.execute("UPDATE blocks SET header = ?, hash = ?, signature = ? WHERE height = 12", new)
        database.commit()
    assert "changed positions were altered" in verify(copy).why


def test_another_nodes_signature_is_right_but_its_key_is_told(copy: Path) -> None:
    journal = Journal(copy / FILE, writable=False)
    stored = journal.block(12)
    assert stored is not None
    journal.close()
    stranger = generate("stranger").key
    change(copy, "UPDATE blocks SET signature = ? WHERE height = 12", sign_header(stranger, stored.hash))
    assert verify(copy).good  # whose node it was is for whoever knows the keys: each signature carries its own


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE meta SET value = x'00' WHERE name = 'genesis'", "genesis was altered"),
        ("UPDATE meta SET value = x'00' WHERE name = 'format'", "not a journal of this version"),
        ("DELETE FROM meta", "not a journal of this version"),
        ("DROP TABLE blocks", "cannot be read"),
        ("UPDATE chunks SET data = zeroblob(100) WHERE number = 0", "snapshot after block"),
        ("UPDATE snapshots SET root = zeroblob(32)", "was altered"),
        ("UPDATE snapshots SET signature = zeroblob(96)", "not signed by a node"),
    ],
)
def test_what_stands_beside_the_blocks_is_named_too(copy: Path, statement: str, said: str) -> None:
    change(copy, statement)
    report = verify(copy)
    assert said in report.why
    assert not report.bad
    with pytest.raises(Damaged, match=said):
        Market.open(copy)


def test_a_market_does_not_open_on_blocks_that_were_altered(copy: Path) -> None:
    change(copy, "DELETE FROM snapshots")
    flip(copy, "outcomes", 12, 30)
    with pytest.raises(Damaged, match="block 12: its outcomes were altered"):
        Market.open(copy)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_named(copy: Path, share: float) -> None:
    data = (copy / FILE).read_bytes()
    (copy / FILE).write_bytes(data[: int(len(data) * share)])
    report = verify(copy)
    assert report.why
    with pytest.raises(Damaged):
        Market.open(copy)


def test_a_file_that_is_something_else_is_named(copy: Path) -> None:
    (copy / FILE).write_bytes(b"a shopping list\n" * 400)
    assert "broken" in verify(copy).why
    with pytest.raises(Damaged, match="broken"):
        Market.open(copy)
    (copy / FILE).unlink()
    assert "there is no journal" in verify(copy).why


def test_a_running_market_can_be_verified(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    desk.does("operator", registration("A"))
    assert (verify(tmp_path).height, verify(tmp_path).why) == (1, "")
    desk.does("operator", registration("B"))
    assert verify(tmp_path).height == 2
    desk.close()


def test_a_rule_that_does_something_else_now_is_found(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Outcome.to_bytes
    monkeypatch.setattr(Outcome, "to_bytes", lambda outcome: plain(outcome) + b"\0" * (outcome.second == 7))
    assert verify(copy).good
    monkeypatch.setattr(Outcome, "to_bytes", lambda outcome: plain(outcome)[:-1])
    report = verify(copy)
    assert (report.bad, "executed again, outcome 0 is another" in report.why) == (1, True)


def sneaking(proper: Callable[[State, object], None]) -> Callable[[State, object], None]:
    """A fault: beside what the event says, a position changes that no event tells of."""

    def evolve(state: State, event: object) -> None:
        proper(state, event)
        state.positions.set_flags(AccountNumber(1), AssetNumber(1), state.height % 2 + 1)

    return evolve


def test_a_position_that_changes_without_an_event_is_found_by_events_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EVOLVE, settlement.Settled, sneaking(EVOLVE[settlement.Settled]))
    tell(tmp_path / "data")
    assert verify(tmp_path / "data").good  # executed again with the same fault it is the same
    monkeypatch.undo()
    report = verify(tmp_path / "data", events=True)
    assert "a rule changed one without an event" in report.why
    assert report.bad


def test_a_broken_invariant_is_named(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "broken", lambda state: ["asset 1 sums to 7"] if state.height == 20 else [])
    report = verify(told)
    assert (report.bad, report.why) == (20, "block 20: after it asset 1 sums to 7")


def test_a_day_of_trading_is_good_executed_and_evolved() -> None:
    """An issue by its closing, trades, an evening with its seals; written by the market, then checked both ways."""
    town = found_town(3, 5, nominal=1_000, cash=1_000)
    town.block([raw for number in range(4) for raw in town.trade(number, number + 1, 100, 90, f"T{number}")])
    while town.state.days.systems[SystemNumber(1)].date == FIRST:
        town.send(1, [SetTime(town.state.days.agenda[0][0])])
    with Market.open(":memory:", town.genesis, Options(processes=0)) as market:
        for raws in town.blocks:
            for future in market.submit_many(raws):
                future.result(30)
        for events in (False, True):
            report = checking.verify_journal(market.journal, events=events)
            assert (report.why, report.height) == ("", market.status().height)
            assert report.envelopes == sum(map(len, town.blocks))
