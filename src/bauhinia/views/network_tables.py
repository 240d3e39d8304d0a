"""The tables of deposit networks: their members and customers, and what moves in them; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bauhinia.ledger.networks import ClaimMode
from bauhinia.views.rows import Table


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


NETWORKS = Table("networks", NetworkRow)
MEMBERS = Table("members", MemberRow, 2)
CUSTOMERS = Table("customers", CustomerRow, 3)
DEPOSITS = Table("deposits", DepositRow, 1, ("(network, sent)",))

LINES = Table("credit_lines", LineRow, 3)
NETS = Table("nets", NetRow, 3)
OWED = Table("owed", OwedRow, 3)

NETWORK_TABLES: tuple[Table[Any], ...] = (NETWORKS, MEMBERS, CUSTOMERS, DEPOSITS, LINES, NETS, OWED)
