"""What holders of record are told of a payment before it is made, and how that is taken back.

At the record date each holder of record of a taxed bond is told what it is entitled to, gross, tax and net, and again
whenever that changes before it is paid: another document, pools, a fixing, a register that was amended (ISO 20022
seev.035, the movement preliminary advice and its replacement). While nothing has been paid the paying agent may take
entitlements back (seev.044, its cancellation) and confirm them anew. What has been paid is never unwound.
"""

from __future__ import annotations

from dataclasses import dataclass

from bauhinia.ledger.actions import OWED, Action, ActionStatus
from bauhinia.ledger.days import WorkKind
from bauhinia.ledger.state import State
from bauhinia.ledger.taxes import TaxPart
from bauhinia.rules.amounts import Amounts
from bauhinia.rules.servicing import set_fixed, worked_out_anew
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.rules.withholding import tax_parts, untouched
from bauhinia.words.ids import EVERYONE, AccountNumber, ActionNumber, AssetNumber, Micros, Units
from bauhinia.words.reasons import Reason, known, require

PAGE = 20_000  # holders told in one step


@dataclass(slots=True)
class ReverseEntitlement:
    """A command of four eyes by the paying agent: what holders were told of a payment is taken back, and nothing is
    paid until it is confirmed anew."""

    action: ActionNumber
    why: str


@dataclass(slots=True)
class ConfirmEntitlement:
    """A command of four eyes by the paying agent: a payment that was reversed stands again, with amounts worked out
    anew; holders are told."""

    action: ActionNumber


@dataclass(slots=True)
class EntitlementAdvised:
    """What one holder of record is to be paid: `gross` less `tax`, in the smallest units of the bond's currency, for
    `units` in a book, and the tax by rates."""

    action: ActionNumber
    book: AssetNumber
    row: int
    account: AccountNumber
    units: Units
    gross: Units
    tax: Units
    parts: tuple[TaxPart, ...]


@dataclass(slots=True)
class EntitlementRevised:
    """What one holder of record is to be paid has changed, from what it was told before."""

    action: ActionNumber
    book: AssetNumber
    row: int
    account: AccountNumber
    units: Units
    gross_before: Units
    tax_before: Units
    gross: Units
    tax: Units
    parts: tuple[TaxPart, ...]


@dataclass(slots=True)
class EntitlementReversed:
    action: ActionNumber
    why: str


@dataclass(slots=True)
class EntitlementConfirmed:
    action: ActionNumber
    amounts: Amounts
    time: Micros


def reverse_entitlement(step: Step, command: ReverseEntitlement) -> None:
    """Checked in order: a payment of a bond whose paying agent asks; not reversed already; announced or recorded, and
    nothing of it paid; the reason."""
    action = _served(step, command.action)
    reversed_ = command.action in step.state.taxes.reversed
    require(not reversed_, Reason.ALREADY_DONE, "action", command.action)
    may = action.status is ActionStatus.ANNOUNCED or untouched(action)
    require(may, Reason.STATE, "action", command.action, action.status.name)
    require_text(command.why, "why")
    step.emit(EntitlementReversed(command.action, command.why))


def confirm_entitlement(step: Step, command: ConfirmEntitlement) -> None:
    """Checked in order: a payment of a bond whose paying agent asks; that it was reversed."""
    action = _served(step, command.action)
    require(command.action in step.state.taxes.reversed, Reason.STATE, "action", command.action, "is not reversed")
    step.emit(EntitlementConfirmed(command.action, worked_out_anew(step.state, action), step.time))


def _served(step: Step, number: ActionNumber) -> Action:
    """A payment of a bond of which the asker is paying agent."""
    action = known(step.state.servicing.actions.get(number), Reason.UNKNOWN_ACTION, "action", number)
    agent = step.state.issues.bonds[action.asset].paying_agent
    require(agent == step.asker, Reason.UNKNOWN_ACTION, "action", number)
    return action


def advise(step: Step, subject: int) -> None:
    """A follow-up: tell holders of record what they are entitled to, and what of it is another than they were told; the
    next page of them. Nothing is told of a payment that is not fixed or drawn, or is reversed."""
    state, told = step.state, 0
    action = state.servicing.actions[ActionNumber(subject)]
    taxed = state.taxes.actions.get(action.number)
    if taxed is None or not action.fixed or action.awaits or action.number in state.taxes.reversed:
        return
    for record in action.records.values():
        columns = taxed.books[record.asset]
        for row, number in enumerate(record.accounts):
            gross, tax, units = record.amounts[row], columns.taxes[row], record.units[row]
            gross_before, tax_before = columns.told_amounts[row], columns.told_taxes[row]
            if (gross, tax) == (gross_before, tax_before) or (gross_before < 0 and not units):
                continue
            if told == PAGE:
                return
            told += 1
            step.legs += 1
            account, parts = AccountNumber(number), tax_parts(state, action, record, row)
            if gross_before < 0:
                step.emit(EntitlementAdvised(action.number, record.asset, row, account, units, gross, tax, parts))
            else:
                step.emit(
                    EntitlementRevised(
                        action.number,
                        record.asset,
                        row,
                        account,
                        units,
                        gross_before,
                        tax_before,
                        gross,
                        tax,
                        parts,
                    )
                )


def on_entitlement_told(state: State, event: EntitlementAdvised | EntitlementRevised) -> None:
    """Note what the holder was told; the next page follows."""
    columns = state.taxes.actions[event.action].books[event.book]
    columns.told_amounts[event.row], columns.told_taxes[event.row] = event.gross, event.tax
    state.follow(WorkKind.ADVISE, event.action)


def on_entitlement_reversed(state: State, event: EntitlementReversed) -> None:
    """Nobody has been told anything any more."""
    state.taxes.reversed[event.action] = event.why
    taxed = state.taxes.actions.get(event.action)
    for columns in taxed.books.values() if taxed else ():
        for row in range(len(columns.rates)):
            columns.told_amounts[row] = columns.told_taxes[row] = -1


def on_entitlement_confirmed(state: State, event: EntitlementConfirmed) -> None:
    action = state.servicing.actions[event.action]
    del state.taxes.reversed[event.action]
    set_fixed(state, action, event.amounts)
    if event.action in state.taxes.actions:
        state.follow(WorkKind.ADVISE, event.action)
    if action.status in OWED:
        state.follow(WorkKind.PAY_PAGE, event.action)


def sees_entitlement(state: State, event: EntitlementAdvised | EntitlementRevised) -> Audience:
    """The holder alone."""
    return (state.accounts[event.account].holder,)


def sees_public(state: State, event: EntitlementReversed | EntitlementConfirmed) -> Audience:
    """What a bond pays and whether that stands is public, as its announcement was."""
    return (EVERYONE,)
