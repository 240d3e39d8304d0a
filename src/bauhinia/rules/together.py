"""Sets that settle at one instant, where one by one nothing would.

Gross settlement gets stuck where everyone waits for someone else. Any set of transactions that wait may settle at once
if that leaves every position at or above its floor: what comes in by one pays for what goes out by another, and only
the ends count. Finding a good set is hard and is done elsewhere; checking one is a pass over its legs, and is done
here, whoever proposes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bauhinia.ledger.instructions import OPEN, Status, Transaction
from bauhinia.ledger.links import breaks
from bauhinia.ledger.parties import Role
from bauhinia.ledger.positions import key_of
from bauhinia.ledger.posting import Leg, blocked, limited, shortfall, unbacked
from bauhinia.ledger.state import State
from bauhinia.ledger.waiting import need_of
from bauhinia.rules.settlement import Settled, parties_to, withheld
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import NO_PARTY, AccountNumber, AssetNumber, Micros, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason, Refused, known, require

MOST_LEGS = 20_000  # of one set: as many as a block moves in pages
TOLD_TO_ALL = (Reason.FUTU, Reason.CYCL, Reason.BOTH)


@dataclass(slots=True)
class AppointOffsetAgent:
    """A command of four eyes by the operator: the party sees the whole queue, and may propose from it, until a moment
    (exclusive). Zero ends an appointment."""

    party: PartyNumber
    until: Micros


@dataclass(slots=True)
class SettleTogether:
    """A command: these transactions settle at one instant, or none of them. `why` is how the proposer came to them.

    The operator and the agents that it has appointed propose from the whole queue, anyone else from its own: what it
    is party to.
    """

    transactions: tuple[TransactionNumber, ...]
    why: str


@dataclass(slots=True)
class OffsetAgentAppointed:
    """A party may propose from the whole queue until a moment; zero: no longer."""

    party: PartyNumber
    until: Micros


@dataclass(slots=True)
class OffsetTaken:
    """A proposal was right: what it names settles now. Numbered from 1."""

    offset: int
    by: PartyNumber
    transactions: tuple[TransactionNumber, ...]
    why: str
    time: Micros


def appoint_offset_agent(step: Step, command: AppointOffsetAgent) -> None:
    """Appoint an agent, or end its appointment."""
    state = step.state
    state.party(command.party)
    if command.until:
        require(command.until > step.time, Reason.EXPIRED, "until", command.until)
    else:
        require(command.party in state.settlement.offset_agents, Reason.STATE, "party", command.party, "is no agent")
    step.emit(OffsetAgentAppointed(command.party, command.until))


def settle_together(step: Step, command: SettleTogether) -> None:
    """Settle a set at one instant.

    Checked by transaction, in the command's order: it is there and the asker's to propose, named once, not settled or
    cancelled, and paid on the ledger; holds, day and phase, and that no cycle settles it; pauses, blocks and
    eligibility; backing; that whatever its links put before it or together with it has settled, or is in the set. Then,
    by position in the order of the legs, that none ends below its floor, and no wallet beyond its limits: there the
    last transaction that draws on it, or fills it, is named.
    """
    require(command.transactions, Reason.EMPTY, "transactions")
    require_text(command.why, "why")
    transactions, legs = _named(step, command.transactions)
    short = shortfall(step.state.book, legs) or limited(step.state.book, legs)
    if short is not None:
        key, draws = key_of(short.account, short.asset), -1 if short.reason is Reason.HOLDING_LIMIT else 1
        last = next(each for each in reversed(transactions) if draws * need_of(each, key) > 0)
        raise _short(step, last, short.reason, short.account, short.asset, short.lacking)
    offset = step.state.settlement.last_offset + 1
    step.emit(OffsetTaken(offset, step.asker, command.transactions, command.why, step.time))
    step.emit(Settled(command.transactions, step.time))
    step.legs += len(legs)


def _named(step: Step, numbers: Sequence[TransactionNumber]) -> tuple[list[Transaction], list[Leg]]:
    """The transactions and all their legs, each transaction asked about whatever does not hang on what others have."""
    everything, among = proposes_all(step.state, step.asker, step.time), dict.fromkeys(numbers)
    seen: dict[TransactionNumber, None] = {}
    transactions: list[Transaction] = []
    legs: list[Leg] = []
    for number in numbers:
        transaction = known(step.state.settlement.transactions.get(number), Reason.UNKNOWN_TRANSACTION, number)
        require(everything or _takes_part(step, transaction), Reason.UNKNOWN_TRANSACTION, number)
        require(number not in seen, Reason.DUPLICATE, "transaction", number)
        seen[number] = None
        require_waiting(step, transaction)
        require(not breaks(step.state, transaction, among), Reason.LINK, "transaction", number)
        transactions.append(transaction)
        legs += transaction.legs
        require(len(legs) <= MOST_LEGS, Reason.AMOUNT, "transactions", "have more legs than", MOST_LEGS)
    return transactions, legs


def require_waiting(step: Step, transaction: Transaction) -> None:
    """Refuse what others could not help: the first thing that is in the way of a transaction by itself."""
    state, number = step.state, transaction.number
    done = transaction.status in (Status.SETTLED, Status.CANCELLED)
    require(not done, Reason.ALREADY_DONE, "transaction", number, transaction.status.name)
    require(transaction.status in OPEN, Reason.STATE, "transaction", number, transaction.status.name)
    require(not transaction.payment, Reason.STATE, "transaction", number, "is paid outside the ledger")
    found = withheld(state, transaction, step.time)
    if found is not None:
        raise Refused(_told(step, found.reason, found.party), "transaction", number)
    in_the_way = blocked(state.book, transaction.legs, step.time) or unbacked(state.book, transaction.legs)
    if in_the_way is not None:
        reason = in_the_way.reason if _operates(step) else Reason.NOT_WAITING
        raise Refused(reason, "transaction", number)


def _told(step: Step, reason: Reason, held_by: PartyNumber) -> Reason:
    """Why a transaction may not settle yet, in the asker's own words: a hold is its own or the other side's."""
    if reason in TOLD_TO_ALL or held_by in (NO_PARTY, step.asker) or proposes_all(step.state, step.asker, step.time):
        return reason
    return Reason.PRCY


def _short(
    step: Step, transaction: Transaction, reason: Reason, account: AccountNumber, asset: AssetNumber, lacking: Units
) -> Refused:
    """The refusal of a set that leaves a position short. Whoever proposes from its own queue alone is told of another's
    position no more than that it is the counterparty's."""
    own = step.state.accounts[account].holder == step.asker
    if own or proposes_all(step.state, step.asker, step.time):
        return Refused(reason, "transaction", transaction.number, "account", account, "asset", asset, "lacks", lacking)
    told = {Reason.LACK: Reason.CLAC, Reason.MONY: Reason.CMON}.get(reason, Reason.NOT_WAITING)
    return Refused(told, "transaction", transaction.number)


