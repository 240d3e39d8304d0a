"""Term sheets in TOML: what each part is read as, and what is wrong in one, by its line."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bauhinia.bond import BusinessDayConvention, DayCount, Terms, check
from bauhinia.bond.coupons.floating import Averaging, FixedFrom, Floating
from bauhinia.bond.coupons.indexed import Indexed
from bauhinia.bond.coupons.steps import RateStep
from bauhinia.bond.coupons.sustainability import SustainabilityStep
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind
from bauhinia.wire.mistakes import Mistake
from bauhinia.wire.observations import read_observations
from bauhinia.wire.sheets import KEYS, read_sheets

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "term-sheets"
REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "term-sheets.md"
SHEET = """name = "Example 2031"
currency = "EUR"
issue_date = 2026-02-16
maturity = 2031-02-16
rate = "3%"
frequency = "annual"
day_count = "Act/Act ICMA"
business_day = "following"
adjusted = false
calendars = ["EU_TARGET"]
denomination = "EUR 1,000.00"
"""
CHANGED: tuple[tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]], ...] = (
    (
        "maturity before issue",
        (
            (
                "maturity = 2031-02-16",
                "maturity = 2026-02-15",
            ),
        ),
        ("x.toml:4: maturity: 2026-02-15 is not after the issue date, 2026-02-16",),
    ),
    (
        "first coupon not on the roll",
        (
            (
                'rate = "3%"',
                'rate = "3%"\nfirst_coupon = 2027-03-16',
            ),
        ),
        (("x.toml:6: first_coupon: 2027-03-16 is not a whole number of periods of 12 months before 2031-02-16"),),
    ),
    (
        "first coupon after the maturity",
        (
            (
                'rate = "3%"',
                'rate = "3%"\nfirst_coupon = 2032-02-16',
            ),
        ),
        ("x.toml:6: first_coupon: 2032-02-16 is not after 2026-02-16 and up to 2031-02-16",),
    ),
    (
        "penultimate coupon at the maturity",
        (
            (
                'rate = "3%"',
                'rate = "3%"\npenultimate_coupon = 2031-02-16',
            ),
        ),
        (("x.toml:6: penultimate_coupon: is the maturity"),),
    ),
    (
        "frequency that does not divide",
        (
            (
                "issue_date = 2026-02-16",
                "issue_date = 2026-02-20",
            ),
        ),
        (("x.toml:6: frequency: 1 a year does not divide 2026-02-20 to 2031-02-16: name the first coupon"),),
    ),
    (
        "frequency that is none",
        (
            (
                '"annual"',
                "5",
            ),
        ),
        ("x.toml:6: frequency: 5 is none of 0, 1, 2, 3, 4, 6, 12 payments a year",),
    ),
    (
        "frequency by another name",
        (
            (
                '"annual"',
                '"yearly"',
            ),
        ),
        (
            (
                "x.toml:6: frequency: expected at maturity, annual, semi-annual, quarterly or monthly, a "
                'period such as "P6M", or a number a year, not "yearly"'
            ),
        ),
    ),
    (
        "rate as a float",
        (
            (
                'rate = "3%"',
                "rate = 3.0",
            ),
        ),
        (('x.toml:5: rate: expected a rate as text, such as "4.05%", not the number 3.0 with a point'),),
    ),
    (
        "rate without per cent",
        (
            (
                'rate = "3%"',
                'rate = "3"',
            ),
        ),
        ("x.toml:5: rate: 3 is above one; is 3% meant?",),
    ),
    (
        "rate below zero",
        (
            (
                'rate = "3%"',
                'rate = "-3%"',
            ),
        ),
        ("x.toml:5: rate: -3/100 is negative",),
    ),
    (
        "rate over nothing",
        (
            (
                'rate = "3%"',
                'rate = "3/0"',
            ),
        ),
        ('x.toml:5: rate: expected a rate such as "4.05%", not "3/0"',),
    ),
    (
        "unknown field",
        (
            (
                "rate =",
                "rte =",
            ),
        ),
        ('x.toml:5: terms have no "rte"; did you mean "rate"?',),
    ),
    (
        "no maturity",
        (
            (
                "maturity = 2031-02-16\n",
                "",
            ),
        ),
        ('x.toml:1: terms need "maturity"',),
    ),
    (
        "two terms missing",
        (
            (
                "maturity = 2031-02-16\n",
                "",
            ),
            (
                'denomination = "EUR 1,000.00"\n',
                "",
            ),
        ),
        (
            'x.toml:1: terms need "maturity"',
            'x.toml:1: terms need "denomination"',
        ),
    ),
    (
        "day that is none",
        (
            (
                "2031-02-16",
                '"2031-02-30"',
            ),
        ),
        ("x.toml:4: maturity: 2031-02-30 is not in the calendar",),
    ),
    (
        "date with a time",
        (
            (
                "maturity = 2031-02-16",
                "maturity = 2031-02-16T10:00:00",
            ),
        ),
        ("x.toml:4: maturity: expected a date such as 2026-02-02, not 2031-02-16 10:00:00",),
    ),
    (
        "ambiguous day count",
        (
            (
                "Act/Act ICMA",
                "Act/Act",
            ),
        ),
        (
            (
                "x.toml:7: day_count: expected one of the names Act/Act ISDA, Act/Act ICMA, Act/Act AFB "
                'or Act/Act Year, not "Act/Act", which could be any of them'
            ),
        ),
    ),
    (
        "business day",
        (
            (
                '"following"',
                '"folowing"',
            ),
        ),
        (
            (
                "x.toml:8: business_day: expected unadjusted, following, modified following, preceding, "
                'modified preceding, nearest or modified following bi monthly, not "folowing"'
            ),
        ),
    ),
    (
        "truth as a text",
        (
            (
                "adjusted = false",
                'adjusted = "no"',
            ),
        ),
        ('x.toml:9: adjusted: expected true or false, not "no"',),
    ),
    (
        "adjusted to nothing",
        (
            (
                "adjusted = false",
                "adjusted = true",
            ),
            (
                '"following"',
                '"unadjusted"',
            ),
        ),
        ("x.toml:9: adjusted: interest cannot accrue to adjusted dates where no date is adjusted",),
    ),
    (
        "amount as a number",
        (
            (
                '"EUR 1,000.00"',
                "1000",
            ),
        ),
        ('x.toml:11: denomination: expected an amount as text, such as "EUR 1,234.56", not 1000',),
    ),
    (
        "amount of another currency",
        (
            (
                '"EUR 1,000.00"',
                '"USD 1,000.00"',
            ),
        ),
        ('x.toml:11: denomination: expected an amount of EUR, not of "USD"',),
    ),
    (
        "amount too fine",
        (
            (
                '"EUR 1,000.00"',
                '"EUR 1,000.001"',
            ),
        ),
        ("x.toml:11: denomination: 1,000.001 has 3 decimals, at most 2 allowed",),
    ),
    (
        "no currency",
        (
            (
                'currency = "EUR"\n',
                "",
            ),
        ),
        ('x.toml:1: a term sheet needs "currency"',),
    ),
    (
        "unknown currency",
        (
            (
                'currency = "EUR"',
                'currency = "EUX"',
            ),
        ),
        ('x.toml:2: currency: "EUX" is not a currency of ISO 4217',),
    ),
    (
        "rate in words",
        (
            (
                'rate = "3%"',
                'rate = "3 per cent"',
            ),
        ),
        ("x.toml:5: rate: 3 per cent is not a rate such as 4.05% or 0.0405",),
    ),
    (
        "no centre",
        (
            (
                '["EU_TARGET"]',
                "[]",
            ),
        ),
        ("x.toml:10: calendars: no centre is named, and business days are asked for",),
    ),
    (
        "centre as a number",
        (
            (
                '["EU_TARGET"]',
                "[1]",
            ),
        ),
        ("x.toml:10: calendars: expected a text in quotes, not 1",),
    ),
    (
        "denomination by parts",
        (
            (
                "denomination =",
                "minimum_denomination =",
            ),
        ),
        (
            'x.toml:1: terms need "calculation_amount"',
            'x.toml:1: terms need "denomination_multiple"',
        ),
    ),
)
ADDED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "floating without index",
        '[floating]\nmargin = "0.5%"\n',
        ('x.toml:12: floating needs "index": expected a text',),
    ),
    (
        "margin as a float",
        '[floating]\nindex = "SOFR"\nmargin = 0.5\n',
        (('x.toml:14: margin: expected a rate as text, such as "4.05%", not the number 0.5 with a point'),),
    ),
    (
        "unknown field of a part",
        '[floating]\nindx = "SOFR"\n',
        (
            'x.toml:12: floating needs "index": expected a text',
            'x.toml:13: floating has no "indx"; did you mean "index"?',
        ),
    ),
    (
        "unknown averaging",
        '[floating]\nindex = "SOFR"\naveraging = "compound"\n',
        ('x.toml:14: averaging: expected simple, compounded, averaged or index, not "compound"',),
    ),
    (
        "days as a text",
        '[floating]\nindex = "SOFR"\ndays_back = "5"\n',
        ('x.toml:14: days_back: expected a whole number, not "5"',),
    ),
    (
        "truth as a number",
        '[floating]\nindex = "SOFR"\nobservation_shift = 1\n',
        ("x.toml:14: observation_shift: expected true or false, not 1",),
    ),
    ("a part that is a list", '[[floating]]\nindex = "SOFR"\n', ("x.toml:12: floating: expected a table, not a list",)),
    (
        "cap below the floor",
        '[floating]\nindex = "SOFR"\ncentres = "US"\nfloor = "3%"\ncap = "2%"\n',
        ("x.toml:16: floating.cap: 1/50 is below the floor, 3/100",),
    ),
    (
        "step without a rate",
        '[[step]]\nfirst = 2028-02-16\n\n[[step]]\nrate = "4%"\n',
        (
            'x.toml:12: step needs "rate": expected a rate such as "4.05%"',
            'x.toml:15: step needs "first": expected a date such as 2026-02-02',
        ),
    ),
    (
        "steps backwards",
        '[[step]]\nfirst = 2028-02-16\nrate = "4%"\n[[step]]\nfirst = 2027-02-16\nrate = "4%"\n',
        ("x.toml:16: steps[1].first: 2027-02-16 is not after 2028-02-16",),
    ),
    (
        "one name twice",
        'steps = []\n[[step]]\nfirst = 2028-02-16\nrate = "4%"\n',
        ('x.toml:13: step: the terms say "steps" too, which is the same',),
    ),
    (
        "index base as a float",
        '[indexed]\nindex = "HICP"\nbase = 120.5\n',
        (('x.toml:14: base: expected a number as text, such as "234.567", not the number 120.5 with a point'),),
    ),
    (
        "index base of nothing",
        '[indexed]\nindex = "HICP"\nbase = "0"\n',
        ("x.toml:14: indexed.base: 0 is not above 0 and up to a million",),
    ),
    (
        "unknown repayment",
        '[repayment]\nkind = "bullet"\n',
        ('x.toml:13: kind: expected linear, annuity, schedule, pool or negative, not "bullet"',),
    ),
    (
        "part as a float",
        '[repayment]\nkind = "schedule"\n[[repayment.part]]\nday = 2027-02-16\npart = 0.5\n',
        (('x.toml:16: part: expected a rate as text, such as "4.05%", not the number 0.5 with a point'),),
    ),
    (
        "part on no coupon date",
        '[repayment]\nkind = "schedule"\n[[repayment.part]]\nday = 2027-02-17\npart = "50%"\n',
        ("x.toml:15: repayment.parts[0].day: 2027-02-17 is not a coupon date",),
    ),
    (
        "call price without per cent",
        '[[call]]\nfirst = 2028-02-16\nlast = 2030-02-16\nprice = "101"\n',
        ("x.toml:15: price: 101 is above one; is 101% meant?",),
    ),
    (
        "call that ends first",
        "[[call]]\nfirst = 2030-02-16\nlast = 2028-02-16\n",
        ("x.toml:14: calls[0].last: 2028-02-16 is before 2030-02-16",),
    ),
    (
        "make-whole without spread",
        '[make_whole]\nuntil = 2030-02-16\nbenchmark = "Bund"\n',
        ('x.toml:12: make_whole needs "spread": expected a rate such as "4.05%"',),
    ),
    (
        "margin that is no rate",
        (
            '[[sustainability]]\ntarget = "CO2"\nobserved = 2028-12-31\nuntil = 2029-06-30\n'
            'first = 2030-02-16\nmargin = "half"\n'
        ),
        ("x.toml:17: margin: half is not a rate such as 4.05% or 0.0405",),
    ),
    (
        "unknown roll",
        'roll = "imm3"\n',
        (
            (
                "x.toml:12: roll: expected anchor, imm, end of month, immcad, immaud, immnzd, sfe, "
                'tbill, monday, tuesday, wednesday, thursday, friday, saturday or sunday, not "imm3"'
            ),
        ),
    ),
    (
        "two things at once",
        'rte = "3%"\nmatury = 3\n',
        (
            'x.toml:12: terms have no "rte"; did you mean "rate"?',
            'x.toml:13: terms have no "matury"; did you mean "maturity"?',
        ),
    ),
    (
        "record date",
        'record_date = "a day before"\n',
        (('x.toml:12: record_date: expected "1 business day before" or "15 days before", not "a day before"'),),
    ),
    (
        "assumed",
        'assumed = ["rates"]\n',
        ('x.toml:12: assumed: expected names of terms, not "rates"; did you mean "rate"?',),
    ),
    (
        "tenor beside maturity",
        'tenor = "5Y"\n',
        ('x.toml:12: tenor: expected "2Y" or "18M", an issue date beside it, and no maturity',),
    ),
    ("no TOML", "x = \n", ("x.toml:12: is no TOML: Invalid value",)),
)
PARTS = (
    (
        "steps",
        '[[step]]\nfirst = 2028-02-16\nrate = "3.5 %"\n[[step]]\nfirst = 2029-02-16\nrate = "1/25"\n',
        (RateStep(date(2028, 2, 16), Fraction(7, 200)), RateStep(date(2029, 2, 16), Fraction(1, 25))),
    ),
    ("steps", 'steps = [{ first = 2028-02-16, rate = "0.04" }]\n', (RateStep(date(2028, 2, 16), Fraction(1, 25)),)),
    (
        "sustainability",
        "[[sustainability]]\ntarget = 'CO2'\nobserved = 2028-12-31\nuntil = 2029-02-01\nfirst = 2029-02-16\n"
        "margin = '0.25%'\n",
        (
            SustainabilityStep(
                "CO2", date(2028, 12, 31), date(2029, 2, 1), first=date(2029, 2, 16), margin=Fraction(1, 400)
            ),
        ),
    ),
    (
        "indexed",
        '[indexed]\nindex = "HICP"\nbase = "120.5"\ninterpolated = false\ndeflation_floor = true\n',
        Indexed("HICP", Fraction(241, 2), interpolated=False, deflation_floor=True),
    ),
    (
        "repayment",
        '[repayment]\nkind = "schedule"\nreduction = "lot"\n[[repayment.part]]\nday = 2028-02-16\npart = "40%"\n',
        Repayment(RepaymentKind.SCHEDULE, Reduction.LOT, parts=(Part(date(2028, 2, 16), Fraction(2, 5)),)),
    ),
    (
        "calls",
        '[[call]]\nfirst = 2029-02-16\nlast = 2031-02-15\nprice = "101%"\non_coupon_dates = true\npartial = true\n',
        (Exercise(date(2029, 2, 16), date(2031, 2, 15), Fraction(101, 100), on_coupon_dates=True, partial=True),),
    ),
    ("puts", "[[put]]\nfirst = 2029-02-16\nlast = 2029-02-16\n", (Exercise(date(2029, 2, 16), date(2029, 2, 16)),)),
    (
        "make_whole",
        '[make_whole]\nuntil = 2030-02-16\nbenchmark = "Bund 2031"\nspread = "0.15%"\n',
        MakeWhole(date(2030, 2, 16), "Bund 2031", Fraction(3, 2000)),
    ),
)


def told(written: str) -> tuple[str, ...]:
    """What is wrong with a sheet."""
    with pytest.raises(Mistake) as found:
        read_sheets(written, "x.toml")
    return tuple(str(found.value).splitlines())


def terms_of(written: str) -> Terms:
    (sheet,) = read_sheets(written, "x.toml")
    assert check(sheet.terms) == []
    return sheet.terms


def test_a_plain_sheet() -> None:
    (sheet,) = read_sheets(SHEET, "x.toml")
    assert (sheet.name, sheet.isin, sheet.currency, sheet.beside) == ("Example 2031", "", "EUR", ())
    assert sheet.terms == Terms(
        date(2026, 2, 16),
        date(2031, 2, 16),
        Fraction(3, 100),
        1,
        DayCount.ACT_ACT_ICMA,
        BusinessDayConvention.FOLLOWING,
        False,
        ("EU_TARGET",),
        100_000,
        100_000,
        100_000,
    )


@pytest.mark.parametrize(("field", "added", "value"), PARTS, ids=[f"{each[0]} {at}" for at, each in enumerate(PARTS)])
def test_a_part_of_the_terms(field: str, added: str, value: object) -> None:
    assert getattr(terms_of(SHEET + added), field) == value


def test_a_floating_rate_needs_no_fixed_one() -> None:
    added = '[floating]\nindex = "ESTR"\nmargin = "-0.1%"\naveraging = "simple"\ndays_back = 5\nfixed_from = "end"\n'
    terms = terms_of(
        SHEET.replace('rate = "3%"\n', "") + added + 'centres = "EU_TARGET"\nfloor = 0\nmultiplier = "1.5"\n'
    )
    assert terms.rate == 0
    assert terms.floating == Floating(
        "ESTR",
        Fraction(-1, 1000),
        Fraction(3, 2),
        Averaging.SIMPLE,
        FixedFrom.END,
        5,
        centres=("EU_TARGET",),
        floor=Fraction(0),
    )


def test_every_field_of_the_terms_can_be_written_and_is_in_the_reference() -> None:
    """A field that is new is read as its type says, by its name; the page has to be told of it."""
    assert [each.name for each in fields(Terms) if each.name not in KEYS] == []
    reference = REFERENCE.read_text("utf-8")
    parts = (Floating, RateStep, SustainabilityStep, Indexed, Repayment, Part, Exercise, MakeWhole)
    names = [*KEYS, *(each.name for part in parts for each in fields(part))]
    assert [name for name in names if f"`{name}`" not in reference and f"`[[{name}]]`" not in reference] == []


@pytest.mark.parametrize(
    ("written", "rate"),
    [('"3.8%"', "19/500"), ('"3.8 %"', "19/500"), ('"19/500"', "19/500"), ('"0.038"', "19/500"), ("0", "0")],
)
def test_a_rate_is_exact(written: str, rate: str) -> None:
    assert terms_of(SHEET.replace('"3%"', written)).rate == Fraction(rate)


def test_a_bond_may_stand_in_a_table_as_in_a_story() -> None:
    """Keys of a term sheet that `issue` lodges may stand beside the terms."""
    head = '[[bond]]\nname = "A"\nisin = "XS"\ncurrency = "EUR"\nissuer = "EIB"\n[bond.terms]\n'
    rest = SHEET.split("\n", 2)[2]
    first, second = read_sheets(head + rest + head.replace('"A"', '"B"').replace("XS", "XT") + rest, "x.toml")
    assert (first.name, second.name, first.terms) == ("A", "B", second.terms)
    flat = SHEET + 'issuer = "EIB"\n'
    assert terms_of(flat) == first.terms
    wrong = head + rest.replace('rate = "3%"', "rate = 3.5")
    assert told(wrong) == ('x.toml:9: rate: expected a rate as text, such as "4.05%", not the number 3.5 with a point',)


@pytest.mark.parametrize(("changes", "messages"), [each[1:] for each in CHANGED], ids=[each[0] for each in CHANGED])
def test_what_is_wrong_is_told_by_line(changes: tuple[tuple[str, str], ...], messages: tuple[str, ...]) -> None:
    written = SHEET
    for old, new in changes:
        assert old in written
        written = written.replace(old, new, 1)
    assert told(written) == messages


@pytest.mark.parametrize(("added", "messages"), [each[1:] for each in ADDED], ids=[each[0] for each in ADDED])
def test_what_is_wrong_in_a_part_is_told_by_line(added: str, messages: tuple[str, ...]) -> None:
    assert told(SHEET + added) == messages


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_an_example_is_possible(path: Path) -> None:
    (sheet,) = read_sheets(path.read_text("utf-8"), path.name)
    assert (check(sheet.terms), sheet.name == "") == ([], False)


# ---- what has become known ----


def test_observations_in_both_forms() -> None:
    toml = (
        '["UK RPI"]\n2026-01-01 = "402.9"\n2026-02-01 = 403\n[SOFR]\n2026-01-08 = "4.31%"\n[CO2]\n2026-12-31 = true\n'
    )
    rows = ("UK RPI,2026-01-01,402.9", "UK RPI,2026-02-01,403", "SOFR,2026-01-08,4.31%", "CO2,2026-12-31,true")
    table = "\n".join(("series,date,value", *rows, ""))
    found = read_observations(toml, "x.toml")
    assert found == read_observations(table, "x.csv")
    assert found == {
        "UK RPI": {date(2026, 1, 1): Fraction(4029, 10), date(2026, 2, 1): Fraction(403)},
        "SOFR": {date(2026, 1, 8): Fraction(431, 10_000)},
        "CO2": {date(2026, 12, 31): Fraction(1)},
    }


@pytest.mark.parametrize(
    ("file", "written", "message"),
    [
        (
            "x.toml",
            "[SOFR]\n2026-01-08 = 4.31\n",
            '2: 2026-01-08: expected a value as text, such as "3.10%" or "310.326"',
        ),
        ("x.toml", '[SOFR]\n2026-01-32 = "4.31%"\n', "2: 2026-01-32: 2026-01-32 is not in the calendar"),
        ("x.toml", "SOFR = 4\n", "1: SOFR: expected a table, not 4"),
        ("x.toml", "[SOFR\n", "1: is no TOML"),
        ("x.csv", "series,day,value\n", "1: expected the columns series, date, value, not series, day, value"),
        ("x.csv", "series,date,value\nSOFR,2026-01-08\n", "2: expected series, date, value, not 2 fields"),
        ("x.csv", "series,date,value\nS,2026-01-08,x\n", '2: value: expected a number such as "99.901", not "x"'),
        (
            "x.csv",
            "series,date,value\nS,2026-01-08,1%\nS,2026-01-08,2%\n",
            "3: S of 2026-01-08 is told twice",
        ),
    ],
)
def test_a_wrong_observation_is_told_by_line(file: str, written: str, message: str) -> None:
    with pytest.raises(Mistake) as found:
        read_observations(written, file)
    assert str(found.value).startswith(f"{file}:{message}")
