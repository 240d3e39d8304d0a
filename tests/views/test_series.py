"""Series of values in the views: what stands, what only its sources know, and what a bond still waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from bauhinia.bond.coupons.floating import Floating
from bauhinia.rules.observing import DefineSeries, Observe
from bauhinia.views import model, queries
from bauhinia.views.series import names_of, value_text
from bauhinia.wire.sheets import read_sheets
from tests.rules.deal import Deal
from tests.rules.served import LOTS, served
from tests.views.test_agreement import projected, viewer

FIXED_ON = LOTS.issue_date
FLOATER = replace(LOTS, rate=Fraction(0), floating=Floating("HIBOR 6M", Fraction(1, 100), days_back=0, centres=("HK",)))
SHEETS = Path(__file__).resolve().parents[2] / "examples" / "term-sheets"


def floater() -> tuple[Deal, int]:
    """Two of three sources tell HIBOR 6M; the spread of nobody's bond is told by one."""
    made, asset = served(("A", 3), ("B", 2), terms=FLOATER)
    three = tuple(made.told.parties[each] for each in ("Agent", "Trustee", "CMU"))
    made.told.does("operator", DefineSeries("HIBOR 6M", three, 2, 5))
    made.told.does("operator", DefineSeries("Spread", three[:1], 1, 5))
    return made, asset


def page(made: Deal, folder: Path, asset: int, who: str = "A") -> model.BondPage:
    views = projected(made.told, folder)
    found = queries.bond(views, viewer(made, views, who), asset)
    assert found is not None
    return found


def test_what_a_bond_waits_for_until_it_is_fixed(tmp_path: Path) -> None:
    made, asset = floater()
    before = page(made, tmp_path, asset)
    first, last = before.schedule
    assert (first.fixed, first.interest.units, first.waits_for, first.waits_day) == (False, 0, "HIBOR 6M", FIXED_ON)
    assert (last.fixed, last.waits_for, last.waits_day) == (False, "HIBOR 6M", last.start)
    assert before.series == (model.BondSeries(1, "HIBOR 6M", ()),)
    assert before.bond.rate == "HIBOR 6M + 1%"
    for source in ("Agent", "CMU"):
        made.told.does(source, Observe("HIBOR 6M", FIXED_ON, Fraction(3, 100)))
    after = page(made, tmp_path, asset)
    first, last = after.schedule
    assert (first.fixed, first.waits_for, first.waits_day) == (True, "", None)
    assert first.interest.units > 0
    assert not last.fixed
    ((_, _, (value,)),) = [(each.number, each.name, each.values) for each in after.series]
    assert (value.day, value.value, value.text, value.corrected) == (FIXED_ON, "3/100", "3%", False)
    made.check()


def test_what_is_told_and_not_agreed_is_for_the_sources(tmp_path: Path) -> None:
    made, _ = floater()
    told = made.told
    told.does("Agent", Observe("HIBOR 6M", FIXED_ON, Fraction(3, 100)))
    told.does("Trustee", Observe("HIBOR 6M", FIXED_ON, Fraction(31, 1000)))
    views = projected(told, tmp_path)
    agent = told.parties["Agent"]
    for who, sees in (("Agent", 2), ("CMU", 2), ("operator", 2), ("A", 0), ("Government", 0)):
        found = queries.one_series(views, viewer(made, views, who), "HIBOR 6M")
        assert found is not None
        assert (len(found.told), found.values) == (sees, ())
        if sees:
            assert found.told[0] == model.ToldLine(FIXED_ON, agent, "Agent", "3/100", "3%")
    told.does("CMU", Observe("HIBOR 6M", FIXED_ON, Fraction(3, 100)))
    found = queries.one_series(projected(told, tmp_path), viewer(made, views, "Agent"), "1")
    assert found is not None
    assert [(each.source_name, each.value) for each in found.told] == [("Trustee", "31/1000")]
    assert found.series.latest == found.values[0]


def test_series_with_their_sources_and_bonds_are_public(tmp_path: Path) -> None:
    made, asset = floater()
    views = projected(made.told, tmp_path)
    hibor, spread = queries.series(views, model.STRANGER)
    assert (hibor.name, hibor.needed, hibor.days_open, hibor.bonds) == ("HIBOR 6M", 2, 5, (asset,))
    assert [name for _, name in hibor.sources] == ["Agent", "Trustee", "CMU"]
    assert (spread.number, spread.bonds, spread.latest) == (2, (), None)
    assert queries.one_series(views, model.STRANGER, "EURIBOR 6M") is None
    assert queries.one_series(views, model.STRANGER, "3") is None


def test_a_value_in_the_place_of_another(tmp_path: Path) -> None:
    made, _ = floater()
    for value in (Fraction("1.25"), Fraction("1.5")):
        made.told.does("Agent", Observe("Spread", FIXED_ON, value))
    views = projected(made.told, tmp_path)
    found = queries.one_series(views, model.STRANGER, "Spread")
    assert found is not None
    assert [(each.day, each.text, each.corrected) for each in found.values] == [(FIXED_ON, "1.5", True)]
    made.told.until(FIXED_ON + timedelta(days=1))
    made.told.does("operator", DefineSeries("Spread", (made.told.parties["CMU"],), 1, 9))
    _, spread = queries.series(projected(made.told, tmp_path), model.STRANGER)
    assert ([name for _, name in spread.sources], spread.days_open) == (["CMU"], 9)


@pytest.mark.parametrize(
    ("value", "text"),
    [("31/1000", "3.1%"), ("0", "0%"), ("-1/200", "-0.5%"), ("1", "1"), ("310.326", "310.326"), ("4/3", "4/3")],
)
def test_a_value_in_words(value: str, text: str) -> None:
    assert value_text(Fraction(value)) == text


@pytest.mark.parametrize(
    ("sheet", "names"),
    [("jgb", ()), ("sofr-floater", ("SOFR",)), ("index-linked-gilt", ("UK RPI",))],
)
def test_the_series_that_a_bond_hangs_on(sheet: str, names: tuple[str, ...]) -> None:
    (found,) = read_sheets((SHEETS / f"{sheet}.toml").read_text("utf-8"), sheet)
    assert names_of(found.terms) == names
    assert found.terms.issue_date > date(1800, 1, 1)
