"""Books below the official one: what a keeper owes its clients out of its omnibus account, and how a transfer between
holders in different books is routed.

An omnibus account that holds an asset backs an entitlement of the same bond; the keeper's clients hold that. A chain
may be long (depository, foreign depository, bank, client). A transfer burns below, moves above and mints below, in one
posting; each keeper sees its own book.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bauhinia.ledger.assets import AssetKind, TitleLayer
from bauhinia.ledger.parties import Account, Purpose
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import LIMIT, AccountNumber, AssetNumber, Micros, Units


@dataclass(slots=True)
class BookOpened:
    """An omnibus account, holding `upper`, backs `asset` from now on, issued from `issuer_account`."""

    omnibus: AccountNumber
    upper: AssetNumber
    asset: AssetNumber
    issuer_account: AccountNumber
    time: Micros


def chain(state: State, number: AccountNumber) -> list[AccountNumber]:
    """An account and the omnibus accounts above it, up to the official book."""
    found = [number]
    while (above := state.accounts[found[-1]].tier) != 0:
        found.append(above)
    return found


def asset_in(state: State, number: AccountNumber, base: AssetNumber) -> AssetNumber | None:
    """The asset in which an account holds a bond: the bond itself in the official book, an entitlement below; None
    where its keeper's book has not been opened for it. A money is in no keeper's book: an account holds it itself."""
    account = state.accounts[number]
    if account.tier == 0 or state.assets[base].kind is AssetKind.MONEY:
        return base
    above = asset_in(state, account.tier, base)
    return None if above is None else state.accounts[account.tier].backs.get(above)


def open_books(step: Step, number: AccountNumber, base: AssetNumber) -> AssetNumber:
    """The asset in which an account holds a bond, its keepers' books opened where they were not; tells, never asks."""
    held = base
    if step.state.accounts[number].tier == 0 or step.state.assets[base].kind is AssetKind.MONEY:
        return held
    for omnibus in reversed(chain(step.state, number)[1:]):
        below = step.state.accounts[omnibus].backs.get(held)
        if below is None:
            below = AssetNumber(len(step.state.assets) + 1)
            issuer = AccountNumber(len(step.state.accounts) + 1)
            step.emit(BookOpened(omnibus, held, below, issuer, step.time))
        held = below
    return held


def route(state: State, base: AssetNumber, giver: AccountNumber, taker: AccountNumber, amount: Units) -> list[Leg]:
    """The legs that bring `amount` of a bond from one account to another, whosever books they stand in.

    All books on the way must be open. Moving between an omnibus account and a client in its own book is no transfer,
    and has no legs.
    """
    if state.accounts[giver].tier == state.accounts[taker].tier == 0 or state.assets[base].kind is AssetKind.MONEY:
        return [Leg(base, giver, taker, amount)]
    givers, takers = chain(state, giver), chain(state, taker)
    while givers and takers and givers[-1] == takers[-1]:
        givers.pop()
        takers.pop()
    if not givers or not takers:
        return []
    legs = [_issue(state, account, base, amount, burn=True) for account in givers[:-1]]
    held = asset_in(state, givers[-1], base)
    if held is not None:
        legs.append(Leg(held, givers[-1], takers[-1], amount))
    legs += [_issue(state, account, base, amount, burn=False) for account in reversed(takers[:-1])]
    return legs


def _issue(state: State, account: AccountNumber, base: AssetNumber, amount: Units, *, burn: bool) -> Leg:
    held = asset_in(state, account, base) or base
    issuer = state.assets[held].issuer_account
    return Leg(held, account, issuer, amount) if burn else Leg(held, issuer, account, amount)


def on_book_opened(state: State, event: BookOpened) -> None:
    """A new asset like the one above it, issued by the keeper, and the keeper's account that issues it."""
    omnibus, upper = state.accounts[event.omnibus], state.assets[event.upper]
    base = upper.base or upper.number
    state.accounts[event.issuer_account] = Account(
        event.issuer_account,
        omnibus.holder,
        Purpose.ISSUER,
        f"{omnibus.name}: clients of {state.assets[base].code}",
        omnibus.holder,
        opened=event.time,
    )
    state.parties[omnibus.holder].accounts.append(event.issuer_account)
    state.assets[event.asset] = replace(
        upper,
        number=event.asset,
        kind=AssetKind.ENTITLEMENT,
        code=f"{state.assets[base].code}/{event.omnibus}",
        issuer=omnibus.holder,
        issuer_account=event.issuer_account,
        authorised=LIMIT - 1,
        registrar=omnibus.holder,
        title=TitleLayer.HIERARCHICAL if upper.kind is AssetKind.ENTITLEMENT else TitleLayer.OMNIBUS,
        backing_account=event.omnibus,
        backing_asset=event.upper,
        base=base,
    )
    state.codes[state.assets[event.asset].code] = event.asset
    state.entitlements.setdefault(base, []).append(event.asset)
    omnibus.backs[event.upper] = event.asset


def sees_book(state: State, event: BookOpened) -> Audience:
    return (state.accounts[event.omnibus].holder, state.assets[event.upper].registrar)
