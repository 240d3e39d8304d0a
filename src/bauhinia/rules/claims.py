"""Market claims: a trade that is caught across a record date, and who owes whom the income.

A trade that should have settled by the record date and has not leaves the income with its seller; the buyer, who paid
for it, has a claim. Found at the close of the record date, and for twenty business days more among trades matched late
that should have settled by it. What the two sides said, cum or ex, goes before the dates. The claim
follows the trade: it falls due when the trade has settled and the income is paid, and is gone if the trade is.
(Market Standards for Corporate Actions Processing, CAJWG: market claims.)
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.bond.calendar import add_business_days
from bauhinia.ledger.actions import Action, ActionStatus, Claim
from bauhinia.ledger.assets import Asset
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import CumEx, Order, Status, Transaction, TransactionKind
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.market import close_of_business
from bauhinia.rules.settlement import order
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    AccountNumber,
    ActionNumber,
    AssetNumber,
    InstructionNumber,
    Micros,
    TransactionNumber,
    Units,
)

DETECTION_DAYS = 20  # business days after the record date
CLAIMED = (TransactionKind.TRADE, TransactionKind.SET)


@dataclass(slots=True)
class ClaimRaised:
    """The seller of a trade owes its buyer the income of an action; both are told."""

    claim: int
    action: ActionNumber
    trade: TransactionNumber
    seller: AccountNumber
    buyer: AccountNumber
    quantity: Units
    amount: Units


@dataclass(slots=True)
class ClaimMatured:
    """The trade has settled: the claim falls due with the income."""

    claim: int
    seller: AccountNumber
    buyer: AccountNumber


@dataclass(slots=True)
class ClaimOrdered:
    """The claim is to be paid by this transaction."""

    claim: int
    seller: AccountNumber
    buyer: AccountNumber
    transaction: TransactionNumber


@dataclass(slots=True)
class ClaimPaid:
    claim: int
    seller: AccountNumber
    buyer: AccountNumber


@dataclass(slots=True)
class ClaimCancelled:
    claim: int
    seller: AccountNumber
    buyer: AccountNumber
    why: str


@dataclass(slots=True)
class DetectionEnded:
    """No more market claims arise from an action."""

    action: ActionNumber


def detect_at_record(step: Step, action: Action) -> None:
    """Raise a claim for each trade, and each delivery in a set, that should have settled by a record date that closes
    now."""
    state = step.state
    for number in list(state.settlement.live):
        transaction = state.settlement.transactions[number]
        if transaction.kind in CLAIMED:
            _detect(step, action, transaction)


def detect(step: Step, subject: int) -> None:
    """A follow-up: a trade matched after a record date, by which it should have settled, raises a claim."""
    state = step.state
    transaction = state.settlement.transactions[TransactionNumber(subject)]
    for asset in dict.fromkeys(sale.asset for sale in _sales(state, transaction)):
        for number in state.servicing.claiming.get(asset, ()):
            _detect(step, state.servicing.actions[number], transaction)


def _detect(step: Step, action: Action, transaction: Transaction) -> None:
    """Raise what a transaction has to claim of an action, if anything."""
    sales = [sale for sale in _sales(step.state, transaction) if sale.asset == action.asset]
    if not sales:
        return
    said = _said(step.state, transaction)
    if said is CumEx.CUM or (said is CumEx.UNSAID and transaction.settlement_date <= action.record_date):
        for sale in sales:
            _raise(step, action, transaction, sale)


def _sales(state: State, transaction: Transaction) -> tuple[Leg, ...]:
    """What a transaction is to bring from whom to whom, whatever books are on the way: a trade what is left of it, a
    set each of its legs."""
    agreed = state.settlement.agreed.agreed(transaction.number)
    if agreed is not None:
        return agreed.legs
    delivery, receipt = _order(state, transaction.deliver), _order(state, transaction.receive)
    return (Leg(delivery.asset, delivery.account, receipt.account, delivery.quantity - transaction.parted),)


def _said(state: State, transaction: Transaction) -> CumEx:
    """What either side said; matched sides do not contradict each other. A set says nothing of it."""
    if not transaction.deliver:
        return CumEx.UNSAID
    return max(_order(state, transaction.deliver).cum_ex, _order(state, transaction.receive).cum_ex)


def _raise(step: Step, action: Action, transaction: Transaction, sale: Leg) -> None:
    state = step.state
    calculation = state.issues.bonds[action.asset].terms.calculation_amount
    amount = action.amount(sale.amount, calculation)
    if amount or not action.fixed:
        step.emit(
            ClaimRaised(
                state.servicing.last_claim + 1,
                action.number,
                transaction.number,
                sale.giver,
                sale.taker,
                sale.amount,
                amount,
            )
        )


def _order(state: State, number: InstructionNumber) -> Order:
    return state.settlement.instructions[number].order


def claim_moved(step: Step, subject: int) -> None:
    """A follow-up: a trade with claims on it, or a claim's own transaction, has settled or is cancelled."""
    state, number = step.state, TransactionNumber(subject)
    settled = state.settlement.transactions[number].status is Status.SETTLED
    for claim in list(state.servicing.claims.values()):
        if claim.transaction == number:
            step.emit(ClaimPaid(claim.number, claim.seller, claim.buyer))
        elif claim.trade == number and settled:
            step.emit(ClaimMatured(claim.number, claim.seller, claim.buyer))
            _pay(step, claim)
        elif claim.trade == number:
            step.emit(ClaimCancelled(claim.number, claim.seller, claim.buyer, "the trade is cancelled"))


