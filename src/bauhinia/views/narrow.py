"""What a viewer may know of an event that it may see: only its own part where several holders are in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import Any, Protocol

from bauhinia.ledger.posting import Leg
from bauhinia.rules import (
    buyin,
    claims,
    deposits,
    holding,
    instructing,
    onboarding,
    parting,
    payments,
    penalties,
    penalty_months,
    porting,
    sets,
    settlement,
)
from bauhinia.views import tables
from bauhinia.views.model import Viewer
from bauhinia.views.queue_tables import STAKES
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, NO_PARTY
from bauhinia.words.reasons import Reason

# what the side that does not lack is told (ISO 20022 pending reasons)
OF_NO_SIDE = (Reason.PAUSED, Reason.HALTED, Reason.BACKING, Reason.ABOVE_AUTHORISED)
OTHER_SIDE = {Reason.LACK: Reason.CLAC, Reason.MONY: Reason.CMON, Reason.PREA: Reason.PRCY}


class Facts(Protocol):
    """What has to be known of the market to tell whose part is whose; zero where there is none."""

    def holder(self, account: int) -> int: ...

    def keeper(self, account: int) -> int: ...

    def issuer(self, asset: int) -> int: ...

    def is_money(self, asset: int) -> bool: ...

    def untold(self, account: int, asset: int) -> bool:
        """Whether a block on an account, or on one position, is kept from its holder still."""

    def takes_part(self, transaction: int, party: int) -> bool: ...


def narrowed(db: sqlite3.Connection, viewer: Viewer, event: Any) -> Any | None:
    """The event as the viewer may know it; None where nothing of it is left. Operators see all of it."""
    return event if viewer.operator else narrow(_Tables(db), viewer.party, event)


def narrow(facts: Facts, party: int, event: Any) -> Any | None:
    """The event as a party that is no operator may know it; None where nothing of it is left."""
    change = _NARROW.get(type(event))
    return event if change is None else change(facts, party, event)


@dataclass(frozen=True, slots=True)
class _Tables:
    """The facts as the views have them."""

    db: sqlite3.Connection

    def holder(self, account: int) -> int:
        return self._one("SELECT holder FROM accounts WHERE number = ?", account)

    def keeper(self, account: int) -> int:
        return self._one("SELECT keeper FROM accounts WHERE number = ?", account)

    def issuer(self, asset: int) -> int:
        return self._one("SELECT issuer FROM assets WHERE number = ?", asset)

    def is_money(self, asset: int) -> bool:
        found = tables.ASSETS.find(self.db, asset)
        return bool(found and found.money)

    def untold(self, account: int, asset: int) -> bool:
        return bool(untold(self.db, account, asset))

    def takes_part(self, transaction: int, party: int) -> bool:
        return STAKES.find(self.db, transaction, party) is not None

    def _one(self, question: str, number: int) -> int:
        found = self.db.execute(question, (number,)).fetchone()
        return int(found[0]) if found else 0


def own_legs(facts: Facts, party: int, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """The legs in which the party holds or keeps an account; the other account is not named, unless that is so of it
    too."""
    found = []
    for leg in legs:
        giver, taker = _near(facts, party, leg.giver), _near(facts, party, leg.taker)
        if giver or taker:
            found.append(
                replace(leg, giver=leg.giver if giver else NO_ACCOUNT, taker=leg.taker if taker else NO_ACCOUNT)
            )
    return tuple(found)


def own_legs_of(db: sqlite3.Connection, viewer: Viewer, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """The legs as a viewer that is no operator may know them."""
    return own_legs(_Tables(db), viewer.party, legs)


def _registered(facts: Facts, party: int, event: onboarding.PartyRegistered) -> Any:
    """Keys, and the persons who hold them, are the party's own business."""
    return event if event.party == party else replace(event, keys=(), threshold=0)


def _matched(facts: Facts, party: int, event: instructing.Matched) -> Any:
    legs, paid = own_legs(facts, party, event.legs), event.outside
    if paid and party not in (paid[1], paid[2], facts.issuer(paid[0])):
        return replace(event, legs=legs, outside=None)
    return replace(event, legs=legs)


def _deposit(facts: Facts, party: int, event: deposits.DepositSent) -> Any:
    return replace(event, legs=own_legs(facts, party, event.legs))


def _held(facts: Facts, party: int, event: holding.DepositHeld) -> Any:
    """Who screens it is known to who does."""
    own = tuple(bank for bank in event.screens if bank == party)
    return replace(event, screens=own)


def _parted(facts: Facts, party: int, event: parting.Parted) -> Any:
    return replace(event, legs=own_legs(facts, party, event.legs), rest=own_legs(facts, party, event.rest))


def _bound(facts: Facts, party: int, event: sets.SetBound) -> Any:
    """The books on the way are their keepers' business; the set itself all its parties know as it was proposed."""
    return replace(event, legs=own_legs(facts, party, event.legs))


