"""The offset agent at work: it reads the queue from a desk, searches, and sends what it finds as a signed proposal.

What it reads may be old by the time it proposes, so a refusal is nothing unusual: the market checks every proposal, and
moves nothing where one is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    currency: a transaction is worth the money in it, free of payment its nominal; a set its largest leg."""
    lines = [each for each in page.waiting if each.reason in HELPED and not each.outside and each.legs]
    most = max((leg.amount.exponent for each in lines for leg in each.legs), default=0)
    available: dict[Position, Units] = {
        (AccountNumber(each.account), AssetNumber(each.asset)): each.available for each in page.positions
    }
    if not page.whole:
        for each in lines:
            for leg in each.legs:
                available.setdefault((AccountNumber(leg.giver), AssetNumber(leg.asset)), UNKNOWN)
    return Queue(tuple(_waiting(each, most) for each in lines), available)


def _waiting(line: QueueLine, most: int) -> Waiting:
    legs = tuple(
        Leg(AssetNumber(leg.asset), AccountNumber(leg.giver), AccountNumber(leg.taker), leg.amount.units)
        for leg in line.legs
    )
    worths = [leg.amount.units * 10 ** (most - leg.amount.exponent) for leg in line.legs]
    worth = max(worths) if line.kind == "SET" else worths[-1]  # the money, where there is any: a trade ends with it
    value = min(worth, LIMIT - 1)
    return Waiting(TransactionNumber(line.transaction), legs, value, line.priority, line.entered)


def attempt(desk: Desk, *, by: By = By.VALUE, seconds: float = 2.0, exact: bool = True) -> Attempt:
    """Read the queue, search for about so many seconds, propose what was found."""
    proposal = propose(queue_of(desk.whole_queue()), by=by, seconds=seconds, exact=exact)
    if not proposal.numbers:
        return Attempt(proposal)
    try:
        return Attempt(proposal, desk.settle_together(proposal.numbers, f"by {by.value}: {proposal.how}"[:140]))
    except Refused as refused:
        return Attempt(proposal, refusal=refused)
