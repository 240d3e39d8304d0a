"""A bond's page: its terms, its schedule, its holders as the viewer may see them, what happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.bond.calendar import AdjustedDate, BusinessDayConvention, LateClosure, after_closures
from bauhinia.bond.cashflow import interest_per_calculation_amount, redemption_per_calculation_amount
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.schedule import Period, schedule
from bauhinia.bond.terms import FIELDS, RecordDate, RecordRule, Terms
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.bonds import BondStatus
from bauhinia.views import lines, model, tables
from bauhinia.views.asking import SEEN, Asking, amount
from bauhinia.views.tables import ActionRow, AssetRow, BondRow
from bauhinia.words.ids import EVERYONE
from bauhinia.words.money import format_rate

MOST_HOLDERS = 1_000  # on a page, the largest; a copy of the register has them all
MOST_HISTORY = 100
ENDED = (BondStatus.REDEEMED, BondStatus.CANCELLED, BondStatus.MERGED)
AMOUNT_TERMS = ("calculation_amount", "minimum_denomination", "denomination_multiple")
PARTS = ("issuer", "registrar", "paying_agent", "lead_manager", "trustee", "guarantor")


def bond_lines(ask: Asking) -> tuple[model.BondLine, ...]:
    """Every bond, by number."""
    rows = tables.ASSETS.rows(ask.db, "WHERE kind = ? ORDER BY number", AssetKind.BOND.name)
    return tuple(bond_line(ask, row, tables.BONDS.find(ask.db, row.number)) for row in list(rows))


def bond_line(ask: Asking, asset: AssetRow, bond: BondRow | None) -> model.BondLine:
    terms = bond.sheet.terms if bond else None
    following = _following(ask, asset, bond) if bond and bond.status not in ENDED else None
    return model.BondLine(
        asset.number,
        asset.code,
        asset.code,
        asset.name,
        asset.currency,
        asset.exponent,
        asset.issuer,
        ask.party_name(asset.issuer),
        format_rate(terms.rate) if terms else "",
        terms.maturity if terms else date.max,
        bond.status.name if bond else "",
        asset.title.name,
        ask.amount(asset.number, ask.outstanding(asset)),
        following[0] if following else None,
        following[1] if following else False,
        asset.paused,
        asset.halted,
    )


def _following(ask: Asking, asset: AssetRow, bond: BondRow) -> tuple[date, bool] | None:
    """The next payment and whether its date is provisional: by its corporate action, by the schedule before those are
    planned."""
    where = "WHERE asset = ? AND status NOT IN ('PAID', 'CANCELLED') ORDER BY payment_date, number LIMIT 1"
    action = next(tables.ACTIONS.rows(ask.db, where, asset.number), None)
    if action is not None:
        return action.payment_date, action.provisional
    today = _today(ask, asset)
    ahead = (line for line in _schedule(ask, asset, bond) if line.status == "SCHEDULED" and line.payment_date >= today)
    found = next(ahead, None)
    return (found.payment_date, found.provisional) if found else None


def _today(ask: Asking, asset: AssetRow) -> date:
    system = tables.SYSTEMS.find(ask.db, asset.system)
    return system.date if system else date.min


def bond_page(ask: Asking, asset: AssetRow) -> model.BondPage | None:
    """All that the viewer may know of a bond; None where the asset is none."""
    bond = tables.BONDS.find(ask.db, asset.number)
    if asset.kind is not AssetKind.BOND or bond is None:
        return None
    sheet, number = bond.sheet, asset.number
    holders, seen = _holders(ask, asset)
    return model.BondPage(
        bond_line(ask, asset, bond),
        terms_lines(sheet.terms, sheet.currency, asset.exponent),
        _identifiers(ask, bond),
        tuple(model.DocumentLine(each.name, each.sha256.hex()) for each in sheet.documents),
        tuple(_parties(ask, bond)),
        _conditions(bond),
        sheet.profile,
        sheet.rulebook,
        bond.status.name,
        ask.amount(number, asset.authorised),
        ask.amount(number, bond.issued),
        ask.amount(number, bond.redeemed),
        ask.amount(number, bond.cancelled),
        ask.amount(number, ask.outstanding(asset)),
        ask.amount(number, asset.denomination),
        ask.amount(number, asset.multiple),
        bond.fungible_with,
        bond.fungible_from,
        _schedule(ask, asset, bond),
        _closings(ask, bond),
        holders,
        seen,
        tuple(action_line(ask, row) for row in tables.ACTIONS.rows(ask.db, "WHERE asset = ? ORDER BY number", number)),
        _history(ask, number),
    )


def terms_lines(terms: Terms, currency: str, exponent: int) -> tuple[model.Term, ...]:
    """Each term as a text, in the order of the terms, marked where it was not published."""
    return tuple(
        model.Term(name, _term(name, getattr(terms, name), currency, exponent), name in terms.assumed)
        for name in FIELDS
        if name != "assumed"
    )


def _term(name: str, value: Any, currency: str, exponent: int) -> str:
    if name in AMOUNT_TERMS:
        return amount(value, exponent, currency).text
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (DayCount, BusinessDayConvention)):
        return value.label
    if isinstance(value, Fraction):
        return format_rate(value)
    if isinstance(value, RecordDate):
        unit = "business" if value.rule is RecordRule.BUSINESS_DAYS_BEFORE else "calendar"
        return f"{value.days} {unit} {'day' if value.days == 1 else 'days'} before payment"
    if isinstance(value, tuple):
        return ", ".join(value)
    if name == "frequency":
        return {0: "once, at maturity", 1: "yearly", 2: "half-yearly", 4: "quarterly", 12: "monthly"}.get(
            value, f"{value} a year"
        )
    return str(value)


def _identifiers(ask: Asking, bond: BondRow) -> tuple[model.IdentifierLine, ...]:
    issuer = ask.party(bond.sheet.issuer)
    found = (("ISIN", bond.sheet.isin), ("DTI", bond.sheet.dti), ("LEI of the issuer", issuer.lei if issuer else ""))
    return tuple(model.IdentifierLine(scheme, value) for scheme, value in found if value)


def _parties(ask: Asking, bond: BondRow) -> Iterator[model.BondParty]:
    sheet = bond.sheet
    named = [(part, getattr(sheet, part)) for part in PARTS] + [("agent", each) for each in sheet.agents]
    for part, number in named:
        found = ask.party(number) if number else None
        if found is not None:
            yield model.BondParty(part, lines.party_line(ask, found))


def _conditions(bond: BondRow) -> tuple[model.Term, ...]:
    conditions = bond.sheet.conditions
    named = {
        "grace_days": str(conditions.grace_days),
        "prescription_years_principal": str(conditions.prescription_years_principal),
        "prescription_years_interest": str(conditions.prescription_years_interest),
        "pro_rata": "yes" if conditions.pro_rata else "no",
        "acceleration": format_rate(conditions.acceleration),
        "closure_pays_interest": "yes" if conditions.closure_pays_interest else "no",
    }
    return tuple(model.Term(name, value, False) for name, value in named.items())


def _calendars(ask: Asking, terms: Terms) -> list[Any]:
    found = (tables.CALENDARS.find(ask.db, centre) for centre in terms.calendars)
    return [row.calendar for row in found if row]


def _closures(ask: Asking) -> list[LateClosure]:
    return [LateClosure(row.centre, row.day, row.declared) for row in tables.CLOSURES.rows(ask.db)]


def _schedule(ask: Asking, asset: AssetRow, bond: BondRow) -> tuple[model.ScheduleLine, ...]:
    """Every payment: as its corporate action has it where there is one, as the terms and today's calendars make it
    otherwise. Amounts are on what was held at the record date, on what is outstanding before."""
    terms, outstanding = bond.sheet.terms, ask.outstanding(asset)
    calendars = _calendars(ask, terms)
    try:
        periods = schedule(terms, calendars)
    except Impossible:
        return ()
    of_period = {row.period: row for row in tables.ACTIONS.rows(ask.db, "WHERE asset = ?", asset.number)}
    closures = _closures(ask)
    found = []
    for each in periods:
        moved = after_closures(each.payment_date, calendars, closures) if calendars else None
        action, last = of_period.get(each.number), each is periods[-1]
        found.append(_schedule_line(ask, asset, terms, each, moved, action, outstanding, last))
    return tuple(found)


def _schedule_line(
    ask: Asking,
    asset: AssetRow,
    terms: Terms,
    period: Period,
    moved: AdjustedDate | None,
    action: ActionRow | None,
    outstanding: int,
    last: bool,
) -> model.ScheduleLine:
    interest = interest_per_calculation_amount(terms, period)
    principal = redemption_per_calculation_amount(terms) if last else 0
    payment_date, record_date = moved.day if moved else period.payment_date, period.record_date
    provisional = period.provisional or bool(moved and moved.provisional)
    units = outstanding
    if action is not None:
        payment_date, record_date, provisional = action.payment_date, action.record_date, action.provisional
        interest, principal = action.interest, action.principal
        units = _recorded(ask, action) or outstanding
    count = units // terms.calculation_amount
    return model.ScheduleLine(
        period.number,
        period.start,
        period.end,
        record_date,
        payment_date,
        provisional,
        ask.amount(asset.number, interest),
        ask.amount(asset.number, principal),
        ask.amount(asset.number, interest * count),
        ask.amount(asset.number, principal * count),
        action.number if action else 0,
        action.status.name if action else "SCHEDULED",
    )


def _recorded(ask: Asking, action: ActionRow) -> int:
    """What was held in the official book at the record date; zero before it."""
    found = ask.db.execute(
        "SELECT ifnull(sum(units), 0) FROM records WHERE action = ? AND book = ?", (action.number, action.asset)
    ).fetchone()
    return int(found[0])


def _closings(ask: Asking, bond: BondRow) -> tuple[model.ClosingLine, ...]:
    """The closings, for the parties to the issue."""
    sheet, viewer = bond.sheet, ask.viewer
    parties = (*(getattr(sheet, part) for part in PARTS), *sheet.agents)
    if not viewer.operator and (not viewer.party or viewer.party not in parties):
        return ()
    return tuple(
        model.ClosingLine(
            row.number,
            ask.amount(row.asset, row.closing.nominal),
            str(row.closing.price),
            row.closing.settlement_date,
            row.closing.authorised,
            row.closing.confirmed,
            row.closing.accepted,
            len(row.closing.allotments),
            row.closing.released,
        )
        for row in tables.CLOSINGS.rows(ask.db, "WHERE asset = ? ORDER BY number", bond.asset)
    )


def _holders(ask: Asking, asset: AssetRow) -> tuple[tuple[model.HolderLine, ...], str]:
    """Who holds, the largest first: the whole official book where its profile lets the viewer look into it, and of
    every book the viewer's own accounts and those it keeps or may view."""
    whole = ask.discloses(asset, "register.inspection")
    books = [asset.number]
    where = "WHERE base = ? AND number != base AND kind = ?"
    books += [row.number for row in tables.ASSETS.rows(ask.db, where, asset.number, AssetKind.ENTITLEMENT.name)]
    rows: list[tables.PositionRow] = []
    for book in books:
        everything = ask.viewer.operator or (whole and book == asset.number)
        if not everything and not ask.viewer.party:
            continue
        seen = "1" if everything else SEEN.format(asset="positions.asset")
        where = f"WHERE asset = :book AND balance > 0 AND {seen} ORDER BY balance DESC, account LIMIT :most"
        named = {"book": book, "party": ask.viewer.party, "time": ask.time, "most": MOST_HOLDERS}
        rows += tables.POSITIONS.rows(ask.db, where, **named)
    rows.sort(key=lambda row: (row.asset != asset.number, row.asset, -row.balance, row.account))
    found = tuple(line for row in rows[:MOST_HOLDERS] if (line := lines.holder_line(ask, row)) is not None)
    return found, "REGISTER" if whole else "OWN" if found else "NONE"


def action_line(ask: Asking, row: ActionRow) -> model.ActionLine:
    return model.ActionLine(
        row.number,
        row.asset,
        ask.code(row.asset),
        row.kind.name,
        row.period,
        row.record_date,
        row.payment_date,
        row.provisional,
        row.status.name,
        ask.amount(row.asset, row.interest),
        ask.amount(row.asset, row.paid),
    )


def _history(ask: Asking, asset: int) -> tuple[model.EventLine, ...]:
    """What happened to a bond, as far as the viewer may know, newest first."""
    if ask.viewer.operator:
        rows = list(tables.EVENTS.rows(ask.db, "WHERE asset = ? ORDER BY number DESC LIMIT ?", asset, MOST_HISTORY))
    else:
        seen = ask.db.execute(
            "SELECT event FROM audience WHERE viewer IN (?, ?) AND asset = ? AND asset != 0"
            " ORDER BY event DESC LIMIT ?",
            (int(EVERYONE), ask.viewer.party, asset, MOST_HISTORY),
        ).fetchall()
        found = (tables.EVENTS.find(ask.db, event) for (event,) in seen)
        rows = [row for row in found if row is not None]
    shown = (lines.event_line(ask, row, "") for row in rows)
    return tuple(line for line in shown if line is not None)
