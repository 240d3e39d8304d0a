"""What a bond pays, gathered by day: interest and principal beside each other, and what is not yet known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from bauhinia.bond import Calendar, Payment, Period, Terms
from bauhinia.bond.cashflow import OpenFlow, cash_flows_so_far
from bauhinia.bond.interest import rate_of
from bauhinia.bond.known import Implausible, Known, NotKnown


@dataclass(slots=True)
class Payday:
    """All that is paid on one day, in smallest units; None stands for what hangs on a value not yet known, and
    `waits_for` names the first of those."""

    day: date
    record_date: date
    provisional: bool
    interest: int | None = 0
    principal: int | None = 0
    rate: Fraction | None = None
    waits_for: str = ""

    @property
    def total(self) -> int | None:
        return None if self.interest is None or self.principal is None else self.interest + self.principal


def paydays(
    terms: Terms, periods: Sequence[Period], nominal: int, known: Known, calendars: Sequence[Calendar]
) -> list[Payday]:
    """The days of payment in their order, each with the rate of the period it ends. Impossible where the nominal amount
    is not a whole number of calculation amounts."""
    rates = {each.payment_date: _rate(terms, each, known, calendars) for each in periods}
    found: dict[date, Payday] = {}
    for flow in cash_flows_so_far(terms, periods, nominal, known, calendars):
        payday = found.setdefault(
            flow.payment_date,
            Payday(flow.payment_date, flow.record_date, flow.provisional, rate=rates[flow.payment_date]),
        )
        amount = None if isinstance(flow, OpenFlow) else flow.amount
        if isinstance(flow, OpenFlow) and not payday.waits_for:
            payday.waits_for = f"{flow.series} of {flow.day}"
        if flow.kind is Payment.INTEREST:
            payday.interest = _added(payday.interest, amount)
        else:
            payday.principal = _added(payday.principal, amount)
    return list(found.values())


def _added(before: int | None, more: int | None) -> int | None:
    return None if before is None or more is None else before + more


def _rate(terms: Terms, period: Period, known: Known, calendars: Sequence[Calendar]) -> Fraction | None:
    try:
        return rate_of(terms, period, known, calendars)
    except Implausible:
        raise
    except NotKnown:
        return None
