"""The file of an RTGS: what it says, and by line what is wrong with it."""

from __future__ import annotations

from datetime import date

import pytest

from bauhinia.wire.mistakes import Mistake
from bauhinia.wire.rtgs import read_system

GOOD = """\
name = "USD CHATS"
settlement_institution = "HSBC"
bic = "HSBCHKHH"
currency = "USD"
offset = "-03:30"
opens = "09:00"
closes = "17:00"
closed = [2026-05-25]
queue = true

[[member]]
name = "Bank A"
bic = "BKAAHKHH"
balance = "USD 5,000.00"

[[member]]
name = "Bank B"
bic = "BKBBHKHHXXX"
"""


def test_a_system_and_its_members() -> None:
    found = read_system(GOOD, "x.toml")
    assert (found.name, found.settlement_institution, found.bic, found.currency) == (
        "USD CHATS",
        "HSBC",
        "HSBCHKHH",
        "USD",
    )
    assert (found.offset, found.opens, found.closes, found.queue, found.exponent) == (-210, 540, 1_020, True, 2)
    assert [(each.name, each.bic, each.balance) for each in found.members] == [
        ("Bank A", "BKAAHKHH", 500_000),
        ("Bank B", "BKBBHKHHXXX", 0),
    ]
    days = [date(2026, 5, day) for day in (22, 23, 24, 25, 26)]
    assert [found.works_on(day) for day in days] == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('bic = "HSBCHKHH"\n', "", 'x.toml:1: an RTGS needs "bic"'),
        ("queue = true", "queu = true", 'x.toml:9: an RTGS has no "queu"; did you mean "queue"?'),
        ("queue = true", 'queue = "yes"', 'x.toml:9: queue: expected true or false, not "yes"'),
        ('"USD"', '"USX"', 'x.toml:4: currency: "USX" is not a currency of ISO 4217'),
        ("-03:30", "+15:00", "x.toml:5: offset: expected an offset from UTC such as +08:00"),
        ("-03:30", "3", "x.toml:5: offset: expected an offset from UTC such as +08:00"),
        ("09:00", "9", "x.toml:6: opens: DATE: 9 is not written HH:MM"),
        ("17:00", "09:00", "x.toml:7: closes: it closes after it has opened"),
        ("[2026-05-25]", '["25 May"]', "x.toml:8: closed:"),
        ("BKAAHKHH", "BKAA", 'x.toml:13: bic: "BKAA" is 4 characters long'),
        ("USD 5,000.00", "EUR 5,000.00", "x.toml:14: balance:"),
        ("BKBBHKHHXXX", "BKAAHKHH", "x.toml:16: Bank B (BKAAHKHH) is there twice"),
        ("[[member]]\nname", "[[members]]\nname", 'x.toml:11: an RTGS has no "members"; did you mean "member"?'),
        ("[[member]]", "[[member", "x.toml:11: is no TOML"),
    ],
)
def test_what_is_wrong_is_said_by_its_line(before: str, after: str, said: str) -> None:
    assert before in GOOD
    with pytest.raises(Mistake) as mistake:
        read_system(GOOD.replace(before, after), "x.toml")
    assert str(mistake.value).startswith(said)
