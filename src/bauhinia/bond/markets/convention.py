"""What a market's convention is made of, and how its price and its yield come from one discounting rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bauhinia.bond.impossible import Impossible
from bauhinia.bond.price import Discounting, Flow, Price, Stream, accrued_per_100, stream_of, worth
from bauhinia.bond.rounding import Rounding, to_places
from bauhinia.bond.schedule import Period
from bauhinia.bond.terms import Terms
from bauhinia.bond.yields import Seeker

PriceFunction = Callable[[Terms, Sequence[Period], date, Fraction], Price]
YieldFunction = Callable[[Terms, Sequence[Period], date, Fraction, int, Rounding], Fraction]
AccruedFunction = Callable[[Terms, Sequence[Period], date], Fraction]
Valuation = tuple[Stream, Discounting]  # what is discounted, and how
Rule = Callable[[Terms, Sequence[Period], date, Stream], Valuation]


@dataclass(frozen=True, slots=True)
class Discounted:
    """The price of a market that discounts the stream of payments by a rule."""

    rule: Rule
    accrued_of: AccruedFunction

    def valuation(self, terms: Terms, periods: Sequence[Period], settlement_date: date) -> Valuation:
        """What is discounted, and how."""
        return self.rule(terms, periods, settlement_date, stream_of(terms, periods, settlement_date))

    def __call__(self, terms: Terms, periods: Sequence[Period], settlement_date: date, annual_yield: Fraction) -> Price:
        dirty = worth(*self.valuation(terms, periods, settlement_date), annual_yield)
        accrued = self.accrued_of(terms, periods, settlement_date)
        return Price(dirty - accrued, accrued, dirty)


@dataclass(frozen=True, slots=True)
class Quotation:
    """To how many decimal places a market states a number, and how it gets there."""

    places: int
    rounding: Rounding = Rounding.HALF_UP

    def of(self, value: Fraction) -> Fraction:
        return to_places(value, self.places, self.rounding)


@dataclass(frozen=True, slots=True)
class Convention:
    """A market's way from yield to price and back. Prices are per 100 of nominal; a yield is a part of one.

    `settlement_days` are the business days from a trade to its settlement, as is usual there. `compounding` is how
    often a year the yield compounds; zero is simple interest. What is quoted: the clean price, accrued interest, the
    dirty price where that is what is rounded (the clean price is then the difference), the yield.
    """

    name: str
    settlement_days: int
    compounding: int
    price_of: PriceFunction
    yield_of: YieldFunction
    yields: Quotation
    clean: Quotation
    accrued: Quotation
    dirty: Quotation | None = None

    def price(self, terms: Terms, periods: Sequence[Period], settlement_date: date, annual_yield: Fraction) -> Price:
        """The price at a yield, unrounded."""
        return self.price_of(terms, periods, settlement_date, annual_yield)

    def valuation(self, terms: Terms, periods: Sequence[Period], settlement_date: date) -> Valuation | None:
        """What is discounted, and how; nothing where the yield discounts no stream (simple interest to maturity)."""
        found = self.price_of
        return found.valuation(terms, periods, settlement_date) if isinstance(found, Discounted) else None

    def quoted_price(
        self, terms: Terms, periods: Sequence[Period], settlement_date: date, annual_yield: Fraction
    ) -> Price:
        """The price at a yield as the market states it, rounded."""
        return self.quoted(self.price_of(terms, periods, settlement_date, annual_yield))

    def quoted(self, price: Price) -> Price:
        """An exact price as the market states it."""
        accrued = self.accrued.of(price.accrued)
        if self.dirty is not None:
            dirty = self.dirty.of(price.dirty)
            return Price(dirty - accrued, accrued, dirty)
        clean = self.clean.of(price.clean)
        return Price(clean, accrued, clean + accrued)

    def yield_from_price(
        self,
        terms: Terms,
        periods: Sequence[Period],
        settlement_date: date,
        clean_price: Fraction,
        places: int | None = None,
    ) -> Fraction:
        """The yield at a clean price, as the market states it or to so many places."""
        wanted = self.yields.places if places is None else places
        return self.yield_of(terms, periods, settlement_date, clean_price, wanted, self.yields.rounding)


def by_discounting(rule: Rule, accrued_of: AccruedFunction = accrued_per_100) -> tuple[PriceFunction, YieldFunction]:
    """The price and the yield of a market that discounts the stream of payments by a rule."""

    price_of = Discounted(rule, accrued_of)

    def yield_of(
        terms: Terms,
        periods: Sequence[Period],
        settlement_date: date,
        clean_price: Fraction,
        places: int,
        rounding: Rounding,
    ) -> Fraction:
        stream, discounting = price_of.valuation(terms, periods, settlement_date)
        dirty = clean_price + accrued_of(terms, periods, settlement_date)
        return Seeker(stream, discounting).yield_at(dirty, places, rounding, told=clean_price)

    return price_of, yield_of


def frequency_of(terms: Terms) -> int:
    """The periods of a year; one for a single payment."""
    return terms.frequency or 1


def compound(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    """As often as the bond pays, the broken period too."""
    return stream, Discounting(frequency_of(terms), frequency_of(terms))


def annual(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    """Once a year, however often the bond pays."""
    return stream, Discounting(1, frequency_of(terms))


def simple_broken(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    """As often as the bond pays over whole periods, simple interest over the broken one."""
    often = frequency_of(terms)
    return stream, Discounting(often, often, stream.broken / often)


def simple_at_last(terms: Terms, periods: Sequence[Period], settlement_date: date, stream: Stream) -> Valuation:
    """Compound, but simple interest within the last period."""
    if settlement_date < periods[-1].start:
        return compound(terms, periods, settlement_date, stream)
    return simple(terms, stream, (stream.broken + stream.flows[-1].periods) / frequency_of(terms))


def simple(terms: Terms, stream: Stream, years: Fraction) -> Valuation:
    """Simple interest for so many years on all that is left, which is paid on one day."""
    if stream.forever:
        raise Impossible("periods", "those of a perpetual bond reach past the one in which it settles")
    often = frequency_of(terms)
    at_once = tuple(Flow(Fraction(0), flow.amount) for flow in stream.flows)
    return Stream(stream.broken, at_once), Discounting(often, often, years)
