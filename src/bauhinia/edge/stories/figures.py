"""Published figures beside ours: what an issuer or its banks made known, and what this market works out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, cast

from bauhinia.bond import (
    Calendar,
    Known,
    Period,
    Price,
    Terms,
    accrued_interest,
    cash_flows,
    factor_of,
    index_ratio_of,
    interest,
    interest_fraction,
    is_business_day,
    lapsed,
    on_nominal,
    period_at,
    price_from_yield,
    principal_per_calculation_amount,
    proceeds,
    rate_of,
    to_places,
    yield_from_price,
)
from bauhinia.bond.markets import Convention, Market, convention_of, us_bills
from bauhinia.edge.stories.checks import World, outstanding
from bauhinia.edge.stories.names import AssetName
from bauhinia.edge.stories.record import Flow
from bauhinia.edge.stories.terms import periods_of
from bauhinia.edge.stories.values import Scope, amount, fraction
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.state import State
from bauhinia.wire.mistakes import Place, nearest, one_of
from bauhinia.wire.written import day as read_day
from bauhinia.wire.written import decimal, member, text
from bauhinia.words.dates import day_of
from bauhinia.words.ids import AssetNumber
from bauhinia.words.money import format_units
from bauhinia.words.reasons import must

STATUSES = ("published", "derived", "assumed")
GIVEN = ("yield", "price", "settles", "nominal", "period", "priced", "market")  # what one or another figure depends on
KEYS = ("what", "of", "bond", *GIVEN, *STATUSES, "source")


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure beside ours, both as text. `status` is published, derived (worked out elsewhere) or assumed."""

    what: str
    status: str
    theirs: str
    ours: str
    exact: str
    source: str

    @property
    def agrees(self) -> bool:
        return self.theirs == self.ours


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure to be compared at the end of a story."""

    place: Place
    what: str
    status: str
    theirs: str
    source: str
    ours: Callable[[World], tuple[str, str]]

    def compare(self, world: World) -> Compared:
        ours, exact = self.ours(world)
        return Compared(self.what, self.status, self.theirs, ours, exact, self.source)


def read_figure(given: dict[str, Any], place: Place, scope: Scope) -> Figure:
    """A [[figure]]: what it is `of`, of which bond, with what it depends on, and the value someone else gives."""
    for key in given:
        if key not in KEYS:
            raise place.at(key).mistake(f'a figure has no "{key}"{nearest(key, KEYS)}')
    stated = [each for each in STATUSES if each in given]
    if len(stated) != 1:
        raise place.mistake(f"a figure needs one of {one_of(STATUSES)}: the value to compare with")
    for key in ("of", "bond"):
        if key not in given:
            raise place.mistake(f'a figure needs "{key}"')
    of = text(given["of"], place.at("of"))
    if of not in KINDS:
        raise place.at("of").mistake(f'of: expected {one_of(KINDS)}, not "{of}"')
    kind = KINDS[of]
    for key in kind.needs:
        if key not in given:
            raise place.mistake(f'the figure "{of}" needs "{key}"')
    for key in GIVEN:
        if key in given and key not in (*kind.needs, *kind.may):
            raise place.at(key).mistake(f'the figure "{of}" does not depend on "{key}"')
    asset, _ = scope.names.terms(given["bond"], place.at("bond"))
    theirs = text(given[stated[0]], place.at(stated[0]))
    asked = Asked(asset, given, place, scope)
    asked.check()
    return Figure(
        place.at(stated[0]),
        given.get("what", of.replace("_", " ")),
        stated[0],
        theirs,
        given.get("source", ""),
        lambda world: _as_written(kind.work(asked, world), theirs, asset, place.at(stated[0])),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a figure depends on."""

    asset: AssetName
    given: dict[str, Any]
    place: Place
    scope: Scope

    def check(self) -> None:
        """Read all that is given once, so that a mistake is found before the story is played."""
        for key, read in (
            ("yield", self.rate),
            ("price", self.price),
            ("settles", self.settles),
            ("nominal", self.nominal),
            ("priced", self.priced),
            ("market", self.market),
        ):
            if key in self.given:
                read()

    def rate(self) -> Fraction:
        if "yield" not in self.given:
            return Fraction(0)  # accrued interest is the same at every yield
        return fraction(self.given["yield"], self.place.at("yield"))

    def price(self) -> Fraction:
        return decimal(text(self.given["price"], self.place.at("price")), self.place.at("price"))

    def settles(self) -> date:
        return read_day(self.given["settles"], self.place.at("settles"))

    def priced(self) -> date:
        return read_day(self.given["priced"], self.place.at("priced"))

    def market(self) -> Convention | None:
        """The convention by which it is worked out; none: ICMA's formula, unrounded."""
        if "market" not in self.given:
            return None
        return convention_of(member(Market, self.given["market"], self.place.at("market")))

    def nominal(self) -> int:
        scope = Scope(self.scope.names, self.scope.by, self.scope.time, (self.asset,))
        return amount(self.given["nominal"], self.place.at("nominal"), scope)

    def periods(self, world: World) -> tuple[Period, ...]:
        terms = self.terms
        return periods_of(terms, world.ask(lambda state: state.days.of(terms.calendars)), self.place)

    def known(self, world: World) -> Known:
        """What was observed by the end of the story."""
        values: Known = world.ask(lambda state: state.observations.values)
        return lapsed(self.terms.sustainability, values, world.scope.today)

    def index_calendars(self, world: World) -> tuple[Calendar, ...]:
        floating = self.terms.floating
        return world.ask(lambda state: state.days.of(floating.centres)) if floating else ()

    @property
    def terms(self) -> Terms:
        must(self.asset.terms, "a figure is of a bond with terms")
        return cast(Terms, self.asset.terms)


