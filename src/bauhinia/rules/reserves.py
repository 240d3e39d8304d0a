"""What covers a stablecoin, and what its holders may count on: its licence, its reserves, redemption at par in time.

The rulebook that a money names says so. Reserves are named by its issuer: money in accounts of purpose RESERVE on the
ledger, and what an independent keeper states that it holds outside. Nothing is minted beyond them. Where they are below
what is outstanding, issuer, keeper and regulators are told; minting stops, and all else goes on: a holder may still pay
with its coins and give them back. A redemption is paid at par, in money, and one that is not paid by its day is told to
its holder, the issuer and the regulators. No rule pays interest on a money.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.breaks import BreakKind
from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.instructions import Status, TransactionKind
from bauhinia.ledger.invariants import outstanding
from bauhinia.ledger.moneys import Cover, Reserve
from bauhinia.ledger.parties import Purpose, Role
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.state import State
from bauhinia.rules.funding import FUNDED_FROM
from bauhinia.rules.market import close_of_business
from bauhinia.rules.settlement import require_movable, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    EVERYONE,
    LIMIT,
    NO_ASSET,
    NO_PARTY,
    AccountNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require

LICENCE = "money.licence"  # attribute and value that the issuer needs, such as "stablecoin_licence granted"
REDEMPTION_DAYS = "money.redemption_days"  # business days within which what is given back is paid
STATEMENT_DAYS = "money.statement_days"  # business days for which a statement of reserves counts
MOST_DAYS = 250
MOST_RESERVES = 16


@dataclass(slots=True)
class NameReserves:
    """A command of four eyes by the issuer of a money without a position behind it: what covers it from now on.

    `reserves` are its own accounts of purpose RESERVE, each with the money in it that counts; `keeper` is who states
    what lies outside (zero: nothing does). Whoever gives the money back is paid in `paid_in`: one of the reserves, or
    an RTGS in which the issuer pays.
    """

    money: AssetNumber
    reserves: tuple[Reserve, ...]
    keeper: PartyNumber
    paid_in: AssetNumber


@dataclass(slots=True)
class MoveReserve:
    """A command of four eyes by the issuer: `amount` goes from an account of its own into a reserve; with `out` the
    other way, as far as what is left covers what is outstanding."""

    money: AssetNumber
    reserve: AccountNumber
    account: AccountNumber
    amount: Units
    out: bool = False


@dataclass(slots=True)
class ReservesNamed:
    money: AssetNumber
    reserves: tuple[Reserve, ...]
    keeper: PartyNumber
    paid_in: AssetNumber


@dataclass(slots=True)
class ReserveShort:
    """A money's reserves are below what is outstanding: none is minted until they are not."""

    money: AssetNumber
    reserve: Units
    outstanding: Units
    time: Micros


@dataclass(slots=True)
class ReserveMet:
    """A money's reserves cover what is outstanding again."""

    money: AssetNumber
    reserve: Units
    outstanding: Units
    time: Micros


@dataclass(slots=True)
class RedemptionAsked:
    """A holder has given money back and is still to be paid for it, at par, by a moment (zero: none is promised)."""

    transaction: TransactionNumber
    money: AssetNumber
    account: AccountNumber
    amount: Units
    due: Micros


@dataclass(slots=True)
class RedemptionPaid:
    """A holder has been paid for what it gave back, and that is extinguished."""

    transaction: TransactionNumber
    money: AssetNumber
    account: AccountNumber
    amount: Units
    time: Micros


@dataclass(slots=True)
class RedemptionLate:
    """A redemption was not paid in time: the issuer is in breach of what its rulebook promises."""

    transaction: TransactionNumber
    money: AssetNumber
    account: AccountNumber
    amount: Units
    time: Micros


def said(state: State, rulebook: str, name: str) -> str:
    """What a money's own rulebook says; empty where it names none, or that is silent."""
    found = state.rulebook(rulebook) if rulebook else None
    return found.value(name) if found else ""


