"""A bond that is issued and has its paying accounts: where stories of servicing begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from bauhinia.bond.calendar import Calendar
from bauhinia.ledger.actions import Action, ActionKind, ActionStatus
from bauhinia.ledger.bonds import Conditions
from bauhinia.ledger.parties import Purpose
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.note import LodgeNote
from bauhinia.words.ids import NO_ACCOUNT, AssetNumber
from tests.rules.deal import NEXT, TERMS, Deal, deal, document
from tests.support import START

LOT = 1_000_000  # HKD 10,000.00, the calculation amount
FIRST, LAST = date(2026, 8, 3), date(2027, 2, 3)
COUPON = 19_836  # HKD 10,000.00 at 4% for 181 of 365 days: 198.356..., to the cent, half up
LAST_COUPON = 20_164  # for 184 days: 201.643...
LOTS = replace(TERMS, calculation_amount=LOT, minimum_denomination=LOT, denomination_multiple=LOT)


def served(
    *shares: tuple[str, int],
    conditions: Conditions = Conditions(),  # noqa: B008 - frozen
    calendars: tuple[Calendar, ...] = (),
    note: bool = False,
    before: Callable[[Deal], None] | None = None,
    **changes: Any,
) -> tuple[Deal, AssetNumber]:
    """A bond of LOTS issued to `shares`, by name and number of lots, with a paying account in tokens. `before` says
    what else is there by then."""
    made = deal(START, "HKD", *calendars)
    told = made.told
    if before:
        before(made)
    asset = made.lodge(**{"terms": LOTS, "conditions": conditions, **changes})
    if note:
        told.does("CMU", LodgeNote(asset, "NOTE-1", made.at["lodged"], document("note")))
    made.at["paying"] = told.account("Agent", Purpose.PAYING)
    made.at["suspense"] = told.account("Agent", Purpose.SUSPENSE)
    made.issue(asset, sum(lots for _, lots in shares) * LOT, *((who, lots * LOT) for who, lots in shares))
    told.does("Agent", AppointPayingAccount(asset, made.token, made.at["paying"], made.at["suspense"]))
    told.until(NEXT)
    return made, asset


def actions(made: Deal, asset: AssetNumber) -> list[Action]:
    servicing = made.told.state.servicing
    return [servicing.actions[number] for number in servicing.of[asset]]


def coupon(made: Deal, asset: AssetNumber) -> Action:
    return next(action for action in actions(made, asset) if action.kind is ActionKind.INTEREST)


def redemption(made: Deal, asset: AssetNumber) -> Action:
    return next(action for action in actions(made, asset) if action.kind is ActionKind.REDEMPTION)


def funds(made: Deal, action: Action, amount: int) -> list[Any]:
    """The issuer gets new money and puts its agent in funds."""
    made.fund("Government", amount)
    return made.told.does("Government", Fund(action.number, made.token, made.at["Government"], amount))


def cash(made: Deal, *who: str) -> tuple[int, ...]:
    return tuple(made.held(each, made.token) for each in who)


def rtgs(made: Deal, asset: AssetNumber) -> None:
    """The agent also pays the bond in the RTGS."""
    made.told.does("Agent", AppointPayingAccount(asset, made.rtgs, NO_ACCOUNT, NO_ACCOUNT))


def status(action: Action) -> ActionStatus:
    """How far an action has come; a call, since a checker of types takes what it saw of a field for what it is."""
    return action.status
