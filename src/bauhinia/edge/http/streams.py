"""What a reader waits for: the views having taken in another block. And the stream of events that lives by it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from bauhinia.edge.http.addresses import AFTER, Address, Ask
from bauhinia.edge.http.limits import Limits
from bauhinia.wire.answers import EventPage, event_page
from bauhinia.wire.forms import to_json
from bauhinia.wire.problems import Door, DoorRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bauhinia.edge.http.house import House

PAGE = 200  # events read at a time
KEEP_ALIVE = 15  # seconds after which a silent stream says that it is still there
RETRY = 1_000  # milliseconds after which a browser comes back


class Feed:
    """The height of the views, for those who wait in the loop. Told from any thread."""

    def __init__(self, height: int) -> None:
        self.height = height
        self._loop: asyncio.AbstractEventLoop | None = None
        self._risen = asyncio.Event()
        self.closed = False

    def start(self, height: int) -> None:
        """Begin to wake who waits in the loop that runs now."""
        self._loop, self.closed = asyncio.get_running_loop(), False
        self._rise(height)

    def stop(self) -> None:
        """Wake all, for the last time: streams end."""
        self.closed = True
        self._rise(self.height)
        self._loop = None

    def told(self, height: int) -> None:
        """The views hold this block now."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop has closed, and who waited in it is gone
                loop.call_soon_threadsafe(self._rise, height)

    def _rise(self, height: int) -> None:
        self.height = max(self.height, height)
        risen, self._risen = self._risen, asyncio.Event()
        risen.set()

    async def beyond(self, height: int, seconds: float) -> bool:
        """Wait until the views hold a block after `height`; False where they do not in time, or the door closes."""
        try:
            async with asyncio.timeout(seconds):
                while self.height <= height and not self.closed:
                    await self._risen.wait()
        except TimeoutError:
            return False
        return self.height > height


class Streams:
    """How many streams each asker has open."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._open = limits, Counter[str]()

    def __len__(self) -> int:
        return sum(self._open.values())

    @contextmanager
    def one(self, asker: str) -> Iterator[None]:
        self._open[asker] += 1
        try:
            yield
        finally:
            self._open[asker] -= 1
            if not self._open[asker]:
                del self._open[asker]

    def admit(self, asker: str, most: int = 0) -> None:
        """Refused where an asker has as many streams open as it may: `most`, or what the door's limits say."""
        most = most or self._limits.streams
        if self._open[asker] >= most:
            raise DoorRefused(Door.TOO_MANY, "at most", most, "streams at a time")


async def stream(ask: Ask) -> StreamingResponse:
    """Server-sent events: what the asker may know of, from after a cursor of its own on, for as long as it listens.

    The cursor is that of the header `Last-Event-ID`, which a browser sends when it comes back, else of the query; an
    event's `id` is its cursor. Cursors count the asker's own events as the journal has them, so that neither a
    reconnect nor a restart of the node loses or repeats one.
    """
    house, after = ask.house, ask.request.headers.get("last-event-id") or ask.query["after"]
    first = await house.in_thread(event_page, house.views, ask.viewer, after, PAGE)  # a wrong cursor is refused here
    name = house.counted(ask)
    house.streams.admit(name)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    told = _told(house, ask, name, first.events, first.after)
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


async def _told(house: House, ask: Ask, name: str, events: Any, after: str) -> AsyncIterator[bytes]:
    with house.streams.one(name):
        yield b"retry: %d\n\n" % RETRY
        while True:
            seen = house.feed.height
            if events:
                yield b"".join(map(_one, events))
            elif not await house.feed.beyond(seen, KEEP_ALIVE):
                yield b": here\n\n"
            page = await house.in_thread(_next, house, ask, after)
            if page is None or house.feed.closed:
                return
            events, after = page.events, page.after


def _next(house: House, ask: Ask, after: str) -> EventPage | None:
    """What follows a cursor, for whom the asker is now; None once its key is no more the party's, or its time is up."""
    asker = house.gate.still(ask.asker)
    return None if asker is None else event_page(house.views, asker.viewer, after, PAGE)


def _one(event: Any) -> bytes:
    return b"id: %b\ndata: %b\n\n" % (event.cursor.encode(), to_json(event))


STREAMS = (
    Address(
        "GET",
        "/v1/events/stream",
        "What the asker may know of, as server-sent events. An event's id is its cursor, from which one goes on.",
        stream,
        str,
        (AFTER,),
        media=("text/event-stream",),
        waits=True,
    ),
)
