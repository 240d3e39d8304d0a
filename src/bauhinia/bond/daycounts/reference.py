"""What a day count may need to know beside the two dates."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from bauhinia.bond.calendar import Calendar


class Reference(NamedTuple):
    """The regular periods around an accrual: their dates, rising, and how many such periods make a year; and what else
    of the bond a day count may look at.

    A regular coupon period is its own reference (two dates). A stub lies inside one or more notional periods, rolled
    from the coupon date at its other end; `period` then holds where the interest period itself starts and ends, and
    may be left out where that is from the first to the last of `dates`. `termination` is the maturity; a perpetual bond
    has none.
    With `end_of_month`, coupons fall on the last day of the month. `calendars` are those of the payment days, jointly.
    """

    dates: tuple[date, ...]
    frequency: int
    period: tuple[date, date] | None = None
    termination: date | None = None
    end_of_month: bool = False
    calendars: tuple[Calendar, ...] = ()

    @property
    def interest_period(self) -> tuple[date, date]:
        """Where the interest period starts and ends."""
        return self.period or (self.dates[0], self.dates[-1])
