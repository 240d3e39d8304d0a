"""Curves from the prices of bonds: each is worth its price on it, by QuantLib and by our own formula, and by hand."""

from __future__ import annotations

import builtins
import csv
import json
from datetime import date
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bauhinia.bond import Impossible
from bauhinia.bond.risk import DatedFlow
from bauhinia.edge.cli import DONE, REFUSED, USAGE, main
from bauhinia.edge.curves import Instrument, NoQuantLib, bootstrap
from bauhinia.wire.curves import Curve, read_curve, write_curve

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
SHEETS = ROOT / "examples" / "term-sheets"
SETTLED = date(2026, 5, 20)
HALF, ONE, TWO = date(2026, 11, 20), date(2027, 5, 20), date(2028, 5, 20)
NEAR = Fraction(1, 10**9)
QUOTES = """\
settlement_date = 2026-05-20
currency = "USD"

[[bill]]
maturity = 2026-11-17
yield = "3.6%"
market = "US bill"

[[note]]
name = "two years"
maturity = 2028-05-15
rate = "3.75%"
frequency = "semi-annual"
day_count = "Act/Act ICMA"
yield = "3.8%"
market = "US Treasury"

[[bond]]
sheet = "us-treasury-note.toml"
price = "91.5"

[[note]]
maturity = 2036-05-15
rate = "4.25%"
frequency = 2
day_count = "Act/Act ICMA"
price = "99.5"
"""


def said(capsys: Capture, *arguments: str, code: int = DONE) -> str:
    found = main(arguments)
    out, err = capsys.readouterr()
    assert found == code, err
    return out if code == DONE else err


@pytest.fixture
def quotes(tmp_path: Path) -> Path:
    (tmp_path / "us-treasury-note.toml").write_text((SHEETS / "us-treasury-note.toml").read_text())
    found = tmp_path / "quotes.toml"
    found.write_text(QUOTES)
    return found


def paid(*flows: tuple[date, str]) -> tuple[DatedFlow, ...]:
    return tuple(DatedFlow(day, Fraction(amount)) for day, amount in flows)


THREE = [
    Instrument("zero", paid((HALF, "100")), Fraction("98")),
    Instrument("one year", paid((HALF, "2"), (ONE, "102")), Fraction("99.76")),
    Instrument("two years", paid((HALF, "1.5"), (ONE, "1.5"), (TWO, "101.5")), Fraction("97.3395")),
]


def test_three_bonds_by_hand() -> None:
    """0.98; (99.76 - 2 x 0.98) / 102; (97.3395 - 1.5 (0.98 + 0.9588...)) / 101.5."""
    curve = bootstrap(SETTLED, THREE)
    one = (Fraction("99.76") - 2 * Fraction("0.98")) / 102
    two = (Fraction("97.3395") - Fraction("1.5") * (Fraction("0.98") + one)) / Fraction("101.5")
    assert [each.day for each in curve.points] == [HALF, ONE, TWO]
    for point, by_hand in zip(curve.points, (Fraction("0.98"), one, two), strict=True):
        assert abs(point.discount_factor - by_hand) < Fraction(1, 10**12)
    assert curve.zero_rate(ONE) == Fraction(round((1 / one - 1) * 10**8), 10**8)  # a year of 365 days


def test_the_order_of_the_bonds_does_not_matter() -> None:
    assert bootstrap(SETTLED, THREE[::-1]) == bootstrap(SETTLED, THREE)


def test_each_bond_is_worth_its_price_with_payments_between_the_points() -> None:
    """No bond ends where the long ones pay: what is between is found on straight lines of logarithms."""
    long = Instrument("long", paid(*((date(year, 3, 3), "4") for year in range(2027, 2036)), (date(2036, 3, 3), "104")),
                      Fraction("103.25"))  # fmt: skip
    instruments = [*THREE, long]
    curve = bootstrap(SETTLED, instruments)
    for each in instruments:
        worth = sum((flow.amount * curve.at(flow.day) for flow in each.flows), Fraction(0))
        assert abs(worth - each.dirty_price) < NEAR, each.name


