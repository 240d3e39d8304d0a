"""How the events of fees, and of clients that go to another custodian, are projected."""

from __future__ import annotations

from dataclasses import replace

from bauhinia.ledger.fees import BillStatus, FeeItem
from bauhinia.rules import billing, fees, porting
from bauhinia.views import tables
from bauhinia.views.fee_tables import BillRow, Correction, FeeAccountRow, FeeScheduleRow, UsageRow
from bauhinia.views.project import Project
from bauhinia.views.project_control import halt
from bauhinia.views.projection import Projection
from bauhinia.views.queue_tables import StakeRow
from bauhinia.views.register_tables import SPELLS
from bauhinia.views.rows import Rows
from bauhinia.views.tables import GrantRow
from bauhinia.words.ids import PartyNumber
from bauhinia.words.reasons import Reason

WAITS = "status IN ('PENDING', 'FAILING', 'CONFIRMING', 'IN_DOUBT')"


def fees_published(to: Projection, event: fees.FeesPublished) -> None:
    schedules: Rows[FeeScheduleRow] = to.of["fee_schedules"]
    before = schedules.find(to.db, event.schedule)
    versions = (*(before.versions if before else ()), event.tariff)
    schedules.put(
        FeeScheduleRow(event.schedule, event.system, event.currency, event.collector, event.due_days, versions)
    )


def fee_account_named(to: Projection, event: fees.FeeAccountNamed) -> None:
    accounts: Rows[FeeAccountRow] = to.of["fee_accounts"]
    if event.account:
        accounts.put(FeeAccountRow(event.party, event.schedule, event.money, event.account))
    else:
        accounts.drop(event.party, event.schedule)


def usage_counted(to: Projection, event: fees.UsageCounted) -> None:
    """What is counted twice on a day, since another system's day ended before, adds up."""
    usage: Rows[UsageRow] = to.of["usage"]
    for line in event.used:
        key = event.schedule, line.party, event.day, line.item
        before = usage.find(to.db, *key)
        usage.put(UsageRow(*key, line.count + (before.count if before else 0)))
    for each in event.holdings:
        usage.put(UsageRow(event.schedule, each.party, event.day, FeeItem.CUSTODY, each.units))


def bill_rendered(to: Projection, event: fees.BillRendered) -> None:
    _bills(to).put(
        BillRow(
            event.bill, event.schedule, event.party, event.month, event.lines, event.total, event.due, event.time,
            BillStatus.OPEN, 0, "", (),
        )
    )  # fmt: skip


def _bills(to: Projection) -> Rows[BillRow]:
    return to.of["bills"]


def collection_ordered(to: Projection, event: billing.CollectionOrdered) -> None:
    _bills(to).change(to.db, event.bill).status = BillStatus.COLLECTING


def bill_disputed(to: Projection, event: billing.BillDisputed) -> None:
    bill = _bills(to).change(to.db, event.bill)
    bill.status, bill.why = BillStatus.DISPUTED, event.why


def bill_corrected(to: Projection, event: billing.BillCorrected) -> None:
    bill = _bills(to).change(to.db, event.bill)
    bill.total = event.total
    bill.corrections = (*bill.corrections, Correction(event.adjustments, event.why))
    _settle(bill)


def bill_collected(to: Projection, event: billing.BillCollected) -> None:
    bill = _bills(to).change(to.db, event.bill)
    bill.paid += event.amount
    _settle(bill)


def _settle(bill: BillRow) -> None:
    bill.status = BillStatus.PAID if bill.paid == bill.total else BillStatus.OPEN


