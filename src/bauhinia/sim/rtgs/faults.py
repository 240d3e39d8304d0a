"""What the simulated RTGS is told to do wrong: at which route, how, and how often.

Faults live in memory: whoever comes back after a crash is well again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

ALWAYS = -1


class Fault(StrEnum):
    """Kinds of faults, in the order of what the other side can still know."""

    DROP = "drop"  # the message is lost before it is read
    HOLD = "hold"  # the message is on its way: no answer, and it is processed when it is released
    DELAY = "delay"  # it is processed after some seconds, then answered
    CRASH_BEFORE = "crash-before"  # the process dies before anything is written down
    CRASH_AFTER = "crash-after"  # the process dies when it is written down and not answered
    LOSE = "lose"  # it is processed, and the answer is lost
    GARBAGE = "garbage"  # it is processed, and the answer cannot be read
    ERROR = "error"  # it is processed, and the answer is an internal error
    TWICE = "twice"  # it is processed, and what is told is told twice
    SILENT = "silent"  # the connection stays open and nothing is ever said


class Route(StrEnum):
    """Where faults can be."""

    PAY = "pay"
    ASK = "ask"
    TELL = "tell"
    STATE = "state"
    DAY = "day"


@dataclass(slots=True)
class Planned:
    """A fault to come: `times` more times, or `ALWAYS`."""

    route: Route
    fault: Fault
    times: int = 1
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """The faults to come. Each request takes the first that is meant for its route."""

    planned: list[Planned] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def plan(self, *more: Planned) -> None:
        with self._lock:
            self.planned += more

    def clear(self) -> None:
        with self._lock:
            self.planned.clear()

    def take(self, route: Route) -> Planned | None:
        """The fault of this request, if it is to have one; used up by it."""
        with self._lock:
            found = next((each for each in self.planned if each.route is route), None)
            if found is not None and found.times != ALWAYS:
                found.times -= 1
                if found.times == 0:
                    self.planned.remove(found)
            return found


def read_fault(text: str) -> Planned:
    """A fault as `pay:crash-after`, `pay:drop*3`, `ask:silent*always`, `pay:delay=2`; ValueError where it is none."""
    place, _, what = text.partition(":")
    what, _, times = what.partition("*")
    what, _, seconds = what.partition("=")
    often = ALWAYS if times == "always" else int(times or 1)
    if often == 0 or often < ALWAYS:
        raise ValueError(f"{times} times")
    return Planned(Route(place), Fault(what), often, float(seconds or 0))