def _days(state: State, rulebook: str, name: str) -> int | None:
    text = said(state, rulebook, name)
    return min(int(text), MOST_DAYS) if text.isascii() and text.isdecimal() and len(text) <= 3 else None


def require_licence(step: Step, rulebook: str) -> None:
    """Refuse the asker where the rulebook of its money asks for a licence that it does not have now."""
    attribute, _, value = said(step.state, rulebook, LICENCE).partition(" ")
    if attribute:
        given = step.party().attributes.get(attribute)
        holds = given is not None and given.value == value.strip() and step.time < given.until
        require(holds, Reason.NO_LICENCE, attribute, value.strip())


def reserve_of(state: State, money: AssetNumber, cover: Cover) -> Units:
    """What covers a money: what lies free in its reserves, and what the keeper has stated last, as long as that counts,
    less what the issuer has paid out since. What it has taken in since counts once it is stated."""
    held = sum(state.positions.available(each.account, each.asset) for each in cover.reserves)
    statement = state.breaks.statements.get((BreakKind.RESERVES, money, 0, cover.keeper)) if cover.keeper else None
    if statement is None or not _counts(state, state.assets[money], statement.day):
        return held
    return held + max(0, statement.amount - cover.paid_out)


def _counts(state: State, money: Asset, stated: date) -> bool:
    """Whether a statement of a day is not too old to count: by its rulebook, for so many business days after."""
    days = _days(state, money.rulebook, STATEMENT_DAYS)
    if days is None:
        return True
    system, last = state.days.systems[money.system], stated
    for _ in range(days):
        last = state.days.next_business_day(last, system.centres).day
    return system.date <= last


def require_covered(step: Step, money: Asset, more: Units) -> None:
    """Refuse to mint `more` than the reserves cover; nothing is asked of a money of which none are named."""
    cover = step.state.moneys.covers.get(money.number)
    if cover is not None:
        owed, reserve = outstanding(step.state, money), reserve_of(step.state, money.number, cover)
        require(owed + more <= reserve, Reason.RESERVES, money.code, "reserve", reserve, "outstanding", owed)


def name_reserves(step: Step, command: NameReserves) -> None:
    """Checked in order: a money on the ledger that the asker issues, without a position behind it; each reserve an open
    account of its own for that, of no other money, with another money of the currency on the ledger; the keeper, not
    the issuer; in what is paid; that all of this covers what is outstanding."""
    state = step.state
    money = _issued(step, command.money)
    require(not money.backing_asset, Reason.STATE, money.code, "has a position behind it")
    require(command.reserves or command.keeper, Reason.EMPTY, "reserves")
    require(len(command.reserves) <= MOST_RESERVES, Reason.AMOUNT, "reserves", len(command.reserves))
    for each in command.reserves:
        _require_reserve(step, money, each)
    accounts = [each.account for each in command.reserves]
    require(len(set(accounts)) == len(accounts), Reason.DUPLICATE, "reserves")
    require(len({each.asset for each in command.reserves}) == len(accounts), Reason.DUPLICATE, "reserves")
    if command.keeper:
        require(command.keeper in state.parties, Reason.UNKNOWN_PARTY, "keeper", command.keeper)
        require(command.keeper != step.asker, Reason.NOT_AUTHORISED, "keeper", "of its own reserves")
    paid_in = state.asset(command.paid_in)
    outside = paid_in.kind is AssetKind.MONEY and not paid_in.on_ledger and paid_in.currency == money.currency
    named = command.paid_in in [each.asset for each in command.reserves]
    require(outside or named, Reason.UNKNOWN_ASSET, "paid_in", command.paid_in)
    owed = outstanding(state, money)
    reserve = reserve_of(state, command.money, _cover(state, command))
    require(owed <= reserve, Reason.RESERVES, money.code, "reserve", reserve, "outstanding", owed)
    step.emit(ReservesNamed(command.money, command.reserves, command.keeper, command.paid_in))


