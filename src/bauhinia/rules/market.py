"""The market's own business: its time, its calendars and late closures, its systems and their days, its rulebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from bauhinia.bond.calendar import (
    LONGEST_CLOSURE,
    AdjustedDate,
    BusinessDayConvention,
    Calendar,
    LateClosure,
    adjust,
    after_closures,
    check_calendar,
    is_business_day,
)
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.terms import EARLIEST, LATEST
from bauhinia.ledger.days import STAGES, DutyKind, Phase, System, Timetable, WorkKind
from bauhinia.ledger.parties import Role
from bauhinia.ledger.rulebooks import ClassDefinition, Provision, Rulebook
from bauhinia.ledger.state import State, latest_date
from bauhinia.rules.day_edges import forget_done
from bauhinia.rules.network_days import forget_transfers, schedule_cycles
from bauhinia.rules.onboarding import renew_classes
from bauhinia.rules.step import Audience, Step, require_role, require_text
from bauhinia.rules.wallets import turn_wallets
from bauhinia.words.dates import MINUTE, micros_at
from bauhinia.words.ids import EVERYONE, Micros, SystemNumber
from bauhinia.words.reasons import Reason, Refused, require

MINUTES_A_DAY = 24 * 60
WIDEST_OFFSET = 14 * 60
CLASS_BITS = 64
MOST_WINDOWS = 48  # of a timetable, and as many cycles
LAST_VERSION = 1_000_000_000  # of a calendar: 20260101 fits; no slip takes away what could follow
LONGEST_VALUE = 1_000  # characters of a provision
LAST_MOMENT = micros_at(LATEST, 0, 0)  # past it no date is counted


@dataclass(slots=True)
class SetTime:
    """A command of the operators: the market's time is told from now on, and is this. Never back, and never past what
    is due next: what falls due is done at its own moment."""

    time: Micros


@dataclass(slots=True)
class PublishCalendar:
    """A command of four eyes: a new version of a centre's calendar. A version never forgets a day it knew."""

    calendar: Calendar


@dataclass(slots=True)
class DeclareClosure:
    """A command of four eyes: a centre closes on a day, said on the day before or on the day (a typhoon)."""

    centre: str
    day: date


@dataclass(slots=True)
class OpenSystem:
    """A command of four eyes: a system with a business day of its own, from its first business date on."""

    name: str
    centres: tuple[str, ...]
    timetable: Timetable
    first: date


@dataclass(slots=True)
class PublishRulebook:
    """A command of four eyes: a version of a rulebook, in force from a date."""

    name: str
    version: int
    effective: date
    title: str
    classes: tuple[ClassDefinition, ...]
    provisions: tuple[Provision, ...]


@dataclass(slots=True)
class TimeSet:
    time: Micros


@dataclass(slots=True)
class CalendarPublished:
    calendar: Calendar


@dataclass(slots=True)
class ClosureDeclared:
    closure: LateClosure


@dataclass(slots=True)
class SystemOpened:
    system: SystemNumber
    name: str
    centres: tuple[str, ...]
    timetable: Timetable
    first: date


@dataclass(slots=True)
class PhaseBegan:
    """A system is in a phase of a business date from `time` on."""

    system: SystemNumber
    date: date
    phase: Phase
    time: Micros


@dataclass(slots=True)
class RulebookPublished:
    rulebook: Rulebook


def set_time(step: Step, command: SetTime) -> None:
    """The operators tell the time (stories, rehearsals)."""
    require_role(step, Role.OPERATOR)
    require(command.time >= step.state.time, Reason.DATE, "back in time")
    require(command.time <= LAST_MOMENT, Reason.DATE, "past", LATEST)
    days = step.state.days
    if days.agenda:
        require(command.time <= max(days.agenda[0][0], step.state.time), Reason.LATER_ONLY, days.agenda[0][0])
    require(not days.paged or command.time == step.state.time, Reason.LATER_ONLY, "pages are still to be paid")
    step.emit(TimeSet(command.time))


