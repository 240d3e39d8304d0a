"""Legs, what stands in their way, and the one function that moves them.

Two questions are asked of legs, whatever they are for: does any block or lack stand in their way (`obstacle`), and
only then are they moved (`post`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.parties import Account, Block, Purpose
from bauhinia.ledger.positions import BALANCE, EARMARKED, WORDS, Positions, key_of
from bauhinia.words.ids import LIMIT, AccountNumber, AssetNumber, Micros, Units
from bauhinia.words.reasons import Reason, must


@dataclass(slots=True)
class Leg:
    """`amount` units of `asset` go from `giver` to `taker`. Legs posted together settle together."""

    asset: AssetNumber
    giver: AccountNumber
    taker: AccountNumber
    amount: Units


@dataclass(slots=True)
class Obstacle:
    """Why legs cannot settle now: the reason, the position at fault, and how much it lacks (zero for a block)."""

    reason: Reason
    account: AccountNumber
    asset: AssetNumber
    lacking: Units = 0


@dataclass(slots=True)
class Holdings:
    """What `post` reads and writes: accounts, assets, and the positions; and the most that some of these may hold."""

    accounts: dict[AccountNumber, Account]
    assets: dict[AssetNumber, Asset]
    positions: Positions
    ceilings: dict[int, Units] = field(default_factory=dict)


def blocked(book: Holdings, legs: Sequence[Leg], time: Micros, *, forced: bool = False) -> Obstacle | None:
    """The first pause, block or ineligibility that a leg meets; by leg, asset before giver before taker. What a power
    has `forced` is not held up by the block of a giver. A block of collateral stops what goes into a collateral
    account."""
    accounts, assets, flags = book.accounts, book.assets, book.positions.flags
    for leg in legs:
        asset = assets[leg.asset]
        if asset.paused:
            return Obstacle(Reason.PAUSED, leg.giver, leg.asset)
        if asset.halted:
            return Obstacle(Reason.HALTED, leg.giver, leg.asset)
        giver, taker = accounts[leg.giver], accounts[leg.taker]
        blocks = 0 if forced else giver.blocks | flags(leg.giver, leg.asset)
        if blocks & Block.DEBIT or (blocks & Block.COLLATERAL and _pledges(book, legs, asset)):
            return Obstacle(Reason.FROZ, leg.giver, leg.asset)
        if (taker.blocks | flags(leg.taker, leg.asset)) & Block.CREDIT:
            return Obstacle(Reason.FROZ, leg.taker, leg.asset)
        if giver.closed or taker.closed:
            return Obstacle(Reason.CLOSED, leg.giver if giver.closed else leg.taker, leg.asset)
        if asset.needs and leg.taker != asset.issuer_account and not eligible(taker, asset, time):
            return Obstacle(Reason.NOT_ELIGIBLE, leg.taker, leg.asset)
    return None


def _pledges(book: Holdings, legs: Sequence[Leg], asset: Asset) -> bool:
    """Whether legs bring an asset, in whatever book, into a collateral account."""
    accounts, assets = book.accounts, book.assets
    return any(
        accounts[leg.taker].purpose is Purpose.COLLATERAL and assets[leg.asset].base == asset.base for leg in legs
    )


def eligible(account: Account, asset: Asset, time: Micros) -> bool:
    """Whether an account may hold an asset: it has every class that the asset needs, and none has expired."""
    return account.classes & asset.needs == asset.needs and (not asset.needs or time < account.classes_until)


def shortfall(book: Holdings, legs: Sequence[Leg]) -> Obstacle | None:
    """The first position that the legs, settled at one instant, would leave below its floor, or else above its
    ceiling; securities first.

    Only the end counts: what comes in by one leg pays for what goes out by another.
    """
    if len(legs) == 2 and legs[0].asset != legs[1].asset and all(_covered(book, leg) for leg in legs):
        return None
    change: dict[tuple[AccountNumber, AssetNumber], Units] = {}
    for leg in legs:
        giver, taker = (leg.giver, leg.asset), (leg.taker, leg.asset)
        change[giver] = change.get(giver, 0) - leg.amount
        change[taker] = change.get(taker, 0) + leg.amount
    money: Obstacle | None = None
    full: Obstacle | None = None
    for (account, number), moved in change.items():
        asset = book.assets[number]
        if account == asset.issuer_account:
            over = -(book.positions.balance(account, number) + moved) - asset.authorised
            if moved < 0 and over > 0:
                return Obstacle(Reason.ABOVE_AUTHORISED, account, number, over)
            continue
        lacking = -(book.positions.available(account, number) + moved)
        if moved < 0 and lacking > 0:
            if asset.kind is not AssetKind.MONEY:
                return Obstacle(Reason.LACK, account, number, lacking)
            money = money or Obstacle(Reason.MONY, account, number, lacking)
        if moved > 0 and book.ceilings:
            full = full or _above(book, account, number, moved)
    return money or full


def _above(book: Holdings, account: AccountNumber, asset: AssetNumber, moved: Units) -> Obstacle | None:
    """Whether a position that rises would end above its ceiling."""
    most = book.ceilings.get(key_of(account, asset))
    over = 0 if most is None else book.positions.balance(account, asset) + moved - most
    return Obstacle(Reason.HOLDING_LIMIT, account, asset, over) if over > 0 else None


def _covered(book: Holdings, leg: Leg) -> bool:
    """Whether a giver that is no issuer has the leg's amount, whatever comes in."""
    issuer = book.assets[leg.asset].issuer_account
    return leg.giver != issuer and book.positions.available(leg.giver, leg.asset) >= leg.amount


