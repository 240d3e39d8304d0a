"""Shares in proportion: to the last unit, the remainder told."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import Impossible
from bauhinia.bond.repayments.pro_rata import Shares, pro_rata


def test_the_largest_broken_shares_get_the_remainder() -> None:
    """100 over three thirds: one unit is left, and of equal claims the lowest number has it."""
    assert pro_rata({9: 1_000, 2: 1_000, 5: 1_000}, 100) == Shares({2: 34, 5: 33, 9: 33}, 1, (2,))
    assert pro_rata({1: 700, 2: 200, 3: 100}, 55) == Shares({1: 39, 2: 11, 3: 5}, 1, (1,))
    assert pro_rata({1: 7_000, 2: 3_000}, 5_000, 1_000) == Shares({1: 4_000, 2: 1_000}, 1_000, (1,))
    assert pro_rata({}, 0) == Shares({}, 0, ())


@given(st.dictionaries(st.integers(1, 99), st.integers(0, 10_000), max_size=20), st.data())
def test_no_unit_appears_and_nobody_is_a_step_off(holdings: dict[int, int], data: st.DataObject) -> None:
    held = sum(holdings.values())
    units = data.draw(st.integers(0, held))
    shares = pro_rata(holdings, units)
    assert sum(shares.repaid.values()) == units
    for holder, share in shares.repaid.items():
        assert abs(share - Fraction(units * holdings[holder], max(held, 1))) < 1
        assert share <= holdings[holder]


@pytest.mark.parametrize(
    ("holdings", "units", "step", "field"),
    [
        ({1: 10}, 11, 1, "units"),
        ({1: 10}, -1, 1, "units"),
        ({1: 10}, 3, 5, "units"),
        ({1: 12}, 5, 5, "holdings"),
        ({1: -5}, 0, 5, "holdings"),
        ({1: 10}, 5, 0, "step"),
    ],
)
def test_what_cannot_be_shared(holdings: dict[int, int], units: int, step: int, field: str) -> None:
    with pytest.raises(Impossible) as told:
        pro_rata(holdings, units, step)
    assert told.value.field == field
