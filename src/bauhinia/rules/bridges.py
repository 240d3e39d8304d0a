"""Bridges over the hours in which an RTGS is closed: one member lends another settlement money, up to a limit.

Tokens move around the clock; the money that stands behind them can be fetched only while the RTGS is open. A member
offers another a bridge, which its deposits draw on by themselves where that is agreed, and which is repaid by the next
cut-off of the money's own system: out of the borrower's account, then out of its position. What is not repaid by then
is overdue, told to both and to the network's operator, and nothing more is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.days import DutyKind, Phase
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.networks import Bridge, ClaimMode, Member, Network
from bauhinia.ledger.posting import Leg, obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.networks import member_of
from bauhinia.rules.routing import mode_of, network_of
from bauhinia.rules.settlement import require_movable, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.dates import DAY, micros_at
from bauhinia.words.ids import LIMIT, AccountNumber, Micros, NetworkNumber, PartyNumber, Units
from bauhinia.words.reasons import Reason, known, require

LONGEST = 400 * DAY


@dataclass(slots=True)
class OfferBridge:
    """A command of four eyes by a member: it lends another up to `limit`, on draw until a moment (exclusive). A new
    offer takes the place of the last; what is drawn stays due, and a limit of zero ends it."""

    network: NetworkNumber
    borrower: PartyNumber
    limit: Units
    until: Micros
    automatic: bool


@dataclass(slots=True)
class DrawBridge:
    """A command by the borrower."""

    network: NetworkNumber
    lender: PartyNumber
    amount: Units


@dataclass(slots=True)
class RepayBridge:
    """A command by the borrower: out of its own account, where its position has it out of that."""

    network: NetworkNumber
    lender: PartyNumber
    amount: Units


@dataclass(slots=True)
class BridgeOffered:
    network: NetworkNumber
    lender: PartyNumber
    borrower: PartyNumber
    limit: Units
    until: Micros
    automatic: bool


@dataclass(slots=True)
class BridgeDrawn:
    """So much more is lent; all that is drawn is due at `due`."""

    network: NetworkNumber
    lender: PartyNumber
    borrower: PartyNumber
    amount: Units
    due: Micros


@dataclass(slots=True)
class BridgeRepaid:
    network: NetworkNumber
    lender: PartyNumber
    borrower: PartyNumber
    amount: Units


@dataclass(slots=True)
class BridgeOverdue:
    """What is left unpaid past its moment."""

    network: NetworkNumber
    lender: PartyNumber
    borrower: PartyNumber
    amount: Units


def offer_bridge(step: Step, command: OfferBridge) -> None:
    """Checked in order: the network, of which the asker is a member and which settles on the ledger; the borrower,
    another member; limit and moment."""
    network = network_of(step.state, command.network)
    member_of(network, step.asker)
    require(network.settlement, Reason.STATE, "network", network.number, "has no settlement money")
    other = command.borrower in network.members and command.borrower != step.asker
    require(other, Reason.UNKNOWN_PARTY, "borrower", command.borrower)
    require(0 <= command.limit < LIMIT, Reason.AMOUNT, "limit", command.limit)
    require(step.time < command.until <= step.time + LONGEST, Reason.DATE, "until", command.until)
    step.emit(
        BridgeOffered(network.number, step.asker, command.borrower, command.limit, command.until, command.automatic)
    )


def draw_bridge(step: Step, command: DrawBridge) -> None:
    """Checked in order: the bridge; that its lender may act; the amount, within its limit; that the lender has it."""
    network, bridge = _bridge(step, command.network, command.lender)
    require(not network.members[bridge.lender].failed, Reason.SUSPENDED, "lender", command.lender)
    require(0 < command.amount <= _left(bridge, step.time), Reason.AMOUNT, "amount", command.amount)
    legs = _legs(step.state, network, bridge.lender, bridge.borrower, command.amount)
    found = obstacle(step.state.book, legs, step.time)
    require(found is None, Reason.LIQUIDITY, "lender", command.lender)
    _draw(step, network, bridge, command.amount)


def repay_bridge(step: Step, command: RepayBridge) -> None:
    """Checked in order: the bridge; the amount, of what is drawn; that the borrower has it."""
    network, bridge = _bridge(step, command.network, command.lender)
    require(0 < command.amount <= bridge.drawn, Reason.AMOUNT, "amount", command.amount)
    borrower = network.members[bridge.borrower]
    has = step.state.positions.available(borrower.own, network.settlement) >= command.amount
    source = borrower.own if has else borrower.position
    target = _till(network.members[bridge.lender], mode_of(step.state, network))
    legs = [Leg(network.settlement, source, target, command.amount)]
    require_movable(step.state, legs, step.time)
    _repay(step, network, bridge, legs, command.amount)


def _bridge(step: Step, number: NetworkNumber, lender: PartyNumber) -> tuple[Network, Bridge]:
    network = network_of(step.state, number)
    member_of(network, step.asker)
    return network, known(network.bridges.get((lender, step.asker)), Reason.UNKNOWN_PARTY, "lender", lender)


def _left(bridge: Bridge, time: Micros) -> Units:
    """What may still be drawn."""
    return 0 if bridge.overdue or time >= bridge.until else max(bridge.limit - bridge.drawn, 0)


def _till(member: Member, mode: ClaimMode) -> AccountNumber:
    """The account out of which a member settles with others: its position, or its own where there is none."""
    return member.position if mode in (ClaimMode.PREFUNDED, ClaimMode.QUEUED) else member.own


def _legs(state: State, network: Network, lender: PartyNumber, borrower: PartyNumber, amount: Units) -> list[Leg]:
    mode = mode_of(state, network)
    giver, taker = (_till(network.members[each], mode) for each in (lender, borrower))
    return [Leg(network.settlement, giver, taker, amount)]


def _draw(step: Step, network: Network, bridge: Bridge, amount: Units) -> None:
    legs = _legs(step.state, network, bridge.lender, bridge.borrower, amount)
    due = bridge.due or _due(step.state, network, step.time)
    step.emit(BridgeDrawn(network.number, bridge.lender, bridge.borrower, amount, due))
    settle_now(step, TransactionKind.LIQUIDITY, legs, step.state.days.systems[network.system].date)


def _repay(step: Step, network: Network, bridge: Bridge, legs: list[Leg], amount: Units) -> None:
    step.emit(BridgeRepaid(network.number, bridge.lender, bridge.borrower, amount))
    settle_now(step, TransactionKind.LIQUIDITY, legs, step.state.days.systems[network.system].date)


def _due(state: State, network: Network, time: Micros) -> Micros:
    """The next cut-off of the system in which the network's RTGS runs; of the settlement money's where it has none."""
    money = state.assets[network.rtgs or network.settlement]
    system = state.days.systems[money.system]
    table, day = system.timetable, system.date
    cut_off = micros_at(day, table.dvp_cut_off, table.offset)
    if system.phase > Phase.OPEN or cut_off <= time:
        day = state.days.next_business_day(day, system.centres).day
        cut_off = micros_at(day, table.dvp_cut_off, table.offset)
    return cut_off


def draw_for(step: Step, network: Network, borrower: PartyNumber, lacking: Units, deposit: list[Leg]) -> bool:
    """Draw what a member lacks for a deposit on the bridges that may be drawn on by themselves, the oldest offer first:
    all of it, and only if nothing else is in the way of the deposit; or nothing. Tells, never asks."""
    draws: list[tuple[Bridge, Units]] = []
    drawn: list[Leg] = []
    mode = mode_of(step.state, network)
    for bridge in network.bridges.values():
        if bridge.borrower != borrower or not bridge.automatic or lacking == 0:
            continue
        if network.members[bridge.lender].failed:
            continue
        till = _till(network.members[bridge.lender], mode)
        amount = min(lacking, _left(bridge, step.time), step.state.positions.available(till, network.settlement))
        legs = _legs(step.state, network, bridge.lender, borrower, amount)
        if amount > 0 and obstacle(step.state.book, legs, step.time) is None:
            draws.append((bridge, amount))
            drawn += legs
            lacking -= amount
    if lacking or obstacle(step.state.book, [*drawn, *deposit], step.time) is not None:
        return False
    for bridge, amount in draws:
        _draw(step, network, bridge, amount)
    return True


def bridge_due(step: Step, subject: int) -> None:
    """A duty: what is drawn on the bridges of a network is due. It is taken from the borrower's own account, then from
    its position; what neither has is overdue."""
    network = step.state.networks.networks[NetworkNumber(subject)]
    for bridge in network.bridges.values():
        if not bridge.drawn or bridge.due > step.time or bridge.overdue:
            continue
        borrower = network.members[bridge.borrower]
        target = _till(network.members[bridge.lender], mode_of(step.state, network))
        for source in (borrower.own, borrower.position):
            amount = min(bridge.drawn, step.state.positions.available(source, network.settlement))
            legs = [Leg(network.settlement, source, target, amount)]
            if amount > 0 and obstacle(step.state.book, legs, step.time) is None:
                _repay(step, network, bridge, legs, amount)
        if bridge.drawn:
            step.emit(BridgeOverdue(network.number, bridge.lender, bridge.borrower, bridge.drawn))


def on_bridge_offered(state: State, event: BridgeOffered) -> None:
    bridges, key = state.networks.networks[event.network].bridges, (event.lender, event.borrower)
    bridge = bridges.get(key)
    if bridge is None:
        bridges[key] = Bridge(event.lender, event.borrower, event.limit, event.until, event.automatic)
    else:
        bridge.limit, bridge.until, bridge.automatic = event.limit, event.until, event.automatic


def on_bridge_drawn(state: State, event: BridgeDrawn) -> None:
    bridge = state.networks.networks[event.network].bridges[event.lender, event.borrower]
    if not bridge.drawn:
        state.schedule(event.due, DutyKind.BRIDGE, event.network)
    bridge.drawn += event.amount
    bridge.due = event.due


def on_bridge_repaid(state: State, event: BridgeRepaid) -> None:
    bridge = state.networks.networks[event.network].bridges[event.lender, event.borrower]
    bridge.drawn -= event.amount
    if not bridge.drawn:
        bridge.due, bridge.overdue = 0, False


def on_bridge_overdue(state: State, event: BridgeOverdue) -> None:
    state.networks.networks[event.network].bridges[event.lender, event.borrower].overdue = True


def sees_bridge(state: State, event: BridgeOffered | BridgeDrawn | BridgeRepaid | BridgeOverdue) -> Audience:
    """Lender, borrower, and the network's operator."""
    return (event.lender, event.borrower, state.networks.networks[event.network].operator)
