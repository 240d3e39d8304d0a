"""What an envelope came to, as a viewer may know it, and its JSON form."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bauhinia.machine.events import event_bytes, read_events
from bauhinia.machine.steps import Outcome, StepKind
from bauhinia.views.asking import Asking
from bauhinia.views.model import Viewer
from bauhinia.views.narrow import narrowed
from bauhinia.views.refusals import Allowed, said
from bauhinia.views.store import Views
from bauhinia.wire.forms import BadForm, event_form, from_plain, read_event, to_plain
from bauhinia.wire.problems import Explained
from bauhinia.words.ids import EVERYONE, NO_PARTY, Micros, PartyNumber
from bauhinia.words.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What one command came to: accepted, its code zero and its events those that the viewer may know; or refused, with
    the reason's number as its code, the parts of its sentence, and as `detail` the sentence with the names in it that
    the viewer may know."""

    command: int
    code: int
    reason: str
    parts: tuple[str, ...]
    events: tuple[Any, ...]
    detail: str = ""

    @property
    def accepted(self) -> bool:
        return self.code == 0

    def refusal(self) -> Refused | None:
        """The refusal, where it is one."""
        return Explained(Reason(self.code), self.detail, *self.parts) if self.code else None


@dataclass(frozen=True, slots=True)
class Receipt:
    """An envelope that stands in the journal: in which block, at which place, what each command came to, and the events
    that they caused in the same block. `time` is the ledger's; `digest` the SHA-256 of the envelope's bytes and
    `header` the hash of the block's header, hexadecimal."""

    digest: str
    height: int
    index: int
    time: Micros
    header: str
    outcomes: tuple[CommandOutcome, ...]
    caused: tuple[Any, ...]

    @property
    def accepted(self) -> bool:
        """Whether every command was."""
        return all(outcome.accepted for outcome in self.outcomes)

    @property
    def events(self) -> tuple[Any, ...]:
        """The events of its commands, then those that these caused."""
        return (*(event for outcome in self.outcomes for event in outcome.events), *self.caused)

    def refusal(self) -> Refused | None:
        """The first refusal among its commands."""
        return next(filter(None, (outcome.refusal() for outcome in self.outcomes)), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an envelope stands, and the outcomes of its block that are its own or that it caused."""

    digest: str
    height: int
    index: int
    header: bytes
    outcomes: Sequence[Outcome]
    caused: Sequence[Outcome]

    @property
    def party(self) -> PartyNumber:
        """Whose envelope it is; nobody where it was not admitted."""
        return self.outcomes[0].party if self.outcomes else NO_PARTY

    def turned_away(self) -> Refused | None:
        """Why it was turned away before any of its commands was asked. Such an outcome is of nobody: who asks is known
        from admission on."""
        first = self.outcomes[0] if self.outcomes else None
        if first is None or not first.code or first.party != NO_PARTY:
            return None
        return Refused(Reason(first.code), *first.parts)


def place_in(digest: str, height: int, index: int, header: bytes, outcomes: Iterable[Outcome]) -> Place:
    """The place of an envelope in a block whose outcomes are all given."""
    own, caused, mine = list[Outcome](), list[Outcome](), False
    for outcome in outcomes:
        if outcome.kind is StepKind.COMMAND:
            mine = outcome.first == index
            if mine:
                own.append(outcome)
        elif mine:
            caused.append(outcome)
    return Place(digest, height, index, header, own, caused)


def receipt(views: Views, viewer: Viewer, place: Place) -> Receipt:
    """The receipt of an envelope as a viewer may know it, once the views hold its block."""
    with views.reading() as db:
        names = Allowed(Asking(db, viewer))
        told = tuple(
            CommandOutcome(
                each.second,
                int(each.code),
                Reason(each.code).name if each.code else "",
                tuple(map(str, each.parts)),
                _known(db, viewer, each),
                said(Reason(each.code), each.parts, names) if each.code else "",
            )
            for each in place.outcomes
        )
        caused = tuple(event for each in place.caused for event in _known(db, viewer, each))
    time = place.outcomes[0].time if place.outcomes else 0
    return Receipt(place.digest, place.height, place.index, time, place.header.hex(), told, caused)


def _known(db: sqlite3.Connection, viewer: Viewer, outcome: Outcome) -> tuple[Any, ...]:
    """What the viewer may know of an outcome's events, as the journal has them: those it is among the audience of, and
    its part of them."""
    events = read_events(event_bytes(outcome.events))
    if viewer.operator:
        return tuple(events)
    seen = (
        narrowed(db, viewer, event)
        for event, audience in zip(events, outcome.audiences, strict=True)
        if viewer.party in audience or EVERYONE in audience
    )
    return tuple(event for event in seen if event is not None)


def receipt_form(value: Receipt) -> dict[str, Any]:
    """The JSON form of a receipt."""
    form: dict[str, Any] = {name: getattr(value, name) for name in ("digest", "height", "index", "time", "header")}
    form["outcomes"] = [
        {
            "command": outcome.command,
            "code": outcome.code,
            "reason": outcome.reason,
            "parts": to_plain(outcome.parts),
            "detail": outcome.detail,
            "events": [event_form(event) for event in outcome.events],
        }
        for outcome in value.outcomes
    ]
    form["caused"] = [event_form(event) for event in value.caused]
    return form


def read_receipt(form: Any) -> Receipt:
    """The receipt of its JSON form; BadForm names what is wrong."""
    if not isinstance(form, Mapping):
        raise BadForm("", "a receipt is an object")
    bare = from_plain(Receipt, form)
    outcomes = tuple(
        CommandOutcome(
            outcome.command, outcome.code, outcome.reason, outcome.parts,
            _read_events(outcome.events, f"outcomes[{number}].events"), outcome.detail,
        )
        for number, outcome in enumerate(bare.outcomes)
    )  # fmt: skip
    caused = _read_events(bare.caused, "caused")
    return Receipt(bare.digest, bare.height, bare.index, bare.time, bare.header, outcomes, caused)


def _read_events(forms: Sequence[Any], field: str) -> tuple[Any, ...]:
    return tuple(read_event(form, f"{field}[{number}]") for number, form in enumerate(forms))