def claims_due(step: Step, subject: int) -> None:
    """A follow-up: an action is paid, and with it what is claimed of it."""
    for claim in list(step.state.servicing.claims.values()):
        if claim.action == subject and claim.settled and not claim.transaction:
            _pay(step, claim)


def _pay(step: Step, claim: Claim) -> None:
    """Order the payment of a claim once the income is there: from the seller's cash account to the buyer's, in the
    money in which the seller was paid. It waits if the seller lacks it."""
    state = step.state
    action = state.servicing.actions[claim.action]
    if action.status is not ActionStatus.PAID:
        return
    if not claim.amount:  # what was not fixed when the claim was raised came to nothing
        step.emit(ClaimPaid(claim.number, claim.seller, claim.buyer))
        return
    seller, buyer = state.accounts[claim.seller], state.accounts[claim.buyer]
    money = _money(state, action, claim.seller)
    giver, taker = seller.cash_account or seller.number, buyer.cash_account or buyer.number
    today = state.days.systems[money.system].date
    if money.on_ledger and giver == taker:
        step.emit(ClaimPaid(claim.number, claim.seller, claim.buyer))
        return
    if money.on_ledger:
        legs = [Leg(money.number, giver, taker, claim.amount)]
        number = order(step, TransactionKind.CLAIM, legs, today, claim.action)
    else:
        outside = (money.number, seller.holder, buyer.holder, claim.amount)
        number = order(step, TransactionKind.CLAIM, [], today, claim.action, outside)
    step.emit(ClaimOrdered(claim.number, claim.seller, claim.buyer, number))


def _money(state: State, action: Action, number: AccountNumber) -> Asset:
    """The money in which an account was paid: its own row, or that of the keeper above it; the default where it held
    nothing."""
    servicing, held = state.servicing, number
    while state.accounts[held].tier:
        held = state.accounts[held].tier
    record = action.records[action.asset]
    row = record.row(held)
    if row is not None:
        return state.assets[AssetNumber(record.moneys[row])]
    return state.assets[servicing.default_money(action.asset)]


def detection_ends(step: Step, subject: int) -> None:
    """A duty: twenty business days after a record date. What has not settled by now is left to the two sides."""
    state = step.state
    action = state.servicing.actions[ActionNumber(subject)]
    if action.number not in state.servicing.claiming.get(action.asset, ()):
        return
    for claim in list(state.servicing.claims.values()):
        if claim.action == action.number and not claim.settled:
            why = f"the trade has not settled within {DETECTION_DAYS} business days"
            step.emit(ClaimCancelled(claim.number, claim.seller, claim.buyer, why))
    step.emit(DetectionEnded(action.number))


def detection_closes(state: State, action: Action) -> Micros:
    """When the market claims of an action end."""
    system = state.days.systems[state.assets[action.asset].system]
    last = add_business_days(action.record_date, DETECTION_DAYS, state.days.of(system.centres))
    return close_of_business(state, system.number, last.day)


def on_claim_raised(state: State, event: ClaimRaised) -> None:
    servicing = state.servicing
    servicing.last_claim = event.claim
    servicing.claims[event.claim] = Claim(
        event.claim, event.action, event.trade, event.seller, event.buyer, event.quantity, event.amount
    )
    servicing.watched[event.trade] = WorkKind.CLAIM


def on_claim_matured(state: State, event: ClaimMatured) -> None:
    state.servicing.claims[event.claim].settled = True


def on_claim_ordered(state: State, event: ClaimOrdered) -> None:
    state.servicing.claims[event.claim].transaction = event.transaction
    state.servicing.watched[event.transaction] = WorkKind.CLAIM


def on_claim_gone(state: State, event: ClaimPaid | ClaimCancelled) -> None:
    del state.servicing.claims[event.claim]


def on_detection_ended(state: State, event: DetectionEnded) -> None:
    servicing = state.servicing
    base = servicing.actions[event.action].asset
    servicing.claiming[base].remove(event.action)
    if not servicing.claiming[base]:
        del servicing.claiming[base]


def sees_claim(state: State, event: ClaimRaised | ClaimMatured | ClaimOrdered | ClaimPaid | ClaimCancelled) -> Audience:
    """The two sides, and who keeps their accounts."""
    sides = (state.accounts[event.seller], state.accounts[event.buyer])
    return tuple(dict.fromkeys(party for side in sides for party in (side.holder, side.keeper)))


def sees_detection(state: State, event: DetectionEnded) -> Audience:
    bond = state.issues.bonds[state.servicing.actions[event.action].asset]
    return (bond.paying_agent, bond.registrar)
