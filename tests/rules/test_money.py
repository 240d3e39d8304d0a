"""Central-bank money: minted against reserves and redeemed, and the day's reconciliation with an RTGS."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import PaymentStatus, Side, Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.powers import Cause
from bauhinia.rules.money import MintMoney, RedeemMoney
from bauhinia.rules.powers import ForceTransfer, PauseAsset, ResumeAsset
from bauhinia.rules.rtgs import ConfirmPayment, PaymentConfirmed, PaymentInDoubt, PaymentRejected, StatePayments
from bauhinia.words.ids import AccountNumber, AssetNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, Deal
from tests.rules.served import COUPON, LOT, cash, coupon, funds, served
from tests.support import Told, market, replay, trade


def backed() -> tuple[Told, AssetNumber, AssetNumber, AccountNumber, AccountNumber]:
    """A token of a central bank backed by reserves in its RTGS: both moneys, the reserve account, a dealer's."""
    told = market()
    told.party("HKMA", Role.CENTRAL_BANK)
    told.party("A", Role.DEALER)
    reserve, dealer = told.account("HKMA", Purpose.RESERVE), told.account("A")
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    token = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN, (reserve, rtgs))
    return told, token, rtgs, reserve, dealer


def test_tokens_are_minted_with_their_reserve_and_burned_once_the_rtgs_has_paid() -> None:
    told, token, rtgs, reserve, dealer = backed()
    told.mint("HKMA", token, dealer, 1_000)
    assert (told.balance(dealer, token), told.balance(reserve, rtgs)) == (1_000, 1_000)
    assert told.refused("A", RedeemMoney(token, dealer, 1_001, "R"))[0] is Reason.MONY
    told.does("A", RedeemMoney(token, dealer, 400, "R"))
    assert (told.balance(dealer, token), told.state.positions.available(dealer, token)) == (1_000, 600)
    assert told.refused("A", RedeemMoney(token, dealer, 601, "R2"))[0] is Reason.MONY
    told.does("HKMA", ConfirmPayment(1, "CHATS 1"))
    assert (told.balance(dealer, token), told.balance(reserve, rtgs)) == (600, 600)
    assert broken(told.state) == []
    replay(told)


def test_nobody_mints_the_money_of_another_or_into_an_account_that_stands_for_something() -> None:
    told, token, rtgs, reserve, dealer = backed()
    told.party("Bank", Role.BANK)
    assert told.refused("Bank", MintMoney(token, dealer, 1, "R"))[0] is Reason.UNKNOWN_ASSET
    assert told.refused("A", MintMoney(token, dealer, 1, "R"))[0] is Reason.NOT_AUTHORISED
    assert told.refused("HKMA", MintMoney(rtgs, dealer, 1, "R"))[0] is Reason.UNKNOWN_ASSET
    issuer = told.state.assets[token].issuer_account
    for account in (issuer, reserve, *(told.account("A", each) for each in (Purpose.SUSPENSE, Purpose.LODGED))):
        assert told.refused("HKMA", MintMoney(token, account, 1, "R"))[0] is Reason.PURPOSE
    above = told.state.assets[token].authorised + 1
    assert told.refused("HKMA", MintMoney(token, dealer, above, "R"))[0] is Reason.ABOVE_AUTHORISED


def paid_by_rtgs(count: int = 1) -> tuple[Deal, AssetNumber]:
    """A sells lots to B against payment in the RTGS, each for HKD 5.00 and a payment of its own, from 1."""
    made, asset = served(("A", count), ("B", 1))
    told = made.told
    for number in range(count):
        told.does("A", trade(Side.DELIVER, asset, LOT, made.at["A"], told.parties["B"], NEXT, made.rtgs, 500,
                             reference=f"A{number}"))  # fmt: skip
        told.does("B", trade(Side.RECEIVE, asset, LOT, made.at["B"], told.parties["A"], NEXT, made.rtgs, 500,
                             reference=f"B{number}"))  # fmt: skip
    return made, asset


def test_the_statement_of_a_day_settles_what_it_lists_and_frees_what_it_does_not() -> None:
    made, asset = paid_by_rtgs(3)
    told = made.told
    told.does("HKMA", ConfirmPayment(1, "CHATS 1"))
    events = told.until(NEXT, 12 * 60)
    assert [event.payment for event in events if isinstance(event, PaymentInDoubt)] == [2, 3]
    after = told.until(NEXT + timedelta(days=1))
    assert not any(isinstance(event, PaymentRejected) for event in after), "silence is no answer, whatever the day"
    assert told.state.positions.earmarked(made.at["A"], asset) == 2 * LOT
    statement = StatePayments(made.rtgs, NEXT, ((1, "CHATS 1"), (2, "CHATS 2")))  # a full one, the morning after
    answers = told.does("HKMA", statement)
    assert [event.payment for event in answers if isinstance(event, PaymentConfirmed)] == [2]
    assert [event.payment for event in answers if isinstance(event, PaymentRejected)] == [3]
    assert 1 not in told.state.settlement.payments, "what has been stated is kept no longer"
    assert made.held("B", asset) == 3 * LOT
    assert told.state.settlement.transactions[TransactionNumber(7)].status in (Status.PENDING, Status.FAILING)
    assert told.state.positions.earmarked(made.at["A"], asset) == 0
    made.check()


