"""How banks settle with each other: within caps and net at cycles, or queued and closed; and a bank that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bauhinia.ledger.instructions import Status
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Standing
from bauhinia.ledger.positions import key_of
from bauhinia.ledger.rulebooks import Provision
from bauhinia.machine import snapshot
from bauhinia.rules.clearing import BoundPosition, GrantLine, RepayLoss, SetDebitCap
from bauhinia.rules.deposits import DepositReturned
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.money import MintMoney, RedeemMoney
from bauhinia.rules.netting import CycleSettled, FundsCalled, LossShared, NetSettled, SettleCycle, split
from bauhinia.rules.networks import FundPosition, WithdrawFunds
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.settlement import TransactionCancelled, Waits
from bauhinia.rules.together import SettleTogether
from bauhinia.words.ids import NetworkNumber, PartyNumber
from bauhinia.words.reasons import Reason
from tests.rules.banks import BANKS, FUNDS, Banked, banked
from tests.support import START, replay, seen

NETWORK = NetworkNumber(1)


class Clearing(Banked):
    """The network of four banks, with words for what this file does over and over."""

    def net(self, bank: str) -> int:
        member = self.network.members[self.bank(bank)]
        return self.told.balance(member.position, self.network.credit) - member.cap

    def collateral(self, bank: str) -> int:
        return self.told.balance(self.network.members[self.bank(bank)].collateral, self.network.settlement)

    def cap(self, bank: str, amount: int) -> None:
        self.told.does("TCH", SetDebitCap(NETWORK, self.bank(bank), amount))

    def line(self, bank: str, to: str, amount: int) -> None:
        self.told.does(bank, GrantLine(NETWORK, self.bank(to), amount))

    def bound(self, bank: str, least: int, most: int) -> None:
        self.told.does("TCH", BoundPosition(NETWORK, self.bank(bank), least, most))

    def cycle(self) -> list[Any]:
        return self.told.does("TCH", SettleCycle(NETWORK))

    def spends(self, bank: str, amount: int) -> None:
        """A bank's own money is gone elsewhere."""
        member = self.network.members[self.bank(bank)]
        self.told.does(bank, RedeemMoney(self.network.settlement, member.own, amount, "away"))
        self.told.does("Fed", ConfirmPayment(self.told.state.settlement.last_payment, "FW1"))

    def stands(self, bank: str, standing: Standing) -> list[Any]:
        return self.told.does("operator", SetStanding(self.bank(bank), standing, "a test"))

    def until(self, minute: int) -> list[Any]:
        events = self.told.until(START, minute)
        self.sound()
        return events

    def sound(self) -> None:
        assert broken(self.told.state) == []

    def ends(self) -> None:
        """What has happened is sound, and happens again the same."""
        self.sound()
        again = replay(self.told)
        written = snapshot.write_snapshot(self.told.state)
        assert snapshot.write_snapshot(again) == written
        assert snapshot.write_snapshot(snapshot.read_snapshot(written)) == written


def opened(claims: str, **values: str) -> Clearing:
    found = banked(claims, **values)
    return Clearing(found.told, found.network, found.customers)


def netted(cap: int = 100_00, line: int = 100_00, posted: int = 100_00, **values: str) -> Clearing:
    """Each bank has posted collateral, has a cap, and grants each other a line."""
    banks = opened("NETTED", **values)
    for bank in BANKS:
        banks.fund(bank, posted, collateral=True)
    for bank in BANKS:
        banks.cap(bank, cap)
        for other in BANKS:
            if other != bank:
                banks.line(bank, other, line)
    return banks


def of(events: list[Any], kind: type) -> Iterator[Any]:
    return (event for event in events if isinstance(event, kind))


# netted, within caps


