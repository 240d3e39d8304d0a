"""What a bond costs at a yield: ICMA's formula, clean and dirty, exact but for one broken power.

The formulae of the national markets (`bauhinia.bond.markets`) share its parts: the stream of what is still paid, and
how that is discounted over the broken period and the whole ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import floor
from typing import NamedTuple

from bauhinia.bond.accrued import SETTLEMENT, accrued_fraction, accrued_interest
from bauhinia.bond.daycount import DayCount, year_fraction
from bauhinia.bond.daycounts import act_act_icma
from bauhinia.bond.fields import exactly
from bauhinia.bond.impossible import Impossible
from bauhinia.bond.interest import index_ratio_of, interest_of, rate_of
from bauhinia.bond.known import NOTHING, Known
from bauhinia.bond.power import power
from bauhinia.bond.principal import factor_of, factors, repaid
from bauhinia.bond.repayments.repayment import RepaymentKind
from bauhinia.bond.rounding import Rounding, whole
from bauhinia.bond.schedule import Period, period_at
from bauhinia.bond.terms import Terms, require_exact

WHOLE = tuple(Fraction(number) for number in range(1300))  # whole periods, made once: a century of months and more


class Price(NamedTuple):
    """A price per 100 of what is outstanding of nominal, as markets quote it (all of it, unless the bond is repaid in
    parts): dirty is clean and accrued together. Unrounded.
    """

    clean: Fraction
    accrued: Fraction
    dirty: Fraction


class Flow(NamedTuple):
    """A payment per 100 of what is outstanding, and how many coupon periods after settlement it is discounted for."""

    periods: Fraction
    amount: Fraction


class Stream(NamedTuple):
    """What is still paid, seen from the next regular coupon date: `broken`, below one, is the part of a period until
    then; the periods of the flows count from there. `forever` is what a perpetual bond pays in each period after its
    last flow.
    """

    broken: Fraction
    flows: tuple[Flow, ...]
    forever: Fraction = Fraction(0)


class Discounting(NamedTuple):
    """How a stream is discounted: `compounding` times a year over periods of which `frequency` make a year.

    The broken period compounds too; or where `simple` is given, in years, it bears simple interest for that long.
    """

    compounding: int
    frequency: int
    simple: Fraction | None = None


def price_from_yield(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    annual_yield: Fraction,
    compounding: int | None = None,
    known: Known = NOTHING,
) -> Price:
    """The price at a yield, by the compound formula of ICMA (Rules and Recommendations, section 800).

    `annual_yield` is 0.02251 for 2.251 percent, compounded `compounding` times a year: as often as the bond pays unless
    another is given (1 is the yield ICMA itself quotes). Payments are discounted from their unadjusted dates, the
    broken period by the days of it that remain. Whole periods are exact; a broken one has 50 digits (see `power`).

    What reports and pool factors make of the payments is `known`; NotKnown, by series and day, where one lacks.
    """
    exactly("annual_yield", annual_yield)
    discounting = Discounting(compounding_of(terms, compounding), terms.frequency or 1)
    dirty = worth(stream_of(terms, periods, settlement_date, known), discounting, annual_yield)
    accrued = accrued_per_100(terms, periods, settlement_date, known)
    return Price(dirty - accrued, accrued, dirty)


def compounding_of(terms: Terms, compounding: int | None) -> int:
    """How often a year the yield compounds. Impossible below once."""
    often = (terms.frequency or 1) if compounding is None else compounding
    if often < 1:
        raise Impossible("compounding", f"{often} times a year is below once")
    return often


def remaining_flows(
    terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING
) -> list[Flow]:
    """What is still paid per 100 of what is outstanding, to who buys for that settlement date: the coming coupon
    included unless the bond is ex dividend; of a perpetual bond that of the periods given.

    The broken period is what remains of it by the bond's day count, times its length in regular periods, so 12 days of
    181 are 12/181 of a period and a long stub counts for more than one.
    """
    stream = stream_of(terms, periods, settlement_date, known)
    return [Flow(stream.broken + flow.periods, flow.amount) for flow in stream.flows]


def is_ex_dividend(terms: Terms, period: Period, settlement_date: date) -> bool:
    """Whether who settles on that date, within the period, buys without the interest that the period pays."""
    return terms.ex_dividend and settlement_date > period.record_date


def accrued_per_100(terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING) -> Fraction:
    """Accrued interest per 100 of what is outstanding; that of an indexed bond in real terms, as its price is."""
    plain = terms if terms.indexed is None else replace(terms, indexed=None)
    accrued = 100 * accrued_fraction(plain, periods, settlement_date, known)
    return accrued / outstanding_at(terms, periods, settlement_date, known) if accrued and terms.repayment else accrued


def outstanding_at(terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING) -> Fraction:
    """The part of nominal that is outstanding on a settlement date, of which a price is. Impossible where none is."""
    number = period_at(periods, settlement_date, SETTLEMENT).number
    left = factor_of(terms, periods, number, known)
    if not left:
        raise Impossible(SETTLEMENT, f"on {settlement_date} nothing is outstanding any more")
    return left


def stream_of(terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known = NOTHING) -> Stream:
    """The remaining flows (see `remaining_flows`), counted from the next regular coupon date; those of an indexed bond
    in real terms.

    A perpetual bond pays for ever what its last rate gives for a year, over its payments a year: the flows are those of
    the periods given, which reach past the settlement and every step of the rate.

    Impossible for terms that no yield prices: a floating rate (see `risk.discount_margin`), one whose nominal grows;
    NotKnown where a report or a pool's factor is to come.
    """
    require_exact(terms)
    _require_priced(terms)
    current = period_at(periods, settlement_date, SETTLEMENT)
    first = periods_left(terms, current, settlement_date)
    count = floor(first)
    broken, beyond, elapsed = first - count, Fraction(0), Fraction(0)
    coupon_of = _coupons(terms, known)
    plan = terms.repayment
    outstanding, falls = _parts_left(terms, periods, settlement_date, known) if plan is not None else ((), ())
    flows = []
    for period in periods[current.number - 1 :]:
        if period is not current:
            if period.regular:
                count += 1
            else:
                beyond += _length(period)
        elapsed = count + beyond if beyond else WHOLE[count]
        amount = coupon_of(period)
        if plan is not None:
            amount *= outstanding[period.number - 1]
        if amount and not (period is current and is_ex_dividend(terms, period, settlement_date)):
            flows.append(Flow(elapsed, amount))
        if plan is not None and falls[period.number - 1]:
            flows.append(Flow(elapsed, 100 * terms.redemption_price * falls[period.number - 1]))
    if terms.perpetual:
        return Stream(broken, tuple(flows), _forever(terms, periods, flows, known))
    if plan is None:
        flows.append(Flow(elapsed, 100 * terms.redemption_price))
    return Stream(broken, tuple(flows))


def _parts_left(
    terms: Terms, periods: Sequence[Period], settlement_date: date, known: Known
) -> tuple[list[Fraction], list[Fraction]]:
    """What is outstanding in each period, and repaid at its end, as parts of what is outstanding at the settlement."""
    left = outstanding_at(terms, periods, settlement_date, known)
    outstanding, falls = factors(terms, periods, known), repaid(terms, periods, known)
    return [each / left for each in outstanding], [each / left for each in falls]


def _forever(terms: Terms, periods: Sequence[Period], flows: Sequence[Flow], known: Known) -> Fraction:
    """What a perpetual bond pays per 100 in each period after the last of these."""
    steps = [*(step.first for step in terms.steps), *(step.first for step in terms.sustainability)]
    last = max(steps, default=periods[-1].start)
    if last > periods[-1].start:
        raise Impossible("periods", f"they end on {periods[-1].end}, and the rate steps on {last}")
    if not flows:
        raise Impossible("periods", f"they end on {periods[-1].end}, before a payment to who settles then")
    return 100 * rate_of(terms, periods[-1], known) / terms.frequency


def periods_left(terms: Terms, current: Period, settlement_date: date) -> Fraction:
    """How many regular periods remain of the current one: by the bond's day count, times its length."""
    length = Fraction(1) if current.regular else _length(current)
    settled = min(max(settlement_date, current.start), current.end)
    if terms.day_count is DayCount.ACT_ACT_ICMA and current.regular:
        return Fraction((current.end - settled).days, (current.end - current.start).days)
    gone = year_fraction(terms.day_count, current.start, settled, current.nominal_reference)
    full = year_fraction(terms.day_count, current.start, current.end, current.nominal_reference)
    # less what has gone, as SIFMA's formulae have it: by 30/360 a count from a 31st on would find a day too many
    return length * (full - gone) / full if full else length


