"""Statements and reports: what an account held, what moved on it, what a bond paid to whom, how the market settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bauhinia.ledger.actions import PayState
from bauhinia.ledger.parties import Role
from bauhinia.views import lines, model, tables
from bauhinia.views.asking import SEEN, Asking
from bauhinia.views.narrow import untold
from bauhinia.views.tables import AccountRow, AssetRow, PositionRow, RecordRow

ASIDE = (PayState.SUSPENSE, PayState.HELD)


def holdings_statement(ask: Asking, number: int, day: date) -> model.HoldingsStatement | None:
    """What an account held at the end of a business day, as its entries have it."""
    account = ask.account(number)
    seen = ask.kept_sight(account) if account else ()
    if account is None or not seen:
        return None
    return model.HoldingsStatement(lines.account_line(ask, account), day, _held(ask, account, seen, day, through=True))


def transactions_statement(ask: Asking, number: int, first: date, last: date) -> model.TransactionsStatement | None:
    account = ask.account(number)
    seen = ask.kept_sight(account) if account else ()
    if account is None or not seen:
        return None
    where = "WHERE account = ? AND date >= ? AND date <= ? ORDER BY number"
    rows = tables.ENTRIES.rows(ask.db, where, number, first.isoformat(), last.isoformat())
    return model.TransactionsStatement(
        lines.account_line(ask, account),
        first,
        last,
        _held(ask, account, seen, first, through=False),
        tuple(lines.entry_line(ask, row) for row in rows if lines.seen_only(seen, row.asset)),
        _held(ask, account, seen, last, through=True),
    )


def _held(
    ask: Asking, account: AccountRow, seen: tuple[int, ...], day: date, *, through: bool
) -> tuple[model.Position, ...]:
    """The balances after the last entry before a day, or through it; nothing was earmarked in the past tense."""
    compare = "<=" if through else "<"
    found = ask.db.execute(
        f"SELECT asset, balance FROM entries WHERE account = ?1 AND number IN (SELECT max(number) FROM entries"
        f" WHERE account = ?1 AND date {compare} ?2 GROUP BY asset) AND balance != 0 ORDER BY asset",
        (account.number, day.isoformat()),
    ).fetchall()
    held = (
        lines.position_line(ask, PositionRow(account.number, asset, balance, 0, 0, 0))
        for asset, balance in found
        if lines.seen_only(seen, asset)
    )
    return tuple(each for each in held if each is not None)


def cash_flows(ask: Asking, asset: AssetRow) -> tuple[model.CashFlow, ...]:
    """What each holder of record is due and was paid, by action, book and account: all of the official book to who
    looks into the register, of every book what is the viewer's own, or what it keeps."""
    found: list[model.CashFlow] = []
    books = list(tables.ASSETS.rows(ask.db, "WHERE base = ? ORDER BY number", asset.base))
    for action in list(tables.ACTIONS.rows(ask.db, "WHERE asset = ? ORDER BY payment_date, number", asset.base)):
        for book in books:
            whole = ask.viewer.operator or (ask.viewer.party != 0 and ask.viewer.party == book.registrar)
            whole = whole or (book.number == asset.base and ask.looks_into(book))
            found += _book_flows(ask, action, book.number, whole=whole)
    return tuple(found)


def _book_flows(ask: Asking, action: tables.ActionRow, book: int, *, whole: bool) -> Iterator[model.CashFlow]:
    """The rows of one book of a record, all of them or those of accounts that the viewer may see."""
    seen = "1" if whole else SEEN.format(asset="records.book")
    named = {"action": action.number, "book": book, "party": ask.viewer.party, "time": ask.time}
    where = f"WHERE action = :action AND book = :book AND {seen} ORDER BY row"
    for row in tables.RECORDS.rows(ask.db, where, **named):
        account = ask.account(row.account)
        if account is None:
            continue
        if not whole and row.state in ASIDE and ask.viewer.party != account.keeper:
            row = _unpaid(ask, row)
        yield _cash_flow(ask, action, row, account)


def _unpaid(ask: Asking, row: RecordRow) -> RecordRow:
    """As its holder may know it: a block of which it has not been told looks like a payment that has not come."""
    if not untold(ask.db, row.account, row.book):
        return row
    return replace(row, state=PayState.UNPAID, paid=0, time=0)


def _cash_flow(ask: Asking, action: tables.ActionRow, row: RecordRow, account: AccountRow) -> model.CashFlow:
    return model.CashFlow(
        action.number,
        action.kind.name,
        row.book,
        ask.code(row.book),
        ask.code(action.asset),
        action.record_date,
        action.payment_date,
        row.account,
        account.holder,
        ask.party_name(account.holder),
        ask.amount(row.book, row.units),
        ask.amount(action.asset, row.amount),
        row.money,
        ask.code(row.money),
        row.time if row.paid else 0,
        row.state.name,
    )


