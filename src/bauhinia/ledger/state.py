"""The whole state of a market: what a block is applied to, and what a snapshot holds."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import date

from bauhinia.ledger.actions import Servicing
from bauhinia.ledger.assets import Asset
from bauhinia.ledger.bonds import Issues
from bauhinia.ledger.breaks import Breaks
from bauhinia.ledger.days import PAGED, STAGES, Days, DutyKind, WorkKind
from bauhinia.ledger.fees import Fees
from bauhinia.ledger.instructions import Instruction, OutsidePayment, ProcessingPosition, Transaction
from bauhinia.ledger.mandates import Mandates
from bauhinia.ledger.moneys import Moneys
from bauhinia.ledger.networks import Networks
from bauhinia.ledger.observations import Observations
from bauhinia.ledger.parties import Account, Nonces, Party
from bauhinia.ledger.penalties import Penalties
from bauhinia.ledger.positions import Positions
from bauhinia.ledger.posting import Holdings
from bauhinia.ledger.powers import Powers
from bauhinia.ledger.registers import Registers
from bauhinia.ledger.rulebooks import Rulebook
from bauhinia.ledger.sets import Sets
from bauhinia.ledger.taxes import Taxes
from bauhinia.ledger.waiting import Line
from bauhinia.words.ids import (
    AccountNumber,
    AssetNumber,
    InstructionNumber,
    Micros,
    PartyNumber,
    TransactionNumber,
    Units,
)
from bauhinia.words.reasons import Reason, known


@dataclass(slots=True)
class Settlement:
    """Instructions, what they became, and what waits for what.

    `unmatched` files instructions under the fields on which sides must agree; `amounts` the different amounts among
    these, in order, under all the other fields. `fresh` holds those of which no counterparty has been told yet:
    `alleging` is when that is next done, or was last. `waiting` files transactions under the
    key of the one position whose rise would wake them; `dated` holds those that wait for a day, a phase, a release
    or an unblocking, and are tried when a system opens, at its last retry, and when such a thing happens. `live`
    holds every transaction not yet settled or cancelled. What is settled leaves the state when its day ends.

    `offsets` files a trade that waits for a position a second time, under its two parties, each position that it would
    feed, and the one that it lacks: so its counterpart finds it. `offset_agents` are parties that the operator has
    appointed to propose from the whole queue, each until a moment (exclusive). `room` files what waits for a wallet to
    have room a second time, under that wallet's position.

    `named` files the links that still hold something back under the party and the reference that they name: which
    instructions name it, and how. `cycling` holds the live trades that settle in a cycle of their system alone.
    """

    instructions: dict[InstructionNumber, Instruction] = field(default_factory=dict)
    transactions: dict[TransactionNumber, Transaction] = field(default_factory=dict)
    payments: dict[int, OutsidePayment] = field(default_factory=dict)
    last_instruction: InstructionNumber = InstructionNumber(0)
    last_transaction: TransactionNumber = TransactionNumber(0)
    last_payment: int = 0
    unmatched: dict[tuple[int, ...], list[InstructionNumber]] = field(default_factory=dict)
    amounts: dict[tuple[int, ...], list[Units]] = field(default_factory=dict)
    fresh: dict[InstructionNumber, bool] = field(default_factory=dict)
    alleging: Micros = 0
    waiting: dict[int, Line] = field(default_factory=dict)
    dated: dict[TransactionNumber, bool] = field(default_factory=dict)
    live: dict[TransactionNumber, bool] = field(default_factory=dict)
    parting: dict[TransactionNumber, bool] = field(default_factory=dict)  # trades that both sides let settle in parts
    done: list[TransactionNumber] = field(default_factory=list)
    withdrawn: list[InstructionNumber] = field(default_factory=list)  # cancelled before they were matched
    references: dict[tuple[int, str], InstructionNumber] = field(default_factory=dict)
    offsets: dict[tuple[int, int, int, int], dict[TransactionNumber, bool]] = field(default_factory=dict)
    offset_agents: dict[PartyNumber, Micros] = field(default_factory=dict)
    last_offset: int = 0
    named: dict[tuple[int, str], dict[InstructionNumber, ProcessingPosition]] = field(default_factory=dict)
    cycling: dict[TransactionNumber, bool] = field(default_factory=dict)
    last_cycle: int = 0
    room: dict[int, dict[TransactionNumber, bool]] = field(default_factory=dict)  # by the wallet that is too full
    agreed: Sets = field(default_factory=Sets)
    mandates: Mandates = field(default_factory=Mandates)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A command of four eyes that one person has made and others of the same party have yet to approve."""

    number: int
    party: PartyNumber
    persons: tuple[str, ...]
    tag: int
    data: bytes
    expires: Micros


