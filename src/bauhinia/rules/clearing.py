"""What banks of a network may owe, and hold: debit caps, bilateral lines, and the bounds of funded positions.

Each is a balance, so that nothing exceeds it at any instant. A debit cap is credit minted to the bank's position: what
it pays takes from it, what it is paid adds to it. A line is credit that one bank grants to another. The least that a
position may hold is earmarked in it, the most is its ceiling. A cap or a line that is lowered below what is used comes
down as far as it is unused, and the rest with the next cycle: nothing that was minted within it is unwound.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.networks import Member, Network
from bauhinia.ledger.positions import key_of
from bauhinia.ledger.posting import Leg, earmark, release
from bauhinia.ledger.state import State
from bauhinia.rules.cover import coverable, require_covered
from bauhinia.rules.networks import member_of, operated
from bauhinia.rules.routing import network_of
from bauhinia.rules.settlement import make_room, require_movable, settle_now, wake
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import LIMIT, NetworkNumber, PartyNumber, Units
from bauhinia.words.reasons import Reason, known, require


@dataclass(slots=True)
class SetDebitCap:
    """A command of four eyes by the network's operator: what a bank may owe all others between two cycles."""

    network: NetworkNumber
    bank: PartyNumber
    cap: Units


@dataclass(slots=True)
class GrantLine:
    """A command of four eyes by a member: what another bank may owe it between two cycles."""

    network: NetworkNumber
    bank: PartyNumber
    amount: Units


@dataclass(slots=True)
class BoundPosition:
    """A command of four eyes by the network's operator: the least that a bank must keep in its position, which it has
    funded by now, and the most that it may come to hold there (zero: without bound)."""

    network: NetworkNumber
    bank: PartyNumber
    least: Units
    most: Units


@dataclass(slots=True)
class RepayLoss:
    """A command by a bank that owes others what they have borne for it: it pays one of them out of its own account."""

    network: NetworkNumber
    bank: PartyNumber
    amount: Units


@dataclass(slots=True)
class DebitCapSet:
    """A bank's cap is `cap` from now on. It is to be `ordered`: lower, where more is used."""

    network: NetworkNumber
    bank: PartyNumber
    cap: Units
    ordered: Units


@dataclass(slots=True)
class LineGranted:
    """`to` may owe `bank` so much from now on; it is to be `offered`: lower, where more is used."""

    network: NetworkNumber
    bank: PartyNumber
    to: PartyNumber
    granted: Units
    offered: Units


@dataclass(slots=True)
class PositionBounded:
    network: NetworkNumber
    bank: PartyNumber
    least: Units
    most: Units


@dataclass(slots=True)
class LossRepaid:
    """A bank has paid another of what that had borne for it."""

    network: NetworkNumber
    defaulter: PartyNumber
    bank: PartyNumber
    amount: Units


def set_debit_cap(step: Step, command: SetDebitCap) -> None:
    """Checked in order: the network, which the asker operates, and which has settlement money; the bank; the amount, a
    change; of a higher cap that the bank has neither failed nor owes others, and that collateral covers all caps."""
    network = operated(step, command.network)
    member = known(network.members.get(command.bank), Reason.UNKNOWN_PARTY, "bank", command.bank)
    require(network.settlement, Reason.STATE, "network", network.number, "has no settlement money")
    require(0 <= command.cap < LIMIT, Reason.AMOUNT, "cap", command.cap)
    require(command.cap != member.ordered, Reason.ALREADY_DONE, "cap", command.cap)
    if command.cap > member.cap:
        require(not member.failed, Reason.SUSPENDED, "bank", command.bank)
        owes = any(debtor == command.bank for debtor, _ in network.owed)
        require(not owes, Reason.OWING, "bank", command.bank)
        require_covered(step.state, network, command.bank, cap=command.cap)
        more = command.cap - member.cap
        legs = [Leg(network.credit, network.credit_account, member.position, more)]
        require_movable(step.state, legs, step.time)
    move_cap(step, network, member, command.cap)


def move_cap(step: Step, network: Network, member: Member, ordered: Units) -> None:
    """Bring a bank's cap to what is ordered, or as near as what is used of it lets."""
    balance = step.state.positions.balance(member.position, network.credit)
    cap = max(ordered, member.cap - balance)
    issuer, change = network.credit_account, cap - member.cap
    if change > 0:
        _move(step, network, [Leg(network.credit, issuer, member.position, change)])
    elif change < 0:
        _move(step, network, [Leg(network.credit, member.position, issuer, -change)])
    step.emit(DebitCapSet(network.number, member.bank, cap, ordered))


def _move(step: Step, network: Network, legs: list[Leg]) -> None:
    settle_now(step, TransactionKind.LIQUIDITY, legs, step.state.days.systems[network.system].date)


