"""Amounts and rates as text: what is read, what is refused, and that reading undoes writing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import LIMIT
from bauhinia.words.money import (
    format_amount,
    format_rate,
    format_units,
    minor_units,
    parse_amount,
    parse_rate,
    parse_units,
)
from bauhinia.words.reasons import Reason, Refused

units_below_limit = st.integers(0, LIMIT - 1)


@pytest.mark.parametrize(
    ("text", "exponent", "units"),
    [
        ("800,000,000.00", 2, 80_000_000_000),
        ("800000000", 2, 80_000_000_000),
        ("0", 2, 0),
        ("0.01", 2, 1),
        ("1,234.5", 2, 123_450),
        ("1,235", 0, 1_235),
        ("1.2345", 4, 12_345),
        ("46,116,860,184,273,879.03", 2, LIMIT - 1),
    ],
)
def test_an_amount(text: str, exponent: int, units: int) -> None:
    assert parse_units(text, exponent) == units


@pytest.mark.parametrize(
    ("text", "exponent"),
    [
        ("1.234", 2), ("1.000", 2), ("1.0", 0),  # more decimals than the currency has, be they zeros
        ("-1", 2), ("+1", 2), ("1-", 2), ("(1)", 2),  # signs
        ("1e6", 2), ("1E6", 2), ("nan", 2), ("inf", 2), ("0x10", 2), ("1_000", 2),  # what float and int would read
        ("١٢٣", 2), ("1٫5", 2), ("１", 2), ("²", 2),  # digits of other scripts
        ("1,23.00", 2), ("12,34,567", 2), ("1,2345", 2), (",123", 2), ("0,123", 2), ("1234,567", 2), ("1,", 2),
        ("1.", 2), (".5", 2), ("1.2.3", 2), ("1.234,56", 2), ("1 234", 2), ("1'234", 2),
        ("007", 2), ("00.5", 2), ("", 2), (" 1", 2), ("1 ", 2), ("1\n", 2), ("HKD 1", 2),
        ("46,116,860,184,273,879.04", 2), ("9" * 5000, 2),  # from 2**62 units on
    ],
)  # fmt: skip
def test_what_is_not_an_amount(text: str, exponent: int) -> None:
    with pytest.raises(Refused) as refused:
        parse_units(text, exponent)
    assert refused.value.reason is Reason.AMOUNT


def test_too_many_decimals_are_named() -> None:
    with pytest.raises(Refused, match=r"AMOUNT: 1\.234 has 3 decimals, at most 2 allowed"):
        parse_units("1.234", 2)


@pytest.mark.parametrize(
    ("units", "exponent", "text"),
    [
        (123_456, 2, "1,234.56"),
        (5, 2, "0.05"),
        (0, 2, "0.00"),
        (1_234_567, 0, "1,234,567"),
        (1, 3, "0.001"),
        (-80_000_000_000, 2, "-800,000,000.00"),
        (-1, 2, "-0.01"),
    ],
)
def test_an_amount_written(units: int, exponent: int, text: str) -> None:
    assert format_units(units, exponent) == text


@given(units_below_limit, st.integers(0, 8))
@example(LIMIT - 1, 8)
def test_reading_undoes_writing(units: int, exponent: int) -> None:
    text = format_units(units, exponent)
    assert parse_units(text, exponent) == units
    assert parse_units(text.replace(",", ""), exponent) == units


@given(units_below_limit, st.sampled_from(sorted(MINOR_UNITS)))
def test_reading_undoes_writing_in_every_currency(units: int, currency: str) -> None:
    assert parse_amount(format_amount(currency, units)) == (currency, units)


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [("HKD 1,234.56", "HKD", 123_456), ("JPY 1,235", "JPY", 1_235), ("KWD 1.5", "KWD", 1_500)],
)
def test_an_amount_of_money(text: str, currency: str, units: int) -> None:
    assert parse_amount(text) == (currency, units)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,234.56", Reason.AMOUNT),
        ("HKD", Reason.AMOUNT),
        ("HKD  1", Reason.AMOUNT),
        ("JPY 1.5", Reason.AMOUNT),
        ("HKD -1", Reason.AMOUNT),
        ("HK$ 1", Reason.WRONG_CURRENCY),
        ("CNH 1", Reason.WRONG_CURRENCY),
        (" HKD 1", Reason.WRONG_CURRENCY),
        ("hkd 1", Reason.WRONG_CURRENCY),
    ],
)
def test_what_is_not_an_amount_of_money(text: str, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        parse_amount(text)
    assert refused.value.reason is reason


def test_an_unknown_currency_has_no_minor_units() -> None:
    assert minor_units("HKD") == 2
    with pytest.raises(Refused) as refused:
        minor_units("XAU")
    assert refused.value.parts[0] == "XAU"


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("4.05%", Fraction(81, 2000)),
        ("0.0405", Fraction(81, 2000)),
        ("0%", Fraction(0)),
        ("0", Fraction(0)),
        ("1", Fraction(1)),
        ("100%", Fraction(1)),
        ("405%", Fraction(81, 20)),
        ("-0.5%", Fraction(-1, 200)),
        ("0.1%", Fraction(1, 1000)),
        ("3.3333333333%", Fraction(33333333333, 10**12)),
    ],
)
def test_a_rate(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    [
        "4.05", "-2", "1.01",  # per cent, or four hundred per cent?
        "4.05 %", "4,05%", "+1%", "-0", "-0.0%", "--1%", "4.%", ".5%", "%", "", "04%", "1e-2", "1/3", "٤%", "nan",
        "0." + "1" * 19, "9" * 5000 + "%",
    ],
)  # fmt: skip
def test_what_is_not_a_rate(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_rate(text)
    assert refused.value.reason is Reason.RATE


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Fraction(81, 2000), "4.05%"),
        (Fraction(0), "0%"),
        (Fraction(1), "100%"),
        (Fraction(-1, 200), "-0.5%"),
        (Fraction(1, 100_000), "0.001%"),
        (Fraction(1, 3), "1/3"),
    ],
)
def test_a_rate_written(rate: Fraction, text: str) -> None:
    assert format_rate(rate) == text


@given(st.integers(-(10**18), 10**18), st.integers(0, 18))
def test_reading_undoes_writing_of_rates(numerator: int, decimals: int) -> None:
    rate = Fraction(numerator, 10**decimals) / 100
    assert parse_rate(format_rate(rate)) == rate
