"""How the two sides instruct and match.

Each side instructs (ISO 20022 sese.023). Two instructions that agree become a transaction, which `settlement` tries
on its day. Until matched an instruction is its owner's alone; matched, it takes both sides to cancel (SF2).
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.bond.calendar import is_business_day, is_confirmed
from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.bonds import BondStatus
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import OPEN, CumEx, Instruction, Matching, Order, Payment, Side, TransactionKind
from bauhinia.ledger.parties import Purpose, Right, holds_right
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.books import chain, open_books, route
from bauhinia.rules.settlement import TransactionCancelled, open_transaction
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
)
from bauhinia.words.reasons import Reason, known, must, require

LOWEST_PRIORITY = 4  # ISO 20022 PriorityNumeric4Code: 1 reserved, 2 top, 3 high, 4 normal
INSTRUCTED = (Purpose.OWN, Purpose.SEGREGATED, Purpose.COLLATERAL, Purpose.ESCROW, Purpose.SUSPENSE)


@dataclass(slots=True)
class Instruct(Order):
    """A command: one side's settlement instruction."""


@dataclass(slots=True)
class CancelInstruction:
    """A command: takes an instruction back: at once while unmatched, with the other side's own asking once matched."""

    instruction: InstructionNumber


@dataclass(slots=True)
class HoldInstruction:
    """A command: the instruction is not to settle until released."""

    instruction: InstructionNumber


@dataclass(slots=True)
class ReleaseInstruction:
    """A command: the instruction may settle."""

    instruction: InstructionNumber


@dataclass(slots=True)
class Instructed:
    instruction: InstructionNumber
    party: PartyNumber
    order: Order
    time: Micros


@dataclass(slots=True)
class Matched:
    """Both sides agree: bilateral cancellation only, from now on (SF2)."""

    transaction: TransactionNumber
    deliver: InstructionNumber
    receive: InstructionNumber
    legs: tuple[Leg, ...]


@dataclass(slots=True)
class CancelAsked:
    """One side of a matched transaction wants it cancelled; it still settles unless the other asks too."""

    instruction: InstructionNumber


@dataclass(slots=True)
class InstructionCancelled:
    instruction: InstructionNumber


@dataclass(slots=True)
class HoldSet:
    instruction: InstructionNumber
    hold: bool


def instruct(step: Step, command: Instruct) -> None:
    """Take one side's instruction in, and match it if the other side is there.

    Checked in order: texts and reference; the bond, its quantity by denomination and multiple; the account and the
    right to instruct it; counterparty; dates against the calendar; the money and its account.

    Then it is instructed; where an instruction of the counterparty agrees in every matching field, the two are
    matched, the one that has waited longest first. Whether it can settle is asked on its day.
    """
    state = step.state
    require_text(command.reference, "reference", 35)
    require_text(command.common_reference, "common_reference", 35, least=0)
    require((step.asker, command.reference) not in state.settlement.references, Reason.DUPLICATE, command.reference)
    require(1 <= command.priority <= LOWEST_PRIORITY, Reason.AMOUNT, "priority", command.priority)
    asset = _instructable(state, command)
    _require_account(step, command.account, command.asset, "account")
    require(command.counterparty in state.parties, Reason.UNKNOWN_PARTY, command.counterparty)
    _require_dates(state, command, asset)
    _require_money(step, command)

    number = InstructionNumber(state.settlement.last_instruction + 1)
    other = _candidate(state, matching_key(step.asker, command), command)
    open_books(step, command.account, command.asset)
    step.emit(Instructed(number, step.asker, command, step.time))
    if other:
        deliver, receive = (number, other) if command.side is Side.DELIVER else (other, number)
        legs = _trade_legs(state, deliver, receive)
        must(legs, "matched a transfer of nothing", number, other)
        step.emit(Matched(TransactionNumber(state.settlement.last_transaction + 1), deliver, receive, tuple(legs)))


def _instructable(state: State, command: Instruct) -> Asset:
    """The bond that is instructed, or a refusal that names what is wrong with bond or quantity."""
    asset = state.asset(command.asset)
    require(asset.kind in (AssetKind.BOND, AssetKind.NOTE), Reason.UNKNOWN_ASSET, command.asset)
    bond = state.issues.bonds.get(command.asset)
    if bond:
        gone = bond.status in (BondStatus.REDEEMED, BondStatus.CANCELLED, BondStatus.MERGED)
        require(not gone, Reason.STATE, asset.code, bond.status.name)
        require(command.settlement_date <= bond.terms.maturity, Reason.DATE, "settlement_date", "is past maturity")
        require(command.asset not in state.servicing.closed, Reason.RECORD_CLOSED, asset.code, "is redeemed")
    require(asset.denomination <= command.quantity < LIMIT, Reason.AMOUNT, "quantity", command.quantity)
    require(command.quantity % asset.multiple == 0, Reason.MULTIPLE, "quantity", command.quantity, asset.multiple)
    return asset


