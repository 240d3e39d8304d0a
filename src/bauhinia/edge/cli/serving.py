"""`bauhinia up`, and what `bauhinia demo` ends with: a market behind its API and its console."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nacl.signing import SigningKey

from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.printing import answer, note, progress, say
from bauhinia.machine.genesis import Genesis
from bauhinia.node import keys
from bauhinia.node.home import Home
from bauhinia.node.market import Market, wall_clock

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bauhinia.node.personal import PersonalData
    from bauhinia.views.queries import Personal

FOLDER = "bauhinia-data"
KEYS = "keys"
PERSONS = ("maker", "checker")  # of a new market's operator: its static data ask for four eyes
SEAL_EVERY = 10_000
VIEWS = "views.sqlite"
BACKLOG = 128


def up(asked: argparse.Namespace) -> int:
    """Serve the market of a folder, begun there where none has."""
    folder = Path(asked.data or FOLDER)
    genesis = None if Home.at(folder).begun else _begin(folder, asked.name, asked.operator)
    with listener(asked.host, asked.port) as door:
        with progress("executing blocks", quiet=asked.json) as told:
            market = Market.open(folder, genesis, progress=told)
        with market:
            if genesis is not None and not asked.json:
                say(f"a new market in {folder}; its operator's keys are in {folder / KEYS}, not encrypted")
            serve(market, folder / VIEWS, door, json=asked.json)
    return DONE


def _begin(folder: Path, name: str, operator: str) -> Genesis:
    """A new ledger's genesis, with keys for two persons of its operator."""
    (folder / KEYS).mkdir(mode=0o700, parents=True, exist_ok=True)
    named = []
    for person in PERSONS:
        path = folder / KEYS / f"{person}.key"
        if not path.exists():  # a beginning that was interrupted before its first block is gone on with
            keys.save(keys.generate(person), path)
        named.append(keys.load(path))
    public = tuple(each.public for each in named)
    return Genesis(name, operator, public, 1, secrets.token_bytes(32), wall_clock(), False, SEAL_EVERY)


def listener(host: str, port: int) -> socket.socket:
    """The socket to serve on, so that a port in use is known before anything is played or recovered."""
    try:
        found = socket.create_server((host, port), backlog=BACKLOG)
    except OSError as wrong:
        raise Usage(f"cannot serve on {host}:{port}: {os.strerror(wrong.errno or 0).lower()}") from None
    found.set_inheritable(True)
    return found


def serve(
    market: Market,
    views: Path,
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
    with served(market, views, play=play) as app:
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
            uvicorn.Server(config).run(sockets=[door])


def _stop(number: int, frame: object) -> NoReturn:
    """To be stopped is how serving ends: what is open is closed on the way out, whichever signal it was."""
    raise KeyboardInterrupt


@contextmanager
def served(market: Market, views: Path, *, play: Mapping[int, SigningKey] | None = None) -> Iterator[Starlette]:
    """The API and the console of a market, as one application; its views are brought up and follow it."""
    from bauhinia.edge.console.app import console_routes
    from bauhinia.edge.http.app import make_app
    from bauhinia.node.personal import FILE as PERSONAL
    from bauhinia.node.personal import PersonalData
    from bauhinia.views.store import Views
    from bauhinia.wire.following import Following

    store = Views(views, market.genesis)
    following = Following(market, store)
    home = market.journal.path
    people = PersonalData(home.parent / PERSONAL if home else None)
    erasing = market.subscribe(people.listen, after=people.seen)
    personal = personal_of(people)
    try:
        following.reach(market.status().height)
        app = make_app(following, personal=personal)
        routes, told = console_routes(store, app.state.house.gate, market.ledger, play=play, personal=personal)
        app.router.routes.extend(routes)
        following.listen(lambda height: told())
        yield app
    finally:
        market.unsubscribe(erasing)
        following.close()
        store.close()
        people.close()


def personal_of(people: PersonalData) -> Personal:
    """What registers show of a person, out of the personal data beside the ledger."""
    from bauhinia.views import model
    from bauhinia.words.ids import PartyNumber

    def personal(party: int) -> model.PersonalData | None:
        found = people.get(PartyNumber(party))
        if found is None:
            return None
        return model.PersonalData(str(found.data.get("name", "")), str(found.data.get("address", "")))

    return personal
