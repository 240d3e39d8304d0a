"""What the door counts, for Prometheus. Only this machine and operators may read it: it tells the market's volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from bauhinia.edge.http.house import House

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counters of one door, in a registry of their own: two doors in one process do not mix."""

    def __init__(self, house: House) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "path", "status")
        self._requests = Counter("bauhinia_http_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "bauhinia_http_seconds",
            "How long an answer took.",
            ("method", "path"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._commands = Counter(
            "bauhinia_commands", "Commands sent through this door.", ("outcome",), registry=self.registry
        )
        self._gauge("bauhinia_height", "Height of the last block.", lambda: house.market.status().height)
        self._gauge("bauhinia_views_height", "Height of the last block in the views.", lambda: house.views.height)
        self._gauge("bauhinia_waiting", "Envelopes that wait.", lambda: house.market.status().waiting)
        self._gauge("bauhinia_halted", "One where nothing is taken in.", lambda: bool(house.market.status().halted))
        self._gauge("bauhinia_streams", "Streams that are open.", lambda: len(house.streams))

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """A request was answered; `path` is the address's, its parts unfilled."""
        self._requests.labels(method, path, str(status)).inc()
        self._seconds.labels(method, path).observe(seconds)

    def command(self, outcome: str) -> None:
        """What a command came to: ACCEPTED, or its reason's name."""
        self._commands.labels(outcome).inc()

    def text(self) -> bytes:
        """All of it, in Prometheus's text form."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, says: str, value: object) -> None:
        Gauge(name, says, registry=self.registry).set_function(value)  # type: ignore[arg-type]
