"""What a view answers: plain frozen dataclasses, ready for JSON (whole numbers, texts, dates, tuples, nested).

Times are microseconds since 1970-01-01T00:00:00Z. Parties, accounts, assets, instructions and actions are named by
their numbers on the ledger. Kinds and statuses are the names of the ledger's enumerations. An empty text or a None is
what there is not, or what the viewer may not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bauhinia.ledger.parties import Role
from bauhinia.views.allegements import Allegement
from bauhinia.views.amount import Amount
from bauhinia.views.report_lines import (
    CashFlow,
    ClaimLine,
    EfficiencyLine,
    PaymentLine,
    PowerLine,
    ProposalLine,
    ReconciliationLine,
    RefusalLine,
    SuspenseLine,
)
from bauhinia.views.series_lines import BondSeries, SeriesLine, SeriesPage, ToldLine, ValueLine

__all__ = [
    "AccountLine", "AccountPage", "ActionLine", "Allegement", "Amount", "AttributeLine", "BondLine", "BondPage",
    "BondParty", "BondSeries", "CalendarLine", "CashFlow", "ClaimLine", "ClosingLine", "DocumentLine",
    "EfficiencyLine", "Entry", "EventLine", "GrantLine", "HolderLine", "HoldingsStatement", "IdentifierLine",
    "Instruction", "MarketGlance", "MoneyLine", "PartyLine", "PartyPage", "PaymentLine", "PersonalData", "Position",
    "PowerLine", "ProposalLine", "ReconciliationLine", "RefusalLine", "RegisterCopy", "RegisterRow", "RulebookLine",
    "ScheduleLine", "SeriesLine", "SeriesPage", "SuspenseLine", "SystemLine", "Term", "ToldLine",
    "TransactionsStatement", "ValueLine", "Viewer", "STRANGER",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. Party 0 is a stranger, who sees what is public."""

    party: int = 0
    roles: tuple[Role, ...] = ()

    @property
    def operator(self) -> bool:
        """Operators run the ledger, and see all of it."""
        return Role.OPERATOR in self.roles


STRANGER = Viewer()


@dataclass(frozen=True, slots=True)
class SystemLine:
    """A system with a business day. Minutes are after local midnight, `offset` minutes ahead of UTC."""

    number: int
    name: str
    centres: tuple[str, ...]
    date: date
    phase: str
    offset: int
    opens: int
    dvp_cut_off: int
    fop_cut_off: int
    end_of_day: int
    windows: tuple[int, ...]
    cycles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CalendarLine:
    centre: str
    version: int
    known_from: date
    known_through: date
    holidays: tuple[date, ...]
    worked: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class RulebookLine:
    """A version of a rulebook; each provision is (name, value, citation)."""

    name: str
    version: int
    effective: date
    title: str
    provisions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class PartyLine:
    """What everyone may know of a party. `standing` is for itself, the operators and regulators; else empty."""

    number: int
    name: str
    lei: str
    residence: str
    roles: tuple[str, ...]
    standing: str


@dataclass(frozen=True, slots=True)
class AttributeLine:
    attribute: str
    value: str
    attester: int
    until: int


@dataclass(frozen=True, slots=True)
class AccountLine:
    """`tier` is the omnibus account in whose book it stands, zero in the official book. `blocks` are DEBIT, CREDIT,
    COLLATERAL. `closed` is zero while it is open."""

    number: int
    name: str
    purpose: str
    holder: int
    holder_name: str
    keeper: int
    keeper_name: str
    tier: int
    cash_account: int
    opened: int
    closed: int
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartyPage:
    """A party; its attributes, keys (hexadecimal, and whose) and accounts only for itself and the operators."""

    party: PartyLine
    attributes: tuple[AttributeLine, ...]
    keys: tuple[tuple[str, str], ...]
    threshold: int
    commitment: str
    accounts: tuple[AccountLine, ...]


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """`outstanding` is public for a money, as a central bank publishes it; None for an RTGS, which keeps its own."""

    asset: int
    code: str
    name: str
    currency: str
    exponent: int
    kind: str
    issuer: int
    issuer_name: str
    system: int
    outstanding: Amount | None
    backing_asset: int
    paused: bool
    halted_by: int


