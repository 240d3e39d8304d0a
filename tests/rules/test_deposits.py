"""Deposits across banks, in each way that banks settle with each other."""

from __future__ import annotations

import pytest

from bauhinia.ledger.instructions import Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Standing
from bauhinia.rules.deposits import CancelDeposit
from bauhinia.rules.money import MintMoney
from bauhinia.rules.networks import WithdrawFunds
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.words.reasons import Reason
from tests.rules.banks import Banked, banked

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
    assert banks.told.refused("JPM 1", CancelDeposit(waiting))[0] is Reason.UNKNOWN_TRANSACTION
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
    assert banks.told.refused("JPM", WithdrawFunds(1, 51_00, False))[0] is Reason.MONY
    banks.told.does("JPM", WithdrawFunds(1, 50_00, False))
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
