"""Payments that do not come: late, past their grace, and the acceleration of principal.

A payment that is due and unfunded at the close of its day is late. Past the grace period of the conditions it is a
*potential* event of default, never more by itself: only the trustee, or holders of enough of what is outstanding, may
then declare all principal due at once. Money that arrives before heals it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bauhinia.ledger.actions import AHEAD, Action, ActionKind, ActionStatus
from bauhinia.ledger.bonds import Bond, BondStatus
from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.state import State
from bauhinia.rules.amounts import due_early, periods_of_bond
from bauhinia.rules.aside import give_all_back
from bauhinia.rules.issue import outstanding
from bauhinia.rules.market import days_later
from bauhinia.rules.paying import lacking
from bauhinia.rules.recording import parties_serving, record
from bauhinia.rules.servicing import ActionDue
from bauhinia.rules.step import Audience, Step
from bauhinia.words.ids import (
    EVERYONE,
    NO_ACCOUNT,
    NO_PARTY,
    AccountNumber,
    ActionNumber,
    AssetNumber,
    Micros,
    PartyNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known, require


@dataclass(slots=True)
class Accelerate:
    """A command by the trustee: all principal of a bond, with the interest accrued on it, is due now."""

    asset: AssetNumber


@dataclass(slots=True)
class RequestAcceleration:
    """A command by a holder in the official book: it asks that principal be accelerated, for `nominal` of what it holds
    (a custodian speaks for those of its clients that have asked it). Once enough has asked, it is."""

    asset: AssetNumber
    nominal: Units


@dataclass(slots=True)
class PaymentLate:
    """A payment was not funded by the close of its day. `lacking` is by money; grace ends with `grace_until`."""

    action: ActionNumber
    lacking: tuple[tuple[AssetNumber, Units], ...]
    grace_until: date


@dataclass(slots=True)
class GraceExpired:
    """A payment is unpaid past its grace: a potential event of default."""

    action: ActionNumber


@dataclass(slots=True)
class AccelerationRequested:
    asset: AssetNumber
    party: PartyNumber
    nominal: Units


@dataclass(slots=True)
class Accelerated:
    """All principal of a bond is due on `date`, with the interest accrued to it, by action `action`; what was only
    planned is not any more. `interest` and `principal` are per calculation amount, zero unless `fixed`; `by` is the
    trustee, nobody where holders have asked for it."""

    asset: AssetNumber
    action: ActionNumber
    date: date
    interest: Units
    principal: Units
    fixed: bool
    by: PartyNumber
    time: Micros


def late_due(step: Step, subject: int) -> None:
    """A duty: the day of a payment closes. What waits for something else than the issuer's money is not late."""
    action = step.state.servicing.actions[ActionNumber(subject)]
    if action.status is not ActionStatus.DUE or action.awaits:
        return
    short = lacking(step.state, action)
    if short:
        conditions = step.state.issues.bonds[action.asset].conditions
        until = action.payment_date + timedelta(days=conditions.grace_days)
        step.emit(PaymentLate(action.number, tuple(short.items()), until))


def grace_due(step: Step, subject: int) -> None:
    """A duty: the grace of a payment has ended."""
    action = step.state.servicing.actions[ActionNumber(subject)]
    if action.status is ActionStatus.LATE and lacking(step.state, action):
        step.emit(GraceExpired(action.number))


def accelerate(step: Step, command: Accelerate) -> None:
    """Checked in order: the bond, of which the asker is trustee; that there is a potential event of default; that
    principal has not fallen due anyway."""
    bond = known(step.state.issues.bonds.get(command.asset), Reason.UNKNOWN_ASSET, "asset", command.asset)
    require(bond.trustee == step.asker, Reason.UNKNOWN_ASSET, "asset", command.asset)
    _require_default(step.state, bond)
    _accelerate(step, bond, step.asker)


def request_acceleration(step: Step, command: RequestAcceleration) -> None:
    """Checked in order: the bond; that the asker, not its issuer, holds as much as it asks for; that there is a
    potential event of default; that principal has not fallen due anyway.

    What each has asked for counts as far as it still holds it, against what is outstanding less the issuer's own.
    """
    state = step.state
    bond = known(state.issues.bonds.get(command.asset), Reason.UNKNOWN_ASSET, "asset", command.asset)
    holds = held_by(state, bond.asset, step.asker)
    require(holds and step.asker != bond.issuer, Reason.UNKNOWN_ASSET, "asset", command.asset)
    require(0 < command.nominal <= holds, Reason.AMOUNT, "nominal", command.nominal)
    _require_default(state, bond)
    step.emit(AccelerationRequested(bond.asset, step.asker, command.nominal))
    requests = state.servicing.requests[bond.asset]
    asked = sum(min(requests[party], held_by(state, bond.asset, party)) for party in requests)
    counted = outstanding(state, bond.asset) - held_by(state, bond.asset, bond.issuer)
    if asked >= bond.conditions.acceleration * counted:
        _accelerate(step, bond, NO_PARTY)


