"""The paying agent's accounts for a bond, and how the issuer puts it in funds.

One account a bond and money holds what its holders are paid from; only servicing spends from it. In an RTGS the issuer
pays the agent there, and the settlement institution's confirmation says what the agent holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.actions import ActionStatus, PayingAccount
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import Status, TransactionKind
from bauhinia.ledger.parties import Purpose, Right, Standing, holds_right
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.recording import GONE, choose_moneys, parties_serving
from bauhinia.rules.settlement import order, pay_owed
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    LIMIT,
    NO_ACCOUNT,
    NO_ASSET,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require

FUNDED_FROM = (Purpose.OWN, Purpose.SEGREGATED, Purpose.ESCROW)


@dataclass(slots=True)
class AppointPayingAccount:
    """A command of four eyes by the paying agent: a bond is paid in `money` out of `account` (purpose PAYING), and what
    cannot be paid lies in `suspense` (purpose SUSPENSE). For an RTGS both are zero. The first one is the default."""

    asset: AssetNumber
    money: AssetNumber
    account: AccountNumber
    suspense: AccountNumber


@dataclass(slots=True)
class Fund:
    """A command by issuer or guarantor: `amount` to the agent's paying account for a payment. In an RTGS `account` is
    zero, and the settlement institution confirms."""

    action: ActionNumber
    money: AssetNumber
    account: AccountNumber
    amount: Units


@dataclass(slots=True)
class PayingAccountAppointed:
    asset: AssetNumber
    money: AssetNumber
    account: AccountNumber
    suspense: AccountNumber


@dataclass(slots=True)
class FundingOrdered:
    """The issuer pays its agent by this transaction."""

    action: ActionNumber
    money: AssetNumber
    account: AccountNumber
    amount: Units
    transaction: TransactionNumber


@dataclass(slots=True)
class FundingReceived:
    """The agent has been paid in an RTGS."""

    action: ActionNumber
    transaction: TransactionNumber


def appoint_paying_account(step: Step, command: AppointPayingAccount) -> None:
    """Checked in order: the bond, of which the asker is paying agent, is not gone; a money of its currency, on the
    ledger where tax is withheld, not yet appointed; for an RTGS no accounts; else both its own, of their purpose, open,
    the paying account no other bond's.
    """
    state = step.state
    bond = known(state.issues.bonds.get(command.asset), Reason.UNKNOWN_ASSET, "asset", command.asset)
    require(bond.paying_agent == step.asker, Reason.UNKNOWN_ASSET, "asset", command.asset)
    require(bond.status not in GONE, Reason.STATE, bond.isin, bond.status.name)
    money = state.asset(command.money)
    require(money.kind is AssetKind.MONEY, Reason.UNKNOWN_ASSET, "money", command.money)
    untaxed = bond.conditions.tax is None
    require(untaxed or money.on_ledger, Reason.STATE, bond.isin, "tax is withheld in money on the ledger")
    currency = state.assets[command.asset].currency
    require(money.currency == currency, Reason.WRONG_CURRENCY, "money", money.currency, currency)
    appointed = state.servicing.paying_in(command.asset, command.money)
    require(appointed is None, Reason.DUPLICATE, "money", command.money)
    if money.on_ledger:
        _require_own(step, "account", command.account, Purpose.PAYING)
        _require_own(step, "suspense", command.suspense, Purpose.SUSPENSE)
        require(command.account not in state.servicing.served, Reason.DUPLICATE, "account", command.account)
    else:
        require(command.account == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "account", command.account)
        require(command.suspense == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "suspense", command.suspense)
    step.emit(PayingAccountAppointed(command.asset, command.money, command.account, command.suspense))


def _require_own(step: Step, field_name: str, number: AccountNumber, purpose: Purpose) -> None:
    account = known(step.state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, field_name, number)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, field_name, number)
    require(account.purpose is purpose, Reason.PURPOSE, field_name, account.purpose.name)
    require(not account.closed, Reason.CLOSED, field_name, number)


def fund(step: Step, command: Fund) -> None:
    """Put the paying agent in funds. Checked in order: an action of a bond that the asker issues or guarantees, not yet
    paid; a money in which the agent pays the bond; the amount; the account. It waits until the money is there.
    """
    state = step.state
    action = known(state.servicing.actions.get(command.action), Reason.UNKNOWN_ACTION, command.action)
    bond = state.issues.bonds[action.asset]
    require(step.asker in (bond.issuer, bond.guarantor), Reason.UNKNOWN_ACTION, command.action)
    done = action.status in (ActionStatus.PAID, ActionStatus.CANCELLED)
    require(not done, Reason.STATE, "action", command.action, action.status.name)
    paying = known(state.servicing.paying_in(action.asset, command.money), Reason.UNKNOWN_ASSET, "money", command.money)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    money = state.assets[command.money]
    today = state.days.systems[money.system].date
    if money.on_ledger:
        account = known(state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, "account", command.account)
        allowed = holds_right(account, step.asker, Right.INSTRUCT, command.money, step.time)
        require(allowed, Reason.UNKNOWN_ACCOUNT, "account", command.account)
        require(state.parties[account.holder].standing is Standing.ACTIVE, Reason.SUSPENDED, "account", command.account)
        require(account.purpose in FUNDED_FROM, Reason.PURPOSE, "account", account.purpose.name)
        require(not account.closed, Reason.CLOSED, "account", command.account)
        legs = [Leg(command.money, command.account, paying.account, command.amount)]
        number = order(step, TransactionKind.FUNDING, legs, today, action.number)
    else:
        require(command.account == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "account", command.account)
        outside = (command.money, step.asker, bond.paying_agent, command.amount)
        number = order(step, TransactionKind.FUNDING, [], today, action.number, outside)
    step.emit(FundingOrdered(action.number, command.money, command.account, command.amount, number))


def funded(step: Step, subject: int) -> None:
    """A follow-up: the issuer's payment in an RTGS is confirmed."""
    transaction = step.state.settlement.transactions[TransactionNumber(subject)]
    if transaction.status is Status.SETTLED:
        step.emit(FundingReceived(transaction.cause, transaction.number))