def test_within_caps_a_deposit_is_final_at_once_and_beyond_them_it_is_refused() -> None:
    banks = netted(cap=100_00, line=60_00)
    banks.sends("JPM 1", "BAC 1", 60_00)
    assert banks.has("BAC 1") == 560_00
    assert (banks.net("JPM"), banks.net("BAC")) == (-60_00, 60_00)
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "BAC 1", 1))[0] is Reason.LIQUIDITY, "BAC's line is used"
    banks.sends("JPM 1", "Citi 1", 40_00)
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "Citi 1", 1))[0] is Reason.LIQUIDITY, "the cap is used"
    banks.sends("BAC 1", "JPM 1", 120_00)  # by what it is owed a bank may owe more
    assert (banks.net("JPM"), banks.net("BAC")) == (20_00, -60_00)
    banks.sends("BAC 1", "Citi 1", 40_00)
    assert banks.told.refused("BAC 1", banks.pay("BAC 1", "Citi 1", 1))[0] is Reason.LIQUIDITY
    banks.ends()


def test_a_cycle_pays_what_is_owed_and_makes_caps_and_lines_whole() -> None:
    banks = netted()
    for payer, payee, amount in (("JPM 1", "BAC 1", 80_00), ("BAC 1", "Citi 1", 30_00), ("Citi 2", "JPM 2", 20_00)):
        banks.sends(payer, payee, amount)
    events = banks.cycle()
    assert [(event.bank, event.net, event.own) for event in of(events, NetSettled)] == [
        (banks.bank("JPM"), -60_00, -60_00), (banks.bank("BAC"), 50_00, 50_00), (banks.bank("Citi"), 10_00, 10_00),
    ]  # fmt: skip
    assert [banks.own(bank) for bank in BANKS] == [840_00, 950_00, 910_00, 900_00]
    assert [banks.net(bank) for bank in BANKS] == [0, 0, 0, 0]
    banks.sends("JPM 1", "BAC 1", 100_00)
    assert banks.told.refused("TCH", SettleCycle(NetworkNumber(2)))[0] is Reason.UNKNOWN_NETWORK
    assert banks.told.refused("JPM", SettleCycle(NETWORK))[0] is Reason.NOT_AUTHORISED
    banks.cycle()
    assert banks.told.refused("TCH", SettleCycle(NETWORK))[0] is Reason.NOT_DUE
    banks.ends()


def test_a_ring_leaves_nobody_owing_but_uses_lines_until_the_cycle() -> None:
    banks = netted(line=50_00)
    for payer, payee in (("JPM 1", "BAC 1"), ("BAC 1", "Citi 1"), ("Citi 1", "JPM 1")):
        banks.sends(payer, payee, 50_00)
    assert [banks.net(bank) for bank in BANKS] == [0, 0, 0, 0]
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "BAC 1", 1))[0] is Reason.LIQUIDITY
    banks.cycle()
    banks.sends("JPM 1", "BAC 1", 50_00)
    banks.ends()


def test_nobody_is_told_of_anothers_net() -> None:
    banks = netted()
    banks.sends("JPM 1", "BAC 1", 80_00)
    banks.sends("Citi 1", "BAC 1", 7_77)
    banks.cycle()
    told = [event for event in seen(banks.told, "JPM") if "77" in repr(event)]
    assert told == []
    assert any(isinstance(event, NetSettled) for event in seen(banks.told, "JPM"))
    assert not any(isinstance(event, NetSettled) for event in seen(banks.told, "Wells"))
    assert any(isinstance(event, CycleSettled) for event in seen(banks.told, "Wells"))


def test_cycles_run_at_the_rulebooks_times_and_what_was_queued_for_a_cap_goes_on() -> None:
    banks = netted(cycles="nonsense 12:00 14:00", short="QUEUE")
    banks.sends("JPM 1", "BAC 1", 100_00)
    waiting = banks.sends("JPM 1", "Citi 1", 50_00)
    assert banks.status(waiting) is Status.PENDING
    banks.told.until(START, 11 * 60 + 59)
    assert banks.status(waiting) is Status.PENDING
    # a day begins with its cycles: those of the first day were not on its agenda before the network was there
    banks.told.until(START.replace(day=3), 12 * 60)
    assert banks.status(waiting) is Status.SETTLED
    assert banks.net("JPM") == -50_00
    banks.told.until(START.replace(day=3), 14 * 60)
    assert banks.net("JPM") == 0
    banks.ends()


