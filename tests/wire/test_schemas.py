"""The schemas say what the forms are: what one takes the other takes, for every command and event."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import jsonschema_rs
import pytest

from bauhinia.machine.commands import COMMANDS
from bauhinia.machine.events import EVENTS
from bauhinia.wire.forms import BadForm, command_form, event_form, read_command
from bauhinia.wire.schemas import Components, Schema, command_schemas, event_schemas
from tests.wire.values import sample

WRONG: tuple[Any, ...] = ({"no": "field"}, 0.5, [[]])


def validator(schema: Schema, components: Components) -> Any:
    return jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": components.schemas}})


@pytest.fixture(scope="module")
def commands() -> Any:
    components = Components()
    return validator(command_schemas(components), components)


def test_every_command_and_event_is_as_its_schema_says(commands: Any) -> None:
    components = Components()
    events = validator(event_schemas(components), components)
    for row in COMMANDS:
        commands.validate(command_form(sample(row.kind)))
    for entry in EVENTS:
        events.validate(event_form(sample(entry.kind)))


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.kind.__name__)
def test_what_a_form_refuses_its_schema_refuses(commands: Any, row: Any) -> None:
    form = command_form(sample(row.kind))
    by_default = {each.name for each in fields(row.kind) if each.default is not MISSING}
    for name in form:
        for wrong in WRONG:
            changed = {**form, name: wrong}
            assert not commands.is_valid(changed)
            with pytest.raises(BadForm):
                read_command(changed)
        less = {key: value for key, value in form.items() if key != name}
        assert commands.is_valid(less) is (name in by_default)
    assert not commands.is_valid({**form, "surplus": 1})


def test_two_kinds_of_one_name_have_two_schemas() -> None:
    from bauhinia.ledger.instructions import Instruction as OnLedger
    from bauhinia.views.model import Instruction as Seen

    components = Components()
    first, second = components.of(OnLedger), components.of(Seen)
    assert first["$ref"] != second["$ref"]
    assert (components.of(OnLedger), components.of(Seen)) == (first, second)
