"""Any market at all: whatever is sent in whatever order, nothing is made or lost, and replay gives the same hashes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import OPEN, PaymentStatus, Side, Status
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.positions import BALANCE, EARMARKED, WORDS, account_of, asset_of
from bauhinia.machine.block import apply_block
from bauhinia.machine.snapshot import read_snapshot, state_root, write_snapshot
from bauhinia.rules.instructing import CancelInstruction, HoldInstruction, ReleaseInstruction
from bauhinia.rules.money import MintMoney, RedeemMoney
from bauhinia.rules.rtgs import ConfirmPayment, RejectPayment
from bauhinia.words.ids import AccountNumber, AssetNumber, InstructionNumber
from tests.rules.test_settlement import bond
from tests.support import START, Told, market, trade

NAMES = ("A", "B", "client", "other")
amounts = st.integers(1, 40)
names = st.sampled_from(NAMES)


class RandomMarket(RuleBasedStateMachine):
    """Two dealers and two clients of one custodian trade a bond for tokens or through an RTGS."""

    told: Told

    @initialize()
    def open_market(self) -> None:
        told = self.told = market()
        self.day, self.sent = START, 0
        told.party("HKMA", Role.CENTRAL_BANK)
        told.party("Government", Role.ISSUER)
        told.party("C", Role.CUSTODIAN)
        for name in NAMES:
            told.party(name, Role.DEALER)
        omnibus = told.account("C", Purpose.OMNIBUS)
        self.cash = {name: told.account(name) for name in NAMES}
        self.holds = {
            name: told.account(name, tier=omnibus, by="C") if name in ("client", "other") else self.cash[name]
            for name in NAMES
        }
        self.rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
        reserve = told.account("HKMA", Purpose.RESERVE)
        self.hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN, (reserve, self.rtgs))
        self.bond = bond(told, "Government", (self.cash["A"], 6_000), (self.cash["B"], 4_000))
        self.seeded = len(told.blocks)
        self.start = write_snapshot(told.state)

    @rule(name=names, amount=st.integers(10, 80))
    def mint(self, name: str, amount: int) -> None:
        self.told.send("HKMA", *self.mints(name, amount))

    def mints(self, name: str, amount: int) -> list[object]:
        return [MintMoney(self.hkd, AccountNumber(self.cash[name]), amount, "reserve")]

    @rule(
        seller=names,
        buyer=names,
        lots=amounts,
        amount=amounts,
        kind=st.sampled_from(("token", "rtgs", "free")),
        ahead=st.sampled_from((0, 0, 0, 1)),
        hold=st.sampled_from((False, False, True)),
        both=st.sampled_from((True, True, True, False)),
    )
    def trade(
        self, seller: str, buyer: str, lots: int, amount: int, kind: str, ahead: int, hold: bool, both: bool
    ) -> None:
        money = {"token": self.hkd, "free": AssetNumber(0), "rtgs": self.rtgs}[kind]
        for side, own, other in ((Side.DELIVER, seller, buyer), (Side.RECEIVE, buyer, seller)):
            self.sent += 1
            if side is Side.DELIVER or both:
                order = trade(
                    side,
                    self.bond,
                    lots * 100,
                    self.holds[own],
                    self.told.parties[other],
                    self.day + timedelta(days=ahead),
                    money,
                    amount if money else 0,
                    self.cash[own] if kind == "token" else 0,
                    f"{self.sent}",
                    hold=hold and side is Side.DELIVER,
                    trade_date=self.day,
                )
                self.told.send(own, order)

    @rule(back=st.integers(0, 8), what=st.sampled_from((CancelInstruction, HoldInstruction, ReleaseInstruction)))
    def change(self, back: int, what: type) -> None:
        settlement = self.told.state.settlement
        number = InstructionNumber(settlement.last_instruction - back)
        if number in settlement.instructions:
            owner = settlement.instructions[number].party
            self.told.send(next(name for name in NAMES if self.told.parties[name] == owner), what(number))

    @rule(nth=st.integers(0, 5), confirm=st.booleans())
    def answer(self, nth: int, confirm: bool) -> None:
        asked = [payment.number for payment in self.told.state.settlement.payments.values()]
        if asked:
            number = asked[nth % len(asked)]
            self.told.send("HKMA", ConfirmPayment(number, "paid") if confirm else RejectPayment(number, "not paid"))

    @rule(name=names, amount=amounts)
    def redeem(self, name: str, amount: int) -> None:
        self.told.send(name, RedeemMoney(self.hkd, AccountNumber(self.cash[name]), amount, "redeem"))

    @rule()
    def next_day(self) -> None:
        self.told.until(self.day, 20 * 60)
        self.day = self.told.state.days.systems[1].date  # type: ignore[index]
        self.told.until(self.day)

    @precondition(lambda self: len(self.told.blocks) > self.seeded)
    @rule()
    def restart_from_a_snapshot(self) -> None:
        self.told.state = read_snapshot(write_snapshot(self.told.state))

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        state = self.told.state
        total: dict[int, int] = {}
        columns = state.positions.columns
        for row in range(len(state.positions)):
            key, balance, earmarked = (
                columns[row * WORDS],
                columns[row * WORDS + BALANCE],
                columns[row * WORDS + EARMARKED],
            )
            asset = state.assets[asset_of(key)]
            total[asset.number] = total.get(asset.number, 0) + balance
            if account_of(key) != asset.issuer_account:
                assert 0 <= earmarked <= balance
            else:
                assert -asset.authorised <= balance <= 0
        assert not any(total.values())
        for asset in state.assets.values():
            if asset.backing_asset:
                outstanding = -state.positions.balance(asset.issuer_account, asset.number)
                assert outstanding == state.positions.balance(asset.backing_account, asset.backing_asset)

    @invariant()
    def whatever_waits_is_filed_once(self) -> None:
        settlement = self.told.state.settlement
        filed = [number for numbers in settlement.waiting.values() for number in numbers] + list(settlement.dated)
        assert len(filed) == len(set(filed))
        waiting = {n for n in settlement.live if settlement.transactions[n].status in OPEN}
        assert set(filed) == waiting
        earmarked = sum(
            leg.amount
            for n in settlement.live
            if settlement.transactions[n].status in (Status.CONFIRMING, Status.IN_DOUBT)
            for leg in settlement.transactions[n].legs
            if leg.giver != self.told.state.assets[leg.asset].issuer_account
        )
        assert earmarked == sum(self.told.state.positions.columns[EARMARKED::WORDS])
        asked = {
            p.transaction
            for p in settlement.payments.values()
            if p.status in (PaymentStatus.REQUESTED, PaymentStatus.IN_DOUBT)
        }
        assert asked == {
            n for n in settlement.live if settlement.transactions[n].status in (Status.CONFIRMING, Status.IN_DOUBT)
        }

    def teardown(self) -> None:
        if not hasattr(self, "start"):
            return
        state = read_snapshot(self.start)
        for block, applied in zip(self.told.blocks[self.seeded :], self.told.applied[self.seeded :], strict=True):
            assert apply_block(state, block, watched=False).header == applied.header
        assert state_root(state) == state_root(self.told.state)


TestRandomMarket = RandomMarket.TestCase
TestRandomMarket.settings = settings(max_examples=40, stateful_step_count=40, suppress_health_check=list(HealthCheck))
