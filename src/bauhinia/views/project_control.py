"""How the events of registers, powers and reconciliation are projected."""

from __future__ import annotations

from bauhinia.ledger.powers import Power
from bauhinia.rules import powers, reconciliation, registers
from bauhinia.views import tables
from bauhinia.views.project import Project
from bauhinia.views.projection import Projection


def register_sealed(to: Projection, event: registers.RegisterSealed) -> None:
    to.seals.put(tables.SealRow(event.asset, event.number, event.day, event.root))


def holder_data_recorded(to: Projection, event: registers.HolderDataRecorded) -> None:
    to.parties.change(to.db, event.party).commitment = event.commitment


def register_inspected(to: Projection, event: registers.RegisterInspected) -> None:
    to.inspections.flush(to.db)
    last = to.db.execute("SELECT ifnull(max(number), 0) FROM inspections WHERE asset = ?", (event.asset,)).fetchone()[0]
    to.inspections.put(tables.InspectionRow(event.asset, last + 1, event.party, event.copied, event.why, event.time))


def personal_data_erased(to: Projection, event: registers.PersonalDataErased) -> None:
    to.parties.change(to.db, event.party).commitment = b""
    to.erasures.put(tables.ErasureRow(event.party, event.time))


def power_used(to: Projection, event: powers.PowerUsed) -> None:
    """The use, and what it does; blocks of a position come with the positions, a transfer with its transaction."""
    use = event.use
    to.uses.put(tables.UseRow(use.number, use, use.account, use.notified))
    match use.power:
        case Power.BLOCK if not use.asset:
            to.accounts.change(to.db, use.account).blocks |= use.bits
        case Power.LIFT_BLOCK if not use.asset:
            to.accounts.change(to.db, use.account).blocks &= ~use.bits
        case Power.PAUSE | Power.RESUME:
            for number in books_of(to, use.asset):
                to.assets.change(to.db, number).paused = use.power is Power.PAUSE
        case _:
            pass


def books_of(to: Projection, base: int) -> list[int]:
    """An asset and every entitlement below it."""
    to.assets.flush(to.db)
    return [row.number for row in tables.ASSETS.rows(to.db, "WHERE base = ? ORDER BY number", base)]


def notice_given(to: Projection, event: powers.NoticeGiven) -> None:
    to.uses.change(to.db, event.number).notified = event.time


def break_found(to: Projection, event: reconciliation.BreakFound) -> None:
    found = event.found
    to.breaks.put(tables.BreakRow(found.number, found.asset, found.owner, found.party, found, "OPEN"))
    halt(to, found.asset)


def halt(to: Projection, asset: int) -> None:
    """An asset is halted, in every book, by the first of the breaks that are open in any of them."""
    to.breaks.flush(to.db)
    books = books_of(to, to.asset(asset).base)
    still = list(tables.BREAKS.rows(to.db, "WHERE status != 'RESOLVED' ORDER BY number"))
    owners = [row.owner for row in still if row.asset in books]
    for number in books:
        to.assets.change(to.db, number).halted = owners[0] if owners else 0


def break_explained(to: Projection, event: reconciliation.BreakExplained) -> None:
    row = to.breaks.change(to.db, event.number)
    row.found.explanation, row.status = event.explanation, "EXPLAINED"


def break_resolved(to: Projection, event: reconciliation.BreakResolved) -> None:
    to.breaks.change(to.db, event.number).status = "RESOLVED"
    halt(to, event.asset)


def reconciled(to: Projection, event: reconciliation.Reconciled) -> None:
    to.comparisons.put(tables.ComparisonRow(event.system, event.day, event.assets, event.found, event.open))


PROJECT: dict[type, Project] = {
    registers.RegisterSealed: register_sealed,
    registers.HolderDataRecorded: holder_data_recorded,
    registers.RegisterInspected: register_inspected,
    registers.PersonalDataErased: personal_data_erased,
    powers.PowerUsed: power_used,
    powers.NoticeGiven: notice_given,
    reconciliation.BreakFound: break_found,
    reconciliation.BreakExplained: break_explained,
    reconciliation.BreakResolved: break_resolved,
    reconciliation.Reconciled: reconciled,
}

NOT_PROJECTED: dict[type, str] = {
    registers.DatesBegun: "the views date every entry from the first movement on",
    registers.RetentionExtended: "the data stay as they are",
    reconciliation.BookStated: "a statement shows where it differs",
}
