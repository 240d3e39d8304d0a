"""A ledger and an RTGS, a gateway between them, and whether the two agree.

The ledger's bond is held by A and B; what is told of both systems is read from their own files and states.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from bauhinia.agents.rtgs import Gateway
from bauhinia.agents.rtgs_line import RtgsLine
from bauhinia.ledger.instructions import PaymentStatus, Side
from bauhinia.ledger.state import State
from bauhinia.sim.rtgs.book import Book
from bauhinia.sim.rtgs.door import Rtgs
from bauhinia.sim.rtgs.faults import read_fault
from bauhinia.wire.iso20022.payments import uetr
from bauhinia.wire.rtgs import RtgsSystem, read_system
from bauhinia.words.dates import micros_at
from bauhinia.words.ids import AccountNumber, AssetNumber
from tests.edge.http.stage import Stage
from tests.rules.deal import NEXT
from tests.support import HKT, trade

SYSTEM = """\
name = "HKD.RTGS"
settlement_institution = "HKMA"
bic = "HKMAHKHH"
currency = "HKD"
opens = "08:30"
closes = "18:00"

[[member]]
name = "A"
bic = "AAAAHKHH"
balance = "HKD 100.00"

[[member]]
name = "B"
bic = "BBBBHKHH"
balance = "HKD 500.00"
"""
UNANSWERED: tuple[PaymentStatus, ...] = (PaymentStatus.REQUESTED, PaymentStatus.IN_DOUBT)
WAIT = 0.3  # seconds for an answer that will not come
QUANTITY, AMOUNT = 1_000, 990


def system(**changes: object) -> RtgsSystem:
    """The RTGS of the tests; changes go before its own keys."""
    more = "".join(f"{name} = {str(value).lower()}\n" for name, value in changes.items())
    return read_system(more + SYSTEM, "rtgs.toml")


@dataclass
class Payments:
    """What the ledger says of its outside payments in an RTGS, as its state has them."""

    settled: dict[str, int]  # by UETR: the amounts of those whose transaction has settled
    open: dict[int, PaymentStatus]
    earmarked: int  # the seller's units
    delivered: int  # the seller's units that have gone


def payments_of(state: State, money: int, bond: int, seller: int, had: int) -> Payments:
    """As they stand. A payment that was stated and settled is known no more: the views know it."""
    ledger, found = state.settings.ledger.hex(), state.settlement.payments.values()
    ours = [each for each in found if each.money == money]
    settled = {uetr(ledger, each.number): each.amount for each in ours if each.status is PaymentStatus.CONFIRMED}
    unanswered = [each for each in ours if each.status in UNANSWERED]
    waiting = {each.number: each.status for each in unanswered}
    account, asset = AccountNumber(seller), AssetNumber(bond)
    positions = state.positions
    earmarked = positions.balance(account, asset) - positions.available(account, asset)
    return Payments(settled, waiting, earmarked, had - positions.balance(account, asset))


@dataclass
class Two:
    """The two systems in this process, the RTGS behind a real address."""

    stage: Stage
    rtgs: Rtgs
    folder: Path
    told: list[dict[str, Any]] = field(default_factory=list)
    trades: int = 0
    had: int = 0

    def __post_init__(self) -> None:
        self.money = self.stage.market.read(lambda state: state.codes["HKD.RTGS"])
        self.had = self.stage.market.read(lambda state: state.positions.balance(self.seller, self.stage.bond))
        self.gateway = self.new_gateway()

    @property
    def seller(self) -> AccountNumber:
        return self.stage.at["A"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rtgs.server_port}"

    def new_gateway(self, resume: Path | None = None) -> Gateway:
        """As one that has just been started, with nothing but its file."""
        line = RtgsLine(self.url, self.rtgs.book.system, seconds=WAIT)
        return Gateway(self.stage.desk("HKMA"), line, tell=self.told.append, resume=resume)

    def trade(self, amount: int = AMOUNT) -> int:
        """A sells to B for money in the RTGS; the number of the payment that is asked for."""
        self.trades += 1
        live, at, parties, bond = self.stage.live, self.stage.at, self.stage.parties, self.stage.bond
        for who, side, other in (("A", Side.DELIVER, "B"), ("B", Side.RECEIVE, "A")):
            more: dict[str, Any] = {"reference": f"T{self.trades}", "common_reference": f"T{self.trades}"}
            day = live.state.days.systems[live.state.assets[bond].system].date
            order = trade(side, bond, QUANTITY, at[who], parties[other], day, self.money, amount, 0, **more)
            live.does(who, order)
        return self.stage.market.read(lambda state: state.settlement.last_payment)

    def until(self, day: date, minute: int) -> None:
        """Tell both systems the time, the ledger first."""
        self.stage.live.until(day, minute)
        self.rtgs.book.tell_time(micros_at(day, minute, HKT))

    def faults(self, *texts: str) -> None:
        self.rtgs.faults.clear()
        self.rtgs.faults.plan(*map(read_fault, texts))

    def ledger(self) -> Payments:
        return self.stage.market.read(
            lambda state: payments_of(state, self.money, self.stage.bond, self.seller, self.had)
        )

    def status(self, number: int) -> str:
        """A payment's status, as the institution reads it."""
        return next(each.status for each in self.stage.desk("HKMA").payments() if each.number == number)

    def whats(self) -> list[str]:
        """What the gateway has told since this was asked last."""
        found = [each["what"] for each in self.told]
        self.told.clear()
        return found

    def never_apart(self) -> None:
        """Nothing is delivered that was not paid; what was paid and is not delivered stands earmarked."""
        ledger, paid = self.confirmed(), self.rtgs.book.settled()
        assert ledger.items() <= paid.items(), "delivered and not paid"
        state = self.ledger()
        ours = self.stage.market.ledger.hex()
        undelivered = paid.keys() - ledger.keys()
        assert undelivered <= {uetr(ours, number) for number in state.open}, "paid, and free here"
        assert state.earmarked == QUANTITY * len(state.open)
        assert state.delivered == QUANTITY * len(ledger)

    def confirmed(self) -> dict[str, int]:
        """Every payment that settled a transaction, by UETR, as the institution reads it."""
        ledger = self.stage.market.ledger.hex()
        return {
            uetr(ledger, each.number): each.amount.units
            for each in self.stage.desk("HKMA").payments()
            if each.money == self.money and each.status == "CONFIRMED"
        }

    def agree(self) -> None:
        """Settled here is settled there, the same amounts, and nothing is open."""
        self.never_apart()
        assert self.ledger().open == {}
        assert self.confirmed() == self.rtgs.book.settled()


