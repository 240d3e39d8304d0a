"""In which money a holder is paid: what it elected, what it falls back on, and what then waits in suspense."""

from __future__ import annotations

from typing import Any

from bauhinia.ledger.actions import Action, ActionStatus
from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.parties import Block, Purpose
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.wallets import WalletTier
from bauhinia.rules.electing import FellBack
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.money import RedeemMoney
from bauhinia.rules.onboarding import Elect
from bauhinia.rules.payouts import Suspended
from bauhinia.rules.powers import PauseAsset, ResumeAsset, SetBlock
from bauhinia.rules.recording import ActionRecorded
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.tiers import PayTier
from bauhinia.rules.unclaimed import ReleaseSuspense
from bauhinia.rules.wallets import AssignWallet, DefineWalletTiers
from bauhinia.words.ids import AccountNumber, AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.served import COUPON, FIRST, coupon, rtgs, served, status
from tests.support import seen

MOST = 50_000
TIERS = (WalletTier("small", most_held=MOST), WalletTier("free"))


class Paid:
    """A bond held by A, B and a custodian's client, paid in tokens (the default), in a CBDC held in wallets, and in an
    RTGS. A and B elect the CBDC, B with the tokens and the RTGS as fallback."""

    def __init__(self, *shares: tuple[str, int]) -> None:
        self.made, self.asset = served(*(shares or (("A", 1), ("B", 2))))
        made, told = self.made, self.made.told
        self.cbdc = told.money("HKMA", "e-HKD", "HKD", MoneyKind.CBDC)
        self.paying, self.suspense = told.account("Agent", Purpose.PAYING), told.account("Agent", Purpose.SUSPENSE)
        told.does("Agent", AppointPayingAccount(self.asset, self.cbdc, self.paying, self.suspense))
        rtgs(made, self.asset)
        told.does("HKMA", DefineWalletTiers(self.cbdc, TIERS))
        given = (("Government", "free"), ("A", "small"), ("B", "small"), ("Custodian", "free"))
        told.does("HKMA", *(AssignWallet(made.at[name], self.cbdc, tier) for name, tier in given))
        told.does("A", Elect(made.at["A"], "HKD", self.cbdc))
        told.does("B", Elect(made.at["B"], "HKD", self.cbdc, (made.token, made.rtgs)))

    @property
    def action(self) -> Action:
        return coupon(self.made, self.asset)

    def fund(self, money: AssetNumber, amount: int) -> list[Any]:
        made, told = self.made, self.made.told
        if money == made.rtgs:
            told.does("Government", Fund(self.action.number, money, AccountNumber(0), amount))
            return told.does("HKMA", ConfirmPayment(told.state.settlement.last_payment, "CHATS"))
        told.mint("HKMA", money, made.at["Government"], amount)
        return told.does("Government", Fund(self.action.number, money, made.at["Government"], amount))

    def fills(self, name: str) -> None:
        self.made.told.mint("HKMA", self.cbdc, self.made.at[name], MOST)

    def holds(self, name: str) -> tuple[int, int]:
        """In tokens, and in the CBDC."""
        return self.made.held(name, self.made.token), self.made.held(name, self.cbdc)


def fell(events: list[Any]) -> list[tuple[int, int, Reason]]:
    return [(each.account, each.money, each.why) for each in events if isinstance(each, FellBack)]


def test_whoever_cannot_be_paid_at_the_record_date_falls_back_and_the_issuer_is_asked_for_that() -> None:
    paid = Paid()
    made, told = paid.made, paid.made.told
    paid.fills("B")
    events = told.until(FIRST)
    assert fell(events) == [(made.at["B"], made.token, Reason.HOLDING_LIMIT)]
    (recorded,) = [each for each in events if isinstance(each, ActionRecorded)]
    assert dict(recorded.needs) == {paid.cbdc: COUPON, made.token: 2 * COUPON}
    paid.fund(paid.cbdc, COUPON)
    assert paid.holds("A") == (0, 0), "a shortfall in one money pays nobody"
    paid.fund(made.token, 2 * COUPON)
    assert (paid.holds("A"), paid.holds("B")) == ((0, COUPON), (2 * COUPON, MOST))
    assert status(paid.action) is ActionStatus.PAID
    for who, many in (("B", 1), ("A", 0), ("Agent", 1), ("Government", 1)):
        assert len([each for each in seen(told, who) if isinstance(each, FellBack)]) == many, who
    made.check()