def grant_line(step: Step, command: GrantLine) -> None:
    """Checked in order: the network, of which the asker is a member; another member; the amount, a change; that neither
    account is blocked."""
    network = network_of(step.state, command.network)
    member = member_of(network, step.asker)
    other = known(network.members.get(command.bank), Reason.UNKNOWN_PARTY, "bank", command.bank)
    require(other is not member, Reason.UNKNOWN_PARTY, "bank", command.bank)
    require(0 <= command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    require(command.amount != member.offered.get(command.bank, 0), Reason.ALREADY_DONE, "amount", command.amount)
    more = command.amount - member.granted.get(command.bank, 0)
    if more > 0:
        require_movable(step.state, [Leg(member.lines, member.lines_account, other.position, more)], step.time)
    move_line(step, network, member, other, command.amount)


def move_line(step: Step, network: Network, member: Member, other: Member, offered: Units) -> None:
    """Bring a line to what is offered, or as near as what is used of it lets."""
    granted = member.granted.get(other.bank, 0)
    balance = step.state.positions.balance(other.position, member.lines)
    line = max(offered, granted - balance)
    if line > granted:
        _move(step, network, [Leg(member.lines, member.lines_account, other.position, line - granted)])
    elif line < granted:
        _move(step, network, [Leg(member.lines, other.position, member.lines_account, granted - line)])
    step.emit(LineGranted(network.number, member.bank, other.bank, line, offered))


def trim(step: Step, network: Network) -> None:
    """Bring down caps and lines that are above what is ordered, offered or still covered, as far as they are unused."""
    for bank, cap in coverable(step.state, network).items():
        member = network.members[bank]
        used = member.cap - step.state.positions.balance(member.position, network.credit)
        if cap < member.ordered or (cap < member.cap and used < member.cap):
            move_cap(step, network, member, cap)
    for member in network.members.values():
        for bank, granted in list(member.granted.items()):
            other = network.members[bank]
            offered = member.offered.get(bank, 0)
            if offered < granted and step.state.positions.balance(other.position, member.lines):
                move_line(step, network, member, other, offered)


def bound_position(step: Step, command: BoundPosition) -> None:
    """Checked in order: the network, which the asker operates, and which has settlement money; the bank; bounds in
    order, another pair than before; that the position lies within them."""
    network = operated(step, command.network)
    member = known(network.members.get(command.bank), Reason.UNKNOWN_PARTY, "bank", command.bank)
    require(network.settlement, Reason.STATE, "network", network.number, "has no settlement money")
    require(0 <= command.least < LIMIT, Reason.AMOUNT, "least", command.least)
    require(0 <= command.most < LIMIT, Reason.AMOUNT, "most", command.most)
    require(not command.most or command.least <= command.most, Reason.AMOUNT, "most", command.most)
    bounds = command.least, command.most
    require(bounds != (member.least, member.most), Reason.ALREADY_DONE, "bank", command.bank)
    funded = step.state.positions.available(member.position, network.settlement) + member.least
    require(command.least <= funded, Reason.LIQUIDITY, "bank", command.bank)
    require(not command.most or funded <= command.most, Reason.HOLDING_LIMIT, "bank", command.bank)
    step.emit(PositionBounded(network.number, command.bank, command.least, command.most))


def repay_loss(step: Step, command: RepayLoss) -> None:
    """Checked in order: the network, of which the asker is a member; a bank to which it owes; no more than it owes;
    that its own account has it."""
    state = step.state
    network = network_of(state, command.network)
    member = member_of(network, step.asker)
    owed = known(network.owed.get((step.asker, command.bank)), Reason.UNKNOWN_PARTY, "bank", command.bank)
    require(0 < command.amount <= owed, Reason.AMOUNT, "amount", command.amount)
    legs = [Leg(network.settlement, member.own, network.members[command.bank].own, command.amount)]
    require_movable(state, legs, step.time)
    _move(step, network, legs)
    step.emit(LossRepaid(network.number, step.asker, command.bank, command.amount))


def on_debit_cap_set(state: State, event: DebitCapSet) -> None:
    member = state.networks.networks[event.network].members[event.bank]
    member.cap, member.ordered = event.cap, event.ordered


def on_line_granted(state: State, event: LineGranted) -> None:
    member = state.networks.networks[event.network].members[event.bank]
    for kept, amount in ((member.granted, event.granted), (member.offered, event.offered)):
        kept.pop(event.to, None)
        if amount:
            kept[event.to] = amount


def on_position_bounded(state: State, event: PositionBounded) -> None:
    network = state.networks.networks[event.network]
    member = network.members[event.bank]
    key = key_of(member.position, network.settlement)
    change = event.least - member.least
    legs = [Leg(network.settlement, member.position, member.own, abs(change))] if change else []
    (earmark if change > 0 else release)(state.book, legs)
    member.least, member.most = event.least, event.most
    state.networks.ceilings.pop(key, None)
    if event.most:
        state.networks.ceilings[key] = event.most
    wake(state, member.position, network.settlement)
    make_room(state, member.position, network.settlement)


def on_loss_repaid(state: State, event: LossRepaid) -> None:
    owed = state.networks.networks[event.network].owed
    left = owed.pop((event.defaulter, event.bank)) - event.amount
    if left:
        owed[event.defaulter, event.bank] = left


def sees_bank(state: State, event: DebitCapSet | PositionBounded) -> Audience:
    """The bank and the network's operator: what a bank may do is not for the others."""
    return (event.bank, state.networks.networks[event.network].operator)


def sees_line(state: State, event: LineGranted) -> Audience:
    """Both banks, and the network's operator."""
    return (event.bank, event.to, state.networks.networks[event.network].operator)


def sees_repaid(state: State, event: LossRepaid) -> Audience:
    """Both banks, and the network's operator."""
    return (event.defaulter, event.bank, state.networks.networks[event.network].operator)
