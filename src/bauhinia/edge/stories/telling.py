"""Events as a story tells of them: which ones it means, what a party may see of one, and what was found instead."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum
from typing import Any

from bauhinia.bond import Terms
from bauhinia.edge.stories.names import Names
from bauhinia.edge.stories.record import Happening, Record
from bauhinia.edge.stories.values import SPECIAL, MicrosText, Scope, UnitsText, convert, hints
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.parties import Role
from bauhinia.ledger.state import State
from bauhinia.machine.events import EVENTS
from bauhinia.views.narrow import narrow
from bauhinia.wire.mistakes import Place, named, nearest
from bauhinia.wire.written import table
from bauhinia.words.codec import optional, plain
from bauhinia.words.dates import format_instant
from bauhinia.words.ids import EVERYONE, AccountNumber, AssetNumber, NetworkNumber, PartyNumber, SystemNumber
from bauhinia.words.money import format_units

NUMBERED = {
    PartyNumber: "party",
    AccountNumber: "account",
    AssetNumber: "asset",
    SystemNumber: "system",
    NetworkNumber: "network",
}
EVENT_KINDS: dict[str, type] = {entry.kind.__name__: entry.kind for entry in EVENTS}


@dataclass(frozen=True, slots=True)
class Meant:
    """An event as a story names it: its kind, and what some of its fields must be."""

    kind: type
    given: dict[str, Any]
    place: Place

    def fits(self, event: Any, scope: Scope) -> bool:
        return type(event) is self.kind and _agrees(event, self.kind, self.given, self.place, scope)

    def found(self, events: list[Any], scope: Scope) -> str:
        """What there was of the kind instead, nearest first; an empty text where there was nothing."""

        def agreeing(event: Any) -> int:
            return sum(_agrees(event, self.kind, {key: item}, self.place, scope) for key, item in self.given.items())

        told = dict.fromkeys(self._told(event, scope.names) for event in sorted(events, key=agreeing, reverse=True))
        return "; ".join(list(told)[:3])

    def __str__(self) -> str:
        fields_given = ", ".join(f"{key} {named(item)}" for key, item in self.given.items())
        return f"{self.kind.__name__} of {fields_given}" if fields_given else self.kind.__name__

    def _told(self, event: Any, names: Names) -> str:
        """An event that was found instead: those of its fields that the story has asked for."""
        if not self.given:
            return self.kind.__name__
        known = hints(self.kind)
        return f"{self.kind.__name__} of " + ", ".join(
            f"{key} {_written(getattr(event, key), known[key], asked, names)}" for key, asked in self.given.items()
        )


def meant(item: Any, place: Place, scope: Scope) -> Meant:
    """The event that a story means by its name, or by a table with its name and fields."""
    given = {"is": item} if isinstance(item, str) else dict(table(item, place))
    name = given.pop("is", "")
    if not isinstance(name, str) or name not in EVENT_KINDS:
        what = f"not {named(name)}" if name else 'as { is = "Waits", reason = "LACK" } has it'
        raise place.mistake(f"expected the name of an event, {what}{nearest(str(name), list(EVENT_KINDS))}")
    found = Meant(EVENT_KINDS[name], given, place)
    _agrees(None, found.kind, given, place, scope)
    return found


def _agrees(found: Any, kind: type, given: dict[str, Any], place: Place, scope: Scope) -> bool:
    """Whether a record has the values given, those of records inside it too. Every value is read, whatever is found."""
    known = hints(kind)
    agrees = True
    for key, asked in given.items():
        if key not in known:
            names = [each.name for each in fields(kind)]
            raise place.at(key).mistake(f'{kind.__name__} has no field "{key}"{nearest(key, names)}')
        value = getattr(found, key, None)
        inside = plain(optional(known[key]) or known[key])
        if isinstance(asked, dict) and isinstance(inside, type) and is_dataclass(inside) and _is_plain(inside):
            agrees = _agrees(value, inside, asked, place.at(key), scope) and agrees
        else:
            agrees = convert(known[key], asked, place.at(key), scope) == value and agrees
    return agrees


def _is_plain(kind: type) -> bool:
    """Whether a table of this is no more than its fields: terms, calendars and the like have a form of their own."""
    return kind is not Terms and kind not in SPECIAL


def _written(value: Any, hint: Any, asked: Any, names: Names) -> str:
    """A value of an event as a story would write it: what has a name by its name, an amount as the one asked for."""
    hint = optional(hint) or hint
    if hint in NUMBERED and type(value) is int:
        return named(names.name_of(NUMBERED[hint], value))
    if hint is UnitsText and isinstance(asked, str):
        prefix = asked.rpartition(" ")[0]
        decimals = names.decimals(prefix)
        return named(str(value) if decimals is None else f"{prefix} {format_units(value, decimals)}")
    if hint is MicrosText:
        return format_instant(value, names.offset)
    if isinstance(value, IntEnum):
        return named(value.name)
    return named(value) if isinstance(value, str | bool) else str(value)


def seen(happening: Happening, party: PartyNumber, facts: Facts, operator: bool) -> Any | None:
    """A happening as a party may know it, as the market's doors tell it; None where it may not know of it at all."""
    if operator:
        return happening.event
    if party not in happening.audience and EVERYONE not in happening.audience:
        return None
    return narrow(facts, party, happening.event)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the market by its state, and by what has been told of transactions that it has forgotten."""

    state: State
    record: Record

    def holder(self, account: int) -> int:
        found = self.state.accounts.get(AccountNumber(account))
        return found.holder if found else 0

    def keeper(self, account: int) -> int:
        found = self.state.accounts.get(AccountNumber(account))
        return found.keeper if found else 0

    def issuer(self, asset: int) -> int:
        found = self.state.assets.get(AssetNumber(asset))
        return found.issuer if found else 0

    def is_money(self, asset: int) -> bool:
        found = self.state.assets.get(AssetNumber(asset))
        return found is not None and found.kind is AssetKind.MONEY

    def untold(self, account: int, asset: int) -> bool:
        uses = self.state.powers.uses.values()
        return any(use.account == account and use.asset in (0, asset) and not use.notified for use in uses)

    def takes_part(self, transaction: int, party: int) -> bool:
        moves = self.record.moves.get(transaction)
        if moves is None:
            return False
        holders = [self.holder(account) for leg in moves.legs for account in (leg.giver, leg.taker)]
        return party in (*holders, *(moves.outside[1:3] if moves.outside else ()))


def is_operator(state: State, party: PartyNumber) -> bool:
    return Role.OPERATOR in state.parties[party].roles
