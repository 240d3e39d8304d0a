"""Links: instructions of one party of which one settles before another, or that settle together or not at all.

`BEFO` and `AFTE` make an instruction wait until the one that comes first has settled; the one that comes later need not
say so itself. Instructions that are linked `WITH` each other, and those that these are linked with, on either side,
settle at one instant or not at all: whenever one of them is tried, all are. What settles at one instant settles before
nothing in it, so a set, or a cycle, may hold both ends of a link.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bauhinia.ledger.instructions import (
    GROSS,
    OPEN,
    Instruction,
    Link,
    Order,
    Payment,
    ProcessingPosition,
    Transaction,
)
from bauhinia.ledger.links import breaks, fulfilled, joined
from bauhinia.ledger.networks import ClaimMode
from bauhinia.ledger.positions import key_of
from bauhinia.ledger.posting import Obstacle, obstacle
from bauhinia.ledger.state import State
from bauhinia.ledger.waiting import need_of
from bauhinia.rules.routing import mode_of, network_of_par
from bauhinia.rules.settlement import Settled, Waits, tell, try_transaction, withheld
from bauhinia.rules.step import Step, require_text
from bauhinia.words.ids import NO_ACCOUNT, NO_ASSET, NO_PARTY, InstructionNumber, PartyNumber, TransactionNumber
from bauhinia.words.reasons import Reason, require

WITH, BEFO, AFTE = ProcessingPosition.WITH, ProcessingPosition.BEFO, ProcessingPosition.AFTE
MOST_LINKS = 100  # of one instruction
MOST_CHAINED = 1_000  # instructions that links join, followed from one


def try_linked(step: Step, subject: int) -> None:
    """A follow-up: settle a transaction with all that it is linked with, or tell each what it waits for."""
    transaction = step.state.settlement.transactions.get(TransactionNumber(subject))
    if transaction is None or transaction.status not in OPEN:
        return
    members, whole = joined(step.state, transaction)
    if whole and len(members) == 1:
        try_transaction(step, subject)
        return
    own = [withheld(step.state, each, step.time) for each in members]
    found = None
    outside = any(each.payment for each in members)  # by a network's rulebook that has changed since
    if whole and not outside and not any(own) and not breaks_any(step.state, members):
        legs = [leg for each in members for leg in each.legs]
        found = obstacle(step.state.book, legs, step.time)
        if found is None:
            step.emit(Settled(tuple(each.number for each in members), step.time))
            step.legs += len(legs)
            return
    at_fault = who_is_at_fault(members, found)
    for each, kept in zip(members, own, strict=True):
        tell(step, each, kept or why(step.state, each, found if each is at_fault else None))


def breaks_any(state: State, members: list[Transaction]) -> bool:
    """Whether transactions that settle at one instant would break a link."""
    among = {each.number: True for each in members}
    return any(breaks(state, each, among) for each in members)


def who_is_at_fault(members: list[Transaction], found: Obstacle | None) -> Transaction | None:
    """The first of some transactions that draws on the position at fault (brings to it, where it would hold too much),
    else the first that moves it."""
    if found is None:
        return None
    key, sign = key_of(found.account, found.asset), -1 if found.reason is Reason.HOLDING_LIMIT else 1
    moving = [each for each in members if _moves(each, key)]
    return next((each for each in moving if sign * need_of(each, key) > 0), (*moving, members[0])[0])


def _moves(transaction: Transaction, key: int) -> bool:
    return any(key in (key_of(leg.giver, leg.asset), key_of(leg.taker, leg.asset)) for leg in transaction.legs)


def why(state: State, transaction: Transaction, found: Obstacle | None) -> Waits:
    """What a linked transaction waits for: what stands in its own way, else what it is linked with."""
    if found is None:
        return Waits(transaction.number, Reason.LINK, NO_PARTY, NO_ACCOUNT, NO_ASSET)
    return Waits(transaction.number, found.reason, state.accounts[found.account].holder, found.account, found.asset)


def require_links(step: Step, order: Order, instruction: Instruction | None = None) -> None:
    """Refuse links that could never be kept, by the first reference at fault.

    Checked in order, by link: a reference of another instruction, named once; that is not cancelled, nor settled or
    being paid outside where it would have to come later or together. Then of all that settles together: the same
    model, in a cycle the same system, nothing paid outside the ledger. Then that links do not come back to where they
    began, and how many they join. `instruction` is one that has other links so far.
    """
    state, party = step.state, step.asker
    kept = fulfilled(instruction) if instruction else ()
    number = instruction.number if instruction else InstructionNumber(0)
    require(len(order.links) <= MOST_LINKS, Reason.AMOUNT, "links", len(order.links))
    own: dict[str, ProcessingPosition] = {}
    for each in order.links:
        require_text(each.reference, "links", 35)
        require(each.reference != order.reference, Reason.CIRCULAR, "links", each.reference)
        require(each.reference not in own, Reason.DUPLICATE, "links", each.reference)
        own[each.reference] = each.position
        if each not in kept:
            _require_open(state, party, each)
    held = {each.reference: each.position for each in order.links if each not in kept}
    web = _Web(state, party, order.reference, held, number)
    for reference in web.partners(order.reference):
        _require_alike(state, order, reference, web.find(reference))
    web.require_no_circle()


def _require_open(state: State, party: PartyNumber, link: Link) -> None:
    number = state.settlement.references.get((party, link.reference))
    if number is None:
        return
    instruction = state.settlement.instructions[number]
    require(not instruction.cancelled, Reason.STATE, "links", link.reference, "CANCELLED")
    if instruction.transaction and link.position is not AFTE:
        status = state.settlement.transactions[instruction.transaction].status
        require(status in OPEN, Reason.STATE, "links", link.reference, status.name)


def _require_alike(state: State, order: Order, reference: str, other: Instruction | None) -> None:
    for each in (order, *((other.order,) if other else ())):
        require(not may_pay_outside(state, each), Reason.STATE, "links", reference, "is paid outside the ledger")
    if other is not None:
        require(other.order.model == order.model, Reason.MODEL, "links", reference, other.order.model)
        systems = [state.assets[each.asset].system for each in (order, other.order)]
        require(order.model == GROSS or systems[0] == systems[1], Reason.MODEL, "links", reference, "another system")


def may_pay_outside(state: State, order: Order) -> bool:
    """Whether an order is paid outside the ledger: in an RTGS, or in the deposits of a network whose banks settle there
    first."""
    if order.payment is Payment.FREE:
        return False
    network = network_of_par(state, order.money)
    if network is not None:
        return mode_of(state, network) is ClaimMode.RTGS_FIRST
    return not state.assets[order.money].on_ledger


@dataclass(slots=True)
class _Web:
    """The links of a party as they would be if one of its instructions had these. Its other side's are not its own to
    know: with those, links may come back to where they began; then both wait until one of them takes a link back."""

    state: State
    party: PartyNumber
    reference: str
    own: dict[str, ProcessingPosition]
    number: InstructionNumber

    def find(self, reference: str) -> Instruction | None:
        number = self.state.settlement.references.get((self.party, reference))
        return self.state.settlement.instructions[number] if number else None

    def _across(self, reference: str, forth: ProcessingPosition, back: ProcessingPosition) -> list[str]:
        """Those that one names in a position, and those that name it in the other."""
        settlement, instruction = self.state.settlement, self.find(reference)
        named = self.own if reference == self.reference else instruction.links if instruction else {}
        found = [each for each, position in named.items() if position is forth]
        for number, position in settlement.named.get((self.party, reference), {}).items():
            if position is back and number != self.number:
                found.append(settlement.instructions[number].order.reference)
        if self.own.get(reference) is back:
            found.append(self.reference)
        return found

    def partners(self, reference: str) -> list[str]:
        return self._across(reference, WITH, WITH)

    def require_no_circle(self) -> None:
        """Whatever settles together counts as one."""
        together = self._reached([self.reference], {}, after=False)
        later = [each for name in together for each in self._across(name, BEFO, AFTE)]
        self._reached(later, together, after=True)

    def _reached(self, asked: list[str], barred: Collection[str], *, after: bool) -> dict[str, bool]:
        """All that links lead to; refused where that is barred, or too many."""
        found: dict[str, bool] = {}
        while asked:
            name = asked.pop()
            require(name not in barred, Reason.CIRCULAR, "links", name)
            if name not in found:
                found[name] = True
                require(len(found) <= MOST_CHAINED, Reason.AMOUNT, "links join more than", MOST_CHAINED)
                asked += self.partners(name)
                if after:
                    asked += self._across(name, BEFO, AFTE)
        return found
