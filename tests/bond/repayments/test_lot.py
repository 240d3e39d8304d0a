"""Drawing by lot: whole denominations, the same for everybody who has the seed, and fair."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bauhinia.bond import Impossible
from bauhinia.bond.repayments.lot import draw

SEED = sha256(b"the header of the block that closed the record").digest()
HOLDINGS = {7: 50_000, 3: 10_000, 12: 0, 5: 40_000}


def test_the_same_seed_draws_the_same() -> None:
    drawn = draw(SEED, HOLDINGS, 30_000, 10_000)
    assert drawn == {5: 10_000, 7: 20_000}  # pinned: whoever has the seed finds this
    assert list(drawn) == sorted(drawn)
    assert draw(SEED, dict(reversed(HOLDINGS.items())), 30_000, 10_000) == drawn
    assert any(draw(sha256(bytes([other])).digest(), HOLDINGS, 30_000, 10_000) != drawn for other in range(5))


@given(
    st.binary(min_size=32, max_size=32),
    st.dictionaries(st.integers(1, 50), st.integers(0, 40), max_size=12),
    st.data(),
)
def test_what_is_drawn_is_held(seed: bytes, held: dict[int, int], data: st.DataObject) -> None:
    holdings = {holder: count * 500 for holder, count in held.items()}
    units = 500 * data.draw(st.integers(0, sum(held.values())))
    drawn = draw(seed, holdings, units, 500)
    assert sum(drawn.values()) == units
    assert all(0 < drawn[holder] <= holdings[holder] and drawn[holder] % 500 == 0 for holder in drawn)


def test_each_denomination_is_as_likely_as_another() -> None:
    """600 draws of 3 in 10: each holder is drawn in proportion to what it holds, within five standard deviations."""
    times = dict.fromkeys(HOLDINGS, 0)
    for number in range(600):
        for holder, units in draw(sha256(number.to_bytes(2, "big")).digest(), HOLDINGS, 30_000, 10_000).items():
            times[holder] += units // 10_000
    for holder, units in HOLDINGS.items():
        tickets = units // 10_000
        wanted = 600 * tickets * 3 / 10
        spread = (600 * tickets * 0.3 * 0.7) ** 0.5
        assert abs(times[holder] - wanted) <= 5 * spread, (holder, times[holder])


@pytest.mark.parametrize(
    ("seed", "holdings", "units", "denomination", "field"),
    [
        (b"short", HOLDINGS, 10_000, 10_000, "seed"),
        (SEED, HOLDINGS, 15_000, 10_000, "units"),
        (SEED, HOLDINGS, 110_000, 10_000, "units"),
        (SEED, HOLDINGS, -10_000, 10_000, "units"),
        (SEED, {1: 10_001}, 10_000, 10_000, "holdings"),
        (SEED, {1: -10_000}, 0, 10_000, "holdings"),
        (SEED, HOLDINGS, 10_000, 0, "denomination"),
    ],
)
def test_what_cannot_be_drawn(seed: bytes, holdings: dict[int, int], units: int, denomination: int, field: str) -> None:
    with pytest.raises(Impossible) as told:
        draw(seed, holdings, units, denomination)
    assert told.value.field == field
