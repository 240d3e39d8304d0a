"""What money a party will need: by money and day, what its matched trades, the payments of its bonds, what it has to
fund and its bills will bring and take, against what it has.

A trade that is late, or that waits, counts for today; one that is alone, or on hold, does not count. Income is what is
recorded, or what would be recorded if nothing moved, before tax, in the money that the account has elected or in the
bond's first. What passes through an omnibus account is its clients', and left out. An RTGS keeps its own balances: of
it the forecast begins with nothing. Amounts that hang on values not yet observed are not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bauhinia.ledger.actions import ActionKind, ActionStatus
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.fees import BillStatus
from bauhinia.ledger.instructions import Status
from bauhinia.ledger.parties import Purpose
from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import Asking
from bauhinia.views.fee_tables import BILLS, FEE_ACCOUNTS
from bauhinia.views.model import Viewer
from bauhinia.views.money_tables import ELECTIONS
from bauhinia.views.store import Views
from bauhinia.views.tables import AccountRow, ActionRow, TransactionRow
from bauhinia.words.dates import day_of

DAYS = 30
LEFT_OUT = (Purpose.OMNIBUS, Purpose.ISSUER, Purpose.PAYING, Purpose.SUSPENSE, Purpose.RESERVE, Purpose.TAX)
WHOLE = (ActionKind.INTEREST, ActionKind.REDEMPTION, ActionKind.REPAYMENT)  # of which each unit gets the same
RECORDED = (ActionStatus.RECORDED, ActionStatus.DUE, ActionStatus.LATE, ActionStatus.DEFAULTED)
UNDER_WAY = "('PENDING', 'FAILING', 'CONFIRMING', 'IN_DOUBT')"


@dataclass(frozen=True, slots=True)
class Flow:
    """What one thing brings (or takes, below zero): a TRADE or another transaction, INCOME of a bond, FUNDING of one, a
    BILL. `number` is its transaction, action or bill; `about` the bond's code, if any. `sure` where the amount stands,
    and does not follow from what is held now."""

    day: date
    kind: str
    number: int
    about: str
    amount: Amount
    sure: bool


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """A day in one money: `opening` with what comes in and goes out gives `closing`. `shortfall` is what lacks at the
    end of it; `peak` what would lack if all goes out before anything comes in."""

    money: int
    code: str
    day: date
    opening: Amount
    incoming: Amount
    outgoing: Amount
    closing: Amount
    shortfall: Amount
    peak: Amount
    flows: tuple[Flow, ...]


@dataclass(slots=True)
class _Asked:
    """A forecast under way: who for, its accounts by number, today, and the last day."""

    ask: Asking
    party: int
    accounts: dict[int, AccountRow]
    today: date
    last: date


Found = tuple[int, date, str, int, str, int, bool]  # money, day, kind, number, about, amount, sure


def liquidity(views: Views, viewer: Viewer, *, party: int = 0, days: int = DAYS) -> tuple[ForecastDay, ...]:
    """The days on which money moves, by money and day; today for each money of which there is any. For the viewer's own
    party; for another only to an operator."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        of = party or viewer.party
        if not viewer.party or (of != viewer.party and not viewer.operator):
            return ()
        accounts = {
            row.number: row
            for row in tables.ACCOUNTS.rows(db, "WHERE holder = ? AND closed = 0", of)
            if row.purpose not in LEFT_OUT
        }
        today = _today(ask)
        asked = _Asked(ask, of, accounts, today, today + timedelta(days=days))
        found: list[Found] = [*_transactions(asked), *_income(asked), *_funding(asked), *_bills(asked)]
        return tuple(_days(asked, found))


def _today(ask: Asking) -> date:
    """The day that it is where the first system is."""
    system = tables.SYSTEMS.find(ask.db, 1)
    return day_of(ask.time, system.timetable.offset if system else 0)


def _days(asked: _Asked, found: list[Found]) -> Iterator[ForecastDay]:
    ask = asked.ask
    have = _available(asked)
    by: dict[tuple[int, date], list[Found]] = {(money, asked.today): [] for money in have}
    for each in found:
        money, day = each[0], max(each[1], asked.today)
        if day <= asked.last:
            by.setdefault((money, day), []).append((money, day, *each[2:]))
    for money, day in sorted(by):
        flows = sorted(by[money, day], key=lambda each: each[2:4])
        opening = have.get(money, 0)
        incoming = sum(each[5] for each in flows if each[5] > 0)
        outgoing = -sum(each[5] for each in flows if each[5] < 0)
        closing = have[money] = opening + incoming - outgoing
        yield ForecastDay(
            money,
            ask.code(money),
            day,
            ask.amount(money, opening),
            ask.amount(money, incoming),
            ask.amount(money, outgoing),
            ask.amount(money, closing),
            ask.amount(money, max(0, -closing)),
            ask.amount(money, max(0, outgoing - opening)),
            tuple(
                Flow(day, kind, number, about, ask.amount(money, amount), sure)
                for _, day, kind, number, about, amount, sure in flows
            ),
        )


def _available(asked: _Asked) -> dict[int, int]:
    """What the party's accounts hold of each money, less what is earmarked."""
    found: dict[int, int] = {}
    for number in asked.accounts:
        for row in tables.POSITIONS.rows(asked.ask.db, "WHERE account = ? AND balance != 0", number):
            asset = asked.ask.asset(row.asset)
            if asset and asset.kind is AssetKind.MONEY:
                found[row.asset] = found.get(row.asset, 0) + row.balance - row.earmarked
    return found


