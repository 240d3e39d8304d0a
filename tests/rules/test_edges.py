"""Corners that random lives and wrong fields have led into, each as the short story of what must happen there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bauhinia.bond.calendar import BusinessDayConvention, Calendar
from bauhinia.bond.daycount import DayCount
from bauhinia.ledger.actions import ActionStatus
from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.bonds import BondStatus, Conditions
from bauhinia.ledger.instructions import Order, Side
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import ClassDefinition, Provision
from bauhinia.machine.events import event_bytes, read_events
from bauhinia.rules.allotment import AcceptAllotment
from bauhinia.rules.default import Accelerate
from bauhinia.rules.four_eyes import Approve
from bauhinia.rules.funding import AppointPayingAccount
from bauhinia.rules.instructing import Instructed
from bauhinia.rules.issue import TermsLodged
from bauhinia.rules.market import OpenSystem, PublishCalendar, PublishRulebook, SetTime
from bauhinia.rules.money import CreateMoney, MintMoney, MoneyCreated, RedeemMoney
from bauhinia.rules.onboarding import CloseAccount, OpenAccount, RegisterParty, RotateKeys
from bauhinia.rules.powers import ForceTransfer, PauseAsset
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.tap import MergerBegan
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AssetNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import ISINS, NEXT, TERMS, deal
from tests.rules.served import FIRST, LAST, LAST_COUPON, LOT, LOTS, coupon, funds, redemption, served, status
from tests.rules.test_tap import QUARTERLY, TAP_DAY, lodging
from tests.support import START, TABLE, calendar, keys_of, market, trade

ORDER = bytes(range(32))
CLOSED = 19 * 60
DAY = timedelta(days=1)


# --- who may reach what ---------------------------------------------------------------------------------------------


def test_what_lies_in_suspense_or_with_the_agent_is_spent_by_servicing_alone() -> None:
    made, asset = served(("A", 3))
    told, token = made.told, made.token
    told.mint("HKMA", token, made.at["paying"], 500)
    assert told.refused("HKMA", MintMoney(token, made.at["suspense"], 500, "r"))[0] is Reason.PURPOSE
    for name in ("paying", "suspense"):
        account = made.at[name]
        assert told.refused("Agent", RedeemMoney(token, account, 100, "r"))[0] is Reason.PURPOSE
        order = trade(Side.RECEIVE, asset, LOT, account, told.parties["A"], NEXT)
        assert told.refused("Agent", order)[0] is Reason.PURPOSE
    made.check()


def test_books_stand_in_books_only_so_deep() -> None:
    told = market()
    told.party("C", Role.CUSTODIAN)
    account = told.account("C", Purpose.OMNIBUS)
    for _ in range(15):
        account = told.account("C", Purpose.OMNIBUS, tier=account, by="C")
    deeper = OpenAccount(told.parties["C"], Purpose.OWN, "deeper", account, NO_ACCOUNT)
    assert told.refused("C", deeper)[0] is Reason.STATE


def test_an_account_is_not_opened_in_a_closed_book_nor_paid_where_nothing_may_be_paid() -> None:
    told = market()
    told.party("C", Role.CUSTODIAN)
    party = told.parties["C"]
    omnibus, reserve = told.account("C", Purpose.OMNIBUS), told.account("C", Purpose.RESERVE)
    paid_there = OpenAccount(party, Purpose.OWN, "own", NO_ACCOUNT, reserve)
    assert told.refused("operator", paid_there)[0] is Reason.PURPOSE
    told.does("C", CloseAccount(omnibus))
    assert told.refused("C", OpenAccount(party, Purpose.OWN, "own", omnibus, NO_ACCOUNT))[0] is Reason.CLOSED
    in_closed = OpenAccount(party, Purpose.OWN, "own", NO_ACCOUNT, omnibus)
    assert told.refused("operator", in_closed)[0] is Reason.CLOSED


def test_an_account_to_which_something_is_on_its_way_is_not_closed() -> None:
    made, asset = served(("A", 3))
    told, number = made.told, made.told.parties
    spare = told.account("B")
    told.does("A", trade(Side.DELIVER, asset, LOT, made.at["A"], number["B"], NEXT, made.rtgs, LOT, 0, "1"))
    told.does("B", trade(Side.RECEIVE, asset, LOT, spare, number["A"], NEXT, made.rtgs, LOT, 0, "1"))
    assert told.refused("B", CloseAccount(spare))[0] is Reason.STATE
    assert told.refused("Agent", CloseAccount(made.at["paying"]))[0] is Reason.STATE
    told.does("HKMA", ConfirmPayment(1, "CHATS 1"))
    assert told.balance(spare, asset) == LOT
    made.check()


def test_two_persons_who_approve_at_once_both_count() -> None:
    told = market()
    persons = ("a", "b", "c", "d")
    keys = tuple(
        replace(keys_of("operator")[0], public=bytes([n]) * 32, person=who) for n, who in enumerate(persons, 1)
    )
    told.does("operator", RotateKeys(keys, 4))
    party = told.state.parties[told.parties["operator"]]
    assert party.threshold == 4
    command = RegisterParty("B", "", "HK", (Role.DEALER,), keys_of("B"), 1, b"")

    def sends(value: Any, *who: str) -> Any:
        entry = told.entry("operator", value)
        assert entry.envelope is not None
        entry.envelope.signatures = [(key.public, bytes(64)) for key in keys if key.person in who]
        return told.block(entry)[0]

    sends(command, "a")
    assert sends(Approve(1), "b", "c").code == 0
    assert told.state.proposals[1].persons == ("a", "b", "c")
    assert sends(Approve(1), "d").code == 0
    assert told.state.parties[max(told.state.parties)].name == "B"


# --- what is told is what is kept -----------------------------------------------------------------------------------


def test_an_event_says_what_it_said_when_it_was_told() -> None:
    """A money that is paused in the block in which it was made is told as made first: later states change no event."""
    told = market()
    told.party("HKMA", Role.CENTRAL_BANK)
    account = told.account("HKMA", Purpose.ISSUER)
    make = CreateMoney("T", "T", "HKD", MoneyKind.CBDC, SystemNumber(1), account, 10, NO_ACCOUNT, NO_ASSET)
    pause = PauseAsset(AssetNumber(1), Cause.OPERATIONS, b"")
    outcomes = told.block(told.entry("HKMA", make), told.entry("operator", pause))
    assert [outcome.code for outcome in outcomes] == [0, 0]
    (created,) = outcomes[0].events
    assert isinstance(created, MoneyCreated)
    assert not created.asset.paused
    assert told.state.assets[AssetNumber(1)].paused


def test_an_event_in_memory_is_the_event_of_its_bytes() -> None:
    made, asset = served(("A", 3))
    told = made.told
    told.does("A", trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties["B"], NEXT))
    events = [event for applied in told.applied for outcome in applied.outcomes for event in outcome.events]
    assert read_events(event_bytes(events)) == events
    (instructed,) = [event for event in events if isinstance(event, Instructed)]
    assert type(instructed.order) is Order
    assert TermsLodged in {type(event) for event in events}


# --- days and rules that would stop the market -----------------------------------------------------------------------


def weekdays(first: date, count: int) -> tuple[date, ...]:
    days = (first + timedelta(days=n) for n in range(count))
    return tuple(day for day in days if day.weekday() < 5)


def test_centres_are_never_closed_for_longer_than_anyone_looks_ahead() -> None:
    """Over such a closure no business date would ever roll, and the market would stop there, and at every restart."""
    long = weekdays(date(2026, 6, 1), 70)
    told = market(START, calendar("HK"), calendar("UK", date(2027, 12, 31), *weekdays(date(2026, 6, 1), 40)))
    assert told.refused("operator", PublishCalendar(replace(calendar(), version=2, holidays=long)))[0] is Reason.DATE
    rest = weekdays(date(2026, 7, 11), 40)
    told.does("operator", PublishCalendar(replace(calendar(), version=2, holidays=rest)))
    joint = OpenSystem("Joint", ("HK", "UK"), TABLE, START + DAY)
    assert told.refused("operator", joint)[0] is Reason.DATE
    weekend = Calendar("XX", 1, date(2020, 1, 1), date(2027, 12, 31), (), (0, 1, 2, 3, 4))
    told.does("operator", PublishCalendar(weekend))
    never = OpenSystem("Never", ("HK", "XX"), TABLE, date(2026, 2, 7))
    assert told.refused("operator", never)[0] is Reason.DATE
    told.until(date(2026, 9, 1))


def test_terms_that_no_calendar_lets_come_due_are_refused() -> None:
    made = deal(START, "HKD", calendar(), calendar("UK", date(2028, 12, 31), *weekdays(date(2026, 6, 1), 40)))
    told = made.told
    told.does("operator", PublishCalendar(replace(calendar(), version=2, holidays=weekdays(date(2026, 7, 11), 40))))
    joint = made.sheet(terms=replace(TERMS, calendars=("HK", "UK"), frequency=0))
    assert told.refused("Lead", joint)[0] is Reason.DATE
    nothing = made.sheet(terms=replace(LOTS, redemption_price=TERMS.rate / 10**7))
    assert told.refused("Lead", nothing) == (Reason.TERMS, ("redemption_price", "repays nothing of", LOT))


def test_a_last_period_that_the_day_count_does_not_know_is_refused() -> None:
    """Act/Act ICMA counts in regular periods; a last one that is moved out of them has no part of a year."""
    made = deal()
    terms = replace(
        TERMS, maturity=date(2027, 1, 30), penultimate_coupon=date(2026, 7, 31), first_coupon=date(2026, 7, 31),
        day_count=DayCount.ACT_ACT_ICMA, business_day=BusinessDayConvention.FOLLOWING,
    )  # fmt: skip
    assert made.told.refused("Lead", made.sheet(terms=terms))[0] is Reason.TERMS


def test_a_calendar_never_forgets_and_never_ends() -> None:
    told = market()
    for changes, reason in (
        ({"known_from": date(2026, 1, 1)}, Reason.DATE),
        ({"known_through": date.max}, Reason.DATE),
        ({"version": 1 << 40}, Reason.AMOUNT),
        ({"centre": "HK\n"}, Reason.TEXT),
    ):
        wrong = replace(calendar(), **{"version": 2, **changes})  # type: ignore[arg-type]
        assert told.refused("operator", PublishCalendar(wrong))[0] is reason


def test_a_rulebook_holds_nothing_that_no_machine_can_read() -> None:
    told = market()
    book = PublishRulebook("house", 1, START, "House rules", (), (Provision("power.defer_days", "9" * 5_000, "rule"),))
    assert told.refused("operator", book)[0] is Reason.TEXT
    each = ClassDefinition(0, "professional", "status", "professional")
    twice = replace(book, provisions=(), classes=(each, each))
    assert told.refused("operator", twice)[0] is Reason.DUPLICATE
    assert told.refused("operator", replace(twice, classes=(replace(each, value=""),)))[0] is Reason.TEXT
    assert told.refused("operator", replace(book, provisions=(), effective=date.max))[0] is Reason.DATE


def test_time_is_told_as_far_as_dates_are_counted() -> None:
    """Where nothing is due that would hold it back, too."""
    told = market()
    told.state.days.agenda.clear()
    assert told.refused("operator", SetTime((1 << 63) - 1))[0] is Reason.DATE


# --- payments at the end of a bond -----------------------------------------------------------------------------------


def test_what_is_released_and_never_paid_for_is_not_issued_after_redemption() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=LOTS)
    made.sign(asset, 2 * LOT)
    made.allot(asset, made.allotment("A", LOT, LOT), made.allotment("B", LOT, LOT))
    made.fund("A", LOT)
    for number, who in ((1, "A"), (2, "B")):
        made.accept(asset, number, who)
    made.release(asset)
    told.until(LAST - DAY, CLOSED)
    assert not told.state.settlement.live
    made.fund("B", LOT)
    told.until(LAST + DAY)
    assert made.held("B", asset) == 0
    assert told.refused("B", AcceptAllotment(asset, 2))[0] is Reason.STATE


def accelerated(*shares: tuple[str, int]) -> Any:
    """A bond whose first coupon did not come, whose principal is due, and half of which has been paid pro rata."""
    made, asset = served(*shares, conditions=Conditions(grace_days=0, pro_rata=True))
    told = made.told
    told.until(FIRST + DAY)
    told.does("Trustee", Accelerate(asset))
    lots = sum(count for _, count in shares)
    funds(made, coupon(made, asset), lots * 19_836)
    return made, asset, redemption_now(made, asset)


def redemption_now(made: Any, asset: AssetNumber) -> Any:
    return made.told.state.servicing.actions[made.told.state.servicing.closed[asset]]


def force(made: Any, asset: AssetNumber, giver: str, taker: str, amount: int) -> None:
    command = ForceTransfer(asset, made.at[giver], made.at[taker], amount, Cause.COURT_ORDER, ORDER)
    made.told.does("operator", command)


def test_units_that_arrive_at_a_holder_who_is_redeemed_already_are_redeemed_too() -> None:
    """The trade's payment is in doubt over the redemption: the buyer is paid for its own units, then for these."""
    made, asset = served(("A", 2), ("B", 1))
    told, number = made.told, made.told.parties
    funds(made, coupon(made, asset), 3 * 19_836)
    told.until(LAST - timedelta(days=1))
    for who, side, other in (("A", Side.DELIVER, "B"), ("B", Side.RECEIVE, "A")):
        told.does(who, trade(side, asset, LOT, made.at[who], number[other], told_date(made), made.rtgs, LOT, 0, "1"))
    told.until(LAST - DAY, CLOSED)
    action = redemption(made, asset)
    funds(made, action, 3 * (LOT + LAST_COUPON))
    told.until(LAST, 12 * 60)
    assert (made.held("A", asset), made.held("B", asset)) == (2 * LOT, 0), "A's units are under way"
    told.does("HKMA", ConfirmPayment(1, "CHATS 1"))
    assert (made.held("A", asset), made.held("B", asset)) == (0, 0)
    assert made.held("B", made.token) == 19_836 + 2 * (LOT + LAST_COUPON)
    assert (status(action), made.bond(asset).status) == (ActionStatus.PAID, BondStatus.REDEEMED)
    made.check()


