"""The tables of tax: what is withheld of whom, what became of it, and what is asked back; part of `tables`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bauhinia.ledger.taxes import Reclaim
from bauhinia.views.rows import Table


@dataclass(slots=True)
class TaxRow:
    """A part, at one rate, of what a holder of record is entitled to: the interest on so many units, with what the
    issuer adds to it, and the tax on that."""

    action: int
    book: int
    row: int
    part: int
    account: int
    rate: Fraction
    units: int
    income: int
    tax: int


@dataclass(slots=True)
class TaxSumRow:
    """Of one action in one money."""

    action: int
    money: int
    withheld: int
    remitted: int
    refunded: int


@dataclass(slots=True)
class TaxAccountRow:
    asset: int
    money: int
    account: int


@dataclass(slots=True)
class ReclaimRow:
    """A reclaim of tax: ASKED, REFUSED, PAID, FORWARDED or REFUNDED."""

    number: int
    action: int
    account: int
    reclaim: Reclaim
    status: str


TAXES = Table("taxes", TaxRow, 4, ("(account)",))
TAX_SUMS = Table("tax_sums", TaxSumRow, 2)
TAX_ACCOUNTS = Table("tax_accounts", TaxAccountRow, 2)
RECLAIMS = Table("reclaims", ReclaimRow, 1, ("(action)",))

TAX_TABLES: tuple[Table[Any], ...] = (TAXES, TAX_SUMS, TAX_ACCOUNTS, RECLAIMS)
