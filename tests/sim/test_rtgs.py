"""The simulated RTGS by itself: its book, its day, its queue, and what it answers over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bauhinia.sim.rtgs.book import Book, Conflict
from bauhinia.sim.rtgs.door import Rtgs
from bauhinia.sim.rtgs.faults import ALWAYS, Fault, Faults, Route, read_fault
from bauhinia.wire.iso20022.payments import PaymentReceipt, PaymentState, Rejection, Transfer, read_receipt, uetr
from bauhinia.wire.iso20022.statements import read_notifications, read_statements
from bauhinia.wire.rtgs import RtgsMember, RtgsSystem
from bauhinia.words.dates import micros_at
from tests.agents.two_systems import served

DAY = date(2026, 5, 20)  # a Wednesday
MEMBERS = tuple(RtgsMember(f"Bank {name}", f"BK{name * 2}HKHH", 1_000) for name in "ABC")
A, B, C = (each.bic for each in MEMBERS)
SYSTEM = RtgsSystem("USD CHATS", "HSBC", "HSBCHKHH", "USD", 480, 510, 1_050, (DAY + timedelta(days=1),), True, MEMBERS)


def at(minute: int, day: date = DAY) -> int:
    return micros_at(day, minute, 480)


NOON = at(720)


def transfer(number: int, payer: str = A, payee: str = B, amount: int = 400, **changes: Any) -> Transfer:
    made = Transfer(uetr("x", number), f"BAUx-{number}", payer, payee, "USD", amount, 2, DAY)
    return replace(made, **changes)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path, SYSTEM)
    yield made
    made.close()


def balances(book: Book) -> tuple[int, ...]:
    return tuple(each.balance for each in book.members())


def test_the_same_payment_is_made_once_and_its_answer_survives_a_restart(book: Book, tmp_path: Path) -> None:
    first = book.pay(transfer(1), NOON)
    assert (first.state, first.reference) == (PaymentState.SETTLED, "USDCHATS-00000001")
    assert book.pay(transfer(1, sender="HSBCHKHH"), NOON) == first
    assert balances(book) == (600, 1_400, 1_000)
    book.close()
    again = Book(tmp_path, replace(SYSTEM, members=()))
    assert again.pay(transfer(1), at(1_200)) == first
    assert balances(again) == (600, 1_400, 1_000)
    again.close()


def test_a_uetr_of_another_payment_is_refused_and_says_nothing_of_that_one(book: Book) -> None:
    book.pay(transfer(1), NOON)
    for other in ({"amount": 401}, {"payee": C}, {"settlement_date": DAY + timedelta(days=1)}, {"end_to_end": "y-1"}):
        with pytest.raises(Conflict):
            book.pay(transfer(1, **other), NOON)
    assert balances(book) == (600, 1_400, 1_000)


@pytest.mark.parametrize(
    ("changes", "time", "reason"),
    [
        ({"currency": "EUR"}, NOON, Rejection.WRONG_CURRENCY),
        ({"amount": 0}, NOON, Rejection.ZERO_AMOUNT),
        ({"payer": "BKDDHKHH"}, NOON, Rejection.UNKNOWN_DEBTOR),
        ({"payee": "BKDDHKHH"}, NOON, Rejection.UNKNOWN_CREDITOR),
        ({"payee": A}, NOON, Rejection.UNKNOWN_CREDITOR),
        ({"settlement_date": DAY - timedelta(days=1)}, NOON, Rejection.WRONG_DATE),
        ({"settlement_date": DAY + timedelta(days=2)}, NOON, Rejection.WRONG_DATE),
        ({"settlement_date": DAY + timedelta(days=1)}, at(720, DAY + timedelta(days=1)), Rejection.WRONG_DATE),
        ({}, at(509), Rejection.CLOSED),
        ({}, at(1_050), Rejection.CLOSED),
    ],
)
def test_what_cannot_be_paid_is_rejected_for_good(book: Book, changes: dict[str, Any], time: int, reason: str) -> None:
    wanted = transfer(1, **changes)
    found = book.pay(wanted, time)
    assert (found.state, found.reason) == (PaymentState.REJECTED, reason)
    assert book.pay(wanted, NOON) == found, "also when it could be paid now"
    assert balances(book) == (1_000, 1_000, 1_000)


def test_the_edges_of_the_day(book: Book) -> None:
    assert book.pay(transfer(1), at(510)).state is PaymentState.SETTLED
    assert book.pay(transfer(2), at(1_049)).state is PaymentState.SETTLED
    assert book.business_day() == (DAY, True)
    book.advance(at(1_050))
    assert book.business_day() == (DAY, False)
    book.advance(at(720, DAY + timedelta(days=1)))
    assert book.business_day() == (DAY, False), "a day on which it is closed is none"
    book.advance(at(720, DAY + timedelta(days=2)))
    assert book.closed_days(date.min) == [DAY]


def test_the_queue_is_first_in_first_out_and_what_is_not_funded_ends_with_the_day(book: Book) -> None:
    """C's payment to A lets A pay B, and that B pays C: one entry after the other, in one transaction."""
    assert book.pay(transfer(1, A, B, 1_500), NOON).state is PaymentState.PENDING
    assert book.pay(transfer(2, A, C, 1_200), NOON).state is PaymentState.PENDING
    assert book.pay(transfer(3, B, C, 2_400), NOON).state is PaymentState.PENDING
    assert book.pay(transfer(4, C, A, 500), NOON).state is PaymentState.SETTLED
    states = [book.receipt(uetr("x", number)) for number in (1, 2, 3, 4)]
    assert [each and each.state for each in states] == ["ACSC", "PDNG", "ACSC", "ACSC"]
    assert balances(book) == (0, 100, 2_900)
    book.advance(at(1_050))
    ended = book.receipt(uetr("x", 2))
    assert ended is not None
    assert (ended.state, ended.reason, ended.why) == (PaymentState.REJECTED, "AM04", "not funded by the close")
    for each, member in zip(book.statements(DAY), MEMBERS, strict=True):
        assert (each.account, each.opening, each.opening + each.moved()) == (member.bic, 1_000, each.closing)