def test_what_a_bank_is_paid_frees_what_waits_for_its_cap() -> None:
    banks = netted(short="QUEUE")
    banks.sends("JPM 1", "BAC 1", 100_00)
    waiting = banks.sends("JPM 1", "Citi 1", 50_00)
    banks.sends("Wells 1", "JPM 1", 40_00)
    assert banks.status(waiting) is Status.PENDING
    banks.sends("Wells 1", "JPM 1", 10_00)
    assert banks.status(waiting) is Status.SETTLED
    banks.ends()


def test_who_was_woken_for_what_another_took_lets_those_behind_it_go() -> None:
    banks = opened("NETTED", short="QUEUE")
    banks.fund("JPM", 45_00, collateral=True)
    banks.line("BAC", "JPM", 100_00)
    elsewhere = banks.sends("JPM 1", "Citi 1", 20_00, priority=1)  # Citi grants no line: once woken it waits for that
    large = banks.sends("JPM 1", "BAC 1", 40_00, priority=2)  # woken then, for what the next one takes before it
    small = banks.sends("JPM 1", "BAC 1", 10_00, priority=3)
    behind = banks.sends("JPM 1", "BAC 1", 18_00, priority=4)
    banks.cap("JPM", 45_00)
    statuses = [banks.status(each) for each in (elsewhere, large, small, behind)]
    assert statuses == [Status.PENDING, Status.PENDING, Status.SETTLED, Status.SETTLED]
    banks.ends()


@pytest.mark.parametrize(
    ("who", "command", "reason"),
    [
        ("TCH", SetDebitCap(NetworkNumber(9), PartyNumber(4), 1), Reason.UNKNOWN_NETWORK),
        ("Fed", SetDebitCap(NETWORK, PartyNumber(4), 1), Reason.UNKNOWN_NETWORK),
        ("TCH", SetDebitCap(NETWORK, PartyNumber(1), 1), Reason.UNKNOWN_PARTY),
        ("TCH", SetDebitCap(NETWORK, PartyNumber(4), -1), Reason.AMOUNT),
        ("TCH", SetDebitCap(NETWORK, PartyNumber(4), 100_00), Reason.ALREADY_DONE),
        ("TCH", SetDebitCap(NETWORK, PartyNumber(4), 100_01), Reason.UNCOVERED),
        ("JPM", WithdrawFunds(NETWORK, 1, True), Reason.UNCOVERED),
        ("JPM", GrantLine(NetworkNumber(9), PartyNumber(4), 1), Reason.UNKNOWN_NETWORK),
        ("JPM", GrantLine(NETWORK, PartyNumber(4), 1), Reason.UNKNOWN_PARTY),
        ("JPM", GrantLine(NETWORK, PartyNumber(1), 1), Reason.UNKNOWN_PARTY),
        ("BAC", GrantLine(NETWORK, PartyNumber(4), 100_00), Reason.ALREADY_DONE),
        ("BAC", GrantLine(NETWORK, PartyNumber(4), -1), Reason.AMOUNT),
        ("JPM", RepayLoss(NETWORK, PartyNumber(5), 1), Reason.UNKNOWN_PARTY),
    ],
)
def test_caps_and_lines_that_are_refused(who: str, command: object, reason: Reason) -> None:
    banks = netted()
    assert banks.bank("JPM") == 4
    assert banks.told.refused(who, command)[0] is reason


