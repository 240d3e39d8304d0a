"""XML and JSON as one tree of named texts that know their lines: numbers stay as they are written, exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from xml.parsers import expat

from bauhinia.wire.mistakes import Mistake
from bauhinia.wire.toml import Problem

MOST_DEEP = 64
_STRINGS = JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")


@dataclass(slots=True)
class Node:
    """An element or a member: its name without namespace, its text, what stands in it, and its line from 1."""

    name: str
    line: int
    text: str = ""
    inside: list[Node] = field(default_factory=list)

    def all(self, name: str) -> list[Node]:
        """What stands directly in it under that name."""
        return [each for each in self.inside if each.name == name]

    def find(self, *names: str) -> Node | None:
        """The first one down a path of names; None where there is none."""
        found: Node | None = self
        for name in names:
            found = next(iter(found.all(name)), None) if found else None
        return found

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Everything in it that has nothing in it, with the path of names to it."""
        for each in self.inside:
            if each.inside:
                yield from each.leaves((*path, each.name))
            else:
                yield (*path, each.name), each


def read_tree(text: str, file: str) -> Node:
    """The tree of an XML or JSON text. Mistake where it is neither."""
    return _xml(text, file) if text.lstrip("\ufeff \t\r\n").startswith("<") else _Json(text, file).document()


def _xml(text: str, file: str) -> Node:
    top = Node("", 1)
    open_ones = [top]
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise Mistake(Problem(file, parser.CurrentLineNumber, "a document type is not read"))

    def start(name: str, attributes: dict[str, str]) -> None:
        node = Node(name.rpartition(" ")[2], parser.CurrentLineNumber)
        if len(open_ones) > MOST_DEEP:
            raise Mistake(Problem(file, node.line, f"nested more than {MOST_DEEP} deep"))
        for key, value in attributes.items():
            if " " not in key:  # those of a namespace are about the document, not the bond
                node.inside.append(Node(f"@{key}", node.line, value))
        open_ones[-1].inside.append(node)
        open_ones.append(node)

    def end(_: str) -> None:
        node = open_ones.pop()
        node.text = node.text.strip()

    def data(part: str) -> None:
        open_ones[-1].text += part

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    try:
        parser.Parse(text.lstrip("\ufeff").encode(), True)
    except expat.ExpatError as wrong:
        raise Mistake(Problem(file, wrong.lineno, f"is no XML: {expat.ErrorString(wrong.code)}")) from None
    return top


class _Json:
    """One walk over a JSON text. A list is several nodes of its key's name."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file, self.at = text.lstrip("\ufeff"), file, 0

    def document(self) -> Node:
        top = Node("", 1)
        self.value("", top, 0)
        self.skip()
        if self.at != len(self.text):
            raise self.wrong("the end")
        return top.inside[0] if len(top.inside) == 1 else top

    def value(self, name: str, into: Node, depth: int) -> None:
        self.skip()
        if depth > MOST_DEEP:
            raise self.wrong(f"at most {MOST_DEEP} deep")
        node = Node(name, self.line)
        match self.text[self.at : self.at + 1]:
            case "{":
                into.inside.append(node)
                for _ in self.items("}"):
                    self.member(node, depth)
            case "[":
                for _ in self.items("]"):
                    self.value(name, into, depth + 1)
            case '"':
                node.text = self.string()
                into.inside.append(node)
            case _:
                found = _PLAIN.match(self.text, self.at)
                if found is None:
                    raise self.wrong("a value")
                self.at = found.end()
                node.text = found[0]
                if found[0] != "null":
                    into.inside.append(node)

    def member(self, node: Node, depth: int) -> None:
        if self.text[self.at : self.at + 1] != '"':
            raise self.wrong("a name in quotes")
        name = self.string()
        self.expect(":")
        self.value(name.rpartition(":")[2], node, depth + 1)

    def items(self, ending: str) -> Iterator[None]:
        """Once for each item up to the ending; commas between them."""
        self.at += 1
        self.skip()
        first = True
        while self.text[self.at : self.at + 1] != ending:
            if not first:
                self.expect(",")
            first = False
            self.skip()
            yield
            self.skip()
        self.at += 1

    def string(self) -> str:
        try:
            found, self.at = _STRINGS.raw_decode(self.text, self.at)
        except JSONDecodeError as wrong:
            self.at = wrong.pos
            raise self.wrong("a text that ends and has no other escapes than JSON's") from None
        return str(found)

    def expect(self, sign: str) -> None:
        self.skip()
        if self.text[self.at : self.at + 1] != sign:
            raise self.wrong(f"'{sign}'")
        self.at += 1

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def wrong(self, expected: str) -> Mistake:
        return Mistake(Problem(self.file, self.line, f"is no JSON: expected {expected}"))
