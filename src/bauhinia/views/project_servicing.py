"""How the events of servicing are projected: what is due to whom, what each was paid, suspense, claims, defaults.

What a record holds is worked out again from the positions and the events, as the rules do: the events carry roots and
pages, not every row.
"""

from __future__ import annotations

from collections.abc import Iterable

from bauhinia.ledger.actions import AHEAD, IN_PART, OWED, ActionKind, ActionStatus, PayState
from bauhinia.ledger.bonds import BondStatus
from bauhinia.rules import (
    advising,
    aside,
    claims,
    default,
    drawing,
    funding,
    options,
    paying,
    payouts,
    recording,
    servicing,
    tiers,
    unclaimed,
)
from bauhinia.rules.amounts import Amounts
from bauhinia.views import tables
from bauhinia.views.project import Project
from bauhinia.views.project_bonds import bond, outstanding
from bauhinia.views.project_tax import withheld
from bauhinia.views.projection import Projection
from bauhinia.views.tables import ActionRow, ClaimRow, PayingRow, RecordRow, SuspenseRow


def actions_planned(to: Projection, event: servicing.ActionsPlanned) -> None:
    for each in event.planned:
        dates = each.dates
        to.actions.put(
            ActionRow(
                each.action,
                event.asset,
                each.kind,
                each.period,
                dates.record_date,
                dates.payment_date,
                dates.provisional,
                each.amounts.interest,
                each.amounts.principal,
                each.amounts.fixed,
                ActionStatus.PLANNED,
                0,
                0,
                0,
            )
        )


def action(to: Projection, number: int) -> ActionRow:
    """An action to write to."""
    return to.actions.change(to.db, number)


def announced(to: Projection, event: servicing.Announced) -> None:
    action(to, event.action).status = ActionStatus.ANNOUNCED


def redated(to: Projection, event: servicing.Redated) -> None:
    row, dates = action(to, event.action), event.dates
    row.record_date, row.payment_date, row.provisional = dates.record_date, dates.payment_date, dates.provisional
    if row.status is ActionStatus.DUE:
        row.status = ActionStatus.RECORDED
    _fix(to, row, event.amounts)


def fixed(to: Projection, event: servicing.Fixed | advising.EntitlementConfirmed) -> None:
    _fix(to, action(to, event.action), event.amounts)


def _fix(to: Projection, row: ActionRow, amounts: Amounts) -> None:
    """Set the amounts of an action, in its records and in the claims on it too."""
    if (row.interest, row.principal, row.fixed) == (amounts.interest, amounts.principal, amounts.fixed):
        return
    row.interest, row.principal, row.fixed = amounts.interest, amounts.principal, amounts.fixed
    for each in records(to, row.number):
        each.amount = _entitled(to, row, each.units, each.drawn)
        to.records.put(each)
    to.claims.flush(to.db)
    for claim in list(tables.CLAIMS.rows(to.db, "WHERE action = ?", row.number)):
        to.claims.change(to.db, claim.number).amount = _entitled(to, row, claim.quantity)


def _entitled(to: Projection, row: ActionRow, units: int, drawn: int = 0) -> int:
    """What a holding is entitled to, of which so much is drawn or put."""
    repaid = drawn if row.kind in IN_PART else units
    bearing = units if row.period else repaid
    return (bearing * row.interest + repaid * row.principal) // bond(to, row.asset).sheet.terms.calculation_amount


def records(to: Projection, number: int, book: int = 0, first: int = 0, after: int = 1 << 62) -> list[RecordRow]:
    """Rows of an action's records, in order, to be put back once written to: of one book and a page of it where they
    are named."""
    to.records.flush(to.db)
    where, values = "WHERE action = ?", [number]
    if book:
        where, values = f"{where} AND book = ? AND row >= ? AND row < ?", [number, book, first, after]
    return list(tables.RECORDS.rows(to.db, f"{where} ORDER BY book, row", *values))


