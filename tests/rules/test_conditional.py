"""Deposits on condition, screened deposits, requests to pay, returns and recalls."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from bauhinia.ledger.instructions import Side, Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.networks import Condition, ConditionKind
from bauhinia.ledger.parties import Role
from bauhinia.rules.conditional import DeclineDeposit, ReleaseDeposit, SendOnCondition
from bauhinia.rules.deposits import CancelDeposit, DepositSent
from bauhinia.rules.holding import DepositHeld, HeldDone, ScreeningPassed
from bauhinia.rules.networks import WithdrawFunds
from bauhinia.rules.requests import (
    AnswerRecall,
    DeclineRequest,
    PayRequest,
    RecallDeposit,
    RequestToPay,
    ReturnDeposit,
)
from bauhinia.rules.screening import DecideScreening, ListAccount, SetScreening
from bauhinia.words.dates import DAY, MINUTE
from bauhinia.words.ids import InstructionNumber
from bauhinia.words.reasons import Reason
from tests.rules.banks import NETWORK, Banked, banked
from tests.support import START, issued, replay, seen, trade

SECRET = b"open sesame"


def hashed(banks: Banked, minutes: int = 60) -> Condition:
    until = banks.told.state.time + minutes * MINUTE
    return Condition(ConditionKind.HASH, until, sha256(SECRET).digest())


def conditional(banks: Banked, payer: str, payee: str, amount: int, condition: Condition) -> SendOnCondition:
    order = banks.pay(payer, payee, amount)
    return SendOnCondition(order.network, order.payer, order.payee, order.amount, order.reference, condition=condition)


def sends(banks: Banked, condition: Condition, amount: int = 40_00) -> int:
    banks.told.does("JPM 1", conditional(banks, "JPM 1", "BAC 1", amount, condition))
    return banks.told.state.networks.last_held


def funded() -> Banked:
    banks = banked("PREFUNDED")
    banks.fund("JPM", 200_00)
    banks.fund("BAC", 200_00)
    return banks


def has(banks: Banked) -> tuple[int, int]:
    return banks.has("JPM 1"), banks.has("BAC 1")


def test_a_hash_releases_and_only_the_right_one() -> None:
    banks = funded()
    held = sends(banks, hashed(banks))
    assert has(banks) == (460_00, 500_00), "set aside at once"
    assert banks.told.refused("BAC 1", ReleaseDeposit(held, b"open barley"))[0] is Reason.HASH
    assert banks.told.refused("Citi 1", ReleaseDeposit(held, SECRET))[0] is Reason.UNKNOWN_TRANSACTION
    banks.told.does("BAC 1", ReleaseDeposit(held, SECRET))
    assert has(banks) == (460_00, 540_00)
    assert banks.told.refused("BAC 1", ReleaseDeposit(held, SECRET))[0] is Reason.UNKNOWN_TRANSACTION
    assert broken(banks.told.state) == []


def test_past_its_time_it_goes_back_and_the_hash_is_worth_nothing() -> None:
    banks = funded()
    held = sends(banks, hashed(banks))
    banks.told.until(START, 11 * 60)
    assert has(banks) == (500_00, 500_00)
    assert banks.told.refused("BAC 1", ReleaseDeposit(held, SECRET))[0] is Reason.UNKNOWN_TRANSACTION
    replay(banks.told)


def test_a_party_that_both_trust_releases() -> None:
    banks = funded()
    agent = banks.bank("TCH")
    held = sends(banks, Condition(ConditionKind.PARTY, banks.told.state.time + DAY, party=agent))
    for who in ("JPM 1", "BAC 1"):
        assert banks.told.refused(who, ReleaseDeposit(held, b""))[0] is Reason.RIGHT
    banks.told.does("TCH", ReleaseDeposit(held, b""))
    assert has(banks) == (460_00, 540_00)


def test_a_payer_programs_a_hold_of_its_own_and_the_payee_may_decline() -> None:
    banks = funded()
    own = banks.bank("JPM 1")
    held = sends(banks, Condition(ConditionKind.PARTY, banks.told.state.time + DAY, party=own))
    banks.told.does("JPM 1", ReleaseDeposit(held, b""))
    assert has(banks) == (460_00, 540_00)
    held = sends(banks, Condition(ConditionKind.PARTY, banks.told.state.time + DAY, party=own))
    assert banks.told.refused("JPM 1", DeclineDeposit(held))[0] is Reason.RIGHT
    banks.told.does("BAC 1", DeclineDeposit(held))
    assert has(banks) == (460_00, 540_00)


def test_the_delivery_of_a_bond_releases_it() -> None:
    banks = funded()
    told, (buyer, seller) = banks.told, ("JPM 1", "BAC 1")
    told.party("Issuer", Role.ISSUER)
    bond = issued(told, "Issuer", (banks.customers[seller], 1_000_00))
    receive = trade(Side.RECEIVE, bond, 100_00, banks.customers[buyer], told.parties[seller], START)
    deliver = trade(Side.DELIVER, bond, 100_00, banks.customers[seller], told.parties[buyer], START)
    told.does(buyer, receive)
    instruction = InstructionNumber(told.state.settlement.last_instruction)
    condition = Condition(ConditionKind.DELIVERY, told.state.time + DAY, instruction=instruction)
    sends(banks, condition)
    assert has(banks) == (460_00, 500_00)
    told.does(seller, deliver)
    assert told.balance(banks.customers[buyer], bond) == 100_00
    assert has(banks) == (460_00, 540_00)
    again = conditional(banks, buyer, seller, 1_00, condition)
    assert told.refused(buyer, again)[0] is Reason.ALREADY_DONE
    networks = told.state.networks
    assert not networks.held
    assert not networks.deliveries


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": ConditionKind.NONE}, Reason.EMPTY),
        ({"until": 0}, Reason.DATE),
        ({"hash": b"short"}, Reason.HASH),
        ({"party": 1}, Reason.UNKNOWN_PARTY),
        ({"instruction": 1}, Reason.UNKNOWN_INSTRUCTION),
        ({"kind": ConditionKind.PARTY}, Reason.HASH),
        ({"kind": ConditionKind.PARTY, "hash": b"", "party": 999}, Reason.UNKNOWN_PARTY),
        ({"kind": ConditionKind.DELIVERY, "hash": b"", "instruction": 999}, Reason.UNKNOWN_INSTRUCTION),
    ],
)
def test_a_condition_that_could_not_be_met_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    banks = funded()
    condition = hashed(banks)
    for name, value in changes.items():
        setattr(condition, name, value)
    assert banks.told.refused("JPM 1", conditional(banks, "JPM 1", "BAC 1", 40_00, condition))[0] is reason


def test_what_is_released_while_the_bank_is_short_waits_and_arrives() -> None:
    banks = banked("PREFUNDED")
    held = sends(banks, hashed(banks))
    banks.told.does("BAC 1", ReleaseDeposit(held, SECRET))
    assert has(banks) == (460_00, 500_00), "released, and on its way: the payee's preimage is not lost"
    banks.fund("JPM", 40_00)
    assert has(banks) == (460_00, 540_00)
    assert broken(banks.told.state) == []


def test_a_bank_holds_what_touches_its_list_and_lets_it_go_or_gives_it_back() -> None:
    banks = funded()
    told = banks.told
    told.does("BAC", SetScreening(NETWORK, banks.bank("TCH"), 0))
    told.does("BAC", ListAccount(NETWORK, banks.customers["JPM 1"], True, "sanctions, to be looked at"))
    told.does("JPM 1", banks.pay("JPM 1", "BAC 1", 40_00), banks.pay("JPM 1", "BAC 1", 30_00))
    assert has(banks) == (430_00, 500_00)
    assert not any(isinstance(event, DepositHeld) for event in seen(told, "BAC 1")), "the payee hears of nothing"
    first, second = told.state.networks.held
    assert told.refused("JPM 1", DecideScreening(first, True, "mine"))[0] is Reason.UNKNOWN_TRANSACTION
    assert told.refused("JPM 1", ReleaseDeposit(first, b""))[0] is Reason.UNKNOWN_TRANSACTION
    told.does("TCH", DecideScreening(first, True, "another person of that name"))
    told.does("BAC", DecideScreening(second, False, "no"))
    assert has(banks) == (460_00, 540_00)
    for who in ("JPM 1", "JPM", "BAC 1"):
        assert not any(isinstance(event, ScreeningPassed) for event in seen(told, who)), who
    told.does("BAC", ListAccount(NETWORK, banks.customers["JPM 1"], False, "cleared"))
    banks.sends("JPM 1", "BAC 1", 10_00)
    assert has(banks) == (450_00, 550_00)


def test_a_bank_looks_at_everything_above_an_amount_also_of_what_is_conditional() -> None:
    banks = funded()
    banks.told.does("JPM", SetScreening(NETWORK, banks.bank("JPM"), 39_99))
    held = sends(banks, hashed(banks))
    banks.told.does("BAC 1", ReleaseDeposit(held, SECRET))
    assert has(banks) == (460_00, 500_00), "the condition is met, and the bank still looks"
    banks.told.does("JPM", DecideScreening(held, True, "fine"))
    assert has(banks) == (460_00, 540_00)


def test_who_is_asked_to_pay_pays_or_declines() -> None:
    banks = funded()
    told = banks.told
    until = told.state.time + 60 * MINUTE

    def asks(amount: int) -> int:
        told.does(
            "BAC 1", RequestToPay(NETWORK, banks.customers["BAC 1"], banks.customers["JPM 1"], amount, "INV 7", until)
        )
        return told.state.networks.last_request

    request = asks(40_00)
    assert told.refused("Citi 1", PayRequest(request))[0] is Reason.UNKNOWN_TRANSACTION
    assert told.refused("BAC 1", PayRequest(request))[0] is Reason.UNKNOWN_TRANSACTION
    told.does("JPM 1", PayRequest(request))
    assert has(banks) == (460_00, 540_00)
    assert told.refused("JPM 1", PayRequest(request))[0] is Reason.UNKNOWN_TRANSACTION, "no request is paid twice"
    told.does("JPM 1", DeclineRequest(asks(50_00)))
    too_much = asks(501_00)
    assert told.refused("JPM 1", PayRequest(too_much))[0] is Reason.MONY
    told.until(START, 11 * 60)
    assert told.refused("JPM 1", PayRequest(too_much))[0] is Reason.EXPIRED
    told.until(START.replace(day=START.day + 1))
    assert not told.state.networks.requests


def test_what_was_not_due_is_given_back_and_never_more_than_came() -> None:
    banks = funded()
    told = banks.told
    number = banks.sends("JPM 1", "BAC 1", 40_00)
    assert told.refused("JPM 1", ReturnDeposit(number, 1_00, "mine"))[0] is Reason.UNKNOWN_TRANSACTION
    (sent, *_) = [
        event
        for event in told.does("BAC 1", ReturnDeposit(number, 15_00, "too much"))
        if isinstance(event, DepositSent)
    ]
    assert sent.transfer.returns == number
    assert told.refused("BAC 1", ReturnDeposit(number, 25_01, "more"))[0] is Reason.AMOUNT
    told.does("BAC 1", ReturnDeposit(number, 25_00, "all"))
    assert has(banks) == (500_00, 500_00)
    assert told.refused("JPM 1", RecallDeposit(number, "wrong"))[0] is Reason.ALREADY_DONE


def test_a_payer_or_its_bank_asks_for_a_deposit_back_and_is_answered() -> None:
    banks = funded()
    told = banks.told
    number = banks.sends("JPM 1", "BAC 1", 40_00)
    told.does("JPM", RecallDeposit(number, "a fraud, the customer says"))
    recall = told.state.networks.last_recall
    assert told.refused("JPM 1", RecallDeposit(number, "again"))[0] is Reason.ALREADY_DONE
    assert told.refused("Citi 1", AnswerRecall(recall, True, "mine"))[0] is Reason.UNKNOWN_TRANSACTION
    told.does("BAC 1", AnswerRecall(recall, False, "it was due"))
    told.does("JPM 1", RecallDeposit(number, "please"))
    told.does("BAC 1", AnswerRecall(recall + 1, True, "then"))
    assert has(banks) == (500_00, 500_00)
    replay(told)


def test_what_was_sent_long_ago_is_remembered_no_more() -> None:
    banks = banked("PREFUNDED", return_days="1")
    banks.fund("JPM", 200_00)
    number = banks.sends("JPM 1", "BAC 1", 40_00)
    banks.told.does("JPM 1", RecallDeposit(number, "please"))
    banks.told.until(START.replace(day=START.day + 3))
    assert banks.told.refused("BAC 1", ReturnDeposit(number, 1_00, "late"))[0] is Reason.UNKNOWN_TRANSACTION
    assert not banks.told.state.networks.recalls


def test_a_return_that_has_to_wait_counts_once_and_is_taken_off_when_it_is_cancelled() -> None:
    banks = banked("QUEUED")
    banks.fund("JPM", 40_00)
    number = banks.sends("JPM 1", "BAC 1", 40_00)
    banks.told.does("BAC", WithdrawFunds(NETWORK, 40_00, False))
    banks.told.does("BAC 1", ReturnDeposit(number, 40_00, "not due"))
    waiting = banks.told.state.settlement.last_transaction
    assert banks.status(waiting) is Status.PENDING
    assert banks.told.refused("BAC 1", ReturnDeposit(number, 1, "more"))[0] is Reason.AMOUNT
    banks.told.does("BAC 1", CancelDeposit(waiting))
    assert banks.told.state.networks.transfers[number].returned == 0
    assert has(banks) == (460_00, 540_00)


def test_the_end_of_what_is_held_is_told_to_who_knew_of_it() -> None:
    banks = funded()
    held = sends(banks, hashed(banks))
    banks.told.does("BAC 1", DeclineDeposit(held))
    for who in ("JPM 1", "JPM", "BAC 1", "BAC", "TCH"):
        assert any(isinstance(event, HeldDone) for event in seen(banks.told, who)), who
    assert not any(isinstance(event, HeldDone) for event in seen(banks.told, "Citi 1"))