def unbacked(book: Holdings, legs: Sequence[Leg]) -> Obstacle | None:
    """The first backed asset whose outstanding amount the legs would part from its backing."""
    accounts, assets = book.accounts, book.assets
    backed: dict[AssetNumber, None] = {}
    for leg in legs:
        if assets[leg.asset].backing_asset:
            backed[leg.asset] = None
        for backs in (accounts[leg.giver].backs, accounts[leg.taker].backs):
            if leg.asset in backs:
                backed[backs[leg.asset]] = None
    if not backed:
        return None
    change: dict[tuple[AccountNumber, AssetNumber], Units] = {}
    for leg in legs:
        change[leg.giver, leg.asset] = change.get((leg.giver, leg.asset), 0) - leg.amount
        change[leg.taker, leg.asset] = change.get((leg.taker, leg.asset), 0) + leg.amount
    for number in backed:
        asset = assets[number]
        issued = -change.get((asset.issuer_account, number), 0)
        if issued != change.get((asset.backing_account, asset.backing_asset), 0):
            return Obstacle(Reason.BACKING, asset.backing_account, number)
    return None


def obstacle(book: Holdings, legs: Sequence[Leg], time: Micros, *, forced: bool = False) -> Obstacle | None:
    """What stands in the way of legs that are well formed: a block, a lack, or a backing left behind."""
    return blocked(book, legs, time, forced=forced) or shortfall(book, legs) or unbacked(book, legs)


def post(book: Holdings, legs: Sequence[Leg]) -> None:
    """Move the legs, all at one instant. The only writer of a balance.

    What a rule asked by `obstacle` is said once more where it matters: no amount below one, no balance below its
    floor, none below its earmark.
    """
    positions = book.positions
    columns, touched = positions.columns, positions.touched
    rows: list[tuple[int, Asset, AccountNumber]] = []
    for leg in legs:
        must(0 < leg.amount < LIMIT, "posted a leg of", leg.amount)
        asset = book.assets[leg.asset]
        giver, taker = positions.open(leg.giver, leg.asset), positions.open(leg.taker, leg.asset)
        columns[giver * WORDS + BALANCE] -= leg.amount
        columns[taker * WORDS + BALANCE] += leg.amount
        touched[giver] = touched[taker] = None
        rows.append((giver, asset, leg.giver))
    for row, asset, account in rows:
        balance = columns[row * WORDS + BALANCE]
        if account == asset.issuer_account:
            must(balance >= -asset.authorised, "posted more than is authorised of", asset.code)
        else:
            must(balance >= columns[row * WORDS + EARMARKED], "posted below the floor:", account, asset.code)
    for leg in legs if book.ceilings else ():
        most = book.ceilings.get(key_of(leg.taker, leg.asset))
        full = most is not None and positions.balance(leg.taker, leg.asset) > most
        must(not full, "posted above the ceiling:", leg.taker, leg.asset)


def earmark(book: Holdings, legs: Iterable[Leg]) -> None:
    """Set aside what the legs will take from their givers."""
    positions = book.positions
    for leg in legs:
        if leg.giver == book.assets[leg.asset].issuer_account:
            continue
        row = positions.open(leg.giver, leg.asset)
        at = row * WORDS
        positions.columns[at + EARMARKED] += leg.amount
        positions.touched[row] = None
        must(positions.columns[at + EARMARKED] <= positions.columns[at + BALANCE], "earmarked more than is held")


def release(book: Holdings, legs: Iterable[Leg]) -> None:
    """Undo `earmark` of the same legs."""
    positions = book.positions
    for leg in legs:
        if leg.giver == book.assets[leg.asset].issuer_account:
            continue
        row = positions.open(leg.giver, leg.asset)
        at = row * WORDS
        positions.columns[at + EARMARKED] -= leg.amount
        positions.touched[row] = None
        must(positions.columns[at + EARMARKED] >= 0, "released more than was earmarked")
