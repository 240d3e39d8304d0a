"""A market that runs: receipts, subscribers, duties, halts, copies."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from bauhinia.ledger.days import DutyKind, Phase, WorkKind
from bauhinia.ledger.state import State
from bauhinia.machine.duties import DUTIES, WORK
from bauhinia.machine.events import EVOLVE
from bauhinia.node import pieces
from bauhinia.node.home import InUse
from bauhinia.node.journal import FILE, Journal
from bauhinia.node.market import Busy, Halted, Market, Options, Receipt, wall_clock
from bauhinia.node.publishing import Committed
from bauhinia.node.stored import Damaged
from bauhinia.rules.market import PhaseBegan, SetTime
from bauhinia.rules.onboarding import PartyRegistered
from bauhinia.rules.step import Step
from bauhinia.words.dates import micros_at
from bauhinia.words.reasons import Fault, Reason, Refused
from tests.node.desk import BEGAN, START, Desk, genesis, registration
from tests.support import HKT, TABLE


def test_a_receipt_says_what_came_of_an_envelope(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    receipt = desk.sends("operator", registration("A"), registration(""), SetTime(BEGAN + 1))
    assert (receipt.height, receipt.index) == (1, 0)
    assert [bool(outcome.code) for outcome in receipt.outcomes] == [False, True, False]
    assert [type(event) for event in receipt.outcomes[0].events] == [PartyRegistered]
    block = desk.market.journal.block(1)
    assert block is not None
    assert receipt.header == block.hash
    desk.close()


def test_an_envelope_that_is_refused_whole_has_one_outcome_and_uses_its_nonce_up() -> None:
    desk = Desk.at(":memory:")
    raw = desk.envelope("operator", registration("A"))
    assert desk.market.submit(raw).result(30).outcomes[0].code == 0
    again = desk.market.submit(raw).result(30)
    assert [outcome.code for outcome in again.outcomes] == [Reason.REPLAYED]
    assert again.height == 2
    desk.close()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), Reason.BAD_SIGNATURE),
        (lambda raw: raw[:-1], Reason.MALFORMED),
        (lambda raw: b"", Reason.MALFORMED),
    ],
)
def test_what_is_signed_wrongly_is_turned_away_and_leaves_no_trace(spoil: Any, reason: Reason) -> None:
    desk = Desk.at(":memory:")
    raw = desk.envelope("operator", registration("A"))
    receipt = desk.market.submit(spoil(raw)).result(30)
    assert (receipt.height, [each.code for each in receipt.outcomes]) == (0, [reason])
    assert desk.market.status().height == 0
    assert desk.market.submit(raw).result(30).outcomes[0].code == 0
    desk.close()


def test_what_follows_from_a_command_is_on_its_receipt() -> None:
    desk = Desk.at(":memory:")
    desk.opens()
    receipt = desk.does("operator", SetTime(micros_at(START, TABLE.dvp_cut_off, HKT)))
    events = [event for outcome in receipt.caused for event in outcome.events]
    assert [(type(event), event.phase) for event in events] == [(PhaseBegan, Phase.DVP_CUT_OFF)]
    desk.close()


def test_many_envelopes_go_into_blocks_in_their_order() -> None:
    desk = Desk.at(":memory:", block_size=10)
    raws = [desk.envelope("operator", registration(f"P{number}")) for number in range(35)]
    places = [(each.result(30).height, each.result(30).index) for each in desk.market.submit_many(raws)]
    assert places == sorted(places)
    assert max(index for _, index in places) < 10
    names = desk.market.read(lambda state: [party.name for party in state.parties.values()])
    assert names[1:] == [f"P{number}" for number in range(35)]
    desk.close()


def test_many_threads_send_at_once_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path, processes=2, block_size=200)
    raws = [desk.envelope("operator", registration(f"P{number}")) for number in range(400)]
    found: dict[int, Receipt] = {}

    def send(first: int) -> None:
        futures = {number: desk.market.submit(raws[number]) for number in range(first, 400, 4)}
        found.update({number: future.result(60) for number, future in futures.items()})

    threads = [threading.Thread(target=send, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, receipt in found.items():
        assert [event.name for event in receipt.outcomes[0].events] == [f"P{number}"]
        block = desk.market.journal.block(receipt.height)
        assert block is not None
        assert raws[number] in block.body
    desk.close()
    assert pieces.verify(tmp_path).envelopes == 400


def test_a_subscriber_is_told_of_every_block_once_in_order_from_where_it_stands(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    for number in range(3):
        desk.does("operator", registration(f"P{number}"))
    late: list[Committed] = []
    now: list[Committed] = []
    desk.market.subscribe(now.append)
    desk.market.subscribe(late.append, after=1)
    for number in range(3, 6):
        desk.does("operator", registration(f"P{number}"))
    assert desk.market.quiet(30)
    assert [block.height for block in now] == [4, 5, 6]
    assert [block.height for block in late] == [2, 3, 4, 5, 6]
    for told, kept in zip(late, desk.market.history(2), strict=True):
        assert told == kept
    desk.close()


def test_blocks_are_told_only_when_they_are_durable(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    seen: list[bool] = []

    def look(block: Committed) -> None:
        with sqlite3.connect(f"file:{tmp_path / FILE}?mode=ro", uri=True) as other:
            (height,) = other.execute("SELECT max(height) FROM blocks").fetchone()
            seen.append(height >= block.height)

    desk.market.subscribe(look)
    for number in range(5):
        desk.does("operator", registration(f"P{number}"))
    desk.market.quiet(30)
    assert seen == [True] * 5
    desk.close()


def test_a_subscriber_that_fails_is_told_no_more_and_stops_nobody() -> None:
    desk = Desk.at(":memory:")
    good: list[int] = []

    def bad(block: Committed) -> None:
        raise ValueError("a view is broken")

    subscription = desk.market.subscribe(bad)
    desk.market.subscribe(lambda block: good.append(block.height))
    for number in range(3):
        desk.does("operator", registration(f"P{number}"))
    desk.market.quiet(30)
    assert good == [1, 2, 3]
    assert (str(subscription.failure), subscription.at) == ("a view is broken", 0)
    desk.close()


def test_on_the_wall_clock_a_duty_runs_when_it_falls_due_though_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = wall_clock()
    desk = Desk.at(":memory:", told=False)
    ran = threading.Event()
    monkeypatch.setitem(DUTIES, DutyKind.NOTICE, lambda step, subject: ran.set())
    assert desk.market.quiet(30)
    desk.market.read(lambda state: state.schedule(wall_clock() + 50_000, DutyKind.NOTICE, 1))
    desk.market.submit(b"nudge").result(30)  # what is turned away makes no block, and wakes the sequencer
    assert ran.wait(30)
    desk.market.quiet(30)
    assert desk.market.status().height == 1
    assert desk.market.status().time >= now + 50_000
    desk.close()


def test_in_told_time_pages_come_before_whatever_is_sent_next(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk.at(":memory:")
    left = [3]

    def page(step: Step, subject: int) -> None:
        """Moves a block's worth of legs, and asks for another page until three are paid."""
        left[0] -= 1
        step.legs += 1_000_000
        if left[0]:
            step.state.follow(WorkKind.PAY_PAGE, subject)

    monkeypatch.setitem(WORK, WorkKind.PAY_PAGE, page)
    desk.market.quiet(30)
    desk.market.read(lambda state: state.follow(WorkKind.PAY_PAGE, 1))
    first = desk.sends("operator", registration("A"))
    desk.market.quiet(30)
    second = desk.sends("operator", registration("B"))
    assert left == [0]
    assert second.height - first.height >= 2
    desk.close()


