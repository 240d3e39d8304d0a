"""A market with everyone whom an issue needs, and the steps of a closing in one call each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any

from bauhinia.bond.calendar import BusinessDayConvention, Calendar
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.terms import Terms
from bauhinia.ledger.assets import MoneyKind, TitleLayer
from bauhinia.ledger.bonds import Allotment, Bond, Conditions, Document
from bauhinia.ledger.invariants import broken, outstanding
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.allotment import AcceptAllotment, Allot, ReleaseIssue
from bauhinia.rules.closing import AcceptAgency, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.issue import LodgeTerms
from bauhinia.rules.note import LodgeNote
from bauhinia.words.ids import NO_ACCOUNT, NO_PARTY, AccountNumber, AssetNumber, SystemNumber
from tests.support import START, Told, market, replay

NEXT = START + timedelta(days=1)
ISINS = ("HK0000000015", "HK0000000023", "HK0000000031", "HK0000000049", "HK0000000056")
TERMS = Terms(
    issue_date=NEXT,
    maturity=date(2027, 2, 3),
    rate=Fraction(4, 100),
    frequency=2,
    day_count=DayCount.ACT_365_FIXED,
    business_day=BusinessDayConvention.MODIFIED_FOLLOWING,
    adjusted=True,
    calendars=("HK",),
    calculation_amount=100,
    minimum_denomination=1_000,
    denomination_multiple=100,
)
PARTIES = (
    ("HKMA", Role.CENTRAL_BANK),
    ("CMU", Role.CSD, Role.REGISTRAR),
    ("Government", Role.ISSUER),
    ("Agent", Role.PAYING_AGENT),
    ("Lead", Role.LEAD_MANAGER),
    ("Trustee", Role.TRUSTEE),
    ("Custodian", Role.CUSTODIAN),
    ("A", Role.INVESTOR),
    ("B", Role.INVESTOR),
    ("Client", Role.INVESTOR),
)


def document(name: str) -> Document:
    return Document(name, sha256(name.encode()).digest())


@dataclass
class Deal:
    """A told market, its accounts by name, and its two moneys: tokens and RTGS of one currency."""

    told: Told
    currency: str
    at: dict[str, AccountNumber] = field(default_factory=dict)
    token: AssetNumber = AssetNumber(0)
    rtgs: AssetNumber = AssetNumber(0)

    def sheet(self, **changes: Any) -> LodgeTerms:
        """A term sheet with which nothing is wrong."""
        number = self.told.parties
        sheet = LodgeTerms(
            ISINS[0],
            "",
            "Government 4% 2027",
            self.currency,
            SystemNumber(1),
            TitleLayer.NATIVE,
            TERMS,
            number["Government"],
            self.at["issuer"],
            number["CMU"],
            number["Agent"],
            number["Lead"],
            number["Trustee"],
            NO_PARTY,
            (number["CMU"],),
            (document("term sheet"), document("fiscal agency agreement")),
            Conditions(),
            "contractual",
            "",
            0,
        )
        return replace(sheet, **changes)

    def lodge(self, **changes: Any) -> AssetNumber:
        sheet = self.sheet(**changes)
        self.told.does("Lead", sheet)
        return self.told.state.codes[sheet.isin]

    def note_of(self, asset: AssetNumber, **changes: Any) -> LodgeNote:
        """The depository's lodging of a note with which nothing is wrong."""
        return replace(LodgeNote(asset, "NOTE-1", self.at["lodged"], document("global note")), **changes)

    def bond(self, asset: AssetNumber) -> Bond:
        return self.told.state.issues.bonds[asset]

    def sign(
        self, asset: AssetNumber, nominal: int, price: Fraction = Fraction(100), *, all_or_none: bool = False
    ) -> None:
        """Issuer, registrar and agents sign; investors may pay in tokens, and by RTGS unless it is all or none."""
        proceeds = [(self.token, self.at["Government"])]
        if not all_or_none:
            proceeds.append((self.rtgs, NO_ACCOUNT))
        told = self.told
        told.does("Government", AuthoriseIssue(asset, nominal, price, tuple(proceeds), all_or_none))
        told.does("CMU", ConfirmAmount(asset, nominal), AcceptAgency(asset))
        told.does("Agent", AcceptAgency(asset))
        told.does("Trustee", AcceptAgency(asset))

    def allotment(self, who: str, nominal: int, amount: int, *, rtgs: bool = False) -> Allotment:
        """To an account by name; paid out of the same account, the Custodian's for its client, or by RTGS."""
        cash = NO_ACCOUNT if rtgs else self.at["Custodian" if who == "Client" else who]
        return Allotment(self.at[who], nominal, self.rtgs if rtgs else self.token, amount, cash)

    def allot(self, asset: AssetNumber, *allotments: Allotment) -> list[Any]:
        return self.told.does("Lead", Allot(asset, allotments))

    def accept(self, asset: AssetNumber, number: int, who: str) -> list[Any]:
        return self.told.does(who, AcceptAllotment(asset, number))

    def release(self, asset: AssetNumber) -> list[Any]:
        return self.told.does("Lead", ReleaseIssue(asset))

    def issue(self, asset: AssetNumber, nominal: int, *shares: tuple[str, int]) -> None:
        """A whole closing at par, in tokens minted for it."""
        self.sign(asset, nominal)
        made = [self.allotment(who, part, part) for who, part in shares]
        self.allot(asset, *made)
        for number, (who, part) in enumerate(shares, 1):
            payer = "Custodian" if who == "Client" else who
            self.fund(payer, part)
            if payer != "Lead":
                self.accept(asset, number, payer)
        self.release(asset)

    def serve(self, asset: AssetNumber, amount: int) -> None:
        """The paying agent's accounts for a bond, and what the issuer pays in for its next payment."""
        told = self.told
        paying, suspense = told.account("Agent", Purpose.PAYING), told.account("Agent", Purpose.SUSPENSE)
        told.does("Agent", AppointPayingAccount(asset, self.token, paying, suspense))
        self.fund("Government", amount)
        action = told.state.servicing.of[asset][0]
        told.does("Government", Fund(action, self.token, self.at["Government"], amount))

    def fund(self, who: str, amount: int) -> None:
        self.told.mint("HKMA", self.token, self.at[who], amount)

    def held(self, who: str, asset: AssetNumber) -> int:
        return self.told.balance(self.at[who], asset)

    def check(self) -> None:
        """What holds at the end of every story: each asset sums to zero and stays within what is authorised, each
        backing equals what it backs, each bond adds up, a snapshot comes back as it was, a replay gives the same."""
        state = self.told.state
        assert broken(state) == []
        for number, bond in state.issues.bonds.items():
            assert bond.issued - bond.redeemed - bond.cancelled == outstanding(state, state.assets[number])
        data = write_snapshot(state)
        assert write_snapshot(read_snapshot(data)) == data
        assert write_snapshot(replay(self.told)) == data


def deal(first: date = START, currency: str = "HKD", *calendars: Calendar) -> Deal:
    """Everyone is there: an issuer, its agents, a custodian with a client, two investors; tokens and an RTGS."""
    told = market(first, *calendars)
    for name, *roles in PARTIES:
        told.party(name, *roles)
    made = Deal(told, currency)
    made.at["issuer"] = told.account("Government", Purpose.ISSUER)
    made.at["omnibus"] = told.account("Custodian", Purpose.OMNIBUS)
    made.at["Client"] = told.account("Client", tier=made.at["omnibus"], by="Custodian")
    made.at["lodged"] = told.account("CMU", Purpose.LODGED)
    for name in ("Government", "Lead", "Custodian", "A", "B"):
        made.at[name] = told.account(name)
    made.token = told.money("HKMA", f"{currency}.T", currency, MoneyKind.CENTRAL_BANK_TOKEN)
    made.rtgs = told.money("HKMA", f"{currency}.RTGS", currency, MoneyKind.RTGS)
    return made
