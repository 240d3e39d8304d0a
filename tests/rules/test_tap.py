"""Stories of taps: one that is fungible at once, one under a temporary ISIN until accruals are identical."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.bond.calendar import BusinessDayConvention, Calendar
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.rounding import whole
from bauhinia.bond.terms import RecordDate, Terms
from bauhinia.ledger.assets import TitleLayer
from bauhinia.ledger.bonds import BondStatus, Document
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Block
from bauhinia.rules import tap
from bauhinia.rules.allotment import Allot, WithdrawAllotment
from bauhinia.rules.closing import AbandonClosing, AcceptAgency, AuthoriseIssue
from bauhinia.rules.instructing import InstructionCancelled
from bauhinia.rules.market import PublishCalendar
from bauhinia.rules.note import LodgeNote
from bauhinia.rules.settlement import Settled, TransactionCancelled
from bauhinia.rules.tap import LodgeTap, Merged, MergerBegan, MergerMoved
from bauhinia.words.ids import AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import ISINS, NEXT, TERMS, Deal, deal, document
from tests.support import START, calendar, trade

CLOSED = 19 * 60  # an hour past the system's end of day
TAP_DAY = date(2026, 3, 2)
QUARTERLY = replace(TERMS, frequency=4)  # coupons on 3 May (a Sunday, paid on the 4th), 3 August, 3 November


def lodging(of: AssetNumber, **changes: Any) -> LodgeTap:
    command = LodgeTap(of, TAP_DAY, TAP_DAY, ISINS[1], "", (document("tap"),))
    return replace(command, **changes)


def test_a_tap_that_pays_accrued_interest_is_fungible_at_once() -> None:
    """The World Bank's bond-i was tapped on 2019-08-16: AUD 50m at 101.318 and accrued, 160m outstanding after;
    interest as for the others, from 2019-02-28. Here the first 110m are issued on that day."""
    sydney = Calendar("HK", 1, date(2019, 1, 1), date(2021, 12, 31), ())
    made = deal(date(2019, 2, 27), "AUD", sydney)
    told, cents = made.told, 100
    terms = Terms(
        issue_date=date(2019, 2, 28),
        maturity=date(2020, 8, 28),
        rate=Fraction(22, 1000),
        frequency=2,
        day_count=DayCount.ACT_ACT_ICMA,
        business_day=BusinessDayConvention.FOLLOWING,
        adjusted=False,
        calendars=("HK",),
        calculation_amount=1_000 * cents,
        minimum_denomination=1_000 * cents,
        denomination_multiple=1_000 * cents,
    )
    asset = made.lodge(terms=terms)
    made.issue(asset, 110_000_000 * cents, ("A", 110_000_000 * cents))
    day = date(2019, 8, 16)
    told.until(day)
    command = LodgeTap(asset, day, date(2019, 2, 28), "", "", (document("tap"),))
    assert told.refused("Lead", replace(command, isin=ISINS[1]))[0] is Reason.IDENTIFIER
    assert told.refused("Lead", replace(command, dti="9SRF0KN48"))[0] is Reason.IDENTIFIER
    told.does("Lead", command)
    assert told.refused("Lead", replace(command, documents=()))[0] is Reason.STATE  # one closing at a time

    nominal = 50_000_000 * cents
    made.sign(asset, nominal, Fraction(101_318, 1_000))
    # 169 days of a period of 181 have accrued: Act/Act ICMA, 1.1 percent a half-year
    amount = 50_659_000 * cents + whole(Fraction(nominal * 11 * 169, 1_000 * 181))
    assert amount == 51_172_535_91
    without = made.allotment("B", nominal, 50_659_000 * cents)
    assert told.refused("Lead", Allot(asset, (without,)))[0] is Reason.AMOUNT
    made.allot(asset, made.allotment("B", nominal, amount))
    made.accept(asset, 1, "B")
    made.fund("B", amount)
    made.release(asset)
    bond = made.bond(asset)
    assert (made.held("B", asset), bond.issued, told.state.assets[asset].authorised) == (
        nominal,
        160_000_000 * cents,
        160_000_000 * cents,
    )
    assert [closing.nominal for closing in bond.closings] == [110_000_000 * cents, nominal]
    made.check()


def tapped(made: Deal) -> tuple[AssetNumber, AssetNumber]:
    """A quarterly bond, 10,000 held by A and the Custodian's client, and 5,000 more of it under a temporary ISIN."""
    told = made.told
    asset = made.lodge(terms=QUARTERLY)
    made.issue(asset, 10_000, ("A", 6_000), ("Client", 4_000))
    told.until(TAP_DAY)
    told.does("CMU", lodging(asset))
    further = told.state.codes[ISINS[1]]
    made.issue(further, 5_000, ("B", 3_000), ("Client", 2_000))
    made.serve(asset, 100)  # 10,000 x 4% x 90/365 is 98.6: 100 for each
    made.serve(further, 50)  # 5,000 x 4% x 63/365 is 34.5: 50 for each
    return asset, further