def worth(stream: Stream, discounting: Discounting, annual_yield: Fraction) -> Fraction:
    """What the stream is worth at a yield, per 100 of what is outstanding. Impossible at a yield that loses all in one
    compounding period, or within the broken period; of a perpetual bond at one that is not above zero.
    """
    compounding, frequency, simple = discounting
    flows = stream.flows
    if stream.forever:
        flows = (*flows, Flow(flows[-1].periods, stream.forever / (period_growth(discounting, annual_yield) - 1)))
    if simple is None:
        flows = tuple(Flow(stream.broken + flow.periods, flow.amount) for flow in flows)
        return present_value(flows, annual_yield, compounding, frequency)
    growth = 1 + annual_yield * simple
    if growth <= 0:
        raise Impossible("annual_yield", f"{annual_yield} loses everything within the broken period")
    return present_value(flows, annual_yield, compounding, frequency) / growth


def period_growth(discounting: Discounting, annual_yield: Fraction) -> Fraction:
    """What one grows to in a whole period. Impossible where it does not grow: what is paid for ever then has no worth
    that ends.
    """
    if annual_yield <= 0:
        raise Impossible("annual_yield", f"at {annual_yield} a perpetual bond is worth more than any price")
    compounding, frequency, _ = discounting
    return power(1 + annual_yield / compounding, Fraction(compounding, frequency))


