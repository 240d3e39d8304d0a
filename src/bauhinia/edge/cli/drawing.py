"""The cash-flow ladder of a bond as an SVG file: what is paid on which day, interest and principal in two colours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from xml.sax.saxutils import escape

from bauhinia.words.money import format_units

WIDTH, HEIGHT = 960, 440
LEFT, RIGHT, TOP, FOOT = 96, 24, 92, 52  # what is kept free around the bars
BROKEN = 6  # a payment more than so many times the usual one is drawn with a break
UNKNOWN = 34  # the height of what is not yet fixed
LABELLED = 40  # pixels that a payment needs around it to have its amount written above it

STYLE = """
  svg { --paper: #ffffff; --ink: #1c1b22; --faint: #6b6975; --line: #d9d7e0;
    --interest: #1f6fb2; --principal: #c2581b; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #17161c; --ink: #edecf2; --faint: #a3a0ae; --line: #3a3844;
      --interest: #6db4ee; --principal: #f0955a; }
  }
  text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 600; }
  .faint { fill: var(--faint); }
  .right { text-anchor: end; }
  .middle { text-anchor: middle; }
  .paper { fill: var(--paper); }
  .axis { stroke: var(--faint); }
  .grid { stroke: var(--line); }
  .interest { fill: var(--interest); }
  .principal { fill: var(--principal); }
  .unknown { fill: none; stroke: var(--interest); stroke-width: 1.5; stroke-dasharray: 3 3; }
  .provisional { opacity: 0.55; }
  .break { stroke: var(--paper); stroke-width: 4; fill: none; }
