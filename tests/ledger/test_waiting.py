"""The line at a position against a plain list of who waits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauhinia.ledger.waiting import LONGEST, Line
from bauhinia.words.codec import decode, encode
from bauhinia.words.ids import TransactionNumber
from bauhinia.words.reasons import Fault

needs = st.integers(1, 50)


def plainly(waiting: dict[int, tuple[int, int]], available: int) -> list[int]:
    """Whom so many units may help, asked one after the other."""
    found = []
    for _, number, need in sorted((priority, number, need) for number, (priority, need) in waiting.items()):
        if need <= available:
            found.append(number)
            available -= need
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), needs, st.booleans()), max_size=60), st.integers(0, 400))
def test_whom_an_arrival_helps_is_as_a_plain_list_has_it(steps: list[tuple[int, int, bool]], available: int) -> None:
    line, waiting = Line(), dict[int, tuple[int, int]]()
    for number, (priority, need, leaves) in enumerate(steps, 1):
        line.add(priority, TransactionNumber(number), need)
        waiting[number] = priority, need
        if leaves:
            gone = sorted(waiting)[need % len(waiting)]
            line.remove(waiting.pop(gone)[0], TransactionNumber(gone))
    assert line.fits(available) == plainly(waiting, available)
    assert list(line) == sorted(waiting, key=lambda number: (waiting[number][0], number))
    assert decode(Line, encode(line)) == line
    assert bool(line) is bool(waiting)


def test_a_long_line_is_kept_in_pieces_that_say_the_least_in_them() -> None:
    line = Line()
    for number in range(3 * LONGEST):
        line.add(3, TransactionNumber(number), 1_000 - number % 7)
    assert len(line.pieces) > 2
    assert all(len(piece.places) <= LONGEST for piece in line.pieces)
    for number in range(0, 3 * LONGEST, 7):
        if number != 700:
            line.remove(3, TransactionNumber(number))
    assert [piece.least for piece in line.pieces] == [min(need for *_, need in piece.places) for piece in line.pieces]
    line.add(1, TransactionNumber(9_999), 5)
    assert line.fits(5) == [9_999]
    assert line.fits(998) == [9_999]
    assert line.fits(999) == [9_999, 6], "of those that are left none needs less than 994, and the oldest is first"


def test_who_is_not_in_the_line_cannot_leave_it() -> None:
    line = Line()
    with pytest.raises(Fault, match="not in it"):
        line.remove(3, TransactionNumber(1))
    line.add(3, TransactionNumber(1), 10)
    with pytest.raises(Fault, match="not in it"):
        line.remove(2, TransactionNumber(1))
    assert line.holds(3, TransactionNumber(1))
    assert not line.holds(3, TransactionNumber(2))
