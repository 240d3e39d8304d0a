"""How transactions settle: one by one, each when nothing stands in its way.

A transaction is legs that settle at one instant, or not at all: a matched trade, an issue, a coupon, a power. On its
day it is tried; what it lacks is told once, and it waits, filed under the one position whose rise would help it. Where
another waits for what it brings, and brings what it lacks, the two settle together.
Everything that moves value on the ledger comes through here, and nothing else posts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.days import DutyKind, Phase, System, WorkKind
from bauhinia.ledger.instructions import (
    GROSS,
    OPEN,
    Instruction,
    OutsidePayment,
    PaymentStatus,
    Status,
    Transaction,
    TransactionKind,
)
from bauhinia.ledger.links import breaks, fulfil, joined, sides_of, touched, unlink
from bauhinia.ledger.positions import account_of, asset_of, key_of
from bauhinia.ledger.posting import Leg, earmark, obstacle, post, release
from bauhinia.ledger.state import State
from bauhinia.ledger.waiting import Line, need_of
from bauhinia.rules.registers import keep
from bauhinia.rules.step import Audience, Step
from bauhinia.words.dates import MINUTE
from bauhinia.words.ids import (
    NO_ACCOUNT,
    NO_ASSET,
    NO_PARTY,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, Refused, must

# transactions that may move a register that is closed for redemption; what servicing moves itself is no such thing
BESIDE_SERVICING = (
    TransactionKind.TRADE,
    TransactionKind.ISSUE,
    TransactionKind.POWER,
    TransactionKind.MERGER,
    TransactionKind.CANCELLATION,
)
SHORT = (Reason.LACK, Reason.MONY)  # what a position that rises may help
LOOKS = 16  # at those that might settle together with one that waits
Outside = tuple[AssetNumber, PartyNumber, PartyNumber, Units]  # money, payer, payee, amount: paid in an RTGS


@dataclass(slots=True)
class Ordered:
    """A transaction of the ledger's own: an issue, a payment of a bond, a claim, a power. `money` and `amount` of a
    payment outside the ledger from `payer` to `payee` are zero where there is none."""

    transaction: TransactionNumber
    kind: TransactionKind
    legs: tuple[Leg, ...]
    settlement_date: date
    cause: ActionNumber
    money: AssetNumber
    payer: PartyNumber
    payee: PartyNumber
    amount: Units


@dataclass(slots=True)
class Waits:
    """A transaction cannot settle yet: one fact, told to each side in its own words. `account` and `asset` name the
    position that lacks or is blocked; zero where the reason is a day, a phase, a hold or a link."""

    transaction: TransactionNumber
    reason: Reason
    party: PartyNumber
    account: AccountNumber
    asset: AssetNumber


@dataclass(slots=True)
class Settled:
    """Final (SF3): the legs of these transactions have moved, all at one instant."""

    transactions: tuple[TransactionNumber, ...]
    time: Micros


@dataclass(slots=True)
class Failed:
    """The cut-off of the intended date has passed: failing from now on, and tried again each day."""

    transactions: tuple[TransactionNumber, ...]
    date: date


@dataclass(slots=True)
class TransactionCancelled:
    """A transaction, with its instructions if it has any, is cancelled: by both sides, or by a rule that says why."""

    transaction: TransactionNumber
    reason: str


@dataclass(slots=True)
class PaymentAsked:
    """The legs of a transaction are earmarked, and its payment outside the ledger is to be made."""

    payment: int
    time: Micros


@dataclass(slots=True)
class Retried:
    """These transactions are tried again: a day has begun, a phase, or an unblocking has come."""

    transactions: tuple[TransactionNumber, ...]


def try_transaction(step: Step, subject: int) -> None:
    """A follow-up: settle a transaction, or tell what it waits for; tells nothing that has been told already.

    Asked in order: holds; the day and phase of the securities' system, then of the money's; a pause or halt of the
    money of an outside payment; whether it settles in a cycle alone; links; blocks, lacks and backing of the legs. With
    a payment outside the ledger, the legs are earmarked and the payment asked for. One that lacks something settles
    with another that is its counterpart.
    """
    transaction = step.state.settlement.transactions.get(TransactionNumber(subject))
    if transaction is None or transaction.status not in OPEN:
        return
    found = waiting_for(step.state, transaction, step.time)
    if found is not None:
        other = _counterpart(step.state, transaction, found, step.time)
        if other is not None:
            step.emit(Settled(tuple(sorted((transaction.number, other.number))), step.time))
            step.legs += len(transaction.legs) + len(other.legs)
            return
        tell(step, transaction, found)
        return
    if transaction.payment:
        step.emit(PaymentAsked(transaction.payment, step.time))
    else:
        step.emit(Settled((transaction.number,), step.time))
    step.legs += len(transaction.legs)


def tell(step: Step, transaction: Transaction, found: Waits) -> None:
    """Tell what a transaction waits for, unless that has been told. What a cycle was short of stands till the next."""
    told = transaction.reason, transaction.lacking_party, transaction.waits
    if transaction.model != GROSS and found.reason is Reason.CYCL and transaction.reason in SHORT:
        return
    if (found.reason, found.party, key_of(found.account, found.asset)) != told:
        step.emit(found)
    elif in_line(transaction):
        line = step.state.settlement.waiting.get(transaction.waits, Line())
        must(line.holds(transaction.priority, transaction.number), "waits unfiled", transaction.number)
        if line.fits(step.state.positions.available(found.account, found.asset)):
            step.emit(found)  # what it was woken for went to another, and helps one that stands behind it


def _counterpart(state: State, transaction: Transaction, found: Waits, time: Micros) -> Transaction | None:
    """A trade between the same two parties that waits for what this one brings and brings what this one lacks, so that
    the two settle together: the first filed of those that can, among the first `LOOKS`."""
    if found.reason not in SHORT:
        return None
    settlement, lacked, looks = state.settlement, key_of(found.account, found.asset), LOOKS
    for party, other_party, fed, _ in offset_keys(state, transaction, lacked):
        for number in islice(settlement.offsets.get((party, other_party, lacked, fed), ()), looks):
            looks -= 1
            other = settlement.transactions[number]
            if other is transaction or withheld(state, other, time) is not None:
                continue
            if breaks(state, other, (other.number,)):
                continue
            if obstacle(state.book, (*transaction.legs, *other.legs), time) is None:
                return other
    return None


def offset_keys(state: State, transaction: Transaction, lacked: int) -> list[tuple[int, int, int, int]]:
    """The keys under which a trade, a payment or a deposit that lacks something may be found by its counterpart: the
    two parties, or banks, a position that it feeds, the position that it lacks. None of a payment outside the ledger:
    no two settle at one instant."""
    deposit = state.networks.transfers.get(transaction.number)
    if transaction.payment or not (transaction.deliver or deposit):
        return []
    if deposit:
        party, other = sorted((deposit.payer_bank, deposit.payee_bank))
    else:
        first = state.settlement.instructions[transaction.deliver]
        second = state.settlement.instructions.get(transaction.receive)  # of a payment alone there is none
        party, other = sorted((first.party, second.party if second else first.order.counterparty))
    fed = dict.fromkeys(key_of(leg.taker, leg.asset) for leg in transaction.legs)
    return [(party, other, each, lacked) for each in fed]


def waiting_for(state: State, transaction: Transaction, time: Micros) -> Waits | None:
    """What a transaction waits for, or None if it can settle now."""
    found = withheld(state, transaction, time)
    if found is not None:
        return found
    if breaks(state, transaction, (transaction.number,)):
        return Waits(transaction.number, Reason.LINK, NO_PARTY, NO_ACCOUNT, NO_ASSET)
    in_the_way = obstacle(state.book, transaction.legs, time)
    if in_the_way is None:
        return None
    party = state.accounts[in_the_way.account].holder
    return Waits(transaction.number, in_the_way.reason, party, in_the_way.account, in_the_way.asset)


def withheld(state: State, transaction: Transaction, time: Micros, *, in_cycle: bool = False) -> Waits | None:
    """What keeps a transaction from settling, whatever its links and its legs find: a hold, a day, a phase, the money
    of a payment outside the ledger, that it settles `in_cycle` alone; None where nothing does."""
    number = transaction.number
    sides = [each for each in (transaction.deliver, transaction.receive) if each]
    held = [each for each in sides if state.settlement.instructions[each].hold]
    if held:
        reason = Reason.BOTH if len(held) == 2 else Reason.PREA
        party = NO_PARTY if len(held) == 2 else state.settlement.instructions[held[0]].party
        return Waits(number, reason, party, NO_ACCOUNT, NO_ASSET)
    closed = _not_now(state, transaction)
    if closed is not None:
        return Waits(number, closed, NO_PARTY, NO_ACCOUNT, NO_ASSET)
    if transaction.payment:
        money = state.assets[state.settlement.payments[transaction.payment].money]
        if money.paused or money.halted:
            reason = Reason.PAUSED if money.paused else Reason.HALTED
            return Waits(number, reason, NO_PARTY, NO_ACCOUNT, money.number)
    if transaction.model != GROSS and not in_cycle:
        return Waits(number, Reason.CYCL, NO_PARTY, NO_ACCOUNT, NO_ASSET)
    return None


def _not_now(state: State, transaction: Transaction) -> Reason | None:
    """Whether the day or the phase of a system that the transaction moves in is against it."""
    systems: dict[SystemNumber, None] = {}
    against = bool(transaction.payment)
    for leg in transaction.legs:
        asset = state.assets[leg.asset]
        systems[asset.system] = None
        against = against or asset.kind is AssetKind.MONEY
    if transaction.payment:
        systems[state.assets[state.settlement.payments[transaction.payment].money].system] = None
    for number in systems:
        system = state.days.systems[number]
        if transaction.settlement_date > system.date:
            return Reason.FUTU
        if not accepts(system, against=against):
            return Reason.CYCL
    return None


def accepts(system: System, *, against: bool) -> bool:
    """Whether something may settle in the system's phase; against payment only before the cut-off for it."""
    if system.phase is Phase.OPEN:
        return True
    return system.phase is Phase.DVP_CUT_OFF and not against


