"""How the events of tax and of entitlements are projected."""

from __future__ import annotations

from bauhinia.ledger.taxes import ReclaimStatus
from bauhinia.rules import advising, paying, tax, withholding
from bauhinia.views.project import Project
from bauhinia.views.projection import Projection
from bauhinia.views.rows import Rows
from bauhinia.views.tax_tables import TAX_ACCOUNTS, TAXES, ReclaimRow, TaxAccountRow, TaxRow, TaxSumRow


def told(to: Projection, event: advising.EntitlementAdvised | advising.EntitlementRevised) -> None:
    """The parts of a holder's entitlement, in place of those it was told before."""
    rows = _taxes(to)
    _forget(to, "WHERE action = ? AND book = ? AND row = ?", event.action, event.book, event.row)
    for part, each in enumerate(event.parts, 1):
        rows.put(
            TaxRow(
                event.action, event.book, event.row, part, event.account, each.rate, each.units, each.income, each.tax
            )
        )
    to.records.change(to.db, event.action, event.book, event.row).amount = event.gross


def _taxes(to: Projection) -> Rows[TaxRow]:
    return to.of["taxes"]


def _forget(to: Projection, where: str, *values: int) -> None:
    rows = _taxes(to)
    rows.flush(to.db)
    for each in list(TAXES.rows(to.db, where, *values)):
        rows.drop(*TAXES.key_of(each))


def entitlement_reversed(to: Projection, event: advising.EntitlementReversed) -> None:
    """Nobody is entitled to anything until it is confirmed."""
    _forget(to, "WHERE action = ?", event.action)


def tax_account_appointed(to: Projection, event: tax.TaxAccountAppointed) -> None:
    accounts: Rows[TaxAccountRow] = to.of["tax_accounts"]
    accounts.put(TaxAccountRow(event.asset, event.money, event.account))


def _sum(to: Projection, action: int, money: int) -> TaxSumRow:
    rows: Rows[TaxSumRow] = to.of["tax_sums"]
    if rows.find(to.db, action, money) is None:
        rows.put(TaxSumRow(action, money, 0, 0, 0))
    return rows.change(to.db, action, money)


def withheld(to: Projection, event: paying.PagePaid, asset: int) -> None:
    """What a page of a payment has brought to the tax accounts of its bond."""
    to.of["tax_accounts"].flush(to.db)
    accounts = {each.account for each in TAX_ACCOUNTS.rows(to.db, "WHERE asset = ?", asset)}
    transaction = to.transactions.find(to.db, event.transaction) if accounts else None
    for leg in transaction.legs if transaction else ():
        if leg.taker in accounts:
            _sum(to, event.action, leg.asset).withheld += leg.amount


def tax_remitted(to: Projection, event: tax.TaxRemitted) -> None:
    _sum(to, event.action, event.money).remitted += event.amount


def tax_reclaimed(to: Projection, event: tax.TaxReclaimed) -> None:
    reclaim = event.reclaim
    reclaims: Rows[ReclaimRow] = to.of["reclaims"]
    reclaims.put(ReclaimRow(reclaim.number, reclaim.action, reclaim.account, reclaim, ReclaimStatus.ASKED.name))


def _decided(to: Projection, number: int, status: ReclaimStatus) -> ReclaimRow:
    reclaims: Rows[ReclaimRow] = to.of["reclaims"]
    row = reclaims.change(to.db, number)
    row.status = status.name
    return row


def reclaim_refused(to: Projection, event: tax.ReclaimRefused) -> None:
    _decided(to, event.reclaim, ReclaimStatus.REFUSED)


def reclaim_paid(to: Projection, event: tax.ReclaimPaid) -> None:
    reclaim = _decided(to, event.reclaim, ReclaimStatus.PAID).reclaim
    _sum(to, reclaim.action, reclaim.money).refunded += reclaim.amount


def reclaim_forwarded(to: Projection, event: tax.ReclaimForwarded) -> None:
    _decided(to, event.reclaim, ReclaimStatus.FORWARDED)


def tax_refunded(to: Projection, event: tax.TaxRefunded) -> None:
    _decided(to, event.reclaim, ReclaimStatus.REFUNDED)


PROJECT: dict[type, Project] = {
    advising.EntitlementAdvised: told,
    advising.EntitlementRevised: told,
    advising.EntitlementReversed: entitlement_reversed,
    tax.TaxAccountAppointed: tax_account_appointed,
    tax.TaxRemitted: tax_remitted,
    tax.TaxReclaimed: tax_reclaimed,
    tax.ReclaimRefused: reclaim_refused,
    tax.ReclaimPaid: reclaim_paid,
    tax.ReclaimForwarded: reclaim_forwarded,
    tax.TaxRefunded: tax_refunded,
}

NOT_PROJECTED: dict[type, str] = {
    withholding.TaxAssessed: "what comes of it, each holder is told",
    tax.PoolsDeclared: "what comes of it, the entitlement of the account tells",
    tax.TaxOverdue: "told in the feed; what is kept shows",
}
