"""Messages to and from an RTGS: valid by their schemas, the same when read, and never believed where they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bauhinia.wire.iso20022.payments import (
    CAMT_025,
    PACS_009,
    PaymentReceipt,
    PaymentState,
    Rejection,
    Transfer,
    end_to_end,
    payment_number,
    read_receipt,
    read_transfer,
    uetr,
)
from bauhinia.wire.iso20022.statements import (
    CAMT_053,
    CAMT_054,
    Entry,
    Statement,
    read_notifications,
    read_statements,
    write_notifications,
    write_statements,
)
from bauhinia.wire.iso20022.xml import DEEPEST, BadMessage, amount_of, read
from bauhinia.words.dates import micros_at

LEDGER = "c509fff6dd6c00672a471ee0a26137f4"
DAY = date(2026, 5, 20)
NOW = micros_at(DAY, 600, 480) + 123_456
TRANSFER = Transfer(
    uetr(LEDGER, 20), end_to_end(LEDGER, 20), "BKAAHKHH", "ASMAHKHHXXX", "USD", 100_100_000, 2, DAY, "HSBCHKHH"
)
SETTLED = PaymentReceipt(TRANSFER.uetr, TRANSFER.end_to_end, PaymentState.SETTLED, reference="USDCHATS-00000001")
PENDING = PaymentReceipt(TRANSFER.uetr, TRANSFER.end_to_end, PaymentState.PENDING)
REJECTED = PaymentReceipt(
    TRANSFER.uetr,
    TRANSFER.end_to_end,
    PaymentState.REJECTED,
    Rejection.INSUFFICIENT_FUNDS,
    "the payer lacks <funds> & more",
)
DEBIT = Entry(
    1,
    "BKAAHKHH",
    True,
    100_100_000,
    DAY,
    "USDCHATS-00000001",
    TRANSFER.uetr,
    TRANSFER.end_to_end,
    "BKAAHKHH",
    "ASMAHKHHXXX",
)
CREDIT = replace(DEBIT, number=2, account="ASMAHKHHXXX", debit=False)
FUNDED = Entry(3, "BKAAHKHH", False, 5, DAY, "FUND-00000003", "", "", "HSBCHKHH", "BKAAHKHH")
STATEMENTS = [
    Statement("BKAAHKHH", DAY, 500_000_000, 399_900_005, (DEBIT, FUNDED)),
    Statement("ASMAHKHHXXX", DAY, 0, 100_100_000, (CREDIT,)),
    Statement("IDLEHKHH", DAY, 7, 7, ()),
]

WRITTEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "pacs.009": (PACS_009, lambda: TRANSFER.to_xml(NOW)),
    "pacs.009 of no sender": (PACS_009, lambda: replace(TRANSFER, sender="", currency="JPY", exponent=0).to_xml(NOW)),
    "pacs.009 of the longest amount": (PACS_009, lambda: replace(TRANSFER, amount=10**18 - 1).to_xml(NOW)),
    "camt.025 settled": (CAMT_025, lambda: SETTLED.to_xml("R1", NOW)),
    "camt.025 pending": (CAMT_025, lambda: PENDING.to_xml("R1", NOW)),
    "camt.025 rejected": (CAMT_025, lambda: REJECTED.to_xml("R1", NOW)),
    "camt.054": (CAMT_054, lambda: write_notifications([DEBIT, CREDIT, FUNDED], "USD", 2, "N3", NOW)),
    "camt.053": (CAMT_053, lambda: write_statements(STATEMENTS, "USD", 2, "S20260520", NOW)),
}


@pytest.mark.parametrize("which", WRITTEN)
def test_what_is_written_is_valid_by_its_schema(vectors: Path, which: str) -> None:
    etree = pytest.importorskip("lxml.etree")
    message, write = WRITTEN[which]
    schema = etree.XMLSchema(etree.parse(str(vectors / "iso20022" / "xsd" / f"{message}.xsd")))
    document = etree.fromstring(write())
    assert schema.validate(document), schema.error_log
    document[0].remove(document[0][0])
    assert not schema.validate(document), "the schema is asked at all"


def test_what_is_written_is_read_as_it_was() -> None:
    assert read_transfer(TRANSFER.to_xml(NOW), "USD", 2) == TRANSFER
    for receipt in (SETTLED, PENDING, REJECTED):
        assert read_receipt(receipt.to_xml("R1", NOW)) == receipt
    told = [DEBIT, CREDIT, FUNDED]
    assert read_notifications(write_notifications(told, "USD", 2, "N3", NOW), "USD", 2) == told
    assert read_statements(write_statements(STATEMENTS, "USD", 2, "S1", NOW), "USD", 2) == STATEMENTS


def test_a_payment_s_names_follow_from_the_ledger_and_its_number() -> None:
    names = {uetr(ledger, number) for ledger in (LEDGER, LEDGER[::-1]) for number in range(500)}
    assert len(names) == 1_000
    assert uetr(LEDGER, 20) == "4ee7f269-80f2-425b-aab7-973504a7f596", "it never changes: payments are known by it"
    assert len(end_to_end(LEDGER, 10**18 - 1)) <= 35
    assert payment_number(LEDGER, end_to_end(LEDGER, 20), uetr(LEDGER, 20)) == 20
    for said, name in (
        (end_to_end(LEDGER, 21), uetr(LEDGER, 20)),
        (end_to_end(LEDGER, 20).replace("-20", "-020"), uetr(LEDGER, 20)),
        (end_to_end(LEDGER[::-1], 20), uetr(LEDGER[::-1], 20)),
        (end_to_end(LEDGER, 20), ""),
        ("", uetr(LEDGER, 20)),
        ("salaries", "x"),
        ("-20", uetr(LEDGER, 20)),
        ("BAU-" + "9" * 5_000, uetr(LEDGER, 20)),
    ):
        assert payment_number(LEDGER, said, name) is None


@pytest.mark.parametrize(
    ("exponent", "text", "units"),
    [
        (2, "1.00", 100),
        (2, "1", 100),
        (2, "1.5", 150),
        (2, "001.50000", 150),
        (2, ".5", 50),
        (0, "7.000", 7),
        (0, "7", 7),
    ],
)
def test_amounts_are_read_as_xml_schema_writes_decimals(exponent: int, text: str, units: int) -> None:
    raw = replace(TRANSFER, amount=10**exponent, exponent=exponent).to_xml(NOW)
    raw = raw.replace(amount_of("USD", 10**exponent, exponent).text.encode() + b"</Int", text.encode() + b"</Int")
    assert read_transfer(raw, "USD", exponent).amount == units


DTD = b'<!DOCTYPE a [<!ENTITY b "c">]><Document'


def doubled(raw: bytes) -> bytes:
    """With its payment twice."""
    payment = raw[raw.index(b"<CdtTrf") : raw.index(b"</FICdtTrf>")]
    return raw.replace(payment, payment * 2)


def shouted(raw: bytes) -> bytes:
    return raw.replace(TRANSFER.uetr.encode(), TRANSFER.uetr.upper().encode())


WRONG: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "another message": (lambda raw: raw.replace(b"pacs.009.001.12", b"pacs.009.001.11"), "not a Document of pacs.009"),
    "no namespace": (lambda raw: raw.replace(b" xmlns=", b" x="), "not a Document of pacs.009"),
    "a document type": (lambda raw: raw.replace(b"<Document", DTD), "type declaration"),
    "an entity": (lambda raw: raw.replace(b"HSBCHKHH", b"&b;"), "not XML"),
    "half of it": (lambda raw: raw[: len(raw) // 2], "not XML"),
    "nothing": (lambda raw: b"", "not XML"),
    "two payments": (doubled, "2 times"),
    "no UETR": (lambda raw: raw.replace(b"UETR", b"TxId"), "is there 0 times"),
    "a UETR in capitals": (shouted, "is no UETR"),
    "a UETR of another kind": (lambda raw: raw.replace(b"-425b-", b"-525b-"), "is no UETR"),
    "an amount with a sign": (lambda raw: raw.replace(b">1001000.00<", b">-1001000.00<"), "IntrBkSttlmAmt"),
    "too exact an amount": (lambda raw: raw.replace(b">1001000.00<", b">1001000.001<"), "IntrBkSttlmAmt"),
    "an exponent": (lambda raw: raw.replace(b">1001000.00<", b">1e6<"), "IntrBkSttlmAmt"),
    "no day": (lambda raw: raw.replace(b"2026-05-20</Int", b"2026-02-30</Int"), "IntrBkSttlmDt"),
    "too deep": (lambda raw: raw.replace(b"<CdtTrf", b"<a>" * DEEPEST + b"</a>" * DEEPEST + b"<CdtTrf", 1), "deep"),
}  # fmt: skip


@pytest.mark.parametrize("which", WRONG)
def test_what_is_wrong_is_said_and_nothing_is_guessed(which: str) -> None:
    change, said = WRONG[which]
    raw = TRANSFER.to_xml(NOW)
    assert change(raw) != raw
    with pytest.raises(BadMessage, match=said):
        read_transfer(change(raw), "USD", 2)


def test_half_a_receipt_is_none() -> None:
    raw = SETTLED.to_xml("R1", NOW)
    for before, after in (
        (b"<Desc>USDCHATS-00000001</Desc>", b""),
        (b">ACSC<", b">ACCP<"),
        (b"<UETR>", b"<UETR>0"),
        (b"OrgnlMsgId", b"OrgnlMsg"),
    ):
        assert before in raw
        with pytest.raises(BadMessage):
            read_receipt(raw.replace(before, after))


def test_a_statement_that_does_not_add_up_is_none() -> None:
    for wrong in (
        replace(STATEMENTS[0], closing=399_900_006),
        replace(STATEMENTS[0], entries=(DEBIT,)),
        replace(STATEMENTS[0], day=date(2026, 5, 21)),
    ):
        with pytest.raises(BadMessage, match="does not add up"):
            read_statements(write_statements([wrong], "USD", 2, "S1", NOW), "USD", 2)
    with pytest.raises(BadMessage, match="is of HKD, not USD"):
        read_statements(write_statements(STATEMENTS, "HKD", 2, "S1", NOW), "USD", 2)


def test_elements_of_other_namespaces_are_passed_over() -> None:
    raw = TRANSFER.to_xml(NOW).replace(b"<PmtId>", b'<Dbtr xmlns="urn:other"><FinInstnId/></Dbtr><PmtId>')
    assert read_transfer(raw, "USD", 2) == TRANSFER
    assert read(raw, PACS_009).name == "Document"
