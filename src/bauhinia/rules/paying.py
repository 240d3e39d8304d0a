"""How a payment of a bond reaches its holders: issuer, paying account of the agent, holders of record.

Only money that lies in the paying accounts is spent, and nobody is paid while it is short, unless the conditions share
a shortfall out. A payment is a round over the record of the official book, in pages: each page is one transaction with
a leg a holder; in a redemption the units are extinguished by the same posting. Who cannot be paid does not hold up the
others: its money goes into suspense. Who has elected an RTGS is paid there, one payment each. An omnibus account is a
holder like any other: its keeper pays its own book down after (`tiers`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from bauhinia.ledger.actions import (
    IN_PART,
    OWED,
    Action,
    ActionKind,
    ActionStatus,
    PayingAccount,
    Payout,
    PayState,
    Record,
    Suspense,
)
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.bonds import Bond, BondStatus
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.instructions import OPEN, Status, TransactionKind
from bauhinia.ledger.parties import Block
from bauhinia.ledger.posting import Leg, shortfall, unbacked
from bauhinia.ledger.state import State
from bauhinia.rules.aside import DrawnFreed, burn_drawn
from bauhinia.rules.electing import fall_back, hindrance
from bauhinia.rules.funding import held_for
from bauhinia.rules.issue import mark, outstanding, redeem_legs
from bauhinia.rules.payouts import HeldBack, PayoutMade, Suspended, order_payout, suspense_entries
from bauhinia.rules.recording import begin_tier, books_below, extinguish, needs, parties_serving
from bauhinia.rules.settlement import accepts, pay_owed, settle_now
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.withholding import may_withhold, part_tax, withhold
from bauhinia.words.ids import (
    AccountNumber,
    ActionNumber,
    AssetNumber,
    Micros,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Fault, Reason

PAGE = 20_000  # legs; a holder is never split over two pages
WHOLE = Fraction(1)


@dataclass(slots=True)
class Short:
    """A payment is due and the agent lacks so much, by money: nobody is paid. Money zero: no account is appointed."""

    action: ActionNumber
    lacking: tuple[tuple[AssetNumber, Units], ...]


@dataclass(slots=True)
class PaymentBegan:
    """A round of payment: each holder gets `given` of every `owed` that it is still to get, floored to the smallest
    unit; one of one where all is there."""

    action: ActionNumber
    given: Units
    owed: Units


@dataclass(slots=True)
class PagePaid:
    """Rows `first` up to `after` of the official record are paid by `transaction`, but for those `beside`, which other
    events tell of. `amount` has left the paying accounts by it, `redeemed` units are extinguished."""

    action: ActionNumber
    first: int
    after: int
    transaction: TransactionNumber
    amount: Units
    redeemed: Units
    beside: tuple[int, ...]


@dataclass(slots=True)
class PaymentEnded:
    """A round is over, and not all is paid. `residue` of sharing out stays in the paying accounts; `lacking` is still
    owed, both by money."""

    action: ActionNumber
    residue: tuple[tuple[AssetNumber, Units], ...]
    lacking: tuple[tuple[AssetNumber, Units], ...]


@dataclass(slots=True)
class ActionPaid:
    """Every holder of record is paid, or its money lies in suspense for it."""

    action: ActionNumber
    time: Micros


@dataclass(slots=True)
class Extinguished:
    """What was drawn or put of a holding, and set aside until now, is extinguished: its payment in an RTGS is
    confirmed."""

    action: ActionNumber
    account: AccountNumber
    transaction: TransactionNumber
    redeemed: Units


@dataclass(slots=True)
class Page:
    """What is gathered for one page: its legs, and the rows that go another way."""

    legs: list[Leg] = field(default_factory=list)
    amount: Units = 0
    redeemed: Units = 0
    taxes: dict[tuple[AssetNumber, AccountNumber], Units] = field(default_factory=dict)  # by money, and paid from
    received: dict[tuple[AccountNumber, AssetNumber], Units] = field(default_factory=dict)  # of moneys held in wallets
    suspended: list[Suspense] = field(default_factory=list)
    held: list[HeldBack] = field(default_factory=list)
    outside: list[tuple[Payout, PayingAccount, list[Leg]]] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)  # rows of which what is drawn or put is extinguished

    def full(self) -> bool:
        return len(self.legs) + len(self.outside) >= PAGE


def pay_page(step: Step, subject: int) -> None:
    """A follow-up: begin a round of payment if all is there, or go on with the one under way by a page.

    Nothing is told while the payment is not due, a system it moves in does not settle, something it moves is paused,
    halted or blocked, or another payment of the same bond is under way. Before a round, who cannot be paid in its money
    falls back on the next that it has elected.
    """
    state = step.state
    action = state.servicing.actions[ActionNumber(subject)]
    if action.status not in OWED or not _may_move(state, action):
        return
    if action.cursor < 0 and fall_back(step, action, _spare(state, action)):
        return  # this is tried again
    moneys = dict.fromkeys(action.records[action.asset].moneys)
    if any(state.assets[AssetNumber(money)].stands_still for money in moneys if money):
        return
    if action.cursor >= 0 or _begin(step, action):
        _pay_page(step, action)


def _may_move(state: State, action: Action) -> bool:
    servicing, base = state.servicing, state.assets[action.asset]
    others = (servicing.actions[number] for number in servicing.owed[action.asset] if number != action.number)
    redemption = action.kind is ActionKind.REDEMPTION or action.kind in IN_PART
    if (
        not action.fixed
        or action.awaits
        or base.halted
        or (redemption and base.paused)
        or any(other.cursor >= 0 for other in others)
    ):
        return False
    if not may_withhold(state, action):
        return False
    assets = [
        state.assets[AssetNumber(number)] for number in dict.fromkeys(action.records[base.number].moneys) if number
    ]
    if redemption:
        assets.append(base)
    for asset in assets:
        system = state.days.systems[asset.system]
        if system.date < action.payment_date:
            return False
        if not accepts(system, against=redemption or not asset.on_ledger):
            return False
        paying = servicing.paying_in(base.number, asset.number)
        if paying and paying.account and state.accounts[paying.account].blocks & Block.DEBIT:
            return False
    return True


def _spare(state: State, action: Action) -> dict[AssetNumber, Units]:
    """What the agent has in each money in which it pays a bond beyond what an action owes in it; below zero, what it
    lacks."""
    owed = needs(action)
    moneys = dict.fromkeys([*(each.money for each in state.servicing.paying.get(action.asset, ())), *owed])
    return {money: held_for(state, action.asset, money) - owed.get(money, 0) for money in moneys}


def lacking(state: State, action: Action) -> dict[AssetNumber, Units]:
    """What the agent lacks to pay what is still owed by an action, by money."""
    owed = needs(action)
    short = {money: owed[money] - held_for(state, action.asset, money) for money in owed}
    return {money: units for money, units in short.items() if units > 0}


def _begin(step: Step, action: Action) -> bool:
    """Begin a round: whole where all is there, in part where the conditions share out and the time for it has come."""
    state = step.state
    part, short = WHOLE, lacking(state, action)
    if action.confirming and not needs(action):
        return False
    if short:
        shared = action.sharing and step.time >= action.sharing
        if short == action.short and (action.owed or not shared):
            return False
        if shared:
            owed = needs(action)
            part = min(Fraction(min(held_for(state, action.asset, each), owed[each]), owed[each]) for each in owed)
        if not shared or part == 0:
            step.emit(Short(action.number, tuple(short.items())))
            return False
    step.emit(PaymentBegan(action.number, part.numerator, part.denominator))
    return True


def _pay_page(step: Step, action: Action) -> None:
    """Pay the next rows in one transaction, all of them found payable before it is told."""
    state, page = step.state, Page()
    record, first = action.records[action.asset], action.cursor
    paying = {each.money: each for each in state.servicing.paying.get(action.asset, ())}
    row = first
    while row < len(record.accounts) and not page.full():
        if record.states[row] != PayState.CONFIRMING and not _done(action, record, row):
            _gather(state, action, record, row, paying[AssetNumber(record.moneys[row])], page, step.time)
        row += 1
    page.legs += _tax_legs(state, action, page)
    asked = page.legs
    if page.freed:  # what is set aside for this is there, and is not lacking
        asked = [leg for leg in asked if state.assets[leg.asset].kind is AssetKind.MONEY]
    found = shortfall(state.book, asked) or unbacked(state.book, page.legs)
    if found is not None:
        step.emit(Short(action.number, ((found.asset, found.lacking),)))
        return
    redemption = action.kind is ActionKind.REDEMPTION or action.kind in IN_PART
    kind = TransactionKind.REDEMPTION if redemption else TransactionKind.INCOME
    if page.freed:
        step.emit(DrawnFreed(action.number, tuple(page.freed)))
    today = state.days.systems[state.assets[action.asset].system].date
    number = TransactionNumber(0)
    if page.legs:
        number = settle_now(step, kind, page.legs, today, action.number)
    for each in page.held:
        step.emit(each)
    for entry in page.suspended:
        entry.number = state.servicing.last_suspense + 1
        step.emit(Suspended(entry))
    bond = state.issues.bonds[action.asset]
    for payout, account, burned in page.outside:
        order_payout(step, kind, payout, account.money, bond.paying_agent, burned)
    beside = [held.row for held in page.held] + [each.row for each in page.suspended]
    beside += [payout.row for payout, _, _ in page.outside]
    step.emit(
        PagePaid(action.number, first, row, number, page.amount, page.redeemed, tuple(sorted(dict.fromkeys(beside))))
    )
    if row >= len(record.accounts):
        _end(step, action)


def _gather(
    state: State, action: Action, record: Record, row: int, paying: PayingAccount, page: Page, time: Micros
) -> None:
    """Add what one holder of record gets to the page."""
    left = record.amounts[row] - record.paid[row]
    part = left * action.given // action.owed
    tax = part_tax(state, action, record, row, part)
    number, units = AccountNumber(record.accounts[row]), record.units[row] - record.redeemed[row]
    account, money = state.accounts[number], state.assets[paying.money]
    cash = account.cash_account or number
    more = part - tax + page.received.get((cash, paying.money), 0)
    why = hindrance(state, record.asset, account, money, time, more)
    burned: list[Leg] | None = []
    redeemed = 0
    if action.kind is ActionKind.REDEMPTION and part == left:
        burned, redeemed = _burn(state, action.asset, number, units), units
    elif action.kind in IN_PART and part == left:
        redeemed = record.drawn[row] - record.redeemed[row]
        if why is not None or money.on_ledger or not part:
            burned = _burn_in_part(state, action, record, row)
    nowhere = why is not None and money.on_ledger and state.accounts[paying.suspense].closed
    if burned is None or nowhere:
        page.held.append(HeldBack(action.number, record.asset, row, number, why or Reason.LACK))
        return
    if why is None and not money.on_ledger and part:
        page.outside.append((Payout(action.number, record.asset, row, part, redeemed), paying, burned))
        return
    if action.kind in IN_PART and redeemed:
        page.freed.append(row)
    page.redeemed += redeemed
    page.legs += burned
    if why is not None and part > tax:
        page.suspended += suspense_entries(state, action, row, part, tax, paying, why)
    if money.on_ledger and part:
        page.amount += part
        taker = paying.suspense if why is not None else cash
        if money.tiers and taker == cash:
            page.received[cash, paying.money] = more
        if part > tax:
            page.legs.append(Leg(paying.money, paying.account, taker, part - tax))
        if tax:
            page.taxes[paying.money, paying.account] = page.taxes.get((paying.money, paying.account), 0) + tax


def _tax_legs(state: State, action: Action, page: Page) -> list[Leg]:
    """The legs that bring what is withheld on a page to the withholding agent's accounts."""
    found = []
    for (money, account), tax in page.taxes.items():
        kept = state.taxes.account_in(action.asset, money)
        if kept is None:
            raise Fault(f"tax is withheld and has no account: {action.number}")
        found.append(Leg(money, account, kept.account, tax))
    return found


