"""A small market whose blocks are projected: a bond issued by its own commands, two dealers, two custodians with
clients, a regulator; some trades settled, one that lacks money, one unmatched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

from bauhinia.bond import BusinessDayConvention, DayCount, RecordDate, Terms
from bauhinia.ledger.assets import MoneyKind, TitleLayer
from bauhinia.ledger.bonds import Allotment, Conditions, Document
from bauhinia.ledger.instructions import Link, Side
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.rulebooks import Provision
from bauhinia.machine.block import Header
from bauhinia.machine.steps import Outcome
from bauhinia.rules.allotment import AcceptAllotment, Allot, ReleaseIssue
from bauhinia.rules.closing import AcceptAgency, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.issue import LodgeTerms
from bauhinia.rules.market import PublishRulebook
from bauhinia.views import model, queries
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views
from bauhinia.words.identifiers import isin
from bauhinia.words.ids import NO_PARTY, AccountNumber, ActionNumber, AssetNumber, PartyNumber, SystemNumber
from tests.support import START, Told, market, trade

UNIT = 100_00  # HKD 100.00
CONTRACTUAL = (
    Provision("register.columns", "name, amount", "conditions"),
    Provision("register.inspection", "holders", "conditions"),
    Provision("register.copies", "nobody", "conditions"),
    Provision("disclosure.regulator", "yes", "letter"),
)
STATUTORY = (
    Provision("register.columns", "name, address, amount, entered, ceased", "Cap. 622 s. 308"),
    Provision("register.inspection", "anyone", "Cap. 622 s. 309"),
    Provision("register.copies", "anyone", "Cap. 622 s. 310"),
)


@dataclass(slots=True)
class Committed:
    """A block as the node hands it to the views."""

    height: int
    header: Header
    outcomes: list[Outcome]
    rows: list[tuple[int, int, int, int]]


def committed(told: Told, after: int = 0) -> Iterator[Committed]:
    """The blocks of a market so far, as the journal gives them."""
    for applied in told.applied:
        if applied.header.height > after:
            yield Committed(applied.header.height, applied.header, applied.outcomes, applied.rows)


@dataclass
class Stage:
    """A told market and its views, and what stands on it by name."""

    told: Told
    views: Views
    accounts: dict[str, AccountNumber] = field(default_factory=dict)
    bond: AssetNumber = AssetNumber(0)
    hkd: AssetNumber = AssetNumber(0)

    def project(self) -> None:
        """Bring the views up to the market."""
        for block in committed(self.told, self.views.height):
            assert self.views.apply(block)

    def viewer(self, name: str) -> Viewer:
        return queries.viewer(self.views, self.told.parties[name]) if name != "stranger" else Viewer()

    def party(self, name: str, *roles: Role) -> PartyNumber:
        return self.told.party(name, *roles)

    def account(
        self, key: str, name: str, purpose: Purpose = Purpose.OWN, tier: str = "", by: str = "operator"
    ) -> None:
        above = self.accounts[tier] if tier else 0
        self.accounts[key] = self.told.account(name, purpose, above, by)

    def trade(
        self, seller: str, buyer: str, nominal: int, amount: int = 0, day: date = START, reference: str = "",
        seller_links: tuple[Link, ...] = (),
    ) -> None:  # fmt: skip
        """Both sides instruct; against payment where there is an amount."""
        told, money = self.told, self.hkd if amount else 0
        reference = reference or f"{seller[:6]}-{buyer[:6]}-{nominal}-{told.state.height}"
        for side, one, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
            account, holder = self.accounts[one], self.holder(other)
            cash = account if amount else 0
            links = seller_links if one == seller else ()
            order = trade(side, self.bond, nominal, account, holder, day, money, amount, cash, reference, links=links)
            told.does(self.holder_name(one), order)

    def holder(self, key: str) -> PartyNumber:
        return self.told.state.accounts[self.accounts[key]].holder

    def holder_name(self, key: str) -> str:
        number = self.holder(key)
        return next(name for name, party in self.told.parties.items() if party == number)


def feed(views: Views, viewer: Viewer) -> list[model.EventLine]:
    """All that a viewer may know of, read page by page."""
    found, cursor = list[model.EventLine](), ""
    while page := queries.events(views, viewer, cursor, 500):
        found += page
        cursor = page[-1].cursor
    return found


def code(number: int) -> str:
    """A made-up ISIN with its check digit."""
    stem = f"HK{number:09}"
    return next(f"{stem}{digit}" for digit in range(10) if isin(f"{stem}{digit}") is None)


def terms(first: date = START) -> Terms:
    """A year at 4%, half-yearly, of HKD 100.00 pieces."""
    return Terms(
        first,
        first.replace(year=first.year + 1),
        Fraction(4, 100),
        2,
        DayCount.ACT_365_FIXED,
        BusinessDayConvention.MODIFIED_FOLLOWING,
        True,
        ("HK",),
        UNIT,
        UNIT,
        UNIT,
        RecordDate(),
        assumed=("day_count", "business_day"),
    )


def issue(stage: Stage, allotments: tuple[tuple[str, int], ...], profile: str = "contractual") -> AssetNumber:
    """A bond issued at par on its first day, all signatures given."""
    told = stage.told
    parties = told.parties
    sheet = LodgeTerms(
        code(len(told.state.assets) + 1), "", "A bond", "HKD", SystemNumber(1), TitleLayer.NATIVE, terms(),
        parties["issuer"], stage.accounts["issuer"], parties["registrar"], parties["agent"], parties["lead"],
        NO_PARTY, NO_PARTY, (), (Document("conditions", bytes(32)),), Conditions(), profile, "", 0,
    )  # fmt: skip
    told.does("registrar", sheet)
    number = AssetNumber(len(told.state.assets))
    nominal = sum(units for _, units in allotments)
    proceeds = ((stage.hkd, stage.accounts["proceeds"]),)
    told.does("issuer", AuthoriseIssue(number, nominal, Fraction(100), proceeds, False))
    told.does("registrar", ConfirmAmount(number, nominal))
    told.does("agent", AcceptAgency(number))
    wanted = tuple(
        Allotment(stage.accounts[key], units, stage.hkd, units, stage.accounts[key]) for key, units in allotments
    )
    told.does("lead", Allot(number, wanted))
    for at, (key, units) in enumerate(allotments, 1):
        told.mint("HKMA", stage.hkd, stage.accounts[key], units)
        told.does(stage.holder_name(key), AcceptAllotment(number, at))
    told.does("lead", ReleaseIssue(number))
    return number


def empty(path: Path) -> Stage:
    told = market()
    return Stage(told, Views(path / "views.sqlite", told.genesis))


def dealers_and_custodians(path: Path, profile: str = "contractual") -> Stage:
    """The market of the module's first line, on its first day, after what happened."""
    stage = empty(path)
    told = stage.told
    for name, provisions in (("contractual", CONTRACTUAL), ("cap622", STATUTORY)):
        told.does("operator", PublishRulebook(name, 1, START, name, (), provisions))
    stage.party("HKMA", Role.CENTRAL_BANK)
    stage.party("issuer", Role.ISSUER)
    stage.party("registrar", Role.REGISTRAR)
    stage.party("agent", Role.PAYING_AGENT)
    stage.party("lead", Role.LEAD_MANAGER)
    stage.party("regulator", Role.REGULATOR)
    for name in ("A", "B"):
        stage.party(name, Role.DEALER)
        stage.account(name, name)
    for custodian, client in (("C1", "client"), ("C2", "other")):
        stage.party(custodian, Role.CUSTODIAN)
        stage.party(client, Role.INVESTOR)
        stage.account(custodian, custodian, Purpose.OMNIBUS)
        stage.account(client, client, tier=custodian, by=custodian)
    stage.account("issuer", "issuer", Purpose.ISSUER)
    stage.account("proceeds", "issuer")
    stage.account("paying", "agent", Purpose.PAYING)
    stage.account("suspense", "agent", Purpose.SUSPENSE)
    stage.hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    stage.bond = issue(stage, (("A", 100 * UNIT), ("B", 50 * UNIT)), profile)
    told.does(
        "agent", AppointPayingAccount(stage.bond, stage.hkd, stage.accounts["paying"], stage.accounts["suspense"])
    )
    stage.trade("A", "client", 30 * UNIT)
    stage.trade("client", "other", 10 * UNIT)
    told.mint("HKMA", stage.hkd, stage.accounts["B"], 5 * UNIT)
    stage.trade("A", "B", 5 * UNIT, 5 * UNIT)
    stage.trade("A", "B", 7 * UNIT, 7 * UNIT, reference="short")
    told.does(
        "B",
        trade(Side.DELIVER, stage.bond, UNIT, stage.accounts["B"], told.parties["A"], START, reference="alone"),
    )
    stage.project()
    return stage


def fund(stage: Stage, action: int, amount: int) -> None:
    """The issuer puts its agent in funds for a payment."""
    own = stage.accounts["proceeds"]
    stage.told.mint("HKMA", stage.hkd, own, amount)
    stage.told.does("issuer", Fund(ActionNumber(action), stage.hkd, own, amount))


def lived(path: Path, profile: str = "contractual") -> Stage:
    """The same market after both payments: nothing is outstanding."""
    stage = dealers_and_custodians(path, profile)
    coupon, redemption = stage.told.state.servicing.of[stage.bond]
    fund(stage, coupon, 150 * COUPON)
    stage.told.until(FIRST)
    fund(stage, redemption, 150 * (UNIT + LAST_COUPON))
    stage.told.until(LAST)
    stage.project()
    return stage


FIRST, LAST = date(2026, 8, 3), date(2027, 2, 2)
COUPON = 199  # HKD 100.00 at 4% for 182 of 365 days: 199.45..., half up
LAST_COUPON = 201  # for 183 days: 200.54...
NEXT = START + timedelta(days=1)