def record_of(to: Projection, number: int, book: int, account: int) -> RecordRow | None:
    """The row of an account in a record, to write to."""
    to.records.flush(to.db)
    where = "WHERE action = ? AND book = ? AND account = ?"
    found = next(tables.RECORDS.rows(to.db, where, number, book, account), None)
    return to.records.change(to.db, number, book, found.row) if found else None


def book_recorded(to: Projection, event: recording.BookRecorded) -> None:
    """The holders of a book as it stands: the positions before the block, with what the block has moved so far."""
    row = action(to, event.action)
    official = event.asset == row.asset
    less: dict[int, int] = dict(event.aside)
    held = ((account, units - less.get(account, 0)) for account, units in holders(to, event.asset))
    for number, (account, units) in enumerate((account, units) for account, units in held if units > 0):
        money = payout_money(to, row.asset, account) if official else 0
        amount = _entitled(to, row, units)
        to.records.put(
            RecordRow(event.action, event.asset, number, account, units, amount, 0, money, PayState.UNPAID, 0)
        )


def holders(to: Projection, asset: int) -> Iterable[tuple[int, int]]:
    """Accounts with a balance above zero, in the order in which their positions were opened."""
    return [(account, units) for account in to.opened(asset) if (units := to.balance(account, asset)) > 0]


def payout_money(to: Projection, asset: int, account: int) -> int:
    """The money in which a bond is paid to an account: the first elected in which the agent pays; else the default."""
    to.paying.flush(to.db)
    appointed = [row.money for row in tables.PAYING.rows(to.db, "WHERE asset = ? ORDER BY number", asset)]
    elected = to.elections.find(to.db, account, to.asset(asset).currency)
    chosen = (elected.money, *elected.fallback) if elected else ()
    return next((each for each in (*chosen, *appointed) if each in appointed), 0)


def action_recorded(to: Projection, event: recording.ActionRecorded) -> None:
    action(to, event.action).status = ActionStatus.RECORDED


def record_amended(to: Projection, event: recording.RecordAmended) -> None:
    """Move what the legs moved from row to row, with what was paid on it; units back at their issuer are gone."""
    row = action(to, event.action)
    transaction = to.transactions.change(to.db, event.transaction)
    for leg in transaction.legs:
        asset = to.asset(leg.asset)
        if asset.base != row.asset:
            continue
        paid = 0
        giver = None if leg.giver == asset.issuer_account else record_of(to, row.number, leg.asset, leg.giver)
        if giver is not None:
            paid = giver.paid * leg.amount // giver.units if giver.units else 0
            giver.units -= leg.amount
            giver.paid -= paid
            giver.amount = _entitled(to, row, giver.units)
        if leg.taker != asset.issuer_account:
            taker = record_of(to, row.number, leg.asset, leg.taker) or _new_row(to, row, leg.asset, leg.taker)
            taker.units += leg.amount
            taker.paid += paid
            taker.amount = _entitled(to, row, taker.units)


def _new_row(to: Projection, row: ActionRow, book: int, account: int) -> RecordRow:
    to.records.flush(to.db)
    found = to.db.execute("SELECT count(*) FROM records WHERE action = ? AND book = ?", (row.number, book)).fetchone()
    money = payout_money(to, row.asset, account) if book == row.asset else 0
    return to.records.put(RecordRow(row.number, book, found[0], account, 0, 0, 0, money, PayState.UNPAID, 0))


def action_due(to: Projection, event: servicing.ActionDue) -> None:
    row = action(to, event.action)
    row.status = ActionStatus.DUE
    of = bond(to, row.asset)
    if row.kind is ActionKind.REDEMPTION and of.status is BondStatus.ISSUED:
        of.status = BondStatus.MATURED


def paying_account_appointed(to: Projection, event: funding.PayingAccountAppointed) -> None:
    """A record without moneys, since no account was appointed, gets them now."""
    to.paying.flush(to.db)
    count = to.db.execute("SELECT count(*) FROM paying WHERE asset = ?", (event.asset,)).fetchone()[0]
    to.paying.put(PayingRow(event.asset, count + 1, event.money, event.account, event.suspense))
    to.actions.flush(to.db)
    for row in list(tables.ACTIONS.rows(to.db, "WHERE asset = ?", event.asset)):
        found = records(to, row.number, event.asset)
        if any(each.money == 0 for each in found):
            for each in found:
                each.money = payout_money(to, event.asset, each.account)
                to.records.put(each)


