"""What fails cost, as the two sides, an operator and others see it; and how it adds up in a month.

At 100 basis points a day and at par, HKD 5,000.00 that A does not deliver cost 50.00 a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bauhinia.ledger.penalties import Security
from bauhinia.rules.buyin import BoughtIn, BuyInStarted, ReportBuyIn, StartBuyIn
from bauhinia.rules.penalties import AppealPenalty, DecideAppeal, PenaltyComputed
from bauhinia.rules.penalty_months import PenaltiesNetted
from bauhinia.rules.penalty_rates import ClassifyBond, ExemptPenalties
from bauhinia.views import queries
from bauhinia.views.model import Viewer
from bauhinia.views.penalties import PenaltyReport
from bauhinia.words.ids import NO_ASSET, SystemNumber, TransactionNumber
from tests.rules.fails import published
from tests.support import START, seen
from tests.views.agreement import agree
from tests.views.stage import UNIT, Stage, dealers_and_custodians, feed

SYSTEM = SystemNumber(1)
A_DAY = 50_00
TUESDAY, WEDNESDAY = date(2026, 2, 3), date(2026, 2, 4)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Of A's bonds none is left, and it has sold 50 of them to B."""
    stage = dealers_and_custodians(tmp_path)
    told = stage.told
    told.does("operator", *published(stage.hkd, Fraction(100)))
    told.does("operator", ClassifyBond(stage.bond, Security.SOVEREIGN, ""))
    told.mint("HKMA", stage.hkd, stage.accounts["B"], 500 * UNIT)
    left = told.balance(stage.accounts["A"], stage.bond)
    stage.trade("A", "client", left)
    stage.trade("A", "B", 50 * UNIT, 49 * UNIT, reference="sold")
    yield stage
    stage.views.close()


def report(stage: Stage, who: str, month: date | None = None) -> PenaltyReport:
    stage.project()
    return queries.penalties(stage.views, stage.viewer(who), month)


def test_each_side_sees_its_penalties_in_its_own_words(stage: Stage) -> None:
    stage.told.until(TUESDAY)
    a, b = stage.accounts["A"], stage.accounts["B"]
    for who, accounts, pays in (("A", (a, 0), True), ("B", (0, b), False), ("operator", (a, b), None)):
        (line,) = report(stage, who).penalties
        assert (line.payer_account, line.payee_account, line.pays) == (*accounts, pays), who
        assert (line.payer_name, line.payee_name, line.status, line.reason) == ("A", "B", "OPEN", "LACK")
        assert (line.kind, line.day, line.amount.text, line.quantity.text) == (
            "SEFP", START, "HKD 50.00", "HKD 5,000.00",
        )  # fmt: skip
        told = [each.fields for each in feed(stage.views, stage.viewer(who)) if each.kind == PenaltyComputed.__name__]
        assert [(each["payer_account"], each["payee_account"]) for each in told] == [accounts]
    for who in ("C1", "other", "issuer", "stranger"):
        assert report(stage, who).penalties == ()
    agree(stage.views, stage.told.state)