def held_by(state: State, base: AssetNumber, party: PartyNumber) -> Units:
    """What a party holds of a bond in the official book, over all its accounts there."""
    mine = (state.accounts[number] for number in state.parties[party].accounts)
    issuer = state.assets[base].issuer_account
    return sum(
        state.positions.balance(account.number, base)
        for account in mine
        if account.tier == NO_ACCOUNT and account.number != issuer
    )


def _require_default(state: State, bond: Bond) -> None:
    require(bond.status is BondStatus.POTENTIAL_DEFAULT, Reason.STATE, bond.isin, bond.status.name)
    require(bond.asset not in state.servicing.closed, Reason.ALREADY_DONE, bond.isin, "principal is due")


def _accelerate(step: Step, bond: Bond, by: PartyNumber) -> None:
    """Declare principal due; the register is recorded and closed at this moment."""
    state = step.state
    today = state.days.systems[state.assets[bond.asset].system].date
    number = ActionNumber(len(state.servicing.actions) + 1)
    amounts = due_early(state, bond, today, bond.terms.redemption_price, accrues=accrues(state, bond, today))
    step.emit(Accelerated(bond.asset, number, today, amounts.interest, amounts.principal, amounts.fixed, by, step.time))
    record(step, state.servicing.actions[number])
    step.emit(ActionDue(number, step.time))


def accrues(state: State, bond: Bond, day: date) -> bool:
    """Whether interest accrued to a day is still to be given: not where that of the period is owed already to the
    holders of a record that has closed."""
    periods = periods_of_bond(state, bond)
    number = next((each.number for each in periods if each.accrual_start <= day < each.accrual_end), 0)
    actions = (state.servicing.actions[each] for each in state.servicing.of[bond.asset])
    return not any(each.period == number and each.status not in AHEAD for each in actions)


def on_payment_late(state: State, event: PaymentLate) -> None:
    action = state.servicing.actions[event.action]
    action.status = ActionStatus.LATE
    system = state.assets[action.asset].system
    state.schedule(days_later(state, system, event.grace_until + timedelta(days=1)), DutyKind.GRACE, action.number)


def on_grace_expired(state: State, event: GraceExpired) -> None:
    action = state.servicing.actions[event.action]
    action.status = ActionStatus.DEFAULTED
    bond = state.issues.bonds[action.asset]
    if bond.status in (BondStatus.ISSUED, BondStatus.MATURED):
        bond.status = BondStatus.POTENTIAL_DEFAULT


def on_acceleration_requested(state: State, event: AccelerationRequested) -> None:
    state.servicing.requests.setdefault(event.asset, {})[event.party] = event.nominal


def on_accelerated(state: State, event: Accelerated) -> None:
    servicing = state.servicing
    for number in servicing.of[event.asset]:
        if servicing.actions[number].status in AHEAD:
            servicing.actions[number].status = ActionStatus.CANCELLED
            give_all_back(state, servicing.actions[number])  # what was put is not repaid apart any more
    servicing.actions[event.action] = Action(
        event.action,
        event.asset,
        ActionKind.REDEMPTION,
        0,
        event.date,
        event.date,
        False,
        event.interest,
        event.principal,
        event.fixed,
        ActionStatus.ANNOUNCED,
        record_due=event.time,
    )
    servicing.of[event.asset].append(event.action)
    servicing.requests.pop(event.asset, None)
    state.issues.bonds[event.asset].status = BondStatus.ACCELERATED


def sees_late(state: State, event: PaymentLate) -> Audience:
    """Issuer, guarantor, agent, registrar and trustee."""
    return parties_serving(state, event.action)


def sees_grace(state: State, event: GraceExpired) -> Audience:
    """Those who serve the bond, and its holders in the official book, whom it concerns."""
    action = state.servicing.actions[event.action]
    holders = (state.accounts[AccountNumber(each)].holder for each in action.records[action.asset].accounts)
    return tuple(dict.fromkeys((*parties_serving(state, event.action), *holders)))


def sees_requested(state: State, event: AccelerationRequested) -> Audience:
    bond = state.issues.bonds[event.asset]
    return (event.party, *(party for party in (bond.trustee,) if party != NO_PARTY))


def sees_accelerated(state: State, event: Accelerated) -> Audience:
    """Public."""
    return (EVERYONE,)
