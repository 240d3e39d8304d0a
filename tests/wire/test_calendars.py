"""The calendars that come with the package: against independent lists, and what a wrong file is told."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from bauhinia.bond import Calendar, Impossible, check_calendar
from bauhinia.wire.calendars import load_calendar, load_calendars, parse_calendar, published

# days that one source of the independent lists has and the market does not keep, or that are another calendar's
OTHER_CALENDARS = {
    "HK": {"holidays XHKG"},  # the exchange, closed by typhoons
    "CN": {"holidays XSHG", "QuantLib China(SSE)"},  # the exchange
    "US": {"holidays XSIF (SIFMA)", "QuantLib UnitedStates(GovernmentBond)", "QuantLib UnitedStates(SOFR)"},
    "KR": {"holidays XKRX", "QuantLib SouthKorea(KRX)"},  # the exchange closes at year's end
}
NOT_CLOSED = {("HK", date(2023, 10, 3))}  # decided in docs/reference/calendars.md


def test_every_centre_is_well_formed_and_covers_its_range() -> None:
    assert set(published()) == {
        "AU", "BR", "CA", "CH", "CN", "EU_TARGET", "GB", "HK", "JP", "KR", "NZ", "SE", "SG", "US", "US_GOVT",
    }  # fmt: skip
    for centre, calendar in load_calendars(published()).items():
        assert calendar.centre == centre
        assert check_calendar(calendar) == []
        assert calendar.known_from == date(2018, 1, 1)
        assert calendar.known_through >= date(2026, 12, 31)
        for year in range(2018, 2031):
            assert sum(1 for day in calendar.holidays if day.year == year) >= 3, (centre, year)
    assert load_calendar("HK").known_through == load_calendar("CN").known_through == date(2026, 12, 31)


@pytest.mark.parametrize("centre", ["AU", "CN", "EU_TARGET", "GB", "HK", "JP", "KR", "US"])
def test_holidays_are_those_of_the_independent_lists(vectors: Path, centre: str) -> None:
    calendar = load_calendar(centre)
    listed = set()
    with (vectors / "calendars" / f"{centre}.csv").open() as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            if set(row["sources"].split("|")) - OTHER_CALENDARS.get(centre, set()) and (centre, day) not in NOT_CLOSED:
                listed.add(day)
    known = {day for day in listed if day <= calendar.known_through}
    assert known == {day for day in calendar.holidays if date(2023, 1, 1) <= day <= calendar.known_through}
    assert listed - known == {day for day in calendar.holidays if day > calendar.known_through}


def test_the_market_of_us_government_bonds(vectors: Path) -> None:
    with (vectors / "calendars" / "US.csv").open() as file:
        rows = [(date.fromisoformat(row["date"]), row["sources"].split("|")) for row in csv.DictReader(file)]
    calendar = load_calendar("US_GOVT")
    ours = [day for day in calendar.holidays if date(2023, 1, 1) <= day <= calendar.known_through]
    for source in ("holidays XSIF (SIFMA)", "QuantLib UnitedStates(GovernmentBond)"):
        assert [day for day, sources in rows if source in sources and day <= calendar.known_through] == ours


def test_the_weekends_that_china_works(vectors: Path) -> None:
    with (vectors / "calendars" / "CN_weekend_working_days.csv").open() as file:
        listed = {date.fromisoformat(row["date"]) for row in csv.DictReader(file)}
    assert {day for day in load_calendar("CN").worked if day.year >= 2023} == listed


@pytest.mark.parametrize(
    ("centre", "day", "closed"),
    [
        # decided by hand, in docs/reference/calendars.md
        ("HK", date(2019, 5, 13), True),
        ("HK", date(2021, 4, 6), True),
        ("HK", date(2023, 10, 3), False),
        ("AU", date(2026, 4, 27), True),
        ("KR", date(2026, 7, 17), True),
        # Federal Reserve release K.8: a holiday on a Saturday is not moved, one on a Sunday is
        ("US", date(2026, 7, 3), False),
        ("US", date(2027, 7, 5), True),
        # open on Good Friday, unlike the bond market
        ("US", date(2025, 4, 18), False),
        ("US_GOVT", date(2025, 4, 18), True),
        ("CA", date(2026, 4, 6), False),
        ("SG", date(2026, 3, 20), False),
        ("SG", date(2018, 2, 16), True),
        ("CH", date(2026, 1, 2), True),
        ("BR", date(2026, 2, 17), True),
        ("BR", date(2026, 2, 18), False),  # Ash Wednesday: open from noon
    ],
)
def test_days_that_were_decided(centre: str, day: date, closed: bool) -> None:
    assert (day in load_calendar(centre).holidays) is closed


GOOD = """
centre = "XX"
version = 1
known_from = 2024-01-01
known_through = 2024-12-31
weekend = [5, 6]
holidays = [2024-05-01]
worked = []
"""


def test_a_file_becomes_a_calendar() -> None:
    assert parse_calendar(GOOD) == Calendar("XX", 1, date(2024, 1, 1), date(2024, 12, 31), (date(2024, 5, 1),))


@pytest.mark.parametrize(
    ("was", "becomes", "field"),
    [
        ('"XX"', "7", "centre"),
        ("version = 1", "version = true", "version"),
        ("version = 1", "", "version"),
        ("2024-12-31", '"2024-12-31"', "known_through"),
        ("[2024-05-01]", "[2024-05-01T00:00:00]", "holidays"),
        ("[2024-05-01]", "[2024-05-02, 2024-05-01]", "holidays"),
        ("worked = []", "worked = [2024-05-02]", "worked"),
        ("worked = []", "halves = []", "halves"),
        ("worked = []", "worked = [", "calendar"),
    ],
)
def test_a_wrong_file_is_told_which_field(was: str, becomes: str, field: str) -> None:
    with pytest.raises(Impossible) as impossible:
        parse_calendar(GOOD.replace(was, becomes))
    assert impossible.value.field == field


@pytest.mark.parametrize(("centre", "version"), [("MO", None), ("../HK", None), ("HK", 99)])
def test_what_does_not_come_with_the_package(centre: str, version: int | None) -> None:
    with pytest.raises(Impossible):
        load_calendar(centre, version)
