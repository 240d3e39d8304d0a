"""The life of a corporate action: planned from the terms, announced, fixed, recorded, due.

When a bond is issued its payments are planned: one of interest a period, with what is repaid then, and the redemption
with the last interest; of a perpetual bond those of the years ahead. A date past what the calendars confirm is
provisional, and nothing falls due on it until a later version confirms it. An amount that hangs on a value not yet
observed is not fixed, and is not paid before it is. At the close of the record date `recording` seals the books; on the
payment date the action falls due, and `paying` pays it. A late closure moves the payment forward and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bauhinia.bond.calendar import AdjustedDate, BusinessDayConvention, adjust, after_closures
from bauhinia.bond.schedule import Period
from bauhinia.ledger.actions import AHEAD, OWED, Action, ActionKind, ActionStatus
from bauhinia.ledger.bonds import Bond, BondStatus
from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.state import State
from bauhinia.rules.amounts import (
    UNKNOWN,
    Amounts,
    amounts_of,
    due_early,
    exercised,
    kind_of,
    longer,
    payable,
    periods_of_bond,
    today_of,
)
from bauhinia.rules.market import close_of_business, days_later
from bauhinia.rules.recording import GONE, gone, set_amounts
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.withholding import added, assess
from bauhinia.words.dates import DAY, MINUTE, day_of, micros_at
from bauhinia.words.ids import EVERYONE, ActionNumber, AssetNumber, Micros, Units

PRE_ADVICE = timedelta(days=14)  # before the record date


@dataclass(frozen=True, slots=True)
class Dates:
    """What the calendars as published make of one payment."""

    record_date: date
    payment_date: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """One payment as it follows from the terms."""

    action: ActionNumber
    kind: ActionKind
    period: int
    dates: Dates
    amounts: Amounts


@dataclass(slots=True)
class ActionsPlanned:
    """The payments of a bond, when it is issued; later dates may be provisional, and say so. Of a perpetual bond those
    of the time ahead, and others when these have come."""

    asset: AssetNumber
    planned: tuple[Planned, ...]


@dataclass(slots=True)
class Announced:
    """The pre-advice of a payment (seev.031), preliminary where the dates are provisional."""

    action: ActionNumber
    asset: AssetNumber
    kind: ActionKind
    dates: Dates
    amounts: Amounts


@dataclass(slots=True)
class Redated:
    """A payment has other dates, and perhaps other amounts with them: a calendar has confirmed or changed them, or a
    late closure moved it forward. `why` says which. A sealed record date stays."""

    action: ActionNumber
    dates: Dates
    amounts: Amounts
    why: str
    time: Micros


@dataclass(slots=True)
class Fixed:
    """What a payment comes to is known, or is another than was thought: values were observed, or corrected. `needs` is
    what the issuer is to bring, by money, where the record has closed."""

    action: ActionNumber
    amounts: Amounts
    needs: tuple[tuple[AssetNumber, Units], ...]
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
    """A follow-up: the payments of a bond as its terms have them, from today on; of a perpetual bond those that the
    horizon has come to."""
    state, base = step.state, AssetNumber(subject)
    bond = state.issues.bonds.get(base)
    if bond is None or (base in state.servicing.of and not bond.terms.perpetual) or bond.status in GONE:
        return
    if base in state.servicing.closed or called(state, base):
        return
    periods = periods_of_bond(state, bond)
    today = today_of(state, bond)
    before = max((state.servicing.actions[each].period for each in state.servicing.of.get(base, ())), default=0)
    number, planned = len(state.servicing.actions), list[Planned]()
    for period in periods[before:]:
        dates, amounts = dates_by(state, bond, period), amounts_of(state, bond, period, periods)
        kind = kind_of(state, bond, period, periods)
        nothing = amounts == Amounts(0, 0, True) and kind is not ActionKind.REDEMPTION
        if dates.payment_date < today or nothing:
            continue
        number += 1
        planned.append(Planned(ActionNumber(number), kind, period.number, dates, within(bond, amounts)))
    if planned or base not in state.servicing.of:
        step.emit(ActionsPlanned(base, tuple(planned)))


def within(bond: Bond, amounts: Amounts) -> Amounts:
    """Amounts that can be paid; what an absurd value would come to is not fixed until it is corrected."""
    return amounts if payable(bond, amounts) else UNKNOWN


def called(state: State, base: AssetNumber) -> Action | None:
    """The call of all of a bond that is announced, or None; not one that an earlier call has taken the place of."""
    for number in state.servicing.of.get(base, ()):
        action = state.servicing.actions[number]
        early = action.early and action.kind is ActionKind.REDEMPTION
        if early and action.status is not ActionStatus.CANCELLED:
            return action
    return None


def dates_by(state: State, bond: Bond, period: Period) -> Dates:
    """The dates of a period's payment by the calendars and late closures of today."""
    calendars = state.days.of(bond.terms.calendars)
    if not calendars:
        return Dates(period.record_date, period.payment_date, period.provisional)
    moved = after_closures(period.payment_date, calendars, state.days.closures)
    return Dates(period.record_date, moved.day, period.provisional or moved.provisional)


