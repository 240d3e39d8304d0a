"""Bridges between banks over the hours in which the RTGS is closed."""

from __future__ import annotations

from bauhinia.ledger.instructions import Status
from bauhinia.ledger.invariants import broken
from bauhinia.rules.bridges import BridgeOverdue, BridgeRepaid, DrawBridge, OfferBridge, RepayBridge
from bauhinia.rules.networks import FundPosition, WithdrawFunds
from bauhinia.words.dates import DAY
from bauhinia.words.reasons import Reason
from tests.rules.banks import FUNDS, NETWORK, Banked, banked
from tests.support import START, replay


def bridged(limit: int = 100_00, *, automatic: bool = True, mode: str = "PREFUNDED") -> Banked:
    """Citi lends JPM, which has funded nothing."""
    banks = banked(mode)
    banks.fund("Citi", 150_00)
    until = banks.told.state.time + 5 * DAY
    banks.told.does("Citi", OfferBridge(NETWORK, banks.bank("JPM"), limit, until, automatic))
    return banks


def drawn(banks: Banked) -> int:
    return banks.network.bridges[banks.bank("Citi"), banks.bank("JPM")].drawn


def test_a_deposit_draws_what_its_bank_lacks_and_never_more_than_the_limit() -> None:
    banks = bridged()
    banks.sends("JPM 1", "BAC 1", 60_00)
    assert (drawn(banks), banks.position("Citi"), banks.position("BAC")) == (60_00, 90_00, 60_00)
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "BAC 1", 40_01))[0] is Reason.LIQUIDITY
    assert drawn(banks) == 60_00
    banks.fund("JPM", 10_00)
    banks.sends("JPM 1", "BAC 1", 50_00)
    assert drawn(banks) == 100_00
    assert broken(banks.told.state) == []


def test_what_is_drawn_is_repaid_at_the_cut_off_out_of_the_borrowers_own_account() -> None:
    banks = bridged()
    banks.sends("JPM 1", "BAC 1", 60_00)
    events = banks.told.until(START, 16 * 60 + 1)
    assert [event.amount for event in events if isinstance(event, BridgeRepaid)] == [60_00]
    assert (drawn(banks), banks.own("JPM"), banks.position("Citi")) == (0, FUNDS - 60_00, 150_00)
    replay(banks.told)


def test_what_cannot_be_repaid_is_overdue_and_nothing_more_is_drawn_until_it_is() -> None:
    banks = bridged()
    told = banks.told
    told.does("JPM", FundPosition(NETWORK, FUNDS, True))
    banks.sends("JPM 1", "BAC 1", 60_00)
    events = told.until(START, 16 * 60 + 1)
    assert [event.amount for event in events if isinstance(event, BridgeOverdue)] == [60_00]
    assert told.refused("JPM 1", banks.pay("JPM 1", "BAC 1", 1_00))[0] is Reason.LIQUIDITY
    assert told.refused("JPM", DrawBridge(NETWORK, banks.bank("Citi"), 1_00))[0] is Reason.AMOUNT
    told.does("JPM", WithdrawFunds(NETWORK, 60_00, True))
    assert told.refused("JPM", RepayBridge(NETWORK, banks.bank("Citi"), 60_01))[0] is Reason.AMOUNT
    told.does("JPM", RepayBridge(NETWORK, banks.bank("Citi"), 60_00))
    banks.sends("JPM 1", "BAC 1", 1_00)
    assert drawn(banks) == 1_00


def test_a_bridge_that_is_not_automatic_is_drawn_by_its_borrower_alone_and_wakes_its_queue() -> None:
    banks = bridged(automatic=False, mode="QUEUED")
    waiting = banks.sends("JPM 1", "BAC 1", 60_00)
    assert banks.status(waiting) is Status.PENDING
    assert banks.told.refused("BAC", DrawBridge(NETWORK, banks.bank("Citi"), 60_00))[0] is Reason.UNKNOWN_PARTY
    assert banks.told.refused("JPM", DrawBridge(NETWORK, banks.bank("Citi"), 100_01))[0] is Reason.AMOUNT
    banks.told.does("JPM", DrawBridge(NETWORK, banks.bank("Citi"), 60_00))
    assert banks.status(waiting) is Status.SETTLED


def test_a_lender_lends_what_it_has_and_says_no_more_than_that_it_has_not() -> None:
    banks = bridged(limit=500_00)
    assert banks.told.refused("JPM", DrawBridge(NETWORK, banks.bank("Citi"), 151_00)) == (
        Reason.LIQUIDITY, ("lender", banks.bank("Citi")),
    )  # fmt: skip


def test_an_offer_is_withdrawn_and_what_is_drawn_stays_due() -> None:
    banks = bridged()
    banks.sends("JPM 1", "BAC 1", 60_00)
    until = banks.told.state.time + DAY
    banks.told.does("Citi", OfferBridge(NETWORK, banks.bank("JPM"), 0, until, True))
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "BAC 1", 1_00))[0] is Reason.LIQUIDITY
    assert drawn(banks) == 60_00
    banks.told.until(START, 16 * 60 + 1)
    assert drawn(banks) == 0
