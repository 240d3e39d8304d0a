"""How a price moves, for `bauhinia price`: duration, convexity, the value of a basis point, z-spread, carry."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.bond import Price, to_places
from bauhinia.bond.projected import Forward, Outlook, accrued_at, dated_flows, income_between
from bauhinia.bond.risk import Carry, Sensitivities, carry, z_spread
from bauhinia.edge.cli.bonds import Loaded, text_of, wrong_usage
from bauhinia.wire.curves import Curve, read_curve
from bauhinia.words.dates import parse_date
from bauhinia.words.money import format_rate, format_units, parse_rate

PLACES = 6  # decimals of a price and of accrued interest per 100, where no market says
MOST_PLACES = 12
SPREAD_PLACES = 6  # a hundredth of a basis point
# the currencies whose money markets lend over a year of 365 days; the others over 360
YEAR_OF_365 = ("AUD", "CAD", "CNY", "GBP", "HKD", "INR", "JPY", "KRW", "MYR", "NZD", "SGD", "THB", "TWD", "ZAR")


@dataclass(frozen=True, slots=True)
class Around:
    """What the price is measured against: a curve from the settlement date on, what is known and projected and where a
    floater's index is projected from, a repo rate and until when."""

    curve: Curve | None
    outlook: Outlook
    by: str
    compounding: int
    repo: Fraction | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Measures:
    """What there is to say of how a price moves."""

    moves: Sensitivities | None
    spread: Fraction | None
    compounding: int
    carried: Carry | None
    repo: Fraction | None
    until: date | None

    def rows(self) -> Iterator[tuple[str, str]]:
        if self.moves is not None:
            yield "duration, years", _shown(self.moves.macaulay)
            yield "modified duration", _shown(self.moves.modified)
            yield "convexity", _shown(self.moves.convexity)
            yield "DV01 per 100", _shown(self.moves.basis_point)
        if self.spread is not None:
            yield f"z-spread, compounded {self.compounding} a year", format_rate(self.spread)
        if self.carried is not None and self.repo is not None:
            yield f"interest earned to {self.until}", _shown(self.carried.earned)
            yield f"interest paid at {format_rate(self.repo)}", _shown(self.carried.financed)
            yield "carry per 100", _shown(self.carried.carry)
            yield "forward clean price per 100", _shown(self.carried.forward_clean)

    def plain(self) -> dict[str, Any]:
        """For JSON; what was not asked for is not there."""
        found: dict[str, Any] = {}
        if self.moves is not None:
            found |= {
                "duration": _shown(self.moves.macaulay),
                "modified_duration": _shown(self.moves.modified),
                "convexity": _shown(self.moves.convexity),
                "dv01": _shown(self.moves.basis_point),
            }
        if self.spread is not None:
            found["z_spread"] = format_rate(self.spread)
        if self.carried is not None and self.repo is not None:
            found["carry"] = {
                "until": str(self.until),
                "repo_rate": format_rate(self.repo),
                "earned": _shown(self.carried.earned),
                "financed": _shown(self.carried.financed),
                "carry": _shown(self.carried.carry),
                "forward_dirty_price": _shown(self.carried.forward_dirty),
                "forward_clean_price": _shown(self.carried.forward_clean),
            }
        return found

    def flat(self) -> dict[str, str]:
        """For one row: what is carried beside the rest, each by its own name."""
        found: dict[str, str] = {}
        for name, value in self.plain().items():
            found |= (
                {f"carry_{each}": told for each, told in value.items()} if isinstance(value, dict) else {name: value}
            )
        return found


def around_of(loaded: Loaded, settled: date, asked: argparse.Namespace) -> Around:
    """What was given to measure by."""
    if (asked.repo is None) != (asked.until is None):
        raise wrong_usage("--repo and --until go together: what carrying the bond until then comes to")
    terms = loaded.sheet.terms
    if asked.forward is not None and terms.floating is None:
        raise wrong_usage("--forward is for a floating rate: this one is fixed")
    curve = read_curve(text_of(asked.curve), asked.curve).seen_from(settled) if asked.curve else None
    index = terms.floating.index if terms.floating else ""
    forward, by = _forward(asked.forward, curve, index)
    return Around(
        curve,
        Outlook(settled, loaded.known, loaded.calendars, forward),
        by,
        asked.compounding or terms.frequency or 1,
        parse_rate(asked.repo) if asked.repo is not None else None,
        parse_date(asked.until) if asked.until is not None else None,
    )


def _forward(flat: str | None, curve: Curve | None, index: str) -> tuple[Forward | None, str]:
    if flat is not None:
        rate = parse_rate(flat)
        return lambda start, end, years: rate, f"{index} projected at {format_rate(rate)}"
    return (None, "") if curve is None else (curve.forward, f"{index} projected by the curve")


def measured(loaded: Loaded, settled: date, price: Price, moves: Sensitivities | None, around: Around) -> Measures:
    """All that was asked for, of a price as it is stated."""
    terms, periods = loaded.sheet.terms, loaded.periods
    spread = carried = None
    if around.curve is not None:
        flows = dated_flows(terms, periods, around.outlook)
        points = around.curve.points
        spread = z_spread(flows, points, settled, price.dirty, around.compounding, SPREAD_PLACES)
    if around.repo is not None and around.until is not None:
        coupons = income_between(terms, periods, around.until, around.outlook)
        later = accrued_at(terms, periods, around.until, around.outlook)
        year = 365 if loaded.sheet.currency in YEAR_OF_365 else 360
        carried = carry(price.dirty, price.accrued, later, coupons, settled, around.until, around.repo, year)
    return Measures(moves, spread, around.compounding, carried, around.repo, around.until)


def _shown(value: Fraction) -> str:
    return decimals(to_places(value, PLACES))


def decimals(value: Fraction) -> str:
    """A number with as many decimals as it has, six at least: 98.878738."""
    places = next((each for each in range(PLACES, MOST_PLACES) if (value * 10**each).denominator == 1), MOST_PLACES)
    units = to_places(value, places) * 10**places
    return format_units(int(units), places)
