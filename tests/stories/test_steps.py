"""What steps and declarations mean where a story leaves something to them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from bauhinia.edge.stories import Mistake
from bauhinia.rules.closing import AgencyAccepted
from bauhinia.rules.market import SystemOpened
from bauhinia.rules.observing import Observed
from tests.stories.samples import played, spoilt

ODD = """
[[step]]
do = "close"
bond = "Bond 2028"
proceeds = { "e-HKD" = "Issuer cash" }
allotments = [{ account = "Bank", nominal = "HKD 15,000.00" }]
refused = "MULTIPLE"
"""

FREE = """
[[step]]
do = "trade"
seller = "Bank"
buyer = "Fund"
bond = "Bond 2028"
nominal = "HKD 10,000.00"
settlement_date = 2026-02-05
reference = "FREE"
hold = true
expect.trades = { FREE = "pending BOTH" }

[[step]]
by = "Bank"
do = "release_instruction"
instruction = 3

[step.expect]
sees = { Fund = ["Matched", { is = "Waits", reason = "PREA" }], Bank = [{ is = "Waits", reason = "PRCY", party = "" }] }
cannot_see = { Bank = [{ is = "Waits", reason = "PREA" }] }
"""

FIGURE = """of = "interest"
bond = "Bond 2028"
nominal = "HKD 1,000,000.00"
period = 1
derived = "HKD 36,500.00"
"""
SERIES = """
[[step]]
do = "define_series"
name = "CPI"
sources = ["Issuer", "Bank"]
needed = 2
days_open = 60
"""

TOLD_AT_ONCE = """
[[step]]
do = "observe"
series = "CPI"
sources = ["Issuer", "Bank"]
values = { 2026-02-01 = "273.003", 2026-01-01 = "2.5%", 2025-12-31 = true }
"""


@pytest.mark.parametrize("starts", ["2026-01-31T20:00:00", "2026-02-01T08:00:00", "2026-01-30T09:00:01"])
def test_a_system_opens_on_the_first_day_on_which_it_still_can(starts: str) -> None:
    told = played(spoilt(("2026-02-02T08:00:00", starts)))
    opened = [each.event for each in told.record.happenings if isinstance(each.event, SystemOpened)]
    assert [each.first for each in opened] == [date(2026, 2, 2)]
    assert told.record.status("T-1") == "settled"


def test_the_first_refusal_of_several_commands_counts() -> None:
    told = played(spoilt(('[[step]]\nat = "11:00"', ODD + '\n[[step]]\nat = "11:00"')))
    first, *others = [each.reason for each in told.refusals[:-1]]
    assert first == "MULTIPLE"
    assert set(others) - {first}, "what follows is refused for reasons of its own"


def test_an_agent_that_has_signed_is_not_asked_again_by_a_closing() -> None:
    signs = '[[step]]\nby = "Issuer"\ndo = "authorise_issue"\nasset = "Bond 2028"\nnominal = "HKD 10,000.00"\n'
    signs += 'price = "100"\nproceeds = { "e-HKD" = "Issuer cash" }\n\n'
    signs += '[[step]]\nby = "CMU"\ndo = "accept_agency"\nasset = "Bond 2028"\n\n'
    told = played(spoilt(('[[step]]\nat = "11:00"', signs + '[[step]]\nat = "11:00"')))
    assert sum(isinstance(each.event, AgencyAccepted) for each in told.record.happenings) == 1
    assert told.record.status("T-1") == "settled"


def test_each_side_reads_its_own_reason_and_an_instruction_goes_by_its_number_too() -> None:
    told = played(spoilt(("\n[[expect]]", FREE.replace('["Matched", {', "[{") + "\n[[expect]]")))
    assert told.record.status("FREE") == "pending PREA"
    with pytest.raises(Mistake, match="there was no Matched to see"):
        played(spoilt(("\n[[expect]]", FREE + "\n[[expect]]")))


def one_value(who: str, day: str, value: str) -> str:
    return f'\n[[step]]\nby = "{who}"\ndo = "observe"\nseries = "CPI"\nday = {day}\nvalue = {value}\n'


def test_sources_tell_values_of_a_series_at_once_or_one_by_one() -> None:
    values = (("2026-02-01", '"273.003"'), ("2026-01-01", '"2.5%"'), ("2025-12-31", "true"))
    singly = "".join(one_value(who, day, value) for day, value in values for who in ("Issuer", "Bank"))
    first = '[[step]]\ndo = "trade"\nseller'
    for told_by in (TOLD_AT_ONCE, singly):
        told = played(spoilt((first, SERIES + told_by + "\n" + first)))
        observed = [each.event for each in told.record.happenings if isinstance(each.event, Observed)]
        assert [(each.day, each.value) for each in observed] == [
            (date(2026, 2, 1), Fraction(273_003, 1000)),
            (date(2026, 1, 1), Fraction(1, 40)),
            (date(2025, 12, 31), Fraction(1)),
        ]


MARKETS = (("US_TREASURY", "3.650%"), ("ICMA", "3.650%"), ("JGB_SIMPLE", "3.650%"), ("US Treasury", "3.650%"))


@pytest.mark.parametrize(("market", "rate"), MARKETS)
def test_a_figure_is_worked_out_by_the_market_that_it_names(market: str, rate: str) -> None:
    written = f"""of = "yield"
bond = "Bond 2028"
market = "{market}"
price = "100.00"
settles = 2026-02-04
derived = "{rate}"
"""
    (figure,) = played(spoilt((FIGURE, written))).figures
    assert figure.agrees
