"""The table of events: tag -> event, how it evolves the state, who may see it. Tags are append-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bauhinia.ledger.state import State
from bauhinia.rules import books, four_eyes, instructing, market, money, onboarding, rtgs, sealing, settlement
from bauhinia.rules.step import Audience
from bauhinia.words.codec import Encoder, decode, encoder
from bauhinia.words.frame import ITEM
from bauhinia.words.reasons import must

Evolve = Callable[[State, Any], None]
Sees = Callable[[State, Any], Audience]


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the table."""

    tag: int
    kind: type
    evolve: Evolve
    sees: Sees


EVENTS: tuple[Event, ...] = (
    # the market: 1 to 19
    Event(1, market.TimeSet, market.on_time_set, market.sees_market),
    Event(2, market.CalendarPublished, market.on_calendar_published, market.sees_market),
    Event(3, market.ClosureDeclared, market.on_closure_declared, market.sees_market),
    Event(4, market.SystemOpened, market.on_system_opened, market.sees_market),
    Event(5, market.RulebookPublished, market.on_rulebook_published, market.sees_market),
    Event(6, market.PhaseBegan, market.on_phase_began, market.sees_market),
    Event(7, four_eyes.Proposed, four_eyes.on_proposed, four_eyes.sees_proposal),
    Event(8, four_eyes.Approved, four_eyes.on_approved, four_eyes.sees_proposal),
    Event(9, four_eyes.ProposalDropped, four_eyes.on_proposal_dropped, four_eyes.sees_proposal),
    Event(10, sealing.StateSealed, sealing.on_state_sealed, market.sees_market),
    # onboarding: 20 to 39
    Event(20, onboarding.PartyRegistered, onboarding.on_party_registered, onboarding.sees_all),
    Event(21, onboarding.KeysRotated, onboarding.on_keys_rotated, onboarding.sees_party),
    Event(22, onboarding.Attested, onboarding.on_attested, onboarding.sees_party),
    Event(23, onboarding.ClassesRenewed, onboarding.on_classes_renewed, onboarding.sees_party),
    Event(24, onboarding.StandingSet, onboarding.on_standing_set, onboarding.sees_party),
    Event(25, onboarding.AccountOpened, onboarding.on_account_opened, onboarding.sees_account),
    Event(26, onboarding.AccountClosed, onboarding.on_account_closed, onboarding.sees_account),
    Event(27, onboarding.RightGranted, onboarding.on_right_granted, onboarding.sees_account),
    Event(28, onboarding.RightRevoked, onboarding.on_right_revoked, onboarding.sees_account),
    Event(29, onboarding.Elected, onboarding.on_elected, onboarding.sees_account),
    # money and outside payments: 40 to 59
    Event(40, money.MoneyCreated, money.on_money_created, money.sees_money),
    Event(41, rtgs.PaymentConfirmed, rtgs.on_payment_confirmed, rtgs.sees_payment),
    Event(42, rtgs.PaymentRejected, rtgs.on_payment_rejected, rtgs.sees_payment),
    Event(43, rtgs.PaymentInDoubt, rtgs.on_payment_in_doubt, rtgs.sees_payment),
    # issue: 60 to 89
    # settlement: 90 to 109
    Event(90, books.BookOpened, books.on_book_opened, books.sees_book),
    Event(91, instructing.Instructed, instructing.on_instructed, instructing.sees_instruction),
    Event(92, instructing.Matched, instructing.on_matched, instructing.sees_matched),
    Event(93, instructing.CancelAsked, instructing.on_cancel_asked, instructing.sees_instruction),
    Event(94, instructing.InstructionCancelled, instructing.on_instruction_cancelled, instructing.sees_instruction),
    Event(95, instructing.HoldSet, instructing.on_hold_set, instructing.sees_instruction),
    Event(96, settlement.Ordered, settlement.on_ordered, settlement.sees_transaction),
    Event(97, settlement.Waits, settlement.on_waits, settlement.sees_transaction),
    Event(98, settlement.Settled, settlement.on_settled, settlement.sees_transactions),
    Event(99, settlement.Failed, settlement.on_failed, settlement.sees_transactions),
    Event(100, settlement.TransactionCancelled, settlement.on_transaction_cancelled, settlement.sees_transaction),
    Event(101, settlement.PaymentAsked, settlement.on_payment_asked, settlement.sees_transaction),
    Event(102, settlement.Retried, settlement.on_retried, settlement.sees_transactions),
    # servicing: 110 to 139
    # registers: 140 to 159
    # powers and reconciliation: 160 to 189
)

BY_TAG: dict[int, Event] = {entry.tag: entry for entry in EVENTS}
BY_KIND: dict[type, Event] = {entry.kind: entry for entry in EVENTS}
must(len(BY_TAG) == len(BY_KIND) == len(EVENTS), "an event stands twice in the table")
EVOLVE: dict[type, Evolve] = {entry.kind: entry.evolve for entry in EVENTS}
_ENCODE: dict[type, tuple[int, Encoder]] = {entry.kind: (entry.tag, encoder(entry.kind)) for entry in EVENTS}


def evolve(state: State, event: Any) -> None:
    """What an event does to the state. Nothing here can be refused, and nothing here emits."""
    EVOLVE[type(event)](state, event)


def event_bytes(events: list[Any]) -> bytes:
    """The canonical bytes of events, each with its tag and length, as commands stand in an envelope."""
    out = bytearray()
    for event in events:
        tag, write = _ENCODE[type(event)]
        start = len(out)
        out += b"\0\0\0\0\0\0"
        write(event, out)
        ITEM.pack_into(out, start, tag, len(out) - start - ITEM.size)
    return bytes(out)


def read_events(data: bytes) -> list[Any]:
    """The events of `event_bytes`. KeyError or Malformed where the bytes are not theirs."""
    found: list[Any] = []
    at = 0
    while at < len(data):
        tag, length = ITEM.unpack_from(data, at)
        at += ITEM.size
        found.append(decode(BY_TAG[tag].kind, data[at : at + length]))
        at += length
    return found
