"""What fails costs: who pays whom how much, by the day; late matching; exemptions; appeals; the month and its payment.

Amounts by hand: 100 million of nominal at 98.50 are 98,500,000.00; at 0.10 basis points a day that is 985.00, at 5.25%
a year over 360 days 98,500,000.00 * 0.0525 / 360 = 14,364.58.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.ledger.instructions import Partial, Side, Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.penalties import CashRate, PenaltyKind, SecuritiesRate, Security
from bauhinia.ledger.powers import Cause
from bauhinia.rules.instructing import ReleaseInstruction
from bauhinia.rules.observing import Observe
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.penalties import (
    AppealDecided,
    AppealPenalty,
    DecideAppeal,
    PenaltyAppealed,
    PenaltyComputed,
    nth_business_day,
)
from bauhinia.rules.penalty_months import PenaltiesDue, PenaltiesNetted
from bauhinia.rules.penalty_rates import ClassifyBond, ExemptPenalties, PublishPenaltyRates
from bauhinia.rules.powers import PauseAsset
from bauhinia.rules.settlement import Settled
from bauhinia.words.ids import NO_ASSET, AssetNumber, InstructionNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.rules.fails import MILLION, RATES, SYSTEM, Desk, desk
from tests.support import START, seen

HUNDRED = 100 * MILLION
PRICE = 98 * MILLION + MILLION // 2
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 2, day) for day in (3, 4, 5, 6))
MONDAY = date(2026, 2, 9)
REPORT, PAYMENT = date(2026, 3, 19), date(2026, 3, 25)  # the 14th and the 18th business day of March
APPEAL = date(2026, 3, 13)  # the 10th
A_DAY, CASH_DAY = 985_00, 14_364_58


def owed(penalties: list[PenaltyComputed]) -> list[tuple[str, int]]:
    return [(f"{each.payer_account}>{each.payee_account}", each.amount) for each in penalties]


def way(at: Desk, payer: str, payee: str) -> str:
    return f"{at.at[payer]}>{at.at[payee]}"


def test_who_lacks_securities_pays_the_rate_of_the_bond_each_business_day() -> None:
    at = desk()
    at.told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.sells(HUNDRED, PRICE)
    found = at.until(MONDAY)  # Monday to Friday fail: five days, and no weekend
    assert owed(found) == [(way(at, "A", "B"), A_DAY)] * 5
    assert [each.day for each in found] == [START, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]
    first = found[0]
    assert (first.kind, first.reason, first.quantity) == (PenaltyKind.SEFP, Reason.LACK, HUNDRED)
    assert (first.price, first.basis_points, first.currency) == (Fraction(985, 1000), Fraction(1, 10), "HKD")
    at.sells(HUNDRED, sides=("C", "A"), day=MONDAY)
    assert at.until(date(2026, 2, 10)) == []
    at.seed.replay()
    assert not list(broken(at.told.state))


def test_who_lacks_money_pays_the_central_banks_rate_on_the_value_of_the_securities() -> None:
    at = desk()
    at.sells(HUNDRED, PRICE + MILLION, sides=("C", "B"))  # what was to be paid does not matter
    found = at.until(TUESDAY)
    assert owed(found) == [(way(at, "B", "C"), CASH_DAY)]
    assert (found[0].reason, found[0].basis_points) == (Reason.MONY, Fraction(525, 360))
    at.told.does("HKMA", Observe("overnight", TUESDAY, Fraction(-1, 100)))
    assert at.until(WEDNESDAY) == []  # never below zero (annex, point 8)
    at.told.does("HKMA", Observe("overnight", WEDNESDAY, Fraction(36, 1000)))
    assert owed(at.until(THURSDAY)) == [(way(at, "B", "C"), 9_850_00)]


def test_a_price_told_later_counts_from_its_day_and_without_any_a_bond_is_at_par() -> None:
    at = desk()
    at.sells(HUNDRED, PRICE)
    at.told.does("CMU", Observe("price", START, Fraction(101)))
    assert [each.amount for each in at.until(TUESDAY)] == [1_010_00]
    at.told.does("operator", ClassifyBond(at.asset, Security.DEBT, ""))
    assert [each.amount for each in at.until(WEDNESDAY)] == [2_000_00]  # 100,000,000.00 at 0.20 basis points


@pytest.mark.parametrize(
    ("amount", "seller", "buyer", "expected"),
    [
        (PRICE, True, False, [("A", "B", A_DAY)]),
        (PRICE, False, True, [("B", "A", CASH_DAY)]),
        (PRICE, True, True, [("A", "B", A_DAY), ("B", "A", CASH_DAY)]),
        (0, True, False, [("A", "B", A_DAY)]),
        (0, False, True, [("B", "A", A_DAY)]),  # assumed: who receives free holds back securities
    ],
)
def test_who_holds_back_pays_and_where_both_do_each_pays_the_other(
    amount: int, seller: bool, buyer: bool, expected: list[tuple[str, str, int]]
) -> None:
    at = desk()
    at.sells(HUNDRED, sides=("C", "A"))
    at.told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.sells(HUNDRED, amount, seller={"hold": seller}, buyer={"hold": buyer})
    assert owed(at.until(TUESDAY)) == [(way(at, payer, payee), sum_) for payer, payee, sum_ in expected]


def test_a_trade_matched_late_costs_the_later_side_each_business_day_before() -> None:
    at = desk()
    at.told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.until(MONDAY)
    found = [
        event
        for event in at.sells(HUNDRED, PRICE, day=WEDNESDAY, sides=("C", "B"), first=Side.RECEIVE)
        if isinstance(event, (PenaltyComputed, Settled))
    ]
    assert isinstance(found[-1], Settled)  # at once: and still it was late
    late = [each for each in found if isinstance(each, PenaltyComputed)]
    assert owed(late) == [(way(at, "C", "B"), A_DAY)] * 3
    assert [each.day for each in late] == [WEDNESDAY, THURSDAY, FRIDAY]
    assert {(each.kind, each.reason, each.computed) for each in late} == {(PenaltyKind.LMFP, Reason.LATE, MONDAY)}
    assert at.until(date(2026, 2, 10)) == []
    buyer = at.sells(HUNDRED, PRICE, day=FRIDAY, sides=("C", "B"))
    late = [each for each in buyer if isinstance(each, PenaltyComputed)]
    assert owed(late) == [(way(at, "B", "C"), CASH_DAY)] * 2  # who receives late pays the rate of money
    at.seed.replay()


def test_a_trade_matched_past_the_cut_off_of_its_day_is_late_by_that_day() -> None:
    at = desk()
    at.told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.until(START, 16 * 60 + 30)
    at.sells(HUNDRED, PRICE, sides=("C", "B"))
    found = at.until(TUESDAY)
    assert owed(found) == [(way(at, "B", "C"), CASH_DAY)]
    assert (found[0].kind, found[0].reason) == (PenaltyKind.LMFP, Reason.LATE)
    assert at.until(WEDNESDAY) == []  # it has settled in the morning


def test_what_comes_after_the_cut_off_does_not_take_the_fault_away() -> None:
    at = desk()
    at.told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.sells(HUNDRED, PRICE)
    at.sells(HUNDRED, PRICE, sides=("C", "D"), seller={"hold": True})
    at.told.mint("HKMA", at.hkd, at.at["D"], PRICE)
    at.until(START, 16 * 60 + 30)
    at.sells(HUNDRED, sides=("C", "A"))  # free of payment, before its own cut-off
    at.told.does("C", ReleaseInstruction(InstructionNumber(3)))
    waiting = at.told.state.settlement.transactions
    assert {each.reason for each in waiting.values() if each.status is Status.PENDING} == {Reason.CYCL}
    found = at.until(TUESDAY)
    assert owed(found) == [(way(at, "A", "B"), A_DAY), (way(at, "C", "D"), A_DAY)]
    assert [each.reason for each in found] == [Reason.LACK, Reason.PREA]
    assert at.told.state.penalties.cut  # until what has settled leaves the state
    at.until(WEDNESDAY)
    assert not at.told.state.penalties.cut


def test_what_has_settled_in_part_is_not_penalised() -> None:
    at = desk()
    at.told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.sells(HUNDRED, PRICE, seller={"partial": Partial.PART}, buyer={"partial": Partial.PART})
    at.sells(60 * MILLION, sides=("C", "A"))
    found = at.until(TUESDAY)
    assert [(each.quantity, each.amount) for each in found] == [(40 * MILLION, 394_00)]


def test_a_part_of_a_cent_is_rounded_half_up_and_less_than_half_costs_nothing() -> None:
    at = desk(securities=(SecuritiesRate(Security.SOVEREIGN, "HKD", Fraction(1)), *RATES[:1]))
    at.sells(10_000, sides=("A", "B"))  # 100.00 at 98.50 and 1 basis point: 0.985 cents
    at.sells(5_000, sides=("A", "B"))  # 0.4925
    at.sells(5_100, sides=("A", "B"))  # 0.50235
    assert [(each.quantity, each.amount) for each in at.until(TUESDAY)] == [(10_000, 1), (5_100, 1)]


def test_there_are_no_penalties_until_rates_are_in_force_or_in_a_currency_without_a_money() -> None:
    at = desk(rates=False)
    at.sells(HUNDRED, PRICE)
    assert at.until(TUESDAY) == []
    cash = (CashRate("HKD", "", Fraction(5, 100), 365),)
    told = at.told
    eur = told.money("HKMA", "EUR.T", "EUR", told.state.assets[at.hkd].money)
    told.does("operator", PublishPenaltyRates(1, TUESDAY, "euro alone", RATES, cash, (("EUR", eur),)))
    assert at.until(WEDNESDAY) == []
    told.does("operator", PublishPenaltyRates(2, THURSDAY, "dollars too", RATES, cash, (("HKD", at.hkd),)))
    assert [each.day for each in at.until(FRIDAY)] == [THURSDAY]


def stand_still(at: Desk, what: str) -> None:
    told = at.told
    match what:
        case "bond paused":
            told.does("operator", PauseAsset(at.asset, Cause.REGULATORY_ORDER, bytes(32)))
        case "money paused":
            told.does("operator", PauseAsset(at.hkd, Cause.REGULATORY_ORDER, bytes(32)))
        case "payer suspended":
            told.does("operator", SetStanding(told.parties["A"], Standing.SUSPENDED, "an order"))
        case "payee insolvent":
            told.does("operator", SetStanding(told.parties["B"], Standing.INSOLVENT, "an order"))
        case "bond exempt":
            told.does("operator", ExemptPenalties(SYSTEM, at.asset, START, START, "outage"))
        case "system exempt":
            told.does("CMU", ExemptPenalties(SYSTEM, NO_ASSET, START, START, "outage"))


@pytest.mark.parametrize(
    "what",
    ["bond paused", "money paused", "payer suspended", "payee insolvent", "bond exempt", "system exempt"],
)
def test_nobody_pays_where_nobody_is_at_fault(what: str) -> None:
    at = desk()
    at.sells(HUNDRED, PRICE)
    stand_still(at, what)
    assert at.until(TUESDAY) == []


def test_an_exemption_for_days_gone_takes_their_penalties_away() -> None:
    at = desk()
    at.sells(HUNDRED, PRICE)
    assert len(at.until(THURSDAY)) == 3
    at.told.does("operator", ExemptPenalties(SYSTEM, at.asset, TUESDAY, TUESDAY, "a payment system was shut"))
    assert [each.day for each in at.told.state.penalties.open.values()] == [START, WEDNESDAY]
    at.told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, START, WEDNESDAY, "an outage"))
    assert not at.told.state.penalties.open
    at.seed.replay()


def test_nobody_pays_itself() -> None:
    at = desk()
    other = at.told.account("A")
    at.at["A2"], at.told.parties["A2"] = other, at.told.parties["A"]
    at.told.does("A", at.order(Side.DELIVER, "A", "A2", HUNDRED, 0, START))
    at.told.does("A", at.order(Side.RECEIVE, "A2", "A", HUNDRED, 0, START))
    assert at.until(TUESDAY) == []


def test_a_month_is_netted_between_each_two_sides_and_paid_as_the_system_opens() -> None:
    at = desk()
    told = at.told
    told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.sells(HUNDRED, PRICE)  # A owes B 985.00 a day
    at.sells(HUNDRED, PRICE + MILLION, sides=("C", "A"), seller={"hold": True})  # C owes A 985.00
    at.until(TUESDAY)
    assert len(told.state.penalties.open) == 2
    at.sells(40 * MILLION, sides=("B", "A"), day=TUESDAY)  # B owes A 394.00
    at.until(WEDNESDAY)
    told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, WEDNESDAY, date(2026, 12, 31), "enough is shown"))
    events = told.until(REPORT, 19 * 60)
    nets = [event for event in events if isinstance(event, PenaltiesNetted)]
    assert [(each.payer_account, each.payee_account, each.amount) for each in nets] == [
        (at.at["A"], at.at["B"], 2 * A_DAY - 394_00),
        (at.at["C"], at.at["A"], 2 * A_DAY),
    ]
    assert nets[0].month == date(2026, 2, 1)
    assert len(nets[0].penalties) == 3
    assert not told.state.penalties.open
    assert len(told.state.penalties.nets) == 2
    told.mint("HKMA", at.hkd, at.at["A"], 1_000_00)  # not enough until C has paid, which has nothing
    before = told.balance(at.at["B"], at.hkd)
    assert [event for event in told.until(PAYMENT, 8 * 60) if isinstance(event, PenaltiesDue)]
    told.until(PAYMENT)
    assert told.balance(at.at["B"], at.hkd) == before
    told.mint("HKMA", at.hkd, at.at["C"], 2 * A_DAY)
    assert told.balance(at.at["C"], at.hkd) == 0
    assert told.balance(at.at["B"], at.hkd) - before == 2 * A_DAY - 394_00
    assert told.balance(at.at["A"], at.hkd) == 1_000_00 + 394_00
    assert not told.state.penalties.nets
    at.seed.replay()
    assert not list(broken(told.state))


def test_what_cancels_out_is_told_and_not_paid() -> None:
    at = desk()
    at.sells(HUNDRED, sides=("A", "B"))
    at.sells(HUNDRED, sides=("C", "A"), seller={"hold": True})
    at.sells(HUNDRED, sides=("B", "A"), seller={"hold": True})
    at.until(TUESDAY)
    at.told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, TUESDAY, date(2026, 12, 31), "enough"))
    events = at.told.until(date(2026, 3, 26))
    nets = [event for event in events if isinstance(event, PenaltiesNetted)]
    assert [each.amount for each in nets] == [0, A_DAY]
    assert len([event for event in events if isinstance(event, PenaltiesDue)]) == 1


def test_an_appeal_is_decided_and_what_stands_is_netted_later() -> None:
    at = desk()
    told = at.told
    at.sells(HUNDRED, PRICE)
    at.until(date(2026, 2, 5))
    told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, THURSDAY, date(2026, 12, 31), "enough"))
    for number in (1, 2, 3):
        events = told.does("A" if number < 3 else "B", AppealPenalty(number, "the agent was told too late"))
        assert [type(each) for each in events] == [PenaltyAppealed]
    assert told.refused("A", AppealPenalty(1, "once more"))[0] is Reason.ALREADY_DONE
    assert told.does("operator", DecideAppeal(1, True, "so it was"))
    assert told.does("operator", DecideAppeal(2, False, "it was not"))
    assert told.refused("operator", DecideAppeal(1, True, "gone"))[0] is Reason.UNKNOWN_PENALTY
    assert told.refused("operator", DecideAppeal(2, True, "decided"))[0] is Reason.STATE
    nets = [event for event in told.until(REPORT, 19 * 60) if isinstance(event, PenaltiesNetted)]
    assert [(each.penalties, each.amount) for each in nets] == [((2,), A_DAY)]
    events = told.does("operator", DecideAppeal(3, False, "it was not"))
    assert [type(each) for each in events] == [AppealDecided]
    nets = [event for event in told.until(date(2026, 3, 20), 19 * 60) if isinstance(event, PenaltiesNetted)]
    assert [(each.penalties, each.month) for each in nets] == [((3,), date(2026, 2, 1))]
    at.seed.replay()


def test_an_appeal_comes_until_the_tenth_business_day_of_the_next_month() -> None:
    at = desk()
    told = at.told
    at.sells(HUNDRED, PRICE)
    at.until(WEDNESDAY)
    told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, WEDNESDAY, date(2026, 12, 31), "enough"))
    assert nth_business_day(told.state, SYSTEM, START, 10) == APPEAL
    at.until(APPEAL)
    assert told.refused("C", AppealPenalty(1, "not mine"))[0] is Reason.UNKNOWN_PENALTY
    assert told.refused("A", AppealPenalty(9, "none"))[0] is Reason.UNKNOWN_PENALTY
    assert told.refused("A", AppealPenalty(1, ""))[0] is Reason.TEXT
    told.does("A", AppealPenalty(1, "in time"))
    at.until(date(2026, 3, 16))
    assert told.refused("A", AppealPenalty(2, "too late"))[0] is Reason.DATE


def test_a_rulebook_sets_the_days_of_the_month() -> None:
    at = desk(rulebook=(("penalty.appeal_day", "2"), ("penalty.report_day", "3"), ("penalty.payment_day", "5")))
    at.told.mint("HKMA", at.hkd, at.at["A"], A_DAY)
    at.sells(HUNDRED, PRICE)
    at.until(TUESDAY)
    at.told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, TUESDAY, date(2026, 12, 31), "enough"))
    at.until(date(2026, 3, 4))
    assert at.told.refused("A", AppealPenalty(1, "late"))[0] is Reason.DATE
    assert [type(each) for each in at.told.until(date(2026, 3, 5), 8 * 60) if isinstance(each, PenaltiesNetted)]
    assert at.told.balance(at.at["B"], at.hkd) == 0
    at.until(date(2026, 3, 6))  # the 5th business day of March
    assert at.told.balance(at.at["B"], at.hkd) == A_DAY


def test_a_penalty_is_for_the_eyes_of_its_two_sides() -> None:
    at = desk()
    at.sells(HUNDRED, PRICE)
    at.sells(40 * MILLION, PRICE, sides=("D", "C"))
    at.until(TUESDAY)
    for who, amounts in {"A": [A_DAY], "B": [A_DAY], "C": [394_00], "D": [394_00], "HKMA": []}.items():
        found = [each.amount for each in seen(at.told, who) if isinstance(each, PenaltyComputed)]
        assert found == amounts, who


GOOD = PublishPenaltyRates(2, TUESDAY, "annex", RATES, (CashRate("HKD", "overnight", Fraction(5, 100), 360),), ())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 3}, Reason.DUPLICATE),
        ({"effective": START}, Reason.DATE),
        ({"source": ""}, Reason.TEXT),
        ({"securities": RATES * 20}, Reason.AMOUNT),
        ({"securities": (RATES[0], RATES[0])}, Reason.DUPLICATE),
        ({"securities": (SecuritiesRate(Security.DEBT, "XXY", Fraction(1)),)}, Reason.WRONG_CURRENCY),
        ({"securities": (SecuritiesRate(Security.DEBT, "", Fraction(101)),)}, Reason.RATE),
        ({"securities": (SecuritiesRate(Security.DEBT, "", Fraction(-1)),)}, Reason.RATE),
        ({"securities": (SecuritiesRate(Security.DEBT, "", Fraction(1, 10**13)),)}, Reason.RATE),
        ({"cash": GOOD.cash * 2}, Reason.DUPLICATE),
        ({"cash": (replace(GOOD.cash[0], series="none"),)}, Reason.UNKNOWN_SERIES),
        ({"cash": (replace(GOOD.cash[0], rate=Fraction(2)),)}, Reason.RATE),
        ({"cash": (replace(GOOD.cash[0], year=364),)}, Reason.AMOUNT),
        ({"moneys": ()}, Reason.EMPTY),
        ({"moneys": (("HKD", AssetNumber(99)),)}, Reason.UNKNOWN_ASSET),
        ({"moneys": "bond"}, Reason.UNKNOWN_ASSET),
        ({"moneys": "euro"}, Reason.WRONG_CURRENCY),
        ({"moneys": "twice"}, Reason.DUPLICATE),
    ],
)
def test_rates_that_cannot_be_are_refused(changed: dict[str, Any], reason: Reason) -> None:
    at = desk()
    own = (("HKD", at.hkd),)
    moneys = {"bond": (("HKD", at.asset),), "euro": (("EUR", at.hkd),), "twice": own * 2}
    said = changed.get("moneys", own)
    command = replace(GOOD, **{**changed, "moneys": moneys[said] if isinstance(said, str) else said})
    assert at.told.refused("operator", command)[0] is reason


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (ClassifyBond(AssetNumber(99), Security.DEBT, ""), Reason.UNKNOWN_ASSET),
        (ClassifyBond(AssetNumber(1), Security.DEBT, ""), Reason.UNKNOWN_ASSET),  # a money
        (ClassifyBond(AssetNumber(2), Security.DEBT, "none"), Reason.UNKNOWN_SERIES),
        (ClassifyBond(AssetNumber(2), Security.SOVEREIGN, "price"), Reason.ALREADY_DONE),
        (ExemptPenalties(SystemNumber(9), NO_ASSET, START, START, "why"), Reason.UNKNOWN_SYSTEM),
        (ExemptPenalties(SYSTEM, AssetNumber(1), START, START, "why"), Reason.UNKNOWN_ASSET),
        (ExemptPenalties(SYSTEM, NO_ASSET, TUESDAY, START, "why"), Reason.DATE),
        (ExemptPenalties(SYSTEM, NO_ASSET, START, START, ""), Reason.TEXT),
    ],
)
def test_what_is_said_of_bonds_and_days_must_hold(command: Any, reason: Reason) -> None:
    at = desk()
    assert (at.hkd, at.asset) == (1, 2)
    assert at.told.refused("operator", command)[0] is reason
