"""What is still to be paid by its day: against the price formula, floaters that are worth par, carry over a coupon."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from bauhinia.bond import (
    Averaging,
    BusinessDayConvention,
    DayCount,
    Floating,
    Impossible,
    Indexed,
    NotKnown,
    RecordDate,
    Terms,
    accrued_fraction,
    price_from_yield,
    schedule,
)
from bauhinia.bond.projected import Outlook, accrued_at, dated_flows, floating_flows, income_between
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind
from bauhinia.bond.risk import DatedFlow, carry, discount_margin, margin_price
from tests.bond.markets.sheets import WEEKDAYS, note

SETTLED = date(2023, 8, 1)
NOTE = note(date(2020, 5, 15), date(2025, 5, 15), Fraction("0.03"))
PERIODS = schedule(NOTE, [WEEKDAYS])
FLAT = Fraction("0.04")
MARGIN = Fraction("0.0045")


def floater(averaging: Averaging, **parts: object) -> Terms:
    floating = Floating("SOFR", MARGIN, averaging=averaging, days_back=2, **parts)  # type: ignore[arg-type]
    return replace(
        NOTE,
        rate=Fraction(0),
        frequency=4,
        day_count=DayCount.ACT_360,
        business_day=BusinessDayConvention.UNADJUSTED,
        floating=floating,
    )


def flat(day: date, **parts: object) -> Outlook:
    return Outlook(day, forward=lambda start, end, years: FLAT, **parts)  # type: ignore[arg-type]


def test_the_flows_are_those_of_the_price() -> None:
    flows = dated_flows(NOTE, PERIODS, Outlook(SETTLED))
    assert [each.amount for each in flows] == [Fraction("1.5")] * 3 + [Fraction("101.5")]
    assert sum(each.amount for each in flows) == price_from_yield(NOTE, PERIODS, SETTLED, Fraction(0)).dirty
    assert [each.day for each in flows][:2] == [date(2023, 11, 15), date(2024, 5, 15)]


def test_what_an_amortiser_still_pays() -> None:
    plan = Repayment(RepaymentKind.SCHEDULE, Reduction.FACTOR, parts=(Part(date(2024, 5, 15), Fraction(2, 5)),))
    terms = replace(NOTE, repayment=plan)
    flows = dated_flows(terms, PERIODS, Outlook(SETTLED))
    assert [each.amount for each in flows] == [Fraction("1.5"), Fraction("41.5"), Fraction("0.9"), Fraction("60.9")]


def test_a_bond_ex_dividend_pays_its_buyer_a_coupon_less() -> None:
    terms = replace(NOTE, ex_dividend=True, record_date=RecordDate(days=5))
    periods = schedule(terms, [WEEKDAYS])
    last = next(each.record_date for each in periods if each.end > SETTLED)
    assert len(dated_flows(terms, periods, Outlook(last))) == 4
    ex = date(last.year, last.month, last.day + 1)
    assert len(dated_flows(terms, periods, Outlook(ex))) == 3
    # who bought cum and sells ex keeps the coupon, and accrued interest is then below zero
    income = income_between(terms, periods, ex, Outlook(SETTLED))
    assert [each.amount for each in income] == [Fraction("1.5")]
    assert accrued_at(terms, periods, ex, Outlook(SETTLED)) < 0
    assert income_between(terms, periods, ex, Outlook(ex)) == []


@pytest.mark.parametrize("averaging", list(Averaging))
def test_a_floater_costs_par_on_a_coupon_date_at_its_own_margin(averaging: Averaging) -> None:
    """Whatever makes the index rate: a period of which nothing is known pays the forward rate."""
    terms = floater(averaging, observation_shift=averaging is Averaging.COMPOUNDED, places=0)
    periods = schedule(terms, [WEEKDAYS])
    flows = floating_flows(terms, periods, flat(date(2023, 8, 15)))
    assert margin_price(flows, MARGIN) == 100
    assert discount_margin(flows, Fraction(100)) == MARGIN
    assert flows[0].years == Fraction(92, 360)


def test_what_is_fixed_is_paid_as_it_is() -> None:
    terms = floater(Averaging.SIMPLE)
    periods = schedule(terms, [WEEKDAYS])
    known = {"SOFR": {date(2023, 5, 13): Fraction("0.05")}}
    settled = date(2023, 6, 15)
    flows = floating_flows(terms, periods, flat(settled, known=known))
    assert flows[0].amount == 100 * (Fraction("0.05") + MARGIN) * Fraction(92, 360)
    assert flows[1].amount == 100 * (FLAT + MARGIN) * Fraction(92, 360)
    assert {each.index_rate for each in flows} == {FLAT}
    accrued = accrued_at(terms, periods, settled, flat(settled, known=known))
    assert accrued == 100 * (Fraction("0.05") + MARGIN) * Fraction(31, 360)


def test_daily_fixings_that_are_known_count_and_the_rest_is_the_forward_rate() -> None:
    terms = floater(Averaging.AVERAGED, places=0)
    periods = schedule(terms, [WEEKDAYS])
    known = {"SOFR": dict.fromkeys((date(2023, 8, day) for day in range(1, 31)), Fraction("0.05"))}
    (first, *_) = floating_flows(terms, periods, flat(date(2023, 8, 20), known=known))
    rate = (Fraction("0.05") * 18 + FLAT * 74) / 92  # looked back two days: from 13 to 30 August
    assert first.amount == 100 * (rate + MARGIN) * Fraction(92, 360)


def test_floors_hold_what_is_projected() -> None:
    terms = floater(Averaging.COMPOUNDED, floor=Fraction("0.06"))
    flows = floating_flows(terms, schedule(terms, [WEEKDAYS]), flat(date(2023, 8, 15)))
    assert flows[0].amount == 100 * Fraction("0.06") * Fraction(92, 360)


@pytest.mark.parametrize(
    ("terms", "complaint"),
    [
        (NOTE, "floating: a discount margin is over a floating rate"),
        (replace(floater(Averaging.SIMPLE), indexed=Indexed("CPI", Fraction(100))), "indexed"),
        (replace(floater(Averaging.SIMPLE), perpetual=True), "perpetual"),
    ],
)
def test_no_discount_margin(terms: Terms, complaint: str) -> None:
    with pytest.raises(Impossible, match=complaint):
        floating_flows(terms, PERIODS, flat(SETTLED))


def test_nothing_is_guessed_without_a_forward_rate() -> None:
    terms = floater(Averaging.SIMPLE)
    periods = schedule(terms, [WEEKDAYS])
    with pytest.raises(NotKnown, match="SOFR"):
        dated_flows(terms, periods, Outlook(SETTLED))
    with pytest.raises(Impossible, match="perpetual"):
        dated_flows(replace(NOTE, perpetual=True), PERIODS, Outlook(SETTLED))


def test_carry_meets_the_price_that_an_unchanged_yield_gives_at_the_yield_itself() -> None:
    """Financed simply at the yield over one half-year of 180 days, carry is nil at par: 2 earned, 2 paid."""
    terms = replace(NOTE, rate=Fraction("0.04"), day_count=DayCount.THIRTY_360)
    periods = schedule(terms, [WEEKDAYS])
    start, end = date(2023, 5, 15), date(2023, 11, 15)
    income = income_between(terms, periods, end, Outlook(start))
    assert income == [DatedFlow(end, Fraction(2))]
    found = carry(Fraction(100), Fraction(0), Fraction(0), income, start, end, Fraction("0.04") * 180 / 184)
    assert found.carry == 0
    assert found.forward_clean == 100


def test_income_that_is_paid_after_a_weekend_and_principal_in_between() -> None:
    terms = replace(NOTE, maturity=date(2025, 6, 15), issue_date=date(2020, 6, 15))
    periods = schedule(terms, [WEEKDAYS])
    sunday = date(2024, 12, 15)
    assert income_between(terms, periods, sunday, Outlook(date(2024, 8, 1))) == [DatedFlow(sunday, Fraction("1.5"))]
    assert income_between(terms, periods, date(2024, 12, 14), Outlook(date(2024, 8, 1))) == []
    plan = Repayment(RepaymentKind.SCHEDULE, Reduction.FACTOR, parts=(Part(sunday, Fraction(2, 5)),))
    with pytest.raises(Impossible, match="repayment"):
        income_between(replace(terms, repayment=plan), periods, sunday, Outlook(date(2024, 8, 1)))


def test_an_indexed_bond_is_seen_in_real_terms() -> None:
    terms = replace(NOTE, indexed=Indexed("CPI", Fraction(100)))
    assert dated_flows(terms, PERIODS, Outlook(SETTLED)) == dated_flows(NOTE, PERIODS, Outlook(SETTLED))
    assert accrued_at(terms, PERIODS, SETTLED, Outlook(SETTLED)) == 100 * accrued_fraction(NOTE, PERIODS, SETTLED)