def told_date(made: Any) -> date:
    return next(iter(made.told.state.days.systems.values())).date  # type: ignore[no-any-return]


def test_a_keeper_pays_on_no_more_than_it_was_paid_when_units_come_in_late() -> None:
    """Half was paid to each; then units come into the keeper's book on which the half was paid elsewhere."""
    made, asset, action = accelerated(("A", 2), ("Client", 2), ("B", 2))
    told = made.told
    funds(made, action, 3 * LOT)
    told.until(FIRST + DAY, 16 * 60)
    paid = made.held("Client", made.token)
    assert paid > 0
    told.until(FIRST + 2 * DAY)
    force(made, asset, "A", "Client", LOT)
    told.until(FIRST + 3 * DAY)
    funds(made, action, 4 * LOT)
    total = 6 * action.amount(LOT, LOT) + 6 * 19_836
    assert sum(made.held(who, made.token) for who in ("A", "B", "Client", "omnibus")) == total
    assert made.held("omnibus", made.token) == 0
    assert made.bond(asset).status is BondStatus.REDEEMED
    made.check()


def test_a_power_moves_no_part_of_a_calculation_amount() -> None:
    made, asset = served(("A", 2))
    part = ForceTransfer(asset, made.at["A"], made.at["B"], LOT // 2, Cause.DEATH, ORDER)
    assert made.told.refused("operator", part)[0] is Reason.MULTIPLE


# --- taps that part from their bond ----------------------------------------------------------------------------------


def test_a_tap_does_not_merge_while_what_is_still_to_be_issued_is_being_paid_for() -> None:
    """Else the confirmation would issue what is no longer authorised, and the market would stop."""
    made = deal()
    told = made.told
    asset = made.lodge(terms=QUARTERLY)
    made.issue(asset, 6_000, ("A", 6_000))
    told.until(TAP_DAY)
    told.does("CMU", lodging(asset))
    further = told.state.codes[ISINS[1]]
    made.sign(further, 5_000)
    made.allot(further, made.allotment("A", 3_000, 3_000), made.allotment("B", 2_000, 2_000, rtgs=True))
    made.fund("A", 3_000)
    for number, who in ((1, "A"), (2, "B")):
        made.accept(further, number, who)
    made.release(further)
    made.serve(asset, 60)
    made.serve(further, 30)
    events = told.until(date(2026, 5, 6), CLOSED)
    assert MergerBegan not in {type(event) for event in events}
    told.does("HKMA", ConfirmPayment(1, "CHATS 1"))
    assert MergerBegan in {type(event) for event in told.until(date(2026, 5, 7), CLOSED)}
    assert (made.held("B", asset), made.bond(asset).issued) == (2_000, 11_000)
    made.check()


def test_a_tap_whose_principal_is_accelerated_stays_apart() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=QUARTERLY, conditions=Conditions(grace_days=0))
    made.issue(asset, 6_000, ("A", 6_000))
    told.until(TAP_DAY)
    told.does("CMU", lodging(asset))
    further = told.state.codes[ISINS[1]]
    made.issue(further, 3_000, ("B", 3_000))
    made.serve(asset, 60)
    paying, suspense = told.account("Agent", Purpose.PAYING), told.account("Agent", Purpose.SUSPENSE)
    told.does("Agent", AppointPayingAccount(further, made.token, paying, suspense))
    told.until(date(2026, 5, 6))
    told.does("Trustee", Accelerate(further))
    for number in told.state.servicing.owed[further]:
        funds(made, told.state.servicing.actions[number], 4_000)
    assert made.bond(further).status is BondStatus.REDEEMED
    events = told.until(date(2026, 6, 1), CLOSED)
    assert MergerBegan not in {type(event) for event in events}
    assert (made.bond(further).issued, made.bond(asset).issued) == (3_000, 6_000)
    made.check()
