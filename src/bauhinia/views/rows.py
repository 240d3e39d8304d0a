"""Rows of the views' tables: a dataclass a table, its first fields the key; and the mapping between the two.

Numbers, texts and bytes are kept as they are, dates as YYYY-MM-DD, members of enumerations by name, and what is made
of several parts as its canonical bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import IntEnum
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_type_hints

from bauhinia.words.codec import decode_as, encode_as, optional, plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    """How a field is kept: its SQL type, and the way there and back."""

    name: str
    kind: str
    write: Callable[[Any], Any] | None
    read: Callable[[Any], Any] | None


def column(name: str, annotation: Any) -> Column:
    """The column of a field."""
    inner = optional(annotation)
    if inner is not None:
        of = column(name, inner)
        return Column(name, of.kind, _unless_none(of.write), _unless_none(of.read))
    kind = plain(annotation)
    if kind is int:
        return Column(name, "INTEGER", None, None)
    if kind is str:
        return Column(name, "TEXT", None, None)
    if kind is bytes:
        return Column(name, "BLOB", None, None)
    if kind is bool:
        return Column(name, "INTEGER", int, bool)
    if kind is date:
        return Column(name, "TEXT", date.isoformat, date.fromisoformat)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return Column(name, "TEXT", attrgetter("name"), kind.__getitem__)
    return Column(name, "BLOB", lambda value: encode_as(kind, value), lambda data: decode_as(kind, data)[0])


def _unless_none(change: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    if change is None:
        return None
    return lambda value: None if value is None else change(value)


class Table(Generic[T]):
    """A table of rows of one dataclass. `keys` leading fields name a row; `indexes` are further ways to find some,
    each the columns of one index."""

    def __init__(self, name: str, kind: type[T], keys: int = 1, indexes: tuple[str, ...] = ()) -> None:
        hints = get_type_hints(kind, include_extras=True)
        self.name, self.kind, self.keys, self.indexes = name, kind, keys, indexes
        self.columns = [column(each.name, hints[each.name]) for each in fields(kind)]  # type: ignore[arg-type]
        self._get = attrgetter(*(each.name for each in self.columns))
        self._writes = [(at, each.write) for at, each in enumerate(self.columns) if each.write]
        self._reads = [(at, each.read) for at, each in enumerate(self.columns) if each.read]
        names, marks = ", ".join(_quoted(each) for each in self.columns), ", ".join("?" * len(self.columns))
        self.insert = f"INSERT OR REPLACE INTO {name} ({names}) VALUES ({marks})"
        self.select = f"SELECT {names} FROM {name} "
        self.where_key = "WHERE " + " AND ".join(f"{_quoted(each)} = ?" for each in self.columns[:keys])

    def create(self) -> list[str]:
        """The statements that make the table."""
        columns = ", ".join(f"{_quoted(each)} {each.kind}" for each in self.columns)
        key = ", ".join(_quoted(each) for each in self.columns[: self.keys])
        made = [f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"]
        for number, index in enumerate(self.indexes):
            made.append(f"CREATE INDEX {self.name}_{number} ON {self.name} {index}")
        return made

    def to_values(self, row: T) -> list[Any]:
        values = list(self._get(row))
        for at, write in self._writes:
            values[at] = write(values[at])
        return values

    def from_values(self, values: Iterable[Any]) -> T:
        found = list(values)
        for at, read in self._reads:
            found[at] = read(found[at])
        return self.kind(*found)

    def key_of(self, row: T) -> tuple[Any, ...]:
        return self._get(row)[: self.keys]

    def key_values(self, key: tuple[Any, ...]) -> list[Any]:
        """A key as it is kept."""
        writes = (each.write for each in self.columns[: self.keys])
        return [write(value) if write else value for write, value in zip(writes, key, strict=True)]

    def find(self, db: sqlite3.Connection, *key: Any) -> T | None:
        """The row of a key."""
        found = db.execute(self.select + self.where_key, self.key_values(key)).fetchone()
        return None if found is None else self.from_values(found)

    def rows(self, db: sqlite3.Connection, rest: str = "", *values: Any, **named: Any) -> Iterator[T]:
        """Rows by the rest of a SELECT: WHERE, ORDER BY, LIMIT, with their values in order, or by name."""
        return map(self.from_values, db.execute(self.select + rest, named or values))


def _quoted(each: Column) -> str:
    return f'"{each.name}"'


KEPT = 200_000  # rows that a writer remembers; more are forgotten, and read again when asked for


class Rows(Generic[T]):
    """The rows of a table as its one writer works on them: each is read once, and written once a block."""

    def __init__(self, table: Table[T]) -> None:
        self.table = table
        self._kept: dict[tuple[Any, ...], T] = {}
        self._changed: dict[tuple[Any, ...], T | None] = {}

    def find(self, db: sqlite3.Connection, *key: Any) -> T | None:
        """A row to read; None where there is none."""
        row = self._kept.get(key)
        if row is None and key not in self._changed:
            row = self.table.find(db, *key)
            if row is not None:
                self._kept[key] = row
        return row

    def put(self, row: T) -> T:
        """A new row, or one in the place of another."""
        key = self.table.key_of(row)
        self._kept[key] = self._changed[key] = row
        return row

    def change(self, db: sqlite3.Connection, *key: Any) -> T:
        """A row to write to. KeyError where there is none."""
        row = self.find(db, *key)
        if row is None:
            raise KeyError(self.table.name, *key)
        self._changed[key] = row
        return row

    def drop(self, *key: Any) -> None:
        """Take a row away."""
        self._kept.pop(key, None)
        self._changed[key] = None

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what has changed."""
        if not self._changed:
            return
        table = self.table
        gone = [key for key, row in self._changed.items() if row is None]
        if gone:
            db.executemany(f"DELETE FROM {table.name} {table.where_key}", map(table.key_values, gone))
        db.executemany(table.insert, [table.to_values(row) for row in self._changed.values() if row is not None])
        self._changed.clear()
        if len(self._kept) > KEPT:
            self._kept.clear()

    def forget(self) -> None:
        """Drop everything remembered, written or not."""
        self._kept.clear()
        self._changed.clear()
