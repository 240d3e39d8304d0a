"""Fees: a depository publishes what it charges, counts what is used of it at each day's end, and makes a bill a month.

A schedule is of one system and one currency; its prices are public, each version in force from its date. What is used
on a day costs what is in force on that day. What is held at the end of a business day is held until the next one's:
custody runs by calendar days, and costs rate × nominal-days / 365 (Act/365), rounded half up to a smallest unit once a
line. The bills of a month are made at the end of the first business day of the next. How they are paid: `billing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from bauhinia.bond.calendar import add_business_days
from bauhinia.bond.rounding import whole
from bauhinia.bond.terms import FINEST, LATEST
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.fees import Bill, BillLine, BillStatus, Fee, FeeItem, Schedule, Tariff
from bauhinia.ledger.parties import Account, Purpose
from bauhinia.ledger.state import State
from bauhinia.rules.market import days_later
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.usage import Used, accounts_of, nominal_of, used_since
from bauhinia.words.dates import micros_at
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import (
    EVERYONE,
    NO_ACCOUNT,
    NO_ASSET,
    AccountNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require

DAYS_A_YEAR = 365
DEAREST = 1_000_000_000  # smallest units, of one item
DEAREST_RATE = Fraction(1, 100)  # a year
MOST_DUE_DAYS = 60
MOST_MONEYS = 16
KEPT_DAYS = 366  # after which a bill that is paid leaves the state: the journal keeps it
NO_DAY = timedelta(0)


@dataclass(slots=True)
class PublishFees:
    """A command of four eyes by an operator or a depository: its fees in a system for what moves in a currency, from a
    day on. `proceeds` names each money in which it is paid, and its own account of it. A bill falls due `due_days`
    business days after it is made."""

    system: SystemNumber
    currency: str
    proceeds: tuple[tuple[AssetNumber, AccountNumber], ...]
    due_days: int
    effective: date
    fees: tuple[Fee, ...]


@dataclass(slots=True)
class NameFeeAccount:
    """A command by a party: the bills of a schedule are collected from its own account, in a money; no account takes
    that back."""

    schedule: int
    money: AssetNumber
    account: AccountNumber


@dataclass(slots=True)
class FeesPublished:
    schedule: int
    system: SystemNumber
    currency: str
    collector: PartyNumber
    proceeds: tuple[tuple[AssetNumber, AccountNumber], ...]
    due_days: int
    tariff: Tariff


@dataclass(slots=True)
class FeeAccountNamed:
    schedule: int
    party: PartyNumber
    money: AssetNumber
    account: AccountNumber


@dataclass(frozen=True, slots=True)
class UsedLine:
    """How often a party has used something."""

    party: PartyNumber
    item: FeeItem
    count: int


@dataclass(frozen=True, slots=True)
class Holding:
    """What nominal a party holds from now on, in all."""

    party: PartyNumber
    units: Units


@dataclass(slots=True)
class UsageCounted:
    """What was used under a schedule until the end of a day. `closed` where that is the end of its own system's day:
    then `holdings` are those that have changed since the last, and custody is counted up to the day. `matched` is the
    last transaction that there is."""

    schedule: int
    day: date
    closed: bool
    used: tuple[UsedLine, ...]
    holdings: tuple[Holding, ...]
    matched: TransactionNumber


@dataclass(slots=True)
class BillRendered:
    """A party's bill of a month, from its first day on; `lines` by item and version."""

    bill: int
    schedule: int
    party: PartyNumber
    month: date
    lines: tuple[BillLine, ...]
    total: Units
    due: date
    time: Micros