def test_without_a_queue_it_is_rejected_at_once(tmp_path: Path) -> None:
    book = Book(tmp_path, replace(SYSTEM, queue=False))
    found = book.pay(transfer(1, amount=1_001), NOON)
    assert (found.state, found.reason) == (PaymentState.REJECTED, Rejection.INSUFFICIENT_FUNDS)
    assert book.fund(A, 1, NOON) == 1_001
    assert book.pay(transfer(1, amount=1_001), NOON) == found, "funds that come later do not bring it back"
    with pytest.raises(KeyError):
        book.fund(A, 1, at(1_100))
    book.close()


# ---- over HTTP ----


@pytest.fixture
def server(book: Book) -> Iterator[Rtgs]:
    book.tell_time(NOON)
    with served(book) as found:
        yield found


@pytest.fixture
def http(server: Rtgs) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", timeout=5) as client:
        yield client


def paid(http: httpx.Client, wanted: Transfer) -> PaymentReceipt:
    return read_receipt(http.post("/v1/payments", content=wanted.to_xml(NOON)).content)


def test_payments_notifications_and_statements_over_http(http: httpx.Client) -> None:
    assert http.get("/v1/business-day").json() == {
        "name": "USD CHATS", "settlement_institution": "HSBC", "bic": "HSBCHKHH", "currency": "USD",
        "day": str(DAY), "open": True,
    }  # fmt: skip
    assert http.get("/v1/notifications").status_code == 204
    receipt = paid(http, transfer(1))
    assert receipt.state is PaymentState.SETTLED
    assert read_receipt(http.get(f"/v1/payments/{uetr('x', 1)}").content) == receipt
    assert http.get(f"/v1/payments/{uetr('x', 2)}").status_code == 404
    told = read_notifications(http.get("/v1/notifications?after=0").content, "USD", 2)
    assert [(each.number, each.account, each.debit) for each in told] == [(1, A, True), (2, B, False)]
    assert len(read_notifications(http.get(f"/v1/notifications?account={B}").content, "USD", 2)) == 1
    assert http.get("/v1/notifications?after=2").status_code == 204
    assert http.get(f"/v1/statements/{DAY}").status_code == 404, "the day is not over"
    assert http.post("/admin/fund", json={"bic": C, "amount": 5}).json() == {"balance": 1_005}
    closed = http.post("/admin/clock", json={"at": "2026-05-20T17:30:00+08:00"}).json()
    assert (closed["day"], closed["open"]) == (str(DAY), False)
    assert http.get("/v1/business-days").json() == [str(DAY)]
    whole = read_statements(http.get(f"/v1/statements/{DAY}").content, "USD", 2)
    assert [(each.account, each.opening, each.closing) for each in whole] == [
        (A, 1_000, 600),
        (B, 1_000, 1_400),
        (C, 1_000, 1_005),
    ]
    one = read_statements(http.get(f"/v1/statements/{DAY}?account={C}").content, "USD", 2)
    assert one == whole[2:]
    assert http.get("/admin/settled").json() == {uetr("x", 1): 400}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/payments", b"<a>", 400),
        ("POST", "/v1/payments", b"", 400),
        ("POST", "/v1/payments", b"x" * ((1 << 20) + 1), 413),
        ("GET", "/v1/nothing", None, 404),
        ("GET", "/v1/statements/today", None, 400),
        ("GET", "/v1/notifications?after=x", None, 400),
        ("POST", "/admin/fund", b'{"bic": "BKAAHKHH", "amount": -1}', 400),
        ("POST", "/admin/fund", b'{"bic": "BKAAHKHH", "amount": true}', 400),
        ("POST", "/admin/fund", b'{"bic": "BKDDHKHH", "amount": 1}', 400),
        ("POST", "/admin/fund", b"[", 400),
        ("POST", "/admin/clock", b'{"at": "2026-05-19T17:30:00+08:00"}', 400),
        ("POST", "/admin/faults", b'["pay:never"]', 400),
        ("POST", "/admin/faults", b'["pay:drop*0"]', 400),
    ],
)  # fmt: skip
def test_bad_requests_change_nothing(
    http: httpx.Client, book: Book, method: str, path: str, body: bytes | None, status: int
) -> None:
    assert http.request(method, path, content=body).status_code == status
    assert balances(book) == (1_000, 1_000, 1_000)
    assert book.told_time() == NOON
    assert paid(http, transfer(1)).state is PaymentState.SETTLED


