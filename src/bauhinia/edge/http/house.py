"""What stands behind the door: a market, its views, and the door's own memory of who asks, how often, and what for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request

from bauhinia.edge.http.addresses import Ask
from bauhinia.edge.http.gate import Gate
from bauhinia.edge.http.limits import Limits, Rates
from bauhinia.edge.http.metrics import Metrics
from bauhinia.edge.http.streams import Feed, Streams
from bauhinia.node.market import Market, wall_clock
from bauhinia.views.store import Views
from bauhinia.wire.envelopes import Envelopes
from bauhinia.wire.following import Following
from bauhinia.wire.particulars import personal_of
from bauhinia.words.ids import Micros

T = TypeVar("T")
THREADS = 16  # that read at a time; each has a connection to the views


class House:
    """Everything that the handlers of one door share."""

    def __init__(
        self,
        following: Following,
        limits: Limits | None = None,
        clock: Callable[[], Micros] = wall_clock,
    ) -> None:
        self.following = following
        self.market: Market = following.market
        self.views: Views = following.views
        self.personal = personal_of(following.market)
        self.clock = clock
        self.limits = limits or Limits()
        self.gate = Gate(self.market.ledger, self.views, clock)
        self.rates = Rates(self.limits, clock)
        self.streams = Streams(self.limits)
        self.feed = Feed(self.views.height)
        self.envelopes = Envelopes(self.market)
        self.metrics = Metrics(self)
        self.proving = Lock()
        self._threads = anyio.CapacityLimiter(THREADS)

    def start(self) -> None:
        """In the loop that serves: begin to wake who waits for the views."""
        self.following.listen(self.feed.told)
        self.feed.start(self.views.height)

    def stop(self) -> None:
        """End the streams."""
        self.following.ignore(self.feed.told)
        self.feed.stop()

    async def in_thread(self, work: Callable[..., T], *given: object) -> T:
        """Do something that reads a file or waits, beside the loop. Who asks may go away meanwhile."""
        return await anyio.to_thread.run_sync(partial(work, *given), abandon_on_cancel=True, limiter=self._threads)

    def counted(self, ask: Ask) -> str:
        """What an asker's requests and streams are counted under."""
        return ask.asker.name or address_of(ask.request)


def address_of(request: Request) -> str:
    """Where a stranger asks from."""
    client = request.client
    return f"address {client.host}" if client else "address"