def _burn(state: State, base: AssetNumber, account: AccountNumber, units: Units) -> list[Leg] | None:
    """The legs that extinguish a holding, in its own book and all below; None while some of it is under way. What is
    blocked is extinguished too: redemption is no disposal by the holder, and its money stays blocked in its place."""
    if state.positions.available(account, base) < units:
        return None
    if base not in state.accounts[account].backs:
        return [Leg(base, account, state.assets[base].issuer_account, units), *mark(state, base, -units)]
    legs = redeem_legs(state, base, account, units) if units == state.positions.balance(account, base) else []
    free = legs and all(state.positions.available(leg.giver, leg.asset) >= leg.amount for leg in legs)
    return legs if free else None


def _burn_in_part(state: State, action: Action, record: Record, row: int) -> list[Leg]:
    """The legs that extinguish what is drawn or put of a holding, in its own book and all below."""
    legs, units = burn_drawn(state, action, record, row), record.drawn[row] - record.redeemed[row]
    return [*legs, *mark(state, action.asset, -units)] if units else legs


def _end(step: Step, action: Action) -> None:
    """The last row has been reached: all is paid, or told what is not."""
    if _all_paid(step.state, action):
        step.emit(ActionPaid(action.number, step.time))
        return
    state = step.state
    shared = action.given < action.owed
    moneys = dict.fromkeys(action.records[action.asset].moneys)
    held = ((AssetNumber(money), held_for(state, action.asset, AssetNumber(money))) for money in moneys)
    residue = tuple((money, units) for money, units in held if shared and units)
    step.emit(PaymentEnded(action.number, residue, tuple(lacking(state, action).items())))


