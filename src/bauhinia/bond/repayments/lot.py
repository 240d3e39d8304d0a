"""Drawing by lot: which denominations a partial repayment takes.

The seed is a value that nobody can choose and everybody can see: one that is published only after the record date (a
digest of a public draw, the header of a block that closes the record). Whoever has the seed and the holdings of record
draws again and finds the same.

Why each denomination is equally likely: the tickets are the denominations, numbered through the holders in rising
order. Draw number j takes one of those not yet drawn, each as likely as the other, because SHA-256 of the seed and a
counter is read as a number below 2**256 and thrown away where it is not below the largest multiple of how many are
left: no remainder is favoured. A uniform draw without replacement makes every set of so many tickets equally likely,
and so every ticket.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from hashlib import sha256
from itertools import accumulate

from bauhinia.bond.impossible import Impossible

SPACE = 1 << 256  # what a digest may be
SEED_BYTES = 32


def draw(seed: bytes, holdings: Mapping[int, int], units: int, denomination: int) -> dict[int, int]:
    """The nominal drawn of each holding that is drawn at all, by holder in rising order: `units` in all.

    `holdings` are nominal amounts by a number of the holder. Impossible where the seed is not 32 bytes, an amount is
    not whole denominations, or more is to be drawn than is held.
    """
    if len(seed) != SEED_BYTES:
        raise Impossible("seed", f"{len(seed)} bytes are not {SEED_BYTES}")
    if denomination <= 0:
        raise Impossible("denomination", f"{denomination} is not above zero")
    holders = sorted(holdings)
    for holder in holders:
        if holdings[holder] < 0 or holdings[holder] % denomination:
            raise Impossible("holdings", f"{holdings[holder]} of {holder} is not whole denominations of {denomination}")
    ends = list(accumulate(holdings[holder] // denomination for holder in holders))
    tickets = ends[-1] if ends else 0
    wanted, rest = divmod(units, denomination)
    if rest or not 0 <= wanted <= tickets:
        raise Impossible("units", f"{units} is not whole denominations of {denomination}, up to {tickets} of them")
    drawn: dict[int, int] = {}
    for ticket in sorted(_tickets(seed, tickets, wanted)):
        holder = holders[bisect_right(ends, ticket)]
        drawn[holder] = drawn.get(holder, 0) + denomination
    return drawn


def _tickets(seed: bytes, tickets: int, wanted: int) -> list[int]:
    """So many different numbers below `tickets`: a shuffle (Fisher and Yates) that stops when enough are drawn."""
    moved: dict[int, int] = {}
    found, counter = [], 0
    for left in range(tickets, tickets - wanted, -1):
        bound = SPACE - SPACE % left
        while (number := _number(seed, counter)) >= bound:
            counter += 1
        counter += 1
        at = number % left
        found.append(moved.get(at, at))
        moved[at] = moved.get(left - 1, left - 1)
    return found


def _number(seed: bytes, counter: int) -> int:
    return int.from_bytes(sha256(seed + counter.to_bytes(8, "big")).digest(), "big")
