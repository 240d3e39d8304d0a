"""What an RTGS tells of its accounts: entries as they are booked (camt.054.001.13), and a day's statement
(camt.053.001.13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bauhinia.wire.iso20022.payments import account, agent
from bauhinia.wire.iso20022.xml import BadMessage, Part, Read, amount_of, document, read
from bauhinia.words.dates import format_instant
from bauhinia.words.ids import Micros, Units

CAMT_053 = "camt.053.001.13"
CAMT_054 = "camt.054.001.13"
CODE: list[Part] = [("Domn", [("Cd", "PMNT"), ("Fmly", [("Cd", "RCDT"), ("SubFmlyCd", "FICT")])])]
DEBIT_CODE: list[Part] = [("Domn", [("Cd", "PMNT"), ("Fmly", [("Cd", "ICDT"), ("SubFmlyCd", "FICT")])])]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry on a member's account, in smallest units: a debit where `debit`, else a credit. `uetr` and `end_to_end`
    are empty where it is of no payment: liquidity that a central bank gives."""

    number: int
    account: str  # BIC
    debit: bool
    amount: Units
    day: date
    reference: str  # the RTGS's own
    uetr: str
    end_to_end: str
    payer: str
    payee: str

    def parts(self, currency: str, exponent: int) -> list[Part]:
        """As the entry of a message."""
        amount, way = amount_of(currency, self.amount, exponent), "DBIT" if self.debit else "CRDT"
        names: list[Part] = [("EndToEndId", self.end_to_end), ("UETR", self.uetr)] if self.uetr else []
        references: list[Part] = [("Refs", names)] if names else []
        code = DEBIT_CODE if self.debit else CODE
        return [
            ("NtryRef", str(self.number)),
            ("Amt", amount),
            ("CdtDbtInd", way),
            ("Sts", [("Cd", "BOOK")]),
            ("BookgDt", [("Dt", self.day.isoformat())]),
            ("ValDt", [("Dt", self.day.isoformat())]),
            ("AcctSvcrRef", self.reference),
            ("BkTxCd", code),
            (
                "NtryDtls",
                [
                    (
                        "TxDtls",
                        [
                            *references,
                            ("Amt", amount),
                            ("CdtDbtInd", way),
                            (
                                "RltdPties",
                                [("Dbtr", [("Agt", agent(self.payer))]), ("Cdtr", [("Agt", agent(self.payee))])],
                            ),
                        ],
                    )
                ],
            ),
        ]


def _read_entry(told: Read, owner: str, currency: str, exponent: int) -> Entry:
    way, details = told.text("CdtDbtInd"), told.one("NtryDtls/TxDtls")
    if way not in ("DBIT", "CRDT"):
        raise BadMessage(f"{told.where}/CdtDbtInd is {way}")
    if told.text("Sts/Cd") != "BOOK":
        raise BadMessage(f"{told.where} is not booked")
    number = told.text("NtryRef")
    if not number.isdecimal():
        raise BadMessage(f"{told.where}/NtryRef is {number}, no number")
    return Entry(
        int(number),
        owner,
        way == "DBIT",
        told.units("Amt", currency, exponent),
        told.day("BookgDt/Dt"),
        told.text("AcctSvcrRef"),
        details.text_or("Refs/UETR"),
        details.text_or("Refs/EndToEndId"),
        details.text("RltdPties/Dbtr/Agt/FinInstnId/BICFI"),
        details.text("RltdPties/Cdtr/Agt/FinInstnId/BICFI"),
    )


def write_notifications(
    entries: Sequence[Entry], currency: str, exponent: int, identification: str, created: Micros
) -> bytes:
    """Entries as they were booked, each as a notification of its own, as a camt.054."""
    told: list[Part] = [
        (
            "Ntfctn",
            [
                ("Id", str(each.number)),
                ("CreDtTm", format_instant(created)),
                ("Acct", account(each.account, currency)),
                ("Ntry", each.parts(currency, exponent)),
            ],
        )
        for each in entries
    ]
    header: Part = ("GrpHdr", [("MsgId", identification), ("CreDtTm", format_instant(created))])
    return document(CAMT_054, [("BkToCstmrDbtCdtNtfctn", [header, *told])])


def read_notifications(raw: bytes, currency: str, exponent: int) -> list[Entry]:
    """The entries of a camt.054."""
    return [
        _read_entry(entry, told.text("Acct/Id/Othr/Id"), currency, exponent)
        for told in read(raw, CAMT_054).all("BkToCstmrDbtCdtNtfctn/Ntfctn")
        for entry in told.all("Ntry")
    ]


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's account on one business day that is over: what it had, each entry, what it has."""

    account: str
    day: date
    opening: Units
    closing: Units
    entries: tuple[Entry, ...]

    def moved(self) -> Units:
        """What the entries come to."""
        return sum(-each.amount if each.debit else each.amount for each in self.entries)


def write_statements(
    statements: Sequence[Statement], currency: str, exponent: int, identification: str, created: Micros
) -> bytes:
    """The statements of a day as a camt.053."""
    header: Part = ("GrpHdr", [("MsgId", identification), ("CreDtTm", format_instant(created))])
    told: list[Part] = [
        (
            "Stmt",
            [
                ("Id", f"{each.day:%Y%m%d}-{each.account}"),
                ("CreDtTm", format_instant(created)),
                ("Acct", account(each.account, currency)),
                ("Bal", _balance("OPBD", each.opening, each.day, currency, exponent)),
                ("Bal", _balance("CLBD", each.closing, each.day, currency, exponent)),
                *(("Ntry", entry.parts(currency, exponent)) for entry in each.entries),
            ],
        )
        for each in statements
    ]
    return document(CAMT_053, [("BkToCstmrStmt", [header, *told])])


def _balance(code: str, units: Units, day: date, currency: str, exponent: int) -> list[Part]:
    return [
        ("Tp", [("CdOrPrtry", [("Cd", code)])]),
        ("Amt", amount_of(currency, units, exponent)),
        ("CdtDbtInd", "CRDT"),
        ("Dt", [("Dt", day.isoformat())]),
    ]


def read_statements(raw: bytes, currency: str, exponent: int) -> list[Statement]:
    """The statements of a camt.053, each of which adds up: BadMessage where one does not."""
    found = []
    for told in read(raw, CAMT_053).all("BkToCstmrStmt/Stmt"):
        owner = told.text("Acct/Id/Othr/Id")
        entries = tuple(_read_entry(each, owner, currency, exponent) for each in told.all("Ntry"))
        balances = {each.text("Tp/CdOrPrtry/Cd"): each for each in told.all("Bal")}
        if sorted(balances) != ["CLBD", "OPBD"]:
            raise BadMessage(f"{told.where} of {owner} has the balances {', '.join(sorted(balances))}")
        closed = balances["CLBD"]
        opening, closing = (balances[code].units("Amt", currency, exponent) for code in ("OPBD", "CLBD"))
        statement = Statement(owner, closed.day("Dt/Dt"), opening, closing, entries)
        if opening + statement.moved() != closing or any(each.day != statement.day for each in entries):
            raise BadMessage(f"the statement of {owner} for {statement.day} does not add up")
        found.append(statement)
    return found
