"""Why something is refused, and what we do when we ourselves are wrong."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

T = TypeVar("T")


class Reason(IntEnum):
    """Why a command is refused or an instruction waits. Numbers are written down, appended, never reused: they
    enter hashes. Four-letter names are ISO 20022 external codes (pending, failing and rejection reasons)."""

    # the envelope (1 to 29)
    MALFORMED = 1
    WRONG_LEDGER = 2
    BAD_SIGNATURE = 3
    UNKNOWN_SIGNER = 4
    STALE = 5
    REPLAYED = 6
    TOO_FAR_AHEAD = 7
    NOT_ENOUGH_SIGNATURES = 8
    NOT_AUTHORISED = 9
    UNKNOWN_COMMAND = 10
    FAULT_IN_RULE = 11
    SUSPENDED = 12
    FOUR_EYES = 13
    LATER_ONLY = 14
    # fields (30 to 69)
    EMPTY = 30
    AMOUNT = 31
    DATE = 32
    UNKNOWN_PARTY = 33
    UNKNOWN_ACCOUNT = 34
    UNKNOWN_ASSET = 35
    UNKNOWN_INSTRUCTION = 36
    UNKNOWN_TRANSACTION = 37
    UNKNOWN_ACTION = 38
    UNKNOWN_SYSTEM = 39
    UNKNOWN_CENTRE = 40
    UNKNOWN_PROPOSAL = 41
    DUPLICATE = 42
    IDENTIFIER = 43
    TEXT = 44
    KEY = 45
    THRESHOLD = 46
    RATE = 47
    TERMS = 48
    ROLE = 49
    ATTRIBUTE = 50
    EXPIRED = 51
    PURPOSE = 52
    WRONG_CURRENCY = 53
    SAME_ACCOUNT = 54
    MULTIPLE = 55
    HASH = 56
    UNCONFIRMED_DATE = 57
    RIGHT = 58
    UNKNOWN_RULEBOOK = 59
    UNKNOWN_BREAK = 60
    UNKNOWN_SERIES = 61
    MODEL = 62
    UNKNOWN_NETWORK = 64
    UNKNOWN_SET = 63
    # state of things (70 to 119)
    NOT_WAITING = 70
    NOT_MATCHED = 71
    ALREADY_DONE = 72
    NOT_ELIGIBLE = 73
    ABOVE_AUTHORISED = 74
    CUT_OFF = 75
    CLOSED = 76
    PAUSED = 77
    HALTED = 78
    BACKING = 79
    NOT_FUNGIBLE = 80
    RECORD_CLOSED = 81
    NOT_DUE = 82
    SHORTFALL = 83
    IN_DOUBT = 84
    NOT_DISCLOSED = 85
    PURGED = 86
    RESERVES = 87
    STATE = 88
    NOT_SIGNED_FOR = 89
    CIRCULAR = 90
    LIQUIDITY = 100  # a bank's means in its network do not suffice
    UNCOVERED = 101  # collateral and loss sharing would not cover what banks may owe
    OWING = 102  # a bank in default owes others what they have borne
    NO_WALLET = 96
    UNKNOWN_TIER = 97
    NO_LICENCE = 98
    NO_MANDATE = 91
    OVER_LIMIT = 92
    UNKNOWN_PENALTY = 93
    NOT_PROVIDED = 94  # no rulebook in force provides for it
    NOT_ACCEPTED = 95
    # ISO 20022 codes (120 on)
    LACK = 120  # the deliverer lacks the securities
    CLAC = 121  # the counterparty lacks the securities
    MONY = 122  # the payer lacks the money
    CMON = 123  # the counterparty lacks the money
    FROZ = 124  # the account or position is blocked
    PREA = 125  # on hold by the account owner
    PRCY = 126  # on hold by the counterparty
    BOTH = 127  # on hold by both
    FUTU = 128  # the intended settlement date is in the future
    CYCL = 129  # awaiting the next settlement cycle
    LINK = 130  # a linked instruction is not ready
    LATE = 131  # past the cut-off
    CONF = 132  # awaiting confirmation of the payment
    NMAT = 133  # unmatched
    # beside ISO 20022 (134 on)
    HOLDING_LIMIT = 134  # the taker's wallet would hold more than it may
    PAYMENT_LIMIT = 135  # the giver's wallet would pay more than it may: at once, in a day or in a year


class Refused(Exception):
    """The asker is wrong: nothing has changed, and the reason with its parts says why."""

    def __init__(self, reason: Reason, *parts: object) -> None:
        self.reason, self.parts = reason, parts

    def __str__(self) -> str:
        return f"{self.reason.name}: {' '.join(map(str, self.parts))}" if self.parts else self.reason.name


class Fault(Exception):
    """We are wrong: an invariant broke, and the node must stop with its data as they are."""


def require(holds: object, reason: Reason, *parts: object) -> None:
    """Refuse the command unless `holds`; only before the first event of a step."""
    if not holds:
        raise Refused(reason, *parts)


def known(value: T | None, reason: Reason, *parts: object) -> T:
    """The value, or a refusal where there is none."""
    if value is None:
        raise Refused(reason, *parts)
    return value


def must(holds: object, what: str, *parts: object) -> None:
    """Stop the node unless `holds`: what a rule has already checked, said once more where it matters."""
    if not holds:
        raise Fault(f"{what} {' '.join(map(str, parts))}" if parts else what)
