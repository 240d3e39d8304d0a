"""Every worked example of 31 CFR part 356, appendix B: one check for each kind of example."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from bauhinia.bond import Reference, Terms, add_months, schedule, to_places
from bauhinia.bond.markets import us_bills, us_frn, us_tips, us_treasury
from bauhinia.bond.price import Price, periods_left
from bauhinia.bond.roll import is_month_end
from tests.bond.markets.sheets import WEEKDAYS, exactly, note
from tests.vectors import Row, Tally, rows_of, tally

NAME = "bonds/cfr356_appendix_b.json"
# what an example calls the day from which interest accrues, and the day of settlement
STARTS = ("original_issue", "accrual_start", "issue")
SETTLED = ("reopening", "settle", "issue")


@cache
def examples(vectors: Path) -> Tally:
    return tally(NAME, rows_of(vectors, NAME), example)


def test_worked_examples(vectors: Path) -> None:
    examples(vectors).settle()


def example(row: Row) -> None:
    assert row["kind"] in CHECKS, f"unknown kind {row['kind']!r} of {row['id']}"
    CHECKS[row["kind"]](row["inputs"], row["expected"])


def day(text: str) -> date:
    return date.fromisoformat(text)


def same(found: Fraction, published: float, places: int | None = None) -> None:
    """To the last published digit, or to the places at which it is published."""
    exact = exactly(published)
    shown = len(str(published).partition(".")[2]) if places is None else places
    assert to_places(found, shown) == exact, (float(found), published)


def half_years(start: str, end: str) -> Reference:
    return Reference((day(start), day(end)), 2)


def regular_coupon(given: Row, published: Row) -> None:
    dates = half_years("2001-02-15", "2001-08-15")
    found = us_treasury.interest_payment(exactly(given["rate"]), dates, *dates.dates)
    same(found * given["par"] / 1000, published["payment"])


def short_first_coupon(given: Row, published: Row) -> None:
    dates = half_years(given["half_year_start"], given["first_payment"])
    rate, issue, payment = exactly(given["rate"]), day(given["issue"]), day(given["first_payment"])
    (part,) = us_treasury.daily_interest(rate, dates, issue, payment)
    assert part.days == given["accrued_days"]
    assert (dates.dates[1] - dates.dates[0]).days == given["half_year_days"]
    same(part.decimal, published["daily_interest_decimal"])
    found = us_treasury.interest_payment(rate, dates, issue, payment)
    same(found, published["payment_per_1000"])
    same(found * given["par"] / 1000, published["payment"], 2)


def long_first_coupon(given: Row, published: Row) -> None:
    start, end = (day(each) for each in given["fractional_half_year"])
    dates = Reference((start, end, day(given["first_payment"])), 2)
    rate, issue = exactly(given["rate"]), day(given["issue"])
    part = us_treasury.daily_interest(rate, Reference((start, end), 2), issue, end)[0]
    assert (part.days, (end - start).days) == (given["fractional_days"], given["half_year_days"])
    same(part.decimal, published["daily_interest_decimal"])
    same(part.days * part.decimal, published["fractional_per_1000"])
    same(1000 * rate / 2, published["regular_per_1000"])
    found = us_treasury.interest_payment(rate, dates, issue, dates.dates[-1])
    same(found, published["payment_per_1000"])
    same(found * given["par"] / 1000, published["payment"], 2)


def half_year_days(given: Row, published: Row) -> None:
    """Table 1: the days of each half-year, in a regular and a leap year, from the 15th and from month ends."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    assert given["columns"] == ["regular_year", "leap_year"]
    for column, ends in (("1st/15th", False), ("month_end", True)):
        for name, expected in published[column].items():
            first, last = (months.index(each) + 1 for each in name.split("-"))
            # a half-year that holds the end of February lies in the year it starts in, or ends in the next
            years = [2023, 2024] if last > first else [2022, 2023]
            found = []
            for year in years:
                start = add_months(date(2000, 1, 31 if ends else 15), (year - 2000) * 12 + first - 1, ends)
                found.append((add_months(start, 6, ends) - start).days)
            assert found == expected, name


def tips_ref_cpi(given: Row, published: Row) -> None:
    start, end = exactly(given["ref_cpi_month_first"]), exactly(given["ref_cpi_next_month_first"])
    assert day(given["date"]).day == given["day"]
    same(us_tips.reference_cpi(day(given["date"]), start, end), published["ref_cpi"])


def tips_index_ratio(given: Row, published: Row) -> None:
    found = us_tips.index_ratio(exactly(given["ref_cpi_date"]), exactly(given["ref_cpi_issue"]))
    same(found, published["index_ratio"])


def tips_coupon(given: Row, published: Row) -> None:
    ratio = us_tips.index_ratio(exactly(given["ref_cpi_date"]), exactly(given["ref_cpi_issue"]))
    par = exactly(given["par"])
    same(us_tips.adjusted_principal(par, ratio), published["adjusted_principal"])
    same(us_tips.interest_payment(par, exactly(given["rate"]), ratio), published["payment"])


