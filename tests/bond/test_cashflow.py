"""What bonds pay, to the cent: the Hong Kong issues worked by hand, published figures, and accrued interest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import (
    Averaging,
    BusinessDayConvention,
    DayCount,
    Floating,
    Impossible,
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
    accrued_interest,
    cash_flows,
    cash_flows_so_far,
    check,
    interest,
    interest_fraction,
    interest_per_calculation_amount,
    needs_of,
    needs_of_principal,
    period_at,
    principal_per_calculation_amount,
    redemption,
    schedule,
    to_places,
    whole,
)
from bauhinia.bond.principal import instalments
from bauhinia.bond.repayments.repayment import Part, Repayment, RepaymentKind
from bauhinia.wire.calendars import load_calendars
from tests.bond.samples import BOND_I, CNY, EUR, HKD, USD
from tests.vectors import row_of

JOINT = list(load_calendars(["HK", "CN", "US", "EU_TARGET", "AU", "GB"]).values())


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        # a calculation amount of 10,000; days 182, 184, 181 and, over the weekend to Monday 9 February 2026, 186
        (HKD, [189_48, 191_56, 188_44, 193_64]),  # 10,000 x 3.8% x days / 365
        (CNY, [144_60, 146_19, 143_81, 147_78]),  # 10,000 x 2.9% x days / 365
        (USD, [237_45, 237_45, 237_45, 237_45]),  # 10,000 x 4.749% x 180 / 360, no day for the weekend
        (EUR, [364_70, 364_70]),  # 10,000 x 3.647%, no day for the weekend
    ],
)
def test_hong_kong_2024(terms: Terms, expected: list[int]) -> None:
    periods = schedule(terms, JOINT)
    assert [interest_per_calculation_amount(terms, period) for period in periods] == expected
    held = 250 * terms.calculation_amount
    assert [interest(terms, period, held) for period in periods] == [250 * amount for amount in expected]
    flows = cash_flows(terms, periods, held)
    assert [flow.amount for flow in flows] == [250 * amount for amount in expected] + [held]
    assert [flow.kind for flow in flows] == [Payment.INTEREST] * len(expected) + [Payment.REDEMPTION]
    assert {flow.payment_date for flow in flows[-2:]} == {date(2026, 2, 9)}
    assert not any(flow.provisional for flow in flows)


def single(row: dict[str, Any], day_count: DayCount) -> Terms:
    """A bond that pays once, on the whole nominal amount at once."""
    nominal = 100 * row["nominal"]["value"]
    return replace(
        EUR,
        issue_date=date.fromisoformat(row["issue_date"]["value"]),
        maturity=date.fromisoformat(row["maturity"]["value"]),
        rate=Fraction(str(row["coupon_percent"]["value"])) / 100,
        frequency=0,
        day_count=day_count,
        business_day=BusinessDayConvention.UNADJUSTED,
        calculation_amount=nominal,
        minimum_denomination=nominal,
        denomination_multiple=nominal,
    )


def coupon(frequency: int) -> Callable[[dict[str, Any]], Terms]:
    return lambda row: replace(single(row, DayCount.ACT_ACT_ICMA), frequency=frequency)


@pytest.mark.parametrize(
    ("bond", "figure", "terms_of"),
    [
        ("HK-TGB-2023-HKD", "interest_at_maturity", lambda row: single(row, DayCount.ACT_365_FIXED)),
        ("WB-BONDI-2018", "coupon_per_period", coupon(2)),
        ("EIB-VENUS-2022-EUR", "annual_coupon", coupon(1)),
        ("SLOVENIA-2024-EUR", "interest_act360", lambda row: single(row, DayCount.ACT_360)),
        ("SLOVENIA-2024-EUR", "interest_act365f", lambda row: single(row, DayCount.ACT_365_FIXED)),
        ("KFW-2024-EUR", "interest_act360", lambda row: single(row, DayCount.ACT_360)),
    ],
)
def test_figures_of_issued_bonds(
    vectors: Path, bond: str, figure: str, terms_of: Callable[[dict[str, Any]], Terms]
) -> None:
    row = row_of(vectors, "hk_bonds.json", bond)
    terms = terms_of(row)
    periods = schedule(terms, JOINT)
    expected = round(100 * Fraction(str(row["derived_examples"][figure]["value"])))
    assert {interest(terms, period, terms.calculation_amount) for period in periods} == {expected}


def test_a_zero_coupon_pays_its_redemption_alone() -> None:
    zero = replace(EUR, rate=Fraction(0), frequency=0, redemption_price=Fraction("1.005"))
    flows = cash_flows(zero, schedule(zero, JOINT), 3_000_000)
    assert [(flow.kind, flow.amount) for flow in flows] == [(Payment.REDEMPTION, 3_015_000)]
    assert redemption(EUR, 3_000_000) == 3_000_000


def test_interest_is_rounded_once_a_calculation_amount() -> None:
    """Half a cent on 100.00 rounds up, for every 100.00: rounding on the whole would pay less."""
    terms = replace(EUR, rate=Fraction("0.00005"), calculation_amount=10_000, denomination_multiple=10_000)
    period = schedule(terms, JOINT)[0]
    assert interest_per_calculation_amount(terms, period) == 1
    assert interest(terms, period, 1_000_000) == 100


@pytest.mark.parametrize("nominal", [1, 999_999, 1_500_000, -1_000_000])
def test_a_part_of_a_calculation_amount_has_no_interest(nominal: int) -> None:
    with pytest.raises(Impossible, match="nominal"):
        interest(HKD, schedule(HKD, JOINT)[0], nominal)


def test_accrued_interest() -> None:
    """World Bank bond-i at its tap: 169 of 181 days of 1.1 percent; then the days on either side of a coupon."""
    periods = schedule(BOND_I, JOINT)
    assert accrued_fraction(BOND_I, periods, date(2019, 8, 16)) == Fraction("0.011") * Fraction(169, 181)
    assert accrued_fraction(BOND_I, periods, date(2019, 8, 28)) == 0
    assert accrued_fraction(BOND_I, periods, date(2019, 8, 27)) == Fraction("0.011") * Fraction(180, 181)
    assert accrued_interest(BOND_I, periods, date(2019, 8, 16), 50_000_000_00) == 513_535_91
    assert accrued_interest(BOND_I, periods, date(2019, 8, 16), 50_000_000_00, Rounding.UP) == 513_535_92
    for outside in (date(2018, 8, 27), date(2020, 8, 28)):
        with pytest.raises(Impossible):
            accrued_fraction(BOND_I, periods, outside)


@pytest.mark.parametrize(
    ("row", "centre", "record"),
    [
        *((f"ql-gilt-2013-05-{day}", "GB", RecordDate(days=7)) for day in (29, 30, 31)),
        *((f"ql-agb-2014-08-{day}", "AU", RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 8)) for day in ("07", "08", 11)),
    ],
)
def test_ex_dividend(vectors: Path, row: str, centre: str, record: RecordDate) -> None:
    """Gilts are cum until seven business days before the coupon, Australian bonds until eight days before it; then the
    accrued interest is below zero. Verified by the source against a market data terminal."""
    found = row_of(vectors, "bonds/quantlib_bonds.json", row, Fraction)
    bond, case = found["bond"], found["case"]
    terms = replace(
        BOND_I,
        issue_date=date.fromisoformat(bond["accrual_start"]),
        first_coupon=date.fromisoformat(bond["first_coupon"]),
        maturity=date.fromisoformat(bond["maturity"]),
        rate=bond["coupon"],
        calendars=(centre,),
        record_date=record,
        ex_dividend=True,
    )
    periods, settles = schedule(terms, JOINT), date.fromisoformat(case["settle"])
    allowed = Fraction(1, 1000) if centre == "AU" else Fraction(1, 10**6)
    assert abs(100 * accrued_fraction(terms, periods, settles) - found["expected"]["accrued"]) < allowed
    coupon = terms.rate / 2
    cum = accrued_fraction(replace(terms, ex_dividend=False), periods, settles)
    assert accrued_fraction(terms, periods, settles) in (cum, cum - coupon)


def repaid(repayment: Repayment, **changes: object) -> Terms:
    """Four half-years, repaid in parts, on a calculation amount of 10,000."""
    found = replace(HKD, day_count=DayCount.THIRTY_360, adjusted=False, repayment=repayment, **changes)  # type: ignore[arg-type]
    assert check(found) == []
    return found


FIRST_COUPON, SECOND_COUPON, THIRD_COUPON = date(2024, 8, 7), date(2025, 2, 7), date(2025, 8, 7)
REPAID = [
    repaid(Repayment(RepaymentKind.LINEAR)),
    repaid(Repayment(RepaymentKind.ANNUITY)),
    repaid(Repayment(RepaymentKind.SCHEDULE, parts=(Part(SECOND_COUPON, Fraction(1, 3)),))),
    repaid(Repayment(RepaymentKind.SCHEDULE, capitalised=SECOND_COUPON)),
    repaid(Repayment(RepaymentKind.NEGATIVE, amount=Fraction("0.01"))),
]


def test_an_amortising_bond_pays_interest_on_what_is_outstanding() -> None:
    terms = REPAID[0]
    flows = cash_flows(terms, schedule(terms, JOINT), 10_000_00)
    assert [(flow.kind.name, flow.amount) for flow in flows] == [
        ("INTEREST", 190_00), ("REPAYMENT", 2_500_00),
        ("INTEREST", 142_50), ("REPAYMENT", 2_500_00),
        ("INTEREST", 95_00), ("REPAYMENT", 2_500_00),
        ("INTEREST", 47_50), ("REDEMPTION", 2_500_00),
    ]  # fmt: skip


@pytest.mark.parametrize("terms", REPAID)
def test_a_period_alone_pays_what_it_pays_among_all(terms: Terms) -> None:
    periods = schedule(terms, JOINT)
    alone = [
        (
            interest_per_calculation_amount(terms, period, periods=periods),
            principal_per_calculation_amount(terms, period, periods),
        )
        for period in periods
    ]
    assert alone == [(each.interest, each.principal) for each in instalments(terms, periods)]
    paid = sum(flow.amount for flow in cash_flows(terms, periods, 3 * terms.calculation_amount))
    assert paid == 3 * sum(interest + principal for interest, principal in alone)
    accrued = accrued_fraction(terms, periods, date(2025, 5, 7))
    assert accrued == interest_fraction(terms, periods[2], periods=periods) / 2
    with pytest.raises(Impossible, match="periods"):
        interest_fraction(terms, periods[2])


POOL = repaid(Repayment(RepaymentKind.POOL, series="POOL 7"))


def test_a_pool_whose_factor_is_not_reported_yet() -> None:
    """Interest is known when the factor at its start is; principal when the next one is."""
    periods = schedule(POOL, JOINT)
    known = {"POOL 7": {FIRST_COUPON: Fraction("0.8"), SECOND_COUPON: Fraction("0.5")}}
    listed = cash_flows_so_far(POOL, periods, 10_000_00, known)
    assert [flow.day if isinstance(flow, OpenFlow) else flow.amount for flow in listed] == [
        190_00, 2_000_00, 152_00, 3_000_00, 95_00, THIRD_COUPON, THIRD_COUPON, THIRD_COUPON,
    ]  # fmt: skip
    with pytest.raises(NotKnown, match="POOL 7: its value of 2025-08-07"):
        cash_flows(POOL, periods, 10_000_00, known)
    assert needs_of(POOL, periods[0]) == ()
    assert needs_of(POOL, periods[1]) == (Need("POOL 7", FIRST_COUPON),)
    assert needs_of_principal(POOL, periods[1], last=False) == (
        Need("POOL 7", FIRST_COUPON),
        Need("POOL 7", SECOND_COUPON),
    )
    assert needs_of_principal(POOL, periods[3], last=True) == (Need("POOL 7", THIRD_COUPON),)
    with pytest.raises(NotKnown):
        accrued_fraction(POOL, periods, THIRD_COUPON + timedelta(1), known)
    assert accrued_fraction(POOL, periods, date(2025, 5, 7), known) == Fraction("0.5") * Fraction("0.0095")


def test_level_instalments_of_a_floating_rate_wait_for_it() -> None:
    floating = Floating("HIBOR 6M", days_back=0, centres=("HK",))
    terms = replace(REPAID[1], rate=Fraction(0), floating=floating)
    periods = schedule(terms, JOINT)
    known = {"HIBOR 6M": {period.start: Fraction("0.038") for period in periods[:2]}}
    flows = cash_flows_so_far(terms, periods, 10_000_00, known)
    assert [isinstance(flow, OpenFlow) for flow in flows] == [False] * 4 + [True] * 4
    assert needs_of_principal(terms, periods[1], last=False) == (Need("HIBOR 6M", FIRST_COUPON),)


def test_an_indexed_amortiser_multiplies_both() -> None:
    """All values at 120 on a base of 100: every amount of the plain amortiser, a fifth more."""
    terms = replace(REPAID[0], indexed=Indexed("HK CCPI", Fraction(100), interpolated=False))
    periods = schedule(terms, JOINT)
    known = {"HK CCPI": {need.day: Fraction(120) for period in periods for need in needs_of(terms, period)}}
    plain = cash_flows(REPAID[0], periods, 10_000_00)
    indexed = cash_flows(terms, periods, 10_000_00, known)
    assert [flow.amount for flow in indexed] == [Fraction(6, 5) * flow.amount for flow in plain]
    del known["HK CCPI"][max(known["HK CCPI"])]
    assert cash_flows_so_far(terms, periods, 10_000_00, known)[:6] == indexed[:6]


def test_a_perpetual_bond_redeems_nothing() -> None:
    terms = replace(HKD, perpetual=True)
    flows = cash_flows(terms, schedule(terms, JOINT, date(2026, 2, 7)), 10_000_00)
    assert {flow.kind for flow in flows} == {Payment.INTEREST}


def test_what_is_open_is_listed_by_what_it_waits_for() -> None:
    """A term sheet's table prints such a payment as not yet fixed."""
    floating = Floating("HONIA", averaging=Averaging.COMPOUNDED, days_back=5, centres=("HK",), index_days=365)
    terms = replace(HKD, rate=Fraction(0), floating=floating)
    periods = schedule(terms, JOINT)
    known = {"HONIA": {need.day: Fraction("0.04") for need in needs_of(terms, periods[0])}}
    first, *rest, redeemed = cash_flows_so_far(terms, periods, 20_000_00, known)
    assert not isinstance(first, OpenFlow)
    assert not isinstance(redeemed, OpenFlow)
    assert (first.kind, redeemed.kind, redeemed.amount) == (Payment.INTEREST, Payment.REDEMPTION, 20_000_00)
    assert 20_000_00 * Fraction("0.04") * Fraction(182, 365) < first.amount < 403_00  # compounding adds 1 percent
    waiting = date(2024, 7, 31)  # five business days before 7 August 2024
    assert rest[0] == OpenFlow(
        Payment.INTEREST, periods[1].payment_date, periods[1].record_date, "HONIA", waiting, periods[1].provisional
    )
    assert len(rest) == 3


