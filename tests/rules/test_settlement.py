"""Stories of settlement: a trade, a trade that lacks, a payment outside the ledger, a chain of custodians."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bauhinia.ledger.assets import Asset, AssetKind, MoneyKind
from bauhinia.ledger.days import Phase
from bauhinia.ledger.instructions import Side, Status
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.posting import Leg, post
from bauhinia.ledger.rulebooks import ClassDefinition
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.market import DeclareClosure, OpenSystem, PhaseBegan, PublishRulebook
from bauhinia.rules.onboarding import Attest
from bauhinia.rules.registers import RegisterSealed
from bauhinia.rules.rtgs import ConfirmPayment, PaymentInDoubt, RejectPayment
from bauhinia.rules.settlement import Settled, Waits
from bauhinia.words.dates import DAY
from bauhinia.words.ids import (
    AccountNumber,
    AssetNumber,
    InstructionNumber,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
)
from bauhinia.words.reasons import Reason
from tests.support import START, TABLE, Told, calendar, market, replay, seen, trade

NEXT = START + timedelta(days=1)


def bond(told: Told, issuer: str, *holders: tuple[int, int]) -> AssetNumber:
    """A bond put straight into the books: how bonds come to be issued is another story."""
    account = told.account(issuer, Purpose.ISSUER)
    number = AssetNumber(len(told.state.assets) + 1)
    told.state.assets[number] = Asset(
        number, AssetKind.BOND, "HK0000000001", "A bond", "HKD", 2, told.parties[issuer], account,
        10**12, 100, 100, told.parties["operator"], SystemNumber(1), base=number,
    )  # fmt: skip
    post(told.state.book, [Leg(number, account, AccountNumber(holder), amount) for holder, amount in holders])
    return number


def two_dealers() -> tuple[Told, AssetNumber, AssetNumber, int, int]:
    told = market()
    told.party("HKMA", Role.CENTRAL_BANK)
    told.party("Government", Role.ISSUER)
    told.party("A", Role.DEALER)
    told.party("B", Role.DEALER)
    a, b = told.account("A"), told.account("B")
    hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    return told, bond(told, "Government", (a, 1_000)), hkd, a, b


def instruct_both(
    told: Told, asset: int, hkd: int, a: int, b: int, day: date, quantity: int = 500, amount: int = 480
) -> list[object]:
    told.does("A", trade(Side.DELIVER, asset, quantity, a, told.parties["B"], day, hkd, amount, a, "A1"))
    return told.does("B", trade(Side.RECEIVE, asset, quantity, b, told.parties["A"], day, hkd, amount, b, "B1"))


def test_a_trade_settles_on_its_day_and_both_sides_move_together() -> None:
    told, asset, hkd, a, b = two_dealers()
    told.mint("HKMA", hkd, b, 480)
    instruct_both(told, asset, hkd, a, b, NEXT)
    assert told.balance(b, asset) == 0
    events = told.until(NEXT)
    assert [type(event) for event in events if isinstance(event, Settled)] == [Settled]
    assert (told.balance(a, asset), told.balance(b, asset)) == (500, 500)
    assert (told.balance(a, hkd), told.balance(b, hkd)) == (480, 0)


def test_what_lacks_is_told_once_and_settles_when_it_arrives() -> None:
    told, asset, hkd, a, b = two_dealers()
    told.mint("HKMA", hkd, b, 100)
    events = instruct_both(told, asset, hkd, a, b, START)
    (waits,) = [event for event in events if isinstance(event, Waits)]
    assert (waits.reason, waits.party) == (Reason.MONY, told.parties["B"])
    told.mint("HKMA", hkd, b, 379)
    assert told.balance(b, asset) == 0
    told.mint("HKMA", hkd, b, 1)
    assert (told.balance(b, asset), told.balance(a, hkd)) == (500, 480)


def test_an_unfunded_trade_fails_at_the_days_end_and_settles_the_day_after() -> None:
    told, asset, hkd, a, b = two_dealers()
    instruct_both(told, asset, hkd, a, b, START)
    told.until(START, 19 * 60)
    assert [each.status for each in told.state.settlement.transactions.values()] == [Status.FAILING]
    told.mint("HKMA", hkd, b, 480)
    assert told.balance(b, asset) == 0  # the cut-off has passed
    told.until(NEXT)
    assert told.balance(b, asset) == 500


def test_a_held_trade_waits_for_its_release() -> None:
    told, asset, hkd, a, b = two_dealers()
    told.mint("HKMA", hkd, b, 480)
    told.does("A", trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, hkd, 480, a, "A1", hold=True))
    events = told.does("B", trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, hkd, 480, b, "B1"))
    assert [event.reason for event in events if isinstance(event, Waits)] == [Reason.PREA]
    assert told.refused("B", ReleaseInstruction(InstructionNumber(1)))[0] is Reason.UNKNOWN_INSTRUCTION
    told.does("A", ReleaseInstruction(InstructionNumber(1)))
    assert told.balance(b, asset) == 500
    assert told.refused("A", HoldInstruction(InstructionNumber(1)))[0] is Reason.STATE


def test_a_matched_trade_is_cancelled_by_both_sides_only() -> None:
    told, asset, hkd, a, b = two_dealers()
    instruct_both(told, asset, hkd, a, b, NEXT)
    told.does("A", CancelInstruction(InstructionNumber(1)))
    assert told.state.settlement.live
    told.does("B", CancelInstruction(InstructionNumber(2)))
    assert not told.state.settlement.live


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_outside_payment_earmarks_here_and_moves_only_when_confirmed_there(confirmed: bool) -> None:
    told, asset, _, a, b = two_dealers()
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    told.does("A", trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, rtgs, 480, 0, "A1"))
    told.does("B", trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, rtgs, 480, 0, "B1"))
    assert told.state.positions.earmarked(AccountNumber(a), asset) == 500
    events = told.until(START, 12 * 60)
    assert PaymentInDoubt(1) in events
    assert told.state.positions.earmarked(AccountNumber(a), asset) == 500
    assert told.refused("B", ConfirmPayment(1, "x"))[0] is Reason.NOT_AUTHORISED
    if confirmed:
        told.does("HKMA", ConfirmPayment(1, "CHATS-1"))
    else:
        told.does("HKMA", RejectPayment(1, "no funds"))
    assert told.balance(b, asset) == (500 if confirmed else 0)
    assert told.state.positions.earmarked(AccountNumber(a), asset) == 0


def test_a_trade_that_is_instructed_late_keeps_its_date_and_is_failing_from_the_start() -> None:
    told, asset, hkd, a, b = two_dealers()
    told.until(START + timedelta(days=3))
    closed = trade(Side.DELIVER, asset, 500, a, told.parties["B"], START - timedelta(days=1), reference="Sunday")
    assert told.refused("A", closed) == (Reason.DATE, ("settlement_date", "is no business day"))
    instruct_both(told, asset, hkd, a, b, START)
    assert told.state.settlement.transactions[TransactionNumber(1)].status is Status.FAILING
    told.mint("HKMA", hkd, b, 480)
    assert told.balance(b, asset) == 500
    told.until(START + timedelta(days=30))
    late = trade(Side.DELIVER, asset, 500, b, told.parties["A"], START, reference="too late")
    assert told.refused("B", late) == (Reason.DATE, ("settlement_date", START, "is past"))


def test_a_day_that_a_late_closure_has_taken_is_no_settlement_date() -> None:
    told, asset, _, a, _ = two_dealers()
    told.does("operator", DeclareClosure("HK", NEXT))
    closed = trade(Side.DELIVER, asset, 500, a, told.parties["B"], NEXT)
    assert told.refused("A", closed) == (Reason.DATE, ("settlement_date", "is no business day"))


def test_a_payment_rejected_after_its_day_leaves_the_trade_failing() -> None:
    told, asset, _, a, b = two_dealers()
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    told.does("A", trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, rtgs, 480, 0, "A1"))
    told.does("B", trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, rtgs, 480, 0, "B1"))
    told.until(NEXT)
    told.does("HKMA", RejectPayment(1, "no funds"))
    assert told.state.settlement.transactions[TransactionNumber(1)].status is Status.FAILING


def test_a_transfer_between_clients_of_two_custodians_burns_moves_and_mints() -> None:
    told, asset, _, a, _ = two_dealers()
    told.party("C1", Role.CUSTODIAN)
    told.party("C2", Role.CUSTODIAN)
    told.party("client", Role.INVESTOR)
    told.party("other", Role.INVESTOR)
    omnibus1, omnibus2 = told.account("C1", Purpose.OMNIBUS), told.account("C2", Purpose.OMNIBUS)
    client = told.account("client", tier=omnibus1, by="C1")
    other = told.account("other", tier=omnibus2, by="C2")
    told.does("A", trade(Side.DELIVER, asset, 300, a, told.parties["client"], START, reference="1"))
    told.does("client", trade(Side.RECEIVE, asset, 300, client, told.parties["A"], START, reference="1"))
    told.does("client", trade(Side.DELIVER, asset, 200, client, told.parties["other"], START, reference="2"))
    told.does("other", trade(Side.RECEIVE, asset, 200, other, told.parties["client"], START, reference="2"))
    first, second = told.state.entitlements[asset]
    assert (told.balance(omnibus1, asset), told.balance(client, first)) == (100, 100)
    assert (told.balance(omnibus2, asset), told.balance(other, second)) == (200, 200)
    assert told.balance(client, asset) == 0


def test_a_keeper_is_told_what_settles_in_its_own_book() -> None:
    told, asset, _, a, _ = two_dealers()
    for name, role in (("C1", Role.CUSTODIAN), ("C2", Role.CUSTODIAN), ("x", Role.INVESTOR), ("y", Role.INVESTOR)):
        told.party(name, role)
    omnibus = told.account("C1", Purpose.OMNIBUS)
    x, y = (told.account(who, tier=omnibus, by="C1") for who in ("x", "y"))
    told.does("A", trade(Side.DELIVER, asset, 300, a, told.parties["x"], START, reference="1"))
    told.does("x", trade(Side.RECEIVE, asset, 300, x, told.parties["A"], START, reference="1"))
    told.does("x", trade(Side.DELIVER, asset, 100, x, told.parties["y"], START, reference="2"))
    told.does("y", trade(Side.RECEIVE, asset, 100, y, told.parties["x"], START, reference="2"))
    both = [(number,) for number in (1, 2)]
    assert [event.transactions for event in seen(told, "C1") if isinstance(event, Settled)] == both
    assert [event.transactions for event in seen(told, "A") if isinstance(event, Settled)] == both[:1]
    assert not [event for event in seen(told, "C2") if isinstance(event, Settled)]


def test_a_state_survives_its_snapshot() -> None:
    told, asset, hkd, a, b = two_dealers()
    instruct_both(told, asset, hkd, a, b, NEXT)
    data = write_snapshot(told.state)
    told.state = read_snapshot(data)
    assert write_snapshot(told.state) == data
    told.mint("HKMA", hkd, b, 480)
    told.until(NEXT)
    assert told.balance(b, asset) == 500
    assert PartyNumber(1) in told.state.parties


def test_a_trade_that_waits_for_a_holder_to_be_eligible_settles_when_it_is() -> None:
    told, asset, _, a, b = two_dealers()
    told.party("Attester", Role.ATTESTER)
    needed = ClassDefinition(3, "professional", "investor", "professional")
    told.does("operator", PublishRulebook("law", 1, START, "Law", (needed,), ()))
    told.state.assets[asset].needs = 1 << 3
    told.does("A", trade(Side.DELIVER, asset, 500, a, told.parties["B"], START, reference="A1"))
    told.does("B", trade(Side.RECEIVE, asset, 500, b, told.parties["A"], START, reference="B1"))
    (transaction,) = told.state.settlement.transactions.values()
    assert (transaction.reason, told.balance(b, asset)) == (Reason.NOT_ELIGIBLE, 0)
    until = told.state.time + 30 * DAY
    told.does("Attester", Attest(told.parties["B"], "investor", "private", until))
    assert told.balance(b, asset) == 0
    told.does("Attester", Attest(told.parties["B"], "investor", "professional", until))
    assert told.balance(b, asset) == 500


OPENED_LATE = START + timedelta(days=2)


def closed_early(minute: int) -> Told:
    """Two dealers with a trade done, one that lacks its money, and a closure of the day at a minute of it."""
    told, asset, hkd, a, b = two_dealers()
    told.mint("HKMA", hkd, b, 480)
    instruct_both(told, asset, hkd, a, b, START)
    told.does("A", trade(Side.DELIVER, asset, 100, a, told.parties["B"], START, hkd, 90, a, "A2"))
    told.does("B", trade(Side.RECEIVE, asset, 100, b, told.parties["A"], START, hkd, 90, b, "B2"))
    told.until(START, minute)
    told.does("operator", DeclareClosure("HK", START))
    return told


@pytest.mark.parametrize("minute", [10 * 60, 16 * 60 + 30, 17 * 60 + 30])
def test_a_day_closed_early_ends_as_every_day_does(minute: int) -> None:
    told = closed_early(minute)
    outcomes = told.applied[-1].outcomes
    named = [type(event).__name__ for outcome in outcomes for event in outcome.events]
    assert named == ["ClosureDeclared", "PhaseBegan", "Failed", "RegisterSealed", "Reconciled", "PhaseBegan"]
    system, (register,) = told.state.days.systems[SystemNumber(1)], told.state.registers.books.values()
    assert (system.date, system.phase) == (NEXT, Phase.CLOSED)
    assert register.seal is not None
    assert (register.seal.day, register.seal.number, register.changed) == (START, 1, False)
    assert (told.state.settlement.done, list(told.state.settlement.transactions)) == ([], [3]), "the rest is forgotten"
    assert told.state.settlement.transactions[TransactionNumber(3)].status is Status.FAILING
    events = told.until(NEXT)  # over the hours at which the day would have gone on
    assert [(each.date, each.phase) for each in events if isinstance(each, PhaseBegan)] == [(NEXT, Phase.OPEN)]
    assert not [each for each in events if isinstance(each, RegisterSealed)]


def test_a_failing_trade_of_a_day_closed_early_settles_on_the_next() -> None:
    told = closed_early(10 * 60)
    told.mint("HKMA", told.state.codes["HKD.T"], 2, 90)
    assert told.state.settlement.live
    events = told.until(NEXT)
    assert [event.transactions for event in events if isinstance(event, Settled)] == [(TransactionNumber(3),)]


@pytest.mark.parametrize(("day", "minute"), [(START, 18 * 60 + 30), (NEXT, 7 * 60)])
def test_a_day_that_had_not_begun_is_passed_over(day: date, minute: int) -> None:
    told, *_ = two_dealers()
    told.until(day, minute)
    assert [type(event).__name__ for event in told.does("operator", DeclareClosure("HK", NEXT))] == ["ClosureDeclared"]
    assert told.state.days.systems[SystemNumber(1)].date == OPENED_LATE
    events = told.until(OPENED_LATE)
    assert [(each.date, each.phase) for each in events if isinstance(each, PhaseBegan)] == [(OPENED_LATE, Phase.OPEN)]


def test_a_closure_of_one_centre_ends_the_day_of_its_systems_alone() -> None:
    told = market(START, calendar(), calendar("US"))
    told.does("operator", OpenSystem("Fed", ("US",), replace(TABLE, offset=-300), NEXT))
    told.until(NEXT, 23 * 60 + 30)  # half past ten in the morning there, past the end of the day here
    told.does("operator", DeclareClosure("US", NEXT))
    phases = {system.name: (system.date, system.phase) for system in told.state.days.systems.values()}
    assert phases == {"CMU": (OPENED_LATE, Phase.CLOSED), "Fed": (OPENED_LATE, Phase.CLOSED)}
    ended = [event.system for outcome in told.applied[-1].outcomes for event in outcome.events
             if isinstance(event, PhaseBegan)]  # fmt: skip
    assert ended == [2, 2]
    replay(told)
