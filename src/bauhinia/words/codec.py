"""Canonical bytes of dataclasses: one value, one encoding; what a decoder takes is what its encoder makes.

All numbers are little-endian. By the field's annotation:

=================  =====================================================
int, NewType       signed 64 bits
Wide               unsigned 16-bit length, then the shortest big-endian bytes of a number of any size from zero up
bool               one byte, 0 or 1
IntEnum            unsigned 16 bits, a written member
date               signed 32 bits, proleptic Gregorian ordinal
Fraction           numerator, denominator: 64 bits each, lowest terms
str, bytes         unsigned 32-bit length, then UTF-8 or the bytes
X | None           one byte, 0 or 1, then X
tuple, list        unsigned 32-bit count, then the items
tuple[X, Y]        X, then Y
array("q")         unsigned 32-bit count, then the items
dict               unsigned 32-bit count, then key and value, in the order of insertion
dataclass          its fields in order
=================  =====================================================

Encoders and decoders are written from the annotations when a class is first met; runs of fixed-size fields are
packed by one `struct` call.

A dict keeps its order: the order in which a state's entries were made is part of the state, since rules walk them in
it, and a node restored from a snapshot must walk as one that was not.
"""

from __future__ import annotations

import struct
import types
from array import array
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from functools import cache
from math import gcd
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
LARGEST_DAY = date.max.toordinal()
WRONG = (struct.error, OverflowError, UnicodeError, ValueError, AttributeError, TypeError, KeyError)


class Malformed(ValueError):
    """The bytes are not the encoding of any value, or the value has no encoding."""


class Wide:
    """`Annotated[int, Wide]` is a non-negative integer of any size (a mask of a thousand bits)."""


Encoder = Callable[[Any, bytearray], None]
Decoder = Callable[[bytes | memoryview, int], tuple[Any, int]]


U32, I64, FRACTION, U16, I32 = (struct.Struct(f) for f in ("<I", "<q", "<qq", "<H", "<i"))


def encode(value: object) -> bytes:
    """The canonical bytes of a dataclass. Malformed where a field cannot be written (too large, wrong type)."""
    out = bytearray()
    try:
        encoder(cast(Any, type(value)))(value, out)
    except WRONG as wrong:
        raise Malformed(f"{type(value).__name__}: {wrong}") from None
    return bytes(out)


def decode(kind: type[T], data: bytes | memoryview) -> T:
    """The value whose canonical bytes are exactly `data`; Malformed otherwise."""
    try:
        value, at = decoder(cast(Any, kind))(data, 0)
    except WRONG as wrong:
        raise Malformed(f"{kind.__name__}: {wrong}") from None
    if at != len(data):
        raise Malformed(f"{kind.__name__}: {len(data) - at} bytes too many")
    return cast(T, value)


def encode_as(kind: Any, value: object) -> bytes:
    """As `encode`, for any annotation (a dict of dataclasses, say)."""
    out = bytearray()
    try:
        encoder(kind)(value, out)
    except WRONG as wrong:
        raise Malformed(str(wrong)) from None
    return bytes(out)


def decode_as(kind: Any, data: bytes | memoryview, at: int = 0) -> tuple[Any, int]:
    """The value of any annotation that stands at `at`, and where it ends."""
    try:
        return decoder(kind)(data, at)
    except WRONG as wrong:
        raise Malformed(str(wrong)) from None


def plain(kind: Any) -> Any:
    """The type behind a NewType; Wide for an int so annotated."""
    if get_origin(kind) is Annotated:
        return Wide if Wide in get_args(kind) else plain(get_args(kind)[0])
    while hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    return kind


def optional(kind: Any) -> Any:
    """X of `X | None`, else None."""
    if get_origin(kind) in (Union, types.UnionType):
        rest = [part for part in get_args(kind) if part is not type(None)]
        if len(rest) == 1:
            return rest[0]
    return None


def fixed(kind: Any) -> str | None:
    """The struct letter of a fixed-size type that needs no check to encode."""
    kind = plain(kind)
    if kind is bool:
        return "B"
    if kind is int:
        return "q"
    if kind is date:
        return "i"
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return "H"
    return None


@cache
def encoder(kind: Any) -> Encoder:
    kind = plain(kind)
    if is_dataclass(kind):
        return _dataclass_encoder(cast(type, kind))
    inner = optional(kind)
    if inner is not None:
        return _optional_encoder(encoder(inner))
    origin, args = get_origin(kind), get_args(kind)
    if origin in (tuple, list):
        return _pair_encoder(args) if origin is tuple and args[-1] is not Ellipsis else _many_encoder(args[0])
    if origin is dict:
        return _dict_encoder(encoder(args[0]), encoder(args[1]))
    if kind is array or origin is array:
        return _encode_array
    if kind in SIMPLE_ENCODERS:
        return SIMPLE_ENCODERS[kind]
    letter = fixed(kind)
    if letter is None:
        raise TypeError(f"no canonical bytes for {kind}")
    pack = struct.Struct(f"<{letter}").pack
    if kind is date:
        return lambda value, out: out.extend(pack(value.toordinal()))
    return lambda value, out: out.extend(pack(value))