def test_a_lower_cap_takes_effect_as_far_as_it_is_unused_and_the_rest_at_the_cycle() -> None:
    banks = netted()
    banks.sends("JPM 1", "BAC 1", 70_00)
    banks.cap("JPM", 20_00)
    banks.line("BAC", "JPM", 10_00)
    member = banks.network.members[banks.bank("JPM")]
    assert (member.cap, member.ordered) == (70_00, 20_00)
    assert banks.network.members[banks.bank("BAC")].granted[member.bank] == 70_00
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "Citi 1", 1))[0] is Reason.LIQUIDITY
    banks.sound()
    banks.cycle()
    assert (member.cap, member.ordered) == (20_00, 20_00)
    assert banks.network.members[banks.bank("BAC")].granted[member.bank] == 10_00
    banks.told.does("JPM", WithdrawFunds(NETWORK, 80_00, True))
    banks.ends()


def test_half_covered_by_its_own_and_the_rest_by_the_others_whichever_two_fail() -> None:
    banks = opened("NETTED", own_cover="0.5", loss_share="1")
    for bank in BANKS:
        banks.fund(bank, 50_00, collateral=True)
    banks.cap("JPM", 100_00)
    banks.cap("BAC", 100_00)  # should both fail, Citi and Wells have pledged 100.00 for the 100.00 left open
    assert banks.told.refused("TCH", SetDebitCap(NETWORK, banks.bank("Citi"), 101_00))[0] is Reason.UNCOVERED
    banks.cap("Citi", 100_00)
    assert banks.told.refused("Wells", WithdrawFunds(NETWORK, 1, True))[0] is Reason.UNCOVERED, (
        "it is pledged for others"
    )
    banks.fund("Wells", 10_00, collateral=True)
    banks.told.does("Wells", WithdrawFunds(NETWORK, 10_00, True))


# a bank that is short in a cycle


def test_a_bank_that_is_short_is_called_upon_and_the_cycle_waits_for_it() -> None:
    banks = netted(fund_minutes="20")
    banks.sends("JPM 1", "BAC 1", 90_00)
    banks.spends("JPM", 850_00)
    (called,) = of(banks.cycle(), FundsCalled)
    assert (called.bank, called.amount) == (banks.bank("JPM"), 40_00)
    assert banks.net("BAC") == 90_00
    assert banks.told.refused("TCH", SettleCycle(NETWORK))[0] is Reason.NOT_DUE
    own = banks.network.members[banks.bank("JPM")].own
    banks.told.does("Fed", MintMoney(banks.network.settlement, own, 40_00, "lent"))
    banks.cycle()
    assert (banks.net("BAC"), banks.own("JPM"), banks.collateral("JPM")) == (0, 0, 100_00)
    assert not any(of(banks.until(11 * 60), CycleSettled)), "its deadline comes to nothing"
    banks.ends()


def test_past_the_deadline_its_collateral_pays_and_its_cap_comes_down() -> None:
    banks = netted(fund_minutes="20")
    banks.sends("JPM 1", "BAC 1", 90_00)
    banks.spends("JPM", 850_00)
    banks.cycle()
    events = banks.until(10 * 60 + 20)
    (paid,) = (event for event in of(events, NetSettled) if event.bank == banks.bank("JPM"))
    assert (paid.net, paid.own, paid.collateral) == (-90_00, -50_00, 40_00)
    assert (banks.own("BAC"), banks.collateral("JPM")) == (990_00, 60_00)
    assert banks.network.members[banks.bank("JPM")].cap == 60_00
    assert banks.network.owed == {}
    banks.ends()


