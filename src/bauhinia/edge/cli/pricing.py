"""`bauhinia price`: a term sheet's price at a yield, or its yield at a price, by a market's conventions; a floater's
discount margin; and how the price moves (`measuring`)."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from bauhinia.bond import (
    Impossible,
    Price,
    factor_of,
    period_at,
    price_from_yield,
    proceeds,
    to_places,
    yield_from_price,
)
from bauhinia.bond.interest import index_ratio_of
from bauhinia.bond.markets import Convention, Market, convention_of
from bauhinia.bond.markets.bills import BILL_MARKETS, BillConvention
from bauhinia.bond.price import Discounting, compounding_of, stream_of
from bauhinia.bond.projected import accrued_at, floating_flows
from bauhinia.bond.risk import Sensitivities, discount_margin, margin_price, sensitivities
from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.bonds import (
    Loaded,
    about,
    by_line,
    load_for,
    nominal_of,
    remarks,
    with_weekday,
    write_csv,
    wrong_usage,
)
from bauhinia.edge.cli.measuring import MOST_PLACES, PLACES, Around, around_of, decimals, measured
from bauhinia.edge.cli.printing import answer, table
from bauhinia.wire.mistakes import closest
from bauhinia.words.dates import parse_date
from bauhinia.words.money import format_rate, format_units, parse_rate, parse_units

YIELD_PLACES = 8


@dataclass(frozen=True, slots=True)
class Given:
    """What the price is worked out from: a yield, or a clean price per 100 of what is outstanding."""

    value: Fraction
    is_yield: bool


@dataclass(frozen=True, slots=True)
class Priced:
    """A price per 100 of what is outstanding and the yield it is at, as they are stated. `called` is what the yield is
    called. `moves` is how the dirty price answers to the yield; none of a floater's."""

    by: str
    called: str
    annual_yield: Fraction
    price: Price
    moves: Sensitivities | None


def price(asked: argparse.Namespace) -> int:
    """Price, accrued interest and yield, how they move, and what a nominal amount settles for."""
    settled = parse_date(asked.settle)
    loaded = load_for(asked, settled)
    require_settles(loaded, settled)
    around = around_of(loaded, settled, asked)
    with by_line(asked):
        if loaded.sheet.terms.floating and not asked.annual_yield:
            found = _floater(loaded, settled, around, asked)
        else:
            found = priced(loaded, settled, _given(asked), asked.market, asked.compounding)
        measures = measured(loaded, settled, found.price, found.moves, around)
        amounts = settled_for(loaded, settled, found.price, asked.nominal) if asked.nominal else {}
    if asked.json:
        answer({**about(loaded), **_plain(found, settled), **measures.plain(), **amounts})
        return DONE
    if asked.csv:
        write_csv(asked.csv, [{"name": loaded.title, **_plain(found, settled), **measures.flat(), **amounts}])
        return DONE
    rows = [
        ("settlement date", with_weekday(settled)),
        (found.called, format_rate(found.annual_yield)),
        ("clean price per 100", decimals(found.price.clean)),
        ("accrued interest per 100", decimals(found.price.accrued)),
        ("dirty price per 100", decimals(found.price.dirty)),
        *measures.rows(),
        *((name.replace("_", " "), value) for name, value in amounts.items()),
    ]
    table(("", found.by), rows, right=(1,), title=loaded.title)
    remarks(loaded, provisional=False, shown=False)
    return DONE


def require_settles(loaded: Loaded, settled: date) -> None:
    """Impossible where the bond cannot be bought for that day: none is issued yet, or all is paid."""
    terms, last = loaded.sheet.terms, loaded.periods[-1]
    if settled < terms.issue_date:
        raise Impossible("settlement_date", f"{settled} is before the issue date, {terms.issue_date}")
    if not terms.perpetual and settled >= last.accrual_end:
        raise Impossible("settlement_date", f"{settled} is not before the maturity, {last.accrual_end}")


def _given(asked: argparse.Namespace) -> Given:
    if asked.margin:
        raise wrong_usage("--margin is for a floating rate: this one is fixed")
    return Given(parse_rate(asked.annual_yield), True) if asked.annual_yield else Given(_clean(asked.price), False)


def priced(
    loaded: Loaded, settled: date, given: Given, named: str | None = None, compounding: int | None = None
) -> Priced:
    """The price and the yield that were asked for, by a market's name or the compound formula."""
    if named is not None and compounding is not None:
        raise wrong_usage("--market says itself how often the yield compounds: leave out --compounding")
    if named is None:
        return _by_formula(loaded, settled, given, compounding)
    market = market_named(named)
    if isinstance(market, BillConvention):
        return _by_bill(loaded, settled, given, market)
    return _by_market(loaded, settled, given, market)


def _floater(loaded: Loaded, settled: date, around: Around, asked: argparse.Namespace) -> Priced:
    """A floater by its discount margin over a projected index."""
    if asked.market is not None or asked.compounding is not None:
        raise wrong_usage("a discount margin has neither a market nor a compounding")
    if around.outlook.forward is None:
        raise wrong_usage("the coming rates of a floater are projected: give --forward RATE or --curve FILE")
    terms, periods = loaded.sheet.terms, loaded.periods
    flows = floating_flows(terms, periods, around.outlook)
    accrued = accrued_at(terms, periods, settled, around.outlook)
    if asked.margin:
        margin = parse_rate(asked.margin)
        clean = to_places(margin_price(flows, margin) - accrued, PLACES)
    else:
        clean = _clean(asked.price)
        margin = discount_margin(flows, clean + accrued)
    accrued = to_places(accrued, PLACES)
    return Priced(around.by, "discount margin", margin, Price(clean, accrued, clean + accrued), None)


