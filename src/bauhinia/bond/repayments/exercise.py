"""Calls, puts and make-whole: when a bond may be repaid early, at what price, and with how much notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Exercise:
    """From `first` to `last` the bond may be called (by the issuer) or put (by a holder) at `price`, a part of nominal,
    with interest accrued. The two days equal: on that day alone. With `on_coupon_dates` only on coupon dates between.
    Notice is given between `least_notice` and `most_notice` days before. `partial` allows a call of part of the issue.
    """

    first: date
    last: date
    price: Fraction = Fraction(1)
    on_coupon_dates: bool = False
    least_notice: int = 15
    most_notice: int = 60
    partial: bool = False


@dataclass(frozen=True, slots=True)
class MakeWhole:
    """Before `until` the issuer may call at par or at the present value of what remains, whichever is more, discounted
    at the yield of `benchmark` (a series, noted at the day of the notice's determination) plus `spread`."""

    until: date
    benchmark: str
    spread: Fraction
    least_notice: int = 15
    most_notice: int = 60