def payment_began(to: Projection, event: paying.PaymentBegan) -> None:
    row = action(to, event.action)
    row.given, row.owed = event.given, event.owed


def page_paid(to: Projection, event: paying.PagePaid) -> None:
    row, beside = action(to, event.action), dict.fromkeys(event.beside)
    for each in records(to, event.action, row.asset, event.first, event.after):
        if each.row in beside or each.state is PayState.CONFIRMING:
            continue
        left = each.amount - each.paid
        part = left * row.given // row.owed
        each.paid += part
        row.paid += part
        if part == left and each.state is not PayState.SUSPENSE:
            each.state = PayState.PAID
        if part:
            each.time = to.time
        to.records.put(each)
    bond(to, row.asset).redeemed += event.redeemed
    withheld(to, event, row.asset)


def action_paid(to: Projection, event: paying.ActionPaid) -> None:
    """Paid: a bond of which nothing is left is redeemed, and a potential default that rested on this alone healed."""
    row = action(to, event.action)
    row.status = ActionStatus.PAID
    to.actions.flush(to.db)
    of, everything = bond(to, row.asset), list(tables.ACTIONS.rows(to.db, "WHERE asset = ?", row.asset))
    due = any(each.kind is ActionKind.REDEMPTION and each.status in (*OWED, ActionStatus.PAID) for each in everything)
    if due and outstanding(to, row.asset) == 0:
        of.status = BondStatus.REDEEMED
        return
    healed = not any(each.status is ActionStatus.DEFAULTED for each in everything)
    if of.status is BondStatus.POTENTIAL_DEFAULT and healed:
        of.status = BondStatus.MATURED if due else BondStatus.ISSUED


def suspended(to: Projection, event: payouts.Suspended) -> None:
    entry = event.entry
    to.suspense.put(SuspenseRow(entry.number, entry.account, entry, "HELD"))
    row = to.records.change(to.db, entry.action, entry.book, entry.row)
    row.paid += entry.amount + entry.tax
    row.state, row.time = PayState.SUSPENSE, to.time
    action(to, entry.action).paid += entry.amount + entry.tax


def held_back(to: Projection, event: payouts.HeldBack) -> None:
    to.records.change(to.db, event.action, event.book, event.row).state = PayState.HELD


def payout_ordered(to: Projection, event: payouts.PayoutOrdered) -> None:
    payout = event.payout
    row = to.records.change(to.db, payout.action, payout.book, payout.row)
    row.state, row.money = PayState.CONFIRMING, event.money


def payout_made(to: Projection, event: payouts.PayoutMade) -> None:
    payout = event.payout
    row = to.records.change(to.db, payout.action, payout.book, payout.row)
    row.paid += payout.amount
    row.state = PayState.PAID if row.paid == row.amount else PayState.UNPAID
    row.time = to.time
    of = action(to, payout.action)
    if payout.book == of.asset:
        of.paid += payout.amount
        bond(to, of.asset).redeemed += payout.redeemed


def tier_begun(to: Projection, event: tiers.TierBegun) -> None:
    """Clients that were passed over are tried again."""
    for each in records(to, event.action, _book_of(to, event.action, event.omnibus)):
        if each.state is PayState.HELD:
            each.state = PayState.UNPAID
            to.records.put(each)


def _book_of(to: Projection, number: int, omnibus: int) -> int:
    """The book of a keeper's clients in an action's bond."""
    to.assets.flush(to.db)
    where = "WHERE base = ? AND backing_account = ? AND number != base"
    found = next(tables.ASSETS.rows(to.db, where, action(to, number).asset, omnibus), None)
    return found.number if found else 0


