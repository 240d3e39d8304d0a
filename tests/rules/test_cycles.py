"""Cycles: what settles at one, by models 2 and 3, what is left out of it, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.days import Timetable
from bauhinia.ledger.instructions import Partial, ProcessingPosition, Side
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Block, Purpose, Role
from bauhinia.ledger.positions import key_of
from bauhinia.ledger.powers import Cause
from bauhinia.rules.cycles import CycleRun
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction
from bauhinia.rules.market import DeclareClosure, OpenSystem
from bauhinia.rules.parting import Parted
from bauhinia.rules.powers import SetBlock
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.ids import NO_ASSET, SystemNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.test_linking import Linked, links_of
from tests.rules.test_settlement import NEXT
from tests.rules.test_together import DEALERS, dealers
from tests.support import START, TABLE, Seed, seen, trade

NOON, LATER = 12 * 60, 14 * 60
CYCLES = replace(TABLE, cycles=(NOON, LATER))


def in_cycles(timetable: Timetable = CYCLES) -> Linked:
    """Dealers in a system with cycles, on the morning of the day on which these count."""
    made = Linked(dealers())
    made.desk.told.state.days.systems[SystemNumber(1)].timetable = timetable
    made.desk.told.until(NEXT)
    return made


def sells(
    made: Linked, seller: str, buyer: str, lots: int, amount: int, name: str, model: int = 3, **more: Any
) -> None:
    fields = {"day": NEXT, "trade_date": START, **more}
    of_seller, of_buyer = fields.pop("of_seller", ""), fields.pop("of_buyer", "")
    made.sells(seller, buyer, lots, name, of_seller, of_buyer, amount=amount, model=model, **fields)


def cycle(made: Linked, minute: int = NOON) -> list[tuple[str, ...]]:
    """The sets that settle until a minute."""
    names = {number: name for name, number in made.numbers.items()}
    events = made.desk.told.until(NEXT, minute)
    made.sound()
    return [tuple(names[each] for each in event.transactions) for event in events if isinstance(event, Settled)]


def test_a_ring_of_model_3_waits_for_the_cycle_and_settles_with_no_money_and_no_bonds() -> None:
    made = in_cycles()
    told = made.desk.told
    seed = Seed(told)
    for number, (seller, buyer) in enumerate((("A", "B"), ("B", "C"), ("C", "A"))):
        sells(made, seller, buyer, 5, 400, f"t{number}")
    assert made.says("t0", "t1", "t2") == ["CYCL"] * 3
    assert cycle(made, NOON - 1) == []
    assert cycle(made) == [("t0", "t1", "t2")]
    assert made.desk.holdings()[:3] == [(0, 0)] * 3
    ran = [each for applied in told.applied for outcome in applied.outcomes for each in outcome.events]
    assert [each for each in ran if isinstance(each, CycleRun)] == [
        CycleRun(1, SystemNumber(1), told.state.time, 3, 3)
    ], "and a cycle at which nothing is due is none"
    assert not [each for name in DEALERS for each in seen(told, name) if isinstance(each, CycleRun)]
    assert told.state.settlement.cycling == {}
    cycle(made, LATER)
    seed.replay()


def test_model_2_nets_money_and_not_securities() -> None:
    made = in_cycles()
    sells(made, "D", "A", 5, 400, "in", 2)
    sells(made, "A", "B", 5, 401, "out", 2)
    sells(made, "B", "D", 5, 401, "back", 2)
    assert cycle(made) == [], "A and B have nothing when the cycle begins, and without them A cannot pay"
    assert made.says("in", "out", "back") == ["MONY", "LACK", "LACK"]
    made.sells("D", "A", 5, "lots", day=NEXT)
    assert cycle(made, LATER) == []
    assert made.says("in", "out", "back") == ["MONY", "MONY", "LACK"]
    made.sells("D", "B", 5, "more", day=NEXT)
    made.desk.mints("D", 1)
    told = made.desk.told
    told.until(NEXT, 17 * 60)
    tomorrow = NEXT + timedelta(days=1)
    told.until(tomorrow)
    assert made.says("in", "out", "back") == ["MONY", "MONY", "LACK"], "what the cycle told stands until the next"
    events = told.until(tomorrow, NOON)
    assert [len(each.transactions) for each in events if isinstance(each, Settled)] == [3]
    assert made.desk.holdings()[:2] == [(500, 1), (500, 0)]


def test_the_last_that_draws_on_what_is_short_is_left_out_and_told_why() -> None:
    made = in_cycles()
    told = made.desk.told
    sells(made, "D", "A", 3, 300, "paid")
    sells(made, "D", "A", 3, 300, "second")
    sells(made, "D", "B", 3, 300, "third", priority=2)
    sells(made, "A", "C", 4, 1, "of A")
    made.desk.mints("A", 300)
    made.desk.mints("B", 300)
    assert cycle(made) == [("paid", "third")]
    assert made.says("paid", "second", "third", "of A") == ["SETTLED", "MONY", "SETTLED", "LACK"]
    found = [each for each in seen(told, "A") if isinstance(each, Waits)]
    assert [each.transaction for each in found if each.reason is Reason.MONY] == [made.numbers["second"]]
    made.desk.mints("A", 300)
    made.desk.mints("C", 1)
    assert made.says("second", "of A") == ["MONY", "LACK"], "an arrival brings no cycle forward"
    assert cycle(made, LATER) == [("second", "of A")]


def test_priority_goes_before_age() -> None:
    made = in_cycles()
    made.desk.mints("A", 300)
    sells(made, "D", "A", 3, 300, "old")
    sells(made, "D", "A", 3, 300, "first", priority=2)
    assert cycle(made) == [("first",)]


def test_what_was_left_out_comes_back_where_it_fits_after_all() -> None:
    """A has five; the last that draws on them goes first, and what made it go follows for want of money."""
    made = in_cycles()
    sells(made, "D", "A", 5, 1, "in")
    made.desk.mints("A", 1)
    assert cycle(made) == [("in",)]
    sells(made, "A", "B", 4, 900, "dear")
    sells(made, "A", "C", 3, 1, "cheap")
    made.desk.mints("C", 1)
    assert cycle(made, LATER) == [("cheap",)]
    assert made.says("dear") == ["LACK"]


def test_the_models_share_a_cycle() -> None:
    made = in_cycles()
    sells(made, "D", "A", 5, 500, "first", 2)
    sells(made, "A", "B", 5, 500, "second", 3)
    sells(made, "B", "D", 1, 500, "third", 2)
    assert cycle(made) == []
    made.sells("D", "B", 1, "lot", day=NEXT)
    assert cycle(made, LATER) == [("first", "second", "third")]
    assert made.desk.holdings()[:2] == [(0, 0), (500, 0)]


@pytest.mark.parametrize("in_the_way", ["hold", "day", "block", "money"])
def test_what_is_withheld_is_not_due(in_the_way: str) -> None:
    made = in_cycles()
    told, desk = made.desk.told, made.desk
    desk.mints("A", 500)
    sells(made, "D", "A", 1, 100, "one")
    later: dict[str, Any] = {"day": NEXT + timedelta(days=1)} if in_the_way == "day" else {}
    sells(made, "D", "A", 1, 100, "two", **later)
    if in_the_way == "hold":
        told.does("A", HoldInstruction(made.number("A", "two")))
    if in_the_way == "block":
        told.does("operator", SetBlock(desk.at["D"], NO_ASSET, int(Block.DEBIT), Cause.SANCTIONS, b"", 0))
    assert cycle(made) == ([] if in_the_way == "block" else [("one",)] if in_the_way != "money" else [("one", "two")])
    if in_the_way != "money":
        assert made.says("two") == [{"hold": "PREA", "day": "FUTU", "block": "FROZ"}[in_the_way]]


def test_a_day_that_ends_early_has_no_more_cycles() -> None:
    made = in_cycles()
    made.desk.mints("A", 500)
    sells(made, "D", "A", 1, 100, "one")
    made.desk.told.does("operator", DeclareClosure("HK", NEXT))
    made.desk.told.until(NEXT, 17 * 60)
    assert made.says("one") == ["CYCL"]
    made.desk.told.until(NEXT + timedelta(days=1), NOON)
    assert made.says("one") == ["SETTLED"]


def test_no_trade_of_a_cycle_settles_by_itself_in_parts_or_by_a_proposal() -> None:
    made = in_cycles()
    told = made.desk.told
    made.desk.mints("A", 500)
    sells(made, "D", "A", 1, 100, "one")
    sells(made, "A", "D", 1, 100, "back")  # its two-way offset
    sells(made, "A", "D", 3, 300, "more", partial=Partial.PART)
    assert told.refused("operator", made.set("one", "back")) == (Reason.CYCL, ("transaction", made.numbers["one"]))
    assert cycle(made) == [("one", "back")]
    events = told.until(NEXT, 17 * 60)
    assert not [each for each in events if isinstance(each, Parted)]
    for own in ("A", "D"):
        told.does(own, CancelInstruction(made.number(own, "more")))
    assert told.state.settlement.cycling == {}


def test_the_model_is_a_matching_field() -> None:
    made = in_cycles()
    fields: dict[str, Any] = {"day": NEXT, "trade_date": START, "amount": 100}
    made.instructs("D", Side.DELIVER, "A", 1, "one", model=3, **fields)
    made.instructs("A", Side.RECEIVE, "D", 1, "one", model=2, **fields)
    assert not made.desk.told.state.settlement.live
    made.instructs("A", Side.RECEIVE, "D", 1, "two", model=3, **fields)
    (number,) = made.desk.told.state.settlement.live
    assert made.desk.told.state.settlement.transactions[number].model == 3


def test_a_model_that_cannot_be_is_refused() -> None:
    made = in_cycles()
    told = made.desk.told
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    day: dict[str, Any] = {"day": NEXT, "trade_date": START}
    for wrong in (
        {"model": 0, "amount": 100}, {"model": 4, "amount": 100}, {"model": 2}, {"model": 3},
        {"model": 2, "amount": 100, "money": rtgs, "cash": 0},
    ):  # fmt: skip
        fields: dict[str, Any] = {**day, **wrong}
        order = made.order("A", Side.DELIVER, "B", 1, "one", **fields)
        reason, parts = told.refused("A", order)
        assert (reason, parts[:2]) == (Reason.MODEL, ("model", wrong["model"]))
    made.instructs("A", Side.DELIVER, "B", 1, "two", model=3, amount=100, **day)
    linked = made.order("A", Side.DELIVER, "B", 1, "one", "WITH two", model=2, amount=100, **day)
    assert told.refused("A", linked) == (Reason.MODEL, ("links", "two", 3))
    plain = made.order("A", Side.DELIVER, "B", 1, "one", "WITH two", amount=100, **day)
    assert told.refused("A", plain) == (Reason.MODEL, ("links", "two", 3))
    without = Linked(dealers())
    order = without.order("A", Side.DELIVER, "B", 1, "one", model=3, amount=100)
    assert without.desk.told.refused("A", order) == (Reason.MODEL, ("model", 3, "CMU", "has no cycles"))


@pytest.mark.parametrize("cycles", [(NOON, NOON), (NOON, 600), (8 * 60,), (16 * 60,), tuple(range(540, 600))])
def test_cycles_out_of_order_or_of_the_day_are_refused(cycles: tuple[int, ...]) -> None:
    told = dealers().told
    system = OpenSystem("X", ("HK",), replace(TABLE, cycles=cycles), NEXT)
    assert told.refused("operator", system)[0] in (Reason.DATE, Reason.AMOUNT)


# ---- links in a cycle ----


def test_a_cycle_keeps_the_order_of_links_and_may_hold_both_ends() -> None:
    made = in_cycles()
    sells(made, "A", "B", 5, 500, "sale", of_seller="AFTE buy")
    sells(made, "D", "A", 5, 500, "buy")
    made.desk.mints("B", 500)
    assert cycle(made) == [("sale", "buy")]
    sells(made, "B", "C", 5, 500, "second", of_seller="AFTE first")
    sells(made, "B", "A", 1, 100, "first")
    made.desk.mints("C", 500)
    assert cycle(made, LATER) == []
    assert made.says("first", "second") == ["LACK", "LINK"] or made.says("first", "second") == ["MONY", "LINK"]


def test_a_cycle_waits_for_what_comes_first_outside_it() -> None:
    made = in_cycles()
    made.desk.mints("A", 500)
    sells(made, "D", "A", 1, 100, "later", of_buyer="AFTE first")
    made.sells("A", "B", 2, "first", day=NEXT)
    assert cycle(made) == []
    assert made.says("later", "first") == ["LINK", "LACK"]
    made.sells("D", "A", 2, "cover", day=NEXT)
    assert made.says("later", "first") == ["CYCL", "SETTLED"]
    assert cycle(made, LATER) == [("later",)]


def test_what_is_linked_goes_whole_into_a_cycle_or_not_at_all() -> None:
    made = in_cycles()
    sells(made, "D", "A", 1, 100, "one", of_seller="WITH two, WITH three")
    sells(made, "D", "B", 1, 100, "two")
    sells(made, "D", "C", 1, 100, "three", hold=True)
    sells(made, "D", "C", 1, 100, "other")
    for name in ("A", "B", "C"):
        made.desk.mints(name, 100)
    assert cycle(made) == [("other",)]
    assert made.says("one", "two", "three") == ["LINK", "LINK", "BOTH"]
    for own in ("C", "D"):
        made.desk.told.does(own, CancelInstruction(made.number(own, "three")))
    made.links("D", "one", "WITH two")
    assert made.says("one", "two") == ["CYCL"] * 2
    assert cycle(made, LATER) == [("one", "two")]


def test_a_client_of_a_custodian_settles_in_a_cycle() -> None:
    made = in_cycles()
    told, desk = made.desk.told, made.desk
    told.party("Custodian", Role.CUSTODIAN)
    told.party("client", Role.INVESTOR)
    omnibus = told.account("Custodian", Purpose.OMNIBUS)
    desk.at["client"] = told.account("client", tier=omnibus, by="Custodian")
    cash = told.account("client")
    for side, own, other, name, model in (
        (Side.DELIVER, "D", "client", "in", 3), (Side.RECEIVE, "client", "D", "in", 3),
        (Side.DELIVER, "client", "A", "out", 3), (Side.RECEIVE, "A", "client", "out", 3),
        (Side.DELIVER, "client", "B", "short", 2), (Side.RECEIVE, "B", "client", "short", 2),
    ):  # fmt: skip
        at = cash if own == "client" else desk.at[own]
        lots = 2 if name == "short" else 5
        order = trade(
            side, desk.bond, lots * 100, desk.at[own], told.parties[other], NEXT, desk.hkd, 100, at, name, model=model
        )
        told.does(own, order)
    desk.mints("A", 100)
    desk.mints("B", 100)
    told.until(NEXT, NOON)
    assert broken(told.state) == []
    waiting = [told.state.settlement.transactions[number] for number in told.state.settlement.live]
    assert [(each.model, each.reason) for each in waiting] == [(2, Reason.LACK)]
    assert desk.holdings()[0] == (500, 0)


def test_a_wallet_is_filled_no_further_than_it_may_be() -> None:
    made = in_cycles()
    told, desk = made.desk.told, made.desk
    told.state.networks.ceilings[key_of(desk.at["C"], desk.hkd)] = 150
    desk.mints("A", 500)
    desk.mints("C", 50)
    for name in ("A", "B", "C"):
        made.sells("D", name, 3, f"lots of {name}", day=NEXT)
    sells(made, "C", "A", 1, 100, "fits")
    sells(made, "C", "A", 1, 100, "full")
    assert cycle(made) == [("fits",)]
    assert made.says("full") == ["HOLDING_LIMIT"]
    sells(made, "B", "C", 1, 80, "spends")
    assert cycle(made, LATER) == [("spends",)], "with eighty spent there is room for eighty"
    told.state.networks.ceilings[key_of(desk.at["C"], desk.hkd)] = 170
    events = told.until(NEXT + timedelta(days=1), NOON)
    assert [each.transactions for each in events if isinstance(each, Settled)] == [(made.numbers["full"],)]
    assert broken(told.state) == []


# ---- random markets ----


@dataclass
class Cast:
    """A trade that is due in a cycle."""

    seller: str
    buyer: str
    lots: int
    amount: int
    model: int


def left(made: Linked, chosen: list[Cast], had: dict[str, tuple[int, int]]) -> bool:
    """Whether some trades leave no one short: an account of its own, trade by trade."""
    for name in DEALERS:
        bonds, money = had[name]
        gross = sum(each.lots * 100 for each in chosen if each.seller == name and each.model == 2)
        bonds += sum(each.lots * 100 * ((each.buyer == name) - (each.seller == name)) for each in chosen)
        money += sum(each.amount * ((each.seller == name) - (each.buyer == name)) for each in chosen)
        if bonds < 0 or money < 0 or gross > had[name][0]:
            return False
    return True


TAKEN = [0, 0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_a_cycle_settles_what_it_can_and_nothing_that_it_cannot(seed: int) -> None:
    chance, made = Random(seed), in_cycles()
    for name in DEALERS:
        made.desk.mints(name, chance.randrange(1, 500))
        if name != "D":
            made.sells("D", name, chance.randrange(1, 6), f"lots of {name}", day=NEXT)
    casts, models = dict[str, Cast](), chance.choice(((3,), (2, 3)))
    for number in range(chance.randrange(2, 14)):
        seller, buyer = chance.sample(DEALERS, 2)
        cast = Cast(seller, buyer, chance.randrange(1, 12), chance.randrange(1, 600), chance.choice(models))
        casts[f"t{number}"] = cast
        sells(made, seller, buyer, cast.lots, cast.amount, f"t{number}", cast.model, priority=chance.randrange(2, 5))
    had = dict(zip(DEALERS, made.desk.holdings(), strict=True))
    names = [name for each in cycle(made) for name in each]
    settled = [casts[name] for name in names]
    TAKEN[0] += len(settled)
    TAKEN[1] += len(casts) - len(settled)
    assert left(made, settled, had)
    for name, cast in casts.items():
        if name not in names:
            assert not left(made, [*settled, cast], had), "what would still fit is not left out"
            assert made.says(name)[0] in ("LACK", "MONY")
    if left(made, list(casts.values()), had):
        assert len(settled) == len(casts)
    assert min(min(each) for each in made.desk.holdings()) >= 0
    if models == (3,):
        assert cycle(made, LATER) == [], "nor does it fit by itself, or with others that were left out"


def test_there_was_something_of_both() -> None:
    if TAKEN[0]:  # the test above has run
        assert min(TAKEN) > 20


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9))
def test_in_a_random_cycle_no_link_is_broken(seed: int) -> None:
    chance, made = Random(seed), in_cycles()
    told = made.desk.told
    names = [f"t{number}" for number in range(10)]
    links: dict[str, dict[str, ProcessingPosition]] = {}
    for name in names:
        made.numbers[name] = TransactionNumber(told.state.settlement.last_transaction + 1)
        said = f"{chance.choice(('WITH', 'BEFO', 'AFTE'))} {chance.choice(names)}" if chance.randrange(2) else ""
        buyer, amount = chance.choice(DEALERS[:3]), chance.randrange(1, 300)
        fields: dict[str, Any] = {"day": NEXT, "trade_date": START, "amount": amount, "model": chance.choice((2, 3))}
        for text in (said, ""):
            order = made.order("D", Side.DELIVER, buyer, 1, name, text, **fields)
            if told.send("D", order)[0].code == 0:
                links[name] = {each.reference: each.position for each in links_of(text)}
                break
        told.does(buyer, made.order(buyer, Side.RECEIVE, "D", 1, name, **fields))
    for name in DEALERS[:3]:
        made.desk.mints(name, chance.randrange(1, 900))
    done: set[str] = set()
    for names_settled in (*cycle(made), *cycle(made, LATER)):
        done |= set(names_settled)
        for name, of in links.items():
            for other, position in of.items():
                match position:
                    case ProcessingPosition.WITH:
                        assert (name in done) is (other in done)
                    case ProcessingPosition.AFTE:
                        assert name not in done or other in done
                    case ProcessingPosition.BEFO:
                        assert other not in done or name in done


def test_thousands_in_a_cycle_settle_as_one() -> None:
    """A long ring, each giving what it first has of the one before, of which the last cannot pay: all go but what
    hangs on it, one by one, and the cost is theirs."""
    made = in_cycles()
    told = made.desk.told
    many = 600
    orders: dict[str, list[Any]] = {name: [] for name in DEALERS[:3]}
    for number in range(many):
        seller, buyer = DEALERS[number % 3], DEALERS[(number + 1) % 3]
        for own, side, other in ((seller, Side.DELIVER, buyer), (buyer, Side.RECEIVE, seller)):
            fields: dict[str, Any] = {"day": NEXT, "trade_date": START, "amount": 100 + number, "model": 3}
            orders[own].append(made.order(own, side, other, 1, f"t{number}", **fields))
    for name, given_orders in orders.items():
        told.does(name, *given_orders)
    for name in DEALERS[:3]:
        made.desk.mints(name, 10**6)
    (settled,) = [each for each in told.until(NEXT, NOON) if isinstance(each, Settled)]
    assert len(settled.transactions) == many
    assert broken(told.state) == []
