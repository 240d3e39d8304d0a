"""Deposit networks as a viewer may know them.

Who is in a network is public; what a bank has in it, that bank's own business and the network operator's. A deposit is
seen by payer and payee, their banks and the network's operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bauhinia.ledger.networks import ClaimMode, ConditionKind
from bauhinia.rules.routing import CLAIMS
from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import Asking
from bauhinia.views.network_tables import (
    CUSTOMERS,
    DEPOSITS,
    HELD,
    LINES,
    MEMBERS,
    NETS,
    NETWORKS,
    OWED,
    RECALLS,
    REQUESTS,
    SCREENERS,
    DepositRow,
    HeldRow,
    MemberRow,
    NetworkRow,
)

MOST = 1_000  # of one page


@dataclass(frozen=True, slots=True)
class NetworkMember:
    """A bank of a network. What it has there (settlement money, what it may still owe others, collateral), its debit
    cap, and what its position must and may hold, are None to whom they are not to be shown. `failed` is since when it
    may act no more, zero while it may."""

    bank: int
    bank_name: str
    token: int
    token_code: str
    position: Amount | None
    credit: Amount | None
    collateral: Amount | None
    cap: Amount | None
    least: Amount | None
    most: Amount | None
    failed: int


@dataclass(frozen=True, slots=True)
class LineOfCredit:
    """What a bank lets another owe it between two cycles."""

    bank: int
    to: int
    granted: Amount


@dataclass(frozen=True, slots=True)
class NetOfBank:
    """What a bank was owed in a cycle, or owed, below zero; what its own account was paid, or paid, and its collateral.
    At a close, what was paid out."""

    cycle: int
    bank: int
    net: Amount
    own: Amount
    collateral: Amount
    time: int


@dataclass(frozen=True, slots=True)
class OwedLoss:
    """What a bank in default owes another that has borne a part of its loss."""

    defaulter: int
    bank: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class NetworkPage:
    """A network. `claims` is how its rulebook in force has its banks settle with each other; `customers` the accounts
    of the viewer that are with one of its banks, or of which it is the bank. Of `lines`, the latest `nets` and what is
    `owed`, a bank sees its own, the operator all."""

    number: int
    name: str
    currency: str
    operator: int
    operator_name: str
    rulebook: str
    claims: str
    par: int
    members: tuple[NetworkMember, ...]
    customers: tuple[tuple[int, int], ...]
    lines: tuple[LineOfCredit, ...]
    nets: tuple[NetOfBank, ...]
    owed: tuple[OwedLoss, ...]


@dataclass(frozen=True, slots=True)
class DepositLine:
    """A deposit. `status` is SETTLED, CANCELLED, or that of the transaction that still waits."""

    transaction: int
    network: int
    mode: str
    status: str
    payer: int
    payee: int
    payer_bank: int
    payee_bank: int
    amount: Amount
    reference: str
    sent: int
    arrived: int


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A deposit that is held. `condition` is NONE where it is only on its way; `screens` are the banks that have yet to
    let it go, shown to these alone; `done` is when it was sent on or given back, zero before."""

    held: int
    network: int
    payer: int
    payee: int
    amount: Amount
    reference: str
    condition: str
    until: int
    party: int
    screens: tuple[int, ...]
    met: bool
    done: int
    sent: bool
    since: int


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request to pay. `status` is OPEN, OVER, PAID or DECLINED (also by who made it)."""

    request: int
    network: int
    payee: int
    payer: int
    amount: Amount
    reference: str
    until: int
    status: str


@dataclass(frozen=True, slots=True)
class RecallLine:
    """A deposit that is asked back. `status` is OPEN, AGREED or REFUSED."""

    recall: int
    transaction: int
    by: int
    why: str
    status: str
    answer: str


@dataclass(frozen=True, slots=True)
class DepositsPage:
    """What the viewer has a part in: deposits, newest first; what is held; requests to pay; recalls."""

    deposits: tuple[DepositLine, ...]
    held: tuple[HeldLine, ...]
    requests: tuple[RequestLine, ...]
    recalls: tuple[RecallLine, ...]


def network_pages(ask: Asking) -> tuple[NetworkPage, ...]:
    """All networks."""
    return tuple(_page(ask, row) for row in NETWORKS.rows(ask.db, "ORDER BY number"))


def deposits_page(ask: Asking, before: int, limit: int) -> DepositsPage:
    """The deposits that the viewer has a part in, newest first, before the transaction of a number (zero: from the
    latest); and what is held, asked for and asked back, newest first."""
    limit = max(1, min(limit, MOST))
    return DepositsPage(
        tuple(_deposits(ask, before, limit)), tuple(_held(ask, limit)), tuple(_requests(ask, limit)),
        tuple(_recalls(ask, limit)),
    )  # fmt: skip


def claims_of(ask: Asking, row: NetworkRow) -> str:
    """How a network's rulebook in force has its banks settle with each other."""
    rulebook = ask.rulebook(row.rulebook)
    said = rulebook.value(CLAIMS) if rulebook else ""
    return said if said in ClaimMode.__members__ else ClaimMode.PREFUNDED.name


