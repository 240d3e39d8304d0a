"""Term sheets in TOML: a bond's terms as people write them, read field by field from what `bond.Terms` is made of.

Rates stand in per cent, conventions by their names in term sheets, amounts as text. A part of the terms is a table
([floating], [repayment]), several of a kind are tables headed by the kind ([[step]], [[call]]). Terms that were not
published are named in `assumed`; where a sheet leaves out the day count, the business-day rule or whether interest is
adjusted, the convention of the currency is taken, and assumed. A mistake names the line and what was expected there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date
from enum import IntEnum
from fractions import Fraction
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from bauhinia.bond import (
    BusinessDayConvention,
    DayCount,
    Impossible,
    RecordDate,
    RecordRule,
    Terms,
    add_months,
    check,
)
from bauhinia.ledger.bonds import TermSheet
from bauhinia.wire.lines import Lines
from bauhinia.wire.mistakes import Mistake, Place, Source, named, nearest, one_of
from bauhinia.wire.toml import NoToml, Problem, read_toml
from bauhinia.wire.written import choice, day, member, number, rate, table, text, truth, units, whole
from bauhinia.words.codec import optional, plain
from bauhinia.words.identifiers import MINOR_UNITS

TABLE = "bond"  # a term sheet may stand in tables of this name, as in a story, or be the whole file
FREQUENCIES = {
    "at maturity": 0, "annual": 1, "semi-annual": 2, "quarterly": 4, "monthly": 12,
    "P1Y": 1, "P6M": 2, "P4M": 3, "P3M": 4, "P2M": 6, "P1M": 12,
}  # fmt: skip
DENOMINATION = ("calculation_amount", "minimum_denomination", "denomination_multiple")
CONVENTIONS = {
    "HKD": (DayCount.ACT_365_FIXED, BusinessDayConvention.MODIFIED_FOLLOWING, True),
    "CNY": (DayCount.ACT_365_FIXED, BusinessDayConvention.MODIFIED_FOLLOWING, True),
    "AUD": (DayCount.ACT_ACT_ICMA, BusinessDayConvention.FOLLOWING, False),
    "EUR": (DayCount.ACT_ACT_ICMA, BusinessDayConvention.FOLLOWING, False),
    "GBP": (DayCount.ACT_ACT_ICMA, BusinessDayConvention.FOLLOWING, False),
    "USD": (DayCount.THIRTY_360, BusinessDayConvention.FOLLOWING, False),
}
BY_CURRENCY = ("day_count", "business_day", "adjusted")
NUMBERS = ("base", "multiplier")  # fractions that are no rates and may be above one

_RECORD = re.compile(r"([0-9]+) (business )?days? before")
_TENOR = re.compile(r"([0-9]+)([YM])")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a term sheet says. `beside` is what it says that the terms have no place for, by name and value."""

    name: str
    isin: str
    currency: str
    terms: Terms
    beside: tuple[tuple[str, str], ...] = ()


def read_sheets(written: str, file: str) -> tuple[Sheet, ...]:
    """The term sheets of a TOML text. Mistake where one is wrong, with all that is, by line."""
    try:
        given = read_toml(written)
    except NoToml as wrong:
        raise Mistake(Problem(file, wrong.line, f"is no TOML: {wrong.what}")) from None
    found: list[Sheet] = []
    places: list[Place] = []
    problems: list[Problem] = []
    for sheet, place in sheet_tables(given, Place(Source(file, Lines(written)))):
        try:
            found.append(_sheet(table(sheet, place), place))
            places.append(place)
        except Mistake as mistake:
            problems += mistake.problems
    problems += _told_twice(found, places)
    if problems:
        raise Mistake(*problems)
    return tuple(found)


def _told_twice(sheets: Sequence[Sheet], places: Sequence[Place]) -> Iterator[Problem]:
    """Bonds of one file that cannot be told apart, on the line of the second."""
    for key in ("name", "isin"):
        seen = set[str]()
        for sheet, place in zip(sheets, places, strict=True):
            said = sheet.name if key == "name" else sheet.isin
            if said in seen:
                yield from place.at(key).mistake(f'{key}: another bond of this file is "{said}" too').problems
            seen.update([said] if said else [])


def sheet_tables(given: dict[str, Any], place: Place) -> list[tuple[Any, Place]]:
    """The tables of a file that are a term sheet each, and where they stand: the file itself, [bond] or [[bond]]."""
    if TABLE not in given:
        return [(given, place)]
    sheets = given[TABLE]
    if isinstance(sheets, list):
        return [(sheet, place.at(TABLE, at)) for at, sheet in enumerate(sheets)]
    return [(sheets, place.at(TABLE))]


def split_sheet(given: dict[str, Any], place: Place) -> tuple[dict[str, Any], Any, Place]:
    """A sheet without its terms, the terms, and where those stand: in a table of that name or among the rest."""
    if "terms" in given:
        return {key: item for key, item in given.items() if key != "terms"}, given["terms"], place.at("terms")
    around = {each.name for each in fields(TermSheet)}
    rest = {key: item for key, item in given.items() if key in around}
    return rest, {key: item for key, item in given.items() if key not in around}, place