def _require_account(step: Step, number: AccountNumber, asset: AssetNumber, field_name: str) -> None:
    """The asker may instruct this account; one that is not its business and one that is not there look alike."""
    account = known(step.state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, field_name, number)
    allowed = holds_right(account, step.asker, Right.INSTRUCT, asset, step.time)
    require(allowed, Reason.UNKNOWN_ACCOUNT, field_name, number)
    require(account.purpose in INSTRUCTED, Reason.PURPOSE, field_name, number)
    require(not account.closed, Reason.CLOSED, field_name, number)


def _require_dates(state: State, command: Instruct, asset: Asset) -> None:
    """Dates in order, not past, and a settlement date that every calendar of the system confirms as a business day."""
    system = state.days.systems[asset.system]
    require(command.trade_date <= command.settlement_date, Reason.DATE, "trade_date", command.trade_date)
    require(command.settlement_date >= system.date, Reason.DATE, "settlement_date", command.settlement_date)
    if command.settlement_date == system.date:
        return
    calendars = state.days.of(system.centres)
    require(is_confirmed(command.settlement_date, calendars), Reason.UNCONFIRMED_DATE, command.settlement_date)
    require(is_business_day(command.settlement_date, calendars), Reason.DATE, "settlement_date", "is no business day")


def _require_money(step: Step, command: Instruct) -> None:
    """The money leg is wholly there, or wholly absent."""
    if command.payment is Payment.FREE:
        absent = not (command.money or command.amount or command.cash_account)
        require(absent, Reason.AMOUNT, "a free transfer names no money")
        return
    money = step.state.asset(command.money)
    require(money.kind is AssetKind.MONEY, Reason.UNKNOWN_ASSET, "money", command.money)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    if money.on_ledger:
        _require_account(step, command.cash_account, command.money, "cash_account")
    else:
        require(command.cash_account == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "cash_account", command.cash_account)


def matching_key(party: PartyNumber, order: Order) -> tuple[int, ...]:
    """The fields on which two sides must agree; the same from either side. Cum or ex and the common reference are
    compared apart, since a side may leave them out."""
    deliverer, receiver = (party, order.counterparty) if order.side is Side.DELIVER else (order.counterparty, party)
    return (
        order.payment,
        order.asset,
        order.quantity,
        order.settlement_date.toordinal(),
        order.trade_date.toordinal(),
        order.money,
        order.amount,
        deliverer,
        receiver,
    )


def _candidate(state: State, key: tuple[int, ...], order: Order) -> InstructionNumber | None:
    """The instruction that has waited longest among those that agree with this one."""
    for number in state.settlement.unmatched.get(key, ()):
        other = state.settlement.instructions[number].order
        if other.side is order.side or _related(state, other.account, order.account):
            continue
        if order.common_reference and other.common_reference not in ("", order.common_reference):
            continue
        if order.cum_ex and other.cum_ex not in (CumEx.UNSAID, order.cum_ex):
            continue
        return number
    return None


def _related(state: State, one: AccountNumber, other: AccountNumber) -> bool:
    """Whether one account is the other, or stands above it: between these nothing is transferred."""
    return one == other or one in chain(state, other) or other in chain(state, one)


def _trade_legs(state: State, deliver: InstructionNumber, receive: InstructionNumber) -> list[Leg]:
    """Securities by route, then the money, if it moves on the ledger."""
    delivery, receipt = (state.settlement.instructions[each].order for each in (deliver, receive))
    legs = route(state, delivery.asset, delivery.account, receipt.account, delivery.quantity)
    on_ledger = delivery.payment is Payment.AGAINST and state.assets[delivery.money].on_ledger
    if on_ledger and receipt.cash_account != delivery.cash_account:
        legs.append(Leg(delivery.money, receipt.cash_account, delivery.cash_account, delivery.amount))
    return legs


def _own_instruction(step: Step, number: InstructionNumber) -> Instruction:
    """An instruction of the asker that is neither settled nor cancelled."""
    instruction = known(step.state.settlement.instructions.get(number), Reason.UNKNOWN_INSTRUCTION, number)
    require(instruction.party == step.asker, Reason.UNKNOWN_INSTRUCTION, number)
    require(not instruction.cancelled, Reason.ALREADY_DONE, number)
    if instruction.transaction:
        status = step.state.settlement.transactions[instruction.transaction].status
        require(status in OPEN, Reason.STATE, number, status.name)
    return instruction


