"""What a depository charges: counted at each day's end, billed a month, paid, disputed and corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.ledger.fees import Adjustment, BillStatus, Fee, FeeItem
from bauhinia.ledger.instructions import Partial, Side, Status
from bauhinia.ledger.parties import Purpose, Standing
from bauhinia.rules.billing import BillCollected, CorrectBill, DisputeBill, PayBill
from bauhinia.rules.fees import BillRendered, FeesPublished, NameFeeAccount, PublishFees, UsageCounted
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.modifying import ModifyInstruction
from bauhinia.rules.onboarding import CloseAccount, OpenAccount, SetStanding
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, Deal
from tests.rules.served import LOT, coupon, funds, redemption, served
from tests.support import START, seen, trade

MARCH_2, APRIL_1 = date(2026, 3, 2), date(2026, 4, 1)
DAY = timedelta(days=1)
EVENING = 18 * 60 + 1
PRICES = {
    FeeItem.DVP: 300, FeeItem.FOP: 200, FeeItem.PAYMENT: 10, FeeItem.MATCHED: 7, FeeItem.CANCELLED: 50, FeeItem.HELD: 5,
    FeeItem.MODIFIED: 3, FeeItem.FAILING: 1_000, FeeItem.ACCOUNT: 11_000, FeeItem.INCOME: 90,
}  # fmt: skip


def fees(rate: Fraction = Fraction(0), /, **prices: int) -> tuple[Fee, ...]:
    """Fees by the names of their items, and a rate a year for custody."""
    found = [Fee(FeeItem[name], price) for name, price in prices.items()]
    return (*found, Fee(FeeItem.CUSTODY, 0, rate)) if rate else tuple(found)


def charging(*listed: Fee, effective: date = NEXT) -> tuple[Deal, Any]:
    """A and B hold two lots each, and CMU charges from the second day on."""
    made, asset = served(("A", 2), ("B", 2))
    made.at["CMU"] = made.told.account("CMU")
    publish(made, effective, *listed)
    return made, asset


def publish(made: Deal, effective: date, *listed: Fee, who: str = "CMU", **changes: Any) -> list[Any]:
    command = PublishFees(SystemNumber(1), "HKD", ((made.token, made.at["CMU"]),), 10, effective, listed)
    return made.told.does(who, replace(command, **changes))


def sides(made: Deal, asset: Any, reference: str, day: date, amount: int = 0, **more: Any) -> tuple[Any, Any]:
    """A lot from A to B, against payment where there is an amount."""
    found = []
    for side, own, other in ((Side.DELIVER, "A", "B"), (Side.RECEIVE, "B", "A")):
        money, cash = (made.token, made.at[own]) if amount else (0, 0)
        number = made.told.parties[other]
        order = trade(side, asset, LOT, made.at[own], number, day, money, amount, cash, reference, **more)
        found.append(order)
    return found[0], found[1]


def trades(made: Deal, asset: Any, reference: str, day: date, amount: int = 0, **more: Any) -> None:
    for who, command in zip("AB", sides(made, asset, reference, day, amount, **more), strict=True):
        made.told.does(who, command)


def rendered(events: list[Any]) -> dict[int, BillRendered]:
    return {event.party: event for event in events if isinstance(event, BillRendered)}


def of(made: Deal, events: list[Any], who: str) -> dict[FeeItem, tuple[int, int]]:
    """By item the count and the amount of the bill of a party."""
    bill = rendered(events).get(made.told.parties[who])
    return {line.item: (line.count, line.amount) for line in bill.lines} if bill else {}


def test_each_side_pays_for_what_it_used_and_for_nothing_else() -> None:
    made, asset = charging(*fees(**{item.name: price for item, price in PRICES.items() if item is not FeeItem.ACCOUNT}))
    told = made.told
    made.fund("B", 900)  # B is paid, in money alone
    trades(made, asset, "dvp", NEXT, 500)
    trades(made, asset, "fop", NEXT)
    later = NEXT + 2 * DAY
    trades(made, asset, "both", later)
    alone, _ = sides(made, asset, "alone", later, common_reference="X")
    told.does("A", alone)
    number = told.state.settlement.last_instruction
    told.does("A", HoldInstruction(number), ReleaseInstruction(number), HoldInstruction(number))
    told.does("A", ModifyInstruction(number, 2), CancelInstruction(number))
    for instruction in [each for each in told.state.settlement.instructions.values() if each.transaction]:
        if told.state.settlement.transactions[instruction.transaction].status is Status.PENDING:
            who = "A" if instruction.party == told.parties["A"] else "B"
            told.does(who, CancelInstruction(instruction.number))
    events = told.until(MARCH_2, EVENING)
    shared = {FeeItem.DVP: (1, 300), FeeItem.FOP: (1, 200), FeeItem.MATCHED: (3, 21)}
    assert of(made, events, "A") == {
        **shared, FeeItem.CANCELLED: (2, 100), FeeItem.HELD: (2, 10), FeeItem.MODIFIED: (1, 3),
    }  # fmt: skip
    assert of(made, events, "B") == {**shared, FeeItem.PAYMENT: (1, 10), FeeItem.CANCELLED: (1, 50)}
    assert {bill.total for bill in rendered(events).values()} == {634, 581}
    assert {bill.due for bill in rendered(events).values()} == {date(2026, 3, 16)}
    made.check()


def test_a_fail_costs_the_side_that_is_in_the_way_each_day_it_fails() -> None:
    made, asset = charging(*fees(FAILING=1_000, DVP=300))
    told = made.told
    trades(made, asset, "mony", NEXT + DAY, 500)  # B has no money
    trades(made, asset, "held", NEXT + DAY, hold=True)  # both hold it back
    told.until(date(2026, 2, 9))  # what is due on Wednesday the 4th has failed that day, Thursday and Friday
    made.fund("B", 500)
    events = told.until(MARCH_2, EVENING)
    rest = sum(1 for day in range(7, 28) if date(2026, 2, 1 + day).weekday() < 5)
    assert of(made, events, "B")[FeeItem.DVP] == (1, 300)
    failing_b, failing_a = of(made, events, "B")[FeeItem.FAILING][0], of(made, events, "A")[FeeItem.FAILING][0]
    assert failing_b - failing_a == 3
    assert failing_a == 3 + rest
    made.check()


def test_custody_runs_by_calendar_days_and_is_rounded_once_a_line() -> None:
    rate = Fraction(3, 10_000)
    made, asset = charging(*fees(rate))
    told = made.told
    friday = date(2026, 2, 13)
    trades(made, asset, "fop", friday)
    told.until(friday, EVENING)
    publish(made, date(2026, 2, 22), *fees(2 * rate))  # a Sunday: the price changes within what Friday's end counts for
    events = told.until(MARCH_2, EVENING)
    # 3 to 12 February A holds 2 lots, from the 13th 1; 7 days from the 22nd at the second price
    days_of_a = {1: 10 * 2 * LOT + 9 * LOT, 2: 7 * LOT}
    days_of_b = {1: 10 * 2 * LOT + 9 * 3 * LOT, 2: 7 * 3 * LOT}
    for who, expected in (("A", days_of_a), ("B", days_of_b)):
        lines = {line.version: line for line in rendered(events)[told.parties[who]].lines}
        assert {version: line.count for version, line in lines.items()} == expected
        for version, line in lines.items():
            exact = rate * version * expected[version] / 365
            assert line.amount == (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    events = told.until(APRIL_1, EVENING)
    assert rendered(events)[told.parties["A"]].lines[0].count == 31 * LOT  # the weekend before April is March's
    made.check()


def test_what_lies_with_a_custodian_is_charged_to_it_and_the_collector_pays_nothing() -> None:
    made, asset = charging(*fees(Fraction(1, 10_000), ACCOUNT=100))
    told = made.told
    at, number = made.at, told.parties
    for giver, taker in (("A", "Client"), ("B", "CMU")):
        deliver = trade(Side.DELIVER, asset, LOT, at[giver], number[taker], NEXT, reference=giver)
        receive = trade(Side.RECEIVE, asset, LOT, at[taker], number[giver], NEXT, reference=taker)
        told.does(giver, deliver)
        told.does(taker, receive)
    told.does("A", CloseAccount(told.account("A")))
    events = told.until(MARCH_2, EVENING)
    assert of(made, events, "Client") == {}
    assert of(made, events, "CMU") == {}
    assert of(made, events, "Custodian")[FeeItem.CUSTODY][0] == 26 * LOT
    assert of(made, events, "Custodian")[FeeItem.ACCOUNT] == (2, 200)  # its own and its omnibus account
    assert of(made, events, "A")[FeeItem.ACCOUNT] == (2, 200)  # also the one it has closed since
    made.check()


def test_payments_of_a_bond_are_charged_to_the_holders_they_reach() -> None:
    made, asset = charging(*fees(INCOME=90))
    told = made.told
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "asked to"))  # its money lies in suspense
    funds(made, coupon(made, asset), 4 * 19_836)
    events = told.until(date(2026, 9, 1), EVENING)
    assert of(made, events, "A") == {FeeItem.INCOME: (1, 90)}
    assert of(made, events, "B") == {}
    funds(made, redemption(made, asset), 4 * (LOT + 20_164))
    events = told.until(date(2027, 3, 1), EVENING)
    assert of(made, events, "A")[FeeItem.INCOME][0] == 1
    made.check()


def test_parts_of_a_trade_are_charged_each() -> None:
    made, asset = charging(*fees(DVP=300))
    told = made.told
    made.fund("B", 5_000)
    deliver, receive = sides(made, asset, "parts", NEXT, 4_000, partial=Partial.PART)
    for who, order in (("A", deliver), ("B", receive)):
        told.does(who, replace(order, quantity=4 * LOT))
    told.until(NEXT, EVENING - 10)
    assert made.held("A", asset) == 0
    events = told.until(MARCH_2, EVENING)
    assert of(made, events, "A") == of(made, events, "B") == {FeeItem.DVP: (1, 300)}
    made.check()


def test_nothing_is_counted_before_fees_are_published_or_before_they_are_in_force() -> None:
    made, asset = served(("A", 3), ("B", 2))
    told = made.told
    made.at["CMU"] = told.account("CMU")
    trades(made, asset, "before", NEXT)
    assert not [event for event in told.until(NEXT, EVENING) if isinstance(event, UsageCounted)]
    publish(made, MARCH_2, *fees(DVP=300, FOP=200, MATCHED=7))
    trades(made, asset, "early", date(2026, 2, 10))
    events = told.until(MARCH_2)
    assert not [event for event in events if isinstance(event, UsageCounted | BillRendered)]
    trades(made, asset, "in time", MARCH_2)
    events = told.until(APRIL_1, EVENING)
    assert of(made, events, "A") == {FeeItem.FOP: (1, 200), FeeItem.MATCHED: (1, 7)}
    made.check()


def billed(*named: str) -> tuple[Deal, dict[str, BillRendered]]:
    """Both sides of a free transfer owe HKD 2.00; those named let it be collected."""
    made, asset = charging(*fees(FOP=200))
    trades(made, asset, "fop", NEXT)
    for who in named:
        made.told.does(who, NameFeeAccount(1, made.token, made.at[who]))
    events = made.told.until(MARCH_2, EVENING)
    return made, {who: rendered(events)[made.told.parties[who]] for who in "AB"}


def state_of(made: Deal, bill: BillRendered) -> tuple[BillStatus, int, int]:
    found = made.told.state.fees.bills[bill.bill]
    return found.status, found.paid, found.total


def test_a_bill_is_collected_on_its_day_and_waits_where_money_lacks() -> None:
    made, bills = billed("A", "B")
    told = made.told
    made.fund("A", 1_000)
    told.until(bills["A"].due - DAY)
    assert made.held("CMU", made.token) == 0
    told.until(bills["A"].due)
    assert state_of(made, bills["A"]) == (BillStatus.PAID, 200, 200)
    assert state_of(made, bills["B"]) == (BillStatus.COLLECTING, 0, 200)
    told.until(bills["A"].due + 2 * DAY)
    made.fund("B", 200)
    assert state_of(made, bills["B"]) == (BillStatus.PAID, 200, 200)
    assert (made.held("A", made.token), made.held("CMU", made.token)) == (800, 400)
    made.check()


def test_a_party_pays_by_itself_before_or_after() -> None:
    made, bills = billed()
    told = made.told
    made.fund("A", 1_000)
    told.until(MARCH_2 + DAY)
    told.does("A", PayBill(bills["A"].bill, made.token, made.at["A"]))
    assert state_of(made, bills["A"]) == (BillStatus.PAID, 200, 200)
    assert told.refused("A", PayBill(bills["A"].bill, made.token, made.at["A"]))[0] is Reason.STATE
    told.until(bills["B"].due + DAY)
    assert state_of(made, bills["B"]) == (BillStatus.OPEN, 0, 200)  # it has named no account
    told.does("B", PayBill(bills["B"].bill, made.token, made.at["B"]))
    assert state_of(made, bills["B"])[0] is BillStatus.COLLECTING
    assert told.refused("B", PayBill(bills["B"].bill, made.token, made.at["B"]))[0] is Reason.STATE
    made.fund("B", 200)
    assert state_of(made, bills["B"])[0] is BillStatus.PAID
    made.check()


def test_a_disputed_bill_waits_for_its_answer() -> None:
    made, bills = billed("A", "B")
    told = made.told
    for who in "AB":
        made.fund(who, 1_000)
        told.does(who, DisputeBill(bills[who].bill, "the transfer was yours to cancel"))
    told.until(bills["A"].due + DAY)
    assert state_of(made, bills["A"]) == (BillStatus.DISPUTED, 0, 200)
    told.does("CMU", CorrectBill(bills["A"].bill, (Adjustment(FeeItem.FOP, 0, 150),), "three quarters of it were ours"))
    told.does("CMU", CorrectBill(bills["B"].bill, (), "it settled as instructed"))
    assert state_of(made, bills["A"]) == (BillStatus.PAID, 50, 50)
    assert state_of(made, bills["B"]) == (BillStatus.PAID, 200, 200)
    assert told.refused("A", DisputeBill(bills["A"].bill, "again"))[0] is Reason.STATE
    made.check()


def test_a_correction_is_paid_back_or_charged_after() -> None:
    made, bills = billed("A", "B")
    told = made.told
    made.fund("A", 1_000)
    told.until(bills["A"].due)
    told.does("CMU", CorrectBill(bills["A"].bill, (Adjustment(FeeItem.FOP, 0, 200),), "our error"))
    assert state_of(made, bills["A"]) == (BillStatus.PAID, 0, 0)
    assert made.held("A", made.token) == 1_000
    events = told.does("CMU", CorrectBill(bills["A"].bill, (Adjustment(FeeItem.FOP, 30),), "our error, again"))
    assert [event.amount for event in events if isinstance(event, BillCollected)] == [30]
    # B's payment waits for money: it is cancelled for one of the new amount
    told.does("CMU", CorrectBill(bills["B"].bill, (Adjustment(FeeItem.FOP, 0, 10),), "a rebate"))
    made.fund("B", 190)
    assert state_of(made, bills["B"]) == (BillStatus.PAID, 190, 190)
    told.does("CMU", CorrectBill(bills["B"].bill, (Adjustment(FeeItem.FOP, 5),), "less of one"))
    told.does("CMU", CorrectBill(bills["B"].bill, (Adjustment(FeeItem.FOP, 0, 5),), "or not"))
    assert state_of(made, bills["B"]) == (BillStatus.PAID, 190, 190)
    assert not told.state.fees.paying
    made.check()


def test_nothing_is_collected_from_a_party_that_is_insolvent() -> None:
    made, bills = billed("A", "B")
    told = made.told
    told.until(bills["A"].due)  # both wait for money
    told.does("operator", SetStanding(told.parties["A"], Standing.INSOLVENT, "winding-up order"))
    made_account = told.state.fees.bills[bills["A"].bill]
    assert (made_account.status, made_account.transaction) == (BillStatus.OPEN, 0)
    assert state_of(made, bills["B"])[0] is BillStatus.COLLECTING
    told.does("CMU", CorrectBill(bills["A"].bill, (Adjustment(FeeItem.FOP, 1),), "-"))
    assert state_of(made, bills["A"])[0] is BillStatus.OPEN
    made.check()


def test_a_bill_is_a_matter_of_its_party_and_the_collector() -> None:
    made, bills = billed()
    told = made.told
    for who, sees in (("A", [bills["A"]]), ("Lead", []), ("CMU", [bills["A"], bills["B"]])):
        found = [event.bill for event in seen(told, who) if isinstance(event, BillRendered)]
        assert found == [bill.bill for bill in sees]
        assert [event for event in seen(told, who) if isinstance(event, FeesPublished)]
    assert not [event for event in seen(told, "A") if isinstance(event, UsageCounted)]
    number = bills["A"].bill
    for who, command in (
        ("B", PayBill(number, made.token, made.at["B"])),
        ("B", DisputeBill(number, "not mine")),
        ("operator", CorrectBill(number, (Adjustment(FeeItem.FOP, 0, 1),), "not mine")),
    ):
        assert told.refused(who, command) == (Reason.STATE, ("bill", number, "is not there"))


def test_bad_schedules_are_refused_with_what_is_wrong() -> None:
    made, _ = charging(*fees(FOP=200))
    told = made.told
    right = PublishFees(SystemNumber(1), "HKD", ((made.token, made.at["CMU"]),), 10, MARCH_2, fees(FOP=200))
    for reason, changes in (
        (Reason.UNKNOWN_SYSTEM, {"system": SystemNumber(9)}),
        (Reason.WRONG_CURRENCY, {"currency": "XXQ"}),
        (Reason.WRONG_CURRENCY, {"currency": "USD"}),
        (Reason.EMPTY, {"proceeds": ()}),
        (Reason.DUPLICATE, {"proceeds": ((made.token, made.at["CMU"]), (made.token, made.at["CMU"]))}),
        (Reason.UNKNOWN_ACCOUNT, {"proceeds": ((made.token, made.at["A"]),)}),
        (Reason.UNKNOWN_ASSET, {"proceeds": ((made.rtgs, made.at["CMU"]),)}),
        (Reason.PURPOSE, {"proceeds": ((made.token, made.at["lodged"]),)}),
        (Reason.AMOUNT, {"due_days": 0}),
        (Reason.AMOUNT, {"due_days": 61}),
        (Reason.DATE, {"effective": START}),
        (Reason.DATE, {"effective": NEXT}),
        (Reason.DUPLICATE, {"fees": (*fees(FOP=1), *fees(FOP=2))}),
        (Reason.AMOUNT, {"fees": fees(FOP=-1)}),
        (Reason.AMOUNT, {"fees": (Fee(FeeItem.CUSTODY, 5, Fraction(1, 1000)),)}),
        (Reason.RATE, {"fees": (Fee(FeeItem.CUSTODY, 0, Fraction(1, 50)),)}),
        (Reason.RATE, {"fees": (Fee(FeeItem.FOP, 5, Fraction(1, 1000)),)}),
    ):
        assert told.refused("CMU", replace(right, **changes))[0] is reason, changes
    own = told.account("operator")
    assert told.refused("operator", replace(right, proceeds=((made.token, own),)))[0] is Reason.NOT_AUTHORISED
    assert told.refused("A", right)[0] is Reason.NOT_AUTHORISED
    told.does("CMU", right)


def test_an_account_for_fees_is_the_party_s_own_and_held_for_itself() -> None:
    made, _ = charging(*fees(FOP=200))
    told, at = made.told, made.at
    segregated = told.account("A", Purpose.SEGREGATED)
    for reason, command in (
        (Reason.STATE, NameFeeAccount(2, made.token, at["A"])),
        (Reason.UNKNOWN_ASSET, NameFeeAccount(1, made.rtgs, at["A"])),
        (Reason.UNKNOWN_ACCOUNT, NameFeeAccount(1, made.token, at["B"])),
        (Reason.UNKNOWN_ACCOUNT, NameFeeAccount(1, made.token, NO_ACCOUNT)),
        (Reason.PURPOSE, NameFeeAccount(1, made.token, segregated)),
        (Reason.ALREADY_DONE, NameFeeAccount(1, NO_ASSET, NO_ACCOUNT)),
    ):
        assert told.refused("A", command)[0] is reason, command
    told.does("A", NameFeeAccount(1, made.token, at["A"]))
    assert told.refused("A", NameFeeAccount(1, made.token, at["A"]))[0] is Reason.ALREADY_DONE
    told.does("A", NameFeeAccount(1, NO_ASSET, NO_ACCOUNT))
    assert told.state.fees.accounts == {}


@pytest.mark.parametrize(("added", "taken"), [(0, 201), (0, 0), (5, 5), (1 << 62, 0), (-1, 0), (0, -1)])
def test_corrections_out_of_range_are_refused(added: int, taken: int) -> None:
    made, bills = billed()
    command = CorrectBill(bills["A"].bill, (Adjustment(FeeItem.FOP, added, taken),), "-")
    assert made.told.refused("CMU", command)[0] is Reason.AMOUNT
    assert made.told.refused("CMU", replace(command, adjustments=()))[0] is Reason.EMPTY


def test_what_is_to_be_paid_back_needs_an_account() -> None:
    made, bills = billed()
    told = made.told
    told.does("operator", OpenAccount(told.parties["A"], Purpose.OWN, "fees", NO_ACCOUNT, NO_ACCOUNT))
    spare = AccountNumber(len(told.state.accounts))
    told.mint("HKMA", made.token, spare, 200)
    told.until(MARCH_2 + DAY)
    told.does("A", PayBill(bills["A"].bill, made.token, spare))
    told.does("A", CloseAccount(spare))
    command = CorrectBill(bills["A"].bill, (Adjustment(FeeItem.FOP, 0, 1),), "-")
    assert told.refused("CMU", command)[0] is Reason.CLOSED
    made.check()
