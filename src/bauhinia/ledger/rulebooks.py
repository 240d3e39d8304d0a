"""Rulebooks: rules of law as data, each provision with its citation, published on the ledger and dated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Provision:
    """One rule: `name` says which (as docs/reference/rulebooks lists them), `value` what it says, `citation` where
    it comes from."""

    name: str
    value: str
    citation: str


@dataclass(frozen=True, slots=True)
class ClassDefinition:
    """A predicate over a holder: an account has class `bit` while its holder's `attribute` is `value`."""

    bit: int
    name: str
    attribute: str
    value: str


@dataclass(slots=True)
class Rulebook:
    """A version of a market's rules, in force from a date until the next version's."""

    name: str
    version: int
    effective: date
    title: str
    classes: tuple[ClassDefinition, ...] = ()
    provisions: tuple[Provision, ...] = ()

    def value(self, name: str, otherwise: str = "") -> str:
        """What a provision says."""
        for provision in self.provisions:
            if provision.name == name:
                return provision.value
        return otherwise
