"""Sets of any number of legs, in any assets, among any parties, that settle all or none.

A set is one contract. One party proposes it, naming the accounts as it knows them; every holder whose account gives or
receives must agree, but for who has let the proposer do so: by a right to instruct the account, or to receive into it.
What nobody has to agree to any more is a transaction like any other, which waits in the queue until all of it can
settle; and only all who agreed can cancel it. Until then the proposer may withdraw it, and who has not agreed decline.

All parties to a set see all its legs. To anyone else there is no such set; and who holds an account that was named is
told to the others only once that party answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.instructions import OPEN, TransactionKind
from bauhinia.ledger.parties import Account, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.sets import AgreedSet
from bauhinia.ledger.state import State
from bauhinia.rules.books import chain, open_books, route
from bauhinia.rules.instructing import INSTRUCTED, LOWEST_PRIORITY, instructable
from bauhinia.rules.matching import BOUND, INSTRUCTS, RECEIVES, may
from bauhinia.rules.payments import require_day
from bauhinia.rules.settlement import TransactionCancelled, open_status, open_transaction, parties_to
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import (
    NO_PARTY,
    AccountNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
)
from bauhinia.words.reasons import Reason, known, must, require

MOST_LEGS = 1_000  # of one set, as proposed
MOST_ROUTED = 20_000  # of one set, through all the books on the way: as many as a block moves in pages


@dataclass(slots=True)
class ProposeSet:
    """A command: these legs are to settle all or none on a day, if all whom they concern agree before `until`
    (exclusive). A leg is in a bond, or in a money that moves on the ledger, between accounts in whatever books."""

    legs: tuple[Leg, ...]
    settlement_date: date
    until: Micros
    reference: str
    priority: int = LOWEST_PRIORITY


@dataclass(slots=True)
class AgreeSet:
    """A command by a holder whose account gives or receives in a set: it agrees to all of it."""

    set: int


@dataclass(slots=True)
class WithdrawSet:
    """A command: a set that not all have agreed to is gone, withdrawn by its proposer or declined by who has not
    agreed."""

    set: int


@dataclass(slots=True)
class CancelSet:
    """A command: a party wants a set that all have agreed to cancelled; it is once all of them have asked."""

    set: int


@dataclass(slots=True)
class SetProposed:
    set: int
    proposer: PartyNumber
    legs: tuple[Leg, ...]
    settlement_date: date
    until: Micros
    reference: str
    priority: int
    time: Micros


@dataclass(slots=True)
class SetAgreed:
    set: int
    party: PartyNumber


@dataclass(slots=True)
class SetBound:
    """All have agreed: nobody may go back alone from now on (SF2). `legs` go through all the books on the way."""

    set: int
    transaction: TransactionNumber
    legs: tuple[Leg, ...]


@dataclass(slots=True)
class SetCancelAsked:
    set: int
    party: PartyNumber


@dataclass(slots=True)
class SetEnded:
    """A set that not all had agreed to is gone; `party` ended it, nobody where a rule did."""

    set: int
    party: PartyNumber
    why: str


def propose_set(step: Step, command: ProposeSet) -> None:
    """Propose a set, and bind it if nobody else has to agree.

    Checked in order: reference, priority and moment; how many legs there are; leg by leg the asset and the amount, the
    accounts; that the proposer has a part in it; the day, in every system that the set moves in. An account of someone
    else that is closed, or serves another purpose, looks like one that is not there.
    """
    state = step.state
    require_text(command.reference, "reference", 35)
    taken = (step.asker, command.reference) in state.settlement.agreed.references
    require(not taken, Reason.DUPLICATE, command.reference)
    require(1 <= command.priority <= LOWEST_PRIORITY, Reason.AMOUNT, "priority", command.priority)
    require(command.until > step.time, Reason.EXPIRED, "until", command.until)
    require(command.legs, Reason.EMPTY, "legs")
    require(len(command.legs) <= MOST_LEGS, Reason.AMOUNT, "legs", len(command.legs), MOST_LEGS)
    systems: dict[SystemNumber, AssetNumber] = {}
    has_part, routed = False, 0
    for at, leg in enumerate(command.legs, 1):
        asset = instructable(state, leg.asset, leg.amount, command.settlement_date)
        systems.setdefault(asset.system, leg.asset)
        giver = _named(step, leg.giver, "giver", at)
        taker = _named(step, leg.taker, "taker", at)
        require(leg.giver != leg.taker, Reason.SAME_ACCOUNT, "leg", at, leg.giver)
        has_part = has_part or _lets(step, giver, leg, gives=True) or _lets(step, taker, leg, gives=False)
        routed += len(chain(state, leg.giver)) + len(chain(state, leg.taker))
    require(has_part, Reason.UNKNOWN_ACCOUNT, "legs", "name no account of the proposer's")
    require(routed <= MOST_ROUTED, Reason.AMOUNT, "legs", "go through too many books", routed)
    for number in systems.values():
        require_day(state, command.settlement_date, state.assets[number])
    set_number = state.settlement.agreed.last + 1
    step.emit(
        SetProposed(
            set_number, step.asker, command.legs, command.settlement_date, command.until, command.reference,
            command.priority, step.time,
        )
    )  # fmt: skip
    _bind(step, state.settlement.agreed.sets[set_number])


def _named(step: Step, number: AccountNumber, side: str, leg: int) -> Account:
    """An account that a leg names: of someone else's no more is told than that it will not do."""
    account = known(step.state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, "leg", leg, side, number)
    usable, own = account.purpose in INSTRUCTED and not account.closed, account.holder == step.asker
    require(usable or own, Reason.UNKNOWN_ACCOUNT, "leg", leg, side, number)
    require(account.purpose in INSTRUCTED, Reason.PURPOSE, "leg", leg, side, number)
    require(not account.closed, Reason.CLOSED, "leg", leg, side, number)
    return account


