"""Rulebook files: those that come with Bauhinia are published, and a wrong one is told where and what was expected."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bauhinia.ledger.rulebooks import ClassDefinition, Provision
from bauhinia.rules.market import PublishRulebook
from bauhinia.wire.rulebooks import PROVISIONS, NoRulebook, load_rulebook, parse_rulebook, published
from tests.support import START, market

GOOD = """# a rulebook
name = "x"
version = 2
effective = 2026-01-01
title = "Rules"

[[class]]
bit = 3
name = "professional"
attribute = "investor"
value = "professional"

[[provision]]
name = "register.inspection"
value = "holders"
citation = "condition 2"

[[provision]]
name = "register.retention_years"
value = "7"
citation = "condition 3"
"""


def test_a_good_file_is_the_command_that_publishes_it() -> None:
    assert parse_rulebook(GOOD, "x.toml") == PublishRulebook(
        "x", 2, date(2026, 1, 1), "Rules",
        (ClassDefinition(3, "professional", "investor", "professional"),),
        (
            Provision("register.inspection", "holders", "condition 2"),
            Provision("register.retention_years", "7", "condition 3"),
        ),
    )  # fmt: skip


def test_those_that_come_with_bauhinia_are_taken_by_a_ledger_and_cite_each_provision() -> None:
    told = market()
    commands = published()
    assert [(command.name, command.version) for command in commands] == [
        ("cap622", 1), ("contractual", 1), ("market", 1), ("stablecoins", 1),
    ]  # fmt: skip
    for command in commands:
        told.does("operator", command)
        assert told.state.rulebook(command.name) is not None
        assert command.effective <= START
        assert all(provision.citation for provision in command.provisions)
    cap622 = told.state.rulebook("cap622")
    assert cap622 is not None
    assert cap622.value("register.columns") == "name, address, amount, entered, ceased"  # Cap. 622 s. 308(2)


@pytest.mark.parametrize(
    ("was", "becomes", "line", "expected"),
    [
        ("version = 2", "version = 0", 3, "expected a version from 1"),
        ("version = 2", 'version = "2"', 3, "expected a whole number"),
        ("version = 2", "version = true", 3, "expected a whole number"),
        ("effective = 2026-01-01", "effective = 2026-01-01T00:00:00", 4, "expected a date such as 2026-01-31"),
        ('title = "Rules"\n', "", 1, "expected title, a text"),
        ('title = "Rules"', 'title = ""', 5, "expected 1 to 140 characters that can be printed"),
        (
            'title = "Rules"',
            'titel = "Rules"',
            5,
            "expected one of name, version, effective, title; there is no 'titel'",
        ),
        ("bit = 3", "bit = 63", 8, "expected a bit from 0 to 62"),
        ("bit = 3\n", "", 7, "expected bit, a whole number"),
        ("bit = 3", "bit = 3\nwidth = 2", 9, "expected one of bit, name, attribute, value; there is no 'width'"),
        ('value = "holders"', 'value = "friends"', 15, "expected nobody or holders or anyone; not 'friends'"),
        ('value = "7"', 'value = "0"', 20, "expected a whole number from 1 to 100; not '0'"),
        ('value = "7"', 'value = "07"', 20, "expected a whole number from 1 to 100; not '07'"),
        ('value = "7"', "value = 7", 20, "expected a text"),
        ('citation = "condition 3"\n', "", 18, "expected citation, a text"),
        ("register.retention_years", "register.retention", 19, "there is no 'register.retention'"),
        ("register.retention_years", "register.inspection", 19, "'register.inspection' stands twice"),
        (
            '"register.inspection"\nvalue = "holders"',
            '"power.pause"\nvalue = "CSD, CSD"',
            15,
            "or nobody; not 'CSD, CSD'",
        ),
        ('"register.inspection"\nvalue = "holders"', '"power.pause"\nvalue = "KING"', 15, "or nobody; not 'KING'"),
        ("[[class]]", "[class]", 7, "expected tables, each under [[class]]"),
        ("[[class]]", "[[class", 7, "expected TOML"),
        ('title = "Rules"', 'title = "Rules', 5, "expected TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_was_expected(
    was: str, becomes: str, line: int, expected: str
) -> None:
    assert was in GOOD
    with pytest.raises(NoRulebook) as told:
        parse_rulebook(GOOD.replace(was, becomes, 1), "x.toml")
    assert any(each.line == line and expected in each.what for each in told.value.problems), str(told.value)
    assert str(told.value).startswith("x.toml:")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(NoRulebook) as told:
        parse_rulebook(GOOD.replace('"7"', '"0"').replace("bit = 3", "bit = -1"), "x.toml")
    assert [problem.line for problem in told.value.problems] == [8, 20]


def test_a_file_that_is_not_text_is_told_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(NoRulebook, match=r"bad\.toml:1: expected UTF-8"):
        load_rulebook(path)


@pytest.mark.parametrize(
    ("name", "fits", "does_not"),
    [
        ("power.block", ("CSD", "CSD, REGISTRAR", "nobody"), ("", "nobody, CSD", "csd", "CSD REGISTRAR")),
        ("power.defer_causes", ("SANCTIONS", "none", "SANCTIONS, COURT_ORDER"), ("nobody", "sanctions")),
        ("register.columns", ("name", "name, amount"), ("", "none", "name, colour")),
        ("finality.moment", ("SF1", "SF3"), ("SF4", "")),
        ("matching.lapse_days", ("1", "250"), ("0", "251", "20 days")),
        (
            "matching.tolerance",
            ("EUR 2 100000 25", "EUR 2 1 25; JPY 300 1 4000"),
            ("", "EUR 2", "EUR 2 1 25;", "JPY 0.5 1 1"),
        ),
        ("power.defer_days", ("1", "3650"), ("0", "3651", "1.5", "-1", "²")),
    ],
)
def test_what_a_provision_may_say(name: str, fits: tuple[str, ...], does_not: tuple[str, ...]) -> None:
    assert [value for value in fits if not PROVISIONS[name].fits(value)] == []
    assert [value for value in does_not if PROVISIONS[name].fits(value)] == []


def test_each_provision_is_in_the_reference(repository: Path) -> None:
    written = (repository / "docs" / "reference" / "rulebooks.md").read_text("utf-8")
    assert [name for name in PROVISIONS if f"| `{name}` |" not in written] == []
    assert [command.name for command in published() if f"| `{command.name}` |" not in written] == []
