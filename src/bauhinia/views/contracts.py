"""Sets that parties have agreed on, or are asked to, and the mandates that they have given: as each may know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import Asking
from bauhinia.views.contract_tables import MANDATED, MANDATES, SETS, SIGNATORIES, MandateRow, SetRow, SignatoryRow
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views

MOST = 1_000  # in one answer


@dataclass(frozen=True, slots=True)
class SetLeg:
    """`amount` of `asset` is to go from `giver` to `taker`, accounts as the proposer named them."""

    asset: int
    code: str
    giver: int
    taker: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class SetLine:
    """A set, whole, as each of its parties sees it.

    `status` is OPEN until all agree, then AGREED; ENDED, and `why`, where it never came to that. `settlement` is that
    of the transaction that it became, empty until then. `agreed` are the parties that have agreed, `cancelling` those
    that have asked to cancel; `awaits_you` says that the viewer is a party that may still agree or decline.
    """

    number: int
    proposer: int
    proposer_name: str
    reference: str
    settlement_date: date
    until: int
    priority: int
    status: str
    why: str
    settlement: str
    transaction: int
    agreed: tuple[int, ...]
    cancelling: tuple[int, ...]
    awaits_you: bool
    legs: tuple[SetLeg, ...]


@dataclass(frozen=True, slots=True)
class MandateLine:
    """A mandate, to its holder and its agent. `assets` is empty where it is for any; `used` is what of `per_day` is
    used on the business day under way; `ended` says why it is no longer in force, empty while it is."""

    number: int
    holder: int
    holder_name: str
    agent: int
    agent_name: str
    account: int
    cash_account: int
    assets: tuple[str, ...]
    money: int
    money_code: str
    per_trade: Amount
    per_day: Amount
    used: Amount
    until: int
    may_hold: bool
    ended: str


def agreed_sets(views: Views, viewer: Viewer, *, unanswered: bool = False) -> tuple[SetLine, ...]:
    """The sets to which the viewer is a party, newest first; `unanswered` those alone that it may still agree to."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        if not viewer.operator and not viewer.party:
            return ()
        own = "number IN (SELECT number FROM signatories WHERE party = :party)"
        where = "WHERE 1" if viewer.operator else f"WHERE {own}"
        if unanswered:
            where += " AND status = 'OPEN' AND number IN "
            where += "(SELECT number FROM signatories WHERE party = :party AND agreed = 0)"
        rows = SETS.rows(db, f"{where} ORDER BY number DESC LIMIT :limit", party=viewer.party, limit=MOST)
        return tuple(_set_line(ask, row) for row in list(rows))


def _set_line(ask: Asking, row: SetRow) -> SetLine:
    parties: list[SignatoryRow] = list(SIGNATORIES.rows(ask.db, "WHERE number = ? ORDER BY party", row.number))
    transaction = tables.TRANSACTIONS.find(ask.db, row.transaction) if row.transaction else None
    awaits = any(each.party == ask.viewer.party and not each.agreed for each in parties)
    return SetLine(
        row.number,
        row.proposer,
        ask.party_name(row.proposer),
        row.reference,
        row.settlement_date,
        row.until,
        row.priority,
        row.status,
        row.why,
        transaction.status.name if transaction else "",
        row.transaction,
        tuple(each.party for each in parties if each.agreed),
        tuple(each.party for each in parties if each.asked),
        awaits and row.status == "OPEN",
        tuple(
            SetLeg(leg.asset, ask.code(leg.asset), leg.giver, leg.taker, ask.amount(leg.asset, leg.amount))
            for leg in row.legs
        ),
    )


def mandates(views: Views, viewer: Viewer) -> tuple[MandateLine, ...]:
    """The mandates that the viewer has given or was given, newest first; an operator sees all."""
    with views.reading() as db:
        ask = Asking(db, viewer)
        if not viewer.operator and not viewer.party:
            return ()
        where = "WHERE 1" if viewer.operator else "WHERE holder = :party OR agent = :party"
        rows = MANDATES.rows(db, f"{where} ORDER BY number DESC LIMIT :limit", party=viewer.party, limit=MOST)
        return tuple(_mandate_line(ask, row) for row in list(rows))


def _mandate_line(ask: Asking, row: MandateRow) -> MandateLine:
    mandate = row.mandate
    money = ask.asset(mandate.money)
    system = tables.SYSTEMS.find(ask.db, money.system) if money else None
    used = row.used if system is not None and system.date == row.day else 0
    return MandateLine(
        row.number,
        row.holder,
        ask.party_name(row.holder),
        row.agent,
        ask.party_name(row.agent),
        mandate.account,
        mandate.cash_account,
        tuple(ask.code(each) for each in mandate.assets),
        mandate.money,
        ask.code(mandate.money),
        ask.amount(mandate.money, mandate.per_trade),
        ask.amount(mandate.money, mandate.per_day),
        ask.amount(mandate.money, used),
        mandate.until,
        mandate.may_hold,
        row.ended,
    )


def agent_of(ask: Asking, instruction: int) -> int:
    """The party that gave an instruction under a mandate; zero where its own side did."""
    found = MANDATED.find(ask.db, instruction)
    return found.agent if found else 0


def priority_of(ask: Asking, transaction: int) -> int | None:
    """The priority of the set that a transaction settles; None where it settles none."""
    found = next(iter(SETS.rows(ask.db, 'WHERE "transaction" = ?', transaction)), None)
    return found.priority if found else None
