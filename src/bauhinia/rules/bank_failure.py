"""A bank of a network fails, and all others go on.

From its suspension or insolvency on nothing new moves to it or from it (`deposits`), and its token stands still: its
customers' deposits are blocked where they are. What still waits to or from it is cancelled, and goes back to payers at
other banks at once, unless the network's rulebook lets it stand by the provision `finality.moment`. What it owes in a
netted network is paid out of its collateral, and then by the others, at once (`netting`). What is final stays. Once it
may act again its token moves again; its cap the operator sets anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.instructions import OPEN, TransactionKind
from bauhinia.ledger.networks import Network, Transfer
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.state import State
from bauhinia.rules.finality import UNPOSTED, Finality
from bauhinia.rules.holding import ends
from bauhinia.rules.netting import close_out
from bauhinia.rules.routing import provision_of
from bauhinia.rules.settlement import TransactionCancelled, retry_all
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import EVERYONE, Micros, NetworkNumber, PartyNumber

FINALITY = "finality.moment"


@dataclass(slots=True)
class BankBlocked:
    """A bank of a network may act no more, and its token stands still; or (not `blocked`) it may, and moves again."""

    network: NetworkNumber
    bank: PartyNumber
    blocked: bool
    time: Micros


def bank_changed(step: Step, subject: int) -> None:
    """A follow-up: the standing of a party is another, or a payment that it had under way was rejected. In each network
    of which it is a member: block its token or lift that; cancel what waits; pay what it owes."""
    bank, state = PartyNumber(subject), step.state
    fails = state.parties[bank].standing is not Standing.ACTIVE
    for network in list(state.networks.networks.values()):
        member = network.members.get(bank)
        if member is None:
            continue
        failed_before = bool(member.failed)
        if fails is not failed_before:
            step.emit(BankBlocked(network.number, bank, fails, step.time))
        if fails:
            _cancel(step, network, bank)
        if fails and not failed_before:
            close_out(step, network, bank)


def _cancel(step: Step, network: Network, bank: PartyNumber) -> None:
    """Cancel what waits to and from a bank, and end what is held, where only what is posted is final: that is so if
    nothing is said."""
    state = step.state
    if provision_of(state, network, FINALITY, Finality.SF3.name) in (Finality.SF1.name, Finality.SF2.name):
        return
    for number in list(state.settlement.live):
        transfer, transaction = state.networks.transfers.get(number), state.settlement.transactions[number]
        if transfer is None or transaction.kind is not TransactionKind.DEPOSIT or transaction.status not in OPEN:
            continue
        if _touches(transfer, network, bank):
            step.emit(TransactionCancelled(number, UNPOSTED))
    for held in list(state.networks.held.values()):
        if _touches(held.transfer, network, bank):
            ends(step, held, UNPOSTED)


def _touches(transfer: Transfer, network: Network, bank: PartyNumber) -> bool:
    return transfer.network == network.number and bank in (transfer.payer_bank, transfer.payee_bank)


def on_bank_blocked(state: State, event: BankBlocked) -> None:
    """A token that stood still already when its bank failed stands still when it is back."""
    member = state.networks.networks[event.network].members[event.bank]
    token = state.assets[member.token]
    if event.blocked:
        member.failed, member.paused, token.paused = event.time, token.paused, True
    else:
        member.failed, token.paused = 0, member.paused
        retry_all(state)


def sees_blocked(state: State, event: BankBlocked) -> Audience:
    """Everyone: whose deposits move no more is what anyone paid in them must know."""
    return (EVERYONE,)