def test_a_curve_that_quantlib_prices_alike() -> None:
    """QuantLib's own discounting bond engine, on the factors that we wrote down."""
    import QuantLib as ql

    curve = bootstrap(SETTLED, THREE)
    start = ql.Date(SETTLED.day, SETTLED.month, SETTLED.year)
    ql.Settings.instance().evaluationDate = start
    days = [start, *(ql.Date(each.day.day, each.day.month, each.day.year) for each in curve.points)]
    factors = [1.0, *(float(each.discount_factor) for each in curve.points)]
    handle = ql.YieldTermStructureHandle(ql.DiscountCurve(days, factors, ql.Actual365Fixed()))
    for each in THREE:
        flows = [(float(flow.amount), ql.Date(flow.day.day, flow.day.month, flow.day.year)) for flow in each.flows]
        leg = ql.Leg([ql.SimpleCashFlow(*flow) for flow in flows])
        assert abs(ql.CashFlows.npv(leg, handle, False, start, start) - float(each.dirty_price)) < 1e-9


@pytest.mark.parametrize(
    ("instruments", "complaint"),
    [
        ([], "built from a bond at least"),
        ([THREE[0], Instrument("twin", THREE[0].flows, Fraction(97))], "twin: pays last on 2026-11-20, as zero does"),
        ([THREE[0], Instrument("dear", paid((HALF, "60"), (ONE, "60")), Fraction("10"))], "no curve gives these"),
    ],
)
def test_no_curve(instruments: list[Instrument], complaint: str) -> None:
    with pytest.raises(Impossible, match=complaint):
        bootstrap(SETTLED, instruments)


def test_without_the_extra_it_is_named(capsys: Capture, quotes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "QuantLib":
            raise ImportError(name)
        return taken(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoQuantLib):
        bootstrap(SETTLED, THREE)
    assert "pip install bauhinia[curves]" in said(capsys, "curve", str(quotes), code=USAGE)


# ---- the file ----


def test_a_curve_comes_back_from_its_file() -> None:
    curve = bootstrap(SETTLED, THREE)
    assert read_curve(write_curve(curve, ["made for a test"]), "curve.toml") == curve


def test_a_curve_seen_from_a_later_day() -> None:
    curve = bootstrap(SETTLED, THREE)
    later = curve.seen_from(HALF)
    assert [each.day for each in later.points] == [ONE, TWO]
    assert later.at(TWO) == curve.at(TWO) / curve.at(HALF)
    assert curve.seen_from(SETTLED) == curve
    assert curve.forward(HALF, ONE, Fraction(1, 2)) == 2 * (curve.at(HALF) / curve.at(ONE) - 1)
    with pytest.raises(Impossible, match="it begins on 2026-11-20, after 2026-05-20"):
        later.at(SETTLED)
    with pytest.raises(Impossible, match="it ends on 2028-05-20"):
        later.at(date(2028, 5, 21))


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("c.toml", "settlement_date = 2026-05-20\n", 'c.toml:1: a curve needs "discount_factors"'),
        ("c.toml", "settlement_date = 2026-05-20\nfactors = 1\n", 'c.toml:2: a curve has no "factors"'),
        (
            "c.toml",
            'settlement_date = 2026-05-20\n[discount_factors]\n2026-05-20 = "1"\n',
            "c.toml:3: 2026-05-20 is not after 2026-05-20",
        ),
        (
            "c.toml",
            'settlement_date = 2026-05-20\n[discount_factors]\n2027-05-20 = "0.9"\n2028-05-20 = "0"\n',
            "c.toml:4: the discount factor of 2028-05-20 is not above zero",
        ),
        ("c.toml", "settlement_date = 2026-05-20\n[discount_factors]\n2027-05-20 = 0.9\n", "c.toml:3: "),
        ("c.toml", "settlement_date = 2026-05-20\n[discount_factors]\n", "needs a discount factor at least"),
        ("c.csv", "day,factor\n", "c.csv:1: expected the columns date, discount_factor, not day, factor"),
        ("c.csv", "date,discount_factor\n2026-05-20,0.9\n", "c.csv:2: the first row is the settlement date, at one"),
        ("c.csv", "date,discount_factor\n2026-05-20,1\nx,0.9\n", "c.csv:3: "),
    ],
)
def test_what_is_no_curve_is_told_by_line(
    capsys: Capture, tmp_path: Path, file: str, text: str, complaint: str
) -> None:
    path = tmp_path / file
    path.write_text(text)
    note = str(SHEETS / "us-treasury-note.toml")
    asked = ("price", note, "--settle", "2026-05-20", "--yield", "4%", "--curve", str(path))
    assert complaint in said(capsys, *asked, code=REFUSED)