def test_a_tap_under_a_temporary_isin_merges_when_accruals_are_identical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "PAGE", 1)
    made = deal()
    told, number = made.told, made.told.parties
    asset, further = tapped(made)
    bond, temporary = made.bond(asset), made.bond(further)
    assert (temporary.fungible_with, temporary.fungible_from) == (asset, date(2026, 5, 4))
    assert (temporary.terms.issue_date, temporary.terms.first_coupon) == (TAP_DAY, date(2026, 5, 3))
    assert (made.held("B", further), bond.issued, temporary.issued) == (3_000, 10_000, 5_000)
    told.until(date(2026, 4, 30))
    told.state.positions.set_flags(made.at["B"], further, Block.DEBIT)
    later = date(2026, 5, 5)
    for side, who, other in ((Side.DELIVER, "Client", "A"), (Side.RECEIVE, "A", "Client")):
        told.does(who, trade(side, further, 1_000, made.at[who], number[other], later))
    told.does("A", trade(Side.RECEIVE, further, 1_000, made.at["A"], number["B"], later, reference="R2"))

    events = told.until(date(2026, 5, 4), CLOSED)
    kinds = [type(event) for event in events]
    assert [kinds.count(kind) for kind in (TransactionCancelled, InstructionCancelled, MergerBegan)] == [1, 1, 1]
    assert [event.nominal for event in events if isinstance(event, Merged)] == [5_000]
    main_book, further_book = told.state.entitlements[asset][0], told.state.entitlements[further][0]
    assert (made.held("B", asset), made.held("omnibus", asset), made.held("Client", main_book)) == (3_000, 6_000, 6_000)
    assert (made.held("B", further), made.held("omnibus", further), made.held("Client", further_book)) == (0, 0, 0)
    (kept,) = told.state.servicing.suspense.values()
    assert (made.held("A", made.token), kept.account, kept.amount) == (60, made.at["B"], 30), "B is blocked"
    assert told.state.positions.flags(made.at["B"], asset) == Block.DEBIT
    assert (bond.issued, temporary.issued, temporary.status) == (15_000, 0, BondStatus.MERGED)
    assets = told.state.assets
    assert (assets[asset].authorised, assets[further].authorised) == (15_000, 0)
    sold = trade(Side.DELIVER, further, 1_000, made.at["B"], number["A"], later, reference="R3")
    assert told.refused("B", sold)[0] is Reason.STATE


def test_a_merger_keeps_every_promise_of_the_books() -> None:
    """The same without what a test puts in by hand, so that it can be replayed; its holder sees its own alone."""
    made = deal()
    tapped(made)
    made.told.until(date(2026, 5, 4), CLOSED)
    merging = [
        (event, audience)
        for applied in made.told.applied
        for outcome in applied.outcomes
        for event, audience in zip(outcome.events, outcome.audiences, strict=True)
        if isinstance(event, Settled) and outcome.first == WorkKind.MERGE
    ]
    seen = [audience for _, audience in merging]
    assert [made.told.parties["B"] in audience for audience in seen].count(True) == 1
    assert [made.told.parties["Client"] in audience for audience in seen].count(True) == 1
    made.check()


def test_a_note_backed_tap_merges_note_into_note() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=QUARTERLY, title=TitleLayer.BENEFICIAL)
    told.does("CMU", LodgeNote(asset, "NOTE-1", made.at["lodged"], document("note")))
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(TAP_DAY)
    told.does("Lead", lodging(asset))
    further = told.state.codes[ISINS[1]]
    told.does("CMU", LodgeNote(further, "NOTE-2", made.at["lodged"], document("tap note")))
    made.issue(further, 5_000, ("B", 5_000))
    notes = made.bond(asset).note, made.bond(further).note
    assert [made.held("lodged", note) for note in notes] == [10_000, 5_000]
    made.serve(further, 50)
    told.until(date(2026, 5, 4), CLOSED)
    assert [made.held("lodged", note) for note in notes] == [15_000, 0]
    made.check()


def test_a_merger_waits_until_a_calendar_confirms_its_day() -> None:
    made = deal(START, "HKD", calendar("HK", date(2026, 5, 2)))
    told = made.told
    terms = replace(QUARTERLY, maturity=date(2027, 2, 3))
    asset = made.lodge(terms=terms)
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(TAP_DAY)
    told.does("CMU", lodging(asset))
    further = told.state.codes[ISINS[1]]
    made.issue(further, 5_000, ("B", 5_000))
    made.serve(further, 50)
    moved = [event for event in told.until(date(2026, 5, 5), CLOSED) if isinstance(event, MergerMoved)]
    assert [event.fungible_from for event in moved] == [date(2026, 5, 5), date(2026, 5, 6)]
    told.does("operator", PublishCalendar(replace(calendar(), version=2)))
    told.until(date(2026, 5, 6), CLOSED)
    assert (made.held("B", asset), made.bond(further).status) == (5_000, BondStatus.MERGED)
    made.check()


