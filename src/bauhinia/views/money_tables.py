"""The tables of moneys: what holders elect, who has a wallet, what covers a money, what is given back; part of
`tables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bauhinia.ledger.moneys import Reserve
from bauhinia.ledger.wallets import WalletTier
from bauhinia.views.rows import Table


@dataclass(slots=True)
class ElectionRow:
    account: int
    currency: str
    money: int
    fallback: tuple[int, ...]


@dataclass(slots=True)
class TiersRow:
    """The tiers of a money as they are now."""

    money: int
    version: int
    tiers: tuple[WalletTier, ...]
    intermediaries: tuple[int, ...]


@dataclass(slots=True)
class WalletRow:
    account: int
    money: int
    tier: str
    given_by: int


@dataclass(slots=True)
class CoverRow:
    """`short` is by how much the reserves were below what was outstanding when that was last told; zero where not."""

    money: int
    reserves: tuple[Reserve, ...]
    keeper: int
    paid_in: int
    short: int


@dataclass(slots=True)
class RedemptionRow:
    """What is given back and not paid at once: ASKED, LATE or PAID."""

    transaction: int
    money: int
    account: int
    amount: int
    due: int
    status: str


ELECTIONS = Table("elections", ElectionRow, 2)
TIERS = Table("wallet_tiers", TiersRow)
WALLETS = Table("wallets", WalletRow, 2)
COVERS = Table("covers", CoverRow)
REDEMPTIONS = Table("redemptions", RedemptionRow, 1, ("(account)",))

MONEY_TABLES: tuple[Table[Any], ...] = (TIERS, WALLETS, COVERS, REDEMPTIONS)
