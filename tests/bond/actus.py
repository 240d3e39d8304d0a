"""A reader of ACTUS contract tests: the term sheet of each case, what it pays, and why a case has none here.

Cases are judged by their terms alone. An attribute that a bond here does not have is named; nothing is left out by its
number. What a contract calls its status date is when its owner looks: what was paid before it is not told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

from bauhinia.bond import (
    BusinessDayConvention,
    DayCount,
    RecordDate,
    RecordRule,
    Terms,
    accrued_fraction,
    check,
    is_business_day,
    schedule,
)
from bauhinia.bond.coupons.floating import Floating
from bauhinia.bond.principal import instalments
from bauhinia.bond.repayments.repayment import Repayment, RepaymentKind
from bauhinia.bond.roll import Roll, add_months, is_month_end
from tests.bond.samples import WEEKDAYS
from tests.vectors import LeftOut, file_of

KINDS = ("pam", "lam", "nam", "ann")
FINE = 10**12  # units of one of the currency: fine enough that no rounding shows
DAY = timedelta(1)
FAR = 40  # years within which a contract without a maturity has repaid all

# attributes that are read
READ = {
    "contractType", "contractID", "contractRole", "currency", "contractDealDate", "statusDate", "notionalPrincipal",
    "initialExchangeDate", "maturityDate", "amortizationDate", "nominalInterestRate", "dayCountConvention",
    "cycleAnchorDateOfInterestPayment", "cycleOfInterestPayment", "cycleAnchorDateOfPrincipalRedemption",
    "cycleOfPrincipalRedemption", "nextPrincipalRedemptionPayment", "endOfMonthConvention", "businessDayConvention",
    "calendar", "premiumDiscountAtIED", "capitalizationEndDate", "interestCalculationBase", "purchaseDate",
    "priceAtPurchaseDate", "terminationDate", "priceAtTerminationDate", "accruedInterest", "rateMultiplier",
    "rateSpread", "cycleAnchorDateOfRateReset", "cycleOfRateReset", "marketObjectCodeOfRateReset", "nextResetRate",
    "fixingDays", "lifeCap", "lifeFloor",
}  # fmt: skip
# attributes that change nothing that is paid
MUTE = {
    "contractStructure", "counterpartyID", "creatorID", "contractPerformance", "settlementCurrency", "seniority",
    "marketObjectCode", "nonPerformingDate", "description", "contractStatus",
}  # fmt: skip

DAY_COUNTS = {
    "A365": "ACT_365_FIXED", "A360": "ACT_360", "AA": "ACT_ACT_ISDA", "30E360": "THIRTY_E_360",
    "30E360ISDA": "THIRTY_E_360_ISDA", "28E336": "TWENTY_EIGHT_E_336",
}  # fmt: skip
CONVENTIONS = {
    "F": BusinessDayConvention.FOLLOWING,
    "MF": BusinessDayConvention.MODIFIED_FOLLOWING,
    "P": BusinessDayConvention.PRECEDING,
    "MP": BusinessDayConvention.MODIFIED_PRECEDING,
}


@dataclass(frozen=True)
class Event:
    """What happens on a day: who owns the contract is paid `payoff`; `owed` is what is owed after it."""

    kind: str
    day: date
    payoff: Fraction
    owed: Fraction


@dataclass(frozen=True)
class Case:
    """A contract as a bond: one calculation amount is the whole of its nominal."""

    terms: Terms
    known: Mapping[str, Mapping[date, Fraction]]
    sign: int
    attributes: Mapping[str, str]

    @property
    def nominal(self) -> Fraction:
        return Fraction(self.attributes["notionalPrincipal"])

    def day(self, attribute: str) -> date | None:
        return read_day(self.attributes[attribute]) if attribute in self.attributes else None

    def number(self, attribute: str) -> Fraction:
        return Fraction(self.attributes.get(attribute, "0"))


def read_cases(vectors: Path, name: str) -> list[tuple[str, dict[str, Any]]]:
    """Every case of a file, with its name."""
    return list(json.loads(file_of(vectors, name).read_text("utf-8")).items())


def read_day(stamp: str) -> date:
    """The day of a time stamp; the last second of a day is the next day."""
    day, _, clock = stamp.strip().partition("T")
    return date.fromisoformat(day) + (DAY if clock.startswith(("23:59", "24:00")) else timedelta(0))


def expected(raw: Mapping[str, Any]) -> list[Event]:
    """The events that the case tells, with the amounts it gives them."""
    return [
        Event(
            each["eventType"],
            read_day(each["eventDate"]),
            Fraction(str(each["payoff"]).strip()),
            Fraction(str(each["notionalPrincipal"]).strip()),
        )
        for each in raw["results"]
    ]


def case_of(raw: Mapping[str, Any]) -> Case:
    """The bond of a case. LeftOut where there is none."""
    attributes = {name: str(value).strip() for name, value in raw["terms"].items()}
    attributes = {name: value for name, value in attributes.items() if value not in ("", "NULL", "null")}
    for name in attributes:
        if name not in READ | MUTE:
            raise LeftOut(f"attribute {name}")
    if raw.get("eventsObserved"):
        raise LeftOut("events observed from outside")
    if attributes.get("interestCalculationBase", "NT") != "NT":
        raise LeftOut(f"interestCalculationBase {attributes['interestCalculationBase']}")
    sign = {"RPA": 1, "RPL": -1}.get(attributes.get("contractRole", ""))
    if sign is None:
        raise LeftOut(f"contractRole {attributes.get('contractRole')}")
    terms = _terms(attributes)
    known: dict[str, dict[date, Fraction]] = {}
    case = Case(terms, known, sign, attributes)
    if "cycleOfRateReset" in attributes or "cycleAnchorDateOfRateReset" in attributes:
        case = _floating(case, raw.get("dataObserved") or {})
    return _with_instalment(case)


def _terms(attributes: Mapping[str, str]) -> Terms:
    """Dates, day count and repayment; the level instalment of an annuity comes later."""
    issued = read_day(attributes["initialExchangeDate"])
    seen = read_day(attributes["statusDate"])
    if issued < seen and attributes.get("accruedInterest", "").strip("0.") == "" and "accruedInterest" in attributes:
        issued = seen  # as if issued on the day it is looked at, when nothing has accrued
    elif issued < seen and (attributes["contractType"] != "PAM" or "accruedInterest" in attributes):
        raise LeftOut("interest accrued before the status date")
    count = DAY_COUNTS.get(attributes["dayCountConvention"], "")
    if count not in DayCount.__members__:
        raise LeftOut(f"dayCountConvention {attributes['dayCountConvention']}")
    maturity = read_day(attributes["maturityDate"]) if "maturityDate" in attributes else _maturity(attributes)
    convention = attributes.get("businessDayConvention", "NOS")
    open_days = attributes.get("calendar", "NC")
    if open_days not in ("NC", "MF"):
        raise LeftOut(f"calendar {open_days}")
    moved = convention != "NOS" and open_days == "MF"
    if moved and (convention[:2] not in ("SC", "CS") or convention[2:] not in CONVENTIONS):
        raise LeftOut(f"businessDayConvention {convention}")
    if moved and not is_business_day(issued, [WEEKDAYS]):
        raise LeftOut("issued on a day that is moved")
    dates = _dates(attributes, issued, maturity)
    nominal = Fraction(attributes["notionalPrincipal"]) * FINE
    return Terms(
        issue_date=issued,
        maturity=maturity,
        rate=Fraction(attributes["nominalInterestRate"]),
        day_count=DayCount[count],
        business_day=CONVENTIONS[convention[2:]] if moved else BusinessDayConvention.UNADJUSTED,
        adjusted=moved and convention.startswith("SC"),
        calendars=(WEEKDAYS.centre,),
        calculation_amount=int(nominal),
        minimum_denomination=int(nominal),
        denomination_multiple=int(nominal),
        record_date=RecordDate(RecordRule.CALENDAR_DAYS_BEFORE, 0),
        repayment=_repayment(attributes),
        **dates,
    )


def _cycle(stamp: str) -> tuple[int, bool]:
    """The months of a cycle, and whether its last stub is long."""
    length, _, stub = stamp.removeprefix("P").partition("L")
    months = {"M": 1, "Q": 3, "H": 6, "Y": 12}.get(length[-1], 0) * int(length[:-1])
    if not months or 12 % months:
        raise LeftOut(f"a cycle of {length}")
    return months, stub == "0"


def _begins(attributes: Mapping[str, str]) -> date:
    """When principal is first repaid: where it is not given, one cycle after the first day."""
    if "cycleAnchorDateOfPrincipalRedemption" in attributes:
        return read_day(attributes["cycleAnchorDateOfPrincipalRedemption"])
    cycle = attributes.get("cycleOfPrincipalRedemption")
    if cycle is None:
        raise LeftOut("principal is repaid in other periods than interest")
    return add_months(read_day(attributes["initialExchangeDate"]), _cycle(cycle)[0])


def _dates(attributes: Mapping[str, str], issued: date, maturity: date) -> dict[str, Any]:
    """Frequency, stubs and roll: coupons run from an anchor to the maturity."""
    kind = attributes["contractType"]
    stamp = attributes.get("cycleOfInterestPayment")
    first = read_day(attributes.get("cycleAnchorDateOfInterestPayment", attributes["initialExchangeDate"]))
    if stamp is None and kind == "PAM":
        return {"frequency": 0}
    principal = attributes.get("cycleOfPrincipalRedemption", stamp)
    if stamp is None or (kind != "PAM" and _cycle(principal or "")[0] != _cycle(stamp)[0]):
        raise LeftOut("principal is repaid in other periods than interest")
    if kind != "PAM":
        begins = _begins(attributes)
        if begins <= issued:
            raise LeftOut("principal is repaid on the day of issue")
        if begins < first or begins.day != first.day:
            raise LeftOut("principal is repaid inside an interest period")
    months, long = _cycle(stamp)
    month_end = is_month_end(first) and attributes.get("endOfMonthConvention", "SD") == "EOM"
    rolled = [first]
    while rolled[-1] < maturity:
        rolled.append(add_months(first, months * len(rolled), month_end))
    rolled = [day for day in rolled if day > issued]
    penultimate = None
    if rolled[-1] != maturity:
        del rolled[-1]  # the first after the maturity
        if long:
            del rolled[-1:]
        penultimate = rolled[-1] if rolled else None
    if not rolled:
        return {"frequency": 0}
    clamped = not month_end and (penultimate or maturity).day < first.day
    return {
        "frequency": 12 // months,
        "first_coupon": rolled[0],
        "penultimate_coupon": penultimate,
        "end_of_month": month_end,
        "roll": Roll.ANCHOR,
        "roll_day": first.day if clamped else 0,
    }


def _repayment(attributes: Mapping[str, str]) -> Repayment | None:
    added = read_day(attributes["capitalizationEndDate"]) if "capitalizationEndDate" in attributes else None
    if attributes["contractType"] == "PAM":
        return None if added is None else Repayment(RepaymentKind.SCHEDULE, capitalised=added)
    kind = {"LAM": RepaymentKind.LINEAR, "ANN": RepaymentKind.ANNUITY, "NAM": RepaymentKind.NEGATIVE}
    return Repayment(
        kind[attributes["contractType"]],
        first=_begins(attributes),
        amount=_part(attributes),
        capitalised=added,
    )


def _part(attributes: Mapping[str, str]) -> Fraction:
    """What is paid each time, as a part of nominal, to twelve places."""
    paid = Fraction(attributes.get("nextPrincipalRedemptionPayment", "0"))
    return Fraction(round(paid / Fraction(attributes["notionalPrincipal"]) * FINE), FINE)


def _maturity(attributes: Mapping[str, str]) -> date:
    """Where none is given: the amortisation date, or when all is repaid."""
    if "amortizationDate" in attributes:
        return read_day(attributes["amortizationDate"])
    if attributes["contractType"] == "PAM" or "nextPrincipalRedemptionPayment" not in attributes:
        raise LeftOut("no maturity")
    begins = _begins(attributes)
    months = _cycle(attributes["cycleOfPrincipalRedemption"])[0]
    month_end = is_month_end(begins) and attributes.get("endOfMonthConvention", "SD") == "EOM"
    if attributes["contractType"] == "LAM":
        return add_months(begins, months * (ceil(1 / _part(attributes)) - 1), month_end)
    if "cycleOfRateReset" in attributes:
        raise LeftOut("no maturity, and a rate that is reset")
    far = {**attributes, "maturityDate": add_months(begins, 12 * FAR, month_end).isoformat()}
    terms = _terms(far)
    if check(terms):
        raise LeftOut("no maturity")
    periods = schedule(terms, [WEEKDAYS])
    owed = terms.calculation_amount
    for period, paid in zip(periods, instalments(terms, periods), strict=True):
        owed -= paid.principal
        if owed == 0:
            return period.end
    raise LeftOut("no maturity")


def _floating(case: Case, observed: Mapping[str, Any]) -> Case:
    """Resets as fixings of each interest period: the first rate stands until the first reset, each reset to the next.

    A reset inside an interest period is none that a bond here has.
    """
    attributes, terms = case.attributes, case.terms
    for name in ("cycleAnchorDateOfRateReset", "marketObjectCodeOfRateReset"):
        if name not in attributes:
            raise LeftOut(f"rate resets without {name}")
    reset, index = read_day(attributes["cycleAnchorDateOfRateReset"]), attributes["marketObjectCodeOfRateReset"]
    told = {
        read_day(each["timestamp"]): Fraction(str(each["value"]).strip())
        for each in observed.get(index, {"data": []})["data"]
    }
    multiplier, margin = Fraction(attributes.get("rateMultiplier", "1")), case.number("rateSpread")
    if check(terms):
        return case
    starts = [period.start for period in schedule(terms, [WEEKDAYS])]
    resets = [reset]
    while "cycleOfRateReset" in attributes and resets[-1] < terms.maturity:
        resets.append(add_months(reset, _cycle(attributes["cycleOfRateReset"])[0] * len(resets)))
    resets = [day for day in resets if day < terms.maturity]
    if any(day not in starts for day in resets if day >= terms.issue_date):
        raise LeftOut("a rate is reset inside an interest period")
    fixings, rate = {}, (terms.rate - margin) / multiplier
    for start in starts:
        if start in resets:
            if "nextResetRate" in attributes and start == resets[0]:
                rate = (case.number("nextResetRate") - margin) / multiplier
            elif start in told:
                rate = told[start]
            else:
                raise LeftOut("a rate is reset to what was observed on another day")
        fixings[start] = rate
    floor, cap = (Fraction(attributes[name]) if name in attributes else None for name in ("lifeFloor", "lifeCap"))
    if not (terms.rate if floor is None else floor) <= terms.rate <= (terms.rate if cap is None else cap):
        raise LeftOut("a first rate outside lifeFloor and lifeCap")
    if any(max(multiplier * each + margin, -1 if floor is None else floor) < 0 for each in fixings.values()):
        raise LeftOut("a rate below zero, which no holder pays")
    floating = Floating(
        index, margin, multiplier, days_back=0, centres=(WEEKDAYS.centre,), floor=floor, cap=cap, places=0
    )
    terms = replace(terms, floating=floating, rate=Fraction(0))
    return replace(case, terms=terms, known={index: fixings})


def _with_instalment(case: Case) -> Case:
    """The case, if its terms can be. An annuity reckoned to an amortisation date beyond the maturity has the instalment
    of its twin that runs to that date.
    """
    terms, until = case.terms, case.day("amortizationDate")
    if problems := check(terms):
        raise LeftOut(f"terms: {problems[0].field}")
    if until is not None and until != terms.maturity and terms.repayment is not None:
        if terms.floating is not None or terms.repayment.amount:
            raise LeftOut("amortizationDate beyond the maturity, and a rate that is reset")
        dates = _dates(case.attributes, terms.issue_date, until)
        twin = replace(terms, maturity=until, **dates)
        if check(twin):
            raise LeftOut("amortizationDate off the coupon dates")
        begun = terms.repayment.first
        periods = schedule(twin, [WEEKDAYS])
        paid = instalments(twin, periods)[next(at for at, each in enumerate(periods) if each.end == begun)]
        amount = Fraction(paid.interest + paid.principal, terms.calculation_amount)
        amount = Fraction(round(amount * FINE), FINE)
        terms = replace(terms, repayment=replace(terms.repayment, amount=amount))
        if check(terms):
            raise LeftOut("amortizationDate off the coupon dates")
    return replace(case, terms=terms)


def computed(case: Case) -> dict[tuple[str, date], Event]:
    """What the bond pays, as the events that the contract calls them, each with what is owed after it."""
    terms, plan = case.terms, case.terms.repayment
    periods = schedule(terms, [WEEKDAYS])
    paid = instalments(terms, periods, case.known, [WEEKDAYS])
    found: dict[tuple[str, date], Event] = {}

    def tell(kind: str, day: date, payoff: Fraction, owed: Fraction) -> None:
        found[kind, day] = Event(kind, day, case.sign * payoff, case.sign * owed)

    bought, ended = case.day("purchaseDate"), case.day("terminationDate")
    if bought is None and case.day("initialExchangeDate") == terms.issue_date:
        tell("IED", terms.issue_date, -case.nominal - case.number("premiumDiscountAtIED"), case.nominal)
    owed = case.nominal
    for period, each in zip(periods, paid, strict=True):
        interest, principal, added = (Fraction(amount, FINE) for amount in each)
        last, day = period is periods[-1], period.payment_date
        for traded, kind in ((bought, "PRD"), (ended, "TD")):
            if traded is not None and period.accrual_start <= traded < period.accrual_end:
                price = case.number("priceAtPurchaseDate" if kind == "PRD" else "priceAtTerminationDate")
                accrued = accrued_fraction(terms, periods, traded, case.known, [WEEKDAYS])
                dirty = price + case.nominal * accrued
                tell(kind, traded, -dirty if kind == "PRD" else dirty, owed if kind == "PRD" else Fraction(0))
        owed_before, owed = owed, owed - principal + added
        if plan is not None and plan.capitalised is not None and period.end <= plan.capitalised:
            tell("IPCI", day, Fraction(0), owed)
            continue
        tell("IP", day, interest + added, owed_before if last else owed)
        if last:
            tell("MD", day, principal, owed)
        elif plan is not None and period.end >= (plan.first or terms.maturity):
            tell("PR", day, principal - added, owed)
    return {
        key: event
        for key, event in found.items()
        if (bought is None or event.kind == "PRD" or event.day > bought)
        and (ended is None or event.day <= ended)
        and event.day > read_day(case.attributes["statusDate"])
    }