def open_status(state: State, transaction: Transaction) -> Status:
    """Of a transaction that waits: failing once the intended date is past, pending until then."""
    legs = transaction.legs
    late = legs and transaction.settlement_date < state.days.systems[state.assets[legs[0].asset].system].date
    return Status.FAILING if late else Status.PENDING


def require_movable(state: State, legs: Sequence[Leg], time: Micros, *, forced: bool = False) -> None:
    """Refuse unless nothing stands in the way of legs; said with the account, the asset and what is lacking."""
    found = obstacle(state.book, legs, time, forced=forced)
    if found is not None:
        raise Refused(found.reason, found.account, found.asset, found.lacking)


def settle_now(
    step: Step, kind: TransactionKind, legs: list[Leg], settlement_date: date, cause: ActionNumber = ActionNumber(0)
) -> TransactionNumber:
    """Tell a transaction of the ledger's own and its settlement together. The rule has asked `obstacle` before."""
    number = order(step, kind, legs, settlement_date, cause)
    step.emit(Settled((number,), step.time))
    step.legs += len(legs)
    return number


def order(
    step: Step,
    kind: TransactionKind,
    legs: list[Leg],
    settlement_date: date,
    cause: ActionNumber = ActionNumber(0),
    outside: Outside | None = None,
) -> TransactionNumber:
    """Tell a transaction that is tried by and by; `outside` is a payment in an RTGS: money, payer, payee, amount."""
    number = TransactionNumber(step.state.settlement.last_transaction + 1)
    money, payer, payee, amount = outside or (NO_ASSET, NO_PARTY, NO_PARTY, 0)
    step.emit(Ordered(number, kind, tuple(legs), settlement_date, cause, money, payer, payee, amount))
    return number


