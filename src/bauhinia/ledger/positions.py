"""Positions in columns: who holds how much of what.

One `array("q")`, four words a row: key (account << 32 | asset), balance, earmarked, flags (bits of
`parties.Block`). The batch kernel reads the same memory. An index finds the row of a key; it stands behind four
methods so that a sorted or compiled one can take its place.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from bauhinia.words.ids import AccountNumber, AssetNumber, Row, Units
from bauhinia.words.reasons import must

WORDS = 4
KEY, BALANCE, EARMARKED, FLAGS = range(WORDS)
MASK = (1 << 32) - 1


def key_of(account: AccountNumber, asset: AssetNumber) -> int:
    return account << 32 | asset


def account_of(key: int) -> AccountNumber:
    return AccountNumber(key >> 32)


def asset_of(key: int) -> AssetNumber:
    return AssetNumber(key & MASK)


class Positions:
    """All rows, in the order in which they were opened. Rows are opened by `post` and by blocks alone; reads and
    refused commands open none. `touched` collects the rows that the block under way has changed."""

    __slots__ = ("_index", "_rows_of", "columns", "touched")

    def __init__(self, columns: array[int] | None = None) -> None:
        self.columns: array[int] = array("q") if columns is None else columns
        self.touched: dict[int, None] = {}
        self._index: dict[int, int] = {}
        self._rows_of: dict[int, array[int]] = {}
        for row, key in enumerate(self.columns[KEY::WORDS]):
            must(key not in self._index, "a position stands twice in the columns", key)
            self._index[key] = row
            self._rows_of.setdefault(key & MASK, array("i")).append(row)

    def __len__(self) -> int:
        return len(self.columns) // WORDS

    def find(self, account: AccountNumber, asset: AssetNumber) -> Row | None:
        """The row of a position, or None where it was never opened."""
        return self._index.get(account << 32 | asset)  # type: ignore[return-value]

    def open(self, account: AccountNumber, asset: AssetNumber) -> Row:
        """The row of a position, opened at zero if it is new."""
        key = account << 32 | asset
        row = self._index.get(key)
        if row is None:
            row = self._index[key] = len(self.columns) // WORDS
            self.columns.extend((key, 0, 0, 0))
            rows = self._rows_of.get(asset)
            if rows is None:
                rows = self._rows_of[asset] = array("i")
            rows.append(row)
        return Row(row)

    def rows_of(self, asset: AssetNumber) -> array[int]:
        """The rows of an asset in opening order, the issuer's and empty ones included. Not to be changed."""
        return self._rows_of.get(asset) or array("i")

    def balance(self, account: AccountNumber, asset: AssetNumber) -> Units:
        row = self._index.get(account << 32 | asset)
        return 0 if row is None else self.columns[row * WORDS + BALANCE]

    def earmarked(self, account: AccountNumber, asset: AssetNumber) -> Units:
        row = self._index.get(account << 32 | asset)
        return 0 if row is None else self.columns[row * WORDS + EARMARKED]

    def flags(self, account: AccountNumber, asset: AssetNumber) -> int:
        row = self._index.get(account << 32 | asset)
        return 0 if row is None else self.columns[row * WORDS + FLAGS]

    def available(self, account: AccountNumber, asset: AssetNumber) -> Units:
        """The balance less what is earmarked."""
        row = self._index.get(account << 32 | asset)
        if row is None:
            return 0
        at = row * WORDS
        return self.columns[at + BALANCE] - self.columns[at + EARMARKED]

    def set_flags(self, account: AccountNumber, asset: AssetNumber, flags: int) -> None:
        """Blocks of one position; kept through a balance of zero."""
        row = self.open(account, asset)
        self.columns[row * WORDS + FLAGS] = flags
        self.touched[row] = None

    def holders(self, asset: AssetNumber) -> Iterator[tuple[AccountNumber, Units]]:
        """Accounts with a balance above zero, in the order in which their rows were opened."""
        columns = self.columns
        for row in self.rows_of(asset):
            balance = columns[row * WORDS + BALANCE]
            if balance > 0:
                yield account_of(columns[row * WORDS]), balance

    def row_bytes(self, row: int) -> bytes:
        """The four words of a row, little-endian."""
        return self.columns[row * WORDS : row * WORDS + WORDS].tobytes()

    def changed(self) -> list[tuple[int, int, int, int]]:
        """The rows touched, by row: key, balance, earmarked, flags."""
        found = []
        for row in sorted(self.touched):
            key, balance, earmarked, flags = self.columns[row * WORDS : row * WORDS + WORDS]
            found.append((key, balance, earmarked, flags))
        return found
