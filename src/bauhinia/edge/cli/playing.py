"""`bauhinia run` and `bauhinia demo`: stories, played on a market and printed."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from nacl.signing import SigningKey

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.printing import Told as Telling
from bauhinia.edge.cli.printing import answer, progress, say
from bauhinia.edge.cli.serving import VIEWS, listener, serve
from bauhinia.edge.stories.driver import Running
from bauhinia.edge.stories.keys import play_key
from bauhinia.edge.stories.plan import Plan
from bauhinia.edge.stories.player import Played, Progress, genesis_of, play
from bauhinia.edge.stories.reader import read_file
from bauhinia.node.home import Home
from bauhinia.node.journal import MEMORY
from bauhinia.node.market import Market


def run(asked: argparse.Namespace) -> int:
    """Play a story, print what came of it."""
    if asked.list:
        return _list(json=asked.json)
    if asked.story is None:
        raise Usage("which story? bauhinia run --list names those that come with it")
    plan = read_file(story_file(asked.story))
    with played_market(plan, asked.data, json=asked.json) as (_, played):
        _print(played, json=asked.json)
        if asked.data and not asked.json:
            say(f"kept in {asked.data}: bauhinia verify {asked.data}")
    return DONE


def demo(asked: argparse.Namespace) -> int:
    """Play Hong Kong 2025, print it, then serve it until stopped; with `--once` end after the printout."""
    plan = read_file(story_file(asked.story))
    door = None if asked.once else listener(asked.host, asked.port)
    try:
        with played_market(plan, asked.data, json=asked.json) as (market, played):
            _print(played, json=asked.json)
            if door is not None:
                with tempfile.TemporaryDirectory(prefix="bauhinia-") as folder:
                    views = Path(asked.data or folder) / VIEWS
                    serve(market, views, door, json=asked.json, play=keys_of(played))
    finally:
        if door is not None:
            door.close()
    return DONE


@contextmanager
def played_market(plan: Plan, data: str | None, *, json: bool) -> Iterator[tuple[Market, Played]]:
    """The story's market, in a folder or in memory, with the story played on it."""
    if data and Home.at(data).begun:
        raise Usage(f"a market has begun in {data} already, and a story begins one of its own")
    with Market.create(data or MEMORY, genesis_of(plan)) as market:
        driver = Running(market)
        with progress("playing", quiet=json) as told:
            played = play(plan, driver, lambda at: _tell(told, at))
            driver.close()
        yield market, played


def _tell(told: Telling, at: Progress) -> None:
    when = datetime.fromtimestamp(at.time // 1_000_000, UTC)
    told(at.done, at.total, f"{when:%d %b %Y}  {at.note}"[:60])


def keys_of(played: Played) -> dict[int, SigningKey]:
    """The play key of one person of each party, by the party's number."""
    names = played.names
    found = {}
    for (kind, name), number in names.numbers.items():
        if kind == "party":
            party = names.parties.get(name)
            persons = party.persons if party else played.plan.operator_persons
            found[number] = play_key(name, persons[0])
    return found


def stories_folder() -> Path:
    """Where the stories that come with it are: beside the source, or inside the installed package."""
    packaged = Path(str(files("bauhinia"))) / "_stories"
    return packaged if packaged.is_dir() else Path(str(files("bauhinia"))).parents[1] / "stories"


def story_names() -> list[str]:
    return sorted(path.stem for path in stories_folder().glob("*.toml"))


def story_file(story: str) -> Path:
    """A story by its file, or by its name among those that come with it."""
    if Path(story).is_file():
        return Path(story)
    names = story_names()
    if story in names:
        return stories_folder() / f"{story}.toml"
    close = get_close_matches(story, names, 1)
    meant = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}" if names else ""
    raise Usage(f"there is no story {story}{meant}")


def _list(*, json: bool) -> int:
    found = [(name, read_file(stories_folder() / f"{name}.toml")) for name in story_names()]
    if json:
        answer([{"name": name, "title": plan.title, "about": plan.about} for name, plan in found])
    else:
        width = max((len(name) for name, _ in found), default=0)
        say(*(f"{name.ljust(width)}  {plan.title}" for name, plan in found))
    return DONE


def _print(played: Played, *, json: bool) -> None:
    from bauhinia.edge.cli.printout import printed
    from bauhinia.edge.stories.report import report

    found = report(played)
    if json:
        answer(found)
    else:
        printed(found)
