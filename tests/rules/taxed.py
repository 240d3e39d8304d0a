"""A bond whose interest is taxed: where stories of tax begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any

from bauhinia.ledger.actions import Action
from bauhinia.ledger.bonds import Conditions
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.taxes import TaxRate, TaxRegime
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.onboarding import Attest, RegisterParty
from bauhinia.rules.tax import AppointTaxAccount
from bauhinia.words.dates import DAY as MICROS_A_DAY
from bauhinia.words.ids import AssetNumber, PartyNumber, SystemNumber
from tests.rules.deal import NEXT, Deal, deal
from tests.rules.served import FIRST, LOT, LOTS
from tests.support import START, keys_of

CLOSED = 19 * 60
RECORD = date(2026, 7, 31)
PROOF = sha256(b"certificate of residence").digest()
STATUTORY, TREATY, EXEMPT = Fraction(1, 5), Fraction(1, 10), Fraction(0)
RATES = (TaxRate("treaty", "DE", TREATY), TaxRate("exempt", "", EXEMPT))
# one lot's coupon is 19,836: 20% of it is 3,967.2, 10% is 1,983.6
DOMESTIC_TAX, TREATY_TAX = 3_967, 1_984


def taxed(*shares: tuple[str, int], account: bool = True, **changes: Any) -> tuple[Deal, AssetNumber]:
    """A bond of LOTS whose interest is taxed, issued to `shares`, with paying account and tax account. A resides in
    Germany with a treaty document, B is exempt, Custodian and Client are none of it."""
    made = deal(START, "HKD")
    told, at = made.told, made.at
    told.does("operator", RegisterParty("G", "", "DE", (Role.INVESTOR,), keys_of("G"), 1, b""))
    told.parties["G"] = PartyNumber(len(told.state.parties))
    told.party("Revenue", Role.REGULATOR)
    told.party("Attester", Role.ATTESTER)
    told.party("TaxAgent", Role.BANK)
    at["G"], at["Revenue"] = told.account("G"), told.account("Revenue")
    at["tax"] = told.account("TaxAgent", Purpose.TAX)
    at["paying"], at["suspense"] = told.account("Agent", Purpose.PAYING), told.account("Agent", Purpose.SUSPENSE)
    regime = TaxRegime(
        "XX", STATUTORY, told.parties["TaxAgent"], told.parties["Revenue"], "tax", RATES, False, 15, 4
    )  # fmt: skip
    regime = replace(regime, **changes)
    asset = made.lodge(terms=LOTS, conditions=Conditions(tax=regime))
    attest(made, "G", "treaty", date(2026, 12, 31))
    attest(made, "B", "exempt", date(2027, 12, 31))
    made.issue(asset, sum(lots for _, lots in shares) * LOT, *((who, lots * LOT) for who, lots in shares))
    told.does("Agent", AppointPayingAccount(asset, made.token, at["paying"], at["suspense"]))
    if account:
        told.does("TaxAgent", appointment(made, asset))
    told.until(NEXT)
    return made, asset


def appointment(made: Deal, asset: AssetNumber) -> AppointTaxAccount:
    return AppointTaxAccount(asset, made.token, made.at["tax"], made.at["Revenue"])


def attest(made: Deal, who: str, value: str, until: date) -> list[Any]:
    moment = made.told.state.time + (until - made.told.state.days.systems[SystemNumber(1)].date).days * MICROS_A_DAY
    return made.told.does("Attester", Attest(made.told.parties[who], "tax", value, moment))


def pay(made: Deal, action: Action, amount: int) -> list[Any]:
    """The issuer pays in what is asked for, and the payment date comes."""
    made.fund("Government", amount)
    made.told.does("Government", Fund(action.number, made.token, made.at["Government"], amount))
    return made.told.until(FIRST)
