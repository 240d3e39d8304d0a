"""The yield at a price: the root of the price formula, to the last place asked for.

Newton's method in floats comes first, with a bound on its error; only where that bound reaches a rounding boundary do
65 digits of Decimal decide, by bisection. So the answer is that of the exact formula and not of the machine's floats,
at a fiftieth of the cost. No part of what the ledger computes, where prices are given and never sought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import exp, expm1, floor, isfinite, log
from typing import NamedTuple

from bauhinia.bond.fields import exactly
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.known import NOTHING, Known
from bauhinia.bond.power import CONTEXT, decimal_of
from bauhinia.bond.price import Discounting, Stream, accrued_per_100, compounding_of, stream_of
from bauhinia.bond.rounding import Rounding
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms

HIGHEST = 100  # a yield of 10,000 percent a year
ROUNDINGS = (Rounding.HALF_UP, Rounding.DOWN)
EPSILON = 2**-53  # the relative error of one float operation
NEARLY = decimal_of(1 - Fraction(1, 10**45))
STEPS = 60  # Newton's method doubles its digits: five or six steps do, and what needs more is not for floats


def yield_from_price(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    clean_price: Fraction,
    compounding: int | None = None,
    places: int = 8,
    known: Known = NOTHING,
) -> Fraction:
    """The yield at a clean price per 100, rounded half up to so many decimal places (8: a millionth of a percent).

    The inverse of `price_from_yield`, with its conventions. Impossible where no yield up to 10,000 percent gives the
    price.
    """
    return yields_from_prices(terms, periods, settlement_date, [clean_price], compounding, places, known)[0]


def yields_from_prices(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    clean_prices: Sequence[Fraction],
    compounding: int | None = None,
    places: int = 8,
    known: Known = NOTHING,
) -> list[Fraction]:
    """The yields at several clean prices of one bond (see `yield_from_price`), what they share computed once."""
    for clean in clean_prices:
        exactly("clean_price", clean)
    discounting = Discounting(compounding_of(terms, compounding), terms.frequency or 1)
    seeker = Seeker(stream_of(terms, periods, settlement_date, known), discounting)
    accrued = accrued_per_100(terms, periods, settlement_date, known)
    return [seeker.yield_at(clean + accrued, places, told=clean) for clean in clean_prices]


Chain = tuple[
    Decimal, list[tuple[int, Decimal]]
]  # the broken period its flows share; whole periods and amounts, falling
Floats = tuple[float, list[float]]  # the same in floats: an amount for every whole period, zero where none is paid


class Estimate(NamedTuple):
    """A yield in floats, and how far from it the true one can be at most."""

    annual_yield: float
    error: float


class Seeker:
    """Finds the yields of one stream. What does not depend on the price is computed once."""

    __slots__ = ("chains", "discounting", "floats", "longest", "stream")

    def __init__(self, stream: Stream, discounting: Discounting) -> None:
        self.stream, self.discounting = stream, discounting
        self.floats = _floats(stream)
        self.longest = max(len(amounts) for _, amounts in self.floats)
        self.chains: list[Chain] | None = None  # made where floats do not decide

    def yield_at(
        self,
        dirty_price: Fraction,
        places: int = 8,
        rounding: Rounding = Rounding.HALF_UP,
        told: Fraction | None = None,
    ) -> Fraction:
        """The yield at a dirty price, to so many places, half up or down. Impossible where there is none; `told` is the
        price that the refusal names.
        """
        if rounding not in ROUNDINGS:
            raise Impossible("rounding", f"a yield is rounded half up or down, not {rounding.name}")
        scale = 10**places
        estimate = self.estimate(dirty_price)
        if estimate is not None and self.lowest(scale) + 2 < estimate.annual_yield * 2 * scale:
            found = _decided(estimate, scale, rounding)
            if found is not None:
                return Fraction(found, scale)
        half_steps = self.bisect(dirty_price, scale, estimate, told)
        return Fraction((half_steps + 1) // 2 if rounding is Rounding.HALF_UP else half_steps // 2, scale)

    def estimate(self, dirty_price: Fraction) -> Estimate | None:
        """The yield by Newton's method in floats, on the logarithm of the price over that of the growth of a
        compounding period, where the curve is almost straight; nothing where floats do not find one, nor for what is
        paid for ever, whose worth has a pole at zero.
        """
        if self.stream.forever:
            return None
        compounding, frequency, simple = self.discounting
        ratio = compounding / frequency
        broken = self.stream.broken.numerator / self.stream.broken.denominator
        lent = 0 if simple is None else compounding * simple.numerator / simple.denominator
        at, slope, step = 0 / 1, -1 / 1, 1 / 1
        try:
            target = dirty_price.numerator / dirty_price.denominator
            for _ in range(STEPS):
                value, sloped = _value_and_slope(self.floats, exp(-ratio * at))
                slope = -ratio * sloped / value
                if simple is None:
                    value, slope = value * exp(-ratio * broken * at), slope - ratio * broken
                else:
                    grown = 1 + lent * expm1(at)
                    value, slope = value / grown, slope - lent * exp(at) / grown
                step = log(value / target) / slope
                at -= step
                if abs(step) <= 4 * EPSILON * (1 + abs(at)):
                    break
            else:
                return None
            annual_yield = compounding * expm1(at)
            # the price is a sum of positive terms, so that each operation errs by its EPSILON and no more: two for each
            # period by Horner's rule, the powers a few, and generously more for a poor mathematical library
            error = (8 * self.longest + 128) * EPSILON * (1 + abs(at)) / abs(slope) + 2 * abs(step)
            error = compounding * exp(at) * error + 8 * EPSILON * abs(annual_yield)
        except (ArithmeticError, ValueError):  # out of the range of floats
            return None
        return Estimate(annual_yield, error) if isfinite(annual_yield) and isfinite(error) else None

    def bisect(
        self, dirty_price: Fraction, scale: int, estimate: Estimate | None = None, told: Fraction | None = None
    ) -> int:
        """The last half of a place at which the stream is worth the price or more, in Decimals of 65 digits."""
        # a price from a yield has fifty digits: one that near to the price at a boundary is the price at the boundary
        dirty = CONTEXT.multiply(decimal_of(dirty_price), NEARLY)
        lowest, highest = self.lowest(scale), HIGHEST * 2 * scale
        if dirty <= 0 or dirty > self.worth(lowest, scale) or dirty < self.worth(highest, scale):
            raise Impossible("clean_price", f"{told or dirty_price} is the price at no yield up to {HIGHEST}")
        low, high = lowest, highest
        if estimate is not None and abs(estimate.annual_yield) < HIGHEST:
            near, width = floor(estimate.annual_yield * 2 * scale), floor(estimate.error * 2 * scale) + 2
            around = max(near - width, lowest), min(near + width, highest)
            if around[0] < around[1] and self.worth(around[0], scale) >= dirty > self.worth(around[1], scale):
                low, high = around
        while high - low > 1:  # worth falls as the yield rises: worth(low) >= dirty, and worth(high) is below or is it
            middle = (low + high) // 2
            if self.worth(middle, scale) >= dirty:
                low = middle
            else:
                high = middle
        return low

    def lowest(self, scale: int) -> int:
        """The first half of a place at which nothing is lost altogether, or what is paid for ever has a price."""
        compounding, _, simple = self.discounting
        if self.stream.forever:
            return 1
        lowest = -compounding * 2 * scale + 1
        return max(lowest, floor(-2 * scale / simple) + 1) if simple else lowest

    def worth(self, half_steps: int, scale: int) -> Decimal:
        """The value of the stream at so many halves of the last place."""
        if self.chains is None:
            self.chains = _chains(self.stream)
        return _worth(self.chains, self.stream, self.discounting, Fraction(half_steps, 2 * scale))


def rounded_root(
    worth: Callable[[Fraction], Fraction], target: Fraction, lowest: int, highest: int, places: int, field: str
) -> Fraction:
    """Where a falling function takes a value, rounded half up to so many places, between two whole numbers (the lower
    one left out). Exact, by bisection. Impossible where it is not there: `field` says what was asked wrongly.
    """
    scale = 2 * 10**places
    low, high = lowest * scale + 1, highest * scale
    if not worth(Fraction(low, scale)) >= target >= worth(Fraction(high, scale)):
        raise Impossible(field, f"{target} is not reached between {lowest} and {highest}")
    while high - low > 1:
        middle = (low + high) // 2
        if worth(Fraction(middle, scale)) >= target:
            low = middle
        else:
            high = middle
    return Fraction((low + 1) // 2, scale // 2)


def _decided(estimate: Estimate, scale: int, rounding: Rounding) -> int | None:
    """The place the estimate rounds to, or nothing where its error leaves two."""
    offset = 1 / 2 if rounding is Rounding.HALF_UP else 0
    error = (estimate.error + 4 * EPSILON * abs(estimate.annual_yield)) * scale
    steps = estimate.annual_yield * scale + offset
    place = floor(steps)
    inside = error < steps - place < 1 - error and abs(estimate.annual_yield) < HIGHEST
    return place if inside else None


def _floats(stream: Stream) -> list[Floats]:
    grouped: dict[Fraction | None, tuple[float, dict[int, float]]] = {}
    last: Fraction | None = None
    amount = 0 / 1
    for flow in stream.flows:
        if flow.amount is not last:
            last, amount = flow.amount, flow.amount.numerator / flow.amount.denominator
        if flow.periods.denominator == 1:
            key, whole = None, flow.periods.numerator
        else:
            whole = floor(flow.periods)
            key = flow.periods - whole
        if key not in grouped:
            grouped[key] = (0 / 1 if key is None else key.numerator / key.denominator, {})
        chain = grouped[key][1]
        chain[whole] = chain.get(whole, 0) + amount
    return [(broken, [chain.get(at, 0) for at in range(max(chain), -1, -1)]) for broken, chain in grouped.values()]


def _value_and_slope(chains: Sequence[Floats], discount: float) -> tuple[float, float]:
    """The value at the next coupon date, and the discount factor times the slope over it, by Horner's rule."""
    total = sloped = 0 / 1
    for broken, amounts in chains:
        value = slope = 0 / 1
        for amount in amounts:
            slope = slope * discount + value
            value = value * discount + amount
        slope *= discount
        if broken:
            part = discount**broken
            value, slope = value * part, (slope + broken * value) * part
        total, sloped = total + value, sloped + slope
    return total, sloped