def tier_paid(to: Projection, event: tiers.TierPaid) -> None:
    """As much of what each client is entitled to has reached it as has reached its keeper."""
    book = _book_of(to, event.action, event.omnibus)
    upper = record_of(to, event.action, to.asset(book).backing_asset, event.omnibus)
    if upper is None:
        return
    money, beside = _money_of(to, upper), dict.fromkeys(event.beside)
    for each in records(to, event.action, book, event.first, event.after):
        if each.row in beside or each.state is PayState.CONFIRMING:
            continue
        reached = each.amount * upper.paid // upper.amount if upper.amount else 0
        if reached != each.paid:
            each.paid, each.time, each.money = reached, to.time, money
        if reached == each.amount:
            each.state = PayState.PAID
        to.records.put(each)


def _money_of(to: Projection, row: RecordRow) -> int:
    """In what a row is paid: in a book below the official one, as its keeper was."""
    asset = to.asset(row.book)
    if asset.number == asset.base:
        return row.money
    above = record_of(to, row.action, asset.backing_asset, asset.backing_account)
    return _money_of(to, above) if above else 0


def suspense_released(to: Projection, event: unclaimed.SuspenseReleased) -> None:
    """The holder is paid, once nothing of its own lies in suspense any more."""
    held = to.suspense.change(to.db, event.suspense)
    held.status = "RELEASED"
    to.suspense.flush(to.db)
    entry = held.entry
    for other in tables.SUSPENSE.rows(to.db, "WHERE account = ? AND status = 'HELD'", entry.account):
        if (other.entry.action, other.entry.book, other.entry.row) == (entry.action, entry.book, entry.row):
            return
    row = to.records.change(to.db, entry.action, entry.book, entry.row)
    row.state = PayState.PAID if row.paid == row.amount else PayState.UNPAID
    row.time = to.time


def prescribed(to: Projection, event: unclaimed.Prescribed) -> None:
    to.suspense.change(to.db, event.suspense).status = "PRESCRIBED"


def payment_late(to: Projection, event: default.PaymentLate) -> None:
    action(to, event.action).status = ActionStatus.LATE


def grace_expired(to: Projection, event: default.GraceExpired) -> None:
    row = action(to, event.action)
    row.status = ActionStatus.DEFAULTED
    of = bond(to, row.asset)
    if of.status in (BondStatus.ISSUED, BondStatus.MATURED):
        of.status = BondStatus.POTENTIAL_DEFAULT


def accelerated(to: Projection, event: default.Accelerated) -> None:
    to.actions.flush(to.db)
    for row in list(tables.ACTIONS.rows(to.db, "WHERE asset = ?", event.asset)):
        if row.status in AHEAD:
            action(to, row.number).status = ActionStatus.CANCELLED
    to.actions.put(
        ActionRow(
            event.action,
            event.asset,
            ActionKind.REDEMPTION,
            0,
            event.date,
            event.date,
            False,
            event.interest,
            event.principal,
            event.fixed,
            ActionStatus.ANNOUNCED,
            0,
            0,
            0,
        )
    )
    bond(to, event.asset).status = BondStatus.ACCELERATED


def early_announced(to: Projection, event: options.EarlyAnnounced) -> None:
    """A call, or the first put for a day."""
    dates, amounts = event.dates, event.amounts
    for number in event.cancelled:
        action(to, number).status = ActionStatus.CANCELLED
    to.actions.put(
        ActionRow(
            event.action,
            event.asset,
            event.kind,
            0,
            dates.record_date,
            dates.payment_date,
            dates.provisional,
            amounts.interest,
            amounts.principal,
            amounts.fixed,
            ActionStatus.ANNOUNCED,
            0,
            0,
            0,
        )
    )


def bond_put(to: Projection, event: options.BondPut) -> None:
    _put(to, event, event.nominal)


def put_withdrawn(to: Projection, event: options.PutWithdrawn) -> None:
    _put(to, event, -event.nominal)