def open_transaction(
    state: State,
    number: TransactionNumber,
    kind: TransactionKind,
    legs: tuple[Leg, ...],
    settlement_date: date,
    cause: ActionNumber = ActionNumber(0),
    outside: Outside | None = None,
) -> Transaction:
    """A new transaction in the state, with its outside payment if it has one, queued to be tried; for `evolve` only."""
    settlement = state.settlement
    settlement.last_transaction = number
    transaction = Transaction(number, kind, legs, settlement_date, cause=cause)
    if outside:
        settlement.last_payment += 1
        transaction.payment = settlement.last_payment
        settlement.payments[transaction.payment] = OutsidePayment(transaction.payment, number, *outside)
    settlement.transactions[number] = transaction
    settlement.live[number] = True
    state.follow(WorkKind.SETTLE, number)
    return transaction


def on_ordered(state: State, event: Ordered) -> None:
    outside = (event.money, event.payer, event.payee, event.amount) if event.money else None
    open_transaction(state, event.transaction, event.kind, event.legs, event.settlement_date, event.cause, outside)


def on_waits(state: State, event: Waits) -> None:
    """File the transaction under the position that it lacks, or among those that wait for a moment. What it waited for
    before may now help others in that line."""
    settlement = state.settlement
    transaction = settlement.transactions[event.transaction]
    before = transaction.waits if in_line(transaction) else 0
    unfile(state, transaction)
    if transaction.deliver:
        system = state.assets[transaction.legs[0].asset].system
        state.penalties.note(transaction, event.reason, state.days.systems[system].date)
    transaction.reason, transaction.lacking_party = event.reason, event.party
    transaction.waits = key_of(event.account, event.asset)
    if in_line(transaction):
        _file(state, transaction)
    else:
        settlement.dated[event.transaction] = True
        if event.reason is Reason.HOLDING_LIMIT:
            settlement.room.setdefault(transaction.waits, {})[event.transaction] = True
    if before:
        wake(state, account_of(before), asset_of(before))


