"""What stands in a story file as text, number, date, list or table, brought to the type that a command's field has.

Nothing here knows a single command: the fields of any dataclass and their annotations say what is expected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, time
from enum import IntEnum
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any, NewType, get_args, get_origin, get_type_hints

from bauhinia.bond import Calendar, Impossible, Terms
from bauhinia.edge.stories.keys import public_keys
from bauhinia.edge.stories.names import AssetName, Names
from bauhinia.ledger.actions import ActionStatus
from bauhinia.ledger.bonds import Document
from bauhinia.ledger.days import Timetable
from bauhinia.ledger.parties import Block, Key
from bauhinia.ledger.state import State
from bauhinia.wire.calendars import load_calendar
from bauhinia.wire.mistakes import Place, named, nearest, one_of
from bauhinia.wire.observations import observed_value
from bauhinia.wire.written import day, decimal, member, rate, table, text, truth, whole
from bauhinia.words.codec import optional, plain
from bauhinia.words.dates import day_of, micros_at, parse_date, parse_instant, parse_minute
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import (
    AccountNumber,
    ActionNumber,
    AssetNumber,
    InstructionNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.money import parse_units
from bauhinia.words.reasons import Refused

# `Units` and `Micros` are plain ints at run time: in annotations these two stand for them.
UnitsText = NewType("UnitsText", int)
MicrosText = NewType("MicrosText", int)
_MARKS = {"Units": UnitsText, "Micros": MicrosText}
_SHA256 = 64  # hexadecimal digits

Converter = Callable[[Any, Place, "Scope"], Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a text may lean on: the names, who acts and when, and the moneys, bonds or currency it stands beside."""

    names: Names
    by: str
    time: Micros
    beside: tuple[AssetName, ...] = ()
    currency: str = ""
    owner: str = ""  # whose keys are named, where not those of who acts

    @property
    def today(self) -> date:
        return day_of(self.time, self.names.offset)


@cache
def hints(kind: type) -> dict[str, Any]:
    """The annotations of a dataclass, amounts and moments told apart from other whole numbers."""
    return get_type_hints(kind, localns=_MARKS, include_extras=True)


def convert(hint: Any, value: Any, place: Place, scope: Scope) -> Any:
    """A value of the annotated type, or the mistake that names what was expected."""
    inner = optional(hint)
    if inner is not None:
        return convert(inner, value, place, scope)
    if hint in NAMED:
        return 0 if value == "" else NAMED[hint](value, place, scope)  # an empty name is nobody, and nothing
    kind = plain(hint)
    if kind in SPECIAL:
        return SPECIAL[kind](value, place, scope)
    if kind in SIMPLE:
        return SIMPLE[kind](value, place, scope)
    if get_origin(kind) in (tuple, list):
        return _many(kind, value, place, scope)
    if get_origin(kind) is dict:
        key_kind, value_kind = get_args(kind)
        return {
            convert(key_kind, key, place.at(key), scope): convert(value_kind, item, place.at(key), scope)
            for key, item in table(value, place).items()
        }
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return member(kind, value, place)
    if is_dataclass(kind) and isinstance(kind, type):
        return build(kind, table(value, place), place, scope)
    raise place.mistake(f"{place.key}: a story cannot give a value of this type")


def build(
    kind: type, given: dict[str, Any], place: Place, scope: Scope, otherwise: dict[str, Any] | None = None
) -> Any:
    """A dataclass from a table of its fields, each by its own name. A field left out takes its default, or `otherwise`,
    or nothing where its type has a nothing (an empty text, list or reference)."""
    known = hints(kind)
    names = [each.name for each in fields(kind)]
    for key in given:
        if key not in names:
            raise place.at(key).mistake(f'{kind.__name__} has no field "{key}"{nearest(key, names)}')
    scope = _beside(known, given, place, scope)
    values = {}
    for each in fields(kind):
        if each.name in given:
            values[each.name] = convert(known[each.name], given[each.name], place.at(each.name), scope)
        elif otherwise and each.name in otherwise:
            values[each.name] = otherwise[each.name]
        elif each.default is MISSING and each.default_factory is MISSING:
            values[each.name] = _nothing(known[each.name], each.name, kind, place)
    return kind(**values)