def test_no_payment_is_asked_for_in_a_money_that_is_paused() -> None:
    made, asset = served(("A", 1), ("B", 1))
    told = made.told
    told.does("operator", PauseAsset(made.rtgs, Cause.OPERATIONS, b""))
    for side, who, other in ((Side.DELIVER, "A", "B"), (Side.RECEIVE, "B", "A")):
        told.does(who, trade(side, asset, LOT, made.at[who], told.parties[other], NEXT, made.rtgs, 500))
    number = max(told.state.settlement.transactions)
    waiting = told.state.settlement.transactions[number]
    assert (waiting.status, waiting.reason) == (Status.PENDING, Reason.PAUSED)
    told.does("operator", ResumeAsset(made.rtgs, Cause.OPERATIONS, b""))
    assert told.state.settlement.transactions[number].status == Status.CONFIRMING
    made.check()


def test_a_statement_that_contradicts_what_was_signed_is_refused() -> None:
    made, _ = paid_by_rtgs(2)
    told = made.told
    told.does("HKMA", ConfirmPayment(1, "CHATS 1"))
    assert told.refused("HKMA", StatePayments(made.rtgs, NEXT, ())) == (
        Reason.STATE, ("payment", 1, "is confirmed, not listed"),
    )  # fmt: skip
    for wrong, reason in (
        (StatePayments(made.token, NEXT, ()), Reason.UNKNOWN_ASSET),
        (StatePayments(made.rtgs, NEXT + timedelta(days=1), ()), Reason.DATE),
        (StatePayments(made.rtgs, NEXT, ((9, "CHATS 9"),)), Reason.UNKNOWN_TRANSACTION),
        (StatePayments(made.rtgs, NEXT, ((1, "CHATS 1"), (1, "CHATS 1"))), Reason.DUPLICATE),
        (StatePayments(made.rtgs, NEXT, ((1, ""),)), Reason.TEXT),
    ):
        assert told.refused("HKMA", wrong)[0] is reason
    assert told.does("HKMA", StatePayments(made.rtgs, NEXT, ((1, "CHATS 1"),))) == [], "the day is not over"
    told.until(NEXT, 17 * 60)
    told.does("HKMA", StatePayments(made.rtgs, NEXT, ((1, "CHATS 1"),)))
    rejected = min(number for number, each in told.state.settlement.payments.items() if _rejected(told, number))
    again = StatePayments(made.rtgs, NEXT, ((1, "CHATS 1"), (rejected, "CHATS 2")))
    assert told.refused("HKMA", again) == (Reason.STATE, ("payment", rejected, "REJECTED"))


def _rejected(told: Told, number: int) -> bool:
    return told.state.settlement.payments[number].status is PaymentStatus.REJECTED


@pytest.mark.parametrize("purpose", [Purpose.SUSPENSE, Purpose.PAYING])
def test_what_lies_in_suspense_or_with_the_agent_is_reached_by_servicing_alone(purpose: Purpose) -> None:
    made, asset = served(("A", 1), ("B", 1))
    told = made.told
    account = made.at["suspense" if purpose is Purpose.SUSPENSE else "paying"]
    funds(made, coupon(made, asset), 2 * COUPON)
    own = told.account("Agent")
    assert told.refused("Agent", RedeemMoney(made.token, account, 1, "R"))[0] is Reason.PURPOSE
    buys = trade(Side.RECEIVE, asset, LOT, own, told.parties["A"], NEXT, made.token, 1, account)
    assert told.refused("Agent", buys) == (Reason.PURPOSE, ("cash_account", account))
    if purpose is Purpose.SUSPENSE:
        forced = ForceTransfer(made.token, account, own, 1, Cause.COURT_ORDER, bytes(32))
        assert told.refused("operator", forced)[0] is Reason.PURPOSE
    assert cash(made, "paying") == (2 * COUPON,)


def test_a_suspense_account_that_holds_anything_else_is_told() -> None:
    made, _ = served(("A", 1), ("B", 1))
    state = made.told.state
    row = state.positions.open(made.at["suspense"], made.token)
    assert broken(state) == []
    state.positions.columns[row * 4 + 1] += 5
    assert any("suspense account" in sentence for sentence in broken(state))