def test_whoever_reads_waits_for_no_more_than_a_block() -> None:
    desk = Desk.at(":memory:", block_size=5)
    raws = [desk.envelope("operator", registration(f"P{number}")) for number in range(200)]
    futures = desk.market.submit_many(raws)
    seen = [desk.market.read(lambda state: (state.height, len(state.parties))) for _ in range(20)]
    assert seen == sorted(seen)
    assert all(parties == 1 + 5 * height for height, parties in seen)
    for future in futures:
        future.result(30)
    desk.close()


def test_the_state_is_not_asked_for_while_it_is_held() -> None:
    desk = Desk.at(":memory:")
    with pytest.raises(Fault, match="while holding it"):
        desk.market.read(lambda _: desk.market.read(lambda state: state.height))
    assert desk.market.read(lambda state: state.height) == 0
    desk.close()


def holding(market: Market) -> tuple[threading.Thread, threading.Event]:
    """A thread that reads, and goes on reading until the event is set."""
    held, release = threading.Event(), threading.Event()

    def hold(state: State) -> None:
        held.set()
        release.wait(30)

    reader = threading.Thread(target=lambda: market.read(hold))
    reader.start()
    held.wait(30)
    return reader, release


def test_a_cancelled_envelope_is_not_taken_and_a_closed_market_takes_none() -> None:
    desk = Desk.at(":memory:")
    raw, other = (desk.envelope("operator", registration(name)) for name in "AB")
    reader, release = holding(desk.market)
    first = desk.market.submit(raw)  # the sequencer takes it, and waits for its turn
    while not first.running():
        time.sleep(0.001)
    second = desk.market.submit(other)
    assert second.cancel()
    release.set()
    assert first.result(30).height == 1
    reader.join()
    desk.close()
    assert desk.market.read(lambda state: state.height) == 1
    with pytest.raises(Halted, match="closed"):
        desk.market.submit(raw).result(30)


