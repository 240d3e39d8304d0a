"""`bauhinia run` and `bauhinia demo`: stories, played on a market and printed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from nacl.signing import SigningKey

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.printing import Told as Telling
from bauhinia.edge.cli.printing import answer, progress, say
from bauhinia.edge.cli.serving import listener, serve
from bauhinia.edge.stories.library import stories_folder, story_file, story_names
from bauhinia.edge.stories.plan import Plan
from bauhinia.edge.stories.played import PlayedFloor, play
from bauhinia.edge.stories.player import Played, Progress
from bauhinia.edge.stories.reader import read_file
from bauhinia.edge.stories.report import Report
from bauhinia.node.home import Home
from bauhinia.node.journal import MEMORY
from bauhinia.node.keys import play_key


def run(asked: argparse.Namespace) -> int:
    """Play a story, print what came of it."""
    if asked.list:
        return _list(json=asked.json)
    if asked.story is None:
        raise Usage("which story? bauhinia run --list names those that come with it")
    plan = _plan(asked.story)
    with played_floor(plan, asked.data, json=asked.json) as floor:
        _print(floor.report, json=asked.json)
        if asked.data and not asked.json:
            say(f"kept in {asked.data}: bauhinia verify {asked.data}")
    return DONE


def demo(asked: argparse.Namespace) -> int:
    """Play Hong Kong 2025, print it, then serve it until stopped; with `--once` end after the printout."""
    plan = _plan(asked.story)
    door = None if asked.once else listener(asked.host, asked.port)
    try:
        with played_floor(plan, asked.data, json=asked.json) as floor:
            _print(floor.report, json=asked.json)
            if door is not None:
                serve(floor, door, json=asked.json, play=keys_of(floor.played))
    finally:
        if door is not None:
            door.close()
    return DONE


def _plan(story: str) -> Plan:
    try:
        file = story_file(story)
    except LookupError as unknown:
        raise Usage(str(unknown.args[0])) from None
    return read_file(file)


@contextmanager
def played_floor(plan: Plan, data: str | None, *, json: bool) -> Iterator[PlayedFloor]:
    """The story's market, in a folder or in memory, with the story played on it."""
    if data and Home.at(data).begun:
        raise Usage(f"a market has begun in {data} already, and a story begins one of its own")
    with progress("playing", quiet=json) as told:
        floor = play(plan, data or MEMORY, lambda at: _tell(told, at))
    with floor:
        yield floor


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
            found[number] = play_key(name, persons[0]).key
    return found


def _list(*, json: bool) -> int:
    found = [(name, read_file(stories_folder() / f"{name}.toml")) for name in story_names()]
    if json:
        answer([{"name": name, "title": plan.title, "about": plan.about} for name, plan in found])
    else:
        width = max((len(name) for name, _ in found), default=0)
        say(*(f"{name.ljust(width)}  {plan.title}" for name, plan in found))
    return DONE


def _print(found: Report, *, json: bool) -> None:
    from bauhinia.edge.cli.printout import printed

    if json:
        answer(found)
    else:
        printed(found)
