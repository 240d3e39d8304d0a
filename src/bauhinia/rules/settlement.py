"""How transactions settle: one by one, each when nothing stands in its way.

A transaction is legs that settle at one instant, or not at all: a matched trade, an issue, a coupon, a power. On its
day it is tried; what it lacks is told once, and it waits, filed under the one position whose rise would help it. Where
another waits for what it brings, and brings what it lacks, the two settle together.
Everything that moves value on the ledger comes through here, and nothing else posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.days import DutyKind, Phase, System, WorkKind
from bauhinia.ledger.instructions import (
    OPEN,
    OutsidePayment,
    PaymentStatus,
    Status,
    Transaction,
    TransactionKind,
)
from bauhinia.ledger.positions import account_of, asset_of, key_of
from bauhinia.ledger.posting import Leg, earmark, obstacle, post, release
from bauhinia.ledger.state import State
from bauhinia.ledger.waiting import Line
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
    position that lacks or is blocked; zero where the reason is a day, a phase or a hold."""

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
    money of an outside payment; blocks, lacks and backing of the legs. With a payment outside the ledger, the legs are
    earmarked and the payment asked for. One that lacks something settles with another that is its counterpart.
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
        if (found.reason, found.party, key_of(found.account, found.asset)) != _told(transaction):
            step.emit(found)
        elif found.reason in SHORT:
            line = step.state.settlement.waiting.get(transaction.waits, Line())
            must(line.holds(transaction.priority, transaction.number), "waits unfiled", subject)
        return
    if transaction.payment:
        step.emit(PaymentAsked(transaction.payment, step.time))
    else:
        step.emit(Settled((transaction.number,), step.time))
    step.legs += len(transaction.legs)


def _told(transaction: Transaction) -> tuple[Reason, PartyNumber, int]:
    return transaction.reason, transaction.lacking_party, transaction.waits


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
            if obstacle(state.book, (*transaction.legs, *other.legs), time) is None:
                return other
    return None


def offset_keys(state: State, transaction: Transaction, lacked: int) -> list[tuple[int, int, int, int]]:
    """The keys under which a trade that lacks something may be found by its counterpart: the two parties, a position
    that it feeds, the position that it lacks. None of a payment outside the ledger: no two settle at one instant."""
    if not transaction.deliver or transaction.payment:
        return []
    sides = (transaction.deliver, transaction.receive)
    party, other = sorted(state.settlement.instructions[each].party for each in sides)
    fed = dict.fromkeys(key_of(leg.taker, leg.asset) for leg in transaction.legs)
    return [(party, other, each, lacked) for each in fed]


def waiting_for(state: State, transaction: Transaction, time: Micros) -> Waits | None:
    """What a transaction waits for, or None if it can settle now."""
    found = withheld(state, transaction, time)
    if found is not None:
        return found
    in_the_way = obstacle(state.book, transaction.legs, time)
    if in_the_way is None:
        return None
    party = state.accounts[in_the_way.account].holder
    return Waits(transaction.number, in_the_way.reason, party, in_the_way.account, in_the_way.asset)


def withheld(state: State, transaction: Transaction, time: Micros) -> Waits | None:
    """What keeps a transaction from settling, whatever its legs find: a hold, a day, a phase, the money of a payment
    outside the ledger; None where nothing does."""
    number = transaction.number
    sides = (transaction.deliver, transaction.receive) if transaction.deliver else ()
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


def retry_system(step: Step, subject: int) -> None:
    """A follow-up: what waits for a day, a phase, a release or an unblocking is tried again."""
    servicing = step.state.servicing
    overdue = any(each.prescribes <= step.time for each in servicing.suspense.values())
    if step.state.settlement.dated or servicing.owed or overdue:
        step.emit(Retried(tuple(step.state.settlement.dated)))


def fail_day(step: Step, subject: int) -> None:
    """A follow-up at a system's end of day: what was due and did not settle is failing, and is recycled."""
    state = step.state
    system = state.days.systems[SystemNumber(subject)]
    late = tuple(
        number for number in state.settlement.live if _fails(state, state.settlement.transactions[number], system)
    )
    if late:
        step.emit(Failed(late, system.date))


