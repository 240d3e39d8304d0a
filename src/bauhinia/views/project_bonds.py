"""How the events of an issue are projected: term sheet, closing, note, tap, buy-back."""

from __future__ import annotations

from bauhinia.ledger.assets import AssetKind, MoneyKind, TitleLayer
from bauhinia.ledger.bonds import AllotmentStatus, BondStatus, Closing, Subscription
from bauhinia.rules import allotment, buyback, closing, issue, note, tap
from bauhinia.views import tables
from bauhinia.views.project import Project
from bauhinia.views.projection import Projection
from bauhinia.views.tables import AssetRow, BondRow, ClosingRow
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import TransactionNumber


def terms_lodged(to: Projection, event: issue.TermsLodged) -> None:
    """The bond as an asset, as the rule makes it, and its first closing."""
    sheet = event.sheet
    to.assets.put(
        AssetRow(
            event.asset,
            AssetKind.BOND,
            sheet.isin,
            sheet.name,
            sheet.currency,
            MINOR_UNITS[sheet.currency],
            sheet.issuer,
            sheet.issuer_account,
            0,
            sheet.terms.minimum_denomination,
            sheet.terms.denomination_multiple,
            sheet.registrar,
            sheet.system,
            sheet.title,
            MoneyKind.NONE,
            sheet.rulebook,
            0,
            0,
            event.asset,
            False,
            0,
        )
    )
    to.bonds.put(BondRow(event.asset, sheet, BondStatus.DRAFT, 0, 0, 0, event.fungible_with, event.fungible_from))
    to.closings.put(ClosingRow(event.asset, 1, Closing(event.settlement_date)))


def bond(to: Projection, number: int) -> BondRow:
    """A bond to write to."""
    return to.bonds.change(to.db, number)


def closing_row(to: Projection, asset: int) -> ClosingRow:
    """The last closing of a bond, to write to."""
    to.closings.flush(to.db)
    last = to.db.execute("SELECT max(number) FROM closings WHERE asset = ?", (asset,)).fetchone()[0]
    return to.closings.change(to.db, asset, last)


def change_authorised(to: Projection, number: int, change: int) -> None:
    """What is authorised of a bond, and of the note that backs it, rises or falls."""
    asset = to.assets.change(to.db, number)
    asset.authorised += change
    if asset.backing_asset:
        to.assets.change(to.db, asset.backing_asset).authorised += change


def _void(to: Projection, asset: int, found: Closing) -> None:
    """The registrar's and the lead manager's signatures are void."""
    if found.confirmed:
        change_authorised(to, asset, -found.nominal)
    found.confirmed = False
    found.allotments.clear()


def issue_authorised(to: Projection, event: closing.IssueAuthorised) -> None:
    found = closing_row(to, event.asset).closing
    _void(to, event.asset, found)
    found.nominal, found.price = event.nominal, event.price
    found.proceeds, found.all_or_none = dict(event.proceeds), event.all_or_none
    found.authorised = True
    row = bond(to, event.asset)
    if row.status is BondStatus.DRAFT:
        row.status = BondStatus.CLOSING


def amount_confirmed(to: Projection, event: closing.AmountConfirmed) -> None:
    closing_row(to, event.asset).closing.confirmed = True
    change_authorised(to, event.asset, event.nominal)


def agency_accepted(to: Projection, event: closing.AgencyAccepted) -> None:
    found = closing_row(to, event.asset).closing
    found.accepted = (*found.accepted, event.party)


def allotted(to: Projection, event: allotment.Allotted) -> None:
    allotments = closing_row(to, event.asset).closing.allotments
    del allotments[event.number - 1 :]
    status = AllotmentStatus.ACCEPTED if event.accepted else AllotmentStatus.ALLOTTED
    allotments.append(Subscription(event.allotment, status))


def allotment_accepted(to: Projection, event: allotment.AllotmentAccepted) -> None:
    closing_row(to, event.asset).closing.allotments[event.number - 1].status = AllotmentStatus.ACCEPTED


def issue_released(to: Projection, event: allotment.IssueReleased) -> None:
    closing_row(to, event.asset).closing.released = True


def _chosen(found: Closing, number: int) -> list[Subscription]:
    """One allotment, or all of them where the number is zero."""
    return found.allotments if number == 0 else [found.allotments[number - 1]]


def allotment_released(to: Projection, event: allotment.AllotmentReleased) -> None:
    found = closing_row(to, event.asset).closing
    found.transactions[event.transaction] = event.number
    for each in _chosen(found, event.number):
        each.status, each.transaction = AllotmentStatus.RELEASED, event.transaction


def allotment_withdrawn(to: Projection, event: allotment.AllotmentWithdrawn) -> None:
    found = closing_row(to, event.asset).closing
    withdrawn = found.allotments[event.number - 1]
    found.transactions.pop(withdrawn.transaction, None)
    if found.all_or_none:
        found.released = False
        for each in found.allotments:
            each.status, each.transaction = AllotmentStatus.ACCEPTED, TransactionNumber(0)
    withdrawn.status, withdrawn.transaction = AllotmentStatus.WITHDRAWN, TransactionNumber(0)


