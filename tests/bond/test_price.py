"""Prices and yields: the World Bank's bond-i as it was priced, and that price and yield invert each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import (
    DayCount,
    Floating,
    Impossible,
    Indexed,
    RateStep,
    Rounding,
    SustainabilityStep,
    Terms,
    accrued_fraction,
    cash_flows,
    check,
    price_from_yield,
    proceeds,
    schedule,
    settlement_amount,
    to_places,
    yield_from_price,
)
from bauhinia.bond.known import NotKnown
from bauhinia.bond.power import power
from bauhinia.bond.price import remaining_flows
from bauhinia.bond.repayments.repayment import Repayment, RepaymentKind
from bauhinia.wire.calendars import load_calendars
from tests.bond.samples import BOND_I, CNY, EUR, HKD, USD
from tests.vectors import row_of

JOINT = list(load_calendars(["HK", "CN", "US", "EU_TARGET", "AU"]).values())
PERIODS = schedule(BOND_I, JOINT)
TAP = date(2019, 8, 16)


def test_bond_i_at_issue() -> None:
    """Priced at 99.901 to yield 2.251 percent; it settles on a coupon date, so the price is an exact fraction."""
    price = price_from_yield(BOND_I, PERIODS, date(2018, 8, 28), Fraction("0.02251"))
    growth = 1 + Fraction("0.02251") / 2
    by_hand = sum(Fraction("1.1") / growth**n for n in range(1, 5)) + 100 / growth**4
    assert price == (by_hand, Fraction(0), by_hand)
    assert to_places(price.clean, 3) == Fraction("99.901")
    assert proceeds(110_000_000_00, to_places(price.clean, 3)) == 109_891_100_00


def test_bond_i_at_its_tap() -> None:
    """101.318 to yield 0.915 percent: 12 of 181 days to the coupon, 169 accrued."""
    price = price_from_yield(BOND_I, PERIODS, TAP, Fraction("0.00915"))
    assert remaining_flows(BOND_I, PERIODS, TAP)[0].periods == Fraction(12, 181)
    assert to_places(price.clean, 3) == Fraction("101.318")
    assert price.accrued == Fraction("1.1") * Fraction(169, 181)
    assert settlement_amount(BOND_I, PERIODS, TAP, 50_000_000_00, Fraction("101.318")) == 50_659_000_00 + 513_535_91


def test_bond_i_against_the_published_rows(vectors: Path) -> None:
    issue, tap = (row_of(vectors, "hk_bonds.json", each) for each in ("WB-BONDI-2018", "WB-BONDI-2019-TAP"))
    for row, settlement_date in ((issue, date(2018, 8, 28)), (tap, TAP)):
        annual_yield = Fraction(str(row["yield_percent"]["value"])) / 100
        price = price_from_yield(BOND_I, PERIODS, settlement_date, annual_yield)
        assert to_places(price.clean, 3) == Fraction(str(row["price"]["value"]))
        found = yield_from_price(BOND_I, PERIODS, settlement_date, Fraction(str(row["price"]["value"])))
        assert to_places(found, 5) == annual_yield
    figures = {name: Fraction(str(each["value"])) for name, each in tap["derived_examples"].items()}
    price = price_from_yield(BOND_I, PERIODS, TAP, Fraction("0.00915"))
    assert to_places(price.dirty, 7) == figures["dirty_price"]
    assert to_places(price.accrued, 7) == figures["accrued"]
    assert to_places(price.clean, 7) == figures["clean_price_recomputed"]
    assert to_places(price.dirty - to_places(price.accrued, 3), 7) == figures["clean_with_accrued_rounded_to_3dp"]
    assert proceeds(50_000_000_00, price.dirty) == 100 * figures["settlement_amount_unrounded_price"]
    fixed = replace(BOND_I, day_count=DayCount.ACT_365_FIXED)
    otherwise = price.dirty - 100 * Fraction("0.022") * Fraction(169, 365)
    assert to_places(otherwise, 7) == figures["counter_check"]
    assert price_from_yield(fixed, PERIODS, TAP, Fraction("0.00915")).accrued == price.dirty - otherwise


def test_a_par_bond_on_a_coupon_date_costs_par() -> None:
    for terms in (USD, EUR, BOND_I):
        periods = schedule(terms, JOINT)
        assert price_from_yield(terms, periods, terms.issue_date, terms.rate).dirty == 100


def test_a_single_payment_is_discounted_by_the_year() -> None:
    """One year at 2.5 percent on 4.05: 104.05 / 1.025, and half of it later."""
    once = replace(BOND_I, frequency=0, rate=Fraction("0.0405"), maturity=date(2019, 8, 28))
    periods = schedule(once, JOINT)
    assert price_from_yield(once, periods, date(2018, 8, 28), Fraction("0.025")).dirty == Fraction("104.05") / Fraction(
        "1.025"
    )
    later = price_from_yield(once, periods, date(2019, 2, 28), Fraction("0.025")).dirty
    assert later == Fraction("104.05") / power(Fraction("1.025"), Fraction(181, 365))


def test_compounding_is_the_conventions() -> None:
    """The same yield, compounded once a year as ICMA quotes it, gives the price of its semi-annual equivalent."""
    semi = Fraction("0.02251")
    annual = (1 + semi / 2) ** 2 - 1
    day = date(2018, 8, 28)
    price = price_from_yield(BOND_I, PERIODS, day, semi).dirty
    assert abs(price_from_yield(BOND_I, PERIODS, day, annual, compounding=1).dirty - price) < Fraction(1, 10**45)
    assert to_places(annual, 8) == yield_from_price(BOND_I, PERIODS, day, price, compounding=1)


def test_powers_are_the_same_everywhere() -> None:
    """The square root of two to fifty digits (OEIS A002193), and whole powers exactly."""
    root = power(Fraction(2), Fraction(1, 2))
    assert root == Fraction("1.4142135623730950488016887242096980785696718753769")
    assert power(Fraction("1.01"), Fraction(3)) == Fraction("1.030301")
    assert power(Fraction("1.01"), Fraction(-1)) == Fraction(100, 101)
    with pytest.raises(Impossible, match="base"):
        power(Fraction(-1), Fraction(1, 2))


@given(
    st.sampled_from([HKD, CNY, USD, EUR, BOND_I]),
    st.integers(0, 700),
    st.integers(-50_000, 200_000),
    st.integers(6, 10),
)
def test_price_and_yield_invert_each_other(terms: Terms, days: int, millionths: int, places: int) -> None:
    periods = schedule(terms, JOINT)
    annual_yield = Fraction(millionths, 10**6)
    day = terms.issue_date + timedelta(days)
    price = price_from_yield(terms, periods, day, annual_yield)
    assert price.dirty == price.clean + price.accrued
    assert yield_from_price(terms, periods, day, price.clean, places=places) == annual_yield


@given(st.integers(0, 700), st.integers(0, 100_000), st.integers(1, 1000))
def test_the_price_falls_as_the_yield_rises(days: int, millionths: int, more: int) -> None:
    day = BOND_I.issue_date + timedelta(days)
    low, high = (Fraction(each, 10**6) for each in (millionths, millionths + more))
    assert price_from_yield(BOND_I, PERIODS, day, low).clean > price_from_yield(BOND_I, PERIODS, day, high).clean


def test_what_has_no_price_or_no_yield() -> None:
    with pytest.raises(Impossible, match="annual_yield"):
        price_from_yield(BOND_I, PERIODS, TAP, Fraction(-2))
    with pytest.raises(Impossible, match="compounding"):
        price_from_yield(BOND_I, PERIODS, TAP, Fraction(0), compounding=0)
    for settled in (date(2018, 8, 27), date(2020, 8, 28)):
        with pytest.raises(Impossible, match=r"^settlement_date: "):
            price_from_yield(BOND_I, PERIODS, settled, Fraction(0))
    for clean in (Fraction(-5), Fraction(10**50)):
        with pytest.raises(Impossible, match="clean_price"):
            yield_from_price(BOND_I, PERIODS, TAP, clean)


@pytest.mark.parametrize(
    ("rounding", "amount"), [(Rounding.HALF_UP, 101), (Rounding.HALF_EVEN, 100), (Rounding.DOWN, 100)]
)
def test_proceeds_round_as_named(rounding: Rounding, amount: int) -> None:
    assert proceeds(100, Fraction("100.5"), rounding) == amount


def test_a_stepped_bond_is_worth_its_steps() -> None:
    """Half-years of 1, 1, 2 and 2 per 100, at 3 percent from a coupon date on."""
    terms = replace(BOND_I, rate=Fraction(1, 50), steps=(RateStep(date(2019, 8, 28), Fraction(1, 25)),))
    growth = Fraction("1.015")
    by_hand = 1 / growth + 1 / growth**2 + 2 / growth**3 + 102 / growth**4
    assert price_from_yield(terms, schedule(terms, JOINT), date(2018, 8, 28), Fraction("0.03")).dirty == by_hand


def test_a_bond_repaid_in_parts_costs_par_at_its_rate() -> None:
    """Equal parts and level instalments alike; the price is of 100 of what is left, also after a repayment."""
    for kind in (RepaymentKind.LINEAR, RepaymentKind.ANNUITY):
        terms = replace(BOND_I, rate=Fraction(1, 50), repayment=Repayment(kind))
        periods = schedule(terms, JOINT)
        assert check(terms) == []
        assert abs(price_from_yield(terms, periods, date(2018, 8, 28), terms.rate).dirty - 100) < Fraction(1, 1000)
        left = sum((flow.amount for flow in remaining_flows(terms, periods, date(2020, 2, 28))), Fraction(0))
        assert abs(left - 101) < Fraction(1, 1000)
        later = price_from_yield(terms, periods, date(2020, 2, 28), terms.rate)
        assert abs(later.clean - 100) < Fraction(1, 1000)
        between = price_from_yield(terms, periods, date(2020, 5, 28), terms.rate)
        assert between.accrued == Fraction(90, 182)  # of all that is left: the coupon of a half-year, 1 of 100
        back = yield_from_price(terms, periods, date(2020, 5, 28), between.clean)
        assert back == terms.rate


def test_an_indexed_bond_has_a_real_price() -> None:
    terms = replace(BOND_I, indexed=Indexed("CPI", Fraction(100)))
    assert price_from_yield(terms, PERIODS, TAP, Fraction(1, 100)) == price_from_yield(
        BOND_I, PERIODS, TAP, Fraction(1, 100)
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("floating", Floating("HONIA")),
        ("repayment", Repayment(RepaymentKind.NEGATIVE, amount=Fraction(1, 100))),
    ],
)
def test_what_no_yield_prices(field: str, value: object) -> None:
    with pytest.raises(Impossible, match=field):
        price_from_yield(replace(BOND_I, **{field: value}), PERIODS, TAP, Fraction(1, 100))  # type: ignore[arg-type]


CONSOL = replace(
    BOND_I, issue_date=date(2020, 1, 15), maturity=date(2022, 7, 15), rate=Fraction(4, 100), frequency=2, perpetual=True
)


def test_a_perpetual_bond_is_a_perpetuity() -> None:
    """On a coupon date by hand: 2 over a half-year's yield; and as near to that as a bond of 400 years is."""
    periods = schedule(CONSOL, JOINT, date(2030, 1, 15))
    settled = date(2024, 7, 15)
    assert price_from_yield(CONSOL, periods, settled, Fraction(5, 100)).dirty == Fraction(2) / Fraction(25, 1000)
    assert price_from_yield(CONSOL, periods, settled, Fraction(4, 100)).clean == 100
    once = price_from_yield(CONSOL, periods, settled, Fraction("0.050625"), compounding=1)  # 5% half-yearly
    assert abs(once.dirty - 80) < Fraction(1, 10**40)
    long = replace(CONSOL, perpetual=False, maturity=date(2420, 7, 15))
    near = price_from_yield(long, schedule(long, JOINT), date(2024, 9, 1), Fraction(5, 100))
    found = price_from_yield(CONSOL, periods, date(2024, 9, 1), Fraction(5, 100))
    assert found.accrued == near.accrued
    assert 0 < abs(found.dirty - near.dirty) < Fraction(1, 10**6)


