"""How the console says things: amounts, days, moments, and the ledger's names in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from bauhinia.views.model import Amount
from bauhinia.words.ids import Micros

SECOND = 1_000_000

# names of the ledger's enumerations that plain lower case would say badly
WORDS = {
    "DVP_CUT_OFF": "DvP cut-off",
    "FOP_CUT_OFF": "FoP cut-off",
    "END_OF_DAY": "End of day",
    "RTGS": "RTGS",
    "CBDC": "CBDC",
    "CSD": "CSD",
    "CENTRAL_BANK_TOKEN": "Central-bank token",
    "DEPOSIT_TOKEN": "Deposit token",
    "NATIVE": "Native legal title",
    "BENEFICIAL": "Beneficial interest in a lodged note",
    "OMNIBUS": "Omnibus",
    "HIERARCHICAL": "Book entry in a chain of keepers",
    "AGAINST": "Against payment",
    "FREE": "Free of payment",
    "FAILED": "Failed",
}
GOOD = ("ISSUED", "PAID", "SETTLED", "MATCHED", "ACTIVE", "AGREED", "REDEEMED", "BALANCED", "EQUAL")
WAIT = ("PENDING", "FAILING", "CONFIRMING", "UNMATCHED", "DUE", "CLOSING", "RECORDED", "LATE", "PENDING_CANCELLATION")
BAD = ("IN_DOUBT", "DEFAULTED", "POTENTIAL_DEFAULT", "ACCELERATED", "SUSPENDED", "INSOLVENT", "BROKEN", "DIFFERENT")

REASONS = {
    "LACK": "you lack the securities",
    "CLAC": "the counterparty lacks the securities",
    "MONY": "you lack the money",
    "CMON": "the counterparty lacks the money",
    "FROZ": "an account is blocked",
    "PREA": "on hold by you",
    "PRCY": "on hold by the counterparty",
    "BOTH": "on hold by both",
    "FUTU": "the intended date has not come",
    "CYCL": "awaits the next settlement cycle",
    "LINK": "a linked instruction is not ready",
    "LATE": "past the cut-off",
    "CONF": "awaits confirmation of the payment",
    "NMAT": "the counterparty has not instructed alike",
    "CANS": "it was unmatched for too long and has lapsed",
}


class Clock:
    """Moments as the market's first system reads them, `offset` minutes ahead of UTC."""

    def __init__(self, offset: int) -> None:
        self.zone = timezone(timedelta(minutes=offset))
        hours, minutes = divmod(abs(offset), 60)
        sign = "-" if offset < 0 else "+"
        self.name = f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "") if offset else "UTC"

    def local(self, micros: Micros) -> datetime:
        return datetime.fromtimestamp(micros // SECOND, self.zone)

    def moment(self, micros: Micros) -> str:
        """11 Nov 2025, 10:00; with seconds where there are any."""
        local = self.local(micros)
        seconds = f":{local.second:02}" if local.second else ""
        return f"{day(local.date())}, {local:%H:%M}{seconds}"

    def today(self, micros: Micros) -> date:
        return self.local(micros).date()


def iso(micros: Micros) -> str:
    """A moment for machines (RFC 3339)."""
    return datetime.fromtimestamp(micros // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def long_day(value: date) -> str:
    return f"{value:%A} {value.day} {value:%B %Y}"


def clock(minutes: int) -> str:
    """Minutes after midnight as 16:30."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def said(value: str) -> str:
    """A term's value, its dates as the rest of the page has them."""
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value


def word(name: str) -> str:
    """A name of an enumeration in words: PAYING_AGENT is Paying agent."""
    if name in WORDS:
        return WORDS[name]
    plain = name.replace("_", " ").lower() if name.isupper() else name.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def spoken(kind: str) -> str:
    """A name of an event in words: PaymentConfirmed is payment confirmed."""
    out = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in kind)
    return out.strip()


def tone(status: str) -> str:
    """The class of a status's colour; it always stands in words too."""
    return "good" if status in GOOD else "wait" if status in WAIT else "bad" if status in BAD else ""


def reason(code: str) -> str:
    return REASONS.get(code, spoken(code.replace("_", " ").lower()))


def bare(amount: Amount) -> str:
    """An amount without its currency, for columns of one currency."""
    return amount.text.removeprefix(f"{amount.currency} ")


def signed(amount: Amount) -> str:
    """A movement with its sign: HKD +1,234.56, HKD −1,234.56."""
    if amount.units <= 0:
        return amount.text.replace("-", "−")
    return f"{amount.currency} +{bare(amount)}".strip()


def percent(part: Amount, whole: Amount) -> str:
    """A share from 0 to 100 with one decimal, for a drawing."""
    tenths = part.units * 1000 // whole.units if whole.units > 0 else 0
    tenths = max(0, min(1000, tenths))
    return f"{tenths // 10}.{tenths % 10}"
