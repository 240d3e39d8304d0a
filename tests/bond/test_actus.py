"""Contract tests of the ACTUS Financial Research Foundation, against what a bond of the same terms pays.

Bullets (PAM), linear (LAM) and negative amortisers (NAM) and annuities (ANN): each event's day, what it pays, and what
is owed after it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from tests.bond.actus import KINDS, Case, case_of, computed, expected, read_cases
from tests.vectors import LeftOut, Row, Tally, tally

CLOSE = Fraction(1, 10**9)  # of the amount, or of one unit of the currency

# Why a contract is no bond here; the reason of a case left out is one of these, and what that means.
REASONS = {
    r"attribute \w+": "no bond here has it: scaling by an index, another base of interest, fees, caps of a period",
    r"interestCalculationBase \w+": "interest is on what is owed, and on no other amount",
    r"dayCountConvention \w+": "no day count of that name is known",
    r"calendar \w+": "not a calendar of weekdays",
    r"businessDayConvention \w+": "no convention of that name is known",
    r"contractRole \w+": "neither the buyer nor the seller of a bond",
    r"a cycle of \d+[DW]": "coupons fall on months",
    r"a cycle of \d+[MQHY]": "it is no part of a year",
    r"principal is repaid on the day of issue": "a bond is first repaid on a coupon date after it",
    r"principal is repaid in other periods than interest": "a bond is repaid on coupon dates",
    r"principal is repaid inside an interest period": "a bond is repaid on coupon dates",
    r"a rate is reset inside an interest period": "a period here has one rate",
    r"a rate is reset to what was observed on another day": "no lag of days that the case gives leads there",
    r"a rate below zero, which no holder pays": "a holder here is paid nothing; there it pays",
    r"rate resets without \w+": "without it nothing says what the rate is",
    r"interest accrued before the status date": "a bond accrues from its issue date",
    r"issued on a day that is moved": "an issue date is given, and never moved",
    r"a first rate outside lifeFloor and lifeCap": "floor and cap hold for the first rate too",
    r"events observed from outside": "prepayments and defaults are no terms",
    r"no maturity(, and a rate that is reset)?": "it cannot be worked out of the terms alone",
    r"amortizationDate .*": "its instalment is not that of the terms",
    r"terms: first_coupon": "a first period of two regular ones or more",
    r"terms: repayment\.capitalised": "interest is added to nominal on a day that is no coupon date",
    r"terms: rate": "below zero",
}
SILENT = {"RR", "RRF", "PRF", "IPCB", "SC"}  # a rate or an amount is fixed, and nothing paid


def close(ours: Fraction, theirs: Fraction) -> bool:
    return abs(ours - theirs) <= CLOSE * max(abs(theirs), Fraction(1))


@cache
def contracts(vectors: Path, kind: str) -> Tally:
    name = f"actus/actus-tests-{kind}.json"
    return tally(name, read_cases(vectors, name), contract)


@pytest.mark.parametrize("kind", KINDS)
def test_actus_contracts(vectors: Path, kind: str) -> None:
    contracts(vectors, kind).settle()


def bond_of(raw: Row) -> Case:
    """The bond of a case. LeftOut, for a known reason, where there is none."""
    try:
        return case_of(raw)
    except LeftOut as left:
        for known, means in REASONS.items():
            if re.fullmatch(known, str(left)):
                raise LeftOut(f"{left}: {means}") from left
        raise ValueError(f"left out for no known reason: {left}") from left


def contract(raw: Row) -> None:
    """What the case tells, and nothing else, is paid."""
    case = bond_of(raw)
    ours = computed(case)
    told = set()
    for event in expected(raw):
        if event.kind in SILENT or (event.day == case.terms.issue_date and event.payoff == 0):
            assert event.payoff == 0, event
            continue
        mine = ours.get((event.kind, event.day))
        assert mine is not None, event
        assert close(mine.payoff, event.payoff), (event, float(mine.payoff))
        if event.kind in ("PR", "IP", "IPCI"):
            assert close(mine.owed, event.owed), (event, float(mine.owed))
        told.add((event.kind, event.day))
    assert [event for key, event in ours.items() if key not in told and event.payoff] == []
