"""A step: one command, one due duty or one follow-up. It asks (`require`), then tells (`emit`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bauhinia.ledger.parties import Party, Role
from bauhinia.ledger.state import State
from bauhinia.words.ids import NO_PARTY, Micros, PartyNumber
from bauhinia.words.reasons import Reason, require

Evolve = Callable[[State, Any], None]
Audience = tuple[PartyNumber, ...]  # who may see an event beside the operators; EVERYONE for all


@dataclass(slots=True)
class Step:
    """What a rule is given. `asker` and `persons` are who signed; nobody where a duty or a follow-up runs. `time`
    is the moment at which the step takes effect: for a duty, when it fell due."""

    state: State
    time: Micros
    evolve: Evolve
    asker: PartyNumber = NO_PARTY
    persons: tuple[str, ...] = ()
    events: list[Any] = field(default_factory=list)
    legs: int = 0

    def emit(self, event: Any) -> None:
        """Tell what happened: the event is recorded and evolves the state at once."""
        self.events.append(event)
        self.evolve(self.state, event)

    def party(self) -> Party:
        """The party that asks."""
        return self.state.party(self.asker)


def require_role(step: Step, *roles: Role) -> None:
    """Refuse unless the asker has one of the roles."""
    require(any(role in step.party().roles for role in roles), Reason.NOT_AUTHORISED, *(role.name for role in roles))


def require_text(value: str, field_name: str, most: int = 140, least: int = 1) -> None:
    """Refuse a text that is empty, too long or not printable."""
    require(least <= len(value) <= most and (value.isprintable() or not value), Reason.TEXT, field_name)


def require_classes(state: State, needs: int) -> None:
    """Refuse bits of classes that no rulebook in force defines."""
    defined = 0
    for name in sorted(state.rulebooks):
        rulebook = state.rulebook(name)
        for each in rulebook.classes if rulebook else ():
            defined |= 1 << each.bit
    require(needs & ~defined == 0, Reason.ATTRIBUTE, "needs", needs)
