"""Moneys: created, minted against reserves, redeemed.

A central-bank token is backed by the central bank's reserve balance in an RTGS, which the ledger mirrors as a position
in the RTGS's own money: the two move in one posting and must be equal. A money without backing (a bank's deposit
token) is its issuer's own liability.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bauhinia.ledger.assets import Asset, AssetKind, MoneyKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.parties import Purpose, Right, Role, Standing, holds_right
from bauhinia.ledger.posting import Leg, obstacle
from bauhinia.ledger.state import State
from bauhinia.rules.settlement import order, require_movable, settle_now
from bauhinia.rules.step import Audience, Step, require_role, require_text
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import EVERYONE, LIMIT, AccountNumber, AssetNumber, SystemNumber, Units
from bauhinia.words.reasons import Reason, Refused, known, require

# what lies in suspense or with a paying agent is spent by servicing alone
NOT_MINTED_TO = (
    Purpose.ISSUER,
    Purpose.RESERVE,
    Purpose.OMNIBUS,
    Purpose.SUSPENSE,
    Purpose.LODGED,
    Purpose.TAX,
    Purpose.NETWORK,
)
REDEEMED_FROM = (Purpose.OWN, Purpose.OMNIBUS, Purpose.SEGREGATED, Purpose.COLLATERAL, Purpose.ESCROW)
ISSUERS = {
    MoneyKind.CENTRAL_BANK_TOKEN: (Role.CENTRAL_BANK,),
    MoneyKind.CBDC: (Role.CENTRAL_BANK,),
    MoneyKind.DEPOSIT_TOKEN: (Role.BANK,),
    MoneyKind.STABLECOIN: (Role.BANK,),
    MoneyKind.RTGS: (Role.CENTRAL_BANK, Role.SETTLEMENT_INSTITUTION),
}


@dataclass(slots=True)
class CreateMoney:
    """A command of four eyes by the issuer: a new money, `issuer_account` its own of that purpose.

    `reserve_account` and `reserve_asset` name what backs it: an account of purpose RESERVE, and the RTGS money of the
    same currency; both zero where it is unbacked.
    """

    code: str
    name: str
    currency: str
    kind: MoneyKind
    system: SystemNumber
    issuer_account: AccountNumber
    authorised: Units
    reserve_account: AccountNumber
    reserve_asset: AssetNumber


@dataclass(slots=True)
class MintMoney:
    """A command of four eyes by the issuer: `amount` to an account, against reserves received under `reference`."""

    money: AssetNumber
    account: AccountNumber
    amount: Units
    reference: str


@dataclass(slots=True)
class RedeemMoney:
    """A command by the holder: `amount` is given back. Where the money has a reserve, the tokens are earmarked, the
    issuer pays in the RTGS, and they are burned once that is confirmed."""

    money: AssetNumber
    account: AccountNumber
    amount: Units
    reference: str


@dataclass(slots=True)
class MoneyCreated:
    asset: Asset


def create_money(step: Step, command: CreateMoney) -> None:
    """Checked in order: code and name; currency; the issuer's role; system; accounts; authorised amount; reserve."""
    state = step.state
    require_text(command.code, "code", 35)
    require_text(command.name, "name", 64)
    require(command.code not in state.codes, Reason.DUPLICATE, command.code)
    require(command.currency in MINOR_UNITS, Reason.WRONG_CURRENCY, command.currency)
    require(command.kind in ISSUERS, Reason.UNKNOWN_ASSET, command.kind.name)
    require_role(step, *ISSUERS[command.kind])
    require(command.system in state.days.systems, Reason.UNKNOWN_SYSTEM, command.system)
    _own(step, command.issuer_account, Purpose.ISSUER)
    require(0 < command.authorised < LIMIT, Reason.AMOUNT, "authorised", command.authorised)
    if command.reserve_asset or command.reserve_account:
        require(command.kind is not MoneyKind.RTGS, Reason.UNKNOWN_ASSET, "reserve_asset", "of an RTGS")
        reserve = state.asset(command.reserve_asset)
        require(reserve.money is MoneyKind.RTGS, Reason.UNKNOWN_ASSET, "reserve_asset", command.reserve_asset)
        require(reserve.currency == command.currency, Reason.WRONG_CURRENCY, reserve.currency)
        _own(step, command.reserve_account, Purpose.RESERVE)
        taken = command.reserve_asset in state.accounts[command.reserve_account].backs
        require(not taken, Reason.DUPLICATE, "reserve_account", command.reserve_account)
    number = AssetNumber(len(state.assets) + 1)
    asset = Asset(
        number,
        AssetKind.MONEY,
        command.code,
        command.name,
        command.currency,
        MINOR_UNITS[command.currency],
        step.asker,
        command.issuer_account,
        command.authorised,
        1,
        1,
        step.asker,
        command.system,
        money=command.kind,
        backing_account=command.reserve_account,
        backing_asset=command.reserve_asset,
        base=number,
    )
    step.emit(MoneyCreated(asset))