def _transactions(asked: _Asked) -> Iterator[Found]:
    """What is under way: legs of money on the party's accounts, and payments outside the ledger."""
    ask = asked.ask
    where = f'WHERE status IN {UNDER_WAY} AND number IN (SELECT "transaction" FROM stakes WHERE party = ?)'
    for row in tables.TRANSACTIONS.rows(ask.db, where, asked.party):
        if _held(ask, row):
            continue
        earmarked = row.status in (Status.CONFIRMING, Status.IN_DOUBT)
        about = next((ask.code(leg.asset) for leg in row.legs if not _is_money(ask, leg.asset)), "")
        moved: dict[int, int] = {}
        for leg in row.legs:
            if _is_money(ask, leg.asset):
                out = leg.giver in asked.accounts and not earmarked
                moved[leg.asset] = moved.get(leg.asset, 0) + leg.amount * ((leg.taker in asked.accounts) - out)
        payment = tables.PAYMENTS.find(ask.db, row.payment) if row.payment else None
        if payment:
            sign = (payment.payee == asked.party) - (payment.payer == asked.party)
            moved[payment.money] = moved.get(payment.money, 0) + sign * payment.amount
        for money, amount in moved.items():
            if amount:
                yield money, row.settlement_date, row.kind.name, row.number, about, amount, True


def _held(ask: Asking, row: TransactionRow) -> bool:
    sides = (tables.INSTRUCTIONS.find(ask.db, each) for each in (row.deliver, row.receive) if each)
    return any(side.hold for side in sides if side)


def _is_money(ask: Asking, number: int) -> bool:
    asset = ask.asset(number)
    return asset is not None and asset.kind is AssetKind.MONEY


def _actions(asked: _Asked) -> Iterator[tuple[ActionRow, int]]:
    """Payments of bonds up to the last day, with the money that each bond pays first; of bonds that pay in any."""
    ask = asked.ask
    where = "WHERE status NOT IN ('PAID', 'CANCELLED') AND payment_date <= ? ORDER BY payment_date, number"
    for action in list(tables.ACTIONS.rows(ask.db, where, asked.last.isoformat())):
        paying = next(tables.PAYING.rows(ask.db, "WHERE asset = ? ORDER BY number LIMIT 1", action.asset), None)
        if paying:
            yield action, paying.money


def _income(asked: _Asked) -> Iterator[Found]:
    for action, money in _actions(asked):
        for account in asked.accounts.values():
            due, sure = _due(asked.ask, action, account)
            if due:
                paid_in = _elected(asked.ask, action, account, money)
                code = asked.ask.code(action.asset)
                yield paid_in, action.payment_date, "INCOME", action.number, code, due, sure


def _due(ask: Asking, action: ActionRow, account: AccountRow) -> tuple[int, bool]:
    """What an account is still to be paid, in whatever book it stands: as recorded, or as it holds now."""
    if action.status in RECORDED:
        rows = tables.RECORDS.rows(ask.db, "WHERE action = ? AND account = ?", action.number, account.number)
        return sum(row.amount - row.paid for row in rows), True
    if action.kind not in WHOLE or not action.fixed:
        return 0, False
    held = 0
    for book in tables.ASSETS.rows(ask.db, "WHERE base = ?", action.asset):
        held += max(0, ask.balance(account.number, book.number))
    return held // _calculation(ask, action) * (action.interest + action.principal), False


def _calculation(ask: Asking, action: ActionRow) -> int:
    bond = tables.BONDS.find(ask.db, action.asset)
    return bond.sheet.terms.calculation_amount if bond else 1


def _elected(ask: Asking, action: ActionRow, account: AccountRow, money: int) -> int:
    """The money that the account has elected, where the bond pays in it."""
    asset = ask.asset(action.asset)
    election = ELECTIONS.find(ask.db, account.number, asset.currency) if asset else None
    offered = [row.money for row in tables.PAYING.rows(ask.db, "WHERE asset = ?", action.asset)]
    elected = (election.money, *election.fallback) if election else ()
    return next((each for each in elected if each in offered), money)


def _funding(asked: _Asked) -> Iterator[Found]:
    """What the party has to fund as issuer: what its bonds pay, less what has been and what lies with the agent."""
    ask = asked.ask
    lies: dict[int, int] = {}
    for action, money in _actions(asked):
        asset = ask.asset(action.asset)
        if asset is None or asset.issuer != asked.party or not (action.fixed or action.status in RECORDED):
            continue
        if asset.number not in lies:
            rows = tables.PAYING.rows(ask.db, "WHERE asset = ?", asset.number)
            lies[asset.number] = sum(ask.balance(row.account, row.money) for row in rows if row.account)
        if action.status in RECORDED:
            rows_due = tables.RECORDS.rows(ask.db, "WHERE action = ? AND book = ?", action.number, asset.number)
            due = sum(row.amount - row.paid for row in rows_due)
        elif action.kind in WHOLE:
            due = ask.outstanding(asset) // _calculation(ask, action) * (action.interest + action.principal)
        else:
            continue
        covered = min(due, lies[asset.number])
        lies[asset.number] -= covered
        if due > covered:
            sure = action.status in RECORDED
            yield money, action.payment_date, "FUNDING", action.number, asset.code, covered - due, sure


def _bills(asked: _Asked) -> Iterator[Found]:
    """What is owed on bills of fees that are not being collected yet, from the account named for it."""
    for bill in BILLS.rows(asked.ask.db, "WHERE party = ?", asked.party):
        named = FEE_ACCOUNTS.find(asked.ask.db, asked.party, bill.schedule)
        if named and bill.status is BillStatus.OPEN and bill.total != bill.paid:
            yield named.money, bill.due, "BILL", bill.number, "", bill.paid - bill.total, True
