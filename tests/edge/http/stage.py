"""A market that runs behind its door: real signatures, a journal, views that follow, and clients of every role."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from nacl.signing import SigningKey
from starlette.applications import Starlette

from bauhinia.edge.http.app import make_app
from bauhinia.edge.http.limits import Limits
from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.machine.block import Entry
from bauhinia.machine.genesis import Genesis
from bauhinia.machine.steps import Outcome
from bauhinia.node.keys import Signer, play_key
from bauhinia.node.market import Market, Options, wall_clock
from bauhinia.rules.instructing import Instruct
from bauhinia.rules.market import OpenSystem, PublishCalendar
from bauhinia.rules.onboarding import RegisterParty
from bauhinia.wire.client import Client
from bauhinia.wire.floor import Floor
from bauhinia.wire.local import LocalDesk
from bauhinia.words.dates import micros_at
from bauhinia.words.ids import NO_ASSET, AccountNumber, AssetNumber, Micros, PartyNumber
from tests.rules.deal import ISINS, NEXT, PARTIES, Deal
from tests.support import HKT, PERSONS, START, TABLE, Told, calendar, trade

BEGAN = micros_at(START, 0, HKT)
ISIN = ISINS[0]


def keys_of(name: str) -> list[SigningKey]:
    return [play_key(name, person).key for person in PERSONS]


def genesis(*, told: bool = True) -> Genesis:
    keys = tuple(play_key("operator", person).public for person in PERSONS)
    return Genesis("stage", "operator", keys, 1, bytes(range(32)), BEGAN, told, 0)


@dataclass
class Live(Told):
    """A told market whose commands go through the node, signed."""

    market: Market = field(kw_only=True)

    def signer(self, who: str) -> Signer:
        return Signer(self.parties[who], keys_of(who))

    def send(self, who: str, *values: Any, persons: tuple[str, ...] = PERSONS) -> list[Outcome]:
        nonce = self.top(who) + 1
        raw = self.signer(who).sign(self.market.ledger, nonce, self.state.time + 3_600_000_000, values)
        receipt = self.market.submit(raw).result(30)
        assert self.market.quiet(30)
        return [*receipt.outcomes, *receipt.caused]

    def top(self, who: str) -> int:
        number = self.parties[who]
        return self.state.nonces[number].top if number in self.state.nonces else 0

    def party(self, name: str, *roles: Role) -> PartyNumber:
        keys = tuple(play_key(name, person).public for person in PERSONS)
        self.does("operator", RegisterParty(name, "", "HK", roles, keys, 1, b""))
        self.parties[name] = PartyNumber(len(self.state.parties))
        return self.parties[name]

    def block(self, *entries: Entry) -> list[Outcome]:
        """The market makes its blocks itself: what is due is waited for."""
        assert self.market.quiet(30)
        return []


class Clock:
    """A machine's time that stands still until it is moved."""

    def __init__(self) -> None:
        self.moved: Micros = 0

    def __call__(self) -> Micros:
        return wall_clock() + self.moved


@dataclass
class Stage:
    """The market, its door, and who comes to it."""

    folder: Path
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    parties: dict[str, PartyNumber] = field(default_factory=lambda: {"operator": PartyNumber(1)})
    at: dict[str, AccountNumber] = field(default_factory=dict)
    bond: AssetNumber = NO_ASSET
    token: AssetNumber = NO_ASSET

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.floor = Floor.open(self.folder, genesis(), Options(processes=0, block_size=100))
        self.market, self.views, self.following = self.floor.market, self.floor.views, self.floor.following
        self.app: Starlette = make_app(self.following, limits=self.limits, clock=self.clock)
        self.live = Live(self.market.read(lambda state: state), genesis(), parties=self.parties, market=self.market)

    def close(self) -> None:
        self.floor.close()

    def restart(self) -> None:
        """As after a stop: everything is read from the files again."""
        self.close()
        self.open()

    def signer(self, who: str | None) -> Signer | None:
        return None if who is None else Signer(self.parties[who], keys_of(who))

    def desk(self, who: str | None) -> LocalDesk:
        return LocalDesk(self.following, self.signer(who))

    def client(self, url: str, who: str | None) -> Client:
        return Client(url, self.signer(who), clock=self.clock)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The door at an address of this machine."""
        with socket.create_server(("127.0.0.1", 0)) as door:
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            config = uvicorn.Config(self.app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
            server = uvicorn.Server(config)
            thread = Thread(target=server.run, kwargs={"sockets": [door]})
            thread.start()
            try:
                yield f"http://127.0.0.1:{door.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join(20)
                assert not thread.is_alive()


def opened(folder: Path, **more: Any) -> Stage:
    """A market with everyone an issue needs, one bond held by A, B and the Custodian's client, and money."""
    stage = Stage(folder, **more)
    live = stage.live
    live.does("operator", PublishCalendar(calendar()), OpenSystem("CMU", ("HK",), TABLE, START))
    live.until(START)
    for name, *roles in (*PARTIES, ("Watch", Role.REGULATOR)):
        live.party(name, *roles)
    deal = Deal(live, "HKD")
    deal.at["issuer"] = live.account("Government", Purpose.ISSUER)
    deal.at["omnibus"] = live.account("Custodian", Purpose.OMNIBUS)
    deal.at["Client"] = live.account("Client", tier=deal.at["omnibus"], by="Custodian")
    for name in ("Government", "Lead", "Custodian", "A", "B"):
        deal.at[name] = live.account(name)
    deal.token = live.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    deal.rtgs = live.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    bond = deal.lodge()
    deal.issue(bond, 60_000, ("A", 30_000), ("B", 20_000), ("Client", 10_000))
    live.until(NEXT)
    deal.fund("A", 5_000)
    deal.fund("B", 7_000)
    stage.at, stage.bond, stage.token = deal.at, bond, deal.token
    assert stage.following.reach(stage.market.journal.height())
    return stage


def sale(
    stage: Stage, who: str, side: Side, other: str, quantity: int = 1_000, amount: int = 990, reference: str = "R1"
) -> Instruct:
    """One side's instruction of a trade in the stage's bond against its token."""
    at = stage.at[who]
    return trade(
        side, stage.bond, quantity, at, stage.parties[other], NEXT, stage.token, amount, at, reference=reference
    )
