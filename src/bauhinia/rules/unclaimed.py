"""Money in suspense: released to its holder once it can be paid, prescribed and returned to the issuer if it never is.

Claims on principal and on interest become void so many years, as the conditions say, after the money was there to be
claimed (ICMA-style terms and conditions, "Prescription").
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.actions import PayState, Suspense
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.parties import NEVER_PAID, Purpose
from bauhinia.ledger.posting import Leg, obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.electing import hindrance
from bauhinia.rules.recording import begin_tier, books_below, parties_serving
from bauhinia.rules.settlement import Outside, accepts, order, require_movable, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, ActionNumber, AssetNumber, TransactionNumber
from bauhinia.words.reasons import Reason, Refused, known, require

# why one account cannot be paid on, and another of the same holder may be
OF_THE_ACCOUNT = (Reason.CLOSED, Reason.PURPOSE, Reason.NOT_ELIGIBLE, Reason.NO_WALLET, Reason.HOLDING_LIMIT)


@dataclass(slots=True)
class ReleaseSuspense:
    """A command by the paying agent: money in suspense is paid to its holder, on `account` of the same holder, or
    (zero) on the cash account of the one that was to be paid."""

    suspense: int
    account: AccountNumber


@dataclass(slots=True)
class SuspenseReleased:
    suspense: int
    action: ActionNumber
    account: AccountNumber
    transaction: TransactionNumber


@dataclass(slots=True)
class Prescribed:
    """Nobody may claim the money any more: it is returned to the issuer."""

    suspense: int
    action: ActionNumber
    account: AccountNumber
    transaction: TransactionNumber


def release_suspense(step: Step, command: ReleaseSuspense) -> None:
    """Checked in order: an entry of a bond whose paying agent asks; the account, of the same holder; that the holder
    may be paid now; that the money settles now."""
    state = step.state
    entry = known(state.servicing.suspense.get(command.suspense), Reason.UNKNOWN_ACTION, "suspense", command.suspense)
    bond = state.issues.bonds[state.servicing.actions[entry.action].asset]
    require(bond.paying_agent == step.asker, Reason.UNKNOWN_ACTION, "suspense", command.suspense)
    held, money = state.accounts[entry.account], state.assets[entry.money]
    cash = held.cash_account or held.number
    if command.account:
        other = known(state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, "account", command.account)
        require(other.holder == held.holder, Reason.UNKNOWN_ACCOUNT, "account", command.account)
        require(other.purpose not in NEVER_PAID, Reason.PURPOSE, "account", other.purpose.name)
        cash = command.account
    why = hindrance(state, entry.book, held, money, step.time, entry.amount)
    if why is not None and not (command.account and why in OF_THE_ACCOUNT):
        raise Refused(why, "account", entry.account)
    system = state.days.systems[money.system]
    require(accepts(system, against=not money.on_ledger), Reason.CUT_OFF, system.name, system.phase.name)
    outside = (money.number, step.asker, held.holder, entry.amount)
    if money.on_ledger:
        require_movable(state, [Leg(entry.money, entry.held_in, cash, entry.amount)], step.time)
    number = _move(step, entry, cash, outside)
    step.emit(SuspenseReleased(entry.number, entry.action, cash, number))


def _move(step: Step, entry: Suspense, account: AccountNumber, outside: Outside) -> TransactionNumber:
    """Pay an entry out: from the suspense account at once, in an RTGS by order."""
    state = step.state
    today = state.days.systems[state.assets[entry.money].system].date
    kind = TransactionKind.REDEMPTION if entry.principal else TransactionKind.INCOME
    if entry.held_in == NO_ACCOUNT:
        return order(step, kind, [], today, entry.action, outside)
    return settle_now(step, kind, [Leg(entry.money, entry.held_in, account, entry.amount)], today, entry.action)


def prescribe(step: Step, subject: int) -> None:
    """A duty, tried again each day: an entry past its prescription goes back to the issuer, once it can be paid."""
    state = step.state
    entry = state.servicing.suspense.get(subject)
    if entry is None or entry.prescribes > step.time:
        return
    bond = state.issues.bonds[state.servicing.actions[entry.action].asset]
    money = state.assets[entry.money]
    if not accepts(state.days.systems[money.system], against=not money.on_ledger):
        return
    account = NO_ACCOUNT
    if money.on_ledger:
        account = returned_to(state, bond.asset, entry.money)
        legs = [Leg(entry.money, entry.held_in, account, entry.amount)]
        if account == NO_ACCOUNT or obstacle(state.book, legs, step.time) is not None:
            return
    number = _move(step, entry, account, (entry.money, bond.paying_agent, bond.issuer, entry.amount))
    step.emit(Prescribed(entry.number, entry.action, account, number))


def returned_to(state: State, base: AssetNumber, money: AssetNumber) -> AccountNumber:
    """The issuer's account to which money goes back: the one it last paid from, or its first own; zero where none."""
    funded_from = state.servicing.returns.get((base, money))
    if funded_from is not None and not state.accounts[funded_from].closed:
        return funded_from
    for number in state.parties[state.issues.bonds[base].issuer].accounts:
        account = state.accounts[number]
        if account.purpose is Purpose.OWN and account.tier == NO_ACCOUNT and not account.closed:
            return number
    return NO_ACCOUNT


def on_suspense_released(state: State, event: SuspenseReleased) -> None:
    """The holder is paid; a keeper pays down its book once nothing of its own lies in suspense."""
    servicing = state.servicing
    entry = servicing.suspense.pop(event.suspense)
    if any((each.action, each.book, each.row) == (entry.action, entry.book, entry.row) for each in _all(state)):
        return
    action = servicing.actions[entry.action]
    record = action.records[entry.book]
    whole = record.paid[entry.row] == record.amounts[entry.row]
    record.states[entry.row] = PayState.PAID if whole else PayState.UNPAID
    keepers = books_below(state, action, record)
    if entry.account in keepers:
        begin_tier(state, action, keepers[entry.account])


def _all(state: State) -> list[Suspense]:
    return list(state.servicing.suspense.values())


def on_prescribed(state: State, event: Prescribed) -> None:
    del state.servicing.suspense[event.suspense]


def sees_released(state: State, event: SuspenseReleased) -> Audience:
    """The agent, and the holder."""
    bond = state.issues.bonds[state.servicing.actions[event.action].asset]
    return (bond.paying_agent, state.accounts[event.account].holder)


def sees_prescribed(state: State, event: Prescribed) -> Audience:
    """Those who serve the bond; the holder may read it in the conditions."""
    return parties_serving(state, event.action)
