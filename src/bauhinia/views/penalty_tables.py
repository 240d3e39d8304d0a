"""The tables of fails: rates and exemptions, penalties and what they net to, buy-ins; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.ledger.penalties import PenaltyKind, Rates, Security
from bauhinia.views.rows import Table
from bauhinia.words.reasons import Reason


@dataclass(slots=True)
class PenaltyRatesRow:
    version: int
    rates: Rates


@dataclass(slots=True)
class PenaltyClassRow:
    """What rate a bond has, and the series of its price; empty where it is at nominal."""

    asset: int
    security: Security
    series: str


@dataclass(slots=True)
class ExemptionRow:
    number: int
    system: int
    asset: int
    first: date
    last: date
    why: str


@dataclass(slots=True)
class PenaltyRow:
    """One day of one trade that fails. `status` is OPEN, APPEALED, KEPT (after an appeal), REMOVED or NETTED; `net` is
    the number of what it is netted into, `why` what was said of it last."""

    number: int
    kind: PenaltyKind
    transaction: int
    asset: int
    system: int
    day: date
    computed: date
    payer: int
    payee: int
    payer_account: int
    payee_account: int
    reason: Reason
    quantity: int
    price: Fraction
    basis_points: Fraction
    currency: str
    amount: int
    status: str
    net: int
    why: str


@dataclass(slots=True)
class NetRow:
    """What a month of penalties comes to between two sides. `transaction` pays it, zero before it is ordered."""

    number: int
    month: date
    currency: str
    payer: int
    payee: int
    payer_account: int
    payee_account: int
    amount: int
    transaction: int


@dataclass(slots=True)
class BuyInRow:
    """A buy-in: STARTED, BOUGHT, or FOUND_NOTHING."""

    transaction: int
    receiver: int
    agent: int
    limit_price: Fraction
    asset: int
    money: int
    status: str
    quantity: int
    cost: int
    owed: int
    difference: int
    payment: int


PENALTY_RATES = Table("penalty_rates", PenaltyRatesRow)
PENALTY_CLASSES = Table("penalty_classes", PenaltyClassRow)
EXEMPTIONS = Table("exemptions", ExemptionRow)
PENALTIES = Table(
    "penalties",
    PenaltyRow,
    1,
    ("(computed)", "(payer)", "(payee)", "(payer_account)", "(payee_account)", "(asset, day) WHERE net = 0"),
)
NETS = Table("penalty_nets", NetRow, 1, ("(month)",))
BUY_INS = Table("buy_ins", BuyInRow)

PENALTY_TABLES: tuple[Table[Any], ...] = (PENALTY_RATES, PENALTY_CLASSES, EXEMPTIONS, PENALTIES, NETS, BUY_INS)
