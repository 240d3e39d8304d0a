"""The line at one position: who waits for it, by priority and age, with what each needs there.

An arrival is to cost what it frees, not what waits. So the line is kept in pieces, each with the least that anyone in
it needs: a piece in which everyone needs more than has come is passed over whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from bauhinia.ledger.instructions import Transaction
from bauhinia.ledger.positions import key_of
from bauhinia.words.ids import LIMIT, TransactionNumber, Units
from bauhinia.words.reasons import must

LONGEST = 512  # of a piece; one that grows longer is cut in two
Place = tuple[int, TransactionNumber, Units]  # priority, number (so by age), and what it needs of the position


@dataclass(slots=True)
class Piece:
    """Neighbours in the line, never none, and the least that one of them needs."""

    least: Units
    places: list[Place]


@dataclass(slots=True)
class Line:
    """Everyone who waits for one position, in order: the highest priority first, then the oldest."""

    pieces: list[Piece] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def __iter__(self) -> Iterator[TransactionNumber]:
        return (number for piece in self.pieces for _, number, _ in piece.places)

    def holds(self, priority: int, number: TransactionNumber) -> bool:
        """Whether someone is in the line."""
        if not self.pieces:
            return False
        places = self.pieces[self._piece((priority, number, LIMIT))].places
        found = bisect_left(places, (priority, number, 0))
        return found < len(places) and places[found][:2] == (priority, number)

    def add(self, priority: int, number: TransactionNumber, need: Units) -> None:
        """Let someone in, at its place."""
        place = (priority, number, need)
        if not self.pieces:
            self.pieces.append(Piece(need, [place]))
            return
        at = self._piece(place)
        piece = self.pieces[at]
        piece.places.insert(bisect_left(piece.places, place), place)
        piece.least = min(piece.least, need)
        if len(piece.places) > LONGEST:
            half = len(piece.places) // 2
            self.pieces[at : at + 1] = [_piece_of(piece.places[:half]), _piece_of(piece.places[half:])]

    def remove(self, priority: int, number: TransactionNumber) -> None:
        """Let someone go. Stops the node where it is not in the line."""
        must(self.holds(priority, number), "who leaves the line is not in it:", number)
        at = self._piece((priority, number, LIMIT))
        places = self.pieces[at].places
        _, _, need = places.pop(bisect_left(places, (priority, number, 0)))
        if not places:
            del self.pieces[at]
        elif need == self.pieces[at].least and all(least > need for _, _, least in places):
            self.pieces[at] = _piece_of(places)

    def fits(self, available: Units) -> list[TransactionNumber]:
        """Whom these units may help, in order, each as though it took what it needs."""
        found: list[TransactionNumber] = []
        for piece in self.pieces:
            if piece.least > available:
                continue
            for _, number, need in piece.places:
                if need <= available:
                    found.append(number)
                    available -= need
        return found

    def _piece(self, place: Place) -> int:
        """The piece in which a place is, or would be."""
        return max(bisect_right(self.pieces, place, key=_first) - 1, 0)


def need_of(transaction: Transaction, position: int) -> Units:
    """What the legs of a transaction, taken together, draw from a position."""
    need = 0
    for leg in transaction.legs:
        if key_of(leg.giver, leg.asset) == position:
            need += leg.amount
        if key_of(leg.taker, leg.asset) == position:
            need -= leg.amount
    return need


def _first(piece: Piece) -> Place:
    return piece.places[0]


def _piece_of(places: list[Place]) -> Piece:
    return Piece(min(need for _, _, need in places), places)
