"""Dates and instants: what is a date, and that a local day and minute lead back to their instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.words.dates import (
    DAY,
    MINUTE,
    SECOND,
    day_of,
    format_instant,
    local_of,
    micros_at,
    parse_date,
    parse_instant,
    parse_minute,
)
from bauhinia.words.reasons import Reason, Refused

HONG_KONG = 480
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
dates = st.dates()
offsets = st.integers(-14 * 60, 14 * 60)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-11-11", date(2025, 11, 11)),
        ("2024-02-29", date(2024, 2, 29)),
        ("0001-01-01", date.min),
        ("9999-12-31", date.max),
    ],
)
def test_a_date(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2025-02-29", "is not in the calendar"),
        ("2025-13-01", "is not in the calendar"),
        ("2025-00-10", "is not in the calendar"),
        ("0000-01-01", "is not in the calendar"),
        ("20251111", "is not written YYYY-MM-DD"),
        ("2025-W46-2", "is not written YYYY-MM-DD"),
        ("2025-11-1", "is not written YYYY-MM-DD"),
        ("2025-11-11 ", "is not written YYYY-MM-DD"),
        ("2025-11-11\n", "is not written YYYY-MM-DD"),
        ("2025-11-11T00:00:00Z", "is not written YYYY-MM-DD"),
        ("11/11/2025", "is not written YYYY-MM-DD"),
        ("٢٠٢٥-11-11", "is not written YYYY-MM-DD"),
        ("", "is not written YYYY-MM-DD"),
    ],
)
def test_what_is_not_a_date(text: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_date(text)
    assert (refused.value.reason, refused.value.parts) == (Reason.DATE, (text, why))


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("17:30", 1050), ("23:59", 1439), ("24:00", 1440)])
def test_a_minute(text: str, minute: int) -> None:
    assert parse_minute(text) == minute


@pytest.mark.parametrize("text", ["24:01", "12:60", "7:30", "07:30:00", "0730", "-1:00", "07:3٠", ""])
def test_what_is_not_a_minute(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_minute(text)
    assert refused.value.reason is Reason.DATE


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1969-12-31T19:00:00-05:00", 0),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1969-12-31T23:59:59.5Z", -500_000),
        ("2001-09-09T01:46:40Z", 1_000_000_000 * SECOND),
    ],
)
def test_an_instant(text: str, micros: int) -> None:
    assert parse_instant(text) == micros


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-11T09:30:00",
        "2025-11-11 09:30:00Z",
        "2025-11-11T24:00:00Z",
        "2025-11-11T09:60:00Z",
        "2025-11-11T09:30:60Z",
        "2025-02-30T09:30:00Z",
        "2025-11-11T09:30:00.1234567Z",
        "2025-11-11T09:30:00+24:00",
        "2025-11-11T09:30:00+0800",
        "2025-11-11T09:30:00z",
        "2025-11-11",
    ],
)
def test_what_is_not_an_instant(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_instant(text)
    assert refused.value.reason is Reason.DATE


@pytest.mark.parametrize(
    ("text", "offset", "local"),
    [
        ("2025-11-10T15:59:59Z", HONG_KONG, "2025-11-10T23:59:59+08:00"),
        ("2025-11-10T16:00:00Z", HONG_KONG, "2025-11-11T00:00:00+08:00"),
        ("2025-11-10T04:59:59.999999Z", -300, "2025-11-09T23:59:59.999999-05:00"),
        ("2025-11-10T18:29:00Z", 330, "2025-11-10T23:59:00+05:30"),
        ("2025-11-10T18:29:00Z", 0, "2025-11-10T18:29:00Z"),
    ],
)
def test_an_instant_on_a_local_clock(text: str, offset: int, local: str) -> None:
    assert format_instant(parse_instant(text), offset) == local
    assert parse_instant(local) == parse_instant(text)
    assert day_of(parse_instant(text), offset) == parse_date(local[:10])


@given(dates, st.integers(0, 1439), offsets)
def test_a_local_day_and_minute_lead_back(day: date, minute: int, offset: int) -> None:
    micros = micros_at(day, minute, offset)
    assert local_of(micros, offset) == (day, minute * 60)
    assert day_of(micros, offset) == day


@given(dates.filter(lambda day: day < date.max), offsets)
def test_a_day_begins_where_the_last_one_ends(day: date, offset: int) -> None:
    end = micros_at(day, 1440, offset)
    assert end == micros_at(day + timedelta(days=1), 0, offset)
    assert day_of(end - 1, offset) == day
    assert local_of(end - 1, offset) == (day, 86_399)


@given(st.integers(-60_000_000 * SECOND, 250_000_000_000 * SECOND), offsets)
def test_the_day_is_the_one_the_library_finds(micros: int, offset: int) -> None:
    zone = timezone(timedelta(minutes=offset))
    moment = (EPOCH + timedelta(microseconds=micros)).astimezone(zone)
    assert day_of(micros, offset) == moment.date()
    assert local_of(micros, offset)[1] == moment.hour * 3600 + moment.minute * 60 + moment.second
    assert parse_instant(format_instant(micros, offset)) == micros


def test_outside_the_calendar() -> None:
    last = micros_at(date.max, 1440, 0)
    assert day_of(last - 1, 0) == date.max
    for micros in (last, micros_at(date.min, 0, 0) - 1, 1 << 80):
        with pytest.raises(Refused) as refused:
            day_of(micros, 0)
        assert refused.value.reason is Reason.DATE
    assert DAY == 1440 * MINUTE