def test_a_merger_waits_for_its_coupon_to_be_paid() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=QUARTERLY)
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(TAP_DAY)
    told.does("CMU", lodging(asset))
    further = told.state.codes[ISINS[1]]
    made.issue(further, 5_000, ("B", 5_000))
    moved = [event for event in told.until(date(2026, 5, 4), CLOSED) if isinstance(event, MergerMoved)]
    assert [event.fungible_from for event in moved] == [date(2026, 5, 5)]
    made.serve(further, 50)
    told.until(date(2026, 5, 5), CLOSED)
    assert (made.held("B", asset), made.bond(further).status) == (5_000, BondStatus.MERGED)
    made.check()


def test_a_tap_that_was_never_issued_has_nothing_to_merge() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=QUARTERLY)
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(TAP_DAY)
    told.does("CMU", lodging(asset))
    further = told.state.codes[ISINS[1]]
    made.sign(further, 5_000)
    made.allot(further, made.allotment("Lead", 5_000, 5_000))
    made.release(further)
    told.until(date(2026, 5, 4), CLOSED)
    assert not told.state.settlement.live
    assert (made.bond(further).status, made.bond(asset).issued) == (BondStatus.MERGED, 10_000)
    assert told.state.assets[asset].authorised == 10_000
    made.check()


def test_a_tap_that_is_given_up_leaves_the_bond_as_it_was() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=QUARTERLY)
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(TAP_DAY)
    told.does("CMU", lodging(asset, interest_from=NEXT, isin=""))
    made.sign(asset, 5_000)
    assert told.state.assets[asset].authorised == 15_000
    most = (1 << 62) - 104  # with the 10,000 there are, too much; without them it is the most there can be
    too_much = AuthoriseIssue(asset, most, Fraction(100), ((made.token, made.at["Government"]),), False)
    assert told.refused("Government", too_much)[0] is Reason.AMOUNT
    told.does("Government", AbandonClosing(asset))
    assert (made.bond(asset).status, told.state.assets[asset].authorised) == (BondStatus.ISSUED, 10_000)
    assert told.refused("Lead", WithdrawAllotment(asset, 1))[0] is Reason.STATE
    assert told.refused("Agent", AcceptAgency(asset)) == (
        Reason.STATE,
        ("asset", asset, "its closing was abandoned"),
    )
    told.does("CMU", lodging(asset, documents=()))
    made.check()


def test_a_tap_that_is_wrong_is_refused() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=replace(QUARTERLY, record_date=RecordDate(days=3)))
    assert told.refused("Lead", lodging(asset)) == (Reason.STATE, ("asset", asset, "DRAFT"))
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(TAP_DAY)
    cases: list[tuple[str, dict[str, Any], Reason]] = [
        ("A", {}, Reason.NOT_AUTHORISED),
        ("Government", {}, Reason.NOT_AUTHORISED),
        ("Lead", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ("Lead", {"asset": made.token}, Reason.UNKNOWN_ASSET),
        ("Lead", {"settlement_date": date(2026, 2, 27)}, Reason.DATE),  # past
        ("Lead", {"settlement_date": date(2026, 3, 7)}, Reason.DATE),  # a Saturday
        ("Lead", {"settlement_date": date(2027, 2, 3)}, Reason.DATE),  # maturity
        ("Lead", {"settlement_date": date(2028, 3, 1)}, Reason.UNCONFIRMED_DATE),
        ("Lead", {"interest_from": date(2026, 2, 2)}, Reason.DATE),  # before the period
        ("Lead", {"interest_from": date(2026, 3, 3)}, Reason.DATE),  # after the settlement
        ("Lead", {"isin": ""}, Reason.IDENTIFIER),
        ("Lead", {"isin": ISINS[0]}, Reason.DUPLICATE),
        ("Lead", {"isin": "HK0000000016"}, Reason.IDENTIFIER),
        ("Lead", {"dti": "9SRF0KN49"}, Reason.IDENTIFIER),
        ("Lead", {"documents": (Document("x", b""),)}, Reason.HASH),
        ("Lead", {"documents": (document("term sheet"),)}, Reason.DUPLICATE),
        # the record date of 4 May is 29 April, and closed by then
        ("Lead", {"settlement_date": date(2026, 5, 1), "interest_from": NEXT, "isin": ""}, Reason.RECORD_CLOSED),
        ("Lead", {"settlement_date": date(2026, 5, 1), "interest_from": date(2026, 5, 1)}, Reason.RECORD_CLOSED),
        # accruals of the last period are never identical
        ("Lead", {"settlement_date": date(2027, 1, 4), "interest_from": date(2027, 1, 4)}, Reason.NOT_FUNGIBLE),
    ]
    for who, changes, reason in cases:
        found = told.refused(who, lodging(asset, **changes))
        assert found[0] is reason, (changes, found)
    told.does("Lead", lodging(asset))
    further = told.state.codes[ISINS[1]]
    made.issue(further, 5_000, ("B", 5_000))
    assert told.refused("Lead", lodging(further, isin=ISINS[2]))[0] is Reason.NOT_FUNGIBLE
