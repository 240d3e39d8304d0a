"""`bauhinia pay`, `sets`, `mandates`: payments alone, and what parties have agreed on beside trades."""

from __future__ import annotations

import argparse

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.asking import received
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.desks import desk
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.rules.payments import Pay
from bauhinia.wire.desk import Desk
from bauhinia.words.dates import parse_date
from bauhinia.words.ids import AccountNumber, AssetNumber
from bauhinia.words.money import parse_units


def pay(asked: argparse.Namespace) -> int:
    """Order a payment."""
    with desk(asked, signing=True) as at:
        receipt = at.do(_payment(asked, at))
    return received(receipt, json=asked.json)


def _payment(asked: argparse.Namespace, at: Desk) -> Pay:
    moneys = at.moneys()
    money = next((each for each in moneys if each.code == asked.money), None)
    if money is None:
        raise Usage(f"there is no money {asked.money}; there are {', '.join(each.code for each in moneys)}")
    today = next(system.date for system in at.systems() if system.number == money.system)
    return Pay(
        AssetNumber(money.asset),
        AccountNumber(asked.account),
        AccountNumber(asked.to),
        parse_units(asked.amount, money.exponent),
        parse_date(asked.settle) if asked.settle else today,
        asked.reference,
        asked.priority,
        asked.hold,
    )


def sets(asked: argparse.Namespace) -> int:
    """The sets to which the party belongs, a row for each leg."""
    with desk(asked) as at:
        found = at.sets(unanswered=asked.unanswered)
    if asked.json:
        answer(found)
        return DONE
    rows = [
        (
            str(line.number) if first else "",
            (line.settlement or line.status).lower() if first else "",
            line.reference if first else "",
            str(line.settlement_date) if first else "",
            f"{leg.code}: {leg.giver} to {leg.taker}",
            leg.amount.text,
        )
        for line in found
        for first, leg in zip((True, *(False,) * len(line.legs)), line.legs, strict=False)
    ]
    table(("set", "status", "reference", "due", "moves", "amount"), rows, right=(0, 5), title="Sets")
    say(f"{len(found):,} sets, of which {sum(line.awaits_you for line in found):,} await you")
    return DONE


def mandates(asked: argparse.Namespace) -> int:
    """The mandates that the party has given or was given."""
    with desk(asked) as at:
        found = at.mandates()
    if asked.json:
        answer(found)
        return DONE
    rows = [
        (
            str(line.number),
            line.ended or "in force",
            line.holder_name or str(line.holder),
            line.agent_name or str(line.agent),
            str(line.account),
            " ".join(line.assets) or "any",
            line.per_trade.text,
            line.per_day.text,
            line.used.text,
        )
        for line in found
    ]
    head = ("mandate", "status", "of", "to", "account", "assets", "a trade", "a day", "used today")
    table(head, rows, right=(0, 4, 6, 7, 8), title="Mandates")
    say(f"{len(found):,} mandates")
    return DONE
