"""Term sheets in the ICMA Bond Data Taxonomy (version 1.2 of 2 February 2024): XML by its schema, or JSON of the same
names.

Interest rates, margins and redemption amounts stand in per cent there, amounts in units of the currency. What the terms
need and the taxonomy has no field for is assumed and named; what it says that the terms have no place for stands
`beside` them in the sheet. Nothing is dropped unsaid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from bauhinia.bond import BusinessDayConvention, DayCount, Terms, check
from bauhinia.bond.coupons.floating import Averaging, Floating
from bauhinia.bond.repayments.exercise import Exercise
from bauhinia.wire.marked import Node, read_tree
from bauhinia.wire.mistakes import Mistake, one_of
from bauhinia.wire.sheets import Sheet
from bauhinia.wire.toml import Problem
from bauhinia.words.dates import parse_date
from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.reasons import Refused

ROOT = "ICMABondDataTaxonomy"
NEEDED = ("Issuance", "Product")
ISSUED, PAID = ("Issuance",), ("Product", "InterestPayment")
FREQUENCIES = {"ANNUALLY": 1, "SEMIANNUALLY": 2, "QUARTERLY": 4, "NONE": 0}
DAY_COUNTS = {
    "ICMA_ACT/ACT": DayCount.ACT_ACT_ICMA, "ISDA_ACT/ACT": DayCount.ACT_ACT_ISDA, "30/360": DayCount.THIRTY_360,
    "30/365": DayCount.THIRTY_365, "ACT/360": DayCount.ACT_360, "ACT/365": DayCount.ACT_365_FIXED,
}  # fmt: skip
BUSINESS_DAYS = {
    "FOLLOWING_UNADJUSTED": (BusinessDayConvention.FOLLOWING, False),
    "PRECEDING": (BusinessDayConvention.PRECEDING, False),
    "MODIFIED_FOLLOWING_ADJUSTED": (BusinessDayConvention.MODIFIED_FOLLOWING, True),
}
CENTRES = {"TARGET": "EU_TARGET", "TARGET2": "EU_TARGET", "FRANKFURT": "DE", "NEW_YORK": "US", "LUXEMBOURG": "LU"}
# the benchmark, the centre whose business days it has, and the day base of its daily rate
BENCHMARKS = {
    "SOFR": ("SOFR", "US", 360), "ESTR": ("ESTR", "EU_TARGET", 360), "SONA": ("SONIA", "GB", 365),
    "CORA": ("CORRA", "CA", 365), "EURI": ("EURIBOR", "EU_TARGET", 360), "HKIO": ("HIBOR", "HK", 365),
    "TIBO": ("TIBOR", "JP", 365), "BBSW": ("BBSW", "AU", 365), "EFFR": ("EFFR", "US", 360),
}  # fmt: skip
AVERAGING = {"COMPOUND_DAILY": Averaging.COMPOUNDED, "WEIGHTED_AVERAGE": Averaging.AVERAGED}
PERIODS = {"DAYS": "D", "WEEK": "W", "MONTH": "M", "YEAR": "Y"}
WHERE = {  # the field of the taxonomy that a field of the terms is read from
    "issue_date": (*PAID, "InterestCommencementDate"), "maturity": ("Product", "MaturityDate"),
    "rate": (*PAID, "InterestRate"), "frequency": (*PAID, "InterestPayments", "InterestPaymentFrequency"),
    "first_coupon": (*PAID, "InterestPayments", "FirstPayment", "PaymentDate"),
    "penultimate_coupon": (*PAID, "InterestPayments", "PayableDate"),
    "calculation_amount": (*ISSUED, "CalculationAmount"), "minimum_denomination": (*ISSUED, "SpecifiedDenomination"),
    "denomination_multiple": (*ISSUED, "IntegralMultiples"),
    "redemption_price": (*ISSUED, "FinalRedemptionAmountPercentage"),
}  # fmt: skip
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
LATE = timedelta(days=7)  # by no more does a business-day convention move a payment


def read_taxonomy(written: str, file: str) -> Sheet:
    """The sheet of a bond. Mistake, naming the field, where one is missing or has no counterpart here."""
    root = root_of(read_tree(written, file))
    if root is None:
        raise Mistake(Problem(file, 1, f"is no bond of the ICMA Bond Data Taxonomy: no {ROOT} with {NEEDED[0]}"))
    sheet = _Reading(root, file)
    terms = sheet.terms()
    if sheet.problems or terms is None:
        raise Mistake(*sorted(sheet.problems, key=lambda problem: problem.line))
    isin = sheet.text("Product", "SecurityIdentifierList", "SecurityIdentifier", "ISIN", needed=False)
    sheet.seen("Product", "SecurityIdentifierList", "SecurityIdentifier", "IdentifierType")
    return Sheet(sheet.issuer(), isin, sheet.currency, terms, tuple(sheet.beside()))


def root_of(tree: Node) -> Node | None:
    """Where a bond of the taxonomy stands in a tree, as its root, inside a document, or without a name around it."""
    for found in (tree, tree.find(ROOT), tree.find("Document", ROOT)):
        if found is not None and all(found.find(name) for name in NEEDED):
            return found
    return None


@dataclass
class _Reading:
    """One walk over a bond: what was read is marked, what was wrong is kept until all has been looked at."""

    root: Node
    file: str
    problems: list[Problem] = field(default_factory=list)
    used: set[int] = field(default_factory=set)  # Node identities, only ever asked for membership
    assumed: list[str] = field(default_factory=list)
    currency: str = ""

    def terms(self) -> Terms | None:
        """The terms, or None where something was wrong."""
        self.currency = self.one_of({each: each for each in MINOR_UNITS}, *ISSUED, "SpecifiedCurrency") or ""
        floating = self.floating()
        given: dict[str, Any] = {
            "issue_date": self.day(*PAID, "InterestCommencementDate"),
            "maturity": self.day("Product", "MaturityDate"),
            "rate": self.rate(),
            "frequency": self.one_of(FREQUENCIES, *PAID, "InterestPayments", "InterestPaymentFrequency"),
            "day_count": self.one_of(DAY_COUNTS, "Product", "DayCountFraction"),
            "calendars": self.centres(),
            "redemption_price": self.percent(*ISSUED, "FinalRedemptionAmountPercentage", needed=False) or Fraction(1),
        }
        convention = self.one_of(BUSINESS_DAYS, "Product", "BusinessDayConvention")
        calls, puts = self.options()
        self.basis()
        given |= self.denominations()
        if self.problems or convention is None:
            return None
        self.same_day("IssueDate", given["issue_date"])
        first, penultimate = self.stubs(given["issue_date"], given["maturity"], given["frequency"])
        if self.text("Product", "BusinessDayConvention") == "PRECEDING":
            self.assumed.append("adjusted")
        terms = Terms(
            **given,
            business_day=convention[0],
            adjusted=convention[1],
            first_coupon=first,
            penultimate_coupon=penultimate,
            floating=floating,
            calls=calls,
            puts=puts,
            assumed=("record_date", *dict.fromkeys(self.assumed)),
        )
        for name, problem in check(terms):
            self.wrong(self.root.find(*WHERE.get(name, ())) or self.root, f"{name}: {problem}")
        return terms

    # ---- one field ----

    def node(self, *path: str, needed: bool = True) -> Node | None:
        found = self.root.find(*path)
        if found is None and needed:
            around = next((at for n in range(len(path), 0, -1) if (at := self.root.find(*path[: n - 1]))), self.root)
            self.wrong(around, f'{"/".join(path[:-1])} needs "{path[-1]}"')
        if found is not None:
            self.used.add(id(found))
        return found

    def text(self, *path: str, needed: bool = True) -> str:
        found = self.node(*path, needed=needed)
        return found.text if found else ""

    def seen(self, *path: str) -> None:
        """A field that says nothing beyond what has been read."""
        self.node(*path, needed=False)

    def one_of(self, known: dict[str, Any], *path: str, needed: bool = True) -> Any:
        found = self.node(*path, needed=needed)
        if found is not None and found.text not in known:
            names = one_of(list(known)) if len(known) <= 12 else "one of the taxonomy's that is known here"
            self.wrong(found, f'{path[-1]}: expected {names}, not "{found.text}"')
        return known.get(found.text) if found else None

    def day(self, *path: str, needed: bool = True) -> date | None:
        found = self.node(*path, needed=needed)
        if found is None:
            return None
        try:
            return parse_date(found.text)
        except Refused as refused:
            self.wrong(found, f"{path[-1]}: {' '.join(map(str, refused.parts))}")
            return None

    def number(self, *path: str, needed: bool = True) -> Fraction | None:
        found = self.node(*path, needed=needed)
        return self.number_of(found) if found else None

    def number_of(self, found: Node) -> Fraction | None:
        if _NUMBER.fullmatch(found.text):
            return Fraction(found.text)
        self.wrong(found, f'{found.name}: expected a number, not "{found.text}"')
        return None

    def percent(self, *path: str, needed: bool = True) -> Fraction | None:
        found = self.number(*path, needed=needed)
        return None if found is None else found / 100

    def wrong(self, at: Node, what: str) -> None:
        self.problems.append(Problem(self.file, at.line, what))

    # ---- interest ----

    def rate(self) -> Fraction | None:
        kind = self.one_of(
            {"FIXED": "FIXED", "FLOATING": "FLOATING", "ZERO_COUPON": "ZERO_COUPON", "INDEX_LINKED_INTEREST": ""},
            *PAID,
            "InterestType",
        )
        if kind == "":
            self.wrong(
                self.root.find(*PAID, "InterestType") or self.root,
                "InterestType: the taxonomy has no field for the index, its base and its lag: write the sheet in TOML",
            )
        if kind == "FIXED":
            return self.percent(*PAID, "InterestRate")
        return self.percent(*PAID, "InterestRate", needed=False) or Fraction(0)

    def floating(self) -> Floating | None:
        """The floating rate. The taxonomy does not say the day base, the centres or the rounding of the index."""
        if self.text(*PAID, "InterestType", needed=False) != "FLOATING":
            return None
        paid = (*PAID, "FloatingRatePayment")
        benchmark = self.one_of(BENCHMARKS, *paid, "Benchmark", "BenchmarkCode")
        if benchmark is None:
            return None
        name, centre, base = benchmark
        term = self.text(*paid, "Benchmark", "Term", needed=False)
        unit = self.one_of(PERIODS, *paid, "Benchmark", "TermPeriod", needed=False)
        averaging = self.one_of(AVERAGING, *paid, "CalculationType", needed=False) or Averaging.SIMPLE
        if self.text(*paid, "DeterminationMethod", needed=False) == "INDEX":
            averaging = Averaging.INDEX
        methods = {"OBSERVATION_SHIFT": "shift", "LAG": "lag", "LOCK-OUT": "lockout"}
        method = self.one_of(methods, *paid, "ObservationMethod", needed=False)
        days = self.number(*paid, "Period", needed=False)
        if days is not None and days.denominator != 1:
            self.wrong(self.root.find(*paid, "Period") or self.root, "Period: expected a whole number of days")
        back = int(days or 0) if method or averaging is Averaging.SIMPLE else 0
        self.assumed.append("floating")
        return Floating(
            index=f"{name} {term}{unit}" if term and unit else name,
            margin=self.percent(*paid, "Margin", needed=False) or Fraction(0),
            averaging=averaging,
            days_back=0 if method == "lockout" else back,
            observation_shift=method == "shift",
            lockout=back if method == "lockout" else 0,
            centres=(centre,),
            index_days=base,
        )

    def stubs(self, issued: date, maturity: date, frequency: int) -> tuple[date | None, date | None]:
        """The first coupon, on its unadjusted date, and the last one before the maturity where that falls on none."""
        paid = (*PAID, "InterestPayments")
        for name in ("FirstPayment", "LastPayment"):
            self.seen(*paid, name, "PaymentDate")
            self.seen(*paid, name, "BrokenDateType")
        payable = []
        around = self.root.find(*paid)
        for each in around.all("PayableDate") if around else ():
            self.used.update(id(part) for part in each.inside)
            month, on = each.find("Month"), each.find("Day")
            if month is not None and on is not None and month.text.isdigit() and on.text.isdigit():
                payable.append((int(month.text), int(on.text)))
        if frequency == 0:
            return None, None
        first = self.day(*paid, "FirstPayment", "PaymentDate")
        if first is not None:
            first = max((day for day in _days(payable, first) if first - LATE <= day), default=first)
        before = [day for day in _days(payable, maturity) if day > issued]
        penultimate = max(before, default=None) if payable and maturity not in before else None
        return first, penultimate

    # ---- the rest ----

    def centres(self) -> tuple[str, ...]:
        product = self.root.find("Product")
        found = product.all("BusinessDayCenter") if product else []
        if not found:
            self.node("Product", "BusinessDayCenter")
        for each in found:
            self.used.add(id(each))
            if each.text not in CENTRES:
                self.wrong(each, f'BusinessDayCenter: expected {one_of(CENTRES)}, not "{each.text}"')
        return tuple(dict.fromkeys(CENTRES.get(each.text, "") for each in found))

    def denominations(self) -> dict[str, int]:
        """The three amounts, in smallest units; those left out are the denomination itself, and assumed."""
        least = self.amount("SpecifiedDenomination")
        multiple = self.amount("IntegralMultiples", needed=False)
        unit = self.amount("CalculationAmount", needed=False)
        self.assumed += [
            name for name, found in (("denomination_multiple", multiple), ("calculation_amount", unit)) if found is None
        ]
        multiple = least if multiple is None else multiple
        return {
            "minimum_denomination": least or 0,
            "denomination_multiple": multiple or 0,
            "calculation_amount": (unit if unit is not None else min(least or 0, multiple or 0)),
        }

    def amount(self, name: str, *, needed: bool = True) -> int | None:
        value = self.number(*ISSUED, name, needed=needed)
        if value is None:
            return None
        units = value * 10 ** MINOR_UNITS.get(self.currency, 2)
        if units.denominator != 1:
            self.wrong(self.root.find(*ISSUED, name) or self.root, f"{name}: finer than {self.currency} has units")
        return int(units)

    def options(self) -> tuple[tuple[Exercise, ...], tuple[Exercise, ...]]:
        """Calls and puts. The notice that they need is not said, and stays what it usually is."""
        said = {self.text("Product", "Optionality", needed=False), self.text(*ISSUED, "CallPutOption", needed=False)}
        issued = self.root.find(*ISSUED)
        found = issued.all("OptionalRedemption") if issued else []
        is_call, is_put = bool(said & {"CALL", "ISSUER_CALL"}), bool(said & {"PUT", "INVESTOR_PUT"})
        if not found:
            for name in (("Product", "Optionality"), (*ISSUED, "CallPutOption")):
                self.used.discard(id(self.root.find(*name)))  # said without a date: told beside the terms
            return (), ()
        if is_call == is_put:
            self.wrong(found[0], "OptionalRedemption: Optionality and CallPutOption do not say one of call and put")
        exercises = tuple(each for each in map(self.exercise, found) if each is not None)
        self.assumed.append("calls" if is_call else "puts")
        return (exercises, ()) if is_call else ((), exercises)

    def exercise(self, node: Node) -> Exercise | None:
        inner = _Reading(node, self.file, self.problems, self.used)
        start = inner.day("OptionalRedemptionDate", "StartDate", "Date")
        end = inner.day("OptionalRedemptionDate", "EndDate", "Date", needed=False) or start
        price = inner.percent("OptionalRedemptionAmount", "Amount")
        inner.one_of(
            {"PRICE_PERCENT": 1}, "OptionalRedemptionAmount", "AmountType"
        )  # the others are amounts on what is not said
        return Exercise(start, end, price) if start and end and price is not None else None

    def basis(self) -> None:
        issued = self.root.find(*ISSUED)
        for each in issued.all("RedemptionPaymentBasis") if issued else ():
            self.used.add(id(each))
            if each.text != "PAR":
                self.wrong(
                    each, f"RedemptionPaymentBasis: the taxonomy has no field for how {each.text} is paid: use TOML"
                )

    def same_day(self, name: str, day: date | None) -> None:
        """A date that says again what the terms have is not told beside them."""
        found = self.root.find(*ISSUED, name)
        if found is not None and found.text == str(day):
            self.used.add(id(found))

    def issuer(self) -> str:
        """The name of the party whose role is issuer."""
        for role in self.root.all("PartyRole"):
            kind, reference = role.find("PartyRoleType"), role.find("PartyID")
            if kind is None or reference is None or kind.text != "ISSUER":
                continue
            wanted = reference.text or getattr(reference.find("@PID"), "text", "")
            for party in self.root.all("Party"):
                name, own = party.find("PartyName"), party.find("@PID") or party.find("PID")
                if name is not None and own is not None and own.text == wanted:
                    self.used.add(id(name))
                    return name.text
        return ""

    def beside(self) -> list[tuple[str, str]]:
        """What has not been read, in the order of the file."""
        return [("/".join(path), node.text) for path, node in self.root.leaves() if id(node) not in self.used]


def _days(payable: list[tuple[int, int]], last: date) -> list[date]:
    """The payable dates up to `last`, of its year and the year before; the 31st of a shorter month is its last day."""
    found = []
    for year in (last.year - 1, last.year):
        for month, day in payable:
            for shorter in range(4):
                try:
                    found.append(date(year, month, day - shorter))
                    break
                except ValueError:
                    continue
    return [day for day in found if day <= last]
