"""Rows made into answers: one function a kind of line."""

from __future__ import annotations

from typing import Any

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import Payment, Side, Status, TransactionKind
from bauhinia.ledger.parties import Purpose
from bauhinia.machine.commands import BY_TAG
from bauhinia.machine.events import read_events
from bauhinia.views import model, tables
from bauhinia.views.asking import ALL, Asking
from bauhinia.views.contracts import agent_of
from bauhinia.views.money_tables import ELECTIONS, TIERS, WALLETS
from bauhinia.views.narrow import OF_NO_SIDE, narrowed, plainly, untold
from bauhinia.views.sentences import sentence
from bauhinia.views.tables import AccountRow, AssetRow, EntryRow, InstructionRow, PartyRow, PositionRow, TransactionRow
from bauhinia.views.unmatched import differences
from bauhinia.words.codec import decode
from bauhinia.words.reasons import Reason

# of these a transaction's cause is a corporate action
SERVICING = (TransactionKind.INCOME, TransactionKind.REDEMPTION, TransactionKind.CLAIM, TransactionKind.TIER)


def system_line(row: tables.SystemRow) -> model.SystemLine:
    table = row.timetable
    return model.SystemLine(
        row.number,
        row.name,
        row.centres,
        row.date,
        row.phase.name,
        table.offset,
        table.opens,
        table.dvp_cut_off,
        table.fop_cut_off,
        table.end_of_day,
        table.windows,
        table.cycles,
    )


def party_line(asking: Asking, row: PartyRow) -> model.PartyLine:
    """What is public of a party; its standing to itself, operators and regulators."""
    viewer = asking.viewer
    told = viewer.operator or viewer.party == row.number or asking.regulates()
    roles = tuple(role.name for role in row.roles)
    return model.PartyLine(row.number, row.name, row.lei, row.residence, roles, row.standing.name if told else "")


def account_line(asking: Asking, row: AccountRow) -> model.AccountLine:
    return model.AccountLine(
        row.number,
        row.name,
        row.purpose.name,
        row.holder,
        asking.party_name(row.holder),
        row.keeper,
        asking.party_name(row.keeper),
        row.tier,
        row.cash_account,
        row.opened,
        row.closed,
        asking.blocks(row, 0, row.blocks),
    )


def money_line(asking: Asking, row: AssetRow) -> model.MoneyLine:
    kept_here = row.money is not MoneyKind.RTGS
    return model.MoneyLine(
        row.number,
        row.code,
        row.name,
        row.currency,
        row.exponent,
        row.money.name,
        row.issuer,
        asking.party_name(row.issuer),
        row.system,
        asking.amount(row.number, asking.outstanding(row)) if kept_here else None,
        row.backing_asset,
        row.paused,
        row.halted,
    )


def position_line(asking: Asking, row: PositionRow) -> model.Position | None:
    """A position; None of an asset that the views do not know."""
    account, asset = asking.account(row.account), asking.asset(row.asset)
    if account is None or asset is None:
        return None
    return model.Position(
        row.account,
        account.name,
        row.asset,
        asset.code,
        asset.name,
        asset.kind.name,
        asset.base,
        asking.amount(row.asset, row.balance),
        asking.amount(row.asset, row.earmarked),
        asking.amount(row.asset, row.balance - row.earmarked),
        asking.blocks(account, row.asset, row.flags),
    )


def entry_line(asking: Asking, row: EntryRow) -> model.Entry:
    return model.Entry(
        row.number,
        row.time,
        row.height,
        row.account,
        row.asset,
        asking.code(row.asset),
        asking.amount(row.asset, row.change),
        asking.amount(row.asset, row.balance),
        row.counterparty,
        asking.party_name(row.counterparty),
        row.kind.name,
        row.reference,
        row.transaction,
        row.cause if row.kind in SERVICING else 0,
    )


def instruction_line(asking: Asking, row: InstructionRow) -> model.Instruction:
    """An instruction with its three statuses, and its own side's reason."""
    order = row.order
    transaction = tables.TRANSACTIONS.find(asking.db, row.transaction) if row.transaction else None
    against = order.payment is Payment.AGAINST
    processing = "CANCELLED" if row.cancelled else "PENDING_CANCELLATION" if row.cancel_asked else "ACKNOWLEDGED"
    settlement = transaction.status if transaction else Status.CANCELLED if row.cancelled else Status.PENDING
    return model.Instruction(
        row.number,
        order.reference,
        row.party,
        order.side.name,
        order.payment.name,
        order.asset,
        asking.code(order.asset),
        asking.amount(order.asset, order.quantity),
        order.account,
        order.counterparty,
        asking.party_name(order.counterparty),
        order.trade_date,
        order.settlement_date,
        order.money,
        asking.code(order.money),
        asking.amount(order.money, order.amount) if against else None,
        order.cash_account,
        order.common_reference,
        order.cum_ex.name,
        order.priority,
        row.hold,
        row.entered,
        processing,
        "MATCHED" if row.transaction else "UNMATCHED",
        settlement.name,
        side_reason(asking, row, transaction),
        row.transaction,
        transaction.settled if transaction else 0,
        differences(asking, row),
        order.partial.name,
        asking.amount(order.asset, row.parted),
        tuple(model.LinkLine(each.position.name, each.reference) for each in order.links),
        order.model,
        agent_of(asking, row.number),
    )