@dataclass(slots=True)
class Settings:
    """What the operators have set for the whole ledger: after how many blocks the state is sealed, days until a
    proposal expires, minutes until an outside payment that nobody has answered is in doubt, minutes until allegements
    are told."""

    ledger: bytes
    secret: bytes
    protocol: int = 1
    told_time: bool = False
    seal_every: int = 10_000
    proposal_days: int = 7
    confirm_minutes: int = 60
    allege_minutes: int = 15


@dataclass(slots=True)
class State:
    """Everything. Only `evolve` functions write to it; rules read it and `emit`."""

    settings: Settings
    height: int = 0
    time: Micros = 0
    previous: bytes = bytes(32)
    parties: dict[PartyNumber, Party] = field(default_factory=dict)
    nonces: dict[PartyNumber, Nonces] = field(default_factory=dict)
    accounts: dict[AccountNumber, Account] = field(default_factory=dict)
    assets: dict[AssetNumber, Asset] = field(default_factory=dict)
    codes: dict[str, AssetNumber] = field(default_factory=dict)
    leis: dict[str, PartyNumber] = field(default_factory=dict)
    entitlements: dict[AssetNumber, list[AssetNumber]] = field(default_factory=dict)
    positions: Positions = field(default_factory=Positions)
    proposals: dict[int, Proposal] = field(default_factory=dict)
    proposed: int = 0
    days: Days = field(default_factory=Days)
    rulebooks: dict[str, list[Rulebook]] = field(default_factory=dict)
    settlement: Settlement = field(default_factory=Settlement)
    issues: Issues = field(default_factory=Issues)
    servicing: Servicing = field(default_factory=Servicing)
    registers: Registers = field(default_factory=Registers)
    powers: Powers = field(default_factory=Powers)
    breaks: Breaks = field(default_factory=Breaks)
    observations: Observations = field(default_factory=Observations)
    taxes: Taxes = field(default_factory=Taxes)
    networks: Networks = field(default_factory=Networks)
    moneys: Moneys = field(default_factory=Moneys)
    penalties: Penalties = field(default_factory=Penalties)
    fees: Fees = field(default_factory=Fees)
    book: Holdings = field(init=False)

    def __post_init__(self) -> None:
        self.book = Holdings(self.accounts, self.assets, self.positions, self.networks.ceilings)

    def party(self, number: PartyNumber) -> Party:
        return known(self.parties.get(number), Reason.UNKNOWN_PARTY, number)

    def nonces_of(self, party: PartyNumber) -> Nonces:
        """The window of a party's nonces."""
        found = self.nonces.get(party)
        if found is None:
            found = self.nonces[party] = Nonces()
        return found

    def account(self, number: AccountNumber) -> Account:
        return known(self.accounts.get(number), Reason.UNKNOWN_ACCOUNT, number)

    def asset(self, number: AssetNumber) -> Asset:
        return known(self.assets.get(number), Reason.UNKNOWN_ASSET, number)

    def schedule(self, due: Micros, kind: DutyKind, subject: int) -> None:
        """Put a duty on the agenda; for `evolve` only."""
        self.days.sequence += 1
        heapq.heappush(self.days.agenda, (due, self.days.sequence, kind, subject))

    def follow(self, kind: WorkKind, subject: int) -> None:
        """Queue a follow-up; for `evolve` only. What is queued already is not queued twice."""
        if (kind, subject) not in self.days.queued:
            self.days.queued[kind, subject] = True
            queue = self.days.paged if kind in PAGED else self.days.stages if kind in STAGES else self.days.work
            queue.append((kind, subject))

    def rulebook(self, name: str) -> Rulebook | None:
        """The version of a rulebook in force: the last one effective by the latest business date of any system."""
        today, found = latest_date(self), None
        for version in self.rulebooks.get(name, ()):
            if version.effective <= today or found is None:
                found = version
        return found


def latest_date(state: State) -> date:
    """The latest business date of any system: by it rulebooks are in force."""
    return max((system.date for system in state.days.systems.values()), default=date.min)


def tiers(state: State, base: AssetNumber) -> list[AssetNumber]:
    """An asset and every entitlement that hangs below it; each keeper's book after the one that it stands in."""
    return [base, *state.entitlements.get(base, ())]
