"""How events of the market, of onboarding, of money and of settlement are projected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from bauhinia.ledger.assets import AssetKind, TitleLayer
from bauhinia.ledger.days import Phase
from bauhinia.ledger.instructions import Order, PaymentStatus, ProcessingPosition, Status, TransactionKind
from bauhinia.ledger.parties import Purpose, Standing
from bauhinia.ledger.posting import Leg
from bauhinia.rules import (
    books,
    four_eyes,
    instructing,
    lapsing,
    market,
    modifying,
    money,
    onboarding,
    parting,
    rtgs,
    settlement,
    together,
)
from bauhinia.views import tables
from bauhinia.views.allegements import AllegementRow
from bauhinia.views.fee_tables import FailRow
from bauhinia.views.money_tables import ElectionRow
from bauhinia.views.projection import Projection
from bauhinia.views.queue_tables import OffsetAgentRow, StakeRow
from bauhinia.views.rows import Rows
from bauhinia.views.tables import (
    AccountRow,
    AssetRow,
    AttributeRow,
    GrantRow,
    InstructionRow,
    PartyRow,
    PaymentRow,
    ProposalRow,
    TransactionRow,
)
from bauhinia.words.ids import LIMIT
from bauhinia.words.reasons import Reason

Project = Callable[[Projection, Any], None]


def time_set(to: Projection, event: market.TimeSet) -> None:
    to.say("told", 1)


def calendar_published(to: Projection, event: market.CalendarPublished) -> None:
    to.calendars.put(tables.CalendarRow(event.calendar.centre, event.calendar.version, event.calendar))


def closure_declared(to: Projection, event: market.ClosureDeclared) -> None:
    """Every system of the centre is closed on that day, until its next phase is told."""
    closure = event.closure
    to.closures.put(tables.ClosureRow(closure.centre, closure.day, closure.declared))
    to.systems.flush(to.db)
    for found in list(tables.SYSTEMS.rows(to.db)):
        if closure.centre in found.centres and found.date == closure.day:
            to.systems.change(to.db, found.number).phase = Phase.CLOSED


def system_opened(to: Projection, event: market.SystemOpened) -> None:
    to.systems.put(
        tables.SystemRow(event.system, event.name, event.centres, event.timetable, event.first, Phase.CLOSED)
    )


def phase_began(to: Projection, event: market.PhaseBegan) -> None:
    system = to.systems.change(to.db, event.system)
    system.date, system.phase = event.date, event.phase


def rulebook_published(to: Projection, event: market.RulebookPublished) -> None:
    to.rulebooks.put(tables.RulebookRow(event.rulebook.name, event.rulebook.version, event.rulebook))


def proposed(to: Projection, event: four_eyes.Proposed) -> None:
    to.proposals.put(
        ProposalRow(event.proposal, event.party, event.persons, event.tag, event.data, event.expires, "OPEN")
    )


def approved(to: Projection, event: four_eyes.Approved) -> None:
    proposal = to.proposals.change(to.db, event.proposal)
    proposal.persons = (*proposal.persons, event.person)
    if event.done:
        proposal.status = "APPROVED"


def proposal_dropped(to: Projection, event: four_eyes.ProposalDropped) -> None:
    to.proposals.change(to.db, event.proposal).status = f"DROPPED: {event.why}"


def party_registered(to: Projection, event: onboarding.PartyRegistered) -> None:
    to.parties.put(
        PartyRow(
            event.party,
            event.name,
            event.lei,
            event.residence,
            event.roles,
            event.keys,
            event.threshold,
            Standing.ACTIVE,
            event.commitment,
        )
    )


def keys_rotated(to: Projection, event: onboarding.KeysRotated) -> None:
    party = to.parties.change(to.db, event.party)
    party.keys, party.threshold = event.keys, event.threshold


def attested(to: Projection, event: onboarding.Attested) -> None:
    if event.value:
        to.attributes.put(AttributeRow(event.party, event.attribute, event.value, event.attester, event.until))
    else:
        to.attributes.drop(event.party, event.attribute)


def standing_set(to: Projection, event: onboarding.StandingSet) -> None:
    to.parties.change(to.db, event.party).standing = event.standing


def account_opened(to: Projection, event: onboarding.AccountOpened) -> None:
    to.accounts.put(
        AccountRow(
            event.account,
            event.holder,
            event.purpose,
            event.name,
            event.keeper,
            event.tier,
            event.cash_account,
            0,
            event.time,
            0,
        )
    )


def account_closed(to: Projection, event: onboarding.AccountClosed) -> None:
    to.accounts.change(to.db, event.account).closed = event.time


def right_granted(to: Projection, event: onboarding.RightGranted) -> None:
    grant = event.grant
    to.grants.put(GrantRow(event.account, grant.party, grant.right, grant.asset, grant.until))


def right_revoked(to: Projection, event: onboarding.RightRevoked) -> None:
    """The right goes for every asset it was given for."""
    to.grants.flush(to.db)
    where = 'WHERE account = ? AND party = ? AND "right" = ?'
    for row in list(tables.GRANTS.rows(to.db, where, event.account, event.party, event.right.name)):
        to.grants.drop(*tables.GRANTS.key_of(row))


def elected(to: Projection, event: onboarding.Elected) -> None:
    if event.money:
        to.elections.put(ElectionRow(event.account, event.currency, event.money, event.fallback))
    else:
        to.elections.drop(event.account, event.currency)


def put_asset(to: Projection, asset: Any) -> AssetRow:
    """An asset of the ledger as a row."""
    return to.assets.put(
        AssetRow(
            asset.number,
            asset.kind,
            asset.code,
            asset.name,
            asset.currency,
            asset.exponent,
            asset.issuer,
            asset.issuer_account,
            asset.authorised,
            asset.denomination,
            asset.multiple,
            asset.registrar,
            asset.system,
            asset.title,
            asset.money,
            asset.rulebook,
            asset.backing_account,
            asset.backing_asset,
            asset.base or asset.number,
            asset.paused,
            asset.halted,
        )
    )


def money_created(to: Projection, event: money.MoneyCreated) -> None:
    put_asset(to, event.asset)


def book_opened(to: Projection, event: books.BookOpened) -> None:
    """The keeper's account that issues the entitlement, and the entitlement, as the rule makes them."""
    omnibus, upper = to.account(event.omnibus), to.asset(event.upper)
    base = to.asset(upper.base)
    keeper = omnibus.holder
    name = f"{omnibus.name}: clients of {base.code}"
    to.accounts.put(AccountRow(event.issuer_account, keeper, Purpose.ISSUER, name, keeper, 0, 0, 0, event.time, 0))
    to.assets.put(
        AssetRow(
            event.asset,
            AssetKind.ENTITLEMENT,
            f"{base.code}/{event.omnibus}",
            upper.name,
            upper.currency,
            upper.exponent,
            keeper,
            event.issuer_account,
            LIMIT - 1,
            upper.denomination,
            upper.multiple,
            keeper,
            upper.system,
            TitleLayer.HIERARCHICAL if upper.kind is AssetKind.ENTITLEMENT else TitleLayer.OMNIBUS,
            upper.money,
            upper.rulebook,
            event.omnibus,
            event.upper,
            base.number,
            upper.paused,
            upper.halted,
        )
    )


