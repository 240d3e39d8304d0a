"""The OpenAPI 3.1 document of the door, drawn from its addresses and from the dataclasses that go in and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bauhinia import __version__
from bauhinia.edge.http.addresses import JSON, Address, Query
from bauhinia.wire.asking import COOKIE, SCHEME
from bauhinia.wire.problems import CONTENT_TYPE, Problem
from bauhinia.wire.schemas import Components, Schema, command_schemas, event_schemas

ANY_COMMAND, ANY_EVENT = "AnyCommand", "AnyEvent"
ABOUT = """Reading is scoped to who asks: without a signature or a session, only what is public. What is unknown and
what is not the asker's to see are one answer, 404. What changes the market is an envelope: commands in canonical
bytes, signed by the party's keys. Amounts are whole numbers of the asset's smallest units; times are microseconds
since 1970-01-01T00:00:00Z; rates are exact texts such as "3/80". A refusal is an RFC 9457 problem document.""".replace(
    "\n", " "
)


def document(addresses: Iterable[Address]) -> dict[str, Any]:
    """The document."""
    components = Components()
    components.schemas[ANY_COMMAND] = command_schemas(components)
    components.schemas[ANY_EVENT] = event_schemas(components)
    paths: dict[str, dict[str, Any]] = {}
    for address in addresses:
        paths.setdefault(address.path, {})[address.method.lower()] = _operation(address, components)
    signed = f"`{SCHEME} party=..,key=..,time=..,sig=..`: Ed25519 over this method, address and time."
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bauhinia",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "security": [{}, {"signed": []}, {"session": []}, {"cookie": []}],
        "components": {
            "schemas": components.schemas,
            "securitySchemes": {
                "signed": {"type": "apiKey", "in": "header", "name": "Authorization", "description": signed},
                "session": {"type": "http", "scheme": "bearer", "description": "A token of POST /v1/sessions."},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The same, in a browser."},
            },
        },
    }


def schema_of(kind: Any, components: Components) -> Schema:
    """The schema of what goes in or out: of a type, or one that is written out."""
    return kind if isinstance(kind, dict) else components.of(kind)


def _operation(address: Address, components: Components) -> dict[str, Any]:
    problem = {"content": {CONTENT_TYPE: {"schema": components.of(Problem)}}}
    gives: dict[str, Any] = {"description": "The answer."}
    if address.gives is not None:
        gives["content"] = {
            media: {"schema": schema_of(address.gives, components) if media == JSON else _text(media)}
            for media in address.media
        }
    parameters = [_parameter(part, "path") for part in address.parts]
    parameters += [_parameter(part, "query") for part in address.query]
    found: dict[str, Any] = {
        "summary": address.says.split(". ")[0].rstrip("."),
        "description": address.says,
        "operationId": operation_id(address),
        "parameters": parameters,
        "responses": {
            str(address.status): gives,
            "4XX": {"description": "Refused.", **problem},
            "5XX": {"description": "The node cannot.", **problem},
        },
    }
    if address.takes:
        content = {
            media: {"schema": schema_of(kind, components) if media == JSON else _text(media)}
            for media, kind in address.takes.items()
        }
        found["requestBody"] = {"required": True, "content": content}
    return found


def operation_id(address: Address) -> str:
    """A name for an address: get_bonds_isin_register."""
    words = [part.strip("{}") for part in address.path.split("/") if part and part != "v1"]
    return "_".join([address.method.lower(), *words]).replace("-", "_").replace(".", "_")


def _text(media: str) -> Schema:
    return {} if media in ("application/octet-stream", "application/pdf") else {"type": "string"}


def _parameter(query: Query, place: str) -> dict[str, Any]:
    found = {"name": query.name, "in": place, "description": query.says, "schema": query.schema()}
    return {**found, "required": True} if place == "path" or query.needed else found
