"""`bauhinia penalties`: what fails cost in a month, and what failing costs by the day."""

from __future__ import annotations

import argparse
from datetime import date

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.desks import desk
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.views.penalties import PenaltyRates, PenaltyReport
from bauhinia.words.dates import parse_date


def penalties(asked: argparse.Namespace) -> int:
    """A month's penalties, its nets and its sums; or the rates."""
    month = parse_date(f"{asked.month}-01") if asked.month else None
    with desk(asked) as at:
        found = at.penalty_rates() if asked.rates else at.penalties(month)
    if asked.json:
        answer(found)
    elif isinstance(found, PenaltyRates):
        _rates(found)
    else:
        _report(found)
    return DONE


def _report(found: PenaltyReport) -> None:
    table(
        ("day", "kind", "trade", "bond", "pays", "to", "for", "amount", "is"),
        [
            (
                str(line.day), line.kind, str(line.transaction), line.isin, line.payer_name, line.payee_name,
                line.reason, line.amount.text, line.status.lower(),
            )
            for line in found.penalties
        ],
        right=(2, 7),
        title=f"Penalties of {_month(found.month)}",
    )  # fmt: skip
    if found.nets:
        rows = [(each.payer_name, each.payee_name, each.amount.text, each.status.lower()) for each in found.nets]
        table(("pays", "to", "amount", "is"), rows, right=(2,), title="Netted")
    for each in found.sums:
        say(f"you pay {each.pays.text} and get {each.gets.text}: {each.net.text}")
    if not found.penalties:
        say("no penalties")


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _rates(found: PenaltyRates) -> None:
    rows = [
        (str(each.version), str(each.effective), each.what.lower(), each.currency or "any", each.rate, each.series)
        for each in found.rates
    ]
    table(("version", "from", "lack of", "currency", "rate", "series"), rows, right=(0,), title="Penalty rates")
    bonds = [(each.isin, each.security.lower(), each.series) for each in found.bonds]
    table(("bond", "is", "price"), bonds, title="Bonds")
    exempt = [(str(each.first), str(each.last), each.isin or "all", each.why) for each in found.exemptions]
    if exempt:
        table(("from", "to", "bond", "why"), exempt, title="Exempt")
