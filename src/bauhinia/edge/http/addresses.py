"""An address of the door: what is asked there, with what, and what it answers. One table makes the routes, the checks
of what is asked, and the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, assert_never

from starlette.datastructures import QueryParams
from starlette.requests import Request

from bauhinia.edge.http.gate import Asker
from bauhinia.views.model import Viewer
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.dates import parse_date
from bauhinia.words.reasons import Refused

if TYPE_CHECKING:
    from bauhinia.edge.http.house import House

Kind = Literal["text", "number", "date", "flag"]
MOST_LIMIT = 1_000
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Query:
    """A part of an address's query. `choices` are all the texts it may be; `most` bounds a number, `length` a text."""

    name: str
    kind: Kind
    says: str
    default: Any = None
    choices: tuple[str, ...] = ()
    most: int = 10**17
    length: int = 200
    needed: bool = False

    def read(self, text: str) -> Any:
        """The value of what was sent; refused where it is none."""
        match self.kind:
            case "text":
                if (self.choices and text not in self.choices) or len(text) > self.length:
                    told = ", ".join(self.choices) or f"at most {self.length} letters"
                    raise DoorRefused(Door.QUERY, self.name, "is one of" if self.choices else "has", told)
                return text
            case "number":
                if not _NUMBER.fullmatch(text) or int(text) > self.most:
                    raise DoorRefused(Door.QUERY, self.name, "is a whole number from 0 to", self.most)
                return int(text)
            case "date":
                try:
                    return parse_date(text)
                except Refused as refused:
                    raise DoorRefused(Door.QUERY, self.name, *refused.parts) from None
            case "flag":
                if text not in ("true", "false"):
                    raise DoorRefused(Door.QUERY, self.name, "is true or false")
                return text == "true"
            case _:
                assert_never(self.kind)

    def schema(self) -> dict[str, Any]:
        match self.kind:
            case "text":
                found: dict[str, Any] = {"type": "string", "maxLength": self.length}
                if self.choices:
                    found = {"type": "string", "enum": list(self.choices)}
            case "number":
                found = {"type": "integer", "minimum": 0, "maximum": self.most}
            case "date":
                found = {"type": "string", "format": "date"}
            case "flag":
                found = {"type": "boolean"}
            case _:
                assert_never(self.kind)
        if self.default not in (None, ""):
            found["default"] = self.default.isoformat() if isinstance(self.default, date) else self.default
        return found


@dataclass(slots=True)
class Ask:
    """One request, taken apart: who asks, at which address, with what."""

    house: House
    asker: Asker
    path: dict[str, Any]
    query: dict[str, Any]
    body: bytes
    request: Request

    @property
    def viewer(self) -> Viewer:
        return self.asker.viewer


Plain = Callable[[Ask], Any]  # runs in a thread; what it answers goes out as JSON, None as 404
Waiting = Callable[[Ask], Awaitable[Any]]  # runs in the loop


@dataclass(frozen=True, slots=True)
class Address:
    """`gives` is the type of the answer, or a media type and what it is where it is no JSON. `takes` likewise of the
    body. `waits` handlers run in the event loop, others in a thread. `largest` bounds the body; zero takes none."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    says: str
    handler: Plain | Waiting
    gives: Any
    query: tuple[Query, ...] = ()
    takes: Mapping[str, Any] | None = None
    media: tuple[str, ...] = (JSON,)
    largest: int = 0
    waits: bool = False
    status: int = 200
    anonymous: bool = False  # what comes shows by itself who sent it, or it does not matter

    @property
    def parts(self) -> list[Query]:
        """The named parts of the path."""
        return [PARTS[name] for name in re.findall(r"{(\w+)}", self.path)]

    def read_path(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The parts of a path; what is not even written as one is as unknown as what is not there."""
        try:
            return {part.name: part.read(given[part.name]) for part in self.parts}
        except DoorRefused:
            raise DoorRefused(Door.NOT_FOUND) from None

    def read_query(self, given: QueryParams) -> dict[str, Any]:
        """The parts of a query, each known, given once and right."""
        known = {query.name: query for query in self.query}
        found = {query.name: query.default for query in self.query}
        for name, text in given.multi_items():
            if name not in known:
                raise DoorRefused(Door.QUERY, name[:60], "is not asked here")
            if len(given.getlist(name)) > 1:
                raise DoorRefused(Door.QUERY, name, "is given twice")
            found[name] = known[name].read(text)
        for query in self.query:
            if query.needed and query.name not in given:
                raise DoorRefused(Door.QUERY, query.name, "is missing")
        return found


PARTS = {
    part.name: part
    for part in (
        Query("isin", "text", "An ISIN, a code, or the number of an asset.", length=40),
        Query("number", "number", "A number on the ledger."),
        Query("name", "text", "The name of a series, or its number.", length=64),
        Query("height", "number", "The height of a block, from 1."),
        Query("index", "number", "The place of an outcome among its block's, from 0."),
        Query("digest", "text", "The SHA-256 of an envelope's bytes: 64 hexadecimal digits.", length=64),
    )
}

LIMIT = Query("limit", "number", "How many at most.", 100, most=MOST_LIMIT)
AFTER = Query("after", "text", "A cursor of the asker's own, as an event gave it; empty from the beginning.", "")
BEFORE = Query("before", "number", "The number before which to go on; 0 begins with the newest.", 0)
