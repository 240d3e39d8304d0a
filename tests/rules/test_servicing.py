"""Stories of payments that come: coupons down every tier, elections, calendars and closures, the redemption."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bauhinia.bond.terms import RecordDate, RecordRule
from bauhinia.ledger.actions import ActionStatus, PayState
from bauhinia.ledger.assets import TitleLayer
from bauhinia.ledger.bonds import BondStatus, Conditions
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.rules import paying
from bauhinia.rules.funding import Fund
from bauhinia.rules.market import DeclareClosure, PublishCalendar
from bauhinia.rules.onboarding import Elect
from bauhinia.rules.paying import ActionPaid, PagePaid
from bauhinia.rules.recording import ActionRecorded, BookRecorded, record_context, record_rows
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.servicing import Announced, Redated
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.rules.tiers import PayTier, TierPaid, TierWaits
from bauhinia.words.ids import NO_ACCOUNT
from bauhinia.words.reasons import Reason
from bauhinia.words.tree import check_proof, seal
from tests.rules.deal import NEXT
from tests.rules.served import (
    COUPON,
    FIRST,
    LAST,
    LAST_COUPON,
    LOT,
    LOTS,
    actions,
    cash,
    coupon,
    funds,
    redemption,
    rtgs,
    served,
    status,
)
from tests.support import calendar, seen, trade

CLOSED = 19 * 60
DAY = timedelta(days=1)


def test_a_coupon_reaches_direct_holders_and_a_client_behind_its_custodian() -> None:
    made, asset = served(("A", 3), ("Client", 5), ("B", 2))
    told, action = made.told, coupon(made, asset)
    assert [each.status for each in actions(made, asset)] == [ActionStatus.PLANNED] * 2
    assert (action.interest, redemption(made, asset).interest) == (COUPON, LAST_COUPON)
    events = told.until(date(2026, 7, 18))
    assert [event.dates.record_date for event in events if isinstance(event, Announced)] == [date(2026, 7, 31)]
    events = told.until(date(2026, 7, 31), CLOSED)
    assert [event.needs for event in events if isinstance(event, ActionRecorded)] == [((made.token, 10 * COUPON),)]
    books = [(event.asset, event.holders, event.units) for event in events if isinstance(event, BookRecorded)]
    (entitlement,) = told.state.entitlements[asset]
    assert books == [(asset, 3, 10 * LOT), (entitlement, 1, 5 * LOT)]
    funds(made, action, 10 * COUPON)
    told.until(FIRST, 9 * 60)
    assert status(action) is ActionStatus.PAID
    assert cash(made, "A", "B", "omnibus", "Client") == (3 * COUPON, 2 * COUPON, 0, 5 * COUPON)
    assert cash(made, "paying", "Government") == (0, 10 * LOT)
    official = action.records[asset]
    assert list(official.paid) == list(official.amounts) == [3 * COUPON, 5 * COUPON, 2 * COUPON]
    made.check()


def test_no_holder_sees_what_another_is_paid() -> None:
    made, asset = served(("A", 3), ("B", 2))
    funds(made, coupon(made, asset), 5 * COUPON)
    made.told.until(FIRST)
    kinds = {type(event) for event in seen(made.told, "A")}
    assert kinds & {PagePaid, BookRecorded, Announced} == {Announced}
    assert {PagePaid, BookRecorded, ActionPaid} <= {type(event) for event in seen(made.told, "Agent")}


def test_a_recorded_holding_is_proved_to_who_is_shown_it() -> None:
    made, asset = served(("A", 3), ("B", 2))
    made.told.until(FIRST - 3 * DAY, CLOSED)
    action, settings = coupon(made, asset), made.told.state.settings
    record = action.records[asset]
    rows = record_rows(record)
    tree = seal(rows, settings.secret, record_context(made.bond(asset).isin, action.number, asset))
    assert tree.root == record.root
    assert check_proof(rows[1], tree.prove(1), record.root)
    assert not check_proof(rows[0], tree.prove(1), record.root)


def test_a_record_stands_whatever_is_traded_after_it() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.until(FIRST)
    number = told.parties
    told.does("A", trade(Side.DELIVER, asset, 3 * LOT, made.at["A"], number["B"], FIRST))
    told.does("B", trade(Side.RECEIVE, asset, 3 * LOT, made.at["B"], number["A"], FIRST))
    funds(made, coupon(made, asset), 3 * COUPON)
    assert (made.held("B", asset), cash(made, "A", "B")) == (3 * LOT, (3 * COUPON, 0))
    made.check()


def test_a_chain_of_keepers_pays_down_book_by_book() -> None:
    made, asset = served(("Client", 4))
    told, number = made.told, made.told.parties
    told.party("Bank", Role.CUSTODIAN)
    bank = told.account("Bank", Purpose.OMNIBUS, tier=made.at["omnibus"], by="Custodian")
    made.at["bank"], made.at["end"] = bank, told.account("A", tier=bank, by="Bank")
    told.does("Client", trade(Side.DELIVER, asset, 3 * LOT, made.at["Client"], number["A"], NEXT))
    told.does("A", trade(Side.RECEIVE, asset, 3 * LOT, made.at["end"], number["Client"], NEXT))
    assert len(told.state.entitlements[asset]) == 2
    funds(made, coupon(made, asset), 4 * COUPON)
    events = told.until(FIRST)
    assert cash(made, "omnibus", "Client", "bank", "end") == (0, COUPON, 0, 3 * COUPON)
    assert [(event.amount, event.residue) for event in events if isinstance(event, TierPaid)] == [
        (4 * COUPON, 0),
        (3 * COUPON, 0),
    ]
    assert told.refused("Custodian", PayTier(coupon(made, asset).number, made.at["omnibus"]))[0] is Reason.ALREADY_DONE
    assert told.refused("B", PayTier(coupon(made, asset).number, made.at["omnibus"]))[0] is Reason.UNKNOWN_ACCOUNT
    made.check()


def test_a_keeper_whose_money_is_blocked_pays_down_when_it_tries_again() -> None:
    made, asset = served(("Client", 4))
    told, action = made.told, coupon(made, asset)
    assert told.refused("Custodian", PayTier(action.number, made.at["omnibus"]))[0] is Reason.UNKNOWN_ACTION
    funds(made, action, 4 * COUPON)
    told.state.positions.set_flags(made.at["omnibus"], made.token, 1)  # a debit block on its money alone
    events = told.until(FIRST)
    assert [event.reason for event in events if isinstance(event, TierWaits)] == [Reason.FROZ]
    assert cash(made, "omnibus", "Client") == (4 * COUPON, 0)
    told.state.positions.set_flags(made.at["omnibus"], made.token, 0)
    told.does("Custodian", PayTier(action.number, made.at["omnibus"]))
    assert cash(made, "omnibus", "Client") == (0, 4 * COUPON)


def test_a_coupon_comes_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying, "PAGE", 1)
    made, asset = served(("A", 3), ("B", 2), ("Lead", 1))
    funds(made, coupon(made, asset), 6 * COUPON)
    events = made.told.until(FIRST)
    assert [(event.first, event.after) for event in events if isinstance(event, PagePaid)] == [(0, 1), (1, 2), (2, 3)]
    assert cash(made, "A", "B", "Lead") == (3 * COUPON, 2 * COUPON, COUPON)
    made.check()


def test_each_is_paid_in_the_money_it_elected_where_the_agent_pays_in_it() -> None:
    made, asset = served(("A", 3), ("B", 2))
    told, action = made.told, coupon(made, asset)
    told.does("B", Elect(made.at["B"], "HKD", made.rtgs))
    rtgs(made, asset)
    events = told.until(FIRST - 3 * DAY, CLOSED)
    needs = ((made.token, 3 * COUPON), (made.rtgs, 2 * COUPON))
    assert [event.needs for event in events if isinstance(event, ActionRecorded)] == [needs]
    told.until(FIRST)
    funds(made, action, 3 * COUPON)
    assert cash(made, "A") == (0,)  # nobody is paid while either money is short
    told.does("Government", Fund(action.number, made.rtgs, NO_ACCOUNT, 2 * COUPON))
    assert (status(action), action.paid) == (ActionStatus.DUE, 0)
    told.does("HKMA", ConfirmPayment(1, "CHATS-1"))
    assert cash(made, "A", "B") == (3 * COUPON, 0)
    assert list(action.records[asset].states) == [PayState.PAID, PayState.CONFIRMING]
    payment = told.state.settlement.payments[2]
    assert (payment.payer, payment.payee, payment.amount) == (told.parties["Agent"], told.parties["B"], 2 * COUPON)
    told.does("HKMA", ConfirmPayment(2, "CHATS-2"))
    assert (status(action), action.paid) == (ActionStatus.PAID, 5 * COUPON)
    made.check()


def test_a_typhoon_moves_a_payment_forward_and_pays_no_interest_for_it() -> None:
    made, asset = served(("A", 3))
    told, action = made.told, coupon(made, asset)
    funds(made, action, 3 * COUPON)
    told.until(FIRST - DAY, CLOSED)
    root = action.records[asset].root
    told.until(FIRST, 7 * 60)
    (moved,) = [event for event in told.does("operator", DeclareClosure("HK", FIRST)) if isinstance(event, Redated)]
    assert (moved.dates.payment_date, moved.dates.record_date) == (FIRST + DAY, date(2026, 7, 31))
    told.until(FIRST, CLOSED)
    assert cash(made, "A") == (0,)
    told.until(FIRST + DAY, 9 * 60)
    assert (cash(made, "A"), action.records[asset].root) == ((3 * COUPON,), root)
    made.check()


def test_a_typhoon_pays_for_the_day_where_the_conditions_say_so() -> None:
    made, asset = served(("A", 3), conditions=Conditions(closure_pays_interest=True))
    told, action = made.told, coupon(made, asset)
    told.until(FIRST, 7 * 60)
    told.does("operator", DeclareClosure("HK", FIRST))
    assert action.interest == 19_945  # for 182 days: 199.452...
    funds(made, action, 3 * 19_945)
    told.until(FIRST + DAY)
    assert cash(made, "A") == (3 * 19_945,)
    made.check()


def test_a_late_closure_of_a_centre_that_only_the_bond_names_moves_its_payment_too() -> None:
    both = (calendar(), calendar("US"), calendar("GB"))
    made, asset = served(("A", 3), calendars=both, terms=replace(LOTS, calendars=("HK", "US")))
    told = made.told
    funds(made, coupon(made, asset), 3 * COUPON)
    told.until(FIRST, 7 * 60)
    assert told.refused("operator", DeclareClosure("GB", FIRST))[0] is Reason.UNKNOWN_CENTRE
    told.does("operator", DeclareClosure("US", FIRST))
    told.until(FIRST, CLOSED)
    assert cash(made, "A") == (0,)
    told.until(FIRST + DAY)
    assert cash(made, "A") == (3 * COUPON,)
    made.check()


def test_a_payment_due_and_unfunded_goes_forward_with_its_day() -> None:
    made, asset = served(("A", 3))
    told, action = made.told, coupon(made, asset)
    told.until(FIRST, 10 * 60)
    assert status(action) is ActionStatus.DUE
    told.does("operator", DeclareClosure("HK", FIRST))
    assert (status(action), action.payment_date) == (ActionStatus.RECORDED, FIRST + DAY)
    told.until(FIRST, CLOSED)
    assert status(action) is ActionStatus.RECORDED  # the day is closed: nothing is late
    told.until(FIRST + DAY)
    funds(made, action, 3 * COUPON)
    assert status(action) is ActionStatus.PAID
    made.check()


def test_a_record_date_closes_at_its_hour_on_a_day_that_a_typhoon_has_ended() -> None:
    made, asset = served(("A", 3))
    told, action = made.told, coupon(made, asset)
    told.until(action.record_date, 11 * 60)
    told.does("operator", DeclareClosure("HK", action.record_date))
    assert status(action) is ActionStatus.ANNOUNCED
    told.until(action.record_date, CLOSED)
    assert (status(action), list(action.records[asset].units)) == (ActionStatus.RECORDED, [3 * LOT])
    funds(made, action, 3 * COUPON)
    told.until(FIRST)
    assert (status(action), cash(made, "A")) == (ActionStatus.PAID, (3 * COUPON,))
    made.check()


def test_a_provisional_date_waits_for_the_calendar_that_confirms_it() -> None:
    made, asset = served(("A", 3), calendars=(calendar("HK", date(2026, 7, 30)),))
    told, action = made.told, coupon(made, asset)
    assert (action.provisional, action.record_due, action.due) == (True, 0, 0)
    events = told.until(date(2026, 7, 30), CLOSED)
    assert [event.dates.provisional for event in events if isinstance(event, Announced)] == [True]
    told.until(date(2026, 8, 5))
    assert status(action) is ActionStatus.ANNOUNCED
    later = replace(calendar("HK", date(2027, 12, 31), FIRST), version=2)
    (event, *_) = [each for each in told.does("operator", PublishCalendar(later)) if isinstance(each, Redated)]
    assert (event.dates.payment_date, event.dates.provisional) == (date(2026, 8, 4), False)
    assert action.interest == 19_945  # it accrues to the adjusted date
    told.until(date(2026, 8, 5), 11 * 60)
    assert status(action) is ActionStatus.DUE  # recorded and due as soon as it was confirmed
    funds(made, action, 3 * 19_945)
    assert cash(made, "A") == (3 * 19_945,)
    made.check()


def test_a_calendar_that_changes_moves_what_is_not_recorded_yet() -> None:
    made, asset = served(("A", 3))
    action = coupon(made, asset)
    later = replace(calendar("HK", date(2027, 12, 31), FIRST), version=2)
    made.told.does("operator", PublishCalendar(later))
    assert (action.record_date, action.payment_date, action.interest) == (date(2026, 7, 31), date(2026, 8, 4), 19_945)
    made.told.until(FIRST, CLOSED)
    assert status(action) is ActionStatus.RECORDED
    made.check()


def test_a_redemption_pays_principal_with_the_last_coupon_and_extinguishes_every_book() -> None:
    made, asset = served(("A", 3), ("Client", 5))
    told, number = made.told, made.told.parties
    funds(made, coupon(made, asset), 8 * COUPON)
    told.until(date(2027, 2, 1))
    told.does("A", trade(Side.DELIVER, asset, 4 * LOT, made.at["A"], number["B"], date(2027, 2, 2), reference="X"))
    told.does("B", trade(Side.RECEIVE, asset, 4 * LOT, made.at["B"], number["A"], date(2027, 2, 2), reference="X"))
    told.does("A", trade(Side.DELIVER, asset, LOT, made.at["A"], number["B"], LAST, reference="alone"))
    events = told.until(date(2027, 2, 2), CLOSED)
    assert [event.transaction for event in events if isinstance(event, TransactionCancelled)]
    assert (told.state.settlement.live, told.state.settlement.unmatched) == ({}, {})
    late = trade(Side.DELIVER, asset, LOT, made.at["A"], number["B"], LAST, reference="late")
    assert told.refused("A", late)[0] is Reason.RECORD_CLOSED
    action, due = redemption(made, asset), 8 * (LOT + LAST_COUPON)
    told.until(LAST, 8 * 60)
    funds(made, action, due)
    assert made.bond(asset).status is BondStatus.ISSUED
    told.until(LAST, 9 * 60)
    assert made.bond(asset).status is BondStatus.REDEEMED
    assert cash(made, "A", "Client", "paying") == (
        3 * (LOT + COUPON + LAST_COUPON),
        5 * (LOT + COUPON + LAST_COUPON),
        0,
    )
    assert [made.held(who, asset) for who in ("A", "omnibus", "issuer")] == [0, 0, 0]
    assert made.bond(asset).redeemed == 8 * LOT
    made.check()


def test_a_redemption_marks_the_lodged_note_down() -> None:
    made, asset = served(("A", 3), ("Client", 1), title=TitleLayer.BENEFICIAL, note=True)
    funds(made, coupon(made, asset), 4 * COUPON)
    funds(made, redemption(made, asset), 4 * (LOT + LAST_COUPON))
    assert made.held("lodged", made.bond(asset).note) == 4 * LOT
    made.told.until(LAST)
    assert (made.held("lodged", made.bond(asset).note), made.bond(asset).status) == (0, BondStatus.REDEEMED)
    made.check()


def test_a_redemption_in_an_rtgs_extinguishes_the_units_with_its_confirmation() -> None:
    made, asset = served(("A", 3), ("Client", 1))
    told = made.told
    funds(made, coupon(made, asset), 4 * COUPON)
    told.until(FIRST)
    told.does("Custodian", Elect(made.at["omnibus"], "HKD", made.rtgs))
    rtgs(made, asset)
    told.until(date(2027, 2, 2), CLOSED)
    action = redemption(made, asset)
    each = LOT + LAST_COUPON
    funds(made, action, 3 * each)
    told.until(LAST)
    told.does("Government", Fund(action.number, made.rtgs, NO_ACCOUNT, each))
    told.does("HKMA", ConfirmPayment(1, "CHATS-1"))
    assert (made.held("A", asset), made.held("omnibus", asset)) == (0, LOT)
    assert made.bond(asset).status is BondStatus.MATURED
    told.does("HKMA", ConfirmPayment(2, "CHATS-2"))
    assert (made.held("omnibus", asset), made.bond(asset).status) == (0, BondStatus.REDEEMED)
    (entitlement,) = told.state.entitlements[asset]
    assert list(action.records[entitlement].states) == [PayState.CONFIRMING]
    told.does("HKMA", ConfirmPayment(3, "CHATS-3"))
    assert list(action.records[entitlement].paid) == [each]
    made.check()


def test_a_trade_whose_payment_is_under_way_takes_its_redemption_with_it() -> None:
    made, asset = served(("A", 3), ("Lead", 1))
    told, number = made.told, made.told.parties
    funds(made, coupon(made, asset), 4 * COUPON)
    day = date(2027, 2, 2)
    told.until(day)
    told.does("A", trade(Side.DELIVER, asset, 2 * LOT, made.at["A"], number["B"], day, made.rtgs, 2 * LOT))
    told.does("B", trade(Side.RECEIVE, asset, 2 * LOT, made.at["B"], number["A"], day, made.rtgs, 2 * LOT))
    told.until(day, CLOSED)
    action, each = redemption(made, asset), LOT + LAST_COUPON
    funds(made, action, 4 * each)
    told.until(LAST)
    assert cash(made, "A", "Lead") == (3 * COUPON, COUPON + each)  # what is earmarked cannot be redeemed
    assert status(action) is ActionStatus.DUE
    told.does("HKMA", ConfirmPayment(1, "CHATS-1"))
    assert cash(made, "A", "B") == (3 * COUPON + each, 2 * each)
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


def test_the_record_date_of_a_definitive_register_is_the_fifteenth_day_before() -> None:
    terms = replace(LOTS, record_date=RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 15))
    made, asset = served(("A", 3), terms=terms)
    told, number, action = made.told, made.told.parties, coupon(made, asset)
    sunday = date(2026, 7, 19)
    assert action.record_date == sunday
    told.until(sunday, CLOSED)
    assert status(action) is ActionStatus.RECORDED
    told.until(sunday + DAY)
    told.does("A", trade(Side.DELIVER, asset, 3 * LOT, made.at["A"], number["B"], sunday + DAY))
    told.does("B", trade(Side.RECEIVE, asset, 3 * LOT, made.at["B"], number["A"], sunday + DAY))
    funds(made, action, 3 * COUPON)
    told.until(FIRST)
    assert (made.held("B", asset), cash(made, "A", "B")) == (3 * LOT, (3 * COUPON, 0))
    made.check()


def test_a_holding_that_is_a_part_of_the_calculation_amount_is_paid_to_the_cent_it_has() -> None:
    """Interest is reckoned on HKD 100,000.00 and shared out in hundreds: 198.356... a lot is 1.98 a hundredth of it."""
    hundredth = LOT // 100
    terms = replace(LOTS, calculation_amount=10 * LOT, minimum_denomination=hundredth, denomination_multiple=hundredth)
    made, asset = served(("A", 3), ("Client", 2), terms=terms)
    told, action = made.told, coupon(made, asset)
    assert action.interest == 198_356  # HKD 1,983.561... on ten lots, half up
    told.does("A", trade(Side.DELIVER, asset, hundredth, made.at["A"], told.parties["B"], NEXT))
    told.does("B", trade(Side.RECEIVE, asset, hundredth, made.at["B"], told.parties["A"], NEXT))
    paid = [(3 * LOT - hundredth) * 198_356 // (10 * LOT), hundredth * 198_356 // (10 * LOT), 2 * 198_356 // 10]
    assert paid == [59_308, 198, 39_671]
    funds(made, action, sum(paid))
    told.until(FIRST)
    assert status(action) is ActionStatus.PAID
    assert cash(made, "A", "B", "Client") == tuple(paid)
    made.check()
