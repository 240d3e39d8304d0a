"""An amount as it is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Amount:
    """`units` smallest units of a currency with `exponent` decimals; `text` is HKD 1,234.56."""

    units: int
    exponent: int
    currency: str
    text: str
