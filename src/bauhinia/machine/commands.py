"""The one table of commands: tag -> command, rule, who may. Tags are written down, appended, never reused.

`who` lists the roles of which the asker needs one; empty where any party may, since the rule itself asks for a right.
A command of `four_eyes` needs two persons of the asker; one over its `own` static data as many as it has, up to two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bauhinia.ledger.parties import Role
from bauhinia.rules import (
    advising,
    allotment,
    billing,
    buyback,
    closing,
    default,
    fees,
    four_eyes,
    funding,
    instructing,
    issue,
    market,
    modifying,
    money,
    note,
    observing,
    onboarding,
    options,
    porting,
    powers,
    reconciliation,
    registers,
    rtgs,
    tap,
    tax,
    tiers,
    together,
    unclaimed,
)
from bauhinia.rules.step import Step
from bauhinia.words.codec import decode
from bauhinia.words.reasons import must

R = Role
Rule = Callable[[Step, Any], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table."""

    tag: int
    kind: type
    rule: Rule
    who: tuple[Role, ...] = ()
    four_eyes: bool = False
    own: bool = False  # of the asker's own static data: a party of one person alone signs alone


def approve(step: Step, command: four_eyes.Approve) -> None:
    """Approve a proposal; the last approval runs the command, and refuses as it would."""
    proposal = four_eyes.approving(step, command)
    entry, value = read_command(proposal.tag, proposal.data)
    done = len(proposal.persons) >= four_eyes.needed(step, own=entry.own)
    signed = step.state.proposals[command.proposal].persons
    added = [person for person in proposal.persons if person not in signed]
    if done:
        step.persons = proposal.persons  # maker and checker both stand behind what now runs
        entry.rule(step, value)
    for person in added:
        step.emit(four_eyes.Approved(command.proposal, step.asker, person, done and person == added[-1]))


OFFICE = (R.OPERATOR, R.CENTRAL_BANK, R.CSD)
MONEY_ISSUERS = (R.CENTRAL_BANK, R.BANK, R.SETTLEMENT_INSTITUTION)
RTGS_KEEPERS = (R.CENTRAL_BANK, R.SETTLEMENT_INSTITUTION)
LODGERS = (R.OPERATOR, R.CSD, R.REGISTRAR, R.LEAD_MANAGER)
KEEPERS = (*OFFICE, R.REGISTRAR, R.CUSTODIAN, R.BANK)
POWERS = (*KEEPERS, R.SETTLEMENT_INSTITUTION, R.REGULATOR)  # of whom a rulebook may give a power; the rule asks it

