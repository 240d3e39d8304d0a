"""Prices, yields and sensitivities of single bonds, as others publish them.

Left out, with the reason: Brazilian notes, which compound over business days of a calendar that the vectors do not
hold. Decided: QuantLib discounts a yield to the adjusted day of payment, the market to the unadjusted coupon date (31
CFR 356 appendix B; ICMA section 800), so where a row says so, the figure it gives for unadjusted dates is ours.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from math import exp, log
from pathlib import Path
from typing import Any

import pytest
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
    check,
    interest_fraction,
    price_from_yield,
    schedule,
    yield_from_price,
)
from bauhinia.bond.price import Discounting, Flow, Stream, stream_of, worth
from bauhinia.bond.risk import CurvePoint, DatedFlow, sensitivities, spread_price, z_spread
from tests.bond.markets.sheets import WEEKDAYS, exactly, note

Row = dict[str, Any]
DAY_COUNTS = {"Act/Act ICMA": DayCount.ACT_ACT_ICMA, "30U/360 (US)": DayCount.THIRTY_U_360}
CONVENTIONS = {
    None: BusinessDayConvention.UNADJUSTED,
    "ModifiedFollowing": BusinessDayConvention.MODIFIED_FOLLOWING,
    "Following": BusinessDayConvention.FOLLOWING,
}
FREQUENCIES = {"P12M": 1, "P1Y": 1, "P6M": 2, "P3M": 4, "P1M": 12}
LEFT_OUT = {"annual, Bus/252 Brazil time": "no calendar of Brazil"}
EXES = {
    "accrued turns negative from 6 business days": RecordDate(RecordRule.BUSINESS_DAYS_BEFORE, 7),
    "7 calendar days before the coupon, settlement on that day trades ex": RecordDate(
        RecordRule.CALENDAR_DAYS_BEFORE, 8
    ),
    "10 calendar days": RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 11),
}


def test_published_bonds(vectors: Path) -> None:
    path = vectors / "bonds" / "quantlib_bonds.json"
    if not path.is_file():
        pytest.skip("no quantlib_bonds.json among the vectors")
    for row in json.loads(path.read_text())["rows"]:
        case = row["case"]
        if case.get("compounding") in LEFT_OUT:
            continue
        if "discount_curve" in case:
            on_a_curve(row)
        elif "coupon_dates" in row["bond"]:
            by_formula(row)
        elif "yield" in case:
            price_at_yield(row)
        elif "clean_price" in case:
            yield_at_price(row)
        else:
            pytest.fail(f"unknown case of {row['id']}: {sorted(case)}")


def day(text: str) -> date:
    return date.fromisoformat(text)


def close(row: Row, name: str, found: Fraction | float, published: float | Fraction | None = None) -> None:
    tolerance = row["tolerance"][name] if isinstance(row["tolerance"], dict) else row["tolerance"]
    expected = row["expected"][name] if published is None else published
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
