"""Rounding, always by name."""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction
from math import ceil, floor
from typing import assert_never


class Rounding(IntEnum):
    """How a number between two is brought to one of them. The numbers are written down: they enter canonical bytes."""

    HALF_UP = 1  # to the nearest, a half upwards (towards plus infinity)
    HALF_EVEN = 2  # to the nearest, a half to the even one
    DOWN = 3  # to the lower
    UP = 4  # to the higher


def whole(value: Fraction, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The whole number that `value` is rounded to."""
    match rounding:
        case Rounding.HALF_UP:
            return (2 * value.numerator + value.denominator) // (2 * value.denominator)
        case Rounding.HALF_EVEN:
            return round(value)
        case Rounding.DOWN:
            return floor(value)
        case Rounding.UP:
            return ceil(value)
        case _:
            assert_never(rounding)


def to_places(value: Fraction, places: int, rounding: Rounding = Rounding.HALF_UP) -> Fraction:
    """`value` with so many decimal places, as prices and yields are quoted."""
    scale = 10**places
    return Fraction(whole(value * scale, rounding), scale)
