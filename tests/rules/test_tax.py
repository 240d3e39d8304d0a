"""Stories of tax at source: documents, pools, gross-up, remittance and reclaims; and what holders are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.ledger.actions import Action, ActionStatus
from bauhinia.ledger.bonds import BondStatus, Conditions
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Purpose, Role, Standing
from bauhinia.ledger.taxes import Pool, ReclaimStatus, TaxPart, TaxRate, TaxRegime
from bauhinia.rules import advising
from bauhinia.rules.advising import (
    ConfirmEntitlement,
    EntitlementAdvised,
    EntitlementReversed,
    EntitlementRevised,
    ReverseEntitlement,
)
from bauhinia.rules.funding import AppointPayingAccount, Fund
from bauhinia.rules.onboarding import Attest, CloseAccount, SetStanding
from bauhinia.rules.paying import PaymentBegan
from bauhinia.rules.recording import ActionRecorded
from bauhinia.rules.tax import (
    DecideReclaim,
    DeclarePools,
    PoolsDeclared,
    ReclaimForwarded,
    ReclaimTax,
    RefundTax,
    RemitTax,
    TaxOverdue,
)
from bauhinia.rules.tiers import TierPaid
from bauhinia.rules.unclaimed import ReleaseSuspense
from bauhinia.rules.withholding import TaxAssessed
from bauhinia.words.ids import NO_ACCOUNT, NO_PARTY, AssetNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import NEXT, Deal, deal
from tests.rules.served import COUPON, FIRST, LAST, LAST_COUPON, LOT, LOTS, cash, coupon, redemption, status
from tests.rules.taxed import (
    CLOSED,
    DOMESTIC_TAX,
    EXEMPT,
    PROOF,
    RATES,
    RECORD,
    STATUTORY,
    TREATY,
    TREATY_TAX,
    appointment,
    attest,
    pay,
    taxed,
)
from tests.support import START, seen, trade

DAY = timedelta(days=1)


def advised(events: list[Any], made: Deal, who: str) -> tuple[int, int]:
    """Gross and tax as a holder was told first."""
    (event,) = [each for each in events if isinstance(each, EntitlementAdvised) and each.account == made.at[who]]
    return event.gross, event.tax


def revised(events: list[Any], made: Deal, who: str) -> list[tuple[int, int]]:
    """The tax a holder was told before and is told now."""
    mine = [each for each in events if isinstance(each, EntitlementRevised) and each.account == made.at[who]]
    return [(each.tax_before, each.tax) for each in mine]


def adds_up(made: Deal, action: Action) -> None:
    """Of a payment made: gross is net and tax, and the tax account has what is not remitted nor paid back."""
    books, sums = made.told.state.taxes.actions[action.number].books, made.told.state.taxes.actions[action.number].sums
    record, withheld = action.records[action.asset], books[action.asset].withheld
    assert sum(record.paid) == action.paid == sum(record.amounts)
    assert sum(withheld) == sums[made.token].withheld == sum(books[action.asset].taxes)
    assert made.held("tax", made.token) == sums[made.token].kept
    made.check()


def test_three_holders_are_taxed_by_the_document_that_each_has() -> None:
    made, asset = taxed(("A", 3), ("G", 2), ("B", 5))
    action = coupon(made, asset)
    events = made.told.until(RECORD, CLOSED)
    assert [each.needs for each in events if isinstance(each, ActionRecorded)] == [((made.token, 10 * COUPON),)]
    # A: 59,508 at 20% is 11,901.6; G: 39,672 at 10% is 3,967.2; B is exempt
    assert advised(events, made, "A") == (59_508, 11_902)
    assert advised(events, made, "G") == (39_672, 3_967)
    assert advised(events, made, "B") == (99_180, 0)
    pay(made, action, 10 * COUPON)
    assert status(action) is ActionStatus.PAID
    assert cash(made, "A", "G", "B", "tax", "paying") == (59_508 - 11_902, 39_672 - 3_967, 99_180, 15_869, 0)
    adds_up(made, action)


def test_a_bond_without_a_regime_is_paid_as_before() -> None:
    made, _ = taxed(("A", 3))
    plain = made.lodge(isin="HK0000000023", terms=LOTS)
    made.issue(plain, 2 * LOT, ("A", 2 * LOT))
    action = coupon(made, plain)
    events = made.told.until(FIRST)
    told = [type(each) for each in events if getattr(each, "action", 0) == action.number]
    assert not {TaxAssessed, EntitlementAdvised} & set(told)
    assert (action.number in made.told.state.taxes.actions, list(action.records[plain].amounts)) == (
        False,
        [2 * COUPON],
    )
    assert made.told.refused("Custodian", DeclarePools(action.number, made.at["omnibus"], ()))[0] is Reason.STATE


def test_a_holder_is_told_its_own_entitlement_and_no_other_is() -> None:
    made, _ = taxed(("A", 3), ("G", 2))
    made.told.until(RECORD, CLOSED)
    kinds = (EntitlementAdvised, TaxAssessed)
    for who in ("A", "G"):
        (mine,) = [each for each in seen(made.told, who) if isinstance(each, kinds)]
        assert isinstance(mine, EntitlementAdvised)
        assert mine.account == made.at[who]
    for who in ("Agent", "TaxAgent", "CMU", "Government", "B"):
        assert not any(isinstance(each, EntitlementAdvised) for each in seen(made.told, who))


def test_holders_are_told_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advising, "PAGE", 1)
    made, _ = taxed(("A", 3), ("G", 2), ("B", 5))
    events = made.told.until(RECORD, CLOSED)
    assert len([each for each in events if isinstance(each, EntitlementAdvised)]) == 3
    made.check()


def test_without_a_valid_document_the_statutory_rate_applies() -> None:
    made, asset = taxed(("G", 1), ("B", 1), ("A", 1))
    told = made.told
    attest(made, "G", "treaty", RECORD)  # expires in the morning of the record date
    attest(made, "A", "treaty", date(2027, 12, 31))  # of a treaty that is not with its country
    attest(made, "B", "exempt", FIRST)  # valid at the record date: what expires after does not matter
    events = told.until(RECORD, CLOSED)
    assert [advised(events, made, who)[1] for who in ("G", "A", "B")] == [DOMESTIC_TAX, DOMESTIC_TAX, 0]
    events = pay(made, coupon(made, asset), 3 * COUPON)
    assert not any(isinstance(each, EntitlementRevised) for each in events)
    assert cash(made, "G", "A", "B") == (COUPON - DOMESTIC_TAX, COUPON - DOMESTIC_TAX, COUPON)
    adds_up(made, coupon(made, asset))


def test_a_document_that_comes_before_the_payment_revises_it() -> None:
    made, asset = taxed(("A", 1), ("G", 1))
    told, action = made.told, coupon(made, asset)
    told.does("Attester", Attest(told.parties["G"], "tax", "", 0))
    assert advised(told.until(RECORD, CLOSED), made, "G") == (COUPON, DOMESTIC_TAX)
    events = attest(made, "G", "treaty", date(2026, 12, 31))
    assert [each.party for each in events if isinstance(each, TaxAssessed)] == [told.parties["G"]]
    assert revised(events, made, "G") == [(DOMESTIC_TAX, TREATY_TAX)]
    assert revised(told.does("Attester", Attest(told.parties["G"], "tax", "", 0)), made, "G") == [
        (TREATY_TAX, DOMESTIC_TAX)
    ]
    assert revised(attest(made, "A", "exempt", date(2026, 12, 31)), made, "A") == [(DOMESTIC_TAX, 0)]
    pay(made, action, 2 * COUPON)
    assert attest(made, "G", "treaty", date(2026, 12, 31))[1:] == []  # paid: nothing follows it any more
    assert cash(made, "A", "G", "tax") == (COUPON, COUPON - DOMESTIC_TAX, DOMESTIC_TAX)
    adds_up(made, action)


def foreign(lots: int) -> tuple[Deal, AssetNumber]:
    """The custodian is the nominee of a foreign depository, whose clients stand in no book of this ledger."""
    made, asset = taxed(("Custodian", lots))
    made.at["foreign"] = made.at["Custodian"]
    return made, asset


def test_pools_behind_an_omnibus_account_are_taxed_each_at_its_rate() -> None:
    made, asset = foreign(10)
    told, action = made.told, coupon(made, asset)
    early = told.refused("Custodian", DeclarePools(action.number, made.at["foreign"], (Pool(TREATY, LOT),)))
    assert early == (Reason.NOT_DUE, ("action", action.number))
    events = told.until(RECORD, CLOSED)
    assert advised(events, made, "foreign") == (198_360, 39_672)  # all at 20% until pools are declared
    pools = (Pool(TREATY, 3 * LOT), Pool(EXEMPT, 2 * LOT))
    events = told.does("Custodian", DeclarePools(action.number, made.at["foreign"], pools))
    # 5 lots at 20%: 99,180 * 20% = 19,836; 3 at 10%: 59,508 * 10% = 5,950.8; 2 exempt
    (now,) = [each for each in events if isinstance(each, EntitlementRevised)]
    assert now.parts == (
        TaxPart(STATUTORY, 5 * LOT, 99_180, 19_836),
        TaxPart(TREATY, 3 * LOT, 59_508, 5_951),
        TaxPart(EXEMPT, 2 * LOT, 39_672, 0),
    )
    assert (now.tax_before, now.tax) == (39_672, 25_787)
    assert {type(each) for each in seen(told, "TaxAgent")} >= {PoolsDeclared}
    assert PoolsDeclared not in {type(each) for each in seen(told, "A")}
    pay(made, action, 10 * COUPON)
    assert cash(made, "foreign", "tax") == (198_360 - 25_787, 25_787)
    adds_up(made, action)


@pytest.mark.parametrize(
    ("pools", "reason"),
    [
        ((Pool(TREATY, 11 * LOT),), Reason.AMOUNT),
        ((Pool(TREATY, 6 * LOT), Pool(EXEMPT, 5 * LOT)), Reason.AMOUNT),
        ((Pool(TREATY, 0),), Reason.AMOUNT),
        ((Pool(TREATY, LOT), Pool(TREATY, LOT)), Reason.DUPLICATE),
        ((Pool(Fraction(1, 20), LOT),), Reason.RATE),
        ((), Reason.ALREADY_DONE),
    ],
)
def test_pools_that_cannot_be_are_refused(pools: tuple[Pool, ...], reason: Reason) -> None:
    made, asset = foreign(10)
    made.told.until(RECORD, CLOSED)
    assert (
        made.told.refused("Custodian", DeclarePools(coupon(made, asset).number, made.at["foreign"], pools))[0] is reason
    )
    other = DeclarePools(coupon(made, asset).number, made.at["foreign"], (Pool(TREATY, LOT),))
    assert made.told.refused("TaxAgent", other)[0] is Reason.UNKNOWN_ACCOUNT
    assert made.told.refused("B", other)[0] is Reason.NOT_AUTHORISED


def test_pools_that_come_too_late_are_reclaimed() -> None:
    made, asset = foreign(10)
    told, action = made.told, coupon(made, asset)
    pay(made, action, 10 * COUPON)
    pools = (Pool(TREATY, 3 * LOT),)
    late = told.refused("Custodian", DeclarePools(action.number, made.at["foreign"], pools))
    assert late == (Reason.STATE, ("action", action.number, "PAID"))
    told.does("Custodian", ReclaimTax(action.number, made.at["foreign"], pools, PROOF))
    # 7 lots at 20%: 138,852 * 20% = 27,770.4; 3 at 10%: 5,950.8; withheld were 39,672
    assert told.state.taxes.reclaims[1].amount == 39_672 - 27_770 - 5_951
    told.does("TaxAgent", DecideReclaim(1, True, ""))
    assert cash(made, "foreign", "tax") == (198_360 - 33_721, 33_721)
    made.check()


def test_a_book_on_the_ledger_is_taxed_client_by_client() -> None:
    made, asset = taxed(("Client", 4), ("A", 1))
    told, action, number = made.told, coupon(made, asset), made.told.parties
    made.at["german"] = told.account("G", tier=made.at["omnibus"], by="Custodian")
    told.does("Client", trade(Side.DELIVER, asset, 3 * LOT, made.at["Client"], number["G"], NEXT))
    told.does("G", trade(Side.RECEIVE, asset, 3 * LOT, made.at["german"], number["Client"], NEXT))
    events = told.until(RECORD, CLOSED)
    # Client: one lot at 20%; G: three lots, 59,508 at 10% is 5,950.8; the keeper what both come to
    assert advised(events, made, "Client") == (COUPON, DOMESTIC_TAX)
    assert advised(events, made, "german") == (59_508, 5_951)
    assert advised(events, made, "omnibus") == (4 * COUPON, DOMESTIC_TAX + 5_951)
    refused = told.refused("Custodian", DeclarePools(action.number, made.at["omnibus"], (Pool(TREATY, LOT),)))
    assert refused == (Reason.STATE, ("account", made.at["omnibus"], "keeps its book on the ledger"))
    paid = pay(made, action, 5 * COUPON)
    assert [(each.amount, each.residue) for each in paid if isinstance(each, TierPaid)] == [(69_426, 0)]
    assert cash(made, "omnibus", "Client", "german", "A") == (0, 15_869, 53_557, 15_869)
    assert cash(made, "tax") == (2 * DOMESTIC_TAX + 5_951,)
    adds_up(made, action)
    told.does("G", ReclaimTax(action.number, made.at["german"], (Pool(EXEMPT, 3 * LOT),), PROOF))
    told.does("TaxAgent", DecideReclaim(1, True, ""))
    assert cash(made, "german", "tax") == (59_508, 2 * DOMESTIC_TAX)
    made.check()


def test_an_issuer_that_grosses_up_lets_every_holder_net_its_coupon() -> None:
    made, asset = taxed(("A", 3), ("G", 2), ("B", 5), gross_up=True)
    told, action = made.told, coupon(made, asset)
    events = told.until(RECORD, CLOSED)
    # A: 59,508 / 0.8 = 74,385; G: 39,672 / 0.9 = 44,080; B as it is
    assert [advised(events, made, who) for who in ("A", "G", "B")] == [(74_385, 14_877), (44_080, 4_408), (99_180, 0)]
    needed = 74_385 + 44_080 + 99_180
    assert [each.needs for each in events if isinstance(each, ActionRecorded)] == [((made.token, needed),)]
    made.fund("Government", needed)
    told.does("Government", Fund(action.number, made.token, made.at["Government"], needed - 1))
    told.until(FIRST)
    assert cash(made, "A", "G", "B") == (0, 0, 0)  # a cent short of what it bears
    told.does("Government", Fund(action.number, made.token, made.at["Government"], 1))
    assert cash(made, "A", "G", "B", "tax") == (59_508, 39_672, 99_180, 14_877 + 4_408)
    adds_up(made, action)
    refused = told.refused("A", ReclaimTax(action.number, made.at["A"], (Pool(TREATY, 3 * LOT),), PROOF))
    assert refused == (Reason.STATE, ("action", action.number, "its issuer has borne the tax"))


def test_a_gross_that_is_no_whole_unit_is_rounded_up() -> None:
    made, asset = taxed(("A", 1), gross_up=True, rate=Fraction(15, 100))
    events = made.told.until(RECORD, CLOSED)
    assert advised(events, made, "A") == (23_337, 3_501)  # 19,836 / 0.85 = 23,336.47...
    pay(made, coupon(made, asset), 23_337)
    assert cash(made, "A", "tax") == (COUPON, 3_501)
    adds_up(made, coupon(made, asset))


def test_gross_up_reaches_a_client_behind_its_keeper() -> None:
    made, asset = taxed(("Client", 3), gross_up=True)
    pay(made, coupon(made, asset), 74_385)
    assert cash(made, "omnibus", "Client", "tax") == (0, 59_508, 14_877)
    adds_up(made, coupon(made, asset))


def test_the_agent_remits_and_is_told_when_it_is_late() -> None:
    made, asset = taxed(("A", 3), ("G", 2))
    told, action = made.told, coupon(made, asset)
    assert told.refused("TaxAgent", RemitTax(action.number, made.token, 1))[0] is Reason.NOT_DUE
    pay(made, action, 5 * COUPON)
    assert told.refused("Agent", RemitTax(action.number, made.token, 1))[0] is Reason.UNKNOWN_ACTION
    assert told.refused("TaxAgent", RemitTax(action.number, made.token, 15_870))[0] is Reason.AMOUNT
    told.does("TaxAgent", RemitTax(action.number, made.token, 10_000))
    assert cash(made, "tax", "Revenue") == (5_869, 10_000)
    events = told.until(FIRST + 16 * DAY)
    assert [each.kept for each in events if isinstance(each, TaxOverdue)] == [((made.token, 5_869),)]
    told.does("TaxAgent", RemitTax(action.number, made.token, 5_869))
    assert cash(made, "tax", "Revenue") == (0, 15_869)
    adds_up(made, action)


def test_nothing_is_told_of_what_was_remitted_in_time() -> None:
    made, asset = taxed(("A", 1))
    pay(made, coupon(made, asset), COUPON)
    made.told.does("TaxAgent", RemitTax(coupon(made, asset).number, made.token, DOMESTIC_TAX))
    assert not any(isinstance(each, TaxOverdue) for each in made.told.until(FIRST + 16 * DAY))


def test_tax_is_reclaimed_before_it_is_remitted() -> None:
    made, asset = taxed(("G", 2), ("A", 1))
    told, action = made.told, coupon(made, asset)
    told.does("Attester", Attest(told.parties["G"], "tax", "", 0))
    pay(made, action, 3 * COUPON)
    assert cash(made, "G", "tax") == (39_672 - 7_934, 7_934 + DOMESTIC_TAX)
    right = ReclaimTax(action.number, made.at["G"], (Pool(TREATY, 2 * LOT),), PROOF)
    assert told.refused("A", right)[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("G", replace(right, evidence=b""))[0] is Reason.HASH
    assert told.refused("G", replace(right, pools=()))[0] is Reason.EMPTY
    assert told.refused("G", replace(right, pools=(Pool(STATUTORY, 2 * LOT),)))[0] is Reason.AMOUNT
    told.does("G", right)
    assert told.refused("G", right)[0] is Reason.DUPLICATE
    assert told.refused("Agent", DecideReclaim(1, True, ""))[0] is Reason.UNKNOWN_ACTION
    assert told.refused("TaxAgent", DecideReclaim(1, False, ""))[0] is Reason.TEXT
    told.does("TaxAgent", DecideReclaim(1, False, "the certificate is of another year"))
    told.does("G", right)
    told.does("TaxAgent", DecideReclaim(2, True, ""))
    assert told.refused("TaxAgent", DecideReclaim(2, True, ""))[0] is Reason.ALREADY_DONE
    # two lots: 39,672 at 20% is 7,934.4, at 10% 3,967.2
    assert cash(made, "G", "tax") == (39_672 - 3_967, 3_967 + DOMESTIC_TAX)
    assert told.refused("G", right)[0] is Reason.AMOUNT  # nothing is left to reclaim
    adds_up(made, action)


def test_tax_that_was_remitted_is_claimed_of_the_authority() -> None:
    made, asset = taxed(("G", 2))
    told, action = made.told, coupon(made, asset)
    told.does("Attester", Attest(told.parties["G"], "tax", "", 0))
    pay(made, action, 2 * COUPON)
    told.does("TaxAgent", RemitTax(action.number, made.token, 7_934))
    told.does("G", ReclaimTax(action.number, made.at["G"], (Pool(TREATY, 2 * LOT),), PROOF))
    assert told.refused("Revenue", RefundTax(1, made.at["Revenue"]))[0] is Reason.UNKNOWN_ACTION
    events = told.does("TaxAgent", DecideReclaim(1, True, ""))
    assert [each.reclaim for each in events if isinstance(each, ReclaimForwarded)] == [1]
    assert ReclaimForwarded in {type(each) for each in seen(told, "Revenue")}
    assert told.state.taxes.reclaims[1].status is ReclaimStatus.FORWARDED
    assert told.refused("Revenue", RefundTax(1, made.at["G"]))[0] is Reason.UNKNOWN_ACCOUNT
    told.does("Revenue", RefundTax(1, made.at["Revenue"]))
    assert cash(made, "G", "tax", "Revenue") == (39_672 - 3_967, 0, 3_967)
    assert told.refused("Revenue", RefundTax(1, made.at["Revenue"]))[0] is Reason.ALREADY_DONE
    adds_up(made, action)


def test_a_reclaim_after_its_years_is_refused() -> None:
    made, asset = taxed(("A", 1), reclaim_years=1)
    told, action = made.told, coupon(made, asset)
    right = ReclaimTax(action.number, made.at["A"], (Pool(TREATY, LOT),), PROOF)
    told.until(RECORD, CLOSED)
    assert told.refused("A", right)[0] is Reason.NOT_DUE
    pay(made, action, COUPON)
    told.until(date(2027, 8, 4))
    assert told.refused("A", right) == (Reason.EXPIRED, ("action", action.number, date(2027, 8, 3)))


def test_a_payment_waits_for_an_account_to_withhold_to() -> None:
    made, asset = taxed(("A", 1), ("B", 1), account=False)
    told, action = made.told, coupon(made, asset)
    events = pay(made, action, 2 * COUPON)
    assert not any(isinstance(each, PaymentBegan) for each in events)
    assert (status(action), cash(made, "A", "B")) == (ActionStatus.DUE, (0, 0))
    right = appointment(made, asset)
    assert told.refused("Agent", right)[0] is Reason.UNKNOWN_ASSET
    assert told.refused("TaxAgent", replace(right, remitted_to=made.at["A"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("TaxAgent", replace(right, account=made.at["paying"]))[0] is Reason.UNKNOWN_ACCOUNT
    assert told.refused("TaxAgent", replace(right, money=made.rtgs))[0] is Reason.UNKNOWN_ASSET
    told.does("TaxAgent", right)
    assert (status(action), cash(made, "A", "B", "tax")) == (ActionStatus.PAID, (15_869, COUPON, DOMESTIC_TAX))
    assert told.refused("TaxAgent", right)[0] is Reason.DUPLICATE
    assert told.refused("TaxAgent", CloseAccount(made.at["tax"]))[0] is Reason.STATE
    refused = told.refused("Agent", AppointPayingAccount(asset, made.rtgs, NO_ACCOUNT, NO_ACCOUNT))
    assert refused[0] is Reason.STATE
    adds_up(made, action)


def test_a_closed_tax_account_is_replaced() -> None:
    made, asset = taxed(("A", 1))
    told = made.told
    told.does("TaxAgent", CloseAccount(made.at["tax"]))
    made.at["tax"] = told.account("TaxAgent", Purpose.TAX)
    told.does("TaxAgent", appointment(made, asset))
    pay(made, coupon(made, asset), COUPON)
    assert cash(made, "tax") == (DOMESTIC_TAX,)
    adds_up(made, coupon(made, asset))


def test_a_holder_that_cannot_be_paid_has_its_net_in_suspense() -> None:
    made, asset = taxed(("A", 3), ("G", 2))
    told, action = made.told, coupon(made, asset)
    told.does("operator", SetStanding(told.parties["A"], Standing.SUSPENDED, "asked to"))
    pay(made, action, 5 * COUPON)
    (entry,) = told.state.servicing.suspense.values()
    assert (entry.amount, entry.tax, status(action)) == (47_606, 11_902, ActionStatus.PAID)
    assert cash(made, "A", "suspense", "tax") == (0, 47_606, 15_869)
    told.does("operator", SetStanding(told.parties["A"], Standing.ACTIVE, "back"))
    told.does("Agent", ReleaseSuspense(entry.number, NO_ACCOUNT))
    assert cash(made, "A", "suspense") == (47_606, 0)
    adds_up(made, action)


def test_a_shortfall_that_is_shared_out_bears_its_share_of_the_tax() -> None:
    made = deal(START, "HKD")
    told, at = made.told, made.at
    for name, *roles in (("Revenue", Role.REGULATOR), ("TaxAgent", Role.BANK)):
        told.party(name, *roles)
    at["Revenue"], at["tax"] = told.account("Revenue"), told.account("TaxAgent", Purpose.TAX)
    at["paying"], at["suspense"] = told.account("Agent", Purpose.PAYING), told.account("Agent", Purpose.SUSPENSE)
    regime = TaxRegime("XX", STATUTORY, told.parties["TaxAgent"], told.parties["Revenue"], "tax", (), False, 15, 4)
    asset = made.lodge(terms=LOTS, conditions=Conditions(pro_rata=True, tax=regime))
    made.issue(asset, 4 * LOT, ("A", 1 * LOT), ("Client", 3 * LOT))
    told.does("Agent", AppointPayingAccount(asset, made.token, at["paying"], at["suspense"]))
    told.does("TaxAgent", appointment(made, asset))
    told.until(NEXT)
    action = coupon(made, asset)
    made.fund("Government", 4 * COUPON)
    told.does("Government", Fund(action.number, made.token, at["Government"], 3 * COUPON))
    told.until(FIRST, CLOSED)
    # three quarters: A 14,877 of 19,836, tax 3,967 * 3/4 = 2,975.25 up; Client 44,631 of 59,508, 11,902 * 3/4 = 8,926.5
    assert cash(made, "A", "Client", "omnibus", "tax") == (14_877 - 2_976, 44_631 - 8_927, 0, 2_976 + 8_927)
    told.until(FIRST + DAY)
    told.does("Government", Fund(action.number, made.token, at["Government"], COUPON))
    assert cash(made, "A", "Client", "omnibus", "tax") == (15_869, 59_508 - 11_902, 0, 15_869)
    adds_up(made, action)


def test_only_the_interest_of_a_redemption_is_taxed() -> None:
    made, asset = taxed(("A", 3), ("B", 1))
    told = made.told
    pay(made, coupon(made, asset), 4 * COUPON)
    action = redemption(made, asset)
    made.fund("Government", 4 * (LOT + LAST_COUPON))
    told.does("Government", Fund(action.number, made.token, made.at["Government"], 4 * (LOT + LAST_COUPON)))
    told.until(LAST)
    # three lots' last coupon is 60,492: 20% is 12,098.4
    assert cash(made, "A", "B") == (47_606 + 3 * LOT + 60_492 - 12_098, COUPON + LOT + LAST_COUPON)
    assert made.bond(asset).status is BondStatus.REDEEMED
    assert cash(made, "tax") == (11_902 + 12_098,)
    made.check()


def test_a_reversed_entitlement_is_not_paid_until_it_is_confirmed() -> None:
    made, asset = taxed(("A", 1), ("G", 1))
    told, action = made.told, coupon(made, asset)
    refused = told.refused("Agent", ReverseEntitlement(action.number, "of another bond"))
    assert refused == (Reason.STATE, ("action", action.number, "PLANNED"))
    told.until(RECORD, CLOSED)
    assert told.refused("TaxAgent", ReverseEntitlement(action.number, "of another bond"))[0] is Reason.NOT_AUTHORISED
    assert told.refused("Agent", ConfirmEntitlement(action.number))[0] is Reason.STATE
    events = told.does("Agent", ReverseEntitlement(action.number, "of another bond"))
    assert [type(each) for each in events] == [EntitlementReversed]
    assert EntitlementReversed in {type(each) for each in seen(told, "A")}
    assert told.refused("Agent", ReverseEntitlement(action.number, "once more"))[0] is Reason.ALREADY_DONE
    assert not any(isinstance(each, EntitlementRevised) for each in attest(made, "A", "exempt", LAST))
    pay(made, action, 2 * COUPON)
    assert (status(action), cash(made, "A", "G")) == (ActionStatus.DUE, (0, 0))
    events = told.does("Agent", ConfirmEntitlement(action.number))
    assert [advised(events, made, who) for who in ("A", "G")] == [(COUPON, 0), (COUPON, TREATY_TAX)]
    assert (status(action), cash(made, "A", "G")) == (ActionStatus.PAID, (COUPON, COUPON - TREATY_TAX))
    assert told.refused("Agent", ReverseEntitlement(action.number, "too late"))[0] is Reason.STATE
    adds_up(made, action)


def test_a_payment_that_is_not_taxed_is_reversed_too() -> None:
    made, _ = taxed(("A", 1))
    plain = made.lodge(isin="HK0000000023", terms=LOTS)
    made.issue(plain, LOT, ("B", LOT))
    made.at["paying 2"] = made.told.account("Agent", Purpose.PAYING)
    made.told.does("Agent", AppointPayingAccount(plain, made.token, made.at["paying 2"], made.at["suspense"]))
    action = coupon(made, plain)
    made.told.until(date(2026, 7, 18))
    made.told.does("Agent", ReverseEntitlement(action.number, "announced for another day"))
    pay(made, action, COUPON)
    assert cash(made, "B") == (0,)
    made.told.does("Agent", ConfirmEntitlement(action.number))
    assert (cash(made, "B"), status(action)) == ((COUPON,), ActionStatus.PAID)
    made.check()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"jurisdiction": "xx"}, Reason.TEXT),
        ({"rate": Fraction(-1, 10)}, Reason.RATE),
        ({"rate": Fraction(1)}, Reason.RATE),
        ({"rate": Fraction(51, 100), "gross_up": True}, Reason.RATE),
        ({"rates": (TaxRate("treaty", "D", TREATY),)}, Reason.TEXT),
        ({"rates": (TaxRate("", "", TREATY),)}, Reason.TEXT),
        ({"rates": (*RATES, RATES[0])}, Reason.DUPLICATE),
        ({"rates": RATES * 33}, Reason.AMOUNT),
        ({"attribute": ""}, Reason.TEXT),
        ({"agent": NO_PARTY}, Reason.UNKNOWN_PARTY),
        ({"authority": NO_PARTY}, Reason.UNKNOWN_PARTY),
        ({"remit_days": -1}, Reason.TERMS),
        ({"reclaim_years": 0}, Reason.TERMS),
    ],
)
def test_a_regime_that_cannot_be_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    made, asset = taxed(("A", 1))
    regime = made.bond(asset).conditions.tax
    assert regime is not None
    wrong = replace(regime, **changes)
    sheet = made.sheet(isin="HK0000000023", terms=LOTS, conditions=Conditions(tax=wrong))
    assert made.told.refused("Lead", sheet)[0] is reason


def test_agent_and_authority_are_two_parties_that_fit() -> None:
    made, asset = taxed(("A", 1))
    regime, number = made.bond(asset).conditions.tax, made.told.parties
    assert regime is not None
    for wrong in (replace(regime, agent=number["A"]), replace(regime, authority=regime.agent)):
        sheet = made.sheet(isin="HK0000000023", terms=LOTS, conditions=Conditions(tax=wrong))
        assert made.told.refused("Lead", sheet)[0] is Reason.ROLE
