"""`bauhinia up`, and what `bauhinia demo` ends with: a market behind its API and its console."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nacl.signing import SigningKey

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.printing import answer, note, progress, say
from bauhinia.node.home import Home
from bauhinia.node.memory import settle_down
from bauhinia.wire.floor import KEYS, Floor, open_market

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from uvicorn import Config, Server

FOLDER = "bauhinia-data"
BACKLOG = 128


def up(asked: argparse.Namespace) -> int:
    """Serve the market of a folder, begun there where none has."""
    folder = Path(asked.data or FOLDER)
    new = not Home.at(folder).begun
    with listener(asked.host, asked.port) as door:
        with progress("executing blocks", quiet=asked.json) as told:
            floor = open_market(folder, name=asked.name, operator=asked.operator, progress=told)
        with floor:
            if new and not asked.json:
                say(f"a new market in {folder}; its operator's keys are in {folder / KEYS}, not encrypted")
            serve(floor, door, json=asked.json)
    return DONE


def listener(host: str, port: int) -> socket.socket:
    """The socket to serve on, so that a port in use is known before anything is played or recovered."""
    try:
        found = socket.create_server((host, port), backlog=BACKLOG)
    except OSError as wrong:
        raise Usage(f"cannot serve on {host}:{port}: {os.strerror(wrong.errno or 0).lower()}") from None
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else an answer in two parts waits for the other side
    found.set_inheritable(True)
    return found


def serve(
    floor: Floor,
    door: socket.socket,
    *,
    json: bool = False,
    play: Mapping[int, SigningKey] | None = None,
) -> None:
    """Serve until stopped (SIGINT, SIGTERM). `play` lets whoever comes choose whose eyes to look through."""
    import uvicorn

    host, port = door.getsockname()[:2]
    where = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
    if host not in ("127.0.0.1", "::1", "localhost"):
        note("this address can be reached from other machines, and nothing here encrypts: put TLS before it")
    app = served(floor, play=play)
    settle_down()
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=3
    )
    if json:
        answer({"console": f"{where}/", "api": f"{where}/v1", "pid": os.getpid()})
        sys.stdout.flush()
    else:
        say(f"console  {where}/", f"API      {where}/docs", "stop it with Ctrl-C")
    signal.signal(signal.SIGTERM, _stop)  # uvicorn ends, then sends itself the signal again
    with suppress(KeyboardInterrupt):
        _server(config, app.state.house.stop).run(sockets=[door])


def _server(config: Config, close: Callable[[], None]) -> Server:
    """A server that ends its streams first when it is stopped, and so need not wait for who listens to them."""
    from uvicorn import Server

    class Ending(Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            close()
            await super().shutdown(sockets)

    return Ending(config)


def _stop(number: int, frame: object) -> NoReturn:
    """To be stopped is how serving ends: what is open is closed on the way out, whichever signal it was."""
    raise KeyboardInterrupt


def served(floor: Floor, *, play: Mapping[int, SigningKey] | None = None) -> Starlette:
    """The API and the console of a market, as one application."""
    from bauhinia.edge.console.app import console_routes
    from bauhinia.edge.http.app import make_app

    floor.reach()
    app = make_app(floor.following)
    app.router.routes.extend(console_routes(app.state.house, play=play))
    return app