def publish_fees(step: Step, command: PublishFees) -> None:
    """Checked in order: the system; the currency; the moneys, each once, of the currency and kept here, and the asker's
    own account of each; the days; the date, not past and after the last version's; the fees, each item once, by amount
    or by rate; that the schedule is the asker's."""
    state = step.state
    system = known(state.days.systems.get(command.system), Reason.UNKNOWN_SYSTEM, command.system)
    require(command.currency in MINOR_UNITS, Reason.WRONG_CURRENCY, "currency", command.currency)
    require(0 < len(command.proceeds) <= MOST_MONEYS, Reason.EMPTY, "proceeds")
    require(len(dict(command.proceeds)) == len(command.proceeds), Reason.DUPLICATE, "proceeds")
    for money, account in command.proceeds:
        fee_account(step, command.currency, money, account, "proceeds")
    require(0 < command.due_days <= MOST_DUE_DAYS, Reason.AMOUNT, "due_days", command.due_days)
    require(system.date <= command.effective <= LATEST, Reason.DATE, "effective", command.effective)
    _require_fees(command.fees)
    schedule = state.fees.of(command.system, command.currency)
    version = 1
    if schedule:
        require(schedule.collector == step.asker, Reason.NOT_AUTHORISED, "schedule", schedule.number)
        last = schedule.versions[-1]
        require(command.effective > last.effective, Reason.DATE, "effective", command.effective)
        version = last.version + 1
    number = schedule.number if schedule else len(state.fees.schedules) + 1
    step.emit(
        FeesPublished(
            number, command.system, command.currency, step.asker, command.proceeds, command.due_days,
            Tariff(version, command.effective, command.fees),
        )
    )  # fmt: skip


def _require_fees(fees: tuple[Fee, ...]) -> None:
    items = [fee.item for fee in fees]
    require(len(dict.fromkeys(items)) == len(items), Reason.DUPLICATE, "fees")
    for fee in fees:
        if fee.item is FeeItem.CUSTODY:
            require(0 <= fee.rate <= DEAREST_RATE, Reason.RATE, fee.item.name, fee.rate)
            require(fee.rate.denominator <= FINEST, Reason.RATE, fee.item.name, fee.rate)
            require(fee.amount == 0, Reason.AMOUNT, fee.item.name, fee.amount)
        else:
            require(0 <= fee.amount <= DEAREST, Reason.AMOUNT, fee.item.name, fee.amount)
            require(fee.rate == 0, Reason.RATE, fee.item.name, fee.rate)


def fee_account(step: Step, currency: str, money: AssetNumber, number: AccountNumber, named: str) -> Account:
    """An account of the asker's own, open and held for itself, for a money of a currency that is kept here: what it
    holds for clients neither pays its fees nor receives any. Refused otherwise."""
    state = step.state
    asset = known(state.assets.get(money), Reason.UNKNOWN_ASSET, named, money)
    require(asset.kind is AssetKind.MONEY and asset.on_ledger, Reason.UNKNOWN_ASSET, named, money)
    require(asset.currency == currency, Reason.WRONG_CURRENCY, named, asset.currency)
    account = known(state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, named, number)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, named, number)
    require(account.purpose is Purpose.OWN, Reason.PURPOSE, named, account.purpose.name)
    require(not account.closed, Reason.CLOSED, named, number)
    return account


def schedule_numbered(state: State, number: int) -> Schedule:
    """A schedule by its number; Refused where there is none."""
    require(0 < number <= len(state.fees.schedules), Reason.STATE, "schedule", number, "is not published")
    return state.fees.schedules[number - 1]


def name_fee_account(step: Step, command: NameFeeAccount) -> None:
    """Checked in order: the schedule; the money, one in which it is paid; the asker's own account; that anything
    changes. No money and no account take back what was named."""
    schedule = schedule_numbered(step.state, command.schedule)
    if command.account or command.money:
        require(command.money in schedule.proceeds, Reason.UNKNOWN_ASSET, "money", command.money)
        fee_account(step, schedule.currency, command.money, command.account, "account")
    named = step.state.fees.accounts.get((step.asker, command.schedule), (NO_ASSET, NO_ACCOUNT))
    changes = named != (command.money, command.account)
    require(changes, Reason.ALREADY_DONE, "schedule", command.schedule)
    step.emit(FeeAccountNamed(command.schedule, step.asker, command.money, command.account))