@given(st.integers(1, 3_000), st.dates(date(2020, 1, 15), date(2028, 1, 1)), st.sampled_from([1, 2, 4]))
def test_a_perpetual_yield_comes_back(points: int, settled: date, compounding: int) -> None:
    periods = schedule(CONSOL, JOINT, date(2030, 1, 15))
    annual_yield = Fraction(points, 10_000)
    price = price_from_yield(CONSOL, periods, settled, annual_yield, compounding)
    assert yield_from_price(CONSOL, periods, settled, price.clean, compounding) == annual_yield


def test_the_periods_given_decide_nothing_of_a_perpetual_bond() -> None:
    stepped = replace(CONSOL, steps=(RateStep(date(2025, 1, 15), Fraction(6, 100)),))
    for terms in (CONSOL, stepped):
        near, far = (
            price_from_yield(terms, schedule(terms, JOINT, until), date(2024, 8, 20), Fraction(3, 100)).dirty
            for until in (date(2026, 1, 15), date(2060, 1, 15))
        )
        assert abs(near - far) < Fraction(1, 10**40)


@pytest.mark.parametrize(
    ("terms", "until", "annual_yield", "complaint"),
    [
        (CONSOL, date(2030, 1, 15), Fraction(0), "annual_yield: at 0 a perpetual bond is worth more than any price"),
        (CONSOL, date(2030, 1, 15), Fraction(-1, 100), "annual_yield"),
        (
            replace(CONSOL, steps=(RateStep(date(2031, 1, 15), Fraction(6, 100)),)),
            date(2030, 1, 15),
            Fraction(1, 100),
            "periods: they end on 2030-01-15, and the rate steps on 2031-01-15",
        ),
    ],
)
def test_no_perpetuity(terms: Terms, until: date, annual_yield: Fraction, complaint: str) -> None:
    with pytest.raises(Impossible, match=complaint):
        price_from_yield(terms, schedule(terms, JOINT, until), date(2024, 7, 15), annual_yield)


