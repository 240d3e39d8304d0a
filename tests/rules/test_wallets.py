"""Moneys held in wallets: who may receive them, and that no limit is passed, whatever comes in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bauhinia.bond.calendar import Calendar
from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import Side, Status, Transaction, TransactionKind
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.powers import Cause
from bauhinia.ledger.rulebooks import ClassDefinition
from bauhinia.ledger.wallets import WalletTier
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.machine.steps import Run, evolve
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.money import CreateMoney, MintMoney, RedeemMoney
from bauhinia.rules.onboarding import Attest
from bauhinia.rules.powers import ForceTransfer
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.rules.settlement import Settled, order
from bauhinia.rules.step import Step
from bauhinia.rules.together import SettleTogether
from bauhinia.rules.wallets import AssignWallet, DefineWalletTiers
from bauhinia.views import narrow
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, AssetNumber, SystemNumber, TransactionNumber
from bauhinia.words.reasons import Reason
from tests.rules.test_settlement import bond
from tests.support import START, Seed, Told, calendar, market, seen, trade

SMALL = WalletTier("small", most_held=1_000, most_paid=400, most_a_day=600, most_a_year=900)
FREE = WalletTier("free")
NEXT = START + timedelta(days=1)


def wallets(
    first: date = START, *calendars: Calendar
) -> tuple[Told, AssetNumber, AssetNumber, dict[str, AccountNumber]]:
    """A CBDC in two tiers; A and B have wallets without limits, C a small one, D none; all but C hold bonds."""
    told = market(first, *calendars)
    told.party("HKMA", Role.CENTRAL_BANK)
    told.party("Government", Role.ISSUER)
    at = {}
    for name in "ABCD":
        told.party(name, Role.DEALER)
        at[name] = told.account(name)
    money = told.money("HKMA", "e-HKD", "HKD", MoneyKind.CBDC)
    told.does("HKMA", DefineWalletTiers(money, (SMALL, FREE)))
    told.does("HKMA", *(AssignWallet(at[name], money, "free") for name in "AB"), AssignWallet(at["C"], money, "small"))
    asset = bond(told, "Government", *((at[name], 10_000) for name in "ABD"))
    return told, money, asset, at


def sells(told: Told, at: dict[str, AccountNumber], seller: str, buyer: str, asset: int, money: int, amount: int,
          day: date = START) -> Transaction:  # fmt: skip
    """A trade of one lot, both sides instructed: the transaction, as far as it has come."""
    number = told.state.settlement.last_transaction
    for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
        told.does(own, trade(side, asset, 100, at[own], told.parties[other], day, money, amount, at[own],
                             f"{number}", priority=3))  # fmt: skip
    return told.state.settlement.transactions[TransactionNumber(number + 1)]


def stands(transaction: Transaction) -> tuple[Status, Reason]:
    return transaction.status, transaction.reason


def test_a_money_with_tiers_comes_into_wallets_alone() -> None:
    told, money, asset, at = wallets()
    assert told.refused("HKMA", MintMoney(money, at["D"], 1, "R"))[0] is Reason.NO_WALLET
    told.mint("HKMA", money, at["A"], 500)
    waiting = sells(told, at, "D", "A", asset, money, 100)
    assert stands(waiting) == (Status.PENDING, Reason.NO_WALLET)
    told.does("HKMA", AssignWallet(at["D"], money, "small"))
    assert waiting.status is Status.SETTLED
    assert told.balance(at["D"], money) == 100
    assert broken(told.state) == []


def test_what_would_fill_a_wallet_above_its_limit_waits_until_there_is_room() -> None:
    told, money, asset, at = wallets()
    seed = Seed(told)
    told.mint("HKMA", money, at["A"], 5_000)
    told.mint("HKMA", money, at["C"], 900)
    assert told.refused("HKMA", MintMoney(money, at["C"], 101, "R")) == (Reason.HOLDING_LIMIT, (at["C"], money, 1))
    bought = sells(told, at, "A", "C", asset, money, 100)
    assert bought.status is Status.SETTLED
    sold = sells(told, at, "C", "A", asset, money, 201)
    assert stands(sold) == (Status.PENDING, Reason.HOLDING_LIMIT)
    assert told.state.settlement.room == {sold.waits: {sold.number: True}}
    assert broken(told.state) == []
    told.does("C", RedeemMoney(money, at["C"], 1, "R"))  # 799 + 201 = 1,000
    assert (sold.status, told.balance(at["C"], money)) == (Status.SETTLED, 1_000)
    assert not told.state.settlement.room
    seed.replay()


def test_the_other_side_is_not_told_whose_wallet_is_full() -> None:
    told, money, asset, at = wallets()
    told.mint("HKMA", money, at["A"], 5_000)
    told.mint("HKMA", money, at["C"], 1_000)
    sells(told, at, "A", "C", asset, money, 1)
    sells(told, at, "C", "A", asset, money, 300)
    event: Any
    (event,) = [each for each in seen(told, "A") if getattr(each, "reason", None) is Reason.HOLDING_LIMIT]
    facts = Facts(told)
    assert narrow.narrow(facts, told.parties["C"], event) == event
    hidden: Any = narrow.narrow(facts, told.parties["A"], event)
    assert (hidden.reason, hidden.account, hidden.asset) == (Reason.CMON, NO_ACCOUNT, NO_ASSET)


class Facts:
    """What `narrow` asks, answered from the state."""

    def __init__(self, told: Told) -> None:
        self.state = told.state

    def holder(self, account: int) -> int:
        return self.state.accounts[AccountNumber(account)].holder

    def keeper(self, account: int) -> int:
        return self.state.accounts[AccountNumber(account)].keeper

    def issuer(self, asset: int) -> int:
        return self.state.assets[AssetNumber(asset)].issuer

    def is_money(self, asset: int) -> bool:
        return bool(self.state.assets[AssetNumber(asset)].money)

    def untold(self, account: int, asset: int) -> bool:
        return False

    def takes_part(self, transaction: int, party: int) -> bool:
        return True


def test_a_wallet_pays_no_more_at_once_in_a_day_and_in_a_year_than_it_may() -> None:
    told, money, asset, at = wallets(date(2026, 12, 29), calendar("HK", date(2028, 12, 31)))
    told.mint("HKMA", money, at["C"], 1_000)
    today = told.state.days.systems[SystemNumber(1)].date
    large = sells(told, at, "A", "C", asset, money, 401, today)
    assert stands(large) == (Status.PENDING, Reason.PAYMENT_LIMIT)
    assert sells(told, at, "A", "C", asset, money, 400, today).status is Status.SETTLED
    more = sells(told, at, "A", "C", asset, money, 201, today)
    assert stands(more) == (Status.PENDING, Reason.PAYMENT_LIMIT)
    assert sells(told, at, "A", "C", asset, money, 200, today).status is Status.SETTLED
    told.does("C", RedeemMoney(money, at["C"], 50, "R"))  # what goes back to the issuer is no payment
    told.until(date(2026, 12, 30))
    assert more.status is Status.SETTLED, "a new day"
    last = sells(told, at, "A", "C", asset, money, 100, date(2026, 12, 30))
    assert stands(last) == (Status.PENDING, Reason.PAYMENT_LIMIT), "801 of 900 in the year"
    told.until(date(2026, 12, 31))
    assert stands(last) == (Status.FAILING, Reason.PAYMENT_LIMIT)
    told.until(date(2027, 1, 1))
    assert last.status is Status.SETTLED, "a new year"
    told.mint("HKMA", money, at["C"], 900)
    assert stands(large) == (Status.FAILING, Reason.PAYMENT_LIMIT), "no day makes it smaller"
    told.does("HKMA", AssignWallet(at["C"], money, "free"))
    assert large.status is Status.SETTLED


def test_only_the_end_of_a_set_counts_against_what_a_wallet_holds() -> None:
    told, money, asset, at = wallets()
    told.mint("HKMA", money, at["A"], 1_000)
    told.mint("HKMA", money, at["C"], 1_000)
    sells(told, at, "A", "C", asset, money, 1)
    comes = sells(told, at, "C", "A", asset, money, 300)
    held = [trade(Side.DELIVER, asset, 100, at["B"], told.parties["C"], START, money, 250, at["B"], "S", hold=True)]
    told.does("B", *held)
    told.does("C", trade(Side.RECEIVE, asset, 100, at["C"], told.parties["B"], START, money, 250, at["C"], "S"))
    number = TransactionNumber(told.state.settlement.last_transaction)
    assert stands(comes) == (Status.PENDING, Reason.HOLDING_LIMIT)
    reason, parts = told.refused("operator", SettleTogether((comes.number,), "too much comes"))
    assert (reason, parts[:2]) == (Reason.HOLDING_LIMIT, ("transaction", comes.number))
    told.state.settlement.instructions[told.state.settlement.transactions[number].deliver].hold = False
    reason, parts = told.refused("operator", SettleTogether((comes.number, number), "still 49 too much"))
    assert (reason, parts[:2]) == (Reason.HOLDING_LIMIT, ("transaction", comes.number))
    told.state.settlement.transactions[number].legs[-1].amount = 299
    told.does("operator", SettleTogether((comes.number, number), "300 come, 299 go"))
    assert told.balance(at["C"], money) == 1_000


def test_what_is_earmarked_to_come_keeps_its_room_and_a_rejection_gives_it_back() -> None:
    told, money, _, at = wallets()
    rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
    told.mint("HKMA", money, at["A"], 2_000)
    outside = (rtgs, told.parties["C"], told.parties["A"], 700)
    for _ in range(2):
        legs = [Leg(money, at["A"], at["C"], 700)]
        order(Step(told.state, told.state.time, evolve), TransactionKind.TRADE, legs, START, outside=outside)
        Run(told.state, watched=False).drain(told.state.time)
    first, second = list(told.state.settlement.transactions.values())[-2:]
    assert (first.status, stands(second)) == (Status.CONFIRMING, (Status.PENDING, Reason.HOLDING_LIMIT))
    assert told.refused("HKMA", MintMoney(money, at["C"], 301, "R"))[0] is Reason.HOLDING_LIMIT
    assert told.refused("HKMA", AssignWallet(at["C"], money, "")) == (
        Reason.STATE,
        ("account", at["C"], "holds", "e-HKD"),
    )
    assert broken(told.state) == []
    told.does("HKMA", RejectPayment(first.payment, "no cover"))
    assert Status.CONFIRMING in (first.status, second.status)
    asked = first if first.status is Status.CONFIRMING else second
    told.does("HKMA", ConfirmPayment(asked.payment, "CHATS 1"))
    assert told.balance(at["C"], money) == 700
    assert told.state.accounts[at["C"]].wallets[money].coming == 0
    assert broken(told.state) == []


def test_a_forced_transfer_is_no_payment_and_fills_no_wallet() -> None:
    told, money, _, at = wallets()
    told.mint("HKMA", money, at["C"], 900)
    told.does("operator", ForceTransfer(money, at["C"], at["A"], 900, Cause.COURT_ORDER, bytes(32)))
    assert told.state.accounts[at["C"]].wallets[money].today == 900
    told.mint("HKMA", money, at["A"], 2_000)
    forced = ForceTransfer(money, at["A"], at["C"], 1_001, Cause.COURT_ORDER, bytes(32))
    assert told.refused("operator", forced)[0] is Reason.HOLDING_LIMIT


def test_who_gives_wallets_and_to_whom() -> None:
    told, money, _, at = wallets()
    for name, role in (("Bank", Role.BANK), ("Other", Role.BANK), ("Attester", Role.ATTESTER)):
        told.party(name, role)
    assert told.refused("Bank", AssignWallet(at["D"], money, "free"))[0] is Reason.UNKNOWN_ASSET
    classes = (ClassDefinition(0, "known", "identity", "known"),)
    told.does("operator", PublishRulebook("law", 1, START, "Law", classes, ()))
    known = replace(FREE, name="known", needs=1)
    named = (told.parties["Bank"], told.parties["Other"])
    told.does("HKMA", DefineWalletTiers(money, (SMALL, FREE, known), named))
    assert told.refused("Bank", AssignWallet(at["D"], money, "known"))[0] is Reason.NOT_ELIGIBLE
    told.does("Attester", Attest(told.parties["D"], "identity", "known", told.state.time + 3 * DAY))
    told.does("Bank", AssignWallet(at["D"], money, "known"))
    assert told.refused("Other", AssignWallet(at["D"], money, "free"))[0] is Reason.NOT_AUTHORISED
    told.mint("HKMA", money, at["D"], 5)
    told.until(START + timedelta(days=4))
    assert told.refused("HKMA", MintMoney(money, at["D"], 5, "R"))[0] is Reason.NOT_ELIGIBLE, "it is known no more"
    told.does("HKMA", AssignWallet(at["D"], money, "free"))
    assert told.refused("Bank", AssignWallet(at["D"], money, "small"))[0] is Reason.NOT_AUTHORISED
    told.does("D", RedeemMoney(money, at["D"], 5, "R"))
    told.does("HKMA", AssignWallet(at["D"], money, ""))
    assert told.refused("HKMA", AssignWallet(at["D"], money, "")) == (Reason.NO_WALLET, ("account", at["D"]))
    assert not any(getattr(each, "account", 0) == at["D"] and hasattr(each, "tier") for each in seen(told, "A"))


@pytest.mark.parametrize(
    ("tiers", "reason"),
    [
        ((), Reason.EMPTY),
        ((SMALL, FREE, SMALL), Reason.DUPLICATE),
        ((replace(SMALL, name=""), FREE), Reason.TEXT),
        ((replace(SMALL, most_held=-1), FREE), Reason.AMOUNT),
        ((replace(SMALL, most_paid=601), FREE), Reason.AMOUNT),
        ((replace(SMALL, most_a_day=0, most_paid=901), FREE), Reason.AMOUNT),
        ((replace(SMALL, needs=1 << 40), FREE), Reason.ATTRIBUTE),
        ((FREE,), Reason.STATE),  # C's wallet is in a tier that would be gone
        ((replace(SMALL, most_held=499), FREE), Reason.HOLDING_LIMIT),
    ],
)
def test_tiers_that_cannot_be(tiers: tuple[WalletTier, ...], reason: Reason) -> None:
    told, money, _, at = wallets()
    told.mint("HKMA", money, at["C"], 500)
    assert told.refused("HKMA", DefineWalletTiers(money, tiers))[0] is reason


def test_a_later_definition_binds_the_wallets_there_are() -> None:
    told, money, _, at = wallets()
    told.mint("HKMA", money, at["C"], 500)
    told.does("HKMA", DefineWalletTiers(money, (replace(SMALL, most_held=500), FREE)))
    assert told.state.moneys.wallets[money].version == 2
    assert told.refused("HKMA", MintMoney(money, at["C"], 1, "R"))[0] is Reason.HOLDING_LIMIT


def test_a_banks_token_is_for_its_own_customers() -> None:
    told, _, _, at = wallets()
    told.party("Bank", Role.BANK, Role.CUSTODIAN)
    told.party("Client", Role.INVESTOR)
    own, omnibus = told.account("Bank"), told.account("Bank", Purpose.OMNIBUS)
    client = told.account("Client", tier=omnibus, by="Bank")
    issue = told.account("Bank", Purpose.ISSUER)
    made = CreateMoney(
        "HKD.BANK", "Deposits", "HKD", MoneyKind.DEPOSIT_TOKEN, SystemNumber(1), issue, 10**12, NO_ACCOUNT, NO_ASSET,
        customers_only=True,
    )  # fmt: skip
    assert told.refused("HKMA", replace(made, kind=MoneyKind.CBDC))[0] is Reason.UNKNOWN_ACCOUNT
    told.does("Bank", made)
    token = told.state.codes["HKD.BANK"]
    for account in (own, client):
        told.mint("Bank", token, account, 100)
    assert told.refused("Bank", MintMoney(token, at["A"], 1, "R"))[0] is Reason.NO_WALLET
    told.does("Bank", DefineWalletTiers(token, (FREE,)), AssignWallet(at["A"], token, "free"))
    told.mint("Bank", token, at["A"], 100)
    assert broken(told.state) == []


NAMES = ("A", "B", "C")
TIERS = (WalletTier("narrow", 60, 20, 30, 0), WalletTier("wide", 120, 0, 80, 200), WalletTier("free"))


class RandomWallets(RuleBasedStateMachine):
    """Three wallets that trade, are minted to, give back, change their tiers and pass days, in any order at all."""

    told: Told

    @initialize()
    def open_market(self) -> None:
        told = self.told = market()
        told.party("HKMA", Role.CENTRAL_BANK)
        told.party("Government", Role.ISSUER)
        self.at = {}
        for name in NAMES:
            told.party(name, Role.DEALER)
            self.at[name] = told.account(name)
        self.money = told.money("HKMA", "e-HKD", "HKD", MoneyKind.CBDC)
        told.does("HKMA", DefineWalletTiers(self.money, TIERS))
        told.does("HKMA", *(AssignWallet(self.at[name], self.money, "narrow") for name in NAMES))
        self.bond = bond(told, "Government", *((self.at[name], 50_000) for name in NAMES))
        self.day, self.sent, self.looked = START, 0, len(told.applied)
        self.tier_then = {self.at[name]: TIERS[0] for name in NAMES}
        self.paid: dict[AccountNumber, int] = {}
        self.paid_this_year: dict[AccountNumber, int] = {}

    @rule(name=st.sampled_from(NAMES), amount=st.integers(1, 70))
    def mint(self, name: str, amount: int) -> None:
        self.told.send("HKMA", MintMoney(self.money, self.at[name], amount, "R"))

    @rule(name=st.sampled_from(NAMES), amount=st.integers(1, 40))
    def redeem(self, name: str, amount: int) -> None:
        self.told.send(name, RedeemMoney(self.money, self.at[name], amount, "R"))

    @rule(name=st.sampled_from(NAMES), tier=st.sampled_from(("narrow", "wide", "free", "")))
    def assign(self, name: str, tier: str) -> None:
        self.told.send("HKMA", AssignWallet(self.at[name], self.money, tier))

    @rule(seller=st.sampled_from(NAMES), buyer=st.sampled_from(NAMES), amount=st.integers(1, 40))
    def trade(self, seller: str, buyer: str, amount: int) -> None:
        self.sent += 1
        for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
            self.told.send(own, trade(side, self.bond, 100, self.at[own], self.told.parties[other], self.day,
                                      self.money, amount, self.at[own], f"{side.name}{self.sent}"))  # fmt: skip

    @rule()
    def together(self) -> None:
        waiting = list(self.told.state.settlement.dated)[:4]
        if waiting:
            self.told.send("operator", SettleTogether(tuple(waiting), "all of it"))

    @rule()
    def next_day(self) -> None:
        self.told.until(self.day, 20 * 60)
        self.day = self.told.state.days.systems[SystemNumber(1)].date
        self.told.until(self.day)

    @rule()
    def restart_from_a_snapshot(self) -> None:
        self.told.state = read_snapshot(write_snapshot(self.told.state))

    @invariant()
    def no_limit_is_passed(self) -> None:
        """Every settlement since the last look, on its own: what each wallet then held and had paid."""
        state = self.told.state
        assert broken(state) == []
        for applied in self.told.applied[self.looked :]:
            for outcome in applied.outcomes:
                for event in outcome.events:
                    self._look(event)
        self.looked = len(self.told.applied)
        for account in self.at.values():
            tier = self.tier_then.get(account)
            assert tier is None or not tier.most_held or state.positions.balance(account, self.money) <= tier.most_held

    def _look(self, event: Any) -> None:
        match event:
            case Settled():
                for number in event.transactions:
                    found = self.told.state.settlement.transactions.get(number)
                    for leg in found.legs if found and found.kind is TransactionKind.TRADE else ():
                        if leg.asset == self.money:
                            self._pays(leg)
            case _ if type(event).__name__ == "WalletAssigned":
                named = {tier.name: tier for tier in TIERS}
                if event.tier:
                    self.tier_then[event.account] = named[event.tier]
                else:
                    for kept in (self.tier_then, self.paid, self.paid_this_year):
                        kept.pop(event.account, None)
            case _ if type(event).__name__ == "PhaseBegan" and event.phase.name == "CLOSED":
                self.paid.clear()

    def _pays(self, leg: Leg) -> None:
        tier = self.tier_then[leg.giver]
        assert not tier.most_paid or leg.amount <= tier.most_paid
        for kept, most in ((self.paid, tier.most_a_day), (self.paid_this_year, tier.most_a_year)):
            kept[leg.giver] = kept.get(leg.giver, 0) + leg.amount
            assert not most or kept[leg.giver] <= most


TestRandomWallets = RandomWallets.TestCase
TestRandomWallets.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
