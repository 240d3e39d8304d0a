"""`bauhinia queue`, `settle-together`, `offset`: what waits to settle, and what of it could settle at one instant."""

from __future__ import annotations

import argparse
import time

from bauhinia.agents import proposer
from bauhinia.agents.offset import By
from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.asking import received
from bauhinia.edge.cli.desks import desk
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.views.queue import QueueLeg
from bauhinia.wire.receipts import receipt_form


def queue(asked: argparse.Namespace) -> int:
    """What waits, oldest first."""
    with desk(asked) as at:
        page = at.whole_queue()
    if asked.json:
        answer(page)
        return DONE
    rows = [
        (
            str(line.transaction),
            line.kind.lower(),
            line.reason,
            str(line.settlement_date),
            str(line.priority),
            _leg(leg),
            leg.amount.text,
        )
        for line in page.waiting
        for leg in line.legs
    ]
    head = ("transaction", "kind", "waits for", "due", "priority", "moves", "amount")
    table(head, rows, right=(0, 6), title="Queue")
    say(f"{len(page.waiting):,} wait" if page.whole else f"{len(page.waiting):,} of yours wait")
    return DONE


def _leg(leg: QueueLeg) -> str:
    giver, taker = (f"{number}" if number else "another" for number in (leg.giver, leg.taker))
    return f"{leg.code}: {giver} to {taker}"


def settle_together(asked: argparse.Namespace) -> int:
    """Propose a set that settles at one instant."""
    with desk(asked, signing=True) as at:
        receipt = at.settle_together(asked.transactions, asked.why)
    return received(receipt, json=asked.json)


def offset(asked: argparse.Namespace) -> int:
    """Search the queue for what could settle together, and propose it; with --every again and again."""
    by = By[asked.by.upper()]
    with desk(asked, signing=True) as at:
        while True:
            found = proposer.attempt(at, by=by, seconds=asked.seconds, exact=not asked.quick)
            proposal = found.proposal
            if asked.json and found.refusal is None:
                told = receipt_form(found.receipt) if found.receipt else None
                answer({"transactions": list(proposal.numbers), "how": proposal.how, "receipt": told})
            elif not asked.json:
                say(f"{proposal.count:,} can settle together, {proposal.how}")
            if asked.every is None:
                if found.refusal is not None:
                    raise found.refusal
                return DONE
            if found.refusal is not None:
                say(f"refused: {found.refusal}")
            time.sleep(asked.every)
