"""Who takes part in a random life, what they hold, and how its bonds come to be issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from random import Random
from typing import Any

from bauhinia.bond.calendar import BusinessDayConvention, Calendar
from bauhinia.bond.coupons.floating import Floating
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind
from bauhinia.bond.roll import add_months
from bauhinia.bond.terms import Terms
from bauhinia.ledger.assets import MoneyKind, TitleLayer
from bauhinia.ledger.bonds import Allotment, Conditions, Document
from bauhinia.ledger.days import Timetable
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.rulebooks import ClassDefinition, Provision
from bauhinia.ledger.state import State
from bauhinia.ledger.taxes import TaxRate, TaxRegime
from bauhinia.rules.allotment import AcceptAllotment, Allot, ReleaseIssue, cost
from bauhinia.rules.amounts import worth_of
from bauhinia.rules.closing import AcceptAgency, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.funding import AppointPayingAccount
from bauhinia.rules.issue import LodgeTerms
from bauhinia.rules.market import OpenSystem, PublishCalendar, PublishRulebook
from bauhinia.rules.money import CreateMoney, MintMoney
from bauhinia.rules.note import LodgeNote
from bauhinia.rules.observing import DRAWINGS, DefineSeries
from bauhinia.rules.onboarding import Attest
from bauhinia.rules.tax import AppointTaxAccount
from bauhinia.sim.stage import OPERATOR, Stage, Unsound, open_stage
from bauhinia.words.dates import DAY
from bauhinia.words.identifiers import isin_check_digit
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, AssetNumber, PartyNumber, SystemNumber

FIRST = date(2026, 2, 2)
ISSUED = date(2026, 2, 3)
LOT = 10_000
SYSTEM = SystemNumber(1)
TABLE = Timetable(480, 9 * 60, 16 * 60, 17 * 60, 18 * 60, cycles=(12 * 60, 15 * 60))
PARTIES = (
    ("HKMA", Role.CENTRAL_BANK), ("CMU", Role.CSD, Role.REGISTRAR), ("Issuer", Role.ISSUER),
    ("Guarantor", Role.DEALER), ("Agent", Role.PAYING_AGENT), ("Lead", Role.LEAD_MANAGER), ("Trustee", Role.TRUSTEE),
    ("Attester", Role.ATTESTER), ("Regulator", Role.REGULATOR), ("Bank", Role.BANK), ("C1", Role.CUSTODIAN),
    ("C2", Role.CUSTODIAN),
)  # fmt: skip
DIRECT = ("D1", "D2", "D3", "D4")
CLIENTS = ("K1", "K2", "K3", "K4")  # the first two in the book of C1, the others in that of C2, which stands in C1's
TRADERS = (*DIRECT, *CLIENTS, "Issuer")
MONTHLY = Terms(
    issue_date=ISSUED,
    maturity=date(2026, 6, 3),
    rate=Fraction(7, 100),
    frequency=12,
    day_count=DayCount.ACT_365_FIXED,
    business_day=BusinessDayConvention.MODIFIED_FOLLOWING,
    adjusted=True,
    calendars=("HK",),
    calculation_amount=LOT,
    minimum_denomination=LOT,
    denomination_multiple=LOT,
)
FIXINGS, SOURCES = "HIBOR 1M", ("Agent", "Bank", "CMU")
FLOATER = replace(
    MONTHLY,
    maturity=date(2026, 5, 3),
    rate=Fraction(0),
    floating=Floating(FIXINGS, Fraction(1, 100), days_back=0, centres=("HK",), index_days=365),
    repayment=Repayment(RepaymentKind.LINEAR),
)
BENCHMARK = "GOVERNMENT 1Y"
WINDOW = Exercise(date(2026, 3, 10), date(2026, 5, 20), Fraction(101, 100), least_notice=2, most_notice=25)
PARTS = (Part(date(2026, 3, 3), Fraction(1, 5)), Part(date(2026, 4, 3), Fraction(3, 10)))
SINKING = replace(  # it may be called in part and put on any day of some weeks, and made whole before
    MONTHLY,
    repayment=Repayment(RepaymentKind.SCHEDULE, Reduction.LOT, parts=PARTS),
    calls=(replace(WINDOW, partial=True),),
    puts=(replace(WINDOW, price=Fraction(99, 100)),),
    make_whole=MakeWhole(WINDOW.first, BENCHMARK, Fraction(1, 200), 2, 25),
)
OPTIONS = (
    ("by lot", SINKING),
    ("pro rata", replace(SINKING, repayment=Repayment(RepaymentKind.SCHEDULE, Reduction.NOMINAL, parts=PARTS))),
)
TAX_RATES = (TaxRate("treaty", "", Fraction(1, 10)), TaxRate("exempt", "", Fraction(0)))


MARKET_RULES = (
    Provision("power.defer_days", "20", "house rule"),
    Provision("settlement.buy_in_days", "1", "house rule"),
    Provision("settlement.buy_in_symmetric", "yes", "house rule"),
    Provision("penalty.appeal_day", "3", "house rule"),
    Provision("penalty.report_day", "4", "house rule"),
    Provision("penalty.payment_day", "6", "house rule"),
)


@dataclass
class Life:
    """A market and what chance makes of it.

    `late` says until when the issuer does not pay a bond. A `long` life goes on until claims are prescribed and
    personal data erased. In a `calm` one less happens a day; 1 is a busy one."""

    stage: Stage
    chance: Random
    long: bool = False
    calm: int = 2
    bonds: dict[str, AssetNumber] = field(default_factory=dict)
    late: dict[AssetNumber, date] = field(default_factory=dict)
    token: AssetNumber = NO_ASSET
    rtgs: AssetNumber = NO_ASSET
    deposit: AssetNumber = NO_ASSET
    references: int = 0

    @property
    def state(self) -> State:
        return self.stage.state

    @property
    def at(self) -> dict[str, AccountNumber]:
        return self.stage.at

    @property
    def today(self) -> date:
        return self.state.days.systems[SYSTEM].date

    def party(self, name: str) -> PartyNumber:
        return self.stage.parties[name]

    def likely(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def one_of(self, values: Sequence[Any]) -> Any:
        return self.chance.choice(values)

    def next_reference(self) -> str:
        self.references += 1
        return f"R{self.references}"

    def mint(self, name: str, amount: int) -> None:
        """New central bank money for an account, from the next block on."""
        if amount > 0:
            self.stage.send("HKMA", MintMoney(self.token, self.at[name], amount, "reserve"))


def found(seed: int, seal_every: int = 97) -> Life:
    """A market on its first morning, its bonds issued for the day after; its state sealed after so many blocks."""
    life = Life(open_stage(FIRST, seal_every), Random(seed))
    stage, life.calm = life.stage, life.chance.choice((1, 2, 2, 4))
    known = date(2026, 4, 1) + timedelta(days=life.chance.randrange(40))
    stage.does(OPERATOR, PublishCalendar(Calendar("HK", 1, date(2020, 1, 1), known, ())))
    stage.does(OPERATOR, OpenSystem("CMU", ("HK",), TABLE, FIRST))
    stage.until(FIRST, TABLE.opens)
    _everyone(life)
    _moneys(life)
    classes = (ClassDefinition(0, "professional", "status", "professional"),)
    publish(life, "market", 1, MARKET_RULES, classes)
    publish(life, "contractual", 1, (Provision("disclosure.regulator", "yes", "agency agreement"),))
    for name in (*DIRECT, *CLIENTS, "C1", "C2", "Issuer"):
        until = stage.state.time + life.chance.choice((60, 400, 400)) * DAY
        stage.does("Attester", Attest(life.party(name), "status", "professional", until))
    _first_issues(life)
    return life


def publish(
    life: Life, name: str, version: int, provisions: tuple[Provision, ...], classes: tuple[ClassDefinition, ...] = ()
) -> None:
    life.stage.does(OPERATOR, PublishRulebook(name, version, life.today, f"Rules of {name}", classes, provisions))


def _everyone(life: Life) -> None:
    stage = life.stage
    for name, *roles in PARTIES:
        stage.party(name, *roles)
    for name in (*DIRECT, *CLIENTS):
        stage.party(name, Role.INVESTOR, threshold=life.chance.choice((1, 1, 1, 2)))
    stage.account("C1", Purpose.OMNIBUS, label="omnibus 1")
    stage.account("C2", Purpose.OMNIBUS, life.at["omnibus 1"], "C1", label="omnibus 2")
    for name in CLIENTS:
        keeper, book = ("C1", "omnibus 1") if name in CLIENTS[:2] else ("C2", "omnibus 2")
        stage.account(name, tier=life.at[book], by=keeper)
    for name in (*DIRECT, "Issuer", "Guarantor", "Lead", "C1", "C2", "Bank"):
        stage.account(name)
    stage.account("Issuer", Purpose.ISSUER, label="issue")
    stage.account("CMU", Purpose.LODGED, label="lodged")


def _moneys(life: Life) -> None:
    """The central bank's RTGS, a token with its reserve there, and a bank's deposit token."""
    stage = life.stage
    made = (
        ("rtgs", "HKMA", MoneyKind.RTGS), ("token", "HKMA", MoneyKind.CENTRAL_BANK_TOKEN),
        ("deposit", "Bank", MoneyKind.DEPOSIT_TOKEN),
    )  # fmt: skip
    for label, issuer, kind in made:
        account = stage.account(issuer, Purpose.ISSUER, label=f"issue of {label}")
        reserve = (NO_ACCOUNT, NO_ASSET)
        if label == "token":
            reserve = (stage.account("HKMA", Purpose.RESERVE, label="reserve"), life.rtgs)
        code = f"HKD.{label}"
        stage.does(issuer, CreateMoney(code, code, "HKD", kind, SYSTEM, account, 1 << 50, *reserve))
        setattr(life, label, stage.state.codes[code])


def isin_of(number: int) -> str:
    body = f"HK{number:09}"
    return body + isin_check_digit(body)


def sheet(life: Life, name: str, **changes: Any) -> LodgeTerms:
    """A term sheet with which nothing is wrong."""
    made = LodgeTerms(
        isin_of(len(life.bonds) + 1), "", name, "HKD", SYSTEM, TitleLayer.NATIVE, MONTHLY, life.party("Issuer"),
        life.at["issue"], life.party("CMU"), life.party("Agent"), life.party("Lead"), life.party("Trustee"),
        life.party("Guarantor"), (life.party("CMU"),), (Document("term sheet", sha256(name.encode()).digest()),),
        Conditions(2, 1, 1), "statutory", "", 0,
    )  # fmt: skip
    return replace(made, **changes)


def lodge(life: Life, name: str, **changes: Any) -> AssetNumber:
    """A bond on the ledger, with paying accounts in tokens and, often, in the RTGS."""
    day = changes.get("terms", MONTHLY).issue_date
    if day < life.today:
        changes["terms"] = replace(MONTHLY, issue_date=life.today, maturity=add_months(life.today, 4))
    value = sheet(life, name, **changes)
    life.stage.does(life.one_of(("Lead", "CMU", OPERATOR)), value)
    base = life.bonds[name] = life.state.codes[value.isin]
    return base


def appoint(life: Life, base: AssetNumber) -> None:
    """The agent's accounts for a bond."""
    stage = life.stage
    paying = stage.account("Agent", Purpose.PAYING, label=f"paying {base}")
    suspense = stage.account("Agent", Purpose.SUSPENSE, label=f"suspense {base}")
    stage.does("Agent", AppointPayingAccount(base, life.token, paying, suspense))
    if life.state.issues.bonds[base].conditions.tax is not None:
        kept = stage.account("Agent", Purpose.TAX, label=f"tax {base}")
        stage.does("Agent", AppointTaxAccount(base, life.token, kept, life.at["Bank"]))
    elif life.likely(70):
        stage.does("Agent", AppointPayingAccount(base, life.rtgs, NO_ACCOUNT, NO_ACCOUNT))