def _encode_str(value: str, out: bytearray) -> None:
    data = value.encode()
    out += U32.pack(len(data))
    out += data


def _encode_bytes(value: bytes, out: bytearray) -> None:
    out += U32.pack(len(value))
    out += value


def _encode_fraction(value: Fraction, out: bytearray) -> None:
    out += FRACTION.pack(value.numerator, value.denominator)


def _encode_wide(value: int, out: bytearray) -> None:
    size = (value.bit_length() + 7) // 8
    out += U16.pack(size)
    out += value.to_bytes(size, "big")


def _encode_array(value: array[int], out: bytearray) -> None:
    out += U32.pack(len(value))
    out += value.tobytes()


SIMPLE_ENCODERS: dict[Any, Encoder] = {
    str: _encode_str,
    bytes: _encode_bytes,
    Fraction: _encode_fraction,
    Wide: _encode_wide,
}


def _optional_encoder(inner: Encoder) -> Encoder:
    def write(value: Any, out: bytearray) -> None:
        if value is None:
            out.append(0)
        else:
            out.append(1)
            inner(value, out)

    return write


def _pair_encoder(kinds: tuple[Any, ...]) -> Encoder:
    inner = [encoder(kind) for kind in kinds]

    def write(value: Any, out: bytearray) -> None:
        for part, one in zip(inner, value, strict=True):
            part(one, out)

    return write


def _many_encoder(kind: Any) -> Encoder:
    if plain(kind) is int:

        def numbers(value: Any, out: bytearray) -> None:
            out += U32.pack(len(value))
            out += struct.pack(f"<{len(value)}q", *value)

        return numbers
    inner = encoder(kind)

    def write(value: Any, out: bytearray) -> None:
        out += U32.pack(len(value))
        for one in value:
            inner(one, out)

    return write


def _dict_encoder(key: Encoder, inner: Encoder) -> Encoder:
    def write(value: Any, out: bytearray) -> None:
        out += U32.pack(len(value))
        for name, one in value.items():
            key(name, out)
            inner(one, out)

    return write


def _runs(kind: type) -> list[list[tuple[str, Any]]]:
    """The fields, with neighbours of fixed size taken together."""
    hints, runs = get_type_hints(kind, include_extras=True), list[list[tuple[str, Any]]]()
    for one in fields(kind):
        entry = (one.name, hints[one.name])
        if fixed(entry[1]) and runs and fixed(runs[-1][-1][1]):
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _dataclass_encoder(kind: type) -> Encoder:
    names: dict[str, Any] = {}
    lines = ["def write(v, out):"]
    for number, run in enumerate(_runs(kind)):
        letters = [fixed(each) for _, each in run]
        if letters[0]:
            names[f"p{number}"] = struct.Struct("<" + "".join(map(str, letters))).pack
            parts = (f"v.{name}" + (".toordinal()" if plain(each) is date else "") for name, each in run)
            lines.append(f"    out += p{number}({', '.join(parts)})")
        else:
            names[f"e{number}"] = encoder(run[0][1])
            lines.append(f"    e{number}(v.{run[0][0]}, out)")
    return cast(Encoder, _compiled(lines + ["    return"], names, "write"))


def _compiled(lines: list[str], names: dict[str, Any], name: str) -> Callable[..., Any]:
    exec("\n".join(lines), names)  # the source is made above from field names alone
    return cast(Callable[..., Any], names[name])


@cache
def decoder(kind: Any) -> Decoder:
    kind = plain(kind)
    if is_dataclass(kind):
        return _dataclass_decoder(cast(type, kind))
    inner = optional(kind)
    if inner is not None:
        return _optional_decoder(decoder(inner))
    origin, args = get_origin(kind), get_args(kind)
    if origin in (tuple, list):
        if origin is tuple and args[-1] is not Ellipsis:
            return _pair_decoder(args)
        return _many_decoder(args[0], cast(type, origin))
    if origin is dict:
        return _dict_decoder(decoder(args[0]), decoder(args[1]))
    if kind is array or origin is array:
        return _decode_array
    simple: Decoder | None = {
        str: _decode_str,
        bytes: _decode_bytes,
        Fraction: _decode_fraction,
        Wide: _decode_wide,
    }.get(kind)
    if simple is not None:
        return simple
    letter = fixed(kind)
    if letter is None:
        raise TypeError(f"no canonical bytes for {kind}")
    unpack, size, check = struct.Struct(f"<{letter}").unpack_from, struct.calcsize(f"<{letter}"), _checked(kind)
    if check is None:
        return lambda data, at: (unpack(data, at)[0], at + size)
    return lambda data, at: (check(unpack(data, at)[0]), at + size)


def _checked(kind: Any) -> Callable[[int], Any] | None:
    """What turns the number read into a value of the type, or refuses it."""
    if kind is int:
        return None
    if kind is bool:
        return _flag
    if kind is date:
        return _day
    return {int(member): member for member in kind}.__getitem__


