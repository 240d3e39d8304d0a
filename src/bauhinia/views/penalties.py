"""What fails cost: a party's penalties by day, what each month comes to, the rates in force, and buy-ins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bauhinia.views import tables
from bauhinia.views.amount import Amount
from bauhinia.views.asking import ALL, Asking, amount
from bauhinia.views.penalty_tables import (
    BUY_INS,
    EXEMPTIONS,
    NETS,
    PENALTIES,
    PENALTY_CLASSES,
    PENALTY_RATES,
    BuyInRow,
    NetRow,
    PenaltyRow,
)
from bauhinia.words.money import format_rate, minor_units

# rows with a payer and a payee of which the viewer :party is one, or holds or keeps the account of one
_OWN = "(SELECT number FROM accounts WHERE holder = :party UNION SELECT number FROM accounts WHERE keeper = :party)"
SEEN = (
    "(:operator OR (:party != 0 AND (payer = :party OR payee = :party"
    f" OR payer_account IN {_OWN} OR payee_account IN {_OWN})))"
)


@dataclass(frozen=True, slots=True)
class PenaltyLine:
    """One day of one trade that fails. `kind` is SEFP or LMFP; `pays` is whether it is the viewer who pays, None where
    it is neither side, or both. `price` is of a unit of nominal. An account that is not the viewer's to know is zero.
    `status` is OPEN, APPEALED, KEPT, REMOVED or NETTED."""

    number: int
    kind: str
    transaction: int
    isin: str
    day: date
    computed: date
    payer: int
    payer_name: str
    payer_account: int
    payee: int
    payee_name: str
    payee_account: int
    reason: str
    quantity: Amount
    price: str
    basis_points: str
    amount: Amount
    pays: bool | None
    status: str
    net: int
    why: str


@dataclass(frozen=True, slots=True)
class PenaltyNetLine:
    """What a month comes to between two sides; `transaction` pays it, and `status` is that one's, NETTED before it is
    ordered."""

    number: int
    month: date
    payer: int
    payer_name: str
    payee: int
    payee_name: str
    amount: Amount
    transaction: int
    status: str


@dataclass(frozen=True, slots=True)
class PenaltySum:
    """What the viewer pays and is paid in one currency for a month, penalties that were removed apart; `net` is what it
    is paid in all, below zero what it pays."""

    currency: str
    pays: Amount
    gets: Amount
    net: Amount


@dataclass(frozen=True, slots=True)
class PenaltyReport:
    """A month's penalties, by the day on which they were computed."""

    month: date
    penalties: tuple[PenaltyLine, ...]
    nets: tuple[PenaltyNetLine, ...]
    sums: tuple[PenaltySum, ...]


@dataclass(frozen=True, slots=True)
class PenaltyRateLine:
    """A rate: basis points a business day of a kind of security, or a yearly rate for lack of cash."""

    version: int
    effective: date
    source: str
    what: str
    currency: str
    rate: str
    series: str


@dataclass(frozen=True, slots=True)
class PenaltyBondLine:
    asset: int
    isin: str
    security: str
    series: str


@dataclass(frozen=True, slots=True)
class ExemptionLine:
    """Days without penalties in a system: in one bond, in all where `isin` is empty."""

    system: int
    isin: str
    first: date
    last: date
    why: str


@dataclass(frozen=True, slots=True)
class PenaltyRates:
    """All versions of the rates, what rate each bond has, and the days that are exempt."""

    rates: tuple[PenaltyRateLine, ...]
    bonds: tuple[PenaltyBondLine, ...]
    exemptions: tuple[ExemptionLine, ...]


@dataclass(frozen=True, slots=True)
class BuyInLine:
    """A buy-in: STARTED, BOUGHT or FOUND_NOTHING. `limit_price`, what the agent may pay per 100 of nominal, is for
    receiver and agent; what it came to, for the two sides: `difference` is what the deliverer owes for it."""

    transaction: int
    isin: str
    receiver: int
    agent: int
    agent_name: str
    status: str
    limit_price: str
    quantity: Amount
    cost: Amount
    owed: Amount
    difference: Amount
    payment: int


def report(ask: Asking, month: date | None) -> PenaltyReport:
    """The penalties of the month of a day; of the latest business date's where none is said."""
    if month is None:
        (latest,) = ask.db.execute("SELECT max(date) FROM systems").fetchone()
        month = date.fromisoformat(latest) if latest else date.min
    first = month.replace(day=1)
    named = {"party": ask.viewer.party, "operator": int(ask.viewer.operator), "month": first.isoformat()[:7]}
    where = f"WHERE substr(computed, 1, 7) = :month AND {SEEN} ORDER BY number"
    rows = list(PENALTIES.rows(ask.db, where, **named))
    nets = NETS.rows(ask.db, f"WHERE substr(month, 1, 7) = :month AND {SEEN} ORDER BY number", **named)
    lines = tuple(_line(ask, row) for row in rows)
    return PenaltyReport(first, lines, tuple(_net(ask, row) for row in nets), tuple(_sums(lines)))


