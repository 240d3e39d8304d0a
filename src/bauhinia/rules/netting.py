"""Multilateral net settlement: what banks owe each other since the last cycle, paid in one posting.

The difference between a bank's credit and its cap is what it is owed, or owes: over all banks that is nothing. A cycle
pays it from own account to own account through the network's, and every credit and line is whole again. Where a bank
lacks the money, it is called upon and the cycle waits for some minutes; then its collateral pays, and what that leaves
open is shared among the banks that survive. The tokens that its customers were paid in stay where they are: nothing is
ever unwound. What others have borne, the bank owes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.networks import Member, Network
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.posting import Leg, Obstacle, blocked
from bauhinia.ledger.state import State
from bauhinia.rules.clearing import trim
from bauhinia.rules.cover import collateral_of, pledged_of
from bauhinia.rules.networks import operated
from bauhinia.rules.routing import provision_of
from bauhinia.rules.settlement import Settled, order
from bauhinia.rules.step import Audience, Step
from bauhinia.words.dates import MINUTE, micros_at, parse_minute
from bauhinia.words.ids import (
    NO_PARTY,
    AccountNumber,
    Micros,
    NetworkNumber,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, Refused, require

CYCLES = "network.cycles"
CLOSE = "network.close"
FUND_MINUTES = "network.fund_minutes"
LOSS_BY = "network.loss_by"  # LINES or COLLATERAL
MOST_CYCLES = 48  # a day
DEFAULT_MINUTES = 30  # to find money
LONGEST_MINUTES = 1_440
Shares = dict[tuple[PartyNumber, PartyNumber], Units]  # (who fails, who bears) -> how much


@dataclass(slots=True)
class SettleCycle:
    """A command by the network's operator: its banks settle now what they owe each other."""

    network: NetworkNumber


@dataclass(slots=True)
class CycleSettled:
    """What banks owed each other is paid: all of it, or (`bank`) what one that fails owed alone. Or, `close`, the
    network has closed for the day. Numbered within the network."""

    network: NetworkNumber
    cycle: int
    close: bool
    bank: PartyNumber
    time: Micros


@dataclass(slots=True)
class NetSettled:
    """What one bank was owed (above zero) or owed in a cycle; what came to its own account or left it, below zero; and
    what its collateral paid. At a close: its position, and what of it was paid out."""

    network: NetworkNumber
    cycle: int
    bank: PartyNumber
    net: Units
    own: Units
    collateral: Units


@dataclass(slots=True)
class FundsCalled:
    """A bank lacks so much, in its own account for a cycle, or at a close in its position: it is to find it by then."""

    network: NetworkNumber
    bank: PartyNumber
    amount: Units
    until: Micros
    close: bool


@dataclass(slots=True)
class LossShared:
    """A bank has borne a part of what another failed to pay: out of its collateral, or (`forgone`) by being paid so
    much less, where collateral did not suffice. The other owes it that."""

    network: NetworkNumber
    defaulter: PartyNumber
    bank: PartyNumber
    amount: Units
    forgone: bool


@dataclass(slots=True)
class Plan:
    """Who pays what in a settlement of these nets. `shares` are borne by collateral, `forgone` by who is owed."""

    nets: dict[PartyNumber, Units]
    own: dict[PartyNumber, Units] = field(default_factory=dict)
    collateral: dict[PartyNumber, Units] = field(default_factory=dict)
    shares: Shares = field(default_factory=dict)
    forgone: Shares = field(default_factory=dict)


def net_of(state: State, network: Network, member: Member) -> Units:
    """What a bank is owed by all others since the last cycle; below zero what it owes."""
    return state.positions.balance(member.position, network.credit) - member.cap


def nets(state: State, network: Network) -> dict[PartyNumber, Units]:
    """The net of each bank that has one; their sum is zero."""
    found = {bank: net_of(state, network, member) for bank, member in network.members.items()}
    return {bank: net for bank, net in found.items() if net}