def in_line(transaction: Transaction) -> bool:
    """Whether a transaction waits for a position that rises. What settles in a cycle alone waits for the next."""
    return transaction.reason in SHORT and transaction.model == GROSS


def ask_again(state: State, numbers: Iterable[TransactionNumber]) -> None:
    """What these were told may be so no longer: they leave their lines and are tried; for `evolve` only."""
    settlement = state.settlement
    for transaction in (settlement.transactions[number] for number in numbers):
        if transaction.status not in OPEN:
            continue
        before = transaction.waits if in_line(transaction) else 0
        unfile(state, transaction)
        transaction.reason, transaction.lacking_party, transaction.waits = Reason.NMAT, NO_PARTY, 0
        settlement.dated[transaction.number] = True
        state.follow(WorkKind.SETTLE, transaction.number)
        if before:
            wake(state, account_of(before), asset_of(before))


def break_links(state: State, *instructions: Instruction) -> None:
    """Instructions are no more: their links go with them; for `evolve` only."""
    for instruction in instructions:
        asked = touched(state, instruction)
        unlink(state, instruction)
        ask_again(state, asked)


def _file(state: State, transaction: Transaction) -> None:
    """Put a transaction into the line at the position that it lacks, with what it needs there together with what it is
    linked with, and among those that another may offset."""
    settlement = state.settlement
    line = settlement.waiting.setdefault(transaction.waits, Line())
    need = sum(need_of(each, transaction.waits) for each in joined(state, transaction)[0])
    line.add(transaction.priority, transaction.number, need)
    for key in offset_keys(state, transaction, transaction.waits):
        settlement.offsets.setdefault(key, {})[transaction.number] = True


