"""A market that runs in this process, with its views, and desks at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_bytes
from shutil import rmtree
from tempfile import mkdtemp
from typing import Self

from nacl.signing import SigningKey

from bauhinia.machine.genesis import Genesis
from bauhinia.node.home import VIEWS, Home
from bauhinia.node.keys import Signer, generate, load, play_keys, save
from bauhinia.node.market import Market, Options, wall_clock
from bauhinia.node.recovery import Progress
from bauhinia.views import queries
from bauhinia.views.store import Views
from bauhinia.wire.following import Following
from bauhinia.wire.local import LocalDesk
from bauhinia.words.ids import PartyNumber

OPERATOR = PartyNumber(1)
KEYS = "keys"
PERSONS = ("maker", "checker")  # of a new market's operator: its static data ask for four eyes
SEAL_EVERY = 10_000
Keys = Callable[[str, Sequence[tuple[str, str]]], Sequence[SigningKey]]  # of a party's name; public keys and persons


class Floor:
    """A running market and its views. Desks at it share one following; closing it closes what it opened.

    `keys` finds the keys of a party by its name, its public keys and its persons; `names` are numbers of parties
    that the ledger does not name, such as natural persons of a story.
    """

    def __init__(
        self, market: Market, views: str | Path | None = None, keys: Keys | None = None, *, own: bool = False
    ) -> None:
        """`views` is their file: beside the journal where nothing else is said, or in a folder that goes when the floor
        is closed, for a market in memory. `own` closes the market with the floor."""
        self.market, self.names = market, dict[str, int]()
        self._keys, self._own = keys, own
        journal = market.journal.path
        self._folder = mkdtemp(prefix="bauhinia-") if views is None and journal is None else ""
        if views is None:
            views = (Path(self._folder) if journal is None else journal.parent) / VIEWS
        self.views = Views(views, market.genesis)
        self.following = Following(market, self.views)

    @classmethod
    def open(
        cls,
        path: str | Path,
        genesis: Genesis | None = None,
        options: Options | None = None,
        progress: Progress | None = None,
        keys: Keys | None = None,
    ) -> Floor:
        """Open the ledger in a folder, or ":memory:", as `Market.open` does, and bring its views up."""
        market = Market.open(path, genesis, options, progress)
        try:
            floor = cls(market, keys=keys, own=True)
        except BaseException:
            market.close()
            raise
        floor.reach()
        return floor

    def reach(self) -> None:
        """Wait until the views hold all that is in the journal, or follow no more."""
        height = self.market.journal.height()
        while not self.following.reach(height) and self.following.failure is None:
            continue

    def desk(self, who: Signer | str | None = None) -> LocalDesk:
        """A party's desk: by its signer, or by its name where the floor has its keys; a stranger's without."""
        signer = self.signer(who) if isinstance(who, str) else who
        return LocalDesk(self.following, signer, self.market.options.clock)

    def signer(self, name: str) -> Signer:
        """A party by its name, with the keys that the floor has of it; none where it has none, and then it only reads.
        LookupError where there is no such party."""
        operator = queries.viewer(self.views, OPERATOR)
        named = {each.name: each.number for each in queries.parties(self.views, operator) if each.name}
        number = self.names.get(name) or named.get(name)
        page = queries.party(self.views, operator, number) if number else None
        if number is None or page is None:
            raise LookupError(f"there is no party {name}; there are {', '.join(named)}")
        keys = self._keys(name, page.keys) if self._keys else ()
        return Signer(PartyNumber(number), keys)

    def close(self) -> None:
        self.following.close()
        self.views.close()
        if self._own:
            self.market.close()
        if self._folder:
            rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def played_keys(name: str, known: Sequence[tuple[str, str]]) -> list[SigningKey]:
    """The play keys of a party of a story."""
    return play_keys(name, [person for _, person in known])


def open_market(
    folder: str | Path,
    *,
    name: str = "Bauhinia",
    operator: str = "Operator",
    options: Options | None = None,
    progress: Progress | None = None,
) -> Floor:
    """The market of a folder; begun there where none has, with new keys for two persons of its operator in `keys/`.

    `desk(name)` signs for a party with those of its keys that stand there, unencrypted.
    """
    path = Path(folder)
    genesis = None if Home.at(path).begun else begin(path, name, operator)
    return Floor.open(path, genesis, options, progress, keys=lambda _, known: kept_keys(path / KEYS, known))


def begin(folder: Path, name: str, operator: str) -> Genesis:
    """A new ledger's genesis, with keys for two persons of its operator."""
    (folder / KEYS).mkdir(mode=0o700, parents=True, exist_ok=True)
    named = []
    for person in PERSONS:
        path = folder / KEYS / f"{person}.key"
        if not path.exists():  # a beginning that was interrupted before its first block is gone on with
            save(generate(person), path)
        named.append(load(path))
    public = tuple(each.public for each in named)
    return Genesis(name, operator, public, 1, token_bytes(32), wall_clock(), False, SEAL_EVERY)


def kept_keys(folder: Path, known: Sequence[tuple[str, str]]) -> list[SigningKey]:
    """Of the public keys of a party, hexadecimal, those whose key files stand in a folder."""
    public = [key for key, _ in known]
    found = (load(file) for file in sorted(folder.glob("*.key")))
    return [each.key for each in found if each.public.public.hex() in public]
