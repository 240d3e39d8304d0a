"""Fees, bills and a custodian's clients, projected: the views say what the state says, to whom they may."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bauhinia.ledger.fees import Adjustment, FeeItem
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Role, Standing
from bauhinia.rules.billing import CorrectBill, DisputeBill
from bauhinia.rules.fees import NameFeeAccount
from bauhinia.rules.instructing import CancelInstruction, Instruct
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.reconciliation import StateHoldings
from bauhinia.views import fees, queries
from bauhinia.views.efficiency import efficiency
from bauhinia.views.liquidity import ForecastDay, liquidity
from bauhinia.views.store import Views
from bauhinia.words.ids import AssetNumber, InstructionNumber
from tests.rules.deal import NEXT, Deal
from tests.rules.served import FIRST, LOT, coupon, funds
from tests.rules.test_fees import DAY, EVENING, MARCH_2, PRICES, charging, trades
from tests.rules.test_fees import fees as priced
from tests.rules.test_porting import LATER, Custody, custody
from tests.support import trade
from tests.views.test_agreement import projected, viewer


def listed(made: Deal, views: Views, who: str) -> list[tuple[str, str, str]]:
    return [(each.party_name, each.total.text, each.status) for each in fees.bills(views, viewer(made, views, who))]


def test_bills_go_to_their_party_and_to_who_collects(tmp_path: Path) -> None:
    made, asset = charging(*priced(**{item.name: price for item, price in PRICES.items()}))
    told = made.told
    trades(made, asset, "fop", NEXT)
    told.does("A", NameFeeAccount(1, made.token, made.at["A"]))
    told.until(MARCH_2, EVENING)
    for number, bill in told.state.fees.bills.items():
        if bill.party == told.parties["A"]:
            told.does("A", DisputeBill(number, "counted twice"))
            told.does("CMU", CorrectBill(number, (Adjustment(FeeItem.FOP, 0, 200),), "it was"))
    views = projected(told, tmp_path)
    assert listed(made, views, "A") == [("A", "HKD 110.07", "OPEN")]
    assert listed(made, views, "B") == [("B", "HKD 112.07", "OPEN")]
    assert {name for name, _, _ in listed(made, views, "CMU")} >= {"A", "B"}
    assert listed(made, views, "CMU") == listed(made, views, "operator")
    assert listed(made, views, "Trustee") == []
    (mine,) = fees.bills(views, viewer(made, views, "A"))
    assert fees.bill(views, viewer(made, views, "A"), mine.number) == mine
    assert fees.bill(views, viewer(made, views, "B"), mine.number) is None
    assert [(each.item, each.count, each.amount.text) for each in mine.charges] == [
        ("FOP", 1, "HKD 2.00"), ("MATCHED", 1, "HKD 0.07"), ("ACCOUNT", 1, "HKD 110.00"),
    ]  # fmt: skip
    assert [(each.amount.text, each.why) for each in mine.corrections] == [("HKD -2.00", "it was")]
    assert mine.why == "counted twice"
    (schedule,) = fees.schedules(views, queries.viewer(views, 0))
    assert (schedule.collector_name, schedule.currency, len(schedule.versions[0].prices)) == ("CMU", "HKD", 10)


def test_what_is_used_shows_by_day_before_any_bill(tmp_path: Path) -> None:
    made, asset = charging(*priced(Fraction(1, 10_000), FOP=200))
    trades(made, asset, "fop", NEXT)
    made.told.until(NEXT, EVENING)
    views = projected(made.told, tmp_path)
    used = fees.usage(views, viewer(made, views, "A"))
    assert [(each.day, each.item, each.count) for each in used] == [(NEXT, "CUSTODY", LOT), (NEXT, "FOP", 1)]
    assert fees.usage(views, viewer(made, views, "A"), MARCH_2) == ()
    assert len(fees.usage(views, viewer(made, views, "CMU"), NEXT)) == 4
    assert fees.usage(views, queries.viewer(views, 0)) == ()


@pytest.mark.parametrize("account", ["omnibus", "segregated"])
def test_clients_that_have_gone_are_where_the_state_has_them(tmp_path: Path, account: str) -> None:
    story = custody("SF3", register_columns="name, amount, entered, ceased")
    made, told = story.made, story.made.told
    giver = {"omnibus": "Client", "segregated": "segregated"}[account]
    story.orders(giver, "B", "matched", by="Custodian", hold=True)
    alone = story.alone(giver, "Custodian", "alone")
    told.does("Custodian", StateHoldings(story.asset, made.at[account], LATER, 7))
    told.until(LATER + DAY, 11 * 60)
    story.fails()
    story.goes(account)
    views = projected(told, tmp_path)
    page = queries.queue(views, viewer(made, views, "Next"))
    assert [each.reason for each in page.waiting] == ["BOTH"]
    assert queries.instruction(views, viewer(made, views, "Next"), alone) is not None
    if account == "segregated":
        assert queries.queue(views, viewer(made, views, "Custodian")).waiting == ()
    _register(story, views, account)


def _register(story: Custody, views: Views, account: str) -> None:
    copy = queries.register(views, viewer(story.made, views, "CMU"), story.asset)
    assert copy is not None
    held = [(row.name, row.ceased is not None) for row in copy.rows if row.account == story.made.at[account]]
    assert held == [("Next", False), ("Custodian", True)]


def settled(tmp_path: Path) -> tuple[Deal, Views]:
    """Four trades due on the 4th: one settles, one does a day late, one fails, one was cancelled in time."""
    made, asset = charging()
    told = made.told
    told.party("Regulator", Role.REGULATOR)
    due = NEXT + DAY
    made.fund("B", 100)
    told.until(due, 10 * 60 - 1)
    trades(made, asset, "cancelled", due, hold=True)
    trades(made, asset, "one", due, 100)
    trades(made, asset, "late", due, 100)
    trades(made, asset, "never", due, hold=True)
    for number, who in ((1, "A"), (2, "B")):
        told.does(who, CancelInstruction(InstructionNumber(number)))
    told.until(due + DAY, 9 * 60 + 30)
    made.fund("B", 100)
    told.until(due + DAY, EVENING)
    return made, projected(told, tmp_path)


def test_settlement_efficiency_by_day_party_bond_and_reason(tmp_path: Path) -> None:
    made, views = settled(tmp_path)
    operator = viewer(made, views, "operator")
    (day,) = efficiency(views, operator)
    assert (day.group, day.due, day.on_time, day.late, day.failing) == ("2026-02-04", 3, 1, 1, 1)
    assert (day.rate, day.percent, day.value_rate) == ("1/3", "33.33", "1/3")
    assert (day.due_nominal.text, day.settled_nominal.text) == ("HKD 30,000.00", "HKD 10,000.00")
    assert day.longest_wait == 23 * 3_600 + 31 * 60  # from when it was matched to half past nine of the next day
    assert day.mean_wait == day.longest_wait // 2  # the other one did not wait
    by_reason = {each.group: each.due for each in efficiency(views, operator, "reason")}
    assert by_reason == {"-": 1, "MONY": 1, "BOTH": 1}
    assert [each.name for each in efficiency(views, operator, "party")] == ["A", "B"]
    assert [each.due for each in efficiency(views, operator, "asset")] == [3]
    assert efficiency(views, operator, first=NEXT + 2 * DAY) == efficiency(views, operator, last=NEXT) == ()
    assert efficiency(views, viewer(made, views, "Regulator"), "party") == efficiency(views, operator, "party")


def test_a_party_sees_how_its_own_trades_settle_and_in_its_own_words(tmp_path: Path) -> None:
    made, views = settled(tmp_path)
    assert [each.name for each in efficiency(views, viewer(made, views, "A"), "party")] == ["A"]
    assert {each.group for each in efficiency(views, viewer(made, views, "A"), "reason")} == {"-", "CMON", "BOTH"}
    assert {each.group for each in efficiency(views, viewer(made, views, "B"), "reason")} == {"-", "MONY", "BOTH"}
    assert efficiency(views, viewer(made, views, "Lead")) == ()
    assert efficiency(views, queries.viewer(views, 0)) == ()


def plain(found: tuple[ForecastDay, ...]) -> list[tuple[str, int, int, int, int]]:
    """Of each day the opening balance, what comes in and goes out, and the closing balance; none lacks anything."""
    assert not any(each.shortfall.units or each.peak.units for each in found)
    return [
        (each.day.isoformat(), each.opening.units, each.incoming.units, each.outgoing.units, each.closing.units)
        for each in found
    ]


def test_a_forecast_of_trades_income_and_bills(tmp_path: Path) -> None:
    made, asset = charging(*priced(FOP=200))
    told = made.told
    trades(made, asset, "fop", NEXT)  # A holds one lot, B three
    for who in "AB":
        told.does(who, NameFeeAccount(1, made.token, made.at[who]))
    told.until(MARCH_2, EVENING)
    made.fund("A", 50)
    made.fund("B", 1_000)
    trades(made, asset, "soon", MARCH_2 + 2 * DAY, 700)
    trades(made, asset, "held", MARCH_2 + 2 * DAY, 900, hold=True)
    told.until(MARCH_2 + DAY)
    views = projected(told, tmp_path)
    a = liquidity(views, viewer(made, views, "A"))
    assert plain(a) == [
        ("2026-03-03", 50, 0, 0, 50),
        ("2026-03-04", 50, 700, 0, 750),
        ("2026-03-16", 750, 0, 200, 550),
    ]
    b = liquidity(views, viewer(made, views, "B"), days=200)
    assert plain(b)[1:] == [
        ("2026-03-04", 1_000, 0, 700, 300),
        ("2026-03-16", 300, 0, 200, 100),
        (FIRST.isoformat(), 100, 3 * 19_836, 0, 100 + 3 * 19_836),
    ]
    (income,) = b[-1].flows
    assert (income.kind, income.number, income.sure) == ("INCOME", coupon(made, asset).number, False)
    issuer = liquidity(views, viewer(made, views, "Government"), days=200)
    assert [(flow.kind, flow.amount.units) for flow in issuer[-1].flows] == [("FUNDING", -4 * 19_836)]
    assert liquidity(views, viewer(made, views, "operator"), party=told.parties["B"]) == b[:-1]
    assert liquidity(views, viewer(made, views, "A"), party=told.parties["B"]) == ()
    assert liquidity(views, queries.viewer(views, 0)) == ()


def test_a_forecast_of_what_is_recorded_late_and_funded(tmp_path: Path) -> None:
    made, asset = charging()
    told = made.told
    told.until(NEXT + DAY)
    trades(made, asset, "late", NEXT + DAY, 5_000)  # B has nothing
    told.until(FIRST)
    views = projected(told, tmp_path)
    (today,) = liquidity(views, viewer(made, views, "B"), days=0)
    assert [(flow.kind, flow.amount.units, flow.sure) for flow in today.flows] == [
        ("INCOME", 2 * 19_836, True), ("TRADE", -5_000, True),
    ]  # fmt: skip
    assert (today.shortfall.units, today.peak.units) == (0, 5_000)
    (issuer,) = liquidity(views, viewer(made, views, "Government"), days=0)
    assert issuer.outgoing.units == 4 * 19_836
    funds(made, coupon(made, asset), 4 * 19_836)
    told.until(FIRST, 11 * 60)
    views = projected(told, tmp_path)
    left = [flow.kind for each in liquidity(views, viewer(made, views, "Government")) for flow in each.flows]
    assert "FUNDING" not in left


def test_a_payment_outside_the_ledger_is_forecast_to_both_sides(tmp_path: Path) -> None:
    made, asset = charging()
    told = made.told
    day = NEXT + DAY
    for who, command in zip("AB", _by_rtgs(made, asset, day), strict=True):
        told.does(who, command)
    told.does("operator", SetStanding(told.parties["Trustee"], Standing.SUSPENDED, "-"))
    views = projected(told, tmp_path)
    for who, amount in (("A", 700), ("B", -700)):
        found = [flow.amount.units for each in liquidity(views, viewer(made, views, who)) for flow in each.flows]
        assert found == [amount]


def _by_rtgs(made: Deal, asset: AssetNumber, day: date) -> tuple[Instruct, Instruct]:
    number, at, rtgs = made.told.parties, made.at, made.rtgs
    return (
        trade(Side.DELIVER, asset, LOT, at["A"], number["B"], day, rtgs, 700, 0, "rtgs"),
        trade(Side.RECEIVE, asset, LOT, at["B"], number["A"], day, rtgs, 700, 0, "rtgs"),
    )