def publish_calendar(step: Step, command: PublishCalendar) -> None:
    """Checked in order: the calendar itself; its version follows; it is known as far as the last one, at least, on
    either side; no centres that are asked jointly are closed for longer than any walk over days looks ahead."""
    require_role(step, Role.OPERATOR, Role.CENTRAL_BANK, Role.CSD)
    calendar = command.calendar
    problems = check_calendar(calendar)
    require(not problems, Reason.DATE, *problems[:1])
    require_text(calendar.centre, "centre", 32)
    known = (calendar.known_from, calendar.known_through, *calendar.holidays[-1:], *calendar.worked[-1:])
    require(min(known) >= EARLIEST and max(known) <= LATEST, Reason.DATE, "is not between", EARLIEST, LATEST)
    require(calendar.version < LAST_VERSION, Reason.AMOUNT, "version", calendar.version)
    last = step.state.days.calendars.get(calendar.centre)
    if last:
        require(calendar.version > last.version, Reason.DUPLICATE, calendar.centre, calendar.version)
        require(calendar.known_through >= last.known_through, Reason.DATE, "known_through", calendar.known_through)
        require(calendar.known_from <= last.known_from, Reason.DATE, "known_from", calendar.known_from)
    for centres in _asked_jointly(step.state, calendar.centre):
        others = step.state.days.of(tuple(centre for centre in centres if centre != calendar.centre))
        require_open_days((calendar, *others))
    step.emit(CalendarPublished(calendar))


def _asked_jointly(state: State, centre: str) -> list[tuple[str, ...]]:
    """A centre alone, and together with those with which systems and bonds ask it."""
    asked = [system.centres for system in state.days.systems.values()]
    asked += [bond.terms.calendars for bond in state.issues.bonds.values()]
    return list(dict.fromkeys([(centre,), *(each for each in asked if centre in each)]))


def require_open_days(calendars: Sequence[Calendar]) -> None:
    """Refuse centres that are jointly closed for longer than any walk over days looks ahead: nothing would ever roll
    over such a closure."""
    for day in sorted({day for calendar in calendars for day in (calendar.known_from, *calendar.holidays)}):
        try:
            after = adjust(day, BusinessDayConvention.FOLLOWING, calendars).day
            before = adjust(day, BusinessDayConvention.PRECEDING, calendars).day
        except Impossible as impossible:
            raise Refused(Reason.DATE, impossible.problem) from None
        require((after - before).days <= LONGEST_CLOSURE, Reason.DATE, "no business day between", before, after)


def declare_closure(step: Step, command: DeclareClosure) -> None:
    """A centre closes for a day at short notice: payments due then go forward, whatever their convention.

    A system that is open on that day closes with it, at this moment and not at the hour of its timetable: what stands
    at the close is the day's record, and nothing may change it any more. So its end of day comes now, with all its
    stages (what was due fails and is recycled, registers are sealed, books are reconciled, the date rolls), after the
    payments of the day have moved. A day that had not begun has no record: it is passed over.
    """
    require_role(step, Role.OPERATOR, Role.CENTRAL_BANK, Role.CSD)
    calendar = step.state.days.calendars.get(command.centre)
    require(calendar, Reason.UNKNOWN_CENTRE, command.centre)
    today = _date_in(step.state, command.centre)
    require((command.day - today).days in (0, 1), Reason.DATE, command.day, "is not today or tomorrow")
    closure = LateClosure(command.centre, command.day, today)
    known = any((each.centre, each.day) == (closure.centre, closure.day) for each in step.state.days.closures)
    require(not known, Reason.ALREADY_DONE, command.centre, command.day)
    shut = (each for each in step.state.days.systems.values() if _shuts(each, closure))
    cut = [each for each in shut if each.phase is not Phase.CLOSED]
    step.emit(ClosureDeclared(closure))
    for system in cut:
        step.emit(PhaseBegan(system.number, system.date, Phase.END_OF_DAY, step.time))


def _shuts(system: System, closure: LateClosure) -> bool:
    """Whether a closure takes a system's business date."""
    return closure.centre in system.centres and system.date == closure.day


def _date_in(state: State, centre: str) -> date:
    """The business date where a centre counts: of the first system that has it, else of one in whose bonds' terms it
    stands."""
    for system in state.days.systems.values():
        if centre in system.centres:
            return system.date
    for number, bond in state.issues.bonds.items():
        if centre in bond.terms.calendars:
            return state.days.systems[state.assets[number].system].date
    raise Refused(Reason.UNKNOWN_CENTRE, centre, "is no system's and no bond's")


