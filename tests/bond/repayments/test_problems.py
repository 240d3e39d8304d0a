"""Repayments, calls, puts and make-wholes that cannot be, field by field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest

from bauhinia.bond import Terms, check
from bauhinia.bond.repayments.exercise import Exercise, MakeWhole
from bauhinia.bond.repayments.repayment import Part, Reduction, Repayment, RepaymentKind
from bauhinia.words.codec import decode, encode
from tests.bond.samples import BOND_I

TENTH = Fraction(1, 10)
FIRST, SECOND, THIRD, LAST = date(2019, 2, 28), date(2019, 8, 28), date(2020, 2, 28), date(2020, 8, 28)
LINEAR, ANNUITY, SCHEDULE, POOL, NEGATIVE = RepaymentKind
PARTS = (Part(FIRST, TENTH), Part(THIRD, 3 * TENTH))
CALL = Exercise(FIRST, SECOND)
MAKE_WHOLE = MakeWhole(LAST, "USD CMT 2Y", Fraction(1, 400))


@pytest.mark.parametrize(
    "change",
    [
        {"repayment": Repayment(LINEAR)},
        {"repayment": Repayment(LINEAR, Reduction.LOT, first=SECOND, amount=TENTH)},
        {"repayment": Repayment(ANNUITY)},
        {"repayment": Repayment(NEGATIVE, amount=TENTH)},
        {"repayment": Repayment(SCHEDULE, Reduction.NOMINAL, parts=PARTS)},
        {"repayment": Repayment(SCHEDULE, capitalised=FIRST)},
        {"repayment": Repayment(ANNUITY, first=SECOND, capitalised=FIRST)},
        {"repayment": Repayment(POOL, series="POOL 1", first=FIRST)},
        {"calls": (CALL, Exercise(THIRD, LAST, price=Fraction(101, 100), partial=True, on_coupon_dates=True))},
        {"puts": (CALL,)},
        {"make_whole": MAKE_WHOLE},
        {"perpetual": True, "calls": (Exercise(LAST, date(2100, 8, 28)),)},
    ],
)
def test_what_can_be(change: dict[str, Any]) -> None:
    terms = replace(BOND_I, **change)
    assert check(terms) == []
    assert decode(Terms, encode(terms)) == terms


@pytest.mark.parametrize(
    ("repayment", "field"),
    [
        (Repayment(1), "kind"),  # type: ignore[arg-type]
        (Repayment(LINEAR, 1), "reduction"),  # type: ignore[arg-type]
        (Repayment(POOL, Reduction.LOT, series="P"), "reduction"),
        (Repayment(ANNUITY, Reduction.NOMINAL), "reduction"),
        (Repayment(SCHEDULE, Reduction.LOT, capitalised=FIRST), "reduction"),
        (Repayment(LINEAR, first=date(2019, 3, 1)), "first"),
        (Repayment(LINEAR, first=datetime(2019, 2, 28)), "first"),
        (Repayment(SCHEDULE, first=FIRST, parts=PARTS), "first"),
        (Repayment(ANNUITY, first=FIRST, capitalised=FIRST), "first"),
        (Repayment(LINEAR, amount=0.1), "amount"),  # type: ignore[arg-type]
        (Repayment(LINEAR, amount=Fraction(11, 10)), "amount"),
        (Repayment(LINEAR, amount=-TENTH), "amount"),
        (Repayment(LINEAR, amount=Fraction(1, 10**12 + 1)), "amount"),
        (Repayment(POOL, series="P", amount=TENTH), "amount"),
        (Repayment(NEGATIVE), "amount"),
        (Repayment(LINEAR, parts=PARTS), "parts"),
        (Repayment(SCHEDULE), "parts"),
        (Repayment(SCHEDULE, parts=[*PARTS]), "parts"),  # type: ignore[arg-type]
        (Repayment(SCHEDULE, parts=(Part(FIRST, TENTH), Part(SECOND, Fraction(91, 100)))), "parts"),
        (Repayment(SCHEDULE, parts=(Part(date(2019, 3, 1), TENTH),)), "parts[0].day"),
        (Repayment(SCHEDULE, parts=(Part(LAST, TENTH),)), "parts[0].day"),
        (Repayment(SCHEDULE, parts=(Part(FIRST, TENTH), Part(FIRST, TENTH))), "parts[1].day"),
        (Repayment(SCHEDULE, parts=PARTS, capitalised=FIRST), "parts[0].day"),
        (Repayment(SCHEDULE, parts=(Part("2019-02-28", TENTH),)), "parts[0].day"),  # type: ignore[arg-type]
        (Repayment(SCHEDULE, parts=(Part(FIRST, Fraction(0)),)), "parts[0].part"),
        (Repayment(SCHEDULE, parts=(Part(FIRST, Fraction(2)),)), "parts[0].part"),
        (Repayment(SCHEDULE, parts=(Part(FIRST, 1),)), "parts[0].part"),  # type: ignore[arg-type]
        (Repayment(POOL), "series"),
        (Repayment(LINEAR, series="P"), "series"),
        (Repayment(POOL, series="P", capitalised=FIRST), "capitalised"),
        (Repayment(SCHEDULE, capitalised=date(2019, 3, 1)), "capitalised"),
        (Repayment(SCHEDULE, capitalised=LAST), "capitalised"),
    ],
)
def test_repayments_that_cannot_be(repayment: Repayment, field: str) -> None:
    assert f"repayment.{field}" in [problem.field for problem in check(replace(BOND_I, repayment=repayment))]


@pytest.mark.parametrize(
    ("exercise", "field"),
    [
        (Exercise(date(2018, 8, 28), SECOND), "first"),
        (Exercise(SECOND, FIRST), "last"),
        (Exercise(FIRST, date(2020, 8, 29)), "last"),
        (Exercise("2019-02-28", SECOND), "first"),  # type: ignore[arg-type]
        (Exercise(FIRST, SECOND, price=Fraction(-1)), "price"),
        (Exercise(FIRST, SECOND, price=Fraction(101)), "price"),  # a price per 100
        (Exercise(FIRST, SECOND, price=1), "price"),  # type: ignore[arg-type]
        (Exercise(FIRST, SECOND, price=Fraction(1, 10**12 + 1)), "price"),
        (Exercise(FIRST, SECOND, on_coupon_dates=1), "on_coupon_dates"),  # type: ignore[arg-type]
        (Exercise(FIRST, SECOND, least_notice=60, most_notice=15), "least_notice"),
        (Exercise(FIRST, SECOND, least_notice=-1), "least_notice"),
        (Exercise(FIRST, SECOND, most_notice=400), "most_notice"),
        (Exercise(FIRST, SECOND, most_notice=True), "most_notice"),
        (Exercise(FIRST, SECOND, partial=1), "partial"),  # type: ignore[arg-type]
    ],
)
def test_calls_and_puts_that_cannot_be(exercise: Exercise, field: str) -> None:
    assert [problem.field for problem in check(replace(BOND_I, calls=(exercise,)))] == [f"calls[0].{field}"]
    assert f"puts[0].{field}" in [problem.field for problem in check(replace(BOND_I, puts=(exercise,)))]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"calls": (CALL, Exercise(SECOND, THIRD))}, "calls[1].first"),  # both open on one day
        ({"calls": CALL}, "calls"),
        ({"puts": [CALL]}, "puts"),
        ({"puts": (Exercise(FIRST, SECOND, partial=True),)}, "puts[0].partial"),
        ({"make_whole": replace(MAKE_WHOLE, until=date(2018, 8, 28))}, "make_whole.until"),
        ({"make_whole": replace(MAKE_WHOLE, until=date(2020, 8, 29))}, "make_whole.until"),
        ({"make_whole": replace(MAKE_WHOLE, benchmark="")}, "make_whole.benchmark"),
        ({"make_whole": replace(MAKE_WHOLE, spread=Fraction(25))}, "make_whole.spread"),
        ({"make_whole": replace(MAKE_WHOLE, spread=Fraction(-1, 100))}, "make_whole.spread"),
        ({"make_whole": replace(MAKE_WHOLE, least_notice=61)}, "make_whole.least_notice"),
        ({"make_whole": MAKE_WHOLE, "perpetual": True}, "make_whole.until"),
        ({"repayment": Repayment(LINEAR), "perpetual": True}, "perpetual"),
        ({"frequency": 0, "perpetual": True}, "perpetual"),
        ({"repayment": Repayment(ANNUITY), "redemption_price": Fraction(101, 100)}, "redemption_price"),
    ],
)
def test_what_else_cannot_be(change: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in check(replace(BOND_I, **change))] == [field]