def _beside(known: dict[str, Any], given: dict[str, Any], place: Place, scope: Scope) -> Scope:
    """The scope of a table's amounts: the moneys and bonds it names, else those of the table around it."""
    found: list[AssetName] = []
    for name, hint in known.items():
        if (optional(hint) or hint) is AssetNumber and given.get(name):
            found.append(scope.names.asset_name(given[name], place.at(name)))
    currency = given.get("currency", "")
    return replace(
        scope,
        beside=(*found, *(each for each in scope.beside if each not in found)),
        currency=currency if isinstance(currency, str) and currency else scope.currency,
        owner=str(given.get("party") or given.get("name") or "") if "keys" in known else scope.owner,
    )


def _nothing(hint: Any, name: str, kind: type, place: Place) -> Any:
    """What a field that is left out means."""
    if optional(hint) is not None:
        return None
    if hint in NAMED and hint is not UnitsText:
        return 0
    bare = plain(hint)
    if bare in (str, bytes, bool):
        return bare()
    if isinstance(bare, type) and is_dataclass(bare) and all(each.default is not MISSING for each in fields(bare)):
        return bare()
    if get_origin(bare) is tuple and get_args(bare)[-1] is Ellipsis:
        return ()
    if get_origin(bare) in (dict, list):
        return get_origin(bare)()
    if isinstance(bare, type) and issubclass(bare, IntEnum):
        for each in bare:
            if each.value == 0:
                return each
    raise place.mistake(f'{kind.__name__} needs "{name}": expected {expected(hint)}')


def expected(hint: Any) -> str:
    """What a field of this type is written as, in words."""
    hint = optional(hint) or hint
    if hint in NAMED_WORDS:
        return NAMED_WORDS[hint]
    kind = plain(hint)
    words = {
        str: "a text", bool: "true or false", int: "a whole number", date: "a date such as 2026-02-02",
        Fraction: 'a rate such as "4.05%"', bytes: "a text whose hash is taken, or 64 hexadecimal digits",
        Terms: "a table of terms", Calendar: "a table with centre, or a whole calendar",
    }  # fmt: skip
    if kind in words:
        return words[kind]
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return one_of(each.name.lower() for each in kind)
    if get_origin(kind) in (tuple, list):
        return f"a list, each {expected(get_args(kind)[0])}"
    return "a table"


def _many(kind: Any, value: Any, place: Place, scope: Scope) -> Any:
    """A list; a single value stands for a list of one, and a table for a list of pairs. A tuple of fixed length is a
    list of that many."""
    kinds = get_args(kind)
    if get_origin(kind) is tuple and kinds[-1] is not Ellipsis:
        if not isinstance(value, list) or len(value) != len(kinds):
            raise place.mistake(f"{place.key}: expected a list of {len(kinds)}: {', '.join(map(expected, kinds))}")
        return tuple(
            convert(each, item, place.at(at), scope) for at, (each, item) in enumerate(zip(kinds, value, strict=True))
        )
    pairs = get_origin(kinds[0]) is tuple and len(get_args(kinds[0])) == 2
    if pairs and isinstance(value, dict):
        first, second = get_args(kinds[0])
        return get_origin(kind)(
            (convert(first, key, place.at(key), scope), convert(second, item, place.at(key), scope))
            for key, item in value.items()
        )
    items = value if isinstance(value, list) else [value]
    return get_origin(kind)(convert(kinds[0], item, place.at(at), scope) for at, item in enumerate(items))


def whole_number(value: Any, place: Place, scope: Scope) -> int:
    """A whole number; or the number that an earlier step gave to this field, by that step's label; or, where the
    number is made of bits, the names of those."""
    if isinstance(value, str):
        if value.startswith("@"):
            return scope.names.label(value, place.key, place)
        if "payment" in place.path or "paid" in place.path:
            return _payment(value, place, scope)
    if place.key in BITS and isinstance(value, str | list):
        listed = value if isinstance(value, list) else [value]
        return sum(BITS[place.key](item, place.at(at), scope) for at, item in enumerate(listed))
    return whole(value, place)