def accrued_one_half_year(given: Row, published: Row) -> None:
    start, end = day(given["accrual_start"]), day(given["next_coupon"])
    dates, rate, settled = Reference((start, end), 2), exactly(given["rate"]), day(given["settle"])
    (part,) = us_treasury.daily_interest(rate, dates, start, settled)
    assert (part.days, (end - start).days) == (given["days"], given["half_year_days"])
    same(part.decimal, published["daily_interest_decimal"])
    terms = note(start, add_months(end, 120), rate)
    accrued(terms, settled, given, published)


def accrued_two_half_years(given: Row, published: Row) -> None:
    start, split, settled = day(given["accrual_start"]), day(given["split"]), day(given["settle"])
    dates = Reference((add_months(split, -6), split, add_months(split, 6)), 2)
    parts = us_treasury.daily_interest(exactly(given["rate"]), dates, start, settled)
    assert [part.days for part in parts] == given["days"]
    lengths = [(end - begun).days for begun, end in zip(dates.dates, dates.dates[1:], strict=False)]
    assert lengths == given["half_year_days"]
    for part, decimal in zip(parts, published["daily_interest_decimals"], strict=True):
        same(part.decimal, decimal)
    terms = note(start, add_months(split, 240), exactly(given["rate"]), add_months(split, 6))
    accrued(terms, settled, given, published)


def accrued(terms: Terms, settled: date, given: Row, published: Row) -> None:
    found = us_treasury.accrued_per_1000(terms, schedule(terms, [WEEKDAYS]), settled)
    same(found, published["accrued_per_1000"])
    same(found * given["par"] / 1000, published["accrued"], 2)


def price(given: Row, published: Row) -> None:
    """Section II, all seven: the stub and the reopening lie in the terms. What the example calls r over s is what is
    left of the regular half-year, and n how many whole ones follow.
    """
    start, settled = (day(next(given[each] for each in names if each in given)) for names in (STARTS, SETTLED))
    maturity = day(given["maturity"])
    first = day(given["first_payment"]) if "first_payment" in given else None
    terms = note(start, maturity, exactly(given["C"]) / 100, first)
    periods = schedule(terms, [WEEKDAYS])
    current = next(period for period in periods if period.start <= settled < period.end)
    left = periods_left(terms, current, settled)
    whole = len(periods) - current.number + (left - 1).__ceil__()
    assert left - (left - 1).__ceil__() == Fraction(given["r"], given["s"])
    assert whole == given["n"]
    found = us_treasury.auction_price(terms, periods, settled, exactly(given["i"]))
    same(found.clean, published["price"], 6)
    if "accrued" in published:
        same(found.accrued, published["accrued"], 6)
        same(found.dirty, published["price_plus_accrued"], 6)
    exact = us_treasury.US_TREASURY.price(terms, periods, settled, exactly(given["i"]))
    assert us_treasury.US_TREASURY.yield_from_price(terms, periods, settled, exact.clean) == exactly(given["i"])


def tips_price(given: Row, published: Row) -> None:
    start, settled = (day(next(given[each] for each in names if each in given)) for names in (STARTS, SETTLED))
    terms = note(start, day(given["maturity"]), exactly(given["C"]) / 100)
    if "index_ratio" in given:
        ratio = exactly(given["index_ratio"])
    else:
        ratio = us_tips.index_ratio(exactly(given["ref_cpi_date"]), exactly(given["ref_cpi_issue"]))
        same(ratio, published["index_ratio"])
    found = us_tips.auction_price(terms, schedule(terms, [WEEKDAYS]), settled, exactly(given["i"]), ratio)
    assert isinstance(found.real, Price)
    same(found.real.clean, published["price_real"], 6)
    same(found.real.accrued, published.get("accrued_real", 0), 6)
    same(found.price, published["price_adj"], 6)
    same(found.accrued, published["accrued_adj"], 6)
    same(found.settlement_amount, published["settlement_amount"], 6)


def frn_index_rate(given: Row, published: Row) -> None:
    same(100 * us_frn.index_rate(exactly(given["discount_rate"]), given["days"]), published["index_rate_percent"])