def clients_ported(to: Projection, event: porting.ClientsPorted) -> None:
    """As the rule does it: the account, what it backs and who keeps the book; registers, instructions and stakes."""
    account = to.accounts.change(to.db, event.account)
    account.holder, account.cash_account = event.taker, event.cash_account
    to.assets.flush(to.db)
    for row in list(tables.ASSETS.rows(to.db, "WHERE backing_account = ?", event.account)):
        asset = to.assets.change(to.db, row.number)
        asset.issuer = asset.registrar = event.taker
        issuer = to.accounts.change(to.db, row.issuer_account)
        issuer.holder = issuer.keeper = event.taker
    to.accounts.flush(to.db)
    clients = [row.number for row in tables.ACCOUNTS.rows(to.db, "WHERE tier = ?", event.account)]
    for number in clients:
        to.accounts.change(to.db, number).keeper = event.taker
        _grants(to, number, event)
    _spells(to, event)
    _breaks(to, event)
    for carried in event.carried:
        instruction = to.instructions.change(to.db, carried.instruction)
        instruction.party = event.taker
        instruction.order = replace(instruction.order, reference=carried.reference)
        if instruction.transaction:
            transaction = to.transactions.change(to.db, instruction.transaction)
            transaction.reason, transaction.account, transaction.asset = Reason.NMAT, 0, 0
        elif instruction.alleged:
            to.allegements.drop(instruction.number)
            instruction.alleged = False
    _stakes(to, {event.account, *clients}, event)


def _grants(to: Projection, account: int, event: porting.ClientsPorted) -> None:
    to.grants.flush(to.db)
    where = "WHERE account = ? AND party = ?"
    for row in list(tables.GRANTS.rows(to.db, where, account, event.giver)):
        to.grants.drop(*tables.GRANTS.key_of(row))
        own = to.grants.find(to.db, account, event.taker, row.right, row.asset)
        until = max(row.until, own.until) if own else row.until
        to.grants.put(GrantRow(account, event.taker, row.right, row.asset, until))


def _spells(to: Projection, event: porting.ClientsPorted) -> None:
    """In every register the former holder ceases and the new one is entered."""
    to.spells.flush(to.db)
    for spell in list(SPELLS.rows(to.db, "WHERE account = ?", event.account)):
        if not spell.holder:
            to.spells.change(to.db, spell.asset, spell.account, spell.number).holder = event.giver
        if not spell.ceased:
            to.end_spell(spell.asset, spell.account, spell.number, event.time)


def _breaks(to: Projection, event: porting.ClientsPorted) -> None:
    """The new custodian owns the breaks in the account, and in the books that it backs."""
    to.breaks.flush(to.db)
    books = {row.number for row in tables.ASSETS.rows(to.db, "WHERE backing_account = ?", event.account)}
    for row in list(tables.BREAKS.rows(to.db, "WHERE status != 'RESOLVED' ORDER BY number")):
        if row.found.account == event.account or row.asset in books:
            found = to.breaks.change(to.db, row.number)
            found.owner = event.taker if found.owner == event.giver else found.owner
            found.party = event.taker if found.party == event.giver else found.party
            found.found = replace(found.found, owner=PartyNumber(found.owner), party=PartyNumber(found.party))
            halt(to, row.asset)


def _stakes(to: Projection, moved: set[int], event: porting.ClientsPorted) -> None:
    """The new custodian is party to what is under way on the accounts, in the old one's stead."""
    to.transactions.flush(to.db)
    to.stakes.flush(to.db)
    for row in list(tables.TRANSACTIONS.rows(to.db, f"WHERE {WAITS}")):
        touched = {each for leg in row.legs for each in (leg.giver, leg.taker)}
        if touched & moved:
            to.stakes.put(StakeRow(row.number, event.taker))
            accounts = [to.account(each) for each in touched]
            if all(event.giver not in (each.holder, each.keeper) for each in accounts) and not row.payment:
                to.stakes.drop(row.number, event.giver)


PROJECT: dict[type, Project] = {
    fees.FeesPublished: fees_published,
    fees.FeeAccountNamed: fee_account_named,
    fees.UsageCounted: usage_counted,
    fees.BillRendered: bill_rendered,
    billing.CollectionOrdered: collection_ordered,
    billing.BillDisputed: bill_disputed,
    billing.BillCorrected: bill_corrected,
    billing.BillCollected: bill_collected,
    porting.ClientsPorted: clients_ported,
}

NOT_PROJECTED: dict[type, str] = {
    porting.ClientsAccepted: "what comes of it, the power's use tells",
}
