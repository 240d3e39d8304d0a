"""How a keeper pays down its own book: out of what its omnibus account was paid, to its clients of record.

As soon as an omnibus account is paid, its keeper's book follows, client by client, if the money is still there; a
client that is a keeper itself pays down its own book in turn. What rounding leaves stays with the keeper, which is
told. A client that cannot be paid is passed over, and its money stays with the keeper until the keeper tries again.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from bauhinia.ledger.actions import Action, Payout, PayState, Record, tier_of, tier_subject
from bauhinia.ledger.assets import Asset
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.posting import Leg, obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.electing import hindrance
from bauhinia.rules.payouts import HeldBack, order_payout
from bauhinia.rules.recording import begin_tier, books_below
from bauhinia.rules.settlement import accepts, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.withholding import part_tax, withhold
from bauhinia.words.ids import AccountNumber, ActionNumber, AssetNumber, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Fault, Reason, known, require

PAGE = 20_000  # legs


@dataclass(slots=True)
class PayTier:
    """A command by a keeper: the clients of an omnibus account who are still to be paid are tried again."""

    action: ActionNumber
    omnibus: AccountNumber


@dataclass(slots=True)
class TierBegun:
    action: ActionNumber
    omnibus: AccountNumber


@dataclass(slots=True)
class TierPaid:
    """Rows `first` up to `after` of a keeper's record are paid by `transaction`, but for those `beside`. After the last
    row `residue` is what rounding leaves with the keeper of what it was paid."""

    action: ActionNumber
    omnibus: AccountNumber
    first: int
    after: int
    transaction: TransactionNumber
    amount: Units
    beside: tuple[int, ...]
    residue: Units


@dataclass(slots=True)
class TierWaits:
    """A keeper's book cannot be paid down: its money is spent or blocked, or settles no more today. The keeper tries
    again."""

    action: ActionNumber
    omnibus: AccountNumber
    reason: Reason
    lacking: Units


@dataclass(slots=True)
class Source:
    """What a keeper's clients are paid from: the row of its omnibus account in the record above, the money in which it
    was paid, and its cash account."""

    upper: Record
    row: int
    money: Asset
    cash: AccountNumber
    keeper: PartyNumber

    def share(self, amount: Units) -> Units:
        """What is to have reached a client by now of all that it is entitled to: as much as has reached the keeper."""
        whole = self.upper.amounts[self.row]
        return amount * self.upper.paid[self.row] // whole if whole else 0


def below(state: State, action: Action, omnibus: AccountNumber) -> tuple[Record, Source] | None:
    """The record of a keeper's book, and what its clients are paid from; None where it keeps none of this bond, or was
    not in the record above."""
    record = next((each for each in action.records.values() if each.keeper == omnibus), None)
    upper = action.records.get(state.assets[record.asset].backing_asset) if record else None
    row = upper.row(omnibus) if upper else None
    if record is None or upper is None or row is None:
        return None
    account = state.accounts[omnibus]
    money = _money_of(state, action, upper, row)
    if money is None:
        return None
    return record, Source(upper, row, money, account.cash_account or omnibus, account.holder)


def _money_of(state: State, action: Action, record: Record, row: int) -> Asset | None:
    """In what a row is paid: the official record says it; in a book below, as the keeper itself was."""
    while record.keeper:
        upper = action.records[state.assets[record.asset].backing_asset]
        found = upper.row(record.keeper)
        if found is None:
            return None
        record, row = upper, found
    return state.assets.get(AssetNumber(record.moneys[row]))


def pay_tier(step: Step, command: PayTier) -> None:
    """Checked in order: the action; the omnibus account, the asker's own, with a book of the bond at the record date;
    that it has been paid; that clients are still to be paid; then that the money is there."""
    state = step.state
    action = known(state.servicing.actions.get(command.action), Reason.UNKNOWN_ACTION, command.action)
    account = known(state.accounts.get(command.omnibus), Reason.UNKNOWN_ACCOUNT, "omnibus", command.omnibus)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "omnibus", command.omnibus)
    record, source = known(below(state, action, command.omnibus), Reason.UNKNOWN_ACTION, command.action)
    reached = source.upper.paid[source.row] and source.upper.states[source.row] != PayState.SUSPENSE
    require(reached, Reason.NOT_DUE, command.action)
    owed = _owed(state, action, record, source)
    under_way = (WorkKind.PAY_TIER, tier_subject(action.number, command.omnibus)) in state.days.queued
    require(owed and not under_way, Reason.ALREADY_DONE, "action", command.action)
    if source.money.on_ledger:
        available = state.positions.available(source.cash, source.money.number)
        require(available >= owed, Reason.MONY, source.cash, owed - available)
    step.emit(TierBegun(action.number, command.omnibus))


def _owed(state: State, action: Action, record: Record, source: Source) -> Units:
    """What the clients of a record are still to get of what has reached their keeper, net of tax."""
    return sum(part - part_tax(state, action, record, row, part) for row, part in _parts(record, source, 0))


def _parts(record: Record, source: Source, first: int, beside: Container[int] = ()) -> Iterator[tuple[int, Units]]:
    """What each client from row `first` on gets, but for those whose payment is under way (`beside` not counted).

    Its share of what has reached the keeper, less what it has been paid; in all no more than what the keeper has not
    paid on: units that came into a book after a part was paid on the others dilute the shares.
    """
    left = source.upper.paid[source.row] - sum(record.paid)
    for row in range(first, len(record.accounts)):
        if record.states[row] == PayState.CONFIRMING and row not in beside:
            continue
        part = min(source.share(record.amounts[row]) - record.paid[row], left)
        if part > 0:
            left -= part
            yield row, part


def pay_tier_page(step: Step, subject: int) -> None:
    """A follow-up: pay the next clients of a keeper, in one transaction."""
    state = step.state
    number, omnibus = tier_of(subject)
    action = state.servicing.actions[number]
    found = below(state, action, omnibus)
    if found is None:
        return
    record, source = found
    if source.upper.states[source.row] == PayState.SUSPENSE or record.cursor >= len(record.accounts):
        return
    waits = _waits(state, action, record, source)
    if waits is not None:
        step.emit(waits)
        return
    _pay(step, action, record, source)


def _waits(state: State, action: Action, record: Record, source: Source) -> TierWaits | None:
    """Why a book cannot be paid down now; asked whole before its first page."""
    system = state.days.systems[source.money.system]
    if not accepts(system, against=not source.money.on_ledger):
        return TierWaits(action.number, record.keeper, Reason.CYCL, 0)
    if not source.money.on_ledger:
        return None
    lacking = _owed(state, action, record, source) - state.positions.available(source.cash, source.money.number)
    if lacking > 0:
        return TierWaits(action.number, record.keeper, Reason.MONY, lacking)
    return None


def _pay(step: Step, action: Action, record: Record, source: Source) -> None:
    state, money = step.state, source.money
    legs, held, outside = list[Leg](), list[HeldBack](), list[Payout]()
    first, after, amount = record.cursor, len(record.accounts), 0
    received: dict[AccountNumber, Units] = {}
    for row, part in _parts(record, source, first):
        if len(legs) + len(outside) >= PAGE:
            after = row
            break
        client = state.accounts[AccountNumber(record.accounts[row])]
        cash = client.cash_account or client.number
        net = part - part_tax(state, action, record, row, part)
        why = hindrance(state, record.asset, client, money, step.time, net + received.get(cash, 0))
        if why is not None:
            held.append(HeldBack(action.number, record.asset, row, client.number, why))
        elif not money.on_ledger:
            outside.append(Payout(action.number, record.asset, row, part, 0))
        elif cash != source.cash and net:
            legs.append(Leg(money.number, source.cash, cash, net))
            received[cash] = received.get(cash, 0) + net
        if why is None and money.on_ledger:
            amount += net
    found = obstacle(state.book, legs, step.time)
    if found is not None:
        step.emit(TierWaits(action.number, record.keeper, found.reason, found.lacking))
        return
    number = TransactionNumber(0)
    if legs:
        today = state.days.systems[money.system].date
        number = settle_now(step, TransactionKind.TIER, legs, today, action.number)
    for each in held:
        step.emit(each)
    for payout in outside:
        order_payout(step, TransactionKind.TIER, payout, money.number, source.keeper, [])
    beside = tuple(sorted([each.row for each in held] + [payout.row for payout in outside]))
    residue = 0
    if after == len(record.accounts):
        residue = source.upper.paid[source.row] - sum(map(source.share, record.amounts))
    step.emit(TierPaid(action.number, record.keeper, first, after, number, amount, beside, residue))


def on_tier_begun(state: State, event: TierBegun) -> None:
    action = state.servicing.actions[event.action]
    record = next(each for each in action.records.values() if each.keeper == event.omnibus)
    begin_tier(state, action, record)


def on_tier_paid(state: State, event: TierPaid) -> None:
    """Mark the rows of the page, and have the keepers among the clients pay down their books."""
    action = state.servicing.actions[event.action]
    found = below(state, action, event.omnibus)
    if found is None:
        raise Fault(f"a book was paid that there is not: {event.omnibus}")
    record, source = found
    beside, keepers = dict.fromkeys(event.beside), books_below(state, action, record)
    for row, part in list(_parts(record, source, event.first, beside)):
        if row in beside or row >= event.after:
            continue
        account = AccountNumber(record.accounts[row])
        if account in keepers:
            begin_tier(state, action, keepers[account])
        withhold(state, action, record, row, part_tax(state, action, record, row, part))
        record.paid[row] += part
    for row in range(event.first, event.after):
        done = record.paid[row] == record.amounts[row] and record.states[row] != PayState.CONFIRMING
        if done and row not in beside:
            record.states[row] = PayState.PAID
    record.cursor = event.after
    if event.after < len(record.accounts):
        state.follow(WorkKind.PAY_TIER, tier_subject(event.action, event.omnibus))


def on_tier_waits(state: State, event: TierWaits) -> None:
    """Nothing changes: the keeper is told."""


def sees_tier(state: State, event: TierBegun | TierPaid | TierWaits) -> Audience:
    """The keeper alone."""
    return (state.accounts[event.omnibus].holder,)
