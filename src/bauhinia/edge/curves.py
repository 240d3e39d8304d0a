"""A curve of discount factors from the prices of bonds, by QuantLib: the extra `curves`.

What each bond pays, and when, is ours, exactly; QuantLib finds the factors at which every one is worth its price, in
floats. Between two points the logarithm of the factor is straight in days, as `bond.risk.discount_factor_at` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.risk import CurvePoint, DatedFlow
from bauhinia.bond.rounding import to_places
from bauhinia.wire.curves import PLACES, Curve

EXTRA = "a curve is built with QuantLib, which is not installed: pip install bauhinia[curves]"


class NoQuantLib(Exception):
    """The extra is not installed; the sentence says how it is."""

    def __init__(self) -> None:
        super().__init__(EXTRA)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A bond of the curve: what it is called, what it still pays per 100 outstanding, and its dirty price."""

    name: str
    flows: tuple[DatedFlow, ...]
    dirty_price: Fraction

    @property
    def last(self) -> date:
        return self.flows[-1].day


def bootstrap(settlement_date: date, instruments: Sequence[Instrument]) -> Curve:
    """The curve on which each of these is worth its price: a point on each one's last payment.

    Impossible where two end on one day, or no curve gives the prices; NoQuantLib without the extra.
    """
    ql = _quantlib()
    by_end: dict[date, str] = {}
    for each in sorted(instruments, key=lambda one: one.last):
        if each.last in by_end:
            raise Impossible(each.name, f"pays last on {each.last}, as {by_end[each.last]} does: a curve takes one")
        by_end[each.last] = each.name
    if not by_end:
        raise Impossible("curve", "it is built from a bond at least")
    start = _day(ql, settlement_date)
    ql.Settings.instance().evaluationDate = start
    helpers = [_helper(ql, each) for each in instruments]
    try:
        curve = ql.PiecewiseLogLinearDiscount(start, helpers, ql.Actual365Fixed())
        found = {each: _exactly(curve.discount(_day(ql, each))) for each in by_end}
    except RuntimeError as wrong:
        raise Impossible("curve", f"no curve gives these prices: {wrong}") from None
    return Curve(settlement_date, tuple(CurvePoint(day, factor) for day, factor in found.items()))


def _quantlib() -> Any:
    try:
        import QuantLib
    except ImportError:
        raise NoQuantLib from None
    return QuantLib


def _helper(ql: Any, instrument: Instrument) -> Any:
    """A bond of known payments; it bears no accrued interest to QuantLib, so that its price is the dirty one."""
    leg = ql.Leg([ql.SimpleCashFlow(float(flow.amount), _day(ql, flow.day)) for flow in instrument.flows])
    last, no_calendar = _day(ql, instrument.last), ql.NullCalendar()
    bond = ql.Bond(0, no_calendar, 100.0, last, ql.Date(), leg)
    price = ql.QuoteHandle(ql.SimpleQuote(float(instrument.dirty_price)))
    return ql.BondHelper(price, bond, ql.BondPrice.Dirty)


def _day(ql: Any, day: date) -> Any:
    return ql.Date(day.day, day.month, day.year)


def _exactly(value: float) -> Fraction:
    return to_places(Fraction(Decimal(repr(value))), PLACES)
