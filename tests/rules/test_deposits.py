"""Deposits across banks, in each way that banks settle with each other."""

from __future__ import annotations

import pytest

from bauhinia.ledger.instructions import Side, Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Role, Standing
from bauhinia.rules.deposits import CancelDeposit, DepositSent
from bauhinia.rules.money import MintMoney
from bauhinia.rules.networks import WithdrawFunds
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.words.reasons import Reason
from tests.rules.banks import NETWORK, Banked, banked
from tests.support import START, issued, replay, seen, trade

MODES = ("PREFUNDED", "QUEUED", "NETTED", "CENTRAL_BANK", "RTGS_FIRST")


def sound(banks: Banked) -> None:
    assert broken(banks.told.state) == []


@pytest.mark.parametrize("mode", MODES)
def test_at_one_bank_a_deposit_moves_at_once_whatever_the_mode(mode: str) -> None:
    banks = banked(mode)
    number = banks.sends("JPM 1", "JPM 2", 40_00)
    assert banks.status(number) is Status.SETTLED
    assert (banks.has("JPM 1"), banks.has("JPM 2")) == (460_00, 540_00)
    sound(banks)


def test_prefunded_a_deposit_is_final_at_once_and_refused_where_the_bank_is_short() -> None:
    banks = banked("PREFUNDED")
    reason, parts = banks.told.refused("JPM 1", banks.pay("JPM 1", "BAC 1", 40_00))
    assert (reason, parts) == (Reason.LIQUIDITY, ("network", 1)), "not how much the bank lacks"
    banks.fund("JPM", 50_00)
    number = banks.sends("JPM 1", "BAC 1", 40_00)
    assert banks.status(number) is Status.SETTLED
    assert (banks.has("JPM 1"), banks.has("BAC 1")) == (460_00, 540_00)
    assert (banks.position("JPM"), banks.position("BAC")) == (10_00, 40_00)
    sound(banks)


def test_queued_a_deposit_waits_for_its_bank_set_aside_for_nobody_else() -> None:
    banks = banked("QUEUED")
    waiting = banks.sends("JPM 1", "BAC 1", 400_00)
    assert banks.status(waiting) is Status.PENDING
    assert (banks.has("JPM 1"), banks.has("BAC 1")) == (100_00, 500_00)
    reason, _ = banks.told.refused("JPM 1", banks.pay("JPM 1", "JPM 2", 101_00))
    assert reason is Reason.MONY, "what is on its way is not spent twice"
    banks.fund("BAC", 400_00)
    banks.sends("BAC 2", "JPM 2", 400_00)  # brings JPM what it needs
    assert banks.status(waiting) is Status.SETTLED
    assert (banks.position("JPM"), banks.position("BAC")) == (0, 400_00)
    sound(banks)


def test_a_deposit_that_waits_may_be_cancelled_and_comes_back() -> None:
    banks = banked("QUEUED")
    waiting = banks.sends("JPM 1", "BAC 1", 400_00)
    assert banks.told.refused("JPM 2", CancelDeposit(waiting))[0] is Reason.UNKNOWN_TRANSACTION
    banks.told.does("JPM 1", CancelDeposit(waiting))
    assert banks.has("JPM 1") == 500_00
    assert banks.told.refused("JPM 1", CancelDeposit(waiting))[0] is Reason.ALREADY_DONE
    sound(banks)


def test_central_bank_tokens_move_between_the_banks_own_accounts() -> None:
    banks = banked("CENTRAL_BANK")
    banks.sends("JPM 1", "BAC 1", 40_00)
    assert (banks.own("JPM"), banks.own("BAC")) == (960_00, 1_040_00)
    assert banks.has("BAC 1") == 540_00
    sound(banks)


def test_the_rtgs_first_and_the_token_follows() -> None:
    banks = banked("RTGS_FIRST")
    number = banks.sends("JPM 1", "BAC 1", 40_00)
    payment = banks.told.state.settlement.payments[banks.told.state.settlement.last_payment]
    assert (payment.payer, payment.payee, payment.amount) == (banks.bank("JPM"), banks.bank("BAC"), 40_00)
    assert banks.status(number) is Status.CONFIRMING
    assert (banks.has("JPM 1"), banks.has("BAC 1")) == (460_00, 500_00)
    banks.told.does("Fed", ConfirmPayment(payment.number, "FW1"))
    assert banks.has("BAC 1") == 540_00
    sound(banks)