def _sheet(given: dict[str, Any], place: Place) -> Sheet:
    rest, terms, inside = split_sheet(given, place)
    around = [each.name for each in fields(TermSheet)]
    for key in rest:
        if key not in around:
            raise place.at(key).mistake(f'a term sheet has no "{key}"{nearest(key, around)}')
    if "currency" not in rest:
        raise place.mistake('a term sheet needs "currency"')
    currency = text(rest["currency"], place.at("currency"))
    if currency not in MINOR_UNITS:
        raise place.at("currency").mistake(f"currency: {named(currency)} is not a currency of ISO 4217")
    name, isin = (text(rest.get(key, ""), place.at(key)) for key in ("name", "isin"))
    return Sheet(name, isin, currency, read_terms(terms, inside, currency))


def read_terms(value: Any, place: Place, currency: str) -> Terms:
    """Terms from a table of them. Mistake with everything that is wrong, in the order of the lines."""
    if not isinstance(value, dict):
        raise place.mistake(f"{place.key}: expected a table of terms, not {named(value)}")
    found: dict[str, Any] = {}
    assumed: list[str] = []
    problems: list[Problem] = []
    for key, item in value.items():
        try:
            _take(key, item, value, place.at(key), currency, found, assumed)
        except Mistake as mistake:
            problems += mistake.problems
    if not problems:
        _complete(currency, found, assumed)
        problems += _missing(value, found, place)
    if problems:
        raise Mistake(*sorted(problems, key=lambda problem: problem.line))
    terms = Terms(**{**found, "assumed": tuple(dict.fromkeys(assumed))})
    wrong = [_problem(field, problem, value, place) for field, problem in check(terms)]
    if wrong:
        raise Mistake(*sorted(wrong, key=lambda problem: problem.line))
    return terms


# ---- the fields of the terms ----


@cache
def hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


@cache
def keys_of(kind: type) -> dict[str, str]:
    """The keys by which a table says the fields of a dataclass, each with its field: several of a kind are headed by
    the name of one ([[step]] for steps), or listed under the field's own name."""
    found = {}
    for each in fields(kind):
        found[_singular(each, hints(kind)[each.name])] = each.name
        found[each.name] = each.name
    return found


def _singular(field: Field[Any], hint: Any) -> str:
    several = get_origin(hint) is tuple and is_dataclass(get_args(hint)[0])
    return field.name.removesuffix("s") if several else field.name


KEYS = (*keys_of(Terms), "denomination", "tenor")


def _take(
    key: str, item: Any, given: dict[str, Any], place: Place, currency: str, found: dict[str, Any], assumed: list[str]
) -> None:
    """One key of the terms into what has been found."""
    if key == "denomination":
        found.update(dict.fromkeys(DENOMINATION, units(item, place, currency)))
        return
    if key == "tenor":
        found["maturity"] = _maturity(given, place)
        return
    if key == "assumed":
        listed = item if isinstance(item, list) else [item]
        assumed.extend(field for at, each in enumerate(listed) for field in _assumed(each, place.at(at)))
        return
    field = keys_of(Terms).get(key)
    if field is None:
        raise place.mistake(f'terms have no "{key}"{nearest(key, KEYS)}')
    if field != key and field in given:
        raise place.mistake(f'{key}: the terms say "{field}" too, which is the same')
    if key in DENOMINATION:
        found[key] = units(item, place, currency)
    elif key == "frequency":
        found[key] = _frequency(item, place)
    elif key == "record_date" and isinstance(item, str):
        found[key] = _record_date(item, place)
    else:
        found[field] = _read(hints(Terms)[field], item, place)


def _complete(currency: str, found: dict[str, Any], assumed: list[str]) -> None:
    """What follows from the rest: the conventions of the currency, and no fixed rate beside a floating one."""
    if "floating" in found:
        found.setdefault("rate", Fraction(0))
    if currency in CONVENTIONS:
        for key, usual in zip(BY_CURRENCY, CONVENTIONS[currency], strict=True):
            if key not in found:
                found[key] = usual
                assumed.append(key)


def _missing(given: dict[str, Any], found: dict[str, Any], place: Place) -> list[Problem]:
    lacking = [each.name for each in fields(Terms) if each.default is MISSING and each.name not in found]
    said = dict.fromkeys("denomination" if key in DENOMINATION else key for key in lacking)
    if "denomination" in said and any(key in given for key in DENOMINATION):
        said = dict.fromkeys(lacking)
    return [problem for key in said for problem in place.mistake(f'terms need "{key}"').problems]


def _problem(field: str, problem: str, given: dict[str, Any], place: Place) -> Problem:
    """What is impossible in terms that can be read, on the line of the key that says it."""
    first, *_ = re.split(r"[.\[]", field)
    written = [key for key, meant in keys_of(Terms).items() if meant == first and key in given]
    if first in DENOMINATION:
        written.append("denomination")
    if first == "maturity":
        written.append("tenor")
    inside = place.at(next((key for key in written if key in given), first))
    for part in re.split(r"[.\[\]]+", field)[1:]:
        if part:
            inside = inside.at(_as_written(part, inside))
    (found,) = inside.mistake(f"{field}: {problem}").problems
    return found


