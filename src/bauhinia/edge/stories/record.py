"""What happens while a story is played: the events, the money and securities that moved, and how each trade stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bauhinia.edge.stories.driver import Told
from bauhinia.ledger.instructions import Order, TransactionKind
from bauhinia.ledger.posting import Leg
from bauhinia.machine.steps import StepKind
from bauhinia.rules.instructing import Instructed, InstructionCancelled, Matched
from bauhinia.rules.lapsing import Lapsed
from bauhinia.rules.parting import Parted
from bauhinia.rules.payments import PaymentOrdered
from bauhinia.rules.rtgs import PaymentInDoubt, PaymentRejected
from bauhinia.rules.sets import SetBound, SetEnded, SetProposed
from bauhinia.rules.settlement import Failed, Ordered, PaymentAsked, Settled, TransactionCancelled, Waits
from bauhinia.rules.step import Audience
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, AssetNumber, Micros, PartyNumber, TransactionNumber, Units
from bauhinia.words.reasons import Reason

NONE = TransactionNumber(0)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, when its step took effect, and who may see it besides the operators."""

    time: Micros
    event: Any
    audience: Audience


@dataclass(frozen=True, slots=True)
class Flow:
    """What moved from one account to another. In a payment outside the ledger the accounts are zero, and `payer` and
    `payee` say whose money it was."""

    time: Micros
    kind: TransactionKind
    cause: int
    asset: AssetNumber
    giver: AccountNumber
    taker: AccountNumber
    amount: Units
    payer: PartyNumber = PartyNumber(0)
    payee: PartyNumber = PartyNumber(0)


@dataclass(slots=True)
class Moves:
    """What a transaction moves when it settles. `cause` is the corporate action, or the bond of a trade or an issue."""

    kind: TransactionKind
    cause: int
    legs: tuple[Any, ...]
    outside: tuple[AssetNumber, PartyNumber, PartyNumber, Units] | None = None
    status: str = "pending"


@dataclass(slots=True)
class Line:
    """A block, as the conformance files have it."""

    height: int
    time: Micros
    hash: bytes
    events: list[str]


