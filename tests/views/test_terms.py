"""The terms on a bond's page: each in words, and only the parts that the bond has."""

from __future__ import annotations

from pathlib import Path

import pytest

from bauhinia.views.bonds import terms_lines
from bauhinia.wire.sheets import read_sheets

SHEETS = Path(__file__).resolve().parents[2] / "examples" / "term-sheets"
ALWAYS = (
    "issue_date", "maturity", "rate", "frequency", "day_count", "business_day", "adjusted", "calendars",
    "calculation_amount", "minimum_denomination", "denomination_multiple", "record_date", "first_coupon",
    "penultimate_coupon", "end_of_month", "redemption_price",
)  # fmt: skip


def lines_of(name: str) -> dict[str, tuple[str, bool]]:
    (sheet,) = read_sheets((SHEETS / f"{name}.toml").read_text("utf-8"), name)
    return {line.name: (line.value, line.assumed) for line in terms_lines(sheet.terms, sheet.currency, 2)}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("us-treasury-note", {}),
        ("annuity", {"repayment": "kind annuity"}),
        (
            "callable-step-up",
            {
                "steps": "first 2029-02-16, rate 3%; first 2031-02-16, rate 3.75%",
                "calls": "first 2029-02-16, last 2032-02-16, on coupon dates yes, least notice 30",
            },
        ),
        ("index-linked-gilt", {"ex_dividend": "yes", "indexed": "index UK RPI, base 402.9"}),
        (
            "sofr-floater",
            {
                "floating": "index SOFR, margin 0.45%, averaging compounded, days back 5, observation shift yes, "
                "centres US, floor 0%"
            },
        ),
        ("perpetual", {"perpetual": "yes", "calls": "first 2036-01-01, last 2999-12-31"}),
    ],
)
def test_the_parts_of_a_bond_in_words(name: str, parts: dict[str, str]) -> None:
    found = lines_of(name)
    assert tuple(found)[: len(ALWAYS)] == ALWAYS
    assert {key: value for key, (value, _) in found.items() if key not in ALWAYS} == parts


def test_a_plain_bond_in_words() -> None:
    found = lines_of("us-treasury-note")
    assert found["rate"] == ("1.5%", False)
    assert found["frequency"] == ("half-yearly", False)
    assert found["day_count"] == ("Act/Act ICMA", False)
    assert found["business_day"] == ("following", False)
    assert found["minimum_denomination"] == ("USD 100.00", False)
    assert found["record_date"] == ("1 business day before payment", True)
    assert found["first_coupon"] == ("none", False)
