"""What covers a stablecoin: licence, reserves on the ledger and stated, redemption at par and in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.invariants import broken
from bauhinia.ledger.moneys import Reserve
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.money import CreateMoney, MintMoney, RedeemMoney
from bauhinia.rules.onboarding import Attest
from bauhinia.rules.reconciliation import StateReserves
from bauhinia.rules.reserves import (
    MoveReserve,
    NameReserves,
    RedemptionAsked,
    RedemptionLate,
    RedemptionPaid,
    ReserveMet,
    ReserveShort,
)
from bauhinia.rules.rtgs import ConfirmPayment
from bauhinia.words.dates import DAY
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, NO_PARTY, AccountNumber, AssetNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.support import START, market, replay, seen

LAW = (
    Provision("money.licence", "licence granted", "the law"),
    Provision("money.redemption_days", "1", "the law"),
    Provision("money.statement_days", "1", "the law"),
)
NEXT = START + timedelta(days=1)


class Coin:
    """A licensed issuer, its coin, a CBDC and an RTGS; a keeper, a regulator, a holder A."""

    def __init__(self) -> None:
        told = self.told = market()
        for name, role in (
            ("HKMA", Role.CENTRAL_BANK), ("Coin", Role.ISSUER), ("Keeper", Role.CUSTODIAN), ("SFC", Role.REGULATOR),
            ("A", Role.DEALER), ("Attester", Role.ATTESTER),
        ):  # fmt: skip
            told.party(name, role)
        told.does("operator", PublishRulebook("coins", 1, START, "Coins", (), LAW))
        self.cbdc = told.money("HKMA", "e-HKD", "HKD", MoneyKind.CBDC)
        self.rtgs = told.money("HKMA", "HKD.RTGS", "HKD", MoneyKind.RTGS)
        self.own, self.reserve = told.account("Coin"), told.account("Coin", Purpose.RESERVE)
        self.issue, self.a = told.account("Coin", Purpose.ISSUER), told.account("A")
        self.create = CreateMoney(
            "HKDC", "Coin", "HKD", MoneyKind.STABLECOIN, SystemNumber(1), self.issue, 10**12, NO_ACCOUNT, NO_ASSET,
            rulebook="coins",
        )  # fmt: skip
        self.coin = AssetNumber(len(told.state.assets) + 1)
        self.name = NameReserves(self.coin, (Reserve(self.reserve, self.cbdc),), told.parties["Keeper"], self.cbdc)

    def licensed(self, days: int = 300) -> Coin:
        told = self.told
        told.does("Attester", Attest(told.parties["Coin"], "licence", "granted", told.state.time + days * DAY))
        told.does("Coin", self.create)
        return self

    def covered(self, ledger: int = 0, stated: int = 0, **changes: object) -> Coin:
        told = self.licensed().told
        told.does("Coin", replace(self.name, **changes))  # type: ignore[arg-type]
        if ledger:
            told.mint("HKMA", self.cbdc, self.own, ledger)
            told.does("Coin", MoveReserve(self.coin, self.reserve, self.own, ledger))
        if stated:
            told.does("Keeper", StateReserves(self.coin, START, stated))
        return self

    def mint(self, amount: int, account: AccountNumber | None = None) -> MintMoney:
        return MintMoney(self.coin, account or self.a, amount, "R")


def test_no_licence_no_coin() -> None:
    made = Coin()
    told = made.told
    assert told.refused("Coin", made.create) == (Reason.NO_LICENCE, ("licence", "granted"))
    assert told.refused("Coin", replace(made.create, rulebook=""))[0] is Reason.NO_LICENCE, "no bank, and no law"
    assert told.refused("Coin", replace(made.create, rulebook="other"))[0] is Reason.UNKNOWN_RULEBOOK
    made.licensed(days=2)
    told.does("Coin", made.name)
    told.does("Keeper", StateReserves(made.coin, START, 100))
    told.does("Coin", made.mint(10))
    told.until(START + timedelta(days=3))
    told.does("Keeper", StateReserves(made.coin, START + timedelta(days=3), 100))
    assert told.refused("Coin", made.mint(10))[0] is Reason.NO_LICENCE, "it has expired"
    told.does("A", RedeemMoney(made.coin, made.a, 10, "R"))
    replay(told)


def test_no_coin_beyond_what_covers_it() -> None:
    made = Coin().covered(ledger=60, stated=40)
    told = made.told
    assert told.refused("Coin", made.mint(101)) == (
        Reason.RESERVES, ("HKDC", "reserve", 100, "outstanding", 0),
    )  # fmt: skip
    told.does("Coin", made.mint(100))
    for refused in (made.mint(1), MoveReserve(made.coin, made.reserve, made.own, 1, True)):
        assert told.refused("Coin", refused)[0] is Reason.RESERVES
    told.mint("HKMA", made.cbdc, made.own, 5)
    told.does("Coin", MoveReserve(made.coin, made.reserve, made.own, 5))
    told.does("Coin", MoveReserve(made.coin, made.reserve, made.own, 5, True))
    assert (told.balance(made.own, made.cbdc), told.balance(made.reserve, made.cbdc)) == (5, 60)
    told.until(START + timedelta(days=2))
    assert told.refused("Coin", made.mint(1)) == (
        Reason.RESERVES, ("HKDC", "reserve", 60, "outstanding", 100),
    ), "a statement counts for a business day after its own"  # fmt: skip
    assert broken(told.state) == []
    replay(told)


def test_a_short_reserve_halts_minting_alone_and_is_told_once() -> None:
    made = Coin().covered(ledger=60, stated=40)
    told = made.told
    told.does("Coin", made.mint(100))
    told.until(NEXT)
    events = told.does("Keeper", StateReserves(made.coin, NEXT, 39))
    assert [(each.reserve, each.outstanding) for each in events if isinstance(each, ReserveShort)] == [(99, 100)]
    events = told.does("Keeper", StateReserves(made.coin, NEXT, 38))
    assert not any(isinstance(each, ReserveShort) for each in events)
    assert not told.state.assets[made.coin].halted
    assert not told.state.breaks.open
    told.does("A", RedeemMoney(made.coin, made.a, 30, "R"))
    assert (told.balance(made.a, made.coin), told.balance(made.a, made.cbdc)) == (70, 30)
    for who in ("Coin", "Keeper", "SFC"):
        assert any(isinstance(each, ReserveShort) for each in seen(told, who)), who
    for who in ("A", "HKMA"):
        assert not any(isinstance(each, ReserveShort) for each in seen(told, who)), who
    events = told.does("Keeper", StateReserves(made.coin, NEXT, 40))
    assert any(isinstance(each, ReserveMet) for each in events)
    assert told.refused("Coin", made.mint(1))[0] is Reason.RESERVES
    told.does("Keeper", StateReserves(made.coin, NEXT, 41))
    told.does("Coin", made.mint(1))
    replay(told)


def test_a_reserve_that_is_short_at_the_days_end_is_told() -> None:
    made = Coin().covered(ledger=60, stated=40)
    told = made.told
    told.does("Coin", made.mint(100))
    told.until(NEXT)
    assert not any(isinstance(each, ReserveShort) for each in told.until(NEXT, 18 * 60))
    events = told.until(START + timedelta(days=2), 18 * 60)  # the statement of the first day counts no more
    assert [each.reserve for each in events if isinstance(each, ReserveShort)] == [60]


def test_what_is_paid_out_of_a_stated_reserve_is_in_it_no_more() -> None:
    made = Coin()
    made.covered(stated=100, reserves=(), paid_in=made.rtgs)
    told = made.told
    told.does("Coin", made.mint(100))
    events = told.does("A", RedeemMoney(made.coin, made.a, 40, "R"))
    (asked,) = [each for each in events if isinstance(each, RedemptionAsked)]
    payment = told.state.settlement.last_payment
    events = told.does("HKMA", ConfirmPayment(payment, "CHATS 1"))
    assert [each.transaction for each in events if isinstance(each, RedemptionPaid)] == [asked.transaction]
    assert told.refused("Coin", made.mint(1)) == (
        Reason.RESERVES, ("HKDC", "reserve", 60, "outstanding", 60),
    )  # fmt: skip
    told.does("Keeper", StateReserves(made.coin, START, 61))
    told.does("Coin", made.mint(1))
    assert not any(isinstance(each, RedemptionLate) for each in told.until(START + timedelta(days=3)))
    replay(told)


def test_a_redemption_that_is_not_paid_in_time_is_told_to_who_must_know() -> None:
    made = Coin()
    made.covered(stated=100, reserves=(), paid_in=made.rtgs)
    told = made.told
    told.does("Coin", made.mint(100))
    told.does("A", RedeemMoney(made.coin, made.a, 40, "R"))
    events = told.until(NEXT, 18 * 60)
    late = [each for each in events if isinstance(each, RedemptionLate)]
    assert [(each.account, each.amount) for each in late] == [(made.a, 40)]
    for who in ("A", "Coin", "SFC"):
        assert any(isinstance(each, RedemptionLate) for each in seen(told, who)), who
    assert not any(isinstance(each, RedemptionLate) for each in seen(told, "Keeper"))
    told.does("HKMA", ConfirmPayment(told.state.settlement.last_payment, "CHATS 1"))
    assert told.balance(made.a, made.coin) == 60
    replay(told)


def test_a_redemption_waits_for_the_reserve_and_never_for_the_holder() -> None:
    made = Coin().covered(ledger=60, stated=40)
    told = made.told
    told.does("Coin", made.mint(100))
    assert told.refused("A", RedeemMoney(made.coin, made.a, 101, "R"))[0] is Reason.MONY
    told.does("A", RedeemMoney(made.coin, made.a, 70, "R"))
    assert told.balance(made.a, made.coin) == 100
    told.mint("HKMA", made.cbdc, made.own, 10)
    told.does("Coin", MoveReserve(made.coin, made.reserve, made.own, 10))
    assert (told.balance(made.a, made.coin), told.balance(made.a, made.cbdc)) == (30, 70)
    assert broken(told.state) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reserves": (), "keeper": NO_PARTY}, Reason.EMPTY),
        ({"reserves": (Reserve(AccountNumber(99), AssetNumber(1)),)}, Reason.UNKNOWN_ACCOUNT),
        ({"reserves": (Reserve(AccountNumber(3), AssetNumber(1)),)}, Reason.PURPOSE),
        ({"reserves": (Reserve(AccountNumber(4), AssetNumber(2)),)}, Reason.UNKNOWN_ASSET),
        ({"reserves": (Reserve(AccountNumber(4), AssetNumber(1)),) * 2}, Reason.DUPLICATE),
        ({"keeper": 99}, Reason.UNKNOWN_PARTY),
        ({"keeper": 3}, Reason.NOT_AUTHORISED),
        ({"paid_in": AssetNumber(3)}, Reason.UNKNOWN_ASSET),
        ({"reserves": ()}, Reason.UNKNOWN_ASSET),  # paid in what is no reserve
    ],
)
def test_reserves_that_cannot_be(changes: dict[str, object], reason: Reason) -> None:
    made = Coin().licensed()
    assert (made.cbdc, made.rtgs, made.coin, made.own, made.reserve, made.told.parties["Coin"]) == (1, 2, 3, 3, 4, 3)
    assert made.told.refused("Coin", replace(made.name, **changes))[0] is reason  # type: ignore[arg-type]


def test_reserves_named_anew_cover_what_there_is() -> None:
    made = Coin().covered(ledger=60, stated=40)
    told = made.told
    told.does("Coin", made.mint(80))
    assert told.refused("Coin", replace(made.name, keeper=NO_PARTY))[0] is Reason.RESERVES
    assert told.refused("HKMA", StateReserves(made.coin, START, 5))[0] is Reason.UNKNOWN_ASSET
    told.does("Coin", made.name)
    assert told.refused("Coin", made.mint(21))[0] is Reason.RESERVES
