"""Templates and what they are given: each page is one answer of the views, said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Protocol, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined

from bauhinia.edge.console import phrases
from bauhinia.edge.console.ladder import Flow, FlowState, ladder, short
from bauhinia.edge.console.tales import Tale
from bauhinia.ledger.actions import ActionStatus
from bauhinia.ledger.days import Phase
from bauhinia.views import model


class Numbered(Protocol):
    """What has a number of its own."""

    @property
    def number(self) -> int: ...


T = TypeVar("T", bound=Numbered)
PHASES = tuple(phase.name for phase in Phase if phase is not Phase.CLOSED)
HOLDERS_WHY = {
    "REGISTER": "The register of the official book, and the books of keepers below it.",
    "ASK": "Your own accounts and those you keep. The register is open to you today once you have signed for it: send "
    "inspect_register to see it here, or request_copy for a copy, and say why.",
    "OWN": "Your own accounts and those you keep; the register is not disclosed to you.",
    "NONE": "The register of this bond is not disclosed to you.",
}
ROLE_HEADINGS = (
    ("OPERATOR", "Those who run the market"),
    ("CENTRAL_BANK", "Those who run the market"),
    ("CSD", "Those who run the market"),
    ("REGULATOR", "Those who watch"),
    ("AUDITOR", "Those who watch"),
    ("ISSUER", "Issuers"),
    ("REGISTRAR", "Agents"),
    ("PAYING_AGENT", "Agents"),
    ("TRUSTEE", "Agents"),
    ("LEAD_MANAGER", "Banks and dealers"),
    ("SETTLEMENT_INSTITUTION", "Banks and dealers"),
    ("CUSTODIAN", "Banks and dealers"),
    ("BANK", "Banks and dealers"),
    ("DEALER", "Banks and dealers"),
    ("INVESTOR", "Investors"),
)


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page: who looks, and where the market is."""

    base: str
    viewer: model.Viewer
    viewer_name: str
    play: bool
    height: int
    head: str
    told: bool
    time: int
    offset: int
    cursor: str


