"""The table of events: tag -> event, how it evolves the state, who may see it. Tags are append-only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bauhinia.ledger.state import State
from bauhinia.rules import (
    advising,
    allotment,
    aside,
    bank_failure,
    billing,
    books,
    bridges,
    buyback,
    buyin,
    claims,
    clearing,
    closing,
    cycles,
    default,
    deposits,
    drawing,
    electing,
    fees,
    four_eyes,
    funding,
    holding,
    instructing,
    issue,
    lapsing,
    mandates,
    market,
    modifying,
    money,
    netting,
    networks,
    note,
    observing,
    onboarding,
    options,
    parting,
    paying,
    payments,
    payouts,
    penalties,
    penalty_months,
    penalty_rates,
    porting,
    powers,
    reconciliation,
    recording,
    registers,
    requests,
    reserves,
    rtgs,
    screening,
    sealing,
    servicing,
    sets,
    settlement,
    tap,
    tax,
    tiers,
    together,
    unclaimed,
    wallets,
    withholding,
)
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
    Event(44, rtgs.PaymentsStated, rtgs.on_payments_stated, rtgs.sees_statement),
    # wallets, reserves and elections: 300 to 309
    Event(300, wallets.WalletTiersDefined, wallets.on_wallet_tiers_defined, wallets.sees_tiers),
    Event(301, wallets.WalletAssigned, wallets.on_wallet_assigned, wallets.sees_wallet),
    Event(302, reserves.ReservesNamed, reserves.on_reserves_named, reserves.sees_reserves),
    Event(303, reserves.ReserveShort, reserves.on_reserve_short, reserves.sees_cover),
    Event(304, reserves.ReserveMet, reserves.on_reserve_met, reserves.sees_cover),
    Event(305, reserves.RedemptionAsked, reserves.on_redemption_asked, reserves.sees_redemption),
    Event(306, reserves.RedemptionPaid, reserves.on_redemption_paid, reserves.sees_redemption),
    Event(307, reserves.RedemptionLate, reserves.on_redemption_late, reserves.sees_late_redemption),
    Event(308, electing.FellBack, electing.on_fell_back, electing.sees_fell_back),
    # issue: 60 to 89
    Event(60, issue.TermsLodged, issue.on_terms_lodged, issue.sees_terms),
    Event(61, note.NoteLodged, note.on_note_lodged, note.sees_note),
    Event(62, tap.TapLodged, tap.on_tap_lodged, tap.sees_tap),
    Event(63, closing.IssueAuthorised, closing.on_issue_authorised, closing.sees_closing),
    Event(64, closing.AmountConfirmed, closing.on_amount_confirmed, closing.sees_closing),
    Event(65, closing.AgencyAccepted, closing.on_agency_accepted, closing.sees_closing),
    Event(66, allotment.Allotted, allotment.on_allotted, allotment.sees_allotment),
    Event(67, allotment.AllotmentAccepted, allotment.on_allotment_accepted, allotment.sees_allotment),
    Event(68, allotment.IssueReleased, allotment.on_issue_released, allotment.sees_release),
    Event(69, allotment.AllotmentReleased, allotment.on_allotment_released, allotment.sees_released),
    Event(70, allotment.AllotmentWithdrawn, allotment.on_allotment_withdrawn, allotment.sees_allotment),
    Event(71, allotment.AllotmentIssued, allotment.on_allotment_issued, allotment.sees_released),
    Event(72, allotment.BondIssued, allotment.on_bond_issued, allotment.sees_issued),
    Event(73, closing.ClosingAbandoned, closing.on_closing_abandoned, closing.sees_closing),
    Event(74, buyback.CancellationAsked, buyback.on_cancellation_asked, buyback.sees_cancellation),
    Event(75, buyback.BondsCancelled, buyback.on_bonds_cancelled, buyback.sees_cancellation),
    Event(76, tap.MergerMoved, tap.on_merger_moved, tap.sees_merger),
    Event(77, tap.MergerBegan, tap.on_merger_began, tap.sees_merger),
    Event(78, tap.HoldingsMerged, tap.on_holdings_merged, tap.sees_holdings),
    Event(79, tap.Merged, tap.on_merged, tap.sees_merger),
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
    # settlement in cycles: 270 to 274
    Event(270, cycles.CycleRun, cycles.on_cycle_run, cycles.sees_cycle),
    # settlement, continued: 250 to 262
    Event(250, lapsing.Alleged, lapsing.on_alleged, lapsing.sees_alleged),
    Event(251, lapsing.Lapsed, lapsing.on_lapsed, lapsing.sees_lapsed),
    Event(252, parting.Parted, parting.on_parted, parting.sees_parted),
    Event(253, modifying.InstructionModified, modifying.on_instruction_modified, modifying.sees_modified),
    Event(254, payments.PaymentOrdered, payments.on_payment_ordered, payments.sees_payment_ordered),
    Event(255, sets.SetProposed, sets.on_set_proposed, sets.sees_set),
    Event(256, sets.SetAgreed, sets.on_set_agreed, sets.sees_set),
    Event(257, sets.SetBound, sets.on_set_bound, sets.sees_bound),
    Event(258, sets.SetCancelAsked, sets.on_set_cancel_asked, sets.sees_set),
    Event(259, sets.SetEnded, sets.on_set_ended, sets.sees_set),
    Event(275, mandates.MandateGiven, mandates.on_mandate_given, mandates.sees_mandate_given),
    Event(276, mandates.MandateUsed, mandates.on_mandate_used, mandates.sees_mandate),
    Event(277, mandates.MandateEnded, mandates.on_mandate_ended, mandates.sees_mandate),
    Event(103, together.OffsetAgentAppointed, together.on_offset_agent_appointed, together.sees_agent),
    Event(104, together.OffsetTaken, together.on_offset_taken, together.sees_offset),
    # servicing: 110 to 139
    Event(110, servicing.ActionsPlanned, servicing.on_actions_planned, servicing.sees_public),
    Event(111, servicing.Announced, servicing.on_announced, servicing.sees_public),
    Event(112, servicing.Redated, servicing.on_redated, servicing.sees_public),
    Event(113, recording.BookRecorded, recording.on_book_recorded, recording.sees_book_recorded),
    Event(114, recording.ActionRecorded, recording.on_action_recorded, recording.sees_servicing),
    Event(115, recording.RecordAmended, recording.on_record_amended, recording.sees_servicing),
    Event(116, servicing.ActionDue, servicing.on_action_due, servicing.sees_public),
    Event(117, funding.PayingAccountAppointed, funding.on_paying_account_appointed, funding.sees_appointed),
    Event(118, funding.FundingOrdered, funding.on_funding_ordered, funding.sees_funding),
    Event(119, funding.FundingReceived, funding.on_funding_received, funding.sees_funding),
    Event(120, paying.Short, paying.on_short, paying.sees_payment),
    Event(121, paying.PaymentBegan, paying.on_payment_began, paying.sees_payment),
    Event(122, paying.PagePaid, paying.on_page_paid, paying.sees_payment),
    Event(123, paying.PaymentEnded, paying.on_payment_ended, paying.sees_payment),
    Event(124, paying.ActionPaid, paying.on_action_paid, paying.sees_payment),
    Event(125, payouts.Suspended, payouts.on_suspended, payouts.sees_suspended),
    Event(126, payouts.HeldBack, payouts.on_held_back, payouts.sees_suspended),
    Event(127, payouts.PayoutOrdered, payouts.on_payout_ordered, payouts.sees_payout),
    Event(128, payouts.PayoutMade, payouts.on_payout_made, payouts.sees_payout),
    Event(129, tiers.TierBegun, tiers.on_tier_begun, tiers.sees_tier),
    Event(130, tiers.TierPaid, tiers.on_tier_paid, tiers.sees_tier),
    Event(131, tiers.TierWaits, tiers.on_tier_waits, tiers.sees_tier),
    Event(132, unclaimed.SuspenseReleased, unclaimed.on_suspense_released, unclaimed.sees_released),
    Event(133, unclaimed.Prescribed, unclaimed.on_prescribed, unclaimed.sees_prescribed),
    Event(134, default.PaymentLate, default.on_payment_late, default.sees_late),
    Event(135, default.GraceExpired, default.on_grace_expired, default.sees_grace),
    Event(136, default.AccelerationRequested, default.on_acceleration_requested, default.sees_requested),
    Event(137, default.Accelerated, default.on_accelerated, default.sees_accelerated),
    Event(138, servicing.Fixed, servicing.on_fixed, servicing.sees_public),
    # what is observed: 200 to 209
    Event(200, observing.SeriesDefined, observing.on_series_defined, observing.sees_series),
    Event(201, observing.ValueTold, observing.on_value_told, observing.sees_told),
    Event(202, observing.Observed, observing.on_observed, observing.sees_series),
    # calls, puts and drawings: 210 to 229
    Event(210, options.EarlyAnnounced, options.on_early_announced, options.sees_early),
    Event(211, options.BondPut, options.on_bond_put, options.sees_put),
    Event(212, options.PutWithdrawalAsked, options.on_put_withdrawal_asked, options.sees_put),
    Event(213, options.PutWithdrawn, options.on_put_withdrawn, options.sees_put),
    Event(214, drawing.BookDrawn, drawing.on_book_drawn, drawing.sees_book_drawn),
    Event(215, drawing.Drawn, drawing.on_drawn, drawing.sees_drawn),
    Event(216, aside.DrawingVoided, drawing.on_drawing_voided, aside.sees_voided),
    Event(217, aside.DrawnFreed, aside.on_drawn_freed, paying.sees_payment),
    Event(218, paying.Extinguished, paying.on_extinguished, paying.sees_extinguished),
    # market claims: 190 to 199
    Event(190, claims.ClaimRaised, claims.on_claim_raised, claims.sees_claim),
    Event(191, claims.ClaimMatured, claims.on_claim_matured, claims.sees_claim),
    Event(192, claims.ClaimOrdered, claims.on_claim_ordered, claims.sees_claim),
    Event(193, claims.ClaimPaid, claims.on_claim_gone, claims.sees_claim),
    Event(194, claims.ClaimCancelled, claims.on_claim_gone, claims.sees_claim),
    Event(195, claims.DetectionEnded, claims.on_detection_ended, claims.sees_detection),
    # tax and entitlements: 230 to 249
    Event(230, tax.TaxAccountAppointed, tax.on_tax_account_appointed, tax.sees_tax_account),
    Event(231, withholding.TaxAssessed, withholding.on_tax_assessed, withholding.sees_tax_assessed),
    Event(232, tax.PoolsDeclared, tax.on_pools_declared, tax.sees_pools),
    Event(233, advising.EntitlementAdvised, advising.on_entitlement_told, advising.sees_entitlement),
    Event(234, advising.EntitlementRevised, advising.on_entitlement_told, advising.sees_entitlement),
    Event(235, advising.EntitlementReversed, advising.on_entitlement_reversed, advising.sees_public),
    Event(236, advising.EntitlementConfirmed, advising.on_entitlement_confirmed, advising.sees_public),
    Event(237, tax.TaxRemitted, tax.on_tax_remitted, tax.sees_remitted),
    Event(238, tax.TaxOverdue, tax.on_tax_overdue, tax.sees_remitted),
    Event(239, tax.TaxReclaimed, tax.on_tax_reclaimed, tax.sees_reclaim),
    Event(240, tax.ReclaimRefused, tax.on_reclaim_refused, tax.sees_reclaim),
    Event(241, tax.ReclaimPaid, tax.on_reclaim_paid, tax.sees_reclaim),
    Event(242, tax.ReclaimForwarded, tax.on_reclaim_forwarded, tax.sees_reclaim),
    Event(243, tax.TaxRefunded, tax.on_tax_refunded, tax.sees_reclaim),
    # networks of deposits: 310 to 339
    Event(310, networks.NetworkCreated, networks.on_network_created, networks.sees_network),
    Event(311, networks.MembershipAsked, networks.on_membership_asked, networks.sees_asked),
    Event(312, networks.MemberAdmitted, networks.on_member_admitted, networks.sees_network),
    Event(313, networks.CustomerAdmitted, networks.on_customer_admitted, networks.sees_customer),
    Event(314, deposits.DepositSent, deposits.on_deposit_sent, deposits.sees_deposit),
    Event(315, deposits.DepositArrived, deposits.on_deposit_arrived, deposits.sees_deposit),
    Event(316, deposits.DepositReturned, deposits.on_deposit_returned, deposits.sees_deposit),
    Event(317, clearing.DebitCapSet, clearing.on_debit_cap_set, clearing.sees_bank),
    Event(318, clearing.LineGranted, clearing.on_line_granted, clearing.sees_line),
    Event(319, netting.CycleSettled, netting.on_cycle_settled, netting.sees_cycle),
    Event(320, netting.NetSettled, netting.on_net_settled, netting.sees_own),
    Event(321, netting.FundsCalled, netting.on_funds_called, netting.sees_own),
    Event(322, netting.LossShared, netting.on_loss_shared, netting.sees_loss),
    Event(323, clearing.LossRepaid, clearing.on_loss_repaid, clearing.sees_repaid),
    Event(324, clearing.PositionBounded, clearing.on_position_bounded, clearing.sees_bank),
    Event(325, bank_failure.BankBlocked, bank_failure.on_bank_blocked, bank_failure.sees_blocked),
    Event(326, holding.DepositHeld, holding.on_deposit_held, holding.sees_held),
    Event(327, holding.ConditionMet, holding.on_condition_met, holding.sees_met),
    Event(328, holding.ScreeningPassed, holding.on_screening_passed, holding.sees_passed),
    Event(329, holding.HeldDone, holding.on_held_done, holding.sees_done),
    Event(330, requests.PaymentRequested, requests.on_payment_requested, requests.sees_request),
    Event(331, requests.RequestAnswered, requests.on_request_answered, requests.sees_request),
    Event(332, requests.DepositRecalled, requests.on_deposit_recalled, requests.sees_recall),
    Event(333, requests.RecallAnswered, requests.on_recall_answered, requests.sees_recall),
    Event(334, screening.ScreeningSet, screening.on_screening_set, screening.sees_screening),
    Event(335, screening.AccountListed, screening.on_account_listed, screening.sees_screening),
    Event(336, bridges.BridgeOffered, bridges.on_bridge_offered, bridges.sees_bridge),
    Event(337, bridges.BridgeDrawn, bridges.on_bridge_drawn, bridges.sees_bridge),
    Event(338, bridges.BridgeRepaid, bridges.on_bridge_repaid, bridges.sees_bridge),
    Event(339, bridges.BridgeOverdue, bridges.on_bridge_overdue, bridges.sees_bridge),
    # fails: 280 to 289
    Event(280, penalty_rates.PenaltyRatesPublished, penalty_rates.on_rates_published, penalty_rates.sees_rates),
    Event(281, penalty_rates.BondClassified, penalty_rates.on_bond_classified, penalty_rates.sees_rates),
    Event(282, penalty_rates.PenaltiesExempted, penalty_rates.on_penalties_exempted, penalty_rates.sees_rates),
    Event(283, penalties.PenaltyComputed, penalties.on_penalty_computed, penalties.sees_penalty),
    Event(284, penalties.PenaltyAppealed, penalties.on_penalty_appealed, penalties.sees_penalty),
    Event(285, penalties.AppealDecided, penalties.on_appeal_decided, penalties.sees_penalty),
    Event(286, penalty_months.PenaltiesNetted, penalty_months.on_penalties_netted, penalty_months.sees_net),
    Event(287, penalty_months.PenaltiesDue, penalty_months.on_penalties_due, penalty_months.sees_due),
    Event(288, buyin.BuyInStarted, buyin.on_buy_in_started, buyin.sees_buy_in),
    Event(289, buyin.BoughtIn, buyin.on_bought_in, buyin.sees_bought_in),
    # registers: 140 to 159
    Event(140, registers.RegisterSealed, registers.on_register_sealed, registers.sees_register),
    Event(141, registers.DatesBegun, registers.on_dates_begun, registers.sees_register),
    Event(142, registers.HolderDataRecorded, registers.on_holder_data_recorded, registers.sees_holder_data),
    Event(143, registers.RegisterInspected, registers.on_register_inspected, registers.sees_inspection),
    Event(144, registers.RetentionExtended, registers.on_retention_extended, registers.sees_retention),
    Event(145, registers.PersonalDataErased, registers.on_personal_data_erased, registers.sees_retention),
    # fees, and clients of a custodian in default: 290 to 299
    Event(290, fees.FeesPublished, fees.on_fees_published, fees.sees_fees),
    Event(291, fees.FeeAccountNamed, fees.on_fee_account_named, fees.sees_fee_account),
    Event(292, fees.UsageCounted, fees.on_usage_counted, fees.sees_usage),
    Event(293, fees.BillRendered, fees.on_bill_rendered, fees.sees_bill),
    Event(294, billing.CollectionOrdered, billing.on_collection_ordered, billing.sees_billing),
    Event(295, billing.BillDisputed, billing.on_bill_disputed, billing.sees_billing),
    Event(296, billing.BillCorrected, billing.on_bill_corrected, billing.sees_billing),
    Event(297, billing.BillCollected, billing.on_bill_collected, billing.sees_billing),
    Event(298, porting.ClientsPorted, porting.on_clients_ported, porting.sees_ported),
    Event(299, porting.ClientsAccepted, porting.on_clients_accepted, porting.sees_accepted),
    # powers and reconciliation: 160 to 189
    Event(160, powers.PowerUsed, powers.on_power_used, powers.sees_use),
    Event(161, powers.NoticeGiven, powers.on_notice_given, powers.sees_notice),
    Event(175, reconciliation.BookStated, reconciliation.on_book_stated, reconciliation.sees_statement),
    Event(176, reconciliation.BreakFound, reconciliation.on_break_found, reconciliation.sees_break),
    Event(177, reconciliation.BreakExplained, reconciliation.on_break_explained, reconciliation.sees_explained),
    Event(178, reconciliation.BreakResolved, reconciliation.on_break_resolved, reconciliation.sees_resolved),
    Event(179, reconciliation.Reconciled, reconciliation.on_reconciled, reconciliation.sees_reconciled),
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


def tag_of(data: bytes) -> int:
    """The tag of the first of some events, of their bytes; zero where there are none."""
    return int(ITEM.unpack_from(data)[0]) if data else 0


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
