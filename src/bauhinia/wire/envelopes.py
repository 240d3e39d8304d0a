"""Envelopes by the digest of their bytes: where one stands in the journal, for who sent it and lost the answer.

An envelope is good for 24 hours at most, so only as much of the journal is looked through, backwards, and at most so
many envelopes. The same bytes sent again stand there twice, the second time as REPLAYED: what is found is the first,
that which was admitted.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from threading import Lock

from bauhinia.node.market import Market
from bauhinia.node.stored import Stored, unpack_outcomes, unpack_raws
from bauhinia.wire.receipts import Place, place_in
from bauhinia.words.dates import DAY

KEPT = 65_536  # digests whose place is remembered
MOST = 250_000  # envelopes looked through


def digest_of(raw: bytes) -> str:
    """The SHA-256 of an envelope's bytes, hexadecimal."""
    return sha256(raw).hexdigest()


class Envelopes:
    """Finds envelopes of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._known: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = Lock()

    def keep(self, digest: str, height: int, index: int) -> None:
        """Remember where an envelope stands that was admitted."""
        with self._lock:
            self._known[digest] = height, index
            if len(self._known) > KEPT:
                self._known.popitem(last=False)

    def find(self, digest: str, after: int = 0) -> Place | None:
        """Where the envelope stands that was admitted with these bytes, in a block after `after`; None where there is
        none."""
        with self._lock:
            known = self._known.get(digest)
        if known is not None:
            stored = self._market.journal.block(known[0])
            return None if stored is None else _place(stored, digest, known[1])
        return self._search(digest, after)

    def _search(self, digest: str, after: int) -> Place | None:
        journal, seen = self._market.journal, 0
        height, oldest = journal.height(), 0
        told = self._market.read(lambda state: state.settings.told_time)  # then the machine's time bounds nothing
        while height > after and seen < MOST:
            stored = journal.block(height)
            if stored is None or stored.time < oldest:
                return None
            oldest = oldest or (0 if told else stored.time - DAY)
            raws = unpack_raws(stored.body)
            for index, (_, raw) in enumerate(raws):
                if digest_of(raw) == digest:
                    place = _place(stored, digest, index)
                    if place.turned_away() is None:
                        self.keep(digest, height, index)
                        return place
            seen += len(raws)
            height -= 1
        return None


def _place(stored: Stored, digest: str, index: int) -> Place:
    outcomes = (told.outcome() for told in unpack_outcomes(stored.outcomes))
    return place_in(digest, stored.height, index, stored.hash, outcomes)