def side_reason(asking: Asking, row: InstructionRow, transaction: TransactionRow | None) -> str:
    """Why an instruction does not settle, in its own side's words; empty where nothing is in the way.

    In a trade the deliverer lacks securities and the receiver money, whichever book the lack is found in; between two
    moneys, and in a payment, it is the side whose account lacks. A block or
    an ineligibility is told to the side whose account it strikes; its counterparty learns that it is not its own.
    """
    if row.cancelled:
        return "CANS" if row.lapsed else ""
    if transaction is None:
        return Reason.NMAT.name if not row.hold else Reason.PREA.name
    if transaction.status in (Status.SETTLED, Status.CANCELLED) or transaction.reason is Reason.NMAT:
        return ""
    reason, delivers = transaction.reason, row.order.side is Side.DELIVER
    if reason is Reason.LACK:
        return (Reason.LACK if delivers else Reason.CLAC).name
    if reason is Reason.MONY:
        pays_in = asking.asset(row.order.asset)
        if pays_in and pays_in.money and transaction.account:
            return (Reason.MONY if _own(asking, row, transaction.account) else Reason.CMON).name
        return (Reason.CMON if delivers else Reason.MONY).name
    if reason is Reason.PREA:
        return (Reason.PREA if row.hold else Reason.PRCY).name
    own = _own(asking, row, transaction.account)
    if own and reason is Reason.FROZ and untold(asking.db, transaction.account, transaction.asset):
        return reason.name if asking.viewer.operator else ""
    if own or reason in OF_NO_SIDE or not transaction.account:
        return reason.name
    return (Reason.CMON if delivers else Reason.CLAC).name


def _own(asking: Asking, row: InstructionRow, account: int) -> bool:
    """Whether an account is on this side: the order's own, its cash account, or an omnibus account above it."""
    at: int = row.order.account
    while at and at != account:
        found = asking.account(at)
        at = found.tier if found else 0
    return at == account or (account != 0 and account == row.order.cash_account)


def grant_line(asking: Asking, row: tables.GrantRow) -> model.GrantLine:
    return model.GrantLine(row.party, asking.party_name(row.party), row.right.name, row.asset, row.until)


def payment_line(asking: Asking, row: tables.PaymentRow) -> model.PaymentLine:
    money = asking.asset(row.money)
    institution = money.issuer if money else 0
    return model.PaymentLine(
        row.number,
        row.transaction,
        row.money,
        asking.code(row.money),
        row.payer,
        asking.party_name(row.payer),
        row.payee,
        asking.party_name(row.payee),
        institution,
        asking.party_name(institution),
        asking.amount(row.money, row.amount),
        row.status.name,
        row.asked,
        row.reference,
    )


def proposal_line(asking: Asking, row: tables.ProposalRow) -> model.ProposalLine:
    entry = BY_TAG[row.tag]
    value: Any = decode(entry.kind, row.data)
    open_still = row.status == "OPEN" and asking.time < row.expires
    status = row.status if open_still or row.status != "OPEN" else "EXPIRED"
    return model.ProposalLine(
        row.number, row.party, row.persons, entry.kind.__name__, plainly(value), row.expires, status
    )


def event_line(asking: Asking, row: tables.EventRow, cursor: str) -> model.EventLine | None:
    """An event as the viewer may know it; None where nothing of it is left for it."""
    (event,) = read_events(row.data)
    event = narrowed(asking.db, asking.viewer, event)
    if event is None:
        return None
    kind = type(event).__name__
    fields = plainly(event)
    return model.EventLine(cursor, row.time, row.height, kind, fields, sentence(asking, event, fields), row.asset)


def seen_only(seen: tuple[int, ...], asset: int) -> bool:
    """Whether an asset is among those seen."""
    return seen == ALL or asset in seen


def holder_line(asking: Asking, row: PositionRow) -> model.HolderLine | None:
    account, asset = asking.account(row.account), asking.asset(row.asset)
    if account is None or asset is None or account.purpose is Purpose.ISSUER:
        return None
    return model.HolderLine(
        row.account,
        account.name,
        account.purpose.name,
        account.holder,
        asking.party_name(account.holder),
        row.asset,
        asset.code,
        asking.amount(row.asset, row.balance),
    )


def elections(asking: Asking, account: int) -> tuple[tuple[str, int], ...]:
    """The moneys that an account has elected: by currency, the first one first."""
    rows = ELECTIONS.rows(asking.db, "WHERE account = ?", account)
    return tuple((row.currency, money) for row in rows for money in (row.money, *row.fallback))


def wallet_lines(asking: Asking, account: int) -> tuple[model.WalletLine, ...]:
    """The wallets of an account."""
    found = []
    for row in WALLETS.rows(asking.db, "WHERE account = ? ORDER BY money", account):
        of = TIERS.find(asking.db, row.money)
        tier = next((each for each in of.tiers if each.name == row.tier), None) if of else None
        if tier is not None:
            most = (tier.most_held, tier.most_paid, tier.most_a_day, tier.most_a_year)
            limits = (asking.amount(row.money, units) if units else None for units in most)
            found.append(model.WalletLine(row.money, row.tier, *limits))
    return tuple(found)
