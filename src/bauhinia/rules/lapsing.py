"""What becomes of an instruction that is alone: its counterparty is told of it, and after some days it lapses.

An allegement (ISO 20022 sese.028) says what the one side wants of the other: what, when, for how much; neither its
account nor its reference. Allegements are told all at once, some minutes after the first instruction they are about, so
that two sides that instruct soon after each other hear nothing. One is gone when the two match, and when the
instruction is cancelled or lapses: each of these the counterparty is told as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.bond.calendar import add_business_days
from bauhinia.ledger.days import DutyKind, System
from bauhinia.ledger.instructions import CumEx, Instruction, Payment, Side
from bauhinia.ledger.state import State
from bauhinia.rules.matching import unfile
from bauhinia.rules.registers import provision
from bauhinia.rules.settlement import break_links
from bauhinia.rules.step import Audience, Step
from bauhinia.words.dates import MINUTE, day_of
from bauhinia.words.ids import AssetNumber, InstructionNumber, Micros, PartyNumber, SystemNumber, Units

LAPSE_DAYS = "matching.lapse_days"
DAYS = 20  # business days, where no rulebook says otherwise
MOST_DAYS = 250


@dataclass(slots=True)
class Alleged:
    """A party has instructed, and its counterparty has not instructed alike. `side` is that of the party; money and
    amount are zero where it is free of payment."""

    instruction: InstructionNumber
    party: PartyNumber
    side: Side
    payment: Payment
    asset: AssetNumber
    quantity: Units
    trade_date: date
    settlement_date: date
    money: AssetNumber
    amount: Units
    common_reference: str
    cum_ex: CumEx
    model: int


@dataclass(slots=True)
class Lapsed:
    """An instruction was alone for too long, and is cancelled (ISO 20022 CANS: by the system)."""

    instruction: InstructionNumber


def awaits_telling(state: State, number: InstructionNumber, time: Micros) -> None:
    """An instruction is alone: its counterparty is told with the next allegements; for `evolve` only."""
    settlement = state.settlement
    settlement.fresh[number] = True
    if settlement.alleging <= time:
        settlement.alleging = time + state.settings.allege_minutes * MINUTE
        state.schedule(settlement.alleging, DutyKind.ALLEGE, 0)


def allege(step: Step, subject: int) -> None:
    """A duty: whoever has not answered an instruction is told of it, once."""
    settlement = step.state.settlement
    for number in list(settlement.fresh):
        instruction = settlement.instructions[number]
        order = instruction.order
        step.emit(
            Alleged(
                number, instruction.party, order.side, order.payment, order.asset, order.quantity, order.trade_date,
                order.settlement_date, order.money, order.amount, order.common_reference, order.cum_ex,
                order.model,
            )
        )  # fmt: skip


def lapse_day(step: Step, subject: int) -> None:
    """A follow-up at a system's end of day: what has been alone for as many business days as the rulebook gives it
    lapses. They count from its intended date or its entry, whichever is later."""
    state = step.state
    system = state.days.systems[SystemNumber(subject)]
    last: dict[AssetNumber, date] = {}
    for filed in list(state.settlement.unmatched.values()):
        for number in list(filed):
            instruction = state.settlement.instructions[number]
            asset = instruction.order.asset
            if state.assets[asset].system != system.number:
                continue
            if asset not in last:
                last[asset] = add_business_days(
                    system.date, -lapse_days(state, asset), state.days.of(system.centres)
                ).day
            if _since(instruction, system) <= last[asset]:
                step.emit(Lapsed(number))


def lapse_days(state: State, asset: AssetNumber) -> int:
    """For how many business days an instruction in a bond may be alone."""
    said = provision(state, state.assets[asset], LAPSE_DAYS, "")
    days = int(said) if said.isascii() and said.isdecimal() and len(said) <= 3 else DAYS
    return min(max(days, 1), MOST_DAYS)


def _since(instruction: Instruction, system: System) -> date:
    return max(instruction.order.settlement_date, day_of(instruction.entered, system.timetable.offset))


def on_alleged(state: State, event: Alleged) -> None:
    state.settlement.fresh.pop(event.instruction, None)
    state.settlement.instructions[event.instruction].alleged = True


def on_lapsed(state: State, event: Lapsed) -> None:
    instruction = state.settlement.instructions[event.instruction]
    break_links(state, instruction)
    unfile(state.settlement, instruction)
    instruction.cancelled = True
    state.settlement.withdrawn.append(event.instruction)


def sees_alleged(state: State, event: Alleged) -> Audience:
    """The counterparty that the instruction names."""
    return (state.settlement.instructions[event.instruction].order.counterparty,)


def sees_lapsed(state: State, event: Lapsed) -> Audience:
    """The side that instructed, holder and custodian of its account, and the counterparty to whom it was alleged."""
    instruction = state.settlement.instructions[event.instruction]
    account = state.accounts[instruction.order.account]
    told = (instruction.order.counterparty,) if instruction.alleged else ()
    return (instruction.party, account.holder, account.keeper, *told)