def claims(ask: Asking) -> tuple[model.ClaimLine, ...]:
    """Market claims by number: to operators all, to others those of accounts they hold, keep or may view."""
    found = []
    for row in tables.CLAIMS.rows(ask.db, "ORDER BY number"):
        seller, buyer, action = ask.account(row.seller), ask.account(row.buyer), ask.action(row.action)
        if seller is None or buyer is None or action is None:
            continue
        sells, buys = (lines.seen_only(ask.sight(each), action.asset) for each in (seller, buyer))
        if not (sells or buys):
            continue
        found.append(
            model.ClaimLine(
                row.number,
                row.action,
                ask.code(action.asset),
                row.trade,
                seller.holder,
                ask.party_name(seller.holder),
                seller.number if sells else 0,
                buyer.holder,
                ask.party_name(buyer.holder),
                buyer.number if buys else 0,
                ask.amount(action.asset, row.quantity),
                ask.amount(action.asset, row.amount),
                row.status,
                row.why,
            )
        )
    return tuple(found)


def suspense(ask: Asking) -> tuple[model.SuspenseLine, ...]:
    """Money in suspense by number: to who keeps or acts on the register, and to its holder, but not of a block of which
    it has not been told."""
    found = []
    for row in tables.SUSPENSE.rows(ask.db, "ORDER BY number"):
        entry = row.entry
        account, action = ask.account(entry.account), ask.action(entry.action)
        asset = ask.asset(action.asset) if action else None
        if account is None or action is None or asset is None:
            continue
        serves = ask.viewer.operator or (ask.viewer.party != 0 and ask.viewer.party in ask.agents(asset))
        hidden = untold(ask.db, account.number, entry.book) and ask.viewer.party != account.keeper
        if not serves and (hidden or not lines.seen_only(ask.sight(account), entry.book)):
            continue
        found.append(
            model.SuspenseLine(
                entry.number,
                entry.action,
                ask.code(action.asset),
                entry.account,
                account.holder,
                ask.party_name(account.holder),
                entry.money,
                ask.code(entry.money),
                ask.amount(action.asset, entry.amount),
                "PRINCIPAL" if entry.principal else "INTEREST",
                entry.why.name,
                entry.prescribes,
                row.status,
            )
        )
    return tuple(found)


def reconciliation(ask: Asking, asset: int) -> tuple[model.ReconciliationLine, ...]:
    """Breaks, newest first: to operators, regulators and auditors all, to others those they own, stated, or keep the
    register of."""
    viewer = ask.viewer
    everything = viewer.operator or ask.regulates() or Role.AUDITOR in viewer.roles
    found = []
    for row in tables.BREAKS.rows(ask.db, "ORDER BY number DESC"):
        about = ask.asset(row.asset)
        concerned = about is not None and viewer.party in (row.owner, row.party, about.registrar)
        if (asset and asset not in (row.asset, about.base if about else 0)) or not (
            everything or (viewer.party and concerned)
        ):
            continue
        found.append(
            model.ReconciliationLine(
                row.number,
                row.found.time,
                row.found.day,
                row.asset,
                ask.code(row.asset),
                row.found.kind.name,
                ask.amount(row.asset, row.found.ours),
                ask.amount(row.asset, row.found.theirs),
                ask.amount(row.asset, row.found.theirs - row.found.ours),
                row.owner,
                ask.party_name(row.owner),
                row.status,
            )
        )
    return tuple(found)


def powers(ask: Asking) -> tuple[model.PowerLine, ...]:
    """Uses of powers, in order: to everyone those whose holder has been told, without account; those who used one, the
    asset's registrar, operators and regulators see all; the account to them, and to its holder once told."""
    viewer, found = ask.viewer, []
    for row in tables.USES.rows(ask.db, "ORDER BY number"):
        use = row.use
        asset = ask.asset(use.asset) if use.asset else None
        insider = viewer.operator or (
            viewer.party != 0 and viewer.party in (use.by, asset.registrar if asset else use.by)
        )
        if not (row.notified or insider or ask.regulates()):
            continue
        shown = insider or (row.notified and viewer.party != 0 and viewer.party == use.holder)
        found.append(
            model.PowerLine(
                use.number,
                use.time,
                use.power.name,
                use.cause.name,
                use.by,
                ask.party_name(use.by),
                use.asset,
                ask.code(use.asset),
                use.account if shown else 0,
                bool(row.notified),
            )
        )
    return tuple(found)


def efficiency(ask: Asking) -> tuple[model.EfficiencyLine, ...]:
    """Trades by intended settlement date, the whole market's, oldest first."""
    counted = ask.db.execute(
        "SELECT settlement_date, count(*), sum(settled != 0 AND settled_date <= settlement_date),"
        " sum(settled != 0 AND settled_date > settlement_date), sum(status = 'CANCELLED') FROM transactions"
        " WHERE kind = 'TRADE' AND part_of = 0 GROUP BY settlement_date ORDER BY settlement_date"
    )
    found = []
    for day, due, on_time, late, cancelled in counted:
        still = due - on_time - late - cancelled
        share = on_time * 10_000 // (due - cancelled) if due > cancelled else 10_000
        found.append(
            model.EfficiencyLine(
                date.fromisoformat(day),
                due,
                on_time,
                late,
                still,
                cancelled,
                f"{share // 100}.{share % 100:02}",
            )
        )
    return tuple(found)