def test_a_money_that_stands_still_when_the_payment_is_due_is_passed_over_by_who_has_named_another() -> None:
    paid = Paid(("B", 2))
    made, told = paid.made, paid.made.told
    told.until(FIRST)
    told.does("operator", PauseAsset(paid.cbdc, Cause.OPERATIONS, b""))
    paid.fund(made.rtgs, 2 * COUPON)
    events = [event for applied in told.applied for outcome in applied.outcomes for event in outcome.events]
    assert fell(events) == [(made.at["B"], made.rtgs, Reason.PAUSED)], "the tokens are not there"
    told.does("HKMA", ConfirmPayment(told.state.settlement.last_payment, "CHATS"))
    assert status(paid.action) is ActionStatus.PAID
    told.does("operator", ResumeAsset(paid.cbdc, Cause.OPERATIONS, b""))
    made.check()


def test_a_money_that_stands_still_holds_up_who_has_named_no_other() -> None:
    paid = Paid()
    made, told = paid.made, paid.made.told
    told.until(FIRST)
    told.does("operator", PauseAsset(paid.cbdc, Cause.OPERATIONS, b""))
    paid.fund(made.token, 2 * COUPON)
    assert (paid.holds("A"), paid.holds("B")) == ((0, 0), (0, 0)), "nobody is paid before all are"
    assert status(paid.action) is ActionStatus.DUE
    told.does("operator", ResumeAsset(paid.cbdc, Cause.OPERATIONS, b""))
    paid.fund(paid.cbdc, COUPON)
    assert (paid.holds("A"), paid.holds("B")) == ((0, COUPON), (2 * COUPON, 0))
    made.check()


def test_a_wallet_that_fills_after_the_record_falls_back_where_there_is_money_to_spare_and_else_waits() -> None:
    for spare in (0, 2 * COUPON):
        paid = Paid()
        made, told = paid.made, paid.made.told
        told.until(FIRST)
        paid.fills("B")
        if spare:
            paid.fund(made.token, spare)
        events = paid.fund(paid.cbdc, 3 * COUPON)
        told.until(FIRST, 11 * 60)
        assert paid.holds("A") == (0, COUPON)
        if spare:
            assert paid.holds("B") == (2 * COUPON, MOST)
            assert not any(isinstance(each, Suspended) for each in events)
        else:
            (entry,) = told.state.servicing.suspense.values()
            assert (entry.account, entry.amount, entry.why) == (made.at["B"], 2 * COUPON, Reason.HOLDING_LIMIT)
            release = ReleaseSuspense(entry.number, AccountNumber(0))
            assert told.refused("Agent", release)[0] is Reason.HOLDING_LIMIT
            told.does("B", RedeemMoney(paid.cbdc, made.at["B"], MOST, "R"))
            told.does("Agent", release)
            assert paid.holds("B") == (0, 2 * COUPON)
        assert status(paid.action) is ActionStatus.PAID
        made.check()


def test_enough_in_all_and_too_little_in_one_money_is_paid_by_who_named_another() -> None:
    paid = Paid()
    made, told = paid.made, paid.made.told
    told.until(FIRST)
    paid.fund(made.token, 2 * COUPON)
    assert paid.holds("B") == (0, 0), "the rest may still come"
    paid.fund(paid.cbdc, COUPON)
    assert (paid.holds("A"), paid.holds("B")) == ((0, COUPON), (2 * COUPON, 0))
    events = [event for applied in told.applied for outcome in applied.outcomes for event in outcome.events]
    assert fell(events) == [(made.at["B"], made.token, Reason.MONY)]
    made.check()


def test_who_has_elected_one_money_is_paid_in_no_other_for_want_of_it() -> None:
    paid = Paid()
    made, told = paid.made, paid.made.told
    told.until(FIRST)
    paid.fund(made.token, 3 * COUPON)
    assert (paid.holds("A"), paid.holds("B")) == ((0, 0), (0, 0)), "A has named nothing else"
    assert status(paid.action) is ActionStatus.DUE
    paid.fund(paid.cbdc, COUPON)
    assert (paid.holds("A"), paid.holds("B")) == ((0, COUPON), (2 * COUPON, 0))
    made.check()