def _cover(state: State, named: NameReserves | ReservesNamed) -> Cover:
    """The cover that is named. What was paid out since the last statement of the same keeper stays paid out."""
    before = state.moneys.covers.get(named.money)
    paid_out = before.paid_out if before and before.keeper == named.keeper else 0
    return Cover(named.reserves, named.keeper, named.paid_in, paid_out)


def _issued(step: Step, number: AssetNumber) -> Asset:
    money = step.state.asset(number)
    own = money.kind is AssetKind.MONEY and money.issuer == step.asker and money.on_ledger
    require(own, Reason.UNKNOWN_ASSET, "money", number)
    return money


def _require_reserve(step: Step, money: Asset, reserve: Reserve) -> None:
    state = step.state
    account = known(state.accounts.get(reserve.account), Reason.UNKNOWN_ACCOUNT, "reserves", reserve.account)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "reserves", reserve.account)
    require(account.purpose is Purpose.RESERVE, Reason.PURPOSE, "reserves", account.purpose.name)
    require(not account.closed, Reason.CLOSED, "reserves", reserve.account)
    others = [cover.reserves for number, cover in state.moneys.covers.items() if number != money.number]
    taken = account.backs or any(each.account == reserve.account for named in others for each in named)
    require(not taken, Reason.DUPLICATE, "reserves", reserve.account)
    asset = state.asset(reserve.asset)
    fits = asset.kind is AssetKind.MONEY and asset.on_ledger and asset.number != money.number
    require(fits, Reason.UNKNOWN_ASSET, "reserves", reserve.asset)
    require(asset.currency == money.currency, Reason.WRONG_CURRENCY, "reserves", asset.currency)


def move_reserve(step: Step, command: MoveReserve) -> None:
    """Checked in order: a money that the asker issues, with reserves, this account among them; the asker's own account,
    of a purpose from which money is spent, open; the amount; on the way out, that what is left covers what is
    outstanding; then that it moves."""
    state = step.state
    money = _issued(step, command.money)
    cover = known(state.moneys.covers.get(command.money), Reason.STATE, money.code, "has no reserves named")
    found = next((each for each in cover.reserves if each.account == command.reserve), None)
    reserve = known(found, Reason.UNKNOWN_ACCOUNT, "reserve", command.reserve)
    account = known(state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, "account", command.account)
    require(account.purpose in FUNDED_FROM, Reason.PURPOSE, "account", account.purpose.name)
    require(0 < command.amount < LIMIT, Reason.AMOUNT, "amount", command.amount)
    giver, taker = (reserve.account, command.account) if command.out else (command.account, reserve.account)
    if command.out:
        require_covered(step, money, command.amount)
    legs = [Leg(reserve.asset, giver, taker, command.amount)]
    require_movable(state, legs, step.time)
    settle_now(step, TransactionKind.MONEY, legs, state.days.systems[state.assets[reserve.asset].system].date)


def tell_cover(step: Step, number: AssetNumber) -> None:
    """Tell that a money's reserves have come to be short, or cover it again; once each time."""
    state = step.state
    cover = state.moneys.covers.get(number)
    if cover is None:
        return
    owed, reserve = outstanding(state, state.assets[number]), reserve_of(state, number, cover)
    if (reserve < owed) != cover.short:
        step.emit((ReserveShort if reserve < owed else ReserveMet)(number, reserve, owed, step.time))


def tell_covers(step: Step, system: SystemNumber) -> None:
    """At a system's end of day: of each of its moneys that has a cover."""
    for number in list(step.state.moneys.covers):
        if step.state.assets[number].system == system:
            tell_cover(step, number)


def paid_back(state: State, money: Asset, holder: AccountNumber, amount: Units) -> tuple[list[Leg], AssetNumber]:
    """How a redemption is paid where a cover is named: the leg out of the reserve, or the RTGS in which the issuer
    pays; neither where nothing is named."""
    cover = state.moneys.covers.get(money.number)
    if cover is None:
        return [], NO_ASSET
    reserve = cover.reserve_in(cover.paid_in)
    if reserve is None:
        return [], cover.paid_in
    return [Leg(reserve.asset, reserve.account, holder, amount)], NO_ASSET