def _operates(step: Step) -> bool:
    return Role.OPERATOR in step.party().roles


def proposes_all(state: State, party: PartyNumber, time: Micros) -> bool:
    """Whether a party proposes from the whole queue: an operator, or an agent that one has appointed."""
    return Role.OPERATOR in state.parties[party].roles or time < state.settlement.offset_agents.get(party, 0)


def _takes_part(step: Step, transaction: Transaction) -> bool:
    """Whether the asker is party to a transaction: it holds an account in it, or has instructed it."""
    instructions = step.state.settlement.instructions
    instructed = [each for each in (transaction.deliver, transaction.receive) if each]
    if any(instructions[each].party == step.asker for each in instructed):
        return True
    return step.asker in parties_to(step.state, transaction.number)


def on_offset_agent_appointed(state: State, event: OffsetAgentAppointed) -> None:
    if event.until:
        state.settlement.offset_agents[event.party] = event.until
    else:
        del state.settlement.offset_agents[event.party]


def on_offset_taken(state: State, event: OffsetTaken) -> None:
    state.settlement.last_offset = event.offset


def sees_agent(state: State, event: OffsetAgentAppointed) -> Audience:
    """The party that is appointed."""
    return (event.party,)


def sees_offset(state: State, event: OffsetTaken) -> Audience:
    """Who proposed. The parties to what settled are told of that alone."""
    return (event.by,)
