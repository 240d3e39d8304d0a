"""Stories: runnable scenario files, read, played on a market, checked and reported."""

from __future__ import annotations

from bauhinia.edge.stories.driver import Driver, Machine, Running
from bauhinia.edge.stories.plan import Plan
from bauhinia.edge.stories.player import Played, Progress, genesis_of, play
from bauhinia.edge.stories.reader import read_file, read_story
from bauhinia.edge.stories.report import Report, report
from bauhinia.node.keys import play_key
from bauhinia.wire.mistakes import Mistake
from bauhinia.wire.toml import Problem

__all__ = [
    "Driver", "Machine", "Mistake", "Plan", "Played", "Problem", "Progress", "Report", "Running",
    "genesis_of", "play", "play_key", "read_file", "read_story", "report",
]  # fmt: skip
