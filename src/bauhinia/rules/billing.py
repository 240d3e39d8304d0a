"""How a bill of fees is paid: by the party itself, or collected on its day from the account that it has named.

A party may dispute a bill until it is due; it is then collected when the collector has answered, by a correction or by
leaving it as it is. A correction of what is paid already is charged after, or paid back. Only what a party holds for
itself pays: never an account of its clients, and nothing is collected from a party that is insolvent.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.fees import Adjustment, Bill, BillStatus, Schedule
from bauhinia.ledger.instructions import OPEN, Status, TransactionKind
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.fees import fee_account
from bauhinia.rules.settlement import TransactionCancelled, order
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import LIMIT, AccountNumber, AssetNumber, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason, known, require

CORRECTED = "the bill was corrected"
INSOLVENT = "a side may settle no more"
MOST_ADJUSTMENTS = 64


@dataclass(slots=True)
class PayBill:
    """A command by the party: it pays what it owes on a bill, from its own account."""

    bill: int
    money: AssetNumber
    account: AccountNumber


@dataclass(slots=True)
class DisputeBill:
    """A command by the party, before the bill is due: it is wrong, and why."""

    bill: int
    why: str


@dataclass(slots=True)
class CorrectBill:
    """A command of four eyes by the collector: amounts are added to a bill or taken off it, and why; without any, a
    dispute is turned down."""

    bill: int
    adjustments: tuple[Adjustment, ...]
    why: str


@dataclass(slots=True)
class CollectionOrdered:
    """A payment of a bill is ordered, from or (where it is paid back) to the party's `account`."""

    bill: int
    transaction: TransactionNumber
    money: AssetNumber
    account: AccountNumber


@dataclass(slots=True)
class BillDisputed:
    bill: int
    why: str


@dataclass(slots=True)
class BillCorrected:
    bill: int
    adjustments: tuple[Adjustment, ...]
    total: Units
    why: str


@dataclass(slots=True)
class BillCollected:
    """A payment of a bill has settled: `amount` below zero was paid back; zero where the payment was cancelled."""

    bill: int
    transaction: TransactionNumber
    amount: Units


def _own_bill(step: Step, number: int) -> Bill:
    bill = known(step.state.fees.bills.get(number), Reason.STATE, "bill", number, "is not there")
    require(bill.party == step.asker, Reason.STATE, "bill", number, "is not there")
    return bill


def pay_bill(step: Step, command: PayBill) -> None:
    """Checked in order: the asker's bill, neither disputed nor being paid; that something is owed; the money, one in
    which it may be paid; the asker's own account."""
    bill = _own_bill(step, command.bill)
    require(bill.status is BillStatus.OPEN, Reason.STATE, "bill", bill.number, bill.status.name)
    require(bill.total > bill.paid, Reason.ALREADY_DONE, "bill", bill.number)
    schedule = step.state.fees.schedules[bill.schedule - 1]
    require(command.money in schedule.proceeds, Reason.UNKNOWN_ASSET, "money", command.money)
    fee_account(step, schedule.currency, command.money, command.account, "account")
    _order(step, bill, command.money, command.account)


def dispute_bill(step: Step, command: DisputeBill) -> None:
    """Checked in order: the asker's bill, open and not yet due; the reason."""
    bill = _own_bill(step, command.bill)
    require(bill.status is BillStatus.OPEN, Reason.STATE, "bill", bill.number, bill.status.name)
    require(not _is_due(step.state, bill), Reason.DATE, "bill", bill.number, "was due", bill.due)
    require_text(command.why, "why")
    step.emit(BillDisputed(bill.number, command.why))


def correct_bill(step: Step, command: CorrectBill) -> None:
    """Checked in order: a bill that the asker collects; the adjustments, none of them nothing, and what they leave;
    that anything changes; the reason; that what is to be paid back has somewhere to go. A payment that waits is
    cancelled for one of the new amount."""
    state = step.state
    bill = known(state.fees.bills.get(command.bill), Reason.STATE, "bill", command.bill, "is not there")
    schedule = state.fees.schedules[bill.schedule - 1]
    require(schedule.collector == step.asker, Reason.STATE, "bill", command.bill, "is not there")
    require(len(command.adjustments) <= MOST_ADJUSTMENTS, Reason.AMOUNT, "adjustments", len(command.adjustments))
    for each in command.adjustments:
        require(0 <= each.added < LIMIT, Reason.AMOUNT, "added", each.added)
        require(0 <= each.taken < LIMIT, Reason.AMOUNT, "taken", each.taken)
        require(each.change, Reason.AMOUNT, each.item.name, each.change)
    total = bill.total + sum(each.change for each in command.adjustments)
    require(0 <= total < LIMIT, Reason.AMOUNT, "total", total)
    require(command.adjustments or bill.status is BillStatus.DISPUTED, Reason.EMPTY, "adjustments")
    require_text(command.why, "why")
    if total < bill.paid:
        kept = bill.money in schedule.proceeds and not state.accounts[bill.account].closed
        require(kept, Reason.CLOSED, "bill", bill.number, "has no account to be paid back to")
    waiting = bill.transaction
    step.emit(BillCorrected(bill.number, command.adjustments, total, command.why))
    if waiting:
        step.emit(TransactionCancelled(waiting, CORRECTED))
    if total < bill.paid or _is_due(state, bill):
        _collect(step, bill, schedule)