def allotment_issued(to: Projection, event: allotment.AllotmentIssued) -> None:
    to.closings.flush(to.db)
    for row in list(tables.CLOSINGS.rows(to.db, "WHERE asset = ?", event.asset)):
        if event.transaction in row.closing.transactions:
            found = to.closings.change(to.db, row.asset, row.number).closing
            for each in _chosen(found, event.number):
                each.status = AllotmentStatus.ISSUED
    bond(to, event.asset).issued += event.nominal


def bond_issued(to: Projection, event: allotment.BondIssued) -> None:
    bond(to, event.asset).status = BondStatus.ISSUED


def closing_abandoned(to: Projection, event: closing.ClosingAbandoned) -> None:
    found = closing_row(to, event.asset).closing
    _void(to, event.asset, found)
    found.abandoned = True
    row = bond(to, event.asset)
    if row.issued == 0:
        row.status = BondStatus.CANCELLED


def note_lodged(to: Projection, event: note.NoteLodged) -> None:
    """The note as an asset, as the rule makes it, and the bond that it backs."""
    asset = to.assets.change(to.db, event.asset)
    to.assets.put(
        AssetRow(
            event.note,
            AssetKind.NOTE,
            event.code,
            f"Note of {asset.code}",
            asset.currency,
            asset.exponent,
            asset.issuer,
            asset.issuer_account,
            asset.authorised,
            asset.denomination,
            asset.multiple,
            event.depository,
            asset.system,
            TitleLayer.NONE,
            MoneyKind.NONE,
            asset.rulebook,
            0,
            0,
            event.note,
            False,
            0,
        )
    )
    asset.backing_account, asset.backing_asset = event.account, event.note
    sheet = bond(to, event.asset).sheet
    sheet.documents = (*sheet.documents, event.document)


def tap_lodged(to: Projection, event: tap.TapLodged) -> None:
    last = closing_row(to, event.asset)
    to.closings.put(ClosingRow(event.asset, last.number + 1, Closing(event.settlement_date)))
    sheet = bond(to, event.asset).sheet
    sheet.documents = (*sheet.documents, *event.documents)


def merger_moved(to: Projection, event: tap.MergerMoved) -> None:
    bond(to, event.asset).fungible_from = event.fungible_from


def merger_began(to: Projection, event: tap.MergerBegan) -> None:
    bond(to, event.asset).status = BondStatus.MERGED
    change_authorised(to, event.into, outstanding(to, event.asset))


def merged(to: Projection, event: tap.Merged) -> None:
    bond(to, event.asset).issued -= event.nominal
    bond(to, event.into).issued += event.nominal
    change_authorised(to, event.asset, -to.asset(event.asset).authorised)


def outstanding(to: Projection, number: int) -> int:
    """What is outstanding of an asset, within the block under way."""
    return -to.balance(to.asset(number).issuer_account, number)


def bonds_cancelled(to: Projection, event: buyback.BondsCancelled) -> None:
    """A bond of which nothing is outstanding, nothing on its way and no tap to come has ended."""
    row = bond(to, event.asset)
    row.cancelled += event.nominal
    change_authorised(to, event.asset, -event.nominal)
    to.bonds.flush(to.db)
    over = (BondStatus.MERGED, BondStatus.CANCELLED)
    taps = any(each.status not in over for each in tables.BONDS.rows(to.db, "WHERE fungible_with = ?", event.asset))
    if outstanding(to, event.asset) == 0 and closing.is_done(closing_row(to, event.asset).closing) and not taps:
        bond(to, event.asset).status = BondStatus.CANCELLED


PROJECT: dict[type, Project] = {
    issue.TermsLodged: terms_lodged,
    closing.IssueAuthorised: issue_authorised,
    closing.AmountConfirmed: amount_confirmed,
    closing.AgencyAccepted: agency_accepted,
    allotment.Allotted: allotted,
    allotment.AllotmentAccepted: allotment_accepted,
    allotment.IssueReleased: issue_released,
    allotment.AllotmentReleased: allotment_released,
    allotment.AllotmentWithdrawn: allotment_withdrawn,
    allotment.AllotmentIssued: allotment_issued,
    allotment.BondIssued: bond_issued,
    closing.ClosingAbandoned: closing_abandoned,
    note.NoteLodged: note_lodged,
    tap.TapLodged: tap_lodged,
    tap.MergerMoved: merger_moved,
    tap.MergerBegan: merger_began,
    tap.Merged: merged,
    buyback.BondsCancelled: bonds_cancelled,
}

NOT_PROJECTED: dict[type, str] = {
    buyback.CancellationAsked: "between issuer and registrar until it is confirmed",
    tap.HoldingsMerged: "each holding has a transaction of its own, and blocks come with the positions",
}
