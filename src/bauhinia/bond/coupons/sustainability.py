"""Sustainability-linked steps: a margin that is paid unless a signed report says that a target was met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bauhinia.bond.fields import Kinds, a_day, exact, too_fine, unnamed, wrong_kinds
from bauhinia.bond.impossible import Problem
from bauhinia.bond.known import Known, Need, is_told, value_of

MET, MISSED = Fraction(1), Fraction(0)


@dataclass(frozen=True, slots=True)
class SustainabilityStep:
    """From the period that starts on `first` or next after it, `margin` is added to the rate (taken off where it is
    negative), unless the report `target`, as of `observed`, says that the target was met. No report is a target missed
    (ICMA Sustainability-Linked Bond Principles, component 4): `until` is the last day on which one counts.
    """

    target: str  # the series of its report
    observed: date
    until: date
    first: date
    margin: Fraction


def needs(steps: Sequence[SustainabilityStep], start: date) -> tuple[Need, ...]:
    """The reports that the period starting on that day hangs on, each once."""
    return tuple(dict.fromkeys(Need(step.target, step.observed) for step in steps if step.first <= start))


def margin_at(steps: Sequence[SustainabilityStep], start: date, known: Known) -> Fraction:
    """What is added to the rate of the period that starts on that day. NotKnown while a report is awaited: one that
    never came is a target missed once `lapsed` says so.
    """
    due = (step for step in steps if step.first <= start)
    missed = (step.margin for step in due if value_of(known, step.target, step.observed) != MET)
    return sum(missed, Fraction(0))


def lapsed(steps: Sequence[SustainabilityStep], known: Known, today: date) -> dict[str, dict[date, Fraction]]:
    """What is known, and that each target was missed whose report had not come by its last day, now past."""
    found = {series: dict(values) for series, values in known.items()}
    for step in steps:
        if step.until < today and not is_told(known, Need(step.target, step.observed)):
            found.setdefault(step.target, {})[step.observed] = MISSED
    return found


_KINDS: Kinds = (
    ("target", (str,), "a name"),
    ("observed", *a_day),
    ("until", *a_day),
    ("first", *a_day),
    ("margin", *exact),
)


def check(step: SustainabilityStep) -> Iterator[Problem]:
    """What makes a step impossible, by field."""
    wrong = list(wrong_kinds(step, _KINDS))
    if wrong:
        yield from wrong
        return
    yield from unnamed("target", step.target)
    yield from too_fine(step, ("margin",))
    if step.observed > step.first:
        yield Problem("observed", f"{step.observed} is after the step, {step.first}")
    elif not step.observed <= step.until <= step.first:
        yield Problem("until", f"{step.until} is not from {step.observed} to the step, {step.first}")
    if step.margin == 0 or abs(step.margin) > 1:
        yield Problem("margin", f"{step.margin} is zero or beyond 1, which is 100 percent a year")
