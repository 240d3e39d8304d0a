"""Stories of repayment in part: the factor falls, nominal falls pro rata, denominations are drawn by lot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any

import pytest

from bauhinia.bond.repayments.exercise import Exercise
from bauhinia.bond.repayments.lot import draw
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind
from bauhinia.ledger.actions import Action, ActionKind, ActionStatus
from bauhinia.ledger.bonds import BondStatus
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Purpose, Role, Standing
from bauhinia.rules.closing import AuthoriseIssue
from bauhinia.rules.default import PaymentLate
from bauhinia.rules.drawing import BookDrawn, Drawn, share_out
from bauhinia.rules.funding import Fund
from bauhinia.rules.observing import DefineSeries, Observe
from bauhinia.rules.onboarding import Elect, SetStanding
from bauhinia.rules.options import CallBond
from bauhinia.rules.recording import BookRecorded
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.rules.servicing import Fixed
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, Deal, deal
from tests.rules.served import COUPON, FIRST, LAST, LAST_COUPON, LOT, LOTS, actions, cash, funds, rtgs, served, status
from tests.support import calendar, seen, trade

DAY = timedelta(days=1)
CLOSED = 19 * 60
RECORD = date(2026, 7, 31)
SOURCES = ("HKMA", "Lead", "Trustee")


def sinking(reduction: Reduction, part: Fraction = Fraction(4, 10), **changes: Any) -> Any:
    """A bond that repays a part of nominal with its first coupon."""
    plan = Repayment(RepaymentKind.SCHEDULE, reduction, parts=(Part(FIRST, part),))
    return replace(LOTS, repayment=plan, **changes)


def first(made: Deal, asset: AssetNumber) -> Action:
    return actions(made, asset)[0]


def last(made: Deal, asset: AssetNumber) -> Action:
    return actions(made, asset)[-1]


def seeded(made: Deal, asset: AssetNumber) -> str:
    """The series of a bond's drawings: two of three must tell the same."""
    told, name = made.told, f"draw:{made.bond(asset).isin}"
    told.does("CMU", DefineSeries(name, tuple(told.parties[each] for each in SOURCES), 2, 5))
    return name


def tell(made: Deal, name: str, value: Fraction, day: date = RECORD + DAY) -> list[Any]:
    told = made.told
    return [event for who in SOURCES[:2] for event in told.does(who, Observe(name, day, value))]


def drawn(made: Deal, action: Action) -> dict[str, int]:
    """What is drawn of each account in every book, by name, in lots."""
    found = {}
    names = {number: name for name, number in made.at.items()}
    for record in action.records.values():
        for account, units in zip(record.accounts, record.drawn, strict=True):
            if units:
                assert units % LOT == 0
                found[names[AccountNumber(account)]] = units // LOT
    return found


def chained(**terms: Any) -> tuple[Deal, AssetNumber]:
    """Ten lots: three with A, two with B, five behind the custodian, of which two behind a bank in its book."""
    made, asset = served(("A", 3), ("Client", 5), ("B", 2), **terms)
    told, number = made.told, made.told.parties
    told.party("Bank", Role.CUSTODIAN)
    made.at["bank"] = told.account("Bank", Purpose.OMNIBUS, tier=made.at["omnibus"], by="Custodian")
    made.at["end"] = told.account("A", tier=made.at["bank"], by="Bank")
    told.does("Client", trade(Side.DELIVER, asset, 2 * LOT, made.at["Client"], number["A"], NEXT))
    told.does("A", trade(Side.RECEIVE, asset, 2 * LOT, made.at["end"], number["Client"], NEXT))
    return made, asset