@cache
def environment() -> Environment:
    """The templates, escaped always, failing on a name they do not know."""
    found = Environment(
        loader=PackageLoader("bauhinia.edge.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (
        "iso",
        "day",
        "long_day",
        "clock",
        "word",
        "spoken",
        "said",
        "tone",
        "reason",
        "bare",
        "signed",
        "percent",
    ):
        found.globals[name] = getattr(phrases, name)
    return found


@cache
def static(name: str) -> bytes:
    """A file of ours, by a name that is known to be one."""
    return files("bauhinia.edge.console").joinpath("static", name).read_bytes()


@cache
def version() -> str:
    """Changes with the style sheet and the script, so that a browser never keeps an old one."""
    return sha256(static("console.css") + static("console.js")).hexdigest()[:10]


def render(shell: Shell, template: str, section: str, title: str, **values: Any) -> str:
    """A whole page."""
    clock = phrases.Clock(shell.offset)
    around = {name: getattr(shell, name) for name in Shell.__slots__}
    return (
        environment()
        .get_template(template)
        .render(
            **around,
            **values,
            section=section,
            title=title,
            version=version(),
            zone=clock.name,
            moment=clock.moment,
            today=clock.today(shell.time),
        )
    )


@dataclass(frozen=True, slots=True)
class Total:
    """What is outstanding in one currency: the amount in short, how many bonds, and the next day one of them pays."""

    currency: str
    text: str
    bonds: str
    next: date | None


def totals(bonds: Sequence[model.BondLine]) -> list[Total]:
    """By currency, in the order in which the bonds name them."""
    groups: dict[str, list[model.BondLine]] = {}
    for bond in bonds:
        groups.setdefault(bond.currency, []).append(bond)
    found = []
    for currency, group in groups.items():
        units = sum(bond.outstanding.units for bond in group)
        following = min((bond.next_payment for bond in group if bond.next_payment), default=None)
        count = "1 bond" if len(group) == 1 else f"{len(group)} bonds"
        found.append(Total(currency, f"{currency} {short(units, group[0].exponent)}", count, following))
    return found


def market(shell: Shell, glance: model.MarketGlance, tales: Sequence[Tale]) -> str:
    summed = totals(glance.bonds)
    return render(
        shell, "market.html", "Market", "The market", market=glance, phases=PHASES, totals=summed, tales=tales
    )


def bond(shell: Shell, page: model.BondPage, tales: Sequence[Tale]) -> str:
    """A bond's page; `tales` newest first."""
    today = phrases.Clock(shell.offset).today(shell.time)
    flows = [flow(line) for line in page.schedule]
    issued = page.schedule[0].start if page.schedule else date.min
    drawings = {
        f"ladder_{name}": ladder(issued, flows, page.bond.exponent, today, narrow=name == "narrow")
        for name in ("wide", "narrow")
    }
    terms = {term.name: term.value for term in page.terms}
    return render(
        shell,
        "bond.html",
        "Market",
        page.bond.name,
        page=page,
        tales=tales,
        holders_why=HOLDERS_WHY.get(page.holders_seen, ""),
        per_unit=terms["calculation_amount"],
        untold=("rate",) if "floating" in terms else (),
        **drawings,
    )


def flow(line: model.ScheduleLine) -> Flow:
    paid = line.status == ActionStatus.PAID.name
    state = FlowState.PAID if paid else FlowState.PROVISIONAL if line.provisional else FlowState.AHEAD
    if not line.fixed:
        state = FlowState.OPEN
    return Flow(line.payment_date, line.interest.units, line.principal.units, state)


def accounts(shell: Shell, lines: Sequence[model.AccountLine], positions: Sequence[model.Position]) -> str:
    """The viewer's accounts: its own, those it keeps for others, those it may view."""
    viewer = shell.viewer.party
    held: dict[int, list[model.Position]] = {}
    for position in positions:
        if position.balance.units:
            held.setdefault(position.account, []).append(position)
    kinds = (
        ("Your own", [line for line in lines if line.holder == viewer]),
        ("Kept by you", [line for line in lines if line.holder != viewer and line.keeper == viewer]),
        ("Open to your view", [line for line in lines if viewer not in (line.holder, line.keeper)]),
    )
    groups = [(heading, found) for heading, found in kinds if found]
    return render(shell, "accounts.html", "Accounts", "Accounts", groups=groups, held=held)


def account(shell: Shell, page: model.AccountPage, codes: dict[int, str]) -> str:
    """An account's page; `codes` are what assets are called."""
    return render(shell, "account.html", "Accounts", page.account.name, page=page, codes=codes)


def powers(shell: Shell, lines: Sequence[model.PowerLine], reconciliation: Sequence[model.ReconciliationLine]) -> str:
    return render(shell, "powers.html", "Powers", "Powers", powers=newest(lines), reconciliation=newest(reconciliation))


def newest(lines: Sequence[T]) -> list[T]:
    """Numbered lines, the newest first."""
    return sorted(lines, key=lambda line: line.number, reverse=True)


def people(parties: Sequence[model.PartyLine]) -> list[tuple[str, list[model.PartyLine]]]:
    """Parties under the heading of the first of their roles that has one."""
    groups: dict[str, list[model.PartyLine]] = {heading: [] for _, heading in ROLE_HEADINGS}
    for party in parties:
        heading = next((heading for role, heading in ROLE_HEADINGS if role in party.roles), "Others")
        groups.setdefault(heading, []).append(party)
    return [(heading, found) for heading, found in groups.items() if found]


def viewer(
    shell: Shell, parties: Sequence[model.PartyLine], challenge: str = "", problem: str = "", prefix: str = ""
) -> str:
    """Whose eyes to look through; or, in a real market, the text to sign. `prefix` is what comes before the party's
    number in what is signed, hexadecimal."""
    values = {"groups": people(parties), "challenge": challenge, "problem": problem, "prefix": prefix}
    return render(shell, "viewer.html", "", "Who looks", **values)


def message(shell: Shell, status: int, title: str, detail: str) -> str:
    return render(shell, "message.html", "", title, status=status, detail=detail)
