"""What came of a story: every position, every payment, what was refused, and published figures beside ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any

from bauhinia.bond import Terms
from bauhinia.edge.aligned import aligned
from bauhinia.edge.stories.checks import PAID
from bauhinia.edge.stories.player import Played
from bauhinia.edge.stories.record import Flow
from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.state import State
from bauhinia.views.amount import Amount
from bauhinia.views.asking import amount
from bauhinia.views.network_report import BankDay, NetworkReport
from bauhinia.words.dates import SECOND, format_instant
from bauhinia.words.ids import AssetNumber, Units
from bauhinia.words.money import format_rate, format_units

KINDS = {
    TransactionKind.TRADE: "trade",
    TransactionKind.ISSUE: "issue",
    TransactionKind.INCOME: "interest",
    TransactionKind.REDEMPTION: "redemption",
    TransactionKind.CLAIM: "market claim",
    TransactionKind.TIER: "paid down",
    TransactionKind.POWER: "power",
    TransactionKind.MONEY: "money",
    TransactionKind.TAX: "tax",
    TransactionKind.PAYMENT: "payment",
    TransactionKind.SET: "set",
    TransactionKind.PENALTY: "penalty",
}


@dataclass(frozen=True, slots=True)
class Holding:
    """A position above zero; `earmarked` is empty where nothing of it is."""

    party: str
    account: str
    asset: str
    amount: str
    earmarked: str


@dataclass(frozen=True, slots=True)
class Issue:
    """What is outstanding of a bond or a money, and how it stands."""

    asset: str
    code: str
    status: str
    outstanding: str


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that moved: when, what for, from whom to whom."""

    time: str
    kind: str
    bond: str
    giver: str
    taker: str
    money: str
    amount: str