def test_a_month_adds_up_to_what_is_paid(stage: Stage) -> None:
    told = stage.told
    told.until(date(2026, 2, 6))
    told.does("operator", ExemptPenalties(SYSTEM, stage.bond, TUESDAY, TUESDAY, "an outage"))
    told.does("A", AppealPenalty(3, "not ours"))
    assert [each.status for each in report(stage, "A").penalties] == ["OPEN", "REMOVED", "APPEALED", "OPEN"]
    told.does("operator", DecideAppeal(3, True, "so it is"))
    told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, date(2026, 2, 6), date(2026, 12, 31), "enough"))
    found = report(stage, "A")
    assert [(each.status, each.why) for each in found.penalties] == [
        ("OPEN", ""), ("REMOVED", "an outage"), ("REMOVED", "so it is"), ("OPEN", ""),
    ]  # fmt: skip
    assert [(each.pays.text, each.gets.text, each.net.text) for each in found.sums] == [
        ("HKD 100.00", "HKD 0.00", "HKD -100.00")
    ]
    assert report(stage, "B").sums[0].net.units == 2 * A_DAY
    told.mint("HKMA", stage.hkd, stage.accounts["A"], 2 * A_DAY)
    told.until(date(2026, 3, 19), 19 * 60)
    for who in ("A", "B", "operator"):
        (net,) = report(stage, who, WEDNESDAY).nets
        assert (net.payer_name, net.payee_name, net.amount.units, net.status) == ("A", "B", 2 * A_DAY, "NETTED")
    assert report(stage, "C1", WEDNESDAY).nets == ()
    assert report(stage, "A").penalties == ()  # of March
    told.until(date(2026, 3, 25))
    (net,) = report(stage, "A", WEDNESDAY).nets
    assert net.status == "SETTLED"
    assert [each.status for each in report(stage, "A", WEDNESDAY).penalties] == [
        "NETTED", "REMOVED", "REMOVED", "NETTED",
    ]  # fmt: skip
    (entry,) = [
        each
        for each in queries.entries(stage.views, stage.viewer("B"), stage.accounts["B"])
        if each.transaction == net.transaction
    ]
    assert (entry.kind, entry.change.units) == ("PENALTY", 2 * A_DAY)
    assert [each for each in seen(told, "A") if isinstance(each, PenaltiesNetted)]
    agree(stage.views, told.state)


def test_rates_classes_and_exemptions_are_public(stage: Stage) -> None:
    stage.told.does("operator", ExemptPenalties(SYSTEM, NO_ASSET, TUESDAY, WEDNESDAY, "an outage"))
    stage.project()
    found = queries.penalty_rates(stage.views, Viewer())
    assert [(each.what, each.currency, each.rate) for each in found.rates] == [
        ("SOVEREIGN", "", "100 bp"), ("CASH", "HKD", "3.6% / 360"),
    ]  # fmt: skip
    assert [(each.asset, each.security) for each in found.bonds] == [(stage.bond, "SOVEREIGN")]
    assert [(each.isin, each.first, each.last, each.why) for each in found.exemptions] == [
        ("", TUESDAY, WEDNESDAY, "an outage")
    ]


def test_a_buy_in_as_its_parties_know_it(stage: Stage) -> None:
    told = stage.told
    told.does("operator", *published(stage.hkd, Fraction(100), version=0, buy_in_days=1))
    told.until(TUESDAY)
    number = TransactionNumber(told.state.settlement.last_transaction)
    told.does("B", StartBuyIn(number, told.parties["client"], Fraction(110)))
    stage.project()
    for who, most in (("B", "110"), ("client", "110"), ("operator", "110"), ("A", "")):
        (line,) = queries.buy_ins(stage.views, stage.viewer(who))
        assert (line.transaction, line.status, line.limit_price) == (number, "STARTED", most), who
        (told_of,) = [each for each in feed(stage.views, stage.viewer(who)) if each.kind == BuyInStarted.__name__]
        assert told_of.fields["limit_price"] == (most or "0"), who
    assert queries.buy_ins(stage.views, stage.viewer("other")) == ()
    account = stage.accounts["client"]
    told.does("client", ReportBuyIn(number, 30 * UNIT, Fraction(100), account, account))
    stage.project()
    # 30 of 50 cost 2,940.00 of the trade's 4,900.00; at par 3,000.00
    for who, difference, cost in (("A", 60_00, 30 * UNIT), ("B", 60_00, 30 * UNIT), ("client", 0, 0)):
        (line,) = queries.buy_ins(stage.views, stage.viewer(who))
        assert (line.status, line.difference.units, line.cost.units) == ("BOUGHT", difference, cost), who
        rest = [each for each in feed(stage.views, stage.viewer(who)) if each.kind == BoughtIn.__name__]
        assert len(rest) == (0 if who == "client" else 1), who
    agree(stage.views, told.state)
