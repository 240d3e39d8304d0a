"""The daily comparison of books: the issuer's, the registrar's, the custodians' and the moneys'.

At a system's end of day, for every bond and money of it: issued less redeemed and cancelled is what is outstanding, is
the sum of holdings, tier by tier, and never above what is authorised. What others have stated of their own books that
day is compared too. A difference is a break: it halts the asset in every book, names its owner, and is never repaired
silently. The owner explains it; once a matching statement is there (or the ledger's own books agree again) operator or
depository confirm with four eyes, and the asset moves again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from bauhinia.ledger.assets import Asset, AssetKind
from bauhinia.ledger.breaks import STATED, Break, BreakKind, Statement
from bauhinia.ledger.invariants import held, outstanding
from bauhinia.ledger.parties import Account, Role
from bauhinia.ledger.state import State, tiers
from bauhinia.rules.reserves import tell_cover, tell_covers
from bauhinia.rules.settlement import retry_all
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.ids import (
    EVERYONE,
    LIMIT,
    NO_ACCOUNT,
    NO_PARTY,
    AccountNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    SystemNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require


@dataclass(slots=True)
class StateHoldings:
    """A command by a custodian: its own book says that this account of its holds `amount` at the end of `day`. By a
    depository, with `account` zero: its book says that `amount` is outstanding."""

    asset: AssetNumber
    account: AccountNumber
    day: date
    amount: Units


@dataclass(slots=True)
class StateRegister:
    """A command by the issuer or the registrar: its own register says that `amount` is outstanding."""

    asset: AssetNumber
    day: date
    amount: Units


@dataclass(slots=True)
class StateReserves:
    """A command by whoever keeps the reserve behind a money (the settlement institution, or the keeper that its issuer
    has named): the reserve is `amount`."""

    money: AssetNumber
    day: date
    amount: Units


@dataclass(slots=True)
class ExplainBreak:
    """A command by the owner of a break: how the difference came about, and what was done."""

    number: int
    explanation: str


@dataclass(slots=True)
class ResolveBreak:
    """A command of four eyes by operator or depository: the books agree again."""

    number: int


@dataclass(slots=True)
class BookStated:
    statement: Statement


@dataclass(slots=True)
class BreakFound:
    found: Break


@dataclass(slots=True)
class BreakExplained:
    number: int
    explanation: str


@dataclass(slots=True)
class BreakResolved:
    """The books agree again. Who may see it is asked after the break is gone, so it names asset, owner and party."""

    number: int
    asset: AssetNumber
    owner: PartyNumber
    party: PartyNumber


@dataclass(slots=True)
class Reconciled:
    """A system's books have been compared: how many assets, how many breaks were found, how many are still open."""

    system: SystemNumber
    day: date
    assets: int
    found: int
    open: int


def state_holdings(step: Step, command: StateHoldings) -> None:
    """Checked in order: the asset; the account, the asker's own, or none where the asker is a depository; the day, the
    business date of its system; the amount."""
    asset = step.state.asset(command.asset)
    if command.account == NO_ACCOUNT:
        require(Role.CSD in step.party().roles, Reason.UNKNOWN_ACCOUNT, command.account)
    else:
        account = known(step.state.accounts.get(command.account), Reason.UNKNOWN_ACCOUNT, command.account)
        require(account.holder == step.asker, Reason.UNKNOWN_ACCOUNT, command.account)
        require(command.account != asset.issuer_account, Reason.PURPOSE, command.account)
    _state(step, BreakKind.CUSTODY, asset, command.account, command.day, command.amount)


def state_register(step: Step, command: StateRegister) -> None:
    """Checked in order: the asset, a bond of which the asker is issuer or registrar; the day; the amount."""
    asset = step.state.asset(command.asset)
    named = asset.kind is AssetKind.BOND and step.asker in (asset.issuer, asset.registrar)
    require(named, Reason.UNKNOWN_ASSET, command.asset)
    _state(step, BreakKind.REGISTER, asset, NO_ACCOUNT, command.day, command.amount)


def state_reserves(step: Step, command: StateReserves) -> None:
    """Checked in order: the money, one with a reserve in an RTGS that the asker keeps, or of whose reserves it is the
    keeper named; the day; the amount."""
    money = step.state.asset(command.money)
    cover = step.state.moneys.covers.get(command.money)
    backed = money.kind is AssetKind.MONEY and money.backing_asset
    keeps = backed and step.state.asset(money.backing_asset).issuer == step.asker
    named = cover is not None and cover.keeper == step.asker
    require(keeps or named, Reason.UNKNOWN_ASSET, command.money)
    _state(step, BreakKind.RESERVES, money, NO_ACCOUNT, command.day, command.amount)
    tell_cover(step, command.money)


