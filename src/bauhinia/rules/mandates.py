"""Standing mandates: a venue or a clearing house instructs matched trades for its members, within limits.

A holder gives a mandate over one of its accounts, for trades against one money: how much one trade may come to, and how
much those of one business day. The agent then instructs both sides of a trade at once, under the mandates of two
members or of one and against an account of its own. What it instructs is as though both had: each sees its own
instruction, and only both together cancel. A mandate ends by its date, when either takes it back, and with a suspension
of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.instructions import CumEx, Order, Payment, Side
from bauhinia.ledger.mandates import Mandate, MandateInForce
from bauhinia.ledger.state import State
from bauhinia.rules.books import open_books
from bauhinia.rules.instructing import (
    INSTRUCTED,
    LOWEST_PRIORITY,
    Instructed,
    Matched,
    instructable,
    outside_of,
    require_dates,
)
from bauhinia.rules.parting import trade_legs
from bauhinia.rules.routing import require_customer
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import (
    LIMIT,
    NO_ACCOUNT,
    AccountNumber,
    AssetNumber,
    InstructionNumber,
    Micros,
    PartyNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, must, require

MOST_ASSETS = 100  # that a mandate lists


@dataclass(slots=True)
class GiveMandate:
    """A command of four eyes by an account's holder: the agent may instruct its trades against a money until a moment
    (exclusive), in the assets listed or, where none is, in any. `per_trade` and `per_day` are in smallest units of the
    money; `cash_account` pays and is paid, none where the money moves in an RTGS. `may_hold` keeps to the holder that
    it may hold what was instructed."""

    agent: PartyNumber
    account: AccountNumber
    cash_account: AccountNumber
    assets: tuple[AssetNumber, ...]
    money: AssetNumber
    per_trade: Units
    per_day: Units
    until: Micros
    may_hold: bool = False


@dataclass(slots=True)
class RevokeMandate:
    """A command of four eyes by the holder, who takes a mandate back, or by the agent, who returns it. What has been
    instructed under it stands."""

    mandate: int


@dataclass(slots=True)
class InstructTrade:
    """A command by an agent: `quantity` of an asset from one account against `amount` of a money from the other's side,
    both sides instructed at once. The reference is that of both instructions."""

    reference: str
    asset: AssetNumber
    quantity: Units
    delivers: AccountNumber
    receives: AccountNumber
    money: AssetNumber
    amount: Units
    trade_date: date
    settlement_date: date
    priority: int = LOWEST_PRIORITY


@dataclass(slots=True)
class MandateGiven:
    mandate: Mandate


@dataclass(slots=True)
class MandateUsed:
    """An instruction was given under a mandate: so much of the limit of a business day is used."""

    mandate: int
    holder: PartyNumber
    agent: PartyNumber
    instruction: InstructionNumber
    day: date
    amount: Units


@dataclass(slots=True)
class MandateEnded:
    mandate: int
    holder: PartyNumber
    agent: PartyNumber
    why: str


@dataclass(frozen=True, slots=True)
class TradeSide:
    """One side of a trade that an agent instructs: `mandate` is the one it does so under, None for its own account."""

    holder: PartyNumber
    account: AccountNumber
    cash_account: AccountNumber
    mandate: MandateInForce | None


def give_mandate(step: Step, command: GiveMandate) -> None:
    """Checked in order: the agent; account, money and cash account; the assets; the limits; the moment; whether there
    is such a mandate already."""
    state = step.state
    state.party(command.agent)
    require(command.agent != step.asker, Reason.UNKNOWN_PARTY, command.agent, "needs no mandate of its own")
    _require_own(step, command.account, "account")
    money = state.asset(command.money)
    require(money.kind is AssetKind.MONEY, Reason.UNKNOWN_ASSET, "money", command.money)
    if money.on_ledger:
        _require_own(step, command.cash_account, "cash_account")
        require_customer(state, command.money, command.cash_account, "cash_account")
    else:
        require(command.cash_account == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "cash_account", command.cash_account)
    require(len(command.assets) <= MOST_ASSETS, Reason.AMOUNT, "assets", len(command.assets), MOST_ASSETS)
    for at, number in enumerate(command.assets):
        asset = state.asset(number)
        require(asset.kind is AssetKind.BOND or asset.circulates, Reason.UNKNOWN_ASSET, "assets", number)
        require(number not in command.assets[:at], Reason.DUPLICATE, "assets", number)
    require(0 < command.per_trade < LIMIT, Reason.AMOUNT, "per_trade", command.per_trade)
    require(command.per_trade <= command.per_day < LIMIT, Reason.AMOUNT, "per_day", command.per_day)
    require(command.until > step.time, Reason.EXPIRED, "until", command.until)
    mandate = Mandate(
        state.settlement.mandates.last + 1, step.asker, command.agent, command.account, command.cash_account,
        command.assets, command.money, command.per_trade, command.per_day, command.until, command.may_hold,
    )  # fmt: skip
    given = state.settlement.mandates.of.get(mandate.key)
    require(given is None, Reason.DUPLICATE, "mandate", given)
    step.emit(MandateGiven(mandate))


def _require_own(step: Step, number: AccountNumber, field_name: str) -> None:
    account = known(step.state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, field_name, number)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, field_name, number)
    require(account.purpose in INSTRUCTED, Reason.PURPOSE, field_name, number)
    require(not account.closed, Reason.CLOSED, field_name, number)


def revoke_mandate(step: Step, command: RevokeMandate) -> None:
    """Holder or agent ends it."""
    found = known(step.state.settlement.mandates.in_force.get(command.mandate), Reason.NO_MANDATE, command.mandate)
    mandate = found.mandate
    require(step.asker in (mandate.holder, mandate.agent), Reason.NO_MANDATE, command.mandate)
    why = "taken back" if step.asker == mandate.holder else "returned"
    step.emit(MandateEnded(mandate.number, mandate.holder, mandate.agent, why))


def instruct_trade(step: Step, command: InstructTrade) -> None:
    """Instruct both sides of a trade, which is matched at once (SF2)."""
    state, settlement = step.state, step.state.settlement
    sides = check_trade(step, command)
    first = InstructionNumber(settlement.last_instruction + 1)
    second = InstructionNumber(first + 1)
    for side in sides:
        open_books(step, side.account, command.asset)
    delivers, receives = sides
    delivery = _order(command, Side.DELIVER, delivers, receives.holder)
    receipt = _order(command, Side.RECEIVE, receives, delivers.holder)
    step.emit(Instructed(first, delivers.holder, delivery, step.time))
    step.emit(Instructed(second, receives.holder, receipt, step.time))
    day = _limit_day(state, command.money)
    for number, side in zip((first, second), sides, strict=True):
        if side.mandate is not None:
            given = side.mandate.mandate.number
            step.emit(MandateUsed(given, side.holder, step.asker, number, day, command.amount))
    legs = trade_legs(state, delivery, receipt, command.quantity, command.amount)
    must(legs, "instructed a transfer of nothing", first)
    outside = outside_of(state, first, second)
    step.emit(Matched(TransactionNumber(settlement.last_transaction + 1), first, second, tuple(legs), outside))


def check_trade(step: Step, row: InstructTrade) -> tuple[TradeSide, TradeSide]:
    """The two sides of a trade, the deliverer's first; or the first thing that is wrong with it.

    The order: the reference's text; the priority; the asset, its quantity and its days; the money and its amount; the
    deliverer's mandate, then the receiver's; that these are two parties, neither of which has the reference in use; the
    limit of a trade, then that of a day, of the deliverer before the receiver; the days.
    """
    state = step.state
    require_text(row.reference, "reference", 35)
    require(1 <= row.priority <= LOWEST_PRIORITY, Reason.AMOUNT, "priority", row.priority)
    asset = instructable(state, row.asset, row.quantity, row.settlement_date)
    money = state.asset(row.money)
    require(money.kind is AssetKind.MONEY and money is not asset, Reason.UNKNOWN_ASSET, "money", row.money)
    require(0 < row.amount < LIMIT, Reason.AMOUNT, "amount", row.amount)
    sides = _side(step, row, row.delivers, money, "delivers"), _side(step, row, row.receives, money, "receives")
    require(sides[0].holder != sides[1].holder, Reason.SAME_ACCOUNT, "both sides are of party", sides[0].holder)
    for side in sides:
        taken = (side.holder, row.reference) in state.settlement.references
        require(not taken, Reason.DUPLICATE, row.reference)
    given = [side.mandate for side in sides if side.mandate is not None]
    for each in given:
        allowed = each.mandate.per_trade
        require(row.amount <= allowed, Reason.OVER_LIMIT, "mandate", each.mandate.number, "per_trade", allowed)
    day = _limit_day(state, row.money)
    for each in given:
        left = each.mandate.per_day - each.used_on(day)
        require(row.amount <= left, Reason.OVER_LIMIT, "mandate", each.mandate.number, "per_day", left)
    require_dates(state, row.trade_date, row.settlement_date, asset)
    if asset.kind is AssetKind.MONEY:
        require_dates(state, row.trade_date, row.settlement_date, money)
    return sides


def _side(step: Step, row: InstructTrade, number: AccountNumber, money: Asset, field_name: str) -> TradeSide:
    """A side of a trade: under a mandate that covers it, or of the agent's own account. An account without such a
    mandate and one that is not there look alike."""
    state = step.state
    account = known(state.accounts.get(number), Reason.NO_MANDATE, field_name, number)
    if account.holder == step.asker:
        require(account.purpose in INSTRUCTED and not account.closed, Reason.NO_MANDATE, field_name, number)
        cash = account.cash_account or number if money.on_ledger else NO_ACCOUNT
        if cash:
            require_customer(state, row.money, cash, field_name)
        return TradeSide(step.asker, number, cash, None)
    found = state.settlement.mandates.find((number, step.asker, row.money))
    mandate = known(found, Reason.NO_MANDATE, field_name, number).mandate
    covers = not mandate.assets or row.asset in mandate.assets
    require(covers and step.time < mandate.until, Reason.NO_MANDATE, field_name, number)
    cash_closed = bool(mandate.cash_account and state.accounts[mandate.cash_account].closed)
    require(not account.closed and not cash_closed, Reason.CLOSED, field_name, number)
    return TradeSide(mandate.holder, number, mandate.cash_account, found)


def _limit_day(state: State, money: AssetNumber) -> date:
    """The business day by which a daily limit in a money is counted."""
    return state.days.systems[state.assets[money].system].date


def _order(row: InstructTrade, side: Side, own: TradeSide, counterparty: PartyNumber) -> Order:
    return Order(
        row.reference, side, Payment.AGAINST, row.asset, row.quantity, own.account, counterparty, row.trade_date,
        row.settlement_date, row.money, row.amount, own.cash_account, "", CumEx.UNSAID, False, row.priority,
    )  # fmt: skip


def end_mandates(step: Step, party: PartyNumber) -> None:
    """Tell that every mandate that a party has given or was given has ended: it may act no more."""
    for each in list(step.state.settlement.mandates.in_force.values()):
        mandate = each.mandate
        if party in (mandate.holder, mandate.agent):
            step.emit(MandateEnded(mandate.number, mandate.holder, mandate.agent, "one of the two may act no more"))


def mandate_due(step: Step, subject: int) -> None:
    """A duty: the moment until which a mandate was given."""
    found = step.state.settlement.mandates.in_force.get(subject)
    if found is not None:
        step.emit(MandateEnded(subject, found.mandate.holder, found.mandate.agent, "its time is over"))


def on_mandate_given(state: State, event: MandateGiven) -> None:
    mandates, mandate = state.settlement.mandates, event.mandate
    mandates.last = mandate.number
    mandates.in_force[mandate.number] = MandateInForce(mandate)
    mandates.of[mandate.key] = mandate.number
    state.schedule(mandate.until, DutyKind.MANDATE_UNTIL, mandate.number)


def on_mandate_used(state: State, event: MandateUsed) -> None:
    found = state.settlement.mandates.in_force[event.mandate]
    found.used = found.used_on(event.day) + event.amount
    found.day = event.day
    instruction = state.settlement.instructions[event.instruction]
    instruction.agent, instruction.holdable = event.agent, found.mandate.may_hold


def on_mandate_ended(state: State, event: MandateEnded) -> None:
    mandates = state.settlement.mandates
    del mandates.of[mandates.in_force.pop(event.mandate).mandate.key]


def sees_mandate_given(state: State, event: MandateGiven) -> Audience:
    """Holder and agent."""
    return (event.mandate.holder, event.mandate.agent)


def sees_mandate(state: State, event: MandateUsed | MandateEnded) -> Audience:
    """Holder and agent."""
    return (event.holder, event.agent)
