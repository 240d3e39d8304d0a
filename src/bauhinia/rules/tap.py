"""A tap: a further issue of a bond that is on the ledger.

Its bonds are fungible with the others only from the first identical accrual. Where interest on them runs from the start
of the period under way, as if they had been there, and the buyer pays the interest accrued, they are so at once, and
are issued under the same ISIN. Otherwise they are a bond of their own under a temporary ISIN, with a first coupon of
its own; once that is paid and accruals are identical they merge, one for one, in every book, into the bond that they
are a tap of. Either way the tap has a closing, signed as a first issue's is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms
from bauhinia.ledger.actions import OWED, ActionStatus
from bauhinia.ledger.bonds import Bond, BondStatus, Closing, Document, TermSheet
from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.instructions import OPEN, TransactionKind
from bauhinia.ledger.state import State, tiers
from bauhinia.rules.books import asset_in, open_books
from bauhinia.rules.closing import change_authorised, is_done
from bauhinia.rules.instructing import InstructionCancelled
from bauhinia.rules.issue import (
    bond_of,
    deal_parties,
    issue_legs,
    outstanding,
    periods_of,
    redeem_legs,
    require_documents,
    require_identifiers,
    require_lodger,
    require_settlement_date,
    require_terms,
    tell_lodged,
)
from bauhinia.rules.market import business_date, close_of_business
from bauhinia.rules.recording import GONE
from bauhinia.rules.sets import end_open_sets
from bauhinia.rules.settlement import TransactionCancelled, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import EVERYONE, NO_ASSET, AccountNumber, ActionNumber, AssetNumber, Units
from bauhinia.words.reasons import Reason, Refused, require

PAGE = 2_000  # holdings merged in one follow-up
ONE_DAY = timedelta(days=1)
UNPAID = (ActionStatus.RECORDED, *OWED)


@dataclass(slots=True)
class LodgeTap:
    """A command of four eyes, by whoever may lodge terms: a further issue of a bond on `settlement_date`, interest on
    which runs from `interest_from`. `isin` (and `dti`, which may be empty) are temporary, and both empty where it is
    fungible at once. `documents` are those of the tap."""

    asset: AssetNumber
    settlement_date: date
    interest_from: date
    isin: str
    dti: str
    documents: tuple[Document, ...]


@dataclass(slots=True)
class TapLodged:
    """A tap that is fungible at once: a further closing of the same bond."""

    asset: AssetNumber
    settlement_date: date
    documents: tuple[Document, ...]


@dataclass(slots=True)
class MergerMoved:
    """A tap cannot merge yet: its coupon is not paid, or a payment for units of it is under way."""

    asset: AssetNumber
    fungible_from: date


@dataclass(slots=True)
class MergerBegan:
    """Accruals are identical: from now on a tap is part of its bond, and its holdings are brought there, page by
    page."""

    asset: AssetNumber
    into: AssetNumber


@dataclass(slots=True)
class HoldingsMerged:
    """A page of accounts whose holdings have been brought into the bond; blocks on them went along."""

    asset: AssetNumber
    into: AssetNumber
    accounts: tuple[AccountNumber, ...]


@dataclass(slots=True)
class Merged:
    """All of a tap is part of its bond: so much nominal."""

    asset: AssetNumber
    into: AssetNumber
    nominal: Units


def lodge_tap(step: Step, command: LodgeTap) -> None:
    """Lodge a tap.

    Checked in order: the bond, alive, no temporary one, by who may lodge its terms; its last closing has ended; the
    documents; the settlement date, after the issue and before maturity; the day from which interest runs, in the
    period under way, and that its record date has not closed by then, or buyers would pay for a coupon that they do
    not get; the identifiers; and the terms that follow for a temporary ISIN.
    """
    state = step.state
    bond = bond_of(state, command.asset)
    require(bond.status is BondStatus.ISSUED, Reason.STATE, "asset", command.asset, bond.status.name)
    require(bond.fungible_with == NO_ASSET, Reason.NOT_FUNGIBLE, "asset", command.asset, "is a tap itself")
    require_lodger(step, bond.registrar, bond.lead_manager)
    require(is_done(bond.closings[-1]), Reason.STATE, "asset", command.asset, "has a closing under way")
    require_documents((*bond.documents, *command.documents))
    settlement_date, system = command.settlement_date, state.assets[command.asset].system
    require_settlement_date(state, system, settlement_date, "settlement_date")
    period = _period_of(state, bond.terms, settlement_date, "settlement_date")
    began = period.accrual_start <= command.interest_from <= settlement_date
    require(began, Reason.DATE, "interest_from", command.interest_from)
    if command.interest_from == period.accrual_start:
        require(not command.isin, Reason.IDENTIFIER, "isin", "is fungible at once: no temporary ISIN")
        require(not command.dti, Reason.IDENTIFIER, "dti", "is fungible at once: no temporary DTI")
        require(settlement_date <= period.record_date, Reason.RECORD_CLOSED, "settlement_date", period.record_date)
        step.emit(TapLodged(command.asset, settlement_date, command.documents))
        return
    require(
        bond.terms.repayment is None, Reason.NOT_FUNGIBLE, "interest_from", "is repaid in parts: tap on a coupon date"
    )
    require(period.end != bond.terms.maturity, Reason.NOT_FUNGIBLE, "interest_from", "is in the last period")
    require_identifiers(state, command.isin, command.dti)
    terms = _tap_terms(bond.terms, command.interest_from, period)
    require_terms(state, terms)
    record_date = _period_of(state, terms, settlement_date, "settlement_date").record_date
    require(settlement_date <= record_date, Reason.RECORD_CLOSED, "settlement_date", record_date)
    sheet = _sheet(state, bond, command, terms)
    tell_lodged(step, sheet, settlement_date, bond.asset, max(period.accrual_end, period.payment_date))


def _period_of(state: State, terms: Terms, day: date, field_name: str) -> Period:
    try:
        return period_at(periods_of(state, terms), day)
    except Impossible as impossible:
        raise Refused(Reason.DATE, field_name, impossible.problem) from None


def _tap_terms(terms: Terms, interest_from: date, period: Period) -> Terms:
    """The terms of a tap under a temporary ISIN: interest from a day of its own to the end of the period under way,
    then as the bond's."""
    return replace(terms, issue_date=interest_from, first_coupon=period.end)


