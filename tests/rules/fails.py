"""A market in which trades fail: a bond with a reference price, rates in force, two dealers and one that has bonds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.ledger.assets import MoneyKind
from bauhinia.ledger.instructions import Side
from bauhinia.ledger.parties import Role
from bauhinia.ledger.penalties import CashRate, SecuritiesRate, Security
from bauhinia.ledger.rulebooks import Provision
from bauhinia.rules.market import PublishRulebook
from bauhinia.rules.observing import DefineSeries, Observe
from bauhinia.rules.penalties import PenaltyComputed
from bauhinia.rules.penalty_rates import ClassifyBond, PublishPenaltyRates
from bauhinia.words.ids import AccountNumber, AssetNumber, SystemNumber
from tests.support import START, Seed, Told, issued, market, trade

MILLION = 100_000_000  # in cents
SYSTEM = SystemNumber(1)
RATES = (  # Delegated Regulation (EU) 2017/389, annex, points 4 to 7
    SecuritiesRate(Security.SOVEREIGN, "", Fraction(10, 100)),
    SecuritiesRate(Security.DEBT, "", Fraction(20, 100)),
    SecuritiesRate(Security.GROWTH, "", Fraction(15, 100)),
    SecuritiesRate(Security.OTHER, "", Fraction(50, 100)),
)


@dataclass
class Desk:
    """A sells to B. C has the bonds, of which the series `price` tells 98.50. Everything moves in one system."""

    told: Told
    asset: AssetNumber
    hkd: AssetNumber
    at: dict[str, AccountNumber]
    trades: int = 0

    def __post_init__(self) -> None:
        self.seed = Seed(self.told)

    @property
    def today(self) -> date:
        return self.told.state.days.systems[SYSTEM].date

    def order(self, side: Side, own: str, other: str, quantity: int, amount: int, day: date, **more: Any) -> Any:
        at = self.at[own]
        return trade(
            side, self.asset, quantity, at, self.told.parties[other], day, self.hkd if amount else 0, amount,
            at if amount else 0, f"{own}{self.trades}{side.name}", **more,
        )  # fmt: skip

    def sells(
        self,
        quantity: int,
        amount: int = 0,
        day: date = START,
        sides: tuple[str, str] = ("A", "B"),
        seller: dict[str, Any] | None = None,
        buyer: dict[str, Any] | None = None,
        first: Side = Side.DELIVER,
    ) -> list[Any]:
        """Both sides instruct, `first` before the other; the events."""
        self.trades += 1
        orders = [
            (sides[0], self.order(Side.DELIVER, *sides, quantity, amount, day, **(seller or {}))),
            (sides[1], self.order(Side.RECEIVE, *sides[::-1], quantity, amount, day, **(buyer or {}))),
        ]
        if first is Side.RECEIVE:
            orders.reverse()
        return [event for who, order in orders for event in self.told.does(who, order)]

    def until(self, day: date, minute: int = 10 * 60) -> list[PenaltyComputed]:
        """The penalties computed on the way."""
        return [event for event in self.told.until(day, minute) if isinstance(event, PenaltyComputed)]


def desk(
    *, rates: bool = True, rulebook: tuple[tuple[str, str], ...] = (), securities: tuple[SecuritiesRate, ...] = RATES
) -> Desk:
    told = market()
    told.party("HKMA", Role.CENTRAL_BANK)
    told.party("Government", Role.ISSUER)
    told.party("CMU", Role.CSD)
    at = {}
    for name in ("A", "B", "C", "D"):
        told.party(name, Role.DEALER)
        at[name] = told.account(name)
    hkd = told.money("HKMA", "HKD.T", "HKD", MoneyKind.CENTRAL_BANK_TOKEN)
    asset = issued(told, "Government", (at["C"], 90 * 100 * MILLION))
    told.does("operator", DefineSeries("price", (told.parties["CMU"],), 1, 30))
    told.does("operator", DefineSeries("overnight", (told.parties["HKMA"],), 1, 30))
    told.does("CMU", Observe("price", START, Fraction(9850, 100)))
    told.does("operator", ClassifyBond(asset, Security.SOVEREIGN, "price"))
    if rates:
        cash = (CashRate("HKD", "overnight", Fraction(525, 10_000), 360),)
        told.does("operator", PublishPenaltyRates(1, START, "annex", securities, cash, (("HKD", hkd),)))
    if rulebook:
        provisions = tuple(Provision(name, value, "a test") for name, value in rulebook)
        told.does("operator", PublishRulebook("market", 1, date(2020, 1, 1), "A market", (), provisions))
    return Desk(told, asset, hkd, at)


def published(money: AssetNumber, points: Fraction, version: int = 1, buy_in_days: int = 0) -> list[Any]:
    """Commands: rates of so many basis points for sovereign debt alone, in one money; a market that has buy-ins."""
    securities = (SecuritiesRate(Security.SOVEREIGN, "", points),)
    cash = (CashRate("HKD", "", Fraction(36, 1000), 360),)
    found: list[Any] = []
    if version:
        found.append(PublishPenaltyRates(version, START, "a test", securities, cash, (("HKD", money),)))
    if buy_in_days:
        provisions = (Provision("settlement.buy_in_days", str(buy_in_days), "a test"),)
        found.append(PublishRulebook("market", 1, START, "A market", (), provisions))
    return found
