"""Statements, register copies and reports as sheets, to be given out as CSV or PDF (`paper.to_csv`, `paper.to_pdf`)."""

from __future__ import annotations

from collections.abc import Iterable

from bauhinia.views import model
from bauhinia.views.paper import Sheet, to_csv, to_pdf
from bauhinia.views.tax_report import TaxLine
from bauhinia.words.dates import format_instant

__all__ = [
    "Sheet", "to_csv", "to_pdf", "register_sheet", "holdings_sheet", "transactions_sheet", "cash_flow_sheet",
    "tax_sheet", "efficiency_sheet", "reconciliation_sheet",
]  # fmt: skip


def register_sheet(copy: model.RegisterCopy, offset: int = 0) -> Sheet:
    """A copy of a register with the columns of its profile; `offset` minutes ahead of UTC are the clocks' of its time.

    Columns: account, holder (numbers), name, address, amount, entered, ceased.
    """
    rows = tuple(tuple(_register_cell(row, column) for column in copy.columns) for row in copy.rows)
    sealed = (f"Sealed {copy.sealed_date}: {copy.sealed}",) if copy.sealed_date else ()
    held = f"{len(copy.rows)} entries; outstanding {copy.total.text}"
    context = (
        f"{copy.name}, {copy.isin}",
        f"Profile: {copy.profile}",
        f"As at {format_instant(copy.time, offset)}, block {copy.height}",
    )
    return Sheet(f"Register of holders of {copy.isin}", context, copy.columns, rows, ("amount",), (held, *sealed))


def _register_cell(row: model.RegisterRow, column: str) -> str:
    match column:
        case "amount":
            return row.amount.text
        case "entered":
            return row.entered.isoformat()
        case "ceased":
            return row.ceased.isoformat() if row.ceased else ""
        case "name":
            return row.name
        case "address":
            return row.address
        case "account":
            return str(row.account)
        case _:
            return str(row.holder)


def holdings_sheet(statement: model.HoldingsStatement) -> Sheet:
    """A statement of holdings (ISO 20022 semt.002 in content): one line an asset."""
    rows = tuple(
        (each.code, each.name, each.kind, each.balance.currency, each.balance.text) for each in statement.positions
    )
    columns = ("code", "name", "kind", "currency", "balance")
    context = _account_lines(statement.account)
    return Sheet(f"Statement of holdings at the end of {statement.date}", context, columns, rows, ("balance",))


def transactions_sheet(statement: model.TransactionsStatement, offset: int = 0) -> Sheet:
    """A statement of transactions (semt.017 in content): entries in order, what was held before and after below."""
    rows = tuple(
        (
            format_instant(each.time, offset),
            each.code,
            each.kind,
            each.counterparty_name or (str(each.counterparty) if each.counterparty else ""),
            each.reference,
            each.change.text,
            each.balance.text,
        )
        for each in statement.entries
    )
    columns = ("time", "code", "kind", "counterparty", "reference", "change", "balance")
    footer = (_held("Opening", statement.opening), _held("Closing", statement.closing))
    title = f"Statement of transactions from {statement.first} to {statement.last}"
    return Sheet(title, _account_lines(statement.account), columns, rows, ("change", "balance"), footer)


def _account_lines(account: model.AccountLine) -> tuple[str, ...]:
    holder = account.holder_name or f"party {account.holder}"
    return (f"Account {account.number}, {account.name}", f"Holder: {holder}; kept by {account.keeper_name}")


def _held(what: str, positions: Iterable[model.Position]) -> str:
    told = "; ".join(f"{each.code} {each.balance.text}" for each in positions)
    return f"{what}: {told or 'nothing'}"


def cash_flow_sheet(isin: str, flows: Iterable[model.CashFlow], offset: int = 0) -> Sheet:
    """What each holder of record was paid on a bond: by action, book and account."""
    columns = ("payment_date", "kind", "book", "account", "holder", "nominal", "amount", "money", "paid", "status")
    rows = tuple(
        (
            each.payment_date.isoformat(),
            each.kind,
            each.asset_code,
            str(each.account),
            each.holder_name or str(each.holder),
            each.nominal.text,
            each.amount.text,
            each.money_code,
            format_instant(each.paid, offset) if each.paid else "",
            each.status,
        )
        for each in flows
    )
    return Sheet(f"Cash flows of {isin}", (), columns, rows, ("nominal", "amount"))


def tax_sheet(isin: str, lines: Iterable[TaxLine]) -> Sheet:
    """A statement of tax as a sheet: by action, book, account and rate."""
    columns = ("action", "payment_date", "book", "account", "holder", "nominal", "income", "rate", "tax", "net")
    rows = tuple(
        (
            str(each.action),
            each.payment_date.isoformat(),
            each.book,
            str(each.account),
            each.holder_name or str(each.holder),
            each.nominal.text,
            each.income.text,
            each.rate,
            each.tax.text,
            each.net.text,
        )
        for each in lines
    )
    return Sheet(f"Tax on {isin}", (), columns, rows, ("nominal", "income", "rate", "tax", "net"))


def efficiency_sheet(lines: Iterable[model.EfficiencyLine]) -> Sheet:
    """Settlement efficiency by intended settlement date."""
    columns = ("date", "due", "on_time", "late", "open", "cancelled", "efficiency")
    rows = tuple(
        (
            each.date.isoformat(),
            str(each.due),
            str(each.on_time),
            str(each.late),
            str(each.open),
            str(each.cancelled),
            f"{each.efficiency}%",
        )
        for each in lines
    )
    return Sheet("Settlement efficiency", (), columns, rows, columns[1:])


def reconciliation_sheet(lines: Iterable[model.ReconciliationLine]) -> Sheet:
    """Breaks and their owners."""
    columns = ("date", "code", "book", "expected", "found", "difference", "owner", "status")
    rows = tuple(
        (
            each.date.isoformat() if each.date else "",
            each.code,
            each.book,
            each.expected.text,
            each.found.text,
            each.difference.text,
            each.owner_name or str(each.owner),
            each.status,
        )
        for each in lines
    )
    return Sheet("Reconciliation", (), columns, rows, ("expected", "found", "difference"))
