"""Trades that settle in parts where securities are short: when, how much of them, and for how much money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import Partial, Side, Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.rules.instructing import CancelInstruction
from bauhinia.rules.market import OpenSystem
from bauhinia.rules.modifying import InstructionModified, ModifyInstruction
from bauhinia.rules.parting import Parted, share
from bauhinia.rules.settlement import Settled
from bauhinia.words.ids import AccountNumber, AssetNumber, InstructionNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.rules.test_settlement import NEXT
from tests.support import START, TABLE, Seed, Told, issued, market, seen, trade

CUT_OFF, FREE_CUT_OFF = 16 * 60, 17 * 60


@dataclass
class Desk:
    """A sells to B and has 1,000 of the bond; C has all the rest, and may deliver to A."""

    told: Told
    asset: AssetNumber
    hkd: AssetNumber
    at: dict[str, AccountNumber]
    deliveries: int = 0

    def sells(
        self, quantity: int, amount: int, more_of_a: dict[str, Any], more_of_b: dict[str, Any], **both: Any
    ) -> None:
        told, money = self.told, self.hkd if amount else 0
        for side, own, other, more in (
            (Side.DELIVER, "A", "B", more_of_a),
            (Side.RECEIVE, "B", "A", more_of_b),
        ):
            at = self.at[own]
            order = trade(
                side, self.asset, quantity, at, told.parties[other], START, money, amount, at if amount else 0,
                f"{own}1", **{**both, **more},
            )  # fmt: skip
            told.does(own, order)

    def delivers(self, quantity: int) -> list[Any]:
        """C delivers to A, free of payment."""
        self.deliveries += 1
        told, today = self.told, self.told.state.days.systems[SystemNumber(1)].date
        found = []
        for side, own, other in ((Side.DELIVER, "C", "A"), (Side.RECEIVE, "A", "C")):
            reference = f"C{self.deliveries}"
            order = trade(side, self.asset, quantity, self.at[own], told.parties[other], today, reference=reference)
            found += told.does(own, order)
        return found

    def has(self, who: str) -> tuple[int, int]:
        return self.told.balance(self.at[who], self.asset), self.told.balance(self.at[who], self.hkd)


def desk(denomination: int = 100, money: int = 10_000, windows: tuple[int, ...] = ()) -> Desk:
    told = market()
    told.party("HKMA", Role.CENTRAL_BANK)
    told.party("Government", Role.ISSUER)
    at = {}
    for name in ("A", "B", "C"):
        told.party(name, Role.DEALER)
        at[name] = told.account(name)
    hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    asset = issued(told, "Government", (at["A"], 1_000), (at["C"], 100_000))
    told.state.assets[asset].denomination = denomination
    system = told.state.days.systems[SystemNumber(1)]
    system.timetable = replace(TABLE, windows=windows)
    if money:
        told.mint("HKMA", hkd, at["B"], money)
    return Desk(told, asset, hkd, at)


PART = {"partial": Partial.PART}
NPAR: dict[str, Any] = {}


def parts(events: list[Any]) -> list[tuple[int, int]]:
    return [(event.quantity, event.amount) for event in events if isinstance(event, Parted)]


def test_what_is_there_settles_at_the_cut_off_for_its_share_and_the_rest_for_what_is_left() -> None:
    made = desk()
    told = made.told
    made.sells(1_500, 1_001, PART, PART)
    seed = Seed(told)
    assert parts(told.until(START, CUT_OFF - 1)) == []
    events = told.until(START, CUT_OFF)
    assert parts(events) == [(1_000, 667)]  # 667 1/3
    assert (made.has("A"), made.has("B")) == ((0, 667), (1_000, 10_000 - 667))
    (number,) = told.state.settlement.live
    waiting = told.state.settlement.transactions[number]
    assert (waiting.status, waiting.reason, waiting.parted, waiting.paid) == (Status.PENDING, Reason.LACK, 1_000, 667)
    told.until(NEXT)
    assert told.state.settlement.transactions[number].status is Status.FAILING
    made.delivers(500)
    assert (made.has("A"), made.has("B")) == ((0, 1_001), (1_500, 10_000 - 1_001))
    assert not told.state.settlement.live
    assert not told.state.settlement.parting
    told.until(NEXT, 20 * 60)
    assert not told.state.settlement.transactions
    assert not told.state.settlement.instructions
    assert broken(told.state) == []
    seed.replay()


@pytest.mark.parametrize(
    ("a", "b", "parted"),
    [
        (PART, PART, True),
        (PART, NPAR, False),
        (NPAR, PART, False),
        (NPAR, NPAR, False),
        ({"partial": Partial.PARQ, "least_quantity": 1_000}, PART, True),
        ({"partial": Partial.PARQ, "least_quantity": 1_100}, PART, False),
        (PART, {"partial": Partial.PARQ, "least_quantity": 1_100}, False),
        (PART, {"partial": Partial.PARC, "least_amount": 1_000}, True),
        (PART, {"partial": Partial.PARC, "least_amount": 1_001}, False),
    ],
)
def test_both_sides_must_allow_it_and_neither_ask_for_more(a: dict[str, Any], b: dict[str, Any], parted: bool) -> None:
    made = desk()
    made.sells(1_500, 1_500, a, b)
    made.told.until(START, CUT_OFF)
    assert made.has("A") == ((0, 1_000) if parted else (1_000, 0))


@pytest.mark.parametrize(
    ("denomination", "quantity", "part"),
    [
        (100, 1_100, 1_000),
        (500, 1_500, 1_000),
        (500, 1_400, 900),
        (500, 1_200, 700),
        (600, 1_100, 0),
        (1_100, 2_500, 0),
    ],
)
def test_a_part_and_what_is_left_keep_to_the_denomination(denomination: int, quantity: int, part: int) -> None:
    made = desk(denomination)
    made.sells(quantity, quantity, PART, PART)
    made.told.until(START, CUT_OFF)
    assert made.has("B")[0] == part


@pytest.mark.parametrize(("amount", "paid"), [(1, 0), (5, 0), (6, 5), (11, 10)])  # 1,000 of 1,100 cost 10/11 of it
def test_no_part_leaves_the_rest_free(amount: int, paid: int) -> None:
    made = desk()
    made.sells(1_100, amount, PART, PART)
    made.told.until(START, CUT_OFF)
    assert made.has("A")[1] == paid


def test_no_part_is_free() -> None:
    made = desk()
    made.sells(11_000, 4, PART, PART)  # 1,000 would cost 4/11
    made.told.until(START, CUT_OFF)
    assert made.has("B") == (0, 10_000)


def test_a_payer_that_lacks_the_money_of_a_part_gets_none() -> None:
    made = desk(money=999)
    made.sells(1_500, 1_500, PART, PART)
    made.told.until(START, CUT_OFF)
    assert made.has("B") == (0, 999)


def test_free_deliveries_are_parted_at_each_cut_off_before_theirs() -> None:
    made = desk()
    made.sells(1_500, 0, PART, PART)
    assert parts(made.told.until(START, CUT_OFF)) == [(1_000, 0)]
    made.delivers(200)
    assert parts(made.told.until(START, FREE_CUT_OFF)) == [(200, 0)]
    assert parts(made.told.until(NEXT)) == []
    assert made.has("B")[0] == 1_200


def test_windows_of_the_timetable_part_too_each_at_its_minute() -> None:
    made = desk(windows=(11 * 60, 13 * 60))
    made.told.until(NEXT)  # its windows count from the next opening on
    made.sells(2_000, 2_000, PART, PART, trade_date=START)
    assert parts(made.told.until(NEXT, 11 * 60)) == [(1_000, 1_000)]
    made.delivers(300)
    assert parts(made.told.until(NEXT, 12 * 60 + 59)) == []
    assert parts(made.told.until(NEXT, 13 * 60)) == [(300, 300)]
    made.delivers(100)
    assert parts(made.told.until(NEXT, CUT_OFF)) == [(100, 100)]


@pytest.mark.parametrize(
    "windows", [(11 * 60, 11 * 60), (12 * 60, 11 * 60), (8 * 60,), (17 * 60,), tuple(range(540, 600))]
)
def test_windows_out_of_order_or_of_the_day_are_refused(windows: tuple[int, ...]) -> None:
    told = market()
    assert told.refused("operator", OpenSystem("X", ("HK",), replace(TABLE, windows=windows), NEXT))[0] in (
        Reason.DATE, Reason.AMOUNT,
    )  # fmt: skip


def test_priority_goes_first_where_there_is_not_enough_for_two() -> None:
    made = desk()
    made.sells(1_500, 1_500, PART, PART)
    told, at = made.told, made.at
    for side, own, other in ((Side.DELIVER, "A", "C"), (Side.RECEIVE, "C", "A")):
        order = trade(
            side, made.asset, 1_500, at[own], told.parties[other], START, reference="first", priority=2, **PART
        )
        told.does(own, order)
    events = told.until(START, CUT_OFF)
    assert [event.legs[0].taker for event in events if isinstance(event, Parted)] == [at["C"]]


def test_a_payment_outside_the_ledger_is_not_parted() -> None:
    made = desk()
    rtgs = made.told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    for side, own, other in ((Side.DELIVER, "A", "B"), (Side.RECEIVE, "B", "A")):
        party = made.told.parties[other]
        made.told.does(own, trade(side, made.asset, 1_500, made.at[own], party, START, rtgs, 1_500, 0, own, **PART))
    assert parts(made.told.until(START, CUT_OFF)) == []
    assert not made.told.state.settlement.parting


def test_what_is_left_may_be_held_and_cancelled_and_the_parts_stand() -> None:
    made = desk()
    made.sells(1_500, 1_500, PART, PART)
    made.told.until(START, CUT_OFF)
    for who, number in (("A", 1), ("B", 2)):
        made.told.does(who, CancelInstruction(InstructionNumber(number)))
    made.told.until(NEXT)
    made.delivers(500)
    assert (made.has("A"), made.has("B")[0]) == ((500, 1_000), 1_000)
    assert not made.told.state.settlement.parting


def test_an_owner_may_change_its_mind_about_parts_and_priority_while_it_waits() -> None:
    made = desk()
    told = made.told
    made.sells(1_500, 1_500, PART, NPAR)
    (number,) = told.state.settlement.live
    buys, sells = (InstructionNumber(each) for each in (2, 1))
    seed = Seed(told)
    told.does("B", ModifyInstruction(buys, 2, Partial.PARQ, 500))
    assert told.state.settlement.transactions[number].priority == 2
    assert told.refused("B", ModifyInstruction(buys, 2, Partial.PARQ, 500))[0] is Reason.ALREADY_DONE
    assert told.refused("B", ModifyInstruction(sells, 2))[0] is Reason.UNKNOWN_INSTRUCTION
    assert told.refused("B", ModifyInstruction(buys, 5)) == (Reason.AMOUNT, ("priority", 5))
    assert told.refused("B", ModifyInstruction(buys, 2, Partial.PARQ, 1_600))[0] is Reason.AMOUNT
    told.does("A", ModifyInstruction(sells))
    assert not told.state.settlement.parting
    told.does("A", ModifyInstruction(sells, 3, Partial.PART))
    assert parts(told.until(START, CUT_OFF)) == [(1_000, 1_000)]
    assert not [
        event for event in seen(told, "A") if isinstance(event, InstructionModified) and event.instruction == buys
    ]
    made.delivers(500)
    told.until(NEXT)
    assert told.refused("B", ModifyInstruction(buys, 1))[0] is Reason.STATE
    seed.replay()


def test_a_client_of_a_custodian_delivers_in_parts() -> None:
    made = desk()
    told = made.told
    told.party("Custodian", Role.CUSTODIAN)
    told.party("client", Role.INVESTOR)
    omnibus = told.account("Custodian", Purpose.OMNIBUS)
    client = told.account("client", tier=omnibus, by="Custodian")
    sides: list[tuple[Side, str, int, str, int, str]] = [
        (Side.DELIVER, "A", made.at["A"], "client", 300, "in"),
        (Side.RECEIVE, "client", client, "A", 300, "in"),
        (Side.DELIVER, "client", client, "B", 500, "out"),
        (Side.RECEIVE, "B", made.at["B"], "client", 500, "out"),
    ]
    for side, own, account, other, quantity, reference in sides:
        order = trade(side, made.asset, quantity, account, told.parties[other], START, reference=reference, **PART)
        told.does(own, order)
    assert parts(told.until(START, CUT_OFF)) == [(300, 0)]
    (entitlement,) = told.state.entitlements[made.asset]
    assert (told.balance(client, entitlement), told.balance(omnibus, made.asset), made.has("B")[0]) == (0, 0, 300)
    assert [event for event in seen(told, "Custodian") if isinstance(event, Parted)]
    assert not [event for event in seen(told, "C") if isinstance(event, Parted)]
    assert broken(told.state) == []


@pytest.mark.parametrize(("quantity", "amount"), [(5_000, 7_777), (2_500, 1_003), (9_900, 9_901)])
def test_however_many_parts_the_money_comes_out_to_the_unit(quantity: int, amount: int) -> None:
    made = desk()
    made.sells(quantity, amount, PART, PART)
    day, told = START, made.told
    while told.state.settlement.live:
        told.until(day, CUT_OFF)
        settled = made.has("B")[0]
        assert abs(2 * quantity * made.has("A")[1] - 2 * amount * settled) <= quantity  # half a unit
        day = told.state.days.next_business_day(day, ("HK",)).day
        told.until(day)
        made.delivers(700)
    assert made.has("B") == (quantity, 10_000 - amount)
    assert broken(told.state) == []


def test_a_share_is_rounded_half_up() -> None:
    assert [share(1, 1, 2), share(1, 1, 3), share(2, 1, 3), share(1_001, 1_000, 1_500)] == [1, 0, 1, 667]


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"partial": Partial.PARQ}, (Reason.AMOUNT, ("least_quantity", 0))),
        ({"partial": Partial.PARQ, "least_quantity": 1_600}, (Reason.AMOUNT, ("least_quantity", 1_600))),
        ({"partial": Partial.PARQ, "least_quantity": 150}, (Reason.MULTIPLE, ("least_quantity", 150, 100))),
        ({"partial": Partial.PARQ, "least_quantity": 100, "least_amount": 1}, (Reason.AMOUNT, ("least_amount", 1))),
        ({"partial": Partial.PARC}, (Reason.AMOUNT, ("least_amount", 0))),
        ({"partial": Partial.PARC, "least_amount": 1_501}, (Reason.AMOUNT, ("least_amount", 1_501))),
        ({"partial": Partial.PART, "least_quantity": 100}, (Reason.AMOUNT, ("least_quantity", 100))),
        ({"least_amount": -1}, (Reason.AMOUNT, ("least_amount", -1))),
    ],
)
def test_a_least_part_goes_with_its_indicator_only(
    more: dict[str, Any], refused: tuple[Reason, tuple[object, ...]]
) -> None:
    made = desk()
    at = made.at["A"]
    order = trade(Side.DELIVER, made.asset, 1_500, at, made.told.parties["B"], START, made.hkd, 1_500, at, "A1", **more)
    assert made.told.refused("A", order) == refused


def test_parts_are_settled_transactions_of_their_own() -> None:
    made = desk()
    made.sells(1_500, 1_500, PART, PART)
    events = made.told.until(START, CUT_OFF)
    (parted,) = [event for event in events if isinstance(event, Parted)]
    (settled,) = [event for event in events if isinstance(event, Settled)]
    assert settled.transactions == (parted.part,)
    assert [(leg.asset, leg.amount) for leg in parted.rest] == [(made.asset, 500), (made.hkd, 500)]
    assert (AccountNumber(made.at["A"]), date(2026, 2, 2)) == (parted.legs[0].giver, START)


def test_a_priority_changed_while_it_waits_is_its_place_in_the_line_and_a_part_its_need_there() -> None:
    made = desk()
    told, at = made.told, made.at
    seed = Seed(told)
    made.sells(1_500, 1_500, PART, PART)
    for side, own, other in ((Side.DELIVER, "A", "C"), (Side.RECEIVE, "C", "A")):
        told.does(own, trade(side, made.asset, 1_200, at[own], told.parties[other], START, reference=f"{own} later"))
    assert broken(told.state) == []
    told.does("C", ModifyInstruction(InstructionNumber(4), 2))
    assert broken(told.state) == []
    (line,) = told.state.settlement.waiting.values()
    assert [told.state.settlement.transactions[number].priority for number in line] == [2, 4]
    assert parts(told.until(START, CUT_OFF)) == [(1_000, 1_000)]  # the later one is not to be parted
    assert broken(told.state) == []
    told.until(NEXT)
    made.delivers(500)  # what is left of the first needs no more than this
    assert made.has("B")[0] == 1_500
    made.delivers(1_200)
    assert made.has("A")[0] == 0
    assert broken(told.state) == []
    seed.replay()
