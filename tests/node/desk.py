"""A market for tests that runs: real signatures, a journal, receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from bauhinia.ledger.parties import Role
from bauhinia.ledger.state import State
from bauhinia.machine.genesis import Genesis
from bauhinia.node.keys import Signer, play_key
from bauhinia.node.market import Market, Options, Receipt, wall_clock
from bauhinia.rules.market import OpenSystem, PublishCalendar, SetTime
from bauhinia.rules.onboarding import RegisterParty
from bauhinia.words.dates import DAY, micros_at
from bauhinia.words.ids import Micros, PartyNumber
from bauhinia.words.reasons import Reason
from tests.support import HKT, TABLE, calendar

START = date(2026, 2, 2)
BEGAN = micros_at(START, 0, HKT)
PERSONS = ("maker", "checker")


def play_keys(name: str) -> list[SigningKey]:
    return [play_key(name, person).key for person in PERSONS]


def genesis(*, told: bool = True, seal_every: int = 0, time: Micros = BEGAN) -> Genesis:
    keys = tuple(play_key("operator", person).public for person in PERSONS)
    return Genesis("desk", "operator", keys, 1, bytes(range(32)), time, told, seal_every)


def registration(name: str, *roles: Role) -> RegisterParty:
    keys = tuple(play_key(name, person).public for person in PERSONS)
    return RegisterParty(name, "", "HK", roles or (Role.INVESTOR,), keys, 1, b"")


def known(state: State) -> list[tuple[PartyNumber, str, int]]:
    """Each party's number, name and highest nonce."""
    tops = {party: nonces.top for party, nonces in state.nonces.items()}
    return [(number, party.name, tops.get(number, 0)) for number, party in state.parties.items()]


@dataclass
class Desk:
    """Whoever may sign, at a running market."""

    market: Market
    signers: dict[str, Signer] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)

    @classmethod
    def at(cls, path: Path | str, *, told: bool = True, seal_every: int = 0, **options: Any) -> Desk:
        """A market opened where it is, or begun. No worker processes, and told time, unless said."""
        market = Market.open(path, genesis(told=told, seal_every=seal_every), Options(**{"processes": 0, **options}))
        desk = cls(market, {"operator": Signer(PartyNumber(1), play_keys("operator"))})
        for party, name, top in market.read(known):
            desk.signers[name] = Signer(party, play_keys(name))
            desk.nonces[name] = top
        return desk

    def envelope(self, who: str, *values: Any) -> bytes:
        self.nonces[who] = self.nonces.get(who, 0) + 1
        told, time = self.market.read(lambda state: (state.settings.told_time, state.time))
        until = (time if told else wall_clock()) + DAY // 2
        return self.signers[who].sign(self.market.ledger, self.nonces[who], until, values)

    def sends(self, who: str, *values: Any) -> Receipt:
        return self.market.submit(self.envelope(who, *values)).result(30)

    def does(self, who: str, *values: Any) -> Receipt:
        receipt = self.sends(who, *values)
        for outcome in receipt.outcomes:
            assert outcome.code == 0, (Reason(outcome.code).name, outcome.parts)
        return receipt

    def party(self, name: str, *roles: Role) -> PartyNumber:
        self.does("operator", registration(name, *roles))
        number = self.market.read(lambda state: PartyNumber(len(state.parties)))
        self.signers[name] = Signer(number, play_keys(name))
        return number

    def opens(self) -> None:
        """A calendar, a system, and its first morning."""
        self.does("operator", PublishCalendar(calendar()))
        self.does("operator", OpenSystem("CMU", ("HK",), TABLE, START))
        self.does("operator", SetTime(micros_at(START, TABLE.opens, HKT)))

    def close(self) -> None:
        self.market.close()
