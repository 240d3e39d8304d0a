"""Who asks: signed requests, challenges and sessions. Strangers see what is public; a wrong claim is refused."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from threading import Lock
from typing import TypeVar

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError
from starlette.requests import Request

from bauhinia.ledger.parties import Standing
from bauhinia.views.model import STRANGER, Viewer
from bauhinia.views.store import Views
from bauhinia.views.tables import PARTIES
from bauhinia.wire.asking import (
    COOKIE,
    GOOD_FOR,
    SCHEME,
    Answer,
    Challenge,
    Session,
    open_signed,
    read_header,
    read_signed,
)
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.dates import MINUTE
from bauhinia.words.ids import Micros, PartyNumber

SESSION: Micros = 15 * MINUTE
MOST = 65_536  # challenges, and sessions, that are kept; the oldest go first
BEARER = "bearer "
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and how that is known: by a key of the party's, until a moment (zero: for this request alone)."""

    viewer: Viewer = STRANGER
    key: bytes = b""
    until: Micros = 0

    @property
    def name(self) -> str:
        """What its requests are counted under; empty for a stranger, who is counted by address."""
        return f"party {self.viewer.party}" if self.viewer.party else ""


NOBODY = Asker()


class Gate:
    """Tells who asks. Sessions are in memory alone: a restart ends them, and askers sign again."""

    def __init__(self, ledger: bytes, views: Views, clock: Callable[[], Micros]) -> None:
        """Keys, roles and standing are read of the views, so that nobody waits for settlement to be let in; `clock` is
        this machine's time. For any thread."""
        self._ledger, self._views, self._clock = ledger, views, clock
        self._lock = Lock()
        self._challenges: OrderedDict[str, Micros] = OrderedDict()
        self._sessions: OrderedDict[bytes, tuple[PartyNumber, bytes, Micros]] = OrderedDict()

    def who(self, request: Request, body: bytes = b"") -> Asker:
        """Who asks; a stranger where nothing is claimed. Refused where something is, and is not so. `body` is what the
        request came with."""
        header = request.headers.get("authorization", "")
        if header.lower().startswith(BEARER):
            return self._of_session(header[len(BEARER) :].strip())
        if header:
            return self._of_signature(request, header, body)
        cookie = request.cookies.get(COOKIE)
        if cookie:
            try:
                return self._of_session(cookie)
            except DoorRefused:  # a browser goes on sending a cookie that has ended: it is a stranger's then
                return NOBODY
        return NOBODY

    def still(self, asker: Asker) -> Asker | None:
        """Who asks now, where an answer goes on for long; None once the key is no more the party's, or time is up."""
        if not asker.viewer.party:
            return asker
        if asker.until and self._clock() > asker.until:
            return None
        viewer = self._viewer(PartyNumber(asker.viewer.party), asker.key)
        return None if viewer is None else Asker(viewer, asker.key, asker.until)

    def challenge(self) -> Challenge:
        """Something to sign, never given twice."""
        until = self._clock() + GOOD_FOR
        text = token_hex(32)
        with self._lock:
            _keep(self._challenges, text, until)
        return Challenge(text, until)

    def open(self, answer: Answer) -> Session:
        """A session for who signed a challenge. The challenge is used up, right or wrong."""
        until = self._challenges.pop(answer.challenge, 0)
        if self._clock() > until:
            raise DoorRefused(Door.UNAUTHENTICATED, "the challenge is unknown, used or too old")
        signed = open_signed(self._ledger, answer.party, answer.challenge)
        self._verified(answer.party, answer.key, signed, answer.signature)
        token, until = token_hex(32), self._clock() + SESSION
        with self._lock:
            _keep(self._sessions, _digest(token), (answer.party, answer.key, until))
        return Session(token, answer.party, until)

    def close(self, request: Request) -> None:
        """End the session that a request comes with, if any."""
        header = request.headers.get("authorization", "")
        token = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else request.cookies.get(COOKIE, "")
        self._sessions.pop(_digest(token), None)

    def _of_session(self, token: str) -> Asker:
        party, key, until = self._sessions.get(_digest(token), (PartyNumber(0), b"", 0))
        viewer = self._viewer(party, key) if self._clock() <= until else None
        if viewer is None:
            self._sessions.pop(_digest(token), None)
            raise DoorRefused(Door.UNAUTHENTICATED, "the session has ended")
        return Asker(viewer, key, until)

    def _of_signature(self, request: Request, header: str, body: bytes) -> Asker:
        claim = read_header(header)
        if claim is None:
            raise DoorRefused(Door.UNAUTHENTICATED, f"the header is not '{SCHEME} party=..,key=..,time=..,sig=..'")
        if abs(self._clock() - claim.time) > GOOD_FOR:
            raise DoorRefused(Door.UNAUTHENTICATED, "the time is more than a minute from this machine's")
        signed = read_signed(self._ledger, claim.party, claim.time, request.method, target_of(request), body)
        return Asker(self._verified(claim.party, claim.key, signed, claim.signature), claim.key)

    def _verified(self, party: PartyNumber, key: bytes, signed: bytes, signature: bytes) -> Viewer:
        viewer = self._viewer(party, key)
        try:
            if viewer is None or len(key) != 32 or len(signature) != 64:
                raise CryptoError
            crypto_sign_open(signature + signed, key)
        except CryptoError:
            raise DoorRefused(Door.UNAUTHENTICATED, "the signature is not one of the party's") from None
        return viewer

    def _viewer(self, number: PartyNumber, key: bytes) -> Viewer | None:
        """The party as a viewer, if the key is one of its own now and it has not closed."""
        with self._views.reading() as db:
            party = PARTIES.find(db, number)
        if party is None or party.standing is Standing.CLOSED or all(each.public != key for each in party.keys):
            return None
        return Viewer(number, party.roles)


def target_of(request: Request) -> str:
    """The path with its query, as it was sent: what the signature covers."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope.get("query_string", b"")
    path = raw.split(b"?", 1)[0]
    return (path + b"?" + query if query else path).decode("latin-1")


def _digest(token: str) -> bytes:
    """Sessions are kept by digest, so that looking one up tells nothing by its time."""
    return sha256(token.encode()).digest()


def _keep(kept: OrderedDict[K, V], name: K, value: V) -> None:
    kept[name] = value
    while len(kept) > MOST:
        kept.popitem(last=False)