def _as_written(value: Fraction | int | str, theirs: str, asset: AssetName, place: Place) -> tuple[str, str]:
    """Our value written as theirs is: an amount, a rate in per cent, or a number rounded half up to its decimals; and
    with more decimals, to show how near it is. A text stands as it is."""
    if isinstance(value, str):
        return value, value
    if isinstance(value, int):
        prefix = theirs.rpartition(" ")[0]
        written = f"{prefix or asset.currency} {format_units(value, asset.exponent)}"
        return written, written
    scaled, sign = (value * 100, "%") if theirs.endswith("%") else (value, "")
    decimal(theirs.removesuffix("%"), place)
    places = len(theirs.removesuffix("%").partition(".")[2])
    return (
        f"{_digits(to_places(scaled, places), places)}{sign}",
        f"{_digits(to_places(scaled, places + 4), places + 4)}{sign}",
    )


def _digits(value: Fraction, places: int) -> str:
    scaled = value * 10**places
    return f"{'-' if scaled < 0 else ''}{format_units(abs(int(scaled)), places).replace(',', '')}"


def _price_at_yield(asked: Asked, world: World) -> Price:
    terms, periods, settles, market = asked.terms, asked.periods(world), asked.settles(), asked.market()
    known = asked.known(world)
    if market is None:
        return price_from_yield(terms, periods, settles, asked.rate(), known=known)
    return market.quoted_price(terms, periods, settles, asked.rate(), known)


def _yield(asked: Asked, world: World) -> Fraction:
    terms, periods, settles, market = asked.terms, asked.periods(world), asked.settles(), asked.market()
    known = asked.known(world)
    if market is None:
        return yield_from_price(terms, periods, settles, asked.price(), places=12, known=known)
    return market.yield_from_price(terms, periods, settles, asked.price(), known=known)


def _index_ratio(asked: Asked, world: World) -> Fraction:
    return index_ratio_of(asked.terms, asked.settles(), asked.known(world))


def _days(asked: Asked) -> int:
    return (asked.terms.maturity - asked.settles()).days


def _accrued_interest(asked: Asked, world: World) -> int:
    known, calendars = asked.known(world), asked.index_calendars(world)
    terms, periods, nominal = asked.terms, asked.periods(world), asked.nominal()
    return accrued_interest(terms, periods, asked.settles(), nominal, known=known, calendars=calendars)


def _settlement_amount(asked: Asked, world: World) -> int:
    """Proceeds at the clean price of what is outstanding of it, as indexed, and accrued interest, each rounded."""
    known, calendars = asked.known(world), asked.index_calendars(world)
    periods, settles = asked.periods(world), asked.settles()
    left = factor_of(asked.terms, periods, period_at(periods, settles).number, known, calendars)
    price = asked.price() * left * _index_ratio(asked, world)
    return proceeds(asked.nominal(), price) + _accrued_interest(asked, world)


def _period(asked: Asked, world: World) -> Period:
    periods = asked.periods(world)
    number = asked.given["period"]
    if type(number) is not int or not 1 <= number <= len(periods):
        raise asked.place.at("period").mistake(f"period: expected 1 to {len(periods)}")
    found: Period = periods[number - 1]
    return found


def _interest(asked: Asked, world: World) -> int:
    known, calendars = asked.known(world), asked.index_calendars(world)
    period, periods = _period(asked, world), asked.periods(world)
    return interest(asked.terms, period, asked.nominal(), known, calendars, periods)


def _principal(asked: Asked, world: World) -> int:
    """What is repaid at the end of a period, rounded per calculation amount."""
    known, calendars = asked.known(world), asked.index_calendars(world)
    period, periods = _period(asked, world), asked.periods(world)
    per = principal_per_calculation_amount(asked.terms, period, periods, known, calendars)
    return on_nominal(asked.terms, asked.nominal(), per)


def _period_rate(asked: Asked, world: World) -> Fraction:
    return rate_of(asked.terms, _period(asked, world), asked.known(world), asked.index_calendars(world))