def test_a_linear_amortiser_pays_down_its_factor_and_its_last_part_extinguishes_all() -> None:
    plan = Repayment(RepaymentKind.LINEAR)
    made, asset = served(("A", 3), ("Client", 1), terms=replace(LOTS, frequency=4, repayment=plan))
    told = made.told
    planned = actions(made, asset)
    assert [each.kind.name for each in planned] == ["REPAYMENT", "REPAYMENT", "REPAYMENT", "REDEMPTION"]
    assert [each.principal for each in planned] == [LOT // 4] * 4
    assert [each.interest for each in planned] == [9_863, 7_479, 5_041, 2_521]  # 90, 91, 92 and 92 days at 4%
    for each in planned:
        assert (made.bond(asset).redeemed, made.held("Client", _below(made, asset))) == (0, LOT)
        funds(made, each, 4 * (each.interest + each.principal))
        told.until(each.payment_date)
        assert status(each) is ActionStatus.PAID
    total = LOT + 9_863 + 7_479 + 5_041 + 2_521
    assert cash(made, "A", "Client", "omnibus", "paying") == (3 * total, total, 0, 0)
    assert (made.bond(asset).redeemed, made.bond(asset).status) == (4 * LOT, BondStatus.REDEEMED)
    made.check()


def _below(made: Deal, asset: AssetNumber) -> AssetNumber:
    return made.told.state.entitlements[asset][0]


def test_nominal_falls_pro_rata_in_every_book() -> None:
    made, asset = chained(terms=sinking(Reduction.NOMINAL))
    told, action = made.told, first(made, asset)
    assert (action.kind, action.interest, action.principal) == (ActionKind.REDUCTION, COUPON, LOT)
    events = told.until(RECORD, CLOSED)
    # four tenths of 3, 5 and 2 lots: 1.2, 2 and 0.8; the broken lot goes to B, whose share is the more broken
    assert drawn(made, action) == {"A": 1, "omnibus": 2, "B": 1, "Client": 1, "bank": 1, "end": 1}
    books = [each for each in events if isinstance(each, BookDrawn)]
    assert [(each.remainder, each.rounded_up) for each in books] == [(LOT, (2,)), (LOT, (1,)), (0, ())]
    (fixed,) = [each for each in events if isinstance(each, Fixed)]
    assert fixed.needs == ((made.token, 10 * COUPON + 4 * LOT),)
    funds(made, action, 10 * COUPON + 4 * LOT)
    told.until(FIRST)
    assert status(action) is ActionStatus.PAID
    assert cash(made, "A", "B", "Client", "omnibus", "bank") == (
        3 * COUPON + LOT,
        2 * COUPON + LOT,
        3 * COUPON + LOT,
        0,
        0,
    )
    assert cash(made, "end") == (2 * COUPON + LOT,)
    assert [made.held(each, asset) for each in ("A", "B", "omnibus")] == [2 * LOT, LOT, 3 * LOT]
    assert (made.bond(asset).redeemed, made.bond(asset).status) == (4 * LOT, BondStatus.ISSUED)
    made.check()
    funds(made, last(made, asset), 6 * (LAST_COUPON + LOT))
    told.until(LAST)
    assert (made.bond(asset).redeemed, made.bond(asset).status) == (10 * LOT, BondStatus.REDEEMED)
    assert cash(made, "A", "paying") == (3 * COUPON + LOT + 2 * (LAST_COUPON + LOT), 0)
    made.check()


def test_denominations_are_drawn_by_a_seed_that_is_told_after_the_record_date() -> None:
    made, asset = chained(terms=sinking(Reduction.LOT))
    told, action, name = made.told, first(made, asset), seeded(made, asset)
    number = told.parties
    told.until(RECORD)
    assert told.refused("HKMA", Observe(name, RECORD + DAY, Fraction(1)))[0] is Reason.DATE  # nobody knows it yet
    events = told.until(RECORD, CLOSED)
    assert BookDrawn not in {type(each) for each in events}
    root = action.records[asset].root
    told.until(FIRST, 9 * 60 + 30)
    told.does("A", trade(Side.DELIVER, asset, LOT, made.at["A"], number["B"], FIRST))
    told.does("B", trade(Side.RECEIVE, asset, LOT, made.at["B"], number["A"], FIRST))
    assert made.held("B", asset) == 2 * LOT  # what may be drawn does not move before it is
    funds(made, action, 10 * COUPON + 4 * LOT)
    assert (status(action), cash(made, "A")) == (ActionStatus.DUE, (0,))
    assert PaymentLate not in {type(each) for each in told.until(FIRST, CLOSED)}  # the money is there

    value = Fraction(714_263, 1_000_000)
    told.does("HKMA", Observe(name, RECORD + DAY, value))
    told.does("Trustee", Observe(name, RECORD + DAY, value + 1))  # one who errs does not choose
    events = told.does("Lead", Observe(name, RECORD + DAY, value))
    (found,) = [each for each in events if isinstance(each, Drawn)]
    words = f"{made.bond(asset).isin} {action.number} 2026-08-01 {value.numerator} {value.denominator}"
    assert found.seed == sha256(root + words.encode()).digest()
    at = made.at
    official: dict[int, int] = {at["A"]: 3 * LOT, at["omnibus"]: 5 * LOT, at["B"]: 2 * LOT}
    expected = draw(found.seed, official, 4 * LOT, LOT)
    lots = drawn(made, action)
    assert {at[each]: lots.get(each, 0) * LOT for each in ("A", "omnibus", "B") if lots.get(each)} == expected
    kept = draw(found.seed, {at["Client"]: 3 * LOT, at["bank"]: 2 * LOT}, expected[at["omnibus"]], LOT)
    assert {at[each]: lots[each] * LOT for each in ("Client", "bank") if each in lots} == kept
    assert lots.get("end", 0) == lots.get("bank", 0)
    assert sum(lots.get(each, 0) for each in ("A", "omnibus", "B")) == 4

    told.until(FIRST + DAY)
    assert status(action) is ActionStatus.PAID
    assert cash(made, "omnibus", "bank", "paying") == (0, 0, 0)
    a, b = cash(made, "A", "B")
    assert (a, b) == (3 * COUPON + lots.get("A", 0) * LOT, 2 * COUPON + lots.get("B", 0) * LOT)
    assert cash(made, "Client", "end") == (
        3 * COUPON + lots.get("Client", 0) * LOT,
        2 * COUPON + lots.get("end", 0) * LOT,
    )
    assert made.held("A", asset) + made.held("B", asset) + made.held("omnibus", asset) == 6 * LOT
    assert found in seen(told, "Client")
    assert not [each for each in seen(told, "B") if isinstance(each, BookDrawn)]
    made.check()


def test_what_is_on_its_way_to_someone_else_takes_no_part_in_a_drawing() -> None:
    made, asset = served(("A", 3), ("B", 1), terms=sinking(Reduction.NOMINAL, Fraction(1, 2)))
    told, number = made.told, made.told.parties
    told.until(RECORD)
    for who, side in (("A", Side.DELIVER), ("B", Side.RECEIVE)):
        other = number["B" if who == "A" else "A"]
        told.does(who, trade(side, asset, 3 * LOT, made.at[who], other, RECORD, made.rtgs, LOT, 0, "on its way"))
    told.until(RECORD, CLOSED)
    action = first(made, asset)
    assert drawn(made, action) == {"B": 1}  # two of four were to be, and one was there
    told.does("HKMA", ConfirmPayment(1, "CHATS"))
    funds(made, action, 4 * COUPON + LOT)
    told.until(FIRST)
    # the trade was due by the record date, so its buyer claims the interest
    assert (cash(made, "A", "B"), made.held("B", asset)) == ((0, 4 * COUPON + LOT), 3 * LOT)
    made.check()


def test_a_trade_across_the_record_date_claims_the_interest_and_not_what_is_drawn() -> None:
    made, asset = served(("A", 3), ("B", 2), terms=sinking(Reduction.NOMINAL))
    told, number = made.told, made.told.parties
    told.until(RECORD)
    for who, side in (("A", Side.DELIVER), ("B", Side.RECEIVE)):
        other = number["B" if who == "A" else "A"]
        hold = who == "A"
        told.does(who, trade(side, asset, LOT, made.at[who], other, RECORD, hold=hold, reference="late"))
    told.until(RECORD, CLOSED)
    (claim,) = told.state.servicing.claims.values()
    assert claim.amount == COUPON
    made.check()


def test_a_part_call_draws_what_the_issuer_calls() -> None:
    call = Exercise(date(2026, 6, 1), FIRST, Fraction(102, 100), least_notice=10, partial=True)
    made, asset = served(("A", 3), ("Client", 5), ("B", 2), terms=replace(LOTS, calls=(call,)))
    told = made.told
    told.until(date(2026, 5, 4))
    day = date(2026, 6, 15)  # a Monday, 132 days after the issue date
    assert told.refused("Government", CallBond(asset, day, LOT + 100))[0] is Reason.MULTIPLE
    told.does("Government", CallBond(asset, day, 3 * LOT))
    assert told.refused("Government", CallBond(asset, day, LOT))[0] is Reason.ALREADY_DONE
    action = last(made, asset)
    accrued = 14_466  # 10,000.00 at 4% for 132 of 365 days: 144.657...
    assert (action.kind, action.interest, action.principal) == (ActionKind.REDUCTION, accrued, 1_020_000)
    told.until(day - 3 * DAY, CLOSED)
    assert drawn(made, action) == {"A": 1, "omnibus": 1, "B": 1, "Client": 1}
    funds(made, action, 3 * (accrued + 1_020_000))
    told.until(day)
    assert cash(made, "A", "B", "Client") == (accrued + 1_020_000,) * 3
    funds(made, first(made, asset), 7 * COUPON)
    told.until(FIRST)
    assert cash(made, "A") == (accrued + 1_020_000 + 2 * COUPON,)
    assert made.bond(asset).redeemed == 3 * LOT
    made.check()


@pytest.mark.parametrize(
    ("changes", "nominal", "reason"),
    [
        ({}, LOT, Reason.TERMS),  # in whole only
        ({"partial": True}, 6 * LOT, Reason.AMOUNT),
        ({"partial": True}, -LOT, Reason.AMOUNT),
        ({"partial": True, "first": date(2026, 8, 2), "last": date(2026, 8, 2)}, LOT, Reason.DATE),  # past the record
    ],
)
def test_a_part_call_that_cannot_be(changes: dict[str, Any], nominal: int, reason: Reason) -> None:
    call = replace(Exercise(FIRST, FIRST), **changes)
    made, asset = served(("A", 3), ("B", 2), terms=replace(LOTS, calls=(call,)))
    made.told.until(date(2026, 7, 1))
    assert made.told.refused("Government", CallBond(asset, call.first, nominal))[0] is reason


def test_who_is_paid_in_an_rtgs_keeps_what_is_drawn_until_the_payment_is_confirmed() -> None:
    made, asset = served(("A", 3), ("B", 2), terms=sinking(Reduction.NOMINAL))
    told, action = made.told, first(made, asset)
    rtgs(made, asset)
    told.does("A", Elect(made.at["A"], "HKD", made.rtgs))
    told.until(FIRST)
    lots = drawn(made, action)
    assert lots == {"A": 1, "B": 1}
    funds(made, action, 2 * COUPON + LOT)
    told.does("Government", Fund(action.number, made.rtgs, NO_ACCOUNT, 3 * COUPON + LOT))
    told.does("HKMA", ConfirmPayment(1, "IN"))
    assert (made.held("A", asset), made.held("B", asset)) == (3 * LOT, LOT)
    told.does("HKMA", RejectPayment(2, "no such account"))
    told.until(FIRST + DAY)
    assert (made.held("A", asset), status(action)) == (3 * LOT, ActionStatus.DUE)
    told.does("HKMA", ConfirmPayment(3, "OUT"))
    assert (made.held("A", asset), status(action)) == (2 * LOT, ActionStatus.PAID)
    assert made.bond(asset).redeemed == 2 * LOT
    made.check()


def test_what_is_drawn_of_a_holder_who_cannot_be_paid_is_extinguished_and_its_money_kept() -> None:
    made, asset = served(("A", 3), ("B", 2), terms=sinking(Reduction.NOMINAL))
    told, action = made.told, first(made, asset)
    told.does("operator", SetStanding(told.parties["B"], Standing.SUSPENDED, "inquiry"))
    funds(made, action, 5 * COUPON + 2 * LOT)
    told.until(FIRST)
    entries = [(each.amount, each.principal) for each in told.state.servicing.suspense.values()]
    assert (entries, made.held("B", asset)) == ([(2 * COUPON, False), (LOT, True)], LOT)
    assert status(action) is ActionStatus.PAID
    made.check()


def test_a_drawing_that_is_still_to_come_falls_away_when_all_is_repaid() -> None:
    made, asset = served(("A", 3), ("B", 2), terms=sinking(Reduction.LOT, calls=(Exercise(FIRST, FIRST),)))
    told, action = made.told, first(made, asset)
    told.until(date(2026, 7, 10))
    told.does("Government", CallBond(asset, FIRST, 0))
    call = last(made, asset)
    told.until(RECORD, CLOSED)  # both records close at once, and no seed is told
    assert (action.drawn, action.draws, list(call.records[asset].units)) == (True, 0, [3 * LOT, 2 * LOT])
    funds(made, action, 5 * COUPON)
    funds(made, call, 5 * LOT)
    told.until(FIRST)
    assert (made.bond(asset).status, cash(made, "A", "B")) == (
        BondStatus.REDEEMED,
        (3 * (COUPON + LOT), 2 * (COUPON + LOT)),
    )
    made.check()


def test_what_is_drawn_and_not_paid_bears_no_interest_any_more() -> None:
    terms = sinking(Reduction.NOMINAL, frequency=4, maturity=date(2027, 2, 3))
    made, asset = served(("A", 3), ("B", 2), terms=terms, calendars=(calendar(),))
    told = made.told
    coupons = actions(made, asset)
    funds(made, coupons[0], 5 * coupons[0].interest)
    told.until(date(2026, 11, 2), CLOSED)
    assert coupons[1].kind is ActionKind.REDUCTION
    events = [each for applied in told.applied for outcome in applied.outcomes for each in outcome.events]
    record = [each for each in events if isinstance(each, BookRecorded)][-1]
    assert (record.action, record.units) == (coupons[2].number, 3 * LOT)
    assert sum(units for _, units in record.aside) == 2 * LOT
    funds(made, coupons[1], 5 * coupons[1].interest + 2 * LOT)
    funds(made, coupons[2], 3 * coupons[2].interest)
    told.until(date(2026, 11, 3))
    assert (status(coupons[1]), status(coupons[2])) == (ActionStatus.PAID,) * 2
    made.check()


def test_a_bond_that_falls_into_too_many_denominations_is_not_issued_to_be_drawn_by_lot() -> None:
    made = deal()
    told, proceeds = made.told, ((made.token, made.at["Government"]),)
    asset = made.lodge(
        terms=sinking(Reduction.LOT, calculation_amount=100, minimum_denomination=100, denomination_multiple=100)
    )
    found = told.refused("Government", AuthoriseIssue(asset, 100_000_100, Fraction(100), proceeds, False))
    assert (found[0], found[1][0]) == (Reason.AMOUNT, "denomination_multiple")
    told.does("Government", AuthoriseIssue(asset, 100_000_000, Fraction(100), proceeds, False))


def test_what_cannot_be_drawn_in_whole_steps_is_shared_to_the_unit() -> None:
    assert share_out({1: 150, 2: 150}, 200, 100, b"").drawn == {1: 100, 2: 100}
    shared = share_out({1: 150, 2: 151}, 250, 100, bytes(32))
    assert (sum(shared.drawn.values()), shared.drawn) == (250, {1: 125, 2: 125})
    assert share_out({1: 300, 2: 100}, 200, 100, bytes(32)).drawn == draw(bytes(32), {1: 300, 2: 100}, 200, 100)
    assert share_out({}, 0, 100, bytes(32)).drawn == {}
