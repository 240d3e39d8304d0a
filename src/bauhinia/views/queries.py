"""What may be asked of the views. Unknown and not-yours are one answer: None, or nothing in the list."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from bauhinia.ledger.assets import AssetKind
from bauhinia.machine.events import BY_KIND, read_events, tag_of
from bauhinia.rules.registers import RegisterSealed
from bauhinia.views import bonds as bond_pages
from bauhinia.views import lines, model, registers, reports, tables, tax_report
from bauhinia.views import network_report as network_reports
from bauhinia.views import networks as network_pages
from bauhinia.views import penalties as penalty_reports
from bauhinia.views import queue as queue_pages
from bauhinia.views import series as series_pages
from bauhinia.views.asking import ALL, SEEN, Asking
from bauhinia.views.contracts import agent_of
from bauhinia.views.model import Viewer
from bauhinia.views.refusals import refusal_line
from bauhinia.views.store import Views
from bauhinia.views.tax_report import TaxStatement
from bauhinia.words.ids import EVERYONE
from bauhinia.words.reasons import Reason, require

MOST = 1_000  # of one page of a list
MOST_HEIGHT = 1 << 62
MANDATED = "number IN (SELECT instruction FROM mandated WHERE agent = :party)"  # given under a mandate by the viewer
Personal = registers.Personal


@contextmanager
def asking(views: Views, viewer: Viewer) -> Iterator[Asking]:
    """A question, at one moment of the views."""
    with views.reading() as db:
        yield Asking(db, viewer)


def viewer(views: Views, party: int) -> Viewer:
    """Who a party is, with its roles; the stranger where there is none."""
    with views.reading() as db:
        found = tables.PARTIES.find(db, party)
    return Viewer(found.number, found.roles) if found else model.STRANGER


def market(views: Views, viewer: Viewer, events: int = 20) -> model.MarketGlance:
    """The market at a glance, with its latest events, newest first."""
    with asking(views, viewer) as ask:
        return model.MarketGlance(
            ask.said("ledger"),
            ask.said("name"),
            int(ask.said("protocol")),
            int(ask.said("height")),
            ask.time,
            ask.said("told") == "1",
            ask.said("head"),
            systems(views, viewer),
            bonds(views, viewer),
            moneys(views, viewer),
            latest_events(views, viewer, events),
        )


def systems(views: Views, viewer: Viewer) -> tuple[model.SystemLine, ...]:
    with views.reading() as db:
        return tuple(map(lines.system_line, tables.SYSTEMS.rows(db, "ORDER BY number")))


def calendars(views: Views, viewer: Viewer) -> tuple[model.CalendarLine, ...]:
    """The last version of each calendar, by centre."""
    with views.reading() as db:
        rows = [row.calendar for row in tables.CALENDARS.rows(db, "ORDER BY centre")]
    return tuple(
        model.CalendarLine(row.centre, row.version, row.known_from, row.known_through, row.holidays, row.worked)
        for row in rows
    )


def rulebooks(views: Views, viewer: Viewer) -> tuple[model.RulebookLine, ...]:
    """Every version of every rulebook."""
    with views.reading() as db:
        rows = [row.rulebook for row in tables.RULEBOOKS.rows(db, "ORDER BY name, version")]
    return tuple(
        model.RulebookLine(
            row.name,
            row.version,
            row.effective,
            row.title,
            tuple((each.name, each.value, each.citation) for each in row.provisions),
        )
        for row in rows
    )


def parties(views: Views, viewer: Viewer) -> tuple[model.PartyLine, ...]:
    with asking(views, viewer) as ask:
        return tuple(lines.party_line(ask, row) for row in tables.PARTIES.rows(ask.db, "ORDER BY number"))


def party(views: Views, viewer: Viewer, number: int) -> model.PartyPage | None:
    """A party: to others than itself and the operators, its public line and what the viewer may see of its accounts."""
    with asking(views, viewer) as ask:
        row = ask.party(number)
        if row is None:
            return None
        own = viewer.operator or viewer.party == number
        held = tables.ACCOUNTS.rows(ask.db, "WHERE holder = ? ORDER BY number", number)
        return model.PartyPage(
            lines.party_line(ask, row),
            tuple(
                model.AttributeLine(each.attribute, each.value, each.attester, each.until)
                for each in tables.ATTRIBUTES.rows(ask.db, "WHERE party = ? ORDER BY attribute", number)
                if own or each.attester == viewer.party
            ),
            tuple((key.public.hex(), key.person) for key in row.keys) if own else (),
            row.threshold if own else 0,
            row.commitment.hex() if own else "",
            tuple(lines.account_line(ask, each) for each in held if ask.sight(each)),
        )


def kept_party(views: Views, viewer: Viewer, number: int, *, itself: bool = False) -> tables.PartyRow | None:
    """A party whose account, or a register in which it stands, the viewer keeps; with `itself` also its own."""
    with asking(views, viewer) as ask:
        row = ask.party(number)
        own = itself and viewer.party == number
        return row if row is not None and (own or ask.keeps(number)) else None


def moneys(views: Views, viewer: Viewer) -> tuple[model.MoneyLine, ...]:
    with asking(views, viewer) as ask:
        rows = tables.ASSETS.rows(ask.db, "WHERE kind = ? ORDER BY number", AssetKind.MONEY.name)
        return tuple(lines.money_line(ask, row) for row in rows)


def bonds(views: Views, viewer: Viewer) -> tuple[model.BondLine, ...]:
    with asking(views, viewer) as ask:
        return bond_pages.bond_lines(ask)


def which_bond(text: str) -> str | int:
    """How a bond is asked for: its number where it is written as one, else its ISIN or code."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 12 else text[:40]


