"""The simulated RTGS over HTTP: ISO 20022 in and out, and a back door for whoever runs it.

    POST /v1/payments                        a pacs.009; a camt.025 comes back
    GET  /v1/payments/{UETR}                 a camt.025, or 404 where the payment has not come
    GET  /v1/notifications?after=N[&account=BIC]   a camt.054 of what was booked after entry N; 204 for nothing
    GET  /v1/statements/YYYY-MM-DD[?account=BIC]   a camt.053 of a business day that is over; 404 before
    GET  /v1/business-day                    JSON: the day, whether it is open, and who keeps the system
    GET  /v1/business-days?after=YYYY-MM-DD  JSON: business days that are over

    GET  /admin/members                      JSON: members and balances
    GET  /admin/settled                      JSON: every payment made, by UETR
    POST /admin/fund                         {"bic": ..., "amount": smallest units}
    POST /admin/clock                        {"at": "2026-05-20T10:00:00+08:00"}
    POST /admin/faults                       ["pay:crash-after", "ask:drop*3"], added; [] forgets all
    POST /admin/release                      messages that were held arrive

What it answers is durable before it is said.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bauhinia.sim.rtgs.book import Book, Conflict
from bauhinia.sim.rtgs.faults import Fault, Faults, Planned, Route, read_fault
from bauhinia.wire.iso20022.payments import read_transfer
from bauhinia.wire.iso20022.statements import write_notifications, write_statements
from bauhinia.wire.iso20022.xml import BadMessage
from bauhinia.words.dates import parse_date, parse_instant
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Refused

LARGEST = 1 << 20  # bytes of a request
XML, JSON = "application/xml", "application/json"
HELD = 1_000  # messages on their way at most
log = logging.getLogger("bauhinia.rtgs")


class Answer(Exception):
    """What is answered: also the way out of a handler."""

    def __init__(self, status: int, body: bytes = b"", media: str = XML, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.media, self.headers = status, body, media, headers


def _json(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), JSON)


class Rtgs(ThreadingHTTPServer):
    """The simulator behind an address."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], book: Book, faults: Faults | None = None) -> None:
        super().__init__(address, Door)
        self.book, self.faults, self.held = book, faults or Faults(), list[bytes]()
        self.over = threading.Event()
        self._lock = threading.Lock()

    def now(self) -> Micros:
        """The system's time: the one it was told, else the machine's."""
        told = self.book.told_time()
        return time.time_ns() // 1_000 if told is None else told

    def hold(self, raw: bytes) -> None:
        """Keep a message on its way."""
        with self._lock:
            if len(self.held) < HELD:
                self.held.append(raw)

    def release(self) -> list[int]:
        """Let what is on its way arrive; the status of each, which nobody waits for any more."""
        with self._lock:
            held, self.held = self.held, []
        return [self.pay(raw).status for raw in held]

    def pay(self, raw: bytes) -> Answer:
        """Process a payment message."""
        system = self.book.system
        try:
            transfer = read_transfer(raw, system.currency, system.exponent)
        except BadMessage as wrong:
            return _json({"wrong": str(wrong)}, 400)
        now = self.now()
        try:
            receipt = self.book.pay(transfer, now)
        except Conflict:
            return _json({"wrong": "the UETR is another payment's"}, 409)
        return Answer(200, receipt.to_xml(f"R{receipt.uetr[:31]}", now))

    def server_close(self) -> None:
        self.over.set()
        super().server_close()


