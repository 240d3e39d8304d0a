"""How the two sides instruct and match.

Each side instructs (ISO 20022 sese.023). Two instructions that agree become a transaction, which `settlement` tries
on its day. What is delivered is a bond, or a money: against another money that is payment versus payment (PvP). Until
matched an instruction is its owner's alone; matched, it takes both sides to cancel (SF2).

A bond that is lodged and not yet issued is dealt in "when, as and if issued": a trade settles on the day of the closing
at the earliest, out of what the seller was allotted, and is cancelled where the issue is abandoned (`recording`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.bond.calendar import add_business_days, after_closures, is_business_day, is_confirmed
from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.bonds import BondStatus
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.fees import FeeItem
from bauhinia.ledger.instructions import (
    GROSS,
    MODELS,
    OPEN,
    Instruction,
    Matching,
    Order,
    Payment,
    Side,
    TransactionKind,
)
from bauhinia.ledger.links import link, name_of, touched
from bauhinia.ledger.parties import Purpose, Right, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.books import open_books
from bauhinia.rules.lapsing import awaits_telling
from bauhinia.rules.linking import may_pay_outside, require_links
from bauhinia.rules.matching import candidate, cash_rights, file, matching_key, may, rights_of, unfile
from bauhinia.rules.parting import may_part, require_partial, trade_legs
from bauhinia.rules.routing import cash_legs, require_customer
from bauhinia.rules.settlement import (
    Outside,
    TransactionCancelled,
    ask_again,
    break_links,
    open_status,
    open_transaction,
)
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.rules.usage import note
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

LOWEST_PRIORITY = 4  # ISO 20022 PriorityNumeric4Code: 1 reserved, 2 top, 3 high, 4 normal
INSTRUCTED = (Purpose.OWN, Purpose.SEGREGATED, Purpose.COLLATERAL, Purpose.ESCROW)  # suspense is servicing's alone
UNISSUED = (BondStatus.DRAFT, BondStatus.CLOSING)  # dealt in when, as and if issued
HELD_FOR_GOOD = "one side asked, and the other can no longer release what it holds back"
MOST_DAYS_LATE = 20  # business days, as long as market claims are detected


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
    """Both sides agree: bilateral cancellation only, from now on (SF2). `outside` is what is paid outside the ledger:
    money, payer, payee, amount."""

    transaction: TransactionNumber
    deliver: InstructionNumber
    receive: InstructionNumber
    legs: tuple[Leg, ...]
    outside: Outside | None = None


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

    Checked in order: texts and reference; the bond or money, its quantity by denomination and multiple; the account and
    the right to instruct it; counterparty; dates against the calendar; the money and its account; the model; the least
    part; links.

    Then it is instructed; where an instruction of the counterparty agrees in every matching field, the two are
    matched, the one that has waited longest first; where none does, one whose amount differs by no more than the
    rulebook tolerates, and the deliverer's amount is paid. Whether it can settle is asked on its day.
    """
    state = step.state
    require_text(command.reference, "reference", 35)
    require_text(command.common_reference, "common_reference", 35, least=0)
    require((step.asker, command.reference) not in state.settlement.references, Reason.DUPLICATE, command.reference)
    require(1 <= command.priority <= LOWEST_PRIORITY, Reason.AMOUNT, "priority", command.priority)
    asset = instructable(state, command.asset, command.quantity, command.settlement_date)
    require_account(step, command.account, command.asset, rights_of(command), "account")
    require(command.counterparty in state.parties, Reason.UNKNOWN_PARTY, command.counterparty)
    require_dates(state, command.trade_date, command.settlement_date, asset)
    _require_money(step, command, asset)
    _require_model(state, command, asset)
    if command.partial or command.least_quantity or command.least_amount:
        require_partial(command, asset)
    if command.links or (step.asker, command.reference) in state.settlement.named:
        require_links(step, command)

    number = InstructionNumber(state.settlement.last_instruction + 1)
    other = candidate(step, matching_key(step.asker, command), command)
    open_books(step, command.account, command.asset)
    step.emit(Instructed(number, step.asker, _plain(command), step.time))
    if other:
        deliver, receive = (number, other) if command.side is Side.DELIVER else (other, number)
        delivery, receipt = (state.settlement.instructions[each].order for each in (deliver, receive))
        legs = trade_legs(state, delivery, receipt, delivery.quantity, delivery.amount)
        must(legs, "matched a transfer of nothing", number, other)
        transaction = TransactionNumber(state.settlement.last_transaction + 1)
        step.emit(Matched(transaction, deliver, receive, tuple(legs), outside_of(state, deliver, receive)))


