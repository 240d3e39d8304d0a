"""What a day count may need to know beside the two dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Reference:
    """The regular periods around an accrual: their dates, rising, and how many such periods make a year.

    A regular coupon period is its own reference (two dates). A stub lies inside one or more notional periods, rolled
    from the coupon date at its other end.
    """

    dates: tuple[date, ...]
    frequency: int
