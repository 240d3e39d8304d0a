"""What one asker may ask of the door: how large, how long, how often."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from starlette.requests import Request

from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.frame import HEAD, LARGEST_BODY, LENGTH, MOST_SIGNATURES, SLOT
from bauhinia.words.ids import Micros

LARGEST_ENVELOPE = HEAD.size + MOST_SIGNATURES * SLOT + LENGTH.size + LARGEST_BODY
MOST_ASKERS = 65_536  # whose rate is remembered


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one door. `a_second` and `burst` count one asker's requests: a party's, or those from one address that say no
    party; `seconds` is how long one may take; `streams` how many an asker may have open."""

    json_bytes: int = 4 << 20
    seconds: int = 30
    a_second: int = 2_000
    burst: int = 4_000
    streams: int = 16


class Rates:
    """A bucket an asker: a request takes a token, and time puts them back. Clocks in microseconds."""

    def __init__(self, limits: Limits, clock: Callable[[], Micros]) -> None:
        self._limits, self._clock = limits, clock
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[int, Micros]] = OrderedDict()  # tokens in millionths, and when

    def take(self, asker: str) -> None:
        """Take a token, or refuse with the seconds after which there is one again."""
        now, limits = self._clock(), self._limits
        full = limits.burst * 1_000_000
        with self._lock:
            tokens, then = self._buckets.pop(asker, (full, now))
            tokens = min(full, tokens + max(0, now - then) * limits.a_second)
            taken = tokens >= 1_000_000
            self._buckets[asker] = (tokens - 1_000_000 if taken else tokens, now)
            if len(self._buckets) > MOST_ASKERS:
                self._buckets.popitem(last=False)
        if not taken:
            wait = -(-(1_000_000 - tokens) // (limits.a_second * 1_000_000))
            raise DoorRefused(Door.TOO_MANY, "again in", max(1, wait), "seconds")


async def body_of(request: Request, most: int) -> bytes:
    """The body of a request; refused as soon as it is known to be too large."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise DoorRefused(Door.TOO_LARGE, int(announced), "bytes; at most", most)
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            raise DoorRefused(Door.TOO_LARGE, "over", most, "bytes")
    return bytes(found)
