"""Canonical bytes: one value, one encoding; what is not an encoding is refused."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.words.codec import Malformed, Wide, decode, decode_as, encode, encode_as
from bauhinia.words.ids import AccountNumber, Column


class Colour(IntEnum):
    RED = 1
    BLUE = 7


@dataclass(frozen=True)
class Inner:
    day: date
    share: Fraction


@dataclass
class Outer:
    account: AccountNumber
    flag: bool
    colour: Colour
    name: str
    data: bytes
    inner: Inner | None
    many: tuple[Inner, ...]
    pair: tuple[str, int]
    numbers: tuple[int, ...]
    by_name: dict[str, int]
    column: Column
    wide: Annotated[int, Wide]


numbers = st.integers(-(1 << 63), (1 << 63) - 1)
shares = st.builds(Fraction, st.integers(-(10**9), 10**9), st.integers(1, 10**6))
inners = st.builds(Inner, st.dates(), shares)
outers = st.builds(
    Outer,
    numbers.map(AccountNumber),
    st.booleans(),
    st.sampled_from(Colour),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.none() | inners,
    st.lists(inners, max_size=3).map(tuple),
    st.tuples(st.text(max_size=5), numbers),
    st.lists(numbers, max_size=5).map(tuple),
    st.dictionaries(st.text(max_size=5), numbers, max_size=4),
    st.lists(numbers, max_size=5).map(lambda each: array("q", each)),
    st.integers(0, 1 << 1_100),
)


@given(outers)
def test_what_is_encoded_decodes_to_the_same(value: Outer) -> None:
    data = encode(value)
    assert decode(Outer, data) == value
    assert encode(decode(Outer, data)) == data


@given(outers, st.data())
def test_bytes_that_decode_are_the_encoding_of_what_they_decode_to(value: Outer, choose: st.DataObject) -> None:
    data = bytearray(encode(value))
    at = choose.draw(st.integers(0, len(data) - 1))
    data[at] ^= choose.draw(st.integers(1, 255))
    try:
        other = decode(Outer, bytes(data))
    except Malformed:
        return
    assert encode(other) == bytes(data)


@given(outers, st.data())
def test_bytes_cut_off_or_too_many_are_refused(value: Outer, choose: st.DataObject) -> None:
    data = encode(value)
    with pytest.raises(Malformed):
        decode(Outer, data[: choose.draw(st.integers(0, len(data) - 1))])
    with pytest.raises(Malformed):
        decode(Outer, data + b"\0")


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        (bool, b"\x02", "a flag of 2"),
        (Colour, b"\x02\x00", "no such member"),
        (date, b"\x00\x00\x00\x00", "day zero"),
        (date, b"\xff\xff\xff\x7f", "past the last day"),
        (Fraction, (2).to_bytes(8, "little") + (4).to_bytes(8, "little"), "not in lowest terms"),
        (Fraction, (1).to_bytes(8, "little") + bytes(8), "divides by zero"),
        (str, b"\x02\x00\x00\x00\xc3\x28", "not UTF-8"),
        (tuple[int, ...], b"\xff\xff\xff\xff", "more announced than there"),
        (tuple[Inner, ...], b"\xff\xff\xff\xff", "more announced than there"),
        (dict[str, int], encode_as(tuple[tuple[str, int], ...], (("a", 1), ("a", 2))), "a key twice"),
        (Annotated[int, Wide], b"\x02\x00\x00\x01", "padded"),
    ],
)
def test_what_is_not_canonical_is_refused(kind: object, data: bytes, why: str) -> None:
    with pytest.raises(Malformed):
        decode_as(kind, data)


def test_a_dict_keeps_its_order() -> None:
    value, _ = decode_as(dict[str, int], encode_as(dict[str, int], {"b": 1, "a": 2}))
    assert list(value) == ["b", "a"]


@pytest.mark.parametrize("wrong", [1 << 63, -(1 << 63) - 1, 1.5, "1", None])
def test_a_number_that_has_no_encoding_is_refused(wrong: object) -> None:
    with pytest.raises(Malformed):
        encode_as(int, wrong)
