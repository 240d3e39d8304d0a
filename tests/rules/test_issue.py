"""Stories of issue: a note-backed bond, a native one paid in two ways, all or none, what is withdrawn, what is bought
back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from bauhinia.bond.calendar import BusinessDayConvention
from bauhinia.bond.daycount import DayCount
from bauhinia.bond.rounding import whole
from bauhinia.bond.terms import Terms
from bauhinia.ledger.assets import AssetKind, TitleLayer
from bauhinia.ledger.bonds import AllotmentStatus, BondStatus
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Right
from bauhinia.ledger.rulebooks import ClassDefinition
from bauhinia.rules.allotment import (
    AcceptAllotment,
    Allot,
    AllotmentIssued,
    AllotmentReleased,
    Allotted,
    BondIssued,
    ReleaseIssue,
    WithdrawAllotment,
)
from bauhinia.rules.buyback import CancelBought, ConfirmCancellation
from bauhinia.rules.closing import AbandonClosing, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.four_eyes import Proposed
from bauhinia.rules.issue import TermsLodged
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.onboarding import GrantRight
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, TERMS, deal
from tests.support import START, trade

# The first issue under the Hong Kong Government's programme (2023): HKD 800m, one year, 4.05 percent, one payment; a
# note lodged at the CMU. Day count, denomination and business day rule were not published: assumed.
MILLION = 1_000_000_00  # cents
NOTE_BACKED = Terms(
    issue_date=NEXT,
    maturity=date(2027, 2, 3),
    rate=Fraction(405, 10_000),
    frequency=0,
    day_count=DayCount.ACT_365_FIXED,
    business_day=BusinessDayConvention.MODIFIED_FOLLOWING,
    adjusted=True,
    calendars=("HK",),
    calculation_amount=50_000_00,
    minimum_denomination=50_000_00,
    denomination_multiple=50_000_00,
    assumed=("day_count", "minimum_denomination", "business_day"),
)


def test_a_note_backed_issue_from_term_sheet_to_holdings() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=NOTE_BACKED, title=TitleLayer.BENEFICIAL)
    made.sign(asset, 800 * MILLION)
    made.allot(
        asset,
        made.allotment("A", 500 * MILLION, 500 * MILLION),
        made.allotment("Client", 200 * MILLION, 200 * MILLION),
        made.allotment("Lead", 100 * MILLION, 100 * MILLION),
    )
    made.accept(asset, 1, "A")
    made.accept(asset, 2, "Custodian")
    assert told.refused("Lead", ReleaseIssue(asset))[0] is Reason.BACKING
    told.does("CMU", made.note_of(asset))
    made.fund("A", 500 * MILLION)
    made.fund("Custodian", 200 * MILLION)
    made.release(asset)
    note = made.bond(asset).note
    assert told.state.assets[note].kind is AssetKind.NOTE
    assert (made.held("A", asset), made.bond(asset).status) == (0, BondStatus.CLOSING)

    events = told.until(NEXT)
    assert [event.time for event in events if isinstance(event, BondIssued)] == [told.state.time - 3_600_000_000]
    assert [e.reason for e in events if isinstance(e, Waits) and e.party == told.parties["Lead"]] == [Reason.MONY]
    (book,) = told.state.entitlements[asset]
    assert (made.held("A", asset), made.held("omnibus", asset), made.held("Client", book)) == (
        500 * MILLION,
        200 * MILLION,
        200 * MILLION,
    )
    assert made.held("lodged", note) == 700 * MILLION, "the note is marked up by what is issued"
    assert made.held("Government", made.token) == 700 * MILLION

    made.fund("Lead", 100 * MILLION)
    assert (made.held("lodged", note), made.held("Lead", asset)) == (800 * MILLION, 100 * MILLION)
    bond = made.bond(asset)
    assert (bond.status, bond.issued, told.state.assets[asset].authorised) == (
        BondStatus.ISSUED,
        800 * MILLION,
        800 * MILLION,
    )
    assert bond.terms.assumed == NOTE_BACKED.assumed
    made.check()


def test_each_investor_pays_in_tokens_or_by_rtgs_as_it_elects() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.sign(asset, 10_000, Fraction(9990, 100))
    made.allot(asset, made.allotment("A", 6_000, 5_994), made.allotment("B", 4_000, 3_996, rtgs=True))
    made.accept(asset, 1, "A")
    made.release(asset)
    made.fund("A", 5_994)
    told.until(NEXT)
    assert (made.held("A", asset), made.held("Government", made.token)) == (6_000, 5_994)
    assert made.bond(asset).closings[0].allotments[1].status is AllotmentStatus.ALLOTTED

    made.accept(asset, 2, "B")  # late: released at once, and the payment is asked for
    (payment,) = told.state.settlement.payments.values()
    assert (payment.payer, payment.payee) == (told.parties["B"], told.parties["Government"])
    assert (payment.money, payment.amount, made.held("B", asset)) == (made.rtgs, 3_996, 0)
    assert told.refused("Lead", WithdrawAllotment(asset, 2))[0] is Reason.STATE
    told.does("HKMA", ConfirmPayment(payment.number, "CHATS-1"))
    assert (made.held("B", asset), made.bond(asset).issued) == (4_000, 10_000)
    made.check()


def test_all_or_none_settles_at_one_instant_or_not_at_all() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.sign(asset, 10_000, all_or_none=True)
    made.allot(asset, made.allotment("A", 6_000, 6_000), made.allotment("Client", 4_000, 4_000))
    made.accept(asset, 1, "A")
    assert told.refused("Lead", ReleaseIssue(asset)) == (Reason.STATE, ("not signed by", "allotments"))
    made.accept(asset, 2, "Custodian")
    made.release(asset)
    made.fund("A", 6_000)
    told.until(NEXT)
    assert (made.held("A", asset), made.held("A", made.token)) == (0, 6_000)

    told.does("Lead", WithdrawAllotment(asset, 2))
    assert not told.state.settlement.live
    assert told.refused("Lead", ReleaseIssue(asset)) == (Reason.STATE, ("not signed by", "lead_manager"))
    made.allot(asset, made.allotment("A", 6_000, 6_000), made.allotment("B", 4_000, 4_000))
    made.accept(asset, 1, "A")
    made.accept(asset, 2, "B")
    made.release(asset)
    told.mint("HKMA", made.token, made.at["B"], 3_999)
    assert made.held("A", asset) == 0
    told.mint("HKMA", made.token, made.at["B"], 1)
    (transaction,) = made.bond(asset).closings[0].transactions
    assert len(told.state.settlement.transactions[transaction].legs) == 4
    assert (made.held("A", asset), made.held("B", asset), made.bond(asset).issued) == (6_000, 4_000, 10_000)
    assert made.held("Government", made.token) == 10_000
    made.check()


def test_what_is_not_paid_for_is_withdrawn_and_taken_up_by_the_lead_manager() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.sign(asset, 10_000)
    made.allot(asset, made.allotment("A", 6_000, 6_000), made.allotment("B", 4_000, 4_000))
    told.does("A", GrantRight(made.at["A"], told.parties["Lead"], Right.INSTRUCT, made.token, told.state.time + 10**12))
    assert told.refused("A", AcceptAllotment(asset, 2))[0] is Reason.UNKNOWN_INSTRUCTION
    made.accept(asset, 1, "Lead")  # A has let its lead manager pay for it
    made.accept(asset, 2, "B")
    made.fund("A", 6_000)
    made.release(asset)
    told.until(NEXT, 19 * 60)
    assert made.bond(asset).issued == 6_000

    told.does("Lead", WithdrawAllotment(asset, 2))
    assert not told.state.settlement.live
    assert told.refused("Lead", WithdrawAllotment(asset, 2))[0] is Reason.ALREADY_DONE
    assert told.refused("Lead", Allot(asset, (made.allotment("Lead", 6_000, 6_000),)))[0] is Reason.AMOUNT
    made.allot(asset, made.allotment("Lead", 4_000, 4_000))
    made.fund("Lead", 4_000)
    told.until(NEXT + timedelta(days=1))
    assert (made.held("B", asset), made.held("Lead", asset), made.bond(asset).issued) == (0, 4_000, 10_000)
    assert told.refused("Lead", Allot(asset, (made.allotment("A", 1_000, 1_000),)))[0] is Reason.ALREADY_DONE
    made.check()


def test_a_later_authorisation_voids_what_followed_the_earlier_one() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.sign(asset, 10_000)
    made.allot(asset, made.allotment("Lead", 10_000, 10_000))
    told.does("Government", AuthoriseIssue(asset, 5_000, Fraction(100), ((made.token, made.at["Government"]),), False))
    assert told.state.assets[asset].authorised == 0
    assert told.refused("Lead", ReleaseIssue(asset)) == (Reason.STATE, ("not signed by", "registrar"))
    assert told.refused("CMU", ConfirmAmount(asset, 10_000))[0] is Reason.AMOUNT
    told.does("CMU", ConfirmAmount(asset, 5_000))
    assert told.state.assets[asset].authorised == 5_000
    assert told.refused("Lead", ReleaseIssue(asset)) == (Reason.STATE, ("not signed by", "lead_manager"))
    made.check()


def test_a_closing_is_abandoned_and_its_bond_with_it() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.sign(asset, 10_000)
    made.allot(asset, made.allotment("Lead", 10_000, 10_000))
    made.release(asset)
    assert told.refused("Lead", AbandonClosing(asset))[0] is Reason.STATE
    told.does("Lead", WithdrawAllotment(asset, 1))
    told.does("Government", AbandonClosing(asset))
    assert (made.bond(asset).status, told.state.assets[asset].authorised) == (BondStatus.CANCELLED, 0)
    assert told.refused("Lead", ReleaseIssue(asset))[0] is Reason.STATE
    made.check()


def test_bonds_bought_back_stay_outstanding_until_they_are_cancelled() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(title=TitleLayer.BENEFICIAL)
    told.does("CMU", made.note_of(asset))
    made.issue(asset, 10_000, ("A", 6_000), ("Client", 4_000))
    told.until(NEXT)
    own, number = made.at["Government"], told.parties
    sold = trade(Side.DELIVER, asset, 3_000, made.at["A"], number["Government"], NEXT, made.token, 2_900, made.at["A"])
    told.does("A", sold)
    told.does("Government", trade(Side.RECEIVE, asset, 3_000, own, number["A"], NEXT, made.token, 2_900, own))
    note = made.bond(asset).note
    assert (made.held("Government", asset), made.held("lodged", note), made.bond(asset).cancelled) == (3_000, 10_000, 0)

    assert told.refused("CMU", ConfirmCancellation(asset, own, 2_000)) == (Reason.STATE, ("not signed by", "issuer"))
    told.does("Government", CancelBought(asset, own, 2_500))
    told.does("Government", CancelBought(asset, own, 0))
    told.does("Government", CancelBought(asset, own, 2_000))
    assert told.refused("CMU", ConfirmCancellation(asset, own, 1_000))[0] is Reason.AMOUNT
    told.does("CMU", ConfirmCancellation(asset, own, 2_000))
    bond = made.bond(asset)
    assert (made.held("Government", asset), made.held("lodged", note), bond.cancelled) == (1_000, 8_000, 2_000)
    assert (told.state.assets[asset].authorised, told.state.assets[note].authorised) == (8_000, 8_000)
    assert told.refused("CMU", ConfirmCancellation(asset, own, 2_000))[0] is Reason.STATE
    made.check()


def test_a_bond_bought_back_whole_and_cancelled_has_ended() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.issue(asset, 10_000, ("Client", 10_000))
    told.until(NEXT)
    number, own = told.parties, made.at["Government"]
    told.does("Client", trade(Side.DELIVER, asset, 10_000, made.at["Client"], number["Government"], NEXT))
    told.does("Government", trade(Side.RECEIVE, asset, 10_000, own, number["Client"], NEXT))
    told.does("Government", CancelBought(asset, own, 10_000))
    told.does("CMU", ConfirmCancellation(asset, own, 10_000))
    assert (made.bond(asset).status, told.balance(made.at["issuer"], asset)) == (BondStatus.CANCELLED, 0)
    made.check()


def test_nothing_but_issue_and_redemption_reaches_the_issuers_account() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(NEXT)
    number, issuer, own = told.parties, made.at["issuer"], made.at["Government"]
    told.does("Government", GrantRight(issuer, number["A"], Right.INSTRUCT, asset, told.state.time + 10**12))
    for command in (
        trade(Side.DELIVER, asset, 1_000, issuer, number["A"], NEXT),
        trade(Side.RECEIVE, asset, 1_000, issuer, number["A"], NEXT),
        trade(Side.RECEIVE, asset, 1_000, own, number["A"], NEXT, made.token, 900, issuer),
    ):
        assert told.refused("Government", command)[0] is Reason.PURPOSE
    assert told.refused("A", trade(Side.DELIVER, asset, 1_000, issuer, number["B"], NEXT))[0] is Reason.PURPOSE
    assert told.refused("Government", CancelBought(asset, issuer, 1_000))[0] is Reason.PURPOSE
    made.check()


def test_what_is_allotted_to_one_investor_no_other_sees() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    made.sign(asset, 10_000)
    made.allot(asset, made.allotment("A", 6_000, 6_000), made.allotment("Client", 4_000, 4_000))
    made.accept(asset, 1, "A")
    made.accept(asset, 2, "Custodian")
    made.fund("A", 6_000)
    made.fund("Custodian", 4_000)
    made.release(asset)
    told.until(NEXT)
    seen: dict[str, list[type]] = {"A": [], "B": [], "Client": []}
    for applied in told.applied:
        for outcome in applied.outcomes:
            for event, audience in zip(outcome.events, outcome.audiences, strict=True):
                for name, found in seen.items():
                    if told.parties[name] in audience and getattr(event, "asset", 0) == asset:
                        found.append(type(event))
    assert seen["A"].count(Allotted) == seen["A"].count(AllotmentIssued) == seen["A"].count(AllotmentReleased) == 1
    assert seen["Client"].count(Allotted) == seen["Client"].count(AllotmentIssued) == 1
    assert seen["B"] == []


def test_a_term_sheet_by_one_person_awaits_another_and_flags_provisional_dates() -> None:
    made = deal()
    events = made.told.send("CMU", made.sheet(), persons=("maker",))[0].events
    assert [type(event) for event in events] == [Proposed]
    assert not made.told.state.issues.bonds
    later = replace(TERMS, maturity=date(2028, 2, 3))  # the calendar is known through 2027
    (lodged,) = made.told.does("CMU", made.sheet(terms=later))
    assert isinstance(lodged, TermsLodged)
    assert lodged.provisional_from == 4


def test_only_who_is_eligible_is_allotted() -> None:
    made = deal()
    told = made.told
    classes = (ClassDefinition(3, "professional", "class", "professional"),)
    told.does("operator", PublishRulebook("HK", 1, START, "Hong Kong", classes, ()))
    assert told.refused("Lead", made.sheet(needs=1 << 2))[0] is Reason.ATTRIBUTE
    asset = made.lodge(needs=1 << 3, rulebook="HK")
    made.sign(asset, 10_000)
    reason, parts = told.refused("Lead", Allot(asset, (made.allotment("A", 10_000, 10_000),)))
    assert (reason, parts) == (Reason.NOT_ELIGIBLE, ("allotment", 1, "account", made.at["A"]))


def test_an_issue_settles_through_the_same_path_as_a_trade() -> None:
    made = deal()
    asset = made.lodge()
    made.issue(asset, 10_000, ("A", 6_000), ("B", 4_000))
    events = made.told.until(NEXT)
    settled = [event for event in events if isinstance(event, Settled)]
    assert [len(event.transactions) for event in settled] == [1, 1], "each on its own"


def test_a_bond_may_be_dated_before_its_closing_and_its_buyers_pay_what_has_accrued() -> None:
    """Interest from 28 January, the closing on 3 February: six of 365 days at 4% on HKD 10,000.00 are 6.58."""
    made = deal()
    dated = date(2026, 1, 28)
    terms = replace(TERMS, issue_date=dated, maturity=date(2027, 1, 28))
    for closes, reason in (
        (dated, Reason.DATE),
        (START - timedelta(days=1), Reason.DATE),
        (date(2026, 2, 7), Reason.DATE),  # a Saturday
        (date(2026, 7, 29), Reason.RECORD_CLOSED),
    ):
        assert made.told.refused("Lead", made.sheet(terms=terms, closing_date=closes))[0] is reason
    assert made.told.refused("Lead", made.sheet(terms=terms))[0] is Reason.DATE
    asset = made.lodge(terms=terms, closing_date=NEXT)
    made.sign(asset, 1_000_000)
    days = (NEXT - dated).days
    accrued = whole(Fraction(1_000_000 * 4 * days, 100 * 365))
    assert (days, accrued) == (6, 658)
    assert made.told.refused("Lead", Allot(asset, (made.allotment("A", 1_000_000, 1_000_000),)))[0] is Reason.AMOUNT
    made.allot(asset, made.allotment("A", 1_000_000, 1_000_000 + accrued))
    made.fund("A", 1_000_000 + accrued)
    made.accept(asset, 1, "A")
    made.release(asset)
    made.told.until(NEXT)
    assert made.held("A", asset) == 1_000_000
    first = made.told.state.servicing.actions[made.told.state.servicing.of[asset][0]]
    assert first.payment_date == date(2026, 7, 28)
    assert first.interest == 2  # 181 days at 4% on HKD 1.00: 1.98 cents, the whole period
    made.check()