def _flag(value: int) -> bool:
    if value > 1:
        raise Malformed(f"a flag of {value}")
    return value == 1


def _day(value: int) -> date:
    if not 1 <= value <= LARGEST_DAY:
        raise Malformed(f"no day has the ordinal {value}")
    return date.fromordinal(value)


def _chunk(data: bytes | memoryview, at: int) -> tuple[bytes, int]:
    (size,) = U32.unpack_from(data, at)
    end = at + 4 + size
    if end > len(data):
        raise Malformed(f"{size} bytes announced, {len(data) - at - 4} there")
    return bytes(data[at + 4 : end]), end


def _decode_str(data: bytes | memoryview, at: int) -> tuple[str, int]:
    text, end = _chunk(data, at)
    return text.decode(), end


def _decode_bytes(data: bytes | memoryview, at: int) -> tuple[bytes, int]:
    return _chunk(data, at)


def _decode_fraction(data: bytes | memoryview, at: int) -> tuple[Fraction, int]:
    numerator, denominator = FRACTION.unpack_from(data, at)
    if denominator <= 0 or gcd(numerator, denominator) != 1:
        raise Malformed(f"{numerator}/{denominator} is not in lowest terms")
    return Fraction(numerator, denominator), at + 16


def _decode_wide(data: bytes | memoryview, at: int) -> tuple[int, int]:
    (size,) = U16.unpack_from(data, at)
    end = at + 2 + size
    if end > len(data) or (size and data[at + 2] == 0):
        raise Malformed("a wide number is cut off or padded")
    return int.from_bytes(data[at + 2 : end], "big"), end


def _decode_array(data: bytes | memoryview, at: int) -> tuple[array[int], int]:
    (count,) = U32.unpack_from(data, at)
    end = at + 4 + 8 * count
    if end > len(data):
        raise Malformed(f"{count} numbers announced, fewer there")
    return array("q", bytes(data[at + 4 : end])), end


SIMPLE_DECODERS: dict[Any, Decoder] = {
    str: _decode_str,
    bytes: _decode_bytes,
    Fraction: _decode_fraction,
    Wide: _decode_wide,
}


def _optional_decoder(inner: Decoder) -> Decoder:
    def read(data: bytes | memoryview, at: int) -> tuple[Any, int]:
        return inner(data, at + 1) if _flag(data[at] if at < len(data) else 2) else (None, at + 1)

    return read


def _pair_decoder(kinds: tuple[Any, ...]) -> Decoder:
    inner = [decoder(kind) for kind in kinds]

    def read(data: bytes | memoryview, at: int) -> tuple[Any, int]:
        found = []
        for part in inner:
            one, at = part(data, at)
            found.append(one)
        return tuple(found), at

    return read


def _many_decoder(kind: Any, into: type) -> Decoder:
    if plain(kind) is int:

        def numbers(data: bytes | memoryview, at: int) -> tuple[Any, int]:
            (count,) = U32.unpack_from(data, at)
            end = at + 4 + 8 * count
            if end > len(data):
                raise Malformed(f"{count} numbers announced, fewer there")
            return into(struct.unpack_from(f"<{count}q", data, at + 4)), end

        return numbers
    inner = decoder(kind)

    def read(data: bytes | memoryview, at: int) -> tuple[Any, int]:
        (count,) = U32.unpack_from(data, at)
        if count > len(data) - at:
            raise Malformed(f"{count} items announced, {len(data) - at} bytes there")
        at, found = at + 4, []
        for _ in range(count):
            one, at = inner(data, at)
            found.append(one)
        return into(found), at

    return read


def _dict_decoder(key: Decoder, inner: Decoder) -> Decoder:
    def read(data: bytes | memoryview, at: int) -> tuple[Any, int]:
        (count,) = U32.unpack_from(data, at)
        at, found = at + 4, {}
        for _ in range(count):
            name, at = key(data, at)
            if name in found:
                raise Malformed(f"key {name} stands twice")
            found[name], at = inner(data, at)
        return found, at

    return read


def _dataclass_decoder(kind: type) -> Decoder:
    names: dict[str, Any] = {"kind": kind}
    lines, found = ["def read(data, at):"], []
    for number, run in enumerate(_runs(kind)):
        letters = [fixed(each) for _, each in run]
        if letters[0]:
            layout = struct.Struct("<" + "".join(map(str, letters)))
            names[f"u{number}"] = layout.unpack_from
            slots = [f"f{number}_{position}" for position in range(len(run))]
            lines.append(f"    {', '.join(slots)}, = u{number}(data, at); at += {layout.size}")
            for slot, (_, each) in zip(slots, run, strict=True):
                check = _checked(plain(each))
                if check is not None:
                    names[f"c_{slot}"] = check
                    lines.append(f"    {slot} = c_{slot}({slot})")
            found += slots
        else:
            names[f"d{number}"] = decoder(run[0][1])
            lines.append(f"    f{number}, at = d{number}(data, at)")
            found.append(f"f{number}")
    lines.append(f"    return kind({', '.join(found)}), at")
    return cast(Decoder, _compiled(lines, names, "read"))
