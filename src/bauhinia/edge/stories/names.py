"""Names in a story, and the numbers by which the ledger knows the same things.

A story names parties, accounts, moneys, bonds and systems; the ledger numbers them as they are registered. While a
story is read the numbers are not known, and every name stands for zero: that is enough to check that it was declared.
While it is played, each event that gives a number is noted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bauhinia.bond.terms import Terms
from bauhinia.ledger.parties import Purpose
from bauhinia.ledger.state import State
from bauhinia.rules.market import SystemOpened
from bauhinia.rules.money import MoneyCreated
from bauhinia.rules.networks import NetworkCreated
from bauhinia.rules.onboarding import AccountOpened, KeysRotated, PartyRegistered
from bauhinia.wire.mistakes import Place, nearest
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import AccountNumber, AssetNumber, NetworkNumber, PartyNumber, SystemNumber

T = TypeVar("T")
PERSONS = ("maker", "checker")
HOLDS = (Purpose.OWN, Purpose.SEGREGATED, Purpose.OMNIBUS)  # what "the account of a party" means where it has just one


@dataclass(slots=True)
class PartyName:
    """A party, the persons who sign for it at first, and the names of its accounts. `particulars` are what
    registers show of it, such as its address; the ledger has only a commitment to them."""

    name: str
    persons: tuple[str, ...] = PERSONS
    accounts: list[str] = field(default_factory=list)
    particulars: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class AccountName:
    """An account, who holds it, for what, and the account that receives its money (itself where empty)."""

    name: str
    holder: str
    purpose: Purpose = Purpose.OWN
    cash: str = ""


@dataclass(slots=True)
class AssetName:
    """A money or a bond: its code on the ledger, its currency, its decimals; of a bond also the terms.

    `outside` is a money that moves in an RTGS: nobody has an account of it here."""

    name: str
    code: str
    currency: str
    exponent: int
    issuer: str = ""
    outside: bool = False
    terms: Terms | None = None
    sheet: dict[str, Any] = field(default_factory=dict)  # the [[bond]] table
    lodge: Callable[[Any], Any] | None = None  # makes the command that lodges the term sheet
    place: Place | None = None  # where that table stands


@dataclass(slots=True)
class Names:
    """All names of a story. `read` asks the market's state; None while the story is only being read."""

    offset: int = 0
    parties: dict[str, PartyName] = field(default_factory=dict)
    accounts: dict[str, AccountName] = field(default_factory=dict)
    assets: dict[str, AssetName] = field(default_factory=dict)
    systems: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)
    rulebooks: list[str] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)  # classes of holders that rulebooks define: name -> bit
    rotated: dict[str, tuple[str, ...]] = field(default_factory=dict)  # persons of a party since its keys changed
    labels: dict[str, dict[str, int]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    read: Callable[[Callable[[State], Any]], Any] | None = None

    def playing(self, read: Callable[[Callable[[State], Any]], Any]) -> Names:
        """The same names, to be filled with numbers while the story is played."""
        return replace(self, rotated={}, labels={}, numbers={}, read=read)

    def persons_of(self, party: str) -> tuple[str, ...]:
        """Who signs for a party now."""
        return self.rotated.get(party) or self.parties[party].persons

    def party_name(self, value: Any, place: Place) -> PartyName:
        return _found(self.parties, value, place, "a party")

    def account_name(self, value: Any, place: Place) -> AccountName:
        """An account by its name, or by its holder's where that has one account that holds."""
        if isinstance(value, str) and value not in self.accounts and value in self.parties:
            held = [each for each in self.parties[value].accounts if self.accounts[each].purpose in HOLDS]
            if len(held) == 1:
                return self.accounts[held[0]]
            if not held:
                raise place.mistake(f'{place.key}: "{value}" has no account')
            raise place.mistake(f'{place.key}: "{value}" has several accounts: {", ".join(held)}')
        if isinstance(value, str) and value not in self.accounts:
            known = [*self.accounts, *self.parties]
            raise place.mistake(f'{place.key}: "{value}" is not the name of an account{nearest(value, known)}')
        return _found(self.accounts, value, place, "an account")

    def asset_name(self, value: Any, place: Place) -> AssetName:
        return _found(self.assets, value, place, "a money or a bond")

    def terms(self, value: Any, place: Place) -> tuple[AssetName, Terms]:
        """A bond by its name, with its terms."""
        asset = self.asset_name(value, place)
        if asset.terms is None:
            raise place.mistake(f'{place.key}: "{value}" is not a bond whose terms the story gives')
        return asset, asset.terms

    def party(self, value: Any, place: Place) -> PartyNumber:
        return PartyNumber(self._number("party", self.party_name(value, place).name, place))

    def account(self, value: Any, place: Place) -> AccountNumber:
        return AccountNumber(self._number("account", self.account_name(value, place).name, place))

    def asset(self, value: Any, place: Place) -> AssetNumber:
        """The number of an asset; a bond is known by its code, once its term sheet is on the ledger."""
        name = self.asset_name(value, place)
        if self.read is None:
            return AssetNumber(0)
        number: AssetNumber | None = self.read(lambda state: state.codes.get(name.code))
        if number is None:
            raise place.mistake(f'{place.key}: "{value}" is not on the ledger yet')
        return number

    def system(self, value: Any, place: Place) -> SystemNumber:
        if value not in self.systems:
            raise place.mistake(f'{place.key}: expected a system, not "{value}"{nearest(str(value), self.systems)}')
        return SystemNumber(self._number("system", value, place))

    def network(self, value: Any, place: Place) -> NetworkNumber:
        if value not in self.networks:
            raise place.mistake(f'{place.key}: expected a network, not "{value}"{nearest(str(value), self.networks)}')
        return NetworkNumber(self._number("network", value, place))

    def label(self, text: str, name: str, place: Place) -> int:
        """The number that an earlier step called `text` gave to `name` (a field of its events: proposal, payment)."""
        given = _found(self.labels, text.removeprefix("@"), place, "a step's label (as = ...)")
        if self.read is None:
            return 0
        if name not in given:
            raise place.mistake(
                f'{place.key}: the step "{text}" gave no {name}; it gave {", ".join(given) or "nothing"}'
            )
        return given[name]

    def learn(self, event: Any, declared: str = "") -> None:
        """Note the number that an event gives; `declared` is what the story calls a party whose name is private."""
        match event:
            case PartyRegistered():
                self.numbers["party", event.name or declared] = event.party
            case KeysRotated():
                self.rotated[self.name_of_party(event.party)] = tuple(dict.fromkeys(key.person for key in event.keys))
            case AccountOpened():
                self.numbers["account", event.name] = event.account
            case SystemOpened():
                self.numbers["system", event.name] = event.system
            case NetworkCreated():
                self.numbers["network", event.name] = event.network
            case MoneyCreated():
                self.numbers["asset", event.asset.code] = event.asset.number
            case _:
                pass

    def add_account(self, account: AccountName) -> None:
        self.accounts[account.name] = account
        self.parties[account.holder].accounts.append(account.name)

    def name_of_party(self, number: int) -> str:
        """What the story calls a party."""
        return self.name_of("party", number)

    def name_of(self, what: str, number: int) -> str:
        """What the story calls a party, an account, an asset or a system; nothing where the number is zero."""
        if not number:
            return ""
        named = (name for (kind, name), value in self.numbers.items() if (kind, value) == (what, number))
        found = next(named, f"{what} {number}")
        if what == "asset" and self.read is not None:
            asset = AssetNumber(number)
            code = self.read(lambda state: state.assets[asset].code if asset in state.assets else found)
            found = next((name for name, known in self.assets.items() if known.code == code), code)
        return found

    def decimals(self, prefix: str) -> int | None:
        """The decimals of a money or bond of the story, or of a currency; None where it is none of these."""
        asset = self.assets.get(prefix)
        return asset.exponent if asset else MINOR_UNITS.get(prefix)

    def _number(self, kind: str, name: str, place: Place) -> int:
        if self.read is None:
            return 0
        number = self.numbers.get((kind, name))
        if number is None:
            raise place.mistake(f'{place.key}: {kind} "{name}" is not on the ledger yet')
        return number


def _found(known: dict[str, T], value: Any, place: Place, what: str) -> T:
    if not isinstance(value, str):
        raise place.mistake(f"{place.key}: expected the name of {what}, not {type(value).__name__} {value}")
    if value not in known:
        raise place.mistake(f'{place.key}: "{value}" is not the name of {what}{nearest(value, list(known))}')
    return known[value]
