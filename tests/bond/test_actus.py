"""Contract tests of the ACTUS Financial Research Foundation, against what a bond of the same terms pays.

Bullets (PAM), linear (LAM) and negative amortisers (NAM) and annuities (ANN): each event's day, what it pays, and what
is owed after it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.bond.actus import Case, LeftOut, case_of, computed, expected, read_cases

CLOSE = Fraction(1, 10**9)  # of the amount, or of one unit of the currency

# Why a contract is no bond here; every reason of a case left out is one of these.
REASONS = (
    r"attribute \w+",  # one that no bond here has: scaling by an index, another base of interest, fees, period caps
    r"interestCalculationBase \w+",  # interest on another amount than what is owed
    r"dayCountConvention \w+",
    r"calendar \w+",
    r"businessDayConvention \w+",
    r"contractRole \w+",
    r"a cycle of \d+[DW]",  # days and weeks: coupons fall on months
    r"a cycle of \d+[MQHY]",  # no part of a year
    r"principal is repaid on the day of issue",
    r"principal is repaid in other periods than interest",
    r"principal is repaid inside an interest period",
    r"a rate is reset inside an interest period",
    r"a rate is reset to what was observed on another day",
    r"rate resets without \w+",
    r"interest accrued before the status date",
    r"issued on a day that is moved",
    r"a first rate outside lifeFloor and lifeCap",
    r"events observed from outside",  # prepayments, defaults
    r"no maturity(, and a rate that is reset)?",
    r"amortizationDate .*",
    r"terms: first_coupon",  # a first period of two regular ones or more
    r"terms: repayment\.capitalised",  # interest is added to nominal on a day that is no coupon date
    r"terms: rate",  # below zero
)
SILENT = {"RR", "RRF", "PRF", "IPCB", "SC"}  # a rate or an amount is fixed, and nothing paid


def close(ours: Fraction, theirs: Fraction) -> bool:
    return abs(ours - theirs) <= CLOSE * max(abs(theirs), Fraction(1))


def bond_or_reason(raw: Mapping[str, Any]) -> Case | str:
    """The bond of a case, or why there is none."""
    try:
        return case_of(raw)
    except LeftOut as left:
        return str(left)


def test_actus_contracts(vectors: Path) -> None:
    left_out: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for name, raw in read_cases(vectors / "actus"):
        case = bond_or_reason(raw)
        if isinstance(case, str):
            assert any(re.fullmatch(known, case) for known in REASONS), (name, case)
            left_out[f"{raw['terms']['contractType']}: {case}"] += 1
            continue
        ours = computed(case)
        told = set()
        for event in expected(raw):
            if event.kind in SILENT or (event.day == case.terms.issue_date and event.payoff == 0):
                assert event.payoff == 0, (name, event)
                continue
            mine = ours.get((event.kind, event.day))
            assert mine is not None, (name, event)
            assert close(mine.payoff, event.payoff), (name, event, float(mine.payoff))
            if event.kind in ("PR", "IP", "IPCI"):
                assert close(mine.owed, event.owed), (name, event, float(mine.owed))
            told.add((event.kind, event.day))
        assert [event for key, event in ours.items() if key not in told and event.payoff] == [], name
        done[raw["terms"]["contractType"]] += 1
    assert sum(done.values()) > sum(left_out.values()), (done, left_out)
