"""A custodian in default: its clients' accounts are out of reach of what it owes, and go to another custodian."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from bauhinia.ledger.actions import PayState
from bauhinia.ledger.instructions import OPEN, Side, Status
from bauhinia.ledger.parties import Purpose, Right, Role, Standing
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import ClassDefinition, Provision
from bauhinia.rules.instructing import CancelInstruction, HoldSet, InstructionCancelled, ReleaseInstruction
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.onboarding import Attest, GrantRight, SetStanding
from bauhinia.rules.porting import AcceptClients, Carried, ClientsPorted, PortClients
from bauhinia.rules.powers import ForceTransfer, NoticeGiven
from bauhinia.rules.reconciliation import ExplainBreak, ResolveBreak, StateHoldings
from bauhinia.rules.registers import lines
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.rules.unclaimed import ReleaseSuspense
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, Deal
from tests.rules.served import COUPON, LOT, LOTS, coupon, funds, served
from tests.support import START, seen, trade

LATER = NEXT + timedelta(days=2)
ORDER = bytes(range(32))


@dataclass
class Custody:
    """A custodian with an omnibus account and its book, an account segregated for one client, and one of its own; A, B
    and another custodian beside it."""

    made: Deal
    asset: AssetNumber

    def fails(self, standing: Standing = Standing.INSOLVENT) -> list[Any]:
        told = self.made.told
        return told.does("operator", SetStanding(told.parties["Custodian"], standing, "resolution"))

    def accepts(self, name: str = "omnibus", cash: str = "Next") -> None:
        self.made.told.does("Next", AcceptClients(self.made.at[name], self.made.at[cash] if cash else NO_ACCOUNT))

    def port(self, name: str = "omnibus") -> PortClients:
        return PortClients(self.made.at[name], self.made.told.parties["Next"], Cause.INSOLVENCY, ORDER)

    def goes(self, name: str = "omnibus") -> list[Any]:
        self.accepts(name)
        return self.made.told.does("CMU", self.port(name))

    def orders(self, giver: str, taker: str, reference: str, by: str = "", against: str = "", **more: Any) -> None:
        """Both sides instruct a lot; `by` gives the giver's side, `against` takes the taker's."""
        told, at = self.made.told, self.made.at
        by, against = by or self.holder(giver), against or self.holder(taker)
        number = told.parties
        out = trade(Side.DELIVER, self.asset, LOT, at[giver], number[against], LATER, reference=reference, **more)
        into = trade(Side.RECEIVE, self.asset, LOT, at[taker], number[by], LATER, reference=reference, **more)
        told.does(by, out)
        told.does(against, into)

    def alone(self, giver: str, by: str, reference: str) -> int:
        told = self.made.told
        order = trade(Side.DELIVER, self.asset, LOT, self.made.at[giver], told.parties["B"], LATER, reference=reference)
        told.does(by, order)
        return told.state.settlement.last_instruction

    def holder(self, account: str) -> str:
        number = self.made.told.state.accounts[self.made.at[account]].holder
        return next(name for name, each in self.made.told.parties.items() if each == number)

    def trade(self, reference: str) -> Any:
        """The transaction of the last instruction with a reference."""
        settlement = self.made.told.state.settlement
        found = [each for each in settlement.instructions.values() if each.order.reference == reference]
        return settlement.transactions[found[-1].transaction]


def custody(moment: str = "SF2", **more: str) -> Custody:
    """`more` are provisions beside the moment, with an underscore for the point."""
    provisions = {"finality.moment": moment, **{name.replace("_", "."): value for name, value in more.items()}}

    def before(made: Deal) -> None:
        told = made.told
        told.party("Next", Role.CUSTODIAN)
        made.at["Next"] = told.account("Next")
        made.at["segregated"] = told.account("Custodian", Purpose.SEGREGATED, cash=made.at["Custodian"])
        said = tuple(Provision(name, value, "-") for name, value in provisions.items())
        told.does("operator", PublishRulebook("contractual", 1, START, "-", (), said))

    made, asset = served(("A", 3), ("B", 2), ("Client", 3), ("Custodian", 2), before=before, terms=LOTS)
    told = made.told
    until = told.state.time + 300 * DAY
    told.does("Client", GrantRight(made.at["Client"], told.parties["Custodian"], Right.INSTRUCT, asset, until))
    found = Custody(made, asset)
    found.orders("A", "segregated", "to clients")
    told.until(LATER)
    return found


def test_an_omnibus_account_goes_with_its_book_and_nothing_moves() -> None:
    story = custody()
    made, told, state = story.made, story.made.told, story.made.told.state
    before = list(state.positions.columns)
    story.fails()
    (event,) = [each for each in story.goes() if isinstance(each, ClientsPorted)]
    assert (event.giver, event.taker) == (told.parties["Custodian"], told.parties["Next"])
    assert list(state.positions.columns) == before
    account = state.accounts[made.at["omnibus"]]
    (book,) = account.backs.values()
    assert (account.holder, account.cash_account) == (told.parties["Next"], made.at["Next"])
    assert (state.assets[book].issuer, state.assets[book].registrar) == (told.parties["Next"],) * 2
    assert state.accounts[made.at["Client"]].keeper == told.parties["Next"]
    assert made.at["omnibus"] in state.parties[told.parties["Next"]].accounts
    assert made.at["omnibus"] not in state.parties[told.parties["Custodian"]].accounts
    assert made.held("Client", book) == 3 * LOT
    assert state.accounts[made.at["segregated"]].holder == told.parties["Custodian"]  # goes by itself
    made.check()


def test_the_client_goes_on_trading_in_between_and_after() -> None:
    story = custody("SF3")
    made, told = story.made, story.made.told
    story.fails()
    for reference in ("while its custodian is insolvent", "under the new one"):
        out = trade(Side.DELIVER, story.asset, LOT, made.at["Client"], told.parties["A"], LATER, reference=reference)
        into = trade(Side.RECEIVE, story.asset, LOT, made.at["A"], told.parties["Client"], LATER, reference=reference)
        told.does("Client", out)
        told.does("A", into)
        if reference != "under the new one":
            story.goes()
    assert made.held("A", story.asset) == 4 * LOT
    made.check()


@pytest.mark.parametrize("moment", ["SF1", "SF2", "SF3"])
def test_what_becomes_of_what_the_custodian_had_under_way(moment: str) -> None:
    """Its own follows the rulebook's moment. Its clients' is not cancelled: what has not passed the moment waits, and
    the new custodian lets it go."""
    story = custody(moment)
    made, told, state = story.made, story.made.told, story.made.told.state
    day = LATER + timedelta(days=1)
    number = told.parties
    gives = {"own": "Custodian", "segregated": "segregated", "client": "Client"}
    for name, account in gives.items():
        out = trade(Side.DELIVER, story.asset, LOT, made.at[account], number["B"], day, reference=f"{name} matched")
        into = trade(
            Side.RECEIVE, story.asset, LOT, made.at["B"], number["Custodian"], day, reference=f"{name} matched"
        )
        told.does("Custodian", out)
        told.does("B", into)
        alone = trade(Side.DELIVER, story.asset, LOT, made.at[account], number["A"], day, reference=f"{name} alone")
        if name != "segregated":  # it holds one lot alone
            told.does("Custodian", alone)
    events = story.fails()
    cancelled = [each for each in events if isinstance(each, TransactionCancelled | InstructionCancelled)]
    held = [each.instruction for each in events if isinstance(each, HoldSet)]
    assert len(cancelled) == {"SF1": 0, "SF2": 1, "SF3": 2}[moment]  # its own alone
    assert len(held) == {"SF1": 0, "SF2": 1, "SF3": 3}[moment]
    for name in ("omnibus", "segregated"):
        story.goes(name)
    carried = {each.order.reference for each in state.settlement.instructions.values() if each.party == number["Next"]}
    assert carried == {"segregated matched", "client matched", "client alone"}
    if held:
        told.does("Next", *(ReleaseInstruction(each) for each in held))
    into = trade(Side.RECEIVE, story.asset, LOT, made.at["A"], number["Next"], day, reference="at last")
    told.does("A", into)
    told.until(day)
    book = next(iter(state.accounts[made.at["omnibus"]].backs.values()))
    own = {"SF1": 1, "SF2": 1, "SF3": 2}[moment]
    assert made.held("Custodian", story.asset) == own * LOT
    assert (made.held("segregated", story.asset), made.held("Client", book)) == (0, LOT)
    assert made.held("A", story.asset) == 3 * LOT
    made.check()


def test_a_rulebook_may_have_clients_business_go_with_the_rest() -> None:
    story = custody("SF3", default_clients="CANCEL")
    story.orders("segregated", "B", "matched", hold=True)
    events = story.fails()
    assert [type(each) for each in events if not isinstance(each, HoldSet)][-1] is TransactionCancelled
    assert not [each for each in events if isinstance(each, HoldSet)]
    story.made.check()


def test_trades_that_wait_in_the_queue_are_told_anew_to_their_new_side() -> None:
    story = custody("SF2")
    made, told, state = story.made, story.made.told, story.made.told.state
    made.at["empty"] = told.account("Custodian", Purpose.SEGREGATED)
    told.does("Next", trade(Side.DELIVER, story.asset, LOT, made.at["Next"], told.parties["B"], LATER, reference="R"))
    story.orders("empty", "B", "R")
    waiting: Any = story.trade("R")
    assert waiting.reason is Reason.LACK
    story.fails()
    assert waiting.status in OPEN
    events = story.goes("empty")
    (event,) = [each for each in events if isinstance(each, ClientsPorted)]
    assert event.carried == (Carried(waiting.deliver, f"R~{waiting.deliver}"),)
    assert waiting.lacking_party == told.parties["Next"]
    story.orders("A", "empty", "feed", against="Next")
    assert waiting.status is Status.SETTLED
    assert made.held("B", story.asset) == 3 * LOT
    assert (told.parties["Next"], "R") in state.settlement.references
    made.check()


def test_income_waits_with_the_agent_and_comes_down_to_the_clients_in_the_end() -> None:
    story = custody()
    made, told, state = story.made, story.made.told, story.made.told.state
    action = coupon(made, story.asset)
    story.fails()
    funds(made, action, 10 * COUPON)
    told.until(date(2026, 8, 4))
    assert made.held("Custodian", made.token) == 0
    assert len(state.servicing.suspense) == 3  # omnibus, segregated, and its own
    story.goes()
    entry = next(each for each in state.servicing.suspense.values() if each.account == made.at["omnibus"])
    told.does("Agent", ReleaseSuspense(entry.number, NO_ACCOUNT))
    told.until(date(2026, 8, 5))
    assert made.held("Client", made.token) == 3 * COUPON
    record = next(each for each in action.records.values() if each.keeper == made.at["omnibus"])
    assert [PayState(each) for each in record.states] == [PayState.PAID]
    own = next(each for each in state.servicing.suspense.values() if each.account == made.at["Custodian"])
    assert told.refused("Agent", ReleaseSuspense(own.number, NO_ACCOUNT))[0] is Reason.SUSPENDED
    made.check()


def test_what_is_earmarked_for_a_payment_in_doubt_goes_with_the_account_untouched() -> None:
    story = custody("SF3")
    made, told = story.made, story.made.told
    story.orders("segregated", "B", "rtgs", money=made.rtgs, amount=700, cash=NO_ACCOUNT)
    transaction: Any = story.trade("rtgs")
    assert transaction.payment
    story.fails()
    story.goes("segregated")
    told.until(LATER + timedelta(days=1))
    assert transaction.status is Status.IN_DOUBT
    assert told.state.positions.earmarked(made.at["segregated"], story.asset) == LOT
    told.does("HKMA", ConfirmPayment(transaction.payment, "CHATS-1"))
    assert made.held("B", story.asset) == 3 * LOT
    made.check()


def test_an_insolvency_takes_nothing_out_of_what_is_segregated_for_clients() -> None:
    story = custody()
    made, told = story.made, story.made.told
    story.fails()
    made.at["other"] = told.account("Next", Purpose.SEGREGATED)
    command = ForceTransfer(story.asset, made.at["segregated"], made.at["A"], LOT, Cause.INSOLVENCY, ORDER)
    assert told.refused("CMU", command)[0] is Reason.PURPOSE
    command.taker = made.at["other"]
    told.does("CMU", command)
    command.giver, command.taker = made.at["Custodian"], made.at["A"]
    told.does("CMU", command)  # its own estate is reached
    command.giver = made.at["omnibus"]
    assert told.refused("CMU", command)[0] is Reason.PURPOSE
    made.check()


def test_the_register_shows_the_former_custodian_until_then_and_the_new_one_from_then_on() -> None:
    story = custody(register_columns="name, amount, entered, ceased")
    made, told, state = story.made, story.made.told, story.made.told.state
    began = next(each.entered for each in lines(state, story.asset) if each.account == made.at["omnibus"])
    story.fails()
    story.goes()
    found = [each for each in lines(state, story.asset) if each.account == made.at["omnibus"]]
    assert [(each.holder, each.amount, each.entered, each.ceased) for each in found] == [
        (told.parties["Next"], 3 * LOT, state.time, 0),
        (told.parties["Custodian"], 0, began, state.time),
    ]
    made.check()


def test_a_break_in_its_book_is_the_new_custodian_s_to_mend() -> None:
    story = custody()
    made, told, state = story.made, story.made.told, story.made.told.state
    told.does("Custodian", StateHoldings(story.asset, made.at["omnibus"], LATER, 7))
    day = LATER + timedelta(days=1)
    told.until(day)
    (number,) = state.breaks.open
    assert state.assets[story.asset].halted == told.parties["Custodian"]
    story.fails()
    story.goes()
    assert state.assets[story.asset].halted == told.parties["Next"]
    told.does("Next", ExplainBreak(number, "a slip of the custodian before"))
    assert told.refused("operator", ResolveBreak(number))[0] is Reason.STATE
    told.does("Next", StateHoldings(story.asset, made.at["omnibus"], day, 3 * LOT))
    told.does("operator", ResolveBreak(number))
    assert not state.assets[story.asset].halted
    made.check()


def test_counterparties_of_what_nobody_takes_over_may_leave_by_themselves() -> None:
    story = custody("SF3")
    told = story.made.told
    story.orders("segregated", "B", "held", hold=False)
    told.until(LATER)
    story.orders("segregated", "B", "left")
    story.fails()
    transaction = story.trade("left")
    told.does("B", CancelInstruction(transaction.receive))
    assert transaction.status is Status.CANCELLED
    story.made.check()


def test_a_trade_of_a_party_that_goes_on_still_needs_both_to_be_cancelled() -> None:
    story = custody("SF3")
    told = story.made.told
    story.orders("segregated", "B", "held", hold=True)
    transaction = story.trade("held")
    told.does("B", CancelInstruction(transaction.receive))
    assert transaction.status is Status.PENDING


def test_who_may_see_that_clients_have_gone() -> None:
    story = custody()
    story.fails()
    story.goes()
    told = story.made.told
    told.party("Newspaper", Role.REGULATOR)
    for who in ("Custodian", "Next", "Client"):
        assert [each for each in seen(told, who) if isinstance(each, ClientsPorted)], who
    for who in ("A", "Newspaper"):
        assert not [each for each in seen(told, who) if isinstance(each, ClientsPorted)], who
    assert [each for each in seen(told, "Custodian") if isinstance(each, NoticeGiven)]


def test_porting_is_refused_with_what_is_wrong() -> None:
    story = custody()
    made, told = story.made, story.made.told
    at = made.at
    assert told.refused("Next", AcceptClients(at["omnibus"], at["Next"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("CMU", story.port())[0] is Reason.STATE  # it is in good standing
    story.fails(Standing.SUSPENDED)
    assert told.refused("CMU", story.port())[0] is Reason.NOT_ACCEPTED
    assert told.refused("Next", AcceptClients(at["Custodian"], at["Next"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("Next", AcceptClients(AccountNumber(999), at["Next"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("Next", AcceptClients(at["omnibus"], at["A"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("A", AcceptClients(at["omnibus"], at["A"]))[0] is Reason.NOT_AUTHORISED
    paying = told.account("Next", Purpose.PAYING)
    assert told.refused("Next", AcceptClients(at["omnibus"], paying))[0] is Reason.PURPOSE
    story.accepts()
    assert told.refused("Next", AcceptClients(at["omnibus"], at["Next"]))[0] is Reason.ALREADY_DONE
    assert told.refused("HKMA", story.port())[0] is Reason.NOT_AUTHORISED
    assert told.refused("CMU", story.port("Custodian"))[0] is Reason.PURPOSE
    for document in (b"", bytes(31)):
        command = PortClients(at["omnibus"], told.parties["Next"], Cause.INSOLVENCY, document)
        assert told.refused("CMU", command)[0] is Reason.HASH
    told.does("operator", SetStanding(told.parties["Next"], Standing.SUSPENDED, "too"))
    assert told.refused("CMU", story.port())[0] is Reason.SUSPENDED
    told.does("operator", SetStanding(told.parties["Next"], Standing.ACTIVE, "back"))
    told.does("CMU", story.port())
    assert told.refused("CMU", story.port())[0] is Reason.STATE
    made.check()


def test_a_custodian_that_may_not_hold_what_lies_there_gets_none_of_it() -> None:
    story = custody()
    made, told = story.made, story.made.told
    told.party("Attester", Role.ATTESTER)
    licensed = ClassDefinition(3, "licensed", "licence", "custody")
    told.does("operator", PublishRulebook("licences", 1, START, "-", (licensed,), ()))
    made.told.state.assets[story.asset].needs = 1 << 3
    story.fails()
    story.accepts()
    assert told.refused("CMU", story.port())[0] is Reason.NOT_ELIGIBLE
    told.does("Attester", Attest(told.parties["Next"], "licence", "custody", told.state.time + DAY))
    told.does("CMU", story.port())
    assert told.state.accounts[made.at["omnibus"]].classes == 1 << 3
