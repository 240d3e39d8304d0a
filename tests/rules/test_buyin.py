"""Buy-ins: a rulebook's choice, an agent that buys, a trade cancelled for as much, and who owes whom what it cost more.

A has sold B 100 million for 98,500,000.00 and does not deliver; C, the agent, has bonds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import Status, TransactionKind
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Standing
from bauhinia.rules.buyin import BoughtIn, BuyInStarted, ReportBuyIn, StartBuyIn
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.penalties import PenaltyComputed
from bauhinia.rules.settlement import Ordered, TransactionCancelled
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, PartyNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.fails import MILLION, Desk, desk
from tests.support import seen

HUNDRED, PRICE = 100 * MILLION, 98 * MILLION + MILLION // 2
RULES = (("settlement.buy_in_days", "4"),)
DUE = date(2026, 2, 6)  # four business days after the Monday
MOST = Fraction(101)


def failing(*more: tuple[str, str], due: date = DUE) -> tuple[Desk, TransactionNumber]:
    at = desk(rulebook=(*RULES, *more))
    at.told.mint("HKMA", at.hkd, at.at["B"], 110 * MILLION)
    at.told.mint("HKMA", at.hkd, at.at["A"], 3 * MILLION)
    at.sells(HUNDRED, PRICE)
    number = at.told.state.settlement.last_transaction
    at.until(due)
    return at, number


def started(at: Desk, number: TransactionNumber) -> ReportBuyIn:
    """The buy-in has begun; the report of an agent that has bought it all at 100.25."""
    at.told.does("B", StartBuyIn(number, at.told.parties["C"], MOST))
    return ReportBuyIn(number, HUNDRED, Fraction(10025, 100), at.at["C"], at.at["C"])


def bought(events: list[Any]) -> BoughtIn:
    return next(event for event in events if isinstance(event, BoughtIn))


def test_what_the_agent_bought_is_delivered_and_the_failing_side_pays_what_it_cost_more() -> None:
    at, number = failing()
    told, asset, hkd = at.told, at.asset, at.hkd
    events = told.does("C", started(at, number))
    found = bought(events)
    assert (found.quantity, found.cost, found.owed) == (HUNDRED, 10_025_000_000, PRICE)
    assert (found.difference, found.rest) == (175_000_000, ())  # 100,250,000.00 less 98,500,000.00
    assert told.balance(at.at["B"], asset) == HUNDRED
    assert told.balance(at.at["C"], hkd) == 10_025_000_000
    assert told.balance(at.at["B"], hkd) == 110 * MILLION - PRICE  # as if the trade had settled
    assert told.balance(at.at["A"], hkd) == 3 * MILLION - 175_000_000
    transaction = told.state.settlement.transactions[number]
    assert transaction.status is Status.CANCELLED
    assert [event.kind for event in events if isinstance(event, Ordered)] == [
        TransactionKind.TRADE, TransactionKind.PENALTY,
    ]  # fmt: skip
    assert at.until(date(2026, 2, 9)) == []  # and there are no more penalties
    assert not told.state.penalties.buy_ins
    at.seed.replay()
    assert not list(broken(told.state))


def test_a_part_bought_leaves_the_rest_of_the_trade() -> None:
    at, number = failing()
    report = replace(started(at, number), quantity=30 * MILLION, price=Fraction(99))
    found = bought(at.told.does("C", report))
    # 30 million at 98.50 of the trade's 29,550,000.00, at 99: 29,700,000.00
    assert (found.cost, found.owed, found.difference) == (2_970_000_000, 2_955_000_000, 15_000_000)
    transaction = at.told.state.settlement.transactions[number]
    assert (transaction.status, transaction.parted, transaction.paid) == (Status.FAILING, 30 * MILLION, 2_955_000_000)
    assert [leg.amount for leg in transaction.legs] == [70 * MILLION, PRICE - 2_955_000_000]
    assert at.told.refused("C", report)[0] is Reason.UNKNOWN_TRANSACTION  # one report
    assert [each.quantity for each in at.until(date(2026, 2, 9))] == [70 * MILLION]
    at.sells(70 * MILLION, sides=("C", "A"), day=date(2026, 2, 9))
    assert at.told.balance(at.at["B"], at.asset) == HUNDRED
    assert at.told.balance(at.at["B"], at.hkd) == 110 * MILLION - PRICE
    at.seed.replay()
    assert not list(broken(at.told.state))


@pytest.mark.parametrize(("symmetric", "difference"), [("no", 0), ("yes", -50_000_000)])
def test_what_it_cost_less_is_owed_the_other_way_only_where_the_rulebook_says(symmetric: str, difference: int) -> None:
    at, number = failing(("settlement.buy_in_symmetric", symmetric))
    found = bought(at.told.does("C", replace(started(at, number), price=Fraction(98))))
    assert found.difference == difference
    assert at.told.balance(at.at["A"], at.hkd) == 3 * MILLION - difference
    assert bool(found.payment) is bool(difference)


def test_where_nothing_is_to_be_had_the_failing_side_pays_what_the_bonds_are_worth_more() -> None:
    at, number = failing()
    at.told.does("B", StartBuyIn(number, at.told.parties["C"], MOST))
    report = ReportBuyIn(number, 0, Fraction(0), NO_ACCOUNT, NO_ACCOUNT)
    assert at.told.refused("C", replace(report, price=Fraction(1)))[0] is Reason.AMOUNT
    events = at.told.does("C", report)
    assert bought(events).difference == 0  # worth what they were to cost, at 98.50
    assert [each.reason for each in events if isinstance(each, TransactionCancelled)] == ["nothing to buy in"]


def test_cash_compensation_is_the_reference_price_above_the_price_of_the_trade() -> None:
    at = desk(rulebook=RULES)
    at.sells(HUNDRED, PRICE - MILLION)
    at.until(DUE)
    number = at.told.state.settlement.last_transaction
    at.told.does("B", StartBuyIn(number, at.told.parties["C"], MOST))
    found = bought(at.told.does("C", ReportBuyIn(number, 0, Fraction(0), NO_ACCOUNT, NO_ACCOUNT)))
    assert (found.quantity, found.owed, found.difference) == (0, PRICE - MILLION, MILLION)
    assert at.told.state.settlement.transactions[found.payment].reason is Reason.MONY  # A has nothing yet
    at.told.mint("HKMA", at.hkd, at.at["A"], MILLION)
    assert at.told.balance(at.at["B"], at.hkd) == MILLION
    at.seed.replay()


def test_without_a_rulebook_that_says_so_there_is_no_buy_in() -> None:
    at = desk()
    at.told.mint("HKMA", at.hkd, at.at["B"], PRICE)
    at.sells(HUNDRED, PRICE)
    at.until(DUE)
    command = StartBuyIn(at.told.state.settlement.last_transaction, at.told.parties["C"], MOST)
    assert at.told.refused("B", command)[0] is Reason.NOT_PROVIDED


def test_a_buy_in_starts_when_the_trade_has_failed_for_long_enough_and_is_of_its_receiver() -> None:
    at, number = failing(due=date(2026, 2, 5))
    told = at.told
    good = StartBuyIn(number, told.parties["C"], MOST)
    assert told.refused("B", good)[0] is Reason.NOT_DUE
    at.until(DUE)
    for who in ("A", "C"):
        assert told.refused(who, good)[0] is Reason.UNKNOWN_TRANSACTION
    assert told.refused("B", replace(good, transaction=TransactionNumber(99)))[0] is Reason.UNKNOWN_TRANSACTION
    assert told.refused("B", replace(good, agent=PartyNumber(99)))[0] is Reason.UNKNOWN_PARTY
    for side in ("A", "B"):
        assert told.refused("B", replace(good, agent=told.parties[side]))[0] is Reason.NOT_AUTHORISED
    assert told.refused("B", replace(good, limit_price=Fraction(0)))[0] is Reason.RATE
    assert told.refused("B", replace(good, limit_price=Fraction(1_001)))[0] is Reason.RATE
    told.does("operator", SetStanding(told.parties["D"], Standing.SUSPENDED, "an order"))
    assert told.refused("B", replace(good, agent=told.parties["D"]))[0] is Reason.SUSPENDED
    told.does("B", good)
    assert told.refused("B", good)[0] is Reason.ALREADY_DONE
    told.does("B", replace(good, limit_price=MOST + 1))  # on other terms


@pytest.mark.parametrize("what", ["lacks money", "buyer holds", "free", "not failing"])
def test_only_what_the_deliverer_fails_against_money_is_bought_in(what: str) -> None:
    at = desk(rulebook=RULES)
    if what == "lacks money":
        at.sells(HUNDRED, PRICE, sides=("C", "B"))
    elif what == "buyer holds":
        at.sells(HUNDRED, PRICE, sides=("C", "B"), buyer={"hold": True})
    elif what == "free":
        at.sells(HUNDRED)
    else:
        at.sells(HUNDRED, PRICE, day=date(2026, 2, 10))
    at.until(DUE)
    command = StartBuyIn(at.told.state.settlement.last_transaction, at.told.parties["D"], MOST)
    assert at.told.refused("B", command)[0] is Reason.STATE


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"quantity": 50}, Reason.AMOUNT),
        ({"quantity": HUNDRED + 100}, Reason.AMOUNT),
        ({"quantity": HUNDRED - 50}, Reason.AMOUNT),  # leaves less than a denomination
        ({"quantity": 150}, Reason.MULTIPLE),
        ({"price": Fraction(102)}, Reason.RATE),
        ({"price": Fraction(0)}, Reason.RATE),
        ({"account": AccountNumber(99)}, Reason.UNKNOWN_ACCOUNT),
        ({"account": "B"}, Reason.UNKNOWN_ACCOUNT),
        ({"cash_account": "A"}, Reason.UNKNOWN_ACCOUNT),
        ({"account": "empty"}, Reason.LACK),
    ],
)
def test_a_report_that_cannot_be_is_refused(changed: dict[str, Any], reason: Reason) -> None:
    at, number = failing()
    at.at["empty"] = at.told.account("C")
    report = started(at, number)
    fields: dict[str, Any] = {name: at.at[said] if isinstance(said, str) else said for name, said in changed.items()}
    assert at.told.refused("C", replace(report, **fields))[0] is reason
    assert at.told.refused("D", report)[0] is Reason.UNKNOWN_TRANSACTION
    at.told.does("C", report)


def test_a_report_needs_an_open_system_money_and_a_trade_that_still_waits() -> None:
    at, number = failing()
    report = started(at, number)
    at.until(DUE, 16 * 60 + 30)
    assert at.told.refused("C", report)[0] is Reason.CUT_OFF
    at.until(date(2026, 2, 9))
    at.sells(12 * MILLION, 20 * MILLION, sides=("C", "B"), day=date(2026, 2, 9))
    assert at.told.refused("C", report)[0] is Reason.MONY
    at.told.mint("HKMA", at.hkd, at.at["B"], 20 * MILLION)
    at.sells(HUNDRED, sides=("C", "A"), day=date(2026, 2, 9))  # the deliverer delivers after all
    assert at.told.state.settlement.transactions[number].status is Status.SETTLED
    assert at.told.refused("C", report)[0] is Reason.STATE
    at.until(date(2026, 2, 10))
    assert not at.told.state.penalties.buy_ins
    at.seed.replay()


def test_who_is_told_what() -> None:
    at, number = failing()
    at.told.does("C", started(at, number))
    for who, expected in {"A": 2, "B": 2, "C": 1, "D": 0}.items():
        found = [each for each in seen(at.told, who) if isinstance(each, (BuyInStarted, BoughtIn))]
        assert len(found) == expected, who
    assert any(isinstance(each, PenaltyComputed) for each in seen(at.told, "A"))


def test_a_trade_with_a_market_claim_is_bought_in_whole() -> None:
    at, number = failing()
    report = started(at, number)
    at.told.state.servicing.watched[number] = WorkKind.CLAIM  # as where a record date has closed over it
    assert at.told.refused("C", replace(report, quantity=30 * MILLION))[0] is Reason.STATE
    at.told.does("C", report)
