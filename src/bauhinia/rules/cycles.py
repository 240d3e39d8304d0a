"""Cycles: moments of a system's day at which the trades of models 2 and 3 settle, as many as can, at one instant.

The models are those of delivery versus payment (BIS, Delivery versus payment in securities settlement systems, 1992).
Model 3 nets securities and money: of a position only the end of the cycle counts. Model 2 nets the money alone: what a
trade delivers must be there when the cycle begins, whatever the cycle brings.

Everything that is due and that nothing withholds is taken in at first. Where a position would end short, the last trade
that draws on it is left out, by priority and then by age, until none would. What was left out is tried beside the rest
in the same way, a few times. What is in then settles as one set. Cost is a sort of the trades and a few passes over
their legs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.instructions import MONEY_NET, OPEN, Transaction
from bauhinia.ledger.links import firsts, joined, sides_of, transaction_of
from bauhinia.ledger.positions import account_of, asset_of, key_of
from bauhinia.ledger.posting import Obstacle, blocked, shortfall, unbacked
from bauhinia.ledger.state import State
from bauhinia.rules.linking import who_is_at_fault, why
from bauhinia.rules.settlement import Settled, tell, withheld
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import Micros, SystemNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason, must

ROUNDS = 10
Place = tuple[int, int]  # a position by its key, and what counts there:
NET, GROSS, ROOM = 0, 1, 2  # the end of the cycle; what is there when it begins; what a wallet may hold beside it


@dataclass(slots=True)
class CycleRun:
    """A cycle of a system is over: of so many trades that were due so many settled. Numbered from 1."""

    cycle: int
    system: SystemNumber
    time: Micros
    due: int
    settled: int


@dataclass(slots=True)
class _Unit:
    """Trades that settle together: one, or those that are linked so. `flows` is what they bring to each place, below
    zero what they draw. `barred` is what no money and no securities could bring in; `out` what does not settle, for
    want of what `lacks` says, or of a link. `firsts` are units that come no later than this one, `after` no sooner."""

    members: list[Transaction]
    flows: dict[Place, Units] = field(default_factory=dict)
    firsts: list[_Unit] = field(default_factory=list)
    after: list[_Unit] = field(default_factory=list)
    barred: bool = False
    out: bool = False
    lacks: Obstacle | None = None


def run_cycle(step: Step, subject: int) -> None:
    """A duty: the trades of a system that settle in cycles, and are due, settle as far as they can."""
    state = step.state
    due = _due(step, SystemNumber(subject))
    if not due:
        return
    units = _units(step, due)
    _choose(state, units)
    settled = sorted((each for unit in units if not unit.out for each in unit.members), key=lambda each: each.number)
    step.emit(CycleRun(state.settlement.last_cycle + 1, SystemNumber(subject), step.time, len(due), len(settled)))
    if settled:
        legs = [leg for each in settled for leg in each.legs]
        must(shortfall(state.book, legs) is None, "a cycle would leave a position short", subject)
        step.emit(Settled(tuple(each.number for each in settled), step.time))
        step.legs += len(legs)
    for unit in units:
        if unit.out:
            at_fault = who_is_at_fault(unit.members, unit.lacks)
            for each in unit.members:
                tell(step, each, why(state, each, unit.lacks if each is at_fault else None))


def _due(step: Step, system: SystemNumber) -> list[Transaction]:
    """The trades that settle in the cycles of a system and that nothing withholds now, by priority and age."""
    state, found = step.state, []
    for number in state.settlement.cycling:
        transaction = state.settlement.transactions[number]
        here = state.assets[transaction.legs[0].asset].system == system
        if here and transaction.status in OPEN and withheld(state, transaction, step.time, in_cycle=True) is None:
            found.append(transaction)
    return sorted(found, key=lambda each: (each.priority, each.number))


def _units(step: Step, due: list[Transaction]) -> list[_Unit]:
    """What is due as it settles together, in the order of the first of each. Barred is what is blocked or not backed,
    what is linked with something that is not due, and what comes after something that is not, or is barred itself."""
    state, units = step.state, list[_Unit]()
    unit_of: dict[TransactionNumber, _Unit] = {}
    among = {each.number: True for each in due}
    for transaction in due:
        if transaction.number in unit_of:
            continue
        members, whole = joined(state, transaction)
        unit = _Unit([each for each in members if each.number in among])
        unit.barred = not whole or len(unit.members) < len(members)
        for each in unit.members:
            unit_of[each.number] = unit
            unit.lacks = unit.lacks or blocked(state.book, each.legs, step.time) or unbacked(state.book, each.legs)
            for place, amount in _flows(state, each):
                unit.flows[place] = unit.flows.get(place, 0) + amount
        unit.barred = unit.barred or unit.lacks is not None
        units.append(unit)
    if state.settlement.named:
        for unit in units:
            _order(state, unit, unit_of)
    for unit in [each for each in units if each.barred]:
        for gone in _leave_out(unit):
            gone.barred = True
    return units


def _order(state: State, unit: _Unit, unit_of: dict[TransactionNumber, _Unit]) -> None:
    """What comes no later than a unit, by its links."""
    for side in (side for each in unit.members for side in sides_of(state, each)):
        for name in firsts(state, side):
            first = transaction_of(state, name)
            before = unit_of.get(first.number) if first is not None else None
            if before is None:
                unit.barred = True
            elif before is not unit:
                before.after.append(unit)
                unit.firsts.append(before)


def _flows(state: State, transaction: Transaction) -> Iterator[tuple[Place, Units]]:
    """What a trade moves in each place. By model 2 what it draws of securities is drawn a second time, from what is
    there when the cycle begins. What comes to a wallet that may hold so much and no more draws on its room."""
    net: dict[int, Units] = {}
    for leg in transaction.legs:
        giver, taker = key_of(leg.giver, leg.asset), key_of(leg.taker, leg.asset)
        net[giver] = net.get(giver, 0) - leg.amount
        net[taker] = net.get(taker, 0) + leg.amount
    for key, amount in net.items():
        yield (key, NET), amount
        if key in state.book.ceilings:
            yield (key, ROOM), -amount
        if transaction.model == MONEY_NET and amount < 0:
            asset = state.assets[asset_of(key)]
            if asset.kind is not AssetKind.MONEY and account_of(key) != asset.issuer_account:
                yield (key, GROSS), amount


def _leave_out(unit: _Unit) -> list[_Unit]:
    """Take a unit out, and whatever comes no sooner: all that goes."""
    gone, unit.out = [unit], True
    for each in gone:
        for later in each.after:
            if not later.out:
                later.out = True
                gone.append(later)
    return gone


def _choose(state: State, units: list[_Unit]) -> None:
    """Which units are in: round by round all that are out, less what would leave a place short; until a round brings
    none."""
    places = dict.fromkeys(place for unit in units for place in unit.flows)
    room = {place: _has(state, place) for place in places}
    asked = [unit for unit in units if not unit.barred]
    for _ in range(ROUNDS):
        _net(state, asked, room)
        _fill(state, asked, room)
        before, asked = len(asked), [unit for unit in asked if unit.out]
        if not asked or len(asked) == before:
            return


def _move(unit: _Unit, room: dict[Place, Units], sign: int) -> None:
    for place, amount in unit.flows.items():
        room[place] += sign * amount


def _net(state: State, units: list[_Unit], room: dict[Place, Units]) -> None:
    """Take units in, and leave out again what would leave a place short."""
    drawing: dict[Place, list[_Unit]] = {}
    for unit in units:
        unit.out, unit.lacks = False, None
        _move(unit, room, 1)
        for place, amount in unit.flows.items():
            if amount < 0:
                drawing.setdefault(place, []).append(unit)
    asked = list(drawing)
    while asked:
        place = asked.pop()
        while room[place] < 0 and drawing.get(place):
            unit = drawing[place].pop()
            if unit.out:
                continue
            unit.lacks = _short(state, place, -room[place])
            for gone in _leave_out(unit):
                _move(gone, room, -1)
                asked += [each for each, amount in gone.flows.items() if amount > 0]


def _fill(state: State, units: list[_Unit], room: dict[Place, Units]) -> None:
    """Take in, one by one, what fits beside the rest after all; what does not is told what it lacks now."""
    for unit in units:
        if not unit.out:
            continue
        if any(each.out for each in unit.firsts):
            unit.lacks = None
            continue
        short = next((place for place, amount in unit.flows.items() if amount < 0 and room[place] + amount < 0), None)
        if short is not None:
            unit.lacks = _short(state, short, -room[short] - unit.flows[short])
        else:
            unit.out = False
            _move(unit, room, 1)


def _has(state: State, place: Place) -> Units:
    """What a position has to give, of an issuer's own account what it may still issue; or what it has room for."""
    account, asset = account_of(place[0]), state.assets[asset_of(place[0])]
    if place[1] == ROOM:
        return state.book.ceilings[place[0]] - state.positions.balance(account, asset.number)
    issued = asset.authorised if account == asset.issuer_account else 0
    return state.positions.available(account, asset.number) + issued


def _short(state: State, place: Place, lacking: Units) -> Obstacle:
    account, asset = account_of(place[0]), state.assets[asset_of(place[0])]
    reason = Reason.MONY if asset.kind is AssetKind.MONEY else Reason.LACK
    if account == asset.issuer_account:
        reason = Reason.ABOVE_AUTHORISED
    if place[1] == ROOM:
        reason = Reason.HOLDING_LIMIT
    return Obstacle(reason, account, asset.number, lacking)


def on_cycle_run(state: State, event: CycleRun) -> None:
    state.settlement.last_cycle = event.cycle


def sees_cycle(state: State, event: CycleRun) -> Audience:
    """Operators: how much is traded is nobody else's to know."""
    return ()
