"""The tables of the views: what the event stream is projected to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Any

from bauhinia.bond.calendar import Calendar
from bauhinia.ledger.actions import ActionKind, ActionStatus, PayState, Suspense
from bauhinia.ledger.assets import AssetKind, MoneyKind, TitleLayer
from bauhinia.ledger.bonds import BondStatus, Closing, TermSheet
from bauhinia.ledger.breaks import Break
from bauhinia.ledger.days import Phase, Timetable
from bauhinia.ledger.instructions import Order, PaymentStatus, Status, TransactionKind
from bauhinia.ledger.parties import Key, Purpose, Right, Role, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.ledger.powers import Use
from bauhinia.ledger.rulebooks import Rulebook
from bauhinia.views.allegements import ALLEGEMENTS
from bauhinia.views.fee_tables import FEE_TABLES
from bauhinia.views.money_tables import ELECTIONS, MONEY_TABLES
from bauhinia.views.network_tables import NETWORK_TABLES
from bauhinia.views.queue_tables import OF_INSTRUCTIONS, OF_TRANSACTIONS, QUEUE_TABLES
from bauhinia.views.register_tables import SPELLS as SPELLS
from bauhinia.views.register_tables import SpellRow as SpellRow
from bauhinia.views.rows import Table
from bauhinia.views.series_tables import SERIES_TABLES
from bauhinia.views.tax_tables import TAX_TABLES
from bauhinia.words.reasons import Reason


@dataclass(slots=True)
class Meta:
    """What is known of the ledger: name, ledger (hexadecimal), height, time, head, protocol, told."""

    name: str
    value: str


@dataclass(slots=True)
class SystemRow:
    number: int
    name: str
    centres: tuple[str, ...]
    timetable: Timetable
    date: date
    phase: Phase


@dataclass(slots=True)
class CalendarRow:
    centre: str
    version: int
    calendar: Calendar


@dataclass(slots=True)
class ClosureRow:
    centre: str
    day: date
    declared: date


@dataclass(slots=True)
class RulebookRow:
    name: str
    version: int
    rulebook: Rulebook


@dataclass(slots=True)
class PartyRow:
    number: int
    name: str
    lei: str
    residence: str
    roles: tuple[Role, ...]
    keys: tuple[Key, ...]
    threshold: int
    standing: Standing
    commitment: bytes


@dataclass(slots=True)
class AttributeRow:
    party: int
    attribute: str
    value: str
    attester: int
    until: int


@dataclass(slots=True)
class AccountRow:
    number: int
    holder: int
    purpose: Purpose
    name: str
    keeper: int
    tier: int
    cash_account: int
    blocks: int
    opened: int
    closed: int


@dataclass(slots=True)
class GrantRow:
    account: int
    party: int
    right: Right
    asset: int
    until: int


@dataclass(slots=True)
class AssetRow:
    number: int
    kind: AssetKind
    code: str
    name: str
    currency: str
    exponent: int
    issuer: int
    issuer_account: int
    authorised: int
    denomination: int
    multiple: int
    registrar: int
    system: int
    title: TitleLayer
    money: MoneyKind
    rulebook: str
    backing_account: int
    backing_asset: int
    base: int
    paused: bool
    halted: int


@dataclass(slots=True)
class PositionRow:
    """`opened` rises in the order in which the ledger opened its positions."""

    account: int
    asset: int
    balance: int
    earmarked: int
    flags: int
    opened: int


@dataclass(slots=True)
class EntryRow:
    """A movement; numbered by account."""

    account: int
    number: int
    asset: int
    time: int
    date: date
    height: int
    change: int
    balance: int
    counterparty: int
    kind: TransactionKind
    reference: str
    transaction: int
    cause: int


@dataclass(slots=True)
class BondRow:
    """A bond as lodged, and how far it has come."""

    asset: int
    sheet: TermSheet
    status: BondStatus
    issued: int
    redeemed: int
    cancelled: int
    fungible_with: int
    fungible_from: date | None


@dataclass(slots=True)
class ClosingRow:
    """A closing of a bond (first issue or tap), numbered from 1, as the ledger keeps it."""

    asset: int
    number: int
    closing: Closing


@dataclass(slots=True)
class ActionRow:
    """A corporate action. `interest` and `principal` are per calculation amount, zero until `fixed`; `paid` is all that
    was paid so far, in smallest units. In a round of payment each holder gets `given` of every `owed`."""

    number: int
    asset: int
    kind: ActionKind
    period: int
    record_date: date
    payment_date: date
    provisional: bool
    interest: int
    principal: int
    fixed: bool
    status: ActionStatus
    paid: int
    given: int
    owed: int


@dataclass(slots=True)
class RecordRow:
    """What a holder of record held at the record date, in the official book or in a keeper's, what it is entitled to
    and what of it was paid; `time` is when it was last paid, zero before. `drawn` is what of its units is drawn or
    put."""

    action: int
    book: int
    row: int
    account: int
    units: int
    amount: int
    paid: int
    money: int
    state: PayState
    time: int
    drawn: int = 0


@dataclass(slots=True)
class PayingRow:
    """An agent's account out of which a bond is paid in one money; the first one's money is the default."""

    asset: int
    number: int
    money: int
    account: int
    suspense: int


@dataclass(slots=True)
class SuspenseRow:
    """Money that lies with the agent for a holder: HELD, RELEASED or PRESCRIBED."""

    number: int
    account: int
    entry: Suspense
    status: str


@dataclass(slots=True)
class ClaimRow:
    """A market claim: RAISED, MATURED, ORDERED, PAID or CANCELLED."""

    number: int
    action: int
    trade: int
    seller: int
    buyer: int
    quantity: int
    amount: int
    transaction: int
    status: str
    why: str


@dataclass(slots=True)
class SealRow:
    """The last seal of a register."""

    asset: int
    number: int
    day: date
    root: bytes


@dataclass(slots=True)
class InspectionRow:
    """Who looked into a register, or took a copy."""

    asset: int
    number: int
    party: int
    copied: bool
    why: str
    time: int


@dataclass(slots=True)
class ErasureRow:
    """When a party's personal data, and with them its past entries in registers, were last erased."""

    party: int
    time: int


