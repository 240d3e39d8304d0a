"""A network of deposits in the hostile market, and a right example of each of its commands."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.networks import Condition, ConditionKind
from bauhinia.ledger.parties import Role, Standing
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.bridges import DrawBridge, OfferBridge, RepayBridge
from bauhinia.rules.clearing import BoundPosition, GrantLine, RepayLoss, SetDebitCap
from bauhinia.rules.conditional import DeclineDeposit, ReleaseDeposit, SendOnCondition
from bauhinia.rules.deposits import CancelDeposit, SendDeposit
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.netting import SettleCycle
from bauhinia.rules.networks import (
    AdmitCustomer,
    AdmitMember,
    CreateNetwork,
    FundPosition,
    JoinNetwork,
    WithdrawFunds,
)
from bauhinia.rules.onboarding import SetStanding
from bauhinia.rules.requests import AnswerRecall, DeclineRequest, PayRequest, RecallDeposit, RequestToPay, ReturnDeposit
from bauhinia.rules.screening import DecideScreening, ListAccount, SetScreening
from bauhinia.words.dates import DAY
from bauhinia.words.ids import AccountNumber, AssetNumber, NetworkNumber, PartyNumber, SystemNumber, TransactionNumber
from tests.rules.deal import Deal
from tests.support import START, Told

NETWORK = NetworkNumber(1)
OTHER = NetworkNumber(2)
SECRET = b"a preimage"
BANKS = ("First", "Second", "Third")


def network(made: Deal, found: dict[str, int]) -> None:
    """Two banks of a network that queues, each with a customer; a third has asked to join, and a fourth may."""
    told, at = made.told, made.at
    provisions = (Provision("network.claims", "QUEUED", "rules of the network"),)
    told.does("operator", PublishRulebook("network", 1, START, "Rules of the network", (), provisions))
    told.does("HKMA", CreateNetwork("HKN", "HKD", SystemNumber(1), "network", made.token, made.rtgs))
    for name in (*BANKS, "Fourth"):
        told.party(name, Role.BANK)
        at[name] = told.account(name)
        found[f"{name} token"] = told.money(name, f"HKD.{name}", "HKD", MoneyKind.DEPOSIT_TOKEN)
        told.mint("HKMA", made.token, at[name], 10_000)
        if name != "Fourth":
            told.does(name, JoinNetwork(NETWORK, AssetNumber(found[f"{name} token"]), at[name]))
    for name, customer in (("First", "A"), ("Second", "B")):
        told.does("HKMA", AdmitMember(NETWORK, told.parties[name]))
        told.does(name, AdmitCustomer(NETWORK, at[customer]))
        told.mint(name, found[f"{name} token"], at[customer], 5_000)
    told.does("First", FundPosition(NETWORK, 1_000, False))
    told.does("A", SendDeposit(NETWORK, at["A"], at["B"], 2_000, "waits"))
    found["deposit"] = told.state.settlement.last_transaction
    told.does("A", SendDeposit(NETWORK, at["A"], at["B"], 400, "arrives"))
    found["arrived"] = told.state.settlement.last_transaction
    until = told.state.time + 10 * DAY
    condition = Condition(ConditionKind.HASH, until, sha256(SECRET).digest())
    told.does("A", SendOnCondition(NETWORK, at["A"], at["B"], 50, "held", condition))
    found["held deposit"] = told.state.networks.last_held
    told.does("B", RequestToPay(NETWORK, at["B"], at["A"], 60, "asked", until))
    found["payment request"] = told.state.networks.last_request
    told.does("A", RecallDeposit(TransactionNumber(found["arrived"]), "too much"))
    found["recall"] = told.state.networks.last_recall
    told.does("A", SendDeposit(NETWORK, at["A"], at["B"], 30, "arrives"))
    found["arrived too"] = told.state.settlement.last_transaction
    told.does("Second", ListAccount(NETWORK, at["A"], True, "to be looked at"))
    told.does("A", SendDeposit(NETWORK, at["A"], at["B"], 70, "screened"))
    found["screened"] = told.state.networks.last_held
    told.does("First", OfferBridge(NETWORK, told.parties["Second"], 500, until, False))
    told.does("Second", DrawBridge(NETWORK, told.parties["First"], 100))
    _netted(made)


def _netted(made: Deal) -> None:
    """A network that nets: the first bank owes the second within a cap, and what it has borne of an earlier loss."""
    told, at = made.told, made.at
    provisions = (
        Provision("network.claims", "NETTED", "rules of the network"),
        Provision("network.own_cover", "0.1", "rules of the network"),
    )
    told.does("operator", PublishRulebook("netted", 1, START, "Rules of the other network", (), provisions))
    told.does("HKMA", CreateNetwork("HKO", "HKD", SystemNumber(1), "netted", made.token, made.rtgs))
    for name, customer, posted in (("Fifth", "A", 10), ("Sixth", "B", 500), ("Seventh", "A", 500)):
        told.party(name, Role.BANK)
        at[name] = told.account(name)
        token = told.money(name, f"HKD.{name}", "HKD", MoneyKind.DEPOSIT_TOKEN)
        told.mint("HKMA", made.token, at[name], posted)
        told.does(name, JoinNetwork(OTHER, token, at[name]))
        told.does("HKMA", AdmitMember(OTHER, told.parties[name]))
        told.does(name, AdmitCustomer(OTHER, at[customer]))
        told.mint(name, token, at[customer], 5_000)
        told.does(name, FundPosition(OTHER, posted, True))
    fifth, sixth = told.parties["Fifth"], told.parties["Sixth"]
    told.does("HKMA", SetDebitCap(OTHER, fifth, 100))
    told.does("Sixth", GrantLine(OTHER, fifth, 100))
    told.does("A", SendDeposit(OTHER, at["A"], at["B"], 50, "within the cap", fifth))
    told.does("operator", SetStanding(fifth, Standing.SUSPENDED, "fails"))
    told.does("operator", SetStanding(fifth, Standing.ACTIVE, "is back"))
    told.mint("HKMA", made.token, at["Fifth"], 100)
    told.does("HKMA", SetDebitCap(OTHER, sixth, 100))
    told.does("Fifth", GrantLine(OTHER, sixth, 100))
    told.does("B", SendDeposit(OTHER, at["B"], at["A"], 50, "within the cap", sixth, fifth))


def _owed(told: Told, network: NetworkNumber) -> list[tuple[PartyNumber, PartyNumber]]:
    return list(told.state.networks.networks[network].owed)


def network_examples(made: Deal, found: dict[str, int]) -> Iterator[tuple[str, object]]:
    """Who, and what."""
    told, at = made.told, made.at
    parties = told.parties
    yield "HKMA", CreateNetwork("HKM", "HKD", SystemNumber(1), "network", made.token, made.rtgs)
    fifth = parties["Fifth"]
    yield "HKMA", SetDebitCap(OTHER, parties["Sixth"], 200)
    yield "Fifth", GrantLine(OTHER, parties["Sixth"], 200)
    yield "HKMA", SettleCycle(OTHER)
    yield "HKMA", BoundPosition(NETWORK, parties["First"], 300, 3_000)
    yield "Fifth", RepayLoss(OTHER, next(bank for debtor, bank in _owed(told, OTHER) if debtor == fifth), 10)
    yield "Fourth", JoinNetwork(NETWORK, AssetNumber(found["Fourth token"]), at["Fourth"])
    yield "HKMA", AdmitMember(NETWORK, parties["Third"])
    yield "First", AdmitCustomer(NETWORK, AccountNumber(at["B"]))
    yield "First", FundPosition(NETWORK, 100, True)
    yield "First", WithdrawFunds(NETWORK, 100, False)
    yield "A", SendDeposit(NETWORK, at["A"], at["B"], 100, "new", parties["First"], parties["Second"], 2)
    yield "A", CancelDeposit(TransactionNumber(found["deposit"]))
    until = told.state.time + 10 * DAY
    condition = Condition(ConditionKind.PARTY, until, party=parties["B"])
    banks = (parties["First"], parties["Second"], 2)
    yield "A", SendOnCondition(NETWORK, at["A"], at["B"], 100, "on condition", condition, *banks)
    yield "B", ReleaseDeposit(found["held deposit"], SECRET)
    yield "B", DeclineDeposit(found["held deposit"])
    yield "B", RequestToPay(NETWORK, at["B"], at["A"], 100, "asked", until)
    yield "A", PayRequest(found["payment request"])
    yield "A", DeclineRequest(found["payment request"])
    yield "B", ReturnDeposit(TransactionNumber(found["arrived"]), 100, "not due")
    yield "A", RecallDeposit(TransactionNumber(found["arrived too"]), "too much")
    yield "B", AnswerRecall(found["recall"], True, "so it was")
    yield "First", SetScreening(NETWORK, parties["Third"], 1_000)
    yield "First", ListAccount(NETWORK, at["B"], True, "to be looked at")
    yield "Second", DecideScreening(found["screened"], True, "another of that name")
    yield "Second", OfferBridge(NETWORK, parties["First"], 500, until, True)
    yield "Second", DrawBridge(NETWORK, parties["First"], 100)
    yield "Second", RepayBridge(NETWORK, parties["First"], 50)
