"""What a party asks of a market from the command line: registers, statements, instructions, term sheets, commands."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

from bauhinia.edge import copies
from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.desks import desk, party_number
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.edge.cli.sheets import commands_of
from bauhinia.ledger.instructions import CumEx, Link, Partial, Payment, ProcessingPosition, Side
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.registers import RecordHolderData
from bauhinia.views import model
from bauhinia.views.queries import which_bond
from bauhinia.wire.desk import Desk
from bauhinia.wire.receipts import Receipt, receipt_form
from bauhinia.words.dates import day_of, format_instant, parse_date
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber
from bauhinia.words.money import parse_units


def register(asked: argparse.Namespace) -> int:
    """A register, shown or copied."""
    with desk(asked, signing=bool(asked.why)) as at:
        copy = at.register(which_bond(asked.bond), asked.why)
    if asked.csv == "-":
        sys.stdout.buffer.write(copies.register_file(copy, "csv")[0])
        return DONE
    for form, file in (("csv", asked.csv), ("pdf", asked.pdf)):
        if file:
            Path(file).write_bytes(copies.register_file(copy, form)[0])
    if asked.json:
        answer(copy)
        return DONE
    if not asked.csv and not asked.pdf:
        from bauhinia.views.statements import register_sheet

        sheet = register_sheet(copy)
        right = [at for at, column in enumerate(sheet.columns) if column in sheet.right]
        table(sheet.columns, sheet.rows, right=right, title=f"Register of {copy.name}")
    say(f"{copy.isin} at block {copy.height:,}: {len(copy.rows)} entries, {copy.total.text} in all")
    say(*(f"written to {file}" for file in (asked.csv, asked.pdf) if file))
    return DONE


def particulars(asked: argparse.Namespace) -> int:
    """What is kept of a party beside the ledger; with a name or an address, put in and bound by a command."""
    data = {name: text for name in ("name", "address") if (text := getattr(asked, name))}
    salt = _salt(asked.salt)
    with desk(asked, signing=bool(data) and not salt) as at:
        party = party_number(asked.of, at.parties())
        if data:
            bound = at.put_particulars(party, data, salt)
            if not bound.bound:
                at.do(RecordHolderData(PartyNumber(party), bound.commitment))
        kept = at.particulars(party)
    if asked.json:
        answer(kept)
        return DONE
    table(("what", "kept"), list(kept.data.items()), title=f"Kept of {asked.of}")
    say("bound by the ledger" if kept.bound else "not bound by the ledger: no register shows it")
    return DONE


def _salt(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Usage("--salt takes hexadecimal digits") from None


def statement(asked: argparse.Namespace) -> int:
    """A statement of transactions, or of what is held."""
    first, last = (parse_date(text) if text else None for text in (asked.first, asked.last))
    with desk(asked) as at:
        account = at.account(asked.account, 0).account
        glance = at.market(1)
        last = last or _today(glance)
        if asked.holdings:
            held = at.holdings(asked.account, last)
            _print(held, held.positions, json=asked.json, title=f"{held.account.name} on {held.date}")
            return DONE
        first = first or min(last, day_of(account.opened, _offset(glance)))
        found = at.statement(asked.account, first, last)
    if asked.json:
        answer(found)
        return DONE
    title = f"{found.account.name}, {found.first} to {found.last}"
    _positions("held before", found.opening, title)
    offset = _offset(glance)
    table(
        ("when", "what", "for", "change", "balance", "counterparty", "reference"),
        [
            (
                format_instant(entry.time, offset)[:16].replace("T", " "),
                entry.code,
                entry.kind.lower(),
                entry.change.text,
                entry.balance.text,
                entry.counterparty_name,
                entry.reference,
            )
            for entry in found.entries
        ],
        right=(3, 4),
    )
    _positions("held after", found.closing)
    return DONE


def _print(value: Any, positions: tuple[model.Position, ...], *, json: bool, title: str) -> None:
    if json:
        answer(value)
    else:
        _positions("held", positions, title)


def _positions(what: str, positions: tuple[model.Position, ...], title: str = "") -> None:
    rows = [
        (each.code, each.name, each.balance.text, each.earmarked.text if each.earmarked.units else "")
        for each in positions
    ]
    table((what, "", "amount", "earmarked"), rows, right=(2, 3), title=title)
    if not rows:
        say(*filter(None, (title, f"nothing {what}")), "")


def instruct(asked: argparse.Namespace) -> int:
    """One side's settlement instruction."""
    if (asked.amount is None) != (asked.money is None):
        raise Usage("--amount and --money go together: without both it is free of payment")
    with desk(asked, signing=True) as at:
        receipt = at.do(_instruction(asked, at))
    return received(receipt, json=asked.json)


def _instruction(asked: argparse.Namespace, at: Desk) -> Instruct:
    bond = at.bond(which_bond(asked.bond)).bond
    glance = at.market(1)
    today = next((system.date for system in glance.systems), _today(glance))
    money = None
    if asked.money is not None:
        money = next((each for each in at.moneys() if each.code == asked.money), None)
        if money is None:
            raise Usage(f"there is no money {asked.money}; there are {', '.join(each.code for each in at.moneys())}")
    return Instruct(
        reference=asked.reference,
        side=Side[asked.side.upper()],
        payment=Payment.AGAINST if money else Payment.FREE,
        asset=AssetNumber(bond.asset),
        quantity=parse_units(asked.quantity, bond.exponent),
        account=AccountNumber(asked.account),
        counterparty=PartyNumber(party_number(asked.counterparty, at.parties())),
        trade_date=parse_date(asked.trade_date) if asked.trade_date else today,
        settlement_date=parse_date(asked.settle) if asked.settle else today,
        money=AssetNumber(money.asset if money else 0),
        amount=parse_units(asked.amount, money.exponent) if money else 0,
        cash_account=AccountNumber(asked.cash_account),
        common_reference=asked.common,
        cum_ex=CumEx.UNSAID,
        hold=asked.hold,
        priority=asked.priority,
        partial=Partial.PART if asked.partial else Partial.NPAR,
        links=tuple(
            Link(position, reference)
            for position, references in (
                (ProcessingPosition.WITH, asked.linked_with),
                (ProcessingPosition.BEFO, asked.linked_before),
                (ProcessingPosition.AFTE, asked.linked_after),
            )
            for reference in references
        ),
        model=asked.model,
    )


def issue(asked: argparse.Namespace) -> int:
    """Lodge the term sheets of a file, or send the commands of one."""
    with desk(asked, signing=True) as at:
        receipt = at.send(*commands_of(Path(asked.file), at))
    return received(receipt, json=asked.json)


def received(receipt: Receipt, *, json: bool) -> int:
    """Show what an envelope came to. The first refusal among its commands is the command line's."""
    refusal = receipt.refusal()
    if refusal is not None and (json or len(receipt.outcomes) == 1):
        raise refusal
    if json:
        answer(receipt_form(receipt))
    else:
        say(f"block {receipt.height:,}, envelope {receipt.digest}")
        for outcome in receipt.outcomes:
            told = ", ".join(type(event).__name__ for event in outcome.events) or "accepted"
            why = f"refused: {outcome.reason}: {outcome.detail}"
            say(f"  {outcome.command}: {told if outcome.accepted else why}")
    if refusal is not None:
        raise refusal
    return DONE


def _today(glance: model.MarketGlance) -> date:
    return day_of(glance.time, _offset(glance))


def _offset(glance: model.MarketGlance) -> int:
    return glance.systems[0].offset if glance.systems else 0


__all__ = ["instruct", "issue", "particulars", "received", "register", "statement"]