@dataclass(slots=True)
class UseRow:
    """A use of a named power. `notified` is zero until the holder has been told."""

    number: int
    use: Use
    account: int
    notified: int


@dataclass(slots=True)
class BreakRow:
    """A difference between two books; OPEN, EXPLAINED or RESOLVED."""

    number: int
    asset: int
    owner: int
    party: int
    found: Break
    status: str


@dataclass(slots=True)
class ComparisonRow:
    """That a system's books were compared."""

    system: int
    day: date
    assets: int
    found: int
    open: int


@dataclass(slots=True)
class InstructionRow:
    """`linked`: it settles together with another that its links name; `reference` is its own."""

    number: int
    party: int
    account: int
    asset: int
    order: Order
    entered: int
    hold: bool
    transaction: int
    cancelled: bool
    cancel_asked: bool
    open: bool
    lapsed: bool
    alleged: bool
    parted: int
    reference: str
    linked: bool


@dataclass(slots=True)
class TransactionRow:
    """`settled` and `settled_date` are the moment and the business date; zero and none until then. `part_of` is the
    trade of which it is a part; `entered` is when it was matched or ordered."""

    number: int
    kind: TransactionKind
    legs: tuple[Leg, ...]
    settlement_date: date
    deliver: int
    receive: int
    cause: int
    payment: int
    status: Status
    reason: Reason
    lacking: int
    account: int
    asset: int
    settled: int
    settled_date: date | None
    why: str
    part_of: int
    entered: int


@dataclass(slots=True)
class PaymentRow:
    number: int
    transaction: int
    money: int
    payer: int
    payee: int
    amount: int
    status: PaymentStatus
    asked: int
    reference: str


@dataclass(slots=True)
class ProposalRow:
    number: int
    party: int
    persons: tuple[str, ...]
    tag: int
    data: bytes
    expires: int
    status: str


PART = "\x1f"  # between the parts of a refusal's sentence


def plain_part(part: object) -> str:
    """A part of a refusal's sentence as text: members of enumerations by their names, bytes in hexadecimal digits."""
    match part:
        case Enum():
            return part.name
        case bytes():
            return part.hex()
        case _:
            return str(part)


@dataclass(slots=True)
class RefusalRow:
    """A refused command; `text` are the parts of the sentence that says why."""

    height: int
    number: int
    party: int
    time: int
    envelope: int
    command: int
    code: int
    text: str