def _page(ask: Asking, row: NetworkRow) -> NetworkPage:
    members = MEMBERS.rows(ask.db, "WHERE network = ? AND position != 0 ORDER BY bank", row.number)
    return NetworkPage(
        row.number, row.name, row.currency, row.operator, ask.party_name(row.operator), row.rulebook,
        claims_of(ask, row), row.par, tuple(_member(ask, row, each) for each in members), tuple(_customers(ask, row)),
        tuple(_lines(ask, row)), tuple(_nets(ask, row)), tuple(_owed(ask, row)),
    )  # fmt: skip


def _member(ask: Asking, network: NetworkRow, row: MemberRow) -> NetworkMember:
    token = ask.asset(row.token)
    shown = ask.viewer.operator or ask.viewer.party in (row.bank, network.operator)

    def amount(asset: int, units: int) -> Amount | None:
        return ask.amount(asset, units) if shown and asset else None

    def has(account: int, asset: int) -> Amount | None:
        return amount(asset, ask.balance(account, asset))

    return NetworkMember(
        row.bank, ask.party_name(row.bank), row.token, token.code if token else "",
        has(row.position, network.settlement), has(row.position, network.credit),
        has(row.collateral, network.settlement), amount(network.credit, row.cap),
        amount(network.settlement, row.least), amount(network.settlement, row.most), row.failed,
    )  # fmt: skip


def _own(ask: Asking, network: NetworkRow, *banks: int) -> bool:
    """Whether something between banks is the viewer's to know."""
    return ask.viewer.operator or ask.viewer.party in (*banks, network.operator)


def _lines(ask: Asking, network: NetworkRow) -> Iterator[LineOfCredit]:
    for row in LINES.rows(ask.db, 'WHERE network = ? AND granted != 0 ORDER BY bank, "to"', network.number):
        if _own(ask, network, row.bank, row.to):
            yield LineOfCredit(row.bank, row.to, ask.amount(network.credit, row.granted))


def _nets(ask: Asking, network: NetworkRow) -> Iterator[NetOfBank]:
    where = "WHERE network = :network"
    if not _own(ask, network):
        where += " AND bank = :bank"
    where += f" ORDER BY cycle DESC, bank LIMIT {MOST}"
    money = network.settlement
    for row in NETS.rows(ask.db, where, network=network.number, bank=ask.viewer.party):
        net, own, collateral = (ask.amount(money, each) for each in (row.net, row.own, row.collateral))
        yield NetOfBank(row.cycle, row.bank, net, own, collateral, row.time)


def _owed(ask: Asking, network: NetworkRow) -> Iterator[OwedLoss]:
    for row in OWED.rows(ask.db, "WHERE network = ? AND amount != 0 ORDER BY defaulter, bank", network.number):
        if _own(ask, network, row.defaulter, row.bank):
            yield OwedLoss(row.defaulter, row.bank, ask.amount(network.settlement, row.amount))


def _customers(ask: Asking, network: NetworkRow) -> Iterator[tuple[int, int]]:
    where = "WHERE network = :network"
    if not ask.viewer.operator:
        own = "account IN (SELECT number FROM accounts WHERE holder = :party OR keeper = :party)"
        where += f" AND (bank = :party OR {own}) AND :party != 0"
    for row in CUSTOMERS.rows(
        ask.db, f"{where} ORDER BY account, bank", network=network.number, party=ask.viewer.party
    ):
        yield row.account, row.bank


