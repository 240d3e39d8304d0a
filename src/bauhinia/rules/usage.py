"""What each party has used of a depository's services on a day: found at its end in what the day has left behind.

Transactions settled and cancelled stay in the state until their day ends, and those matched are numbered in order, so
counting costs nothing while they settle. Only what leaves no trace of its own is noted when it happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.fees import FeeItem, Schedule
from bauhinia.ledger.instructions import Instruction, Status, Transaction, TransactionKind
from bauhinia.ledger.parties import NEVER_PAID, Purpose, Standing
from bauhinia.ledger.state import State
from bauhinia.words.ids import AssetNumber, PartyNumber, SystemNumber, Units
from bauhinia.words.reasons import Reason

Used = dict[tuple[int, PartyNumber, FeeItem], int]  # by schedule, party and item: how often

# what the ledger does itself, for which nobody is charged
FREE_OF_CHARGE = (
    TransactionKind.ISSUE,
    TransactionKind.CLAIM,
    TransactionKind.TIER,
    TransactionKind.POWER,
    TransactionKind.FUNDING,
    TransactionKind.MERGER,
    TransactionKind.CANCELLATION,
    TransactionKind.TAX,
    TransactionKind.FEE,
    TransactionKind.PENALTY,
    TransactionKind.DEPOSIT,  # a network charges for itself
    TransactionKind.LIQUIDITY,
)
OF_BONDS = (TransactionKind.INCOME, TransactionKind.REDEMPTION)
BETWEEN = (Purpose.ISSUER, Purpose.OMNIBUS, Purpose.RESERVE)  # accounts through which a transfer is routed
CHARGED = (Purpose.OWN, Purpose.OMNIBUS, Purpose.SEGREGATED, Purpose.COLLATERAL, Purpose.ESCROW)
MOST_NOMINAL = 1 << 57  # smallest units: ten times what all bonds of the world come to, in cents


@dataclass(slots=True)
class Counting:
    """A count under way: which schedule an asset falls under is looked up once."""

    state: State
    used: Used = field(default_factory=dict)
    known: dict[AssetNumber, Schedule | None] = field(default_factory=dict)

    def add(self, item: FeeItem, party: PartyNumber, number: AssetNumber) -> None:
        """Count one, where a schedule is in force for the asset; who collects the fees pays none."""
        schedule = self.known.get(number)
        if number not in self.known:
            schedule = self.known[number] = schedule_of(self.state, number)
        if schedule is None or not party or not charges(self.state, schedule, item, party):
            return
        key = schedule.number, party, item
        self.used[key] = self.used.get(key, 0) + 1


def schedule_of(state: State, number: AssetNumber) -> Schedule | None:
    """The schedule under which the use of an asset falls, if there is one."""
    asset = state.assets[number]
    return state.fees.of(asset.system, asset.currency)


def charges(state: State, schedule: Schedule, item: FeeItem, party: PartyNumber) -> bool:
    """Whether a party is charged for an item today: it has a price, and who collects the fees pays none."""
    tariff = schedule.tariff(state.days.systems[schedule.system].date)
    return party != schedule.collector and tariff is not None and tariff.fee(item).amount > 0


def note(state: State, item: FeeItem, instruction: Instruction) -> None:
    """An instruction is put on hold, or changed, by a party that may still act; for `evolve` only."""
    if not state.fees.schedules:
        return
    schedule = schedule_of(state, instruction.order.asset)
    party = instruction.party
    active = state.parties[party].standing is Standing.ACTIVE
    if schedule and active and charges(state, schedule, item, party):
        key = schedule.number, party, item
        state.fees.today[key] = state.fees.today.get(key, 0) + 1


def used_since(state: State, closing: SystemNumber) -> Used:
    """What has been used since it was last counted; of the system whose day closes also what fails in it."""
    counting = Counting(state)
    for (schedule, party, item), count in state.fees.today.items():
        counting.used[schedule, PartyNumber(party), FeeItem(item)] = count
    settlement = state.settlement
    for number in settlement.done:
        transaction = settlement.transactions[number]
        if transaction.status is Status.SETTLED:
            _settled(counting, transaction)
        else:
            _cancelled(counting, transaction)
    for each in settlement.withdrawn:
        instruction = settlement.instructions[each]
        if state.parties[instruction.party].standing is Standing.ACTIVE:
            counting.add(FeeItem.CANCELLED, instruction.party, instruction.order.asset)
    for number in reversed(settlement.transactions):
        if number <= state.fees.matched:
            break
        for side in _sides(state, settlement.transactions[number]):
            counting.add(FeeItem.MATCHED, side.party, side.order.asset)
    for number in settlement.live:
        _failing(counting, settlement.transactions[number], closing)
    return counting.used


def _sides(state: State, transaction: Transaction) -> Iterator[Instruction]:
    """The two instructions of a trade; none of a transaction to which not two sides have instructed."""
    if transaction.deliver and transaction.receive:
        for number in (transaction.deliver, transaction.receive):
            yield state.settlement.instructions[number]


def _settled(counting: Counting, transaction: Transaction) -> None:
    if transaction.kind in OF_BONDS:
        _paid(counting, transaction)
    if transaction.kind in OF_BONDS or transaction.kind in FREE_OF_CHARGE or not transaction.legs:
        return
    state, assets = counting.state, counting.state.assets
    moved = next((leg.asset for leg in transaction.legs if assets[leg.asset].kind is not AssetKind.MONEY), None)
    paid = transaction.payment or any(assets[leg.asset].kind is AssetKind.MONEY for leg in transaction.legs)
    item = FeeItem.PAYMENT if moved is None else FeeItem.DVP if paid else FeeItem.FOP
    parties = [side.party for side in _sides(state, transaction)] or _holders(state, transaction)
    base = assets[moved].base or moved if moved else transaction.legs[0].asset
    for party in parties:
        counting.add(item, party, base)


def _holders(state: State, transaction: Transaction) -> list[PartyNumber]:
    """Who gives and takes in the end, each once: whose accounts lie in between has no part in it."""
    accounts = (state.accounts[each] for leg in transaction.legs for each in (leg.giver, leg.taker))
    return list(dict.fromkeys(account.holder for account in accounts if account.purpose not in BETWEEN))


def _paid(counting: Counting, transaction: Transaction) -> None:
    """A page of a bond's payments: each that has reached a holder, not what was withheld or set aside."""
    state = counting.state
    action = state.servicing.actions.get(transaction.cause)
    if action is None:
        return
    for leg in transaction.legs:
        taker = state.accounts[leg.taker]
        if state.assets[leg.asset].kind is AssetKind.MONEY and taker.purpose not in NEVER_PAID:
            counting.add(FeeItem.INCOME, taker.holder, action.asset)
    if transaction.payment:
        counting.add(FeeItem.INCOME, state.settlement.payments[transaction.payment].payee, action.asset)