# ---- the command ----


def test_a_curve_from_quotes_prices_what_it_is_built_from(capsys: Capture, quotes: Path, tmp_path: Path) -> None:
    out = tmp_path / "curve.toml"
    printed = said(capsys, "curve", str(quotes), "--out", str(out))
    for part in ("The curve of Wed 2026-05-20", "Tue 2026-11-17", "two years", "UST 1.5% 15 February 2030"):
        assert part in printed
    note = str(tmp_path / "us-treasury-note.toml")
    asked = ("price", note, "--settle", "2026-05-20", "--price", "91.5", "--curve", str(out), "--json")
    assert json.loads(said(capsys, *asked))["z_spread"] == "0%"


def test_json_and_csv_say_the_same_and_csv_is_a_curve_too(capsys: Capture, quotes: Path, tmp_path: Path) -> None:
    told = json.loads(said(capsys, "curve", str(quotes), "--json"))
    rows = list(csv.DictReader(StringIO(written := said(capsys, "curve", str(quotes), "--csv", "-"))))
    assert rows[0] == {"date": "2026-05-20", "discount_factor": "1", "zero_rate": ""}
    assert rows[1:] == told["points"]
    assert [each["name"] for each in told["bonds"]][:2] == ["bill of 2026-11-17", "two years"]
    assert told["bonds"][0]["dirty_price"] == "98.190000"  # 100 (1 - 0.036 x 181 / 360)
    curve = read_curve(written, "curve.csv")
    assert isinstance(curve, Curve)
    assert str(curve.points[-1].day) == told["points"][-1]["date"]


def test_quotes_in_csv(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "quotes.csv"
    file.write_text(
        "name,maturity,rate,frequency,day_count,price,yield,market\n"
        "a,2026-11-17,,,,,3.6%,US bill\n"
        "b,2028-05-15,3.75%,2,Act/Act ICMA,,3.8%,\n"
        "\n"
        "c,2031-05-15,3.75%,semi-annual,Act/Act ICMA,99.1,,\n"
    )
    told = json.loads(said(capsys, "curve", str(file), "--settle", "2026-05-20", "--json"))
    assert [each["name"] for each in told["bonds"]] == ["a", "b", "c"]
    assert 'quotes need "settlement_date"' in said(capsys, "curve", str(file), code=REFUSED)


@pytest.mark.parametrize(
    ("was", "instead", "complaint"),
    [
        ("settlement_date", "settled", 'quotes.toml:1: a curve is built from no "settled"'),
        ('yield = "3.6%"\n', "", "quotes.toml:4: a bill is quoted at a price or at a yield: say one of the two"),
        ('price = "91.5"', 'price = "91.5"\nyield = "3%"', "a bond is quoted at a price or at a yield"),
        ('"us-treasury-note.toml"', '"nowhere.toml"', "nowhere.toml: No such file"),
        ('sheet = "us-treasury-note.toml"\n', "", 'a bond of a curve needs "sheet"'),
        ("maturity = 2028-05-15", "matures = 2028-05-15", 'terms have no "matures"'),
        ("maturity = 2028-05-15", "maturity = 2025-05-15", "quotes.toml:"),
        ('"US Treasury"', '"US Tresury"', 'there is no market "US Tresury"; did you mean "US Treasury"?'),
        ('"USD"', '"US"', 'quotes.toml:2: currency: "US" is not a currency of ISO 4217'),
        ("frequency = 2\n", "", 'terms need "frequency"'),
    ],
)
def test_wrong_quotes_are_told_by_line(capsys: Capture, quotes: Path, was: str, instead: str, complaint: str) -> None:
    assert was in QUOTES
    quotes.write_text(QUOTES.replace(was, instead))
    found = main(("curve", str(quotes)))
    assert found in (REFUSED, USAGE)
    assert complaint in capsys.readouterr().err
