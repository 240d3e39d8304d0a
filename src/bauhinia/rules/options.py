"""Calls and puts: principal that is repaid early because the issuer, or a holder, says so in time.

The issuer calls all of a bond or, where the terms allow it, a part, for a day and with the notice that the terms give;
a make-whole call has no price until its benchmark has been observed. A call is announced to all (MCAL, PCAL, DRAW) and
is irrevocable, as notices of redemption are. A holder puts what it holds (BPUT): the units are set aside until the day,
and come back only with the issuer's consent, while others may still give notice. Both are payments of the bond like any
other from then on: recorded, funded, paid and extinguished in one posting.

A call for a coupon date leaves the coupon of that day as it is; one for another day pays what has accrued, and no later
payment remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bauhinia.bond.calendar import add_business_days, adjust, after_closures
from bauhinia.bond.options import may_make_whole, notice_problem, open_calls, open_puts
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.repayment import Reduction
from bauhinia.bond.schedule import Period, record_date
from bauhinia.ledger.actions import AHEAD, IN_PART, Action, ActionKind, ActionStatus, Early, Record
from bauhinia.ledger.bonds import Bond, BondStatus
from bauhinia.ledger.parties import Purpose, Right, holds_right
from bauhinia.ledger.posting import obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.amounts import Amounts, exercised, periods_of_bond, today_of
from bauhinia.rules.aside import give_all_back, give_back, set_aside
from bauhinia.rules.books import asset_in, chain
from bauhinia.rules.instructing import INSTRUCTED
from bauhinia.rules.issue import bond_of, outstanding, redeem_legs
from bauhinia.rules.recording import payout_money, set_amounts
from bauhinia.rules.servicing import Dates, called, dates_by, set_duties
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    EVERYONE,
    LIMIT,
    NO_ACCOUNT,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    Units,
)
from bauhinia.words.reasons import Reason, Refused, known, require

DETERMINED_BEFORE = 3  # business days before the day of a make-whole its benchmark is noted (US indentures)
PUTTABLE = (BondStatus.ISSUED, BondStatus.POTENTIAL_DEFAULT)


@dataclass(slots=True)
class CallBond:
    """A command of four eyes by the issuer: the bond is called for a day, all of it (`nominal` zero) or a part. It
    cannot be taken back."""

    asset: AssetNumber
    date: date
    nominal: Units


@dataclass(slots=True)
class PutBond:
    """A command by a holder in the official book, or by a keeper for a client in its own book (`account` is then the
    client's): so much is put for a day."""

    asset: AssetNumber
    account: AccountNumber
    nominal: Units
    date: date


@dataclass(slots=True)
class WithdrawPut:
    """A command by who has put, which asks for so much of it back; then by the issuer, which consents to the same."""

    asset: AssetNumber
    account: AccountNumber
    nominal: Units
    date: date


@dataclass(slots=True)
class EarlyAnnounced:
    """A call, or the first put for a day, by a payment of its own. `nominal` is what a part call draws, else zero;
    payments in `cancelled` will not take place."""

    action: ActionNumber
    asset: AssetNumber
    kind: ActionKind
    early: Early
    nominal: Units
    dates: Dates
    amounts: Amounts
    cancelled: tuple[ActionNumber, ...]
    time: Micros


@dataclass(slots=True)
class BondPut:
    """So much of a holding is put: in the books of `rows`, the holder's own first, then those above it."""

    action: ActionNumber
    account: AccountNumber
    nominal: Units
    party: PartyNumber
    rows: tuple[tuple[AssetNumber, AccountNumber], ...]


@dataclass(slots=True)
class PutWithdrawalAsked:
    action: ActionNumber
    account: AccountNumber
    nominal: Units


@dataclass(slots=True)
class PutWithdrawn:
    """The issuer has consented: so much is the holder's again, in every book."""

    action: ActionNumber
    account: AccountNumber
    nominal: Units
    rows: tuple[tuple[AssetNumber, AccountNumber], ...]


def call_bond(step: Step, command: CallBond) -> None:
    """Checked in order: the bond is alive, the asker's own issue and not called already; the amount; that the terms
    have a call for that day, of a part where it is one; the notice; the day's dates, confirmed."""
    state = step.state
    bond = _exercisable(state, command.asset, (BondStatus.ISSUED,))
    require(bond.issuer == step.asker, Reason.NOT_AUTHORISED, "issuer")
    owed, multiple = outstanding(state, command.asset), state.assets[command.asset].multiple
    require(0 <= command.nominal <= owed, Reason.AMOUNT, "nominal", command.nominal)
    require(command.nominal % multiple == 0, Reason.MULTIPLE, "nominal", command.nominal, multiple)
    partial = 0 < command.nominal < owed
    periods = periods_of_bond(state, bond)
    call = _call_for(bond, command.date, periods)
    if partial:
        allowed = isinstance(call, Exercise) and call.partial
        require(allowed, Reason.TERMS, "nominal", command.nominal, "is not all that is outstanding")
    _require_notice(state, bond, call, command.date, periods)
    dates = _dates_of(state, bond, command.date, periods)
    early = _early(state, bond, call, command.date, periods)
    kind, cancelled = ActionKind.REDEMPTION, _ended_by(state, bond, command.date, periods)
    if partial:
        _require_apart(state, bond, early, dates, periods)
        plan, cancelled = bond.terms.repayment, ()
        kind = ActionKind.REDUCTION
        if plan and plan.reduction is Reduction.LOT:
            today = today_of(state, bond)  # or what seeds the drawing might be known before the record closes
            require(dates.record_date >= today, Reason.DATE, "date", command.date, "is past", dates.record_date)
            kind = ActionKind.DRAWING
    nominal = command.nominal if partial else 0
    _announce(step, bond, kind, early, nominal, dates, cancelled)


def _exercisable(state: State, number: AssetNumber, alive: tuple[BondStatus, ...]) -> Bond:
    """A bond that may be called or put; a tap may once it is merged."""
    bond = bond_of(state, number)
    require(bond.status in alive, Reason.STATE, "asset", number, bond.status.name)
    require(not bond.fungible_with, Reason.STATE, "asset", number, "is a tap that is not merged yet")
    require(number not in state.servicing.closed, Reason.RECORD_CLOSED, "asset", number)
    return bond


def _call_for(bond: Bond, day: date, periods: tuple[Period, ...]) -> Exercise | MakeWhole:
    """The call that is open for a day, else the make-whole."""
    found = open_calls(bond.terms, day, periods)
    if found:
        return found[0]
    make_whole = bond.terms.make_whole if may_make_whole(bond.terms, day) else None
    return known(make_whole, Reason.DATE, "date", day, "has no call")


def _require_notice(
    state: State, bond: Bond, exercise: Exercise | MakeWhole, day: date, periods: tuple[Period, ...]
) -> None:
    problem = notice_problem(exercise, today_of(state, bond), day)
    if problem is not None:
        raise Refused(Reason.DATE, problem.field, problem.problem)
    inside = periods[0].start < day < periods[-1].end
    require(inside, Reason.DATE, "date", day, "is not after the issue date and before the maturity")
    pending = called(state, bond.asset)
    before = pending is None or (pending.early is not None and day < pending.early.day)
    require(before, Reason.ALREADY_DONE, "asset", bond.asset, "is called")


def _dates_of(state: State, bond: Bond, day: date, periods: tuple[Period, ...]) -> Dates:
    """When what is exercised for a day is paid: with the coupon of that day, or moved as the bond's days are."""
    terms, calendars = bond.terms, state.days.of(bond.terms.calendars)
    coupon = next((period for period in periods if period.end == day), None)
    if coupon is not None:
        dates = dates_by(state, bond, coupon)
    else:
        moved, provisional = day, False
        if calendars:
            adjusted = adjust(day, terms.business_day, calendars)
            later = after_closures(adjusted.day, calendars, state.days.closures)
            moved, provisional = later.day, adjusted.provisional or later.provisional
        recorded = record_date(terms, moved, calendars)
        dates = Dates(recorded.day, moved, provisional or recorded.provisional)
    require(not dates.provisional, Reason.UNCONFIRMED_DATE, "date", day)
    return dates


def _early(state: State, bond: Bond, exercise: Exercise | MakeWhole, day: date, periods: tuple[Period, ...]) -> Early:
    """The exercise as the payment keeps it. Interest accrues to its day unless that of the period is owed already to
    the holders of a record that has closed."""
    current = next(period.number for period in periods if period.start <= day < period.end)
    actions = (state.servicing.actions[number] for number in state.servicing.of.get(bond.asset, ()))
    accrues = not any(each.period == current and each.records for each in actions)
    if isinstance(exercise, Exercise):
        return Early(day, exercise.price, accrues)
    calendars = state.days.of(bond.terms.calendars)
    determined = add_business_days(day, -DETERMINED_BEFORE, calendars).day
    return Early(day, Fraction(0), accrues, determined)


def _ended_by(state: State, bond: Bond, day: date, periods: tuple[Period, ...]) -> tuple[ActionNumber, ...]:
    """What is ahead for a later day than that of a call of all."""
    found = []
    for number in state.servicing.of.get(bond.asset, ()):
        action = state.servicing.actions[number]
        if action.early:
            later = action.early.day > day
        else:
            later = 0 < action.period <= len(periods) and periods[action.period - 1].end > day
        if later and action.status in AHEAD:
            found.append(number)
    return tuple(found)


def _require_apart(state: State, bond: Bond, early: Early, dates: Dates, periods: tuple[Period, ...]) -> None:
    """A part call is for a coupon date, or done before the record of the next coupon: whose the interest is would not
    be clear. There is one for a day."""
    current = next(period for period in periods if period.start <= early.day < period.end)
    apart = early.day == current.start or dates.payment_date <= current.record_date
    closed = current.record_date
    require(apart and early.accrues, Reason.DATE, "date", early.day, "is paid past the record date", closed)
    for number in state.servicing.of.get(bond.asset, ()):
        other = state.servicing.actions[number]
        same = other.kind in IN_PART and other.kind is not ActionKind.PUT and other.early
        require(not same or same.day != early.day, Reason.ALREADY_DONE, "date", early.day)


def _announce(
    step: Step,
    bond: Bond,
    kind: ActionKind,
    early: Early,
    nominal: Units,
    dates: Dates,
    cancelled: tuple[ActionNumber, ...] = (),
) -> ActionNumber:
    number = ActionNumber(len(step.state.servicing.actions) + 1)
    amounts = exercised(step.state, bond, early)
    step.emit(EarlyAnnounced(number, bond.asset, kind, early, nominal, dates, amounts, cancelled, step.time))
    return number


def put_bond(step: Step, command: PutBond) -> None:
    """Checked in order: the bond is alive; the account, of the asker or in its own book, and the bond held there; the
    amount; that the terms have a put for that day, no call before it; the notice; dates, confirmed, and the record of
    the day's interest not closed; that nothing stands in the way of extinguishing so much."""
    state = step.state
    bond = _exercisable(state, command.asset, PUTTABLE)
    account = command.account
    _require_put_account(step, account, command.asset)
    multiple = state.assets[command.asset].multiple
    require(0 < command.nominal < LIMIT, Reason.AMOUNT, "nominal", command.nominal)
    require(command.nominal % multiple == 0, Reason.MULTIPLE, "nominal", command.nominal, multiple)
    periods = periods_of_bond(state, bond)
    found = open_puts(bond.terms, command.date, periods)
    require(found, Reason.DATE, "date", command.date, "has no put")
    _require_notice(state, bond, found[0], command.date, periods)
    dates = _dates_of(state, bond, command.date, periods)
    early = _early(state, bond, found[0], command.date, periods)
    pending = put_for(state, command.asset, command.date)
    closed = not early.accrues or (pending is not None and pending.status not in AHEAD)
    require(not closed, Reason.RECORD_CLOSED, "date", command.date)
    legs = redeem_legs(state, command.asset, account, command.nominal)
    hindered = obstacle(state.book, legs, step.time)
    if hindered is not None:
        raise Refused(hindered.reason, "account", hindered.account, hindered.lacking)
    number = pending.number if pending else _announce(step, bond, ActionKind.PUT, early, 0, dates)
    rows = _rows_of(state, account, command.asset)
    step.emit(BondPut(number, account, command.nominal, step.asker, rows))


def _require_put_account(step: Step, number: AccountNumber, base: AssetNumber) -> None:
    """An account of the official book that the asker may instruct, or one in a book that the asker keeps; not one whose
    units are its clients': these are put one by one."""
    account = known(step.state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, "account", number)
    if account.tier == NO_ACCOUNT:
        mine = holds_right(account, step.asker, Right.INSTRUCT, base, step.time)
    else:
        mine = account.keeper == step.asker
    require(mine, Reason.UNKNOWN_ACCOUNT, "account", number)
    require(account.purpose in INSTRUCTED, Reason.PURPOSE, "account", account.purpose.name)
    require(account.purpose is not Purpose.OMNIBUS, Reason.PURPOSE, "account", account.purpose.name)
    require(asset_in(step.state, number, base), Reason.LACK, "account", number)


def put_for(state: State, base: AssetNumber, day: date) -> Action | None:
    """The payment of what is put for a day."""
    for number in state.servicing.of.get(base, ()):
        action = state.servicing.actions[number]
        live = action.kind is ActionKind.PUT and action.status is not ActionStatus.CANCELLED
        if live and action.early and action.early.day == day:
            return action
    return None


def _rows_of(state: State, number: AccountNumber, base: AssetNumber) -> tuple[tuple[AssetNumber, AccountNumber], ...]:
    """An account and those above it, each with the asset in which it holds the bond."""
    return tuple((asset_in(state, each, base) or base, each) for each in chain(state, number))


def withdraw_put(step: Step, command: WithdrawPut) -> None:
    """Checked in order: what is put for that day, of an account of the asker or of a bond that it issues; that others
    may still give notice; the amount, no more than is put, of the issuer what the holder has asked for."""
    state = step.state
    bond = bond_of(state, command.asset)
    action = known(put_for(state, command.asset, command.date), Reason.UNKNOWN_ACTION, "date", command.date)
    book = asset_in(state, command.account, command.asset) if command.account in state.accounts else None
    record = action.records.get(book) if book else None
    row = record.row(command.account) if record else None
    asks = step.asker != bond.issuer
    if asks:
        _require_put_account(step, command.account, command.asset)
    put = record.drawn[row] if record is not None and row is not None else 0
    require(put, Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(action.status in AHEAD, Reason.RECORD_CLOSED, "date", command.date)
    exercise = open_puts(bond.terms, command.date, periods_of_bond(state, bond))
    days = (command.date - today_of(state, bond)).days
    in_time = exercise and days >= exercise[0].least_notice
    require(in_time, Reason.DATE, "date", command.date, "is in", days, "days")
    multiple = state.assets[command.asset].multiple
    require(0 < command.nominal <= put, Reason.AMOUNT, "nominal", command.nominal)
    require(command.nominal % multiple == 0, Reason.MULTIPLE, "nominal", command.nominal, multiple)
    if asks:
        step.emit(PutWithdrawalAsked(action.number, command.account, command.nominal))
        return
    asked = state.servicing.withdrawals.get((action.number, command.account))
    require(asked, Reason.STATE, "not signed by", "holder")
    require(command.nominal == asked, Reason.AMOUNT, "nominal", command.nominal)
    rows = _rows_of(state, command.account, command.asset)
    step.emit(PutWithdrawn(action.number, command.account, command.nominal, rows))


def on_early_announced(state: State, event: EarlyAnnounced) -> None:
    """The payment is on the agenda; what will not take place any more is not, and what was set aside for it is free."""
    servicing, dates, amounts = state.servicing, event.dates, event.amounts
    for number in event.cancelled:
        servicing.actions[number].status = ActionStatus.CANCELLED
        give_all_back(state, servicing.actions[number])
    action = Action(
        event.action, event.asset, event.kind, 0, dates.record_date, dates.payment_date, dates.provisional,
        amounts.interest, amounts.principal, amounts.fixed, ActionStatus.ANNOUNCED, early=event.early,
        draws=event.nominal,
    )  # fmt: skip
    servicing.actions[event.action] = action
    servicing.of.setdefault(event.asset, []).append(event.action)
    make_whole = state.issues.bonds[event.asset].terms.make_whole
    if event.early.determined and make_whole:
        using = state.observations.used.setdefault(make_whole.benchmark, [])
        if event.asset not in using:
            using.append(event.asset)
    if event.kind is ActionKind.PUT:
        action.records[event.asset] = Record(event.asset, NO_ACCOUNT)
    set_duties(state, action, event.time)


def on_bond_put(state: State, event: BondPut) -> None:
    action = state.servicing.actions[event.action]
    for book, account in event.rows:
        record = action.records.get(book)
        if record is None:
            record = action.records[book] = Record(book, state.assets[book].backing_account)
        row = record.row(account)
        if row is None:
            row = _new_row(state, action, record, account)
        record.units[row] += event.nominal
        record.drawn[row] += event.nominal
        set_aside(state, record, row, event.nominal)
        set_amounts(state, action, record)


def _new_row(state: State, action: Action, record: Record, account: AccountNumber) -> int:
    record.accounts.append(account)
    record.moneys.append(0 if record.keeper else payout_money(state, action.asset, account))
    columns = (record.units, record.amounts, record.paid, record.states, record.redeemed, record.drawn, record.aside)
    for column in columns:
        column.append(0)
    return len(record.accounts) - 1


def on_put_withdrawal_asked(state: State, event: PutWithdrawalAsked) -> None:
    state.servicing.withdrawals[event.action, event.account] = event.nominal


def on_put_withdrawn(state: State, event: PutWithdrawn) -> None:
    action = state.servicing.actions[event.action]
    del state.servicing.withdrawals[event.action, event.account]
    for book, account in event.rows:
        record = action.records[book]
        row = record.accounts.index(account)
        record.units[row] -= event.nominal
        record.drawn[row] -= event.nominal
        give_back(state, record, row, event.nominal)
        set_amounts(state, action, record)


def sees_early(state: State, event: EarlyAnnounced) -> Audience:
    """Public: notice of a call is given to all holders; of puts, that there are some, and not whose or how much."""
    return (EVERYONE,)


def sees_put(state: State, event: BondPut | PutWithdrawalAsked | PutWithdrawn) -> Audience:
    """The holder and those who keep its account, the issuer, the paying agent and the registrar."""
    bond = state.issues.bonds[state.servicing.actions[event.action].asset]
    accounts = (state.accounts[each] for each in chain(state, event.account))
    parties = (party for account in accounts for party in (account.holder, account.keeper))
    return tuple(dict.fromkeys((*parties, bond.issuer, bond.paying_agent, bond.registrar)))
