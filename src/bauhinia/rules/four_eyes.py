"""Four eyes: what one person of a party proposes, another of the same party approves.

A command of four eyes that comes with the signatures of enough persons runs at once. One that comes with fewer becomes
a proposal; it runs as its maker's command when the last needed person approves, and not at all once it has expired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bauhinia.ledger.days import DutyKind
from bauhinia.ledger.parties import Party
from bauhinia.ledger.state import Proposal, State
from bauhinia.rules.step import Audience, Step, require_text
from bauhinia.words.dates import DAY
from bauhinia.words.ids import Micros, PartyNumber
from bauhinia.words.reasons import Reason, known, require


@dataclass(slots=True)
class Approve:
    """A command: the asker's person approves a proposal of its own party."""

    proposal: int


@dataclass(slots=True)
class Withdraw:
    """A command: a proposal of the asker's party is dropped, and why."""

    proposal: int
    why: str


@dataclass(slots=True)
class Proposed:
    """A command awaits more persons: its tag and canonical bytes."""

    proposal: int
    party: PartyNumber
    persons: tuple[str, ...]
    tag: int
    data: bytes
    expires: Micros


@dataclass(slots=True)
class Approved:
    """One more person has approved; `done` when that was the last one needed."""

    proposal: int
    party: PartyNumber
    person: str
    done: bool


@dataclass(slots=True)
class ProposalDropped:
    proposal: int
    party: PartyNumber
    why: str


def needed(step: Step, *, own: bool) -> int:
    """How many persons a command of four eyes needs: two, or the party's own m of n if that is more. For static data
    of its `own` a party of one person alone needs no second one."""
    party = step.party()
    return max(party.threshold, min(2, len(persons_of(party))) if own else 2)


def persons_of(party: Party) -> dict[str, None]:
    """The persons who hold a party's keys now."""
    return dict.fromkeys(key.person for key in party.keys)


def propose(step: Step, tag: int, data: bytes) -> None:
    """Keep a command of four eyes until enough persons have signed it."""
    number = step.state.proposed + 1
    expires = step.time + step.state.settings.proposal_days * DAY
    step.emit(Proposed(number, step.asker, step.persons, tag, data, expires))


def own_proposal(step: Step, number: int) -> Proposal:
    """A proposal of the asker's party, neither expired nor approved."""
    proposal = known(step.state.proposals.get(number), Reason.UNKNOWN_PROPOSAL, number)
    require(proposal.party == step.asker, Reason.UNKNOWN_PROPOSAL, number)
    require(step.time < proposal.expires, Reason.EXPIRED, number)
    return proposal


def approving(step: Step, command: Approve) -> Proposal:
    """The proposal with the approving persons added; refused where none of them is new. Who has signed and holds no key
    any more does not count."""
    proposal = own_proposal(step, command.proposal)
    added = [person for person in step.persons if person not in proposal.persons]
    require(added, Reason.FOUR_EYES, command.proposal, "needs another person")
    standing = persons_of(step.party())
    return replace(proposal, persons=(*(each for each in proposal.persons if each in standing), *added))


def withdraw(step: Step, command: Withdraw) -> None:
    proposal = own_proposal(step, command.proposal)
    require_text(command.why, "why")
    step.emit(ProposalDropped(proposal.number, proposal.party, command.why))


def proposal_due(step: Step, subject: int) -> None:
    """A duty: a proposal expires."""
    proposal = step.state.proposals.get(subject)
    if proposal is not None:
        step.emit(ProposalDropped(subject, proposal.party, "expired"))


def on_proposed(state: State, event: Proposed) -> None:
    state.proposed = event.proposal
    state.proposals[event.proposal] = Proposal(
        event.proposal, event.party, event.persons, event.tag, event.data, event.expires
    )
    state.schedule(event.expires, DutyKind.PROPOSAL, event.proposal)


def on_approved(state: State, event: Approved) -> None:
    proposal = state.proposals[event.proposal]
    if event.done:
        del state.proposals[event.proposal]
    else:
        state.proposals[event.proposal] = replace(proposal, persons=(*proposal.persons, event.person))


def on_proposal_dropped(state: State, event: ProposalDropped) -> None:
    del state.proposals[event.proposal]


def sees_proposal(state: State, event: Proposed | Approved | ProposalDropped) -> Audience:
    """The party whose proposal it is."""
    return (event.party,)
