"""A market for tests: told time, parties by name, commands applied in blocks without signatures to check."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from bauhinia.bond.calendar import Calendar
from bauhinia.ledger.assets import Asset, AssetKind, MoneyKind
from bauhinia.ledger.bonds import Bond, Conditions
from bauhinia.ledger.days import Timetable
from bauhinia.ledger.instructions import CumEx, Payment, Side, TransactionKind
from bauhinia.ledger.parties import Key, Purpose, Role
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.machine import commands, snapshot
from bauhinia.machine.block import Applied, Block, Entry, apply_block
from bauhinia.machine.genesis import Genesis, begin
from bauhinia.machine.steps import Outcome, Run, evolve
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.market import OpenSystem, PublishCalendar, SetTime
from bauhinia.rules.money import CreateMoney, MintMoney
from bauhinia.rules.onboarding import OpenAccount, RegisterParty
from bauhinia.rules.settlement import settle_now
from bauhinia.rules.step import Step
from bauhinia.words.codec import encode
from bauhinia.words.dates import DAY, micros_at
from bauhinia.words.frame import Envelope, pack_body
from bauhinia.words.ids import EVERYONE, NO_PARTY, AccountNumber, AssetNumber, PartyNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.bond.samples import BOND_I

HKT = 480
TABLE = Timetable(HKT, 9 * 60, 16 * 60, 17 * 60, 18 * 60)
START = date(2026, 2, 2)
PERSONS = ("maker", "checker")


def keys_of(name: str) -> tuple[Key, ...]:
    return tuple(Key(sha256(f"{name}/{person}".encode()).digest(), person) for person in PERSONS)


@dataclass
class Told:
    """A market whose time the test tells. Every block is kept, so that it can be replayed."""

    state: State
    genesis: Genesis
    blocks: list[Block] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    parties: dict[str, PartyNumber] = field(default_factory=dict)
    nonces: dict[int, int] = field(default_factory=dict)

    def block(self, *entries: Entry) -> list[Outcome]:
        block = Block(self.state.height + 1, self.state.time, entries)
        self.blocks.append(block)
        self.applied.append(apply_block(self.state, block))
        return self.applied[-1].outcomes

    def send(self, who: str, *values: Any, persons: tuple[str, ...] = PERSONS) -> list[Outcome]:
        """The outcomes of a block with one envelope of `who`, signed by both its persons unless said."""
        return self.block(self.entry(who, *values, persons=persons))

    def entry(self, who: str, *values: Any, persons: tuple[str, ...] = PERSONS) -> Entry:
        party = self.parties[who]
        nonce = self.nonces[party] = self.nonces.get(party, 0) + 1
        body = pack_body((commands.BY_KIND[type(value)].tag, encode(value)) for value in values)
        signatures = [(key.public, bytes(64)) for key in keys_of(who) if key.person in persons]
        envelope = Envelope(self.state.settings.ledger, party, nonce, self.state.time + DAY, signatures, body, b"")
        return Entry(body + nonce.to_bytes(8, "big"), envelope)

    def does(self, who: str, *values: Any) -> list[Any]:
        """The events of commands that must be accepted."""
        outcomes = self.send(who, *values)
        for outcome in outcomes:
            assert outcome.code == 0, (Reason(outcome.code).name, outcome.parts)
        return [event for outcome in outcomes for event in outcome.events]

    def refused(self, who: str, value: Any, persons: tuple[str, ...] = PERSONS) -> tuple[Reason, tuple[object, ...]]:
        """Why a command is refused; the state but for its nonce, height and hash stays as it was."""
        before = self.fingerprint()
        outcome = self.send(who, value, persons=persons)[0]
        assert outcome.code, f"{type(value).__name__} was accepted"
        assert self.fingerprint() == before, "a refusal changed something"
        return Reason(outcome.code), outcome.parts

    def fingerprint(self) -> bytes:
        state = self.state
        kept = state.nonces, state.height, state.previous
        state.nonces, state.height, state.previous = {}, 0, bytes(32)
        try:
            return snapshot.state_root(state)
        finally:
            state.nonces, state.height, state.previous = kept

    def until(self, day: date, minute: int = 10 * 60) -> list[Any]:
        """Tell the time until a local moment, every duty on the way at its own; the events on the way."""
        target, events = micros_at(day, minute, HKT), []
        while True:
            days = self.state.days
            while days.paged:
                events += [event for outcome in self.block() for event in outcome.events]
            due = days.agenda[0][0] if days.agenda else target
            moment = max(min(due, target), self.state.time)
            events += self.does("operator", SetTime(moment))
            if moment == target and not days.paged and (not days.agenda or days.agenda[0][0] > target):
                return events

    def party(self, name: str, *roles: Role) -> PartyNumber:
        self.does("operator", RegisterParty(name, "", "HK", roles, keys_of(name), 1, b""))
        self.parties[name] = PartyNumber(len(self.state.parties))
        return self.parties[name]

    def account(
        self, name: str, purpose: Purpose = Purpose.OWN, tier: int = 0, by: str = "operator", cash: int = 0
    ) -> AccountNumber:
        holder = self.parties[name]
        self.does(by, OpenAccount(holder, purpose, f"{name} {purpose.name}", AccountNumber(tier), AccountNumber(cash)))
        return AccountNumber(len(self.state.accounts))

    def money(
        self, issuer: str, code: str, currency: str, kind: MoneyKind, reserve: tuple[int, int] = (0, 0)
    ) -> AssetNumber:
        account = self.account(issuer, Purpose.ISSUER)
        self.does(
            issuer,
            CreateMoney(
                code,
                code,
                currency,
                kind,
                SystemNumber(1),
                account,
                10**15,
                AccountNumber(reserve[0]),
                AssetNumber(reserve[1]),
            ),
        )
        return self.state.codes[code]

    def mint(self, issuer: str, money: int, account: int, amount: int) -> None:
        self.does(issuer, MintMoney(AssetNumber(money), AccountNumber(account), amount, "reserve"))

    def balance(self, account: int, asset: int) -> int:
        return self.state.positions.balance(AccountNumber(account), AssetNumber(asset))


def calendar(centre: str = "HK", known_through: date = date(2027, 12, 31), *holidays: date) -> Calendar:
    return Calendar(centre, 1, date(2020, 1, 1), known_through, holidays)


def market(first: date = START, *calendars: Calendar) -> Told:
    """A told market with an operator and one system, open at ten on its first day."""
    genesis = Genesis("test", "operator", keys_of("operator"), 1, bytes(range(32)), micros_at(first, 0, HKT), True, 0)
    told = Told(begin(genesis), genesis, parties={"operator": PartyNumber(1)})
    for each in calendars or (calendar(),):
        told.does("operator", PublishCalendar(each))
    told.does("operator", OpenSystem("CMU", ("HK",), TABLE, first))
    told.until(first)
    return told


def trade(
    side: Side,
    bond: int,
    quantity: int,
    account: int,
    counterparty: int,
    day: date,
    money: int = 0,
    amount: int = 0,
    cash: int = 0,
    reference: str = "R1",
    **more: Any,
) -> Instruct:
    """One side's instruction, against payment where money is given."""
    fields: dict[str, Any] = {
        "common_reference": "",
        "cum_ex": CumEx.UNSAID,
        "hold": False,
        "priority": 4,
        "trade_date": day,
        **more,
    }
    return Instruct(
        reference=reference,
        side=side,
        payment=Payment.AGAINST if money else Payment.FREE,
        asset=AssetNumber(bond),
        quantity=quantity,
        account=AccountNumber(account),
        counterparty=PartyNumber(counterparty),
        settlement_date=day,
        money=AssetNumber(money),
        amount=amount,
        cash_account=AccountNumber(cash),
        **fields,
    )