def instructed(to: Projection, event: instructing.Instructed) -> None:
    order = event.order
    to.instructions.put(
        InstructionRow(
            event.instruction,
            event.party,
            order.account,
            order.asset,
            order,
            event.time,
            order.hold,
            0,
            False,
            False,
            True,
            False,
            False,
            0,
            order.reference,
            _is_linked(order),
        )
    )


def _is_linked(order: Order) -> bool:
    """Whether an order is to settle together with another that it names."""
    return any(each.position is ProcessingPosition.WITH for each in order.links)


def alleged(to: Projection, event: lapsing.Alleged) -> None:
    instruction = to.instructions.change(to.db, event.instruction)
    instruction.alleged = True
    counterparty = instruction.order.counterparty
    to.allegements.put(AllegementRow(event.instruction, counterparty, to.time, event))


def _answered(to: Projection, instruction: InstructionRow) -> None:
    """An instruction is no longer alone, or no longer there: nobody is to answer it any more."""
    if instruction.alleged:
        to.allegements.drop(instruction.number)


def lapsed(to: Projection, event: lapsing.Lapsed) -> None:
    instruction = to.instructions.change(to.db, event.instruction)
    instruction.cancelled, instruction.lapsed, instruction.open = True, True, False
    _answered(to, instruction)


def cancel_asked(to: Projection, event: instructing.CancelAsked) -> None:
    to.instructions.change(to.db, event.instruction).cancel_asked = True


def instruction_cancelled(to: Projection, event: instructing.InstructionCancelled) -> None:
    instruction = to.instructions.change(to.db, event.instruction)
    instruction.cancelled, instruction.open = True, False
    _answered(to, instruction)


