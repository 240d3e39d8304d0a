"""Pro rata: a partial repayment shared over holdings in proportion, in whole steps, to the last unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bauhinia.bond.impossible import Impossible


class Shares(NamedTuple):
    """The nominal repaid of each holding, by holder in rising order (zero too), and the remainder: what was left when
    every share had been rounded down, and the holders whose share got a step of it.
    """

    repaid: dict[int, int]
    remainder: int
    rounded_up: tuple[int, ...]


def pro_rata(holdings: Mapping[int, int], units: int, step: int = 1) -> Shares:
    """`units` of nominal shared in proportion to the holdings, in whole `step`s: by largest remainder.

    Each share is rounded down; the steps left over go one each to the largest broken shares, of equal ones to the
    lower number. No share is more than the holding. Impossible where an amount is not whole steps, or more is to be
    repaid than is held.
    """
    if step <= 0:
        raise Impossible("step", f"{step} is not above zero")
    holders = sorted(holdings)
    for holder in holders:
        if holdings[holder] < 0 or holdings[holder] % step:
            raise Impossible("holdings", f"{holdings[holder]} of {holder} is not whole steps of {step}")
    held = sum(holdings.values()) // step
    wanted, rest = divmod(units, step)
    if rest or not 0 <= wanted <= held:
        raise Impossible("units", f"{units} is not whole steps of {step}, up to the {held * step} that are held")
    shares, broken = {}, []
    for holder in holders:
        share, left = divmod(wanted * (holdings[holder] // step), max(held, 1))
        shares[holder] = share * step
        broken.append((-left, holder))
    over = wanted - sum(shares.values()) // step
    raised = sorted(holder for _, holder in sorted(broken)[:over])
    for holder in raised:
        shares[holder] += step
    return Shares(shares, over * step, tuple(raised))
