"""In which money a holder is paid: the first that it has elected of those in which it can be, the default else.

A holder elects moneys in order. The choice is made at the record date, so that the issuer knows what to bring in which
money, and once more when a round of payment is to begin. Who cannot be paid in its money by then (that is paused or
halted, or its account may not take so much of it) falls back on the next in which the agent has enough to spare: first
those who have named one, then on the default those who have not. So does who has named a fallback, where the agent has
enough in all but too little in its money. Each time the holder is
told what it is paid in and why not in the first. A block or a suspension is no reason to fall back: that money waits in
suspense, as does what cannot be paid in any money.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bauhinia.ledger.actions import IN_PART, OWED, Action, ActionKind, PayState
from bauhinia.ledger.assets import Asset
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.parties import NEVER_PAID, Account, Block, Standing
from bauhinia.ledger.posting import eligible, room, unreceivable
from bauhinia.ledger.state import State
from bauhinia.rules.settlement import accepts
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.withholding import part_tax
from bauhinia.words.ids import NO_ASSET, AccountNumber, ActionNumber, AssetNumber, Micros, Units
from bauhinia.words.reasons import Reason

MOST_AT_ONCE = 20_000  # of those who fall back in one step
# why one money is as good as gone for a holder, and another is not
FALLS_BACK = (
    Reason.PAUSED,
    Reason.HALTED,
    Reason.HOLDING_LIMIT,
    Reason.NO_WALLET,
    Reason.NOT_ELIGIBLE,
    Reason.CLOSED,
    Reason.PURPOSE,
)
Row = tuple[int, Account, Units]  # of a record: where it is, whose, and what it gets net of tax
Coming = dict[tuple[AccountNumber, AssetNumber], Units]  # what rows before bring to the wallets that they are paid on


@dataclass(slots=True)
class FellBack:
    """A holder of record is paid in `money`, and not in the one before that it was to be paid in; `elected` is the
    first that it has elected, `why` what is in the way."""

    action: ActionNumber
    book: AssetNumber
    row: int
    account: AccountNumber
    elected: AssetNumber
    before: AssetNumber
    money: AssetNumber
    why: Reason


def hindrance(
    state: State, book: AssetNumber, account: Account, money: Asset, time: Micros, amount: Units = 0
) -> Reason | None:
    """Why a holder cannot be paid, or None: its standing, a debit or credit block of what it holds or is paid on, or
    no cash account that may take so much of the money."""
    if state.parties[account.holder].standing is not Standing.ACTIVE:
        return Reason.SUSPENDED
    flags = state.positions.flags
    if (account.blocks | flags(account.number, book)) & (Block.DEBIT | Block.CREDIT):
        return Reason.FROZ
    if not money.on_ledger:
        return None
    cash = state.accounts[account.cash_account] if account.cash_account else account
    if cash.closed:
        return Reason.CLOSED
    if cash.purpose in NEVER_PAID:
        return Reason.PURPOSE
    if (cash.blocks | flags(cash.number, money.number)) & Block.CREDIT:
        return Reason.FROZ
    if not eligible(cash, money, time):
        return Reason.NOT_ELIGIBLE
    why = unreceivable(cash, money, time)
    left = room(state.book, cash.number, money.number) if why is None else None
    return Reason.HOLDING_LIMIT if left is not None and amount > left else why


def fall_back_at_record(step: Step, action: Action) -> None:
    """Tell who of a book that has just been recorded cannot be paid in the money that it is to be paid in, as things
    stand: what the issuer is asked to bring follows the money that it falls back on."""
    for each in list(_unable(step.state, action, _rows(step.state, action), step.time, None)):
        step.emit(each)


def fall_back(step: Step, action: Action, spare: dict[AssetNumber, Units]) -> bool:
    """Before a round of payment: whether anyone has fallen back. `spare` is what the agent has in each money in which
    it pays the bond beyond what is owed in it; below zero, what it lacks."""
    state = step.state
    rows = _rows(state, action)
    ways = (
        _unable(state, action, rows, step.time, dict(spare), default=False),
        _unable(state, action, rows, step.time, dict(spare)),
        _unfunded(state, action, rows, step.time, dict(spare)),
    )
    found = next((each for each in map(list, ways) if each), [])
    for each in found[:MOST_AT_ONCE]:
        step.emit(each)
    return bool(found)


def _unable(
    state: State,
    action: Action,
    rows: list[Row],
    time: Micros,
    spare: dict[AssetNumber, Units] | None,
    *,
    default: bool = True,
) -> Iterator[FellBack]:
    """Those who cannot be paid in their money and can in another that they have named (or in the `default`), in the
    order of the record."""
    record, coming = action.records[action.asset], Coming()
    for row, account, amount in rows:
        number = AssetNumber(record.moneys[row])
        money = state.assets[number]
        where = account.cash_account or account.number, number
        why = _stands_still(money) or hindrance(
            state, record.asset, account, money, time, amount + coming.get(where, 0)
        )
        if why in FALLS_BACK and account.elections:
            chosen = _elected(state, action, account)
            if default:
                chosen.append(state.servicing.default_money(action.asset))
            for other in dict.fromkeys(chosen):
                enough = spare is None or spare.get(other, 0) >= amount
                if other != number and enough and _payable(state, action, account, other, amount, time, coming):
                    yield _fell_back(state, action, row, account, other, why)
                    _move(spare, number, other, amount)
                    number, why = other, None
                    break
        if why is None and state.assets[number].tiers:
            where = where[0], number
            coming[where] = coming.get(where, 0) + amount


def _unfunded(
    state: State, action: Action, rows: list[Row], time: Micros, spare: dict[AssetNumber, Units]
) -> Iterator[FellBack]:
    """Where the agent has enough in all and too little in some money: those who have named another in which it has
    enough to spare, in the order of the record, as long as that one is short."""
    if all(units >= 0 for units in spare.values()) or sum(spare.values()) < 0:
        return
    record, coming = action.records[action.asset], Coming()
    for row, account, amount in rows:
        number = AssetNumber(record.moneys[row])
        if spare.get(number, 0) >= 0:
            continue
        for other in _elected(state, action, account):
            enough = other != number and spare.get(other, 0) >= amount
            if enough and _payable(state, action, account, other, amount, time, coming):
                yield _fell_back(state, action, row, account, other, Reason.MONY)
                _move(spare, number, other, amount)
                where = account.cash_account or account.number, other
                coming[where] = coming.get(where, 0) + amount
                break


def _rows(state: State, action: Action) -> list[Row]:
    """The holders of record that are still to be paid and have elected, or are paid in a money with wallets."""
    record, accounts, found = action.records[action.asset], state.accounts, list[Row]()
    tiered = {money: bool(money and state.assets[AssetNumber(money)].tiers) for money in dict.fromkeys(record.moneys)}
    for row, (number, money) in enumerate(zip(record.accounts, record.moneys, strict=True)):
        account = accounts[AccountNumber(number)]
        if not money or not (account.elections or tiered[money]):
            continue
        left = record.amounts[row] - record.paid[row]
        if left > 0 and record.states[row] in (PayState.UNPAID, PayState.HELD):
            found.append((row, account, left - part_tax(state, action, record, row, left)))
    return found


def _elected(state: State, action: Action, account: Account) -> list[AssetNumber]:
    """What a holder has elected, in order, of the moneys in which the agent pays."""
    chosen = account.elections.get(state.assets[action.asset].currency, ())
    return [each for each in chosen if state.servicing.paying_in(action.asset, each)]


def _payable(
    state: State, action: Action, account: Account, number: AssetNumber, amount: Units, time: Micros, coming: Coming
) -> bool:
    """Whether a holder can be paid in another money: the agent pays in it and may, it moves now, the holder may take
    so much, and where tax is withheld there is an account for it."""
    paying = state.servicing.paying_in(action.asset, number)
    money = state.assets.get(number)
    if paying is None or money is None or money.stands_still:
        return False
    if paying.account and state.accounts[paying.account].blocks & Block.DEBIT:
        return False
    redemption = action.kind is ActionKind.REDEMPTION or action.kind in IN_PART
    system = state.days.systems[money.system]
    if action.status in OWED and not accepts(system, against=redemption or not money.on_ledger):
        return False
    taxed = action.number in state.taxes.actions
    if taxed and state.taxes.account_in(action.asset, number) is None:
        return False
    more = amount + coming.get((account.cash_account or account.number, number), 0)
    return hindrance(state, action.asset, account, money, time, more) is None


def _stands_still(money: Asset) -> Reason | None:
    if money.paused:
        return Reason.PAUSED
    return Reason.HALTED if money.halted else None


def _fell_back(state: State, action: Action, row: int, account: Account, money: AssetNumber, why: Reason) -> FellBack:
    record = action.records[action.asset]
    elected = account.elections.get(state.assets[action.asset].currency, (NO_ASSET,))[0]
    before = AssetNumber(record.moneys[row])
    return FellBack(action.number, record.asset, row, account.number, elected, before, money, why)


def _move(spare: dict[AssetNumber, Units] | None, giver: AssetNumber, taker: AssetNumber, amount: Units) -> None:
    if spare is not None:
        spare[giver] = spare.get(giver, 0) + amount
        spare[taker] = spare.get(taker, 0) - amount


def on_fell_back(state: State, event: FellBack) -> None:
    """The row is paid in another money; a payment that is due is tried again."""
    action = state.servicing.actions[event.action]
    action.records[event.book].moneys[event.row] = event.money
    if action.status in OWED:
        state.follow(WorkKind.PAY_PAGE, event.action)


def sees_fell_back(state: State, event: FellBack) -> Audience:
    """The holder, and who serves the bond's payments: paying agent, issuer and registrar."""
    bond = state.issues.bonds[event.book]
    holder = state.accounts[event.account].holder
    return tuple(dict.fromkeys((holder, bond.paying_agent, bond.issuer, bond.registrar)))
