"""The desk of who asks from the command line: at a folder of this machine, or at a node's address."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from nacl.signing import SigningKey

from bauhinia.edge.cli.complaints import Usage
from bauhinia.edge.cli.keeping import begun
from bauhinia.edge.cli.keys import opened
from bauhinia.edge.cli.printing import progress
from bauhinia.node.home import InUse
from bauhinia.node.keys import Signer, play_keys
from bauhinia.views import model, queries
from bauhinia.views.store import Views
from bauhinia.wire.client import Client
from bauhinia.wire.desk import Desk
from bauhinia.wire.floor import OPERATOR, Floor, played_keys
from bauhinia.words.ids import PartyNumber

PERSONS = ("maker", "checker")  # of a party of a story that names no others


@contextmanager
def desk(asked: argparse.Namespace, *, signing: bool = False) -> Iterator[Desk]:
    """The desk of who asks. Without `--as`, a folder's operator asks, since whoever has the folder sees all of it; at
    an address it is a stranger. `signing` asks for keys."""
    if signing and not asked.key and not asked.play:
        raise Usage("what is sent must be signed: --key FILE, or --play on a played story")
    if asked.url:
        with closing(_remote(asked)) as found:
            yield found
        return
    folder = begun(asked.data)
    try:
        with progress("executing blocks", quiet=asked.json) as told:
            floor = Floor.open(folder, progress=told, keys=played_keys if asked.play else None)
    except InUse as used:
        raise Usage(f"{used}: ask its node, with --url") from None
    with floor:
        yield floor.desk(_local_signer(asked, floor))


def _local_signer(asked: argparse.Namespace, floor: Floor) -> Signer:
    views, operator = floor.views, queries.viewer(floor.views, OPERATOR)
    keys = [opened(Path(file)).key for file in asked.key]
    parties = queries.parties(views, operator)
    if asked.party is not None:
        number = party_number(asked.party, parties)
    else:
        number = _owner(keys, views, operator, parties) if keys else OPERATOR
    name = next(each.name for each in parties if each.number == number)
    return floor.signer(name) if asked.play and name else Signer(PartyNumber(number), keys)


def _owner(keys: Sequence[SigningKey], views: Views, operator: model.Viewer, parties: Sequence[model.PartyLine]) -> int:
    """Whose the first key is."""
    public = keys[0].verify_key.encode().hex()
    for each in parties:
        page = queries.party(views, operator, each.number)
        if page is not None and any(key == public for key, _ in page.keys):
            return each.number
    raise Usage(f"no party of this market has the key {public}")


def _remote(asked: argparse.Namespace) -> Client:
    if asked.party is None:
        if asked.key or asked.play:
            raise Usage("whose keys are these? name the party with --as")
        return Client(asked.url)
    with closing(Client(asked.url)) as stranger:
        parties = stranger.parties()
    number = party_number(asked.party, parties)
    keys = [opened(Path(file)).key for file in asked.key]
    if asked.play:
        keys = play_keys(next(each.name for each in parties if each.number == number), PERSONS)
    if not keys:
        raise Usage(f"who asks as {asked.party} must sign: --key FILE, or --play on a played story")
    return Client(asked.url, Signer(PartyNumber(number), keys))


def party_number(named: str, parties: Sequence[model.PartyLine]) -> int:
    """A party by its number or its name."""
    for each in parties:
        if named in (str(each.number), each.name) and named:
            return each.number
    close = [each.name for each in parties if each.name.lower() == named.lower()]
    meant = f"; did you mean {close[0]}?" if close else ""
    raise Usage(f"there is no party {named}{meant}")
