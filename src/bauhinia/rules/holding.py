"""Deposits that are held: their tokens set aside with the payer's bank until something has happened.

A deposit is held where its payer makes it conditional, and where a bank screens it. What is held is spent by nobody; it
goes on when its condition is met and every bank that screens it has let it go, and back to the payer otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.networks import Condition, ConditionKind, Held, Network, Transfer
from bauhinia.ledger.posting import Leg, obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.settlement import order, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import PartyNumber
from bauhinia.words.reasons import Refused


@dataclass(slots=True)
class DepositHeld:
    """A deposit has been set aside and waits for its condition, or for the banks that screen it."""

    held: int
    transfer: Transfer
    priority: int
    condition: Condition
    screens: tuple[PartyNumber, ...]


@dataclass(slots=True)
class ConditionMet:
    """What a deposit was held for has happened."""

    held: int
    transfer: Transfer


@dataclass(slots=True)
class ScreeningPassed:
    """A bank that screens a deposit, or who screens for it, has let it go."""

    held: int
    bank: PartyNumber
    screener: PartyNumber


@dataclass(slots=True)
class HeldDone:
    """A deposit is held no more: sent on, or given back to its payer. `conditional`: the payee knew of it."""

    held: int
    transfer: Transfer
    conditional: bool
    sent: bool
    why: str


def screens_of(network: Network, transfer: Transfer) -> tuple[PartyNumber, ...]:
    """The banks that hold a deposit back: by its amount, or because an account that it touches is on their list."""
    if not network.screening:
        return ()
    found = []
    for bank in dict.fromkeys((transfer.payer_bank, transfer.payee_bank)):
        screening = network.screening.get(bank)
        if screening is None:
            continue
        listed = transfer.payer in screening.listed or transfer.payee in screening.listed
        if listed or 0 < screening.above < transfer.amount:
            found.append(bank)
    return tuple(found)


def set_aside(step: Step, network: Network, transfer: Transfer) -> None:
    """Move the payer's tokens into transit with its bank; refused where the payer lacks them, or is blocked."""
    member = network.members[transfer.payer_bank]
    legs = [Leg(member.token, transfer.payer, member.transit, transfer.amount)]
    found = obstacle(step.state.book, legs, step.time)
    if found is not None:
        raise Refused(found.reason, found.account, found.asset, found.lacking)
    settle_now(step, TransactionKind.DEPOSIT, legs, step.state.days.systems[network.system].date)


def give_back(step: Step, network: Network, transfer: Transfer) -> None:
    """Order what lies in transit back to the payer, as soon as its account can take it; tells, never asks."""
    member = network.members[transfer.payer_bank]
    legs = [Leg(member.token, member.transit, transfer.payer, transfer.amount)]
    order(step, TransactionKind.DEPOSIT, legs, step.state.days.systems[network.system].date)


def hold(
    step: Step, network: Network, transfer: Transfer, priority: int, condition: Condition,
    screens: tuple[PartyNumber, ...],
) -> None:  # fmt: skip
    """Set a deposit aside until its condition is met and the banks have let it go; refused as `set_aside` is."""
    set_aside(step, network, transfer)
    number = step.state.networks.last_held + 1
    step.emit(DepositHeld(number, transfer, priority, condition, screens))


def ends(step: Step, held: Held, why: str) -> None:
    """Give a held deposit back."""
    step.emit(done(held, why, sent=False))
    give_back(step, step.state.networks.networks[held.transfer.network], held.transfer)


def done(held: Held, why: str, *, sent: bool) -> HeldDone:
    return HeldDone(held.number, held.transfer, held.condition.kind is not ConditionKind.NONE, sent, why)


def held_due(step: Step, subject: int) -> None:
    """A duty: a condition that is not met by now will not be."""
    held = step.state.networks.held.get(subject)
    if held is not None and not held.met:
        ends(step, held, "the time is over")


def on_deposit_held(state: State, event: DepositHeld) -> None:
    networks, sent, condition = state.networks, event.transfer, event.condition
    networks.last_held = event.held
    met = condition.kind is ConditionKind.NONE
    transfer = Transfer(
        sent.number, sent.network, sent.mode, sent.payer, sent.payee, sent.payer_bank, sent.payee_bank, sent.amount,
        sent.reference, sent.sent, sent.aside, sent.arrived, sent.returns,
    )  # fmt: skip
    networks.held[event.held] = Held(event.held, transfer, event.priority, condition, event.screens, met)
    if condition.until:
        state.schedule(condition.until, DutyKind.HELD, event.held)
    if condition.instruction:
        networks.deliveries.setdefault(condition.instruction, []).append(event.held)


def on_condition_met(state: State, event: ConditionMet) -> None:
    state.networks.held[event.held].met = True


def on_screening_passed(state: State, event: ScreeningPassed) -> None:
    held = state.networks.held[event.held]
    held.screens = tuple(each for each in held.screens if each != event.bank)


def on_held_done(state: State, event: HeldDone) -> None:
    networks = state.networks
    held = networks.held.pop(event.held)
    instruction = held.condition.instruction
    if instruction in networks.deliveries:
        networks.deliveries[instruction].remove(event.held)
        if not networks.deliveries[instruction]:
            del networks.deliveries[instruction]


def sees_held(state: State, event: DepositHeld) -> Audience:
    """Payer, its bank and the network's operator; of a conditional one also the payee, its bank and the party that may
    release it; and who screens it."""
    condition, found = event.condition, _payer_side(state, event.transfer)
    if condition.kind is not ConditionKind.NONE:
        found += [*_payee_side(state, event.transfer), condition.party]
    screening = state.networks.networks[event.transfer.network].screening
    for bank in event.screens:
        found += [bank, screening[bank].screener]
    return tuple(dict.fromkeys(each for each in found if each))


def sees_met(state: State, event: ConditionMet) -> Audience:
    """Payer and payee, their banks, and the network's operator."""
    return tuple(dict.fromkeys((*_payer_side(state, event.transfer), *_payee_side(state, event.transfer))))


def sees_done(state: State, event: HeldDone) -> Audience:
    """Payer, its bank and the network's operator; of what was conditional also the payee and its bank."""
    payee = _payee_side(state, event.transfer) if event.conditional else []
    return tuple(dict.fromkeys((*_payer_side(state, event.transfer), *payee)))


def sees_passed(state: State, event: ScreeningPassed) -> Audience:
    """The bank, and who screens for it: nobody is tipped off."""
    return tuple(each for each in (event.bank, event.screener) if each)


def _payer_side(state: State, sent: Transfer) -> list[PartyNumber]:
    return [state.accounts[sent.payer].holder, sent.payer_bank, state.networks.networks[sent.network].operator]


def _payee_side(state: State, sent: Transfer) -> list[PartyNumber]:
    return [state.accounts[sent.payee].holder, sent.payee_bank]
