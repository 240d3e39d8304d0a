"""The JSON forms of commands, events and answers: the dataclasses themselves, field by field.

By the field's annotation:

=================  ====================================================================================
int, NewType       a whole JSON number of 64 bits; amounts are the asset's smallest units
Wide               a whole JSON number from zero up
bool               true or false
IntEnum            the member's name
date               "2025-11-11"
Fraction           "3/80", "0.0405" or a whole number, all exact; written as "3/80"
str                text
bytes              hexadecimal digits, two a byte
X | None           null, or X
tuple, list        a JSON array
tuple[X, Y]        a JSON array of as many items
dict               a JSON object; whole numbers as keys are written in digits
dataclass          a JSON object, its fields by name
=================  ====================================================================================

A command says what it is by `do`, an event by `event`: the class's name in small letters, `register_party`. A number
with a decimal point or an exponent is never read: money and rates are exact here. A field that a dataclass gives a
default may be left out; any other that is missing, unknown, named twice or wrong is refused by its path, such as
`commands[1].terms.rate`.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec

from bauhinia.machine.commands import BY_KIND as COMMAND_ROWS
from bauhinia.machine.commands import COMMANDS
from bauhinia.machine.events import BY_KIND as EVENT_ROWS
from bauhinia.machine.events import EVENTS
from bauhinia.words.codec import Malformed, Wide, encode, optional, plain
from bauhinia.words.dates import parse_date
from bauhinia.words.frame import MOST_COMMANDS, pack_body
from bauhinia.words.reasons import Reason, Refused, must

T = TypeVar("T")
Reader = Callable[[Any], Any]

COMMAND_NAME, EVENT_NAME = "do", "event"
LARGEST = (1 << 63) - 1
MOST_DIGITS = 400  # of one JSON number: more than the widest mask of nonces has
MOST_NAMES = 40  # of an enumeration, told in a refusal

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_RATIO = re.compile(r"(-?[0-9]{1,19})(?:/([0-9]{1,19}))?")
_DECIMAL = re.compile(r"-?[0-9]{1,19}\.[0-9]{1,18}")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")


class BadForm(Refused):
    """JSON that is no form of what it should be: `field` is the path of what is wrong, empty for the whole."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(Reason.MALFORMED, field, problem)
        self.field, self.problem = field, problem

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}" if self.field else self.problem

    def under(self, above: str) -> BadForm:
        """The same, seen from one level up."""
        if not above:
            return self
        dot = "." if self.field and not self.field.startswith("[") else ""
        return BadForm(f"{above}{dot}{self.field}", self.problem)


