"""Refusals in a story's printout name what the ledger numbers."""

from __future__ import annotations

import bauhinia


def test_what_was_refused_is_named() -> None:
    with bauhinia.play("hong-kong-2023") as floor:
        why = [each["why"] for each in floor.report.refusals]
    assert any(each.startswith("UNKNOWN_ACTION action ") and " of TGB 2024 on 2024-" in each for each in why), why