def test_more_than_the_market_holds_is_sent_back() -> None:
    desk = Desk.at(":memory:", waiting=3)
    raws = [desk.envelope("operator", registration(f"P{number}")) for number in range(9)]
    reader, release = holding(desk.market)
    futures: list[Future[Receipt]] = [desk.market.submit(raws[0])]
    while not futures[0].running():
        time.sleep(0.001)
    futures += [desk.market.submit(raw) for raw in raws[1:]]
    release.set()
    reader.join()
    assert [isinstance(future.exception(30), Busy) for future in futures] == [False] * 4 + [True] * 5
    desk.close()


def test_two_processes_do_not_open_the_same_data(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    with pytest.raises(InUse, match="in use by process"):
        Market.open(tmp_path)
    desk.close()
    Desk.at(tmp_path).close()


def test_a_ledger_begins_once_and_is_opened_as_itself(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no ledger has begun"):
        Market.open(tmp_path / "none")
    Market.create(tmp_path, genesis()).close()
    with pytest.raises(FileExistsError, match="has begun"):
        Market.create(tmp_path, genesis())
    with pytest.raises(Damaged, match="another ledger"):
        Market.open(tmp_path, genesis(time=BEGAN + 1))
    with Market.open(tmp_path) as market:
        assert market.genesis == genesis()
    assert tmp_path.joinpath(FILE).stat().st_mode & 0o077 == 0


def test_a_rule_that_breaks_stops_the_market_with_its_data_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.at(tmp_path)
    desk.does("operator", registration("A"))

    proper = EVOLVE[PartyRegistered]

    def breaks(state: State, event: PartyRegistered) -> None:
        proper(state, event)
        if event.name == "B":
            state.parties.clear()
            raise ValueError("a bug")

    monkeypatch.setitem(EVOLVE, PartyRegistered, breaks)
    with pytest.raises(Halted, match="block 2 failed") as halted:
        desk.sends("operator", registration("B"))
    assert halted.value.lasting
    monkeypatch.undo()
    assert desk.market.status().lasting
    with pytest.raises(Halted, match="block 2 failed"):
        desk.sends("operator", registration("C"))
    with pytest.raises(Halted, match="block 2 failed"):
        desk.market.recover()
    desk.close()
    again = Desk.at(tmp_path)
    assert again.market.read(lambda state: [party.name for party in state.parties.values()]) == ["operator", "A"]
    again.does("operator", registration("B"))
    again.close()


def test_a_copy_is_made_while_the_market_runs_and_opens_by_itself(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path / "data", block_size=5)
    raws = [desk.envelope("operator", registration(f"P{number}")) for number in range(300)]
    futures = desk.market.submit_many(raws)
    futures[50].result(30)
    height = desk.market.backup(tmp_path / "copy")
    after = desk.market.status().height
    receipts = [future.result(60) for future in futures]
    assert 0 < height <= after
    assert receipts[-1].height >= height
    report = pieces.verify(tmp_path / "copy")
    assert (report.why, report.height) == ("", height)
    original = desk.market.journal.block(height)
    desk.close()
    with Market.open(tmp_path / "copy", options=Options(processes=0)) as copy:
        assert copy.journal.block(height) == original
        assert copy.node_key != desk.market.node_key
    with pytest.raises(FileExistsError):
        Journal(tmp_path / "data" / FILE, writable=False).backup(tmp_path / "copy" / FILE)


def test_refused_reads_reach_who_asked() -> None:
    desk = Desk.at(":memory:")
    with pytest.raises(Refused):
        desk.market.read(lambda state: state.account(9))  # type: ignore[arg-type]
    assert desk.market.status().height == 0
    desk.close()
