"""Treasury floating rate notes: 31 CFR part 356, appendix B, section IV.

All coming interest is projected at one index rate, so that the discount margin alone prices a note. The published
examples round the daily interest, the growth of each period and each term to nine places; without that, or with the
product of the growths rounded instead, the sixth place of some auction's price differs by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.rounding import to_places
from bauhinia.bond.yields import rounded_root

YEAR = 360
PLACES = 9
FURTHEST = 10  # a discount margin of 1,000 percent


class FloatingNote(NamedTuple):
    """A note as an auction prices it. `dates` are the settlement (issue or reopening) and the payments that follow;
    rates are per year; `accrued` is what has accrued per 100 at the settlement, unrounded.
    """

    dates: tuple[date, ...]
    index_rate: Fraction
    spread: Fraction
    floor: Fraction = Fraction(0)
    accrued: Fraction = Fraction(0)


class FloatingPrice(NamedTuple):
    """Per 100: the price and accrued interest together, and apart, each rounded to six places; `unrounded` is the first
    with the nine places it is computed to.
    """

    unrounded: Fraction
    dirty: Fraction
    accrued: Fraction
    clean: Fraction


def index_rate(discount_rate: Fraction, days: int) -> Fraction:
    """The index rate of a 13-week bill's discount rate: its simple money-market yield, as a part of one and to nine
    places of a percent (section IV, definitions).
    """
    price = 1 - discount_rate * days / YEAR
    return to_places(discount_rate / price, PLACES + 2)


def daily_interest(rate: Fraction, spread: Fraction, floor: Fraction = Fraction(0)) -> Fraction:
    """A day's interest per 100, to nine places: index rate and spread, but not less than the floor."""
    return to_places(100 * max(rate + spread, floor) / YEAR, PLACES)


def accrued_interest(days: Sequence[tuple[int, Fraction]]) -> Fraction:
    """Interest per 100 of days with their daily interest (section IV.C), unrounded."""
    return sum((count * each for count, each in days), Fraction(0))


def payments(note: FloatingNote) -> list[Fraction]:
    """The projected interest payments per 100; the first holds what had accrued (section IV.D)."""
    each = daily_interest(note.index_rate, note.spread, note.floor)
    amounts = [(end - start).days * each for start, end in pairwise(note.dates)]
    return [amounts[0] + note.accrued, *amounts[1:]]


def price_from_margin(note: FloatingNote, discount_margin: Fraction) -> FloatingPrice:
    """The price at a discount margin (sections IV.A to IV.E). Impossible at one that discounts by nothing or less."""
    if len(note.dates) < 2:
        raise Impossible("dates", "a note has a settlement and a payment at least")
    amounts = payments(note)
    amounts[-1] += 100
    total, factor = Fraction(0), Fraction(1)
    for (start, end), amount in zip(pairwise(note.dates), amounts, strict=True):
        growth = 1 + (note.index_rate + discount_margin) * (end - start).days / YEAR
        if growth <= 0:
            raise Impossible("discount_margin", f"{discount_margin} loses everything within a period")
        factor *= to_places(growth, PLACES)
        total += to_places(amount / factor, PLACES)
    # the clean price is the unrounded difference, rounded (IV.C), unlike that of a fixed-rate note
    clean = to_places(total - note.accrued, 6)
    return FloatingPrice(total, to_places(total, 6), to_places(note.accrued, 6), clean)


def margin_from_price(note: FloatingNote, clean_price: Fraction, places: int = 5) -> Fraction:
    """The discount margin at a clean price, half up to so many places (5: a thousandth of a percent). Impossible
    where none below 1,000 percent gives the price.
    """
    amounts = payments(note)
    amounts[-1] += 100
    spans = [Fraction((end - start).days, YEAR) for start, end in pairwise(note.dates)]
    least = -note.index_rate - 1 / max(spans)

    def worth(margin: Fraction) -> Fraction:
        total, factor = Fraction(0), Fraction(1)
        for span, amount in zip(spans, amounts, strict=True):
            factor *= 1 + (note.index_rate + margin) * span
            total += amount / factor
        return total

    lowest = max(-FURTHEST, least.__ceil__())
    return rounded_root(worth, clean_price + note.accrued, lowest, FURTHEST, places, "clean_price")