def _fails(state: State, transaction: Transaction, system: System) -> bool:
    if transaction.status is not Status.PENDING or transaction.settlement_date > system.date:
        return False
    return bool(transaction.legs) and state.assets[transaction.legs[0].asset].system == system.number


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
    before = transaction.waits if transaction.reason in SHORT else 0
    unfile(state, transaction)
    if transaction.deliver:
        system = state.assets[transaction.legs[0].asset].system
        state.penalties.note(transaction, event.reason, state.days.systems[system].date)
    transaction.reason, transaction.lacking_party = event.reason, event.party
    transaction.waits = key_of(event.account, event.asset)
    if event.reason in SHORT:
        _file(state, transaction)
    else:
        settlement.dated[event.transaction] = True
    if before:
        wake(state, account_of(before), asset_of(before))


def _file(state: State, transaction: Transaction) -> None:
    """Put a transaction into the line at the position that it lacks, and among those that another may offset."""
    settlement = state.settlement
    line = settlement.waiting.setdefault(transaction.waits, Line())
    line.add(transaction.priority, transaction.number, need_of(transaction, transaction.waits))
    for key in offset_keys(state, transaction, transaction.waits):
        settlement.offsets.setdefault(key, {})[transaction.number] = True


def changed(state: State, transaction: Transaction, priority: int, legs: tuple[Leg, ...]) -> None:
    """A transaction has another priority, or other legs, while it waits: its place in the line follows; for `evolve`
    only."""
    filed = transaction.reason in SHORT and transaction.status in OPEN and transaction.waits in state.settlement.waiting
    if filed:
        unfile(state, transaction)
    transaction.priority, transaction.legs = priority, legs
    if filed:
        _file(state, transaction)


def need_of(transaction: Transaction, position: int) -> Units:
    """What the legs of a transaction, taken together, draw from a position."""
    need = 0
    for leg in transaction.legs:
        if key_of(leg.giver, leg.asset) == position:
            need += leg.amount
        if key_of(leg.taker, leg.asset) == position:
            need -= leg.amount
    return need


def unfile(state: State, transaction: Transaction) -> None:
    """Take a transaction out of whatever it waits in; for `evolve` only."""
    settlement = state.settlement
    settlement.dated.pop(transaction.number, None)
    if transaction.reason not in SHORT or transaction.waits not in settlement.waiting:
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
        del settlement.live[transaction.number]
        settlement.parting.pop(transaction.number, None)
        settlement.done.append(transaction.number)
        _tell_servicing(state, transaction)
    for account, asset in dict.fromkeys((leg.taker, leg.asset) for leg in legs):
        wake(state, account, asset)


def _tell_servicing(state: State, transaction: Transaction) -> None:
    """Queue what servicing does when a transaction settles: what watches it, and a register it moves while closed."""
    servicing = state.servicing
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
    unfile(state, transaction)
    transaction.status = Status.CANCELLED
    del settlement.live[event.transaction]
    settlement.parting.pop(event.transaction, None)
    settlement.done.append(event.transaction)
    for number in (transaction.deliver, transaction.receive):
        if number:
            settlement.instructions[number].cancelled = True
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


def forget_done(state: State) -> None:
    """What is settled or cancelled leaves the state when its day has ended: the journal keeps it. An outside payment
    that was confirmed stays until the RTGS has stated its day. For `evolve` only."""
    settlement = state.settlement
    gone = list(settlement.withdrawn)
    for number in settlement.done:
        transaction = settlement.transactions.pop(number)
        state.penalties.forget(number)
        gone += [each for each in (transaction.deliver, transaction.receive) if each]
    over = [
        each
        for each, payment in settlement.payments.items()
        if payment.transaction not in settlement.live and payment.status is not PaymentStatus.CONFIRMED
    ]
    for payment_number in over:
        del settlement.payments[payment_number]
    for each in gone:
        instruction = settlement.instructions.pop(each)
        del settlement.references[instruction.party, instruction.order.reference]
    settlement.done.clear()
    settlement.withdrawn.clear()


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
    the keeper in whose book it stands."""
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
    return tuple(found)
