"""What a day of a deposit network needed: liquidity by bank and by hour, against settling gross, and how long it took.

A bank's peak debit is the most by which, at any instant of the day, what had gone from its customers to other banks'
exceeded what had come. Its liquidity is what its settlement was in need of at worst: by how much its settlement money
(its own account, its position and its collateral in the network, and what it has paid in the RTGS) fell below where the
day had found it, whatever it had set aside. Gross is what it would have needed had nothing come in: all that went out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from bauhinia.ledger.instructions import Status
from bauhinia.views.amount import Amount
from bauhinia.views.asking import Asking
from bauhinia.views.network_tables import BRIDGE_DRAWS, DEPOSITS, MEMBERS, NETWORKS, DepositRow, MemberRow, NetworkRow
from bauhinia.views.networks import claims_of
from bauhinia.views.tables import SYSTEMS
from bauhinia.words.dates import DAY, MINUTE, day_of, micros_at

Flow = tuple[int, int]  # moment, change


@dataclass(frozen=True, slots=True)
class BankHour:
    """An hour of a bank, by the clock of the network's system: what went out and came in, its peak debit since the
    day began, and the most that was drawn on bridges for it."""

    hour: int
    sent: Amount
    received: Amount
    peak_debit: Amount
    bridged: Amount


@dataclass(frozen=True, slots=True)
class BankDay:
    """A day of a bank in a network. `posted` is what it had funded as position and as collateral, before the day and in
    it. `saved` is gross less liquidity. `waited` deposits of its customers did not arrive
    at once: `longest` and `average` are microseconds, of those that have arrived."""

    bank: int
    bank_name: str
    count: int
    sent: Amount
    received: Amount
    peak_debit: Amount
    posted: Amount
    liquidity: Amount
    saved: Amount
    bridged: Amount
    waited: int
    longest: int
    average: int
    unsettled: int
    hours: tuple[BankHour, ...]


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """A day of a network: of all its banks to its operator, of itself to a bank. The totals are of the banks shown."""

    network: int
    name: str
    claims: str
    date: date
    banks: tuple[BankDay, ...]
    gross: Amount
    liquidity: Amount
    saved: Amount


@dataclass(slots=True)
class _Day:
    """What the report is made of."""

    network: NetworkRow
    first: int
    last: int
    now: int
    deposits: list[DepositRow] = field(default_factory=list)


def network_report(ask: Asking, number: int, day: date) -> NetworkReport | None:
    """The report of a business day of a network's system; None where there is no such network, or none of its banks is
    the viewer's to know of."""
    row = NETWORKS.find(ask.db, number)
    system = SYSTEMS.find(ask.db, row.system) if row else None
    if row is None or system is None:
        return None
    first = micros_at(day, 0, system.timetable.offset)
    found = _Day(row, first, first + DAY, ask.time)
    where = "WHERE network = ? AND payer_bank != payee_bank AND sent < ? AND (sent >= ? OR arrived >= ? OR arrived = 0)"
    found.deposits = list(DEPOSITS.rows(ask.db, f"{where} ORDER BY number", number, found.last, first, first))
    members = MEMBERS.rows(ask.db, "WHERE network = ? AND position != 0 ORDER BY bank", number)
    sees_all = ask.viewer.operator or ask.viewer.party == row.operator
    banks = tuple(_bank(ask, found, each) for each in members if sees_all or each.bank == ask.viewer.party != 0)
    if not banks:
        return None
    sent, liquidity = sum(each.sent.units for each in banks), sum(each.liquidity.units for each in banks)

    def amount(units: int) -> Amount:
        return ask.amount(row.par, units)

    return NetworkReport(
        number, row.name, claims_of(ask, row), day, banks, amount(sent), amount(liquidity), amount(sent - liquidity)
    )


def network_days(ask: Asking, number: int) -> tuple[date, ...]:
    """The days on which deposits were sent or arrived, to who may have a report of them."""
    row = NETWORKS.find(ask.db, number)
    system = SYSTEMS.find(ask.db, row.system) if row else None
    member = MEMBERS.find(ask.db, number, ask.viewer.party)
    if row is None or system is None or not (ask.viewer.operator or ask.viewer.party == row.operator or member):
        return ()
    rows = DEPOSITS.rows(ask.db, "WHERE network = ? AND payer_bank != payee_bank", number)
    offset = system.timetable.offset
    return tuple(sorted({day_of(moment, offset) for each in rows for moment in (each.sent, each.arrived) if moment}))


