"""`bauhinia schedule` and `bauhinia cashflows`: what a term sheet comes to, without a market."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from bauhinia.bond import (
    Calendar,
    Impossible,
    Period,
    Terms,
    add_months,
    is_confirmed,
    schedule,
    to_places,
    year_fraction,
)
from bauhinia.bond.known import Implausible, Known
from bauhinia.edge.cli import DONE
from bauhinia.edge.cli.paydays import Payday, paydays
from bauhinia.edge.cli.printing import answer, say, table
from bauhinia.wire.calendars import load_calendar, parse_calendar
from bauhinia.wire.mistakes import Mistake, nearest
from bauhinia.wire.observations import Observed, line_of, read_observations
from bauhinia.wire.sheets import Sheet, read_sheets
from bauhinia.wire.toml import Problem
from bauhinia.words.dates import parse_date
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.money import format_rate, format_units, parse_units

PERPETUAL_MONTHS = 120  # how far a perpetual bond is shown where nothing else is asked
RATE_PLACES = 8  # of a rate as a part of one, as it is printed
PROVISIONAL = "*"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A sheet with all that its dates and amounts hang on."""

    sheet: Sheet
    calendars: tuple[Calendar, ...]
    periods: tuple[Period, ...]
    known: Known

    @property
    def exponent(self) -> int:
        return MINOR_UNITS[self.sheet.currency]

    @property
    def title(self) -> str:
        return self.sheet.name or self.sheet.isin or "a bond without a name"


def wrong_usage(what: str) -> Exception:
    """What was asked cannot be done as it was asked. All that complains is loaded only now: it knows of nodes."""
    from bauhinia.edge.cli.complaints import Usage

    return Usage(what)


# ---- files ----


def text_of(file: str) -> str:
    """The text of a file, without the byte order mark that it may begin with. Mistake where it is not UTF-8."""
    data = Path(file).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].count(b"\n") + 1
        raise Mistake(Problem(file, line, f"is not UTF-8: {wrong.reason} at byte {wrong.start}")) from None


def read_sheet(file: str, wanted: str | None = None) -> Sheet:
    """The term sheet of a file: TOML, or XML or JSON of the ICMA Bond Data Taxonomy, told apart by how they begin."""
    text = text_of(file)
    if text.lstrip("\ufeff \t\r\n")[:1] in ("<", "{"):
        from bauhinia.wire.taxonomy import read_taxonomy

        return read_taxonomy(text, file)
    sheets = read_sheets(text, file)
    if wanted is None and len(sheets) == 1:
        return sheets[0]
    names = [each.name or each.isin for each in sheets]
    if wanted is None:
        raise wrong_usage(f"{file} has {len(sheets)} bonds: name one with --bond; there are {', '.join(names)}")
    for each in sheets:
        if wanted in (each.name, each.isin):
            return each
    raise wrong_usage(f'{file} has no bond "{wanted}"{nearest(wanted, names)}')


def load(asked: argparse.Namespace) -> Loaded:
    """What was asked for, read whole."""
    sheet = read_sheet(asked.sheet, asked.bond)
    terms = sheet.terms
    until = None
    if asked.until and not terms.perpetual:
        raise wrong_usage("--until is for a perpetual bond: this one ends at its maturity")
    if terms.perpetual:
        until = parse_date(asked.until) if asked.until else add_months(terms.issue_date, PERPETUAL_MONTHS)
        if until <= terms.issue_date:
            raise wrong_usage(f"--until: {until} is not after the issue date, {terms.issue_date}")
    return loaded(sheet, asked, until)


def load_for(asked: argparse.Namespace, settled: date) -> Loaded:
    """What was asked for, as a price needs it."""
    return to_price(read_sheet(asked.sheet, asked.bond), asked, settled)


def to_price(sheet: Sheet, asked: argparse.Namespace, settled: date) -> Loaded:
    """A sheet as a price needs it: a perpetual bond past the settlement and every step of the rate."""
    terms = sheet.terms
    steps = [*(step.first for step in terms.steps), *(step.first for step in terms.sustainability)]
    return loaded(sheet, asked, add_months(max([settled, *steps]), PERPETUAL_MONTHS) if terms.perpetual else None)


def loaded(sheet: Sheet, asked: argparse.Namespace, until: date | None = None) -> Loaded:
    """A sheet with its calendars, given or ours, its periods (of a perpetual bond until a day), and what is known."""
    terms = sheet.terms
    given = dict(_calendar_of(file) for file in asked.calendar)
    centres = dict.fromkeys((*terms.calendars, *(terms.floating.centres if terms.floating else ())))
    calendars = tuple(given.get(centre) or load_calendar(centre) for centre in centres)
    periods = schedule(terms, calendars, until)
    return Loaded(sheet, calendars, periods, _known(getattr(asked, "known", [])))


def _calendar_of(file: str) -> tuple[str, Calendar]:
    try:
        calendar = parse_calendar(text_of(file))
    except Impossible as impossible:
        raise wrong_usage(f"{file}: {impossible}") from None
    return calendar.centre, calendar


def _known(files: Sequence[str]) -> Observed:
    found: Observed = {}
    for file in files:
        for series, values in read_observations(text_of(file), file).items():
            found.setdefault(series, {}).update(values)
    return found


@contextmanager
def by_line(asked: argparse.Namespace) -> Iterator[None]:
    """What cannot be, of a value that a file tells, as a Mistake with its line: of the file that told it last."""
    try:
        yield
    except Implausible as wrong:
        for file in reversed(asked.known):
            line = line_of(text_of(file), file, wrong.field, wrong.day)
            if line is not None:
                raise Mistake(Problem(file, line, str(wrong))) from None
        raise


def nominal_of(loaded: Loaded, written: str | None) -> int:
    """The nominal amount that is asked for, in smallest units; the least denomination where none is. Impossible where
    it is none that can be held."""
    terms = loaded.sheet.terms
    if written is None:
        return terms.minimum_denomination
    nominal, step = parse_units(written, loaded.exponent), min(terms.calculation_amount, terms.denomination_multiple)
    if nominal <= 0 or nominal % step:
        said, least = (f"{loaded.sheet.currency} {format_units(each, loaded.exponent)}" for each in (nominal, step))
        raise Impossible("nominal", f"{said} is not a multiple of {least}")
    return nominal


# ---- schedule ----


def periods(asked: argparse.Namespace) -> int:
    """The interest periods of a term sheet."""
    loaded = load(asked)
    rows = [_period_row(loaded, each) for each in loaded.periods]
    if asked.json:
        answer({**about(loaded), "periods": rows})
    elif asked.csv:
        write_csv(asked.csv, rows)
    else:
        odd = any(not row["regular"] for row in rows) and loaded.sheet.terms.frequency > 0
        table(
            ("", "from", "to", "days", "record date", "payment date", *(["stub"] if odd else [])),
            [
                (
                    str(row["number"]),
                    row["accrual_start"],
                    row["accrual_end"],
                    str(row["days"]),
                    with_weekday(each.record_date),
                    with_weekday(each.payment_date) + _mark(each.provisional),
                    *([_stub(each, loaded.periods)] if odd else []),
                )
                for row, each in zip(rows, loaded.periods, strict=True)
            ],
            right=(0, 3),
            whole=(1, 2, 4, 5),
            title=loaded.title,
        )
        remarks(loaded, any(each.provisional for each in loaded.periods))
    return DONE


def _period_row(loaded: Loaded, period: Period) -> dict[str, Any]:
    years = year_fraction(loaded.sheet.terms.day_count, period.accrual_start, period.accrual_end, period.reference)
    return {
        "number": period.number,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "accrual_start": period.accrual_start.isoformat(),
        "accrual_end": period.accrual_end.isoformat(),
        "days": (period.accrual_end - period.accrual_start).days,
        "years": str(years),
        "regular": period.regular,
        "record_date": period.record_date.isoformat(),
        "payment_date": period.payment_date.isoformat(),
        "provisional": period.provisional,
    }


def _stub(period: Period, all_of_them: Sequence[Period]) -> str:
    if period.regular:
        return ""
    return "first" if period.number == 1 else "last" if period is all_of_them[-1] else "yes"


# ---- cash flows ----


def cashflows(asked: argparse.Namespace) -> int:
    """What a term sheet pays, and when."""
    loaded = load(asked)
    terms, nominal = loaded.sheet.terms, nominal_of(loaded, asked.nominal)
    with by_line(asked):
        days = paydays(terms, loaded.periods, nominal, loaded.known, loaded.calendars)
    if asked.plot:
        from bauhinia.edge.cli.drawing import Bar, ladder

        bars = [Bar(each.day, each.interest, each.principal or 0, each.provisional) for each in days]
        subtitle = f"on {loaded.sheet.currency} {format_units(nominal, loaded.exponent)} nominal"
        drawn = ladder(loaded.title, subtitle, loaded.sheet.currency, loaded.exponent, terms.issue_date, bars)
        Path(asked.plot).write_text(drawn, "utf-8")
    rows = [_payday_row(loaded, each) for each in days]
    if asked.json:
        answer({**about(loaded), "nominal": plain_amount(nominal, loaded.exponent), "payments": rows})
    elif asked.csv:
        write_csv(asked.csv, rows)
    else:
        _print_paydays(loaded, days, nominal)
        if asked.plot:
            say(f"drawn in {asked.plot}")
    return DONE


def _payday_row(loaded: Loaded, payday: Payday) -> dict[str, Any]:
    def shown(units: int | None) -> str | None:
        return None if units is None else plain_amount(units, loaded.exponent)

    return {
        "payment_date": payday.day.isoformat(),
        "record_date": payday.record_date.isoformat(),
        "rate": None if payday.rate is None else format_rate(payday.rate),
        "interest": shown(payday.interest),
        "principal": shown(payday.principal),
        "total": shown(payday.total),
        "waits_for": payday.waits_for,
        "provisional": payday.provisional,
    }


def _print_paydays(loaded: Loaded, days: Sequence[Payday], nominal: int) -> None:
    def shown(units: int | None) -> str:
        return format_units(units, loaded.exponent) if units else ""

    def rate(payday: Payday) -> str:
        return "" if payday.rate is None else format_rate(to_places(payday.rate, RATE_PLACES))

    changing = any(each.rate != days[0].rate for each in days)
    columns = [
        ("rate", [rate(each) if changing else "" for each in days]),
        ("interest", [shown(each.interest) for each in days]),
        ("principal", [shown(each.principal) for each in days]),
        ("total", [shown(each.total) for each in days]),
        ("", ["" if each.total is not None else f"not yet fixed ({each.waits_for})" for each in days]),
    ]
    filled = [("payment date", [with_weekday(each.day) + _mark(each.provisional) for each in days])]
    filled += [column for column in columns if any(column[1])]
    head = [name for name, _ in filled]
    rows = list(zip(*(cells for _, cells in filled), strict=True))
    right = [at for at, name in enumerate(head) if at and name]
    amount = f"{loaded.sheet.currency} {format_units(nominal, loaded.exponent)}"
    table(head, rows, right=right, whole=(0,), title=f"{loaded.title}, on {amount}")
    totals = [sum(each.interest or 0 for each in days), sum(each.principal or 0 for each in days)]
    told = [format_units(each, loaded.exponent) for each in totals]
    fixed = "" if all(each.total is not None for each in days) else ", as far as it is fixed"
    say(f"in all {loaded.sheet.currency} {told[0]} of interest and {told[1]} of principal{fixed}")
    remarks(loaded, any(each.provisional for each in days))


# ---- what all three say ----


def about(loaded: Loaded) -> dict[str, Any]:
    """The bond, what was assumed of it, and the calendars that were asked."""
    sheet = loaded.sheet
    return {
        "name": sheet.name,
        "isin": sheet.isin,
        "currency": sheet.currency,
        "assumed": list(sheet.terms.assumed),
        "beside": dict(sheet.beside),
        "calendars": [
            {"centre": each.centre, "version": each.version, "known_through": each.known_through.isoformat()}
            for each in loaded.calendars
        ],
    }


def remarks(loaded: Loaded, provisional: bool, *, shown: bool = True) -> None:
    """What was assumed, what may move, and what the file says that the terms have no place for."""
    terms = loaded.sheet.terms
    if provisional:
        unknown = [each for each in loaded.calendars if not is_confirmed(loaded.periods[-1].payment_date, [each])]
        ends = ", ".join(f"{each.centre} is known through {each.known_through}" for each in unknown)
        say(f"{PROVISIONAL} provisional: may move once the calendar is known ({ends or 'before the first known day'})")
    if terms.perpetual:
        say(f"never repaid: {'shown to ' + str(loaded.periods[-1].end) if shown else 'priced as a perpetuity'}")
    say(*_early(terms))
    if terms.assumed:
        say(f"assumed, not published: {', '.join(name.replace('_', ' ') for name in terms.assumed)}")
    if loaded.sheet.beside:
        say("said there and no part of the terms:", *(f"  {name}: {text}" for name, text in loaded.sheet.beside))


def _early(terms: Terms) -> Iterator[str]:
    """That the bond may be repaid earlier than is shown: by whom, and from when."""
    for kind, exercises in (("callable", terms.calls), ("puttable", terms.puts)):
        for each in exercises:
            when = f"on {each.first}" if each.first == each.last else f"from {each.first} to {each.last}"
            on = ", on coupon dates" if each.on_coupon_dates else ""
            yield f"{kind} {when}{on} at {format_rate(each.price)}"
    if terms.make_whole is not None:
        yield f"callable before {terms.make_whole.until} at a make-whole price"


def plain_amount(units: int, exponent: int) -> str:
    """An amount for a programme: no commas between thousands."""
    return format_units(units, exponent).replace(",", "")


def with_weekday(day: date) -> str:
    return f"{day:%a} {day}"


def _mark(provisional: bool) -> str:
    return f" {PROVISIONAL}" if provisional else ""


def write_csv(file: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rows under the names of their fields; nothing stands for nothing, true and false for themselves."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(
            "" if value is None else str(value).lower() if isinstance(value, bool) else value for value in row.values()
        )
    if file == "-":
        sys.stdout.write(out.getvalue())
    else:
        Path(file).write_text(out.getvalue(), "utf-8", newline="")
        say(f"written to {file}")