def _line(ask: Asking, row: PenaltyRow) -> PenaltyLine:
    pays, gets = _near(ask, row.payer, row.payer_account), _near(ask, row.payee, row.payee_account)
    return PenaltyLine(
        row.number,
        row.kind.name,
        row.transaction,
        ask.code(row.asset),
        row.day,
        row.computed,
        row.payer,
        ask.party_name(row.payer),
        row.payer_account if _seen(ask, row.payer_account) else 0,
        row.payee,
        ask.party_name(row.payee),
        row.payee_account if _seen(ask, row.payee_account) else 0,
        row.reason.name,
        ask.amount(row.asset, row.quantity),
        str(row.price),
        str(row.basis_points),
        _money(row.currency, row.amount),
        None if pays is gets else pays,
        row.status,
        row.net,
        row.why,
    )


def _near(ask: Asking, party: int, account: int) -> bool:
    """Whether a side is the viewer's: it instructed, or holds or keeps the account."""
    viewer, held = ask.viewer.party, ask.account(account)
    return viewer != 0 and (viewer == party or (held is not None and viewer in (held.holder, held.keeper)))


def _seen(ask: Asking, account: int) -> bool:
    found = ask.account(account)
    return found is not None and ask.sight(found) == ALL


def _money(currency: str, units: int) -> Amount:
    return amount(units, minor_units(currency), currency)


def _net(ask: Asking, row: NetRow) -> PenaltyNetLine:
    paid = tables.TRANSACTIONS.find(ask.db, row.transaction) if row.transaction else None
    return PenaltyNetLine(
        row.number,
        row.month,
        row.payer,
        ask.party_name(row.payer),
        row.payee,
        ask.party_name(row.payee),
        _money(row.currency, row.amount),
        row.transaction,
        paid.status.name if paid else "NETTED",
    )


def _sums(lines: Iterable[PenaltyLine]) -> Iterable[PenaltySum]:
    pays: dict[str, int] = {}
    gets: dict[str, int] = {}
    for line in lines:
        currency = line.amount.currency
        if line.status != "REMOVED" and line.pays is not None:
            of = pays if line.pays else gets
            of[currency] = of.get(currency, 0) + line.amount.units
    for currency in sorted({**pays, **gets}):
        out, into = pays.get(currency, 0), gets.get(currency, 0)
        yield PenaltySum(currency, _money(currency, out), _money(currency, into), _money(currency, into - out))


def rates(ask: Asking) -> PenaltyRates:
    """What failing costs: public."""
    found = []
    for row in PENALTY_RATES.rows(ask.db, "ORDER BY version"):
        of = row.rates
        head = (of.version, of.effective, of.source)
        for each in of.securities:
            found.append(PenaltyRateLine(*head, each.security.name, each.currency, f"{each.basis_points} bp", ""))
        for cash in of.cash:
            rate = f"{format_rate(cash.rate)} / {cash.year}"
            found.append(PenaltyRateLine(*head, "CASH", cash.currency, rate, cash.series))
    bonds = (
        PenaltyBondLine(row.asset, ask.code(row.asset), row.security.name, row.series)
        for row in PENALTY_CLASSES.rows(ask.db, "ORDER BY asset")
    )
    exempt = (
        ExemptionLine(row.system, ask.code(row.asset), row.first, row.last, row.why)
        for row in EXEMPTIONS.rows(ask.db, "ORDER BY number")
    )
    return PenaltyRates(tuple(found), tuple(bonds), tuple(exempt))


def buy_ins(ask: Asking) -> tuple[BuyInLine, ...]:
    """Those of trades that the viewer is party to, or for which it is to buy."""
    seen = (
        "(:operator OR (:party != 0 AND (receiver = :party OR agent = :party"
        ' OR "transaction" IN (SELECT "transaction" FROM stakes WHERE party = :party))))'
    )
    named = {"party": ask.viewer.party, "operator": int(ask.viewer.operator)}
    return tuple(_buy_in(ask, row) for row in BUY_INS.rows(ask.db, f"WHERE {seen} ORDER BY 1", **named))


def _buy_in(ask: Asking, row: BuyInRow) -> BuyInLine:
    party = ask.viewer.party
    own = ask.viewer.operator or party in (row.receiver, row.agent)
    outcome = ask.viewer.operator or party != row.agent  # an agent has its own report, not what the sides owe
    units = (row.quantity, row.cost, row.owed, row.difference) if outcome else (0, 0, 0, 0)
    return BuyInLine(
        row.transaction,
        ask.code(row.asset),
        row.receiver,
        row.agent,
        ask.party_name(row.agent),
        row.status,
        str(row.limit_price) if own else "",
        ask.amount(row.asset, units[0]),
        ask.amount(row.money, units[1]),
        ask.amount(row.money, units[2]),
        ask.amount(row.money, units[3]),
        row.payment if outcome else 0,
    )
