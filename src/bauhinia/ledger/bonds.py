"""Bonds as issued: terms, parties, documents, and how far their closing has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from bauhinia.bond.terms import Terms
from bauhinia.words.ids import NO_ASSET, NO_PARTY, AccountNumber, AssetNumber, PartyNumber, TransactionNumber, Units


class BondStatus(IntEnum):
    """From term sheet to the last payment."""

    DRAFT = 1  # term sheet lodged
    CLOSING = 2  # at least one of the closing's signatures is there
    ISSUED = 3
    MATURED = 4  # redemption fell due
    REDEEMED = 5  # nothing is outstanding
    CANCELLED = 6
    POTENTIAL_DEFAULT = 7  # a payment is late past its grace
    ACCELERATED = 8


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the issue, by its SHA-256 hash."""

    name: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the conditions say of payments. Years and days as whole numbers; `pro_rata` says whether a shortfall
    pays every holder in part; `acceleration` is the fraction of outstanding nominal whose holders may accelerate."""

    grace_days: int = 7
    prescription_years_principal: int = 10
    prescription_years_interest: int = 5
    pro_rata: bool = False
    acceleration: Fraction = Fraction(1, 4)
    closure_pays_interest: bool = False


@dataclass(frozen=True, slots=True)
class Allotment:
    """What the lead manager allots to an account: nominal, and the money it costs in the investor's elected money.
    `cash_account` is zero where the investor pays by RTGS."""

    account: AccountNumber
    nominal: Units
    money: AssetNumber
    amount: Units
    cash_account: AccountNumber


@dataclass(slots=True)
class Closing:
    """One closing (first issue or tap), signed by each; nothing is issued before all have signed.

    `proceeds` maps a money to the issuer's account of it; an RTGS money has account zero."""

    nominal: Units
    price: Fraction
    settlement_date: date
    authorised: bool = False
    confirmed: bool = False
    accepted: tuple[PartyNumber, ...] = ()
    allotments: tuple[Allotment, ...] = ()
    transactions: tuple[TransactionNumber, ...] = ()
    released: bool = False
    proceeds: dict[AssetNumber, AccountNumber] = field(default_factory=dict)


@dataclass(slots=True)
class Bond:
    """A bond, by the number of its base asset. `note` is the lodged note that backs it, where it is beneficial.
    A tap with a temporary ISIN names the bond it merges into and the day from which accruals are identical."""

    asset: AssetNumber
    isin: str
    dti: str
    terms: Terms
    issuer: PartyNumber
    registrar: PartyNumber
    paying_agent: PartyNumber
    lead_manager: PartyNumber
    trustee: PartyNumber
    agents: tuple[PartyNumber, ...]  # who must accept before closing
    documents: tuple[Document, ...]
    conditions: Conditions
    profile: str  # register profile: a provision set of the rulebook
    status: BondStatus = BondStatus.DRAFT
    closings: list[Closing] = field(default_factory=list)
    note: AssetNumber = NO_ASSET
    fungible_with: AssetNumber = NO_ASSET
    fungible_from: date | None = None
    redeemed: Units = 0  # nominal redeemed at maturity
    cancelled: Units = 0  # nominal bought back and cancelled
    issued: Units = 0
    guarantor: PartyNumber = NO_PARTY


@dataclass(slots=True)
class Issues:
    """All bonds, by base asset."""

    bonds: dict[AssetNumber, Bond] = field(default_factory=dict)