def _chains(stream: Stream) -> list[Chain]:
    """The flows by the broken period they share: one chain for a bond without a last stub."""
    grouped: dict[Fraction, dict[int, Fraction]] = {}
    for flow in stream.flows:
        whole = floor(flow.periods)
        chain = grouped.setdefault(flow.periods - whole, {})
        chain[whole] = chain.get(whole, Fraction(0)) + flow.amount
    return [
        (decimal_of(broken), [(whole, decimal_of(chain[whole])) for whole in sorted(chain, reverse=True)])
        for broken, chain in grouped.items()
    ]


def _worth(chains: Sequence[Chain], stream: Stream, discounting: Discounting, annual_yield: Fraction) -> Decimal:
    """The present value of the chains, by Horner's rule over whole periods."""
    compounding, frequency, simple = discounting
    growth, ratio = 1 + annual_yield / compounding, Fraction(compounding, frequency)
    logarithm = CONTEXT.multiply(CONTEXT.ln(decimal_of(growth)), decimal_of(-ratio))
    discount = CONTEXT.exp(logarithm)
    total = Decimal(0)
    for apart, chain in chains:
        value, at = Decimal(0), chain[0][0]
        for whole, amount in chain:
            for _ in range(at - whole):
                value = CONTEXT.multiply(value, discount)
            value, at = CONTEXT.add(value, amount), whole
        for _ in range(at):
            value = CONTEXT.multiply(value, discount)
        total = CONTEXT.add(total, CONTEXT.multiply(value, CONTEXT.exp(CONTEXT.multiply(logarithm, apart))))
    if stream.forever:
        after = CONTEXT.exp(CONTEXT.multiply(logarithm, decimal_of(stream.flows[-1].periods + 1)))
        ending = CONTEXT.divide(decimal_of(stream.forever), CONTEXT.subtract(Decimal(1), discount))
        total = CONTEXT.add(total, CONTEXT.multiply(ending, after))
    if simple is not None:
        return CONTEXT.divide(total, decimal_of(1 + annual_yield * simple))
    return CONTEXT.multiply(total, CONTEXT.exp(CONTEXT.multiply(logarithm, decimal_of(stream.broken))))
