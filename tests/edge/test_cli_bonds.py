"""`bauhinia schedule`, `cashflows`, `price`: each example in each form, published prices, what is wrong by line."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bauhinia.edge.cli import DONE, REFUSED, USAGE, main
from bauhinia.edge.cli.drawing import Bar, ladder

ROOT = Path(__file__).resolve().parents[2]
SHEETS = ROOT / "examples" / "term-sheets"
INFLATION = ROOT / "examples" / "known" / "inflation.csv"
EXAMPLES = sorted(path.stem for path in SHEETS.glob("*.toml"))
SVG = "{http://www.w3.org/2000/svg}"
Capture = pytest.CaptureFixture[str]


def example(name: str) -> str:
    return str(SHEETS / f"{name}.toml")


def said(capsys: Capture, *arguments: str, code: int = DONE) -> str:
    """What a command says on standard output, or on standard error where it is refused."""
    found = main(arguments)
    out, err = capsys.readouterr()
    assert found == code, err
    return out if code == DONE else err


def told(capsys: Capture, *arguments: str) -> Any:
    return json.loads(said(capsys, *arguments, "--json"))


def test_there_is_an_example_of_each_kind() -> None:
    assert EXAMPLES == [
        "annuity",
        "callable-step-up",
        "hong-kong-ibond",
        "index-linked-gilt",
        "jgb",
        "ktb",
        "perpetual",
        "sofr-floater",
        "us-treasury-bill",
        "us-treasury-note",
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_runs_in_every_form(capsys: Capture, tmp_path: Path, name: str) -> None:
    for command, rows in (("schedule", "periods"), ("cashflows", "payments")):
        found = told(capsys, command, example(name))[rows]
        assert found
        listed = list(csv.DictReader(StringIO(said(capsys, command, example(name), "--csv", "-"))))
        assert [each["payment_date"] for each in listed] == [each["payment_date"] for each in found]
        printed = said(capsys, command, example(name))
        for each in found:
            day = date.fromisoformat(each["payment_date"])
            assert f"{day:%a} {day}" + (" *" if each["provisional"] else "") in printed
    drawing = tmp_path / "ladder.svg"
    said(capsys, "cashflows", example(name), "--plot", str(drawing))
    assert ElementTree.parse(drawing).getroot().tag == f"{SVG}svg"


# ---- schedule ----


def test_a_schedule_knows_what_its_calendar_does_not(capsys: Capture) -> None:
    printed = said(capsys, "schedule", example("jgb"))
    assert " 1  2025-12-20  2026-06-20   182  Fri 2026-06-19  Mon 2026-06-22\n" in printed
    assert " 3  2026-12-20  2027-06-20   182  Fri 2027-06-18  Mon 2027-06-21 *\n" in printed
    assert "* provisional: may move once the calendar is known (JP is known through 2026-12-31)" in printed


def test_a_calendar_from_a_file(capsys: Capture, tmp_path: Path) -> None:
    calendar = tmp_path / "JP.toml"
    calendar.write_text(
        'centre = "JP"\nversion = 9\nknown_from = 2025-01-01\nknown_through = 2036-12-31\n'
        "weekend = [5, 6]\nholidays = [2026-06-22]\nworked = []\n"
    )
    found = told(capsys, "schedule", example("jgb"), "--calendar", str(calendar))
    assert found["calendars"] == [{"centre": "JP", "version": 9, "known_through": "2036-12-31"}]
    assert found["periods"][0]["payment_date"] == "2026-06-23"
    assert not any(each["provisional"] for each in found["periods"])


def test_a_perpetual_bond_goes_as_far_as_is_asked(capsys: Capture) -> None:
    found = told(capsys, "schedule", example("perpetual"), "--until", "2027-07-01")
    assert [each["end"] for each in found["periods"]] == ["2026-07-01", "2027-01-01", "2027-07-01"]
    assert "never repaid: shown to 2036-01-01" in said(capsys, "cashflows", example("perpetual"))


def test_what_was_assumed_is_said(capsys: Capture) -> None:
    assert "assumed, not published: record date" in said(capsys, "schedule", example("us-treasury-note"))
    assert told(capsys, "schedule", example("us-treasury-note"))["assumed"] == ["record_date"]


# ---- cash flows ----


def test_interest_that_steps_up(capsys: Capture) -> None:
    found = told(capsys, "cashflows", example("callable-step-up"), "--nominal", "10,000.00")
    assert [each["interest"] for each in found["payments"]] == ["250.00"] * 3 + ["300.00"] * 2 + ["375.00"] * 2
    assert [each["principal"] for each in found["payments"]] == ["0.00"] * 6 + ["10000.00"]
    assert found["payments"][-1]["total"] == "10375.00"


def test_what_is_not_yet_fixed_says_what_it_waits_for(capsys: Capture) -> None:
    first, second, third, *_, last = told(
        capsys, "cashflows", example("hong-kong-ibond"), "--known", str(INFLATION), "--nominal", "100,000.00"
    )["payments"]
    assert (first["rate"], first["interest"], first["waits_for"]) == ("4.32%", "2165.90", "")
    assert (second["rate"], second["interest"]) == ("4%", "1994.50")  # the floor
    assert (third["rate"], third["interest"], third["total"]) == (None, None, None)
    assert third["waits_for"] == "HK inflation of 2027-06-23"
    assert (last["interest"], last["principal"]) == (None, "100000.00")
    printed = said(capsys, "cashflows", example("hong-kong-ibond"), "--known", str(INFLATION))
    assert "  not yet fixed (HK inflation of 2027-06-23)\n" in printed
    assert "in all HKD 416.04 of interest and 10,000.00 of principal, as far as it is fixed" in printed


def test_an_annuity_pays_the_same_each_time(capsys: Capture) -> None:
    found = told(capsys, "cashflows", example("annuity"))["payments"]
    assert len(found) == 360
    assert {each["total"] for each in found[:-1]} == {"454.65"}
    assert sum(float(each["principal"]) for each in found) == pytest.approx(100_000)


def test_csv_goes_into_a_file(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "flows.csv"
    assert said(capsys, "cashflows", example("us-treasury-bill"), "--csv", str(file)) == f"written to {file}\n"
    assert file.read_text() == (
        "payment_date,record_date,rate,interest,principal,total,waits_for,provisional\n"
        "2022-11-10,2022-11-09,0%,0.00,100.00,100.00,,false\n"
    )


def test_the_ladder_says_what_it_draws() -> None:
    bars = [
        Bar(date(2027, 1, 4), 2_000, 0, False),
        Bar(date(2028, 1, 3), 2_000, 0, True),
        Bar(date(2029, 1, 3), None, 0, False),
        Bar(date(2030, 1, 3), 2_000, 100_000, False),
    ]
    drawn = ladder("A & B", "on EUR 1,000.00 nominal", "EUR", 2, date(2026, 1, 1), bars)
    root = ElementTree.fromstring(drawn)
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert texts[:2] == ["A & B", "on EUR 1,000.00 nominal"]
    assert {"EUR", "20.00", "1,020.00", "2027", "2030", "interest", "principal", "interest not yet fixed"} <= set(texts)
    boxes = [each.get("class") for each in root.iter(f"{SVG}rect")]
    assert boxes.count("interest") == 2 + 1  # with the legend's
    assert boxes.count("interest provisional") == boxes.count("unknown") == boxes.count("principal") == 2
    assert len(list(root.iter(f"{SVG}polyline"))) == 1  # the redemption is drawn with a break
    assert "prefers-color-scheme: dark" in drawn


# ---- price ----


@pytest.mark.parametrize(
    ("sheet", "arguments", "expected"),
    [
        # as auctioned, by the Treasury
        (
            "us-treasury-note",
            ("--settle", "2020-02-18", "--yield", "1.622%", "--market", "US Treasury"),
            {"clean_price": "98.878738", "accrued_interest": "0.012363", "by": "US Treasury", "yield": "1.622%"},
        ),
        (
            "us-treasury-note",
            ("--settle", "2020-02-18", "--price", "98.878738", "--market", "us_treasury"),
            {"yield": "1.622%", "clean_price": "98.878738"},
        ),
        (
            "us-treasury-bill",
            ("--settle", "2022-08-11", "--yield", "2.58%", "--market", "US bill"),
            {"discount_rate": "2.58%", "clean_price": "99.347833"},
        ),
        (
            "us-treasury-bill",
            ("--settle", "2022-08-11", "--price", "99.347833", "--market", "US bill"),
            {"discount_rate": "2.58%"},
        ),
        # at its coupon a bond costs par on a coupon date, however often the yield compounds by then
        (
            "ktb",
            ("--settle", "2026-06-10", "--yield", "2.5%"),
            {"clean_price": "100.000000", "dirty_price": "100.000000"},
        ),
        (
            "ktb",
            ("--settle", "2026-06-10", "--price", "100", "--compounding", "1"),
            {"yield": "2.515625%", "by": "compounded 1 a year"},
        ),
    ],
)
def test_a_price(capsys: Capture, sheet: str, arguments: tuple[str, ...], expected: dict[str, str]) -> None:
    found = told(capsys, "price", example(sheet), *arguments)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("sheet", "arguments", "expected"),
    [
        # at par on a coupon date with 18 half-years left: (1 - 1.0125^-18) / 0.025, by hand, and times 1.0125
        (
            "ktb",
            ("--settle", "2026-06-10", "--yield", "2.5%"),
            {
                "duration": "8.114959",
                "modified_duration": "8.014774",
                "convexity": "72.555726",
                "dv01": "0.080148",
            },
        ),
        # 91 days of discount at 2.58%: 91 / 360 of 100, a basis point of it
        (
            "us-treasury-bill",
            ("--settle", "2022-08-11", "--yield", "2.58%", "--market", "US bill"),
            {"duration": "0.252778", "convexity": "0.000000", "dv01": "0.002528"},
        ),
        # 2 a half-year for ever at 5% is 80, and its duration 1 / 5% and what compounding adds
        (
            "perpetual",
            ("--settle", "2026-07-01", "--yield", "5%"),
            {"clean_price": "80.000000", "duration": "20.500000", "modified_duration": "20.000000"},
        ),
        ("perpetual", ("--settle", "2046-07-01", "--price", "80"), {"yield": "5%"}),
        # nothing of the index is known: a floater is worth par at its own margin on a coupon date
        (
            "sofr-floater",
            ("--settle", "2026-04-15", "--price", "100", "--forward", "4%"),
            {"discount_margin": "0.45%", "by": "SOFR projected at 4%", "accrued_interest": "0.000000"},
        ),
        (
            "sofr-floater",
            ("--settle", "2026-04-15", "--margin", "0.45%", "--forward", "4%", "--repo", "4%", "--until", "2026-05-15"),
            {"clean_price": "100.000000"},
        ),
    ],
)
def test_how_a_price_moves(capsys: Capture, sheet: str, arguments: tuple[str, ...], expected: dict[str, str]) -> None:
    found = told(capsys, "price", example(sheet), *arguments)
    assert {name: found[name] for name in expected} == expected


def test_carry_is_said_beside_the_price(capsys: Capture) -> None:
    """A floater at 4.45% financed at 4% over 30 days of 360: 0.370833 less 0.333333."""
    asked = ("--settle", "2026-04-15", "--margin", "0.45%", "--forward", "4%", "--repo", "4%", "--until", "2026-05-15")
    assert told(capsys, "price", example("sofr-floater"), *asked)["carry"] == {
        "until": "2026-05-15",
        "repo_rate": "4%",
        "earned": "0.370833",
        "financed": "0.333333",
        "carry": "0.037500",
        "forward_dirty_price": "100.333333",
        "forward_clean_price": "99.962500",
    }
    printed = said(capsys, "price", example("sofr-floater"), *asked)
    rows = dict(line.rsplit("  ", 1) for line in printed.splitlines() if "  " in line)
    assert {name.strip(): value for name, value in rows.items()}["carry per 100"] == "0.037500"


def test_a_simple_yield_answers_as_the_compound_one_at_its_price(capsys: Capture) -> None:
    asked = ("price", example("jgb"), "--settle", "2025-12-22", "--price", "100")
    simple, compound = told(capsys, *asked, "--market", "JGB simple"), told(capsys, *asked)
    for name in ("duration", "modified_duration", "convexity", "dv01"):
        assert simple[name] == compound[name]


def test_a_spread_over_a_curve(capsys: Capture, tmp_path: Path) -> None:
    """A curve that is flat at 4% compounded once a year: a bond that yields 5% pays 1.05 / 1.04 upon it."""
    file = tmp_path / "flat.csv"
    rows = [f"{2026 + year}-06-10,{1 / 1.04**year:.12f}" for year in range(1, 11)]
    file.write_text("\n".join(["date,discount_factor", "2026-06-10,1", *rows]) + "\n")
    asked = ("--settle", "2026-06-10", "--yield", "5%", "--compounding", "1", "--curve", str(file))
    spread = told(capsys, "price", example("ktb"), *asked)["z_spread"]
    assert abs(float(spread.removesuffix("%")) - 100 * (1.05 / 1.04 - 1)) < 0.005  # leap days, in years of 365
    (row,) = (line for line in said(capsys, "price", example("ktb"), *asked).splitlines() if "z-spread" in line)
    assert row.split() == ["z-spread,", "compounded", "1", "a", "year", spread]


def test_what_a_nominal_amount_settles_for(capsys: Capture) -> None:
    asked = ("--settle", "2020-02-18", "--yield", "1.622%", "--market", "US Treasury", "--nominal", "1,000,000.00")
    printed = said(capsys, "price", example("us-treasury-note"), *asked)
    rows = dict(line.split("  ", 1) for line in printed.splitlines() if "  " in line)
    assert rows["proceeds"].strip() == "USD 988,787.38"
    assert rows["accrued"].strip() == "USD 123.63"
    assert rows["settlement amount"].strip() == "USD 988,911.01"


# ---- what is wrong ----


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (
            ("price", example("jgb"), "--settle", "2026-02-16", "--price", "99", "--market", "JGB simpel"),
            USAGE,
            'there is no market "JGB simpel"; did you mean "JGB simple"?',
        ),
        (
            ("price", example("jgb"), "--settle", "2026-02-16", "--yield", "5"),
            REFUSED,
            "5 is above one; is 5% meant?",
        ),
        (
            ("price", example("jgb"), "--settle", "2046-02-16", "--yield", "1%"),
            REFUSED,
            "settlement_date: 2046-02-16 is not before the maturity, 2035-12-20",
        ),
        (
            (
                "price",
                example("jgb"),
                "--settle",
                "2026-02-16",
                "--yield",
                "1%",
                "--market",
                "ICMA",
                "--compounding",
                "2",
            ),
            USAGE,
            "--market says itself how often the yield compounds",
        ),
        (
            ("price", example("jgb"), "--settle", "2026-02-16", "--yield", "1%", "--market", "JP bill"),
            REFUSED,
            "JP bill is for what pays once and bears no interest",
        ),
        (("price", example("sofr-floater"), "--settle", "2026-02-16", "--yield", "1%"), REFUSED, "discount margin"),
        (
            ("price", example("sofr-floater"), "--settle", "2026-02-16", "--price", "99"),
            USAGE,
            "the coming rates of a floater are projected: give --forward RATE or --curve FILE",
        ),
        (
            ("price", example("jgb"), "--settle", "2026-02-16", "--margin", "1%"),
            USAGE,
            "--margin is for a floating rate: this one is fixed",
        ),
        (
            ("price", example("jgb"), "--settle", "2026-02-16", "--yield", "1%", "--forward", "1%"),
            USAGE,
            "--forward is for a floating rate: this one is fixed",
        ),
        (
            ("price", example("jgb"), "--settle", "2026-02-16", "--yield", "1%", "--repo", "1%"),
            USAGE,
            "--repo and --until go together",
        ),
        (
            ("price", example("perpetual"), "--settle", "2026-02-16", "--yield", "0%"),
            REFUSED,
            "at 0 a perpetual bond is worth more than any price",
        ),
        (("cashflows", example("jgb"), "--nominal", "50,001"), REFUSED, "JPY 50,001 is not a multiple of JPY 50,000"),
        (("schedule", example("jgb"), "--until", "2030-01-01"), USAGE, "--until is for a perpetual bond"),
        (("schedule", "nowhere.toml"), USAGE, "nowhere.toml: No such file or directory"),
    ],
)
def test_a_complaint_is_one_line(capsys: Capture, arguments: tuple[str, ...], code: int, complaint: str) -> None:
    line = said(capsys, *arguments, code=code)
    assert line.count("\n") == 1
    assert complaint in line


def test_a_wrong_sheet_is_told_by_line(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    right = Path(example("sofr-floater")).read_text()
    file.write_text(right.replace('"0.45%"', "0.45").replace('"SOFR"', '"SOFR"\nflor = 0'))
    assert said(capsys, "schedule", str(file), code=REFUSED).splitlines() == [
        f'{file}:17: floating has no "flor"; did you mean "floor"?',
        f'{file}:18: margin: expected a rate as text, such as "4.05%", not the number 0.45 with a point',
    ]


def test_one_of_several_bonds_is_named(capsys: Capture, tmp_path: Path) -> None:
    text = Path(example("jgb")).read_text()
    body = text[text.index("currency") :]
    file = tmp_path / "two.toml"
    file.write_text(f'[[bond]]\nname = "A"\n{body}[[bond]]\nname = "B"\n{body.replace("1.7%", "1.8%")}')
    assert told(capsys, "schedule", str(file), "--bond", "B")["name"] == "B"
    assert "has 2 bonds: name one with --bond; there are A, B" in said(capsys, "schedule", str(file), code=USAGE)
    assert 'has no bond "C"' in said(capsys, "schedule", str(file), "--bond", "C", code=USAGE)


def test_pricing_loads_no_market_machine() -> None:
    """A term sheet needs neither a node nor a ledger's machine."""
    script = (
        "import sys; from bauhinia.edge.cli import main; "
        f"main(['cashflows', {example('jgb')!r}]); print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = ran.stderr.split()
    assert "bauhinia.bond" in imported
    assert [name for name in ("nacl", "rich", "bauhinia.machine", "bauhinia.node") if name in imported] == []
