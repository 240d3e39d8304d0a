"""Repayment before maturity: equal parts, equal instalments, a schedule, or a pool's own factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction


class RepaymentKind(IntEnum):
    """What is repaid on the coupon dates. The numbers are written down: they enter canonical bytes."""

    LINEAR = 1  # an equal part of nominal each time
    ANNUITY = 2  # interest and repayment together the same each time
    SCHEDULE = 3  # the parts that the terms list: a sinking fund
    POOL = 4  # what the reported pool factor says
    NEGATIVE = 5  # a given amount each time, interest first; interest beyond it is added to nominal


class Reduction(IntEnum):
    """What a partial repayment does to holdings (ISO 20022 corporate action events)."""

    FACTOR = 1  # PRED: nominal stays, the pool factor falls; the same for each holder
    NOMINAL = 2  # PCAL: nominal falls, pro rata
    LOT = 3  # DRAW: whole denominations, drawn by lot


@dataclass(frozen=True, slots=True)
class Part:
    """On the coupon date `day`, `part` of the original nominal is repaid."""

    day: date
    part: Fraction


@dataclass(frozen=True, slots=True)
class Repayment:
    """How the bond is repaid before maturity; the rest is repaid at maturity.

    LINEAR, ANNUITY and NEGATIVE start on the coupon date `first` (the first one where none is given). `amount` is the
    part of original nominal repaid each time (LINEAR) or paid each time, interest included (ANNUITY, NEGATIVE); zero:
    whatever repays all by maturity. `parts` are for SCHEDULE, `series` (of pool factors, noted at the coupon date from
    which they hold) for POOL.

    Interest of the coupon dates up to `capitalised` is not paid but added to nominal (payment in kind). A bond that
    does only that has a SCHEDULE without parts.
    """

    kind: RepaymentKind
    reduction: Reduction = Reduction.FACTOR
    first: date | None = None
    amount: Fraction = Fraction(0)
    parts: tuple[Part, ...] = ()
    series: str = ""
    capitalised: date | None = None
