"""Where each table, key and item of a TOML text stands: `tomllib` reads the values and forgets the lines."""

from __future__ import annotations

from bisect import bisect_right

from bauhinia.wire.toml import MARK

Path = tuple[str | int, ...]

_BLANK = " \t"
_SPACE = " \t\r\n"
_ENDS_BARE = " \t\r\n=.]}#,"


class Lines:
    """The lines of a text that `tomllib` has accepted, by path: ("step", 2, "amount") is the key of the third step.

    A path that is not there gets the line of what it stands in.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        _Scan(text.removeprefix(MARK), self._lines).document()

    def __contains__(self, path: Path) -> bool:
        return path in self._lines

    def of(self, path: Path) -> int:
        """The line, from 1, of a path or of the nearest thing around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]


class _Scan:
    """One walk over the text, by the grammar of TOML 1.0 as far as it takes to know where a value ends."""

    def __init__(self, text: str, found: dict[Path, int]) -> None:
        self.text, self.at, self.found = text, 0, found
        self.breaks = [at for at, character in enumerate(text) if character == "\n"]
        self.counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self.skip_space():
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        """A [table] or a [[table]], the last of its name so far; its full path."""
        many = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if many else 1
        keys = self.keys()
        path: Path = ()
        for key in keys[:-1]:
            path += (key,)
            if path in self.counts:
                path += (self.counts[path] - 1,)
            self.note(path, start)
        path += (keys[-1],)
        self.note(path, start)
        if many:
            self.counts[path] = self.counts.get(path, 0) + 1
            path += (self.counts[path] - 1,)
            self.note(path, start)
        self.at += 2 if many else 1
        return path

    def pair(self, table: Path) -> None:
        start = self.at
        path = table
        for key in self.keys():
            path += (key,)
            self.note(path, start)
        self.at += 1  # the equals sign
        self.skip_space()
        self.value(path)

    def keys(self) -> list[str]:
        """A key, dotted or not, up to the character that ends it."""
        found = []
        while True:
            self.skip(_BLANK)
            if self.text[self.at] in "\"'":
                found.append(self.string())
            else:
                start = self.at
                while self.text[self.at] not in _ENDS_BARE:
                    self.at += 1
                found.append(self.text[start : self.at])
            self.skip(_BLANK)
            if self.text[self.at] != ".":
                return found
            self.at += 1

    def value(self, path: Path) -> None:
        """A value; the keys and items inside it are noted too."""
        character = self.text[self.at]
        if character in "\"'":
            self.string()
        elif character == "[":
            self.items(path)
        elif character == "{":
            self.inline(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in "\r\n,]}#":
                self.at += 1

    def items(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self.skip_space() and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.note((*path, number), self.at)
            self.value((*path, number))
            number += 1
        self.at += 1

    def inline(self, path: Path) -> None:
        self.at += 1
        while self.skip_space() and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.pair(path)
        self.at += 1

    def string(self) -> str:
        """A string of any of the four kinds; its text, escapes left as they are."""
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(mark)
        start = self.at
        while not self.text.startswith(mark, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        if len(mark) == 3:
            while self.text.startswith(quote, self.at + 3):  # quotes may stand just before the end
                self.at += 1
        inside = self.text[start : self.at]
        self.at += len(mark)
        return inside

    def skip_space(self) -> bool:
        """Skip blanks, line ends and comments; whether anything is left."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                while self.at < len(self.text) and self.text[self.at] != "\n":
                    self.at += 1
            elif self.text[self.at] in _SPACE:
                self.at += 1
            else:
                return True
        return False

    def skip(self, characters: str) -> None:
        while self.text[self.at] in characters:
            self.at += 1

    def note(self, path: Path, at: int) -> None:
        self.found.setdefault(path, bisect_right(self.breaks, at - 1) + 1)
