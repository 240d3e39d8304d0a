"""An RTGS as a file says it: who keeps it, when it is open, and who its members are.

    name = "USD CHATS"                  # the money's code on the ledger
    settlement_institution = "HSBC"
    bic = "HSBCHKHH"
    currency = "USD"
    offset = "+08:00"
    opens = "08:30"
    closes = "17:30"
    closed = [2026-05-25]               # besides Saturdays and Sundays
    queue = true                        # a payment without funds waits for them until the close

    [[member]]
    name = "Bank A"                     # as the ledger has it
    bic = "BKAAHKHH"
    balance = "5,000,000.00"

The simulator begins with it; the settlement institution's gateway finds the members' accounts in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source, named, nearest
from bauhinia.wire.toml import NoToml, Problem, read_toml
from bauhinia.wire.written import day, table, text, truth, units
from bauhinia.words import identifiers
from bauhinia.words.dates import parse_minute
from bauhinia.words.ids import Units
from bauhinia.words.reasons import Refused

NEEDED = ("name", "settlement_institution", "bic", "currency", "member")
KEYS = (*NEEDED, "offset", "opens", "closes", "closed", "queue")
MEMBER = ("name", "bic", "balance")
SATURDAY = 5
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class RtgsMember:
    """A member and its account, which its BIC names."""

    name: str
    bic: str
    balance: Units


@dataclass(frozen=True, slots=True)
class RtgsSystem:
    """An RTGS. `offset` in minutes from UTC; `opens` and `closes` in minutes after local midnight."""

    name: str
    settlement_institution: str
    bic: str
    currency: str
    offset: int
    opens: int
    closes: int
    closed: tuple[date, ...]
    queue: bool
    members: tuple[RtgsMember, ...]

    @property
    def exponent(self) -> int:
        """The decimals of its currency."""
        return identifiers.MINOR_UNITS[self.currency]

    def works_on(self, business_day: date) -> bool:
        """Whether it is open on a day at all."""
        return business_day.weekday() < SATURDAY and business_day not in self.closed


def read_system(written: str, file: str) -> RtgsSystem:
    """The RTGS of a text. Mistake, by line, where it is not one."""
    try:
        given = read_toml(written)
    except NoToml as wrong:
        raise Mistake(Problem(file, wrong.line, f"is no TOML: {wrong.what}")) from None
    place = Place(Source(file, Lines(written)))
    _known(given, KEYS, NEEDED, place)
    currency = text(given["currency"], place.at("currency"))
    if currency not in identifiers.MINOR_UNITS:
        raise place.at("currency").mistake(f"currency: {named(currency)} is not a currency of ISO 4217")
    opens, closes = (_minute(given.get(key, usual), place.at(key)) for key, usual in _HOURS)
    if opens >= closes:
        raise place.at("closes").mistake("closes: it closes after it has opened, on the same day")
    return RtgsSystem(
        text(given["name"], place.at("name")),
        text(given["settlement_institution"], place.at("settlement_institution")),
        _bic(given["bic"], place.at("bic")),
        currency,
        _offset(given.get("offset", "+08:00"), place.at("offset")),
        opens,
        closes,
        tuple(day(each, place.at("closed", at)) for at, each in enumerate(given.get("closed", []))),
        truth(given.get("queue", False), place.at("queue")),
        _members(given["member"], place.at("member"), currency),
    )


_HOURS = (("opens", "08:30"), ("closes", "18:30"))


def _known(given: dict[str, Any], keys: tuple[str, ...], needed: tuple[str, ...], place: Place) -> None:
    for key in given:
        if key not in keys:
            raise place.at(key).mistake(f'an RTGS has no "{key}"{nearest(key, keys)}')
    for key in needed:
        if key not in given:
            raise place.mistake(f'an RTGS needs "{key}"')


def _members(given: Any, place: Place, currency: str) -> tuple[RtgsMember, ...]:
    if not isinstance(given, list):
        raise place.mistake("member: expected [[member]] tables")
    found: dict[str, RtgsMember] = {}
    for at, each in enumerate(given):
        inside = place.at(at)
        item = table(each, inside)
        _known(item, MEMBER, ("name", "bic"), inside)
        balance = units(item.get("balance", "0"), inside.at("balance"), currency)
        one = RtgsMember(text(item["name"], inside.at("name")), _bic(item["bic"], inside.at("bic")), balance)
        if one.bic in found or any(one.name == other.name for other in found.values()):
            raise inside.mistake(f"{one.name} ({one.bic}) is there twice")
        found[one.bic] = one
    return tuple(found.values())


def _bic(value: Any, place: Place) -> str:
    found = text(value, place)
    wrong = identifiers.bic(found)
    if wrong:
        raise place.mistake(f'{place.key}: "{found}" {wrong}')
    return found


def _minute(value: Any, place: Place) -> int:
    try:
        return parse_minute(text(value, place))
    except Refused as refused:
        raise place.mistake(f"{place.key}: {refused}") from None


def _offset(value: Any, place: Place) -> int:
    found = _OFFSET.fullmatch(text(value, place))
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        raise place.mistake(f"{place.key}: expected an offset from UTC such as +08:00, not {named(value)}")
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes
