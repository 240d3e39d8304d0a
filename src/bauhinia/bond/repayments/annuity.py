"""Level instalments: the amount that, paid each time, repays all with interest."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def level(interest: Sequence[Fraction]) -> Fraction:
    """What is paid each time, as a part of what is owed at the start; `interest` is that of each period to come, as a
    part of what is owed in it.

    Exactly 1 / (1/(1+i1) + 1/((1+i1)(1+i2)) + ...): the annuity of unequal periods, reckoned backwards over one
    denominator.
    """
    base = lcm(*(part.denominator for part in interest))
    worth, scale = 0, 1  # of one unit paid at the end of each period from here on: worth / scale
    for part in reversed(interest):
        worth, scale = (worth + scale) * base, scale * (base + part.numerator * (base // part.denominator))
    return Fraction(scale, worth)
