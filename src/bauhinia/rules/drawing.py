"""Whom a partial repayment takes: pro rata, or by lot.

When the record of such a payment closes, all that may be drawn is set aside. Pro rata (PCAL) is shared out at once, by
largest remainder. A drawing by lot (DRAW) waits for the value of the series `draw:ISIN` on the day after the record
date, told by the series' sources. The seed is the SHA-256 of the sealed register's root, the ISIN, the payment's number
and that value. Nobody chooses it: the root is fixed before the value is told, the day of the value is fixed by the
record date, and the value is one that the sources read off a public draw and sign m of n. Whoever has the record and
the seed draws again and finds the same (`bond.repayments.lot`).

The draw is of the official book. A keeper then draws what fell on its omnibus account among its own clients, by the
same rule and the same seed. What was under way to someone else when the record closed takes no part. What cannot be had
in whole denominations, since holdings are broken, is shared out pro rata to the smallest unit.

Of a scheduled repayment the part that the terms repay of what is outstanding is drawn, rounded half up to whole
denominations; of a partial call the nominal that was called. Interest of a scheduled repayment is on all of a holding,
that of a call on what is drawn. What is drawn is extinguished when its holder is paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from hashlib import sha256

from bauhinia.bond.repayments.lot import draw
from bauhinia.bond.repayments.pro_rata import pro_rata
from bauhinia.bond.rounding import whole
from bauhinia.ledger.actions import OWED, Action, ActionKind, ActionStatus, Record
from bauhinia.ledger.bonds import Bond
from bauhinia.ledger.state import State
from bauhinia.rules.amounts import left_after, periods_of_bond
from bauhinia.rules.aside import DrawingVoided, give_all_back, give_back
from bauhinia.rules.observing import DRAWINGS
from bauhinia.rules.recording import needs, set_amounts
from bauhinia.rules.servicing import Fixed, amounts_now
from bauhinia.rules.step import Audience, Step
from bauhinia.rules.withholding import assess
from bauhinia.words.ids import EVERYONE, ActionNumber, AssetNumber, Micros, Units

RECORDED = (ActionStatus.RECORDED, *OWED)
ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class BookDrawn:
    """Of a recorded book these rows are drawn, each by so much nominal. Pro rata, `remainder` was left when all shares
    were rounded down, and went in whole steps to the rows `rounded_up`."""

    action: ActionNumber
    asset: AssetNumber
    drawn: tuple[tuple[int, Units], ...]
    remainder: Units
    rounded_up: tuple[int, ...]


@dataclass(slots=True)
class Drawn:
    """All books are drawn: `nominal` is repaid. `seed` is empty where it is pro rata."""

    action: ActionNumber
    nominal: Units
    seed: bytes
    time: Micros


@dataclass(slots=True)
class Shared:
    """What is drawn of a book, by account, and how the remainder fell."""

    drawn: dict[int, Units]
    remainder: Units = 0
    rounded_up: tuple[int, ...] = ()


def draw_due(step: Step, subject: int) -> None:
    """A follow-up: a record has closed, or a seed has been told. Nothing is told while the seed is not there."""
    state = step.state
    action = state.servicing.actions[ActionNumber(subject)]
    if not action.awaits or action.status not in RECORDED:
        return
    bond, official = state.issues.bonds[action.asset], action.records[action.asset]
    total, seed = to_draw(state, bond, action), b""
    if action.kind is ActionKind.DRAWING and total:
        told = seed_of(state, bond, action)
        if told is None:
            return
        seed = told
    for event in _books(state, action, official, total, seed):
        step.emit(event)
    step.emit(Drawn(action.number, total, seed, step.time))
    step.emit(Fixed(action.number, amounts_now(action), tuple(needs(action).items()), step.time))


def to_draw(state: State, bond: Bond, action: Action) -> Units:
    """How much nominal is to be drawn, of what was set aside when the record closed."""
    record, multiple = action.records[action.asset], state.assets[action.asset].multiple
    if action.early:
        return min(action.draws, sum(record.aside))
    periods, held = periods_of_bond(state, bond), sum(record.units)
    left = left_after(state, bond, periods[action.period - 1], periods)
    repaid = held if left == 0 else whole(Fraction(held, multiple) * (1 - left)) * multiple
    return min(repaid, sum(record.aside))


def seed_of(state: State, bond: Bond, action: Action) -> bytes | None:
    """The seed of a drawing, or None while the value that it hangs on has not been told."""
    day = action.record_date + ONE_DAY
    value = state.observations.values.get(DRAWINGS + bond.isin, {}).get(day)
    if value is None:
        return None
    words = (bond.isin, str(int(action.number)), day.isoformat(), str(value.numerator), str(value.denominator))
    return sha256(action.records[action.asset].root + " ".join(words).encode()).digest()


def _books(state: State, action: Action, official: Record, total: Units, seed: bytes) -> list[BookDrawn]:
    """The draw of each book, those above first: what is drawn of a keeper's book is what fell on its account above."""
    step = state.assets[action.asset].multiple
    fell: dict[tuple[int, int], Units] = {}  # by book and account
    found = []
    for record in action.records.values():
        units = total
        if record.keeper:
            units = fell.get((state.assets[record.asset].backing_asset, record.keeper), 0)
        holdings = dict(zip(record.accounts, record.aside, strict=True))
        shared = share_out(holdings, units, step, seed)
        rows = {account: row for row, account in enumerate(record.accounts)}
        drawn = tuple((rows[account], part) for account, part in shared.drawn.items() if part)
        for account, part in shared.drawn.items():
            fell[record.asset, account] = part
        raised = tuple(rows[account] for account in shared.rounded_up)
        found.append(BookDrawn(action.number, record.asset, drawn, shared.remainder, raised))
    return found


def share_out(holdings: dict[int, Units], units: Units, step: Units, seed: bytes) -> Shared:
    """`units` of holdings in whole steps: by lot where there is a seed, else pro rata; where there are not so many
    whole steps, pro rata to the unit."""
    unbroken = {account: held - held % step for account, held in holdings.items()}
    if units % step or units > sum(unbroken.values()):
        unbroken, step, seed = holdings, 1, b""
    if seed:
        return Shared(draw(seed, unbroken, units, step))
    shares = pro_rata(unbroken, units, step)
    return Shared(shares.repaid, shares.remainder, shares.rounded_up)


def on_book_drawn(state: State, event: BookDrawn) -> None:
    """What is not drawn is free again."""
    action = state.servicing.actions[event.action]
    record, drawn = action.records[event.asset], dict(event.drawn)
    for row in range(len(record.accounts)):
        record.drawn[row] = drawn.get(row, 0)
        give_back(state, record, row, record.aside[row] - record.drawn[row])
    set_amounts(state, action, record)


def on_drawn(state: State, event: Drawn) -> None:
    action = state.servicing.actions[event.action]
    action.drawn, action.draws = True, event.nominal
    assess(state, action)


def on_drawing_voided(state: State, event: DrawingVoided) -> None:
    """What else the payment pays (the interest of a period) is paid."""
    action = state.servicing.actions[event.action]
    action.drawn, action.draws = True, 0
    give_all_back(state, action)


def sees_book_drawn(state: State, event: BookDrawn) -> Audience:
    """Whoever keeps the book; of the official one also issuer and paying agent."""
    asset = state.assets[event.asset]
    bond = state.issues.bonds[asset.base]
    if asset.number == asset.base:
        return (asset.registrar, bond.issuer, bond.paying_agent)
    return (asset.registrar,)


def sees_drawn(state: State, event: Drawn) -> Audience:
    """Public: how much was drawn, and by what seed."""
    return (EVERYONE,)