def outside_of(state: State, deliver: InstructionNumber, receive: InstructionNumber) -> Outside | None:
    """What is paid for a delivery outside the ledger: by the buyer to the seller, or from bank to bank."""
    delivery, receipt = (state.settlement.instructions[each] for each in (deliver, receive))
    paid = delivery.order
    if paid.payment is Payment.FREE:
        return None
    if not state.assets[paid.money].on_ledger:
        return paid.money, receipt.party, delivery.party, paid.amount
    if receipt.order.cash_account == paid.cash_account:
        return None
    return cash_legs(state, paid.money, receipt.order.cash_account, paid.cash_account, paid.amount)[1]


def _plain(given: Order) -> Order:
    """The order itself, as it is read back from an event's bytes: the command is one of another name."""
    return Order(
        given.reference, given.side, given.payment, given.asset, given.quantity, given.account, given.counterparty,
        given.trade_date, given.settlement_date, given.money, given.amount, given.cash_account, given.common_reference,
        given.cum_ex, given.hold, given.priority, given.partial, given.least_quantity, given.least_amount, given.links,
        given.model,
    )  # fmt: skip


def instructable(state: State, number: AssetNumber, quantity: Units, settlement_date: date) -> Asset:
    """What is to be delivered, a bond or a money that moves on the ledger; or a refusal that names what is wrong with
    it or its quantity."""
    asset = state.asset(number)
    require(asset.kind is AssetKind.BOND or asset.circulates, Reason.UNKNOWN_ASSET, number)
    bond = state.issues.bonds.get(number)
    if bond:
        gone = bond.status in (BondStatus.REDEEMED, BondStatus.CANCELLED, BondStatus.MERGED)
        require(not gone, Reason.STATE, asset.code, bond.status.name)
        require(settlement_date <= bond.terms.maturity, Reason.DATE, "settlement_date", "is past maturity")
        require(number not in state.servicing.closed, Reason.RECORD_CLOSED, asset.code, "is redeemed")
        if bond.status in UNISSUED:
            issued = bond.closings[-1].settlement_date
            require(settlement_date >= issued, Reason.DATE, "settlement_date", "is before the issue", issued)
    require(asset.denomination <= quantity < LIMIT, Reason.AMOUNT, "quantity", quantity)
    require(quantity % asset.multiple == 0, Reason.MULTIPLE, "quantity", quantity, asset.multiple)
    return asset


def require_account(
    step: Step, number: AccountNumber, asset: AssetNumber, rights: tuple[Right, ...], field_name: str
) -> None:
    """The asker may instruct this account; one that is not its business and one that is not there look alike. Nobody
    instructs for a holder that is suspended or insolvent."""
    account = known(step.state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, field_name, number)
    if account.holder != step.asker:
        require(may(account, step.asker, rights, asset, step.time), Reason.UNKNOWN_ACCOUNT, field_name, number)
        standing = step.state.parties[account.holder].standing
        require(standing is Standing.ACTIVE, Reason.SUSPENDED, field_name, number)
    require(account.purpose in INSTRUCTED, Reason.PURPOSE, field_name, number)
    require(not account.closed, Reason.CLOSED, field_name, number)