def _payment_ordered(facts: Facts, party: int, event: payments.PaymentOrdered) -> Any:
    """The payee is not told out of which account it is paid, nor how urgent that is to the payer."""
    if party == event.party or _near(facts, party, event.order.account):
        return event
    return replace(event, order=replace(event.order, account=NO_ACCOUNT, priority=0))


def _ordered(facts: Facts, party: int, event: settlement.Ordered) -> Any:
    legs = own_legs(facts, party, event.legs)
    if event.money and party not in (event.payer, event.payee, facts.issuer(event.money)):
        return replace(event, legs=legs, money=NO_ASSET, payer=NO_PARTY, payee=NO_PARTY, amount=0)
    return replace(event, legs=legs)


def _waits(facts: Facts, party: int, event: settlement.Waits) -> Any:
    """One fact, told to each side in its own words."""
    if event.party == NO_PARTY or event.reason in OF_NO_SIDE:
        return replace(event, party=NO_PARTY, account=NO_ACCOUNT, asset=NO_ASSET)
    if event.party == party:
        return None if event.reason is Reason.FROZ and facts.untold(event.account, event.asset) else event
    reason = OTHER_SIDE.get(event.reason)
    if reason is None:  # a block, or that it may not hold: the other's own business
        reason = Reason.CMON if facts.is_money(event.asset) else Reason.CLAC
    return replace(event, reason=reason, party=NO_PARTY, account=NO_ACCOUNT, asset=NO_ASSET)


def untold(db: sqlite3.Connection, account: int, asset: int = 0) -> int:
    """The bits of blocks on an account, or on one position, of which its holder has not been told yet."""
    bits = 0
    for row in tables.USES.rows(db, "WHERE account = ? AND notified = 0", account):
        if row.use.asset in (0, asset):
            bits |= row.use.bits
    return bits


def _several(facts: Facts, party: int, event: settlement.Settled | settlement.Failed | settlement.Retried) -> Any:
    """Of many transactions, those it is party to."""
    if len(event.transactions) == 1:
        return event
    own = tuple(each for each in event.transactions if facts.takes_part(each, party))
    return replace(event, transactions=own) if own else None


def _claim(facts: Facts, party: int, event: Any) -> Any:
    """Of seller and buyer, the account that is the party's own, or that it keeps."""
    return replace(
        event,
        seller=event.seller if _near(facts, party, event.seller) else NO_ACCOUNT,
        buyer=event.buyer if _near(facts, party, event.buyer) else NO_ACCOUNT,
    )


def _penalty(facts: Facts, party: int, event: Any) -> Any:
    """Of payer and payee, the account that is the party's own, or that it keeps."""
    return replace(
        event,
        payer_account=event.payer_account if _near(facts, party, event.payer_account) else NO_ACCOUNT,
        payee_account=event.payee_account if _near(facts, party, event.payee_account) else NO_ACCOUNT,
    )


def _buy_in(facts: Facts, party: int, event: buyin.BuyInStarted) -> Any:
    """Up to what price the agent may buy is between it and who appointed it."""
    return event if party in (event.receiver, event.agent) else replace(event, limit_price=Fraction(0))


def _bought_in(facts: Facts, party: int, event: buyin.BoughtIn) -> Any:
    return replace(event, rest=own_legs(facts, party, event.rest))


def _near(facts: Facts, party: int, account: int) -> bool:
    return party in (facts.holder(account), facts.keeper(account))


def _ported(facts: Facts, party: int, event: porting.ClientsPorted) -> Any:
    """To the clients whose custodian it is from now on; what of its business goes along is the custodians'."""
    return event if party in (event.giver, event.taker) else replace(event, cash_account=NO_ACCOUNT, carried=())


_NARROW: dict[type, Callable[[Facts, int, Any], Any | None]] = {
    onboarding.PartyRegistered: _registered,
    instructing.Matched: _matched,
    parting.Parted: _parted,
    payments.PaymentOrdered: _payment_ordered,
    sets.SetBound: _bound,
    settlement.Ordered: _ordered,
    deposits.DepositSent: _deposit,
    holding.DepositHeld: _held,
    settlement.Waits: _waits,
    settlement.Settled: _several,
    settlement.Failed: _several,
    settlement.Retried: _several,
    penalties.PenaltyComputed: _penalty,
    penalties.PenaltyAppealed: _penalty,
    penalties.AppealDecided: _penalty,
    penalty_months.PenaltiesNetted: _penalty,
    penalty_months.PenaltiesDue: _penalty,
    buyin.BuyInStarted: _buy_in,
    buyin.BoughtIn: _bought_in,
    claims.ClaimRaised: _claim,
    claims.ClaimMatured: _claim,
    claims.ClaimOrdered: _claim,
    claims.ClaimPaid: _claim,
    claims.ClaimCancelled: _claim,
    porting.ClientsPorted: _ported,
}


def plainly(value: Any) -> Any:
    """A value in JSON's types: enumerations by name, dates as YYYY-MM-DD, fractions as n/d, bytes in hexadecimal."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plainly(item) for key, item in value.items()}
    if is_dataclass(value):
        return {field.name: plainly(getattr(value, field.name)) for field in fields(value)}
    return [plainly(item) for item in value]
