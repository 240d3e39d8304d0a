"""What of the hostile market fails: rates in force, two trades that are not delivered, penalties, a buy-in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.ledger.instructions import Side
from bauhinia.ledger.penalties import CashRate, SecuritiesRate, Security
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.buyin import ReportBuyIn, StartBuyIn
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.penalties import AppealPenalty, DecideAppeal
from bauhinia.rules.penalty_rates import ClassifyBond, ExemptPenalties, PublishPenaltyRates
from bauhinia.words.ids import AssetNumber, SystemNumber, TransactionNumber
from tests.rules.deal import Deal
from tests.rules.served import LOT
from tests.support import START, trade

DAY = date(2026, 3, 4)  # the intended one, a day ago
SYSTEM = SystemNumber(1)


def fail(made: Deal, asset: AssetNumber) -> TransactionNumber:
    """The custodian has sold twice what it has not got; matched a day late. The first of the two trades."""
    told, at = made.told, made.at
    provisions = (Provision("settlement.buy_in_days", "1", "house rule"),)
    told.does("operator", PublishRulebook("market", 1, START, "A market", (), provisions))
    told.does("operator", rates(made, 1, START))
    for reference in ("fails", "fails too"):
        for side, own, other in ((Side.DELIVER, "Custodian", "B"), (Side.RECEIVE, "B", "Custodian")):
            order = trade(
                side, asset, LOT, at[own], told.parties[other], DAY, made.token, LOT, at[own], reference,
            )  # fmt: skip
            told.does(own, order)
    return TransactionNumber(told.state.settlement.last_transaction - 1)


def rates(made: Deal, version: int, effective: date) -> PublishPenaltyRates:
    securities = (SecuritiesRate(Security.DEBT, "", Fraction(1, 5)), SecuritiesRate(Security.OTHER, "HKD", Fraction(1)))
    cash = (CashRate("HKD", "fixings", Fraction(1, 20), 365),)
    return PublishPenaltyRates(version, effective, "annex", securities, cash, (("HKD", made.token),))


def appeal(made: Deal, number: TransactionNumber) -> None:
    """One penalty is appealed against, and one trade is being bought in."""
    made.told.does("Custodian", AppealPenalty(made.told.state.penalties.last, "told too late"))
    made.told.does("B", StartBuyIn(number, made.told.parties["A"], Fraction(101)))


def commands(made: Deal, asset: AssetNumber, number: TransactionNumber, today: date) -> Iterator[tuple[str, Any]]:
    """Who gives which command, all of them right."""
    told, at = made.told, made.at
    yield "operator", rates(made, 2, date(2026, 3, 10))
    yield "operator", ClassifyBond(asset, Security.GROWTH, "fixings")
    yield "CMU", ExemptPenalties(SYSTEM, asset, DAY, today, "an outage")
    yield "Custodian", AppealPenalty(1, "told too late")
    yield "operator", DecideAppeal(told.state.penalties.last, True, "so it was")
    yield "B", StartBuyIn(TransactionNumber(number + 1), told.parties["A"], Fraction(101))
    yield "A", ReportBuyIn(number, LOT, Fraction(100), at["A"], at["A"])
