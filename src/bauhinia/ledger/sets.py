"""Sets of legs that parties have agreed on, or are asked to, and which settle all or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bauhinia.ledger.posting import Leg
from bauhinia.words.ids import Micros, PartyNumber, TransactionNumber


@dataclass(slots=True)
class AgreedSet:
    """One contract among the holders of all accounts that it names. `legs` are as proposed: a bond is named, whatever
    books its accounts stand in. Open until a moment (exclusive); once all have `agreed` it is a transaction, which all
    of them must have `asked` to be cancelled. `ended`: it never became one."""

    number: int
    proposer: PartyNumber
    legs: tuple[Leg, ...]
    settlement_date: date
    priority: int
    reference: str
    until: Micros
    agreed: dict[PartyNumber, bool] = field(default_factory=dict)
    asked: dict[PartyNumber, bool] = field(default_factory=dict)
    transaction: TransactionNumber = TransactionNumber(0)
    ended: bool = False


@dataclass(slots=True)
class Sets:
    """Every set that is open, or whose transaction has not left the state, or that has ended on the day. `of` finds one
    by its transaction, `references` by its proposer and reference."""

    sets: dict[int, AgreedSet] = field(default_factory=dict)
    of: dict[TransactionNumber, int] = field(default_factory=dict)
    references: dict[tuple[PartyNumber, str], int] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    last: int = 0

    def agreed(self, transaction: TransactionNumber) -> AgreedSet | None:
        """The set that a transaction settles, if it settles one."""
        number = self.of.get(transaction)
        return None if number is None else self.sets[number]

    def _drop(self, number: int) -> None:
        gone = self.sets.pop(number)
        del self.references[gone.proposer, gone.reference]
        if gone.transaction:
            del self.of[gone.transaction]

    def forget(self, transaction: TransactionNumber) -> None:
        """Forget the set of a transaction, where it has one; for `evolve` only."""
        number = self.of.get(transaction)
        if number is not None:
            self._drop(number)

    def forget_ended(self) -> None:
        """Forget the sets that ended on the day; for `evolve` only."""
        for number in self.ended:
            self._drop(number)
        self.ended.clear()
