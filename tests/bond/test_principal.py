"""Repayment before maturity: what is outstanding, what is repaid, and that no smallest unit appears or is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bauhinia.bond import DayCount, Impossible, Period, RecordDate, RecordRule, Terms, cash_flows, check, schedule
from bauhinia.bond.calendar import BusinessDayConvention
from bauhinia.bond.coupons.floating import Floating
from bauhinia.bond.coupons.steps import RateStep
from bauhinia.bond.known import NotKnown
from bauhinia.bond.principal import Instalment, factor_of, factors, instalments, repaid
from bauhinia.bond.repayments.repayment import Part, Repayment, RepaymentKind
from tests.bond.samples import WEEKDAYS

LINEAR, ANNUITY, SCHEDULE, POOL, NEGATIVE = RepaymentKind
PLAIN = Terms(
    issue_date=date(2024, 1, 15),
    maturity=date(2026, 1, 15),
    rate=Fraction(6, 100),
    frequency=2,
    day_count=DayCount.THIRTY_360,
    business_day=BusinessDayConvention.UNADJUSTED,
    adjusted=False,
    calendars=(),
    calculation_amount=100_000,
    minimum_denomination=100_000,
    denomination_multiple=100_000,
    record_date=RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 15),
)
DAYS = [date(2024, 7, 15), date(2025, 1, 15), date(2025, 7, 15), date(2026, 1, 15)]


def with_plan(plan: Repayment | None, **change: Any) -> tuple[Terms, tuple[Period, ...]]:
    terms = replace(PLAIN, repayment=plan, **change)
    assert check(terms) == []
    return terms, schedule(terms, [WEEKDAYS])


def parts(*written: str) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, written))


def test_a_bullet_repays_all_at_maturity_and_a_perpetual_bond_nothing() -> None:
    terms, periods = with_plan(None)
    assert factors(terms, periods) == parts("1", "1", "1", "1")
    assert repaid(terms, periods) == parts("0", "0", "0", "1")
    assert instalments(terms, periods)[-1] == Instalment(3_000, 100_000)
    forever = replace(terms, perpetual=True)
    periods = schedule(forever, [WEEKDAYS], date(2026, 1, 15))
    assert repaid(forever, periods) == parts("0", "0", "0", "0")
    assert instalments(forever, periods)[-1] == Instalment(3_000, 0)


@pytest.mark.parametrize(
    ("plan", "outstanding"),
    [
        (Repayment(LINEAR), ("1", "3/4", "1/2", "1/4")),
        (Repayment(LINEAR, first=DAYS[1]), ("1", "1", "2/3", "1/3")),
        (Repayment(LINEAR, amount=Fraction(1, 10)), ("1", "9/10", "4/5", "7/10")),
        (Repayment(LINEAR, amount=Fraction(2, 5)), ("1", "3/5", "1/5", "0")),
        (Repayment(LINEAR, first=DAYS[3]), ("1", "1", "1", "1")),
        (
            Repayment(SCHEDULE, parts=(Part(DAYS[0], Fraction(1, 5)), Part(DAYS[2], Fraction(3, 10)))),
            ("1", "4/5", "4/5", "1/2"),
        ),
        # interest of 3 percent twice added, then nothing repaid before maturity
        (Repayment(SCHEDULE, capitalised=DAYS[1]), ("1", "1.03", "1.0609", "1.0609")),
        (Repayment(LINEAR, capitalised=DAYS[0]), ("1", "1.03", "103/150", "103/300")),
    ],
)
def test_parts_outstanding(plan: Repayment, outstanding: tuple[str, ...]) -> None:
    terms, periods = with_plan(plan)
    assert factors(terms, periods) == parts(*outstanding)
    assert [factor_of(terms, periods, number) for number in range(1, 5)] == list(parts(*outstanding))
    assert sum(repaid(terms, periods)) == 1


def test_thirds_leave_no_cent() -> None:
    terms, periods = with_plan(Repayment(LINEAR, first=DAYS[1]))
    paid = instalments(terms, periods)
    assert [each.principal for each in paid] == [0, 33_333, 33_334, 33_333]
    assert [each.interest for each in paid] == [3_000, 3_000, 2_000, 1_000]


def test_level_instalments() -> None:
    """3 percent four times: 100,000 x 0.03 / (1 - 1.03^-4) = 26,902.70; the last takes what rounding left."""
    terms, periods = with_plan(Repayment(ANNUITY))
    paid = instalments(terms, periods)
    assert [each.interest + each.principal for each in paid] == [26_903, 26_903, 26_903, 26_902]
    assert [each.interest for each in paid] == [3_000, 2_283, 1_544, 784]
    assert sum(each.principal for each in paid) == 100_000
    assert factors(terms, periods)[1] == 1 - Fraction(23_903, 100_000)


def test_an_instalment_is_worked_out_anew_where_the_rate_changes() -> None:
    """Level at 6 percent until the rate steps to 8: what is left is then repaid by level instalments at 8."""
    terms, periods = with_plan(Repayment(ANNUITY), steps=(RateStep(DAYS[1], Fraction(8, 100)),))
    paid = instalments(terms, periods)
    assert [each.interest + each.principal for each in paid[:2]] == [26_903, 26_903]
    left = 100_000 - paid[0].principal - paid[1].principal
    level = round(left * Fraction(4, 100) / (1 - Fraction(104, 100) ** -2))
    assert paid[2].interest + paid[2].principal == level
    assert abs(paid[3].interest + paid[3].principal - level) <= 2


def test_an_annuity_of_a_floating_rate_knows_its_instalment_as_far_as_its_rate() -> None:
    floating = Floating("INDEX", days_back=0, centres=("WEEKDAYS",), places=0)
    terms, periods = with_plan(Repayment(ANNUITY), rate=Fraction(0), floating=floating)
    known = {"INDEX": {PLAIN.issue_date: Fraction(6, 100)}}
    assert factor_of(terms, periods, 2, known, [WEEKDAYS]) == 1 - Fraction(23_903, 100_000)
    with pytest.raises(NotKnown) as told:
        factor_of(terms, periods, 3, known, [WEEKDAYS])
    assert (told.value.field, told.value.day) == ("INDEX", DAYS[0])


def test_a_stated_instalment_that_interest_eats_up() -> None:
    """An annuity of a rate that rose pays its interest in full and repays nothing, of a fixed one it is refused; a
    negative amortiser adds what is missing."""
    small = Fraction(2, 100)
    (problem,) = check(replace(PLAIN, repayment=Repayment(ANNUITY, amount=small)))
    assert problem.field == "repayment.amount"
    assert problem.problem == "1/50 is not above the interest of a period, 3/100: it repays nothing"
    floating = Floating("INDEX", days_back=0, centres=("WEEKDAYS",), places=0)
    terms, periods = with_plan(Repayment(ANNUITY, amount=small), rate=Fraction(0), floating=floating)
    known = {"INDEX": dict.fromkeys([each.start for each in periods], Fraction(6, 100))}
    assert instalments(terms, periods, known, [WEEKDAYS])[0] == Instalment(3_000, 0)
    terms, periods = with_plan(Repayment(NEGATIVE, amount=small))
    paid = instalments(terms, periods)
    assert paid[0] == Instalment(2_000, 0, 1_000)
    assert paid[1] == Instalment(2_000, 0, 1_030)
    assert factors(terms, periods)[2] == Fraction(102_030, 100_000)
    assert sum(each.principal - each.capitalised for each in paid) == 100_000


def test_a_pool_repays_what_its_factor_says_as_far_as_it_is_known() -> None:
    terms, periods = with_plan(Repayment(POOL, series="POOL 7"))
    known = {"POOL 7": {DAYS[0]: Fraction("0.87654321"), DAYS[1]: Fraction("0.5")}}
    assert factor_of(terms, periods, 3, known) == Fraction(1, 2)
    with pytest.raises(NotKnown) as told:
        factors(terms, periods, known)
    assert (told.value.field, told.value.day) == ("POOL 7", DAYS[2])
    whole = {"POOL 7": {**known["POOL 7"], DAYS[2]: Fraction(0)}}
    assert [each.principal for each in instalments(terms, periods, whole)] == [12_346, 37_654, 50_000, 0]
    assert instalments(terms, periods, whole)[1].interest == 2_630  # 3 percent of 87,654.321
    for wrong in (Fraction("0.6"), Fraction(-1)):
        with pytest.raises(Impossible, match="not from zero to the factor before it"):
            factors(terms, periods, {"POOL 7": {**known["POOL 7"], DAYS[2]: wrong}})


def test_each_part_is_repaid_at_the_redemption_price() -> None:
    terms, periods = with_plan(Repayment(LINEAR, first=DAYS[1]), redemption_price=Fraction(101, 100))
    assert [each.principal for each in instalments(terms, periods)] == [0, 33_667, 33_666, 33_667]


def test_a_period_that_is_not_there() -> None:
    terms, periods = with_plan(Repayment(LINEAR))
    with pytest.raises(Impossible, match="no period 5"):
        factor_of(terms, periods, 5)


@st.composite
def amortisers(draw: st.DrawFn) -> Terms:
    """Bonds of one to ten years that repay in any of the ways whose amounts are known from the start."""
    years, frequency = draw(st.integers(1, 10)), draw(st.sampled_from([1, 2, 4, 12]))
    kind = draw(st.sampled_from([LINEAR, ANNUITY, NEGATIVE]))
    amount = Fraction(draw(st.integers(1 if kind is NEGATIVE else 0, 300)), 1_000)
    terms = replace(
        PLAIN,
        maturity=date(2024 + years, 1, 15),
        frequency=frequency,
        rate=Fraction(draw(st.integers(0, 2_000)), 10_000),
        day_count=draw(st.sampled_from([DayCount.ACT_365_FIXED, DayCount.THIRTY_360, DayCount.ACT_ACT_ICMA])),
        calculation_amount=draw(st.sampled_from([1, 100, 1_000, 100_000_00])),
        repayment=Repayment(kind, amount=amount),
    )
    size = terms.calculation_amount
    terms = replace(terms, minimum_denomination=size, denomination_multiple=size)
    assume(not check(terms))
    return terms


@given(amortisers())
def test_no_unit_appears_or_is_lost(terms: Terms) -> None:
    periods = schedule(terms, [WEEKDAYS])
    paid, outstanding = instalments(terms, periods), factors(terms, periods)
    assert sum(each.principal - each.capitalised for each in paid) == terms.calculation_amount
    assert all(min(each) >= 0 for each in paid)
    assert sum(repaid(terms, periods)) == 1
    assert all(factor >= 0 for factor in outstanding)
    if terms.repayment and terms.repayment.kind is ANNUITY and not terms.repayment.amount:
        totals = [each.interest + each.principal for each in paid]
        after = [factor == 0 for factor in outstanding[1:]]
        level = [total for total, repaid_all in zip(totals, after, strict=False) if not repaid_all]
        assert len(set(level)) <= 1  # but for where a unit is too coarse, and the bond is repaid early


@given(amortisers(), st.lists(st.integers(0, 1_000), min_size=1, max_size=8))
def test_a_pool_of_holders_is_paid_the_sum_of_its_parts(terms: Terms, held: list[int]) -> None:
    periods = schedule(terms, [WEEKDAYS])
    size = terms.calculation_amount

    def total(nominals: list[int]) -> dict[tuple[Any, date], int]:
        sums: dict[tuple[Any, date], int] = {}
        for nominal in nominals:
            for flow in cash_flows(terms, periods, nominal * size):
                key = flow.kind, flow.payment_date
                sums[key] = sums.get(key, 0) + flow.amount
        return sums

    assert total(held) == total([sum(held)])
