"""`bauhinia cashflows` and `price`: what a slip of the hand comes to, and what else who asks should be told."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bauhinia.edge.cli import DONE, REFUSED, USAGE, main

ROOT = Path(__file__).resolve().parents[2]
SHEETS = ROOT / "examples" / "term-sheets"
Capture = pytest.CaptureFixture[str]

BOND = """\
name = "Example 2031"
currency = "EUR"
issue_date = 2026-02-16
maturity = 2031-02-16
rate = "3%"
frequency = "annual"
day_count = "Act/Act ICMA"
business_day = "following"
adjusted = false
calendars = "EU_TARGET"
denomination = "EUR 1,000.00"
"""
FLOATER = """\
name = "Floater 2027"
currency = "EUR"
issue_date = 2026-02-16
maturity = 2027-02-16
frequency = "semi-annual"
day_count = "Act/360"
business_day = "modified following"
adjusted = true
calendars = "EU_TARGET"
denomination = "EUR 1,000.00"

[floating]
index = "EURIBOR 6M"
margin = "-0.3%"
centres = "EU_TARGET"
"""
SETTLE = ("--settle", "2026-05-20")


def write(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text, "utf-8")
    return str(file)


def said(capsys: Capture, *arguments: str, code: int = DONE) -> str:
    found = main(arguments)
    out, err = capsys.readouterr()
    assert found == code, err
    return out if code == DONE else err


def told(capsys: Capture, *arguments: str) -> Any:
    return json.loads(said(capsys, *arguments, "--json"))


@pytest.fixture
def bond(tmp_path: Path) -> str:
    return write(tmp_path, "bond.toml", BOND)


# ---- what is known ----


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("fixings.toml", '["EURIBOR 6M"]\n2026-02-11 = "2.1%"\n2026-02-12 = "2.131"\n', 3),
        ("fixings.csv", "series,date,value\nEURIBOR 6M,2026-02-12,2.131\n", 2),
    ],
)
def test_a_fixing_without_its_percent_is_told_with_its_line(
    capsys: Capture, tmp_path: Path, name: str, text: str, line: int
) -> None:
    sheet, known = write(tmp_path, "floater.toml", FLOATER), write(tmp_path, name, text)
    expected = f"{known}:{line}: EURIBOR 6M: 2.131 of 2026-02-12 is above one; is 2.131% meant?\n"
    assert said(capsys, "cashflows", sheet, "--known", known, code=REFUSED) == expected
    asked = ("price", sheet, *SETTLE, "--price", "99", "--forward", "2%", "--known", known)
    assert said(capsys, *asked, code=REFUSED) == expected


def test_the_file_that_told_it_last_is_named(capsys: Capture, tmp_path: Path) -> None:
    sheet = write(tmp_path, "floater.toml", FLOATER)
    right = write(tmp_path, "right.toml", '["EURIBOR 6M"]\n2026-02-12 = "2.1%"\n')
    wrong = write(tmp_path, "wrong.toml", '# of another source\n["EURIBOR 6M"]\n2026-02-12 = "2.1"\n')
    line = said(capsys, "cashflows", sheet, "--known", right, "--known", wrong, code=REFUSED)
    assert line.startswith(f"{wrong}:3: ")
    assert told(capsys, "cashflows", sheet, "--known", wrong, "--known", right)["payments"][0]["rate"] == "1.8%"


def test_nothing_is_asked_of_who_holds(capsys: Capture, tmp_path: Path) -> None:
    sheet = write(tmp_path, "floater.toml", FLOATER)
    known = write(tmp_path, "known.toml", '["EURIBOR 6M"]\n2026-02-12 = "-0.5%"\n2026-08-13 = "0.2%"\n')
    payments = told(capsys, "cashflows", sheet, "--known", known)["payments"]
    assert [(each["rate"], each["interest"], each["total"]) for each in payments] == [("0%", "0.00", "1000.00")]


def test_a_price_takes_what_is_known(capsys: Capture, tmp_path: Path) -> None:
    """A target that was missed adds a percent from 2028 on; without its report there is no price."""
    sheet = write(
        tmp_path,
        "linked.toml",
        BOND + '\n[[sustainability]]\ntarget = "KPI"\nobserved = 2027-12-31\nuntil = 2028-01-31\n'
        'first = 2028-02-16\nmargin = "1%"\n',
    )
    asked = ("price", sheet, *SETTLE, "--yield", "3%")
    assert "KPI: its value of 2027-12-31 is not known" in said(capsys, *asked, code=REFUSED)
    prices = []
    for met in ("true", "false"):
        known = write(tmp_path, f"{met}.toml", f"[KPI]\n2027-12-31 = {met}\n")
        prices.append(float(told(capsys, *asked, "--known", known)["clean_price"]))
        for market in ("Germany", "US street", "JGB compound"):
            told(capsys, *asked, "--known", known, "--market", market)
    assert prices[0] == pytest.approx(100, abs=0.02)
    assert 2.6 < prices[1] - prices[0] < 2.8


def test_a_price_is_of_what_is_outstanding(capsys: Capture, tmp_path: Path) -> None:
    """Three of five equal parts are left: at its own rate the price is par, and it settles for three fifths."""
    sheet = write(tmp_path, "linear.toml", BOND + '\n[repayment]\nkind = "linear"\n')
    asked = ("price", sheet, "--settle", "2028-02-16", "--yield", "3%", "--nominal", "10,000.00")
    found = told(capsys, *asked)
    assert (found["clean_price"], found["factor"]) == ("100.000000", "0.600000")
    assert found["settlement_amount"] == "EUR 6,000.00"
    assert float(found["duration"]) == pytest.approx(1.96, abs=0.01)


# ---- numbers as they are typed ----


def test_a_number_below_zero_is_no_option(capsys: Capture, tmp_path: Path, bond: str) -> None:
    assert float(told(capsys, "price", bond, *SETTLE, "--yield", "-0.5%")["clean_price"]) > 115
    assert told(capsys, "price", bond, *SETTLE, "--yield", "-0.005")["yield"] == "-0.5%"
    carried = told(capsys, "price", bond, *SETTLE, "--yield", "2%", "--repo", "-0.25%", "--until", "2026-08-20")
    assert carried["carry"]["repo_rate"] == "-0.25%"
    sheet = write(tmp_path, "floater.toml", FLOATER)
    known = write(tmp_path, "known.toml", '["EURIBOR 6M"]\n2026-02-12 = "2.1%"\n')
    asked = ("price", sheet, *SETTLE, "--known", known, "--forward", "-0.2%", "--margin", "-0.1%")
    assert told(capsys, *asked)["discount_margin"] == "-0.1%"


@pytest.mark.parametrize("written", ["0", "0.00"])
def test_no_price_is_nothing(capsys: Capture, bond: str, written: str) -> None:
    line = said(capsys, "price", bond, *SETTLE, "--price", written, code=REFUSED)
    assert line == f"bauhinia price: price: {written} is not above zero\n"


@pytest.mark.parametrize("command", [("cashflows",), ("price", *SETTLE, "--price", "99")])
@pytest.mark.parametrize("written", ["1,500.00", "0.01", "0"])
def test_a_nominal_amount_that_nobody_can_hold(capsys: Capture, bond: str, command: list[str], written: str) -> None:
    line = said(capsys, command[0], bond, *command[1:], "--nominal", written, code=REFUSED)
    amount = "0.00" if written == "0" else written
    assert line == f"bauhinia {command[0]}: nominal: EUR {amount} is not a multiple of EUR 1,000.00\n"


@pytest.mark.parametrize(
    ("day", "complaint"),
    [
        ("2026-02-15", "2026-02-15 is before the issue date, 2026-02-16"),
        ("2031-02-16", "2031-02-16 is not before the maturity, 2031-02-16"),
    ],
)
def test_a_settlement_out_of_the_bonds_life(capsys: Capture, bond: str, day: str, complaint: str) -> None:
    for market in ((), ("--market", "Hong Kong"), ("--market", "JGB simple")):
        line = said(capsys, "price", bond, "--settle", day, "--yield", "3%", *market, code=REFUSED)
        assert line == f"bauhinia price: settlement_date: {complaint}\n"


def test_until_is_after_the_issue(capsys: Capture) -> None:
    sheet = str(SHEETS / "perpetual.toml")
    line = said(capsys, "schedule", sheet, "--until", "2025-01-01", code=USAGE)
    assert "--until: 2025-01-01 is not after the issue date" in line


# ---- files ----


def test_a_file_may_begin_with_a_byte_order_mark(capsys: Capture, tmp_path: Path) -> None:
    mark = "\ufeff"
    sheet, known = write(tmp_path, "a.toml", mark + FLOATER), write(tmp_path, "k.csv", mark + "series,date,value\n")
    assert told(capsys, "cashflows", sheet, "--known", known)["name"] == "Floater 2027"
    wrong = write(tmp_path, "b.toml", mark + BOND.replace("3%", "3 percent"))
    assert f"{wrong}:5: rate: " in said(capsys, "cashflows", wrong, code=REFUSED)


def test_two_bonds_of_one_name_cannot_be_told_apart(capsys: Capture, tmp_path: Path) -> None:
    one = "[[bond]]\n" + BOND
    file = write(tmp_path, "two.toml", one + one.replace("3%", "4%"))
    line = said(capsys, "cashflows", file, "--bond", "Example 2031", code=REFUSED)
    assert line == f'{file}:14: name: another bond of this file is "Example 2031" too\n'


# ---- what is said beside ----


def test_that_it_may_be_repaid_early_is_said(capsys: Capture) -> None:
    sheet = str(SHEETS / "callable-step-up.toml")
    remark = "callable from 2029-02-16 to 2032-02-16, on coupon dates at 100%\n"
    assert remark in said(capsys, "cashflows", sheet)
    assert remark in said(capsys, "price", sheet, *SETTLE, "--price", "99")


def test_a_price_as_csv(capsys: Capture, tmp_path: Path, bond: str) -> None:
    asked = ("price", bond, *SETTLE, "--yield", "3%", "--repo", "2%", "--until", "2026-08-20")
    (row,) = csv.DictReader(StringIO(said(capsys, *asked, "--csv", "-")))
    found = told(capsys, *asked)
    assert row["name"] == "Example 2031"
    for key in ("settlement_date", "yield", "clean_price", "dirty_price", "duration", "dv01"):
        assert row[key] == found[key]
    assert row["carry_forward_clean_price"] == found["carry"]["forward_clean_price"]
    file = tmp_path / "price.csv"
    assert said(capsys, *asked, "--csv", str(file)) == f"written to {file}\n"
