"""Why something was refused, with names for the ledger's numbers, as far as the asker may know them.

A refusal's parts are words and numbers. What a number counts is told by the word before it, or by the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from bauhinia.views import model
from bauhinia.views.asking import Asking
from bauhinia.views.tables import PART, RefusalRow, plain_part
from bauhinia.words.reasons import Reason

PARTY, ACCOUNT, ASSET, ACTION = "party", "account", "asset", "action"
WORDS = {  # a word before a number -> what the number counts
    **dict.fromkeys(("party", "counterparty", "holder", "agent", "agents", "issuer", "guarantor"), PARTY),
    **dict.fromkeys(("registrar", "paying_agent", "lead_manager", "trustee", "attester"), PARTY),
    **dict.fromkeys(("account", "cash_account", "issuer_account", "omnibus", "reserve_account"), ACCOUNT),
    **dict.fromkeys(("asset", "money", "bond", "reserve_asset"), ASSET),
    "action": ACTION,
}
BARE = {  # a reason -> what its first number counts, where no word says so
    **dict.fromkeys((Reason.UNKNOWN_PARTY, Reason.UNKNOWN_SIGNER, Reason.SUSPENDED), PARTY),
    **dict.fromkeys((Reason.UNKNOWN_ACCOUNT, Reason.PURPOSE, Reason.SAME_ACCOUNT), ACCOUNT),
    **dict.fromkeys((Reason.UNKNOWN_ASSET, Reason.NOT_DISCLOSED, Reason.WRONG_CURRENCY), ASSET),
    **dict.fromkeys((Reason.UNKNOWN_ACTION, Reason.NOT_DUE), ACTION),
    **dict.fromkeys((Reason.UNKNOWN_PROPOSAL, Reason.FOUR_EYES), "proposal"),
    Reason.UNKNOWN_INSTRUCTION: "instruction",
    Reason.UNKNOWN_TRANSACTION: "transaction",
    Reason.UNKNOWN_BREAK: "break",
}
POSITIONS = (  # reasons about a position: its account, its asset, and how much
    Reason.LACK, Reason.MONY, Reason.FROZ, Reason.PAUSED, Reason.HALTED, Reason.NOT_ELIGIBLE, Reason.CLOSED,
    Reason.ABOVE_AUTHORISED, Reason.BACKING,
)  # fmt: skip


class Known(Protocol):
    """The names that an asker may know; empty where it may not, or there is none."""

    def party(self, number: int) -> str: ...
    def account(self, number: int) -> str: ...
    def asset(self, number: int) -> str: ...
    def action(self, number: int) -> str: ...
    def amount(self, asset: int, units: int) -> str: ...


def said(reason: Reason, parts: Sequence[object], known: Known) -> str:
    """The parts of a refusal in a line: `account Bank A` where its name may be known, else `account 7`."""
    return " ".join(_parts(reason, [plain_part(part) for part in parts], known))


def _parts(reason: Reason, parts: list[str], known: Known) -> Iterator[str]:
    if reason in POSITIONS and len(parts) in (2, 3) and all(map(_number, parts)):
        account, asset = int(parts[0]), int(parts[1])
        yield _named(ACCOUNT, account, known.account(account))
        yield _named(ASSET, asset, known.asset(asset))
        if len(parts) == 3:
            yield known.amount(asset, int(parts[2])) or parts[2]
        return
    before, asset = "", 0
    for at, part in enumerate(parts):
        if before == "lacks" and asset and _number(part):  # of the asset that was named
            yield known.amount(asset, int(part)) or part
            continue
        kind = WORDS.get(before) or (BARE.get(reason) if at == 0 else None)
        if kind is None or not _number(part):
            yield part
        else:
            asset = int(part) if kind is ASSET else asset
            find = _finds(known).get(kind)
            yield _named(kind if at == 0 else "", int(part), find(int(part)) if find else "")
        before = part


def _finds(known: Known) -> dict[str, Callable[[int], str]]:
    return {PARTY: known.party, ACCOUNT: known.account, ASSET: known.asset, ACTION: known.action}


def _named(word: str, number: int, name: str) -> str:
    return f"{word} {name or number}".strip()


def _number(part: str) -> bool:
    return part.isascii() and part.isdigit()


def refusal_line(ask: Asking, row: RefusalRow) -> model.RefusalLine:
    """A command of the viewer's that was refused."""
    reason = Reason(row.code)
    text = said(reason, row.text.split(PART) if row.text else (), Allowed(ask))
    return model.RefusalLine(row.height, row.time, row.envelope, row.command, reason.name, text)


class Allowed:
    """What a viewer of the views may know: public names, and of accounts those that it may see."""

    def __init__(self, ask: Asking) -> None:
        self.ask = ask

    def party(self, number: int) -> str:
        return self.ask.party_name(number)

    def account(self, number: int) -> str:
        row = self.ask.account(number)
        return row.name if row is not None and self.ask.sight(row) else ""

    def asset(self, number: int) -> str:
        row = self.ask.asset(number)
        if row is None:
            return ""
        return f"{row.name}, {row.code}" if row.name and row.name != row.code else row.code

    def action(self, number: int) -> str:
        row = self.ask.action(number)
        if row is None:
            return ""
        return f"{row.kind.name.lower().replace('_', ' ')} of {self.asset(row.asset)} on {row.payment_date}"

    def amount(self, asset: int, units: int) -> str:
        return self.ask.amount(asset, units).text if self.ask.asset(asset) else ""
