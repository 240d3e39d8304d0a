"""What of an insolvent party's still settles: a bond's rulebook names the moment from which a transfer is final.

From the insolvency on nothing new is accepted of the party (`machine.block`), or for it (`instructing`). Of what was
accepted before, what has passed the rulebook's moment goes on, and the rest is cancelled at once. What is posted is
never unwound, and what is earmarked for a payment outside the ledger stays until that is answered: silence is no reason
to take back what may have been paid.
"""

from __future__ import annotations

from enum import IntEnum

from bauhinia.ledger.instructions import OPEN, Instruction
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.state import State
from bauhinia.rules.instructing import InstructionCancelled
from bauhinia.rules.registers import provision
from bauhinia.rules.sets import SetEnded, parties_of
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.rules.step import Step
from bauhinia.words.ids import NO_PARTY, AssetNumber, PartyNumber

# Told to both sides: the standing of one is not the other's to know (`views.lines.party_line`).
UNPOSTED = "a side may settle no more, and only what is posted is final (SF3)"


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
        if not instruction.transaction:
            if moment is not Finality.SF1:
                step.emit(InstructionCancelled(instruction.number))
            continue
        transaction = state.settlement.transactions[instruction.transaction]
        alone = not transaction.receive  # a payment that its payer may take back: it is accepted, no more
        if (moment is Finality.SF3 or (alone and moment is Finality.SF2)) and transaction.status in OPEN:
            step.emit(TransactionCancelled(transaction.number, UNPOSTED))
    _insolvent_sets(step, number, moments)


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


def behind(state: State, instruction: Instruction) -> tuple[PartyNumber, ...]:
    """Whose insolvency an instruction meets: who gave it, and who holds the accounts that it moves."""
    order = instruction.order
    holders = [state.accounts[each].holder for each in (order.account, order.cash_account) if each]
    return (instruction.party, *holders)


def insolvent_sides(state: State, *instructions: Instruction) -> list[PartyNumber]:
    """The parties behind instructions that are insolvent, each once."""
    parties = dict.fromkeys(party for instruction in instructions for party in behind(state, instruction))
    return [party for party in parties if state.parties[party].standing is Standing.INSOLVENT]