def count_day(step: Step, subject: int) -> None:
    """A follow-up, the last of an end of day but the roll of its date: what was used is counted; where a month has
    ended, its bills are made first. What has settled in another system whose day goes on is counted too, since it
    leaves the state now."""
    if not step.state.fees.schedules:
        return
    closing = SystemNumber(subject)
    used = used_since(step.state, closing)
    for schedule in list(step.state.fees.schedules):
        _count(step, schedule, used, closed=schedule.system == closing)


def _count(step: Step, schedule: Schedule, used: Used, *, closed: bool) -> None:
    state = step.state
    day = state.days.systems[schedule.system].date
    lines = [UsedLine(party, item, count) for (of, party, item), count in used.items() if of == schedule.number]
    if not (closed or lines):
        return
    matched = state.settlement.last_transaction
    while schedule.month < day.replace(day=1):
        after = next_month(schedule.month)
        for bill in list(bills(state, schedule, step.time)):
            step.emit(bill)
        step.emit(UsageCounted(schedule.number, after, False, (), (), state.fees.matched))
    changed = _changed(state, schedule) if closed else []
    if lines or changed or (closed and schedule.holdings):
        lines.sort(key=lambda line: (line.party, line.item))
        step.emit(UsageCounted(schedule.number, day, closed, tuple(lines), tuple(changed), matched))


def _changed(state: State, schedule: Schedule) -> list[Holding]:
    """The holdings that differ from those of the last day's end; none where no version charges for custody."""
    if not any(tariff.fee(FeeItem.CUSTODY).rate for tariff in schedule.versions):
        return []
    now = nominal_of(state, schedule)
    parties = sorted(dict.fromkeys((*now, *schedule.holdings)))
    found = ((party, now.get(party, 0)) for party in parties)
    return [Holding(party, units) for party, units in found if units != schedule.holdings.get(party, 0)]


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def custody(schedule: Schedule, until: date) -> dict[tuple[int, int], int]:
    """The nominal-days by party and version with the days up to a day (exclusive), on which what was held at the last
    end of day still was."""
    found, day = dict(schedule.nominal_days), schedule.since
    days: dict[int, int] = {}
    while day < until:
        tariff = schedule.tariff(day)
        if tariff:
            days[tariff.version] = days.get(tariff.version, 0) + 1
        day += timedelta(days=1)
    for party, units in schedule.holdings.items():
        for version, count in days.items():
            found[party, version] = found.get((party, version), 0) + units * count
    return found


def bills(state: State, schedule: Schedule, time: Micros) -> Iterator[BillRendered]:
    """The bills of the month that has ended, by party: none where there is nothing to pay."""
    system, after = state.days.systems[schedule.system], next_month(schedule.month)
    lines: dict[int, list[BillLine]] = {}
    for (party, item, version), count in schedule.counts.items():
        _add(lines, party, _line(schedule, FeeItem(item), version, count))
    for (party, version), count in custody(schedule, after).items():
        _add(lines, party, _line(schedule, FeeItem.CUSTODY, version, count))
    last = schedule.tariff(after - timedelta(days=1))
    if last and last.fee(FeeItem.ACCOUNT).amount:
        offset = system.timetable.offset
        moments = (micros_at(day, 0, offset) for day in (schedule.month, after))
        for party, count in accounts_of(state, schedule.collector, *moments).items():
            _add(lines, party, _line(schedule, FeeItem.ACCOUNT, last.version, count))
    due = add_business_days(system.date, schedule.due_days, state.days.of(system.centres)).day
    number = state.fees.last_bill
    for party in sorted(lines):
        found = sorted(lines[party], key=lambda line: (line.item, line.version))
        number += 1
        total = sum(line.amount for line in found)
        yield BillRendered(number, schedule.number, PartyNumber(party), schedule.month, tuple(found), total, due, time)


def _add(lines: dict[int, list[BillLine]], party: int, line: BillLine) -> None:
    """A line of a bill, unless it costs nothing."""
    if line.amount:
        lines.setdefault(party, []).append(line)


