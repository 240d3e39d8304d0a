"""Whose eyes a page is made for: the session a browser comes with, or in a played market the party it chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from nacl.signing import SigningKey
from starlette.requests import Request
from starlette.responses import Response

from bauhinia.edge.http.gate import NOBODY, Asker, Gate
from bauhinia.views.model import Viewer
from bauhinia.wire.asking import COOKIE, OPENS, Answer, Session, open_signed
from bauhinia.wire.problems import Door, DoorRefused
from bauhinia.words.ids import PartyNumber

EYES = "bauhinia-eyes"  # in a played market: the party that was chosen, so that its session can be opened again
NUMBER_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks, and a session that was opened for this answer, whose cookie it must carry."""

    asker: Asker = NOBODY
    opened: Session | None = None

    @property
    def viewer(self) -> Viewer:
        return self.asker.viewer


class Looking:
    """Tells who looks. `play` are the play keys of a played market's parties, empty in a real one: there a party
    signs for itself."""

    def __init__(
        self, gate: Gate, ledger: bytes, play: Mapping[int, SigningKey], viewer: Callable[[int], Viewer]
    ) -> None:
        """`viewer` gives a party with its roles."""
        self.gate, self.ledger, self.play, self._viewer = gate, ledger, play, viewer

    def who(self, request: Request) -> Eyes:
        """Who a request's cookies say looks; a stranger where they say nothing that is so."""
        try:
            asker = self.gate.who(request)
        except DoorRefused:
            asker = NOBODY
        chosen = number_of(request.cookies.get(EYES, ""))
        if asker.viewer.party or not self.play or chosen not in self.play:
            return Eyes(asker)
        return self.choose(chosen)

    def choose(self, party: int) -> Eyes:
        """Look as a party of a played market, by a session signed with its play key."""
        key, challenge = self.play[party], self.gate.challenge().challenge
        public = key.verify_key.encode()
        signature = key.sign(open_signed(self.ledger, party, challenge)).signature
        try:
            session = self.sign_in(party, challenge, public, signature)
        except DoorRefused:  # its keys have been changed for others
            return Eyes()
        return Eyes(Asker(self._viewer(party), public, session.until), session)

    def sign_in(self, party: int, challenge: str, key: bytes, signature: bytes) -> Session:
        """A session for who signed the challenge; DoorRefused otherwise."""
        return self.gate.open(Answer(PartyNumber(party), key, challenge, signature))

    @property
    def signed_prefix(self) -> str:
        """What comes before the party's number in what is signed, hexadecimal; for the script of the sign-in page."""
        return (OPENS + self.ledger).hex()


def remember(response: Response, request: Request, session: Session, *, played: bool) -> None:
    """Give a browser its session, for this site and no script."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, session.token, httponly=True, samesite="strict", secure=secure, path="/")
    if played:
        response.set_cookie(EYES, str(session.party), httponly=True, samesite="strict", secure=secure, path="/")


def forget(response: Response) -> None:
    for name in (COOKIE, EYES):
        response.delete_cookie(name, path="/", httponly=True, samesite="strict")


def from_here(request: Request) -> bool:
    """Whether a form was sent by a page of ours: what another site's page sends is not done (OWASP, CSRF)."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def number_of(text: str) -> int:
    """A number as a form or a cookie has it; zero, nobody's, where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS else 0


def read_signature(text: str) -> tuple[bytes, bytes]:
    """The key and the signature as `bauhinia keys sign` prints them: 64 and 128 hexadecimal digits."""
    try:
        key, signature = (bytes.fromhex(part) for part in text.split())
    except ValueError:
        raise DoorRefused(
            Door.UNAUTHENTICATED, "expected a public key and a signature, in hexadecimal digits"
        ) from None
    return key, signature
