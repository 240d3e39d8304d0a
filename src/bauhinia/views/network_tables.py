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
    """A bank that has asked, or is a member: then `position` is not zero."""

    network: int
    bank: int
    token: int
    own: int
    position: int
    transit: int
    collateral: int
    lines: int


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


NETWORKS = Table("networks", NetworkRow)
MEMBERS = Table("members", MemberRow, 2)
CUSTOMERS = Table("customers", CustomerRow, 3)
DEPOSITS = Table("deposits", DepositRow, 1, ("(network, sent)",))

NETWORK_TABLES: tuple[Table[Any], ...] = (NETWORKS, MEMBERS, CUSTOMERS, DEPOSITS)
