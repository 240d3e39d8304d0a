"""XML of ISO 20022: elements written in the order given, and read without believing a word of it.

What is read comes from another system. So it is bounded in size and depth, and a document type declaration is refused
before anything of it takes effect: no entity is ever expanded, and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from xml.etree import ElementTree
from xml.parsers import expat

from bauhinia.words.dates import parse_date
from bauhinia.words.ids import Units
from bauhinia.words.money import parse_units
from bauhinia.words.reasons import Refused, must

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
LARGEST = 64 << 20  # bytes of a document: a day's statement of a busy account
DEEPEST = 64  # elements inside each other; no message here has half of that
DIGITS = 18  # of an amount (ActiveCurrencyAndAmount)
SEPARATOR = "}"

Part = tuple[str, "str | Sequence[Part] | Amount"]


class BadMessage(Exception):
    """What came is not the message that was expected; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of a currency as a message writes it: digits and a point, no signs, no commas."""

    currency: str
    text: str


def amount_of(currency: str, units: Units, exponent: int) -> Amount:
    """Smallest units as the amount of a message: 18 digits at most, as the schemas say."""
    must(units >= 0, "a message has no amount below zero:", units)
    whole, decimals = divmod(units, 10**exponent)
    text = f"{whole}.{decimals:0{exponent}}" if exponent else str(whole)
    must(len(text.replace(".", "")) <= DIGITS, "an amount is too long for a message:", text)
    return Amount(currency, text)


def document(message: str, parts: Sequence[Part]) -> bytes:
    """A document of a message such as camt.025.001.09."""
    root = ElementTree.Element("Document", xmlns=NAMESPACE + message)
    _fill(root, parts)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _fill(element: ElementTree.Element, parts: Sequence[Part]) -> None:
    for name, content in parts:
        child = ElementTree.SubElement(element, name)
        if isinstance(content, Amount):
            child.text = content.text
            child.set("Ccy", content.currency)
        elif isinstance(content, str):
            child.text = content
        else:
            _fill(child, content)


@dataclass(slots=True)
class Read:
    """An element that was read. Paths are names with slashes between them."""

    name: str
    where: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Read] = field(default_factory=list)
    content: str = ""

    def all(self, path: str) -> Iterator[Read]:
        """All elements at a path."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def maybe(self, path: str) -> Read | None:
        """The first element at a path, if there is any."""
        return next(self.all(path), None)

    def one(self, path: str) -> Read:
        """The only element at a path; BadMessage where there is none, or more than one."""
        found = list(self.all(path))
        if len(found) != 1:
            raise BadMessage(f"{self.where}/{path} is there {len(found)} times, not once")
        return found[0]

    def text(self, path: str) -> str:
        """The text of the only element at a path."""
        return self.one(path).content.strip()

    def text_or(self, path: str, otherwise: str = "") -> str:
        found = self.maybe(path)
        return otherwise if found is None else found.content.strip()

    def day(self, path: str) -> date:
        """The day of the only element at a path."""
        try:
            return parse_date(self.text(path))
        except Refused as refused:
            raise BadMessage(f"{self.where}/{path}: {refused}") from None

    def units(self, path: str, currency: str, exponent: int) -> Units:
        """The smallest units of the only amount at a path, which must be of this currency."""
        found = self.one(path)
        if found.attributes.get("Ccy") != currency:
            raise BadMessage(f"{found.where} is of {found.attributes.get('Ccy')}, not {currency}")
        try:
            return parse_units(_plain(found.content.strip(), exponent), exponent)
        except Refused as refused:
            raise BadMessage(f"{found.where}: {refused}") from None


def _plain(text: str, exponent: int) -> str:
    """A decimal of XML Schema without zeros that say nothing: behind what the currency has, and in front."""
    whole, point, decimals = text.partition(".")
    if point and len(decimals) > exponent and not decimals[exponent:].strip("0"):
        decimals = decimals[:exponent]
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{decimals}" if decimals else whole


def read(raw: bytes, message: str) -> Read:
    """The root of a document of one message; BadMessage where it is anything else."""
    if len(raw) > LARGEST:
        raise BadMessage(f"a document of {len(raw)} bytes, over {LARGEST}")
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as wrong:
        raise BadMessage(f"not XML: {wrong}") from None
    root = reading.root
    if root is None or (reading.namespace, root.name) != (NAMESPACE + message, "Document"):
        raise BadMessage(f"not a Document of {message}, but {reading.namespace or 'nothing'}")
    return root


class _Reading:
    """What the parser has told so far."""

    def __init__(self) -> None:
        self.root: Read | None = None
        self.namespace = ""
        self._open: list[Read] = []

    def doctype(self, *_: object) -> None:
        raise BadMessage("a document type declaration, which no message has")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(SEPARATOR)
        if self.root is None:
            self.namespace = namespace
        elif namespace != self.namespace:
            name = tag  # of another namespace: an envelope's business, found by no path
        if len(self._open) >= DEEPEST:
            raise BadMessage(f"elements {DEEPEST} deep")
        where = f"{self._open[-1].where}/{name}" if self._open else name
        element = Read(name, where, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _tag: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        self._open[-1].content += text


__all__ = ["Amount", "BadMessage", "Part", "Read", "amount_of", "document", "read"]