def open_system(step: Step, command: OpenSystem) -> None:
    """Checked in order: name; centres with calendars; a timetable in order; a first day that is a business day."""
    require_role(step, Role.OPERATOR)
    require_text(command.name, "name", 64)
    days = step.state.days
    require(all(system.name != command.name for system in days.systems.values()), Reason.DUPLICATE, command.name)
    require(command.centres, Reason.EMPTY, "centres")
    for centre in command.centres:
        require(centre in days.calendars, Reason.UNKNOWN_CENTRE, centre)
    require(len(set(command.centres)) == len(command.centres), Reason.DUPLICATE, "centres")
    require_open_days(days.of(command.centres))
    table = command.timetable
    require(abs(table.offset) <= WIDEST_OFFSET, Reason.DATE, "offset", table.offset)
    moments = (0, table.opens, table.dvp_cut_off, table.fop_cut_off, table.end_of_day, MINUTES_A_DAY - 1)
    rising = all(a <= b for a, b in pairwise(moments)) and table.opens < table.end_of_day
    require(rising, Reason.DATE, "timetable is not in order")
    windows = (table.opens - 1, *table.windows, table.fop_cut_off)
    require(all(a < b for a, b in pairwise(windows)), Reason.DATE, "windows are not in order")
    require(len(table.windows) <= MOST_WINDOWS, Reason.AMOUNT, "windows", len(table.windows))
    cycles = (table.opens - 1, *table.cycles, table.dvp_cut_off)
    require(all(a < b for a, b in pairwise(cycles)), Reason.DATE, "cycles are not in order")
    require(len(table.cycles) <= MOST_WINDOWS, Reason.AMOUNT, "cycles", len(table.cycles))
    calendars = days.of(command.centres)
    first = after_closures(command.first, calendars, days.closures)
    require(first == AdjustedDate(command.first, False), Reason.UNCONFIRMED_DATE, "first", command.first)
    require(is_business_day(command.first, calendars), Reason.DATE, "first", command.first, "is no business day")
    opens = micros_at(command.first, table.opens, table.offset)
    require(opens >= step.time, Reason.DATE, "first", command.first, "is past")
    number = SystemNumber(len(days.systems) + 1)
    step.emit(SystemOpened(number, command.name, command.centres, table, command.first))


def publish_rulebook(step: Step, command: PublishRulebook) -> None:
    """A rulebook's next version; its class bits agree with those of every other rulebook on the ledger."""
    require_role(step, Role.OPERATOR, Role.CENTRAL_BANK)
    require_text(command.name, "name", 64)
    require_text(command.title, "title")
    versions = step.state.rulebooks.get(command.name, [])
    require(command.version == len(versions) + 1, Reason.DUPLICATE, command.name, command.version)
    require(EARLIEST <= command.effective <= LATEST, Reason.DATE, "effective", command.effective)
    require(not versions or command.effective > versions[-1].effective, Reason.DATE, "effective", command.effective)
    taken = {each.bit: each for each in _classes(step.state)}
    require(len({each.bit for each in command.classes}) == len(command.classes), Reason.DUPLICATE, "bit")
    for each in command.classes:
        for name in ("name", "attribute", "value"):
            require_text(getattr(each, name), name, 64)
        require(0 <= each.bit < CLASS_BITS - 1, Reason.AMOUNT, "bit", each.bit)
        require(taken.setdefault(each.bit, each) == each, Reason.DUPLICATE, "bit", each.bit)
    names = [provision.name for provision in command.provisions]
    require(len(set(names)) == len(names), Reason.DUPLICATE, "provision")
    for provision in command.provisions:
        require_text(provision.name, "provision", 64)
        require_text(provision.value, provision.name, LONGEST_VALUE, least=0)
        require_text(provision.citation, provision.name)
    step.emit(
        RulebookPublished(
            Rulebook(
                command.name, command.version, command.effective, command.title, command.classes, command.provisions
            )
        )
    )


def _classes(state: State) -> list[ClassDefinition]:
    books = [book for name in sorted(state.rulebooks) for book in state.rulebooks[name]]
    return [each for book in books for each in book.classes]


def phase_due(step: Step, subject: int) -> None:
    """A duty: the next phase of a system begins. One that was moved meanwhile tells nothing."""
    system = step.state.days.systems[SystemNumber(subject)]
    if system.due != step.time:
        return
    step.emit(PhaseBegan(system.number, system.date, Phase(system.phase + 1), step.time))


def roll(step: Step, subject: int) -> None:
    """A follow-up, the last of an end of day: the business date moves to the next business day."""
    system = step.state.days.systems[SystemNumber(subject)]
    after = step.state.days.next_business_day(system.date, system.centres)
    step.emit(PhaseBegan(system.number, after.day, Phase.CLOSED, step.time))


def on_time_set(state: State, event: TimeSet) -> None:
    state.settings.told_time = True
    state.time = event.time


