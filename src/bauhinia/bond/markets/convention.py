"""What a market's convention is made of, and how its price and its yield come from one discounting rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from bauhinia.bond.fields import exactly
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.known import NOTHING, Known
from bauhinia.bond.price import Discounting, Flow, Price, Stream, accrued_per_100, stream_of, worth
from bauhinia.bond.roll import Roll
from bauhinia.bond.rounding import Rounding, to_places
from bauhinia.bond.schedule import Period, schedule
from bauhinia.bond.terms import Terms
from bauhinia.bond.yields import Seeker

PriceFunction = Callable[[Terms, Sequence[Period], date, Fraction, Known], Price]
YieldFunction = Callable[[Terms, Sequence[Period], date, Fraction, int, Rounding, Known], Fraction]
AccruedFunction = Callable[[Terms, Sequence[Period], date, Known], Fraction]
Valuation = tuple[Stream, Discounting]  # what is discounted, and how
Rule = Callable[[Terms, Sequence[Period], date, Stream], Valuation]


@dataclass(frozen=True, slots=True)
class Discounted:
    """The price of a market that discounts the stream of payments by a rule. `frequency` is that of the periods over
    which it discounts what pays once.
    """

    rule: Rule
    accrued_of: AccruedFunction
    frequency: int

    def valuation(
        self, terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING
    ) -> Valuation:
        """What is discounted, and how."""
        stream = stream_of(terms, periods, settlement_date, known)
        if not terms.frequency:
            terms, periods = quasi_coupons(terms, periods, stream, self.frequency)
            stream = stream_of(terms, periods, settlement_date)
        return self.rule(terms, periods, settlement_date, stream)

    def __call__(
        self,
        terms: Terms,
        periods: Sequence[Period],
        settlement_date: date,
        annual_yield: Fraction,
        known: Known = NOTHING,
    ) -> Price:
        exactly("annual_yield", annual_yield)
        dirty = worth(*self.valuation(terms, periods, settlement_date, known), annual_yield)
        accrued = self.accrued_of(terms, periods, settlement_date, known)
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
    """A market's way from yield to price and back. Prices are per 100 of what is outstanding; a yield is a part of one.

    `settlement_days` are the business days from a trade to its settlement, as is usual there. `compounding` is how
    often a year the yield of that market's own bonds compounds, and of what pays once (zero coupons, strips), over
    quasi-coupon periods back from its maturity; zero is simple interest. A bond that pays more or less often than is
    usual there compounds as often as it pays, as the formulae of the markets have it (M of SIFMA, f of the DMO), but in
    the markets whose yield is annual. What is quoted: the clean price, accrued interest, the
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

    def price(
        self,
        terms: Terms,
        periods: Sequence[Period],
        settlement_date: date,
        annual_yield: Fraction,
        known: Known = NOTHING,
    ) -> Price:
        """The price at a yield, unrounded."""
        return self.price_of(terms, periods, settlement_date, annual_yield, known)

    def valuation(
        self, terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING
    ) -> Valuation | None:
        """What is discounted, and how; nothing where the yield discounts no stream (simple interest to maturity)."""
        found = self.price_of
        return found.valuation(terms, periods, settlement_date, known) if isinstance(found, Discounted) else None

    def quoted_price(
        self,
        terms: Terms,
        periods: Sequence[Period],
        settlement_date: date,
        annual_yield: Fraction,
        known: Known = NOTHING,
    ) -> Price:
        """The price at a yield as the market states it, rounded."""
        return self.quoted(self.price_of(terms, periods, settlement_date, annual_yield, known))

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
        known: Known = NOTHING,
    ) -> Fraction:
        """The yield at a clean price, as the market states it or to so many places."""
        exactly("clean_price", clean_price)
        wanted = self.yields.places if places is None else places
        return self.yield_of(terms, periods, settlement_date, clean_price, wanted, self.yields.rounding, known)


def by_discounting(
    rule: Rule, frequency: int, accrued_of: AccruedFunction = accrued_per_100
) -> tuple[PriceFunction, YieldFunction]:
    """The price and the yield of a market that discounts the stream of payments by a rule; `frequency` is that of the
    quasi-coupon periods of what pays once.
    """

    price_of = Discounted(rule, accrued_of, frequency)

    def yield_of(
        terms: Terms,
        periods: Sequence[Period],
        settlement_date: date,
        clean_price: Fraction,
        places: int,
        rounding: Rounding,
        known: Known = NOTHING,
    ) -> Fraction:
        stream, discounting = price_of.valuation(terms, periods, settlement_date, known)
        dirty = clean_price + accrued_of(terms, periods, settlement_date, known)
        return Seeker(stream, discounting).yield_at(dirty, places, rounding, told=clean_price)

    return price_of, yield_of


def quasi_coupons(
    terms: Terms, periods: Sequence[Period], stream: Stream, frequency: int
) -> tuple[Terms, tuple[Period, ...]]:
    """What pays once, as a bond that bears no interest and yet has coupon dates: so many a year, back from its
    maturity. All that it pays then, interest too, is what it is redeemed for.
    """
    paid = sum((flow.amount for flow in stream.flows), Fraction(0)) / 100
    bare = replace(
        terms,
        frequency=frequency,
        rate=Fraction(0),
        redemption_price=paid,
        roll=Roll.ANCHOR,
        roll_day=0,
        indexed=None,
        repayment=None,
        ex_dividend=False,
    )
    return bare, schedule(bare, periods[0].calendars)


def frequency_of(terms: Terms) -> int:
    """The periods of a year: of what pays once its market's, which a rule is given as that of its terms."""
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