COMMANDS: tuple[Command, ...] = (
    # the market: 1 to 19
    Command(1, market.SetTime, market.set_time, (R.OPERATOR,)),
    Command(2, market.PublishCalendar, market.publish_calendar, OFFICE, True),
    Command(3, market.DeclareClosure, market.declare_closure, OFFICE, True),
    Command(4, market.OpenSystem, market.open_system, (R.OPERATOR,), True),
    Command(5, market.PublishRulebook, market.publish_rulebook, (R.OPERATOR, R.CENTRAL_BANK), True),
    Command(6, four_eyes.Approve, approve),
    Command(7, four_eyes.Withdraw, four_eyes.withdraw),
    # onboarding: 20 to 39
    Command(20, onboarding.RegisterParty, onboarding.register_party, OFFICE, True),
    Command(21, onboarding.RotateKeys, onboarding.rotate_keys, (), True, True),
    Command(22, onboarding.Attest, onboarding.attest, (R.ATTESTER,), True),
    Command(23, onboarding.SetStanding, onboarding.set_standing, (R.OPERATOR, R.CENTRAL_BANK), True),
    Command(24, onboarding.OpenAccount, onboarding.open_account, KEEPERS, True),
    Command(25, onboarding.CloseAccount, onboarding.close_account, (), True, True),
    Command(26, onboarding.GrantRight, onboarding.grant_right, (), True, True),
    Command(27, onboarding.RevokeRight, onboarding.revoke_right, (), True, True),
    Command(28, onboarding.Elect, onboarding.elect, (), True, True),
    # money and outside payments: 40 to 59
    Command(40, money.CreateMoney, money.create_money, MONEY_ISSUERS, True),
    Command(41, money.MintMoney, money.mint_money, MONEY_ISSUERS, True),
    Command(42, money.RedeemMoney, money.redeem_money),
    Command(43, rtgs.ConfirmPayment, rtgs.confirm_payment, (R.CENTRAL_BANK, R.SETTLEMENT_INSTITUTION)),
    Command(44, rtgs.RejectPayment, rtgs.reject_payment, (R.CENTRAL_BANK, R.SETTLEMENT_INSTITUTION)),
    Command(45, rtgs.StatePayments, rtgs.state_payments, (R.CENTRAL_BANK, R.SETTLEMENT_INSTITUTION)),
    # issue: 60 to 89
    Command(60, issue.LodgeTerms, issue.lodge_terms, LODGERS, True),
    Command(61, note.LodgeNote, note.lodge_note, (R.CSD,), True),
    Command(62, tap.LodgeTap, tap.lodge_tap, LODGERS, True),
    Command(63, closing.AuthoriseIssue, closing.authorise_issue, (R.ISSUER,)),
    Command(64, closing.ConfirmAmount, closing.confirm_amount, (R.REGISTRAR, R.CSD)),
    Command(65, closing.AcceptAgency, closing.accept_agency),
    Command(66, allotment.Allot, allotment.allot, (R.LEAD_MANAGER,)),
    Command(67, allotment.AcceptAllotment, allotment.accept_allotment),
    Command(68, allotment.ReleaseIssue, allotment.release_issue, (R.LEAD_MANAGER,)),
    Command(69, allotment.WithdrawAllotment, allotment.withdraw_allotment, (R.LEAD_MANAGER,)),
    Command(70, closing.AbandonClosing, closing.abandon_closing, (R.ISSUER, R.LEAD_MANAGER)),
    Command(71, buyback.CancelBought, buyback.cancel_bought, (R.ISSUER,)),
    Command(72, buyback.ConfirmCancellation, buyback.confirm_cancellation, (R.REGISTRAR, R.CSD)),
    # settlement: 90 to 109
    Command(90, instructing.Instruct, instructing.instruct),
    Command(91, instructing.CancelInstruction, instructing.cancel_instruction),
    Command(92, instructing.HoldInstruction, instructing.hold_instruction),
    Command(93, instructing.ReleaseInstruction, instructing.release_instruction),
    Command(105, modifying.ModifyInstruction, modifying.modify_instruction),
    Command(94, together.AppointOffsetAgent, together.appoint_offset_agent, (R.OPERATOR,), True),
    Command(95, together.SettleTogether, together.settle_together),
    # servicing: 110 to 139
    Command(110, funding.AppointPayingAccount, funding.appoint_paying_account, (R.PAYING_AGENT,), True),
    Command(111, funding.Fund, funding.fund),
    Command(112, unclaimed.ReleaseSuspense, unclaimed.release_suspense, (R.PAYING_AGENT,)),
    Command(113, tiers.PayTier, tiers.pay_tier),
    Command(114, default.Accelerate, default.accelerate, (R.TRUSTEE,)),
    Command(115, default.RequestAcceleration, default.request_acceleration),
    Command(116, observing.DefineSeries, observing.define_series, (*OFFICE, R.PAYING_AGENT), True),
    Command(117, observing.Observe, observing.observe),
    Command(118, options.CallBond, options.call_bond, (R.ISSUER,), True),
    Command(119, options.PutBond, options.put_bond),
    Command(120, options.WithdrawPut, options.withdraw_put),
    # tax and entitlements: 125 to 134
    Command(125, tax.AppointTaxAccount, tax.appoint_tax_account, (), True),
    Command(126, tax.DeclarePools, tax.declare_pools, (R.CSD, R.CUSTODIAN, R.BANK)),
    Command(127, tax.RemitTax, tax.remit_tax),
    Command(128, tax.ReclaimTax, tax.reclaim_tax),
    Command(129, tax.DecideReclaim, tax.decide_reclaim, (), True),
    Command(130, tax.RefundTax, tax.refund_tax),
    Command(131, advising.ReverseEntitlement, advising.reverse_entitlement, (R.PAYING_AGENT,), True),
    Command(132, advising.ConfirmEntitlement, advising.confirm_entitlement, (R.PAYING_AGENT,), True),
    # registers: 140 to 159
    Command(140, registers.RecordHolderData, registers.record_holder_data, KEEPERS, True),
    Command(141, registers.InspectRegister, registers.inspect_register),
    Command(142, registers.RequestCopy, registers.request_copy),
    # fees, and clients of a custodian in default: 237 to 243
    Command(237, fees.PublishFees, fees.publish_fees, (R.OPERATOR, R.CSD), True),
    Command(238, fees.NameFeeAccount, fees.name_fee_account, (), True, True),
    Command(239, billing.PayBill, billing.pay_bill),
    Command(240, billing.DisputeBill, billing.dispute_bill),
    Command(241, billing.CorrectBill, billing.correct_bill, (R.OPERATOR, R.CSD), True),
    Command(242, porting.PortClients, porting.port_clients, POWERS, True),
    Command(243, porting.AcceptClients, porting.accept_clients, (R.CSD, R.CUSTODIAN, R.BANK), True),
    # powers and reconciliation: 160 to 189
    Command(160, powers.SetBlock, powers.set_block, POWERS, True),
    Command(161, powers.LiftBlock, powers.lift_block, POWERS, True),
    Command(162, powers.ForceTransfer, powers.force_transfer, POWERS, True),
    Command(163, powers.PauseAsset, powers.pause_asset, POWERS, True),
    Command(164, powers.ResumeAsset, powers.resume_asset, POWERS, True),
    Command(165, powers.RecoverKeys, powers.recover_keys, POWERS, True),
    Command(175, reconciliation.StateHoldings, reconciliation.state_holdings, (R.CSD, R.CUSTODIAN, R.BANK)),
    Command(176, reconciliation.StateRegister, reconciliation.state_register),
    Command(177, reconciliation.StateReserves, reconciliation.state_reserves, RTGS_KEEPERS),
    Command(178, reconciliation.ExplainBreak, reconciliation.explain_break),
    Command(179, reconciliation.ResolveBreak, reconciliation.resolve_break, (R.OPERATOR, R.CSD), True),
)

BY_TAG: dict[int, Command] = {entry.tag: entry for entry in COMMANDS}
BY_KIND: dict[type, Command] = {entry.kind: entry for entry in COMMANDS}
BY_NAME: dict[str, Command] = {entry.kind.__name__: entry for entry in COMMANDS}
must(len(BY_TAG) == len(BY_KIND) == len(BY_NAME) == len(COMMANDS), "a command stands twice in the table")


def read_command(tag: int, data: bytes) -> tuple[Command, Any]:
    """The row and the value of a command's bytes. KeyError where the tag is unknown, Malformed where the bytes are."""
    entry = BY_TAG[tag]
    return entry, decode(entry.kind, data)
