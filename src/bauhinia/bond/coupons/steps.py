"""Step-up and step-down: a rate that changes on days known from the start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bauhinia.bond.fields import Kinds, a_day, exact, too_fine, wrong_kinds
from bauhinia.bond.impossible import Problem


@dataclass(frozen=True, slots=True)
class RateStep:
    """From the interest period that starts on `first` (unadjusted), or the first after it, the rate is `rate`."""

    first: date
    rate: Fraction


def rate_at(rate: Fraction, steps: Sequence[RateStep], start: date) -> Fraction:
    """The rate of the period that starts on that day; `rate` is that before the first step."""
    for step in steps:
        if step.first > start:
            break
        rate = step.rate
    return rate


_KINDS: Kinds = (("first", *a_day), ("rate", *exact))


def check(step: RateStep) -> Iterator[Problem]:
    """What makes a step impossible, by field."""
    wrong = list(wrong_kinds(step, _KINDS))
    if wrong:
        yield from wrong
        return
    yield from too_fine(step, ("rate",))
    if not 0 <= step.rate <= 1:
        yield Problem("rate", f"{step.rate} is not 0 to 1, which is 100 percent a year")
