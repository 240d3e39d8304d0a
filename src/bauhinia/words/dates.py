"""Dates and instants: ISO 8601 texts, read strictly, and whole microseconds to local days and back.

All arithmetic is on integers. A time zone is a fixed offset from UTC in minutes (+480 is Hong Kong): a market that
changes its clocks is given its offset day by day, as data.
"""

from __future__ import annotations

import re
from datetime import date

from bauhinia.words.ids import Micros
from bauhinia.words.reasons import Reason, Refused, require

SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND
DAY: Micros = 24 * 60 * MINUTE

_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date.max.toordinal()
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))"
)


def parse_date(text: str) -> date:
    """The day written YYYY-MM-DD (ISO 8601 extended calendar date) and nothing else; else Refused DATE."""
    require(_DATE.fullmatch(text), Reason.DATE, text, "is not written YYYY-MM-DD")
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        raise Refused(Reason.DATE, text, "is not in the calendar") from None


def parse_minute(text: str) -> int:
    """The minute of the day written HH:MM, 00:00 to 24:00 (the day's end); else Refused DATE."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise Refused(Reason.DATE, text, "is not written HH:MM")
    minute = int(found[1]) * 60 + int(found[2])
    require(int(found[2]) < 60 and minute <= 24 * 60, Reason.DATE, text, "is not a time of day")
    return minute


def parse_instant(text: str) -> Micros:
    """Microseconds since 1970-01-01T00:00:00Z of an RFC 3339 timestamp such as 2025-11-11T09:30:00+08:00.

    The offset must be given; fractions go down to the microsecond; a leap second is not a time here. Else Refused DATE.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise Refused(Reason.DATE, text, "is not written YYYY-MM-DDTHH:MM:SS and its offset from UTC")
    day, hour, minute, second = parse_date(found[1]), int(found[2]), int(found[3]), int(found[4])
    require(hour < 24 and minute < 60 and second < 60, Reason.DATE, text, "is not a time of day")
    offset = 0
    if found[7]:
        hours, minutes = int(found[8]), int(found[9])
        require(hours < 24 and minutes < 60, Reason.DATE, text, "has no such offset from UTC")
        offset = (hours * 60 + minutes) * (1 if found[7] == "+" else -1)
    fraction = int((found[5] or "").ljust(6, "0"))
    return micros_at(day, hour * 60 + minute, offset) + second * SECOND + fraction


def format_instant(micros: Micros, offset_minutes: int = 0) -> str:
    """RFC 3339 text of an instant at an offset from UTC; a fraction only where there is one."""
    day, second = local_of(micros, offset_minutes)
    fraction = f".{micros % SECOND:06}" if micros % SECOND else ""
    offset = "Z"
    if offset_minutes:
        hours, minutes = divmod(abs(offset_minutes), 60)
        offset = f"{'+' if offset_minutes > 0 else '-'}{hours:02}:{minutes:02}"
    return f"{day}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{fraction}{offset}"


def day_of(micros: Micros, offset_minutes: int) -> date:
    """The calendar day of an instant where clocks show UTC plus the offset. Refused DATE outside years 1 to 9999."""
    ordinal = _EPOCH + (micros + offset_minutes * MINUTE) // DAY
    require(1 <= ordinal <= _LAST, Reason.DATE, micros, "microseconds is outside the years 1 to 9999")
    return date.fromordinal(ordinal)


def local_of(micros: Micros, offset_minutes: int) -> tuple[date, int]:
    """The local day of an instant and the whole seconds passed in it, 0 to 86,399."""
    return day_of(micros, offset_minutes), (micros + offset_minutes * MINUTE) % DAY // SECOND


def micros_at(day: date, minute_of_day: int, offset_minutes: int) -> Micros:
    """The instant at which clocks at the offset show that day and minute; minute 1,440 is the next midnight."""
    return (day.toordinal() - _EPOCH) * DAY + (minute_of_day - offset_minutes) * MINUTE