def bond(views: Views, viewer: Viewer, which: str | int) -> model.BondPage | None:
    """A bond by its asset number, ISIN or code."""
    with asking(views, viewer) as ask:
        found = ask.find_asset(which)
        return bond_pages.bond_page(ask, found) if found else None


def series(views: Views, viewer: Viewer) -> tuple[model.SeriesLine, ...]:
    """Every series of values, with its latest."""
    with asking(views, viewer) as ask:
        return series_pages.series_lines(ask)


def one_series(views: Views, viewer: Viewer, name: str) -> model.SeriesPage | None:
    """A series by its name, or its number."""
    with asking(views, viewer) as ask:
        return series_pages.series_page(ask, name)


def accounts(views: Views, viewer: Viewer) -> tuple[model.AccountLine, ...]:
    """The accounts that the viewer holds, keeps or may view."""
    with asking(views, viewer) as ask:
        return tuple(lines.account_line(ask, row) for row in ask.viewed())


def account(views: Views, viewer: Viewer, number: int, entries: int = 50) -> model.AccountPage | None:
    """An account as far as the viewer may see it: one who only keeps a register sees what it holds in that."""
    with asking(views, viewer) as ask:
        row = ask.account(number)
        if row is None or not (seen := ask.kept_sight(row)):
            return None
        full = ask.sight(row) == ALL
        where = "WHERE account = ? ORDER BY party, asset"
        return model.AccountPage(
            lines.account_line(ask, row),
            _positions(ask, number, seen),
            tuple(
                lines.instruction_line(ask, each)
                for each in tables.INSTRUCTIONS.rows(ask.db, "WHERE account = ? AND open = 1 ORDER BY number", number)
                if lines.seen_only(ask.sight(row), each.asset)
            ),
            _entries(ask, number, seen, 0, 0, entries),
            tuple(lines.grant_line(ask, each) for each in tables.GRANTS.rows(ask.db, where, number)) if full else (),
            lines.elections(ask, number) if full else (),
            lines.wallet_lines(ask, number) if full else (),
        )


