"""Buy-in: the receiver of a trade that keeps failing has an agent buy elsewhere, at the cost of who did not deliver.

A rulebook's choice: `settlement.buy_in_days` says after how many business days a receiver may, and where no rulebook
in force says so nobody may. The receiver appoints an agent and a limit price. The agent reports what it bought:
its bonds go to the receiver against the receiver's money at once, and the trade is cancelled for as much. What that
cost more than the trade the deliverer owes the receiver; what it cost less, the receiver owes the deliverer only where
`settlement.buy_in_symmetric` says yes. Where the agent found nothing, the trade is cancelled and the deliverer owes
what the bonds are worth, by their reference price, above what they were to cost: cash compensation. Until the report
the deliverer may still deliver. (Regulation (EU) No 909/2014, article 7(3) to (7), as first in force; Delegated
Regulation (EU) 2018/1229, chapter III; ICMA Buy-in Rules.)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bauhinia.bond.calendar import add_business_days
from bauhinia.bond.rounding import whole
from bauhinia.bond.terms import FINEST
from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.days import System, WorkKind
from bauhinia.ledger.instructions import OPEN, Instruction, Payment, Status, Transaction, TransactionKind
from bauhinia.ledger.links import is_linked
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.penalties import BuyIn
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.books import route
from bauhinia.rules.instructing import INSTRUCTED
from bauhinia.rules.parting import share, trade_legs
from bauhinia.rules.penalties import around, reference_price, value_of
from bauhinia.rules.registers import provision
from bauhinia.rules.settlement import TransactionCancelled, accepts, changed, order, require_movable, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import LIMIT, AccountNumber, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason, known, require

BUY_IN_DAYS = "settlement.buy_in_days"
SYMMETRIC = "settlement.buy_in_symmetric"
DEAREST = 1_000  # per 100 of nominal
WITHHELD = (Reason.LACK, Reason.PREA, Reason.BOTH)  # of what a deliverer may be the cause


@dataclass(slots=True)
class StartBuyIn:
    """A command by the receiver of a failing trade: `agent` is to buy what is not delivered, for no more than
    `limit_price` per 100 of nominal, accrued interest and all. Given again, it takes the place of the first."""

    transaction: TransactionNumber
    agent: PartyNumber
    limit_price: Fraction


@dataclass(slots=True)
class ReportBuyIn:
    """A command by the agent: it has bought `quantity` at `price` per 100 of nominal, all in, and delivers it out of
    `account` against money into `cash_account`; nothing, at no price and out of no account, where it found none."""

    transaction: TransactionNumber
    quantity: Units
    price: Fraction
    account: AccountNumber
    cash_account: AccountNumber


@dataclass(slots=True)
class BuyInStarted:
    """The deliverer is told with the others, but not the price up to which the agent may buy."""

    transaction: TransactionNumber
    receiver: PartyNumber
    agent: PartyNumber
    limit_price: Fraction


@dataclass(slots=True)
class BoughtIn:
    """What a buy-in came to: `quantity` was bought for `cost` where the trade would have cost `owed`; `rest` is what is
    left of the trade, nothing where it is cancelled. `difference` is what the deliverer owes the receiver, below zero
    what it is owed, by the transaction `payment` (zero where nothing is)."""

    transaction: TransactionNumber
    delivery: TransactionNumber
    quantity: Units
    cost: Units
    owed: Units
    rest: tuple[Leg, ...]
    difference: Units
    payment: TransactionNumber


def start_buy_in(step: Step, command: StartBuyIn) -> None:
    """Checked in order: the trade, whose receiver asks; that a rulebook provides for buy-ins; that it fails, of the
    deliverer, and for long enough; that it is against money on the ledger; the agent; the price."""
    state = step.state
    transaction = known(
        state.settlement.transactions.get(command.transaction), Reason.UNKNOWN_TRANSACTION, command.transaction
    )
    require(transaction.receive, Reason.UNKNOWN_TRANSACTION, command.transaction)
    delivery, receipt = _sides(state, transaction)
    require(receipt.party == step.asker, Reason.UNKNOWN_TRANSACTION, command.transaction)
    asset = state.assets[delivery.order.asset]
    days = buy_in_days(state, asset)
    require(days, Reason.NOT_PROVIDED, BUY_IN_DAYS)
    fails = transaction.status is Status.FAILING and transaction.reason in WITHHELD
    fails = fails and not (transaction.reason is Reason.PREA and not delivery.hold)
    require(fails, Reason.STATE, "transaction", command.transaction, transaction.status.name, transaction.reason.name)
    system = state.days.systems[asset.system]
    first = add_business_days(delivery.order.settlement_date, days, state.days.of(system.centres)).day
    require(system.date >= first, Reason.NOT_DUE, "transaction", command.transaction, first)
    against = delivery.order.payment is Payment.AGAINST and state.assets[delivery.order.money].circulates
    securities = asset.kind is AssetKind.BOND
    require(against and securities, Reason.STATE, "transaction", command.transaction, "is no sale for money held here")
    agent = known(state.parties.get(command.agent), Reason.UNKNOWN_PARTY, "agent", command.agent)
    require(agent.standing is Standing.ACTIVE, Reason.SUSPENDED, "agent", command.agent)
    holders = (state.accounts[side.order.account].holder for side in (delivery, receipt))
    side = agent.number in (delivery.party, receipt.party, *holders)
    require(not side, Reason.NOT_AUTHORISED, "agent", command.agent, "is a side of the trade")
    _require_price(command.limit_price, "limit_price")
    require(
        state.penalties.buy_ins.get(command.transaction) != BuyIn(command.agent, command.limit_price),
        Reason.ALREADY_DONE,
        "transaction",
        command.transaction,
    )
    step.emit(BuyInStarted(command.transaction, step.asker, command.agent, command.limit_price))


def _require_price(price: Fraction, name: str) -> None:
    require(0 < price <= DEAREST and price.denominator <= FINEST, Reason.RATE, name, price)


def _require_own(step: Step, number: AccountNumber, name: str) -> None:
    account = step.state.accounts.get(number)
    require(account and account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, name, number)
    if account:
        require(account.purpose in INSTRUCTED, Reason.PURPOSE, name, number)
        require(not account.closed, Reason.CLOSED, name, number)


def _sides(state: State, transaction: Transaction) -> tuple[Instruction, Instruction]:
    instructions = state.settlement.instructions
    return instructions[transaction.deliver], instructions[transaction.receive]


def buy_in_days(state: State, asset: Asset) -> int:
    """After how many business days of failing a receiver may have a bond bought in; zero where it may not."""
    said = provision(state, asset, BUY_IN_DAYS, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 3 else 0


def report_buy_in(step: Step, command: ReportBuyIn) -> None:
    """Checked in order: the buy-in, whose agent asks; that the trade still waits, and no side of it is suspended;
    then, where something was bought: the quantity, by denomination and multiple, also of what it leaves, which is
    nothing where a market claim rests on the trade; the price; the agent's accounts; that the systems are open, and
    that nothing stands in the way of the delivery."""
    state = step.state
    buy_in = state.penalties.buy_ins.get(command.transaction)
    require(buy_in and buy_in.agent == step.asker, Reason.UNKNOWN_TRANSACTION, command.transaction)
    transaction = state.settlement.transactions[command.transaction]
    require(transaction.status in OPEN, Reason.STATE, "transaction", command.transaction, transaction.status.name)
    delivery, receipt = _sides(state, transaction)
    for side in (delivery, receipt):
        for party in (side.party, state.accounts[side.order.account].holder):
            standing = state.parties[party].standing
            require(standing is Standing.ACTIVE, Reason.SUSPENDED, "transaction", command.transaction)
    if command.quantity == 0:
        nothing = not (command.price or command.account or command.cash_account)
        require(nothing, Reason.AMOUNT, "quantity", command.quantity)
        _compensate(step, transaction, delivery, receipt)
    else:
        _bought(step, command, buy_in.limit_price if buy_in else Fraction(0), transaction)


def _bought(step: Step, command: ReportBuyIn, limit_price: Fraction, transaction: Transaction) -> None:
    """The delivery settles at once; the trade is cancelled for as much; the difference is ordered."""
    state, quantity = step.state, command.quantity
    delivery, receipt = _sides(state, transaction)
    asset, money = state.assets[delivery.order.asset], state.assets[delivery.order.money]
    left = delivery.order.quantity - transaction.parted - quantity
    require(asset.denomination <= quantity < LIMIT and left >= 0, Reason.AMOUNT, "quantity", quantity)
    require(left == 0 or left >= asset.denomination, Reason.AMOUNT, "quantity", quantity, "leaves", left)
    claimed = left and state.servicing.watched.get(transaction.number) is WorkKind.CLAIM
    require(not claimed, Reason.STATE, "transaction", transaction.number, "has a market claim: all of it or none")
    linked = left and is_linked(state, transaction)
    require(not linked, Reason.STATE, "transaction", transaction.number, "is linked: all of it or none")
    require(quantity % asset.multiple == 0, Reason.MULTIPLE, "quantity", quantity, asset.multiple)
    _require_price(command.price, "price")
    require(command.price <= limit_price, Reason.RATE, "price", command.price, "is above", limit_price)
    _require_own(step, command.account, "account")
    _require_own(step, command.cash_account, "cash_account")
    cost = whole(value_of(state, asset.number, quantity, command.price / 100))
    require(0 < cost < LIMIT, Reason.AMOUNT, "price", command.price)
    legs = route(state, asset.number, command.account, receipt.order.account, quantity)
    require(legs, Reason.SAME_ACCOUNT, "account", command.account)
    if receipt.order.cash_account != command.cash_account:
        legs.append(Leg(money.number, receipt.order.cash_account, command.cash_account, cost))
    for each in (asset.system, money.system):
        require(accepts(state.days.systems[each], against=True), Reason.CUT_OFF, "system", each)
    require_movable(state, legs, step.time)

    whole_price = delivery.order.amount
    owed = whole_price - transaction.paid
    rest: list[Leg] = []
    if left:
        owed = share(whole_price, transaction.parted + quantity, delivery.order.quantity) - transaction.paid
        rest = trade_legs(state, delivery.order, receipt.order, left, whole_price - transaction.paid - owed)
    system = state.days.systems[asset.system]
    number = settle_now(step, TransactionKind.TRADE, legs, system.date)
    difference = cost - owed
    if difference < 0 and provision(state, asset, SYMMETRIC, "no") != "yes":
        difference = 0
    payment = _order_difference(step, delivery, receipt, difference, system)
    step.emit(BoughtIn(transaction.number, number, quantity, cost, owed, tuple(rest), difference, payment))
    if not left:
        step.emit(TransactionCancelled(transaction.number, "bought in"))


def _compensate(step: Step, transaction: Transaction, delivery: Instruction, receipt: Instruction) -> None:
    """Nothing was to be had: the trade is cancelled, and the deliverer owes what the bonds are worth above it."""
    state = step.state
    asset = state.assets[delivery.order.asset]
    system = state.days.systems[asset.system]
    quantity, owed = delivery.order.quantity - transaction.parted, delivery.order.amount - transaction.paid
    worth = whole(value_of(state, asset.number, quantity, reference_price(state, asset.number, system.date)))
    difference = min(max(worth - owed, 0), LIMIT - 1)
    payment = _order_difference(step, delivery, receipt, difference, system)
    step.emit(BoughtIn(transaction.number, TransactionNumber(0), 0, 0, owed, (), difference, payment))
    step.emit(TransactionCancelled(transaction.number, "nothing to buy in"))


def _order_difference(
    step: Step, delivery: Instruction, receipt: Instruction, difference: Units, system: System
) -> TransactionNumber:
    """Order what the one side owes the other, in the money of the trade and between its cash accounts: it waits where
    the payer lacks it."""
    accounts = (delivery.order.cash_account, receipt.order.cash_account)
    if not difference or accounts[0] == accounts[1]:
        return TransactionNumber(0)
    giver, taker = accounts if difference > 0 else accounts[::-1]
    legs = [Leg(delivery.order.money, giver, taker, abs(difference))]
    return order(step, TransactionKind.PENALTY, legs, system.date)


def on_buy_in_started(state: State, event: BuyInStarted) -> None:
    state.penalties.buy_ins[event.transaction] = BuyIn(event.agent, event.limit_price)


def on_bought_in(state: State, event: BoughtIn) -> None:
    del state.penalties.buy_ins[event.transaction]
    transaction = state.settlement.transactions[event.transaction]
    if event.rest:
        changed(state, transaction, transaction.priority, event.rest)
        transaction.parted += event.quantity
        transaction.paid += event.owed
        state.follow(WorkKind.SETTLE, event.transaction)  # there may be enough for what is left


def sees_buy_in(state: State, event: BuyInStarted) -> Audience:
    """The two sides, who holds and keeps their accounts, and the agent."""
    return (*_of_trade(state, event.transaction), event.agent)


def sees_bought_in(state: State, event: BoughtIn) -> Audience:
    """As the buy-in was seen but for the agent: what the two sides owe each other is not its business."""
    return _of_trade(state, event.transaction)


def _of_trade(state: State, number: TransactionNumber) -> Audience:
    sides = _sides(state, state.settlement.transactions[number])
    own = around(state, *(side.order.account for side in sides))
    return tuple(dict.fromkeys((*(side.party for side in sides), *own)))
