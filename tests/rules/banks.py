"""A network of banks with customers, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import Status
from bauhinia.ledger.networks import Network
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.deposits import DepositSent, SendDeposit
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.networks import AdmitCustomer, AdmitMember, CreateNetwork, FundPosition, JoinNetwork
from bauhinia.words.ids import AccountNumber, NetworkNumber, PartyNumber, SystemNumber, TransactionNumber
from tests.support import START, Told, market

BANKS = ("JPM", "BAC", "Citi", "Wells")
FUNDS = 1_000_00
NETWORK = NetworkNumber(1)


@dataclass
class Banked:
    """A market with a network of four banks, each with two customers of 500.00, and 1,000.00 of settlement money."""

    told: Told
    network: Network
    customers: dict[str, AccountNumber] = field(default_factory=dict)  # "JPM 1" and so on

    def bank(self, name: str) -> PartyNumber:
        return self.told.parties[name]

    def has(self, customer: str) -> int:
        """What a customer holds of its own bank's deposits."""
        member = self.network.members[self.bank(customer.split()[0])]
        return self.told.balance(self.customers[customer], member.token)

    def position(self, bank: str) -> int:
        return self.told.balance(self.network.members[self.bank(bank)].position, self.network.settlement)

    def own(self, bank: str) -> int:
        return self.told.balance(self.network.members[self.bank(bank)].own, self.network.settlement)

    def pay(self, payer: str, payee: str, amount: int, **more: Any) -> SendDeposit:
        return SendDeposit(
            self.network.number,
            self.customers[payer],
            self.customers[payee],
            amount,
            more.pop("reference", "R"),
            **more,
        )

    def sends(self, payer: str, payee: str, amount: int, **more: Any) -> TransactionNumber:
        """The number of a deposit that is sent."""
        events = self.told.does(payer, self.pay(payer, payee, amount, **more))
        return next(event.transfer.number for event in events if isinstance(event, DepositSent))

    def status(self, number: int) -> Status:
        return self.told.state.settlement.transactions[TransactionNumber(number)].status

    def fund(self, bank: str, amount: int, *, collateral: bool = False) -> None:
        self.told.does(bank, FundPosition(self.network.number, amount, collateral))


def publish(told: Told, name: str, **values: str) -> None:
    """A rulebook that says these things: `claims` of a network, and so on."""
    provisions = tuple(Provision(f"network.{each}", said, "test") for each, said in values.items())
    version = len(told.state.rulebooks.get(name, ())) + 1
    told.does("operator", PublishRulebook(name, version, START, name, (), provisions))


def banked(claims: str, **values: str) -> Banked:
    """A network whose rulebook settles claims so."""
    told = market()
    told.party("Fed", Role.CENTRAL_BANK)
    told.party("TCH", Role.SETTLEMENT_INSTITUTION)
    rtgs = told.money("Fed", "FEDWIRE", "USD", MoneyKind.RTGS)
    reserve = told.account("Fed", Purpose.RESERVE)
    token = told.money("Fed", "USD.CB", "USD", MoneyKind.CENTRAL_BANK_TOKEN, (reserve, rtgs))
    publish(told, "deposits", claims=claims, **values)
    told.does("TCH", CreateNetwork("TDN", "USD", SystemNumber(1), "deposits", token, rtgs))
    network = told.state.networks.networks[NETWORK]
    found = Banked(told, network)
    for bank in BANKS:
        told.party(bank, Role.BANK)
        own = told.account(bank)
        deposits = told.money(bank, f"{bank}.USD", "USD", MoneyKind.DEPOSIT_TOKEN)
        told.mint("Fed", token, own, FUNDS)
        told.does(bank, JoinNetwork(NETWORK, deposits, own))
        told.does("TCH", AdmitMember(NETWORK, told.parties[bank]))
        for number in (1, 2):
            name = f"{bank} {number}"
            told.party(name, Role.INVESTOR)
            account = found.customers[name] = told.account(name)
            told.does(bank, AdmitCustomer(NETWORK, account))
            told.mint(bank, deposits, account, 500_00)
    return found