def test_a_block_is_no_reason_to_fall_back() -> None:
    paid = Paid()
    made, told = paid.made, paid.made.told
    told.does("operator", SetBlock(made.at["B"], paid.cbdc, int(Block.CREDIT), Cause.SANCTIONS, b"", 0))
    events = told.until(FIRST)
    paid.fund(made.token, 2 * COUPON)
    events += paid.fund(paid.cbdc, 3 * COUPON)
    assert fell(events) == []
    (entry,) = told.state.servicing.suspense.values()
    assert (entry.account, entry.why) == (made.at["B"], Reason.FROZ)
    made.check()


def test_two_holdings_that_are_paid_on_one_wallet_fill_it_once() -> None:
    paid = Paid(("A", 1))
    made, told = paid.made, paid.made.told
    made.at["second"] = told.account("A", cash=made.at["A"])
    told.does("A", Elect(made.at["second"], "HKD", paid.cbdc, (made.token,)))
    state = told.state
    assert state.accounts[made.at["second"]].elections["HKD"] == (paid.cbdc, made.token)
    told.mint("HKMA", paid.cbdc, made.at["A"], MOST - COUPON)
    moved = state.positions
    half = moved.balance(made.at["A"], paid.asset) // 2
    for account, units in ((made.at["A"], -half), (made.at["second"], half)):  # two holdings, however they came about
        row = moved.open(account, paid.asset)
        moved.columns[row * 4 + 1] += units
    told.until(FIRST)
    record = paid.action.records[paid.asset]
    assert list(record.moneys) == [paid.cbdc, paid.cbdc], "both fit: they come to one coupon"
    told.mint("HKMA", paid.cbdc, made.at["A"], 1)
    paid.fund(made.token, COUPON)
    paid.fund(paid.cbdc, COUPON)
    assert made.held("A", paid.cbdc) == MOST - COUPON + 1 + COUPON // 2
    assert made.held("A", made.token) == COUPON // 2, "the second falls back, since the first has filled the wallet"


def test_a_client_whose_wallet_is_full_is_passed_over_until_it_has_room() -> None:
    paid = Paid(("Client", 2))
    made, told = paid.made, paid.made.told
    for name, tier in (("Client", "small"), ("omnibus", "free")):
        told.does("HKMA", AssignWallet(made.at[name], paid.cbdc, tier))
    told.does("Custodian", Elect(made.at["omnibus"], "HKD", paid.cbdc))
    paid.fills("Client")
    told.until(FIRST)
    paid.fund(paid.cbdc, 2 * COUPON)
    assert made.held("Client", paid.cbdc) == MOST
    assert made.held("omnibus", paid.cbdc) == 2 * COUPON
    told.does("Client", RedeemMoney(paid.cbdc, made.at["Client"], MOST, "R"))
    told.does("Custodian", PayTier(paid.action.number, made.at["omnibus"]))
    assert made.held("Client", paid.cbdc) == 2 * COUPON
    made.check()


def test_an_election_that_cannot_be() -> None:
    paid = Paid()
    made, told = paid.made, paid.made.told
    account = made.at["A"]
    many = tuple(AssetNumber(each) for each in range(1, 10))
    for election, reason in (
        (Elect(account, "HKD", AssetNumber(0), (made.token,)), Reason.EMPTY),
        (Elect(account, "HKD", made.token, (made.rtgs, made.token)), Reason.DUPLICATE),
        (Elect(account, "HKD", made.token, (paid.asset,)), Reason.WRONG_CURRENCY),
        (Elect(account, "HKD", made.token, (AssetNumber(99),)), Reason.UNKNOWN_ASSET),
        (Elect(account, "HKD", made.token, many), Reason.AMOUNT),
    ):
        assert told.refused("A", election)[0] is reason
    told.does("A", Elect(account, "HKD", AssetNumber(0)))
    assert told.state.accounts[account].elections == {}