def _class_bit(value: Any, place: Place, scope: Scope) -> int:
    """The bit of a class of holders that a rulebook of the story defines."""
    classes = scope.names.classes
    if value not in classes:
        raise place.mistake(
            f"{place.key}: {named(value)} is no class of a rulebook{nearest(str(value), list(classes))}"
        )
    return 1 << classes[value]


def moment(value: Any, place: Place, offset: int, today: date | None = None, minute: int = 0) -> Micros:
    """Microseconds of a date and time (at the story's offset unless it has its own), of a date (at `minute`), or of a
    time of day (of `today`)."""
    match value:
        case datetime() if value.tzinfo is not None:
            since = value - datetime(1970, 1, 1, tzinfo=UTC)
            return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        case datetime():
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            return micros_at(value.date(), 0, offset) + seconds * 1_000_000 + value.microsecond
        case date():
            return micros_at(value, minute, offset)
        case time() if today is not None:
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            return micros_at(today, 0, offset) + seconds * 1_000_000 + value.microsecond
        case str():
            return _moment_text(value, place, offset, today, minute)
        case _:
            raise place.mistake(
                f"{place.key}: expected a date and time such as 2026-02-02 10:00:00, not {named(value)}"
            )


def _moment_text(value: str, place: Place, offset: int, today: date | None, minute: int) -> Micros:
    try:
        if ":" not in value:
            return micros_at(parse_date(value), minute, offset)
        if len(value) <= len("10:00") and today is not None:
            return micros_at(today, parse_minute(value), offset)
        if len(value) == len("2026-02-02 10:00"):
            return micros_at(parse_date(value[:10]), parse_minute(value[11:]), offset)
        return parse_instant(value)
    except Refused as refused:
        raise place.mistake(f"{place.key}: {' '.join(map(str, refused.parts))}") from None


def minute_of_day(value: Any, place: Place) -> int:
    """Minutes after midnight of a time of day, as TOML has it or as a text written HH:MM."""
    if isinstance(value, time):
        return value.hour * 60 + value.minute
    try:
        return parse_minute(text(value, place))
    except Refused as refused:
        raise place.mistake(f"{place.key}: {' '.join(map(str, refused.parts))}") from None


def offset_of(value: Any, place: Place) -> int:
    """Minutes of an offset from UTC written +08:00."""
    written = text(value, place)
    sign, rest = written[:1], written[1:]
    if sign not in ("+", "-"):
        raise place.mistake(f'{place.key}: expected an offset from UTC such as "+08:00", not {named(value)}')
    minutes = minute_of_day(rest, place)
    return minutes if sign == "+" else -minutes


def fraction(value: Any, place: Place) -> Fraction:
    """A rate in per cent ("4.05%"), a part of one ("1/4"); where the field is a price, a price ("99.901"); where it is
    the value of a series, a rate or an index ("310.326")."""
    if place.key == "value":
        return observed_value(value, place)
    written = text(value, place)
    if "price" in place.key and "/" not in written and not written.endswith("%"):
        return decimal(written, place)
    return rate(written, place)


def amount(value: Any, place: Place, scope: Scope) -> Units:
    """Smallest units of "HKD 1,234.56"; the currency, or the code of the money or bond meant, may be left out where the
    table names it. A bare 0 is nothing of anything."""
    if value == 0 and type(value) is int:
        return 0
    if not isinstance(value, str):
        raise place.mistake(f'{place.key}: expected an amount as text, such as "HKD 1,234.56", not {named(value)}')
    prefix, _, digits = value.rpartition(" ")
    exponents = {each.exponent for each in scope.beside}
    if prefix:
        exponents = {_exponent(prefix, place, scope)}
    elif not exponents and scope.currency in MINOR_UNITS:
        exponents = {MINOR_UNITS[scope.currency]}
    if len(exponents) != 1:
        raise place.mistake(f'{place.key}: expected an amount with its currency, such as "HKD {value}"')
    try:
        return parse_units(digits, exponents.pop())
    except Refused as refused:
        raise place.mistake(f"{place.key}: {' '.join(map(str, refused.parts))}") from None


