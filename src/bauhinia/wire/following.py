"""Views that follow a market: every committed block is projected once, and whoever waits for it is told."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from threading import Condition

from bauhinia.node.market import Market
from bauhinia.node.publishing import Committed
from bauhinia.views.store import Views

Listener = Callable[[int], None]
log = logging.getLogger("bauhinia.wire")


class Following:
    """Keeps views up with a market, from where they stand. One following a views file."""

    def __init__(self, market: Market, views: Views) -> None:
        self.market, self.views = market, views
        self._listeners: list[Listener] = []
        self._change = Condition()
        self._failure: Exception | None = None
        self._subscription = market.subscribe(self._take, after=views.height)

    @property
    def failure(self) -> Exception | None:
        """Why the views do not follow, if so: after a full disk until the next block that it takes, else until they are
        opened anew."""
        return self._failure or self._subscription.failure

    def reach(self, height: int, seconds: float = 30) -> bool:
        """Wait until the views hold a block; False where they do not in time, or follow no more."""
        with self._change:
            self._change.wait_for(lambda: self.views.height >= height or self.failure is not None, seconds)
        return self.views.height >= height

    def listen(self, listener: Listener) -> None:
        """Have a function called with the height of each block that the views have taken in. It must not wait."""
        self._listeners.append(listener)

    def ignore(self, listener: Listener) -> None:
        """Call it no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def close(self) -> None:
        """Follow no more; the views stay as they are."""
        self.market.unsubscribe(self._subscription)

    def _take(self, committed: Committed) -> None:
        try:
            for missed in self.market.history(self.views.height + 1, committed.height - 1):
                self.views.apply(missed)  # what the disk did not take before
            self.views.apply(committed)
            self._failure = None
        except sqlite3.OperationalError as full:
            log.error("the views do not take block %d, and are tried again with the next: %s", committed.height, full)
            self._failure = full
            return
        except Exception as failure:
            self._failure = failure
            raise
        finally:
            with self._change:
                self._change.notify_all()
        for listener in list(self._listeners):
            try:
                listener(committed.height)
            except Exception:  # the views go on following, whatever a listener does
                log.exception("a listener failed at block %d and is told no more", committed.height)
                self.ignore(listener)