@dataclass(slots=True)
class EventRow:
    """An event as the ledger told it: its canonical bytes; `asset` is the bond it is about, or zero."""

    number: int
    height: int
    position: int
    time: int
    asset: int
    data: bytes


@dataclass(slots=True)
class AudienceRow:
    """Who may see an event: `cursor` counts what a viewer has seen. EVERYONE is a viewer too."""

    viewer: int
    cursor: int
    event: int
    asset: int


META = Table("meta", Meta)
SYSTEMS = Table("systems", SystemRow)
CALENDARS = Table("calendars", CalendarRow)
CLOSURES = Table("closures", ClosureRow, 2)
RULEBOOKS = Table("rulebooks", RulebookRow, 2)
PARTIES = Table("parties", PartyRow)
ATTRIBUTES = Table("attributes", AttributeRow, 2)
ACCOUNTS = Table("accounts", AccountRow, 1, ("(holder)", "(keeper)", "(tier) WHERE tier != 0"))
GRANTS = Table("grants", GrantRow, 4, ("(party)",))
ASSETS = Table("assets", AssetRow, 1, ("(code)", "(base)", "(registrar)"))
POSITIONS = Table("positions", PositionRow, 2, ("(asset, account)",))
ENTRIES = Table("entries", EntryRow, 2, ('("transaction")',))
BONDS = Table("bonds", BondRow, 1, ("(fungible_with) WHERE fungible_with != 0",))
CLOSINGS = Table("closings", ClosingRow, 2)
ACTIONS = Table("actions", ActionRow, 1, ("(asset, number)",))
RECORDS = Table("records", RecordRow, 3, ("(action, book, account)", "(account)"))
PAYING = Table("paying", PayingRow, 2)
SUSPENSE = Table("suspense", SuspenseRow, 1, ("(account)",))
CLAIMS = Table("claims", ClaimRow, 1, ("(seller)", "(buyer)"))
SEALS = Table("seals", SealRow)
INSPECTIONS = Table("inspections", InspectionRow, 2)
ERASURES = Table("erasures", ErasureRow)
USES = Table("uses", UseRow, 1, ("(account) WHERE account != 0",))
BREAKS = Table("breaks", BreakRow, 1, ("(asset)",))
COMPARISONS = Table("comparisons", ComparisonRow, 2)
INSTRUCTIONS = Table("instructions", InstructionRow, 1, OF_INSTRUCTIONS)
TRANSACTIONS = Table("transactions", TransactionRow, 1, OF_TRANSACTIONS)
PAYMENTS = Table("payments", PaymentRow, 1, ("(payer)", "(payee)", "(money)", '("transaction")'))
PROPOSALS = Table("proposals", ProposalRow, 1, ("(party)",))
REFUSALS = Table("refusals", RefusalRow, 2, ("(party, height, number)",))
EVENTS = Table("events", EventRow, 1, ("(asset, number) WHERE asset != 0",))
AUDIENCE = Table("audience", AudienceRow, 2, ("(viewer, asset, cursor) WHERE asset != 0",))

TABLES: tuple[Table[Any], ...] = (
    META,
    SYSTEMS,
    CALENDARS,
    CLOSURES,
    RULEBOOKS,
    PARTIES,
    ATTRIBUTES,
    ACCOUNTS,
    GRANTS,
    ELECTIONS,
    ASSETS,
    POSITIONS,
    ENTRIES,
    SPELLS,
    BONDS,
    CLOSINGS,
    ACTIONS,
    RECORDS,
    PAYING,
    SUSPENSE,
    CLAIMS,
    SEALS,
    INSPECTIONS,
    ERASURES,
    USES,
    BREAKS,
    COMPARISONS,
    INSTRUCTIONS,
    ALLEGEMENTS,
    TRANSACTIONS,
    PAYMENTS,
    PROPOSALS,
    REFUSALS,
    EVENTS,
    AUDIENCE,
    *SERIES_TABLES,
    *TAX_TABLES,
    *QUEUE_TABLES,
    *NETWORK_TABLES,
    *MONEY_TABLES,
    *FEE_TABLES,
)


def schema() -> list[str]:
    """The statements that make every table."""
    return [statement for table in TABLES for statement in table.create()]


def version() -> int:
    """A number that changes with the schema: views of another are made anew from the journal."""
    return int.from_bytes(sha256("\n".join(schema()).encode()).digest()[:4], "big") >> 1
