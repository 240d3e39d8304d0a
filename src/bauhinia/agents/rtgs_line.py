"""The line to an RTGS: what is asked of it over HTTP, and what counts as an answer.

An answer is a message that is whole, of the right kind, and about what was asked. All else is silence: no connection,
no answer in time, an error of the server, a body that cannot be read. Silence says nothing about a payment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import httpx

from bauhinia.wire.iso20022.payments import PaymentReceipt, Transfer, read_receipt
from bauhinia.wire.iso20022.statements import Entry, Statement, read_notifications, read_statements
from bauhinia.wire.iso20022.xml import BadMessage
from bauhinia.wire.rtgs import RtgsSystem
from bauhinia.words.dates import parse_date
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Refused

T = TypeVar("T")
SECONDS = 10.0
XML = {"Content-Type": "application/xml"}


class Silence(Exception):
    """No answer that says anything. `slow` where one was waited for in vain: the next would be, too."""

    def __init__(self, why: str, *, slow: bool = False) -> None:
        super().__init__(why)
        self.slow = slow


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """The day that an RTGS opened last, if any, and whether it is open still."""

    day: date | None
    open: bool


class RtgsLine:
    """A line to one RTGS. Every method raises Silence where no answer comes."""

    def __init__(
        self, url: str, system: RtgsSystem, *, seconds: float = SECONDS, http: httpx.Client | None = None
    ) -> None:
        self.system = system
        self._http = http or httpx.Client(base_url=url, timeout=seconds)

    def close(self) -> None:
        self._http.close()

    def pay(self, transfer: Transfer, now: Micros) -> PaymentReceipt:
        """Have a payment made. The same may be sent again: it is made once."""
        response = self._asked("POST", "/v1/payments", transfer.to_xml(now))
        return self._receipt(response, transfer.uetr, transfer.end_to_end)

    def ask(self, uetr: str, end_to_end: str) -> PaymentReceipt | None:
        """What became of a payment; None where it has not come there, which is not to say that it never will."""
        response = self._asked("GET", f"/v1/payments/{uetr}")
        return None if response.status_code == 404 else self._receipt(response, uetr, end_to_end)

    def entries(self, after: int) -> list[Entry]:
        """What was booked after an entry, the oldest first; some of it, where it is much."""
        response = self._asked("GET", f"/v1/notifications?after={after}")
        if response.status_code == 204:
            return []
        return self._read(response, lambda raw: read_notifications(raw, self.system.currency, self.system.exponent))

    def statements(self, day: date) -> list[Statement] | None:
        """Every account's statement of a business day; None where it is not over."""
        response = self._asked("GET", f"/v1/statements/{day}")
        if response.status_code == 404:
            return None
        found = self._read(response, lambda raw: read_statements(raw, self.system.currency, self.system.exponent))
        if not found or any(each.day != day for each in found):
            raise Silence(f"the statement is not of {day}")
        return found

    def business_day(self) -> BusinessDay:
        """The day that it opened last."""
        told = self._json("/v1/business-day")
        try:
            day = None if told["day"] is None else parse_date(told["day"])
            return BusinessDay(day, told["open"] is True)
        except (KeyError, TypeError, Refused) as wrong:
            raise Silence(f"its business day cannot be read: {wrong}") from None

    def closed_days(self, after: date) -> list[date]:
        """Its business days that are over, after a day, the oldest first."""
        try:
            return sorted(parse_date(each) for each in self._json(f"/v1/business-days?after={after}"))
        except (TypeError, Refused) as wrong:
            raise Silence(f"its business days cannot be read: {wrong}") from None

    def _receipt(self, response: httpx.Response, uetr: str, end_to_end: str) -> PaymentReceipt:
        receipt = self._read(response, read_receipt)
        if (receipt.uetr, receipt.message) != (uetr, end_to_end):
            raise Silence(f"a receipt for another payment, {receipt.uetr}")
        return receipt

    def _json(self, target: str) -> Any:
        response = self._asked("GET", target)
        if response.status_code != 200:
            raise Silence(f"status {response.status_code}")
        try:
            return response.json()
        except ValueError:
            raise Silence("an answer that cannot be read") from None

    def _read(self, response: httpx.Response, read: Callable[[bytes], T]) -> T:
        if response.status_code != 200:
            raise Silence(f"status {response.status_code}")
        try:
            return read(response.content)
        except BadMessage as wrong:
            raise Silence(f"an answer that cannot be read: {wrong}") from None

    def _asked(self, method: str, target: str, body: bytes | None = None) -> httpx.Response:
        try:
            return self._http.request(method, target, content=body, headers=XML if body else None)
        except httpx.TimeoutException as late:
            raise Silence(str(late) or type(late).__name__, slow=True) from None
        except httpx.HTTPError as wrong:
            raise Silence(str(wrong) or type(wrong).__name__) from None