def test_a_payment_that_the_rtgs_rejects_leaves_the_deposit_waiting_and_the_payer_may_take_it_back() -> None:
    banks = banked("RTGS_FIRST")
    number = banks.sends("JPM 1", "BAC 1", 40_00)
    banks.told.does("Fed", RejectPayment(banks.told.state.settlement.last_payment, "no funds"))
    banks.told.does("JPM 1", CancelDeposit(number))
    assert (banks.has("JPM 1"), banks.has("BAC 1")) == (500_00, 500_00)
    sound(banks)


def test_a_bank_takes_its_funds_back_and_no_more() -> None:
    banks = banked("PREFUNDED")
    banks.fund("JPM", 50_00)
    assert banks.told.refused("JPM", WithdrawFunds(NETWORK, 51_00, False))[0] is Reason.MONY
    banks.told.does("JPM", WithdrawFunds(NETWORK, 50_00, False))
    assert banks.own("JPM") == 1_000_00


def test_nobody_mints_credit() -> None:
    banks = banked("NETTED")
    lines = banks.network.members[banks.bank("JPM")].lines
    reason, _ = banks.told.refused("JPM", MintMoney(lines, banks.customers["JPM 1"], 1, "mine"))
    assert reason is Reason.UNKNOWN_ASSET


def test_a_bank_that_is_suspended_neither_sends_nor_receives() -> None:
    banks = banked("CENTRAL_BANK")
    banks.told.does("operator", SetStanding(banks.bank("JPM"), Standing.SUSPENDED, "insolvent"))
    for payer, payee in (("JPM 1", "BAC 1"), ("BAC 1", "JPM 1")):
        assert banks.told.refused(payer, banks.pay(payer, payee, 1_00))[0] is Reason.SUSPENDED
    banks.sends("BAC 1", "Citi 1", 1_00)


@pytest.mark.parametrize("mode", MODES[:2] + MODES[3:])
def test_a_bond_is_paid_in_deposits_of_two_banks_as_it_is_in_any_money(mode: str) -> None:
    banks = banked(mode)
    told, (seller, buyer) = banks.told, ("JPM 1", "BAC 1")
    told.party("Issuer", Role.ISSUER)
    bond = issued(told, "Issuer", (banks.customers[seller], 1_000_00))
    par, today = banks.network.par, START
    if mode != "CENTRAL_BANK":
        banks.fund("BAC", 100_00)
    order = (bond, 100_00)
    sell = trade(
        Side.DELIVER, *order, banks.customers[seller], told.parties[buyer], today, par, 99_00, banks.customers[seller]
    )
    buy = trade(
        Side.RECEIVE, *order, banks.customers[buyer], told.parties[seller], today, par, 99_00, banks.customers[buyer]
    )
    told.does(seller, sell)
    told.does(buyer, buy)
    if mode == "RTGS_FIRST":
        payment = told.state.settlement.payments[told.state.settlement.last_payment]
        assert (payment.payer, payment.payee, payment.amount) == (banks.bank("BAC"), banks.bank("JPM"), 99_00)
        assert told.balance(banks.customers[buyer], bond) == 0, "no delivery before the payment"
        told.does("Fed", ConfirmPayment(payment.number, "FW1"))
    assert told.balance(banks.customers[buyer], bond) == 100_00
    assert (banks.has(seller), banks.has(buyer)) == (599_00, 401_00)
    sound(banks)


def test_a_bond_is_not_paid_in_deposits_by_who_is_with_no_bank() -> None:
    banks = banked("PREFUNDED")
    banks.told.party("Stranger", Role.DEALER)
    account = banks.told.account("Stranger")
    banks.told.party("Issuer", Role.ISSUER)
    bond = issued(banks.told, "Issuer", (account, 1_000_00))
    sell = trade(Side.DELIVER, bond, 100_00, account, banks.bank("JPM 1"), START, banks.network.par, 99_00, account)
    assert banks.told.refused("Stranger", sell) == (Reason.UNKNOWN_ACCOUNT, ("cash_account", account))


def test_a_network_is_replayed_to_the_same_headers() -> None:
    banks = banked("QUEUED")
    banks.sends("JPM 1", "BAC 1", 400_00)
    banks.fund("BAC", 400_00)
    banks.sends("BAC 2", "JPM 2", 400_00)
    assert replay(banks.told).networks == banks.told.state.networks


def test_each_side_sees_its_own_account_and_who_is_not_party_sees_nothing() -> None:
    banks = banked("QUEUED")
    banks.sends("JPM 1", "BAC 1", 40_00)
    for who in ("JPM 1", "JPM", "BAC", "BAC 1", "TCH"):
        assert any(isinstance(event, DepositSent) for event in seen(banks.told, who)), who
    for who in ("JPM 2", "Citi", "Citi 1"):
        assert not any(isinstance(event, DepositSent) for event in seen(banks.told, who)), who
