"""The console's addresses: thin functions over the views, each making one page for whoever looks."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from nacl.signing import SigningKey
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bauhinia.edge import copies
from bauhinia.edge.console import pages
from bauhinia.edge.console.eyes import EYES, Eyes, Looking, forget, from_here, number_of, read_signature, remember
from bauhinia.edge.console.tales import Asset, Names, told
from bauhinia.edge.http.app import problem
from bauhinia.edge.http.house import House, address_of
from bauhinia.edge.http.limits import body_of
from bauhinia.edge.http.streams import KEEP_ALIVE
from bauhinia.views import model, queries
from bauhinia.views.model import Viewer
from bauhinia.views.store import Views
from bauhinia.wire.problems import DoorRefused
from bauhinia.words.reasons import Refused

log = logging.getLogger("bauhinia.console")
STATIC = {"console.css": "text/css", "console.js": "text/javascript", "mark.svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
UTC_OFFSET = 0
LARGEST_FORM = 4_096
PAGES, MOST_PAGES = "pages", 512  # that listen at a time, counted together
READ, SHOWN, ALL = 250, 20, 500  # of the latest events: read, shown on the market's page, and on a bond's


@dataclass(slots=True)
class Console:
    """What the pages are made of. `base` is where they are mounted; empty at the root."""

    house: House
    looking: Looking
    base: str = ""

    @property
    def views(self) -> Views:
        return self.house.views

    def come(self, request: Request) -> Eyes:
        """Who looks, counted as the API counts who asks; refused where it comes too often."""
        eyes = self.looking.who(request)
        self.house.rates.take(eyes.asker.name or address_of(request))
        return eyes

    def shell(self, eyes: Eyes, glance: model.MarketGlance | None = None) -> pages.Shell:
        """What stands around a page."""
        viewer = eyes.viewer
        glance = glance or queries.market(self.views, viewer, 1)
        party = queries.party(self.views, viewer, viewer.party) if viewer.party else None
        name = (party.party.name or f"Party {viewer.party}") if party else ""
        return pages.Shell(
            base=self.base,
            viewer=viewer,
            viewer_name=name,
            play=bool(self.looking.play),
            height=glance.height,
            head=glance.head,
            told=glance.told,
            time=glance.time,
            offset=glance.systems[0].offset if glance.systems else UTC_OFFSET,
            cursor=glance.events[0].cursor if glance.events else "",
        )

    def names(self, viewer: Viewer) -> Names:
        """The names that a viewer may know."""
        views = self.views
        assets = {bond.asset: Asset(bond.name, bond.currency, bond.exponent) for bond in queries.bonds(views, viewer)}
        for money in queries.moneys(views, viewer):
            assets[money.asset] = Asset(money.code, money.currency, money.exponent)
        return Names(
            {party.number: party.name for party in queries.parties(views, viewer)},
            assets,
            {account.number: account.name for account in queries.accounts(views, viewer)},
            {system.number: system.name for system in queries.systems(views, viewer)},
            {},
        )


Page = Callable[[Console, Request, Eyes], str | None]


def market(console: Console, request: Request, eyes: Eyes) -> str:
    glance = queries.market(console.views, eyes.viewer, READ)
    tales = told(glance.events, console.names(eyes.viewer), SHOWN)
    return pages.market(console.shell(eyes, glance), glance, tales)


def bond(console: Console, request: Request, eyes: Eyes) -> str | None:
    found = queries.bond(console.views, eyes.viewer, queries.which_bond(request.path_params["which"]))
    return (
        None
        if found is None
        else pages.bond(console.shell(eyes), found, told(found.history, console.names(eyes.viewer), ALL))
    )


def accounts(console: Console, request: Request, eyes: Eyes) -> str:
    views, viewer = console.views, eyes.viewer
    return pages.accounts(console.shell(eyes), queries.accounts(views, viewer), queries.positions(views, viewer))


def account(console: Console, request: Request, eyes: Eyes) -> str | None:
    found = queries.account(console.views, eyes.viewer, number_of(request.path_params["number"]))
    if found is None:
        return None
    names = console.names(eyes.viewer).assets
    called = {number: asset.name for number, asset in names.items()}
    return pages.account(console.shell(eyes), found, called)


def powers(console: Console, request: Request, eyes: Eyes) -> str:
    views, viewer = console.views, eyes.viewer
    return pages.powers(console.shell(eyes), queries.powers(views, viewer), queries.reconciliation(views, viewer))


def who_looks(console: Console, request: Request, eyes: Eyes, problem: str = "") -> str:
    looking = console.looking
    shell = console.shell(eyes)
    if looking.play:
        parties = [party for party in queries.parties(console.views, eyes.viewer) if party.number in looking.play]
        return pages.viewer(shell, parties, problem=problem)
    challenge = looking.gate.challenge().challenge
    return pages.viewer(shell, (), f"{looking.ledger.hex()}.{challenge}", problem, looking.signed_prefix)


def page(console: Console, make: Page) -> Callable[[Request], Response]:
    """An address that answers with a page, or with the page that says that nothing is there: unknown and not-yours
    are one answer."""

    def answer(request: Request) -> Response:
        try:
            eyes = console.come(request)
            html = make(console, request, eyes)
            status = 200 if html is not None else 404
            if html is None:
                detail = "There is nothing at this address, or it is not yours to see."
                html = pages.message(console.shell(eyes), status, "Nothing here", detail)
            return sent(console, request, eyes, html, status)
        except DoorRefused as refused:
            return turned_away(refused)
        except Exception:
            log.exception("the page %s failed", request.url.path)
            return Response("The node made a mistake; it has been recorded.", 500, HEADERS)

    return answer


def turned_away(refused: DoorRefused) -> Response:
    """What the door refuses, in a line: too often, too large."""
    response = problem(refused)
    headers = {name: value for name, value in response.headers.items() if name == "retry-after"}
    text = " ".join(map(str, (refused.door.title, *refused.parts)))
    return Response(text, refused.door.status, {**HEADERS, **headers}, "text/plain")


def sent(console: Console, request: Request, eyes: Eyes, html: str, status: int = 200) -> Response:
    response = HTMLResponse(html, status, HEADERS)
    if eyes.opened is not None:
        remember(response, request, eyes.opened, played=bool(console.looking.play))
    return response


def choosing(console: Console) -> Callable[[Request], Any]:
    """The form of the page that asks who looks: choose, sign in, or leave."""

    async def answer(request: Request) -> Response:
        if not from_here(request):
            return Response("This form was not sent by a page of this console.", 403, HEADERS)
        try:
            console.house.rates.take(address_of(request))
            form = parse_qs((await body_of(request, LARGEST_FORM)).decode("utf-8", "replace"))
        except DoorRefused as refused:
            return turned_away(refused)
        fields = {name: values[0] for name, values in form.items()}
        return await run_in_threadpool(chosen, console, request, fields)

    return answer


def chosen(console: Console, request: Request, fields: Mapping[str, str]) -> Response:
    looking = console.looking
    away = RedirectResponse(f"{console.base}/", 303, HEADERS)
    party = number_of(fields.get("party", ""))
    if "leave" in fields or (looking.play and party not in looking.play):
        looking.gate.close(request)
        forget(away)
        return away
    if looking.play:
        eyes = looking.choose(party)
        if eyes.opened is not None:
            remember(away, request, eyes.opened, played=True)
        return away
    try:
        key, signature = read_signature(fields.get("signature", ""))
        challenge = fields.get("challenge", "").rpartition(".")[2]
        session = looking.sign_in(party, challenge, key, signature)
    except DoorRefused as refused:
        eyes = looking.who(request)
        problem = f"That did not sign you in: {' '.join(map(str, refused.parts))}."
        return sent(console, request, eyes, who_looks(console, request, eyes, problem), 401)
    remember(away, request, session, played=False)
    return away


def listening(console: Console) -> Callable[[Request], Any]:
    """The stream by which an open page hears that something happened."""

    async def answer(request: Request) -> Response:
        house = console.house
        try:
            house.streams.admit(PAGES, MOST_PAGES)
            eyes = await house.in_thread(console.come, request)
        except DoorRefused as refused:
            return turned_away(refused)
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        response = StreamingResponse(heard(console, eyes, after[:80]), 200, HEADERS, "text/event-stream")
        if eyes.opened is not None:
            remember(response, request, eyes.opened, played=True)
        return response

    return answer


async def heard(console: Console, eyes: Eyes, after: str) -> AsyncIterator[str]:
    """Server-sent events for a page that shows what its viewer knew at the cursor `after`: only that something
    happened which its viewer may know of. What it was, the page asks for anew."""
    house = console.house
    with house.streams.one(PAGES):
        yield "retry: 2000\n\n"
        while not house.feed.closed:
            seen = house.feed.height
            found = await house.in_thread(latest, console, eyes)
            if found is None:
                yield "event: ended\ndata: \n\n"
                return
            if found != after:
                after = found
                yield f"id: {after}\nevent: happened\ndata: \n\n"
            if not await house.feed.beyond(seen, KEEP_ALIVE):
                yield ": still here\n\n"


def latest(console: Console, eyes: Eyes) -> str | None:
    """The latest cursor of who looks now; None when the session has ended."""
    asker = console.looking.gate.still(eyes.asker)
    if asker is None:
        return None
    events = queries.latest_events(console.views, asker.viewer, 1)
    return events[0].cursor if events else ""


def register_file(console: Console) -> Callable[[Request], Response]:
    """A copy of a register, for who may take one. The console has no keys to sign with: who must sign for it first is
    told by which command."""

    def answer(request: Request) -> Response:
        try:
            eyes = console.come(request)
        except DoorRefused as refused:
            return turned_away(refused)
        which, ending = request.path_params["which"], request.path_params["ending"]
        try:
            found = queries.register(console.views, eyes.viewer, queries.which_bond(which), console.house.personal)
        except Refused as refused:
            detail = f"A copy is yours once you have signed for it today: send {refused.parts[0]}, and say why."
            return sent(console, request, eyes, pages.message(console.shell(eyes), 403, "Not signed for", detail), 403)
        if found is None or ending not in copies.MEDIA:
            detail = "There is no such register, or a copy of it is not yours to take."
            return sent(console, request, eyes, pages.message(console.shell(eyes), 404, "No copy", detail), 404)
        data, kind, name = copies.register_file(found, ending)
        return Response(data, 200, {**HEADERS, "Content-Disposition": f"attachment; filename={name}"}, kind)

    return answer


def static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        return Response("", 404, HEADERS)
    headers = {**HEADERS, "Cache-Control": "public, max-age=86400"}
    return Response(pages.static(name), 200, headers, STATIC[name])


def console_routes(house: House, *, play: Mapping[int, SigningKey] | None = None, base: str = "") -> list[BaseRoute]:
    """The console's routes, to be mounted at `base`, beside the API of the same house.

    `play` are keys of the parties of a played market: there a visitor chooses whose eyes to look through. Without, a
    party signs a challenge.
    """
    looking = Looking(house.gate, house.market.ledger, play or {}, lambda party: queries.viewer(house.views, party))
    console = Console(house, looking, base)
    gets: tuple[tuple[str, Page], ...] = (
        ("/", market),
        ("/bonds/{which}", bond),
        ("/accounts", accounts),
        ("/accounts/{number}", account),
        ("/powers", powers),
        ("/viewer", who_looks),
    )
    routes: list[BaseRoute] = [Route(f"{base}{path}", page(console, make)) for path, make in gets]
    routes += [
        Route(f"{base}/viewer", choosing(console), methods=["POST"]),
        Route(f"{base}/live", listening(console)),
        Route(f"{base}/bonds/{{which}}/register.{{ending}}", register_file(console)),
        Route(f"{base}/static/{{name}}", static),
    ]
    return routes


__all__ = ["EYES", "HEADERS", "console_routes"]