class Door(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer goes out in one piece: in two, the second would wait for the other side
    disable_nagle_algorithm = True
    server: Rtgs
    raw: bytes
    query: dict[str, list[str]]

    def do_GET(self) -> None:
        self._answer(_GETS)

    def do_POST(self) -> None:
        self._answer(_POSTS)

    def log_message(self, format: str, *given: Any) -> None:
        log.debug(format, *given)

    def _answer(self, routes: _Routes) -> None:
        target = urlsplit(self.path)
        self.query = parse_qs(target.query)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            if length.isdecimal():  # who is cut off while it sends does not hear the answer
                self.rfile.read(min(int(length), 4 * LARGEST))
            self._send(_json({"wrong": f"at most {LARGEST} bytes"}, 413))
            return
        self.raw = self.rfile.read(int(length))
        path, _, last = target.path.rpartition("/")
        route, handler = routes.get(target.path) or routes.get(f"{path}/*") or (None, _nothing)
        fault = self.server.faults.take(route) if route else None
        if fault and not self._before(fault):
            return
        try:
            answer = handler(self, last)
        except Answer as given:
            answer = given
        except (Refused, ValueError, KeyError, TypeError) as wrong:
            answer = _json({"wrong": str(wrong)}, 400)
        if fault:
            self._after(fault, answer)
        else:
            self._send(answer)

    def _before(self, fault: Planned) -> bool:
        """What goes wrong before the request is processed; whether it is processed at all."""
        match fault.fault:
            case Fault.DROP:
                self.close_connection = True
                return False
            case Fault.HOLD:
                self.server.hold(self.raw)
                self.close_connection = True
                return False
            case Fault.SILENT:
                self.server.over.wait()
                self.close_connection = True
                return False
            case Fault.CRASH_BEFORE:
                os.kill(os.getpid(), signal.SIGKILL)
            case Fault.DELAY:
                self.server.over.wait(fault.seconds)
            case _:
                pass
        return True

    def _after(self, fault: Planned, answer: Answer) -> None:
        """What goes wrong when it has been processed."""
        match fault.fault:
            case Fault.CRASH_AFTER:
                os.kill(os.getpid(), signal.SIGKILL)
            case Fault.LOSE:
                self.close_connection = True
            case Fault.GARBAGE:
                self._send(Answer(200, b"<Document><Rct><<" + answer.body[:40]))
            case Fault.ERROR:
                self._send(_json({"wrong": "an internal error"}, 500))
            case _:
                self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if self.close_connection:  # or who asks again would send into a line that is about to go
            self.send_header("Connection", "close")
        for name, value in answer.headers.items():
            self.send_header(name.replace("_", "-"), value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.media)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(answer.body)

    def one(self, name: str, otherwise: str = "") -> str:
        """A value of the query."""
        return self.query.get(name, [otherwise])[0]


def _nothing(_door: Door, _last: str) -> Answer:
    return _json({"wrong": "there is nothing here"}, 404)


def _pay(door: Door, _last: str) -> Answer:
    return door.server.pay(door.raw)


def _ask(door: Door, uetr: str) -> Answer:
    receipt = door.server.book.receipt(uetr)
    if receipt is None:
        return _json({"wrong": "no such payment has come"}, 404)
    return Answer(200, receipt.to_xml(f"Q{uetr[:31]}", door.server.now()))


def _tell(door: Door, _last: str) -> Answer:
    book, after = door.server.book, int(door.one("after", "0"))
    found = book.entries(after, door.one("account"))
    if not found:
        return Answer(204)
    told = found
    if any(each.route is Route.TELL and each.fault is Fault.TWICE for each in door.server.faults.planned):
        told = [each for each in found for _ in range(2)]
    name = f"N{found[-1].number}"
    body = write_notifications(told, book.system.currency, book.system.exponent, name, door.server.now())
    return Answer(200, body)


def _state(door: Door, text: str) -> Answer:
    book, day = door.server.book, parse_date(text)
    book.advance(door.server.now())
    found = book.statements(day, door.one("account")) if book.closed_day(day) else []
    if not found:
        return _json({"wrong": f"there is no statement of {day}"}, 404)
    name = f"S{day:%Y%m%d}"
    return Answer(200, write_statements(found, book.system.currency, book.system.exponent, name, door.server.now()))


def _day(door: Door, _last: str) -> Answer:
    book = door.server.book
    book.advance(door.server.now())
    current = book.business_day()
    return _json(
        {
            "name": book.system.name,
            "settlement_institution": book.system.settlement_institution,
            "bic": book.system.bic,
            "currency": book.system.currency,
            "day": None if current is None else str(current[0]),
            "open": current is not None and current[1],
        }
    )


def _days(door: Door, _last: str) -> Answer:
    book, after = door.server.book, door.one("after", "0001-01-01")
    book.advance(door.server.now())
    return _json([str(each) for each in book.closed_days(date.fromisoformat(after))])


def _members(door: Door, _last: str) -> Answer:
    return _json([{"bic": each.bic, "name": each.name, "balance": each.balance} for each in door.server.book.members()])


def _settled(door: Door, _last: str) -> Answer:
    return _json(door.server.book.settled())


def _fund(door: Door, _last: str) -> Answer:
    given = json.loads(door.raw)
    if type(given["amount"]) is not int or given["amount"] <= 0:
        raise ValueError("the amount is in smallest units, above zero")
    return _json({"balance": door.server.book.fund(given["bic"], given["amount"], door.server.now())})


def _clock(door: Door, _last: str) -> Answer:
    if not door.server.book.tell_time(parse_instant(json.loads(door.raw)["at"])):
        return _json({"wrong": "time does not go back"}, 400)
    return _day(door, "")


def _faults(door: Door, _last: str) -> Answer:
    found = [read_fault(each) for each in json.loads(door.raw)]
    if found:
        door.server.faults.plan(*found)
    else:
        door.server.faults.clear()
    return _json([f"{each.route.value}:{each.fault.value}" for each in door.server.faults.planned])


def _release(door: Door, _last: str) -> Answer:
    return _json(door.server.release())


_Routes = dict[str, tuple[Route | None, Callable[[Door, str], Answer]]]
_GETS: _Routes = {
    "/v1/payments/*": (Route.ASK, _ask),
    "/v1/notifications": (Route.TELL, _tell),
    "/v1/statements/*": (Route.STATE, _state),
    "/v1/business-day": (Route.DAY, _day),
    "/v1/business-days": (Route.DAY, _days),
    "/admin/members": (None, _members),
    "/admin/settled": (None, _settled),
}
_POSTS: _Routes = {
    "/v1/payments": (Route.PAY, _pay),
    "/admin/fund": (None, _fund),
    "/admin/clock": (None, _clock),
    "/admin/faults": (None, _faults),
    "/admin/release": (None, _release),
}
