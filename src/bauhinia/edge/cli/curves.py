"""`bauhinia curve`: discount factors and zero rates from the prices of bonds."""

from __future__ import annotations

import argparse
from pathlib import Path

from bauhinia.bond.projected import Outlook, dated_flows
from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.bonds import read_sheet, text_of, to_price, with_weekday, write_csv, wrong_usage
from bauhinia.edge.cli.measuring import decimals
from bauhinia.edge.cli.pricing import Given, priced
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.edge.curves import Instrument, NoQuantLib, bootstrap
from bauhinia.wire.curves import COLUMNS, Curve, curve_rows, write_curve
from bauhinia.wire.quotes import Quote, Quotes, read_quotes
from bauhinia.wire.sheets import Sheet
from bauhinia.words.dates import parse_date
from bauhinia.words.money import format_rate


def curve(asked: argparse.Namespace) -> int:
    """A curve from a file of quotes."""
    here = Path(asked.quotes).parent

    def find(file: str, which: str) -> Sheet:
        return read_sheet(str(here / file), which or None)

    settled = parse_date(asked.settle) if asked.settle else None
    quotes = read_quotes(text_of(asked.quotes), asked.quotes, find, settled)
    instruments = [_instrument(each, quotes, asked) for each in quotes.quotes]
    try:
        found = bootstrap(quotes.settlement_date, instruments)
    except NoQuantLib as lacking:
        raise wrong_usage(str(lacking)) from None
    if asked.out:
        about = [f"made by bauhinia curve from {len(instruments)} bonds"]
        Path(asked.out).write_text(write_curve(found, about), "utf-8")
    if asked.json:
        answer({"settlement_date": str(found.settlement_date), "points": _rows(found)[1:], "bonds": _told(instruments)})
    elif asked.csv:
        write_csv(asked.csv, _rows(found))
    else:
        _print(found, instruments)
    if asked.out and not asked.json and asked.csv != "-":
        say(f"written to {asked.out}")
    return DONE


def _instrument(quote: Quote, quotes: Quotes, asked: argparse.Namespace) -> Instrument:
    """What a bond still pays, and its dirty price, as its market states it."""
    settled = quotes.settlement_date
    loaded = to_price(quote.sheet, asked, settled)
    found = priced(loaded, settled, Given(quote.value, quote.is_yield), quote.market or None)
    flows = dated_flows(loaded.sheet.terms, loaded.periods, Outlook(settled, loaded.known, loaded.calendars))
    return Instrument(quote.name, tuple(flows), found.price.dirty)


def _told(instruments: list[Instrument]) -> list[dict[str, str]]:
    return [
        {"name": each.name, "last_payment": str(each.last), "dirty_price": decimals(each.dirty_price)}
        for each in instruments
    ]


def _rows(curve: Curve) -> list[dict[str, str | None]]:
    return [
        dict(zip(COLUMNS, (day, factor, None if zero is None else format_rate(zero)), strict=True))
        for day, factor, zero in curve_rows(curve)
    ]


def _print(curve: Curve, instruments: list[Instrument]) -> None:
    names = {each.last: each.name for each in instruments}
    rows = [
        (with_weekday(point.day), factor, format_rate(zero), names[point.day])
        for point, (_, factor, zero) in zip(curve.points, curve_rows(curve)[1:], strict=True)
        if zero is not None
    ]
    table(
        ("date", "discount factor", "zero rate", "from"),
        rows,
        right=(1, 2),
        whole=(0,),
        title=f"The curve of {with_weekday(curve.settlement_date)}",
    )
    say("zero rates compound once a year, over years of 365 days")