def _as_written(part: str, place: Place) -> str | int:
    """A step of the path to what is wrong, as the file has it: the number of an item, or a field by its key."""
    if part.isdigit():
        return int(part)
    one = part.removesuffix("s")
    return one if place.has(one) and not place.has(part) else part


def _assumed(key: Any, place: Place) -> tuple[str, ...]:
    if key == "denomination":
        return DENOMINATION
    if key == "tenor":
        return ("maturity",)
    if key not in KEYS:
        raise place.mistake(f"assumed: expected names of terms, not {named(key)}{nearest(str(key), KEYS)}")
    return (keys_of(Terms)[key],)


def _frequency(item: Any, place: Place) -> int:
    if type(item) is int:
        return item
    if not isinstance(item, str) or item not in FREQUENCIES:
        names = list(FREQUENCIES)[:5]
        raise place.mistake(
            f'frequency: expected {one_of(names)}, a period such as "P6M", or a number a year, not {named(item)}'
        )
    return FREQUENCIES[item]


def _record_date(item: str, place: Place) -> RecordDate:
    found = _RECORD.fullmatch(item)
    if found is None:
        raise place.mistake(f'record_date: expected "1 business day before" or "15 days before", not {named(item)}')
    rule = RecordRule.BUSINESS_DAYS_BEFORE if found[2] else RecordRule.CALENDAR_DAYS_BEFORE
    return RecordDate(rule, int(found[1]))


def _maturity(given: dict[str, Any], place: Place) -> date:
    """The issue date and a tenor such as 2Y or 18M later."""
    found = _TENOR.fullmatch(text(given["tenor"], place))
    if found is None or "maturity" in given or "issue_date" not in given:
        raise place.mistake('tenor: expected "2Y" or "18M", an issue date beside it, and no maturity')
    months = int(found[1]) * (12 if found[2] == "Y" else 1)
    issued = day(given["issue_date"], Place(place.source, (*place.path[:-1], "issue_date")))
    try:
        return add_months(issued, months, False)
    except Impossible as impossible:
        raise place.mistake(f"tenor: {impossible.problem}") from None


# ---- values and parts, by their types alone ----

PLAIN: dict[Any, Callable[[Any, Place], Any]] = {str: text, bool: truth, int: whole, date: day}


def _read(hint: Any, value: Any, place: Place) -> Any:
    """A value of the annotated type, or the mistake that says what was expected."""
    kind = plain(optional(hint) or hint)
    if get_origin(kind) is tuple:
        return _several(get_args(kind)[0], value if isinstance(value, list) else [value], place)
    if kind is Fraction:
        return number(value, place) if place.key in NUMBERS else rate(value, place)
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return member(kind, value, place)
    if isinstance(kind, type) and is_dataclass(kind):
        return _part(kind, table(value, place), place)
    if kind in PLAIN:
        return PLAIN[kind](value, place)
    raise place.mistake(f"{place.key}: a term sheet has no way to write this")


def _several(kind: Any, items: list[Any], place: Place) -> tuple[Any, ...]:
    """Each item of a list, with everything that is wrong with any."""
    found: list[Any] = []
    problems: list[Problem] = []
    for at, item in enumerate(items):
        try:
            found.append(_read(kind, item, place.at(at)))
        except Mistake as mistake:
            problems += mistake.problems
    if problems:
        raise Mistake(*problems)
    return tuple(found)


def _part(kind: type, given: dict[str, Any], place: Place) -> Any:
    """A part of the terms from its table, with everything that is wrong with it."""
    known, types = keys_of(kind), hints(kind)
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, item in given.items():
        try:
            if key not in known:
                raise place.at(key).mistake(f'{place.key} has no "{key}"{nearest(key, list(known))}')
            found[known[key]] = _read(types[known[key]], item, place.at(key))
        except Mistake as mistake:
            problems += mistake.problems
    problems += _lacking(kind, given, place)
    if problems:
        raise Mistake(*problems)
    return kind(**found)


def _lacking(kind: type, given: dict[str, Any], place: Place) -> Iterator[Problem]:
    said = {keys_of(kind).get(key) for key in given}
    for each in fields(kind):
        if each.default is MISSING and each.name not in said:
            expected = f"expected {in_words(hints(kind)[each.name], each.name)}"
            yield from place.mistake(f'{place.key} needs "{each.name}": {expected}').problems


def in_words(hint: Any, name: str = "") -> str:
    """How a value of this type is written."""
    kind = plain(optional(hint) or hint)
    if get_origin(kind) is tuple:
        return f"a list, each {in_words(get_args(kind)[0])}"
    if kind is Fraction:
        return 'a number such as "234.567"' if name in NUMBERS else 'a rate such as "4.05%"'
    if isinstance(kind, type) and issubclass(kind, IntEnum):
        return choice(kind)
    words = {str: "a text", bool: "true or false", int: "a whole number", date: "a date such as 2026-02-02"}
    return words.get(kind, "a table")
