"""Bills and reports at the command line: the story of a month of fees, kept in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bauhinia.edge.cli import DONE, REFUSED, main
from bauhinia.edge.stories.played import play

STORY = Path(__file__).resolve().parents[2] / "stories" / "bills.toml"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bills") / "market"
    play(STORY, folder).close()
    return folder


def said(capsys: Capture, kept: Path, who: str, *arguments: str, code: int = DONE) -> Any:
    """The JSON that a command answers with."""
    capsys.readouterr()
    assert main([*arguments, "--data", str(kept), "--as", who, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def printed(capsys: Capture, kept: Path, who: str, *arguments: str) -> str:
    capsys.readouterr()
    assert main([*arguments, "--data", str(kept), "--as", who]) == DONE
    return capsys.readouterr().out


def test_bills_are_the_party_s_own(kept: Path, capsys: Capture) -> None:
    assert len(said(capsys, kept, "CMU", "bill")) == 5
    (mine,) = said(capsys, kept, "Dealer", "bill")
    assert (mine["total"]["text"], mine["status"]) == ("HKD 231.13", "PAID")
    said(capsys, kept, "Dealer", "bill", "2", code=REFUSED)
    told = printed(capsys, kept, "Bank", "bill", "2")
    assert "Bill 2 of CMU to Bank, February 2025" in told
    assert "the first slip of a year is free" in told
    assert "HKD 1,136.90 in all, HKD 1,136.90 paid, due 2025-03-17: paid" in told
    assert "1 in all" in printed(capsys, kept, "Dealer", "bill")
    assert "disputed: on 12 February" in printed(capsys, kept, "Dealer", "bill", "3")


def test_how_trades_settle(kept: Path, capsys: Capture) -> None:
    days = said(capsys, kept, "CMU", "report", "efficiency")
    assert days == []  # a depository that is no operator and party to nothing
    days = said(capsys, kept, "Dealer", "report", "efficiency", "--by", "day", "--from", "2025-02-10")
    assert [(each["group"], each["rate"]) for each in days] == [("2025-02-11", "0"), ("2025-02-13", "1")]
    assert "LACK" in printed(capsys, kept, "Dealer", "report", "efficiency", "--by", "reason")
    assert "CLAC" in printed(capsys, kept, "Pension fund", "report", "efficiency", "--by", "reason")
    assert "nothing was due" in printed(capsys, kept, "Lead bank", "report", "efficiency")


def test_what_money_will_come_and_go(kept: Path, capsys: Capture) -> None:
    (today,) = said(capsys, kept, "Dealer", "report", "liquidity")
    assert (today["opening"]["text"], today["closing"]["text"]) == ("HKD 768.87", "HKD 768.87")
    of_another = said(capsys, kept, "operator", "report", "liquidity", "--of", "Dealer", "--days", "7")
    assert [each["closing"]["text"] for each in of_another] == ["HKD 768.87"]
    assert "e-HKD" in printed(capsys, kept, "Dealer", "report", "liquidity")
    assert "no money, and none to come or go" in printed(capsys, kept, "Lead bank", "report", "liquidity")
