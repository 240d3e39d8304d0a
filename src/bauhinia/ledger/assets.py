"""Assets: bonds, moneys, notes and entitlements. Every asset sums to zero over its accounts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from bauhinia.ledger.wallets import WalletTier
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, AccountNumber, AssetNumber, PartyNumber, SystemNumber, Units


class AssetKind(IntEnum):
    BOND = 1
    NOTE = 2  # a global note, in paper or by record, that backs beneficial interests
    ENTITLEMENT = 3  # what a keeper owes its clients out of its omnibus account
    MONEY = 4


class MoneyKind(IntEnum):
    """Whose claim a money is, and where it moves."""

    NONE = 0
    CENTRAL_BANK_TOKEN = 1
    CBDC = 2
    DEPOSIT_TOKEN = 3
    STABLECOIN = 4
    RTGS = 5  # moves outside the ledger: earmark here, pay there, confirm here
    NETWORK = 6  # a deposit with any member of a network, at par: paid, and never held
    CREDIT = 7  # what a bank may still owe others in a network


class TitleLayer(IntEnum):
    """Which book is official for a holding."""

    NONE = 0
    NATIVE = 1  # the ledger's own register is legal title
    BENEFICIAL = 2  # an interest in a lodged note
    OMNIBUS = 3  # an entitlement against a custodian's omnibus account
    HIERARCHICAL = 4  # a book entry in a chain of account-keeping institutions


@dataclass(slots=True)
class Asset:
    """What positions are in.

    The issuer's account runs to minus `authorised` at the lowest. An asset with a backing is minted and burned
    only by the posting that moves the position (`backing_account`, `backing_asset`), and is outstanding by exactly
    that position. `base` is the bond at the root of an entitlement, or the asset itself. A transfer settles only
    between accounts whose classes include `needs`. A money that has `tiers` is received into wallets alone, each
    within the limits of its tier; one that is for `customers_only`, into accounts that its issuer keeps or has given a
    wallet.
    """

    number: AssetNumber
    kind: AssetKind
    code: str
    name: str
    currency: str
    exponent: int
    issuer: PartyNumber
    issuer_account: AccountNumber
    authorised: Units
    denomination: Units
    multiple: Units
    registrar: PartyNumber
    system: SystemNumber
    title: TitleLayer = TitleLayer.NONE
    money: MoneyKind = MoneyKind.NONE
    rulebook: str = ""
    backing_account: AccountNumber = NO_ACCOUNT
    backing_asset: AssetNumber = NO_ASSET
    base: AssetNumber = NO_ASSET
    needs: int = 0
    paused: bool = False
    halted: PartyNumber = PartyNumber(0)  # who owns the break that halted it; zero where none
    customers_only: bool = False
    tiers: tuple[WalletTier, ...] = ()

    @property
    def on_ledger(self) -> bool:
        """Whether its balances are kept here; an RTGS keeps its own."""
        return self.money is not MoneyKind.RTGS

    @property
    def circulates(self) -> bool:
        """Whether it is a money that accounts hold here and may pay each other: neither one that moves outside, nor one
        that is only paid in, nor credit."""
        return self.kind is AssetKind.MONEY and self.money not in (MoneyKind.RTGS, MoneyKind.NETWORK, MoneyKind.CREDIT)

    @property
    def stands_still(self) -> bool:
        """Whether it does not move now: it is paused, or halted by a break."""
        return self.paused or self.halted != 0
