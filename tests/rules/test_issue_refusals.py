"""What the commands of an issue refuse: each one, each field wrong in turn, and who may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.ledger.assets import MoneyKind, TitleLayer
from bauhinia.ledger.bonds import Allotment, Conditions, Document
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Purpose, Role, Standing
from bauhinia.rules.allotment import (
    AcceptAllotment,
    Allot,
    ReleaseIssue,
    WithdrawAllotment,
)
from bauhinia.rules.buyback import CancelBought, ConfirmCancellation
from bauhinia.rules.closing import AbandonClosing, AcceptAgency, AuthoriseIssue, ConfirmAmount
from bauhinia.rules.onboarding import CloseAccount, SetStanding
from bauhinia.words.ids import NO_ACCOUNT, AccountNumber, AssetNumber, PartyNumber, SystemNumber
from bauhinia.words.reasons import Reason
from tests.rules.deal import ISINS, NEXT, TERMS, Deal, deal, document
from tests.support import trade

A_HASH = bytes(32)
BEYOND = 1 << 62
BAD_SHEETS: list[tuple[dict[str, Any], Reason, str]] = [
    ({"isin": "HK0000000016"}, Reason.IDENTIFIER, "isin"),
    ({"isin": ""}, Reason.IDENTIFIER, "isin"),
    ({"isin": "HKD.T"}, Reason.IDENTIFIER, "isin"),
    ({"dti": "9SRF0KN49"}, Reason.IDENTIFIER, "dti"),
    ({"name": ""}, Reason.TEXT, "name"),
    ({"name": "a\nb"}, Reason.TEXT, "name"),
    ({"currency": "XXX"}, Reason.WRONG_CURRENCY, "currency"),
    ({"system": SystemNumber(9)}, Reason.UNKNOWN_SYSTEM, "system"),
    ({"title": TitleLayer.NONE}, Reason.TERMS, "title"),
    ({"title": TitleLayer.OMNIBUS}, Reason.TERMS, "title"),
    ({"issuer": PartyNumber(99)}, Reason.UNKNOWN_PARTY, "issuer"),
    ({"issuer": "A"}, Reason.ROLE, "issuer"),
    ({"issuer_account": AccountNumber(99)}, Reason.UNKNOWN_ACCOUNT, "issuer_account"),
    ({"issuer_account": "A"}, Reason.UNKNOWN_ACCOUNT, "issuer_account"),
    ({"issuer_account": "Government"}, Reason.PURPOSE, "issuer_account"),
    ({"registrar": "A"}, Reason.ROLE, "registrar"),
    ({"paying_agent": "A"}, Reason.ROLE, "paying_agent"),
    ({"paying_agent": PartyNumber(0)}, Reason.UNKNOWN_PARTY, "paying_agent"),
    ({"lead_manager": "A"}, Reason.ROLE, "lead_manager"),
    ({"trustee": "A"}, Reason.ROLE, "trustee"),
    ({"guarantor": "Government"}, Reason.ROLE, "guarantor"),
    ({"agents": ("A",)}, Reason.ROLE, "agents"),
    ({"agents": ("CMU", "CMU")}, Reason.DUPLICATE, "agents"),
    ({"agents": (1,) * 17}, Reason.AMOUNT, "agents"),
    ({"documents": tuple(document(str(n)) for n in range(65))}, Reason.AMOUNT, "documents"),
    ({"documents": ()}, Reason.EMPTY, "documents"),
    ({"documents": (Document("a", b"short"),)}, Reason.HASH, "documents"),
    ({"documents": (Document("", A_HASH),)}, Reason.TEXT, "documents"),
    ({"documents": (Document("a", A_HASH), Document("a", A_HASH))}, Reason.DUPLICATE, "documents"),
    ({"conditions": Conditions(grace_days=-1)}, Reason.TERMS, "grace_days"),
    ({"conditions": Conditions(prescription_years_principal=0)}, Reason.TERMS, "prescription_years_principal"),
    ({"conditions": Conditions(prescription_years_interest=1 << 40)}, Reason.TERMS, "prescription_years_interest"),
    ({"conditions": Conditions(acceleration=Fraction(3, 2))}, Reason.TERMS, "acceleration"),
    ({"profile": ""}, Reason.TEXT, "profile"),
    ({"rulebook": "unheard of"}, Reason.UNKNOWN_RULEBOOK, "rulebook"),
    ({"needs": -1}, Reason.ATTRIBUTE, "needs"),
    ({"needs": 1}, Reason.ATTRIBUTE, "needs"),
    ({"terms": replace(TERMS, maturity=NEXT)}, Reason.TERMS, "maturity"),
    ({"terms": replace(TERMS, calendars=("Atlantis",))}, Reason.TERMS, "calendars"),
    ({"terms": replace(TERMS, rate=Fraction(-1, 100))}, Reason.TERMS, "rate"),
    ({"terms": replace(TERMS, assumed=("colour",))}, Reason.TERMS, "assumed"),
    ({"terms": replace(TERMS, denomination_multiple=150)}, Reason.TERMS, "denomination_multiple"),
    (
        {
            "terms": replace(
                TERMS,
                calculation_amount=BEYOND - 1,
                minimum_denomination=BEYOND - 1,
                denomination_multiple=BEYOND - 1,
                redemption_price=Fraction(2),
            )
        },
        Reason.AMOUNT,
        "redemption_price",
    ),
    (
        {
            "terms": replace(
                TERMS,
                maturity=date(2036, 2, 3),
                rate=Fraction(1),
                frequency=0,
                calculation_amount=BEYOND >> 3,
                minimum_denomination=BEYOND >> 3,
                denomination_multiple=BEYOND >> 3,
            )
        },
        Reason.AMOUNT,
        "rate",
    ),
    ({"terms": replace(TERMS, issue_date=date(2026, 1, 30), maturity=date(2027, 1, 30))}, Reason.DATE, "issue_date"),
    ({"terms": replace(TERMS, issue_date=date(2026, 2, 7), maturity=date(2027, 2, 7))}, Reason.DATE, "issue_date"),
    (
        {"terms": replace(TERMS, issue_date=date(2028, 2, 3), maturity=date(2029, 2, 3))},
        Reason.UNCONFIRMED_DATE,
        "issue_date",
    ),
]


def named(made: Deal, key: str, value: Any) -> Any:
    """Names in a table stand for the numbers of parties, of accounts for an account."""
    if isinstance(value, str) and value in made.told.parties and key not in ("name", "profile"):
        return made.at[value] if "account" in key else made.told.parties[value]
    if isinstance(value, tuple):
        return tuple(named(made, key, each) for each in value)
    return value


@pytest.fixture(scope="module")
def drafting() -> Deal:
    return deal()


@pytest.mark.parametrize(("changes", "reason", "part"), BAD_SHEETS)
def test_a_term_sheet_that_is_wrong_is_refused_by_the_field(
    drafting: Deal, changes: dict[str, Any], reason: Reason, part: str
) -> None:
    sheet = drafting.sheet(**{key: named(drafting, key, value) for key, value in changes.items()})
    found, parts = drafting.told.refused("Lead", sheet)
    assert (found, parts[0]) == (reason, part), parts


@pytest.mark.parametrize("who", ["A", "Government", "Agent", "Trustee", "HKMA", "Custodian"])
def test_a_term_sheet_is_lodged_by_who_may(drafting: Deal, who: str) -> None:
    assert drafting.told.refused(who, drafting.sheet())[0] is Reason.NOT_AUTHORISED


def test_a_term_sheet_names_who_lodges_it_and_an_isin_stands_once() -> None:
    made = deal()
    told = made.told
    told.party("Stranger", Role.LEAD_MANAGER, Role.REGISTRAR)
    assert told.refused("Stranger", made.sheet())[0] is Reason.NOT_AUTHORISED
    made.lodge(dti="9SRF0KN48")
    assert told.refused("Lead", made.sheet())[0] is Reason.DUPLICATE
    assert told.refused("operator", made.sheet(isin=ISINS[1], dti="9SRF0KN48"))[:2] == (
        Reason.DUPLICATE,
        ("dti", "9SRF0KN48"),
    )
    told.does("operator", SetStanding(told.parties["Trustee"], Standing.SUSPENDED, "inquiry"))
    assert told.refused("CMU", made.sheet(isin=ISINS[1]))[1][0] == "trustee"


@pytest.fixture(scope="module")
def closing() -> tuple[Deal, AssetNumber, AssetNumber]:
    """Two bonds: one that its issuer has authorised and nobody else has signed, one signed by all and allotted."""
    made = deal()
    made.told.party("Other", Role.ISSUER, Role.LEAD_MANAGER, Role.CSD, Role.REGISTRAR, Role.PAYING_AGENT)
    made.at["Other lodged"] = made.told.account("Other", Purpose.LODGED)
    first = made.lodge(title=TitleLayer.BENEFICIAL)
    proceeds = ((made.token, made.at["Government"]), (made.rtgs, NO_ACCOUNT))
    made.told.does("Government", AuthoriseIssue(first, 10_000, Fraction(100), proceeds, False))
    second = made.lodge(isin=ISINS[1])
    made.sign(second, 10_000)
    made.allot(second, made.allotment("A", 10_000, 10_000))
    return made, first, second


def test_every_signature_is_asked_for_before_the_release() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    missing = ["issuer", "registrar", "agents", "agents", "agents", "lead_manager"]
    steps: list[tuple[str, Any]] = [
        ("Government", AuthoriseIssue(asset, 1_000, Fraction(100), ((made.token, made.at["Government"]),), False)),
        ("CMU", ConfirmAmount(asset, 1_000)),
        ("Agent", AcceptAgency(asset)),
        ("Trustee", AcceptAgency(asset)),
        ("CMU", AcceptAgency(asset)),
        ("Lead", Allot(asset, (made.allotment("Lead", 1_000, 1_000),))),
    ]
    for lacking, (who, command) in zip(missing, steps, strict=True):
        reason, parts = told.refused("Lead", ReleaseIssue(asset))
        assert (reason, parts[:2]) == (Reason.STATE, ("not signed by", lacking))
        told.does(who, command)
    told.does("operator", SetStanding(told.parties["Government"], Standing.INSOLVENT, "petition"))
    assert told.refused("Lead", ReleaseIssue(asset))[0] is Reason.SUSPENDED
    told.does("operator", SetStanding(told.parties["Government"], Standing.ACTIVE, "dismissed"))
    made.release(asset)
    assert told.refused("Lead", ReleaseIssue(asset))[0] is Reason.ALREADY_DONE


Bad = list[tuple[str, dict[str, Any], Reason]]


def refuse_each(made: Deal, who: str, good: Any, cases: Bad) -> None:
    for by, changes, reason in cases:
        found = made.told.refused(by or who, replace(good, **changes))
        assert found[0] is reason, (changes, found)


def test_an_authorisation_that_is_wrong_is_refused(closing: tuple[Deal, AssetNumber, AssetNumber]) -> None:
    made, asset, _ = closing
    own = made.at["Government"]
    good = AuthoriseIssue(asset, 10_000, Fraction(100), ((made.token, own),), False)
    euro = made.told.state.codes.get("EUR.T") or made.told.money("HKMA", "EUR.T", "EUR", MoneyKind.CENTRAL_BANK_TOKEN)
    refuse_each(
        made,
        "Government",
        good,
        [
            ("A", {}, Reason.NOT_AUTHORISED),
            ("Other", {}, Reason.NOT_AUTHORISED),
            ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
            ("", {"asset": made.token}, Reason.UNKNOWN_ASSET),
            ("", {"nominal": 0}, Reason.AMOUNT),
            ("", {"nominal": 900}, Reason.AMOUNT),
            ("", {"nominal": 10_050}, Reason.MULTIPLE),
            ("", {"nominal": BEYOND}, Reason.AMOUNT),
            ("", {"price": Fraction(0)}, Reason.RATE),
            ("", {"price": Fraction(-100)}, Reason.RATE),
            ("", {"price": Fraction(1_001)}, Reason.RATE),
            ("", {"price": Fraction(1, 10**12 + 1)}, Reason.RATE),
            ("", {"proceeds": ()}, Reason.EMPTY),
            ("", {"proceeds": ((made.token, own), (made.token, own))}, Reason.DUPLICATE),
            ("", {"proceeds": ((AssetNumber(99), own),)}, Reason.UNKNOWN_ASSET),
            ("", {"proceeds": ((asset, own),)}, Reason.UNKNOWN_ASSET),
            ("", {"proceeds": ((euro, own),)}, Reason.WRONG_CURRENCY),
            ("", {"proceeds": ((made.token, made.at["A"]),)}, Reason.UNKNOWN_ACCOUNT),
            ("", {"proceeds": ((made.token, made.at["issuer"]),)}, Reason.PURPOSE),
            ("", {"proceeds": ((made.rtgs, own),)}, Reason.UNKNOWN_ACCOUNT),
            ("", {"proceeds": ((made.rtgs, NO_ACCOUNT),), "all_or_none": True}, Reason.TERMS),
        ],
    )


def test_signatures_that_are_wrong_are_refused(closing: tuple[Deal, AssetNumber, AssetNumber]) -> None:
    made, first, second = closing
    refuse_each(
        made,
        "CMU",
        ConfirmAmount(first, 10_000),
        [
            ("Government", {}, Reason.NOT_AUTHORISED),
            ("Other", {}, Reason.NOT_AUTHORISED),
            ("", {"nominal": 9_900}, Reason.AMOUNT),
            ("", {"asset": second}, Reason.ALREADY_DONE),
            ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ],
    )
    refuse_each(
        made,
        "Agent",
        AcceptAgency(first),
        [
            ("A", {}, Reason.NOT_AUTHORISED),
            ("Other", {}, Reason.NOT_AUTHORISED),
            ("", {"asset": second}, Reason.ALREADY_DONE),
            ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ],
    )
    for command in (ReleaseIssue(first), WithdrawAllotment(first, 1), AbandonClosing(first)):
        refuse_each(
            made,
            "Other",
            command,
            [("", {}, Reason.NOT_AUTHORISED), ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET)],
        )
        assert made.told.refused("A", command)[0] is Reason.NOT_AUTHORISED
    assert made.told.refused("Lead", WithdrawAllotment(second, 1))[0] is Reason.STATE  # not released yet
    refuse_each(
        made,
        "A",
        AcceptAllotment(second, 1),
        [
            ("B", {}, Reason.UNKNOWN_INSTRUCTION),
            ("", {"allotment": 0}, Reason.UNKNOWN_INSTRUCTION),
            ("", {"allotment": 2}, Reason.UNKNOWN_INSTRUCTION),
            ("", {"allotment": -1}, Reason.UNKNOWN_INSTRUCTION),
            ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ],
    )


def test_an_allotment_that_is_wrong_is_refused(closing: tuple[Deal, AssetNumber, AssetNumber]) -> None:
    made, asset, _ = closing
    good = Allotment(made.at["A"], 10_000, made.token, 10_000, made.at["A"])
    assert made.told.refused("Government", Allot(asset, (good,)))[0] is Reason.NOT_AUTHORISED
    assert made.told.refused("Other", Allot(asset, (good,)))[0] is Reason.NOT_AUTHORISED
    assert made.told.refused("Lead", Allot(asset, ()))[0] is Reason.EMPTY
    cases: list[tuple[dict[str, Any], Reason]] = [
        ({"account": AccountNumber(99)}, Reason.UNKNOWN_ACCOUNT),
        ({"account": made.at["issuer"]}, Reason.PURPOSE),
        ({"account": made.at["omnibus"]}, Reason.PURPOSE),
        ({"nominal": 9_950}, Reason.MULTIPLE),
        ({"nominal": 0}, Reason.AMOUNT),
        ({"nominal": 9_000, "amount": 9_000}, Reason.AMOUNT),  # the sum
        ({"amount": 9_999}, Reason.AMOUNT),
        ({"money": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
        ({"money": asset}, Reason.UNKNOWN_ASSET),
        ({"money": made.rtgs}, Reason.UNKNOWN_ACCOUNT),
        ({"cash_account": NO_ACCOUNT}, Reason.UNKNOWN_ACCOUNT),
        ({"cash_account": made.at["issuer"]}, Reason.PURPOSE),
        ({"cash_account": made.at["Government"]}, Reason.SAME_ACCOUNT),
    ]
    for changes, reason in cases:
        found = made.told.refused("Lead", Allot(asset, (replace(good, **changes),)))
        assert found[0] is reason, (changes, found)


def test_a_note_that_is_wrong_is_refused(closing: tuple[Deal, AssetNumber, AssetNumber]) -> None:
    made, asset, native = closing
    refuse_each(
        made,
        "CMU",
        made.note_of(asset),
        [
            ("HKMA", {}, Reason.NOT_AUTHORISED),
            ("Other", {}, Reason.UNKNOWN_ACCOUNT),
            ("", {"asset": native}, Reason.BACKING),
            ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
            ("", {"code": ""}, Reason.TEXT),
            ("", {"code": ISINS[0]}, Reason.DUPLICATE),
            ("", {"account": AccountNumber(99)}, Reason.UNKNOWN_ACCOUNT),
            ("", {"account": made.at["Other lodged"]}, Reason.UNKNOWN_ACCOUNT),
            ("", {"document": Document("note", b"")}, Reason.HASH),
            ("", {"document": document("term sheet")}, Reason.DUPLICATE),
        ],
    )
    wrong = made.told.account("CMU")
    assert made.told.refused("CMU", made.note_of(asset, account=wrong))[0] is Reason.PURPOSE


def test_a_cancellation_that_is_wrong_is_refused() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    own = made.at["Government"]
    assert told.refused("Government", CancelBought(asset, own, 1_000))[0] is Reason.STATE
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(NEXT)
    number = told.parties
    told.does("A", trade(Side.DELIVER, asset, 2_000, made.at["A"], number["Government"], NEXT))
    told.does("Government", trade(Side.RECEIVE, asset, 2_000, own, number["A"], NEXT))
    told.party("Other", Role.ISSUER, Role.REGISTRAR)
    refuse_each(
        made,
        "Government",
        CancelBought(asset, own, 1_000),
        [
            ("A", {}, Reason.NOT_AUTHORISED),
            ("Other", {}, Reason.NOT_AUTHORISED),
            ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
            ("", {"account": AccountNumber(99)}, Reason.UNKNOWN_ACCOUNT),
            ("", {"account": made.at["A"]}, Reason.UNKNOWN_ACCOUNT),
            ("", {"nominal": -100}, Reason.AMOUNT),
            ("", {"nominal": BEYOND}, Reason.AMOUNT),
            ("", {"nominal": 0}, Reason.AMOUNT),
            ("", {"nominal": 1_050}, Reason.MULTIPLE),
            ("", {"nominal": 2_100}, Reason.LACK),
        ],
    )
    told.does("Government", CancelBought(asset, own, 1_000))
    refuse_each(
        made,
        "CMU",
        ConfirmCancellation(asset, own, 1_000),
        [
            ("A", {}, Reason.NOT_AUTHORISED),
            ("Other", {}, Reason.NOT_AUTHORISED),
            ("", {"asset": AssetNumber(99)}, Reason.UNKNOWN_ASSET),
            ("", {"account": made.at["A"]}, Reason.STATE),
            ("", {"nominal": 900}, Reason.AMOUNT),
        ],
    )


def test_what_comes_too_early_or_twice_is_refused() -> None:
    made = deal()
    told = made.told
    asset = made.lodge()
    assert told.refused("CMU", ConfirmAmount(asset, 0)) == (Reason.STATE, ("not signed by", "issuer"))
    early = Allot(asset, (made.allotment("A", 1_000, 1_000),))
    assert told.refused("Lead", early) == (Reason.STATE, ("not signed by", "issuer"))
    made.sign(asset, 10_000)
    made.allot(asset, made.allotment("A", 6_000, 6_000), made.allotment("B", 4_000, 4_000))
    made.accept(asset, 1, "A")
    assert told.refused("A", AcceptAllotment(asset, 1))[0] is Reason.ALREADY_DONE
    made.release(asset)
    told.does("Lead", WithdrawAllotment(asset, 2))
    assert told.refused("B", AcceptAllotment(asset, 2))[0] is Reason.STATE
    for number in (0, 3, -1):
        assert told.refused("Lead", WithdrawAllotment(asset, number))[0] is Reason.UNKNOWN_INSTRUCTION


def test_a_price_at_which_nothing_is_paid_is_refused() -> None:
    made = deal()
    asset = made.lodge()
    made.sign(asset, 1_000, Fraction(1, 1_000))
    assert made.told.refused("Lead", Allot(asset, (made.allotment("A", 1_000, 0),)))[1][:3] == ("allotment", 1, "price")


def test_nothing_is_cancelled_once_the_register_is_closed_for_redemption() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(terms=replace(TERMS, maturity=date(2026, 3, 3), frequency=0))
    made.issue(asset, 10_000, ("A", 10_000))
    told.until(NEXT)
    number, own = told.parties, made.at["Government"]
    told.does("A", trade(Side.DELIVER, asset, 2_000, made.at["A"], number["Government"], NEXT))
    told.does("Government", trade(Side.RECEIVE, asset, 2_000, own, number["A"], NEXT))
    told.does("Government", CancelBought(asset, own, 1_000))
    told.until(date(2026, 3, 2), 19 * 60)
    assert told.refused("Government", CancelBought(asset, own, 2_000))[0] is Reason.RECORD_CLOSED
    assert told.refused("CMU", ConfirmCancellation(asset, own, 1_000))[0] is Reason.RECORD_CLOSED


def test_a_closed_account_serves_for_nothing() -> None:
    made = deal()
    told = made.told
    told.party("Other", Role.ISSUER)
    shut = {
        "issuer": told.account("Government", Purpose.ISSUER),
        "proceeds": told.account("Government"),
        "holder": told.account("A"),
        "lodged": told.account("CMU", Purpose.LODGED),
    }
    for who, number in zip(("Government", "Government", "A", "CMU"), shut.values(), strict=True):
        told.does(who, CloseAccount(number))
    assert told.refused("Lead", made.sheet(issuer_account=shut["issuer"]))[0] is Reason.CLOSED
    asset = made.lodge(title=TitleLayer.BENEFICIAL)
    authorise = AuthoriseIssue(asset, 1_000, Fraction(100), ((made.token, shut["proceeds"]),), False)
    assert told.refused("Government", authorise)[0] is Reason.CLOSED
    assert told.refused("CMU", made.note_of(asset, account=shut["lodged"]))[0] is Reason.CLOSED
    made.sign(asset, 1_000)
    good = made.allotment("A", 1_000, 1_000)
    for allotment in (replace(good, account=shut["holder"]), replace(good, cash_account=shut["holder"])):
        assert told.refused("Lead", Allot(asset, (allotment,)))[0] is Reason.CLOSED


def test_a_note_is_lodged_once_and_for_a_bond_that_may_still_be_issued() -> None:
    made = deal()
    told = made.told
    asset = made.lodge(title=TitleLayer.BENEFICIAL)
    told.does("CMU", made.note_of(asset))
    again = made.note_of(asset, code="NOTE-2", document=document("another"))
    assert told.refused("CMU", again)[0] is Reason.ALREADY_DONE
    given_up = made.lodge(isin=ISINS[1], title=TitleLayer.BENEFICIAL)
    told.does("Lead", AbandonClosing(given_up))
    assert told.refused("CMU", made.note_of(given_up, code="NOTE-2"))[0] is Reason.STATE
