"""A holder who is not paid with the others: it cannot be paid at all, or it is paid in an RTGS.

Money that a holder cannot be paid lies in suspense with the agent, with whom it is for; `unclaimed` says what becomes
of it. A payment in an RTGS is one transaction a holder, final once the settlement institution confirms.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.bond.roll import add_months
from bauhinia.ledger.actions import Action, PayingAccount, Payout, PayState, Suspense
from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.funding import spend
from bauhinia.rules.market import days_later
from bauhinia.rules.recording import begin_tier, books_below, extinguish
from bauhinia.rules.settlement import order
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.withholding import additional, withhold
from bauhinia.words.ids import (
    NO_ACCOUNT,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    PartyNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason


@dataclass(slots=True)
class Suspended:
    """A holder could not be paid: its money lies in suspense for it, principal and interest apart."""

    entry: Suspense


@dataclass(slots=True)
class HeldBack:
    """A holder is passed over for now: its units are under way, or its keeper cannot pay it."""

    action: ActionNumber
    book: AssetNumber
    row: int
    account: AccountNumber
    why: Reason


@dataclass(slots=True)
class PayoutOrdered:
    """A holder is paid in an RTGS, by this transaction once the settlement institution confirms."""

    payout: Payout
    money: AssetNumber
    account: AccountNumber
    transaction: TransactionNumber


@dataclass(slots=True)
class PayoutMade:
    payout: Payout
    account: AccountNumber
    transaction: TransactionNumber


def suspense_entries(
    state: State, action: Action, row: int, part: Units, tax: Units, paying: PayingAccount, why: Reason
) -> list[Suspense]:
    """The entries for money that a holder cannot be paid: interest first, net of tax, then principal, each with its
    prescription from the day on which the money was there (numbered when they are told)."""
    record, bond = action.records[action.asset], state.issues.bonds[action.asset]
    interest = action.bearing(record.units[row], record.drawn[row]) * action.interest // bond.terms.calculation_amount
    interest += additional(state, action, record, row)
    due = max(0, min(part, interest - record.paid[row]))
    of_interest = min(tax, due)
    system = state.assets[action.asset].system
    today = state.days.systems[system].date
    found, loose = list[Suspense](), 0
    shares = ((due - of_interest, of_interest, False), (part - due - tax + of_interest, tax - of_interest, True))
    for amount, withheld, principal in shares:
        conditions = bond.conditions
        years = conditions.prescription_years_principal if principal else conditions.prescription_years_interest
        until = days_later(state, system, add_months(today, 12 * years))
        account = AccountNumber(record.accounts[row])
        entry = Suspense(
            0,
            action.number,
            record.asset,
            row,
            account,
            paying.money,
            amount,
            principal,
            paying.suspense,
            why,
            until,
            withheld,
        )
        if amount:
            found.append(entry)
        else:
            loose += withheld  # tax that takes all of one kind stands beside the other
    found[0].tax += loose
    return found


def order_payout(
    step: Step, kind: TransactionKind, payout: Payout, money: AssetNumber, payer: PartyNumber, legs: list[Leg]
) -> None:
    """Order one holder's payment in an RTGS, with the legs that settle by its confirmation."""
    state = step.state
    record = state.servicing.actions[payout.action].records[payout.book]
    account = AccountNumber(record.accounts[payout.row])
    today = state.days.systems[state.assets[money].system].date
    outside = (money, payer, state.accounts[account].holder, payout.amount)
    number = order(step, kind, legs, today, payout.action, outside)
    step.emit(PayoutOrdered(payout, money, account, number))


def on_suspended(state: State, event: Suspended) -> None:
    entry, servicing = event.entry, state.servicing
    servicing.last_suspense = entry.number
    servicing.suspense[entry.number] = entry
    action = servicing.actions[entry.action]
    record = action.records[entry.book]
    withhold(state, action, record, entry.row, entry.tax)
    record.paid[entry.row] += entry.amount + entry.tax
    record.states[entry.row] = PayState.SUSPENSE
    action.paid += entry.amount + entry.tax
    if entry.held_in == NO_ACCOUNT:
        spend(state, action.asset, entry.money, entry.amount)
    state.schedule(entry.prescribes, DutyKind.PRESCRIPTION, entry.number)


def on_held_back(state: State, event: HeldBack) -> None:
    state.servicing.actions[event.action].records[event.book].states[event.row] = PayState.HELD


def on_payout_ordered(state: State, event: PayoutOrdered) -> None:
    payout, servicing = event.payout, state.servicing
    servicing.watched[event.transaction] = WorkKind.PAYOUT
    servicing.payouts[event.transaction] = payout
    action = servicing.actions[payout.action]
    action.records[payout.book].states[payout.row] = PayState.CONFIRMING
    if payout.book == action.asset:
        action.confirming += 1
        spend(state, action.asset, event.money, payout.amount)


def on_payout_made(state: State, event: PayoutMade) -> None:
    payout = state.servicing.payouts.pop(event.transaction)
    action = state.servicing.actions[payout.action]
    record = action.records[payout.book]
    record.paid[payout.row] += payout.amount
    whole = record.paid[payout.row] == record.amounts[payout.row]
    record.states[payout.row] = PayState.PAID if whole else PayState.UNPAID
    if payout.redeemed:
        extinguish(state, action, event.transaction)
    keepers = books_below(state, action, record)
    if event.account in keepers:
        begin_tier(state, action, keepers[event.account])
    if payout.book != action.asset:
        return
    action.confirming -= 1
    action.paid += payout.amount
    state.issues.bonds[action.asset].redeemed += payout.redeemed


def sees_suspended(state: State, event: Suspended | HeldBack) -> Audience:
    """The agent, or the keeper of the book below, and the registrar; the holder too, but not of a block, whose notice
    may be deferred."""
    if isinstance(event, Suspended):
        number, book, why = event.entry.account, event.entry.book, event.entry.why
    else:
        number, book, why = event.account, event.book, event.why
    asset = state.assets[book]
    agent = state.issues.bonds[asset.base].paying_agent if book == asset.base else asset.issuer
    told = () if why in (Reason.FROZ, Reason.SUSPENDED) else (state.accounts[number].holder,)
    return (agent, asset.registrar, *told)


def sees_payout(state: State, event: PayoutOrdered | PayoutMade) -> Audience:
    asset = state.assets[event.payout.book]
    payer = state.issues.bonds[asset.base].paying_agent if asset.number == asset.base else asset.issuer
    return (payer, state.accounts[event.account].holder)
