"""Every command and event as JSON and back; and each field of each, wrong in turn, is refused by its path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauhinia.machine.commands import COMMANDS
from bauhinia.machine.events import EVENTS
from bauhinia.rules.instructing import CancelInstruction
from bauhinia.rules.market import DeclareClosure, PublishCalendar
from bauhinia.wire.forms import (
    COMMAND_KINDS,
    BadForm,
    body_of,
    command_form,
    event_form,
    from_json,
    from_plain,
    parse,
    read_command,
    read_commands,
    read_event,
    to_json,
    to_plain,
)
from bauhinia.words.codec import encode
from bauhinia.words.frame import unpack_body
from bauhinia.words.ids import InstructionNumber
from bauhinia.words.reasons import Reason, Refused
from tests.wire.values import sample, values

COMMAND_KINDS_LISTED = [row.kind for row in COMMANDS]
EVENT_KINDS_LISTED = [row.kind for row in EVENTS]


def named(kind: type) -> str:
    return kind.__name__


def again(form: Any) -> Any:
    """What the other side parses of what this side writes."""
    return parse(msgspec.json.encode(form))


@pytest.mark.parametrize("kind", COMMAND_KINDS_LISTED, ids=named)
@settings(max_examples=8)
@given(data=st.data())
def test_a_command_comes_back_as_it_went(kind: type, data: st.DataObject) -> None:
    command = data.draw(values(kind))
    found = read_command(again(command_form(command)))
    assert (type(found), found) == (kind, command)
    assert encode(found) == encode(command)


@pytest.mark.parametrize("kind", EVENT_KINDS_LISTED, ids=named)
@settings(max_examples=5)
@given(data=st.data())
def test_an_event_comes_back_as_it_went(kind: type, data: st.DataObject) -> None:
    event = data.draw(values(kind))
    found = read_event(again(event_form(event)))
    assert (type(found), found) == (kind, event)


# ---- each field wrong in turn ----


def leaves(form: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every place in a form, with its path and how to put something else there."""
    items: list[tuple[Any, str]] = []
    if isinstance(form, dict):
        items = [(name, f"{path}.{name}" if path else name) for name in form]
    elif isinstance(form, list):
        items = [(number, f"{path}[{number}]") for number in range(len(form))]
    for key, below in items:
        yield below, form, key
        yield from leaves(form[key], below)


WRONG: tuple[Any, ...] = (0.5, float("1e300"), {"no": "field"}, [[]], "\N{SNOWMAN}", 1 << 70, True, None)


def refusal(form: Any) -> BadForm | None:
    try:
        read_command(form)
    except BadForm as bad:
        return bad
    return None


@pytest.mark.parametrize("kind", COMMAND_KINDS_LISTED, ids=named)
def test_each_field_wrong_in_turn_is_refused_by_its_path(kind: type) -> None:
    form = command_form(sample(kind))
    places = [(path, key) for path, _, key in leaves(form)]
    assert places
    for number in range(len(places)):
        refused = 0
        for wrong in WRONG:
            fresh = again(form)
            path, holder, key = list(leaves(fresh))[number]
            holder[key] = again(wrong)
            bad = refusal(fresh)
            if bad is not None:
                assert bad.reason is Reason.MALFORMED
                assert bad.field == path or bad.field.startswith((f"{path}.", f"{path}[")), (bad.field, path)
                assert bad.problem
                refused += 1
        assert refused >= 5, f"{kind.__name__}: {places[number]} takes nearly anything"


@pytest.mark.parametrize("kind", COMMAND_KINDS_LISTED, ids=named)
def test_what_is_missing_or_unknown_is_named(kind: type) -> None:
    form = command_form(sample(kind))
    with pytest.raises(BadForm, match=r"^surplus: is no field of") as unknown:
        read_command({**form, "surplus": 1})
    assert unknown.value.field == "surplus"
    by_default = {each.name for each in fields(kind) if each.default is not MISSING}
    for name in form:
        less = {key: value for key, value in form.items() if key != name}
        if name in by_default:
            assert type(read_command(less)) is kind
            continue
        with pytest.raises(BadForm) as missing:
            read_command(less)
        assert (missing.value.field, missing.value.problem) == (name, "is missing")