def _amounts(state: State, bond: Bond, period: Period, periods: tuple[Period, ...], paid_on: date) -> Amounts:
    """The amounts of a period's payment if it is made on that day; a late closure may pay interest for its days."""
    amounts = amounts_of(state, bond, period, periods)
    if amounts.fixed and bond.conditions.closure_pays_interest and paid_on > period.payment_date:
        more = longer(state, bond, period, periods, paid_on - period.payment_date)
        amounts = amounts if more is None else replace(amounts, interest=more)
    return within(bond, amounts)


def announce_due(step: Step, subject: int) -> None:
    """A duty: the pre-advice of a payment."""
    action = step.state.servicing.actions[ActionNumber(subject)]
    if action.status is ActionStatus.PLANNED and not gone(step.state, action):
        step.emit(Announced(action.number, action.asset, action.kind, dates_of(action), amounts_now(action)))


def dates_of(action: Action) -> Dates:
    """The dates of an action as they are now."""
    return Dates(action.record_date, action.payment_date, action.provisional)


def amounts_now(action: Action) -> Amounts:
    """The amounts of an action as they are now."""
    return Amounts(action.interest, action.principal, action.fixed)


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
        periods = periods_of_bond(state, bond)
        for action in open_ones:
            if action.early:
                dates = _forward(state, bond, action)
                if dates != dates_of(action):
                    step.emit(Redated(action.number, dates, amounts_now(action), why, step.time))
                continue
            if not 0 < action.period <= len(periods):
                continue
            period = periods[action.period - 1]
            dates, amounts = dates_by(state, bond, period), amounts_now(action)
            grown = bond.conditions.closure_pays_interest
            if action.status not in AHEAD:
                forward = _forward(state, bond, action)
                grown = grown and action.payment_date != forward.payment_date == dates.payment_date
                dates = forward
            if grown or action.status in AHEAD:
                amounts = _amounts(state, bond, period, periods, dates.payment_date)
            if (dates, amounts) != (dates_of(action), amounts_now(action)):
                step.emit(Redated(action.number, dates, amounts, why, step.time))


def _movable(action: Action) -> bool:
    """Whether a payment may still get another date: nothing of it has been paid."""
    ahead = action.status in (*AHEAD, ActionStatus.RECORDED)
    return ahead or (action.status is ActionStatus.DUE and action.cursor < 0 and action.paid == 0)


def _forward(state: State, bond: Bond, action: Action) -> Dates:
    """The dates of a payment whose record is sealed: the record stays, the payment only goes forward."""
    moved = _open_day(state, action.payment_date, bond.terms.calendars)
    if moved.day == action.payment_date and (moved.provisional or not action.provisional):
        return dates_of(action)
    return Dates(action.record_date, moved.day, moved.provisional)


def fix(step: Step, subject: int) -> None:
    """A follow-up: a value of a series was observed, or corrected. The payments that hang on it, and of which nothing
    is paid yet, are worked out again, up to the first that is still not known."""
    observations = step.state.observations
    for base in observations.used.get(observations.series[subject].name, ()):
        _fix(step, step.state.issues.bonds[base])


def lapse_due(step: Step, subject: int) -> None:
    """A duty: the last day of a report has passed; what hangs on a target of which none has told is fixed."""
    bond = step.state.issues.bonds[AssetNumber(subject)]
    if bond.status not in GONE:
        _fix(step, bond)


def _fix(step: Step, bond: Bond) -> None:
    state, periods = step.state, periods_of_bond(step.state, bond)
    later = False  # what comes after hangs on values that are still to come
    for number in state.servicing.of.get(bond.asset, ()):
        action = state.servicing.actions[number]
        if later and not action.early:
            continue
        if bond.status in GONE or not (_movable(action) or (action.status in OWED and not action.fixed)):
            continue
        amounts = _worked_out(state, bond, action, periods)
        if not amounts.fixed and not action.fixed:
            later = True
        elif amounts != amounts_now(action):
            step.emit(Fixed(number, amounts, _would_need(state, bond, action, amounts), step.time))