def _own(step: Step, number: AccountNumber, purpose: Purpose) -> None:
    account = known(step.state.accounts.get(number), Reason.UNKNOWN_ACCOUNT, number)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, number)
    require(account.purpose is purpose, Reason.PURPOSE, number, account.purpose.name)
    require(not account.closed, Reason.CLOSED, number)


def mint_money(step: Step, command: MintMoney) -> None:
    """Checked in order: the money, by its issuer; account, amount, text; then blocks and what is authorised."""
    money = _money(step, command.money, command.amount)
    require(money.issuer == step.asker, Reason.UNKNOWN_ASSET, command.money)
    require(money.on_ledger and money.money in ISSUERS, Reason.UNKNOWN_ASSET, command.money)
    account = step.state.account(command.account)
    require(account.purpose not in NOT_MINTED_TO, Reason.PURPOSE, command.account)
    require_text(command.reference, "reference", 35)
    legs = [Leg(command.money, money.issuer_account, command.account, command.amount)]
    legs += _reserve(step.state, money, command.amount)
    require_movable(step.state, legs, step.time)
    settle_now(step, TransactionKind.MONEY, legs, step.state.days.systems[money.system].date)


def redeem_money(step: Step, command: RedeemMoney) -> None:
    """Checked in order: the money; account, amount and text; then what is held. Out of a blocked account it waits."""
    state = step.state
    money = _money(step, command.money, command.amount)
    require(money.on_ledger, Reason.UNKNOWN_ASSET, command.money)
    account = known(state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, command.account)
    allowed = holds_right(account, step.asker, Right.INSTRUCT, command.money, step.time)
    require(allowed, Reason.UNKNOWN_ACCOUNT, command.account)
    require(account.purpose in REDEEMED_FROM, Reason.PURPOSE, command.account, account.purpose.name)
    require(state.parties[account.holder].standing is Standing.ACTIVE, Reason.SUSPENDED, command.account)
    require_text(command.reference, "reference", 35)
    legs = [Leg(command.money, command.account, money.issuer_account, command.amount)]
    legs += _reserve(state, money, -command.amount)
    found = obstacle(state.book, legs, step.time)
    if found is not None and found.reason is not Reason.FROZ:
        raise Refused(found.reason, found.account, found.asset, found.lacking)
    today = state.days.systems[money.system].date
    if money.backing_asset:
        outside = (money.backing_asset, money.issuer, account.holder, command.amount)
        order(step, TransactionKind.MONEY, legs, today, outside=outside)
    elif found is not None:  # a block of which the holder may not have been told: it waits, as a trade would
        order(step, TransactionKind.MONEY, legs, today)
    else:
        settle_now(step, TransactionKind.MONEY, legs, today)


def _money(step: Step, number: AssetNumber, amount: Units) -> Asset:
    money = step.state.asset(number)
    require(money.kind is AssetKind.MONEY, Reason.UNKNOWN_ASSET, number)
    require(0 < amount < LIMIT, Reason.AMOUNT, "amount", amount)
    return money


def _reserve(state: State, money: Asset, change: Units) -> list[Leg]:
    """The leg that moves the reserve with its tokens, where there is one."""
    if not money.backing_asset:
        return []
    outside = state.assets[money.backing_asset].issuer_account
    if change > 0:
        return [Leg(money.backing_asset, outside, money.backing_account, change)]
    return [Leg(money.backing_asset, money.backing_account, outside, -change)]


def on_money_created(state: State, event: MoneyCreated) -> None:
    asset = replace(event.asset)  # the state's own: it is written to when the money is paused or halted
    state.assets[asset.number] = asset
    state.codes[asset.code] = asset.number
    if asset.backing_asset:
        state.accounts[asset.backing_account].backs[asset.backing_asset] = asset.number


def sees_money(state: State, event: MoneyCreated) -> Audience:
    """Which moneys there are is public."""
    return (EVERYONE,)