def on_calendar_published(state: State, event: CalendarPublished) -> None:
    before = latest_date(state)
    state.days.calendars[event.calendar.centre] = event.calendar
    for system in state.days.systems.values():
        if event.calendar.centre in system.centres and system.phase is Phase.CLOSED:
            _await_opening(state, system)
    _apply_law(state, before)
    state.follow(WorkKind.CALENDAR, 0)


def _await_opening(state: State, system: System) -> None:
    """A closed system opens on its business date if the calendars confirm it, on the next business day otherwise."""
    calendars, table = state.days.of(system.centres), system.timetable
    at = after_closures(system.date, calendars, state.days.closures)
    while not at.provisional and not is_business_day(at.day, calendars):
        at = state.days.next_business_day(at.day, system.centres)
    system.date = at.day
    system.due = 0
    if not at.provisional:
        system.due = max(micros_at(system.date, table.opens, table.offset), state.time)
        state.schedule(system.due, DutyKind.PHASE, system.number)


def on_closure_declared(state: State, event: ClosureDeclared) -> None:
    """A system that has not opened yet awaits a later day; one that is open is told its end of day."""
    before = latest_date(state)
    state.days.closures.append(event.closure)
    for system in state.days.systems.values():
        if _shuts(system, event.closure) and system.phase is Phase.CLOSED:
            _await_opening(state, system)
    _apply_law(state, before)
    state.follow(WorkKind.CLOSURE, len(state.days.closures) - 1)


def on_system_opened(state: State, event: SystemOpened) -> None:
    before = latest_date(state)
    system = System(event.system, event.name, event.centres, event.timetable, event.first)
    state.days.systems[event.system] = system
    _await_opening(state, system)
    _apply_law(state, before)


def on_phase_began(state: State, event: PhaseBegan) -> None:
    """The phase, what it causes, and when the next one is due."""
    system, before = state.days.systems[event.system], latest_date(state)
    if event.phase is Phase.CLOSED:
        turn_wallets(state, system, event.date)
    system.date, system.phase = event.date, event.phase
    if event.phase is Phase.CLOSED:
        forget_done(state)
        forget_transfers(state, event.system)
        _await_opening(state, system)
        _apply_law(state, before)
        return
    table = system.timetable
    if event.phase is Phase.END_OF_DAY:  # no last retry: whatever could settle before the cut-off has
        system.due = 0
        for stage in STAGES:
            state.follow(stage, event.system)
        return
    following = {
        Phase.OPEN: table.dvp_cut_off,
        Phase.DVP_CUT_OFF: table.fop_cut_off,
        Phase.FOP_CUT_OFF: table.end_of_day,
    }
    if event.phase is Phase.OPEN:
        state.follow(WorkKind.RETRY, event.system)
        schedule_cycles(state, event.system, event.time)
        for kind, minutes in ((DutyKind.CYCLE, table.cycles), (DutyKind.PART, table.windows)):
            for moment in (micros_at(system.date, each, table.offset) for each in minutes):
                if moment >= event.time:
                    state.schedule(moment, kind, event.system)
    system.due = max(micros_at(system.date, following[event.phase], table.offset), event.time)
    if event.phase is not Phase.FOP_CUT_OFF:
        state.schedule(system.due, DutyKind.PART, system.number)  # the cut-off itself comes after it
    state.schedule(system.due, DutyKind.PHASE, system.number)


def on_rulebook_published(state: State, event: RulebookPublished) -> None:
    state.rulebooks.setdefault(event.rulebook.name, []).append(event.rulebook)
    for number in state.parties:
        renew_classes(state, number)


def _apply_law(state: State, before: date) -> None:
    """Renew the classes of all accounts where a version of a rulebook has come into force since a date; for `evolve`
    only."""
    today = latest_date(state)
    if any(before < version.effective <= today for versions in state.rulebooks.values() for version in versions):
        for number in state.parties:
            renew_classes(state, number)


def business_date(state: State, system: SystemNumber) -> date:
    """The business date of a system."""
    return state.days.systems[system].date


def close_of_business(state: State, system: SystemNumber, day: date) -> Micros:
    """When records of a day seal: at the system's end of day."""
    table = state.days.systems[system].timetable
    return micros_at(day, table.end_of_day, table.offset)


def days_later(state: State, system: SystemNumber, day: date) -> Micros:
    """The first minute of a day where the system is: grace, prescription and retention run by calendar days."""
    return micros_at(day, 0, state.days.systems[system].timetable.offset) + MINUTE


def sees_market(state: State, event: object) -> Audience:
    """Public."""
    return (EVERYONE,)
