"""Parties, their keys and attributes, the accounts they hold, and the rights that others have over these."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated

from bauhinia.ledger.wallets import Wallet
from bauhinia.words.codec import Wide
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, AssetNumber, Micros, PartyNumber


class Role(IntEnum):
    """What a party is in the market; a party may be several things."""

    OPERATOR = 1
    CENTRAL_BANK = 2
    CSD = 3
    REGISTRAR = 4
    ISSUER = 5
    PAYING_AGENT = 6
    LEAD_MANAGER = 7
    CUSTODIAN = 8
    BANK = 9
    SETTLEMENT_INSTITUTION = 10
    TRUSTEE = 11
    DEALER = 12
    INVESTOR = 13
    REGULATOR = 14
    ATTESTER = 15
    AUDITOR = 16


class Standing(IntEnum):
    ACTIVE = 1
    SUSPENDED = 2
    INSOLVENT = 3
    CLOSED = 4


class Purpose(IntEnum):
    """What an account is for. Nothing of one purpose is reached by the commands of another."""

    OWN = 1
    OMNIBUS = 2  # holds for clients, whose entitlements are kept one tier down
    SEGREGATED = 3
    ISSUER = 4  # runs below zero by what is outstanding
    ESCROW = 5
    COLLATERAL = 6
    SUSPENSE = 7  # holds what a holder could not be paid
    PAYING = 8  # an agent's account out of which one bond's holders are paid
    LODGED = 9  # a global note in a depository's safe custody
    RESERVE = 10  # holds what backs a money
    TAX = 11  # a withholding agent's account for what is withheld on one bond
    NETWORK = 12  # what a payment network keeps for a member: funds, tokens in transit, collateral


# what lies there is held for others: no wallet limits it
FOR_OTHERS = (Purpose.ISSUER, Purpose.PAYING, Purpose.SUSPENSE, Purpose.TAX)
FOR_CLIENTS = (Purpose.OMNIBUS, Purpose.SEGREGATED)  # what is held there is not its holder's own

# no income goes there
NEVER_PAID = (
    Purpose.ISSUER,
    Purpose.RESERVE,
    Purpose.PAYING,
    Purpose.SUSPENSE,
    Purpose.LODGED,
    Purpose.TAX,
    Purpose.NETWORK,
)


class Right(IntEnum):
    """What another party may do with an account. Each stands alone: who may instruct may not view."""

    VIEW = 1
    INSTRUCT = 2  # both ways, whatever may be instructed
    RECEIVE = 3  # only what comes in: securities received, money that is paid for a delivery
    PLEDGE = 4  # only deliveries free of payment into someone's collateral account


class Block(IntEnum):
    """Bits of an account's or a position's blocks."""

    DEBIT = 1
    CREDIT = 2
    COLLATERAL = 4


@dataclass(frozen=True, slots=True)
class Key:
    """An Ed25519 public key, and the person who holds it: four eyes are two persons, not two keys."""

    public: bytes
    person: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact about a party, given by an attester until a moment (exclusive)."""

    value: str
    attester: PartyNumber
    until: Micros


@dataclass(slots=True)
class Party:
    """Someone who signs. `commitment` binds the personal data kept beside the ledger; zero bytes where none."""

    number: PartyNumber
    name: str
    lei: str
    residence: str
    roles: tuple[Role, ...]
    keys: tuple[Key, ...]
    threshold: int
    standing: Standing = Standing.ACTIVE
    standing_since: Micros = 0
    attributes: dict[str, Attribute] = field(default_factory=dict)
    commitment: bytes = b""
    accounts: list[AccountNumber] = field(default_factory=list)


@dataclass(slots=True)
class Nonces:
    """Which nonces of a party are used up: the highest, and a mask of the 1,024 that end with it (RFC 4303 §3.4.3)."""

    top: int = 0
    mask: Annotated[int, Wide] = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """A right of `party` over an account: for one asset, or any (0), until a moment (exclusive)."""

    party: PartyNumber
    right: Right
    asset: AssetNumber
    until: Micros


@dataclass(slots=True)
class Account:
    """Where a party holds. `tier` is the omnibus account one tier up in whose book this account stands; zero for
    an account in the official book. `classes` are bits of the rulebook's predicates, true until `classes_until`."""

    number: AccountNumber
    holder: PartyNumber
    purpose: Purpose
    name: str
    keeper: PartyNumber
    tier: AccountNumber = NO_ACCOUNT
    classes: int = 0
    classes_until: Micros = 0
    blocks: int = 0
    grants: tuple[Grant, ...] = ()
    cash_account: AccountNumber = NO_ACCOUNT  # where income is paid; itself where zero
    # currency -> the moneys of payouts, the first one first
    elections: dict[str, tuple[AssetNumber, ...]] = field(default_factory=dict)
    backs: dict[AssetNumber, AssetNumber] = field(default_factory=dict)  # asset held here -> asset that it backs
    opened: Micros = 0
    closed: Micros = 0
    wallets: dict[AssetNumber, Wallet] = field(default_factory=dict)  # money -> the wallet in it


def holds_right(account: Account, party: PartyNumber, right: Right, asset: AssetNumber, time: Micros) -> bool:
    """Whether `party` has a right over the account at a time; its holder has them all."""
    if account.holder == party:
        return True
    return any(
        grant.party == party and grant.right == right and grant.asset in (0, asset) and time < grant.until
        for grant in account.grants
    )
