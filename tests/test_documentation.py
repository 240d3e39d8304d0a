"""The documentation exists, is true to the code as far as a machine can tell, and what it prints runs."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from bauhinia.edge.cli import DONE, REFUSED, main
from bauhinia.edge.cli.parser import COMMANDS as LINE
from bauhinia.edge.cli.parser import parser
from bauhinia.edge.http.app import ADDRESSES
from bauhinia.edge.http.limits import Limits
from bauhinia.ledger.state import Settings
from bauhinia.machine.commands import COMMANDS
from bauhinia.machine.events import EVENTS
from bauhinia.machine.genesis import Genesis
from bauhinia.node import home, journal
from bauhinia.node.market import Options
from bauhinia.wire.floor import KEYS
from bauhinia.wire.forms import COMMAND_NAMES, EVENT_NAMES
from bauhinia.wire.problems import Door
from bauhinia.words.reasons import Reason

ROOT = Path(__file__).resolve().parent.parent
DOCS, SOURCE = ROOT / "docs", ROOT / "src" / "bauhinia"
REFERENCE = DOCS / "reference"
SKIPPED = {".venv", ".git", "node_modules", ".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def markdown() -> list[Path]:
    """Every Markdown file of the repository."""
    found = sorted(ROOT.rglob("*.md"))
    return [path for path in found if not SKIPPED & set(path.relative_to(ROOT).parts)]


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


# ---- what there is stands in the reference ----


@pytest.mark.parametrize("name", [each.name for each in LINE])
def test_every_command_of_the_command_line_is_in_the_reference(name: str) -> None:
    section = page("cli.md").split(f"\n## bauhinia {name}\n")[1].split("\n## ")[0]
    for option in options_of(subparsers(parser())[name]):
        assert f"`{option}" in section, f"{name} {option}"


def subparsers(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def options_of(of: argparse.ArgumentParser) -> Iterator[str]:
    for action in of._actions:
        if action.help != argparse.SUPPRESS and action.dest != "help":
            yield from action.option_strings
    for inner in subparsers(of).values():
        yield from options_of(inner)


def test_every_address_of_the_api_is_in_the_reference() -> None:
    written = page("http.md")
    assert [each.path for each in ADDRESSES if f"| `{each.method} {each.path}` |" not in written] == []


def test_every_reason_is_in_the_reference() -> None:
    written = page("reasons.md")
    assert [each.name for each in Reason if f"`{each.name}` | {int(each)} |" not in written] == []
    assert [each.name for each in Door if f"`{each.name}` |" not in written] == []


def test_every_command_is_in_the_reference() -> None:
    written = page("commands.md")
    for row in COMMANDS:
        section = written.split(f"\n## {row.kind.__name__}\n")[1].split("\n## ")[0]
        assert f"Tag {row.tag}, `{COMMAND_NAMES[row.kind]}`" in section
        assert [each.name for each in fields(row.kind) if f"| `{each.name}` |" not in section] == []


def test_every_event_is_in_the_reference() -> None:
    written = page("events.md")
    for row in EVENTS:
        section = written.split(f"\n## {row.kind.__name__}\n")[1].split("\n## ")[0]
        assert f"Tag {row.tag}, `{EVENT_NAMES[row.kind]}`" in section
        assert "Who sees it: " in section
        assert [each.name for each in fields(row.kind) if f"| `{each.name}` |" not in section] == []


def test_the_generated_pages_are_current() -> None:
    script = ROOT / "script" / "build-reference"
    told = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


# ---- settings ----


def environment_of(tree: ast.Module) -> Iterator[str]:
    """The environment variables that a module reads, by `os.environ[...]`, `os.environ.get` or `os.getenv`."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"), args=[name, *_]):
                pass
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[name, *_]):
                pass
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=name):
                pass
            case _:
                continue
        yield str(name.value) if isinstance(name, ast.Constant) else str(constants[ast.unparse(name)])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import os\nos.environ.get('A')", ["A"]),
        ("import os\nB = 'C'\nos.environ[B]", ["C"]),
        ("import os\nos.getenv('D', '')", ["D"]),
        ("x.get('E')", []),
    ],
)
def test_environment_variables_are_found(text: str, names: list[str]) -> None:
    assert list(environment_of(ast.parse(text))) == names


def test_every_setting_is_in_the_reference() -> None:
    written = page("settings.md")
    read = {name for path in SOURCE.rglob("*.py") for name in environment_of(ast.parse(path.read_text("utf-8")))}
    assert "BAUHINIA_TRACE" in read
    assert [name for name in sorted(read) if f"| `{name}` |" not in written] == []
    for kind in (Options, Limits, Settings, Genesis):
        assert [each.name for each in fields(kind) if f"| `{each.name}` |" not in written] == [], kind.__name__
    files = (journal.FILE, home.PERSONAL, home.VIEWS, home.LOCK, home.NODE_KEY, f"{KEYS}/")
    assert [name for name in files if f"| `{name}` |" not in written] == []