ADDITIVE = [HKD, CNY, EUR, BOND_I]


@given(st.sampled_from(ADDITIVE), st.integers(0, 900))
def test_accrued_grows_by_the_day_to_the_interest_of_the_period(terms: Terms, days: int) -> None:
    """What has accrued and what is yet to accrue are the interest of the period."""
    periods = schedule(terms, JOINT)
    day = min(terms.issue_date + timedelta(days), periods[-1].accrual_end - timedelta(1))
    period = period_at(periods, day)
    whole_period = terms.rate * Fraction((period.accrual_end - period.accrual_start).days, 365)
    if terms.day_count is DayCount.ACT_ACT_ICMA:
        whole_period = terms.rate / terms.frequency
    elapsed = Fraction((day - period.accrual_start).days, (period.accrual_end - period.accrual_start).days)
    assert accrued_fraction(terms, periods, day) == whole_period * elapsed


@pytest.mark.parametrize(
    ("value", "up", "even", "low", "high"),
    [
        ("0.5", 1, 0, 0, 1),
        ("1.5", 2, 2, 1, 2),
        ("-0.5", 0, 0, -1, 0),
        ("2.4999", 2, 2, 2, 3),
        ("-1.51", -2, -2, -2, -1),
    ],
)
def test_roundings(value: str, up: int, even: int, low: int, high: int) -> None:
    got = [whole(Fraction(value), rounding) for rounding in Rounding]
    assert got == [up, even, low, high]
    assert to_places(Fraction(value) / 1000, 3) == Fraction(up, 1000)


def test_a_holding_may_be_a_part_of_the_calculation_amount_and_is_paid_its_part_rounded_down() -> None:
    """A Treasury note at 0.875%: 0.4375 on a hundred dollars, which no calculation amount of that size could say."""
    terms = replace(
        USD, rate=Fraction("0.00875"), day_count=DayCount.ACT_ACT_ICMA, calculation_amount=100_000_000,
        minimum_denomination=10_000, denomination_multiple=10_000,
    )  # fmt: skip
    assert check(terms) == []
    period = schedule(terms, JOINT)[0]
    assert interest_per_calculation_amount(terms, period) == 437_500
    paid = {nominal: interest(terms, period, nominal) for nominal in (10_000, 20_000, 40_000, 160_000, 100_000_000)}
    assert paid == {10_000: 43, 20_000: 87, 40_000: 175, 160_000: 700, 100_000_000: 437_500}
    with pytest.raises(Impossible, match="not a multiple of 10000"):
        interest(terms, period, 10_001)
