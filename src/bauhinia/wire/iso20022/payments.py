"""A payment between two members of an RTGS: pacs.009.001.12, and the receipt for it: camt.025.001.09.

The UETR is the payment's name. It is made of the ledger's identity and the payment's number, so whoever comes back
after a crash makes the same one, and the same payment sent twice is one payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from bauhinia.wire.iso20022.xml import BadMessage, Part, Read, amount_of, document, read
from bauhinia.words.dates import format_instant
from bauhinia.words.ids import Micros, Units

PACS_009 = "pacs.009.001.12"
CAMT_025 = "camt.025.001.09"


class PaymentState(StrEnum):
    """What became of a payment: codes of ISO 20022's external code list of payment transaction statuses."""

    SETTLED = "ACSC"
    PENDING = "PDNG"
    REJECTED = "RJCT"


class Rejection(StrEnum):
    """Why a payment was rejected: codes of ISO 20022's external code list of status reasons."""

    UNKNOWN_DEBTOR = "AC02"
    UNKNOWN_CREDITOR = "AC03"
    INSUFFICIENT_FUNDS = "AM04"
    WRONG_CURRENCY = "AM03"
    ZERO_AMOUNT = "AM01"
    WRONG_DATE = "DT01"
    CLOSED = "TM01"


def uetr(ledger: str, payment: int) -> str:
    """The UETR of a ledger's payment: a name-based identifier in the form that the schemas ask for (UUIDv4)."""
    digest = bytearray(sha256(f"bauhinia payment {payment} of {ledger}".encode()).digest()[:16])
    return str(UUID(bytes=bytes(digest), version=4))


def end_to_end(ledger: str, payment: int) -> str:
    """What a person reads on the payment: some of the ledger's identity, and the payment's number."""
    return f"BAU{ledger[:12]}-{payment}"


def payment_number(ledger: str, said: str, name: str) -> int | None:
    """Which payment of this ledger an entry is of, by its end-to-end identification and UETR; None where of none."""
    prefix, _, number = said.rpartition("-")
    if not number.isdecimal() or len(number) > 18 or end_to_end(ledger, int(number)) != said:
        return None
    return int(number) if prefix and uetr(ledger, int(number)) == name else None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A payment of one member to another, to be settled on one day and no other. Amounts in smallest units."""

    uetr: str
    end_to_end: str
    payer: str  # BIC
    payee: str  # BIC
    currency: str
    amount: Units
    exponent: int
    settlement_date: date
    sender: str = ""  # BIC of who instructs

    def to_xml(self, created: Micros) -> bytes:
        """As a pacs.009. The same payment has the same identifications, however often it is sent."""
        header: list[Part] = [
            ("MsgId", self.end_to_end),
            ("CreDtTm", format_instant(created)),
            ("NbOfTxs", "1"),
            ("SttlmInf", [("SttlmMtd", "CLRG")]),
        ]
        if self.sender:
            header.append(("InstgAgt", agent(self.sender)))
        return document(
            PACS_009,
            [
                (
                    "FICdtTrf",
                    [
                        ("GrpHdr", header),
                        (
                            "CdtTrfTxInf",
                            [
                                ("PmtId", [("EndToEndId", self.end_to_end), ("UETR", self.uetr)]),
                                ("IntrBkSttlmAmt", amount_of(self.currency, self.amount, self.exponent)),
                                ("IntrBkSttlmDt", self.settlement_date.isoformat()),
                                ("Dbtr", agent(self.payer)),
                                ("DbtrAcct", account(self.payer)),
                                ("Cdtr", agent(self.payee)),
                                ("CdtrAcct", account(self.payee)),
                            ],
                        ),
                    ],
                )
            ],
        )


def agent(bic: str) -> list[Part]:
    """A financial institution by its BIC."""
    return [("FinInstnId", [("BICFI", bic)])]


def account(bic: str, currency: str = "") -> list[Part]:
    """A member's account in an RTGS, which is known by the member's BIC."""
    more: list[Part] = [("Ccy", currency)] if currency else []
    return [("Id", [("Othr", [("Id", bic)])]), *more]


def read_transfer(raw: bytes, currency: str, exponent: int) -> Transfer:
    """The one payment of a pacs.009. Of another currency it is read as that, with what its text says to the smallest
    unit of this system; BadMessage where something is missing or is not what it should be."""
    root = read(raw, PACS_009)
    told = root.one("FICdtTrf/CdtTrfTxInf")
    names = told.one("PmtId")
    said = told.one("IntrBkSttlmAmt").attributes.get("Ccy", "")
    return Transfer(
        _uetr(names.text("UETR")),
        names.text("EndToEndId"),
        told.text("Dbtr/FinInstnId/BICFI"),
        told.text("Cdtr/FinInstnId/BICFI"),
        said,
        told.units("IntrBkSttlmAmt", said, exponent if said == currency else 5),
        exponent,
        told.day("IntrBkSttlmDt"),
        root.text_or("FICdtTrf/GrpHdr/InstgAgt/FinInstnId/BICFI"),
    )


def _uetr(text: str) -> str:
    try:
        found = UUID(text)
    except ValueError:
        raise BadMessage(f"{text[:40]!r} is no UETR") from None
    if str(found) != text or found.version != 4:
        raise BadMessage(f"{text} is no UETR")
    return text


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """What an RTGS says of a payment: `reference` is its own where it has settled, `why` where it is rejected."""

    uetr: str
    message: str  # the MsgId that is answered
    state: PaymentState
    reason: str = ""
    why: str = ""
    reference: str = ""

    def to_xml(self, identification: str, created: Micros) -> bytes:
        """As a camt.025."""
        reasons: list[Part] = []
        if self.reason:
            why: list[Part] = [("AddtlInf", self.why[:105])] if self.why else []
            reasons = [("StsRsn", [("Rsn", [("Cd", self.reason)]), *why])]
        described: list[Part] = [("Desc", self.reference)] if self.reference else []
        return document(
            CAMT_025,
            [
                (
                    "Rct",
                    [
                        ("MsgHdr", [("MsgId", identification), ("CreDtTm", format_instant(created))]),
                        (
                            "RctDtls",
                            [
                                ("OrgnlMsgId", [("MsgId", self.message), ("MsgNmId", PACS_009)]),
                                ("OrgnlPmtId", [("UETR", self.uetr)]),
                                ("ReqHdlg", [("Sts", [("Cd", self.state.value)]), *reasons, *described]),
                            ],
                        ),
                    ],
                )
            ],
        )


def read_receipt(raw: bytes) -> PaymentReceipt:
    """The one receipt of a camt.025; BadMessage where it is anything else. Nothing is guessed from half of one."""
    told = read(raw, CAMT_025).one("Rct/RctDtls")
    handling: Read = told.one("ReqHdlg")
    try:
        state = PaymentState(handling.text("Sts/Cd"))
    except ValueError as unknown:
        raise BadMessage(f"the status {unknown}") from None
    reference = handling.text_or("Desc")
    if state is PaymentState.SETTLED and not reference:
        raise BadMessage("settled, with no reference")
    return PaymentReceipt(
        _uetr(told.text("OrgnlPmtId/UETR")),
        told.text("OrgnlMsgId/MsgId"),
        state,
        handling.text_or("StsRsn/Rsn/Cd"),
        handling.text_or("StsRsn/AddtlInf"),
        reference,
    )
