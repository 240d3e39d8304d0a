"""The format: lines are found, texts become values, and the reference says all of it."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import is_dataclass
from datetime import date, time
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from nacl.signing import VerifyKey

from bauhinia.bond.coupons.steps import RateStep
from bauhinia.bond.repayments.exercise import Exercise
from bauhinia.edge.stories import Mistake, Problem, play_key, read_file, read_story
from bauhinia.edge.stories.checks import KINDS as EXPECTED
from bauhinia.edge.stories.declarations import KEYS_OF
from bauhinia.edge.stories.figures import KINDS as FIGURES
from bauhinia.edge.stories.names import AssetName, Names
from bauhinia.edge.stories.reader import STEP, _Reader
from bauhinia.edge.stories.reader import STORY as STORY_KEYS
from bauhinia.edge.stories.values import Scope, amount, convert, expected, fraction, hints, moment
from bauhinia.edge.stories.verbs import VERBS, command, verb_names
from bauhinia.machine.commands import COMMANDS
from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Place, Source
from bauhinia.wire.sheets import KEYS as TERMS
from bauhinia.words.dates import format_instant
from tests.stories.samples import STORY, played, spoilt
from tests.vectors import rows_of

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = Place(Source("x.toml", Lines("")))

TANGLE = '''# a comment with [[step]] in it
top = "a # no comment" # a comment
[story]
about = """
[[step]]
not = "a key"
"""
[[step]]
with = { a = 1, "b c" = [
    { d = "x]" }, # {
    { d = 'y' },
] }
[step.expect]
dotted.key = 1
[[step]]
[[step.list]]
one = 1
[[step.list]]
one = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("story", "about"), 4),
        (("step", 0), 8),
        (("step", 0, "with", "b c"), 9),
        (("step", 0, "with", "b c", 1, "d"), 11),
        (("step", 0, "expect", "dotted", "key"), 14),
        (("step", 1), 15),
        (("step", 1, "list", 1, "one"), 19),
        (("step", 1, "nowhere", "at", "all"), 15),
        (("nowhere",), 1),
    ],
)
def test_the_line_of_every_key_is_found(path: tuple[str | int, ...], line: int) -> None:
    assert tomllib.loads(TANGLE)
    assert Lines(TANGLE).of(path) == line


def test_every_key_of_every_story_is_on_a_line_that_has_it() -> None:
    for story in (ROOT / "stories").glob("*.toml"):
        written = story.read_text(encoding="utf-8")
        lines, split = Lines(written), written.splitlines()
        for path in _paths(tomllib.loads(written)):
            if isinstance(path[-1], str):
                assert path[-1] in split[lines.of(path) - 1], (story.name, path)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _paths(item, (*path, key))


HKD, JPY = AssetName("HKD.T", "HKD.T", "HKD", 2), AssetName("JPY.T", "JPY.T", "JPY", 0)


def _scope(*beside: AssetName) -> Scope:
    names = Names(480, assets={"HKD.T": HKD, "JPY.T": JPY})
    return Scope(names, "operator", 0, beside)


@pytest.mark.parametrize(
    ("text", "beside", "units"),
    [
        ("HKD 1,234.56", (), 123_456),
        ("HKD 1,234.5", (HKD,), 123_450),
        ("HKD.T 0.01", (HKD,), 1),
        ("1,234", (HKD,), 123_400),
        ("JPY 1,234", (JPY,), 1_234),
        ("1,234", (JPY,), 1_234),
        (0, (), 0),
    ],
)
def test_amounts_are_exact(text: object, beside: tuple[AssetName, ...], units: int) -> None:
    assert amount(text, NOWHERE.at("amount"), _scope(*beside)) == units


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("1.00", ()),
        ("1.00", (HKD, JPY)),
        ("USD 1.00", (HKD,)),
        ("JPY 1.5", ()),
        ("HKD -1.00", ()),
        (1.5, (HKD,)),
        (5, ()),
    ],
)
def test_amounts_that_could_be_read_in_two_ways_are_refused(text: object, beside: tuple[AssetName, ...]) -> None:
    with pytest.raises(Mistake):
        amount(text, NOWHERE.at("amount"), _scope(*beside))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("rate", "4.05%", Fraction(81, 2000)),
        ("acceleration", "1/4", Fraction(1, 4)),
        ("price", "99.901", Fraction(99901, 1000)),
    ],
)
def test_rates_and_prices_are_exact(key: str, text: str, value: Fraction) -> None:
    assert fraction(text, NOWHERE.at(key)) == value


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-02-02 10:00", "2026-02-02T10:00:00+08:00"),
        ("2026-02-02T10:00:00Z", "2026-02-02T18:00:00+08:00"),
        (date(2026, 2, 2), "2026-02-02T10:00:00+08:00"),
        (time(9, 30), "2026-02-03T09:30:00+08:00"),
        ("09:30", "2026-02-03T09:30:00+08:00"),
    ],
)
def test_moments(written: object, expected: str) -> None:
    assert format_instant(moment(written, NOWHERE.at("at"), 480, date(2026, 2, 3), 600), 480) == expected


def test_play_keys_follow_from_the_names() -> None:
    key = play_key("Bank", "maker").key
    assert bytes(key) == bytes(play_key("Bank", "maker").key)
    assert bytes(key) != bytes(play_key("Bank", "checker").key) != bytes(play_key("Bankm", "aker").key)
    VerifyKey(bytes(key.verify_key)).verify(key.sign(b"x"))


def test_a_story_spoilt_anywhere_is_a_mistake_and_never_a_crash() -> None:
    random.seed(20230216)
    given = tomllib.loads(STORY)
    place = Place(Source("x.toml", Lines(STORY)))
    bad: tuple[Any, ...] = (
        1,
        -1,
        10**30,
        1.5,
        True,
        "",
        "x",
        [],
        {},
        [1],
        {"a": 1},
        date(2024, 1, 1),
        time(1, 2),
        "HKD 1.00",
        [[]],
    )
    spoilt = 0
    for path in _paths(given):
        for value in random.sample(bad, 3):
            changed = deepcopy(given)
            table = changed
            for key in path[:-1]:
                table = table[key]  # type: ignore[index]
            table[path[-1]] = value  # type: ignore[index]
            problems = _problems(changed, place)
            assert all(1 <= problem.line <= STORY.count("\n") for problem in problems)
            spoilt += bool(problems)
    assert spoilt > 300


def _problems(given: dict[str, Any], place: Place) -> tuple[Problem, ...]:
    try:
        _Reader(given, place).plan()
    except Mistake as mistake:
        return mistake.problems
    return ()


def test_every_command_of_the_ledger_can_be_a_step() -> None:
    names = verb_names()
    assert len(names) == len(set(names))
    for name in names:
        assert name in VERBS or command(name) is not None
    assert command("mint_money") is not None
    assert command("MintMoney") is None


REFERENCE = ROOT / "docs" / "reference" / "stories.md"


@pytest.mark.parametrize("name", [*VERBS, *EXPECTED, *FIGURES, *STORY_KEYS, *STEP, *KEYS_OF, *TERMS])
def test_the_reference_has(name: str) -> None:
    assert re.search(rf"`[^`]*\b{re.escape(name)}\b[^`]*`|\[\[{name}\]\]", REFERENCE.read_text(encoding="utf-8")), name


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in KEYS_OF.items() for key in keys])
def test_the_reference_has_each_key_of_a_declaration(table: str, key: str) -> None:
    section = REFERENCE.read_text(encoding="utf-8").split(f"### [[{table}]]")[1].split("\n## ")[0].split("\n### ")[0]
    assert f"`{key}`" in section


def test_the_story_of_the_reference_plays() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    lines = [
        line for line in text.split("## How things are written")[0].splitlines() if line.startswith("    ") or not line
    ]
    told = played("\n".join(line[4:] for line in lines))
    assert [refusal.reason for refusal in told.refusals] == ["MONY"]


def test_the_terms_of_the_stories_are_those_published(vectors: Path) -> None:
    """Nominal, rate, dates of every bond of which another source has them; what it does not know is assumed."""
    known = dict(rows_of(vectors, "hk_bonds.json"))
    for story, bond, vector in (
        ("hong-kong-2023", "TGB 2024", "HK-TGB-2023-HKD"),
        *(("hong-kong-2024", f"{each} 2026", f"HK-DGB-2024-{each}") for each in ("HKD", "CNY", "USD", "EUR")),
        ("hong-kong-2025", "HKD 2027", "HK-DGB-2025-HKD"),
        ("hong-kong-2025", "CNY 2030", "HK-DGB-2025-CNY"),
        ("hong-kong-2025", "USD 2028", "HK-DGB-2025-USD"),
        ("hong-kong-2025", "EUR 2029", "HK-DGB-2025-EUR"),
        ("world-bank-bond-i", "bond-i", "WB-BONDI-2018"),
        ("hsbc-2024", "HSBC 2025", "HSBC-2024-HKD"),
        ("eib-2021", "EIB 2023", "EIB-2021-EUR"),
        ("eib-2022", "EIB 2024", "EIB-VENUS-2022-EUR"),
        ("slovenia-2024", "Slovenia 2024", "SLOVENIA-2024-EUR"),
        ("kfw-2024", "KfW 2024", "KFW-2024-EUR"),
        ("futian-2025", "Futian 2027", "FUTIAN-2025-CNY"),
    ):
        if vector not in known:
            continue  # the folder does not have this bond
        plan, given = read_file(ROOT / "stories" / f"{story}.toml"), known[vector]
        terms = plan.names.assets[bond].terms
        assert terms is not None
        assert terms.rate == Fraction(str(given["coupon_percent"]["value"])) / 100
        for field in ("issue_date", "maturity"):
            if given.get(field, {}).get("value"):
                assert str(getattr(terms, field)) == given[field]["value"]
        for field in ("day_count", "business_day"):
            assert field in terms.assumed, "not published"
        default = given["day_count"]["conventional_default"]  # where it names two, the first
        assert terms.day_count.label == default.partition(" (")[0]
        cycle = [figure.theirs for figure in plan.figures if figure.what == "from pricing to issue"]
        said = given.get("settlement", {}).get("value", "")
        assert not cycle or not said or said.startswith(cycle[0])
        if given.get("isin", {}).get("value"):
            assert plan.names.assets[bond].code == given["isin"]["value"]
        if story == "world-bank-bond-i":
            continue  # its figure is with the tap
        issued = [figure.theirs for figure in plan.figures if figure.what.endswith("nominal issued")]
        assert any(each.endswith(f" {given['nominal']['value']:,}.00") for each in issued)


def test_a_story_says_every_part_of_the_terms_as_a_term_sheet_does() -> None:
    """The same tables, under the bond's terms; what it lodges has them."""
    parts = (
        '[[bond.terms.step]]\nfirst = 2027-02-04\nrate = "4%"\n'
        '[[bond.terms.call]]\nfirst = 2027-02-04\nlast = 2027-02-04\nprice = "101%"\n'
    )
    amount = 'denomination = "HKD 10,000.00"\n'
    plan = read_story(spoilt((amount, amount + parts)), "x.toml")
    terms = plan.names.assets["Bond 2028"].terms
    assert terms is not None
    assert terms.steps == (RateStep(date(2027, 2, 4), Fraction(1, 25)),)
    assert terms.calls == (Exercise(date(2027, 2, 4), date(2027, 2, 4), Fraction(101, 100)),)


def test_a_name_that_is_not_toml_is_told_with_its_line() -> None:
    with pytest.raises(Mistake, match=r"x\.toml:2: is no TOML"):
        read_story("a = 1\nb = = 2\n", "x.toml")


@pytest.mark.parametrize("kind", [row.kind for row in COMMANDS], ids=lambda kind: kind.__name__)
def test_every_field_of_every_command_can_be_written(kind: type) -> None:
    for name, hint in _hints(kind):
        try:
            convert(hint, object(), NOWHERE.at(name), _scope())
        except Mistake as mistake:
            told = mistake.problems[0].what
        else:
            told = ""
        assert told, f"{name} takes anything"
        assert "cannot give a value" not in told, f"{kind.__name__}.{name}"
        assert expected(hint)


def _hints(kind: type) -> Iterator[tuple[str, Any]]:
    """The fields of a command and of every dataclass inside it."""
    for name, hint in hints(kind).items():
        yield name, hint
        inside = [part for part in (hint, *get_args(hint)) if is_dataclass(part) and isinstance(part, type)]
        for part in inside:
            yield from _hints(part)