def _deposits(ask: Asking, before: int, limit: int) -> Iterator[DepositLine]:
    where = "WHERE (:before = 0 OR number < :before)"
    if not ask.viewer.operator:
        where += (
            ' AND (number IN (SELECT "transaction" FROM stakes WHERE party = :party)'
            " OR network IN (SELECT number FROM networks WHERE operator = :party)) AND :party != 0"
        )
    where += " ORDER BY number DESC LIMIT :limit"
    for row in DEPOSITS.rows(ask.db, where, before=before, party=ask.viewer.party, limit=limit):
        yield _line(ask, row)


MINE = "SELECT number FROM accounts WHERE holder = :party"


def _held(ask: Asking, limit: int) -> Iterator[HeldLine]:
    """As the audience of what is held has it."""
    screens_for = {(row.network, row.bank) for row in SCREENERS.rows(ask.db, "WHERE screener = ?", ask.viewer.party)}
    shown = (row for row in HELD.rows(ask.db, "ORDER BY number DESC") if _knows(ask, row, screens_for))
    for row in islice(shown, limit):
        screens = tuple(bank for bank in row.screens if ask.viewer.operator or bank == ask.viewer.party)
        yield HeldLine(
            row.number, row.network, row.payer, row.payee, _amount(ask, row.network, row.amount), row.reference,
            row.condition.name, row.until, row.party, screens, row.met, row.done, row.sent, row.since,
        )  # fmt: skip


def _knows(ask: Asking, row: HeldRow, screens_for: set[tuple[int, int]]) -> bool:
    """Payer, its bank and the network's operator know of what is held, and who screens it; of what is conditional also
    the payee, its bank, and the party that may release it."""
    party = ask.viewer.party
    if ask.viewer.operator:
        return True
    payer, payee = ask.account(row.payer), ask.account(row.payee)
    network = NETWORKS.find(ask.db, row.network)
    knowing = [payer.holder if payer else 0, row.payer_bank, network.operator if network else 0, *row.screened]
    if row.condition is not ConditionKind.NONE:
        knowing += [payee.holder if payee else 0, row.payee_bank, row.party]
    return party != 0 and (party in knowing or any((row.network, bank) in screens_for for bank in row.screened))


def _requests(ask: Asking, limit: int) -> Iterator[RequestLine]:
    where = "WHERE 1" if ask.viewer.operator else f"WHERE :party != 0 AND (payer IN ({MINE}) OR payee IN ({MINE}))"
    rows = REQUESTS.rows(ask.db, f"{where} ORDER BY number DESC LIMIT :limit", party=ask.viewer.party, limit=limit)
    for row in rows:
        over = "OVER" if row.until <= ask.time else "OPEN"
        status = ("PAID" if row.paid else "DECLINED") if row.answered else over
        yield RequestLine(
            row.number, row.network, row.payee, row.payer, _amount(ask, row.network, row.amount), row.reference,
            row.until, status,
        )  # fmt: skip


def _recalls(ask: Asking, limit: int) -> Iterator[RecallLine]:
    where = "WHERE 1"
    if not ask.viewer.operator:
        where = (
            'WHERE :party != 0 AND "transaction" IN (SELECT number FROM deposits WHERE payer_bank = :party'
            f" OR payee_bank = :party OR payer IN ({MINE}) OR payee IN ({MINE}))"
        )
    for row in RECALLS.rows(ask.db, f"{where} ORDER BY number DESC LIMIT :limit", party=ask.viewer.party, limit=limit):
        status = ("AGREED" if row.agreed else "REFUSED") if row.answered else "OPEN"
        yield RecallLine(row.number, row.transaction, row.by, row.why, status, row.answer)


def _amount(ask: Asking, network: int, units: int) -> Amount:
    found = NETWORKS.find(ask.db, network)
    return ask.amount(found.par if found else 0, units)


def _status(ask: Asking, row: DepositRow) -> str:
    found = tables.TRANSACTIONS.find(ask.db, row.number)
    return found.status.name if found else ""


def _line(ask: Asking, row: DepositRow) -> DepositLine:
    member = MEMBERS.find(ask.db, row.network, row.payer_bank)
    return DepositLine(
        row.number, row.network, row.mode.name, _status(ask, row), row.payer, row.payee, row.payer_bank,
        row.payee_bank, ask.amount(member.token if member else 0, row.amount), row.reference, row.sent, row.arrived,
    )  # fmt: skip