def settle_cycle(step: Step, command: SettleCycle) -> None:
    """Checked in order: the network, which the asker operates; that anything is owed; that no bank is given time yet;
    that nothing blocks what is to be moved."""
    network = operated(step, command.network)
    owed = nets(step.state, network)
    require(owed or _line_legs(step.state, network, NO_PARTY), Reason.NOT_DUE, "network", network.number)
    if _short(step, network, owed) and not _over(step, network):
        require(not network.deadline, Reason.NOT_DUE, "network", network.number, "until", network.deadline)
    else:
        found = _held_up(step, network, plan_of(step.state, network, owed, step.time))
        if found is not None:
            raise Refused(found.reason, found.account, found.asset)
    cycle(step, network)


def cycle(step: Step, network: Network) -> None:
    """Settle what banks owe each other; or call upon those that lack the money. While anything blocks what is to be
    moved nothing is told: the next cycle comes to it."""
    owed = nets(step.state, network)
    if not owed and not network.deadline and not _line_legs(step.state, network, NO_PARTY):
        trim(step, network)
        return
    short = _short(step, network, owed)
    if short and not _over(step, network):
        if not network.deadline:
            call_funds(step, network, short, close=False)
        return
    plan = plan_of(step.state, network, owed, step.time)
    if _held_up(step, network, plan) is None:
        _settle(step, network, plan, NO_PARTY)


def call_funds(step: Step, network: Network, short: dict[PartyNumber, Units], *, close: bool) -> None:
    """Tell banks what they lack, and until when they may find it."""
    said = provision_of(step.state, network, FUND_MINUTES)
    minutes = int(said) if said.isascii() and said.isdecimal() and len(said) < 5 else DEFAULT_MINUTES
    until = step.time + min(minutes, LONGEST_MINUTES) * MINUTE
    for bank, lacking in short.items():
        step.emit(FundsCalled(network.number, bank, lacking, until, close))


def close_out(step: Step, network: Network, bank: PartyNumber) -> None:
    """A bank fails: what it owes is paid at once by its collateral, then by the others; to those who are owed, each in
    proportion. What it is owed itself it is paid in the next cycle, as all are."""
    owed = nets(step.state, network)
    debt = -owed.get(bank, 0)
    if debt > 0:
        claims = {each: net for each, net in owed.items() if net > 0}
        plan = plan_of(step.state, network, {bank: -debt, **split(debt, claims, claims)}, step.time)
        if _held_up(step, network, plan) is None:
            _settle(step, network, plan, bank)
            return
    trim(step, network)


def _over(step: Step, network: Network) -> bool:
    """Whether banks that were called upon have had their time."""
    return 0 < network.deadline <= step.time


def _short(step: Step, network: Network, owed: dict[PartyNumber, Units]) -> dict[PartyNumber, Units]:
    """What banks that are to find it lack."""
    found: dict[PartyNumber, Units] = {}
    for bank, net in owed.items():
        member = network.members[bank]
        lacking = -net - _means(step.state, network, member, step.time)
        if lacking > 0 and not member.failed:
            found[bank] = lacking
    return found


def _means(state: State, network: Network, member: Member, time: Micros) -> Units:
    """What a bank can pay out of its own account: nothing once it has failed, or while that is blocked."""
    leg = Leg(network.settlement, member.own, network.credit_account, 1)
    if member.failed or state.parties[member.bank].standing is not Standing.ACTIVE or blocked(state.book, [leg], time):
        return 0
    return state.positions.available(member.own, network.settlement)


def plan_of(state: State, network: Network, owed: dict[PartyNumber, Units], time: Micros) -> Plan:
    """Who pays: each its own debt out of its own account, then out of its collateral; what is left open is borne by the
    collateral that those pledge who have paid in full; and what even that leaves, by those who are owed."""
    plan = Plan({bank: net for bank, net in owed.items() if net})
    free: dict[PartyNumber, Units] = {}
    lost: dict[PartyNumber, Units] = {}
    for bank, member in network.members.items():
        debt = max(-plan.nets.get(bank, 0), 0)
        own = min(debt, _means(state, network, member, time))
        posted = collateral_of(state, network, member)
        collateral = min(debt - own, posted)
        plan.own[bank], plan.collateral[bank] = -own, collateral
        if debt > own + collateral:
            lost[bank] = debt - own - collateral
        else:
            free[bank] = min(pledged_of(state, network, member), posted - collateral)
    for bank, net in plan.nets.items():
        if net > 0:
            plan.own[bank] = net
    for bank, loss in lost.items():
        _share(state, network, plan, (bank, loss), free)
    return plan