def test_what_its_collateral_leaves_open_the_others_bear_and_it_owes_them() -> None:
    banks = opened("NETTED", own_cover="0.25", loss_by="LINES", fund_minutes="20")
    for bank, posted in zip(BANKS, (20_00, 18_00, 42_00, 60_00), strict=True):
        banks.fund(bank, posted, collateral=True)
    banks.cap("JPM", 80_00)
    for bank, line in (("BAC", 20_00), ("Citi", 60_00)):
        banks.line(bank, "JPM", line)
    banks.sends("JPM 1", "BAC 1", 20_00)
    banks.sends("JPM 1", "Citi 1", 60_00)
    banks.spends("JPM", 980_00)
    banks.cycle()
    events = banks.until(10 * 60 + 20)
    shared = [(event.bank, event.amount, event.forgone) for event in of(events, LossShared)]
    assert shared == [(banks.bank("BAC"), 18_00, False), (banks.bank("Citi"), 42_00, False)], "as far as each has"
    assert [banks.collateral(bank) for bank in BANKS] == [0, 0, 0, 60_00]
    assert (banks.own("BAC"), banks.own("Citi")) == (1_002_00, 1_018_00), "both are paid in full"
    assert (banks.has("BAC 1"), banks.has("Citi 1")) == (520_00, 560_00), "and so are their customers"
    assert banks.network.members[banks.bank("JPM")].cap == 0
    assert banks.told.refused("TCH", SetDebitCap(NETWORK, banks.bank("JPM"), 1))[0] is Reason.OWING
    own = banks.network.members[banks.bank("JPM")].own
    banks.told.does("Fed", MintMoney(banks.network.settlement, own, 60_00, "lent"))
    assert banks.told.refused("JPM", RepayLoss(NETWORK, banks.bank("BAC"), 18_01))[0] is Reason.AMOUNT
    for bank, amount in (("BAC", 10_00), ("BAC", 8_00), ("Citi", 42_00)):
        banks.told.does("JPM", RepayLoss(NETWORK, banks.bank(bank), amount))
    assert banks.network.owed == {}
    banks.ends()


def test_by_collateral_each_bears_in_proportion_to_what_it_has_pledged() -> None:
    banks = opened("NETTED", own_cover="0", loss_share="0.5")
    for bank, posted in zip(BANKS, (0, 40_00, 80_00, 200_00), strict=True):
        if posted:
            banks.fund(bank, posted, collateral=True)
    banks.cap("JPM", 32_00)
    banks.line("BAC", "JPM", 32_00)
    banks.sends("JPM 1", "BAC 1", 32_00)
    events = banks.stands("JPM", Standing.INSOLVENT)
    assert [event.amount for event in of(events, LossShared)] == [4_00, 8_00, 20_00]
    assert (banks.own("BAC"), banks.collateral("BAC")) == (992_00, 36_00)
    banks.ends()


def test_beyond_all_collateral_those_who_are_owed_are_paid_less_and_nothing_is_unwound() -> None:
    banks = opened("NETTED", own_cover="0", loss_share="1", fund_minutes="20")
    for bank in ("BAC", "Citi", "Wells"):
        banks.fund(bank, 30_00, collateral=True)
    banks.cap("JPM", 50_00)
    banks.line("BAC", "JPM", 50_00)
    banks.sends("JPM 1", "BAC 1", 50_00)
    for bank in ("Citi", "Wells"):  # with them goes what they have pledged
        banks.stands(bank, Standing.SUSPENDED)
    banks.spends("JPM", 1_000_00)
    banks.cycle()
    events = banks.until(10 * 60 + 20)
    assert [(event.bank, event.amount, event.forgone) for event in of(events, LossShared)] == [
        (banks.bank("BAC"), 30_00, False), (banks.bank("BAC"), 20_00, True),
    ]  # fmt: skip
    assert (banks.own("BAC"), banks.has("BAC 1")) == (1_000_00, 550_00)
    assert banks.network.owed == {(banks.bank("JPM"), banks.bank("BAC")): 50_00}
    banks.ends()


def test_an_amount_is_split_by_weights_within_limits() -> None:
    a, b, c = PartyNumber(1), PartyNumber(2), PartyNumber(3)
    assert split(10, {a: 1, b: 1, c: 1}, {a: 9, b: 9, c: 9}) == {a: 3, b: 3, c: 4}
    assert split(10, {a: 1, b: 1, c: 1}, {a: 1, b: 9, c: 9}) == {a: 1, b: 4, c: 5}
    assert split(10, {a: 1, b: 0, c: 0}, {a: 4, b: 9, c: 9}) == {a: 4, b: 0, c: 0}
    assert split(0, {a: 1}, {a: 1}) == {a: 0}


# queued


