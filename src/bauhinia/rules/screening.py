"""Screening: a bank holds back deposits until it, or who screens for it, has let them go.

A bank keeps a list of accounts on the ledger, seen by itself and its screener alone, and may have everything above an
amount looked at. The screener may be an engine with a key of its own: it is told of each deposit as it is held, and
answers. A payer learns that a deposit is under way, not that it is screened.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.networks import Screening
from bauhinia.ledger.state import State
from bauhinia.rules.conditional import go_on
from bauhinia.rules.holding import ScreeningPassed, ends
from bauhinia.rules.networks import member_of
from bauhinia.rules.routing import network_of
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import LIMIT, NO_PARTY, AccountNumber, NetworkNumber, PartyNumber, Units
from bauhinia.words.reasons import Reason, known, require


@dataclass(slots=True)
class SetScreening:
    """A command of four eyes by a member: from now on deposits above an amount are held (zero: only what touches its
    list), and `screener` may decide beside the bank (zero: nobody)."""

    network: NetworkNumber
    screener: PartyNumber
    above: Units


@dataclass(slots=True)
class ListAccount:
    """A command of four eyes by a member: what touches an account is held, and why; or no longer."""

    network: NetworkNumber
    account: AccountNumber
    listed: bool
    why: str


@dataclass(slots=True)
class DecideScreening:
    """A command by a bank that screens a deposit, or by its screener: let it go, or give it back to the payer."""

    held: int
    passes: bool
    why: str


@dataclass(slots=True)
class ScreeningSet:
    network: NetworkNumber
    bank: PartyNumber
    screener: PartyNumber
    above: Units


@dataclass(slots=True)
class AccountListed:
    """An account is on a bank's list, or no longer."""

    network: NetworkNumber
    bank: PartyNumber
    account: AccountNumber
    listed: bool
    why: str


def set_screening(step: Step, command: SetScreening) -> None:
    """Checked in order: the network, of which the asker is a member; the screener; the amount."""
    network = network_of(step.state, command.network)
    member_of(network, step.asker)
    if command.screener:
        step.state.party(command.screener)
    require(0 <= command.above < LIMIT, Reason.AMOUNT, "above", command.above)
    step.emit(ScreeningSet(network.number, step.asker, command.screener, command.above))


def list_account(step: Step, command: ListAccount) -> None:
    """Checked in order: the network, of which the asker is a member; the account; the reason; that it changes
    anything."""
    network = network_of(step.state, command.network)
    member_of(network, step.asker)
    step.state.account(command.account)
    require_text(command.why, "why")
    screening = network.screening.get(step.asker)
    there = screening is not None and command.account in screening.listed
    require(there is not command.listed, Reason.ALREADY_DONE, "account", command.account)
    step.emit(AccountListed(network.number, step.asker, command.account, command.listed, command.why))


def decide_screening(step: Step, command: DecideScreening) -> None:
    """Checked in order: a held deposit that the asker, or the bank it screens for, has yet to let go; the reason."""
    held = known(step.state.networks.held.get(command.held), Reason.UNKNOWN_TRANSACTION, "held", command.held)
    network = step.state.networks.networks[held.transfer.network]
    banks = [bank for bank in held.screens if step.asker in (bank, network.screening[bank].screener)]
    require(banks, Reason.UNKNOWN_TRANSACTION, "held", command.held)
    require_text(command.why, "why")
    if not command.passes:
        ends(step, held, "not made")
        return
    for bank in banks:
        screener = network.screening[bank].screener
        step.emit(ScreeningPassed(held.number, bank, screener if screener != bank else NO_PARTY))
    go_on(step, held, "sent on")


def on_screening_set(state: State, event: ScreeningSet) -> None:
    screening = state.networks.networks[event.network].screening.setdefault(event.bank, Screening(NO_PARTY, 0))
    screening.screener, screening.above = event.screener, event.above


def on_account_listed(state: State, event: AccountListed) -> None:
    screening = state.networks.networks[event.network].screening.setdefault(event.bank, Screening(NO_PARTY, 0))
    if event.listed:
        screening.listed[event.account] = event.why
    else:
        del screening.listed[event.account]


def sees_screening(state: State, event: ScreeningSet | AccountListed) -> Audience:
    """The bank, and who screens for it."""
    screener = state.networks.networks[event.network].screening[event.bank].screener
    return tuple(dict.fromkeys(each for each in (event.bank, screener) if each))
