"""What of an instruction its owner may change while it waits, matched or not: its place in the queue, its parts, and
what it is linked with.

Nothing of this is a matching field, so the other side need neither agree nor be told. Whether it is held has commands
of its own (`instructing`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bauhinia.ledger.fees import FeeItem
from bauhinia.ledger.instructions import Link, Order, Partial
from bauhinia.ledger.links import fulfilled, link, touched, unlink
from bauhinia.ledger.state import State
from bauhinia.rules.instructing import LOWEST_PRIORITY, own_instruction
from bauhinia.rules.linking import require_links
from bauhinia.rules.parting import may_part, require_partial
from bauhinia.rules.settlement import ask_again, changed
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.usage import note
from bauhinia.words.ids import InstructionNumber, Units
from bauhinia.words.reasons import Reason, require


@dataclass(slots=True)
class ModifyInstruction:
    """A command: priority, parts and links as they are from now on; what is left out is as in a new instruction."""

    instruction: InstructionNumber
    priority: int = LOWEST_PRIORITY
    partial: Partial = Partial.NPAR
    least_quantity: Units = 0
    least_amount: Units = 0
    links: tuple[Link, ...] = ()


@dataclass(slots=True)
class InstructionModified:
    instruction: InstructionNumber
    priority: int
    partial: Partial
    least_quantity: Units
    least_amount: Units
    links: tuple[Link, ...]


def modify_instruction(step: Step, command: ModifyInstruction) -> None:
    """Checked in order: the instruction, which is neither settled nor cancelled; its priority; its least part; its
    links; whether anything changes. A transaction has the higher priority of its two sides."""
    instruction = own_instruction(step, command.instruction)
    require(1 <= command.priority <= LOWEST_PRIORITY, Reason.AMOUNT, "priority", command.priority)
    order = _modified(instruction.order, command)
    require_partial(order, step.state.assets[order.asset])
    if order.links != instruction.order.links:
        require_links(step, order, instruction)
    require(order != instruction.order, Reason.ALREADY_DONE, "instruction", command.instruction)
    step.emit(
        InstructionModified(
            command.instruction,
            command.priority,
            command.partial,
            command.least_quantity,
            command.least_amount,
            command.links,
        )
    )


def _modified(order: Order, by: ModifyInstruction | InstructionModified) -> Order:
    return replace(
        order,
        priority=by.priority,
        partial=by.partial,
        least_quantity=by.least_quantity,
        least_amount=by.least_amount,
        links=by.links,
    )


def on_instruction_modified(state: State, event: InstructionModified) -> None:
    settlement = state.settlement
    instruction = settlement.instructions[event.instruction]
    before, kept = instruction.order.links, fulfilled(instruction)
    instruction.order = _modified(instruction.order, event)
    if event.links != before:
        asked = touched(state, instruction)
        unlink(state, instruction)
        link(state, instruction, kept)
        ask_again(state, asked | touched(state, instruction))
    note(state, FeeItem.MODIFIED, instruction)
    if not instruction.transaction:
        return
    transaction = settlement.transactions[instruction.transaction]
    sides = [settlement.instructions[each] for each in (transaction.deliver, transaction.receive) if each]
    changed(state, transaction, min(side.order.priority for side in sides), transaction.legs)
    if may_part(transaction, sides):
        settlement.parting[transaction.number] = True
    else:
        settlement.parting.pop(transaction.number, None)


def sees_modified(state: State, event: InstructionModified) -> Audience:
    """The side that instructed; holder and custodian see their account's."""
    instruction = state.settlement.instructions[event.instruction]
    account = state.accounts[instruction.order.account]
    return (instruction.party, account.holder, account.keeper)
