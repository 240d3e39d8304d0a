"""Networks of banks whose customers' deposits, as tokens, move between them at par."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from bauhinia.words.ids import (
    AccountNumber,
    AssetNumber,
    InstructionNumber,
    Micros,
    NetworkNumber,
    PartyNumber,
    SystemNumber,
    TransactionNumber,
    Units,
)


class ClaimMode(IntEnum):
    """How what the payer's bank owes the payee's bank is settled; the network's rulebook chooses."""

    PREFUNDED = 1  # gross, at once, out of positions funded beforehand, as RTP does
    QUEUED = 2  # out of such a position, queued and offset where it is short, as CHIPS does
    NETTED = 3  # at once within caps, and net at cycles
    CENTRAL_BANK = 4  # gross, in central-bank tokens that the bank holds itself
    RTGS_FIRST = 5  # the banks pay each other in the RTGS, and the tokens follow


@dataclass(slots=True)
class Member:
    """A bank of a network. `token` is its deposits; `own` its account for settlement money. The network keeps for it
    `position` (what it has funded, or may still owe), `transit` (customers' tokens on their way out) and `collateral`;
    `lines` is the credit that it grants to others, of which each holds what it may still use.

    `cap` is what it may owe all others between two cycles, `ordered` what its cap is to be: lower, until the next
    cycle, where more is used than that. So are `granted` what each other may owe it, and `offered` what that is to be.
    Between `least` and `most` (zero: no bound) lies what it has funded. `failed` is since when it may act no more, zero
    while it may; `paused`: its token stood still already when it failed."""

    bank: PartyNumber
    token: AssetNumber
    own: AccountNumber
    position: AccountNumber
    transit: AccountNumber
    collateral: AccountNumber
    lines: AssetNumber
    lines_account: AccountNumber
    cap: Units = 0
    ordered: Units = 0
    granted: dict[PartyNumber, Units] = field(default_factory=dict)
    offered: dict[PartyNumber, Units] = field(default_factory=dict)
    least: Units = 0
    most: Units = 0
    failed: Micros = 0
    paused: bool = False


@dataclass(slots=True)
class Transfer:
    """A deposit on its way, or arrived: numbered as the transaction that moves it, zero before there is one. While it
    waits it is `aside`: the payer's tokens lie in transit. `arrived` is when it settled; zero before, and of one that
    was cancelled. `returns` is the deposit that this one gives back, `returned` how much of this one has been."""

    number: TransactionNumber
    network: NetworkNumber
    mode: ClaimMode
    payer: AccountNumber
    payee: AccountNumber
    payer_bank: PartyNumber
    payee_bank: PartyNumber
    amount: Units
    reference: str
    sent: Micros
    aside: bool = False
    arrived: Micros = 0
    returns: TransactionNumber = TransactionNumber(0)
    returned: Units = 0


class ConditionKind(IntEnum):
    """What a deposit is held for."""

    NONE = 0  # for no condition: until the banks that screen it have let it go
    HASH = 1  # until someone shows what has this SHA-256
    PARTY = 2  # until a party says so: the payer itself (a hold that it programs), or one that both trust
    DELIVERY = 3  # until the payer has received securities by an instruction of its own


@dataclass(slots=True)
class Condition:
    """What releases a deposit that is held: the hash, the party or the instruction of its kind, the others empty. Past
    `until` it goes back to the payer."""

    kind: ConditionKind
    until: Micros = 0
    hash: bytes = b""
    party: PartyNumber = PartyNumber(0)
    instruction: InstructionNumber = InstructionNumber(0)


@dataclass(slots=True)
class Held:
    """A deposit whose tokens lie in transit until its condition is met and every bank of `screens` has let it go."""

    number: int
    transfer: Transfer
    priority: int
    condition: Condition
    screens: tuple[PartyNumber, ...]
    met: bool = False


@dataclass(slots=True)
class PaymentRequest:
    """A request to be paid (ISO 20022 pain.013), until it is answered or over."""

    number: int
    network: NetworkNumber
    payee: AccountNumber
    payer: AccountNumber
    amount: Units
    reference: str
    until: Micros


@dataclass(slots=True)
class Recall:
    """A payer's request that a deposit be given back (ISO 20022 camt.056), until it is answered."""

    number: int
    transaction: TransactionNumber
    why: str


@dataclass(slots=True)
class Screening:
    """How a bank screens what comes to its customers and goes from them: held above `above` (nothing where zero), and
    whatever touches an account of its list; `screener` decides beside the bank."""

    screener: PartyNumber
    above: Units
    listed: dict[AccountNumber, str] = field(default_factory=dict)


@dataclass(slots=True)
class Bridge:
    """Settlement money that one member lends another while the RTGS is closed: up to `limit`, on draw until a moment
    (exclusive); `automatic` where the borrower's deposits draw on it by themselves. What is drawn is due at `due`."""

    lender: PartyNumber
    borrower: PartyNumber
    limit: Units
    until: Micros
    automatic: bool
    drawn: Units = 0
    due: Micros = 0
    overdue: bool = False


@dataclass(slots=True)
class Network:
    """A network of one currency. `settlement` is the money on the ledger in which banks settle, `rtgs` the money
    outside of it (zero where there is none). `par` stands for a deposit with any member, in trades and payments;
    `credit` is what a member may still owe all others. `asking` are banks that have asked to join: token and account.
    `customers` gives the banks that have admitted an account, the first one first.

    `cycle` is the number of the last cycle or close. `deadline` is until when banks that are short in a cycle may find
    the money, and `closing` the same in a close, of the deposits up to `closes`; zero while nobody is called on.
    `owed` is what a bank in default owes to each that has borne a part of its loss."""

    number: NetworkNumber
    name: str
    currency: str
    operator: PartyNumber
    system: SystemNumber
    rulebook: str
    settlement: AssetNumber
    rtgs: AssetNumber
    par: AssetNumber
    credit: AssetNumber
    credit_account: AccountNumber
    asking: dict[PartyNumber, tuple[AssetNumber, AccountNumber]] = field(default_factory=dict)
    members: dict[PartyNumber, Member] = field(default_factory=dict)
    customers: dict[AccountNumber, list[PartyNumber]] = field(default_factory=dict)
    cycle: int = 0
    deadline: Micros = 0
    closing: Micros = 0
    closes: TransactionNumber = TransactionNumber(0)
    owed: dict[tuple[PartyNumber, PartyNumber], Units] = field(default_factory=dict)
    screening: dict[PartyNumber, Screening] = field(default_factory=dict)
    bridges: dict[tuple[int, int], Bridge] = field(default_factory=dict)  # by lender and borrower


@dataclass(slots=True)
class Networks:
    """All networks. `of_par` finds one by the money that stands for it, `of_token` by a member's token; `transfers`
    are kept until nothing may be asked of them any more, the oldest first. `deliveries` names the deposits that are
    held for an instruction to settle. `ceilings` is the most that a position, by its key, may hold."""

    networks: dict[NetworkNumber, Network] = field(default_factory=dict)
    of_par: dict[AssetNumber, NetworkNumber] = field(default_factory=dict)
    of_token: dict[AssetNumber, NetworkNumber] = field(default_factory=dict)
    transfers: dict[TransactionNumber, Transfer] = field(default_factory=dict)
    ceilings: dict[int, Units] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)
    last_held: int = 0
    deliveries: dict[InstructionNumber, list[int]] = field(default_factory=dict)
    requests: dict[int, PaymentRequest] = field(default_factory=dict)
    last_request: int = 0
    recalls: dict[int, Recall] = field(default_factory=dict)
    last_recall: int = 0
