"""Series of values at the doors: over HTTP, at a desk, on the command line, and on a bond's page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest

from bauhinia.edge.cli import DONE, REFUSED, USAGE, main
from bauhinia.edge.console import pages
from bauhinia.edge.console.ladder import Flow, FlowState, ladder
from bauhinia.edge.stories.played import play
from bauhinia.rules.observing import Observe
from bauhinia.views import model
from bauhinia.wire.client import Client
from bauhinia.wire.problems import Door, DoorRefused
from tests.edge.floater import floater_story
from tests.edge.played import HongKong, played
from tests.edge.test_console import section

Capture = pytest.CaptureFixture[str]
HIBOR, BOND = "HIBOR 6M", "Railway 2026"


@pytest.fixture(scope="module")
def floater(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HongKong]:
    folder = tmp_path_factory.mktemp("floater")
    with played(folder, floater_story(folder)) as found:
        yield found


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The market in a folder that no node serves."""
    folder = tmp_path / "market"
    play(floater_story(tmp_path), folder).close()
    return folder


# ---- HTTP and desks ----


def test_a_series_for_everyone(floater: HongKong) -> None:
    with Client(floater.url) as stranger:
        (line,) = stranger.series()
        page = stranger.one_series(HIBOR)
        assert stranger.one_series("1") == page
        with pytest.raises(DoorRefused) as refused:
            stranger.one_series("HIBOR 3M")
    assert refused.value.door is Door.NOT_FOUND
    assert line == page.series
    assert (line.needed, [name for _, name in line.sources]) == (2, ["CMU", "Lead bank", "HKMA"])
    assert line.bonds == (floater.asset(BOND),)
    assert [(each.day, each.text) for each in page.values] == [(date(2025, 1, 13), "3.1%")]


@pytest.mark.parametrize(("who", "sees"), [("HKMA", 1), ("CMU", 1), ("Fund", 0), ("Railway", 0)])
def test_what_one_source_has_told_is_for_the_sources(floater: HongKong, who: str, sees: int) -> None:
    with floater.desk(who) as desk:
        told = desk.one_series(HIBOR).told
    assert len(told) == sees
    assert [(each.source_name, each.text) for each in told] == [("HKMA", "3.2%")] * sees


def test_the_desk_of_this_process_says_the_same(floater: HongKong) -> None:
    local = floater.floor.desk(floater.floor.signer("HKMA"))
    with floater.desk("HKMA") as remote:
        assert (local.series(), local.one_series(HIBOR)) == (remote.series(), remote.one_series(HIBOR))


def test_a_payment_says_what_it_waits_for(floater: HongKong) -> None:
    with Client(floater.url) as stranger:
        page = stranger.bond(floater.asset(BOND))
    first, last = page.schedule
    assert (first.fixed, first.interest.text, first.waits_for) == (True, "HKD 168,600.00", "")  # 3.4%, 181 days of 365
    assert (last.fixed, last.interest.units, last.waits_for, last.waits_day) == (False, 0, HIBOR, date(2025, 7, 11))


# ---- the console ----


def test_the_page_of_a_bond_says_what_is_not_fixed(floater: HongKong) -> None:
    with httpx.Client(base_url=floater.url) as stranger:
        html = stranger.get(f"/bonds/{floater.asset(BOND)}").text
    flows, series, terms = section(html, "flows"), section(html, "series"), section(html, "terms")
    assert "not fixed yet<small>waits for HIBOR 6M of 11 Jul 2025</small>" in flows
    assert flows.count("waits for") == 1
    assert "Per HKD 10,000.00" in flows
    assert flows.count('class="in open"') == 2 + 1  # wide and narrow, and the key's
    assert HIBOR in series
    assert "3.1%" in series
    assert "13 Jan 2025" in series
    assert "HIBOR 6M + 0.3%" in html
    assert "<dt>Rate</dt>" not in terms


def test_the_log_tells_of_values(floater: HongKong) -> None:
    with floater.browser("HKMA") as client:
        log = section(client.get("/").text, "log")
    assert "HIBOR 6M of 13 Jan 2025 is 3.1%" in log
    assert "HKMA told 3.2% for 14 Jan 2025 of series 1" in log
    with floater.browser("Fund") as client:
        assert "told 3.2%" not in client.get("/").text


def test_a_bond_without_series_has_no_part_for_them(hong_kong: HongKong) -> None:
    with hong_kong.browser() as client:
        html = client.get(f"/bonds/{hong_kong.asset('CNY 2030')}").text
    assert "What it hangs on" not in html
    assert "not fixed yet" not in html


