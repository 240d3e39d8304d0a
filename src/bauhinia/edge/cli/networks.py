"""`bauhinia networks`, `deposits`, `send`: money of several banks that moves between their customers at par."""

from __future__ import annotations

import argparse

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.asking import received
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.desks import desk
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.rules.deposits import SendDeposit
from bauhinia.views.amount import Amount
from bauhinia.views.network_report import NetworkReport
from bauhinia.views.networks import NetworkPage
from bauhinia.wire.desk import Desk
from bauhinia.words.dates import SECOND, parse_date
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import AccountNumber, NetworkNumber
from bauhinia.words.money import parse_units


def networks(asked: argparse.Namespace) -> int:
    """All networks and their banks; with --report what a day of one needed."""
    with desk(asked) as at:
        if asked.report is not None:
            day = parse_date(asked.day) if asked.day else at.market(1).systems[0].date
            report = at.network_report(asked.report, day)
            if asked.json:
                answer(report)
            else:
                _print_report(report)
            return DONE
        pages = at.networks()
    if asked.json:
        answer(pages)
        return DONE
    head = ("bank", "token", "position", "may still owe", "collateral")
    for page in pages:
        rows = [
            (each.bank_name, each.token_code, _text(each.position), _text(each.credit), _text(each.collateral))
            for each in page.members
        ]
        title = f"{page.number} {page.name} {page.currency}: claims {page.claims.lower().replace('_', ' ')}"
        table(head, rows, right=(2, 3, 4), title=title)
    say(f"{len(pages):,} networks")
    return DONE


def _text(amount: Amount | None) -> str:
    return amount.text if amount else ""


def _print_report(report: NetworkReport) -> None:
    head = ("bank", "sent", "received", "peak debit", "liquidity", "saved", "bridged", "waited", "longest")
    rows = [
        (
            each.bank_name,
            each.sent.text,
            each.received.text,
            each.peak_debit.text,
            each.liquidity.text,
            each.saved.text,
            each.bridged.text,
            f"{each.waited:,}",
            f"{each.longest // SECOND:,} s",
        )
        for each in report.banks
    ]
    table(head, rows, right=tuple(range(1, 9)), title=f"{report.name} on {report.date}")
    say(f"gross {report.gross.text}, liquidity {report.liquidity.text}, saved {report.saved.text}")


def deposits(asked: argparse.Namespace) -> int:
    """What one has a part in, newest first."""
    with desk(asked) as at:
        page = at.deposits()
    if asked.json:
        answer(page)
        return DONE
    rows = [
        (str(each.transaction), each.status.lower(), str(each.payer), str(each.payee), each.amount.text, each.reference)
        for each in page.deposits
    ]
    for held in page.held:
        status = ("sent on" if held.sent else "given back") if held.done else "held"
        rows.append((f"held {held.held}", status, str(held.payer), str(held.payee), held.amount.text, held.reference))
    for asks in page.requests:
        line = (asks.status.lower(), str(asks.payer), str(asks.payee), asks.amount.text, asks.reference)
        rows.append((f"request {asks.request}", *line))
    table(("deposit", "status", "from", "to", "amount", "reference"), rows, right=(2, 3, 4), title="Deposits")
    for recall in page.recalls:
        say(f"recall {recall.recall} of deposit {recall.transaction}: {recall.status.lower()}, {recall.why}")
    return DONE


def send(asked: argparse.Namespace) -> int:
    """Send a deposit."""
    with desk(asked, signing=True) as at:
        page, network = _network(at, asked.network), NetworkNumber(asked.network)
        amount = parse_units(asked.amount, MINOR_UNITS[page.currency])
        payer, payee = AccountNumber(asked.payer), AccountNumber(asked.payee)
        receipt = at.do(SendDeposit(network, payer, payee, amount, asked.reference, priority=asked.priority))
    return received(receipt, json=asked.json)


def _network(at: Desk, number: int) -> NetworkPage:
    found = {page.number: page for page in at.networks()}
    if number not in found:
        raise Usage(f"there is no network {number}; there are {', '.join(map(str, found)) or 'none'}")
    return found[number]
