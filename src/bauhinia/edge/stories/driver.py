"""What a story is played on: anything that takes signed envelopes in order and can be asked for its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bauhinia.ledger.state import State
from bauhinia.machine.block import Applied, Block, apply_block
from bauhinia.machine.genesis import Genesis, begin
from bauhinia.machine.steps import Outcome
from bauhinia.node.market import Market
from bauhinia.node.publishing import Committed
from bauhinia.node.verify import verify
from bauhinia.words.ids import PartyNumber

T = TypeVar("T")


@dataclass(slots=True)
class Told:
    """What a block came to: its height, the hash of its header, and the outcome of each of its steps."""

    height: int
    hash: bytes
    outcomes: list[Outcome]


class Driver(Protocol):
    """A market as a story needs it. Its time is told, by the operator's `SetTime` among the envelopes."""

    @property
    def ledger(self) -> bytes:
        """The ledger's identity, 16 bytes, which every envelope names."""

    def submit(self, envelopes: Sequence[bytes]) -> list[Told]:
        """Take envelopes, in their order; the blocks that were made of them and of what followed, pages included."""

    def keep(self, party: PartyNumber, particulars: Mapping[str, str], salt: bytes) -> None:
        """Keep a natural person's particulars beside the ledger, which is bound to them."""

    def read(self, ask: Callable[[State], T]) -> T:
        """The answer to a question about the state, which must not be changed."""


@dataclass(slots=True)
class Machine:
    """A market in this process, in memory: every signature verified, every block applied, nothing kept on disk."""

    genesis: Genesis
    state: State = field(init=False)
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = begin(self.genesis)

    @property
    def ledger(self) -> bytes:
        return self.genesis.ledger

    def submit(self, envelopes: Sequence[bytes]) -> list[Told]:
        told = [self._block(verify(envelopes))]
        while self._due():
            told.append(self._block([]))
        return told

    def _due(self) -> bool:
        """Whether pages are left, or a duty that had to wait for them: both come before whatever is sent next."""
        days = self.state.days
        return bool(days.paged) or bool(days.agenda and days.agenda[0][0] <= self.state.time)

    def _block(self, entries: Sequence[Any]) -> Told:
        block = Block(self.state.height + 1, self.state.time, entries)
        self.blocks.append(block)
        applied: Applied = apply_block(self.state, block)
        return Told(block.height, applied.header.hash, applied.outcomes)

    def keep(self, party: PartyNumber, particulars: Mapping[str, str], salt: bytes) -> None:
        """Nothing is kept beside it."""

    def read(self, ask: Callable[[State], T]) -> T:
        return ask(self.state)


class Running:
    """A market that runs: envelopes go through its sequencer and its journal, as anyone's do."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._told: list[Told] = []
        self._subscription = market.subscribe(self._tell)

    def _tell(self, block: Committed) -> None:
        self._told.append(Told(block.height, block.header.hash, block.outcomes))

    @property
    def ledger(self) -> bytes:
        return self.market.ledger

    def submit(self, envelopes: Sequence[bytes]) -> list[Told]:
        for receipt in self.market.submit_many(envelopes):
            receipt.result()
        self.market.quiet()
        told, self._told = self._told, []
        return told

    def keep(self, party: PartyNumber, particulars: Mapping[str, str], salt: bytes) -> None:
        self.market.personal.put(party, particulars, salt=salt)

    def read(self, ask: Callable[[State], T]) -> T:
        return self.market.read(ask)

    def close(self) -> None:
        """Let the market go on without this."""
        self.market.unsubscribe(self._subscription)
