"""The HTTP door: from the table of addresses to an application, and what surrounds every answer."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bauhinia.edge.http.addresses import JSON, Address, Ask
from bauhinia.edge.http.files import FILES
from bauhinia.edge.http.gate import NOBODY
from bauhinia.edge.http.house import House, address_of
from bauhinia.edge.http.limits import Limits, body_of
from bauhinia.edge.http.openapi import document
from bauhinia.edge.http.reads import READS
from bauhinia.edge.http.service import SERVICE, docs_page
from bauhinia.edge.http.streams import STREAMS
from bauhinia.edge.http.writes import WRITES
from bauhinia.node.market import Busy, Halted, wall_clock
from bauhinia.wire.following import Following
from bauhinia.wire.forms import to_json
from bauhinia.wire.problems import CONTENT_TYPE, Door, DoorRefused, problem_of
from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Refused

log = logging.getLogger("bauhinia.http")
ADDRESSES: tuple[Address, ...] = (*READS, *FILES, *STREAMS, *WRITES, *SERVICE)
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def make_app(
    following: Following,
    *,
    limits: Limits | None = None,
    clock: Callable[[], Micros] = wall_clock,
    more: Sequence[BaseRoute] = (),
) -> Starlette:
    """The application before a market that its views follow.

    `clock` is this machine's time, for signatures, sessions and rates; `more` are further routes. The house stands in
    `app.state.house`.
    """
    house = House(following, limits, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        house.start()
        try:
            yield
        finally:
            house.stop()

    app = Starlette(
        routes=[*routes(house), *more],
        middleware=[Middleware(Guarded)],
        lifespan=lifespan,
        exception_handlers={HTTPException: _unrouted},
    )
    described = document(ADDRESSES)
    app.state.house, app.state.document, app.state.page = house, to_json(described), docs_page(described)
    return app


def routes(house: House) -> list[Route]:
    """A route for each address. Those with fewer parts to fill go first: /v1/events/stream is no event."""
    ordered = sorted(ADDRESSES, key=lambda address: address.path.count("{"))
    return [Route(each.path, _endpoint(house, each), methods=[each.method]) for each in ordered]


def _endpoint(house: House, address: Address) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        began = time.perf_counter()
        response = await _answered(house, address, request)
        if not isinstance(response, StreamingResponse):
            house.metrics.answered(address.method, address.path, response.status_code, time.perf_counter() - began)
        return response

    return answer


class Guarded:
    """Gives every answer, whoever made it, the headers that it does not bring itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)


async def _answered(house: House, address: Address, request: Request) -> Response:
    """The answer, or the problem document that says why there is none."""
    try:
        with anyio.fail_after(house.limits.seconds):
            return await _answer(house, address, request)
    except (Refused, DoorRefused) as refused:
        return problem(refused)
    except Halted as halted:
        log.warning("nothing is taken in: %s", halted)
        return problem(DoorRefused(Door.STOPPED))
    except Busy:
        return problem(DoorRefused(Door.BUSY))
    except TimeoutError:
        return problem(DoorRefused(Door.TOO_SLOW))
    except Exception:
        log.exception("%s %s failed", address.method, address.path)
        return problem(DoorRefused(Door.FAULT))


async def _answer(house: House, address: Address, request: Request) -> Response:
    ask = Ask(house, NOBODY, {}, {}, b"", request)
    ask.path = address.read_path(request.path_params)
    ask.query = address.read_query(request.query_params)
    if address.takes:
        _check_content(address, request)
    ask.body = await body_of(request, address.largest)
    if address.waits:
        await house.in_thread(_identify, ask, address)
        return _response(address, await address.handler(ask))
    return await house.in_thread(_plain, ask, address)


def _plain(ask: Ask, address: Address) -> Response:
    """Who asks, what is asked, and the answer as text: one trip to a thread."""
    _identify(ask, address)
    return _response(address, address.handler(ask))


def _identify(ask: Ask, address: Address) -> None:
    """Find out who asks, and count it: under its name, or the address where none is known or it was claimed wrongly."""
    try:
        if not address.anonymous:
            ask.asker = ask.house.gate.who(ask.request, ask.body)
    except DoorRefused:
        ask.house.rates.take(address_of(ask.request))
        raise
    ask.house.rates.take(ask.house.counted(ask))


def _check_content(address: Address, request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (address.takes or {}):
        raise DoorRefused(Door.CONTENT, kind or "nothing", "was said; it is", " or ".join(address.takes or ()))


def _response(address: Address, answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        raise DoorRefused(Door.NOT_FOUND)
    return Response(to_json(answer), address.status, media_type=JSON)


def problem(refused: Refused | DoorRefused) -> Response:
    """A refusal as a response."""
    told = problem_of(refused)
    response = Response(to_json(told), told.status, media_type=CONTENT_TYPE)
    if isinstance(refused, DoorRefused):
        match refused.door:
            case Door.UNAUTHENTICATED:
                response.headers["WWW-Authenticate"] = "Bauhinia, Bearer"
            case Door.TOO_MANY | Door.BUSY | Door.STOPPED:
                response.headers["Retry-After"] = next((str(p) for p in refused.parts if isinstance(p, int)), "1")
    return response


async def _unrouted(_request: Request, wrong: Exception) -> Response:
    """What no address takes: as unknown as anything else that is not there."""
    status = wrong.status_code if isinstance(wrong, HTTPException) else 500
    response = problem(DoorRefused(Door.METHOD if status == 405 else Door.NOT_FOUND))
    if isinstance(wrong, HTTPException) and wrong.headers:
        response.headers.update(wrong.headers)
    return response
