"""Units set aside for a payment that extinguishes a part of a bond: what may be drawn, what is drawn, what is put.

They are earmarked where they are held, in the official book and in every book below it, so that nobody trades away what
is to be repaid. What is set aside for one payment stands in no later record of principal, and in none of interest from
the day on that the payment is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.ledger.actions import IN_PART, Action, Record
from bauhinia.ledger.posting import Leg, earmark, release
from bauhinia.ledger.state import State
from bauhinia.rules.settlement import wake
from bauhinia.rules.step import Audience
from bauhinia.words.ids import EVERYONE, AccountNumber, ActionNumber, AssetNumber, Units


@dataclass(slots=True)
class DrawingVoided:
    """A drawing will not take place, since all that is left is repaid: nothing is drawn."""

    action: ActionNumber


@dataclass(slots=True)
class DrawnFreed:
    """What was set aside of these rows of the official record, and of the rows below them, is extinguished now."""

    action: ActionNumber
    rows: tuple[int, ...]


def set_aside(state: State, record: Record, row: int, units: Units) -> None:
    """Earmark units of a row for the payment of the record; for `evolve` only."""
    if units:
        earmark(state.book, [_leg(state, record, row, units)])
        record.aside[row] += units


def give_back(state: State, record: Record, row: int, units: Units, *, waking: bool = True) -> None:
    """Undo `set_aside`, and queue what waits for the units; for `evolve` only."""
    if units:
        leg = _leg(state, record, row, units)
        release(state.book, [leg])
        record.aside[row] -= units
        if waking:
            wake(state, leg.giver, leg.asset)


def give_all_back(state: State, action: Action) -> None:
    """Nothing is set aside for a payment any more; for `evolve` only."""
    for record in action.records.values():
        for row in range(len(record.aside)):
            give_back(state, record, row, record.aside[row])


def _leg(state: State, record: Record, row: int, units: Units) -> Leg:
    return Leg(record.asset, AccountNumber(record.accounts[row]), state.assets[record.asset].issuer_account, units)


def free(state: State, account: AccountNumber, asset: AssetNumber) -> Units:
    """What of a holding may be set aside: what is not earmarked, of an omnibus account in its clients' holdings too."""
    available = state.positions.available(account, asset)
    below = state.accounts[account].backs.get(asset)
    if below is None:
        return available
    return min(available, sum(free(state, client, below) for client, _ in state.positions.holders(below)))


def standing_aside(state: State, action: Action, book: AssetNumber, until: date | None) -> dict[AccountNumber, Units]:
    """What of each holding in a book does not count for the record of an action, being set aside for another payment
    whose interest ends before `until`, the end of the action's own period; for any other where that is None. What is
    still to be drawn counts: nobody knows yet whose it is."""
    found: dict[AccountNumber, Units] = {}
    servicing = state.servicing
    for number in servicing.of.get(action.asset, ()):
        other = servicing.actions[number]
        record = other.records.get(book)
        if number == action.number or other.kind not in IN_PART or record is None or other.awaits:
            continue
        if until is not None and not (other.early.day < until if other.early else other.period < action.period):
            continue
        for account, units in zip(record.accounts, record.aside, strict=True):
            if units:
                found[AccountNumber(account)] = found.get(AccountNumber(account), 0) + units
    return found


def rows_below(state: State, action: Action, record: Record, row: int) -> Record | None:
    """The record of the book that a row's account backs, or None."""
    below = state.accounts[AccountNumber(record.accounts[row])].backs.get(record.asset)
    return None if below is None else action.records.get(below)


def burn_drawn(state: State, action: Action, record: Record, row: int) -> list[Leg]:
    """The legs that extinguish what is drawn or put of a row: in the books below, then in its own."""
    units = record.drawn[row] - record.redeemed[row]
    legs = list[Leg]()
    below = rows_below(state, action, record, row)
    if below is not None:
        for client in range(len(below.accounts)):
            legs += burn_drawn(state, action, below, client)
    return [*legs, _leg(state, record, row, units)] if units else legs


def free_drawn(state: State, action: Action, record: Record, row: int) -> None:
    """The earmarks of a row and of the rows below it are gone, since its units go; for `evolve` only."""
    give_back(state, record, row, record.aside[row], waking=False)
    below = rows_below(state, action, record, row)
    if below is not None:
        for client in range(len(below.accounts)):
            free_drawn(state, action, below, client)


def on_drawn_freed(state: State, event: DrawnFreed) -> None:
    action = state.servicing.actions[event.action]
    for row in event.rows:
        free_drawn(state, action, action.records[action.asset], row)


def sees_voided(state: State, event: DrawingVoided) -> Audience:
    """Public, as its announcement was."""
    return (EVERYONE,)