def _sheet(state: State, bond: Bond, command: LodgeTap, terms: Terms) -> TermSheet:
    asset = state.assets[bond.asset]
    return TermSheet(
        command.isin,
        command.dti,
        asset.name,
        asset.currency,
        asset.system,
        asset.title,
        terms,
        bond.issuer,
        asset.issuer_account,
        bond.registrar,
        bond.paying_agent,
        bond.lead_manager,
        bond.trustee,
        bond.guarantor,
        bond.agents,
        (*bond.documents, *command.documents),
        bond.conditions,
        bond.profile,
        asset.rulebook,
        asset.needs,
    )


def fungible_due(step: Step, subject: int) -> None:
    """A duty: the close of the day from which a tap is fungible.

    Put off where the calendars say by now that its coupon is paid later, or do not confirm it, and by a day while that
    coupon is unpaid, a payment outside the ledger for units of it is under way, or a break halts either ISIN. What
    waits to settle in the tap is cancelled: both sides instruct anew under the bond's ISIN. Where one of the two has
    been redeemed, or is being (principal was accelerated), they stay apart.
    """
    state = step.state
    tap = state.issues.bonds[AssetNumber(subject)]
    planned, system = tap.fungible_from, state.assets[tap.asset].system
    both = (tap, state.issues.bonds[tap.fungible_with])
    apart = any(each.status in GONE or each.asset in state.servicing.closed for each in both)
    if planned is None or apart or close_of_business(state, system, planned) != step.time:
        return
    first = period_at(periods_of(state, tap.terms), tap.terms.issue_date)
    paid = max(first.accrual_end, first.payment_date)
    books = tiers(state, tap.asset)
    settlement = state.settlement
    waiting = [settlement.transactions[number] for number in settlement.live]
    moving = [each for each in waiting if any(leg.asset in books for leg in each.legs)]
    under_way = any(each.status not in OPEN for each in moving)
    halted = state.assets[tap.asset].halted or state.assets[tap.fungible_with].halted
    actions = (state.servicing.actions[each] for each in state.servicing.of.get(tap.asset, ()))
    unpaid = any(action.status in UNPAID for action in actions)
    if paid > planned or first.provisional or under_way or halted or unpaid:
        step.emit(MergerMoved(tap.asset, max(paid, planned + ONE_DAY)))
        return
    for each in moving:
        step.emit(TransactionCancelled(each.number, f"merged into {state.assets[tap.fungible_with].code}"))
    for filed in list(settlement.unmatched.values()):
        for instruction in list(filed):
            if settlement.instructions[instruction].order.asset == tap.asset:
                step.emit(InstructionCancelled(instruction))
    end_open_sets(step, tap.asset, f"merged into {state.assets[tap.fungible_with].code}")
    step.emit(MergerBegan(tap.asset, tap.fungible_with))


