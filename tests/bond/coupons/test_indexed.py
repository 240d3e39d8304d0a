"""Inflation-linked bonds against published figures: US TIPS, and gilts of both lags."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bauhinia.bond import (
    BusinessDayConvention,
    DayCount,
    Indexed,
    Need,
    NotKnown,
    OpenFlow,
    Payment,
    RecordDate,
    RecordRule,
    Rounding,
    Terms,
    accrued_fraction,
    cash_flows,
    cash_flows_so_far,
    check,
    index_ratio,
    index_ratio_of,
    interest_fraction,
    needs_of,
    needs_of_principal,
    redemption_ratio_of,
    reference_index,
    schedule,
    to_places,
)
from tests.vectors import row_of

CPI, RPI = "US CPI-U NSA", "UK RPI"


def months(series: str, **values: str) -> dict[str, dict[date, Fraction]]:
    """A month's value by its name: `y2025m6="404.5"`."""
    days = {date(int(name[1:5]), int(name[6:]), 1): Fraction(value) for name, value in values.items()}
    return {series: days}


def linker(indexed: Indexed, issued: date, matures: date, rate: str, amount: int = 100_00) -> Terms:
    found = Terms(
        issue_date=issued,
        maturity=matures,
        rate=Fraction(rate),
        frequency=2,
        day_count=DayCount.ACT_ACT_ICMA,
        business_day=BusinessDayConvention.UNADJUSTED,
        adjusted=False,
        calendars=(),
        calculation_amount=amount,
        minimum_denomination=amount,
        denomination_multiple=amount,
        record_date=RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 1),
        indexed=indexed,
    )
    assert check(found) == []
    return found


TIPS = Indexed(CPI, Fraction("154.63333"), deflation_floor=True)


def example(vectors: Path, name: str) -> dict[str, Any]:
    row = row_of(vectors, "bonds/cfr356_appendix_b.json", f"cfr356B-{name}", Fraction)
    return dict(row["inputs"] | row["expected"])


def test_reference_index_of_a_day(vectors: Path) -> None:
    """31 CFR 356 appendix B, I.B.3(iii): CPI-U of January and February 1996 for 15 April, truncated, then rounded."""
    row = example(vectors, "I.B.3(iii)")
    day = date.fromisoformat(row["date"])
    known = {CPI: {date(1996, 1, 1): row["ref_cpi_month_first"], date(1996, 2, 1): row["ref_cpi_next_month_first"]}}
    assert reference_index(TIPS, day, known) == row["ref_cpi"]
    assert reference_index(replace(TIPS, places=0), day, known) == row["truncated6"]
    assert to_places(reference_index(replace(TIPS, places=0, truncated=0), day, known), 9) == row["unrounded"]
    first = reference_index(TIPS, date(1996, 4, 1), months(CPI, y1996m1="154.4"))  # the next month is not looked at
    assert first == row["ref_cpi_month_first"]


def test_index_ratio_of_a_day(vectors: Path) -> None:
    """31 CFR 356 appendix B, I.B.3(iv)."""
    row = example(vectors, "I.B.3(iv)")
    known = months(CPI, y1996m1="154.4", y1996m2="154.9")
    day = date.fromisoformat(row["date"])
    assert reference_index(TIPS, day, known) == row["ref_cpi_date"]
    assert index_ratio(TIPS, day, known) == row["index_ratio"]
    assert index_ratio(replace(TIPS, base=row["ref_cpi_issue"], places=0), day, known) == row["truncated6"]


def test_payment_of_a_tips(vectors: Path) -> None:
    """31 CFR 356 appendix B, I.B.5: the adjusted value of principal, and half a year's interest on 100,000."""
    row = example(vectors, "I.B.5")
    indexed = replace(TIPS, base=Fraction(row["ref_cpi_issue"]))
    terms = linker(indexed, date(1999, 1, 15), date(2000, 1, 15), str(row["rate"]), 100 * row["par"])
    flat = {date(1999, month, 1): Fraction(row["ref_cpi_date"]) for month in (4, 5, 10, 11)}
    flows = cash_flows(terms, schedule(terms, []), 100 * row["par"], {CPI: flat})
    payment, principal = round(100 * row["payment"]), round(100 * row["adjusted_principal"])
    assert [(flow.kind, flow.amount) for flow in flows] == [
        (Payment.INTEREST, payment),
        (Payment.INTEREST, payment),
        (Payment.REDEMPTION, principal),
    ]