def test_a_position_keeps_its_least_and_never_holds_more_than_its_most() -> None:
    banks = opened("QUEUED")
    assert banks.told.refused("TCH", BoundPosition(NETWORK, banks.bank("JPM"), 50_00, 0))[0] is Reason.LIQUIDITY
    banks.fund("JPM", 150_00)
    banks.bound("JPM", 50_00, 200_00)
    banks.bound("BAC", 0, 80_00)
    assert banks.told.refused("JPM", WithdrawFunds(NETWORK, 100_01, False))[0] is Reason.MONY
    first = banks.sends("JPM 1", "BAC 1", 80_00)
    full = banks.sends("JPM 1", "BAC 1", 10_00)
    least = banks.sends("JPM 2", "Citi 1", 21_00)
    assert [banks.status(each) for each in (first, full, least)] == [Status.SETTLED, Status.PENDING, Status.PENDING]
    waits = {event.transaction: event.reason for event in of(
        [event for applied in banks.told.applied for outcome in applied.outcomes for event in outcome.events], Waits
    )}  # fmt: skip
    assert (waits[full], waits[least]) == (Reason.HOLDING_LIMIT, Reason.MONY)
    banks.sound()
    banks.sends("BAC 1", "Citi 1", 10_00)  # makes room
    assert banks.status(full) is Status.SETTLED
    banks.bound("JPM", 40_00, 200_00)
    assert banks.status(least) is Status.PENDING
    banks.fund("JPM", 50_00)
    assert banks.status(least) is Status.SETTLED
    assert banks.told.refused("JPM", FundPosition(NETWORK, 200_00, False))[0] is Reason.HOLDING_LIMIT
    banks.bound("JPM", 0, 0)
    banks.ends()


@pytest.mark.parametrize("mode", ["QUEUED", "NETTED"])
def test_two_deposits_between_two_banks_settle_together_when_the_second_arrives(mode: str) -> None:
    banks = opened(mode, short="QUEUE")
    first = banks.sends("JPM 1", "BAC 1", 400_00)
    second = banks.sends("BAC 2", "JPM 2", 400_00)
    assert [banks.status(each) for each in (first, second)] == [Status.SETTLED, Status.SETTLED]
    assert (banks.has("BAC 1"), banks.has("JPM 2")) == (900_00, 900_00)
    banks.ends()


def test_a_ring_of_deposits_settles_together_with_nothing_funded() -> None:
    banks = opened("QUEUED")
    pairs = (("JPM 1", "BAC 1"), ("BAC 1", "Citi 1"), ("Citi 1", "JPM 1"))
    ring = tuple(banks.sends(payer, payee, 100_00) for payer, payee in pairs)
    assert banks.told.refused("JPM", SettleTogether(ring, "a ring"))[0] is Reason.UNKNOWN_TRANSACTION
    assert banks.told.refused("operator", SettleTogether(ring[:2], "not round"))[0] is Reason.MONY
    banks.told.does("operator", SettleTogether(ring, "a ring"))
    assert [banks.has(f"{bank} 1") for bank in ("JPM", "BAC", "Citi")] == [500_00, 500_00, 500_00]
    banks.ends()


def closing(**values: str) -> Clearing:
    banks = opened("QUEUED", close="15:00", fund_minutes="30", **values)
    banks.told.until(START.replace(day=3))
    return banks


def at(banks: Clearing, minute: int) -> list[Any]:
    events = banks.told.until(START.replace(day=3), minute)
    banks.sound()
    return events


