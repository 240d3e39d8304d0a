"""A market in memory for random lives: parties by name send commands, blocks are applied and kept, and after each block
everything that must hold is asked. Nothing is signed: who signs is not what is tried here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from bauhinia.ledger.actions import ActionKind, PayState
from bauhinia.ledger.days import PAGED
from bauhinia.ledger.invariants import broken, outstanding
from bauhinia.ledger.parties import Key, Purpose, Role
from bauhinia.ledger.positions import BALANCE, WORDS, account_of
from bauhinia.ledger.state import State
from bauhinia.machine import commands
from bauhinia.machine.block import Block, Entry, Header, apply_block
from bauhinia.machine.events import event_bytes, read_events
from bauhinia.machine.genesis import Genesis, begin
from bauhinia.machine.snapshot import read_snapshot, write_snapshot
from bauhinia.machine.steps import Outcome, evolve
from bauhinia.rules.market import SetTime
from bauhinia.rules.onboarding import OpenAccount, RegisterParty
from bauhinia.words.codec import encode
from bauhinia.words.dates import DAY, micros_at
from bauhinia.words.frame import Envelope, pack_body
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, Micros, PartyNumber
from bauhinia.words.reasons import Reason

HKT = 480
PERSONS = ("maker", "checker")
OPERATOR = "operator"


class Unsound(Exception):
    """Something that must always hold does not."""


def keys_of(name: str, time: int = 0) -> tuple[Key, ...]:
    """Keys for both persons of a party; others at another time."""
    return tuple(Key(sha256(f"{name}/{person}/{time}".encode()).digest(), person) for person in PERSONS)


@dataclass
class Stage:
    """The market, all its blocks with their headers and events, and what has been seen so far."""

    genesis: Genesis
    state: State
    parties: dict[str, PartyNumber] = field(default_factory=dict)
    at: dict[str, AccountNumber] = field(default_factory=dict)
    nonces: dict[int, int] = field(default_factory=dict)
    waiting: list[Entry] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def entry(self, who: str, *values: Any, persons: tuple[str, ...] = PERSONS) -> Entry:
        """An envelope with the party's keys of today."""
        number = self.parties[who]
        nonce = self.nonces[number] = self.nonces.get(number, 0) + 1
        body = pack_body((commands.BY_KIND[type(value)].tag, encode(value)) for value in values)
        keys = self.state.parties[number].keys
        signatures = [(key.public, bytes(64)) for key in keys if key.person in persons]
        good_until = self.state.time + DAY
        envelope = Envelope(self.state.settings.ledger, number, nonce, good_until, signatures, body, b"")
        return Entry(body + number.to_bytes(4, "big") + nonce.to_bytes(8, "big"), envelope)

    def send(self, who: str, *values: Any, persons: tuple[str, ...] = PERSONS) -> None:
        """Commands for the next block; they may be refused."""
        self.waiting.append(self.entry(who, *values, persons=persons))

    def flush(self) -> list[Outcome]:
        """Apply a block of what waits, and ask whether all holds."""
        block = Block(self.state.height + 1, self.state.time, self.waiting)
        self.waiting = []
        applied = apply_block(self.state, block)
        self.blocks.append(block)
        self.headers.append(applied.header)
        self.events.append(event_bytes([event for outcome in applied.outcomes for event in outcome.events]))
        for outcome in applied.outcomes:
            self.told.update(type(event).__name__ for event in outcome.events)
            if outcome.code:
                self.refused[Reason(outcome.code).name] += 1
                if outcome.code == Reason.FAULT_IN_RULE:
                    raise Unsound(f"a rule failed: {outcome.parts}")
        wrong = [*broken(self.state), *unsound(self.state)]
        if wrong:
            raise Unsound(f"after block {block.height}: {'; '.join(wrong)}")
        return applied.outcomes

    def does(self, who: str, *values: Any) -> list[Any]:
        """The events of commands that must be accepted, in a block of their own."""
        if self.waiting:
            self.flush()
        self.send(who, *values)
        outcomes = self.flush()
        for outcome in outcomes:
            if outcome.code:
                raise Unsound(f"{who} was refused {Reason(outcome.code).name} {outcome.parts}: {values}")
        return [event for outcome in outcomes for event in outcome.events]

    def tries(self, who: str, *values: Any) -> bool:
        """Whether commands, in a block of their own, are all accepted."""
        if self.waiting:
            self.flush()
        self.send(who, *values)
        return not any(outcome.code for outcome in self.flush())

    def until(self, day: date, minute: int) -> None:
        """Tell the time up to a local moment, each duty on the way at its own, and pay what is paid in pages."""
        target = micros_at(day, minute, HKT)
        if self.waiting:
            self.flush()
        days = self.state.days
        while True:
            while days.paged:
                self.flush()
            moment = max(min(days.agenda[0][0], target), self.state.time) if days.agenda else target
            self.does(OPERATOR, SetTime(moment))
            if moment == target and not days.paged and (not days.agenda or days.agenda[0][0] > target):
                return

    def party(self, name: str, *roles: Role, threshold: int = 1) -> PartyNumber:
        self.does(OPERATOR, RegisterParty(name, "", "HK", roles, keys_of(name), threshold, b""))
        self.parties[name] = PartyNumber(len(self.state.parties))
        return self.parties[name]

    def account(
        self,
        name: str,
        purpose: Purpose = Purpose.OWN,
        tier: AccountNumber = NO_ACCOUNT,
        by: str = OPERATOR,
        label: str = "",
    ) -> AccountNumber:
        """A new account, found under the label, or under its holder's name."""
        self.does(by, OpenAccount(self.parties[name], purpose, f"{name} {purpose.name}", tier, NO_ACCOUNT))
        number = self.at[label or name] = AccountNumber(len(self.state.accounts))
        return number

    def name_of(self, number: PartyNumber) -> str:
        return next(name for name, each in self.parties.items() if each == number)


