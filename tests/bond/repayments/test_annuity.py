"""Level instalments, against the closed formula and against what they must do: repay everything."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond.repayments.annuity import level


def test_the_closed_formula() -> None:
    """A loan at 1 percent a period over 12 periods: i / (1 - (1 + i)^-12)."""
    rate = Fraction(1, 100)
    assert level([rate] * 12) == rate / (1 - (1 + rate) ** -12)
    assert level([Fraction(0)] * 4) == Fraction(1, 4)
    assert level([Fraction(1, 20)]) == Fraction(21, 20)


@given(st.lists(st.fractions(0, 1, max_denominator=400), min_size=1, max_size=30))
def test_the_last_instalment_repays_exactly_the_rest(interest: list[Fraction]) -> None:
    paid, owed = level(interest), Fraction(1)
    for part in interest:
        owed = owed * (1 + part) - paid
    assert owed == 0