def _done(action: Action, record: Record, row: int) -> bool:
    """Whether a holder of record is paid, and whether all that is repaid of its holding is extinguished."""
    if record.paid[row] < record.amounts[row]:
        return False
    if action.kind in IN_PART:
        return record.redeemed[row] == record.drawn[row]
    return action.kind is not ActionKind.REDEMPTION or record.redeemed[row] == record.units[row]


def _all_paid(state: State, action: Action) -> bool:
    """Whether all are paid; nothing is redeemed whole while a payment for more of it is under way."""
    record = action.records[action.asset]
    if action.confirming or record.paid != record.amounts:
        return False
    if action.kind in IN_PART:
        return record.redeemed == record.drawn
    if action.kind is not ActionKind.REDEMPTION:
        return True
    if record.redeemed != record.units:
        return False
    transactions = (state.settlement.transactions[number] for number in state.settlement.live)
    return not any(
        each.kind is TransactionKind.ISSUE and each.cause == ActionNumber(action.asset) and each.status not in OPEN
        for each in transactions
    )


def payout_made(step: Step, subject: int) -> None:
    """A follow-up: the settlement institution has confirmed a holder's payment."""
    state, number = step.state, TransactionNumber(subject)
    if state.settlement.transactions[number].status is not Status.SETTLED:
        return
    payout = state.servicing.payouts[number]
    action = state.servicing.actions[payout.action]
    record = action.records[payout.book]
    account = AccountNumber(record.accounts[payout.row])
    step.emit(PayoutMade(payout, account, number))
    if payout.redeemed and action.kind in IN_PART:
        legs = _burn_in_part(state, action, record, payout.row)
        step.emit(DrawnFreed(action.number, (payout.row,)))
        today = state.days.systems[state.assets[action.asset].system].date
        settled = settle_now(step, TransactionKind.REDEMPTION, legs, today, action.number)
        step.emit(Extinguished(action.number, account, settled, payout.redeemed))
    if payout.book == action.asset and action.status in OWED and action.cursor < 0 and _all_paid(state, action):
        step.emit(ActionPaid(action.number, step.time))