@dataclass(frozen=True, slots=True)
class BondLine:
    """`rate` is a text such as 3.8%, or HIBOR 6M + 0.3%; `next_payment` the next one due, None after the last."""

    asset: int
    isin: str
    code: str
    name: str
    currency: str
    exponent: int
    issuer: int
    issuer_name: str
    rate: str
    maturity: date
    status: str
    title: str
    outstanding: Amount
    next_payment: date | None
    provisional: bool
    paused: bool
    halted_by: int


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a bond as a text; `assumed` where it was not published."""

    name: str
    value: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class IdentifierLine:
    """An identifier: ISIN, DTI, LEI of the issuer."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document by its SHA-256, hexadecimal."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class BondParty:
    """Who does what for a bond: issuer, registrar, paying agent, lead manager, trustee, agent, guarantor."""

    part: str
    party: PartyLine


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """A closing (first issue or tap) as far as it has come; for the parties to it."""

    number: int
    nominal: Amount
    price: str
    settlement_date: date
    authorised: bool
    confirmed: bool
    accepted: tuple[int, ...]
    allotments: int
    released: bool


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One payment date. Amounts are zero until `fixed`: until then they hang on values not yet observed.
    `waits_for` and `waits_day` are the series and the day of the first of those values that is lacking.
    `interest_per_unit` and `principal_per_unit` are on one calculation amount; `interest` and `principal` on what is
    outstanding now, or what was at the record date. `action` is the corporate action's number, zero before it is
    announced; `status` its status, SCHEDULED before."""

    period: int
    start: date
    end: date
    record_date: date
    payment_date: date
    provisional: bool
    fixed: bool
    interest_per_unit: Amount
    principal_per_unit: Amount
    interest: Amount
    principal: Amount
    action: int
    status: str
    waits_for: str = ""
    waits_day: date | None = None


@dataclass(frozen=True, slots=True)
class HolderLine:
    """A holder as the viewer may see it. `asset` is the bond in the official book, an entitlement below."""

    account: int
    account_name: str
    purpose: str
    holder: int
    holder_name: str
    asset: int
    asset_code: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class ActionLine:
    """A corporate action. `interest` and `principal` are per calculation amount, zero until `fixed`; `paid` in all, so
    far."""

    number: int
    asset: int
    isin: str
    kind: str
    period: int
    record_date: date
    payment_date: date
    provisional: bool
    status: str
    fixed: bool
    interest: Amount
    principal: Amount
    paid: Amount


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that happened, as the viewer may know it. `cursor` is the viewer's own: what follows it is asked for
    by it. `fields` are the event's, in JSON's types; `text` says it in a line; `bond` is the number of the bond that it
    is about, zero where it is about none."""

    cursor: str
    time: int
    height: int
    kind: str
    fields: dict[str, Any]
    text: str
    bond: int = 0


@dataclass(frozen=True, slots=True)
class BondPage:
    """A bond. `holders` and `closings` are what the viewer may see of them; `holders_seen` says why: REGISTER (the
    whole official book), ASK (it is disclosed to the viewer, who has not signed for a look today: `InspectRegister`;
    until then as OWN), OWN (only the viewer's own accounts and those it keeps) or NONE."""

    bond: BondLine
    terms: tuple[Term, ...]
    identifiers: tuple[IdentifierLine, ...]
    documents: tuple[DocumentLine, ...]
    parties: tuple[BondParty, ...]
    conditions: tuple[Term, ...]
    profile: str
    rulebook: str
    status: str
    authorised: Amount
    issued: Amount
    redeemed: Amount
    cancelled: Amount
    outstanding: Amount
    denomination: Amount
    multiple: Amount
    fungible_with: int
    fungible_from: date | None
    schedule: tuple[ScheduleLine, ...]
    closings: tuple[ClosingLine, ...]
    holders: tuple[HolderLine, ...]
    holders_seen: str
    actions: tuple[ActionLine, ...]
    history: tuple[EventLine, ...]
    series: tuple[BondSeries, ...] = ()


