"""Payments, sets and mandates at the command line, in markets of stories that are stopped on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bauhinia.edge.cli import DONE, REFUSED, USAGE, main
from bauhinia.edge.stories.played import play

STORIES = Path(__file__).resolve().parents[2] / "stories"
Capture = pytest.CaptureFixture[str]


def market(tmp_path: Path, name: str, until: str) -> Path:
    """The market of a story as it stands before a line."""
    told, found, _ = (STORIES / f"{name}.toml").read_text(encoding="utf-8").partition(until)
    assert found
    story, folder = tmp_path / f"{name}.toml", tmp_path / "market"
    story.write_text(told, encoding="utf-8")
    play(story, folder).close()
    return folder


def said(capsys: Capture, kept: Path, who: str, *arguments: str, code: int = DONE) -> Any:
    """The JSON that a command answers with."""
    capsys.readouterr()
    assert main([*arguments, "--data", str(kept), "--as", who, "--play", "--json"]) == code
    return json.loads(capsys.readouterr().out)


BANK_A, BANK_B = "2", "3"  # the accounts of these, in the order in which the story declares them


def test_a_payment_is_ordered_and_made(tmp_path: Path, capsys: Capture) -> None:
    kept = market(tmp_path, "fx-pvp", "# Payments alone")
    paying = ("pay", "1,000.00", "--money", "e-HKD", "--account", BANK_A, "--to", BANK_B, "--reference", "rent")
    receipt = said(capsys, kept, "Bank A", *paying)
    assert receipt["outcomes"][0]["events"][0]["event"] == "payment_ordered"
    statement = said(capsys, kept, "Bank B", "statement", BANK_B)
    last = statement["entries"][-1]
    assert (last["reference"], last["change"]["text"], last["kind"]) == ("rent", "HKD 1,000.00", "PAYMENT")
    assert said(capsys, kept, "Bank A", *paying, code=REFUSED)["problem"]["reason"] == "DUPLICATE"
    capsys.readouterr()
    wrong = [*paying[:3], "e-EUR", *paying[4:], "--data", str(kept), "--as", "Bank A", "--play"]
    assert main(wrong) == USAGE
    assert "there is no money e-EUR; there are e-HKD" in capsys.readouterr().err


def test_one_that_is_held_or_lacks_its_money_waits(tmp_path: Path, capsys: Capture) -> None:
    kept = market(tmp_path, "fx-pvp", "# Payments alone")
    paying = ("--money", "e-HKD", "--account", BANK_A, "--to", BANK_B, "--settle", "2026-01-08", "--priority", "2")
    said(capsys, kept, "Bank A", "pay", "900,000,000.00", *paying, "--reference", "too much")
    said(capsys, kept, "Bank A", "pay", "1.00", *paying, "--reference", "held", "--hold")
    waiting = said(capsys, kept, "Bank A", "queue")["waiting"]
    assert [(each["kind"], each["reason"], each["priority"]) for each in waiting] == [
        ("PAYMENT", "MONY", 2), ("PAYMENT", "PREA", 2),
    ]  # fmt: skip


def test_sets_are_listed_for_their_parties(tmp_path: Path, capsys: Capture) -> None:
    kept = market(tmp_path, "fx-pvp", '[[step]]\nby = "Onlooker"\ndo = "agree_set"')
    (line,) = said(capsys, kept, "Insurer", "sets", "--unanswered")
    assert (line["reference"], line["status"], len(line["legs"]), line["awaits_you"]) == ("SWITCH", "OPEN", 5, True)
    assert said(capsys, kept, "Onlooker", "sets") == []
    assert said(capsys, kept, "Bank A", "sets", "--unanswered") == []
    capsys.readouterr()
    assert main(["sets", "--data", str(kept), "--as", "Bank B", "--play"]) == DONE
    out = capsys.readouterr().out
    assert "SWITCH" in out
    assert "1 sets, of which 1 await you" in out
    assert out.count(" to ") == 5


def test_mandates_are_listed_with_what_is_used(tmp_path: Path, capsys: Capture) -> None:
    kept = market(tmp_path, "venue", "[[step]]\nat = 2026-01-09 09:30:00")
    (line,) = said(capsys, kept, "Bank", "mandates")
    assert (line["agent_name"], line["used"]["text"], line["ended"]) == ("Venue", "HKD 25,000,000.00", "")
    assert len(said(capsys, kept, "Venue", "mandates")) == 2
    capsys.readouterr()
    assert main(["mandates", "--data", str(kept), "--as", "Fund", "--play"]) == DONE
    out = capsys.readouterr().out
    assert "in force" in out
    assert "40,000,000.00" in out
