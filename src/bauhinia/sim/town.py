"""A market to work on: an operator, a central bank's money, a bond issued by its closing, and dealers who trade it.

Everything is sent as a party would send it, signed, in told time. The blocks are kept, so that a journal can be made of
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from nacl.signing import SigningKey

from bauhinia.bond.calendar import BusinessDayConvention, Calendar
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.terms import Terms
from bauhinia.ledger.assets import MoneyKind, TitleLayer
from bauhinia.ledger.bonds import Allotment, Conditions, Document
from bauhinia.ledger.days import Timetable
from bauhinia.ledger.instructions import CumEx, Payment, Side
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.state import State
from bauhinia.machine.block import Applied, Block, apply_block
from bauhinia.machine.genesis import Genesis, begin
from bauhinia.node.keys import NamedKey, Signer, play_key
from bauhinia.node.verify import entry
from bauhinia.rules.allotment import AcceptAllotment, Allot, ReleaseIssue
from bauhinia.rules.closing import AcceptAgency, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.issue import LodgeTerms
from bauhinia.rules.market import OpenSystem, PublishCalendar, SetTime
from bauhinia.rules.money import CreateMoney, MintMoney
from bauhinia.rules.onboarding import OpenAccount, RegisterParty
from bauhinia.words.dates import DAY, micros_at
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, AssetNumber, PartyNumber, SystemNumber
from bauhinia.words.reasons import Reason

HKT = 480
FIRST = date(2026, 2, 2)
PERSONS = ("maker", "checker")
AUTHORISED = 1 << 60
CENTRAL_BANK, ISSUER, REGISTRAR, AGENT, MANAGER = 2, 3, 4, 5, 6
ISIN = "HK0000000007"
UNIT = 100
COMMANDS_AT_ONCE = 200


@dataclass(slots=True)
class Town:
    """A market in memory, on its first business day. `accounts` belong to dealer 0, 1, 2 … in turn."""

    genesis: Genesis
    state: State
    nonces: dict[int, int] = field(default_factory=dict)
    signers: dict[int, Signer] = field(default_factory=dict)
    dealers: list[PartyNumber] = field(default_factory=list)
    accounts: list[AccountNumber] = field(default_factory=list)
    money: AssetNumber = NO_ASSET
    bond: AssetNumber = NO_ASSET
    issuer_account: AccountNumber = NO_ACCOUNT
    proceeds: AccountNumber = NO_ACCOUNT
    blocks: list[list[bytes]] = field(default_factory=list)

    def sign(self, party: int, values: Sequence[Any]) -> bytes:
        """The envelope of commands with the party's next nonce."""
        nonce = self.nonces[party] = self.nonces.get(party, 0) + 1
        return self.signers[party].sign(self.state.settings.ledger, nonce, self.state.time + DAY, values)

    def send(self, party: int, values: Sequence[Any]) -> Applied:
        """Commands in a block of their own. ValueError where one of them is refused."""
        applied = self.block([self.sign(party, values)])
        for outcome in applied.outcomes:
            if outcome.code:
                raise ValueError(f"{Reason(outcome.code).name} {outcome.parts}")
        return applied

    def block(self, raws: Iterable[bytes]) -> Applied:
        raws = list(raws)
        self.blocks.append(raws)
        entries = [entry(raw, 0) for raw in raws]
        return apply_block(self.state, Block(self.state.height + 1, self.state.time, entries), watched=False)

    def trade(self, seller: int, buyer: int, nominal: int, amount: int, reference: str) -> tuple[bytes, bytes]:
        """Both sides' signed instructions of one trade, settling today: accounts by their place in `accounts`."""
        return (
            self.sign(*self.order(Side.DELIVER, seller, buyer, nominal, amount, reference)),
            self.sign(*self.order(Side.RECEIVE, buyer, seller, nominal, amount, reference)),
        )

    def order(
        self, side: Side, own: int, other: int, nominal: int, amount: int, reference: str
    ) -> tuple[PartyNumber, tuple[Instruct, ...]]:
        """One side's party and instruction."""
        party, counterparty = (self.dealers[each % len(self.dealers)] for each in (own, other))
        account, today = self.accounts[own], self.state.days.systems[SystemNumber(1)].date
        instruct = Instruct(
            f"{side.name[0]}{reference}",
            side,
            Payment.AGAINST,
            self.bond,
            nominal,
            account,
            counterparty,
            today,
            today,
            self.money,
            amount,
            account,
            reference,
            CumEx.UNSAID,
            False,
            4,
        )
        return party, (instruct,)


def keys_of(name: str) -> tuple[NamedKey, ...]:
    return tuple(play_key(name, person) for person in PERSONS)


def signer(party: int, name: str) -> Signer:
    return Signer(PartyNumber(party), [named.key for named in keys_of(name)])


def lone_signer(party: int, key: SigningKey) -> Signer:
    return Signer(PartyNumber(party), [key])