def changed(state: State, transaction: Transaction, priority: int, legs: tuple[Leg, ...]) -> None:
    """A transaction has another priority, or other legs, while it waits: its place in the line follows; for `evolve`
    only."""
    filed = in_line(transaction) and transaction.status in OPEN and transaction.waits in state.settlement.waiting
    if filed:
        unfile(state, transaction)
    transaction.priority, transaction.legs = priority, legs
    if filed:
        _file(state, transaction)


def unfile(state: State, transaction: Transaction) -> None:
    """Take a transaction out of whatever it waits in; for `evolve` only."""
    settlement = state.settlement
    settlement.dated.pop(transaction.number, None)
    if transaction.reason is Reason.HOLDING_LIMIT and transaction.waits in settlement.room:
        filed_for_room = settlement.room[transaction.waits]
        filed_for_room.pop(transaction.number, None)
        if not filed_for_room:
            del settlement.room[transaction.waits]
    if not in_line(transaction) or transaction.waits not in settlement.waiting:
        return
    line = settlement.waiting[transaction.waits]
    line.remove(transaction.priority, transaction.number)
    if not line:
        del settlement.waiting[transaction.waits]
    for key in offset_keys(state, transaction, transaction.waits):
        filed = settlement.offsets[key]
        del filed[transaction.number]
        if not filed:
            del settlement.offsets[key]


def wake(state: State, account: AccountNumber, asset: AssetNumber) -> None:
    """A position has risen: queue whom it may help of those that wait for it, by priority and age, as far as what it
    has goes; for `evolve` only."""
    line = state.settlement.waiting.get(key_of(account, asset))
    if line is not None:
        for number in line.fits(state.positions.available(account, asset)):
            state.follow(WorkKind.SETTLE, number)
    base = state.servicing.served.get(account)
    if base is not None:
        pay_owed(state, base)


def make_room(state: State, account: AccountNumber, asset: AssetNumber) -> None:
    """A wallet holds less, or may hold more: queue what waits for room in it; for `evolve` only."""
    for number in state.settlement.room.get(key_of(account, asset), ()):
        state.follow(WorkKind.SETTLE, number)


def pay_owed(state: State, base: AssetNumber) -> None:
    """Queue what is due and unpaid on a bond, the oldest first; for `evolve` only."""
    for number in state.servicing.owed.get(base, ()):
        state.follow(WorkKind.PAY_PAGE, number)


def retry_all(state: State) -> None:
    """Something that held transactions back is gone: queue those that wait for a moment; for `evolve` only."""
    for number in state.settlement.dated:
        state.follow(WorkKind.SETTLE, number)


def on_settled(state: State, event: Settled) -> None:
    """All legs move at once: in between a position may dip, at the end none is below its floor."""
    settlement = state.settlement
    settling = [settlement.transactions[number] for number in event.transactions]
    legs: list[Leg] = []
    for transaction in settling:
        if transaction.status in (Status.CONFIRMING, Status.IN_DOUBT):
            release(state.book, transaction.legs)
        unfile(state, transaction)
        legs += transaction.legs
    post(state.book, legs)
    keep(state, legs, event.time)
    for transaction in settling:
        transaction.status, transaction.settled = Status.SETTLED, event.time
        if transaction.payment:
            settlement.payments[transaction.payment].settled = event.time
        _gone(state, transaction)
        for side in sides_of(state, transaction):
            fulfil(state, side)
        _tell_servicing(state, transaction)
    for account, asset in dict.fromkeys((leg.taker, leg.asset) for leg in legs):
        wake(state, account, asset)
    if settlement.room:
        for account, asset in dict.fromkeys((leg.giver, leg.asset) for leg in legs):
            make_room(state, account, asset)


def _gone(state: State, transaction: Transaction) -> None:
    """A transaction is settled or cancelled: it no longer waits for anything."""
    settlement = state.settlement
    del settlement.live[transaction.number]
    settlement.parting.pop(transaction.number, None)
    settlement.cycling.pop(transaction.number, None)
    settlement.done.append(transaction.number)