def _lets(step: Step, account: Account, leg: Leg, *, gives: bool) -> bool:
    """Whether the asker may bind an account to a leg by itself: it holds it, or has the right of its active holder."""
    return binds(step.state, step.asker, account, leg, step.time, gives=gives)


def binds(state: State, party: PartyNumber, account: Account, leg: Leg, time: Micros, *, gives: bool) -> bool:
    """Whether a party may bind an account to a leg: its holder may; and who has the right to, while the holder is
    active."""
    if account.holder == party:
        return True
    active = state.parties[account.holder].standing is Standing.ACTIVE
    return active and may(account, party, INSTRUCTS if gives else RECEIVES, leg.asset, time)


def awaited(state: State, agreed: AgreedSet, time: Micros) -> list[PartyNumber]:
    """Who must still agree, in the order of the legs; whoever has and is suspended since counts as not there."""
    gone = [party for party in agreed.agreed if state.parties[party].standing not in BOUND]
    found: dict[PartyNumber, None] = dict.fromkeys(gone)
    for leg in agreed.legs:
        for number, gives in ((leg.giver, True), (leg.taker, False)):
            account = state.accounts[number]
            if account.closed:  # nobody can agree for it any more
                found[account.holder] = None
            if account.holder in agreed.agreed or account.holder in found:
                continue
            if not binds(state, agreed.proposer, account, leg, time, gives=gives):
                found[account.holder] = None
    return list(found)


def agree_set(step: Step, command: AgreeSet) -> None:
    """A party agrees; the last one binds all. What has become of rights since counts: a holder that has taken its right
    back must agree itself. A set that a suspension kept from being bound is bound when one agrees once more."""
    agreed = _open(step, command.set)
    again = step.asker in agreed.agreed and awaited(step.state, agreed, step.time)
    require(not again, Reason.ALREADY_DONE, "set", command.set)
    step.emit(SetAgreed(command.set, step.asker))
    _bind(step, agreed)


def _bind(step: Step, agreed: AgreedSet) -> None:
    """Make the set a transaction if nobody has to agree any more."""
    state = step.state
    if awaited(state, agreed, step.time):
        return
    legs: list[Leg] = []
    for leg in agreed.legs:
        open_books(step, leg.giver, leg.asset)
        open_books(step, leg.taker, leg.asset)
        legs += route(state, leg.asset, leg.giver, leg.taker, leg.amount)
    must(legs, "agreed on a transfer of nothing", agreed.number)
    step.emit(SetBound(agreed.number, TransactionNumber(state.settlement.last_transaction + 1), tuple(legs)))


def withdraw_set(step: Step, command: WithdrawSet) -> None:
    """Withdraw a set, or decline it."""
    agreed = _open(step, command.set)
    if step.asker == agreed.proposer:
        step.emit(SetEnded(command.set, step.asker, "withdrawn by its proposer"))
        return
    require(step.asker not in agreed.agreed, Reason.ALREADY_DONE, "set", command.set, "is agreed to")
    step.emit(SetEnded(command.set, step.asker, "declined"))


