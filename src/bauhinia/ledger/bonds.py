"""Bonds as issued: terms, parties, documents, and how far their closing has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fractions import Fraction

from bauhinia.bond.terms import Terms
from bauhinia.ledger.assets import TitleLayer
from bauhinia.ledger.taxes import TaxRegime
from bauhinia.words.ids import (
    NO_ASSET,
    NO_PARTY,
    AccountNumber,
    AssetNumber,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)


class BondStatus(IntEnum):
    """From term sheet to the last payment."""

    DRAFT = 1  # term sheet lodged
    CLOSING = 2  # the issuer has authorised it
    ISSUED = 3
    MATURED = 4  # redemption fell due
    REDEEMED = 5  # nothing is outstanding
    CANCELLED = 6  # never issued, or bought back whole and cancelled
    POTENTIAL_DEFAULT = 7  # a payment is late past its grace
    ACCELERATED = 8
    MERGED = 9  # a tap that has become part of the bond it is fungible with


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the issue, by its SHA-256 hash."""

    name: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the conditions say of payments. Years and days as whole numbers; `pro_rata` says whether a shortfall
    pays every holder in part; `acceleration` is the fraction of outstanding nominal whose holders may accelerate; `tax`
    how interest is taxed at source, None where it is not."""

    grace_days: int = 7
    prescription_years_principal: int = 10
    prescription_years_interest: int = 5
    pro_rata: bool = False
    acceleration: Fraction = Fraction(1, 4)
    closure_pays_interest: bool = False
    tax: TaxRegime | None = None


@dataclass(slots=True)
class TermSheet:
    """What is lodged of a bond before it is issued.

    `isin` (ISO 6166) becomes the asset's code; `dti` (ISO 24165) may be empty. Nominal amounts are the currency's
    smallest units. `agents` are those who must accept beside paying agent and trustee; `trustee` and `guarantor` are
    zero where there is none. `profile` names a register profile of the rulebook; `needs` are the bits of the classes
    that a holder must have. `closing_date` is the day of the first closing where that is later than the issue date of
    the terms, from which interest runs: the buyers then pay the interest accrued.
    """

    isin: str
    dti: str
    name: str
    currency: str
    system: SystemNumber
    title: TitleLayer
    terms: Terms
    issuer: PartyNumber
    issuer_account: AccountNumber
    registrar: PartyNumber
    paying_agent: PartyNumber
    lead_manager: PartyNumber
    trustee: PartyNumber
    guarantor: PartyNumber
    agents: tuple[PartyNumber, ...]
    documents: tuple[Document, ...]
    conditions: Conditions
    profile: str
    rulebook: str
    needs: int
    closing_date: date | None = None


@dataclass(frozen=True, slots=True)
class Allotment:
    """What the lead manager allots to an account: nominal, and the money it costs in the investor's elected money.
    `cash_account` is zero where the investor pays by RTGS."""

    account: AccountNumber
    nominal: Units
    money: AssetNumber
    amount: Units
    cash_account: AccountNumber


class AllotmentStatus(IntEnum):
    ALLOTTED = 1
    ACCEPTED = 2  # by the investor's own signature, or a standing right of the lead manager over what pays for it
    RELEASED = 3  # a transaction that waits for its day and its cash
    ISSUED = 4
    WITHDRAWN = 5


@dataclass(slots=True)
class Subscription:
    """An allotment and how far it has come."""

    allotment: Allotment
    status: AllotmentStatus
    transaction: TransactionNumber = TransactionNumber(0)


@dataclass(slots=True)
class Closing:
    """One closing (first issue or tap), signed by each; nothing is issued before all have signed.

    `nominal` and `price` (per 100 of nominal) are what the issuer authorised, zero until then. `proceeds` maps each
    money in which investors may pay to the issuer's account of it, zero for an RTGS. `all_or_none` settles all
    allotments at one instant. `transactions` are those released, each with the number (from 1) of its allotment, zero
    where it is for all of them.
    """

    settlement_date: date
    nominal: Units = 0
    price: Fraction = Fraction(0)
    all_or_none: bool = False
    authorised: bool = False
    confirmed: bool = False
    released: bool = False
    abandoned: bool = False
    accepted: tuple[PartyNumber, ...] = ()
    allotments: list[Subscription] = field(default_factory=list)
    transactions: dict[TransactionNumber, int] = field(default_factory=dict)
    proceeds: dict[AssetNumber, AccountNumber] = field(default_factory=dict)


@dataclass(slots=True)
class Bond:
    """A bond, by the number of its base asset. `note` is the lodged note that backs it, where it is beneficial.
    A tap with a temporary ISIN names the bond it merges into and the day from which accruals are identical.
    Outstanding is what was issued less what was redeemed and cancelled. `cancelling` holds what the issuer wants
    cancelled of its own holdings, by account, until the registrar confirms it."""

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
    cancelling: dict[AccountNumber, Units] = field(default_factory=dict)


@dataclass(slots=True)
class Issues:
    """All bonds, by base asset."""

    bonds: dict[AssetNumber, Bond] = field(default_factory=dict)