def _exponent(prefix: str, place: Place, scope: Scope) -> int:
    """The decimals of what stands before an amount: one of the things beside it, else any currency or asset."""
    for each in scope.beside:
        if prefix in (each.name, each.code, each.currency):
            return each.exponent
    if scope.beside or scope.currency:
        fitting = [each.currency for each in scope.beside] or [scope.currency]
        if prefix not in fitting:
            raise place.mistake(
                f'{place.key}: expected an amount of {one_of(dict.fromkeys(fitting))}, not of "{prefix}"'
            )
    decimals = scope.names.decimals(prefix)
    if decimals is not None:
        return decimals
    raise place.mistake(f'{place.key}: "{prefix}" is neither a currency nor a money or bond of the story')


def digest(value: Any, place: Place, scope: Scope | None = None) -> bytes:
    """A SHA-256 hash: the 64 hexadecimal digits given, or that of the text."""
    written = text(value, place)
    if len(written) == _SHA256:
        try:
            return bytes.fromhex(written)
        except ValueError:
            pass
    return sha256(written.encode()).digest()


def _keys(value: Any, place: Place, scope: Scope) -> Key:
    """A person's play key: the person may be called anything, the key follows from the two names."""
    return public_keys(scope.owner or scope.by, (text(value, place),))[0]


def _document(value: Any, place: Place, scope: Scope) -> Document:
    """A document: its name and its text (or hash); its name alone stands for a text that says no more than that."""
    if isinstance(value, str):
        return Document(value, digest(value, place))
    if not isinstance(value, dict):
        raise place.mistake(f"{place.key}: expected a document, its name or a table, not {named(value)}")
    given = dict(value)
    if "text" in given and "sha256" not in given:
        given["sha256"] = given.pop("text")
    document: Document = build(Document, given, place, scope)
    return document


def _instruction(value: Any, place: Place, scope: Scope) -> int:
    """An instruction of who acts, by its reference; any, by its number, or the one that an earlier step labelled."""
    if type(value) is int:
        return value
    if isinstance(value, str) and value.startswith("@"):
        return scope.names.label(value, "instruction", place)
    reference, names = text(value, place), scope.names
    if names.read is None:
        return 0
    party = names.party(scope.by, place)
    number: int | None = names.read(lambda state: state.settlement.references.get((party, reference)))
    if number is None:
        raise place.mistake(f'{place.key}: "{scope.by}" has no instruction with the reference "{reference}"')
    return number


def _transaction(value: Any, place: Place, scope: Scope) -> int:
    """A transaction, by the reference of one of its two instructions, or by label."""
    if isinstance(value, str) and value.startswith("@"):
        return scope.names.label(value, "transaction", place)
    reference = text(value, place)
    if scope.names.read is None:
        return 0

    def find(state: Any) -> int | None:
        for (_, each), number in state.settlement.references.items():
            found = state.settlement.instructions.get(number) if each == reference else None
            if found is not None and found.transaction:
                return int(found.transaction)
        return None

    number: int | None = scope.names.read(find)
    if number is None:
        raise place.mistake(f'{place.key}: no matched trade under way has the reference "{reference}"')
    return number


def _action(value: Any, place: Place, scope: Scope) -> int:
    """A payment of a bond: the bond's name alone for the next one that is not yet paid; with a date after it the one
    paid then, with a number that of the period; or by label."""
    if isinstance(value, str) and value.startswith("@"):
        return scope.names.label(value, "action", place)
    written, names = text(value, place), scope.names
    name, _, which = (written, "", "") if written in names.assets else written.rpartition(" ")
    names.asset_name(name, place)
    if which and not which.isdecimal():
        day(which, place)
    if names.read is None:
        return 0
    bond = names.asset(name, place)

    def find(state: State) -> int | None:
        for action in (state.servicing.actions[number] for number in state.servicing.of.get(bond, ())):
            over = action.status in (ActionStatus.PAID, ActionStatus.CANCELLED)
            if which in (str(action.payment_date), str(action.period)) or (not which and not over):
                return action.number
        return None

    number: int | None = names.read(find)
    if number is None:
        raise place.mistake(f'{place.key}: "{name}" has no payment {which or "left"}')
    return number


