"""Links: which of a party's instructions comes first, which settle together, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from bauhinia.ledger.instructions import Link, Partial, ProcessingPosition, Side, Status
from bauhinia.ledger.invariants import broken
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.ids import AccountNumber, InstructionNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.test_together import Desk, dealers, together
from tests.support import START, Seed, seen, trade

WITH, BEFO, AFTE = ProcessingPosition.WITH, ProcessingPosition.BEFO, ProcessingPosition.AFTE


@dataclass
class Linked:
    """Dealers whose trades are called by their references, in each of which the two sides may have links."""

    desk: Desk
    numbers: dict[str, TransactionNumber] = field(default_factory=dict)

    def instructs(
        self, own: str, side: Side, other: str, lots: int, name: str, links: str = "", amount: int = 0, **more: Any
    ) -> list[Any]:
        told = self.desk.told
        money, cash = (self.desk.hkd, self.desk.at[own]) if amount else (0, 0)
        order = trade(
            side, self.desk.bond, lots * 100, self.desk.at[own], told.parties[other], START, money, amount, cash, name,
            links=linked(links), **more,
        )  # fmt: skip
        return told.does(own, order)

    def sells(
        self, seller: str, buyer: str, lots: int, name: str, of_seller: str = "", of_buyer: str = "", **more: Any
    ) -> list[Any]:
        events = self.instructs(seller, Side.DELIVER, buyer, lots, name, of_seller, **more)
        events += self.instructs(buyer, Side.RECEIVE, seller, lots, name, of_buyer, **more)
        self.numbers[name] = self.desk.told.state.settlement.last_transaction
        return events

    def says(self, *names: str) -> list[str]:
        """Each trade's reason where it waits, else its status."""
        found = [self.desk.told.state.settlement.transactions[self.numbers[name]] for name in names]
        return [each.status.name if each.status is not Status.PENDING else each.reason.name for each in found]

    def number(self, own: str, name: str) -> InstructionNumber:
        return self.desk.told.state.settlement.references[self.desk.told.parties[own], name]

    def sound(self) -> None:
        assert broken(self.desk.told.state) == []


def linked(text: str) -> tuple[Link, ...]:
    """Links as `AFTE BUY, WITH SELL`."""
    pairs = (each.split() for each in text.split(",") if each)
    return tuple(Link(ProcessingPosition[position], name) for position, name in pairs)


@pytest.fixture
def made() -> Linked:
    return Linked(dealers())


@pytest.mark.parametrize(("first", "second"), [("", "AFTE one"), ("BEFO two", "")])
def test_one_waits_until_the_other_has_settled(made: Linked, first: str, second: str) -> None:
    seed = Seed(made.desk.told)
    made.sells("A", "B", 2, "one", first)  # A has nothing
    made.sells("D", "A", 1, "two", of_buyer=second)
    assert made.says("one", "two") == ["LACK", "LINK"]
    made.sells("D", "A", 2, "three")
    assert made.says("one", "two", "three") == ["SETTLED"] * 3
    settled = [each for each in seen(made.desk.told, "A") if isinstance(each, Settled)]
    assert [each.transactions[0] for each in settled][-3:] == [made.numbers[name] for name in ("three", "one", "two")]
    assert made.desk.told.state.settlement.named == {}
    made.sound()
    seed.replay()


def test_the_one_that_comes_first_may_be_entered_last_and_stops_what_waited(made: Linked) -> None:
    made.sells("A", "B", 2, "later")
    assert made.says("later") == ["LACK"]
    made.instructs("A", Side.DELIVER, "C", 1, "first", "BEFO later")
    assert made.says("later") == ["LINK"]
    made.sells("D", "A", 2, "cover")
    assert made.says("later", "cover") == ["LINK", "SETTLED"]
    made.instructs("C", Side.RECEIVE, "A", 1, "first")
    assert made.desk.holdings()[2] == (100, 0)
    assert made.says("later") == ["LACK"]
    made.sound()
