"""The record date: every book of a bond sealed as it stands at the close of business.

The books are kept as columns, each under a Merkle root that proves a row to whom it is shown. For a redemption the
register closes with the record: pending trades are cancelled, new ones refused. What still moves (a trade whose payment
was under way, a named power) takes its redemption with it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import date
from struct import Struct

from bauhinia.ledger.actions import (
    AHEAD,
    DRAWS,
    Action,
    ActionKind,
    ActionStatus,
    PayState,
    Record,
    tier_subject,
)
from bauhinia.ledger.bonds import BondStatus
from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.ledger.instructions import OPEN, TransactionKind
from bauhinia.ledger.state import State, tiers
from bauhinia.rules.amounts import periods_of_bond
from bauhinia.rules.aside import DrawingVoided, free, set_aside, standing_aside
from bauhinia.rules.claims import detect_at_record, detection_closes
from bauhinia.rules.electing import fall_back_at_record
from bauhinia.rules.instructing import InstructionCancelled
from bauhinia.rules.sets import end_open_sets, moves_bond
from bauhinia.rules.settlement import TransactionCancelled
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.withholding import assess, assess_at_record, give_withheld, keep_gross, take_withheld
from bauhinia.words.ids import (
    NO_ACCOUNT,
    NO_ASSET,
    NO_PARTY,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    Micros,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import must
from bauhinia.words.tree import sealed_root

ROW = Struct("<qqq")  # a row of a sealed record: asset, account, units
GONE = (BondStatus.REDEEMED, BondStatus.CANCELLED, BondStatus.MERGED)


@dataclass(slots=True)
class BookRecorded:
    """A book stands sealed as at the close of a record date: `holders` rows that come to `units`, under a Merkle root
    (RFC 6962) over their `ROW` bytes, salted for the action's `record_context`. What of an account's holding is `aside`
    for another payment is in no row."""

    action: ActionNumber
    asset: AssetNumber
    holders: int
    units: Units
    root: bytes
    aside: tuple[tuple[AccountNumber, Units], ...] = ()


@dataclass(slots=True)
class ActionRecorded:
    """Every book of a bond is sealed for a payment. `needs` is what the issuer is to bring, by money, as the holders
    have elected; money zero where no paying account is appointed yet."""

    action: ActionNumber
    needs: tuple[tuple[AssetNumber, Units], ...]
    time: Micros


@dataclass(slots=True)
class RecordAmended:
    """Units have moved while the register was closed for redemption (a trade whose payment was under way, a power):
    their redemption has moved with them."""

    action: ActionNumber
    transaction: TransactionNumber


def record_due(step: Step, subject: int) -> None:
    """A duty: the close of business of a record date. One that was moved meanwhile tells nothing."""
    action = step.state.servicing.actions[ActionNumber(subject)]
    if action.status in AHEAD and action.record_due == step.time and not gone(step.state, action):
        record(step, action)


def record(step: Step, action: Action) -> None:
    """Seal the book of every tier as it stands; for a redemption the register closes, and what is pending goes. Of a
    put the books say already who has put what."""
    state = step.state
    isin = state.issues.bonds[action.asset].isin
    if action.kind is ActionKind.REDEMPTION:
        for other in undrawn(state, action.asset):
            step.emit(DrawingVoided(other))
    for number in tiers(state, action.asset) if action.kind is not ActionKind.PUT else ():
        aside = standing_aside(state, action, number, _ends(state, action))
        holders = _counted(state, number, aside)
        rows = [ROW.pack(number, account, units) for account, units in holders]
        context = record_context(isin, action.number, number)
        root = sealed_root(rows, state.settings.secret, context)
        total = sum(units for _, units in holders)
        step.emit(BookRecorded(action.number, number, len(rows), total, root, tuple(aside.items())))
    assess_at_record(step, action)
    fall_back_at_record(step, action)
    step.emit(ActionRecorded(action.number, tuple(needs(action).items()), step.time))
    if action.kind is ActionKind.REDEMPTION:
        cancel_pending(step, action.asset, "the register is closed: the bond is redeemed")
    elif action.early is None:  # who traded what is drawn for a call, or put, has no claim on the price
        detect_at_record(step, action)


def undrawn(state: State, base: AssetNumber) -> list[ActionNumber]:
    """The recorded payments of a bond of which it is still to be drawn whom they repay."""
    numbers = state.servicing.of.get(base, ())
    return [each for each in numbers if state.servicing.actions[each].awaits and state.servicing.actions[each].records]


def _ends(state: State, action: Action) -> date | None:
    """The last day (exclusive, unadjusted) of the interest of a payment; None where it repays all."""
    if action.early or not action.period or action.kind is ActionKind.REDEMPTION:
        return None
    return periods_of_bond(state, state.issues.bonds[action.asset])[action.period - 1].end


def _counted(state: State, book: AssetNumber, aside: dict[AccountNumber, Units]) -> list[tuple[AccountNumber, Units]]:
    """The holdings of a book less what of them is set aside, in its order."""
    holders = ((account, units - aside.get(account, 0)) for account, units in state.positions.holders(book))
    return [(account, units) for account, units in holders if units > 0]


def record_context(isin: str, action: ActionNumber, asset: AssetNumber) -> bytes:
    """What the salts of a sealed record are made for."""
    return b"record" + isin.encode() + action.to_bytes(8, "big") + asset.to_bytes(8, "big")


def record_rows(record: Record) -> list[bytes]:
    """The rows of a record as they were sealed, for a proof; a register closed for redemption may be amended after."""
    return [ROW.pack(record.asset, *row) for row in zip(record.accounts, record.units, strict=True)]


def needs(action: Action) -> dict[AssetNumber, Units]:
    """What is still to be paid to the holders of record in the official book, and not ordered, by money."""
    record, found = action.records[action.asset], dict[AssetNumber, Units]()
    columns = zip(record.moneys, record.amounts, record.paid, record.states, strict=True)
    for money, amount, paid, pay_state in columns:
        if amount > paid and pay_state != PayState.CONFIRMING:
            found[AssetNumber(money)] = found.get(AssetNumber(money), 0) + amount - paid
    return found


def cancel_pending(step: Step, base: AssetNumber, why: str) -> None:
    """Cancel every trade in a bond that has not settled and is not being paid for, what is still to be issued of it
    against cash that never came, and what has not been matched."""
    settlement = step.state.settlement
    for number in list(settlement.live):
        transaction = settlement.transactions[number]
        if transaction.status not in OPEN:
            continue
        issues = transaction.kind is TransactionKind.ISSUE and transaction.cause == ActionNumber(base)
        trades = transaction.deliver and settlement.instructions[transaction.deliver].order.asset == base
        agreed = transaction.kind is TransactionKind.SET and moves_bond(step.state, transaction.legs, base)
        if issues or trades or agreed:
            step.emit(TransactionCancelled(number, why))
    unmatched = [number for numbers in settlement.unmatched.values() for number in numbers]
    for each in unmatched:
        if settlement.instructions[each].order.asset == base:
            step.emit(InstructionCancelled(each))
    end_open_sets(step, base, why)


def bond_ended(step: Step, subject: int) -> None:
    """A follow-up: a bond is cancelled, and with it what was dealt in it: trades when, as and if issued, where it never
    was."""
    bond = step.state.issues.bonds[AssetNumber(subject)]
    why = "the bond is cancelled" if bond.issued else "the issue is abandoned: the trade was when, as and if issued"
    cancel_pending(step, bond.asset, why)


def gone(state: State, action: Action) -> bool:
    """Whether nothing is left of the bond of which this is a payment."""
    return state.issues.bonds[action.asset].status in GONE


def amend(step: Step, subject: int) -> None:
    """A follow-up: a transaction has moved units of a register that is closed for redemption."""
    state, number = step.state, TransactionNumber(subject)
    legs = state.settlement.transactions[number].legs
    bases = dict.fromkeys(state.assets[leg.asset].base for leg in legs)
    for base in bases:
        if base in state.servicing.closed:
            step.emit(RecordAmended(state.servicing.closed[base], number))


def on_book_recorded(state: State, event: BookRecorded) -> None:
    """The columns of the record, worked out again from the positions: the event carries their root alone. What may be
    drawn is set aside until it is drawn."""
    action = state.servicing.actions[event.action]
    asset = state.assets[event.asset]
    keeper = NO_ACCOUNT if event.asset == action.asset else asset.backing_account
    record = Record(event.asset, keeper, event.root)
    for account, units in _counted(state, event.asset, dict(event.aside)):
        record.accounts.append(account)
        record.units.append(units)
    must(len(record.accounts) == event.holders, "a record differs from its event", event.asset)
    nothing = bytes(8 * event.holders)
    record.paid, record.states, record.moneys, record.redeemed = (array("q", nothing) for _ in range(4))
    record.drawn, record.aside = array("q", nothing), array("q", nothing)
    set_amounts(state, action, record)
    action.records[event.asset] = record
    if not keeper:
        choose_moneys(state, action)
    if action.kind in DRAWS:
        for row, holder in enumerate(record.accounts):
            units = free(state, AccountNumber(holder), event.asset)
            set_aside(state, record, row, min(units, record.units[row]))


def set_amounts(state: State, action: Action, record: Record) -> None:
    """Work out what each of a record is entitled to; for `evolve` only."""
    calculation = state.issues.bonds[action.asset].terms.calculation_amount
    rows = zip(record.units, record.drawn, strict=True)
    record.amounts = array("q", [action.amount(units, calculation, drawn) for units, drawn in rows])
    keep_gross(state, action, record)


def choose_moneys(state: State, action: Action) -> None:
    """In what each holder of record is paid: the first that it elected of those in which the agent pays the bond, else
    the default. For `evolve` only."""
    record = action.records[action.asset]
    for row, account in enumerate(record.accounts):
        record.moneys[row] = payout_money(state, action.asset, AccountNumber(account))


def payout_money(state: State, base: AssetNumber, account: AccountNumber) -> AssetNumber:
    """The money in which a bond is paid to an account; zero while no paying account is appointed."""
    servicing = state.servicing
    elections = state.accounts[account].elections
    if elections:
        for elected in elections.get(state.assets[base].currency, ()):
            if servicing.paying_in(base, elected):
                return elected
    return servicing.default_money(base)


def on_action_recorded(state: State, event: ActionRecorded) -> None:
    action = state.servicing.actions[event.action]
    action.status = ActionStatus.RECORDED
    if action.kind is ActionKind.REDEMPTION:
        state.servicing.closed[action.asset] = action.number
    elif action.early is None:
        state.servicing.claiming.setdefault(action.asset, []).append(action.number)
        state.schedule(max(detection_closes(state, action), event.time), DutyKind.CLAIM_END, action.number)
    if state.issues.bonds[action.asset].terms.perpetual:
        state.follow(WorkKind.PLAN, action.asset)
    if action.awaits:
        state.follow(WorkKind.DRAW, action.number)
    if action.due and action.due <= event.time:
        action.due = event.time
        state.schedule(event.time, DutyKind.PAYMENT, action.number)


def on_record_amended(state: State, event: RecordAmended) -> None:
    """Move what the legs moved from row to row, with what was paid on it, into keepers' books too; units back at their
    issuer are gone, and what of a row is redeemed already stays with it, and what was paid on that."""
    action = state.servicing.actions[event.action]
    calculation = state.issues.bonds[action.asset].terms.calculation_amount
    carried = carried_tax = 0  # paid, and withheld, on units that a route has brought above and brings into books below
    for leg in state.settlement.transactions[event.transaction].legs:
        asset = state.assets[leg.asset]
        if asset.base != action.asset:
            continue
        record = action.records.get(leg.asset)
        if record is None:
            record = action.records[leg.asset] = Record(leg.asset, asset.backing_account)
        paid = carried if leg.giver == asset.issuer_account and leg.asset != action.asset else 0
        tax = carried_tax if paid else 0
        giver = None if leg.giver == asset.issuer_account else record.row(leg.giver)
        if giver is not None:
            redeemed = record.redeemed[giver]
            left, paid_on_it = record.units[giver] - redeemed, record.paid[giver] - action.amount(redeemed, calculation)
            paid_on_it += _under_way(state, action, leg.asset, giver)
            paid = paid_on_it * leg.amount // left if left else 0
            tax = take_withheld(state, action, record, giver, paid)
            record.units[giver] -= leg.amount
            record.paid[giver] -= paid
        if leg.taker != asset.issuer_account:
            taker = _open_row(state, action, record, leg.taker)
            record.units[taker] += leg.amount
            record.paid[taker] += paid
            give_withheld(state, action, record, taker, tax)
            carried, carried_tax = paid, tax
        set_amounts(state, action, record)
    assess(state, action)
    if action.number in state.servicing.owed.get(action.asset, ()):
        state.follow(WorkKind.PAY_PAGE, action.number)


def _under_way(state: State, action: Action, book: AssetNumber, row: int) -> Units:
    """What a holder is being paid in an RTGS, and has as good as got."""
    payouts = state.servicing.payouts.values()
    return sum(each.amount for each in payouts if (each.action, each.book, each.row) == (action.number, book, row))


def _open_row(state: State, action: Action, record: Record, account: AccountNumber) -> int:
    found = record.row(account)
    if found is not None:
        return found
    record.accounts.append(account)
    columns = (record.units, record.amounts, record.paid, record.states, record.redeemed, record.drawn, record.aside)
    for column in columns:
        column.append(0)
    record.moneys.append(NO_ASSET if record.keeper else payout_money(state, action.asset, account))
    return len(record.accounts) - 1


def books_below(state: State, action: Action, record: Record) -> dict[AccountNumber, Record]:
    """The records of the books that stand directly in one, by their keeper's omnibus account."""
    found = {}
    for each in action.records.values():
        if each.keeper and state.assets[each.asset].backing_asset == record.asset:
            found[each.keeper] = each
    return found


