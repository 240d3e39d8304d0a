"""The table of duties and follow-ups: kind -> what runs."""

from __future__ import annotations

from collections.abc import Callable

from bauhinia.ledger.days import DutyKind, WorkKind
from bauhinia.rules import four_eyes, market, onboarding, rtgs, settlement
from bauhinia.rules.step import Step

Runs = Callable[[Step, int], None]

DUTIES: dict[DutyKind, Runs] = {
    DutyKind.PHASE: market.phase_due,
    DutyKind.PROPOSAL: four_eyes.proposal_due,
    DutyKind.CLASSES: onboarding.classes_due,
    DutyKind.PAYMENT_DEADLINE: rtgs.deadline_due,
}

WORK: dict[WorkKind, Runs] = {
    WorkKind.SETTLE: settlement.try_transaction,
    WorkKind.RETRY: settlement.retry_system,
    WorkKind.FAIL: settlement.fail_day,
    WorkKind.ROLL: market.roll,
    WorkKind.SEAL: lambda step, subject: None,
    WorkKind.RECONCILE: lambda step, subject: None,
    WorkKind.CLOSURE: lambda step, subject: None,
    WorkKind.CALENDAR: lambda step, subject: None,
}
