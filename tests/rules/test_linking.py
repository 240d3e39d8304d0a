"""Links: which of a party's instructions comes first, which settle together, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import OPEN, Link, Partial, ProcessingPosition, Side, Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Block, Role
from bauhinia.ledger.positions import key_of
from bauhinia.ledger.powers import Cause
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.linking import MOST_CHAINED, MOST_LINKS
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.money import MintMoney
from bauhinia.rules.parting import Parted
from bauhinia.rules.powers import LiftBlock, SetBlock
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.ids import NO_ASSET, InstructionNumber, SystemNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.banks import banked, publish
from tests.rules.test_settlement import NEXT
from tests.rules.test_together import DEALERS, Desk, dealers, together
from tests.support import START, TABLE, Seed, issued, seen, trade

CUT_OFF = 16 * 60


@dataclass
class Linked:
    """Dealers whose trades are called by their references; each side of one may have links, as `AFTE BUY, WITH SELL`.
    D has all of the bond and nobody any money."""

    desk: Desk
    numbers: dict[str, TransactionNumber] = field(default_factory=dict)

    def order(
        self, own: str, side: Side, other: str, lots: int, name: str, links: str = "", amount: int = 0, **more: Any
    ) -> Any:
        desk = self.desk
        money, cash = (desk.hkd, desk.at[own]) if amount else (0, 0)
        fields = {"links": links_of(links), "money": money, "cash": cash, "day": START, **more}
        return trade(
            side, desk.bond, lots * 100, desk.at[own], desk.told.parties[other], amount=amount, reference=name, **fields
        )

    def instructs(self, own: str, *given: Any, **more: Any) -> list[Any]:
        return self.desk.told.does(own, self.order(own, *given, **more))

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
        return [each.reason.name if each.status in OPEN else each.status.name for each in found]

    def number(self, own: str, name: str) -> InstructionNumber:
        return self.desk.told.state.settlement.references[self.desk.told.parties[own], name]

    def set(self, *names: str) -> Any:
        return together(*(self.numbers[name] for name in names))

    def cancels(self, name: str, *sides: str) -> None:
        for own in sides:
            self.desk.told.does(own, CancelInstruction(self.number(own, name)))

    def links(self, own: str, name: str, links: str) -> list[Any]:
        return self.desk.told.does(own, ModifyInstruction(self.number(own, name), links=links_of(links)))

    def settled(self, who: str) -> list[tuple[str, ...]]:
        """What a party saw settle, one event after the other."""
        names = {number: name for name, number in self.numbers.items()}
        found = [each for each in seen(self.desk.told, who) if isinstance(each, Settled)]
        return [tuple(names[number] for number in each.transactions if number in names) for each in found]

    def sound(self) -> None:
        assert broken(self.desk.told.state) == []


def links_of(text: str) -> tuple[Link, ...]:
    pairs = (each.split() for each in text.split(",") if each)
    return tuple(Link(ProcessingPosition[position], name) for position, name in pairs)


@pytest.fixture
def made() -> Linked:
    return Linked(dealers())


# ---- before and after ----


@pytest.mark.parametrize(("first", "second"), [("", "AFTE one"), ("BEFO two", ""), ("BEFO two", "AFTE one")])
def test_one_waits_until_the_other_has_settled(made: Linked, first: str, second: str) -> None:
    seed = Seed(made.desk.told)
    made.sells("A", "B", 2, "one", first)  # A has nothing
    made.sells("D", "A", 1, "two", of_buyer=second)
    assert made.says("one", "two") == ["LACK", "LINK"]
    made.sells("D", "A", 2, "three")
    assert made.says("one", "two", "three") == ["SETTLED"] * 3
    assert made.settled("A") == [("three",), ("one",), ("two",)]
    assert made.desk.told.state.settlement.named == {}
    made.sound()
    seed.replay()


def test_the_one_that_comes_first_may_be_entered_last_and_stops_what_waited(made: Linked) -> None:
    made.sells("A", "B", 2, "later")
    assert made.says("later") == ["LACK"]
    made.instructs("A", Side.DELIVER, "C", 1, "first", "BEFO later")
    assert made.says("later") == ["LINK"]
    made.sells("D", "A", 3, "cover")
    assert made.says("later", "cover") == ["LINK", "SETTLED"]
    made.instructs("C", Side.RECEIVE, "A", 1, "first")
    assert made.says("later") == ["SETTLED"]
    assert made.desk.holdings()[:3] == [(0, 0), (200, 0), (100, 0)]
    made.sound()


def test_what_is_linked_to_something_not_entered_waits_for_it(made: Linked) -> None:
    made.sells("D", "A", 1, "two", of_buyer="AFTE one")
    assert made.says("two") == ["LINK"]
    made.sells("D", "B", 1, "one")  # of another party's name: not the one that is meant
    assert made.says("two", "one") == ["LINK", "SETTLED"]
    made.instructs("A", Side.RECEIVE, "D", 2, "one")
    made.instructs("D", Side.DELIVER, "A", 2, "its other side")
    assert made.says("two") == ["SETTLED"]
    made.sells("D", "A", 1, "three", of_buyer="AFTE one")
    assert made.says("three") == ["SETTLED"], "what has settled has come first"
    made.sound()


def test_a_chain_settles_in_its_order_and_survives_the_end_of_the_day(made: Linked) -> None:
    seed = Seed(made.desk.told)
    made.sells("D", "A", 1, "three", of_buyer="AFTE two")
    made.sells("D", "A", 1, "two", of_buyer="AFTE one")
    made.sells("D", "A", 1, "one", hold=True)
    made.sells("D", "A", 1, "four", of_buyer="AFTE one", day=NEXT, trade_date=START)
    assert made.says("one", "two", "three", "four") == ["BOTH", "LINK", "LINK", "FUTU"]
    told = made.desk.told
    for own in ("A", "D"):
        told.does(own, ReleaseInstruction(made.number(own, "one")))
    assert made.settled("A") == [("one",), ("two",), ("three",)]
    told.until(NEXT)
    assert made.settled("A")[-1] == ("four",)
    assert not any(each.links for each in told.state.settlement.instructions.values())
    seed.replay()


def test_a_payment_outside_the_ledger_is_not_asked_for_before_its_turn(made: Linked) -> None:
    told = made.desk.told
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    paid: dict[str, Any] = {"money": rtgs, "cash": 0}
    made.sells("D", "A", 1, "one", amount=500, **paid)
    made.sells("D", "A", 1, "two", of_buyer="AFTE one")
    made.sells("D", "A", 1, "three", of_buyer="AFTE two", amount=500, **paid)
    assert made.says("one", "two", "three") == ["CONFIRMING", "LINK", "LINK"]
    refused = told.refused("A", made.order("A", Side.DELIVER, "B", 1, "zero", "BEFO one"))
    assert refused == (Reason.STATE, ("links", "one", "CONFIRMING"))
    told.does("HKMA", ConfirmPayment(1, "paid"))
    assert made.says("one", "two", "three") == ["SETTLED", "SETTLED", "CONFIRMING"]
    made.sound()


def test_who_is_behind_one_that_a_rise_could_have_helped_is_not_forgotten(made: Linked) -> None:
    """Five lots come, enough for the first in the line; before it is tried, what waited for them by its link takes two:
    three are left, for the second."""
    made.sells("A", "B", 5, "big")
    made.sells("A", "C", 3, "small")
    made.sells("A", "B", 2, "linked", "AFTE cover")
    made.sells("D", "A", 5, "cover")
    assert made.says("linked", "big", "small") == ["SETTLED", "LACK", "SETTLED"]
    made.sound()


# ---- together ----


def test_a_chain_of_purchase_and_sale_settles_at_one_instant(made: Linked) -> None:
    """A buys of D and sells to B for what B pays: it has neither bonds nor money."""
    seed = Seed(made.desk.told)
    made.desk.mints("B", 505)
    made.sells("D", "A", 5, "buy", amount=500)
    made.sells("A", "B", 5, "sell", of_seller="WITH buy", amount=505)
    assert made.says("buy", "sell") == ["SETTLED"] * 2
    assert made.settled("A") == [("buy", "sell")]
    assert made.settled("D")[-1] == ("buy", "sell"), "the views show each its own part"
    assert made.desk.holdings()[:2] == [(0, 5), (500, 0)]
    made.sound()
    seed.replay()


def test_the_one_that_lacks_is_told_so_and_the_others_wait_for_it(made: Linked) -> None:
    made.sells("D", "A", 5, "buy", amount=500)
    assert made.says("buy") == ["MONY"]
    made.sells("A", "B", 5, "sell", of_seller="WITH buy", amount=505)
    assert made.says("buy", "sell") == ["LINK", "MONY"], "it is B now who lacks the money"
    told = [(each.transaction, each.reason) for each in seen(made.desk.told, "D") if isinstance(each, Waits)]
    assert told[-1] == (made.numbers["buy"], Reason.LINK)
    made.desk.mints("B", 504)
    made.desk.mints("A", 500)  # it might pay alone, and does not
    assert made.says("buy", "sell") == ["LINK", "MONY"]
    made.desk.mints("B", 1)
    assert made.says("buy", "sell") == ["SETTLED"] * 2
    made.sound()


def test_what_others_bring_to_the_set_lessens_what_it_needs(made: Linked) -> None:
    """What a set needs of a position is what its legs draw together, and others in the line behind it know that."""
    made.sells("A", "B", 5, "big", "WITH help")
    made.sells("D", "A", 3, "help", hold=True)
    made.sells("A", "C", 1, "small")
    told = made.desk.told
    for own in ("A", "D"):
        told.does(own, ReleaseInstruction(made.number(own, "help")))
    assert made.says("big", "help", "small") == ["LACK", "LINK", "LACK"]
    made.sound()
    made.sells("D", "A", 2, "more")
    assert made.says("big", "help", "small") == ["SETTLED", "SETTLED", "LACK"]
    made.sells("A", "B", 4, "again", "WITH aid")
    made.sells("D", "A", 3, "aid")
    made.sells("D", "A", 2, "both")
    assert made.says("again", "aid", "small") == ["SETTLED", "SETTLED", "SETTLED"], "two are enough for both"
    made.sound()


@pytest.mark.parametrize(
    ("in_the_way", "told_of_two"),
    [("hold", "BOTH"), ("day", "FUTU"), ("block", "FROZ"), ("first", "LINK"), ("unmatched", ""), ("cancelled", "")],
)
def test_none_settles_while_one_may_not(made: Linked, in_the_way: str, told_of_two: str) -> None:
    """D delivers to A and to C, both or neither; what is in the way of the one is then put out of it."""
    told, desk, seed = made.desk.told, made.desk, Seed(made.desk.told)
    made.instructs("D", Side.DELIVER, "A", 1, "one", "WITH two")
    if in_the_way == "block":
        told.does("operator", SetBlock(desk.at["C"], NO_ASSET, int(Block.CREDIT), Cause.SANCTIONS, b"", 0))
    if in_the_way == "first":
        made.instructs("D", Side.DELIVER, "B", 1, "zero", "BEFO two")
    more: dict[str, Any] = {}
    if in_the_way == "hold":
        more = {"hold": True}
    if in_the_way == "day":
        more = {"day": NEXT, "trade_date": START}
    made.instructs("D", Side.DELIVER, "C", 1, "two", **more)
    if told_of_two:
        made.instructs("C", Side.RECEIVE, "D", 1, "two", **more)
        made.numbers["two"] = told.state.settlement.last_transaction
    made.instructs("A", Side.RECEIVE, "D", 1, "one")
    made.numbers["one"] = told.state.settlement.last_transaction
    assert made.says("one") == ["LINK"]
    assert not told_of_two or made.says("two") == [told_of_two]
    match in_the_way:
        case "hold":
            for own in ("D", "C"):
                assert made.says("one", "two") != ["SETTLED"] * 2
                told.does(own, ReleaseInstruction(made.number(own, "two")))
        case "day":
            told.until(NEXT)
        case "block":
            told.does("operator", LiftBlock(desk.at["C"], NO_ASSET, int(Block.CREDIT), Cause.SANCTIONS, b"", 0))
        case "first":
            made.instructs("B", Side.RECEIVE, "D", 1, "zero")
        case "unmatched":
            made.instructs("C", Side.RECEIVE, "D", 1, "two")
        case _:
            made.cancels("two", "D")
            assert made.says("one") == ["LINK"]
            made.links("D", "one", "")
    assert not told.state.settlement.live
    (settled,) = [each for each in seen(told, "A") if isinstance(each, Settled)]
    assert len(settled.transactions) == (1 if in_the_way == "cancelled" else 2)
    made.sound()
    seed.replay()


def test_a_set_waits_for_room_in_a_wallet(made: Linked) -> None:
    told, desk = made.desk.told, made.desk
    told.state.networks.ceilings[key_of(desk.at["A"], desk.hkd)] = 4
    desk.mints("B", 505)
    made.sells("D", "A", 5, "buy", amount=500)
    made.sells("A", "B", 5, "sell", of_seller="WITH buy", amount=505)
    assert made.says("buy", "sell") == ["LINK", "HOLDING_LIMIT"]
    made.sound()
    made.sells("D", "A", 1, "spend", amount=1, of_buyer="WITH sell")
    assert made.says("buy", "sell", "spend") == ["SETTLED"] * 3


def test_links_of_both_sides_make_one_set(made: Linked) -> None:
    made.sells("A", "B", 1, "one", of_seller="WITH two")
    made.sells("B", "C", 1, "three", of_seller="WITH one")
    assert made.says("one", "three") == ["LINK"] * 2
    made.sells("D", "A", 1, "two")
    assert made.settled("A") == [("one", "three", "two")]
    made.sound()


def test_neither_of_two_that_offset_each_other_settles_without_its_set(made: Linked) -> None:
    made.sells("A", "B", 5, "out", "WITH other")
    made.sells("B", "A", 5, "in")
    assert made.says("out", "in") == ["LINK", "LACK"]
    made.sells("D", "A", 1, "other")
    assert made.says("out", "in", "other") == ["LACK", "LACK", "LINK"], "A's set brings B what it would give back"
    desk = made.desk
    assert desk.told.refused("operator", made.set("out", "in"))[0] is Reason.LINK
    desk.told.does("operator", made.set("in", "out", "other"))
    assert made.says("out", "in", "other") == ["SETTLED"] * 3
    made.sound()


# ---- cancelled, changed ----


def test_a_link_goes_with_the_instruction_that_has_it(made: Linked) -> None:
    made.sells("A", "B", 2, "first", "BEFO next, WITH beside")
    made.sells("D", "A", 1, "next")
    made.sells("D", "A", 1, "beside")
    assert made.says("first", "next", "beside") == ["LACK", "LINK", "LINK"]
    made.cancels("first", "A", "B")
    assert made.says("first", "next", "beside") == ["CANCELLED", "SETTLED", "SETTLED"]
    made.instructs("A", Side.DELIVER, "B", 3, "alone", "BEFO last")
    made.sells("D", "A", 1, "last")
    assert made.says("last") == ["LINK"]
    made.cancels("alone", "A")
    assert made.says("last") == ["SETTLED"]
    assert made.desk.told.state.settlement.named == {}
    made.sound()


def test_a_link_goes_with_an_instruction_that_lapses(made: Linked) -> None:
    made.instructs("A", Side.DELIVER, "B", 1, "alone", "BEFO later")
    made.sells("D", "A", 1, "later")
    told = made.desk.told
    told.until(date(2026, 3, 2))
    assert made.says("later") == ["LINK"]
    told.until(date(2026, 3, 6))
    assert made.settled("A") == [("later",)]
    assert told.state.settlement.named == {}


@pytest.mark.parametrize("link", ["AFTE first", "WITH first"])
def test_what_is_linked_to_something_cancelled_waits_until_it_takes_the_link_back(made: Linked, link: str) -> None:
    made.instructs("A", Side.DELIVER, "B", 1, "first")
    made.sells("D", "A", 1, "second", of_buyer=link)
    made.sells("D", "A", 1, "third", of_buyer=link)
    made.cancels("first", "A")
    assert made.says("second") == ["LINK"]
    told, change = made.desk.told, made.number("A", "second")
    assert told.refused("A", ModifyInstruction(change, links=links_of(f"{link}, AFTE third"))) == (
        Reason.STATE, ("links", "first", "CANCELLED"),
    )  # fmt: skip
    told.until(NEXT)
    assert made.says("second", "third") == ["LINK"] * 2
    made.links("A", "second", "")
    assert made.says("second", "third") == ["SETTLED", "LINK"]
    made.sells("D", "A", 1, "first", day=NEXT)
    assert made.says("third") == ["SETTLED"], "entered anew under the same name it is what was meant"
    assert told.state.settlement.named == {}
    made.sound()


def test_changing_links_asks_again_whom_they_bound(made: Linked) -> None:
    seed = Seed(made.desk.told)
    made.sells("A", "B", 2, "one")
    made.sells("D", "A", 1, "two", of_buyer="WITH one")
    assert made.says("one", "two") == ["LACK", "LINK"]
    made.links("A", "two", "AFTE one")
    assert made.says("one", "two") == ["LACK", "LINK"]
    made.sound()
    made.links("A", "two", "")
    assert made.says("one", "two") == ["LACK", "SETTLED"]
    made.links("A", "one", "AFTE two, AFTE three")
    assert made.says("one") == ["LINK"]
    made.sells("D", "A", 1, "three")
    assert made.says("one", "three") == ["SETTLED"] * 2
    told = made.desk.told
    assert told.refused("A", ModifyInstruction(made.number("A", "one"), links=()))[0] is Reason.STATE
    seed.replay()


def test_a_link_that_was_fulfilled_stays_so_when_others_change(made: Linked) -> None:
    made.sells("D", "A", 1, "first")
    made.sells("A", "B", 2, "second", "AFTE first")
    made.desk.told.until(NEXT)  # `first` is forgotten
    assert made.says("second") == ["LACK"]
    made.links("A", "second", "AFTE first, AFTE third")
    assert made.says("second") == ["LINK"]
    made.sells("D", "A", 1, "third", day=NEXT)
    assert made.says("second") == ["SETTLED"]


# ---- never in parts, and in sets ----


@pytest.mark.parametrize(
    ("own", "other", "parted"), [("", "", True), ("AFTE before", "", False), ("", "AFTE one", False)]
)
def test_what_is_linked_never_parts(made: Linked, own: str, other: str, parted: bool) -> None:
    made.sells("D", "A", 1, "before")
    made.sells("A", "B", 3, "one", own, partial=Partial.PART)
    made.sells("D", "A", 9, "two", of_buyer=other, hold=True)
    events = made.desk.told.until(START, CUT_OFF)
    assert bool([each for each in events if isinstance(each, Parted)]) is parted


def test_a_set_may_not_break_a_link(made: Linked) -> None:
    told = made.desk.told
    made.sells("A", "B", 5, "one", of_buyer="BEFO two")
    made.sells("B", "C", 5, "two", of_seller="WITH three")
    made.sells("C", "D", 5, "four")
    made.sells("B", "D", 1, "three")
    made.sells("D", "A", 1, "five")
    made.sells("C", "A", 4, "six")
    assert made.says("one", "two", "three") == ["LACK", "LINK", "LINK"]
    numbers = made.numbers
    for names, offender in (
        (("two", "four", "three", "six"), "two"),  # without what comes before it
        (("one", "two", "four", "six"), "two"),  # without what it is with
        (("one", "three"), "three"),
    ):
        assert told.refused("operator", made.set(*names)) == (Reason.LINK, ("transaction", numbers[offender]))
    assert told.refused("B", made.set("two")) == (Reason.LINK, ("transaction", numbers["two"]))
    assert told.refused("operator", made.set("one", "two", "three"))[0] is Reason.LACK
    made.sells("D", "B", 1, "lot")
    told.does("operator", made.set("one", "two", "three", "six"))
    assert made.says("one", "two", "three", "four", "six") == ["SETTLED"] * 3 + ["LACK", "SETTLED"]
    made.sound()


# ---- what is refused ----


@pytest.mark.parametrize(
    ("links", "refused"),
    [
        ("AFTE self", (Reason.CIRCULAR, ("links", "self"))),
        ("AFTE one, BEFO one", (Reason.DUPLICATE, ("links", "one"))),
        ("BEFO settled", (Reason.STATE, ("links", "settled", "SETTLED"))),
        ("WITH settled", (Reason.STATE, ("links", "settled", "SETTLED"))),
        ("AFTE gone", (Reason.STATE, ("links", "gone", "CANCELLED"))),
        ("AFTE three, BEFO two", (Reason.CIRCULAR, ("links", "self"))),  # one before two before three
        ("WITH one, BEFO two, AFTE two", (Reason.DUPLICATE, ("links", "two"))),
        ("WITH one, AFTE two", (Reason.CIRCULAR, ("links", "self"))),
        ("WITH one, WITH three", (Reason.CIRCULAR, ("links", "one"))),
        ("WITH outside", (Reason.STATE, ("links", "outside", "is paid outside the ledger"))),
        (", ".join(f"AFTE x{each}" for each in range(MOST_LINKS + 1)), (Reason.AMOUNT, ("links", MOST_LINKS + 1))),
        ("AFTE " + "x" * 36, (Reason.TEXT, ("links",))),
    ],
)
def test_links_that_cannot_be_kept_are_refused(
    made: Linked, links: str, refused: tuple[Reason, tuple[object, ...]]
) -> None:
    told = made.desk.told
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    made.sells("D", "A", 1, "settled")
    made.instructs("A", Side.DELIVER, "B", 9, "gone")
    made.cancels("gone", "A")
    made.instructs("A", Side.DELIVER, "B", 2, "two", "AFTE one, BEFO three")
    for name in ("one", "three"):
        made.instructs("A", Side.DELIVER, "B", 3, name)
    made.instructs("A", Side.DELIVER, "B", 2, "outside", amount=7, money=rtgs, cash=0)
    reason, parts = told.refused("A", made.order("A", Side.DELIVER, "B", 4, "self", links))
    assert reason is refused[0]
    assert parts[: len(refused[1])] == refused[1] or reason is Reason.CIRCULAR
    made.instructs("A", Side.DELIVER, "B", 4, "self")
    assert told.refused("A", ModifyInstruction(made.number("A", "self"), links=links_of(links))) == (reason, parts)


def test_deposits_whose_banks_settle_outside_first_are_not_linked_together() -> None:
    """Nor, where that becomes so after the links were entered, do they ever settle at one instant; by themselves, and
    in no cycle, they are paid outside as any other."""
    banks = banked("PREFUNDED")
    told, par, at = banks.told, banks.network.par, banks.customers
    told.party("Issuer", Role.ISSUER)
    bond = issued(told, "Issuer", (at["JPM 1"], 1_000_00))
    told.state.days.systems[SystemNumber(1)].timetable = replace(TABLE, cycles=(12 * 60,))

    def order(side: Side, name: str, links: str = "", model: int = 1) -> Any:
        own, other = ("JPM 1", "BAC 1") if side is Side.DELIVER else ("BAC 1", "JPM 1")
        return trade(
            side, bond, 100_00, at[own], told.parties[other], START, par, 99_00, at[own], name, links=links_of(links),
            model=model, common_reference=name,
        )  # fmt: skip

    told.does("JPM 1", order(Side.DELIVER, "one", "WITH two"), order(Side.DELIVER, "two"))
    told.does("JPM 1", order(Side.DELIVER, "net", model=3))
    told.state.rulebooks["deposits"].clear()
    publish(told, "deposits", claims="RTGS_FIRST")
    refused = told.refused("JPM 1", order(Side.DELIVER, "three", "WITH one"))
    assert refused == (Reason.STATE, ("links", "one", "is paid outside the ledger"))
    assert told.refused("JPM 1", order(Side.DELIVER, "three", model=3))[0] is Reason.MODEL
    told.does("BAC 1", order(Side.RECEIVE, "one"), order(Side.RECEIVE, "two"))
    waiting = [told.state.settlement.transactions[number] for number in told.state.settlement.live]
    assert [each.reason for each in waiting if each.deliver] == [Reason.LINK] * 2
    assert told.refused("BAC 1", order(Side.RECEIVE, "net", model=3))[0] is Reason.MODEL
    assert broken(told.state) == []


def test_what_names_an_instruction_binds_it_before_it_is_entered(made: Linked) -> None:
    told = made.desk.told
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    made.instructs("A", Side.DELIVER, "B", 1, "one", "BEFO two, WITH three")
    wrong = made.order("A", Side.DELIVER, "C", 1, "two", "BEFO one")
    assert told.refused("A", wrong)[0] is Reason.CIRCULAR
    assert told.refused("A", made.order("A", Side.DELIVER, "C", 1, "two", "BEFO three"))[0] is Reason.CIRCULAR
    outside = made.order("A", Side.DELIVER, "C", 1, "three", amount=7, money=rtgs, cash=0)
    assert told.refused("A", outside) == (Reason.STATE, ("links", "one", "is paid outside the ledger"))
    made.instructs("B", Side.DELIVER, "C", 1, "two", "BEFO one")  # another party's names are its own


def test_no_more_are_joined_than_may_be_followed(made: Linked) -> None:
    told = made.desk.told
    chain = [
        made.order("A", Side.DELIVER, "B", 1, f"x{number}", f"AFTE x{number + 1}") for number in range(MOST_CHAINED)
    ]
    told.does("A", *chain)
    last = made.order("A", Side.DELIVER, "B", 1, f"x{MOST_CHAINED}")
    told.does("A", last)
    longer = made.order("A", Side.DELIVER, "B", 1, "y", f"BEFO x{MOST_CHAINED}")
    assert told.send("A", longer)[0].code == Reason.AMOUNT


def test_two_sides_whose_links_cross_wait_until_one_takes_its_link_back(made: Linked) -> None:
    made.sells("D", "A", 1, "one", of_seller="AFTE two")
    made.sells("D", "A", 1, "two", of_buyer="AFTE one")
    assert made.says("one", "two") == ["LINK"] * 2
    made.links("A", "two", "")
    assert made.settled("A") == [("two",), ("one",)]
    made.sound()


def test_a_counterparty_sees_that_it_waits_for_a_link_and_not_for_which(made: Linked) -> None:
    made.sells("D", "A", 1, "one", of_buyer="AFTE secret")
    made.links("A", "one", "AFTE secret, BEFO another")
    told = [each for each in seen(made.desk.told, "D") if "secret" in repr(each)]
    assert told == []
    assert [each.reason for each in seen(made.desk.told, "D") if isinstance(each, Waits)] == [Reason.LINK] * 2
    assert [each for each in seen(made.desk.told, "A") if "secret" in repr(each)]


# ---- random markets ----


class Kept:
    """What a random market was told of links, and whether what settled kept to it: an account of its own."""

    def __init__(self) -> None:
        self.made = Linked(dealers())
        self.links: dict[tuple[str, str], dict[str, ProcessingPosition]] = {}
        self.sides: dict[str, tuple[str, str]] = {}
        self.done: set[str] = set()

    def sends(self, who: str, command: Any) -> int:
        """Send a command; the code of what came of it."""
        told = self.made.desk.told
        code = told.send(who, command)[0].code
        self.watch([each for outcome in told.applied[-1].outcomes for each in outcome.events])
        self.made.sound()
        return code

    def watch(self, events: list[Any]) -> None:
        """Every set that settles keeps the links of all that have not been cancelled."""
        names = {number: name for name, number in self.made.numbers.items()}
        for event in (each for each in events if isinstance(each, Settled)):
            settling = {names[number] for number in event.transactions if number in names}
            SETTLED[0] += len(settling) > 1
            self.done |= settling
            for (own, name), links in self.links.items():
                for other, position in links.items():
                    theirs = other in settling and own in self.sides[other]
                    before = other in self.done and own in self.sides[other]
                    match position:
                        case ProcessingPosition.WITH:
                            assert (name in settling) is theirs, (own, name, "WITH", other, settling)
                        case ProcessingPosition.AFTE:
                            assert name not in settling or before, (own, name, "AFTE", other, settling)
                        case ProcessingPosition.BEFO:
                            assert not theirs or name in self.done, (own, name, "BEFO", other, settling)

    def who(self, number: InstructionNumber) -> str:
        party = self.made.desk.told.state.settlement.instructions[number].party
        return next(name for name, each in self.made.desk.told.parties.items() if each == party)


BROKEN, SETTLED = [0], [0]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**9))
def test_on_random_markets_no_link_is_ever_broken(seed: int) -> None:
    chance, kept = Random(seed), Kept()
    made, told = kept.made, kept.made.desk.told
    names = [f"t{number}" for number in range(10)]
    for name in names:
        one, other = chance.choice(DEALERS[:2]), chance.choice(DEALERS[2:])
        kept.sides[name] = (one, other) if chance.randrange(2) else (other, one)
    for name in names:
        seller, buyer = kept.sides[name]
        lots, amount = chance.randrange(1, 6), chance.choice((0, 0, 0, 300))
        made.numbers[name] = TransactionNumber(told.state.settlement.last_transaction + 1)
        for own, side, other in ((seller, Side.DELIVER, buyer), (buyer, Side.RECEIVE, seller)):
            mine = [each for each in names if own in kept.sides[each] and each != name]
            others = chance.sample(mine, min(len(mine), chance.choice((0, 0, 0, 1, 2))))
            links = ", ".join(f"{chance.choice(('WITH', 'WITH', 'BEFO', 'AFTE'))} {each}" for each in others)
            for said in (links, ""):
                kept.links[own, name] = {each.reference: each.position for each in links_of(said)}
                if not kept.sends(own, made.order(own, side, other, lots, name, said, amount)):
                    break
        _something_else(chance, kept)
    for number in [each.number for each in told.state.settlement.instructions.values() if each.hold]:
        if number in told.state.settlement.instructions:
            kept.sends(kept.who(number), ReleaseInstruction(number))
    for name in DEALERS[:3]:
        for own, side, other in (("D", Side.DELIVER, name), (name, Side.RECEIVE, "D")):
            kept.sends(own, made.order(own, side, other, 20, f"lots for {name}"))
    for name in DEALERS:
        kept.sends("HKMA", MintMoney(made.desk.hkd, made.desk.at[name], 5_000, "reserve"))
    assert min(min(each) for each in made.desk.holdings()) >= 0


def _something_else(chance: Random, kept: Kept) -> None:
    """Two cancel; one holds, releases or has other links; someone proposes a set."""
    made, settlement = kept.made, kept.made.desk.told.state.settlement
    number = chance.choice(list(settlement.instructions))
    instruction = settlement.instructions[number]
    own, name = kept.who(number), instruction.order.reference
    match chance.randrange(6):
        case 0:
            transaction = settlement.transactions[instruction.transaction]
            if transaction.status in OPEN:
                kept.links = {key: links for key, links in kept.links.items() if key[1] != name}
                for side in (transaction.deliver, transaction.receive):
                    if not settlement.instructions[side].cancel_asked:
                        kept.sends(kept.who(side), CancelInstruction(side))
                assert transaction.status is Status.CANCELLED
        case 1:
            kept.sends(own, HoldInstruction(number))
        case 2:
            kept.sends(own, ReleaseInstruction(number))
        case 3:
            others = [each for each in made.numbers if own in kept.sides[each] and each != name]
            text = f"{chance.choice(('WITH', 'BEFO', 'AFTE'))} {chance.choice(others)}" if others else ""
            before = kept.links.pop((own, name), {})
            refused = kept.sends(own, ModifyInstruction(number, links=links_of(text)))
            after = before if refused else {each.reference: each.position for each in links_of(text)}
            if not instruction.cancelled:
                kept.links[own, name] = after
        case _:
            live = list(settlement.live)
            chosen = chance.sample(live, min(len(live), chance.randrange(1, 5)))
            BROKEN[0] += bool(chosen) and kept.sends("operator", together(*chosen)) == Reason.LINK


def test_the_random_markets_met_links() -> None:
    if SETTLED[0]:  # the test above has run
        assert SETTLED[0] > 5
        assert BROKEN[0] > 5