def extinguish(state: State, action: Action, number: TransactionNumber) -> None:
    """The legs of a transaction have redeemed units, in the official book and in those below; for `evolve` only."""
    rows: dict[AssetNumber, dict[int, int]] = {}
    for leg in state.settlement.transactions[number].legs:
        record = action.records.get(leg.asset)
        if record is None or leg.taker != state.assets[leg.asset].issuer_account:
            continue
        if leg.asset not in rows:
            rows[leg.asset] = {account: row for row, account in enumerate(record.accounts)}
        record.redeemed[rows[leg.asset][leg.giver]] += leg.amount


def begin_tier(state: State, action: Action, record: Record) -> None:
    """Have a keeper's book paid down from its first row; for `evolve` only."""
    record.cursor = 0
    for row, pay_state in enumerate(record.states):
        if pay_state == PayState.HELD:
            record.states[row] = PayState.UNPAID
    state.follow(WorkKind.PAY_TIER, tier_subject(action.number, record.keeper))


def sees_book_recorded(state: State, event: BookRecorded) -> Audience:
    """Whoever keeps the book; the official one also issuer and paying agent."""
    asset = state.assets[event.asset]
    bond = state.issues.bonds[asset.base]
    if asset.number == asset.base:
        return (asset.registrar, bond.issuer, bond.paying_agent)
    return (asset.registrar,)


def sees_servicing(state: State, event: ActionRecorded | RecordAmended) -> Audience:
    return parties_serving(state, event.action)


def parties_serving(state: State, number: ActionNumber) -> Audience:
    """Issuer, guarantor, paying agent, registrar and trustee of an action's bond."""
    bond = state.issues.bonds[state.servicing.actions[number].asset]
    named = (bond.issuer, bond.guarantor, bond.paying_agent, bond.registrar, bond.trustee)
    return tuple(party for party in named if party != NO_PARTY)
