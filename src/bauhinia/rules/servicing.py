"""The life of a corporate action: planned from the terms, announced, recorded, due.

When a bond is issued its payments are planned: one of interest a period, and the redemption with the last interest. A
date past what the calendars confirm is provisional, and nothing falls due on it until a later version confirms it. At
the close of the record date `recording` seals the books; on the payment date the action falls due, and `paying` pays
it. A late closure moves the payment forward and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bauhinia.bond.calendar import AdjustedDate, BusinessDayConvention, adjust, after_closures
from bauhinia.bond.cashflow import interest_per_calculation_amount, redemption_per_calculation_amount
from bauhinia.bond.daycount import year_fraction
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.rounding import whole
from bauhinia.bond.schedule import Period, schedule
from bauhinia.ledger.actions import AHEAD, Action, ActionKind, ActionStatus
from bauhinia.ledger.bonds import Bond, BondStatus
from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.state import State
from bauhinia.rules.market import close_of_business, days_later
from bauhinia.rules.recording import GONE, gone, set_amounts
from bauhinia.rules.step import Audience, Step
from bauhinia.words.dates import DAY, MINUTE, day_of, micros_at
from bauhinia.words.ids import EVERYONE, ActionNumber, AssetNumber, Micros, Units

PRE_ADVICE = timedelta(days=14)  # before the record date


@dataclass(frozen=True, slots=True)
class Dates:
    """What the calendars as published make of one payment. `interest` is per calculation amount."""

    record_date: date
    payment_date: date
    provisional: bool
    interest: Units


@dataclass(frozen=True, slots=True)
class Planned:
    """One payment as it follows from the terms. `principal` is per calculation amount, zero but for the redemption."""

    action: ActionNumber
    kind: ActionKind
    period: int
    dates: Dates
    principal: Units


@dataclass(slots=True)
class ActionsPlanned:
    """All payments of a bond, when it is issued; later dates may be provisional, and say so."""

    asset: AssetNumber
    planned: tuple[Planned, ...]


@dataclass(slots=True)
class Announced:
    """The pre-advice of a payment (seev.031), preliminary where the dates are provisional."""

    action: ActionNumber
    asset: AssetNumber
    kind: ActionKind
    dates: Dates
    principal: Units


@dataclass(slots=True)
class Redated:
    """A payment has other dates: a calendar has confirmed or changed them, or a late closure moved it forward. `why`
    says which. A sealed record date stays."""

    action: ActionNumber
    dates: Dates
    why: str
    time: Micros


@dataclass(slots=True)
class ActionDue:
    """The payment date has come."""

    action: ActionNumber
    time: Micros


def schedule_actions(state: State, base: AssetNumber) -> None:
    """Have a bond's payments planned; called by `evolve` when the bond is issued. Once planned it does nothing."""
    if base not in state.servicing.of:
        state.follow(WorkKind.PLAN, base)


def plan(step: Step, subject: int) -> None:
    """A follow-up: the payments of a bond as its terms have them, from today on."""
    state, base = step.state, AssetNumber(subject)
    bond = state.issues.bonds.get(base)
    if bond is None or base in state.servicing.of:
        return
    periods = _periods(state, bond)
    today = state.days.systems[state.assets[base].system].date
    number, planned = len(state.servicing.actions), list[Planned]()
    for period in periods:
        dates = _dates(state, bond, period)
        last = period is periods[-1]
        if dates.payment_date < today or not (dates.interest or last):
            continue
        number += 1
        kind = ActionKind.REDEMPTION if last else ActionKind.INTEREST
        principal = redemption_per_calculation_amount(bond.terms) if last else 0
        planned.append(Planned(ActionNumber(number), kind, period.number, dates, principal))
    step.emit(ActionsPlanned(base, tuple(planned)))


def _periods(state: State, bond: Bond) -> tuple[Period, ...]:
    """The periods of a bond; none where its calendars leave no business day, which lodging the terms had refused."""
    try:
        return schedule(bond.terms, state.days.of(bond.terms.calendars))
    except Impossible:
        return ()