def _is_due(state: State, bill: Bill) -> bool:
    return state.days.systems[state.fees.schedules[bill.schedule - 1].system].date >= bill.due


def bill_due(step: Step, subject: int) -> None:
    """A duty: a bill is due, and is collected where its party has named an account; one that is disputed waits."""
    bill = step.state.fees.bills.get(subject)
    if bill is not None and bill.status is BillStatus.OPEN:
        _collect(step, bill, step.state.fees.schedules[bill.schedule - 1])


def _collect(step: Step, bill: Bill, schedule: Schedule) -> None:
    """Order what is owed, either way, if it can be; tells nothing where it cannot."""
    state = step.state
    if bill.total < bill.paid:
        _order(step, bill, bill.money, bill.account)
        return
    money, account = state.fees.accounts.get((bill.party, bill.schedule), (AssetNumber(0), AccountNumber(0)))
    usable = account and money in schedule.proceeds and not state.accounts[account].closed
    active = state.parties[bill.party].standing is not Standing.INSOLVENT
    if usable and active and bill.total > bill.paid:
        _order(step, bill, money, account)


def _order(step: Step, bill: Bill, money: AssetNumber, account: AccountNumber) -> None:
    state = step.state
    collecting = state.fees.schedules[bill.schedule - 1].proceeds[money]
    owed = bill.total - bill.paid
    leg = Leg(money, account, collecting, owed) if owed > 0 else Leg(money, collecting, account, -owed)
    day = state.days.systems[state.assets[money].system].date
    number = order(step, TransactionKind.FEE, [leg], day)
    step.emit(CollectionOrdered(bill.number, number, money, account))


def fee_moved(step: Step, subject: int) -> None:
    """A follow-up: a payment of a bill has settled, or was cancelled."""
    state = step.state
    number = TransactionNumber(subject)
    bill = state.fees.bills[state.fees.paying[number]]
    transaction = state.settlement.transactions[number]
    amount = 0
    if transaction.status is Status.SETTLED:
        (leg,) = transaction.legs
        amount = leg.amount if leg.giver == bill.account else -leg.amount
    step.emit(BillCollected(bill.number, number, amount))


def stop_collecting(step: Step, party: PartyNumber) -> None:
    """A party is insolvent: what has been ordered and not settled of its bills is cancelled, and nothing more is
    collected from it."""
    state = step.state
    for number in list(state.fees.paying):
        bill = state.fees.bills[state.fees.paying[number]]
        transaction = state.settlement.transactions[number]
        if bill.party == party and transaction.status in OPEN and transaction.legs[0].giver == bill.account:
            step.emit(TransactionCancelled(number, INSOLVENT))


def on_collection_ordered(state: State, event: CollectionOrdered) -> None:
    bill = state.fees.bills[event.bill]
    bill.status, bill.transaction = BillStatus.COLLECTING, event.transaction
    bill.money, bill.account = event.money, event.account
    state.fees.paying[event.transaction] = event.bill
    state.servicing.watched[event.transaction] = WorkKind.FEE


def on_bill_disputed(state: State, event: BillDisputed) -> None:
    state.fees.bills[event.bill].status = BillStatus.DISPUTED


def on_bill_corrected(state: State, event: BillCorrected) -> None:
    """A payment that waits is no longer the bill's: it is cancelled next."""
    bill = state.fees.bills[event.bill]
    bill.adjustments += event.adjustments
    bill.total = event.total
    state.fees.paying.pop(bill.transaction, None)
    state.servicing.watched.pop(bill.transaction, None)
    _settle(bill)


def on_bill_collected(state: State, event: BillCollected) -> None:
    bill = state.fees.bills[event.bill]
    del state.fees.paying[event.transaction]
    bill.paid += event.amount
    _settle(bill)


def _settle(bill: Bill) -> None:
    """Nothing is under way for a bill any more: it is paid, or open."""
    bill.transaction = TransactionNumber(0)
    bill.status = BillStatus.PAID if bill.paid == bill.total else BillStatus.OPEN


def sees_billing(state: State, event: CollectionOrdered | BillDisputed | BillCorrected | BillCollected) -> Audience:
    """The party, and the collector."""
    bill = state.fees.bills[event.bill]
    return (bill.party, state.fees.schedules[bill.schedule - 1].collector)
