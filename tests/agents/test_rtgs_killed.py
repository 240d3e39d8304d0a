"""Killed at every step (SIGKILL, in processes of their own): node, RTGS and gateway; then both books are compared."""

from __future__ import annotations

from pathlib import Path

from tests.agents.three import Three
from tests.agents.two_systems import admin
from tests.rules.deal import NEXT

CLOSE = 18 * 60 + 30
PLANS = {
    "node": [
        "before:PaymentAsked", "after:PaymentAsked", "before:PaymentConfirmed", "after:PaymentConfirmed",
        "told:PaymentAsked", "before:PaymentsStated",
    ],
    "gateway": ["before:pay", "after:pay", "before:confirm", "after:confirm", "after:state"],
    "rtgs": ["pay:crash-before", "pay:crash-after", "tell:crash-before", "state:crash-after"],
}  # fmt: skip


def test_killed_at_every_step_they_never_part(template: Path, tmp_path: Path) -> None:
    """Each of the three dies at one place after the other, and comes back, while trades go on; the last deaths are over
    the day's statement, which has to say of a payment whether it was made."""
    three = Three.begin(template, tmp_path, {name: list(places) for name, places in PLANS.items()})
    try:
        while any(three.plans.values()):
            three.traded()
            three.tended("it has settled", lambda: three.statuses().count("CONFIRMED") == three.trades)
        admin(three.rtgs_url, "faults", ["pay:lose", "ask:silent*always", "tell:drop*always"])
        three.traded()
        three.tended("it is paid there", lambda: len(admin(three.rtgs_url, "settled")) == three.trades)
        assert three.statuses().count("CONFIRMED") == three.trades - 1
        three.until(NEXT, CLOSE)
        three.tended("it has settled", lambda: three.statuses().count("CONFIRMED") == three.trades)
        three.tended("all have died", lambda: three.kills == sum(map(len, PLANS.values())))
    finally:
        three.stop()
    here, there = three.compare()
    assert here == there
    assert len(here) == three.trades
