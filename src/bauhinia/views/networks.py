"""Deposit networks as a viewer may know them.

Who is in a network is public; what a bank has in it, that bank's own business and the network operator's. A deposit is
seen by payer and payee, their banks and the network's operator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bauhinia.ledger.networks import ClaimMode
from bauhinia.rules.routing import CLAIMS
from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import Asking
from bauhinia.views.network_tables import (
    CUSTOMERS,
    DEPOSITS,
    LINES,
    MEMBERS,
    NETS,
    NETWORKS,
    OWED,
    DepositRow,
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
    """A deposit. `status` is SETTLED, CANCELLED, or that of the transaction that still waits; accounts that are not the
    viewer's to know are zero."""

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


def network_pages(ask: Asking) -> tuple[NetworkPage, ...]:
    """All networks."""
    return tuple(_page(ask, row) for row in NETWORKS.rows(ask.db, "ORDER BY number"))


def deposit_lines(ask: Asking, before: int, limit: int) -> tuple[DepositLine, ...]:
    """The deposits that the viewer has a part in, newest first, before the transaction of a number (zero: from the
    latest)."""
    return tuple(_deposits(ask, before, max(1, min(limit, MOST))))


def _page(ask: Asking, row: NetworkRow) -> NetworkPage:
    rulebook = ask.rulebook(row.rulebook)
    said = rulebook.value(CLAIMS) if rulebook else ""
    mode = said if said in ClaimMode.__members__ else ClaimMode.PREFUNDED.name
    members = MEMBERS.rows(ask.db, "WHERE network = ? AND position != 0 ORDER BY bank", row.number)
    return NetworkPage(
        row.number, row.name, row.currency, row.operator, ask.party_name(row.operator), row.rulebook, mode, row.par,
        tuple(_member(ask, row, each) for each in members), tuple(_customers(ask, row)), tuple(_lines(ask, row)),
        tuple(_nets(ask, row)), tuple(_owed(ask, row)),
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
    where = "WHERE network = ?1"
    if not _own(ask, network):
        where += " AND bank = ?2"
    where += f" ORDER BY cycle DESC, bank LIMIT {MOST}"
    money = network.settlement
    for row in NETS.rows(ask.db, where, network.number, ask.viewer.party):
        net, own, collateral = (ask.amount(money, each) for each in (row.net, row.own, row.collateral))
        yield NetOfBank(row.cycle, row.bank, net, own, collateral, row.time)


def _owed(ask: Asking, network: NetworkRow) -> Iterator[OwedLoss]:
    for row in OWED.rows(ask.db, "WHERE network = ? AND amount != 0 ORDER BY defaulter, bank", network.number):
        if _own(ask, network, row.defaulter, row.bank):
            yield OwedLoss(row.defaulter, row.bank, ask.amount(network.settlement, row.amount))


def _customers(ask: Asking, network: NetworkRow) -> Iterator[tuple[int, int]]:
    where = "WHERE network = ?1"
    if not ask.viewer.operator:
        where += (
            " AND (bank = ?2 OR account IN (SELECT number FROM accounts WHERE holder = ?2 OR keeper = ?2)) AND ?2 != 0"
        )
    for row in CUSTOMERS.rows(ask.db, f"{where} ORDER BY account, bank", network.number, ask.viewer.party):
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


def _status(ask: Asking, row: DepositRow) -> str:
    found = tables.TRANSACTIONS.find(ask.db, row.number)
    return found.status.name if found else ""


def _line(ask: Asking, row: DepositRow) -> DepositLine:
    """Each side knows its own account alone, its bank both those of its customers."""

    def near(account: int, bank: int) -> int:
        found = ask.account(account)
        knows = ask.viewer.operator or ask.viewer.party == bank
        return account if knows or (found and ask.viewer.party in (found.holder, found.keeper)) else 0

    member = MEMBERS.find(ask.db, row.network, row.payer_bank)
    return DepositLine(
        row.number, row.network, row.mode.name, _status(ask, row), near(row.payer, row.payer_bank),
        near(row.payee, row.payee_bank), row.payer_bank, row.payee_bank,
        ask.amount(member.token if member else 0, row.amount), row.reference, row.sent, row.arrived,
    )  # fmt: skip