def _state(step: Step, kind: BreakKind, asset: Asset, account: AccountNumber, day: date, amount: Units) -> None:
    """A statement stands for its day until a later one takes its place; it is compared at the end of that day."""
    today = step.state.days.systems[asset.system].date
    require(day == today, Reason.DATE, "day", day, "is not the business date", today)
    require(0 <= amount < LIMIT, Reason.AMOUNT, "amount", amount)
    step.emit(BookStated(Statement(kind, asset.number, account, step.asker, day, amount, step.time)))


def reconcile(step: Step, subject: int) -> None:
    """A follow-up at a system's end of day: compare all its books; every new difference is a break."""
    state, system = step.state, step.state.days.systems[SystemNumber(subject)]
    bases = [asset for asset in state.assets.values() if asset.system == system.number and _is_base(asset)]
    standing = {each.key for each in state.breaks.open.values()}
    number = state.breaks.last
    found = [difference for base in bases for difference in _differences(state, base, system.date, step.time)]
    new = [each for each in found if each.key not in standing]
    for each in new:
        number += 1
        step.emit(BreakFound(replace(each, number=number)))
    still = sum(1 for each in state.breaks.open.values() if state.assets[each.asset].system == system.number)
    tell_covers(step, system.number)
    step.emit(Reconciled(system.number, system.date, len(bases), len(new), still))


def _is_base(asset: Asset) -> bool:
    return asset.kind is not AssetKind.ENTITLEMENT


def _differences(state: State, base: Asset, day: date, time: Micros) -> Iterator[Break]:
    """Where the books of one asset differ, tier by tier, then what was stated of each that day."""
    for number in tiers(state, base.number):
        asset = state.assets[number]
        for kind in (BreakKind.HOLDINGS, BreakKind.ISSUED, BreakKind.BACKING, BreakKind.AUTHORISED):
            ours, theirs = _own_figures(state, asset, kind)
            if ours > theirs if kind is BreakKind.AUTHORISED else ours != theirs:
                yield Break(
                    0, kind, number, NO_ACCOUNT, NO_PARTY, _owner(state, asset, kind, NO_PARTY), ours, theirs, day, time
                )
        for key in sorted(state.breaks.statements):
            statement = state.breaks.statements[key]
            of_cover = statement.kind is BreakKind.RESERVES and number in state.moneys.covers  # may be above
            if statement.asset == number and statement.day == day and not of_cover:
                ours = _stated_against(state, asset, statement.account)
                if ours != statement.amount:
                    owner = _owner(state, asset, statement.kind, statement.party)
                    yield Break(
                        0, statement.kind, number, statement.account, statement.party, owner, ours, statement.amount,
                        day, time,
                    )  # fmt: skip


def _own_figures(state: State, asset: Asset, kind: BreakKind) -> tuple[Units, Units]:
    """What is outstanding, and what the ledger's own other book makes of it."""
    ours = outstanding(state, asset)
    match kind:
        case BreakKind.HOLDINGS:
            return ours, held(state, asset)
        case BreakKind.ISSUED:
            bond = state.issues.bonds.get(asset.number)
            return ours, ours if bond is None else bond.issued - bond.redeemed - bond.cancelled
        case BreakKind.BACKING:
            backed = asset.backing_asset != 0
            return ours, state.positions.balance(asset.backing_account, asset.backing_asset) if backed else ours
        case BreakKind.AUTHORISED:
            return ours, asset.authorised
        case BreakKind.CUSTODY | BreakKind.REGISTER | BreakKind.RESERVES:
            return ours, ours
        case _:
            assert_never(kind)


def _stated_against(state: State, asset: Asset, account: AccountNumber) -> Units:
    """Our figure for a statement: the account's position, or all that is outstanding."""
    return state.positions.balance(account, asset.number) if account else outstanding(state, asset)


def _owner(state: State, asset: Asset, kind: BreakKind, party: PartyNumber) -> PartyNumber:
    """Who must explain: of its own books the ledger's operator, of an entitlement or a reserve its issuer, of what is
    issued and registered the registrar, of a custodian's own book that custodian."""
    match kind:
        case BreakKind.HOLDINGS:
            return next(each.number for each in state.parties.values() if Role.OPERATOR in each.roles)
        case BreakKind.BACKING | BreakKind.RESERVES:
            return asset.issuer
        case BreakKind.ISSUED | BreakKind.AUTHORISED | BreakKind.REGISTER:
            return asset.registrar
        case BreakKind.CUSTODY:
            return party
        case _:
            assert_never(kind)


