"""A story, played on a market of this process, and everyone in it at a desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from bauhinia.edge.stories.driver import Running
from bauhinia.edge.stories.library import story_file
from bauhinia.edge.stories.plan import Plan
from bauhinia.edge.stories.player import Played, Progress, genesis_of
from bauhinia.edge.stories.player import play as play_on
from bauhinia.edge.stories.reader import read_file
from bauhinia.edge.stories.report import Report, network_day
from bauhinia.edge.stories.report import report as report_of
from bauhinia.ledger.parties import Role
from bauhinia.node.journal import MEMORY
from bauhinia.node.market import Market
from bauhinia.views import queries
from bauhinia.views.model import Viewer
from bauhinia.views.network_report import NetworkReport
from bauhinia.wire.floor import OPERATOR, Floor, played_keys


class PlayedFloor(Floor):
    """A market on which a story was played. Everyone in the story has a desk, by name, signing with play keys."""

    def __init__(self, market: Market, played: Played) -> None:
        super().__init__(market, keys=played_keys, own=True)
        self.played = played
        self.names = {name: number for (kind, name), number in played.names.numbers.items() if kind == "party"}

    @property
    def report(self) -> Report:
        """What came of the story: positions, payments, refusals, and published figures beside ours."""
        found = report_of(self.played)
        found.networks = [network_day(each) for each in self._networks()]
        return found

    def _networks(self) -> Iterator[NetworkReport]:
        """Every day of every network on which a deposit was sent."""
        operator = Viewer(OPERATOR, (Role.OPERATOR,))
        for page in queries.networks(self.views, operator):
            for day in queries.network_days(self.views, operator, page.number):
                report = queries.network_report(self.views, operator, page.number, day)
                if report is not None:
                    yield report


def play(
    story: str | Path | Plan, folder: str | Path = MEMORY, progress: Callable[[Progress], None] = lambda told: None
) -> PlayedFloor:
    """Play a story, by its name among those that come with Bauhinia or by its file, on a market in memory or in a new
    folder. FileExistsError where a market has begun there; Mistake names the line of a story that does not hold."""
    plan = story if isinstance(story, Plan) else read_file(story_file(story))
    market = Market.create(folder, genesis_of(plan))
    try:
        driver = Running(market)
        played = play_on(plan, driver, progress)
        driver.close()
        floor = PlayedFloor(market, played)
    except BaseException:
        market.close()
        raise
    floor.reach()
    return floor