def on_short(state: State, event: Short) -> None:
    action = state.servicing.actions[event.action]
    action.short, action.cursor = dict(event.lacking), -1


def on_payment_began(state: State, event: PaymentBegan) -> None:
    action = state.servicing.actions[event.action]
    action.cursor, action.given, action.owed = 0, event.given, event.owed


def on_page_paid(state: State, event: PagePaid) -> None:
    """Mark the rows of the page, and have the keepers among them pay down their books."""
    action = state.servicing.actions[event.action]
    record, beside = action.records[action.asset], dict.fromkeys(event.beside)
    paid, amounts, states, accounts = record.paid, record.amounts, record.states, record.accounts
    keepers = books_below(state, action, record)
    for row in range(event.first, event.after):
        if row in beside or states[row] == PayState.CONFIRMING:
            continue
        left = amounts[row] - paid[row]
        part = left * action.given // action.owed
        withhold(state, action, record, row, part_tax(state, action, record, row, part))
        paid[row] += part
        action.paid += part
        if part == left and states[row] != PayState.SUSPENSE:
            states[row] = PayState.PAID
        if part and accounts[row] in keepers:
            begin_tier(state, action, keepers[AccountNumber(accounts[row])])
    if event.redeemed:
        extinguish(state, action, event.transaction)
        state.issues.bonds[action.asset].redeemed += event.redeemed
    action.cursor = event.after
    if event.after < len(accounts):
        state.follow(WorkKind.PAY_PAGE, action.number)


