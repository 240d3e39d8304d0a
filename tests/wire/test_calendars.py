"""The calendars that come with the package: against independent lists, and what a wrong file is told."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from bauhinia.bond import Calendar, Impossible, check_calendar
from bauhinia.wire.calendars import load_calendar, load_calendars, parse_calendar, published
from tests.vectors import LeftOut, Row, Tally, rows_of, tally

# days that one source of the independent lists has and the market does not keep, or that are another calendar's
OTHER_CALENDARS = {
    "HK": {"holidays XHKG"},  # the exchange, closed by typhoons
    "CN": {"holidays XSHG", "QuantLib China(SSE)"},  # the exchange
    "US": {"holidays XSIF (SIFMA)", "QuantLib UnitedStates(GovernmentBond)", "QuantLib UnitedStates(SOFR)"},
    "KR": {"holidays XKRX", "QuantLib SouthKorea(KRX)"},  # the exchange closes at year's end
}
NOT_CLOSED = {("HK", date(2023, 10, 3)): "decided to be open: docs/reference/calendars.md"}
LISTED = ("AU", "CN", "EU_TARGET", "GB", "HK", "JP", "KR", "US")
LAST_YEAR = 2030  # for which the calendars that come with the package have holidays


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


@cache
def holidays(vectors: Path, centre: str) -> Tally:
    """Each day of a list, and then each holiday here, of the years that both cover, that the list does not have."""
    name, calendar = f"calendars/{centre}.csv", load_calendar(centre)
    rows = [(row["date"], row) for _, row in rows_of(vectors, name)]
    others = OTHER_CALENDARS.get(centre, set())

    def listed(row: Row) -> None:
        day = date.fromisoformat(row["date"])
        if not (calendar.known_from <= day and day.year <= LAST_YEAR):
            raise LeftOut(f"not of the years {calendar.known_from.year} to {LAST_YEAR}")
        if not set(row["sources"].split("|")) - others:
            raise LeftOut(f"closed by {row['sources'].replace('|', ', ')} alone, another calendar")
        if (centre, day) in NOT_CLOSED:
            raise LeftOut(NOT_CLOSED[centre, day])
        assert day in calendar.holidays, row["name"]

    found = tally(name, rows, listed)
    if rows:
        years = range(int(rows[0][0][:4]), int(rows[-1][0][:4]) + 1)
        days = {row["date"] for _, row in rows}
        ours = (day for day in calendar.holidays if day.year in years and day.isoformat() not in days)
        found.wrong.update((day.isoformat(), "is not in the list") for day in ours)
    return found


@pytest.mark.parametrize("centre", LISTED)
def test_holidays_are_those_of_the_independent_lists(vectors: Path, centre: str) -> None:
    holidays(vectors, centre).settle()


def test_the_market_of_us_government_bonds(vectors: Path) -> None:
    calendar = load_calendar("US_GOVT")
    listed = (row for _, row in rows_of(vectors, "calendars/US.csv"))
    rows = [(date.fromisoformat(row["date"]), row["sources"].split("|")) for row in listed]
    rows = [(day, sources) for day, sources in rows if calendar.known_from <= day <= calendar.known_through]
    years = {day.year for day, _ in rows}
    ours = [day for day in calendar.holidays if day.year in years and day <= calendar.known_through]
    for source in ("holidays XSIF (SIFMA)", "QuantLib UnitedStates(GovernmentBond)"):
        assert [day for day, sources in rows if source in sources] == ours


def test_the_weekends_that_china_works(vectors: Path) -> None:
    listed = {date.fromisoformat(row["date"]) for _, row in rows_of(vectors, "calendars/CN_weekend_working_days.csv")}
    calendar = load_calendar("CN")
    years = {day.year for day in listed if day >= calendar.known_from}
    assert {day for day in calendar.worked if day.year in years} == {day for day in listed if day.year in years}


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