def test_a_bar_that_is_not_fixed_has_no_amount() -> None:
    drawn = ladder(
        date(2025, 1, 15),
        [
            Flow(date(2025, 7, 15), 16_860_000, 0, FlowState.AHEAD),
            Flow(date(2026, 1, 15), 0, 0, FlowState.OPEN),
        ],
        2,
        date(2025, 1, 20),
    )
    assert "2026-01-15: not fixed yet" in drawn
    assert ">?</text>" in drawn
    assert ">168.6k</text>" in drawn


def test_what_is_not_fixed_is_open_whenever_it_is_paid(floater: HongKong) -> None:
    with Client(floater.url) as stranger:
        lines = stranger.bond(floater.asset(BOND)).schedule
    assert [pages.flow(line).state for line in lines] == [FlowState.AHEAD, FlowState.OPEN]


# ---- the command line ----


def said(capsys: Capture, *arguments: str, code: int = DONE) -> str:
    found = main(arguments)
    out, err = capsys.readouterr()
    assert found == code, err
    return out if code == DONE else err


def observe(capsys: Capture, kept: Path, day: str, value: str, who: str, code: int = DONE) -> str:
    at = ("--data", str(kept), "--as", who, "--play")
    return said(capsys, "observe", HIBOR, day, value, *at, code=code)


def test_a_value_is_told_and_stands_once_two_agree(capsys: Capture, kept: Path) -> None:
    assert "ValueTold\n" in observe(capsys, kept, "2025-01-15", "3.25%", "CMU")
    assert "ValueTold, Observed\n" in observe(capsys, kept, "2025-01-15", "0.0325", "Lead bank")
    printed = said(capsys, "series", HIBOR, "--data", str(kept))
    assert "2025-01-15  3.25%" in printed
    assert "2025-01-14              3.2%  HKMA" in printed
    assert "told by 2 of CMU, Lead bank, HKMA, up to 5 days after the day of the value" in printed


def test_a_value_without_its_percent_is_warned_of_and_nothing_is_paid_by_it(capsys: Capture, kept: Path) -> None:
    for who in ("CMU", "Lead bank"):
        at = ("--data", str(kept), "--as", who, "--play")
        assert main(["observe", HIBOR, "2025-01-15", "2.131", *at]) == DONE
        warned = capsys.readouterr().err
        assert "2.131 is more than 100% a year, and HKPLAYGRACE7 pays by it: is 2.131% meant?\n" in warned
        assert main(["observe", HIBOR, "2025-01-15", "2.131%", *at]) == DONE
        assert capsys.readouterr().err == ""


def test_series_are_listed_with_their_bonds(capsys: Capture, kept: Path) -> None:
    printed = said(capsys, "series", "--data", str(kept))
    assert "HIBOR 6M  2025-01-13   3.1%  2 of CMU, Lead bank, HKMA  HKPLAYGRACE7" in printed
    (line,) = json.loads(said(capsys, "series", "--data", str(kept), "--json"))
    assert (line["name"], line["latest"]["value"]) == (HIBOR, "31/1000")
    page: dict[str, Any] = json.loads(said(capsys, "series", HIBOR, "--data", str(kept), "--json"))
    assert page["series"] == line
    assert [each["text"] for each in page["told"]] == ["3.2%"]


@pytest.mark.parametrize(
    ("day", "value", "who", "code", "complaint"),
    [
        ("2025-01-15", "3.1%", "Fund", REFUSED, "NOT_AUTHORISED"),
        ("2025-01-16", "3.1%", "CMU", REFUSED, "is to come"),
        ("2025-01-09", "3.1%", "CMU", REFUSED, "is past for more than 5 days"),
        ("2025-01-15", "three", "CMU", USAGE, 'expected a number such as "99.901", not "three"'),
        ("15.1.2025", "3.1%", "CMU", REFUSED, "15.1.2025"),
    ],
)
def test_a_value_that_is_not_taken(
    capsys: Capture, kept: Path, day: str, value: str, who: str, code: int, complaint: str
) -> None:
    line = observe(capsys, kept, day, value, who, code)
    assert complaint in line
    assert line.count("\n") == 1


def test_a_series_that_is_not_there(capsys: Capture, kept: Path) -> None:
    assert "NOT_FOUND" in said(capsys, "series", "HIBOR 3M", "--data", str(kept), code=REFUSED)
    assert main(["observe", HIBOR, "2025-01-15", "3.1%", "--data", str(kept)]) == USAGE


def test_an_observation_is_a_command_like_any_other(tmp_path: Path) -> None:
    with play(floater_story(tmp_path)) as floor:
        desk = floor.desk(floor.signer("CMU"))
        desk.do(Observe(HIBOR, date(2025, 1, 14), Fraction("0.032")))
        assert [each.day for each in desk.one_series(HIBOR).values] == [date(2025, 1, 14), date(2025, 1, 13)]
        assert desk.one_series(HIBOR).told == ()
        assert isinstance(desk.series()[0], model.SeriesLine)