def cancel_set(step: Step, command: CancelSet) -> None:
    """Ask that a set to which all have agreed be cancelled; the last of those who agreed cancels it."""
    agreed = _own(step, command.set)
    require(agreed.transaction and step.asker in agreed.agreed, Reason.STATE, "set", command.set, "is not agreed to")
    status = step.state.settlement.transactions[agreed.transaction].status
    require(status in OPEN, Reason.STATE, "set", command.set, status.name)
    require(step.asker not in agreed.asked, Reason.ALREADY_DONE, "set", command.set)
    step.emit(SetCancelAsked(command.set, step.asker))
    if len(agreed.asked) == len(agreed.agreed):
        step.emit(TransactionCancelled(agreed.transaction, "all its parties asked"))


def _own(step: Step, number: int) -> AgreedSet:
    """A set to which the asker is a party; one that is not its business and one that is not there look alike."""
    agreed = known(step.state.settlement.agreed.sets.get(number), Reason.UNKNOWN_SET, number)
    require(step.asker in parties_of(step.state, agreed), Reason.UNKNOWN_SET, number)
    return agreed


def _open(step: Step, number: int) -> AgreedSet:
    """A set of the asker's that not all have agreed to."""
    agreed = _own(step, number)
    require(not agreed.transaction, Reason.ALREADY_DONE, "set", number, "is agreed to by all")
    require(not agreed.ended, Reason.ALREADY_DONE, "set", number, "has ended")
    return agreed


def is_open(agreed: AgreedSet) -> bool:
    """Whether not all have agreed to a set, and it has not ended."""
    return not agreed.transaction and not agreed.ended


def parties_of(state: State, agreed: AgreedSet) -> tuple[PartyNumber, ...]:
    """The proposer, and every holder of an account that gives or receives, in the order of the legs."""
    accounts = state.accounts
    holders = (accounts[each].holder for leg in agreed.legs for each in (leg.giver, leg.taker))
    return tuple(dict.fromkeys((agreed.proposer, *holders)))


def set_due(step: Step, subject: int) -> None:
    """A duty: the moment until which a set was open."""
    agreed = step.state.settlement.agreed.sets.get(subject)
    if agreed is not None and is_open(agreed):
        step.emit(SetEnded(subject, NO_PARTY, "not all agreed in time"))


def end_open_sets(step: Step, base: AssetNumber, why: str) -> None:
    """Nothing more is dealt in a bond: sets that not all have agreed to and that name it are gone."""
    for agreed in list(step.state.settlement.agreed.sets.values()):
        if is_open(agreed) and any(leg.asset == base for leg in agreed.legs):
            step.emit(SetEnded(agreed.number, NO_PARTY, why))


def moves_bond(state: State, legs: Sequence[Leg], base: AssetNumber) -> bool:
    """Whether legs move a bond, in whatever book."""
    return any(state.assets[leg.asset].base == base for leg in legs)


def on_set_proposed(state: State, event: SetProposed) -> None:
    agreed = state.settlement.agreed
    agreed.last = event.set
    agreed.sets[event.set] = AgreedSet(
        event.set, event.proposer, event.legs, event.settlement_date, event.priority, event.reference, event.until,
        {event.proposer: True},
    )  # fmt: skip
    agreed.references[event.proposer, event.reference] = event.set
    state.schedule(event.until, DutyKind.SET_UNTIL, event.set)


def on_set_agreed(state: State, event: SetAgreed) -> None:
    state.settlement.agreed.sets[event.set].agreed[event.party] = True


def on_set_bound(state: State, event: SetBound) -> None:
    agreed = state.settlement.agreed.sets[event.set]
    agreed.transaction = event.transaction
    state.settlement.agreed.of[event.transaction] = event.set
    transaction = open_transaction(state, event.transaction, TransactionKind.SET, event.legs, agreed.settlement_date)
    transaction.priority = agreed.priority
    transaction.status = open_status(state, transaction)
    if any(leg.asset in state.servicing.claiming for leg in agreed.legs):
        state.follow(WorkKind.DETECT, event.transaction)


def on_set_cancel_asked(state: State, event: SetCancelAsked) -> None:
    state.settlement.agreed.sets[event.set].asked[event.party] = True


def on_set_ended(state: State, event: SetEnded) -> None:
    agreed = state.settlement.agreed
    agreed.sets[event.set].ended = True
    agreed.ended.append(event.set)


def sees_set(state: State, event: SetProposed | SetAgreed | SetCancelAsked | SetEnded) -> Audience:
    """All its parties."""
    return parties_of(state, state.settlement.agreed.sets[event.set])


def sees_bound(state: State, event: SetBound) -> Audience:
    """All its parties, and the keepers in whose books they stand."""
    parties = parties_of(state, state.settlement.agreed.sets[event.set])
    return tuple(dict.fromkeys((*parties, *parties_to(state, event.transaction))))
