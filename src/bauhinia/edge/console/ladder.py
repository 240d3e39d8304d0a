"""The cash-flow ladder of a bond as an SVG drawing: what its holders pay and are paid, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from markupsafe import Markup, escape

from bauhinia.words.ids import Units

TOP, FOOT = 34, 58  # what the drawing keeps free above the tallest bar and below the axis
UNKNOWN = 22  # how tall a payment is drawn whose amount is not fixed
BROKEN = 6  # a payment so many times the largest coupon is drawn with a break


class FlowState(Enum):
    PAID = "in"
    AHEAD = "in ahead"
    PROVISIONAL = "in provisional"
    OPEN = "in open"  # the amount is not fixed yet


@dataclass(frozen=True, slots=True)
class Flow:
    """One payment of the whole issue: interest and principal in smallest units, on the day it is made; nothing of one
    whose amount is OPEN."""

    day: date
    interest: Units
    principal: Units
    state: FlowState

    @property
    def amount(self) -> Units:
        return self.interest + self.principal


@dataclass(frozen=True, slots=True)
class Frame:
    """Where days and amounts stand in a drawing `width` by `height` pixels."""

    width: int
    height: int
    first: date
    last: date
    name: str

    @property
    def base(self) -> int:
        return self.height - FOOT

    @property
    def margin(self) -> int:
        return 34

    def x(self, day: date) -> float:
        span = (self.last - self.first).days or 1
        return round(self.margin + (day - self.first).days / span * (self.width - 2 * self.margin), 1)


def short(units: Units, exponent: int) -> str:
    """An amount in a few signs: 2.5bn, 31.25m, 950k. For drawings; the tables beside them have every unit."""
    value = Decimal(units).scaleb(-exponent)
    for size, sign in ((9, "bn"), (6, "m"), (3, "k")):
        if abs(value) >= 10**size:
            digits = f"{value.scaleb(-size):.2f}".rstrip("0").rstrip(".")
            return f"{digits}{sign}"
    return f"{value:.{exponent}f}".rstrip("0").rstrip(".") if exponent else str(value)


def ladder(issued: date, flows: Sequence[Flow], exponent: int, today: date, *, narrow: bool = False) -> Markup:
    """The drawing; empty where there is nothing to draw. `narrow` is for a phone."""
    if not flows:
        return Markup()
    width, height, name = (342, 230, "narrow") if narrow else (920, 260, "wide")
    frame = Frame(width, height, issued, max(flow.day for flow in flows), name)
    parts = [_hatch(name), *_years(frame), *_today(frame, today), *_bars(frame, flows, exponent)]
    parts.append(f'<path class="axis" d="M0 {frame.base}.5H{width}"/>')
    parts.append(_label(frame, frame.x(issued), frame.base + 18, "issue"))
    title = f"Payments to holders from {issued} to {frame.last}: {len(flows)} dates, drawn in order of time"
    return Markup(
        f'<svg class="{name}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="hatch-{name}" class="hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0 0V5"/></pattern></defs>'
    )


def _years(frame: Frame) -> list[str]:
    years = [date(year, 1, 1) for year in range(frame.first.year + 1, frame.last.year + 1)]
    if not years:
        return []
    every = max(1, len(years) * 46 // (frame.width - 2 * frame.margin) + 1)
    parts = []
    for day in years[::every]:
        x = frame.x(day)
        parts.append(f'<path class="tick" d="M{x} {TOP - 14}V{frame.base + 34}"/>')
        parts.append(_label(frame, x, frame.base + 50, str(day.year)))
    return parts


def _bars(frame: Frame, flows: Sequence[Flow], exponent: int) -> list[str]:
    coupon = max((flow.amount for flow in flows if not flow.principal), default=0)
    largest = max(flow.amount for flow in flows) or 1
    room = frame.base - TOP
    broken = coupon > 0 and largest > BROKEN * coupon
    thick = min(26.0, max(5.0, (frame.width - 2 * frame.margin) / len(flows) * 0.45))
    spread = (frame.width - 2 * frame.margin) / len(flows)
    parts = []
    for index, flow in enumerate(flows):
        tall = _height(flow.amount, coupon if broken else largest, room, broken)
        if flow.state is FlowState.OPEN:
            tall = UNKNOWN
        x, y = frame.x(flow.day), frame.base - tall
        parts.append(_bar(frame, flow, x - thick / 2, y, thick, tall, exponent))
        if broken and flow.amount > coupon:
            parts.append(_break(x - thick / 2, frame.base - room * 0.62, thick))
        last = index == len(flows) - 1
        if spread > 44 or last or index == 0:
            anchor = "end" if last and x > frame.width - 40 else "middle"
            at = x + thick / 2 if anchor == "end" else x
            said = "?" if flow.state is FlowState.OPEN else short(flow.amount, exponent)
            parts.append(_label(frame, at, y - 7, said, "amount", anchor))
    return parts


def _height(amount: Units, scale: Units, room: int, broken: bool) -> float:
    """Coupons take up to 45% of the room where a larger payment stands broken beside them."""
    if not scale:
        return room
    share = amount / scale
    return round(min(share * 0.45, 1.0) * room if broken else share * room, 1)


def _bar(frame: Frame, flow: Flow, x: float, y: float, thick: float, tall: float, exponent: int) -> str:
    what = (
        "interest and principal" if flow.interest and flow.principal else "principal" if flow.principal else "interest"
    )
    note = ", date provisional" if flow.state is FlowState.PROVISIONAL else ""
    amount = "not fixed yet" if flow.state is FlowState.OPEN else f"{what}, {short(flow.amount, exponent)}"
    title = escape(f"{flow.day}: {amount}{note}")
    fill = f' fill="url(#hatch-{frame.name})"' if flow.state is FlowState.PROVISIONAL else ""
    return (
        f'<rect class="{flow.state.value}" x="{x:.1f}" y="{y:.1f}" width="{thick:.1f}" height="{tall:.1f}"{fill}>'
        f"<title>{title}</title></rect>"
    )


def _break(x: float, y: float, thick: float) -> str:
    """Two slanted strokes across a bar that is longer than it is drawn."""
    left, right = x - 3, x + thick + 3
    area = f"M{left:.1f} {y + 5:.1f}L{right:.1f} {y - 3:.1f}V{y + 3:.1f}L{left:.1f} {y + 11:.1f}Z"
    lines = f"M{left:.1f} {y + 5:.1f}L{right:.1f} {y - 3:.1f}M{left:.1f} {y + 11:.1f}L{right:.1f} {y + 3:.1f}"
    return f'<path class="break" d="{area}"/><path class="break-line" d="{lines}"/>'


def _today(frame: Frame, today: date) -> list[str]:
    if not frame.first <= today <= frame.last:
        return []
    x = frame.x(today)
    anchor = "start" if x < frame.width / 2 else "end"
    at = x + 5 if anchor == "start" else x - 5
    return [
        f'<path class="today" d="M{x} {TOP - 22}V{frame.base}"/>',
        _label(frame, at, TOP - 14, "today", "today-label", anchor),
    ]


def _label(frame: Frame, x: float, y: float, text: str, kind: str = "", anchor: str = "middle") -> str:
    extra = f' class="{kind}"' if kind else ""
    return f'<text{extra} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