def test_a_settlement_on_a_31st_leaves_what_has_not_gone() -> None:
    """By 30/360 a whole year is 360: 20 of 180 days from the 11th to the 31st have gone, so 160 are left."""
    terms = replace(BOND_I, day_count=DayCount.THIRTY_360, issue_date=date(2018, 7, 11), maturity=date(2020, 7, 11))
    flows = remaining_flows(terms, schedule(terms, JOINT), date(2018, 7, 31))
    assert flows[0].periods == Fraction(160, 180)


def test_what_a_trade_of_a_half_repaid_bond_settles_for() -> None:
    """Half of a million is left: at 99 it costs 495,000, and 92 of 184 days of interest have accrued."""
    terms = replace(BOND_I, rate=Fraction(1, 50), repayment=Repayment(RepaymentKind.LINEAR, amount=Fraction(1, 4)))
    periods = schedule(terms, JOINT)
    found = settlement_amount(terms, periods, date(2019, 11, 28), 1_000_000, Fraction(99))
    assert found == 495_000 + 2_500


def test_a_target_that_was_missed_is_in_the_price() -> None:
    step = SustainabilityStep("KPI", date(2018, 12, 31), date(2019, 2, 1), date(2019, 2, 28), Fraction(1, 100))
    terms = replace(BOND_I, rate=Fraction(2, 100), sustainability=(step,))
    periods = schedule(terms, JOINT)
    settled, annual_yield = date(2018, 8, 28), Fraction(3, 100)
    with pytest.raises(NotKnown, match="KPI"):
        price_from_yield(terms, periods, settled, annual_yield)
    missed, met = ({"KPI": {date(2018, 12, 31): Fraction(value)}} for value in (0, 1))
    growth = Fraction(1015, 1000)
    by_hand = 1 / growth + Fraction(3, 2) / growth**2 + Fraction(3, 2) / growth**3 + Fraction(203, 2) / growth**4
    found = price_from_yield(terms, periods, settled, annual_yield, known=missed)
    assert found.dirty == by_hand
    assert yield_from_price(terms, periods, settled, found.clean, known=missed) == annual_yield
    assert price_from_yield(terms, periods, settled, annual_yield, known=met).dirty < by_hand