def positions(views: Views, viewer: Viewer, account: int = 0) -> tuple[model.Position, ...]:
    """What the viewer's accounts hold, or one account as far as the viewer may see it. No empty ones."""
    with asking(views, viewer) as ask:
        if account:
            row = ask.account(account)
            return _positions(ask, account, ask.kept_sight(row)) if row else ()
        if not viewer.operator and not viewer.party:
            return ()
        seen = "1" if viewer.operator else SEEN.format(asset="positions.asset")
        where = f"WHERE {seen} AND {HELD} ORDER BY account, asset"
        rows = tables.POSITIONS.rows(ask.db, where, party=viewer.party, time=ask.time)
        return tuple(line for row in rows if (line := lines.position_line(ask, row)) is not None)


HELD = "(balance != 0 OR earmarked != 0 OR flags != 0)"


def _positions(ask: Asking, account: int, seen: tuple[int, ...]) -> tuple[model.Position, ...]:
    where = f"WHERE account = ? AND {HELD} ORDER BY asset"
    found = (
        lines.position_line(ask, row)
        for row in tables.POSITIONS.rows(ask.db, where, account)
        if lines.seen_only(seen, row.asset)
    )
    return tuple(each for each in found if each is not None)


def entries(
    views: Views, viewer: Viewer, account: int, asset: int = 0, before: int = 0, limit: int = 100
) -> tuple[model.Entry, ...]:
    """The entries of an account, newest first; `before` is the number of an entry, for the page after it."""
    with asking(views, viewer) as ask:
        row = ask.account(account)
        seen = ask.kept_sight(row) if row else ()
        return _entries(ask, account, seen, asset, before, limit) if seen else ()


def _entries(
    ask: Asking, account: int, seen: tuple[int, ...], asset: int, before: int, limit: int
) -> tuple[model.Entry, ...]:
    wanted = [asset] if asset else [] if seen == ALL else list(seen)
    if asset and not lines.seen_only(seen, asset):
        return ()
    where = "WHERE account = ?"
    if before:
        where += f" AND number < {int(before)}"
    if wanted:
        where += f" AND asset IN ({', '.join(str(int(each)) for each in wanted)})"
    rows = tables.ENTRIES.rows(ask.db, f"{where} ORDER BY number DESC LIMIT ?", account, _page(limit))
    return tuple(lines.entry_line(ask, row) for row in rows)


def instructions(
    views: Views, viewer: Viewer, *, pending: bool = False, before: int = 0, limit: int = 100
) -> tuple[model.Instruction, ...]:
    """The viewer's own instructions, those on accounts that it holds or keeps, or may view; newest first. `before` is
    the number of an instruction, for the page after it."""
    with asking(views, viewer) as ask:
        if not viewer.operator and not viewer.party:
            return ()
        where = "WHERE 1"
        if before:
            where += " AND number < :before"
        if pending:
            where += " AND open = 1"
        if not viewer.operator:
            where += f" AND (party = :party OR {MANDATED} OR {SEEN.format(asset='instructions.asset')})"
        rows = tables.INSTRUCTIONS.rows(
            ask.db,
            f"{where} ORDER BY number DESC LIMIT :limit",
            party=viewer.party,
            time=ask.time,
            before=before,
            limit=_page(limit),
        )
        return tuple(lines.instruction_line(ask, row) for row in rows)


def instruction(views: Views, viewer: Viewer, number: int) -> model.Instruction | None:
    with asking(views, viewer) as ask:
        row = tables.INSTRUCTIONS.find(ask.db, number)
        return lines.instruction_line(ask, row) if row and _may_see(ask, row) else None


def _may_see(ask: Asking, row: tables.InstructionRow) -> bool:
    if ask.viewer.operator or (ask.viewer.party and ask.viewer.party == row.party):
        return True
    if ask.viewer.party and agent_of(ask, row.number) == ask.viewer.party:
        return True
    account = ask.account(row.account)
    return account is not None and lines.seen_only(ask.sight(account), row.asset)


