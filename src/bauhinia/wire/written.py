"""What stands in a TOML file as text, number, date or list, brought to a plain value: exactly, or as the mistake that
says what was expected there."""

from __future__ import annotations

import re
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Any, TypeVar

from bauhinia.bond.impossible import Impossible
from bauhinia.wire.mistakes import Place, named, nearest, one_of
from bauhinia.words.dates import parse_date
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import Units
from bauhinia.words.money import format_amount, parse_rate, parse_units
from bauhinia.words.reasons import Refused

Member = TypeVar("Member", bound=IntEnum)

MOST_NAMED = 20  # of a choice, in a message
_PERCENT = re.compile(r"\s+%$")


def table(value: Any, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.mistake(f"{place.key}: expected a table, not {named(value)}")
    return value


def text(value: Any, place: Place) -> str:
    if not isinstance(value, str):
        raise place.mistake(f"{place.key}: expected a text in quotes, not {named(value)}")
    return value


def whole(value: Any, place: Place) -> int:
    if type(value) is not int:
        raise place.mistake(f"{place.key}: expected a whole number, not {named(value)}")
    return value


def truth(value: Any, place: Place) -> bool:
    if type(value) is not bool:
        raise place.mistake(f"{place.key}: expected true or false, not {named(value)}")
    return value


def day(value: Any, place: Place) -> date:
    """A date of TOML, or a text written YYYY-MM-DD."""
    if isinstance(value, str):
        try:
            return parse_date(value)
        except Refused as refused:
            raise place.mistake(f"{place.key}: {' '.join(map(str, refused.parts))}") from None
    if type(value) is not date:
        raise place.mistake(f"{place.key}: expected a date such as 2026-02-02, not {named(value)}")
    return value


def member(kind: type[Member], value: Any, place: Place) -> Member:
    """A member of an enumeration by its name, in capitals or not, with underscores, hyphens or blanks; or by what term
    sheets call it ("Act/365F"), where the enumeration knows that."""
    written = text(value, place)
    wanted = written.upper().replace("-", "_").replace(" ", "_")
    for each in kind:
        if each.name == wanted:
            return each
    labelled = getattr(kind, "labelled", None)
    if labelled is not None:
        try:
            found: Member = labelled(written)
            return found
        except Impossible:
            pass
    raise place.mistake(f"{place.key}: expected {choice(kind, written)}")


def choice(kind: type[IntEnum], written: str = "") -> str:
    """How the members of an enumeration are called: all, or some where they are many; and what was probably meant."""
    labels = [getattr(each, "label", each.name.lower()) for each in kind]
    instead = f', not "{written}"' if written else ""
    if len(labels) <= MOST_NAMED:
        return one_of(labels) + instead
    fitting = [label for label in labels if written and label.lower().startswith(written.lower())]
    if len(fitting) > 1:
        return f'one of the names {one_of(fitting)}, not "{written}", which could be any of them'
    return f"a name such as {one_of(labels[:6])}{instead}{nearest(written, labels)}"


def rate(value: Any, place: Place) -> Fraction:
    """A rate in per cent ("4.05%") or a part of one ("81/2000", "0.0405"). A float is not taken: it is not exact."""
    if value == 0 and type(value) is int:
        return Fraction(0)
    if not isinstance(value, str):
        raise place.mistake(f'{place.key}: expected a rate as text, such as "4.05%", not {named(value)}')
    written = _PERCENT.sub("%", value)
    try:
        if "/" in written:
            above, below = written.split("/", 1)
            return Fraction(int(above), int(below))
        return parse_rate(written)
    except Refused as refused:
        raise place.mistake(f"{place.key}: {' '.join(map(str, refused.parts))}") from None
    except (ValueError, ZeroDivisionError):
        raise place.mistake(f'{place.key}: expected a rate such as "4.05%", not {named(value)}') from None


def number(value: Any, place: Place) -> Fraction:
    """A number that is no rate, such as the value of an index: a whole one, or a text."""
    if type(value) is int:
        return Fraction(value)
    if not isinstance(value, str):
        raise place.mistake(f'{place.key}: expected a number as text, such as "234.567", not {named(value)}')
    return decimal(value, place)


def decimal(written: str, place: Place) -> Fraction:
    """The exact value of a decimal number such as 99.901, commas between thousands allowed."""
    digits = written.removeprefix("-").replace(",", "")
    whole, point, after = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (after.isascii() and after.isdigit())):
        raise place.mistake(f'{place.key}: expected a number such as "99.901", not {named(written)}')
    value = Fraction(int(whole + after), 10 ** len(after))
    return -value if written.startswith("-") else value


def units(value: Any, place: Place, currency: str) -> Units:
    """Smallest units of an amount of this currency: "HKD 1,234.56", or "1,234.56" alone."""
    if currency not in MINOR_UNITS:
        raise place.mistake(f"{place.key}: no currency of ISO 4217 is named of which it is an amount")
    if not isinstance(value, str):
        example = format_amount(currency, 123456)
        raise place.mistake(f'{place.key}: expected an amount as text, such as "{example}", not {named(value)}')
    prefix, _, digits = value.rpartition(" ")
    if prefix and prefix != currency:
        raise place.mistake(f'{place.key}: expected an amount of {currency}, not of "{prefix}"')
    try:
        return parse_units(digits, MINOR_UNITS[currency])
    except Refused as refused:
        raise place.mistake(f"{place.key}: {' '.join(map(str, refused.parts))}") from None
