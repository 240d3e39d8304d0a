"""What of an insolvent party's still settles: a bond's rulebook names the moment from which a transfer is final.

From the insolvency on nothing new is accepted of the party (`machine.block`), or for it (`instructing`). Of what was
accepted before, what has passed the rulebook's moment goes on, and the rest is cancelled at once; but what is its
clients' and not its own is kept back on hold, until their accounts go to another custodian. What is posted is
never unwound, and what is earmarked for a payment outside the ledger stays until that is answered: silence is no reason
to take back what may have been paid.
"""

from __future__ import annotations

from enum import IntEnum

from bauhinia.ledger.instructions import OPEN, Instruction, Payment
from bauhinia.ledger.parties import FOR_CLIENTS, Standing
from bauhinia.ledger.state import State
from bauhinia.rules.billing import stop_collecting
from bauhinia.rules.books import chain
from bauhinia.rules.instructing import HoldSet, InstructionCancelled
from bauhinia.rules.registers import provision
from bauhinia.rules.sets import SetEnded, parties_of
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.rules.step import Step
from bauhinia.words.ids import NO_PARTY, AssetNumber, PartyNumber

# Told to both sides: the standing of one is not the other's to know (`views.lines.party_line`).
UNPOSTED = "a side may settle no more, and only what is posted is final (SF3)"
CARRIED = "CARRY"  # the provision `default.clients`: what is clients' waits for whoever takes their accounts over


class Finality(IntEnum):
    """The provision `finality.moment`: from when a transfer stands against an insolvency of one of its sides (the
    moments of Directive 98/26/EC as T2S numbers them)."""

    SF1 = 1  # accepted: it may still be matched, and settles
    SF2 = 2  # matched: it settles; what is alone is cancelled
    SF3 = 3  # posted: all that is not is cancelled


def finality(state: State, asset: AssetNumber) -> Finality:
    """The moment that the rulebooks in force name for a bond: its profile, then its own rulebook, then the market's;
    SF2 where none does."""
    said = provision(state, state.assets[asset], "finality.moment", Finality.SF2.name)
    return Finality.__members__.get(said, Finality.SF2)


def insolvency(step: Step, subject: int) -> None:
    """A follow-up: a party is insolvent, and what of its instructions has not passed the moment is cancelled. Also
    when a payment outside the ledger was rejected since: what was earmarked for it is as unposted as the rest."""
    state, number = step.state, PartyNumber(subject)
    moments: dict[AssetNumber, Finality] = {}
    for instruction in list(state.settlement.instructions.values()):
        if instruction.cancelled or number not in behind(state, instruction):
            continue
        asset = instruction.order.asset
        moment = moments.setdefault(asset, finality(state, asset))
        if not unfinal(state, instruction, moment):
            continue
        if ring_fenced(state, instruction, number):
            if not instruction.hold:
                step.emit(HoldSet(instruction.number, True))
        elif not instruction.transaction:
            step.emit(InstructionCancelled(instruction.number))
        else:
            step.emit(TransactionCancelled(instruction.transaction, UNPOSTED))
    _insolvent_sets(step, number, moments)
    stop_collecting(step, number)


def unfinal(state: State, instruction: Instruction, moment: Finality) -> bool:
    """Whether an instruction has not passed the moment from which it stands, and might still be kept back. A payment
    alone, which its payer may take back, is accepted and no more."""
    if not instruction.transaction:
        return moment is not Finality.SF1
    transaction = state.settlement.transactions[instruction.transaction]
    alone = not transaction.receive
    return (moment is Finality.SF3 or (alone and moment is Finality.SF2)) and transaction.status in OPEN


def _insolvent_sets(step: Step, party: PartyNumber, moments: dict[AssetNumber, Finality]) -> None:
    """A set that not all have agreed to before an insolvency of one of its parties is gone; one that all have agreed to
    settles, unless a rulebook of what it moves says that only what is posted is final."""
    state = step.state
    for agreed in list(state.settlement.agreed.sets.values()):
        if agreed.ended or party not in parties_of(state, agreed):
            continue
        if not agreed.transaction:
            step.emit(SetEnded(agreed.number, NO_PARTY, "a party may agree to nothing any more"))
            continue
        assets = dict.fromkeys(leg.asset for leg in agreed.legs)
        unposted = any(moments.setdefault(each, finality(state, each)) is Finality.SF3 for each in assets)
        if unposted and state.settlement.transactions[agreed.transaction].status in OPEN:
            step.emit(TransactionCancelled(agreed.transaction, UNPOSTED))


def ring_fenced(state: State, instruction: Instruction, number: PartyNumber) -> bool:
    """Whether an instruction is no business of an insolvent party's estate but of its clients, whose accounts may yet
    go to another custodian (`porting`): it moves what the party holds for clients, or what a client holds in its book,
    and no money that is the party's own; unless a rulebook says otherwise (`default.clients`)."""
    order = instruction.order
    if order.payment is Payment.AGAINST and not order.cash_account and instruction.party == number:
        return False  # paid outside the ledger, by the party itself or to it
    held = state.accounts[order.account]
    cash = state.accounts[order.cash_account] if order.cash_account else held
    if any(account.holder == number and account.purpose not in FOR_CLIENTS for account in (held, cash)):
        return False
    in_book = any(state.accounts[each].holder == number for each in chain(state, held.number))
    said = provision(state, state.assets[order.asset], "default.clients", CARRIED)
    return in_book and said == CARRIED


def behind(state: State, instruction: Instruction) -> tuple[PartyNumber, ...]:
    """Whose insolvency an instruction meets: who gave it, and who holds the accounts that it moves."""
    order = instruction.order
    holders = [state.accounts[each].holder for each in (order.account, order.cash_account) if each]
    return (instruction.party, *holders)


def insolvent_sides(state: State, *instructions: Instruction) -> list[PartyNumber]:
    """The parties behind instructions that are insolvent, each once."""
    parties = dict.fromkeys(party for instruction in instructions for party in behind(state, instruction))
    return [party for party in parties if state.parties[party].standing is Standing.INSOLVENT]