def _share(
    state: State, network: Network, plan: Plan, lost: tuple[PartyNumber, Units], free: dict[PartyNumber, Units]
) -> None:
    """Share out what one bank leaves open: by the lines granted to it, where the rulebook says so, then by what is
    left of the collateral that is pledged; the rest by what is still to be received."""
    bank, loss = lost
    lines = {each: network.members[each].granted.get(bank, 0) for each in free}
    by_lines = provision_of(state, network, LOSS_BY) == "LINES"
    for weights in (lines, dict(free)) if by_lines else (dict(free),):
        for each, part in split(loss, weights, free).items():
            plan.shares[bank, each] = plan.shares.get((bank, each), 0) + part
            free[each] -= part
            loss -= part
    receives = {each: plan.own[each] for each, net in plan.nets.items() if net > 0}
    for each, part in split(loss, receives, receives).items():
        plan.forgone[bank, each] = part
        plan.own[each] -= part


def split(
    amount: Units, weights: dict[PartyNumber, Units], limits: dict[PartyNumber, Units]
) -> dict[PartyNumber, Units]:
    """An amount in proportion to weights, to nobody more than its limit; rounded so that the parts add up, in order.
    Less than the amount where the limits end before it."""
    given = dict.fromkeys(weights, 0)
    while amount:
        sharing = {each: weight for each, weight in weights.items() if weight > 0 and given[each] < limits[each]}
        total, passed, whole = sum(sharing.values()), 0, amount
        if not total:
            break
        for each, weight in sharing.items():
            part = whole * (passed + weight) // total - whole * passed // total
            part = min(part, limits[each] - given[each])
            passed += weight
            given[each] += part
            amount -= part
    return given


def _legs(state: State, network: Network, plan: Plan, time: Micros) -> list[list[Leg]]:
    """The legs of each bank, through the network's own account, so that nobody is told of another's."""
    hub, money, credit = network.credit_account, network.settlement, network.credit
    borne: dict[PartyNumber, Units] = {}
    for (_, bank), part in plan.shares.items():
        borne[bank] = borne.get(bank, 0) + part
    found: list[list[Leg]] = []
    for bank, member in network.members.items():
        net, own = plan.nets.get(bank, 0), plan.own.get(bank, 0)
        paid = plan.collateral.get(bank, 0) + borne.get(bank, 0)
        legs = [
            Leg(money, member.own, hub, -own),
            Leg(money, member.collateral, hub, paid),
            Leg(money, hub, _receives(state, network, member, time), own),
            Leg(credit, hub, member.position, -net),
            Leg(credit, member.position, hub, net),
        ]
        legs = [leg for leg in legs if leg.amount > 0]
        if legs:
            found.append(legs)
    return found


def _receives(state: State, network: Network, member: Member, time: Micros) -> AccountNumber:
    """Where a bank is paid: in its own account; in its position while that can take nothing."""
    leg = Leg(network.settlement, network.credit_account, member.own, 1)
    return member.position if blocked(state.book, [leg], time) else member.own


def _line_legs(state: State, network: Network, alone: PartyNumber) -> list[list[Leg]]:
    """What makes lines whole again, those of all or of one bank, for each pair of banks."""
    at = {member.position: bank for bank, member in network.members.items()}
    pairs: dict[tuple[PartyNumber, PartyNumber], list[Leg]] = {}
    for bank, member in network.members.items():
        held = dict.fromkeys(member.granted, 0)
        held.update({at[account]: balance for account, balance in state.positions.holders(member.lines)})
        for other, balance in held.items():
            over = balance - member.granted.get(other, 0)
            position = network.members[other].position
            if over and (not alone or alone in (bank, other)):
                ends = (position, member.lines_account) if over > 0 else (member.lines_account, position)
                pair = (min(bank, other), max(bank, other))
                pairs.setdefault(pair, []).append(Leg(member.lines, *ends, abs(over)))
    return list(pairs.values())


