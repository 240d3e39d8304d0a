"""A market with two currencies in systems of their own, a bond, and traders, for what moves beside trades."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.rulebooks import Provision
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.rules.mandates import GiveMandate, InstructTrade
from bauhinia.rules.market import OpenSystem, PublishRulebook
from bauhinia.rules.money import CreateMoney
from bauhinia.rules.payments import Pay
from bauhinia.rules.sets import AgreeSet, ProposeSet
from bauhinia.words.dates import DAY
from bauhinia.words.ids import AccountNumber, AssetNumber, SystemNumber, TransactionNumber
from tests.support import START, TABLE, Told, issued, market

TRADERS = ("A", "B", "C", "D")
NEXT = START + timedelta(days=1)


@dataclass
class Moneys:
    """Traders with a Hong Kong token, a renminbi token of another system, an RTGS in that, and a bond."""

    told: Told
    at: dict[str, AccountNumber]
    hkd: AssetNumber
    cny: AssetNumber
    chats: AssetNumber
    bond: AssetNumber
    lot: int = 100  # of the bond

    def gives(self, name: str, hkd: int = 0, cny: int = 0) -> list[Any]:
        """New money for an account; the events."""
        told, events = self.told, []
        for issuer, money, amount in (("HKMA", self.hkd, hkd), ("PBC", self.cny, cny)):
            if amount:
                before = len(told.applied)
                told.mint(issuer, money, self.at[name], amount)
                events += [e for applied in told.applied[before:] for each in applied.outcomes for e in each.events]
        return events

    def pays(self, payer: str, payee: str, amount: int, reference: str, **more: Any) -> TransactionNumber:
        """A payment in Hong Kong dollars, due today; its transaction."""
        self.told.does(payer, self.payment(payer, payee, amount, reference, **more))
        return self.told.state.settlement.last_transaction

    def payment(self, payer: str, payee: str, amount: int, reference: str, **more: Any) -> Pay:
        value = Pay(self.hkd, self.at[payer], self.at[payee], amount, START, reference)
        return replace(value, **more)

    def leg(self, asset: int, giver: str, taker: str, amount: int) -> Leg:
        return Leg(AssetNumber(asset), self.at[giver], self.at[taker], amount)

    def proposal(self, *legs: Leg, day: date = START, reference: str = "S1", **more: Any) -> ProposeSet:
        return replace(ProposeSet(legs, day, self.told.state.time + DAY, reference), **more)

    def agrees(self, proposer: str, others: str, *legs: Leg, **more: Any) -> TransactionNumber:
        """A set that some propose and others agree to; the transaction that it becomes."""
        self.told.does(proposer, self.proposal(*legs, **more))
        number = self.told.state.settlement.agreed.last
        for other in others:
            self.told.does(other, AgreeSet(number))
        return self.told.state.settlement.agreed.sets[number].transaction

    def mandate(self, name: str, agent: str, per_trade: int = 1_000, per_day: int = 2_000, **more: Any) -> GiveMandate:
        value = GiveMandate(
            self.told.parties[agent], self.at[name], self.at[name], (), self.hkd, per_trade, per_day,
            self.told.state.time + 30 * DAY,
        )  # fmt: skip
        return replace(value, **more)

    def trade(self, seller: str, buyer: str, amount: int, reference: str, **more: Any) -> InstructTrade:
        value = InstructTrade(
            reference, self.bond, self.lot, self.at[seller], self.at[buyer], self.hkd, amount, START, START
        )
        return replace(value, **more)

    def status(self, *numbers: int) -> list[str]:
        return [self.told.state.settlement.transactions[TransactionNumber(each)].status.name for each in numbers]

    def reason(self, number: int) -> str:
        return self.told.state.settlement.transactions[TransactionNumber(number)].reason.name

    def holds(self, name: str) -> tuple[int, int, int]:
        """What a trader has: bonds, Hong Kong dollars, renminbi."""
        told, at = self.told, self.at[name]
        return told.balance(at, self.bond), told.balance(at, self.hkd), told.balance(at, self.cny)


@cache
def _opened() -> tuple[bytes, Moneys]:
    told = market()
    told.does("operator", OpenSystem("RMB", ("HK",), replace(TABLE, opens=11 * 60), START))
    told.party("HKMA", Role.CENTRAL_BANK)
    told.party("PBC", Role.CENTRAL_BANK, Role.SETTLEMENT_INSTITUTION)
    told.party("Government", Role.ISSUER)
    told.party("Keeper", Role.CUSTODIAN)
    at = dict[str, AccountNumber]()
    for name in (*TRADERS, "Venue", "Stranger"):
        told.party(name, Role.DEALER)
        at[name] = told.account(name)
    at["omnibus"] = told.account("Keeper", Purpose.OMNIBUS)
    told.party("Client", Role.INVESTOR)
    at["Client"] = told.account("Client", tier=at["omnibus"], by="Keeper")
    power = (Provision("power.block", "OPERATOR", "house rule"),)
    told.does("operator", PublishRulebook("house", 1, START, "House rules", (), power))
    hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    for code, kind in (("CNY.T", MoneyKind.CBDC), ("CNY.RTGS", MoneyKind.RTGS)):
        account = told.account("PBC", Purpose.ISSUER)
        none = AccountNumber(0), AssetNumber(0)
        told.does("PBC", CreateMoney(code, code, "CNY", kind, SystemNumber(2), account, 10**15, *none))
    bond = issued(told, "Government", (at["A"], 1_000), rulebook="house")
    codes = told.state.codes
    told.until(START, 11 * 60)
    return write_snapshot(told.state), Moneys(told, at, hkd, codes["CNY.T"], codes["CNY.RTGS"], bond)


def moneys() -> Moneys:
    """The same market each time, at eleven on its first day, on a state of its own."""
    snapshot, first = _opened()
    told = Told(
        read_snapshot(snapshot), first.told.genesis, parties=dict(first.told.parties), nonces=dict(first.told.nonces)
    )
    return replace(first, told=told, at=dict(first.at))
