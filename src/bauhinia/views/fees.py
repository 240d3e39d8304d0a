"""What a depository charges, what a party has used, and its bills: to the party its own, to who collects them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.fees import BillLine, FeeItem
from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import Asking, amount
from bauhinia.views.fee_tables import BILLS, FEE_SCHEDULES, USAGE, BillRow, FeeScheduleRow
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.money import format_rate

MOST = 10_000  # lines of usage in one answer


@dataclass(frozen=True, slots=True)
class Price:
    """What an item costs: an amount each, or (CUSTODY) a rate a year of the nominal held, by days of 365."""

    item: str
    amount: Amount | None
    rate: str


@dataclass(frozen=True, slots=True)
class Prices:
    """A version of a schedule, in force from a date."""

    version: int
    effective: date
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """What is charged in a system for what moves in a currency; `due_days` are business days from bill to payment."""

    number: int
    system: int
    system_name: str
    currency: str
    collector: int
    collector_name: str
    due_days: int
    versions: tuple[Prices, ...]


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What was counted for a party at the end of a day; of CUSTODY `count` is the nominal held from then on, in
    smallest units."""

    schedule: int
    party: int
    party_name: str
    day: date
    item: str
    count: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of a bill. `count` is how often, or the nominal in smallest units summed over the days; at `price` each,
    or at `rate` a year by days of 365, rounded half up."""

    item: str
    version: int
    count: int
    price: Amount | None
    rate: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """What a correction added to a bill, or took off it."""

    item: str
    amount: Amount
    why: str


@dataclass(frozen=True, slots=True)
class BillPage:
    """A month's bill. `owed` is what is left of it, below zero what is to be paid back; `why` it was disputed."""

    number: int
    schedule: int
    party: int
    party_name: str
    collector: int
    collector_name: str
    month: date
    status: str
    charges: tuple[Charge, ...]
    corrections: tuple[CorrectionLine, ...]
    total: Amount
    paid: Amount
    owed: Amount
    due: date
    rendered: int
    why: str


def schedules(views: Views, viewer: Viewer) -> tuple[FeeSchedule, ...]:
    """All schedules with all their versions; they are public."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        return tuple(_schedule(ask, row) for row in FEE_SCHEDULES.rows(db, "ORDER BY number"))


def _money(currency: str, units: int) -> Amount:
    return amount(units, MINOR_UNITS.get(currency, 2), currency)


def _schedule(ask: Asking, row: FeeScheduleRow) -> FeeSchedule:
    system = tables.SYSTEMS.find(ask.db, row.system)
    versions = tuple(
        Prices(
            version.version,
            version.effective,
            tuple(
                Price(
                    fee.item.name,
                    None if fee.item is FeeItem.CUSTODY else _money(row.currency, fee.amount),
                    format_rate(fee.rate) if fee.item is FeeItem.CUSTODY else "",
                )
                for fee in version.fees
            ),
        )
        for version in row.versions
    )
    return FeeSchedule(
        row.number,
        row.system,
        system.name if system else "",
        row.currency,
        row.collector,
        ask.party_name(row.collector),
        row.due_days,
        versions,
    )


OWN = "(party = :party OR schedule IN (SELECT number FROM fee_schedules WHERE collector = :party))"


def usage(views: Views, viewer: Viewer, month: date | None = None) -> tuple[UsageLine, ...]:
    """What the viewer has used by day and item, in a month or ever; to who collects, and to operators, of all."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        where = "WHERE :party != 0" if viewer.operator else f"WHERE :party != 0 AND {OWN}"
        if month:
            where += " AND substr(day, 1, 7) = :month"
        named = {"party": viewer.party, "month": month.isoformat()[:7] if month else "", "most": MOST}
        rows = USAGE.rows(db, f"{where} ORDER BY day DESC, schedule, party, item LIMIT :most", **named)
        return tuple(
            UsageLine(row.schedule, row.party, ask.party_name(row.party), row.day, row.item.name, row.count)
            for row in rows
        )


def bills(views: Views, viewer: Viewer) -> tuple[BillPage, ...]:
    """The viewer's bills, newest first; to who collects, and to operators, those of all."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        where = "WHERE :party != 0" if viewer.operator else f"WHERE :party != 0 AND {OWN}"
        return tuple(_bill(ask, row) for row in BILLS.rows(db, f"{where} ORDER BY number DESC", party=viewer.party))


def bill(views: Views, viewer: Viewer, number: int) -> BillPage | None:
    """One bill; None where there is none that the viewer may see."""
    return next((each for each in bills(views, viewer) if each.number == number), None)


def _bill(ask: Asking, row: BillRow) -> BillPage:
    schedule = FEE_SCHEDULES.find(ask.db, row.schedule)
    currency, collector = (schedule.currency, schedule.collector) if schedule else ("", 0)
    corrections = tuple(
        CorrectionLine(each.item.name, _money(currency, each.change), correction.why)
        for correction in row.corrections
        for each in correction.adjustments
    )
    return BillPage(
        row.number,
        row.schedule,
        row.party,
        ask.party_name(row.party),
        collector,
        ask.party_name(collector),
        row.month,
        row.status.name,
        tuple(_charge(currency, line) for line in row.lines),
        corrections,
        _money(currency, row.total),
        _money(currency, row.paid),
        _money(currency, row.total - row.paid),
        row.due,
        row.rendered,
        row.why,
    )


def _charge(currency: str, line: BillLine) -> Charge:
    custody = line.item is FeeItem.CUSTODY
    return Charge(
        line.item.name,
        line.version,
        line.count,
        None if custody else _money(currency, line.price),
        format_rate(line.rate) if custody else "",
        _money(currency, line.amount),
    )
