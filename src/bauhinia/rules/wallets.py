"""Wallets with limits, as data: the issuer of a money defines tiers, and each account that may have it stands in one.

A money without tiers is wholesale: whoever is eligible holds as much of it as it likes. Once its issuer has defined
tiers, the money is received into wallets alone. What a wallet holds at most is asked of the end of a posting, as a lack
is; what it pays at once, in a business day and in a year, of what leaves it. No limit is exceeded at any instant: what
legs earmarked for a payment outside the ledger will bring or take counts from the moment of the earmark.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.days import System
from bauhinia.ledger.moneys import Wallets
from bauhinia.ledger.parties import Account, Purpose
from bauhinia.ledger.state import State
from bauhinia.ledger.wallets import Wallet, WalletTier
from bauhinia.rules.settlement import retry_all
from bauhinia.rules.step import Audience, Step, require_classes, require_text
from bauhinia.words.ids import EVERYONE, LIMIT, AccountNumber, AssetNumber, PartyNumber, Units
from bauhinia.words.reasons import Reason, known, require

MOST_TIERS = 16
MOST_INTERMEDIARIES = 256
HELD_IN = (Purpose.OWN, Purpose.OMNIBUS, Purpose.SEGREGATED, Purpose.ESCROW, Purpose.COLLATERAL, Purpose.RESERVE)


@dataclass(slots=True)
class DefineWalletTiers:
    """A command of four eyes by the issuer of a money: from now on it is held in wallets of these tiers.
    `intermediaries` may give wallets beside the issuer. A later definition takes the place of this one, and must fit
    what wallets hold."""

    money: AssetNumber
    tiers: tuple[WalletTier, ...]
    intermediaries: tuple[PartyNumber, ...] = ()


@dataclass(slots=True)
class AssignWallet:
    """A command of four eyes by the issuer or an intermediary: an account has a wallet of a tier; an empty `tier` takes
    away one that is empty. Only the issuer changes what another has given."""

    account: AccountNumber
    money: AssetNumber
    tier: str


@dataclass(slots=True)
class WalletTiersDefined:
    """Versions count from 1."""

    money: AssetNumber
    version: int
    tiers: tuple[WalletTier, ...]
    intermediaries: tuple[PartyNumber, ...]


@dataclass(slots=True)
class WalletAssigned:
    account: AccountNumber
    money: AssetNumber
    tier: str
    by: PartyNumber


def define_wallet_tiers(step: Step, command: DefineWalletTiers) -> None:
    """Checked in order: a money on the ledger that the asker issues; tiers, their names, limits and classes; the
    intermediaries; that every wallet there is still has its tier, and does not hold more than that allows."""
    state = step.state
    money = state.asset(command.money)
    own = money.kind is AssetKind.MONEY and money.issuer == step.asker and money.on_ledger
    require(own, Reason.UNKNOWN_ASSET, "money", command.money)
    require(command.tiers, Reason.EMPTY, "tiers")
    require(len(command.tiers) <= MOST_TIERS, Reason.AMOUNT, "tiers", len(command.tiers))
    for tier in command.tiers:
        _require_tier(state, tier)
    named = {tier.name: tier for tier in command.tiers}
    require(len(named) == len(command.tiers), Reason.DUPLICATE, "tiers")
    few = len(command.intermediaries) <= MOST_INTERMEDIARIES
    require(few, Reason.AMOUNT, "intermediaries", len(command.intermediaries))
    for party in command.intermediaries:
        require(party in state.parties, Reason.UNKNOWN_PARTY, "intermediaries", party)
    different = len(set(command.intermediaries)) == len(command.intermediaries)
    require(different, Reason.DUPLICATE, "intermediaries")
    wallets = state.moneys.wallets.get(command.money)
    for number in wallets.accounts if wallets else ():
        account = state.accounts[number]
        had = account.wallets[command.money].tier.name
        require(had in named, Reason.STATE, "tier", had, "has wallets")
        _require_fits(state, account, command.money, named[had])
    version = wallets.version + 1 if wallets else 1
    step.emit(WalletTiersDefined(command.money, version, command.tiers, command.intermediaries))


def _require_tier(state: State, tier: WalletTier) -> None:
    """A tier that can be: a limit that is there is no less than one that is narrower."""
    require_text(tier.name, "name", 35)
    for name in ("most_held", "most_paid", "most_a_day", "most_a_year"):
        units: Units = getattr(tier, name)
        require(0 <= units < LIMIT, Reason.AMOUNT, name, units)
    limits = [units for units in (tier.most_paid, tier.most_a_day, tier.most_a_year) if units]
    require(all(a <= b for a, b in pairwise(limits)), Reason.AMOUNT, tier.name, "limits are not in order")
    require_classes(state, tier.needs)


def _require_fits(state: State, account: Account, money: AssetNumber, tier: WalletTier) -> None:
    """What an account holds of a money, and what is coming, is within a tier."""
    wallet = account.wallets.get(money)
    holds = state.positions.balance(account.number, money) + (wallet.coming if wallet else 0)
    fits = not tier.most_held or holds <= tier.most_held
    require(fits, Reason.HOLDING_LIMIT, "account", account.number, holds, tier.most_held)


def assign_wallet(step: Step, command: AssignWallet) -> None:
    """Checked in order: a money with tiers, of which the asker is issuer or intermediary; the account, of a purpose for
    wallets, open; that another's wallet is the issuer's to change; the tier; that it is another one; who may have it;
    what is held. To be taken away, a wallet is empty, and nothing is on its way."""
    state = step.state
    money = state.asset(command.money)
    wallets = known(state.moneys.wallets.get(command.money), Reason.UNKNOWN_ASSET, "money", command.money)
    issuer = money.issuer == step.asker
    require(issuer or step.asker in wallets.intermediaries, Reason.UNKNOWN_ASSET, "money", command.money)
    account = state.account(command.account)
    require(account.purpose in HELD_IN, Reason.PURPOSE, "account", command.account, account.purpose.name)
    require(not account.closed, Reason.CLOSED, "account", command.account)
    wallet = account.wallets.get(command.money)
    own = issuer or wallet is None or wallet.given_by == step.asker
    require(own, Reason.NOT_AUTHORISED, "account", command.account, "has its wallet of another")
    if command.tier:
        tier = known(tier_named(money, command.tier), Reason.UNKNOWN_TIER, "tier", command.tier)
        again = wallet is not None and wallet.tier.name == command.tier
        require(not again, Reason.ALREADY_DONE, "account", command.account, command.tier)
        has_classes = account.classes & tier.needs == tier.needs
        lasting = not tier.needs or step.time < account.classes_until
        require(has_classes and lasting, Reason.NOT_ELIGIBLE, "account", command.account, command.tier)
        _require_fits(state, account, command.money, tier)
    else:
        had = known(wallet, Reason.NO_WALLET, "account", command.account)
        empty = not (state.positions.balance(command.account, command.money) or had.coming or had.going)
        require(empty, Reason.STATE, "account", command.account, "holds", money.code)
    step.emit(WalletAssigned(command.account, command.money, command.tier, step.asker))


def tier_named(money: Asset, name: str) -> WalletTier | None:
    """A money's tier of a name."""
    return next((tier for tier in money.tiers if tier.name == name), None)


