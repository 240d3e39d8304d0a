"""What is kept of moneys beside the assets that they are: their wallets, and what covers a stablecoin."""

from __future__ import annotations

from dataclasses import dataclass, field

from bauhinia.words.ids import AccountNumber, AssetNumber, PartyNumber, Units


@dataclass(slots=True)
class Wallets:
    """The wallets of one money: the version of its tiers, who but its issuer may give one, and the accounts that have
    one, in the order in which they got it."""

    version: int
    intermediaries: tuple[PartyNumber, ...]
    accounts: dict[AccountNumber, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reserve:
    """An account of purpose RESERVE, and the money in it that covers another."""

    account: AccountNumber
    asset: AssetNumber


@dataclass(slots=True)
class Cover:
    """What covers a money that has no position behind it token by token: reserves on the ledger, and what `keeper`
    states that it holds outside (nobody: zero). Whoever gives the money back is paid in `paid_in`: out of the reserve
    in that, or by the issuer in an RTGS; `paid_out` is what it has paid there since the keeper's last statement.
    `short`: it was told that the reserves are below what is outstanding."""

    reserves: tuple[Reserve, ...]
    keeper: PartyNumber
    paid_in: AssetNumber
    paid_out: Units = 0
    short: bool = False

    def reserve_in(self, asset: AssetNumber) -> Reserve | None:
        """The reserve in a money."""
        return next((each for each in self.reserves if each.asset == asset), None)


@dataclass(slots=True)
class Moneys:
    """By money: its wallets where it has tiers, its cover where it has one."""

    wallets: dict[AssetNumber, Wallets] = field(default_factory=dict)
    covers: dict[AssetNumber, Cover] = field(default_factory=dict)
