"""What a story calls the things that the ledger numbers, for the sentences of refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from bauhinia.edge.stories.names import Names
from bauhinia.ledger.state import State
from bauhinia.words.ids import ActionNumber, AssetNumber
from bauhinia.words.money import format_units
from bauhinia.words.reasons import must

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Called:
    """Everyone who reads a story knows everything in it."""

    names: Names

    def party(self, number: int) -> str:
        return self._name("party", number)

    def account(self, number: int) -> str:
        return self._name("account", number)

    def asset(self, number: int) -> str:
        return self._name("asset", number) if self._read(lambda state: AssetNumber(number) in state.assets) else ""

    def action(self, number: int) -> str:
        action = self._read(lambda state: state.servicing.actions.get(ActionNumber(number)))
        if action is None:
            return ""
        kind = action.kind.name.lower().replace("_", " ")
        return f"{kind} of {self.names.name_of('asset', action.asset)} on {action.payment_date}"

    def amount(self, asset: int, units: int) -> str:
        def ask(state: State) -> str:
            found = state.assets.get(AssetNumber(asset))
            return f"{found.currency} {format_units(units, found.exponent)}" if found else ""

        return self._read(ask)

    def _name(self, what: str, number: int) -> str:
        found = self.names.name_of(what, number)
        return "" if found == f"{what} {number}" else found

    def _read(self, ask: Callable[[State], T]) -> T:
        read = self.names.read
        must(read is not None, "a story that is not played refuses nothing")
        found: T = cast(Callable[[Callable[[State], T]], T], read)(ask)
        return found
