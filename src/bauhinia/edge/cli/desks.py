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
from bauhinia.edge.cli.serving import VIEWS, personal_of
from bauhinia.edge.stories.keys import play_key
from bauhinia.node.home import InUse
from bauhinia.node.keys import Signer
from bauhinia.node.market import Market
from bauhinia.node.personal import FILE as PERSONAL
from bauhinia.node.personal import PersonalData
from bauhinia.views import model, queries
from bauhinia.views.store import Views
from bauhinia.wire.client import Client
from bauhinia.wire.desk import Desk
from bauhinia.wire.following import Following
from bauhinia.wire.local import LocalDesk
from bauhinia.words.ids import PartyNumber

OPERATOR = PartyNumber(1)
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
            market = Market.open(folder, progress=told)
    except InUse as used:
        raise Usage(f"{used}: ask its node, with --url") from None
    with market, closing(Views(folder / VIEWS, market.genesis)) as views:
        following = Following(market, views)
        people = PersonalData(folder / PERSONAL if (folder / PERSONAL).exists() else None)
        try:
            following.reach(market.journal.height())
            yield LocalDesk(following, _local_signer(asked, views), personal=personal_of(people))
        finally:
            following.close()
            people.close()


def _local_signer(asked: argparse.Namespace, views: Views) -> Signer:
    operator = queries.viewer(views, OPERATOR)
    keys = [opened(Path(file)).key for file in asked.key]
    parties = queries.parties(views, operator)
    if asked.party is not None:
        number = party_number(asked.party, parties)
    else:
        number = _owner(keys, views, operator, parties) if keys else OPERATOR
    if asked.play:
        page = queries.party(views, operator, number)
        keys = _play_keys(page.party.name, [person for _, person in page.keys]) if page else []
    return Signer(PartyNumber(number), keys)


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
        keys = _play_keys(next(each.name for each in parties if each.number == number), PERSONS)
    if not keys:
        raise Usage(f"who asks as {asked.party} must sign: --key FILE, or --play on a played story")
    return Client(asked.url, Signer(PartyNumber(number), keys))


def _play_keys(name: str, persons: Sequence[str]) -> list[SigningKey]:
    return [play_key(name, person) for person in persons]


def party_number(named: str, parties: Sequence[model.PartyLine]) -> int:
    """A party by its number or its name."""
    for each in parties:
        if named in (str(each.number), each.name) and named:
            return each.number
    close = [each.name for each in parties if each.name.lower() == named.lower()]
    meant = f"; did you mean {close[0]}?" if close else ""
    raise Usage(f"there is no party {named}{meant}")
