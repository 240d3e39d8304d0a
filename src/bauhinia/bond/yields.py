"""The yield at a price: the root of the price formula, found by bisection.

Decimals of 65 digits, no floats; still no part of what the ledger computes, where prices are given and never sought.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from bauhinia.bond.accrued import accrued_fraction
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.power import CONTEXT, decimal_of
from bauhinia.bond.price import Flow, compounding_of, remaining_flows
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms

HIGHEST = 100  # a yield of 10,000 percent a year


def yield_from_price(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    clean_price: Fraction,
    compounding: int | None = None,
    places: int = 8,
) -> Fraction:
    """The yield at a clean price per 100, rounded half up to so many decimal places (8: a millionth of a percent).

    The inverse of `price_from_yield`, with its conventions. Impossible where no yield up to 10,000 percent gives the
    price.
    """
    often = compounding_of(terms, compounding)
    flows = remaining_flows(terms, periods, settlement_date)
    dirty = decimal_of(clean_price + 100 * accrued_fraction(terms, periods, settlement_date))
    scale = 2 * 10**places  # halves of the last place, so that the answer is rounded and not cut
    low, high = -often * scale + 1, HIGHEST * scale
    chains = _chains(flows)
    ratio = Fraction(often, terms.frequency or 1)

    def worth(step: int) -> Decimal:
        return _worth(chains, 1 + Fraction(step, scale * often), ratio)

    if dirty <= 0 or dirty > worth(low) or dirty < worth(high):
        raise Impossible("clean_price", f"{clean_price} is the price at no yield up to {HIGHEST}")
    while high - low > 1:  # worth falls as the yield rises: worth(low) >= dirty, and worth(high) is below or is it
        middle = (low + high) // 2
        if worth(middle) >= dirty:
            low = middle
        else:
            high = middle
    return Fraction((low + 1) // 2, scale // 2)


Chain = tuple[
    Decimal, list[tuple[int, Decimal]]
]  # the broken period its flows share; whole periods and amounts, falling


def _chains(flows: Sequence[Flow]) -> list[Chain]:
    """The flows by the broken period they share: one chain for a bond without a last stub."""
    grouped: dict[Fraction, dict[int, Fraction]] = {}
    for flow in flows:
        whole = floor(flow.periods)
        chain = grouped.setdefault(flow.periods - whole, {})
        chain[whole] = chain.get(whole, Fraction(0)) + flow.amount
    return [
        (decimal_of(broken), [(whole, decimal_of(chain[whole])) for whole in sorted(chain, reverse=True)])
        for broken, chain in grouped.items()
    ]


def _worth(chains: Sequence[Chain], growth: Fraction, ratio: Fraction) -> Decimal:
    """The present value of the chains, by Horner's rule over whole periods."""
    logarithm = CONTEXT.multiply(CONTEXT.ln(decimal_of(growth)), decimal_of(-ratio))
    discount = CONTEXT.exp(logarithm)
    total = Decimal(0)
    for broken, chain in chains:
        value, at = Decimal(0), chain[0][0]
        for whole, amount in chain:
            for _ in range(at - whole):
                value = CONTEXT.multiply(value, discount)
            value, at = CONTEXT.add(value, amount), whole
        for _ in range(at):
            value = CONTEXT.multiply(value, discount)
        total = CONTEXT.add(total, CONTEXT.multiply(value, CONTEXT.exp(CONTEXT.multiply(logarithm, broken))))
    return total
