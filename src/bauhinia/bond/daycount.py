"""How the days between two dates become a part of a year: the table of conventions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.daycounts import (
    act_360,
    act_364,
    act_365_25,
    act_365_actual,
    act_365_canadian,
    act_365_fixed,
    act_365_leap,
    act_366,
    act_act_afb,
    act_act_icma,
    act_act_isda,
    act_act_year,
    business_252,
    nl_360,
    nl_365,
    one_one,
    simple,
    thirty_360,
    thirty_360_italian,
    thirty_360_nasd,
    thirty_360_psa,
    thirty_365,
    thirty_actual,
    thirty_e2_360,
    thirty_e3_360,
    thirty_e_360,
    thirty_e_360_isda,
    thirty_e_365,
    thirty_e_plus_360,
    thirty_u_360,
    thirty_u_360_eom,
    twenty_eight_e_336,
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
    ONE_ONE = 7
    THIRTY_E_360_ISDA = 8
    ACT_365_LEAP = 9
    ACT_ACT_AFB = 10
    ACT_ACT_YEAR = 11
    ACT_365_ACTUAL = 12
    ACT_365_CANADIAN = 13
    ACT_365_25 = 14
    ACT_366 = 15
    ACT_364 = 16
    NL_365 = 17
    NL_360 = 18
    BUSINESS_252 = 19
    THIRTY_U_360 = 20
    THIRTY_U_360_EOM = 21
    THIRTY_360_PSA = 22
    THIRTY_360_NASD = 23
    THIRTY_360_ITALIAN = 24
    THIRTY_E_PLUS_360 = 25
    THIRTY_E2_360 = 26
    THIRTY_E3_360 = 27
    THIRTY_365 = 28
    THIRTY_E_365 = 29
    THIRTY_ACTUAL = 30
    TWENTY_EIGHT_E_336 = 31
    SIMPLE = 32

    @property
    def label(self) -> str:
        """The name term sheets give it."""
        return CONVENTIONS[self].label

    @property
    def clause(self) -> str:
        """The clause that defines it."""
        return CONVENTIONS[self].clause

    @classmethod
    def labelled(cls, label: str) -> DayCount:
        """The convention of that name, whichever of its names; capitals, spaces and signs do not matter.

        Impossible where there is none. A name that could mean several conventions ("Act/Act") is none.
        """
        found = _BY_NAME.get(_plainly(label))
        if found is None:
            raise Impossible("day_count", f"{label!r} is none of {', '.join(member.label for member in cls)}")
        return found


class Convention(NamedTuple):
    """One day count: its name, the clause that defines it, its function, and the other names that it goes by.

    `needs` says what the function reads beside the two dates; where it is empty, the function takes the dates alone.
    """

    label: str
    clause: str
    rule: Callable[..., Fraction]
    also: tuple[str, ...] = ()
    needs: str = ""


_ISDA = "2006 ISDA Definitions 4.16"
_ISO = "ISO 20022 interest computation method"
_PERIODS = "the regular periods"

# The names are those of ISDA (written out, and as FpML, CDM and the ICMA Bond Data Taxonomy have them), ISO 20022 (A001
# and so on), ACTUS, QuantLib and Strata.
CONVENTIONS: dict[DayCount, Convention] = {
    DayCount.ACT_365_FIXED: Convention(
        "Act/365F",
        f"{_ISDA}(d)",
        act_365_fixed.year_fraction,
        ("Actual/365 (Fixed)", "ACT/365.FIXED", "ACT_365_FIXED", "ACT/365", "A005", "A365"),
    ),
    DayCount.ACT_360: Convention("Act/360", f"{_ISDA}(e)", act_360.year_fraction, ("Actual/360", "A004", "A360")),
    DayCount.THIRTY_360: Convention(
        "30/360",
        f"{_ISDA}(f), Bond Basis",
        thirty_360.year_fraction,
        ("Bond Basis", "30/360 (Bond Basis)", "360/360", "30A/360", "30/360 ISDA", "30/360 (ISMA)", "A001"),
    ),
    DayCount.THIRTY_E_360: Convention(
        "30E/360",
        f"{_ISDA}(g), Eurobond Basis",
        thirty_e_360.year_fraction,
        ("Eurobond Basis", "30E/360 (Eurobond Basis)", "30/360 ICMA", "30S/360", "A011", "30E360"),
    ),
    DayCount.ACT_ACT_ISDA: Convention(
        "Act/Act ISDA",
        f"{_ISDA}(b)",
        act_act_isda.year_fraction,
        ("Actual/Actual (ISDA)", "ACT/ACT.ISDA", "ISDA_ACT/ACT", "Actual/Actual (Historical)", "A008", "AA"),
    ),
    DayCount.ACT_ACT_ICMA: Convention(
        "Act/Act ICMA",
        f"ICMA Rule 251; {_ISDA}(c)",
        act_act_icma.year_fraction,
        (
            "Actual/Actual (ICMA)",
            "ACT/ACT.ICMA",
            "ICMA_ACT/ACT",
            "Actual/Actual (ISMA)",
            "ACT/ACT.ISMA",
            "Actual/Actual (Bond)",
            "A006",
        ),
        _PERIODS,
    ),
    DayCount.ONE_ONE: Convention("1/1", f"{_ISDA}(a)", one_one.year_fraction, ("_1_1", "A020", "OneOne")),
    DayCount.THIRTY_E_360_ISDA: Convention(
        "30E/360 ISDA",
        f"{_ISDA}(h)",
        thirty_e_360_isda.year_fraction,
        ("30E/360.ISDA", "_30E_360_ISDA", "30/360 German", "A007", "30E360ISDA"),
        "the termination date",
    ),
    DayCount.ACT_365_LEAP: Convention(
        "Act/365L",
        f"{_ISDA}(i); ICMA Rule 251.1(i)",
        act_365_leap.year_fraction,
        ("Actual/365L", "ACT_365L", "ISMA-Year", "Act/365 Leap year", "A009"),
        "the interest period and its frequency",
    ),
    DayCount.ACT_ACT_AFB: Convention(
        "Act/Act AFB",
        "AFB/FBF master agreement, exact/exact",
        act_act_afb.year_fraction,
        ("Actual/Actual (AFB)", "ACT/ACT.AFB", "Actual/Actual (FBF)", "Actual/Actual (Euro)", "A010"),
    ),
    DayCount.ACT_ACT_YEAR: Convention("Act/Act Year", "Strata", act_act_year.year_fraction, ("Actual/Actual Year",)),
    DayCount.ACT_365_ACTUAL: Convention(
        "Act/365A", "Strata", act_365_actual.year_fraction, ("Act/365 Actual", "Actual/365 (Actual)")
    ),
    DayCount.ACT_365_CANADIAN: Convention(
        "Act/365 Canadian",
        "IIAC, Canadian Conventions in Fixed Income Markets",
        act_365_canadian.year_fraction,
        ("Actual/365 (Canadian Bond)", "Actual/365 (Fixed) Canadian Bond", "Act/365 Canadian bond"),
        _PERIODS,
    ),
    DayCount.ACT_365_25: Convention("Act/365.25", "QuantLib, Strata", act_365_25.year_fraction, ("Actual/365.25",)),
    DayCount.ACT_366: Convention("Act/366", "QuantLib", act_366.year_fraction, ("Actual/366",)),
    DayCount.ACT_364: Convention(
        "Act/364", f"{_ISO} A017; FIX CouponDayCount 17", act_364.year_fraction, ("Actual/364", "A017")
    ),
    DayCount.NL_365: Convention(
        "NL/365",
        f"{_ISO} A014; FIX CouponDayCount 15",
        nl_365.year_fraction,
        ("Actual/365 (No Leap)", "Act/365 NL", "Act/365 No Leap Year", "NL365", "A014"),
    ),
    DayCount.NL_360: Convention(
        "NL/360",
        f"{_ISO} A019; FIX CouponDayCount 16",
        nl_360.year_fraction,
        ("Actual/360 (No Leap)", "Act/360 NL", "NL360", "A019"),
    ),
    DayCount.BUSINESS_252: Convention(
        "Bus/252",
        f"ANBIMA; {_ISO} A018",
        business_252.year_fraction,
        ("Business/252", "BUS_252", "BD/252", "A018"),
        "the calendars",
    ),
    DayCount.THIRTY_U_360: Convention(
        "30U/360",
        "SIA Standard Securities Calculation Methods",
        thirty_u_360.year_fraction,
        ("30/360 US", "30/360 SIA"),
        "whether coupons fall at the end of the month",
    ),
    DayCount.THIRTY_U_360_EOM: Convention(
        "30U/360 EOM",
        "SIA Standard Securities Calculation Methods; FIX CouponDayCount 2",
        thirty_u_360_eom.year_fraction,
        ("30/360 US EOM",),
    ),
    DayCount.THIRTY_360_PSA: Convention(
        "30/360 PSA", "PSA; FIX CouponDayCount 3", thirty_360_psa.year_fraction, ("30/360M", "30M/360", "30/360 BMA")
    ),
    DayCount.THIRTY_360_NASD: Convention("30/360 NASD", "NASD Uniform Practice Code", thirty_360_nasd.year_fraction),
    DayCount.THIRTY_360_ITALIAN: Convention("30/360 Italian", "QuantLib", thirty_360_italian.year_fraction),
    DayCount.THIRTY_E_PLUS_360: Convention(
        "30E+/360", f"{_ISO} A016; FIX CouponDayCount 13", thirty_e_plus_360.year_fraction, ("A016",)
    ),
    DayCount.THIRTY_E2_360: Convention(
        "30E2/360",
        f"{_ISO} A012",
        thirty_e2_360.year_fraction,
        ("Eurobond basis model 2", "A012"),
        "the interest period",
    ),
    DayCount.THIRTY_E3_360: Convention(
        "30E3/360", f"{_ISO} A013", thirty_e3_360.year_fraction, ("Eurobond basis model 3", "A013")
    ),
    DayCount.THIRTY_365: Convention("30/365", f"{_ISO} A002", thirty_365.year_fraction, ("A002",)),
    DayCount.THIRTY_E_365: Convention("30E/365", "Strata", thirty_e_365.year_fraction),
    DayCount.THIRTY_ACTUAL: Convention(
        "30/Act", f"{_ISO} A003", thirty_actual.year_fraction, ("30/Actual", "A003"), _PERIODS
    ),
    DayCount.TWENTY_EIGHT_E_336: Convention("28E/336", "ACTUS", twenty_eight_e_336.year_fraction, ("28E336",)),
    DayCount.SIMPLE: Convention("Simple", "QuantLib", simple.year_fraction),
}

_RULES = {member: (convention.rule, convention.needs) for member, convention in CONVENTIONS.items()}


def year_fraction(convention: DayCount, start: date, end: date, reference: Reference | None = None) -> Fraction:
    """The part of a year from and including `start` to but excluding `end`, exactly.

    From a day to itself it is none, also by a clause that would count that day (1/1, or those that take the last of
    February for the 30th at one end alone).

    `reference` is for the conventions that look at more than the dates (`Convention.needs`). Impossible where the dates
    run backwards, or a reference is lacking or does not hold what the convention needs.
    """
    if end <= start:
        if end < start:
            raise Impossible("end", f"{end} is before {start}")
        return Fraction(0)
    rule, needs = _RULES[convention]
    if not needs:
        return rule(start, end)
    if reference is None:
        raise Impossible("reference", f"{convention.label} needs {needs}, and none is given")
    return rule(start, end, reference)


def _plainly(name: str) -> str:
    """A name without what writers of it vary: capitals, spaces, signs, and "actual" for "act"."""
    letters = "".join(sign for sign in name.casefold() if sign.isalnum() or sign == "+")
    return letters.replace("actual", "act").replace("business", "bus")


_BY_NAME = {
    _plainly(name): member
    for member, convention in CONVENTIONS.items()
    for name in (convention.label, *convention.also)
}
