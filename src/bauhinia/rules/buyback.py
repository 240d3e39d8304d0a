"""Bonds bought back, and cancelled.

An issuer buys its own bonds in the market like anyone, delivery against payment, into an account of its own: they are
not extinguished, and it may sell them again. Cancelled they are when the issuer asks for it and the registrar confirms
the same amount: they go back to the account from which they were issued, a lodged note is marked down with them, and
what is authorised falls too, since what is cancelled may not be issued anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.bonds import Bond, BondStatus
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.state import State
from bauhinia.rules.books import asset_in
from bauhinia.rules.closing import change_authorised, is_done
from bauhinia.rules.instructing import INSTRUCTED
from bauhinia.rules.issue import bond_of, outstanding, redeem_legs
from bauhinia.rules.market import business_date
from bauhinia.rules.recording import GONE
from bauhinia.rules.settlement import require_movable, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import LIMIT, AccountNumber, ActionNumber, AssetNumber, Units
from bauhinia.words.reasons import Reason, known, require

CANCELLABLE = (BondStatus.ISSUED, BondStatus.POTENTIAL_DEFAULT)


@dataclass(slots=True)
class CancelBought:
    """A command by the issuer: so much of what it holds in its own account is to be cancelled. A later one for the
    same account takes the place of an earlier one; zero takes it back."""

    asset: AssetNumber
    account: AccountNumber
    nominal: Units


@dataclass(slots=True)
class ConfirmCancellation:
    """A command by the registrar: the same account and amount are cancelled, now."""

    asset: AssetNumber
    account: AccountNumber
    nominal: Units


@dataclass(slots=True)
class CancellationAsked:
    """The issuer wants this cancelled; with an amount of zero it no longer does."""

    asset: AssetNumber
    account: AccountNumber
    nominal: Units


@dataclass(slots=True)
class BondsCancelled:
    """Outstanding and authorised amount have fallen by so much nominal."""

    asset: AssetNumber
    account: AccountNumber
    nominal: Units


def cancel_bought(step: Step, command: CancelBought) -> None:
    """Checked in order: the bond is alive, and the asker's own issue; the account is its own; the amount is a
    multiple, and held there."""
    state = step.state
    bond = _cancellable(state, command.asset)
    require(bond.issuer == step.asker, Reason.NOT_AUTHORISED, "issuer")
    account = known(state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(account.purpose in INSTRUCTED, Reason.PURPOSE, "account", account.purpose.name)
    if command.nominal == 0:
        require(command.account in bond.cancelling, Reason.AMOUNT, "nominal", 0)
    else:
        multiple = state.assets[command.asset].multiple
        require(0 < command.nominal < LIMIT, Reason.AMOUNT, "nominal", command.nominal)
        require(command.nominal % multiple == 0, Reason.MULTIPLE, "nominal", command.nominal, multiple)
        held = asset_in(state, command.account, command.asset)
        there = state.positions.available(command.account, held) if held else 0
        require(command.nominal <= there, Reason.LACK, "nominal", command.nominal - there)
    step.emit(CancellationAsked(command.asset, command.account, command.nominal))


def confirm_cancellation(step: Step, command: ConfirmCancellation) -> None:
    """Checked in order: the bond is alive, and the asker keeps its register; the issuer has asked for the same; no
    block or lack stands in the way. Then it is done at once."""
    state = step.state
    bond = _cancellable(state, command.asset)
    require(bond.registrar == step.asker, Reason.NOT_AUTHORISED, "registrar")
    asked = known(bond.cancelling.get(command.account), Reason.STATE, "not signed by", "issuer")
    require(command.nominal == asked, Reason.AMOUNT, "nominal", command.nominal)
    legs = redeem_legs(state, command.asset, command.account, command.nominal)
    require_movable(state, legs, step.time)
    today = business_date(state, state.assets[command.asset].system)
    settle_now(step, TransactionKind.CANCELLATION, legs, today, ActionNumber(command.asset))
    step.emit(BondsCancelled(command.asset, command.account, command.nominal))


def _cancellable(state: State, number: AssetNumber) -> Bond:
    bond = bond_of(state, number)
    require(bond.status in CANCELLABLE, Reason.STATE, "asset", number, bond.status.name)
    require(number not in state.servicing.closed, Reason.RECORD_CLOSED, "asset", number)
    return bond


def on_cancellation_asked(state: State, event: CancellationAsked) -> None:
    cancelling = state.issues.bonds[event.asset].cancelling
    if event.nominal:
        cancelling[event.account] = event.nominal
    else:
        del cancelling[event.account]


def on_bonds_cancelled(state: State, event: BondsCancelled) -> None:
    """A bond of which nothing is outstanding, nothing on its way and no tap to come has ended."""
    bond = state.issues.bonds[event.asset]
    del bond.cancelling[event.account]
    bond.cancelled += event.nominal
    change_authorised(state, bond, -event.nominal)
    taps = any(each.fungible_with == event.asset and each.status not in GONE for each in state.issues.bonds.values())
    if outstanding(state, event.asset) == 0 and is_done(bond.closings[-1]) and not taps:
        bond.status = BondStatus.CANCELLED
        state.follow(WorkKind.ENDED, bond.asset)


def sees_cancellation(state: State, event: CancellationAsked | BondsCancelled) -> Audience:
    """Issuer and registrar, and the paying agent, who will pay on less."""
    bond = state.issues.bonds[event.asset]
    return tuple(dict.fromkeys((bond.issuer, bond.registrar, bond.paying_agent)))