def _worked_out(state: State, bond: Bond, action: Action, periods: tuple[Period, ...]) -> Amounts:
    if action.period:
        return _amounts(state, bond, periods[action.period - 1], periods, action.payment_date)
    if action.early:
        return within(bond, exercised(state, bond, action.early))
    return within(bond, due_early(state, bond, action.payment_date, bond.terms.redemption_price))


def worked_out_anew(state: State, action: Action) -> Amounts:
    """The amounts of a payment as its bond's terms and what is known today have them; those of one that is due early
    stay as they were declared."""
    bond = state.issues.bonds[action.asset]
    periods = periods_of_bond(state, bond)
    stands = not action.early and 0 < action.period <= len(periods)
    return _worked_out(state, bond, action, periods) if stands else amounts_now(action)


def _would_need(state: State, bond: Bond, action: Action, amounts: Amounts) -> tuple[tuple[AssetNumber, Units], ...]:
    """What the issuer is to bring for these amounts, by money; nothing before the record has closed."""
    record, found = action.records.get(action.asset), dict[AssetNumber, Units]()
    if record is None or action.status in AHEAD:
        return ()
    columns = zip(record.moneys, record.units, record.drawn, strict=True)
    fixed = replace(action, interest=amounts.interest, principal=amounts.principal)
    for row, (money, units, drawn) in enumerate(columns):
        due = fixed.amount(units, bond.terms.calculation_amount, drawn)
        due += added(state, action, row, amounts.interest)
        found[AssetNumber(money)] = found.get(AssetNumber(money), 0) + due
    return tuple((money, due) for money, due in found.items() if due)


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
    first = event.asset not in servicing.of
    numbers = servicing.of.setdefault(event.asset, [])
    for each in event.planned:
        dates, amounts = each.dates, each.amounts
        action = Action(
            each.action,
            event.asset,
            each.kind,
            each.period,
            dates.record_date,
            dates.payment_date,
            dates.provisional,
            amounts.interest,
            amounts.principal,
            amounts.fixed,
        )
        servicing.actions[each.action] = action
        numbers.append(each.action)
        set_duties(state, action, state.time)
    if first:
        _watch(state, event.asset)


def _watch(state: State, base: AssetNumber) -> None:
    """Note the series that a bond hangs on, and the last day of each report."""
    terms, used = state.issues.bonds[base].terms, state.observations.used
    named = [terms.floating.index] if terms.floating else []
    named += [terms.indexed.index] if terms.indexed else []
    named += [terms.repayment.series] if terms.repayment and terms.repayment.series else []
    named += [step.target for step in terms.sustainability]
    for name in dict.fromkeys(named):
        used.setdefault(name, []).append(base)
    system = state.assets[base].system
    for last in dict.fromkeys(step.until for step in terms.sustainability):
        after = days_later(state, system, last + timedelta(days=1))
        state.schedule(max(after, state.time), DutyKind.LAPSE, base)


def set_duties(state: State, action: Action, time: Micros) -> None:
    """Put what an action's dates call for on the agenda: its pre-advice always, the rest once they are confirmed."""
    system = state.assets[action.asset].system
    if action.status is ActionStatus.PLANNED:
        ahead = days_later(state, system, action.record_date - PRE_ADVICE)
        if ahead <= time:  # at once, and not with the next block: what comes of it must not hang on how blocks are cut
            state.follow(WorkKind.ANNOUNCE, action.number)
        else:
            state.schedule(ahead, DutyKind.ANNOUNCE, action.number)
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
    set_fixed(state, action, event.amounts)
    set_duties(state, action, event.time)


def on_fixed(state: State, event: Fixed) -> None:
    """The amounts stand; what is due and was waiting for them is paid."""
    action = state.servicing.actions[event.action]
    set_fixed(state, action, event.amounts)
    if action.status in OWED:
        system = state.assets[action.asset].system
        closes = close_of_business(state, system, state.days.systems[system].date)
        state.schedule(closes if closes > event.time else closes + DAY, DutyKind.LATE, action.number)
        state.follow(WorkKind.PAY_PAGE, action.number)


def set_fixed(state: State, action: Action, amounts: Amounts) -> None:
    """Set an action's amounts, in its records and in the claims on it too; for `evolve` only."""
    if amounts == amounts_now(action):
        return
    action.interest, action.principal, action.fixed = amounts.interest, amounts.principal, amounts.fixed
    for each in action.records.values():
        set_amounts(state, action, each)
    assess(state, action)
    calculation = state.issues.bonds[action.asset].terms.calculation_amount
    for claim in state.servicing.claims.values():
        if claim.action == action.number:
            claim.amount = action.amount(claim.quantity, calculation)


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
