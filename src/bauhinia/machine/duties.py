"""The table of duties and follow-ups: kind -> what runs."""

from __future__ import annotations

from collections.abc import Callable

from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.rules import (
    advising,
    allotment,
    billing,
    claims,
    default,
    drawing,
    fees,
    finality,
    four_eyes,
    funding,
    lapsing,
    market,
    onboarding,
    parting,
    paying,
    powers,
    reconciliation,
    recording,
    registers,
    rtgs,
    servicing,
    settlement,
    tap,
    tax,
    tiers,
    unclaimed,
)
from bauhinia.rules.step import Step

Runs = Callable[[Step, int], None]

DUTIES: dict[DutyKind, Runs] = {
    DutyKind.PHASE: market.phase_due,
    DutyKind.PROPOSAL: four_eyes.proposal_due,
    DutyKind.CLASSES: onboarding.classes_due,
    DutyKind.PAYMENT_DEADLINE: rtgs.deadline_due,
    DutyKind.ANNOUNCE: servicing.announce_due,
    DutyKind.RECORD: recording.record_due,
    DutyKind.PAYMENT: servicing.payment_due,
    DutyKind.SHARE: paying.pay_page,
    DutyKind.LATE: default.late_due,
    DutyKind.LAPSE: servicing.lapse_due,
    DutyKind.GRACE: default.grace_due,
    DutyKind.PRESCRIPTION: unclaimed.prescribe,
    DutyKind.CLAIM_END: claims.detection_ends,
    DutyKind.FUNGIBLE: tap.fungible_due,
    DutyKind.RETENTION: registers.retention_due,
    DutyKind.NOTICE: powers.notice_due,
    DutyKind.REMIT: tax.remittance_over,
    DutyKind.ALLEGE: lapsing.allege,
    DutyKind.PART: parting.part_window,
    DutyKind.BILL: billing.bill_due,
}

WORK: dict[WorkKind, Runs] = {
    WorkKind.SETTLE: settlement.try_transaction,
    WorkKind.ISSUE: allotment.allotment_done,
    WorkKind.MERGE: tap.merge_page,
    WorkKind.RETRY: settlement.retry_system,
    WorkKind.FAIL: settlement.fail_day,
    WorkKind.LAPSE: lapsing.lapse_day,
    WorkKind.ROLL: market.roll,
    WorkKind.SEAL: registers.seal_registers,
    WorkKind.RECONCILE: reconciliation.reconcile,
    WorkKind.PLAN: servicing.plan,
    WorkKind.FIX: servicing.fix,
    WorkKind.CLOSURE: servicing.redate_closed,
    WorkKind.CALENDAR: servicing.redate_all,
    WorkKind.FUNDED: funding.funded,
    WorkKind.PAY_PAGE: paying.pay_page,
    WorkKind.PAYOUT: paying.payout_made,
    WorkKind.PAY_TIER: tiers.pay_tier_page,
    WorkKind.AMEND: recording.amend,
    WorkKind.ENDED: recording.bond_ended,
    WorkKind.DETECT: claims.detect,
    WorkKind.CLAIM: claims.claim_moved,
    WorkKind.CLAIMS: claims.claims_due,
    WorkKind.DRAW: drawing.draw_due,
    WorkKind.PRESCRIBE: unclaimed.prescribe,
    WorkKind.INSOLVENCY: finality.insolvency,
    WorkKind.ADVISE: advising.advise,
    WorkKind.TAX: tax.document_changed,
    WorkKind.USAGE: fees.count_day,
    WorkKind.FEE: billing.fee_moved,
}
