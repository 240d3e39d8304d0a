"""Stories of bonds that are repaid early: called by the issuer, with and without a price of its own, and put."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.bond.options import make_whole_price
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.schedule import schedule
from bauhinia.ledger.actions import Action, ActionKind, ActionStatus
from bauhinia.ledger.assets import TitleLayer
from bauhinia.ledger.bonds import BondStatus, Conditions
from bauhinia.ledger.instructions import Side
from bauhinia.rules.default import Accelerate, GraceExpired, PaymentLate
from bauhinia.rules.funding import Fund
from bauhinia.rules.market import DeclareClosure
from bauhinia.rules.observing import DefineSeries, Observe
from bauhinia.rules.onboarding import Elect
from bauhinia.rules.options import BondPut, CallBond, EarlyAnnounced, PutBond, WithdrawPut
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.servicing import Fixed, Redated
from bauhinia.words.ids import NO_ACCOUNT, AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import Deal
from tests.rules.served import COUPON, FIRST, LAST_COUPON, LOT, LOTS, actions, cash, funds, rtgs, served, status
from tests.support import calendar, seen, trade

DAY = timedelta(days=1)
CLOSED = 19 * 60
RECORD = date(2026, 7, 31)
NOTICE = date(2026, 7, 1)
CALLED = 1_010_000
CALL = Exercise(FIRST, FIRST, Fraction(101, 100))
MIDDLE = date(2026, 9, 15)  # a Tuesday, 43 days after the first coupon
ACCRUED = 4_712  # HKD 10,000.00 at 4% for 43 of 365 days: 47.123...
BETWEEN = Exercise(MIDDLE, MIDDLE, least_notice=10, most_notice=30)
WHOLE = MakeWhole(date(2027, 1, 1), "GOVERNMENT 1Y", Fraction(1, 400), 10, 60)


def optional(*shares: tuple[str, int], **terms: Any) -> tuple[Deal, AssetNumber]:
    made, asset = served(*(shares or (("A", 3), ("Client", 5), ("B", 2))), terms=replace(LOTS, **terms))
    return made, asset


def early(made: Deal, asset: AssetNumber) -> Action:
    return next(action for action in actions(made, asset) if action.early)


def test_a_whole_call_repays_all_with_the_coupon_of_its_day() -> None:
    made, asset = optional(calls=(CALL,))
    told = made.told
    told.until(NOTICE)
    (announced,) = told.does("Government", CallBond(asset, FIRST, 0))
    assert isinstance(announced, EarlyAnnounced)
    assert announced in seen(told, "Client")
    first, planned, call = actions(made, asset)
    assert announced.cancelled == (planned.number,)
    kept = (ActionStatus.PLANNED, ActionStatus.CANCELLED, ActionStatus.ANNOUNCED)
    assert (status(first), status(planned), status(call)) == kept
    assert (call.kind, call.interest, call.principal) == (ActionKind.REDEMPTION, 0, CALLED)
    assert (call.record_date, call.payment_date) == (RECORD, FIRST)
    funds(made, first, 10 * COUPON)
    funds(made, call, 10 * CALLED)
    told.until(RECORD, CLOSED)
    order = trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties["B"], FIRST)
    assert told.refused("A", order)[0] is Reason.RECORD_CLOSED
    told.until(FIRST)
    each = COUPON + CALLED
    assert cash(made, "A", "B", "Client", "omnibus", "paying") == (3 * each, 2 * each, 5 * each, 0, 0)
    assert (made.bond(asset).redeemed, made.bond(asset).status) == (10 * LOT, BondStatus.REDEEMED)
    made.check()


def test_a_call_between_coupons_pays_what_has_accrued_and_the_running_coupon_falls_away() -> None:
    made, asset = optional(("A", 3), calls=(BETWEEN,))
    told = made.told
    funds(made, actions(made, asset)[0], 3 * COUPON)
    told.until(date(2026, 9, 1))
    told.does("Government", CallBond(asset, MIDDLE, 3 * LOT))  # all that is outstanding is a whole call too
    call = early(made, asset)
    assert (call.interest, call.principal, call.record_date) == (ACCRUED, LOT, MIDDLE - DAY)
    assert status(actions(made, asset)[1]) is ActionStatus.CANCELLED
    funds(made, call, 3 * (ACCRUED + LOT))
    told.until(MIDDLE)
    assert (cash(made, "A"), made.bond(asset).status) == ((3 * (COUPON + ACCRUED + LOT),), BondStatus.REDEEMED)
    made.check()


def test_a_call_of_a_bond_that_a_note_backs_marks_the_note_down() -> None:
    made, asset = served(("A", 3), terms=replace(LOTS, calls=(CALL,)), title=TitleLayer.BENEFICIAL, note=True)
    made.told.until(NOTICE)
    made.told.does("Government", CallBond(asset, FIRST, 0))
    funds(made, actions(made, asset)[0], 3 * COUPON)
    funds(made, early(made, asset), 3 * CALLED)
    made.told.until(FIRST)
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


def test_a_late_closure_moves_a_call_forward() -> None:
    made, asset = optional(("A", 3), calls=(BETWEEN,))
    told = made.told
    funds(made, actions(made, asset)[0], 3 * COUPON)
    told.until(date(2026, 9, 1))
    told.does("Government", CallBond(asset, MIDDLE, 0))
    told.until(MIDDLE - DAY)
    events = told.does("operator", DeclareClosure("HK", MIDDLE))
    call = early(made, asset)
    assert call.number in [each.action for each in events if isinstance(each, Redated)]
    assert (call.record_date, call.payment_date) == (MIDDLE - DAY, MIDDLE + DAY)
    funds(made, call, 3 * (ACCRUED + LOT))  # no interest for the day more
    told.until(MIDDLE)
    assert status(call) is ActionStatus.RECORDED
    told.until(MIDDLE + DAY)
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


REFUSALS: list[tuple[str, str, date, int, date, Reason, str]] = [
    ("the notice is too short", "Government", date(2026, 7, 20), 0, FIRST, Reason.DATE, "notice_date"),
    ("the notice is too long", "Government", date(2026, 6, 3), 0, FIRST, Reason.DATE, "notice_date"),
    ("no call on that day", "Government", NOTICE, 0, FIRST + DAY, Reason.DATE, "date"),
    ("part of what is called whole", "Government", NOTICE, LOT, FIRST, Reason.TERMS, "nominal"),
    ("more than there is", "Government", NOTICE, 6 * LOT, FIRST, Reason.AMOUNT, "nominal"),
    ("no denomination", "Government", NOTICE, LOT + 1, FIRST, Reason.MULTIPLE, "nominal"),
    ("by another", "Agent", NOTICE, 0, FIRST, Reason.NOT_AUTHORISED, "CallBond"),
]


@pytest.mark.parametrize(
    ("who", "today", "nominal", "day", "reason", "field"), [row[1:3] + row[3:] for row in REFUSALS]
)
def test_a_call_that_is_refused(who: str, today: date, nominal: int, day: date, reason: Reason, field: str) -> None:
    made, asset = optional(("A", 3), ("B", 2), calls=(CALL,))
    made.told.until(today)
    found, parts = made.told.refused(who, CallBond(asset, day, nominal))
    assert (found, parts[0]) == (reason, field)


def test_a_bond_is_called_once_and_not_in_default_nor_on_days_that_nobody_knows() -> None:
    far = Exercise(date(2028, 3, 1), date(2028, 3, 1), least_notice=1, most_notice=366)
    made, asset = optional(("A", 3), calls=(CALL, far), maturity=date(2029, 2, 3))
    told = made.told
    told.until(NOTICE)
    told.does("Government", CallBond(asset, FIRST, 0))
    assert told.refused("Government", CallBond(asset, FIRST, 0))[0] is Reason.ALREADY_DONE
    other = made.lodge(
        terms=replace(LOTS, calls=(CALL,), issue_date=date(2026, 7, 3), first_coupon=FIRST), isin="HK0000000023"
    )
    assert told.refused("Government", CallBond(other, FIRST, 0))[0] is Reason.STATE
    assert told.refused("Government", CallBond(made.token, FIRST, 0))[0] is Reason.UNKNOWN_ASSET

    made, asset = optional(("A", 3), calls=(far,), maturity=date(2029, 2, 3))
    made.told.until(date(2027, 3, 15))
    assert made.bond(asset).status is BondStatus.POTENTIAL_DEFAULT  # nobody has funded its coupons
    assert made.told.refused("Government", CallBond(asset, far.first, 0))[0] is Reason.STATE
    for action in actions(made, asset)[:3]:
        funds(made, action, 3 * action.interest)
    assert made.told.refused("Government", CallBond(asset, far.first, 0))[0] is Reason.UNCONFIRMED_DATE


def benchmark(made: Deal) -> None:
    told = made.told
    told.does("CMU", DefineSeries(WHOLE.benchmark, (told.parties["HKMA"], told.parties["Lead"]), 2, 30))


def test_a_make_whole_has_no_price_before_its_benchmark_is_observed_and_is_not_paid_on_a_guess() -> None:
    made, asset = optional(make_whole=WHOLE)
    told = made.told
    benchmark(made)
    funds(made, actions(made, asset)[0], 10 * COUPON)
    told.until(date(2026, 9, 1))
    told.does("Government", CallBond(asset, MIDDLE, 0))
    call = early(made, asset)
    assert (call.fixed, call.interest, call.principal) == (False, 0, 0)
    assert call.early is not None
    assert call.early.determined == date(2026, 9, 10)  # three business days before
    made.fund("Government", 11 * LOT)
    told.does("Government", Fund(call.number, made.token, made.at["Government"], 11 * LOT))
    events = told.until(MIDDLE, CLOSED)
    assert (status(call), PaymentLate in {type(each) for each in events}) == (ActionStatus.DUE, False)
    told.until(MIDDLE + DAY)
    told.does("HKMA", Observe(WHOLE.benchmark, date(2026, 9, 10), Fraction(1, 100)))
    assert not early(made, asset).fixed
    events = told.does("Lead", Observe(WHOLE.benchmark, date(2026, 9, 10), Fraction(1, 100)))
    terms = made.bond(asset).terms
    values = {WHOLE.benchmark: {date(2026, 9, 10): Fraction(1, 100)}}
    price = make_whole_price(terms, schedule(terms, [calendar()]), MIDDLE, date(2026, 9, 10), values)
    assert 1 < price < Fraction(102, 100)
    due = round(LOT * price)
    (fixed,) = [each for each in events if isinstance(each, Fixed)]
    assert (fixed.amounts.principal, fixed.amounts.interest) == (due, ACCRUED)
    assert fixed.needs == ((made.token, 10 * (due + ACCRUED)),)
    assert cash(made, "A", "Client") == (3 * (COUPON + due + ACCRUED), 5 * (COUPON + due + ACCRUED))
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


def test_a_put_is_paid_and_extinguished_once_the_agent_has_the_money() -> None:
    made, asset = optional(puts=(BETWEEN,), frequency=4)
    told = made.told
    told.until(date(2026, 8, 20))
    told.does("A", PutBond(asset, made.at["A"], 2 * LOT, MIDDLE))
    told.does("Custodian", PutBond(asset, made.at["Client"], LOT, MIDDLE))
    put = early(made, asset)
    assert (put.kind, put.interest, put.principal) == (ActionKind.PUT, ACCRUED, LOT)
    assert [type(each) for each in seen(told, "B")].count(EarlyAnnounced) == 1
    assert not [each for each in seen(told, "B") if isinstance(each, BondPut)]
    (entitlement,) = told.state.entitlements[asset]
    positions = told.state.positions
    assert [positions.available(made.at["A"], asset), positions.available(made.at["Client"], entitlement)] == [
        LOT,
        4 * LOT,
    ]
    number, today = told.parties, date(2026, 8, 20)
    told.does("A", trade(Side.DELIVER, asset, 2 * LOT, made.at["A"], number["B"], today))
    told.does("B", trade(Side.RECEIVE, asset, 2 * LOT, made.at["B"], number["A"], today))
    assert made.held("B", asset) == 2 * LOT  # it waits for what A has put
    assert told.refused("A", PutBond(asset, made.at["A"], 2 * LOT, MIDDLE))[0] is Reason.LACK

    for action in actions(made, asset)[:2]:
        funds(made, action, 10 * action.interest)
    before = cash(made, "A", "Client")
    events = told.until(MIDDLE, CLOSED)
    assert PaymentLate in {type(each) for each in events}
    assert made.held("A", asset) == 3 * LOT
    told.until(MIDDLE + DAY)
    funds(made, put, 3 * (ACCRUED + LOT))
    assert status(put) is ActionStatus.PAID
    assert cash(made, "A", "Client", "omnibus") == (
        before[0] + 2 * (ACCRUED + LOT),
        before[1] + ACCRUED + LOT,
        0,
    )
    assert [made.held(each, asset) for each in ("A", "B", "omnibus")] == [LOT, 2 * LOT, 4 * LOT]
    assert (made.bond(asset).redeemed, made.bond(asset).status) == (3 * LOT, BondStatus.ISSUED)
    made.check()


def test_a_put_that_is_not_paid_is_a_default_and_is_healed_by_money() -> None:
    made, asset = served(("A", 3), ("B", 2), terms=replace(LOTS, puts=(BETWEEN,)), conditions=Conditions(grace_days=2))
    told = made.told
    funds(made, actions(made, asset)[0], 5 * COUPON)
    told.until(date(2026, 8, 20))
    told.does("A", PutBond(asset, made.at["A"], LOT, MIDDLE))
    events = told.until(MIDDLE + 3 * DAY)
    assert GraceExpired in {type(each) for each in events}
    assert made.bond(asset).status is BondStatus.POTENTIAL_DEFAULT
    funds(made, early(made, asset), ACCRUED + LOT)
    assert (made.bond(asset).status, made.held("A", asset)) == (BondStatus.ISSUED, 2 * LOT)
    made.check()


def test_a_put_is_taken_back_with_the_issuers_consent_while_others_may_still_give_notice() -> None:
    made, asset = optional(puts=(BETWEEN,))
    told, at = made.told, made.at
    told.until(date(2026, 8, 20))
    told.does("A", PutBond(asset, at["A"], 2 * LOT, MIDDLE))
    told.does("Custodian", PutBond(asset, at["Client"], LOT, MIDDLE))
    for who, account, nominal, day, reason in (
        ("B", at["A"], LOT, MIDDLE, Reason.UNKNOWN_ACCOUNT),
        ("B", at["B"], LOT, MIDDLE, Reason.UNKNOWN_ACCOUNT),
        ("A", at["A"], LOT, FIRST, Reason.UNKNOWN_ACTION),
        ("A", at["A"], 3 * LOT, MIDDLE, Reason.AMOUNT),
        ("A", at["A"], LOT + 1, MIDDLE, Reason.MULTIPLE),
        ("Government", at["A"], LOT, MIDDLE, Reason.STATE),
    ):
        assert told.refused(who, WithdrawPut(asset, account, nominal, day))[0] is reason
    told.does("A", WithdrawPut(asset, at["A"], LOT, MIDDLE))
    told.does("Custodian", WithdrawPut(asset, at["Client"], LOT, MIDDLE))
    assert told.refused("Government", WithdrawPut(asset, at["A"], 2 * LOT, MIDDLE))[0] is Reason.AMOUNT
    told.does("Government", WithdrawPut(asset, at["A"], LOT, MIDDLE))
    told.does("Government", WithdrawPut(asset, at["Client"], LOT, MIDDLE))
    assert told.state.positions.available(at["A"], asset) == 2 * LOT
    told.until(MIDDLE - 9 * DAY)
    assert told.refused("A", WithdrawPut(asset, at["A"], LOT, MIDDLE))[0] is Reason.DATE
    put = early(made, asset)
    funds(made, actions(made, asset)[0], 10 * COUPON)
    funds(made, put, ACCRUED + LOT)
    told.until(MIDDLE)
    assert (status(put), made.held("A", asset), made.held("omnibus", asset)) == (ActionStatus.PAID, 2 * LOT, 5 * LOT)
    assert told.refused("A", WithdrawPut(asset, at["A"], LOT, MIDDLE))[0] is Reason.RECORD_CLOSED
    made.check()


PUTS: list[tuple[str, str, str, int, date, Reason]] = [
    ("someone else's", "B", "A", LOT, MIDDLE, Reason.UNKNOWN_ACCOUNT),
    ("the clients' all at once", "Custodian", "omnibus", LOT, MIDDLE, Reason.PURPOSE),
    ("in a book that another keeps", "Client", "Client", LOT, MIDDLE, Reason.UNKNOWN_ACCOUNT),
    ("nothing", "A", "A", 0, MIDDLE, Reason.AMOUNT),
    ("no denomination", "A", "A", LOT + 1, MIDDLE, Reason.MULTIPLE),
    ("more than it holds", "A", "A", 4 * LOT, MIDDLE, Reason.LACK),
    ("no put that day", "A", "A", LOT, MIDDLE + DAY, Reason.DATE),
    ("an account that is not there", "A", "nowhere", LOT, MIDDLE, Reason.UNKNOWN_ACCOUNT),
]


@pytest.mark.parametrize(("who", "account", "nominal", "day", "reason"), [row[1:] for row in PUTS])
def test_a_put_that_is_refused(who: str, account: str, nominal: int, day: date, reason: Reason) -> None:
    made, asset = optional(puts=(BETWEEN,))
    made.told.until(date(2026, 8, 20))
    number = made.at.get(account, 999)
    assert made.told.refused(who, PutBond(asset, number, nominal, day))[0] is reason  # type: ignore[arg-type]


def test_notice_of_a_put_is_given_in_time() -> None:
    made, asset = optional(puts=(BETWEEN,))
    for day, field in ((date(2026, 8, 14), "notice_date"), (date(2026, 9, 7), "notice_date")):
        made.told.until(day)
        reason, parts = made.told.refused("A", PutBond(asset, made.at["A"], LOT, MIDDLE))
        assert (reason, parts[0]) == (Reason.DATE, field)


def test_a_call_of_all_takes_the_place_of_later_puts_and_leaves_earlier_ones() -> None:
    later = replace(BETWEEN, first=MIDDLE + 6 * DAY, last=MIDDLE + 6 * DAY)
    call = replace(BETWEEN, first=MIDDLE + DAY, last=MIDDLE + DAY)
    made, asset = optional(puts=(BETWEEN, later), calls=(call,))
    told = made.told
    funds(made, actions(made, asset)[0], 10 * COUPON)
    told.until(date(2026, 8, 25))
    told.does("A", PutBond(asset, made.at["A"], LOT, MIDDLE))
    told.does("B", PutBond(asset, made.at["B"], LOT, later.first))
    told.does("Government", CallBond(asset, call.first, 0))
    assert told.refused("A", PutBond(asset, made.at["A"], LOT, later.first))[0] is Reason.ALREADY_DONE
    assert told.state.positions.available(made.at["B"], asset) == 2 * LOT
    _, _, put, _, whole = actions(made, asset)
    for action, lots in ((put, 1), (whole, 9)):
        funds(made, action, lots * (action.interest + action.principal))
    told.until(call.first)
    assert list(whole.records[asset].units) == [2 * LOT, 5 * LOT, 2 * LOT]
    assert (made.bond(asset).redeemed, made.bond(asset).status) == (10 * LOT, BondStatus.REDEEMED)
    made.check()


def test_what_is_put_for_a_day_before_the_coupon_stands_in_no_record_of_it() -> None:
    put = Exercise(date(2026, 8, 1), date(2026, 8, 1))  # a Saturday: paid with the coupon, two days before whose end
    made, asset = optional(("A", 3), ("B", 2), puts=(put,))
    told = made.told
    told.until(NOTICE)
    told.does("A", PutBond(asset, made.at["A"], LOT, put.first))
    action, first = early(made, asset), actions(made, asset)[0]
    assert action.interest == 19_616  # 179 days
    told.until(RECORD, CLOSED)
    assert list(first.records[asset].units) == [2 * LOT, 2 * LOT]
    funds(made, first, 4 * COUPON)
    funds(made, action, 19_616 + LOT)
    told.until(FIRST)
    assert cash(made, "A", "B", "paying") == (2 * COUPON + 19_616 + LOT, 2 * COUPON, 0)
    made.check()


def test_a_put_is_paid_in_an_rtgs_and_extinguished_when_that_is_confirmed() -> None:
    made, asset = optional(("A", 3), ("B", 2), puts=(BETWEEN,))
    told = made.told
    funds(made, actions(made, asset)[0], 5 * COUPON)
    told.until(date(2026, 8, 20))
    told.does("A", Elect(made.at["A"], "HKD", made.rtgs))
    rtgs(made, asset)
    told.does("A", PutBond(asset, made.at["A"], LOT, MIDDLE))
    put = early(made, asset)
    told.does("Government", Fund(put.number, made.rtgs, NO_ACCOUNT, ACCRUED + LOT))
    told.does("HKMA", ConfirmPayment(1, "IN"))
    told.until(MIDDLE)
    assert made.held("A", asset) == 3 * LOT
    told.does("HKMA", ConfirmPayment(2, "OUT"))
    assert (made.held("A", asset), status(put), made.bond(asset).redeemed) == (2 * LOT, ActionStatus.PAID, LOT)
    made.check()


def test_acceleration_takes_the_place_of_puts_for_later_days() -> None:
    made, asset = served(("A", 3), ("B", 2), terms=replace(LOTS, puts=(BETWEEN,)), conditions=Conditions(grace_days=2))
    told = made.told
    told.until(date(2026, 8, 20))
    assert made.bond(asset).status is BondStatus.POTENTIAL_DEFAULT  # its coupon is not paid
    told.does("A", PutBond(asset, made.at["A"], LOT, MIDDLE))
    told.does("Trustee", Accelerate(asset))
    put = early(made, asset)
    assert (status(put), list(put.records[asset].aside)) == (ActionStatus.CANCELLED, [0])
    last = actions(made, asset)[-1]
    assert list(last.records[asset].units) == [3 * LOT, 2 * LOT]
    funds(made, actions(made, asset)[0], 5 * COUPON)
    funds(made, last, 5 * (last.interest + last.principal))
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


def test_what_is_not_put_is_redeemed_at_maturity() -> None:
    made, asset = optional(("A", 3), ("B", 2), puts=(BETWEEN,))
    told = made.told
    told.until(date(2026, 8, 20))
    told.does("B", PutBond(asset, made.at["B"], 2 * LOT, MIDDLE))
    first, last, put = actions(made, asset)
    funds(made, first, 5 * COUPON)
    funds(made, put, 2 * (ACCRUED + LOT))
    funds(made, last, 3 * (LAST_COUPON + LOT))
    told.until(last.payment_date)
    assert cash(made, "A", "B", "paying") == (3 * (COUPON + LAST_COUPON + LOT), 2 * (COUPON + ACCRUED + LOT), 0)
    assert (made.bond(asset).redeemed, made.bond(asset).status) == (5 * LOT, BondStatus.REDEEMED)
    made.check()


def test_after_an_earlier_call_of_all_nothing_is_called_or_put_past_it() -> None:
    """The call that the earlier one has taken the place of does not open the days between."""
    late, sooner, between = date(2026, 9, 15), date(2026, 8, 25), date(2026, 9, 1)
    window = Exercise(sooner, late, least_notice=5, most_notice=60, partial=True)
    made, asset = optional(("A", 3), calls=(window,), puts=(replace(window, partial=False),))
    told = made.told
    told.until(date(2026, 8, 10))
    told.does("Government", CallBond(asset, late, 0))
    told.does("Government", CallBond(asset, sooner, 0))
    assert told.refused("Government", CallBond(asset, between, LOT))[0] is Reason.ALREADY_DONE
    assert told.refused("A", PutBond(asset, made.at["A"], LOT, between))[0] is Reason.ALREADY_DONE
    made.check()