def test_a_pool_is_priced_by_the_factors_told() -> None:
    terms = replace(BOND_I, rate=Fraction(2, 100), repayment=Repayment(RepaymentKind.POOL, series="POOL 7"))
    periods = schedule(terms, JOINT)
    told = dict(zip([each.start for each in periods[1:]], map(Fraction, ("0.8", "0.5", "0.2")), strict=True))
    settled = periods[2].start
    with pytest.raises(NotKnown, match="POOL 7"):
        price_from_yield(terms, periods, settled, Fraction(2, 100))
    found = price_from_yield(terms, periods, settled, Fraction(2, 100), known={"POOL 7": told})
    assert found.dirty == 100  # per 100 of the half that is left
    gone = {"POOL 7": {**told, settled: Fraction(0), periods[3].start: Fraction(0)}}
    with pytest.raises(Impossible, match="nothing is outstanding"):
        price_from_yield(terms, periods, settled, Fraction(2, 100), known=gone)


def test_floats_are_refused_at_the_doors() -> None:
    settled = date(2019, 2, 28)
    floats: list[tuple[str, Callable[[], object]]] = [
        ("annual_yield", lambda: price_from_yield(BOND_I, PERIODS, settled, 0.04)),  # type: ignore[arg-type]
        ("clean_price", lambda: yield_from_price(BOND_I, PERIODS, settled, 99.5)),  # type: ignore[arg-type]
        ("clean_price", lambda: settlement_amount(BOND_I, PERIODS, settled, 100_000, 99.5)),  # type: ignore[arg-type]
    ]
    wrong = replace(BOND_I, rate=0.05)  # type: ignore[arg-type]
    floats += [
        ("rate", lambda: schedule(wrong, JOINT)),
        ("rate", lambda: price_from_yield(wrong, PERIODS, settled, Fraction(1, 100))),
        ("rate", lambda: cash_flows(wrong, PERIODS, 100_000)),
        ("rate", lambda: accrued_fraction(wrong, PERIODS, settled)),
        ("redemption_price", lambda: schedule(replace(BOND_I, redemption_price=1.0), JOINT)),  # type: ignore[arg-type]
    ]
    for field, ask in floats:
        with pytest.raises(Impossible, match=f"^{field}: .* is a float: give an exact fraction"):
            ask()
