"""Tells open pages that something happened which their viewer may know of. What it was, they ask for anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from bauhinia.views.model import Viewer

BEAT = 15  # seconds after which a silent stream says that it is there
MOST = 512  # pages that listen at a time


@dataclass(eq=False)
class Listener:
    """One open page: `wake` is set, in its own loop, when a block has been projected."""

    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """The pages that listen. `told` is for any thread."""

    def __init__(self) -> None:
        self._listeners: dict[Listener, None] = {}

    @property
    def full(self) -> bool:
        return len(self._listeners) >= MOST

    def told(self) -> None:
        """A block has been projected: wake every page."""
        for listener in list(self._listeners):
            try:
                listener.loop.call_soon_threadsafe(listener.wake.set)
            except RuntimeError:  # its loop has closed, and the page with it
                self._listeners.pop(listener, None)

    async def stream(
        self, after: str, latest: Callable[[Viewer], str], still: Callable[[], Viewer | None]
    ) -> AsyncIterator[str]:
        """Server-sent events for a page that shows what its viewer knew at the cursor `after`.

        `latest` is the viewer's latest cursor; `still` who looks now, None when the session has ended.
        """
        listener = Listener(asyncio.get_running_loop())
        self._listeners[listener] = None
        try:
            yield "retry: 2000\n\n"
            while (viewer := still()) is not None:
                listener.wake.clear()
                found = await asyncio.to_thread(latest, viewer)
                if found != after:
                    after = found
                    yield f"id: {after}\nevent: happened\ndata: \n\n"
                try:
                    await asyncio.wait_for(listener.wake.wait(), BEAT)
                except TimeoutError:
                    yield ": still here\n\n"
            yield "event: ended\ndata: \n\n"
        finally:
            self._listeners.pop(listener, None)