def _dates(state: State, bond: Bond, period: Period) -> Dates:
    """The dates of a period's payment by the calendars and late closures of today."""
    interest = _interest(bond, period)
    calendars = state.days.of(bond.terms.calendars)
    if not calendars:
        return Dates(period.record_date, period.payment_date, period.provisional, interest)
    moved = after_closures(period.payment_date, calendars, state.days.closures)
    if moved.day == period.payment_date:
        return Dates(period.record_date, period.payment_date, period.provisional, interest)
    if bond.conditions.closure_pays_interest:
        interest = _longer(bond, period, moved.day - period.payment_date) or interest
    return Dates(period.record_date, moved.day, period.provisional or moved.provisional, interest)


def _interest(bond: Bond, period: Period) -> Units:
    """Interest of a period per calculation amount. Where a later calendar has moved its dates out of what the day count
    knows (Act/Act ICMA past its regular periods, or an end before its start), as far as it does know."""
    try:
        return interest_per_calculation_amount(bond.terms, period)
    except Impossible:
        known = period.reference.dates
        start = min(max(period.accrual_start, known[0]), known[-1])
        end = max(start, min(period.accrual_end, known[-1]))
        years = year_fraction(bond.terms.day_count, start, end, period.reference)
        return whole(bond.terms.calculation_amount * bond.terms.rate * years)


def _longer(bond: Bond, period: Period, by: timedelta) -> Units | None:
    """Interest of a period that accrues so many days more, per calculation amount, half up; None where the day count
    knows no more days (Act/Act ICMA past its regular period)."""
    terms = bond.terms
    try:
        years = year_fraction(terms.day_count, period.accrual_start, period.accrual_end + by, period.reference)
    except Impossible:
        return None
    return whole(terms.calculation_amount * terms.rate * years)


def announce_due(step: Step, subject: int) -> None:
    """A duty: the pre-advice of a payment."""
    action = step.state.servicing.actions[ActionNumber(subject)]
    if action.status is ActionStatus.PLANNED and not gone(step.state, action):
        step.emit(Announced(action.number, action.asset, action.kind, dates_of(action), action.principal))


def dates_of(action: Action) -> Dates:
    """The dates of an action as they are now."""
    return Dates(action.record_date, action.payment_date, action.provisional, action.interest)


def redate_all(step: Step, subject: int) -> None:
    """A follow-up: a calendar has a new version. Dates not yet recorded follow it; a record already sealed stays, and
    only a payment date that was provisional is confirmed."""
    _redate(step, "calendar published")


def redate_closed(step: Step, subject: int) -> None:
    """A follow-up: a centre closes at short notice. What is payable then goes forward to the next business day,
    whatever the convention, and pays no extra interest unless the conditions say so."""
    closure = step.state.days.closures[subject]
    _redate(step, f"{closure.centre} is closed on {closure.day}")


def _redate(step: Step, why: str) -> None:
    state = step.state
    for base, numbers in state.servicing.of.items():
        bond = state.issues.bonds[base]
        actions = [state.servicing.actions[number] for number in numbers]
        open_ones = [action for action in actions if _movable(action)]
        if bond.status in GONE or not open_ones:
            continue
        periods = {period.number: period for period in _periods(state, bond)}
        for action in open_ones:
            if action.period not in periods:
                continue
            dates = _dates(state, bond, periods[action.period])
            if action.status not in AHEAD:
                dates = _forward(state, bond, action, dates)
            if dates != dates_of(action):
                step.emit(Redated(action.number, dates, why, step.time))


def _movable(action: Action) -> bool:
    """Whether a payment may still get another date: nothing of it has been paid."""
    ahead = action.status in (*AHEAD, ActionStatus.RECORDED)
    return ahead or (action.status is ActionStatus.DUE and action.cursor < 0 and action.paid == 0)


def _forward(state: State, bond: Bond, action: Action, dates: Dates) -> Dates:
    """The dates of a payment whose record is sealed: the record and its interest stay, the payment only goes forward;
    interest grows where a late closure pays for the days."""
    moved = _open_day(state, action.payment_date, bond.terms.calendars)
    if moved.day == action.payment_date and (moved.provisional or not action.provisional):
        return dates_of(action)
    grown = bond.conditions.closure_pays_interest and moved.day == dates.payment_date
    return Dates(action.record_date, moved.day, moved.provisional, dates.interest if grown else action.interest)