def hold_set(to: Projection, event: instructing.HoldSet) -> None:
    to.instructions.change(to.db, event.instruction).hold = event.hold


def instruction_modified(to: Projection, event: modifying.InstructionModified) -> None:
    instruction = to.instructions.change(to.db, event.instruction)
    instruction.order = replace(
        instruction.order,
        priority=event.priority,
        partial=event.partial,
        least_quantity=event.least_quantity,
        least_amount=event.least_amount,
        links=event.links,
    )
    instruction.linked = _is_linked(instruction.order)


def matched(to: Projection, event: instructing.Matched) -> None:
    deliver, receive = (to.instructions.change(to.db, each) for each in (event.deliver, event.receive))
    deliver.transaction = receive.transaction = event.transaction
    _answered(to, deliver)
    _answered(to, receive)
    order = deliver.order
    row = transaction_row(to, event.transaction, TransactionKind.TRADE, event.legs, order.settlement_date)
    row.deliver, row.receive = event.deliver, event.receive
    row.status = open_status(to, row)
    to.transactions.put(row)
    agents = (to.mandated.find(to.db, each) for each in (event.deliver, event.receive))
    parties = {deliver.party: None, receive.party: None, **{each.agent: None for each in agents if each}}
    if event.outside:
        _outside(to, row, *event.outside)
    stakes(to, row, parties)


def parted(to: Projection, event: parting.Parted) -> None:
    """A part is a transaction of its own between the same two sides; the trade is what is left."""
    row = to.transactions.change(to.db, event.transaction)
    row.legs = event.rest
    part = transaction_row(to, event.part, TransactionKind.TRADE, event.legs, row.settlement_date)
    part.deliver, part.receive, part.part_of = row.deliver, row.receive, event.transaction
    to.transactions.put(part)
    sides = [to.instructions.change(to.db, each) for each in (row.deliver, row.receive)]
    for side in sides:
        side.parted += event.quantity
    stakes(to, part, {side.party: None for side in sides})


def ordered(to: Projection, event: settlement.Ordered) -> None:
    outside = (event.money, event.payer, event.payee, event.amount) if event.money else None
    row = open_transaction(to, event.transaction, event.kind, event.legs, event.settlement_date, outside)
    row.cause = event.cause


def open_transaction(
    to: Projection, number: int, kind: TransactionKind, legs: tuple[Leg, ...], settlement_date: date,
    outside: tuple[int, int, int, int] | None = None, parties: tuple[int, ...] = (),
) -> TransactionRow:  # fmt: skip
    """A new transaction that no two sides have instructed, with its payment outside the ledger if it has one; `parties`
    have a part in it besides those whom its legs show."""
    row = transaction_row(to, number, kind, legs, settlement_date)
    to.transactions.put(row)
    if outside:
        _outside(to, row, *outside)
    stakes(to, row, dict.fromkeys(parties))
    return row


def transaction_row(
    to: Projection, number: int, kind: TransactionKind, legs: Any, settlement_date: Any
) -> TransactionRow:
    return TransactionRow(
        number, kind, legs, settlement_date, 0, 0, 0, 0, Status.PENDING, Reason.NMAT, 0, 0, 0, 0, None, "", 0, to.time
    )


def open_status(to: Projection, row: TransactionRow) -> Status:
    """Failing once the intended date is past, as the ledger has it."""
    late = row.legs and row.settlement_date < to.business_date(row.legs[0].asset)
    return Status.FAILING if late else Status.PENDING


def _outside(to: Projection, row: TransactionRow, money: int, payer: int, payee: int, amount: int) -> None:
    """A payment outside the ledger, numbered as the rule numbers them: one after the other."""
    row.payment = to.next_number("payments")
    to.payments.put(PaymentRow(row.payment, row.number, money, payer, payee, amount, PaymentStatus.WAITING, 0, ""))


def stakes(to: Projection, row: TransactionRow, parties: dict[int, None]) -> None:
    """Who is party to a transaction: as the audience of its events is found."""
    for leg in row.legs:
        for account in (to.account(leg.giver), to.account(leg.taker)):
            parties[account.holder] = None
            if account.tier:
                parties[account.keeper] = None
    if row.payment:
        payment = to.payments.change(to.db, row.payment)
        for party in (payment.payer, payment.payee, to.asset(payment.money).issuer):
            parties[party] = None
    for party in parties:
        to.stakes.put(StakeRow(row.number, party))