def frn(given: Row, published: Row) -> None:
    dates = tuple(day(each) for each in given["dates"])
    rate, spread, floor = (exactly(given[name]) for name in ("index_rate", "spread", "floor"))
    daily = us_frn.daily_interest(rate, spread, floor)
    gone = Fraction(0)
    if "accrual_windows_days_and_daily_amount_per_100" in given:
        windows = [(count, exactly(each)) for count, each in given["accrual_windows_days_and_daily_amount_per_100"]]
        assert sum(count for count, _ in windows) == (day(given["reopening"]) - day(given["dated"])).days
        gone = us_frn.accrued_interest(windows)
    elif "dated" in given:
        gone = us_frn.accrued_interest([((day(given["issue"]) - day(given["dated"])).days, daily)])
    sheet = us_frn.FloatingNote(dates, rate, spread, floor, gone)
    found = us_frn.price_from_margin(sheet, exactly(given["discount_margin"]))
    same(found.clean, published["price"], 6)
    for name, days in (("payment_92_day", 92), ("payment_89_day", 89)):
        if name in published:
            same(days * daily, published[name], 9)
    if "price_plus_accrued" in published:
        same(found.dirty, published["price_plus_accrued"], 6)
        same(found.accrued, published["accrued"], 6)
        same(gone, published["accrued_unrounded"], 9)
        assert abs(found.unrounded - exactly(published["price_plus_accrued_unrounded"])) < Fraction(1, 10**6)
    if "first_flow_from_issue" in published:
        flows = us_frn.payments(sheet)
        same(flows[0] - gone, published["first_flow_from_issue"], 9)
        same(100 + flows[-1], published["last_flow"], 9)


def frn_payments(given: Row, published: Row) -> None:
    daily = us_frn.daily_interest(exactly(given["index_rate"]), exactly(given["spread"]))
    if "payments" in published:
        for days, payment in zip(given["days"], published["payments"], strict=True):
            same(days * daily, payment, 9)
        return
    first, later = given["days"]
    same(exactly(given["accrued_to_reopening"]) + first * daily, published["first_payment"], 9)
    same(later * daily, published["later_92_day_payment"], 9)


def stripped_tips_interest(given: Row, published: Row) -> None:
    par, rate = exactly(given["par"]), exactly(given["rate"])
    value = us_tips.stripped_adjusted_value(par, rate, exactly(given["ref_cpi_issue"]))
    same(value, published["adjusted_value"], 2)
    same(us_tips.stripped_payment(value, exactly(given["ref_cpi_date"])), published["payment"], 2)


def bill_price(given: Row, published: Row) -> None:
    assert (day(given["maturity"]) - day(given["issue"])).days == given["days"]
    same(us_bills.price(exactly(given["discount_rate"]), given["days"]), published["price"], 6)


def bill_amounts(given: Row, published: Row) -> None:
    paid = us_bills.purchase_price(exactly(given["par"]), exactly(given["price"]))
    same(paid, published["purchase_price"], 2)
    same(given["par"] - paid, published["discount_amount"], 2)


def bill_discount(given: Row, published: Row) -> None:
    same(100 * us_bills.discount_rate(exactly(given["price"]), given["days"]), published["discount_rate_percent"], 3)


def bill_investment_rate(given: Row, published: Row) -> None:
    issue, maturity = day(given["issue"]), day(given["maturity"])
    assert us_bills.year_basis(issue) == given["y"]
    same(us_bills.price(exactly(given["discount_rate"]), given["days"]), given["price"], 6)
    found = us_bills.investment_rate(exactly(given["price"]), issue, maturity)
    same(100 * found, published["investment_rate_percent"], 3)


def bill_year_basis(given: Row, published: Row) -> None:
    assert [us_bills.year_basis(day(each)) for each in given["issue_dates"]] == published["y"]


CHECKS: dict[str, Callable[[Row, Row], None]] = {
    "regular_coupon": regular_coupon,
    "short_first_coupon": short_first_coupon,
    "long_first_coupon": long_first_coupon,
    "half_year_days": half_year_days,
    "tips_ref_cpi": tips_ref_cpi,
    "tips_index_ratio": tips_index_ratio,
    "tips_coupon": tips_coupon,
    "accrued_one_half_year": accrued_one_half_year,
    "accrued_two_half_years": accrued_two_half_years,
    "price_regular_first": price,
    "price_short_first": price,
    "price_long_first": price,
    "price_reopened_regular_period": price,
    "price_reopened_regular_portion_of_long_first": price,
    "price_reopened_short_first": price,
    "price_reopened_fractional_part_of_long_first": price,
    "tips_price_regular_first": tips_price,
    "tips_price_reopened": tips_price,
    "frn_index_rate": frn_index_rate,
    "frn_new_issue_par": frn,
    "frn_new_issue_premium": frn,
    "frn_reopening": frn,
    "frn_issue_after_dated": frn,
    "frn_interest_payments_new": frn_payments,
    "frn_interest_payments_reopened": frn_payments,
    "stripped_tips_interest": stripped_tips_interest,
    "bill_price_from_discount": bill_price,
    "bill_amounts": bill_amounts,
    "bill_discount_from_price": bill_discount,
    "bill_investment_rate_short": bill_investment_rate,
    "bill_investment_rate_long": bill_investment_rate,
    "bill_year_basis": bill_year_basis,
}


def test_month_ends_of_the_notes_are_month_ends() -> None:
    """A note of 30 September pays on 31 March: its half-years are Table 1's second column."""
    terms = note(date(1989, 9, 30), date(1992, 3, 31), Fraction(1, 20))
    assert all(is_month_end(period.end) for period in schedule(terms, [WEEKDAYS]))
