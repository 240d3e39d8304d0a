"""How trades settle: how much on its intended day, how much fails and for what reason, how long it waited.

The rate is what has settled on its intended settlement date over what was due then and neither settled before nor was
cancelled by the end of that day (settled and failing: Delegated Regulation (EU) 2018/1229, annex I), by number and by
nominal; of a trade that settles in parts the nominal counts as it settles. Operators and regulators see all trades,
anyone else those it is party to, with the reasons in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from bauhinia.bond.rounding import whole
from bauhinia.ledger.instructions import Status
from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import Asking
from bauhinia.views.fee_tables import FAILS, FailRow
from bauhinia.views.model import Viewer
from bauhinia.views.narrow import OF_NO_SIDE, OTHER_SIDE
from bauhinia.views.store import Views
from bauhinia.views.tables import InstructionRow, TransactionRow
from bauhinia.words.dates import micros_at
from bauhinia.words.reasons import Reason

GROUPS = ("day", "party", "asset", "reason")
NONE = "-"
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class EfficiencyGroup:
    """The trades of a day, a party, a bond or a reason to fail, in bonds of one currency.

    `due` were to settle and were not cancelled by the end of their day: `on_time` did on it, `late` did after, and
    `failing` have not, or were cancelled later. `settled_nominal`, of `due_nominal`, had settled by the end of the day.
    `rate` and `value_rate` are exact fractions, and `percent` and `value_percent` these in per cent, with two decimals,
    rounded half up. `mean_wait` and `longest_wait` are seconds from when a trade was matched and its day had
    begun until it settled, of those that have.
    """

    group: str
    name: str
    currency: str
    due: int
    on_time: int
    late: int
    failing: int
    due_nominal: Amount
    settled_nominal: Amount
    rate: str
    percent: str
    value_rate: str
    value_percent: str
    mean_wait: int
    longest_wait: int


@dataclass(slots=True)
class Trade:
    """A trade, its two sides, what of it settled by the end of its day, and its first fail."""

    row: TransactionRow
    sides: tuple[InstructionRow, ...]
    currency: str
    settled_nominal: int
    fail: FailRow | None
    wait: int | None


@dataclass(slots=True)
class _Sum:
    asset: int
    due: int = 0
    on_time: int = 0
    late: int = 0
    nominal: int = 0
    settled: int = 0
    waits: list[int] = field(default_factory=list)


def efficiency(
    views: Views, viewer: Viewer, by: str = "day", first: date | None = None, last: date | None = None
) -> tuple[EfficiencyGroup, ...]:
    """Trades by `by`, one of GROUPS, whose intended dates lie from `first` to `last`, in the groups' order."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        keys: dict[str, Callable[[Asking, Trade], list[tuple[str, str]]]] = {
            "day": _day, "party": _parties, "asset": _asset, "reason": _reason,
        }  # fmt: skip
        sums: dict[tuple[str, str, str], _Sum] = {}
        for trade in _trades(ask, first, last):
            for group, name in keys[by](ask, trade):
                found = sums.setdefault((group, name, trade.currency), _Sum(trade.sides[0].asset))
                _add(found, trade)
        return tuple(_group(ask, key, sums[key]) for key in sorted(sums))


def sees_all(ask: Asking) -> bool:
    """Whether the viewer sees the trades of the whole market: an operator or a regulator."""
    return ask.viewer.operator or ask.regulates()


def _trades(ask: Asking, first: date | None, last: date | None) -> Iterator[Trade]:
    """The trades that the viewer may see and that were due, by number; not those cancelled by the end of their day."""
    where = "WHERE kind = 'TRADE' AND part_of = 0 AND deliver != 0 AND receive != 0"
    if first:
        where += " AND settlement_date >= :first"
    if last:
        where += " AND settlement_date <= :last"
    if not sees_all(ask):
        where += ' AND :party != 0 AND number IN (SELECT "transaction" FROM stakes WHERE party = :party)'
    named = {"first": str(first or ""), "last": str(last or ""), "party": ask.viewer.party}
    for row in tables.TRANSACTIONS.rows(ask.db, f"{where} ORDER BY number", **named):
        fail = next(FAILS.rows(ask.db, 'WHERE "transaction" = ? ORDER BY day LIMIT 1', row.number), None)
        if row.status is not Status.SETTLED and fail is None:
            continue  # not due yet, or cancelled in time
        sides = [tables.INSTRUCTIONS.find(ask.db, each) for each in (row.deliver, row.receive)]
        found = tuple(side for side in sides if side is not None)
        asset = ask.asset(found[0].asset)
        if asset is not None:
            yield Trade(row, found, asset.currency, _by_its_day(ask, row, found[0]), fail, _wait(ask, row))