@dataclass(frozen=True, slots=True)
class MarketGlance:
    """The market as the viewer sees it. `ledger` and `head` are hexadecimal; `told` where its time is told."""

    ledger: str
    name: str
    protocol: int
    height: int
    time: int
    told: bool
    head: str
    systems: tuple[SystemLine, ...]
    bonds: tuple[BondLine, ...]
    moneys: tuple[MoneyLine, ...]
    events: tuple[EventLine, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """What an account holds of an asset. `available` is the balance less what is earmarked. `base` is the bond that
    an entitlement is of, or the asset itself."""

    account: int
    account_name: str
    asset: int
    code: str
    name: str
    kind: str
    base: int
    balance: Amount
    earmarked: Amount
    available: Amount
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement on an account, and the balance after it. `kind` is the transaction's (TRADE, ISSUE, INCOME …);
    `counterparty` zero where there are several, or none that the viewer may know; `reference` the owner's own."""

    number: int
    time: int
    height: int
    account: int
    asset: int
    code: str
    change: Amount
    balance: Amount
    counterparty: int
    counterparty_name: str
    kind: str
    reference: str
    transaction: int
    action: int


@dataclass(frozen=True, slots=True)
class LinkLine:
    """What an instruction says of another of the party, which it names by its reference: `position` is WITH (together),
    BEFO (the other one later) or AFTE (the other one first)."""

    position: str
    reference: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One side's settlement instruction, as its own side sees it.

    `processing` is ACKNOWLEDGED, PENDING_CANCELLATION or CANCELLED; `matching` MATCHED or UNMATCHED; `settlement`
    PENDING, FAILING, CONFIRMING, IN_DOUBT, SETTLED or CANCELLED. `reason` is this side's (ISO 20022: LACK and MONY to
    the side that lacks, CLAC and CMON to its counterparty, PREA to the side that holds, PRCY to the other); empty
    where nothing is in the way, CANS where it has lapsed. `differs` names the fields in which an unmatched one differs
    from the counterparty's that comes nearest to it, never what the other side has in them; empty where none is near.
    `partial` is NPAR, PART, PARC or PARQ, `parted` the quantity that has settled in parts before all of it has.
    `model` is 1, 2 or 3, of delivery versus payment. `agent` is who gave it under the party's mandate, zero where its
    own side did. A payment alone is an instruction of its payer to deliver money free of payment, and needs no other
    side: it is MATCHED from the start.
    """

    number: int
    reference: str
    party: int
    side: str
    payment: str
    asset: int
    isin: str
    quantity: Amount
    account: int
    counterparty: int
    counterparty_name: str
    trade_date: date
    settlement_date: date
    money: int
    money_code: str
    amount: Amount | None
    cash_account: int
    common_reference: str
    cum_ex: str
    priority: int
    hold: bool
    entered: int
    processing: str
    matching: str
    settlement: str
    reason: str
    transaction: int
    settled: int
    differs: tuple[str, ...]
    partial: str
    parted: Amount
    links: tuple[LinkLine, ...]
    model: int
    agent: int


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A right of another party over an account, for one asset or any (0), until a moment."""

    party: int
    party_name: str
    right: str
    asset: int
    until: int


@dataclass(frozen=True, slots=True)
class WalletLine:
    """An account's wallet in a money, and what its tier allows: None where there is no limit."""

    money: int
    tier: str
    most_held: Amount | None
    most_paid: Amount | None
    most_a_day: Amount | None
    most_a_year: Amount | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """An account: what it holds, what is pending on it, its latest entries (newest first), rights over it, the moneys
    it elected for each currency, the first one first, and its wallets."""

    account: AccountLine
    positions: tuple[Position, ...]
    pending: tuple[Instruction, ...]
    entries: tuple[Entry, ...]
    grants: tuple[GrantLine, ...]
    elections: tuple[tuple[str, int], ...]
    wallets: tuple[WalletLine, ...]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What a register shows of a person, kept beside the ledger."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One holder's entry. `ceased` is None while it is a holder; `amount` is then zero otherwise."""

    account: int
    holder: int
    name: str
    address: str
    amount: Amount
    entered: date
    ceased: date | None


@dataclass(frozen=True, slots=True)
class RegisterCopy:
    """A copy of a register at a height. `columns` are those of its profile, `sealed` the last sealed root and
    `sealed_date` its day, where there is one."""

    asset: int
    isin: str
    name: str
    profile: str
    columns: tuple[str, ...]
    rows: tuple[RegisterRow, ...]
    total: Amount
    height: int
    time: int
    sealed: str
    sealed_date: date | None


@dataclass(frozen=True, slots=True)
class HoldingsStatement:
    """What an account held at the end of a day."""

    account: AccountLine
    date: date
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class TransactionsStatement:
    """The entries of an account from the beginning of `first` to the end of `last`, oldest first; `opening` and
    `closing` are what it held before and after, by asset."""

    account: AccountLine
    first: date
    last: date
    opening: tuple[Position, ...]
    entries: tuple[Entry, ...]
    closing: tuple[Position, ...]