@dataclass(slots=True)
class Record:
    """The whole history of a story as it is played. `commands` counts what was submitted, refused or not."""

    happenings: list[Happening] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    moves: dict[int, Moves] = field(default_factory=dict)
    orders: dict[int, tuple[PartyNumber, Order]] = field(default_factory=dict)
    references: dict[str, list[int]] = field(default_factory=dict)
    matched: dict[int, int] = field(default_factory=dict)
    sets: dict[str, int] = field(default_factory=dict)
    bound: dict[int, int] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    payments: dict[int, int] = field(default_factory=dict)
    commands: int = 0

    def keep(self, told: Told) -> None:
        """Take in a block."""
        kinds = []
        for outcome in told.outcomes:
            self.commands += outcome.kind is StepKind.COMMAND
            if outcome.code:
                kinds.append(f"refused:{Reason(outcome.code).name}")
            audiences = outcome.audiences or [()] * len(outcome.events)
            for event, audience in zip(outcome.events, audiences, strict=True):
                self.happenings.append(Happening(outcome.time, event, audience))
                kinds.append(type(event).__name__)
                self._follow(event, outcome.time)
        time = told.outcomes[-1].time if told.outcomes else self.lines[-1].time if self.lines else 0
        self.lines.append(Line(told.height, time, told.hash, kinds))

    def _follow(self, event: Any, time: Micros) -> None:
        """Keep what the ledger forgets once a day has ended."""
        match event:
            case Instructed():
                self.orders[event.instruction] = (event.party, event.order)
                self.references.setdefault(event.order.reference, []).append(event.instruction)
            case Matched():
                self.matched[event.deliver] = self.matched[event.receive] = event.transaction
                self._open(event.transaction, self._trade(event))
            case PaymentOrdered():
                self.references.setdefault(event.order.reference, []).append(event.instruction)
                self.matched[event.instruction] = event.transaction
                legs = (Leg(event.order.asset, event.order.account, event.to, event.order.quantity),)
                self._open(event.transaction, Moves(TransactionKind.PAYMENT, 0, legs))
            case SetProposed():
                self.sets[event.reference] = event.set
            case SetBound():
                self.bound[event.set] = event.transaction
                self._open(event.transaction, Moves(TransactionKind.SET, 0, event.legs))
            case SetEnded():
                self.ended.append(event.set)
            case Parted():
                trade = self.moves[event.transaction]
                trade.legs = event.rest
                self._open(event.part, Moves(trade.kind, trade.cause, event.legs))
            case Ordered():
                outside = (event.money, event.payer, event.payee, event.amount) if event.money else None
                self._open(event.transaction, Moves(event.kind, event.cause, event.legs, outside))
            case InstructionCancelled() | Lapsed():
                self.cancelled.append(event.instruction)
            case Settled():
                for number in event.transactions:
                    self._settled(number, time)
            case Waits():
                self._status(event.transaction, event.reason.name)
            case Failed():
                for number in event.transactions:
                    moves = self.moves.get(number)
                    if moves is not None:
                        moves.status = moves.status.replace("pending", "failing")
            case TransactionCancelled():
                self._status(event.transaction, "", "cancelled")
            case PaymentAsked():
                self._status(self.payments[event.payment], "", "confirming")
            case PaymentInDoubt():
                self._status(self.payments[event.payment], "", "in doubt")
            case PaymentRejected():
                self._status(self.payments[event.payment], "", "pending MONY")
                self._pay(self.payments[event.payment])
            case _:
                pass

    def _trade(self, event: Matched) -> Moves:
        payee, delivery = self.orders[event.deliver]
        payer, _ = self.orders[event.receive]
        on_ledger = any(leg.asset == delivery.money for leg in event.legs)
        outside = None
        if delivery.money and not on_ledger and not delivery.cash_account:
            outside = (delivery.money, payer, payee, delivery.amount)
        return Moves(TransactionKind.TRADE, delivery.asset, event.legs, outside)

    def _open(self, number: int, moves: Moves) -> None:
        self.moves[number] = moves
        if moves.outside:
            self._pay(number)

    def _pay(self, number: int) -> None:
        """A payment of its own for the next try: the ledger numbers them in this order."""
        self.payments[len(self.payments) + 1] = number

    def _settled(self, number: int, time: Micros) -> None:
        moves = self.moves.get(number)
        if moves is None:
            return
        moves.status = "settled"
        for leg in moves.legs:
            self.flows.append(Flow(time, moves.kind, moves.cause, leg.asset, leg.giver, leg.taker, leg.amount))
        if moves.outside:
            money, payer, payee, amount = moves.outside
            self.flows.append(Flow(time, moves.kind, moves.cause, money, NO_ACCOUNT, NO_ACCOUNT, amount, payer, payee))

    def _status(self, number: int, reason: str, status: str = "") -> None:
        moves = self.moves.get(number)
        if moves is not None:
            moves.status = status or f"{'failing' if moves.status.startswith('failing') else 'pending'} {reason}"

    def transaction(self, reference: str) -> TransactionNumber:
        """The number of a matched trade, a payment, or a set that all have agreed to, by its reference; zero where
        there is none."""
        if reference in self.sets:
            return TransactionNumber(self.bound.get(self.sets[reference], 0))
        listed = self.references.get(reference, [])
        return next((TransactionNumber(self.matched[each]) for each in listed if each in self.matched), NONE)

    def status(self, reference: str) -> str:
        """How a trade, a payment or a set stands, by its reference: unmatched, pending or failing with what it waits
        for, settled … A set is unmatched until all have agreed."""
        if reference in self.sets:
            matched = self.transaction(reference)
            ended = self.sets[reference] in self.ended
            return self.moves[matched].status if matched else "cancelled" if ended else "unmatched"
        numbers = self.references.get(reference, [])
        if not numbers:
            return "not instructed"
        matched = self.transaction(reference)
        if matched:
            return self.moves[matched].status
        return "cancelled" if all(number in self.cancelled for number in numbers) else "unmatched"