def _first_issues(life: Life) -> None:
    chance = life.chance
    shared = Conditions(2, 1, 1, pro_rata=True, closure_pays_interest=life.likely(50))
    plain = lodge(life, "plain", conditions=shared if life.likely(50) else Conditions(2, 1, 1))
    issued = close(
        life, plain, {name: chance.randrange(1, 12) for name in (*DIRECT, *CLIENTS)}, all_or_none=life.likely(30)
    )
    note = lodge(
        life, "note", title=TitleLayer.BENEFICIAL, needs=1, profile="contractual",
        terms=replace(MONTHLY, maturity=date(2026, 5, 3), rate=Fraction(3, 100)),
    )  # fmt: skip
    life.stage.does("CMU", LodgeNote(note, "NOTE-1", life.at["lodged"], Document("note", bytes(32))))
    issued = issued and close(
        life, note, {name: chance.randrange(1, 6) for name in chance.sample((*DIRECT, *CLIENTS), 5)}
    )
    default = lodge(life, "default", conditions=shared)
    issued = issued and close(
        life, default, {name: chance.randrange(1, 6) for name in chance.sample((*DIRECT, *CLIENTS), 4)}
    )
    stage = life.stage
    stage.does(OPERATOR, DefineSeries(FIXINGS, tuple(life.party(name) for name in SOURCES), 2, 400))
    floater = lodge(life, "floater", terms=FLOATER, conditions=shared if life.likely(50) else Conditions(2, 1, 1))
    issued = issued and close(
        life, floater, {name: chance.randrange(1, 6) for name in chance.sample((*DIRECT, *CLIENTS), 4)}
    )
    options = [lodge(life, name, terms=terms, conditions=shared) for name, terms in OPTIONS]
    for base in options:
        shares = {name: chance.randrange(2, 9) for name in chance.sample((*DIRECT, *CLIENTS), 6)}
        issued = issued and close(life, base, shares)
    for name in (BENCHMARK, *(DRAWINGS + life.state.issues.bonds[base].isin for base in options)):
        stage.does("CMU", DefineSeries(name, tuple(life.party(source) for source in SOURCES), 2, 400))
    agent, authority = life.party("Agent"), life.party("Bank")
    regime = TaxRegime("XX", Fraction(1, 5), agent, authority, "tax", TAX_RATES, life.likely(30), 15, 1)
    taxed = lodge(life, "taxed", conditions=replace(shared, tax=regime))
    issued = issued and close(life, taxed, {name: chance.randrange(2, 6) for name in (*DIRECT, *CLIENTS, "C1")})
    if not issued:
        raise Unsound("a bond could not be issued on the first day")
    life.late[default] = date(2026, 3, 12) + timedelta(days=chance.randrange(40))
    for base in (plain, note, default, floater, *options, taxed):
        appoint(life, base)