def _bank(ask: Asking, day: _Day, member: MemberRow) -> BankDay:
    def amount(units: int) -> Amount:
        return ask.amount(day.network.par, units)

    bank = member.bank
    out = [row for row in day.deposits if row.payer_bank == bank]
    gone = [(row.arrived, -row.amount) for row in out if day.first <= row.arrived < day.last]
    came = [
        (row.arrived, row.amount)
        for row in day.deposits
        if row.payee_bank == bank and day.first <= row.arrived < day.last
    ]
    sent, received = -sum(change for _, change in gone), sum(change for _, change in came)
    liquidity = _deepest(_money(ask, day, member))
    bridged = list(_bridged(ask, day, bank))
    waits = [row.arrived - row.sent for row in out if row.arrived > row.sent and row.arrived < day.last]
    unsettled = sum(1 for row in out if not row.arrived and not row.returned)
    return BankDay(
        bank, ask.party_name(bank), len(gone), amount(sent), amount(received), amount(_deepest([*gone, *came])),
        amount(_posted(ask, day, member)), amount(liquidity), amount(sent - liquidity),
        amount(max((drawn for _, drawn in bridged), default=0)), len(waits) + unsettled, max(waits, default=0),
        sum(waits) // len(waits) if waits else 0, unsettled, tuple(_hours(day, gone, came, bridged, amount)),
    )  # fmt: skip


def _deepest(flows: list[Flow]) -> int:
    """By how much a running sum falls below zero at worst; what happens at one instant counts together."""
    level, deepest = 0, 0
    for _, group in groupby(sorted(flows), key=lambda flow: flow[0]):
        level += sum(change for _, change in group)
        deepest = min(deepest, level)
    return -deepest


def _money(ask: Asking, day: _Day, member: MemberRow) -> list[Flow]:
    """How a bank's settlement money changed in the day: its three accounts together, so that what it moves between them
    is no change, and without what was minted or redeemed; and the payments in the RTGS that have settled."""
    found: list[Flow] = []
    network = day.network
    if network.settlement:
        accounts = (member.own, member.position, member.collateral)
        where = (
            "SELECT time, change FROM entries WHERE account IN (?, ?, ?) AND asset = ? AND time >= ? AND time < ?"
            " AND kind != 'MONEY'"
        )
        found += ask.db.execute(where, (*accounts, network.settlement, day.first, day.last)).fetchall()
    if network.rtgs:
        where = (
            'SELECT t.settled, p.amount, p.payer FROM payments p JOIN transactions t ON t.number = p."transaction"'
            " WHERE p.money = ? AND (p.payer = ? OR p.payee = ?) AND p.status = 'CONFIRMED' AND t.status = ?"
            " AND t.settled >= ? AND t.settled < ?"
        )
        asked = (network.rtgs, member.bank, member.bank, Status.SETTLED.name, day.first, day.last)
        for time, units, payer in ask.db.execute(where, asked):
            found.append((time, -units if payer == member.bank else units))
    return found


def _posted(ask: Asking, day: _Day, member: MemberRow) -> int:
    """What a bank had in the network when the day began, and what it has brought there of its own since."""
    accounts, money = (member.position, member.collateral), day.network.settlement
    where = "SELECT ifnull(sum(change), 0) FROM entries WHERE account IN (?, ?) AND asset = ?"
    (before,) = ask.db.execute(f"{where} AND time < ?", (*accounts, money, day.first)).fetchone()
    (brought,) = ask.db.execute(
        f"{where} AND time >= ? AND time < ? AND kind = 'LIQUIDITY' AND counterparty = ? AND change > 0",
        (*accounts, money, day.first, day.last, member.bank),
    ).fetchone()
    return int(before) + int(brought)


def _bridged(ask: Asking, day: _Day, bank: int) -> Iterator[Flow]:
    """What was drawn for a bank on all its bridges, from each moment of a change on."""
    drawn: dict[int, int] = {}
    where = "WHERE network = ? AND borrower = ? AND time < ? ORDER BY time, number"
    for row in BRIDGE_DRAWS.rows(ask.db, where, day.network.number, bank, day.last):
        drawn[row.lender] = row.drawn
        yield max(row.time, day.first), sum(drawn.values())


def _hours(
    day: _Day, gone: list[Flow], came: list[Flow], bridged: list[Flow], amount: Callable[[int], Amount]
) -> Iterator[BankHour]:
    """The hours in which something moved, or was lent."""
    for hour in range(24):
        first, last = day.first + hour * 60 * MINUTE, day.first + (hour + 1) * 60 * MINUTE
        if first > day.now:
            return
        before = [drawn for time, drawn in bridged if time < first][-1:]
        lent = max((*before, *(drawn for time, drawn in bridged if first <= time < last)), default=0)
        sent = -sum(change for time, change in gone if first <= time < last)
        received = sum(change for time, change in came if first <= time < last)
        if sent or received or lent:
            peak = _deepest([flow for flow in (*gone, *came) if flow[0] < last])
            yield BankHour(hour, amount(sent), amount(received), amount(peak), amount(lent))