def _open_day(state: State, day: date, centres: tuple[str, ...]) -> AdjustedDate:
    """The first business day from `day` on that no late closure takes away."""
    calendars = state.days.of(centres)
    if not calendars:
        return AdjustedDate(day, False)
    following = adjust(day, BusinessDayConvention.FOLLOWING, calendars)
    moved = after_closures(following.day, calendars, state.days.closures)
    return AdjustedDate(moved.day, following.provisional or moved.provisional)


def payment_due(step: Step, subject: int) -> None:
    """A duty: a payment date has come. Where the record is still to close, the payment waits for it."""
    action = step.state.servicing.actions[ActionNumber(subject)]
    if action.status is ActionStatus.RECORDED and action.due == step.time:
        step.emit(ActionDue(action.number, step.time))


def on_actions_planned(state: State, event: ActionsPlanned) -> None:
    servicing = state.servicing
    servicing.of[event.asset] = []
    for each in event.planned:
        dates = each.dates
        action = Action(
            each.action,
            event.asset,
            each.kind,
            each.period,
            dates.record_date,
            dates.payment_date,
            dates.provisional,
            dates.interest,
            each.principal,
        )
        servicing.actions[each.action] = action
        servicing.of[event.asset].append(each.action)
        _set_duties(state, action, state.time)


def _set_duties(state: State, action: Action, time: Micros) -> None:
    """Put what an action's dates call for on the agenda: its pre-advice always, the rest once they are confirmed."""
    system = state.assets[action.asset].system
    if action.status is ActionStatus.PLANNED:
        ahead = days_later(state, system, action.record_date - PRE_ADVICE)
        state.schedule(max(ahead, time), DutyKind.ANNOUNCE, action.number)
    action.record_due = action.due = 0
    if action.provisional:
        return
    if action.status in AHEAD:
        action.record_due = max(close_of_business(state, system, action.record_date), time)
        state.schedule(action.record_due, DutyKind.RECORD, action.number)
    table = state.days.systems[system].timetable
    action.due = max(micros_at(action.payment_date, table.opens, table.offset), time)
    state.schedule(action.due, DutyKind.PAYMENT, action.number)


def on_announced(state: State, event: Announced) -> None:
    state.servicing.actions[event.action].status = ActionStatus.ANNOUNCED


def on_redated(state: State, event: Redated) -> None:
    action = state.servicing.actions[event.action]
    dates = event.dates
    action.record_date, action.payment_date = dates.record_date, dates.payment_date
    action.provisional = dates.provisional
    if action.status is ActionStatus.DUE:
        action.status = ActionStatus.RECORDED
        state.servicing.owed[action.asset].remove(action.number)
    if dates.interest != action.interest:
        action.interest = dates.interest
        for each in action.records.values():
            set_amounts(state, action, each)
    _set_duties(state, action, event.time)


def on_action_due(state: State, event: ActionDue) -> None:
    """Due: it is paid as soon as the money is there; at the close of its day it is late."""
    servicing = state.servicing
    action = servicing.actions[event.action]
    bond = state.issues.bonds[action.asset]
    action.status = ActionStatus.DUE
    servicing.owed.setdefault(action.asset, []).append(action.number)
    if action.kind is ActionKind.REDEMPTION and bond.status is BondStatus.ISSUED:
        bond.status = BondStatus.MATURED
    system = state.assets[action.asset].system
    table = state.days.systems[system].timetable
    today = max(action.payment_date, day_of(event.time, table.offset))
    day = _open_day(state, today, state.days.systems[system].centres).day
    closes = close_of_business(state, system, day)
    state.schedule(closes if closes > event.time else closes + DAY, DutyKind.LATE, action.number)
    if bond.conditions.pro_rata:
        action.sharing = max(micros_at(day, table.dvp_cut_off, table.offset) - MINUTE, event.time)
        state.schedule(action.sharing, DutyKind.SHARE, action.number)
    state.follow(WorkKind.PAY_PAGE, action.number)


def sees_public(state: State, event: object) -> Audience:
    """What a bond pays and when is public, as its terms are."""
    return (EVERYONE,)