def events(views: Views, viewer: Viewer, after: str = "", limit: int = 100) -> tuple[model.EventLine, ...]:
    """What the viewer may know of, oldest first, from after a cursor of its own ("" is the beginning).

    A cursor counts what the viewer has seen: an operator all events, anyone else the public ones and its own. Refused
    TEXT where it is none of this viewer's.
    """
    with asking(views, viewer) as ask:
        found: list[model.EventLine] = []
        while len(found) < limit:  # an event of which nothing is left for the viewer is passed over
            rows = _feed(ask, after, _page(limit - len(found)))
            if not rows:
                break
            after = rows[-1][0]
            shown = (lines.event_line(ask, row, cursor) for cursor, row in rows)
            found += [line for line in shown if line is not None]
        return tuple(found)


def latest_events(views: Views, viewer: Viewer, limit: int = 20) -> tuple[model.EventLine, ...]:
    """The latest, newest first; the cursor of the first one is where to listen on."""
    with asking(views, viewer) as ask:
        public, own = _last(ask.db, EVERYONE), _last(ask.db, viewer.party)
        if viewer.operator:
            (top,) = ask.db.execute("SELECT ifnull(max(number), 0) FROM events").fetchone()
            start = str(max(top - limit, 0))
        else:
            start = _cursor_before(ask.db, viewer.party, public, own, limit)
        return tuple(reversed(events(views, viewer, start, limit)))


def _last(db: sqlite3.Connection, viewer: int) -> int:
    return int(db.execute("SELECT ifnull(max(cursor), 0) FROM audience WHERE viewer = ?", (viewer,)).fetchone()[0])


def _cursor_before(db: sqlite3.Connection, party: int, public: int, own: int, count: int) -> str:
    """The cursor after which `count` events are left."""
    latest = db.execute(
        "SELECT viewer, cursor FROM (SELECT * FROM audience WHERE viewer = ?1 ORDER BY cursor DESC LIMIT ?3) UNION ALL"
        " SELECT viewer, cursor FROM (SELECT * FROM audience WHERE viewer = ?2 ORDER BY cursor DESC LIMIT ?3)",
        (int(EVERYONE), party, count),
    ).fetchall()
    order = {
        (viewer, cursor): db.execute(
            "SELECT event FROM audience WHERE viewer = ? AND cursor = ?", (viewer, cursor)
        ).fetchone()[0]
        for viewer, cursor in latest
    }
    for viewer, _ in sorted(order, key=order.__getitem__)[-count:]:
        if viewer == EVERYONE:
            public -= 1
        else:
            own -= 1
    return f"{public}.{own}"


def _feed(ask: Asking, after: str, limit: int) -> list[tuple[str, tables.EventRow]]:
    """The events after a cursor, each with its own cursor."""
    if ask.viewer.operator:
        (last,) = _read_cursor(after, 1)
        rows = tables.EVENTS.rows(ask.db, "WHERE number > ? ORDER BY number LIMIT ?", last, limit)
        return [(str(row.number), row) for row in rows]
    public, own = _read_cursor(after, 2)
    seen = ask.db.execute(
        "SELECT event, viewer FROM (SELECT event, viewer FROM audience WHERE viewer = ?1 AND cursor > ?2"
        " ORDER BY cursor LIMIT ?5) UNION ALL SELECT event, viewer FROM (SELECT event, viewer FROM audience"
        " WHERE viewer = ?3 AND cursor > ?4 ORDER BY cursor LIMIT ?5) ORDER BY event LIMIT ?5",
        (int(EVERYONE), public, ask.viewer.party, own, limit),
    )
    found = []
    for event, viewer in seen.fetchall():
        public, own = (public + 1, own) if viewer == EVERYONE else (public, own + 1)
        row = tables.EVENTS.find(ask.db, event)
        if row is not None:
            found.append((f"{public}.{own}", row))
    return found


def _read_cursor(text: str, parts: int) -> list[int]:
    numbers = text.split(".") if text else ["0"] * parts
    fits = len(numbers) == parts and all(each.isascii() and each.isdigit() and len(each) < 19 for each in numbers)
    require(fits, Reason.TEXT, "cursor", text[:40])
    return [int(each) for each in numbers]


def _page(limit: int) -> int:
    return max(1, min(limit, MOST))