def held_for(state: State, base: AssetNumber, money: AssetNumber) -> Units:
    """What the paying agent has of a money to pay a bond with."""
    paying = state.servicing.paying_in(base, money)
    if paying is None:
        return 0
    return state.positions.available(paying.account, money) if paying.account else paying.held


def on_paying_account_appointed(state: State, event: PayingAccountAppointed) -> None:
    servicing = state.servicing
    servicing.paying.setdefault(event.asset, []).append(PayingAccount(event.money, event.account, event.suspense))
    if event.account:
        servicing.served[event.account] = event.asset
    for number in servicing.of.get(event.asset, ()):
        action = servicing.actions[number]
        if action.records and NO_ASSET in action.records[event.asset].moneys:
            choose_moneys(state, action)
    pay_owed(state, event.asset)


def on_funding_ordered(state: State, event: FundingOrdered) -> None:
    servicing = state.servicing
    base = servicing.actions[event.action].asset
    if event.account:
        servicing.returns[base, event.money] = event.account
        return
    servicing.watched[event.transaction] = WorkKind.FUNDED
    servicing.funding[event.transaction] = (base, event.money, event.amount)


def on_funding_received(state: State, event: FundingReceived) -> None:
    base, money, amount = state.servicing.funding.pop(event.transaction)
    spend(state, base, money, -amount)
    pay_owed(state, base)


def spend(state: State, base: AssetNumber, money: AssetNumber, amount: Units) -> None:
    """The agent has so much less (or more, below zero) in an RTGS to pay a bond with; for `evolve` only."""
    paying = state.servicing.paying_in(base, money)
    if paying is not None and not paying.account:
        paying.held -= amount


def sees_appointed(state: State, event: PayingAccountAppointed) -> Audience:
    bond = state.issues.bonds[event.asset]
    return (bond.paying_agent, bond.issuer, bond.registrar)


def sees_funding(state: State, event: FundingOrdered | FundingReceived) -> Audience:
    return parties_serving(state, event.action)