def test_at_the_close_each_bank_is_told_what_it_lacks_and_what_is_funded_settles() -> None:
    banks = closing()
    banks.fund("Citi", 5_00)
    one = banks.sends("JPM 1", "BAC 1", 300_00)
    two = banks.sends("BAC 1", "Citi 1", 200_00)
    three = banks.sends("Citi 2", "JPM 1", 50_00)
    called = list(of(at(banks, 15 * 60), FundsCalled))
    assert [(each.bank, each.amount, each.close) for each in called] == [(banks.bank("JPM"), 250_00, True)]
    later = banks.sends("Wells 1", "JPM 1", 1_00)
    banks.fund("JPM", 250_00)
    events = at(banks, 15 * 60 + 30)
    assert [banks.status(each) for each in (one, two, three, later)] == [Status.SETTLED] * 3 + [Status.PENDING]
    assert [(each.bank, each.own) for each in of(events, NetSettled)] == [
        (banks.bank("BAC"), 100_00), (banks.bank("Citi"), 155_00),
    ]  # fmt: skip
    assert [banks.position(bank) for bank in BANKS] == [0, 0, 0, 0]
    assert [banks.own(bank) - FUNDS for bank in BANKS] == [-250_00, 100_00, 150_00, 0]
    assert any(each.close for each in of(events, CycleSettled))
    banks.ends()


def test_what_is_not_funded_by_the_close_expires_the_last_first_and_goes_back() -> None:
    banks = closing()
    kept = banks.sends("JPM 1", "BAC 1", 60_00)
    urgent = banks.sends("JPM 1", "BAC 1", 50_00, priority=1)
    depends = banks.sends("BAC 1", "Citi 1", 105_00)
    at(banks, 15 * 60)
    banks.fund("JPM", 59_00)
    events = at(banks, 15 * 60 + 30)
    assert [banks.status(each) for each in (kept, urgent, depends)] == [
        Status.CANCELLED, Status.SETTLED, Status.CANCELLED,
    ]  # fmt: skip
    assert {each.transaction for each in of(events, TransactionCancelled)} == {kept, depends}
    assert len(list(of(events, DepositReturned))) == 2
    assert (banks.has("JPM 1"), banks.has("BAC 1"), banks.has("Citi 1")) == (450_00, 550_00, 500_00)
    assert (banks.own("JPM"), banks.own("BAC")) == (950_00, 1_050_00)
    banks.ends()


def test_a_close_leaves_the_least_in_place_and_looks_at_no_ceiling_in_between() -> None:
    banks = closing()
    banks.fund("JPM", 80_00)
    banks.bound("JPM", 30_00, 0)
    banks.bound("BAC", 0, 10_00)
    waiting = banks.sends("JPM 1", "BAC 1", 50_00)
    assert banks.status(waiting) is Status.PENDING
    at(banks, 15 * 60)
    assert banks.status(waiting) is Status.SETTLED
    assert (banks.position("JPM"), banks.position("BAC"), banks.own("BAC")) == (30_00, 0, 1_050_00)
    banks.ends()


# a bank that fails


def test_netted_a_bank_fails_and_what_it_owes_is_paid_at_once() -> None:
    banks = netted(cap=100_00, posted=100_00)
    banks.sends("JPM 1", "BAC 1", 60_00)
    banks.sends("JPM 1", "Citi 1", 20_00)
    banks.sends("Wells 1", "BAC 1", 40_00)
    events = banks.stands("JPM", Standing.INSOLVENT)
    nets = {event.bank: (event.net, event.collateral) for event in of(events, NetSettled)}
    assert nets == {
        banks.bank("JPM"): (-80_00, 80_00), banks.bank("BAC"): (66_66, 0), banks.bank("Citi"): (13_34, 0),
    }  # fmt: skip
    assert (banks.own("JPM"), banks.collateral("JPM")) == (900_00, 20_00), "its own account is its estate's"
    assert [banks.net(bank) for bank in BANKS] == [0, 33_34, 6_66, -40_00]
    assert banks.told.state.assets[banks.network.members[banks.bank("JPM")].token].paused
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "JPM 2", 1_00))[0] is Reason.SUSPENDED
    assert banks.told.refused("BAC 1", banks.pay("BAC 1", "JPM 1", 1_00))[0] is Reason.SUSPENDED
    banks.sends("BAC 1", "Citi 1", 10_00)
    banks.cycle()
    assert [banks.net(bank) for bank in BANKS] == [0, 0, 0, 0]
    assert sum(banks.own(bank) + banks.collateral(bank) for bank in BANKS) == 4 * FUNDS
    banks.stands("JPM", Standing.ACTIVE)
    assert not banks.told.state.assets[banks.network.members[banks.bank("JPM")].token].paused
    banks.sends("BAC 1", "JPM 1", 10_00)
    assert banks.told.refused("JPM 1", banks.pay("JPM 1", "Citi 1", 10_01))[0] is Reason.LIQUIDITY, "it has no cap yet"
    banks.cap("JPM", 20_00)
    banks.sends("JPM 1", "Citi 1", 30_00)
    banks.ends()