def register(
    views: Views, viewer: Viewer, which: str | int, personal: Personal | None = None
) -> model.RegisterCopy | None:
    """A copy of a register, for whom its profile lets take one; names and addresses by `personal`, where the profile
    shows them. Refused NOT_SIGNED_FOR to who may and has not signed for it."""
    with asking(views, viewer) as ask:
        found = ask.find_asset(which)
        return registers.register_copy(ask, found, personal) if found else None


def sealed(views: Views, viewer: Viewer, which: str | int, account: int, height: int = 0) -> tuple[int, int] | None:
    """The asset, and the block in which its register was sealed last, up to block `height` (0: whichever is the last);
    for the holder of the account, who keeps the register, and operators. None for others, or where it was not."""
    with asking(views, viewer) as ask:
        asset, row = ask.find_asset(which), ask.account(account)
        if asset is None or row is None or not viewer.party:
            return None
        if not viewer.operator and viewer.party not in (row.holder, asset.registrar):
            return None
        tag = BY_KIND[RegisterSealed].tag
        where = "WHERE asset = ? AND height <= ? ORDER BY number DESC"
        for event in tables.EVENTS.rows(ask.db, where, asset.base or asset.number, height or MOST_HEIGHT):
            if tag_of(event.data) == tag:
                (found,) = read_events(event.data)
                if found.asset == asset.number:
                    return asset.number, event.height
        return None


def cash_flows(views: Views, viewer: Viewer, which: str | int) -> tuple[model.CashFlow, ...]:
    """What each holder of record was paid by each corporate action of a bond, as far as the viewer may see."""
    with asking(views, viewer) as ask:
        found = ask.find_asset(which)
        return reports.cash_flows(ask, found) if found else ()


def tax(views: Views, viewer: Viewer, which: str | int) -> TaxStatement | None:
    """The tax of a bond's payments, as far as the viewer may see: the withholding agent and the authority all of it."""
    with asking(views, viewer) as ask:
        found = ask.find_asset(which)
        return tax_report.statement(ask, found) if found else None


def claims(views: Views, viewer: Viewer) -> tuple[model.ClaimLine, ...]:
    """Market claims on accounts that the viewer holds, keeps or may view."""
    with asking(views, viewer) as ask:
        return reports.claims(ask)


def suspense(views: Views, viewer: Viewer) -> tuple[model.SuspenseLine, ...]:
    """Money that could not be paid: to who serves the bond all of it, to a holder its own."""
    with asking(views, viewer) as ask:
        return reports.suspense(ask)


def reconciliation(views: Views, viewer: Viewer, asset: int = 0) -> tuple[model.ReconciliationLine, ...]:
    """Breaks, newest first: to operators and regulators all, to others those of books they keep or own."""
    with asking(views, viewer) as ask:
        return reports.reconciliation(ask, asset)


def powers(views: Views, viewer: Viewer) -> tuple[model.PowerLine, ...]:
    """The public report of what powers were used for, oldest first; whom it concerned only to those who may know."""
    with asking(views, viewer) as ask:
        return reports.powers(ask)


def payments(views: Views, viewer: Viewer, *, unanswered: bool = False) -> tuple[model.PaymentLine, ...]:
    """Payments outside the ledger, for payer, payee and the settlement institution; by number. `unanswered` are those
    asked for and not yet confirmed or rejected."""
    with asking(views, viewer) as ask:
        where = "WHERE status IN ('REQUESTED', 'IN_DOUBT')" if unanswered else "WHERE 1"
        if not viewer.operator:
            own = "SELECT number FROM assets WHERE issuer = ?1"
            where += f" AND ?1 != 0 AND (payer = ?1 OR payee = ?1 OR money IN ({own}))"
        else:
            where += " AND ?1 != 0"
        rows = tables.PAYMENTS.rows(ask.db, f"{where} ORDER BY number", viewer.party)
        return tuple(lines.payment_line(ask, row) for row in rows)


