"""Lines of reports: what was paid, refused, claimed, reconciled; part of `model`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bauhinia.views.amount import Amount


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment outside the ledger, for its payer, its payee and the settlement institution that must answer it:
    `institution`, which keeps the RTGS."""

    number: int
    transaction: int
    money: int
    money_code: str
    payer: int
    payer_name: str
    payee: int
    payee_name: str
    institution: int
    institution_name: str
    amount: Amount
    status: str
    asked: int
    reference: str


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A command of four eyes that awaits more persons of its party: `command` its name, `fields` what it says."""

    number: int
    party: int
    persons: tuple[str, ...]
    command: str
    fields: dict[str, Any]
    expires: int
    status: str


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """A command of the viewer that was refused: where it stood, and why."""

    height: int
    time: int
    envelope: int
    command: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class CashFlow:
    """What a holder of record is paid by a corporate action: `nominal` held at the record date, `amount` due to it,
    in which money, and when it was paid (zero: not yet)."""

    action: int
    kind: str
    asset: int
    asset_code: str
    isin: str
    record_date: date
    payment_date: date
    account: int
    holder: int
    holder_name: str
    nominal: Amount
    amount: Amount
    money: int
    money_code: str
    paid: int
    status: str


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A market claim: the seller of a trade that was caught across a record date owes its buyer the income. Of the two
    accounts the viewer sees its own. `status` is RAISED, MATURED, ORDERED, PAID or CANCELLED."""

    number: int
    action: int
    isin: str
    trade: int
    seller: int
    seller_name: str
    seller_account: int
    buyer: int
    buyer_name: str
    buyer_account: int
    quantity: Amount
    amount: Amount
    status: str
    why: str


@dataclass(frozen=True, slots=True)
class SuspenseLine:
    """Money of a bond that lies with the paying agent for a holder who could not be paid: HELD, RELEASED, PRESCRIBED.
    `what` is INTEREST or PRINCIPAL, `prescribes` when the claim on it becomes void."""

    number: int
    action: int
    isin: str
    account: int
    holder: int
    holder_name: str
    money: int
    money_code: str
    amount: Amount
    what: str
    why: str
    prescribes: int
    status: str


@dataclass(frozen=True, slots=True)
class ReconciliationLine:
    """A comparison of two books, and what came of it. `owner` is who must explain the difference."""

    number: int
    time: int
    date: date | None
    asset: int
    code: str
    book: str
    expected: Amount
    found: Amount
    difference: Amount
    owner: int
    owner_name: str
    status: str


@dataclass(frozen=True, slots=True)
class PowerLine:
    """A use of a named power, as the public report has it. Whom it concerned is for those who may know: else zero."""

    number: int
    time: int
    power: str
    reason: str
    by: int
    by_name: str
    asset: int
    code: str
    account: int
    notified: bool


@dataclass(frozen=True, slots=True)
class EfficiencyLine:
    """Settlement on one intended date: how many transactions were due, how many settled on that date, later, or not
    yet, and how many were cancelled; `efficiency` is settled on the day over due, in per cent with two decimals."""

    date: date
    due: int
    on_time: int
    late: int
    open: int
    cancelled: int
    efficiency: str