def require_dates(state: State, trade_date: date, settlement_date: date, asset: Asset) -> None:
    """Dates in order, and a settlement date that every calendar of the system confirms as a business day; one that is
    past only for as long as market claims are detected, for a trade that a side instructs late."""
    system = state.days.systems[asset.system]
    require(trade_date <= settlement_date, Reason.DATE, "trade_date", trade_date)
    if settlement_date == system.date:
        return
    calendars = state.days.of(system.centres)
    require(is_confirmed(settlement_date, calendars), Reason.UNCONFIRMED_DATE, settlement_date)
    open_day = after_closures(settlement_date, calendars, state.days.closures).day == settlement_date
    business_day = open_day and is_business_day(settlement_date, calendars)
    require(business_day, Reason.DATE, "settlement_date", "is no business day")
    if settlement_date < system.date:
        last = add_business_days(settlement_date, MOST_DAYS_LATE, calendars).day
        require(system.date <= last, Reason.DATE, "settlement_date", settlement_date, "is past")


def _require_money(step: Step, command: Instruct, delivered: Asset) -> None:
    """The money leg is wholly there, or wholly absent. Between two moneys it is another one, and the day is a business
    day of both."""
    if command.payment is Payment.FREE:
        absent = not (command.money or command.amount or command.cash_account)
        require(absent, Reason.AMOUNT, "a free transfer names no money")
        return
    money = step.state.asset(command.money)
    require(money.kind is AssetKind.MONEY, Reason.UNKNOWN_ASSET, "money", command.money)
    require(money is not delivered, Reason.UNKNOWN_ASSET, "money", command.money, "is what is delivered")
    if delivered.kind is AssetKind.MONEY:
        require_dates(step.state, command.trade_date, command.settlement_date, money)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    if money.on_ledger:
        require_account(step, command.cash_account, command.money, cash_rights(command), "cash_account")
        require_customer(step.state, command.money, command.cash_account, "cash_account")
    else:
        require(command.cash_account == NO_ACCOUNT, Reason.UNKNOWN_ACCOUNT, "cash_account", command.cash_account)


def _require_model(state: State, command: Instruct, asset: Asset) -> None:
    """Models 2 and 3 net money on the ledger, at the cycles of the bond's system."""
    model = command.model
    require(model in MODELS, Reason.MODEL, "model", model)
    if model != GROSS:
        paid = command.payment is Payment.AGAINST and not may_pay_outside(state, command)
        require(paid, Reason.MODEL, "model", model, "is for what is paid on the ledger")
        system = state.days.systems[asset.system]
        require(system.timetable.cycles, Reason.MODEL, "model", model, system.name, "has no cycles")


def own_instruction(step: Step, number: InstructionNumber) -> Instruction:
    """An instruction of the asker that is neither settled nor cancelled."""
    instruction = known(step.state.settlement.instructions.get(number), Reason.UNKNOWN_INSTRUCTION, number)
    require(instruction.party == step.asker, Reason.UNKNOWN_INSTRUCTION, number)
    require(not instruction.cancelled, Reason.ALREADY_DONE, "instruction", number)
    if instruction.transaction:
        status = step.state.settlement.transactions[instruction.transaction].status
        require(status in OPEN, Reason.STATE, "instruction", number, status.name)
    return instruction


def cancel_instruction(step: Step, command: CancelInstruction) -> None:
    """Unmatched: gone at once; a payment alone too, until it is made. Matched: gone when both sides have asked; one
    alone where the other is on hold, and its party insolvent, so that it can neither release it nor ask."""
    instruction = own_instruction(step, command.instruction)
    if instruction.matching is Matching.UNMATCHED:
        step.emit(InstructionCancelled(instruction.number))
        return
    require(not instruction.cancel_asked, Reason.ALREADY_DONE, "instruction", command.instruction)
    transaction = step.state.settlement.transactions[instruction.transaction]
    if not transaction.receive:
        step.emit(TransactionCancelled(transaction.number, "its payer took it back"))
        return
    number = transaction.receive if transaction.deliver == instruction.number else transaction.deliver
    other = step.state.settlement.instructions[number]
    left = other.hold and step.state.parties[other.party].standing is Standing.INSOLVENT
    step.emit(CancelAsked(instruction.number))
    if other.cancel_asked or left:
        step.emit(TransactionCancelled(transaction.number, HELD_FOR_GOOD if left else "both sides asked"))