def waits(to: Projection, event: settlement.Waits) -> None:
    row = to.transactions.change(to.db, event.transaction)
    row.reason, row.lacking, row.account, row.asset = event.reason, event.party, event.account, event.asset


def settled(to: Projection, event: settlement.Settled) -> None:
    to.settle([to.transactions.change(to.db, number) for number in event.transactions], event.time)


def offset_agent_appointed(to: Projection, event: together.OffsetAgentAppointed) -> None:
    if event.until:
        to.offset_agents.put(OffsetAgentRow(event.party, event.until))
    else:
        to.offset_agents.drop(event.party)


def failed(to: Projection, event: settlement.Failed) -> None:
    fails: Rows[FailRow] = to.of["fails"]
    for number in event.transactions:
        row = to.transactions.change(to.db, number)
        row.status = Status.FAILING
        fails.put(FailRow(number, event.date, row.reason, row.lacking))


def transaction_cancelled(to: Projection, event: settlement.TransactionCancelled) -> None:
    row = to.transactions.change(to.db, event.transaction)
    row.status, row.why = Status.CANCELLED, event.reason
    for number in (row.deliver, row.receive):
        if number:
            instruction = to.instructions.change(to.db, number)
            instruction.cancelled, instruction.open = True, False


def payment_asked(to: Projection, event: settlement.PaymentAsked) -> None:
    payment = to.payments.change(to.db, event.payment)
    payment.status, payment.asked = PaymentStatus.REQUESTED, event.time
    row = to.transactions.change(to.db, payment.transaction)
    row.status, row.reason, row.account, row.asset = Status.CONFIRMING, Reason.CONF, 0, 0


def payment_confirmed(to: Projection, event: rtgs.PaymentConfirmed) -> None:
    payment = to.payments.change(to.db, event.payment)
    payment.status, payment.reference = PaymentStatus.CONFIRMED, event.reference


def payment_rejected(to: Projection, event: rtgs.PaymentRejected) -> None:
    """The transaction waits for its payer, with a new payment to come."""
    payment = to.payments.change(to.db, event.payment)
    payment.status, payment.reference = PaymentStatus.REJECTED, event.why
    row = to.transactions.change(to.db, payment.transaction)
    row.status, row.reason, row.lacking = open_status(to, row), Reason.MONY, payment.payer
    _outside(to, row, payment.money, payment.payer, payment.payee, payment.amount)


def payment_in_doubt(to: Projection, event: rtgs.PaymentInDoubt) -> None:
    payment = to.payments.change(to.db, event.payment)
    payment.status = PaymentStatus.IN_DOUBT
    to.transactions.change(to.db, payment.transaction).status = Status.IN_DOUBT


PROJECT: dict[type, Project] = {
    market.TimeSet: time_set,
    market.CalendarPublished: calendar_published,
    market.ClosureDeclared: closure_declared,
    market.SystemOpened: system_opened,
    market.PhaseBegan: phase_began,
    market.RulebookPublished: rulebook_published,
    four_eyes.Proposed: proposed,
    four_eyes.Approved: approved,
    four_eyes.ProposalDropped: proposal_dropped,
    onboarding.PartyRegistered: party_registered,
    onboarding.KeysRotated: keys_rotated,
    onboarding.Attested: attested,
    onboarding.StandingSet: standing_set,
    onboarding.AccountOpened: account_opened,
    onboarding.AccountClosed: account_closed,
    onboarding.RightGranted: right_granted,
    onboarding.RightRevoked: right_revoked,
    onboarding.Elected: elected,
    money.MoneyCreated: money_created,
    books.BookOpened: book_opened,
    instructing.Instructed: instructed,
    instructing.CancelAsked: cancel_asked,
    instructing.InstructionCancelled: instruction_cancelled,
    instructing.HoldSet: hold_set,
    instructing.Matched: matched,
    modifying.InstructionModified: instruction_modified,
    lapsing.Alleged: alleged,
    lapsing.Lapsed: lapsed,
    parting.Parted: parted,
    settlement.Ordered: ordered,
    settlement.Waits: waits,
    settlement.Settled: settled,
    together.OffsetAgentAppointed: offset_agent_appointed,
    settlement.Failed: failed,
    settlement.TransactionCancelled: transaction_cancelled,
    settlement.PaymentAsked: payment_asked,
    rtgs.PaymentConfirmed: payment_confirmed,
    rtgs.PaymentRejected: payment_rejected,
    rtgs.PaymentInDoubt: payment_in_doubt,
}