class _Inexact:
    """A JSON number with a point or an exponent, kept as written so that its field can refuse it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class _Twice(dict[str, Any]):
    """A JSON object that names a field twice."""

    name: str = ""


def parse(data: bytes | str) -> Any:
    """JSON as Python values; BadForm where it is none. What is inexact or named twice is refused by its reader."""
    try:
        text = data if isinstance(data, str) else data.decode()
        return json.loads(
            text, parse_float=_Inexact, parse_int=_whole, parse_constant=_Inexact, object_pairs_hook=_fields_of
        )
    except UnicodeDecodeError as wrong:
        raise BadForm("", f"is not UTF-8 at byte {wrong.start}") from None
    except json.JSONDecodeError as wrong:
        raise BadForm("", f"is not JSON: {wrong.msg}, line {wrong.lineno} column {wrong.colno}") from None
    except RecursionError:
        raise BadForm("", "is not JSON that anyone means: too deep") from None


def _whole(text: str) -> int | _Inexact:
    return int(text) if len(text) <= MOST_DIGITS else _Inexact(f"{text[:20]}…")


def _fields_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    twice = _Twice(found)
    twice.name = next(name for name in names if names.count(name) > 1)
    return twice


# ---- out ----


def to_plain(value: Any) -> Any:
    """A value as JSON has it: dataclasses as dicts, enumerations by name, exact numbers as text."""
    write = _WRITERS.get(type(value))
    return value if write is None else write(value)


def to_json(value: Any) -> bytes:
    """A value as JSON text."""
    return msgspec.json.encode(to_plain(value))


class _Writers(dict[type, Callable[[Any], Any] | None]):
    """How each type is written, found when it is first met; None where it stays as it is."""

    def get(self, kind: type, default: Any = None) -> Callable[[Any], Any] | None:
        try:
            return self[kind]
        except KeyError:
            found = self[kind] = _writer(kind)
            return found


def _writer(kind: type) -> Callable[[Any], Any] | None:
    if kind in (int, bool, str, type(None)):
        return None
    if issubclass(kind, IntEnum):
        return lambda value: value.name
    if kind is Fraction:
        return str
    if kind is date:
        return date.isoformat
    if kind is bytes:
        return bytes.hex
    if kind is array:
        return lambda value: value.tolist()
    if issubclass(kind, Mapping):
        return lambda value: {key if type(key) is str else _key(key): to_plain(item) for key, item in value.items()}
    if is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
        return lambda value: {name: to_plain(getattr(value, name)) for name in names}
    must(issubclass(kind, tuple | list), "there is no JSON form of", kind.__name__)
    return lambda value: [to_plain(item) for item in value]


def _key(key: Any) -> str:
    written = to_plain(key)
    return ",".join(map(str, written)) if isinstance(written, list) else str(written)


_WRITERS = _Writers()


def command_form(command: Any) -> dict[str, Any]:
    """The JSON form of a command."""
    return {COMMAND_NAME: COMMAND_NAMES[type(command)], **to_plain(command)}


def event_form(event: Any) -> dict[str, Any]:
    """The JSON form of an event."""
    return {EVENT_NAME: EVENT_NAMES[type(event)], **to_plain(event)}


# ---- in ----


def from_plain(kind: type[T], value: Any, field: str = "") -> T:
    """The value of a type (any annotation of the table above) in its JSON form; BadForm names the path."""
    try:
        return cast(T, reader(cast(Any, kind))(value))
    except BadForm as bad:
        raise bad.under(field) from None


def from_json(kind: type[T], data: bytes | str) -> T:
    """The value of a type whose JSON form is the text; BadForm names the path."""
    return from_plain(kind, parse(data))


def read_command(form: Any, field: str = "") -> Any:
    """The command of a JSON form; BadForm names the path."""
    return _named(form, COMMAND_NAME, COMMAND_KINDS, field)


def read_event(form: Any, field: str = "") -> Any:
    """The event of a JSON form; BadForm names the path."""
    return _named(form, EVENT_NAME, EVENT_KINDS, field)


def read_commands(forms: Any, field: str = "commands") -> list[Any]:
    """The commands of one envelope, from one JSON form or a list of them."""
    if isinstance(forms, dict):
        return [read_command(forms, field)]
    if not isinstance(forms, list):
        raise BadForm(field, f"{_told(forms)} is not a list of commands")
    if not 1 <= len(forms) <= MOST_COMMANDS:
        raise BadForm(field, f"holds {len(forms)} commands; an envelope holds 1 to {MOST_COMMANDS}")
    return [read_command(form, f"{field}[{number}]") for number, form in enumerate(forms)]


def body_of(commands: list[Any] | tuple[Any, ...]) -> bytes:
    """The body of an envelope that holds these commands; BadForm where one has no canonical bytes."""
    parts = []
    for number, command in enumerate(commands):
        row = COMMAND_ROWS.get(type(command))
        if row is None:
            raise BadForm(f"commands[{number}]", f"{type(command).__name__} is no command")
        try:
            parts.append((row.tag, encode(command)))
        except Malformed as malformed:
            raise BadForm(f"commands[{number}]", str(malformed)) from None
    return pack_body(parts)


def _named(form: Any, label: str, kinds: Mapping[str, type], field: str) -> Any:
    try:
        values = _object(form)
        if label not in values:
            raise BadForm(label, "is missing")
        name = values[label]
        if not isinstance(name, str) or name not in kinds:
            raise BadForm(label, f"{_told(name)} is not known here")
        return reader(kinds[name])({key: value for key, value in values.items() if key != label})
    except BadForm as bad:
        raise bad.under(field) from None


def _told(value: Any) -> str:
    """What was given, short enough to be told."""
    match value:
        case _Inexact():
            return value.text
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool() | None:
            return json.dumps(value)
        case _:
            text = json.dumps(value)
            return text if len(text) <= 60 else f"{text[:57]}…"


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, _Twice):
        raise BadForm(value.name, "is named twice")
    if not isinstance(value, dict):
        raise BadForm("", f"{_told(value)} is not an object")
    return value


@cache
def reader(kind: Any) -> Reader:
    """What reads the JSON form of an annotation; it raises BadForm."""
    kind = plain(kind)
    simple: Reader | None = _SIMPLE.get(kind)
    if simple is not None:
        return simple
    if is_dataclass(kind):
        return _dataclass_reader(cast(type, kind))
    inner = optional(kind)
    if inner is not None:
        inside = reader(inner)
        return lambda value: None if value is None else inside(value)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return _enum_reader(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and args[-1] is not Ellipsis:
        return _items_reader(args)
    if origin in (tuple, list):
        return _many_reader(args[0], cast(type, origin))
    must(origin is dict, "there is no JSON form of", kind)
    return _dict_reader(*args)


def _read_int(value: Any) -> int:
    if type(value) is not int:
        raise BadForm("", f"{_told(value)} is not a whole number")
    if not -LARGEST - 1 <= value <= LARGEST:
        raise BadForm("", f"{_told(value)} is not a number of 64 bits")
    return value


def _read_wide(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise BadForm("", f"{_told(value)} is not a whole number from zero up")
    return value


def _read_bool(value: Any) -> bool:
    if type(value) is not bool:
        raise BadForm("", f"{_told(value)} is neither true nor false")
    return value


def _read_str(value: Any) -> str:
    if not isinstance(value, str):
        raise BadForm("", f"{_told(value)} is not text")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadForm("", "holds half of a surrogate pair")
    return value


def _read_bytes(value: Any) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise BadForm("", f"{_told(value)} is not hexadecimal digits, two a byte")
    return bytes.fromhex(value)


def _read_date(value: Any) -> date:
    if not isinstance(value, str):
        raise BadForm("", f"{_told(value)} is not a date, written YYYY-MM-DD")
    try:
        return parse_date(value)
    except Refused as refused:
        raise BadForm("", " ".join(map(str, refused.parts))) from None


def _read_fraction(value: Any) -> Fraction:
    if type(value) is int or (isinstance(value, str) and _DECIMAL.fullmatch(value)):
        found = Fraction(value)
    elif isinstance(value, str) and (ratio := _RATIO.fullmatch(value)):
        if ratio[2] is not None and int(ratio[2]) == 0:
            raise BadForm("", f"{_told(value)} divides by zero")
        found = Fraction(int(ratio[1]), int(ratio[2] or 1))
    else:
        hint = "; write it as text" if isinstance(value, _Inexact) else ""
        raise BadForm("", f'{_told(value)} is not an exact number such as "3/80" or "0.0405"{hint}')
    if max(abs(found.numerator), found.denominator) > LARGEST:
        raise BadForm("", f"{_told(value)} does not fit into two numbers of 64 bits")
    return found


_SIMPLE: dict[Any, Reader] = {
    int: _read_int,
    Wide: _read_wide,
    bool: _read_bool,
    str: _read_str,
    bytes: _read_bytes,
    date: _read_date,
    Fraction: _read_fraction,
    Any: lambda value: value,  # in answers: an event's fields, say
}


def _enum_reader(kind: type[IntEnum]) -> Reader:
    members = {member.name: member for member in kind}
    names = ", ".join(list(members)[:MOST_NAMES])

    def read(value: Any) -> IntEnum:
        found = members.get(value) if isinstance(value, str) else None
        if found is None:
            raise BadForm("", f"{_told(value)} is none of {names}")
        return found

    return read


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadForm("", f"{_told(value)} is not a list")
    return value


def _many_reader(kind: Any, into: type) -> Reader:
    inner = reader(kind)

    def read(value: Any) -> Any:
        return into([_at(number, inner, item) for number, item in enumerate(_list(value))])

    return read


def _items_reader(kinds: tuple[Any, ...]) -> Reader:
    inner = [reader(kind) for kind in kinds]

    def read(value: Any) -> tuple[Any, ...]:
        if len(_list(value)) != len(inner):
            raise BadForm("", f"holds {len(value)} items, not {len(inner)}")
        return tuple(_at(number, one, item) for number, (one, item) in enumerate(zip(inner, value, strict=True)))

    return read


def _at(number: int, inner: Reader, item: Any) -> Any:
    try:
        return inner(item)
    except BadForm as bad:
        raise bad.under(f"[{number}]") from None


def _dict_reader(key: Any, kind: Any) -> Reader:
    inner, whole = reader(kind), plain(key) is int
    must(whole or plain(key) is str, "there is no JSON form of the key", key)

    def read(value: Any) -> dict[Any, Any]:
        found = {}
        for name, item in _object(value).items():
            if whole and not _WHOLE.fullmatch(name):
                raise BadForm(name, "is not a whole number in digits")
            try:
                found[int(name) if whole else name] = inner(item)
            except BadForm as bad:
                raise bad.under(name) from None
        return found

    return read


def _dataclass_reader(kind: type) -> Reader:
    hints = get_type_hints(kind, include_extras=True)
    made = [field for field in fields(kind) if field.init]
    inner = {field.name: reader(hints[field.name]) for field in made}
    needed = [field.name for field in made if field.default is MISSING and field.default_factory is MISSING]

    def read(value: Any) -> Any:
        given, found = _object(value), {}
        for name in given:
            if name not in inner:
                raise BadForm(name, f"is no field of {_snake(kind.__name__)}")
        for name in needed:
            if name not in given:
                raise BadForm(name, "is missing")
        for name, item in given.items():
            try:
                found[name] = inner[name](item)
            except BadForm as bad:
                raise bad.under(name) from None
        return kind(**found)

    return read


# ---- names ----


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


COMMAND_NAMES: dict[type, str] = {row.kind: _snake(row.kind.__name__) for row in COMMANDS}
COMMAND_KINDS: dict[str, type] = {name: kind for kind, name in COMMAND_NAMES.items()}
EVENT_NAMES: dict[type, str] = {row.kind: _snake(row.kind.__name__) for row in EVENTS}
EVENT_KINDS: dict[str, type] = {name: kind for kind, name in EVENT_NAMES.items()}
must(len(COMMAND_KINDS) == len(COMMAND_ROWS) and len(EVENT_KINDS) == len(EVENT_ROWS), "two forms have one name")
