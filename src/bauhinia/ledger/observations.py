"""What the world has told the ledger: series of values (fixings, indices, reports, pool factors), signed by sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from bauhinia.words.ids import AssetNumber, PartyNumber


@dataclass(slots=True)
class Series:
    """A series of values: who may tell one, how many of them must agree, and how many days after its own day a value
    is still taken. `told` holds what each source has told of a day on which they do not agree yet, or no more."""

    name: str
    sources: tuple[PartyNumber, ...]
    needed: int
    days_open: int
    told: dict[date, dict[PartyNumber, Fraction]] = field(default_factory=dict)


@dataclass(slots=True)
class Observations:
    """All series by number, and the values that stand, by name and day. `used` lists the bonds that hang on one."""

    series: dict[int, Series] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    values: dict[str, dict[date, Fraction]] = field(default_factory=dict)
    used: dict[str, list[AssetNumber]] = field(default_factory=dict)