def on_extinguished(state: State, event: Extinguished) -> None:
    extinguish(state, state.servicing.actions[event.action], event.transaction)


def on_payment_ended(state: State, event: PaymentEnded) -> None:
    action = state.servicing.actions[event.action]
    action.cursor, action.short = -1, dict(event.lacking)
    for number in state.servicing.owed[action.asset]:
        if number > event.action:  # one way only, or two that cannot be ended would try each other for ever
            state.follow(WorkKind.PAY_PAGE, number)


def on_action_paid(state: State, event: ActionPaid) -> None:
    """Paid: a potential default of the bond that rested on it alone is healed; what is next is tried."""
    servicing = state.servicing
    action = servicing.actions[event.action]
    bond = state.issues.bonds[action.asset]
    action.status, action.cursor = ActionStatus.PAID, -1
    action.short.clear()
    servicing.owed[action.asset].remove(action.number)
    if not servicing.owed[action.asset]:
        del servicing.owed[action.asset]
    _set_status(state, bond)
    if any(claim.action == action.number for claim in servicing.claims.values()):
        state.follow(WorkKind.CLAIMS, action.number)
    pay_owed(state, action.asset)


def _set_status(state: State, bond: Bond) -> None:
    servicing = state.servicing
    redemption = servicing.closed.get(bond.asset)
    due = redemption is not None and servicing.actions[redemption].status in (*OWED, ActionStatus.PAID)
    if due and outstanding(state, bond.asset) == 0:
        bond.status = BondStatus.REDEEMED
        del servicing.closed[bond.asset]
    elif bond.status is BondStatus.POTENTIAL_DEFAULT:
        actions = (servicing.actions[number] for number in servicing.of[bond.asset])
        if not any(action.status is ActionStatus.DEFAULTED for action in actions):
            bond.status = BondStatus.MATURED if due else BondStatus.ISSUED
            servicing.requests.pop(bond.asset, None)


def sees_extinguished(state: State, event: Extinguished) -> Audience:
    """Those who serve the bond, and the holder."""
    return (*parties_serving(state, event.action), state.accounts[event.account].holder)


def sees_payment(state: State, event: Short | PaymentBegan | PagePaid | PaymentEnded | ActionPaid) -> Audience:
    """Those who serve the bond: no holder learns what others are paid."""
    return parties_serving(state, event.action)
