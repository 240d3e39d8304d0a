"""Published figures beside ours: what an issuer or its banks made known, and what this market works out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bauhinia.bond import (
    accrued_interest,
    cash_flows,
    interest_per_calculation_amount,
    price_from_yield,
    proceeds,
    settlement_amount,
    to_places,
    yield_from_price,
)
from bauhinia.edge.stories.checks import World, outstanding
from bauhinia.edge.stories.mistakes import Place, nearest, one_of
from bauhinia.edge.stories.names import AssetName
from bauhinia.edge.stories.record import Flow
from bauhinia.edge.stories.terms import periods_of
from bauhinia.edge.stories.values import Scope, amount, day, decimal, fraction, text
from bauhinia.ledger.assets import AssetKind
from bauhinia.ledger.instructions import TransactionKind
from bauhinia.ledger.state import State
from bauhinia.words.ids import AssetNumber
from bauhinia.words.money import format_units

STATUSES = ("published", "derived", "assumed")
KEYS = ("what", "of", "bond", "yield", "price", "settles", "nominal", "period", *STATUSES, "source")


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
    for key in ("yield", "price", "settles", "nominal", "period"):
        if key in given and key not in kind.needs:
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
        ):
            if key in self.given:
                read()

    def rate(self) -> Fraction:
        return fraction(self.given["yield"], self.place.at("yield"))

    def price(self) -> Fraction:
        return decimal(text(self.given["price"], self.place.at("price")), self.place.at("price"))

    def settles(self) -> Any:
        return day(self.given["settles"], self.place.at("settles"))

    def nominal(self) -> int:
        scope = Scope(self.scope.names, self.scope.by, self.scope.time, (self.asset,))
        return amount(self.given["nominal"], self.place.at("nominal"), scope)

    def periods(self, world: World) -> Any:
        terms = self.terms
        return periods_of(terms, world.ask(lambda state: state.days.of(terms.calendars)), self.place)

    @property
    def terms(self) -> Any:
        return self.asset.terms


def _as_written(value: Fraction | int, theirs: str, asset: AssetName, place: Place) -> tuple[str, str]:
    """Our value written as theirs is: an amount, a rate in per cent, or a number rounded half up to its decimals; and
    with more decimals, to show how near it is."""
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


def _price_at_yield(asked: Asked, world: World, part: str) -> Fraction:
    price = price_from_yield(asked.terms, asked.periods(world), asked.settles(), asked.rate())
    value: Fraction = getattr(price, part)
    return value


def _yield(asked: Asked, world: World) -> Fraction:
    return yield_from_price(asked.terms, asked.periods(world), asked.settles(), asked.price(), places=12)


def _interest(asked: Asked, world: World) -> int:
    periods = asked.periods(world)
    number = asked.given["period"]
    if type(number) is not int or not 1 <= number <= len(periods):
        raise asked.place.at("period").mistake(f"period: expected 1 to {len(periods)}")
    per = interest_per_calculation_amount(asked.terms, periods[number - 1])
    return int(per * (asked.nominal() // asked.terms.calculation_amount))


def _total(asked: Asked, world: World) -> int:
    return sum(flow.amount for flow in cash_flows(asked.terms, asked.periods(world), asked.nominal()))


def _ledger(asked: Asked, world: World, ask: Callable[[State, AssetNumber], int]) -> int:
    number = world.names.asset(asked.asset.name, asked.place.at("bond"))
    found: int = world.ask(lambda state: ask(state, number))
    return found


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
    work: Callable[[Asked, World], Fraction | int]


KINDS: dict[str, Kind] = {
    "clean price": Kind(("yield", "settles"), lambda asked, world: _price_at_yield(asked, world, "clean")),
    "dirty price": Kind(("yield", "settles"), lambda asked, world: _price_at_yield(asked, world, "dirty")),
    "accrued": Kind(("yield", "settles"), lambda asked, world: _price_at_yield(asked, world, "accrued")),
    "yield": Kind(("price", "settles"), _yield),
    "interest": Kind(("nominal", "period"), _interest),
    "accrued interest": Kind(
        ("nominal", "settles"),
        lambda asked, world: accrued_interest(asked.terms, asked.periods(world), asked.settles(), asked.nominal()),
    ),
    "proceeds": Kind(("nominal", "price"), lambda asked, world: proceeds(asked.nominal(), asked.price())),
    "settlement amount": Kind(
        ("nominal", "price", "settles"),
        lambda asked, world: settlement_amount(
            asked.terms, asked.periods(world), asked.settles(), asked.nominal(), asked.price()
        ),
    ),
    "total payments": Kind(("nominal",), _total),
    "issued": Kind((), lambda asked, world: _ledger(asked, world, lambda state, each: state.issues.bonds[each].issued)),
    "outstanding": Kind((), lambda asked, world: _ledger(asked, world, outstanding)),
    "paid": Kind((), _paid),
    "rate": Kind((), lambda asked, world: Fraction(asked.terms.rate)),
}
