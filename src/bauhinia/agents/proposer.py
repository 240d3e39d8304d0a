"""The offset agent at work: it reads the queue from a desk, searches, and sends what it finds as a signed proposal.

What it reads may be old by the time it proposes, so a refusal is nothing unusual: the market checks every proposal, and
moves nothing where one is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bauhinia.agents.offset import By, Leg, Position, Proposal, Queue, Waiting, propose
from bauhinia.wire.desk import Desk
from bauhinia.wire.queue import QueueLine, QueuePage
from bauhinia.wire.receipts import Receipt
from bauhinia.words.ids import LIMIT, AccountNumber, AssetNumber, TransactionNumber, Units
from bauhinia.words.reasons import Refused

HELPED = ("LACK", "MONY", "CLAC", "CMON")  # reasons of what others can bring the missing units to
UNKNOWN: Units = LIMIT - 1  # of a position that the asker does not see: the market knows


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was found; what the market made of it: a receipt, or a refusal; neither where nothing was sent."""

    proposal: Proposal
    receipt: Receipt | None = None
    refusal: Refused | None = None


def queue_of(page: QueuePage) -> Queue:
    """The solver's queue: of what waits, that which others can help. Money is counted at its face, whatever its
    currency: a transaction is worth the money in it, free of payment its nominal; a set its largest leg. Transactions
    that settle together or not at all are one, under the number of the first."""
    sets = sets_of(page)
    lines = [line for lines in sets for line in lines]
    most = max((leg.amount.exponent for each in lines for leg in each.legs), default=0)
    available: dict[Position, Units] = {
        (AccountNumber(each.account), AssetNumber(each.asset)): each.available for each in page.positions
    }
    if not page.whole:
        for each in lines:
            for leg in each.legs:
                available.setdefault((AccountNumber(leg.giver), AssetNumber(leg.asset)), UNKNOWN)
    return Queue(tuple(_waiting(each, most) for each in sets), available)


def sets_of(page: QueuePage) -> list[list[QueueLine]]:
    """What others can help: each transaction by itself, or with all that it is linked with, whose one lack stands for
    theirs. A set of which something is not there to be seen is left out."""
    lines = {each.transaction: each for each in page.waiting}
    found = []
    for each in page.waiting:
        if each.reason in HELPED:
            members = [lines[number] for number in each.together or (each.transaction,) if number in lines]
            whole = len(members) == max(len(each.together), 1)
            if whole and all(line.legs and not line.outside for line in members):
                found.append(members)
    return found


def _waiting(lines: list[QueueLine], most: int) -> Waiting:
    legs = tuple(
        Leg(AssetNumber(leg.asset), AccountNumber(leg.giver), AccountNumber(leg.taker), leg.amount.units)
        for line in lines
        for leg in line.legs
    )
    value = min(sum(_worth(line, most) for line in lines), LIMIT - 1)
    priority, entered = (min(each) for each in zip(*((line.priority, line.entered) for line in lines), strict=True))
    return Waiting(TransactionNumber(lines[0].transaction), legs, value, priority, entered)


def _worth(line: QueueLine, most: int) -> int:
    """The money, where there is any: a trade's legs end with it. Of a set the largest leg."""
    worths: list[int] = [leg.amount.units * 10 ** (most - leg.amount.exponent) for leg in line.legs]
    return max(worths) if line.kind == "SET" else worths[-1]


def _spelled_out(proposal: Proposal, page: QueuePage) -> Proposal:
    """A proposal by the numbers of its transactions, those that are linked each by its own."""
    members = {lines[0].transaction: [TransactionNumber(line.transaction) for line in lines] for lines in sets_of(page)}
    numbers = tuple(number for first in proposal.numbers for number in members[first])
    return replace(proposal, numbers=numbers, count=len(numbers))


def attempt(desk: Desk, *, by: By = By.VALUE, seconds: float = 2.0, exact: bool = True) -> Attempt:
    """Read the queue, search for about so many seconds, propose what was found."""
    page = desk.whole_queue()
    proposal = _spelled_out(propose(queue_of(page), by=by, seconds=seconds, exact=exact), page)
    if not proposal.numbers:
        return Attempt(proposal)
    try:
        return Attempt(proposal, desk.settle_together(proposal.numbers, f"by {by.value}: {proposal.how}"[:140]))
    except Refused as refused:
        return Attempt(proposal, refusal=refused)
