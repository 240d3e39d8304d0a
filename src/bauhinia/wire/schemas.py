"""JSON Schema of the forms (2020-12, as OpenAPI 3.1 has it), drawn from the same dataclasses."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from bauhinia.machine.commands import COMMANDS
from bauhinia.machine.events import EVENTS
from bauhinia.wire.forms import COMMAND_NAME, COMMAND_NAMES, EVENT_NAME, EVENT_NAMES, LARGEST, to_plain
from bauhinia.words.codec import Wide, plain
from bauhinia.words.reasons import must

Schema = dict[str, Any]

WHOLE: Schema = {"type": "integer", "format": "int64", "minimum": -LARGEST - 1, "maximum": LARGEST}
EXACT: Schema = {
    "oneOf": [
        {"type": "string", "pattern": r"^-?[0-9]{1,19}(/0*[1-9][0-9]{0,18})?$"},
        {"type": "string", "pattern": r"^-?[0-9]{1,19}\.[0-9]{1,18}$"},
        WHOLE,
    ],
    "description": 'An exact number: "3/80", "0.0405" or a whole number.',
}
SIMPLE: dict[Any, Schema] = {
    int: WHOLE,
    Wide: {"type": "integer", "minimum": 0},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    bytes: {"type": "string", "pattern": "^([0-9a-fA-F]{2})*$", "description": "Hexadecimal digits, two a byte."},
    date: {"type": "string", "format": "date"},
    Fraction: EXACT,
    NoneType: {"type": "null"},
    object: {},
    Any: {},
}


class Components:
    """The schemas of dataclasses and enumerations met so far, by name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self._names: dict[type, str] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of an annotation; what has a name is put among the components and referred to."""
        kind = plain(kind)
        if kind in SIMPLE:
            return SIMPLE[kind]
        if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, IntEnum)):
            return {"$ref": f"#/components/schemas/{self._named(kind)}"}
        origin, args = get_origin(kind), get_args(kind)
        if origin is tuple and args[-1] is not Ellipsis:
            return {
                "type": "array",
                "prefixItems": [self.of(each) for each in args],
                "minItems": len(args),
                "maxItems": len(args),
            }
        if origin in (tuple, list):
            return {"type": "array", "items": self.of(args[0])}
        if kind is array or origin is array:
            return {"type": "array", "items": WHOLE}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(args[1])}
        must(args, "there is no schema of", kind)
        return {"anyOf": [self.of(each) for each in args]}  # a union, the last kind of annotation there is

    def tagged(self, kind: type, label: str, name: str) -> Schema:
        """The schema of a command or an event, which says what it is."""
        schema = self._object(kind)
        schema["properties"] = {label: {"const": name}, **schema["properties"]}
        schema["required"] = [label, *schema["required"]]
        free = self._free(kind)
        self.schemas[free] = schema
        return {"$ref": f"#/components/schemas/{free}"}

    def _named(self, kind: type) -> str:
        name = self._names.get(kind)
        if name is None:
            name = self._names[kind] = self._free(kind)
            self.schemas[name] = {}  # taken, should the type hold itself
            self.schemas[name] = self._enum(kind) if issubclass(kind, IntEnum) else self._object(kind)
        return name

    def _free(self, kind: type) -> str:
        name = kind.__name__
        if name in self.schemas:
            name = f"{kind.__module__.rpartition('.')[2]}.{name}"
        must(name not in self.schemas, "two schemas have one name:", name)
        return name

    def _enum(self, kind: type[IntEnum]) -> Schema:
        return {"type": "string", "enum": [member.name for member in kind], **_description(kind)}

    def _object(self, kind: Any) -> Schema:
        hints = get_type_hints(kind, include_extras=True)
        properties, required = {}, []
        for field in fields(kind):
            schema = self.of(hints[field.name])
            if field.default is MISSING and field.default_factory is MISSING:
                required.append(field.name)
            elif field.default is not MISSING and "$ref" not in schema:
                schema = {**schema, "default": to_plain(field.default)}
            properties[field.name] = schema
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
            **_description(kind),
        }


def _description(kind: type) -> Schema:
    text = kind.__doc__ or ""
    if not text or text.startswith(f"{kind.__name__}("):  # the signature that dataclass writes where nothing is said
        return {}
    return {"description": re.sub(r"\s*\n\s*", " ", text).strip()}


def command_schemas(components: Components) -> Schema:
    """The schema of any command, each command among the components."""
    return _one_of(components, COMMAND_NAME, {row.kind: COMMAND_NAMES[row.kind] for row in COMMANDS})


def event_schemas(components: Components) -> Schema:
    """The schema of any event, each event among the components."""
    return _one_of(components, EVENT_NAME, {row.kind: EVENT_NAMES[row.kind] for row in EVENTS})


def _one_of(components: Components, label: str, names: Mapping[type, str]) -> Schema:
    references = {name: components.tagged(kind, label, name) for kind, name in names.items()}
    mapping = {name: reference["$ref"] for name, reference in references.items()}
    return {"oneOf": list(references.values()), "discriminator": {"propertyName": label, "mapping": mapping}}