def _holders(state: State, book: AssetNumber) -> Iterator[tuple[AccountNumber, Units]]:
    """Who holds in a book for itself: omnibus accounts are brought over with their clients."""
    for account, units in state.positions.holders(book):
        if book not in state.accounts[account].backs:
            yield account, units


def merge_page(step: Step, subject: int) -> None:
    """A follow-up, in pages: each holding is extinguished in the tap and issued in the bond, one for one, in every
    book on the way; a transaction each, so that nobody sees another's. Blocks do not stand in the way: nothing
    changes hands."""
    state = step.state
    tap = state.issues.bonds[AssetNumber(subject)]
    into, today = tap.fungible_with, business_date(state, state.assets[tap.asset].system)
    held = ((account, units) for book in tiers(state, tap.asset) for account, units in _holders(state, book))
    page = list(islice(held, PAGE))
    for account, units in page:
        open_books(step, account, into)
        legs = redeem_legs(state, tap.asset, account, units) + issue_legs(state, into, account, units)
        settle_now(step, TransactionKind.MERGER, legs, today, ActionNumber(tap.asset))
    if page:
        step.emit(HoldingsMerged(tap.asset, into, tuple(account for account, _ in page)))
    else:
        step.emit(Merged(tap.asset, into, tap.issued - tap.cancelled))


def on_tap_lodged(state: State, event: TapLodged) -> None:
    bond = state.issues.bonds[event.asset]
    bond.closings.append(Closing(event.settlement_date))
    bond.documents = (*bond.documents, *event.documents)


def on_merger_moved(state: State, event: MergerMoved) -> None:
    state.issues.bonds[event.asset].fungible_from = event.fungible_from
    due = close_of_business(state, state.assets[event.asset].system, event.fungible_from)
    state.schedule(due, DutyKind.FUNGIBLE, event.asset)


def on_merger_began(state: State, event: MergerBegan) -> None:
    """What issuer and registrar signed for the tap is authorised of the bond now."""
    tap = state.issues.bonds[event.asset]
    tap.status = BondStatus.MERGED
    change_authorised(state, state.issues.bonds[event.into], outstanding(state, event.asset))
    state.follow(WorkKind.MERGE, event.asset)


def on_holdings_merged(state: State, event: HoldingsMerged) -> None:
    """Blocks of each position go along, and the next page is queued."""
    for account in event.accounts:
        held, brought = asset_in(state, account, event.asset), asset_in(state, account, event.into)
        flags = state.positions.flags(account, held) if held else 0
        if flags and brought:
            state.positions.set_flags(account, brought, state.positions.flags(account, brought) | flags)
    state.follow(WorkKind.MERGE, event.asset)


def on_merged(state: State, event: Merged) -> None:
    tap, bond = state.issues.bonds[event.asset], state.issues.bonds[event.into]
    tap.issued -= event.nominal
    bond.issued += event.nominal
    change_authorised(state, tap, -state.assets[tap.asset].authorised)


def sees_tap(state: State, event: TapLodged) -> Audience:
    """The parties to the issue, until it is issued."""
    return deal_parties(state.issues.bonds[event.asset])


def sees_merger(state: State, event: MergerMoved | MergerBegan | Merged) -> Audience:
    """Which ISIN has become part of which is public."""
    return (EVERYONE,)


def sees_holdings(state: State, event: HoldingsMerged) -> Audience:
    """Each holder sees its own transaction; who they all are, the registrar."""
    return (state.issues.bonds[event.asset].registrar,)
