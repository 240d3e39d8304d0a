"""Bonds of the ICMA Bond Data Taxonomy, in XML and JSON: what they become, what is assumed, what is told beside."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bauhinia.bond import BusinessDayConvention, DayCount
from bauhinia.bond.coupons.floating import Averaging, Floating
from bauhinia.bond.repayments.exercise import Exercise
from bauhinia.wire.mistakes import Mistake
from bauhinia.wire.taxonomy import BUSINESS_DAYS, CENTRES, DAY_COUNTS, FREQUENCIES, read_taxonomy
from tests.vectors import file_of

JSON = """{"ICMABondDataTaxonomy": {
 "PartyRole": [
  {"PartyRoleType": "TRUSTEE", "PartyID": "P2"},
  {"PartyRoleType": "ISSUER", "PartyID": "P1"}],
 "Party": [{"PID": "P2", "PartyName": "Trust"}, {"PID": "P1", "PartyName": "Bank of Examples"}],
 "Issuance": {
  "SpecifiedDenomination": 1000,
  "SpecifiedCurrency": "EUR",
  "IssueDate": "2025-01-14",
  "FinalRedemptionAmountPercentage": 100.5,
  "GoverningLaw": "ENGLISH_LAW"},
 "Product": {
  "SecurityIdentifierList": {"SecurityIdentifier": {"ISIN": "XS0000000009", "IdentifierType": "ISIN"}},
  "MaturityDate": "2030-04-15",
  "InterestPayment": {
   "InterestType": "FIXED",
   "InterestRate": 2.875,
   "InterestCommencementDate": "2025-01-14",
   "InterestPayments": {
    "InterestPaymentFrequency": "ANNUALLY",
    "PayableDate": [{"Day": 15, "Month": 4}],
    "FirstPayment": {"PaymentDate": "2025-04-15", "BrokenDateType": "SHORT"}}},
  "DayCountFraction": "ICMA_ACT/ACT",
  "BusinessDayConvention": "FOLLOWING_UNADJUSTED",
  "BusinessDayCenter": "TARGET2"}}}
"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:icma:xsd:ICMABondDataTaxonomy" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="urn:icma:xsd:ICMABondDataTaxonomy taxonomy.xsd">
 <ICMABondDataTaxonomy>
  <PartyRole><PartyRoleType>TRUSTEE</PartyRoleType><PartyID PID="P2"/></PartyRole>
  <PartyRole><PartyRoleType>ISSUER</PartyRoleType><PartyID PID="P1"/></PartyRole>
  <Party PID="P2"><PartyName>Trust</PartyName></Party>
  <Party PID="P1"><PartyName>Bank of Examples</PartyName></Party>
  <Issuance>
   <SpecifiedDenomination>1000</SpecifiedDenomination>
   <FinalRedemptionAmountPercentage>100.5</FinalRedemptionAmountPercentage>
   <SpecifiedCurrency>EUR</SpecifiedCurrency>
   <IssueDate>2025-01-14</IssueDate>
   <GoverningLaw>ENGLISH_LAW</GoverningLaw>
  </Issuance>
  <Product>
   <SecurityIdentifierList><SecurityIdentifier>
    <ISIN>XS0000000009</ISIN><IdentifierType>ISIN</IdentifierType>
   </SecurityIdentifier></SecurityIdentifierList>
   <MaturityDate>2030-04-15</MaturityDate>
   <InterestPayment>
    <InterestType>FIXED</InterestType><InterestRate>2.875</InterestRate>
    <InterestCommencementDate>2025-01-14</InterestCommencementDate>
    <InterestPayments>
     <InterestPaymentFrequency>ANNUALLY</InterestPaymentFrequency>
     <PayableDate><Day>15</Day><Month>4</Month></PayableDate>
     <FirstPayment><PaymentDate>2025-04-15</PaymentDate><BrokenDateType>SHORT</BrokenDateType></FirstPayment>
    </InterestPayments>
   </InterestPayment>
   <DayCountFraction>ICMA_ACT/ACT</DayCountFraction>
   <BusinessDayConvention>FOLLOWING_UNADJUSTED</BusinessDayConvention>
   <BusinessDayCenter>TARGET2</BusinessDayCenter>
  </Product>
 </ICMABondDataTaxonomy>