def test_a_bank_that_is_owed_when_it_fails_is_paid_in_the_next_cycle() -> None:
    banks = netted()
    banks.sends("BAC 1", "JPM 1", 60_00)
    assert not list(of(banks.stands("JPM", Standing.SUSPENDED), NetSettled))
    banks.cycle()
    assert banks.own("JPM") == 960_00
    banks.ends()


@pytest.mark.parametrize(("moment", "status"), [("", Status.CANCELLED), ("SF2", Status.PENDING)])
def test_queued_what_waits_to_and_from_a_bank_that_fails(moment: str, status: Status) -> None:
    banks = opened("QUEUED")
    if moment:
        said = (Provision("network.claims", "QUEUED", "test"), Provision("finality.moment", moment, "test"))
        banks.told.does("operator", PublishRulebook("deposits", 2, START.replace(day=3), "deposits", (), said))
        banks.told.until(START.replace(day=3))
    out, into = banks.sends("JPM 1", "BAC 1", 40_00), banks.sends("BAC 1", "JPM 1", 30_00)
    other = banks.sends("BAC 2", "Citi 1", 20_00)
    assert banks.status(into) is Status.PENDING
    banks.stands("JPM", Standing.SUSPENDED)
    assert [banks.status(each) for each in (out, into, other)] == [status, status, Status.PENDING]
    if not moment:
        assert (banks.has("JPM 1"), banks.has("BAC 1")) == (460_00, 500_00), "what comes back to its own is blocked"
    banks.fund("BAC", 20_00)
    assert banks.status(other) is Status.SETTLED
    banks.stands("JPM", Standing.ACTIVE)
    if moment:
        banks.fund("JPM", 40_00)
        assert banks.status(out) is Status.SETTLED
        assert banks.status(into) is Status.SETTLED
    else:
        assert banks.has("JPM 1") == 500_00
    banks.ends()


# what must hold, broken on purpose


def _more_cap(banks: Clearing) -> None:
    banks.network.members[banks.bank("JPM")].cap += 1


def _other_line(banks: Clearing) -> None:
    banks.network.members[banks.bank("BAC")].granted[banks.bank("JPM")] += 1


def _lower_ceiling(banks: Clearing) -> None:
    member = banks.network.members[banks.bank("JPM")]
    member.most = banks.told.state.networks.ceilings[key_of(member.position, banks.network.settlement)] = 1


def _other_least(banks: Clearing) -> None:
    banks.network.members[banks.bank("JPM")].least += 1


def _not_under_way(banks: Clearing) -> None:
    banks.told.state.settlement.live.clear()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (_more_cap, "40000 of credit, caps of 40001"),
        (_other_line, "banks 4 and 7 use 1 of their lines against nobody"),
        (_lower_ceiling, "bank 4 has funded 2000, of 1 at most"),
        (_other_least, "has 500 of asset 2 earmarked, expected 501"),
        (_not_under_way, "bank 4 has 10100 in transit, of which 0 is under way"),
    ],
)
def test_each_breach_in_a_network_is_told(fault: Callable[[Clearing], None], told: str) -> None:
    banks = netted(short="QUEUE")
    banks.fund("JPM", 20_00)
    banks.bound("JPM", 5_00, 50_00)
    banks.sends("JPM 1", "BAC 1", 101_00)
    banks.sound()
    fault(banks)
    found = broken(banks.told.state)
    assert any(told in each for each in found), found
