"""Refusals as problem documents (RFC 9457), and back.

A document's `type` points at the reason's entry in the reference; `reason` is its name, the same on every door;
`parts` are what the sentence is made of. What the HTTP door itself refuses, before the market is asked (too large, too
many, too slow), has a reason of its own, of `Door`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from bauhinia.views.tables import plain_part
from bauhinia.wire.forms import BadForm
from bauhinia.words.reasons import Reason, Refused

CONTENT_TYPE = "application/problem+json"
REFERENCE = "/docs/reference/reasons.md"


class Door(Enum):
    """What the HTTP door refuses by itself: the status and the sentence."""

    NOT_FOUND = (HTTPStatus.NOT_FOUND, "There is no such thing here, or it is not the asker's to see.")
    METHOD = (HTTPStatus.METHOD_NOT_ALLOWED, "This address does not take this method.")
    QUERY = (HTTPStatus.BAD_REQUEST, "A part of the address's query is unknown or wrong.")
    UNAUTHENTICATED = (HTTPStatus.UNAUTHORIZED, "Who asks could not be told from what was sent.")
    TOO_LARGE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than this door takes.")
    CONTENT = (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is not of a type that this address takes.")
    TOO_MANY = (HTTPStatus.TOO_MANY_REQUESTS, "The asker sends more requests than this door takes.")
    BUSY = (HTTPStatus.SERVICE_UNAVAILABLE, "More envelopes wait than the market holds; this one was not taken in.")
    TOO_SLOW = (HTTPStatus.SERVICE_UNAVAILABLE, "The answer took too long and was given up; what was sent may stand.")
    STOPPED = (HTTPStatus.SERVICE_UNAVAILABLE, "The node takes nothing in; it may still be read.")
    FAULT = (HTTPStatus.INTERNAL_SERVER_ERROR, "The node made a mistake; it has been recorded.")

    @property
    def status(self) -> int:
        return int(self.value[0])

    @property
    def title(self) -> str:
        return self.value[1]


class DoorRefused(Exception):
    """The door refuses a request before the market is asked."""

    def __init__(self, door: Door, *parts: object) -> None:
        super().__init__(door, *parts)
        self.door, self.parts = door, parts

    def __str__(self) -> str:
        return f"{self.door.name}: {' '.join(map(str, self.parts))}" if self.parts else self.door.name


class Explained(Refused):
    """A refusal with its sentence, in which things are named as far as the asker may know them."""

    def __init__(self, reason: Reason, detail: str, *parts: object) -> None:
        super().__init__(reason, *parts)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason.name}: {self.detail}" if self.detail else self.reason.name


@dataclass(slots=True)
class Problem:
    """An RFC 9457 problem document. `field` is the path of what is wrong with a form; empty where none is."""

    type: str
    title: str
    status: int
    detail: str
    reason: str
    parts: tuple[str, ...] = ()
    field: str = ""


TITLES: dict[Reason, str] = {
    Reason.MALFORMED: "The bytes or the form are not those of what they should be.",
    Reason.WRONG_LEDGER: "The envelope was made for another ledger.",
    Reason.BAD_SIGNATURE: "A signature does not verify.",
    Reason.UNKNOWN_SIGNER: "The party is unknown, or a key is not one of its own.",
    Reason.STALE: "The envelope is past its good-until time, or its nonce is older than the window.",
    Reason.REPLAYED: "The nonce is used up already.",
    Reason.TOO_FAR_AHEAD: "The good-until time or the nonce lies too far ahead.",
    Reason.NOT_ENOUGH_SIGNATURES: "Fewer persons of the party have signed than it asks for.",
    Reason.NOT_AUTHORISED: "The party has no role or right that allows this.",
    Reason.UNKNOWN_COMMAND: "There is no command with this tag.",
    Reason.FAULT_IN_RULE: "A rule failed before it had told anything; nothing has changed, and operators are alarmed.",
    Reason.SUSPENDED: "The party's standing does not let it act.",
    Reason.FOUR_EYES: "A second person of the party has to approve.",
    Reason.LATER_ONLY: "It may only be moved forward.",
    Reason.EMPTY: "Something that must hold an item holds none.",
    Reason.AMOUNT: "The amount is not one that can be moved.",
    Reason.DATE: "The date or time is not a possible one here.",
    Reason.UNKNOWN_PARTY: "There is no such party.",
    Reason.UNKNOWN_ACCOUNT: "There is no such account.",
    Reason.UNKNOWN_ASSET: "There is no such asset.",
    Reason.UNKNOWN_INSTRUCTION: "There is no such instruction.",
    Reason.UNKNOWN_TRANSACTION: "There is no such transaction.",
    Reason.UNKNOWN_ACTION: "There is no such corporate action.",
    Reason.UNKNOWN_SYSTEM: "There is no such system.",
    Reason.UNKNOWN_CENTRE: "No calendar of this centre has been published.",
    Reason.UNKNOWN_PROPOSAL: "There is no such proposal.",
    Reason.DUPLICATE: "The ledger has one already.",
    Reason.IDENTIFIER: "The identifier is malformed, or its check digits are wrong.",
    Reason.TEXT: "The text is empty, too long, or holds what cannot be printed.",
    Reason.KEY: "The key is not one that can be used.",
    Reason.THRESHOLD: "The number of signatures asked for cannot be met.",
    Reason.RATE: "The rate or price is not a possible one.",
    Reason.TERMS: "No bond can have these terms.",
    Reason.ROLE: "The party lacks the role that this part is for.",
    Reason.ATTRIBUTE: "The attribute is not one that can be given.",
    Reason.EXPIRED: "It has expired, or would at once.",
    Reason.PURPOSE: "The account's purpose does not allow this.",
    Reason.WRONG_CURRENCY: "The money is not in the currency asked for.",
    Reason.SAME_ACCOUNT: "Both sides are one account.",
    Reason.MULTIPLE: "The nominal is not the denomination, or not a multiple, that the terms ask for.",
    Reason.HASH: "It is not a hash of 32 bytes, or not the hash expected.",
    Reason.UNCONFIRMED_DATE: "No calendar confirms this day yet.",
    Reason.RIGHT: "The right is not one that can be given or taken.",
    Reason.UNKNOWN_RULEBOOK: "There is no such rulebook.",
    Reason.UNKNOWN_BREAK: "There is no such break.",
    Reason.UNKNOWN_SERIES: "There is no such series of values.",
    Reason.MODEL: "A trade of this kind, or in this system, does not settle by this model of delivery versus payment.",
    Reason.UNKNOWN_NETWORK: "There is no such network, or the asker has no part in it.",
    Reason.UNKNOWN_SET: "There is no such set of legs.",
    Reason.NOT_WAITING: "It does not wait for this.",
    Reason.NOT_MATCHED: "The instruction is not matched.",
    Reason.ALREADY_DONE: "It has been done already.",
    Reason.NOT_ELIGIBLE: "The account may not hold this asset.",
    Reason.ABOVE_AUTHORISED: "It would stand above the authorised amount.",
    Reason.CUT_OFF: "The cut-off has passed.",
    Reason.CLOSED: "It is closed.",
    Reason.PAUSED: "The asset is paused.",
    Reason.HALTED: "The asset is halted until a break is repaired.",
    Reason.BACKING: "The backing and what is outstanding would differ.",
    Reason.NOT_FUNGIBLE: "The tap does not accrue as its bond does yet.",
    Reason.RECORD_CLOSED: "The record date has closed.",
    Reason.NOT_DUE: "It is not due.",
    Reason.SHORTFALL: "There is less than what must be paid.",
    Reason.IN_DOUBT: "An outside payment is in doubt.",
    Reason.NOT_DISCLOSED: "It may not be shown to the asker.",
    Reason.PURGED: "The personal data have been erased.",
    Reason.RESERVES: "The reserves do not cover it.",
    Reason.LIQUIDITY: "The payer's bank has not the means in its network to make the payment now.",
    Reason.UNCOVERED: "Collateral and loss sharing would not cover what banks of the network may owe.",
    Reason.OWING: "The bank owes others what they have borne for it.",
    Reason.NOT_SIGNED_FOR: "It is shown once the asker has signed for it today, by the command that is named.",
    Reason.NO_WALLET: "The account has no wallet in this money, or is no customer of its issuer.",
    Reason.UNKNOWN_TIER: "The money has no such tier of wallets.",
    Reason.NO_LICENCE: "The issuer has no valid licence for this money.",
    Reason.CIRCULAR: "Followed from one to the next, the links come back to where they began.",
    Reason.NO_MANDATE: "No mandate in force covers this.",
    Reason.OVER_LIMIT: "A limit of the mandate would be exceeded.",
    Reason.UNKNOWN_PENALTY: "There is no such penalty that is still open.",
    Reason.NOT_PROVIDED: "No rulebook in force provides for it.",
    Reason.NOT_ACCEPTED: "Who is to take it over has not said that it will.",
    Reason.STATE: "Things do not stand so that this could be done.",
    Reason.LACK: "The deliverer lacks the securities.",
    Reason.CLAC: "The counterparty lacks the securities.",
    Reason.MONY: "The payer lacks the money.",
    Reason.CMON: "The counterparty lacks the money.",
    Reason.FROZ: "The account or the position is blocked.",
    Reason.PREA: "The account owner holds the instruction.",
    Reason.PRCY: "The counterparty holds the instruction.",
    Reason.BOTH: "Both sides hold the instruction.",
    Reason.FUTU: "The intended settlement date lies ahead.",
    Reason.CYCL: "It awaits the next settlement cycle.",
    Reason.LINK: "A linked instruction is not ready.",
    Reason.LATE: "It came after the cut-off.",
    Reason.CONF: "It awaits the confirmation of a payment.",
    Reason.NMAT: "The instruction is unmatched.",
    Reason.HOLDING_LIMIT: "Whoever receives would hold more than it may.",
    Reason.PAYMENT_LIMIT: "The wallet that is to pay would pay more than it may, at once, in a day or in a year.",
}

_STATUS: dict[Reason, HTTPStatus] = {
    Reason.MALFORMED: HTTPStatus.BAD_REQUEST,
    Reason.BAD_SIGNATURE: HTTPStatus.UNAUTHORIZED,
    Reason.UNKNOWN_SIGNER: HTTPStatus.UNAUTHORIZED,
    Reason.REPLAYED: HTTPStatus.CONFLICT,
    Reason.STALE: HTTPStatus.CONFLICT,
    Reason.NOT_ENOUGH_SIGNATURES: HTTPStatus.FORBIDDEN,
    Reason.NOT_AUTHORISED: HTTPStatus.FORBIDDEN,
    Reason.SUSPENDED: HTTPStatus.FORBIDDEN,
    Reason.FOUR_EYES: HTTPStatus.FORBIDDEN,
    Reason.NOT_ELIGIBLE: HTTPStatus.FORBIDDEN,
    Reason.NOT_DISCLOSED: HTTPStatus.NOT_FOUND,
    Reason.NOT_SIGNED_FOR: HTTPStatus.FORBIDDEN,
    Reason.NO_MANDATE: HTTPStatus.FORBIDDEN,
    Reason.FAULT_IN_RULE: HTTPStatus.INTERNAL_SERVER_ERROR,
    Reason.DUPLICATE: HTTPStatus.CONFLICT,
    Reason.PURGED: HTTPStatus.GONE,
}


def status_of(reason: Reason) -> int:
    """The HTTP status of a reason: what is unknown is 404, a field that is wrong 422, a state that forbids it 409."""
    found = _STATUS.get(reason)
    if found is None:
        if reason.name.startswith("UNKNOWN_"):
            found = HTTPStatus.NOT_FOUND
        elif reason < 70:  # the envelope and the fields: reasons are numbered by what they are about
            found = HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            found = HTTPStatus.CONFLICT
    return int(found)


def title_of(reason: Reason) -> str:
    """One sentence that says what a reason means."""
    return TITLES.get(reason) or f"{reason.name.replace('_', ' ').capitalize()}."


def problem_of(refused: Refused | DoorRefused) -> Problem:
    """The problem document of a refusal."""
    parts = tuple(plain_part(part) for part in refused.parts)
    detail = " ".join(part for part in parts if part)
    if isinstance(refused, DoorRefused):
        door = refused.door
        return Problem(f"{REFERENCE}#{door.name}", door.title, door.status, detail or door.title, door.name, parts)
    reason = refused.reason
    field = refused.field if isinstance(refused, BadForm) else ""
    if field:
        detail = str(refused)
    elif isinstance(refused, Explained):
        detail = refused.detail
    title = title_of(reason)
    return Problem(f"{REFERENCE}#{reason.name}", title, status_of(reason), detail or title, reason.name, parts, field)


def refusal_of(problem: Problem) -> Refused | DoorRefused:
    """The refusal that a problem document tells of, on the other side of the wire."""
    if problem.field:
        return BadForm(problem.field, problem.parts[1] if len(problem.parts) > 1 else problem.detail)
    if problem.reason in Reason.__members__:
        return Refused(Reason[problem.reason], *problem.parts)
    if problem.reason in Door.__members__:
        return DoorRefused(Door[problem.reason], *problem.parts)
    return DoorRefused(Door.FAULT, problem.reason, problem.detail)


def reference() -> str:
    """The reference of all reasons, in Markdown, as `docs/reference/reasons.md` has it."""
    lines = [
        "# Reasons",
        "",
        "Why a command is refused or an instruction waits. Numbers are written down, appended and never reused: they",
        "enter hashes. Names of four letters are external codes of ISO 20022. The last column is the HTTP status with",
        "which the reason is told, as a problem document (RFC 9457) whose `type` points here.",
        "",
        "| reason | number | what it says | status |",
        "|---|---|---|---|",
    ]
    lines += [
        f'| <a id="{reason.name}"></a>`{reason.name}` | {int(reason)} | {title_of(reason)} | {status_of(reason)} |'
        for reason in Reason
    ]
    lines += [
        "",
        "## What the HTTP door refuses by itself",
        "",
        "| reason | what it says | status |",
        "|---|---|---|",
    ]
    lines += [f'| <a id="{door.name}"></a>`{door.name}` | {door.title} | {door.status} |' for door in Door]
    return "\n".join(lines) + "\n"
