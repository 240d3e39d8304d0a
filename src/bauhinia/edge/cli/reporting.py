"""`bauhinia bill`, `bauhinia report`: what is charged, how trades settle, what money will be needed."""

from __future__ import annotations

import argparse

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.desks import desk, party_number
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.views.fees import BillPage
from bauhinia.words.dates import parse_date


def bill(asked: argparse.Namespace) -> int:
    """The bills of fees, or one of them with its lines."""
    with desk(asked) as at:
        if asked.number is None:
            return _bills(at.bills(), json=asked.json)
        found = at.bill(asked.number)
    if asked.json:
        answer(found)
        return DONE
    rows = [
        (charge.item, f"{charge.count:,}", charge.price.text if charge.price else charge.rate, charge.amount.text)
        for charge in found.charges
    ]
    rows += [(f"{each.item}, corrected", "", each.why, each.amount.text) for each in found.corrections]
    title = f"Bill {found.number} of {found.collector_name} to {found.party_name}, {found.month:%B %Y}"
    table(("for", "count", "at", "amount"), rows, right=(1, 2, 3), title=title)
    say(f"{found.total.text} in all, {found.paid.text} paid, due {found.due}: {found.status.lower()}")
    if found.why:
        say(f"disputed: {found.why}")
    return DONE


def _bills(found: tuple[BillPage, ...], *, json: bool) -> int:
    if json:
        answer(found)
        return DONE
    rows = [
        (
            str(each.number),
            each.party_name,
            f"{each.month:%Y-%m}",
            each.total.text,
            each.owed.text,
            str(each.due),
            each.status.lower(),
        )
        for each in found
    ]
    table(("bill", "to", "month", "total", "owed", "due", "status"), rows, right=(0, 3, 4), title="Bills of fees")
    say(f"{len(found):,} in all")
    return DONE


def efficiency(asked: argparse.Namespace) -> int:
    """How trades settle."""
    first, last = (parse_date(text) if text else None for text in (asked.first, asked.last))
    with desk(asked) as at:
        found = at.settlement(asked.by, first, last)
    if asked.json:
        answer(found)
        return DONE
    rows = [
        (
            each.name or each.group,
            each.currency,
            str(each.due),
            str(each.on_time),
            str(each.late),
            str(each.failing),
            f"{each.percent}%",
            each.due_nominal.text,
            f"{each.value_percent}%",
            f"{each.mean_wait:,}",
        )
        for each in found
    ]
    head = (asked.by, "", "due", "on time", "late", "failing", "rate", "nominal due", "by value", "mean wait, s")
    table(head, rows, right=tuple(range(2, 10)), title="Settlement efficiency")
    if not rows:
        say("nothing was due")
    return DONE


def liquidity(asked: argparse.Namespace) -> int:
    """What money will come in and go out, by money and day."""
    with desk(asked) as at:
        party = party_number(asked.of, at.parties()) if asked.of else 0
        found = at.liquidity(party=party, days=asked.days)
    if asked.json:
        answer(found)
        return DONE
    rows = [
        (
            each.code,
            str(each.day),
            each.opening.text,
            each.incoming.text,
            each.outgoing.text,
            each.closing.text,
            each.shortfall.text if each.shortfall.units else "",
        )
        for each in found
    ]
    head = ("money", "day", "opening", "in", "out", "closing", "lacks")
    table(head, rows, right=tuple(range(2, 7)), title="Liquidity forecast")
    flows = [
        (
            flow.kind.lower(),
            str(flow.number),
            flow.about,
            str(flow.day),
            flow.amount.text,
            "" if flow.sure else "as held",
        )
        for each in found
        for flow in each.flows
    ]
    if flows:
        table(("for", "number", "of", "day", "amount", ""), flows, right=(1, 4))
    if not rows:
        say("no money, and none to come or go")
    return DONE