@pytest.mark.parametrize(
    ("kind", "text", "field", "problem"),
    [
        (int, "1.0", "", "1.0 is not a whole number"),
        (int, "1e3", "", "1e3 is not a whole number"),
        (int, "NaN", "", "NaN is not a whole number"),
        (int, "9223372036854775808", "", "not a number of 64 bits"),
        (int, "9" * 5_000, "", "is not a whole number"),
        (int, "true", "", "true is not a whole number"),
        (int, '"5"', "", '"5" is not a whole number'),
        (bool, "1", "", "1 is neither true nor false"),
        (str, "null", "", "null is not text"),
        (str, '"\\ud800"', "", "half of a surrogate pair"),
        (bytes, '"0g"', "", "hexadecimal"),
        (bytes, '"012"', "", "hexadecimal"),
        (bytes, '"01 02"', "", "hexadecimal"),
        (date, '"2026-02-30"', "", "2026-02-30 is not in the calendar"),
        (date, '"20260202"', "", "is not written YYYY-MM-DD"),
        (date, "20260202", "", "is not a date"),
        (Fraction, "0.05", "", "write it as text"),
        (Fraction, '"1/0"', "", "divides by zero"),
        (Fraction, '"1/3/4"', "", "not an exact number"),
        (Fraction, '"1e5"', "", "not an exact number"),
        (Fraction, '" 1/3"', "", "not an exact number"),
        (Fraction, '"3.8%"', "", "not an exact number"),
        (Fraction, '"9223372036854775808/3"', "", "two numbers of 64 bits"),
        (tuple[int, ...], '[1, "2"]', "[1]", "not a whole number"),
        (tuple[int, str], "[1]", "", "holds 1 items, not 2"),
        (dict[int, str], '{"01": "x"}', "01", "not a whole number in digits"),
        (Reason, '"NONESUCH"', "", "is none of MALFORMED, WRONG_LEDGER"),
        (DeclareClosure, '{"centre": "HK", "day": "2026-02-02", "centre": "CN"}', "centre", "is named twice"),
        (DeclareClosure, "[1]", "", "a list is not an object"),
        (DeclareClosure, "{", "", "is not JSON"),
        (DeclareClosure, "[" * 100_000, "", "too deep"),
    ],
)
def test_what_is_not_exact_or_not_so_written_is_refused(kind: Any, text: str, field: str, problem: str) -> None:
    with pytest.raises(BadForm) as refused:
        from_json(kind, text)
    assert refused.value.field == field
    assert problem in refused.value.problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"3/80"', Fraction(3, 80)),
        ('"6/160"', Fraction(3, 80)),
        ('"0.0405"', Fraction(81, 2000)),
        ('"-0.5"', Fraction(-1, 2)),
        ('"99.901"', Fraction(99901, 1000)),
        ("1", Fraction(1)),
        ('"1"', Fraction(1)),
    ],
)
def test_exact_numbers_are_read_in_each_way_they_are_written(text: str, expected: Fraction) -> None:
    assert from_json(Fraction, text) == expected
    assert from_json(Fraction, to_json(expected)) == expected


def test_bytes_that_are_not_utf8_are_no_json() -> None:
    with pytest.raises(BadForm, match="not UTF-8 at byte 1"):
        parse(b'"\xff"')


class Colour(IntEnum):
    RED = 1


@dataclass
class Inner:
    colours: dict[int, tuple[Colour, ...]]


@dataclass
class Outer:
    inner: Inner
    day: date | None = None
    names: list[str] = field(default_factory=list)


def test_paths_go_through_every_level_and_defaults_may_be_left_out() -> None:
    assert from_plain(Outer, {"inner": {"colours": {"3": ["RED"]}}}) == Outer(Inner({3: (Colour.RED,)}))
    with pytest.raises(BadForm) as refused:
        from_plain(Outer, {"inner": {"colours": {"3": ["RED", "BLUE"]}}}, "body")
    assert refused.value.field == "body.inner.colours.3[1]"
    assert str(refused.value) == 'body.inner.colours.3[1]: "BLUE" is none of RED'


def test_dicts_of_numbers_and_members_are_written_by_digits_and_names() -> None:
    assert to_plain({3: Colour.RED, Colour.RED: (b"\x0f", Fraction(1, 3)), (1, 2): None}) == {
        "3": "RED",
        "RED": ["0f", "1/3"],
        "1,2": None,
    }


def test_commands_of_one_envelope_are_counted_and_numbered() -> None:
    one = command_form(CancelInstruction(InstructionNumber(4)))
    assert read_commands(one) == [CancelInstruction(InstructionNumber(4))]
    assert read_commands([one, one]) == [CancelInstruction(InstructionNumber(4))] * 2
    for forms, field_name in (
        ([], "commands"),
        ("x", "commands"),
        ([one] * 1_025, "commands"),
        ([one, {"do": "nothing"}], "commands[1].do"),
        ([one, {}], "commands[1].do"),
        ([one, {**one, "instruction": "4"}], "commands[1].instruction"),
    ):
        with pytest.raises(BadForm) as refused:
            read_commands(forms)
        assert refused.value.field == field_name


def test_a_body_holds_the_canonical_bytes_and_only_commands() -> None:
    command = CancelInstruction(InstructionNumber(4))
    assert unpack_body(body_of([command, command])) == [(91, encode(command))] * 2
    with pytest.raises(BadForm, match="is no command"):
        body_of([object()])
    with pytest.raises(BadForm, match=r"commands\[0\]"):
        body_of([CancelInstruction(InstructionNumber(1 << 70))])


def test_a_long_enumeration_is_told_short_and_refusals_are_refusals() -> None:
    with pytest.raises(Refused) as refused:
        read_command({"do": "publish_calendar", "calendar": {"centre": "x" * 500, "version": []}})
    assert refused.value.reason is Reason.MALFORMED
    assert len(str(refused.value)) < 200
    assert COMMAND_KINDS["publish_calendar"] is PublishCalendar
