"""How a step runs: it asks, then tells; before it has told anything it can be refused, after that it cannot."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from typing import Any

from bauhinia.ledger.state import State
from bauhinia.machine.duties import DUTIES, WORK
from bauhinia.machine.events import BY_KIND, EVOLVE, event_bytes
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import NO_PARTY, Micros, PartyNumber
from bauhinia.words.reasons import Fault, Reason, Refused, must

OUTCOME = Struct("<BqqqH")
ACCEPTED = 0


class StepKind(IntEnum):
    COMMAND = 1
    DUTY = 2
    FOLLOW_UP = 3


@dataclass(slots=True)
class Outcome:
    """What a step came to: its events, or one reason. For a command `first` and `second` are the numbers of its
    envelope in the block and of the command in the envelope; else the kind and the subject. `code` is zero where the
    step was accepted. The parts of a refusal's sentence are not hashed. `audiences` tells who may see each event;
    `party` who asked."""

    kind: StepKind
    first: int
    second: int
    time: Micros
    code: int
    events: list[Any]
    parts: tuple[object, ...] = ()
    audiences: list[Audience] = field(default_factory=list)
    party: PartyNumber = NO_PARTY
    encoded: bytes = field(default=b"", repr=False, compare=False)

    def to_bytes(self) -> bytes:
        """What is hashed; written once, when the step is over."""
        if not self.encoded:
            head = OUTCOME.pack(self.kind, self.first, self.second, self.time, self.code)
            self.encoded = head + event_bytes(self.events)
        return self.encoded


def evolve(state: State, event: Any) -> None:
    EVOLVE[type(event)](state, event)


def run(rule: Callable[..., None], step: Step, *given: Any) -> tuple[int, tuple[object, ...]]:
    """Run one step: its code and the parts of its refusal.

    A rule that fails before it has told anything is refused with FAULT_IN_RULE: one bug must not halt every node, and
    every restart. After it has, the node stops. Stack and memory differ between machines, so their end stops it too.
    """
    try:
        rule(step, *given)
    except Refused as refused:
        must(not step.events, "a step was refused after it had told:", refused)
        return refused.reason, refused.parts
    except (Fault, RecursionError, MemoryError):
        raise
    except Exception as fault:
        if step.events:
            raise Fault(f"a step failed after it had told: {fault!r}") from fault
        return Reason.FAULT_IN_RULE, (type(fault).__name__, str(fault))
    return ACCEPTED, ()


def audiences(state: State, events: list[Any]) -> list[Audience]:
    """Who may see each event, the operators apart."""
    return [BY_KIND[type(event)].sees(state, event) for event in events]


@dataclass(slots=True)
class Run:
    """The steps of one block as they are taken: its outcomes, and the legs its pages may still move."""

    state: State
    watched: bool
    outcomes: list[Outcome] = field(default_factory=list)
    legs: int = 0

    def take(
        self, kind: StepKind, first: int, second: int, step: Step, rule: Callable[..., None], *given: Any
    ) -> Outcome:
        """Run a step, keep its outcome, then drain the follow-ups it caused."""
        code, parts = run(rule, step, *given)
        outcome = Outcome(kind, first, second, step.time, code, step.events, parts, party=step.asker)
        if self.watched:
            outcome.audiences = audiences(self.state, step.events)
        self.outcomes.append(outcome)
        self.legs += step.legs
        days = self.state.days
        if kind is not StepKind.FOLLOW_UP and (days.work or days.stages):
            self.drain(step.time)
        return outcome

    def drain(self, time: Micros) -> None:
        """Run the follow-ups in the order in which they were caused; an end of day's next stage when none is left."""
        days = self.state.days
        while days.work or days.stages:
            batch, days.work = days.work, []
            if not batch:
                batch = [days.stages.pop(0)]
            for kind, subject in batch:
                self._follow(kind, subject, time)

    def _follow(self, kind: Any, subject: int, time: Micros) -> None:
        del self.state.days.queued[kind, subject]
        rule = WORK[kind]
        step = Step(self.state, time, evolve)
        outcome = self.take(StepKind.FOLLOW_UP, kind, subject, step, rule, subject)
        must(
            outcome.code == ACCEPTED,
            "a follow-up was refused:",
            kind.name,
            subject,
            Reason(outcome.code or 1).name,
            outcome.parts,
        )
        if not outcome.events:
            self.outcomes.pop()

    def duties(self) -> None:
        """Run what has fallen due, each at its own moment; what is paid in pages comes first, in blocks of its own."""
        days = self.state.days
        while days.agenda and days.agenda[0][0] <= self.state.time and not days.paged:
            due, _, kind, subject = heapq.heappop(days.agenda)
            rule = DUTIES[kind]
            step = Step(self.state, due, evolve)
            outcome = self.take(StepKind.DUTY, kind, subject, step, rule, subject)
            must(
                outcome.code == ACCEPTED,
                "a duty was refused:",
                kind.name,
                subject,
                Reason(outcome.code or 1).name,
                outcome.parts,
            )
            if not outcome.events:
                self.outcomes.remove(outcome)

    def pages(self, most_legs: int) -> None:
        """Run what is paid in pages, until the block has moved as many legs as it may."""
        days = self.state.days
        while days.paged and self.legs < most_legs:
            kind, subject = days.paged.pop(0)
            self._follow(kind, subject, self.state.time)
            if days.work or days.stages:
                self.drain(self.state.time)