def _cancelled(counting: Counting, transaction: Transaction) -> None:
    """A trade that both sides took back: what a rule has cancelled is free of charge."""
    sides = list(_sides(counting.state, transaction))
    if all(side.cancel_asked for side in sides):
        for side in sides:
            counting.add(FeeItem.CANCELLED, side.party, side.order.asset)


def _failing(counting: Counting, transaction: Transaction, closing: SystemNumber) -> None:
    """A trade that fails costs the side in whose way it is: whose position lacks or is blocked, or who holds back."""
    state = counting.state
    if transaction.status is not Status.FAILING or state.assets[transaction.legs[0].asset].system != closing:
        return
    sides = list(_sides(state, transaction))
    guilty = [side.party for side in sides] if transaction.reason is Reason.BOTH else [transaction.lacking_party]
    for party in guilty if sides else ():
        if party and state.parties[party].standing is Standing.ACTIVE:
            counting.add(FeeItem.FAILING, party, sides[0].order.asset)


def nominal_of(state: State, schedule: Schedule) -> dict[PartyNumber, Units]:
    """The nominal that each party holds now, in the official books of the bonds that fall under a schedule; what is
    beyond all bonds there are is held free of charge, so that a month of it stays within 64 bits."""
    found: dict[PartyNumber, Units] = {}
    for number, asset in state.assets.items():
        if _falls(asset, schedule):
            for account, units in state.positions.holders(number):
                holder = state.accounts[account].holder
                if holder != schedule.collector:
                    found[holder] = min(found.get(holder, 0) + units, MOST_NOMINAL)
    return found


def _falls(asset: Asset, schedule: Schedule) -> bool:
    bond = asset.kind is AssetKind.BOND
    return bond and asset.system == schedule.system and asset.currency == schedule.currency


def accounts_of(state: State, collector: PartyNumber, first: int, after: int) -> dict[PartyNumber, int]:
    """How many accounts in the official book each party had between two moments."""
    found: dict[PartyNumber, int] = {}
    for account in state.accounts.values():
        there = account.opened < after and (not account.closed or account.closed > first)
        if there and not account.tier and account.purpose in CHARGED and account.holder != collector:
            found[account.holder] = found.get(account.holder, 0) + 1
    return found
