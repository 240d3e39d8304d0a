"""Three processes that settle together, and are killed: the ledger's node, the RTGS, the gateway between them."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from bauhinia.ledger.instructions import Side
from bauhinia.ledger.state import State
from bauhinia.node.home import Home
from bauhinia.node.journal import Journal
from bauhinia.node.keys import Signer
from bauhinia.node.publishing import committed
from bauhinia.node.recovery import recover
from bauhinia.node.stored import Stored
from bauhinia.rules.market import SetTime
from bauhinia.sim.rtgs.book import Book
from bauhinia.wire.client import Client, Unanswered
from bauhinia.wire.iso20022.payments import uetr
from bauhinia.wire.problems import DoorRefused
from bauhinia.words.dates import format_instant, micros_at
from bauhinia.words.ids import PartyNumber
from bauhinia.words.reasons import Reason, Refused
from tests.agents.two_systems import AMOUNT, QUANTITY, SYSTEM, admin, payments_of
from tests.edge.http.stage import keys_of
from tests.node.killing import ROOT
from tests.rules.deal import NEXT
from tests.support import HKT, trade

SECONDS = 60.0  # for anything to come about, on a busy machine
MORE = "queue = true\n"
MORNING = format_instant(micros_at(NEXT, 10 * 60, HKT))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def wait_for(what: str, holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.03)


@dataclass
class Three:
    """The processes, and what the test does at the ledger while they live and die."""

    folder: Path
    plans: dict[str, list[str]]
    node_port: int = field(default_factory=free_port)
    rtgs_port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    trades: int = 0
    kills: int = 0

    @classmethod
    def begin(cls, template: Path, folder: Path, plans: dict[str, list[str]]) -> Three:
        """`plans` say for each process where it dies the first time, the second, and so on."""
        shutil.copytree(template, folder / "ledger")
        (folder / "rtgs.toml").write_text(MORE + SYSTEM, "utf-8")
        found = cls(folder, plans)
        for name in ("node", "rtgs", "gateway"):
            found.start(name)
        wait_for("the node answers", lambda: answers(f"{found.url}/v1/health"))
        found.read_market()
        return found

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.node_port}"

    @property
    def rtgs_url(self) -> str:
        return f"http://127.0.0.1:{self.rtgs_port}"

    # ---- processes ----

    def start(self, name: str) -> None:
        """Start a process, to die where its plan says next."""
        when = self.plans[name].pop(0) if self.plans[name] else ""
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", *self._arguments(name, when)], cwd=ROOT, stdout=log, stderr=log
        )
        log.close()

    def _arguments(self, name: str, when: str) -> list[str]:
        system = str(self.folder / "rtgs.toml")
        match name:
            case "node":
                return ["tests.agents.node", str(self.folder / "ledger"), str(self.node_port), when]
            case "rtgs":
                fault = ["--fault", when] if when else []
                data = ["--data", str(self.folder / "rtgs"), "--port", str(self.rtgs_port)]
                return ["bauhinia.sim.rtgs", system, *data, "--at", MORNING, *fault]
            case _:
                where = ["--rtgs", self.rtgs_url, "--url", self.url, "--as", "HKMA", "--play"]
                more = ["--json", "--every", "0.05", "--wait", "1", "--resume", str(self.folder / "resume.json")]
                return ["tests.agents.gateway", when, "gateway", system, *where, *more]

    def tend(self) -> None:
        """Start again who has died, where its plan goes on."""
        for name, process in self.running.items():
            if process.poll() is None:
                continue
            if process.returncode == -signal.SIGKILL:
                self.kills += 1
            elif name != "gateway":  # a gateway ends where it does not find the ledger at first
                raise RuntimeError((self.folder / f"{name}.log").read_text("utf-8")[-2000:])
            else:
                self.plans[name].insert(0, "")
            self.start(name)

    def tended(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait for something, and start again who dies meanwhile."""

        def held() -> bool:
            self.tend()
            return holds()

        wait_for(what, held)

    def kill(self, name: str) -> None:
        """Kill a process, which is then started again as if it had done so itself."""
        self.running[name].kill()
        self.running[name].wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    # ---- the market ----

    def read_market(self) -> None:
        with Client(self.url) as stranger:
            self.parties = {each.name: PartyNumber(each.number) for each in stranger.parties()}
        self.desks = {
            name: Client(self.url, Signer(self.parties[name], keys_of(name))) for name in ("A", "B", "HKMA", "operator")
        }
        self.bond = next(each.bond.asset for each in [self.desks["A"].bond("HK0000000015")])
        self.money = next(each.asset for each in self.desks["A"].moneys() if each.code == "HKD.RTGS")
        accounts = {name: self.desks[name].accounts()[0].number for name in ("A", "B")}
        self.accounts = accounts
        self.had = self._held()

    def _held(self) -> int:
        positions = self.desks["A"].account(self.accounts["A"]).positions
        return next(each.balance.units for each in positions if each.asset == self.bond)

    def trade(self, day: date = NEXT) -> Thread:
        """A sells to B: from a thread that tries until the node has taken both instructions."""
        self.trades += 1
        name = f"T{self.trades}"

        def instruct() -> None:
            for who, side, other in (("A", Side.DELIVER, "B"), ("B", Side.RECEIVE, "A")):
                order = trade(
                    side, self.bond, QUANTITY, self.accounts[who], self.parties[other], day, self.money, AMOUNT, 0,
                    reference=name, common_reference=name,
                )  # fmt: skip
                self._done(who, order)

        thread = Thread(target=instruct, daemon=True)
        thread.start()
        return thread

    def _done(self, who: str, order: Any) -> None:
        """Have an instruction taken in, however long nobody answers; it may have been before."""
        while True:
            try:
                self.desks[who].do(order)
            except (Unanswered, DoorRefused):
                time.sleep(0.2)
            except Refused as refused:
                if refused.reason is not Reason.DUPLICATE:
                    raise
                return
            else:
                return

    def traded(self) -> None:
        """A sells to B; both instructions are in, whoever dies meanwhile."""
        trading = self.trade()
        self.tended("the trade is in", lambda: not trading.is_alive())

    def until(self, day: date, minute: int) -> None:
        """Tell both systems the time."""
        target, desk = micros_at(day, minute, HKT), self.desks["operator"]
        due = target
        while True:
            try:
                desk.do(SetTime(due))
            except Refused as refused:
                if refused.reason is not Reason.LATER_ONLY:
                    raise
                due = int(str(refused.parts[0]))
                continue
            if due == target:
                break
            due = target
        admin(self.rtgs_url, "clock", {"at": format_instant(target)})

    def told_until(self, day: date, minute: int) -> Thread:
        """The same from a thread, which tries until both are there to be told."""

        def tell() -> None:
            while True:
                try:
                    self.until(day, minute)
                except (Unanswered, DoorRefused, httpx.HTTPError):
                    time.sleep(0.2)
                else:
                    return

        thread = Thread(target=tell, daemon=True)
        thread.start()
        return thread

    def statuses(self) -> list[str]:
        """Of every payment ever asked for; none where the node is not there to say."""
        try:
            return [each.status for each in self.desks["HKMA"].payments() if each.money == self.money and each.asked]
        except (Unanswered, DoorRefused):
            return []

    # ---- whether they agree ----

    def compare(self) -> tuple[dict[str, int], dict[str, int]]:
        """Payments that settled here and there, by UETR, out of the journal and the book of processes that are gone."""
        journal = Journal(Home.at(self.folder / "ledger").journal, writable=False)
        try:
            state: State = recover(journal)
            ledger, names = state.settings.ledger.hex(), {}
            for event in (event for stored in journal.blocks() for event in events_of(stored)):
                if type(event).__name__ == "PaymentConfirmed":
                    names[uetr(ledger, event.payment)] = AMOUNT
        finally:
            journal.close()
        book = Book(self.folder / "rtgs")
        try:
            paid = book.settled()
        finally:
            book.close()
        payments = payments_of(state, self.money, self.bond, self.accounts["A"], self.had)
        assert payments.delivered == QUANTITY * len(names)
        assert payments.earmarked == QUANTITY * len(payments.open)
        assert names.keys() <= paid.keys(), "delivered and not paid"
        assert paid.keys() - names.keys() <= {uetr(ledger, each) for each in payments.open}, "paid, and free here"
        return names, paid


def events_of(stored: Stored) -> list[Any]:
    return [event for outcome in committed(stored).outcomes for event in outcome.events]


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500
    except httpx.HTTPError:
        return False