</Document>
"""
FLOATING = """"InterestType": "FLOATING", "FloatingRatePayment": {"Benchmark": {"BenchmarkCode": "ESTR"},
    "CalculationType": "COMPOUND_DAILY", "ObservationMethod": "LAG", "Period": "5", "Margin": 0.25},"""
OPTION = """"OptionalRedemption": {"OptionalRedemptionDate": {"StartDate": {"Date": "2028-04-15"}},
   "OptionalRedemptionAmount": {"Amount": 101, "AmountType": "PRICE_PERCENT"}}, "SpecifiedDenomination": 1000,"""


def changed(*changes: tuple[str, str]) -> str:
    text = JSON
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def told(text: str, file: str = "x.json") -> list[str]:
    with pytest.raises(Mistake) as found:
        read_taxonomy(text, file)
    return str(found.value).splitlines()


def test_a_fixed_rate_bond_in_json() -> None:
    sheet = read_taxonomy(JSON, "x.json")
    terms = sheet.terms
    assert (sheet.name, sheet.isin, sheet.currency) == ("Bank of Examples", "XS0000000009", "EUR")
    assert (terms.issue_date, terms.maturity) == (date(2025, 1, 14), date(2030, 4, 15))
    assert (terms.rate, terms.frequency, terms.day_count) == (Fraction(23, 800), 1, DayCount.ACT_ACT_ICMA)
    assert (terms.business_day, terms.adjusted) == (BusinessDayConvention.FOLLOWING, False)
    assert terms.calendars == ("EU_TARGET",)
    assert terms.calculation_amount == terms.minimum_denomination == terms.denomination_multiple == 100_000
    assert (terms.first_coupon, terms.penultimate_coupon) == (date(2025, 4, 15), None)
    assert terms.redemption_price == Fraction(201, 200)
    assert terms.assumed == ("record_date", "denomination_multiple", "calculation_amount")


def test_what_the_terms_have_no_place_for_is_told_beside_them() -> None:
    assert read_taxonomy(JSON, "x.json").beside == (
        ("PartyRole/PartyRoleType", "TRUSTEE"),
        ("PartyRole/PartyID", "P2"),
        ("PartyRole/PartyRoleType", "ISSUER"),
        ("PartyRole/PartyID", "P1"),
        ("Party/PID", "P2"),
        ("Party/PartyName", "Trust"),
        ("Party/PID", "P1"),
        ("Issuance/GoverningLaw", "ENGLISH_LAW"),
    )
    other = read_taxonomy(changed(('"IssueDate": "2025-01-14"', '"IssueDate": "2025-01-20"')), "x.json").beside
    assert ("Issuance/IssueDate", "2025-01-20") in other  # interest runs from another day


def test_the_same_bond_in_xml() -> None:
    found, same = read_taxonomy(XML, "x.xml"), read_taxonomy(JSON, "x.json")
    assert replace(found, beside=()) == replace(same, beside=())
    assert ("Issuance/GoverningLaw", "ENGLISH_LAW") in found.beside


def test_a_floating_rate() -> None:
    terms = read_taxonomy(
        changed(('"InterestType": "FIXED",', FLOATING), ('"InterestRate": 2.875,', "")), "x.json"
    ).terms
    assert terms.rate == 0
    assert terms.floating == Floating(
        "ESTR", Fraction(1, 400), averaging=Averaging.COMPOUNDED, days_back=5, centres=("EU_TARGET",), index_days=360
    )
    assert "floating" in terms.assumed


def test_a_call_and_a_put() -> None:
    option = ('"SpecifiedDenomination": 1000,', OPTION)
    exercise = Exercise(date(2028, 4, 15), date(2028, 4, 15), Fraction(101, 100))
    called = read_taxonomy(changed(option, ('"MaturityDate"', '"Optionality": "CALL", "MaturityDate"')), "x.json")
    assert (called.terms.calls, called.terms.puts) == ((exercise,), ())
    put = read_taxonomy(changed(option, ('"IssueDate"', '"CallPutOption": "INVESTOR_PUT", "IssueDate"')), "x.json")
    assert (put.terms.calls, put.terms.puts) == ((), (exercise,))
    assert told(changed(option)) == [
        "x.json:7: OptionalRedemption: Optionality and CallPutOption do not say one of call and put"
    ]


def test_a_first_payment_moved_by_a_holiday_is_the_coupon_before_it() -> None:
    moved = read_taxonomy(changed(('"PaymentDate": "2025-04-15"', '"PaymentDate": "2025-04-17"')), "x.json").terms
    assert moved.first_coupon == date(2025, 4, 15)


def test_a_maturity_that_is_no_payable_date_ends_a_stub() -> None:
    stub = read_taxonomy(changed(('"MaturityDate": "2030-04-15"', '"MaturityDate": "2030-09-30"')), "x.json").terms
    assert (stub.penultimate_coupon, stub.maturity) == (date(2030, 4, 15), date(2030, 9, 30))


WRONG = (
    ("no maturity", ('"MaturityDate": "2030-04-15",', ""), ['x.json:12: Product needs "MaturityDate"']),
    ("no rate", ('"InterestRate": 2.875,', ""), ['x.json:15: Product/InterestPayment needs "InterestRate"']),
    ("no such day", ("2030-04-15", "2030-04-31"), ["x.json:14: MaturityDate: 2030-04-31 is not in the calendar"]),
    ("no number", ("2.875", '"2,875"'), ['x.json:17: InterestRate: expected a number, not "2,875"']),
    ("no power", ("2.875", "1e99"), ['x.json:17: InterestRate: expected a number, not "1e99"']),
    ("too fine", (": 1000,", ": 0.001,"), ["x.json:7: SpecifiedDenomination: finer than EUR has units"]),
    (
        "frequency",
        ('"ANNUALLY"', '"WEEKLY"'),
        ['x.json:20: InterestPaymentFrequency: expected ANNUALLY, SEMIANNUALLY, QUARTERLY or NONE, not "WEEKLY"'],
    ),
    (
        "index-linked",
        ('"FIXED"', '"INDEX_LINKED_INTEREST"'),
        [
            "x.json:16: InterestType: the taxonomy has no field for the index, its base and its lag: write the sheet "
            "in TOML"
        ],
    ),
    (
        "instalments",
        ('"GoverningLaw"', '"RedemptionPaymentBasis": "INSTALLMENT", "GoverningLaw"'),
        [
            "x.json:11: RedemptionPaymentBasis: the taxonomy has no field for how INSTALLMENT is paid: use TOML",
        ],
    ),
    (
        "impossible terms",
        ('"2030-04-15"', '"2025-01-01"'),
        [
            "x.json:14: maturity: 2025-01-01 is not after the issue date, 2025-01-14",
            "x.json:22: first_coupon: 2025-04-15 is not after 2025-01-14 and up to 2025-01-01",
        ],
    ),
    ("no JSON", ('"ANNUALLY",', '"ANNUALLY"'), ["x.json:21: is no JSON: expected ','"]),
    ("open text", ('"ENGLISH_LAW"}', '"ENGLISH_LAW}'), ["x.json:11: is no JSON: expected a text that ends and has"]),
    ("other JSON", ('"Issuance"', '"Terms"'), ["x.json:1: is no bond of the ICMA Bond Data Taxonomy"]),
)


@pytest.mark.parametrize(("change", "messages"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_is_told_by_field_and_line(change: tuple[str, str], messages: list[str]) -> None:
    found = told(changed(change))
    assert len(found) == len(messages)
    assert [line[: len(wanted)] for line, wanted in zip(found, messages, strict=True)] == messages


def test_what_is_wrong_in_xml() -> None:
    assert told(XML.replace("</Issuance>", "</Issuence>"), "x.xml") == ["x.xml:15: is no XML: mismatched tag"]
    assert told(XML.replace("<Document", "<!DOCTYPE x [<!ENTITY a 'b'>]><Document"), "x.xml") == [
        "x.xml:2: a document type is not read"
    ]
    assert told(XML.replace("2.875", "much"), "x.xml") == ['x.xml:22: InterestRate: expected a number, not "much"']
    assert told("<a>" * 100 + "</a>" * 100, "x.xml") == ["x.xml:1: nested more than 64 deep"]
    assert told("[" * 100 + "]" * 100) == ["x.json:1: is no JSON: expected at most 64 deep"]


def test_the_choices_are_those_of_the_taxonomy(vectors: Path) -> None:
    with file_of(vectors, "bdt_fields.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["parent_type"], row["field"]): row for row in csv.DictReader(file)}
    for known, field in (
        (FREQUENCIES, ("PaymentDatesAndAmounts", "InterestPaymentFrequency")),
        (DAY_COUNTS, ("Product", "DayCountFraction")),
        (BUSINESS_DAYS, ("Product", "BusinessDayConvention")),
        (CENTRES, ("Product", "BusinessDayCenter")),
    ):
        assert set(known) == set(rows[field]["allowed_values"].split())