def found_town(dealers: int, accounts: int, nominal: int = 0, cash: int = 0) -> Town:
    """A market with so many dealers and accounts, each account holding `nominal` of the bond and `cash`."""
    keys = tuple(key.public for key in keys_of("operator"))
    genesis = Genesis("town", "operator", keys, 1, bytes(range(32)), micros_at(FIRST, 0, HKT), True, 0)
    town = Town(genesis, begin(genesis))
    town.signers[1] = signer(1, "operator")
    calendar = Calendar("HK", 1, date(2020, 1, 1), date(2030, 12, 31), ())
    table = Timetable(HKT, 9 * 60, 16 * 60, 17 * 60, 18 * 60)
    town.send(1, [PublishCalendar(calendar), OpenSystem("CMU", ("HK",), table, FIRST)])
    names = [("central bank", Role.CENTRAL_BANK), ("issuer", Role.ISSUER), ("registrar", Role.REGISTRAR)]
    names += [("paying agent", Role.PAYING_AGENT), ("lead manager", Role.LEAD_MANAGER)]
    names += [(f"dealer {number}", Role.DEALER) for number in range(dealers)]
    for at in range(0, len(names), COMMANDS_AT_ONCE):
        town.send(1, [register(name, role) for name, role in names[at : at + COMMANDS_AT_ONCE]])
    for number, (name, _) in enumerate(names, 2):
        key = keys_of(name)
        town.signers[number] = lone_signer(number, key[0].key) if number > MANAGER else signer(number, name)
    town.dealers = [PartyNumber(MANAGER + 1 + number) for number in range(dealers)]
    issuer = PartyNumber(ISSUER)
    town.send(1, [opened(PartyNumber(CENTRAL_BANK), Purpose.ISSUER), opened(issuer, Purpose.ISSUER)])
    town.send(1, [opened(issuer, Purpose.OWN)])
    create = CreateMoney(
        "HKD.T", "HKD token", "HKD", MoneyKind.CENTRAL_BANK_TOKEN, SystemNumber(1), AccountNumber(1), AUTHORISED,
        NO_ACCOUNT, NO_ASSET,
    )  # fmt: skip
    town.send(CENTRAL_BANK, [create])
    town.money, town.issuer_account, town.proceeds = town.state.codes["HKD.T"], AccountNumber(2), AccountNumber(3)
    _open_accounts(town, accounts)
    if nominal:
        _issue(town, nominal)
    if cash:
        _mint(town, cash)
    town.send(1, [SetTime(town.state.days.agenda[0][0])])
    return town


def register(name: str, role: Role) -> RegisterParty:
    return RegisterParty(name, "", "HK", (role,), tuple(key.public for key in keys_of(name)), 1, b"")


def opened(holder: PartyNumber, purpose: Purpose) -> OpenAccount:
    return OpenAccount(holder, purpose, purpose.name, NO_ACCOUNT, NO_ACCOUNT)


def _open_accounts(town: Town, accounts: int) -> None:
    first = len(town.state.accounts) + 1
    for at in range(0, accounts, COMMANDS_AT_ONCE):
        holders = [
            town.dealers[number % len(town.dealers)] for number in range(at, min(at + COMMANDS_AT_ONCE, accounts))
        ]
        town.send(1, [opened(holder, Purpose.OWN) for holder in holders])
    town.accounts = [AccountNumber(number) for number in range(first, first + accounts)]


def _mint(town: Town, cash: int) -> None:
    mints = [MintMoney(town.money, account, cash, "reserve") for account in town.accounts]
    for at in range(0, len(mints), COMMANDS_AT_ONCE):
        town.send(CENTRAL_BANK, mints[at : at + COMMANDS_AT_ONCE])


def term_sheet(town: Town) -> LodgeTerms:
    """A two-year bond at 2.5%, paid half-yearly, from the town's first day on."""
    terms = Terms(
        issue_date=FIRST,
        maturity=date(2028, 2, 2),
        rate=Fraction(1, 40),
        frequency=2,
        day_count=DayCount.ACT_365_FIXED,
        business_day=BusinessDayConvention.MODIFIED_FOLLOWING,
        adjusted=True,
        calendars=("HK",),
        calculation_amount=UNIT,
        minimum_denomination=UNIT,
        denomination_multiple=UNIT,
    )
    nobody = PartyNumber(0)
    return LodgeTerms(
        ISIN, "", "A bond", "HKD", SystemNumber(1), TitleLayer.NATIVE, terms, PartyNumber(ISSUER), town.issuer_account,
        PartyNumber(REGISTRAR), PartyNumber(AGENT), PartyNumber(MANAGER), nobody, nobody, (),
        (Document("term sheet", bytes(32)),), Conditions(), "contractual", "", 0,
    )  # fmt: skip


def _issue(town: Town, nominal: int) -> None:
    """The closing, each of its parties signing; every account is allotted the same and pays par."""
    town.send(1, [term_sheet(town)])
    bond = town.bond = town.state.codes[ISIN]
    allotments = tuple(Allotment(account, nominal, town.money, nominal, account) for account in town.accounts)
    total = nominal * len(allotments)
    _mint(town, nominal)
    town.send(ISSUER, [AuthoriseIssue(bond, total, Fraction(100), ((town.money, town.proceeds),), False)])
    town.send(REGISTRAR, [ConfirmAmount(bond, total)])
    town.send(AGENT, [AcceptAgency(bond)])
    town.send(MANAGER, [Allot(bond, allotments)])
    for place, dealer in enumerate(town.dealers):
        mine = range(place, len(allotments), len(town.dealers))
        town.send(dealer, [AcceptAllotment(bond, number + 1) for number in mine])
    town.send(MANAGER, [ReleaseIssue(bond)])