def present_value(flows: Sequence[Flow], annual_yield: Fraction, compounding: int, frequency: int) -> Fraction:
    """What the flows are worth, each discounted over its periods of a year's `frequency`. Impossible at a yield that
    loses all in one compounding period.
    """
    growth = 1 + annual_yield / compounding
    if growth <= 0:
        raise Impossible("annual_yield", f"{annual_yield} loses everything within a period")
    broken_sums: dict[Fraction, Fraction] = {}
    for flow in flows:
        exponent = flow.periods * compounding / frequency
        periods = floor(exponent)
        broken = exponent - periods
        broken_sums[broken] = broken_sums.get(broken, Fraction(0)) + flow.amount / growth**periods
    return sum((amount / power(growth, broken) for broken, amount in broken_sums.items()), Fraction(0))


def proceeds(nominal: int, price: Fraction, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What a nominal amount costs at a price per 100, in smallest units, rounded once."""
    return whole(nominal * price / 100, rounding)


def settlement_amount(
    terms: Terms,
    periods: Sequence[Period],
    settlement_date: date,
    nominal: int,
    clean_price: Fraction,
    rounding: Rounding = Rounding.HALF_UP,
    known: Known = NOTHING,
) -> int:
    """What a trade at a clean price settles for, in smallest units: proceeds of what is outstanding of the nominal
    amount, as indexed, and accrued interest, each rounded.
    """
    exactly("clean_price", clean_price)
    accrued = accrued_interest(terms, periods, settlement_date, nominal, rounding, known)
    left = outstanding_at(terms, periods, settlement_date, known) * index_ratio_of(terms, settlement_date, known)
    return proceeds(nominal, clean_price * left, rounding) + accrued


def _require_priced(terms: Terms) -> None:
    if terms.floating is not None:
        raise Impossible("floating", "a yield prices no rate that is yet to be fixed; a discount margin does")
    if terms.repayment is not None and terms.repayment.kind is RepaymentKind.NEGATIVE:
        raise Impossible("repayment", "a bond whose nominal grows may have more than one yield")


Key = tuple[int, ...]


def _by_number(period: Period) -> Key:
    """Regular periods are alike by Act/Act ICMA, no stub is like another."""
    return () if period.regular else (period.number,)


def _by_days(period: Period) -> Key:
    return ((period.accrual_end - period.accrual_start).days,)


def _by_months(period: Period) -> Key:
    start, end = period.accrual_start, period.accrual_end
    return 12 * (end.year - start.year) + end.month - start.month, start.day, end.day


# what decides the interest of a period at one rate
_ALIKE: dict[DayCount, Callable[[Period], Key]] = {
    DayCount.ACT_ACT_ICMA: _by_number,
    DayCount.ACT_365_FIXED: _by_days,
    DayCount.ACT_360: _by_days,
    DayCount.THIRTY_360: _by_months,
    DayCount.THIRTY_E_360: _by_months,
}


def _coupons(terms: Terms, known: Known) -> Callable[[Period], Fraction]:
    """A period's interest per 100 of what is outstanding. That of like periods is computed once: a bond's coupons are
    few amounts.
    """
    alike = _ALIKE.get(terms.day_count)
    if alike is None or terms.steps or terms.sustainability:
        return lambda period: 100 * interest_of(terms, period, known)
    found: dict[Key, Fraction] = {}

    def coupon_of(period: Period) -> Fraction:
        key = alike(period)
        amount = found.get(key)
        if amount is None:
            amount = found[key] = 100 * interest_of(terms, period)
        return amount

    return coupon_of


def _length(period: Period) -> Fraction:
    """How many regular periods a period is: 1 for a coupon period, less or more for a stub."""
    reference = period.nominal_reference
    return reference.frequency * act_act_icma.year_fraction(period.start, period.end, reference)