def test_the_layers_are_those_that_are_held() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    house = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = re.findall(r"^\| \d* \| `(\w+)` \|", page("layers.md"), re.M)
    assert rows == [name.strip("()") for name in reversed(house)]


# ---- pages ----


def test_every_page_is_on_the_map() -> None:
    written = (DOCS / "README.md").read_text("utf-8")
    pages = [path for path in DOCS.rglob("*.md") if path.parent.name not in ("docs", "decisions", "images")]
    assert named([path for path in pages if f"({path.relative_to(DOCS)})" not in written]) == []


@cache
def anchors(path: Path) -> frozenset[str]:
    """What a link into a Markdown file may name: its headings, as a forge makes them, and its own anchors."""
    text = without_code(path.read_text("utf-8"))
    titles = re.findall(r"^#{1,6} +(.+?) *$", text, re.M)
    made = [re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles]
    return frozenset((*made, *re.findall(r'<a id="([^"]+)"', text)))


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)


@pytest.mark.parametrize("path", markdown(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", without_code(path.read_text("utf-8")))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        there = path.parent / file if file else path
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def test_every_file_that_a_page_names_is_there() -> None:
    for path in [*DOCS.rglob("*.md"), ROOT / "CONTRIBUTING.md"]:
        for name in re.findall(
            r"`([\w./-]+\.(?:py|toml)|(?:script|src|docs|tests)/[\w./-]*)`", path.read_text("utf-8")
        ):
            own = any(f"```{kind} {name}" in path.read_text("utf-8") for kind in ("toml", "python"))
            there = [ROOT / name, SOURCE / name, path.parent / name]
            assert own or "/" not in name or any(each.exists() for each in there), f"{path.name}: {name}"


def test_every_address_that_a_page_names_is_there() -> None:
    known = [(each.method, re.sub(r"\{\w+\}", "[^/]+", each.path)) for each in ADDRESSES]
    for path in [*DOCS.rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")]:
        for method, target in re.findall(r"`(GET|POST|PUT|DELETE) (/[^`?\s]*)", path.read_text("utf-8")):
            there = any(method == each and re.fullmatch(pattern, target) for each, pattern in known)
            assert there, f"{path.name}: {method} {target}"


# ---- what a page prints runs ----


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code in a page: its language, the file that it is put into, if any, and its text."""

    kind: str
    file: str
    text: str


def fences(path: Path) -> list[Fence]:
    found = re.findall(r"^```(\w*) ?(\S*)\n(.*?)^```", path.read_text("utf-8"), re.M | re.S)
    return [Fence(*each) for each in found]


GUIDES = sorted((DOCS / "how-to").glob("*.md"))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_what_a_guide_prints_runs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are written, commands run and Python executed, in the page's order. `sh` runs, `console` is only shown."""
    monkeypatch.chdir(tmp_path)
    for fence in fences(path):
        if fence.file:
            Path(fence.file).write_text(fence.text, "utf-8")
        elif fence.kind == "sh":
            for line in fence.text.splitlines():
                run(line)
        elif fence.kind == "python":
            capsys.readouterr()
            exec(compile(fence.text, str(path), "exec", dont_inherit=True), {"__name__": "page"})
            said = re.findall(r"(?:print\(.*\)  |^)# (.+)$", fence.text, re.M)
            assert capsys.readouterr().out.splitlines() == said


def run(line: str) -> None:
    command, _, comment = line.partition("  # ")
    program, *arguments = shlex.split(command)
    assert program == "bauhinia", line
    assert main(arguments) == (REFUSED if comment == "refused" else DONE), line


@pytest.mark.parametrize("path", [*GUIDES, *(DOCS / "tutorials").glob("*.md")], ids=lambda path: path.stem)
def test_what_a_page_shows_is_a_command(path: Path) -> None:
    shown = [line for fence in fences(path) if fence.kind == "console" for line in fence.text.splitlines()]
    for line in shown:
        found = re.match(r"\$ (?:\.venv/bin/)?bauhinia (.*)", line)
        if found:
            parser().parse_args(shlex.split(found[1].partition(" > ")[0]))


def test_the_trade_of_the_tutorial_settles(tmp_path: Path) -> None:
    """The tutorial's own file, against the market that its reader has, at whichever port it has here."""
    from tests.edge.played import played

    program = next(each for each in fences(DOCS / "tutorials" / "first-market.md") if each.file == "trade.py").text
    with played(tmp_path) as hong_kong:
        here = program.replace("http://127.0.0.1:8080", hong_kong.url)
        assert here != program
        file = tmp_path / "trade.py"
        file.write_text(here, "utf-8")
        told = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=False)
    assert told.stderr == ""
    assert re.sub(r"\d+", "N", told.stdout).splitlines() == [
        "block N ['Instructed']",
        "block N ['Instructed', 'Matched', 'Settled']",
    ]
