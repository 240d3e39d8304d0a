"""Whatever banks and their customers do in whatever order: no cap, line or bound is exceeded at any instant, nothing is
made or lost, and the same blocks give the same state. What may be owed is counted here from the events alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bauhinia.ledger.instructions import OPEN
from bauhinia.ledger.invariants import broken, outstanding
from bauhinia.ledger.networks import ClaimMode, Transfer
from bauhinia.ledger.parties import Standing
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.clearing import (
    BoundPosition,
    DebitCapSet,
    GrantLine,
    LineGranted,
    RepayLoss,
    SetDebitCap,
)
from bauhinia.rules.deposits import CancelDeposit, DepositSent
from bauhinia.rules.money import MintMoney, RedeemMoney
from bauhinia.rules.netting import CycleSettled, LossShared, NetSettled, SettleCycle
from bauhinia.rules.networks import FundPosition, WithdrawFunds
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.rules.settlement import Settled
from bauhinia.words.dates import MINUTE, local_of
from bauhinia.words.ids import NetworkNumber, PartyNumber, Units
from tests.rules.banks import BANKS, FUNDS, Banked, banked
from tests.support import HKT, START, Seed, Told

NETWORK = NetworkNumber(1)
MARKETS: dict[str, dict[str, str]] = {
    "covered": {"claims": "NETTED", "cycles": "11:00 13:30", "fund_minutes": "30"},
    "shared": {"claims": "NETTED", "own_cover": "0.4", "short": "QUEUE", "cycles": "12:00", "loss_by": "LINES"},
    "queued": {"claims": "QUEUED", "close": "14:00", "fund_minutes": "30"},
}
Doing = tuple[str, int, int, int]
doings = st.lists(
    st.tuples(
        st.sampled_from(
            ("send",) * 8 + ("fund",) * 3 + ("withdraw", "cap", "line", "bound", "cycle", "fail", "back", "drain",
             "mint", "later", "later", "cancel", "repay")
        ),
        st.integers(0, 7), st.integers(0, 7), st.integers(1, 90),
    ),
    min_size=5, max_size=40,
)  # fmt: skip


@cache
def started(market: str) -> tuple[bytes, Banked]:
    """A network in the middle of its second morning, with caps and lines where banks net."""
    banks = banked(**MARKETS[market])
    banks.told.until(START.replace(day=3))
    if market != "queued":
        for bank in BANKS:
            banks.fund(bank, 50_00, collateral=True)
        for bank in BANKS:
            banks.told.does("TCH", SetDebitCap(NETWORK, banks.bank(bank), 50_00))
            for other in BANKS:
                if other != bank:
                    banks.told.does(bank, GrantLine(NETWORK, banks.bank(other), 30_00))
    return write_snapshot(banks.told.state), banks


def begun(market: str) -> tuple[Banked, Seed]:
    data, like = started(market)
    told = Told(read_snapshot(data), like.told.genesis, parties=dict(like.told.parties), nonces=dict(like.told.nonces))
    return Banked(told, told.state.networks.networks[NETWORK], dict(like.customers)), Seed(told)


@dataclass
class Counted:
    """What banks owe, by the events: between each two, and all in all; and what they may."""

    deposits: dict[int, Transfer] = field(default_factory=dict)
    paid: dict[tuple[int, int], Units] = field(default_factory=dict)
    net: dict[PartyNumber, Units] = field(default_factory=dict)
    cap: dict[PartyNumber, Units] = field(default_factory=dict)
    line: dict[tuple[int, int], Units] = field(default_factory=dict)
    owed: Units = 0
    lost: bool = False

    def tell(self, event: Any) -> None:
        if isinstance(event, DepositSent):
            self.deposits[event.transfer.number] = event.transfer
        elif isinstance(event, Settled):
            for number in event.transactions:
                if number in self.deposits:
                    self._settled(self.deposits.pop(number))
        elif isinstance(event, NetSettled):
            self.net[event.bank] = self.net.get(event.bank, 0) - event.net
        elif isinstance(event, CycleSettled) and not event.close:
            for pair in list(self.paid):
                if not event.bank or event.bank in pair:
                    del self.paid[pair]
        elif isinstance(event, LossShared):
            self.lost, self.owed = True, self.owed + event.amount
        elif isinstance(event, DebitCapSet):
            self.cap[event.bank] = event.cap
        elif isinstance(event, LineGranted):
            self.line[event.bank, event.to] = event.granted

    def _settled(self, sent: Transfer) -> None:
        payer, payee = sent.payer_bank, sent.payee_bank
        if payer == payee or sent.mode is not ClaimMode.NETTED:
            return
        self.net[payer] = self.net.get(payer, 0) - sent.amount
        self.net[payee] = self.net.get(payee, 0) + sent.amount
        pair, sign = ((payer, payee), 1) if payer < payee else ((payee, payer), -1)
        self.paid[pair] = self.paid.get(pair, 0) + sign * sent.amount

    def exceeded(self) -> list[str]:
        """What is exceeded between two events."""
        found = [f"bank {bank} owes {-net}" for bank, net in self.net.items() if -net > self.cap[bank]]
        for (one, other), paid in self.paid.items():
            if not -self.line.get((one, other), 0) <= paid <= self.line.get((other, one), 0):
                found.append(f"banks {one} and {other}: {paid}")
        return found


def do(banks: Banked, doing: Doing) -> None:
    """One thing, which may be refused."""
    what, one, other, amount = doing
    told, names = banks.told, list(banks.customers)
    bank, another = BANKS[one % 4], BANKS[other % 4]
    number, units = banks.bank(bank), amount * 100
    member = banks.network.members[number]
    commands: dict[str, tuple[str, Any]] = {
        "send": (names[one], banks.pay(names[one], names[other], units, priority=1 + amount % 4)),
        "fund": (bank, FundPosition(NETWORK, units, amount % 2 == 0)),
        "withdraw": (bank, WithdrawFunds(NETWORK, units, amount % 2 == 0)),
        "cap": ("TCH", SetDebitCap(NETWORK, number, units)),
        "line": (bank, GrantLine(NETWORK, banks.bank(another), units - 100)),
        "bound": ("TCH", BoundPosition(NETWORK, number, amount % 3 * 500, units * 2 if amount % 2 else 0)),
        "cycle": ("TCH", SettleCycle(NETWORK)),
        "fail": ("operator", SetStanding(number, Standing.INSOLVENT if amount % 2 else Standing.SUSPENDED, "fails")),
        "back": ("operator", SetStanding(number, Standing.ACTIVE, "is back")),
        "mint": ("Fed", MintMoney(banks.network.settlement, member.own, units, "reserve")),
        "repay": (bank, RepayLoss(NETWORK, banks.bank(another), units)),
    }
    if what in commands:
        told.send(*commands[what])
    elif what == "drain":
        all_of_it = told.balance(member.own, banks.network.settlement)
        outcome = told.send(bank, RedeemMoney(banks.network.settlement, member.own, max(all_of_it, 1), "away"))[0]
        if not outcome.code:
            told.does("Fed", ConfirmPayment(told.state.settlement.last_payment, "FW"))
    elif what == "later":
        day, seconds = local_of(told.state.time + 20 * MINUTE, HKT)
        told.until(day, min(seconds // 60, 17 * 60 + 59))
    else:
        waiting = [each for each in told.state.networks.transfers if each in told.state.settlement.live]
        if waiting:
            chosen = waiting[one % len(waiting)]
            payer = told.state.networks.transfers[chosen].payer
            who = next(name for name, account in banks.customers.items() if account == payer)
            told.send(who, CancelDeposit(chosen))


def funds(banks: Banked) -> Units:
    """All settlement money there is."""
    state = banks.told.state
    return outstanding(state, state.assets[banks.network.settlement])


@pytest.mark.parametrize("market", MARKETS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(todo=doings)
def test_nothing_is_exceeded_at_any_instant(market: str, todo: list[Doing]) -> None:
    banks, seed = begun(market)
    told, network = banks.told, banks.network
    counted = Counted(cap={bank: member.cap for bank, member in network.members.items()})
    counted.line = {(bank, to): line for bank, each in network.members.items() for to, line in each.granted.items()}
    seen = 0
    for doing in todo:
        do(banks, doing)
        for applied in told.applied[seen:]:
            for event in (event for outcome in applied.outcomes for event in outcome.events):
                counted.tell(event)
                assert not counted.exceeded() or not_yet(event), (doing, event, counted.exceeded())
            assert counted.exceeded() == [], doing
        seen = len(told.applied)
        check(banks, counted, market)
    seed.replay()


def not_yet(event: Any) -> bool:
    """Between the posting of a cycle and the events that tell of it."""
    return isinstance(event, NetSettled | LossShared)


def check(banks: Banked, counted: Counted, market: str) -> None:
    """What holds after each block."""
    state, network = banks.told.state, banks.network
    assert broken(state) == []
    assert sum(counted.net.values()) == 0
    for bank, member in network.members.items():
        net = banks.told.balance(member.position, network.credit) - member.cap
        assert net == counted.net.get(bank, 0)
        position = banks.told.balance(member.position, network.settlement)
        assert member.least <= position <= (member.most or position)
    collateral = {each: banks.told.balance(member.collateral, network.settlement)
                  for each, member in network.members.items()}  # fmt: skip
    if market == "covered":
        assert all(-net <= collateral[bank] for bank, net in counted.net.items())
        assert not counted.lost
    elif market == "shared" and not counted.lost and not any(each.failed for each in network.members.values()):
        for pair in combinations(network.members, 2):
            debts = (max(network.members[bank].cap - collateral[bank], 0) for bank in pair)
            assert sum(debts) <= sum(had for bank, had in collateral.items() if bank not in pair)
    deposits = sum(outstanding(state, state.assets[member.token]) for member in network.members.values())
    assert deposits == 8 * 500_00, "across banks what one burns another mints"
    waiting = [each for each in state.settlement.live if state.settlement.transactions[each].status in OPEN]
    assert all(state.settlement.transactions[each].settled == 0 for each in waiting)


def test_money_is_neither_made_nor_lost_by_a_cycle() -> None:
    banks, _ = begun("covered")
    before = funds(banks)
    banks.sends("JPM 1", "BAC 1", 20_00)
    banks.told.does("TCH", SettleCycle(NETWORK))
    assert funds(banks) == before == 4 * FUNDS
