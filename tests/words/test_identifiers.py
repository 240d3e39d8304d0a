"""Identifiers: published and broken ones as vectors, what is said of a broken one, and what no check can catch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bauhinia.words import identifiers
from bauhinia.words.identifiers import (
    MINOR_UNITS,
    bic,
    cfi,
    currency,
    dti,
    dti_check_character,
    fisn,
    isin,
    isin_check_digit,
    lei,
    lei_check_digits,
)
from tests.vectors import Row, Tally, rows_of, tally

CHECKS: dict[str, Callable[[str], str | None]] = {
    "ISIN": isin,
    "LEI": lei,
    "DTI": dti,
    "BIC": bic,
    "CFI": cfi,
    "FISN": fisn,
}
DIGITS, CAPITALS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"
BITCOIN = "4H95J0R2X"


def test_every_published_and_every_broken_identifier_is_judged_right(vectors: Path) -> None:
    judged(vectors).settle()


@cache
def judged(vectors: Path) -> Tally:
    return tally("identifiers.csv", rows_of(vectors, "identifiers.csv"), judge)


def judge(row: Row) -> None:
    assert row["type"] in CHECKS, f"unknown type {row['type']}"
    assert (CHECKS[row["type"]](row["value"]) is None) is (row["expected"] == "valid"), row["reason_or_note"]


# Well-known numbers of real instruments and entities, and of the standards' own examples.
VALID = [
    (isin, "US0378331005"),  # Apple Inc, the example of most descriptions of ISO 6166
    (isin, "AU0000XVGZA3"),  # Treasury Corporation of Victoria
    (isin, "XS2385150334"),
    (lei, "529900T8BM49AURSDO55"),
    (dti, "X9J9K872S"),  # Ether
    (dti, "4H95J0R2X"),  # Bitcoin, registered before the check character was settled
    (bic, "DEUTDEFF"),
    (bic, "DEUTDEFF500"),
    (cfi, "DBFTFB"),
    (cfi, "DBXXXX"),
    (fisn, "HK SAR GOVT/3.3 BD 20290722"),
    (currency, "HKD"),
]


@pytest.mark.parametrize(("check", "value"), VALID)
def test_valid(check: Callable[[str], str | None], value: str) -> None:
    assert check(value) is None


PROBLEMS = [
    (isin, "US0378331007", "check digit is 7, should be 5"),
    (isin, "US037833100", "is 11 characters long, should be 12"),
    (isin, "us0378331005", "is not two capital letters, nine capital letters or digits, and a digit"),
    (isin, "US037833100٥", "is not two capital letters, nine capital letters or digits, and a digit"),
    (isin, "US037833100\n", "is not two capital letters, nine capital letters or digits, and a digit"),
    (isin, "ZZ0378331005", "prefix ZZ is neither a country nor one that ISO 6166 reserves"),
    (lei, "529900T8BM49AURSDO56", "check digits are 56, should be 55"),
    (lei, "959800Q824KQDPCZPV00", "check digits are 00, should be 58"),
    (dti, "4H95J0R2T", "check character is T, should be X"),
    (dti, "01J9K872S", "begins with 0"),
    (dti, "X9J9K872Y", "is not made of digits and capital consonants without Y"),
    (bic, "HBUKXXFF", "XX is not a country"),
    (bic, "DEUTDEFF5", "is 9 characters long, should be 8 or 11"),
    (cfi, "QQXXXX", "category Q is not one of ECDROFSHIJKLTM"),
    (cfi, "DZFTFB", "group Z is not one of category D: BCWTSEGANDYM"),
    (cfi, "DBFTFZ", "attribute 4 is Z, should be one of BRNMX for DB"),
    (cfi, "EDSBFB", "attribute 2 is B, should be N or X: what is deposited is not redeemable"),
    (fisn, "/SH", "has no issuer"),
    (fisn, "A/B/C", "has 2 slashes, should be one, between issuer and description"),
    (fisn, "ABCDEFGHIJKLMNOP/SH", "issuer is 16 characters long, at most 15"),
    (fisn, "APPLE INC /SH", "issuer is not capital letters, digits, full stops and blanks inside"),
    (currency, "CNH", "is not a currency code of ISO 4217"),  # the market's name for offshore CNY, no ISO code
    (currency, "XAU", "is not a currency code of ISO 4217"),
    (currency, "hkd", "is not a currency code of ISO 4217"),
]


@pytest.mark.parametrize(("check", "value", "problem"), PROBLEMS)
def test_what_is_wrong_is_said(check: Callable[[str], str | None], value: str, problem: str) -> None:
    assert check(value) == problem


@pytest.mark.parametrize("check", [*CHECKS.values(), currency])
@pytest.mark.parametrize("value", ["", " ", "\0", "é" * 12, "1" * 5000])
def test_nonsense_is_a_problem_and_never_an_error(check: Callable[[str], str | None], value: str) -> None:
    assert check(value)


# ISO 4217 list one, minor units.
@pytest.mark.parametrize(
    ("code", "decimals"),
    [
        ("HKD", 2), ("CNY", 2), ("USD", 2), ("EUR", 2), ("AUD", 2), ("GBP", 2), ("SGD", 2), ("CHF", 2), ("THB", 2),
        ("JPY", 0), ("KRW", 0), ("VND", 0), ("ISK", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4),
    ],
)  # fmt: skip
def test_minor_units(code: str, decimals: int) -> None:
    assert MINOR_UNITS[code] == decimals
    assert currency(code) is None


def test_tables_hold_only_codes() -> None:
    assert len(identifiers.COUNTRIES) == 249  # officially assigned codes of ISO 3166-1
    assert all(len(code) == 2 and set(code) <= set(CAPITALS) for code in identifiers.ISIN_PREFIXES)
    assert all(len(code) == 3 and set(code) <= set(CAPITALS) for code in MINOR_UNITS)


isin_bodies = st.builds(
    str.__add__,
    st.sampled_from(["HK", "XS", "AU", "US"]),
    st.text(DIGITS + CAPITALS, min_size=9, max_size=9),
)
lei_bodies = st.text(DIGITS + CAPITALS, min_size=18, max_size=18)
dti_bodies = st.text(DIGITS + CONSONANTS, min_size=8, max_size=8).filter(lambda body: body[0] != "0")


@given(isin_bodies, lei_bodies, dti_bodies)
def test_a_made_check_character_is_right_and_no_other_is(isin_body: str, lei_body: str, dti_body: str) -> None:
    assert [digit for digit in DIGITS if isin(isin_body + digit) is None] == [isin_check_digit(isin_body)]
    pairs = [f"{number:02}" for number in range(100)]
    assert [pair for pair in pairs if lei(lei_body + pair) is None] == [lei_check_digits(lei_body)]
    characters = DIGITS + CONSONANTS
    assert [last for last in characters if dti(dti_body + last) is None] == [dti_check_character(dti_body)]


def changes(value: str, alphabet: str) -> list[tuple[str, str, str]]:
    """Every value that differs in one character, with the character it had and the one it has."""
    return [
        (value[:at] + new + value[at + 1 :], old, new) for at, old in enumerate(value) for new in alphabet if new != old
    ]


def same_kind(old: str, new: str) -> bool:
    return (old in DIGITS) is (new in DIGITS)


@given(isin_bodies)
def test_an_isin_with_one_digit_changed_is_caught(body: str) -> None:
    missed = [change for change in changes(body + isin_check_digit(body), DIGITS + CAPITALS) if isin(change[0]) is None]
    assert all(old in CAPITALS or new in CAPITALS for _, old, new in missed)


def test_an_isin_with_one_letter_changed_may_be_missed() -> None:
    """C is 12 and K is 20: where the first of the two digits is doubled, 2 + 2 weighs the same as 4 + 0."""
    assert isin_check_digit("HK00000C000") == isin_check_digit("HK00000K000")


@given(lei_bodies)
def test_an_lei_with_one_character_changed_for_another_of_its_kind_is_caught(body: str) -> None:
    missed = [change for change in changes(body + lei_check_digits(body), DIGITS + CAPITALS) if lei(change[0]) is None]
    assert not any(same_kind(old, new) for _, old, new in missed)


@given(dti_bodies.filter(lambda body: body not in BITCOIN))
def test_a_dti_with_one_character_changed_is_caught(body: str) -> None:
    value = body + dti_check_character(body)
    missed = [change for change, _, _ in changes(value, DIGITS + CONSONANTS) if dti(change) is None]
    assert set(missed) <= {BITCOIN}


def test_a_dti_with_two_neighbours_swapped_may_be_missed() -> None:
    assert dti_check_character("JH9J0R2B") == dti_check_character("HJ9J0R2B")


@example("4H95J0R2")
@given(dti_bodies)
def test_only_the_code_registered_before_the_algorithm_fails_it(body: str) -> None:
    value = body + dti_check_character(body)
    assert dti(value) is None
    assert (remainder(value) == 1) is (value != BITCOIN)


def remainder(value: str) -> int:
    """ISO 7064 hybrid MOD 31,30, as its own check: one is left when the check character is right."""
    alphabet, product = DIGITS + CONSONANTS, 30
    for character in value[:-1]:
        total = (product + alphabet.index(character)) % 30
        product = (total or 30) * 2 % 31
    return (product + alphabet.index(value[-1])) % 30