def ask_redemption(step: Step, number: TransactionNumber, money: Asset, account: AccountNumber, amount: Units) -> None:
    """Tell that a redemption was ordered, and by when it is to be paid where the money's rulebook says so: by the close
    of the business day so many after today."""
    days, due = _days(step.state, money.rulebook, REDEMPTION_DAYS), 0
    if days is not None:
        system = step.state.days.systems[money.system]
        last = system.date
        for _ in range(days):
            last = step.state.days.next_business_day(last, system.centres).day
        due = max(close_of_business(step.state, money.system, last), step.time)
    step.emit(RedemptionAsked(number, money.number, account, amount, due))


def redeemed(step: Step, subject: int) -> None:
    """A follow-up: a redemption has settled, or is cancelled."""
    transaction = step.state.settlement.transactions[TransactionNumber(subject)]
    if transaction.status is Status.SETTLED:
        given = transaction.legs[0]
        step.emit(RedemptionPaid(transaction.number, given.asset, given.giver, given.amount, step.time))


def redemption_due(step: Step, subject: int) -> None:
    """A duty: a redemption should have been paid by now."""
    transaction = step.state.settlement.transactions.get(TransactionNumber(subject))
    if transaction is None or transaction.status in (Status.SETTLED, Status.CANCELLED):
        return
    given = transaction.legs[0]
    step.emit(RedemptionLate(transaction.number, given.asset, given.giver, given.amount, step.time))


def on_reserves_named(state: State, event: ReservesNamed) -> None:
    state.moneys.covers[event.money] = _cover(state, event)


def on_reserve_short(state: State, event: ReserveShort) -> None:
    state.moneys.covers[event.money].short = True


def on_reserve_met(state: State, event: ReserveMet) -> None:
    state.moneys.covers[event.money].short = False


def on_redemption_asked(state: State, event: RedemptionAsked) -> None:
    state.servicing.watched[event.transaction] = WorkKind.REDEEMED
    if event.due:
        state.schedule(event.due, DutyKind.REDEMPTION, event.transaction)


def on_redemption_paid(state: State, event: RedemptionPaid) -> None:
    """What the issuer has paid out of what its keeper has stated is in that no more."""
    cover = state.moneys.covers.get(event.money)
    if cover is not None and cover.reserve_in(cover.paid_in) is None:
        cover.paid_out += event.amount


def on_redemption_late(state: State, event: RedemptionLate) -> None:
    """Nothing moves by it: the event is the trace, and the redemption is still owed."""


def sees_reserves(state: State, event: ReservesNamed) -> Audience:
    """Public: what covers a money is for everyone to know who may be paid in it."""
    return (EVERYONE,)


def sees_cover(state: State, event: ReserveShort | ReserveMet) -> Audience:
    """The issuer, the keeper of its reserves, and the regulators."""
    keeper = state.moneys.covers[event.money].keeper
    told = (state.assets[event.money].issuer, keeper, *regulators(state))
    return tuple(party for party in dict.fromkeys(told) if party != NO_PARTY)


def sees_redemption(state: State, event: RedemptionAsked | RedemptionPaid) -> Audience:
    """The holder and the issuer."""
    return (state.accounts[event.account].holder, state.assets[event.money].issuer)


def sees_late_redemption(state: State, event: RedemptionLate) -> Audience:
    """The holder, the issuer and the regulators."""
    told = (state.accounts[event.account].holder, state.assets[event.money].issuer, *regulators(state))
    return tuple(dict.fromkeys(told))


def regulators(state: State) -> Audience:
    """The parties that supervise."""
    return tuple(number for number, party in state.parties.items() if Role.REGULATOR in party.roles)