def queue(views: Views, viewer: Viewer, *, after: int = 0, limit: int = 1_000) -> queue_pages.QueuePage:
    """What waits to settle, by age, after the transaction of a number: to operators and the agents that one has
    appointed all of it, to anyone else what it is party to."""
    with asking(views, viewer) as ask:
        return queue_pages.queue_page(ask, after, limit)


def networks(views: Views, viewer: Viewer) -> tuple[network_pages.NetworkPage, ...]:
    """Deposit networks, with what the viewer may know of their banks' positions."""
    with asking(views, viewer) as ask:
        return network_pages.network_pages(ask)


def deposits(views: Views, viewer: Viewer, *, before: int = 0, limit: int = 100) -> network_pages.DepositsPage:
    """What the viewer has a part in: deposits, newest first; what is held, asked for and asked back."""
    with asking(views, viewer) as ask:
        return network_pages.deposits_page(ask, before, limit)


def network_report(views: Views, viewer: Viewer, number: int, day: date) -> network_reports.NetworkReport | None:
    """What a day of a deposit network needed, by bank and by hour."""
    with asking(views, viewer) as ask:
        return network_reports.network_report(ask, number, day)


def network_days(views: Views, viewer: Viewer, number: int) -> tuple[date, ...]:
    """The days on which a deposit network had something to do, as far as the viewer may report of it."""
    with asking(views, viewer) as ask:
        return network_reports.network_days(ask, number)


def penalties(views: Views, viewer: Viewer, month: date | None = None) -> penalty_reports.PenaltyReport:
    """What fails cost in the month of a day, or in this one: to operators all, to others what they pay or are paid."""
    with asking(views, viewer) as ask:
        return penalty_reports.report(ask, month)


def penalty_rates(views: Views, viewer: Viewer) -> penalty_reports.PenaltyRates:
    """What failing costs by the day, which is public."""
    with asking(views, viewer) as ask:
        return penalty_reports.rates(ask)


def buy_ins(views: Views, viewer: Viewer) -> tuple[penalty_reports.BuyInLine, ...]:
    """Buy-ins of trades that the viewer is party to, or for which it is to buy."""
    with asking(views, viewer) as ask:
        return penalty_reports.buy_ins(ask)


def proposals(views: Views, viewer: Viewer) -> tuple[model.ProposalLine, ...]:
    """Commands of four eyes of the viewer's own party; to operators those of all."""
    with asking(views, viewer) as ask:
        where = "WHERE ?1 = ?1" if viewer.operator else "WHERE party = ?1 AND party != 0"
        rows = tables.PROPOSALS.rows(ask.db, f"{where} ORDER BY number", viewer.party)
        return tuple(lines.proposal_line(ask, row) for row in rows)


def refusals(views: Views, viewer: Viewer, limit: int = 100) -> tuple[model.RefusalLine, ...]:
    """The viewer's own commands that were refused, newest first; operators also see those of unknown signers."""
    with asking(views, viewer) as ask:
        where = "WHERE party = ?1 AND party != 0" if not viewer.operator else "WHERE party IN (?1, 0)"
        where += " ORDER BY height DESC, number DESC LIMIT ?2"
        rows = tables.REFUSALS.rows(ask.db, where, viewer.party, _page(limit))
        return tuple(refusal_line(ask, row) for row in rows)


def efficiency(views: Views, viewer: Viewer) -> tuple[model.EfficiencyLine, ...]:
    """Settlement efficiency of trades by intended date: of the whole market, which is public."""
    with asking(views, viewer) as ask:
        return reports.efficiency(ask)


def holdings_statement(views: Views, viewer: Viewer, account: int, day: date) -> model.HoldingsStatement | None:
    """What an account held at the end of a business day."""
    with asking(views, viewer) as ask:
        return reports.holdings_statement(ask, account, day)


def transactions_statement(
    views: Views, viewer: Viewer, account: int, first: date, last: date
) -> model.TransactionsStatement | None:
    """The entries of an account over business days, with what it held before and after."""
    with asking(views, viewer) as ask:
        return reports.transactions_statement(ask, account, first, last)
