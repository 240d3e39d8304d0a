"""A desk at a market that is reached over HTTP.

Reads are signed, each for one address and one minute. An envelope whose answer is lost on the way is sent again, the
same bytes: the market takes them in once. Should it have done so before, it says REPLAYED, and the client asks by the
bytes' digest what became of them. Reads are asked again likewise.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
import msgspec

from bauhinia.node.keys import Signer
from bauhinia.node.market import wall_clock
from bauhinia.views import model
from bauhinia.views.contracts import MandateLine, SetLine
from bauhinia.views.efficiency import EfficiencyGroup
from bauhinia.views.fees import BillPage, FeeSchedule, UsageLine
from bauhinia.views.liquidity import DAYS, ForecastDay
from bauhinia.views.network_report import NetworkReport
from bauhinia.views.networks import DepositsPage, NetworkPage
from bauhinia.views.penalties import BuyInLine, PenaltyRates, PenaltyReport
from bauhinia.views.queue import QueuePage
from bauhinia.wire.answers import Asked, EventPage
from bauhinia.wire.asking import Claim, read_signed
from bauhinia.wire.desk import Desk
from bauhinia.wire.envelopes import digest_of
from bauhinia.wire.forms import BadForm, from_plain, to_json
from bauhinia.wire.particulars import Binding, GivenParticulars, Particulars
from bauhinia.wire.problems import Door, DoorRefused, Problem, refusal_of
from bauhinia.wire.receipts import Receipt, read_receipt
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Reason, Refused

T = TypeVar("T")
SECONDS = 60.0
SILENCE = 45.0  # seconds without a word after which a stream is taken for dead
ATTEMPTS = 6
RECONNECTS = 24  # of a stream, over two minutes
LONGEST_PAUSE = 6.0  # seconds
PAUSE = 0.1  # seconds before the second attempt; each pause is twice the one before
ENVELOPE, JSON = "application/octet-stream", "application/json"
AGAIN = (Door.BUSY, Door.STOPPED, Door.TOO_SLOW, Door.TOO_MANY)  # what passes


class Unanswered(Exception):
    """No answer came. An envelope that was sent may stand or not: `find(digest)` will tell, once the market answers."""

    def __init__(self, why: str, digest: str = "") -> None:
        self.why, self.digest = why, digest

    def __str__(self) -> str:
        return f"{self.why}; envelope {self.digest} may stand" if self.digest else self.why


class Client(Desk):
    """A party's desk at a market over HTTP."""

    def __init__(
        self,
        url: str,
        signer: Signer | None = None,
        *,
        ledger: bytes | None = None,
        http: httpx.Client | None = None,
        clock: Callable[[], Micros] = wall_clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`url` is where the market answers. `ledger` is its identity, where it is known from elsewhere: else the first
        answer is believed. `http` is used in place of a connection of its own."""
        super().__init__(signer, clock)
        self._http = http or httpx.Client(base_url=url, timeout=SECONDS)
        self._own = http is None
        self._path = httpx.URL(url).path.rstrip("/") if http is None else ""
        self._ledger, self._sleep = ledger, sleep
        self._known: Asked | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._own:
            self._http.close()

    # ---- to do ----

    def submit(self, raw: bytes) -> Receipt:
        digest = digest_of(raw)
        try:
            return self._answered("POST", "/v1/envelopes", read_receipt, digest, raw, ENVELOPE)
        except Refused as refused:
            found = self.find(digest) if refused.reason is Reason.REPLAYED and self.signer else None
            if found is None:
                raise
            return found

    def find(self, digest: str, after: int = 0) -> Receipt | None:
        try:
            return self._answered("GET", f"/v1/envelopes/{digest}?after={after}", read_receipt)
        except DoorRefused as refused:
            if refused.door is Door.NOT_FOUND:
                return None
            raise

    def _asked(self, *, fresh: bool) -> Asked:
        if fresh or self._known is None or self._known.told:
            self._known = self.asker()
        return self._known

    # ---- to read ----

    def asker(self) -> Asked:
        return self._get(Asked, "/v1/asker")

    def market(self, events: int = 20) -> model.MarketGlance:
        return self._get(model.MarketGlance, "/v1/market", events=events)

    def systems(self) -> tuple[model.SystemLine, ...]:
        return self._get(tuple[model.SystemLine, ...], "/v1/systems")

    def parties(self) -> tuple[model.PartyLine, ...]:
        return self._get(tuple[model.PartyLine, ...], "/v1/parties")

    def particulars(self, party: int) -> Particulars:
        return self._get(Particulars, f"/v1/parties/{party:d}/particulars")

    def put_particulars(self, party: int, data: Mapping[str, str], salt: bytes = b"") -> Binding:
        body = to_json(GivenParticulars(dict(data), salt))
        target = f"/v1/parties/{party:d}/particulars"
        return self._answered("PUT", target, lambda plain: from_plain(Binding, plain), body=body)

    def moneys(self) -> tuple[model.MoneyLine, ...]:
        return self._get(tuple[model.MoneyLine, ...], "/v1/moneys")

    def bonds(self) -> tuple[model.BondLine, ...]:
        return self._get(tuple[model.BondLine, ...], "/v1/bonds")

    def bond(self, which: str | int) -> model.BondPage:
        return self._get(model.BondPage, f"/v1/bonds/{_part(which)}")

    def _register(self, which: str | int) -> model.RegisterCopy:
        return self._get(model.RegisterCopy, f"/v1/bonds/{_part(which)}/register")

    def cash_flows(self, which: str | int) -> tuple[model.CashFlow, ...]:
        return self._get(tuple[model.CashFlow, ...], f"/v1/bonds/{_part(which)}/cash-flows")

    def series(self) -> tuple[model.SeriesLine, ...]:
        return self._get(tuple[model.SeriesLine, ...], "/v1/series")

    def one_series(self, name: str) -> model.SeriesPage:
        return self._get(model.SeriesPage, f"/v1/series/{_part(name)}")

    def accounts(self) -> tuple[model.AccountLine, ...]:
        return self._get(tuple[model.AccountLine, ...], "/v1/accounts")

    def account(self, number: int, entries: int = 50) -> model.AccountPage:
        return self._get(model.AccountPage, f"/v1/accounts/{number:d}", entries=entries)

    def positions(self) -> tuple[model.Position, ...]:
        return self._get(tuple[model.Position, ...], "/v1/positions")

    def holdings(self, account: int, day: date) -> model.HoldingsStatement:
        return self._get(model.HoldingsStatement, f"/v1/accounts/{account:d}/holdings", day=day)

    def statement(self, account: int, first: date, last: date) -> model.TransactionsStatement:
        return self._get(model.TransactionsStatement, f"/v1/accounts/{account:d}/statement", first=first, last=last)

    def instructions(
        self, *, pending: bool = False, before: int = 0, limit: int = 100
    ) -> tuple[model.Instruction, ...]:
        kind = tuple[model.Instruction, ...]
        return self._get(kind, "/v1/instructions", pending=pending, before=before, limit=limit)

    def instruction(self, number: int) -> model.Instruction:
        return self._get(model.Instruction, f"/v1/instructions/{number:d}")

    def allegements(self) -> tuple[model.Allegement, ...]:
        return self._get(tuple[model.Allegement, ...], "/v1/allegements")

    def networks(self) -> tuple[NetworkPage, ...]:
        return self._get(tuple[NetworkPage, ...], "/v1/networks")

    def network_report(self, number: int, day: date) -> NetworkReport:
        return self._get(NetworkReport, f"/v1/networks/{number:d}/report", day=day.isoformat())

    def deposits(self, *, before: int = 0, limit: int = 100) -> DepositsPage:
        return self._get(DepositsPage, "/v1/deposits", before=before, limit=limit)

    def queue(self, *, after: int = 0, limit: int = 1_000) -> QueuePage:
        return self._get(QueuePage, "/v1/queue", after=after, limit=limit)

    def sets(self, *, unanswered: bool = False) -> tuple[SetLine, ...]:
        return self._get(tuple[SetLine, ...], "/v1/sets", unanswered=unanswered)

    def mandates(self) -> tuple[MandateLine, ...]:
        return self._get(tuple[MandateLine, ...], "/v1/mandates")

    def penalties(self, month: date | None = None) -> PenaltyReport:
        return self._get(PenaltyReport, "/v1/penalties", month=month)

    def penalty_rates(self) -> PenaltyRates:
        return self._get(PenaltyRates, "/v1/penalties/rates")

    def buy_ins(self) -> tuple[BuyInLine, ...]:
        return self._get(tuple[BuyInLine, ...], "/v1/buy-ins")

    def fees(self) -> tuple[FeeSchedule, ...]:
        return self._get(tuple[FeeSchedule, ...], "/v1/fees")

    def usage(self, month: date | None = None) -> tuple[UsageLine, ...]:
        asked = {"month": month} if month else {}
        return self._get(tuple[UsageLine, ...], "/v1/usage", **asked)

    def bills(self) -> tuple[BillPage, ...]:
        return self._get(tuple[BillPage, ...], "/v1/bills")

    def bill(self, number: int) -> BillPage:
        return self._get(BillPage, f"/v1/bills/{number:d}")

    def settlement(
        self, by: str = "day", first: date | None = None, last: date | None = None
    ) -> tuple[EfficiencyGroup, ...]:
        days = {name: day for name, day in (("first", first), ("last", last)) if day}
        return self._get(tuple[EfficiencyGroup, ...], "/v1/reports/settlement", by=by, **days)

    def liquidity(self, *, party: int = 0, days: int = DAYS) -> tuple[ForecastDay, ...]:
        return self._get(tuple[ForecastDay, ...], "/v1/reports/liquidity", party=party, days=days)

    def payments(self, *, unanswered: bool = False) -> tuple[model.PaymentLine, ...]:
        return self._get(tuple[model.PaymentLine, ...], "/v1/payments", unanswered=unanswered)

    def proposals(self) -> tuple[model.ProposalLine, ...]:
        return self._get(tuple[model.ProposalLine, ...], "/v1/proposals")

    def refusals(self, limit: int = 100) -> tuple[model.RefusalLine, ...]:
        return self._get(tuple[model.RefusalLine, ...], "/v1/refusals", limit=limit)

    def powers(self) -> tuple[model.PowerLine, ...]:
        return self._get(tuple[model.PowerLine, ...], "/v1/reports/powers")

    def events(self, after: str = "", limit: int = 100) -> EventPage:
        return self._get(EventPage, "/v1/events", after=after, limit=limit)

    def follow(self, after: str = "") -> Iterator[model.EventLine]:
        """A stream that is lost is taken up again after the last event that came; Unanswered once nobody has answered
        for so long that it is given up."""
        failed = 0
        while True:
            try:
                for line in self._stream(after):
                    failed, after = 0, line.cursor
                    yield line
                why: Exception = DoorRefused(Door.STOPPED, "the stream ended")
            except httpx.TransportError as wrong:
                why = wrong
            except DoorRefused as refused:
                if refused.door not in AGAIN:
                    raise
                why = refused
            failed += 1
            if failed == RECONNECTS:
                raise Unanswered(str(why) or type(why).__name__) from why
            self._sleep(min(PAUSE * 2**failed, LONGEST_PAUSE))

    def _stream(self, after: str) -> Iterator[model.EventLine]:
        target, limits = "/v1/events/stream", httpx.Timeout(SECONDS, read=SILENCE)
        headers = {**self._headers("GET", target), "Last-Event-ID": after}
        with self._http.stream("GET", target, headers=headers, timeout=limits) as response:
            if response.status_code != 200:
                response.read()
                raise _refusal(response)
            for text in response.iter_lines():
                if text.startswith("data:"):
                    yield from_plain(model.EventLine, msgspec.json.decode(text[5:].strip()))

    # ---- over the wire ----

    def _get(self, kind: type[T], path: str, **query: Any) -> T:
        given = urlencode({name: _text(value) for name, value in query.items() if value not in ("", None)})
        return self._answered("GET", f"{path}?{given}" if given else path, lambda plain: from_plain(kind, plain))

    def _answered(
        self,
        method: str,
        target: str,
        read: Callable[[Any], T],
        digest: str = "",
        body: bytes = b"",
        media: str = JSON,
        *,
        stranger: bool = False,
    ) -> T:
        """Ask, again where no answer came or the market was busy; what the answer says, or the refusal that it is."""
        pause = PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                headers = {} if stranger or media == ENVELOPE else self._headers(method, target, body)
                if body:
                    headers["Content-Type"] = media
                response = self._http.request(method, target, headers=headers, content=body or None)
            except httpx.TransportError as wrong:
                if attempt == ATTEMPTS:
                    raise Unanswered(str(wrong) or type(wrong).__name__, digest) from wrong
            else:
                if response.is_success:
                    return _read(response, read)
                refusal = _refusal(response)
                passes = isinstance(refusal, DoorRefused) and refusal.door in AGAIN
                if attempt == ATTEMPTS or not passes:
                    raise refusal
            self._sleep(pause)
            pause *= 2
        raise Unanswered("no attempt was made", digest)

    def _headers(self, method: str, target: str, body: bytes = b"") -> dict[str, str]:
        """What shows who asks. An envelope shows it by itself."""
        signer = self.signer
        if signer is None:
            return {}
        if self._ledger is None:
            told = self._answered("GET", "/v1/asker", lambda plain: from_plain(Asked, plain), stranger=True)
            self._ledger = bytes.fromhex(told.ledger)
        key, now = signer.keys[0], self.clock()
        signature = key.sign(read_signed(self._ledger, signer.party, now, method, self._path + target, body)).signature
        return {"Authorization": Claim(signer.party, key.verify_key.encode(), now, signature).header()}


def _read(response: httpx.Response, read: Callable[[Any], T]) -> T:
    try:
        return read(msgspec.json.decode(response.content))
    except (msgspec.DecodeError, BadForm) as wrong:
        raise DoorRefused(Door.FAULT, "the answer could not be read:", wrong) from wrong


def _refusal(response: httpx.Response) -> Refused | DoorRefused:
    try:
        return refusal_of(from_plain(Problem, msgspec.json.decode(response.content)))
    except (msgspec.DecodeError, BadForm):  # something else than the market answered
        return DoorRefused(Door.FAULT, response.status_code, response.reason_phrase)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _part(which: str | int) -> str:
    return quote(str(which), safe="")