def test_accrued_interest_of_a_tips(vectors: Path) -> None:
    """31 CFR 356 appendix B, III.B: a reopening on 15 October 1998, of 92 days of 184."""
    row = example(vectors, "III.B")
    indexed = replace(TIPS, base=row["ref_cpi_issue"])
    terms = linker(indexed, date(1998, 1, 15), date(2008, 1, 15), "0.03625")
    known = {CPI: {date(1998, 7, 1): row["ref_cpi_date"], date(1998, 8, 1): row["ref_cpi_date"]}}
    settles, periods = date.fromisoformat(row["settle"]), schedule(terms, [])
    assert index_ratio_of(terms, settles, known) == row["index_ratio"]
    assert to_places(100 * accrued_fraction(terms, periods, settles, known), 6) == row["accrued_adj"]
    assert 100 * accrued_fraction(replace(terms, indexed=None), periods, settles) == row["accrued_real"]


@pytest.mark.parametrize(
    ("coupon", "june", "july", "ratio"),
    [(date(2025, 9, 22), "404.5", "406.2", "1.70874"), (date(2024, 9, 22), "387.3", "387.5", "1.63188")],
)
def test_a_gilt_of_three_months(coupon: date, june: str, july: str, ratio: str) -> None:
    """UK DMO, Index-linked Gilt Cash Flows: 1/8% 2029, whose reference RPI of 23 November 2011 is 237.42."""
    gilt = Indexed(RPI, Fraction("237.42"), truncated=0)
    assert reference_index(gilt, date(2011, 11, 23), months(RPI, y2011m8="236.1", y2011m9="237.9")) == gilt.base
    terms = linker(gilt, date(2011, 9, 22), date(2029, 3, 22), "0.00125", 45_283_00)
    period = next(each for each in schedule(terms, []) if each.end == coupon)
    known = {RPI: {date(coupon.year, 6, 1): Fraction(june), date(coupon.year, 7, 1): Fraction(july)}}
    assert index_ratio_of(terms, coupon, known) == Fraction(ratio)
    assert interest_fraction(terms, period, known) == Fraction("0.000625") * Fraction(ratio)


def test_a_gilt_of_eight_months() -> None:
    """Bank of England, 18 September 2019: 2.5% 2020 pays 4.3948 and 351.5907 per 100 on 16 April 2020, both rounded
    down. Its base is the RPI of February 1983, 327.3 of January 1974, over the 394.5 of January 1987."""
    gilt = Indexed(RPI, Fraction("327.3") * 100 / Fraction("394.5"), 8, False, 0, 0)
    terms = linker(gilt, date(1983, 10, 16), date(2020, 4, 16), "0.025")
    last = schedule(terms, [])[-1]
    known = months(RPI, y2019m8="291.7")
    assert needs_of(terms, last) == needs_of_principal(terms, last, last=True) == (Need(RPI, date(2019, 8, 1)),)
    assert to_places(100 * interest_fraction(terms, last, known), 4, Rounding.DOWN) == Fraction("4.3948")
    assert to_places(100 * redemption_ratio_of(terms, last.end, known), 4, Rounding.DOWN) == Fraction("351.5907")


def test_deflation_lowers_interest_and_no_less_than_par_is_redeemed() -> None:
    terms = linker(replace(TIPS, base=Fraction(200)), date(2008, 7, 15), date(2009, 7, 15), "0.02", 10_000_00)
    periods = schedule(terms, [])
    known = {CPI: {date(2008, 10, 1): Fraction(202), date(2009, 4, 1): Fraction(190)}}
    known[CPI] |= {date(2008, 11, 1): Fraction(202), date(2009, 5, 1): Fraction(190)}
    assert [flow.amount for flow in cash_flows(terms, periods, 10_000_00, known)] == [101_00, 95_00, 10_000_00]
    bare = replace(terms, indexed=replace(TIPS, base=Fraction(200), deflation_floor=False))
    assert [flow.amount for flow in cash_flows(bare, periods, 10_000_00, known)] == [101_00, 95_00, 9_500_00]


def test_what_is_not_published_yet_is_listed_as_open() -> None:
    terms = linker(replace(TIPS, base=Fraction(200)), date(2008, 7, 15), date(2009, 7, 15), "0.02", 10_000_00)
    periods = schedule(terms, [])
    known = {CPI: {date(2008, 10, 1): Fraction(202), date(2008, 11, 1): Fraction(202), date(2009, 4, 1): Fraction(190)}}
    first, *rest = cash_flows_so_far(terms, periods, 10_000_00, known)
    assert not isinstance(first, OpenFlow)
    assert first.amount == 101_00
    waits = date(2009, 7, 15), date(2009, 7, 14), CPI, date(2009, 5, 1), False
    assert rest == [OpenFlow(Payment.INTEREST, *waits), OpenFlow(Payment.REDEMPTION, *waits)]
    with pytest.raises(NotKnown, match="US CPI-U NSA: its value of 2009-05-01"):
        cash_flows(terms, periods, 10_000_00, known)
    assert needs_of_principal(terms, periods[0], last=False) == ()