@contextmanager
def served(book: Book) -> Iterator[Rtgs]:
    """The simulator at an address of this machine, in a thread."""
    server = Rtgs(("127.0.0.1", 0), book)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def two_systems(template: Path, folder: Path, **changes: object) -> Iterator[Two]:
    """Both systems on the morning of the ledger's second day, from a copy of a market made before."""
    shutil.copytree(template, folder / "ledger")
    stage = Stage(folder / "ledger")
    book = Book(folder / "rtgs", system(**changes))
    try:
        state = stage.live.state
        stage.parties |= {party.name: number for number, party in state.parties.items()}
        own = {state.parties[account.holder].name: number for number, account in state.accounts.items()}
        stage.at |= {name: own[name] for name in ("A", "B")}
        stage.bond = next(number for number, asset in state.assets.items() if asset.code.startswith("HK00"))
        book.tell_time(micros_at(NEXT, 10 * 60, HKT))
        with served(book) as rtgs:
            yield Two(stage, rtgs, folder)
    finally:
        book.close()
        stage.close()


def admin(url: str, path: str, body: Any = None) -> Any:
    """The back door of a simulator that runs elsewhere."""
    method = "GET" if body is None else "POST"
    response = httpx.request(method, f"{url}/admin/{path}", json=body, timeout=10)
    response.raise_for_status()
    return response.json()


AFTER = NEXT + timedelta(days=1)
