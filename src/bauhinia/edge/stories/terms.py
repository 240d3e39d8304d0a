"""A bond's terms as a story writes them: rates in per cent, conventions by their term-sheet names, amounts as text.

Terms that were not published are named in `assumed`. Where a story leaves out the day count, the business-day rule or
whether interest is adjusted, the convention of the currency is taken, and assumed.
"""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from typing import Any

from bauhinia.bond import (
    BusinessDayConvention,
    Calendar,
    DayCount,
    Impossible,
    Period,
    RecordDate,
    RecordRule,
    Terms,
    add_months,
    check,
    schedule,
)
from bauhinia.edge.stories.mistakes import Place, named, nearest, one_of
from bauhinia.edge.stories.values import SPECIAL as VALUES
from bauhinia.edge.stories.values import Scope, amount, convert, day, hints, text

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
FIELDS = tuple(field.name for field in fields(Terms))
KEYS = (*FIELDS, "denomination", "tenor")

_RECORD = re.compile(r"([0-9]+) (business )?days? before")
_TENOR = re.compile(r"([0-9]+)([YM])")


def read_terms(value: Any, place: Place, scope: Scope) -> Terms:
    """Terms from a table of them, or those of a bond of the story by its name."""
    if isinstance(value, str):
        return scope.names.terms(value, place)[1]
    if not isinstance(value, dict):
        raise place.mistake(f"{place.key}: expected a table of terms, or the name of a bond, not {named(value)}")
    for key in value:
        if key not in KEYS:
            raise place.at(key).mistake(f'terms have no "{key}"{nearest(key, KEYS)}')
    given = dict(value)
    found: dict[str, Any] = {}
    listed = convert(tuple[str, ...], given.pop("assumed", []), place.at("assumed"), scope)
    assumed = [each for key in listed for each in _assumed(key, place.at("assumed"))]
    if "denomination" in given:
        units = amount(given.pop("denomination"), place.at("denomination"), scope)
        found |= dict.fromkeys(DENOMINATION, units)
    if "tenor" in given:
        found["maturity"] = _maturity(given, place, scope)
        given.pop("tenor")
    for key, item in given.items():
        found[key] = _field(key, item, place.at(key), scope)
    if scope.currency in CONVENTIONS:
        for key, usual in zip(BY_CURRENCY, CONVENTIONS[scope.currency], strict=True):
            if key not in found:
                found[key] = usual
                assumed.append(key)
    for key in ("issue_date", "maturity", "rate", "frequency", "calendars", *BY_CURRENCY, *DENOMINATION):
        if key not in found:
            raise place.mistake(f'terms need "{"denomination" if key in DENOMINATION else key}"')
    terms = Terms(**{**found, "assumed": tuple(dict.fromkeys(assumed))})
    for field, problem in check(terms):
        written = "denomination" if field in DENOMINATION else "tenor" if field == "maturity" else field
        raise place.at(written if written in value else field).mistake(f"{field}: {problem}")
    return terms


def _field(key: str, item: Any, place: Place, scope: Scope) -> Any:
    if key in DENOMINATION:
        return amount(item, place, scope)
    if key == "frequency":
        return _frequency(item, place)
    if key == "record_date" and isinstance(item, str):
        return _record_date(item, place)
    return convert(hints(Terms)[key], item, place, scope)


def _assumed(key: Any, place: Place) -> tuple[str, ...]:
    if key == "denomination":
        return DENOMINATION
    if key == "tenor":
        return ("maturity",)
    if key not in FIELDS:
        raise place.mistake(f"assumed: expected names of terms, not {named(key)}{nearest(str(key), KEYS)}")
    return (key,)


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


def _maturity(given: dict[str, Any], place: Place, scope: Scope) -> date:
    """The issue date and a tenor such as 2Y or 18M later."""
    found = _TENOR.fullmatch(text(given["tenor"], place.at("tenor")))
    if found is None or "maturity" in given or "issue_date" not in given:
        raise place.at("tenor").mistake('tenor: expected "2Y" or "18M", an issue date beside it, and no maturity')
    months = int(found[1]) * (12 if found[2] == "Y" else 1)
    try:
        return add_months(day(given["issue_date"], place.at("issue_date")), months, False)
    except Impossible as impossible:
        raise place.at("tenor").mistake(f"tenor: {impossible.problem}") from None


def periods_of(terms: Terms, calendars: tuple[Calendar, ...], place: Place) -> tuple[Period, ...]:
    """The interest periods on the market's calendars, or the mistake that one of them is not there."""
    try:
        return schedule(terms, calendars)
    except Impossible as impossible:
        raise place.mistake(f"{place.key}: {impossible}") from None


VALUES[Terms] = read_terms