"""


class Bar(NamedTuple):
    """What is paid on one day, in smallest units; `interest` is None where it is not yet fixed."""

    day: date
    interest: int | None
    principal: int
    provisional: bool

    @property
    def amount(self) -> int:
        return (self.interest or 0) + self.principal


class _Frame(NamedTuple):
    """Where days and amounts stand."""

    first: date
    last: date
    top: int  # the amount at the upper end of the axis

    def x(self, day: date) -> float:
        span = (self.last - self.first).days or 1
        return round(LEFT + (day - self.first).days / span * (WIDTH - LEFT - RIGHT), 1)

    def height(self, amount: int) -> float:
        return round(amount / self.top * (HEIGHT - TOP - FOOT), 1)


def ladder(title: str, subtitle: str, currency: str, exponent: int, start: date, bars: Sequence[Bar]) -> str:
    """The drawing, from `start` (the issue date, where nothing is paid yet) to the last payment."""
    last = bars[-1].day
    margin = (last - start) / max(len(bars), 8) / 2
    frame = _Frame(start, last + margin, _top(bars))
    room = (WIDTH - LEFT - RIGHT) / max(len(bars), 1)
    parts = [*_amounts(frame, currency, exponent), *_years(frame), *_legend(bars)]
    wide = min(max(room * 0.6, 1.5), 26)
    for bar in bars:
        parts += _bar(frame, bar, wide, room, exponent)
    base = HEIGHT - FOOT
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>')
    said = f"{len(bars)} payments from {bars[0].day} to {last}."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
            ' role="img" aria-labelledby="title about">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="about">{escape(subtitle)}. {said}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
            f'<text class="title" x="{LEFT}" y="32">{escape(title)}</text>',
            f'<text class="faint" x="{LEFT}" y="52">{escape(subtitle)}</text>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _top(bars: Sequence[Bar]) -> int:
    """The amount at the upper end: of the largest payment, unless that would flatten the usual ones."""
    amounts = sorted(bar.amount for bar in bars if bar.amount > 0) or [1]
    usual = amounts[(len(amounts) - 1) // 2]
    fitting = [amount for amount in amounts if amount <= BROKEN * usual]
    return fitting[-1] if fitting[-1] == amounts[-1] else fitting[-1] * 3 // 2 + 1


def _bar(frame: _Frame, bar: Bar, wide: float, room: float, exponent: int) -> list[str]:
    base, x = HEIGHT - FOOT, frame.x(bar.day)
    left = round(x - wide / 2, 1)
    broken = bar.amount > frame.top
    interest = min(frame.height(bar.interest or 0), HEIGHT - TOP - FOOT)
    whole = min(frame.height(bar.amount), HEIGHT - TOP - FOOT)
    shade = " provisional" if bar.provisional else ""
    parts = []
    if bar.interest is None:
        parts.append(_box("unknown", left, base - UNKNOWN, wide, UNKNOWN))
        interest, whole = UNKNOWN, max(whole, UNKNOWN)
    elif interest:
        parts.append(_box(f"interest{shade}", left, base - interest, wide, interest))
    if whole > interest:
        parts.append(_box(f"principal{shade}", left, base - whole, wide, whole - interest))
    if broken:
        y = TOP + 34
        points = (
            f"{left - 5},{y + 6} {x - wide / 6:.1f},{y - 5} {x + wide / 6:.1f},{y + 6} {left + wide + 5:.1f},{y - 5}"
        )
        parts.append(f'<polyline class="break" points="{points}"/>')
    if bar.amount and (broken or room >= LABELLED):
        end = x > WIDTH - RIGHT - LABELLED
        place = f'class="right" x="{WIDTH - RIGHT}"' if end else f'class="middle" x="{x}"'
        parts.append(f'<text {place} y="{round(base - whole - 6, 1)}">{format_units(bar.amount, exponent)}</text>')
    return parts


def _box(name: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{name}" x="{x}" y="{round(y, 1)}" width="{round(width, 1)}" height="{round(height, 1)}"/>'


def _amounts(frame: _Frame, currency: str, exponent: int) -> list[str]:
    """Lines across at round amounts, each with its amount, and the currency above them."""
    step = _round_step(frame.top)
    parts = [f'<text class="faint right" x="{LEFT - 10}" y="{TOP - 16}">{escape(currency)}</text>']
    for amount in range(0, frame.top + 1, step):
        y = round(HEIGHT - FOOT - frame.height(amount), 1)
        if amount:
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        shown = format_units(amount, exponent)
        if exponent and step % 10**exponent == 0:
            shown = shown[: -exponent - 1]
        parts.append(f'<text class="faint right" x="{LEFT - 10}" y="{y + 4}">{shown}</text>')
    return parts


def _round_step(top: int) -> int:
    """One, two or five of a power of ten, so that at most six lines go across."""
    power = 1
    while True:
        for part in (1, 2, 5):
            if part * power * 6 >= top:
                return part * power
        power *= 10


def _years(frame: _Frame) -> list[str]:
    """The years under the axis, as many as can be read."""
    years = range(frame.first.year, frame.last.year + 1)
    every = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if len(years) <= 18 * step)
    parts, base = [], HEIGHT - FOOT
    for year in years:
        day = date(year, 1, 1)
        if year % every or day < frame.first:
            continue
        x = frame.x(day)
        parts.append(f'<line class="axis" x1="{x}" x2="{x}" y1="{base}" y2="{base + 5}"/>')
        parts.append(f'<text class="faint middle" x="{x}" y="{base + 21}">{year}</text>')
    if len(years) == 1:
        parts.append(f'<text class="faint middle" x="{(LEFT + WIDTH) / 2}" y="{base + 21}">{years[0]}</text>')
    return parts


def _legend(bars: Sequence[Bar]) -> list[str]:
    """What the colours mean, of those that are there."""
    entries = [
        ("interest", "interest", any(bar.interest for bar in bars)),
        ("principal", "principal", any(bar.principal for bar in bars)),
        ("unknown", "interest not yet fixed", any(bar.interest is None for bar in bars)),
        ("interest provisional", "on a day not yet confirmed", any(bar.provisional for bar in bars)),
    ]
    parts, x, y = [], LEFT, HEIGHT - 14
    for name, said, there in entries:
        if there:
            parts.append(_box(name, x, y - 10, 12, 12))
            parts.append(f'<text x="{x + 18}" y="{y}">{said}</text>')
            x += 44 + 7 * len(said)
    return parts