def _by_its_day(ask: Asking, row: TransactionRow, deliver: InstructionRow) -> int:
    """The nominal that had settled by the end of the intended date: all of it, or its parts."""
    if _on_time(row):
        return deliver.order.quantity
    parts = tables.TRANSACTIONS.rows(ask.db, "WHERE part_of = ? AND settled_date <= settlement_date", row.number)
    return sum(part.legs[0].amount for part in parts)


def _on_time(row: TransactionRow) -> bool:
    return row.settled_date is not None and row.settled_date <= row.settlement_date


def _wait(ask: Asking, row: TransactionRow) -> int | None:
    """Microseconds in the queue: from when it was matched, or its day opened where that was later."""
    system = tables.SYSTEMS.find(ask.db, asset.system) if (asset := ask.asset(row.legs[0].asset)) else None
    if not row.settled or system is None:
        return None
    table = system.timetable
    return max(0, row.settled - max(row.entered, micros_at(row.settlement_date, table.opens, table.offset)))


def _day(ask: Asking, trade: Trade) -> list[tuple[str, str]]:
    return [(trade.row.settlement_date.isoformat(), "")]


def _parties(ask: Asking, trade: Trade) -> list[tuple[str, str]]:
    """Each side; to one that sees no more than its own, itself alone."""
    parties = dict.fromkeys(side.party for side in trade.sides)
    shown = parties if sees_all(ask) else [each for each in parties if each == ask.viewer.party]
    return [(f"{each:06}", ask.party_name(each)) for each in shown]


def _asset(ask: Asking, trade: Trade) -> list[tuple[str, str]]:
    asset = ask.asset(trade.sides[0].asset)
    return [(asset.code, asset.name)] if asset else []


def _reason(ask: Asking, trade: Trade) -> list[tuple[str, str]]:
    """Why it failed first, in the words of the viewer's side; NONE where it did not."""
    fail = trade.fail
    if fail is None:
        return [(NONE, "")]
    reason = fail.reason
    if not sees_all(ask) and reason not in OF_NO_SIDE and fail.lacking not in (0, ask.viewer.party):
        reason = OTHER_SIDE.get(reason, Reason.CLAC)
    return [(reason.name, "")]


def _add(found: _Sum, trade: Trade) -> None:
    quantity = trade.sides[0].order.quantity
    found.due += 1
    found.on_time += _on_time(trade.row)
    found.late += trade.row.settled != 0 and not _on_time(trade.row)
    found.nominal += quantity
    found.settled += trade.settled_nominal
    if trade.wait is not None:
        found.waits.append(trade.wait)


def _group(ask: Asking, key: tuple[str, str, str], found: _Sum) -> EfficiencyGroup:
    group, name, currency = key
    rate, value_rate = Fraction(found.on_time, found.due), Fraction(found.settled, found.nominal)
    waits = found.waits
    return EfficiencyGroup(
        group.lstrip("0") if name and group.isdigit() else group,
        name,
        currency,
        found.due,
        found.on_time,
        found.late,
        found.due - found.on_time - found.late,
        ask.amount(found.asset, found.nominal),
        ask.amount(found.asset, found.settled),
        str(rate),
        percent(rate),
        str(value_rate),
        percent(value_rate),
        whole(Fraction(sum(waits), len(waits) * SECOND)) if waits else 0,
        whole(Fraction(max(waits), SECOND)) if waits else 0,
    )


def percent(rate: Fraction) -> str:
    """A rate in per cent with two decimals, rounded half up."""
    hundredths = whole(rate * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02}"