def test_a_uetr_of_another_payment_gets_no_receipt(http: httpx.Client) -> None:
    paid(http, transfer(1))
    answer = http.post("/v1/payments", content=transfer(1, amount=1).to_xml(NOON))
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/json"


def test_faults_are_taken_in_turn_and_as_often_as_they_are_meant() -> None:
    faults = Faults([read_fault(text) for text in ("pay:drop*2", "ask:silent*always", "pay:delay=1.5")])
    taken = [faults.take(Route.PAY) for _ in range(4)]
    assert [each and each.fault for each in taken] == [Fault.DROP, Fault.DROP, Fault.DELAY, None]
    assert [(each.times, each.seconds) for each in taken if each][2] == (0, 1.5)
    asked = [faults.take(Route.ASK) for _ in range(3)]
    assert [each and (each.fault, each.times) for each in asked] == [(Fault.SILENT, ALWAYS)] * 3
    assert faults.take(Route.DAY) is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "new"], 2, "new: no RTGS has begun here"),
        (["no.toml", "--data", "new"], 2, "no.toml: No such file or directory"),
        (["bad.toml", "--data", "new"], 1, 'bad.toml:1: an RTGS needs "name"'),
        (["--data", "new", "--fault", "pay:never"], 1, "'never' is not a valid Fault"),
    ],
)
def test_what_cannot_be_started_says_why(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    (tmp_path / "bad.toml").write_text("queue = true\n", "utf-8")
    command = [sys.executable, "-m", "bauhinia", "rtgs", *arguments, "--port", "0"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, said in ended.stderr) == (code, True), ended.stderr
    assert not (tmp_path / "new").exists()


def test_the_command_line_becomes_the_simulator(tmp_path: Path) -> None:
    from tests.wire.test_rtgs import GOOD

    (tmp_path / "x.toml").write_text(GOOD, "utf-8")
    given = ["x.toml", "--data", "new", "--port", "0", "--at", "2026-05-20T12:00:00-03:30", "--json"]
    process = subprocess.Popen([sys.executable, "-m", "bauhinia", "rtgs", *given], cwd=tmp_path, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert (told["pid"], told["name"], told["time"]) == (process.pid, "USD CHATS", "2026-05-20T15:30:00Z")
        assert httpx.get(f"{told['rtgs']}/v1/business-day").json()["open"] is True
    finally:
        process.terminate()
        assert process.wait(20) == 0