def cancel_instruction(step: Step, command: CancelInstruction) -> None:
    """Unmatched: gone at once. Matched: gone when both sides have asked."""
    instruction = _own_instruction(step, command.instruction)
    if instruction.matching is Matching.UNMATCHED:
        step.emit(InstructionCancelled(instruction.number))
        return
    require(not instruction.cancel_asked, Reason.ALREADY_DONE, command.instruction)
    transaction = step.state.settlement.transactions[instruction.transaction]
    number = transaction.receive if transaction.deliver == instruction.number else transaction.deliver
    step.emit(CancelAsked(instruction.number))
    if step.state.settlement.instructions[number].cancel_asked:
        step.emit(TransactionCancelled(transaction.number, "both sides asked"))


def hold_instruction(step: Step, command: HoldInstruction) -> None:
    """Its owner keeps an instruction from settling."""
    instruction = _own_instruction(step, command.instruction)
    require(not instruction.hold, Reason.ALREADY_DONE, command.instruction)
    step.emit(HoldSet(instruction.number, True))


def release_instruction(step: Step, command: ReleaseInstruction) -> None:
    """Its owner lets an instruction settle; it is tried at once if its day has come."""
    instruction = _own_instruction(step, command.instruction)
    require(instruction.hold, Reason.ALREADY_DONE, command.instruction)
    step.emit(HoldSet(instruction.number, False))


def on_instructed(state: State, event: Instructed) -> None:
    settlement, key = state.settlement, matching_key(event.party, event.order)
    settlement.last_instruction = event.instruction
    settlement.instructions[event.instruction] = Instruction(
        event.instruction, event.party, event.order, key, event.time, event.order.hold
    )
    settlement.references[event.party, event.order.reference] = event.instruction
    settlement.unmatched.setdefault(key, []).append(event.instruction)


def _unfile(state: State, instruction: Instruction) -> None:
    """Take an instruction out of the unmatched ones."""
    filed = state.settlement.unmatched[instruction.key]
    filed.remove(instruction.number)
    if not filed:
        del state.settlement.unmatched[instruction.key]


def on_matched(state: State, event: Matched) -> None:
    sides = [state.settlement.instructions[number] for number in (event.deliver, event.receive)]
    for instruction in sides:
        _unfile(state, instruction)
        instruction.matching, instruction.transaction = Matching.MATCHED, event.transaction
    delivery = sides[0]
    outside = None
    if delivery.order.asset in state.servicing.claiming:
        state.follow(WorkKind.DETECT, event.transaction)
    if delivery.order.payment is Payment.AGAINST and not state.assets[delivery.order.money].on_ledger:
        payer, payee = sides[1].party, delivery.party
        outside = (delivery.order.money, payer, payee, delivery.order.amount)
    transaction = open_transaction(
        state, event.transaction, TransactionKind.TRADE, event.legs, delivery.order.settlement_date, outside=outside
    )
    transaction.deliver, transaction.receive = event.deliver, event.receive
    transaction.priority = min(side.order.priority for side in sides)


def on_cancel_asked(state: State, event: CancelAsked) -> None:
    state.settlement.instructions[event.instruction].cancel_asked = True


def on_instruction_cancelled(state: State, event: InstructionCancelled) -> None:
    instruction = state.settlement.instructions[event.instruction]
    _unfile(state, instruction)
    instruction.cancelled = True
    state.settlement.withdrawn.append(event.instruction)


def on_hold_set(state: State, event: HoldSet) -> None:
    instruction = state.settlement.instructions[event.instruction]
    instruction.hold = event.hold
    if instruction.transaction:
        state.follow(WorkKind.SETTLE, instruction.transaction)


def sees_instruction(state: State, event: Instructed | CancelAsked | InstructionCancelled | HoldSet) -> Audience:
    """The side that instructs, and the other one once the two are matched. Holder and custodian see their account's."""
    instruction = state.settlement.instructions[event.instruction]
    account = state.accounts[instruction.order.account]
    own = (instruction.party, account.holder, account.keeper)
    if isinstance(event, CancelAsked):
        return (*own, instruction.order.counterparty)
    return own


def sees_matched(state: State, event: Matched) -> Audience:
    sides = (state.settlement.instructions[number] for number in (event.deliver, event.receive))
    return tuple(side.party for side in sides)
