"""Day counts: each clause worked by hand, what a convention needs, what it is called, and what must hold of any."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond.calendar import Calendar
from bauhinia.bond.daycount import CONVENTIONS, DayCount, year_fraction
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.roll import add_months

WEEKDAYS = Calendar("WEEKDAYS", 1, date(1900, 1, 1), date(2999, 12, 31), ())


def part(name: str, start: str, end: str, reference: Reference | None = None) -> Fraction:
    return year_fraction(DayCount.labelled(name), date.fromisoformat(start), date.fromisoformat(end), reference)


def around(
    *dates: str, frequency: int = 1, period: tuple[str, str] | None = None, termination: str = "2999-12-31"
) -> Reference:
    given = tuple(map(date.fromisoformat, dates))
    inside = None if period is None else (date.fromisoformat(period[0]), date.fromisoformat(period[1]))
    return Reference(given, frequency, inside, date.fromisoformat(termination))


# ---- the clauses by hand ----

BY_DAYS = [
    # actual days over a year that is fixed
    ("Act/365F", "2024-02-07", "2024-08-07", "182/365"),
    ("Act/365F", "2023-12-31", "2025-01-01", "367/365"),
    ("Act/360", "2024-08-28", "2024-11-28", "92/360"),
    ("Act/360", "2024-02-28", "2024-03-01", "2/360"),
    ("Act/364", "2024-01-01", "2024-12-30", "1"),
    ("Act/366", "2023-01-01", "2024-01-01", "365/366"),
    ("Act/365.25", "2021-01-01", "2025-01-01", "4"),
    # without leap days: 29 February is no day from the 28th to it, and the day after it is one from either
    ("NL/365", "2024-02-28", "2024-02-29", "0"),
    ("NL/365", "2024-02-28", "2024-03-01", "1/365"),
    ("NL/365", "2024-02-29", "2024-03-01", "1/365"),
    ("NL/365", "2020-01-01", "2025-01-01", "5"),
    ("NL/365", "2023-02-28", "2023-03-01", "1/365"),
    ("NL/360", "2024-01-31", "2024-03-31", "59/360"),
    # actual days over a year that has a 29 February after the start, through the end
    ("Act/365A", "2024-02-28", "2024-02-29", "1/366"),
    ("Act/365A", "2024-02-29", "2024-12-31", "306/365"),
    ("Act/365A", "2023-12-31", "2024-02-28", "59/365"),
    # over the days of the year that a date is in
    ("Act/Act ISDA", "2003-11-01", "2004-05-01", "61/365+121/366"),  # ISDA, EMU and Market Conventions, 1998
    ("Act/Act ISDA", "2023-12-31", "2024-01-01", "1/365"),
    ("Act/Act ISDA", "2024-12-31", "2025-01-01", "1/366"),
    ("Act/Act ISDA", "2023-12-31", "2026-01-01", "1/365+2"),
    # whole years back from the end
    ("Act/Act AFB", "2003-11-01", "2004-05-01", "182/366"),
    ("Act/Act AFB", "2004-02-28", "2005-02-28", "1"),
    ("Act/Act AFB", "2004-02-29", "2005-02-28", "365/366"),
    ("Act/Act AFB", "2003-03-01", "2008-02-29", "5"),
    ("Act/Act AFB", "2007-02-28", "2012-02-29", "5"),
    ("Act/Act AFB", "2023-02-28", "2024-02-28", "1"),
    ("Act/Act AFB", "2023-03-31", "2024-02-29", "335/365"),
    ("Act/Act AFB", "2024-02-29", "2024-03-01", "1/366"),
    # whole years from the start, and the rest over the year that follows
    ("Act/Act Year", "2011-12-28", "2016-03-01", "4+64/366"),
    ("Act/Act Year", "2023-03-01", "2024-03-01", "1"),
    ("Act/Act Year", "2024-02-29", "2025-02-28", "1"),
    ("Act/Act Year", "2023-12-31", "2024-02-29", "60/366"),
    # months of thirty: the 31st
    ("30/360", "2024-01-31", "2024-03-31", "60/360"),
    ("30/360", "2024-01-29", "2024-03-31", "62/360"),
    ("30/360", "2024-01-30", "2024-03-31", "60/360"),
    ("30/360", "2024-12-31", "2025-01-01", "1/360"),
    ("30E/360", "2024-01-29", "2024-03-31", "61/360"),
    ("30E+/360", "2024-01-29", "2024-03-31", "62/360"),
    ("30E+/360", "2024-01-31", "2024-03-31", "61/360"),
    ("30E+/360", "2024-12-30", "2024-12-31", "1/360"),
    ("30/360 NASD", "2024-01-29", "2024-12-31", "332/360"),
    ("30/360 NASD", "2024-01-30", "2024-12-31", "330/360"),
    ("30/360 PSA", "2024-01-31", "2024-03-31", "60/360"),
    ("30U/360 EOM", "2024-01-31", "2024-03-31", "60/360"),
    ("30/365", "2024-01-29", "2024-03-31", "61/365"),
    ("30E/365", "2024-01-29", "2024-03-31", "61/365"),
    ("28E/336", "2024-01-31", "2024-02-28", "28/336"),
    ("28E/336", "2024-01-28", "2025-01-31", "1"),
    # months of thirty: February
    ("30/360", "2024-02-29", "2024-08-31", "182/360"),
    ("30/360", "2023-02-28", "2024-02-28", "1"),
    ("30E/360", "2024-02-28", "2024-02-29", "1/360"),
    ("30E/360", "2024-02-29", "2024-03-01", "2/360"),
    ("30U/360 EOM", "2024-02-29", "2024-08-31", "180/360"),
    ("30U/360 EOM", "2023-02-28", "2024-02-29", "1"),
    ("30U/360 EOM", "2023-02-28", "2024-02-28", "358/360"),
    ("30U/360 EOM", "2024-02-28", "2024-02-29", "1/360"),
    ("30/360 PSA", "2024-02-29", "2024-08-31", "180/360"),
    ("30/360 PSA", "2023-02-28", "2024-02-29", "359/360"),
    ("30/360 Italian", "2024-02-28", "2024-03-01", "1/360"),
    ("30/360 Italian", "2023-08-31", "2024-02-28", "180/360"),
    ("30E3/360", "2024-02-28", "2024-02-29", "2/360"),
    ("30E3/360", "2023-08-31", "2024-02-29", "180/360"),
    ("30E/365", "2023-08-31", "2024-02-29", "180/365"),
    ("30/365", "2023-08-31", "2024-02-29", "179/365"),
    ("30/365", "2023-01-01", "2024-01-01", "360/365"),
    # whole months, else 30/360
    ("Simple", "2023-11-30", "2024-02-29", "1/4"),
    ("Simple", "2024-02-29", "2024-08-31", "1/2"),
    ("Simple", "2024-02-28", "2024-08-31", "183/360"),
    ("1/1", "2024-02-07", "2024-02-08", "1"),
    ("1/1", "2024-02-07", "2034-02-07", "1"),
]


@pytest.mark.parametrize(("name", "start", "end", "expected"), BY_DAYS)
def test_clauses_that_read_the_dates_alone(name: str, start: str, end: str, expected: str) -> None:
    assert part(name, start, end) == sum(map(Fraction, expected.split("+")))


def test_no_clause_is_left_out() -> None:
    done = {DayCount.labelled(row[0]) for row in BY_DAYS}
    assert done == {member for member in DayCount if not CONVENTIONS[member].needs}


@pytest.mark.parametrize(
    ("end", "termination", "days"),
    [
        ("2024-02-29", "2024-02-29", 179),  # matures on the last of February: not moved to the 30th
        ("2024-02-29", "2026-02-28", 180),
        ("2024-02-28", "2024-02-28", 178),
        ("2023-12-31", "2023-12-31", 120),  # a 31st is, whatever ends on it
    ],
)
def test_30e_360_isda_asks_what_matures(end: str, termination: str, days: int) -> None:
    """2006 ISDA Definitions 4.16(h)."""
    found = part("30E/360 ISDA", "2023-08-31", end, around("2023-08-31", end, termination=termination))
    assert found == Fraction(days, 360)


def test_30e_360_isda_of_a_perpetual_matures_on_no_february() -> None:
    perpetual = around("2023-08-31", "2024-02-29")._replace(termination=None)
    assert part("30E/360 ISDA", "2023-08-31", "2024-02-29", perpetual) == Fraction(1, 2)


def test_30e_360_isda_takes_a_start_on_the_last_of_february_for_the_30th() -> None:
    assert part("30E/360 ISDA", "2024-02-29", "2024-08-31", around("2024-02-29", "2024-08-31")) == Fraction(1, 2)
    assert part("30E/360 ISDA", "2024-02-28", "2024-08-31", around("2024-02-28", "2024-08-31")) == Fraction(182, 360)


@pytest.mark.parametrize(
    ("end_of_month", "start", "end", "days"),
    [
        (True, "2024-02-29", "2024-08-31", 180),
        (False, "2024-02-29", "2024-08-31", 182),
        (True, "2023-02-28", "2024-02-29", 360),
        (False, "2023-02-28", "2024-02-29", 361),
        (True, "2024-01-31", "2024-02-29", 29),
        (False, "2024-01-31", "2024-02-29", 29),
    ],
)
def test_30u_360_asks_whether_coupons_fall_at_the_end_of_the_month(
    end_of_month: bool, start: str, end: str, days: int
) -> None:
    reference = around(start, end)._replace(end_of_month=end_of_month)
    assert part("30U/360", start, end, reference) == Fraction(days, 360)


@pytest.mark.parametrize(
    ("start", "end", "reference", "expected"),
    [
        # once a year: a 29 February after the start of the period, through its end
        ("2023-03-01", "2023-09-01", around("2023-03-01", "2024-03-01"), "184/366"),
        ("2023-02-28", "2023-09-01", around("2023-02-28", "2024-02-28"), "185/365"),
        ("2023-02-28", "2023-09-01", around("2023-02-28", "2024-02-29"), "185/366"),
        ("2024-02-29", "2024-09-01", around("2024-02-29", "2025-02-28"), "185/365"),
        # more often: the year in which the period ends
        ("2023-12-01", "2023-12-31", around("2023-12-01", "2024-01-01", frequency=12), "30/366"),
        ("2024-12-01", "2024-12-31", around("2024-12-01", "2025-01-01", frequency=12), "30/365"),
        # a short first period ends with its coupon, a short last one with the maturity, before the notional date
        (
            "2024-03-10",
            "2024-05-01",
            around("2023-07-01", "2024-07-01", period=("2024-03-10", "2024-07-01")),
            "52/365",
        ),
        (
            "2023-10-01",
            "2023-11-01",
            around("2023-10-01", "2024-04-01", frequency=2, period=("2023-10-01", "2023-12-15")),
            "31/365",
        ),
    ],
)
def test_act_365l_asks_where_the_interest_period_ends(
    start: str, end: str, reference: Reference, expected: str
) -> None:
    """2006 ISDA Definitions 4.16(i); ICMA Rule 251.1(i)."""
    assert part("Act/365L", start, end, reference) == Fraction(expected)


def test_a_regular_icma_period_is_one_over_the_frequency_and_a_long_stub_is_split() -> None:
    """ICMA Rule 251; the long first coupon of the ISDA memorandum: 15 August 2002 to 15 July 2003, semi-annual."""
    reference = around("2002-07-15", "2003-01-15", "2003-07-15", frequency=2)
    assert part("Act/Act ICMA", "2002-08-15", "2003-07-15", reference) == Fraction(153, 184 * 2) + Fraction(1, 2)
    regular = around("2003-01-15", "2003-07-15", frequency=2)
    assert part("Act/Act ICMA", "2003-01-15", "2003-07-15", regular) == Fraction(1, 2)
    assert part("Act/Act ICMA", "2003-01-15", "2003-04-15", regular) == Fraction(90, 181 * 2)


def test_a_last_icma_stub_looks_forward_from_its_anchor() -> None:
    """30 November to 30 April, quarterly: the second notional period ends on 30 May, 91 days after 29 February."""
    reference = around("1999-11-30", "2000-02-29", "2000-05-30", frequency=4)
    found = part("Act/Act ICMA", "1999-11-30", "2000-04-30", reference)
    assert found == Fraction(1, 4) + Fraction(61, 91 * 4)


@pytest.mark.parametrize(
    ("start", "end", "frequency", "expected"),
    [
        ("2024-03-01", "2024-09-01", 2, "1/2"),  # 184 days
        ("2024-09-01", "2025-03-01", 2, "1/2"),  # 181
        ("2024-03-01", "2025-03-01", 1, "1"),
    ],
)
def test_a_whole_canadian_period_is_one_over_the_frequency(start: str, end: str, frequency: int, expected: str) -> None:
    assert part("Act/365 Canadian", start, end, around(start, end, frequency=frequency)) == Fraction(expected)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2024-03-01", "0"),
        ("2024-03-02", "1/365"),
        ("2024-08-29", "181/365"),
        ("2024-08-30", "182/365"),  # half a year of 365 is 182.5 days
        ("2024-08-31", "1/2-1/365"),
    ],
)
def test_within_a_canadian_period_the_days_count_from_its_nearer_end(end: str, expected: str) -> None:
    whole, _, less = expected.partition("-")
    reference = around("2024-03-01", "2024-09-01", frequency=2)
    assert part("Act/365 Canadian", "2024-03-01", end, reference) == Fraction(whole) - Fraction(less or 0)


@pytest.mark.parametrize(
    ("start", "end", "opening", "closing", "days"),
    [
        # an end on the last of February counts as the day on which the period starts
        ("2022-08-29", "2023-02-28", "2022-08-29", "2023-02-28", 180),
        ("2022-08-31", "2023-02-28", "2022-08-31", "2023-02-28", 180),
        ("2023-08-30", "2024-02-29", "2023-08-30", "2024-02-29", 180),
        ("2023-08-15", "2024-02-29", "2023-08-15", "2024-02-29", 194),
        # a start on it as the day on which the period ends
        ("2023-02-28", "2023-08-31", "2023-02-28", "2023-08-31", 180),
        ("2023-02-28", "2023-08-29", "2023-02-28", "2023-08-29", 180),
        ("2023-02-28", "2023-03-01", "2023-02-28", "2023-08-31", 1),
        ("2023-02-28", "2023-03-01", "2023-02-28", "2023-08-29", 2),
        ("2023-02-28", "2023-03-01", "2023-02-28", "2023-08-28", 3),
    ],
)
def test_30e2_360_takes_the_last_of_february_for_the_other_end_of_the_period(
    start: str, end: str, opening: str, closing: str, days: int
) -> None:
    """ISO 20022 A012."""
    assert part("30E2/360", start, end, around(opening, closing, frequency=2)) == Fraction(days, 360)


def test_30e2_360_takes_it_as_it_is_in_a_stub() -> None:
    stub = around("2022-08-31", "2023-02-28", frequency=2, period=("2022-10-31", "2023-02-28"))
    assert part("30E2/360", "2022-10-31", "2023-02-28", stub) == Fraction(118, 360)


def test_30_actual_is_days_of_30_over_actual_days() -> None:
    """ISO 20022 A003."""
    regular = around("2024-03-01", "2024-09-01", frequency=2)
    assert part("30/Act", "2024-03-01", "2024-09-01", regular) == Fraction(180, 184 * 2)
    assert part("30/Act", "2024-03-31", "2024-05-31", regular) == Fraction(60, 184 * 2)
    stub = around("2002-07-15", "2003-01-15", "2003-07-15", frequency=2)
    assert part("30/Act", "2002-08-15", "2003-07-15", stub) == Fraction(150, 184 * 2) + Fraction(180, 181 * 2)


def calendar(centre: str, holidays: str, worked: str = "", weekend: tuple[int, ...] = (5, 6)) -> Calendar:
    days = [tuple(map(date.fromisoformat, each.split())) for each in (holidays, worked)]
    return Calendar(centre, 1, date(2024, 1, 1), date(2025, 12, 31), days[0], weekend, days[1])


@pytest.mark.parametrize(
    ("start", "end", "calendars", "days"),
    [
        ("2024-01-01", "2024-01-08", (calendar("A", ""),), 5),
        ("2024-01-05", "2024-01-08", (calendar("A", ""),), 1),  # the start counts, the end does not
        ("2024-01-06", "2024-01-08", (calendar("A", ""),), 0),
        ("2024-01-01", "2024-01-10", (calendar("A", "2024-01-01 2024-01-10"),), 6),
        ("2024-01-01", "2024-01-08", (calendar("A", "", "2024-01-06"),), 6),
        # jointly: closed where either is, open on a weekend where both are
        ("2024-01-01", "2024-01-08", (calendar("A", "2024-01-02"), calendar("B", "2024-01-02 2024-01-03")), 3),
        ("2024-01-01", "2024-01-08", (calendar("A", "", "2024-01-06"), calendar("B", "")), 5),
        ("2024-01-01", "2024-01-08", (calendar("A", "", "2024-01-06"), calendar("B", "", "2024-01-06")), 6),
        ("2024-01-01", "2024-01-08", (calendar("A", ""), calendar("B", "2024-01-06", weekend=(4,))), 4),
    ],
)
def test_business_days(start: str, end: str, calendars: tuple[Calendar, ...], days: int) -> None:
    reference = Reference((date(2024, 1, 1), date(2025, 1, 1)), 1, calendars=calendars)
    assert part("Bus/252", start, end, reference) == Fraction(days, 252)


# ---- what is refused ----


def test_what_cannot_be_counted_is_named() -> None:
    day = date(2024, 2, 7)
    with pytest.raises(Impossible, match="end: 2024-02-07 is before 2024-02-08"):
        year_fraction(DayCount.ACT_360, day + timedelta(1), day)
    with pytest.raises(Impossible, match="day_count: '30/360 something' is none of Act/365F, "):
        DayCount.labelled("30/360 something")


@pytest.mark.parametrize("convention", [member for member in DayCount if CONVENTIONS[member].needs])
def test_a_convention_without_what_it_needs_is_named(convention: DayCount) -> None:
    day = date(2024, 2, 7)
    with pytest.raises(Impossible) as refused:
        year_fraction(convention, day, day + timedelta(9))
    assert (
        str(refused.value) == f"reference: {convention.label} needs {CONVENTIONS[convention].needs}, and none is given"
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Bus/252", "needs a calendar"),
        ("Act/Act ICMA", "is not inside the regular periods"),
        ("Act/365 Canadian", "is not inside the regular periods"),
        ("30/Act", "is not inside the regular periods"),
    ],
)
def test_a_reference_that_does_not_hold_it_is_named(name: str, problem: str) -> None:
    day = date(2024, 2, 7)
    with pytest.raises(Impossible, match=f"reference: .*{problem}"):
        year_fraction(DayCount.labelled(name), day, day + timedelta(9), Reference((day, day + timedelta(8)), 2))


# ---- what they are called ----


def test_numbers_are_written_down() -> None:
    """They enter canonical bytes: a convention may be added, never renumbered."""
    names = (
        "Act/365F, Act/360, 30/360, 30E/360, Act/Act ISDA, Act/Act ICMA, 1/1, 30E/360 ISDA, Act/365L, Act/Act AFB, "
        "Act/Act Year, Act/365A, Act/365 Canadian, Act/365.25, Act/366, Act/364, NL/365, NL/360, Bus/252, 30U/360, "
        "30U/360 EOM, 30/360 PSA, 30/360 NASD, 30/360 Italian, 30E+/360, 30E2/360, 30E3/360, 30/365, 30E/365, 30/Act, "
        "28E/336, Simple"
    )
    assert [DayCount(number).label for number in range(1, len(DayCount) + 1)] == names.split(", ")


@pytest.mark.parametrize(
    ("names", "label"),
    [
        ("ACT/365.FIXED, Actual/365 (Fixed), ACT_365_FIXED, ACT/365, A005, A365, act / 365f", "Act/365F"),
        ("ACT/360, Actual/360, A004, A360", "Act/360"),
        ("30/360, 30/360 (Bond Basis), _30_360, 360/360, A001", "30/360"),
        ("30E/360, 30E/360 (Eurobond Basis), _30E_360, A011", "30E/360"),
        ("ACT/ACT.ISDA, Actual/Actual (ISDA), ISDA_ACT/ACT, A008, AA", "Act/Act ISDA"),
        ("ACT/ACT.ICMA, ACT/ACT.ISMA, ICMA_ACT/ACT, Actual/Actual (ISMA), A006", "Act/Act ICMA"),
        ("1/1, _1_1, A020", "1/1"),
        ("30E/360.ISDA, _30E_360_ISDA, 30E/360 (ISDA), A007, 30E360ISDA", "30E/360 ISDA"),
        ("ACT/365L, Actual/365L, A009", "Act/365L"),
        ("ACT/ACT.AFB, Actual/Actual (AFB), A010", "Act/Act AFB"),
        ("BUS/252, Business/252, A018", "Bus/252"),
        ("30/365, A002", "30/365"),
        ("A012", "30E2/360"),
        ("A013", "30E3/360"),
        ("A014, Actual/365 (No Leap), NL365", "NL/365"),
        ("30E+/360, A016", "30E+/360"),
    ],
)
def test_names_of_other_books(names: str, label: str) -> None:
    assert {DayCount.labelled(name).label for name in names.split(", ")} == {label}


def test_no_two_conventions_share_a_name() -> None:
    for member, convention in CONVENTIONS.items():
        assert [DayCount.labelled(name) for name in (convention.label, *convention.also)] == [
            member for _ in range(1 + len(convention.also))
        ]
    assert list(CONVENTIONS) == list(DayCount)
    assert all(member.clause for member in DayCount)


@pytest.mark.parametrize("name", ["", "Act/Act", "Actual/Actual", "A015", "NARR", "30/", "365"])
def test_a_name_that_could_be_several_is_none(name: str) -> None:
    with pytest.raises(Impossible, match="day_count"):
        DayCount.labelled(name)


# ---- what holds of any ----

any_day = st.dates(date(1990, 1, 1), date(2060, 12, 31))
# the last days of a month and the first, and of them most often those of February
edges = st.builds(
    lambda year, month, by: date(year, month, 1) + timedelta(by),
    st.integers(1991, 2060),
    st.sampled_from([1, 3, 3, 3, 5, 8, 9, 12]),
    st.integers(-3, 0),
)
days = any_day | edges
frequencies = st.sampled_from([1, 2, 4, 12])
ADDITIVE = [
    DayCount.ACT_365_FIXED,
    DayCount.ACT_360,
    DayCount.THIRTY_E_360,
    DayCount.ACT_ACT_ISDA,
    DayCount.ACT_ACT_ICMA,
    DayCount.ACT_365_LEAP,
    DayCount.ACT_365_25,
    DayCount.ACT_366,
    DayCount.ACT_364,
    DayCount.NL_365,
    DayCount.NL_360,
    DayCount.BUSINESS_252,
    DayCount.THIRTY_360_ITALIAN,
    DayCount.THIRTY_E3_360,
    DayCount.THIRTY_365,
    DayCount.THIRTY_E_365,
    DayCount.THIRTY_ACTUAL,
    DayCount.TWENTY_EIGHT_E_336,
]


def covering(anchor: date, frequency: int, start: date, end: date) -> Reference:
    """All that any convention needs: regular periods around the dates, rolled from an anchor."""
    months = 12 // frequency
    before = (anchor.year - start.year) * frequency + frequency + 1
    count = (end.year - start.year) * frequency + 2 * frequency + 3
    dates = [add_months(anchor, months * (at - before)) for at in range(count)]
    first = max(at for at, day in enumerate(dates) if day <= start)
    last = min(at for at, day in enumerate(dates) if day >= end and at > first)
    return Reference(tuple(dates[first : last + 1]), frequency, None, end, True, (WEEKDAYS,))


@given(st.lists(days, min_size=3, max_size=5), st.sampled_from(ADDITIVE), frequencies, days)
def test_accrual_adds_up_over_any_split(split: list[date], convention: DayCount, frequency: int, anchor: date) -> None:
    split.sort()
    reference = covering(anchor, frequency, split[0], split[-1])
    parts = [year_fraction(convention, a, b, reference) for a, b in pairwise(split)]
    assert sum(parts) == year_fraction(convention, split[0], split[-1], reference)


@given(st.sampled_from(DayCount), frequencies, days, days)
def test_nothing_accrues_in_no_time(convention: DayCount, frequency: int, anchor: date, day: date) -> None:
    reference = covering(anchor, frequency, day, day)
    assert year_fraction(convention, day, day, reference) == 0


@given(st.sampled_from(DayCount), frequencies, days, days, st.integers(0, 4000))
def test_time_is_not_negative_and_about_as_long_as_it_is(
    convention: DayCount, frequency: int, anchor: date, start: date, length: int
) -> None:
    end = start + timedelta(length)
    found = year_fraction(convention, start, end, covering(anchor, frequency, start, end))
    assert type(found) is Fraction
    assert found >= 0
    if convention is not DayCount.ONE_ONE:
        assert abs(found - Fraction(length, 365)) < Fraction(2, 100) + Fraction(length, 365) / 20


@given(st.sampled_from(DayCount), days)
def test_a_year_is_about_a_year(convention: DayCount, start: date) -> None:
    end = add_months(start, 12)
    found = year_fraction(convention, start, end, Reference((start, end), 1, None, end, True, (WEEKDAYS,)))
    assert abs(found - 1) <= Fraction(4, 100)