def explain_break(step: Step, command: ExplainBreak) -> None:
    """The owner, and nobody else, explains a break that is open; again where it was not enough."""
    found = known(step.state.breaks.open.get(command.number), Reason.UNKNOWN_BREAK, command.number)
    require(found.owner == step.asker, Reason.UNKNOWN_BREAK, command.number)
    require_text(command.explanation, "explanation", 500)
    step.emit(BreakExplained(command.number, command.explanation))


def resolve_break(step: Step, command: ResolveBreak) -> None:
    """Checked in order: the break is open; its owner has explained it; a statement made since agrees with our figure
    now, or, of the ledger's own books, the two figures agree again."""
    state = step.state
    found = known(state.breaks.open.get(command.number), Reason.UNKNOWN_BREAK, command.number)
    require(found.explanation, Reason.STATE, "break", command.number, "is not explained")
    asset = state.assets[found.asset]
    if found.kind in STATED:
        statement = state.breaks.statements[found.key]
        require(statement.time > found.time, Reason.STATE, "break", command.number, "no statement since")
        ours, theirs = _stated_against(state, asset, found.account), statement.amount
    else:
        ours, theirs = _own_figures(state, asset, found.kind)
    agrees = ours <= theirs if found.kind is BreakKind.AUTHORISED else ours == theirs
    require(agrees, Reason.STATE, "break", command.number, ours, theirs)
    step.emit(BreakResolved(found.number, found.asset, found.owner, found.party))


def on_book_stated(state: State, event: BookStated) -> None:
    """A statement of reserves counts whole until something is paid out of them again."""
    statement = event.statement
    state.breaks.statements[statement.key] = statement
    cover = state.moneys.covers.get(statement.asset)
    if cover is not None and statement.kind is BreakKind.RESERVES and cover.keeper == statement.party:
        cover.paid_out = 0


def on_break_found(state: State, event: BreakFound) -> None:
    """Keep the break, and halt the asset in every book."""
    found = replace(event.found)  # the state's own: it is written to when the break is explained
    state.breaks.open[found.number] = found
    state.breaks.last = found.number
    _halt(state, found.asset)


def _halt(state: State, asset: AssetNumber) -> None:
    """An asset is halted, in every book, by the first of the breaks that are open in any of them."""
    base = state.assets[asset].base or asset
    books = tiers(state, base)
    owners = [each.owner for each in state.breaks.open.values() if each.asset in books]
    for number in books:
        state.assets[number].halted = owners[0] if owners else NO_PARTY


def breaks_handed_over(state: State, account: Account, former: PartyNumber) -> None:
    """An account has another holder: what was stated of it stands as the new one's, who owns the breaks in it and in
    the books that it backs, and mends them; for `evolve` only."""
    taker, books = account.holder, tuple(account.backs.values())
    for key, statement in list(state.breaks.statements.items()):
        if (statement.account, statement.party) == (account.number, former):
            del state.breaks.statements[key]
            own = replace(statement, party=taker)  # the event that told it stays as it is
            state.breaks.statements.setdefault(own.key, own)
    for each in state.breaks.open.values():
        if each.account == account.number or each.asset in books:
            each.owner = taker if each.owner == former else each.owner
            each.party = taker if each.party == former else each.party
            _halt(state, each.asset)


def on_break_explained(state: State, event: BreakExplained) -> None:
    state.breaks.open[event.number].explanation = event.explanation


def on_break_resolved(state: State, event: BreakResolved) -> None:
    """The asset moves again unless another break holds it; what waited is tried again."""
    del state.breaks.open[event.number]
    _halt(state, event.asset)
    retry_all(state)


def on_reconciled(state: State, event: Reconciled) -> None:
    """A comparison changes nothing: the event is the trace."""


def sees_statement(state: State, event: BookStated) -> Audience:
    """Who stated it, and the registrar that it is compared with."""
    statement = event.statement
    return (statement.party, state.assets[statement.asset].registrar)


def sees_break(state: State, event: BreakFound) -> Audience:
    """The owner, who stated the other figure, and the registrar."""
    found = event.found
    return _concerned(state, found.asset, found.owner, found.party)


def sees_explained(state: State, event: BreakExplained) -> Audience:
    found = state.breaks.open[event.number]
    return _concerned(state, found.asset, found.owner, found.party)


def sees_resolved(state: State, event: BreakResolved) -> Audience:
    return _concerned(state, event.asset, event.owner, event.party)


def _concerned(state: State, asset: AssetNumber, owner: PartyNumber, party: PartyNumber) -> Audience:
    return tuple(each for each in dict.fromkeys((owner, party, state.assets[asset].registrar)) if each)


def sees_reconciled(state: State, event: Reconciled) -> Audience:
    """Public: that the books were compared, and how many breaks there are."""
    return (EVERYONE,)
