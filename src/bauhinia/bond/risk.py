"""How a price moves: duration, convexity, the value of a basis point; spreads over a curve; carry.

Sensitivities are those of the formula that prices the bond, differentiated and not bumped: exact fractions, but for the
broken power in an amount of money. Spreads are roots, found in exact arithmetic to the place asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.power import power
from bauhinia.bond.price import Discounting, Stream, period_growth, worth
from bauhinia.bond.yields import rounded_root

BASIS_POINT = Fraction(1, 10_000)
YEAR = 365
WIDEST = 100  # a spread of 10,000 percent


class Sensitivities(NamedTuple):
    """How a dirty price answers to its yield.

    `macaulay` is the mean time to payment in years, weighted by present value; `modified` the part of the price lost a
    unit of yield, `convexity` the second derivative over the price. `basis_point` is what a hundredth of a percent of
    yield takes from 100 of what is outstanding (DV01, PVBP).
    """

    macaulay: Fraction
    modified: Fraction
    convexity: Fraction
    basis_point: Fraction


class DatedFlow(NamedTuple):
    """A payment per 100 of what is outstanding, and its day."""

    day: date
    amount: Fraction


class CurvePoint(NamedTuple):
    """What one unit paid on a day is worth today, on a curve."""

    day: date
    discount_factor: Fraction


class FloatingFlow(NamedTuple):
    """An interest period of a floater: its part of a year, the projected index rate, and what it pays at its end per
    100 of nominal. The first period begins at the settlement.
    """

    years: Fraction
    index_rate: Fraction
    amount: Fraction


class Carry(NamedTuple):
    """What holding a bond from one settlement to another costs or earns, financed at a repo rate, per 100 of what is
    outstanding: interest earned, interest paid, the forward prices at which nothing is gained.
    """

    earned: Fraction
    financed: Fraction
    forward_dirty: Fraction
    forward_clean: Fraction

    @property
    def carry(self) -> Fraction:
        """The earned less the financed: spot less forward clean price."""
        return self.earned - self.financed


def sensitivities(stream: Stream, discounting: Discounting, annual_yield: Fraction) -> Sensitivities:
    """Duration and convexity of a stream at a yield, by the formula that prices it (see `price.worth`)."""
    compounding, frequency, simple = discounting
    dirty = worth(stream, discounting, annual_yield)  # refuses a yield at which there is no price
    growth, ratio = 1 + annual_yield / compounding, Fraction(compounding, frequency)
    value = first = second = timed = Fraction(0)
    for flow in stream.flows:
        times = flow.periods * ratio
        present = flow.amount / power(growth, times)
        value += present
        timed += present * (stream.broken + flow.periods) / frequency
        first -= present * times / (compounding * growth)
        second += present * times * (times + 1) / (compounding * growth) ** 2
    if stream.forever:
        after = _forever(stream, discounting, annual_yield)
        value, first, second, timed = value + after[0], first + after[1], second + after[2], timed + after[3]
    first, second = first / value, second / value
    if simple is None:
        times = stream.broken * ratio
        broken_first = -times / (compounding * growth)
        broken_second = times * (times + 1) / (compounding * growth) ** 2
    else:
        rate = simple / (1 + annual_yield * simple)
        broken_first, broken_second = -rate, 2 * rate * rate
    modified = -(first + broken_first)
    convexity = second + 2 * first * broken_first + broken_second
    return Sensitivities(timed / value, modified, convexity, modified * dirty * BASIS_POINT)


def _forever(
    stream: Stream, discounting: Discounting, annual_yield: Fraction
) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """What is paid after the last flow, for ever: its worth at the next coupon date, the two derivatives of that, and
    the worth times years from the settlement. A perpetuity is its payment over (G - 1), G the growth of a period.
    """
    compounding, frequency, _ = discounting
    growth, ratio = 1 + annual_yield / compounding, Fraction(compounding, frequency)
    grown, last = period_growth(discounting, annual_yield), stream.flows[-1].periods
    grown_first = ratio * grown / (compounding * growth)
    grown_second = ratio * (ratio - 1) * grown / (compounding * growth) ** 2
    ending = 1 / (grown - 1)
    ending_first = -grown_first * ending**2
    ending_second = 2 * grown_first**2 * ending**3 - grown_second * ending**2
    times = last * ratio
    slope, bend = -times / (compounding * growth), times * (times + 1) / (compounding * growth) ** 2
    paid = stream.forever / power(growth, times)
    return (
        paid * ending,
        paid * (slope * ending + ending_first),
        paid * (bend * ending + 2 * slope * ending_first + ending_second),
        paid * ((stream.broken + last) * ending + grown * ending**2) / frequency,
    )


def discount_factor_at(curve: Sequence[CurvePoint], settlement_date: date, day: date) -> Fraction:
    """A curve's discount factor on a day, from the settlement date: between two points the logarithm is straight.

    The curve's points rise by day. Impossible outside them; the settlement date itself counts as a point worth one.
    """
    earlier = CurvePoint(settlement_date, Fraction(1))
    for point in curve:
        if point.discount_factor <= 0:
            raise Impossible("curve", f"the discount factor of {point.day} is not above zero")
        if point.day >= day:
            if point.day == day:
                return point.discount_factor
            part = Fraction((day - earlier.day).days, (point.day - earlier.day).days)
            return power(earlier.discount_factor, 1 - part) * power(point.discount_factor, part)
        if point.day > settlement_date:
            earlier = point
    raise Impossible("curve", f"it ends on {earlier.day}, before {day}")


def spread_price(
    flows: Sequence[DatedFlow],
    curve: Sequence[CurvePoint],
    settlement_date: date,
    spread: Fraction,
    compounding: int = 2,
) -> Fraction:
    """The dirty price at a spread over the curve: each flow by its discount factor and (1 + z / m)^(-m t), with t in
    years of 365 days.
    """
    weighted = _weighted(flows, curve, settlement_date)
    return _spread_price(weighted, spread, compounding)


def z_spread(
    flows: Sequence[DatedFlow],
    curve: Sequence[CurvePoint],
    settlement_date: date,
    dirty_price: Fraction,
    compounding: int = 2,
    places: int = 6,
) -> Fraction:
    """The constant spread over a curve of discount factors at which the flows are worth the price, half up to so many
    places (6: a hundredth of a basis point). Impossible where none up to 10,000 percent gives it.
    """
    if compounding < 1:
        raise Impossible("compounding", f"{compounding} times a year is below once")
    weighted = _weighted(flows, curve, settlement_date)
    return rounded_root(
        lambda spread: _spread_price(weighted, spread, compounding),
        dirty_price,
        -compounding,
        WIDEST,
        places,
        "dirty_price",
    )


def margin_price(flows: Sequence[FloatingFlow], discount_margin: Fraction) -> Fraction:
    """The dirty price of a floater at a discount margin: each period discounts by its projected index rate and the
    margin, with simple interest within it. Exact. Impossible at a margin that loses everything in a period.
    """
    total, factor = Fraction(0), Fraction(1)
    for flow in flows:
        growth = 1 + (flow.index_rate + discount_margin) * flow.years
        if growth <= 0:
            raise Impossible("discount_margin", f"{discount_margin} loses everything within a period")
        factor *= growth
        total += flow.amount / factor
    return total


def discount_margin(flows: Sequence[FloatingFlow], dirty_price: Fraction, places: int = 6) -> Fraction:
    """The margin over the projected index at which a floater is worth the price, half up to so many places."""
    if not flows or any(flow.years <= 0 for flow in flows):
        raise Impossible("flows", "a floater has a period at least, and none of no length")
    least = max(-flow.index_rate - 1 / flow.years for flow in flows)
    lowest = max(-WIDEST, least.__ceil__())
    return rounded_root(lambda margin: margin_price(flows, margin), dirty_price, lowest, WIDEST, places, "dirty_price")


def carry(
    spot_dirty: Fraction,
    spot_accrued: Fraction,
    forward_accrued: Fraction,
    coupons: Sequence[DatedFlow],
    settlement_date: date,
    forward_date: date,
    repo_rate: Fraction,
    repo_year: int = 360,
) -> Carry:
    """What a bond carries from one settlement date to another, bought with money lent at a repo rate over a year of so
    many days. The coupons paid in between repay the loan as they come. Exact.
    """
    days = (forward_date - settlement_date).days
    if days <= 0:
        raise Impossible("forward_date", f"{forward_date} is not after {settlement_date}")
    received = Fraction(0)
    worked = Fraction(0)  # interest saved on what came early
    for coupon in coupons:
        if not settlement_date < coupon.day <= forward_date:
            raise Impossible("coupons", f"{coupon.day} is not after {settlement_date} and up to {forward_date}")
        received += coupon.amount
        worked += coupon.amount * repo_rate * Fraction((forward_date - coupon.day).days, repo_year)
    financed = spot_dirty * repo_rate * Fraction(days, repo_year) - worked
    earned = received + forward_accrued - spot_accrued
    forward_dirty = spot_dirty + financed - received
    return Carry(earned, financed, forward_dirty, forward_dirty - forward_accrued)


def _weighted(
    flows: Sequence[DatedFlow], curve: Sequence[CurvePoint], settlement_date: date
) -> list[tuple[Fraction, Fraction]]:
    """Years to each flow, and the flow times its discount factor."""
    found = []
    for flow in flows:
        if flow.day <= settlement_date:
            raise Impossible("flows", f"{flow.day} is not after the settlement date, {settlement_date}")
        years = Fraction((flow.day - settlement_date).days, YEAR)
        found.append((years, flow.amount * discount_factor_at(curve, settlement_date, flow.day)))
    return found


def _spread_price(weighted: Sequence[tuple[Fraction, Fraction]], spread: Fraction, compounding: int) -> Fraction:
    growth = 1 + spread / compounding
    if growth <= 0:
        raise Impossible("spread", f"{spread} loses everything within a period")
    return sum((amount / power(growth, years * compounding) for years, amount in weighted), Fraction(0))
