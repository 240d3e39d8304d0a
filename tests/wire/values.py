"""Any value of any annotation that the codec takes: what every command and event could hold."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from bauhinia.words.codec import Wide, optional, plain

WHOLE = st.integers(-(1 << 63), (1 << 63) - 1)
FRACTION = st.builds(Fraction, st.integers(-(10**12), 10**12), st.integers(1, 10**12))
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    int: WHOLE,
    Wide: st.integers(0, 1 << 1_024),
    bool: st.booleans(),
    str: st.text(st.characters(codec="utf-8"), max_size=12),
    bytes: st.binary(max_size=40),
    date: st.dates(),
    Fraction: FRACTION,
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotation."""
    kind = plain(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        made: Any = kind
        return st.builds(made, **{field.name: values(hints[field.name]) for field in fields(kind) if field.init})
    inner = optional(kind)
    if inner is not None:
        return st.none() | values(inner)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return st.sampled_from(list(kind))
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and args[-1] is not Ellipsis:
        return st.tuples(*map(values, args))
    if origin in (tuple, list):
        return st.lists(values(args[0]), max_size=3).map(origin)
    if origin is dict:
        return st.dictionaries(values(args[0]), values(args[1]), max_size=3)
    raise TypeError(f"no values of {kind}")


def sample(kind: Any) -> Any:
    """One value of an annotation: small, and the same every time; collections hold one item."""
    kind = plain(kind)
    simple: dict[Any, Any] = {
        int: 7,
        Wide: 7,
        bool: True,
        str: "text",
        bytes: b"\x01\x02",
        date: date(2026, 2, 2),
        Fraction: Fraction(3, 80),
    }
    if kind in simple:
        return simple[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        made: Any = kind
        return made(**{field.name: sample(hints[field.name]) for field in fields(kind) if field.init})
    inner = optional(kind)
    if inner is not None:
        return sample(inner)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return next(iter(kind))
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple and args[-1] is not Ellipsis:
        return tuple(map(sample, args))
    if origin is dict:
        return {sample(args[0]): sample(args[1])}
    return origin([sample(args[0])])


def may_be_left_out(kind: type) -> list[str]:
    """The fields of a command that have a value of their own."""
    return [each.name for each in fields(kind) if each.default is not MISSING]
