"""Registers of holders: sealed roots, dates entered and ceased, and the commitments to personal data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Registers:
    """What registers keep beyond the positions themselves."""

    seals: dict[int, bytes] = field(default_factory=dict)
