"""Prices, yields and sensitivities of single bonds, as others publish them.

Where a row says that its source discounts a yield to adjusted days of payment, the figure it gives for unadjusted dates
is ours: docs/decisions/0013-prices-on-which-sources-differ.md.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import exp, log
from pathlib import Path

import QuantLib as ql

from bauhinia.bond import (
    BusinessDayConvention,
    Calendar,
    DayCount,
    Period,
    RateStep,
    RecordDate,
    RecordRule,
    Terms,
    accrued_fraction,
    add_months,
    adjust,
    check,
    interest_fraction,
    price_from_yield,
    schedule,
    year_fraction,
    yield_from_price,
)
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.price import Discounting, Flow, Stream, stream_of, worth
from bauhinia.bond.risk import CurvePoint, DatedFlow, sensitivities, spread_price, z_spread
from tests.bond.markets.sheets import WEEKDAYS, exactly, note
from tests.bond.test_daycount_vectors import BRAZIL
from tests.vectors import Row, Tally, rows_of, tally

NAME = "bonds/quantlib_bonds.json"
DAY_COUNTS = {"Act/Act ICMA": DayCount.ACT_ACT_ICMA, "30U/360 (US)": DayCount.THIRTY_U_360}
CONVENTIONS = {
    None: BusinessDayConvention.UNADJUSTED,
    "ModifiedFollowing": BusinessDayConvention.MODIFIED_FOLLOWING,
    "Following": BusinessDayConvention.FOLLOWING,
}
FREQUENCIES = {"P12M": 1, "P1Y": 1, "P6M": 2, "P3M": 4, "P1M": 12}
EXES = {
    "accrued turns negative from 6 business days": RecordDate(RecordRule.BUSINESS_DAYS_BEFORE, 7),
    "7 calendar days before the coupon, settlement on that day trades ex": RecordDate(
        RecordRule.CALENDAR_DAYS_BEFORE, 8
    ),
    "10 calendar days": RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 11),
}


@cache
def published(vectors: Path) -> Tally:
    return tally(NAME, rows_of(vectors, NAME), by_case)


def test_published_bonds(vectors: Path) -> None:
    published(vectors).settle()


def by_case(row: Row) -> None:
    """Each kind of row by its check; a kind that has none fails by what it gives."""
    case = row["case"]
    if case.get("compounding") == "annual, Bus/252 Brazil time":
        over_business_days(row)
    elif "discount_curve" in case:
        on_a_curve(row)
    elif "coupon_dates" in row["bond"]:
        by_formula(row)
    elif "yield" in case:
        price_at_yield(row)
    elif "clean_price" in case:
        yield_at_price(row)
    else:
        raise AssertionError(f"unknown case: {sorted(case)}")


def day(text: str) -> date:
    return date.fromisoformat(text)


def close(row: Row, name: str, found: Fraction | float, decided: float | Fraction | None = None) -> None:
    tolerance = row["tolerance"][name] if isinstance(row["tolerance"], dict) else row["tolerance"]
    expected = row["expected"][name] if decided is None else decided
    assert abs(float(found) - float(expected)) <= tolerance, (row["id"], name, float(found), float(expected))


def terms_of(bond: Row) -> Terms:
    start = day(bond.get("accrual_start") or bond["issue"])
    steps = bond.get("coupon_steps")
    frequency = FREQUENCIES[bond["frequency"]]
    first = day(bond["first_coupon"]) if "first_coupon" in bond else None
    penultimate = day(bond["penultimate_coupon"]) if "penultimate_coupon" in bond else None
    rate = exactly(bond["coupon"] if steps is None else steps[0])
    terms = note(start, day(bond["maturity"]), rate, first, frequency, penultimate_coupon=penultimate)
    ex = bond.get("ex_dividend")
    record = next((record for words, record in EXES.items() if ex and ex.startswith(words)), None)
    assert ex is None or record is not None, f"unknown ex-dividend rule: {ex}"
    terms = replace(
        terms,
        day_count=DAY_COUNTS[bond["day_count"]],
        end_of_month=bond.get("eom", False),
        business_day=CONVENTIONS[bond.get("payment_adjustment") if bond.get("calendar") != "none" else None],
        record_date=record or terms.record_date,
        ex_dividend=record is not None,
    )
    if steps is not None:
        dates = [add_months(start, 12 // frequency * number) for number in range(len(steps))]
        terms = replace(
            terms,
            steps=tuple(RateStep(each, exactly(rate)) for each, rate in zip(dates[1:], steps[1:], strict=True)),
        )
    assert check(terms) == [], terms
    return terms


def periods_of(terms: Terms, bond: Row) -> tuple[Period, ...]:
    if bond.get("calendar", "none") == "none":
        return schedule(terms, [WEEKDAYS])
    assert bond["calendar"] == "US government bond", f"unknown calendar {bond['calendar']}"
    theirs = ql.UnitedStates(ql.UnitedStates.GovernmentBond)
    first, last = terms.issue_date, terms.maturity + timedelta(30)
    days = (first + timedelta(number) for number in range((last - first).days))
    closed = tuple(
        each for each in days if each.weekday() < 5 and theirs.isHoliday(ql.Date(each.day, each.month, each.year))
    )
    return schedule(terms, [Calendar("WEEKDAYS", 1, first, last, closed)])


def continuous(rate: Fraction, frequency: int) -> float:
    """A compound yield as a continuous one."""
    return frequency * log(1 + float(rate) / frequency)


def unadjusted(row: Row) -> Fraction | None:
    """What discounting to unadjusted dates gives, where the row says that its own figure does not."""
    note = row.get("note", "")
    decided = "discounts to adjusted payment dates" in note and " gives " in note
    return Fraction(note.rsplit(" gives ", 1)[1]) if decided else None


def price_at_yield(row: Row) -> None:
    bond, case = row["bond"], row["case"]
    assert case["compounding"] == "semi-annual, ICMA time", f"unknown compounding of {row['id']}"
    terms = terms_of(bond)
    price = price_from_yield(terms, periods_of(terms, bond), day(case["settle"]), exactly(case["yield"]))
    close(row, "clean_price", price.clean, unadjusted(row))


def yield_at_price(row: Row) -> None:
    bond, case, expected = row["bond"], row["case"], row["expected"]
    terms, settled = terms_of(bond), day(case["settle"])
    periods = periods_of(terms, bond)
    found = yield_from_price(terms, periods, settled, exactly(case["clean_price"]), places=10)
    compounding = case["compounding"].split(",")[0]
    assert compounding in ("semi-annual", "continuous"), f"unknown compounding of {row['id']}"
    stated = continuous(found, terms.frequency) if compounding == "continuous" else found
    close(row, "yield", stated, unadjusted(row))
    accrued = 100 * accrued_fraction(terms, periods, settled)
    known = {
        "accrued": accrued,
        "dirty_price": exactly(case["clean_price"]) + accrued,
    }
    risk = sensitivities(stream_of(terms, periods, settled), Discounting(2, 2), found)
    known |= {
        "modified_duration": risk.modified,
        "convexity": risk.convexity,
        "macaulay_duration": risk.macaulay,
    }
    assert set(expected) <= {"yield", *known}, f"unknown figure of {row['id']}"
    for name in expected:
        if name != "yield":
            close(row, name, known[name])


def by_formula(row: Row) -> None:
    """Coupons on 31 August and 28 February, which no roll gives: the formula without the schedule."""
    bond, case = row["bond"], row["case"]
    assert bond["coupon_dates"] == "31 August and 28 February (never 29)", f"unknown coupon dates of {row['id']}"
    settled, maturity = day(case["settle"]), day(bond["maturity"])
    dates = sorted(
        date(year, *month_day)
        for year in range(settled.year - 1, maturity.year + 1)
        for month_day in ((2, 28), (8, 31))
    )
    before = max(each for each in dates if each <= settled)
    coming = [each for each in dates if settled < each <= maturity]
    coupon = 100 * exactly(bond["coupon"]) / 2
    flows = [Flow(Fraction(number), coupon) for number in range(len(coming))]
    flows.append(Flow(Fraction(len(coming) - 1), Fraction(100)))
    stream = Stream(Fraction((coming[0] - settled).days, (coming[0] - before).days), tuple(flows))
    close(row, "dirty_price", worth(stream, Discounting(2, 2), exactly(case["yield"])))


def over_business_days(row: Row) -> None:
    """A Brazilian NTN-F: (1.10)^(1/2) - 1 each half-year, paid on open days, each discounted by the business days until
    then over 252. No market here quotes so: the formula, with our day count and days of payment."""
    bond, case = row["bond"], row["case"]
    method = "annually compounded: (1.10)^(30/360 fraction) - 1 each half-year"
    assert (bond["coupon_method"], bond["calendar"]) == (method, "Brazil settlement"), f"unknown kind of {row['id']}"
    terms = note(day(bond["accrual_start"]), day(bond["maturity"]), exactly(bond["coupon"]))
    settled, growth, worth_of_all = day(case["settle"]), 1 + case["yield"], 0.0
    for period in schedule(terms, [WEEKDAYS]):
        paid = adjust(period.end, CONVENTIONS[bond["payment_adjustment"]], [BRAZIL]).day
        if paid > settled:
            years = year_fraction(
                DayCount.BUSINESS_252, settled, paid, Reference((settled, paid), 1, calendars=(BRAZIL,))
            )
            part = (1 + bond["coupon"]) ** float(year_fraction(DayCount.THIRTY_360, period.start, period.end)) - 1
            amount = bond["face"] * (part + (period.end == terms.maturity))
            worth_of_all += amount / growth ** float(years)
    close(row, "dirty_price", worth_of_all)


def on_a_curve(row: Row) -> None:
    """The flows on their days of payment, by a flat curve's discount factors over that of the settlement; the spread
    over the curve at that price is none.
    """
    bond, case, settled = row["bond"], row["case"], day(row["case"]["settle"])
    curve = case["discount_curve"]
    assert (curve["compounding"], curve["day_count"]) == ("continuous", "Act/360"), f"unknown curve of {row['id']}"
    if "payment_date" in bond:
        flows, accrued = [DatedFlow(day(bond["payment_date"]), Fraction(100))], Fraction(0)
    else:
        terms = terms_of(bond)
        periods = periods_of(terms, bond)
        flows = [
            DatedFlow(each.payment_date, 100 * interest_fraction(terms, each)) for each in periods if each.end > settled
        ]
        flows.append(DatedFlow(flows[-1].day, Fraction(100)))
        accrued = 100 * accrued_fraction(terms, periods, settled)
    points = [
        CurvePoint(flow.day, Fraction(exp(-curve["flat_rate"] * (flow.day - settled).days / 360))) for flow in flows
    ]
    dirty = spread_price(flows, points, settled, Fraction(0))
    close(row, "clean_price", dirty - accrued)
    assert z_spread(flows, points, settled, dirty, places=6) == 0
    wider = spread_price(flows, points, settled, Fraction(1, 100))
    assert z_spread(flows, points, settled, wider, places=6) == Fraction(1, 100)