def hold_instruction(step: Step, command: HoldInstruction) -> None:
    """Its owner keeps an instruction from settling."""
    instruction = own_instruction(step, command.instruction)
    require(not instruction.hold, Reason.ALREADY_DONE, "instruction", command.instruction)
    require(instruction.holdable, Reason.NO_MANDATE, "to hold", "instruction", command.instruction)
    step.emit(HoldSet(instruction.number, True))


def release_instruction(step: Step, command: ReleaseInstruction) -> None:
    """Its owner lets an instruction settle; it is tried at once if its day has come."""
    instruction = own_instruction(step, command.instruction)
    require(instruction.hold, Reason.ALREADY_DONE, "instruction", command.instruction)
    step.emit(HoldSet(instruction.number, False))


def on_instructed(state: State, event: Instructed) -> None:
    settlement, key = state.settlement, matching_key(event.party, event.order)
    settlement.last_instruction = event.instruction
    instruction = Instruction(event.instruction, event.party, event.order, key, event.time, event.order.hold)
    settlement.instructions[event.instruction] = instruction
    settlement.references[name_of(instruction)] = event.instruction
    if event.order.links:
        link(state, instruction)
        ask_again(state, touched(state, instruction))
    file(settlement, event.instruction, key)
    awaits_telling(state, event.instruction, event.time)


def on_matched(state: State, event: Matched) -> None:
    sides = [state.settlement.instructions[number] for number in (event.deliver, event.receive)]
    for instruction in sides:
        unfile(state.settlement, instruction)
        instruction.matching, instruction.transaction = Matching.MATCHED, event.transaction
    delivery = sides[0]
    if delivery.order.asset in state.servicing.claiming:
        state.follow(WorkKind.DETECT, event.transaction)
    day = delivery.order.settlement_date
    if delivery.order.settlement_date < state.days.systems[state.assets[delivery.order.asset].system].date:
        state.follow(WorkKind.MATCHED_LATE, event.transaction)
    transaction = open_transaction(
        state, event.transaction, TransactionKind.TRADE, event.legs, day, outside=event.outside
    )
    transaction.deliver, transaction.receive = event.deliver, event.receive
    transaction.priority = min(side.order.priority for side in sides)
    transaction.model = GROSS if event.outside else delivery.order.model
    if transaction.model != GROSS:
        state.settlement.cycling[event.transaction] = True
    transaction.status = open_status(state, transaction)
    if may_part(transaction, sides):
        state.settlement.parting[event.transaction] = True


def on_cancel_asked(state: State, event: CancelAsked) -> None:
    state.settlement.instructions[event.instruction].cancel_asked = True


def on_instruction_cancelled(state: State, event: InstructionCancelled) -> None:
    instruction = state.settlement.instructions[event.instruction]
    break_links(state, instruction)
    unfile(state.settlement, instruction)
    instruction.cancelled = True
    state.settlement.withdrawn.append(event.instruction)


def on_hold_set(state: State, event: HoldSet) -> None:
    instruction = state.settlement.instructions[event.instruction]
    instruction.hold = event.hold
    if event.hold:
        note(state, FeeItem.HELD, instruction)
    if instruction.transaction:
        state.follow(WorkKind.SETTLE, instruction.transaction)


def sees_instruction(state: State, event: Instructed | CancelAsked | InstructionCancelled | HoldSet) -> Audience:
    """The side that instructs, and the other one once the two are matched; who did so under its mandate. Holder and
    custodian see their account's. A counterparty to whom an instruction was alleged learns that it is gone."""
    instruction = state.settlement.instructions[event.instruction]
    account = state.accounts[instruction.order.account]
    agent = (instruction.agent,) if instruction.agent else ()
    own = (instruction.party, account.holder, account.keeper, *agent)
    if isinstance(event, CancelAsked) or (isinstance(event, InstructionCancelled) and instruction.alleged):
        return (*own, instruction.order.counterparty)
    return own


def sees_matched(state: State, event: Matched) -> Audience:
    sides = [state.settlement.instructions[number] for number in (event.deliver, event.receive)]
    return tuple(dict.fromkeys(party for side in sides for party in (side.party, side.agent) if party))