def close(
    life: Life, base: AssetNumber, shares: dict[str, int], price: Fraction = Fraction(100), *, all_or_none: bool = False
) -> bool:
    """A whole closing: everyone signs, the lead manager releases. Some investors pay by RTGS, some not at all yet.
    False where someone may not sign, or may not hold."""
    stage, nominal = life.stage, sum(shares.values()) * LOT
    proceeds = [(life.token, life.at["Issuer"])]
    if not all_or_none:
        proceeds.append((life.rtgs, NO_ACCOUNT))
    bond = life.state.issues.bonds[base]
    signed = stage.tries("Issuer", AuthoriseIssue(base, nominal, price, tuple(proceeds), all_or_none))
    signed = signed and stage.tries("CMU", ConfirmAmount(base, nominal))
    signed = signed and all(stage.tries(stage.name_of(agent), AcceptAgency(base)) for agent in bond.agents)
    if not signed:
        return False
    allotments = tuple(
        allotment(life, base, name, lots * LOT, rtgs=not all_or_none and life.likely(25))
        for name, lots in shares.items()
    )
    if not stage.tries("Lead", Allot(base, allotments)):
        return False
    for number, (name, each) in enumerate(zip(shares, allotments, strict=True), 1):
        if all_or_none or life.likely(90):
            stage.send(name, AcceptAllotment(base, number))
        if each.cash_account and (all_or_none or life.likely(80)):
            life.mint(name, each.amount)
    return stage.tries("Lead", ReleaseIssue(base))


def allotment(life: Life, base: AssetNumber, name: str, nominal: int, *, rtgs: bool) -> Allotment:
    """What a share of the closing under way costs, and how it is paid."""
    bond = life.state.issues.bonds[base]
    closing = bond.closings[-1]
    amount = cost(closing.price, worth_of(life.state, bond, closing.settlement_date), nominal)
    money, cash = (life.rtgs, NO_ACCOUNT) if rtgs else (life.token, life.at[name])
    return Allotment(life.at[name], nominal, money, amount, cash)
