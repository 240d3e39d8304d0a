"""Deposits on condition: a token as a payment instruction that pays when something has happened, or goes back.

The payer's tokens are set aside at once, so the payee need not trust the payer; and the payer is paid back at a moment
that was agreed, so the payer need not trust the payee. What releases them is shown on the ledger: the preimage of a
hash (hash- and time-locked, as two ledgers settle together), the word of a party, or a delivery of securities.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from bauhinia.ledger.instructions import OPEN
from bauhinia.ledger.networks import Condition, ConditionKind, Held
from bauhinia.ledger.parties import Right, holds_right
from bauhinia.rules.deposits import LOWEST_PRIORITY, Deposit, forward, sendable
from bauhinia.rules.holding import ConditionMet, done, ends, hold, screens_of
from bauhinia.rules.step import Step
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ASSET, NO_PARTY, AccountNumber, InstructionNumber, NetworkNumber, PartyNumber, Units
from bauhinia.words.reasons import Reason, known, require

HASH = 32  # bytes of SHA-256
LONGEST = 400 * DAY
MOST_PREIMAGE = 64  # bytes


@dataclass(slots=True)
class SendOnCondition:
    """A command by whoever may instruct the payer's account: a deposit, as `Deposit` has it, that is held until its
    condition is met."""

    network: NetworkNumber
    payer: AccountNumber
    payee: AccountNumber
    amount: Units
    reference: str
    condition: Condition
    payer_bank: PartyNumber = NO_PARTY
    payee_bank: PartyNumber = NO_PARTY
    priority: int = LOWEST_PRIORITY


@dataclass(slots=True)
class ReleaseDeposit:
    """A command: releases a held deposit; of a hash by whoever shows its preimage, else by the party that it names."""

    held: int
    preimage: bytes


@dataclass(slots=True)
class DeclineDeposit:
    """A command by whoever may instruct the payee's account: a conditional deposit goes back at once."""

    held: int


def send_on_condition(step: Step, command: SendOnCondition) -> None:
    """Hold a deposit until its condition is met.

    Checked in order: as `deposits.sendable` has it; the condition: a moment to come, not too far off; a hash of its
    length, a party that is there, or an instruction of the payer's own that may still settle; nothing beside it. Then
    that the payer has so much.
    """
    order = Deposit(
        command.network, command.payer, command.payee, command.amount, command.reference, command.payer_bank,
        command.payee_bank, command.priority,
    )  # fmt: skip
    network, transfer = sendable(step, order)
    _require_condition(step, command.condition)
    hold(step, network, transfer, command.priority, command.condition, screens_of(network, transfer))


def _require_condition(step: Step, condition: Condition) -> None:
    state, kind = step.state, condition.kind
    require(kind is not ConditionKind.NONE, Reason.EMPTY, "condition")
    require(step.time < condition.until <= step.time + LONGEST, Reason.DATE, "until", condition.until)
    length = HASH if kind is ConditionKind.HASH else 0
    require(len(condition.hash) == length, Reason.HASH, "hash", len(condition.hash))
    if kind is ConditionKind.PARTY:
        state.party(condition.party)
    else:
        require(not condition.party, Reason.UNKNOWN_PARTY, "party", condition.party)
    if kind is ConditionKind.DELIVERY:
        instruction = state.settlement.instructions.get(condition.instruction)
        found = known(instruction, Reason.UNKNOWN_INSTRUCTION, condition.instruction)
        require(found.party == step.asker, Reason.UNKNOWN_INSTRUCTION, condition.instruction)
        transaction = state.settlement.transactions.get(found.transaction) if found.transaction else None
        waits = not found.cancelled and (transaction is None or transaction.status in OPEN)
        require(waits, Reason.ALREADY_DONE, "instruction", condition.instruction)
    else:
        require(not condition.instruction, Reason.UNKNOWN_INSTRUCTION, condition.instruction)


def release_deposit(step: Step, command: ReleaseDeposit) -> None:
    """Checked in order: a held deposit that the asker has a part in; not released before, and not over; its condition:
    the preimage, or the party that asks."""
    held, condition = _held(step, command.held)
    require(not held.met, Reason.ALREADY_DONE, "held", command.held)
    require(step.time < condition.until, Reason.EXPIRED, "until", condition.until)
    if condition.kind is ConditionKind.HASH:
        short = len(command.preimage) <= MOST_PREIMAGE
        require(short and sha256(command.preimage).digest() == condition.hash, Reason.HASH, "preimage")
    else:
        says = condition.kind is ConditionKind.PARTY and condition.party == step.asker
        require(says and not command.preimage, Reason.RIGHT, "held", command.held)
    meet(step, held)


def decline_deposit(step: Step, command: DeclineDeposit) -> None:
    """Checked in order: a held deposit that the asker has a part in; the payee's account, which it may instruct; not
    released before."""
    held, _ = _held(step, command.held)
    require(instructs(step, held.transfer.payee), Reason.RIGHT, "held", command.held)
    require(not held.met, Reason.ALREADY_DONE, "held", command.held)
    ends(step, held, "the payee declines")


def _held(step: Step, number: int) -> tuple[Held, Condition]:
    """A conditional deposit in which the asker has a part: payer, payee, a bank of theirs, or the party that it names;
    to others, and of what is held for screening alone, there is none."""
    held = known(step.state.networks.held.get(number), Reason.UNKNOWN_TRANSACTION, "held", number)
    sent, asker = held.transfer, step.asker
    near = asker in (sent.payer_bank, sent.payee_bank, held.condition.party)
    near = near or any(instructs(step, each) for each in (sent.payer, sent.payee))
    conditional = held.condition.kind is not ConditionKind.NONE
    require(near and conditional and asker != NO_PARTY, Reason.UNKNOWN_TRANSACTION, "held", number)
    return held, held.condition


def instructs(step: Step, account: AccountNumber) -> bool:
    """Whether the asker may instruct an account in any asset."""
    return holds_right(step.state.accounts[account], step.asker, Right.INSTRUCT, NO_ASSET, step.time)


def meet(step: Step, held: Held) -> None:
    """The condition of a deposit is met: it goes on, unless a bank still screens it; tells, never asks."""
    step.emit(ConditionMet(held.number, held.transfer))
    go_on(step, held, "the condition is met")


def go_on(step: Step, held: Held, why: str) -> None:
    """Send a held deposit on if nothing holds it any more; tells, never asks."""
    if held.met and not held.screens:
        step.emit(done(held, why, sent=True))
        forward(step, step.state.networks.networks[held.transfer.network], held.transfer, held.priority)


def delivered(step: Step, subject: int) -> None:
    """A follow-up: an instruction has settled for which deposits are held."""
    for number in list(step.state.networks.deliveries.get(InstructionNumber(subject), ())):
        held = step.state.networks.held[number]
        if not held.met and step.time < held.condition.until:
            meet(step, held)