@dataclass(frozen=True, slots=True)
class Income:
    """All that an account was paid on a bond in one money."""

    party: str
    account: str
    bond: str
    money: str
    amount: str


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a bond. `assumed` where it was not published."""

    bond: str
    term: str
    value: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class NetworkDay:
    """What a day of a deposit network needed, and how long its deposits waited; totals of its banks, times in
    seconds."""

    network: str
    claims: str
    day: str
    deposits: int
    gross: str
    liquidity: str
    saved: str
    posted: str
    peak_debit: str
    waited: int
    longest: int
    unsettled: int


@dataclass(slots=True)
class Report:
    """A story's end. All amounts are texts, exact, with their decimals."""

    title: str
    about: str
    time: str
    ledger: str
    height: int
    header: str
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]
    terms: list[Term] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    income: list[Income] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    networks: list[NetworkDay] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    figures: list[dict[str, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The same as plain lists and texts."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The report as people read it, a line each."""
        found = [self.title, "=" * len(self.title), ""]
        found += [*_wrapped(self.about), ""] if self.about else []
        found += _table(
            "Terms", ("bond", "term", "value", ""),
            [(each.bond, each.term, each.value, "assumed" if each.assumed else "") for each in self.terms],
        )  # fmt: skip
        found += _table(
            "Issued", ("what", "code", "status", "outstanding"),
            [(each.asset, each.code, each.status, each.outstanding) for each in self.issues], right=(3,),
        )  # fmt: skip
        found += _table(
            "Held", ("party", "account", "what", "amount", "earmarked"),
            [(each.party, each.account, each.asset, each.amount, each.earmarked) for each in self.holdings],
            right=(3, 4),
        )  # fmt: skip
        found += _table(
            "Paid on bonds", ("party", "account", "bond", "money", "amount"),
            [(each.party, each.account, each.bond, each.money, each.amount) for each in self.income], right=(4,),
        )  # fmt: skip
        found += _table(
            "Every payment", ("when", "for", "bond", "from", "to", "money", "amount"),
            [(e.time, e.kind, e.bond, e.giver, e.taker, e.money, e.amount) for e in self.payments], right=(6,),
        )  # fmt: skip
        found += _table(
            "Deposit networks", NETWORK_HEADS, [network_cells(each) for each in self.networks],
            right=tuple(range(3, 12)),
        )  # fmt: skip
        found += _table(
            "Refused, as it must be", ("when", "who", "what", "why"),
            [(each["time"], each["by"], each["what"], each["why"]) for each in self.refusals],
        )  # fmt: skip
        found += _table(
            "Figures", ("figure", "", "theirs", "ours", "unrounded", "source"),
            [(e["what"], e["status"], e["theirs"], e["ours"], e["exact"], e["source"]) for e in self.figures],
            right=(2, 3, 4),
        )  # fmt: skip
        found += [f"Assumed: {each}" for each in self.assumptions]
        found += [f"Source: {each}" for each in self.sources]
        found += ["", f"{self.height} blocks, told to {self.time}; the last header is {self.header}"]
        return found


NETWORK_HEADS = (
    "network", "claims", "day", "deposits", "gross", "liquidity", "saved", "posted", "peak debits", "waited",
    "longest", "unsettled",
)  # fmt: skip


def network_cells(day: NetworkDay) -> tuple[str, ...]:
    """A line of the table of deposit networks."""
    return (
        day.network, day.claims.lower().replace("_", " "), day.day, f"{day.deposits:,}", day.gross, day.liquidity,
        day.saved, day.posted, day.peak_debit, f"{day.waited:,}", f"{day.longest:,} s", f"{day.unsettled:,}",
    )  # fmt: skip


def network_day(found: NetworkReport) -> NetworkDay:
    """A network's day, its banks together."""

    def total(of: Callable[[BankDay], Amount]) -> str:
        return amount(sum(of(each).units for each in found.banks), found.gross.exponent, found.gross.currency).text

    return NetworkDay(
        found.name, found.claims, str(found.date), sum(each.count for each in found.banks), found.gross.text,
        found.liquidity.text, found.saved.text, total(lambda each: each.posted), total(lambda each: each.peak_debit),
        sum(each.waited for each in found.banks), max(each.longest for each in found.banks) // SECOND,
        sum(each.unsettled for each in found.banks),
    )  # fmt: skip


def report(played: Played) -> Report:
    """What came of a story that has been played."""
    return played.driver.read(lambda state: _Writer(played, state).report())


class _Writer:
    def __init__(self, played: Played, state: State) -> None:
        self.played, self.state = played, state
        self.offset = played.plan.names.offset
        self.parties = {number: name for (kind, name), number in played.names.numbers.items() if kind == "party"}
        self.bonds = {
            number: name
            for name, asset in played.names.assets.items()
            if (number := state.codes.get(asset.code)) is not None
        }

    def report(self) -> Report:
        played, state, plan = self.played, self.state, self.played.plan
        found = Report(
            plan.title,
            " ".join(plan.about.split()),
            format_instant(state.time, self.offset),
            played.driver.ledger.hex(),
            state.height,
            state.previous.hex(),
            plan.sources,
            plan.assumptions,
        )
        found.terms = [
            term for name, asset in plan.names.assets.items() if asset.terms for term in _terms(name, asset.terms)
        ]
        found.issues = [self.issue(asset) for asset in state.assets.values() if asset.on_ledger]
        found.holdings = self.holdings()
        found.income = self.income()
        found.payments = [self.payment(flow) for flow in played.record.flows if self.is_money(flow)]
        found.refusals = [
            {
                "time": self.time(each.time),
                "by": each.by,
                "what": each.what,
                "reason": each.reason,
                "why": each.sentence,
            }
            for each in played.refusals
        ]
        found.figures = [asdict(each) for each in played.figures]
        return found

    def issue(self, asset: Asset) -> Issue:
        bond = self.state.issues.bonds.get(asset.number)
        status = bond.status.name.lower() if bond else asset.kind.name.lower()
        outstanding = -self.state.positions.balance(asset.issuer_account, asset.number)
        return Issue(self.asset(asset.number), asset.code, status, self.amount(asset.number, outstanding))

    def holdings(self) -> list[Holding]:
        """All positions above zero, by asset, those of a keeper's book after its own."""
        found = []
        for number in self.state.assets:
            for account, balance in self.state.positions.holders(number):
                earmarked = self.state.positions.earmarked(account, number)
                found.append(
                    Holding(
                        self.holder(account),
                        self.account(account),
                        self.asset(number),
                        self.amount(number, balance),
                        self.amount(number, earmarked) if earmarked else "",
                    )
                )
        return found

    def income(self) -> list[Income]:
        """What each account was paid on each bond, in the order in which it was first paid."""
        totals: dict[tuple[int, int, AssetNumber, AssetNumber], Units] = {}
        for flow in self.played.record.flows:
            if flow.kind not in PAID or not self.is_money(flow):
                continue
            key = (flow.taker, flow.payee, self.bond_of(flow), flow.asset)
            totals[key] = totals.get(key, 0) + flow.amount
        return [
            Income(
                self.holder(taker) if taker else self.party(payee),
                self.account(taker) if taker else "in the RTGS",
                self.asset(bond) if bond else "",
                self.asset(money),
                self.amount(money, units),
            )
            for (taker, payee, bond, money), units in totals.items()
        ]

    def payment(self, flow: Flow) -> Payment:
        bond = self.bond_of(flow)
        return Payment(
            self.time(flow.time),
            KINDS.get(flow.kind, flow.kind.name.lower()),
            self.asset(bond) if bond else "",
            self.account(flow.giver) if flow.giver else self.party(flow.payer),
            self.account(flow.taker) if flow.taker else self.party(flow.payee),
            self.asset(flow.asset),
            self.amount(flow.asset, flow.amount),
        )

    def bond_of(self, flow: Flow) -> AssetNumber:
        """The bond that money moved for; zero where it was for none, or the ledger does not say."""
        if flow.kind in (TransactionKind.ISSUE, TransactionKind.TRADE):
            return AssetNumber(flow.cause)
        action = self.state.servicing.actions.get(flow.cause)  # type: ignore[call-overload]
        return action.asset if action is not None else AssetNumber(0)

    def is_money(self, flow: Flow) -> bool:
        return self.state.assets[flow.asset].kind is AssetKind.MONEY

    def time(self, micros: int) -> str:
        return format_instant(micros, self.offset)[:16].replace("T", " ")

    def party(self, number: int) -> str:
        return self.parties.get(number, f"party {number}")

    def holder(self, account: int) -> str:
        return self.party(self.state.accounts[account].holder)  # type: ignore[index]

    def account(self, account: int) -> str:
        return self.state.accounts[account].name  # type: ignore[index]

    def asset(self, number: AssetNumber) -> str:
        asset = self.state.assets[number]
        if asset.kind is AssetKind.ENTITLEMENT:
            return f"{self.bonds.get(asset.base, '')} at {self.holder(asset.backing_account)}"
        return self.bonds.get(number, asset.code)

    def amount(self, number: AssetNumber, units: Units) -> str:
        return format_units(units, self.state.assets[number].exponent)


def _terms(name: str, terms: Terms) -> list[Term]:
    """The terms that a reader asks for, each marked where it was assumed."""
    shown: dict[str, str] = {
        "issue_date": str(terms.issue_date),
        "maturity": str(terms.maturity),
        "rate": format_rate(terms.rate),
        "frequency": "at maturity" if terms.frequency == 0 else f"{terms.frequency} a year",
        "day_count": terms.day_count.label,
        "business_day": terms.business_day.label,
        "adjusted": "interest to adjusted dates" if terms.adjusted else "interest to unadjusted dates",
        "calendars": ", ".join(terms.calendars),
        "calculation_amount": format_units(terms.calculation_amount, 2),
        "minimum_denomination": format_units(terms.minimum_denomination, 2),
        "record_date": f"{terms.record_date.days} {terms.record_date.rule.name.lower().replace('_', ' ')}",
    }
    if terms.redemption_price != Fraction(1):
        shown["redemption_price"] = format_rate(terms.redemption_price)
    return [Term(name, term.replace("_", " "), value, term in terms.assumed) for term, value in shown.items()]


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """A title and aligned columns; nothing where there are no rows."""
    if not rows:
        return []
    return [title, "-" * len(title), *aligned(heads, rows, right), ""]


def _wrapped(text: str, width: int = 100) -> list[str]:
    lines, current = [], ""
    for word in text.split():
        if current and len(current) + len(word) + 1 > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}".strip()
    return [*lines, current] if current else lines