def turn_wallets(state: State, system: System, day: date) -> None:
    """A system's business date turns to `day`: what wallets in its moneys have paid today is of yesterday, and in a new
    year what they have paid this year is of the last; for `evolve` only."""
    for number, wallets in state.moneys.wallets.items():
        if state.assets[number].system != system.number:
            continue
        for each in wallets.accounts:
            wallet = state.accounts[each].wallets[number]
            wallet.today = 0
            if day.year != system.date.year:
                wallet.this_year = 0


def on_wallet_tiers_defined(state: State, event: WalletTiersDefined) -> None:
    """Wallets follow their tier; what waited for a limit is tried again."""
    money = state.assets[event.money]
    money.tiers = event.tiers
    before = state.moneys.wallets.get(event.money)
    wallets = Wallets(event.version, event.intermediaries, before.accounts if before else {})
    state.moneys.wallets[event.money] = wallets
    for number in wallets.accounts:
        wallet = state.accounts[number].wallets[event.money]
        wallet.tier = tier_named(money, wallet.tier.name) or wallet.tier
    retry_all(state)


def on_wallet_assigned(state: State, event: WalletAssigned) -> None:
    """What the account has paid counts in its new tier too."""
    account, wallets = state.accounts[event.account], state.moneys.wallets[event.money]
    tier = tier_named(state.assets[event.money], event.tier)
    if tier is None:
        del account.wallets[event.money], wallets.accounts[event.account]
        return
    wallet = account.wallets.get(event.money)
    if wallet is None:
        account.wallets[event.money] = Wallet(tier, event.by)
        wallets.accounts[event.account] = True
    else:
        wallet.tier, wallet.given_by = tier, event.by
    retry_all(state)


def sees_tiers(state: State, event: WalletTiersDefined) -> Audience:
    """Public, as the rules of a money are."""
    return (EVERYONE,)


def sees_wallet(state: State, event: WalletAssigned) -> Audience:
    """The account's holder and keeper, the issuer of the money, and who gave the wallet."""
    account = state.accounts[event.account]
    issuer = state.assets[event.money].issuer
    return tuple(dict.fromkeys((account.holder, account.keeper, issuer, event.by)))