def replay(told: Told) -> State:
    """The same blocks on a fresh state; every header must come out the same."""
    state = begin(told.genesis)
    for block, applied in zip(told.blocks, told.applied, strict=True):
        assert apply_block(state, block, watched=False).header == applied.header
    return state


def issued(
    told: Told, issuer: str, *holders: tuple[int, int], rulebook: str = "", registrar: str = "operator"
) -> AssetNumber:
    """A bond of the market's system, issued to accounts by a settlement of its own but without its commands: how bonds
    come to be is another story. Whoever replays such a market starts from a `Seed`."""
    account = told.account(issuer, Purpose.ISSUER)
    number = AssetNumber(len(told.state.assets) + 1)
    told.state.assets[number] = Asset(
        number, AssetKind.BOND, f"HK{number:010}", "A bond", "HKD", 2, told.parties[issuer], account, 10**12, 100, 100,
        told.parties[registrar], SystemNumber(1), rulebook=rulebook, base=number,
    )  # fmt: skip
    told.state.codes[told.state.assets[number].code] = number
    legs = [Leg(number, account, AccountNumber(holder), amount) for holder, amount in holders]
    if legs:
        settle_now(Step(told.state, told.state.time, evolve), TransactionKind.ISSUE, legs, START)
        Run(told.state, watched=False).drain(told.state.time)
    return number


def described(told: Told, asset: AssetNumber, profile: str, units: int, **agents: PartyNumber) -> Bond:
    """The bond behind an asset of `issued`: its profile, its agents, and how much its record says is issued of it."""
    found = told.state.assets[asset]
    named = {"paying_agent": NO_PARTY, "lead_manager": NO_PARTY, "trustee": NO_PARTY, **agents}
    bond = told.state.issues.bonds[asset] = Bond(
        asset, found.code, "", BOND_I, found.issuer, found.registrar, named["paying_agent"], named["lead_manager"],
        named["trustee"], (), (), Conditions(), profile, issued=units,
    )  # fmt: skip
    return bond


@dataclass
class Seed:
    """A market at a moment, from which its later blocks are replayed: on a copy of its state as its snapshot has it."""

    told: Told
    snapshot: bytes = b""
    blocks: int = 0

    def __post_init__(self) -> None:
        self.snapshot, self.blocks = snapshot.write_snapshot(self.told.state), len(self.told.blocks)

    def replay(self) -> State:
        """Every later header must come out the same, and so must the state."""
        state = snapshot.read_snapshot(self.snapshot)
        assert snapshot.write_snapshot(state) == self.snapshot
        later = zip(self.told.blocks[self.blocks :], self.told.applied[self.blocks :], strict=True)
        for block, applied in later:
            assert apply_block(state, block, watched=False).header == applied.header
        assert snapshot.write_snapshot(state) == snapshot.write_snapshot(self.told.state)
        return state


def seen(told: Told, who: str) -> list[Any]:
    """The events that a party may see, the operators' privilege apart."""
    return [
        event
        for applied in told.applied
        for outcome in applied.outcomes
        for event, audience in zip(outcome.events, outcome.audiences, strict=True)
        if told.parties[who] in audience or EVERYONE in audience
    ]