def _held_up(step: Step, network: Network, plan: Plan) -> Obstacle | None:
    """What blocks that the legs of a plan move; the accounts of its banks' own are passed over where they are
    blocked."""
    legs = [leg for each in _legs(step.state, network, plan, step.time) for leg in each]
    return blocked(step.state.book, legs, step.time, forced=True)


def _settle(step: Step, network: Network, plan: Plan, alone: PartyNumber) -> None:
    """Post a plan at one instant and tell who paid what; then bring down what is no longer covered."""
    number = network.cycle + 1
    post_together(
        step, network, [*_legs(step.state, network, plan, step.time), *_line_legs(step.state, network, alone)]
    )
    for bank, net in plan.nets.items():
        step.emit(NetSettled(network.number, number, bank, net, plan.own[bank], plan.collateral[bank]))
    for shares, forgone in ((plan.shares, False), (plan.forgone, True)):
        for (defaulter, bank), part in shares.items():
            if part:
                step.emit(LossShared(network.number, defaulter, bank, part, forgone))
    step.emit(CycleSettled(network.number, number, False, alone, step.time))
    trim(step, network)


def post_together(
    step: Step, network: Network, transactions: list[list[Leg]], others: tuple[TransactionNumber, ...] = ()
) -> None:
    """Settle transactions of the network's own, and others that wait, at one instant."""
    day = step.state.days.systems[network.system].date
    numbers = [order(step, TransactionKind.LIQUIDITY, legs, day) for legs in transactions if legs]
    if numbers or others:
        step.emit(Settled((*others, *numbers), step.time))
        step.legs += sum(len(step.state.settlement.transactions[each].legs) for each in (*others, *numbers))


def moments_of(state: State, network: Network, name: str) -> list[Micros]:
    """The moments of a network's business day that a provision names as local times; what is no time is passed over."""
    system = state.days.systems[network.system]
    found: list[Micros] = []
    for word in provision_of(state, network, name).split()[:MOST_CYCLES]:
        try:
            found.append(micros_at(system.date, parse_minute(word), system.timetable.offset))
        except Refused:
            continue
    return found


def schedule_cycles(state: State, system: SystemNumber, opened: Micros) -> None:
    """A system has opened: its networks' cycles and closes of the day are put on the agenda; for `evolve` only."""
    for network in state.networks.networks.values():
        if network.system == system:
            moments = (*moments_of(state, network, CYCLES), *moments_of(state, network, CLOSE))
            for moment in dict.fromkeys(moments):
                if moment >= opened:
                    state.schedule(moment, DutyKind.NET_CYCLE, network.number)


def on_cycle_settled(state: State, event: CycleSettled) -> None:
    network = state.networks.networks[event.network]
    network.cycle = event.cycle
    if event.close:
        network.closing, network.closes = 0, TransactionNumber(0)
    elif not event.bank:
        network.deadline = 0


def on_net_settled(state: State, event: NetSettled) -> None:
    """What has moved is posted; this tells what of it was whose."""


def on_funds_called(state: State, event: FundsCalled) -> None:
    network = state.networks.networks[event.network]
    if event.close:
        network.closing, network.closes = event.until, state.settlement.last_transaction
    else:
        network.deadline = event.until
    state.schedule(event.until, DutyKind.NET_DEADLINE, network.number)


def on_loss_shared(state: State, event: LossShared) -> None:
    owed, pair = state.networks.networks[event.network].owed, (event.defaulter, event.bank)
    owed[pair] = owed.get(pair, 0) + event.amount


def sees_cycle(state: State, event: CycleSettled) -> Audience:
    """All banks of the network, and its operator."""
    network = state.networks.networks[event.network]
    return (*network.members, network.operator)


def sees_own(state: State, event: NetSettled | FundsCalled) -> Audience:
    """The bank and the network's operator."""
    return (event.bank, state.networks.networks[event.network].operator)


def sees_loss(state: State, event: LossShared) -> Audience:
    """Both banks, and the network's operator."""
    return (event.defaulter, event.bank, state.networks.networks[event.network].operator)
