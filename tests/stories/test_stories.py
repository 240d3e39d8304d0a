"""Every story of the repository plays, holds what it says, and comes to the blocks that its conformance file has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bauhinia.edge.stories import Machine, Played, Running, genesis_of, play, read_file, read_story, report
from bauhinia.edge.stories.expected import expected_file, expected_lines
from bauhinia.machine.block import apply_block
from bauhinia.machine.genesis import begin
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.node.market import Market
from bauhinia.node.verify import verify
from bauhinia.rules.market import PhaseBegan
from bauhinia.words.dates import format_instant
from tests.stories.samples import STORY, played

STORIES = sorted((Path(__file__).resolve().parents[2] / "stories").glob("*.toml"))
NAMES = [story.stem for story in STORIES]


def of(name: str) -> Path:
    return next(story for story in STORIES if story.stem == name)


def test_the_stories_of_the_market_are_there() -> None:
    wanted = (
        "hong-kong-2023",
        "hong-kong-2024",
        "hong-kong-2025",
        "world-bank-bond-i",
        "typhoon-and-fail",
        "hsbc-2024",
        "custody-chain",
        "missed-payment",
        "who-waits-for-what",
        "in-parts",
        "powers-and-breaks",
        "eib-2021",
        "eib-2022",
        "slovenia-2024",
        "kfw-2024",
        "futian-2025",
        "us-bill",
        "us-note",
        "us-tips",
        "uk-index-linked-gilt",
        "japan-jgb",
        "korea-ktb",
        "sofr-floater",
        "hong-kong-ibond",
        "amortiser",
        "callable",
        "withholding-tax",
        "when-issued",
        "step-up",
        "annuity-and-pool",
        "perpetual-and-make-whole",
        "drawn-by-lot",
        "gridlock",
        "linked-trades",
        "in-cycles",
        "a-bank-fails",
        "silent-rtgs",
    )
    assert set(wanted) <= set(NAMES)


@pytest.mark.parametrize("story", STORIES, ids=NAMES)
def test_a_story_plays_and_comes_to_the_blocks_of_its_conformance_file(story: Path) -> None:
    plan = read_file(story)
    machine = Machine(genesis_of(plan))
    told = play(plan, machine)
    wrong = "blocks differ from the conformance file: if they are meant to, run script/expected"
    assert expected_lines(told) == expected_file(story).read_text(encoding="utf-8").splitlines(), wrong
    _sums_to_zero(machine)
    _says_everything(told)
    _replays(machine, told)


def _sums_to_zero(machine: Machine) -> None:
    state = machine.state
    for number in state.assets:
        rows = state.positions.rows_of(number)
        assert sum(state.positions.columns[row * 4 + 1] for row in rows) == 0, state.assets[number].code


def _says_everything(told: Played) -> None:
    """Every position, every payment, every refusal and figure is in the report, in words and in JSON."""
    found = report(told)
    written = "\n".join(found.lines())
    assert json.loads(json.dumps(found.as_json()))["title"] == told.plan.title
    for holding in found.holdings:
        assert f"{holding.party}  " in written
        assert holding.amount in written
    assert len(found.refusals) == sum(bool(step.refused) for step in told.plan.steps)
    assert found.figures or not told.plan.figures
    assert all(each["theirs"] == each["ours"] for each in found.figures)
    assert not re.search(r"\b(account|party|asset) [0-9]+\b", written.split("Refused")[0]), (
        "a number where a name is due"
    )


def _replays(machine: Machine, told: Played) -> None:
    """The same blocks on a fresh state, its snapshot taken and read half way: the same headers."""
    state = begin(machine.genesis)
    for at, (block, line) in enumerate(zip(machine.blocks, told.record.lines, strict=True)):
        if at == len(machine.blocks) // 2:
            state = read_snapshot(write_snapshot(state))
        entries = verify([entry.raw for entry in block.entries])
        block.entries = entries
        assert apply_block(state, block, watched=False).header.hash == line.hash


def test_a_running_market_comes_to_the_same_blocks_as_one_in_memory(tmp_path: Path) -> None:
    in_memory = played(STORY)
    plan = read_story(STORY, "x.toml")
    with Market.create(tmp_path / "market", genesis_of(plan)) as market:
        running = play(plan, Running(market))
        assert report(running).lines() == report(in_memory).lines()
        assert [line.hash for line in running.record.lines] == [line.hash for line in in_memory.record.lines]


def test_a_stranger_is_shown_nothing_but_what_is_public() -> None:
    told = play_of("hong-kong-2025")
    newspaper = told.names.numbers["party", "Newspaper"]
    seen = {type(each.event).__name__ for each in told.record.happenings if newspaper in each.audience}
    assert not seen, "it takes no part, and is told nothing of its own"


def play_of(name: str) -> Played:
    plan = read_file(of(name))
    return play(plan, Machine(genesis_of(plan)))


def test_the_paper_note_is_marked_up_and_down_with_what_it_backs() -> None:
    told = play_of("hong-kong-2023")
    note = told.driver.read(lambda state: state.codes["TGB 2024 note"])
    millions = [flow.amount // 10**8 for flow in told.record.flows if flow.asset == note]
    assert millions == [200, 150, 150, 300] + [200, 150, 100, 200, 150], "up as it was allotted, down as it was held"


def test_time_is_told_through_every_duty_at_its_own_moment() -> None:
    told = played(STORY)
    phases = [each for each in told.record.happenings if isinstance(each.event, PhaseBegan)]
    assert [(str(each.event.date), each.event.phase.name) for each in phases[:6]] == [
        ("2026-02-02", "OPEN"), ("2026-02-02", "DVP_CUT_OFF"), ("2026-02-02", "FOP_CUT_OFF"),
        ("2026-02-02", "END_OF_DAY"), ("2026-02-03", "CLOSED"), ("2026-02-03", "OPEN"),
    ]  # fmt: skip
    assert [format_instant(each.time, 480)[11:16] for each in phases[:4]] == ["09:00", "16:00", "17:00", "18:00"]
