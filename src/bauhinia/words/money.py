"""Amounts and rates as text: exact both ways, and refused where a text could be read in two ways.

An amount is a whole number of smallest units and an exponent, the decimals of its currency (`identifiers.MINOR_UNITS`)
or of the security's smallest unit. A rate is a Fraction: 4.05% is 81/2000.
"""

from __future__ import annotations

import re
from fractions import Fraction

from bauhinia.words.identifiers import MINOR_UNITS
from bauhinia.words.ids import LIMIT, Units
from bauhinia.words.reasons import Reason, Refused, require

RATE_DECIMALS = 18  # the most a rate may be written with

_AMOUNT = re.compile(r"(0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
_RATE = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(%?)")
_LONGEST = 64  # characters; no amount below LIMIT needs more, and it bounds the work on a hostile text


def parse_units(text: str, exponent: int) -> Units:
    """Smallest units of an amount such as 800,000,000.00 (exponent 2) or 800000000.

    Digits 0 to 9, commas between thousands or none at all, a point before decimals, at most `exponent` decimals; no
    sign, no blanks, no leading zero. Refused AMOUNT otherwise, and for what is not below 2**62 units.
    """
    found = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise Refused(Reason.AMOUNT, text[:_LONGEST], "is not an amount such as 1,234.56")
    whole, decimals = found[1].replace(",", ""), found[2] or ""
    require(len(decimals) <= exponent, Reason.AMOUNT, text, f"has {len(decimals)} decimals, at most {exponent} allowed")
    units = int(whole + decimals.ljust(exponent, "0"))
    require(units < LIMIT, Reason.AMOUNT, text, "is too large")
    return units


def format_units(units: Units, exponent: int) -> str:
    """The amount with commas between thousands and all its decimals: 1,234.56. An issuer's balance keeps its minus."""
    whole, decimals = divmod(abs(units), 10**exponent)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole:,}.{decimals:0{exponent}}" if exponent else f"{sign}{whole:,}"


def parse_amount(text: str) -> tuple[str, Units]:
    """Currency and smallest units of HKD 1,234.56. Refused WRONG_CURRENCY or AMOUNT."""
    currency, blank, amount = text.partition(" ")
    require(blank, Reason.AMOUNT, text[:_LONGEST], "is not an amount such as HKD 1,234.56")
    return currency, parse_units(amount, minor_units(currency))


def format_amount(currency: str, units: Units) -> str:
    """An amount of money as people read it: HKD 1,234.56, JPY 1,235."""
    return f"{currency} {format_units(units, minor_units(currency))}"


def minor_units(currency: str) -> int:
    """How many decimals the currency has (ISO 4217); Refused WRONG_CURRENCY where it is not one."""
    exponent = MINOR_UNITS.get(currency)
    if exponent is None:
        raise Refused(Reason.WRONG_CURRENCY, currency[:_LONGEST], "is not a currency of ISO 4217")
    return exponent


def parse_rate(text: str) -> Fraction:
    """The exact rate of 4.05% or, the same, 0.0405; below zero with a minus.

    Above one it must be written in per cent, since 4.05 alone would be 405 per cent to one reader and 4.05 to another.
    Refused RATE.
    """
    found = _RATE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise Refused(Reason.RATE, text[:_LONGEST], "is not a rate such as 4.05% or 0.0405")
    sign, whole, decimals, percent = found[1], found[2], found[3] or "", found[4]
    require(len(decimals) <= RATE_DECIMALS, Reason.RATE, text, f"has more than {RATE_DECIMALS} decimals")
    rate = Fraction(int(sign + whole + decimals), 10 ** len(decimals))
    require(percent or abs(rate) <= 1, Reason.RATE, text, f"is above one; is {text}% meant?")
    require(rate or not sign, Reason.RATE, text, "is zero with a sign")
    return rate / 100 if percent else rate


def format_rate(rate: Fraction) -> str:
    """The rate in per cent, exactly: 4.05%, 0%, -0.5%. One without finite decimals stays a fraction: 1/3."""
    percent = rate * 100
    decimals = next((n for n in range(RATE_DECIMALS + 1) if 10**n % percent.denominator == 0), None)
    if decimals is None:
        return str(rate)
    digits = str(abs(percent.numerator) * (10**decimals // percent.denominator)).rjust(decimals + 1, "0")
    sign = "-" if percent < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}%" if decimals else f"{sign}{digits}%"
