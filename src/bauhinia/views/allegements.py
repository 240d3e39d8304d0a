"""What a party is told that others want of it: the row that is kept, and the line that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bauhinia.rules import lapsing
from bauhinia.views.amount import Amount
from bauhinia.views.rows import Table


@dataclass(slots=True)
class AllegementRow:
    """What a party was told that another wants of it; gone when the instruction is no longer alone."""

    instruction: int
    counterparty: int
    told: int
    allegement: lapsing.Alleged


ALLEGEMENTS = Table("allegements", AllegementRow, 1, ("(counterparty)",))


@dataclass(frozen=True, slots=True)
class Allegement:
    """What another party has instructed with the viewer as its counterparty, and what the viewer has not answered.

    `side` is the other's: where it is RECEIVE the viewer is to deliver. Its account and its reference are its own.
    """

    instruction: int
    party: int
    party_name: str
    side: str
    payment: str
    asset: int
    isin: str
    quantity: Amount
    trade_date: date
    settlement_date: date
    money: int
    money_code: str
    amount: Amount | None
    common_reference: str
    cum_ex: str
    model: int
    told: int
