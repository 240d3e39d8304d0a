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
    bridges,
    buyback,
    buyin,
    clearing,
    closing,
    conditional,
    default,
    deposits,
    fees,
    four_eyes,
    funding,
    instructing,
    issue,
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
    payments,
    penalties,
    penalty_rates,
    porting,
    powers,
    reconciliation,
    registers,
    requests,
    reserves,
    rtgs,
    screening,
    sets,
    tap,
    tax,
    tiers,
    together,
    unclaimed,
    wallets,
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
RTGS_KEEPERS = (R.CENTRAL_BANK, R.SETTLEMENT_INSTITUTION)
NETWORK_OPERATORS = (R.OPERATOR, R.CENTRAL_BANK, R.CSD, R.SETTLEMENT_INSTITUTION)
MONEY_ISSUERS = (R.CENTRAL_BANK, R.BANK, R.SETTLEMENT_INSTITUTION, R.ISSUER)
RESERVE_KEEPERS = (R.CENTRAL_BANK, R.BANK, R.SETTLEMENT_INSTITUTION, R.CUSTODIAN, R.AUDITOR)
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
    Command(46, wallets.DefineWalletTiers, wallets.define_wallet_tiers, MONEY_ISSUERS, True),
    Command(47, wallets.AssignWallet, wallets.assign_wallet, (*MONEY_ISSUERS, R.CUSTODIAN), True),
    Command(48, reserves.NameReserves, reserves.name_reserves, MONEY_ISSUERS, True),
    Command(49, reserves.MoveReserve, reserves.move_reserve, MONEY_ISSUERS, True),
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
    Command(96, payments.Pay, payments.pay),
    Command(97, sets.ProposeSet, sets.propose_set),
    Command(98, sets.AgreeSet, sets.agree_set),
    Command(99, sets.WithdrawSet, sets.withdraw_set),
    Command(106, sets.CancelSet, sets.cancel_set),
    Command(107, mandates.GiveMandate, mandates.give_mandate, (), True, True),
    Command(108, mandates.RevokeMandate, mandates.revoke_mandate, (), True, True),
    Command(109, mandates.InstructTrade, mandates.instruct_trade),
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
    # networks of deposits: 190 to 219
    Command(190, networks.CreateNetwork, networks.create_network, NETWORK_OPERATORS, True),
    Command(191, networks.JoinNetwork, networks.join_network, (R.BANK,), True),
    Command(192, networks.AdmitMember, networks.admit_member, NETWORK_OPERATORS, True),
    Command(193, networks.AdmitCustomer, networks.admit_customer, (R.BANK,), True),
    Command(194, networks.FundPosition, networks.fund_position, (R.BANK,)),
    Command(195, networks.WithdrawFunds, networks.withdraw_funds, (R.BANK,)),
    Command(196, deposits.SendDeposit, deposits.send_deposit),
    Command(197, deposits.CancelDeposit, deposits.cancel_deposit),
    Command(198, clearing.SetDebitCap, clearing.set_debit_cap, NETWORK_OPERATORS, True),
    Command(199, clearing.GrantLine, clearing.grant_line, (R.BANK,), True),
    Command(200, netting.SettleCycle, netting.settle_cycle, NETWORK_OPERATORS),
    Command(201, clearing.BoundPosition, clearing.bound_position, NETWORK_OPERATORS, True),
    Command(202, clearing.RepayLoss, clearing.repay_loss, (R.BANK,)),
    Command(204, conditional.SendOnCondition, conditional.send_on_condition),
    Command(205, conditional.ReleaseDeposit, conditional.release_deposit),
    Command(206, conditional.DeclineDeposit, conditional.decline_deposit),
    Command(207, requests.RequestToPay, requests.request_to_pay),
    Command(208, requests.PayRequest, requests.pay_request),
    Command(209, requests.DeclineRequest, requests.decline_request),
    Command(210, requests.ReturnDeposit, requests.return_deposit),
    Command(211, requests.RecallDeposit, requests.recall_deposit),
    Command(212, requests.AnswerRecall, requests.answer_recall),
    Command(213, screening.SetScreening, screening.set_screening, (R.BANK,), True),
    Command(214, screening.ListAccount, screening.list_account, (R.BANK,), True),
    Command(215, screening.DecideScreening, screening.decide_screening),
    Command(216, bridges.OfferBridge, bridges.offer_bridge, (R.BANK,), True),
    Command(217, bridges.DrawBridge, bridges.draw_bridge, (R.BANK,)),
    Command(218, bridges.RepayBridge, bridges.repay_bridge, (R.BANK,)),
    # fails: 230 to 236
    Command(230, penalty_rates.PublishPenaltyRates, penalty_rates.publish_penalty_rates, OFFICE, True),
    Command(231, penalty_rates.ClassifyBond, penalty_rates.classify_bond, OFFICE, True),
    Command(232, penalty_rates.ExemptPenalties, penalty_rates.exempt_penalties, OFFICE, True),
    Command(233, penalties.AppealPenalty, penalties.appeal_penalty),
    Command(234, penalties.DecideAppeal, penalties.decide_appeal, (R.OPERATOR,), True),
    Command(235, buyin.StartBuyIn, buyin.start_buy_in),
    Command(236, buyin.ReportBuyIn, buyin.report_buy_in),
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
    Command(177, reconciliation.StateReserves, reconciliation.state_reserves, RESERVE_KEEPERS),
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
