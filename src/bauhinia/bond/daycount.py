"""How the days between two dates become a part of a year: the table of conventions."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import assert_never

from bauhinia.bond.daycounts import (
    act_360,
    act_365_fixed,
    act_act_icma,
    act_act_isda,
    thirty_360,
    thirty_e_360,
)
from bauhinia.bond.daycounts.reference import Reference
from bauhinia.bond.impossible import Impossible


class DayCount(IntEnum):
    """A day count. The numbers are written down, appended and never reused: they enter canonical bytes."""

    ACT_365_FIXED = 1
    ACT_360 = 2
    THIRTY_360 = 3
    THIRTY_E_360 = 4
    ACT_ACT_ISDA = 5
    ACT_ACT_ICMA = 6

    @property
    def label(self) -> str:
        """The name term sheets give it."""
        return NAMES[self][0]

    @property
    def clause(self) -> str:
        """The clause that defines it."""
        return NAMES[self][1]

    @classmethod
    def labelled(cls, label: str) -> DayCount:
        """The convention of that name. Impossible where there is none."""
        for member in cls:
            if member.label == label:
                return member
        raise Impossible("day_count", f"{label!r} is none of {', '.join(member.label for member in cls)}")


NAMES = {
    DayCount.ACT_365_FIXED: ("Act/365F", "2006 ISDA Definitions 4.16(d)"),
    DayCount.ACT_360: ("Act/360", "2006 ISDA Definitions 4.16(e)"),
    DayCount.THIRTY_360: ("30/360", "2006 ISDA Definitions 4.16(f), Bond Basis"),
    DayCount.THIRTY_E_360: ("30E/360", "2006 ISDA Definitions 4.16(g), Eurobond Basis"),
    DayCount.ACT_ACT_ISDA: ("Act/Act ISDA", "2006 ISDA Definitions 4.16(b)"),
    DayCount.ACT_ACT_ICMA: ("Act/Act ICMA", "ICMA Rule 251; 2006 ISDA Definitions 4.16(c)"),
}


def year_fraction(convention: DayCount, start: date, end: date, reference: Reference | None = None) -> Fraction:
    """The part of a year from and including `start` to but excluding `end`, exactly.

    `reference` is for the conventions that look at the coupon periods (Act/Act ICMA). Impossible where the dates run
    backwards or a reference is lacking.
    """
    if end < start:
        raise Impossible("end", f"{end} is before {start}")
    match convention:
        case DayCount.ACT_365_FIXED:
            return act_365_fixed.year_fraction(start, end)
        case DayCount.ACT_360:
            return act_360.year_fraction(start, end)
        case DayCount.THIRTY_360:
            return thirty_360.year_fraction(start, end)
        case DayCount.THIRTY_E_360:
            return thirty_e_360.year_fraction(start, end)
        case DayCount.ACT_ACT_ISDA:
            return act_act_isda.year_fraction(start, end)
        case DayCount.ACT_ACT_ICMA:
            if reference is None:
                raise Impossible("reference", "Act/Act ICMA counts within coupon periods, and none is given")
            return act_act_icma.year_fraction(start, end, reference)
        case _:
            assert_never(convention)