def _payment(value: str, place: Place, scope: Scope) -> int:
    """The payment outside the ledger of a trade, by the trade's reference."""
    number = TransactionNumber(_transaction(value, place, scope))
    if scope.names.read is None:
        return 0
    payment: int = scope.names.read(lambda state: state.settlement.transactions[number].payment)
    if not payment:
        raise place.mistake(f'{place.key}: the trade "{value}" is not paid outside the ledger')
    return payment


def _calendar(value: Any, place: Place, scope: Scope) -> Calendar:
    """A calendar that comes with the package, by centre and version, or one that the story gives whole."""
    given = table(value, place)
    centre = text(given.get("centre", ""), place.at("centre"))
    if set(given) <= {"centre", "version"}:
        try:
            return load_calendar(centre, given.get("version"))
        except Impossible as impossible:
            raise place.mistake(f"calendar: {impossible}") from None
    defaults = {"version": 1, "known_from": date(scope.today.year, 1, 1)}
    calendar: Calendar = build(Calendar, given, place, scope, defaults)
    return replace(calendar, holidays=tuple(sorted(calendar.holidays)), worked=tuple(sorted(calendar.worked)))


def timetable(value: Any, place: Place, scope: Scope) -> Timetable:
    """A system's day: offset "+08:00", and the times at which it opens, cuts off and ends."""
    given = table(value, place)
    usual = {"opens": "09:00", "dvp_cut_off": "16:00", "fop_cut_off": "17:00", "end_of_day": "18:00"}
    for key in given:
        if key not in usual and key not in ("offset", "windows"):
            raise place.at(key).mistake(f'a timetable has no "{key}"{nearest(key, ["offset", "windows", *usual])}')
    offset = offset_of(given["offset"], place.at("offset")) if "offset" in given else scope.names.offset
    times = {key: minute_of_day(given.get(key, otherwise), place.at(key)) for key, otherwise in usual.items()}
    listed = given.get("windows", [])
    if not isinstance(listed, list):
        raise place.at("windows").mistake("windows: expected a list of times such as 11:00")
    return Timetable(offset, **times, windows=tuple(minute_of_day(each, place.at("windows")) for each in listed))


NAMED: dict[Any, Converter] = {
    PartyNumber: lambda value, place, scope: scope.names.party(value, place),
    AccountNumber: lambda value, place, scope: scope.names.account(value, place),
    AssetNumber: lambda value, place, scope: scope.names.asset(value, place),
    SystemNumber: lambda value, place, scope: scope.names.system(value, place),
    InstructionNumber: _instruction,
    TransactionNumber: _transaction,
    ActionNumber: lambda value, place, scope: _action(value, place, scope),
    UnitsText: amount,
    MicrosText: lambda value, place, scope: moment(value, place, scope.names.offset),
}
NAMED_WORDS: dict[Any, str] = {
    PartyNumber: "the name of a party",
    AccountNumber: "the name of an account",
    AssetNumber: "the name of a money or a bond",
    SystemNumber: "the name of a system",
    InstructionNumber: "the reference of an instruction, or its number",
    TransactionNumber: "the reference of a trade",
    ActionNumber: 'a payment of a bond, such as "Bond 2026-02-02"',
    UnitsText: 'an amount such as "HKD 1,234.56"',
    MicrosText: "a date and time such as 2026-02-02 10:00:00",
}
SIMPLE: dict[Any, Converter] = {
    str: lambda value, place, scope: text(value, place),
    bool: lambda value, place, scope: truth(value, place),
    int: whole_number,
    date: lambda value, place, scope: day(value, place),
    Fraction: lambda value, place, scope: fraction(value, place),
    bytes: digest,
}
BITS: dict[str, Converter] = {
    "bits": lambda value, place, scope: int(member(Block, value, place)),
    "needs": _class_bit,
}
SPECIAL: dict[Any, Converter] = {
    Document: _document,
    Calendar: _calendar,
    Timetable: timetable,
    Key: _keys,
}
