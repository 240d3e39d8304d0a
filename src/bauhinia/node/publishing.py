"""What is committed, told to whoever wants to know: views, streams, side stores."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Queue
from threading import Condition, Thread

from bauhinia.machine.block import Header
from bauhinia.machine.steps import Outcome
from bauhinia.node.journal import Journal
from bauhinia.node.stored import Damaged, Stored, read_header, unpack_outcomes, unpack_rows
from bauhinia.words.codec import Malformed

BEHIND = 64  # blocks that may wait to be published before the next one is made to wait
log = logging.getLogger("bauhinia.node")


@dataclass(slots=True)
class Committed:
    """A block that is durable. `rows` are the positions it changed: key, balance, earmarked, flags."""

    height: int
    header: Header
    outcomes: list[Outcome]
    rows: list[tuple[int, int, int, int]]


def committed(stored: Stored) -> Committed:
    """A block as it stands in the journal. The parts of a refusal's sentence are texts there."""
    try:
        outcomes = [told.outcome() for told in unpack_outcomes(stored.outcomes)]
        return Committed(stored.height, read_header(stored.header), outcomes, unpack_rows(stored.rows))
    except (Malformed, KeyError, ValueError) as wrong:
        raise Damaged(stored.height, f"its outcomes cannot be read: {wrong}") from None


def history(journal: Journal, first: int = 1, last: int | None = None) -> Iterator[Committed]:
    """Committed blocks from the journal, in order: nothing is executed again."""
    return map(committed, journal.blocks(first, last))


@dataclass(slots=True, eq=False)
class Subscription:
    """Someone who is told of every block after `at`, each once, in order. One that fails is told no more."""

    tell: Callable[[Committed], None]
    at: int
    failure: Exception | None = None


class Publisher:
    """A thread that tells subscribers. Who comes late, or was told of a block too few, is given them from the journal.

    A subscriber must not wait for a receipt: the market waits for the slowest of them, 64 blocks behind.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._queue: Queue[Committed | None] = Queue(BEHIND)
        self._subscriptions: list[Subscription] = []
        self._change = Condition()
        self._open = True
        self._thread = Thread(target=self._run, name="bauhinia-publish", daemon=True)
        self._thread.start()

    def subscribe(self, tell: Callable[[Committed], None], after: int) -> Subscription:
        subscription = Subscription(tell, after)
        with self._change:
            self._subscriptions.append(subscription)
        self._queue.put(None)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._change:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

    def publish(self, block: Committed) -> None:
        if self._subscriptions:
            self._queue.put(block)

    def flush(self) -> None:
        """Wait until all that was published has been told."""
        self._queue.join()

    def close(self) -> None:
        """Tell what is published, then no more."""
        self._open = False
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while self._open or not self._queue.empty():
            block = self._queue.get()
            with self._change:
                subscriptions = list(self._subscriptions)
            for subscription in subscriptions:
                self._tell(subscription, block)
            self._queue.task_done()

    def _tell(self, subscription: Subscription, block: Committed | None) -> None:
        try:
            known = self._journal.height() if block is None else block.height - 1
            for missed in history(self._journal, subscription.at + 1, known):
                subscription.tell(missed)
                subscription.at = missed.height
            if block is not None and subscription.at == block.height - 1:
                subscription.tell(block)
                subscription.at = block.height
        except Exception as failure:
            log.exception("a subscriber failed at block %d and is told no more", subscription.at + 1)
            subscription.failure = failure
            self.unsubscribe(subscription)
