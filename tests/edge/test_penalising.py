"""What fails cost, at the doors: the story of fails, asked from the command line and over the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bauhinia.edge.cli import DONE, main
from tests.edge.played import HongKong, played

Capture = pytest.CaptureFixture[str]
MARCH = date(2026, 3, 1)


@pytest.fixture(scope="module")
def fails(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HongKong]:
    with played(tmp_path_factory.mktemp("fails"), Path(__file__).resolve().parents[2] / "stories" / "fails.toml") as at:
        yield at


def said(capsys: Capture, at: HongKong, who: str, *arguments: str) -> str:
    capsys.readouterr()
    assert main(["penalties", *arguments, "--url", at.url, "--as", who, "--play"]) == DONE
    return capsys.readouterr().out


def told(capsys: Capture, at: HongKong, who: str, *arguments: str) -> Any:
    return json.loads(said(capsys, at, who, *arguments, "--json"))


def test_a_month_from_the_command_line(fails: HongKong, capsys: Capture) -> None:
    found = told(capsys, fails, "Dealer", "--month", "2026-03")
    assert [each["amount"]["text"] for each in found["penalties"] if each["pays"]] == [
        "EUR 196.80", "EUR 197.20", "EUR 197.00", "EUR 328.33", "EUR 328.33", *["EUR 98.50"] * 4,
    ]  # fmt: skip
    assert [each["amount"]["text"] for each in found["penalties"] if not each["pays"]] == ["EUR 98.50"]
    assert [(each["payee_name"], each["amount"]["text"], each["status"]) for each in found["nets"]] == [
        ("Bank", "EUR 656.66", "SETTLED"), ("Fund", "EUR 886.50", "SETTLED"),
    ]  # fmt: skip
    (sums,) = found["sums"]
    assert (sums["pays"]["text"], sums["gets"]["text"], sums["net"]["text"]) == (
        "EUR 1,641.66", "EUR 98.50", "EUR -1,543.16",
    )  # fmt: skip
    assert "EUR 657.33" not in json.dumps(found), "what the insurer owed the bank is not its business"
    printed = said(capsys, fails, "Insurer", "--month", "2026-03")
    assert "EUR 657.33" in printed
    assert "removed" in printed
    assert "no penalties" in said(capsys, fails, "Insurer")  # of April
    rates = said(capsys, fails, "Insurer", "--rates")
    assert "1/10 bp" in rates
    assert "Overnight credit" in rates


def test_the_same_over_the_api(fails: HongKong) -> None:
    with fails.desk("Fund") as fund, fails.desk("Broker") as broker:
        report = fund.penalties(MARCH)
        assert [each.net.text for each in report.sums] == ["EUR 886.50"]
        assert fund.penalties().penalties == ()
        assert {each.what for each in fund.penalty_rates().rates} == {"SOVEREIGN", "DEBT", "GROWTH", "OTHER", "CASH"}
        (line,) = fund.buy_ins()
        assert (line.agent_name, line.status, line.limit_price, line.difference.text) == (
            "Broker", "BOUGHT", "101", "EUR 130,000.00",
        )  # fmt: skip
        assert [each.difference.units for each in broker.buy_ins()] == [0]
        assert broker.penalties(MARCH).penalties == ()