def open_stage(first: date, seal_every: int) -> Stage:
    """A market with an operator and nothing else, its time told."""
    start: Micros = micros_at(first, 0, HKT)
    genesis = Genesis("life", OPERATOR, keys_of(OPERATOR), 1, bytes(range(32)), start, True, seal_every)
    return Stage(genesis, begin(genesis), {OPERATOR: PartyNumber(1)})


def unsound(state: State) -> Iterator[str]:
    """What must hold of any market beside the ledger's own invariants."""
    columns = state.positions.columns
    for at in range(0, len(columns), WORDS):
        number = account_of(columns[at])
        if columns[at + BALANCE] and state.accounts[number].closed:
            yield f"account {number} is closed and holds {columns[at + BALANCE]}"
    for base, bond in state.issues.bonds.items():
        owed = outstanding(state, state.assets[base])
        if owed != bond.issued - bond.redeemed - bond.cancelled and not _settles_later(state):
            yield f"{bond.isin}: {owed} outstanding, {bond.issued} - {bond.redeemed} - {bond.cancelled} accounted for"
        for paying in state.servicing.paying.get(base, ()):
            if paying.held < 0:
                yield f"{bond.isin}: the agent has spent {-paying.held} in an RTGS that it did not have"
    for action in state.servicing.actions.values():
        for record in action.records.values():
            rows = zip(record.paid, record.amounts, record.states, record.redeemed, record.units, strict=True)
            for paid, amount, pay_state, redeemed, units in rows:
                if paid > amount or not 0 <= redeemed <= units or (paid < 0 and pay_state != PayState.CONFIRMING):
                    yield f"action {action.number} has paid {paid} of {amount}, redeemed {redeemed} of {units}"
        official = action.records.get(action.asset)
        if official and action.kind is ActionKind.INTEREST and action.paid != sum(official.paid):
            yield f"action {action.number} has paid {action.paid}, its holders have {sum(official.paid)}"


def _settles_later(state: State) -> bool:
    """Whether the next pages of a merger, or of a payment, are still to come."""
    return any(kind in PAGED for kind, _ in state.days.paged)


def replays(stage: Stage, cuts: tuple[int, ...] = ()) -> State:
    """The same blocks once more on a fresh state, which at each of the cuts goes through its snapshot: every header
    and the last state must come out the same."""
    state = begin(stage.genesis)
    for block, header in zip(stage.blocks, stage.headers, strict=True):
        if block.height in cuts:
            state = read_snapshot(write_snapshot(state))
        found = apply_block(state, block, watched=False).header
        if found != header:
            raise Unsound(f"block {block.height} comes out differently when it is applied again")
    if write_snapshot(state) != write_snapshot(stage.state):
        raise Unsound("the same blocks give another state")
    return state


def evolves(stage: Stage) -> State:
    """The state as the events alone make it, read back from their bytes: the positions must be the same."""
    state = begin(stage.genesis)
    for data in stage.events:
        for event in read_events(data):
            evolve(state, event)
    if state.positions.columns != stage.state.positions.columns:
        raise Unsound("the events alone give other positions")
    return state


def re_cut(stage: Stage, lengths: Iterator[int]) -> Stage:
    """The same envelopes in blocks of other lengths. What is paid in pages comes after a block's commands, so a block
    always ends where one has left such."""
    other = Stage(stage.genesis, begin(stage.genesis), dict(stage.parties))
    for run in _runs(stage):
        at = 0
        while at < len(run):
            length = max(1, next(lengths))
            other.waiting = run[at : at + length]
            other.flush()
            at += length
        while other.state.days.paged:
            other.flush()
    return other


def _runs(stage: Stage) -> Iterator[list[Entry]]:
    """The envelopes in order, apart wherever one leaves something to be paid in pages."""
    state, run = begin(stage.genesis), list[Entry]()
    for entry in (entry for block in stage.blocks for entry in block.entries):
        run.append(entry)
        apply_block(state, Block(state.height + 1, state.time, [entry]), watched=False, legs=0)
        if state.days.paged:
            yield run
            run = []
        while state.days.paged:
            apply_block(state, Block(state.height + 1, state.time, []), watched=False)
    yield run
