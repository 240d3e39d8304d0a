"""Allotments: who gets how much of an issue, and how it is issued on cash.

The lead manager allots, each investor accepts what it is to pay for. Once all have signed (`closing`) the lead manager
releases: each allotment becomes a transaction, bonds against money, which settles on the settlement date when its cash
is there (or all of them at one instant, where the issuer said all or none). What is not paid for waits, fails, and can
be withdrawn and allotted anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bauhinia.bond.price import proceeds
from bauhinia.bond.rounding import whole
from bauhinia.ledger.assets import TitleLayer
from bauhinia.ledger.bonds import Allotment, AllotmentStatus, Bond, BondStatus, Closing, Subscription
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import OPEN, Status, TransactionKind
from bauhinia.ledger.parties import Right, Standing, holds_right
from bauhinia.ledger.posting import Leg, eligible
from bauhinia.ledger.state import State
from bauhinia.rules.amounts import Worth, worth_of
from bauhinia.rules.books import chain, open_books
from bauhinia.rules.closing import GONE, UNSIGNED, closing_of, require_nominal, unreleased, usable
from bauhinia.rules.issue import bond_of, deal_parties, holders_of_account, issue_legs
from bauhinia.rules.servicing import schedule_actions
from bauhinia.rules.settlement import Outside, TransactionCancelled, order, parties_to
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    EVERYONE,
    LIMIT,
    NO_ACCOUNT,
    NO_PARTY,
    ActionNumber,
    AssetNumber,
    Micros,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, Refused, known, require

MOST_ALLOTMENTS = 16_384


@dataclass(slots=True)
class Allot:
    """A command by the lead manager: who is to have how much, and pays how. Before the release the whole amount is
    allotted, anew where it was before; after it what has been withdrawn."""

    asset: AssetNumber
    allotments: tuple[Allotment, ...]


@dataclass(slots=True)
class AcceptAllotment:
    """A command by whoever may instruct what pays for an allotment (its cash account; where it is paid by RTGS its
    securities account): accepts it, by its number from 1. Not needed where the lead manager has that right itself."""

    asset: AssetNumber
    allotment: int


@dataclass(slots=True)
class ReleaseIssue:
    """A command by the lead manager: everyone has signed, what has been accepted is issued on cash."""

    asset: AssetNumber


@dataclass(slots=True)
class WithdrawAllotment:
    """A command by the lead manager: an allotment that was released and has not settled is taken back."""

    asset: AssetNumber
    allotment: int


@dataclass(slots=True)
class Allotted:
    """An allotment, by its number; what stood under it and after it before the release is void."""

    asset: AssetNumber
    number: int
    allotment: Allotment
    accepted: bool


@dataclass(slots=True)
class AllotmentAccepted:
    asset: AssetNumber
    number: int


@dataclass(slots=True)
class IssueReleased:
    asset: AssetNumber


@dataclass(slots=True)
class AllotmentReleased:
    """A transaction issues an allotment, all of them where the number is zero."""

    asset: AssetNumber
    number: int
    transaction: TransactionNumber


@dataclass(slots=True)
class AllotmentWithdrawn:
    """An allotment is taken back. Of a closing that is all or none nothing is released any more."""

    asset: AssetNumber
    number: int


@dataclass(slots=True)
class AllotmentIssued:
    """An allotment (all of them where the number is zero) has settled: so much nominal has been issued against cash."""

    asset: AssetNumber
    number: int
    transaction: TransactionNumber
    nominal: Units


@dataclass(slots=True)
class BondIssued:
    """The first of a bond has been issued: it is alive."""

    asset: AssetNumber
    time: Micros


def allot(step: Step, command: Allot) -> None:
    """The lead manager's signature: who gets what.

    Checked in order: the closing, by its lead manager, authorised; what is left to allot; then each allotment:
    amount by denomination and multiple, account and eligibility, money, price, cash account; then their sum, which is
    what is left to allot. What the lead manager may itself instruct the payment of is accepted with that.
    """
    state = step.state
    bond, closing = closing_of(state, command.asset)
    require(bond.lead_manager == step.asker, Reason.NOT_AUTHORISED, "lead_manager")
    require(closing.authorised, Reason.STATE, UNSIGNED, "issuer")
    require(0 < len(command.allotments) <= MOST_ALLOTMENTS, Reason.EMPTY, "allotments")
    left = closing.nominal - (_allotted(closing) if closing.released else 0)
    require(left > 0, Reason.ALREADY_DONE, "asset", command.asset, "is allotted")
    worth = worth_of(state, bond, closing.settlement_date)
    for number, each in enumerate(command.allotments, 1):
        try:
            _require_allotment(step, bond, closing, each, worth)
        except Refused as refused:
            raise Refused(refused.reason, "allotment", number, *refused.parts) from None
    total = sum(each.nominal for each in command.allotments)
    require(total == left, Reason.AMOUNT, "allotments", total, "should be", left)

    first = len(closing.allotments) + 1 if closing.released else 1
    for number, each in enumerate(command.allotments, first):
        accepted = _may_accept(step, each)
        step.emit(Allotted(command.asset, number, each, accepted))
        if accepted and closing.released:
            _release(step, bond, closing, number)


def _allotted(closing: Closing) -> Units:
    return sum(each.allotment.nominal for each in closing.allotments if each.status is not AllotmentStatus.WITHDRAWN)


def _require_allotment(step: Step, bond: Bond, closing: Closing, allotment: Allotment, worth: Worth) -> None:
    state = step.state
    asset = state.assets[bond.asset]
    require_nominal(asset, allotment.nominal)
    usable(state, allotment.account, "account")
    for number in chain(state, allotment.account):
        require(eligible(state.accounts[number], asset, step.time), Reason.NOT_ELIGIBLE, "account", number)
    money = allotment.money
    taken = known(closing.proceeds.get(money), Reason.UNKNOWN_ASSET, "money", money)
    due = cost(closing.price, worth, allotment.nominal)
    require(0 < due < LIMIT, Reason.AMOUNT, "price", due)
    require(allotment.amount == due, Reason.AMOUNT, "amount", allotment.amount, "should be", due)
    if not state.assets[money].on_ledger:
        require(allotment.cash_account == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "cash_account", allotment.cash_account)
        return
    usable(state, allotment.cash_account, "cash_account")
    require(allotment.cash_account != taken, Reason.SAME_ACCOUNT, "cash_account", allotment.cash_account)


def cost(price: Fraction, worth: Worth, nominal: Units) -> Units:
    """What a nominal amount costs: proceeds at a price per 100 of what is outstanding of it, as indexed, and accrued
    interest, each rounded half up."""
    return proceeds(nominal, price * worth.principal) + whole(nominal * worth.accrued)


def _may_accept(step: Step, allotment: Allotment) -> bool:
    """Whether the asker may bind what pays for an allotment."""
    number = allotment.cash_account or allotment.account
    return holds_right(step.state.accounts[number], step.asker, Right.INSTRUCT, allotment.money, step.time)


def accept_allotment(step: Step, command: AcceptAllotment) -> None:
    """The investor's signature. Once the issue is released, what it accepts is issued on cash at once.

    An allotment that is none of the asker's business and one that is not there look alike.
    """
    bond, closing = closing_of(step.state, command.asset)
    there = 1 <= command.allotment <= len(closing.allotments)
    require(there, Reason.UNKNOWN_INSTRUCTION, "allotment", command.allotment)
    found = closing.allotments[command.allotment - 1]
    require(_may_accept(step, found.allotment), Reason.UNKNOWN_INSTRUCTION, "allotment", command.allotment)
    payer = step.state.accounts[found.allotment.cash_account or found.allotment.account].holder
    standing = step.state.parties[payer].standing
    require(standing is Standing.ACTIVE, Reason.SUSPENDED, "allotment", command.allotment)
    require(found.status is not AllotmentStatus.WITHDRAWN, Reason.STATE, "allotment", found.status.name)
    require(found.status is AllotmentStatus.ALLOTTED, Reason.ALREADY_DONE, "allotment", command.allotment)
    step.emit(AllotmentAccepted(command.asset, command.allotment))
    if closing.released:
        _release(step, bond, closing, command.allotment)


def release_issue(step: Step, command: ReleaseIssue) -> None:
    """Release on cash.

    Checked in order: the closing, by its lead manager; the signatures of issuer, registrar and each agent; the whole
    amount allotted; a note lodged, where the bond is an interest in one; an issuer in good standing; where it is all
    or none, every allotment accepted. Then each allotment that has been accepted becomes a transaction.
    """
    state = step.state
    bond, closing = unreleased(step, command.asset, "lead_manager")
    require(closing.authorised, Reason.STATE, UNSIGNED, "issuer")
    require(closing.confirmed, Reason.STATE, UNSIGNED, "registrar")
    for agent in bond.agents:
        require(agent in closing.accepted, Reason.STATE, UNSIGNED, "agents", agent)
    require(_allotted(closing) == closing.nominal, Reason.STATE, UNSIGNED, "lead_manager")
    asset = state.assets[command.asset]
    beneficial = asset.title is TitleLayer.BENEFICIAL
    require(asset.backing_asset or not beneficial, Reason.BACKING, "asset", command.asset, "has no note lodged")
    standing = state.parties[bond.issuer].standing
    require(standing is Standing.ACTIVE, Reason.SUSPENDED, "issuer", standing.name)
    accepted = [n for n, each in enumerate(closing.allotments, 1) if each.status is AllotmentStatus.ACCEPTED]
    if closing.all_or_none:
        require(len(accepted) == len(closing.allotments), Reason.STATE, UNSIGNED, "allotments")

    step.emit(IssueReleased(command.asset))
    if closing.all_or_none:
        _release(step, bond, closing, 0)
        return
    for number in accepted:
        _release(step, bond, closing, number)


def _release(step: Step, bond: Bond, closing: Closing, number: int) -> None:
    """Order the transaction that issues an allotment, or all of them where the number is zero."""
    chosen = closing.allotments if number == 0 else [closing.allotments[number - 1]]
    legs: list[Leg] = []
    outside: Outside | None = None
    for subscription in chosen:
        each = subscription.allotment
        open_books(step, each.account, bond.asset)
        legs += issue_legs(step.state, bond.asset, each.account, each.nominal)
        if each.cash_account:
            legs.append(Leg(each.money, each.cash_account, closing.proceeds[each.money], each.amount))
        else:
            outside = (each.money, step.state.accounts[each.account].holder, bond.issuer, each.amount)
    cause = ActionNumber(bond.asset)
    transaction = order(step, TransactionKind.ISSUE, legs, closing.settlement_date, cause, outside)
    step.emit(AllotmentReleased(bond.asset, number, transaction))


def withdraw_allotment(step: Step, command: WithdrawAllotment) -> None:
    """Take back what has been released and has not settled; not while its payment outside the ledger is under way."""
    state = step.state
    bond = bond_of(state, command.asset)
    closing = bond.closings[-1]
    require(bond.lead_manager == step.asker, Reason.NOT_AUTHORISED, "lead_manager")
    require(closing.released, Reason.STATE, "asset", command.asset, "is not released: allot anew")
    there = 1 <= command.allotment <= len(closing.allotments)
    require(there, Reason.UNKNOWN_INSTRUCTION, "allotment", command.allotment)
    found = closing.allotments[command.allotment - 1]
    require(found.status not in GONE, Reason.ALREADY_DONE, "allotment", found.status.name)
    if found.transaction:
        status = state.settlement.transactions[found.transaction].status
        require(status in OPEN, Reason.STATE, "allotment", status.name)
    transaction = found.transaction
    step.emit(AllotmentWithdrawn(command.asset, command.allotment))
    if transaction:
        step.emit(TransactionCancelled(transaction, "withdrawn by the lead manager"))


def allotment_done(step: Step, subject: int) -> None:
    """A follow-up: a transaction that issues has settled, or was cancelled."""
    transaction = step.state.settlement.transactions[TransactionNumber(subject)]
    bond = step.state.issues.bonds[AssetNumber(transaction.cause)]
    closing = next((each for each in bond.closings if transaction.number in each.transactions), None)
    if closing is None:  # withdrawn by its lead manager, who has told it
        return
    number = closing.transactions[transaction.number]
    if transaction.status is Status.CANCELLED:
        step.emit(AllotmentWithdrawn(bond.asset, number or 1))
        return
    chosen = closing.allotments if number == 0 else [closing.allotments[number - 1]]
    nominal = sum(each.allotment.nominal for each in chosen)
    step.emit(AllotmentIssued(bond.asset, number, transaction.number, nominal))
    if bond.status in (BondStatus.DRAFT, BondStatus.CLOSING):
        step.emit(BondIssued(bond.asset, step.time))


def on_allotted(state: State, event: Allotted) -> None:
    allotments = state.issues.bonds[event.asset].closings[-1].allotments
    del allotments[event.number - 1 :]
    status = AllotmentStatus.ACCEPTED if event.accepted else AllotmentStatus.ALLOTTED
    allotments.append(Subscription(event.allotment, status))


def on_allotment_accepted(state: State, event: AllotmentAccepted) -> None:
    state.issues.bonds[event.asset].closings[-1].allotments[event.number - 1].status = AllotmentStatus.ACCEPTED


def on_issue_released(state: State, event: IssueReleased) -> None:
    state.issues.bonds[event.asset].closings[-1].released = True


def on_allotment_released(state: State, event: AllotmentReleased) -> None:
    """What the transaction comes to is followed up by `allotment_done`."""
    closing = state.issues.bonds[event.asset].closings[-1]
    closing.transactions[event.transaction] = event.number
    state.servicing.watched[event.transaction] = WorkKind.ISSUE
    for each in closing.allotments if event.number == 0 else [closing.allotments[event.number - 1]]:
        each.status, each.transaction = AllotmentStatus.RELEASED, event.transaction


def on_allotment_withdrawn(state: State, event: AllotmentWithdrawn) -> None:
    closing = state.issues.bonds[event.asset].closings[-1]
    withdrawn = closing.allotments[event.number - 1]
    closing.transactions.pop(withdrawn.transaction, None)
    if closing.all_or_none:
        closing.released = False
        for each in closing.allotments:
            each.status, each.transaction = AllotmentStatus.ACCEPTED, TransactionNumber(0)
    withdrawn.status, withdrawn.transaction = AllotmentStatus.WITHDRAWN, TransactionNumber(0)


def on_allotment_issued(state: State, event: AllotmentIssued) -> None:
    bond = state.issues.bonds[event.asset]
    closing = next(each for each in bond.closings if event.transaction in each.transactions)
    for each in closing.allotments if event.number == 0 else [closing.allotments[event.number - 1]]:
        each.status = AllotmentStatus.ISSUED
    bond.issued += event.nominal


def on_bond_issued(state: State, event: BondIssued) -> None:
    state.issues.bonds[event.asset].status = BondStatus.ISSUED
    schedule_actions(state, event.asset)


def sees_allotment(state: State, event: Allotted | AllotmentAccepted | AllotmentWithdrawn) -> Audience:
    """Issuer, registrar and lead manager; who is allotted, and those in whose books it stands; who pays."""
    bond = state.issues.bonds[event.asset]
    allotment = bond.closings[-1].allotments[event.number - 1].allotment
    found = [bond.issuer, bond.registrar, bond.lead_manager, *holders_of_account(state, allotment.account)]
    if allotment.cash_account:
        found.append(state.accounts[allotment.cash_account].holder)
    return tuple(dict.fromkeys(found))


def sees_released(state: State, event: AllotmentReleased | AllotmentIssued) -> Audience:
    """The parties to the transaction, registrar, lead manager and paying agent."""
    bond = state.issues.bonds[event.asset]
    found = (*parties_to(state, event.transaction), bond.registrar, bond.lead_manager, bond.paying_agent)
    return tuple(party for party in dict.fromkeys(found) if party != NO_PARTY)


def sees_release(state: State, event: IssueReleased) -> Audience:
    """The parties to the issue."""
    return deal_parties(state.issues.bonds[event.asset])


def sees_issued(state: State, event: BondIssued) -> Audience:
    """That a bond has been issued is public."""
    return (EVERYONE,)