def _line(schedule: Schedule, item: FeeItem, version: int, count: int) -> BillLine:
    fee = schedule.versions[version - 1].fee(item)
    amount = whole(fee.rate * count / DAYS_A_YEAR) if item is FeeItem.CUSTODY else fee.amount * count
    return BillLine(item, version, count, fee.amount, fee.rate, amount)


def on_fees_published(state: State, event: FeesPublished) -> None:
    fees = state.fees
    if event.schedule <= len(fees.schedules):
        schedule = fees.schedules[event.schedule - 1]
        schedule.versions.append(event.tariff)
        schedule.proceeds, schedule.due_days = dict(event.proceeds), event.due_days
        return
    if not fees.schedules:
        fees.matched = state.settlement.last_transaction
    effective = event.tariff.effective
    fees.schedules.append(
        Schedule(
            event.schedule, event.system, event.currency, event.collector, dict(event.proceeds), event.due_days,
            [event.tariff], effective.replace(day=1), effective,
        )
    )  # fmt: skip


def on_fee_account_named(state: State, event: FeeAccountNamed) -> None:
    key = event.party, event.schedule
    if event.account:
        state.fees.accounts[key] = event.money, event.account
    else:
        state.fees.accounts.pop(key, None)


def on_usage_counted(state: State, event: UsageCounted) -> None:
    """Add what was used; with a day of another month, that of the month before has been billed, and is gone."""
    fees = state.fees
    schedule = fees.schedules[event.schedule - 1]
    month = event.day.replace(day=1)
    if month > schedule.month:
        schedule.counts.clear()
        schedule.nominal_days.clear()
        schedule.month, schedule.since = month, max(schedule.since, month)
        _forget(state, month)
    tariff = schedule.tariff(event.day)
    for line in event.used if tariff else ():
        key = line.party, line.item, tariff.version if tariff else 0
        schedule.counts[key] = schedule.counts.get(key, 0) + line.count
    if event.used or event.closed:
        for noted in [each for each in fees.today if each[0] == event.schedule]:
            del fees.today[noted]
    fees.matched = max(fees.matched, event.matched)
    if event.closed:
        schedule.nominal_days = custody(schedule, event.day)
        schedule.since = max(schedule.since, event.day)
        for each in event.holdings:
            if each.units:
                schedule.holdings[each.party] = each.units
            else:
                schedule.holdings.pop(each.party, None)


def _forget(state: State, month: date) -> None:
    """Bills that were paid long ago leave the state."""
    old = month - timedelta(days=KEPT_DAYS)
    gone = [bill.number for bill in state.fees.bills.values() if bill.status is BillStatus.PAID and bill.month < old]
    for number in gone:
        del state.fees.bills[number]


def on_bill_rendered(state: State, event: BillRendered) -> None:
    """Keep the bill, which is collected in the first minute of the day on which it is due."""
    fees = state.fees
    bill = Bill(event.bill, event.schedule, event.party, event.month, event.lines, event.total, event.due, event.time)
    fees.last_bill = bill.number
    fees.bills[bill.number] = bill
    schedule = fees.schedules[bill.schedule - 1]
    state.schedule(days_later(state, schedule.system, bill.due), DutyKind.BILL, bill.number)


def sees_fees(state: State, event: FeesPublished) -> Audience:
    """Public: a participant knows what it will cost (CPMI-IOSCO Principles, 23)."""
    return (EVERYONE,)


def sees_fee_account(state: State, event: FeeAccountNamed) -> Audience:
    """The party, and the collector."""
    return (event.party, state.fees.schedules[event.schedule - 1].collector)


def sees_usage(state: State, event: UsageCounted) -> Audience:
    """The collector; each party is told its own by its bill, and may ask for it before."""
    return (state.fees.schedules[event.schedule - 1].collector,)


def sees_bill(state: State, event: BillRendered) -> Audience:
    """The party, and the collector."""
    return (event.party, state.fees.schedules[event.schedule - 1].collector)