def _tell_servicing(state: State, transaction: Transaction) -> None:
    """Queue what servicing does when a transaction settles: what watches it, and a register it moves while closed; and
    the deposits that are held for it."""
    servicing, deliveries = state.servicing, state.networks.deliveries
    if deliveries:
        for number in (transaction.deliver, transaction.receive):
            if number in deliveries:
                state.follow(WorkKind.DELIVERED, number)
    kind = servicing.watched.pop(transaction.number, None)
    if kind is not None:
        state.follow(kind, transaction.number)
    if servicing.closed and transaction.kind in BESIDE_SERVICING:
        bases = (state.assets[leg.asset].base for leg in transaction.legs)
        if any(base in servicing.closed for base in bases):
            state.follow(WorkKind.AMEND, transaction.number)


def on_failed(state: State, event: Failed) -> None:
    for number in event.transactions:
        state.settlement.transactions[number].status = Status.FAILING


def on_transaction_cancelled(state: State, event: TransactionCancelled) -> None:
    settlement = state.settlement
    transaction = settlement.transactions[event.transaction]
    must(transaction.status in OPEN, "cancelled what is final or in doubt", event.transaction)
    sides = sides_of(state, transaction)
    break_links(state, *sides)
    unfile(state, transaction)
    transaction.status = Status.CANCELLED
    _gone(state, transaction)
    for side in sides:
        side.cancelled = True
    kind = state.servicing.watched.pop(transaction.number, None)
    if kind is not None:
        state.follow(kind, transaction.number)


def on_payment_asked(state: State, event: PaymentAsked) -> None:
    payment = state.settlement.payments[event.payment]
    transaction = state.settlement.transactions[payment.transaction]
    unfile(state, transaction)
    earmark(state.book, transaction.legs)
    transaction.status, transaction.reason = Status.CONFIRMING, Reason.CONF
    payment.status, payment.requested = PaymentStatus.REQUESTED, event.time
    payment.deadline = event.time + state.settings.confirm_minutes * MINUTE
    state.schedule(payment.deadline, DutyKind.PAYMENT_DEADLINE, payment.number)


def on_retried(state: State, event: Retried) -> None:
    for number in event.transactions:
        state.follow(WorkKind.SETTLE, number)
    for base in state.servicing.owed:
        pay_owed(state, base)
    for each in state.servicing.suspense.values():
        if each.prescribes <= state.time:
            state.follow(WorkKind.PRESCRIBE, each.number)


def sees_transaction(state: State, event: Ordered | Waits | TransactionCancelled | PaymentAsked) -> Audience:
    """Whoever holds an account in it; in an outside payment also payer, payee and the settlement institution."""
    number = (
        state.settlement.payments[event.payment].transaction if isinstance(event, PaymentAsked) else event.transaction
    )
    return parties_to(state, number)


def sees_transactions(state: State, event: Settled | Failed | Retried) -> Audience:
    found: dict[PartyNumber, None] = {}
    for number in event.transactions:
        found.update(dict.fromkeys(parties_to(state, number)))
    return tuple(found)


def parties_to(state: State, number: TransactionNumber) -> Audience:
    """The parties to a transaction, each once, in the order of its legs; with an account below the official book also
    the keeper in whose book it stands; last whoever instructed it under a mandate."""
    transaction = state.settlement.transactions[number]
    found: dict[PartyNumber, None] = {}
    for leg in transaction.legs:
        for account in (state.accounts[leg.giver], state.accounts[leg.taker]):
            found[account.holder] = None
            if account.tier:
                found[account.keeper] = None
    if transaction.payment:
        payment = state.settlement.payments[transaction.payment]
        for party in (payment.payer, payment.payee, state.assets[payment.money].issuer):
            found[party] = None
    for each in (transaction.deliver, transaction.receive):
        if each and state.settlement.instructions[each].agent:
            found[state.settlement.instructions[each].agent] = None
    return tuple(found)