def _put(to: Projection, event: options.BondPut | options.PutWithdrawn, nominal: int) -> None:
    """So much more of a holding is put, or less, in every book that it stands in."""
    of = action(to, event.action)
    for book, account in event.rows:
        row = record_of(to, event.action, book, account) or _new_row(to, of, book, account)
        row.units += nominal
        row.drawn += nominal
        row.amount = _entitled(to, of, row.units, row.drawn)


def book_drawn(to: Projection, event: drawing.BookDrawn) -> None:
    row, drawn = action(to, event.action), dict(event.drawn)
    for each in records(to, event.action, event.asset):
        each.drawn = drawn.get(each.row, 0)
        each.amount = _entitled(to, row, each.units, each.drawn)
        to.records.put(each)


def claim_raised(to: Projection, event: claims.ClaimRaised) -> None:
    to.claims.put(
        ClaimRow(
            event.claim,
            event.action,
            event.trade,
            event.seller,
            event.buyer,
            event.quantity,
            event.amount,
            0,
            "RAISED",
            "",
        )
    )


def claim_matured(to: Projection, event: claims.ClaimMatured) -> None:
    to.claims.change(to.db, event.claim).status = "MATURED"


def claim_ordered(to: Projection, event: claims.ClaimOrdered) -> None:
    row = to.claims.change(to.db, event.claim)
    row.status, row.transaction = "ORDERED", event.transaction


def claim_paid(to: Projection, event: claims.ClaimPaid) -> None:
    to.claims.change(to.db, event.claim).status = "PAID"


def claim_cancelled(to: Projection, event: claims.ClaimCancelled) -> None:
    row = to.claims.change(to.db, event.claim)
    row.status, row.why = "CANCELLED", event.why


PROJECT: dict[type, Project] = {
    servicing.ActionsPlanned: actions_planned,
    servicing.Announced: announced,
    servicing.Redated: redated,
    servicing.Fixed: fixed,
    advising.EntitlementConfirmed: fixed,
    servicing.ActionDue: action_due,
    recording.BookRecorded: book_recorded,
    recording.ActionRecorded: action_recorded,
    recording.RecordAmended: record_amended,
    funding.PayingAccountAppointed: paying_account_appointed,
    paying.PaymentBegan: payment_began,
    paying.PagePaid: page_paid,
    paying.ActionPaid: action_paid,
    payouts.Suspended: suspended,
    payouts.HeldBack: held_back,
    payouts.PayoutOrdered: payout_ordered,
    payouts.PayoutMade: payout_made,
    tiers.TierBegun: tier_begun,
    tiers.TierPaid: tier_paid,
    unclaimed.SuspenseReleased: suspense_released,
    unclaimed.Prescribed: prescribed,
    default.PaymentLate: payment_late,
    default.GraceExpired: grace_expired,
    default.Accelerated: accelerated,
    options.EarlyAnnounced: early_announced,
    options.BondPut: bond_put,
    options.PutWithdrawn: put_withdrawn,
    drawing.BookDrawn: book_drawn,
    claims.ClaimRaised: claim_raised,
    claims.ClaimMatured: claim_matured,
    claims.ClaimOrdered: claim_ordered,
    claims.ClaimPaid: claim_paid,
    claims.ClaimCancelled: claim_cancelled,
}

NOT_PROJECTED: dict[type, str] = {
    funding.FundingOrdered: "the transaction shows on both accounts",
    funding.FundingReceived: "the payment shows as confirmed",
    paying.Short: "told in the feed until the money is there",
    paying.PaymentEnded: "what is left unpaid shows row by row",
    tiers.TierWaits: "the keeper is told in the feed",
    default.AccelerationRequested: "counts until principal is accelerated, which shows",
    claims.DetectionEnded: "no claim changes by it",
    options.PutWithdrawalAsked: "nothing changes until the issuer consents",
    drawing.Drawn: "who is drawn shows row by row",
    aside.DrawingVoided: "no row has anything drawn",
    aside.DrawnFreed: "the earmark shows on each position",
    paying.Extinguished: "the transaction shows on the account",
}
