"""The queue: what waits to settle, as far as the viewer may know it.

Operators, and the agents that one has appointed to propose what settles together, see all of it; anyone else what it is
party to, in its own words. Nobody but an operator is told of a block, or of what an account may not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.instructions import ProcessingPosition, TransactionKind
from bauhinia.ledger.parties import Standing
from bauhinia.rules.settlement import Waits
from bauhinia.views import tables
from bauhinia.views.asking import ALL, Asking
from bauhinia.views.contracts import priority_of
from bauhinia.views.model import Amount
from bauhinia.views.narrow import narrowed, own_legs_of
from bauhinia.views.network_tables import DEPOSITS
from bauhinia.views.queue_tables import OFFSET_AGENTS
from bauhinia.views.tables import TransactionRow
from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber, TransactionNumber
from bauhinia.words.reasons import Reason

MOST = 10_000  # of one page
NORMAL = 3  # the priority of what nobody has instructed
TOLD_TO_AGENTS = (
    Reason.LACK, Reason.MONY, Reason.PREA, Reason.BOTH, Reason.FUTU, Reason.CYCL, Reason.LINK,
)  # fmt: skip
WAITS = "status IN ('PENDING', 'FAILING')"


@dataclass(frozen=True, slots=True)
class QueueLeg:
    """`amount` of `asset` goes from `giver` to `taker`. An account that is not the viewer's to know is zero."""

    asset: int
    code: str
    giver: int
    taker: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A transaction that waits. `reason` is an ISO 20022 code: of the side that lacks or holds where the viewer sees
    the whole queue, else in the viewer's own words; NOT_WAITING where what is in the way is nothing that others could
    bring, LINK where it waits for what it is linked with, empty where nothing has been told. `account` and `asset` name
    the position that lacks. `outside` is paid in an RTGS, and settles with no other. `entered` is when it was matched,
    or ordered. `together` are the transactions of which all settle or none, this one among them, as far as the viewer
    knows of their links; empty where it settles by itself."""

    transaction: int
    kind: str
    status: str
    reason: str
    account: int
    asset: int
    priority: int
    settlement_date: date
    entered: int
    outside: bool
    legs: tuple[QueueLeg, ...]
    together: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """What a position has to give now: of an issuer's own account what it may still issue."""

    account: int
    asset: int
    available: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue, by number and so by age, with every position that its legs draw on and the viewer may see.
    `whole` says that the viewer sees, and may propose from, all of the queue."""

    whole: bool
    waiting: tuple[QueueLine, ...]
    positions: tuple[QueuePosition, ...]


def sees_whole(ask: Asking) -> bool:
    """Whether the viewer is an operator, or an agent whose appointment runs."""
    if ask.viewer.operator:
        return True
    party = ask.party(ask.viewer.party)
    agent = OFFSET_AGENTS.find(ask.db, ask.viewer.party)
    return bool(party and party.standing is Standing.ACTIVE and agent and ask.time < agent.until)


def queue_page(ask: Asking, after: int, limit: int) -> QueuePage:
    """What waits, after the transaction of a number."""
    whole, where = sees_whole(ask), f"WHERE {WAITS} AND number > :after"
    if not whole:
        if not ask.viewer.party:
            return QueuePage(False, (), ())
        where += ' AND number IN (SELECT "transaction" FROM stakes WHERE party = :party)'
    rows = list(
        tables.TRANSACTIONS.rows(
            ask.db,
            f"{where} ORDER BY number LIMIT :limit",
            after=after,
            party=ask.viewer.party,
            limit=max(1, min(limit, MOST)),
        )
    )
    sets = _sets(ask, whole=whole)
    waiting = tuple(_line(ask, row, sets.get(row.number, ()), whole=whole) for row in rows)
    drawn = dict.fromkeys((leg.giver, leg.asset) for line in waiting for leg in line.legs if leg.giver)
    positions = (_position(ask, account, asset, whole=whole) for account, asset in drawn)
    return QueuePage(whole, waiting, tuple(each for each in positions if each is not None))


def _sets(ask: Asking, *, whole: bool) -> dict[int, tuple[int, ...]]:
    """By transaction all that it settles together with: of what is linked now, by the viewer's own links where it does
    not see the whole queue."""
    found: dict[int, dict[int, None]] = {}
    of = "" if whole else " AND party = :party"
    rows = tables.INSTRUCTIONS.rows(
        ask.db, f"WHERE open = 1 AND linked = 1{of} ORDER BY number", party=ask.viewer.party
    )
    for row in list(rows):
        for each in row.order.links:
            if each.position is not ProcessingPosition.WITH:
                continue
            named = tables.INSTRUCTIONS.rows(
                ask.db, "WHERE party = ? AND reference = ? AND open = 1", row.party, each.reference
            )
            for other in named:
                if row.transaction and other.transaction:
                    both = found.get(row.transaction, {row.transaction: None})
                    both |= found.get(other.transaction, {other.transaction: None})
                    found.update(dict.fromkeys(both, both))
    return {number: tuple(sorted(members)) for number, members in found.items()}


def _line(ask: Asking, row: TransactionRow, together: tuple[int, ...], *, whole: bool) -> QueueLine:
    reason, account, asset = _why(ask, row, whole=whole)
    legs = row.legs if whole else own_legs_of(ask.db, ask.viewer, row.legs)
    return QueueLine(
        row.number,
        row.kind.name,
        row.status.name,
        reason,
        account,
        asset,
        _priority(ask, row),
        row.settlement_date,
        row.entered,
        bool(row.payment),
        tuple(
            QueueLeg(leg.asset, ask.code(leg.asset), leg.giver, leg.taker, ask.amount(leg.asset, leg.amount))
            for leg in legs
        ),
        together,
    )


def _why(ask: Asking, row: TransactionRow, *, whole: bool) -> tuple[str, int, int]:
    """The reason, and the position at fault, as the viewer may know them."""
    if row.reason is Reason.NMAT:
        return "", 0, 0
    if ask.viewer.operator or (whole and row.reason in TOLD_TO_AGENTS):
        return row.reason.name, row.account, row.asset
    if whole:
        return Reason.NOT_WAITING.name, 0, 0
    waits = Waits(
        TransactionNumber(row.number),
        row.reason,
        PartyNumber(row.lacking),
        AccountNumber(row.account),
        AssetNumber(row.asset),
    )
    told = narrowed(ask.db, ask.viewer, waits)
    return (told.reason.name, told.account, told.asset) if told is not None else ("", 0, 0)


def _priority(ask: Asking, row: TransactionRow) -> int:
    """The higher of its two sides' priorities; a set's own; of a deposit its payer's."""
    if row.kind is TransactionKind.SET:
        return priority_of(ask, row.number) or NORMAL
    deposit = DEPOSITS.find(ask.db, row.number)
    if deposit is not None:
        return deposit.priority
    sides = (tables.INSTRUCTIONS.find(ask.db, each) for each in (row.deliver, row.receive) if each)
    return min((side.order.priority for side in sides if side), default=NORMAL)


def _position(ask: Asking, account: int, asset: int, *, whole: bool) -> QueuePosition | None:
    """What a position has to give; None where it is not the viewer's to see."""
    held, known = ask.account(account), ask.asset(asset)
    if held is None or known is None or not (whole or ask.sight(held) == ALL):
        return None
    found = tables.POSITIONS.find(ask.db, account, asset)
    available = found.balance - found.earmarked if found else 0
    if account == known.issuer_account:
        available += known.authorised
    return QueuePosition(account, asset, available)
