"""A bond's page: its terms, its schedule, its holders as the viewer may see them, what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Any

from bauhinia.bond.calendar import AdjustedDate, Calendar, LateClosure, after_closures
from bauhinia.bond.cashflow import interest_per_calculation_amount, principal_per_calculation_amount
from bauhinia.bond.coupons.sustainability import lapsed
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.known import Known, NotKnown
from bauhinia.bond.schedule import Period, schedule
from bauhinia.bond.terms import FIELDS, RecordDate, RecordRule, Terms
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.bonds import BondStatus
from bauhinia.rules.amounts import HORIZON
from bauhinia.views import lines, model, tables
from bauhinia.views.asking import SEEN, Asking, amount
from bauhinia.views.series import bond_series, known_of, names_of
from bauhinia.views.tables import ActionRow, AssetRow, BondRow
from bauhinia.words.ids import EVERYONE
from bauhinia.words.money import format_rate

MOST_HOLDERS = 1_000  # on a page, the largest; a copy of the register has them all
MOST_HISTORY = 100
ENDED = (BondStatus.REDEEMED, BondStatus.CANCELLED, BondStatus.MERGED)
AMOUNT_TERMS = ("calculation_amount", "minimum_denomination", "denomination_multiple")
NUMBER_TERMS = ("base", "multiplier")
ALWAYS = FIELDS[: FIELDS.index("redemption_price") + 1]  # the terms that every bond has
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
        rate_text(terms) if terms else "",
        terms.maturity if terms else date.max,
        bond.status.name if bond else "",
        asset.title.name,
        ask.amount(asset.number, ask.outstanding(asset)),
        following[0] if following else None,
        following[1] if following else False,
        asset.paused,
        asset.halted,
    )


def rate_text(terms: Terms) -> str:
    """What a bond pays a year: 3.8%, or HIBOR 6M + 0.3%. Of one with steps the first rate."""
    floating = terms.floating
    if floating is None:
        return format_rate(terms.rate)
    index = floating.index if floating.multiplier == 1 else f"{floating.multiplier} × {floating.index}"
    if not floating.margin:
        return index
    return f"{index} {'+' if floating.margin > 0 else '−'} {format_rate(abs(floating.margin))}"


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
        bond_series(ask, sheet.terms),
    )


def terms_lines(terms: Terms, currency: str, exponent: int) -> tuple[model.Term, ...]:
    """Each term as a text, in the order of the terms, marked where it was not published; without the parts that the
    bond does not have."""
    shown = [
        each.name
        for each in fields(Terms)
        if each.name in ALWAYS or (each.name != "assumed" and getattr(terms, each.name) != each.default)
    ]
    return tuple(
        model.Term(name, _term(name, getattr(terms, name), currency, exponent), name in terms.assumed) for name in shown
    )


def _term(name: str, value: Any, currency: str, exponent: int) -> str:
    if name in AMOUNT_TERMS:
        return amount(value, exponent, currency).text
    if name == "frequency":
        return {0: "once, at maturity", 1: "yearly", 2: "half-yearly", 4: "quarterly", 12: "monthly"}.get(
            value, f"{value} a year"
        )
    return part_text(name, value)


def part_text(name: str, value: Any) -> str:
    """A field of the terms, or of a part of them, in words."""
    match value:
        case None | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case IntEnum():
            return str(getattr(value, "label", value.name.replace("_", " ").lower()))
        case Fraction():
            return _number(value) if name in NUMBER_TERMS else format_rate(value)
        case RecordDate():
            unit = "business" if value.rule is RecordRule.BUSINESS_DAYS_BEFORE else "calendar"
            return f"{value.days} {unit} {'day' if value.days == 1 else 'days'} before payment"
        case tuple():
            texts = [part_text(name, each) for each in value]
            return ("; " if is_dataclass(value[0]) else ", ").join(texts)
        case _ if is_dataclass(value):
            said = [
                f"{each.name.replace('_', ' ')} {part_text(each.name, getattr(value, each.name))}"
                for each in fields(value)
                if each.default is MISSING or getattr(value, each.name) != each.default
            ]
            return ", ".join(said)
        case _:
            return str(value)


def _number(value: Fraction) -> str:
    """A number that is no rate: 234.567; a fraction where it has no finite decimals."""
    text = format_rate(value / 100)
    return text[:-1] if text.endswith("%") else str(value)


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
    if conditions.tax is not None:
        regime = conditions.tax
        named["tax"] = f"{regime.jurisdiction} {format_rate(regime.rate)}"
        for each in regime.rates:
            named[f"tax {each.status} {each.residence}".strip()] = format_rate(each.rate)
        named["gross_up"] = "yes" if regime.gross_up else "no"
    return tuple(model.Term(name, value, False) for name, value in named.items())


def _calendars(ask: Asking, centres: Sequence[str]) -> list[Calendar]:
    found = (tables.CALENDARS.find(ask.db, centre) for centre in centres)
    return [row.calendar for row in found if row]


def _closures(ask: Asking) -> list[LateClosure]:
    return [LateClosure(row.centre, row.day, row.declared) for row in tables.CLOSURES.rows(ask.db)]


def _schedule(ask: Asking, asset: AssetRow, bond: BondRow) -> tuple[model.ScheduleLine, ...]:
    """Every payment: as its corporate action has it where there is one, as the terms and today's calendars make it
    otherwise. Amounts are on what was held at the record date, on what is outstanding before."""
    terms, outstanding = bond.sheet.terms, ask.outstanding(asset)
    calendars = _calendars(ask, terms.calendars)
    try:
        periods = schedule(terms, calendars, _until(ask, bond) if terms.perpetual else None)
    except Impossible:
        return ()
    index_calendars = _calendars(ask, terms.floating.centres) if terms.floating else ()
    known = lapsed(terms.sustainability, known_of(ask, names_of(terms)), _today(ask, asset))
    of_period = {row.period: row for row in tables.ACTIONS.rows(ask.db, "WHERE asset = ?", asset.number)}
    closures = _closures(ask)
    found = []
    for each in periods:
        moved = after_closures(each.payment_date, calendars, closures) if calendars else None
        action = of_period.get(each.number)
        amounts = _planned(terms, each, periods, known, index_calendars)
        found.append(_schedule_line(ask, asset, terms, each, moved, action, outstanding, amounts))
    return tuple(found)


def _until(ask: Asking, bond: BondRow) -> date:
    """Up to when the payments of a perpetual bond are shown: the last that is planned, or its first years."""
    rows = list(tables.ACTIONS.rows(ask.db, "WHERE asset = ? ORDER BY payment_date DESC LIMIT 1", bond.asset))
    return rows[0].payment_date if rows else bond.sheet.terms.issue_date + HORIZON


def _planned(
    terms: Terms, period: Period, periods: Sequence[Period], known: Known, calendars: Sequence[Calendar]
) -> tuple[int, int] | NotKnown:
    """Interest and principal of a period per calculation amount by the terms and the values that stand; or the value
    that is lacking."""
    try:
        interest = interest_per_calculation_amount(terms, period, known, calendars, periods)
        return interest, principal_per_calculation_amount(terms, period, periods, known, calendars)
    except NotKnown as lacking:
        return lacking


def _schedule_line(
    ask: Asking,
    asset: AssetRow,
    terms: Terms,
    period: Period,
    moved: AdjustedDate | None,
    action: ActionRow | None,
    outstanding: int,
    amounts: tuple[int, int] | NotKnown,
) -> model.ScheduleLine:
    fixed = not isinstance(amounts, NotKnown)
    interest, principal = (0, 0) if isinstance(amounts, NotKnown) else amounts
    payment_date, record_date = moved.day if moved else period.payment_date, period.record_date
    provisional = period.provisional or bool(moved and moved.provisional)
    units = outstanding
    if action is not None:
        payment_date, record_date, provisional = action.payment_date, action.record_date, action.provisional
        interest, principal, fixed = action.interest, action.principal, action.fixed
        units = _recorded(ask, action) or outstanding
    lacking = amounts if isinstance(amounts, NotKnown) and not fixed else None
    return model.ScheduleLine(
        period.number,
        period.start,
        period.end,
        record_date,
        payment_date,
        provisional,
        fixed,
        ask.amount(asset.number, interest),
        ask.amount(asset.number, principal),
        ask.amount(asset.number, interest * units // terms.calculation_amount),
        ask.amount(asset.number, principal * units // terms.calculation_amount),
        action.number if action else 0,
        action.status.name if action else "SCHEDULED",
        lacking.field if lacking else "",
        lacking.day if lacking else None,
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
    """Who holds, the largest first: the whole official book where its profile lets the viewer look into it and it has
    signed for the look, and of every book the viewer's own accounts and those it keeps or may view."""
    whole = ask.looks_into(asset)
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
    if not whole and ask.discloses(asset, "register.inspection"):
        return found, "ASK"
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
        row.fixed,
        ask.amount(row.asset, row.interest),
        ask.amount(row.asset, row.principal),
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
