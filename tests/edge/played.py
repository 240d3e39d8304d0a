"""A played market behind its two doors, for tests of the console and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx
import uvicorn
from nacl.signing import SigningKey
from starlette.applications import Starlette

from bauhinia.edge.cli.playing import keys_of
from bauhinia.edge.cli.serving import listener, served
from bauhinia.edge.stories import Played
from bauhinia.edge.stories.played import play
from bauhinia.node.keys import Signer, play_key
from bauhinia.node.market import Market
from bauhinia.wire.client import Client
from bauhinia.wire.floor import Floor
from bauhinia.words.ids import PartyNumber

PERSONS = ("maker", "checker")


@dataclass(frozen=True, slots=True)
class HongKong:
    """The story's market, what was played, and where it is served with play keys."""

    floor: Floor
    played: Played
    folder: Path
    url: str

    @property
    def market(self) -> Market:
        return self.floor.market

    def party(self, name: str) -> int:
        return self.played.names.numbers["party", name]

    def account(self, name: str) -> int:
        return self.played.names.numbers["account", name]

    def asset(self, name: str) -> int:
        code = self.played.names.assets[name].code
        return self.market.read(lambda state: state.codes[code])

    def desk(self, name: str) -> Client:
        keys = [play_key(name, person).key for person in PERSONS]
        return Client(self.url, Signer(PartyNumber(self.party(name)), keys))

    @contextmanager
    def browser(self, name: str = "") -> Iterator[httpx.Client]:
        """A browser that looks as a party; as a stranger without."""
        with httpx.Client(base_url=self.url, follow_redirects=True) as client:
            if name:
                client.post("/viewer", data={"party": str(self.party(name))}).raise_for_status()
            yield client


@contextmanager
def played(folder: Path, story: str | Path = "hong-kong-2025") -> Iterator[HongKong]:
    with play(story) as floor, at_address(floor, keys_of(floor.played)) as url:
        yield HongKong(floor, floor.played, folder, url)


@contextmanager
def at_address(floor: Floor, play: Mapping[int, SigningKey] | None = None) -> Iterator[str]:
    """A market served at an address of this machine, on a port that was free."""
    with running(served(floor, play=play)) as url:
        yield url


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    door = listener("127.0.0.1", 0)
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        door.close()