def _exact_interest(asked: Asked, world: World) -> Fraction:
    """In the currency, not in its smallest units: what is rounded is what others compare with."""
    known, calendars = asked.known(world), asked.index_calendars(world)
    part = interest_fraction(asked.terms, _period(asked, world), known, calendars, asked.periods(world))
    return part * Fraction(asked.nominal(), 10**asked.asset.exponent)


def _total(asked: Asked, world: World) -> int:
    known, calendars = asked.known(world), asked.index_calendars(world)
    flows = cash_flows(asked.terms, asked.periods(world), asked.nominal(), known, calendars)
    return sum(flow.amount for flow in flows)


def _ledger(asked: Asked, world: World, ask: Callable[[State, AssetNumber], int]) -> int:
    number = world.names.asset(asked.asset.name, asked.place.at("bond"))
    found: int = world.ask(lambda state: ask(state, number))
    return found


def _cycle(asked: Asked, world: World) -> str:
    """T, and how many business days of its system after it was priced the bond was first issued on the ledger."""
    number = world.names.asset(asked.asset.name, asked.place.at("bond"))
    times = [flow.time for flow in world.flows if flow.kind is TransactionKind.ISSUE and flow.cause == number]
    if not times:
        raise asked.place.at("bond").mistake(f'bond: "{asked.asset.name}" is never issued')
    day, issued = asked.priced(), day_of(min(times), world.names.offset)
    if day > issued:
        raise asked.place.at("priced").mistake(f"priced: {day} is after the issue on {issued}")
    calendars = world.ask(lambda state: state.days.of(state.days.systems[state.assets[number].system].centres))
    count = 0
    while day < issued:
        day += timedelta(days=1)
        count += is_business_day(day, calendars)
    return f"T+{count}"


def _paid(asked: Asked, world: World) -> int:
    """All that was paid to the holders of record on the ledger's own books."""
    return _ledger(asked, world, lambda state, number: paid_on(state, world.flows, number))


def paid_on(state: State, flows: Any, number: AssetNumber) -> int:
    """All that holders in the official book were paid on a bond: interest and principal."""
    total = 0
    for flow in flows:
        if flow.kind not in (TransactionKind.INCOME, TransactionKind.REDEMPTION) or not _counts(state, flow):
            continue
        action = state.servicing.actions.get(flow.cause)
        total += flow.amount if action is not None and action.asset == number else 0
    return total


def _counts(state: State, flow: Flow) -> bool:
    return state.assets[flow.asset].kind is AssetKind.MONEY


@dataclass(frozen=True, slots=True)
class Kind:
    """What a figure needs, and how it is worked out."""

    needs: tuple[str, ...]
    work: Callable[[Asked, World], Fraction | int | str]
    may: tuple[str, ...] = ()


PRICED = ("yield", "settles")
KINDS: dict[str, Kind] = {
    "clean price": Kind(PRICED, lambda asked, world: _price_at_yield(asked, world).clean, ("market",)),
    "dirty price": Kind(PRICED, lambda asked, world: _price_at_yield(asked, world).dirty, ("market",)),
    "accrued": Kind(("settles",), lambda asked, world: _price_at_yield(asked, world).accrued, ("yield", "market")),
    "yield": Kind(("price", "settles"), _yield, ("market",)),
    "index ratio": Kind(("settles",), _index_ratio),
    "indexed price": Kind(
        PRICED, lambda asked, world: _price_at_yield(asked, world).clean * _index_ratio(asked, world), ("market",)
    ),
    "indexed accrued": Kind(
        ("settles",),
        lambda asked, world: _price_at_yield(asked, world).accrued * _index_ratio(asked, world),
        ("market",),
    ),
    "bill price": Kind(PRICED, lambda asked, world: us_bills.price(asked.rate(), _days(asked))),
    "discount rate": Kind(
        ("price", "settles"), lambda asked, world: us_bills.discount_rate(asked.price(), _days(asked))
    ),
    "investment rate": Kind(
        ("price", "settles"),
        lambda asked, world: us_bills.investment_rate(asked.price(), asked.settles(), asked.terms.maturity),
    ),
    "interest": Kind(("nominal", "period"), _interest),
    "exact interest": Kind(("nominal", "period"), _exact_interest),
    "period rate": Kind(("period",), _period_rate),
    "principal": Kind(("nominal", "period"), _principal),
    "accrued interest": Kind(("nominal", "settles"), _accrued_interest),
    "proceeds": Kind(("nominal", "price"), lambda asked, world: proceeds(asked.nominal(), asked.price())),
    "settlement amount": Kind(("nominal", "price", "settles"), _settlement_amount),
    "total payments": Kind(("nominal",), _total),
    "issued": Kind((), lambda asked, world: _ledger(asked, world, lambda state, each: state.issues.bonds[each].issued)),
    "outstanding": Kind((), lambda asked, world: _ledger(asked, world, outstanding)),
    "paid": Kind((), _paid),
    "settlement cycle": Kind(("priced",), _cycle),
    "rate": Kind((), lambda asked, world: Fraction(asked.terms.rate)),
}
