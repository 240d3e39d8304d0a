"""How a trade settles in parts where its securities are short.

In the windows of a system's timetable, and once more at each cut-off, just before it, a matched trade that lacks
securities settles as much of itself as there is, if both sides let it be parted. A part keeps to the denomination and
the multiple of the bond, and so does what is left; its money is its share of the deliverer's amount, rounded half up so
that what has been paid in all is at no time more than half a smallest unit from the exact share; the last part pays
what is left. A part is a transaction of its own, which settles at once; the trade waits on with what is left. A trade
that is paid outside the ledger, is linked, or settles in a cycle is not parted.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.instructions import GROSS, OPEN, Instruction, Order, Partial, Payment, Transaction, TransactionKind
from bauhinia.ledger.links import is_linked
from bauhinia.ledger.posting import Leg, obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.books import asset_in, route
from bauhinia.rules.routing import cash_legs
from bauhinia.rules.settlement import Settled, changed, parties_to, waiting_for
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import SystemNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason, must, require


@dataclass(slots=True)
class Parted:
    """A part of a trade settles as a transaction of its own: `quantity` of its securities for `amount` of its money, by
    `legs`; `rest` is what the trade is from now on."""

    transaction: TransactionNumber
    part: TransactionNumber
    quantity: Units
    amount: Units
    legs: tuple[Leg, ...]
    rest: tuple[Leg, ...]


def require_partial(order: Order, asset: Asset) -> None:
    """Refuse a least part that the indicator does not have, or that could never be: PARQ names a quantity, PARC an
    amount of money (ISO 20022 `SettlementTransactionCondition`), NPAR and PART neither. A money is delivered whole."""
    parts = order.partial is not Partial.NPAR
    require(
        not parts or asset.kind is not AssetKind.MONEY, Reason.STATE, "asset", order.asset, "is not delivered in parts"
    )
    quantity, amount = order.least_quantity, order.least_amount
    if order.partial is Partial.PARQ:
        require(0 < quantity <= order.quantity, Reason.AMOUNT, "least_quantity", quantity)
        require(quantity % asset.multiple == 0, Reason.MULTIPLE, "least_quantity", quantity, asset.multiple)
    else:
        require(quantity == 0, Reason.AMOUNT, "least_quantity", quantity)
    if order.partial is Partial.PARC:
        require(0 < amount <= order.amount, Reason.AMOUNT, "least_amount", amount)
    else:
        require(amount == 0, Reason.AMOUNT, "least_amount", amount)


def may_part(transaction: Transaction, sides: list[Instruction]) -> bool:
    """Whether both sides let a trade settle in parts, its money moves on the ledger, and it settles by itself."""
    whole = transaction.payment or transaction.model != GROSS or any(side.order.links for side in sides)
    return not whole and all(side.order.partial for side in sides)


def trade_legs(state: State, delivery: Order, receipt: Order, quantity: Units, amount: Units) -> list[Leg]:
    """Securities by route, then the money, if it moves on the ledger."""
    legs = route(state, delivery.asset, delivery.account, receipt.account, quantity)
    on_ledger = delivery.payment is Payment.AGAINST and state.assets[delivery.money].on_ledger
    if on_ledger and receipt.cash_account != delivery.cash_account:
        legs += cash_legs(state, delivery.money, receipt.cash_account, delivery.cash_account, amount)[0]
    return legs


def part_window(step: Step, subject: int) -> None:
    """A duty: a window of a system. What lacks securities and may be parted settles in part, by priority and age."""
    state = step.state
    found = []
    for number in state.settlement.parting:
        transaction = state.settlement.transactions[number]
        here = state.assets[transaction.legs[0].asset].system == SystemNumber(subject)
        short = transaction.status in OPEN and transaction.reason is Reason.LACK
        if here and short and not is_linked(state, transaction):
            found.append(transaction)
    for transaction in sorted(found, key=lambda each: (each.priority, each.number)):
        _part(step, transaction)


def _part(step: Step, transaction: Transaction) -> None:
    """Settle as much of a trade as there is; nothing where it lacks something else, or a side asks for more."""
    state = step.state
    found = waiting_for(state, transaction, step.time)
    if found is None or found.reason is not Reason.LACK:
        return
    instructions = state.settlement.instructions
    delivery, receipt = (instructions[each].order for each in (transaction.deliver, transaction.receive))
    quantity = _parted_quantity(state, transaction, delivery)
    if not quantity:
        return
    amount = 0
    if delivery.amount:
        amount = share(delivery.amount, transaction.parted + quantity, delivery.quantity) - transaction.paid
        if not 0 < amount < delivery.amount - transaction.paid:
            return
    if any(quantity < order.least_quantity or amount < order.least_amount for order in (delivery, receipt)):
        return
    legs = trade_legs(state, delivery, receipt, quantity, amount)
    if obstacle(state.book, legs, step.time) is not None:
        return
    left, owed = delivery.quantity - transaction.parted - quantity, delivery.amount - transaction.paid - amount
    rest = trade_legs(state, delivery, receipt, left, owed)
    part = TransactionNumber(state.settlement.last_transaction + 1)
    step.emit(Parted(transaction.number, part, quantity, amount, tuple(legs), tuple(rest)))
    step.emit(Settled((part,), step.time))
    step.legs += len(legs)


def _parted_quantity(state: State, transaction: Transaction, delivery: Order) -> Units:
    """How much of a trade there is to deliver: by the multiple, no less than the denomination, and leaving no less than
    that; zero where there is not so much."""
    held = asset_in(state, delivery.account, delivery.asset)
    bond = state.assets[delivery.asset]
    if held is None:
        return 0
    left = delivery.quantity - transaction.parted
    quantity = min(state.positions.available(delivery.account, held), left - bond.denomination)
    quantity -= quantity % bond.multiple
    return quantity if quantity >= bond.denomination else 0


def share(amount: Units, quantity: Units, whole: Units) -> Units:
    """What `quantity` of `whole` costs where all of it costs `amount`: rounded half up to smallest units."""
    return (2 * amount * quantity + whole) // (2 * whole)


def on_parted(state: State, event: Parted) -> None:
    settlement = state.settlement
    transaction = settlement.transactions[event.transaction]
    changed(state, transaction, transaction.priority, event.rest)
    transaction.parted += event.quantity
    transaction.paid += event.amount
    must(event.part == settlement.last_transaction + 1, "numbered a part out of turn", event.part)
    settlement.last_transaction = event.part
    day, priority = transaction.settlement_date, transaction.priority
    part = Transaction(event.part, TransactionKind.TRADE, event.legs, day, priority=priority)
    settlement.transactions[event.part] = part
    settlement.live[event.part] = True


def sees_parted(state: State, event: Parted) -> Audience:
    """Whoever is party to the trade."""
    return parties_to(state, event.transaction)
