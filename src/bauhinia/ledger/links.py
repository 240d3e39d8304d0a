"""Links between instructions of one party: what must settle first, and what settles together.

An instruction names others by the party's references, also such as have not been entered yet. A link lives as long as
the instruction that has it. It holds something back until the one that comes first has settled; then it is forgotten.
Where the one it names is cancelled it stands, and waits for its owner to take it back. Cost is the links', not the
queue's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import Instruction, Link, ProcessingPosition, Status, Transaction
from bauhinia.ledger.state import State
from bauhinia.words.ids import TransactionNumber

Name = tuple[int, str]  # a party, and its reference


def name_of(instruction: Instruction) -> Name:
    """By what links name an instruction."""
    return instruction.party, instruction.order.reference


def sides_of(state: State, transaction: Transaction) -> list[Instruction]:
    """The instructions of a trade, or the one of a payment alone; none of anything else."""
    numbers = [each for each in (transaction.deliver, transaction.receive) if each]
    return [state.settlement.instructions[number] for number in numbers]


def transaction_of(state: State, name: Name) -> Transaction | None:
    """The trade of an instruction that is matched and not cancelled."""
    number = state.settlement.references.get(name)
    instruction = state.settlement.instructions[number] if number else None
    if instruction is None or instruction.cancelled or not instruction.transaction:
        return None
    return state.settlement.transactions[instruction.transaction]


def is_linked(state: State, transaction: Transaction) -> bool:
    """Whether a trade has links, or is named by one that still holds something back."""
    return any(side.order.links or name_of(side) in state.settlement.named for side in sides_of(state, transaction))


def _across(
    state: State, instruction: Instruction, own: ProcessingPosition, others: ProcessingPosition
) -> Iterator[Name]:
    """Those that an instruction names in one position, and those that name it in the other."""
    for reference, position in instruction.links.items():
        if position is own:
            yield instruction.party, reference
    for number, position in state.settlement.named.get(name_of(instruction), {}).items():
        if position is others:
            yield name_of(state.settlement.instructions[number])


def partners(state: State, instruction: Instruction) -> Iterator[Name]:
    """What an instruction settles together with, or not at all."""
    return _across(state, instruction, ProcessingPosition.WITH, ProcessingPosition.WITH)


def firsts(state: State, instruction: Instruction) -> Iterator[Name]:
    """What must have settled before an instruction, and has not."""
    return _across(state, instruction, ProcessingPosition.AFTE, ProcessingPosition.BEFO)


def joined(state: State, transaction: Transaction) -> tuple[list[Transaction], bool]:
    """A trade and all that it settles together with, by number, through links of any of their sides; and whether all of
    them are there: one that has not been entered, is not matched, or is cancelled, is not."""
    if not state.settlement.named:
        return [transaction], True
    found, whole, asked = {transaction.number: transaction}, True, [transaction]
    while asked:
        for side in sides_of(state, asked.pop()):
            for name in partners(state, side):
                other = transaction_of(state, name)
                if other is None:
                    whole = False
                elif other.number not in found:
                    found[other.number] = other
                    asked.append(other)
    return [found[number] for number in sorted(found)], whole


def breaks(state: State, transaction: Transaction, among: Collection[TransactionNumber]) -> bool:
    """Whether a trade would break a link if it settled now, at one instant with some others. What settles at one
    instant settles together, and none of it before another."""
    if not state.settlement.named:
        return False
    for side in sides_of(state, transaction):
        for name in (*partners(state, side), *firsts(state, side)):
            other = transaction_of(state, name)
            if other is None or other.number not in among:
                return True
    return False


def touched(state: State, instruction: Instruction) -> dict[TransactionNumber, bool]:
    """The trades whose waiting hangs on an instruction's links: its own, those that it names, and all that any of these
    settles together with."""
    numbers: dict[TransactionNumber, bool] = {}
    named = (transaction_of(state, (instruction.party, reference)) for reference in instruction.links)
    for start in (transaction_of(state, name_of(instruction)), *named):
        if start is not None and start.number not in numbers:
            numbers.update((each.number, True) for each in joined(state, start)[0])
    return numbers


def fulfilled(instruction: Instruction) -> tuple[Link, ...]:
    """The links of an order that hold nothing back any more."""
    return tuple(each for each in instruction.order.links if each.reference not in instruction.links)


def link(state: State, instruction: Instruction, kept: tuple[Link, ...] = ()) -> None:
    """File the links of an instruction's order, but those that are fulfilled, as those `kept` are known to be; for
    `evolve` only."""
    for each in instruction.order.links:
        if each in kept:
            continue
        name = (instruction.party, each.reference)
        other = transaction_of(state, name)
        if other is None or other.status is not Status.SETTLED:
            instruction.links[each.reference] = each.position
            state.settlement.named.setdefault(name, {})[instruction.number] = each.position


def unlink(state: State, instruction: Instruction) -> None:
    """Take the links of an instruction back; for `evolve` only."""
    named = state.settlement.named
    for reference in instruction.links:
        name = (instruction.party, reference)
        del named[name][instruction.number]
        if not named[name]:
            del named[name]
    instruction.links.clear()


def fulfil(state: State, instruction: Instruction) -> None:
    """An instruction has settled: its links, and those that name it, hold nothing back any more, and what waited for
    them is tried; for `evolve` only."""
    freed: list[Name] = [(instruction.party, reference) for reference in instruction.links]
    unlink(state, instruction)
    for number in state.settlement.named.pop(name_of(instruction), {}):
        other = state.settlement.instructions[number]
        del other.links[instruction.order.reference]
        freed.append(name_of(other))
    for name in freed:
        transaction = transaction_of(state, name)
        if transaction is not None:
            state.follow(WorkKind.SETTLE, transaction.number)
