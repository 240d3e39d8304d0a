"""The tables of deposit networks: their members and customers, and what moves in them; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bauhinia.ledger.networks import ClaimMode, ConditionKind
from bauhinia.views.rows import Table
from bauhinia.words.ids import PartyNumber


@dataclass(slots=True)
class NetworkRow:
    number: int
    name: str
    currency: str
    operator: int
    system: int
    rulebook: str
    settlement: int
    rtgs: int
    par: int
    credit: int


@dataclass(slots=True)
class MemberRow:
    """A bank that has asked, or is a member: then `position` is not zero. `cap`, `least` and `most` are what it may owe
    and must and may hold; `failed` since when it may act no more, `paused` whether its token stood still before."""

    network: int
    bank: int
    token: int
    own: int
    position: int
    transit: int
    collateral: int
    lines: int
    cap: int = 0
    ordered: int = 0
    least: int = 0
    most: int = 0
    failed: int = 0
    paused: bool = False


@dataclass(slots=True)
class CustomerRow:
    network: int
    account: int
    bank: int


@dataclass(slots=True)
class DepositRow:
    """A deposit; `arrived` and `returned` are when, zero where not."""

    number: int
    network: int
    mode: ClaimMode
    payer: int
    payee: int
    payer_bank: int
    payee_bank: int
    amount: int
    reference: str
    sent: int
    arrived: int
    returned: int
    priority: int


@dataclass(slots=True)
class LineRow:
    """What a bank lets another owe it."""

    network: int
    bank: int
    to: int
    granted: int
    offered: int


@dataclass(slots=True)
class NetRow:
    """What a bank was owed or owed in a cycle or at a close, and who paid it."""

    network: int
    cycle: int
    bank: int
    net: int
    own: int
    collateral: int
    time: int


@dataclass(slots=True)
class OwedRow:
    """What a bank in default owes another that has borne a part of its loss."""

    network: int
    defaulter: int
    bank: int
    amount: int


@dataclass(slots=True)
class HeldRow:
    """A deposit that is held; `done` is when that ended, and `sent` whether it went on. `screened`
    are the banks that held it back, `screens` those that still do."""

    number: int
    network: int
    payer: int
    payee: int
    payer_bank: int
    payee_bank: int
    amount: int
    reference: str
    condition: ConditionKind
    until: int
    party: int
    screens: tuple[PartyNumber, ...]
    screened: tuple[PartyNumber, ...]
    met: bool
    done: int
    sent: bool
    since: int


@dataclass(slots=True)
class RequestRow:
    """A request to pay; `answered` is when it was paid, declined or taken back."""

    number: int
    network: int
    payee: int
    payer: int
    amount: int
    reference: str
    until: int
    answered: int
    paid: bool


@dataclass(slots=True)
class RecallRow:
    """A deposit that is asked back; `answered` is when, and `agreed` how."""

    number: int
    transaction: int
    by: int
    why: str
    answered: int
    agreed: bool
    answer: str


@dataclass(slots=True)
class ScreenerRow:
    network: int
    bank: int
    screener: int
    above: int


@dataclass(slots=True)
class ListedRow:
    """An account on a bank's list."""

    network: int
    bank: int
    account: int
    why: str


@dataclass(slots=True)
class BridgeRow:
    """What a member lends another: `drawn` now, and `due` when."""

    network: int
    lender: int
    borrower: int
    limit: int
    until: int
    automatic: bool
    drawn: int
    due: int
    overdue: bool


@dataclass(slots=True)
class BridgeDrawRow:
    """What was drawn on a bridge from a moment on, in all."""

    network: int
    lender: int
    borrower: int
    number: int
    time: int
    drawn: int


NETWORKS = Table("networks", NetworkRow)
MEMBERS = Table("members", MemberRow, 2)
CUSTOMERS = Table("customers", CustomerRow, 3)
DEPOSITS = Table("deposits", DepositRow, 1, ("(network, sent)",))

LINES = Table("credit_lines", LineRow, 3)
NETS = Table("nets", NetRow, 3)
OWED = Table("owed", OwedRow, 3)
HELD = Table("held", HeldRow)
REQUESTS = Table("requests", RequestRow, 1, ("(payer)", "(payee)"))
RECALLS = Table("recalls", RecallRow, 1, ('("transaction")',))
SCREENERS = Table("screeners", ScreenerRow, 2)
LISTED = Table("listed", ListedRow, 3)
BRIDGES = Table("bridges", BridgeRow, 3)
BRIDGE_DRAWS = Table("bridge_draws", BridgeDrawRow, 4)

NETWORK_TABLES: tuple[Table[Any], ...] = (
    NETWORKS, MEMBERS, CUSTOMERS, DEPOSITS, LINES, NETS, OWED, HELD, REQUESTS, RECALLS, SCREENERS, LISTED, BRIDGES,
    BRIDGE_DRAWS,
)  # fmt: skip