def market_named(name: str) -> Convention | BillConvention:
    """A market's conventions by its name, in capitals or not."""
    known: dict[str, Convention | BillConvention] = {each.label: convention_of(each) for each in Market}
    known.update({f"{each.name} bill": each for each in BILL_MARKETS})
    wanted = name.replace("_", " ").replace("-", " ").lower()
    for label, convention in known.items():
        if label.lower() == wanted:
            return convention
    meant = closest(name, list(known))
    raise wrong_usage(
        f'there is no market "{name}"; ' + (f'did you mean "{meant}"?' if meant else f"there are {', '.join(known)}")
    )


def _by_formula(loaded: Loaded, settled: date, given: Given, compounding: int | None) -> Priced:
    """By the compound formula of ICMA, as often as the bond pays where nothing else is asked."""
    terms, periods = loaded.sheet.terms, loaded.periods
    found = given.value
    if not given.is_yield:
        found = yield_from_price(terms, periods, settled, given.value, compounding, YIELD_PLACES, loaded.known)
    exact = price_from_yield(terms, periods, settled, found, compounding, loaded.known)
    clean = to_places(exact.clean, PLACES) if given.is_yield else given.value
    accrued = to_places(exact.accrued, PLACES)
    often, moves = compounding_of(terms, compounding), _compound(loaded, settled, found, compounding)
    return Priced(f"compounded {often} a year", "yield", found, Price(clean, accrued, clean + accrued), moves)


def _compound(loaded: Loaded, settled: date, annual_yield: Fraction, compounding: int | None) -> Sensitivities:
    """How the price answers to a compound yield."""
    terms = loaded.sheet.terms
    discounting = Discounting(compounding_of(terms, compounding), terms.frequency or 1)
    return sensitivities(stream_of(terms, loaded.periods, settled, loaded.known), discounting, annual_yield)


def _by_market(loaded: Loaded, settled: date, given: Given, market: Convention) -> Priced:
    terms, periods, known = loaded.sheet.terms, loaded.periods, loaded.known
    if given.is_yield:
        found, stated = given.value, market.quoted_price(terms, periods, settled, given.value, known)
    else:
        found = market.yield_from_price(terms, periods, settled, given.value, known=known)
        accrued = market.accrued.of(market.price(terms, periods, settled, found, known).accrued)
        stated = Price(given.value, accrued, given.value + accrued)
    valuation = market.valuation(terms, periods, settled, known)
    if valuation is not None:
        return Priced(market.name, "yield", found, stated, sensitivities(*valuation, found))
    # a simple yield to maturity discounts no payments: the compound yield at the same price does
    compound = yield_from_price(terms, periods, settled, stated.clean, None, YIELD_PLACES, known)
    return Priced(market.name, "yield", found, stated, _compound(loaded, settled, compound, None))


def _by_bill(loaded: Loaded, settled: date, given: Given, market: BillConvention) -> Priced:
    """A bill: what is paid on one day, and nothing before."""
    terms = loaded.sheet.terms
    if terms.frequency or terms.rate or terms.floating:
        raise Impossible("market", f"{market.name} bill is for what pays once and bears no interest")
    days = (loaded.periods[-1].payment_date - settled).days
    found = given.value if given.is_yield else market.rate(given.value, days)
    clean = to_places(market.price(given.value, days), PLACES) if given.is_yield else given.value
    called = "discount rate" if market.discount else "yield"
    moves = market.sensitivities(found, days)
    return Priced(f"{market.name} bill", called, found, Price(clean, Fraction(0), clean), moves)


def settled_for(loaded: Loaded, settled: date, price: Price, nominal: str) -> dict[str, str]:
    """What so much original nominal settles for: what is outstanding of it at the clean price, and accrued interest,
    each rounded half up, an index's ratio upon both."""
    terms, units = loaded.sheet.terms, nominal_of(loaded, nominal)
    number = period_at(loaded.periods, settled).number
    ratio = index_ratio_of(terms, settled, loaded.known)
    left = factor_of(terms, loaded.periods, number, loaded.known, loaded.calendars)
    clean, accrued = (proceeds(units, part * ratio * left) for part in (price.clean, price.accrued))
    shown = {"nominal": units, "proceeds": clean, "accrued": accrued, "settlement_amount": clean + accrued}
    amounts = {name: f"{loaded.sheet.currency} {format_units(value, loaded.exponent)}" for name, value in shown.items()}
    if terms.repayment is not None:
        amounts = {"factor": decimals(left), **amounts}
    return {"index_ratio": decimals(ratio), **amounts} if terms.indexed else amounts


def _clean(text: str) -> Fraction:
    """A price as it is typed: 99.5. Refused where it is no number, Impossible where it is none that is paid."""
    found = Fraction(parse_units(text, MOST_PLACES), 10**MOST_PLACES)
    if found <= 0:
        raise Impossible("price", f"{text} is not above zero")
    return found


def _plain(found: Priced, settled: date) -> dict[str, Any]:
    return {
        "settlement_date": settled.isoformat(),
        "by": found.by,
        found.called.replace(" ", "_"): format_rate(found.annual_yield),
        "clean_price": decimals(found.price.clean),
        "accrued_interest": decimals(found.price.accrued),
        "dirty_price": decimals(found.price.dirty),
    }
