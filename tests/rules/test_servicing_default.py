"""Stories of payments that do not come, or not to all: shortfall, suspense, prescription, lateness, acceleration."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from bauhinia.ledger.actions import ActionStatus, PayState
from bauhinia.ledger.bonds import BondStatus, Conditions
from bauhinia.ledger.parties import Block, Purpose, Standing
from bauhinia.rules.default import Accelerate, Accelerated, GraceExpired, PaymentLate, RequestAcceleration
from bauhinia.rules.funding import Fund
from bauhinia.rules.onboarding import CloseAccount, Elect, SetStanding
from bauhinia.rules.paying import PaymentEnded, Short
from bauhinia.rules.payouts import HeldBack, Suspended
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.tiers import PayTier
from bauhinia.rules.unclaimed import Prescribed, ReleaseSuspense
from bauhinia.words.ids import NO_ACCOUNT
from bauhinia.words.reasons import Reason
from tests.rules.served import (
    COUPON,
    FIRST,
    LAST,
    LAST_COUPON,
    LOT,
    actions,
    cash,
    coupon,
    funds,
    redemption,
    rtgs,
    served,
    status,
)
from tests.support import seen

CLOSED = 19 * 60
DAY = timedelta(days=1)
EARLY_PRESCRIPTION = Conditions(prescription_years_interest=1, prescription_years_principal=1)


def test_a_shortfall_pays_nobody_until_the_rest_arrives() -> None:
    made, asset = served(("A", 3), ("B", 2))
    action = coupon(made, asset)
    funds(made, action, 5 * COUPON - 1)
    events = made.told.until(FIRST, 12 * 60)
    assert [event.lacking for event in events if isinstance(event, Short)] == [((made.token, 1),)]
    assert cash(made, "A", "B", "paying") == (0, 0, 5 * COUPON - 1)
    funds(made, action, 1)
    assert cash(made, "A", "B", "paying") == (3 * COUPON, 2 * COUPON, 0)
    assert status(action) is ActionStatus.PAID
    made.check()


def test_without_a_paying_account_all_is_lacking() -> None:
    made, _ = served(("A", 3))
    made.told.state.servicing.paying.clear()
    events = made.told.until(FIRST, 12 * 60)
    assert [event.lacking for event in events if isinstance(event, Short)] == [((0, 3 * COUPON),)]


def test_a_shortfall_is_shared_out_pro_rata_where_the_conditions_say_so() -> None:
    made, asset = served(("A", 3), ("Client", 2), conditions=Conditions(pro_rata=True))
    told, action = made.told, coupon(made, asset)
    funds(made, action, 50_000)  # of 99,180
    told.until(FIRST, 15 * 60)
    assert cash(made, "A", "Client") == (0, 0)
    events = told.until(FIRST, 16 * 60)
    parts = 3 * COUPON * 50_000 // (5 * COUPON), 2 * COUPON * 50_000 // (5 * COUPON)
    assert (cash(made, "A", "Client"), parts) == ((30_000, 20_000), (30_000, 20_000))
    (ended,) = [event for event in events if isinstance(event, PaymentEnded)]
    assert (ended.residue, ended.lacking) == ((), ((made.token, 5 * COUPON - 50_000),))
    told.until(FIRST, CLOSED)
    assert status(action) is ActionStatus.LATE
    told.until(FIRST + DAY)
    events = funds(made, action, 10_001)  # late, short, and not divisible by five: shared at once, the rest stays
    told.until(FIRST + DAY, 11 * 60)
    paid = 30_000 + 29_508 * 10_001 // 49_180, 20_000 + 19_672 * 10_001 // 49_180
    assert cash(made, "A", "Client", "paying") == (*paid, 60_001 - sum(paid))
    assert cash(made, "paying") == (1,)
    funds(made, action, 5 * COUPON - 60_001)
    assert cash(made, "A", "Client", "paying") == (3 * COUPON, 2 * COUPON, 0)
    assert status(action) is ActionStatus.PAID
    made.check()


def test_a_redemption_paid_in_part_extinguishes_nothing_until_it_is_whole() -> None:
    made, asset = served(("A", 3), ("B", 1), conditions=Conditions(pro_rata=True))
    told, action = made.told, redemption(made, asset)
    funds(made, coupon(made, asset), 4 * COUPON)
    due = 4 * (LOT + LAST_COUPON)
    told.until(LAST - DAY, CLOSED)
    funds(made, action, due // 2)
    told.until(LAST, 17 * 60)
    assert (made.held("A", asset), action.paid) == (3 * LOT, due // 2)
    told.until(LAST + DAY)
    funds(made, action, due // 2)
    assert (made.held("A", asset), made.bond(asset).status) == (0, BondStatus.REDEEMED)
    made.check()


@pytest.mark.parametrize("bit", [Block.DEBIT, Block.CREDIT])
def test_the_coupon_of_a_blocked_holder_accrues_in_suspense_until_it_is_released(bit: Block) -> None:
    made, asset = served(("A", 3), ("B", 2))
    told, action = made.told, coupon(made, asset)
    funds(made, action, 5 * COUPON)
    told.until(FIRST - DAY)
    told.state.accounts[made.at["B"]].blocks = bit
    events = told.until(FIRST)
    (entry,) = [event.entry for event in events if isinstance(event, Suspended)]
    assert (entry.account, entry.amount, entry.why) == (made.at["B"], 2 * COUPON, Reason.FROZ)
    assert cash(made, "A", "B", "suspense") == (3 * COUPON, 0, 2 * COUPON)
    assert status(action) is ActionStatus.PAID
    assert Suspended not in {type(event) for event in seen(told, "B")}  # the notice of a block may be deferred
    assert told.refused("Agent", ReleaseSuspense(1, NO_ACCOUNT)) == (Reason.FROZ, ("account", made.at["B"]))
    told.state.accounts[made.at["B"]].blocks = 0
    told.does("Agent", ReleaseSuspense(1, NO_ACCOUNT))
    assert cash(made, "B", "suspense") == (2 * COUPON, 0)
    assert list(action.records[asset].states) == [PayState.PAID, PayState.PAID]


def test_a_suspended_party_is_paid_on_another_account_of_its_own_once_it_is_back() -> None:
    made, asset = served(("A", 3), ("B", 2))
    told, action = made.told, coupon(made, asset)
    funds(made, action, 5 * COUPON)
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "inquiry"))
    told.until(FIRST)
    assert cash(made, "B", "suspense") == (0, 2 * COUPON)
    other = told.account("A")
    assert told.refused("Agent", ReleaseSuspense(1, other))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("Agent", ReleaseSuspense(1, made.at["A"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("Agent", ReleaseSuspense(1, NO_ACCOUNT))[0] is Reason.SUSPENDED
    told.does("operator", SetStanding(told.parties["B"], Standing.ACTIVE, "cleared"))
    made.at["other"] = told.account("B")
    told.does("Agent", ReleaseSuspense(1, made.at["other"]))
    assert cash(made, "B", "other") == (0, 2 * COUPON)
    assert told.refused("Agent", ReleaseSuspense(1, NO_ACCOUNT))[0] is Reason.UNKNOWN_ACTION
    made.check()


def test_the_units_of_a_blocked_holder_are_redeemed_and_its_money_is_kept_in_their_place() -> None:
    made, asset = served(("A", 3), ("B", 2))
    told, action = made.told, redemption(made, asset)
    funds(made, coupon(made, asset), 5 * COUPON)
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "inquiry"))
    told.until(LAST - DAY, CLOSED)
    funds(made, action, 5 * (LOT + LAST_COUPON))
    told.until(LAST)
    entries = [(each.amount, each.principal) for each in told.state.servicing.suspense.values()]
    assert entries == [(2 * COUPON, False), (2 * LAST_COUPON, False), (2 * LOT, True)]
    assert (made.held("B", asset), made.bond(asset).status) == (0, BondStatus.REDEEMED)
    made.check()


def test_a_client_that_cannot_be_paid_is_passed_over_and_paid_by_its_keeper_later() -> None:
    made, asset = served(("Client", 4), ("A", 1))
    told, action = made.told, coupon(made, asset)
    funds(made, action, 5 * COUPON)
    told.does("operator", SetStanding(told.parties["Client"], Standing.SUSPENDED, "inquiry"))
    events = told.until(FIRST)
    assert [event.account for event in events if isinstance(event, HeldBack)] == [made.at["Client"]]
    assert cash(made, "omnibus", "Client", "suspense") == (4 * COUPON, 0, 0)
    told.does("operator", SetStanding(told.parties["Client"], Standing.ACTIVE, "cleared"))
    told.does("Custodian", PayTier(action.number, made.at["omnibus"]))
    assert cash(made, "omnibus", "Client") == (0, 4 * COUPON)
    made.check()


def test_a_keeper_pays_down_once_its_own_suspense_is_released() -> None:
    made, asset = served(("Client", 4), ("A", 1))
    told, action = made.told, coupon(made, asset)
    funds(made, action, 5 * COUPON)
    told.does("operator", SetStanding(told.parties["Custodian"], Standing.SUSPENDED, "inquiry"))
    told.until(FIRST)
    assert cash(made, "suspense", "Client") == (4 * COUPON, 0)
    told.does("operator", SetStanding(told.parties["Custodian"], Standing.ACTIVE, "cleared"))
    assert told.refused("Custodian", PayTier(action.number, made.at["omnibus"]))[0] is Reason.NOT_DUE
    told.does("Agent", ReleaseSuspense(1, NO_ACCOUNT))
    assert cash(made, "omnibus", "Client") == (0, 4 * COUPON)
    made.check()


def test_unclaimed_money_is_prescribed_and_returned_to_the_issuer() -> None:
    made, asset = served(("A", 3), ("B", 2), conditions=EARLY_PRESCRIPTION)
    told = made.told
    funds(made, coupon(made, asset), 5 * COUPON)
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "gone"))
    told.until(FIRST)
    before = cash(made, "Government")[0]
    events = told.until(FIRST + timedelta(days=364), CLOSED)
    assert [event for event in events if isinstance(event, Prescribed)] == []
    events = told.until(FIRST + timedelta(days=365))  # 3 August 2027, a Tuesday, when the market opens
    assert [event.suspense for event in events if isinstance(event, Prescribed)] == [1]
    assert cash(made, "suspense", "Government") == (0, before + 2 * COUPON)
    assert told.refused("Agent", ReleaseSuspense(1, NO_ACCOUNT))[0] is Reason.UNKNOWN_ACTION
    made.check()


def test_money_in_an_rtgs_lies_with_the_agent_until_it_is_released_or_prescribed() -> None:
    made, asset = served(("A", 3), ("B", 2), conditions=EARLY_PRESCRIPTION)
    told, action = made.told, coupon(made, asset)
    for who in ("A", "B"):
        told.does(who, Elect(made.at[who], "HKD", made.rtgs))
        told.does("operator", SetStanding(told.parties[who], Standing.SUSPENDED, "inquiry"))
    rtgs(made, asset)
    told.until(FIRST)
    told.does("Government", Fund(action.number, made.rtgs, NO_ACCOUNT, 5 * COUPON))
    told.does("HKMA", ConfirmPayment(1, "IN"))
    assert [each.amount for each in told.state.servicing.suspense.values()] == [3 * COUPON, 2 * COUPON]
    told.does("operator", SetStanding(told.parties["A"], Standing.ACTIVE, "cleared"))
    told.does("Agent", ReleaseSuspense(1, NO_ACCOUNT))
    payment = told.state.settlement.payments[2]
    assert (payment.payee, payment.amount) == (told.parties["A"], 3 * COUPON)
    told.does("HKMA", ConfirmPayment(2, "OUT"))
    told.until(FIRST + timedelta(days=365))
    payment = told.state.settlement.payments[3]
    assert (payment.payee, payment.amount) == (told.parties["Government"], 2 * COUPON)
    made.check()


def test_late_past_grace_and_accelerated_by_the_trustee() -> None:
    made, asset = served(("A", 3), ("B", 2))
    told, action = made.told, coupon(made, asset)
    events = told.until(FIRST, CLOSED)
    (late,) = [event for event in events if isinstance(event, PaymentLate)]
    assert (late.lacking, late.grace_until) == (((made.token, 5 * COUPON),), FIRST + 7 * DAY)
    for who in ("Government", "Agent", "Trustee"):
        assert late in seen(told, who)
    assert late not in seen(told, "A")
    assert told.refused("Trustee", Accelerate(asset)) == (Reason.STATE, (made.bond(asset).isin, "ISSUED"))
    told.until(FIRST + 7 * DAY, CLOSED)
    assert status(action) is ActionStatus.LATE
    events = told.until(FIRST + 8 * DAY)
    assert [type(event) for event in events].count(GraceExpired) == 1
    assert (status(action), made.bond(asset).status) == (ActionStatus.DEFAULTED, BondStatus.POTENTIAL_DEFAULT)
    told.until(FIRST + 30 * DAY)
    assert made.bond(asset).status is BondStatus.POTENTIAL_DEFAULT  # never more by itself
    (declared,) = [event for event in told.does("Trustee", Accelerate(asset)) if isinstance(event, Accelerated)]
    assert (declared.interest, declared.principal) == (
        3_288,
        LOT,
    )  # 30 of 365 days at 4% on 10,000.00: 32.876...
    planned, due = actions(made, asset)[1:]
    assert (status(planned), status(due)) == (ActionStatus.CANCELLED, ActionStatus.DUE)
    assert made.bond(asset).status is BondStatus.ACCELERATED
    funds(made, action, 5 * COUPON)
    assert (status(action), made.bond(asset).status) == (ActionStatus.PAID, BondStatus.ACCELERATED)
    funds(made, due, 5 * (LOT + 3_288))
    assert cash(made, "A", "B") == (3 * (COUPON + LOT + 3_288), 2 * (COUPON + LOT + 3_288))
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


def test_a_late_payment_heals_before_acceleration() -> None:
    made, asset = served(("A", 3))
    told, action = made.told, coupon(made, asset)
    told.until(FIRST + 8 * DAY)
    funds(made, action, 3 * COUPON)
    assert (status(action), made.bond(asset).status) == (ActionStatus.PAID, BondStatus.ISSUED)
    assert told.refused("Trustee", Accelerate(asset))[0] is Reason.STATE
    assert cash(made, "A") == (3 * COUPON,)
    made.check()


def test_a_payment_within_grace_is_no_default() -> None:
    made, asset = served(("A", 3))
    told, action = made.told, coupon(made, asset)
    told.until(FIRST + 7 * DAY)
    funds(made, action, 3 * COUPON)
    events = told.until(FIRST + 9 * DAY)
    assert status(action) is ActionStatus.PAID
    assert GraceExpired not in {type(event) for event in events}
    made.check()


def test_holders_of_enough_accelerate_together() -> None:
    made, asset = served(("A", 3), ("B", 2), ("Client", 5), conditions=Conditions(acceleration=Fraction(1, 2)))
    told = made.told
    told.until(FIRST + 8 * DAY)
    assert (
        told.refused("Client", RequestAcceleration(asset, LOT))[0] is Reason.UNKNOWN_ASSET
    )  # not in the official book
    assert told.refused("A", RequestAcceleration(asset, 3 * LOT + 1))[0] is Reason.AMOUNT
    told.does("A", RequestAcceleration(asset, 3 * LOT))
    told.does("Custodian", RequestAcceleration(asset, LOT))  # one of its clients has asked it
    assert made.bond(asset).status is BondStatus.POTENTIAL_DEFAULT
    events = told.does("Custodian", RequestAcceleration(asset, 2 * LOT))
    assert [event.by for event in events if isinstance(event, Accelerated)] == [0]
    assert told.refused("Trustee", Accelerate(asset))[0] is Reason.STATE
    made.check()


def test_principal_that_is_due_is_not_accelerated() -> None:
    made, asset = served(("A", 3), conditions=Conditions(grace_days=0))
    told = made.told
    funds(made, coupon(made, asset), 3 * COUPON)
    told.until(LAST + DAY)
    assert made.bond(asset).status is BondStatus.POTENTIAL_DEFAULT
    assert told.refused("Trustee", Accelerate(asset))[0] is Reason.ALREADY_DONE
    funds(made, redemption(made, asset), 3 * (LOT + LAST_COUPON))
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


def test_an_issuer_without_an_account_leaves_prescribed_money_where_it_is() -> None:
    made, asset = served(("A", 3), ("B", 2), conditions=EARLY_PRESCRIPTION)
    told = made.told
    made.fund("Government", 5 * COUPON)
    told.does("Government", Fund(coupon(made, asset).number, made.token, made.at["Government"], 5 * COUPON))
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "gone"))
    told.until(FIRST)
    told.state.accounts[made.at["Government"]].closed = told.state.time
    told.until(FIRST + timedelta(days=366))
    assert cash(made, "suspense") == (2 * COUPON,)
    made.at["new"] = told.account("Government", Purpose.OWN)
    told.until(FIRST + timedelta(days=367))
    assert cash(made, "suspense", "new") == (0, 2 * COUPON)


def test_a_holder_whom_no_suspense_account_can_take_is_passed_over_and_tried_each_day() -> None:
    made, asset = served(("A", 3), ("B", 2))
    told, action = made.told, coupon(made, asset)
    funds(made, action, 5 * COUPON)
    told.does("Agent", CloseAccount(made.at["suspense"]))
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "inquiry"))
    events = told.until(FIRST, CLOSED)
    assert [event.why for event in events if isinstance(event, HeldBack)] == [Reason.SUSPENDED]
    assert (cash(made, "A", "B"), status(action)) == ((3 * COUPON, 0), ActionStatus.DUE)
    told.does("operator", SetStanding(told.parties["B"], Standing.ACTIVE, "cleared"))
    told.until(FIRST + DAY)
    assert (cash(made, "A", "B"), status(action)) == ((3 * COUPON, 2 * COUPON), ActionStatus.PAID)
    made.check()
