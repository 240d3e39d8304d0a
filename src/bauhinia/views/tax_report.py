"""The tax of a bond's payments: of each holder of record gross, rate, tax and net; and what became of what was
withheld."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import SEEN, Asking
from bauhinia.views.tables import ActionRow, AssetRow
from bauhinia.views.tax_tables import TAX_SUMS, TAXES, TaxRow
from bauhinia.words.money import format_rate


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What is withheld at one rate of a holder of record: `income` is interest on `nominal`, with what an issuer that
    grosses up adds to it; `net` is what is left of it."""

    action: int
    isin: str
    payment_date: date
    book: str
    account: int
    holder: int
    holder_name: str
    rate: str
    nominal: Amount
    income: Amount
    tax: Amount
    net: Amount


@dataclass(frozen=True, slots=True)
class TaxSumLine:
    """What was withheld of a payment in one money, and what became of it; `kept` lies with the withholding agent."""

    action: int
    payment_date: date
    money: int
    money_code: str
    withheld: Amount
    remitted: Amount
    refunded: Amount
    kept: Amount


@dataclass(frozen=True, slots=True)
class TaxStatement:
    """The tax of a bond's payments. `sums` are for the withholding agent, the authority, the issuer and operators."""

    isin: str
    lines: tuple[TaxLine, ...]
    sums: tuple[TaxSumLine, ...]


def statement(ask: Asking, asset: AssetRow) -> TaxStatement:
    """By action, book and account: all of the official book to the withholding agent, the authority and operators; to
    others the accounts that they hold, keep or may view."""
    bond = tables.BONDS.find(ask.db, asset.base)
    regime = bond.sheet.conditions.tax if bond else None
    if bond is None or regime is None:
        return TaxStatement(ask.code(asset.base), (), ())
    party = ask.viewer.party
    whole = ask.viewer.operator or (party != 0 and party in (regime.agent, regime.authority))
    found, sums = list[TaxLine](), list[TaxSumLine]()
    for action in tables.ACTIONS.rows(ask.db, "WHERE asset = ? ORDER BY payment_date, number", asset.base):
        found += _lines(ask, action, whole=whole)
        if whole or (party != 0 and party == bond.sheet.issuer):
            sums += _sums(ask, action)
    return TaxStatement(ask.code(asset.base), tuple(found), tuple(sums))


def _lines(ask: Asking, action: ActionRow, *, whole: bool) -> Iterator[TaxLine]:
    seen = SEEN.format(asset="taxes.book")
    seen = f"({seen} OR book = :official)" if whole else seen
    named = {"action": action.number, "official": action.asset, "party": ask.viewer.party, "time": ask.time}
    if ask.viewer.operator:
        seen = "1"
    for row in TAXES.rows(ask.db, f"WHERE action = :action AND {seen} ORDER BY book, row, part", **named):
        yield _line(ask, action, row)


def _line(ask: Asking, action: ActionRow, row: TaxRow) -> TaxLine:
    account = ask.account(row.account)
    holder = account.holder if account else 0
    return TaxLine(
        action.number,
        ask.code(action.asset),
        action.payment_date,
        ask.code(row.book),
        row.account,
        holder,
        ask.party_name(holder),
        format_rate(row.rate),
        ask.amount(row.book, row.units),
        ask.amount(action.asset, row.income),
        ask.amount(action.asset, row.tax),
        ask.amount(action.asset, row.income - row.tax),
    )


def _sums(ask: Asking, action: ActionRow) -> Iterator[TaxSumLine]:
    for row in TAX_SUMS.rows(ask.db, "WHERE action = ? ORDER BY money", action.number):
        amounts = (row.withheld, row.remitted, row.refunded, row.withheld - row.remitted - row.refunded)
        yield TaxSumLine(
            action.number,
            action.payment_date,
            row.money,
            ask.code(row.money),
            *(ask.amount(row.money, each) for each in amounts),
        )
